//! `time`, on the clock of the event loop: with a virtual clock `sleep` lets it advance.

use super::{Function, add, add_functions};
use crate::asyncio::clock as clock_of;
use crate::error::R;
use crate::heap::Ref;
use crate::native::NativeFn;
use crate::num::dates::DateTime;
use crate::objects::ModuleObj;
use crate::report::mistakes::{self, Blocking};
use crate::text::strftime::{self, Zone};
use crate::value::Value;
use crate::vm::Vm;
use aio_event_loop::{Clock as _, Consumer};
use std::time::Duration;

const FUNCTIONS: &[Function] = &[
    (
        "time",
        NativeFn::F0(|vm| Ok(Value::float(wall_nanos(vm) as f64 / 1e9))),
        "Return the current time in seconds since the Epoch.",
    ),
    (
        "time_ns",
        NativeFn::F0(|vm| Ok(Value::int(wall_nanos(vm)))),
        "Return the current time in nanoseconds since the Epoch.",
    ),
    (
        "monotonic",
        NativeFn::F0(seconds),
        "Monotonic clock, cannot go backward.",
    ),
    (
        "perf_counter",
        NativeFn::F0(seconds),
        "Performance counter for benchmarking.",
    ),
    (
        "process_time",
        NativeFn::F0(|vm| Ok(Value::float(cpu_seconds(vm, Consumer::Process)))),
        "Process time for profiling.",
    ),
    (
        "thread_time",
        NativeFn::F0(|vm| Ok(Value::float(cpu_seconds(vm, Consumer::Thread)))),
        "Thread time for profiling.",
    ),
    (
        "thread_time_ns",
        NativeFn::F0(|vm| Ok(Value::int(cpu_nanos(vm, Consumer::Thread)))),
        "Thread time, as nanoseconds.",
    ),
    (
        "monotonic_ns",
        NativeFn::F0(nanos),
        "Monotonic clock, as nanoseconds.",
    ),
    (
        "perf_counter_ns",
        NativeFn::F0(nanos),
        "Performance counter, as nanoseconds.",
    ),
    (
        "process_time_ns",
        NativeFn::F0(|vm| Ok(Value::int(cpu_nanos(vm, Consumer::Process)))),
        "Process time, as nanoseconds.",
    ),
    (
        "sleep",
        NativeFn::F1(sleep),
        "Delay execution for a given number of seconds.",
    ),
    (
        "_fields",
        NativeFn::F1(fields),
        "The parts of a time in UTC.",
    ),
    ("_format", NativeFn::F2(format), "strftime over parts."),
];

/// Fills the module.
///
/// # Errors
/// What running its text raises.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    for (name, value) in [("timezone", 0), ("altzone", 0), ("daylight", 0)] {
        add(vm, module, name, Value::int(value));
    }
    let utc = vm.str("UTC");
    let names = Value::tuple(vec![utc.clone(), utc]);
    add(vm, module, "tzname", names);
    let text = include_str!("lib/_time_records.aio");
    let code = crate::builtins::evaluation::compile_module(vm, "<library time>", text)?;
    crate::builtins::evaluation::run_code(vm, &code, &module.dict)?;
    Ok(())
}

/// The moment at which a virtual clock begins: 2024-01-01 00:00 UTC.
const VIRTUAL_START: i64 = 1_704_067_200_000_000_000;

/// Nanoseconds since 1970.
pub fn wall_nanos(vm: &mut Vm) -> i64 {
    let clock = clock_of(vm);
    if clock.is_virtual() {
        return VIRTUAL_START.saturating_add(clock.now_for_script().as_nanos());
    }
    system_nanos()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the calendar time is not the loop's clock"
)]
fn system_nanos() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
        })
}

fn seconds(vm: &mut Vm) -> R {
    let clock = clock_of(vm);
    Ok(Value::float(clock.now_for_script().as_secs_f64()))
}

fn nanos(vm: &mut Vm) -> R {
    let clock = clock_of(vm);
    Ok(Value::int(clock.now_for_script().as_nanos()))
}

fn cpu_seconds(vm: &mut Vm, of: Consumer) -> f64 {
    clock_of(vm).cpu_time_for_script(of).as_secs_f64()
}

fn cpu_nanos(vm: &mut Vm, of: Consumer) -> i64 {
    let time = clock_of(vm).cpu_time_for_script(of);
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

fn sleep(vm: &mut Vm, value: &Value) -> R {
    let secs = match value.as_float() {
        Some(secs) => secs,
        None => match value.as_index() {
            Some(secs) => secs as f64,
            None => {
                let index = vm.index(value);
                match index {
                    Ok(index) => index.as_index().unwrap_or(0) as f64,
                    Err(_) => {
                        drop(vm.take_pending());
                        let given = vm.type_name(value);
                        return Err(vm.type_error(format!(
                            "'{given}' object cannot be interpreted as an integer"
                        )));
                    }
                }
            }
        },
    };
    if secs.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if secs < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    // CPython counts nanoseconds in 64 bits.
    let limit = Duration::from_nanos(i64::MAX as u64).as_secs_f64();
    let Some(duration) = Duration::try_from_secs_f64(secs)
        .ok()
        .filter(|_| secs < limit)
    else {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    };
    crate::modules::files::flush_stdout(vm)?;
    if !vm.threads.is_alone() {
        crate::threads::sleep(vm, duration)?;
        return Ok(Value::NONE);
    }
    let since = mistakes::blocking_begins(vm);
    let clock = clock_of(vm);
    vm.pass_time(&clock, duration)?;
    mistakes::blocking_ends(vm, Blocking::Sleep, since, Some(duration));
    Ok(Value::NONE)
}

fn fields(vm: &mut Vm, seconds: &Value) -> R {
    let secs = match (seconds.as_float(), seconds.as_index()) {
        (Some(secs), _) => secs.floor(),
        (_, Some(secs)) => secs as f64,
        _ => wall_nanos(vm).div_euclid(1_000_000_000) as f64,
    };
    let moment = match DateTime::from_timestamp(secs) {
        Ok(moment) => moment,
        Err(fault) => return Err(vm.raise_fault(fault)),
    };
    use crate::num::dates::{day_of_year, weekday};
    let (year, month, day) = (moment.year, moment.month, moment.day);
    let parts = [
        year,
        month,
        day,
        moment.hour,
        moment.minute,
        moment.second,
        weekday(year, month, day),
        day_of_year(year, month, day),
        0,
    ];
    let items: Vec<Value> = parts.into_iter().map(Value::int).collect();
    Ok(Value::tuple(items))
}

fn format(vm: &mut Vm, format: &Value, parts: &Value) -> R {
    let mut numbers = Vec::new();
    for item in vm.collect(parts)? {
        let number = vm.index_i64(&item)?;
        if i32::try_from(number).is_err() {
            return Err(vm.overflow_error("Python int too large to convert to C int"));
        }
        numbers.push(number);
    }
    let [year, month, day, hour, minute, second, ..] = numbers.as_slice() else {
        return Err(vm.type_error("strftime(): illegal time tuple argument"));
    };
    let mut moment = DateTime::from_date(*year, *month, *day);
    (moment.hour, moment.minute, moment.second) = (*hour, *minute, *second);
    let Some(format) = format.as_str() else {
        let given = vm.type_name(format);
        return Err(vm.type_error(format!("strftime() argument 1 must be str, not {given}")));
    };
    let zone = Zone {
        offset: Some(0),
        name: Some("UTC"),
    };
    Ok(vm.str(strftime::format(&moment, zone, format)))
}
