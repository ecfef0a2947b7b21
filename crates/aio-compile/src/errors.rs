//! The list of compile-time errors while it grows.
//!
//! Every message is CPython's own wording. The passes go on after an error, so that one run can
//! show several; the first one of the list is the one that CPython would raise.

use aio_syntax::{Diagnostic, Label, Severity, Span, SyntaxErrorKind};

/// The stable codes of this crate's diagnostics.
pub(crate) mod code {
    /// A `global` or `nonlocal` that contradicts the rest of its scope.
    pub(crate) const DECLARATION: &str = "A0050";
    /// Two parameters of one name.
    pub(crate) const DUPLICATE_PARAMETER: &str = "A0051";
    /// `return`, `yield` or `await` outside a function.
    pub(crate) const OUTSIDE_FUNCTION: &str = "A0052";
    /// `break` or `continue` outside a loop.
    pub(crate) const OUTSIDE_LOOP: &str = "A0053";
    /// Asynchronous syntax in a plain function.
    pub(crate) const OUTSIDE_ASYNC: &str = "A0054";
    /// Syntax that an async function or async generator may not hold.
    pub(crate) const INSIDE_ASYNC: &str = "A0055";
    /// `:=` or `yield` where a comprehension forbids it.
    pub(crate) const COMPREHENSION: &str = "A0056";
    /// `import *` inside a function or class.
    pub(crate) const IMPORT_STAR: &str = "A0057";
    /// Handlers of a `try` in an impossible order or form.
    pub(crate) const HANDLER: &str = "A0058";
    /// A star where none or only one can stand.
    pub(crate) const STARRED: &str = "A0059";
    /// `__debug__` as a target.
    pub(crate) const DEBUG: &str = "A0060";
    /// A pattern that can never match or binds inconsistently.
    pub(crate) const PATTERN: &str = "A0061";
    /// `from __future__ import` in the wrong place or of an unknown feature.
    pub(crate) const FUTURE: &str = "A0062";
    /// `:=`, `yield` or `await` in a type parameter or alias.
    pub(crate) const ANNOTATION: &str = "A0063";
}

/// Errors found so far, in the order in which they were found.
#[derive(Default, Debug)]
pub(crate) struct Errors {
    list: Vec<Diagnostic>,
}

impl Errors {
    /// Adds an error at a place.
    pub(crate) fn report(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.report_with_help(code, span, message, None);
    }

    /// Adds an error that names a way out.
    pub(crate) fn report_with_help(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.list.push(Diagnostic {
            code,
            severity: Severity::Error,
            kind: SyntaxErrorKind::SyntaxError,
            message: message.into(),
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: help.map(str::to_owned),
            notes: Vec::new(),
        });
    }

    /// Points the last error at a second place.
    pub(crate) fn point_at(&mut self, span: Span, text: &str) {
        if let Some(last) = self.list.last_mut() {
            last.secondary.push(Label {
                span,
                text: text.to_owned(),
            });
        }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The errors.
    pub(crate) fn into_vec(self) -> Vec<Diagnostic> {
        self.list
    }
}
