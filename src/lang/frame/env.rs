//! What a body sees besides its own variables, and how a frame puts that into the interpreter and takes it out again.

use std::rc::Rc;

use rhai::{Dynamic, GlobalRuntimeState, Module};

use super::Frame;
use crate::lang::body::{Body, BodyKind};
use crate::lang::interp::{Interp, SavedEnv};
use crate::lang::namespace::{Constants, Imports, imports_above};

/// What a body sees besides its variables and its program's namespace: what the module that it was defined in has,
/// and what the block around it imported.
#[derive(Debug, Default)]
pub struct Env {
    pub lib: Vec<Rc<Module>>,
    pub imports: Imports,
    pub constants: Constants,
}

impl Env {
    /// The environment to keep for a body that is evaluated now; none if there is just the program's namespace, which
    /// has imported so many modules.
    pub fn of_call(global: &GlobalRuntimeState, imported: usize) -> Option<Rc<Self>> {
        if global.lib.len() <= 1 && global.num_imports() <= imported {
            return None;
        }
        let lib = global.lib.iter().skip(1).cloned().collect();
        Some(Rc::new(Self { lib, imports: imports_above(global, imported), constants: global.constants.clone() }))
    }
}

/// What the interpreter had before a frame ran.
pub struct Entered {
    env: Option<Box<SavedEnv>>,
    base: usize,
    search: bool,
    outer: Option<Rc<Body>>,
}

impl Frame {
    /// Puts into the interpreter what this frame sees, and gives how many modules others have imported.
    pub(super) fn enter(&mut self, interp: &mut Interp) -> usize {
        interp.shared.set_env(self.env());
        let env = self.env().cloned().map(|env| Box::new(interp.enter(&env)));
        interp.set_source(&self.body.source_name);
        let base = interp.global.num_imports();
        let search =
            std::mem::replace(&mut interp.global.always_search_scope, self.rare.as_ref().is_some_and(|r| r.search));
        if let Some(rare) = &mut self.rare {
            for (name, module) in rare.imports.drain(..) {
                interp.global.push_import(name, module);
            }
        }
        if self.body.temps > 0 {
            self.temps.resize(self.body.temps as usize, Dynamic::UNIT);
            std::mem::swap(&mut self.temps, &mut *interp.shared.temps.borrow_mut());
        }
        let outer = interp.shared.running.replace(Some(self.body.clone()));
        interp.entered = Some(Entered { env, base, search, outer });
        interp.stopwatch.start();
        base
    }

    /// Undoes that.
    pub(super) fn leave(&mut self, interp: &mut Interp) {
        let Some(Entered { env, base, search, outer }) = interp.entered.take() else {
            return;
        };
        interp.shared.running.replace(outer);
        if self.body.temps > 0 {
            std::mem::swap(&mut self.temps, &mut *interp.shared.temps.borrow_mut());
        }
        if std::mem::replace(&mut interp.global.always_search_scope, search) {
            self.rare().search = true;
        }
        if interp.global.num_imports() > base {
            self.keep_imports(interp, base);
        }
        if let Some(saved) = env {
            interp.leave(*saved);
        }
    }

    /// Takes the modules that the frame imported out of the state that all frames share; but those of a program's top
    /// level are for all.
    fn keep_imports(&mut self, interp: &mut Interp, mut base: usize) {
        if self.body.kind == BodyKind::Program {
            let lasting = self.blocks.first().map_or(interp.global.num_imports() - base, |mark| mark.imports as usize);
            self.blocks.iter_mut().for_each(|mark| mark.imports -= lasting as u32);
            base += lasting;
            interp.keep_imported(base);
        }
        if interp.global.num_imports() > base {
            self.rare().imports = imports_above(&interp.global, base);
            interp.global.truncate_imports(base);
        }
    }
}
