//! Descriptors and threads as sources of wake-ups: a [`Poller`] on `mio`.
//!
//! **Level, not edge.** `asyncio` calls a reader in every turn in which its
//! descriptor is readable, whether or not the last call read everything; `mio`
//! reports a change once. So a descriptor that was reported is armed again
//! before the next poll, at the price of one system call, unless whoever used
//! it says with [`IoPoller::drained`] that nothing is left. A reader that
//! says so costs no more than under an edge-triggered loop.
//!
//! **Cancelling** is the caller's: a handle that is already in the ready queue
//! when its descriptor is removed still comes up there. [`IoPoller::add`] and
//! [`IoPoller::remove`] give the old handle back, to be marked as cancelled.
//!
//! **Origins** answer the two questions of the loop, whether an idle loop is a
//! deadlock and whether virtual time may jump: see [`Origin`].
//!
//! **Threads** enter by a [`Remote`], which is all of this that another thread
//! may hold.
//!
//! The poller is a cheap handle: clones share one set of descriptors, so that
//! the loop holds one and the code that registers holds another.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::RawFd;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::poller::{Poller, WaitEnd};
use crate::ready::ReadyQueue;

/// The token of the waker; no descriptor has this number.
const WAKE: Token = Token(usize::MAX);

/// Events taken per poll at first; grows with the number of descriptors, so
/// that one turn sees everything that is ready.
const FIRST_CAPACITY: usize = 256;

/// What a descriptor is waited on for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Something can be read, or accepted, or the other side is gone.
    Read,
    /// Something can be written, or a connection was made or refused.
    Write,
}

/// Where the wake-ups of a source come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The other side may be in this process: a local socket. It wakes an idle
    /// loop; virtual time jumps when nothing arrives at once.
    Local,
    /// The real world: a child, a thread, a terminal, a remote peer. It wakes an
    /// idle loop; while it is awaited virtual time passes as real time does.
    World,
    /// Housekeeping that no task waits for, such as the pipe that signals come
    /// through: it never keeps a deadlock from being one.
    Background,
}

/// One direction of a descriptor.
struct Side<H> {
    handle: H,
    origin: Origin,
}

struct Entry<H> {
    reader: Option<Side<H>>,
    writer: Option<Side<H>>,
    /// Reported for reading or writing, and not used up since.
    rearm_read: bool,
    rearm_write: bool,
    /// In the list of those to be armed again before the next poll.
    listed: bool,
    /// The other side was reported as gone: a reader never drains that.
    hung_up: bool,
    readable: bool,
    writable: bool,
}

impl<H> Entry<H> {
    const EMPTY: Entry<H> = Entry {
        reader: None,
        writer: None,
        rearm_read: false,
        rearm_write: false,
        listed: false,
        hung_up: false,
        readable: false,
        writable: false,
    };

    fn side(&mut self, direction: Direction) -> &mut Option<Side<H>> {
        match direction {
            Direction::Read => &mut self.reader,
            Direction::Write => &mut self.writer,
        }
    }

    fn interest(&self) -> Option<Interest> {
        match (&self.reader, &self.writer) {
            (Some(_), Some(_)) => Some(Interest::READABLE | Interest::WRITABLE),
            (Some(_), None) => Some(Interest::READABLE),
            (None, Some(_)) => Some(Interest::WRITABLE),
            (None, None) => None,
        }
    }
}

/// How many sources there are of each origin.
#[derive(Default)]
struct Counts {
    local: usize,
    world: usize,
    background: usize,
}

impl Counts {
    fn of(&mut self, origin: Origin) -> &mut usize {
        match origin {
            Origin::Local => &mut self.local,
            Origin::World => &mut self.world,
            Origin::Background => &mut self.background,
        }
    }
}

struct Inner<H> {
    poll: Poll,
    events: Events,
    capacity: usize,
    /// By number of the descriptor.
    entries: Vec<Entry<H>>,
    /// Descriptors that were reported; some may have been used up since.
    rearm: Vec<RawFd>,
    /// Descriptors reported by the last poll, in order. Empty between polls.
    reported: Vec<RawFd>,
    counts: Counts,
    waker: Arc<Waker>,
    woken: Arc<Mutex<Vec<u64>>>,
    remotes: BTreeMap<u64, Side<H>>,
    last_remote: u64,
}

/// The poller. See the head of the module. `H` is what a registration carries;
/// it becomes a callback of the loop each time its descriptor is ready.
pub struct IoPoller<H> {
    inner: Rc<RefCell<Inner<H>>>,
}

impl<H> Clone for IoPoller<H> {
    fn clone(&self) -> Self {
        IoPoller {
            inner: self.inner.clone(),
        }
    }
}

/// A way into the loop for another thread.
#[derive(Clone, Debug)]
pub struct Remote {
    id: u64,
    waker: Arc<Waker>,
    woken: Arc<Mutex<Vec<u64>>>,
}

impl Remote {
    /// Makes the handle that belongs to this due, and ends a wait of the loop.
    /// Callable from any thread; after the loop is gone it does nothing.
    pub fn wake(&self) {
        // The list stays whole even if a thread panicked while it held it.
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.push(self.id);
        drop(woken);
        // A full counter means that the loop is being woken already.
        let _ = self.waker.wake();
    }
}

impl<H: Clone> IoPoller<H> {
    /// A poller without sources.
    ///
    /// # Errors
    /// What the system says, most likely that there are no descriptors left.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        Ok(IoPoller {
            inner: Rc::new(RefCell::new(Inner {
                poll,
                events: Events::with_capacity(FIRST_CAPACITY),
                capacity: FIRST_CAPACITY,
                entries: Vec::new(),
                rearm: Vec::new(),
                reported: Vec::new(),
                counts: Counts::default(),
                waker,
                woken: Arc::default(),
                remotes: BTreeMap::new(),
                last_remote: 0,
            })),
        })
    }

    /// Has `handle` become due whenever `fd` is ready in this direction, until
    /// it is removed. Gives back the handle that this one replaces.
    ///
    /// # Errors
    /// What the system says: `EPERM` for a regular file, `EBADF` for a number
    /// that is no descriptor.
    pub fn add(
        &self,
        fd: RawFd,
        direction: Direction,
        handle: H,
        origin: Origin,
    ) -> io::Result<Option<H>> {
        self.inner.borrow_mut().add(fd, direction, handle, origin)
    }

    /// Ends what [`add`](IoPoller::add) began; gives back its handle, or `None`
    /// if there was none.
    pub fn remove(&self, fd: RawFd, direction: Direction) -> Option<H> {
        self.inner.borrow_mut().remove(fd, direction)
    }

    /// Whether something is registered.
    pub fn is_registered(&self, fd: RawFd, direction: Direction) -> bool {
        let mut inner = self.inner.borrow_mut();
        let entry = usize::try_from(fd)
            .ok()
            .and_then(|at| inner.entries.get_mut(at));
        entry.is_some_and(|entry| entry.side(direction).is_some())
    }

    /// The handle of a registration.
    pub fn handle(&self, fd: RawFd, direction: Direction) -> Option<H> {
        let mut inner = self.inner.borrow_mut();
        let entry = inner.entries.get_mut(usize::try_from(fd).ok()?)?;
        let side = entry.side(direction).as_ref()?;
        Some(side.handle.clone())
    }

    /// Is told that `fd` was used until the system had no more to give (or to
    /// take), and so need not be reported again before that changes.
    #[inline]
    pub fn drained(&self, fd: RawFd, direction: Direction) {
        let mut inner = self.inner.borrow_mut();
        let entry = usize::try_from(fd)
            .ok()
            .and_then(|at| inner.entries.get_mut(at));
        if let Some(entry) = entry {
            match direction {
                Direction::Read => entry.rearm_read &= entry.hung_up,
                Direction::Write => entry.rearm_write &= entry.hung_up,
            }
        }
    }

    /// Registers a thread: `handle` becomes due whenever [`Remote::wake`] is
    /// called, until [`remove_remote`](IoPoller::remove_remote).
    pub fn add_remote(&self, handle: H, origin: Origin) -> Remote {
        let mut inner = self.inner.borrow_mut();
        inner.last_remote += 1;
        let id = inner.last_remote;
        *inner.counts.of(origin) += 1;
        inner.remotes.insert(id, Side { handle, origin });
        Remote {
            id,
            waker: inner.waker.clone(),
            woken: inner.woken.clone(),
        }
    }

    /// Ends what [`add_remote`](IoPoller::add_remote) began.
    pub fn remove_remote(&self, remote: &Remote) -> Option<H> {
        let mut inner = self.inner.borrow_mut();
        let side = inner.remotes.remove(&remote.id)?;
        *inner.counts.of(side.origin) -= 1;
        Some(side.handle)
    }

    /// Removes everything; gives back the handles, to be marked as cancelled.
    pub fn clear(&self) -> Vec<H> {
        self.inner.borrow_mut().clear()
    }
}

impl<H: Clone> Inner<H> {
    fn add(
        &mut self,
        fd: RawFd,
        direction: Direction,
        handle: H,
        origin: Origin,
    ) -> io::Result<Option<H>> {
        let Ok(at) = usize::try_from(fd) else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        let side = Side { handle, origin };
        let known = self
            .entries
            .get(at)
            .is_some_and(|entry| entry.interest().is_some());
        if !known {
            // The system is asked first: it knows which numbers are descriptors.
            let interest = interest_of(direction);
            let registry = self.poll.registry();
            registry.register(&mut SourceFd(&fd), Token(at), interest)?;
            if self.entries.len() <= at {
                self.entries.resize_with(at + 1, || Entry::EMPTY);
            }
            let listed = self.entries[at].listed;
            self.entries[at] = Entry {
                listed,
                ..Entry::EMPTY
            };
            *self.entries[at].side(direction) = Some(side);
            *self.counts.of(origin) += 1;
            return Ok(None);
        }
        *self.counts.of(origin) += 1;
        let old = self.entries[at].side(direction).replace(side);
        if let Some(old) = old {
            *self.counts.of(old.origin) -= 1;
            return Ok(Some(old.handle));
        }
        if let Err(error) = self.arm(fd, at) {
            *self.entries[at].side(direction) = None;
            *self.counts.of(origin) -= 1;
            return Err(error);
        }
        Ok(None)
    }

    /// Tells the system what is wanted of a descriptor that it knows; it then
    /// reports what is so already.
    fn arm(&mut self, fd: RawFd, at: usize) -> io::Result<()> {
        let entry = &mut self.entries[at];
        entry.rearm_read = false;
        entry.rearm_write = false;
        let Some(interest) = entry.interest() else {
            return Ok(());
        };
        let registry = self.poll.registry();
        let source = &mut SourceFd(&fd);
        match registry.reregister(source, Token(at), interest) {
            // The descriptor was closed without being removed, and its number
            // names a new one.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                registry.register(source, Token(at), interest)
            }
            result => result,
        }
    }

    fn remove(&mut self, fd: RawFd, direction: Direction) -> Option<H> {
        let at = usize::try_from(fd).ok()?;
        let entry = self.entries.get_mut(at)?;
        let side = entry.side(direction).take()?;
        let left = entry.interest().is_some();
        *self.counts.of(side.origin) -= 1;
        // A descriptor that was closed before is unknown to the system already.
        if left {
            let _ = self.arm(fd, at);
        } else {
            self.entries[at].rearm_read = false;
            self.entries[at].rearm_write = false;
            let _ = self.poll.registry().deregister(&mut SourceFd(&fd));
        }
        Some(side.handle)
    }

    fn clear(&mut self) -> Vec<H> {
        let mut handles = Vec::new();
        for at in 0..self.entries.len() {
            let Ok(fd) = RawFd::try_from(at) else { break };
            handles.extend(self.remove(fd, Direction::Read));
            handles.extend(self.remove(fd, Direction::Write));
        }
        self.rearm.clear();
        let remotes = std::mem::take(&mut self.remotes);
        handles.extend(remotes.into_values().map(|side| side.handle));
        self.counts = Counts::default();
        handles
    }

    fn rearm_all(&mut self) {
        while let Some(fd) = self.rearm.pop() {
            let Ok(at) = usize::try_from(fd) else {
                continue;
            };
            let entry = &mut self.entries[at];
            entry.listed = false;
            let read = entry.rearm_read && entry.reader.is_some();
            let write = entry.rearm_write && entry.writer.is_some();
            if read || write {
                // It fails for a descriptor that is closed: nothing to report.
                let _ = self.arm(fd, at);
            }
        }
    }

    /// Takes the events over: what is ready of each descriptor, in order.
    fn take_events(&mut self) -> bool {
        let mut woken = false;
        for event in &self.events {
            if event.token() == WAKE {
                woken = true;
                continue;
            }
            let at = event.token().0;
            let Some(entry) = self.entries.get_mut(at) else {
                continue;
            };
            let Ok(fd) = RawFd::try_from(at) else {
                continue;
            };
            if !entry.readable && !entry.writable {
                self.reported.push(fd);
            }
            entry.hung_up |= hung_up(event);
            entry.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
            entry.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
        }
        woken
    }

    fn append_ready<P: From<H>>(&mut self, ready: &mut ReadyQueue<P>) {
        for fd in self.reported.drain(..) {
            let Some(entry) = usize::try_from(fd)
                .ok()
                .and_then(|at| self.entries.get_mut(at))
            else {
                continue;
            };
            let readable = std::mem::take(&mut entry.readable);
            let writable = std::mem::take(&mut entry.writable);
            if let Some(side) = entry.reader.as_ref().filter(|_| readable) {
                ready.push_back(side.handle.clone().into());
            }
            if let Some(side) = entry.writer.as_ref().filter(|_| writable) {
                ready.push_back(side.handle.clone().into());
            }
            entry.rearm_read |= readable;
            entry.rearm_write |= writable;
            if !std::mem::replace(&mut entry.listed, true) {
                self.rearm.push(fd);
            }
        }
    }

    fn append_woken<P: From<H>>(&mut self, ready: &mut ReadyQueue<P>) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        for id in woken.drain(..) {
            if let Some(side) = self.remotes.get(&id) {
                ready.push_back(side.handle.clone().into());
            }
        }
    }

    fn fit_capacity(&mut self) {
        let sources = self.counts.local + self.counts.world + self.counts.background;
        if sources > self.capacity {
            self.capacity = sources.next_power_of_two();
            self.events = Events::with_capacity(self.capacity);
        }
    }
}

fn interest_of(direction: Direction) -> Interest {
    match direction {
        Direction::Read => Interest::READABLE,
        Direction::Write => Interest::WRITABLE,
    }
}

fn hung_up(event: &Event) -> bool {
    event.is_read_closed() || event.is_write_closed() || event.is_error()
}

impl<H: Clone, P: From<H>> Poller<P> for IoPoller<H> {
    fn has_sources(&self) -> bool {
        let counts = &self.inner.borrow().counts;
        counts.local + counts.world + counts.background > 0
    }

    fn can_wake(&self) -> bool {
        let counts = &self.inner.borrow().counts;
        counts.local + counts.world > 0
    }

    fn follows_real_time(&self) -> bool {
        self.inner.borrow().counts.world > 0
    }

    fn poll(
        &mut self,
        timeout: Option<Duration>,
        ready: &mut ReadyQueue<P>,
    ) -> io::Result<WaitEnd> {
        let mut inner = self.inner.borrow_mut();
        let inner = &mut *inner;
        inner.fit_capacity();
        inner.rearm_all();
        match inner.poll.poll(&mut inner.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return Ok(WaitEnd::Interrupted);
            }
            Err(error) => return Err(error),
        }
        let woken = inner.take_events();
        inner.append_ready(ready);
        if woken {
            inner.append_woken(ready);
        }
        Ok(WaitEnd::Ready)
    }
}

#[cfg(test)]
mod tests;
