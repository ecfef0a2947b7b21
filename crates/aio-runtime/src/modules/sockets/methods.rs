//! The methods of sockets.

use super::addresses::{address_argument, address_value};
use super::blocking::{until_done, wait, wants_to_wait};
use super::data::{SocketData, Timeout};
use super::{options, pair_of};
use crate::asyncio::{allocate, receiver};
use crate::error::R;
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::Payload;
use crate::permissions::Access;
use crate::types::bytearray::ByteArray;
use crate::types::text_values::bytes_argument;
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use rustix::event::PollFlags;
use rustix::net::{RecvFlags, Shutdown};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

// Rows that sockets and what transports show of theirs have in common.
const GETSOCKNAME: Method =
    Method::new("getsockname", NativeFn::F1(getsockname), "Its own address.");
const GETPEERNAME: Method = Method::new(
    "getpeername",
    NativeFn::F1(getpeername),
    "The address of the other side.",
);
const GETSOCKOPT: Method = Method::new(
    "getsockopt",
    NativeFn::Range(3, 4, getsockopt),
    "Read an option.",
);
const SETSOCKOPT: Method = Method::new(
    "setsockopt",
    NativeFn::Range(4, 5, setsockopt),
    "Set an option.",
);

/// The table of methods of `socket.socket`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a socket."),
    Method::new("__init__", NativeFn::Any(init), "Open it."),
    Method::get(
        "family",
        |vm, s| field(vm, s, |s| s.family.get()),
        "The family of addresses.",
    ),
    Method::get(
        "type",
        |vm, s| field(vm, s, |s| s.kind.get()),
        "Stream or datagram.",
    ),
    Method::get(
        "proto",
        |vm, s| field(vm, s, |s| s.proto.get()),
        "The protocol.",
    ),
    Method::get("timeout", gettimeout, "How long calls may wait."),
    Method::new("fileno", NativeFn::F1(fileno), "The descriptor."),
    Method::new("close", NativeFn::F1(close), "Close it."),
    Method::new(
        "detach",
        NativeFn::F1(detach),
        "Close the object, keep the descriptor.",
    ),
    Method::new(
        "_accept",
        NativeFn::F2(accept),
        "Take a connection, as an object of a class.",
    ),
    Method::new("_dup", NativeFn::F2(dup), "Another object for it."),
    Method::new("bind", NativeFn::F2(bind), "Give it an address."),
    Method::new("connect", NativeFn::F2(connect), "Connect it."),
    Method::new(
        "connect_ex",
        NativeFn::F2(connect_ex),
        "Connect it; the number of the error.",
    ),
    Method::new(
        "listen",
        NativeFn::Range(1, 2, listen),
        "Begin to take connections.",
    ),
    GETSOCKNAME,
    GETPEERNAME,
    GETSOCKOPT,
    SETSOCKOPT,
    Method::new(
        "gettimeout",
        NativeFn::F1(gettimeout),
        "How long calls may wait.",
    ),
    Method::new(
        "settimeout",
        NativeFn::F2(settimeout),
        "Set how long calls may wait.",
    ),
    Method::new(
        "getblocking",
        NativeFn::F1(getblocking),
        "Whether calls may wait.",
    ),
    Method::new(
        "setblocking",
        NativeFn::F2(setblocking),
        "Set whether calls may wait.",
    ),
    Method::new(
        "recv",
        NativeFn::Range(2, 3, recv),
        "Receive up to so many bytes.",
    ),
    Method::new(
        "recv_into",
        NativeFn::Range(2, 4, recv_into),
        "Receive into a bytearray.",
    ),
    Method::new(
        "recvfrom",
        NativeFn::Range(2, 3, recvfrom),
        "Receive a datagram.",
    ),
    Method::new(
        "send",
        NativeFn::Range(2, 3, send),
        "Send; how many bytes went.",
    ),
    Method::new("sendall", NativeFn::Range(2, 3, sendall), "Send all."),
    Method::new("sendto", NativeFn::Range(3, 4, sendto), "Send a datagram."),
    Method::new(
        "shutdown",
        NativeFn::F2(shutdown),
        "End one or both directions.",
    ),
];

/// The table of methods of what transports show of their socket.
pub const TRANSPORT_SOCKET_METHODS: &[Method] = &[
    Method::get(
        "family",
        |vm, s| field(vm, s, |s| s.family.get()),
        "The family of addresses.",
    ),
    Method::get(
        "type",
        |vm, s| field(vm, s, |s| s.kind.get()),
        "Stream or datagram.",
    ),
    Method::get(
        "proto",
        |vm, s| field(vm, s, |s| s.proto.get()),
        "The protocol.",
    ),
    Method::new("fileno", NativeFn::F1(fileno), "The descriptor."),
    GETSOCKNAME,
    GETPEERNAME,
    GETSOCKOPT,
    SETSOCKOPT,
    Method::new(
        "gettimeout",
        NativeFn::F1(|_, _| Ok(Value::int(0))),
        "It never waits.",
    ),
    Method::new(
        "settimeout",
        NativeFn::F2(fixed_timeout),
        "Only 0 is possible.",
    ),
    Method::new(
        "setblocking",
        NativeFn::F2(fixed_blocking),
        "Only False is possible.",
    ),
    Method::new(
        "shutdown",
        NativeFn::F2(shutdown),
        "End one or both directions.",
    ),
    Method::new(
        "__repr__",
        NativeFn::F1(transport_repr),
        "Return repr(self).",
    ),
];

/// The most bytes that one call receives, whatever is asked for.
const MOST: i64 = 1 << 30;

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<SocketData>> {
    vm.send_held()?;
    receiver(vm, value, "socket", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(SocketData::unopened()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "socket",
        params: &["/self", "family", "type", "proto", "fileno"],
        positional: 5,
        required: 1,
    };
    let [object, family, kind, proto, fileno] = vm.bind::<5>(args, &SIGNATURE)?;
    let socket = this(vm, &object, "__init__")?;
    let mut number = |value: &Value, default: i64| -> R<i64> {
        if value.is_unset() {
            return Ok(default);
        }
        vm.index_i64(value)
    };
    let family = number(&family, 2)?;
    let kind = number(&kind, 1)?;
    let proto = number(&proto, 0)?;
    if !fileno.is_unset() && !fileno.is_none() {
        return Err(vm.not_implemented_error("a socket of a descriptor is not offered by aio"));
    }
    vm.permit(Access::Net, None)?;
    match socket.open(family, kind, proto) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

fn done<T>(vm: &mut Vm, result: std::io::Result<T>) -> R<T> {
    result.map_err(|error| vm.raise_io_error(&error, None))
}

fn field(vm: &mut Vm, object: &Value, read: fn(&SocketData) -> i64) -> R {
    Ok(Value::int(read(&*this(vm, object, "family")?)))
}

fn fileno(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::int(i64::from(this(vm, object, "fileno")?.number())))
}

fn close(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "close")?.close();
    Ok(Value::NONE)
}

fn detach(vm: &mut Vm, object: &Value) -> R {
    let socket = this(vm, object, "detach")?;
    let number = i64::from(socket.number());
    // Nobody can take it over, so it is kept open for good, as a descriptor that was given away.
    std::mem::forget(socket.detach());
    Ok(Value::int(number))
}

fn accept(vm: &mut Vm, object: &Value, class: &Value) -> R {
    let socket = this(vm, object, "accept")?;
    let (accepted, address) = until_done(vm, &socket, PollFlags::IN, || socket.accept(false))?;
    let Some(class) = class.to_class() else {
        return Err(vm.type_error("_accept() needs a class"));
    };
    let connection = new_instance(&class, Payload::Native(accepted));
    let address = address_value(vm, address.as_ref());
    Ok(pair_of(connection, address))
}

fn dup(vm: &mut Vm, object: &Value, class: &Value) -> R {
    let socket = this(vm, object, "dup")?;
    let copy = done(vm, socket.duplicate())?;
    match class.to_class() {
        Some(class) => Ok(new_instance(&class, Payload::Native(copy))),
        None => Err(vm.type_error("_dup() needs a class")),
    }
}

fn bind(vm: &mut Vm, object: &Value, address: &Value) -> R {
    let socket = this(vm, object, "bind")?;
    let address = address_argument(vm, &socket, address, "bind")?;
    done(vm, socket.bind(&address))?;
    Ok(Value::NONE)
}

fn connect(vm: &mut Vm, object: &Value, address: &Value) -> R {
    let socket = this(vm, object, "connect")?;
    let address = address_argument(vm, &socket, address, "connect")?;
    let Err(error) = socket.connect(&address) else {
        return Ok(Value::NONE);
    };
    // EINPROGRESS has no kind of its own.
    let in_progress = error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error());
    match socket.timeout.get().limit() {
        Some(mut left) if in_progress || wants_to_wait(&error) => {
            wait(vm, &socket, PollFlags::OUT, &mut left)?;
            done(vm, socket.take_error())?;
            Ok(Value::NONE)
        }
        Some(_) | None => Err(vm.raise_io_error(&error, None)),
    }
}

fn connect_ex(vm: &mut Vm, object: &Value, address: &Value) -> R {
    if connect(vm, object, address).is_ok() {
        return Ok(Value::int(0));
    }
    let name = vm.intern("errno");
    let exception = vm.pending.clone();
    let os_error = vm.types.os_error.clone();
    if !vm.pending_is(&os_error) {
        return Err(crate::error::Raised);
    }
    drop(vm.take_pending());
    vm.get_attr(&exception, &name)
}

fn listen(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "listen")?;
    let backlog = match args.get(1) {
        Some(backlog) => vm.index_i64(backlog)?,
        None => 128,
    };
    done(
        vm,
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX)),
    )?;
    Ok(Value::NONE)
}

fn getsockname(vm: &mut Vm, object: &Value) -> R {
    let socket = this(vm, object, "getsockname")?;
    let address = done(vm, socket.getsockname())?;
    Ok(address_value(vm, Some(&address)))
}

fn getpeername(vm: &mut Vm, object: &Value) -> R {
    let socket = this(vm, object, "getpeername")?;
    match done(vm, socket.getpeername())? {
        Some(address) => Ok(address_value(vm, Some(&address))),
        None => Ok(vm.str("")),
    }
}

fn getsockopt(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "getsockopt")?;
    let (level, name) = (vm.index_i64(args.at(1))?, vm.index_i64(args.at(2))?);
    if args.len() > 3 {
        return Err(vm.not_implemented_error("options of bytes are not offered by aio"));
    }
    done(vm, options::get(&socket, level, name)).map(Value::int)
}

fn setsockopt(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "setsockopt")?;
    let (level, name) = (vm.index_i64(args.at(1))?, vm.index_i64(args.at(2))?);
    if args.at(3).as_index().is_none()
        && let Some(bytes) = crate::types::text_values::bytes_of(args.at(3))
    {
        let set = match (level, name, linger_of(&bytes), membership_of(&bytes)) {
            (1, 13, Some(linger), _) => options::set_linger(&socket, linger),
            (0, 35 | 36, _, Some((group, interface))) => {
                options::set_membership(&socket, name == 35, group, interface)
            }
            _ => return Err(vm.not_implemented_error("options of bytes are not offered by aio")),
        };
        drop(bytes);
        done(vm, set)?;
        return Ok(Value::NONE);
    }
    let value = vm.index_i64(args.at(3))?;
    done(vm, options::set(&socket, level, name, value))?;
    Ok(Value::NONE)
}

/// `struct linger`, two ints of the machine: whether, and for how many seconds.
fn linger_of(bytes: &[u8]) -> Option<Option<Duration>> {
    let (on, seconds) = bytes.split_at_checked(4)?;
    let on = i32::from_ne_bytes(on.try_into().ok()?);
    let seconds = i32::from_ne_bytes(seconds.try_into().ok()?);
    let seconds = u64::try_from(seconds).ok()?;
    Some((on != 0).then(|| Duration::from_secs(seconds)))
}

/// `struct ip_mreq`: the group and the address of the interface.
fn membership_of(bytes: &[u8]) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let (group, interface) = bytes.split_at_checked(4)?;
    let group: [u8; 4] = group.try_into().ok()?;
    let interface: [u8; 4] = interface.try_into().ok()?;
    Some((group.into(), interface.into()))
}

fn gettimeout(vm: &mut Vm, object: &Value) -> R {
    Ok(match this(vm, object, "gettimeout")?.timeout.get() {
        Timeout::Blocking => Value::NONE,
        Timeout::NonBlocking => Value::float(0.0),
        Timeout::Seconds(seconds) => Value::float(seconds),
    })
}

fn settimeout(vm: &mut Vm, object: &Value, timeout: &Value) -> R {
    let socket = this(vm, object, "settimeout")?;
    let timeout = if timeout.is_none() {
        Timeout::Blocking
    } else {
        match crate::asyncio::seconds(vm, timeout)? {
            seconds if seconds < 0.0 => {
                return Err(vm.value_error("Timeout value out of range"));
            }
            0.0 => Timeout::NonBlocking,
            seconds => Timeout::Seconds(seconds),
        }
    };
    done(vm, socket.set_timeout(timeout))?;
    Ok(Value::NONE)
}

fn getblocking(vm: &mut Vm, object: &Value) -> R {
    let socket = this(vm, object, "getblocking")?;
    Ok(Value::bool(socket.timeout.get() != Timeout::NonBlocking))
}

fn setblocking(vm: &mut Vm, object: &Value, blocking: &Value) -> R {
    let socket = this(vm, object, "setblocking")?;
    let timeout = if vm.truthy(blocking)? {
        Timeout::Blocking
    } else {
        Timeout::NonBlocking
    };
    done(vm, socket.set_timeout(timeout))?;
    Ok(Value::NONE)
}

fn size_argument(vm: &mut Vm, value: &Value, method: &str) -> R<usize> {
    let size = vm.index_i64(value)?;
    match usize::try_from(size.min(MOST)) {
        Ok(size) => Ok(size),
        Err(_) => Err(vm.value_error(format!("negative buffersize in {method}"))),
    }
}

fn recv_flags(vm: &mut Vm, value: Option<&Value>) -> R<RecvFlags> {
    match value {
        Some(value) => {
            let bits = vm.index_i64(value)?;
            Ok(RecvFlags::from_bits_retain(bits as u32))
        }
        None => Ok(RecvFlags::empty()),
    }
}

fn recv(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "recv")?;
    let size = size_argument(vm, args.at(1), "recv")?;
    let flags = recv_flags(vm, args.get(2))?;
    let mut buffer = vec![0; size];
    let count = until_done(vm, &socket, PollFlags::IN, || {
        socket.recv(&mut buffer, flags)
    })?;
    buffer.truncate(count);
    Ok(Value::bytes(buffer))
}

#[expect(clippy::indexing_slicing, reason = "no more than there is")]
fn recv_into(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "recv_into")?;
    let Some(room) = ByteArray::of(args.at(1)).map(|array| array.len()) else {
        let given = vm.type_name(args.at(1));
        return Err(vm.type_error(format!(
            "recv_into() argument 1 must be read-write bytes-like object, not {given}"
        )));
    };
    let size = match args.get(2) {
        Some(size) => size_argument(vm, size, "recv_into")?,
        None => 0,
    };
    let size = if size == 0 { room } else { size };
    if size > room {
        return Err(vm.value_error("buffer too small for requested bytes"));
    }
    let flags = recv_flags(vm, args.get(3))?;
    let mut buffer = vec![0; size];
    let count = until_done(vm, &socket, PollFlags::IN, || {
        socket.recv(&mut buffer, flags)
    })?;
    store(args.at(1), &buffer[..count]);
    Ok(Value::int(count as i64))
}

/// Puts bytes at the front of a bytearray.
#[expect(clippy::indexing_slicing, reason = "no more than there is")]
pub fn store(array: &Value, bytes: &[u8]) {
    if let Some(array) = ByteArray::of(array) {
        array.with_mut(|data| {
            let room = data.len().min(bytes.len());
            data[..room].copy_from_slice(&bytes[..room]);
        });
    }
}

fn recvfrom(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "recvfrom")?;
    let size = size_argument(vm, args.at(1), "recvfrom")?;
    let mut buffer = vec![0; size];
    let (count, address) = until_done(vm, &socket, PollFlags::IN, || socket.recvfrom(&mut buffer))?;
    buffer.truncate(count);
    let address = address_value(vm, address.as_ref());
    Ok(pair_of(Value::bytes(buffer), address))
}

fn send(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "send")?;
    let bytes = bytes_argument(vm, args.at(1))?;
    let count = until_done(vm, &socket, PollFlags::OUT, || socket.send(&bytes))?;
    Ok(Value::int(count as i64))
}

#[expect(clippy::indexing_slicing, reason = "no more than there is")]
fn sendall(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "sendall")?;
    let bytes = bytes_argument(vm, args.at(1))?;
    let mut sent = 0;
    while sent < bytes.len() {
        sent += until_done(vm, &socket, PollFlags::OUT, || socket.send(&bytes[sent..]))?;
    }
    Ok(Value::NONE)
}

fn sendto(vm: &mut Vm, args: &[Value]) -> R {
    let socket = this(vm, args.at(0), "sendto")?;
    let bytes = bytes_argument(vm, args.at(1))?;
    let address = args.get(3).unwrap_or(args.at(2));
    let address = address_argument(vm, &socket, address, "sendto")?;
    let count = until_done(vm, &socket, PollFlags::OUT, || {
        socket.sendto(&bytes, &address)
    })?;
    Ok(Value::int(count as i64))
}

fn shutdown(vm: &mut Vm, object: &Value, how: &Value) -> R {
    let socket = this(vm, object, "shutdown")?;
    let how = match vm.index_i64(how)? {
        0 => Shutdown::Read,
        1 => Shutdown::Write,
        2 => Shutdown::Both,
        _ => {
            let error = std::io::Error::from(ErrorKind::InvalidInput);
            return Err(vm.raise_io_error(&error, None));
        }
    };
    done(vm, socket.shutdown(how))?;
    Ok(Value::NONE)
}

/// `socketpair(class, family, type)`
pub fn pair(vm: &mut Vm, class: &Value, family: &Value, kind: &Value) -> R {
    let (family, kind) = (vm.index_i64(family)?, vm.index_i64(kind)?);
    let Some(class) = class.to_class() else {
        return Err(vm.type_error("_pair() needs a class"));
    };
    let made = done(vm, SocketData::pair(family, kind))?;
    let [a, b] = made.map(|socket| new_instance(&class, Payload::Native(socket)));
    Ok(Value::tuple(vec![a, b]))
}

fn fixed_timeout(vm: &mut Vm, _socket: &Value, timeout: &Value) -> R {
    if timeout.as_index() == Some(0) || timeout.as_float() == Some(0.0) {
        return Ok(Value::NONE);
    }
    Err(vm.value_error("settimeout(): only 0 timeout is allowed on transport sockets"))
}

fn fixed_blocking(vm: &mut Vm, _socket: &Value, blocking: &Value) -> R {
    if !vm.truthy(blocking)? {
        return Ok(Value::NONE);
    }
    Err(vm.value_error("setblocking(): transport sockets cannot be blocking"))
}

fn transport_repr(vm: &mut Vm, object: &Value) -> R {
    let socket = this(vm, object, "__repr__")?;
    let mut text = format!(
        "<asyncio.TransportSocket fd={}, family={}, type={}, proto={}",
        socket.number(),
        socket.family.get(),
        socket.kind.get(),
        socket.proto.get()
    );
    if let Ok(address) = socket.getsockname() {
        let shown = address_value(vm, Some(&address));
        if vm.truthy(&shown)? {
            text.push_str(&format!(", laddr={}", vm.repr(&shown)?));
        }
    }
    if let Ok(Some(address)) = socket.getpeername() {
        let shown = address_value(vm, Some(&address));
        if vm.truthy(&shown)? {
            text.push_str(&format!(", raddr={}", vm.repr(&shown)?));
        }
    }
    text.push('>');
    Ok(vm.str(text))
}
