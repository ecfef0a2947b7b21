//! The part of a loop that knows descriptors: readers and writers of the script, sockets.
//!
//! `connections` makes transports of sockets, `stream_transport` and `datagram_transport` are what
//! those do with them; `socket_calls` are `sock_recv` and its kin, `sendfile` one of them; `lookups` asks for names.

mod connections;
mod datagram_transport;
mod lookups;
mod sendfile;
mod socket_calls;
mod stream_transport;

pub use connections::{NewConnection, new_transport, socket_argument};
pub use datagram_transport::METHODS as DATAGRAM_METHODS;
pub use lookups::{PendingLookup, getaddrinfo, getnameinfo};
pub use socket_calls::{SocketCall, sock_connect, sock_sendfile};

use super::base_events::LoopData;
use super::classes::receiver;
use super::contextvars;
use super::events::HandleData;
use super::readiness::{Target, descriptor_of};
use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Direction, Origin};
use std::rc::Rc;

/// The table of methods.
pub const METHODS: &[Method] = &[
    Method::new(
        "add_reader",
        NativeFn::Any(add_reader),
        "Call a function whenever a descriptor can be read.",
    ),
    Method::new(
        "remove_reader",
        NativeFn::F2(remove_reader),
        "Stop calling it; whether there was one.",
    ),
    Method::new(
        "add_writer",
        NativeFn::Any(add_writer),
        "Call a function whenever a descriptor can be written.",
    ),
    Method::new(
        "remove_writer",
        NativeFn::F2(remove_writer),
        "Stop calling it; whether there was one.",
    ),
    Method::new(
        "sock_recv",
        NativeFn::F3(socket_calls::sock_recv),
        "Receive up to so many bytes.",
    ),
    Method::new(
        "sock_recv_into",
        NativeFn::F3(socket_calls::sock_recv_into),
        "Receive into a bytearray.",
    ),
    Method::new(
        "sock_recvfrom",
        NativeFn::F3(socket_calls::sock_recvfrom),
        "Receive a datagram.",
    ),
    Method::new(
        "sock_sendall",
        NativeFn::F3(socket_calls::sock_sendall),
        "Send all.",
    ),
    Method::new(
        "sock_sendto",
        NativeFn::Range(4, 4, socket_calls::sock_sendto),
        "Send a datagram.",
    ),
    Method::new(
        "sock_accept",
        NativeFn::F2(socket_calls::sock_accept),
        "Take a connection.",
    ),
];

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<LoopData>> {
    receiver(vm, value, "BaseSelectorEventLoop", method)
}

fn add_reader(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseSelectorEventLoop.add_reader",
        params: &["/self", "fd", "callback"],
        positional: 3,
        required: 3,
    };
    add(vm, args, ("add_reader", &SIGNATURE), Direction::Read)
}

fn add_writer(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseSelectorEventLoop.add_writer",
        params: &["/self", "fd", "callback"],
        positional: 3,
        required: 3,
    };
    add(vm, args, ("add_writer", &SIGNATURE), Direction::Write)
}

fn add(
    vm: &mut Vm,
    args: Args<'_>,
    (method, signature): (&'static str, &Signature),
    direction: Direction,
) -> R {
    let ([object, file, function], rest) = vm.bind_varargs::<3>(args, signature)?;
    let event_loop = this(vm, &object, method)?;
    let fd = descriptor_of(vm, &file)?;
    event_loop.check_closed(vm)?;
    event_loop.check_unused(vm, fd)?;
    let context = contextvars::copy_current(vm);
    let handle = HandleData::new(&event_loop, function, rest.into(), context, None);
    let target = Target::Script(handle);
    // The script may mean anything by this descriptor, so real time counts.
    event_loop.watch(vm, fd, direction, target, Origin::World)?;
    Ok(Value::NONE)
}

fn remove_reader(vm: &mut Vm, object: &Value, file: &Value) -> R {
    remove(vm, object, file, "remove_reader", Direction::Read)
}

fn remove_writer(vm: &mut Vm, object: &Value, file: &Value) -> R {
    remove(vm, object, file, "remove_writer", Direction::Write)
}

fn remove(vm: &mut Vm, object: &Value, file: &Value, method: &str, direction: Direction) -> R {
    let event_loop = this(vm, object, method)?;
    let fd = descriptor_of(vm, file)?;
    if event_loop.closed.get() {
        return Ok(Value::FALSE);
    }
    event_loop.check_unused(vm, fd)?;
    Ok(Value::bool(event_loop.unwatch(fd, direction)))
}
