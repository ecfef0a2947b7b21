//! The order and the layout of a new class: method resolution order, what instances hold,
//! `__slots__`.
//!
//! The order is C3 linearization (as in "The Python 2.3 Method Resolution Order"): merge the
//! orders of the bases and the list of bases, always taking the first head that stands in no tail.

use crate::error::R;
use crate::heap::Ref;
use crate::objects::{ClassObj, DescrObj, DictObj, Layout, Name};
use crate::types::object_text::full_name;
use crate::value::Value;
use crate::vm::Vm;

/// The classes after the new class itself in its resolution order.
///
/// # Errors
/// `TypeError` for a repeated base or when no order exists.
pub fn linearize(vm: &mut Vm, bases: &[Ref<ClassObj>]) -> R<Vec<Ref<ClassObj>>> {
    if let [only] = bases {
        return Ok(only.mro.get());
    }
    for (at, base) in bases.iter().enumerate() {
        if bases.iter().take(at).any(|other| other.same(base)) {
            let name = base.name_text();
            return Err(vm.type_error(format!("duplicate base class {name}")));
        }
    }
    let mut lists: Vec<Vec<Ref<ClassObj>>> = bases.iter().map(|base| base.mro.get()).collect();
    lists.push(bases.to_vec());
    let mut order = Vec::new();
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Ok(order);
        }
        let in_tail = |class: &Ref<ClassObj>| {
            let mut tails = lists.iter().map(|list| list.iter().skip(1));
            tails.any(|mut tail| tail.any(|other| other.same(class)))
        };
        let next = lists
            .iter()
            .filter_map(|list| list.first())
            .find(|head| !in_tail(head));
        let Some(next) = next.cloned() else {
            return Err(no_order(vm, &lists));
        };
        for list in &mut lists {
            if list.first().is_some_and(|head| head.same(&next)) {
                list.remove(0);
            }
        }
        order.push(next);
    }
}

#[cold]
fn no_order(vm: &mut Vm, lists: &[Vec<Ref<ClassObj>>]) -> crate::error::Raised {
    let mut names: Vec<String> = Vec::new();
    let mut seen: Vec<&Ref<ClassObj>> = Vec::new();
    for head in lists.iter().filter_map(|list| list.first()) {
        if !seen.iter().any(|other| other.same(head)) {
            seen.push(head);
            names.push(head.name_text());
        }
    }
    let names = names.join(", ");
    vm.type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {names}"
    ))
}

/// The class that decides what instances of a class hold: the nearest one up that is built-in
/// and adds something, or that has `__slots__` with names.
fn solid_base(class: &Ref<ClassObj>) -> Option<Ref<ClassObj>> {
    class.mro.with(|mro| {
        let solid = mro.iter().find(|class| {
            let adds =
                class.builtin && !matches!(class.layout.get(), Layout::Object | Layout::Exception);
            adds || !class.builtin && has_members(class)
        });
        solid.cloned()
    })
}

fn has_members(class: &ClassObj) -> bool {
    class.dict.table.with(|table| {
        let mut values = table.iter().map(|entry| &entry.value);
        values.any(|value| matches!(value.as_descr(), Some(DescrObj::Member(_))))
    })
}

/// What instances of a class with these bases hold.
///
/// # Errors
/// `TypeError` when a base cannot be subclassed or two bases do not fit together.
pub fn layout_of(vm: &mut Vm, bases: &[Ref<ClassObj>]) -> R<Layout> {
    let mut solid: Option<Ref<ClassObj>> = None;
    let mut layout = Layout::Object;
    for base in bases {
        if base.layout.get() == Layout::Closed {
            let name = full_name(vm, base);
            return Err(vm.type_error(format!("type '{name}' is not an acceptable base type")));
        }
        if base.layout.get() != Layout::Object && layout == Layout::Object {
            layout = base.layout.get();
        }
        let Some(candidate) = solid_base(base) else {
            continue;
        };
        match &solid {
            None => solid = Some(candidate),
            Some(old) if old.is_subclass_of(&candidate) => {}
            Some(old) if candidate.is_subclass_of(old) => solid = Some(candidate),
            Some(_) => return Err(vm.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    Ok(layout)
}

/// What `__slots__` says.
pub struct Slots {
    /// The names, mangled.
    pub names: Vec<Name>,
    /// Whether `__dict__` is among them.
    pub dict: bool,
}

/// Reads `__slots__`.
///
/// # Errors
/// `TypeError` for items that are no names; `ValueError` for a clash with a class variable.
pub fn read_slots(
    vm: &mut Vm,
    class_name: &str,
    namespace: &DictObj,
    bases: &[Ref<ClassObj>],
    slots: &Value,
) -> R<Slots> {
    let items = if slots.as_str().is_some() {
        vec![slots.clone()]
    } else {
        vm.collect(slots)?
    };
    let mut found = Slots {
        names: Vec::new(),
        dict: false,
    };
    let fixed_size = bases.iter().any(|base| {
        let types = &vm.types;
        [&types.int, &types.tuple, &types.bytes]
            .into_iter()
            .any(|t| base.is_subclass_of(t))
    });
    for item in items {
        let Some(text) = item.as_str() else {
            let name = vm.type_name(&item);
            return Err(vm.type_error(format!("__slots__ items must be strings, not '{name}'")));
        };
        if text == "__dict__" {
            if found.dict || bases.iter().any(|base| base.has_dict.get()) {
                return Err(vm.type_error("__dict__ slot disallowed: we already got one"));
            }
            found.dict = true;
            continue;
        }
        if text == "__weakref__" {
            continue;
        }
        if fixed_size {
            let base = bases
                .first()
                .map(|base| base.name_text())
                .unwrap_or_default();
            return Err(vm.type_error(format!(
                "nonempty __slots__ not supported for subtype of '{base}'"
            )));
        }
        if !is_identifier(text) {
            return Err(vm.type_error("__slots__ must be identifiers"));
        }
        let name = vm.intern(&mangle(class_name, text));
        if namespace.get_name(&name).is_some() && !matches!(text, "__qualname__" | "__classcell__")
        {
            let text = text.to_owned();
            return Err(vm.value_error(format!(
                "'{text}' in __slots__ conflicts with class variable"
            )));
        }
        found.names.push(name);
    }
    Ok(found)
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|ch| ch == '_' || unicode_ident::is_xid_start(ch))
        && chars.all(unicode_ident::is_xid_continue)
}

/// The form of a private name inside a class (language reference, "Private name mangling").
pub fn mangle(class_name: &str, name: &str) -> String {
    let class_name = class_name.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || class_name.is_empty() {
        name.to_owned()
    } else {
        format!("_{class_name}{name}")
    }
}
