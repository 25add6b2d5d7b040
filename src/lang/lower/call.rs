//! Calls that a frame can make without Rhai: those whose arguments are at hand.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use rhai::{ASTFlags, BinaryExpr, Expr, FnCallExpr, FnCallHashes, ImmutableString, Position};

use super::Lowerer;
use super::expr::SYNTACTIC;
use crate::lang::body::Step;
use crate::lang::direct::{Arg, Call, MOST_ARGS};
use crate::lang::query::ClosureMethods;
use crate::lang::temps;

/// These functions do more in Rhai than what is registered for them.
const SPECIAL: [&str; 4] = ["call", "debug", "print", "type_of"];

/// A call in the tree.
struct Parts<'e> {
    receiver: Option<&'e Expr>,
    call: &'e FnCallExpr,
    position: Position,
}

impl<'e> Parts<'e> {
    fn of(expr: &'e Expr) -> Option<Self> {
        let parts = match expr {
            Expr::FnCall(call, position) => Self { receiver: None, call, position: *position },
            // the call must be the whole of the chain
            Expr::Dot(x, flags, _) if !flags.intersects(ASTFlags::NEGATED) => match &x.rhs {
                Expr::MethodCall(call, position) => Self { receiver: Some(&x.lhs), call, position: *position },
                _ => return None,
            },
            _ => return None,
        };
        let call = parts.call;
        let is_plain = call.op_token.is_none()
            && call.namespace.is_empty()
            && !call.capture_parent_scope
            && !SPECIAL.contains(&call.name.as_str())
            && !SYNTACTIC.contains(&call.name.as_str());
        (is_plain && parts.args().count() <= MOST_ARGS).then_some(parts)
    }

    /// All arguments, the receiver first.
    fn args(&self) -> impl Iterator<Item = &'e Expr> {
        self.receiver.into_iter().chain(&self.call.args)
    }
}

impl Lowerer<'_> {
    /// Emits what evaluates an expression without await: Rhai, but for calls that can do without it.
    pub(super) fn whole(&mut self, mut expr: Expr) {
        self.receiver_before(&mut expr);
        self.call_before(&mut expr);
        let step = direct(&expr).unwrap_or_else(|| Step::Eval(expr));
        self.emit(step);
    }

    /// Finds first what a method that takes a closure is called on, such as a lock that stands beside what it guards:
    /// see [`Awaits::gives_closure`](crate::lang::query::Awaits).
    fn receiver_before(&mut self, expr: &mut Expr) {
        if !takes_closure(expr, &self.awaits.closure_methods)
            || matches!(expr, Expr::Dot(x, ..) if matches!(x.rhs, Expr::MethodCall(..)))
        {
            return;
        }
        let position = expr.position();
        if let Some(method) = split_method(expr) {
            self.whole(std::mem::take(expr));
            let lhs = self.keep(position);
            *expr = Expr::Dot(Box::new(BinaryExpr { lhs, rhs: method }), ASTFlags::empty(), position);
        }
    }

    /// If an argument of a call is itself a call that can be direct, makes that first: `tasks.push(spawn(work(i)))`. The
    /// other arguments must be such that it does not matter which are read first.
    fn call_before(&mut self, expr: &mut Expr) {
        let Some(parts) = Parts::of(expr) else { return };
        let methods = self.awaits.closure_methods.clone();
        let mut inner = 0;
        for arg in parts.args() {
            match arg {
                Expr::FnCall(..) if can_be_direct(arg) => inner += 1,
                Expr::Dot(..) if takes_closure(arg, &methods) => inner += 1,
                _ if constant(arg).is_some() => {}
                _ if parts.receiver.is_some_and(|receiver| std::ptr::eq(receiver, arg)) => {}
                _ => return,
            }
        }
        let receiver_is_at_hand = parts.receiver.is_none_or(|receiver| variable(receiver).is_some());
        if inner != 1 || !receiver_is_at_hand {
            return;
        }
        let args = match expr {
            Expr::FnCall(call, _) => &mut call.args,
            Expr::Dot(x, ..) => match &mut x.rhs {
                Expr::MethodCall(call, _) => &mut call.args,
                _ => return,
            },
            _ => return,
        };
        for arg in args.iter_mut().filter(|arg| matches!(arg, Expr::FnCall(..)) || takes_closure(arg, &methods)) {
            let call = std::mem::take(arg);
            let position = call.position();
            self.whole(call);
            *arg = self.keep(position);
        }
    }
}

/// Whether a chain ends in such a method, with nothing in it that may be passed by.
pub(super) fn takes_closure(expr: &Expr, methods: &ClosureMethods) -> bool {
    match expr {
        Expr::MethodCall(call, _) => methods.contains(call.name.as_str()),
        Expr::Dot(x, flags, _) | Expr::Index(x, flags, _) => {
            !flags.intersects(ASTFlags::NEGATED | ASTFlags::BREAK) && takes_closure(&x.rhs, methods)
        }
        _ => false,
    }
}

/// Takes the last link of a chain of three or more off it.
fn split_method(chain: &mut Expr) -> Option<Expr> {
    let (Expr::Dot(x, ..) | Expr::Index(x, ..)) = chain else { return None };
    match &mut x.rhs {
        Expr::Dot(y, ..) if matches!(y.rhs, Expr::MethodCall(..)) => {
            let method = std::mem::take(&mut y.rhs);
            x.rhs = std::mem::take(&mut y.lhs);
            Some(method)
        }
        rest => split_method(rest),
    }
}

/// Whether all arguments are at hand, or are calls of that kind.
fn can_be_direct(expr: &Expr) -> bool {
    Parts::of(expr).is_some_and(|parts| {
        let inner = parts.args().filter(|arg| argument(arg).is_none()).count();
        match inner {
            0 => true,
            1 => parts.args().all(|arg| constant(arg).is_some() || can_be_direct(arg)),
            _ => false,
        }
    })
}

/// The step for a call: one whose arguments are at hand, or a method of a variable.
fn direct(expr: &Expr) -> Option<Step> {
    let parts = Parts::of(expr)?;
    let receiver = match parts.receiver {
        Some(receiver) => Some(variable(receiver)?),
        None => None,
    };
    let args: Option<Vec<Arg>> = parts.args().map(argument).collect();
    let short = parts.receiver.map(|receiver| native_call(&parts, receiver));
    (args.is_some() || short.is_some()).then(|| {
        Step::Call(Box::new(Call {
            full: expr.clone(),
            short,
            name: parts.call.name.clone(),
            receiver,
            args,
            position: parts.position,
            memo: RefCell::default(),
        }))
    })
}

/// A method call as a call of the native function.
fn native_call(parts: &Parts, receiver: &Expr) -> Expr {
    let mut call = parts.call.clone();
    call.hashes = FnCallHashes::from_native_only(call.hashes.native());
    call.args.insert(0, receiver.clone());
    Expr::FnCall(Box::new(call), parts.position)
}

fn argument(expr: &Expr) -> Option<Arg> {
    match expr {
        Expr::Custom(..) => temps::taken(expr).map(Arg::Temp),
        Expr::Variable(x, short, _) => {
            variable(expr).map(|name| Arg::Variable(name, short.map(NonZeroUsize::from).or(x.0)))
        }
        _ => constant(expr).map(Arg::Constant),
    }
}

fn variable(expr: &Expr) -> Option<ImmutableString> {
    match expr {
        Expr::Variable(x, ..) if x.2.is_empty() => Some(x.1.clone()),
        _ => None,
    }
}

fn constant(expr: &Expr) -> Option<rhai::Dynamic> {
    match expr {
        Expr::IntegerConstant(..)
        | Expr::FloatConstant(..)
        | Expr::StringConstant(..)
        | Expr::CharConstant(..)
        | Expr::BoolConstant(..)
        | Expr::Unit(..) => expr.get_literal_value(None),
        _ => None,
    }
}
