//! The codes of mistakes with coroutines and tasks, said by `aio-check` of a text and by the
//! runtime of a program that makes one. `aio explain` has a page for each.

/// A coroutine that nothing runs.
pub const NEVER_AWAITED: &str = "A0101";
/// A coroutine used as if it were its result.
pub const USED_WITHOUT_AWAIT: &str = "A0102";
/// A coroutine as a condition: always true.
pub const ALWAYS_TRUE: &str = "A0103";
/// `await` that applies to more than the call.
pub const AWAIT_TOO_WIDE: &str = "A0104";
/// An async function that is not called.
pub const NOT_CALLED: &str = "A0105";
/// `await` on what nobody can wait for.
pub const NOT_AWAITABLE: &str = "A0106";
/// Hint: independent awaits one after another.
pub const SEQUENTIAL: &str = "A0108";
/// Hint: a task that is awaited at once.
pub const AWAITED_AT_ONCE: &str = "A0109";
/// Warning: `time.sleep` in async code.
pub const BLOCKING_SLEEP: &str = "A0110";
/// With `--dev`: a turn of the event loop that takes long.
pub const LONG_TURN: &str = "A0111";
/// A task that does not come to its end before the program does.
pub const TASK_LOST: &str = "A0112";
/// An exception of a task that nobody looked at.
pub const EXCEPTION_LOST: &str = "A0114";
/// Hint: exceptions collected and thrown away.
pub const EXCEPTIONS_DISCARDED: &str = "A0115";
/// A list given to `gather`.
pub const GATHER_LIST: &str = "A0116";
/// A gather or a task used as if it were its results.
pub const FUTURE_AS_RESULT: &str = "A0117";
/// With `--dev`: one of a gather failed, the others go on.
pub const OTHERS_GO_ON: &str = "A0118";
/// Hint: cancellation swallowed.
pub const CANCELLATION_SWALLOWED: &str = "A0119";
/// Hint: `cancelled()` right after `cancel()`.
pub const CANCELLED_TOO_EARLY: &str = "A0120";
/// Hint: read, await, write of shared state.
pub const RACE: &str = "A0121";
/// Hint: two locks taken in opposite orders.
pub const LOCK_ORDER: &str = "A0122";
/// A plain keyword where an async one is needed, or the reverse.
pub const WRONG_KEYWORD: &str = "A0124";
/// `asyncio.run` inside a running loop.
pub const RUN_INSIDE_LOOP: &str = "A0125";
/// `create_task` where no loop runs.
pub const NO_LOOP: &str = "A0126";
/// A coroutine awaited twice.
pub const AWAITED_TWICE: &str = "A0127";
/// `result()` of a task that had no turn yet.
pub const RESULT_TOO_EARLY: &str = "A0128";
/// Coroutines shown instead of results.
pub const COROUTINES_SHOWN: &str = "A0129";
/// Hint: `input` in async code.
pub const BLOCKING_INPUT: &str = "A0130";
/// Coroutines given to `wait`.
pub const WAIT_COROUTINES: &str = "A0131";
