//! Docstrings: found, taken out of the body, and stripped of their indentation, which CPython
//! does at compile time since 3.13.
//!
//! A docstring is a lone string as first statement; an f-string is none. Tabs count as blanks up
//! to the next multiple of eight.

use crate::hir::Sym;
use aio_syntax::ast;

/// The docstring of a body and the statements without it.
pub(super) fn split_docstring(body: &[ast::Stmt]) -> (Option<Sym>, &[ast::Stmt]) {
    let Some((first, rest)) = body.split_first() else {
        return (None, body);
    };
    let ast::StmtKind::Expr { value } = &first.kind else {
        return (None, body);
    };
    let ast::ExprKind::Constant(ast::Constant::Str(text)) = &value.kind else {
        return (None, body);
    };
    (Some(clean(text)), rest)
}

/// Removes the margin that all lines but the first share, and the first line's own blanks.
fn clean(text: &Sym) -> Sym {
    let expanded = expand_tabs(text);
    let mut lines = expanded.split('\n');
    let first = lines.next().unwrap_or_default().trim_start_matches(' ');
    let margin = lines
        .clone()
        .filter_map(|line| {
            let stripped = line.trim_start_matches(' ');
            (!stripped.is_empty()).then(|| line.len() - stripped.len())
        })
        .min()
        .unwrap_or(0);
    let mut cleaned = String::from(first);
    for line in lines {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        cleaned.push('\n');
        cleaned.push_str(&line[blanks.min(margin)..]);
    }
    cleaned.into()
}

/// As `str.expandtabs` with stops every eight columns.
fn expand_tabs(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' => {
                let width = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                expanded.push(character);
                column = 0;
            }
            _ => {
                expanded.push(character);
                column += 1;
            }
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn the_common_margin_goes() {
        assert_eq!(
            &*clean(&"  First.\n\n      indented\n    base\n    ".into()),
            "First.\n\n  indented\nbase\n"
        );
        assert_eq!(&*clean(&"a\n\tb".into()), "a\nb");
    }
}
