//! Descriptors behind objects of the script, for transports that read and write by themselves.

use super::files::{Standard, Stream};
use super::sockets::SocketData;
use crate::asyncio::native_data;
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

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
        let given = vm.type_name(object);
        return Err(vm.type_error(format!("a file or socket was expected, not '{given}'")));
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
                None => Err(rustix::io::Errno::BADF.into()),
            }
        }
    }
}
