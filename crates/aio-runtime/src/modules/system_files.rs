//! `_os`: the calls of the system that `os` and `os.path` are made of.

use super::files::path_text;
use super::{Function, add, add_functions};
use crate::error::R;
use crate::heap::Ref;
use crate::native::{Arguments, NativeFn};
use crate::objects::{DictObj, ListObj, ModuleObj};
use crate::permissions::Access;
use crate::value::Value;
use crate::vm::Vm;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

const FUNCTIONS: &[Function] = &[
    ("getcwd", NativeFn::F0(current_dir), "The current folder."),
    (
        "chdir",
        NativeFn::F1(|vm, p| on_path(vm, p, Access::Read, |p| std::env::set_current_dir(p))),
        "Change the current folder.",
    ),
    (
        "listdir",
        NativeFn::Range(0, 1, list),
        "The names in a folder.",
    ),
    (
        "mkdir",
        NativeFn::Range(1, 2, |vm, a| {
            on_path(vm, a.at(0), Access::Write, |p| fs::create_dir(p))
        }),
        "Make a folder.",
    ),
    (
        "rmdir",
        NativeFn::F1(|vm, p| on_path(vm, p, Access::Write, |p| fs::remove_dir(p))),
        "Remove an empty folder.",
    ),
    (
        "remove",
        NativeFn::F1(|vm, p| on_path(vm, p, Access::Write, |p| fs::remove_file(p))),
        "Remove a file.",
    ),
    ("rename", NativeFn::F2(rename), "Rename a file or folder."),
    (
        "getpid",
        NativeFn::F0(|_| Ok(Value::int(i64::from(std::process::id())))),
        "The number of this process.",
    ),
    (
        "getppid",
        NativeFn::F0(|_| Ok(Value::int(i64::from(std::os::unix::process::parent_id())))),
        "The number of the process that started this one.",
    ),
    (
        "_exit",
        NativeFn::F1(exit_at_once),
        "End the process without cleaning up.",
    ),
    ("kill", NativeFn::F2(super::signals::kill), "Send a signal."),
    (
        "process_cpu_count",
        NativeFn::F0(cpu_count),
        "How many processors this process may use.",
    ),
    (
        "cpu_count",
        NativeFn::F0(cpu_count),
        "How many processors there are.",
    ),
    (
        "readlink",
        NativeFn::F1(read_link),
        "What a symbolic link points to.",
    ),
    ("symlink", NativeFn::F2(make_link), "Make a symbolic link."),
    (
        "_resolve",
        NativeFn::F2(resolve),
        "An absolute path without links; what is not there stays as it is, unless that is strict.",
    ),
];

/// Fills the module.
///
/// # Errors
/// None yet.
pub fn fill(vm: &mut Vm, module: &Ref<ModuleObj>) -> R<()> {
    add_functions(vm, module, FUNCTIONS);
    add_functions(vm, module, super::paths::FUNCTIONS);
    add_functions(vm, module, super::os_descriptors::FUNCTIONS);
    super::os_descriptors::add_flags(vm, module);
    super::status::fill(vm, module);
    let environ = Ref::new(DictObj::default());
    let mut variables: Vec<_> = std::env::vars_os().collect();
    variables.sort();
    for (name, value) in variables {
        let name = vm.intern(&name.to_string_lossy());
        let value = vm.str(value.to_string_lossy().into_owned());
        environ.set_name(&name, value);
    }
    add(vm, module, "environ", environ.into());
    Ok(())
}

fn on_path(vm: &mut Vm, path: &Value, access: Access, act: fn(&str) -> std::io::Result<()>) -> R {
    let path = path_text(vm, path)?;
    vm.permit(access, Some(&path))?;
    match act(&path) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.raise_io_error(&error, Some(&path))),
    }
}

fn current_dir(vm: &mut Vm) -> R {
    match std::env::current_dir() {
        Ok(path) => Ok(vm.str(path.to_string_lossy().into_owned())),
        Err(error) => Err(vm.raise_io_error(&error, None)),
    }
}

fn list(vm: &mut Vm, args: &[Value]) -> R {
    let path = match args.first() {
        Some(path) if !path.is_none() => path_text(vm, path)?,
        Some(_) | None => ".".to_owned(),
    };
    vm.permit(Access::Read, Some(&path))?;
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) => return Err(vm.raise_io_error(&error, Some(&path))),
    };
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| vm.str(entry.file_name().to_string_lossy().into_owned()))
        .collect();
    Ok(Value::new(ListObj::new(names)))
}

fn rename(vm: &mut Vm, from: &Value, to: &Value) -> R {
    let (from, to) = (path_text(vm, from)?, path_text(vm, to)?);
    vm.permit(Access::Write, Some(&from))?;
    match fs::rename(&from, &to) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.raise_io_error(&error, Some(&from))),
    }
}

fn cpu_count(_vm: &mut Vm) -> R {
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Value::int(count as i64))
}

fn read_link(vm: &mut Vm, path: &Value) -> R {
    let path = path_text(vm, path)?;
    vm.permit(Access::Read, Some(&path))?;
    match fs::read_link(&path) {
        Ok(target) => Ok(vm.str(target.to_string_lossy().into_owned())),
        Err(error) => Err(vm.raise_io_error(&error, Some(&path))),
    }
}

fn make_link(vm: &mut Vm, target: &Value, path: &Value) -> R {
    let (target, path) = (path_text(vm, target)?, path_text(vm, path)?);
    vm.permit(Access::Write, Some(&path))?;
    match std::os::unix::fs::symlink(&target, &path) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(vm.raise_io_error(&error, Some(&target))),
    }
}

fn resolve(vm: &mut Vm, path: &Value, strict: &Value) -> R {
    let text = path_text(vm, path)?;
    let strict = vm.truthy(strict)?;
    vm.permit(Access::Read, Some(&text))?;
    match resolved(Path::new(&text), strict) {
        Ok(path) => Ok(vm.str(path.to_string_lossy().into_owned())),
        Err(error) => Err(vm.raise_io_error(&error, Some(&text))),
    }
}

/// As far down as there is something; the rest is taken as it is written.
fn resolved(path: &Path, strict: bool) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    match fs::canonicalize(&path) {
        Ok(found) => return Ok(found),
        Err(error) if strict => return Err(error),
        Err(_) => {}
    }
    let mut found = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::ParentDir => {
                found.pop();
            }
            Component::Normal(name) => {
                found.push(name);
                found = fs::canonicalize(&found).unwrap_or(found);
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(found)
}

#[expect(clippy::exit, reason = "the script asks for just this")]
fn exit_at_once(vm: &mut Vm, code: &Value) -> R {
    let code = vm.index_i64(code)?;
    vm.send_held()?;
    std::process::exit((code & 0xff) as i32)
}
