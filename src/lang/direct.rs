//! Calls that do not need Rhai: of functions of the library, and of async functions of the script.
//!
//! Rhai looks a function up anew in each call, by its name and the types of its arguments, and walks a tree to get
//! there. A call whose arguments are at hand remembers what Rhai found, and goes there at once as long as nothing has
//! changed. All else is Rhai's: whether a call can be direct is known before anything has been evaluated for it.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{
    Dynamic, Engine, EvalAltResult, Expr, FnArgsVec, FuncRegistration, ImmutableString, Module, NativeCallContext,
    Position, RhaiFunc, Scope,
};

use super::body::{Body, BodyKind};
use super::frame::Frame;
use super::interp::Interp;
use super::syntax::from_layout;

/// How often a call may try to find out what it calls, before the script's functions change.
const TRIES: u8 = 8;

/// A string of so many bytes, or an array or a map of so many entries, is not changed without Rhai, which looks whether
/// it is too large.
const LARGE: usize = 1 << 20;

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
    Variable(ImmutableString),
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
    Native(RhaiFunc),
    /// An async function: its call gives a coroutine.
    Async(Rc<Body>),
}

/// What is known when a call is about to be made.
enum Way {
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
        if self.global.lib.len() != 1 || self.global.num_imports() > 0 {
            return self.eval(&call.full, scope, this, true);
        }
        let args = call.args.as_deref().unwrap_or_default();
        let types = match self.way(call, scope) {
            Way::Direct(Target::Async(body)) => return Ok(self.make_coroutine(args, &body, scope)),
            Way::Direct(Target::Native(func)) => match self.call_native(call, args, &func, scope) {
                Some(result) => return result,
                None => None,
            },
            Way::Rhai(types) => types,
        };
        self.shared.begun.replace(None);
        let is_handle = |name| scope.get(name).is_some_and(is_handle);
        let expr = match &call.short {
            Some(short) if !call.memo.borrow().is_own && call.receiver.as_deref().is_some_and(is_handle) => short,
            _ => &call.full,
        };
        let result = self.eval(expr, scope, this, true)?;
        if let Some(types) = types {
            self.learn(call, types);
        }
        Ok(result)
    }

    #[inline]
    fn way(&self, call: &Call, scope: &Scope<'static>) -> Way {
        let mut memo = call.memo.borrow_mut();
        let version = Some(self.namespace_version());
        if memo.version != version {
            *memo = Memo { version, is_own: self.has_function(&call.name), ..Memo::default() };
        }
        let Some(args) = call.args.as_deref().filter(|_| memo.target.is_some() || memo.tries < TRIES) else {
            return Way::Rhai(None);
        };
        let temps = self.shared.temps.borrow();
        let mut types = FnArgsVec::new();
        for arg in args {
            let value = match arg {
                Arg::Constant(value) => value,
                Arg::Temp(temp) => &temps[*temp as usize],
                Arg::Variable(name) => match scope.get(name) {
                    Some(value) if !value.is_locked() => value,
                    _ => return Way::Rhai(None),
                },
            };
            types.push(value.type_id());
        }
        match &memo.target {
            Some(target) if memo.types == types => Way::Direct(target.clone()),
            _ if memo.tries >= TRIES => Way::Rhai(None),
            _ => Way::Rhai(Some(types)),
        }
    }

    /// Rhai has made a call with arguments of these types: remembers what it has called, if it can be told.
    fn learn(&mut self, call: &Call, types: FnArgsVec<TypeId>) {
        let begun = self.shared.begun.take().filter(|body| is_function(body, &call.name, types.len()));
        let target = match begun {
            Some(body) if call.receiver.is_none() => Some(Target::Async(body)),
            _ if call.memo.borrow().is_own => None,
            _ => self.native(&call.name, &types).map(Target::Native),
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

    /// Calls a native function; none if that is Rhai's to do after all.
    fn call_native(
        &mut self,
        call: &Call,
        args: &[Arg],
        func: &RhaiFunc,
        scope: &mut Scope<'static>,
    ) -> Option<Result<Dynamic, Box<EvalAltResult>>> {
        let lent = lent(&self.engine, call, args.first(), func, scope)?;
        let mut values: FnArgsVec<Dynamic> = FnArgsVec::new();
        let own = &args[usize::from(lent.is_some())..];
        own.iter().for_each(|arg| values.push(self.take_arg(arg, scope)));
        let mut args: FnArgsVec<&mut Dynamic> = FnArgsVec::new();
        if let Some(name) = lent {
            args.push(scope.get_mut(name)?);
        }
        args.extend(values.iter_mut());
        self.global.num_operations = self.global.num_operations.wrapping_add(1);
        let context =
            NativeCallContext::new_with_all_fields(&self.engine, &call.name, None, &self.global, call.position);
        let context = func.has_context().then_some(context);
        let result = match func {
            RhaiFunc::Plugin { func } => func.call(context, &mut args),
            RhaiFunc::StaticPlugin { func } => func.call(context, &mut args),
            RhaiFunc::Pure { func, .. } | RhaiFunc::Method { func, .. } => func(context, &mut args),
            _ => return None,
        };
        Some(result.map_err(|mut error| {
            if error.position().is_none() {
                error.set_position(call.position);
            }
            error
        }))
    }

    fn take_arg(&self, arg: &Arg, scope: &Scope<'static>) -> Dynamic {
        match arg {
            Arg::Constant(value) => value.clone(),
            Arg::Temp(temp) => std::mem::take(&mut self.shared.temps.borrow_mut()[*temp as usize]).flatten(),
            Arg::Variable(name) => scope.get(name).map(Dynamic::flatten_clone).unwrap_or_default(),
        }
    }

    /// What a call of an async function gives.
    fn make_coroutine(&mut self, args: &[Arg], body: &Rc<Body>, scope: &Scope<'static>) -> Dynamic {
        self.global.num_operations = self.global.num_operations.wrapping_add(1);
        let values = args.iter().map(|arg| self.take_arg(arg, scope));
        let own = from_layout(&body.layout, values);
        self.shared.make_coroutine(Frame::new(body.clone(), own, None, None))
    }
}

/// The variable that a function gets to change, if any; none of all if this is a case for Rhai.
fn lent<'c>(
    engine: &Engine,
    call: &Call,
    first: Option<&'c Arg>,
    func: &RhaiFunc,
    scope: &Scope<'static>,
) -> Option<Option<&'c ImmutableString>> {
    let Some(Arg::Variable(name)) = first else {
        return Some(None);
    };
    let value = scope.get(name)?;
    if is_handle(value) {
        return Some(None); // its copies are as good
    }
    match value.is_shared() || value.is_read_only() {
        _ if is_large(engine, value) => None,
        true if call.receiver.is_some() => None,
        true => Some(None),
        false => Some(func.is_method().then_some(name)),
    }
}

/// Whether the value is one of the library's own, which all are handles.
fn is_handle(value: &Dynamic) -> bool {
    value.type_name().starts_with("loopscope::")
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
fn is_large(engine: &Engine, value: &Dynamic) -> bool {
    let exceeds = |size: usize, most: usize| size >= if most == 0 { LARGE } else { most.min(LARGE) };
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
