//! `print` and `input`.

use super::Function;
use crate::error::R;
use crate::modules::files;
use crate::native::{Args, NativeFn, Signature};
use crate::report::mistakes::{self, Blocking};
use crate::value::Value;
use crate::vm::Vm;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "print",
        NativeFn::Any(print),
        "Prints the values to a stream, or to sys.stdout by default.",
    ),
    (
        "input",
        NativeFn::Range(0, 1, input),
        "Read a string from standard input.  The trailing newline is stripped.",
    ),
];

/// The stream that `sys` has under a name, when it is not the one of the process.
fn replaced_stream(vm: &mut Vm, name: &str) -> Option<Value> {
    let sys = vm.modules.get_name(&vm.names.sys)?;
    let name = vm.intern(name);
    let stream = sys.as_module()?.dict.get_name(&name)?;
    if files::is_standard(&stream) {
        None
    } else {
        Some(stream)
    }
}

fn separator(vm: &mut Vm, value: &Value, name: &str, default: &'static str) -> R<String> {
    if value.is_unset() || value.is_none() {
        return Ok(default.to_owned());
    }
    let base = value.as_instance().and_then(|i| i.base_value());
    match base.as_ref().unwrap_or(value).as_str() {
        Some(text) => Ok(text.to_owned()),
        None => {
            let given = vm.type_name(value);
            Err(vm.type_error(format!("{name} must be None or a string, not {given}")))
        }
    }
}

fn print(vm: &mut Vm, args: Args<'_>) -> R {
    const OPTIONS: Signature = Signature {
        name: "print",
        params: &["sep", "end", "file", "flush"],
        positional: 0,
        required: 0,
    };
    // What died when the arguments were computed speaks first.
    if vm.needs_attention() {
        vm.run_finalizers();
    }
    let keywords = Args {
        pos: &[],
        kw: args.kw,
    };
    let [sep, end, file, flush] = if args.kw.is_empty() {
        [const { Value::UNSET }; 4]
    } else {
        vm.bind(keywords, &OPTIONS)?
    };
    let sep = separator(vm, &sep, "sep", " ")?;
    let end = separator(vm, &end, "end", "\n")?;
    let target = if file.is_unset() || file.is_none() {
        replaced_stream(vm, "stdout")
    } else if files::is_stdout(&file) {
        None
    } else {
        Some(file)
    };
    let flush = !flush.is_unset() && vm.truthy(&flush)?;
    match target {
        None => print_to_output(vm, args.pos, &sep, &end, flush),
        Some(stream) if stream.is_none() => Ok(Value::NONE),
        Some(stream) => print_to_object(vm, &stream, args.pos, (&sep, &end), flush),
    }
}

fn print_to_output(vm: &mut Vm, values: &[Value], sep: &str, end: &str, flush: bool) -> R {
    let mut line = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            line.push_str(sep);
        }
        match value.as_str() {
            Some(text) => line.push_str(text),
            None => {
                // What stands before a value whose text cannot be made is printed, as it would be
                // by a stream that is written to piece by piece.
                match vm.to_text(value) {
                    Ok(text) => line.push_str(&text),
                    Err(raised) => {
                        files::write_stdout(vm, &line)?;
                        return Err(raised);
                    }
                }
            }
        }
    }
    line.push_str(end);
    files::write_stdout(vm, &line)?;
    if flush {
        files::flush_stdout(vm)?;
    }
    Ok(Value::NONE)
}

fn print_to_object(
    vm: &mut Vm,
    stream: &Value,
    values: &[Value],
    (sep, end): (&str, &str),
    flush: bool,
) -> R {
    let write = vm.intern("write");
    let write = vm.get_attr(stream, &write)?;
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            let sep = vm.str(sep);
            vm.call(&write, &[sep])?;
        }
        let text = vm.to_text(value)?;
        let text = vm.str(text);
        vm.call(&write, &[text])?;
    }
    let end = vm.str(end);
    vm.call(&write, &[end])?;
    if flush {
        let flush = vm.names.flush.clone();
        vm.call_method(stream, &flush, &[])?;
    }
    Ok(Value::NONE)
}

fn input(vm: &mut Vm, args: &[Value]) -> R {
    if let Some(prompt) = args.first() {
        let prompt = vm.to_text(prompt)?;
        match replaced_stream(vm, "stdout") {
            Some(stream) => {
                let (write, prompt) = (vm.intern("write"), vm.str(prompt));
                vm.call_method(&stream, &write, &[prompt])?;
            }
            None => files::write_stdout(vm, &prompt)?,
        }
    }
    files::flush_stdout(vm)?;
    let line = match replaced_stream(vm, "stdin") {
        Some(stream) => {
            let readline = vm.intern("readline");
            let line = vm.call_method(&stream, &readline, &[])?;
            vm.to_text(&line)?
        }
        None => {
            let since = mistakes::blocking_begins(vm);
            let line = files::read_stdin_line(vm)?;
            mistakes::blocking_ends(vm, Blocking::Input, since, None);
            vm.to_text(&line)?
        }
    };
    if line.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    Ok(vm.str(line.strip_suffix('\n').unwrap_or(&line)))
}
