//! What a lowered body is: the steps of an `async` function, closure or block, or of a whole program.
//!
//! A body is plain data, made once and shared by every coroutine that runs it. [`super::frame::Frame`] is one of
//! its runs. Everything between two awaits that Rhai can do by itself stays one step.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rhai::{Dynamic, Expr, ImmutableString, Position, Scope};

use super::assign::Assign;
use super::direct::Call;
use super::mention::Mentions;
use super::receiver::Receivers;
use crate::source::Source;

/// The steps of one body, and what its coroutines need to start.
#[derive(Debug)]
pub struct Body {
    /// `worker`, `main`, `async block`; of a closure what it is given to, or `async closure`.
    pub name: ImmutableString,
    pub kind: BodyKind,
    pub source: Rc<Source>,
    /// The source's name, in the form that Rhai wants.
    pub source_name: ImmutableString,
    /// Where it begins, as Rhai counts.
    pub position: Position,
    pub steps: Vec<Step>,
    /// For each step the innermost region it stands in, an index to `regions`; region 0 is the whole body.
    pub region_of: Vec<u32>,
    pub regions: Vec<Region>,
    /// How many temporaries its frames need.
    pub temps: u32,
    pub layout: Layout,
    /// What steps do with receivers of async methods, by the step's number.
    pub receivers: HashMap<u32, Receivers>,
    /// For each step its entry in the recording's table of places, once it was needed.
    pub sites: RefCell<Vec<u32>>,
    /// What steps mention, by the step's number, once it was needed.
    pub mentions: RefCell<HashMap<u32, Rc<Mentions>>>,
}

impl Body {
    /// Where a step stands: its own position, or that of the nearest step before it that has one.
    pub fn position_at(&self, step: usize) -> Position {
        let last = step.min(self.steps.len() - 1);
        self.steps[..=last].iter().rev().find_map(Step::position).unwrap_or(self.position)
    }
}

impl Step {
    fn position(&self) -> Option<Position> {
        let pos = match self {
            Self::Eval(e) | Self::Exec(e) => e.start_position(),
            Self::Call(call) => call.full.start_position(),
            Self::Assign(assign) => assign.full.start_position(),
            Self::Await(p) | Self::JumpIf(_, _, p) | Self::Break(_, p) | Self::Throw(p) => *p,
            Self::IterStart { at, .. } | Self::StreamNext { at, .. } => *at,
            _ => Position::NONE,
        };
        (!pos.is_none()).then_some(pos)
    }
}

/// A variable that no script can name, at the bottom of a scope that were empty without it. Rhai makes room for eight
/// when an empty scope gets its first: half of what a small task takes.
pub(super) const BOTTOM: &str = "async";

/// The variables that a coroutine of a body starts with: a scope to clone, whose names are shared by all clones.
#[derive(Debug, Default)]
pub struct Layout(pub RefCell<LayoutNames>);

/// The names, from the bottom of the scope to its top, and the scope that has them.
#[derive(Debug)]
pub struct LayoutNames {
    pub names: Vec<ImmutableString>,
    pub scope: Scope<'static>,
}

impl Default for LayoutNames {
    fn default() -> Self {
        let mut scope = Scope::new();
        scope.push_dynamic(BOTTOM, Dynamic::UNIT);
        Self { names: Vec::new(), scope }
    }
}

impl LayoutNames {
    /// Makes the scope for these names.
    pub fn set(&mut self, names: Vec<ImmutableString>) {
        self.scope = if names.is_empty() { Self::default().scope } else { Scope::new() };
        for name in &names {
            self.scope.push_dynamic(name.as_str(), Dynamic::UNIT);
        }
        self.names = names;
    }
}

/// How a body comes by its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// The top level of a script: the variables of the session.
    Program,
    /// An `async` function or closure: takes over the scope of its call, which holds the parameters.
    /// `Some(n)`: a function with n parameters.
    Function(Option<usize>),
    /// An `async` block: shares these variables with the scope around it.
    Block(Vec<ImmutableString>),
}

/// A place in a body that an error, `break`, `continue` or `return` leaves in its own way.
#[derive(Debug)]
pub struct Region {
    /// The region around it; its own index for region 0.
    pub parent: u32,
    pub kind: RegionKind,
    /// How deep blocks, iterators and temporaries stood when it was entered.
    pub blocks: u32,
    pub iters: u32,
    pub temps: u32,
}

/// What a region does with what leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionKind {
    Body,
    /// `break` goes on at the first step, `continue` at the second.
    Loop {
        after: u32,
        again: u32,
    },
    /// Errors go on at this step.
    Try {
        catch: u32,
    },
    /// While it runs, the error that was caught is kept for a bare `throw`.
    Catch,
}

/// One step. `acc` is the frame's accumulator: the value of what ran last.
#[derive(Debug)]
pub enum Step {
    /// `acc` = the value of an expression without await.
    Eval(Expr),
    /// The same for a call whose arguments are at hand.
    Call(Box<Call>),
    /// Runs a block of statements without await in the frame's own scope; `acc` = its value.
    Exec(Expr),
    /// The same for a statement that puts a temporary into a variable.
    Assign(Box<Assign>),
    /// Waits for `acc`; `acc` = its result.
    Await(Position),
    /// Moves `acc` into a temporary.
    Keep(u32),
    /// `acc` = `()`.
    Unit,
    /// `acc` = a truth value.
    Bool(bool),
    Jump(u32),
    /// Goes there if `acc`, which must be a bool, equals the first field.
    JumpIf(bool, u32, Position),
    /// Goes there unless `acc` is `()`.
    JumpIfSome(u32),
    /// Goes to the n-th place, where `acc` is n; to the last if `acc` is `()`.
    JumpTable(Vec<u32>),
    /// Enters a block: remembers how many variables and imports there are.
    Enter,
    /// Leaves the innermost block.
    Leave,
    /// Starts a loop over `acc`: declares the loop's variables. `awaited`: that of `for await`, which takes streams, too.
    IterStart {
        var: ImmutableString,
        counter: Option<ImmutableString>,
        at: Position,
        awaited: bool,
    },
    /// `acc` = the next item of the innermost iterator, or what it is awaited by; on at `exit` after the last. The step
    /// that follows awaits it, and is passed by if there is nothing to await.
    StreamNext {
        exit: u32,
        at: Position,
    },
    /// The next turn with `acc` as its item, or on at `exit` if that is how a stream ends.
    StreamItem {
        var: ImmutableString,
        counter: Option<ImmutableString>,
        exit: u32,
    },
    /// The next turn of the innermost iterator, with variables of its own, or on at `exit`.
    IterNext {
        var: ImmutableString,
        counter: Option<ImmutableString>,
        exit: u32,
    },
    /// Drops the innermost iterator.
    IterEnd,
    /// Declares the variable of `catch`.
    Bind(ImmutableString),
    /// The `catch` block ended by itself: forgets the error.
    CatchEnd,
    /// Leaves (`true`) or repeats (`false`) the innermost loop; `acc` is the loop's value.
    Break(bool, Position),
    Return,
    Throw(Position),
}
