//! Calls that do not need Rhai: of functions of the library, and of async functions of the script.
//!
//! Rhai looks a function up anew in each call, by its name and the types of its arguments, and walks a tree to get
//! there. A call whose arguments are at hand remembers what Rhai found, and goes there at once as long as the types and the
//! script's functions are the same. Maps may have functions of their own: their methods are always Rhai's. All else is Rhai's: whether a call can be direct is known before anything has been evaluated for it.

use std::any::TypeId;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::rc::Rc;

use rhai::{
    Dynamic, Engine, EvalAltResult, Expr, FnArgsVec, FuncRegistration, ImmutableString, Module, NativeCallContext,
    Position, RhaiFunc, Scope,
};

use super::body::{Body, BodyKind};
use super::frame::Frame;
use super::interp::Interp;
use super::iter::is_handle;
use super::scopes::from_layout;

/// How often a call may try to find out what it calls, before the script's functions change.
const TRIES: u8 = 8;

/// How many arguments such a call may have, its receiver included.
pub const MOST_ARGS: usize = 5;

const NOTHING: &Dynamic = &Dynamic::UNIT;
/// Copies of these may be large, which is Rhai's to look at.
const LIST: TypeId = TypeId::of::<rhai::Array>();
const MAP: TypeId = TypeId::of::<rhai::Map>();

/// A string of so many bytes, or an array or a map of so many entries, is not changed without Rhai, which looks whether
/// it is too large: unless [`Interp::large`] is less.
pub const LARGE: usize = 1 << 20;

/// A call that may do without Rhai.
#[derive(Debug)]
pub struct Call {
    /// As it was written.
    pub full: Expr,
    /// A method call on a variable as a call of the native function, with the variable as its first argument: Rhai's
    /// way to methods looks at more than a handle of the library needs, and keeps a captured one locked meanwhile.
    pub short: Option<Expr>,
    pub name: ImmutableString,
    /// The variable whose method it is.
    pub receiver: Option<ImmutableString>,
    /// All arguments, the receiver first, if all are at hand; else it is never direct.
    pub args: Option<Vec<Arg>>,
    pub position: Position,
    pub memo: RefCell<Memo>,
}

/// An argument, which is there without evaluating anything.
#[derive(Debug)]
pub enum Arg {
    Constant(Dynamic),
    /// The variable of this name; how far it is from the top of the scope, from 1, if that is known.
    Variable(ImmutableString, Option<NonZeroUsize>),
    Temp(u32),
}

/// What a call remembers.
#[derive(Debug, Default)]
pub struct Memo {
    /// The version of the script's functions for which it holds.
    version: Option<u32>,
    /// Whether the script has a function of this name.
    is_own: bool,
    tries: u8,
    types: FnArgsVec<TypeId>,
    target: Option<Target>,
}

/// What a call has been found to call.
#[derive(Clone, Debug)]
enum Target {
    /// A function of the library, and what it does to its first argument.
    Native(RhaiFunc, First),
    /// An async function: its call gives a coroutine.
    Async(Rc<Body>),
}

/// How a function is given a variable that comes first.
#[derive(Clone, Copy, Debug)]
enum First {
    /// As a copy, or as a handle, whose copies are as good.
    Copied,
    /// To be changed.
    Lent,
}

/// What is known when a call is about to be made.
enum Way {
    /// The values of the arguments have been put where they were wanted; `()` for one that is lent.
    Direct(Target),
    /// By Rhai, which there may be something to learn from, if the types of the arguments are given.
    Rhai(Option<FnArgsVec<TypeId>>),
}

impl Interp {
    /// Makes a call: directly if it can be, else by Rhai.
    pub fn call_at(
        &mut self,
        call: &Call,
        scope: &mut Scope<'static>,
        this: Option<&mut Dynamic>,
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        // modules may have functions, too, that come before those of the library
        if self.is_modular() {
            return self.eval(&call.full, scope, this, true);
        }
        let mut values = FnArgsVec::new();
        let types = match self.way(call, scope, &mut values) {
            Way::Direct(Target::Async(body)) => return Ok(self.make_coroutine(&body, values)),
            Way::Direct(Target::Native(func, first)) => {
                let lent = if matches!(first, First::Lent) { call.receiver_in(scope) } else { None };
                // most have one or two, and need no list
                return match (lent, &mut values[..]) {
                    (Some(lent), [_]) | (None, [lent]) => self.call_native(call, &func, &mut [lent]),
                    (Some(lent), [_, more]) | (None, [lent, more]) => self.call_native(call, &func, &mut [lent, more]),
                    (lent, values) => {
                        let skip = usize::from(lent.is_some());
                        let mut args: FnArgsVec<_> = lent.into_iter().chain(values.iter_mut().skip(skip)).collect();
                        self.call_native(call, &func, &mut args)
                    }
                };
            }
            Way::Rhai(types) => types,
        };
        let expr = match &call.short {
            Some(short) if !call.memo.borrow().is_own && call.has_handle(scope) => short,
            _ => &call.full,
        };
        let Some(types) = types else {
            return self.eval(expr, scope, this, true);
        };
        self.shared.begun.replace(None);
        let first = call.receiver_in(scope).map(|value| is_handle(value));
        let result = self.eval(expr, scope, this, true)?;
        self.learn(call, types, first);
        Ok(result)
    }

    #[inline]
    fn way(&self, call: &Call, scope: &Scope<'static>, values: &mut FnArgsVec<Dynamic>) -> Way {
        let mut memo = call.memo.borrow_mut();
        let version = Some(self.namespace_version());
        if memo.version != version {
            *memo = Memo { version, is_own: self.has_function(&call.name), ..Memo::default() };
        }
        let Some(args) = call.args.as_deref().filter(|_| memo.target.is_some() || memo.tries < TRIES) else {
            return Way::Rhai(None);
        };
        let by_name = self.global.always_search_scope;
        let mut temps = self.shared.temps.borrow_mut();
        let mut found = [NOTHING; MOST_ARGS];
        for (arg, found) in args.iter().zip(&mut found) {
            *found = match arg {
                Arg::Constant(value) => value,
                Arg::Temp(temp) => &temps[*temp as usize],
                Arg::Variable(name, place) => match variable(scope, name, place.filter(|_| !by_name)) {
                    Some(value) if !(value.is_shared() && value.is_locked()) => value,
                    _ => return Way::Rhai(None),
                },
            };
        }
        let found = &found[..args.len()];
        match &memo.target {
            Some(target) if is_same(found, &memo.types) => {
                let lent = matches!(target, Target::Native(_, First::Lent));
                if lent && !found.first().is_some_and(|first| self.can_lend(first)) {
                    return Way::Rhai(None);
                }
                for (index, (found, arg)) in found.iter().zip(args).enumerate() {
                    let is_later = matches!(arg, Arg::Temp(_)) || (lent && index == 0);
                    values.push(if is_later { Dynamic::UNIT } else { found.flatten_clone() });
                }
                for (value, arg) in values.iter_mut().zip(args) {
                    if let Arg::Temp(temp) = arg {
                        *value = std::mem::take(&mut temps[*temp as usize]).flatten();
                    }
                }
                Way::Direct(target.clone())
            }
            _ if memo.tries >= TRIES => Way::Rhai(None),
            _ => Way::Rhai(Some(found.iter().map(|value| value.type_id()).collect())),
        }
    }

    /// Whether a variable may be changed by a function without Rhai. What is captured, constant or large is Rhai's.
    #[inline]
    fn can_lend(&self, value: &Dynamic) -> bool {
        !value.is_shared() && !value.is_read_only() && !is_large(&self.engine, self.large, value)
    }

    /// Rhai has made a call with arguments of these types: remembers what it has called, if it can be told.
    fn learn(&mut self, call: &Call, types: FnArgsVec<TypeId>, first: Option<bool>) {
        let begun = self.shared.begun.take().filter(|body| is_function(body, &call.name, types.len()));
        let target = match begun {
            Some(body) if call.receiver.is_none() => Some(Target::Async(body)),
            _ if call.memo.borrow().is_own => None,
            _ => self.native(&call.name, &types).and_then(|func| {
                let first = first_of(call, &func, first, types.first() == Some(&MAP))?;
                let copies = copies(call, &types, first).all(|id| id != LIST && id != MAP);
                copies.then_some(Target::Native(func, first))
            }),
        };
        let mut memo = call.memo.borrow_mut();
        memo.tries += 1;
        (memo.types, memo.target) = (types, target);
    }

    /// The function of this name for these types that Rhai has found, if it remembers.
    fn native(&mut self, name: &str, types: &[TypeId]) -> Option<RhaiFunc> {
        let hash = hash_of(name, types);
        let entry = self.caches.fn_resolution_cache_mut().dict.get(&hash)?.as_ref()?;
        entry.func.is_native().then(|| entry.func.clone())
    }

    fn call_native(
        &mut self,
        call: &Call,
        func: &RhaiFunc,
        args: &mut [&mut Dynamic],
    ) -> Result<Dynamic, Box<EvalAltResult>> {
        self.global.num_operations = self.global.num_operations.wrapping_add(1);
        self.shared.begin_evaluation();
        let context =
            NativeCallContext::new_with_all_fields(&self.engine, &call.name, None, &self.global, call.position);
        let context = func.has_context().then_some(context);
        let result = match func {
            RhaiFunc::Plugin { func } => func.call(context, args),
            RhaiFunc::StaticPlugin { func } => func.call(context, args),
            RhaiFunc::Pure { func, .. } | RhaiFunc::Method { func, .. } => func(context, args),
            other => return Err(format!("{other} is no native function").into()), // none such is remembered
        };
        result.map_err(|mut error| {
            if error.position().is_none() {
                error.set_position(call.position);
            }
            error
        })
    }

    /// What a call of an async function gives.
    fn make_coroutine(&mut self, body: &Rc<Body>, values: FnArgsVec<Dynamic>) -> Dynamic {
        self.global.num_operations = self.global.num_operations.wrapping_add(1);
        let own = from_layout(&body.layout, values.into_iter());
        self.shared.make_coroutine(Frame::new(body.clone(), own, None, None))
    }
}

impl Call {
    /// Whether it is a method of a handle.
    fn has_handle(&self, scope: &Scope<'static>) -> bool {
        self.receiver.as_ref().is_some_and(|name| scope.get(name).is_some_and(is_handle))
    }

    /// The variable that comes first, to be changed.
    fn receiver_in<'s>(&self, scope: &'s mut Scope<'static>) -> Option<&'s mut Dynamic> {
        match self.args.as_ref()?.first()? {
            Arg::Variable(name, _) => scope.get_mut(name),
            _ => None,
        }
    }
}

#[inline]
fn is_same(values: &[&Dynamic], types: &[TypeId]) -> bool {
    values.len() == types.len() && values.iter().zip(types).all(|(value, wanted)| value.type_id() == *wanted)
}

/// A variable, by its place if that is known.
#[inline]
fn variable<'s>(scope: &'s Scope<'static>, name: &str, place: Option<NonZeroUsize>) -> Option<&'s Dynamic> {
    match place {
        Some(place) => scope.iter_raw().nth(place.get() - 1).map(|(_, _, value)| value),
        None => scope.get(name),
    }
}

/// How a function is given what comes first. `handle`: whether that is a variable, and if so, whether it holds a handle.
/// None if it is Rhai's to see to that.
fn first_of(call: &Call, func: &RhaiFunc, handle: Option<bool>, is_map: bool) -> Option<First> {
    match handle {
        _ if call.receiver.is_some() && is_map => None, // it may have a function of this name
        None => call.receiver.is_none().then_some(First::Copied),
        Some(true) => Some(First::Copied),
        Some(false) if func.is_method() => Some(First::Lent),
        Some(false) => Some(First::Copied),
    }
}

/// The types of the variables that a call copies.
fn copies<'c>(call: &'c Call, types: &'c [TypeId], first: First) -> impl Iterator<Item = TypeId> + 'c {
    let args = call.args.as_deref().unwrap_or_default();
    let lent = usize::from(matches!(first, First::Lent));
    args.iter().zip(types).skip(lent).filter(|(arg, _)| matches!(arg, Arg::Variable(..))).map(|(_, id)| *id)
}

/// Whether the body is that of the script's async function with so many parameters.
fn is_function(body: &Body, name: &str, params: usize) -> bool {
    body.kind == BodyKind::Function(Some(params)) && body.name == name
}

/// What Rhai knows a function by, its types included.
fn hash_of(name: &str, types: &[TypeId]) -> u64 {
    let func = RhaiFunc::Pure {
        func: Rc::new(|_, _| Ok(Dynamic::UNIT)),
        has_context: false,
        is_pure: true,
        is_volatile: false,
    };
    FuncRegistration::new(name).set_into_module_raw(&mut Module::new(), types, func).hash
}

/// Whether a value has grown so large that it is for Rhai to see whether it may.
fn is_large(engine: &Engine, large: usize, value: &Dynamic) -> bool {
    let exceeds = |size: usize, most: usize| size >= if most == 0 { large } else { most.min(large) };
    match value.type_name() {
        "array" | "blob" => {
            let size = value.as_array_ref().map(|list| list.len()).or_else(|_| value.as_blob_ref().map(|b| b.len()));
            size.is_ok_and(|size| exceeds(size, engine.max_array_size()))
        }
        "map" => value.as_map_ref().is_ok_and(|map| exceeds(map.len(), engine.max_map_size())),
        "string" => value.as_immutable_string_ref().is_ok_and(|text| exceeds(text.len(), engine.max_string_size())),
        _ => false,
    }
}
