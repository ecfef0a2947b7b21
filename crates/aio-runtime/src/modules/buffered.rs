//! A file of the system with a buffer on each side: bytes read ahead, bytes written late.
//!
//! Only one side is in use at a time: writing first gives back what was read ahead, reading first
//! writes what is waiting.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A file with bytes read ahead or not yet written.
pub struct Buffered {
    pub file: Option<File>,
    pub ahead: Vec<u8>,
    pub at: usize,
    pub late: Vec<u8>,
}

impl Buffered {
    pub fn file(&mut self) -> io::Result<&mut File> {
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::from_raw_os_error(9))
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if self.late.is_empty() {
            return Ok(());
        }
        let late = std::mem::take(&mut self.late);
        self.file()?.write_all(&late)
    }

    /// Reads more; false at the end.
    pub fn fill(&mut self) -> io::Result<bool> {
        self.flush()?;
        let mut chunk = vec![0; 1 << 16];
        let got = self.file()?.read(&mut chunk)?;
        self.ahead.drain(..self.at);
        self.at = 0;
        self.ahead.extend(chunk.into_iter().take(got));
        Ok(got > 0)
    }

    pub fn rest(&self) -> &[u8] {
        self.ahead.get(self.at..).unwrap_or_default()
    }

    pub fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.rest().iter().take(count).copied().collect::<Vec<u8>>();
        self.at += taken.len();
        taken
    }

    pub fn read(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        while limit.is_none_or(|limit| self.rest().len() < limit) && self.fill()? {}
        let have = self.rest().len();
        Ok(self.take(limit.map_or(have, |limit| limit.min(have))))
    }

    pub fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let fresh = self.rest().get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', fresh) {
                return Ok(self.take(searched + at + 1));
            }
            searched = self.rest().len();
            if !self.fill()? {
                let have = self.rest().len();
                return Ok(self.take(have));
            }
        }
    }

    /// Forgets what was read ahead, so that the system's position is the script's.
    pub fn settle(&mut self) -> io::Result<()> {
        let unread = self.rest().len() as i64;
        if unread > 0 {
            self.file()?.seek(SeekFrom::Current(-unread))?;
        }
        self.ahead.clear();
        self.at = 0;
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.at < self.ahead.len() {
            self.settle()?;
        }
        self.late.extend_from_slice(bytes);
        if self.late.len() > 1 << 16 {
            self.flush()
        } else {
            Ok(())
        }
    }

    pub fn tell(&mut self) -> io::Result<u64> {
        self.flush()?;
        let unread = self.rest().len() as u64;
        Ok(self.file()?.stream_position()? - unread)
    }
}
