//! Scopes for frames: taken from that of a call, copied, or shared with the block around.

use rhai::{Dynamic, ImmutableString, Scope};

use super::body::Layout;
use super::receiver;

/// A scope of ours with the names and values of a call's scope, which ends with the call.
///
/// The names come from a layout that the body keeps, so that they are not allocated for each coroutine.
pub(super) fn take(layout: &Layout, scope: &mut Scope) -> Scope<'static> {
    let mut layout = layout.0.borrow_mut();
    let names = || scope.iter_raw().map(|e| e.0);
    if !layout.names.iter().rev().map(|n| n.as_str()).eq(names()) {
        let mut list: Vec<ImmutableString> = names().map(Into::into).collect();
        list.reverse();
        layout.set(list);
    }
    let mut taken = layout.scope.clone();
    for name in &layout.names {
        if let (Some(from), Some(to)) = (scope.get_mut(name), taken.get_mut(name)) {
            *to = std::mem::take(from);
        }
    }
    taken
}

/// A scope of ours for a call of the function whose layout this is: the values of its parameters.
pub(super) fn from_layout(layout: &Layout, values: impl Iterator<Item = Dynamic>) -> Scope<'static> {
    let layout = layout.0.borrow();
    let mut scope = layout.scope.clone();
    for (name, value) in layout.names.iter().zip(values) {
        if let Some(slot) = scope.get_mut(name) {
            *slot = value;
        }
    }
    scope
}

/// A scope of ours with copies: for `f!()`, whose function sees the scope of its caller.
pub(super) fn copy(scope: &Scope) -> Scope<'static> {
    let mut entries: Vec<(&str, bool, Dynamic)> = scope.iter_raw().map(|(n, c, v)| (n, c, v.clone())).collect();
    entries.reverse();
    let mut copy = Scope::new();
    copy.extend(entries);
    copy
}

/// A scope with these variables of `scope`, shared by both. Names that are no variables may be functions.
pub(super) fn share(layout: &Layout, scope: &mut Scope, names: &[ImmutableString]) -> Scope<'static> {
    if !names.iter().all(|name| scope.is_constant(name) == Some(false)) {
        return share_some(scope, names);
    }
    let mut layout = layout.0.borrow_mut();
    if layout.names.len() != names.len() {
        layout.set(names.to_vec());
    }
    let mut shared = layout.scope.clone();
    for name in names {
        if let (Some(from), Some(to)) = (scope.get_mut(name), shared.get_mut(name)) {
            *to = receiver::share(from);
        }
    }
    shared
}

/// The same where some names are constants, which are copied, or no variables at all.
fn share_some(scope: &mut Scope, names: &[ImmutableString]) -> Scope<'static> {
    let mut shared = Scope::new();
    for name in names {
        if let Some(value) = scope.get_mut(name) {
            let value = receiver::share(value);
            shared.push_dynamic(name.as_str(), value);
        } else if let Some(value) = scope.get(name) {
            shared.push_constant_dynamic(name.as_str(), value.clone());
        }
    }
    shared
}
