//! `Server`: listening sockets and the connections that came in through them.
//!
//! Taking a connection makes a task, as in CPython, which makes protocol and transport and waits
//! until the protocol has heard of its connection. A server that finds the process out of
//! descriptors says so, stops listening for a second, and goes on.

use super::base_events::report_problem;
use super::callback::Callback;
use super::classes::{AsyncClass, instance_of, receiver};
use super::events::{ContextCell, HandleData};
use super::foreign_futures::Request;
use super::readiness::Target;
use super::selector_events::NewConnection;
use super::tasks::{self, TaskOptions};
use super::transports::{TransportData, io_exception, origin_of_address, wants_to_wait};
use super::{LoopData, NativeWait, contextvars, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::modules::sockets::SocketData;
use crate::native::{Arguments, Method, NativeFn};
use crate::objects::{FutureObj, MethodObj, NativeCoroutine, NativeData, NativeObj, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Clock, Direction, Origin};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::RawFd;
use std::rc::{Rc, Weak};

/// The methods of `Server`.
pub const METHODS: &[Method] = &[
    Method::get("sockets", sockets, "The sockets that listen."),
    Method::get("_loop", get_loop, "The loop."),
    Method::new("get_loop", NativeFn::F1(get_loop), "The loop."),
    Method::new(
        "is_serving",
        NativeFn::F1(is_serving),
        "Whether it takes connections.",
    ),
    Method::new(
        "_start_serving",
        NativeFn::F1(start_now),
        "Take connections from now on.",
    ),
    Method::new(
        "start_serving",
        NativeFn::F1(start_serving),
        "Take connections.",
    ),
    Method::new(
        "serve_forever",
        NativeFn::F1(serve_forever),
        "Take connections until cancelled.",
    ),
    Method::new("close", NativeFn::F1(close), "Take no more connections."),
    Method::get_set(
        "_after_close",
        after_close,
        set_after_close,
        "What to call once it is closed.",
    ),
    Method::new(
        "close_clients",
        NativeFn::F1(close_clients),
        "Close every connection.",
    ),
    Method::new(
        "abort_clients",
        NativeFn::F1(abort_clients),
        "Close every connection at once.",
    ),
    Method::new(
        "wait_closed",
        NativeFn::F1(wait_closed),
        "Wait until it and all connections end.",
    ),
    Method::new("__aenter__", NativeFn::F1(aenter), "Itself."),
    Method::new(
        "__aexit__",
        NativeFn::Range(4, 4, aexit),
        "Close it and wait.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// How long a server without descriptors waits.
const ACCEPT_RETRY_DELAY: f64 = 1.0;

/// A server.
pub struct ServerData {
    event_loop: Rc<LoopData>,
    object: GcCell<Value>,
    /// None once it was closed.
    sockets: GcCell<Option<Vec<Rc<SocketData>>>>,
    clients: GcCell<BTreeMap<RawFd, Weak<TransportData>>>,
    /// None once everything has ended.
    waiters: GcCell<Option<Vec<Ref<FutureObj>>>>,
    factory: Value,
    backlog: i64,
    serving: Cell<bool>,
    forever: GcCell<Option<Ref<FutureObj>>>,
    context: ContextCell,
    /// What to call once it is closed, or unset.
    after_close: GcCell<Value>,
}

impl NativeData for ServerData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.factory);
        self.after_close.with(|function| visitor(function));
    }
    fn clear(&self) {
        self.object.set(Value::UNSET);
        self.after_close.set(Value::UNSET);
    }
}

/// A server of sockets that are bound; it does not listen yet.
pub fn new_server(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    sockets: Vec<Rc<SocketData>>,
    factory: &Value,
    backlog: i64,
) -> Value {
    let server = Rc::new(ServerData {
        event_loop: event_loop.clone(),
        object: GcCell::default(),
        sockets: GcCell::new(Some(sockets)),
        clients: GcCell::default(),
        waiters: GcCell::new(Some(Vec::new())),
        factory: factory.clone(),
        backlog,
        serving: Cell::new(false),
        forever: GcCell::default(),
        context: GcCell::default(),
        after_close: GcCell::default(),
    });
    instance_of(vm, AsyncClass::Server, server)
}

/// A listening socket and the server that it belongs to.
pub struct Acceptor {
    server: Rc<ServerData>,
    socket: Rc<SocketData>,
}

impl Acceptor {
    /// Takes every connection that waits.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn accept_ready(&self, vm: &mut Vm) -> R<()> {
        let server = &self.server;
        for _ in 0..server.backlog.max(1) {
            let (connection, address) = match self.socket.accept(true) {
                Ok(accepted) => accepted,
                Err(error) if is_passing(&error) => {
                    let fd = self.socket.number();
                    server.event_loop.drained(fd, Direction::Read);
                    return Ok(());
                }
                Err(error) if is_shortage(&error) => return self.pause(vm, &error),
                Err(error) => {
                    let exception = io_exception(vm, &error);
                    let message =
                        "Exception in callback BaseSelectorEventLoop._accept_connection()";
                    let details = [("exception", exception)];
                    return report_problem(vm, &server.event_loop, message, &details);
                }
            };
            let connection = NewConnection::accepted(
                server.event_loop.clone(),
                connection,
                address,
                server.factory.clone(),
                server.clone(),
            );
            let coroutine = coroutine::new_native(vm, Box::new(connection));
            let before = contextvars::enter(vm, &server.context);
            let task =
                tasks::create_task(vm, &server.event_loop, &coroutine, TaskOptions::default());
            contextvars::leave(vm, &server.context, before);
            task?;
        }
        Ok(())
    }

    /// Out of descriptors or memory: say so, and try again later.
    fn pause(&self, vm: &mut Vm, error: &io::Error) -> R<()> {
        let server = &self.server;
        let exception = io_exception(vm, error);
        let socket = instance_of(vm, AsyncClass::TransportSocket, self.socket.clone());
        let details = [("exception", exception), ("socket", socket)];
        let message = "socket.accept() out of system resource";
        server
            .event_loop
            .unwatch(self.socket.number(), Direction::Read);
        let resume = Value::new(NativeObj {
            name: "_start_serving",
            owner: Some("BaseSelectorEventLoop"),
            function: NativeFn::F1(resume_accepting),
            at_once: None,
            doc: "",
            is_method: true,
        });
        let acceptor = Rc::new(Acceptor {
            server: server.clone(),
            socket: self.socket.clone(),
        });
        let receiver = instance_of(vm, AsyncClass::_Acceptor, acceptor);
        let resume = Value::new(MethodObj {
            func: resume,
            receiver,
        });
        let now = server.event_loop.core.with(|core| core.clock().now());
        let at = now.after_secs_f64(ACCEPT_RETRY_DELAY);
        let when = Some(at.as_secs_f64());
        let handle = HandleData::new(&server.event_loop, resume, Box::from([]), None, when);
        server
            .event_loop
            .core
            .with_mut(|core| core.call_at(at, Callback::Handle(handle)));
        report_problem(vm, &server.event_loop, message, &details)
    }
}

impl NativeData for Acceptor {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

fn resume_accepting(vm: &mut Vm, acceptor: &Value) -> R {
    let acceptor: Rc<Acceptor> = receiver(vm, acceptor, "Server", "_start_serving")?;
    if !acceptor.socket.is_closed() {
        acceptor.server.listen_on(vm, &acceptor.socket)?;
    }
    Ok(Value::NONE)
}

/// Nobody is waiting any more, or somebody gave up.
fn is_passing(error: &io::Error) -> bool {
    wants_to_wait(error) || error.kind() == io::ErrorKind::ConnectionAborted
}

/// Out of descriptors, buffers or memory: EMFILE, ENFILE, ENOBUFS, ENOMEM.
fn is_shortage(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM]
        .iter()
        .any(|errno| code == Some(errno.raw_os_error()))
}

impl ServerData {
    /// A connection of it begins.
    pub fn attach(&self, transport: &Rc<TransportData>) {
        let weak = Rc::downgrade(transport);
        self.clients
            .with_mut(|clients| clients.insert(transport.fd.get(), weak));
    }

    /// A connection of it ended.
    pub fn detach(&self, transport: &TransportData) {
        let none_left = self.clients.with_mut(|clients| {
            clients.remove(&transport.fd.get());
            clients.is_empty()
        });
        if none_left && self.sockets.with(Option::is_none) {
            self.wake();
        }
    }

    fn wake(&self) {
        for waiter in self.waiters.replace(None).into_iter().flatten() {
            if !waiter.is_done() {
                futures::complete(&waiter, Value::NONE);
            }
        }
    }

    /// Registers a listening socket.
    fn listen_on(self: &Rc<Self>, vm: &mut Vm, socket: &Rc<SocketData>) -> R<()> {
        let acceptor = Rc::new(Acceptor {
            server: self.clone(),
            socket: socket.clone(),
        });
        let origin = match socket.getsockname() {
            Ok(address) => origin_of_address(&address),
            Err(_) => Origin::Local,
        };
        let target = Target::Accept(acceptor);
        self.event_loop
            .watch(vm, socket.number(), Direction::Read, target, origin)
    }

    fn start(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.serving.replace(true) {
            return Ok(());
        }
        self.context.set(contextvars::copy_current(vm));
        for socket in self.sockets.get().into_iter().flatten() {
            let backlog = i32::try_from(self.backlog).unwrap_or(i32::MAX);
            if let Err(error) = socket.listen(backlog) {
                return Err(vm.raise_io_error(&error, None));
            }
            self.listen_on(vm, &socket)?;
        }
        Ok(())
    }

    fn close(&self, vm: &mut Vm) -> R<()> {
        let Some(sockets) = self.sockets.replace(None) else {
            return Ok(());
        };
        for socket in sockets {
            self.event_loop.unwatch(socket.number(), Direction::Read);
            socket.close();
        }
        self.serving.set(false);
        if let Some(forever) = self.forever.replace(None)
            && !forever.is_done()
        {
            futures::cancel(vm, &forever, &Value::UNSET, Request::Outside);
        }
        if self.clients.with(BTreeMap::is_empty) {
            self.wake();
        }
        let after = self.after_close.replace(Value::UNSET);
        if !after.is_unset() {
            vm.call(&after, &[])?;
        }
        Ok(())
    }

    /// A future for the end of everything; none when that has come.
    fn end_waiter(&self) -> Option<Ref<FutureObj>> {
        let waiter = futures::new_future(&self.event_loop);
        self.waiters
            .with_mut(|waiters| waiters.as_mut().map(|list| list.push(waiter.clone())))?;
        Some(waiter)
    }

    fn clients(&self) -> Vec<Rc<TransportData>> {
        self.clients
            .with(|clients| clients.values().filter_map(Weak::upgrade).collect())
    }
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<ServerData>> {
    receiver(vm, value, "Server", method)
}

fn sockets(vm: &mut Vm, object: &Value) -> R {
    let server = this(vm, object, "sockets")?;
    let sockets = server.sockets.get().unwrap_or_default();
    let shown: Vec<Value> = sockets
        .into_iter()
        .map(|socket| instance_of(vm, AsyncClass::TransportSocket, socket))
        .collect();
    Ok(Value::tuple(shown))
}

fn get_loop(vm: &mut Vm, object: &Value) -> R {
    Ok(this(vm, object, "get_loop")?.event_loop.to_value())
}

fn is_serving(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_serving")?.serving.get()))
}

fn start_now(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "_start_serving")?.start(vm)?;
    Ok(Value::NONE)
}

fn close(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    this(vm, object, "close")?.close(vm)?;
    Ok(Value::NONE)
}

fn after_close(vm: &mut Vm, object: &Value) -> R {
    let function = this(vm, object, "_after_close")?.after_close.get();
    Ok(if function.is_unset() {
        Value::NONE
    } else {
        function
    })
}

fn set_after_close(vm: &mut Vm, object: &Value, function: Value) -> R<()> {
    this(vm, object, "_after_close")?.after_close.set(function);
    Ok(())
}

fn close_clients(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    for transport in this(vm, object, "close_clients")?.clients() {
        transport.close();
    }
    Ok(Value::NONE)
}

fn abort_clients(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    for transport in this(vm, object, "abort_clients")?.clients() {
        transport.force_close(Value::UNSET);
    }
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let sockets = sockets(vm, object)?;
    let shown = vm.repr(&sockets)?;
    let class = vm.type_name(object);
    Ok(vm.str(format!("<{class} sockets={shown}>")))
}

/// What a coroutine of a server does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    StartServing,
    ServeForever,
    WaitClosed,
    Enter,
    Exit,
}

/// How far it is.
enum Stage {
    Created,
    Yielded,
    /// `serve_forever` waits to be cancelled.
    Forever,
    /// Everything is about to end; then this goes on upwards.
    Ending(Value),
    Waiting,
}

struct ServerWork {
    object: Value,
    server: Rc<ServerData>,
    work: Work,
    stage: Stage,
}

fn begin(vm: &mut Vm, object: &Value, work: Work) -> R {
    let body = ServerWork {
        object: object.clone(),
        server: this(vm, object, "serve_forever")?,
        work,
        stage: Stage::Created,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

fn start_serving(vm: &mut Vm, object: &Value) -> R {
    begin(vm, object, Work::StartServing)
}

fn serve_forever(vm: &mut Vm, object: &Value) -> R {
    begin(vm, object, Work::ServeForever)
}

fn wait_closed(vm: &mut Vm, object: &Value) -> R {
    begin(vm, object, Work::WaitClosed)
}

fn aenter(vm: &mut Vm, object: &Value) -> R {
    begin(vm, object, Work::Enter)
}

fn aexit(vm: &mut Vm, args: &[Value]) -> R {
    begin(vm, args.at(0), Work::Exit)
}

impl ServerWork {
    fn start(&mut self, vm: &mut Vm) -> R<Step> {
        match self.work {
            Work::Enter => Ok(Step::Return(self.object.clone())),
            Work::StartServing => {
                self.server.start(vm)?;
                self.stage = Stage::Yielded;
                Ok(Step::Yield(Value::NONE))
            }
            Work::ServeForever => self.serve(vm),
            Work::Exit => {
                self.server.close(vm)?;
                self.wait()
            }
            Work::WaitClosed => self.wait(),
        }
    }

    fn wait(&mut self) -> R<Step> {
        match self.server.end_waiter() {
            None => Ok(Step::Return(Value::NONE)),
            Some(waiter) => {
                self.stage = Stage::Waiting;
                Ok(Step::Await(waiter.into()))
            }
        }
    }

    fn serve(&mut self, vm: &mut Vm) -> R<Step> {
        let problem = if self.server.forever.with(Option::is_some) {
            Some("already being awaited on serve_forever()")
        } else if self.server.sockets.with(Option::is_none) {
            Some("closed")
        } else {
            None
        };
        if let Some(problem) = problem {
            let shown = vm.repr(&self.object)?;
            return Err(vm.runtime_error(format!("server {shown} is {problem}")));
        }
        self.server.start(vm)?;
        let forever = futures::new_future(&self.server.event_loop);
        self.server.forever.set(Some(forever.clone()));
        self.stage = Stage::Forever;
        Ok(Step::Await(forever.into()))
    }

    /// `serve_forever` was cancelled: it closes the server and waits for the end of the connections.
    fn stop_serving(&mut self, vm: &mut Vm) -> R<Step> {
        let cancelled = vm.types.cancelled_error.clone();
        if !vm.pending_is(&cancelled) {
            self.server.forever.set(None);
            return Err(Raised);
        }
        let exception = vm.take_pending();
        self.server.close(vm)?;
        match self.server.end_waiter() {
            None => {
                self.server.forever.set(None);
                Err(vm.reraise(exception))
            }
            Some(waiter) => {
                self.stage = Stage::Ending(exception);
                Ok(Step::Await(waiter.into()))
            }
        }
    }
}

impl NativeCoroutine for ServerWork {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let stage = std::mem::replace(&mut self.stage, Stage::Waiting);
        match (stage, input) {
            (Stage::Forever, Resume::Throw) => self.stop_serving(vm),
            (Stage::Ending(exception), Resume::Value(_)) => {
                self.server.forever.set(None);
                Err(vm.reraise(exception))
            }
            (_, Resume::Throw) => {
                if self.work == Work::ServeForever {
                    self.server.forever.set(None);
                }
                Err(Raised)
            }
            (Stage::Created, Resume::Value(_)) => self.start(vm),
            (Stage::Yielded | Stage::Waiting | Stage::Forever, Resume::Value(_)) => {
                Ok(Step::Return(Value::NONE))
            }
        }
    }
    fn name(&self) -> &'static str {
        match self.work {
            Work::StartServing => "Server.start_serving",
            Work::ServeForever => "Server.serve_forever",
            Work::WaitClosed => "Server.wait_closed",
            Work::Enter => "AbstractServer.__aenter__",
            Work::Exit => "AbstractServer.__aexit__",
        }
    }
    fn waits_for(&self) -> Option<NativeWait> {
        let what = match self.work {
            Work::StartServing | Work::ServeForever | Work::Enter => "connections to a server",
            Work::WaitClosed | Work::Exit => "the end of a server and its connections",
        };
        Some(NativeWait::Outside(what.to_owned()))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}
