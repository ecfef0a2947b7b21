//! What each name is bound to, in the whole file.
//!
//! A rule may be sure of a name only if the name is bound in one place. So every binding is
//! noted here under the scope that owns the name, and whoever asks gets an answer only where all
//! bindings say the same. A program that binds names behind our back (`exec`, `globals()`)
//! gets none for its globals.

use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

use aio_compile::scope::{ScopeId, ScopeTree};
use aio_syntax::ast::{
    ClassDef, Comprehension, Expr, ExprKind, FunctionDef, Module, Pattern, PatternKind, Stmt,
    StmtKind,
};

use aio_syntax::visit;

/// What binds a name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding<'a> {
    /// `def`
    Function(&'a FunctionDef),
    /// `class`
    Class(&'a ClassDef),
    /// `import module`
    Module(&'a str),
    /// `from module import name`
    Imported(&'a str, &'a str),
    /// `name = value`, and where the value is evaluated.
    Value(&'a Expr, ScopeId),
    /// `with value as name`
    Entered(&'a Expr, ScopeId),
    /// Anything else.
    Other,
}

impl Binding<'_> {
    /// Whether both certainly bind the same object.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Module(left), Self::Module(right)) => left == right,
            (Self::Imported(left, name), Self::Imported(right, other)) => {
                left == right && name == other
            }
            _ => false,
        }
    }
}

/// The bindings of a file.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    bindings: FxHashMap<(ScopeId, Rc<str>), Vec<Binding<'a>>>,
    /// Names of attributes that are assigned somewhere, on whatever object.
    assigned_attributes: FxHashSet<Rc<str>>,
    /// Whether names may be bound that are not written.
    is_dynamic: bool,
}

impl<'a> Facts<'a> {
    /// Reads a file.
    pub(crate) fn collect(module: &'a Module, tree: &ScopeTree) -> Self {
        let mut collector = Collector {
            facts: Facts::default(),
            tree,
        };
        collector.block(&module.body, ScopeTree::MODULE);
        collector.facts
    }

    /// What a name is bound to, if that is certain; `None` also if it is bound nowhere.
    pub(crate) fn only_binding(&self, owner: ScopeId, name: &Rc<str>) -> Option<Binding<'a>> {
        if self.is_dynamic && owner == ScopeTree::MODULE {
            return None;
        }
        let all = self.bindings.get(&(owner, name.clone()))?;
        let first = *all.first()?;
        all.iter()
            .skip(1)
            .all(|other| first.is_same(other))
            .then_some(first)
    }

    /// Whether a name is certainly not bound by the file, so that it is a builtin or of the
    /// prelude.
    pub(crate) fn is_unbound(&self, owner: ScopeId, name: &Rc<str>) -> bool {
        !self.is_dynamic && !self.bindings.contains_key(&(owner, name.clone()))
    }

    /// Whether some object's attribute of this name is assigned.
    pub(crate) fn assigns_attribute(&self, name: &str) -> bool {
        self.assigned_attributes.contains(name)
    }
}

struct Collector<'a, 't> {
    facts: Facts<'a>,
    tree: &'t ScopeTree,
}

impl<'a> Collector<'a, '_> {
    fn bind(&mut self, scope: ScopeId, name: &Rc<str>, binding: Binding<'a>) {
        let owner = self.tree.owner(scope, name);
        let all = self.facts.bindings.entry((owner, name.clone()));
        all.or_default().push(binding);
    }

    fn block(&mut self, block: &'a [Stmt], scope: ScopeId) {
        for stmt in block {
            self.stmt(stmt, scope);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt, scope: ScopeId) {
        visit::for_each_expr(stmt, &mut |expr| self.expr(expr, scope));
        match &stmt.kind {
            StmtKind::FunctionDef(node) => self.function(node, scope),
            StmtKind::ClassDef(node) => {
                self.bind(scope, &node.name.name, Binding::Class(node));
                if let Some(inner) = self.tree.class_scope(node) {
                    self.block(&node.body, inner);
                }
            }
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.assign(target, Binding::Value(value, scope), scope);
                }
            }
            StmtKind::AnnAssign(node) => match &node.value {
                Some(value) => self.assign(&node.target, Binding::Value(value, scope), scope),
                None => self.assign(&node.target, Binding::Other, scope),
            },
            StmtKind::AugAssign { target, .. } => self.assign(target, Binding::Other, scope),
            StmtKind::Delete { targets } => {
                for target in targets {
                    self.assign(target, Binding::Other, scope);
                }
            }
            StmtKind::For(node) => self.assign(&node.target, Binding::Other, scope),
            StmtKind::With(node) => {
                for item in &node.items {
                    if let Some(target) = &item.optional_vars {
                        let entered = Binding::Entered(&item.context_expr, scope);
                        self.assign(target, entered, scope);
                    }
                }
            }
            StmtKind::Match(node) => {
                for case in &node.cases {
                    self.pattern(&case.pattern, scope);
                }
            }
            StmtKind::Try(node) => {
                for handler in &node.handlers {
                    if let Some(name) = &handler.name {
                        self.bind(scope, &name.name, Binding::Other);
                    }
                }
            }
            StmtKind::TypeAlias(node) => self.bind(scope, &node.name.name, Binding::Other),
            StmtKind::Import { .. } | StmtKind::ImportFrom { .. } => self.import(stmt, scope),
            StmtKind::Return { .. }
            | StmtKind::While(_)
            | StmtKind::If { .. }
            | StmtKind::Raise { .. }
            | StmtKind::Assert { .. }
            | StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Expr { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
        for block in visit::blocks(stmt) {
            self.block(block, scope);
        }
    }

    fn function(&mut self, node: &'a FunctionDef, scope: ScopeId) {
        self.bind(scope, &node.name.name, Binding::Function(node));
        if let Some(inner) = self.tree.function_scope(node) {
            self.parameters(&node.params, inner);
            self.block(&node.body, inner);
        }
    }

    fn parameters(&mut self, params: &'a aio_syntax::ast::Parameters, scope: ScopeId) {
        let all = params.posonly.iter().chain(&params.args);
        let starred = params.vararg.iter().chain(&params.kwarg);
        let all = all.chain(&params.kwonly).chain(starred.map(|one| &**one));
        for parameter in all {
            self.bind(scope, &parameter.name.name, Binding::Other);
        }
    }

    fn import(&mut self, stmt: &'a Stmt, scope: ScopeId) {
        match &stmt.kind {
            StmtKind::Import { names } => {
                for alias in names {
                    let top = alias.name.name.split('.').next().unwrap_or_default();
                    match &alias.asname {
                        Some(name) => {
                            let module = Binding::Module(&alias.name.name);
                            self.bind(scope, &name.name, module);
                        }
                        None => self.bind(scope, &top.into(), Binding::Module(top)),
                    }
                }
            }
            StmtKind::ImportFrom {
                module,
                names,
                level,
            } => {
                for alias in names {
                    if &*alias.name.name == "*" {
                        self.facts.is_dynamic = true;
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let binding = match module {
                        Some(module) if *level == 0 => {
                            Binding::Imported(&module.name, &alias.name.name)
                        }
                        Some(_) | None => Binding::Other,
                    };
                    self.bind(scope, &name.name, binding);
                }
            }
            _ => {}
        }
    }

    /// Binds the names of a target; parts of an unpacked value are unknown.
    fn assign(&mut self, target: &'a Expr, binding: Binding<'a>, scope: ScopeId) {
        match &target.kind {
            ExprKind::Name { id } => self.bind(scope, id, binding),
            ExprKind::Tuple { elts } | ExprKind::List { elts } => {
                let values = match binding {
                    Binding::Value(value, at) => parts(value, elts).map(|parts| (parts, at)),
                    _ => None,
                };
                for (index, elt) in elts.iter().enumerate() {
                    let value = values.and_then(|(values, at)| {
                        values.get(index).map(|value| Binding::Value(value, at))
                    });
                    self.assign(elt, value.unwrap_or(Binding::Other), scope);
                }
            }
            ExprKind::Starred { value } => self.assign(value, Binding::Other, scope),
            ExprKind::Attribute { attr, .. } => {
                self.facts.assigned_attributes.insert(attr.name.clone());
            }
            _ => {}
        }
    }

    fn expr(&mut self, expr: &'a Expr, scope: ScopeId) {
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.bind(scope, &target.name, Binding::Value(value, scope));
            }
            ExprKind::Name { id } if matches!(&**id, "exec" | "globals" | "vars" | "setattr") => {
                self.facts.is_dynamic = true;
            }
            ExprKind::Lambda { params, body } => {
                visit::for_each_default(params, &mut |one| self.expr(one, scope));
                if let Some(inner) = self.tree.expr_scope(expr) {
                    self.parameters(params, inner);
                    self.expr(body, inner);
                }
                return;
            }
            ExprKind::ListComp { generators, .. }
            | ExprKind::SetComp { generators, .. }
            | ExprKind::DictComp { generators, .. }
            | ExprKind::GeneratorExp { generators, .. } => {
                self.comprehension(expr, generators, scope);
                return;
            }
            _ => {}
        }
        visit::for_each_child(expr, &mut |child| self.expr(child, scope));
    }

    fn comprehension(&mut self, expr: &'a Expr, generators: &'a [Comprehension], scope: ScopeId) {
        let inner = self.tree.expr_scope(expr).unwrap_or(scope);
        for generator in generators {
            self.assign(&generator.target, Binding::Other, inner);
        }
        visit::for_each_child(expr, &mut |child| self.expr(child, inner));
    }

    fn pattern(&mut self, pattern: &'a Pattern, scope: ScopeId) {
        match &pattern.kind {
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                for pattern in patterns {
                    self.pattern(pattern, scope);
                }
            }
            PatternKind::MatchMapping { items, rest } => {
                for item in items {
                    self.pattern(&item.pattern, scope);
                }
                if let Some(rest) = rest {
                    self.bind(scope, &rest.name, Binding::Other);
                }
            }
            PatternKind::MatchClass {
                patterns, keywords, ..
            } => {
                let keywords = keywords.iter().map(|keyword| &keyword.pattern);
                for pattern in patterns.iter().chain(keywords) {
                    self.pattern(pattern, scope);
                }
            }
            PatternKind::MatchStar { name } => {
                if let Some(name) = name {
                    self.bind(scope, &name.name, Binding::Other);
                }
            }
            PatternKind::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern, scope);
                }
                if let Some(name) = name {
                    self.bind(scope, &name.name, Binding::Other);
                }
            }
            PatternKind::MatchValue { .. } | PatternKind::MatchSingleton { .. } => {}
        }
    }
}

/// The elements of `a, b` in `x, y = a, b`, if each target gets one.
fn parts<'a>(value: &'a Expr, targets: &[Expr]) -> Option<&'a [Expr]> {
    let (ExprKind::Tuple { elts } | ExprKind::List { elts }) = &value.kind else {
        return None;
    };
    let is_starred = |expr: &Expr| matches!(expr.kind, ExprKind::Starred { .. });
    let fits = elts.len() == targets.len() && !elts.iter().chain(targets).any(is_starred);
    fits.then_some(elts)
}
