//! How messages quote a program and tell what to write instead.

use crate::ast::{Module, StmtKind};
use crate::span::Span;

/// The longest piece of a program that is quoted in a message.
const MAX_QUOTE: usize = 40;

/// A piece of a program, shortened where it would not fit into a sentence.
#[must_use]
pub fn quote(source: &str, span: Span) -> String {
    let text = span.text(source);
    if text.len() <= MAX_QUOTE && !text.contains('\n') {
        return text.to_owned();
    }
    match text.split_once('(') {
        Some((callee, _)) if callee.len() <= MAX_QUOTE && !callee.contains('\n') => {
            format!("{callee}(...)")
        }
        Some(_) | None => "...".to_owned(),
    }
}

/// `name` of `asyncio` as this program would write it.
#[must_use]
pub fn asyncio(module: &Module, name: &str) -> String {
    for stmt in &module.body {
        match &stmt.kind {
            StmtKind::Import { names } => {
                if let Some(alias) = names.iter().find(|one| &*one.name.name == "asyncio") {
                    let module = alias.asname.as_ref().unwrap_or(&alias.name);
                    return format!("{}.{name}", module.name);
                }
            }
            StmtKind::ImportFrom {
                module: Some(module),
                names,
                ..
            } if &*module.name == "asyncio" && names.iter().any(|one| &*one.name.name == name) => {
                return name.to_owned();
            }
            _ => {}
        }
    }
    name.to_owned()
}

/// What to write in a body that may be no place for `await`: then its function, or the lack of
/// one, has to change too.
#[must_use]
pub fn edit(is_async: bool, function: Option<&str>, text: &str) -> String {
    match function {
        _ if is_async => format!("`{text}`"),
        // A method with such a name has to stay as it is.
        Some(name) if !name.starts_with("__") => {
            format!("`{text}`, and make it `async def {name}`")
        }
        Some(_) | None => format!("`{text}`, inside an `async def`"),
    }
}
