//! Pipes as transports: `connect_read_pipe`, `connect_write_pipe`.
//!
//! The file object of the script keeps its descriptor; the transport reads and writes through one
//! of its own that means the same file.

use super::callback::Callback;
use super::events::loop_of_object;
use super::readiness::Target;
use super::transports::{
    Channel, Kind, Parts, TransportCall, TransportData, io_exception, wants_to_wait,
};
use super::{LoopData, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::GcCell;
use crate::modules::descriptors::duplicate;
use crate::native::{Method, NativeFn};
use crate::objects::{NativeCoroutine, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, Origin};
use rustix::fs::FileType;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// The methods of the loop for pipes.
pub const METHODS: &[Method] = &[
    Method::new(
        "connect_read_pipe",
        NativeFn::F3(connect_read_pipe),
        "Read from a pipe by a protocol.",
    ),
    Method::new(
        "connect_write_pipe",
        NativeFn::F3(connect_write_pipe),
        "Write to a pipe by a protocol.",
    ),
];

fn connect_read_pipe(vm: &mut Vm, event_loop: &Value, factory: &Value, pipe: &Value) -> R {
    connect(vm, event_loop, factory, pipe, Kind::ReadPipe)
}

fn connect_write_pipe(vm: &mut Vm, event_loop: &Value, factory: &Value, pipe: &Value) -> R {
    connect(vm, event_loop, factory, pipe, Kind::WritePipe)
}

fn connect(vm: &mut Vm, event_loop: &Value, factory: &Value, pipe: &Value, kind: Kind) -> R {
    let body = ConnectPipe {
        event_loop: loop_of_object(vm, event_loop)?,
        factory: factory.clone(),
        pipe: pipe.clone(),
        kind,
        transport: None,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

struct ConnectPipe {
    event_loop: Rc<LoopData>,
    factory: Value,
    pipe: Value,
    kind: Kind,
    transport: Option<Rc<TransportData>>,
}

/// The transport of a pipe, whose descriptor is given away.
///
/// # Errors
/// `ValueError` for what is no pipe, socket or terminal; `OSError`.
pub fn pipe_transport(
    vm: &mut Vm,
    event_loop: &Rc<LoopData>,
    fd: OwnedFd,
    file: Value,
    protocol: Value,
    kind: Kind,
) -> R<Rc<TransportData>> {
    let file_type = match rustix::fs::fstat(&fd) {
        Ok(stat) => FileType::from_raw_mode(stat.st_mode),
        Err(error) => return Err(vm.raise_io_error(&error.into(), None)),
    };
    if !matches!(
        file_type,
        FileType::Fifo | FileType::Socket | FileType::CharacterDevice
    ) {
        return Err(vm.value_error(match kind {
            Kind::WritePipe => "Pipe transport is only for pipes, sockets and character devices",
            Kind::ReadPipe | Kind::Stream | Kind::Datagram => {
                "Pipe transport is for pipes/sockets only."
            }
        }));
    }
    if let Err(error) = rustix::io::ioctl_fionbio(&fd, true) {
        return Err(vm.raise_io_error(&error.into(), None));
    }
    let parts = Parts {
        event_loop: event_loop.clone(),
        channel: Channel::Pipe {
            fd: GcCell::new(Some(fd)),
            file: GcCell::new(file),
        },
        kind,
        protocol,
        peername: None,
        server: None,
    };
    let transport = TransportData::new(vm, parts);
    transport.begin(vm)?;
    Ok(transport)
}

impl NativeCoroutine for ConnectPipe {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match (self.transport.take(), input) {
            (None, Resume::Value(_)) => {
                let protocol = vm.call(&self.factory, &[])?;
                let fd = duplicate(vm, &self.pipe)?;
                let file = self.pipe.clone();
                let transport =
                    pipe_transport(vm, &self.event_loop, fd, file, protocol, self.kind)?;
                self.transport = Some(transport);
                let waiter = futures::new_future(&self.event_loop);
                self.event_loop
                    .call_soon(Callback::Complete(waiter.clone()));
                Ok(Step::Await(waiter.into()))
            }
            (Some(transport), Resume::Value(_)) => {
                let pair = vec![transport.to_value(vm), transport.protocol()];
                Ok(Step::Return(Value::tuple(pair)))
            }
            (Some(transport), Resume::Throw) => {
                transport.close();
                Err(Raised)
            }
            (None, Resume::Throw) => Err(Raised),
        }
    }
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::WritePipe => "BaseEventLoop.connect_write_pipe",
            Kind::ReadPipe | Kind::Stream | Kind::Datagram => "BaseEventLoop.connect_read_pipe",
        }
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.factory);
        visitor(&self.pipe);
    }
}

impl TransportData {
    /// A pipe can be read.
    ///
    /// # Errors
    /// `SystemExit`, `KeyboardInterrupt`.
    #[expect(clippy::indexing_slicing, reason = "as many bytes as were read")]
    pub fn pipe_ready(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        if self.kind == Kind::WritePipe {
            return self.pipe_ended(vm);
        }
        vm.with_read_buffer(|vm, buffer| {
            let Channel::Pipe { fd, .. } = &self.channel else {
                return Ok(());
            };
            let read = fd.with(|fd| match fd {
                Some(fd) => rustix::io::read(fd, &mut *buffer).map_err(io::Error::from),
                None => Ok(0),
            });
            match read {
                Ok(0) => {
                    self.read_ended();
                    Ok(())
                }
                Ok(count) => self.deliver(vm, &buffer[..count]),
                Err(error) if wants_to_wait(&error) => {
                    self.drained(Direction::Read);
                    Ok(())
                }
                Err(error) => self.fatal_io(vm, &error, "Fatal read error on pipe transport"),
            }
        })
    }

    /// The other side of a pipe that we write to is gone.
    fn pipe_ended(self: &Rc<Self>, vm: &mut Vm) -> R<()> {
        let exception = if self.out.with(|out| out.len > 0) {
            io_exception(vm, &io::Error::from(rustix::io::Errno::PIPE))
        } else {
            Value::UNSET
        };
        self.force_close(exception);
        Ok(())
    }

    /// A pipe that we read from ended.
    fn read_ended(self: &Rc<Self>) {
        self.unwatch(Direction::Read);
        self.call_soon(TransportCall::EofReceived);
        self.force_close(Value::UNSET);
    }
}

/// A pipe that is written to becomes "readable" when the other side is closed.
///
/// # Errors
/// `OSError`
pub fn watch_for_end(vm: &mut Vm, transport: &Rc<TransportData>) -> R<()> {
    let fd = transport.fd.get();
    let target = Target::Read(transport.clone());
    // That nobody reads any more is nothing that a task waits for.
    let watched = transport
        .event_loop
        .watch(vm, fd, Direction::Read, target, Origin::Background);
    if watched.is_err() {
        // A terminal that cannot be polled ends when it ends.
        drop(vm.take_pending());
    }
    Ok(())
}
