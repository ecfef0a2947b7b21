//! `eval`, `exec`, `compile`.
//!
//! Code is compiled as that of a module. Where the locals are not the globals, it runs over a
//! copy of both, and what it bound is put into the locals afterwards.

use super::Function;
use super::objects::caller;
use crate::code::{Code, SourceFile};
use crate::error::{R, Raised};
use crate::heap::{GcCell, Ref};
use crate::native::{Args, NativeFn, Signature};
use crate::objects::{ClassObj, DictObj, FuncObj};
use crate::types::class_build::entries;
use crate::types::function::{code_of, new_code};
use crate::value::{Tag, Value};
use crate::vm::Vm;
use aio_syntax::{Diagnostic, SyntaxErrorKind};
use std::rc::Rc;

/// The functions.
pub const FUNCTIONS: &[Function] = &[
    (
        "eval",
        NativeFn::Any(eval),
        "Evaluate the given source in the context of globals and locals.",
    ),
    (
        "exec",
        NativeFn::Any(exec),
        "Execute the given source in the context of globals and locals.",
    ),
    (
        "compile",
        NativeFn::Any(compile),
        "Compile source into a code object that can be executed by exec() or eval().",
    ),
];

/// What a text is compiled as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A module, whose text is kept.
    Module,
    Exec,
    Eval,
    Single,
}

/// Raises the `SyntaxError` of a diagnostic.
pub fn raise_syntax_error(vm: &mut Vm, file: &SourceFile, diagnostic: &Diagnostic) -> Raised {
    let class: Ref<ClassObj> = match diagnostic.kind {
        SyntaxErrorKind::SyntaxError => vm.types.syntax_error.clone(),
        SyntaxErrorKind::IndentationError => vm.types.indentation_error.clone(),
        SyntaxErrorKind::TabError => vm.types.tab_error.clone(),
    };
    let span = diagnostic.primary.span;
    let column = |offset: u32| {
        let before = file.text.get(..offset as usize).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        before[start..].chars().count() as i64 + 1
    };
    let (line, end_line) = (file.line_of(span.start), file.line_of(span.end));
    let text = format!("{}\n", file.line_text(line));
    let place = vec![
        vm.str(file.name.clone()),
        Value::int(line as i64),
        Value::int(column(span.start)),
        vm.str(text),
        Value::int(end_line as i64),
        Value::int(column(span.end)),
    ];
    let message = vm.str(diagnostic.message.clone());
    let place = Value::tuple(place);
    vm.raise_with(&class, vec![message, place])
}

/// Compiles a text as a module.
///
/// # Errors
/// `SyntaxError`
pub fn compile_module(vm: &mut Vm, name: &str, text: &str) -> R<Rc<Code>> {
    compile_text(vm, name, text, Mode::Module)
}

fn compile_text(vm: &mut Vm, name: &str, text: &str, mode: Mode) -> R<Rc<Code>> {
    let text = if mode == Mode::Eval {
        text.trim_start_matches([' ', '\t'])
    } else {
        text
    };
    // A text that is evaluated may be one of millions: only modules are kept.
    let file = match mode {
        Mode::Module => vm.sources.add(name, text),
        Mode::Exec | Mode::Eval | Mode::Single => Rc::new(SourceFile::new(name, text)),
    };
    if text.contains('\0') {
        return Err(vm.syntax_error("source code string cannot contain null bytes"));
    }
    let parsed = aio_syntax::parse(text);
    if let Some(first) = parsed.diagnostics.iter().find(|d| d.is_error()) {
        return Err(raise_syntax_error(vm, &file, first));
    }
    let options = aio_compile::Options { source: text };
    let program = match mode {
        Mode::Module | Mode::Exec => aio_compile::compile_exec(&parsed.module, &options),
        Mode::Eval => aio_compile::compile_eval(&parsed.module, &options),
        Mode::Single => aio_compile::compile_interactive(&parsed.module, &options),
    };
    match program {
        Ok(program) => Ok(Code::new(vm, &program.code, &file)),
        Err(diagnostics) => match diagnostics.first() {
            Some(first) => Err(raise_syntax_error(vm, &file, first)),
            None => Err(vm.syntax_error("invalid syntax")),
        },
    }
}

/// Runs compiled code over global names; gives its value.
///
/// # Errors
/// What the code raises.
pub fn run_code(vm: &mut Vm, code: &Rc<Code>, globals: &Ref<DictObj>) -> R {
    let func = Ref::new(FuncObj {
        code: code.clone(),
        globals: globals.clone(),
        closure: Box::from([]),
        defaults: GcCell::new(Rc::from([])),
        extra: GcCell::default(),
    });
    let func: Value = func.into();
    vm.call(&func, &[])
}

fn run_in(vm: &mut Vm, code: &Rc<Code>, globals: &Ref<DictObj>, locals: &Ref<DictObj>) -> R {
    let key = vm.names.__builtins__.clone();
    if globals.get_name(&key).is_none() {
        let builtins = vm.builtins.to_value();
        globals.set_name(&key, builtins);
    }
    if globals.same(locals) {
        return run_code(vm, code, globals);
    }
    let both = Ref::new(DictObj::default());
    for (key, value) in entries(globals).into_iter().chain(entries(locals)) {
        vm.dict_set(&both, key, value)?;
    }
    let before = entries(&both);
    let result = run_code(vm, code, &both);
    let pending = vm.pending.take();
    for (key, value) in entries(&both) {
        let old = before
            .iter()
            .find(|(name, _)| name.as_str() == key.as_str());
        if old.is_none_or(|(_, old)| !old.is(&value)) {
            vm.dict_set(locals, key, value)?;
        }
    }
    vm.pending = pending;
    result
}

/// The dicts to run in: those given, or the names of the caller.
fn namespaces(
    vm: &mut Vm,
    func: &str,
    globals: Value,
    locals: Value,
) -> R<(Ref<DictObj>, Ref<DictObj>)> {
    let given = |value: &Value| !value.is_unset() && !value.is_none();
    let (own_globals, own_locals) = caller(vm);
    let globals_dict = if given(&globals) {
        match dict_of(&globals) {
            Some(dict) => Some(dict),
            None => {
                let name = vm.type_name(&globals);
                return Err(vm.type_error(format!("{func}() globals must be a dict, not {name}")));
            }
        }
    } else {
        None
    };
    let locals_dict = if given(&locals) {
        match dict_of(&locals) {
            Some(dict) => Some(dict),
            None => {
                let name = vm.type_name(&locals);
                return Err(vm.type_error(format!("locals must be a mapping or None, not {name}")));
            }
        }
    } else {
        None
    };
    Ok(match (globals_dict, locals_dict) {
        (Some(globals), Some(locals)) => (globals, locals),
        (Some(globals), None) => (globals.clone(), globals),
        (None, Some(locals)) => (own_globals, locals),
        (None, None) => (own_globals, own_locals),
    })
}

fn dict_of(value: &Value) -> Option<Ref<DictObj>> {
    let base = value.as_instance().and_then(|i| i.base_value());
    base.as_ref().unwrap_or(value).to_dict()
}

fn text_of(vm: &mut Vm, source: &Value) -> R<Option<String>> {
    if let Some(text) = source.as_str() {
        return Ok(Some(text.to_owned()));
    }
    match source.as_bytes_obj() {
        Some(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(vm.syntax_error("(unicode error) 'utf-8' codec can't decode bytes")),
        },
        None => Ok(None),
    }
}

fn run_source(vm: &mut Vm, args: Args<'_>, func: &'static str, mode: Mode) -> R {
    let signature = Signature {
        name: func,
        params: &["/source", "globals", "locals", "closure"],
        positional: 3,
        required: 1,
    };
    let [source, globals, locals, _] = vm.bind(args, &signature)?;
    let (globals, locals) = namespaces(vm, func, globals, locals)?;
    let code = match code_of(&source) {
        Some(code) => code,
        None => match text_of(vm, &source)? {
            Some(text) => compile_text(vm, "<string>", &text, mode)?,
            None => {
                return Err(vm.type_error(format!(
                    "{func}() arg 1 must be a string, bytes or code object"
                )));
            }
        },
    };
    run_in(vm, &code, &globals, &locals)
}

fn eval(vm: &mut Vm, args: Args<'_>) -> R {
    run_source(vm, args, "eval", Mode::Eval)
}

fn exec(vm: &mut Vm, args: Args<'_>) -> R {
    run_source(vm, args, "exec", Mode::Exec)?;
    Ok(Value::NONE)
}

fn compile(vm: &mut Vm, args: Args<'_>) -> R {
    let signature = Signature {
        name: "compile",
        params: &[
            "source",
            "filename",
            "mode",
            "flags",
            "dont_inherit",
            "optimize",
        ],
        positional: 6,
        required: 3,
    };
    let [source, file, mode, ..]: [Value; 6] = vm.bind(args, &signature)?;
    let mode = match mode.as_str() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    if source.tag() == Tag::Instance && code_of(&source).is_some() {
        return Ok(source);
    }
    let Some(text) = text_of(vm, &source)? else {
        return Err(vm.type_error("compile() arg 1 must be a string, bytes or AST object"));
    };
    let file = file.as_str().unwrap_or("<string>").to_owned();
    let code = compile_text(vm, &file, &text, mode)?;
    Ok(new_code(vm, &code))
}
