//! `os.stat` and its kin: what the system knows of files.
//!
//! `os.stat_result` is a tuple of ten numbers with nineteen attributes. An instance is made with
//! its attributes in place: programs that look after files ask this often.

use super::paths::{Path, no_path};
use super::{Function, add, add_functions};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Method, NativeFn, Signature};
use crate::objects::{ClassObj, InstanceObj, Layout, ModuleObj, Payload, Shape};
use crate::permissions::Access;
use crate::types::type_type::native_class;
use crate::value::Value;
use crate::vm::Vm;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::cell::Cell;

/// The table of functions; `_os` carries them.
const FUNCTIONS: &[Function] = &[
    (
        "exists",
        NativeFn::F1(|vm, path| ask(vm, path, Follow::Yes, |_| true)),
        "Whether there is such a file or folder.",
    ),
    (
        "lexists",
        NativeFn::F1(|vm, path| ask(vm, path, Follow::No, |_| true)),
        "Whether there is such a file, folder or link.",
    ),
    (
        "isfile",
        NativeFn::F1(|vm, path| ask(vm, path, Follow::Yes, |kind| kind == FileType::RegularFile)),
        "Whether it is a regular file.",
    ),
    (
        "isdir",
        NativeFn::F1(|vm, path| ask(vm, path, Follow::Yes, |kind| kind == FileType::Directory)),
        "Whether it is a folder.",
    ),
    (
        "islink",
        NativeFn::F1(|vm, path| ask(vm, path, Follow::No, |kind| kind == FileType::Symlink)),
        "Whether it is a symbolic link.",
    ),
    ("stat", NativeFn::Any(stat), "What is known of a file."),
    (
        "fstat",
        NativeFn::F1(fstat),
        "What is known of the file of a descriptor.",
    ),
    (
        "lstat",
        NativeFn::Any(lstat),
        "What is known of a file; of a link itself.",
    ),
];

/// The attributes of `os.stat_result`. The first [`SEQUENCE`] are its items as well, where times
/// are ints.
const ATTRIBUTES: [&str; 16] = [
    "st_mode",
    "st_ino",
    "st_dev",
    "st_nlink",
    "st_uid",
    "st_gid",
    "st_size",
    "st_atime",
    "st_mtime",
    "st_ctime",
    "st_atime_ns",
    "st_mtime_ns",
    "st_ctime_ns",
    "st_blksize",
    "st_blocks",
    "st_rdev",
];

/// How many items there are.
const SEQUENCE: usize = 10;

/// How many there are in all: three times are items as ints and attributes as floats.
const FIELDS: usize = ATTRIBUTES.len() + 3;

/// The methods of `os.stat_result`.
const METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(new),
        "Make one from a sequence of 10 to 19 items.",
    ),
    Method::new("__repr__", NativeFn::F1(repr), "Return repr(self)."),
];

/// What instances of `os.stat_result` are made of.
pub struct StatResult {
    class: Ref<ClassObj>,
    /// With all attributes.
    shape: &'static Shape,
}

/// Adds to `_os`.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) {
    add_functions(vm, module, FUNCTIONS);
    let base = vm.types.tuple.clone();
    let class = native_class(vm, "stat_result", "os", &base, Layout::Base, METHODS);
    for (name, count) in [
        ("n_fields", FIELDS),
        ("n_sequence_fields", SEQUENCE),
        ("n_unnamed_fields", 3),
    ] {
        let name = vm.intern(name);
        class.dict.set_name(&name, Value::int(count as i64));
    }
    add(vm, module, "stat_result", class.to_value());
    let mut shape = class.root_shape;
    for name in ATTRIBUTES {
        let name = vm.intern(name);
        shape = vm.next_shape(shape, &name);
    }
    vm.stat_result = Some(StatResult { class, shape });
}

/// An `os.stat_result` of its items and the attributes that are no items: the times as floats,
/// then the other six.
fn made(vm: &mut Vm, items: [Value; SEQUENCE], others: [Value; FIELDS - SEQUENCE]) -> R {
    let Some(StatResult { class, shape }) = &vm.stat_result else {
        return Err(vm.runtime_error("os is not imported"));
    };
    let mut slots = Vec::with_capacity(ATTRIBUTES.len());
    slots.extend_from_slice(
        items
            .split_last_chunk::<3>()
            .map_or(&[], |(first, _)| first),
    );
    slots.extend(others);
    Ok(Value::new(InstanceObj {
        class: GcCell::new(class.clone()),
        shape: Cell::new(*shape),
        slots: GcCell::new(slots),
        payload: GcCell::new(Payload::Base(Value::tuple(items))),
        finalized: Cell::new(false),
        weakly: Cell::new(false),
    }))
}

fn new(vm: &mut Vm, args: Args<'_>) -> R {
    let [_, sequence] = args.pos else {
        return Err(vm.type_error("structseq() missing required argument 'sequence' (pos 1)"));
    };
    let mut items = match vm.collect(sequence) {
        Ok(items) => items,
        Err(raised) if !vm.pending_is(&vm.types.type_error.clone()) => return Err(raised),
        Err(_) => {
            drop(vm.take_pending());
            return Err(vm.type_error("constructor requires a sequence"));
        }
    };
    let given = items.len();
    let wrong = match given {
        ..SEQUENCE => Some(("least", SEQUENCE)),
        SEQUENCE..=FIELDS => None,
        _ => Some(("most", FIELDS)),
    };
    if let Some((which, count)) = wrong {
        return Err(vm.type_error(format!(
            "os.stat_result() takes an at {which} {count}-sequence ({given}-sequence given)"
        )));
    }
    // Where the times are not given as floats they are what the items say.
    for at in given..FIELDS {
        let time = (at < SEQUENCE + 3).then(|| items.get(at - 3).cloned());
        items.push(time.flatten().unwrap_or(Value::NONE));
    }
    let others = items.split_off(SEQUENCE);
    match (items.try_into(), others.try_into()) {
        (Ok(items), Ok(others)) => made(vm, items, others),
        (Ok(_) | Err(_), _) => Err(vm.type_error("constructor requires a sequence")),
    }
}

fn repr(vm: &mut Vm, object: &Value) -> R {
    let mut text = String::from("os.stat_result(");
    for (at, (name, item)) in ATTRIBUTES.iter().zip(vm.collect(object)?).enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        text.push_str(&format!("{separator}{name}={}", vm.repr(&item)?));
    }
    text.push(')');
    Ok(vm.str(text))
}

/// Whether a link stands for what it points to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Yes,
    No,
}

const NO_STATUS: fn(&str) -> String =
    |given| format!("stat: path should be string, bytes, os.PathLike or integer, not {given}");

/// What the system knows of a path; a number is a descriptor.
fn status(vm: &mut Vm, path: &Value, follow: Follow) -> R<Result<Stat, Errno>> {
    if let Some(number) = path.as_index() {
        vm.permit(Access::Read, None)?;
        return Ok(rustix::fs::stat(format!("/dev/fd/{number}")).map_err(|_| Errno::BADF));
    }
    let path = match Path::new(vm, path) {
        Ok(path) => path,
        Err(raised) => return Err(no_path(vm, path, raised, NO_STATUS)),
    };
    vm.permit_path(Access::Read, path.bytes())?;
    Ok(match follow {
        Follow::Yes => rustix::fs::stat(path.bytes()),
        Follow::No => rustix::fs::lstat(path.bytes()),
    })
}

fn ask(vm: &mut Vm, path: &Value, follow: Follow, is: fn(FileType) -> bool) -> R {
    let found = status(vm, path, follow)?;
    let found = found.is_ok_and(|stat| is(FileType::from_raw_mode(stat.st_mode as _)));
    Ok(Value::bool(found))
}

fn stat(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "stat",
        params: &["path", "dir_fd", "follow_symlinks"],
        positional: 1,
        required: 1,
    };
    if let ([path], []) = (args.pos, args.kw) {
        return told(vm, path, Follow::Yes);
    }
    let [path, folder, follows] = vm.bind::<3>(args, &SIGNATURE)?;
    refuse_folder(vm, &folder)?;
    let follows = follows.is_unset() || vm.truthy(&follows)?;
    told(vm, &path, if follows { Follow::Yes } else { Follow::No })
}

fn fstat(vm: &mut Vm, descriptor: &Value) -> R {
    let number = vm.index_i64(descriptor)?;
    told(vm, &Value::int(number), Follow::Yes)
}

fn lstat(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "lstat",
        params: &["path", "dir_fd"],
        positional: 1,
        required: 1,
    };
    let [path, folder] = vm.bind::<2>(args, &SIGNATURE)?;
    refuse_folder(vm, &folder)?;
    told(vm, &path, Follow::No)
}

fn refuse_folder(vm: &mut Vm, folder: &Value) -> R<()> {
    if folder.is_unset() || folder.is_none() {
        return Ok(());
    }
    Err(vm.not_implemented_error("os.stat: dir_fd is not supported"))
}

fn told(vm: &mut Vm, path: &Value, follow: Follow) -> R {
    let found = match status(vm, path, follow)? {
        Ok(found) => found,
        Err(Errno::INVAL) => return Err(vm.value_error("stat: embedded null character in path")),
        Err(error) => {
            let shown = Path::new(vm, path).map(|path| path.bytes().to_vec());
            let shown = shown.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            if shown.is_err() {
                drop(vm.take_pending());
            }
            return Err(vm.raise_io_error(&error.into(), shown.ok().as_deref()));
        }
    };
    let times = [
        (found.st_atime, found.st_atime_nsec as i64),
        (found.st_mtime, found.st_mtime_nsec as i64),
        (found.st_ctime, found.st_ctime_nsec as i64),
    ];
    let [accessed, modified, changed] = times.map(|(seconds, _)| seconds);
    let items = [
        i64::from(found.st_mode),
        found.st_ino as i64,
        found.st_dev as i64,
        found.st_nlink as i64,
        i64::from(found.st_uid),
        i64::from(found.st_gid),
        found.st_size,
        accessed,
        modified,
        changed,
    ];
    let [a, m, c] = times.map(|(secs, nanos)| Value::float(secs as f64 + 1e-9 * nanos as f64));
    let [a_ns, m_ns, c_ns] = times
        .map(|(secs, nanos)| Value::int(secs.saturating_mul(1_000_000_000).saturating_add(nanos)));
    let others = [
        a,
        m,
        c,
        a_ns,
        m_ns,
        c_ns,
        Value::int(found.st_blksize as i64),
        Value::int(found.st_blocks as i64),
        Value::int(found.st_rdev as i64),
    ];
    made(vm, items.map(Value::int), others)
}
