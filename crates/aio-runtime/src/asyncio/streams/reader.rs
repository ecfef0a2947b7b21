//! `StreamReader`: bytes that come in pieces, read by lines, counts or separators.
//!
//! Whoever has bytes feeds them in; a reader that finds too few waits for one future, and so can
//! only one reader at a time. More than twice the limit is never kept: then the transport pauses
//! until somebody reads.

use super::byte_queue::ByteQueue;
use super::separators::Separators;
use super::{Link, at_once};
use crate::asyncio::classes::{allocate, receiver};
use crate::asyncio::{LoopData, NativeWait, events, futures};
use crate::coroutine;
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{FutureObj, NativeCoroutine, NativeData, Resume, Step};
use crate::text::search::find_bytes;
use crate::types::text_values::bytes_argument;
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `StreamReader`.
pub const METHODS: &[Method] = &[
    Method::fixed("__new__", NativeFn::Any(new), "Make a reader."),
    Method::new(
        "__init__",
        NativeFn::Any(init),
        "Set the limit and the loop.",
    ),
    Method::new("feed_data", NativeFn::F2(feed_data), "Put bytes in."),
    Method::new(
        "feed_eof",
        NativeFn::F1(feed_eof),
        "No more bytes will come.",
    ),
    Method::new(
        "at_eof",
        NativeFn::F1(at_eof),
        "Whether all was read and no more will come.",
    ),
    Method::new(
        "exception",
        NativeFn::F1(exception),
        "The exception set, or None.",
    ),
    Method::new(
        "set_exception",
        NativeFn::F2(set_exception),
        "Fail whoever reads.",
    ),
    Method::new(
        "read",
        NativeFn::Any(read),
        "Read up to n bytes; all for -1.",
    ),
    Method::awaited(
        "readline",
        NativeFn::F1(readline),
        at_once::line,
        "Read a line.",
    ),
    Method::awaited(
        "readexactly",
        NativeFn::F2(readexactly),
        at_once::count,
        "Read exactly n bytes.",
    ),
    Method::awaited(
        "readuntil",
        NativeFn::Any(readuntil),
        at_once::until,
        "Read up to a separator.",
    ),
    Method::new(
        "set_transport",
        NativeFn::F2(set_transport),
        "Who is to pause and to go on.",
    ),
    Method::new("__aiter__", NativeFn::F1(itself), "Itself: lines."),
    Method::new("__anext__", NativeFn::F1(anext), "The next line."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// How much is read ahead of a separator.
pub const DEFAULT_LIMIT: i64 = 1 << 16;

/// A reader.
pub struct ReaderData {
    buffer: GcCell<ByteQueue>,
    limit: Cell<i64>,
    eof: Cell<bool>,
    waiter: GcCell<Option<Ref<FutureObj>>>,
    exception: GcCell<Value>,
    event_loop: GcCell<Option<Rc<LoopData>>>,
    transport: GcCell<Link>,
    /// The transport was told to pause.
    paused: Cell<bool>,
}

impl NativeData for ReaderData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.exception.with(&mut *visitor);
        self.waiter.with(|waiter| {
            if let Some(waiter) = waiter {
                visitor(&waiter.to_value());
            }
        });
    }
    fn clear(&self) {
        self.waiter.set(None);
        self.transport.set(Link::None);
    }
}

impl ReaderData {
    fn wake(&self) {
        if let Some(waiter) = self.waiter.replace(None)
            && !waiter.is_done()
        {
            futures::complete(&waiter, Value::NONE);
        }
    }

    /// How many bytes wait to be read.
    pub fn len(&self) -> usize {
        self.buffer.with(|buffer| buffer.rest().len())
    }

    /// Bytes come in.
    ///
    /// # Errors
    /// `AssertionError` after the end; what pausing a transport of the script raises.
    pub fn feed(&self, vm: &mut Vm, bytes: &[u8]) -> R<()> {
        if self.eof.get() {
            return Err(vm.assertion_error("feed_data after feed_eof"));
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.buffer.with_mut(|buffer| buffer.push(bytes));
        self.wake();
        let full = self.len() as i64 > self.limit.get().saturating_mul(2);
        if full && !self.paused.get() {
            return self.pause_transport(vm);
        }
        Ok(())
    }

    #[cold]
    fn pause_transport(&self, vm: &mut Vm) -> R<()> {
        match self.transport.get() {
            Link::None => {}
            Link::Native(transport) => {
                transport.pause();
                self.paused.set(true);
            }
            link @ Link::Object(_) => match link.call(vm, "pause_reading", &[]) {
                Ok(_) => self.paused.set(true),
                Err(raised) => {
                    let class = vm.types.not_implemented_error.clone();
                    if !vm.pending_is(&class) {
                        return Err(raised);
                    }
                    // A transport that cannot pause is not asked again.
                    drop(vm.take_pending());
                    self.transport.set(Link::None);
                }
            },
        }
        Ok(())
    }

    /// Lets the transport go on, if it was paused.
    fn resume_transport(&self, vm: &mut Vm) -> R<()> {
        if !self.paused.replace(false) {
            return Ok(());
        }
        match self.transport.get() {
            Link::None => Ok(()),
            Link::Native(transport) => transport.resume(vm),
            link @ Link::Object(_) => link.call(vm, "resume_reading", &[]).map(drop),
        }
    }

    /// Lets the transport go on once little is left to be read.
    #[inline]
    fn maybe_resume(&self, vm: &mut Vm) -> R<()> {
        if self.paused.get() && self.len() as i64 <= self.limit.get() {
            return self.resume_transport(vm);
        }
        Ok(())
    }

    /// No more bytes will come.
    pub fn feed_end(&self) {
        self.eof.set(true);
        self.wake();
    }

    /// Whoever reads gets this exception.
    pub fn fail(&self, exception: &Value) {
        self.exception.set(exception.clone());
        if let Some(waiter) = self.waiter.replace(None)
            && !waiter.is_done()
        {
            futures::fail(&waiter, exception.clone());
        }
    }

    /// `set_transport`
    ///
    /// # Errors
    /// `AssertionError` when it has one.
    pub fn set_transport(&self, vm: &mut Vm, link: Link) -> R<()> {
        if !self.transport.with(|link| matches!(link, Link::None)) {
            return Err(vm.assertion_error("Transport already set"));
        }
        self.transport.set(link);
        Ok(())
    }

    /// The connection is over: reader and transport let go of each other.
    pub fn forget_transport(&self) {
        self.transport.set(Link::None);
        self.paused.set(false);
    }

    /// Takes bytes out from the front.
    #[expect(clippy::indexing_slicing, reason = "no more is taken than there is")]
    pub fn take(&self, count: usize) -> Value {
        self.buffer.with_mut(|buffer| {
            let count = count.min(buffer.rest().len());
            let taken = Value::bytes(&buffer.rest()[..count]);
            buffer.skip(count);
            taken
        })
    }

    /// Whether bytes wait to be read and nothing else is to be minded.
    pub fn is_ready(&self) -> bool {
        self.len() > 0 && !self.paused.get() && !self.has_failed()
    }

    /// Takes out what comes up to a separator and that too, if it is there and within the limit.
    pub fn take_through(&self, separator: &[u8]) -> Option<Value> {
        let at = self
            .buffer
            .with(|buffer| find_bytes(buffer.rest(), separator))?;
        (at as i64 <= self.limit.get()).then(|| self.take(at + separator.len()))
    }

    /// Whether an exception was set.
    pub fn has_failed(&self) -> bool {
        !self.exception.with(Value::is_unset)
    }

    /// Whether reading would raise the exception that was set.
    ///
    /// # Errors
    /// That exception.
    pub fn check(&self, vm: &mut Vm) -> R<()> {
        let exception = self.exception.get();
        if exception.is_unset() {
            return Ok(());
        }
        Err(vm.raise(exception))
    }
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let data = ReaderData {
        buffer: GcCell::default(),
        limit: Cell::new(DEFAULT_LIMIT),
        eof: Cell::new(false),
        waiter: GcCell::default(),
        exception: GcCell::default(),
        event_loop: GcCell::default(),
        transport: GcCell::default(),
        paused: Cell::new(false),
    };
    allocate(vm, args, Rc::new(data))
}

fn this(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<ReaderData>> {
    receiver(vm, value, "StreamReader", method)
}

fn init(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "StreamReader.__init__",
        params: &["/self", "limit", "loop"],
        positional: 3,
        required: 1,
    };
    let [object, limit, event_loop] = vm.bind_python::<3>(args, &SIGNATURE)?;
    let reader = this(vm, &object, "__init__")?;
    if !limit.is_unset() {
        let limit = vm.index_i64(&limit)?;
        if limit <= 0 {
            return Err(vm.value_error("Limit cannot be <= 0"));
        }
        reader.limit.set(limit);
    }
    let event_loop = if event_loop.is_unset() || event_loop.is_none() {
        events::current_loop(vm)?
    } else {
        events::loop_of_object(vm, &event_loop)?
    };
    reader.event_loop.set(Some(event_loop));
    Ok(Value::NONE)
}

fn feed_data(vm: &mut Vm, object: &Value, data: &Value) -> R {
    let reader = this(vm, object, "feed_data")?;
    let bytes = bytes_argument(vm, data)?;
    reader.feed(vm, &bytes)?;
    Ok(Value::NONE)
}

fn feed_eof(vm: &mut Vm, object: &Value) -> R {
    this(vm, object, "feed_eof")?.feed_end();
    Ok(Value::NONE)
}

fn set_transport(vm: &mut Vm, object: &Value, transport: &Value) -> R {
    let reader = this(vm, object, "set_transport")?;
    reader.set_transport(vm, Link::of(transport))?;
    Ok(Value::NONE)
}

fn at_eof(vm: &mut Vm, object: &Value) -> R {
    let reader = this(vm, object, "at_eof")?;
    Ok(Value::bool(reader.eof.get() && reader.len() == 0))
}

fn exception(vm: &mut Vm, object: &Value) -> R {
    let exception = this(vm, object, "exception")?.exception.get();
    Ok(if exception.is_unset() {
        Value::NONE
    } else {
        exception
    })
}

fn set_exception(vm: &mut Vm, object: &Value, exception: &Value) -> R {
    this(vm, object, "set_exception")?.fail(exception);
    Ok(Value::NONE)
}

/// What is to be read.
enum Wanted {
    /// Up to so many bytes.
    Some(usize),
    /// All that will ever come.
    All,
    /// Exactly so many.
    Exactly(usize),
    /// Up to a separator.
    Until(Separators),
    /// What the method of this name cannot read: a `ValueError` says why.
    Nothing(&'static str, &'static str),
    /// A line; what is left at the end counts.
    Line,
    /// A line of an iteration: the end ends it.
    NextLine,
}

/// Every way of reading.
struct Read {
    object: Value,
    reader: Rc<ReaderData>,
    wanted: Wanted,
    waiting: bool,
    /// No separator begins before this place.
    searched: usize,
}

fn start(vm: &mut Vm, object: &Value, wanted: Wanted) -> R {
    let reader = this(vm, object, "read")?;
    let body = Read {
        object: object.clone(),
        reader,
        wanted,
        waiting: false,
        searched: 0,
    };
    Ok(coroutine::new_native(vm, Box::new(body)))
}

impl Read {
    fn method(&self) -> &'static str {
        match self.wanted {
            Wanted::Some(_) | Wanted::All => "read",
            Wanted::Exactly(_) | Wanted::Nothing(..) => "readexactly",
            Wanted::Until(_) | Wanted::Line | Wanted::NextLine => "readuntil",
        }
    }

    fn wait(&mut self, vm: &mut Vm) -> R<Step> {
        if self.reader.waiter.with(Option::is_some) {
            let method = self.method();
            return Err(vm.runtime_error(format!(
                "{method}() called while another coroutine is already waiting for incoming data"
            )));
        }
        let event_loop = match self.reader.event_loop.with(|event_loop| event_loop.clone()) {
            Some(event_loop) => event_loop,
            None => events::running_loop(vm)?,
        };
        self.reader.resume_transport(vm)?;
        let waiter = futures::new_future(&event_loop);
        self.reader.waiter.set(Some(waiter.clone()));
        self.waiting = true;
        Ok(Step::Await(waiter.into()))
    }

    fn go_on(&mut self, vm: &mut Vm) -> R<Step> {
        let (len, eof) = (self.reader.len(), self.reader.eof.get());
        match self.wanted {
            Wanted::Some(count) => {
                if len == 0 && !eof {
                    return self.wait(vm);
                }
                self.give(vm, count)
            }
            Wanted::All if eof => self.give(vm, len),
            Wanted::All => self.wait(vm),
            Wanted::Exactly(count) if len >= count => self.give(vm, count),
            Wanted::Exactly(count) if eof => {
                let partial = self.reader.take(len);
                Err(incomplete(vm, partial, Some(count)))
            }
            Wanted::Exactly(_) => self.wait(vm),
            Wanted::Nothing(_, why) => Err(vm.value_error(why)),
            Wanted::Until(_) | Wanted::Line | Wanted::NextLine => self.until(vm),
        }
    }

    /// Takes bytes out for the caller.
    fn give(&self, vm: &mut Vm, count: usize) -> R<Step> {
        let bytes = self.reader.take(count);
        self.reader.maybe_resume(vm)?;
        Ok(Step::Return(bytes))
    }

    /// Where the first separator is, and how long the longest one is.
    fn find(&self) -> (Option<(usize, usize)>, usize) {
        let from = self.searched;
        self.reader.buffer.with(|buffer| {
            let unseen = buffer.rest().get(from..).unwrap_or_default();
            if let Wanted::Until(separators) = &self.wanted {
                let found = separators.find(unseen);
                let found = found.map(|(at, end)| (at + from, end + from));
                return (found, separators.longest());
            }
            let found = memchr::memchr(b'\n', unseen);
            (found.map(|at| (at + from, at + from + 1)), 1)
        })
    }

    fn until(&mut self, vm: &mut Vm) -> R<Step> {
        let is_line = matches!(self.wanted, Wanted::Line | Wanted::NextLine);
        let limit = self.reader.limit.get();
        let (found, longest) = self.find();
        if let Some((at, end)) = found {
            if at as i64 > limit {
                let message = "Separator is found, but chunk is longer than limit";
                return Err(self.overrun(vm, message, at, is_line));
            }
            return self.give(vm, end);
        }
        let len = self.reader.len();
        let offset = (len + 1).saturating_sub(longest);
        if offset as i64 > limit {
            let message = "Separator is not found, and chunk exceed the limit";
            return Err(self.overrun(vm, message, offset, is_line));
        }
        if !self.reader.eof.get() {
            self.searched = offset;
            return self.wait(vm);
        }
        let rest = self.reader.take(len);
        match self.wanted {
            Wanted::NextLine if len == 0 => {
                let class = vm.types.stop_async_iteration.clone();
                Err(vm.raise_with(&class, vec![]))
            }
            Wanted::Line | Wanted::NextLine => Ok(Step::Return(rest)),
            Wanted::Some(_)
            | Wanted::All
            | Wanted::Exactly(_)
            | Wanted::Nothing(..)
            | Wanted::Until(_) => Err(incomplete(vm, rest, None)),
        }
    }

    /// Too much came without a separator. For a line it is thrown away.
    fn overrun(&self, vm: &mut Vm, message: &str, consumed: usize, is_line: bool) -> Raised {
        if is_line {
            self.reader.buffer.with_mut(|buffer| {
                let all = buffer.rest().len();
                let found = buffer.rest().get(consumed) == Some(&b'\n');
                buffer.skip(if found { consumed + 1 } else { all });
            });
            if let Err(raised) = self.reader.maybe_resume(vm) {
                return raised;
            }
            return vm.value_error(message);
        }
        let class = vm.types.limit_overrun_error.clone();
        let text = vm.str(message);
        let raised = vm.raise_with(&class, vec![text]);
        set_attribute(vm, "consumed", Value::int(consumed as i64));
        raised
    }
}

/// Sets an attribute of the pending exception.
fn set_attribute(vm: &mut Vm, name: &str, value: Value) {
    let exception = vm.pending.clone();
    let name = vm.intern(name);
    if let Some(instance) = exception.as_instance() {
        instance.set_attribute(vm, &name, value);
    }
}

fn incomplete(vm: &mut Vm, partial: Value, expected: Option<usize>) -> Raised {
    let got = partial.as_bytes_obj().map_or(0, |bytes| bytes.data().len());
    let total = expected.map_or("undefined".to_owned(), |expected| expected.to_string());
    let text = vm.str(format!(
        "{got} bytes read on a total of {total} expected bytes"
    ));
    let class = vm.types.incomplete_read_error.clone();
    let raised = vm.raise_with(&class, vec![text]);
    set_attribute(vm, "partial", partial);
    let expected = expected.map_or(Value::NONE, |expected| Value::int(expected as i64));
    set_attribute(vm, "expected", expected);
    raised
}

impl NativeCoroutine for Read {
    fn resume(&mut self, vm: &mut Vm, input: Resume) -> R<Step> {
        if std::mem::take(&mut self.waiting) {
            self.reader.waiter.set(None);
        } else if matches!(input, Resume::Value(_)) {
            self.reader.check(vm)?;
        }
        if matches!(input, Resume::Throw) {
            return Err(Raised);
        }
        self.go_on(vm)
    }
    fn name(&self) -> &'static str {
        match self.wanted {
            Wanted::Some(_) | Wanted::All => "StreamReader.read",
            Wanted::Exactly(_) => "StreamReader.readexactly",
            Wanted::Nothing(name, _) => name,
            Wanted::Until(_) => "StreamReader.readuntil",
            Wanted::Line => "StreamReader.readline",
            Wanted::NextLine => "StreamReader.__anext__",
        }
    }
    fn waits_for(&self) -> Option<NativeWait> {
        let connected = self
            .reader
            .transport
            .with(|link| matches!(link, Link::Native(_)));
        connected.then(|| NativeWait::Outside("bytes of a stream".to_owned()))
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.object);
    }
}

fn read(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "StreamReader.read",
        params: &["/self", "n"],
        positional: 2,
        required: 1,
    };
    let [object, count] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let count = if count.is_unset() {
        -1
    } else {
        vm.index_i64(&count)?
    };
    let wanted = match count {
        0 => Wanted::Exactly(0),
        count => usize::try_from(count).map_or(Wanted::All, Wanted::Some),
    };
    start(vm, &object, wanted)
}

fn readline(vm: &mut Vm, object: &Value) -> R {
    start(vm, object, Wanted::Line)
}

fn readexactly(vm: &mut Vm, object: &Value, count: &Value) -> R {
    let count = vm.index_i64(count)?;
    match usize::try_from(count) {
        Ok(count) => start(vm, object, Wanted::Exactly(count)),
        Err(_) => {
            let why = "readexactly size can not be less than zero";
            start(vm, object, Wanted::Nothing("StreamReader.readexactly", why))
        }
    }
}

fn readuntil(vm: &mut Vm, args: Args<'_>) -> R {
    const NAME: &str = "StreamReader.readuntil";
    const SIGNATURE: Signature = Signature {
        name: NAME,
        params: &["/self", "separator"],
        positional: 2,
        required: 1,
    };
    if let ([object, separator], []) = (args.pos, args.kw)
        && separator
            .as_bytes_obj()
            .is_some_and(|separator| !separator.data().is_empty())
    {
        let separators = Separators::One(separator.clone());
        return start(vm, object, Wanted::Until(separators));
    }
    let [object, separator] = vm.bind_python::<2>(args, &SIGNATURE)?;
    let given: Vec<Value> = match separator.as_tuple() {
        Some(several) => several.items.to_vec(),
        None => vec![separator.clone()],
    };
    let mut separators = Vec::new();
    if separator.is_unset() {
        separators.push(b"\n".to_vec());
    } else {
        for one in &given {
            separators.push(bytes_argument(vm, one)?.to_vec());
        }
    }
    let wanted = if separators.is_empty() {
        Wanted::Nothing(NAME, "Separator should contain at least one element")
    } else if separators.iter().any(Vec::is_empty) {
        Wanted::Nothing(NAME, "Separator should be at least one-byte string")
    } else {
        Wanted::Until(Separators::Any(separators))
    };
    start(vm, &object, wanted)
}

fn itself(_vm: &mut Vm, object: &Value) -> R {
    Ok(object.clone())
}

fn anext(vm: &mut Vm, object: &Value) -> R {
    start(vm, object, Wanted::NextLine)
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let reader = this(vm, object, "__repr__")?;
    let mut text = "<StreamReader".to_owned();
    if reader.len() > 0 {
        text.push_str(&format!(" {} bytes", reader.len()));
    }
    if reader.eof.get() {
        text.push_str(" eof");
    }
    if reader.limit.get() != DEFAULT_LIMIT {
        text.push_str(&format!(" limit={}", reader.limit.get()));
    }
    let waiter = reader.waiter.get();
    if let Some(waiter) = waiter {
        text.push_str(&format!(" waiter={}", vm.repr(&waiter.to_value())?));
    }
    let exception = reader.exception.get();
    if !exception.is_unset() {
        text.push_str(&format!(" exception={}", vm.repr(&exception)?));
    }
    if !reader.transport.with(|link| matches!(link, Link::None)) {
        let transport = reader.transport.get().to_value(vm);
        text.push_str(&format!(" transport={}", vm.repr(&transport)?));
    }
    if reader.paused.get() {
        text.push_str(" paused");
    }
    text.push('>');
    Ok(vm.str(text))
}
