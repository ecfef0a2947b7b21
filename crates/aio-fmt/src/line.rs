//! A line while it is broken: leaves with a depth, and questions about it.

use aio_syntax::token::Tok;

use crate::WIDTH;
use crate::leaf::{Bracket, Leaf};
use crate::priority;
use crate::strings::{self, Place};

/// A leaf in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Which leaf.
    pub(crate) id: usize,
    /// Whether it is seen: an optional parenthesis may not be.
    pub(crate) shown: bool,
}

/// Some leaves of a logical line, on one line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its indentation in blocks.
    pub(crate) depth: usize,
    /// Its leaves.
    pub(crate) pieces: Vec<Piece>,
    /// Whether it stands alone between two brackets.
    pub(crate) is_inside: bool,
    /// Whether it is broken even if it fits.
    pub(crate) must_split: bool,
    /// Whether it is the line that was written, whole.
    pub(crate) is_whole: bool,
}

/// The leaves that the lines are made of.
pub(crate) struct Arena {
    /// Leaves by number; commas are added behind those of the source.
    pub(crate) leaves: Vec<Leaf>,
}

impl Arena {
    /// The leaf of a piece.
    pub(crate) fn leaf(&self, piece: Piece) -> &Leaf {
        &self.leaves[piece.id]
    }

    /// The kind of a piece; an unseen parenthesis still is one.
    pub(crate) fn kind(&self, piece: Piece) -> Tok {
        self.leaves[piece.id].kind
    }

    /// A new comma.
    pub(crate) fn comma(&mut self) -> Piece {
        let mut leaf = Leaf::new(Tok::Comma, ",");
        leaf.after = priority::COMMA;
        self.leaves.push(leaf);
        Piece {
            id: self.leaves.len() - 1,
            shown: true,
        }
    }

    /// The line as text, with its comments.
    pub(crate) fn text(&self, line: &Line) -> String {
        let mut text = self.code(line);
        for piece in &line.pieces {
            for comment in &self.leaf(*piece).comments {
                if !text.trim().is_empty() {
                    text.push_str("  ");
                }
                text.push_str(comment);
            }
        }
        text
    }

    /// The line as text, without its comments.
    pub(crate) fn code(&self, line: &Line) -> String {
        let indent = 4 * line.depth;
        let pieces = line.pieces.iter();
        let leaves = pieces.map(|piece| (self.leaf(*piece), piece.shown));
        let mut text = strings::line(leaves, indent, Place::Outside);
        if text.len() > indent {
            text.truncate(text.trim_end_matches(' ').len());
        }
        text
    }

    /// Whether the line may stay as it is.
    pub(crate) fn fits(&self, line: &Line) -> bool {
        self.fits_in(line, WIDTH)
    }

    /// Whether the line is one line of at most `width` columns.
    pub(crate) fn fits_in(&self, line: &Line, width: usize) -> bool {
        let last = line.pieces.len().saturating_sub(1);
        let has_inner_comment = line.pieces.iter().enumerate().any(|(at, piece)| {
            let leaf = self.leaf(*piece);
            let ends_line = line.pieces[at + 1..].iter().all(|later| !later.shown);
            leaf.is_comment() && last > 0 || (!leaf.comments.is_empty() && !ends_line)
        });
        if has_inner_comment {
            return false;
        }
        let text = self.text(line);
        if text.contains('\n') {
            return self.has_free_text(line) && text.lines().all(|one| columns(one) <= width);
        }
        columns(&text) <= width
    }

    /// Whether the texts of several lines all stand outside of brackets, or one of them begins
    /// what stands in brackets and at most a method of it is called.
    fn has_free_text(&self, line: &Line) -> bool {
        let mut depth = 0_i32;
        let last = line.pieces.len().saturating_sub(1);
        let starts_with_text = || {
            let mut first = line.pieces.iter().take(1);
            first.any(|piece| self.leaf(*piece).is_long_text())
        };
        let is_method = |delimiters: &[(usize, u8)]| {
            let mut inner = delimiters.iter().filter(|(at, _)| *at != last);
            inner.next().is_none_or(|(_, one)| *one == priority::DOT) && inner.next().is_none()
        };
        let is_whole = |line: &Line| starts_with_text() && is_method(&self.delimiters(line));
        (!line.is_inside || is_whole(line))
            && line.pieces.iter().all(|piece| {
                let leaf = self.leaf(*piece);
                if piece.shown {
                    depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
                }
                depth == 0 || !leaf.is_multiline()
            })
    }

    /// Whether some leaf is a comment with a line of its own.
    pub(crate) fn has_own_line_comment(&self, line: &Line) -> bool {
        line.pieces
            .iter()
            .any(|piece| self.leaf(*piece).is_comment())
    }

    /// Whether some leaf has several lines.
    pub(crate) fn has_multiline(&self, line: &Line) -> bool {
        line.pieces
            .iter()
            .any(|piece| self.leaf(*piece).is_multiline())
    }

    /// The delimiters of a line outside of its brackets: behind which piece it may be broken,
    /// and how readily.
    pub(crate) fn delimiters(&self, line: &Line) -> Vec<(usize, u8)> {
        let mut found: Vec<(usize, u8)> = Vec::new();
        if !line.is_inside && !line.is_whole {
            return found;
        }
        let mut depth = 0_i32;
        for (at, piece) in line.pieces.iter().enumerate() {
            let leaf = self.leaf(*piece);
            if leaf.kind.is_closer() {
                depth -= 1;
            }
            if depth == 0 {
                if leaf.before > 0 && at > 0 {
                    add(&mut found, at - 1, leaf.before);
                }
                if leaf.after > 0 {
                    add(&mut found, at, leaf.after);
                }
            }
            if leaf.kind.is_opener() {
                depth += 1;
            }
        }
        found
    }

    /// The closing brackets before which stands a comma that keeps their line broken.
    pub(crate) fn has_magic_comma(&self, line: &Line) -> bool {
        (0..line.pieces.len()).any(|at| self.is_magic(line, at))
    }

    /// Whether the piece closes a bracket behind a comma that asks for one element a line.
    pub(crate) fn is_magic(&self, line: &Line, at: usize) -> bool {
        let leaf = self.leaf(line.pieces[at]);
        if !leaf.kind.is_closer() || at == 0 {
            return false;
        }
        if self.kind(line.pieces[at - 1]) != Tok::Comma {
            return false;
        }
        let Some(open) = line
            .pieces
            .iter()
            .position(|piece| piece.id == leaf.partner)
        else {
            return false;
        };
        let mut depth = 0_i32;
        let commas = line.pieces[open + 1..at]
            .iter()
            .filter(|piece| {
                let kind = self.kind(**piece);
                depth += i32::from(kind.is_opener()) - i32::from(kind.is_closer());
                depth == 0 && kind == Tok::Comma
            })
            .count();
        match (leaf.kind, leaf.bracket) {
            (Tok::RSqb, Bracket::Subscript) => commas > 1,
            (Tok::RPar, Bracket::Atom) => commas > 1 && !leaf.is_optional,
            _ => true,
        }
    }
}

fn add(found: &mut Vec<(usize, u8)>, at: usize, priority: u8) {
    match found.last_mut() {
        Some((last, known)) if *last == at => *known = (*known).max(priority),
        Some(_) | None => found.push((at, priority)),
    }
}

/// The columns that a text takes: wide characters take two.
pub(crate) fn columns(text: &str) -> usize {
    text.chars()
        .map(|char| match char as u32 {
            0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
            0x1100..=0x115F
            | 0x2E80..=0x303E
            | 0x3041..=0x33FF
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xA000..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x1F300..=0x1F64F
            | 0x1F900..=0x1F9FF
            | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}
