//! `os.path` in Rust: paths as text.
//!
//! A path is a `str` or `bytes`; what a function cuts out of it is of the same type. Every cut is
//! at a `/` or a `.`, so a text is cut between characters. What is rarely asked is text of our own
//! language in `lib/os_path.aio`.

use super::Function;
use crate::error::{R, Raised};
use crate::native::{Arguments, MANY, NativeFn};
use crate::types::text_values::text_value;
use crate::value::Value;
use crate::vm::Vm;

/// The table of functions; `_os` carries them.
pub const FUNCTIONS: &[Function] = &[
    ("fspath", NativeFn::F1(fspath), "The text of a path."),
    (
        "join",
        NativeFn::Range(1, MANY, join),
        "Paths put together; an absolute one begins anew.",
    ),
    ("split", NativeFn::F1(split), "Folder and last name."),
    (
        "splitext",
        NativeFn::F1(splitext),
        "What is before the ending, and the ending.",
    ),
    ("basename", NativeFn::F1(basename), "The last name."),
    ("dirname", NativeFn::F1(dirname), "The folder."),
    (
        "isabs",
        NativeFn::F1(isabs),
        "Whether a path begins at the root.",
    ),
    (
        "normpath",
        NativeFn::F1(normpath),
        "A path without `.`, `..` and double slashes.",
    ),
];

/// A string or bytes that is a path.
///
/// # Errors
/// `TypeError` for a value that is no path.
fn fspath(vm: &mut Vm, path: &Value) -> R {
    if is_plain(path) {
        return Ok(path.clone());
    }
    if let Some(base) = path.as_instance().and_then(|i| i.base_value())
        && is_plain(&base)
    {
        return Ok(path.clone());
    }
    let hook = vm.names.__fspath__.clone();
    let given = vm.type_name(path);
    let Some(found) = vm.call_special(path, &hook, &[])? else {
        return Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {given}"
        )));
    };
    if is_plain(&found) {
        return Ok(found);
    }
    let gave = vm.type_name(&found);
    Err(vm.type_error(format!(
        "expected {given}.__fspath__() to return str or bytes, not {gave}"
    )))
}

fn is_plain(path: &Value) -> bool {
    path.as_str().is_some() || path.as_bytes_obj().is_some()
}

/// A path to cut: exactly a `str` or `bytes`.
pub struct Path(Value);

impl Path {
    /// The path that a value is.
    ///
    /// # Errors
    /// `TypeError` for a value that is no path.
    pub fn new(vm: &mut Vm, path: &Value) -> R<Path> {
        let path = fspath(vm, path)?;
        let base = path.as_instance().and_then(|i| i.base_value());
        Ok(Path(base.unwrap_or(path)))
    }

    fn is_text(&self) -> bool {
        self.0.as_str().is_some()
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        match (self.0.as_str(), self.0.as_bytes_obj()) {
            (Some(text), _) => text.as_bytes(),
            (None, Some(bytes)) => bytes.data(),
            (None, None) => &[],
        }
    }

    /// A value of the same type.
    fn part(&self, bytes: &[u8]) -> Value {
        if bytes.len() == self.bytes().len() {
            return self.0.clone();
        }
        made(self.is_text(), bytes)
    }
}

/// A `str` or `bytes` of what was cut from, or put together of, values of that type.
fn made(is_text: bool, bytes: &[u8]) -> Value {
    if is_text {
        text_value(std::str::from_utf8(bytes).unwrap_or_default())
    } else {
        Value::bytes(bytes)
    }
}

fn join(vm: &mut Vm, args: &[Value]) -> R {
    let first = Path::new(vm, args.at(0))?;
    let is_text = first.is_text();
    let mut joined = first.bytes().to_vec();
    for part in args.rest(1) {
        let part = match Path::new(vm, part) {
            Ok(part) if part.is_text() == is_text => part,
            Ok(_) => return Err(vm.type_error("Can't mix strings and bytes in path components")),
            Err(raised) => return Err(no_path(vm, part, raised, NOT_JOINED)),
        };
        let part = part.bytes();
        if part.first() == Some(&b'/') {
            joined.clear();
        } else if !joined.is_empty() && joined.last() != Some(&b'/') {
            joined.push(b'/');
        }
        joined.extend_from_slice(part);
    }
    Ok(made(is_text, &joined))
}

const NOT_JOINED: fn(&str) -> String =
    |given| format!("join() argument must be str, bytes, or os.PathLike object, not '{given}'");

/// A `TypeError` about a value that is no path, in the words of the function that wanted one.
#[cold]
pub fn no_path(vm: &mut Vm, path: &Value, raised: Raised, words: fn(&str) -> String) -> Raised {
    if !vm.pending_is(&vm.types.type_error.clone()) {
        return raised;
    }
    drop(vm.take_pending());
    let given = vm.type_name(path);
    vm.type_error(words(&given))
}

/// Where the last name begins.
fn name_start(path: &[u8]) -> usize {
    memchr::memrchr(b'/', path).map_or(0, |at| at + 1)
}

/// The folder of a path, without the slash that ends it unless there is nothing else.
#[expect(clippy::indexing_slicing, reason = "places that were found in it")]
fn folder(path: &[u8]) -> &[u8] {
    let head = &path[..name_start(path)];
    match head.iter().rposition(|byte| *byte != b'/') {
        Some(last) => &head[..=last],
        None => head,
    }
}

#[expect(clippy::indexing_slicing, reason = "a place that was found in it")]
fn last_name(path: &[u8]) -> &[u8] {
    &path[name_start(path)..]
}

fn split(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    let bytes = path.bytes();
    Ok(pair(path.part(folder(bytes)), path.part(last_name(bytes))))
}

fn pair(first: Value, second: Value) -> Value {
    Value::tuple([first, second])
}

fn basename(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    Ok(path.part(last_name(path.bytes())))
}

fn dirname(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    Ok(path.part(folder(path.bytes())))
}

/// The last dot of the last name ends it, unless only dots are before.
fn splitext(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    let bytes = path.bytes();
    let name = last_name(bytes);
    let dot = memchr::memrchr(b'.', name).filter(|dot| {
        let before = name.get(..*dot).unwrap_or_default();
        before.iter().any(|byte| *byte != b'.')
    });
    let at = dot.map_or(bytes.len(), |dot| bytes.len() - name.len() + dot);
    let (root, ending) = bytes.split_at(at);
    Ok(pair(path.part(root), path.part(ending)))
}

fn isabs(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    Ok(Value::bool(path.bytes().first() == Some(&b'/')))
}

/// Whether a path is absolute and surely has nothing that could be left out.
fn is_normal(path: &[u8]) -> bool {
    let plain = |pair: &[u8]| !matches!(pair, [b'/', b'/' | b'.']);
    path.first() == Some(&b'/') && path.last() != Some(&b'/') && path.windows(2).all(plain)
}

fn normpath(vm: &mut Vm, path: &Value) -> R {
    let path = Path::new(vm, path)?;
    if is_normal(path.bytes()) {
        return Ok(path.0);
    }
    // Two slashes, and no more, are a root of their own.
    let root: &[u8] = match path.bytes() {
        [b'/', b'/', b'/', ..] => b"/",
        [b'/', b'/', ..] => b"//",
        [b'/', ..] => b"/",
        _ => b"",
    };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.bytes().split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let mut whole = root.to_vec();
    whole.extend(parts.join(&b'/'));
    if whole.is_empty() {
        whole.push(b'.');
    }
    Ok(made(path.is_text(), &whole))
}
