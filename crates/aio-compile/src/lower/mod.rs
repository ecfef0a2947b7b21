//! AST → HIR: names become places, statements keep their shape.
//!
//! One [`Lowerer`] walks the tree of a file. It keeps a stack of *bodies* (what becomes a
//! [`Code`]) and, inside the innermost one, the current *scope*, which differs from the body's own
//! scope inside an inlined comprehension. Slots are handed out when a variable is first met, so
//! that `locals()` lists them in CPython's order; parameters come first.
//!
//! A finished body that suspends goes through [`crate::coroutine`] at once, so that nothing
//! outside this crate sees an `Await` node.

mod call;
mod comprehension;
mod control;
mod definition;
mod doc;
mod expr;
mod fold;
mod literal;
mod pattern;
mod stmt;
mod target;

use crate::Options;
use crate::errors::{Errors, code};
use crate::hir::{
    Body, ClassFallback, Code, CodeKind, Flavor, Free, FreeIdx, FreeSource, Params, Place, Slot,
    Sym,
};
use crate::scope::{Resolution, Scope, ScopeId, ScopeKind, ScopeTree, Variable, mangle};
use aio_syntax::{Span, ast};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What a file is compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Goal {
    /// Run for its effects.
    Exec,
    /// The value of the last expression statement is the result.
    Interactive,
    /// As `Exec`, with names of the top level looked up as in a class body.
    Namespace,
}

/// Lowers a whole module.
pub(crate) fn lower_module(
    module: &ast::Module,
    tree: &ScopeTree,
    options: &Options<'_>,
    goal: Goal,
    errors: &mut Errors,
) -> Rc<Code> {
    let mut ctx = Lowerer {
        tree,
        errors,
        options,
        bodies: Vec::new(),
        scope: ScopeTree::MODULE,
        has_namespace: goal == Goal::Namespace,
    };
    ctx.open_body(ScopeTree::MODULE, CodeKind::Module, "<module>".into());
    let (doc, stmts) = match goal {
        Goal::Exec | Goal::Namespace => doc::split_docstring(&module.body),
        Goal::Interactive => (None, module.body.as_slice()),
    };
    let mut block = ctx.stmts(stmts);
    if goal == Goal::Interactive {
        stmt::return_last_value(&mut block);
    }
    ctx.close_body(block, Params::default(), doc, module.span)
}

/// Lowers one expression, as `eval` does.
pub(crate) fn lower_eval(
    expr: &ast::Expr,
    tree: &ScopeTree,
    options: &Options<'_>,
    goal: Goal,
    errors: &mut Errors,
) -> Rc<Code> {
    let mut ctx = Lowerer {
        tree,
        errors,
        options,
        bodies: Vec::new(),
        scope: ScopeTree::MODULE,
        has_namespace: goal == Goal::Namespace,
    };
    ctx.open_body(ScopeTree::MODULE, CodeKind::Module, "<module>".into());
    let value = ctx.expr(expr);
    let block = vec![crate::hir::Stmt {
        kind: crate::hir::StmtKind::Return(Some(value)),
        span: expr.span,
    }];
    ctx.close_body(block, Params::default(), None, expr.span)
}

/// What `break`, `continue` and `return` meet on their way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Nesting {
    Loop,
    StarHandler,
}

/// A body under construction.
struct BodyDraft {
    kind: CodeKind,
    qualname: Sym,
    slots: Vec<Sym>,
    variables: FxHashMap<Variable, Slot>,
    cells: Vec<Slot>,
    nesting: Vec<Nesting>,
    /// Slots of finished comprehensions, by name, for the next one to use.
    spare: Vec<(Sym, Slot)>,
    /// How many parameters there are by position (for `super()`).
    positional: u32,
}

/// The state of the walk.
struct Lowerer<'a> {
    tree: &'a ScopeTree,
    errors: &'a mut Errors,
    options: &'a Options<'a>,
    bodies: Vec<BodyDraft>,
    /// The current scope: that of the innermost body, or one inlined into it.
    scope: ScopeId,
    /// Whether the top level runs over a namespace of its own, as `exec` with two dicts does.
    has_namespace: bool,
}

impl Lowerer<'_> {
    fn body(&mut self) -> &mut BodyDraft {
        self.bodies
            .last_mut()
            .expect("lowering happens inside a body")
    }

    fn body_kind(&self) -> CodeKind {
        self.bodies
            .last()
            .map_or(CodeKind::Module, |body| body.kind)
    }

    fn scope(&self) -> &Scope {
        self.tree.scope(self.scope)
    }

    /// The scope of the innermost body.
    fn body_scope(&self) -> &Scope {
        self.tree.scope(self.scope().body)
    }

    fn mangled(&self, name: &Sym) -> Sym {
        mangle(self.scope().private.as_ref(), name)
    }

    fn report(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.errors.report(code, span, message);
    }

    fn report_with_help(&mut self, code: &'static str, span: Span, message: &str, help: &str) {
        self.errors
            .report_with_help(code, span, message, Some(help));
    }

    /// Begins a body; its parameters, if any, take the first slots.
    fn open_body(&mut self, scope: ScopeId, kind: CodeKind, name: Sym) {
        let qualname = self.qualname(scope, &name);
        self.bodies.push(BodyDraft {
            kind,
            qualname,
            slots: Vec::new(),
            variables: FxHashMap::default(),
            cells: Vec::new(),
            nesting: Vec::new(),
            spare: Vec::new(),
            positional: 0,
        });
        self.scope = scope;
    }

    /// `outer.<locals>.inner`, `Class.method`, or the bare name at module level and for what the
    /// outer body declares `global`.
    fn qualname(&self, scope: ScopeId, name: &Sym) -> Sym {
        let Some(outer) = self.bodies.last() else {
            return name.clone();
        };
        let is_named = matches!(
            self.tree.scope(scope).kind,
            ScopeKind::Function | ScopeKind::Class
        );
        let key = self.mangled(name);
        if is_named && self.tree.resolve(self.scope, &key) == Resolution::GlobalExplicit {
            return name.clone();
        }
        match outer.kind {
            CodeKind::Module => name.clone(),
            CodeKind::Class => format!("{}.{name}", outer.qualname).into(),
            CodeKind::Function | CodeKind::Lambda | CodeKind::GenExpr => {
                format!("{}.<locals>.{name}", outer.qualname).into()
            }
        }
    }

    /// Ends the innermost body and makes its [`Code`].
    fn close_body(
        &mut self,
        block: crate::hir::Block,
        params: Params,
        doc: Option<Sym>,
        span: Span,
    ) -> Rc<Code> {
        let scope_id = self.scope;
        let class_cell = self.class_cell(scope_id);
        let draft = self.bodies.pop().expect("each body is closed once");
        let scope = self.tree.scope(scope_id);
        let free = self.free_variables(scope_id);
        if let Some(parent) = scope.parent {
            self.scope = parent;
        }
        let flavor = flavor(scope);
        let mut slots = draft.slots;
        // A program with errors is thrown away; its half-valid bodies are not worth cutting.
        let body = if flavor == Flavor::Plain || !self.errors.is_empty() {
            Body::Tree(block)
        } else {
            let input = crate::coroutine::Input {
                block,
                kind: draft.kind,
                span,
                parameters: params.posonly
                    + params.positional
                    + params.kwonly
                    + u32::from(params.has_varargs)
                    + u32::from(params.has_varkw),
                cells: &draft.cells,
            };
            Body::Machine(crate::coroutine::transform(input, &mut slots))
        };
        Rc::new(Code {
            name: scope.name.clone(),
            qualname: draft.qualname,
            kind: draft.kind,
            flavor,
            params,
            slots,
            cells: draft.cells,
            free,
            body,
            span,
            doc,
            class_cell,
        })
    }

    /// The slot of `__class__` when a method of this class body captures it.
    fn class_cell(&mut self, scope: ScopeId) -> Option<Slot> {
        if self.tree.scope(scope).kind != ScopeKind::Class {
            return None;
        }
        let variable = Variable {
            owner: scope,
            name: "__class__".into(),
        };
        self.tree
            .is_cell(&variable)
            .then(|| self.slot_of(&variable))
    }

    /// Where the body that has just been popped finds its captured variables in the body around.
    fn free_variables(&mut self, body: ScopeId) -> Vec<Free> {
        let captured = self.tree.free_of(body);
        let parent = self.tree.scope(body).parent;
        let Some(outer) = parent.map(|parent| self.tree.scope(parent).body) else {
            return Vec::new();
        };
        captured
            .iter()
            .map(|variable| {
                let source = if self.tree.scope(variable.owner).body == outer {
                    FreeSource::Cell(self.slot_of(variable))
                } else {
                    FreeSource::Free(self.free_index(outer, variable))
                };
                Free {
                    name: variable.name.clone(),
                    source,
                }
            })
            .collect()
    }

    fn free_index(&self, body: ScopeId, variable: &Variable) -> FreeIdx {
        let index = self
            .tree
            .free_of(body)
            .iter()
            .position(|free| free == variable)
            .expect("resolve_all lists every captured variable");
        FreeIdx(u32::try_from(index).expect("a source has below 2^32 names"))
    }

    /// The slot of a variable of the innermost body.
    fn slot_of(&mut self, variable: &Variable) -> Slot {
        if let Some(slot) = self.body().variables.get(variable) {
            return *slot;
        }
        let is_cell = self.tree.is_cell(variable);
        let slot = self.new_slot(&variable.name, is_cell);
        self.body().variables.insert(variable.clone(), slot);
        slot
    }

    fn new_slot(&mut self, name: &Sym, is_cell: bool) -> Slot {
        let body = self.body();
        let index = u32::try_from(body.slots.len()).expect("a source has below 2^32 names");
        let slot = Slot(index);
        body.slots.push(name.clone());
        if is_cell {
            body.cells.push(slot);
        }
        slot
    }

    /// Where a name is read from.
    fn load_place(&mut self, name: &Sym) -> Place {
        let name = self.mangled(name);
        let in_class = self.is_in_class_block();
        match self.tree.resolve(self.scope, &name) {
            Resolution::ClassLocal => Place::ClassVar {
                name,
                fallback: ClassFallback::Global,
            },
            Resolution::GlobalImplicit if in_class => Place::ClassVar {
                name,
                fallback: ClassFallback::Global,
            },
            Resolution::GlobalImplicit | Resolution::GlobalExplicit => Place::Global(name),
            Resolution::Variable(variable) => {
                let is_nonlocal = self
                    .scope()
                    .symbol(&name)
                    .is_some_and(|symbol| symbol.is_nonlocal);
                match self.variable_place(&variable) {
                    Place::Free(index) if in_class && !is_nonlocal => Place::ClassVar {
                        name,
                        fallback: ClassFallback::Free(index),
                    },
                    place => place,
                }
            }
        }
    }

    /// Where a name is bound. The caller has checked the name.
    fn store_place(&mut self, name: &Sym) -> Place {
        let name = self.mangled(name);
        match self.tree.resolve(self.scope, &name) {
            Resolution::ClassLocal => Place::ClassVar {
                name,
                fallback: ClassFallback::Global,
            },
            Resolution::GlobalImplicit if self.is_in_class_block() => Place::ClassVar {
                name,
                fallback: ClassFallback::Global,
            },
            Resolution::GlobalImplicit | Resolution::GlobalExplicit => Place::Global(name),
            Resolution::Variable(variable) => self.variable_place(&variable),
        }
    }

    /// Where a name is bound by a statement at `span`; `__debug__` cannot be.
    fn bind(&mut self, name: &Sym, span: Span) -> Place {
        if &**name == "__debug__" {
            self.report(code::DEBUG, span, "cannot assign to __debug__");
        }
        self.store_place(name)
    }

    fn variable_place(&mut self, variable: &Variable) -> Place {
        let body = self.scope().body;
        if self.tree.scope(variable.owner).body != body {
            return Place::Free(self.free_index(body, variable));
        }
        let slot = self.slot_of(variable);
        if self.tree.is_cell(variable) {
            Place::Cell(slot)
        } else {
            Place::Local(slot)
        }
    }

    /// Whether names are looked up in a class's namespace here: directly in the class body or in
    /// the type parameters of something in it, not in a comprehension.
    fn is_in_class_block(&self) -> bool {
        let mut at = self.scope;
        loop {
            let scope = self.tree.scope(at);
            match (scope.kind, scope.parent) {
                (ScopeKind::Class, _) => return true,
                (ScopeKind::Module, _) => return self.has_namespace,
                (ScopeKind::TypeParams, Some(parent)) => at = parent,
                _ => return false,
            }
        }
    }
}

/// What calling a body with this scope makes.
fn flavor(scope: &Scope) -> Flavor {
    match scope.kind {
        ScopeKind::GenExpr if scope.has_await => Flavor::AsyncGenerator,
        ScopeKind::GenExpr => Flavor::Generator,
        ScopeKind::Module if scope.has_await => Flavor::Coroutine,
        ScopeKind::Function | ScopeKind::Lambda => match (scope.is_async, scope.has_yield) {
            (false, false) => Flavor::Plain,
            (false, true) => Flavor::Generator,
            (true, false) => Flavor::Coroutine,
            (true, true) => Flavor::AsyncGenerator,
        },
        ScopeKind::Module
        | ScopeKind::Class
        | ScopeKind::ListComp
        | ScopeKind::SetComp
        | ScopeKind::DictComp
        | ScopeKind::TypeParams => Flavor::Plain,
    }
}
