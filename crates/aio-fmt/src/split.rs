//! Breaking lines that are too long.
//!
//! Three ways, tried in this order: at the delimiters of a line that stands inside a bracket, one
//! element a line; at comments with a line of their own; at the last bracket, whose contents get
//! a line of their own. A `def` is broken at its first bracket instead. Each of the new lines may
//! be broken further. Which of several brackets is the best to break at is decided in `omit`.

use std::collections::HashSet;

use aio_syntax::token::Tok;

use crate::leaf::{Bracket, Leaf};
use crate::line::{Arena, Line, Piece};
use crate::omit;
use crate::priority;

/// The lines of a logical line that stands in `depth` blocks.
pub(crate) fn lines(leaves: Vec<Leaf>, depth: usize) -> Vec<String> {
    let pieces = leaves
        .iter()
        .enumerate()
        .map(|(id, leaf)| Piece {
            id,
            shown: !leaf.is_optional,
        })
        .collect();
    let first = leaves.first().map_or(Tok::End, |leaf| leaf.kind);
    let second = leaves.get(1).map_or(Tok::End, |leaf| leaf.kind);
    let mut splitter = Splitter {
        is_definition: first == Tok::Def || (first, second) == (Tok::Async, Tok::Def),
        is_import: matches!(first, Tok::Import | Tok::From),
        is_return: first == Tok::Return,
        is_with: first == Tok::With || (first, second) == (Tok::Async, Tok::With),
        arena: Arena { leaves },
    };
    let whole = Line {
        depth,
        pieces,
        is_inside: false,
        must_split: false,
        is_whole: true,
    };
    let lines = splitter.transform(whole, false);
    lines.iter().map(|line| splitter.arena.text(line)).collect()
}

/// The ways to break a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    FirstBracket,
    Delimiters,
    Comments,
    LastBracket,
}

/// A line broken at a bracket.
pub(crate) struct Parts {
    /// Up to the opening bracket.
    pub(crate) head: Line,
    /// Between the brackets.
    pub(crate) body: Line,
    /// From the closing bracket on.
    pub(crate) tail: Line,
    /// The opening bracket.
    pub(crate) open: Piece,
    /// The closing bracket.
    pub(crate) close: Piece,
}

/// Breaks one logical line.
pub(crate) struct Splitter {
    /// Its leaves.
    pub(crate) arena: Arena,
    is_definition: bool,
    is_import: bool,
    is_with: bool,
    /// Whether it is a `return`.
    pub(crate) is_return: bool,
}

impl Splitter {
    fn transform(&mut self, line: Line, force: bool) -> Vec<Line> {
        let has_lone_comment =
            line.is_inside && line.pieces.len() > 1 && self.arena.has_own_line_comment(&line);
        let must_split = line.must_split || has_lone_comment || self.arena.has_magic_comma(&line);
        if !must_split && self.arena.fits(&line) {
            return vec![line];
        }
        let ways: &[Way] = if line.is_whole && self.is_definition {
            &[Way::FirstBracket, Way::LastBracket]
        } else if line.is_inside && self.has_outer_comments(&line) {
            &[Way::Comments, Way::Delimiters, Way::LastBracket]
        } else if line.is_inside {
            &[Way::Delimiters, Way::Comments, Way::LastBracket]
        } else {
            &[Way::LastBracket]
        };
        for way in ways {
            if let Some(lines) = self.run(*way, &line, force) {
                return lines;
            }
        }
        vec![line]
    }

    /// Whether comments with a line of their own stand only before and behind an expression,
    /// which need not be broken for them.
    fn has_outer_comments(&self, line: &Line) -> bool {
        let is_comment = |piece: &Piece| self.arena.leaf(*piece).is_comment();
        let is_code = |piece: &Piece| !is_comment(piece);
        let first = line.pieces.iter().position(is_code);
        let last = line.pieces.iter().rposition(is_code);
        let (Some(first), Some(last)) = (first, last) else {
            return false;
        };
        let is_expression = self
            .arena
            .delimiters(line)
            .iter()
            .all(|(_, one)| !matches!(*one, priority::COMMA | priority::COMPREHENSION));
        is_expression
            && last + 1 - first < line.pieces.len()
            && !line.pieces[first..=last].iter().any(is_comment)
    }

    fn run(&mut self, way: Way, line: &Line, force: bool) -> Option<Vec<Line>> {
        let before = self.arena.text(line);
        let parts = match way {
            Way::FirstBracket => self.at_first_bracket(line)?,
            Way::Delimiters => self.at_delimiters(line)?,
            Way::Comments => self.at_comments(line)?,
            Way::LastBracket => self.at_last_bracket(line, force)?,
        };
        let mut lines = Vec::new();
        for part in parts {
            if self.arena.text(&part) == before {
                return None;
            }
            lines.extend(self.transform(part, force));
        }
        let has_optional = (line.is_whole || line.is_inside)
            && line
                .pieces
                .iter()
                .any(|piece| self.arena.leaf(*piece).is_optional);
        let all_unseen = line
            .pieces
            .iter()
            .all(|piece| !self.arena.leaf(*piece).is_optional || !piece.shown);
        let is_bad = lines.first().is_some_and(|first| !self.arena.fits(first));
        if way == Way::LastBracket
            && !force
            && has_optional
            && all_unseen
            && is_bad
            && !self.arena.has_multiline(line)
            && let Some(second) = self.run(way, line, true)
            && second.iter().all(|line| self.arena.fits(line))
        {
            lines = second;
        }
        Some(lines)
    }

    /// Each element on its own line.
    fn at_delimiters(&mut self, line: &Line) -> Option<Vec<Line>> {
        let last = line.pieces.len().checked_sub(1)?;
        let delimiters = self.arena.delimiters(line);
        let inner = delimiters.iter().filter(|(at, _)| *at != last);
        let best = inner.map(|(_, priority)| *priority).max()?;
        let count = delimiters.iter().filter(|(_, one)| *one == best).count();
        if best == priority::DOT && count == 1 {
            return None;
        }
        let empty = Line {
            pieces: Vec::new(),
            must_split: false,
            is_whole: false,
            ..line.clone()
        };
        let mut lines = Vec::new();
        let mut current = empty.clone();
        let mut depth = 0_i32;
        for (at, piece) in line.pieces.iter().enumerate() {
            // A comment with a line of its own stays alone.
            let kind = self.arena.kind(*piece);
            depth += i32::from(kind.is_opener()) - i32::from(kind.is_closer());
            if self.arena.leaf(*piece).is_comment() && depth == 0 {
                if !current.pieces.is_empty() {
                    lines.push(std::mem::replace(&mut current, empty.clone()));
                }
                current.pieces.push(*piece);
                lines.push(std::mem::replace(&mut current, empty.clone()));
                continue;
            }
            current.pieces.push(*piece);
            if delimiters.contains(&(at, best)) {
                lines.push(std::mem::replace(&mut current, empty.clone()));
            }
        }
        if !current.pieces.is_empty() {
            lines.push(current);
        }
        if best == priority::COMMA {
            self.end_in_comma(&mut lines);
        }
        Some(lines)
    }

    /// A comma behind the last element, unless nothing may follow it.
    fn end_in_comma(&mut self, lines: &mut [Line]) {
        let is_code = |piece: &Piece| !self.arena.leaf(*piece).is_comment();
        let ends = lines
            .iter()
            .map(|line| line.pieces.iter().rposition(is_code));
        let ends: Vec<Option<usize>> = ends.collect();
        let Some((at, end)) = ends
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, end)| end.map(|end| (at, end)))
        else {
            return;
        };
        let piece = lines[at].pieces[end];
        if self.arena.kind(piece) == Tok::Comma {
            return;
        }
        let comma = self.arena.comma();
        // Its comments stand behind the comma.
        let comments = std::mem::take(&mut self.arena.leaves[piece.id].comments);
        self.arena.leaves[comma.id].comments = comments;
        lines[at].pieces.insert(end + 1, comma);
    }

    /// Comments with a line of their own, alone.
    fn at_comments(&mut self, line: &Line) -> Option<Vec<Line>> {
        let empty = Line {
            pieces: Vec::new(),
            must_split: false,
            is_whole: false,
            ..line.clone()
        };
        let mut lines = vec![empty.clone()];
        let mut depth = 0_i32;
        for piece in &line.pieces {
            let leaf = self.arena.leaf(*piece);
            depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
            let is_alone = leaf.is_comment() && depth == 0;
            if is_alone {
                lines.push(empty.clone());
            }
            if let Some(current) = lines.last_mut() {
                current.pieces.push(*piece);
            }
            if is_alone {
                lines.push(empty.clone());
            }
        }
        lines.retain(|line| !line.pieces.is_empty());
        (lines.len() > 1).then_some(lines)
    }

    /// The parameters of a `def`.
    fn at_first_bracket(&mut self, line: &Line) -> Option<Vec<Line>> {
        let is_first = |wanted: Tok| {
            line.pieces.iter().position(|piece| {
                let leaf = self.arena.leaf(*piece);
                leaf.kind == wanted && leaf.bracket == Bracket::Parameters
            })
        };
        let open = is_first(Tok::LPar)?;
        let partner = self.arena.leaf(line.pieces[open]).partner;
        let close = line.pieces.iter().position(|piece| piece.id == partner)?;
        if close == open + 1 {
            // Nothing between: what can be broken is the annotation of the result.
            return None;
        }
        let parts = self.parts(line, open, close);
        Some(vec![parts.head, parts.body, parts.tail])
    }

    /// The contents of the last bracket, or of an earlier one if that is better.
    fn at_last_bracket(&mut self, line: &Line, force: bool) -> Option<Vec<Line>> {
        for omitted in omit::candidates(&self.arena, line) {
            let lines = self.right_hand(line, &omitted, force)?;
            if lines.first().is_some_and(|first| self.arena.fits(first)) {
                return Some(lines);
            }
        }
        self.right_hand(line, &HashSet::new(), force)
    }

    fn right_hand(
        &mut self,
        line: &Line,
        omitted: &HashSet<usize>,
        force: bool,
    ) -> Option<Vec<Line>> {
        let parts = self.right_parts(line, omitted)?;
        self.choose(line, parts, omitted, force)
    }

    /// Breaks at the last bracket that is not omitted.
    fn right_parts(&mut self, line: &Line, omitted: &HashSet<usize>) -> Option<Parts> {
        let close = line.pieces.iter().rposition(|piece| {
            self.arena.kind(*piece).is_closer() && !omitted.contains(&piece.id)
        })?;
        let partner = self.arena.leaf(line.pieces[close]).partner;
        let open = line.pieces.iter().position(|piece| piece.id == partner)?;
        let is_lone_text = open + 2 == close
            && self.arena.leaf(line.pieces[open + 1]).is_long_text()
            && !self.arena.leaf(line.pieces[open + 1]).begins_line
            && self.arena.leaf(line.pieces[open]).bracket == Bracket::Call;
        if open + 1 == close || is_lone_text {
            // Nothing between the brackets: they are part of what follows. And a text of several
            // lines gains nothing from a line of its own, unless it was written that way.
            let mut omitted = omitted.clone();
            omitted.insert(line.pieces[close].id);
            return self.right_parts(line, &omitted);
        }
        Some(self.parts(line, open, close))
    }

    /// Breaks at the optional parentheses, or further inside if they are not needed.
    fn choose(
        &mut self,
        line: &Line,
        parts: Parts,
        omitted: &HashSet<usize>,
        force: bool,
    ) -> Option<Vec<Line>> {
        let is_optional = self.arena.leaf(parts.open).is_optional && !parts.open.shown;
        if !force && is_optional && !self.is_import && omit::can_omit(self, &parts) {
            let mut inner = omitted.clone();
            inner.insert(parts.close.id);
            let other = self.right_parts(line, &inner);
            // Of two parts that may be parenthesized the last one is, where that is enough.
            let other = other.filter(|other| {
                let is_unseen = self.arena.leaf(other.open).is_optional && !other.open.shown;
                !is_unseen || !self.arena.fits(&parts.head)
            });
            let mut failed = other.is_none();
            if let Some(other) = other
                && omit::is_better(&self.arena, &other, &parts)
            {
                let lines = self.choose(line, other, &inner, force);
                if lines.is_some() {
                    return lines;
                }
                failed = true;
            }
            if failed && !self.is_chained(line) {
                let can_split = omit::can_be_split(&self.arena, &parts.body);
                if !can_split && !self.arena.fits(&parts.body) {
                    return None;
                }
            }
        }
        if is_optional && omit::is_rigid(&self.arena, &parts.body) && !self.arena.fits(&parts.body)
        {
            // A line of its own would be as much too long.
            return None;
        }
        let tail_is_bracket = parts.tail.pieces.len() == 1;
        if is_optional
            && tail_is_bracket
            && self.arena.has_multiline(&parts.body)
            && !omit::can_be_split(&self.arena, &parts.body)
        {
            return None;
        }
        let Parts {
            mut head,
            body,
            mut tail,
            ..
        } = parts;
        if let Some(open) = head.pieces.last_mut() {
            open.shown = true;
        }
        if let Some(close) = tail.pieces.first_mut() {
            close.shown = true;
        }
        let lines = [head, body, tail];
        Some(
            lines
                .into_iter()
                .filter(|line| !line.pieces.is_empty())
                .collect(),
        )
    }

    fn is_chained(&self, line: &Line) -> bool {
        let equals = line
            .pieces
            .iter()
            .filter(|piece| self.arena.kind(**piece) == Tok::Equal);
        equals.count() > 1
    }

    fn parts(&mut self, line: &Line, open: usize, close: usize) -> Parts {
        let pieces = &line.pieces;
        let part = |pieces: &[Piece], depth: usize, is_inside: bool| Line {
            depth,
            pieces: pieces.to_vec(),
            is_inside,
            must_split: false,
            is_whole: false,
        };
        let head = part(&pieces[..=open], line.depth, false);
        let mut body = part(&pieces[open + 1..close], line.depth + 1, true);
        let tail = part(&pieces[close..], line.depth, false);
        let (open, close) = (pieces[open], pieces[close]);
        let bracket = self.arena.leaf(open).bracket;
        let commas = body
            .pieces
            .iter()
            .any(|piece| self.arena.kind(*piece) == Tok::Comma);
        let is_import = self.is_import;
        if is_import || (bracket == Bracket::Parameters && !commas) {
            self.end_in_comma(std::slice::from_mut(&mut body));
        }
        body.must_split = self.is_exploded(&body, open);
        Parts {
            head,
            body,
            tail,
            open,
            close,
        }
    }

    /// Whether the contents of a bracket get a line for each element as soon as they have a line
    /// of their own.
    fn is_exploded(&self, body: &Line, open: Piece) -> bool {
        let Some(last) = body.pieces.last() else {
            return false;
        };
        let end = body.pieces.len() - 1;
        let delimiters = self.arena.delimiters(body);
        let inner = delimiters.iter().filter(|(at, _)| *at != end);
        if inner.map(|(_, one)| *one).max() != Some(priority::COMMA) {
            return false;
        }
        let has_trailing_comma = self.arena.kind(*last) == Tok::Comma;
        let opener = self.arena.leaf(open);
        has_trailing_comma
            || (matches!(opener.bracket, Bracket::Atom | Bracket::Import)
                && !(opener.is_optional && self.is_with))
    }
}
