//! Nodes: a generator expression that is taken in where it stands, `sum(x for x in …)`.
//!
//! A builtin that takes in all items is the only one to see such a generator. So there is none: the
//! loops run on the native stack, in a frame of their own, as those of a comprehension do, and each
//! item goes straight to the builtin.

use super::calls::Call;
use super::comps::{Comp, CompKind, Sink};
use super::functions::bare_function;
use super::native_calls::call_value;
use super::operand::Form;
use super::{Frame, Node, NodeBox};
use crate::builtins::Intake;
use crate::call::make_cells;
use crate::code::Code;
use crate::coroutine;
use crate::error::{R, Raised};
use crate::objects::Name;
use crate::types::str_type;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::Span;
use std::rc::Rc;

/// How many slots are kept on the native stack.
const FEW_SLOTS: usize = 8;

/// The loops of a generator expression.
pub struct Loops {
    /// The body; slot 0 would be the iterator.
    pub code: Rc<Code>,
    /// The outermost iterable.
    pub iter: NodeBox,
    /// The loops, over the slots of the body.
    pub comp: Comp,
    /// Where the item stands.
    pub span: Span,
}

/// Hands items to a builtin.
struct Hand<'a> {
    intake: &'a mut Intake,
    span: Span,
    /// Whether it was the builtin that raised.
    refused: bool,
}

impl Sink for Hand<'_> {
    #[inline(always)]
    fn take(&mut self, vm: &mut Vm, frame: &mut Frame<'_>, kind: &CompKind) -> R<bool> {
        let CompKind::List(item) = kind else {
            return Ok(false);
        };
        let Ok(item) = item.eval(vm, frame) else {
            return Err(vm.fault_at(self.span));
        };
        let taken = self.intake.take(vm, item);
        self.refused = taken.is_err();
        taken
    }
}

impl Loops {
    /// Hands all items to a builtin.
    ///
    /// # Errors
    /// What the loops raise, or the builtin.
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>, intake: &mut Intake) -> R<()> {
        let iterable = self.iter.eval(vm, frame)?;
        let in_place = matches!(iterable.tag(), Tag::List | Tag::Range);
        let source = if in_place {
            iterable
        } else {
            let iter = vm.iter(&iterable)?;
            drop(iterable);
            iter
        };
        if self.code.slot_count <= FEW_SLOTS {
            let mut slots = [const { Value::UNSET }; FEW_SLOTS];
            self.run_in(vm, frame, &mut slots, (source, in_place), intake)
        } else {
            let mut slots = vec![Value::UNSET; self.code.slot_count];
            self.run_in(vm, frame, &mut slots, (source, in_place), intake)
        }
    }

    fn run_in(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        slots: &mut [Value],
        (source, in_place): (Value, bool),
        intake: &mut Intake,
    ) -> R<()> {
        let func = bare_function(vm, frame, &self.code);
        vm.enter()?;
        make_cells(&self.code, slots);
        let mut inner = Frame {
            slots,
            func: &func,
            namespace: None,
        };
        let mut hand = Hand {
            intake,
            span: self.span,
            refused: false,
        };
        let result = if in_place {
            self.comp.run_clause(vm, &mut inner, 0, source, &mut hand)
        } else {
            self.comp
                .over_iterator(vm, &mut inner, 0, source, &mut hand)
        };
        vm.leave();
        match result {
            Ok(_) => Ok(()),
            Err(raised) if hand.refused => Err(raised),
            Err(Raised) => {
                let raised = vm.fault_at(self.span);
                coroutine::convert_stop(vm, self.code.flavor);
                vm.add_trace(&func);
                Err(raised)
            }
        }
    }
}

/// `name(item for … in …)`
pub struct IntakeCall {
    /// The call as any other.
    pub call: Call,
    /// Its argument.
    pub loops: Loops,
}

impl IntakeCall {
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let callee = self.call.callee(vm, frame)?;
        let Some(mut intake) = Intake::of(vm, &callee) else {
            return self.call.call(vm, frame, &callee);
        };
        self.loops.run(vm, frame, &mut intake)?;
        intake.finish(vm)
    }
}

impl Node for IntakeCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.run(vm, frame) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.call.span())),
        }
    }
}

/// `text.join(item for … in …)`
pub struct JoinCall {
    /// What stands before the point.
    pub object: NodeBox,
    /// `join`
    pub name: Name,
    /// The argument, for receivers that are no strings.
    pub arg: Box<[Form]>,
    /// The argument.
    pub loops: Loops,
    /// Where the call stands.
    pub span: Span,
}

impl JoinCall {
    fn run(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let object = self.object.eval(vm, frame)?;
        if object.tag() != Tag::Str {
            let callee = vm.get_attr(&object, &self.name)?;
            return call_value(vm, frame, &callee, None, &self.arg);
        }
        let mut intake = Intake::list();
        self.loops.run(vm, frame, &mut intake)?;
        let items = intake.finish(vm)?;
        str_type::join(vm, &object, &items)
    }
}

impl Node for JoinCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.run(vm, frame) {
            Ok(value) => Ok(value),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }
}
