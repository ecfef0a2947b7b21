//! `StreamWriter`: the writing side of a connection.

use super::reader::ReaderData;
use super::{StreamProtocol, at_once};
use crate::asyncio::classes::{AsyncClass, allocate, instance_of, native_data, receiver};
use crate::asyncio::events;
use crate::asyncio::transports::TransportData;
use crate::asyncio::{LoopData, NativeWait};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// The table of methods.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a writer."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Set transport, protocol, reader and loop.",
    ),
    Method::get("transport", transport, "The transport."),
    Method::get("_transport", transport, "The transport."),
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
        "close",
        NativeFn::F1(close),
        "Close the connection when all is written.",
    ),
    Method::new(
        "is_closing",
        NativeFn::F1(is_closing),
        "Whether it is closed or about to be.",
    ),
    Method::new(
        "wait_closed",
        NativeFn::F1(wait_closed),
        "Wait until it is closed.",
    ),
    Method::new(
        "get_extra_info",
        NativeFn::Any(get_extra_info),
        "What is known of the other side.",
    ),
    Method::awaited(
        "drain",
        NativeFn::F1(drain),
        at_once::drain,
        "Wait while too much waits to be written.",
    ),
    Method::new(
        "start_tls",
        NativeFn::Any(start_tls),
        "Refused: there is no TLS.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// A transport: one of ours, or an object of the script.
#[derive(Clone, Default)]
pub enum Link {
    /// None yet.
    #[default]
    None,
    /// One of ours.
    Native(Rc<TransportData>),
    /// An object of the script.
    Object(Value),
}

impl Link {
    /// The transport that a value is.
    pub fn of(value: &Value) -> Link {
        match native_data::<TransportData>(value) {
            Some(transport) => Link::Native(transport),
            None => Link::Object(value.clone()),
        }
    }

    /// The object.
    pub fn to_value(&self, vm: &mut Vm) -> Value {
        match self {
            Link::None => Value::NONE,
            Link::Native(transport) => transport.to_value(vm),
            Link::Object(object) => object.clone(),
        }
    }

    /// Calls a method by name.
    pub fn call(&self, vm: &mut Vm, method: &str, args: &[Value]) -> R {
        let object = self.to_value(vm);
        let name = vm.intern(method);
        vm.call_method(&object, &name, args)
    }

    /// `close()`
    ///
    /// # Errors
    /// What an object of the script raises.
    pub fn close(&self, vm: &mut Vm) -> R<()> {
        match self {
            Link::Native(transport) => {
                vm.send_held()?;
                transport.close();
                Ok(())
            }
            Link::None | Link::Object(_) => self.call(vm, "close", &[]).map(drop),
        }
    }

    /// `is_closing()`
    ///
    /// # Errors
    /// What an object of the script raises.
    pub fn is_closing(&self, vm: &mut Vm) -> R<bool> {
        match self {
            Link::Native(transport) => Ok(transport.is_closing()),
            Link::None | Link::Object(_) => {
                let answer = self.call(vm, "is_closing", &[])?;
                vm.truthy(&answer)
            }
        }
    }
}

/// A writer.
#[derive(Default)]
pub struct WriterData {
    link: GcCell<Link>,
    protocol: GcCell<Value>,
    stream: GcCell<Option<Rc<StreamProtocol>>>,
    reader: GcCell<Value>,
    reader_data: GcCell<Option<Rc<ReaderData>>>,
}

impl NativeData for WriterData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.protocol.with(&mut *visitor);
        self.reader.with(&mut *visitor);
        self.link.with(|link| {
            if let Link::Object(object) = link {
                visitor(object);
            }
        });
    }
}

impl Drop for WriterData {
    fn drop(&mut self) {
        // A connection that nobody can write to any more is closed.
        if let Link::Native(transport) = self.link.replace(Link::None)
            && !transport.event_loop.closed.get()
        {
            transport.close();
        }
    }
}

/// The writer of a connection of ours.
pub fn new_writer(
    vm: &mut Vm,
    link: Link,
    protocol: &Rc<StreamProtocol>,
    reader: &Value,
    _event_loop: &Rc<LoopData>,
) -> Value {
    let writer = WriterData {
        link: GcCell::new(link),
        protocol: GcCell::default(),
        stream: GcCell::new(Some(protocol.clone())),
        reader: GcCell::new(reader.clone()),
        reader_data: GcCell::new(native_data::<ReaderData>(reader)),
    };
    instance_of(vm, AsyncClass::StreamWriter, Rc::new(writer))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    allocate(vm, args, Rc::new(WriterData::default()))
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<WriterData>> {
    receiver(vm, value, "StreamWriter", method)
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "StreamWriter.__init__",
        params: &["/self", "transport", "protocol", "reader", "loop"],
        positional: 5,
        required: 5,
    };
    let [object, transport, protocol, reader, event_loop] =
        vm.bind_python::<5>(args, &SIGNATURE)?;
    let writer = this(vm, &object, "__init__")?;
    events::loop_of_object(vm, &event_loop)?;
    let reader_data = native_data::<ReaderData>(&reader);
    if reader_data.is_none() && !reader.is_none() {
        return Err(vm.assertion_error(""));
    }
    writer.link.set(Link::of(&transport));
    writer.stream.set(StreamProtocol::of_exact(vm, &protocol));
    writer.protocol.set(protocol);
    writer.reader_data.set(reader_data);
    writer.reader.set(reader);
    Ok(Value::NONE)
}

fn transport(vm: &mut Vm, object: &Value) -> R {
    let link = this(vm, object, "transport")?.link.get();
    Ok(link.to_value(vm))
}

fn write(vm: &mut Vm, object: &Value, data: &Value) -> R {
    let writer = this(vm, object, "write")?;
    match writer.link.get() {
        Link::Native(transport) => transport.write(vm, data)?,
        link @ (Link::None | Link::Object(_)) => {
            drop(link.call(vm, "write", std::slice::from_ref(data))?)
        }
    }
    Ok(Value::NONE)
}

fn writelines(vm: &mut Vm, object: &Value, lines: &Value) -> R {
    let writer = this(vm, object, "writelines")?;
    match writer.link.get() {
        Link::Native(transport) => transport.writelines(vm, lines)?,
        link @ (Link::None | Link::Object(_)) => {
            drop(link.call(vm, "writelines", std::slice::from_ref(lines))?);
        }
    }
    Ok(Value::NONE)
}

fn write_eof(vm: &mut Vm, object: &Value) -> R {
    let link = this(vm, object, "write_eof")?.link.get();
    link.call(vm, "write_eof", &[])
}

fn can_write_eof(vm: &mut Vm, object: &Value) -> R {
    let link = this(vm, object, "can_write_eof")?.link.get();
    link.call(vm, "can_write_eof", &[])
}

fn close(vm: &mut Vm, object: &Value) -> R {
    let link = this(vm, object, "close")?.link.get();
    link.close(vm)?;
    Ok(Value::NONE)
}

fn is_closing(vm: &mut Vm, object: &Value) -> R {
    let link = this(vm, object, "is_closing")?.link.get();
    link.is_closing(vm).map(Value::bool)
}

fn get_extra_info(vm: &mut Vm, args: Args<'_>) -> R {
    let (object, rest) = args.split_receiver(vm, "StreamWriter", "get_extra_info")?;
    let transport = transport(vm, object)?;
    let name = vm.intern("get_extra_info");
    let method = vm.get_attr(&transport, &name)?;
    vm.call_args(&method, rest)
}

fn start_tls(vm: &mut Vm, _args: Args<'_>) -> R {
    Err(vm.not_implemented_error("StreamWriter.start_tls is not offered by aio: there is no TLS"))
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let writer = this(vm, object, "__repr__")?;
    let transport = writer.link.get().to_value(vm);
    let mut text = format!("<StreamWriter transport={}", vm.repr(&transport)?);
    let reader = writer.reader.get();
    if !reader.is_none() && !reader.is_unset() {
        text.push_str(&format!(" reader={}", vm.repr(&reader)?));
    }
    text.push('>');
    Ok(vm.str(text))
}

/// `wait_closed()`
struct WaitClosed {
    writer: Rc<WriterData>,
    object: Value,
    waiting: bool,
}

fn wait_closed(vm: &mut Vm, object: &Value) -> R {
    let body = WaitClosed {
        writer: this(vm, object, "wait_closed")?,
        object: object.clone(),
        waiting: false,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl NativeCoroutine for WaitClosed {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        match input {
            Resume::Throw => Err(Raised),
            Resume::Value(_) if self.waiting => Ok(Step::Return(Value::NONE)),
            Resume::Value(_) => {
                self.waiting = true;
                if let Some(stream) = self.writer.stream.get() {
                    return Ok(Step::Await(stream.close_waiter(vm)?.into()));
                }
                let name = vm.intern("_get_close_waiter");
                let protocol = self.writer.protocol.get();
                let waiter =
                    vm.call_method(&protocol, &name, std::slice::from_ref(&self.object))?;
                Ok(Step::Await(waiter))
            }
        }
    }
    fn name(&self) -> &'static str {
        "StreamWriter.wait_closed"
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Outside("the end of a connection".to_owned()))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

impl WriterData {
    /// Whether it is of a connection of ours that is well, and takes what is written.
    pub fn is_flowing(&self) -> bool {
        let is_open = self.link.with(|link| match link {
            Link::Native(transport) => !transport.is_closing(),
            Link::None | Link::Object(_) => false,
        });
        let failed = |reader: &Option<Rc<ReaderData>>| {
            reader.as_ref().is_some_and(|reader| reader.has_failed())
        };
        let flows = |stream: &Option<Rc<StreamProtocol>>| {
            stream.as_ref().is_some_and(|stream| stream.is_flowing())
        };
        is_open && !self.reader_data.with(failed) && self.stream.with(flows)
    }
}

/// How far a `drain` is.
enum DrainState {
    Created,
    /// It gave the loop a turn, so that the end of a closing connection is noticed.
    Yielded,
    /// It waits for a protocol of ours.
    Waiting(Ref<FutureObj>),
    /// It waits for a protocol of the script.
    Delegated,
}

/// `drain()`
struct Drain {
    object: Value,
    writer: Rc<WriterData>,
    state: DrainState,
}

fn drain(vm: &mut Vm, object: &Value) -> R {
    let body = Drain {
        object: object.clone(),
        writer: this(vm, object, "drain")?,
        state: DrainState::Created,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl Drain {
    fn begin(&mut self, vm: &mut Vm) -> R<Step> {
        if let Some(reader) = self.writer.reader_data.get() {
            reader.check(vm)?;
        }
        let link = self.writer.link.get();
        if link.is_closing(vm)? {
            self.state = DrainState::Yielded;
            return Ok(Step::Yield(Value::NONE));
        }
        self.wait(vm)
    }

    fn wait(&mut self, vm: &mut Vm) -> R<Step> {
        if let Some(stream) = self.writer.stream.get() {
            return match stream.drain_waiter(vm)? {
                None => Ok(Step::Return(Value::NONE)),
                Some(waiter) => {
                    self.state = DrainState::Waiting(waiter.clone());
                    Ok(Step::Await(waiter.into()))
                }
            };
        }
        let name = vm.intern("_drain_helper");
        let protocol = self.writer.protocol.get();
        self.state = DrainState::Delegated;
        Ok(Step::Await(vm.call_method(&protocol, &name, &[])?))
    }
}

impl NativeCoroutine for Drain {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        let state = std::mem::replace(&mut self.state, DrainState::Delegated);
        if let DrainState::Waiting(waiter) = &state
            && let Some(stream) = self.writer.stream.get()
        {
            stream.leave_drain(waiter);
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        match state {
            DrainState::Created => self.begin(vm),
            DrainState::Yielded => self.wait(vm),
            DrainState::Waiting(_) | DrainState::Delegated => Ok(Step::Return(Value::NONE)),
        }
    }
    fn name(&self) -> &'static str {
        "StreamWriter.drain"
    }
    fn waits_for(&self) -> Option<NativeWait> {
        Some(NativeWait::Outside("room in a stream".to_owned()))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}
