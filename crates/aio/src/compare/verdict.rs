//! How two runs of one program compare.

use super::child::Outcome;

/// What our run is, measured by CPython's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Output, exit code and the final line of an error agree.
    Same,
    /// We said that we do not support something.
    Refused,
    /// We failed, and said so, where CPython did not.
    Loud,
    /// We did something else without a word.
    Wrong,
    /// We fell over.
    Crash,
    /// We did not end in time.
    Timeout,
    /// CPython did not end in time, so there is nothing to measure by.
    Skipped,
}

impl Verdict {
    /// In the order in which they are counted.
    pub(crate) const ALL: [Verdict; 7] = [
        Verdict::Same,
        Verdict::Refused,
        Verdict::Loud,
        Verdict::Wrong,
        Verdict::Crash,
        Verdict::Timeout,
        Verdict::Skipped,
    ];

    /// As it is printed.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Refused => "refused",
            Verdict::Loud => "loud",
            Verdict::Wrong => "wrong",
            Verdict::Crash => "crash",
            Verdict::Timeout => "timeout",
            Verdict::Skipped => "skipped",
        }
    }
}

/// The exit code of a mistake of ours.
const INTERNAL: i32 = 70;

/// Judges our run by CPython's.
pub(crate) fn judge(ours: &Outcome, theirs: &Outcome) -> Verdict {
    if theirs.timed_out {
        return Verdict::Skipped;
    }
    if ours.timed_out {
        return Verdict::Timeout;
    }
    if crashed(ours, theirs) {
        return Verdict::Crash;
    }
    let same_end = ours.code == theirs.code && ours.signal == theirs.signal;
    let failed = ours.code != Some(0);
    let same_error = !failed || ours.last_error_line() == theirs.last_error_line();
    if ours.stdout == theirs.stdout && same_end && same_error {
        return Verdict::Same;
    }
    let refused = failed && contains(&ours.stderr, b"unsupported") && !same_error;
    if refused || skips(ours) && !skips(theirs) {
        return Verdict::Refused;
    }
    if failed && (!same_end || !same_error) && !ours.stderr.is_empty() {
        return Verdict::Loud;
    }
    Verdict::Wrong
}

fn crashed(ours: &Outcome, theirs: &Outcome) -> bool {
    let killed = ours.signal.is_some() && ours.signal != theirs.signal;
    let internal = ours.code == Some(INTERNAL) && theirs.code != Some(INTERNAL);
    killed || internal
}

/// A test that catches the error of a missing module or name says so in one word.
fn skips(outcome: &Outcome) -> bool {
    outcome.stdout.ends_with(b"SKIP\n")
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(stdout: &str, stderr: &str, code: i32) -> Outcome {
        Outcome {
            stdout: stdout.into(),
            stderr: stderr.into(),
            code: Some(code),
            ..Outcome::default()
        }
    }

    #[test]
    fn each_verdict_has_its_case() {
        let theirs = outcome("1\n", "", 0);
        let failed = outcome("1\n", "Traceback\nValueError: x\n", 1);
        let killed = Outcome {
            code: None,
            signal: Some(11),
            ..outcome("", "", 0)
        };
        let slow = Outcome {
            timed_out: true,
            ..outcome("", "", 0)
        };
        let refusal = outcome("", "unsupported: x\nSyntaxError: x\n", 1);
        for (ours, theirs, verdict) in [
            (&theirs, &theirs, Verdict::Same),
            (&failed, &failed, Verdict::Same),
            (&refusal, &theirs, Verdict::Refused),
            (&outcome("SKIP\n", "", 0), &theirs, Verdict::Refused),
            (&failed, &theirs, Verdict::Loud),
            (&outcome("", "KeyError: 1\n", 1), &failed, Verdict::Loud),
            (&outcome("2\n", "", 0), &theirs, Verdict::Wrong),
            (&theirs, &failed, Verdict::Wrong),
            (&killed, &theirs, Verdict::Crash),
            (&outcome("", "", 70), &theirs, Verdict::Crash),
            (&slow, &theirs, Verdict::Timeout),
            (&theirs, &slow, Verdict::Skipped),
        ] {
            assert_eq!(judge(ours, theirs), verdict, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn warnings_of_a_program_that_succeeds_are_not_compared() {
        let ours = outcome("", "RuntimeWarning: x\nhelp: y\n", 0);
        assert_eq!(judge(&ours, &outcome("", "other\n", 0)), Verdict::Same);
    }
}
