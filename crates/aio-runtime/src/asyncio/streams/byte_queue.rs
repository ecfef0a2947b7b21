//! The buffer of a `StreamReader`.

/// Memory that an empty queue keeps.
const MOST_KEPT: usize = 1 << 18;

/// Bytes that come in at the end and go out at the front.
#[derive(Default)]
pub struct ByteQueue {
    bytes: Vec<u8>,
    /// What is before this went out already.
    start: usize,
}

impl ByteQueue {
    #[expect(clippy::indexing_slicing, reason = "no more is taken than there is")]
    /// What is in it.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Puts bytes in.
    pub fn push(&mut self, bytes: &[u8]) {
        // Moving what is left is worth it once it is less than what is gone.
        if self.start > 0 && self.start * 2 >= self.bytes.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes bytes out.
    pub fn skip(&mut self, count: usize) {
        self.start += count;
        if self.start >= self.bytes.len() {
            self.start = 0;
            // A burst that was read must not hold its memory for good.
            if self.bytes.capacity() > MOST_KEPT {
                self.bytes = Vec::new();
            } else {
                self.bytes.clear();
            }
        }
    }
}
