//! `explore`: what can come of a function, under other orders of its tasks.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr, Map};

use super::values::{Fallible, article};
use super::{combine, data, functions};
use crate::engine::alarm::Alarm;
use crate::engine::errand::{Errand, Work};
use crate::engine::errors::{error, kind, raise};
use crate::engine::schedule::Fifo;
use crate::engine::token::Token;
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Kernel, TaskRef};
use crate::explore::findings::explore;
use crate::explore::json::json;
use crate::explore::run::{Stage, Start};
use crate::explore::snapshot::Snapshot;
use crate::explore::{Explored, Options, again, report};
use crate::host::Host;
use crate::lang::{Interp, Raise};
use crate::trace::event::WaitClass;

functions! {
    /// Runs a function under many schedules, all of them where they are few, and gives what can come of it:
    /// `#{covered, schedules, outcomes: [#{kind, text, count, token, schedule}, ...]}`. Each run begins with what the
    /// function captures as it is now. The loop stands still meanwhile. Options: `schedules` (100000), `strategy`
    /// ("exhaustive", "random" or "pct"), `reduce` ("auto", "always" or "never": whether orders of independent steps count
    /// as one), `seed`, `max_steps`. `--replay TOKEN`, or `:replay TOKEN`, runs the function once as in that outcome.
    ///
    /// ```
    /// let found = await explore(async || {
    ///     let n = 0;
    ///     let add = async || { let v = n; await sleep(0); n = v + 1; };
    ///     await gather(add.call(), add.call());
    ///     n
    /// });
    /// assert(found.covered && found.schedules == 6);
    /// assert(found.outcomes.map(|o| `${o.text}: ${o.count}`) == ["1: 4", "2: 2"]);
    /// ```
    ///
    /// asyncio: no counterpart; JavaScript: no counterpart; tokio: the crates `loom` and `shuttle`
    "explore(async || ...[, options])" => |lib| {
        let (kernel, host) = (lib.kernel.clone(), lib.host.clone());
        lib.engine.register_fn("explore", move |f: FnPtr| future(&kernel, &host, f, Options::default()));
        let (kernel, host) = (lib.kernel.clone(), lib.host.clone());
        lib.engine.register_fn("explore", move |f: FnPtr, options: Map| -> Fallible {
            Ok(future(&kernel, &host, f, options_of(&options)?))
        });
    };
}

fn future(kernel: &Kernel, host: &Rc<dyn Host>, function: FnPtr, options: Options) -> Dynamic {
    combine::future(kernel, Explore { host: host.clone(), function, options, found: None })
}

/// # Errors
/// Kind "value" for what is no option, or no value of it.
fn options_of(map: &Map) -> Fallible<Options> {
    let mut options = Options::default();
    for (key, value) in map {
        let wrong = |needed: &str| {
            let given = value.as_int().map_or_else(|_| article(value.type_name()), |number| number.to_string());
            error(kind::VALUE, format!("explore: `{key}` must be {needed}, and this is {given}"))
        };
        let number = |least: i64| {
            let number = value.as_int().ok().filter(|n| *n >= least).and_then(|n| u64::try_from(n).ok());
            number.ok_or_else(|| wrong(&format!("an integer from {least} on")))
        };
        match key.as_str() {
            "schedules" => options.schedules = number(1)?,
            "seed" => options.seed = number(0)?,
            "reduce" => {
                let name = value.clone().into_immutable_string().map_err(|_| wrong("a string"))?;
                options.reduce = name.parse().map_err(|why: String| error(kind::VALUE, format!("explore: {why}")))?;
            }
            "max_steps" => options.max_steps = usize::try_from(number(1)?).ok(),
            "strategy" => {
                let name = value.clone().into_immutable_string().map_err(|_| wrong("a string"))?;
                options.strategy = name.parse().map_err(|why: String| error(kind::VALUE, format!("explore: {why}")))?;
            }
            _ => {
                let known = "schedules, strategy, reduce, seed and max_steps";
                return Err(error(kind::VALUE, format!("explore has no option `{key}`: it has {known}")));
            }
        }
    }
    Ok(options)
}

/// Where the result is put.
type Slot = Rc<RefCell<Option<Result<Dynamic, Raise>>>>;

struct Explore {
    host: Rc<dyn Host>,
    function: FnPtr,
    options: Options,
    found: Option<Slot>,
}

impl Op for Explore {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let Some(slot) = &self.found else {
            if cx.kernel.is_aside() {
                let message = "what is explored can't explore: it would be done again under each of its schedules";
                return Step::Done(Err(raise(kind::VALUE, message)));
            }
            let snapshot = match Snapshot::of(self.function.curry()) {
                Ok(snapshot) => snapshot,
                Err(what) => return Step::Done(Err(not_put_back(&what))),
            };
            let start = Start::Function(self.function.clone());
            let (base, is_wanted) = cx.kernel.explorations.next();
            if is_wanted {
                cx.kernel.explorations.meet(again::part(&start, snapshot, cx.task.namespace.clone()));
                return Step::Pending;
            }
            let slot = Slot::default();
            self.found = Some(slot.clone());
            cx.kernel.send(Box::new(Job {
                host: self.host.clone(),
                start,
                snapshot,
                base,
                options: self.options.clone(),
                task: cx.task.clone(),
                slot,
            }));
            return Step::Pending;
        };
        slot.borrow_mut().take().map_or(Step::Pending, Step::Done)
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "explore".into()
    }
}

fn not_put_back(what: &str) -> Raise {
    let message = format!(
        "explore runs the function many times from the same start, and it captures {}, which can't be put back \
         to what it was: make it inside the function",
        article(what)
    );
    raise(kind::VALUE, message)
}

struct Job {
    host: Rc<dyn Host>,
    start: Start,
    snapshot: Snapshot,
    /// What the tokens begin with.
    base: Token,
    options: Options,
    task: TaskRef,
    slot: Slot,
}

impl Errand for Job {
    fn run<'a>(self: Box<Self>, kernel: &'a Rc<Kernel>, interp: &'a mut Interp, alarm: &'a mut Alarm) -> Work<'a> {
        Box::pin(async move {
            let Job { host, start, snapshot, base, options, task, slot } = *self;
            interp.enter_namespace(&task.namespace);
            let world = kernel.set_aside(Box::new(Fifo));
            let interrupted = || host.interrupted();
            // whoever stops a script wants no report
            let stage = Stage { kernel, interp, alarm, interrupted: &interrupted, heeded: &|| {} };
            let findings = explore(stage, start.clone(), snapshot.clone(), &options, &base, &|_| {}).await;
            kernel.put_back(world);
            let result = match report::early(&findings) {
                Some(early) => Err(raise(kind::VALUE, early.title)),
                None => {
                    let value = data::dynamic_of(json(&findings));
                    let explored = Explored::new(base, start, snapshot, task.namespace.clone(), &findings);
                    host.explored(findings, explored);
                    Ok(value)
                }
            };
            *slot.borrow_mut() = Some(result);
            kernel.wake(&task);
        })
    }
}
