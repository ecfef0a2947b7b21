//! The blocks inside a statement.

use aio_syntax::ast::{Stmt, StmtKind};

/// The blocks of a compound statement, in the order of the source; none of a simple one.
pub(crate) fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    let mut blocks: Vec<&[Stmt]> = Vec::new();
    match &stmt.kind {
        StmtKind::FunctionDef(node) => blocks.push(&node.body),
        StmtKind::ClassDef(node) => blocks.push(&node.body),
        StmtKind::For(node) => blocks.extend([&node.body[..], &node.orelse]),
        StmtKind::While(node) => blocks.extend([&node.body[..], &node.orelse]),
        StmtKind::If { branches, orelse } => {
            blocks.extend(branches.iter().map(|branch| &branch.body[..]));
            blocks.push(orelse);
        }
        StmtKind::With(node) => blocks.push(&node.body),
        StmtKind::Try(node) => {
            blocks.push(&node.body);
            blocks.extend(node.handlers.iter().map(|handler| &handler.body[..]));
            blocks.extend([&node.orelse[..], &node.finalbody]);
        }
        StmtKind::Match(node) => blocks.extend(node.cases.iter().map(|case| &case.body[..])),
        _ => {}
    }
    blocks
}
