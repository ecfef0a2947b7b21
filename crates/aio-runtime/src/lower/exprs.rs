//! Expressions → nodes.

use super::Lowerer;
use crate::code::Code;
use crate::eval::cache::ValueCache;
use crate::eval::operand::Form;
use crate::eval::rich::{Pair, Rich, is_pair_operator};
use crate::eval::{
    Const, Local, NodeBox, access, arith, compare, comps, displays, functions, matching, names,
    strings, supers, withs,
};
use crate::objects::{ComplexObj, Name};
use crate::table::{quick_eq, quick_hash};
use crate::types::set_ops;
use crate::value::Value;
use aio_compile::hir::{self, Expr, ExprKind, Intrinsic, Place, UnaryOp};
use aio_syntax::Span;

/// Keys of a dict display that are compared with each other.
const MOST_KEYS: usize = 32;

impl Lowerer<'_> {
    /// The value of a literal.
    pub(crate) fn constant(&mut self, constant: &hir::Const) -> Value {
        match constant {
            hir::Const::None => Value::NONE,
            hir::Const::Bool(value) => Value::bool(*value),
            hir::Const::Int(value) => Value::int(*value),
            hir::Const::BigInt(digits) => big_literal(digits),
            hir::Const::Float(value) => Value::float(*value),
            hir::Const::Imaginary(im) => Value::new(ComplexObj { re: 0.0, im: *im }),
            hir::Const::Str(text) => self.vm.intern(text).to_value(),
            hir::Const::Bytes(bytes) => Value::bytes(&**bytes),
            hir::Const::Ellipsis => Value::ELLIPSIS,
            hir::Const::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.constant(item)).collect();
                Value::tuple(items)
            }
        }
    }

    /// An operand in its form.
    pub(crate) fn form(&mut self, expr: &Expr) -> Form {
        match &expr.kind {
            ExprKind::Const(constant) => Form::Const(Const(self.constant(constant))),
            ExprKind::Name(Place::Local(slot)) => Form::Local(Local(slot.0)),
            _ => Form::Node(self.node(expr)),
        }
    }

    /// Two operands in their forms; the first one is read late if it is a local, so it must be
    /// cloned early when the second could rebind it.
    pub(crate) fn pair(&mut self, first: &Expr, second: &Expr) -> (Form, Form) {
        (self.form_before(first, second), self.form(second))
    }

    /// As [`Lowerer::pair`], of operands that may be small expressions.
    fn rich_pair(&mut self, first: &Expr, second: &Expr) -> (Rich, Rich) {
        let first_form = match self.rich(first) {
            Rich::Plain(Form::Local(local)) if rebinds(second) => {
                Rich::Plain(Form::Node(Box::new(local)))
            }
            form => form,
        };
        (first_form, self.rich(second))
    }

    /// An operand that may be a small expression.
    pub(crate) fn rich(&mut self, expr: &Expr) -> Rich {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Binary(op, a, b) if is_pair_operator(*op) => {
                let op = *op;
                match (&a.kind, &b.kind) {
                    (ExprKind::Name(Place::Local(a)), ExprKind::Name(Place::Local(b))) => {
                        let (a, b) = (Local(a.0), Local(b.0));
                        Rich::Pair(Pair { a, op, b, span })
                    }
                    (ExprKind::Name(Place::Local(a)), ExprKind::Const(b)) => {
                        let (a, b) = (Local(a.0), Const(self.constant(b)));
                        Rich::PairConst(Pair { a, op, b, span })
                    }
                    _ => Rich::Plain(self.form(expr)),
                }
            }
            ExprKind::Attr(object, name) => {
                let span = self.attr_span(name, span);
                let name = self.name(name);
                match self.form(object) {
                    Form::Local(object) => Rich::Attr(access::Attr::new(object, name, span)),
                    object => Rich::Plain(Form::Node(access::attr(object, name, span))),
                }
            }
            _ => Rich::Plain(self.form(expr)),
        }
    }

    /// An operand in its form, which is read after another expression was evaluated.
    pub(crate) fn form_before(&mut self, first: &Expr, second: &Expr) -> Form {
        match self.form(first) {
            Form::Local(local) if rebinds(second) => Form::Node(Box::new(local)),
            form => form,
        }
    }

    /// The parts of a slice.
    pub(crate) fn slice_parts(&mut self, parts: [&Option<Box<Expr>>; 3]) -> access::SliceParts {
        access::SliceParts(parts.map(|part| part.as_deref().map(|expr| self.form(expr))))
    }

    /// An expression as a node.
    pub(crate) fn expr(&mut self, expr: &Expr) -> NodeBox {
        self.form(expr).into_node()
    }

    /// Several expressions.
    pub(crate) fn exprs(&mut self, exprs: &[Expr]) -> Vec<NodeBox> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    /// An optional expression.
    pub(crate) fn expr_opt(&mut self, expr: Option<&Expr>) -> Option<NodeBox> {
        expr.map(|expr| self.expr(expr))
    }

    pub(crate) fn name(&mut self, text: &str) -> Name {
        self.vm.intern(text)
    }

    /// A name that is read.
    pub(crate) fn place(&mut self, place: &Place, span: Span) -> NodeBox {
        match place {
            Place::Local(slot) => Box::new(Local(slot.0)),
            Place::Cell(slot) => Box::new(names::CellVar(slot.0)),
            Place::Free(index) => Box::new(names::FreeVar(index.0)),
            Place::Global(name) => Box::new(names::Global::new(self.name(name), span)),
            Place::ClassVar { name, fallback } => {
                let fallback: NodeBox = match fallback {
                    hir::ClassFallback::Global => {
                        Box::new(names::Global::new(self.name(name), span))
                    }
                    hir::ClassFallback::Free(index) => Box::new(names::FreeVar(index.0)),
                    hir::ClassFallback::Cell(slot) => Box::new(names::CellVar(slot.0)),
                };
                Box::new(names::ClassVar::new(self.name(name), fallback))
            }
        }
    }

    fn node(&mut self, expr: &Expr) -> NodeBox {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Const(constant) => Box::new(Const(self.constant(constant))),
            ExprKind::Name(place) => self.place(place, span),
            ExprKind::Unary(UnaryOp::Not, a) => Box::new(arith::Not(self.expr(a))),
            ExprKind::Unary(op, a) => Box::new(arith::Unary {
                op: *op,
                a: self.expr(a),
                span,
            }),
            ExprKind::Binary(op, a, b) => {
                let (a, b) = self.rich_pair(a, b);
                arith::binary(*op, a, b, span)
            }
            ExprKind::And(all) => {
                let (first, last) = self.conditions(all);
                Box::new(arith::And(first, last))
            }
            ExprKind::Or(all) => {
                let (first, last) = self.conditions(all);
                Box::new(arith::Or(first, last))
            }
            ExprKind::Compare(first, rest) => self.comparison(first, rest, span),
            ExprKind::IfElse { test, body, orelse } => Box::new(arith::IfElse {
                test: self.expr(test),
                body: self.expr(body),
                orelse: self.expr(orelse),
            }),
            ExprKind::Walrus(place, value) => {
                let (target, value) = (self.store_place(place), self.expr(value));
                Box::new(names::Walrus { target, value })
            }
            ExprKind::Call { func, args } => self.placed_call(func, args, span),
            ExprKind::Attr(value, name) => {
                let span = self.attr_span(name, span);
                let name = self.name(name);
                if let ExprKind::Name(Place::Global(object)) = &value.kind {
                    let object = names::Global::new(self.name(object), value.span);
                    let attr = access::Attr::new(object, name, span);
                    return Box::new(access::GlobalAttr(attr));
                }
                access::attr(self.form(value), name, span)
            }
            ExprKind::Index(value, index) => self.index(value, index, span),
            ExprKind::Slice(start, stop, step) => {
                Box::new(access::Slice(self.slice_parts([start, stop, step])))
            }
            ExprKind::Tuple(items) => self.tuple(items),
            ExprKind::List(items) => Box::new(displays::List(self.items(items))),
            ExprKind::Set(items) => match self.constant_set(items) {
                Some(set) => Box::new(set),
                None => Box::new(displays::Set(self.items(items))),
            },
            ExprKind::Dict(items) => match self.record(items) {
                Some(record) => Box::new(record),
                None => Box::new(displays::Dict(self.dict_items(items))),
            },
            ExprKind::Comp(comp) => Box::new(self.comp(comp)),
            ExprKind::GenExpr {
                code,
                iter,
                is_async,
                loops: _,
            } => {
                let code = Code::new(self.vm, code, &self.code.source);
                Box::new(functions::GenExpr {
                    code,
                    iter: self.expr(iter),
                    is_async: *is_async,
                })
            }
            ExprKind::Function(function) => Box::new(self.function(function)),
            ExprKind::FString(parts) => Box::new(strings::FString::new(self.pieces(parts))),
            ExprKind::Await(value) => self.expr(value),
            ExprKind::Yield(value) => self.expr_opt(value.as_deref()).unwrap_or_else(none_node),
            ExprKind::YieldFrom(value) => self.expr(value),
            ExprKind::Intrinsic(intrinsic) => self.intrinsic(intrinsic, span),
        }
    }

    fn index(&mut self, value: &Expr, index: &Expr, span: aio_syntax::Span) -> NodeBox {
        if let ExprKind::Slice(start, stop, step) = &index.kind {
            let object = self.form_before(value, index);
            let parts = self.slice_parts([start, stop, step]);
            return access::index_slice(object, parts, span);
        }
        let (object, index) = (self.form_before(value, index), self.rich(index));
        access::index(object, index, span)
    }

    /// The operands of `and` or `or`, the last one apart.
    fn conditions(&mut self, all: &[Expr]) -> (Box<[NodeBox]>, NodeBox) {
        let mut nodes = self.exprs(all);
        let last = nodes.pop().unwrap_or_else(none_node);
        (nodes.into(), last)
    }

    fn comparison(
        &mut self,
        first: &Expr,
        rest: &[(hir::CmpOp, Expr)],
        span: aio_syntax::Span,
    ) -> NodeBox {
        if let [(op, second)] = rest {
            let (a, b) = self.rich_pair(first, second);
            return compare::comparison(*op, a, b, span);
        }
        if let Some((last, inner)) = rest.split_last()
            && inner.iter().all(|(_, expr)| is_simple(expr))
        {
            let mut left = first;
            let mut links = Vec::with_capacity(inner.len());
            for (op, right) in inner {
                let (a, b) = self.rich_pair(left, right);
                links.push(compare::comparison(*op, a, b, span));
                left = right;
            }
            let (a, b) = self.rich_pair(left, &last.1);
            let last = compare::comparison(last.0, a, b, span);
            return Box::new(arith::And(links.into(), last));
        }
        let first = self.expr(first);
        let rest = rest
            .iter()
            .map(|(op, expr)| (*op, self.expr(expr)))
            .collect();
        Box::new(compare::Chain { first, rest, span })
    }

    fn tuple(&mut self, items: &[hir::Item]) -> NodeBox {
        let mut plain = Vec::with_capacity(items.len());
        for item in items {
            match item {
                hir::Item::One(expr) => plain.push(self.form(expr)),
                hir::Item::Star(_) => return Box::new(displays::StarTuple(self.items(items))),
            }
        }
        Box::new(displays::Tuple(plain.into()))
    }

    fn items(&mut self, items: &[hir::Item]) -> Box<[displays::ItemNode]> {
        let lower = |item: &hir::Item| match item {
            hir::Item::One(expr) => displays::ItemNode::One(self.expr(expr)),
            hir::Item::Star(expr) => displays::ItemNode::Star(self.expr(expr)),
        };
        items.iter().map(lower).collect()
    }

    /// A dict display whose keys are strings or small ints that differ, and not so many that to
    /// compare all of them would take long.
    fn record(&mut self, items: &[hir::DictItem]) -> Option<displays::Record> {
        let pairs = items.iter().map(|item| match item {
            hir::DictItem::Pair(key, value) => Some((key, value)),
            hir::DictItem::Merge(_) => None,
        });
        let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
        if pairs.is_empty() || pairs.len() > MOST_KEYS {
            return None;
        }
        let mut keys: Vec<(i64, Value)> = Vec::with_capacity(pairs.len());
        for (key, _) in &pairs {
            let ExprKind::Const(constant) = &key.kind else {
                return None;
            };
            let key = self.constant(constant);
            let differs = |(_, other): &(i64, Value)| quick_eq(other, &key) == Some(false);
            if !keys.iter().all(differs) {
                return None;
            }
            keys.push((quick_hash(&key)?, key));
        }
        let values = pairs.iter().map(|(_, value)| self.form(value));
        Some(displays::Record {
            values: values.collect(),
            keys: keys.into(),
        })
    }

    /// The node for a set display of three or more constants.
    fn constant_set(&mut self, items: &[hir::Item]) -> Option<displays::ConstSet> {
        const LEAST: usize = 3;
        if items.len() < LEAST {
            return None;
        }
        let constants = items.iter().map(|item| match item {
            hir::Item::One(Expr {
                kind: ExprKind::Const(constant),
                ..
            }) => Some(self.constant(constant)),
            hir::Item::One(_) | hir::Item::Star(_) => None,
        });
        let constants: Vec<Value> = constants.collect::<Option<_>>()?;
        let table = set_ops::table_of_constants(self.vm, &constants);
        Some(displays::ConstSet(table.expect(
            "constants have hashes and compare without code of the script",
        )))
    }

    fn dict_items(&mut self, items: &[hir::DictItem]) -> Box<[displays::DictItemNode]> {
        let lower = |item: &hir::DictItem| match item {
            hir::DictItem::Pair(key, value) => {
                displays::DictItemNode::Pair(self.expr(key), self.expr(value))
            }
            hir::DictItem::Merge(expr) => displays::DictItemNode::Merge(self.expr(expr)),
        };
        items.iter().map(lower).collect()
    }

    pub(super) fn comp(&mut self, comp: &hir::Comp) -> comps::Comp {
        let kind = match &comp.kind {
            hir::CompKind::List(item) => comps::CompKind::List(self.expr(item)),
            hir::CompKind::Set(item) => comps::CompKind::Set(self.expr(item)),
            hir::CompKind::Dict(key, value) => {
                comps::CompKind::Dict(self.expr(key), self.expr(value))
            }
        };
        let mut clauses = Vec::with_capacity(comp.clauses.len());
        for clause in &comp.clauses {
            let iter = self.expr(&clause.iter);
            let target = self.for_target(&clause.target);
            let ifs = self.exprs(&clause.ifs).into();
            clauses.push(comps::Clause { target, iter, ifs });
        }
        comps::Comp {
            kind,
            clauses: clauses.into(),
            fresh_cells: comp.fresh_cells.iter().map(|slot| slot.0).collect(),
            own: comp.own.iter().map(|slot| slot.0).collect(),
        }
    }

    pub(crate) fn function(&mut self, function: &hir::MakeFunction) -> functions::MakeFunction {
        let mut named = |pairs: &[(hir::Sym, Expr)]| -> Box<[(Name, NodeBox)]> {
            pairs
                .iter()
                .map(|(name, expr)| (self.name(name), self.expr(expr)))
                .collect()
        };
        let kw_defaults = named(&function.kw_defaults);
        let annotations = named(&function.annotations);
        functions::MakeFunction {
            code: Code::new(self.vm, &function.code, &self.code.source),
            defaults: self.exprs(&function.defaults).into(),
            kw_defaults,
            annotations,
        }
    }

    fn pieces(&mut self, parts: &[hir::FPart]) -> Box<[strings::Piece]> {
        let lower = |part: &hir::FPart| match part {
            hir::FPart::Lit(text) => strings::Piece::Lit(text.as_ref().into()),
            hir::FPart::Value {
                value,
                conversion,
                spec,
            } => strings::Piece::Value {
                span: value.span,
                value: self.expr(value),
                conversion: *conversion,
                spec: spec.as_ref().map(|parts| self.pieces(parts)),
            },
        };
        parts.iter().map(lower).collect()
    }

    fn intrinsic(&mut self, intrinsic: &Intrinsic, span: aio_syntax::Span) -> NodeBox {
        use crate::eval::{coros, tries};
        match intrinsic {
            Intrinsic::GetIter(value) => Box::new(coros::GetIter(self.expr(value), span)),
            Intrinsic::GetAIter(value) => Box::new(coros::GetAIter(self.expr(value), span)),
            Intrinsic::ANext(slot) => Box::new(coros::ANext(slot.0, span)),
            Intrinsic::ExcMatches(slot, typ) => Box::new(coros::ExcMatches(slot.0, self.expr(typ))),
            Intrinsic::IsStopAsyncIteration(slot) => Box::new(coros::IsStopAsync(slot.0)),
            Intrinsic::SplitGroup { group, typ } => {
                Box::new(coros::SplitGroup(group.0, self.expr(typ)))
            }
            Intrinsic::Enter {
                context,
                exit,
                is_async,
            } => Box::new(withs::Enter {
                context: self.expr(context),
                exit: exit_slots(*exit),
                is_async: *is_async,
                span,
                cache: ValueCache::default(),
            }),
            Intrinsic::CallExit(exit, exc) => Box::new(withs::CallExit {
                exit: exit_slots(*exit),
                exception: exc.map(|slot| slot.0),
                span,
            }),
            Intrinsic::MatchTest(slot, pattern) => {
                Box::new(matching::MatchTest(slot.0, self.pattern(pattern)))
            }
            Intrinsic::NewList => Box::new(displays::NewContainer(displays::Container::List)),
            Intrinsic::NewSet => Box::new(displays::NewContainer(displays::Container::Set)),
            Intrinsic::NewDict => Box::new(displays::NewContainer(displays::Container::Dict)),
            Intrinsic::Concat(slots) => {
                Box::new(strings::Concat(slots.iter().map(|slot| slot.0).collect()))
            }
            Intrinsic::Format {
                value,
                conversion,
                spec,
            } => Box::new(strings::Format {
                value: self.expr(value),
                conversion: *conversion,
                spec: self.expr_opt(spec.as_deref()),
                span,
            }),
            Intrinsic::Take(slot) => Box::new(names::Take(slot.0)),
            Intrinsic::Super { class, this } => Box::new(supers::Super {
                class: self.place(class, span),
                this: self.place(this, span),
            }),
            Intrinsic::TypeParam {
                name,
                kind,
                bound,
                default,
            } => Box::new(tries::TypeParam {
                name: self.name(name),
                kind: *kind,
                bound: self.expr_opt(bound.as_deref()),
                default: self.expr_opt(default.as_deref()),
            }),
            Intrinsic::GenericBase(params) => Box::new(tries::GenericBase {
                params: params.iter().map(|place| self.place(place, span)).collect(),
            }),
            Intrinsic::TypeAlias {
                name,
                params,
                value,
            } => Box::new(tries::TypeAlias {
                name: self.name(name),
                params: params.iter().map(|place| self.place(place, span)).collect(),
                value: self.expr(value),
            }),
        }
    }
}

/// Whether an expression may be evaluated twice: nobody can tell.
fn is_simple(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Const(_) | ExprKind::Name(Place::Local(_))
    )
}

fn none_node() -> NodeBox {
    Box::new(Const(Value::NONE))
}

/// Whether evaluating an expression can rebind a local of the frame: it holds a walrus (or a
/// pattern test, or takes a temporary).
pub(super) fn rebinds(expr: &Expr) -> bool {
    let arg = |arg: &hir::Arg| match arg {
        hir::Arg::Pos(e)
        | hir::Arg::Star(e)
        | hir::Arg::Keyword(_, e)
        | hir::Arg::DoubleStar(e) => rebinds(e),
    };
    let item = |item: &hir::Item| match item {
        hir::Item::One(e) | hir::Item::Star(e) => rebinds(e),
    };
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Name(_) => false,
        ExprKind::Unary(_, a) | ExprKind::Attr(a, _) => rebinds(a),
        ExprKind::Binary(_, a, b) | ExprKind::Index(a, b) => rebinds(a) || rebinds(b),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().any(rebinds),
        ExprKind::Compare(first, rest) => rebinds(first) || rest.iter().any(|(_, e)| rebinds(e)),
        ExprKind::Call { func, args } => rebinds(func) || args.iter().any(arg),
        ExprKind::IfElse { test, body, orelse } => {
            rebinds(test) || rebinds(body) || rebinds(orelse)
        }
        ExprKind::Slice(a, b, c) => [a, b, c].into_iter().flatten().any(|e| rebinds(e)),
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
            items.iter().any(item)
        }
        ExprKind::Dict(_)
        | ExprKind::Walrus(..)
        | ExprKind::Comp(_)
        | ExprKind::GenExpr { .. }
        | ExprKind::FString(_)
        | ExprKind::Function(_)
        | ExprKind::Await(_)
        | ExprKind::Yield(_)
        | ExprKind::YieldFrom(_)
        | ExprKind::Intrinsic(_) => true,
    }
}

/// An int literal beyond 64 bits.
fn big_literal(digits: &str) -> Value {
    match digits.parse::<num_bigint::BigInt>() {
        Ok(big) => crate::types::numbers::big_value(big),
        Err(_) => Value::int(0),
    }
}

fn exit_slots(exit: hir::ExitSlots) -> withs::ExitSlots {
    withs::ExitSlots {
        method: exit.method.0,
        receiver: exit.receiver.0,
    }
}
