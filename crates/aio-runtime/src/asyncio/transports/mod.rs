//! Transports: what carries bytes between a descriptor and a protocol.
//!
//! All kinds share one type, [`TransportData`]; what differs is in the files of their kinds
//! (`selector_events/stream_transport`, `selector_events/datagram_transport`, `unix_events`). Here
//! are the state and closing; `writing` is the buffer and its limits, `methods` the tables.
//!
//! A protocol is an object of the script, or the one of `streams`, which is called directly: bytes
//! then go from the system into a `StreamReader` without becoming an object.
//!
//! A transport keeps itself alive through its registration with the poller; `connection_lost`
//! breaks every link, so a closed one is freed.

mod held;
mod methods;
mod sendfile;
mod watchman;
mod writing;

pub use held::Held;
pub use methods::{BASE_METHODS, READ_METHODS, SUBPROCESS_METHODS, WRITE_METHODS, this};
pub use sendfile::{begin_sendfile, end_sendfile};
pub use writing::{Chunk, OutBuffer};

use super::base_events::{self, LoopData, report_problem};
use super::callback::Callback;
use super::classes::{AsyncClass, instance_of};
use super::contextvars;
use super::events::{ContextCell, HandleData};
use super::readiness::Target;
use super::server::ServerData;
use super::streams::StreamProtocol;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::modules::sockets::{SocketData, address_value};
use crate::native::NativeFn;
use crate::objects::{FutureObj, NativeData, NativeObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, Origin};
use rustix::net::SocketAddrAny;
use std::cell::Cell;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;

/// From here on the protocol is told to stop writing.
const HIGH_WATER: usize = 64 * 1024;

/// Which kind of transport.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A connected socket.
    Stream,
    /// A socket of datagrams.
    Datagram,
    /// The reading end of a pipe.
    ReadPipe,
    /// The writing end of a pipe.
    WritePipe,
}

/// What bytes go through.
pub enum Channel {
    /// A socket, which the script may hold as well.
    Socket(Rc<SocketData>),
    /// A descriptor of our own beside the file object of the script.
    Pipe {
        /// The descriptor.
        fd: GcCell<Option<OwnedFd>>,
        /// The file object.
        file: GcCell<Value>,
    },
}

/// What is due for a transport besides readiness.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportCall {
    /// Tell a protocol of ours that the connection is made.
    ConnectionMade,
    /// Begin to read.
    StartReading,
    /// Tell the protocol that a pipe ended.
    EofReceived,
    /// Tell the protocol that the connection is lost, and close.
    ConnectionLost,
}

/// A transport.
pub struct TransportData {
    /// Its loop.
    pub event_loop: Rc<LoopData>,
    /// What bytes go through.
    pub channel: Channel,
    /// Its kind.
    pub kind: Kind,
    /// The number of the descriptor, also after it was closed.
    pub fd: Cell<RawFd>,
    origin: Cell<Origin>,
    object: GcCell<Value>,
    protocol: GcCell<Value>,
    stream: GcCell<Option<Rc<StreamProtocol>>>,
    /// The protocol has buffers of its own to read into.
    buffered: Cell<bool>,
    server: GcCell<Option<Rc<ServerData>>>,
    /// What waits to be written.
    pub out: GcCell<OutBuffer>,
    /// The exception that `connection_lost` is to get.
    lost: GcCell<Value>,
    context: ContextCell,
    sockname: Option<SocketAddrAny>,
    peername: Option<SocketAddrAny>,
    extra: GcCell<Value>,
    /// For a datagram transport with one other side: its address.
    pub remote: GcCell<Option<(SocketAddrAny, Value)>>,
    /// Counts from when `connection_lost` is due.
    pub conn_lost: Cell<u32>,
    /// See `held`.
    is_tcp: bool,
    /// Whether what waits to be written is held.
    holds: Cell<bool>,
    closing: Cell<bool>,
    /// Whether its loop was closed before it was.
    abandoned: Cell<bool>,
    paused: Cell<bool>,
    eof: Cell<bool>,
    /// Whether writing is an error, by `write_eof` or for the time that a file is sent.
    refuses: Cell<bool>,
    /// While a file is sent: who waits for the buffer to be empty.
    empty_waiter: GcCell<Option<Ref<FutureObj>>>,
    protocol_paused: Cell<bool>,
    high: Cell<usize>,
    low: Cell<usize>,
}

impl NativeData for TransportData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        [&self.object, &self.protocol, &self.lost, &self.extra]
            .into_iter()
            .for_each(|cell| cell.with(&mut *visitor));
    }
}

/// What a new transport is made of.
pub struct Parts {
    /// Its loop.
    pub event_loop: Rc<LoopData>,
    /// What bytes go through.
    pub channel: Channel,
    /// Its kind.
    pub kind: Kind,
    /// The protocol.
    pub protocol: Value,
    /// The address of the other side, if that is known.
    pub peername: Option<SocketAddrAny>,
    /// The server that it belongs to.
    pub server: Option<Rc<ServerData>>,
}

impl TransportData {
    /// A new transport; nothing is registered yet.
    pub fn new(vm: &mut Vm, parts: Parts) -> Rc<TransportData> {
        let (fd, sockname) = match &parts.channel {
            Channel::Socket(socket) => (socket.number(), socket.getsockname().ok()),
            Channel::Pipe { fd, .. } => (
                fd.with(|fd| fd.as_ref().map_or(-1, AsRawFd::as_raw_fd)),
                None,
            ),
        };
        let stream = StreamProtocol::of_exact(vm, &parts.protocol);
        let origin = origin_of(&parts.channel, parts.peername.as_ref());
        let transport = Rc::new(TransportData {
            event_loop: parts.event_loop,
            channel: parts.channel,
            kind: parts.kind,
            fd: Cell::new(fd),
            origin: Cell::new(origin),
            object: GcCell::default(),
            protocol: GcCell::new(parts.protocol),
            stream: GcCell::new(stream),
            buffered: Cell::new(false),
            server: GcCell::new(parts.server),
            out: GcCell::default(),
            lost: GcCell::default(),
            context: GcCell::new(contextvars::copy_current(vm)),
            is_tcp: held::is_tcp(parts.kind, sockname.as_ref()),
            holds: Cell::new(false),
            sockname,
            peername: parts.peername,
            extra: GcCell::default(),
            remote: GcCell::default(),
            conn_lost: Cell::new(0),
            closing: Cell::new(false),
            abandoned: Cell::new(false),
            paused: Cell::new(false),
            eof: Cell::new(false),
            refuses: Cell::new(false),
            empty_waiter: GcCell::default(),
            protocol_paused: Cell::new(false),
            high: Cell::new(HIGH_WATER),
            low: Cell::new(HIGH_WATER / 4),
        });
        transport.note_buffers(vm);
        if let Some(server) = transport.server.get() {
            server.attach(&transport);
        }
        transport
    }

    fn note_buffers(&self, vm: &mut Vm) {
        let has = self.stream.with(Option::is_none) && {
            let name = vm.intern("get_buffer");
            let protocol = self.protocol.get();
            vm.lookup_special(&protocol, &name).is_some()
        };
        self.buffered.set(has);
    }

    /// Whether the protocol has buffers of its own to read into.
    pub fn is_buffered(&self) -> bool {
        self.buffered.get()
    }

    /// Changes the protocol.
    pub fn set_protocol(&self, vm: &mut Vm, protocol: &Value) {
        let stream = StreamProtocol::of_exact(vm, protocol);
        self.stream.set(stream);
        self.protocol.set(protocol.clone());
        self.note_buffers(vm);
    }

    /// Schedules what comes first: the protocol hears of the connection, then reading begins.
    ///
    /// # Errors
    /// When the protocol has no `connection_made`.
    pub fn begin(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.stream.with(Option::is_some) {
            self.call_soon(TransportCall::ConnectionMade);
        } else {
            let name = vm.intern("connection_made");
            let protocol = self.protocol.get();
            let method = vm.get_attr(&protocol, &name)?;
            let args = Box::from([self.to_value(vm)]);
            let context = contextvars::copy_current(vm);
            let handle = HandleData::new(&self.event_loop, method, args, context, None);
            self.event_loop.call_soon(Callback::Handle(handle));
        }
        self.call_soon(TransportCall::StartReading);
        Ok(())
    }

    /// Appends a call to the ready queue.
    pub fn call_soon(self: &Rc<Self>, call: TransportCall) {
        self.event_loop
            .call_soon(Callback::Transport(call, self.clone()));
    }

    /// Runs a call that is due.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn run(self: &Rc<Self>, vm: &mut Vm, call: TransportCall) -> R<()> {
        let name = match call {
            TransportCall::ConnectionMade => "StreamReaderProtocol.connection_made",
            TransportCall::StartReading => "_SelectorTransport._add_reader",
            TransportCall::EofReceived => "Protocol.eof_received",
            TransportCall::ConnectionLost => "_SelectorTransport._call_connection_lost",
        };
        self.in_context(vm, name, |vm| match call {
            TransportCall::ConnectionMade => match self.stream.get() {
                Some(stream) => stream.connection_made(vm, self),
                None => Ok(()),
            },
            TransportCall::StartReading => self.start_reading(vm),
            TransportCall::EofReceived => self.tell(vm, "eof_received", &[]).map(drop),
            TransportCall::ConnectionLost => self.connection_lost(vm),
        })
    }

    /// An object like the handle of the callback that failed, for the report.
    fn failed_handle(&self, vm: &mut Vm, name: &'static str) -> Value {
        let (owner, name) = name.split_once('.').unwrap_or(("", name));
        let function = Value::new(NativeObj {
            name,
            owner: Some(owner),
            function: NativeFn::F0(|_| Ok(Value::NONE)),
            at_once: None,
            doc: "",
            is_method: true,
        });
        HandleData::new(&self.event_loop, function, Box::from([]), None, None).to_value(vm)
    }

    /// Runs what is due in the context of the transport. An error is reported as one of the
    /// callback `name`.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn in_context(
        self: &Rc<Self>,
        vm: &mut Vm,
        name: &'static str,
        act: impl FnOnce(&mut Vm) -> R<()>,
    ) -> R<()> {
        let before = contextvars::enter(vm, &self.context);
        let result = act(vm);
        contextvars::leave(vm, &self.context, before);
        if let Err(raised) = result {
            if base_events::pending_is_exit(vm) {
                return Err(raised);
            }
            let exception = vm.take_pending();
            let message = format!("Exception in callback {name}()");
            let handle = self.failed_handle(vm, name);
            let details = [("exception", exception), ("handle", handle)];
            return report_problem(vm, &self.event_loop, &message, &details);
        }
        Ok(())
    }

    /// The object of the script.
    pub fn to_value(self: &Rc<Self>, vm: &mut Vm) -> Value {
        let made = self.object.get();
        if !made.is_unset() {
            return made;
        }
        let class = match self.kind {
            Kind::Stream => AsyncClass::_SelectorSocketTransport,
            Kind::Datagram => AsyncClass::_SelectorDatagramTransport,
            Kind::ReadPipe => AsyncClass::_UnixReadPipeTransport,
            Kind::WritePipe => AsyncClass::_UnixWritePipeTransport,
        };
        let made = instance_of(vm, class, self.clone());
        // A closed transport keeps no object, or the two would keep each other alive.
        if !self.is_dead() {
            self.object.set(made.clone());
        }
        made
    }

    /// The socket, of a transport that has one.
    pub fn socket(&self) -> Option<&Rc<SocketData>> {
        match &self.channel {
            Channel::Socket(socket) => Some(socket),
            Channel::Pipe { .. } => None,
        }
    }

    /// The protocol of `streams`, if it is one.
    pub fn stream(&self) -> Option<Rc<StreamProtocol>> {
        self.stream.get()
    }

    /// The protocol.
    pub fn protocol(&self) -> Value {
        self.protocol.get()
    }

    /// Whether `connection_lost` was called.
    fn is_dead(&self) -> bool {
        self.protocol.with(Value::is_unset)
    }

    /// Whether it is closed or about to be.
    #[inline]
    pub fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Whether more may be read.
    pub fn is_reading(&self) -> bool {
        !self.closing.get() && !self.paused.get()
    }

    /// Whether `write_eof` was called.
    pub fn wrote_eof(&self) -> bool {
        self.eof.get()
    }

    fn target(self: &Rc<Self>, direction: Direction) -> Target {
        match direction {
            Direction::Read => Target::Read(self.clone()),
            Direction::Write => Target::Write(self.clone()),
        }
    }

    /// Registers with the poller.
    ///
    /// # Errors
    /// `OSError`
    pub fn watch(self: &Rc<Self>, vm: &mut Vm, direction: Direction) -> R<()> {
        let (fd, target) = (self.fd.get(), self.target(direction));
        self.event_loop
            .watch(vm, fd, direction, target, self.origin.get())
    }

    /// Ends a registration.
    pub fn unwatch(&self, direction: Direction) {
        self.event_loop.unwatch(self.fd.get(), direction);
    }

    /// Says that the system has no more to give or to take for now.
    #[inline]
    pub fn drained(&self, direction: Direction) {
        self.event_loop.drained(self.fd.get(), direction);
    }

    /// `call_soon(self._add_reader)`
    fn start_reading(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.is_reading() && self.kind != Kind::WritePipe {
            return self.watch(vm, Direction::Read);
        }
        if self.kind == Kind::WritePipe && !self.closing.get() {
            super::unix_events::watch_for_end(vm, self)?;
        }
        Ok(())
    }

    /// `pause_reading()`
    pub fn pause(&self) {
        if self.is_reading() {
            self.paused.set(true);
            self.unwatch(Direction::Read);
        }
    }

    /// `resume_reading()`
    ///
    /// # Errors
    /// `OSError`
    pub fn resume(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.closing.get() || !self.paused.get() {
            return Ok(());
        }
        self.paused.set(false);
        self.watch(vm, Direction::Read)
    }

    /// Calls a method of a protocol of the script.
    ///
    /// # Errors
    /// What it raises.
    pub fn tell(&self, vm: &mut Vm, method: &str, args: &[Value]) -> R {
        let name = vm.intern(method);
        let protocol = self.protocol.get();
        if let Some(stream) = self.stream.get() {
            return stream.call(vm, method, args);
        }
        vm.call_method(&protocol, &name, args)
    }

    /// `close()`: nothing is read any more; what waits is still written.
    pub fn close(self: &Rc<Self>) {
        if self.closing.replace(true) {
            return;
        }
        self.unwatch(Direction::Read);
        if self.out.with(|out| out.len == 0) {
            self.unwatch(Direction::Write);
            self.close_if_due();
        }
    }

    /// Nothing waits to be written any more: if it was closed, the protocol is to hear of it.
    fn close_if_due(self: &Rc<Self>) {
        if self.closing.get() {
            self.conn_lost.set(self.conn_lost.get() + 1);
            self.call_soon(TransportCall::ConnectionLost);
        }
    }

    /// Closes at once; the protocol gets the exception (unset for none).
    pub fn force_close(self: &Rc<Self>, exception: Value) {
        if self.conn_lost.get() > 0 {
            return;
        }
        let had_output = self.out.with_mut(|out| {
            let had = out.len > 0;
            out.clear();
            had
        });
        if had_output {
            self.unwatch(Direction::Write);
        }
        if !self.closing.replace(true) {
            self.unwatch(Direction::Read);
        }
        self.conn_lost.set(self.conn_lost.get() + 1);
        self.lost.set(exception);
        self.call_soon(TransportCall::ConnectionLost);
    }

    /// An error that ends the connection: one of the system is silent, as peers are what they are.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt` out of the exception handler.
    pub fn fatal_error(self: &Rc<Self>, vm: &mut Vm, exception: Value, message: &str) -> R<()> {
        let class = vm.class_of(&exception);
        if !class.is_subclass_of(&vm.types.os_error) {
            let transport = self.to_value(vm);
            let details = [
                ("exception", exception.clone()),
                ("transport", transport),
                ("protocol", self.protocol.get()),
            ];
            report_problem(vm, &self.event_loop, message, &details)?;
        }
        self.force_close(exception);
        Ok(())
    }

    /// The pending exception ends the connection, unless it is one that leaves the loop.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn fatal_pending(self: &Rc<Self>, vm: &mut Vm, message: &str) -> R<()> {
        if base_events::pending_is_exit(vm) {
            return Err(Raised);
        }
        let exception = vm.take_pending();
        self.fatal_error(vm, exception, message)
    }

    /// An error of the system ends the connection.
    ///
    /// # Errors
    /// As [`fatal_error`](TransportData::fatal_error).
    pub fn fatal_io(self: &Rc<Self>, vm: &mut Vm, error: &io::Error, message: &str) -> R<()> {
        let exception = io_exception(vm, error);
        self.fatal_error(vm, exception, message)
    }

    /// Tells the protocol, closes the descriptor, and breaks every link.
    pub fn connection_lost(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        vm.send_held()?;
        let lost = self.lost.replace(Value::UNSET);
        let exception = if lost.is_unset() { Value::NONE } else { lost };
        let result = match self.stream.get() {
            Some(stream) => {
                stream.connection_lost(&exception);
                Ok(())
            }
            None => self.tell(vm, "connection_lost", &[exception]).map(drop),
        };
        self.close_channel(vm);
        self.empty_for_file(vm, Err("Connection is closed by peer"));
        self.stream.set(None);
        self.protocol.set(Value::UNSET);
        self.object.set(Value::UNSET);
        if let Some(server) = self.server.replace(None) {
            server.detach(self);
        }
        result
    }

    /// The loop is closed, so nothing will ever happen here: breaks every link, and leaves the
    /// descriptor to whoever still holds it.
    pub fn abandon(&self) {
        self.abandoned.set(true);
        self.stream.set(None);
        self.server.set(None);
        self.protocol.set(Value::UNSET);
        self.object.set(Value::UNSET);
        self.out.with_mut(OutBuffer::clear);
    }

    fn close_channel(&self, vm: &mut Vm) {
        match &self.channel {
            Channel::Socket(socket) => socket.close(),
            Channel::Pipe { fd, file } => {
                fd.set(None);
                let file = file.get();
                if !file.is_unset() {
                    let name = vm.intern("close");
                    let pending = vm.pending.take();
                    if vm.call_method(&file, &name, &[]).is_err() {
                        drop(vm.take_pending());
                    }
                    vm.pending = pending;
                }
            }
        }
    }

    /// `get_extra_info(name)`, or unset.
    pub fn extra_info(self: &Rc<Self>, vm: &mut Vm, name: &str) -> Value {
        match (name, &self.channel) {
            ("peername", Channel::Socket(_)) => address_value(vm, self.peername.as_ref()),
            ("sockname", Channel::Socket(_)) => address_value(vm, self.sockname.as_ref()),
            ("socket", Channel::Socket(socket)) => {
                let known = self.extra.get();
                if !known.is_unset() {
                    return known;
                }
                let made = instance_of(vm, AsyncClass::TransportSocket, socket.clone());
                self.extra.set(made.clone());
                made
            }
            ("pipe", Channel::Pipe { file, .. }) => file.get(),
            _ => Value::UNSET,
        }
    }
}

/// Whether the other side may be in this process.
fn origin_of(channel: &Channel, peername: Option<&SocketAddrAny>) -> Origin {
    match channel {
        Channel::Pipe { .. } => Origin::World,
        Channel::Socket(_) => match peername {
            Some(address) => origin_of_address(address),
            None => Origin::Local,
        },
    }
}

/// Whether an address may be one of this process.
pub fn origin_of_address(address: &SocketAddrAny) -> Origin {
    match std::net::SocketAddr::try_from(address.clone()) {
        Ok(address) if !address.ip().is_loopback() && !address.ip().is_unspecified() => {
            Origin::World
        }
        Ok(_) | Err(_) => Origin::Local,
    }
}

/// Whether the system says "not now".
pub fn wants_to_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// The exception for an error of the system.
pub fn io_exception(vm: &mut Vm, error: &io::Error) -> Value {
    let Raised = vm.raise_io_error(error, None);
    vm.take_pending()
}
