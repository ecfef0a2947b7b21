//! From a connected socket to a transport with its protocol: what a server does with a connection
//! that it took, and what `create_connection` and its kin end with.

use crate::asyncio::base_events::pending_is_exit;
use crate::asyncio::callback::Callback;
use crate::asyncio::classes::native_data;
use crate::asyncio::events::loop_of_object;
use crate::asyncio::server::ServerData;
use crate::asyncio::transports::{Channel, Kind, Parts, TransportData};
use crate::asyncio::{LoopData, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::modules::sockets::{SocketData, Timeout, address_argument};
use crate::native::Arguments;
use crate::objects::{NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use rustix::net::SocketAddrAny;
use std::rc::Rc;

/// How far a new connection is.
enum State {
    Created,
    /// The protocol is about to hear of it.
    Waiting(Rc<TransportData>),
    Done,
}

/// A connection that has no transport yet.
pub struct NewConnection {
    event_loop: Rc<LoopData>,
    socket: Rc<SocketData>,
    peername: Option<SocketAddrAny>,
    factory: Value,
    kind: Kind,
    remote: Option<(SocketAddrAny, Value)>,
    /// The server that took it: then nobody waits for the outcome, and errors are not told.
    server: Option<Rc<ServerData>>,
    state: State,
}

impl NewConnection {
    /// One that a server took.
    pub fn accepted(
        event_loop: Rc<LoopData>,
        socket: Rc<SocketData>,
        peername: Option<SocketAddrAny>,
        factory: Value,
        server: Rc<ServerData>,
    ) -> NewConnection {
        NewConnection {
            event_loop,
            socket,
            peername,
            factory,
            kind: Kind::Stream,
            remote: None,
            server: Some(server),
            state: State::Created,
        }
    }

    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        let protocol = vm.call(&self.factory, &[])?;
        self.event_loop.check_unused(vm, self.socket.number())?;
        if self.kind == Kind::Stream {
            // Small writes are not to wait for others; not every socket knows the option.
            let _ = self
                .socket
                .with(|fd| rustix::net::sockopt::set_tcp_nodelay(fd, true));
        }
        let parts = Parts {
            event_loop: self.event_loop.clone(),
            channel: Channel::Socket(self.socket.clone()),
            kind: self.kind,
            protocol,
            peername: self.peername.take(),
            server: self.server.clone(),
        };
        let transport = TransportData::new(vm, parts);
        transport.remote.set(self.remote.take());
        transport.begin(vm)?;
        let waiter = futures::new_future(&self.event_loop);
        self.event_loop
            .call_soon(Callback::Complete(waiter.clone()));
        self.state = State::Waiting(transport);
        Ok(Step::Await(waiter.into()))
    }
}

impl NativeCoroutine for NewConnection {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let outcome = match (std::mem::replace(&mut self.state, State::Done), input) {
            (State::Created, Resume::Value(_)) => self.begin(vm),
            (State::Waiting(transport), Resume::Value(_)) => {
                let pair = vec![transport.to_value(vm), transport.protocol()];
                Ok(Step::Return(Value::tuple(pair)))
            }
            (State::Waiting(transport), Resume::Throw) => {
                transport.close();
                Err(Raised)
            }
            (State::Created | State::Done, Resume::Throw) => Err(Raised),
            (State::Done, Resume::Value(_)) => Ok(Step::Return(Value::NONE)),
        };
        if self.server.is_none() || matches!(outcome, Ok(Step::Await(_))) {
            return outcome;
        }
        if outcome.is_err() {
            if pending_is_exit(vm) {
                return outcome;
            }
            drop(vm.take_pending());
        }
        Ok(Step::Return(Value::NONE))
    }
    fn name(&self) -> &'static str {
        if self.server.is_some() {
            "BaseSelectorEventLoop._accept_connection2"
        } else {
            "BaseEventLoop._create_connection_transport"
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.factory);
    }
}

/// `loop._new_transport(sock, protocol_factory, kind, remote)`: a coroutine that gives transport and
/// protocol. The kind is `stream` or `datagram`; `remote` is the one address of datagrams.
pub fn new_transport(vm: &mut Vm, args: &[Value]) -> R {
    let event_loop = loop_of_object(vm, args.at(0))?;
    let socket = socket_argument(vm, args.at(1))?;
    let kind = match args.at(3).as_str() {
        Some("datagram") => Kind::Datagram,
        Some(_) | None => Kind::Stream,
    };
    if let Err(error) = socket.set_timeout(Timeout::NonBlocking) {
        return Err(vm.raise_io_error(&error, None));
    }
    let remote = match args.get(4).filter(|remote| !remote.is_none()) {
        Some(remote) => {
            let address = address_argument(vm, &socket, remote, "sendto")?;
            Some((address, remote.clone()))
        }
        None => None,
    };
    let body = NewConnection {
        event_loop,
        peername: socket.getpeername().ok().flatten(),
        socket,
        factory: args.at(2).clone(),
        kind,
        remote,
        server: None,
        state: State::Created,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

/// The socket that a value is.
///
/// # Errors
/// `TypeError`
pub fn socket_argument(vm: &mut Vm, value: &Value) -> R<Rc<SocketData>> {
    match native_data::<SocketData>(value) {
        Some(socket) => Ok(socket),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("a socket was expected, not '{given}'")))
        }
    }
}
