//! Statements as text.

use super::Dumper;
use crate::ast::{
    Alias, ClassDef, ExceptHandler, FunctionDef, Ident, MatchCase, Stmt, StmtKind, TypeParam,
    WithItem,
};

impl Dumper {
    pub(super) fn statements(&mut self, field: &str, body: &[Stmt]) {
        for stmt in body {
            let what = headline(&stmt.kind);
            self.node(field, &what, stmt.span, |to| {
                to.statement_children(&stmt.kind)
            });
        }
    }

    fn statement_children(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::FunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => self.class(def),
            StmtKind::Return { value } => self.optional("value", value.as_ref()),
            StmtKind::Delete { targets } => self.expressions("targets", targets),
            StmtKind::Assign { targets, value } => {
                self.expressions("targets", targets);
                self.expression("value", value);
            }
            StmtKind::TypeAlias(alias) => {
                self.type_params(&alias.type_params);
                self.expression("value", &alias.value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expression("target", target);
                self.expression("value", value);
            }
            StmtKind::AnnAssign(node) => {
                self.expression("target", &node.target);
                self.expression("annotation", &node.annotation);
                self.optional("value", node.value.as_ref());
            }
            StmtKind::For(node) => {
                self.expression("target", &node.target);
                self.expression("iter", &node.iter);
                self.statements("body", &node.body);
                self.statements("orelse", &node.orelse);
            }
            StmtKind::While(node) => {
                self.expression("test", &node.test);
                self.statements("body", &node.body);
                self.statements("orelse", &node.orelse);
            }
            StmtKind::If { branches, orelse } => {
                for branch in branches {
                    self.expression("test", &branch.test);
                    self.statements("body", &branch.body);
                }
                self.statements("orelse", orelse);
            }
            StmtKind::With(node) => {
                self.with_items(&node.items);
                self.statements("body", &node.body);
            }
            StmtKind::Match(node) => {
                self.expression("subject", &node.subject);
                self.cases(&node.cases);
            }
            StmtKind::Raise { exc, cause } => {
                self.optional("exc", exc.as_ref());
                self.optional("cause", cause.as_ref());
            }
            StmtKind::Try(node) => {
                self.statements("body", &node.body);
                self.handlers(&node.handlers);
                self.statements("orelse", &node.orelse);
                self.statements("finalbody", &node.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expression("test", test);
                self.optional("msg", msg.as_ref());
            }
            StmtKind::Import { names } | StmtKind::ImportFrom { names, .. } => {
                self.aliases(names);
            }
            StmtKind::Expr { value } => self.expression("value", value),
            StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }

    fn function(&mut self, def: &FunctionDef) {
        self.expressions("decorators", &def.decorators);
        self.type_params(&def.type_params);
        self.parameters(&def.params);
        self.optional("returns", def.returns.as_ref());
        self.statements("body", &def.body);
    }

    fn class(&mut self, def: &ClassDef) {
        self.expressions("decorators", &def.decorators);
        self.type_params(&def.type_params);
        self.arguments(&def.args);
        self.statements("body", &def.body);
    }

    fn type_params(&mut self, list: &[TypeParam]) {
        for one in list {
            let what = format!("{:?} {}", one.kind, one.name.name);
            self.inner("type_params", &what, |to| {
                to.optional("bound", one.bound.as_ref());
                to.optional("default", one.default.as_ref());
            });
        }
    }

    fn with_items(&mut self, items: &[WithItem]) {
        for item in items {
            self.expression("context_expr", &item.context_expr);
            self.optional("optional_vars", item.optional_vars.as_ref());
        }
    }

    fn cases(&mut self, cases: &[MatchCase]) {
        for case in cases {
            self.pattern("case", &case.pattern);
            self.optional("guard", case.guard.as_ref());
            self.statements("body", &case.body);
        }
    }

    fn handlers(&mut self, handlers: &[ExceptHandler]) {
        for handler in handlers {
            let what = match &handler.name {
                Some(name) => format!("ExceptHandler {}", name.name),
                None => "ExceptHandler".to_owned(),
            };
            self.node("handlers", &what, handler.span, |to| {
                to.optional("type", handler.type_.as_ref());
                to.statements("body", &handler.body);
            });
        }
    }

    fn aliases(&mut self, names: &[Alias]) {
        for alias in names {
            let name = &alias.name.name;
            match &alias.asname {
                Some(asname) => self.line(&format!("alias {name} as {}", asname.name)),
                None => self.line(&format!("alias {name}")),
            }
        }
    }
}

/// The kind of a statement with its simple fields.
fn headline(kind: &StmtKind) -> String {
    let asynchronous = |is_async: bool, kind: &str| {
        if is_async {
            format!("Async{kind}")
        } else {
            kind.to_owned()
        }
    };
    match kind {
        StmtKind::FunctionDef(def) => {
            format!(
                "{} {}",
                asynchronous(def.is_async, "FunctionDef"),
                def.name.name
            )
        }
        StmtKind::ClassDef(def) => format!("ClassDef {}", def.name.name),
        StmtKind::Return { .. } => "Return".to_owned(),
        StmtKind::Delete { .. } => "Delete".to_owned(),
        StmtKind::Assign { .. } => "Assign".to_owned(),
        StmtKind::TypeAlias(alias) => format!("TypeAlias {}", alias.name.name),
        StmtKind::AugAssign { op, .. } => format!("AugAssign {op:?}"),
        StmtKind::AnnAssign(node) if node.simple => "AnnAssign simple".to_owned(),
        StmtKind::AnnAssign(_) => "AnnAssign".to_owned(),
        StmtKind::For(node) => asynchronous(node.is_async, "For"),
        StmtKind::While(_) => "While".to_owned(),
        StmtKind::If { .. } => "If".to_owned(),
        StmtKind::With(node) => asynchronous(node.is_async, "With"),
        StmtKind::Match(_) => "Match".to_owned(),
        StmtKind::Raise { .. } => "Raise".to_owned(),
        StmtKind::Try(node) if node.is_star => "TryStar".to_owned(),
        StmtKind::Try(_) => "Try".to_owned(),
        StmtKind::Assert { .. } => "Assert".to_owned(),
        StmtKind::Import { .. } => "Import".to_owned(),
        StmtKind::ImportFrom { module, level, .. } => {
            let dots = ".".repeat(*level as usize);
            let module = module.as_ref().map_or("", |name| &name.name);
            format!("ImportFrom {dots}{module}")
        }
        StmtKind::Global { names } => format!("Global {}", joined(names)),
        StmtKind::Nonlocal { names } => format!("Nonlocal {}", joined(names)),
        StmtKind::Expr { .. } => "Expr".to_owned(),
        StmtKind::Pass => "Pass".to_owned(),
        StmtKind::Break => "Break".to_owned(),
        StmtKind::Continue => "Continue".to_owned(),
    }
}

fn joined(names: &[Ident]) -> String {
    let names: Vec<&str> = names.iter().map(|name| &*name.name).collect();
    names.join(", ")
}
