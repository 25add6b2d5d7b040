//! What a turn of a task touches of what tasks share, so that turns that have nothing in common can be told.
//!
//! A variable that closures or async blocks have captured goes by the same name wherever it is captured, so its name
//! stands for it: two variables of one name count as one. What can't be told counts as all there is.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::rc::Rc;

use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, Scope};

use super::interp::Interp;
use super::mention::{Done, Mention, Mentions};
use super::namespace::Namespace;

/// Something that tasks share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Thing {
    /// A captured variable, by the hash of its name.
    Variable(u64),
    /// The numbers that tasks get.
    Numbers,
    /// The random numbers without a seed.
    Random,
    /// How the task of this number ends.
    End(u32),
    /// How the members of a group end, the first of which has this number.
    Group(u32),
    /// Which tasks have failed that nobody awaits.
    Failures,
    /// A lock, a queue or one of their kin, by the number that it was made with; 0 is any of them.
    Sync(u32),
    /// Coroutines and futures that are kept in variables: the first who awaits one has it.
    Awaitables,
}

impl Thing {
    /// Whether the two may be the same.
    fn meets(self, other: Self) -> bool {
        let is_any = |number: u32| number == 0;
        match (self, other) {
            (Self::Sync(one), Self::Sync(two)) => one == two || is_any(one) || is_any(two),
            _ => self == other,
        }
    }
}

/// How it is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    Read,
    /// A change whose order among others like it makes no difference.
    Add,
    Write,
    /// A look that had to wait for all that came before it.
    After,
}

impl Access {
    /// Whether it makes a difference which of two is first.
    fn conflicts(self, other: Self) -> bool {
        use Access::{Add, After, Read};
        !matches!((self, other), (Read | After, Read | After) | (Add, Add))
    }
}

/// What a turn has touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    list: Vec<(Thing, Access)>,
    /// Whether it may have been anything.
    all: bool,
    /// Whether a task that was ready will never run.
    pub stops: bool,
}

/// How two turns depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependence {
    None,
    /// The later one could not have come first.
    Ordered,
    /// It makes a difference which one is first.
    Conflict,
}

impl Touched {
    fn add(&mut self, thing: Thing, access: Access) {
        if !self.list.contains(&(thing, access)) {
            self.list.push((thing, access));
        }
    }

    /// How a later turn depends on this one.
    pub fn then(&self, later: &Self) -> Dependence {
        if self.all || later.all {
            return Dependence::Conflict;
        }
        let mut found = Dependence::None;
        for (thing, access) in &later.list {
            if self.list.iter().any(|(t, a)| t.meets(*thing) && a.conflicts(*access)) {
                if *access != Access::After {
                    return Dependence::Conflict;
                }
                found = Dependence::Ordered;
            }
        }
        found
    }
}

/// Says what a value of the library is, if it is one that tasks share; `None` if that can't be told.
pub type Identify = fn(&Dynamic) -> Option<(Thing, Access)>;

/// Collects what turns touch, if somebody wants to know.
#[derive(Default)]
pub struct Touches {
    on: Cell<bool>,
    touched: RefCell<Touched>,
    /// Tasks that were woken or made.
    woken: RefCell<Vec<u32>>,
    /// Whether the clock went on because nobody was ready.
    waited: Cell<bool>,
    identify: Cell<Option<Identify>>,
    /// The number of the lock, queue or the like that was made last.
    made: Cell<u32>,
    /// What closures capture, by their names, for a version of the functions.
    closures: RefCell<(u32, HashMap<String, Option<Closure>>)>,
}

/// What a closure of the script captures.
type Closure = Rc<[ImmutableString]>;

/// The most values that are looked at in search of functions.
const MOST: usize = 1_000;

impl Touches {
    /// Whether anybody wants to know.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.on.get()
    }

    /// Collects from now on, if so.
    pub fn set_on(&self, on: bool) {
        self.on.set(on);
        self.take();
        self.take_waited();
    }

    /// Collects no more; what was collected can still be taken.
    pub fn pause(&self) {
        self.on.set(false);
    }

    /// How values of the library are told apart.
    pub fn set_identify(&self, identify: Identify) {
        self.identify.set(Some(identify));
    }

    /// The number of a lock, a queue or the like that is being made. Who makes one first makes a difference to that.
    pub fn number(&self) -> u32 {
        self.touch(Thing::Numbers, Access::Write);
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    /// How many numbers have been given; a run that is run again is to give the same ones.
    pub fn numbers(&self) -> &Cell<u32> {
        &self.made
    }

    /// Takes what was touched since the last time, and who was woken.
    pub fn take(&self) -> (Touched, Vec<u32>) {
        (self.touched.take(), self.woken.take())
    }

    /// Nobody is ready, so the clock goes on. A turn that moves it by itself is another thing: others may be ready then.
    pub fn wait(&self) {
        self.waited.set(self.is_on());
    }

    /// Whether the clock went on, since the last time that this was asked, because nobody was ready.
    pub fn take_waited(&self) -> bool {
        self.waited.take()
    }

    /// The turn touches this.
    #[inline]
    pub fn touch(&self, thing: Thing, access: Access) {
        if self.is_on() {
            self.touched.borrow_mut().add(thing, access);
        }
    }

    /// The turn may touch anything.
    #[inline]
    pub fn touch_all(&self) {
        if self.is_on() {
            self.touched.borrow_mut().all = true;
        }
    }

    /// Because of the turn, a task that was ready will never run.
    pub fn stop(&self) {
        if self.is_on() {
            self.touched.borrow_mut().stops = true;
        }
    }

    /// The turn has woken or made a task.
    #[inline]
    pub fn wake(&self, task: u32) {
        if self.is_on() {
            self.woken.borrow_mut().push(task);
        }
    }

    /// The turn calls a function with these arguments.
    pub fn call(&self, function: &FnPtr, args: &[Dynamic], namespace: &Namespace) {
        if !self.is_on() {
            return;
        }
        let mut walk = Walk { touches: self, namespace, left: MOST };
        walk.function(function);
        args.iter().for_each(|value| walk.content(value));
    }

    /// The turn evaluates something that mentions these variables of `scope`.
    pub(super) fn evaluate(&self, mentions: &Mentions, scope: &Scope, temps: &[Dynamic], interp: &Interp) {
        if mentions.unclear || interp.is_modular() {
            return self.touch_all();
        }
        let mut walk = Walk { touches: self, namespace: interp.namespace(), left: MOST };
        let find = |name: &str| scope.iter_raw().find(|(n, ..)| *n == name).map(|(.., value)| value);
        for mention in &mentions.variables {
            find(&mention.name).into_iter().for_each(|value| walk.variable(mention, value));
        }
        for (function, captured) in &mentions.closures {
            if self.closure(function, walk.namespace).is_some() {
                let all = captured.iter().map(|name| Mention { name: name.clone(), done: Done::Changed });
                all.for_each(|m| find(&m.name).into_iter().for_each(|value| walk.variable(&m, value)));
            }
        }
        mentions.temps.iter().filter_map(|t| temps.get(*t as usize)).for_each(|value| walk.content(value));
        if let Some(constants) = &interp.global.constants {
            constants.borrow().values().for_each(|value| walk.content(value)); // functions see them
        }
    }

    fn closure(&self, name: &str, namespace: &Namespace) -> Option<Closure> {
        let (version, known) = &mut *self.closures.borrow_mut();
        if *version != namespace.version() {
            *version = namespace.version();
            known.clear();
        }
        known.entry(name.to_string()).or_insert_with(|| namespace.captured_by(name)).clone()
    }
}

/// Goes through values in search of what tasks share.
struct Walk<'w> {
    touches: &'w Touches,
    namespace: &'w Namespace,
    /// How many values it will look at.
    left: usize,
}

impl Walk<'_> {
    fn variable(&mut self, mention: &Mention, value: &Dynamic) {
        if value.is_shared() {
            let changed = match &mention.done {
                Done::Seen => false,
                Done::Changed => true,
                // no function of the library changes a function, or what the library itself keeps elsewhere
                Done::Handed(function, harmless) => {
                    self.namespace.has(function) || !(*harmless || value.is::<FnPtr>() || is_of_library(value))
                }
            };
            self.touches.touch(variable(&mention.name), if changed { Access::Write } else { Access::Read });
        }
        self.content(value);
    }

    fn content(&mut self, value: &Dynamic) {
        if self.left == 0 || is_held(value) {
            return self.touches.touch_all();
        }
        self.left -= 1;
        if let Some(list) = value.read_lock::<Array>() {
            list.iter().for_each(|item| self.content(item));
        } else if let Some(map) = value.read_lock::<Map>() {
            map.values().for_each(|item| self.content(item));
        } else if let Some(function) = value.read_lock::<FnPtr>() {
            self.function(&function);
        } else if is_of_library(value) {
            match self.touches.identify.get().and_then(|identify| identify(value)) {
                Some((thing, access)) => self.touches.touch(thing, access),
                None => self.touches.touch_all(),
            }
        }
    }

    fn function(&mut self, function: &FnPtr) {
        if function.curry().is_empty() {
            return;
        }
        let Some(names) = self.touches.closure(function.fn_name(), self.namespace) else {
            return; // what it gives touches nothing before it runs
        };
        for (index, value) in function.curry().iter().enumerate() {
            match names.get(index) {
                Some(name) if value.is_shared() => self.touches.touch(variable(name), Access::Write),
                None if value.is_shared() => self.touches.touch_all(),
                _ => {}
            }
            self.content(value);
        }
    }
}

fn variable(name: &str) -> Thing {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    Thing::Variable(hasher.finish())
}

fn is_of_library(value: &Dynamic) -> bool {
    value.type_name().contains("loopscope::") // or a pointer to one of its types
}

/// Whether a value itself is being written to. Rhai's own question looks at all that a value holds: whoever goes through
/// that level by level would ask it of everything, again and again.
pub fn is_held(value: &Dynamic) -> bool {
    value.is_shared() && value.is_locked()
}
