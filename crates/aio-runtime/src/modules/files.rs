//! Files and the standard streams: `open`, and the objects it gives.
//!
//! One class serves all: text or binary, a file of the system or a standard stream. Bytes are
//! read ahead and written late (`buffered`); a text file decodes UTF-8 and turns `\r\n` and
//! `\r` into `\n` when it reads.

use super::buffered::{Buffered, Late};
use super::decoding::{decode, read_chars, translate};
use super::standard_input;
use super::stream_classes;
use super::waiting::{self, Until};
use crate::error::{R, Raised};
use crate::native::{Args, Arguments, Method, NativeFn};
use crate::objects::{ListObj, NativeData, Payload};
use crate::types::type_type::new_instance;
use crate::value::Value;
use crate::vm::Vm;
use std::cell::{Cell, RefCell};
use std::io::{self, Seek as _, SeekFrom};
use std::rc::Rc;

/// The methods of files.
pub const METHODS: &[Method] = &[
    Method::new(
        "read",
        NativeFn::Range(1, 2, read),
        "Read at most n characters from stream.",
    ),
    Method::new(
        "readline",
        NativeFn::Range(1, 2, read_line),
        "Read until newline or EOF.",
    ),
    Method::new(
        "readlines",
        NativeFn::Range(1, 2, read_lines),
        "Return a list of lines from the stream.",
    ),
    Method::new("write", NativeFn::F2(write), "Write string to stream."),
    Method::new(
        "writelines",
        NativeFn::F2(write_lines),
        "Write a list of lines to stream.",
    ),
    Method::new(
        "flush",
        NativeFn::F1(flush),
        "Flush write buffers, if applicable.",
    ),
    Method::new(
        "close",
        NativeFn::F1(close),
        "Flush and close the IO object.",
    ),
    Method::new(
        "seek",
        NativeFn::Range(2, 3, seek),
        "Change the stream position.",
    ),
    Method::new(
        "tell",
        NativeFn::F1(tell),
        "Return current stream position.",
    ),
    Method::new(
        "truncate",
        NativeFn::Range(1, 2, truncate),
        "Truncate file to size bytes.",
    ),
    Method::new(
        "fileno",
        NativeFn::F1(fileno),
        "Return underlying file descriptor if one exists.",
    ),
    Method::new(
        "isatty",
        NativeFn::F1(is_tty),
        "Return whether this is an 'interactive' stream.",
    ),
    Method::new(
        "readable",
        NativeFn::F1(|vm, f| ask(vm, f, |s| s.readable)),
        "Return whether object was opened for reading.",
    ),
    Method::new(
        "writable",
        NativeFn::F1(|vm, f| ask(vm, f, |s| s.writable)),
        "Return whether object was opened for writing.",
    ),
    Method::new(
        "seekable",
        NativeFn::F1(|vm, f| ask(vm, f, |s| s.standard.is_none())),
        "Return whether object supports random access.",
    ),
    Method::new(
        "reconfigure",
        NativeFn::Any(|_, _| Ok(Value::NONE)),
        "Reconfigure the text stream.",
    ),
    Method::new("__enter__", NativeFn::F1(enter), "Context manager."),
    Method::new("__exit__", NativeFn::Any(exit), "Context manager."),
    Method::new(
        "__iter__",
        NativeFn::F1(|_, file| Ok(file.clone())),
        "Implement iter(self).",
    ),
    Method::new("__next__", NativeFn::F1(next), "Implement next(self)."),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
    Method::get(
        "name",
        |vm, f| with(vm, f, |_, s| Ok(s.name.clone())),
        "The name.",
    ),
    Method::get(
        "mode",
        |vm, f| with(vm, f, |vm, s| Ok(vm.str(s.mode.clone()))),
        "The mode.",
    ),
    Method::get(
        "closed",
        |vm, f| ask(vm, f, |s| s.closed.get()),
        "Whether it is closed.",
    ),
    Method::get(
        "encoding",
        |vm, f| {
            with(vm, f, |vm, s| {
                Ok(if s.text { vm.str("utf-8") } else { Value::NONE })
            })
        },
        "The encoding.",
    ),
    Method::get(
        "errors",
        |vm, _| Ok(vm.str("strict")),
        "How bad bytes are treated.",
    ),
    Method::get("newlines", |_, _| Ok(Value::NONE), "The line ends seen."),
    Method::get(
        "line_buffering",
        |_, _| Ok(Value::FALSE),
        "Whether every line is flushed.",
    ),
    Method::get("buffer", below, "The byte stream below."),
];

/// Which standard stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standard {
    /// `sys.stdin`
    In,
    /// `sys.stdout`
    Out,
    /// `sys.stderr`
    Error,
}

/// What a file object holds.
pub struct Stream {
    pub(super) standard: Option<Standard>,
    /// A path, or the number of a descriptor.
    pub(super) name: Value,
    pub(super) mode: String,
    pub(super) text: bool,
    /// Whether line ends are translated when reading.
    pub(super) translate: bool,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Of a text stream and of the byte stream below, as what follows.
    pub(super) closed: Rc<Cell<bool>>,
    pub(super) inner: Rc<RefCell<Buffered>>,
}

impl Stream {
    /// Whether it hands everything on at once.
    pub(super) fn is_unbuffered(&self) -> bool {
        self.inner.borrow().late_at_most == Late::Nothing
    }
}

impl NativeData for Stream {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to hear of an error.
        let _ = self.inner.borrow_mut().flush();
    }
}

/// The object of the script for a stream.
pub(super) fn object(vm: &mut Vm, stream: Stream) -> Value {
    let name = match (stream.readable, stream.writable) {
        _ if stream.text => "TextIOWrapper",
        _ if stream.is_unbuffered() => "FileIO",
        (true, true) => "BufferedRandom",
        (false, true) => "BufferedWriter",
        (_, false) => "BufferedReader",
    };
    let class = stream_classes::class_of(vm, name);
    new_instance(&class, Payload::Native(Rc::new(stream)))
}

/// A standard stream.
pub fn standard(vm: &mut Vm, which: Standard) -> Value {
    let (name, mode) = match which {
        Standard::In => ("<stdin>", "r"),
        Standard::Out => ("<stdout>", "w"),
        Standard::Error => ("<stderr>", "w"),
    };
    let stream = Stream {
        standard: Some(which),
        name: vm.str(name),
        mode: mode.to_owned(),
        text: true,
        translate: true,
        readable: which == Standard::In,
        writable: which != Standard::In,
        closed: Rc::default(),
        inner: Rc::new(RefCell::new(Buffered::new(None, 0))),
    };
    object(vm, stream)
}

/// The byte stream below a text stream.
fn below(vm: &mut Vm, file: &Value) -> R {
    let stream = stream(vm, file)?;
    if !stream.text {
        let name = vm.intern("buffer");
        return Err(vm.no_attribute(file, &name));
    }
    let bytes = Stream {
        standard: stream.standard,
        name: stream.name.clone(),
        mode: format!("{}b", stream.mode),
        text: false,
        translate: false,
        readable: stream.readable,
        writable: stream.writable,
        closed: stream.closed.clone(),
        inner: stream.inner.clone(),
    };
    Ok(object(vm, bytes))
}

fn which_standard(value: &Value) -> Option<Standard> {
    value.as_instance()?.native::<Stream>()?.standard
}

/// Whether a value is a standard stream of the process.
pub fn is_standard(value: &Value) -> bool {
    which_standard(value).is_some()
}

/// Whether a value is the standard output of the process.
pub fn is_stdout(value: &Value) -> bool {
    which_standard(value) == Some(Standard::Out)
}

/// Writes to the standard output.
///
/// # Errors
/// `OSError`
pub fn write_stdout(vm: &mut Vm, text: &str) -> R<()> {
    if vm.asyncio.traced {
        crate::asyncio::trace_printed(vm, text);
    }
    match vm.out.write(text) {
        Ok(()) => Ok(()),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

/// Writes out what is held back, and lets writes to connections go as well.
///
/// # Errors
/// `OSError`
pub fn flush_stdout(vm: &mut Vm) -> R<()> {
    vm.send_held()?;
    if vm.out.capture.is_some() {
        return Ok(());
    }
    match vm.out.flush() {
        Ok(()) => Ok(()),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

/// A line of the standard input with its end, a text; empty at the end.
///
/// # Errors
/// `OSError`, `UnicodeDecodeError`, `KeyboardInterrupt`.
pub fn read_stdin_line(vm: &mut Vm) -> R {
    let bytes = standard_input::read(vm, Until::Line)?;
    decode(vm, translate(bytes))
}

fn stream(vm: &mut Vm, value: &Value) -> R<Rc<Stream>> {
    match value.as_instance().and_then(|i| i.native::<Stream>()) {
        Some(object) => Ok(object),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("a file object is required, not '{name}'")))
        }
    }
}

/// Runs a function over the stream of a file object.
pub(super) fn with<T>(
    vm: &mut Vm,
    value: &Value,
    f: impl FnOnce(&mut Vm, &Stream) -> R<T>,
) -> R<T> {
    let stream = stream(vm, value)?;
    f(vm, &stream)
}

fn ask(vm: &mut Vm, value: &Value, f: fn(&Stream) -> bool) -> R {
    with(vm, value, |_, stream| Ok(Value::bool(f(stream))))
}

fn failed(vm: &mut Vm, error: &io::Error) -> Raised {
    vm.raise_io_error(error, None)
}

fn check_open(vm: &mut Vm, stream: &Stream) -> R<()> {
    if stream.closed.get() {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(())
}

/// The words about text, about bytes that go on at once, and about others.
fn cannot(stream: &Stream, [text, raw, buffered]: [&'static str; 3]) -> &'static str {
    match (stream.text, stream.is_unbuffered()) {
        (true, _) => text,
        (false, true) => raw,
        (false, false) => buffered,
    }
}

fn refused(vm: &mut Vm, what: &str) -> Raised {
    let class = super::io::unsupported_operation(vm);
    let message = vm.str(what);
    vm.raise_with(&class, vec![message])
}

/// Refuses what is closed or was opened for writing.
///
/// # Errors
/// `ValueError`, `io.UnsupportedOperation`
pub(super) fn check_readable(vm: &mut Vm, stream: &Stream) -> R<()> {
    check_open(vm, stream)?;
    if stream.readable {
        Ok(())
    } else {
        Err(refused(
            vm,
            cannot(
                stream,
                ["not readable", "File not open for reading", "read"],
            ),
        ))
    }
}

fn check_writable(vm: &mut Vm, stream: &Stream) -> R<()> {
    check_open(vm, stream)?;
    if stream.writable {
        Ok(())
    } else {
        Err(refused(
            vm,
            cannot(
                stream,
                ["not writable", "File not open for writing", "write"],
            ),
        ))
    }
}

/// Bytes as what the stream gives: text or bytes.
fn decoded(vm: &mut Vm, stream: &Stream, bytes: Vec<u8>) -> R {
    if stream.text {
        decode(vm, bytes)
    } else {
        Ok(Value::bytes(bytes))
    }
}

/// Bytes as the stream has its line ends.
fn translated(stream: &Stream, bytes: Vec<u8>) -> Vec<u8> {
    if stream.text && stream.translate {
        translate(bytes)
    } else {
        bytes
    }
}

fn limit_of(vm: &mut Vm, args: &[Value]) -> R<Option<usize>> {
    match args.get(1) {
        None => Ok(None),
        Some(limit) if limit.is_none() => Ok(None),
        Some(limit) => Ok(usize::try_from(vm.index_i64(limit)?).ok()),
    }
}

fn read(vm: &mut Vm, args: &[Value]) -> R {
    let limit = limit_of(vm, args)?;
    with(vm, args.at(0), |vm, stream| {
        check_readable(vm, stream)?;
        let until = match limit {
            None => Until::End,
            Some(count) if stream.text => Until::Chars(count),
            Some(count) if stream.is_unbuffered() => Until::AtMost(count),
            Some(count) => Until::Bytes(count),
        };
        read_until(vm, stream, until, |inner| match limit {
            Some(count) if stream.text => read_chars(inner, count),
            limit => inner.read(limit),
        })
    })
}

/// What a stream gives for one read: by `direct` when it is a file that has all it will ever have.
///
/// # Errors
/// `OSError`, `UnicodeDecodeError`, `KeyboardInterrupt`.
pub(super) fn read_until(
    vm: &mut Vm,
    stream: &Stream,
    until: Until,
    direct: impl FnOnce(&mut Buffered) -> io::Result<Vec<u8>>,
) -> R {
    let bytes = if stream.standard == Some(Standard::In) {
        Ok(standard_input::read(vm, until)?)
    } else {
        match waiting::read(vm, stream, until)? {
            Some(bytes) => Ok(bytes),
            None => direct(&mut stream.inner.borrow_mut()),
        }
    };
    match bytes {
        Ok(bytes) => decoded(vm, stream, translated(stream, bytes)),
        Err(error) => Err(failed(vm, &error)),
    }
}

/// The next line with its end; empty at the end.
fn line_of(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, |vm, stream| {
        check_readable(vm, stream)?;
        read_until(vm, stream, Until::Line, Buffered::read_line)
    })
}

fn read_line(vm: &mut Vm, args: &[Value]) -> R {
    line_of(vm, args.at(0))
}

fn read_lines(vm: &mut Vm, args: &[Value]) -> R {
    let mut lines = Vec::new();
    loop {
        let line = line_of(vm, args.at(0))?;
        if !vm.truthy(&line)? {
            return Ok(Value::new(ListObj::new(lines)));
        }
        lines.push(line);
    }
}

fn next(vm: &mut Vm, file: &Value) -> R {
    let line = line_of(vm, file)?;
    if vm.truthy(&line)? {
        Ok(line)
    } else {
        Err(vm.stop_iteration(Value::NONE))
    }
}

fn write(vm: &mut Vm, file: &Value, data: &Value) -> R {
    let base = data.as_instance().and_then(|i| i.base_value());
    let data = base.as_ref().unwrap_or(data);
    with(vm, file, |vm, stream| {
        check_writable(vm, stream)?;
        match (data.as_str_obj(), data.as_bytes_obj()) {
            (Some(text), _) if stream.text => {
                let count = text.char_count() as i64;
                write_text(vm, stream, text.text())?;
                Ok(Value::int(count))
            }
            (_, Some(bytes)) if !stream.text => {
                write_bytes(vm, stream, bytes.data())?;
                Ok(Value::int(bytes.data().len() as i64))
            }
            _ => {
                let given = vm.type_name(data);
                let message = if stream.text {
                    format!("write() argument must be str, not {given}")
                } else {
                    format!("a bytes-like object is required, not '{given}'")
                };
                Err(vm.type_error(message))
            }
        }
    })
}

fn write_text(vm: &mut Vm, stream: &Stream, text: &str) -> R<()> {
    match stream.standard {
        Some(Standard::Out) => write_stdout(vm, text),
        _ => write_bytes(vm, stream, text.as_bytes()),
    }
}

fn write_bytes(vm: &mut Vm, stream: &Stream, bytes: &[u8]) -> R<()> {
    let result = match stream.standard {
        Some(Standard::Out) => {
            if vm.asyncio.traced {
                crate::asyncio::trace_printed(vm, &String::from_utf8_lossy(bytes));
            }
            vm.out.write_bytes(bytes)
        }
        Some(Standard::Error) => {
            vm.out.error_bytes(bytes);
            Ok(())
        }
        Some(Standard::In) | None => stream.inner.borrow_mut().write(bytes),
    };
    result.map_err(|error| failed(vm, &error))
}

fn write_lines(vm: &mut Vm, file: &Value, lines: &Value) -> R {
    let iter = vm.iter(lines)?;
    while let Some(line) = vm.next(&iter)? {
        write(vm, file, &line)?;
    }
    Ok(Value::NONE)
}

fn flush(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, |vm, stream| {
        check_open(vm, stream)?;
        if stream.standard == Some(Standard::Out) {
            flush_stdout(vm)?;
        }
        let result = stream.inner.borrow_mut().flush();
        match result {
            Ok(()) => Ok(Value::NONE),
            Err(error) => Err(failed(vm, &error)),
        }
    })
}

fn close(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, |vm, stream| {
        if stream.closed.get() || stream.standard.is_some() {
            return Ok(Value::NONE);
        }
        stream.closed.set(true);
        let result = stream.inner.borrow_mut().flush();
        drop(stream.inner.borrow_mut().file.take());
        match result {
            Ok(()) => Ok(Value::NONE),
            Err(error) => Err(failed(vm, &error)),
        }
    })
}

fn seek(vm: &mut Vm, args: &[Value]) -> R {
    let offset = vm.index_i64(args.at(1))?;
    let whence = match args.get(2) {
        Some(whence) => vm.index_i64(whence)?,
        None => 0,
    };
    with(vm, args.at(0), |vm, stream| {
        check_open(vm, stream)?;
        if stream.text && whence != 0 && offset != 0 {
            let what = if whence == 1 { "cur" } else { "end" };
            return Err(refused(
                vm,
                &format!("can't do nonzero {what}-relative seeks"),
            ));
        }
        let target = match whence {
            0 if offset < 0 => {
                return Err(vm.value_error(format!("negative seek position {offset}")));
            }
            0 => SeekFrom::Start(offset as u64),
            1 => SeekFrom::Current(offset),
            2 => SeekFrom::End(offset),
            _ => {
                return Err(
                    vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))
                );
            }
        };
        let mut inner = stream.inner.borrow_mut();
        let result = inner
            .flush()
            .and_then(|()| inner.settle())
            .and_then(|()| inner.file()?.seek(target));
        drop(inner);
        match result {
            Ok(at) => Ok(Value::int(at as i64)),
            Err(error) => Err(failed(vm, &error)),
        }
    })
}

fn tell(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, |vm, stream| {
        check_open(vm, stream)?;
        let result = stream.inner.borrow_mut().tell();
        match result {
            Ok(at) => Ok(Value::int(at as i64)),
            Err(error) => Err(failed(vm, &error)),
        }
    })
}

fn truncate(vm: &mut Vm, args: &[Value]) -> R {
    let size = limit_of(vm, args)?;
    with(vm, args.at(0), |vm, stream| {
        check_writable(vm, stream)?;
        let mut inner = stream.inner.borrow_mut();
        let result = inner.tell().and_then(|at| {
            let size = size.map_or(at, |size| size as u64);
            inner.file()?.set_len(size)?;
            Ok(size)
        });
        drop(inner);
        match result {
            Ok(size) => Ok(Value::int(size as i64)),
            Err(error) => Err(failed(vm, &error)),
        }
    })
}

fn fileno(vm: &mut Vm, file: &Value) -> R {
    use std::os::fd::AsRawFd;
    with(vm, file, |vm, stream| {
        check_open(vm, stream)?;
        let number = match stream.standard {
            Some(Standard::In) => 0,
            Some(Standard::Out) => 1,
            Some(Standard::Error) => 2,
            None => stream
                .inner
                .borrow()
                .file
                .as_ref()
                .map_or(-1, |file| file.as_raw_fd()),
        };
        Ok(Value::int(i64::from(number)))
    })
}

fn is_tty(vm: &mut Vm, file: &Value) -> R {
    use std::io::IsTerminal;
    ask(vm, file, |stream| match stream.standard {
        Some(Standard::In) => io::stdin().is_terminal(),
        Some(Standard::Out) => io::stdout().is_terminal(),
        Some(Standard::Error) => io::stderr().is_terminal(),
        None => false,
    })
}

fn enter(vm: &mut Vm, file: &Value) -> R {
    with(vm, file, check_open)?;
    Ok(file.clone())
}

fn exit(vm: &mut Vm, args: Args<'_>) -> R {
    match args.pos.first() {
        Some(file) => close(vm, file),
        None => Ok(Value::NONE),
    }
}

fn repr(vm: &mut Vm, file: &Value) -> R {
    let class = vm.type_name(file);
    with(vm, file, |vm, stream| {
        let name = vm.repr(&stream.name)?;
        let mode = &stream.mode;
        Ok(vm.str(if stream.text {
            format!("<{class} name={name} mode='{mode}' encoding='utf-8'>")
        } else {
            format!("<{class} name={name}>")
        }))
    })
}

pub use super::opening::path_text;
