//! `_signal`: the calls that `signal` is made of, and `os.kill`.

use super::{Function, add_functions, native_function};
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::objects::ModuleObj;
use crate::permissions::Access;
use crate::signals::{Disposition, NSIG};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustix::process::{Pid, Signal};

const FUNCTIONS: &[Function] = &[
    (
        "signal",
        NativeFn::F2(set),
        "Have a signal call a function; gives what it did before.",
    ),
    ("getsignal", NativeFn::F1(get), "What a signal does."),
    (
        "raise_signal",
        NativeFn::F1(raise),
        "Send a signal to this process.",
    ),
    (
        "alarm",
        NativeFn::F1(alarm),
        "Arrange for SIGALRM after so many seconds.",
    ),
    ("pause", NativeFn::F0(pause), "Wait until a signal arrives."),
    (
        "strsignal",
        NativeFn::F1(describe),
        "What the system calls a signal.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    let interrupt = default_int_handler(vm);
    super::add(vm, module, "default_int_handler", interrupt);
    Ok(())
}

fn default_int_handler(vm: &mut Vm) -> Value {
    let make = || {
        native_function(
            "default_int_handler",
            NativeFn::Range(0, 2, |vm, _| {
                let class = vm.types.keyboard_interrupt.clone();
                Err(vm.raise_with(&class, vec![]))
            }),
            "The default handler for SIGINT installed by Python.",
        )
    };
    vm.signals
        .default_int_handler
        .get_or_insert_with(make)
        .clone()
}

/// The table of what the system calls the signals, from 1.
const NAMES: [&str; 31] = [
    "Hangup",
    "Interrupt",
    "Quit",
    "Illegal instruction",
    "Trace/breakpoint trap",
    "Aborted",
    "Bus error",
    "Floating point exception",
    "Killed",
    "User defined signal 1",
    "Segmentation fault",
    "User defined signal 2",
    "Broken pipe",
    "Alarm clock",
    "Terminated",
    "Stack fault",
    "Child exited",
    "Continued",
    "Stopped (signal)",
    "Stopped",
    "Stopped (tty input)",
    "Stopped (tty output)",
    "Urgent I/O condition",
    "CPU time limit exceeded",
    "File size limit exceeded",
    "Virtual timer expired",
    "Profiling timer expired",
    "Window changed",
    "I/O possible",
    "Power failure",
    "Bad system call",
];

fn number(vm: &mut Vm, value: &Value) -> R<i32> {
    match i32::try_from(vm.index_i64(value)?) {
        Ok(signal) if (1..NSIG).contains(&signal) => Ok(signal),
        Ok(_) | Err(_) => Err(vm.value_error("signal number out of range")),
    }
}

fn describe(vm: &mut Vm, signal: &Value) -> R {
    let signal = number(vm, signal)?;
    let name = usize::try_from(signal - 1)
        .ok()
        .and_then(|at| NAMES.get(at));
    Ok(name.map_or(Value::NONE, |name| vm.str(*name)))
}

/// As the script sees it: 0 for the default, 1 for nothing, else the function.
fn shown(vm: &mut Vm, disposition: Disposition) -> Value {
    match disposition {
        Disposition::Default | Disposition::TaskTable => Value::int(0),
        Disposition::Ignore => Value::int(1),
        Disposition::Interrupt | Disposition::CancelMain => default_int_handler(vm),
        Disposition::Call(function) => function,
    }
}

fn get(vm: &mut Vm, signal: &Value) -> R {
    let signal = number(vm, signal)?;
    let disposition = vm.signals.disposition(signal);
    Ok(shown(vm, disposition))
}

fn set(vm: &mut Vm, signal: &Value, handler: &Value) -> R {
    let is_callable = match handler.tag() {
        Tag::Int | Tag::Bool => false,
        _ => {
            let name = vm.names.__call__.clone();
            handler.tag() == Tag::Func
                || handler.tag() == Tag::Native
                || handler.tag() == Tag::Method
                || vm.lookup_special(handler, &name).is_some()
        }
    };
    let disposition = match handler.as_index() {
        Some(0) => Some(Disposition::Default),
        Some(1) => Some(Disposition::Ignore),
        Some(_) => None,
        None if !is_callable => None,
        None => match handler.as_native() {
            Some(native) if native.name == "default_int_handler" => Some(Disposition::Interrupt),
            Some(_) | None => Some(Disposition::Call(handler.clone())),
        },
    };
    let Some(disposition) = disposition else {
        return Err(vm.type_error(
            "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
        ));
    };
    let signal = number(vm, signal)?;
    // What has arrived belongs to the handler that was there.
    vm.check_signals()?;
    let before = vm.signals.disposition(signal);
    let before = shown(vm, before);
    match vm.signals.set(signal, disposition) {
        Ok(()) => Ok(before),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

fn raise(vm: &mut Vm, signal: &Value) -> R {
    let signal = vm.index_i64(signal)?;
    vm.send_held()?;
    match i32::try_from(signal) {
        Ok(0) => {}
        Ok(signal) if (1..NSIG).contains(&signal) => vm.raise_signal(signal)?,
        Ok(_) | Err(_) => {
            let error = std::io::Error::from_raw_os_error(22);
            return Err(vm.raise_io_error(&error, None));
        }
    }
    Ok(Value::NONE)
}

fn alarm(vm: &mut Vm, seconds: &Value) -> R {
    let seconds = vm.index_i64(seconds)?;
    let left = vm.signals.alarm.left();
    vm.signals.alarm.set(u64::try_from(seconds).unwrap_or(0));
    Ok(Value::int(i64::try_from(left).unwrap_or(i64::MAX)))
}

fn pause(vm: &mut Vm) -> R {
    vm.wait_for_signal()?;
    Ok(Value::NONE)
}

/// `os.kill(pid, sig)`; 0 asks whether the process is there.
///
/// # Errors
/// `OSError`; what a handler raises when the process is this one.
pub fn kill(vm: &mut Vm, pid: &Value, signal: &Value) -> R {
    let (pid, signal) = (vm.index_i64(pid)?, vm.index_i64(signal)?);
    let (Ok(raw_pid), Ok(signal)) = (i32::try_from(pid), i32::try_from(signal)) else {
        return Err(vm.overflow_error("signed integer is greater than maximum"));
    };
    vm.send_held()?;
    if raw_pid.unsigned_abs() == std::process::id() && raw_pid > 0 && (1..NSIG).contains(&signal) {
        vm.raise_signal(signal)?;
        return Ok(Value::NONE);
    }
    vm.permit(Access::Run, None)?;
    let result = match raw_pid {
        -1 => Err(rustix::io::Errno::PERM),
        0 => send_to_group(None, signal),
        group if group < 0 => send_to_group(Pid::from_raw(-group), signal),
        _ => send(Pid::from_raw(raw_pid), signal),
    };
    match result {
        Ok(()) => {
            vm.check_signals()?;
            Ok(Value::NONE)
        }
        Err(error) => Err(vm.raise_io_error(&error.into(), None)),
    }
}

fn named(signal: i32) -> rustix::io::Result<Signal> {
    Signal::from_named_raw(signal).ok_or(rustix::io::Errno::INVAL)
}

fn send(pid: Option<Pid>, signal: i32) -> rustix::io::Result<()> {
    let pid = pid.ok_or(rustix::io::Errno::SRCH)?;
    if signal == 0 {
        return rustix::process::test_kill_process(pid);
    }
    rustix::process::kill_process(pid, named(signal)?)
}

fn send_to_group(group: Option<Pid>, signal: i32) -> rustix::io::Result<()> {
    match (group, signal) {
        (None, 0) => rustix::process::test_kill_current_process_group(),
        (None, signal) => rustix::process::kill_current_process_group(named(signal)?),
        (Some(group), 0) => rustix::process::test_kill_process_group(group),
        (Some(group), signal) => rustix::process::kill_process_group(group, named(signal)?),
    }
}
