//! Nodes: `import`.

use super::{Frame, Node, StoreBox};
use crate::error::R;
use crate::objects::Name;
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
        let module = crate::modules::import_from(vm, &self.module, self.level, &globals)?;
        if self.star {
            crate::modules::import_star(vm, &module, &globals)?;
        }
        for (name, target) in &self.names {
            let value = crate::modules::import_name(vm, &module, name)?;
            target.store(vm, frame, value)?;
        }
        Ok(Value::NONE)
    }
}
