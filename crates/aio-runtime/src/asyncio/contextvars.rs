//! `contextvars`: variables whose value belongs to a task.
//!
//! A context is a cell that holds an immutable table; a copy shares the table, and setting a
//! variable replaces it. Most programs have no context variable at all, so "no context" stands
//! for an empty one that nobody has looked at: a task then carries one null pointer.
//!
//! The present context is `vm.asyncio.context`; whoever runs something in another one swaps it
//! in with [`enter`] and back with [`leave`].

use super::classes::{AsyncClass, allocate, instance_of, native_data, receiver};
use crate::error::R;
use crate::heap::weak::{Weak, downgrade};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments, Method, NativeFn, Signature};
use crate::objects::{InstanceObj, IterKind, IterObj, ListObj, ModuleObj, NativeData, NativeObj};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;
use std::rc::Rc;

/// The methods of `ContextVar`.
pub const VAR_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(var_new),
        "Make a context variable.",
    ),
    Method::new(
        "get",
        NativeFn::Range(1, 2, var_get),
        "The value in the present context.",
    ),
    Method::new(
        "set",
        NativeFn::F2(var_set),
        "Set the value; gives a token for reset.",
    ),
    Method::new("reset", NativeFn::F2(var_reset), "Take a set back."),
    Method::get("name", var_name, "The name."),
    Method::new("__repr__", NativeFn::F1(var_repr), "Return repr(self)."),
];

/// The methods of `Context`.
pub const CONTEXT_METHODS: &[Method] = &[
    Method::fixed(
        "__new__",
        NativeFn::Any(context_new),
        "Make an empty context.",
    ),
    Method::new(
        "run",
        NativeFn::Any(context_run),
        "Call a function in this context.",
    ),
    Method::new("copy", NativeFn::F1(context_copy), "A copy."),
    Method::new("__eq__", NativeFn::F2(context_eq), "Return self==value."),
    Method::absent("__hash__"),
    Method::new(
        "get",
        NativeFn::Range(2, 3, context_get),
        "The value of a variable, or a default.",
    ),
    Method::new("keys", NativeFn::F1(context_keys), "The variables."),
    Method::new("values", NativeFn::F1(context_values), "Their values."),
    Method::new("items", NativeFn::F1(context_items), "Both."),
    Method::new(
        "__getitem__",
        NativeFn::F2(context_item),
        "The value of a variable.",
    ),
    Method::new(
        "__contains__",
        NativeFn::F2(context_contains),
        "Whether a variable is set.",
    ),
    Method::new(
        "__len__",
        NativeFn::F1(context_len),
        "How many variables are set.",
    ),
    Method::new("__iter__", NativeFn::F1(context_iter), "The variables."),
];

/// The methods of `Token`.
pub const TOKEN_METHODS: &[Method] = &[
    Method::get("var", token_var, "The variable."),
    Method::get("old_value", token_old, "The value before."),
    Method::absent("__hash__"),
    Method::new("__repr__", NativeFn::F1(token_repr), "Return repr(self)."),
];

/// A variable and its value.
#[derive(Clone)]
struct Binding {
    var: Value,
    value: Value,
}

/// An immutable table of variables; few programs have more than a handful.
type Vars = Option<Rc<Vec<Binding>>>;

/// A context.
#[derive(Default)]
pub struct ContextData {
    vars: GcCell<Vars>,
    /// How often it was entered and not left yet.
    entered: Cell<u32>,
    /// What stands for it in the script, if that is still alive.
    object: GcCell<Option<Weak<InstanceObj>>>,
}

impl ContextData {
    fn get(&self, var: &Value) -> Option<Value> {
        self.vars.with(|vars| {
            let vars = vars.as_ref()?;
            let found = vars.iter().find(|binding| binding.var.is(var))?;
            Some(found.value.clone())
        })
    }

    /// Binds a variable (an unset value unbinds it) in a new table.
    fn put(&self, var: &Value, value: Value) {
        let mut table = self
            .vars
            .with(|vars| vars.as_ref().map_or_else(Vec::new, |vars| (**vars).clone()));
        if value.is_unset() {
            table.retain(|binding| !binding.var.is(var));
        } else if let Some(binding) = table.iter_mut().find(|binding| binding.var.is(var)) {
            binding.value = value;
        } else {
            let var = var.clone();
            table.push(Binding { var, value });
        }
        self.vars.set(Some(Rc::new(table)));
    }

    fn copy(&self) -> ContextData {
        ContextData {
            vars: GcCell::new(self.vars.get()),
            ..ContextData::default()
        }
    }

    /// `object` stands for it in the script from now on.
    fn stands_as(&self, object: &Value) {
        let object = object.to_instance();
        self.object.set(object.map(|object| downgrade(&object)));
    }

    fn go_in(&self) {
        self.entered.set(self.entered.get() + 1);
    }

    fn go_out(&self) {
        self.entered.set(self.entered.get().saturating_sub(1));
    }

    fn bindings(&self) -> Vec<Binding> {
        self.vars
            .with(|vars| vars.as_ref().map_or_else(Vec::new, |vars| (**vars).clone()))
    }

    /// Reports the values, unless a copy shares them.
    pub fn visit_vars(&self, visitor: &mut dyn FnMut(&Value)) {
        self.vars.with(|vars| {
            if let Some(vars) = vars
                && Rc::strong_count(vars) == 1
            {
                for binding in vars.iter() {
                    visitor(&binding.var);
                    visitor(&binding.value);
                }
            }
        });
    }
}

impl NativeData for ContextData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        self.visit_vars(visitor);
    }
    fn clear(&self) {
        self.vars.set(None);
    }
}

/// A copy of the present context; none is an empty one, also when the present one is there but
/// nothing is set in it (as in the main task, whose context belongs to the runner).
#[inline]
pub fn copy_current(vm: &Vm) -> Option<Rc<ContextData>> {
    let current = vm.asyncio.context.as_ref()?;
    if current.vars.with(Option::is_none) {
        return None;
    }
    Some(Rc::new(current.copy()))
}

/// The present context itself.
fn current(vm: &mut Vm) -> Rc<ContextData> {
    vm.asyncio.context.get_or_insert_default().clone()
}

/// Makes a context the present one; gives the one before.
#[inline]
pub fn enter(vm: &mut Vm, context: &GcCell<Option<Rc<ContextData>>>) -> Option<Rc<ContextData>> {
    let inner = context.with(|context| context.clone());
    if let Some(inner) = &inner {
        inner.go_in();
    }
    std::mem::replace(&mut vm.asyncio.context, inner)
}

/// Goes back to the context before; `context` keeps one that came into being meanwhile.
#[inline]
pub fn leave(
    vm: &mut Vm,
    context: &GcCell<Option<Rc<ContextData>>>,
    before: Option<Rc<ContextData>>,
) {
    let inner = std::mem::replace(&mut vm.asyncio.context, before);
    if let Some(inner) = inner {
        context.with_mut(|context| match context {
            Some(entered) => entered.go_out(),
            None => *context = Some(inner),
        });
    }
}

/// A context as an object of the script: the same each time, while the script has it.
pub fn to_object(vm: &mut Vm, context: Rc<ContextData>) -> Value {
    let known = context.object.with(|object| object.clone());
    if let Some(known) = known.and_then(|object| object.upgrade()) {
        return known.to_value();
    }
    let made = instance_of(vm, AsyncClass::Context, context.clone());
    context.stands_as(&made);
    made
}

/// The context inside an object of the script.
///
/// # Errors
/// `TypeError` when it is no context.
pub fn of_object(vm: &mut Vm, object: &Value) -> R<Rc<ContextData>> {
    match native_data::<ContextData>(object) {
        Some(context) => Ok(context),
        None => {
            let given = vm.type_name(object);
            Err(vm.type_error(format!("a contextvars.Context was expected, got {given}")))
        }
    }
}

struct VarData {
    name: Value,
    default: Value,
}

impl NativeData for VarData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.name);
        visitor(&self.default);
    }
}

struct TokenData {
    var: Value,
    /// Unset when the variable had no value.
    old: Value,
    context: Rc<ContextData>,
    used: Cell<bool>,
}

impl NativeData for TokenData {
    fn visit(&self, visitor: &mut dyn FnMut(&Value)) {
        visitor(&self.var);
        visitor(&self.old);
    }
}

fn var_new(vm: &mut Vm, args: Args<'_>) -> R {
    const SIGNATURE: Signature = Signature {
        name: "ContextVar",
        params: &["/cls", "/name", "default"],
        positional: 2,
        required: 2,
    };
    let given = args.pos.len().saturating_sub(1);
    if given != 1 {
        let number = if given == 0 { "exactly" } else { "at most" };
        return Err(vm.type_error(format!(
            "ContextVar() takes {number} 1 positional argument ({given} given)"
        )));
    }
    let [_, name, default] = vm.bind::<3>(args, &SIGNATURE)?;
    if name.as_str().is_none() {
        return Err(vm.type_error("context variable name must be a str"));
    }
    allocate(vm, args, Rc::new(VarData { name, default }))
}

fn this_var(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<VarData>> {
    receiver(vm, value, "ContextVar", method)
}

fn var_get(vm: &mut Vm, args: &[Value]) -> R {
    let var = this_var(vm, args.at(0), "get")?;
    if let Some(value) = vm.asyncio.context.as_ref().and_then(|c| c.get(args.at(0))) {
        return Ok(value);
    }
    if let Some(default) = args.get(1) {
        return Ok(default.clone());
    }
    if !var.default.is_unset() {
        return Ok(var.default.clone());
    }
    let class = vm.types.lookup_error.clone();
    Err(vm.raise_with(&class, vec![args.at(0).clone()]))
}

fn var_set(vm: &mut Vm, this: &Value, value: &Value) -> R {
    this_var(vm, this, "set")?;
    let context = current(vm);
    let token = TokenData {
        var: this.clone(),
        old: context.get(this).unwrap_or(Value::UNSET),
        context: context.clone(),
        used: Cell::new(false),
    };
    context.put(this, value.clone());
    Ok(instance_of(vm, AsyncClass::Token, Rc::new(token)))
}

fn var_reset(vm: &mut Vm, this: &Value, token: &Value) -> R {
    this_var(vm, this, "reset")?;
    let Some(data) = native_data::<TokenData>(token) else {
        let given = vm.type_name(token);
        return Err(vm.type_error(format!("expected an instance of Token, got {given}")));
    };
    let shown = vm.repr(token)?;
    if data.used.get() {
        return Err(vm.runtime_error(format!("{shown} has already been used once")));
    }
    if !data.var.is(this) {
        return Err(vm.value_error(format!("{shown} was created by a different ContextVar")));
    }
    let context = current(vm);
    if !Rc::ptr_eq(&context, &data.context) {
        return Err(vm.value_error(format!("{shown} was created in a different Context")));
    }
    data.used.set(true);
    context.put(this, data.old.clone());
    Ok(Value::NONE)
}

fn var_name(vm: &mut Vm, this: &Value) -> R {
    Ok(this_var(vm, this, "name")?.name.clone())
}

fn var_repr(vm: &mut Vm, this: &Value) -> R {
    let var = this_var(vm, this, "__repr__")?;
    let name = vm.repr(&var.name)?;
    let default = if var.default.is_unset() {
        String::new()
    } else {
        format!(" default={}", vm.repr(&var.default)?)
    };
    let at = this.address();
    Ok(vm.str(format!("<ContextVar name={name}{default} at {at:#x}>")))
}

fn token_var(vm: &mut Vm, this: &Value) -> R {
    Ok(receiver::<TokenData>(vm, this, "Token", "var")?.var.clone())
}

fn token_old(vm: &mut Vm, this: &Value) -> R {
    let token = receiver::<TokenData>(vm, this, "Token", "old_value")?;
    if token.old.is_unset() {
        return missing(vm);
    }
    Ok(token.old.clone())
}

/// `Token.MISSING`: kept in the class, so that there is one.
fn missing(vm: &mut Vm) -> R {
    let class = vm.async_class(AsyncClass::Token);
    let name = vm.intern("MISSING");
    if let Some(found) = class.dict.get_name(&name) {
        return Ok(found);
    }
    let made = vm.str("<Token.MISSING>");
    class.dict.set_name(&name, made.clone());
    Ok(made)
}

fn token_repr(vm: &mut Vm, this: &Value) -> R {
    let token = receiver::<TokenData>(vm, this, "Token", "__repr__")?;
    let var = vm.repr(&token.var)?;
    let used = if token.used.get() { " used" } else { "" };
    let at = this.address();
    Ok(vm.str(format!("<Token{used} var={var} at {at:#x}>")))
}

fn context_new(vm: &mut Vm, args: Args<'_>) -> R {
    if args.pos.len() > 1 || !args.kw.is_empty() {
        return Err(vm.type_error("Context() does not accept any arguments"));
    }
    let context = Rc::new(ContextData::default());
    let made = allocate(vm, args, context.clone())?;
    context.stands_as(&made);
    Ok(made)
}

fn this_context(vm: &mut Vm, value: &Value, method: &str) -> R<Rc<ContextData>> {
    receiver(vm, value, "Context", method)
}

fn context_run(vm: &mut Vm, args: Args<'_>) -> R {
    let Some(this) = args.pos.first() else {
        return Err(vm.type_error("unbound method Context.run() needs an argument"));
    };
    let context = this_context(vm, this, "run")?;
    let Some(function) = args.pos.get(1) else {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    };
    if context.entered.get() > 0 {
        let shown = vm.repr(this)?;
        return Err(vm.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    // The present one is the task's, also while another is entered.
    if let Some(task) = vm.asyncio.current_task.clone() {
        super::tasks::context_of(vm, &task);
    }
    context.go_in();
    let before = vm.asyncio.context.replace(context.clone());
    let result = vm.call_args(
        function,
        Args {
            pos: args.pos.rest(2),
            kw: args.kw,
        },
    );
    vm.asyncio.context = before;
    context.go_out();
    result
}

fn context_copy(vm: &mut Vm, this: &Value) -> R {
    let context = this_context(vm, this, "copy")?;
    let copy = Rc::new(context.copy());
    Ok(to_object(vm, copy))
}

fn context_eq(vm: &mut Vm, this: &Value, other: &Value) -> R {
    let (Some(one), Some(other)) = (
        native_data::<ContextData>(this),
        native_data::<ContextData>(other),
    ) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (mine, theirs) = (one.bindings(), other.bindings());
    if mine.len() != theirs.len() {
        return Ok(Value::FALSE);
    }
    for Binding { var, value } in mine {
        match other.get(&var) {
            Some(found) if vm.eq(&value, &found)? => {}
            Some(_) | None => return Ok(Value::FALSE),
        }
    }
    Ok(Value::TRUE)
}

fn check_var(vm: &mut Vm, var: &Value) -> R<()> {
    if native_data::<VarData>(var).is_some() {
        return Ok(());
    }
    let shown = vm.repr(var)?;
    Err(vm.type_error(format!("a ContextVar key was expected, got {shown}")))
}

fn context_get(vm: &mut Vm, args: &[Value]) -> R {
    let context = this_context(vm, args.at(0), "get")?;
    check_var(vm, args.at(1))?;
    Ok(context
        .get(args.at(1))
        .unwrap_or_else(|| args.get(2).cloned().unwrap_or(Value::NONE)))
}

fn context_item(vm: &mut Vm, this: &Value, var: &Value) -> R {
    let context = this_context(vm, this, "__getitem__")?;
    check_var(vm, var)?;
    match context.get(var) {
        Some(value) => Ok(value),
        None => Err(vm.key_error(var.clone())),
    }
}

fn context_contains(vm: &mut Vm, this: &Value, var: &Value) -> R {
    let context = this_context(vm, this, "__contains__")?;
    check_var(vm, var)?;
    Ok(Value::bool(context.get(var).is_some()))
}

fn context_len(vm: &mut Vm, this: &Value) -> R {
    let context = this_context(vm, this, "__len__")?;
    Ok(Value::int(context.bindings().len() as i64))
}

fn listed(vm: &mut Vm, this: &Value, method: &str, pick: fn(&Binding) -> Value) -> R {
    let context = this_context(vm, this, method)?;
    let items = context.bindings().iter().map(pick).collect();
    Ok(Value::new(ListObj::new(items)))
}

fn context_keys(vm: &mut Vm, this: &Value) -> R {
    listed(vm, this, "keys", |binding| binding.var.clone())
}

fn context_values(vm: &mut Vm, this: &Value) -> R {
    listed(vm, this, "values", |binding| binding.value.clone())
}

fn context_items(vm: &mut Vm, this: &Value) -> R {
    listed(vm, this, "items", |binding| {
        Value::tuple(vec![binding.var.clone(), binding.value.clone()])
    })
}

fn context_iter(vm: &mut Vm, this: &Value) -> R {
    let keys = context_keys(vm, this)?;
    Ok(IterObj::plain(IterKind::List(keys, 0)))
}

fn copy_context(vm: &mut Vm) -> R {
    let copy = Rc::new(current(vm).copy());
    Ok(to_object(vm, copy))
}

/// The module `contextvars`.
pub fn module(vm: &mut Vm) -> Value {
    let name = vm.intern("contextvars");
    let dict = Ref::new(crate::objects::DictObj::default());
    let key = vm.names.__name__.clone();
    dict.set_name(&key, name.to_value());
    let key = vm.intern("copy_context");
    let function = NativeObj {
        name: "copy_context",
        owner: None,
        function: NativeFn::F0(copy_context),
        at_once: None,
        doc: "A copy of the present context.",
        is_method: false,
    };
    dict.set_name(&key, Value::new(function));
    for class in [
        AsyncClass::ContextVar,
        AsyncClass::Context,
        AsyncClass::Token,
    ] {
        let class = vm.async_class(class);
        let key = class.name.get();
        dict.set_name(&key, class.to_value());
    }
    // The marker is an attribute of the class from the start.
    let _ = missing(vm);
    Value::new(ModuleObj {
        name,
        dict,
        lazy: None,
        deleted: GcCell::default(),
    })
}
