//! `await` of a stream that has nothing to wait for: no coroutine is made.

use super::reader::ReaderData;
use super::writer::WriterData;
use crate::asyncio::classes::native_data;
use crate::error::R;
use crate::native::Begun;
use crate::value::Value;
use crate::vm::Vm;
use std::rc::Rc;

/// The reader, when it can be read without more ado.
fn ready_reader(object: &Value) -> Option<Rc<ReaderData>> {
    native_data::<ReaderData>(object).filter(|reader| reader.is_ready())
}

/// `readline()`
pub fn line(_vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let reader = ready_reader(object).filter(|_| args.is_empty());
    let line = reader.and_then(|reader| reader.take_through(b"\n"));
    Ok(line.into())
}

/// `readuntil(separator)`
pub fn until(_vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let Some(reader) = ready_reader(object) else {
        return Ok(Begun::Nothing);
    };
    let taken = match args {
        [] => reader.take_through(b"\n"),
        [separator] => separator
            .as_bytes_obj()
            .filter(|separator| !separator.data().is_empty())
            .and_then(|separator| reader.take_through(separator.data())),
        _ => None,
    };
    Ok(taken.into())
}

/// `readexactly(n)`
pub fn count(_vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let count = args.first().and_then(Value::as_int);
    let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else {
        return Ok(Begun::Nothing);
    };
    let reader = ready_reader(object).filter(|reader| reader.len() >= count);
    Ok(reader.map(|reader| reader.take(count)).into())
}

/// `drain()`
pub fn drain(_vm: &mut Vm, object: &Value, args: &[Value]) -> R<Begun> {
    let writer = native_data::<WriterData>(object).filter(|_| args.is_empty());
    let flows = writer.is_some_and(|writer| writer.is_flowing());
    Ok(flows.then_some(Value::NONE).into())
}
