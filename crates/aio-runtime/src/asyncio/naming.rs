//! What tasks and objects are called in reports: the function that a task runs, the variable that
//! an object is in.

use super::reasons::{Waiting, Waits};
use super::tasks::name_of;
use crate::heap::Ref;
use crate::objects::{CoroutineObj, DictObj, FutureFlags, FutureObj, InstanceObj};
use crate::value::Value;
use rustc_hash::FxHashMap;

/// The names of a report.
pub struct Names {
    /// Of tasks.
    pub tasks: TaskNames,
    /// Of what they wait for.
    pub objects: ObjectNames,
}

impl Names {
    /// The names for these waits.
    pub fn new(waits: &Waits) -> Names {
        Names {
            tasks: TaskNames::new(waits),
            objects: ObjectNames::new(waits),
        }
    }
}

/// The names of the tasks of a report.
pub struct TaskNames {
    names: FxHashMap<u32, String>,
}

impl TaskNames {
    /// A task is called as it was named, else by its function; if several run that, by both.
    pub fn new(waits: &Waits) -> TaskNames {
        let functions: Vec<Option<String>> = waits.list.iter().map(function_of).collect();
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for function in functions.iter().flatten() {
            *counts.entry(function).or_default() += 1;
        }
        let names = waits.list.iter().zip(&functions).map(|(wait, function)| {
            let name = name_of(&wait.task);
            let shown = match function {
                Some(function) if !wait.task.has(FutureFlags::NAMED) => {
                    if counts.get(function.as_str()) == Some(&1) {
                        function.clone()
                    } else {
                        format!("{function} ({name})")
                    }
                }
                Some(_) | None => name,
            };
            (wait.task.number.get(), shown)
        });
        TaskNames {
            names: names.collect(),
        }
    }

    /// What a task is called.
    pub fn of(&self, task: &FutureObj) -> String {
        let known = self.names.get(&task.number.get());
        known.cloned().unwrap_or_else(|| name_of(task))
    }

    /// Several tasks in one phrase, quoted.
    pub fn list(&self, tasks: &[Ref<FutureObj>]) -> String {
        let quoted = |task: &Ref<FutureObj>| {
            if task.is_task() {
                format!("`{}`", self.of(task))
            } else {
                "a future".to_owned()
            }
        };
        match tasks {
            [] => "nothing".to_owned(),
            [one] => quoted(one),
            [one, two] => format!("{} and {}", quoted(one), quoted(two)),
            [one, two, three] => {
                format!("{}, {} and {}", quoted(one), quoted(two), quoted(three))
            }
            [first, .., last] => {
                let (first, last) = (quoted(first), quoted(last));
                format!("{} tasks, {first} to {last}", tasks.len())
            }
        }
    }
}

/// The function that a task runs.
pub fn function_of(wait: &Waiting) -> Option<String> {
    let root = wait.frames.first()?;
    let Some(func) = &root.func else {
        return root.with_native(|native| native.map(|native| native.name().to_owned()));
    };
    let name = func.code.qualname.text();
    Some(name.rsplit("<locals>.").next().unwrap_or(name).to_owned())
}

/// How many tasks are asked for names of objects, and how many objects get one: who would read
/// more of them?
const ASKED: usize = 64;

/// The variables that the objects of a report are in.
pub struct ObjectNames {
    names: FxHashMap<usize, String>,
}

impl ObjectNames {
    /// The names of what the tasks wait for: as the task that waits calls it, unless a name would
    /// stand for two objects and another task knows a better one.
    pub fn new(waits: &Waits) -> ObjectNames {
        let mut objects: Vec<(usize, Vec<String>)> = Vec::new();
        for wait in &waits.list {
            let Some(object) = wait.reason.object() else {
                continue;
            };
            let is_known = objects.iter().any(|(known, _)| *known == object.address());
            if is_known || objects.len() == ASKED {
                continue;
            }
            let others = waits.list.iter().take(ASKED);
            let frames = std::iter::once(wait).chain(others).map(|wait| &wait.frames);
            let mut names: Vec<String> = Vec::new();
            for name in frames.filter_map(|frames| variable_of(frames, &object)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            objects.push((object.address(), names));
        }
        let mut uses: FxHashMap<&str, usize> = FxHashMap::default();
        for name in objects.iter().flat_map(|(_, names)| names) {
            *uses.entry(name).or_default() += 1;
        }
        let chosen = objects.iter().filter_map(|(address, names)| {
            let mut own = names.iter();
            let name = own.find(|name| uses.get(name.as_str()) == Some(&1));
            Some((*address, name.or(names.first())?.clone()))
        });
        ObjectNames {
            names: chosen.collect(),
        }
    }

    /// The variable that an object is in.
    pub fn of(&self, object: &Value) -> Option<&str> {
        self.names.get(&object.address()).map(String::as_str)
    }
}

/// The variable that an object is in, as the frames of a task see it: a local one, an attribute
/// of `self`, a global one.
fn variable_of(frames: &[Ref<CoroutineObj>], object: &Value) -> Option<String> {
    frames.iter().rev().find_map(|frame| {
        let func = frame.func.as_ref()?;
        let names = &func.code.slot_names;
        let lent = frame.lend();
        let mut attribute = None;
        let direct = names
            .iter()
            .zip(lent.slots.iter())
            .find_map(|(name, value)| {
                let name = name.text();
                if name.starts_with('.') {
                    return None;
                }
                if holds(value, object) {
                    return Some(name.to_owned());
                }
                if attribute.is_none() {
                    attribute = value
                        .as_instance()
                        .and_then(|instance| attribute_of(instance, object))
                        .map(|found| format!("{name}.{found}"));
                }
                None
            });
        let local = direct.or(attribute);
        local.or_else(|| global_of(&func.globals, object))
    })
}

fn holds(value: &Value, object: &Value) -> bool {
    value.is(object)
        || value.as_cell().is_some_and(|cell| {
            cell.value
                .with(|value| value.as_ref().is_some_and(|v| v.is(object)))
        })
}

fn attribute_of(instance: &InstanceObj, object: &Value) -> Option<String> {
    let at = instance
        .slots
        .with(|slots| slots.iter().position(|value| value.is(object)))?;
    let name = instance.shape.get().names.get(at)?;
    Some(name.text().to_owned())
}

fn global_of(globals: &DictObj, object: &Value) -> Option<String> {
    globals.table.with(|table| {
        table
            .iter()
            .find(|entry| entry.value.is(object))
            .and_then(|entry| entry.key.as_str().map(str::to_owned))
    })
}
