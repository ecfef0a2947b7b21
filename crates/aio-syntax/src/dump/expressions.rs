//! Expressions and patterns as text.

use super::{Dumper, quoted};
use crate::ast::{
    Arg, ArgKind, Comprehension, Constant, Expr, ExprKind, Parameter, Parameters, Pattern,
    PatternKind,
};

impl Dumper {
    pub(super) fn expressions(&mut self, field: &str, list: &[Expr]) {
        for expr in list {
            self.expression(field, expr);
        }
    }

    pub(super) fn optional(&mut self, field: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expression(field, expr);
        }
    }

    pub(super) fn expression(&mut self, field: &str, expr: &Expr) {
        let what = headline(&expr.kind);
        self.node(field, &what, expr.span, |to| to.children(&expr.kind));
    }

    fn children(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::BoolOp { values, .. } | ExprKind::JoinedStr { values } => {
                self.expressions("values", values);
            }
            ExprKind::NamedExpr { value, .. }
            | ExprKind::Await { value }
            | ExprKind::YieldFrom { value }
            | ExprKind::Starred { value }
            | ExprKind::Attribute { value, .. } => self.expression("value", value),
            ExprKind::BinOp { left, right, .. } => {
                self.expression("left", left);
                self.expression("right", right);
            }
            ExprKind::UnaryOp { operand, .. } => self.expression("operand", operand),
            ExprKind::Lambda { params, body } => {
                self.parameters(params);
                self.expression("body", body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expression("test", test);
                self.expression("body", body);
                self.expression("orelse", orelse);
            }
            ExprKind::Dict { items } => {
                for item in items {
                    match &item.key {
                        Some(key) => self.expression("key", key),
                        None => self.line("key: **"),
                    }
                    self.expression("value", &item.value);
                }
            }
            ExprKind::Set { elts } | ExprKind::List { elts } | ExprKind::Tuple { elts } => {
                self.expressions("elts", elts);
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.expression("elt", elt);
                self.comprehensions(generators);
            }
            ExprKind::DictComp {
                key,
                value,
                generators,
            } => {
                self.expression("key", key);
                self.expression("value", value);
                self.comprehensions(generators);
            }
            ExprKind::Yield { value } => self.optional("value", value.as_deref()),
            ExprKind::Compare { left, comparators } => {
                self.expression("left", left);
                for one in comparators {
                    self.expression(&format!("{:?}", one.op), &one.value);
                }
            }
            ExprKind::Call { func, args } => {
                self.expression("func", func);
                self.arguments(args);
            }
            ExprKind::FormattedValue {
                value, format_spec, ..
            } => {
                self.expression("value", value);
                self.optional("format_spec", format_spec.as_deref());
            }
            ExprKind::Subscript { value, slice } => {
                self.expression("value", value);
                self.expression("slice", slice);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.optional("lower", lower.as_deref());
                self.optional("upper", upper.as_deref());
                self.optional("step", step.as_deref());
            }
            ExprKind::Constant(_) | ExprKind::Name { .. } => {}
        }
    }

    fn comprehensions(&mut self, list: &[Comprehension]) {
        for one in list {
            let what = if one.is_async {
                "comprehension is_async"
            } else {
                "comprehension"
            };
            self.inner("generators", what, |to| {
                to.expression("target", &one.target);
                to.expression("iter", &one.iter);
                to.expressions("ifs", &one.ifs);
            });
        }
    }

    pub(super) fn arguments(&mut self, args: &[Arg]) {
        for arg in args {
            match &arg.kind {
                ArgKind::Positional => self.expression("arg", &arg.value),
                ArgKind::Starred => self.expression("arg *", &arg.value),
                ArgKind::DoubleStarred => self.expression("arg **", &arg.value),
                ArgKind::Keyword(name) => {
                    self.expression(&format!("arg {}=", name.name), &arg.value);
                }
            }
        }
    }

    pub(super) fn parameters(&mut self, params: &Parameters) {
        for one in &params.posonly {
            self.parameter("posonly", one);
        }
        for one in &params.args {
            self.parameter("args", one);
        }
        if let Some(one) = &params.vararg {
            self.parameter("vararg", one);
        }
        for one in &params.kwonly {
            self.parameter("kwonly", one);
        }
        if let Some(one) = &params.kwarg {
            self.parameter("kwarg", one);
        }
    }

    fn parameter(&mut self, field: &str, parameter: &Parameter) {
        let what = format!("parameter {}", parameter.name.name);
        self.node(field, &what, parameter.span, |to| {
            to.optional("annotation", parameter.annotation.as_ref());
            to.optional("default", parameter.default.as_ref());
        });
    }

    pub(super) fn pattern(&mut self, field: &str, pattern: &Pattern) {
        let named = |kind: &str, name: &Option<crate::ast::Ident>| match name {
            Some(name) => format!("{kind} {}", name.name),
            None => kind.to_owned(),
        };
        let what = match &pattern.kind {
            PatternKind::MatchValue { .. } => "MatchValue".to_owned(),
            PatternKind::MatchSingleton { value } => {
                format!("MatchSingleton {}", constant(value))
            }
            PatternKind::MatchSequence { .. } => "MatchSequence".to_owned(),
            PatternKind::MatchMapping { rest, .. } => named("MatchMapping", rest),
            PatternKind::MatchClass { .. } => "MatchClass".to_owned(),
            PatternKind::MatchStar { name } => named("MatchStar", name),
            PatternKind::MatchAs { name, .. } => named("MatchAs", name),
            PatternKind::MatchOr { .. } => "MatchOr".to_owned(),
        };
        self.node(field, &what, pattern.span, |to| {
            to.pattern_children(&pattern.kind);
        });
    }

    fn pattern_children(&mut self, kind: &PatternKind) {
        match kind {
            PatternKind::MatchValue { value } => self.expression("value", value),
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                for one in patterns {
                    self.pattern("patterns", one);
                }
            }
            PatternKind::MatchMapping { items, .. } => {
                for item in items {
                    self.expression("key", &item.key);
                    self.pattern("pattern", &item.pattern);
                }
            }
            PatternKind::MatchClass {
                cls,
                patterns,
                keywords,
            } => {
                self.expression("cls", cls);
                for one in patterns {
                    self.pattern("patterns", one);
                }
                for one in keywords {
                    self.pattern(&format!("{}=", one.name.name), &one.pattern);
                }
            }
            PatternKind::MatchAs { pattern, .. } => {
                if let Some(inner) = pattern {
                    self.pattern("pattern", inner);
                }
            }
            PatternKind::MatchSingleton { .. } | PatternKind::MatchStar { .. } => {}
        }
    }
}

/// The kind of an expression with its simple fields.
fn headline(kind: &ExprKind) -> String {
    match kind {
        ExprKind::BoolOp { op, .. } => format!("BoolOp {op:?}"),
        ExprKind::NamedExpr { target, .. } => format!("NamedExpr {}", target.name),
        ExprKind::BinOp { op, .. } => format!("BinOp {op:?}"),
        ExprKind::UnaryOp { op, .. } => format!("UnaryOp {op:?}"),
        ExprKind::Lambda { .. } => "Lambda".to_owned(),
        ExprKind::IfExp { .. } => "IfExp".to_owned(),
        ExprKind::Dict { .. } => "Dict".to_owned(),
        ExprKind::Set { .. } => "Set".to_owned(),
        ExprKind::ListComp { .. } => "ListComp".to_owned(),
        ExprKind::SetComp { .. } => "SetComp".to_owned(),
        ExprKind::DictComp { .. } => "DictComp".to_owned(),
        ExprKind::GeneratorExp { .. } => "GeneratorExp".to_owned(),
        ExprKind::Await { .. } => "Await".to_owned(),
        ExprKind::Yield { .. } => "Yield".to_owned(),
        ExprKind::YieldFrom { .. } => "YieldFrom".to_owned(),
        ExprKind::Compare { .. } => "Compare".to_owned(),
        ExprKind::Call { .. } => "Call".to_owned(),
        ExprKind::JoinedStr { .. } => "JoinedStr".to_owned(),
        ExprKind::FormattedValue { conversion, .. } => match conversion {
            Some(conversion) => format!("FormattedValue {conversion:?}"),
            None => "FormattedValue".to_owned(),
        },
        ExprKind::Constant(value) => format!("Constant {}", constant(value)),
        ExprKind::Attribute { attr, .. } => format!("Attribute {}", attr.name),
        ExprKind::Subscript { .. } => "Subscript".to_owned(),
        ExprKind::Starred { .. } => "Starred".to_owned(),
        ExprKind::Name { id } => format!("Name {id}"),
        ExprKind::List { .. } => "List".to_owned(),
        ExprKind::Tuple { .. } => "Tuple".to_owned(),
        ExprKind::Slice { .. } => "Slice".to_owned(),
    }
}

/// A constant as text; floats by their bits, so that nothing is rounded.
fn constant(value: &Constant) -> String {
    match value {
        Constant::None => "None".to_owned(),
        Constant::True => "True".to_owned(),
        Constant::False => "False".to_owned(),
        Constant::Ellipsis => "Ellipsis".to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt(big) => match big.radix {
            16 => format!("0x{}", big.digits.to_lowercase()),
            8 => format!("0o{}", big.digits),
            2 => format!("0b{}", big.digits),
            _ => big.digits.to_string(),
        },
        Constant::Float(value) => format!("float {}", float(*value)),
        Constant::Imaginary(value) => format!("imaginary {}", float(*value)),
        Constant::Str(value) => quoted(value),
        Constant::Bytes(bytes) => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            format!("b{}", quoted(&text))
        }
    }
}

/// The shortest decimal, with an exponent where it is long.
fn float(value: f64) -> String {
    format!("{value:?}")
}
