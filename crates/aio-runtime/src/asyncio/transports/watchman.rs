//! The watchman: a thread that sees to it that what is held does not stay so while the script
//! computes.
//!
//! While writes are held now and then, it looks every few milliseconds. If the same ones are still
//! held, it asks for attention, and the next safe point sends them. When nothing is held any more
//! it waits to be woken: the interpreter pays for two counts a turn, no call of the system.

use crate::heap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it looks.
const ROUND: Duration = Duration::from_millis(5);

/// It goes to sleep after so many rounds without anything new.
const QUIET_ROUNDS: u32 = 200;

/// What both threads know.
struct Shared {
    /// Odd while writes are held; counts on when that begins and when it ends.
    changes: AtomicU32,
    /// Whether the watchman waits to be woken.
    sleeps: AtomicBool,
}

/// The interpreter's side; dropping it ends the thread.
pub struct Watchman {
    shared: Arc<Shared>,
    wake: Sender<()>,
}

impl Watchman {
    /// Starts the thread; none if the system has no more.
    pub fn start() -> Option<Watchman> {
        let shared = Arc::new(Shared {
            changes: AtomicU32::new(0),
            sleeps: AtomicBool::new(true),
        });
        let (wake, woken) = channel();
        let attention = heap::attention_arc().clone();
        let of_thread = shared.clone();
        let body = move || {
            // A signal is for the thread that waits.
            #[cfg(unix)]
            let _ = nix::sys::signal::SigSet::all().thread_block();
            watch(&of_thread, &woken, &attention);
        };
        std::thread::Builder::new().spawn(body).ok()?;
        Some(Watchman { shared, wake })
    }

    /// Writes are held from now on.
    #[inline]
    pub fn begin(&self) {
        self.shared.changes.fetch_add(1, Ordering::SeqCst);
        if self.shared.sleeps.load(Ordering::SeqCst)
            && self.shared.sleeps.swap(false, Ordering::SeqCst)
        {
            // The thread ends only when this sender does.
            let _ = self.wake.send(());
        }
    }

    /// They are sent.
    #[inline]
    pub fn end(&self) {
        self.shared.changes.fetch_add(1, Ordering::SeqCst);
    }
}

/// What the thread does until the other side is gone.
fn watch(shared: &Shared, woken: &Receiver<()>, attention: &AtomicBool) {
    while woken.recv().is_ok() {
        let mut seen = shared.changes.load(Ordering::SeqCst);
        let mut quiet = 0;
        loop {
            if woken.recv_timeout(ROUND) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let now = shared.changes.load(Ordering::SeqCst);
            if now != seen {
                (seen, quiet) = (now, 0);
                continue;
            }
            if now % 2 == 1 {
                attention.store(true, Ordering::SeqCst);
            }
            quiet += 1;
            if quiet < QUIET_ROUNDS {
                continue;
            }
            shared.sleeps.store(true, Ordering::SeqCst);
            // What began meanwhile saw that nobody slept.
            let begun = shared.changes.load(Ordering::SeqCst) != seen;
            if !begun || !shared.sleeps.swap(false, Ordering::SeqCst) {
                break;
            }
            quiet = 0;
        }
    }
}
