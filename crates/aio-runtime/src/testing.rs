//! Running the tests of a file: its functions named `test_…`.
//!
//! The file is run once, as a module of its own name, so that what stands under
//! `if __name__ == "__main__"` is not. Then each test is called; if that gives a coroutine, an
//! event loop of its own runs it. What is printed meanwhile is kept, and given back only with a
//! failure.

use crate::asyncio;
use crate::error::R;
use crate::report;
use crate::session::Session;
use crate::types::class_build::entries;
use crate::value::Value;
use aio_compile::hir;

/// Why a test failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What was printed before.
    pub output: String,
    /// The traceback.
    pub traceback: String,
}

impl Session {
    /// Runs a file, for its definitions.
    ///
    /// # Errors
    /// If it raises.
    pub fn load_tests(
        &mut self,
        module: &str,
        name: &str,
        source: &str,
        program: &hir::Program,
    ) -> Result<(), Failure> {
        let module = self.vm().str(module.to_owned());
        let key = self.vm().intern("__name__");
        self.globals().set_name(&key, module);
        self.captured(|session| {
            let file = session.vm().sources.add(name, source);
            session.run_code(&program.code, &file).map(drop)
        })
        .map(drop)
    }

    /// The names of the tests, in the order of their definitions.
    pub fn tests(&self) -> Vec<String> {
        entries(self.globals())
            .into_iter()
            .filter(|(_, value)| value.as_func().is_some())
            .filter_map(|(key, _)| key.as_str().map(str::to_owned))
            .filter(|name| name.starts_with("test_"))
            .collect()
    }

    /// Runs one test; gives what was told of mistakes with coroutines and tasks meanwhile.
    ///
    /// # Errors
    /// If it raises.
    pub fn test(&mut self, name: &str) -> Result<String, Failure> {
        let key = self.vm().intern(name);
        let Some(function) = self.globals().get_name(&key) else {
            return Ok(String::new());
        };
        self.captured(|session| {
            let vm = session.vm();
            let result = vm.call(&function, &[])?;
            if asyncio::is_coroutine(vm, &result) {
                asyncio::run_main(vm, result)?;
            }
            Ok(())
        })
    }

    fn captured(&mut self, run: impl FnOnce(&mut Session) -> R<()>) -> Result<String, Failure> {
        let told = self.vm().mistakes.count();
        self.vm().out.capture = Some(Default::default());
        let result = run(self);
        let failed = result.is_err().then(|| {
            let exception: Value = self.vm().take_pending();
            report::mistakes::tell_of_error(self.vm(), &exception);
            report::format_exception(self.vm(), &exception)
        });
        self.vm().run_finalizers();
        let told = self.vm().mistakes.count() > told;
        let (out, err) = self.vm().out.capture.take().unwrap_or_default();
        let Some(traceback) = failed else {
            let said = String::from_utf8_lossy(&err).into_owned();
            return Ok(if told { said } else { String::new() });
        };
        let mut output = String::from_utf8_lossy(&out).into_owned();
        output.push_str(&String::from_utf8_lossy(&err));
        Err(Failure { output, traceback })
    }
}
