//! Bytes of a text file as text: UTF-8, and line ends.

use super::buffered::Buffered;
use crate::error::R;
use crate::value::Value;
use crate::vm::Vm;
use std::io;

/// The text that bytes are.
///
/// # Errors
/// `UnicodeDecodeError`
pub fn decode(vm: &mut Vm, bytes: Vec<u8>) -> R {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(vm.str(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to() as i64;
            let class = vm.types.unicode_decode_error.clone();
            let (encoding, reason) = (vm.str("utf-8"), vm.str("invalid start byte"));
            let bytes = Value::bytes(error.into_bytes());
            let args = vec![encoding, bytes, Value::int(at), Value::int(at + 1), reason];
            Err(vm.raise_with(&class, args))
        }
    }
}

/// Turns `\r\n` and `\r` into `\n`.
pub fn translate(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.contains(&b'\r') {
        return bytes;
    }
    let mut result = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        if *byte == b'\r' {
            result.push(b'\n');
            if rest.peek() == Some(&&b'\n') {
                rest.next();
            }
        } else {
            result.push(*byte);
        }
    }
    result
}

/// So many characters of UTF-8.
pub fn read_chars(inner: &mut Buffered, count: usize) -> io::Result<Vec<u8>> {
    let mut result = Vec::new();
    for _ in 0..count {
        let first = inner.read(Some(1))?;
        let Some(lead) = first.first() else { break };
        let more = match lead {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            _ => 0,
        };
        result.extend_from_slice(&first);
        result.extend(inner.read(Some(more))?);
    }
    Ok(result)
}
