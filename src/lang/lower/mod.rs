//! Lowering: from Rhai's syntax tree to the steps of a [`Body`].
//!
//! Statements and expressions without await stay whole and are Rhai's to evaluate. What has an await is taken apart
//! just as far as needed, in Rhai's own order of evaluation: what comes before an await is kept in temporaries, what
//! comes after stays in place. `stmt.rs` takes statements apart, `expr.rs` expressions; `call.rs` finds
//! the calls that a frame can make itself.

mod call;
mod expr;
mod stmt;
mod switch;

use std::collections::HashMap;
use std::rc::Rc;

use rhai::{Expr, ImmutableString, Position, Stmt};

use super::body::{Body, BodyKind, Region, RegionKind, Step};
use super::query::Awaits;
use super::receiver::{Receivers, receivers};
use crate::source::Source;

/// What a body is lowered from, besides its statements.
pub struct Origin {
    pub name: ImmutableString,
    pub kind: BodyKind,
    pub source: Rc<Source>,
    pub position: Position,
}

/// Lowers a list of statements: a program, or the block of an async function, closure or block.
pub fn lower_block(stmts: &[Stmt], origin: Origin, awaits: &Awaits) -> Body {
    let mut lowerer = Lowerer::new(awaits);
    lowerer.stmts(stmts);
    lowerer.finish(origin)
}

struct Lowerer<'a> {
    awaits: &'a Awaits,
    steps: Vec<Step>,
    region_of: Vec<u32>,
    regions: Vec<Region>,
    region: u32,
    blocks: u32,
    iters: u32,
    /// The next free temporary, and how many there are in all.
    temp: u32,
    temps: u32,
}

/// A jump whose target is not known yet.
#[must_use]
struct Jump(usize);

impl<'a> Lowerer<'a> {
    fn new(awaits: &'a Awaits) -> Self {
        let body = Region { parent: 0, kind: RegionKind::Body, blocks: 0, iters: 0, temps: 0 };
        Self {
            awaits,
            steps: Vec::new(),
            region_of: Vec::new(),
            regions: vec![body],
            region: 0,
            blocks: 0,
            iters: 0,
            temp: 0,
            temps: 0,
        }
    }

    fn finish(mut self, origin: Origin) -> Body {
        self.emit(Step::Return);
        self.steps.shrink_to_fit();
        let receivers = self.receivers();
        Body {
            name: origin.name,
            kind: origin.kind,
            source_name: origin.source.name.as_str().into(),
            source: origin.source,
            position: origin.position,
            steps: self.steps,
            region_of: self.region_of,
            regions: self.regions,
            temps: self.temps,
            receivers,
            layout: Default::default(),
            sites: Default::default(),
            mentions: Default::default(),
        }
    }

    fn receivers(&self) -> HashMap<u32, Receivers> {
        let methods = &self.awaits.methods;
        if methods.is_empty() {
            return HashMap::new();
        }
        let of_step = |step: &Step| match step {
            Step::Eval(expr) | Step::Exec(expr) => receivers(expr, methods),
            Step::Call(call) => receivers(&call.full, methods),
            Step::Assign(assign) => receivers(&assign.full, methods),
            _ => None,
        };
        self.steps.iter().zip(0..).filter_map(|(step, number)| Some((number, of_step(step)?))).collect()
    }

    fn emit(&mut self, step: Step) {
        self.steps.push(step);
        self.region_of.push(self.region);
    }

    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    fn jump(&mut self, step: Step) -> Jump {
        self.emit(step);
        Jump(self.steps.len() - 1)
    }

    /// Lets the jump go to the next step.
    fn land(&mut self, jump: Jump) {
        let here = self.here();
        match &mut self.steps[jump.0] {
            Step::Jump(to) | Step::JumpIf(_, to, _) | Step::JumpIfSome(to) => *to = here,
            Step::IterNext { exit, .. } | Step::StreamNext { exit, .. } | Step::StreamItem { exit, .. } => *exit = here,
            other => unreachable!("not a jump: {other:?}"),
        }
    }

    /// Runs `work` with the steps that it emits in a region of their own; gives the region's number.
    fn in_region(&mut self, kind: RegionKind, work: impl FnOnce(&mut Self)) -> usize {
        let number = self.regions.len();
        self.regions.push(Region {
            parent: self.region,
            kind,
            blocks: self.blocks,
            iters: self.iters,
            temps: self.temp,
        });
        let outer = std::mem::replace(&mut self.region, number as u32);
        work(self);
        self.region = outer;
        number
    }

    /// Runs `work` between the entering and the leaving of a block.
    fn in_block(&mut self, work: impl FnOnce(&mut Self)) {
        self.emit(Step::Enter);
        self.blocks += 1;
        work(self);
        self.blocks -= 1;
        self.emit(Step::Leave);
    }

    /// Takes a temporary and gives the expression that moves its value out again.
    fn keep(&mut self, pos: Position) -> Expr {
        let temp = self.temp;
        self.temp += 1;
        self.temps = self.temps.max(self.temp);
        self.emit(Step::Keep(temp));
        super::temps::take(temp, pos)
    }
}
