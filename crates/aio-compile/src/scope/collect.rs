//! First pass of name analysis: statements.
//!
//! Notes per scope what is bound, used and declared, and reports the errors that CPython reports
//! while it builds its symbol table. The order of visits is CPython's, so that "used prior to
//! global declaration" means the same here.

use super::{Directive, NodeKey, Scope, ScopeId, ScopeKind, ScopeTree, mangle};
use crate::errors::{Errors, code};
use crate::hir::Sym;
use aio_syntax::{Span, ast};
use rustc_hash::FxHashMap;

/// Builds the scopes of a module; their names are not yet resolved.
pub(crate) fn collect(module: &ast::Module, errors: &mut Errors) -> ScopeTree {
    let mut ctx = Collector {
        tree: ScopeTree::default(),
        errors,
        current: ScopeTree::MODULE,
        private: None,
        iterable_depth: Vec::new(),
        in_iteration_target: false,
        annotation_scopes: FxHashMap::default(),
    };
    ctx.open_scope(None, ScopeKind::Module, "<module>".into(), module.span);
    ctx.future_imports(&module.body);
    ctx.stmts(&module.body);
    ctx.tree
}

/// The walk's state.
pub(crate) struct Collector<'a> {
    pub(super) tree: ScopeTree,
    pub(super) errors: &'a mut Errors,
    pub(super) current: ScopeId,
    pub(super) private: Option<Sym>,
    /// For the scopes that are open: how deep the walk is inside comprehension iterables.
    pub(super) iterable_depth: Vec<u32>,
    /// Whether the walk is inside the target of a comprehension's `for`.
    pub(super) in_iteration_target: bool,
    /// The scopes in which no `:=`, `yield` and `await` may stand, with what CPython calls them.
    pub(super) annotation_scopes: FxHashMap<ScopeId, &'static str>,
}

impl Collector<'_> {
    /// Opens a scope below the current one and makes it current.
    pub(super) fn open_scope(
        &mut self,
        key: Option<NodeKey>,
        kind: ScopeKind,
        name: Sym,
        span: Span,
    ) -> ScopeId {
        let index = u32::try_from(self.tree.scopes.len()).expect("a source has below 2^32 bytes");
        let id = ScopeId(index);
        let parent = (index > 0).then_some(self.current);
        let body = match parent {
            Some(parent) if kind.is_inlined() => self.tree.scope(parent).body,
            _ => id,
        };
        self.tree.scopes.push(Scope {
            kind,
            name,
            parent,
            body,
            private: self.private.clone(),
            is_async: false,
            has_yield: false,
            has_await: false,
            span,
            symbols: Vec::new(),
            index: FxHashMap::default(),
            directives: Vec::new(),
        });
        if let Some(key) = key {
            self.tree.nodes.insert(key, id);
        }
        self.iterable_depth.push(0);
        self.current = id;
        id
    }

    /// Goes back to the scope around the current one.
    pub(super) fn close_scope(&mut self) {
        self.iterable_depth.pop();
        self.current = self
            .scope()
            .parent
            .expect("only the scopes below the module's are closed");
    }

    pub(super) fn scope(&self) -> &Scope {
        self.tree.scope(self.current)
    }

    pub(super) fn scope_mut(&mut self) -> &mut Scope {
        self.tree.scope_mut(self.current)
    }

    pub(super) fn mangled(&self, name: &Sym) -> Sym {
        mangle(self.private.as_ref(), name)
    }

    /// Notes that the current scope reads a name.
    pub(super) fn use_name(&mut self, name: &Sym) {
        let name = self.mangled(name);
        self.scope_mut().symbol_mut(&name).is_used = true;
        // A function that calls `super` needs the class, which it reaches through `__class__`.
        if &*name == "super" && self.is_function_like() {
            self.scope_mut().symbol_mut(&"__class__".into()).is_used = true;
        }
    }

    fn is_function_like(&self) -> bool {
        !matches!(self.scope().kind, ScopeKind::Module | ScopeKind::Class)
    }

    /// Notes that the current scope binds a name.
    pub(super) fn bind_name(&mut self, name: &Sym, span: Span) {
        let name = self.mangled(name);
        let in_target = self.in_iteration_target;
        let symbol = self.scope_mut().symbol_mut(&name);
        symbol.is_bound = true;
        if in_target {
            symbol.is_iteration = true;
            if symbol.is_global || symbol.is_nonlocal {
                self.errors.report(
                    code::COMPREHENSION,
                    span,
                    format!(
                        "comprehension inner loop cannot rebind assignment expression target '{name}'"
                    ),
                );
            }
        }
    }

    pub(super) fn stmts(&mut self, stmts: &[ast::Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &ast::Stmt) {
        use ast::StmtKind as S;
        match &stmt.kind {
            S::FunctionDef(node) => self.function_def(node, stmt.span),
            S::ClassDef(node) => self.class_def(node, stmt.span),
            S::TypeAlias(node) => self.type_alias(node, stmt.span),
            S::AnnAssign(node) => self.ann_assign(node, stmt.span),
            S::Global { names } => self.declare(names, stmt.span, true),
            S::Nonlocal { names } => self.declare(names, stmt.span, false),
            S::Import { names } => self.import(names, stmt.span),
            S::ImportFrom { names, .. } => self.import(names, stmt.span),
            S::Try(node) => self.try_stmt(node),
            S::Match(node) => self.match_stmt(node),
            S::With(node) => self.with_stmt(node),
            S::For(node) => self.for_stmt(node),
            S::While(node) => {
                self.expr(&node.test);
                self.stmts(&node.body);
                self.stmts(&node.orelse);
            }
            S::If { branches, orelse } => {
                for branch in branches {
                    self.expr(&branch.test);
                    self.stmts(&branch.body);
                }
                self.stmts(orelse);
            }
            S::Return { value } => self.opt_expr(value.as_ref()),
            S::Delete { targets } => targets.iter().for_each(|target| self.target(target)),
            S::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|target| self.target(target));
            }
            S::AugAssign { target, value, .. } => {
                self.aug_target(target);
                self.expr(value);
            }
            S::Raise { exc, cause } => {
                self.opt_expr(exc.as_ref());
                self.opt_expr(cause.as_ref());
            }
            S::Assert { test, msg } => {
                self.expr(test);
                self.opt_expr(msg.as_ref());
            }
            S::Expr { value } => self.expr(value),
            S::Pass | S::Break | S::Continue => {}
        }
    }

    /// The target of `op=` is bound; CPython does not count its reading as a use.
    fn aug_target(&mut self, target: &ast::Expr) {
        self.target(target);
    }

    fn function_def(&mut self, node: &ast::FunctionDef, span: Span) {
        self.bind_name(&node.name.name, node.name.span);
        self.defaults(&node.params);
        node.decorators.iter().for_each(|expr| self.expr(expr));
        let generic = self.open_type_params(&node.type_params, &node.name.name, span);
        self.annotations(&node.params, node.returns.as_ref());
        let key = NodeKey::function(node);
        self.open_scope(Some(key), ScopeKind::Function, node.name.name.clone(), span);
        self.scope_mut().is_async = node.is_async;
        self.parameters(&node.params);
        self.stmts(&node.body);
        self.close_scope();
        if generic {
            self.close_scope();
        }
    }

    fn class_def(&mut self, node: &ast::ClassDef, span: Span) {
        self.bind_name(&node.name.name, node.name.span);
        node.decorators.iter().for_each(|expr| self.expr(expr));
        let outer = self.private.clone();
        let generic = self.open_type_params(&node.type_params, &node.name.name, span);
        node.args.iter().for_each(|arg| self.expr(&arg.value));
        self.private = Some(node.name.name.clone());
        let key = NodeKey::class(node);
        self.open_scope(Some(key), ScopeKind::Class, node.name.name.clone(), span);
        self.stmts(&node.body);
        self.close_scope();
        self.private = outer;
        if generic {
            self.close_scope();
        }
    }

    fn type_alias(&mut self, node: &ast::TypeAlias, span: Span) {
        self.bind_name(&node.name.name, node.name.span);
        let generic = self.open_type_params(&node.type_params, &node.name.name, span);
        self.lazy_expr(&node.value, "a type alias");
        if generic {
            self.close_scope();
        }
    }

    /// Opens the scope of type parameters, if there are any.
    fn open_type_params(&mut self, params: &[ast::TypeParam], name: &Sym, span: Span) -> bool {
        if params.is_empty() {
            return false;
        }
        let key = NodeKey::type_params(params);
        let name = format!("<generic parameters of {name}>").into();
        self.open_scope(Some(key), ScopeKind::TypeParams, name, span);
        self.annotation_scopes
            .insert(self.current, "the definition of a generic");
        for param in params {
            self.type_param(param);
        }
        true
    }

    fn type_param(&mut self, param: &ast::TypeParam) {
        let name = self.mangled(&param.name.name);
        let before = self.scope().symbol(&name).unwrap_or_default();
        if before.is_bound {
            let message = format!("duplicate type parameter '{name}'");
            self.errors
                .report(code::DUPLICATE_PARAMETER, param.name.span, message);
        }
        self.bind_name(&param.name.name, param.name.span);
        if let Some(bound) = &param.bound {
            let is_tuple = matches!(bound.kind, ast::ExprKind::Tuple { .. });
            let what = if is_tuple {
                "a TypeVar constraint"
            } else {
                "a TypeVar bound"
            };
            self.lazy_expr(bound, what);
        }
        if let Some(default) = &param.default {
            let what = match param.kind {
                ast::TypeParamKind::TypeVar => "a TypeVar default",
                ast::TypeParamKind::TypeVarTuple => "a TypeVarTuple default",
                ast::TypeParamKind::ParamSpec => "a ParamSpec default",
            };
            self.lazy_expr(default, what);
        }
    }

    /// An expression that is only evaluated when somebody asks: a function without parameters.
    fn lazy_expr(&mut self, expr: &ast::Expr, what: &'static str) {
        let key = NodeKey::lazy(expr);
        let scope = self.open_scope(Some(key), ScopeKind::Lambda, "<lambda>".into(), expr.span);
        self.annotation_scopes.insert(scope, what);
        self.expr(expr);
        self.close_scope();
    }

    /// Reports what may not stand in the scope of an annotation.
    pub(super) fn refuse_in_annotation(&mut self, what: &str, span: Span) {
        if let Some(place) = self.annotation_scopes.get(&self.current) {
            let message = format!("{what} cannot be used within {place}");
            self.errors.report(code::ANNOTATION, span, message);
        }
    }

    fn ann_assign(&mut self, node: &ast::AnnAssign, span: Span) {
        if let ast::ExprKind::Name { id } = &node.target.kind {
            self.annotated_name(node, id, span);
        } else {
            self.target(&node.target);
        }
        if !self.tree.lazy_annotations {
            self.expr(&node.annotation);
        }
        self.opt_expr(node.value.as_ref());
    }

    fn annotated_name(&mut self, node: &ast::AnnAssign, id: &Sym, span: Span) {
        let name = self.mangled(id);
        let is_module = self.current == ScopeTree::MODULE;
        let before = self.scope().symbol(&name).unwrap_or_default();
        if (before.is_global || before.is_nonlocal) && !is_module && node.simple {
            let what = if before.is_global {
                "global"
            } else {
                "nonlocal"
            };
            self.errors.report(
                code::DECLARATION,
                span,
                format!("annotated name '{id}' can't be {what}"),
            );
        }
        if node.simple {
            self.bind_name(id, node.target.span);
            self.scope_mut().symbol_mut(&name).is_annotated = true;
        } else if node.value.is_some() {
            self.bind_name(id, node.target.span);
        }
    }

    fn declare(&mut self, names: &[ast::Ident], span: Span, is_global: bool) {
        let what = if is_global { "global" } else { "nonlocal" };
        for ident in names {
            let name = self.mangled(&ident.name);
            let before = self.scope().symbol(&name).unwrap_or_default();
            let complaint = if before.is_param {
                Some(format!("name '{name}' is parameter and {what}"))
            } else if before.is_used {
                Some(format!("name '{name}' is used prior to {what} declaration"))
            } else if before.is_annotated {
                Some(format!("annotated name '{name}' can't be {what}"))
            } else if before.is_bound {
                Some(format!(
                    "name '{name}' is assigned to before {what} declaration"
                ))
            } else {
                None
            };
            if let Some(message) = complaint {
                let help = (!before.is_param)
                    .then(|| format!("put `{what} {name}` before everything that mentions it"));
                self.errors
                    .report_with_help(code::DECLARATION, span, message, help.as_deref());
            }
            let scope = self.scope_mut();
            let symbol = scope.symbol_mut(&name);
            if is_global {
                symbol.is_global = true;
            } else {
                symbol.is_nonlocal = true;
            }
            scope.directives.push(Directive { name, span });
        }
    }

    fn import(&mut self, names: &[ast::Alias], span: Span) {
        for alias in names {
            let name: Sym = match &alias.asname {
                Some(asname) => asname.name.clone(),
                None => top_package(&alias.name.name),
            };
            if &*name == "*" {
                if self.current != ScopeTree::MODULE {
                    let message = "import * only allowed at module level";
                    self.errors
                        .report(code::IMPORT_STAR, alias.name.span, message);
                }
                continue;
            }
            self.bind_name(&name, span);
            let name = self.mangled(&name);
            self.scope_mut().symbol_mut(&name).is_imported = true;
        }
    }

    fn try_stmt(&mut self, node: &ast::Try) {
        self.stmts(&node.body);
        self.stmts(&node.orelse);
        for handler in &node.handlers {
            self.opt_expr(handler.type_.as_ref());
            if let Some(name) = &handler.name {
                self.bind_name(&name.name, name.span);
            }
            self.stmts(&handler.body);
        }
        self.stmts(&node.finalbody);
    }

    fn with_stmt(&mut self, node: &ast::With) {
        if node.is_async {
            self.scope_mut().has_await = true;
        }
        for item in &node.items {
            self.expr(&item.context_expr);
            if let Some(target) = &item.optional_vars {
                self.target(target);
            }
        }
        self.stmts(&node.body);
    }

    fn for_stmt(&mut self, node: &ast::For) {
        if node.is_async {
            self.scope_mut().has_await = true;
        }
        self.target(&node.target);
        self.expr(&node.iter);
        self.stmts(&node.body);
        self.stmts(&node.orelse);
    }

    fn match_stmt(&mut self, node: &ast::Match) {
        self.expr(&node.subject);
        for case in &node.cases {
            self.pattern(&case.pattern);
            self.opt_expr(case.guard.as_ref());
            self.stmts(&case.body);
        }
    }

    /// `from __future__` imports stand first; `annotations` changes how annotations are read.
    fn future_imports(&mut self, body: &[ast::Stmt]) {
        let mut at_start = true;
        for (index, stmt) in body.iter().enumerate() {
            let is_docstring = index == 0 && is_string(stmt);
            let ast::StmtKind::ImportFrom {
                module: Some(module),
                names,
                level: 0,
            } = &stmt.kind
            else {
                at_start = at_start && is_docstring;
                continue;
            };
            if &*module.name != "__future__" {
                at_start = false;
                continue;
            }
            if !at_start {
                self.errors.report(
                    code::FUTURE,
                    stmt.span,
                    "from __future__ imports must occur at the beginning of the file",
                );
                return;
            }
            names
                .iter()
                .for_each(|alias| self.future_feature(alias, stmt.span));
        }
    }

    fn future_feature(&mut self, alias: &ast::Alias, span: Span) {
        const KNOWN: [&str; 10] = [
            "nested_scopes",
            "generators",
            "division",
            "absolute_import",
            "with_statement",
            "print_function",
            "unicode_literals",
            "barry_as_FLUFL",
            "generator_stop",
            "annotations",
        ];
        let name = &*alias.name.name;
        if name == "annotations" {
            self.tree.lazy_annotations = true;
        }
        if name == "braces" {
            self.errors.report(code::FUTURE, span, "not a chance");
        } else if !KNOWN.contains(&name) {
            let message = format!("future feature {name} is not defined");
            self.errors.report(code::FUTURE, span, message);
        }
    }
}

/// `a` of `a.b.c`, which is what `import a.b.c` binds.
pub(crate) fn top_package(dotted: &Sym) -> Sym {
    match dotted.split_once('.') {
        Some((top, _)) => top.into(),
        None => dotted.clone(),
    }
}

fn is_string(stmt: &ast::Stmt) -> bool {
    matches!(
        &stmt.kind,
        ast::StmtKind::Expr {
            value: ast::Expr {
                kind: ast::ExprKind::Constant(ast::Constant::Str(_)),
                ..
            }
        }
    )
}
