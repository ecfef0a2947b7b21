//! Compiled bodies at run time: what a function object shares with its copies.
//!
//! A [`Code`] wraps the HIR of one body. Its tree of nodes is built when it first runs, so a
//! script pays only for the functions it calls.

use crate::coroutine::{AwaitEntry, Machine};
use crate::eval::PlainBody;
use crate::eval::fast::Entry;
use crate::objects::Name;
use crate::vm::Vm;
use aio_compile::hir;
use aio_syntax::Span;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// The position of what was not made by a text that is kept.
pub const NOWHERE: u32 = u32::MAX;

/// Where an object was made: the position of the call.
pub struct MadeAt(pub Cell<u32>);

impl Default for MadeAt {
    fn default() -> Self {
        MadeAt(Cell::new(NOWHERE))
    }
}

/// The texts of a program, laid end to end: one number says file and place. Every coroutine,
/// task, lock and queue carries such a number, the position of the call that made it.
#[derive(Default)]
pub struct Sources {
    files: Vec<Rc<SourceFile>>,
}

impl Sources {
    /// Keeps a text and gives it its positions; one that does not fit has none.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Rc<str>>) -> Rc<SourceFile> {
        let mut file = SourceFile::new(name, text);
        let base = self.files.last().map_or(Some(0), |last| last.end());
        let Some(base) = base else {
            return Rc::new(file);
        };
        file.base = base;
        if file.end().is_none() {
            file.base = NOWHERE;
            return Rc::new(file);
        }
        let file = Rc::new(file);
        self.files.push(file.clone());
        file
    }

    /// The kept files from the n-th on.
    pub fn texts(&self, from: usize) -> impl Iterator<Item = &Rc<SourceFile>> {
        self.files.iter().skip(from)
    }

    /// The number of a kept file; of others, that of none.
    pub fn number_of(&self, file: &SourceFile) -> u32 {
        let at = self.files.partition_point(|known| known.base < file.base);
        u32::try_from(at).unwrap_or(NOWHERE)
    }

    /// The file of a position, and the byte in it.
    pub fn place(&self, position: u32) -> Option<(Rc<SourceFile>, u32)> {
        let after = self.files.partition_point(|file| file.base <= position);
        let file = self.files.get(after.checked_sub(1)?)?;
        let offset = position - file.base;
        (offset as usize <= file.text.len()).then(|| (file.clone(), offset))
    }
}

/// A source file, for messages.
pub struct SourceFile {
    /// As it was named on the command line.
    pub name: String,
    /// Its text.
    pub text: Rc<str>,
    /// The position of its first byte (see [`Sources`]); [`NOWHERE`] if it is not kept.
    pub base: u32,
    line_starts: OnceCell<Vec<u32>>,
}

impl SourceFile {
    /// Wraps a text.
    pub fn new(name: impl Into<String>, text: impl Into<Rc<str>>) -> SourceFile {
        SourceFile {
            name: name.into(),
            text: text.into(),
            base: NOWHERE,
            line_starts: OnceCell::new(),
        }
    }

    /// Whether it is no text of ours.
    pub fn is_users(&self) -> bool {
        !self.name.starts_with(crate::modules::LIBRARY)
    }

    /// Where the next file may begin.
    fn end(&self) -> Option<u32> {
        let len = u32::try_from(self.text.len()).ok()?;
        let end = self.base.checked_add(len)?.checked_add(1)?;
        (end < NOWHERE).then_some(end)
    }

    /// The position of a byte of the text.
    #[inline(always)]
    pub fn position(&self, offset: u32) -> u32 {
        self.base.saturating_add(offset)
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let breaks = self
                .text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(at, _)| at as u32 + 1))
                .collect()
        })
    }

    /// The line (from 1) of a byte offset.
    pub fn line_of(&self, offset: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= offset)
    }

    /// The text of a line (from 1), without its end.
    pub fn line_text(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or("")
    }
}

/// The body of a function, class, module or generator expression.
pub struct Code {
    /// The resolved tree.
    pub hir: Rc<hir::Code>,
    /// Where it is written.
    pub source: Rc<SourceFile>,
    /// `__name__`
    pub name: Name,
    /// `__qualname__`
    pub qualname: Name,
    /// What a call makes.
    pub flavor: hir::Flavor,
    /// How many slots a frame has.
    pub slot_count: usize,
    /// The names of the slots; the parameters come first.
    pub slot_names: Box<[Name]>,
    /// Slots that hold cells.
    pub cells: Box<[u32]>,
    /// The number of positional parameters when there are no other kinds (else `u32::MAX`):
    /// then a call with that many positional arguments needs no sorting.
    pub simple_arity: u32,
    /// What makes such a call.
    pub entry: Entry,
    /// `simple_arity` of a coroutine function (else `u32::MAX`).
    pub awaited_arity: u32,
    /// What calls that and awaits what it makes.
    pub awaited: AwaitEntry,
    body: OnceCell<Body>,
}

/// The runnable form.
pub enum Body {
    /// Walked from start to end.
    Plain(PlainBody),
    /// Run by resuming.
    Machine(Machine),
}

impl Code {
    /// Wraps a body.
    pub fn new(vm: &mut Vm, hir: &Rc<hir::Code>, source: &Rc<SourceFile>) -> Rc<Code> {
        let params = &hir.params;
        let simple = params.kwonly == 0 && !params.has_varargs && !params.has_varkw;
        let simple_arity = if simple {
            params.posonly + params.positional
        } else {
            u32::MAX
        };
        Rc::new(Code {
            hir: hir.clone(),
            source: source.clone(),
            name: vm.intern(&hir.name),
            qualname: vm.intern(&hir.qualname),
            flavor: hir.flavor,
            slot_count: hir.slots.len(),
            slot_names: hir.slots.iter().map(|name| vm.intern(name)).collect(),
            cells: hir.cells.iter().map(|slot| slot.0).collect(),
            simple_arity,
            entry: Entry::new(hir.flavor, hir.slots.len(), !hir.cells.is_empty()),
            awaited_arity: if hir.flavor == hir::Flavor::Coroutine {
                simple_arity
            } else {
                u32::MAX
            },
            awaited: AwaitEntry::new(hir.slots.len()),
            body: OnceCell::new(),
        })
    }

    /// The runnable form; built at the first call.
    #[inline]
    pub fn body(self: &Rc<Self>, vm: &mut Vm) -> &Body {
        match self.body.get() {
            Some(body) => body,
            None => self.build(vm),
        }
    }

    /// The runnable form, if it ran before.
    pub fn built_body(&self) -> Option<&Body> {
        self.body.get()
    }

    #[cold]
    fn build(self: &Rc<Self>, vm: &mut Vm) -> &Body {
        let body = crate::lower::lower_body(vm, self);
        let cleans_up = matches!(&body, Body::Machine(machine) if machine.has_cleanup);
        vm.has_last_words |= cleans_up && self.source.is_users();
        self.body.get_or_init(|| body)
    }

    /// How many positional parameters there are.
    pub fn positional_count(&self) -> usize {
        (self.hir.params.posonly + self.hir.params.positional) as usize
    }

    /// The line (from 1) where a span begins.
    pub fn line_of(&self, span: Span) -> usize {
        self.source.line_of(span.start)
    }

    /// The line (from 1) where the body is defined.
    pub fn first_line(&self) -> usize {
        self.source.line_of(self.hir.span.start)
    }
}
