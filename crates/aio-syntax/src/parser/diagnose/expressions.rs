//! Mistakes inside expressions: commas, equals signs, conditions without `else`.

use super::{Found, Site};
use crate::ast::{Expr, ExprKind};
use crate::diagnostic::{Diagnostic, code};
use crate::parser::atom::parse_primary;
use crate::parser::expression::{
    Level, operation, parse_expression, parse_star_expressions, starts_expression,
};
use crate::parser::target::expression_name;
use crate::parser::{Answer, In};
use crate::token::Tok;

fn parse_disjunction(inp: &mut In<'_, '_>) -> Answer<Expr> {
    operation(inp, Level::Disjunction)
}

fn parse_bitwise_or(inp: &mut In<'_, '_>) -> Answer<Expr> {
    operation(inp, Level::BitwiseOr)
}

impl Site<'_> {
    /// The rules about expressions, from the most specific.
    pub(super) fn expression_rules(&self) -> Option<Found> {
        self.lambda_in_field()
            .or_else(|| self.not_behind_operator())
            .or_else(|| self.legacy_call())
            .or_else(|| self.equal_sign())
            .or_else(|| self.walrus())
            .or_else(|| self.dict_entry())
            .or_else(|| self.comprehension())
            .or_else(|| self.missing_else())
            .or_else(|| self.inside_the_next())
            .or_else(|| self.missing_comma())
            .or_else(|| self.double_star_group())
    }

    /// Where the expression starts in which the token at `self.at` does not fit:
    /// behind the last token at the same depth that an expression can follow.
    pub(super) fn expression_start(&self) -> Option<usize> {
        let mut depth = 0_usize;
        for at in (self.line..self.at).rev() {
            let tok = self.kind(at);
            if tok.is_closer() || tok == Tok::FStringEnd {
                depth += 1;
            } else if tok.is_opener() || tok == Tok::FStringStart {
                if depth == 0 {
                    return Some(at + 1);
                }
                depth -= 1;
            } else if depth == 0 && self.precedes_expression(at) {
                return Some(at + 1);
            }
        }
        Some(self.line)
    }

    /// Whether the token at `at` is one that a whole expression follows.
    fn precedes_expression(&self, at: usize) -> bool {
        match self.kind(at) {
            Tok::Comma
            | Tok::Equal
            | Tok::Colon
            | Tok::ColonEqual
            | Tok::Else
            | Tok::Return
            | Tok::Yield
            | Tok::Semi
            | Tok::Assert
            | Tok::Raise
            | Tok::Elif
            | Tok::While
            | Tok::Del
            | Tok::RArrow
            | Tok::Newline
            | Tok::Indent
            | Tok::Dedent => true,
            tok if tok.is_augmented_assignment() => true,
            Tok::At => at == self.line,
            // A star or `if` is a prefix only where an expression could start.
            Tok::Star | Tok::DoubleStar | Tok::If | Tok::With => {
                at <= self.line || self.precedes_expression(at - 1) || self.kind(at - 1).is_opener()
            }
            _ => false,
        }
    }

    /// `a + not b`.
    fn not_behind_operator(&self) -> Option<Found> {
        let before = self.kind(self.at.checked_sub(1)?);
        let is_operator = matches!(
            before,
            Tok::Plus
                | Tok::Minus
                | Tok::Star
                | Tok::Slash
                | Tok::Percent
                | Tok::DoubleSlash
                | Tok::At
                | Tok::Tilde
        );
        if self.kind(self.at) != Tok::Not || !is_operator || self.at < self.line + 1 {
            return None;
        }
        let (operand, end) = self.parse(self.at, parse_disjunction)?;
        let message = "'not' after an operator must be parenthesized";
        let error = Diagnostic::error(code::INVALID_SYNTAX, message, operand.span);
        Some((error, end))
    }

    /// `print "x"`: the name and what follows it.
    fn legacy_call(&self) -> Option<Found> {
        let name = self.at.checked_sub(1)?;
        let text = self.text(name);
        if self.kind(name) != Tok::Name || !matches!(text, "print" | "exec") {
            return None;
        }
        let starts_here = name == self.line
            || self.precedes_expression(name - 1)
            || self.kind(name - 1).is_opener();
        if !starts_here || self.kind(self.at) == Tok::LPar {
            return None;
        }
        let (value, end) = self.parse(self.at, parse_star_expressions)?;
        let whole = self.span(name).to(value.span);
        let message = format!("Missing parentheses in call to '{text}'. Did you mean {text}(...)?");
        let argument = value.span.text(self.source);
        let error = Diagnostic::error(code::LEGACY_CALL, message, whole);
        let error = if argument.contains('\n') {
            error
        } else {
            error.with_help(format!("write `{text}({argument})`"))
        };
        Some((error, end))
    }

    /// `if x = 1` and the like, at the equals sign.
    fn equal_sign(&self) -> Option<Found> {
        if self.kind(self.at) != Tok::Equal {
            return None;
        }
        let start = self.named_expression_start()?;
        self.equal_sign_from(start)
    }

    /// Where a `name := value` could start, if the token that does not fit stands
    /// behind such a place.
    fn named_expression_start(&self) -> Option<usize> {
        let start = self.expression_start()?;
        let before = self.kind(start.checked_sub(1)?);
        let is_named = match before {
            Tok::LPar => !self.is_call(start - 1),
            Tok::LSqb | Tok::LBrace => true,
            Tok::Comma => self
                .opener_before(start)
                .is_some_and(|opener| !self.is_call(opener)),
            Tok::If | Tok::Elif | Tok::While | Tok::At => true,
            _ => false,
        };
        (is_named && self.kind(start) != Tok::Star).then_some(start)
    }

    /// Whether the bracket at `opener` holds arguments or parameters.
    fn is_call(&self, opener: usize) -> bool {
        self.kind(opener) == Tok::LPar
            && opener > self.line
            && matches!(
                self.kind(opener - 1),
                Tok::Name | Tok::RPar | Tok::RSqb | Tok::RBrace | Tok::Str | Tok::FStringEnd
            )
    }

    /// CPython's rules about an equals sign in a `named_expression` at `start`.
    pub(super) fn equal_sign_from(&self, start: usize) -> Option<Found> {
        let (target, equal) = self.parse(start, parse_bitwise_or)?;
        if self.kind(equal) != Tok::Equal {
            return None;
        }
        let (value, end) = self.parse(equal + 1, parse_bitwise_or)?;
        if matches!(self.kind(end), Tok::Equal | Tok::ColonEqual) {
            return None;
        }
        if self.kind(start) == Tok::Name && equal == start + 1 {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            let error = Diagnostic::error(code::EQUAL_SIGN, message, target.span.to(value.span))
                .with_help("compare with `==`");
            return Some((error, end));
        }
        if self.starts_with_display(start) {
            return None;
        }
        let name = expression_name(&target);
        let message = format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?");
        let error =
            Diagnostic::error(code::TARGET, message, target.span).with_help("compare with `==`");
        Some((error, end))
    }

    /// Whether the expression at `start` begins with a list, tuple, generator
    /// expression or keyword constant: CPython says nothing special then.
    fn starts_with_display(&self, start: usize) -> bool {
        match self.kind(start) {
            Tok::True | Tok::False | Tok::None => true,
            Tok::LSqb | Tok::LPar => self
                .parse(start, crate::parser::atom::parse_atom)
                .is_some_and(|(atom, _)| {
                    atom.span.start == self.span(start).start
                        && matches!(
                            atom.kind,
                            ExprKind::List { .. }
                                | ExprKind::Tuple { .. }
                                | ExprKind::GeneratorExp { .. }
                        )
                }),
            _ => false,
        }
    }

    /// `(x.y := 1)`.
    fn walrus(&self) -> Option<Found> {
        if self.kind(self.at) != Tok::ColonEqual {
            return None;
        }
        let start = self.named_expression_start()?;
        let (target, end) = self.parse(start, parse_expression)?;
        let (_, last) = self.parse(end + 1, parse_expression)?;
        let is_name = matches!(target.kind, ExprKind::Name { .. });
        if end != self.at || is_name {
            return None;
        }
        let message = format!(
            "cannot use assignment expressions with {}",
            expression_name(&target)
        );
        Some((Diagnostic::error(code::TARGET, message, target.span), last))
    }

    /// `a if b` without `else`.
    fn missing_else(&self) -> Option<Found> {
        if !self.expects(Tok::Else) || self.kind(self.at) == Tok::Colon {
            return None;
        }
        let start = self.expression_start()?;
        let condition = (start..self.at)
            .rev()
            .find(|at| self.kind(*at) == Tok::If)?;
        let start = if condition < start {
            return None;
        } else if start == condition {
            // The scan stopped at the `if` itself.
            return None;
        } else {
            start
        };
        let (body, end) = self.parse(start, parse_disjunction)?;
        if self.kind(end) != Tok::If {
            return None;
        }
        let (test, end) = self.parse(end + 1, parse_disjunction)?;
        if end != self.at {
            return None;
        }
        let message = "expected 'else' after 'if' expression";
        let error = Diagnostic::error(code::INCOMPLETE, message, body.span.to(test.span))
            .with_help("a condition inside an expression needs both values: `a if b else c`");
        Some((error, end))
    }

    /// An expression behind another one: before CPython can say that a comma is
    /// missing it parses the second one, and reports what is wrong in that.
    fn inside_the_next(&self) -> Option<Found> {
        let next = self.kind(self.at);
        if !next.is_opener() {
            return None;
        }
        let start = self.expression_start()?;
        let (_, end) = self.parse(start, parse_disjunction)?;
        if end != self.at {
            return None;
        }
        let error = self.try_parse(self.at, parse_expression)?.err()?;
        let inner = Site {
            at: self.at + error.at as usize,
            line: self.at,
            field: None,
            error,
            ..*self
        };
        let (diagnostic, last) = inner.expression_rules()?;
        let is_block = next == Tok::LBrace && self.kind(self.line).is_compound_keyword();
        if is_block {
            let help = "a block is a colon and indented lines, without braces";
            return Some((diagnostic.with_help(help), last));
        }
        Some((diagnostic, last))
    }

    /// Two expressions side by side inside brackets.
    pub(super) fn missing_comma(&self) -> Option<Found> {
        let start = self.expression_start()?;
        if !starts_expression(self.kind(self.at)) || self.opener_before(self.at).is_none() {
            return None;
        }
        if self.follows_clause_keyword(start) || self.is_no_expression(start) {
            return None;
        }
        let is_string_prefix = self.kind(start) == Tok::Name
            && matches!(self.kind(start + 1), Tok::Str | Tok::FStringStart);
        if is_string_prefix || self.is_soft_keyword(start) {
            return None;
        }
        let (left, end) = self
            .parse(start, parse_disjunction)
            .or_else(|| self.parse(start, parse_bitwise_or))?;
        let behind_not = end + 1 == self.at && self.kind(end) == Tok::Not;
        if end != self.at && !behind_not {
            return None;
        }
        // Of a second expression that is wrong further on, its beginning will do.
        let (right, last) = self
            .parse(end, parse_expression)
            .or_else(|| self.parse(end, parse_primary))?;
        let between = self.span(end).start;
        let message = "invalid syntax. Perhaps you forgot a comma?";
        let error = Diagnostic::error(code::MISSING_COMMA, message, left.span.to(right.span))
            .and_label(
                crate::span::Span::new(left.span.end, between),
                "a comma belongs here",
            );
        Some((error, last))
    }

    /// Whether CPython does not read a whole expression at `start`: a starred element
    /// of a display, a parameter, a pattern.
    fn is_no_expression(&self, start: usize) -> bool {
        let Some(opener) = self.opener_before(start) else {
            return false;
        };
        let before = self.kind(start - 1);
        let is_parameter = opener >= 2
            && (self.kind(opener - 2) == Tok::Def || self.kind(opener - 1) == Tok::RSqb)
            && self.kinds[self.line..opener].contains(&Tok::Def)
            && matches!(before, Tok::LPar | Tok::Comma | Tok::Star | Tok::DoubleStar);
        let is_pattern =
            self.text(self.line) == "case" && !self.kinds[self.line..start].contains(&Tok::If);
        let is_starred = matches!(before, Tok::Star | Tok::DoubleStar) && !self.is_call(opener);
        is_parameter || is_pattern || is_starred
    }

    /// Whether the expression at `start` is the iterable or condition of a
    /// comprehension: CPython's rule about commas is not asked there.
    fn follows_clause_keyword(&self, start: usize) -> bool {
        (start..self.at).any(|at| {
            matches!(self.kind(at), Tok::For | Tok::In if {
                let opener = self.opener_before(at);
                opener == self.opener_before(self.at)
            }) && (start..at).any(|earlier| self.kind(earlier) == Tok::For)
        })
    }

    /// CPython compares a name with a soft keyword over the length of the name
    /// only, so that `c` passes for `case` and `t` for `type`.
    fn is_soft_keyword(&self, index: usize) -> bool {
        let text = self.text(index);
        self.kind(index) == Tok::Name
            && ["match", "case", "type", "_"]
                .iter()
                .any(|keyword| keyword.starts_with(text))
    }

    /// `{a: b, c}` and the like.
    fn dict_entry(&self) -> Option<Found> {
        let opener = self.opener_before(self.at)?;
        if self.kind(opener) != Tok::LBrace || Some(opener) == self.field {
            return None;
        }
        let here = self.span(self.at);
        if self.expects(Tok::Operand)
            && self.kind(self.at.checked_sub(1)?) == Tok::Colon
            && matches!(self.kind(self.at), Tok::RBrace | Tok::Comma)
        {
            let message = "expression expected after dictionary key and ':'";
            let error = Diagnostic::error(code::INCOMPLETE, message, self.span(self.at - 1));
            return Some((error, self.at));
        }
        if self.kind(self.at) == Tok::Star && self.kind(self.at - 1) == Tok::Colon {
            let message = "cannot use a starred expression in a dictionary value";
            return Some((Diagnostic::error(code::UNPACKING, message, here), self.at));
        }
        let is_later_key = self.expects(Tok::Colon)
            && !self.expects(Tok::Comma)
            && self
                .expression_start()
                .is_some_and(|start| self.kind(start - 1) == Tok::Comma);
        if is_later_key {
            let start = self.expression_start()?;
            let (key, end) = self.parse(start, parse_expression)?;
            if end == self.at {
                let message = "':' expected after dictionary key";
                let last = crate::span::Span::new(key.span.end - 1, key.span.end);
                return Some((Diagnostic::error(code::INCOMPLETE, message, last), self.at));
            }
        }
        None
    }

    /// `[a, b for ...]` and `for x` without `in`.
    fn comprehension(&self) -> Option<Found> {
        let opener = self.opener_before(self.at)?;
        let found = self.kind(self.at);
        if self.expects(Tok::In) && self.for_before().is_some() {
            let message = "'in' expected after for-loop variables";
            let error = Diagnostic::error(code::INCOMPLETE, message, self.span(self.at));
            return (found != Tok::In).then_some((error, self.at));
        }
        let is_display =
            matches!(self.kind(opener), Tok::LSqb | Tok::LBrace) && !self.is_subscript(opener);
        if !matches!(found, Tok::For | Tok::Async) || !is_display {
            return None;
        }
        let has_comma = (opener + 1..self.at)
            .any(|at| self.kind(at) == Tok::Comma && self.opener_before(at) == Some(opener));
        let has_colon = (opener + 1..self.at)
            .any(|at| self.kind(at) == Tok::Colon && self.opener_before(at) == Some(opener));
        if !has_comma || has_colon {
            return None;
        }
        let message = "did you forget parentheses around the comprehension target?";
        let whole = self.span_of(opener + 1, self.at - 1);
        let error = Diagnostic::error(code::UNPACKING, message, whole);
        Some((error, self.at))
    }

    /// `f(*)`, or an argument with a star that is wrong further on.
    pub(super) fn star_argument(&self) -> Option<Found> {
        let mut inside = self.at;
        while let Some(opener) = self.opener_before(inside) {
            let is_comma = |at: &usize| {
                self.kind(*at) == Tok::Comma && self.opener_before(*at) == Some(opener)
            };
            let comma = (opener..inside).rev().find(is_comma);
            let start = comma.map_or(opener + 1, |comma| comma + 1);
            let takes_stars = (self.is_call(opener) || self.is_subscript(opener))
                && !self.is_no_expression(start + 1);
            if takes_stars && start < self.at && self.kind(start) == Tok::Star {
                let message = "Invalid star expression";
                let here = self.span(self.at);
                return Some((Diagnostic::error(code::UNPACKING, message, here), self.at));
            }
            inside = opener;
        }
        None
    }

    /// The `for` of a comprehension clause whose `in` has not been met.
    fn for_before(&self) -> Option<usize> {
        let opener = self.opener_before(self.at)?;
        let last = (opener..self.at)
            .rev()
            .find(|at| matches!(self.kind(*at), Tok::For | Tok::In))?;
        (self.kind(last) == Tok::For && self.at > last + 1).then_some(last)
    }

    fn is_subscript(&self, opener: usize) -> bool {
        self.kind(opener) == Tok::LSqb
            && opener > self.line
            && matches!(
                self.kind(opener - 1),
                Tok::Name | Tok::RPar | Tok::RSqb | Tok::RBrace | Tok::Str | Tok::FStringEnd
            )
    }

    /// `(**a)`.
    fn double_star_group(&self) -> Option<Found> {
        let opener = self.at.checked_sub(1)?;
        if self.kind(self.at) != Tok::DoubleStar
            || self.kind(opener) != Tok::LPar
            || self.is_call(opener)
        {
            return None;
        }
        let message = "cannot use double starred expression here";
        let error = Diagnostic::error(code::UNPACKING, message, self.span(self.at));
        Some((error, self.at))
    }
}
