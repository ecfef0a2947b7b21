//! Mistakes in the replacement fields of f-strings.

use super::{Found, Site};
use crate::diagnostic::{Diagnostic, code};
use crate::parser::atom::parse_primary;
use crate::parser::expression::{parse_star_expressions, starts_expression};
use crate::token::Tok;

impl Site<'_> {
    /// `f"{lambda x: 1}"`: the colon starts a format spec.
    pub(super) fn lambda_in_field(&self) -> Option<Found> {
        let brace = self.field?;
        let lambda = (brace..self.at).find(|at| self.kind(*at) == Tok::Lambda)?;
        let colon = (lambda..self.at)
            .find(|at| self.kind(*at) == Tok::Colon && self.opener_before(*at) == Some(brace))?;
        if self.opener_before(lambda) != Some(brace) {
            return None;
        }
        let message = "f-string: lambda expressions are not allowed without parentheses";
        let error = Diagnostic::error(code::FSTRING, message, self.span_of(lambda, colon));
        Some((error, self.at))
    }

    /// What CPython expects in a field, by how far it got.
    pub(super) fn field_rules(&self) -> Option<Found> {
        let brace = self.field?;
        let here = self.span(self.at);
        let error = |message: &str, span| {
            let error = Diagnostic::error(code::FSTRING, message, span);
            Some((error, self.at))
        };
        let first = brace + 1;
        let begins_well = self.kind(first) == Tok::Yield
            || (self.kind(first) == Tok::Star && self.has_operand(first + 1))
            || (starts_expression(self.kind(first)) && self.has_operand(first));
        if !begins_well {
            return error(
                "f-string: expecting a valid expression after '{'",
                self.span(first),
            );
        }
        let value_end = self
            .parse(first, parse_star_expressions)
            .map_or(self.last_complete(), |(_, end)| end);
        if value_end >= self.at && self.kind(value_end) != Tok::Equal {
            let message = "f-string: expecting '=', or '!', or ':', or '}'";
            return error(message, self.span(value_end.min(self.at)));
        }
        let equal = self.kind(value_end) == Tok::Equal;
        let rest = value_end + usize::from(equal);
        if equal && self.at <= rest {
            return error("f-string: expecting '!', or ':', or '}'", here);
        }
        if self.kind(rest) == Tok::Exclamation {
            return error("f-string: expecting ':' or '}'", here);
        }
        if self.kind(rest) == Tok::Colon {
            return error("f-string: expecting '}', or format specs", here);
        }
        let message = "f-string: expecting '=', or '!', or ':', or '}'";
        error(message, self.span(value_end.min(self.at)))
    }

    /// Whether at least one operand can be read at `first`, prefix operators
    /// included.
    fn has_operand(&self, first: usize) -> bool {
        let mut at = first;
        while matches!(
            self.kind(at),
            Tok::Minus | Tok::Plus | Tok::Tilde | Tok::Not | Tok::Await
        ) {
            at += 1;
        }
        self.kind(at) == Tok::Lambda
            || starts_expression(self.kind(at))
                && (self.parse(at, parse_primary).is_some() || !self.kind(at).is_opener())
    }

    /// The token behind the longest complete expression, roughly: an operator or a
    /// dot that nothing follows does not belong to it.
    fn last_complete(&self) -> usize {
        let before = self.kind(self.at - 1);
        let dangling = !(before.is_closer()
            || before == Tok::FStringEnd
            || before == Tok::Name
            || (starts_expression(before) && !before.is_opener()));
        let is_operator_word = matches!(
            before,
            Tok::Not | Tok::Lambda | Tok::Await | Tok::Minus | Tok::Plus | Tok::Tilde
        );
        if dangling || is_operator_word {
            self.at - 1
        } else {
            self.at
        }
    }
}
