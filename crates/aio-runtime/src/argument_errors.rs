//! What CPython says of arguments that do not fit a function written in Python.

use crate::error::Raised;
use crate::report::suggestions::closest;
use crate::vm::Vm;

/// A keyword that is no parameter; the closest of the parameters is named.
#[cold]
pub fn unexpected_keyword<'a>(
    vm: &mut Vm,
    func: &str,
    wrong: &str,
    params: impl IntoIterator<Item = &'a str>,
) -> Raised {
    let names: Vec<String> = params.into_iter().map(str::to_owned).collect();
    let meant =
        closest(&names, wrong).map_or_else(String::new, |name| format!(". Did you mean '{name}'?"));
    vm.type_error(format!(
        "{func}() got an unexpected keyword argument '{wrong}'{meant}"
    ))
}

/// A parameter that is given twice.
#[cold]
pub fn multiple_values(vm: &mut Vm, func: &str, name: &str) -> Raised {
    vm.type_error(format!(
        "{func}() got multiple values for argument '{name}'"
    ))
}

/// Parameters that got no value; `kind` is `positional` or `keyword-only`.
#[cold]
pub fn missing(vm: &mut Vm, func: &str, kind: &str, names: &[&str]) -> Raised {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = match quoted.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        [] => String::new(),
    };
    let count = quoted.len();
    let plural = if count == 1 { "" } else { "s" };
    vm.type_error(format!(
        "{func}() missing {count} required {kind} argument{plural}: {list}"
    ))
}

/// More positional arguments than there are parameters for them. `required` and `most` are the
/// least and the greatest number of them, `given_kw` counts the keyword-only ones beside them.
#[cold]
pub fn too_many_positional(
    vm: &mut Vm,
    func: &str,
    (required, most): (usize, usize),
    given: usize,
    given_kw: usize,
) -> Raised {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (takes, ending) = if required < most {
        (format!("from {required} to {most}"), "s")
    } else {
        (most.to_string(), plural(most))
    };
    let tail = if given_kw > 0 {
        let (s1, s2) = (plural(given), plural(given_kw));
        format!(
            "{given} positional argument{s1} (and {given_kw} keyword-only argument{s2}) were given"
        )
    } else {
        format!("{given} {} given", if given == 1 { "was" } else { "were" })
    };
    vm.type_error(format!(
        "{func}() takes {takes} positional argument{ending} but {tail}"
    ))
}
