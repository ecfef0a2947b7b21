//! What a program may do to the world outside: the network, other programs, files.
//!
//! Every function of the library that reaches out asks [`Vm::permit`] first, at the one place
//! that all ways of its kind come through: `open` and the calls of `_os` for files, the making of a
//! socket and the look-up of a name for the network, the start of a child and a signal to another
//! process for programs. A rule in `tests/tidy.rs` holds that no file calls the system without it.

use crate::error::{R, with_exc_data};
use crate::value::Value;
use crate::vm::Vm;
use std::path::Path;

/// A kind of reaching out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Sockets of any family, look-ups of names.
    Net,
    /// Children, signals to other processes.
    Run,
    /// Files and folders, also whether they are there.
    Read,
    /// Making, changing and removing files and folders.
    Write,
}

impl Access {
    /// The option that denies it.
    pub fn option(self) -> &'static str {
        match self {
            Access::Net => "--deny-net",
            Access::Run => "--deny-run",
            Access::Read => "--deny-read",
            Access::Write => "--deny-write",
        }
    }
}

/// What is denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Denied {
    /// See [`Access::Net`].
    pub net: bool,
    /// See [`Access::Run`].
    pub run: bool,
    /// See [`Access::Read`].
    pub read: bool,
    /// See [`Access::Write`].
    pub write: bool,
}

impl Denied {
    /// Everything.
    pub const ALL: Denied = Denied {
        net: true,
        run: true,
        read: true,
        write: true,
    };

    fn includes(self, access: Access) -> bool {
        match access {
            Access::Net => self.net,
            Access::Run => self.run,
            Access::Read => self.read,
            Access::Write => self.write,
        }
    }
}

impl Vm {
    /// Lets the program do something, if it is not denied; `about` is the path in question.
    ///
    /// # Errors
    /// `PermissionError`, which names the option.
    #[inline]
    pub fn permit(&mut self, access: Access, about: Option<&str>) -> R<()> {
        if self.options.denied.includes(access) {
            return self.refuse(access, about);
        }
        Ok(())
    }

    /// As [`Vm::permit`], about a path as the system has it.
    ///
    /// # Errors
    /// As [`Vm::permit`].
    #[inline]
    pub fn permit_path(&mut self, access: Access, path: &[u8]) -> R<()> {
        if self.options.denied.includes(access) {
            return self.refuse(access, Some(&String::from_utf8_lossy(path)));
        }
        Ok(())
    }

    #[cold]
    fn refuse(&mut self, access: Access, about: Option<&str>) -> R<()> {
        const EPERM: i64 = 1;
        let text = format!("Operation not permitted ({})", access.option());
        let args = vec![Value::int(EPERM), self.str(text)];
        let class = self.types.permission_error.clone();
        let exception = self.new_exception(&class, args);
        if let Some(about) = about {
            let file = self.str(about);
            with_exc_data(&exception, |data| data.set_field("filename", file));
        }
        Err(self.raise(exception))
    }

    /// Lets the program import a file: always if it lies beside the script.
    ///
    /// # Errors
    /// As [`Vm::permit`].
    pub fn permit_import(&mut self, file: &Path) -> R<()> {
        let beside = self.options.script_dir.as_deref().unwrap_or(Path::new("."));
        let beside = if beside.as_os_str().is_empty() {
            Path::new(".")
        } else {
            beside
        };
        let is_beside = match (file.canonicalize(), beside.canonicalize()) {
            (Ok(file), Ok(beside)) => file.starts_with(beside),
            (Ok(_) | Err(_), _) => false,
        };
        if is_beside {
            return Ok(());
        }
        self.permit(Access::Read, Some(&file.to_string_lossy()))
    }
}
