//! Case, padding, and questions about every character: `upper`, `center`, `isdigit`, ...

use super::mapped;
use crate::error::R;
use crate::native::{Args, Method, NativeFn, Signature};
use crate::num::Fault;
use crate::text::{Text, case, pad};
use crate::types::text_values::{
    char_value, empty_str, owned_value, size_argument, str_of, str_receiver, written,
};
use crate::value::{Tag, Value};
use crate::vm::Vm;

macro_rules! mapping_rows {
    ($name:ident; $($method:literal $function:path, $doc:literal;)*) => {
        const $name: &[Method] = &[$(Method::new(
            $method,
            NativeFn::F1(|vm, a| mapped(vm, a, $method, $function)),
            $doc,
        ),)*];
    };
}

mapping_rows! { CASES;
    "title" case::title, "With each word capitalized.";
    "capitalize" case::capitalize, "With the first character in upper case and the rest in lower.";
    "swapcase" case::swapcase, "With upper and lower case exchanged.";
    "casefold" case::casefold, "In the form for comparing without regard to case.";
}

const PLAIN_CASES: &[Method] = &[
    Method::new(
        "upper",
        NativeFn::F1(|vm, a| match ascii(a, |byte| byte.to_ascii_uppercase()) {
            Some(text) => Ok(text),
            None => mapped(vm, a, "upper", case::upper),
        }),
        "In upper case.",
    ),
    Method::new(
        "lower",
        NativeFn::F1(|vm, a| match ascii(a, |byte| byte.to_ascii_lowercase()) {
            Some(text) => Ok(text),
            None => mapped(vm, a, "lower", case::lower),
        }),
        "In lower case.",
    ),
];

/// Changes each character of a text in ASCII.
#[inline(always)]
fn ascii(receiver: &Value, change: impl Fn(u8) -> u8) -> Option<Value> {
    let string = receiver.as_str_obj().filter(|string| string.is_ascii())?;
    match string.text().as_bytes() {
        [] => Some(empty_str()),
        [byte] => Some(char_value(char::from(change(*byte)))),
        bytes => Some(written(bytes.len(), bytes.len(), |pen| {
            pen.mapped(bytes, change);
        })),
    }
}

const PADS: &[Method] = &[
    Method::new(
        "center",
        NativeFn::Opt3(|vm, a, width, fill| padded(vm, a, (width, fill), "center", pad::center)),
        "center(width, fillchar=' '): padded on both sides.",
    ),
    Method::new(
        "ljust",
        NativeFn::Opt3(|vm, a, width, fill| padded(vm, a, (width, fill), "ljust", pad::ljust)),
        "ljust(width, fillchar=' '): padded at the end.",
    ),
    Method::new(
        "rjust",
        NativeFn::Opt3(|vm, a, width, fill| padded(vm, a, (width, fill), "rjust", pad::rjust)),
        "rjust(width, fillchar=' '): padded at the start.",
    ),
    Method::new(
        "zfill",
        NativeFn::F2(zfill),
        "zfill(width): padded with zeros behind the sign.",
    ),
    Method::new(
        "expandtabs",
        NativeFn::Any(expand_tabs),
        "expandtabs(tabsize=8): with spaces for tabs.",
    ),
];

/// The methods.
pub const METHODS: &[Method] = &crate::types::numbers::join::<
    { CASES.len() + PLAIN_CASES.len() + PADS.len() },
>(&[PLAIN_CASES, CASES, PADS]);

macro_rules! test_rows {
    ($($method:literal $function:path, $doc:literal;)*) => {
        /// The methods that ask about every character.
        pub const TESTS: &[Method] = &[$(Method::new(
            $method,
            NativeFn::F1(|vm, a| tested(vm, a, $method, $function)),
            $doc,
        ),)*];
    };
}

test_rows! {
    "isalpha" case::is_alpha, "Whether there are characters and all are letters.";
    "isalnum" case::is_alnum, "Whether there are characters and all are letters or digits.";
    "isdecimal" case::is_decimal, "Whether there are characters and all are decimal digits.";
    "isdigit" case::is_digit, "Whether there are characters and all are digits.";
    "isnumeric" case::is_numeric, "Whether there are characters and all are numeric.";
    "isspace" case::is_space, "Whether there are characters and all are white space.";
    "isprintable" case::is_printable, "Whether repr would show every character as it is.";
    "isidentifier" case::is_identifier, "Whether it could be a name.";
    "islower" case::is_lowercase, "Whether there is case, and all of it lower.";
    "isupper" case::is_uppercase, "Whether there is case, and all of it upper.";
    "istitle" case::is_titlecase, "Whether each word is capitalized.";
    "isascii" str::is_ascii, "Whether all characters are ASCII.";
}

fn tested(vm: &mut Vm, receiver: &Value, method: &str, test: fn(&str) -> bool) -> R {
    let string = str_receiver(vm, receiver, method)?;
    Ok(Value::bool(test(string.text())))
}

type Pad = fn(Text<'_>, i64, char) -> Result<String, Fault>;

fn padded(
    vm: &mut Vm,
    receiver: &Value,
    (width, fill): (&Value, Option<&Value>),
    method: &str,
    pad: Pad,
) -> R {
    let string = str_receiver(vm, receiver, method)?;
    let width = size_argument(vm, width)?;
    let fill = match fill {
        None => ' ',
        Some(fill) => match str_of(fill) {
            Some(fill) => {
                let fill = pad::fill_char(fill.text());
                vm.checked(fill)?
            }
            None => {
                let name = vm.type_name(fill);
                return Err(vm.type_error(format!(
                    "The fill character must be a unicode character, not {name}"
                )));
            }
        },
    };
    if is_wide_enough(string.char_count(), width) && receiver.tag() == Tag::Str {
        return Ok(receiver.clone());
    }
    let text = pad(string.counted(), width, fill);
    vm.checked(text).map(owned_value)
}

fn is_wide_enough(len: usize, width: i64) -> bool {
    usize::try_from(width).unwrap_or(0) <= len
}

fn zfill(vm: &mut Vm, receiver: &Value, width: &Value) -> R {
    let string = str_receiver(vm, receiver, "zfill")?;
    let width = size_argument(vm, width)?;
    if is_wide_enough(string.char_count(), width) && receiver.tag() == Tag::Str {
        return Ok(receiver.clone());
    }
    let text = pad::zfill(string.counted(), width);
    vm.checked(text).map(owned_value)
}

const EXPAND_TABS: Signature = Signature {
    name: "expandtabs",
    params: &["tabsize"],
    positional: 1,
    required: 0,
};

fn expand_tabs(vm: &mut Vm, args: Args<'_>) -> R {
    let (receiver, args) = args.split_receiver(vm, "str", "expandtabs")?;
    let string = str_receiver(vm, receiver, "expandtabs")?;
    let [size] = vm.bind(args, &EXPAND_TABS)?;
    let size = if size.is_unset() {
        8
    } else {
        size_argument(vm, &size)?
    };
    let text = pad::expand_tabs(string.text(), size);
    vm.checked(text).map(owned_value)
}
