//! `this` of async methods.
//!
//! Rhai lends a method its receiver for the time of the call; the coroutine of an async method lives longer. So where
//! a step may call an async method that uses `this`, the receiver is made a shared value first, as a closure does with
//! what it captures, and the coroutine finds what it was lent among the shared values at hand, by its address.
//! What it does not find there it has as a copy: a temporary, or a variable of a plain function. An element of a
//! variable is a copy that can't be changed, because the change would be lost.

use std::cell::RefCell;
use std::collections::HashSet;

use rhai::{ASTFlags, ASTNode, Dynamic, Expr, ImmutableString, Scope, Stmt};

use super::body::Body;
use super::query::{inside_async, walk_expr};

/// What a step does with receivers of async methods.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Receivers {
    /// Variables on which one is called.
    variables: Vec<ImmutableString>,
    /// Methods that are called on an element of a variable.
    elements: Vec<ImmutableString>,
    /// Whether anything is called.
    calls: bool,
}

/// The receivers of a step's expression, if it calls anything. `methods` are the async methods that use `this`.
pub fn receivers(expr: &Expr, methods: &HashSet<String>) -> Option<Receivers> {
    let mut found = Receivers::default();
    walk_expr(expr, &mut |path| {
        match path.last() {
            _ if inside_async(path) => {}
            Some(ASTNode::Expr(Expr::FnCall(..) | Expr::MethodCall(..)) | ASTNode::Stmt(Stmt::FnCall(..))) => {
                found.calls = true;
            }
            _ => {}
        }
        match method_call(path, methods) {
            Some((name, Expr::Variable(variable, ..), false)) if variable.2.is_empty() => {
                found.variables.push(variable.1.clone());
                found.calls |= !name.is_empty();
            }
            Some((name, Expr::Variable(..) | Expr::ThisPtr(_), true)) => found.elements.push(name),
            _ => {}
        }
        true
    });
    (found.calls || !found.elements.is_empty()).then_some(found)
}

/// Whether the last node calls one of the methods on a variable, which must be the frame's own to be shared.
pub fn calls_method(path: &[ASTNode], methods: &HashSet<String>) -> bool {
    !methods.is_empty()
        && matches!(method_call(path, methods), Some((_, Expr::Variable(..), false)))
        && !inside_async(path)
}

/// If the last node is a call of one of the methods: its name, the root of the chain that it ends, and whether it is
/// called on an element of that.
fn method_call<'p>(path: &'p [ASTNode], methods: &HashSet<String>) -> Option<(ImmutableString, &'p Expr, bool)> {
    let (ASTNode::Expr(node @ Expr::Dot(x, ..)), outer) = path.split_last()? else {
        return None;
    };
    let Expr::MethodCall(call, _) = &x.rhs else { return None };
    if !methods.contains(call.name.as_str()) {
        return None;
    }
    let (mut root, mut link): (&Expr, &Expr) = (&x.lhs, node);
    let mut is_element = false;
    for parent in outer.iter().rev() {
        match parent {
            ASTNode::Expr(parent @ (Expr::Dot(y, flags, _) | Expr::Index(y, flags, _)))
                if std::ptr::eq(&y.rhs, link) && !flags.intersects(ASTFlags::BREAK) =>
            {
                (root, link, is_element) = (&y.lhs, parent, true);
            }
            _ => break,
        }
    }
    Some((call.name.clone(), root, is_element))
}

/// What can be lent to a method in the step that runs now.
#[derive(Default)]
pub struct Lent {
    /// Shared values, by the address of what they share.
    values: RefCell<Vec<(usize, Dynamic)>>,
    elements: RefCell<Vec<ImmutableString>>,
}

impl Lent {
    /// Makes the receivers of a step shared, and notes what is.
    pub fn prepare(&self, receivers: &Receivers, scope: &mut Scope<'static>, this: Option<&Dynamic>) {
        for name in &receivers.variables {
            if let Some(value) = scope.get_mut(name) {
                let _ = share(value);
            }
        }
        let mut values = self.values.borrow_mut();
        for value in scope.iter_raw().map(|(_, _, value)| value).chain(this).filter(|v| v.is_shared()) {
            if let Some(inner) = value.read_lock::<Dynamic>() {
                values.push((std::ptr::from_ref(&*inner) as usize, value.clone()));
            }
        }
        self.elements.borrow_mut().clone_from(&receivers.elements);
    }

    /// The step is over.
    pub fn clear(&self) {
        self.values.borrow_mut().clear();
        self.elements.borrow_mut().clear();
    }

    /// What the coroutine of a body keeps as `this`.
    pub fn keep(&self, this: &Dynamic, body: &Body) -> Dynamic {
        if this.is_shared() {
            return this.clone();
        }
        let address = std::ptr::from_ref(this) as usize;
        if let Some((_, shared)) = self.values.borrow().iter().find(|(at, _)| *at == address) {
            return shared.clone();
        }
        match this.is_read_only() || self.elements.borrow().contains(&body.name) {
            true => this.clone().into_read_only(),
            false => this.clone().into_shared(),
        }
    }
}

/// Makes a value shared in its place, and gives another handle to it.
pub fn share(value: &mut Dynamic) -> Dynamic {
    if !value.is_shared() {
        *value = std::mem::take(value).into_shared();
    }
    value.clone()
}
