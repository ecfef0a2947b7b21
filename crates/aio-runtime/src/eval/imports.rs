//! Nodes: `import`.

use super::{Frame, Node, StoreBox};
use crate::error::{R, Raised};
use crate::heap::Ref;
use crate::objects::{DictObj, Name};
use crate::value::Value;
use crate::vm::Vm;

/// `import a.b as c`
pub struct Import {
    /// The dotted name.
    pub module: Box<str>,
    /// Where it is bound.
    pub target: StoreBox,
    /// Without `as`: binds the top package.
    pub binds_top: bool,
}

impl Node for Import {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let module = crate::modules::import(vm, &self.module)?;
        let value = match self.module.split_once('.') {
            Some((top, _)) if self.binds_top => crate::modules::import(vm, top)?,
            Some(_) | None => module,
        };
        self.target.store(vm, frame, value)?;
        Ok(Value::NONE)
    }
}

/// `from module import names`
pub struct ImportFrom {
    /// The module, without leading dots.
    pub module: Box<str>,
    /// How many leading dots.
    pub level: u32,
    /// Names with where they are bound.
    pub names: Box<[(Name, StoreBox)]>,
    /// `*`
    pub star: bool,
}

impl Node for ImportFrom {
    fn eval(&self, vm: &mut Vm, frame: &mut Frame<'_>) -> R {
        let globals = frame.func.globals.clone();
        let full = absolute_name(vm, &self.module, self.level, &globals)?;
        let module = crate::modules::import(vm, &full)?;
        if self.star {
            bind_all(vm, &module, &globals)?;
        }
        for (name, target) in &self.names {
            let value = member(vm, &module, &full, name)?;
            target.store(vm, frame, value)?;
        }
        Ok(Value::NONE)
    }
}

/// The full name of a module named relative to the package of the importing one.
fn absolute_name(vm: &mut Vm, module: &str, level: u32, globals: &Ref<DictObj>) -> R<String> {
    if level == 0 {
        return Ok(module.to_owned());
    }
    let key = vm.names.__package__.clone();
    let package = globals
        .get_name(&key)
        .and_then(|value| value.as_str().map(str::to_owned));
    let Some(mut package) = package.filter(|package| !package.is_empty()) else {
        return Err(vm.import_error("attempted relative import with no known parent package"));
    };
    for _ in 1..level {
        match package.rfind('.') {
            Some(at) => package.truncate(at),
            None => {
                return Err(vm.import_error("attempted relative import beyond top-level package"));
            }
        }
    }
    Ok(if module.is_empty() {
        package
    } else {
        format!("{package}.{module}")
    })
}

/// A name of a module, if it has that; one that its `__getattr__` does not know is none.
fn attribute(vm: &mut Vm, module: &Value, name: &Name) -> R<Option<Value>> {
    let found = vm.get_attr_opt(module, name);
    let missing = vm.types.attribute_error.clone();
    if found.is_err() && vm.pending_is(&missing) {
        drop(vm.take_pending());
        return Ok(None);
    }
    found
}

/// A name of a module, or a module inside a package.
fn member(vm: &mut Vm, module: &Value, full: &str, name: &Name) -> R {
    if let Some(value) = attribute(vm, module, name)? {
        return Ok(value);
    }
    let key = vm.names.__path__.clone();
    let inner = format!("{full}.{}", name.text());
    if crate::modules::is_known(&inner) || attribute(vm, module, &key)?.is_some() {
        match crate::modules::import(vm, &inner) {
            Ok(value) => return Ok(value),
            Err(Raised) => {
                let missing = vm.types.module_not_found_error.clone();
                if !vm.pending_is(&missing) {
                    return Err(Raised);
                }
                drop(vm.take_pending());
            }
        }
    }
    let key = vm.names.__file__.clone();
    let place = match attribute(vm, module, &key)? {
        Some(file) => vm.to_text(&file)?,
        None => "unknown location".to_owned(),
    };
    let name = name.text();
    Err(vm.import_error(format!(
        "cannot import name '{name}' from '{full}' ({place})"
    )))
}

/// `from module import *`
fn bind_all(vm: &mut Vm, module: &Value, globals: &Ref<DictObj>) -> R<()> {
    let key = vm.names.__all__.clone();
    if let Some(all) = vm.get_attr_opt(module, &key)? {
        for name in vm.collect(&all)? {
            let Some(name) = name.to_str_obj() else {
                continue;
            };
            let name = vm.intern_str(&name);
            let value = vm.get_attr(module, &name)?;
            globals.set_name(&name, value);
        }
        return Ok(());
    }
    let Some(object) = module.to_module() else {
        return Ok(());
    };
    let pairs = object.dict.table.with(|table| {
        table
            .iter()
            .map(|e| (e.key.clone(), e.value.clone()))
            .collect::<Vec<_>>()
    });
    for (key, value) in pairs {
        if let Some(name) = key.to_str_obj()
            && !name.text().starts_with('_')
        {
            let name = vm.intern_str(&name);
            globals.set_name(&name, value);
        }
    }
    Ok(())
}
