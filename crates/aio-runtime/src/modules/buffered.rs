//! A file of the system with a buffer on each side: bytes read ahead, bytes written late.
//!
//! Only one side is in use at a time: writing first gives back what was read ahead, reading first
//! writes what is waiting.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, IoSliceMut, Seek, SeekFrom, Write};

/// A file with bytes read ahead or not yet written.
pub struct Buffered {
    pub file: Option<File>,
    pub ahead: Vec<u8>,
    pub at: usize,
    pub late: Vec<u8>,
    pub late_at_most: Late,
    /// Whether a read may have to wait: a pipe, a device.
    pub waits: bool,
    /// How long a file of the file system is, as long as nothing was done to it.
    unread: Option<usize>,
}

/// What may wait to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Late {
    /// Nothing: what is written is written at once, what is read is what is there.
    Nothing,
    /// Less than a line.
    Line,
    /// A buffer full.
    Much,
}

/// How much is read ahead.
const CHUNK: usize = 1 << 16;

/// Up to this size a file is read with one call of the system, which also finds its end.
const SMALL: usize = 1 << 16;

/// How much is asked for at once at most, whatever a file says of its size.
const MOST_AT_ONCE: usize = 1 << 26;

fn closed() -> io::Error {
    rustix::io::Errno::BADF.into()
}

/// Appends up to `room` bytes to a buffer, without clearing memory first; says how many.
fn read_into(file: &File, buffer: &mut Vec<u8>, room: usize) -> io::Result<usize> {
    buffer.reserve(room);
    let before = buffer.len();
    rustix::io::retry_on_intr(|| rustix::io::read(file, rustix::buffer::spare_capacity(buffer)))?;
    Ok(buffer.len() - before)
}

/// The start of a file of this size, and what is behind that if it has grown.
fn read_small(file: &File, size: usize) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut bytes, mut more) = (vec![0; size], [0; 32]);
    let mut parts = [IoSliceMut::new(&mut bytes), IoSliceMut::new(&mut more)];
    let got = rustix::io::retry_on_intr(|| rustix::io::readv(file, &mut parts))?;
    bytes.truncate(got);
    let more = more.into_iter().take(got.saturating_sub(size)).collect();
    Ok((bytes, more))
}

impl Buffered {
    /// A file at its start (or a standard stream: none). The size is that of a regular file, 0 if
    /// it is not known.
    pub fn new(file: Option<File>, size: usize) -> Buffered {
        Buffered {
            file,
            ahead: vec![],
            at: 0,
            late: vec![],
            late_at_most: Late::Much,
            waits: false,
            unread: (1..=SMALL).contains(&size).then_some(size),
        }
    }

    pub fn file(&mut self) -> io::Result<&mut File> {
        self.unread = None;
        self.file.as_mut().ok_or_else(closed)
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
        self.ahead.drain(..self.at);
        self.at = 0;
        self.unread = None;
        let file = self.file.as_ref().ok_or_else(closed)?;
        let got = read_into(file, &mut self.ahead, CHUNK)?;
        Ok(got > 0)
    }

    /// Waits until there is something to read, at most so long.
    pub fn poll(&self, timeout: &Timespec) -> Result<usize, Errno> {
        let file = self.file.as_ref().ok_or(Errno::BADF)?;
        poll(&mut [PollFd::new(file, PollFlags::IN)], Some(timeout))
    }

    pub fn rest(&self) -> &[u8] {
        self.ahead.get(self.at..).unwrap_or_default()
    }

    pub fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.rest();
        let taken = rest.get(..count).unwrap_or(rest).to_vec();
        self.at += taken.len();
        taken
    }

    pub fn read(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        let Some(limit) = limit else {
            return self.read_all();
        };
        while self.rest().len() < limit && self.fill()? {}
        Ok(self.take(limit))
    }

    /// What is left of the file, read straight into what is given out.
    fn read_all(&mut self) -> io::Result<Vec<u8>> {
        self.flush()?;
        let file = self.file.as_ref().ok_or_else(closed)?;
        if let Some(size) = self.unread.take() {
            let (mut all, more) = read_small(file, size)?;
            if all.len() == size && more.is_empty() {
                return Ok(all);
            }
            all.extend(more);
            self.ahead = all;
        }
        let mut all = std::mem::take(&mut self.ahead);
        all.drain(..std::mem::take(&mut self.at));
        let size = file.metadata().map_or(0, |data| data.len());
        let room = usize::try_from(size).unwrap_or(0).min(MOST_AT_ONCE);
        let _ = all.try_reserve_exact(room.saturating_sub(all.len()));
        loop {
            if all.len() < all.capacity() {
                if read_into(file, &mut all, 0)? == 0 {
                    break;
                }
                continue;
            }
            // Most likely this is the end, and then the bytes are given out as they lie.
            let mut probe = [0; 32];
            let got = rustix::io::retry_on_intr(|| rustix::io::read(file, &mut probe))?;
            if got == 0 {
                break;
            }
            all.reserve(CHUNK);
            all.extend(probe.into_iter().take(got));
        }
        Ok(all)
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
        let is_due = match self.late_at_most {
            Late::Nothing => true,
            Late::Line => memchr::memchr2(b'\n', b'\r', bytes).is_some(),
            Late::Much => false,
        };
        if is_due || self.late.len() > 1 << 16 {
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
