//! The one door to Rhai's evaluator: the engine, and the state that all frames evaluate in.
//!
//! One run-time state serves all frames, because evaluations never overlap: nothing suspends inside Rhai.

use std::rc::Rc;

use rhai::{
    AST, Caches, Dynamic, Engine, EvalAltResult, EvalContext, Expr, Expression, FnPtr, GlobalRuntimeState,
    ImmutableString, Map, NativeCallContext, Position, Scope,
};

use super::assign::Assign;
use super::failure::{EVAL, Failure, IMPORT};
use super::frame::{Entered, Env};
use super::namespace::{Constants, Namespace};
use super::stopwatch::Stopwatch;
use super::syntax::Shared;
use crate::source::{Place, Source};

/// Names of the private functions that let Rhai do what it keeps to itself.
const RAISE: &str = "loopscope_raise";
const CAUGHT: &str = "loopscope_caught";
const ITEM: &str = "loopscope_item";
/// How many items are collected for a loop that waits, if the engine has no limit of its own.
const MOST_ITEMS: usize = 4_000_000;

/// After how many turns of lowered loops Rhai looks whether it has to stop.
const TURNS: u32 = 64;

/// The engine and what evaluating needs.
pub struct Interp {
    pub engine: Engine,
    pub global: GlobalRuntimeState,
    pub caches: Caches,
    pub shared: Rc<Shared>,
    /// The namespace in force.
    pub(super) namespace: Rc<Namespace>,
    /// A `try` whose `catch` hands over the value that it binds, and a `for` that hands over its items.
    catcher: Rc<AST>,
    iterator: Rc<AST>,
    hands: Rc<Hands>,
    pub stopwatch: Stopwatch,
    /// From this size on, in bytes or entries, it is for Rhai to change a value.
    pub large: usize,
    /// How many turns lowered loops have begun.
    turns: u32,
    /// What the frame that runs has to put back.
    pub(super) entered: Option<Entered>,
}

/// What goes in and out of the private functions.
#[derive(Default)]
struct Hands {
    raise: std::cell::RefCell<Option<Box<EvalAltResult>>>,
    caught: std::cell::RefCell<Dynamic>,
    items: std::cell::RefCell<Vec<Dynamic>>,
}

impl Hands {
    /// Takes an item of what is gone over.
    fn add(&self, context: &NativeCallContext, item: Dynamic) -> Result<(), Box<EvalAltResult>> {
        let mut items = self.items.borrow_mut();
        let most = context.engine().max_array_size();
        if items.len() >= if most == 0 { MOST_ITEMS } else { most } {
            let what = format!("more than {} items to go over in one loop", items.len());
            return Err(Box::new(EvalAltResult::ErrorDataTooLarge(what, Position::NONE)));
        }
        items.push(item);
        Ok(())
    }
}

impl Interp {
    /// Wraps an engine that knows the three words and the functions.
    pub fn new(mut engine: Engine, shared: Rc<Shared>) -> Self {
        let hands = Rc::new(Hands::default());
        let (raise, caught, items) = (hands.clone(), hands.clone(), hands.clone());
        engine.register_fn(RAISE, move || -> Result<(), Box<EvalAltResult>> {
            raise.raise.borrow_mut().take().map_or(Ok(()), Err)
        });
        engine.register_fn(CAUGHT, move |value: Dynamic| *caught.caught.borrow_mut() = value);
        engine.register_fn(ITEM, move |context: NativeCallContext, value: Dynamic| items.add(&context, value));
        let compile = |text: String| Rc::new(engine.compile(text).unwrap_or_default());
        let catcher = compile(format!("try {{ {RAISE}(); }} catch (e) {{ {CAUGHT}(e); throw; }}"));
        let iterator = compile(format!("for x in items {{ {ITEM}(x); }}"));
        let mut global = engine.new_global_runtime_state();
        let mut caches = Caches::new();
        let namespace = shared.namespace();
        namespace.enter(&mut global, &mut caches);
        Self {
            global,
            engine,
            caches,
            shared,
            namespace,
            catcher,
            iterator,
            hands,
            stopwatch: Stopwatch::default(),
            large: super::direct::LARGE,
            turns: 0,
            entered: None,
        }
    }

    /// Puts a namespace in force. To be called between the runs of frames.
    #[inline]
    pub fn enter_namespace(&mut self, namespace: &Rc<Namespace>) {
        if !Rc::ptr_eq(&self.namespace, namespace) {
            self.namespace.leave(&mut self.global, &mut self.caches);
            namespace.enter(&mut self.global, &mut self.caches);
            self.namespace = namespace.clone();
            self.shared.set_namespace(namespace.clone());
        }
    }

    /// Adds a program's functions to the namespace in force. Earlier ones of the same name are replaced.
    pub fn add_functions(&mut self, ast: &AST) {
        if ast.has_functions() {
            self.namespace.add(ast.clone_functions_only());
            self.global.lib = [self.namespace.library()].into_iter().collect();
            self.caches = Caches::new();
        }
    }

    /// Lets Rhai know of closures that came with a module since.
    pub(super) fn learn_closures(&mut self) {
        if self.namespace.take_grown() {
            if let Some(own) = self.global.lib.first_mut() {
                *own = self.namespace.library();
            }
            self.caches = Caches::new();
        }
    }

    /// The lowest `count` modules of the stack of imports are from now on those of the program's top level.
    pub(super) fn keep_imported(&self, count: usize) {
        self.namespace.imported.set(count);
    }

    /// Drops what the program's top level has imported beyond the first `count` modules.
    pub fn drop_imports(&mut self, count: usize) {
        self.global.truncate_imports(count);
        self.keep_imported(count);
    }

    /// What the script's functions are at the moment is known by this number.
    #[inline]
    pub(super) fn namespace_version(&self) -> u32 {
        self.namespace.version()
    }

    /// Whether code of modules can be called.
    #[inline]
    pub(super) fn is_modular(&self) -> bool {
        self.global.lib.len() > 1 || self.global.num_imports() > 0
    }

    /// The namespace in force.
    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// Whether the script has a function of this name.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.namespace.has(name)
    }

    /// A loop begins another turn, at its first step. Rhai is let look now and then whether it has to stop, since a turn
    /// may do without it.
    ///
    /// # Errors
    /// The one that stops the script.
    #[inline]
    pub(super) fn turn_of_loop(&mut self, first: u32) -> Result<(), Box<EvalAltResult>> {
        self.stopwatch.turn_of_loop(first);
        self.turns = self.turns.wrapping_add(1);
        match self.turns.is_multiple_of(TURNS) {
            true => self.eval(&Expr::Unit(Position::NONE), &mut Scope::new(), None, true).map(drop),
            false => Ok(()),
        }
    }

    /// Evaluates an expression. A block has variables of its own (`own_block`), or leaves them in the scope.
    #[inline]
    pub fn eval(
        &mut self,
        expr: &Expr,
        scope: &mut Scope<'static>,
        this: Option<&mut Dynamic>,
        own_block: bool,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        self.shared.begin_evaluation();
        let mut context = EvalContext::new(&self.engine, &mut self.global, &mut self.caches, scope, this);
        #[allow(deprecated)] // "volatile", not deprecated; the version of rhai is pinned
        context.eval_expression_tree_raw(&Expression::from(expr), own_block)
    }

    /// Runs a statement that puts a temporary into a variable.
    #[inline]
    pub(super) fn assign(
        &mut self,
        assign: &Assign,
        scope: &mut Scope<'static>,
        this: Option<&mut Dynamic>,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        if assign.try_run(&self.engine, scope, &mut self.shared.temps.borrow_mut()) {
            self.global.num_operations = self.global.num_operations.wrapping_add(1);
            return Ok(Dynamic::UNIT);
        }
        self.eval(&assign.full, scope, this, false)
    }

    /// Calls a function pointer, in the environment of whoever has it.
    pub fn call(
        &mut self,
        function: &FnPtr,
        args: Vec<Dynamic>,
        env: Option<&Rc<Env>>,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        self.shared.begin_evaluation();
        let saved = env.map(|env| self.enter(env));
        let context = NativeCallContext::new_with_all_fields(
            &self.engine,
            function.fn_name(),
            None,
            &self.global,
            Position::NONE,
        );
        let result = function.call_raw(&context, None, args);
        if let Some(saved) = saved {
            self.leave(saved);
        }
        result
    }

    /// The next item of a stream, or what it is awaited by: what its method `next` gives.
    ///
    /// # Errors
    /// What that throws; or it has no such method.
    pub fn next_of(&mut self, stream: &mut Dynamic, env: Option<&Rc<Env>>) -> Result<Dynamic, Box<EvalAltResult>> {
        const NEXT: &str = "next";
        let own = stream.read_lock::<Map>().and_then(|map| map.get(NEXT)?.clone().try_cast::<FnPtr>());
        if let Some(next) = own {
            return self.call(&next, Vec::new(), env);
        }
        let name = stream.type_name();
        let context = NativeCallContext::new_with_all_fields(&self.engine, NEXT, None, &self.global, Position::NONE);
        context.call_native_fn_raw(NEXT, true, &mut [stream]).map_err(|error| match error.unwrap_inner() {
            EvalAltResult::ErrorFunctionNotFound(..) => self.no_stream(name),
            _ => error,
        })
    }

    /// The error of a `for await` over what is no stream.
    pub(super) fn no_stream(&self, type_name: &str) -> Box<EvalAltResult> {
        let wanted = "a stream, or what `for` goes over".to_string();
        let actual = self.engine.map_type_name(type_name).to_string();
        Box::new(EvalAltResult::ErrorMismatchDataType(wanted, actual, Position::NONE))
    }

    /// The value that `catch (e)` gives to e, as Rhai itself makes it.
    pub fn caught_value(&mut self, failure: &mut Failure) -> Dynamic {
        if let EvalAltResult::ErrorRuntime(value, _) = failure.error.unwrap_inner() {
            return value.clone();
        }
        // only Rhai can turn its errors to maps: lend it the error, and it is thrown back at us
        let position = failure.error.position();
        let error =
            std::mem::replace(&mut failure.error, Box::new(EvalAltResult::ErrorRuntime(Dynamic::UNIT, position)));
        *self.hands.raise.borrow_mut() = Some(error);
        let catcher = self.catcher.clone();
        if let Err(mut error) = self.run_ast(&catcher, &mut Scope::new()) {
            error.set_position(position);
            failure.error = error;
        }
        std::mem::take(&mut *self.hands.caught.borrow_mut())
    }

    /// The items that `for` gives for a value.
    pub fn items(&mut self, value: Dynamic) -> Result<Vec<Dynamic>, Box<EvalAltResult>> {
        let mut scope = Scope::new();
        scope.push_dynamic("items", value);
        self.hands.items.borrow_mut().clear();
        let iterator = self.iterator.clone();
        let result = self.run_ast(&iterator, &mut scope);
        let items = std::mem::take(&mut *self.hands.items.borrow_mut());
        match result {
            Ok(_) => Ok(items),
            // its place is that of the loop here, which is not the user's
            Err(error) if matches!(*error, EvalAltResult::ErrorFor(_)) => {
                Err(EvalAltResult::ErrorFor(Position::NONE).into())
            }
            Err(error) => Err(error),
        }
    }

    fn run_ast(&mut self, ast: &AST, scope: &mut Scope<'static>) -> Result<Dynamic, Box<EvalAltResult>> {
        let mut result = Dynamic::UNIT;
        for stmt in ast.statements() {
            let block = rhai::StmtBlock::new([stmt.clone()], Position::NONE, Position::NONE);
            result = self.eval(&Expr::Stmt(Box::new(block)), scope, None, false)?;
        }
        Ok(result)
    }

    /// Fills in where the error came from: its place, and the plain calls on the way. `here` is where a function of the
    /// library was called that called one of the script, which has no place of its own.
    pub fn locate(&self, failure: &mut Failure, source: &Rc<Source>, here: Option<Position>) {
        if failure.origin.is_some() {
            return;
        }
        let mut source = source.clone();
        let mut error = &*failure.error;
        let mut calls = failure.calls.to_vec();
        let mut evaluated = None; // the call of `eval` in whose text positions count
        loop {
            match error {
                EvalAltResult::ErrorInFunctionCall(name, _, inner, pos) => {
                    let at = if pos.is_none() { here } else { Some(*pos) };
                    let place = at.filter(|_| evaluated.is_none()).map(|at| Place::of(&source, at));
                    let called = self.shared.source_of_called(name, &source);
                    match (name.as_str(), called) {
                        (EVAL, None) => evaluated = place.or(evaluated),
                        (_, called) => {
                            calls.extend(evaluated.take().map(|place| (EVAL.to_string(), place)));
                            calls.extend(place.map(|place| (name.clone(), place)));
                            source = called.unwrap_or(source);
                        }
                    }
                    error = inner;
                }
                EvalAltResult::ErrorInModule(name, inner, pos) => {
                    if !pos.is_none() && evaluated.is_none() {
                        calls.push((IMPORT.to_string(), Place::of(&source, *pos)));
                    }
                    source = self.shared.source_of(name).unwrap_or(source);
                    error = inner;
                }
                _ => break,
            }
        }
        calls.reverse();
        failure.calls = Rc::new(calls);
        let pos = error.position();
        if let Some(call) = evaluated {
            failure.in_eval = pos.line().zip(pos.position().or(Some(1)));
            failure.origin = Some(call);
        } else if !pos.is_none() {
            failure.origin = Some(Place::of(&source, pos));
        }
    }

    /// Puts the environment of a module's function in force, and gives what must be put back.
    pub fn enter(&mut self, env: &Env) -> SavedEnv {
        let saved = SavedEnv {
            lib_len: self.global.lib.len(),
            imports: self.global.num_imports(),
            constants: std::mem::replace(&mut self.global.constants, env.constants.clone()),
            caches: std::mem::replace(&mut self.caches, Caches::new()),
        };
        self.global.lib.extend(env.lib.iter().cloned());
        for (name, module) in &env.imports {
            self.global.push_import(name.clone(), module.clone());
        }
        saved
    }

    /// Undoes [`Interp::enter`].
    pub fn leave(&mut self, saved: SavedEnv) {
        self.global.lib.truncate(saved.lib_len);
        self.global.truncate_imports(saved.imports);
        self.global.constants = saved.constants;
        self.caches = saved.caches;
    }

    /// A panic cut an evaluation short: forgets what it was in the midst of.
    pub fn recover(&mut self) {
        self.shared.running.replace(None);
        self.global.level = 0;
        self.global.lib.truncate(1);
        self.caches = Caches::new();
        self.stopwatch.take_longest();
    }

    /// Sets the text that positions count in, for messages of Rhai's own and for relative imports.
    #[inline]
    pub fn set_source(&mut self, name: &ImmutableString) {
        if self.global.source.as_ref().is_none_or(|s| !ImmutableString::ptr_eq(s, name)) {
            self.global.source = Some(name.clone());
        }
    }
}

/// What an environment replaced.
pub struct SavedEnv {
    lib_len: usize,
    imports: usize,
    constants: Constants,
    caches: Caches,
}
