//! Second pass of name analysis: who owns each name, what is captured.
//!
//! A name belongs to the nearest function-like scope around it that binds it, class scopes being
//! visible only to themselves. When the owner's body is another one than the body that uses the
//! name, the variable becomes a cell, and every body in between takes the cell along.

use super::{ScopeId, ScopeKind, ScopeTree};
use crate::errors::{Errors, code};
use crate::hir::Sym;

/// A variable that lives in a frame.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Variable {
    /// The scope that binds it.
    pub(crate) owner: ScopeId,
    /// Its (mangled) name.
    pub(crate) name: Sym,
}

/// What a name means in a scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Resolution {
    /// A variable of a function-like scope (or a class's `__class__`).
    Variable(Variable),
    /// Bound in the class body itself.
    ClassLocal,
    /// Declared `global`.
    GlobalExplicit,
    /// Bound nowhere around.
    GlobalImplicit,
}

impl ScopeTree {
    /// What the (mangled) `name` means in `scope`.
    pub(crate) fn resolve(&self, scope: ScopeId, name: &Sym) -> Resolution {
        let own = self.scope(scope);
        let symbol = own.symbol(name).unwrap_or_default();
        if symbol.is_global {
            return Resolution::GlobalExplicit;
        }
        if symbol.is_local() {
            return match own.kind {
                ScopeKind::Module => Resolution::GlobalImplicit,
                ScopeKind::Class => Resolution::ClassLocal,
                _ => Resolution::Variable(Variable {
                    owner: scope,
                    name: name.clone(),
                }),
            };
        }
        // Type parameters see the class around them, as if they stood in its body.
        if own.kind == ScopeKind::TypeParams
            && let Some(parent) = own.parent
        {
            return self.resolve(parent, name);
        }
        match self.owner_around(scope, name) {
            Some(owner) => Resolution::Variable(Variable {
                owner,
                name: name.clone(),
            }),
            None => Resolution::GlobalImplicit,
        }
    }

    /// The function-like scope outside `scope` that binds `name`.
    fn owner_around(&self, scope: ScopeId, name: &Sym) -> Option<ScopeId> {
        let mut at = self.scope(scope).parent;
        while let Some(id) = at {
            let scope = self.scope(id);
            at = scope.parent;
            match scope.kind {
                ScopeKind::Module => return None,
                ScopeKind::Class => {
                    if &**name == "__class__" {
                        return Some(id);
                    }
                    continue;
                }
                ScopeKind::Function
                | ScopeKind::Lambda
                | ScopeKind::ListComp
                | ScopeKind::SetComp
                | ScopeKind::DictComp
                | ScopeKind::GenExpr
                | ScopeKind::TypeParams => {}
            }
            let symbol = scope.symbol(name).unwrap_or_default();
            if symbol.is_global {
                return None;
            }
            if symbol.is_local() {
                return Some(id);
            }
        }
        None
    }

    /// Finds the captured variables and the errors about `global` and `nonlocal`.
    pub(crate) fn resolve_all(&mut self, errors: &mut Errors) {
        for index in 0..self.scopes.len() {
            let id = ScopeId(u32::try_from(index).expect("scope ids are 32 bits"));
            self.check_directives(id, errors);
            let names: Vec<Sym> = self.scopes[index]
                .symbols
                .iter()
                .map(|(name, _)| name.clone())
                .collect();
            for name in names {
                if let Resolution::Variable(variable) = self.resolve(id, &name) {
                    self.capture(id, variable);
                }
            }
        }
    }

    fn capture(&mut self, user: ScopeId, variable: Variable) {
        let home = self.scope(variable.owner).body;
        let mut body = self.scope(user).body;
        while body != home {
            self.cells.insert(variable.clone());
            let list = self.free.entry(body).or_default();
            // CPython orders `__closure__` by name.
            let at = list.partition_point(|other| other.name < variable.name);
            if !list.contains(&variable) {
                list.insert(at, variable.clone());
            }
            let parent = self.scope(body).parent;
            let parent = parent.expect("the owner's body is around the user's");
            body = self.scope(parent).body;
        }
    }

    fn check_directives(&self, id: ScopeId, errors: &mut Errors) {
        let scope = self.scope(id);
        for directive in &scope.directives {
            let name = &directive.name;
            let symbol = scope.symbol(name).unwrap_or_default();
            if !symbol.is_nonlocal {
                continue;
            }
            let (message, help) = if symbol.is_global {
                (format!("name '{name}' is nonlocal and global"), None)
            } else if id == Self::MODULE {
                let message = "nonlocal declaration not allowed at module level".to_owned();
                (
                    message,
                    Some("names at module level are global: drop the line".to_owned()),
                )
            } else if self.owner_around(id, name).is_none() {
                let message = format!("no binding for nonlocal '{name}' found");
                let is_global = self.scope(Self::MODULE).symbol(name).is_some();
                let help = if is_global {
                    format!("`{name}` is a name of the module: `global {name}`")
                } else {
                    format!("bind `{name}` in a function around this one")
                };
                (message, Some(help))
            } else {
                continue;
            };
            errors.report_with_help(code::DECLARATION, directive.span, message, help.as_deref());
        }
    }

    /// Whether an inner body captures the variable.
    pub(crate) fn is_cell(&self, variable: &Variable) -> bool {
        self.cells.contains(variable)
    }

    /// The variables that a body takes from the bodies around it, by name.
    pub(crate) fn free_of(&self, body: ScopeId) -> &[Variable] {
        self.free.get(&body).map_or(&[], Vec::as_slice)
    }
}
