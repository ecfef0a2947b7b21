//! `os.pipe`, `os.read`, `os.write` and their like: files by the number of their descriptor.
//!
//! A read or write that would wait is waited for here, so that Ctrl-C ends it and other threads go
//! on meanwhile; on a descriptor that does not block the system answers at once.

use super::files::path_text;
use super::{Function, add};
use crate::error::{R, Raised};
use crate::native::{Args, NativeFn, Signature};
use crate::objects::ModuleObj;
use crate::permissions::Access;
use crate::threads::Looks;
use crate::value::Value;
use crate::vm::Vm;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::io::IsTerminal as _;
use std::os::fd::{OwnedFd, RawFd};
use std::rc::Rc;
use std::time::Duration;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    ("pipe", NativeFn::F0(pipe), "Make a pipe: two descriptors."),
    ("open", NativeFn::Any(open), "Open a file: its descriptor."),
    ("read", NativeFn::F2(read), "Read up to so many bytes."),
    ("write", NativeFn::F2(write), "Write bytes; how many."),
    ("close", NativeFn::F1(close), "Close a descriptor."),
    ("dup", NativeFn::F1(duplicate), "Another number for a file."),
    (
        "set_blocking",
        NativeFn::F2(set_blocking),
        "Whether reads and writes wait.",
    ),
    (
        "get_blocking",
        NativeFn::F1(get_blocking),
        "Whether reads and writes wait.",
    ),
    ("isatty", NativeFn::F1(is_tty), "Whether it is a terminal."),
    ("fsync", NativeFn::F1(sync), "Have a file written to disk."),
];

const FLAGS: [(&str, OFlags); 12] = [
    ("O_RDONLY", OFlags::RDONLY),
    ("O_WRONLY", OFlags::WRONLY),
    ("O_RDWR", OFlags::RDWR),
    ("O_CREAT", OFlags::CREATE),
    ("O_EXCL", OFlags::EXCL),
    ("O_TRUNC", OFlags::TRUNC),
    ("O_APPEND", OFlags::APPEND),
    ("O_NONBLOCK", OFlags::NONBLOCK),
    ("O_NDELAY", OFlags::NONBLOCK),
    ("O_SYNC", OFlags::SYNC),
    ("O_CLOEXEC", OFlags::CLOEXEC),
    ("O_DIRECTORY", OFlags::DIRECTORY),
];

/// So much can be written to a pipe that has room at all.
const PIECE: usize = 4096;

/// What is asked of the system at once at most.
const MOST: usize = 1 << 26;

/// Puts the flags of `open` into the module.
pub fn add_flags(vm: &mut Vm, module: &ModuleObj) {
    for (name, flag) in FLAGS {
        add(vm, module, name, Value::int(i64::from(flag.bits())));
    }
}

fn failed(vm: &mut Vm, error: Errno) -> Raised {
    vm.raise_io_error(&error.into(), None)
}

/// The number of a descriptor.
///
/// # Errors
/// `TypeError`, `OverflowError`.
pub fn number(vm: &mut Vm, value: &Value) -> R<RawFd> {
    let number = vm.index_i64(value)?;
    match RawFd::try_from(number) {
        Ok(number) => Ok(number),
        Err(_) if number > 0 => Err(vm.overflow_error("Python int too large to convert to C int")),
        Err(_) => Err(vm.overflow_error("Python int too small to convert to C int")),
    }
}

fn find(vm: &mut Vm, value: &Value) -> R<Rc<OwnedFd>> {
    let number = number(vm, value)?;
    let found = vm.descriptors.find(number);
    found.map_err(|error| vm.raise_io_error(&error, None))
}

fn kept(vm: &mut Vm, fd: OwnedFd) -> Value {
    Value::int(i64::from(vm.descriptors.keep(fd)))
}

fn pipe(vm: &mut Vm) -> R {
    match std::io::pipe() {
        Ok((reader, writer)) => {
            let pair = vec![kept(vm, reader.into()), kept(vm, writer.into())];
            Ok(Value::tuple(pair))
        }
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

fn open(vm: &mut Vm, args: Args<'_>) -> R {
    const OPEN: Signature = Signature {
        name: "open",
        params: &["path", "flags", "mode"],
        positional: 3,
        required: 2,
    };
    let [path, flags, mode]: [Value; 3] = vm.bind(args, &OPEN)?;
    let path = path_text(vm, &path)?;
    let flags = number(vm, &flags)?.cast_unsigned();
    let mode = match mode.is_unset() {
        true => 0o777,
        false => number(vm, &mode)?.cast_unsigned(),
    };
    let flags = OFlags::from_bits_retain(flags);
    let kind = flags & OFlags::ACCMODE;
    if kind != OFlags::WRONLY {
        vm.permit(Access::Read, Some(&path))?;
    }
    if kind != OFlags::RDONLY || flags.intersects(OFlags::CREATE | OFlags::TRUNC) {
        vm.permit(Access::Write, Some(&path))?;
    }
    let mode = Mode::from_raw_mode(mode);
    match rustix::fs::open(path.as_str(), flags | OFlags::CLOEXEC, mode) {
        Ok(fd) => Ok(kept(vm, fd)),
        Err(error) => Err(vm.raise_io_error(&error.into(), Some(&path))),
    }
}

/// Waits until there is something to read, or room; not where the system is not to wait.
fn wait(vm: &mut Vm, fd: &OwnedFd, what: PollFlags) -> R<()> {
    let flags = rustix::fs::fcntl_getfl(fd).unwrap_or(OFlags::empty());
    if flags.contains(OFlags::NONBLOCK) {
        return Ok(());
    }
    let mut looks = Looks::default();
    let mut left = Duration::MAX;
    loop {
        let mut fds = [PollFd::new(fd, what)];
        if looks.look(vm, &mut left, |timeout| poll(&mut fds, Some(timeout)))? {
            return Ok(());
        }
    }
}

fn read(vm: &mut Vm, fd: &Value, count: &Value) -> R {
    let fd = find(vm, fd)?;
    let count = vm.index_i64(count)?;
    let Ok(count) = usize::try_from(count) else {
        return Err(failed(vm, Errno::INVAL));
    };
    wait(vm, &fd, PollFlags::IN)?;
    let mut bytes = vec![0; count.min(MOST)];
    match rustix::io::retry_on_intr(|| rustix::io::read(&fd, &mut bytes)) {
        Ok(got) => {
            bytes.truncate(got);
            Ok(Value::bytes(bytes))
        }
        Err(error) => Err(failed(vm, error)),
    }
}

fn write(vm: &mut Vm, fd: &Value, data: &Value) -> R {
    let number = number(vm, fd)?;
    let fd = find(vm, fd)?;
    let bytes = match data.as_bytes_obj() {
        Some(bytes) => bytes.data().to_vec(),
        None => {
            let given = vm.type_name(data);
            return Err(vm.type_error(format!("a bytes-like object is required, not '{given}'")));
        }
    };
    if number == 1 && vm.out.capture.is_some() {
        let written = vm.out.write_bytes(&bytes);
        written.map_err(|error| vm.raise_io_error(&error, None))?;
        return Ok(Value::int(bytes.len() as i64));
    }
    vm.send_held()?;
    let written = write_all(vm, &fd, &bytes)?;
    Ok(Value::int(written as i64))
}

/// Writes all of it, in pieces that a pipe with room takes at once; what fits in one that does not
/// block.
fn write_all(vm: &mut Vm, fd: &OwnedFd, bytes: &[u8]) -> R<usize> {
    let is_pipe = rustix::fs::fstat(fd)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    let flags = rustix::fs::fcntl_getfl(fd).unwrap_or(OFlags::empty());
    let waits = is_pipe && !flags.contains(OFlags::NONBLOCK);
    let mut done = 0;
    loop {
        let rest = bytes.get(done..).unwrap_or_default();
        let piece = match waits {
            true => rest.get(..PIECE).unwrap_or(rest),
            false => rest,
        };
        wait(vm, fd, PollFlags::OUT)?;
        match rustix::io::retry_on_intr(|| rustix::io::write(fd, piece)) {
            Ok(count) => done += count,
            Err(error) => return Err(failed(vm, error)),
        }
        if !waits || done >= bytes.len() {
            return Ok(done);
        }
    }
}

fn close(vm: &mut Vm, fd: &Value) -> R {
    let number = number(vm, fd)?;
    if vm.descriptors.remove(number).is_some() {
        return Ok(Value::NONE);
    }
    match vm.descriptors.find(number) {
        Ok(_) => {
            let class = vm.types.not_implemented_error.clone();
            let message = vm.str(format!(
                "unsupported: os.close({number}) of a descriptor that belongs to a file or socket; close that"
            ));
            Err(vm.raise_with(&class, vec![message]))
        }
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

fn duplicate(vm: &mut Vm, fd: &Value) -> R {
    let fd = find(vm, fd)?;
    match rustix::io::fcntl_dupfd_cloexec(&fd, 0) {
        Ok(copy) => Ok(kept(vm, copy)),
        Err(error) => Err(failed(vm, error)),
    }
}

fn set_blocking(vm: &mut Vm, fd: &Value, blocking: &Value) -> R {
    let fd = find(vm, fd)?;
    let blocking = vm.truthy(blocking)?;
    match rustix::io::ioctl_fionbio(&fd, !blocking) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(failed(vm, error)),
    }
}

fn get_blocking(vm: &mut Vm, fd: &Value) -> R {
    let fd = find(vm, fd)?;
    match rustix::fs::fcntl_getfl(&fd) {
        Ok(flags) => Ok(Value::bool(!flags.contains(OFlags::NONBLOCK))),
        Err(error) => Err(failed(vm, error)),
    }
}

fn is_tty(vm: &mut Vm, fd: &Value) -> R {
    let number = number(vm, fd)?;
    let found = vm.descriptors.find(number);
    Ok(Value::bool(found.is_ok_and(|fd| fd.is_terminal())))
}

fn sync(vm: &mut Vm, fd: &Value) -> R {
    let fd = find(vm, fd)?;
    match rustix::fs::fsync(&fd) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(failed(vm, error)),
    }
}
