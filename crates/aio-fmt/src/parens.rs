//! Parentheses that may come and go.
//!
//! Around the value of a statement (what is returned, tested, assigned, iterated) parentheses
//! change nothing. Where they stand needlessly they are made optional, where none stand an
//! optional pair is put; a line that is too long may then be broken at it, which makes it visible.

use aio_syntax::token::Tok;

use crate::leaf::{Bracket, Leaf};
use crate::priority;

/// A part of a line that may be parenthesized.
#[derive(Clone, Copy)]
struct Region {
    start: usize,
    end: usize,
    /// What may stand in parentheses that are needless.
    takes: Takes,
}

/// What may stand in parentheses that are needless: expressions, and
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// nothing else,
    Expression,
    /// several things with commas,
    List,
    /// targets of a `for`, as long as no comma ends them,
    Targets,
    /// `name := value`,
    Walrus,
    /// `yield`.
    Yield,
}

/// The leaves with optional parentheses.
pub(crate) fn normalize(mut leaves: Vec<Leaf>) -> Vec<Leaf> {
    drop_empty_bases(&mut leaves);
    attributes_of_numbers(&mut leaves);
    powers_with_sign(&mut leaves);
    lambda_bodies(&mut leaves);
    targets_with_comma(&mut leaves);
    tuples_with_comma(&mut leaves);
    awaited(&mut leaves);
    let mut regions = regions(&leaves);
    regions.sort_by_key(|region| std::cmp::Reverse(region.start));
    for region in regions {
        if region.start < region.end {
            parenthesize(&mut leaves, region);
        }
    }
    leaves
}

/// `-x**2` is written `-(x**2)`, which it means; so is `not x**2`.
pub(crate) fn powers_with_sign(leaves: &mut Vec<Leaf>) {
    let mut at = 0;
    while at < leaves.len() {
        let is_sign = matches!(
            leaves[at].kind,
            Tok::Minus | Tok::Plus | Tok::Tilde | Tok::Not
        );
        if is_sign && leaves[at].before == 0 {
            let base = end_of_primary(leaves, at + 1);
            let is_power = leaves
                .get(base)
                .is_some_and(|leaf| leaf.kind == Tok::DoubleStar && leaf.before > 0);
            if is_power {
                let end = end_of_power(leaves, base + 1);
                insert_visible(leaves, at + 1, end);
            }
        }
        at += 1;
    }
}

/// `1 .real` is written `(1).real`.
pub(crate) fn attributes_of_numbers(leaves: &mut Vec<Leaf>) {
    let mut at = 0;
    while at + 1 < leaves.len() {
        let leaf = &leaves[at];
        let is_decimal = matches!(leaf.kind, Tok::Int | Tok::Float)
            && !["0x", "0b", "0o"]
                .iter()
                .any(|base| leaf.text.starts_with(base));
        if is_decimal && leaves[at + 1].kind == Tok::Dot {
            insert_visible(leaves, at, at + 1);
            at += 1;
        }
        at += 1;
    }
}

fn insert_visible(leaves: &mut Vec<Leaf>, start: usize, end: usize) {
    insert_pair(leaves, start, end);
    leaves[start].is_optional = false;
    leaves[end + 1].is_optional = false;
}

/// `a, b,` in a field of an f-string is written `a, b`, and `a,` there is written `(a,)`.
pub(crate) fn bare_tuple(leaves: &mut Vec<Leaf>) {
    let end = leaves.len();
    if leaves.last().is_none_or(|leaf| leaf.kind != Tok::Comma) {
        return;
    }
    let comma = find(leaves, 0, |kind| kind == Tok::Comma);
    if comma.is_some_and(|comma| comma + 1 == end) {
        insert_visible(leaves, 0, end);
    } else {
        leaves.pop();
    }
}

/// Behind a name, literal or bracket with its calls, indices and attributes.
fn end_of_primary(leaves: &[Leaf], mut at: usize) -> usize {
    let Some(first) = leaves.get(at) else {
        return at;
    };
    at = if first.kind.is_opener() {
        first.partner + 1
    } else {
        at + 1
    };
    while let Some(leaf) = leaves.get(at) {
        match (leaf.kind, leaf.bracket) {
            (Tok::Dot, _) => at += 2,
            (kind, Bracket::Call | Bracket::Subscript) if kind.is_opener() => {
                at = leaf.partner + 1;
            }
            _ => break,
        }
    }
    at
}

/// Behind the right operand of a power.
fn end_of_power(leaves: &[Leaf], mut at: usize) -> usize {
    let is_sign =
        |leaf: &Leaf| matches!(leaf.kind, Tok::Minus | Tok::Plus | Tok::Tilde | Tok::Await);
    while leaves.get(at).is_some_and(is_sign) {
        at += 1;
    }
    let end = end_of_primary(leaves, at);
    match leaves.get(end) {
        Some(leaf) if leaf.kind == Tok::DoubleStar => end_of_power(leaves, end + 1),
        Some(_) | None => end,
    }
}

/// Needless parentheses around the body of a lambda are left out.
fn lambda_bodies(leaves: &mut Vec<Leaf>) {
    let mut at = 0;
    while at < leaves.len() {
        at += 1;
        if leaves[at - 1].kind != Tok::Lambda {
            continue;
        }
        let Some(colon) = colon_of_lambda(leaves, at) else {
            continue;
        };
        let start = colon + 1;
        let Some(open) = leaves.get(start).filter(|leaf| leaf.kind == Tok::LPar) else {
            continue;
        };
        let end = open.partner + 1;
        let ends_there = leaves
            .get(end)
            .is_none_or(|leaf| leaf.kind.is_closer() || leaf.kind == Tok::Comma);
        if ends_there
            && is_atom(leaves, start, end)
            && is_needless(leaves, start, end, Takes::Expression)
        {
            remove_pair(leaves, start, end - 1);
        }
    }
}

fn colon_of_lambda(leaves: &[Leaf], from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    let mut lambdas = 0_i32;
    for (at, leaf) in leaves.iter().enumerate().skip(from) {
        depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
        lambdas += i32::from(leaf.kind == Tok::Lambda && depth == 0);
        if depth == 0 && leaf.kind == Tok::Colon {
            if lambdas == 0 {
                return Some(at);
            }
            lambdas -= 1;
        }
    }
    None
}

/// `for a, in b` is written `for (a,) in b`; in a comprehension `a, b,` is written `a, b`.
fn targets_with_comma(leaves: &mut Vec<Leaf>) {
    let is_statement = |at: usize| at < 2;
    let mut at = 0;
    while at < leaves.len() {
        at += 1;
        if leaves[at - 1].kind != Tok::For {
            continue;
        }
        let end = find(leaves, at, |kind| kind == Tok::In);
        let Some(end) = end.filter(|end| leaves[*end - 1].kind == Tok::Comma) else {
            continue;
        };
        let is_lone = find(leaves, at, |kind| kind == Tok::Comma) == Some(end - 1);
        if is_lone || is_statement(at - 1) {
            let mut from = at;
            while let Some(comma) = find(&leaves[..end], from, |kind| kind == Tok::Comma) {
                leaves[comma].after = priority::COMMA;
                from = comma + 1;
            }
            insert_visible(leaves, at, end);
        } else {
            remove_comma(leaves, end - 1);
        }
    }
}

/// `await (f())` is written `await f()`.
fn awaited(leaves: &mut Vec<Leaf>) {
    let mut at = 0;
    while at + 1 < leaves.len() {
        at += 1;
        if leaves[at - 1].kind != Tok::Await || leaves[at].kind != Tok::LPar {
            continue;
        }
        let end = leaves[at].partner + 1;
        let is_simple = end_of_primary(leaves, at + 1) + 1 == end;
        let stands_alone = end_of_primary(leaves, at) == end;
        if is_simple && stands_alone && is_needless(leaves, at, end, Takes::Expression) {
            remove_pair(leaves, at, end - 1);
            leaves[at].space = true;
        }
    }
}

/// `a, = 1,` is written `(a,) = (1,)`.
fn tuples_with_comma(leaves: &mut Vec<Leaf>) {
    if leaves.first().is_none_or(|leaf| leaf.kind == Tok::Del) {
        return;
    }
    let mut parts: Vec<(usize, usize)> = regions(leaves)
        .iter()
        .map(|region| (region.start, region.end))
        .collect();
    if let [(value, _)] = parts[..] {
        // The targets of an assignment.
        let mut from = 0;
        while let Some(at) = find(&leaves[..value], from, |kind| kind == Tok::Equal) {
            parts.push((from, at));
            from = at + 1;
        }
    }
    parts.sort_by_key(|(start, _)| std::cmp::Reverse(*start));
    for (mut start, end) in parts {
        let is_prefix = |leaf: &Leaf| leaf.is_comment() || leaf.kind == Tok::Yield;
        while leaves.get(start).is_some_and(is_prefix) {
            start += 1;
        }
        if start + 1 < end && leaves[end - 1].kind == Tok::Comma {
            insert_visible(leaves, start, end);
        }
    }
}

/// `class A():` is `class A:`.
fn drop_empty_bases(leaves: &mut Vec<Leaf>) {
    let kinds: Vec<Tok> = leaves.iter().map(|leaf| leaf.kind).collect();
    if let [Tok::Class, Tok::Name, Tok::LPar, Tok::RPar, Tok::Colon, ..] = kinds.as_slice() {
        let comments = leaves.drain(2..4).flat_map(|leaf| leaf.comments);
        let comments: Vec<String> = comments.collect();
        leaves[2].comments.splice(0..0, comments);
        for leaf in leaves.iter_mut().skip(2) {
            if leaf.partner != usize::MAX {
                leaf.partner -= 2;
            }
        }
    }
}

/// The positions of a kind of token outside of brackets and lambdas.
fn find(leaves: &[Leaf], from: usize, wanted: impl Fn(Tok) -> bool) -> Option<usize> {
    let mut depth = 0_i32;
    let mut lambdas = 0_i32;
    for (at, leaf) in leaves.iter().enumerate().skip(from) {
        depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
        if depth != 0 {
            continue;
        }
        lambdas += i32::from(leaf.kind == Tok::Lambda);
        if leaf.kind == Tok::Colon && lambdas > 0 {
            lambdas -= 1;
            continue;
        }
        if lambdas == 0 && wanted(leaf.kind) {
            return Some(at);
        }
    }
    None
}

fn regions(leaves: &[Leaf]) -> Vec<Region> {
    let end = leaves.len();
    let taking = |start, end, takes| Region { start, end, takes };
    let region = |start, end| taking(start, end, Takes::Expression);
    let list = |start, end| taking(start, end, Takes::List);
    let first = usize::from(leaves.first().is_some_and(|leaf| leaf.kind == Tok::Async));
    let colon = find(leaves, first, |kind| kind == Tok::Colon).unwrap_or(end);
    let Some(leaf) = leaves.get(first) else {
        return Vec::new();
    };
    match leaf.kind {
        Tok::Return => vec![region(first + 1, end)],
        Tok::If | Tok::Elif | Tok::While => vec![taking(first + 1, colon, Takes::Walrus)],
        Tok::Statement if leaf.text == "match" => vec![region(first + 1, colon)],
        Tok::Statement if leaf.text == "case" => {
            let guard = find(leaves, first, |kind| kind == Tok::If);
            match guard {
                Some(guard) => vec![
                    region(first + 1, guard),
                    taking(guard + 1, colon, Takes::Walrus),
                ],
                None => vec![region(first + 1, colon)],
            }
        }
        Tok::Assert => match find(leaves, first, |kind| kind == Tok::Comma) {
            Some(comma) => vec![region(first + 1, comma), region(comma + 1, end)],
            None => vec![region(first + 1, end)],
        },
        Tok::For => match find(leaves, first, |kind| kind == Tok::In) {
            Some(at) => vec![taking(first + 1, at, Takes::Targets), region(at + 1, colon)],
            None => Vec::new(),
        },
        Tok::With => {
            let only = find(leaves, first, |kind| kind == Tok::Comma).is_none();
            match find(leaves, first, |kind| kind == Tok::As) {
                Some(at) if only => vec![region(first + 1, at)],
                Some(_) | None => vec![list(first + 1, colon)],
            }
        }
        // In parentheses several targets would be one: a tuple of them.
        Tok::Del if find(leaves, first, |kind| kind == Tok::Comma).is_some() => Vec::new(),
        Tok::Del => vec![region(first + 1, end)],
        Tok::From => match find(leaves, first, |kind| kind == Tok::Import) {
            Some(import)
                if leaves
                    .get(import + 1)
                    .is_some_and(|leaf| leaf.kind != Tok::Star) =>
            {
                vec![list(import + 1, end)]
            }
            Some(_) | None => Vec::new(),
        },
        Tok::Except => {
            let star = leaves
                .get(first + 1)
                .is_some_and(|leaf| leaf.kind == Tok::Star);
            let stop = find(leaves, first, |kind| kind == Tok::As).unwrap_or(colon);
            vec![region(first + 1 + usize::from(star), stop)]
        }
        Tok::Def | Tok::Class | Tok::At | Tok::Import | Tok::Raise | Tok::Error => Vec::new(),
        _ => assigned(leaves),
    }
}

/// The value of an assignment; or a whole expression that has operators to break at.
fn assigned(leaves: &[Leaf]) -> Vec<Region> {
    let end = leaves.len();
    let mut last = None;
    let mut from = 0;
    while let Some(at) = find(leaves, from, |kind| {
        kind == Tok::Equal || kind.is_augmented_assignment()
    }) {
        last = Some(at);
        from = at + 1;
    }
    let start = match last {
        Some(at) => at + 1,
        None => {
            let mut depth = 0_i32;
            let has_operator = leaves.iter().any(|leaf| {
                depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
                depth == 0 && (leaf.before > 1 || leaf.after > 0)
            });
            if !has_operator
                || leaves
                    .iter()
                    .any(|leaf| leaf.kind == Tok::Colon && leaf.bracket == Bracket::None)
            {
                return Vec::new();
            }
            0
        }
    };
    vec![Region {
        start,
        end,
        takes: Takes::Yield,
    }]
}

fn parenthesize(leaves: &mut Vec<Leaf>, region: Region) {
    let Region {
        mut start, mut end, ..
    } = region;
    while is_atom(leaves, start, end) {
        if !is_needless(leaves, start, end, region.takes) {
            return;
        }
        if is_atom(leaves, start + 1, end - 1) {
            // Of several pairs one is enough.
            remove_pair(leaves, start, end - 1);
            end -= 2;
            continue;
        }
        leaves[start].is_optional = true;
        leaves[end - 1].is_optional = true;
        if leaves[end - 2].kind == Tok::Comma {
            // The managers of a `with`, or names: the comma keeps each on a line of its own.
            leaves[start].bracket = Bracket::Import;
            leaves[end - 1].bracket = Bracket::Import;
        }
        return;
    }
    while leaves.get(start).is_some_and(Leaf::is_comment) {
        start += 1;
    }
    if start < end {
        insert_pair(leaves, start, end);
    }
}

/// Whether one pair of parentheses encloses the part.
fn is_atom(leaves: &[Leaf], start: usize, end: usize) -> bool {
    start + 1 < end
        && leaves[start].kind == Tok::LPar
        && matches!(leaves[start].bracket, Bracket::Atom | Bracket::Import)
        && leaves[start].partner == end - 1
}

fn is_needless(leaves: &[Leaf], start: usize, end: usize, takes: Takes) -> bool {
    let inner = &leaves[start + 1..end - 1];
    let Some(first) = inner.first() else {
        return false;
    };
    let has_comments = !leaves[start].comments.is_empty()
        || inner.last().is_some_and(|leaf| !leaf.comments.is_empty())
        || inner.iter().any(Leaf::is_comment);
    if has_comments || first.kind == Tok::Star {
        return false;
    }
    if first.kind == Tok::Yield {
        return takes == Takes::Yield;
    }
    let ends_in_comma = inner.last().is_some_and(|leaf| leaf.kind == Tok::Comma);
    let is_target = takes == Takes::Targets && !ends_in_comma;
    let mut depth = 0_i32;
    inner.iter().all(|leaf| {
        depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
        depth != 0
            || match leaf.kind {
                Tok::Comma => takes == Takes::List || is_target,
                Tok::ColonEqual => takes == Takes::Walrus,
                Tok::For => false,
                _ => true,
            }
    })
}

fn remove_comma(leaves: &mut Vec<Leaf>, at: usize) {
    let comma = leaves.remove(at);
    leaves[at - 1].comments.extend(comma.comments);
    for leaf in leaves.iter_mut() {
        if leaf.partner != usize::MAX && leaf.partner > at {
            leaf.partner -= 1;
        }
    }
}

fn remove_pair(leaves: &mut Vec<Leaf>, start: usize, end: usize) {
    let space = leaves[start].space;
    let comments = std::mem::take(&mut leaves[end].comments);
    leaves[end - 1].comments.extend(comments);
    leaves.remove(end);
    leaves.remove(start);
    leaves[start].space = space;
    for leaf in leaves.iter_mut() {
        if leaf.partner != usize::MAX {
            let shift = usize::from(leaf.partner > end) + usize::from(leaf.partner > start);
            leaf.partner -= shift;
        }
    }
}

fn insert_pair(leaves: &mut Vec<Leaf>, start: usize, end: usize) {
    for leaf in leaves.iter_mut() {
        if leaf.partner != usize::MAX {
            let shift = usize::from(leaf.partner >= start) + usize::from(leaf.partner >= end);
            leaf.partner += shift;
        }
    }
    let pair = |kind, text: &str| {
        let mut leaf = Leaf::new(kind, text);
        leaf.bracket = Bracket::Atom;
        leaf.is_optional = true;
        leaf
    };
    let mut close = pair(Tok::RPar, ")");
    close.partner = start;
    if end - start > 1 {
        close.comments = std::mem::take(&mut leaves[end - 1].comments);
    }
    let mut open = pair(Tok::LPar, "(");
    open.partner = end + 1;
    open.space = std::mem::take(&mut leaves[start].space);
    leaves.insert(end, close);
    leaves.insert(start, open);
}
