//! `_processes`: starting children, waiting for them, talking to them. What `subprocess` and
//! `asyncio.subprocess` are made of.
//!
//! A child is reaped once, by whoever sees first that it has ended; its status stays with it. One
//! that nobody waits for is reaped when its object dies, if it has ended by then.

use super::descriptors::duplicate;
use super::opening::{file_of_descriptor, path_text};
use super::{Function, add_functions};
use crate::asyncio::{native_data, seconds};
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::{ModuleObj, NativeData};
use crate::permissions::Access;
use crate::threads::Looks;
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Clock as _, SystemClock, Time};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

const FUNCTIONS: &[Function] = &[
    (
        "spawn",
        NativeFn::Range(9, 9, spawn),
        "Start a child: it and the files of its pipes.",
    ),
    ("pid", NativeFn::F1(pid), "The number of a child."),
    (
        "poll",
        NativeFn::F1(poll_child),
        "How a child ended, or None.",
    ),
    (
        "wait",
        NativeFn::F2(wait),
        "Wait for a child; None when the time is over.",
    ),
    (
        "send_signal",
        NativeFn::F2(send_signal),
        "Send a signal to a child that has not ended.",
    ),
    (
        "exchange",
        NativeFn::Range(5, 5, exchange),
        "Write and read the pipes of a child until they end.",
    ),
    (
        "watch",
        NativeFn::F3(crate::asyncio::watch_child),
        "Call a function when a child has ended.",
    ),
    (
        "waiting_for_child",
        NativeFn::F2(crate::asyncio::waiting_for_child),
        "Await a future that says what it is for.",
    ),
];

/// `PIPE`, `STDOUT` and `DEVNULL` of `subprocess`.
const PIPE: i64 = -1;
const STDOUT: i64 = -2;
const DEVNULL: i64 = -3;

/// What is read or written at once. A pipe that can be written takes as much without waiting.
const CHUNK: usize = 4096;

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    Ok(())
}

/// A child.
pub struct ChildData {
    child: RefCell<Child>,
    /// The number of the process.
    pub pid: u32,
    status: Cell<Option<ExitStatus>>,
}

impl NativeData for ChildData {
    fn visit(&self, _visitor: &mut dyn FnMut(&Value)) {}
}

impl Drop for ChildData {
    fn drop(&mut self) {
        // One that still runs is left alone, as in CPython.
        let _ = self.reap();
    }
}

impl ChildData {
    /// Reaps it if it has ended; how it ended, as Python counts: minus the signal that killed it.
    pub fn reap(&self) -> Option<i64> {
        if self.status.get().is_none()
            && let Ok(Some(status)) = self.child.borrow_mut().try_wait()
        {
            self.status.set(Some(status));
        }
        let status = self.status.get()?;
        let code = status.code().map(i64::from);
        code.or_else(|| status.signal().map(|signal| -i64::from(signal)))
    }

    /// Ends it, whatever it does, and reaps it.
    pub fn kill(&self) {
        if self.reap().is_some() {
            return;
        }
        let mut child = self.child.borrow_mut();
        // A child that has just ended by itself is reaped all the same.
        let _ = child.kill();
        if let Ok(status) = child.wait() {
            self.status.set(Some(status));
        }
    }
}

/// The child in an object of the script.
///
/// # Errors
/// `TypeError`
pub fn child_of(vm: &mut Vm, value: &Value) -> R<Rc<ChildData>> {
    match native_data::<ChildData>(value) {
        Some(child) => Ok(child),
        None => Err(vm.type_error("a child process was expected")),
    }
}

/// One of the three streams of a child, and our end of it.
struct Side {
    stdio: Stdio,
    ours: Option<OwnedFd>,
    /// The child's end once more, for `stderr=STDOUT`.
    again: Option<OwnedFd>,
}

impl Side {
    fn of_fd(fd: OwnedFd) -> io::Result<Side> {
        Ok(Side {
            again: Some(fd.try_clone()?),
            stdio: Stdio::from(fd),
            ours: None,
        })
    }

    fn pipe(child_reads: bool) -> io::Result<Side> {
        let (reader, writer) = io::pipe()?;
        let (theirs, ours) = if child_reads {
            (OwnedFd::from(reader), OwnedFd::from(writer))
        } else {
            (OwnedFd::from(writer), OwnedFd::from(reader))
        };
        let mut side = Side::of_fd(theirs)?;
        side.ours = Some(ours);
        Ok(side)
    }
}

/// What the script gave for a stream.
fn side(
    vm: &mut Vm,
    spec: &Value,
    child_reads: bool,
    inherited: fn() -> io::Result<OwnedFd>,
) -> R<Side> {
    let made = match spec.as_index() {
        _ if spec.is_none() => Ok(Side {
            stdio: Stdio::inherit(),
            ours: None,
            again: inherited().ok(),
        }),
        Some(PIPE) => Side::pipe(child_reads),
        Some(DEVNULL) => {
            let file = File::options().read(true).write(true).open("/dev/null");
            file.and_then(|file| Side::of_fd(file.into()))
        }
        Some(number) => {
            let path = format!("/dev/fd/{number}");
            let file = File::options()
                .read(child_reads)
                .write(!child_reads)
                .open(path);
            file.and_then(|file| Side::of_fd(file.into()))
        }
        None => {
            let fd = duplicate(vm, spec)?;
            Side::of_fd(fd)
        }
    };
    made.map_err(|error| vm.raise_io_error(&error, None))
}

/// `spawn(args, executable, stdin, stdout, stderr, cwd, env, own_group, text)`
fn spawn(vm: &mut Vm, args: &[Value]) -> R {
    let [
        words_given,
        executable,
        stdin_spec,
        stdout_spec,
        stderr_spec,
        folder,
        env,
        own_group,
        text,
    ] = args
    else {
        return Err(vm.type_error("spawn() takes 9 arguments"));
    };
    let mut words = Vec::new();
    for word in vm.collect(words_given)? {
        words.push(path_text(vm, &word)?);
    }
    vm.permit(Access::Run, words.first().map(String::as_str))?;
    vm.send_held()?;
    let Some((first, rest)) = words.split_first() else {
        return Err(vm.index_error("list index out of range"));
    };
    if words.iter().any(|word| word.contains('\0')) {
        return Err(vm.value_error("embedded null byte"));
    }
    let program = if executable.is_none() {
        first.clone()
    } else {
        path_text(vm, executable)?
    };
    let mut command = Command::new(&program);
    command.arg0(first).args(rest);
    let stdin = side(vm, stdin_spec, true, || {
        std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()
    })?;
    let mut stdout = side(vm, stdout_spec, false, || {
        std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()
    })?;
    let stderr = if stderr_spec.as_index() == Some(STDOUT) {
        match stdout.again.take() {
            Some(fd) => Side {
                stdio: Stdio::from(fd),
                ours: None,
                again: None,
            },
            None => return Err(vm.value_error("stdout is not available for stderr=STDOUT")),
        }
    } else {
        side(vm, stderr_spec, false, || {
            std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()
        })?
    };
    drop(stdout.again.take());
    let folder = if folder.is_none() {
        None
    } else {
        Some(path_text(vm, folder)?)
    };
    if let Some(folder) = &folder {
        command.current_dir(folder);
    }
    set_environment(vm, &mut command, env)?;
    if vm.truthy(own_group)? {
        command.process_group(0);
    }
    let (ours_in, ours_out, ours_err) = (stdin.ours, stdout.ours, stderr.ours);
    command
        .stdin(stdin.stdio)
        .stdout(stdout.stdio)
        .stderr(stderr.stdio);
    drop((stdin.again, stderr.again));
    let spawned = command.spawn();
    // The ends of the child would keep our pipes from ending.
    drop(command);
    let child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let missing = folder.filter(|folder| !std::path::Path::new(folder).is_dir());
            return Err(vm.raise_io_error(&error, Some(&missing.unwrap_or(program))));
        }
    };
    let text = vm.truthy(text)?;
    let pid = child.id();
    let child = Rc::new(ChildData {
        child: RefCell::new(child),
        pid,
        status: Cell::new(None),
    });
    let mut parts = vec![child_object(vm, child)];
    for (fd, mode) in [(ours_in, "w"), (ours_out, "r"), (ours_err, "r")] {
        parts.push(match fd {
            Some(fd) => file_of_descriptor(vm, fd, mode, text),
            None => Value::NONE,
        });
    }
    Ok(Value::tuple(parts))
}

fn child_object(vm: &mut Vm, child: Rc<ChildData>) -> Value {
    let class = vm.async_class(crate::asyncio::AsyncClass::_Child);
    crate::types::type_type::new_instance(&class, crate::objects::Payload::Native(child))
}

/// A mapping replaces the environment; `None` means what `os.environ` holds now.
fn set_environment(vm: &mut Vm, command: &mut Command, env: &Value) -> R<()> {
    let env = if env.is_none() {
        let os = vm.intern("os");
        let Some(os) = vm.modules.get_name(&os) else {
            return Ok(());
        };
        let name = vm.intern("environ");
        match vm.get_attr_opt(&os, &name)? {
            Some(environ) => environ,
            None => return Ok(()),
        }
    } else {
        env.clone()
    };
    command.env_clear();
    let items = vm.intern("items");
    let items = vm.call_method(&env, &items, &[])?;
    for pair in vm.collect(&items)? {
        let pair = vm.collect(&pair)?;
        if let [name, value] = &*pair {
            let (name, value) = (path_text(vm, name)?, path_text(vm, value)?);
            command.env(name, value);
        }
    }
    Ok(())
}

fn pid(vm: &mut Vm, child: &Value) -> R {
    Ok(Value::int(i64::from(child_of(vm, child)?.pid)))
}

fn code_or_none(code: Option<i64>) -> Value {
    code.map_or(Value::NONE, Value::int)
}

fn poll_child(vm: &mut Vm, child: &Value) -> R {
    Ok(code_or_none(child_of(vm, child)?.reap()))
}

/// When a timeout in seconds, or `None`, is over.
fn deadline(vm: &mut Vm, clock: &SystemClock, timeout: &Value) -> R<Time> {
    if timeout.is_none() {
        return Ok(Time::NEVER);
    }
    let delay = seconds(vm, timeout)?;
    Ok(clock.now().after_secs_f64(delay))
}

fn wait(vm: &mut Vm, child: &Value, timeout: &Value) -> R {
    let child = child_of(vm, child)?;
    let clock = SystemClock::new();
    let end = deadline(vm, &clock, timeout)?;
    let Some(pid) = rustix::process::Pid::from_raw(child.pid.cast_signed()) else {
        return Ok(Value::NONE);
    };
    // Without a descriptor the child is asked again and again.
    let ended = match child.reap() {
        Some(_) => None,
        None => rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok(),
    };
    let mut looks = Looks::default();
    loop {
        if let Some(code) = child.reap() {
            return Ok(Value::int(code));
        }
        let mut left = end.since(clock.now());
        if left.is_zero() {
            return Ok(Value::NONE);
        }
        looks.look(vm, &mut left, |timeout| match &ended {
            Some(fd) => poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(timeout)),
            None => {
                clock.pass(Duration::try_from(*timeout).unwrap_or_default());
                Ok(0)
            }
        })?;
    }
}

fn send_signal(vm: &mut Vm, child: &Value, signal: &Value) -> R {
    let child = child_of(vm, child)?;
    if child.reap().is_some() {
        return Ok(Value::FALSE);
    }
    let pid = Value::int(i64::from(child.pid));
    super::signals::kill(vm, &pid, signal)?;
    Ok(Value::TRUE)
}

/// A pipe of a child that is read to its end.
struct Incoming {
    pipe: Option<File>,
    data: Vec<u8>,
}

impl Incoming {
    fn new(vm: &mut Vm, file: &Value) -> R<Incoming> {
        let pipe = if file.is_none() {
            None
        } else {
            Some(duplicate(vm, file)?.into())
        };
        Ok(Incoming {
            pipe,
            data: Vec::new(),
        })
    }

    fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        let mut buffer = [0; 16 * CHUNK];
        match pipe.read(&mut buffer) {
            Ok(count) if count > 0 => self
                .data
                .extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => self.pipe = None,
        }
    }
}

/// `exchange(stdin, data, stdout, stderr, timeout)`: what was read, and whether all ended in time.
fn exchange(vm: &mut Vm, args: &[Value]) -> R {
    let [stdin, input, stdout, stderr, timeout] = args else {
        return Err(vm.type_error("exchange() takes 5 arguments"));
    };
    let clock = SystemClock::new();
    let end = deadline(vm, &clock, timeout)?;
    let mut outgoing: Option<File> = if stdin.is_none() {
        None
    } else {
        Some(duplicate(vm, stdin)?.into())
    };
    if outgoing.is_some() {
        // Ours is the only end then, so that the child sees the end of its input.
        let close = vm.names.close.clone();
        vm.call_method(stdin, &close, &[])?;
    }
    let data = input
        .as_bytes_obj()
        .map_or(Vec::new(), |b| b.data().to_vec());
    let mut sent = 0;
    let mut looks = Looks::default();
    let (mut out, mut err) = (Incoming::new(vm, stdout)?, Incoming::new(vm, stderr)?);
    let in_time = loop {
        if sent == data.len() {
            outgoing = None;
        }
        if outgoing.is_none() && out.pipe.is_none() && err.pipe.is_none() {
            break true;
        }
        let mut left = end.since(clock.now());
        if left.is_zero() {
            break false;
        }
        let mut able = [false; 3];
        let found = looks.look(vm, &mut left, |timeout| {
            able = ready(&outgoing, &out.pipe, &err.pipe, timeout)?;
            Ok(able.iter().filter(|able| **able).count())
        })?;
        if !found {
            continue;
        }
        looks = Looks::default();
        let [writable, has_out, has_err] = able;
        if writable && let Some(pipe) = &mut outgoing {
            let rest = data.get(sent..).unwrap_or_default();
            match pipe.write(rest.chunks(CHUNK).next().unwrap_or_default()) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A child that does not read its input is no error.
                Err(_) => sent = data.len(),
            }
        }
        if has_out {
            out.read();
        }
        if has_err {
            err.read();
        }
    };
    let parts = vec![
        Value::bytes(out.data),
        Value::bytes(err.data),
        Value::bool(in_time),
    ];
    Ok(Value::tuple(parts))
}

/// Which of the pipes can be used now, or after a while.
fn ready(
    outgoing: &Option<File>,
    out: &Option<File>,
    err: &Option<File>,
    timeout: &Timespec,
) -> Result<[bool; 3], Errno> {
    let pipes = [
        (outgoing, PollFlags::OUT),
        (out, PollFlags::IN),
        (err, PollFlags::IN),
    ];
    let open = pipes
        .iter()
        .filter_map(|(pipe, flags)| Some((pipe.as_ref()?, *flags)));
    let mut fds: Vec<PollFd<'_>> = open.map(|(pipe, flags)| PollFd::new(pipe, flags)).collect();
    poll(&mut fds, Some(timeout))?;
    let mut answers = fds.iter().map(|fd| !fd.revents().is_empty());
    Ok(pipes.map(|(pipe, _)| pipe.is_some() && answers.next().unwrap_or(false)))
}
