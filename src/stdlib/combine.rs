//! Waiting for several at once: `gather` and its kin.
//!
//! All are one op, [`Together`]: it makes tasks of its members when it is awaited, and a rule says when it is done.

use std::any::TypeId;
use std::borrow::Cow;
use std::rc::Rc;

use rhai::{Array, Dynamic, Map};

use super::members::{all_failed, distinct, is_future, refuse_own, start_all};
use super::time::short;
use super::values::{Fallible, error_of, nanos, seconds};
use super::{Library, functions};
use crate::engine::clock::Nanos;
use crate::engine::errors::{error, kind, raise};
use crate::engine::join::{Group, Wake, result_of};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

functions! {
    /// Runs all concurrently and gives their results in the order given. The first error is thrown at once; the others
    /// go on. Takes an array, or the members themselves.
    ///
    /// ```
    /// async fn twice(n) { await sleep(0.1); n * 2 }
    /// assert(await gather(twice(1), twice(2)) == [2, 4]);
    /// assert(await gather([1, 2, 3].map(|n| twice(n))) == [2, 4, 6]);
    /// ```
    ///
    /// asyncio: `asyncio.gather`; JavaScript: `Promise.all`; tokio: `tokio::try_join!`
    "gather([xs])" => |lib| several(lib, "gather", Rule::All);

    /// Runs all concurrently and never throws: for each member `#{ok: true, value}` or `#{ok: false, error}`.
    ///
    /// ```
    /// let results = await gather_settled([async { 1 }, async { throw "no" }]);
    /// assert(results[0].ok && results[0].value == 1);
    /// assert(!results[1].ok && results[1].error == "no");
    /// ```
    ///
    /// asyncio: `gather(..., return_exceptions=True)`; JavaScript: `Promise.allSettled`; tokio: `tokio::join!`
    "gather_settled([xs])" => |lib| several(lib, "gather_settled", Rule::Settled);

    /// The first to finish, be it with a value or an error. The others are cancelled.
    ///
    /// ```
    /// async fn after(s, v) { await sleep(s); v }
    /// assert(await race([after(0.2, "slow"), after(0.1, "fast")]) == "fast");
    /// ```
    ///
    /// asyncio: `asyncio.wait(FIRST_COMPLETED)`; JavaScript: `Promise.race`; tokio: `tokio::select!`
    "race([xs])" => |lib| several(lib, "race", Rule::Race);

    /// The first that succeeds; the others are cancelled. Throws "group" with all `errors` if none does.
    ///
    /// ```
    /// async fn mirror(s, ok) { await sleep(s); if !ok { throw "down" } s }
    /// assert(await any([mirror(0.1, false), mirror(0.2, true)]) == 0.2);
    /// ```
    ///
    /// asyncio: `as_completed` and a loop; JavaScript: `Promise.any`; tokio: `futures::future::select_ok`
    "any([xs])" => |lib| several(lib, "any", Rule::Any);

    /// Waits until the first has ended ("first"), the first has failed or all have ended ("first_error"), or all have
    /// ended ("all"): `#{done, pending}`, two arrays of tasks, each task once. Cancels none; a cancelled one has ended, but not failed.
    /// Throws "value" if there are none. What has failed has not been seen by that: await it, or ask for its `result()`.
    ///
    /// ```
    /// let tasks = [spawn(sleep(0.1)), spawn(sleep(0.2))];
    /// let r = await wait(tasks, "first");
    /// assert(r.done == [tasks[0]] && r.pending == [tasks[1]]);
    /// ```
    ///
    /// asyncio: `asyncio.wait`; JavaScript: `Promise.race`; tokio: `JoinSet::join_next`
    "wait([tasks], when)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("wait", move |tasks: Array, when: &str| -> Fallible<Dynamic> {
            let rule = match when {
                "first" => Rule::Wait(Wake::AtFirst),
                "first_error" => Rule::Wait(Wake::AtFailure),
                "all" => Rule::Wait(Wake::AtLast),
                other => return Err(error(kind::VALUE, format!("wait needs \"first\", \"first_error\" or \"all\", and this is \"{other}\""))),
            };
            if tasks.is_empty() {
                return Err(error(kind::VALUE, "wait needs at least one task"));
            }
            Ok(future(&kernel, Together::new("wait", rule, distinct(tasks))))
        });
    };

    /// Cancels `x` and throws "timeout" when `s` seconds have gone before it ends. A future has one turn in
    /// any case, so `timeout(0, x)` gives its value if that is there; a coroutine does not begin when no time is left.
    ///
    /// ```
    /// try {
    ///     await timeout(0.1, sleep(10));
    /// } catch (e) {
    ///     assert(e.error == "timeout");
    /// }
    /// ```
    ///
    /// asyncio: `asyncio.timeout`, `wait_for`; JavaScript: `AbortSignal.timeout`; tokio: `tokio::time::timeout`
    "timeout(s, x)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("timeout", move |s: Dynamic, x: Dynamic| -> Fallible {
            let seconds = seconds(&s)?;
            let length = nanos(seconds)?;
            Ok(future(&kernel, Together::new("timeout", Rule::Timeout { seconds, length, deadline: None }, vec![x])))
        });
    };

    /// Awaits `x`, but does not pass a cancellation on: it goes on even if the one who waits is cancelled.
    ///
    /// ```
    /// let save = spawn(async { await sleep(0.2); "saved" });
    /// try { await timeout(0.1, shield(save)) } catch (e) { assert(e.error == "timeout") }
    /// assert(await save == "saved");
    /// ```
    ///
    /// asyncio: `asyncio.shield`; JavaScript: not passing the signal on; tokio: a spawned task
    "shield(x)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("shield", move |x: Dynamic| future(&kernel, Together::new("shield", Rule::Shield, vec![x])));
    };
}

/// Members given one by one can be as many as this.
const MOST_ARGUMENTS: usize = 16;

/// Registers a function that takes an array, or the members themselves.
fn several(lib: &mut Library, name: &'static str, rule: Rule) {
    for count in 0..=MOST_ARGUMENTS {
        let kernel = lib.kernel.clone();
        let types = vec![TypeId::of::<Dynamic>(); count];
        lib.engine.register_raw_fn(name, types, move |_, args| {
            // copies: the first argument may be a variable of the script
            let members: Array = match args {
                [list] if list.read_lock::<Array>().is_some() => {
                    list.read_lock::<Array>().map_or_else(Array::new, |list| list.clone())
                }
                args => args.iter().map(|a| a.flatten_clone()).collect(),
            };
            if members.is_empty() && matches!(rule, Rule::Race | Rule::Any) {
                return Err(error(kind::VALUE, format!("{name} needs at least one member")));
            }
            Ok(future(&kernel, Together::new(name, rule, members)))
        });
    }
}

pub(super) fn future(kernel: &Kernel, op: impl Op + 'static) -> Dynamic {
    Dynamic::from(Future::new(op, kernel.here()))
}

/// When a [`Together`] is done, and with what.
#[derive(Clone, Copy)]
enum Rule {
    All,
    Settled,
    Race,
    Any,
    Wait(Wake),
    Timeout { seconds: f64, length: Nanos, deadline: Option<Nanos> },
    Shield,
}

/// Waits for its members under a rule.
struct Together {
    name: &'static str,
    rule: Rule,
    members: Array,
    group: Option<Rc<Group>>,
    /// Whether its first member has a turn even if no time is left.
    may_try: bool,
    /// What it will be done with when the members that it cancelled have ended.
    settled: Option<Result<Dynamic, Raise>>,
    /// It was cancelled before it was settled.
    cancelled: bool,
}

impl Together {
    fn new(name: &'static str, rule: Rule, members: Array) -> Self {
        Self { name, rule, members, group: None, may_try: false, settled: None, cancelled: false }
    }

    /// Makes tasks of the members.
    fn start(&mut self, cx: &mut Cx) -> Result<Rc<Group>, Raise> {
        let members = std::mem::take(&mut self.members);
        // who waits for another one to end may look at its own task besides
        if !matches!(self.rule, Rule::Wait(Wake::AtFirst | Wake::AtFailure) if members.len() > 1) {
            refuse_own(cx, self.name, &members)?;
        }
        let tasks = start_all(cx, self.name, &members)?;
        self.may_try = members.first().is_some_and(|member| is_future(cx.kernel, member));
        let wake = match self.rule {
            Rule::All => Wake::AtError,
            Rule::Race => Wake::AtFirst,
            Rule::Any => Wake::AtValue,
            Rule::Wait(wake) => wake,
            Rule::Settled | Rule::Timeout { .. } | Rule::Shield => Wake::AtLast,
        };
        // a wait hands out tasks, not what they ended with
        let sees = !matches!(self.rule, Rule::Wait(_));
        let group = Group::new(cx.kernel, tasks, wake, sees);
        if let Rule::Timeout { length, deadline, .. } = &mut self.rule {
            *deadline = Some(cx.kernel.clock.read().saturating_add(*length));
        }
        self.group = Some(group.clone());
        Ok(group)
    }

    /// What the rule makes of the members' ends so far; none if it has to wait on.
    fn judge(&mut self, kernel: &Kernel, group: &Group) -> Option<Result<Dynamic, Raise>> {
        let all = group.all_ended();
        match self.rule {
            Rule::All => match group.first_ended(Wake::AtError) {
                Some(failed) => Some(ended(kernel, &failed)),
                None => all.then(|| Ok(values(kernel, group).into())),
            },
            Rule::Settled => all.then(|| {
                let list: Array = group.members().iter().map(|t| settled(kernel, t)).collect();
                Ok(list.into())
            }),
            Rule::Race => group.first_ended(Wake::AtFirst).map(|first| ended(kernel, &first)),
            Rule::Any => match group.first_ended(Wake::AtValue) {
                Some(first) => Some(ended(kernel, &first)),
                None => all.then(|| Err(all_failed(kernel, group))),
            },
            Rule::Wait(wake) => (all || group.first_ended(wake).is_some()).then(|| Ok(done_and_pending(group))),
            Rule::Shield => all.then(|| ended(kernel, &group.members()[0])),
            Rule::Timeout { seconds, deadline, .. } => {
                if all {
                    kernel.forget_timer();
                    return Some(ended(kernel, &group.members()[0]));
                }
                let late = is_due(kernel, deadline) && !(self.may_try && group.awaits_first_turn(0));
                late.then(|| Err(raise(kind::TIMEOUT, format!("timed out after {} s", short(seconds)))))
            }
        }
    }

    /// What it is done with after members were cancelled: one that failed on its way out is not passed over in silence.
    fn outcome(&mut self, kernel: &Kernel, group: &Group) -> Result<Dynamic, Raise> {
        let settled = self.settled.take().unwrap_or(Ok(Dynamic::UNIT));
        let throws = match self.rule {
            Rule::Timeout { .. } => true,
            Rule::All | Rule::Race => self.cancelled,
            _ => false,
        };
        match group.first_ended(Wake::AtFailure) {
            Some(failed) if throws => ended(kernel, &failed),
            _ => settled,
        }
    }

    /// Whether what has not ended when the rule is fulfilled is cancelled.
    fn cancels_rest(&self) -> bool {
        matches!(self.rule, Rule::Race | Rule::Any | Rule::Timeout { .. })
    }
}

impl Op for Together {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let group = match &self.group {
            Some(group) => group.clone(),
            None => match self.start(cx) {
                Ok(group) => group,
                Err(raise) => return Step::Done(Err(raise)),
            },
        };
        group.tell(&cx.kernel.shared.touches, !matches!(self.rule, Rule::Timeout { .. }));
        if self.settled.is_none() {
            let Some(result) = self.judge(cx.kernel, &group) else {
                group.watch(cx.task);
                if let Rule::Timeout { deadline: Some(deadline), .. } = self.rule
                    && !is_due(cx.kernel, Some(deadline))
                {
                    cx.kernel.set_timer(deadline, cx.task); // a timer is for one wait
                }
                return Step::Pending;
            };
            if let Rule::Wait(_) = self.rule {
                group.leave();
            }
            if !self.cancels_rest() || group.all_ended() {
                return Step::Done(result);
            }
            self.settled = Some(result);
            group.wake_when(Wake::AtLast);
            group.cancel_rest(cx);
        }
        if !group.all_ended() {
            group.watch(cx.task);
            return Step::Pending;
        }
        Step::Done(self.outcome(cx.kernel, &group))
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        let Some(group) = &self.group else {
            return true;
        };
        if let Rule::Timeout { .. } = self.rule {
            cx.kernel.forget_timer();
        }
        if matches!(self.rule, Rule::Shield | Rule::Wait(_)) || group.all_ended() {
            group.leave();
            return true;
        }
        group.wake_when(Wake::AtLast);
        group.cancel_rest(cx);
        // polls must only wait for the members to end now
        self.cancelled |= self.settled.replace(Ok(Dynamic::UNIT)).is_none();
        group.all_ended()
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        match self.rule {
            Rule::Timeout { seconds, .. } => format!("timeout({})", short(seconds)).into(),
            _ => self.name.into(),
        }
    }

    fn on(&self) -> Vec<u32> {
        self.group.as_ref().map_or_else(Vec::new, |g| g.pending())
    }

    fn one_is_enough(&self) -> bool {
        match self.rule {
            Rule::Race | Rule::Any => true,
            Rule::Wait(wake) => wake != Wake::AtLast,
            _ => false,
        }
    }

    fn members(&self) -> &[Dynamic] {
        &self.members
    }

    fn deadline(&self) -> Option<Nanos> {
        match self.rule {
            Rule::Timeout { deadline, .. } => deadline,
            _ => None,
        }
    }

    fn tells(&self) -> bool {
        true
    }
}

pub(super) fn ended(kernel: &Kernel, task: &TaskRef) -> Result<Dynamic, Raise> {
    task.outcome().map_or(Ok(Dynamic::UNIT), |outcome| result_of(kernel, task, outcome))
}

fn is_due(kernel: &Kernel, deadline: Option<Nanos>) -> bool {
    deadline.is_some_and(|deadline| kernel.clock.last() >= deadline)
}

fn values(kernel: &Kernel, group: &Group) -> Array {
    group.members().iter().map(|t| ended(kernel, t).unwrap_or_default()).collect()
}

fn settled(kernel: &Kernel, task: &TaskRef) -> Dynamic {
    let mut map = Map::new();
    let result = task.outcome().map_or(Ok(Dynamic::UNIT), |o| error_of(kernel, task, o));
    map.insert("ok".into(), result.is_ok().into());
    match result {
        Ok(value) => map.insert("value".into(), value),
        Err(thrown) => map.insert("error".into(), thrown),
    };
    map.into()
}

fn done_and_pending(group: &Group) -> Dynamic {
    let (done, pending): (Vec<_>, Vec<_>) = group.members().iter().cloned().partition(|t: &TaskRef| t.is_done());
    let list = |tasks: Vec<TaskRef>| -> Array { tasks.into_iter().map(Dynamic::from).collect() };
    let mut map = Map::new();
    map.insert("done".into(), list(done).into());
    map.insert("pending".into(), list(pending).into());
    map.into()
}
