//! The second look at the leaves of a logical line: which bracket is what, which operator has one
//! operand, and with that where spaces stand and where the line may be broken.

use aio_syntax::token::Tok;

use crate::leaf::{Bracket, Leaf};
use crate::priority;

/// What the innermost open bracket, lambda or f-string means for what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// No bracket.
    Top,
    /// A bracket of this use; the index of its opener.
    Open(Bracket, usize),
    /// The parameters of a lambda, up to its colon.
    Lambda,
}

/// Goes through the leaves once, and fills in what they are.
pub(crate) struct Roles<'l> {
    leaves: &'l mut Vec<Leaf>,
    contexts: Vec<Context>,
    /// In each bracket: the comprehension `for`s that wait for their `in`.
    fors: Vec<u32>,
    /// In parameters: whether the present one has an annotation.
    is_annotated: bool,
}

/// Fills in spaces, priorities and the uses of brackets.
pub(crate) fn assign(leaves: &mut Vec<Leaf>) {
    let mut roles = Roles {
        leaves,
        contexts: vec![Context::Top],
        fors: vec![0],
        is_annotated: false,
    };
    for at in 0..roles.leaves.len() {
        roles.leaf(at);
    }
    slices(roles.leaves);
    powers(roles.leaves);
}

impl Roles<'_> {
    fn kind(&self, at: usize) -> Tok {
        self.leaves[at].kind
    }

    /// The leaf before, comments left out.
    fn previous(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|one| !self.leaves[*one].is_comment())
    }

    fn context(&self) -> Context {
        self.contexts.last().copied().unwrap_or(Context::Top)
    }

    fn leaf(&mut self, at: usize) {
        let kind = self.kind(at);
        if self.leaves[at].is_comment() {
            return;
        }
        let previous = self.previous(at);
        if kind.is_opener() {
            let bracket = self.use_of(at, previous);
            self.leaves[at].bracket = bracket;
            self.leaves[at].space = self.space_before_opener(previous, bracket);
            self.contexts.push(Context::Open(bracket, at));
            self.fors.push(0);
            return;
        }
        if kind.is_closer() {
            self.close(at);
            return;
        }
        self.leaves[at].space = self.space_before(at, previous);
        self.leaves[at].before = self.priority_before(at, previous);
        let is_target = self.fors.last().is_some_and(|open| *open > 0);
        if kind == Tok::Comma && self.context() != Context::Lambda && !is_target {
            self.leaves[at].after = priority::COMMA;
        }
        self.follow(kind);
    }

    fn close(&mut self, at: usize) {
        while self.contexts.len() > 1 {
            let context = self.contexts.pop();
            if let Some(Context::Open(bracket, opener)) = context {
                self.fors.pop();
                self.leaves[at].bracket = bracket;
                self.leaves[at].partner = opener;
                self.leaves[opener].partner = at;
                return;
            }
        }
    }

    /// Keeps track of lambdas, comprehensions and annotations.
    fn follow(&mut self, kind: Tok) {
        match kind {
            Tok::Lambda => self.contexts.push(Context::Lambda),
            Tok::Colon if self.context() == Context::Lambda => {
                self.contexts.pop();
            }
            Tok::Colon | Tok::Comma
                if matches!(self.context(), Context::Open(Bracket::Parameters, _)) =>
            {
                self.is_annotated = kind == Tok::Colon;
            }
            Tok::For => {
                if let Some(open) = self.fors.last_mut() {
                    *open += 1;
                }
            }
            Tok::In => {
                if let Some(open) = self.fors.last_mut() {
                    *open = open.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    /// What a bracket opens.
    fn use_of(&self, at: usize, previous: Option<usize>) -> Bracket {
        let first = self.leaves.iter().find(|leaf| !leaf.is_comment());
        let first = first.map_or(Tok::End, |leaf| leaf.kind);
        let is_top = self.contexts.len() == 1;
        let Some(previous) = previous else {
            return Bracket::Atom;
        };
        if first == Tok::From && self.kind(previous) == Tok::Import {
            return Bracket::Import;
        }
        let follows_operand = self.ends_operand(previous);
        let is_definition = matches!(first, Tok::Def | Tok::Async)
            && is_top
            && self.leaves[..at].iter().any(|leaf| leaf.kind == Tok::Def)
            && !self.leaves[..at]
                .iter()
                .any(|leaf| leaf.kind == Tok::RArrow);
        match self.kind(at) {
            Tok::LPar | Tok::LSqb if is_definition && follows_operand => Bracket::Parameters,
            Tok::LSqb if is_top && previous == 1 && has_type_parameters(&self.leaves[0]) => {
                Bracket::Parameters
            }
            Tok::LPar if follows_operand => Bracket::Call,
            Tok::LSqb if follows_operand => Bracket::Subscript,
            _ => Bracket::Atom,
        }
    }

    fn space_before_opener(&self, previous: Option<usize>, bracket: Bracket) -> bool {
        let Some(previous) = previous else {
            return false;
        };
        match bracket {
            Bracket::Call | Bracket::Subscript | Bracket::Parameters => false,
            Bracket::Atom | Bracket::Import | Bracket::None => self.space_after(previous),
        }
    }

    /// Whether a value or a name ends here, so that what follows is an operator.
    fn ends_operand(&self, at: usize) -> bool {
        let leaf = &self.leaves[at];
        match leaf.kind {
            // A soft keyword has another kind by now.
            Tok::Name
            | Tok::Int
            | Tok::Float
            | Tok::Imaginary
            | Tok::Str
            | Tok::True
            | Tok::False
            | Tok::None
            | Tok::Ellipsis => true,
            kind => kind.is_closer(),
        }
    }

    /// Whether an operator at `at` has an operand before it.
    fn is_binary(&self, previous: Option<usize>) -> bool {
        previous.is_some_and(|previous| self.ends_operand(previous))
    }

    /// Whether a space follows a leaf, whatever comes, if it is no closer, comma or colon.
    fn space_after(&self, at: usize) -> bool {
        let leaf = &self.leaves[at];
        match leaf.kind {
            kind if kind.is_opener() => false,
            Tok::Dot | Tok::Tilde => false,
            Tok::Plus | Tok::Minus => self.is_binary(self.previous(at)),
            Tok::Star | Tok::DoubleStar => {
                self.is_binary(self.previous(at)) || self.is_except_star(at)
            }
            Tok::At => self.previous(at).is_some(),
            Tok::Equal => leaf.space,
            Tok::Colon => !self.is_slice_colon(at),
            _ => true,
        }
    }

    fn is_except_star(&self, at: usize) -> bool {
        let previous = self.previous(at);
        previous.is_some_and(|previous| self.kind(previous) == Tok::Except)
    }

    fn is_slice_colon(&self, at: usize) -> bool {
        // Colons of slices are marked when they are met.
        self.leaves[at].bracket == Bracket::Subscript
    }

    fn space_before(&mut self, at: usize, previous: Option<usize>) -> bool {
        let Some(previous) = previous else {
            return false;
        };
        match self.kind(at) {
            Tok::Comma | Tok::Semi => false,
            Tok::Colon => {
                if matches!(self.context(), Context::Open(Bracket::Subscript, _)) {
                    self.leaves[at].bracket = Bracket::Subscript;
                }
                false
            }
            Tok::Dot | Tok::Ellipsis if self.kind(previous) == Tok::Dot => false,
            Tok::Dot => matches!(self.kind(previous), Tok::From | Tok::Import),
            Tok::Equal => self.space_before_equal(),
            Tok::Import if self.kind(previous) == Tok::Dot => true,
            Tok::Name if self.is_relative(previous) => false,
            Tok::Star if self.kind(previous) == Tok::Except => false,
            _ => self.space_after(previous),
        }
    }

    /// The dots of `from ...name import`.
    fn is_relative(&self, previous: usize) -> bool {
        previous == 1 && self.kind(previous) == Tok::Ellipsis && self.kind(0) == Tok::From
    }

    fn space_before_equal(&self) -> bool {
        match self.context() {
            Context::Top => true,
            Context::Lambda => false,
            Context::Open(Bracket::Call, _) => false,
            Context::Open(Bracket::Parameters, opener) => {
                self.is_annotated || self.kind(opener) == Tok::LSqb
            }
            Context::Open(..) => false,
        }
    }

    fn priority_before(&self, at: usize, previous: Option<usize>) -> u8 {
        // The parts of a lambda belong together.
        if self.context() == Context::Lambda {
            return 0;
        }
        let kind = self.kind(at);
        let before = previous.map_or(Tok::End, |previous| self.kind(previous));
        let is_binary = self.is_binary(previous);
        match kind {
            Tok::Dot if self.is_chain_dot(at, previous) => priority::DOT,
            Tok::Star | Tok::DoubleStar | Tok::Plus | Tok::Minus if !is_binary => 0,
            Tok::Str if before == Tok::Str => priority::STRING,
            Tok::For if before != Tok::Async && self.is_inside() => priority::COMPREHENSION,
            Tok::Async if self.is_inside() => priority::COMPREHENSION,
            Tok::If if self.is_comprehension_if(at) => priority::COMPREHENSION,
            Tok::If | Tok::Else if previous.is_some() => priority::TERNARY,
            Tok::Is => priority::COMPARATOR,
            Tok::In if self.fors.last().is_some_and(|open| *open > 0) || self.is_loop() => 0,
            Tok::In if before != Tok::Not => priority::COMPARATOR,
            Tok::Not if is_binary => priority::COMPARATOR,
            Tok::And | Tok::Or => priority::LOGIC,
            _ if !is_binary => 0,
            _ if priority::is_comparator(kind) => priority::COMPARATOR,
            _ => priority::of_operator(kind),
        }
    }

    fn is_inside(&self) -> bool {
        self.contexts.len() > 1
    }

    /// The `in` of a `for` statement.
    fn is_loop(&self) -> bool {
        !self.is_inside() && self.fors.last().is_some_and(|open| *open > 0)
    }

    /// An `if` whose bracket holds a `for` before it, and that is not answered by an `else`.
    fn is_comprehension_if(&self, at: usize) -> bool {
        let Some(Context::Open(_, opener)) = self
            .contexts
            .iter()
            .rev()
            .find(|context| matches!(context, Context::Open(..)))
        else {
            return false;
        };
        let mut depth = 0_i32;
        let mut has_for = false;
        for leaf in &self.leaves[opener + 1..at] {
            depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
            has_for |= depth == 0 && leaf.kind == Tok::For;
        }
        has_for && !self.has_else(at)
    }

    fn has_else(&self, at: usize) -> bool {
        let mut depth = 0_i32;
        let mut open = 0_i32;
        for leaf in &self.leaves[at + 1..] {
            depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
            match leaf.kind {
                _ if depth < 0 => return false,
                Tok::Comma if depth == 0 => return false,
                Tok::For if depth == 0 => return false,
                Tok::If if depth == 0 => open += 1,
                Tok::Else if depth == 0 && open == 0 => return true,
                Tok::Else if depth == 0 => open -= 1,
                _ => {}
            }
        }
        false
    }

    /// A dot behind a call or an index, or behind a name that is not the first.
    fn is_chain_dot(&self, at: usize, previous: Option<usize>) -> bool {
        let first = self.leaves.first().map_or(Tok::End, |leaf| leaf.kind);
        if matches!(first, Tok::From | Tok::Import | Tok::At) {
            return false;
        }
        let _ = at;
        previous
            .is_some_and(|previous| self.ends_operand(previous) && self.kind(previous) != Tok::Name)
    }
}

/// Whether it begins a `class` or a `type`, so that type parameters may follow the name.
fn has_type_parameters(first: &Leaf) -> bool {
    first.kind == Tok::Class || first.kind == Tok::Statement && first.text == "type"
}

/// Comments move to where the line can be broken: behind an operator that begins the next line,
/// they stand behind the operand before it; within what stays together, at its end.
pub(crate) fn comments_at_breaks(leaves: &mut [Leaf]) {
    for at in 0..leaves.len() {
        if leaves[at].comments.is_empty() {
            continue;
        }
        let is_operator = leaves[at].before > 0 && leaves[at].kind != Tok::Str;
        let next = match at.checked_sub(1) {
            Some(before) if is_operator && !leaves[before].is_comment() => before,
            Some(_) | None if !is_operator && stays_with_next(leaves, at) => at + 1,
            Some(_) | None => continue,
        };
        let mut comments = std::mem::take(&mut leaves[at].comments);
        let others = &mut leaves[next].comments;
        if next > at {
            std::mem::swap(others, &mut comments);
        }
        others.extend(comments);
    }
}

/// Whether no line ends between a leaf and the next one.
fn stays_with_next(leaves: &[Leaf], at: usize) -> bool {
    let leaf = &leaves[at];
    leaves.get(at + 1).is_some_and(|next| {
        let is_break = leaf.after > 0 || leaf.kind.is_opener();
        !is_break && next.before == 0 && !next.kind.is_closer() && !next.is_comment()
    })
}

/// Spaces around the colons of slices whose operands are more than a name or a number.
fn slices(leaves: &mut [Leaf]) {
    for opener in 0..leaves.len() {
        let leaf = &leaves[opener];
        if leaf.bracket != Bracket::Subscript || !leaf.kind.is_opener() {
            continue;
        }
        let end = leaf.partner;
        let mut start = opener + 1;
        let mut depth = 0_i32;
        for at in opener + 1..=end {
            let kind = leaves[at].kind;
            if at == end || (depth == 0 && kind == Tok::Comma) {
                slice(&mut leaves[start..at]);
                if start > opener + 1
                    && let Some(first) = leaves[..at].get_mut(start)
                {
                    first.space = true;
                }
                if at < end {
                    start = at + 1;
                }
            }
            depth += i32::from(kind.is_opener()) - i32::from(kind.is_closer());
        }
    }
}

fn slice(part: &mut [Leaf]) {
    let is_colon = |leaf: &Leaf| leaf.kind == Tok::Colon && leaf.bracket == Bracket::Subscript;
    let mut depth = 0_i32;
    let mut colons = Vec::new();
    let mut run = 0;
    let mut is_complex = false;
    for (at, leaf) in part.iter().enumerate() {
        if depth == 0 && is_colon(leaf) {
            colons.push(at);
            run = 0;
            continue;
        }
        depth += i32::from(leaf.kind.is_opener()) - i32::from(leaf.kind.is_closer());
        match leaf.kind {
            Tok::Minus | Tok::Plus | Tok::Tilde | Tok::Not if run == 0 => {}
            _ => run += 1,
        }
        is_complex |= run > 1;
    }
    if !is_complex {
        return;
    }
    for at in colons {
        part[at].space = at > 0;
        let follows_colon = at > 0 && is_colon(&part[at - 1]);
        if follows_colon && at + 1 < part.len() {
            part[at].space = false;
        }
        if let Some(next) = part.get_mut(at + 1)
            && !(next.kind == Tok::Colon && next.bracket == Bracket::Subscript)
        {
            next.space = true;
        }
    }
}

/// No spaces around `**` between simple operands.
fn powers(leaves: &mut [Leaf]) {
    for at in 1..leaves.len() {
        if leaves[at].kind != Tok::DoubleStar || leaves[at].before == 0 {
            continue;
        }
        if is_simple_before(leaves, at) && is_simple_after(leaves, at) {
            leaves[at].space = false;
            if let Some(next) = leaves.get_mut(at + 1) {
                next.space = false;
            }
        }
    }
}

fn is_number(kind: Tok) -> bool {
    matches!(kind, Tok::Int | Tok::Float | Tok::Imaginary)
}

fn is_simple_before(leaves: &[Leaf], at: usize) -> bool {
    let mut index = at - 1;
    loop {
        let kind = leaves[index].kind;
        if kind != Tok::Name {
            // A number that has attributes stands in parentheses.
            let is_enclosed = kind == Tok::RPar
                && index + 1 < at
                && leaves[index].partner + 2 == index
                && is_number(leaves[index - 1].kind);
            return is_enclosed || is_number(kind);
        }
        match index.checked_sub(1) {
            Some(dot) if leaves[dot].kind == Tok::Dot => match dot.checked_sub(1) {
                Some(before) => index = before,
                None => return false,
            },
            Some(_) | None => return true,
        }
    }
}

fn is_simple_after(leaves: &[Leaf], at: usize) -> bool {
    let mut index = at + 1;
    let has_sign = leaves
        .get(index)
        .is_some_and(|leaf| leaf.kind == Tok::Minus);
    if has_sign {
        index += 1;
        let end = (index..leaves.len()).find(|at| {
            !matches!(
                leaves[*at].kind,
                Tok::Name | Tok::Dot | Tok::Int | Tok::Float | Tok::Imaginary
            )
        });
        if end.is_some_and(|end| leaves[end].kind == Tok::DoubleStar) {
            return false;
        }
    }
    let Some(leaf) = leaves.get(index) else {
        return false;
    };
    if is_number(leaf.kind) {
        return true;
    }
    loop {
        if leaves.get(index).is_none_or(|leaf| leaf.kind != Tok::Name) {
            return false;
        }
        match leaves.get(index + 1) {
            Some(next) if next.kind == Tok::Dot => index += 2,
            Some(next) => {
                return !matches!(next.bracket, Bracket::Call | Bracket::Subscript)
                    || !next.kind.is_opener();
            }
            None => return true,
        }
    }
}
