//! Which variables an `async` block takes from the scope around it.
//!
//! Rhai counts variables from the top of the scope. A block's coroutine has a scope of its own with just what it
//! captures, so a reference that reaches beyond the block's own variables is changed to go by name.

use std::num::NonZeroUsize;

use rhai::{Expr, FlowControl, ImmutableString, Position, Stmt, StmtBlock};

use super::Program;

/// The names, and the number of variables that the block itself has declared at this point.
#[derive(Default)]
struct Captures {
    names: Vec<ImmutableString>,
    depth: usize,
}

/// Makes captured references in the block (or expression) go by name, and lists the names.
pub fn capture(block: &mut Expr) -> Vec<ImmutableString> {
    let mut captures = Captures::default();
    captures.expr(block);
    captures.names
}

/// The variables that a program takes from the scope around it.
pub fn variables_taken(program: &Program) -> Vec<ImmutableString> {
    let block = StmtBlock::new(program.ast.statements().iter().cloned(), Position::NONE, Position::NONE);
    capture(&mut Expr::Stmt(Box::new(block)))
}

impl Captures {
    /// Whether a reference with this offset reaches beyond the block; notes the name if so.
    fn is_outer(&mut self, name: &str, offset: Option<NonZeroUsize>) -> bool {
        if offset.is_some_and(|o| o.get() <= self.depth) {
            return false;
        }
        if !self.names.iter().any(|n| n == name) {
            self.names.push(name.into());
        }
        true
    }

    fn scoped(&mut self, work: impl FnOnce(&mut Self)) {
        let depth = self.depth;
        work(self);
        self.depth = depth;
    }

    fn exprs<'a>(&mut self, list: impl IntoIterator<Item = &'a mut Expr>) {
        list.into_iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Variable(x, short, _) if x.2.is_empty() => {
                let offset = short.map(NonZeroUsize::from).or(x.0);
                if self.is_outer(&x.1.clone(), offset) {
                    x.0 = None;
                    *short = None;
                }
            }
            Expr::Stmt(block) => self.scoped(|s| s.stmts(block.statements_mut())),
            Expr::InterpolatedString(x, _) | Expr::Array(x, _) => self.exprs(x.iter_mut()),
            Expr::Map(x, _) => self.exprs(x.0.iter_mut().map(|(_, e)| e)),
            Expr::FnCall(x, _) | Expr::MethodCall(x, _) => self.exprs(x.args.iter_mut()),
            Expr::Dot(x, ..) | Expr::Index(x, ..) => {
                self.expr(&mut x.lhs);
                self.expr(&mut x.rhs);
            }
            Expr::And(x, _) | Expr::Or(x, _) | Expr::Coalesce(x, _) => self.exprs(x.iter_mut()),
            Expr::Custom(x, _) => self.exprs(x.inputs.iter_mut()),
            _ => {}
        }
    }

    fn stmts(&mut self, stmts: &mut [Stmt]) {
        stmts.iter_mut().for_each(|s| self.stmt(s));
    }

    fn flow(&mut self, flow: &mut FlowControl) {
        self.scoped(|s| s.stmts(flow.body.statements_mut()));
        self.scoped(|s| s.stmts(flow.branch.statements_mut()));
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        match stmt {
            Stmt::Var(x, ..) => {
                self.expr(&mut x.1);
                self.depth += usize::from(x.2.is_none());
            }
            Stmt::Block(block) => self.scoped(|s| s.stmts(block.statements_mut())),
            Stmt::If(x, _) | Stmt::While(x, _) | Stmt::Do(x, ..) => {
                self.expr(&mut x.expr);
                self.flow(x);
            }
            Stmt::For(x, _) => {
                self.expr(&mut x.2.expr);
                self.scoped(|s| {
                    s.depth += 1 + usize::from(x.1.is_some());
                    s.stmts(x.2.body.statements_mut());
                });
            }
            Stmt::TryCatch(x, _) => {
                self.scoped(|s| s.stmts(x.body.statements_mut()));
                self.scoped(|s| {
                    s.depth += usize::from(!x.expr.is_unit());
                    s.stmts(x.branch.statements_mut());
                });
            }
            Stmt::Switch(x, _) => {
                self.expr(&mut x.0);
                for case in x.1.expressions.iter_mut() {
                    self.expr(&mut case.lhs);
                    self.expr(&mut case.rhs);
                }
            }
            Stmt::Assignment(x) => {
                self.expr(&mut x.1.rhs);
                self.expr(&mut x.1.lhs);
            }
            Stmt::FnCall(x, _) => self.exprs(x.args.iter_mut()),
            Stmt::Expr(e) => self.expr(e),
            Stmt::BreakLoop(Some(e), ..) | Stmt::Return(Some(e), ..) => self.expr(e),
            Stmt::Import(x, _) => self.expr(&mut x.0),
            Stmt::Share(list) => {
                for (ident, offset) in list.iter_mut() {
                    if self.is_outer(&ident.name.clone(), *offset) {
                        *offset = None;
                    }
                }
            }
            _ => {}
        }
    }
}
