//! Mistakes of asynchronous programs that can be seen without running them.
//!
//! In reading order: `library` (tables about `asyncio`), `facts` (what names are bound to), `infer`
//! (what expressions are), `checker` (the walk through a program), `rules` (one file per family of
//! mistakes), `pages` (what `aio explain` tells about every code of the project). What can be
//! found is the list of codes in `aio_syntax::mistakes`.
//!
//! An *error* is said only where the mistake is sure: the name that is called is bound once, to
//! one `async def`, or is a name of `asyncio` that nothing hides. What is likely, or slow, or
//! risky is a *hint*. What raises an exception that the program catches by its name is neither.

mod checker;
mod facts;
mod infer;
mod library;
mod pages;
mod rules;

use aio_syntax::{Diagnostic, ast};

pub use pages::{Page, page, pages};

/// Everything there is to say about a program that compiles, in source order. A program that
/// does not compile has other worries, and gets none.
#[must_use]
pub fn check(module: &ast::Module, source: &str) -> Vec<Diagnostic> {
    let Ok(tree) = aio_compile::scopes(module) else {
        return Vec::new();
    };
    checker::check(module, source, &tree)
}
