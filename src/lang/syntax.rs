//! How the three words are taught to Rhai's parser.
//!
//! `await` becomes the unary `+`, told apart by its position; `spawn` and `with` become plain identifiers; `async { }`
//! and the marks of the rewriting pass are custom syntax, whose state is the number of the lowered body.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use rhai::{
    Dynamic, Engine, EvalAltResult, EvalContext, ImmutableString, LexError, Module, NativeCallContext, ParseError,
    ParseErrorType, Position, Token,
};

use super::body::{Body, BodyKind};
use super::frame::{Env, Frame};
use super::namespace::Namespace;
use super::query::{ClosureMethods, spot};
use super::receiver::Lent;
use super::rewrite::{Mark, Spot};
use super::scopes::{copy, share, take};
use super::temps;
use super::touch::Touches;
use crate::source::Source;

/// Keys of the custom syntaxes of `async`; but for the first, none can be typed by a user.
const ASYNC_BLOCK: &str = "async";
const ASYNC_FN: &str = "async fn";
const ASYNC_CLOSURE: &str = "async ||";
/// What a function is called `with` while Rhai's parser looks at its name.
pub const WITH: &str = "loopscope_with";

/// What is said of a text that was not read to its end because somebody wanted an end.
pub const STOPPED: &str = "reading it was stopped";

/// Whether a custom syntax key is one of the `async` forms.
pub fn is_async_key(key: &str) -> bool {
    matches!(key, ASYNC_BLOCK | ASYNC_FN | ASYNC_CLOSURE)
}

/// What the token mapper is told before a parse, and what it learns in it.
#[derive(Default)]
pub struct Notes {
    /// Whether a text of ours is being parsed; else it is Rhai's `eval`, where no await can be.
    pub parsing: bool,
    /// Whether the token before was `fn`.
    after_fn: bool,
    pub marks: HashMap<Spot, Mark>,
    pub awaits: HashSet<Spot>,
}

/// What the parser's hooks and the running frames share.
#[derive(Default)]
pub struct Shared {
    pub notes: RefCell<Notes>,
    /// Lowered bodies by the number in their syntax's state.
    bodies: RefCell<Vec<Option<Rc<Body>>>>,
    next_body: Cell<i64>,
    /// The temporaries of the frame that runs now.
    pub temps: RefCell<Vec<Dynamic>>,
    /// The body of the frame that runs now, and its next step.
    pub running: RefCell<Option<Rc<Body>>>,
    pub at: Cell<u32>,
    /// The text in which positions count: by the name of a function, and by the name of a module.
    sources: RefCell<HashMap<String, Rc<Source>>>,
    /// The async methods that use `this`, in all texts so far.
    pub(super) methods: RefCell<HashSet<String>>,
    /// The names of async functions, in all texts so far.
    pub(super) functions: RefCell<HashSet<String>>,
    pub(super) closure_methods: RefCell<ClosureMethods>,
    pub(super) lent: Lent,
    /// The body of the program's async function that was called last.
    pub(super) begun: RefCell<Option<Rc<Body>>>,
    /// Makes the value of a coroutine.
    coroutine: OnceCell<Rc<MakeCoroutine>>,
    /// What turns touch, for those who explore.
    pub touches: Touches,
    /// The namespace in force.
    namespace: RefCell<Rc<Namespace>>,
    /// The environment of the frame that runs, or that awaits what runs.
    env: RefCell<Option<Rc<Env>>>,
    /// Modules that were loaded in this run.
    pub(super) modules: RefCell<HashMap<PathBuf, Rc<Module>>>,
    /// What the evaluation that goes on has used up, if it has, in words.
    exhausted: RefCell<ImmutableString>,
    is_exhausted: Cell<bool>,
    /// How many operations of Rhai's may still be done, if they are counted.
    operations: Cell<Option<u64>>,
    /// Whether somebody wants an end of what goes on.
    stops: OnceCell<Box<IsStopped>>,
    breaks: OnceCell<Box<BreakOff>>,
}

/// Says whether somebody wants an end of what goes on.
type IsStopped = dyn Fn() -> bool;
type BreakOff = dyn Fn() -> Option<Dynamic>;

impl Shared {
    /// Counts Rhai's operations from now on, and lets so many be done; or does not count them.
    pub fn allow_operations(&self, most: Option<u64>) {
        self.operations.set(most);
    }

    /// Tells how to know that somebody wants an end of what goes on.
    pub fn set_stops(&self, is_stopped: impl Fn() -> bool + 'static) {
        let _ = self.stops.set(Box::new(is_stopped)); // each engine has its own
    }

    /// Whether somebody wants an end of what goes on: asked at each token, as to read a text of megabytes takes long.
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.stops.get().is_some_and(|is_stopped| is_stopped())
    }

    /// Tells how what goes on is broken off.
    pub fn set_breaks(&self, break_off: impl Fn() -> Option<Dynamic> + 'static) {
        let _ = self.breaks.set(Box::new(break_off));
    }

    /// Breaks off what goes on, if somebody wants an end of it: what it is to end with, see [`super::failure::thrown`].
    pub fn break_off(&self) -> Option<Dynamic> {
        self.breaks.get().and_then(|break_off| break_off())
    }

    /// One more operation. False if it is one too many.
    #[inline]
    pub fn count_operation(&self) -> bool {
        match self.operations.get() {
            None => true,
            Some(0) => false,
            Some(left) => {
                self.operations.set(Some(left - 1));
                true
            }
        }
    }

    /// How many operations may still be done, if they are counted.
    pub fn operations_left(&self) -> Option<u64> {
        self.operations.get()
    }

    /// The evaluation that goes on has used something up: gives the error that ends it, which is raised again wherever a
    /// function of Rhai's lets a `catch` see it.
    #[cold]
    pub fn exhaust(&self, message: String) -> Box<EvalAltResult> {
        let message = ImmutableString::from(message);
        self.exhausted.replace(message.clone());
        self.is_exhausted.set(true);
        Box::new(EvalAltResult::ErrorTerminated(message.into(), Position::NONE))
    }

    /// What the evaluation that goes on has used up.
    #[inline]
    pub fn exhausted(&self) -> Option<Dynamic> {
        self.is_exhausted.get().then(|| self.exhausted.borrow().clone().into())
    }

    /// Another evaluation begins.
    #[inline]
    pub(super) fn begin_evaluation(&self) {
        self.is_exhausted.set(false);
    }

    /// Tells which methods of the library take a closure.
    pub fn set_closure_methods(&self, methods: impl Iterator<Item = &'static str>) {
        self.closure_methods.replace(Rc::new(methods.collect()));
    }

    /// The namespace in force: that of the code that runs now.
    pub fn namespace(&self) -> Rc<Namespace> {
        self.namespace.borrow().clone()
    }

    pub(super) fn set_namespace(&self, namespace: Rc<Namespace>) {
        self.namespace.replace(namespace);
    }

    /// The environment of the frame that runs, or that awaits what runs; what it makes later on inherits it.
    pub fn env(&self) -> Option<Rc<Env>> {
        self.env.borrow().clone()
    }

    /// Sets the environment.
    #[inline]
    pub fn set_env(&self, env: Option<&Rc<Env>>) {
        let mut current = self.env.borrow_mut();
        if current.is_some() || env.is_some() {
            *current = env.cloned();
        }
    }

    /// Does `work` in the environment of the code that calls a function of the library now.
    pub fn in_env_of<T>(&self, context: &NativeCallContext, work: impl FnOnce() -> T) -> T {
        let outer = self.env();
        let env = Env::of_call(context.global_runtime_state(), self.namespace.borrow().imported.get());
        self.set_env(env.as_ref());
        let result = work();
        self.set_env(outer.as_ref());
        result
    }

    /// The value of a coroutine that will run this frame.
    pub(super) fn make_coroutine(&self, frame: Frame) -> Dynamic {
        self.coroutine.get().map_or(Dynamic::UNIT, |make| make(frame))
    }

    /// Forgets the modules that were loaded, so that an `import` reads the file anew.
    pub fn forget_modules(&self) {
        self.modules.borrow_mut().clear();
    }

    /// Keeps the lowered body of an async form by the number in its syntax's state.
    pub fn add_body(&self, number: i64, body: Rc<Body>) {
        let index = number as usize;
        let mut bodies = self.bodies.borrow_mut();
        if bodies.len() <= index {
            bodies.resize(index + 1, None);
        }
        bodies[index] = Some(body);
    }

    /// Whether a text so far has an async function of this name.
    pub fn has_async(&self, name: &str) -> bool {
        self.functions.borrow().contains(name)
    }

    /// Remembers the text that positions in this function or module count in.
    pub fn note_source(&self, name: &str, source: &Rc<Source>) {
        let mut sources = self.sources.borrow_mut();
        sources.insert(name.to_string(), source.clone());
        sources.insert(own_name(source, name), source.clone());
    }

    /// The text in which a function is that is called in `caller`: that one, if it has a function of this name.
    pub fn source_of_called(&self, name: &str, caller: &Source) -> Option<Rc<Source>> {
        self.source_of(&own_name(caller, name)).or_else(|| self.source_of(name))
    }

    /// All texts with the functions that are taken from each: their names, text and functions.
    pub fn texts(&self) -> Vec<(String, String, Vec<String>)> {
        let mut texts: Vec<(&Rc<Source>, Vec<String>)> = Vec::new();
        let sources = self.sources.borrow();
        for (name, source) in sources.iter().filter(|(name, _)| !name.contains('\n')) {
            match texts.iter_mut().find(|(known, _)| Rc::ptr_eq(known, source)) {
                Some((_, functions)) => functions.push(name.clone()),
                None => texts.push((source, vec![name.clone()])),
            }
        }
        texts.into_iter().map(|(s, functions)| (s.name.clone(), s.text.clone(), functions)).collect()
    }

    /// The text that positions in this function or module count in.
    pub fn source_of(&self, name: &str) -> Option<Rc<Source>> {
        self.sources.borrow().get(name).cloned()
    }
}

/// A function's name together with its text: several modules may have a function of the same name.
fn own_name(source: &Source, function: &str) -> String {
    format!("{}\n{function}", source.name)
}

/// Makes a coroutine value of a frame that has not started.
pub type MakeCoroutine = dyn Fn(Frame) -> Dynamic;

/// Teaches the engine the three words. `coroutine` makes the value of an async block.
pub fn install(engine: &mut Engine, shared: &Rc<Shared>, coroutine: Rc<MakeCoroutine>) {
    let _ = shared.coroutine.set(coroutine.clone()); // each engine has its own
    let notes = shared.clone();
    #[allow(deprecated)] // "volatile", not deprecated; the version of rhai is pinned
    engine.on_parse_token(move |token, pos, _| match notes.is_stopped() {
        true => Token::LexError(Box::new(LexError::ImproperSymbol(String::new(), STOPPED.into()))),
        false => map_token(&mut notes.notes.borrow_mut(), token, pos),
    });
    for key in [ASYNC_BLOCK, ASYNC_FN, ASYNC_CLOSURE] {
        let (parse, run, make) = (shared.clone(), shared.clone(), coroutine.clone());
        engine.register_custom_syntax_with_state_raw(
            key,
            move |symbols, ahead, state| parse_async(key, symbols, ahead, state, &parse.next_body),
            false,
            move |context, _, state| start_body(&run, context, state).map(|frame| make(frame)),
        );
    }
    temps::install(engine, shared);
}

fn map_token(notes: &mut Notes, token: Token, pos: Position) -> Token {
    let after_fn = std::mem::replace(&mut notes.after_fn, token == Token::Fn);
    let Token::Reserved(word) = &token else {
        return token;
    };
    match word.as_str() {
        "await" if notes.parsing => {
            notes.awaits.insert(spot(pos));
            Token::UnaryPlus
        }
        "await" => Token::LexError(Box::new(LexError::ImproperSymbol(
            "await".into(),
            "`await` can't be used inside eval()".into(),
        ))),
        "with" if after_fn => Token::Identifier(Box::new(WITH.into())),
        "spawn" | "with" => Token::Identifier(word.clone()),
        "@" => match notes.marks.get(&spot(pos)).filter(|_| notes.parsing) {
            Some(Mark { name: Some(_), .. }) => Token::Custom(Box::new(ASYNC_FN.into())),
            Some(_) => Token::Custom(Box::new(ASYNC_CLOSURE.into())),
            None => token,
        },
        _ => token,
    }
}

/// The parse function of the `async` forms: a body, and its number as state.
fn parse_async(
    key: &str,
    symbols: &[ImmutableString],
    ahead: &str,
    state: &mut Dynamic,
    next: &Cell<i64>,
) -> Result<Option<ImmutableString>, ParseError> {
    if symbols.len() > 1 {
        next.set(next.get() + 1);
        *state = next.get().into(); // an integer: states are hashed, and other types panic there
        return Ok(None);
    }
    match (key, ahead) {
        (ASYNC_FN, _) => Ok(Some("$inner$".into())),
        (_, "{") => Ok(Some("$block$".into())),
        (ASYNC_CLOSURE, _) => Ok(Some("$inner$".into())),
        _ => Err(ParseError(
            Box::new(ParseErrorType::BadInput(LexError::ImproperSymbol(
                ahead.to_string(),
                "expected `fn`, a closure or `{` after `async`".into(),
            ))),
            Position::NONE,
        )),
    }
}

/// Evaluates an `async` form: a frame with the variables that its body needs.
fn start_body(shared: &Shared, context: &mut EvalContext, state: &Dynamic) -> Result<Frame, Box<EvalAltResult>> {
    let number = state.as_int().unwrap_or(0) as usize;
    let body = shared.bodies.borrow().get(number).cloned().flatten();
    let body = body.ok_or_else(|| -> Box<EvalAltResult> {
        "an `async` block can't be used here: it is in code that loopscope has not compiled".into()
    })?;
    let env = Env::of_call(context.global_runtime_state(), shared.namespace.borrow().imported.get());
    // one of a module has an environment
    if let (BodyKind::Function(Some(_)), None) = (&body.kind, &env) {
        shared.begun.replace(Some(body.clone()));
    }
    let this = context.this_ptr().map(|this| shared.lent.keep(this, &body));
    let scope = match &body.kind {
        BodyKind::Function(Some(n)) if context.scope().len() != *n => copy(context.scope()),
        BodyKind::Function(_) | BodyKind::Program => take(&body.layout, context.scope_mut()),
        BodyKind::Block(names) => share(&body.layout, context.scope_mut(), names),
    };
    Ok(Frame::new(body, scope, this, env))
}
