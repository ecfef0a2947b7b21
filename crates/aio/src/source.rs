//! Reading the text of a program.
//!
//! A program is UTF-8, or what it declares, without null bytes. What is not is
//! refused in CPython's words for a file, before the lexer sees it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::args::Program;

/// The text of a program and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// As it appears in messages: a path as given, or `<string>`, `<stdin>`.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
    /// Where the program's own modules are looked for.
    pub(crate) dir: Option<PathBuf>,
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// The system refused; a message for the user.
    Unreadable(String),
    /// The file is no text; the final line of the error.
    NotText(String),
}

/// Reads the program that was asked for.
pub(crate) fn read(program: &Program) -> Result<Source, ReadError> {
    match program {
        Program::File(path) => read_file(path),
        Program::Code(code) => Ok(Source {
            name: "<string>".to_owned(),
            // As in CPython, so that the last line ends as in a file.
            text: format!("{code}\n"),
            dir: Some(PathBuf::new()),
        }),
        Program::Module(name) => read_module(name),
        Program::Stdin { .. } => {
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|error| ReadError::Unreadable(format!("can't read <stdin>: {error}")))?;
            decode("<stdin>", bytes, Some(PathBuf::new()))
        }
    }
}

/// Reads `a.b` from `a/b.aio`, `a/b.py`, or the file `__main__` of the folder `a/b`.
fn read_module(name: &str) -> Result<Source, ReadError> {
    let path = PathBuf::from(name.replace('.', "/"));
    let extensions = ["aio", "py"];
    let files = extensions.map(|extension| path.with_extension(extension));
    let mains = extensions.map(|extension| path.join("__main__").with_extension(extension));
    let found = files.into_iter().chain(mains).find(|file| file.is_file());
    match found {
        Some(file) => Ok(Source {
            dir: Some(PathBuf::new()),
            ..read_file(&file)?
        }),
        None => Err(ReadError::NotText(format!("aio: No module named {name}"))),
    }
}

/// The paths with the programs of folders in place of the folders, in order. What begins with a
/// dot is left out, as is what builds leave behind.
pub(crate) fn programs(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, &mut found);
        } else {
            found.push(path.clone());
        }
    }
    found
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "target" || name == "__pycache__" {
            continue;
        }
        if entry.is_dir() {
            below(&entry, found);
        } else if entry
            .extension()
            .is_some_and(|end| end == "aio" || end == "py")
        {
            found.push(entry.strip_prefix("./").unwrap_or(&entry).to_path_buf());
        }
    }
}

/// Reads a program from a file.
pub(crate) fn read_file(path: &Path) -> Result<Source, ReadError> {
    let name = path.to_string_lossy().into_owned();
    let bytes = std::fs::read(path)
        .map_err(|error| ReadError::Unreadable(unreadable_message(&name, &error)))?;
    decode(&name, bytes, path.parent().map(Path::to_path_buf))
}

/// `can't open file 'x': [Errno 2] No such file or directory`.
fn unreadable_message(name: &str, error: &io::Error) -> String {
    let text = error.to_string();
    // The standard library appends the number that we put in front.
    let reason = text.split(" (os error").next().unwrap_or_default();
    match error.raw_os_error() {
        Some(number) => format!("can't open file '{name}': [Errno {number}] {reason}"),
        None => format!("can't open file '{name}': {reason}"),
    }
}

fn decode(name: &str, bytes: Vec<u8>, dir: Option<PathBuf>) -> Result<Source, ReadError> {
    if bytes.contains(&0) {
        let line = "SyntaxError: source code cannot contain null bytes";
        return Err(ReadError::NotText(line.to_owned()));
    }
    match aio_syntax::decode_source(&bytes, name) {
        Ok(text) => Ok(Source {
            name: name.to_owned(),
            text: text.into_owned(),
            dir,
        }),
        // There is no text in which the place could be shown.
        Err(diagnostic) => Err(ReadError::NotText(format!(
            "{}: {}",
            diagnostic.kind.name(),
            diagnostic.message
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_file(Path::new("/no/such/program.aio"));
        assert_eq!(
            error,
            Err(ReadError::Unreadable(
                "can't open file '/no/such/program.aio': [Errno 2] No such file or directory"
                    .to_owned()
            ))
        );
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named_with_its_line() {
        let bytes = b"a\nb = '\xff'\n".to_vec();
        let error = decode("x.aio", bytes.clone(), None);
        let Err(ReadError::NotText(text)) = error else {
            panic!("accepted: {error:?}");
        };
        assert!(text.starts_with(
            "SyntaxError: Non-UTF-8 code starting with '\\xff' in file x.aio on line 2,"
        ));
        let code = aio_syntax::decode_source(&bytes, "x.aio").map_err(|error| error.code);
        assert_eq!(code, Err(aio_syntax::diagnostic::code::ENCODING));
    }
}
