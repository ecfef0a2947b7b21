//! What files of bytes have beside what all files have: `readinto` and `read1`.

use super::files::{Stream, check_readable, read_until, with};
use super::waiting::Until;
use crate::asyncio::native_data;
use crate::error::R;
use crate::native::{Arguments, Method, NativeFn};
use crate::types::bytearray::ByteArray;
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `io.RawIOBase`.
pub(super) const RAW_METHODS: &[Method] = &[Method::new(
    "readinto",
    NativeFn::F2(read_into),
    "Read bytes into a bytearray; how many.",
)];

/// The methods of `io.BufferedIOBase`.
pub(super) const BUFFERED_METHODS: &[Method] = &[
    Method::new(
        "readinto",
        NativeFn::F2(read_into),
        "Read bytes into a bytearray; how many.",
    ),
    Method::new(
        "read1",
        NativeFn::Range(1, 2, read_once),
        "Read at most n bytes, with at most one read of the file.",
    ),
    Method::new(
        "readinto1",
        NativeFn::F2(read_into_once),
        "Read bytes into a bytearray, with at most one read of the file.",
    ),
];

/// How much `read1()` gives at most.
const ONCE: usize = 8192;

/// What a file gives: one of the system, or one in memory, which has all there is at once.
fn bytes_of(
    vm: &mut Vm,
    file: &Value,
    count: Option<usize>,
    until: fn(&Stream, usize) -> Until,
) -> R {
    if native_data::<Stream>(file).is_none() {
        let read = vm.intern("read");
        let limit = count.map(|count| Value::int(count as i64));
        return vm.call_method(file, &read, limit.as_slice());
    }
    let count = count.unwrap_or(ONCE);
    with(vm, file, |vm, stream| {
        check_readable(vm, stream)?;
        let until = until(stream, count);
        read_until(vm, stream, until, |inner| inner.read(Some(count)))
    })
}

/// Fills an array by `read`, which gets the room that there is.
fn fill(vm: &mut Vm, file: &Value, array: &Value, until: fn(&Stream, usize) -> Until) -> R {
    let Some(target) = ByteArray::of(array) else {
        let given = vm.type_name(array);
        return Err(vm.type_error(format!(
            "readinto() argument must be read-write bytes-like object, not {given}"
        )));
    };
    let room = target.with(<[u8]>::len);
    let read = bytes_of(vm, file, Some(room), until)?;
    let count = vm.len(&read)?;
    if let Some(bytes) = read.as_bytes_obj() {
        super::sockets::store(array, bytes.data());
    }
    Ok(Value::int(count as i64))
}

fn read_into(vm: &mut Vm, file: &Value, array: &Value) -> R {
    fill(vm, file, array, |stream, room| {
        match stream.is_unbuffered() {
            true => Until::AtMost(room),
            false => Until::Bytes(room),
        }
    })
}

fn read_into_once(vm: &mut Vm, file: &Value, array: &Value) -> R {
    fill(vm, file, array, |_, room| Until::AtMost(room))
}

fn read_once(vm: &mut Vm, args: &[Value]) -> R {
    let count = match args.get(1) {
        Some(count) => usize::try_from(vm.index_i64(count)?).ok(),
        None => None,
    };
    bytes_of(vm, args.at(0), count, |_, count| Until::AtMost(count))
}
