//! `sock_recv` and its kin: calls of a socket that wait in the loop.
//!
//! Each is tried at once. If it would have to wait, the socket is registered, and the call is tried
//! again whenever it is ready; the outcome completes a future, which the caller awaits.

use super::connections::socket_argument;
use super::sendfile::FileToSend;
use crate::asyncio::base_events::pending_is_exit;
use crate::asyncio::events::loop_of_object;
use crate::asyncio::readiness::Target;
use crate::asyncio::transports::wants_to_wait;
use crate::asyncio::{AsyncClass, LoopData, NativeWait, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::modules::sockets::{SocketData, Timeout, address_argument, address_value, store};
use crate::native::Arguments;
use crate::objects::{FutureObj, NativeCoroutine, Payload, Resume, Step};
use crate::types::text_values::bytes_argument;
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, Origin};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SocketAddrAny};
use std::cell::Cell;
use std::io;
use std::os::fd::RawFd;
use std::rc::Rc;

/// What is to be done with the socket.
enum Call {
    Recv(usize),
    RecvInto(Value, usize),
    RecvFrom(usize),
    /// The bytes, and how many went already.
    SendAll(Vec<u8>, Cell<usize>),
    SendTo(Vec<u8>, SocketAddrAny),
    /// The address as the script wrote it, for the message.
    Connect(SocketAddrAny, Value, Cell<bool>),
    /// The class of the new socket.
    Accept(Value),
    /// What is sent of which file.
    SendFile(FileToSend),
}

/// A call that may have to wait.
pub struct SocketCall {
    event_loop: Rc<LoopData>,
    socket: Rc<SocketData>,
    call: Call,
    future: GcCell<Option<Ref<FutureObj>>>,
}

impl SocketCall {
    /// The number of the socket.
    pub fn number(&self) -> RawFd {
        self.socket.number()
    }

    /// What it waits for.
    pub fn direction(&self) -> Direction {
        match self.call {
            Call::Recv(_) | Call::RecvInto(..) | Call::RecvFrom(_) | Call::Accept(_) => {
                Direction::Read
            }
            Call::SendAll(..) | Call::SendTo(..) | Call::Connect(..) | Call::SendFile(_) => {
                Direction::Write
            }
        }
    }

    /// Tries it; none when it has to wait.
    #[expect(clippy::indexing_slicing, reason = "no more is sent than there is")]
    fn attempt(&self, vm: &mut Vm) -> R<Option<Value>> {
        vm.send_held()?;
        let socket = &self.socket;
        let outcome = match &self.call {
            Call::Recv(size) => self.receive(*size).map(|bytes| Some(Value::bytes(bytes))),
            Call::RecvInto(array, size) => self.receive(*size).map(|bytes| {
                store(array, &bytes);
                Some(Value::int(bytes.len() as i64))
            }),
            Call::RecvFrom(size) => {
                let mut buffer = vec![0; *size];
                socket.recvfrom(&mut buffer).map(|(count, address)| {
                    buffer.truncate(count);
                    Some(pair(
                        Value::bytes(buffer),
                        address_value(vm, address.as_ref()),
                    ))
                })
            }
            Call::SendAll(bytes, sent) => socket.send(&bytes[sent.get()..]).map(|count| {
                sent.set(sent.get() + count);
                (sent.get() == bytes.len()).then_some(Value::NONE)
            }),
            Call::SendTo(bytes, address) => socket
                .sendto(bytes, address)
                .map(|count| Some(Value::int(count as i64))),
            Call::Connect(address, shown, begun) => return self.connect(vm, address, shown, begun),
            Call::SendFile(file) => return file.send(vm, socket),
            Call::Accept(class) => socket.accept(true).map(|(accepted, address)| {
                let class = class.to_class();
                let class = class.unwrap_or_else(|| vm.async_class(AsyncClass::SocketType));
                let connection = new_instance(&class, Payload::Native(accepted));
                Some(pair(connection, address_value(vm, address.as_ref())))
            }),
        };
        match outcome {
            Ok(value) => Ok(value),
            Err(error) if wants_to_wait(&error) => Ok(None),
            Err(error) => Err(vm.raise_io_error(&error, None)),
        }
    }

    fn receive(&self, size: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; size];
        let count = self.socket.recv(&mut buffer, RecvFlags::empty())?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn connect(
        &self,
        vm: &mut Vm,
        address: &SocketAddrAny,
        shown: &Value,
        begun: &Cell<bool>,
    ) -> R<Option<Value>> {
        if !begun.replace(true) {
            return match self.socket.connect(address) {
                Ok(()) => Ok(Some(Value::NONE)),
                Err(error) if wants_to_wait(&error) || is_in_progress(&error) => Ok(None),
                Err(error) => Err(vm.raise_io_error(&error, None)),
            };
        }
        let Err(error) = self.socket.take_error() else {
            return Ok(Some(Value::NONE));
        };
        let shown = vm.to_text(shown)?;
        let Raised = vm.raise_io_error(&error, None);
        let exception = vm.take_pending();
        let code = error.raw_os_error().unwrap_or(0);
        let text = vm.str(format!("Connect call failed {shown}"));
        let class = vm.class_of(&exception);
        Err(vm.raise_with(&class, vec![Value::int(i64::from(code)), text]))
    }

    /// The socket is ready: try again.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    pub fn ready(&self, vm: &mut Vm) -> R<()> {
        let Some(future) = self.future.get().filter(|future| !future.is_done()) else {
            return Ok(());
        };
        match self.attempt(vm) {
            Ok(None) => return Ok(()),
            Ok(Some(value)) => futures::complete(&future, value),
            Err(raised) => {
                if pending_is_exit(vm) {
                    return Err(raised);
                }
                let exception = vm.take_pending();
                futures::fail(&future, exception);
            }
        }
        self.event_loop.unwatch_call(self);
        Ok(())
    }
}

fn pair(a: Value, b: Value) -> Value {
    Value::tuple(vec![a, b])
}

/// Whether an attempt to connect goes on, be it an earlier one.
fn is_in_progress(error: &io::Error) -> bool {
    [Errno::INPROGRESS, Errno::ALREADY].contains(&Errno::from_io_error(error).unwrap_or(Errno::IO))
}

/// The coroutine around a call.
struct Waiting {
    call: Rc<SocketCall>,
    begun: bool,
}

impl NativeCoroutine for Waiting {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let call = &self.call;
        match input {
            Resume::Throw => {
                if self.begun {
                    call.event_loop.unwatch_call(call);
                    if let Call::SendFile(file) = &call.call {
                        file.give_up();
                    }
                }
                Err(Raised)
            }
            Resume::Value(value) if self.begun => Ok(Step::Return(value)),
            Resume::Value(_) => {
                if let Some(value) = call.attempt(vm)? {
                    // Connecting and accepting go through a future in any case, which is done.
                    return Ok(Step::Return(value));
                }
                self.begun = true;
                let future = futures::new_future(&call.event_loop);
                call.future.set(Some(future.clone()));
                let fd = call.socket.number();
                call.event_loop.check_unused(vm, fd)?;
                let target = Target::Socket(call.clone());
                call.event_loop
                    .watch(vm, fd, call.direction(), target, Origin::Local)?;
                Ok(Step::Await(future.into()))
            }
        }
    }
    fn name(&self) -> &'static str {
        match self.call.call {
            Call::Recv(_) => "BaseSelectorEventLoop.sock_recv",
            Call::RecvInto(..) => "BaseSelectorEventLoop.sock_recv_into",
            Call::RecvFrom(_) => "BaseSelectorEventLoop.sock_recvfrom",
            Call::SendAll(..) => "BaseSelectorEventLoop.sock_sendall",
            Call::SendTo(..) => "BaseSelectorEventLoop.sock_sendto",
            Call::Connect(..) => "BaseSelectorEventLoop.sock_connect",
            Call::Accept(_) => "BaseSelectorEventLoop.sock_accept",
            Call::SendFile(_) => "_UnixSelectorEventLoop._sock_sendfile_native",
        }
    }
    fn waits_for(&self) -> Option<NativeWait> {
        let fd = self.call.socket.number();
        let state = match self.call.direction() {
            Direction::Read => "readable",
            Direction::Write => "writable",
        };
        Some(NativeWait::Outside(format!(
            "descriptor {fd} to be {state}"
        )))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Call::RecvInto(array, _) = &self.call.call {
            visitor(array);
        }
    }
}

fn begin(
    vm: &mut Vm,
    event_loop: &Value,
    socket: &Value,
    make: impl FnOnce(&mut Vm, &SocketData) -> R<Call>,
) -> R {
    let event_loop = loop_of_object(vm, event_loop)?;
    let socket = socket_argument(vm, socket)?;
    if event_loop.debug.get() && socket.timeout.get() != Timeout::NonBlocking {
        return Err(vm.value_error("the socket must be non-blocking"));
    }
    let call = make(vm, &socket)?;
    let call = Rc::new(SocketCall {
        event_loop,
        socket,
        call,
        future: GcCell::default(),
    });
    Ok(coroutine::new_native(
        vm,
        Box::new(Waiting { call, begun: false }),
    ))
}

fn size(vm: &mut Vm, value: &Value) -> R<usize> {
    let size = vm.index_i64(value)?;
    match usize::try_from(size.min(1 << 30)) {
        Ok(size) => Ok(size),
        Err(_) => Err(vm.value_error("negative buffersize in recv")),
    }
}

/// `loop.sock_recv(sock, n)`
pub fn sock_recv(vm: &mut Vm, event_loop: &Value, socket: &Value, count: &Value) -> R {
    begin(vm, event_loop, socket, |vm, _| {
        size(vm, count).map(Call::Recv)
    })
}

/// `loop.sock_recv_into(sock, buf)`
pub fn sock_recv_into(vm: &mut Vm, event_loop: &Value, socket: &Value, array: &Value) -> R {
    begin(vm, event_loop, socket, |vm, _| {
        let room = vm.len(array)?;
        Ok(Call::RecvInto(array.clone(), room))
    })
}

/// `loop.sock_recvfrom(sock, bufsize)`
pub fn sock_recvfrom(vm: &mut Vm, event_loop: &Value, socket: &Value, count: &Value) -> R {
    begin(vm, event_loop, socket, |vm, _| {
        size(vm, count).map(Call::RecvFrom)
    })
}

/// `loop.sock_sendall(sock, data)`
pub fn sock_sendall(vm: &mut Vm, event_loop: &Value, socket: &Value, data: &Value) -> R {
    begin(vm, event_loop, socket, |vm, _| {
        let bytes = bytes_argument(vm, data)?.to_vec();
        Ok(Call::SendAll(bytes, Cell::new(0)))
    })
}

/// `loop.sock_sendto(sock, data, address)`
pub fn sock_sendto(vm: &mut Vm, args: &[Value]) -> R {
    begin(vm, args.at(0), args.at(1), |vm, socket| {
        let bytes = bytes_argument(vm, args.at(2))?.to_vec();
        let address = address_argument(vm, socket, args.at(3), "sendto")?;
        Ok(Call::SendTo(bytes, address))
    })
}

/// `loop._sock_connect(sock, address)`, of an address that is resolved.
pub fn sock_connect(vm: &mut Vm, event_loop: &Value, socket: &Value, address: &Value) -> R {
    begin(vm, event_loop, socket, |vm, socket| {
        let resolved = address_argument(vm, socket, address, "connect")?;
        Ok(Call::Connect(resolved, address.clone(), Cell::new(false)))
    })
}

/// `_sock_sendfile(loop, sock, fd, offset, count, size)`: what the system sends of a file.
pub fn sock_sendfile(vm: &mut Vm, args: &[Value]) -> R {
    begin(vm, args.at(0), args.at(1), |vm, _| {
        FileToSend::of_arguments(vm, args).map(Call::SendFile)
    })
}

/// `loop.sock_accept(sock)`
pub fn sock_accept(vm: &mut Vm, event_loop: &Value, socket: &Value) -> R {
    let class = vm.class_of(socket).to_value();
    begin(vm, event_loop, socket, |_, _| Ok(Call::Accept(class)))
}
