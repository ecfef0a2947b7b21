//! Which bracket to break a line at.
//!
//! The last bracket is the usual choice, unless what stands behind it is long; optional
//! parentheses are used only where the result reads better than without.

use std::collections::HashSet;

use aio_syntax::token::Tok;

use crate::WIDTH;
use crate::leaf::Bracket;
use crate::line::{Arena, Line, Piece, columns};
use crate::priority;
use crate::split::{Parts, Splitter};

/// The columns of a piece with its space and comments; `None` behind a text of several lines.
fn width(arena: &Arena, piece: Piece) -> Option<usize> {
    let leaf = arena.leaf(piece);
    if leaf.is_multiline() {
        return None;
    }
    let text = if piece.shown { columns(&leaf.text) } else { 0 };
    let comments: usize = leaf.comments.iter().map(|one| columns(one)).sum();
    Some(text + usize::from(leaf.space) + comments)
}

/// Sets of closing brackets not to break at, from none on: first the last trailer is left whole,
/// then the one before it too, as long as what is left whole fits on a line.
pub(crate) fn candidates(arena: &Arena, line: &Line) -> Vec<HashSet<usize>> {
    let mut found = Vec::new();
    let mut omitted = HashSet::new();
    if !arena.has_magic_comma(line) {
        found.push(omitted.clone());
    }
    let mut length = 4 * line.depth;
    let mut open: Option<usize> = None;
    let mut close: Option<usize> = None;
    let mut inner = HashSet::new();
    for at in (0..line.pieces.len()).rev() {
        let piece = line.pieces[at];
        let Some(width) = width(arena, piece) else {
            break;
        };
        length += width;
        if length > WIDTH {
            break;
        }
        let kind = arena.kind(piece);
        if let Some(opener) = open {
            if piece.id == opener {
                open = None;
            } else if kind.is_closer() {
                inner.insert(piece.id);
            }
        } else if kind.is_closer() {
            let previous = at.checked_sub(1).map(|before| line.pieces[before]);
            if previous.is_some_and(|previous| arena.kind(previous).is_opener()) {
                inner.insert(piece.id);
                continue;
            }
            if let Some(close) = close {
                omitted.insert(close);
                omitted.extend(inner.drain());
                found.push(omitted.clone());
            }
            if arena.is_magic(line, at) {
                break;
            }
            if piece.shown {
                open = Some(arena.leaf(piece).partner);
                close = Some(piece.id);
            }
        }
    }
    found
}

/// Whether the optional parentheses around the body are not needed.
pub(crate) fn can_omit(splitter: &Splitter, parts: &Parts) -> bool {
    let arena = &splitter.arena;
    let line = &parts.body;
    let delimiters = arena.delimiters(line);
    let Some(best) = delimiters.iter().map(|(_, one)| *one).max() else {
        // Without delimiters they are useless.
        return true;
    };
    let count = delimiters.iter().filter(|(_, one)| *one == best).count();
    if count > 1 || best == priority::COMMA && !splitter.is_return {
        return false;
    }
    if best == priority::DOT {
        return true;
    }
    let [first, second, ..] = line.pieces.as_slice() else {
        return false;
    };
    if arena.kind(*first).is_opener()
        && !arena.kind(*second).is_closer()
        && opens_enough(arena, line, *first)
    {
        return true;
    }
    let [.., before_last, last] = line.pieces.as_slice() else {
        return false;
    };
    let leaf = arena.leaf(*last);
    let is_end = matches!(leaf.kind, Tok::RPar | Tok::RBrace)
        || (leaf.kind == Tok::RSqb && leaf.bracket != Bracket::Subscript);
    if !is_end || arena.kind(*before_last).is_opener() {
        return false;
    }
    arena.leaf(*first).is_multiline() || closes_enough(arena, line, *last)
}

/// Whether the rest behind the first bracket fits, if the line is broken there.
fn opens_enough(arena: &Arena, line: &Line, first: Piece) -> bool {
    let close = arena.leaf(first).partner;
    let mut is_rest = false;
    let mut length = 4 * line.depth;
    for piece in &line.pieces {
        is_rest |= piece.id == close;
        if !is_rest {
            continue;
        }
        let Some(width) = width(arena, *piece) else {
            return false;
        };
        length += width;
        if length > WIDTH {
            return false;
        }
        if arena.kind(*piece).is_opener() {
            is_rest = false;
        }
    }
    true
}

/// Whether what stands before the last bracket fits, or can be broken.
fn closes_enough(arena: &Arena, line: &Line, last: Piece) -> bool {
    let open = arena.leaf(last).partner;
    let mut length = 4 * line.depth;
    let mut has_others = false;
    for piece in &line.pieces {
        let Some(width) = width(arena, *piece) else {
            return false;
        };
        length += width;
        if piece.id == open {
            return has_others || length <= WIDTH;
        }
        has_others |= arena.kind(*piece).is_opener();
    }
    false
}

/// Whether breaking inside (`inner`) is better than at the optional parentheses (`outer`).
pub(crate) fn is_better(arena: &Arena, inner: &Parts, outer: &Parts) -> bool {
    let head = &outer.head.pieces;
    let is_behind_equal = head
        .len()
        .checked_sub(2)
        .is_some_and(|at| arena.kind(head[at]) == Tok::Equal);
    if !is_behind_equal {
        return true;
    }
    let is_bracket = |piece: &Piece| {
        let kind = arena.kind(*piece);
        kind.is_opener() || kind.is_closer()
    };
    if !head[..head.len() - 1].iter().any(is_bracket) {
        return true;
    }
    if arena.has_magic_comma(&outer.head) || !arena.fits_in(&outer.head, WIDTH - 1) {
        return true;
    }
    let behind_equal = inner
        .head
        .pieces
        .iter()
        .rev()
        .take_while(|piece| arena.kind(**piece) != Tok::Equal);
    let closes = behind_equal
        .clone()
        .any(|piece| arena.kind(*piece).is_closer());
    let has_equal = inner
        .head
        .pieces
        .iter()
        .any(|piece| arena.kind(*piece) == Tok::Equal);
    closes || (has_equal && arena.fits(&inner.head))
}

/// Whether a line has nothing to break at.
pub(crate) fn is_rigid(arena: &Arena, line: &Line) -> bool {
    let has_bracket = line
        .pieces
        .iter()
        .any(|piece| arena.kind(*piece).is_opener());
    !has_bracket && arena.delimiters(line).is_empty()
}

/// Whether a line can perhaps be broken: not a lone name or literal, nor a text with one method.
pub(crate) fn can_be_split(arena: &Arena, line: &Line) -> bool {
    let [first, second, ..] = line.pieces.as_slice() else {
        return false;
    };
    if arena.kind(*first) != Tok::Str || arena.kind(*second) != Tok::Dot {
        return true;
    }
    let mut calls = 0;
    let mut dots = 0;
    let mut next = line.pieces.last().copied().unwrap_or(*first);
    for piece in line.pieces.iter().rev().skip(1) {
        match arena.kind(*piece) {
            kind if kind.is_opener() => {
                if !arena.kind(next).is_closer() {
                    return false;
                }
                calls += 1;
            }
            Tok::Dot => dots += 1,
            Tok::Name => {
                let kind = arena.kind(next);
                if kind != Tok::Dot && !kind.is_opener() {
                    return false;
                }
            }
            kind if !kind.is_closer() => return false,
            _ => {}
        }
        if dots > 1 && calls > 1 {
            return false;
        }
        next = *piece;
    }
    true
}
