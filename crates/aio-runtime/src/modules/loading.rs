//! `import`: names to modules.

use super::registry;
use crate::builtins::evaluation::{compile_module, run_code};
use crate::builtins::objects::find;
use crate::error::{R, Raised, with_exc_data};
use crate::heap::Ref;
use crate::objects::{DictObj, ListObj, ModuleObj, Name};
use crate::types::class_build::entries;
use crate::types::module::new_module;
use crate::value::Value;
use crate::vm::Vm;
use std::path::{Path, PathBuf};

/// Imports a module by its full dotted name; gives the module named last.
///
/// # Errors
/// `ModuleNotFoundError`, `ImportError`; what the body of the module raises.
pub fn import(vm: &mut Vm, dotted: &str) -> R {
    if dotted.is_empty() {
        return Err(vm.value_error("Empty module name"));
    }
    let whole = vm.intern(dotted);
    if let Some(found) = vm.modules.get_name(&whole)
        && !found.is_none()
    {
        return Ok(found);
    }
    let mut parent: Option<Value> = None;
    let mut end = 0;
    for part in dotted.split('.') {
        end += part.len();
        let name = &dotted[..end];
        end += 1;
        let module = import_step(vm, name, part, parent.as_ref())?;
        parent = Some(module);
    }
    Ok(parent.unwrap_or(Value::NONE))
}

/// Imports one level of a dotted name, below its parent.
fn import_step(vm: &mut Vm, name: &str, part: &str, parent: Option<&Value>) -> R {
    let key = vm.intern(name);
    match vm.modules.get_name(&key) {
        Some(found) if found.is_none() => {
            return Err(not_found(
                vm,
                name,
                format!("import of {name} halted; None in sys.modules"),
            ));
        }
        Some(found) => return Ok(found),
        None => {}
    }
    let module = match registry::make(vm, name)? {
        Some(module) => module,
        None => import_file(vm, name, part, parent)?,
    };
    if let Some(parent) = parent.and_then(Value::as_module) {
        let part = vm.intern(part);
        parent.dict.set_name(&part, module.clone());
    }
    Ok(module)
}

#[cold]
fn not_found(vm: &mut Vm, name: &str, message: String) -> Raised {
    let raised = vm.module_not_found_error(message);
    let name = vm.str(name);
    with_exc_data(&vm.pending, |data| data.set_field("name", name));
    raised
}

/// Where a package or the script looks for files.
fn search_paths(vm: &mut Vm, parent: Option<&Value>) -> R<Vec<PathBuf>> {
    let paths = match parent.and_then(Value::as_module) {
        Some(module) => module.dict.get_name(&vm.names.__path__),
        None => {
            let (sys, path) = (vm.names.sys.clone(), vm.names.path.clone());
            let sys = vm.modules.get_name(&sys);
            sys.as_ref()
                .and_then(Value::as_module)
                .and_then(|m| m.dict.get_name(&path))
        }
    };
    let mut found = Vec::new();
    match paths {
        Some(list) => {
            for item in vm.collect(&list)? {
                if let Some(text) = item.as_str() {
                    found.push(PathBuf::from(if text.is_empty() { "." } else { text }));
                }
            }
        }
        None if parent.is_none() => found.extend(vm.options.script_dir.clone()),
        None => {}
    }
    Ok(found)
}

fn import_file(vm: &mut Vm, name: &str, part: &str, parent: Option<&Value>) -> R {
    if let Some(module) = parent.and_then(Value::as_module) {
        let path = vm.names.__path__.clone();
        if module.dict.get_name(&path).is_none() {
            let parent = module.name.text().to_owned();
            if registry::is_standard(&parent) {
                return Err(unsupported(vm, name));
            }
            return Err(not_found(
                vm,
                name,
                format!("No module named '{name}'; '{parent}' is not a package"),
            ));
        }
    }
    for dir in search_paths(vm, parent)? {
        for ending in ["aio", "py"] {
            let init = dir.join(part).join(format!("__init__.{ending}"));
            if init.is_file() {
                return load_file(vm, name, &init, Some(dir.join(part)));
            }
        }
        for ending in ["aio", "py"] {
            let file = dir.join(format!("{part}.{ending}"));
            if file.is_file() {
                return load_file(vm, name, &file, None);
            }
        }
        let folder = dir.join(part);
        if folder.is_dir() {
            return Ok(namespace_package(vm, name, &folder));
        }
    }
    if registry::is_standard(name) {
        return Err(unsupported(vm, name));
    }
    Err(not_found(vm, name, format!("No module named '{name}'")))
}

/// The error for a module that the standard library has and we have not.
#[cold]
fn unsupported(vm: &mut Vm, name: &str) -> Raised {
    not_found(vm, name, format!("the module '{name}' is unsupported"))
}

fn set_path(vm: &mut Vm, module: &ModuleObj, folder: &Path) {
    let text = vm.str(folder.to_string_lossy().into_owned());
    let list = Value::new(ListObj::new(vec![text]));
    let key = vm.names.__path__.clone();
    module.dict.set_name(&key, list);
}

/// A folder without `__init__`.
fn namespace_package(vm: &mut Vm, name: &str, folder: &Path) -> Value {
    let module = new_module(vm, name);
    set_path(vm, &module, folder);
    let key = vm.intern(name);
    let module: Value = module.into();
    vm.modules.set_name(&key, module.clone());
    module
}

fn load_file(vm: &mut Vm, name: &str, file: &Path, folder: Option<PathBuf>) -> R {
    let shown = file.to_string_lossy().into_owned();
    vm.permit_import(file)?;
    if let Ok(file) = std::path::absolute(file) {
        vm.options.loaded.add(file);
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return Err(vm.raise_io_error(&error, Some(&shown))),
    };
    let module = new_module(vm, name);
    let (file_key, file_value) = (vm.names.__file__.clone(), vm.str(shown.clone()));
    module.dict.set_name(&file_key, file_value);
    let package = match &folder {
        Some(folder) => {
            set_path(vm, &module, folder);
            name
        }
        None => name.rsplit_once('.').map_or("", |(package, _)| package),
    };
    let (key, package) = (vm.names.__package__.clone(), vm.str(package));
    module.dict.set_name(&key, package);
    run_module(vm, name, &shown, &text, module)
}

/// Compiles and runs the text of a module; it is in `sys.modules` meanwhile, so that modules may
/// import each other.
///
/// # Errors
/// `SyntaxError`; what the text raises.
pub fn run_module(vm: &mut Vm, name: &str, file: &str, text: &str, module: Ref<ModuleObj>) -> R {
    let code = compile_module(vm, file, text)?;
    let key = vm.intern(name);
    vm.modules.set_name(&key, module.to_value());
    let loading = vm.intern("__initializing__");
    module.dict.set_name(&loading, Value::TRUE);
    let result = run_code(vm, &code, &module.dict);
    module.dict.del_name(&loading);
    match result {
        // A module may put something else in its place.
        Ok(_) => Ok(vm.modules.get_name(&key).unwrap_or_else(|| module.into())),
        Err(raised) => {
            vm.modules.del_name(&key);
            Err(raised)
        }
    }
}

/// The module of `from ..module import`.
///
/// # Errors
/// As for [`import`].
pub fn import_from(vm: &mut Vm, module: &str, level: u32, globals: &Ref<DictObj>) -> R {
    if level == 0 {
        return import(vm, module);
    }
    let package = match globals.get_name(&vm.names.__package__) {
        Some(package) => package,
        None => {
            let name = globals.get_name(&vm.names.__name__).unwrap_or(Value::NONE);
            let name = name.as_str().unwrap_or("");
            let is_package = globals.get_name(&vm.names.__path__).is_some();
            let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
            vm.str(if is_package { name } else { parent })
        }
    };
    let package = package.as_str().unwrap_or("").to_owned();
    if package.is_empty() {
        return Err(vm.import_error("attempted relative import with no known parent package"));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((above, _)) => base = above,
            None => {
                return Err(vm.import_error("attempted relative import beyond top-level package"));
            }
        }
    }
    if module.is_empty() {
        import(vm, base)
    } else {
        import(vm, &format!("{base}.{module}"))
    }
}

/// `from module import *`
///
/// # Errors
/// What `__all__` gives; `AttributeError` for a name in it that is not there.
pub fn import_star(vm: &mut Vm, module: &Value, globals: &Ref<DictObj>) -> R<()> {
    let all = vm.names.__all__.clone();
    if let Some(names) = find(vm, module, &all)? {
        for name in vm.collect(&names)? {
            let Some(text) = name.to_str_obj() else {
                let (module, given) = (module_name(module), vm.type_name(&name));
                return Err(
                    vm.type_error(format!("Item in {module}.__all__ must be str, not {given}"))
                );
            };
            let name = vm.intern_str(&text);
            let value = vm.get_attr(module, &name)?;
            globals.set_name(&name, value);
        }
        return Ok(());
    }
    if let Some(module) = module.as_module() {
        for (name, value) in entries(&module.dict) {
            if let Some(text) = name.to_str_obj()
                && !text.text().starts_with('_')
            {
                let name = vm.intern_str(&text);
                globals.set_name(&name, value);
            }
        }
    }
    Ok(())
}

fn module_name(module: &Value) -> String {
    module
        .as_module()
        .map_or("<unknown module name>", |module| module.name.text())
        .to_owned()
}

/// One name of `from module import name`: an attribute, or a module of the package.
///
/// # Errors
/// `ImportError` when the module has no such name.
pub fn import_name(vm: &mut Vm, module: &Value, name: &Name) -> R {
    if let Some(value) = find(vm, module, name)? {
        return Ok(value);
    }
    let Some(object) = module.to_module() else {
        return Err(vm.no_attribute(module, name));
    };
    let full = format!("{}.{}", object.name.text(), name.text());
    let key = vm.intern(&full);
    if let Some(found) = vm.modules.get_name(&key) {
        return Ok(found);
    }
    let path = vm.names.__path__.clone();
    if object.dict.get_name(&path).is_some() || registry::is_known(&full) {
        match import(vm, &full) {
            Ok(found) => return Ok(found),
            Err(raised) => {
                let class = vm.types.module_not_found_error.clone();
                let about = crate::error::exc_data(&vm.pending, |data| data.field("name"));
                let about = about.flatten();
                let own = about.as_ref().and_then(Value::as_str) == Some(&full);
                if !vm.pending_is(&class) || !own {
                    return Err(raised);
                }
                drop(vm.take_pending());
            }
        }
    }
    Err(cannot_import(vm, &object, name))
}

#[cold]
fn cannot_import(vm: &mut Vm, module: &Ref<ModuleObj>, name: &Name) -> Raised {
    let (from, text) = (module.name.text().to_owned(), name.text().to_owned());
    let file = module.dict.get_name(&vm.names.__file__);
    let file = file
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or("unknown location")
        .to_owned();
    let loading = vm.intern("__initializing__");
    let message = if module.dict.get_name(&loading).is_some() {
        format!(
            "cannot import name '{text}' from partially initialized module '{from}' (most likely \
             due to a circular import) ({file})"
        )
    } else {
        format!("cannot import name '{text}' from '{from}' ({file})")
    };
    let raised = vm.import_error(message);
    let (from, name) = (vm.str(from), name.to_value());
    with_exc_data(&vm.pending, |data| {
        data.set_field("name", from);
        data.set_field("name_from", name);
    });
    raised
}
