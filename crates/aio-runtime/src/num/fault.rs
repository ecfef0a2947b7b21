//! Why an algorithm could not give a result: the class of the exception and CPython's text for it.
//!
//! The evaluator turns a `Fault` into an exception of the class that the variant names.

use std::fmt;

/// A failure, as the exception that a script would see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `ValueError`
    Value(String),
    /// `TypeError`
    Type(String),
    /// `OverflowError`
    Overflow(String),
    /// `IndexError`
    Index(String),
    /// `KeyError`; the text is the repr of the key
    Key(String),
    /// `LookupError`
    Lookup(String),
    /// `ZeroDivisionError`
    ZeroDivision(String),
    /// `OverflowError` with the two arguments 34 and `'Numerical result out of range'`
    Range,
    /// `MemoryError`, which CPython leaves without a text
    Memory,
}

impl Fault {
    /// A `ValueError`.
    pub fn value(text: impl Into<String>) -> Self {
        Self::Value(text.into())
    }

    /// A `TypeError`.
    pub fn type_error(text: impl Into<String>) -> Self {
        Self::Type(text.into())
    }

    /// An `OverflowError`.
    pub fn overflow(text: impl Into<String>) -> Self {
        Self::Overflow(text.into())
    }

    /// A `ZeroDivisionError`.
    pub fn zero_division(text: impl Into<String>) -> Self {
        Self::ZeroDivision(text.into())
    }

    /// The name of the exception's class.
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::Value(_) => "ValueError",
            Self::Type(_) => "TypeError",
            Self::Overflow(_) | Self::Range => "OverflowError",
            Self::Index(_) => "IndexError",
            Self::Key(_) => "KeyError",
            Self::Lookup(_) => "LookupError",
            Self::ZeroDivision(_) => "ZeroDivisionError",
            Self::Memory => "MemoryError",
        }
    }

    /// The text of the exception, empty where CPython gives none.
    pub fn text(&self) -> &str {
        match self {
            Self::Value(text)
            | Self::Type(text)
            | Self::Overflow(text)
            | Self::Index(text)
            | Self::Key(text)
            | Self::Lookup(text)
            | Self::ZeroDivision(text) => text,
            Self::Range => "(34, 'Numerical result out of range')",
            Self::Memory => "",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            "" => f.write_str(self.class_name()),
            text => write!(f, "{}: {text}", self.class_name()),
        }
    }
}

impl std::error::Error for Fault {}
