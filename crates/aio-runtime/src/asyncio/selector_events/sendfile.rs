//! What the system itself sends of a file, without the bytes coming by here.

use crate::asyncio::transports::wants_to_wait;
use crate::error::{R, Raised};
use crate::modules::sockets::SocketData;
use crate::native::Arguments;
use crate::value::Value;
use crate::vm::Vm;
use rustix::fs::SeekFrom;
use rustix::io::Result;
use std::cell::Cell;
use std::os::fd::{BorrowedFd, OwnedFd};

/// A file, and how much of it went already.
pub struct FileToSend {
    /// A descriptor of our own, which shares its position with the one of the script.
    fd: OwnedFd,
    offset: u64,
    /// None sends all that there is.
    count: Option<usize>,
    /// How much is asked for at once when all is sent.
    size: usize,
    sent: Cell<usize>,
}

impl FileToSend {
    /// From `(loop, sock, file, offset, count, size)`.
    ///
    /// # Errors
    /// `TypeError`, `OSError`
    pub fn of_arguments(vm: &mut Vm, args: &[Value]) -> R<FileToSend> {
        let mut number = |value: &Value| -> R<usize> {
            let number = vm.index_i64(value)?;
            Ok(usize::try_from(number).unwrap_or_default())
        };
        let (offset, size) = (number(args.at(3))?, number(args.at(5))?);
        let count = match args.at(4).is_none() {
            true => None,
            false => Some(number(args.at(4))?),
        };
        Ok(FileToSend {
            fd: crate::modules::descriptors::duplicate(vm, args.at(2))?,
            offset: offset as u64,
            count,
            size,
            sent: Cell::new(0),
        })
    }

    /// Sends what the socket takes; none while there may be more. The file then stands behind what
    /// was sent.
    ///
    /// # Errors
    /// `SendfileNotAvailableError` when the system does not do it for this file, `OSError`.
    pub fn send(&self, vm: &mut Vm, socket: &SocketData) -> R<Option<Value>> {
        let sent = self.sent.get();
        let wanted = match self.count {
            Some(count) => count.saturating_sub(sent),
            None => self.size,
        };
        let result = match wanted {
            0 => Ok(0),
            wanted => socket.with(|fd| send_some(fd, &self.fd, self.offset + sent as u64, wanted)),
        };
        match result {
            Ok(0) => {
                self.move_file();
                Ok(Some(Value::int(sent as i64)))
            }
            Ok(count) => {
                self.sent.set(sent + count);
                Ok(None)
            }
            Err(error) if wants_to_wait(&error) => Ok(None),
            Err(_) if sent == 0 => {
                let class = vm.types.sendfile_not_available_error.clone();
                let text = vm.str("os.sendfile call failed");
                Err(vm.raise_with(&class, vec![text]))
            }
            Err(error) => {
                self.move_file();
                let Raised = vm.raise_io_error(&error, None);
                Err(Raised)
            }
        }
    }

    /// Nobody waits any more.
    pub fn give_up(&self) {
        self.move_file();
    }

    fn move_file(&self) {
        if self.sent.get() > 0 {
            let to = self.offset + self.sent.get() as u64;
            // A file that was read from here can be sought in.
            let _ = rustix::fs::seek(&self.fd, SeekFrom::Start(to));
        }
    }
}

#[cfg(target_os = "linux")]
fn send_some(to: BorrowedFd<'_>, file: &OwnedFd, mut at: u64, count: usize) -> Result<usize> {
    rustix::fs::sendfile(to, file, Some(&mut at), count)
}

#[cfg(not(target_os = "linux"))]
fn send_some(_: BorrowedFd<'_>, _: &OwnedFd, _: u64, _: usize) -> Result<usize> {
    Err(rustix::io::Errno::NOSYS)
}
