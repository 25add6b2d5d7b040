//! An error on its way: what was thrown, where it came from, and the async calls that it has left.

use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, Position};

use crate::source::Place;

/// The function of Rhai's own that runs a text.
pub const EVAL: &str = "eval";
/// What stands among the calls for the import of a module.
pub const IMPORT: &str = "import";

/// What leaves a frame that does not end by itself.
#[derive(Debug)]
pub enum Raise {
    Error(Box<Failure>),
    /// The task was cancelled; no handler sees it.
    Cancelled,
    /// `exit(value)`: ends the task as if it had returned the value.
    Exit(Dynamic),
}

/// What evaluations are told when they are stopped from outside begins so. Whatever else they are ended with says what
/// they have used up.
pub const STOP: &str = "loopscope stop";

/// What an evaluation has used up, which is then ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// The stack, by calls of plain functions.
    Calls,
    /// The async calls that may await one another.
    Awaits,
    Memory,
    /// The operations that a run may take that is one of many.
    Operations,
}

impl Exhausted {
    const ALL: [Self; 4] = [Self::Calls, Self::Awaits, Self::Memory, Self::Operations];

    /// The error that ends it.
    pub fn error(self) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorTerminated(self.message().into(), Position::NONE))
    }

    /// What was used up, if that is what the error says.
    pub fn of(error: &EvalAltResult) -> Option<Self> {
        match error.unwrap_inner() {
            EvalAltResult::ErrorStackOverflow(_) => Some(Self::Calls),
            EvalAltResult::ErrorTerminated(token, _) => {
                let token = token.as_immutable_string_ref().ok()?;
                Self::ALL.into_iter().find(|one| one.message() == token.as_str())
            }
            _ => None,
        }
    }

    /// What is said of it.
    pub fn message(self) -> &'static str {
        match self {
            Self::Calls => "call too deep: plain functions called each other until the stack was nearly used up",
            Self::Awaits => "call too deep: so many async functions await one another",
            Self::Memory => "out of memory: the process uses more than it may",
            Self::Operations => "a loop that awaits nothing: not over after as many operations as a run may take",
        }
    }

    /// What to do.
    pub fn help(self) -> &'static str {
        match self {
            Self::Calls => "does the recursion end? An `async fn` that awaits itself is not bounded by the stack",
            Self::Awaits => "does the recursion end? `--limit awaits=N` allows more",
            Self::Memory => {
                "`--limit memory=N` allows more; what variables hold goes when they are set to something else"
            }
            Self::Operations => "does the loop end? `max_steps` allows more",
        }
    }
}

/// The kind of an error that is a bug of loopscope itself, as those who await its task get it.
const BUG: &str = "bug";

/// An error with its history.
#[derive(Debug)]
pub struct Failure {
    pub error: Box<EvalAltResult>,
    /// What `catch` gives for an error of Rhai's own, once it has been asked.
    pub value: Option<Dynamic>,
    /// Where it was raised.
    pub origin: Option<Place>,
    /// If it was raised by a text that `eval` was given: the line there, and the column.
    pub in_eval: Option<(usize, usize)>,
    /// The calls of plain functions that it came through, innermost first, with the place of each call.
    pub calls: Rc<Vec<(String, Place)>>,
    /// The async calls that it has left, innermost first.
    pub links: Links,
    /// The failure of the task that it was awaited with, if that was an error of Rhai's own: it tells more than the map
    /// that is thrown for it.
    pub first: Option<Rc<Failure>>,
    /// Those of which it consists, if it is that of a group.
    pub members: Members,
}

/// The failures of which that of a group consists, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Members(Vec<Rc<Failure>>);

impl Members {
    pub fn new(list: Vec<Rc<Failure>>) -> Self {
        Self(list)
    }

    pub fn list(&self) -> &[Rc<Failure>] {
        &self.0
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        // groups can be nested without end, and this must not be done by recursion
        let mut next = std::mem::take(&mut self.0);
        while let Some(failure) = next.pop() {
            if let Some(mut failure) = Rc::into_inner(failure) {
                next.append(&mut failure.members.0);
            }
        }
    }
}

/// One async call on an error's way.
#[derive(Clone, Debug)]
pub enum Link {
    /// It was awaited in this function, here.
    Awaited { by: String, at: Place },
    /// It ended this task.
    Task { id: u32, name: String, spawned: Option<Place> },
}

/// The way of an error, which grows at its end. Who awaits a failed task gets a copy, which shares the way so far: an
/// error that passes through many tasks does not have it copied at each.
#[derive(Clone, Debug, Default)]
pub struct Links(Option<Rc<Passed>>);

#[derive(Debug)]
struct Passed {
    link: Link,
    before: Links,
}

impl Links {
    /// Goes one further.
    pub fn push(&mut self, link: Link) {
        let before = std::mem::take(self);
        self.0 = Some(Rc::new(Passed { link, before }));
    }

    /// The latest.
    pub fn last(&self) -> Option<&Link> {
        self.0.as_ref().map(|passed| &passed.link)
    }

    /// Whether the error has not left any call.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All, innermost first.
    pub fn list(&self) -> Vec<&Link> {
        let all = std::iter::successors(self.0.as_ref(), |passed| passed.before.0.as_ref());
        let mut list: Vec<&Link> = all.map(|passed| &passed.link).collect();
        list.reverse();
        list
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        // one after another: a long way must not be dropped by recursion
        let mut next = self.0.take();
        while let Some(mut passed) = next.and_then(Rc::into_inner) {
            next = passed.before.0.take();
        }
    }
}

impl Failure {
    /// A failure that has no place yet.
    pub fn new(error: Box<EvalAltResult>) -> Box<Self> {
        Box::new(Self {
            error,
            value: None,
            origin: None,
            in_eval: None,
            calls: Rc::default(),
            links: Links::default(),
            first: None,
            members: Members::default(),
        })
    }

    /// A panic: a bug of loopscope, which ends its task. No handler in that task sees it.
    pub fn bug(message: String) -> Box<Self> {
        let mut value = rhai::Map::new();
        value.insert("error".into(), BUG.into());
        value.insert("message".into(), message.clone().into());
        let mut failure = Self::new(Box::new(EvalAltResult::ErrorSystem(String::new(), message.into())));
        failure.value = Some(value.into());
        failure
    }

    /// Whether it is a bug of loopscope. Those who await its task can catch it.
    pub fn is_bug(&self) -> bool {
        matches!(self.error.unwrap_inner(), EvalAltResult::ErrorSystem(..)) && self.kind().as_deref() == Some(BUG)
    }

    /// Whether it throws the value again that a `catch` was given for another one: the same text, or a map that tells of
    /// the same error at the same place.
    pub fn throws_again(&self, caught: &Self) -> bool {
        let (EvalAltResult::ErrorRuntime(value, _), Some(other)) = (&*self.error, caught.thrown()) else {
            return false;
        };
        if let (Ok(text), Ok(other)) = (value.as_immutable_string_ref(), other.as_immutable_string_ref()) {
            return text.ptr_eq(&other);
        }
        let (Some(map), Some(other)) = (value.read_lock::<rhai::Map>(), other.read_lock::<rhai::Map>()) else {
            return false;
        };
        let text = |map: &rhai::Map, key| map.get(key).map(Dynamic::to_string);
        let same = |key| text(&map, key) == text(&other, key);
        map.contains_key("error")
            && map.len() == other.len()
            && ["error", "message", "line", "position"].into_iter().all(same)
    }

    /// The thrown value, if it was thrown by `throw` or by a function of this library.
    pub fn thrown(&self) -> Option<&Dynamic> {
        match self.error.unwrap_inner() {
            EvalAltResult::ErrorRuntime(value, _) => Some(value),
            _ => self.value.as_ref(),
        }
    }

    /// The `error` entry of a thrown map: the kind of an error of this library.
    pub fn kind(&self) -> Option<String> {
        let map = self.thrown()?.read_lock::<rhai::Map>()?;
        map.get("error").and_then(|kind| kind.clone().into_string().ok())
    }

    /// Whether `catch` may see it: errors of depth and size, and the end of a run, pass. A text that `eval` can't read is
    /// an error like others.
    pub fn is_catchable(&self) -> bool {
        match self.error.unwrap_inner() {
            EvalAltResult::ErrorParsing(..) => self.error.is_catchable(),
            inner => inner.is_catchable(),
        }
    }

    /// Whether the evaluation was stopped from outside, by Ctrl-C or a time limit.
    pub fn is_stop(&self) -> bool {
        match self.error.unwrap_inner() {
            EvalAltResult::ErrorTerminated(token, _) => token.to_string().starts_with(STOP),
            _ => false,
        }
    }

    /// Whether what was thrown is `()`, as by a bare `throw`.
    pub fn is_bare(&self) -> bool {
        matches!(&*self.error, EvalAltResult::ErrorRuntime(value, _) if value.is_unit())
    }
}

/// The error that carries this value; what an evaluation is broken off with no `catch` sees.
pub fn thrown(value: Dynamic, position: Position) -> Box<EvalAltResult> {
    let is_stop = value.as_immutable_string_ref().is_ok_and(|text| text.starts_with(STOP));
    Box::new(match is_stop {
        true => EvalAltResult::ErrorTerminated(value, position),
        false => EvalAltResult::ErrorRuntime(value, position),
    })
}

impl Raise {
    /// An error that carries this value.
    pub fn error(value: Dynamic) -> Self {
        Self::Error(Failure::new(thrown(value, Position::NONE)))
    }
}

impl From<Box<EvalAltResult>> for Raise {
    fn from(error: Box<EvalAltResult>) -> Self {
        match *error {
            EvalAltResult::Exit(value, _) => Self::Exit(value),
            _ => Self::Error(Failure::new(error)),
        }
    }
}
