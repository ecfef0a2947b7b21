//! How limits are written on the command line.

use std::time::Duration;

/// What `--sandbox` allows unless other limits are given.
pub(super) const SANDBOX_MEMORY: u64 = 512 << 20;
/// As [`SANDBOX_MEMORY`].
pub(super) const SANDBOX_TIME: Duration = Duration::from_secs(60);

/// A number of steps.
pub(super) fn steps(text: &str) -> Result<u64, String> {
    let steps = text.replace('_', "");
    steps
        .parse()
        .map_err(|_| "a whole number is expected".to_owned())
}

/// A number of bytes, or of K, M or G (1024, 1024², 1024³ bytes).
pub(super) fn memory(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let upper = upper.strip_suffix('B').unwrap_or(&upper);
    let (digits, shift) = match upper.strip_suffix(['K', 'M', 'G']) {
        Some(digits) if upper.ends_with('K') => (digits, 10),
        Some(digits) if upper.ends_with('M') => (digits, 20),
        Some(digits) => (digits, 30),
        None => (upper, 0),
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "a size such as 500K, 64M or 1G is expected".to_owned())
}

/// A number of seconds.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds is expected".to_owned())
}

/// A number of nested calls.
pub(super) fn depth(text: &str) -> Result<u32, String> {
    let depth = text.parse().ok().filter(|depth| *depth > 0);
    depth.ok_or_else(|| "a whole number above 0 is expected".to_owned())
}
