//! The methods of transports.

use super::{HIGH_WATER, Kind, TransportData};
use crate::asyncio::classes::{allocate, native_data, receiver};
use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{DictObj, NativeData};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::Direction;
use std::rc::Rc;

/// The methods of `BaseTransport`.
pub const BASE_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Make a transport of the script.",
    ),
    Method::new("__init__", NativeFn::Any(init), "Set what is known."),
    Method::new(
        "get_extra_info",
        NativeFn::Any(get_extra_info),
        "What is known of the other side.",
    ),
    Method::new(
        "is_closing",
        NativeFn::F1(is_closing),
        "Whether it is closed or about to be.",
    ),
    Method::new(
        "close",
        NativeFn::F1(close),
        "Close it when all is written.",
    ),
    Method::new("abort", NativeFn::F1(abort), "Close it at once."),
    Method::new(
        "set_protocol",
        NativeFn::F2(set_protocol),
        "Change the protocol.",
    ),
    Method::new("get_protocol", NativeFn::F1(get_protocol), "The protocol."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// The methods of `ReadTransport`.
pub const READ_METHODS: &[Method] = &[
    Method::new("is_reading", NativeFn::F1(is_reading), "Whether it reads."),
    Method::new(
        "pause_reading",
        NativeFn::F1(pause_reading),
        "Stop reading.",
    ),
    Method::new(
        "resume_reading",
        NativeFn::F1(resume_reading),
        "Go on reading.",
    ),
];

/// The methods of `WriteTransport`.
pub const WRITE_METHODS: &[Method] = &[
    Method::new("write", NativeFn::F2(write), "Write bytes; never waits."),
    Method::new(
        "writelines",
        NativeFn::F2(writelines),
        "Write several bytes objects.",
    ),
    Method::new(
        "write_eof",
        NativeFn::F1(write_eof),
        "Say that no more will be written.",
    ),
    Method::new(
        "can_write_eof",
        NativeFn::F1(can_write_eof),
        "Whether write_eof() works.",
    ),
    Method::new(
        "get_write_buffer_size",
        NativeFn::F1(get_write_buffer_size),
        "How many bytes wait to be written.",
    ),
    Method::new(
        "get_write_buffer_limits",
        NativeFn::F1(get_write_buffer_limits),
        "When the protocol is told to stop and to go on.",
    ),
    Method::new(
        "set_write_buffer_limits",
        NativeFn::Any(set_write_buffer_limits),
        "Set when the protocol is told to stop and to go on.",
    ),
];

/// The methods of `SubprocessTransport`, which classes derived from it define.
pub const SUBPROCESS_METHODS: &[Method] = &[
    Method::new(
        "get_pid",
        NativeFn::F1(|vm, _| missing(vm)),
        "The number of the process.",
    ),
    Method::new(
        "get_returncode",
        NativeFn::F1(|vm, _| missing(vm)),
        "How the process ended.",
    ),
    Method::new(
        "get_pipe_transport",
        NativeFn::F2(|vm, _, _| missing(vm)),
        "The transport of a pipe.",
    ),
    Method::new(
        "send_signal",
        NativeFn::F2(|vm, _, _| missing(vm)),
        "Send a signal.",
    ),
    Method::new(
        "terminate",
        NativeFn::F1(|vm, _| missing(vm)),
        "Ask the process to end.",
    ),
    Method::new(
        "kill",
        NativeFn::F1(|vm, _| missing(vm)),
        "End the process.",
    ),
];

fn missing<T>(vm: &mut Vm) -> R<T> {
    Err(vm.raise_with(&vm.types.not_implemented_error.clone(), vec![]))
}

/// A transport that a class of the script makes up.
struct ScriptTransport;

impl NativeData for ScriptTransport {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(ScriptTransport))
}

/// `BaseTransport(extra=None)`, of a subclass of the script.
fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseTransport.__init__",
        params: &["/self", "extra"],
        positional: 2,
        required: 1,
    };
    let [object, extra] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let extra = if extra.is_unset() || extra.is_none() {
        Value::new(DictObj::default())
    } else {
        extra
    };
    let name = vm.intern(EXTRA);
    vm.set_attr(&object, &name, extra)?;
    Ok(Value::NONE)
}

/// Where a transport of the script keeps what is known.
const EXTRA: &str = "_extra";

/// The receiver of a method.
///
/// # Errors
/// `NotImplementedError` for a subclass of the script, which has to do it itself.
pub fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<TransportData>> {
    if value
        .as_instance()
        .is_some_and(|instance| instance.native::<TransportData>().is_none())
    {
        return missing(vm);
    }
    receiver(vm, value, "BaseTransport", method)
}

fn get_extra_info(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "BaseTransport.get_extra_info",
        params: &["/self", "name", "default"],
        positional: 3,
        required: 2,
    };
    let [object, name, default] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let found = match (native_data::<TransportData>(&object), name.as_str()) {
        (Some(transport), Some(name)) => transport.extra_info(vm, name),
        (Some(_), None) => Value::UNSET,
        (None, _) => {
            let (extra, get) = (vm.intern(EXTRA), vm.intern("get"));
            let extra = vm.get_attr(&object, &extra)?;
            let default = if default.is_unset() {
                Value::NONE
            } else {
                default
            };
            return vm.call_method(&extra, &get, &[name, default]);
        }
    };
    Ok(match (found.is_unset(), default.is_unset()) {
        (false, _) => found,
        (true, true) => Value::NONE,
        (true, false) => default,
    })
}

fn is_closing(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_closing")?.is_closing()))
}

fn close(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    this(vm, object, "close")?.close();
    Ok(Value::NONE)
}

fn abort(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    this(vm, object, "abort")?.force_close(Value::UNSET);
    Ok(Value::NONE)
}

fn set_protocol(vm: &mut Vm, object: &Value, protocol: &Value) -> R {
    vm.send_held()?;
    let transport = this(vm, object, "set_protocol")?;
    transport.set_protocol(vm, protocol);
    Ok(Value::NONE)
}

fn get_protocol(vm: &mut Vm, object: &Value) -> R {
    let protocol = this(vm, object, "get_protocol")?.protocol.get();
    Ok(if protocol.is_unset() {
        Value::NONE
    } else {
        protocol
    })
}

fn is_reading(vm: &mut Vm, object: &Value) -> R {
    Ok(Value::bool(this(vm, object, "is_reading")?.is_reading()))
}

fn pause_reading(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "pause_reading")?.pause();
    Ok(Value::NONE)
}

fn resume_reading(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "resume_reading")?.resume(vm)?;
    Ok(Value::NONE)
}

fn write(vm: &mut Vm, object: &Value, data: &Value) -> R {
    this(vm, object, "write")?.write(vm, data)?;
    Ok(Value::NONE)
}

fn writelines(vm: &mut Vm, object: &Value, lines: &Value) -> R {
    if native_data::<TransportData>(object).is_none() {
        // One of the script, which has `write` only.
        let (join, write) = (vm.intern("join"), vm.intern("write"));
        let all = vm.call_method(
            &Value::bytes(Vec::new()),
            &join,
            std::slice::from_ref(lines),
        )?;
        return vm.call_method(object, &write, &[all]);
    }
    this(vm, object, "writelines")?.writelines(vm, lines)?;
    Ok(Value::NONE)
}

fn write_eof(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "write_eof")?.write_eof(vm)?;
    Ok(Value::NONE)
}

fn can_write_eof(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "can_write_eof")?;
    Ok(Value::TRUE)
}

fn get_write_buffer_size(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    let transport = this(vm, object, "get_write_buffer_size")?;
    Ok(Value::int(transport.out.with(|out| out.len) as i64))
}

fn get_write_buffer_limits(vm: &mut Vm, object: &Value) -> R {
    let transport = this(vm, object, "get_write_buffer_limits")?;
    let limits = [transport.low.get(), transport.high.get()];
    let limits = limits.map(|limit| Value::int(limit as i64));
    Ok(Value::tuple(limits.to_vec()))
}

fn set_write_buffer_limits(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "_FlowControlMixin.set_write_buffer_limits",
        params: &["/self", "high", "low"],
        positional: 3,
        required: 1,
    };
    let [object, high, low] = vm.bind_python::<3>(args, &SIGNATURE)?;
    vm.send_held()?;
    let transport = this(vm, &object, "set_write_buffer_limits")?;
    let mut number = |value: &Value| -> R<Option<i64>> {
        if value.is_unset() || value.is_none() {
            return Ok(None);
        }
        vm.index_i64(value).map(Some)
    };
    let (high, low) = (number(&high)?, number(&low)?);
    let high = high.unwrap_or(low.map_or(HIGH_WATER as i64, |low| low.saturating_mul(4)));
    let low = low.unwrap_or(high.div_euclid(4));
    match (usize::try_from(high), usize::try_from(low)) {
        (Ok(high), Ok(low)) if high >= low => {
            transport.high.set(high);
            transport.low.set(low);
        }
        _ => {
            return Err(
                vm.value_error(format!("high ({high}) must be >= low ({low}) must be >= 0"))
            );
        }
    }
    transport.maybe_pause_protocol(vm)?;
    Ok(Value::NONE)
}

/// `<CLASS fd=N read=polling write=<idle, bufsize=0>>`; a pipe has one direction.
fn repr(vm: &mut Vm, object: &Value) -> R {
    vm.send_held()?;
    let class = vm.type_name(object);
    let transport = this(vm, object, "__repr__")?;
    let mut text = format!("<{class}");
    let is_closed = transport.is_dead() && !transport.abandoned.get();
    if is_closed {
        text.push_str(" closed");
    } else if transport.closing.get() {
        text.push_str(" closing");
    }
    text.push_str(&format!(" fd={}", transport.fd.get()));
    let state = |direction| {
        let (event_loop, fd) = (&transport.event_loop, transport.fd.get());
        match event_loop.is_watched(fd, direction) {
            true => "polling",
            false => "idle",
        }
    };
    let has_loop = !transport.event_loop.closed.get();
    let size = transport.out.with(|out| out.len);
    text.push_str(&match transport.kind {
        Kind::ReadPipe | Kind::WritePipe if is_closed => " closed".to_owned(),
        Kind::ReadPipe | Kind::WritePipe if !has_loop => " open".to_owned(),
        Kind::ReadPipe => format!(" {}", state(Direction::Read)),
        Kind::WritePipe => format!(" {} bufsize={size}", state(Direction::Write)),
        Kind::Stream | Kind::Datagram if is_closed || !has_loop => String::new(),
        Kind::Stream | Kind::Datagram => {
            let (read, write) = (state(Direction::Read), state(Direction::Write));
            format!(" read={read} write=<{write}, bufsize={size}>")
        }
    });
    text.push('>');
    Ok(vm.str(text))
}
