//! What a body does, in the order in which it does it, as far as the rules care.
//!
//! Branches are laid one behind the other, with what tells them apart between them; loops are gone through once.

use rhai::{ASTFlags, Expr, FlowControl, FnCallExpr, FnPtr, ImmutableString, Position, Stmt};

use crate::lang::capture::capture;
use crate::lang::query::Awaits;
use crate::lang::syntax::is_async_key;

/// One thing that a body does.
#[derive(Debug)]
pub enum Event {
    /// A variable is read.
    Read(ImmutableString),
    /// A text that is no template, and has `${` in it all the same.
    Text(ImmutableString, Position),
    /// A variable gets a value, made of what was read since the event with number `from`.
    Set {
        name: ImmutableString,
        from: usize,
        pos: Position,
        declared: bool,
        /// It is changed, as `+=` does.
        changed: bool,
    },
    /// Others may run here; the call whose value is awaited, if it is one.
    Await {
        call: Option<Call>,
        pos: Position,
    },
    Call(Call),
    /// Nobody takes the value of this call.
    Dropped(Call),
    /// A closure or an async block is made.
    Closure(Closure),
    /// What follows happens only if the condition holds, which begins at the event with number `from`; as often as it
    /// does, if that is the condition of a loop.
    If {
        from: usize,
        again: bool,
    },
    EndIf,
    /// The way divides: the first of several branches begins.
    Fork,
    /// The next branch begins where the first did.
    Else,
    /// The branch for an error that was thrown somewhere in the one before.
    Catch,
    /// All that come to the end of their branch go on from here.
    Join,
    /// The body is left by this `return`, or by a `throw` that it does not catch.
    Leave {
        throws: bool,
        pos: Position,
    },
    /// A loop with these variables.
    Loop(Vec<ImmutableString>),
    EndLoop {
        /// It ends by a `break` only.
        endless: bool,
    },
    /// A `break`, or a `continue`.
    LeaveTurn {
        breaks: bool,
    },
}

/// A call of a function, or of a method of a variable or property.
#[derive(Clone, Debug)]
pub struct Call {
    /// As written: `db.lock`; empty if it is no plain path, none if it is not a method.
    pub receiver: Option<String>,
    pub name: ImmutableString,
    /// The number of arguments.
    pub args: usize,
    pub pos: Position,
}

impl Call {
    /// The function of the program that is called, if it is one; what a method belongs to is not known.
    pub fn function(&self) -> Option<Function> {
        self.receiver.is_none().then(|| (self.name.clone(), self.args))
    }
}

/// A function of the program: its name, and the number of its parameters.
pub type Function = (ImmutableString, usize);

/// A closure, or an async block.
#[derive(Clone, Debug)]
pub struct Closure {
    /// The name of the function that Rhai has made of it; none for a block.
    pub function: Option<String>,
    pub captured: Vec<ImmutableString>,
    /// The call that it is an argument of.
    pub passed_to: Option<Call>,
    pub pos: Position,
}

/// Puts what a body does in order.
pub struct Walk<'a> {
    awaits: &'a Awaits,
    pub events: Vec<Event>,
    /// How many `try` there are around.
    tries: usize,
}

impl<'a> Walk<'a> {
    pub fn new(awaits: &'a Awaits) -> Self {
        Self { awaits, events: Vec::new(), tries: 0 }
    }

    /// Statements in a row; `used` says whether somebody takes the value of the last one.
    pub fn stmts(&mut self, stmts: &[Stmt], used: bool) {
        for (i, stmt) in stmts.iter().enumerate() {
            self.stmt(stmt, used && i + 1 == stmts.len());
        }
    }

    pub fn stmt(&mut self, stmt: &Stmt, used: bool) {
        match stmt {
            Stmt::FnCall(call, pos) => {
                self.call(call, *pos);
                if !used && !self.awaits.is_await(call, *pos) {
                    self.events.push(Event::Dropped(plain_call(call, *pos)));
                }
            }
            Stmt::Expr(expr) => {
                self.expr(expr);
                if let (false, Some(call)) = (used, self.outer_call(expr)) {
                    self.events.push(Event::Dropped(call));
                }
            }
            Stmt::Var(x, ..) => {
                let from = self.events.len();
                self.expr(&x.1);
                let (name, pos) = (x.0.name.clone(), x.0.pos);
                self.events.push(Event::Set { name, from, pos, declared: true, changed: false });
            }
            Stmt::Assignment(x) => {
                let from = self.events.len();
                self.expr(&x.1.rhs);
                self.target(&x.1.lhs, from, x.0.is_op_assignment());
            }
            Stmt::Block(block) => self.stmts(block.statements(), used),
            Stmt::If(x, _) => {
                let from = self.events.len();
                self.expr(&x.expr);
                self.events.push(Event::If { from, again: false });
                self.fork([&x.body, &x.branch].into_iter(), |walk, block| walk.stmts(block.statements(), used));
                self.events.push(Event::EndIf);
            }
            Stmt::While(x, _) | Stmt::Do(x, ..) => self.while_or_do(stmt, x),
            Stmt::For(x, pos) => {
                let counter = x.1.iter().map(|c| c.name.clone());
                let variables = [x.0.name.clone()].into_iter().chain(counter).collect();
                self.expr(&x.2.expr);
                let awaits = self.awaits.of_loop(*pos);
                self.perhaps(|walk| walk.looped(variables, &x.2, awaits, false));
            }
            Stmt::TryCatch(x, _) => {
                self.events.push(Event::Fork);
                self.tries += 1;
                self.stmts(x.body.statements(), used);
                self.tries -= 1;
                self.events.push(Event::Catch);
                self.stmts(x.branch.statements(), used);
                self.events.push(Event::Join);
            }
            Stmt::Switch(x, _) => {
                self.expr(&x.0);
                let cases = x.1.expressions.iter().map(Some);
                // without a default no branch may be gone
                let none = x.1.def_case.is_none().then_some(None);
                self.fork(cases.chain(none), |walk, case| {
                    walk.exprs(case.into_iter().flat_map(|case| [&case.lhs, &case.rhs]));
                });
            }
            Stmt::BreakLoop(expr, flags, _) => {
                self.exprs(expr.as_deref());
                self.events.push(Event::LeaveTurn { breaks: flags.contains(ASTFlags::BREAK) });
            }
            Stmt::Return(expr, flags, pos) => {
                self.exprs(expr.as_deref());
                let throws = flags.contains(ASTFlags::BREAK);
                if !(throws && self.tries > 0) {
                    self.events.push(Event::Leave { throws, pos: *pos });
                }
            }
            Stmt::Import(x, _) => self.expr(&x.0),
            _ => {}
        }
    }

    /// A loop by a condition, or by none.
    fn while_or_do(&mut self, stmt: &Stmt, x: &FlowControl) {
        let from = self.events.len();
        self.expr(&x.expr);
        self.events.push(Event::If { from, again: true });
        match (stmt, &x.expr) {
            // `loop` has no condition
            (Stmt::While(..), Expr::Unit(_) | Expr::BoolConstant(true, _)) => {
                self.looped(Vec::new(), x, None, true);
            }
            (Stmt::Do(..), _) => self.looped(Vec::new(), x, None, false),
            _ => self.perhaps(|walk| walk.looped(Vec::new(), x, None, false)),
        }
        self.events.push(Event::EndIf);
    }

    /// Branches, of which one is gone.
    fn fork<B>(&mut self, branches: impl Iterator<Item = B>, each: impl Fn(&mut Self, B)) {
        for (i, branch) in branches.enumerate() {
            self.events.push(if i == 0 { Event::Fork } else { Event::Else });
            each(self, branch);
        }
        self.events.push(Event::Join);
    }

    /// What may be passed by.
    fn perhaps(&mut self, inner: impl FnOnce(&mut Self)) {
        self.events.push(Event::Fork);
        inner(self);
        self.events.extend([Event::Else, Event::Join]);
    }

    /// A loop, where the await of its turns stands, if it has one, and whether only a `break` ends it.
    fn looped(&mut self, variables: Vec<ImmutableString>, flow: &FlowControl, awaits: Option<Position>, endless: bool) {
        self.events.push(Event::Loop(variables));
        self.events.extend(awaits.map(|pos| Event::Await { call: None, pos }));
        self.stmts(flow.body.statements(), false);
        self.events.push(Event::EndLoop { endless });
    }

    /// What is assigned to: a variable, or a part of one.
    fn target(&mut self, target: &Expr, from: usize, changed: bool) {
        match target {
            Expr::Variable(x, _, pos) if x.2.is_empty() => {
                self.events.push(Event::Set { name: x.1.clone(), from, pos: *pos, declared: false, changed });
            }
            Expr::Dot(x, ..) | Expr::Index(x, ..) => {
                self.chain(&mut String::new(), &x.rhs);
                self.target(&x.lhs, from, changed);
            }
            _ => {}
        }
    }

    fn exprs<'e>(&mut self, list: impl IntoIterator<Item = &'e Expr>) {
        list.into_iter().for_each(|e| self.expr(e));
    }

    pub fn expr(&mut self, expr: &Expr) {
        if let Some(closure) = closure(expr) {
            self.events.push(Event::Closure(closure));
            return;
        }
        match expr {
            Expr::Variable(x, ..) if x.2.is_empty() => self.events.push(Event::Read(x.1.clone())),
            Expr::StringConstant(text, pos) if text.contains("${") => {
                self.events.push(Event::Text(text.clone(), *pos));
            }
            Expr::Stmt(block) => self.stmts(block.statements(), true),
            Expr::InterpolatedString(x, _) | Expr::Array(x, _) => self.exprs(x),
            Expr::Map(x, _) => self.exprs(x.0.iter().map(|(_, e)| e)),
            Expr::FnCall(call, pos) => self.call(call, *pos),
            Expr::Dot(x, ..) => {
                self.expr(&x.lhs);
                self.chain(&mut path_of(&x.lhs), &x.rhs);
            }
            Expr::Index(x, ..) => {
                self.expr(&x.lhs);
                self.chain(&mut String::new(), &x.rhs);
            }
            Expr::And(x, _) | Expr::Or(x, _) | Expr::Coalesce(x, _) => self.exprs(x.iter()),
            _ => {}
        }
    }

    /// What stands behind a dot or in brackets. `path` is what stands before it.
    fn chain(&mut self, path: &mut String, rest: &Expr) {
        match rest {
            Expr::Property(x, _) => extend(path, &x.2),
            Expr::MethodCall(call, pos) => {
                let info = method_call(path, call, *pos);
                self.args(call, &info);
                self.events.push(Event::Call(info));
            }
            Expr::Dot(x, ..) => {
                self.chain(path, &x.lhs);
                self.chain(path, &x.rhs);
            }
            Expr::Index(x, ..) => {
                self.chain(path, &x.lhs);
                self.chain(&mut String::new(), &x.rhs);
                path.clear();
            }
            other => self.expr(other),
        }
    }

    fn call(&mut self, call: &FnCallExpr, pos: Position) {
        if self.awaits.is_await(call, pos) {
            self.exprs(&call.args);
            let call = self.outer_call(&call.args[0]);
            self.events.push(Event::Await { call, pos });
            return;
        }
        let info = plain_call(call, pos);
        self.args(call, &info);
        self.events.push(Event::Call(info));
    }

    fn args(&mut self, call: &FnCallExpr, info: &Call) {
        for arg in &call.args {
            match closure(arg) {
                Some(found) => {
                    let passed_to = Some(info.clone());
                    self.events.push(Event::Closure(Closure { passed_to, ..found }));
                }
                None => self.expr(arg),
            }
        }
    }

    /// The call whose value is that of the expression.
    fn outer_call(&self, expr: &Expr) -> Option<Call> {
        match expr {
            Expr::FnCall(call, pos) if !self.awaits.is_await(call, *pos) => Some(plain_call(call, *pos)),
            Expr::Dot(x, ..) => method_at_end(&mut path_of(&x.lhs), &x.rhs),
            _ => None,
        }
    }
}

fn plain_call(call: &FnCallExpr, pos: Position) -> Call {
    Call { receiver: None, name: call.name.clone(), args: call.args.len(), pos }
}

fn method_call(path: &mut String, call: &FnCallExpr, pos: Position) -> Call {
    Call { receiver: Some(std::mem::take(path)), ..plain_call(call, pos) }
}

fn method_at_end(path: &mut String, rest: &Expr) -> Option<Call> {
    match rest {
        Expr::MethodCall(call, pos) => Some(method_call(path, call, *pos)),
        Expr::Dot(x, ..) => {
            match &x.lhs {
                Expr::Property(property, _) => extend(path, &property.2),
                _ => path.clear(),
            }
            method_at_end(path, &x.rhs)
        }
        _ => None,
    }
}

/// The name of a variable; empty for what is no variable.
fn path_of(expr: &Expr) -> String {
    match expr {
        Expr::Variable(x, ..) if x.2.is_empty() => x.1.to_string(),
        Expr::ThisPtr(_) => "this".to_string(),
        _ => String::new(),
    }
}

fn extend(path: &mut String, property: &str) {
    if !path.is_empty() {
        path.push('.');
        path.push_str(property);
    }
}

/// The closure or async block that an expression makes, if it makes one.
fn closure(expr: &Expr) -> Option<Closure> {
    match expr {
        Expr::DynamicConstant(value, pos) => {
            let function = value.read_lock::<FnPtr>()?.fn_name().to_string();
            Some(Closure { function: Some(function), captured: Vec::new(), passed_to: None, pos: *pos })
        }
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Share(names), Stmt::Expr(curry)] => {
                let Expr::FnCall(call, pos) = &**curry else { return None };
                let function = call.args.first().and_then(closure)?.function;
                let captured = names.iter().map(|(ident, _)| ident.name.clone()).collect();
                Some(Closure { function, captured, passed_to: None, pos: *pos })
            }
            _ => None,
        },
        Expr::Custom(custom, pos) if is_async_key(&custom.tokens[0]) => {
            let captured = capture(&mut custom.inputs[0].clone());
            Some(Closure { function: None, captured, passed_to: None, pos: *pos })
        }
        _ => None,
    }
}
