//! `import`: modules go through the same passes as scripts, so that they can have async functions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope};

use super::compile::{Unit, compile};
use super::syntax::Shared;

/// Finds modules as files beside the script that imports them.
pub struct Modules {
    shared: Rc<Shared>,
    loaded: RefCell<HashMap<PathBuf, Rc<Module>>>,
}

impl Modules {
    pub fn new(shared: Rc<Shared>) -> Self {
        Self { shared, loaded: RefCell::default() }
    }

    fn load(&self, engine: &Engine, file: &Path, pos: Position) -> Result<Module, Box<EvalAltResult>> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|e| -> Box<EvalAltResult> {
            let message = format!("can't import \"{name}\": {e}");
            Box::new(EvalAltResult::ErrorRuntime(message.into(), pos))
        })?;
        let program = compile(engine, &self.shared, &name, &text, Unit::Module).map_err(|e| -> Box<EvalAltResult> {
            let message = format!("can't import \"{}\": {}", e.place, e.title);
            Box::new(EvalAltResult::ErrorRuntime(message.into(), pos))
        })?;
        Module::eval_ast_as_new(Scope::new(), &program.ast, engine)
            .map_err(|e| Box::new(EvalAltResult::ErrorInModule(name, e, pos)))
    }
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        pos: Position,
    ) -> Result<Rc<Module>, Box<EvalAltResult>> {
        let folder = source.map(Path::new).and_then(Path::parent).unwrap_or(Path::new(""));
        let mut file = folder.join(path);
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        if let Some(module) = self.loaded.borrow().get(&file) {
            return Ok(module.clone());
        }
        let module = Rc::new(self.load(engine, &file, pos)?);
        self.loaded.borrow_mut().insert(file, module.clone());
        Ok(module)
    }
}
