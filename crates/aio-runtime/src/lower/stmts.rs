//! Statements → nodes.

use super::Lowerer;
use super::exprs::rebinds;
use super::targets::local_slot;
use crate::code::Code;
use crate::eval::operand::Form;
use crate::eval::{
    Block, Const, Guard, NodeBox, arith, assign, augmented, classes, control, coros, displays,
    functions, imports, loops, matching, names, tries, unpack, withs,
};
use crate::value::Value;
use aio_compile::hir::{
    BinaryOp, Expr, ExprKind, Item, Place, Stmt, StmtKind, Target, TargetKind, WithItem,
};
use aio_syntax::Span;

impl Lowerer<'_> {
    /// Statements in a row.
    pub(crate) fn block(&mut self, stmts: &[Stmt]) -> Block {
        Block::new(self.nodes(stmts))
    }

    fn nodes(&mut self, stmts: &[Stmt]) -> Vec<(NodeBox, Span)> {
        let mut nodes = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.stmt(stmt, &mut nodes);
        }
        nodes
    }

    /// The statements of a loop: at least one, so that every turn passes a safe point.
    fn loop_body(&mut self, stmts: &[Stmt], span: Span) -> Block {
        let mut nodes = self.nodes(stmts);
        if nodes.is_empty() {
            nodes.push((Box::new(control::Pass), span));
        }
        Block::new(nodes)
    }

    fn decorators(&mut self, decorators: &[Expr]) -> functions::Decorators {
        let decorators = decorators.iter();
        functions::Decorators(
            decorators
                .map(|expr| (self.expr(expr), expr.span))
                .collect(),
        )
    }

    fn stmt(&mut self, stmt: &Stmt, out: &mut Vec<(NodeBox, Span)>) {
        let node: NodeBox = match &stmt.kind {
            StmtKind::Pass => return,
            StmtKind::Del(target) => {
                self.delete(target, out);
                return;
            }
            StmtKind::If(..)
            | StmtKind::While { .. }
            | StmtKind::For { .. }
            | StmtKind::Try { .. }
            | StmtKind::With { .. }
            | StmtKind::Match { .. } => self.compound(stmt),
            StmtKind::EnterHandler { .. }
            | StmtKind::LeaveHandler { .. }
            | StmtKind::Append(..)
            | StmtKind::SetAdd(..)
            | StmtKind::DictSet(..)
            | StmtKind::FreshCells(_)
            | StmtKind::Clear(_)
            | StmtKind::StarCollect { .. }
            | StmtKind::StarReraise { .. } => self.machine_stmt(stmt),
            _ => self.simple(stmt),
        };
        out.push((node, stmt.span));
    }

    fn simple(&mut self, stmt: &Stmt) -> NodeBox {
        match &stmt.kind {
            StmtKind::Expr(expr) => Box::new(control::ExprStmt(self.expr(expr))),
            StmtKind::Assign(targets, value) => self.assign(targets, value),
            StmtKind::AugAssign(target, op, value) => {
                self.aug_assign(target, *op, value, stmt.span)
            }
            StmtKind::Annotate { name, annotation } => Box::new(coros::Annotate {
                name: name.as_ref().map(|name| self.name(name)),
                annotation: self.expr(annotation),
            }),
            StmtKind::Return(value) => {
                let value = value.as_ref().map(|value| self.form(value));
                Box::new(control::Return(value))
            }
            StmtKind::Raise { exc, cause } => Box::new(control::Raise {
                exc: self.expr_opt(exc.as_ref()),
                cause: self.expr_opt(cause.as_ref()),
            }),
            StmtKind::Function {
                place,
                function,
                decorators,
            } => Box::new(functions::FunctionDef {
                function: self.function(function),
                decorators: self.decorators(decorators),
                target: self.store_place(place),
            }),
            StmtKind::Class {
                place,
                code,
                bases,
                decorators,
            } => Box::new(classes::ClassDef {
                code: Code::new(self.vm, code, &self.code.source),
                bases: self.args(bases),
                decorators: self.decorators(decorators),
                target: self.store_place(place),
            }),
            StmtKind::Import(imports) => {
                let mut nodes = Vec::new();
                for import in imports {
                    let node: NodeBox = Box::new(imports::Import {
                        module: import.module.as_ref().into(),
                        target: self.store_place(&import.place),
                        binds_top: import.binds_top,
                    });
                    nodes.push((node, stmt.span));
                }
                Box::new(control::Sequence(Block::new(nodes)))
            }
            StmtKind::ImportFrom {
                module,
                level,
                names,
                star,
            } => {
                let mut lowered = Vec::with_capacity(names.len());
                for (name, place) in names {
                    lowered.push((self.name(name), self.store_place(place)));
                }
                Box::new(imports::ImportFrom {
                    module: module.as_ref().into(),
                    level: *level,
                    names: lowered.into(),
                    star: *star,
                })
            }
            StmtKind::Assert(test, message) => Box::new(control::Assert {
                test: self.expr(test),
                message: self.expr_opt(message.as_ref()),
                span: test.span,
            }),
            StmtKind::Break => Box::new(control::Break),
            StmtKind::Continue => Box::new(control::Continue),
            _ => Box::new(control::Pass),
        }
    }

    fn assign(&mut self, targets: &[Target], value: &Expr) -> NodeBox {
        if let [
            Target {
                kind: TargetKind::Place(Place::Local(slot)),
                ..
            },
        ] = targets
        {
            return Box::new(assign::AssignLocal {
                slot: slot.0,
                value: self.expr(value),
            });
        }
        if let [
            Target {
                kind:
                    TargetKind::Unpack {
                        before, star: None, ..
                    },
                ..
            },
        ] = targets
            && let ExprKind::Tuple(items) = &value.kind
            && before.len() == items.len()
            && items.iter().all(|item| matches!(item, Item::One(_)))
        {
            let values = items.iter().map(|item| match item {
                Item::One(expr) | Item::Star(expr) => self.form(expr),
            });
            let values = values.collect();
            return Box::new(assign::AssignPairs {
                locals: before.iter().map(local_slot).collect(),
                targets: self.targets(before).into(),
                values,
            });
        }
        if let [target] = targets {
            match &target.kind {
                TargetKind::Attr(object, name) => {
                    let (object, name) = (self.form(object), self.name(name));
                    let value = self.form(value);
                    return assign::assign_attr(object, name, value, target.span);
                }
                TargetKind::Index(object, index) => {
                    if let ExprKind::Slice(start, stop, step) = &index.kind {
                        let parts = self.slice_parts([start, stop, step]);
                        let target = self.store_slice(object, parts, target.span);
                        return assign::assign_slice(target, self.expr(value));
                    }
                    let (object, index) = self.pair(object, index);
                    let value = self.form(value);
                    return assign::assign_index(object, index, value, target.span);
                }
                TargetKind::Unpack {
                    before,
                    star,
                    after,
                } => {
                    let target = self.unpack((before, star.as_deref(), after), target.span);
                    return unpack::assign_unpacked(target, self.form(value));
                }
                TargetKind::Place(_) => {}
            }
        }
        let value = self.expr(value);
        Box::new(assign::Assign {
            targets: self.targets(targets).into(),
            value,
        })
    }

    fn aug_assign(&mut self, target: &Target, op: BinaryOp, value: &Expr, span: Span) -> NodeBox {
        match &target.kind {
            TargetKind::Place(Place::Local(slot)) => {
                let value = self.rich(value);
                arith::aug_local(op, slot.0, value, span)
            }
            TargetKind::Place(place) => Box::new(augmented::AugName {
                read: self.place(place, target.span),
                write: self.store_place(place),
                op,
                value: self.form(value),
                span,
            }),
            TargetKind::Attr(object, name) => {
                let object = self.form_before(object, value);
                let (name, value) = (self.name(name), self.rich(value));
                augmented::aug_attr(op, object, name, value, span)
            }
            TargetKind::Index(object, index) => {
                let (object, index) = self.pair(object, index);
                // Both are read again after the value.
                let (object, index) = if rebinds(value) {
                    let (object, index) = (object.into_node(), index.into_node());
                    (Form::Node(object), Form::Node(index))
                } else {
                    (object, index)
                };
                let value = self.form(value);
                augmented::aug_index(op, object, index, value, span)
            }
            TargetKind::Unpack { .. } => Box::new(control::Pass),
        }
    }

    fn compound(&mut self, stmt: &Stmt) -> NodeBox {
        match &stmt.kind {
            StmtKind::If(branches, orelse) => self.if_stmt(branches, orelse),
            StmtKind::While { test, body, orelse } => Box::new(loops::While {
                test: self.expr(test),
                body: self.loop_body(body, stmt.span),
                orelse: self.block(orelse),
            }),
            StmtKind::For {
                target,
                iter,
                body,
                orelse,
                ..
            } => Box::new(loops::For {
                iter: self.expr(iter),
                span: iter.span,
                target: self.for_target(target),
                body: self.loop_body(body, stmt.span),
                orelse: self.block(orelse),
            }),
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                is_star,
            } => {
                let mut lowered = Vec::with_capacity(handlers.len());
                for handler in handlers {
                    lowered.push(tries::HandlerNode {
                        typ: self.expr_opt(handler.typ.as_ref()),
                        bind: handler.name.as_ref().map(|place| self.store_place(place)),
                        unbind: handler.name.as_ref().map(|place| self.delete_place(place)),
                        body: self.block(&handler.body),
                        span: handler.span,
                    });
                }
                Box::new(tries::Try {
                    body: self.block(body),
                    handlers: lowered.into(),
                    orelse: self.block(orelse),
                    finalbody: (!finalbody.is_empty()).then(|| self.block(finalbody)),
                    is_star: *is_star,
                })
            }
            StmtKind::With { items, body, .. } => self.with_stmt(items, body, stmt.span),
            StmtKind::Match { subject, cases } => Box::new(matching::Match {
                subject: self.expr(subject),
                cases: self.cases(cases),
            }),
            _ => Box::new(control::Pass),
        }
    }

    /// The guards that a function begins with, and the statements behind them.
    pub(super) fn guards<'a>(&mut self, stmts: &'a [Stmt]) -> (Box<[Guard]>, &'a [Stmt]) {
        let mut guards = Vec::new();
        let mut rest = stmts;
        while let [first, behind @ ..] = rest
            && let StmtKind::If(branches, orelse) = &first.kind
            && let ([(test, body)], []) = (branches.as_slice(), orelse.as_slice())
            && let [stmt] = body.as_slice()
            && let StmtKind::Return(value) = &stmt.kind
        {
            guards.push(Guard {
                test: self.expr(test),
                value: match value {
                    Some(value) => self.form(value),
                    None => Form::Const(Const(Value::NONE)),
                },
                span: first.span,
            });
            rest = behind;
        }
        (guards.into(), rest)
    }

    fn if_stmt(&mut self, branches: &[(Expr, Vec<Stmt>)], orelse: &[Stmt]) -> NodeBox {
        if let ([(test, body)], []) = (branches, orelse) {
            let test = self.expr(test);
            if let [
                Stmt {
                    kind: StmtKind::Return(Some(value)),
                    ..
                },
            ] = body.as_slice()
            {
                return Box::new(control::IfReturn {
                    test,
                    value: self.form(value),
                });
            }
            return Box::new(control::If {
                test,
                body: self.block(body),
            });
        }
        if let [(test, body)] = branches {
            return Box::new(control::IfOtherwise {
                test: self.expr(test),
                body: self.block(body),
                orelse: self.block(orelse),
                span: test.span,
            });
        }
        let mut lowered = Vec::with_capacity(branches.len());
        for (test, body) in branches {
            let span = test.span;
            lowered.push((self.expr(test), self.block(body), span));
        }
        Box::new(control::IfChain {
            branches: lowered.into(),
            orelse: self.block(orelse),
        })
    }

    fn with_stmt(&mut self, items: &[WithItem], body: &[Stmt], span: Span) -> NodeBox {
        let Some((item, rest)) = items.split_first() else {
            return Box::new(control::Sequence(self.block(body)));
        };
        let context = self.expr(&item.context);
        let target = item.target.as_ref().map(|target| self.target(target));
        let body = if rest.is_empty() {
            self.block(body)
        } else {
            Block::new(vec![(self.with_stmt(rest, body, span), span)])
        };
        Box::new(withs::With {
            context,
            target,
            body,
            span: item.context.span,
        })
    }

    fn machine_stmt(&mut self, stmt: &Stmt) -> NodeBox {
        match &stmt.kind {
            StmtKind::EnterHandler { exc, saved } => Box::new(coros::EnterHandler {
                exc: exc.0,
                saved: saved.0,
            }),
            StmtKind::LeaveHandler { saved } => Box::new(coros::LeaveHandler(saved.0)),
            StmtKind::Append(slot, value) => Box::new(displays::Append(slot.0, self.expr(value))),
            StmtKind::SetAdd(slot, value) => Box::new(displays::SetAdd(slot.0, self.expr(value))),
            StmtKind::DictSet(slot, key, value) => {
                Box::new(displays::DictSet(slot.0, self.expr(key), self.expr(value)))
            }
            StmtKind::FreshCells(slots) => {
                Box::new(names::FreshCells(slots.iter().map(|slot| slot.0).collect()))
            }
            StmtKind::Clear(slots) => {
                Box::new(names::Clear(slots.iter().map(|slot| slot.0).collect()))
            }
            StmtKind::StarCollect { list, exc } => Box::new(coros::StarCollect {
                list: list.0,
                exc: exc.0,
            }),
            StmtKind::StarReraise {
                original,
                rest,
                list,
            } => Box::new(coros::StarReraise {
                original: original.0,
                rest: rest.0,
                list: list.0,
            }),
            _ => Box::new(control::Pass),
        }
    }
}
