//! Empty lines: two around functions and classes at the top, one inside of blocks, one behind
//! imports, as many as were written elsewhere, up to two or one.

use crate::logical::{Item, Kind};

/// Collects the lines of a program.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    /// The depths of the definitions whose end is not reached.
    open: Vec<(usize, Kind)>,
    previous: Option<Seen>,
    /// Whether there was anything but comments.
    has_code: bool,
    /// Where the block of comments that ends here begins: offset in `text`, and the empty lines
    /// before it.
    comments: Option<Comments>,
}

#[derive(Clone, Copy)]
struct Seen {
    kind: Kind,
    depth: usize,
    /// Whether it was the first item of the program.
    is_first: bool,
    /// Whether it is a text that describes its class.
    is_class_text: bool,
}

#[derive(Clone, Copy)]
struct Comments {
    start: usize,
    depth: usize,
    blank: usize,
    /// What stands before it.
    before: Option<Seen>,
}

impl Writer {
    /// Adds an item.
    pub(crate) fn item(&mut self, item: Item) {
        let blank = self.blank_before(&item);
        let start = self.text.len();
        self.text.push_str(&"\n".repeat(blank));
        for line in &item.lines {
            if item.kind == Kind::Comment {
                self.text.push_str(&" ".repeat(4 * item.depth));
            }
            self.text.push_str(line.trim_end_matches(' '));
            self.text.push('\n');
        }
        self.remember(&item, start, blank);
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn remember(&mut self, item: &Item, start: usize, blank: usize) {
        if item.kind == Kind::Comment {
            let continues = self
                .comments
                .is_some_and(|comments| comments.depth == item.depth && blank == 0);
            if !continues {
                self.comments = Some(Comments {
                    start,
                    depth: item.depth,
                    blank,
                    before: self.previous,
                });
            }
        } else {
            self.comments = None;
            self.has_code = true;
        }
        if matches!(
            item.kind,
            Kind::Function | Kind::Stub | Kind::Class | Kind::Decorator
        ) {
            self.open.push((item.depth, item.kind));
        }
        let is_class_text = item.kind == Kind::Text
            && self.previous.is_some_and(|previous| {
                previous.kind == Kind::Class && previous.depth < item.depth
            });
        self.previous = Some(Seen {
            kind: item.kind,
            depth: item.depth,
            is_first: self.previous.is_none(),
            is_class_text,
        });
    }

    fn blank_before(&mut self, item: &Item) -> usize {
        let Some(previous) = self.previous else {
            return 0;
        };
        let written = item.blank_before;
        let mut blank = written.min(if item.depth == 0 { 2 } else { 1 });
        blank = self.close_definitions(item, blank);
        if matches!(
            item.kind,
            Kind::Decorator | Kind::Function | Kind::Stub | Kind::Class
        ) {
            return self.before_definition(item, previous, blank, written > 0);
        }
        let is_deeper = previous.depth < item.depth;
        match previous.kind {
            Kind::Decorator => 0,
            // Only a text may not keep its distance from the header of a function.
            Kind::Function if is_deeper && item.kind != Kind::Text => written.min(1),
            Kind::Function if is_deeper => 0,
            Kind::Class | Kind::Header if is_deeper => 0,
            Kind::Import if item.kind != Kind::Import && previous.depth == item.depth => {
                blank.max(usize::from(!item.ends_block))
            }
            Kind::Text if previous.is_first && item.depth == 0 => 1,
            Kind::Text if previous.is_class_text && previous.depth == item.depth => 1,
            _ => blank,
        }
    }

    /// Behind a definition that ends before this item.
    fn close_definitions(&mut self, item: &Item, written: usize) -> usize {
        let mut blank = written;
        while let Some((depth, kind)) = self.open.last().copied() {
            if depth < item.depth {
                break;
            }
            self.open.pop();
            let is_clause = item
                .lines
                .first()
                .is_some_and(|line| is_clause(line.trim_start()));
            let is_new_clause = is_clause && depth > item.depth;
            blank = match kind {
                Kind::Decorator => blank,
                Kind::Stub if item.depth == depth && written == 0 => 0,
                _ if is_new_clause => 0,
                _ if item.depth > 0 => 1,
                _ => 2,
            };
        }
        blank
    }

    fn before_definition(
        &mut self,
        item: &Item,
        previous: Seen,
        blank: usize,
        was_blank: bool,
    ) -> usize {
        if previous.kind == Kind::Decorator {
            return 0;
        }
        let is_deeper = previous.depth < item.depth;
        match previous.kind {
            Kind::Class if is_deeper => return 0,
            Kind::Function if is_deeper => return usize::from(was_blank),
            _ => {}
        }
        let wanted = if item.depth == 0 { 2 } else { 1 };
        let is_decorated = self.comments.is_some_and(|comments| {
            comments
                .before
                .is_some_and(|one| one.kind == Kind::Decorator)
        });
        if previous.kind == Kind::Comment && is_decorated {
            return blank;
        }
        if previous.kind == Kind::Comment && previous.depth == item.depth && !was_blank {
            self.space_out_comments(wanted);
            return 0;
        }
        let is_stub = matches!(item.kind, Kind::Stub | Kind::Function);
        if previous.kind == Kind::Stub && is_stub && previous.depth == item.depth && !was_blank {
            return blank.min(wanted);
        }
        wanted
    }

    /// The empty lines of a definition stand before the comments that belong to it.
    fn space_out_comments(&mut self, wanted: usize) {
        let Some(comments) = self.comments else {
            return;
        };
        let follows_header = comments
            .before
            .is_some_and(|before| before.depth < comments.depth || before.kind == Kind::Decorator);
        if !self.has_code || follows_header || comments.blank >= wanted {
            return;
        }
        let more = "\n".repeat(wanted - comments.blank);
        self.text.insert_str(comments.start, &more);
    }
}

fn is_clause(line: &str) -> bool {
    ["else:", "elif ", "except", "finally:", "case "]
        .iter()
        .any(|word| line.starts_with(word))
}
