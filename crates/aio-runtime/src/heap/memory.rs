//! How much memory is in use, and the limit of it.
//!
//! The allocator counts what it takes from the general allocators; a freed small block that waits
//! in its list still counts. Going over the limit only raises a flag, which the interpreter finds
//! at its next poll; going far over it, inside a built-in operation that does not poll, ends the
//! process.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

thread_local! {
    /// Bytes that this thread took and did not give back. One that frees what others took wraps.
    static USED: Cell<usize> = const { Cell::new(0) };
}

/// The limit, counted as [`USED`] is.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// How far beyond it a single operation may come.
static SLACK: AtomicUsize = AtomicUsize::new(0);
static IS_OVER: AtomicBool = AtomicBool::new(false);
/// What is told to whom when the limit is passed.
static TOLD: OnceLock<Told> = OnceLock::new();

struct Told {
    attention: &'static AtomicBool,
    last_words: String,
    exit_code: i32,
}

/// Counts a block that is taken.
#[inline(always)]
pub(super) fn take(size: usize) {
    exchange(0, size);
}

/// Counts a block that is given back.
#[inline(always)]
pub(super) fn give_back(size: usize) {
    USED.with(|used| used.set(used.get().wrapping_sub(size)));
}

/// Counts a block that gets another size.
#[inline(always)]
pub(super) fn exchange(before: usize, after: usize) {
    USED.with(|used| {
        let now = used.get().wrapping_sub(before).wrapping_add(after);
        used.set(now);
        if now > LIMIT.load(Ordering::Relaxed) {
            pass_limit(now);
        }
    });
}

#[cold]
#[inline(never)]
fn pass_limit(used: usize) {
    // Another thread than the interpreter's may have a wrapped count.
    let (Some(told), true) = (TOLD.get(), used < usize::MAX / 2) else {
        return;
    };
    IS_OVER.store(true, Ordering::Relaxed);
    told.attention.store(true, Ordering::Relaxed);
    let most = LIMIT
        .load(Ordering::Relaxed)
        .saturating_add(SLACK.load(Ordering::Relaxed));
    if used > most {
        die(told);
    }
}

/// Ends the process, without asking for memory.
fn die(told: &Told) -> ! {
    use std::io::Write as _;
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    // Nobody is left to tell when standard error fails.
    let _ = std::io::stderr().write_all(told.last_words.as_bytes());
    #[cfg(unix)]
    signal_hook::low_level::exit(told.exit_code);
    #[cfg(not(unix))]
    std::process::abort();
}

/// From now on this thread may take `bytes` more. When it has far more at once, the process ends
/// with these last words and exit code; the first that are given stay.
pub fn limit(bytes: u64, last_words: String, exit_code: i32) {
    let attention = super::attention_flag();
    TOLD.get_or_init(|| Told {
        attention,
        last_words,
        exit_code,
    });
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let used = USED.with(Cell::get);
    IS_OVER.store(false, Ordering::Relaxed);
    SLACK.store((bytes / 4).max(64 << 20), Ordering::Relaxed);
    LIMIT.store(used.saturating_add(bytes), Ordering::Relaxed);
}

/// Whether the limit was passed.
#[inline]
pub fn is_over() -> bool {
    IS_OVER.load(Ordering::Relaxed)
}

/// Bytes in use on this thread; 0 on one that frees what others took.
#[cfg(target_os = "linux")]
pub(super) fn used() -> usize {
    let used = USED.with(Cell::get);
    if used < usize::MAX / 2 { used } else { 0 }
}

/// Whether so many bytes more would stay inside the limit.
pub fn has_room(bytes: usize) -> bool {
    USED.with(Cell::get).saturating_add(bytes) <= LIMIT.load(Ordering::Relaxed)
}

/// Raises the limit by an eighth, for what a program does at its end.
pub fn extend() {
    let limit = LIMIT.load(Ordering::Relaxed).max(USED.with(Cell::get));
    LIMIT.store(limit.saturating_add(limit / 8), Ordering::Relaxed);
    IS_OVER.store(false, Ordering::Relaxed);
}

/// Takes the limit away.
pub fn lift() {
    LIMIT.store(usize::MAX, Ordering::Relaxed);
    IS_OVER.store(false, Ordering::Relaxed);
}
