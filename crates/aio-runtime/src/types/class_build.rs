//! The `class` statement and `type(name, bases, namespace)`: from a namespace to a class.
//!
//! The evaluator asks [`prepare_namespace`] for the namespace, runs the body over it and calls
//! [`build_class`], which calls the metaclass; `type.__new__` ends in [`new_class`]. In order:
//! bases (`__mro_entries__`), metaclass, layout and slots, the class itself, `__classcell__`,
//! `__set_name__`, `__init_subclass__`.

use super::class_layout::{layout_of, linearize, read_slots};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, Arguments};
use crate::objects::{ClassObj, DescrObj, DictObj, Layout, Name, Shape};
use crate::types::{object, super_type};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Replaces bases that are no classes by what their `__mro_entries__` gives; says whether
/// anything changed.
fn resolve_bases(vm: &mut Vm, bases: &[Value]) -> R<(Vec<Value>, bool)> {
    if bases.iter().all(|base| base.tag() == Tag::Class) {
        return Ok((bases.to_vec(), false));
    }
    let hook = vm.names.__mro_entries__.clone();
    let (mut resolved, mut changed) = (Vec::new(), false);
    for base in bases {
        let method = match base.tag() {
            Tag::Class => None,
            _ => vm.get_attr_opt(base, &hook)?,
        };
        let Some(method) = method else {
            resolved.push(base.clone());
            continue;
        };
        let entries = vm.call(&method, &[Value::tuple(bases.to_vec())])?;
        let Some(entries) = entries.as_tuple() else {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        };
        resolved.extend(entries.items.iter().cloned());
        changed = true;
    }
    Ok((resolved, changed))
}

/// The most derived of a metaclass and those of the bases.
fn most_derived(vm: &mut Vm, start: Ref<ClassObj>, bases: &[Value]) -> R<Ref<ClassObj>> {
    let mut winner = start;
    for base in bases {
        let candidate = vm.class_of(base);
        if winner.is_subclass_of(&candidate) {
            continue;
        }
        if candidate.is_subclass_of(&winner) {
            winner = candidate;
            continue;
        }
        return Err(vm.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass \
             of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The metaclass of a class statement: the `metaclass=` argument or the class of the first base,
/// then the most derived one (a callable that is no class is taken as it is).
fn choose_metaclass(vm: &mut Vm, bases: &[Value], kwargs: &[(Name, Value)]) -> R {
    let given = kwargs
        .iter()
        .find(|(name, _)| name.same(&vm.names.metaclass));
    let start = match (given, bases.first()) {
        (Some((_, metaclass)), _) => metaclass.clone(),
        (None, Some(base)) => vm.class_of(base).to_value(),
        (None, None) => vm.types.type_.to_value(),
    };
    match start.to_class() {
        Some(class) if class.is_subclass_of(&vm.types.type_) => {
            most_derived(vm, class, bases).map(Value::from)
        }
        Some(_) | None => Ok(start),
    }
}

fn without_metaclass(vm: &Vm, kwargs: &[(Name, Value)]) -> Vec<(Name, Value)> {
    let keep = |pair: &&(Name, Value)| !pair.0.same(&vm.names.metaclass);
    kwargs.iter().filter(keep).cloned().collect()
}

/// The metaclass and the namespace for a class body (`__prepare__`).
///
/// # Errors
/// What `__prepare__` raises; `TypeError` for a metaclass conflict.
pub fn prepare_namespace(
    vm: &mut Vm,
    name: &Name,
    bases: &[Value],
    kwargs: &[(Name, Value)],
) -> R<(Value, Ref<DictObj>)> {
    let (bases, _) = resolve_bases(vm, bases)?;
    let metaclass = choose_metaclass(vm, &bases, kwargs)?;
    if metaclass.is(&vm.types.type_.to_value()) {
        return Ok((metaclass, Ref::new(DictObj::default())));
    }
    let hook = vm.names.__prepare__.clone();
    let Some(prepare) = vm.get_attr_opt(&metaclass, &hook)? else {
        return Ok((metaclass, Ref::new(DictObj::default())));
    };
    let kwargs = without_metaclass(vm, kwargs);
    let pos = [name.to_value(), Value::tuple(bases)];
    let args = Args {
        pos: &pos,
        kw: &kwargs,
    };
    let namespace = vm.call_args(&prepare, args)?;
    let base = namespace.as_instance().and_then(|i| i.base_value());
    match base.as_ref().unwrap_or(&namespace).to_dict() {
        Some(dict) => Ok((metaclass, dict)),
        None => {
            let owner = match metaclass.as_class() {
                Some(class) => class.name_text(),
                None => "<metaclass>".to_owned(),
            };
            let name = vm.type_name(&namespace);
            Err(vm.type_error(format!(
                "{owner}.__prepare__() must return a mapping, not {name}"
            )))
        }
    }
}

/// Makes the class of a class statement.
///
/// # Errors
/// What the metaclass raises.
pub fn build_class(
    vm: &mut Vm,
    name: &Name,
    qualname: Value,
    bases: Vec<Value>,
    kwargs: &[(Name, Value)],
    namespace: Ref<DictObj>,
    class_cell: Option<Value>,
) -> R {
    let (resolved, changed) = resolve_bases(vm, &bases)?;
    let metaclass = choose_metaclass(vm, &resolved, kwargs)?;
    let key = vm.names.__qualname__.clone();
    if namespace.get_name(&key).is_none() {
        namespace.set_name(&key, qualname);
    }
    if changed {
        let key = vm.names.__orig_bases__.clone();
        namespace.set_name(&key, Value::tuple(bases));
    }
    if let Some(cell) = &class_cell {
        let key = vm.names.__classcell__.clone();
        namespace.set_name(&key, cell.clone());
    }
    let kwargs = without_metaclass(vm, kwargs);
    let pos = [
        name.to_value(),
        Value::tuple(resolved),
        namespace.to_value(),
    ];
    let args = Args {
        pos: &pos,
        kw: &kwargs,
    };
    let class = vm.call_args(&metaclass, args)?;
    if class.tag() == Tag::Class
        && let Some(cell) = class_cell.as_ref().and_then(Value::as_cell)
        && cell.value.with(Option::is_none)
    {
        let (name, shown) = (name.text().to_owned(), vm.repr(&class)?);
        return Err(vm.runtime_error(format!(
            "__class__ not set defining '{name}' as {shown}. Was __classcell__ propagated to \
             type.__new__?"
        )));
    }
    Ok(class)
}

/// `type.__new__(metaclass, name, bases, namespace, **kwargs)`
///
/// # Errors
/// `TypeError` for bad arguments; what `__set_name__` and `__init_subclass__` raise.
pub fn type_new(vm: &mut Vm, args: Args<'_>) -> R {
    let Some((metaclass, rest)) = args.pos.split_first() else {
        return Err(vm.type_error("type.__new__(): not enough arguments"));
    };
    let Some(metaclass) = metaclass.to_class() else {
        let name = vm.type_name(metaclass);
        return Err(vm.type_error(format!("type.__new__(X): X is not a type object ({name})")));
    };
    let is_type = metaclass.same(&vm.types.type_);
    if is_type && rest.len() == 1 && args.kw.is_empty() {
        return Ok(vm.class_of(rest.at(0)).into());
    }
    let [name, bases, namespace] = rest else {
        let message = if is_type {
            "type() takes 1 or 3 arguments".to_owned()
        } else {
            format!(
                "type.__new__() takes exactly 3 arguments ({} given)",
                rest.len()
            )
        };
        return Err(vm.type_error(message));
    };
    let (Some(name), Some(bases), Some(namespace)) =
        (text_of(name), bases.to_tuple(), dict_of(namespace))
    else {
        return Err(bad_argument(vm, rest));
    };
    let name = vm.intern_str(&name);
    let metaclass_given = metaclass.clone();
    let winner = most_derived(vm, metaclass, &bases.items)?;
    if !winner.same(&metaclass_given) {
        let hook = vm.names.__new__.clone();
        if let Some(new) = vm.lookup(&winner, &hook)
            && new.tag() != Tag::Native
        {
            let mut all = vec![winner.to_value()];
            all.extend_from_slice(rest);
            let new = match new.as_descr() {
                Some(DescrObj::StaticMethod(func)) => func.clone(),
                _ => new,
            };
            return vm.call_args(
                &new,
                Args {
                    pos: &all,
                    kw: args.kw,
                },
            );
        }
    }
    let mut classes = Vec::new();
    for base in &bases.items {
        match base.to_class() {
            Some(class) => classes.push(class),
            None => return Err(vm.type_error("bases must be types")),
        }
    }
    new_class(vm, &winner, &name, classes, &namespace, args.kw).map(Value::from)
}

fn text_of(value: &Value) -> Option<Name> {
    let base = value.as_instance().and_then(|i| i.base_value());
    base.as_ref().unwrap_or(value).to_str_obj()
}

fn dict_of(value: &Value) -> Option<Ref<DictObj>> {
    let base = value.as_instance().and_then(|i| i.base_value());
    base.as_ref().unwrap_or(value).to_dict()
}

#[cold]
fn bad_argument(vm: &mut Vm, rest: &[Value]) -> Raised {
    let checks = [
        (text_of(rest.at(0)).is_some(), "str"),
        (rest.at(1).tag() == Tag::Tuple, "tuple"),
        (dict_of(rest.at(2)).is_some(), "dict"),
    ];
    for (at, (good, wanted)) in checks.into_iter().enumerate() {
        if !good {
            let (place, given) = (at + 1, vm.type_name(rest.at(at)));
            return vm.type_error(format!(
                "type.__new__() argument {place} must be {wanted}, not {given}"
            ));
        }
    }
    vm.type_error("type() takes 1 or 3 arguments")
}

/// Makes a class of checked parts and tells its members and bases.
///
/// # Errors
/// `TypeError` for bases that do not fit; what `__set_name__` and `__init_subclass__` raise.
pub fn new_class(
    vm: &mut Vm,
    metaclass: &Ref<ClassObj>,
    name: &Name,
    mut bases: Vec<Ref<ClassObj>>,
    namespace: &DictObj,
    kwargs: &[(Name, Value)],
) -> R<Ref<ClassObj>> {
    if bases.is_empty() {
        bases.push(vm.types.object.clone());
    }
    let layout = layout_of(vm, &bases)?;
    let order = linearize(vm, &bases)?;
    let dict = Ref::new(DictObj::default());
    for (key, value) in entries(namespace) {
        match key.to_str_obj() {
            Some(key) => {
                let key = vm.intern_str(&key);
                dict.set_name(&key, value);
            }
            None => vm.dict_set(&dict, key, value)?,
        }
    }
    let cell = take(vm, &dict, "__classcell__");
    let qualname = match take(vm, &dict, "__qualname__") {
        None => name.clone(),
        Some(qualname) => match qualname.to_str_obj() {
            Some(text) => vm.intern_str(&text),
            None => {
                let given = vm.type_name(&qualname);
                return Err(vm.type_error(format!("type __qualname__ must be a str, not {given}")));
            }
        },
    };
    let mut has_dict = bases.iter().any(|base| base.has_dict.get());
    let had_dict = has_dict;
    let slots_key = vm.names.__slots__.clone();
    match dict.get_name(&slots_key) {
        None => has_dict = true,
        Some(slots) => {
            let slots = read_slots(vm, name.text(), &dict, &bases, &slots)?;
            has_dict |= slots.dict;
            for slot in slots.names {
                dict.set_name(&slot, Value::new(DescrObj::Member(slot.clone())));
            }
        }
    }
    let adds_dict = has_dict && !had_dict && layout != Layout::Type;
    complete_namespace(vm, &dict, adds_dict);
    let class = allocate(
        vm,
        metaclass,
        name,
        qualname,
        bases,
        dict,
        (layout, has_dict),
    );
    let mut mro = vec![class.clone()];
    mro.extend(order);
    class.mro.set(mro);
    finish_class(vm, &class, cell, kwargs)?;
    Ok(class)
}

/// The pairs of a dict, copied out.
pub fn entries(dict: &DictObj) -> Vec<(Value, Value)> {
    dict.table.with(|table| {
        let pairs = table
            .iter()
            .map(|entry| (entry.key.clone(), entry.value.clone()));
        pairs.collect()
    })
}

fn take(vm: &mut Vm, dict: &DictObj, name: &str) -> Option<Value> {
    let name = vm.intern(name);
    dict.del_name(&name)
}

/// Adds what every class has, and turns the methods that are implicitly static or class methods
/// into such.
fn complete_namespace(vm: &mut Vm, dict: &DictObj, adds_dict: bool) {
    let new = vm.names.__new__.clone();
    if let Some(func) = dict.get_name(&new)
        && func.tag() == Tag::Func
    {
        dict.set_name(&new, Value::new(DescrObj::StaticMethod(func)));
    }
    for hook in [
        vm.names.__init_subclass__.clone(),
        vm.names.__class_getitem__.clone(),
    ] {
        if let Some(func) = dict.get_name(&hook)
            && func.tag() == Tag::Func
        {
            dict.set_name(&hook, Value::new(DescrObj::ClassMethod(func)));
        }
    }
    let module = vm.names.__module__.clone();
    if dict.get_name(&module).is_none() {
        let main = vm.names.__main__.to_value();
        dict.set_name(&module, main);
    }
    if adds_dict {
        let name = vm.names.__dict__.clone();
        dict.set_name(&name, object::dict_descriptor());
        let name = vm.names.__weakref__.clone();
        dict.set_name(&name, object::weakref_descriptor());
    }
    let doc = vm.names.__doc__.clone();
    if dict.get_name(&doc).is_none() {
        dict.set_name(&doc, Value::NONE);
    }
    let (eq, hash) = (vm.names.__eq__.clone(), vm.names.__hash__.clone());
    if dict.get_name(&eq).is_some() && dict.get_name(&hash).is_none() {
        dict.set_name(&hash, Value::NONE);
    }
}

fn allocate(
    vm: &mut Vm,
    metaclass: &Ref<ClassObj>,
    name: &Name,
    qualname: Name,
    bases: Vec<Ref<ClassObj>>,
    dict: Ref<DictObj>,
    (layout, has_dict): (Layout, bool),
) -> Ref<ClassObj> {
    vm.last_class_id += 1;
    vm.last_shape_id += 1;
    let id = vm.last_class_id;
    let root_shape = Box::leak(Box::new(Shape {
        id: vm.last_shape_id,
        class_id: id,
        names: Vec::new(),
        index: FxHashMap::default(),
        next: GcCell::new(FxHashMap::default()),
        is_dict: false,
    }));
    let has_del =
        dict.get_name(&vm.names.__del__).is_some() || bases.iter().any(|base| base.has_del.get());
    vm.has_last_words |= has_del;
    let class = Ref::new(ClassObj {
        name: GcCell::new(name.clone()),
        qualname: GcCell::new(qualname),
        bases: GcCell::new(bases.clone()),
        mro: GcCell::new(Vec::new()),
        dict,
        metaclass: if metaclass.same(&vm.types.type_) {
            None
        } else {
            Some(metaclass.clone())
        },
        layout: Cell::new(layout),
        maker: Cell::new(None),
        id,
        builtin: false,
        pending: Cell::new(&[]),
        has_dict: Cell::new(has_dict),
        has_del: Cell::new(has_del),
        root_shape,
        attribute_hint: Cell::new(0),
        is_abstract: Cell::new(false),
        dict_items_at: Cell::new(0),
        keys: Cell::new((0, crate::objects::Keys::Other)),
        sequence: Cell::default(),
        hooks: Cell::default(),
        subclasses: GcCell::new(Vec::new()),
    });
    for base in &bases {
        base.subclasses.with_mut(|list| list.push(class.clone()));
    }
    class
}

/// Fills the `__class__` cell, then `__set_name__` of the members, then `__init_subclass__`.
fn finish_class(
    vm: &mut Vm,
    class: &Ref<ClassObj>,
    cell: Option<Value>,
    kwargs: &[(Name, Value)],
) -> R<()> {
    if let Some(cell) = cell.as_ref().and_then(Value::as_cell) {
        cell.value.set(Some(class.to_value()));
    }
    let hook = vm.names.__set_name__.clone();
    for (key, value) in entries(&class.dict) {
        if value.tag() == Tag::Descr {
            super::descriptors::name_property(vm, &value, &key);
        }
        if value.tag() != Tag::Instance || vm.lookup_special(&value, &hook).is_none() {
            continue;
        }
        if vm
            .call_special(&value, &hook, &[class.to_value(), key.clone()])
            .is_err()
        {
            let exception = vm.take_pending();
            let (kind, owner) = (vm.type_name(&value), class.name_text());
            let shown = vm.repr(&key)?;
            let note =
                format!("Error calling __set_name__ on '{kind}' instance {shown} in '{owner}'");
            super::exceptions::add_note(vm, &exception, &note)?;
            return Err(vm.reraise(exception));
        }
    }
    let hook = vm.names.__init_subclass__.clone();
    let Some(found) = super_type::lookup_after(vm, class, class, &hook) else {
        return Ok(());
    };
    let class_value = class.to_value();
    let metaclass = vm.class_of(&class_value);
    let bound = match found.as_descr() {
        Some(DescrObj::ClassMethod(_)) => vm.bind_in_class(found, class)?,
        _ => vm.bind_attribute(found, &class_value, &metaclass)?,
    };
    vm.call_args(
        &bound,
        Args {
            pos: &[],
            kw: kwargs,
        },
    )?;
    Ok(())
}

/// `class.__bases__ = bases`: a new order for the class and everything below it.
///
/// # Errors
/// `TypeError` when the bases do not fit.
pub fn replace_bases(vm: &mut Vm, class: &Ref<ClassObj>, bases: Vec<Ref<ClassObj>>) -> R<()> {
    if layout_of(vm, &bases)? != class.layout.get() {
        return Err(vm.type_error("__bases__ assignment: object layout differs from the old one"));
    }
    for old in class.bases.get() {
        old.subclasses
            .with_mut(|list| list.retain(|other| !other.same(class)));
    }
    for base in &bases {
        base.subclasses.with_mut(|list| list.push(class.clone()));
    }
    class.bases.set(bases);
    renew_order(vm, class)?;
    vm.class_changed();
    Ok(())
}

fn renew_order(vm: &mut Vm, class: &Ref<ClassObj>) -> R<()> {
    let mut mro = vec![class.clone()];
    mro.extend(linearize(vm, &class.bases.get())?);
    class.mro.set(mro);
    for below in class.subclasses.get() {
        renew_order(vm, &below)?;
    }
    Ok(())
}
