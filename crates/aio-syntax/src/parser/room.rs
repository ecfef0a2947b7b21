//! Room on the native stack for expressions in expressions.
//!
//! A parse knows where the stack that it may use ends. It begins with a part of its caller's that
//! every caller has to spare, and goes on on a stack of its own when an expression is so deep that
//! the rest gets short. What the system says of the stack is not asked: on the first thread
//! that means reading a file, and about a stack that the system has not made it knows nothing.

use super::In;

/// What a parse takes of its caller's stack; the interpreter keeps more free for such work.
const BORROWED: usize = 192 * 1024;
/// What an expression needs until it asks again.
const RESERVE: usize = 64 * 1024;
/// The stacks that are added.
const ADDED: usize = 1024 * 1024;

/// The end of the stack of a parse that begins here.
pub(super) fn end_of_borrowed() -> usize {
    here().saturating_sub(BORROWED)
}

/// Goes on with `parse`, on another stack if this one is nearly used up.
#[inline]
pub(super) fn with_room<T>(inp: &mut In<'_, '_>, parse: impl FnOnce(&mut In<'_, '_>) -> T) -> T {
    if here().saturating_sub(inp.state().stack_end) >= RESERVE {
        return parse(inp);
    }
    on_another_stack(inp, parse)
}

#[cold]
fn on_another_stack<T>(inp: &mut In<'_, '_>, parse: impl FnOnce(&mut In<'_, '_>) -> T) -> T {
    let before = inp.state().stack_end;
    let result = stacker::grow(ADDED, || {
        // The frames between the stack's begin and here are small.
        inp.state().stack_end = here().saturating_sub(ADDED - RESERVE / 4);
        parse(inp)
    });
    inp.state().stack_end = before;
    result
}

/// An address in the frame of the caller.
#[inline(always)]
fn here() -> usize {
    let mark = 0u8;
    std::ptr::from_ref(&mark).addr()
}
