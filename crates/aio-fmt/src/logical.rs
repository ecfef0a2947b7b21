//! Tokens to logical lines.
//!
//! A logical line is a simple statement or the header of a compound one; what stands behind a
//! semicolon or behind the colon of a header is a line of its own. Comments with a line of their
//! own are items too; inside of brackets they are leaves.

use std::collections::HashSet;

use aio_syntax::ast::{Module, Stmt, StmtKind};
use aio_syntax::lexer::Tokens;
use aio_syntax::token::Tok;

use crate::blocks::blocks;
use crate::comments::{self, Comment};
use crate::leaf::Leaf;
use crate::literals;
use crate::parens;
use crate::spacing;
use crate::split;
use crate::strings::{self, Place};

/// One thing of a program that begins a line.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// How many blocks it stands in.
    pub(crate) depth: usize,
    /// How many empty lines stand before it.
    pub(crate) blank_before: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it is a comment behind the last statement of a block.
    pub(crate) ends_block: bool,
    /// Its lines, broken where needed.
    pub(crate) lines: Vec<String>,
}

/// What an item is, as far as empty lines depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A comment with a line of its own.
    Comment,
    /// `@decorator`
    Decorator,
    /// The header of a `def`.
    Function,
    /// A `def` whose body is `...` on the same line.
    Stub,
    /// The header of a `class`.
    Class,
    /// The header of another block.
    Header,
    /// An import.
    Import,
    /// A string alone.
    Text,
    /// Another statement.
    Plain,
}

/// The items of a program.
pub(crate) fn items(source: &str, module: &Module) -> Vec<Item> {
    let tokens = aio_syntax::tokenize(source).tokens;
    let mut soft_keywords = HashSet::new();
    for stmt in &module.body {
        collect_soft_keywords(stmt, &mut soft_keywords);
    }
    let mut reader = Reader {
        source,
        tokens: &tokens,
        soft_keywords,
        items: Vec::new(),
        columns: vec![0],
        end: 0,
        statement: (0, 0),
        is_off: false,
    };
    reader.read();
    reader.items
}

/// The places where `match`, `case` and `type` are keywords.
fn collect_soft_keywords(stmt: &Stmt, found: &mut HashSet<u32>) {
    match &stmt.kind {
        StmtKind::Match(node) => {
            found.insert(stmt.span.start);
            found.extend(node.cases.iter().map(|case| case.span.start));
        }
        StmtKind::TypeAlias(_) => {
            found.insert(stmt.span.start);
        }
        _ => {}
    }
    for inner in blocks(stmt).into_iter().flatten() {
        collect_soft_keywords(inner, found);
    }
}

struct Reader<'s> {
    source: &'s str,
    tokens: &'s Tokens,
    soft_keywords: HashSet<u32>,
    items: Vec<Item>,
    /// The columns of the open blocks.
    columns: Vec<usize>,
    /// Where the last token ended.
    end: usize,
    /// Where the present statement began and where its last leaf ended.
    statement: (usize, usize),
    /// Whether `# fmt: off` was said.
    is_off: bool,
}

impl Reader<'_> {
    fn kind(&self, at: usize) -> Tok {
        self.tokens.kinds.get(at).copied().unwrap_or(Tok::End)
    }

    fn start(&self, at: usize) -> usize {
        self.tokens
            .spans
            .get(at)
            .map_or(self.source.len(), |span| span.start as usize)
    }

    fn stop(&self, at: usize) -> usize {
        self.tokens
            .spans
            .get(at)
            .map_or(self.source.len(), |span| span.end as usize)
    }

    fn read(&mut self) {
        let mut at = 0;
        loop {
            let before = self.columns.len();
            let mut dedents = 0;
            let mut is_indented = false;
            while matches!(self.kind(at), Tok::Indent | Tok::Dedent) {
                match self.kind(at) {
                    Tok::Indent => is_indented = true,
                    _ => dedents += 1,
                }
                at += 1;
            }
            let is_end = self.kind(at) == Tok::End;
            let start = if is_end {
                self.source.len()
            } else {
                self.start(at)
            };
            if is_indented {
                self.columns.push(self.column(start));
            }
            let after = self.columns.len().saturating_sub(dedents).max(1);
            let blank = self.own_lines(start, before.max(self.columns.len()), after);
            self.columns.truncate(after);
            if is_end {
                return;
            }
            at = self.logical_line(at, blank);
        }
    }

    fn column(&self, offset: usize) -> usize {
        let before = self.source.get(..offset).unwrap_or("");
        offset - before.rfind('\n').map_or(0, |line| line + 1)
    }

    /// The comments before a line: they may belong to a block that ends here. Gives the number
    /// of empty lines behind them.
    fn own_lines(&mut self, start: usize, deepest: usize, next: usize) -> usize {
        let (comments, blank) = comments::in_gap(self.source, self.end, start);
        let mut level = deepest.max(next);
        for comment in comments {
            let column = comment.column;
            while level > next
                && self
                    .columns
                    .get(level - 1)
                    .is_none_or(|block| *block > column)
            {
                level -= 1;
            }
            match comment.text.as_str() {
                "# fmt: off" => self.is_off = true,
                "# fmt: on" => self.is_off = false,
                _ => {}
            }
            self.items.push(Item {
                depth: level - 1,
                blank_before: comment.blank_before,
                kind: Kind::Comment,
                ends_block: level > next,
                lines: vec![comment.text],
            });
        }
        blank
    }

    /// One physical statement line; gives the index behind its `Newline`.
    fn logical_line(&mut self, mut at: usize, mut blank: usize) -> usize {
        let mut depth = self.columns.len() - 1;
        let mut leaves: Vec<Leaf> = Vec::new();
        let mut nesting = 0_i32;
        let mut lambdas = 0_i32;
        let mut may_open = self.is_compound(at);
        self.end = self.start(at);
        loop {
            let kind = self.kind(at);
            self.gap_comments(at, &mut leaves);
            if matches!(kind, Tok::Newline | Tok::End) {
                self.end = self.stop(at);
                if !self.is_body_of_stub(depth, at, &leaves) {
                    self.push(depth, &mut blank, leaves);
                }
                return at + 1;
            }
            nesting += i32::from(kind.is_opener()) - i32::from(kind.is_closer());
            if kind == Tok::Semi {
                self.end = self.stop(at);
                at += 1;
                if !leaves.is_empty() && self.kind(at) != Tok::Newline {
                    self.push(depth, &mut blank, std::mem::take(&mut leaves));
                }
                continue;
            }
            lambdas += i32::from(kind == Tok::Lambda && nesting == 0);
            if leaves.iter().all(Leaf::is_comment) {
                self.statement.0 = self.start(at);
            }
            let (leaf, next) = self.leaf(at);
            self.statement.1 = self.end;
            leaves.push(leaf);
            at = next;
            if kind != Tok::Colon || nesting != 0 {
                continue;
            }
            if lambdas > 0 {
                lambdas -= 1;
            } else if may_open && self.kind(at) != Tok::Newline {
                may_open = false;
                if self.is_stub(&leaves, at) {
                    continue;
                }
                self.push(depth, &mut blank, std::mem::take(&mut leaves));
                depth += 1;
            } else {
                may_open = false;
            }
        }
    }

    /// A body that is only `...` goes behind the header of its `def` or `class`.
    fn is_body_of_stub(&mut self, depth: usize, at: usize, leaves: &[Leaf]) -> bool {
        let [only] = leaves else {
            return false;
        };
        let is_only = only.kind == Tok::Ellipsis
            && only.comments.is_empty()
            && matches!(self.kind(at + 1), Tok::Dedent | Tok::End);
        let Some(header) = self.items.last_mut() else {
            return false;
        };
        let is_definition = matches!(header.kind, Kind::Function | Kind::Class);
        let Some(line) = header.lines.last_mut() else {
            return false;
        };
        if !is_only || !is_definition || header.depth + 1 != depth || !line.ends_with(':') {
            return false;
        }
        line.push_str(" ...");
        if header.kind == Kind::Function {
            header.kind = Kind::Stub;
        }
        true
    }

    /// Whether the rest of a line is `...`, behind the header of a `def` or `class`.
    fn is_stub(&self, header: &[Leaf], at: usize) -> bool {
        let is_definition = header
            .iter()
            .take(2)
            .any(|leaf| matches!(leaf.kind, Tok::Def | Tok::Class));
        is_definition && self.kind(at) == Tok::Ellipsis && self.kind(at + 1) == Tok::Newline
    }

    fn is_compound(&self, at: usize) -> bool {
        let kind = self.kind(at);
        let is_soft = kind == Tok::Name
            && u32::try_from(self.start(at)).is_ok_and(|start| self.soft_keywords.contains(&start));
        is_soft && self.word(at) != "type"
            || matches!(
                kind,
                Tok::If
                    | Tok::Elif
                    | Tok::Else
                    | Tok::While
                    | Tok::For
                    | Tok::With
                    | Tok::Try
                    | Tok::Except
                    | Tok::Finally
                    | Tok::Def
                    | Tok::Class
                    | Tok::Async
            )
    }

    fn word(&self, at: usize) -> &str {
        self.source.get(self.start(at)..self.stop(at)).unwrap_or("")
    }

    /// The comments between the last token and this one.
    fn gap_comments(&mut self, at: usize, leaves: &mut Vec<Leaf>) {
        let start = self.start(at);
        if start <= self.end {
            return;
        }
        let (found, _) = comments::in_gap(self.source, self.end, start);
        for Comment {
            text, is_own_line, ..
        } in found
        {
            match leaves.last_mut() {
                Some(last) if !is_own_line && !last.is_comment() => last.comments.push(text),
                Some(_) | None => leaves.push(Leaf::new(Tok::Error, text)),
            }
        }
    }

    /// The leaf at a token, and the index of the token behind it: an f-string is one leaf.
    fn leaf(&mut self, at: usize) -> (Leaf, usize) {
        let start = self.start(at);
        let mut last = at;
        let kind = match self.kind(at) {
            Tok::FStringStart => {
                let mut open = 1;
                while open > 0 && self.kind(last) != Tok::End {
                    last += 1;
                    match self.kind(last) {
                        Tok::FStringStart => open += 1,
                        Tok::FStringEnd => open -= 1,
                        _ => {}
                    }
                }
                Tok::Str
            }
            Tok::Name
                if u32::try_from(start).is_ok_and(|start| self.soft_keywords.contains(&start)) =>
            {
                Tok::Statement
            }
            kind => kind,
        };
        let gap = self.source.get(self.end..start);
        let begins_line = gap.is_some_and(|gap| gap.contains('\n'));
        self.end = self.stop(last);
        let text = self.source.get(start..self.end).unwrap_or("");
        let text = match kind {
            Tok::Str => strings::written(text, Place::Outside),
            Tok::Int | Tok::Float | Tok::Imaginary => literals::number(text),
            _ => text.to_owned(),
        };
        let leaf = Leaf {
            begins_line,
            ..Leaf::new(kind, text)
        };
        (leaf, last + 1)
    }

    fn push(&mut self, depth: usize, blank: &mut usize, mut leaves: Vec<Leaf>) {
        if leaves.is_empty() {
            return;
        }
        let kind = kind_of(&leaves);
        if let Some(lines) = self.verbatim(depth, &leaves) {
            self.items.push(Item {
                depth,
                blank_before: std::mem::take(blank),
                kind,
                ends_block: false,
                lines,
            });
            return;
        }
        spacing::assign(&mut leaves);
        spacing::comments_at_breaks(&mut leaves);
        let leaves = parens::normalize(leaves);
        self.items.push(Item {
            depth,
            blank_before: std::mem::take(blank),
            kind,
            ends_block: false,
            lines: split::lines(leaves, depth),
        });
    }
}

impl Reader<'_> {
    /// The statement as it was written, if that was asked for: behind `# fmt: off`, or with
    /// `# fmt: skip` at its end.
    fn verbatim(&self, depth: usize, leaves: &[Leaf]) -> Option<Vec<String>> {
        let last = leaves.last()?;
        let skips = last.comments.iter().any(|text| text.contains("fmt: skip"));
        if !skips && !self.is_off {
            return None;
        }
        let (start, end) = self.statement;
        let mut text = " ".repeat(4 * depth);
        text.push_str(self.source.get(start..end)?);
        for comment in &last.comments {
            text.push_str("  ");
            text.push_str(comment);
        }
        Some(vec![text])
    }
}

fn kind_of(leaves: &[Leaf]) -> Kind {
    let first = leaves.first().map_or(Tok::End, |leaf| leaf.kind);
    let second = leaves.get(1).map_or(Tok::End, |leaf| leaf.kind);
    let last = leaves.last().map_or(Tok::End, |leaf| leaf.kind);
    match (first, second) {
        (Tok::At, _) => Kind::Decorator,
        (Tok::Def, _) | (Tok::Async, Tok::Def) if last == Tok::Ellipsis => Kind::Stub,
        (Tok::Def, _) | (Tok::Async, Tok::Def) => Kind::Function,
        (Tok::Class, _) => Kind::Class,
        (Tok::Import | Tok::From, _) => Kind::Import,
        (Tok::Str, Tok::End) => Kind::Text,
        _ if last == Tok::Colon => Kind::Header,
        _ => Kind::Plain,
    }
}
