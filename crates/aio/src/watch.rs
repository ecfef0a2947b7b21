//! `aio --watch`: runs the program again whenever it, or a module that it imported, is saved.
//!
//! A thread looks at the files twenty times a second: at their time, size and number, so that a
//! file that an editor replaces by another one of the same name is seen too. When one has changed,
//! the program is asked to stop: its tasks are cancelled and its `finally` blocks run. Then the
//! process executes the command anew, with the arguments it had, in the folder where it began: the
//! new program finds nothing of the old one.

use std::ffi::OsString;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime};

use aio_event_loop::{Clock as _, SystemClock};

use crate::Exit;
use crate::pipeline::{Loaded, Stopper};
use crate::terminal;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(50);

/// Where the command began; a program may go elsewhere.
static BEGAN: OnceLock<PathBuf> = OnceLock::new();

/// What tells one state of a file from another; none while it is not there.
type Stamp = Option<(SystemTime, u64, u64)>;

/// A program that is watched.
pub(crate) struct Watch {
    /// The files that it consists of; the run time adds modules.
    pub(crate) loaded: Loaded,
    stoppers: Sender<Stopper>,
    changes: Receiver<PathBuf>,
}

impl Watch {
    /// Begins to look at a file.
    pub(crate) fn begin(file: &Path) -> Watch {
        if let Ok(here) = std::env::current_dir() {
            BEGAN.get_or_init(|| here);
        }
        let loaded = Loaded::default();
        loaded.add(std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
        let (stoppers, programs) = channel();
        let (changed, changes) = channel();
        let files = loaded.clone();
        std::thread::spawn(move || {
            let file = wait_for_change(&files);
            // Whoever is not there any more needs not be told.
            let _ = changed.send(file);
            for program in programs {
                Stopper::stop(&program);
            }
        });
        Watch {
            loaded,
            stoppers,
            changes,
        }
    }

    /// From now on a change stops this program.
    pub(crate) fn stops(&self, program: Stopper) {
        // A thread that has ended has found a change; the program is short then.
        let _ = self.stoppers.send(program);
    }

    /// The program has ended: waits for a change, unless that was the reason, and begins anew.
    /// Returns only if that fails.
    pub(crate) fn again(self, ended: Exit) -> Exit {
        if let Exit::Signal(_) = ended {
            // Ctrl-C ends the watching too.
            return ended;
        }
        let changed = match self.changes.try_recv() {
            Ok(file) => Some(file),
            Err(_) => {
                let how = match ended {
                    Exit::Code(0) | Exit::Signal(_) => String::new(),
                    Exit::Code(code) => format!(" with exit code {code}"),
                };
                terminal::say(&format!("aio: ended{how}; waiting for a change"));
                self.changes.recv().ok()
            }
        };
        match changed {
            Some(file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                begin_anew(&format!("{name} was changed"))
            }
            None => ended,
        }
    }
}

/// Returns when a file is another one than when it was read, and has been so for a moment.
fn wait_for_change(files: &Loaded) -> PathBuf {
    let clock = SystemClock::new();
    loop {
        for (file, state) in files.all() {
            let now = stamp_of(&file);
            if now.is_some() && now != state.as_ref().and_then(stamp) && settles(&clock, &file, now)
            {
                return file;
            }
        }
        clock.pass(EVERY);
    }
}

/// Whether a file stays as it is; an editor may still be writing.
fn settles(clock: &SystemClock, file: &Path, found: Stamp) -> bool {
    clock.pass(EVERY / 2);
    stamp_of(file) == found
}

fn stamp_of(file: &Path) -> Stamp {
    stamp(&std::fs::metadata(file).ok()?)
}

fn stamp(state: &Metadata) -> Stamp {
    let time = state.modified().ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(state);
    #[cfg(not(unix))]
    let number = 0;
    Some((time, state.len(), number))
}

/// Executes the command anew. Returns only if that fails.
fn begin_anew(why: &str) -> Exit {
    terminal::say(&format!("──── {why} ────"));
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("aio"));
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    if let Some(folder) = BEGAN.get() {
        command.current_dir(folder);
    }
    #[cfg(unix)]
    let failed = std::os::unix::process::CommandExt::exec(&mut command).to_string();
    #[cfg(not(unix))]
    let failed = "this system cannot";
    terminal::say(&format!("aio: cannot begin anew: {failed}"));
    Exit::FAILURE
}

/// The program does not come to a point where it could stop: goes on without it.
pub(crate) fn end_stuck(why: &str, code: i32) {
    if code == 0 {
        begin_anew(why);
    }
    terminal::end_process(why, code);
}
