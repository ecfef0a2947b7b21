//! Patterns of `match` → nodes.

use super::Lowerer;
use crate::eval::matching::{CaseNode, PatternNode};
use aio_compile::hir::{Case, Pattern};

impl Lowerer<'_> {
    pub(super) fn pattern(&mut self, pattern: &Pattern) -> PatternNode {
        match pattern {
            Pattern::Value(expr) => PatternNode::Value(self.expr(expr)),
            Pattern::Singleton(constant) => PatternNode::Singleton(self.constant(constant)),
            Pattern::Sequence(patterns) => {
                let star = patterns.iter().position(|p| matches!(p, Pattern::Star(_)));
                PatternNode::Sequence(self.patterns(patterns), star)
            }
            Pattern::Mapping { items, rest } => {
                let mut lowered = Vec::with_capacity(items.len());
                for (key, pattern) in items {
                    lowered.push((self.expr(key), self.pattern(pattern)));
                }
                let rest = rest.as_ref().map(|place| self.store_place(place));
                PatternNode::Mapping(lowered.into(), rest)
            }
            Pattern::Class { cls, args, kwargs } => {
                let cls = self.expr(cls);
                let args = self.patterns(args);
                let mut named = Vec::with_capacity(kwargs.len());
                for (name, pattern) in kwargs {
                    named.push((self.name(name), self.pattern(pattern)));
                }
                PatternNode::Class {
                    cls,
                    args,
                    kwargs: named.into(),
                }
            }
            Pattern::Star(place) => {
                PatternNode::Star(place.as_ref().map(|place| self.store_place(place)))
            }
            Pattern::As(pattern, place) => PatternNode::As(
                pattern
                    .as_ref()
                    .map(|pattern| Box::new(self.pattern(pattern))),
                place.as_ref().map(|place| self.store_place(place)),
            ),
            Pattern::Or(patterns) => PatternNode::Or(self.patterns(patterns)),
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Box<[PatternNode]> {
        patterns
            .iter()
            .map(|pattern| self.pattern(pattern))
            .collect()
    }

    pub(super) fn cases(&mut self, cases: &[Case]) -> Box<[CaseNode]> {
        let lower = |case: &Case| CaseNode {
            pattern: self.pattern(&case.pattern),
            guard: self.expr_opt(case.guard.as_ref()),
            body: self.block(&case.body),
        };
        cases.iter().map(lower).collect()
    }
}
