//! `switch`: Rhai picks the case, on a copy whose cases are their own numbers; the steps jump there.
//!
//! A guard (`1 if await ready() =>`) that awaits can't be evaluated by Rhai. Then the copy's guards say "not refused
//! yet", the picked case's guard is run as steps, and where it is false that case is refused and Rhai picks again.

use rhai::{Expr, Position, Stmt, StmtBlock, SwitchCasesCollection};

use super::{Jump, Lowerer};
use crate::lang::body::Step;
use crate::lang::temps;

impl Lowerer<'_> {
    pub(super) fn switch(&mut self, x: &(Expr, SwitchCasesCollection), pos: Position) {
        let (subject, cases) = x;
        let subject = self.simple(subject.clone());
        let guarded = cases.expressions.iter().any(|c| self.awaits.expr_needs_lowering(&c.lhs));
        if guarded {
            self.guarded_switch(subject, cases, pos);
        } else {
            self.emit(Step::Eval(pick(subject, cases.clone(), pos)));
            self.arms(cases);
        }
    }

    /// From the number of a case in `acc` to the value of that case.
    fn arms(&mut self, cases: &SwitchCasesCollection) {
        let table = self.steps.len();
        self.emit(Step::JumpTable(Vec::new()));
        let mut targets = Vec::new();
        let mut ends: Vec<Jump> = Vec::new();
        for case in &cases.expressions {
            targets.push(self.here());
            self.value_of(&case.rhs);
            ends.push(self.jump(Step::Jump(0)));
        }
        targets.push(self.here());
        self.emit(Step::Unit);
        ends.into_iter().for_each(|j| self.land(j));
        self.steps[table] = Step::JumpTable(targets);
    }

    fn guarded_switch(&mut self, subject: Expr, cases: &SwitchCasesCollection, pos: Position) {
        let keep = self.temp;
        self.emit(Step::Eval(subject));
        let _ = self.keep(pos);
        self.emit(Step::Eval(Expr::Array(Default::default(), pos)));
        let _ = self.keep(pos);
        let again = self.here();
        let mut copy = cases.clone();
        for (i, case) in copy.expressions.iter_mut().enumerate() {
            case.lhs = temps::not_refused(keep + 1, i, pos);
        }
        self.emit(Step::Eval(pick(temps::peek(keep, pos), copy, pos)));
        let table = self.steps.len();
        self.emit(Step::JumpTable(Vec::new()));
        let mut targets = Vec::new();
        let mut ends = Vec::new();
        for (i, case) in cases.expressions.iter().enumerate() {
            targets.push(self.here());
            self.value_of(&case.lhs);
            let yes = self.jump(Step::JumpIf(true, 0, case.lhs.position()));
            self.emit(Step::Eval(temps::refuse(keep + 1, i, pos)));
            self.emit(Step::Jump(again));
            self.land(yes);
            self.value_of(&case.rhs);
            ends.push(self.jump(Step::Jump(0)));
        }
        targets.push(self.here());
        self.emit(Step::Unit);
        ends.into_iter().for_each(|j: Jump| self.land(j));
        self.steps[table] = Step::JumpTable(targets);
    }
}

/// A `switch` that gives the number of the case instead of running it.
fn pick(subject: Expr, mut cases: SwitchCasesCollection, pos: Position) -> Expr {
    for (i, case) in cases.expressions.iter_mut().enumerate() {
        case.rhs = Expr::IntegerConstant(i as i64, pos);
    }
    let switch = Stmt::Switch(Box::new((subject, cases)), pos);
    Expr::Stmt(Box::new(StmtBlock::new([switch], pos, Position::NONE)))
}
