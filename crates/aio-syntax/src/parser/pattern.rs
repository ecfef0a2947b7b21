//! `match` statements and their patterns.

use super::compound::{Owner, missing_block};
use super::cursor::{eat, expect, grow, index, missing, name, peek, peek_ahead, span_since};
use super::expression::{
    Level, named_expression, operation, parse_star_named_expression, starts_expression, tuple_from,
};
use super::statement::{self, parse_block};
use super::{Answer, In, atom, strings};
use crate::ast::{
    Constant, Expr, ExprKind, Ident, KeywordPattern, MappingItem, Match, MatchCase, Operator,
    Pattern, PatternKind, StmtKind, UnaryOp,
};
use crate::diagnostic::{Diagnostic, code};
use crate::span::Span;
use crate::token::Tok;

/// Whether the name that is next is the keyword of a `match` statement: it is if
/// an expression may follow and the line ends in a colon (`match[x]: int` does
/// not), or the next line is a `case`.
pub(super) fn is_match_stmt(inp: &mut In<'_, '_>) -> bool {
    let ahead = peek_ahead(inp, 1);
    if !(starts_expression(ahead) || ahead == Tok::Star) {
        return false;
    }
    let at = index(inp);
    let state = inp.state();
    if state.text(at) != "match" {
        return false;
    }
    let line = state.kinds.get(at..).unwrap_or(&[]);
    let Some(length) = line.iter().position(|tok| *tok == Tok::Newline) else {
        return false;
    };
    let newline = at + length;
    state.kind(newline - 1) == Tok::Colon
        || (state.kind(newline + 1) == Tok::Indent && state.text(newline + 2) == "case")
}

/// `match subject:` and its cases.
pub(super) fn parse_match_stmt(inp: &mut In<'_, '_>) -> Answer<StmtKind> {
    let start = index(inp);
    inp.skip();
    let subject = parse_subject(inp)?;
    if !eat(inp, Tok::Colon) {
        return Err(missing(inp, Tok::Colon));
    }
    expect(inp, Tok::Newline)?;
    let mut cases = Vec::new();
    if !eat(inp, Tok::Indent) {
        missing_block(inp, Owner::new("'match' statement", start));
    } else {
        loop {
            cases.push(parse_case_block(inp)?);
            if eat(inp, Tok::Dedent) {
                break;
            }
        }
    }
    Ok(StmtKind::Match(Box::new(Match { subject, cases })))
}

/// What is matched: an expression or a bare tuple.
fn parse_subject(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let first = parse_star_named_expression(inp)?;
    if peek(inp) == Tok::Comma {
        tuple_from(inp, start, first, parse_star_named_expression)
    } else {
        Ok(first)
    }
}

/// `case pattern if guard: ...`
fn parse_case_block(inp: &mut In<'_, '_>) -> Answer<MatchCase> {
    let start = index(inp);
    if inp.state().text(start) != "case" {
        return Err(missing(inp, Tok::Pattern));
    }
    inp.skip();
    let pattern = parse_patterns(inp)?;
    let guard = if eat(inp, Tok::If) {
        Some(inp.parse(named_expression())?)
    } else {
        None
    };
    let body = parse_block(inp, Owner::new("'case' statement", start))?;
    let end = index(inp);
    let span = statement::span_of_statement(inp.state(), start, end);
    Ok(MatchCase {
        pattern,
        guard,
        body,
        span,
    })
}

/// A pattern, or a sequence of them without brackets.
fn parse_patterns(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    let first = parse_maybe_star_pattern(inp)?;
    let is_star = matches!(first.kind, PatternKind::MatchStar { .. });
    if peek(inp) != Tok::Comma {
        return if is_star {
            Err(missing(inp, Tok::Comma))
        } else {
            Ok(first)
        };
    }
    let mut patterns = vec![first];
    while eat(inp, Tok::Comma) && !matches!(peek(inp), Tok::Colon | Tok::If) {
        patterns.push(parse_maybe_star_pattern(inp)?);
    }
    finish(inp, start, PatternKind::MatchSequence { patterns })
}

/// `*name` or a pattern.
fn parse_maybe_star_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    if peek(inp) != Tok::Star {
        return parse_as_pattern(inp);
    }
    let start = index(inp);
    inp.skip();
    let name = parse_capture(inp)?;
    finish(inp, start, PatternKind::MatchStar { name })
}

/// A name to bind; `None` for `_`.
fn parse_capture(inp: &mut In<'_, '_>) -> Answer<Option<Ident>> {
    let name = inp.parse(name())?;
    Ok((*name.name != *"_").then_some(name))
}

/// `pattern as name`
fn parse_as_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    let pattern = parse_or_pattern(inp)?;
    if !eat(inp, Tok::As) {
        return Ok(pattern);
    }
    let at = index(inp);
    if peek(inp) != Tok::Name {
        let before = inp.save();
        let Ok(target) = operation(inp, Level::Disjunction) else {
            inp.rewind(before);
            return Err(missing(inp, Tok::Name));
        };
        complain(inp, "invalid pattern target".to_owned(), target.span);
        return Ok(pattern);
    }
    let name = inp.parse(name())?;
    if *name.name == *"_" {
        let span = inp.state().span(at);
        complain(inp, "cannot use '_' as a target".to_owned(), span);
    }
    let kind = PatternKind::MatchAs {
        pattern: Some(Box::new(pattern)),
        name: Some(name),
    };
    finish(inp, start, kind)
}

fn complain(inp: &mut In<'_, '_>, message: String, span: Span) {
    inp.state()
        .report(Diagnostic::error(code::PATTERN, message, span));
}

/// `a | b | c`
fn parse_or_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    let first = parse_closed_pattern(inp)?;
    if peek(inp) != Tok::VBar {
        return Ok(first);
    }
    let mut patterns = vec![first];
    while eat(inp, Tok::VBar) {
        patterns.push(parse_closed_pattern(inp)?);
    }
    finish(inp, start, PatternKind::MatchOr { patterns })
}

/// A pattern without operators.
fn parse_closed_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    match peek(inp) {
        Tok::None => singleton(inp, Constant::None),
        Tok::True => singleton(inp, Constant::True),
        Tok::False => singleton(inp, Constant::False),
        Tok::Int | Tok::Float | Tok::Imaginary | Tok::Minus | Tok::Str | Tok::FStringStart => {
            let value = parse_literal(inp)?;
            finish(inp, start, PatternKind::MatchValue { value })
        }
        Tok::Name => parse_name_pattern(inp),
        Tok::LPar => parse_group_or_sequence(inp, Tok::RPar),
        Tok::LSqb => parse_group_or_sequence(inp, Tok::RSqb),
        Tok::LBrace => parse_mapping_pattern(inp),
        _ => Err(missing(inp, Tok::Pattern)),
    }
}

fn singleton(inp: &mut In<'_, '_>, value: Constant) -> Answer<Pattern> {
    let start = index(inp);
    inp.skip();
    finish(inp, start, PatternKind::MatchSingleton { value })
}

/// A literal: strings, or a number with a sign, or `1 + 2j`.
fn parse_literal(inp: &mut In<'_, '_>) -> Answer<Expr> {
    match peek(inp) {
        Tok::Str | Tok::FStringStart => {
            let value = strings::parse_strings(inp)?;
            if matches!(value.kind, ExprKind::JoinedStr { .. }) {
                let message = "patterns may only match literals and attribute lookups";
                complain(inp, message.to_owned(), value.span);
            }
            Ok(value)
        }
        _ => parse_complex_number(inp),
    }
}

fn parse_complex_number(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let left = parse_signed_number(inp)?;
    let op = match peek(inp) {
        Tok::Plus => Operator::Add,
        Tok::Minus => Operator::Sub,
        _ => return Ok(left),
    };
    let at = index(inp);
    if inp.state().kind(at - 1) == Tok::Imaginary {
        let message = "real number required in complex literal";
        complain(inp, message.to_owned(), left.span);
    }
    inp.skip();
    if !matches!(peek(inp), Tok::Int | Tok::Float | Tok::Imaginary) {
        return Err(missing(inp, Tok::Imaginary));
    }
    let is_imaginary = peek(inp) == Tok::Imaginary;
    let right = atom::number(inp);
    if !is_imaginary {
        let message = "imaginary number required in complex literal";
        complain(inp, message.to_owned(), right.span);
    }
    let kind = ExprKind::BinOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    };
    let span = span_since(inp, start);
    Ok(Expr { kind, span })
}

fn parse_signed_number(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let is_negative = eat(inp, Tok::Minus);
    if !matches!(peek(inp), Tok::Int | Tok::Float | Tok::Imaginary) {
        return Err(missing(inp, Tok::Int));
    }
    let number = atom::number(inp);
    if !is_negative {
        return Ok(number);
    }
    let kind = ExprKind::UnaryOp {
        op: UnaryOp::USub,
        operand: Box::new(number),
    };
    let span = span_since(inp, start);
    Ok(Expr { kind, span })
}

/// A name to bind, a dotted name to compare with, or a class pattern.
fn parse_name_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    if !matches!(peek_ahead(inp, 1), Tok::Dot | Tok::LPar) {
        let name = parse_capture(inp)?;
        let kind = PatternKind::MatchAs {
            pattern: None,
            name,
        };
        return finish(inp, start, kind);
    }
    let value = parse_name_or_attr(inp)?;
    if peek(inp) == Tok::LPar {
        return parse_class_pattern(inp, start, value);
    }
    finish(inp, start, PatternKind::MatchValue { value })
}

/// `a.b.c`
fn parse_name_or_attr(inp: &mut In<'_, '_>) -> Answer<Expr> {
    let start = index(inp);
    let first = inp.parse(name())?;
    let mut value = Expr {
        kind: ExprKind::Name { id: first.name },
        span: first.span,
    };
    while eat(inp, Tok::Dot) {
        let attr = inp.parse(name())?;
        grow(inp)?;
        value = Expr {
            kind: ExprKind::Attribute {
                value: Box::new(value),
                attr,
            },
            span: span_since(inp, start),
        };
    }
    Ok(value)
}

/// `Class(a, name=b)`, at the parenthesis.
fn parse_class_pattern(inp: &mut In<'_, '_>, start: usize, cls: Expr) -> Answer<Pattern> {
    expect(inp, Tok::LPar)?;
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut keywords: Vec<KeywordPattern> = Vec::new();
    let mut late: Option<Span> = None;
    while peek(inp) != Tok::RPar {
        if peek(inp) == Tok::Name && peek_ahead(inp, 1) == Tok::Equal {
            let name = inp.parse(name())?;
            inp.skip();
            let pattern = parse_as_pattern(inp)?;
            keywords.push(KeywordPattern { name, pattern });
        } else {
            let pattern = parse_as_pattern(inp)?;
            if !keywords.is_empty() && late.is_none() {
                late = Some(pattern.span);
            }
            patterns.push(pattern);
        }
        if !eat(inp, Tok::Comma) {
            break;
        }
    }
    expect(inp, Tok::RPar)?;
    if let Some(span) = late {
        let message = "positional patterns follow keyword patterns";
        complain(inp, message.to_owned(), span);
    }
    let kind = PatternKind::MatchClass {
        cls: Box::new(cls),
        patterns,
        keywords,
    };
    finish(inp, start, kind)
}

/// `(a)`, `(a, b)`, `[a, *b]`.
fn parse_group_or_sequence(inp: &mut In<'_, '_>, closer: Tok) -> Answer<Pattern> {
    let start = index(inp);
    inp.skip();
    let mut patterns = Vec::new();
    let mut has_comma = false;
    while peek(inp) != closer {
        patterns.push(parse_maybe_star_pattern(inp)?);
        if !eat(inp, Tok::Comma) {
            break;
        }
        has_comma = true;
    }
    let is_group = closer == Tok::RPar && !has_comma && patterns.len() == 1;
    if is_group && let Some(only) = patterns.pop() {
        if matches!(only.kind, PatternKind::MatchStar { .. }) {
            return Err(missing(inp, Tok::Comma));
        }
        expect(inp, closer)?;
        return Ok(only);
    }
    expect(inp, closer)?;
    finish(inp, start, PatternKind::MatchSequence { patterns })
}

/// `{"key": pattern, **rest}`
fn parse_mapping_pattern(inp: &mut In<'_, '_>) -> Answer<Pattern> {
    let start = index(inp);
    expect(inp, Tok::LBrace)?;
    let mut items = Vec::new();
    let mut rest = None;
    while peek(inp) != Tok::RBrace {
        if eat(inp, Tok::DoubleStar) {
            let at = index(inp);
            if inp.state().text(at) == "_" {
                return Err(missing(inp, Tok::Pattern));
            }
            let name = inp.parse(name())?;
            rest = Some(name);
            eat(inp, Tok::Comma);
            break;
        }
        items.push(parse_key_value_pattern(inp)?);
        if !eat(inp, Tok::Comma) {
            break;
        }
    }
    expect(inp, Tok::RBrace)?;
    finish(inp, start, PatternKind::MatchMapping { items, rest })
}

/// `key: pattern`
fn parse_key_value_pattern(inp: &mut In<'_, '_>) -> Answer<MappingItem> {
    let at = index(inp);
    let constant = match peek(inp) {
        Tok::None => Some(Constant::None),
        Tok::True => Some(Constant::True),
        Tok::False => Some(Constant::False),
        _ => None,
    };
    let key = if let Some(constant) = constant {
        inp.skip();
        Expr {
            kind: ExprKind::Constant(constant),
            span: inp.state().span(at),
        }
    } else if peek(inp) == Tok::Name && peek_ahead(inp, 1) == Tok::Dot {
        parse_name_or_attr(inp)?
    } else {
        parse_literal(inp)?
    };
    expect(inp, Tok::Colon)?;
    let pattern = parse_as_pattern(inp)?;
    Ok(MappingItem { key, pattern })
}

/// The pattern that ends here.
fn finish(inp: &mut In<'_, '_>, start: usize, kind: PatternKind) -> Answer<Pattern> {
    grow(inp)?;
    Ok(Pattern {
        kind,
        span: span_since(inp, start),
    })
}
