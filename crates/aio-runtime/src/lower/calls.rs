//! Calls → nodes.

use super::Lowerer;
use super::exprs::rebinds;
use crate::code::Code;
use crate::eval::NodeBox;
use crate::eval::arguments::ArgNode;
use crate::eval::cache::ValueCache;
use crate::eval::calls::{Call, CallWithNames, Callee, Site};
use crate::eval::full_calls::{FullCall, FullMethodCall, FullSite};
use crate::eval::inline::{IntakeCall, JoinCall, Loops};
use crate::eval::methods::MethodCall;
use crate::eval::names::Global;
use crate::eval::operand::Form;
use crate::eval::placed::{PlacedCall, method_notes_place, notes_place};
use crate::eval::supers::{FullSuperCall, SuperCall, SuperMethod};
use aio_compile::hir::{self, Arg, Expr, ExprKind, Intrinsic, Place};
use aio_syntax::Span;

/// Built-ins that look at the names of their caller.
const LOOKS_AT_CALLER: [&str; 6] = ["locals", "globals", "vars", "dir", "eval", "exec"];

impl Lowerer<'_> {
    /// A call, which notes its place where that may be asked for.
    pub(super) fn placed_call(&mut self, func: &Expr, args: &[Arg], span: Span) -> NodeBox {
        let call = self.call(func, args, span);
        let notes = match &func.kind {
            ExprKind::Attr(object, name) => {
                let is_math = |name: &str| name == "math";
                let of_math =
                    matches!(&object.kind, ExprKind::Name(Place::Global(name)) if is_math(name));
                method_notes_place(self.code, name, of_math)
            }
            ExprKind::Name(Place::Global(name) | Place::ClassVar { name, .. }) => {
                notes_place(self.code, name)
            }
            ExprKind::Name(Place::Local(slot) | Place::Cell(slot)) => {
                let name = self.code.hir.slots.get(slot.0 as usize);
                name.is_some_and(|name| notes_place(self.code, name))
            }
            _ => false,
        };
        if notes {
            Box::new(PlacedCall { call, span })
        } else {
            call
        }
    }

    fn call(&mut self, func: &Expr, args: &[Arg], span: Span) -> NodeBox {
        if let ExprKind::Attr(object, name) = &func.kind {
            return self.method_call((object, name, func.span), args, span);
        }
        let looks = match &func.kind {
            ExprKind::Name(Place::Global(name) | Place::ClassVar { name, .. }) => {
                LOOKS_AT_CALLER.contains(&&**name)
            }
            _ => false,
        };
        let func = match &func.kind {
            ExprKind::Name(Place::Global(name)) => {
                Callee::Global(Global::new(self.name(name), func.span))
            }
            _ => match self.form(func) {
                Form::Local(local) => Callee::Local(local),
                form => Callee::Node(form.into_node()),
            },
        };
        let call: NodeBox = match self.positional(args) {
            Some(plain) => {
                let call = Call::new(func, plain, span);
                match self.sole_loops(args) {
                    Some(loops) => Box::new(IntakeCall { call, loops }),
                    None => Box::new(call),
                }
            }
            None => Box::new(FullCall {
                func,
                site: FullSite::new(self.args(args), span),
            }),
        };
        if looks {
            Box::new(CallWithNames { call })
        } else {
            call
        }
    }

    fn method_call(
        &mut self,
        (object, name, attr): (&Expr, &str, Span),
        args: &[Arg],
        span: Span,
    ) -> NodeBox {
        let attr = self.attr_span(name, attr);
        let span = if self.is_on_one_line(span.start, attr.start) {
            span
        } else {
            attr
        };
        let name = self.name(name);
        if let ExprKind::Intrinsic(Intrinsic::Super { class, this }) = &object.kind {
            let method = SuperMethod {
                class: self.place(class, object.span),
                this: self.place(this, object.span),
                name,
                cache: ValueCache::default(),
            };
            return match self.positional(args) {
                Some(plain) => Box::new(SuperCall {
                    method,
                    site: Site {
                        args: plain.into(),
                        span,
                    },
                }),
                None => Box::new(FullSuperCall {
                    method,
                    site: FullSite::new(self.args(args), span),
                }),
            };
        }
        let Some(plain) = self.positional(args) else {
            let object = self.expr(object);
            return Box::new(FullMethodCall {
                object,
                name,
                site: FullSite::new(self.args(args), span),
                cache: ValueCache::default(),
            });
        };
        if name.text() == "join"
            && let Some(loops) = self.sole_loops(args)
        {
            return Box::new(JoinCall {
                object: self.expr(object),
                name,
                arg: plain.into(),
                loops,
                span,
            });
        }
        let rebinds = args.iter().any(|arg| match arg {
            Arg::Pos(arg) => rebinds(arg),
            _ => false,
        });
        match self.form(object) {
            Form::Local(object) if !rebinds => {
                Box::new(MethodCall::new(object, name, plain, (attr, span)))
            }
            object => Box::new(MethodCall::new(
                object.into_node(),
                name,
                plain,
                (attr, span),
            )),
        }
    }

    /// Where CPython says that an attribute stands: on the line of its name, so that of a chain
    /// over many lines each link has its own.
    pub(super) fn attr_span(&self, name: &str, span: Span) -> Span {
        let start = span.end.saturating_sub(name.len() as u32);
        if self.is_on_one_line(span.start, span.end) {
            span
        } else {
            Span::new(start, span.end)
        }
    }

    fn is_on_one_line(&self, start: u32, end: u32) -> bool {
        let text = self.code.source.text.get(start as usize..end as usize);
        text.is_none_or(|text| !text.contains('\n'))
    }

    /// The loops of the only argument, if that is a generator expression.
    fn sole_loops(&mut self, args: &[Arg]) -> Option<Loops> {
        let [Arg::Pos(arg)] = args else {
            return None;
        };
        let ExprKind::GenExpr {
            code,
            iter,
            loops: Some(loops),
            ..
        } = &arg.kind
        else {
            return None;
        };
        let hir::CompKind::List(item) = &loops.kind else {
            return None;
        };
        let code = Code::new(self.vm, code, &self.code.source);
        let mut inner = Lowerer {
            vm: self.vm,
            code: &code,
        };
        let comp = inner.comp(loops);
        Some(Loops {
            comp,
            iter: self.expr(iter),
            code,
            span: item.span,
        })
    }

    /// The arguments, if all of them are plainly positional.
    fn positional(&mut self, args: &[Arg]) -> Option<Vec<Form>> {
        if !args.iter().all(|arg| matches!(arg, Arg::Pos(_))) {
            return None;
        }
        let mut nodes = Vec::with_capacity(args.len());
        for arg in args {
            if let Arg::Pos(expr) = arg {
                nodes.push(self.form(expr));
            }
        }
        Some(nodes)
    }

    pub(super) fn args(&mut self, args: &[Arg]) -> Box<[ArgNode]> {
        let is_positional = |arg: &&Arg| matches!(arg, Arg::Pos(_) | Arg::Star(_));
        let sole = args.iter().filter(is_positional).count() == 1;
        let lower = |arg: &Arg| match arg {
            Arg::Pos(expr) => ArgNode::Pos(self.form(expr)),
            Arg::Star(expr) if sole => ArgNode::Sole(self.form(expr)),
            Arg::Star(expr) => ArgNode::Star(self.form(expr)),
            Arg::Keyword(name, expr) => ArgNode::Keyword(self.name(name), self.form(expr)),
            Arg::DoubleStar(expr) => ArgNode::DoubleStar(self.form(expr)),
        };
        args.iter().map(lower).collect()
    }
}
