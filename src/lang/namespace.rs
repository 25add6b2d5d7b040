//! What the code of a program can call besides its own variables: its functions, the modules that it imported at its
//! top level, and its global constants.
//!
//! Each program has one, and its tasks carry it, so that a program that runs beside others neither sees nor replaces
//! what is theirs. One is in force at a time: that of the task whose turn it is.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use rhai::{AST, Caches, GlobalRuntimeState, ImmutableString, Locked, Module, ScriptFuncDef, Shared, Stmt};

use super::interp::Interp;
use super::query::is_async_function;

/// What Rhai calls a closure begins so.
const CLOSURE: &str = "anon$";

/// Whether Rhai has given a function this name, as it is a closure.
pub fn is_closure_name(name: &str) -> bool {
    name.starts_with(CLOSURE)
}

/// Modules by the names that they were imported under, the oldest first.
pub type Imports = Vec<(ImmutableString, Rc<Module>)>;

/// Constants of the top level, which functions see as `global::NAME`.
pub type Constants = Option<Shared<Locked<BTreeMap<ImmutableString, rhai::Dynamic>>>>;

/// The functions, modules and constants of a program.
#[derive(Debug)]
pub struct Namespace {
    /// All functions defined so far; closures that live on need theirs.
    library: RefCell<AST>,
    /// Differs from that of every other state of every namespace.
    version: Cell<u32>,
    has_grown: Cell<bool>,
    /// The closures that came with modules, by their names; nothing where several modules have one of the name.
    adopted: RefCell<HashMap<ImmutableString, Option<Shared<ScriptFuncDef>>>>,
    /// How many modules are imported at the top level.
    pub(super) imported: Cell<usize>,
    /// What is Rhai's to keep while the namespace is in force.
    resting: RefCell<Resting>,
}

#[derive(Debug, Default)]
struct Resting {
    imports: Imports,
    constants: Constants,
    caches: Caches,
}

impl Default for Namespace {
    fn default() -> Self {
        Self {
            library: RefCell::new(AST::empty()),
            version: Cell::new(next_version()),
            has_grown: Cell::new(false),
            adopted: RefCell::default(),
            imported: Cell::new(0),
            resting: RefCell::default(),
        }
    }
}

fn next_version() -> u32 {
    thread_local! {
        static LAST: Cell<u32> = const { Cell::new(0) };
    }
    LAST.replace(LAST.get().wrapping_add(1))
}

impl Namespace {
    /// Adds functions. Earlier ones of the same name are replaced.
    pub(super) fn add(&self, functions: AST) {
        *self.library.borrow_mut() += functions;
        self.version.set(next_version());
    }

    /// Adds the closures of a module, each with what it sees there, so that they can be called wherever they get to.
    ///
    /// Rhai calls closures by their text and place, so two modules may each have one of the same name. Of those none is
    /// added, as none of which the program has one itself: they can be called where they are at home, which is better
    /// than to call the wrong one.
    pub(super) fn adopt_closures(&self, module: &Module) {
        let mut adopted = self.adopted.borrow_mut();
        let (mut added, mut given_up) = (HashSet::new(), HashSet::new());
        for (.., function) in module.iter_script_fn_info().filter(|(.., f)| is_closure_name(&f.name)) {
            let name = &function.name;
            match adopted.get(name) {
                Some(Some(known)) if !Rc::ptr_eq(known, function) => {
                    given_up.insert(name.clone());
                    adopted.insert(name.clone(), None);
                }
                None if !self.has(name) => {
                    added.insert(name.clone());
                    adopted.insert(name.clone(), Some(function.clone()));
                }
                _ => {}
            }
        }
        if added.is_empty() && given_up.is_empty() {
            return;
        }
        self.library.borrow_mut().retain_functions(|_, _, name, _| !given_up.contains(name));
        let mut closures = AST::new(Vec::<Stmt>::new(), module.clone());
        closures.retain_functions(|_, _, name, _| added.contains(name));
        self.add(closures);
        self.has_grown.set(true);
    }

    /// Whether closures were added since the last call, which Rhai's state does not know yet.
    pub(super) fn take_grown(&self) -> bool {
        self.has_grown.take()
    }

    /// What its functions are at the moment is known by this number.
    #[inline]
    pub(super) fn version(&self) -> u32 {
        self.version.get()
    }

    /// Whether it has a function of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.library.borrow().iter_functions().any(|f| f.name == name)
    }

    /// Whether its function of this name takes so many arguments: if not, how many parameters it has. Functions that
    /// are not its own, of the library or of a module, may take anything.
    ///
    /// # Errors
    /// The number of parameters.
    pub fn takes(&self, name: &str, arguments: usize) -> Result<(), usize> {
        let library = self.library.borrow();
        if library.shared_lib().get_script_fn(name, arguments).is_some() {
            return Ok(());
        }
        let other = library.iter_functions().find(|f| f.name == name).map(|f| f.params.len());
        other.map_or(Ok(()), Err)
    }

    /// What its closure of this name captures, first of its parameters; none if it only makes a coroutine.
    pub(super) fn captured_by(&self, name: &str) -> Option<Rc<[ImmutableString]>> {
        let library = self.library.borrow();
        let mut alone = library.clone_functions_only();
        alone.retain_functions(|_, _, n, _| n == name);
        if is_async_function(&alone) {
            return None;
        }
        let params = library.iter_functions().find(|f| f.name == name).map(|f| f.params);
        Some(params.into_iter().flatten().map(Into::into).collect())
    }

    /// The functions defined so far, as `name(a, b)`.
    pub fn functions(&self) -> Vec<String> {
        let library = self.library.borrow();
        let named = library.iter_functions().filter(|f| !is_closure_name(f.name));
        let mut list: Vec<String> = named.map(|f| f.to_string()).collect();
        list.sort();
        list
    }

    /// The module that has its functions.
    pub(super) fn library(&self) -> Rc<Module> {
        self.library.borrow().shared_lib().clone()
    }

    /// Puts it in force: the state of Rhai is made to be what it was when the namespace was in force last.
    pub(super) fn enter(&self, global: &mut GlobalRuntimeState, caches: &mut Caches) {
        let resting = self.resting.take();
        // the script's functions are always there, even if there are none: what lies above them is a module's
        global.lib = [self.library()].into_iter().collect();
        for (name, module) in resting.imports {
            global.push_import(name, module);
        }
        global.constants = resting.constants;
        *caches = resting.caches;
    }

    /// What its imported modules have, each with the name of the module. While it is in force, Rhai keeps them.
    pub(super) fn offered(&self, in_force: Option<&GlobalRuntimeState>) -> Vec<(String, String)> {
        let imports = match in_force {
            Some(global) => imports_above(global, 0),
            None => self.resting.borrow().imports.clone(),
        };
        let mut found = Vec::new();
        imports.iter().for_each(|(name, module)| offered_by(module, name, &mut found));
        found
    }

    /// Takes what is its own out of the state of Rhai.
    pub(super) fn leave(&self, global: &mut GlobalRuntimeState, caches: &mut Caches) {
        *self.resting.borrow_mut() = Resting {
            imports: imports_above(global, 0),
            constants: global.constants.take(),
            caches: std::mem::take(caches),
        };
        global.truncate_imports(0);
    }
}

fn offered_by(module: &Module, name: &str, found: &mut Vec<(String, String)>) {
    let functions = module.gen_fn_signatures_with_mapper(Into::into).filter(|f| !is_closure_name(f));
    let variables = module.iter_var().map(|(variable, _)| variable.to_string());
    found.extend(functions.chain(variables).map(|member| (name.to_string(), member)));
    module.iter_sub_modules().for_each(|(inner, module)| offered_by(module, &format!("{name}::{inner}"), found));
}

impl Interp {
    /// What the modules have that a namespace has imported: the module's name, and `name(a, b)` or a variable.
    pub fn imported_by(&self, namespace: &Rc<Namespace>) -> Vec<(String, String)> {
        namespace.offered(Rc::ptr_eq(&self.namespace, namespace).then_some(&self.global))
    }
}

/// The modules that lie above the first `count` in the stack of imports.
pub fn imports_above(global: &GlobalRuntimeState, count: usize) -> Imports {
    let own = global.num_imports().saturating_sub(count);
    let mut imports: Imports = global.iter_imports_raw().take(own).map(|(n, m)| (n.clone(), m.clone())).collect();
    imports.reverse();
    imports
}
