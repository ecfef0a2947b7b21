//! The classes of `asyncio` and `contextvars`: made when a script first names them, so that a
//! script without them pays nothing at start-up.

use super::{
    as_completed, base_events, contextvars, events, locks, network, queues, runners,
    selector_events, server, streams, taskgroups, timeouts, transports, unix_events,
};
use crate::attributes::method_value;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method};
use crate::objects::{ClassObj, DictObj, Layout, NativeData, Payload, Shape};
use crate::types::class_layout::linearize;
use crate::value::Value;
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::rc::Rc;

/// A row of the table of classes.
struct Spec {
    name: &'static str,
    module: &'static str,
    bases: &'static [AsyncClass],
    methods: &'static [Method],
}

macro_rules! async_classes {
    ($($class:ident $module:literal $bases:expr, $methods:expr;)*) => {
        /// A class of the table below.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum AsyncClass { $(
            #[doc = concat!("`", $module, ".", stringify!($class), "`")]
            $class,
        )* }

        /// The table: class, module, bases (none is `object`), methods.
        const SPECS: &[Spec] = &[$(Spec {
            name: stringify!($class),
            module: $module,
            bases: $bases,
            methods: $methods,
        },)*];
    };
}

use AsyncClass as C;

async_classes! {
    AbstractEventLoop "asyncio.events" &[], &[];
    BaseEventLoop "asyncio.base_events" &[C::AbstractEventLoop], base_events::METHODS;
    BaseSelectorEventLoop "asyncio.selector_events" &[C::BaseEventLoop], selector_events::METHODS;
    _NetworkEventLoop "asyncio.base_events" &[C::BaseSelectorEventLoop], network::BASE_METHODS;
    _PipeEventLoop "asyncio.unix_events" &[C::_NetworkEventLoop], unix_events::METHODS;
    _UnixSelectorEventLoop "asyncio.unix_events" &[C::_PipeEventLoop], network::UNIX_METHODS;
    Handle "asyncio.events" &[], events::HANDLE_METHODS;
    TimerHandle "asyncio.events" &[C::Handle], events::TIMER_METHODS;
    Runner "asyncio.runners" &[], runners::METHODS;
    Timeout "asyncio.timeouts" &[], timeouts::METHODS;
    TaskGroup "asyncio.taskgroups" &[], taskgroups::METHODS;
    Lock "asyncio.locks" &[], locks::lock::METHODS;
    Event "asyncio.locks" &[], locks::event::METHODS;
    Condition "asyncio.locks" &[], locks::condition::METHODS;
    Semaphore "asyncio.locks" &[], locks::semaphore::METHODS;
    BoundedSemaphore "asyncio.locks" &[C::Semaphore], locks::semaphore::BOUNDED_METHODS;
    Barrier "asyncio.locks" &[], locks::barrier::METHODS;
    Queue "asyncio.queues" &[], queues::METHODS;
    PriorityQueue "asyncio.queues" &[C::Queue], queues::PRIORITY_METHODS;
    LifoQueue "asyncio.queues" &[C::Queue], queues::LIFO_METHODS;
    _AsCompletedIterator "asyncio.tasks" &[], as_completed::METHODS;
    StreamReader "asyncio.streams" &[], streams::reader::METHODS;
    FlowControlMixin "asyncio.streams" &[], streams::PROTOCOL_METHODS;
    StreamReaderProtocol "asyncio.streams" &[C::FlowControlMixin], streams::READER_METHODS;
    StreamWriter "asyncio.streams" &[], streams::WRITER_METHODS;
    AbstractServer "asyncio.events" &[], &[];
    Server "asyncio.base_events" &[C::AbstractServer], server::METHODS;
    _Acceptor "asyncio.base_events" &[], &[];
    BaseTransport "asyncio.transports" &[], transports::BASE_METHODS;
    ReadTransport "asyncio.transports" &[C::BaseTransport], transports::READ_METHODS;
    WriteTransport "asyncio.transports" &[C::BaseTransport], transports::WRITE_METHODS;
    Transport "asyncio.transports" &[C::ReadTransport, C::WriteTransport], &[];
    DatagramTransport "asyncio.transports" &[C::BaseTransport], selector_events::DATAGRAM_METHODS;
    SubprocessTransport "asyncio.transports" &[C::BaseTransport], transports::SUBPROCESS_METHODS;
    _FlowControlMixin "asyncio.transports" &[C::Transport], &[];
    _SelectorTransport "asyncio.selector_events" &[C::_FlowControlMixin], &[];
    _SelectorSocketTransport "asyncio.selector_events" &[C::_SelectorTransport], &[];
    _SelectorDatagramTransport "asyncio.selector_events" &[C::_SelectorTransport, C::DatagramTransport], &[];
    _UnixReadPipeTransport "asyncio.unix_events" &[C::ReadTransport], &[];
    _UnixWritePipeTransport "asyncio.unix_events" &[C::_FlowControlMixin], &[];
    TransportSocket "asyncio.trsock" &[], crate::modules::sockets::TRANSPORT_SOCKET_METHODS;
    SocketType "_socket" &[], crate::modules::sockets::METHODS;
    _Child "subprocess" &[], &[];
    ContextVar "_contextvars" &[], contextvars::VAR_METHODS;
    Context "_contextvars" &[], contextvars::CONTEXT_METHODS;
    Token "_contextvars" &[], contextvars::TOKEN_METHODS;
}

/// The classes made so far.
#[derive(Default)]
pub struct AsyncClasses {
    made: Vec<Option<Ref<ClassObj>>>,
}

impl Vm {
    /// A class of `asyncio`, made at its first use.
    #[expect(clippy::indexing_slicing, reason = "the table has a row per class")]
    pub fn async_class(&mut self, class: AsyncClass) -> Ref<ClassObj> {
        let at = class as usize;
        if let Some(Some(made)) = self.asyncio.classes.made.get(at) {
            return made.clone();
        }
        let spec = &SPECS[at];
        let bases = match spec.bases {
            [] => vec![self.types.object.clone()],
            bases => bases.iter().map(|base| self.async_class(*base)).collect(),
        };
        let made = new_class(self, spec, bases);
        let list = &mut self.asyncio.classes.made;
        if list.len() <= at {
            list.resize_with(SPECS.len(), || None);
        }
        list[at] = Some(made.clone());
        made
    }
}

fn new_class(vm: &mut Vm, spec: &Spec, bases: Vec<Ref<ClassObj>>) -> Ref<ClassObj> {
    vm.last_class_id += 1;
    vm.last_shape_id += 1;
    let id = vm.last_class_id;
    let name = vm.intern(spec.name);
    let root_shape = Box::leak(Box::new(Shape {
        id: vm.last_shape_id,
        class_id: id,
        names: Vec::new(),
        index: FxHashMap::default(),
        next: GcCell::new(FxHashMap::default()),
        is_dict: false,
    }));
    // The classes of `contextvars` are no bases.
    let layout = match spec.module {
        "_contextvars" => Layout::Closed,
        _ => Layout::Native,
    };
    let class = Ref::new(ClassObj {
        name: GcCell::new(name.clone()),
        qualname: GcCell::new(name),
        bases: GcCell::new(bases.clone()),
        mro: GcCell::new(Vec::new()),
        dict: Ref::new(DictObj::default()),
        metaclass: None,
        layout: Cell::new(layout),
        maker: Cell::new(None),
        id,
        builtin: true,
        pending: Cell::new(&[]),
        has_dict: Cell::new(true),
        has_del: Cell::new(false),
        is_abstract: Cell::new(false),
        dict_items_at: Cell::new(0),
        keys: Cell::new((0, crate::objects::Keys::Other)),
        sequence: Cell::default(),
        hooks: Cell::default(),
        root_shape,
        attribute_hint: Cell::new(0),
        subclasses: GcCell::new(Vec::new()),
    });
    let mut mro = vec![class.clone()];
    // The classes of the table have an order.
    mro.extend(linearize(vm, &bases).unwrap_or_default());
    for base in bases {
        base.subclasses.with_mut(|list| list.push(class.clone()));
    }
    class.mro.set(mro);
    let module = vm.names.__module__.clone();
    class.dict.set_name(&module, vm.str(spec.module));
    for method in spec.methods {
        let key = vm.intern(method.name);
        class.dict.set_name(&key, method_value(method, spec.name));
    }
    class
}

/// An instance of a class of `asyncio` (not of a subclass of the script).
pub fn instance_of(vm: &mut Vm, class: AsyncClass, data: Rc<dyn NativeData>) -> Value {
    let class = vm.async_class(class);
    crate::types::type_type::new_instance(&class, Payload::Native(data))
}

/// What a `__new__` in Rust does: an instance of the class that is the first argument, which may
/// be a subclass; the other arguments are for `__init__`.
pub fn allocate(vm: &mut Vm, args: Args<'_>, data: Rc<dyn NativeData>) -> R {
    match args.pos.first().and_then(Value::to_class) {
        Some(class) => Ok(crate::types::type_type::new_instance(
            &class,
            Payload::Native(data),
        )),
        None => Err(vm.type_error("__new__(X): X is not a type object")),
    }
}

/// The library object inside an instance.
pub fn native_data<T: NativeData>(value: &Value) -> Option<Rc<T>> {
    value.as_instance()?.native()
}

/// Whether a library object is of a class of the library itself, not of one of the script.
#[inline]
pub fn is_plain(value: &Value) -> bool {
    value
        .as_instance()
        .is_some_and(|instance| instance.class.with(|class| class.builtin))
}

/// The receiver of a method.
///
/// # Errors
/// `TypeError` when the value is none of that class.
#[inline(always)]
pub fn receiver<T: NativeData>(vm: &mut Vm, value: &Value, class: &str, method: &str) -> R<Rc<T>> {
    match native_data::<T>(value) {
        Some(data) => Ok(data),
        None => Err(wrong_receiver(vm, value, class, method)),
    }
}

#[cold]
fn wrong_receiver(vm: &mut Vm, value: &Value, class: &str, method: &str) -> Raised {
    let given = vm.type_name(value);
    vm.type_error(format!(
        "descriptor '{method}' for '{class}' objects doesn't apply to a '{given}' object"
    ))
}

/// Where a library object was made: the position of the call.
pub fn made_at(value: &Value) -> Option<u32> {
    value.as_instance()?.payload.with(|payload| match payload {
        Payload::Native(data) => data.made_at().map(Cell::get),
        Payload::None | Payload::Exc(_) | Payload::Base(_) => None,
    })
}
