//! What a parser fails with.
//!
//! Small and `Copy`: a failed alternative costs a few instructions and no
//! allocation. chumsky forgets the place of an error that comes out of a `custom`
//! parser, so the error carries its place itself, and of two errors the one that
//! got further wins, whatever chumsky thinks of their places.

use chumsky::DefaultExpected;
use chumsky::error::{Error, LabelError};
use chumsky::prelude::*;
use chumsky::util::MaybeRef;

use super::Input;
use crate::token::{Tok, TokSet};

/// Where nothing fitted, and what would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParseError {
    /// The index of the token that does not fit.
    pub(super) at: u32,
    /// Whether a diagnostic has been made already.
    pub(super) is_reported: bool,
    /// The tokens that would have fitted; incomplete, as operators are not listed.
    pub(super) expected: TokSet,
}

impl ParseError {
    /// A failure about which everything has been said.
    pub(super) fn reported(at: usize) -> Self {
        Self {
            at: index(at),
            is_reported: true,
            expected: TokSet::EMPTY,
        }
    }

    fn further(self, other: Self) -> Self {
        if self.at == other.at {
            Self {
                at: self.at,
                is_reported: self.is_reported || other.is_reported,
                expected: self.expected.union(other.expected),
            }
        } else if self.at > other.at {
            self
        } else {
            other
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'t> Error<'t, Input<'t>> for ParseError {
    #[inline]
    fn merge(self, other: Self) -> Self {
        self.further(other)
    }
}

impl<'t> LabelError<'t, Input<'t>, DefaultExpected<'t, Tok>> for ParseError {
    #[inline]
    fn expected_found<E: IntoIterator<Item = DefaultExpected<'t, Tok>>>(
        expected: E,
        _found: Option<MaybeRef<'t, Tok>>,
        span: SimpleSpan<usize>,
    ) -> Self {
        let expected = expected.into_iter().fold(TokSet::EMPTY, |set, one| {
            if let DefaultExpected::Token(tok) = one {
                set.union(TokSet::of(&[*tok]))
            } else {
                set
            }
        });
        Self {
            at: index(span.start),
            is_reported: false,
            expected,
        }
    }

    #[inline]
    fn merge_expected_found<E: IntoIterator<Item = DefaultExpected<'t, Tok>>>(
        self,
        expected: E,
        found: Option<MaybeRef<'t, Tok>>,
        span: SimpleSpan<usize>,
    ) -> Self {
        self.further(Self::expected_found(expected, found, span))
    }

    #[inline]
    fn replace_expected_found<E: IntoIterator<Item = DefaultExpected<'t, Tok>>>(
        self,
        expected: E,
        found: Option<MaybeRef<'t, Tok>>,
        span: SimpleSpan<usize>,
    ) -> Self {
        self.further(Self::expected_found(expected, found, span))
    }
}
