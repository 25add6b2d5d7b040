//! One run of a body: its variables and the place where it stands.
//!
//! A frame is plain data. It runs until it must wait for something, and then it can be kept, looked into, or dropped.

mod env;
mod loops;
mod touch;
mod unwind;

use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, Position, Scope};
use thin_vec::ThinVec;

use super::body::{BOTTOM, Body, BodyKind, Step};
use super::failure::{Failure, Raise};
use super::interp::Interp;
use super::iter::Iter;
use super::namespace::Imports;
use crate::source::Place;
pub(super) use env::Entered;
pub use env::Env;

/// A suspended or running body.
pub struct Frame {
    pub body: Rc<Body>,
    pub scope: Scope<'static>,
    /// The value of what ran last.
    acc: Dynamic,
    /// The next step.
    at: u32,
    blocks: ThinVec<Mark>,
    iters: ThinVec<Iter>,
    temps: Vec<Dynamic>,
    /// What few frames have.
    rare: Option<Box<Rare>>,
}

/// How much there was in the scope when a block was entered.
#[derive(Clone, Copy)]
struct Mark {
    vars: u32,
    imports: u32,
}

#[derive(Default)]
struct Rare {
    this: Option<Dynamic>,
    env: Option<Rc<Env>>,
    /// Modules imported by the frame itself; those of a program's top level are the namespace's.
    imports: Imports,
    /// Errors whose `catch` is running.
    caught: Vec<Failure>,
    /// What `defer` registered, to be run last first, and where it stood then.
    defers: Vec<(Dynamic, u32)>,
    /// Whether Rhai must search variables by name (after an `eval`).
    search: bool,
}

/// What a frame asks at each await, so that it can go on at once where nothing has to be waited for.
pub trait Resolve {
    /// The result, if it is there already; none if the frame must stop. The value is taken then.
    fn resolve(&mut self, value: Dynamic) -> Option<Result<Dynamic, Raise>>;

    /// Whether it can be awaited.
    fn can_await(&self, value: &Dynamic) -> bool;

    /// These steps made something for a call, and it threw.
    fn threw(&mut self, body: &Rc<Body>, steps: std::ops::RangeInclusive<u32>);
}

/// Why a frame stopped running.
pub enum Flow {
    /// It waits for what it gave to be resolved last.
    Await,
    Done(Dynamic),
    Failed(Raise),
}

impl Frame {
    /// A frame that has not run yet.
    pub fn new(body: Rc<Body>, scope: Scope<'static>, this: Option<Dynamic>, env: Option<Rc<Env>>) -> Self {
        let rare = (this.is_some() || env.is_some()).then(|| Box::new(Rare { this, env, ..Rare::default() }));
        Self {
            body,
            scope,
            acc: Dynamic::UNIT,
            at: 0,
            blocks: ThinVec::new(),
            iters: ThinVec::new(),
            temps: Vec::new(),
            rare,
        }
    }

    /// What it sees besides its program's namespace.
    pub fn env(&self) -> Option<&Rc<Env>> {
        self.rare.as_ref()?.env.as_ref()
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Registers what is to run when this frame ends; `at` is the step after the one that did so.
    pub fn defer(&mut self, function: Dynamic, at: u32) {
        self.rare().defers.push((function, at));
    }

    /// Takes the variables of its outermost level.
    pub fn take_scope(&mut self) -> Scope<'static> {
        if let Some(mark) = self.blocks.first() {
            self.scope.rewind(mark.vars as usize);
        }
        std::mem::take(&mut self.scope)
    }

    /// Its variables, the newest first.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Dynamic)> {
        self.scope.iter_raw().map(|(name, _, value)| (name, value)).filter(|(name, _)| *name != BOTTOM)
    }

    /// Whether anything is to run when it ends.
    pub fn has_defers(&self) -> bool {
        self.rare.as_ref().is_some_and(|r| !r.defers.is_empty())
    }

    /// The deferred function that is to run next. While it runs, the frame, which has ended, stands where that was
    /// registered: this is the place to name for what it waits for, or throws.
    pub fn next_defer(&mut self) -> Option<Dynamic> {
        let (function, at) = self.rare.as_mut()?.defers.pop()?;
        self.at = at;
        Some(function)
    }

    /// The number of the step that it will run next; the one before it is where it stands.
    pub fn step(&self) -> u32 {
        self.at
    }

    /// Where it stands, as Rhai counts: at its await if it waits.
    pub fn position(&self) -> Position {
        self.body.position_at((self.at as usize).saturating_sub(1))
    }

    /// Where it stands in the source.
    pub fn place(&self) -> Place {
        Place::of(&self.body.source, self.position())
    }

    /// Runs until it waits or ends. `input` is the result of what it waited for.
    pub fn run(&mut self, interp: &mut Interp, input: Result<Dynamic, Raise>, awaits: &mut dyn Resolve) -> Flow {
        let base = self.enter(interp);
        let flow = self.steps(interp, input, base, awaits);
        self.leave(interp);
        flow
    }

    /// A panic cut its run short: puts the interpreter back to where it stood before.
    pub fn abandon(&mut self, interp: &mut Interp) {
        self.leave(interp);
        interp.recover();
    }

    fn steps(
        &mut self,
        interp: &mut Interp,
        input: Result<Dynamic, Raise>,
        base: usize,
        awaits: &mut dyn Resolve,
    ) -> Flow {
        match input {
            Ok(value) => self.acc = value,
            Err(raise) => {
                if let Some(raise) = self.unwind(interp, raise, base) {
                    return Flow::Failed(raise);
                }
            }
        }
        let body = self.body.clone();
        loop {
            let step = &body.steps[self.at as usize];
            self.at += 1;
            let result = match step {
                Step::Eval(_) | Step::Exec(_) | Step::Call(_) | Step::Assign(_) => self.evaluate(interp, &body, step),
                Step::Await(_) => {
                    interp.shared.at.set(self.at);
                    match awaits.resolve(std::mem::take(&mut self.acc)) {
                        None => return Flow::Await,
                        Some(Ok(value)) => {
                            self.acc = value;
                            interp.stopwatch.step(self.at);
                        }
                        Some(Err(raise)) => {
                            if let Err(flow) = self.raise(interp, raise, base) {
                                return flow;
                            }
                        }
                    }
                    Ok(())
                }
                Step::StreamNext { exit, at } => {
                    interp.shared.at.set(self.at);
                    let next = self.next_item(interp, *exit).map_err(|e| fill(e, *at));
                    self.at += u32::from(matches!(next, Ok(true)) && !awaits.can_await(&self.acc));
                    next.map(|_| ())
                }
                Step::Return => return Flow::Done(std::mem::take(&mut self.acc)),
                step => self.small_step(interp, step, base),
            };
            if let Err(error) = result {
                if !matches!(*error, EvalAltResult::Return(..) | EvalAltResult::LoopBreak(..)) {
                    let failed = self.at.saturating_sub(1); // a loop may begin anew at the first step
                    awaits.threw(&body, first_for(&body, failed)..=failed);
                }
                match self.leave_by(interp, error, base) {
                    Ok(()) => {}
                    Err(flow) => return flow,
                }
            }
        }
    }

    /// The steps that evaluate something.
    #[inline]
    fn evaluate(&mut self, interp: &mut Interp, body: &Body, step: &Step) -> Result<(), Box<EvalAltResult>> {
        interp.shared.at.set(self.at);
        if interp.shared.touches.is_on() {
            self.touch(interp, step);
        }
        let receivers = if body.receivers.is_empty() { None } else { body.receivers.get(&(self.at - 1)) };
        let mut this = self.rare.as_mut().and_then(|r| r.this.as_mut());
        if let Some(receivers) = receivers {
            interp.shared.lent.prepare(receivers, &mut self.scope, this.as_deref_mut().map(|t| &*t));
        }
        // constants of the top level, and only those, are global
        interp.global.scope_level = self.blocks.len() + usize::from(body.kind != BodyKind::Program);
        let result = match step {
            Step::Call(call) if receivers.is_none() => interp.call_at(call, &mut self.scope, this),
            Step::Call(call) => interp.eval(&call.full, &mut self.scope, this, true),
            Step::Eval(expr) => interp.eval(expr, &mut self.scope, this, true),
            Step::Exec(expr) => interp.eval(expr, &mut self.scope, this, false),
            Step::Assign(assign) => interp.assign(assign, &mut self.scope, this),
            _ => return Ok(()),
        };
        interp.stopwatch.step(self.at);
        if let Step::Exec(_) = step {
            interp.learn_closures(); // it may be an import
        }
        if receivers.is_some() {
            interp.shared.lent.clear();
        }
        if matches!(step, Step::Exec(_)) && self.blocks.is_empty() && body.kind == BodyKind::Program {
            interp.keep_imported(interp.global.num_imports());
        }
        self.acc = result?.flatten();
        Ok(())
    }

    /// The steps that evaluate nothing.
    fn small_step(&mut self, interp: &mut Interp, step: &Step, base: usize) -> Result<(), Box<EvalAltResult>> {
        match step {
            Step::Keep(temp) => {
                interp.shared.temps.borrow_mut()[*temp as usize] = std::mem::take(&mut self.acc);
            }
            Step::Unit => self.acc = Dynamic::UNIT,
            Step::Bool(value) => self.acc = (*value).into(),
            Step::Jump(to) => self.jump(interp, *to)?,
            Step::JumpIf(wanted, to, pos) => {
                if self.condition(interp, *pos)? == *wanted {
                    self.jump(interp, *to)?;
                }
            }
            Step::JumpIfSome(to) => {
                if !self.acc.is_unit() {
                    self.at = *to;
                }
            }
            Step::JumpTable(targets) => {
                let case = self.acc.as_int().map_or(targets.len() - 1, |n| n as usize);
                self.at = targets[case];
            }
            Step::Enter => self
                .blocks
                .push(Mark { vars: self.scope.len() as u32, imports: (interp.global.num_imports() - base) as u32 }),
            Step::Leave => self.leave_blocks(interp, self.blocks.len().saturating_sub(1), base),
            step @ (Step::IterStart { .. } | Step::IterNext { .. } | Step::StreamItem { .. } | Step::IterEnd) => {
                self.loop_step(interp, step)?;
            }
            Step::Bind(name) => {
                let value = match self.rare().caught.pop() {
                    Some(mut failure) => {
                        let value = interp.caught_value(&mut failure);
                        if failure.thrown().is_none() {
                            failure.value = Some(value.clone());
                        }
                        self.rare().caught.push(failure);
                        value
                    }
                    None => Dynamic::UNIT,
                };
                self.scope.push_dynamic(name.as_str(), value);
            }
            Step::CatchEnd => {
                self.rare().caught.pop();
                self.acc = Dynamic::UNIT;
            }
            Step::Break(out, pos) => {
                return Err(Box::new(EvalAltResult::LoopBreak(*out, std::mem::take(&mut self.acc), *pos)));
            }
            Step::Throw(pos) => {
                return Err(Box::new(EvalAltResult::ErrorRuntime(std::mem::take(&mut self.acc), *pos)));
            }
            Step::Eval(_) | Step::Exec(_) | Step::Call(_) | Step::Assign(_) => {}
            Step::Await(_) | Step::StreamNext { .. } | Step::Return => {}
        }
        Ok(())
    }

    /// Goes to a step. Back is where another turn of a loop begins.
    #[inline]
    fn jump(&mut self, interp: &mut Interp, to: u32) -> Result<(), Box<EvalAltResult>> {
        let again = to < self.at;
        self.at = to;
        if again { interp.turn_of_loop(to) } else { Ok(()) }
    }

    fn condition(&self, interp: &Interp, pos: Position) -> Result<bool, Box<EvalAltResult>> {
        self.acc.as_bool().map_err(|actual| {
            let wanted = interp.engine.map_type_name(std::any::type_name::<bool>()).to_string();
            Box::new(EvalAltResult::ErrorMismatchDataType(wanted, actual.to_string(), pos))
        })
    }
}

/// The first of the steps that make arguments for this one. It takes each argument for one step and its `Keep`; of one that
/// takes several, as with an `await` in it, only the last counts, and what was made before that is not looked for.
fn first_for(body: &Body, step: u32) -> u32 {
    let mut first = step;
    while first >= 2 && matches!(body.steps[first as usize - 1], Step::Keep(_)) {
        first -= 2;
    }
    first
}

fn fill(mut error: Box<EvalAltResult>, pos: Position) -> Box<EvalAltResult> {
    if error.position().is_none() {
        error.set_position(pos);
    }
    error
}
