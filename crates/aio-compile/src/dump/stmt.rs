//! Statements as text, one or more lines each.
//!
//! Compound statements are indented as in the source; what only the transform writes is spelled
//! out in words.

use super::Printer;
use super::expr::binary_text;
use crate::hir::{Block, Expr, Handler, ImportName, Stmt, StmtKind};
use std::fmt::Write;

impl Printer<'_> {
    pub(super) fn block(&self, block: &Block, depth: usize, out: &mut String) {
        if block.is_empty() {
            line(depth, "pass", out);
        }
        block.iter().for_each(|stmt| self.stmt(stmt, depth, out));
    }

    fn opt(&self, prefix: &str, expr: Option<&Expr>) -> String {
        expr.map_or_else(String::new, |expr| format!("{prefix}{}", self.expr(expr)))
    }

    pub(super) fn stmt(&self, stmt: &Stmt, depth: usize, out: &mut String) {
        match &stmt.kind {
            StmtKind::If(branches, orelse) => {
                for (index, (test, block)) in branches.iter().enumerate() {
                    let keyword = if index == 0 { "if" } else { "elif" };
                    line(depth, &format!("{keyword} {}:", self.expr(test)), out);
                    self.block(block, depth + 1, out);
                }
                self.orelse(orelse, depth, out);
            }
            StmtKind::While { test, body, orelse } => {
                line(depth, &format!("while {}:", self.expr(test)), out);
                self.block(body, depth + 1, out);
                self.orelse(orelse, depth, out);
            }
            StmtKind::For {
                target,
                iter,
                body,
                orelse,
                ..
            } => {
                let head = format!("for {} in {}:", self.target(target), self.expr(iter));
                line(depth, &head, out);
                self.block(body, depth + 1, out);
                self.orelse(orelse, depth, out);
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                is_star,
            } => {
                line(depth, "try:", out);
                self.block(body, depth + 1, out);
                for handler in handlers {
                    self.handler(handler, *is_star, depth, out);
                }
                self.orelse(orelse, depth, out);
                if !finalbody.is_empty() {
                    line(depth, "finally:", out);
                    self.block(finalbody, depth + 1, out);
                }
            }
            StmtKind::With { items, body, .. } => {
                let parts: Vec<String> = items
                    .iter()
                    .map(|item| {
                        let target = item.target.as_ref();
                        let target = target
                            .map_or_else(String::new, |to| format!(" as {}", self.target(to)));
                        format!("{}{target}", self.expr(&item.context))
                    })
                    .collect();
                line(depth, &format!("with {}:", parts.join(", ")), out);
                self.block(body, depth + 1, out);
            }
            StmtKind::Match { subject, cases } => {
                line(depth, &format!("match {}:", self.expr(subject)), out);
                for case in cases {
                    let guard = self.opt(" if ", case.guard.as_ref());
                    let head = format!("case {}{guard}:", self.pattern(&case.pattern));
                    line(depth + 1, &head, out);
                    self.block(&case.body, depth + 2, out);
                }
            }
            _ => line(depth, &self.simple(stmt), out),
        }
    }

    fn orelse(&self, orelse: &Block, depth: usize, out: &mut String) {
        if !orelse.is_empty() {
            line(depth, "else:", out);
            self.block(orelse, depth + 1, out);
        }
    }

    fn handler(&self, handler: &Handler, is_star: bool, depth: usize, out: &mut String) {
        let star = if is_star { "*" } else { "" };
        let typ = self.opt(" ", handler.typ.as_ref());
        let name = handler
            .name
            .as_ref()
            .map_or_else(String::new, |name| format!(" as {}", self.place(name)));
        line(depth, &format!("except{star}{typ}{name}:"), out);
        self.block(&handler.body, depth + 1, out);
    }

    fn import_name(&self, import: &ImportName) -> String {
        let place = self.place(&import.place);
        if import.binds_top {
            format!("{} ({place})", import.module)
        } else {
            format!("{} as {place}", import.module)
        }
    }

    /// Statements of one line.
    fn simple(&self, stmt: &Stmt) -> String {
        match &stmt.kind {
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign(targets, value) => {
                let mut text = String::new();
                for target in targets {
                    let _ = write!(text, "{} = ", self.target(target));
                }
                text + &self.expr(value)
            }
            StmtKind::AugAssign(target, op, value) => format!(
                "{} {}= {}",
                self.target(target),
                binary_text(*op),
                self.expr(value)
            ),
            StmtKind::Annotate { name, annotation } => {
                let name = name.as_deref().unwrap_or("_");
                format!("annotate {name}: {}", self.expr(annotation))
            }
            StmtKind::Del(target) => format!("del {}", self.target(target)),
            StmtKind::Return(value) => format!("return{}", self.opt(" ", value.as_ref())),
            StmtKind::Raise { exc, cause } => format!(
                "raise{}{}",
                self.opt(" ", exc.as_ref()),
                self.opt(" from ", cause.as_ref())
            ),
            StmtKind::Function { .. } | StmtKind::Class { .. } => self.definition(stmt),
            StmtKind::Import(names) => {
                let names: Vec<String> = names.iter().map(|name| self.import_name(name)).collect();
                format!("import {}", names.join(", "))
            }
            StmtKind::ImportFrom {
                module,
                level,
                names,
                star,
            } => {
                let dots = ".".repeat(*level as usize);
                let mut parts: Vec<String> = names
                    .iter()
                    .map(|(name, place)| format!("{name} as {}", self.place(place)))
                    .collect();
                if *star {
                    parts.push("*".to_owned());
                }
                format!("from {dots}{module} import {}", parts.join(", "))
            }
            StmtKind::Assert(test, msg) => {
                format!("assert {}{}", self.expr(test), self.opt(", ", msg.as_ref()))
            }
            StmtKind::Break => "break".to_owned(),
            StmtKind::Continue => "continue".to_owned(),
            StmtKind::Pass => "pass".to_owned(),
            _ => self.machine_stmt(stmt),
        }
    }

    fn definition(&self, stmt: &Stmt) -> String {
        match &stmt.kind {
            StmtKind::Function {
                place,
                function,
                decorators,
            } => {
                let decorated: String = decorators
                    .iter()
                    .map(|decorator| format!("@{} ", self.expr(decorator)))
                    .collect();
                format!(
                    "{decorated}def {} = {}",
                    self.place(place),
                    self.function(function)
                )
            }
            StmtKind::Class {
                place,
                code,
                bases,
                decorators,
            } => {
                let decorated: String = decorators
                    .iter()
                    .map(|decorator| format!("@{} ", self.expr(decorator)))
                    .collect();
                let bases = self.args(bases);
                format!(
                    "{decorated}class {} = <{}>({bases})",
                    self.place(place),
                    code.qualname
                )
            }
            // The caller sends only definitions here.
            _ => String::new(),
        }
    }

    /// Statements that only the transform writes.
    fn machine_stmt(&self, stmt: &Stmt) -> String {
        match &stmt.kind {
            StmtKind::EnterHandler { exc, saved } => {
                format!(
                    "enter handler {} saving {}",
                    self.slot(*exc),
                    self.slot(*saved)
                )
            }
            StmtKind::LeaveHandler { saved } => format!("leave handler {}", self.slot(*saved)),
            StmtKind::Append(slot, value) => {
                format!("{}.append({})", self.slot(*slot), self.expr(value))
            }
            StmtKind::SetAdd(slot, value) => {
                format!("{}.add({})", self.slot(*slot), self.expr(value))
            }
            StmtKind::DictSet(slot, key, value) => format!(
                "{}[{}] = {}",
                self.slot(*slot),
                self.expr(key),
                self.expr(value)
            ),
            StmtKind::FreshCells(slots) => {
                format!("fresh cells {}", self.slots(slots.iter().copied()))
            }
            StmtKind::Clear(slots) => format!("clear {}", self.slots(slots.iter().copied())),
            StmtKind::StarCollect { list, exc } => {
                format!("collect {} into {}", self.slot(*exc), self.slot(*list))
            }
            StmtKind::StarReraise {
                original,
                rest,
                list,
            } => format!(
                "reraise rest {} and {} of {}",
                self.slot(*rest),
                self.slot(*list),
                self.slot(*original)
            ),
            _ => "?".to_owned(),
        }
    }
}

pub(super) fn line(depth: usize, text: &str, out: &mut String) {
    out.push_str(&"    ".repeat(depth));
    out.push_str(text);
    out.push('\n');
}
