//! `_struct`: values to bytes and back, by a format (`!IH10s`).
//!
//! A format is laid out first: which code stands at which offset, how large it all is. Native
//! formats (no prefix, or `@`) have the sizes and the alignment of a 64-bit machine.

mod object;

use super::{Function, add_functions, import};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::native::{Args, MANY, NativeFn, Signature};
use crate::objects::ModuleObj;
use crate::types::bytearray::ByteArray;
use crate::types::numbers::{big_value, size_value};
use crate::types::text_values::{bytes_argument, bytes_of};
use crate::value::Value;
use crate::vm::Vm;
use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use std::cell::RefCell;
use std::rc::Rc;

const FUNCTIONS: &[Function] = &[
    (
        "calcsize",
        NativeFn::F1(calcsize),
        "How many bytes a format takes.",
    ),
    (
        "pack",
        NativeFn::Range(0, MANY, pack),
        "The bytes of values.",
    ),
    (
        "pack_into",
        NativeFn::Range(0, MANY, pack_into),
        "Put the bytes of values into a bytearray.",
    ),
    ("unpack", NativeFn::F2(unpack), "The values in bytes."),
    (
        "unpack_from",
        NativeFn::Any(unpack_from),
        "The values in bytes, from an offset.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    object::add_class(vm, module);
    Ok(())
}

/// One value of a format.
#[derive(Clone, Copy)]
struct Field {
    code: u8,
    offset: usize,
    size: usize,
}

/// A format, laid out.
struct Layout {
    fields: Vec<Field>,
    size: usize,
    big_endian: bool,
}

/// How many formats are remembered at most.
const KNOWN: usize = 16;

/// The text of a format and how it is laid out.
type Known = Option<(Box<[u8]>, Rc<Layout>)>;

thread_local! {
    /// The formats that were laid out last, by a number made of their text.
    static LAYOUTS: [RefCell<Known>; KNOWN] = const { [const { RefCell::new(None) }; KNOWN] };
}

/// No format may describe more than this.
const MOST: usize = 1 << 31;

fn problem(vm: &mut Vm, message: impl Into<String>) -> Raised {
    let message = vm.str(message.into() as String);
    let class = import(vm, "struct").and_then(|module| {
        let name = vm.intern("error");
        vm.get_attr(&module, &name)
    });
    match class.map(|class| class.to_class()) {
        Ok(Some(class)) => vm.raise_with(&class, vec![message]),
        Ok(None) => vm.value_error("struct.error is gone"),
        Err(raised) => raised,
    }
}

/// The size of a code, or none when there is no such code.
fn size_of(code: u8, native: bool) -> Option<usize> {
    Some(match code {
        b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        _ => return None,
    })
}

/// How a format, which is text or bytes, is laid out.
fn layout(vm: &mut Vm, format: &Value) -> R<Rc<Layout>> {
    let bytes;
    let text = match format.as_str() {
        Some(text) => text.as_bytes(),
        None => {
            let Some(found) = bytes_of(format) else {
                let given = vm.type_name(format);
                return Err(vm.type_error(format!(
                    "Struct() argument 1 must be a str or bytes object, not {given}"
                )));
            };
            bytes = found;
            &bytes
        }
    };
    let number = text.iter().fold(0, |number: usize, byte| {
        number.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let known = LAYOUTS.with(|known| {
        let known = known.get(number % KNOWN)?.borrow();
        let (known_text, layout) = known.as_ref()?;
        (**known_text == *text).then(|| layout.clone())
    });
    if let Some(layout) = known {
        return Ok(layout);
    }
    let layout = Rc::new(laid_out(vm, text)?);
    LAYOUTS.with(|known| {
        if let Some(known) = known.get(number % KNOWN) {
            *known.borrow_mut() = Some((text.into(), layout.clone()));
        }
    });
    Ok(layout)
}

fn laid_out(vm: &mut Vm, text: &[u8]) -> R<Layout> {
    let (order, rest) = match text.split_first() {
        Some((order @ (b'@' | b'=' | b'<' | b'>' | b'!'), rest)) => (*order, rest),
        Some(_) | None => (b'@', text),
    };
    let native = order == b'@';
    let mut layout = Layout {
        fields: Vec::new(),
        size: 0,
        big_endian: matches!(order, b'>' | b'!'),
    };
    let mut count: Option<usize> = None;
    for code in rest {
        if code.is_ascii_digit() {
            let digit = usize::from(code - b'0');
            let grown = count.unwrap_or(0).saturating_mul(10).saturating_add(digit);
            count = Some(grown);
            continue;
        }
        if code.is_ascii_whitespace() && count.is_none() {
            continue;
        }
        let Some(size) = size_of(*code, native) else {
            return Err(problem(vm, "bad char in struct format"));
        };
        let repeat = count.take().unwrap_or(1);
        if native && size > 1 {
            layout.size = layout.size.next_multiple_of(size);
        }
        if repeat.saturating_mul(size) > MOST - layout.size {
            return Err(problem(vm, "total struct size too long"));
        }
        layout.push(*code, size, repeat);
    }
    if count.is_some() {
        return Err(problem(vm, "repeat count given without format specifier"));
    }
    Ok(layout)
}

impl Layout {
    fn push(&mut self, code: u8, size: usize, repeat: usize) {
        match code {
            b'x' => self.size += repeat,
            b's' | b'p' => {
                self.fields.push(Field {
                    code,
                    offset: self.size,
                    size: repeat,
                });
                self.size += repeat;
            }
            _ => {
                for _ in 0..repeat {
                    self.fields.push(Field {
                        code,
                        offset: self.size,
                        size,
                    });
                    self.size += size;
                }
            }
        }
    }
}

/// The range of an integer code.
fn range_of(code: u8, size: usize) -> (i128, i128) {
    let bits = 8 * size as u32;
    if code.is_ascii_uppercase() {
        (0, (1 << bits) - 1)
    } else {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    }
}

/// Whether an integer of 64 bits is in the range of a code.
fn fits(int: i64, field: Field) -> bool {
    let bits = 8 * field.size as u32;
    let above = |bits: u32| int.checked_shr(bits).unwrap_or(int >> 63);
    if field.code.is_ascii_uppercase() {
        int >= 0 && above(bits) == 0
    } else {
        matches!(above(bits - 1), 0 | -1)
    }
}

fn integer(vm: &mut Vm, value: &Value, field: Field) -> R<i128> {
    let index = match value.as_index() {
        Some(int) => Some(i128::from(int)),
        None => match vm.index(value) {
            Ok(index) => match (index.as_index(), index.as_bigint()) {
                (Some(int), _) => Some(i128::from(int)),
                (None, Some(big)) => big.0.to_i128(),
                (None, None) => None,
            },
            Err(Raised) => {
                drop(vm.take_pending());
                return Err(problem(vm, "required argument is not an integer"));
            }
        },
    };
    let (least, most) = range_of(field.code, field.size);
    match index.filter(|int| (least..=most).contains(int)) {
        Some(int) => Ok(int),
        None => {
            let code = char::from(field.code);
            Err(problem(
                vm,
                format!("'{code}' format requires {least} <= number <= {most}"),
            ))
        }
    }
}

fn float(vm: &mut Vm, value: &Value) -> R<f64> {
    match super::mathematics::float_of(vm, value) {
        Ok(float) => Ok(float),
        Err(Raised) => {
            drop(vm.take_pending());
            Err(problem(vm, "required argument is not a float"))
        }
    }
}

fn too_large(vm: &mut Vm, code: u8) -> Raised {
    let code = char::from(code);
    vm.overflow_error(format!("float too large to pack with {code} format"))
}

/// Half precision, rounded to even; none when it is too large.
fn half_bits(value: f64) -> Option<u16> {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    if value.is_nan() {
        return Some(sign | 0x7e00);
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // In units of the last place: subnormal numbers have the place 2**-24.
    let exponent = if magnitude < 2f64.powi(-14) {
        -14
    } else {
        magnitude.log2().floor() as i32
    };
    let exponent = if magnitude < 2f64.powi(exponent) && exponent > -14 {
        exponent - 1
    } else {
        exponent
    };
    let units = (magnitude * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    let bits = (((exponent + 14) as u32) << 10) + units;
    u16::try_from(bits)
        .ok()
        .filter(|bits| *bits < 0x7c00)
        .map(|bits| sign | bits)
}

fn half_value(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// Writes the last bytes of a number, the lowest first unless it is `big_endian`.
fn put(place: &mut [u8], number: u64, big_endian: bool) {
    let bytes = number.to_le_bytes();
    if big_endian {
        let places = place.iter_mut().rev();
        places.zip(bytes).for_each(|(to, from)| *to = from);
    } else {
        let places = place.iter_mut();
        places.zip(bytes).for_each(|(to, from)| *to = from);
    }
}

/// The bits of a value.
fn bits_of(vm: &mut Vm, value: &Value, field: Field) -> R<u64> {
    let code = field.code;
    Ok(match code {
        b'?' => u64::from(vm.truthy(value)?),
        b'd' => float(vm, value)?.to_bits(),
        b'f' => {
            let wide = float(vm, value)?;
            let narrow = wide as f32;
            if narrow.is_infinite() && wide.is_finite() {
                return Err(too_large(vm, code));
            }
            narrow.to_bits().into()
        }
        b'e' => match half_bits(float(vm, value)?) {
            Some(bits) => bits.into(),
            None => return Err(too_large(vm, code)),
        },
        _ => match value.as_index() {
            Some(int) if fits(int, field) => int as u64,
            _ => integer(vm, value, field)? as u64,
        },
    })
}

fn text_bytes(vm: &mut Vm, value: &Value, field: Field) -> R<Vec<u8>> {
    let given = bytes_of(value).map(|bytes| bytes.to_vec());
    if field.code == b'c' {
        return match given {
            Some(bytes) if bytes.len() == 1 => Ok(bytes),
            Some(_) | None => Err(problem(
                vm,
                "char format requires a bytes object of length 1",
            )),
        };
    }
    let Some(mut bytes) = given else {
        let code = char::from(field.code);
        return Err(problem(
            vm,
            format!("argument for '{code}' must be a bytes object"),
        ));
    };
    if field.code == b'p' && field.size > 0 {
        bytes.truncate((field.size - 1).min(255));
        bytes.insert(0, bytes.len() as u8);
    }
    bytes.resize(field.size, 0);
    Ok(bytes)
}

fn packed(vm: &mut Vm, layout: &Layout, values: &[Value], function: &str) -> R<Vec<u8>> {
    if values.len() != layout.fields.len() {
        let (expected, got) = (layout.fields.len(), values.len());
        return Err(problem(
            vm,
            format!("{function} expected {expected} items for packing (got {got})"),
        ));
    }
    let mut packed = vec![0; layout.size];
    for (field, value) in layout.fields.iter().zip(values) {
        let place = packed.get_mut(field.offset..field.offset + field.size);
        let place = place.unwrap_or_default();
        if matches!(field.code, b'c' | b's' | b'p') {
            let bytes = text_bytes(vm, value, *field)?;
            place
                .iter_mut()
                .zip(bytes)
                .for_each(|(to, from)| *to = from);
        } else {
            put(place, bits_of(vm, value, *field)?, layout.big_endian);
        }
    }
    Ok(packed)
}

fn unsigned(bytes: &[u8], big_endian: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if big_endian {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

fn value_of(field: Field, bytes: &[u8], big_endian: bool) -> Value {
    let bits = || unsigned(bytes, big_endian);
    match field.code {
        b'c' | b's' => Value::bytes(bytes),
        b'p' => {
            let (len, rest) = bytes.split_first().unwrap_or((&0, &[]));
            let len = usize::from(*len).min(rest.len());
            Value::bytes(rest.iter().take(len).copied().collect::<Vec<u8>>())
        }
        b'?' => Value::bool(bits() != 0),
        b'd' => Value::float(f64::from_bits(bits())),
        b'f' => Value::float(f64::from(f32::from_bits(bits() as u32))),
        b'e' => Value::float(half_value(bits() as u16)),
        code if code.is_ascii_uppercase() => match i64::try_from(bits()) {
            Ok(int) => Value::int(int),
            Err(_) => big_value(BigInt::from(bits())),
        },
        _ => {
            let unused = 64 - 8 * field.size as u32;
            Value::int((bits() << unused) as i64 >> unused)
        }
    }
}

fn unpacked(layout: &Layout, bytes: &[u8]) -> Value {
    let values = layout.fields.iter().map(|field| {
        let range = field.offset..field.offset + field.size;
        let bytes = bytes.get(range).unwrap_or_default();
        value_of(*field, bytes, layout.big_endian)
    });
    Ref::tuple_of(layout.fields.len(), values).into()
}

fn calcsize(vm: &mut Vm, format: &Value) -> R {
    Ok(size_value(layout(vm, format)?.size))
}

fn pack(vm: &mut Vm, args: &[Value]) -> R {
    let [format, values @ ..] = args else {
        return Err(vm.type_error("missing format argument"));
    };
    let layout = layout(vm, format)?;
    packed(vm, &layout, values, "pack").map(Value::bytes)
}

fn pack_into(vm: &mut Vm, args: &[Value]) -> R {
    let [format, rest @ ..] = args else {
        return Err(vm.type_error("missing format argument"));
    };
    let layout = layout(vm, format)?;
    packed_into(vm, &layout, rest)
}

/// Puts the bytes of values into a buffer; the arguments are that, an offset, the values.
fn packed_into(vm: &mut Vm, layout: &Layout, args: &[Value]) -> R {
    let (buffer, offset, values) = match args {
        [buffer, offset, values @ ..] => (buffer, offset, values),
        [_] => return Err(problem(vm, "pack_into expected offset argument")),
        [] => return Err(problem(vm, "pack_into expected buffer argument")),
    };
    let bytes = packed(vm, layout, values, "pack_into")?;
    let Some(array) = ByteArray::of(buffer) else {
        let given = vm.type_name(buffer);
        return Err(vm.type_error(format!(
            "argument must be read-write bytes-like object, not {given}"
        )));
    };
    let offset = vm.index_i64(offset)?;
    let start = offset_in(vm, offset, array.len(), layout.size, "pack_into")?;
    array.with_mut(|data| {
        let place = data.iter_mut().skip(start);
        place.zip(bytes).for_each(|(to, from)| *to = from);
    });
    Ok(Value::NONE)
}

/// An offset into a buffer, which must have room for `size` bytes from there on.
fn offset_in(vm: &mut Vm, offset: i64, len: usize, size: usize, function: &str) -> R<usize> {
    let doing = if function == "pack_into" {
        "packing"
    } else {
        "unpacking"
    };
    let start = if offset < 0 {
        offset + len as i64
    } else {
        offset
    };
    let Ok(start) = usize::try_from(start) else {
        return Err(problem(
            vm,
            format!("offset {offset} out of range for {len}-byte buffer"),
        ));
    };
    if len.saturating_sub(start) >= size {
        return Ok(start);
    }
    let needed = start.saturating_add(size);
    Err(problem(
        vm,
        format!(
            "{function} requires a buffer of at least {needed} bytes for {doing} {size} bytes at \
             offset {start} (actual buffer size is {len})"
        ),
    ))
}

fn unpack(vm: &mut Vm, format: &Value, buffer: &Value) -> R {
    let layout = layout(vm, format)?;
    unpacked_all(vm, &layout, buffer)
}

/// The values in a buffer that is as large as they are.
fn unpacked_all(vm: &mut Vm, layout: &Layout, buffer: &Value) -> R {
    let bytes = bytes_argument(vm, buffer)?;
    if bytes.len() != layout.size {
        let size = layout.size;
        return Err(problem(
            vm,
            format!("unpack requires a buffer of {size} bytes"),
        ));
    }
    Ok(unpacked(layout, &bytes))
}

const UNPACK_FROM: Signature = Signature {
    name: "unpack_from",
    params: &["/format", "buffer", "offset"],
    positional: 3,
    required: 2,
};

fn unpack_from(vm: &mut Vm, args: Args<'_>) -> R {
    if args.pos.is_empty() {
        return Err(vm.type_error("unpack_from() takes at least 1 positional argument (0 given)"));
    }
    let [format, buffer, offset] = vm.bind(args, &UNPACK_FROM)?;
    let layout = layout(vm, &format)?;
    unpacked_from(vm, &layout, &buffer, &offset)
}

/// The values in a buffer from an offset on, 0 if it is unset.
fn unpacked_from(vm: &mut Vm, layout: &Layout, buffer: &Value, offset: &Value) -> R {
    let bytes = bytes_argument(vm, buffer)?;
    let offset = if offset.is_unset() {
        0
    } else {
        vm.index_i64(offset)?
    };
    let start = offset_in(vm, offset, bytes.len(), layout.size, "unpack_from")?;
    Ok(unpacked(layout, bytes.get(start..).unwrap_or_default()))
}
