//! `open`: mode strings, paths, and the file object for both.

use super::Function;
use super::buffered::{Buffered, Late};
use super::files::{Stream, object};
use crate::error::R;
use crate::native::{Args, NativeFn, Signature};
use crate::permissions::Access;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustix::fs::FileType;
use rustix::io::Errno;
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::rc::Rc;

/// The functions.
pub const FUNCTIONS: &[Function] = &[(
    "open",
    NativeFn::Any(open),
    "Open file and return a corresponding file object.",
)];

/// What a mode string means.
struct Mode {
    options: OpenOptions,
    text: bool,
    readable: bool,
    writable: bool,
}

/// The letters of a mode; the first four say what is done.
const MODES: &[u8; 7] = b"rwaxbt+";

fn parse_mode(vm: &mut Vm, mode: &str) -> R<Mode> {
    let mut seen = [false; 7];
    for letter in mode.bytes() {
        let place = MODES.iter().position(|known| *known == letter);
        match place.and_then(|place| seen.get_mut(place)) {
            Some(given) if !*given => *given = true,
            Some(_) | None => return Err(vm.value_error(format!("invalid mode: '{mode}'"))),
        }
    }
    let has = |letter: u8| {
        MODES
            .iter()
            .zip(seen)
            .any(|(known, given)| given && *known == letter)
    };
    let kinds = seen.iter().take(4).filter(|given| **given).count();
    if has(b'b') && has(b't') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if kinds != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    let (readable, writable) = (has(b'r') || has(b'+'), !has(b'r') || has(b'+'));
    let mut options = OpenOptions::new();
    options.read(readable);
    if has(b'a') {
        options.append(true).create(true);
    } else {
        options.write(writable);
    }
    if has(b'w') {
        options.create(true).truncate(true);
    }
    if has(b'x') {
        options.create_new(true);
    }
    Ok(Mode {
        options,
        text: !has(b'b'),
        readable,
        writable,
    })
}

/// The text of a path: a string, bytes or something with `__fspath__`.
///
/// # Errors
/// `TypeError` for anything else.
pub fn path_text(vm: &mut Vm, path: &Value) -> R<String> {
    if let Some(text) = path.as_str() {
        return Ok(text.to_owned());
    }
    if let Some(bytes) = path.as_bytes_obj() {
        return Ok(String::from_utf8_lossy(bytes.data()).into_owned());
    }
    let hook = vm.names.__fspath__.clone();
    if let Some(found) = vm.call_special(path, &hook, &[])?
        && let Some(text) = found.as_str()
    {
        return Ok(text.to_owned());
    }
    let given = vm.type_name(path);
    Err(vm.type_error(format!(
        "expected str, bytes or os.PathLike object, not {given}"
    )))
}

/// Buffers for a file, by what it is.
///
/// # Errors
/// `EISDIR`
fn buffered(file: File) -> io::Result<Buffered> {
    let Ok(stat) = rustix::fs::fstat(&file) else {
        return Ok(Buffered::new(Some(file), 0));
    };
    let kind = FileType::from_raw_mode(stat.st_mode);
    let size = match kind {
        FileType::Directory => return Err(Errno::ISDIR.into()),
        FileType::RegularFile => usize::try_from(stat.st_size).unwrap_or(0),
        _ => 0,
    };
    let mut buffered = Buffered::new(Some(file), size);
    buffered.waits = kind != FileType::RegularFile;
    Ok(buffered)
}

fn open_by_path(vm: &mut Vm, name: &str, mode: &Mode) -> R<Buffered> {
    if mode.readable {
        vm.permit(Access::Read, Some(name))?;
    }
    if mode.writable {
        vm.permit(Access::Write, Some(name))?;
    }
    let opened = mode.options.open(name).and_then(buffered);
    opened.map_err(|error| vm.raise_io_error(&error, Some(name)))
}

/// The file of a descriptor, which it gets for its own unless that is to stay open.
fn of_number(vm: &mut Vm, number: &Value, keeps: bool) -> R<Buffered> {
    let number = super::os_descriptors::number(vm, number)?;
    if number < 0 {
        return Err(vm.value_error("negative file descriptor"));
    }
    let given = match keeps {
        true => vm.descriptors.find(number).and_then(|fd| fd.try_clone()),
        false => vm.descriptors.give_away(number),
    };
    let opened = given.and_then(|fd| buffered(fd.into()));
    opened.map_err(|error| vm.raise_io_error(&error, None))
}

fn open(vm: &mut Vm, args: Args<'_>) -> R {
    const OPEN: Signature = Signature {
        name: "open",
        params: &[
            "file",
            "mode",
            "buffering",
            "encoding",
            "errors",
            "newline",
            "closefd",
            "opener",
        ],
        positional: 8,
        required: 1,
    };
    let [file, mode, buffering, _, _, newline, close, _]: [Value; 8] = vm.bind(args, &OPEN)?;
    let buffering = match buffering.is_unset() {
        true => -1,
        false => vm.index_i64(&buffering)?,
    };
    let by_number = matches!(file.tag(), Tag::Int | Tag::Bool);
    let name = match by_number {
        true => vm.index_i64(&file)?.to_string(),
        false => path_text(vm, &file)?,
    };
    let mode_text = if mode.is_unset() {
        "r"
    } else {
        mode.as_str().unwrap_or("r")
    }
    .to_owned();
    let mode = parse_mode(vm, &mode_text)?;
    if buffering == 0 && mode.text {
        return Err(vm.value_error("can't have unbuffered text I/O"));
    }
    let mut inner = if by_number {
        let keeps = !close.is_unset() && !vm.truthy(&close)?;
        of_number(vm, &file, keeps)?
    } else {
        open_by_path(vm, &name, &mode)?
    };
    inner.late_at_most = match buffering {
        0 => Late::Nothing,
        1 if mode.text => Late::Line,
        _ => Late::Much,
    };
    let name = match by_number {
        true => file,
        false => vm.str(name),
    };
    let stream = Stream {
        standard: None,
        name,
        mode: mode_text,
        text: mode.text,
        translate: newline.is_unset() || newline.is_none(),
        readable: mode.readable,
        writable: mode.writable,
        closed: Rc::default(),
        inner: Rc::new(RefCell::new(inner)),
    };
    Ok(object(vm, stream))
}

/// The file object of a descriptor that is given away; `mode` is `r` or `w`.
pub(super) fn file_of_descriptor(vm: &mut Vm, fd: OwnedFd, mode: &str, text: bool) -> Value {
    let name = Value::int(i64::from(fd.as_raw_fd()));
    let mut inner = Buffered::new(Some(fd.into()), 0);
    inner.waits = true;
    let stream = Stream {
        standard: None,
        name,
        mode: if text {
            mode.to_owned()
        } else {
            format!("{mode}b")
        },
        text,
        translate: true,
        readable: mode == "r",
        writable: mode == "w",
        closed: Rc::default(),
        inner: Rc::new(RefCell::new(inner)),
    };
    object(vm, stream)
}
