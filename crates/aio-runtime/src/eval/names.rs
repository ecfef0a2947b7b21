//! Nodes: names that are not plain locals (those are operands), and binding and unbinding names.

use super::{Flow, Frame, Node, Operand, Store};
use crate::error::{R, Raised};
use crate::heap::GcCell;
use crate::objects::{CellObj, DictObj, Name};
use crate::table::Find;
use crate::value::Value;
use crate::vm::Vm;
use aio_syntax::Span;
use std::cell::Cell;

/// The error for a local that is not bound.
#[cold]
#[inline(never)]
pub fn unbound_local(vm: &mut Vm, frame: &Frame<'_>, slot: u32) -> Raised {
    let name = frame.func.code.slot_names[slot as usize].clone();
    vm.unbound_local_error(format!(
        "cannot access local variable '{}' where it is not associated with a value",
        name.text()
    ))
}

#[cold]
#[inline(never)]
fn unbound_free(vm: &mut Vm, name: &str) -> Raised {
    vm.name_error(format!(
        "cannot access free variable '{name}' where it is not associated with a value in \
         enclosing scope"
    ))
}

/// The error for a name that is nowhere.
#[cold]
#[inline(never)]
pub fn undefined(vm: &mut Vm, name: &Name) -> Raised {
    let raised = vm.name_error(format!("name '{}' is not defined", name.text()));
    let exception = vm.pending.clone();
    crate::error::with_exc_data(&exception, |data| data.set_field("name", name.to_value()));
    raised
}

fn cell_value(value: &Value) -> Option<Value> {
    value
        .as_cell()
        .and_then(|cell| cell.value.with(|value| value.clone()))
}

/// A variable of this body that inner functions capture.
pub struct CellVar(pub u32);

impl Node for CellVar {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match cell_value(&frame.slots[self.0 as usize]) {
            Some(value) => Ok(value),
            None => Err(unbound_local(vm, frame, self.0)),
        }
    }
}

impl Store for CellVar {
    #[inline]
    fn store(&self, _vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        store_cell(&mut frame.slots[self.0 as usize], value);
        Ok(())
    }
}

fn store_cell(slot: &mut Value, value: Value) {
    match slot.as_cell() {
        Some(cell) => cell
            .value
            .set(if value.is_unset() { None } else { Some(value) }),
        None => *slot = Value::new(CellObj::new(value)),
    }
}

/// A captured variable of an enclosing body.
pub struct FreeVar(pub u32);

impl Node for FreeVar {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match frame.func.closure.get(self.0 as usize).and_then(cell_value) {
            Some(value) => Ok(value),
            None => {
                let name = frame.func.code.hir.free[self.0 as usize].name.clone();
                Err(unbound_free(vm, &name))
            }
        }
    }
}

impl Store for FreeVar {
    #[inline]
    fn store(&self, _vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        if let Some(cell) = frame
            .func
            .closure
            .get(self.0 as usize)
            .and_then(Value::as_cell)
        {
            cell.value
                .set(if value.is_unset() { None } else { Some(value) });
        }
        Ok(())
    }
}

/// A global, then a builtin. Remembers the position in the globals, or the builtin together with
/// the versions of both tables.
pub struct Global {
    name: Name,
    /// Where it is written.
    span: Span,
    position: Cell<u32>,
    builtin: GcCell<(u64, u64, Value)>,
}

impl Global {
    /// For a name.
    pub fn new(name: Name, span: Span) -> Global {
        Global {
            name,
            span,
            position: Cell::new(0),
            builtin: GcCell::new((0, 0, Value::UNSET)),
        }
    }

    /// What `look` says of the value, if it is a global that stands where it stood the last time.
    #[inline(always)]
    pub fn look<T>(&self, frame: &Frame<'_>, look: impl FnOnce(&Value) -> T) -> Option<T> {
        frame.func.globals.table.with(|table| {
            let value = table.named(self.position.get() as usize, &self.name)?;
            Some(look(value))
        })
    }

    /// What `look` says of the value, if it was a builtin the last time and no table has changed
    /// since.
    #[inline(always)]
    pub fn look_among_builtins<T>(
        &self,
        vm: &Vm,
        frame: &Frame<'_>,
        look: impl FnOnce(&Value) -> T,
    ) -> Option<T> {
        self.builtin.with(|(known, at, value)| {
            let same = !value.is_unset()
                && *known == frame.func.globals.table.with(|table| table.version())
                && *at == vm.builtins.table.with(|table| table.version());
            same.then(|| look(value))
        })
    }

    /// What `look` says of the value, if where it stands is remembered.
    #[inline(always)]
    pub fn peek<T>(&self, vm: &Vm, frame: &Frame<'_>, look: impl Fn(&Value) -> T) -> Option<T> {
        match self.look(frame, &look) {
            Some(seen) => Some(seen),
            None => self.look_among_builtins(vm, frame, &look),
        }
    }

    /// The value, if it is among the globals where it was the last time.
    #[inline(always)]
    pub fn quick(&self, frame: &Frame<'_>) -> Option<Value> {
        self.look(frame, Value::clone)
    }

    /// The value, if it is not [`Global::quick`]: the builtin, if it was one the last time and no
    /// table has changed since.
    ///
    /// # Errors
    /// `NameError`
    #[inline(never)]
    pub fn other(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.look_among_builtins(vm, frame, Value::clone) {
            Some(value) => Ok(value),
            None => self.slow(vm, frame),
        }
    }

    /// Looks for the name and remembers where it stands.
    fn find(&self, globals: &DictObj) -> Option<usize> {
        let key = self.name.to_value();
        let found = globals
            .table
            .with(|table| table.find(self.name.hash(), &key));
        match found {
            Find::Found(at) => {
                self.position.set(at as u32);
                Some(at)
            }
            Find::Missing | Find::Ask => None,
        }
    }

    /// Binds the name, which is not where it was the last time.
    #[cold]
    #[inline(never)]
    fn bind(&self, globals: &DictObj, value: Value) {
        globals.set_name(&self.name, value);
        self.find(globals);
    }

    #[cold]
    #[inline(never)]
    fn slow(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let globals = frame.func.globals.clone();
        if let Some(at) = self.find(&globals)
            && let Some(value) = globals
                .table
                .with(|table| table.entry(at).map(|entry| entry.value.clone()))
        {
            return Ok(value);
        }
        match lookup_builtin(vm, &self.name)? {
            Some(value) => {
                let versions = (
                    globals.table.with(|table| table.version()),
                    vm.builtins.table.with(|table| table.version()),
                );
                self.builtin.set((versions.0, versions.1, value.clone()));
                Ok(value)
            }
            None => {
                let Raised = undefined(vm, &self.name);
                Err(vm.fault_at(self.span))
            }
        }
    }
}

/// A built-in name or a name of the prelude.
///
/// # Errors
/// What making a name of the prelude raises.
pub fn lookup_builtin(vm: &mut Vm, name: &Name) -> R<Option<Value>> {
    let builtins = vm.builtins.clone();
    if let Some(value) = builtins.get_name(name) {
        return Ok(Some(value));
    }
    crate::builtins::lazy_name(vm, name)
}

impl Operand for Global {
    type Held = Value;
    const RUNS: bool = true;
    #[inline(always)]
    fn start(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R<Value> {
        self.eval(vm, frame)
    }
    #[inline(always)]
    fn value<'a>(&'a self, held: &'a Value, _frame: &'a Frame<'_>) -> &'a Value {
        held
    }
    #[inline(always)]
    fn owned(&self, held: Value, _frame: &Frame<'_>) -> Value {
        held
    }
}

impl Node for Global {
    #[inline]
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match self.quick(frame) {
            Some(value) => Ok(value),
            None => self.other(vm, frame),
        }
    }
}

impl Store for Global {
    fn store(&self, _vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        let position = self.position.get() as usize;
        let rest = frame.func.globals.table.with_mut(|table| {
            if table.named(position, &self.name).is_some() {
                Ok(table.set_value(position, value))
            } else {
                Err(value)
            }
        });
        match rest {
            Ok(old) => drop(old),
            Err(value) => self.bind(&frame.func.globals, value),
        }
        Ok(())
    }
}

/// A name in a class body (or in code run with separate locals).
pub struct ClassVar {
    name: Name,
    fallback: super::NodeBox,
}

impl ClassVar {
    /// A name with what is evaluated when the namespace has none.
    pub fn new(name: Name, fallback: super::NodeBox) -> ClassVar {
        ClassVar { name, fallback }
    }
}

impl Node for ClassVar {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let found = frame
            .namespace
            .and_then(|namespace| namespace.get_name(&self.name));
        match found {
            Some(value) => Ok(value),
            None => self.fallback.eval(vm, frame),
        }
    }
}

impl Store for ClassVar {
    fn store(&self, _vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        match frame.namespace {
            Some(namespace) => {
                namespace.set_name(&self.name, value);
                Ok(())
            }
            None => {
                frame.func.globals.set_name(&self.name, value);
                Ok(())
            }
        }
    }
}

/// A local as a target.
pub struct StoreLocal(pub u32);

impl Store for StoreLocal {
    #[inline]
    fn store(&self, _vm: &mut Vm, frame: &mut Frame<'_>, value: Value) -> R<()> {
        frame.slots[self.0 as usize] = value;
        Ok(())
    }
}

/// `del` of a local.
pub struct DelLocal(pub u32);

impl Node for DelLocal {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        if frame.slots[self.0 as usize].is_unset() {
            return Err(unbound_local(vm, frame, self.0));
        }
        frame.slots[self.0 as usize] = Value::UNSET;
        Ok(Value::NONE)
    }
}

/// `del` of a cell variable: evaluates (to check that it is bound), then unbinds.
pub struct DelCell<T>(pub T);

impl<T: Node + Store> Node for DelCell<T> {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        drop(self.0.eval(vm, frame)?);
        self.0.store(vm, frame, Value::UNSET)?;
        Ok(Value::NONE)
    }
}

/// `del` of a global.
pub struct DelGlobal(pub Name);

impl Node for DelGlobal {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match frame.func.globals.del_name(&self.0) {
            Some(_) => Ok(Value::NONE),
            None => Err(undefined(vm, &self.0)),
        }
    }
}

/// `del` of a name in a class body.
pub struct DelClassVar(pub Name);

impl Node for DelClassVar {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        match frame
            .namespace
            .and_then(|namespace| namespace.del_name(&self.0))
        {
            Some(_) => Ok(Value::NONE),
            None => Err(undefined(vm, &self.0)),
        }
    }
}

/// Reads a temporary for the last time: moves it out.
pub struct Take(pub u32);

impl Node for Take {
    #[inline]
    fn eval(&self, _vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        Ok(frame.slots[self.0 as usize].take())
    }
}

/// `name := value`
pub struct Walrus {
    /// The name.
    pub target: super::StoreBox,
    /// The value.
    pub value: super::NodeBox,
}

impl Node for Walrus {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let value = self.value.eval(vm, frame)?;
        self.target.store(vm, frame, value.clone())?;
        Ok(value)
    }
}

/// Empties slots.
pub struct Clear(pub Box<[u32]>);

impl Node for Clear {
    fn eval(&self, _vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for slot in &self.0 {
            frame.slots[*slot as usize] = Value::UNSET;
        }
        Ok(Value::NONE)
    }
    fn exec(&self, _vm: &mut Vm, frame: &mut Frame<'_>) -> Flow {
        for slot in &self.0 {
            frame.slots[*slot as usize] = Value::UNSET;
        }
        Flow::Next
    }
}

/// Puts fresh, empty cells into slots.
pub struct FreshCells(pub Box<[u32]>);

impl Node for FreshCells {
    fn eval(&self, _vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        for slot in &self.0 {
            frame.slots[*slot as usize] = Value::new(CellObj::default());
        }
        Ok(Value::NONE)
    }
}
