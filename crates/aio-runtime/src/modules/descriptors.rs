//! Descriptors by number, and behind objects of the script.
//!
//! What the script makes by `os.pipe`, `os.open` and `os.dup` is kept in a [`Table`] under its number
//! until it is closed or given to a file object. Of any other number of this process, such as that of
//! a socket, a copy is used, which means the same file.

use super::files::{Standard, Stream};
use super::sockets::SocketData;
use crate::asyncio::native_data;
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::rc::Rc;

/// The descriptors that the script made, by number.
#[derive(Default)]
pub struct Table(BTreeMap<RawFd, Rc<OwnedFd>>);

impl Table {
    /// Keeps one; gives its number.
    pub fn keep(&mut self, fd: OwnedFd) -> RawFd {
        let number = fd.as_raw_fd();
        self.0.insert(number, Rc::new(fd));
        number
    }

    /// Gives one up; it is closed when nobody uses it any more.
    pub fn remove(&mut self, number: RawFd) -> Option<Rc<OwnedFd>> {
        self.0.remove(&number)
    }

    /// What a number means.
    ///
    /// # Errors
    /// `EBADF` for one that is not open.
    pub fn find(&self, number: RawFd) -> io::Result<Rc<OwnedFd>> {
        let copied = match number {
            _ if let Some(fd) = self.0.get(&number) => return Ok(fd.clone()),
            0 => io::stdin().as_fd().try_clone_to_owned(),
            1 => io::stdout().as_fd().try_clone_to_owned(),
            2 => io::stderr().as_fd().try_clone_to_owned(),
            _ if number < 0 => Err(Errno::BADF.into()),
            _ => copy_of_number(number),
        };
        copied.map(Rc::new)
    }

    /// A descriptor for whoever is to own it: out of the table, or a copy.
    ///
    /// # Errors
    /// As [`Table::find`].
    pub fn give_away(&mut self, number: RawFd) -> io::Result<OwnedFd> {
        let found = self.find(number)?;
        drop(self.remove(number));
        Rc::try_unwrap(found).or_else(|shared| shared.try_clone())
    }
}

/// A copy of a descriptor of this process that some other object owns.
#[cfg(target_os = "linux")]
fn copy_of_number(number: RawFd) -> io::Result<OwnedFd> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let this = pidfd_open(getpid(), PidfdFlags::empty())?;
    if this.as_raw_fd() == number {
        // It was free.
        return Err(Errno::BADF.into());
    }
    Ok(pidfd_getfd(this, number, PidfdGetfdFlags::empty())?)
}

#[cfg(not(target_os = "linux"))]
fn copy_of_number(_: RawFd) -> io::Result<OwnedFd> {
    Err(Errno::BADF.into())
}

/// A descriptor of our own that means the same file as that of a file object or socket.
///
/// # Errors
/// `TypeError` for an object without one, `ValueError` for a closed one, `OSError`.
pub fn duplicate(vm: &mut Vm, object: &Value) -> R<OwnedFd> {
    let copied = if let Some(socket) = native_data::<SocketData>(object) {
        socket.with(|fd| rustix::io::fcntl_dupfd_cloexec(fd, 0))
    } else if let Some(stream) = native_data::<Stream>(object) {
        if stream.closed.get() {
            return Err(vm.value_error("I/O operation on closed file."));
        }
        copy_of_stream(&stream)
    } else {
        let name = vm.intern("fileno");
        let Some(fileno) = vm.get_attr_opt(object, &name)? else {
            let given = vm.type_name(object);
            return Err(vm.type_error(format!("a file or socket was expected, not '{given}'")));
        };
        let number = vm.call(&fileno, &[])?;
        let number = vm.index_i64(&number)?;
        copy_of_number(RawFd::try_from(number).unwrap_or(-1))
    };
    copied.map_err(|error| vm.raise_io_error(&error, None))
}

fn copy_of_stream(stream: &Stream) -> io::Result<OwnedFd> {
    match stream.standard {
        Some(Standard::In) => io::stdin().as_fd().try_clone_to_owned(),
        Some(Standard::Out) => io::stdout().as_fd().try_clone_to_owned(),
        Some(Standard::Error) => io::stderr().as_fd().try_clone_to_owned(),
        None => {
            let inner = stream.inner.borrow();
            match &inner.file {
                Some(file) => file.as_fd().try_clone_to_owned(),
                None => Err(Errno::BADF.into()),
            }
        }
    }
}
