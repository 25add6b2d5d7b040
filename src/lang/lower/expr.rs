//! Expressions: siblings that Rhai evaluates before an await go to temporaries.

use rhai::{ASTFlags, Expr, FnCallExpr, Position};

use super::call::takes_closure;
use super::{Jump, Lowerer};
use crate::lang::body::Step;
use crate::lang::temps;

/// These are words of Rhai's, though they look like functions.
pub(super) const SYNTACTIC: [&str; 6] = ["Fn", "curry", "eval", "is_def_fn", "is_def_var", "is_shared"];

impl Lowerer<'_> {
    /// Emits what leaves the expression's value in `acc`.
    pub(super) fn value_of(&mut self, expr: &Expr) {
        if let Some((operand, pos)) = self.awaits.operand(expr) {
            self.value_of(operand);
            return self.emit(Step::Await(pos));
        }
        match expr {
            _ if !self.awaits.expr_needs_lowering(expr) => self.whole(expr.clone()),
            Expr::Stmt(block) => self.block(block.statements()),
            Expr::And(list, _) => self.and_or(list, true),
            Expr::Or(list, _) => self.and_or(list, false),
            Expr::Coalesce(list, _) => self.coalesce(list),
            _ => {
                let rest = self.composite(expr.clone());
                self.whole(rest);
            }
        }
    }

    /// Emits what must run first, and gives an expression without await that has the value.
    pub(super) fn simple(&mut self, expr: Expr) -> Expr {
        if !self.awaits.expr_needs_lowering(&expr) {
            return expr;
        }
        let is_composite = self.awaits.operand(&expr).is_none()
            && !matches!(expr, Expr::Stmt(..) | Expr::And(..) | Expr::Or(..) | Expr::Coalesce(..));
        let pos = expr.position();
        if is_composite {
            let rest = self.composite(expr);
            if !takes_closure(&rest, &self.awaits.closure_methods) {
                return rest;
            }
            self.whole(rest);
            return self.keep(pos);
        }
        self.value_of(&expr);
        self.keep(pos)
    }

    /// An expression with parts, some of which await: makes the parts simple, in Rhai's order.
    fn composite(&mut self, mut expr: Expr) -> Expr {
        self.parts(children(&mut expr));
        expr
    }

    /// Makes the parts, given in the order of evaluation, free of awaits.
    pub(super) fn parts(&mut self, parts: Vec<&mut Expr>) {
        let Some(last) = parts.iter().rposition(|e| self.awaits.expr_needs_lowering(e)) else {
            return;
        };
        for (i, part) in parts.into_iter().enumerate().take(last + 1) {
            let mut rest = self.simple(std::mem::take(part));
            if i < last && !rest.is_constant() && temps::taken(&rest).is_none() {
                let pos = rest.position();
                self.whole(rest);
                rest = self.keep(pos);
            }
            *part = rest;
        }
    }

    fn and_or(&mut self, list: &[Expr], and: bool) {
        let mut jumps: Vec<Jump> = Vec::new();
        for expr in list {
            self.value_of(expr);
            jumps.push(self.jump(Step::JumpIf(!and, 0, expr.position())));
        }
        self.emit(Step::Bool(and));
        let end = self.jump(Step::Jump(0));
        jumps.into_iter().for_each(|j| self.land(j));
        self.emit(Step::Bool(!and));
        self.land(end);
    }

    fn coalesce(&mut self, list: &[Expr]) {
        let mut jumps = Vec::new();
        for expr in list {
            self.value_of(expr);
            jumps.push(self.jump(Step::JumpIfSome(0)));
        }
        jumps.into_iter().for_each(|j| self.land(j));
    }
}

/// The parts of an expression that are evaluated each time and in this order. Parts that Rhai reads only when all
/// others are done, because it needs a reference to a variable, are not among them.
pub(super) fn children(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::InterpolatedString(x, _) | Expr::Array(x, _) => x.iter_mut().collect(),
        Expr::Map(x, _) => x.0.iter_mut().map(|(_, e)| e).collect(),
        Expr::FnCall(call, _) => call_args(call),
        Expr::Dot(..) | Expr::Index(..) => chain(expr),
        _ => Vec::new(),
    }
}

/// The arguments of a call, as Rhai evaluates them: a variable that stands first is passed by reference, last.
pub(super) fn call_args(call: &mut FnCallExpr) -> Vec<&mut Expr> {
    let by_reference = |e: &Expr| matches!(e, Expr::Variable(..) | Expr::ThisPtr(_));
    let in_order = call.op_token.is_some() || call.capture_parent_scope || SYNTACTIC.contains(&call.name.as_str());
    // `call(f, x, y)` reads f, and then is a call of f with x and y
    let skip = usize::from(call.op_token.is_none() && call.name == "call");
    let keeps_first = !in_order && call.args.get(skip).is_some_and(by_reference);
    call.args.iter_mut().enumerate().filter(|(i, _)| !(keeps_first && *i == skip)).map(|(_, e)| e).collect()
}

/// The parts of `root.a(x)[i].b`: first all arguments and indexes from left to right, then the root,
/// which stays in place if it is a variable.
pub(super) fn chain(expr: &mut Expr) -> Vec<&mut Expr> {
    let is_index = matches!(expr, Expr::Index(..));
    let (Expr::Dot(x, flags, _) | Expr::Index(x, flags, _)) = expr else {
        return Vec::new();
    };
    let flags = *flags;
    let x = &mut **x;
    let mut parts = Vec::new();
    chain_args(&mut x.rhs, is_index, flags, &mut parts);
    if !matches!(x.lhs, Expr::Variable(..) | Expr::ThisPtr(_)) {
        parts.push(&mut x.lhs);
    }
    parts
}

fn chain_args<'e>(rhs: &'e mut Expr, is_index: bool, parent: ASTFlags, parts: &mut Vec<&'e mut Expr>) {
    let goes_on = matches!(rhs, Expr::Dot(..) | Expr::Index(..)) && !parent.intersects(ASTFlags::BREAK);
    if !goes_on {
        return link(rhs, is_index, parts);
    }
    let next_is_index = matches!(rhs, Expr::Index(..));
    if let Expr::Dot(y, flags, _) | Expr::Index(y, flags, _) = rhs {
        let flags = *flags;
        let y = &mut **y;
        link(&mut y.lhs, is_index, parts);
        chain_args(&mut y.rhs, next_is_index, flags, parts);
    }
}

/// One link of a chain: an index, or a method's arguments.
fn link<'e>(expr: &'e mut Expr, is_index: bool, parts: &mut Vec<&'e mut Expr>) {
    if is_index {
        parts.push(expr);
    } else if let Expr::MethodCall(call, _) = expr {
        parts.extend(call.args.iter_mut());
    }
}

/// A position that messages about this expression point at.
pub(super) fn start(expr: &Expr) -> Position {
    expr.start_position()
}
