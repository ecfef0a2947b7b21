//! Whether what was typed is complete, or whether the user goes on.
//!
//! The rule is Python's as far as a look at the characters can tell: brackets and
//! triple-quoted strings must be closed, a backslash at the end of a line joins
//! the next, and a block (anything whose first line ends with a colon, and what
//! follows a decorator) ends at an empty line. No parser is asked: half a program
//! has no tree.

/// Whether `text`, which ends without a line end, can be run.
pub(super) fn is_complete(text: &str) -> bool {
    let scan = Scan::of(text);
    if scan.open_string || scan.depth > 0 || text.ends_with('\\') {
        return false;
    }
    if !scan.opens_block {
        return true;
    }
    // A block ends at a blank line.
    text.rsplit_once('\n')
        .is_some_and(|(_, last)| last.trim().is_empty())
}

/// What a walk over the characters finds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Scan {
    depth: usize,
    open_string: bool,
    opens_block: bool,
}

impl Scan {
    fn of(text: &str) -> Scan {
        let mut scan = Scan::default();
        let mut rest = text;
        let mut line_has_code = false;
        let mut last = None;
        while let Some(char) = rest.chars().next() {
            rest = rest.get(char.len_utf8()..).unwrap_or_default();
            match char {
                '#' => {
                    rest = rest
                        .get(rest.find('\n').unwrap_or(rest.len())..)
                        .unwrap_or_default()
                }
                '"' | '\'' => {
                    match end_of_string(char, rest) {
                        Some(behind) => rest = behind,
                        None => {
                            scan.open_string = true;
                            return scan;
                        }
                    }
                    line_has_code = true;
                    last = Some(char);
                }
                '(' | '[' | '{' => {
                    scan.depth += 1;
                    last = Some(char);
                }
                ')' | ']' | '}' => {
                    scan.depth = scan.depth.saturating_sub(1);
                    last = Some(char);
                }
                '\n' => {
                    scan.opens_block |= scan.depth == 0 && last == Some(':');
                    line_has_code = false;
                    last = None;
                }
                _ if char.is_whitespace() => (),
                _ => {
                    scan.opens_block |= char == '@' && !line_has_code && scan.depth == 0;
                    line_has_code = true;
                    last = Some(char);
                }
            }
        }
        scan.opens_block |= scan.depth == 0 && last == Some(':');
        scan
    }
}

/// What follows a string whose opening quote was just read; `None` if it may go on
/// on the next line. A string that a line end breaks off counts as ended: running
/// it says what is wrong.
fn end_of_string(quote: char, rest: &str) -> Option<&str> {
    let pair: String = [quote; 2].iter().collect();
    let (end, mut rest, is_triple) = match rest.strip_prefix(&pair) {
        Some(body) => (format!("{pair}{quote}"), body, true),
        None => (quote.to_string(), rest, false),
    };
    loop {
        if let Some(behind) = rest.strip_prefix(&end) {
            return Some(behind);
        }
        let char = match rest.chars().next() {
            Some('\n') | None if !is_triple => return Some(rest),
            Some(char) => char,
            None => return None,
        };
        let escaped = match rest.strip_prefix('\\') {
            Some(behind) => behind.chars().next().map_or(0, char::len_utf8),
            None => 0,
        };
        rest = rest.get(char.len_utf8() + escaped..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_can_run() {
        for text in [
            "",
            "1 + 1",
            "print('a: ')  # note:",
            "x = {1: 2}",
            "''",
            "x = '''a\nb'''",
            "f('a')[1:]",
            "for x in y:\n    pass\n",
            "if x:\n    pass\nelse:\n    pass\n",
            "x[1:\n2]",
            "@f\ndef g(): pass\n",
            "'it\\'s'",
            "x = 'broken",
        ] {
            assert!(is_complete(text), "{text:?}");
        }
    }

    #[test]
    fn lines_that_go_on() {
        for text in [
            "if x:",
            "def f():  # note",
            "for x in y:\n    pass",
            "print(1,",
            "x = '''a",
            "x = \"\"\"a\nb",
            "x = 1 + \\",
            "@decorator",
            "@decorator\ndef f():\n    pass",
            "{'a': [1,\n 2]",
            "while True:\n    if x:\n        break",
        ] {
            assert!(!is_complete(text), "{text:?}");
        }
    }
}
