//! "Did you mean": the name closest to one that was not found.
//!
//! The measure is CPython's: an edit distance in which a change costs two and a change of case
//! one, and no more than a third of the characters may need changing.

use crate::error::exc_data;
use crate::modules;
use crate::types::class_build::entries;
use crate::types::object::names_of_class;
use crate::value::{Tag, Value};
use crate::vm::Vm;

const MOVE: usize = 2;
const CASE: usize = 1;
/// Longer names, and more candidates, get no suggestion.
const MAX_LENGTH: usize = 40;
const MAX_CANDIDATES: usize = 750;

/// What is added to the message of an exception; empty for nothing.
pub fn suggestion(vm: &mut Vm, exception: &Value) -> String {
    let class = vm.class_of(exception);
    let types = &vm.types;
    let is_name = class.is_subclass_of(&types.name_error);
    let is_attribute = class.is_subclass_of(&types.attribute_error);
    let is_import = class.is_subclass_of(&types.import_error);
    let field = |name| exc_data(exception, |data| data.field(name)).flatten();
    let wrong = if is_import {
        field("name_from")
    } else {
        field("name")
    };
    let Some(wrong) = wrong.as_ref().and_then(Value::as_str).map(str::to_owned) else {
        return String::new();
    };
    let found = if is_attribute {
        field("obj").and_then(|object| closest_attribute(vm, &object, &wrong))
    } else if is_name {
        closest_name(vm, exception, &wrong)
    } else if is_import {
        field("name").and_then(|module| closest_in_module(vm, &module, &wrong))
    } else {
        None
    };
    let mut text = found
        .as_ref()
        .map_or_else(String::new, |name| format!(". Did you mean: '{name}'?"));
    if is_name && modules::is_standard(&wrong) {
        text.push_str(&if found.is_some() {
            format!(" Or did you forget to import '{wrong}'?")
        } else {
            format!(". Did you forget to import '{wrong}'?")
        });
    }
    text
}

fn texts(names: Vec<Value>) -> Vec<String> {
    names
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn dict_names(dict: &crate::objects::DictObj) -> Vec<String> {
    texts(entries(dict).into_iter().map(|(name, _)| name).collect())
}

fn closest_attribute(vm: &mut Vm, object: &Value, wrong: &str) -> Option<String> {
    let mut names = match object.tag() {
        Tag::Class => {
            let class = object.to_class()?;
            texts(names_of_class(vm, &class))
        }
        Tag::Module => dict_names(&object.as_module()?.dict),
        _ => {
            let hook = vm.names.__dir__.clone();
            let listed = vm
                .call_special(object, &hook, &[])
                .and_then(|names| match names {
                    Some(names) => vm.collect(&names),
                    None => Ok(Vec::new()),
                });
            match listed {
                Ok(names) => texts(names),
                Err(_) => {
                    drop(vm.take_pending());
                    return None;
                }
            }
        }
    };
    names.sort();
    if !wrong.starts_with('_') {
        names.retain(|name| !name.starts_with('_'));
    }
    closest(&names, wrong)
}

fn closest_name(vm: &mut Vm, exception: &Value, wrong: &str) -> Option<String> {
    let trace = exc_data(exception, |data| data.trace.first().cloned()).flatten()?;
    let code = &trace.code;
    let mut names: Vec<String> = Vec::new();
    let locals = code.slot_names.iter().map(|name| name.text());
    names.extend(
        locals
            .filter(|name| !name.starts_with('.'))
            .map(str::to_owned),
    );
    names.extend(code.hir.free.iter().map(|free| free.name.to_string()));
    names.extend(dict_names(&modules::main_globals(vm)));
    names.extend(dict_names(&vm.builtins));
    closest(&names, wrong)
}

fn closest_in_module(vm: &mut Vm, module: &Value, wrong: &str) -> Option<String> {
    let key = vm.intern(module.as_str()?);
    let module = vm.modules.get_name(&key)?;
    let mut names = dict_names(&module.as_module()?.dict);
    names.sort();
    closest(&names, wrong)
}

/// The name closest to a wrong one, if one is close enough.
pub fn closest(names: &[String], wrong: &str) -> Option<String> {
    if names.len() >= MAX_CANDIDATES || wrong.chars().count() > MAX_LENGTH {
        return None;
    }
    let wrong_chars: Vec<char> = wrong.chars().collect();
    let mut best: Option<(usize, &String)> = None;
    for name in names.iter().filter(|name| *name != wrong) {
        let chars: Vec<char> = name.chars().collect();
        let mut limit = (wrong_chars.len() + chars.len() + 3) * MOVE / 6;
        if let Some((distance, _)) = best {
            limit = limit.min(distance.saturating_sub(1));
        }
        let distance = edit_distance(&wrong_chars, &chars, limit);
        if distance <= limit {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name.clone())
}

fn change_cost(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_lowercase().eq(b.to_lowercase()) {
        CASE
    } else {
        MOVE
    }
}

/// The cost of changing one text into the other; anything above `limit` may come as `limit + 1`.
fn edit_distance<'a>(mut a: &'a [char], mut b: &'a [char], limit: usize) -> usize {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    (a, b) = (a.split_at(same).1, b.split_at(same).1);
    let same = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    (a, b) = (a.split_at(a.len() - same).0, b.split_at(b.len() - same).0);
    if a.is_empty() || b.is_empty() {
        return MOVE * (a.len() + b.len());
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    if b.len() < a.len() {
        (a, b) = (b, a);
    }
    if (b.len() - a.len()) * MOVE > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|at| at * MOVE).collect();
    let mut result = 0;
    for (at, ch) in b.iter().enumerate() {
        let mut distance = at * MOVE;
        result = distance;
        let mut minimum = usize::MAX;
        for (other, cell) in a.iter().zip(&mut row) {
            let substitute = distance + change_cost(*ch, *other);
            distance = *cell;
            result = (result.min(distance) + MOVE).min(substitute);
            *cell = result;
            minimum = minimum.min(result);
        }
        if minimum > limit {
            return limit + 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(names: &[&str], wrong: &str) -> Option<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        closest(&names, wrong)
    }

    #[test]
    fn the_closest_name_wins() {
        assert_eq!(best(&["append", "extend"], "apend"), Some("append".into()));
        assert_eq!(best(&["blech", "bluch"], "Bluch"), Some("bluch".into()));
        assert_eq!(best(&["completely", "other"], "xyz"), None);
    }
}
