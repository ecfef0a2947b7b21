//! `match` and its patterns, with the checks that CPython makes while it compiles them.
//!
//! Checked are: patterns that make later ones unreachable, names bound twice, alternatives that
//! bind different names, keys and attributes that repeat.

use super::Lowerer;
use crate::errors::code;
use crate::hir::{Case, Const, ExprKind, Pattern, Place, StmtKind, Sym};
use aio_syntax::{Span, ast};

/// The names that a pattern has bound so far, in order.
type Bound = Vec<Sym>;

impl Lowerer<'_> {
    pub(super) fn match_stmt(&mut self, node: &ast::Match) -> StmtKind {
        let subject = self.expr(&node.subject);
        let last = node.cases.len().saturating_sub(1);
        let cases = node
            .cases
            .iter()
            .enumerate()
            .map(|(index, case)| {
                if index < last && case.guard.is_none() {
                    self.check_refutable(&case.pattern);
                }
                let mut bound = Bound::new();
                let pattern = self.pattern(&case.pattern, &mut bound);
                Case {
                    pattern,
                    guard: self.opt_expr(case.guard.as_ref()),
                    body: self.stmts(&case.body),
                }
            })
            .collect();
        StmtKind::Match { subject, cases }
    }

    /// A pattern that always matches makes what comes after it unreachable.
    fn check_refutable(&mut self, pattern: &ast::Pattern) {
        match &pattern.kind {
            ast::PatternKind::MatchAs {
                pattern: inner,
                name,
            } => match (inner, name) {
                (Some(inner), _) => self.check_refutable(inner),
                (None, Some(name)) => {
                    let message = format!(
                        "name capture '{}' makes remaining patterns unreachable",
                        name.name
                    );
                    self.report(code::PATTERN, pattern.span, message);
                }
                (None, None) => {
                    let message = "wildcard makes remaining patterns unreachable";
                    self.report(code::PATTERN, pattern.span, message);
                }
            },
            ast::PatternKind::MatchOr { patterns } => {
                if let Some(last) = patterns.last() {
                    self.check_refutable(last);
                }
            }
            ast::PatternKind::MatchValue { .. }
            | ast::PatternKind::MatchSingleton { .. }
            | ast::PatternKind::MatchSequence { .. }
            | ast::PatternKind::MatchMapping { .. }
            | ast::PatternKind::MatchClass { .. }
            | ast::PatternKind::MatchStar { .. } => {}
        }
    }

    fn pattern(&mut self, node: &ast::Pattern, bound: &mut Bound) -> Pattern {
        use ast::PatternKind as P;
        match &node.kind {
            P::MatchValue { value } => Pattern::Value(self.expr(value)),
            P::MatchSingleton { value } => {
                Pattern::Singleton(super::literal::lower_constant(value))
            }
            P::MatchSequence { patterns } => self.sequence_pattern(patterns, node.span, bound),
            P::MatchMapping { items, rest } => {
                self.mapping_pattern(items, rest.as_ref(), node.span, bound)
            }
            P::MatchClass {
                cls,
                patterns,
                keywords,
            } => self.class_pattern(cls, patterns, keywords, bound),
            P::MatchStar { name } => Pattern::Star(self.capture(name.as_ref(), node.span, bound)),
            P::MatchAs { pattern, name } => {
                let inner = pattern
                    .as_ref()
                    .map(|inner| Box::new(self.pattern(inner, bound)));
                Pattern::As(inner, self.capture(name.as_ref(), node.span, bound))
            }
            P::MatchOr { patterns } => self.or_pattern(patterns, node.span, bound),
        }
    }

    fn capture(
        &mut self,
        name: Option<&ast::Ident>,
        span: Span,
        bound: &mut Bound,
    ) -> Option<Place> {
        let name = name?;
        if bound.contains(&name.name) {
            let message = format!("multiple assignments to name '{}' in pattern", name.name);
            self.report(code::PATTERN, span, message);
        }
        bound.push(name.name.clone());
        Some(self.bind(&name.name, span))
    }

    fn sequence_pattern(
        &mut self,
        patterns: &[ast::Pattern],
        span: Span,
        bound: &mut Bound,
    ) -> Pattern {
        let stars = patterns
            .iter()
            .filter(|part| matches!(part.kind, ast::PatternKind::MatchStar { .. }))
            .count();
        if stars > 1 {
            let message = "multiple starred names in sequence pattern";
            self.report(code::PATTERN, span, message);
        }
        Pattern::Sequence(
            patterns
                .iter()
                .map(|part| self.pattern(part, bound))
                .collect(),
        )
    }

    fn mapping_pattern(
        &mut self,
        items: &[ast::MappingItem],
        rest: Option<&ast::Ident>,
        span: Span,
        bound: &mut Bound,
    ) -> Pattern {
        let mut seen: Vec<Const> = Vec::new();
        let items = items
            .iter()
            .map(|item| {
                let key = self.expr(&item.key);
                if let ExprKind::Const(constant) = &key.kind {
                    if seen.contains(constant) {
                        let shown = crate::dump::const_text(constant);
                        let message = format!("mapping pattern checks duplicate key ({shown})");
                        self.report(code::PATTERN, span, message);
                    }
                    seen.push(constant.clone());
                }
                (key, self.pattern(&item.pattern, bound))
            })
            .collect();
        let rest = self.capture(rest, span, bound);
        Pattern::Mapping { items, rest }
    }

    fn class_pattern(
        &mut self,
        cls: &ast::Expr,
        patterns: &[ast::Pattern],
        keywords: &[ast::KeywordPattern],
        bound: &mut Bound,
    ) -> Pattern {
        let cls = Box::new(self.expr(cls));
        let args = patterns
            .iter()
            .map(|part| self.pattern(part, bound))
            .collect();
        let mut seen: Vec<Sym> = Vec::new();
        let kwargs = keywords
            .iter()
            .map(|keyword| {
                let name = &keyword.name.name;
                if seen.contains(name) {
                    let message = format!("attribute name repeated in class pattern: {name}");
                    self.report(code::PATTERN, keyword.pattern.span, message);
                }
                seen.push(name.clone());
                (name.clone(), self.pattern(&keyword.pattern, bound))
            })
            .collect();
        Pattern::Class { cls, args, kwargs }
    }

    fn or_pattern(&mut self, patterns: &[ast::Pattern], span: Span, bound: &mut Bound) -> Pattern {
        if let Some((_, before)) = patterns.split_last() {
            before.iter().for_each(|part| self.check_refutable(part));
        }
        let outer = bound.clone();
        let mut first: Option<Bound> = None;
        let mut alternatives = Vec::with_capacity(patterns.len());
        for part in patterns {
            let mut own = outer.clone();
            alternatives.push(self.pattern(part, &mut own));
            let mut names = own.split_off(outer.len());
            names.sort();
            match &first {
                None => {
                    bound.extend(names.iter().cloned());
                    first = Some(names);
                }
                Some(expected) if *expected != names => {
                    let message = "alternative patterns bind different names";
                    self.report(code::PATTERN, span, message);
                    break;
                }
                Some(_) => {}
            }
        }
        Pattern::Or(alternatives)
    }
}
