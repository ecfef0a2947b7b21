//! The methods of `StreamReaderProtocol` and `FlowControlMixin`, for scripts that call or override
//! them.

use super::reader::ReaderData;
use super::{Link, StreamProtocol};
use crate::asyncio::classes::{AsyncClass, allocate, native_data, receiver};
use crate::asyncio::{LoopData, events, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, Resume, Step};
use crate::types::text_values::bytes_argument;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// The table of methods of `StreamReaderProtocol` that its base has not.
pub const READER_METHODS: &[Method] = &[Method::new(
    "__init__",
    NativeFn::Any(init),
    "Set the reader, the function and the loop.",
)];

/// The table of methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a protocol."),
    Method::new("__init__", NativeFn::Any(init_mixin), "Set the loop."),
    Method::new(
        "connection_made",
        NativeFn::F2(connection_made),
        "A connection was made.",
    ),
    Method::new(
        "connection_lost",
        NativeFn::F2(connection_lost),
        "The connection is lost.",
    ),
    Method::new(
        "data_received",
        NativeFn::F2(data_received),
        "Bytes arrived.",
    ),
    Method::new(
        "eof_received",
        NativeFn::F1(eof_received),
        "No more bytes will arrive.",
    ),
    Method::new(
        "pause_writing",
        NativeFn::F1(pause_writing),
        "Stop writing.",
    ),
    Method::new(
        "resume_writing",
        NativeFn::F1(resume_writing),
        "Go on writing.",
    ),
    Method::new(
        "_drain_helper",
        NativeFn::F1(drain_helper),
        "Wait until writing goes on.",
    ),
    Method::new(
        "_get_close_waiter",
        NativeFn::F2(get_close_waiter),
        "What the end completes.",
    ),
];

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<StreamProtocol>> {
    receiver(vm, value, "StreamReaderProtocol", method)
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(StreamProtocol::default()))
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "StreamReaderProtocol.__init__",
        params: &["/self", "stream_reader", "client_connected_cb", "loop"],
        positional: 4,
        required: 2,
    };
    let [object, reader, callback, event_loop] = vm.bind_python::<4>(args, &SIGNATURE)?;
    let protocol = this(vm, &object, "__init__")?;
    let event_loop = loop_or_current(vm, &event_loop)?;
    protocol.closed.set(Some(futures::new_future(&event_loop)));
    protocol.event_loop.set(Some(event_loop));
    protocol.reader_data.set(native_data::<ReaderData>(&reader));
    let exact = vm.async_class(AsyncClass::StreamReader);
    let class = vm.class_of(&reader);
    protocol.feeds_object.set(!class.same(&exact));
    protocol.reader.set(reader);
    protocol.callback.set(callback);
    Ok(Value::NONE)
}

fn init_mixin(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "FlowControlMixin.__init__",
        params: &["/self", "loop"],
        positional: 2,
        required: 1,
    };
    let [object, event_loop] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let protocol = this(vm, &object, "__init__")?;
    let event_loop = loop_or_current(vm, &event_loop)?;
    protocol.event_loop.set(Some(event_loop));
    Ok(Value::NONE)
}

fn loop_or_current(vm: &mut Vm, given: &Value) -> R<Rc<LoopData>> {
    if given.is_unset() || given.is_none() {
        return events::current_loop(vm);
    }
    events::loop_of_object(vm, given)
}

fn connection_made(vm: &mut Vm, object: &Value, transport: &Value) -> R {
    let protocol = this(vm, object, "connection_made")?;
    let link = Link::of(transport);
    protocol.connected(vm, link)?;
    Ok(Value::NONE)
}

fn connection_lost(vm: &mut Vm, object: &Value, exception: &Value) -> R {
    this(vm, object, "connection_lost")?.connection_lost(exception);
    Ok(Value::NONE)
}

fn data_received(vm: &mut Vm, object: &Value, data: &Value) -> R {
    let protocol = this(vm, object, "data_received")?;
    let bytes = bytes_argument(vm, data)?;
    protocol.data_received(vm, &bytes)?;
    Ok(Value::NONE)
}

fn eof_received(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "eof_received")?.eof_received();
    Ok(Value::TRUE)
}

fn pause_writing(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "pause_writing")?.pause_writing();
    Ok(Value::NONE)
}

fn resume_writing(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "resume_writing")?.resume_writing();
    Ok(Value::NONE)
}

fn get_close_waiter(vm: &mut Vm, object: &Value, _stream: &Value) -> R {
    let protocol = this(vm, object, "_get_close_waiter")?;
    Ok(protocol.close_waiter(vm)?.into())
}

fn drain_helper(vm: &mut Vm, object: &Value) -> R {
    let body = DrainHelper {
        protocol: this(vm, object, "_drain_helper")?,
        waiter: None,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

struct DrainHelper {
    protocol: Rc<StreamProtocol>,
    waiter: Option<Ref<FutureObj>>,
}

impl StreamProtocol {
    /// Raises if the connection is lost; a future to wait for while writing is paused.
    ///
    /// # Errors
    /// `ConnectionResetError`
    pub fn drain_waiter(&self, vm: &mut Vm) -> R<Option<Ref<FutureObj>>> {
        if self.lost.get() {
            let class = vm.types.connection_reset_error.clone();
            let text = vm.str("Connection lost");
            return Err(vm.raise_with(&class, vec![text]));
        }
        if !self.paused.get() {
            return Ok(None);
        }
        let event_loop = self.event_loop(vm)?;
        let waiter = futures::new_future(&event_loop);
        self.drain_waiters
            .with_mut(|waiters| waiters.push(waiter.clone()));
        Ok(Some(waiter))
    }

    /// Forgets a future of [`drain_waiter`](StreamProtocol::drain_waiter).
    pub fn leave_drain(&self, waiter: &Ref<FutureObj>) {
        self.drain_waiters
            .with_mut(|waiters| waiters.retain(|other| !other.same(waiter)));
    }
}

impl NativeCoroutine for DrainHelper {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if let Some(waiter) = self.waiter.take() {
            self.protocol.leave_drain(&waiter);
            return match input {
                Resume::Throw => Err(Raised),
                Resume::Value(_) => Ok(Step::Return(Value::NONE)),
            };
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        match self.protocol.drain_waiter(vm)? {
            None => Ok(Step::Return(Value::NONE)),
            Some(waiter) => {
                self.waiter = Some(waiter.clone());
                Ok(Step::Await(waiter.into()))
            }
        }
    }
    fn name(&self) -> &'static str {
        "FlowControlMixin._drain_helper"
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        if let Some(waiter) = &self.waiter {
            visitor(&waiter.to_value());
        }
    }
}
