//! Name analysis: which variable every name of a program means.
//!
//! As in CPython's symtable there are two passes. `collect` walks the syntax tree and notes for
//! every scope which names it binds, uses or declares `global`/`nonlocal`; `resolve` then finds
//! for every name the scope that owns it, which variables must live in cells because an inner
//! body captures them, and which bodies hand such a cell on.
//!
//! Two sorts of scope are *inlined*: list, set and dict comprehensions (PEP 709) and the scope of
//! type parameters. They have names of their own but run in the frame of the enclosing *body*, so
//! their variables become slots of that body. All other scopes are bodies themselves.
//!
//! Nodes of the syntax tree are identified by their address: the tree is borrowed, unchanged, for
//! as long as the tables are in use.

mod collect;
mod collect_expr;
mod resolve;

pub(crate) use collect::{collect, top_package};
pub(crate) use collect_expr::all_parameters;
pub(crate) use resolve::{Resolution, Variable};

use crate::hir::Sym;
use aio_syntax::{Span, ast};
use rustc_hash::{FxHashMap, FxHashSet};

/// A scope of a [`ScopeTree`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ScopeId(pub u32);

/// What opens a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// A file.
    Module,
    /// `def`
    Function,
    /// `lambda`
    Lambda,
    /// `class`
    Class,
    /// `[… for …]` (inlined)
    ListComp,
    /// `{… for …}` (inlined)
    SetComp,
    /// `{…: … for …}` (inlined)
    DictComp,
    /// `(… for …)`
    GenExpr,
    /// `[T]` after the name of a function, class or alias (inlined)
    TypeParams,
}

impl ScopeKind {
    /// Whether it is one of the four comprehension scopes.
    #[must_use]
    pub const fn is_comprehension(self) -> bool {
        matches!(
            self,
            Self::ListComp | Self::SetComp | Self::DictComp | Self::GenExpr
        )
    }

    /// Whether it runs in the frame of the enclosing body.
    #[must_use]
    pub const fn is_inlined(self) -> bool {
        matches!(
            self,
            Self::ListComp | Self::SetComp | Self::DictComp | Self::TypeParams
        )
    }
}

/// What a scope says about one name.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// Assigned, deleted, or bound in another way.
    pub is_bound: bool,
    /// A parameter.
    pub is_param: bool,
    /// Read.
    pub is_used: bool,
    /// Declared `global`.
    pub is_global: bool,
    /// Declared `nonlocal` (or a `:=` target of a comprehension, which binds outside).
    pub is_nonlocal: bool,
    /// Annotated.
    pub is_annotated: bool,
    /// Bound by an `import`.
    pub is_imported: bool,
    /// A loop variable of the comprehension.
    pub is_iteration: bool,
}

impl Symbol {
    /// Whether the scope itself owns the name.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        (self.is_bound || self.is_param) && !self.is_global && !self.is_nonlocal
    }
}

/// One scope.
#[derive(Debug)]
pub struct Scope {
    /// What opens it.
    pub kind: ScopeKind,
    /// The name of the function or class; otherwise a name in angle brackets.
    pub name: Sym,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// The scope whose frame it uses: itself, or for an inlined scope one around it.
    pub body: ScopeId,
    /// The class whose name mangles `__x` here.
    pub private: Option<Sym>,
    /// An `async def`.
    pub is_async: bool,
    /// Holds a `yield` of its own.
    pub has_yield: bool,
    /// Holds an `await`, `async for`, `async with` or async comprehension of its own.
    pub has_await: bool,
    /// The whole definition.
    pub span: Span,
    symbols: Vec<(Sym, Symbol)>,
    index: FxHashMap<Sym, usize>,
    directives: Vec<Directive>,
}

/// A name in a `global` or `nonlocal` statement.
#[derive(Debug)]
struct Directive {
    name: Sym,
    span: Span,
}

impl Scope {
    /// The names in order of first appearance.
    #[must_use]
    pub fn symbols(&self) -> &[(Sym, Symbol)] {
        &self.symbols
    }

    /// What the scope says about a name.
    #[must_use]
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        let at = *self.index.get(name)?;
        self.symbols.get(at).map(|(_, symbol)| *symbol)
    }

    fn symbol_mut(&mut self, name: &Sym) -> &mut Symbol {
        let next = self.symbols.len();
        let at = *self.index.entry(name.clone()).or_insert(next);
        if at == next {
            self.symbols.push((name.clone(), Symbol::default()));
        }
        &mut self.symbols[at].1
    }
}

/// What a name means in a scope, in CPython's terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A variable of the scope itself (in a module, a global).
    Local,
    /// A variable of the scope itself that an inner scope captures.
    Cell,
    /// A variable of a function around.
    Free,
    /// Declared `global`.
    GlobalExplicit,
    /// Bound nowhere around: a global or a builtin.
    GlobalImplicit,
}

/// Identifies a node of the syntax tree that opens a scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum NodeKey {
    Function(usize),
    Class(usize),
    Lazy(usize),
    Expr(usize),
    TypeParams(usize),
}

impl NodeKey {
    pub(crate) fn function(node: &ast::FunctionDef) -> Self {
        Self::Function(std::ptr::from_ref(node).addr())
    }

    pub(crate) fn class(node: &ast::ClassDef) -> Self {
        Self::Class(std::ptr::from_ref(node).addr())
    }

    /// A lambda, comprehension or generator expression.
    pub(crate) fn expr(node: &ast::Expr) -> Self {
        Self::Expr(std::ptr::from_ref(node).addr())
    }

    /// The scope of the parameters in brackets.
    pub(crate) fn type_params(params: &[ast::TypeParam]) -> Self {
        Self::TypeParams(params.as_ptr().addr())
    }

    /// The lazily evaluated bound, default or aliased value.
    pub(crate) fn lazy(node: &ast::Expr) -> Self {
        Self::Lazy(std::ptr::from_ref(node).addr())
    }
}

/// The scopes of a program; the first is the module's.
#[derive(Debug, Default)]
pub struct ScopeTree {
    scopes: Vec<Scope>,
    nodes: FxHashMap<NodeKey, ScopeId>,
    cells: FxHashSet<Variable>,
    free: FxHashMap<ScopeId, Vec<Variable>>,
    /// `from __future__ import annotations`
    pub(crate) lazy_annotations: bool,
}

impl ScopeTree {
    /// The module's scope.
    pub const MODULE: ScopeId = ScopeId(0);

    /// All scopes, outer before inner.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// One scope.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// The scope of a function's body.
    #[must_use]
    pub fn function_scope(&self, node: &ast::FunctionDef) -> Option<ScopeId> {
        self.nodes.get(&NodeKey::function(node)).copied()
    }

    /// The scope of a class body.
    #[must_use]
    pub fn class_scope(&self, node: &ast::ClassDef) -> Option<ScopeId> {
        self.nodes.get(&NodeKey::class(node)).copied()
    }

    /// The scope of a lambda, comprehension or generator expression.
    #[must_use]
    pub fn expr_scope(&self, node: &ast::Expr) -> Option<ScopeId> {
        self.nodes.get(&NodeKey::expr(node)).copied()
    }

    /// The scope whose variable a name is; the module's for globals (and builtins).
    #[must_use]
    pub fn owner(&self, scope: ScopeId, name: &Sym) -> ScopeId {
        match self.resolve(scope, name) {
            Resolution::Variable(variable) => variable.owner,
            Resolution::ClassLocal => scope,
            Resolution::GlobalExplicit | Resolution::GlobalImplicit => Self::MODULE,
        }
    }

    /// What a name means in a scope.
    #[must_use]
    pub fn meaning(&self, scope: ScopeId, name: &Sym) -> Meaning {
        match self.resolve(scope, name) {
            Resolution::GlobalExplicit => Meaning::GlobalExplicit,
            Resolution::GlobalImplicit => {
                let is_bound = self
                    .scope(scope)
                    .symbol(name)
                    .is_some_and(|symbol| symbol.is_local());
                if is_bound {
                    Meaning::Local
                } else {
                    Meaning::GlobalImplicit
                }
            }
            Resolution::ClassLocal => Meaning::Local,
            Resolution::Variable(variable) if variable.owner != scope => Meaning::Free,
            Resolution::Variable(variable) if self.is_cell(&variable) => Meaning::Cell,
            Resolution::Variable(_) => Meaning::Local,
        }
    }

    fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    /// The scope that a node opens.
    pub(crate) fn of_node(&self, key: NodeKey) -> ScopeId {
        *self
            .nodes
            .get(&key)
            .expect("collect visits every node that opens a scope")
    }
}

/// The name as the class around it sees it: `__x` becomes `_Class__x`.
pub(crate) fn mangle(private: Option<&Sym>, name: &Sym) -> Sym {
    let Some(class) = private else {
        return name.clone();
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    format!("_{class}{name}").into()
}
