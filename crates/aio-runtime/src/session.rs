//! Running programs: the face of the crate towards the command.

use crate::code::{Code, SourceFile};
use crate::error::R;
use crate::heap::{GcCell, Ref};
use crate::objects::{DictObj, FuncObj};
use crate::value::Value;
use crate::vm::Vm;
use aio_compile::hir;
use std::path::PathBuf;
use std::rc::Rc;

/// How a session is started.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// `sys.argv`
    pub argv: Vec<String>,
    /// Whether time passes only when everybody waits.
    pub virtual_time: bool,
    /// The script as it was named.
    pub script_name: String,
    /// Where `import` looks for files.
    pub script_dir: Option<PathBuf>,
    /// The native stack of the thread that runs the session, in bytes.
    pub stack_size: usize,
}

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// The exit code.
    pub exit_code: i32,
    /// The signal it is to die of.
    pub killed_by_signal: Option<i32>,
}

/// An interpreter with its globals.
pub struct Session {
    vm: Vm,
    globals: Ref<DictObj>,
}

impl Session {
    /// A new interpreter.
    pub fn new(options: Options) -> Session {
        let stack = if options.stack_size == 0 {
            1 << 20
        } else {
            options.stack_size
        };
        Session {
            vm: Vm::new(options, stack),
            globals: Ref::new(DictObj::default()),
        }
    }

    /// The interpreter.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// Runs a program.
    pub fn run_program(&mut self, name: &str, source: &str, program: &hir::Program) -> Outcome {
        let file = Rc::new(SourceFile::new(name, source));
        let result = self.run_code(&program.code, &file);
        let exit_code = match result {
            Ok(_) => 0,
            Err(_) => {
                let exception = self.vm.take_pending();
                let line = crate::report::last_line(&mut self.vm, &exception);
                self.vm.out.error(&format!("{line}\n"));
                1
            }
        };
        let _ = self.vm.out.flush();
        Outcome {
            exit_code,
            killed_by_signal: None,
        }
    }

    fn run_code(&mut self, code: &Rc<hir::Code>, file: &Rc<SourceFile>) -> R {
        let code = Code::new(&mut self.vm, code, file);
        let func = Ref::new(FuncObj {
            code,
            globals: self.globals.clone(),
            closure: Box::from([]),
            defaults: GcCell::new(Rc::from([])),
            extra: GcCell::default(),
        });
        let func: Value = func.into();
        self.vm.call(&func, &[])
    }
}
