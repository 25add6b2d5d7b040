//! `import`: modules go through the same passes as scripts, so that they can have async functions.

use std::cell::RefCell;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rhai::{Dynamic, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope};

use super::compile::{Unit, compile};
use super::failure::thrown;
use super::syntax::Shared;
use crate::source::{Source, file};

/// Asked before a file is read for the source of this name; the error is what is thrown.
pub type MayRead = Rc<dyn Fn(&Path, Option<&str>) -> Result<(), Dynamic>>;

/// Finds modules as files beside the script that imports them.
pub struct Modules {
    shared: Rc<Shared>,
    /// Those that are being loaded, each because the one before it imports it.
    loading: RefCell<Vec<Loading>>,
    may_read: MayRead,
}

struct Loading {
    file: PathBuf,
    name: String,
}

impl Modules {
    pub fn new(shared: Rc<Shared>, may_read: MayRead) -> Self {
        Self { shared, loading: RefCell::default(), may_read }
    }

    fn load(&self, engine: &Engine, file: &Path, pos: Position) -> Result<Module, Box<EvalAltResult>> {
        let name = file.display().to_string();
        let text = read_text(file).map_err(|e| -> Box<EvalAltResult> {
            let message = format!("can't import \"{name}\": {e}");
            Box::new(EvalAltResult::ErrorRuntime(message.into(), pos))
        })?;
        let mut program =
            compile(engine, &self.shared, &name, &text, Unit::Module).map_err(|e| -> Box<EvalAltResult> {
                let message = format!("can't import \"{}\": {}", e.place, e.title);
                self.shared.note_source(&name, &Source::new(name.clone(), text.clone()));
                let at = position(e.place.line, e.place.column);
                Box::new(EvalAltResult::ErrorInModule(
                    name.clone(),
                    EvalAltResult::ErrorRuntime(message.into(), at).into(),
                    pos,
                ))
            })?;
        program.ast.set_source(&name); // what it imports itself is looked for beside it
        Module::eval_ast_as_new(Scope::new(), &program.ast, engine)
            .map_err(|e| Box::new(EvalAltResult::ErrorInModule(name, e, pos)))
    }
}

/// A place in a text as Rhai has it; its numbers are small.
fn position(line: usize, column: usize) -> Position {
    let small = |number: usize| u16::try_from(number).ok();
    small(line).zip(small(column)).map_or(Position::NONE, |(line, column)| Position::new(line.max(1), column))
}

fn read_text(path: &Path) -> io::Result<String> {
    let bytes = file::read(path)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

impl Modules {
    /// A module that is being loaded can't be imported by those that it imports.
    fn refuse_circle(&self, key: &Path, file: &Path, pos: Position) -> Result<(), Box<EvalAltResult>> {
        let loading = self.loading.borrow();
        let Some(first) = loading.iter().position(|l| l.file == key) else {
            return Ok(());
        };
        let mut names: Vec<String> = loading[first..].iter().map(|l| format!("\"{}\"", l.name)).collect();
        names.push(format!("\"{}\"", file.display()));
        let message = format!(
            "modules import each other in a circle: {}; put what both need into a third one, or import inside the function that needs it",
            names.join(" imports ")
        );
        Err(Box::new(EvalAltResult::ErrorRuntime(message.into(), pos)))
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
        // in a plain function of the script Rhai does not know where it is
        let running = self.shared.running.borrow().as_ref().map(|body| body.source_name.clone());
        let source = source.or(running.as_deref());
        let folder = source.map(Path::new).and_then(Path::parent).unwrap_or(Path::new(""));
        let joined = folder.join(path);
        let mut file: PathBuf = joined.components().filter(|c| !matches!(c, Component::CurDir)).collect();
        if file.extension().is_none() {
            file.set_extension("rhai");
        }
        // one file can be named in many ways; one that is not there is told of by its reader
        let key = std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
        if let Some(module) = self.shared.modules.borrow().get(&key) {
            self.shared.namespace().adopt_closures(module);
            return Ok(module.clone());
        }
        (self.may_read)(&file, source).map_err(|e| thrown(e, pos))?;
        self.refuse_circle(&key, &file, pos)?;
        self.loading.borrow_mut().push(Loading { file: key.clone(), name: file.display().to_string() });
        let module = self.load(engine, &file, pos);
        self.loading.borrow_mut().pop();
        let module = Rc::new(module?);
        self.shared.namespace().adopt_closures(&module);
        self.shared.modules.borrow_mut().insert(key, module.clone());
        Ok(module)
    }
}
