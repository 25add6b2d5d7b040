//! Which variables an expression mentions, and whether it can change them. Judged by names and forms alone.

use rhai::{Expr, FlowControl, FnCallExpr, FnPtr, ImmutableString, Stmt};

use super::query::is_async_form;
use super::temps;

/// What an expression mentions.
#[derive(Debug, Default)]
pub struct Mentions {
    pub variables: Vec<Mention>,
    /// Temporaries that it uses.
    pub temps: Vec<u32>,
    /// Closures that it makes: the function, and what is captured.
    pub closures: Vec<(String, Vec<ImmutableString>)>,
    /// It may use what it does not mention.
    pub unclear: bool,
}

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub name: ImmutableString,
    pub done: Done,
}

/// What is done to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Seen,
    Changed,
    /// It is handed to a function of this name; that of the library which has the name changes nothing, or may do so.
    Handed(ImmutableString, bool),
}

/// Functions of the library that do not change what they are handed.
const HARMLESS: [&str; 8] = ["call", "contains", "is_empty", "is_shared", "len", "print", "to_string", "type_of"];

impl Mentions {
    /// What this expression mentions.
    pub fn of(expr: &Expr) -> Self {
        let mut mentions = Self::default();
        mentions.expr(expr, &Done::Seen);
        mentions
    }

    fn note(&mut self, name: &ImmutableString, done: &Done) {
        let mention = Mention { name: name.clone(), done: done.clone() };
        if !self.variables.contains(&mention) {
            self.variables.push(mention);
        }
    }

    fn exprs<'e>(&mut self, list: impl IntoIterator<Item = &'e Expr>, done: &Done) {
        list.into_iter().for_each(|e| self.expr(e, done));
    }

    fn expr(&mut self, expr: &Expr, done: &Done) {
        match expr {
            Expr::Variable(x, ..) if x.2.is_empty() => self.note(&x.1, done),
            Expr::Variable(..) | Expr::ThisPtr(_) => self.unclear = true,
            Expr::Stmt(block) => self.stmts(block.statements()),
            Expr::InterpolatedString(x, _) | Expr::Array(x, _) => self.exprs(x.iter(), &Done::Seen),
            Expr::Map(x, _) => self.exprs(x.0.iter().map(|(_, e)| e), &Done::Seen),
            Expr::FnCall(x, _) => self.call(x),
            Expr::Dot(x, ..) => {
                let done = match &x.rhs {
                    Expr::MethodCall(call, _) => &handed(&call.name),
                    // the end of a longer chain may be a method
                    Expr::Dot(..) | Expr::Index(..) => &Done::Changed,
                    _ => done,
                };
                self.expr(&x.lhs, done);
                self.expr(&x.rhs, &Done::Seen);
            }
            Expr::Index(x, ..) => {
                let done = if matches!(x.rhs, Expr::Dot(..) | Expr::Index(..)) { &Done::Changed } else { done };
                self.expr(&x.lhs, done);
                self.expr(&x.rhs, &Done::Seen);
            }
            Expr::MethodCall(x, _) => self.exprs(x.args.iter(), &Done::Seen),
            Expr::And(x, _) | Expr::Or(x, _) | Expr::Coalesce(x, _) => self.exprs(x.iter(), &Done::Seen),
            Expr::Custom(..) if is_async_form(expr) => {} // it runs later, and tells by itself
            Expr::Custom(x, _) => match temps::used(x) {
                Some(temp) => self.temps.push(temp),
                None => self.unclear = true,
            },
            _ => {}
        }
    }

    fn call(&mut self, call: &FnCallExpr) {
        self.unclear |= call.capture_parent_scope || !call.namespace.is_empty() || call.name == "eval";
        match call.args.first() {
            Some(Expr::DynamicConstant(value, _)) if call.name == "curry" && value.is::<FnPtr>() => {
                let function = value.read_lock::<FnPtr>().map_or(String::new(), |f| f.fn_name().to_string());
                let captured = call.args[1..].iter().filter_map(|arg| match arg {
                    Expr::Variable(x, ..) => Some(x.1.clone()),
                    _ => None,
                });
                self.closures.push((function, captured.collect()));
            }
            _ if call.is_operator_call() => self.exprs(call.args.iter(), &Done::Seen),
            _ => self.exprs(call.args.iter(), &handed(&call.name)),
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|s| self.stmt(s));
    }

    fn flow(&mut self, flow: &FlowControl) {
        self.expr(&flow.expr, &Done::Seen);
        self.stmts(flow.body.statements());
        self.stmts(flow.branch.statements());
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Var(x, ..) => self.expr(&x.1, &Done::Seen),
            Stmt::Block(block) => self.stmts(block.statements()),
            Stmt::If(x, _) | Stmt::While(x, _) | Stmt::Do(x, ..) | Stmt::TryCatch(x, _) => self.flow(x),
            Stmt::For(x, _) => self.flow(&x.2),
            Stmt::Switch(x, _) => {
                self.expr(&x.0, &Done::Seen);
                for case in &x.1.expressions {
                    self.exprs([&case.lhs, &case.rhs], &Done::Seen);
                }
            }
            Stmt::Assignment(x) => {
                self.expr(&x.1.rhs, &Done::Seen);
                self.expr(&x.1.lhs, &Done::Changed);
            }
            Stmt::FnCall(x, _) => self.call(x),
            Stmt::Expr(e) => self.expr(e, &Done::Seen),
            Stmt::BreakLoop(Some(e), ..) | Stmt::Return(Some(e), ..) => self.expr(e, &Done::Seen),
            Stmt::Import(..) | Stmt::Export(..) => self.unclear = true,
            _ => {}
        }
    }
}

fn handed(function: &ImmutableString) -> Done {
    Done::Handed(function.clone(), HARMLESS.contains(&function.as_str()))
}
