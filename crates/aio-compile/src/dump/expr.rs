//! Expressions, targets and patterns as text.
//!
//! The text is close to the source, with each name marked by where it lives. Here too is the
//! search for the bodies inside a body.

use super::{Printer, const_text};
use crate::coroutine::walk;
use crate::hir::{
    Arg, BinaryOp, Block, Body, ClassFallback, CmpOp, Code, Comp, CompKind, Conversion, DictItem,
    Expr, ExprKind, FPart, Intrinsic, Item, MakeFunction, Pattern, Place, Stmt, StmtKind, Target,
    TargetKind, Terminator, UnaryOp,
};
use std::rc::Rc;

impl Printer<'_> {
    pub(super) fn place(&self, place: &Place) -> String {
        match place {
            Place::Local(slot) => self.slot(*slot),
            Place::Cell(slot) => format!("{}:cell", self.slot(*slot)),
            Place::Free(index) => {
                let free = self.code.free.get(index.0 as usize);
                format!("{}:free", free.map_or("?", |free| &*free.name))
            }
            Place::Global(name) => format!("{name}:global"),
            Place::ClassVar { name, fallback } => match fallback {
                ClassFallback::Global => format!("{name}:class"),
                ClassFallback::Free(_) => format!("{name}:class|free"),
                ClassFallback::Cell(_) => format!("{name}:class|cell"),
            },
        }
    }

    /// An operand, in parentheses when it is itself an operation.
    fn operand(&self, expr: &Expr) -> String {
        let text = self.expr(expr);
        match &expr.kind {
            ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(..)
            | ExprKind::IfElse { .. }
            | ExprKind::Walrus(..)
            | ExprKind::Await(_)
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_) => format!("({text})"),
            ExprKind::Const(_)
            | ExprKind::Name(_)
            | ExprKind::Call { .. }
            | ExprKind::Attr(..)
            | ExprKind::Index(..)
            | ExprKind::Slice(..)
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Dict(_)
            | ExprKind::Comp(_)
            | ExprKind::GenExpr { .. }
            | ExprKind::Function(_)
            | ExprKind::FString(_)
            | ExprKind::Intrinsic(_) => text,
        }
    }

    pub(super) fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Const(value) => const_text(value),
            ExprKind::Name(place) => self.place(place),
            ExprKind::Unary(op, inner) => format!("{}{}", unary_text(*op), self.operand(inner)),
            ExprKind::Binary(op, left, right) => format!(
                "{} {} {}",
                self.operand(left),
                binary_text(*op),
                self.operand(right)
            ),
            ExprKind::And(list) => self.joined(list, " and "),
            ExprKind::Or(list) => self.joined(list, " or "),
            ExprKind::Compare(left, rest) => {
                let mut text = self.operand(left);
                for (op, value) in rest {
                    text.push_str(&format!(" {} {}", cmp_text(*op), self.operand(value)));
                }
                text
            }
            ExprKind::IfElse { test, body, orelse } => format!(
                "{} if {} else {}",
                self.operand(body),
                self.operand(test),
                self.operand(orelse)
            ),
            ExprKind::Walrus(place, value) => {
                format!("{} := {}", self.place(place), self.expr(value))
            }
            ExprKind::Call { func, args } => {
                format!("{}({})", self.operand(func), self.args(args))
            }
            ExprKind::Attr(value, name) => format!("{}.{name}", self.operand(value)),
            ExprKind::Index(value, index) => {
                format!("{}[{}]", self.operand(value), self.expr(index))
            }
            ExprKind::Slice(lower, upper, step) => {
                let part = |part: &Option<Box<Expr>>| {
                    part.as_ref()
                        .map_or_else(String::new, |part| self.expr(part))
                };
                format!("{}:{}:{}", part(lower), part(upper), part(step))
            }
            ExprKind::Tuple(items) => format!("({},)", self.items(items)),
            ExprKind::List(items) => format!("[{}]", self.items(items)),
            ExprKind::Set(items) => format!("{{{}}}", self.items(items)),
            ExprKind::Dict(items) => self.dict(items),
            ExprKind::Comp(comp) => self.comp(comp),
            ExprKind::GenExpr {
                code,
                iter,
                is_async,
                loops: _,
            } => {
                let aiter = if *is_async { "aiter" } else { "iter" };
                format!("<{} over {aiter}({})>", code.qualname, self.expr(iter))
            }
            ExprKind::Function(function) => self.function(function),
            ExprKind::FString(parts) => format!("f'{}'", self.parts(parts)),
            ExprKind::Await(value) => format!("await {}", self.operand(value)),
            ExprKind::Yield(None) => "yield".to_owned(),
            ExprKind::Yield(Some(value)) => format!("yield {}", self.expr(value)),
            ExprKind::YieldFrom(value) => format!("yield from {}", self.expr(value)),
            ExprKind::Intrinsic(intrinsic) => self.intrinsic(intrinsic),
        }
    }

    fn joined(&self, list: &[Expr], by: &str) -> String {
        let parts: Vec<String> = list.iter().map(|part| self.operand(part)).collect();
        parts.join(by)
    }

    pub(super) fn args(&self, args: &[Arg]) -> String {
        let parts: Vec<String> = args
            .iter()
            .map(|arg| match arg {
                Arg::Pos(value) => self.expr(value),
                Arg::Star(value) => format!("*{}", self.operand(value)),
                Arg::Keyword(name, value) => format!("{name}={}", self.expr(value)),
                Arg::DoubleStar(value) => format!("**{}", self.operand(value)),
            })
            .collect();
        parts.join(", ")
    }

    fn items(&self, items: &[Item]) -> String {
        let parts: Vec<String> = items
            .iter()
            .map(|item| match item {
                Item::One(value) => self.expr(value),
                Item::Star(value) => format!("*{}", self.operand(value)),
            })
            .collect();
        parts.join(", ")
    }

    fn dict(&self, items: &[DictItem]) -> String {
        let parts: Vec<String> = items
            .iter()
            .map(|item| match item {
                DictItem::Pair(key, value) => {
                    format!("{}: {}", self.expr(key), self.expr(value))
                }
                DictItem::Merge(value) => format!("**{}", self.operand(value)),
            })
            .collect();
        format!("{{{}}}", parts.join(", "))
    }

    fn comp(&self, comp: &Comp) -> String {
        let (open, element, close) = match &comp.kind {
            CompKind::List(elt) => ('[', self.expr(elt), ']'),
            CompKind::Set(elt) => ('{', self.expr(elt), '}'),
            CompKind::Dict(key, value) => (
                '{',
                format!("{}: {}", self.expr(key), self.expr(value)),
                '}',
            ),
        };
        let mut text = format!("{open}{element}");
        for clause in &comp.clauses {
            let keyword = if clause.is_async { "async for" } else { "for" };
            text.push_str(&format!(
                " {keyword} {} in {}",
                self.target(&clause.target),
                self.operand(&clause.iter)
            ));
            for test in &clause.ifs {
                text.push_str(&format!(" if {}", self.operand(test)));
            }
        }
        if !comp.fresh_cells.is_empty() {
            let cells = self.slots(comp.fresh_cells.iter().copied());
            text.push_str(&format!(" fresh({cells})"));
        }
        text.push(close);
        text
    }

    pub(super) fn function(&self, function: &MakeFunction) -> String {
        let mut text = format!("<{}", function.code.qualname);
        if !function.defaults.is_empty() {
            let defaults = self.joined(&function.defaults, ", ");
            text.push_str(&format!(" defaults({defaults})"));
        }
        for (what, list) in [
            ("kw_defaults", &function.kw_defaults),
            ("annotations", &function.annotations),
        ] {
            if !list.is_empty() {
                let parts: Vec<String> = list
                    .iter()
                    .map(|(name, value)| format!("{name}={}", self.expr(value)))
                    .collect();
                text.push_str(&format!(" {what}({})", parts.join(", ")));
            }
        }
        text.push('>');
        text
    }

    fn parts(&self, parts: &[FPart]) -> String {
        let mut text = String::new();
        for part in parts {
            match part {
                FPart::Lit(literal) => text.push_str(&literal.escape_debug().to_string()),
                FPart::Value {
                    value,
                    conversion,
                    spec,
                } => {
                    text.push('{');
                    text.push_str(&self.expr(value));
                    text.push_str(match conversion {
                        None => "",
                        Some(Conversion::Str) => "!s",
                        Some(Conversion::Repr) => "!r",
                        Some(Conversion::Ascii) => "!a",
                    });
                    if let Some(spec) = spec {
                        text.push(':');
                        text.push_str(&self.parts(spec));
                    }
                    text.push('}');
                }
            }
        }
        text
    }

    fn intrinsic(&self, intrinsic: &Intrinsic) -> String {
        match intrinsic {
            Intrinsic::Take(slot) => format!("take({})", self.slot(*slot)),
            Intrinsic::Super { class, this } => {
                format!("super({}, {})", self.place(class), self.place(this))
            }
            Intrinsic::TypeParam { name, .. } => format!("TypeParam({name})"),
            Intrinsic::GenericBase(params) => format!("GenericBase({})", params.len()),
            Intrinsic::TypeAlias { name, value, .. } => {
                format!("TypeAlias({name}, {})", self.expr(value))
            }
            Intrinsic::GetIter(value) => format!("iter({})", self.expr(value)),
            Intrinsic::GetAIter(value) => format!("aiter({})", self.expr(value)),
            Intrinsic::ANext(slot) => format!("anext({})", self.slot(*slot)),
            Intrinsic::ExcMatches(slot, typ) => {
                format!("{} matches {}", self.slot(*slot), self.expr(typ))
            }
            Intrinsic::IsStopAsyncIteration(slot) => {
                format!("{} is StopAsyncIteration", self.slot(*slot))
            }
            Intrinsic::SplitGroup { group, typ } => {
                format!("split({}, {})", self.slot(*group), self.expr(typ))
            }
            Intrinsic::Enter {
                context,
                exit,
                is_async,
            } => {
                let word = if *is_async { "async enter" } else { "enter" };
                format!("{word}({}, {})", self.expr(context), self.exit(*exit))
            }
            Intrinsic::CallExit(exit, exc) => {
                let exc = exc.map_or_else(|| "None".to_owned(), |slot| self.slot(slot));
                format!("exit({}, {exc})", self.exit(*exit))
            }
            Intrinsic::MatchTest(slot, pattern) => {
                format!(
                    "{} matches case {}",
                    self.slot(*slot),
                    self.pattern(pattern)
                )
            }
            Intrinsic::NewList => "[]".to_owned(),
            Intrinsic::NewSet => "set()".to_owned(),
            Intrinsic::NewDict => "{}".to_owned(),
            Intrinsic::Concat(slots) => format!("concat({})", self.slots(slots.iter().copied())),
            Intrinsic::Format { value, .. } => format!("format({})", self.expr(value)),
        }
    }

    pub(super) fn target(&self, target: &Target) -> String {
        match &target.kind {
            TargetKind::Place(place) => self.place(place),
            TargetKind::Attr(value, name) => format!("{}.{name}", self.operand(value)),
            TargetKind::Index(value, index) => {
                format!("{}[{}]", self.operand(value), self.expr(index))
            }
            TargetKind::Unpack {
                before,
                star,
                after,
            } => {
                let mut parts: Vec<String> = before.iter().map(|part| self.target(part)).collect();
                parts.extend(star.iter().map(|part| format!("*{}", self.target(part))));
                parts.extend(after.iter().map(|part| self.target(part)));
                format!("({})", parts.join(", "))
            }
        }
    }

    pub(super) fn pattern(&self, pattern: &Pattern) -> String {
        let list = |parts: &[Pattern], by: &str| {
            let texts: Vec<String> = parts.iter().map(|part| self.pattern(part)).collect();
            texts.join(by)
        };
        let name = |place: &Option<Place>| {
            place
                .as_ref()
                .map_or_else(|| "_".to_owned(), |place| self.place(place))
        };
        match pattern {
            Pattern::Value(value) => self.expr(value),
            Pattern::Singleton(value) => const_text(value),
            Pattern::Sequence(parts) => format!("[{}]", list(parts, ", ")),
            Pattern::Mapping { items, rest } => {
                let mut parts: Vec<String> = items
                    .iter()
                    .map(|(key, part)| format!("{}: {}", self.expr(key), self.pattern(part)))
                    .collect();
                parts.extend(rest.iter().map(|rest| format!("**{}", self.place(rest))));
                format!("{{{}}}", parts.join(", "))
            }
            Pattern::Class { cls, args, kwargs } => {
                let mut parts: Vec<String> = args.iter().map(|part| self.pattern(part)).collect();
                let named = kwargs.iter();
                parts.extend(named.map(|(name, part)| format!("{name}={}", self.pattern(part))));
                format!("{}({})", self.expr(cls), parts.join(", "))
            }
            Pattern::Star(place) => format!("*{}", name(place)),
            Pattern::As(None, place) => name(place),
            Pattern::As(Some(inner), place) => {
                format!("{} as {}", self.pattern(inner), name(place))
            }
            Pattern::Or(parts) => list(parts, " | "),
        }
    }
}

fn unary_text(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Neg => "-",
        UnaryOp::Pos => "+",
        UnaryOp::Invert => "~",
        UnaryOp::Not => "not ",
    }
}

pub(super) fn binary_text(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::MatMul => "@",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "**",
        BinaryOp::LShift => "<<",
        BinaryOp::RShift => ">>",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::BitAnd => "&",
    }
}

fn cmp_text(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        CmpOp::Lt => "<",
        CmpOp::Le => "<=",
        CmpOp::Gt => ">",
        CmpOp::Ge => ">=",
        CmpOp::Is => "is",
        CmpOp::IsNot => "is not",
        CmpOp::In => "in",
        CmpOp::NotIn => "not in",
    }
}

/// The bodies directly inside a body.
pub(super) fn inner_codes(code: &Code, found: &mut Vec<Rc<Code>>) {
    match &code.body {
        Body::Tree(block) => codes_in_block(block, found),
        Body::Machine(machine) => {
            for block in &machine.blocks {
                codes_in_block(&block.stmts, found);
                match &block.terminator {
                    Terminator::Branch { test: value, .. }
                    | Terminator::Await { value, .. }
                    | Terminator::Yield { value, .. }
                    | Terminator::YieldFrom { value, .. }
                    | Terminator::Return(Some(value)) => codes_in_expr(value, found),
                    Terminator::ForNext { target, .. } => {
                        walk::each_target_child(target, &mut |part| codes_in_expr(part, found));
                    }
                    Terminator::Goto(_)
                    | Terminator::Dispatch { .. }
                    | Terminator::Return(None)
                    | Terminator::Reraise(_)
                    | Terminator::Unreachable => {}
                }
            }
        }
    }
}

fn codes_in_block(block: &Block, found: &mut Vec<Rc<Code>>) {
    block.iter().for_each(|stmt| codes_in_stmt(stmt, found));
}

fn codes_in_stmt(stmt: &Stmt, found: &mut Vec<Rc<Code>>) {
    match &stmt.kind {
        StmtKind::Function { function, .. } => found.push(function.code.clone()),
        StmtKind::Class { code, .. } => found.push(code.clone()),
        _ => {}
    }
    walk::each_stmt_expr(stmt, &mut |expr| codes_in_expr(expr, found));
    walk::each_block(stmt, &mut |block| codes_in_block(block, found));
}

fn codes_in_expr(expr: &Expr, found: &mut Vec<Rc<Code>>) {
    match &expr.kind {
        ExprKind::Function(function) => found.push(function.code.clone()),
        ExprKind::GenExpr { code, .. } => found.push(code.clone()),
        _ => {}
    }
    walk::each_child(expr, &mut |child| codes_in_expr(child, found));
}
