//! Writing: bytes go to the system at once; what it does not take waits in a buffer, and the
//! protocol is told to stop when that grows, to go on when it is nearly empty.

use super::{Channel, Kind, TransportData, wants_to_wait};
use crate::asyncio::base_events::{self, report_problem};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::BytesObj;
use crate::types::text_values::{bytes_argument, bytes_of};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Direction;
use rustix::net::SocketAddrAny;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::rc::Rc;

/// Writes after the connection was lost that are still worth no warning.
const SILENT_WRITES: u32 = 5;

/// How many pieces are written with one call of the system.
const MOST_PIECES: usize = 64;

/// Bytes that wait to be written.
pub struct Chunk {
    bytes: Ref<BytesObj>,
    start: usize,
    /// For a datagram: where to, when the socket is not connected.
    pub address: Option<Box<SocketAddrAny>>,
}

impl Chunk {
    /// Bytes from `start` on.
    pub fn new(bytes: Ref<BytesObj>, start: usize) -> Chunk {
        Chunk {
            bytes,
            start,
            address: None,
        }
    }

    /// What is left of it.
    #[expect(clippy::indexing_slicing, reason = "no more is sent than there is")]
    pub fn rest(&self) -> &[u8] {
        &self.bytes.data()[self.start..]
    }
}

/// All bytes that wait to be written.
#[derive(Default)]
pub struct OutBuffer {
    /// In order.
    pub chunks: VecDeque<Chunk>,
    /// How many bytes.
    pub len: usize,
}

impl OutBuffer {
    /// Appends.
    pub fn push(&mut self, chunk: Chunk) {
        self.len += chunk.rest().len();
        self.chunks.push_back(chunk);
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.len = 0;
    }

    /// Notes that so many bytes went out.
    pub fn advance(&mut self, mut count: usize) {
        self.len -= count;
        while let Some(first) = self.chunks.front_mut() {
            let size = first.rest().len();
            if count < size {
                first.start += count;
                return;
            }
            count -= size;
            self.chunks.pop_front();
        }
    }
}

impl TransportData {
    /// Tells the protocol to stop when more waits than it should.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn maybe_pause_protocol(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let size = self.out.with(|out| out.len);
        if size <= self.high.get() || self.protocol_paused.replace(true) {
            return Ok(());
        }
        self.tell_flow(vm, "pause_writing")
    }

    /// Tells the protocol to go on when little waits.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn maybe_resume_protocol(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let size = self.out.with(|out| out.len);
        if size > self.low.get() || !self.protocol_paused.replace(false) {
            return Ok(());
        }
        self.tell_flow(vm, "resume_writing")
    }

    fn tell_flow(self: &Rc<Self>, vm: &mut Vm, method: &str) -> R<()> {
        if self.tell(vm, method, &[]).is_ok() {
            return Ok(());
        }
        if base_events::pending_is_exit(vm) {
            return Err(Raised);
        }
        let exception = vm.take_pending();
        let transport = self.to_value(vm);
        let details = [
            ("exception", exception),
            ("transport", transport),
            ("protocol", self.protocol.get()),
        ];
        let message = format!("protocol.{method}() failed");
        report_problem(vm, &self.event_loop, &message, &details)
    }

    /// `write(data)`
    ///
    /// # Errors
    /// `TypeError`, `RuntimeError` after `write_eof()`.
    pub fn write(self: &Rc<Self>, vm: &mut Vm, data: &Value) -> R<()> {
        if self.holds.get() {
            vm.send_held()?;
        }
        let Some(bytes) = bytes_of(data) else {
            let given = vm.type_name(data);
            return Err(vm.type_error(format!(
                "data argument must be a bytes-like object, not '{given}'"
            )));
        };
        if self.refuses.get() {
            return Err(self.refused(vm, "write"));
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if self.conn_lost.get() > 0 {
            self.count_vain_write(vm);
            return Ok(());
        }
        let mut sent = 0;
        if self.out.with(|out| out.len == 0) {
            if let Some(bytes) = data.to_bytes_obj()
                && self.hold(vm, &bytes)
            {
                return Ok(());
            }
            vm.send_held()?;
            match self.send_now(&bytes) {
                Ok(count) if count == bytes.len() => return Ok(()),
                Ok(count) => sent = count,
                Err(error) if wants_to_wait(&error) => {}
                Err(error) => return self.fatal_write(vm, &error),
            }
            self.watch(vm, Direction::Write)?;
        }
        let bytes = match data.to_bytes_obj() {
            Some(bytes) => bytes,
            None => Ref::bytes(&bytes),
        };
        self.out.with_mut(|out| out.push(Chunk::new(bytes, sent)));
        self.maybe_pause_protocol(vm)
    }

    /// The system does not take what is written: the end of the connection.
    ///
    /// # Errors
    /// As [`fatal_error`](TransportData::fatal_error).
    pub fn fatal_write(self: &Rc<Self>, vm: &mut Vm, error: &io::Error) -> R<()> {
        self.out.with_mut(OutBuffer::clear);
        let message = match self.kind {
            Kind::WritePipe => "Fatal write error on pipe transport",
            Kind::Stream | Kind::Datagram | Kind::ReadPipe => {
                "Fatal write error on socket transport"
            }
        };
        self.fatal_io(vm, error, message)
    }

    /// A write to a connection that is gone; after a few of them it is worth a word.
    pub fn count_vain_write(&self, vm: &mut Vm) {
        let count = self.conn_lost.get();
        if count >= SILENT_WRITES {
            vm.out.error(match self.kind {
                Kind::WritePipe => {
                    "pipe closed by peer or os.write(pipe, data) raised exception.\n"
                }
                Kind::Stream | Kind::Datagram | Kind::ReadPipe => {
                    "socket.send() raised exception.\n"
                }
            });
        }
        self.conn_lost.set(count.saturating_add(1));
    }

    /// Gives bytes to the system; how many it took.
    pub fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.channel {
            Channel::Socket(socket) => socket.send(bytes),
            Channel::Pipe { fd, .. } => fd.with(|fd| match fd {
                Some(fd) => rustix::io::write(fd, bytes).map_err(io::Error::from),
                None => Err(rustix::io::Errno::BADF.into()),
            }),
        }
    }

    fn send_pieces(&self) -> io::Result<usize> {
        self.out.with(|out| {
            let pieces: Vec<IoSlice<'_>> = out
                .chunks
                .iter()
                .take(MOST_PIECES)
                .map(|chunk| IoSlice::new(chunk.rest()))
                .collect();
            match &self.channel {
                Channel::Socket(socket) => socket.send_pieces(&pieces),
                Channel::Pipe { fd, .. } => fd.with(|fd| match fd {
                    Some(fd) => rustix::io::writev(fd, &pieces).map_err(io::Error::from),
                    None => Err(rustix::io::Errno::BADF.into()),
                }),
            }
        })
    }

    /// The descriptor takes bytes again.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn write_ready(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.conn_lost.get() > 0 || self.out.with(|out| out.len == 0) {
            return Ok(());
        }
        let size = self.out.with(|out| out.len);
        match self.send_pieces() {
            Ok(count) => {
                self.out.with_mut(|out| out.advance(count));
                if count < size {
                    self.drained(Direction::Write);
                }
            }
            Err(error) if wants_to_wait(&error) => {
                self.drained(Direction::Write);
                return Ok(());
            }
            Err(error) => {
                self.unwatch(Direction::Write);
                return self.fatal_write(vm, &error);
            }
        }
        self.maybe_resume_protocol(vm)?;
        if self.out.with(|out| out.len > 0) {
            return Ok(());
        }
        self.unwatch(Direction::Write);
        self.empty_for_file(vm, Ok(()));
        if self.closing.get() {
            if self.kind == Kind::WritePipe {
                self.unwatch(Direction::Read);
            }
            return self.connection_lost(vm);
        }
        if self.eof.get() {
            self.shut_writing(vm)?;
        }
        Ok(())
    }

    fn shut_writing(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        match self.socket() {
            Some(socket) => match socket.shutdown(rustix::net::Shutdown::Write) {
                Ok(()) => Ok(()),
                Err(error) => Err(vm.raise_io_error(&error, None)),
            },
            None => Ok(()),
        }
    }

    /// `write_eof()`
    ///
    /// # Errors
    /// `OSError`
    pub fn write_eof(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        vm.send_held()?;
        if self.closing.get() || self.eof.get() {
            return Ok(());
        }
        if self.kind == Kind::WritePipe {
            self.close();
            return Ok(());
        }
        self.eof.set(true);
        self.refuses.set(true);
        if self.out.with(|out| out.len == 0) {
            return self.shut_writing(vm);
        }
        Ok(())
    }

    /// `writelines(data)`: everything at once.
    ///
    /// # Errors
    /// As [`write`](TransportData::write).
    pub fn writelines(self: &Rc<Self>, vm: &mut Vm, lines: &Value) -> R<()> {
        if self.refuses.get() {
            return Err(self.refused(vm, "writelines"));
        }
        let mut all = Vec::new();
        for line in vm.collect(lines)? {
            let bytes = bytes_argument(vm, &line)?;
            all.extend_from_slice(&bytes);
        }
        if all.is_empty() {
            return Ok(());
        }
        self.write(vm, &Value::bytes(all))
    }
}
