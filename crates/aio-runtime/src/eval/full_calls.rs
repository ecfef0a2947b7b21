//! Nodes: calls with keywords, `*` or `**`.
//!
//! Where a function of the script is called without stars and has a place for each argument, the
//! arguments are evaluated straight into its slots (`binding`). All else is collected first
//! (`arguments`) and sorted by the callee.

use super::arguments::{ArgNode, Arguments};
use super::binding::{Places, fill_placed, places};
use super::cache::ValueCache;
use super::calls::{Callee, note_object};
use super::making::{ClassCache, Making, made};
use super::methods::{called, find_method, receiver_key};
use super::operand::Form;
use super::{Frame, Node, NodeBox};
use crate::call::{bind_arguments, invoke};
use crate::coroutine::{self, Direct, Io};
use crate::error::{R, Raised};
use crate::native::Args;
use crate::objects::{ClassObj, FuncObj, Name, Payload};
use crate::table::DictTable;
use crate::types::type_type::new_instance;
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_compile::hir::Flavor;
use aio_syntax::Span;

/// The arguments of a call, and where it stands.
pub struct FullSite {
    args: Box<[ArgNode]>,
    /// Whether there are stars among them.
    stars: bool,
    passed: Option<Passed>,
    class: ClassCache,
    span: Span,
}

/// What a wrapper passes on: `*args` or `*args, **kwargs`, perhaps with a local in front (all of
/// them locals).
struct Passed {
    front: Option<u32>,
    args: u32,
    kwargs: Option<u32>,
}

impl Passed {
    fn of(args: &[ArgNode]) -> Option<Passed> {
        let local = |form: &Form| match form {
            Form::Local(local) => Some(local.0),
            Form::Const(_) | Form::Node(_) => None,
        };
        let (front, rest) = match args {
            [ArgNode::Pos(front), rest @ ..] => (Some(local(front)?), rest),
            rest => (None, rest),
        };
        let (args, kwargs) = match rest {
            [ArgNode::Sole(args) | ArgNode::Star(args)] => (args, None),
            [
                ArgNode::Sole(args) | ArgNode::Star(args),
                ArgNode::DoubleStar(kwargs),
            ] => (args, Some(local(kwargs)?)),
            _ => return None,
        };
        Some(Passed {
            front,
            args: local(args)?,
            kwargs,
        })
    }

    /// What stands in front and the items of the tuple, if that is all that is passed on.
    #[inline(always)]
    fn look<'a>(&self, frame: &'a Frame<'_>) -> Option<(&'a [Value], &'a [Value])> {
        let slot = |at: u32| &frame.slots[at as usize];
        let items = &slot(self.args).as_tuple()?.items;
        let front = match self.front {
            Some(front) => std::slice::from_ref(slot(front)),
            None => &[],
        };
        let empty = match self.kwargs {
            Some(kwargs) => slot(kwargs).as_dict()?.table.with(DictTable::is_empty),
            None => true,
        };
        (empty && !front.iter().any(Value::is_unset)).then_some((front, items))
    }
}

impl FullSite {
    /// Arguments not all of which are plainly positional.
    pub fn new(args: Box<[ArgNode]>, span: Span) -> FullSite {
        let is_star = |arg: &ArgNode| {
            matches!(
                arg,
                ArgNode::Sole(_) | ArgNode::Star(_) | ArgNode::DoubleStar(_)
            )
        };
        FullSite {
            stars: args.iter().any(is_star),
            passed: Passed::of(&args),
            class: ClassCache::default(),
            args,
            span,
        }
    }

    /// Calls what `find` finds, with a receiver in front if that finds one.
    ///
    /// # Errors
    /// What evaluating raises, and the call. The site is noted.
    #[inline(always)]
    pub fn eval(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        find: impl FnOnce(&mut Vm, &mut Frame<'_>) -> R<(Value, Option<Value>)>,
    ) -> R {
        let result = match find(vm, frame) {
            Ok((callee, receiver)) => self.call(vm, frame, &callee, receiver),
            Err(Raised) => Err(Raised),
        };
        match result {
            Ok(value) => {
                if matches!(value.tag(), Tag::Future | Tag::Coroutine | Tag::Instance) {
                    note_object(frame, &value, self.span);
                }
                Ok(value)
            }
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    /// As [`Self::eval`], with a call that is awaited at once.
    ///
    /// # Errors
    /// As [`Self::eval`], and what the body raises.
    #[inline(always)]
    pub fn eval_awaited(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        find: impl FnOnce(&mut Vm, &mut Frame<'_>) -> R<(Value, Option<Value>)>,
        io: &mut Io,
    ) -> R<Direct> {
        let result = match find(vm, frame) {
            Ok((callee, receiver)) => self.call_awaited(vm, frame, &callee, receiver, io),
            Err(Raised) => Err(Raised),
        };
        match result {
            Ok(direct) => Ok(direct),
            Err(Raised) => Err(vm.fault_at(self.span)),
        }
    }

    /// Calls a callee, with a receiver in front if there is one.
    fn call(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        callee: &Value,
        receiver: Option<Value>,
    ) -> R {
        if let Some(passed) = &self.passed
            && let Some((front, pos)) = passed.look(frame)
        {
            let args = Args::positional(pos);
            match (front, &receiver) {
                ([], None) => return vm.call_args(callee, args),
                ([], Some(front)) | ([front], None) => {
                    return vm.call_with_front(callee, front, args);
                }
                _ => {}
            }
        }
        if let Some(func) = callee.borrow_ref::<FuncObj>()
            && let Some(places) = self.places(func, receiver.as_ref())
        {
            let all = (&*self.args, &places);
            return invoke(vm, func, |vm, slots| {
                fill_placed(vm, frame, (func, receiver), all, slots)
            });
        }
        if let Some(class) = callee.borrow_ref::<ClassObj>()
            && let Making::Init(init) = self.class.making(vm, class)
        {
            let instance = new_instance(class, Payload::None);
            let given = self.call(vm, frame, &init.into(), Some(instance.clone()))?;
            return made(vm, instance, &given);
        }
        self.call_collected(vm, frame, callee, receiver.as_ref())
    }

    #[inline(never)]
    fn call_collected(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        callee: &Value,
        receiver: Option<&Value>,
    ) -> R {
        let mut all = Arguments::default();
        all.eval(vm, frame, &self.args, callee)?;
        match receiver {
            Some(receiver) => vm.call_with_front(callee, receiver, all.lend()),
            None => vm.call_args(callee, all.lend()),
        }
    }

    #[inline(always)]
    fn places(&self, func: &FuncObj, receiver: Option<&Value>) -> Option<Places> {
        if self.stars {
            return None;
        }
        places(func, receiver.iter().len(), &self.args)
    }

    /// Calls a callee, with a receiver in front if there is one, and awaits what that makes if it is
    /// a coroutine function.
    fn call_awaited(
        &self,
        vm: &mut Vm,
        frame: &mut Frame<'_>,
        callee: &Value,
        receiver: Option<Value>,
        io: &mut Io,
    ) -> R<Direct> {
        let func = callee.borrow_ref::<FuncObj>();
        let Some(func) = func.filter(|func| func.code.flavor == Flavor::Coroutine) else {
            io.value = self.call(vm, frame, callee, receiver)?;
            note_object(frame, &io.value, self.span);
            return Ok(Direct::Await);
        };
        let caller = frame.func;
        coroutine::await_filled(vm, (caller, func), (&self.span, io), |vm, slots| {
            if let Some(places) = self.places(func, receiver.as_ref()) {
                let all = (&*self.args, &places);
                return fill_placed(vm, frame, (func, receiver), all, slots);
            }
            if receiver.is_none()
                && let Some(passed) = &self.passed
                && let Some((front, pos)) = passed.look(frame)
            {
                return bind_arguments(vm, func, front, Args::positional(pos), slots);
            }
            let mut all = Arguments::default();
            all.eval(vm, frame, &self.args, callee)?;
            bind_arguments(vm, func, receiver.as_slice(), all.lend(), slots)
        })
    }
}

/// A call with `*`, `**` or keywords.
pub struct FullCall {
    /// What is called.
    pub func: Callee,
    /// The arguments, and where it stands.
    pub site: FullSite,
}

impl Node for FullCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let callee = self.func.eval(vm, frame)?;
        self.site.eval(vm, frame, |_, _| Ok((callee, None)))
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let callee = self.func.eval(vm, frame)?;
        let find = |_: &mut Vm, _: &mut Frame<'_>| Ok((callee, None));
        self.site.eval_awaited(vm, frame, find, io)
    }
}

/// `object.name(…)` with `*`, `**` or keywords.
pub struct FullMethodCall {
    /// The receiver.
    pub object: NodeBox,
    /// The method.
    pub name: Name,
    /// The arguments, and where it stands.
    pub site: FullSite,
    /// What [`find_method`] found, by the kind of the receiver.
    pub cache: ValueCache<Value>,
}

impl FullMethodCall {
    /// What is called, and what comes in front, if anything does.
    fn find(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<(Value, Option<Value>)> {
        let object = self.object.eval(vm, frame)?;
        let key = receiver_key(vm, &object);
        if let Some(method) = self.cache.get(key) {
            return Ok(called(vm, &method, object));
        }
        match find_method(vm, &object, &self.name) {
            Some(method) => {
                self.cache.set(key, method.clone());
                Ok(called(vm, &method, object))
            }
            None => Ok((vm.get_attr(&object, &self.name)?, None)),
        }
    }
}

impl Node for FullMethodCall {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        self.site.eval(vm, frame, |vm, frame| self.find(vm, frame))
    }

    fn eval_awaited(&self, vm: &mut Vm, frame: &mut Frame<'_>, io: &mut Io) -> R<Direct> {
        let find = |vm: &mut Vm, frame: &mut Frame<'_>| self.find(vm, frame);
        self.site.eval_awaited(vm, frame, find, io)
    }
}
