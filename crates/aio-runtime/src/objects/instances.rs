//! Instances: of classes of the script, of exceptions, and of library types written in Rust.

use super::callables::visit_ref;
use crate::code::Code;
use crate::heap::{GcCell, HeapType, Ref};
use crate::objects::{ClassObj, Shape};
use crate::report::mistakes::Clue;
use crate::value::{Tag, Value};
use aio_syntax::Span;
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

/// An instance of a class.
pub struct InstanceObj {
    /// Its class.
    pub class: GcCell<Ref<ClassObj>>,
    /// Which attribute is in which slot.
    pub shape: Cell<&'static Shape>,
    /// The attributes.
    pub slots: GcCell<Vec<Value>>,
    /// What the built-in base adds.
    pub payload: GcCell<Payload>,
    /// Whether `__del__` ran already.
    pub finalized: Cell<bool>,
    /// Whether somebody refers to it weakly.
    pub weakly: Cell<bool>,
}

/// What an instance holds besides attributes.
#[derive(Default)]
pub enum Payload {
    /// Nothing.
    #[default]
    None,
    /// The fields of an exception.
    Exc(Box<ExcData>),
    /// The value of a built-in base class.
    Base(Value),
    /// A library object.
    Native(Rc<dyn NativeData>),
}

/// A library object written in Rust; its state is in cells, so that a shared borrow suffices.
pub trait NativeData: Any {
    /// Reports every counted reference it holds.
    fn visit(&self, visitor: &mut dyn FnMut(&Value));
    /// Gives up references so that a cycle falls apart.
    fn clear(&self) {}
    /// Where the position is kept of the call that made it, if it is.
    fn made_at(&self) -> Option<&Cell<u32>> {
        None
    }
}

/// The fields of an exception.
#[derive(Default)]
pub struct ExcData {
    /// `args` (a tuple; unset is the empty one).
    pub args: Value,
    /// `__cause__` or unset.
    pub cause: Value,
    /// `__context__` or unset.
    pub context: Value,
    /// `__suppress_context__`
    pub suppress: bool,
    /// How many frames are its own when it comes out of a future: as many as it had passed when it
    /// became the exception of that, and none any more when it came out before.
    pub settled: Option<u32>,
    /// The frames it passed, innermost first.
    pub trace: Vec<TraceEntry>,
    /// Attributes that the class declares (`name`, `errno`, ...) and that were set.
    pub fields: Vec<(&'static str, Value)>,
    /// What few exceptions have.
    pub story: Option<Box<Story>>,
}

/// What few exceptions have: what a group holds, and what is told of one besides its frames.
#[derive(Default)]
pub struct Story {
    /// For an exception group.
    pub group: Option<GroupData>,
    /// What the error is about.
    pub clue: Option<Box<Clue>>,
    /// The tasks that it left, innermost first.
    pub tasks: Vec<TaskPassed>,
}

/// A task that an exception left.
#[derive(Clone)]
pub struct TaskPassed {
    /// What it is called.
    pub name: String,
    /// The position of the call that made it.
    pub made_at: u32,
    /// How many frames the exception had passed inside.
    pub frames: usize,
}

impl ExcData {
    /// It comes out of a future.
    pub fn leave_future(&mut self) {
        let Some(own) = self.settled.replace(0) else {
            return;
        };
        let own = own as usize;
        self.trace.truncate(own);
        if let Some(story) = &mut self.story {
            story.tasks.retain(|task| task.frames <= own);
        }
    }

    /// It leaves a frame. (Most leave no more than three before they are caught.)
    #[inline]
    pub fn pass(&mut self, entry: TraceEntry) {
        if self.trace.is_empty() {
            self.trace.reserve_exact(3);
        }
        self.trace.push(entry);
    }

    /// What a group holds, if it is one.
    pub fn group(&self) -> Option<&GroupData> {
        self.story.as_ref()?.group.as_ref()
    }

    /// What is known besides.
    pub fn story(&mut self) -> &mut Story {
        self.story.get_or_insert_default()
    }

    /// What the error is about.
    pub fn clue(&self) -> Option<&Clue> {
        self.story.as_ref()?.clue.as_deref()
    }

    /// An attribute that the class declares.
    pub fn field(&self, name: &str) -> Option<Value> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| value.clone())
    }

    /// Sets an attribute that the class declares.
    pub fn set_field(&mut self, name: &'static str, value: Value) {
        self.fields.retain(|(field, _)| *field != name);
        self.fields.push((name, value));
    }
}

impl Default for Value {
    fn default() -> Self {
        Value::UNSET
    }
}

/// The fields of an exception group.
pub struct GroupData {
    /// The message.
    pub message: Value,
    /// The members (a tuple).
    pub members: Value,
}

/// A frame that an exception passed.
#[derive(Clone)]
pub struct TraceEntry {
    /// The body.
    pub code: Rc<Code>,
    /// The failing expression or statement.
    pub span: Span,
}

impl HeapType for InstanceObj {
    const TAG: Tag = Tag::Instance;
    const TRACKED: bool = true;
    #[inline]
    fn weak_flag(&self) -> Option<&Cell<bool>> {
        Some(&self.weakly)
    }
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.class.with(|class| visit_ref(class, visitor));
        self.slots
            .with(|slots| slots.iter().for_each(&mut *visitor));
        self.payload.with(|payload| match payload {
            Payload::None => {}
            Payload::Exc(data) => {
                [&data.args, &data.cause, &data.context]
                    .into_iter()
                    .for_each(&mut *visitor);
                data.fields.iter().for_each(|(_, value)| visitor(value));
                if let Some(group) = data.group() {
                    visitor(&group.message);
                    visitor(&group.members);
                }
            }
            Payload::Base(value) => visitor(value),
            Payload::Native(object) => {
                if Rc::strong_count(object) == 1 {
                    object.visit(visitor);
                }
            }
        });
    }
    fn clear(&self) {
        self.slots.set(Vec::new());
        let object = self.payload.with(|payload| match payload {
            Payload::Native(object) => Some(object.clone()),
            Payload::None | Payload::Exc(_) | Payload::Base(_) => None,
        });
        match object {
            Some(object) => object.clear(),
            None => self.payload.set(Payload::None),
        }
    }
    #[inline]
    fn needs_finalizer(&self) -> bool {
        !self.finalized.get() && self.class.with(|class| class.has_del.get())
    }
}
