//! Reading pipes and devices: what is read may not be there yet.

use super::files::Stream;
use crate::error::R;
use crate::threads::Looks;
use crate::vm::Vm;
use std::time::Duration;

/// Up to where a read goes, if the file does not end before.
#[derive(Clone, Copy)]
pub enum Until {
    /// The end of the file.
    End,
    /// The end of the line.
    Line,
    /// So many bytes.
    Bytes(usize),
    /// So many bytes at most, as many as are there.
    AtMost(usize),
    /// So many characters of UTF-8.
    Chars(usize),
}

impl Until {
    /// How many of these bytes are read; none when more are needed.
    pub fn within(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Until::End => None,
            Until::Line => memchr::memchr(b'\n', bytes).map(|at| at + 1),
            Until::Bytes(count) => (bytes.len() >= count).then_some(count),
            Until::AtMost(0) => Some(0),
            Until::AtMost(count) => (!bytes.is_empty()).then_some(bytes.len().min(count)),
            Until::Chars(count) => {
                let mut end = 0;
                for _ in 0..count {
                    end += match bytes.get(end)? {
                        0xc0..=0xdf => 2,
                        0xe0..=0xef => 3,
                        0xf0..=0xf7 => 4,
                        _ => 1,
                    };
                }
                (end <= bytes.len()).then_some(end)
            }
        }
    }
}

/// Reads from a pipe or device. Signals are seen and other threads go on until there is something.
/// None for a file that has all it will ever have.
///
/// # Errors
/// `OSError`, `KeyboardInterrupt`.
pub fn read(vm: &mut Vm, stream: &Stream, until: Until) -> R<Option<Vec<u8>>> {
    if !stream.inner.borrow().waits {
        return Ok(None);
    }
    let mut looks = Looks::default();
    loop {
        let mut inner = stream.inner.borrow_mut();
        if let Some(count) = until.within(inner.rest()) {
            return Ok(Some(inner.take(count)));
        }
        drop(inner);
        let mut left = Duration::MAX;
        if !looks.look(vm, &mut left, |timeout| stream.inner.borrow().poll(timeout))? {
            continue;
        }
        looks = Looks::default();
        let mut inner = stream.inner.borrow_mut();
        match inner.fill() {
            Ok(true) => {}
            Ok(false) => {
                let rest = inner.rest().len();
                return Ok(Some(inner.take(rest)));
            }
            Err(error) => {
                drop(inner);
                return Err(vm.raise_io_error(&error, None));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Until;

    #[test]
    fn a_read_ends_where_it_should() {
        let text = "aé€\n😀".as_bytes();
        assert_eq!(Until::End.within(text), None);
        assert_eq!(Until::Line.within(text), Some(7));
        assert_eq!(Until::Line.within(b"no end"), None);
        assert_eq!(Until::Bytes(4).within(text), Some(4));
        assert_eq!(Until::Bytes(12).within(text), None);
        assert_eq!(Until::AtMost(4).within(text), Some(4));
        assert_eq!(Until::AtMost(100).within(b"ab"), Some(2));
        assert_eq!(Until::AtMost(100).within(b""), None);
        for (count, end) in [(0, 0), (1, 1), (2, 3), (3, 6), (4, 7), (5, 11)] {
            assert_eq!(Until::Chars(count).within(text), Some(end));
        }
        assert_eq!(Until::Chars(5).within(b"ab\xf0\x9f"), None);
    }
}
