//! Statements: blocks, branches, loops, `try`, and the ways out of them.

use rhai::{ASTFlags, Expr, FlowControl, Ident, Position, Stmt, StmtBlock};

use super::Lowerer;
use super::expr::{call_args, chain, start};
use crate::lang::assign::Assign;
use crate::lang::body::{RegionKind, Step};

impl Lowerer<'_> {
    pub(super) fn stmts(&mut self, stmts: &[Stmt]) {
        if stmts.is_empty() {
            self.emit(Step::Unit);
        }
        for stmt in stmts {
            let temp = self.temp;
            self.stmt(stmt);
            self.temp = temp;
        }
    }

    /// A block with variables of its own; `acc` = its value.
    pub(super) fn block(&mut self, stmts: &[Stmt]) {
        if stmts.is_empty() {
            return self.emit(Step::Unit);
        }
        self.in_block(|s| s.stmts(stmts));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        if !self.awaits.needs_lowering(stmt) {
            return self.plain(stmt.clone());
        }
        match stmt {
            Stmt::Expr(e) => self.value_of(e),
            Stmt::FnCall(call, pos) => self.call(call, *pos),
            Stmt::Block(block) => self.block(block.statements()),
            Stmt::If(x, _) => self.if_else(x),
            Stmt::Switch(x, pos) => self.switch(x, *pos),
            Stmt::While(x, _) => self.while_loop(x),
            Stmt::Do(x, flags, _) => self.do_loop(x, *flags),
            Stmt::For(x, pos) => self.for_loop(x, self.awaits.of_loop(*pos)),
            Stmt::TryCatch(x, _) => self.try_catch(x),
            Stmt::Return(e, flags, pos) => self.leave(e.as_deref(), *flags, *pos),
            Stmt::BreakLoop(e, flags, pos) => {
                self.value_or_unit(e.as_deref());
                self.emit(Step::Break(flags.contains(ASTFlags::BREAK), *pos));
            }
            other => self.rebuilt(other.clone()),
        }
    }

    /// A statement without await: Rhai's to run.
    fn plain(&mut self, stmt: Stmt) {
        match stmt {
            Stmt::Expr(e) => self.whole(*e),
            Stmt::FnCall(call, pos) => self.whole(Expr::FnCall(call, pos)),
            stmt => {
                let pos = stmt.position();
                let block = StmtBlock::new([stmt.clone()], pos, Position::NONE);
                let full = Expr::Stmt(Box::new(block));
                let step = Assign::of(&stmt, &full).map_or(Step::Exec(full), |assign| Step::Assign(Box::new(assign)));
                self.emit(step);
            }
        }
    }

    /// A call that is a statement; Rhai has a node of its own for it.
    fn call(&mut self, call: &rhai::FnCallExpr, pos: Position) {
        self.value_of(&Expr::FnCall(Box::new(call.clone()), pos));
    }

    /// `let`, assignments and the like: their expressions made simple, the rest as it was.
    fn rebuilt(&mut self, mut stmt: Stmt) {
        match &mut stmt {
            Stmt::Var(x, ..) => x.1 = self.simple(std::mem::take(&mut x.1)),
            Stmt::Import(x, _) => x.0 = self.simple(std::mem::take(&mut x.0)),
            Stmt::FnCall(call, _) => self.parts(call_args(call)),
            Stmt::Assignment(x) => {
                let sides = &mut x.1;
                let mut parts = vec![&mut sides.rhs];
                parts.extend(chain(&mut sides.lhs));
                self.parts(parts);
            }
            _ => {}
        }
        self.plain(stmt);
    }

    fn value_or_unit(&mut self, expr: Option<&Expr>) {
        match expr {
            Some(e) => self.value_of(e),
            None => self.emit(Step::Unit),
        }
    }

    fn leave(&mut self, expr: Option<&Expr>, flags: ASTFlags, pos: Position) {
        self.value_or_unit(expr);
        let throws = flags.contains(ASTFlags::BREAK);
        self.emit(if throws { Step::Throw(pos) } else { Step::Return });
    }

    fn if_else(&mut self, x: &FlowControl) {
        self.value_of(&x.expr);
        let no = self.jump(Step::JumpIf(false, 0, x.expr.position()));
        self.block(x.body.statements());
        let end = self.jump(Step::Jump(0));
        self.land(no);
        self.block(x.branch.statements());
        self.land(end);
    }

    /// The frame of every loop: a region whose `break` goes to what comes after it.
    fn looped(&mut self, work: impl FnOnce(&mut Self)) -> usize {
        let again = self.here();
        self.in_region(RegionKind::Loop { after: 0, again }, work)
    }

    /// Fills in where `break` and `continue` of a loop go.
    fn close_loop(&mut self, region: usize, again: u32) {
        let after = self.here();
        self.regions[region].kind = RegionKind::Loop { after, again };
    }

    fn while_loop(&mut self, x: &FlowControl) {
        let again = self.here();
        let endless = matches!(x.expr, Expr::Unit(..) | Expr::BoolConstant(true, _));
        let region = self.looped(|s| {
            let exit = (!endless).then(|| {
                s.value_of(&x.expr);
                s.jump(Step::JumpIf(false, 0, x.expr.position()))
            });
            s.block(x.body.statements());
            s.emit(Step::Jump(again));
            if let Some(exit) = exit {
                s.land(exit);
            }
            s.emit(Step::Unit);
        });
        self.close_loop(region, again);
    }

    fn do_loop(&mut self, x: &FlowControl, flags: ASTFlags) {
        let again = self.here();
        let until = flags.contains(ASTFlags::NEGATED);
        let region = self.looped(|s| {
            s.block(x.body.statements());
            s.value_of(&x.expr);
            s.emit(Step::JumpIf(!until, again, x.expr.position()));
            s.emit(Step::Unit);
        });
        // Rhai's `continue` in a do loop starts the body again without a look at the condition
        self.close_loop(region, again);
    }

    /// `for`, and `for await`, whose await stands at `awaits`.
    fn for_loop(&mut self, x: &(Ident, Option<Ident>, FlowControl), awaits: Option<Position>) {
        let (var, counter, flow) = x;
        let (var, counter) = (var.name.clone(), counter.as_ref().map(|c| c.name.clone()));
        self.value_of(&flow.expr);
        self.emit(Step::Enter);
        self.blocks += 1;
        let (at, awaited) = (start(&flow.expr), awaits.is_some());
        self.emit(Step::IterStart { var: var.clone(), counter: counter.clone(), at, awaited });
        self.iters += 1;
        let again = self.here();
        let region = self.looped(|s| {
            let next = awaits.map(|pos| {
                let next = s.jump(Step::StreamNext { exit: 0, at: pos });
                s.emit(Step::Await(pos));
                next
            });
            let exit = s.jump(match next {
                None => Step::IterNext { var, counter, exit: 0 },
                Some(_) => Step::StreamItem { var, counter, exit: 0 },
            });
            s.block(flow.body.statements());
            s.emit(Step::Jump(again));
            next.into_iter().chain([exit]).for_each(|jump| s.land(jump));
            s.emit(Step::Unit);
        });
        self.close_loop(region, again);
        self.emit(Step::IterEnd);
        self.iters -= 1;
        self.blocks -= 1;
        self.emit(Step::Leave);
    }

    fn try_catch(&mut self, x: &FlowControl) {
        let region = self.in_region(RegionKind::Try { catch: 0 }, |s| {
            s.block(x.body.statements());
        });
        let end = self.jump(Step::Jump(0));
        self.regions[region].kind = RegionKind::Try { catch: self.here() };
        self.in_region(RegionKind::Catch, |s| {
            s.in_block(|s| {
                if let Expr::Variable(name, ..) = &x.expr {
                    s.emit(Step::Bind(name.1.clone()));
                }
                s.stmts(x.branch.statements());
            });
            s.emit(Step::CatchEnd);
        });
        self.land(end);
    }
}
