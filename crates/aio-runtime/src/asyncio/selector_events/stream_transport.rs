//! Reading from a connected socket: into one buffer that all connections of the loop share, and
//! from there to the protocol.

use crate::asyncio::transports::{TransportData, wants_to_wait};
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Direction;
use rustix::net::RecvFlags;
use std::rc::Rc;

/// The most that is read at once.
pub const MAX_READ: usize = 256 * 1024;

impl Vm {
    /// Lends the buffer for reading. It is taken out meanwhile, so that reading may nest.
    pub fn with_read_buffer<T>(&mut self, use_it: impl FnOnce(&mut Vm, &mut [u8]) -> T) -> T {
        let mut buffer = std::mem::take(&mut self.asyncio.read_buffer);
        if buffer.is_empty() {
            buffer = vec![0; MAX_READ];
        }
        let result = use_it(self, &mut buffer);
        self.asyncio.read_buffer = buffer;
        result
    }
}

impl TransportData {
    /// The socket can be read.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    #[expect(clippy::indexing_slicing, reason = "as many bytes as were read")]
    pub fn read_ready(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let Some(socket) = self.socket() else {
            return Ok(());
        };
        if self.conn_lost.get() > 0 {
            return Ok(());
        }
        vm.with_read_buffer(|vm, buffer| match socket.recv(buffer, RecvFlags::empty()) {
            Ok(0) => self.read_end(vm),
            Ok(count) => {
                if count < buffer.len() {
                    self.drained(Direction::Read);
                }
                self.deliver(vm, &buffer[..count])
            }
            Err(error) if wants_to_wait(&error) => {
                self.drained(Direction::Read);
                Ok(())
            }
            Err(error) => self.fatal_io(vm, &error, "Fatal read error on socket transport"),
        })
    }

    /// Hands bytes to the protocol.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn deliver(self: &Rc<Self>, vm: &mut Vm, bytes: &[u8]) -> R<()> {
        let told = match self.stream() {
            Some(stream) => stream.data_received(vm, bytes),
            None if self.is_buffered() => self.fill_buffer(vm, bytes),
            None => {
                let bytes = Value::bytes(bytes);
                self.tell(vm, "data_received", &[bytes]).map(drop)
            }
        };
        match told {
            Ok(()) => Ok(()),
            Err(_) => self.fatal_pending(vm, "Fatal error: protocol.data_received() call failed."),
        }
    }

    /// For a protocol that has buffers of its own: piece by piece into what it offers.
    #[expect(clippy::indexing_slicing, reason = "as many bytes as were read")]
    fn fill_buffer(&self, vm: &mut Vm, mut bytes: &[u8]) -> R<()> {
        while !bytes.is_empty() {
            let hint = Value::int(bytes.len() as i64);
            let buffer = self.tell(vm, "get_buffer", &[hint])?;
            let room = vm.len(&buffer)?;
            if room == 0 {
                return Err(vm.runtime_error("get_buffer() returned an empty buffer"));
            }
            let count = room.min(bytes.len());
            crate::modules::sockets::store(&buffer, &bytes[..count]);
            self.tell(vm, "buffer_updated", &[Value::int(count as i64)])?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// The other side will send no more.
    fn read_end(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let keep_open = match self.stream() {
            Some(stream) => {
                stream.eof_received();
                true
            }
            None => {
                let told = self.tell(vm, "eof_received", &[]);
                match told.and_then(|answer| vm.truthy(&answer)) {
                    Ok(keep_open) => keep_open,
                    Err(_) => {
                        let message = "Fatal error: protocol.eof_received() call failed.";
                        return self.fatal_pending(vm, message);
                    }
                }
            }
        };
        if keep_open {
            self.unwatch(Direction::Read);
        } else {
            self.close();
        }
        Ok(())
    }
}
