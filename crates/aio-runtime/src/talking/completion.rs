//! What the line that is typed at a prompt could go on with.
//!
//! By what stands before: attributes behind a dot, modules behind `import`, the names of a module
//! behind `from … import`, keyword arguments inside a call; else the names of the program and the
//! builtins. Nothing of the program runs for it, but what an attribute of an object runs.

use crate::modules;
use crate::objects::FuncObj;
use crate::session::Session;
use crate::types::class_build::entries;
use crate::value::{Tag, Value};

impl Session {
    /// The words that the last word of `before` could become; with it, whether keywords of the
    /// language may stand there too.
    pub fn completions(&mut self, before: &str) -> (Vec<String>, bool) {
        let line = before.rsplit('\n').next().unwrap_or(before);
        let path = last_path(line);
        let typed = path.rsplit('.').next().unwrap_or(path);
        let (mut names, with_keywords) = self.candidates(line, path);
        names.retain(|name| {
            name.starts_with(typed) && (typed.starts_with('_') || !name.starts_with('_'))
        });
        names.sort();
        names.dedup();
        (names, with_keywords)
    }

    fn candidates(&mut self, line: &str, path: &str) -> (Vec<String>, bool) {
        let head = line.strip_suffix(path).unwrap_or(line);
        if let Some(module) = module_imported_from(head) {
            return (self.names_in_module(module), false);
        }
        let first_words = head.trim_start();
        if first_words.starts_with("import ") || first_words == "from " {
            let package = path.rfind('.').map_or("", |dot| &path[..=dot]);
            let inside = |name: String| name.strip_prefix(package).map(str::to_owned);
            return (
                modules::names().into_iter().filter_map(inside).collect(),
                false,
            );
        }
        if let Some((object, _)) = path.rsplit_once('.') {
            return (self.attributes(object), false);
        }
        let mut names = names_of(&entries(self.globals()));
        names.extend(names_of(&entries(&self.vm().builtins.clone())));
        names.extend(aio_compile::PRELUDE.iter().map(|name| (*name).to_owned()));
        names.extend(["exit", "quit"].map(str::to_owned));
        if let Some(function) = function_called(head) {
            names.extend(self.keyword_arguments(function));
        }
        (names, true)
    }

    /// The value of names with dots, if all of them are there.
    fn value_of(&mut self, path: &str) -> Option<Value> {
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let key = self.vm().intern(first);
        let global = self.globals().get_name(&key);
        let mut object = global.or_else(|| self.vm().builtins.get_name(&key))?;
        for part in parts {
            let name = self.vm().intern(part);
            match self.vm().get_attr(&object, &name) {
                Ok(found) => object = found,
                Err(_) => {
                    drop(self.vm().take_pending());
                    return None;
                }
            }
        }
        Some(object)
    }

    fn attributes(&mut self, path: &str) -> Vec<String> {
        match self.value_of(path) {
            Some(object) => self.names_in(&object),
            None => Vec::new(),
        }
    }

    fn names_in(&mut self, object: &Value) -> Vec<String> {
        let key = self.vm().intern("dir");
        let Some(dir) = self.vm().builtins.get_name(&key) else {
            return Vec::new();
        };
        let listed = self.vm().call(&dir, std::slice::from_ref(object));
        let mut names = self.texts(listed);
        if object.as_module().is_some() {
            // A module that makes its contents on demand knows their names.
            let key = self.vm().intern("__all__");
            let all = self.vm().get_attr(object, &key);
            names.extend(self.texts(all));
        }
        names
    }

    /// The names of a module that is imported already, or of one of ours.
    fn names_in_module(&mut self, name: &str) -> Vec<String> {
        let key = self.vm().intern(name);
        let found = self.vm().modules.get_name(&key);
        let module = match found {
            Some(module) => Some(module),
            None if modules::is_known(name) => modules::import(self.vm(), name).ok(),
            None => None,
        };
        if module.is_none() {
            drop(self.vm().take_pending());
        }
        module.map_or_else(Vec::new, |module| self.names_in(&module))
    }

    /// The parameters of a function of the program, as they are written in a call.
    fn keyword_arguments(&mut self, path: &str) -> Vec<String> {
        let Some(mut callee) = self.value_of(path) else {
            return Vec::new();
        };
        let mut bound = 0;
        if callee.tag() == Tag::Class {
            let init = self.vm().names.__init__.clone();
            match self.vm().get_attr(&callee, &init) {
                Ok(found) => (callee, bound) = (found, 1),
                Err(_) => drop(self.vm().take_pending()),
            }
        }
        if let Some(method) = callee.as_method() {
            (callee, bound) = (method.func.clone(), 1);
        }
        match callee.to_func() {
            Some(func) => parameters(&func, bound),
            None => Vec::new(),
        }
    }

    /// The texts of a list; none if there is no list.
    fn texts(&mut self, list: crate::error::R) -> Vec<String> {
        match list.and_then(|list| self.vm().collect(&list)) {
            Ok(list) => list
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            Err(_) => {
                drop(self.vm().take_pending());
                Vec::new()
            }
        }
    }
}

fn parameters(func: &FuncObj, bound: usize) -> Vec<String> {
    let params = &func.code.hir.params;
    let first = bound.max(params.posonly as usize);
    let count = (params.posonly + params.positional + params.kwonly) as usize;
    let names = func.code.slot_names.iter().take(count).skip(first);
    names.map(|name| format!("{}=", name.text())).collect()
}

fn names_of(pairs: &[(Value, Value)]) -> Vec<String> {
    pairs
        .iter()
        .filter_map(|(key, _)| key.as_str().map(str::to_owned))
        .collect()
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '.')
}

/// Names with dots at the end of a line.
fn last_path(line: &str) -> &str {
    let head = line.trim_end_matches(is_part);
    line.strip_prefix(head).unwrap_or_default()
}

/// The module in `from module import …`.
fn module_imported_from(head: &str) -> Option<&str> {
    let rest = head.trim_start().strip_prefix("from ")?;
    let (module, names) = rest.split_once(" import ")?;
    let is_list = |char: char| is_part(char) || matches!(char, ',' | ' ' | '(');
    names.chars().all(is_list).then_some(module.trim())
}

/// The function whose call is open at the end of a line.
fn function_called(head: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, char) in head.char_indices().rev() {
        match char {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth > 0 => depth -= 1,
            '(' => {
                let path = last_path(head.get(..at)?);
                return (!path.is_empty()).then_some(path);
            }
            '[' | '{' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_what_is_typed() {
        assert_eq!(last_path("x = a.b.c"), "a.b.c");
        assert_eq!(last_path("f("), "");
        assert_eq!(module_imported_from("from a.b import "), Some("a.b"));
        assert_eq!(module_imported_from("from a import b, "), Some("a"));
        assert_eq!(module_imported_from("from a "), None);
        assert_eq!(function_called("x = f(1, g(2), "), Some("f"));
        assert_eq!(function_called("a.f(h("), Some("h"));
        assert_eq!(function_called("a.f(x)"), None);
        assert_eq!(function_called("f([1, "), None);
        assert_eq!(function_called("(1, "), None);
    }
}
