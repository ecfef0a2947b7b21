//! How arguments get into the slots of a function where the call is not plain: some are named, some
//! are left to their defaults, some are collected in `*args` and `**kwargs`.
//!
//! Each argument is evaluated straight into the slot of its parameter. A call that cannot be made is
//! left to `bind_arguments`, which says why.

use super::Frame;
use super::arguments::ArgNode;
use super::fast::fill;
use super::native_calls::with_values;
use super::operand::Form;
use crate::call::fill_defaults;
use crate::error::R;
use crate::heap::Ref;
use crate::objects::{DictObj, FuncObj};
use crate::table::Entry;
use crate::value::Value;
use crate::vm::Vm;
use smallvec::SmallVec;

/// Most arguments that are bound without being collected first.
const MOST: usize = 8;

/// The place of an argument that goes into `*args`, and of one that goes into `**kwargs`. (Slots
/// have smaller numbers.)
const REST: u8 = u8::MAX - 1;
const EXTRA: u8 = u8::MAX;

/// Where the arguments of a call go.
pub struct Places {
    /// The number of a slot for each argument, or one of the above.
    at: [u8; MOST],
    /// How many go into `**kwargs`.
    extra: usize,
    /// Whether no parameter is left to its default.
    complete: bool,
}

/// Where each argument goes, if all have a place; `own` is the number of receivers in front.
#[inline]
pub fn places(func: &FuncObj, own: usize, args: &[ArgNode]) -> Option<Places> {
    let code = &func.code;
    let params = &code.hir.params;
    let positional = code.positional_count();
    let named = positional + params.kwonly as usize;
    if args.len() > MOST || named >= REST as usize || (own > positional && !params.has_varargs) {
        return None;
    }
    let names = code.slot_names.get(..named)?;
    let mut places = [0; MOST];
    let mut filled = own.min(positional);
    let mut extra = 0;
    // Keywords follow what is positional.
    let mut first_named = own.max(params.posonly as usize);
    for (at, (arg, place)) in args.iter().zip(&mut places).enumerate() {
        *place = match arg {
            ArgNode::Pos(_) if own + at < positional => {
                first_named = first_named.max(own + at + 1);
                (own + at) as u8
            }
            ArgNode::Pos(_) if params.has_varargs => {
                first_named = first_named.max(positional);
                REST
            }
            ArgNode::Keyword(name, _) => {
                let found = names
                    .iter()
                    .skip(params.posonly as usize)
                    .position(|param| param.same(name))
                    .map(|at| at + params.posonly as usize);
                match found {
                    Some(at) if at >= first_named => at as u8,
                    None if params.has_varkw => EXTRA,
                    Some(_) | None => return None,
                }
            }
            ArgNode::Pos(_) | ArgNode::Sole(_) | ArgNode::Star(_) | ArgNode::DoubleStar(_) => {
                return None;
            }
        };
        filled += usize::from(*place < REST);
        extra += usize::from(*place == EXTRA);
    }
    Some(Places {
        at: places,
        extra,
        complete: filled == named,
    })
}

/// Evaluates a receiver, if there is one, and arguments that all have a place.
///
/// # Errors
/// What an argument raises; `TypeError` for a parameter without a value.
pub fn fill_placed(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (&Ref<FuncObj>, Option<Value>),
    (args, places): (&[ArgNode], &Places),
    slots: &mut [Value],
) -> R<()> {
    let params = &func.code.hir.params;
    if params.has_varargs || params.has_varkw {
        return fill_collecting(vm, frame, (func, receiver), (args, places), slots);
    }
    if let (Some(receiver), Some(first)) = (receiver, slots.first_mut()) {
        *first = receiver;
    }
    for (arg, place) in args.iter().zip(&places.at) {
        if let ArgNode::Pos(form) | ArgNode::Keyword(_, form) = arg {
            slots[*place as usize] = form.eval(vm, frame)?;
        }
    }
    if places.complete {
        return Ok(());
    }
    fill_defaults(vm, func, slots)
}

/// [`fill_placed`] of a function with `*args` or `**kwargs`.
fn fill_collecting(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (&Ref<FuncObj>, Option<Value>),
    (args, places): (&[ArgNode], &Places),
    slots: &mut [Value],
) -> R<()> {
    let code = &func.code;
    let params = &code.hir.params;
    let positional = code.positional_count();
    let named = positional + params.kwonly as usize;
    let mut rest = SmallVec::<[Value; 4]>::new();
    if let Some(receiver) = receiver {
        if positional > 0 {
            slots[0] = receiver;
        } else {
            rest.push(receiver);
        }
    }
    let mut extra = Vec::with_capacity(places.extra);
    for (arg, place) in args.iter().zip(&places.at) {
        match (arg, *place) {
            (ArgNode::Keyword(name, form), EXTRA) => {
                extra.push(Entry::named(name, form.eval(vm, frame)?));
            }
            (ArgNode::Pos(form), REST) => rest.push(form.eval(vm, frame)?),
            (ArgNode::Pos(form) | ArgNode::Keyword(_, form), place) => {
                slots[place as usize] = form.eval(vm, frame)?;
            }
            _ => {}
        }
    }
    if params.has_varargs {
        slots[named] = Value::tuple(rest);
    }
    if params.has_varkw {
        slots[named + usize::from(params.has_varargs)] = Value::new(DictObj::of_distinct(extra));
    }
    if places.complete {
        return Ok(());
    }
    fill_defaults(vm, func, slots)
}

/// Whether a function takes so many positional arguments; not whether more have to be given.
#[inline]
pub fn takes(func: &FuncObj, count: usize) -> bool {
    func.code.hir.params.has_varargs || count <= func.code.positional_count()
}

/// Evaluates a receiver, if there is one, and arguments of a function that [`takes`] so many.
///
/// # Errors
/// What an argument raises; `TypeError` for a parameter without a value.
#[inline]
pub fn fill_unlike(
    vm: &mut Vm,
    frame: &mut Frame<'_>,
    (func, receiver): (&Ref<FuncObj>, Option<Value>),
    args: &[Form],
    slots: &mut [Value],
) -> R<()> {
    let code = &func.code;
    let params = &code.hir.params;
    let positional = code.positional_count();
    let named = positional + params.kwonly as usize;
    let given = args.len() + receiver.iter().len();
    if params.has_varargs {
        let (own, first) = match positional.checked_sub(receiver.iter().len()) {
            Some(first) => (None, first),
            None => (receiver.clone(), 0),
        };
        let (first, rest) = args.split_at(first.min(args.len()));
        let front = receiver.filter(|_| positional > 0);
        fill(vm, frame, slots, front, first)?;
        slots[named] = collect_rest(vm, frame, own, rest)?;
    } else {
        fill(vm, frame, slots, receiver, args)?;
    }
    if params.has_varkw {
        slots[named + usize::from(params.has_varargs)] = Value::new(DictObj::default());
    }
    if params.kwonly == 0 && given >= positional {
        return Ok(());
    }
    fill_defaults(vm, func, slots)
}

/// Evaluates what goes into `*args`.
#[inline(always)]
fn collect_rest(vm: &mut Vm, frame: &mut Frame<'_>, own: Option<Value>, args: &[Form]) -> R {
    match (own, args) {
        (None, []) => Ok(vm.empty_tuple.clone()),
        (None, [a]) => Ok(Value::tuple([a.eval(vm, frame)?])),
        (None, [a, b]) => {
            let a = a.eval(vm, frame)?;
            Ok(Value::tuple([a, b.eval(vm, frame)?]))
        }
        (Some(own), [a]) => Ok(Value::tuple([own, a.eval(vm, frame)?])),
        (own, args) => with_values(vm, frame, own, args, |_, all| Ok(Value::tuple(all))),
    }
}
