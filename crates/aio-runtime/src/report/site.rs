//! What a program says at a place: the call that begins there and what is done with its value,
//! the function around it. Asked only when something is to be told about the place.

use aio_syntax::ast::{Expr, ExprKind, Module, Stmt, StmtKind};
use aio_syntax::{Span, visit, wording};

/// What is done with the value of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Use {
    /// Nothing: the call is a statement.
    Statement,
    /// `name = call`
    Assigned(String),
    /// The condition of an `if` or `while`.
    Condition,
    /// `call[...]`, `call.name`, `call(...)`: the span of all of it.
    Base(Span),
    /// Anything else.
    Other,
}

/// A call and what stands around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// The call.
    pub call: Span,
    /// What is done with its value.
    pub used: Use,
    /// Whether it is a call of the function that was asked for.
    pub is_callee: bool,
    /// The first argument.
    pub argument: Option<Span>,
    /// The function whose body calls; none at the top level and in a lambda.
    pub function: Option<String>,
    /// Whether `await` may stand there.
    pub is_async: bool,
    /// `asyncio.run` as this program would write it.
    pub run: String,
    /// `asyncio.create_task` as this program would write it.
    pub create_task: String,
}

impl Site {
    /// What to write instead, here.
    pub fn edit(&self, text: &str) -> String {
        wording::edit(self.is_async, self.function.as_deref(), text)
    }

    /// How the value of the call is had: the whole statement, as far as it is known.
    pub fn awaited(&self, text: &str) -> String {
        let call = wording::quote(text, self.call);
        match &self.used {
            Use::Assigned(name) => self.edit(&format!("{name} = await {call}")),
            Use::Base(whole) => {
                let rest = Span::new(self.call.end, whole.end).text(text);
                self.edit(&format!("(await {call}){rest}"))
            }
            Use::Statement if self.function.is_none() && !self.is_async => {
                format!("`{}({call})`", self.run)
            }
            Use::Statement | Use::Condition | Use::Other => self.edit(&format!("await {call}")),
        }
    }
}

/// The call that begins at an offset: of those that do, the one of `callee`, or else the
/// innermost.
pub fn site(text: &str, offset: u32, callee: Option<&str>) -> Option<Site> {
    let module = aio_syntax::parse(text).module;
    let mut finder = Finder {
        offset,
        callee,
        found: None,
        is_callee: false,
        around: Around {
            function: None,
            is_async: module.body.iter().any(visit::awaits),
        },
    };
    finder.block(&module.body);
    let is_callee = finder.is_callee;
    let (call, argument, used, around) = finder.found?;
    Some(Site {
        call,
        used,
        is_callee,
        argument,
        function: around.function,
        is_async: around.is_async,
        run: wording::asyncio(&module, "run"),
        create_task: wording::asyncio(&module, "create_task"),
    })
}

/// Whether a place lies in a loop that has no end of its own: `while True` or `async for`.
pub fn is_in_endless_loop(module: &Module, offset: u32) -> bool {
    let mut block = module.body.as_slice();
    let mut is_endless = false;
    while let Some(stmt) = block.iter().find(|stmt| contains(stmt.span, offset)) {
        let mut inner: Vec<&[Stmt]> = visit::blocks(stmt);
        match &stmt.kind {
            StmtKind::FunctionDef(node) => {
                is_endless = false;
                inner.push(&node.body);
            }
            StmtKind::ClassDef(node) => inner.push(&node.body),
            StmtKind::While(node) => {
                let mut reads = false;
                visit::for_each_expr(stmt, &mut |expr| {
                    reads = reads
                        || visit::any_in_expr(expr, &mut |one| {
                            !matches!(one.kind, ExprKind::Constant(_))
                        });
                });
                is_endless = is_endless || !reads && !node.body.is_empty();
            }
            StmtKind::For(node) => is_endless = is_endless || node.is_async,
            _ => {}
        }
        let holds = |block: &&[Stmt]| block.iter().any(|stmt| contains(stmt.span, offset));
        match inner.into_iter().find(holds) {
            Some(next) => block = next,
            None => break,
        }
    }
    is_endless
}

fn contains(span: Span, offset: u32) -> bool {
    span.start <= offset && offset < span.end
}

#[derive(Clone)]
struct Around {
    function: Option<String>,
    is_async: bool,
}

struct Finder<'t> {
    offset: u32,
    callee: Option<&'t str>,
    found: Option<(Span, Option<Span>, Use, Around)>,
    /// Whether what was found is a call of `callee`.
    is_callee: bool,
    around: Around,
}

impl Finder<'_> {
    fn block(&mut self, block: &[Stmt]) {
        let offset = self.offset;
        if let Some(stmt) = block.iter().find(|stmt| contains(stmt.span, offset)) {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let used = match &stmt.kind {
            StmtKind::Expr { .. } => Use::Statement,
            StmtKind::If { .. } | StmtKind::While(_) => Use::Condition,
            StmtKind::Assign { targets, .. } => match targets.as_slice() {
                [
                    Expr {
                        kind: ExprKind::Name { id },
                        ..
                    },
                ] => Use::Assigned(id.to_string()),
                _ => Use::Other,
            },
            _ => Use::Other,
        };
        visit::for_each_expr(stmt, &mut |expr| self.expr(expr, used.clone()));
        match &stmt.kind {
            StmtKind::FunctionDef(node) => {
                let inner = Around {
                    function: Some(node.name.name.to_string()),
                    is_async: node.is_async,
                };
                self.inside(inner, &node.body);
            }
            StmtKind::ClassDef(node) => {
                let inner = Around {
                    function: None,
                    is_async: false,
                };
                self.inside(inner, &node.body);
            }
            _ => visit::blocks(stmt)
                .into_iter()
                .for_each(|block| self.block(block)),
        }
    }

    fn inside(&mut self, inner: Around, block: &[Stmt]) {
        let outer = std::mem::replace(&mut self.around, inner);
        self.block(block);
        self.around = outer;
    }

    fn expr(&mut self, expr: &Expr, used: Use) {
        if !contains(expr.span, self.offset) {
            return;
        }
        if let ExprKind::Call { func, args } = &expr.kind
            && expr.span.start == self.offset
        {
            let name = match &func.kind {
                ExprKind::Name { id } => Some(&**id),
                ExprKind::Attribute { attr, .. } => Some(&*attr.name),
                _ => None,
            };
            let is_callee = name.is_some() && name == self.callee;
            if is_callee || !self.is_callee {
                let argument = args.first().map(|arg| arg.value.span);
                self.found = Some((expr.span, argument, used, self.around.clone()));
                self.is_callee = is_callee;
            }
        }
        let outer = self.around.clone();
        if let ExprKind::Lambda { .. } = &expr.kind {
            self.around = Around {
                function: None,
                is_async: false,
            };
        }
        visit::for_each_child(expr, &mut |child| {
            let used = match &expr.kind {
                ExprKind::Subscript { value, .. }
                | ExprKind::Attribute { value, .. }
                | ExprKind::Call { func: value, .. }
                    if value.span == child.span =>
                {
                    Use::Base(expr.span)
                }
                _ => Use::Other,
            };
            self.expr(child, used);
        });
        self.around = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, place: &str, callee: &str) -> Site {
        let offset = u32::try_from(text.find(place).unwrap_or_default()).unwrap_or_default();
        site(text, offset, Some(callee)).expect("there is a call")
    }

    #[test]
    fn the_call_is_found_with_its_use() {
        let text = "import asyncio\nasync def f():\n    x = g(1)\n    h()[0]\nk()\n";
        let assigned = at(text, "g(1)", "g");
        assert_eq!(assigned.used, Use::Assigned("x".to_owned()));
        assert_eq!(assigned.awaited(text), "`x = await g(1)`");
        assert_eq!(at(text, "h()", "h").awaited(text), "`(await h())[0]`");
        assert_eq!(at(text, "k()", "k").awaited(text), "`asyncio.run(k())`");
        let text = "def f():\n    a.b().c()\n";
        assert_eq!(at(text, "a.b", "b").call.text(text), "a.b()");
        assert_eq!(at(text, "a.b", "c").call.text(text), "a.b().c()");
        let help = at(text, "a.b", "c").awaited(text);
        assert_eq!(help, "`await a.b().c()`, and make it `async def f`");
    }

    #[test]
    fn loops_without_an_end_are_known() {
        let text = "async def f():\n    while True:\n        await a\n    await b\n";
        let module = aio_syntax::parse(text).module;
        let place = |what: &str| u32::try_from(text.find(what).unwrap_or_default()).unwrap_or(0);
        assert!(is_in_endless_loop(&module, place("await a")));
        assert!(!is_in_endless_loop(&module, place("await b")));
    }
}
