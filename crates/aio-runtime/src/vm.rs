//! The interpreter: the state that every evaluation shares.

use crate::Options;
use crate::asyncio::AsyncState;
use crate::attributes::MethodCache;
use crate::error::R;
use crate::heap::{self, Ref};
use crate::names::{Interner, Names};
use crate::objects::{ClassObj, DictObj, FutureObj, Name, StrObj};
use crate::output::Output;
use crate::types::Types;
use crate::value::{Tag, Value};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The interpreter.
pub struct Vm {
    /// The exception on its way up (see `error`).
    pub pending: Value,
    /// The exception being handled (`sys.exc_info()`), or unset.
    pub handled: Value,
    /// The value of a `return` on its way out of the statements of a function.
    pub ret: Value,
    /// What the last `StopIteration` that ended an iteration carried, or unset.
    pub stop_value: Value,
    /// Where in the present frame the pending exception arose, until a frame boundary takes it.
    pub fault: Option<aio_syntax::Span>,
    /// See [`heap::attention_flag`].
    attention: &'static std::sync::atomic::AtomicBool,
    /// Nesting of calls.
    pub depth: u32,
    /// `sys.getrecursionlimit()`
    pub recursion_limit: u32,
    /// Below this address the native stack is nearly used up.
    stack_limit: usize,
    /// What calls compare the stack with: `stack_limit`, or the highest address when the next call
    /// is to poll. Signal handlers open it.
    call_gate: &'static AtomicUsize,
    /// Its owner, for those who need to own it too.
    call_gate_arc: &'static Arc<AtomicUsize>,
    /// What is known of turns of the loop that take long.
    pub slow_turns: crate::asyncio::slow_turns::SlowTurns,
    /// What the program may use.
    pub limits: crate::limits::LimitState,
    /// The threads of the script.
    pub threads: crate::threads::Threads,
    interner: Interner,
    /// Well-known names.
    pub names: Names,
    /// Built-in classes.
    pub types: Types,
    /// The built-in names.
    pub builtins: Ref<DictObj>,
    /// `sys.modules`
    pub modules: Ref<DictObj>,
    /// Changes whenever a class changes: inline caches hold it.
    pub epoch: u32,
    /// Class → method look-ups.
    pub method_cache: MethodCache,
    /// `()`, as `*args` that nothing is given for.
    pub empty_tuple: Value,
    /// The last class number given out.
    pub last_class_id: u32,
    /// The last shape number given out.
    pub last_shape_id: u32,
    /// Standard output and error.
    pub out: Output,
    /// How the session was started.
    pub options: Options,
    /// The state of `asyncio`.
    pub asyncio: AsyncState,
    /// The file being run, for messages of warnings.
    pub finalizing: bool,
    /// Shapes of instances that keep a dict, by class number.
    pub dict_shapes: rustc_hash::FxHashMap<u32, &'static crate::objects::Shape>,
    /// What `os.stat` answers with, once `os` is imported.
    pub stat_result: Option<crate::modules::StatResult>,
    /// Coroutines that suspended while they were awaited on the native stack, innermost first,
    /// on their way to the trampoline.
    pub detached: Vec<Ref<crate::objects::CoroutineObj>>,
    /// A method of the library that has begun and waits, with what its first step ended in; on its
    /// way to the frame that awaits it (see `native::Begun`).
    pub begun: Option<(
        Box<dyn crate::objects::NativeCoroutine>,
        crate::objects::Step,
    )>,
    /// The names a built-in like `locals` sees, during its call.
    pub caller: Option<crate::eval::functions::CallerNames>,
    /// The innermost call under way that noted where it stands.
    pub placed: Option<crate::eval::placed::Place>,
    no_defaults: std::rc::Rc<[Value]>,
    /// What was read ahead of the standard input.
    pub standard_input: crate::modules::standard_input::StandardInput,
    /// Whether anything was made that has something to do or say when it dies: a class with
    /// `__del__`, a body that cleans up, an exception handler of a loop.
    pub has_last_words: bool,
    /// What `os.pipe` and its like made.
    pub descriptors: crate::modules::descriptors::Table,
    /// What signals do.
    pub signals: crate::signals::Signals,
    /// The texts that positions point into.
    pub sources: crate::code::Sources,
    /// Mistakes that were told, and what is known for telling them.
    pub mistakes: crate::report::mistakes::Mistakes,
    /// `sys.get_int_max_str_digits()`; 0 is no limit.
    pub max_str_digits: usize,
    /// How deep a built-in operation is in a nested value (see `nesting`).
    pub nesting: u32,
    /// Reprs under way (addresses), against endless recursion.
    pub repr_stack: Vec<usize>,
}

/// Modules whose classes that are in Rust here are in C in CPython.
const C_MODULES: [&str; 6] = [
    "_contextvars",
    "_io",
    "_struct",
    "collections",
    "functools",
    "itertools",
];

/// Classes that are in our own language here and in C in CPython: module, names.
const C_CLASSES: [(&str, &[&str]); 5] = [
    ("_thread", &["lock", "RLock"]),
    ("collections", &["OrderedDict", "defaultdict"]),
    (
        "datetime",
        &[
            "date",
            "datetime",
            "time",
            "timedelta",
            "timezone",
            "tzinfo",
        ],
    ),
    ("itertools", &["chain"]),
    ("types", &["SimpleNamespace"]),
];

/// Native stack kept free below the guard.
const STACK_RESERVE: usize = 256 * 1024;

impl Vm {
    /// A new interpreter whose native stack has `stack_size` bytes from here on down.
    pub fn new(options: Options, stack_size: usize) -> Vm {
        let mut interner = Interner::default();
        let names = Names::new(&mut interner);
        let types = Types::new(&mut interner);
        let here = 0u8;
        let top = std::ptr::from_ref(&here) as usize;
        let stack_limit = top.saturating_sub(stack_size.saturating_sub(STACK_RESERVE));
        let call_gate_arc: &Arc<_> = Box::leak(Box::new(Arc::new(AtomicUsize::new(stack_limit))));
        let mut vm = Vm {
            pending: Value::UNSET,
            handled: Value::UNSET,
            ret: Value::UNSET,
            stop_value: Value::UNSET,
            fault: None,
            attention: heap::attention_flag(),
            depth: 0,
            recursion_limit: 1000,
            stack_limit,
            call_gate: call_gate_arc,
            call_gate_arc,
            slow_turns: Default::default(),
            limits: crate::limits::LimitState::default(),
            threads: crate::threads::Threads::default(),
            interner,
            names,
            last_class_id: types.count,
            last_shape_id: types.count,
            types,
            builtins: Ref::new(DictObj::default()),
            modules: Ref::new(DictObj::default()),
            epoch: 1,
            method_cache: MethodCache::new(),
            empty_tuple: Value::tuple([]),
            out: Output::new(),
            options,
            asyncio: AsyncState::default(),
            finalizing: false,
            dict_shapes: rustc_hash::FxHashMap::default(),
            stat_result: None,
            detached: Vec::new(),
            begun: None,
            caller: None,
            placed: None,
            no_defaults: std::rc::Rc::from([]),
            standard_input: Default::default(),
            descriptors: Default::default(),
            has_last_words: false,
            signals: crate::signals::Signals::default(),
            sources: crate::code::Sources::default(),
            mistakes: crate::report::mistakes::Mistakes::default(),
            max_str_digits: crate::num::int_text::DEFAULT_MAX_STR_DIGITS,
            nesting: 0,
            repr_stack: Vec::new(),
        };
        crate::builtins::install(&mut vm);
        vm
    }

    /// The one name with this text.
    pub fn intern(&mut self, text: &str) -> Name {
        self.interner.intern(text)
    }

    /// The interned form of a string (attribute names given at run time).
    pub fn intern_str(&mut self, string: &Ref<StrObj>) -> Name {
        if string.interned.get() {
            string.clone()
        } else {
            self.interner.intern(string.text())
        }
    }

    /// A string value.
    #[inline]
    pub fn str<'a>(&self, text: impl Into<Cow<'a, str>>) -> Value {
        match text.into() {
            Cow::Borrowed(text) => Ref::text(text).into(),
            Cow::Owned(text) => Ref::owned_text(text).into(),
        }
    }

    /// The defaults of a function that has none.
    pub fn no_defaults(&self) -> std::rc::Rc<[Value]> {
        self.no_defaults.clone()
    }

    /// Enters a call; pair it with [`Vm::leave`] unless it fails.
    ///
    /// # Errors
    /// `RecursionError` beyond the limit, or when the native stack is nearly used up; as
    /// [`Vm::poll`].
    #[inline(always)]
    pub fn enter(&mut self) -> R<()> {
        self.depth += 1;
        let here = 0u8;
        if self.depth > self.recursion_limit
            || (std::ptr::from_ref(&here) as usize) < self.call_gate.load(Ordering::Relaxed)
        {
            return self.enter_slowly();
        }
        Ok(())
    }

    /// As [`Vm::enter`], to go on with a body that was suspended: it does not poll, since what is
    /// raised there would not reach the `try` statements of the body.
    ///
    /// # Errors
    /// `RecursionError`.
    #[inline(always)]
    pub fn enter_again(&mut self) -> R<()> {
        self.depth += 1;
        if self.depth > self.recursion_limit || self.is_stack_short() {
            self.depth -= 1;
            return Err(self.too_deep(0));
        }
        Ok(())
    }

    /// A call that is too deep, or is to poll.
    #[cold]
    #[inline(never)]
    fn enter_slowly(&mut self) -> R<()> {
        if self.depth > self.recursion_limit || self.is_stack_short() {
            self.depth -= 1;
            return Err(self.too_deep(0));
        }
        self.close_call_gate();
        let polled = self.poll_now();
        if polled.is_err() {
            self.depth -= 1;
        }
        polled
    }

    /// Has the next call poll.
    pub(crate) fn open_call_gate(&self) {
        self.call_gate.store(usize::MAX, Ordering::Relaxed);
    }

    fn close_call_gate(&self) {
        self.call_gate.store(self.stack_limit, Ordering::Relaxed);
    }

    /// The gate, to be opened by a signal handler or another thread.
    pub(crate) fn call_gate_arc(&self) -> Arc<AtomicUsize> {
        self.call_gate_arc.clone()
    }

    /// Exchanges the end of the native stack for that of another one.
    pub(crate) fn exchange_stack_limit(&mut self, limit: &mut usize) {
        std::mem::swap(&mut self.stack_limit, limit);
        match self.needs_attention() {
            true => self.open_call_gate(),
            false => self.close_call_gate(),
        }
    }

    /// A safe point inside a built-in loop: signals and limits, no finalizers.
    ///
    /// # Errors
    /// `KeyboardInterrupt`; `SystemExit` at a limit.
    #[inline(always)]
    pub fn poll(&mut self) -> R<()> {
        match self.needs_attention() {
            true => self.poll_now(),
            false => Ok(()),
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_now(&mut self) -> R<()> {
        self.check_signals()?;
        self.check_limits()
    }

    /// Leaves a call.
    #[inline(always)]
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Guards a native recursion that is no call of the script (`repr`, `==`, ...).
    ///
    /// # Errors
    /// `RecursionError` when the native stack is nearly used up.
    #[inline(always)]
    pub fn check_stack(&mut self) -> R<()> {
        let here = 0u8;
        if (std::ptr::from_ref(&here) as usize) < self.stack_limit {
            return Err(self.too_deep(0));
        }
        Ok(())
    }

    /// Is told that this call stands at the top of a native stack of `size` bytes.
    pub(crate) fn begin_stack(&mut self, size: usize) {
        let here = 0u8;
        let top = std::ptr::from_ref(&here) as usize;
        let mut limit = top.saturating_sub(size.saturating_sub(STACK_RESERVE));
        self.exchange_stack_limit(&mut limit);
    }

    /// Whether the native stack is nearly used up.
    #[inline(always)]
    pub fn is_stack_short(&self) -> bool {
        let here = 0u8;
        (std::ptr::from_ref(&here) as usize) < self.stack_limit
    }

    /// `RecursionError`, or the end of the program by its own limit; `more` levels are not counted
    /// in the depth.
    #[cold]
    pub(crate) fn too_deep(&mut self, more: usize) -> crate::error::Raised {
        match self.reach_depth(more) {
            Some(raised) => raised,
            None => self.recursion_error("maximum recursion depth exceeded"),
        }
    }

    /// Whether something waits for the next safe point.
    #[inline(always)]
    pub fn needs_attention(&self) -> bool {
        self.attention.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// What waits for a safe point is done here: finalizers, a collection, signals, writes that are
    /// held for long.
    /// Called at the end of statements when [`Vm::needs_attention`].
    ///
    /// # Errors
    /// `KeyboardInterrupt`; `SystemExit` at a limit.
    #[cold]
    pub fn safe_point(&mut self) -> R<()> {
        heap::set_attention(false);
        if heap::collector::is_wanted() {
            heap::collector::collect();
        }
        self.run_finalizers();
        self.send_held()?;
        self.poll_now()
    }

    /// Runs the finalizers that are due.
    pub fn run_finalizers(&mut self) {
        loop {
            let due = heap::take_finalizers();
            if due.is_empty() {
                break;
            }
            for object in due {
                crate::finalize::run_finalizer(self, object);
            }
        }
    }

    /// The class of a value.
    #[inline]
    pub fn class_of(&self, value: &Value) -> Ref<ClassObj> {
        if let Some(instance) = value.as_instance() {
            return instance.class.get();
        }
        if let Some(class) = value.as_future().and_then(FutureObj::own_class) {
            return class;
        }
        crate::types::class_of_builtin(self, value).clone()
    }

    /// The number of the class of a value, for caches.
    #[inline]
    pub fn class_id_of(&self, value: &Value) -> u32 {
        match value.tag() {
            Tag::Instance => value.as_instance().map_or(0, |i| i.class.with(|c| c.id)),
            Tag::Future => self.class_of(value).id,
            _ => crate::types::class_of_builtin(self, value).id,
        }
    }

    /// The name of the class of a value, for messages of what is written in C in CPython: there
    /// the name of such a class has its module in it.
    pub fn type_name(&self, value: &Value) -> String {
        let class = self.class_of(value);
        let name = self.name_of_class(&class);
        self.note_named(value, &name);
        name
    }

    /// The name of a class for messages: with its module where CPython has it.
    pub fn name_of_class(&self, class: &ClassObj) -> String {
        let name = class.name_text();
        match self.c_module(class) {
            Some(module) => format!("{module}.{name}"),
            None => name,
        }
    }

    /// The module of a class that is written in C in CPython, outside of the built-in ones.
    fn c_module(&self, class: &ClassObj) -> Option<&'static str> {
        if class.id == self.types.task.id || class.id == self.types.future.id {
            return Some("_asyncio");
        }
        let module = class.dict.get_name(&self.names.__module__)?;
        let module = module.as_str()?;
        if class.builtin {
            return C_MODULES.iter().copied().find(|known| *known == module);
        }
        let (module, names) = C_CLASSES.iter().find(|(known, _)| *known == module)?;
        let name = class.name.get();
        names.contains(&name.text()).then_some(*module)
    }

    /// The name of the class of a value, for messages of what is written in Python there.
    pub fn class_name(&self, value: &Value) -> String {
        let name = self.class_of(value).name_text();
        self.note_named(value, &name);
        name
    }

    fn note_named(&self, value: &Value, name: &str) {
        if matches!(value.tag(), Tag::Coroutine | Tag::Future) {
            crate::report::mistakes::named(self, value, name);
        }
    }
}
