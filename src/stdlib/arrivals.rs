//! `as_completed`: results in the order in which they arrive.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Array, Dynamic};

use super::combine::{ended, future, start_all};
use super::functions;
use super::values::{Fallible, list};
use crate::engine::join::{Group, Wake};
use crate::engine::wait::{Cx, Op, Step};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

functions! {
    /// An array of futures: the first gives the first result to arrive, and so on. The members start when the first
    /// of these futures is awaited.
    ///
    /// ```
    /// async fn after(s) { await sleep(s); s }
    /// let order = [];
    /// for next in as_completed([after(0.3), after(0.1), after(0.2)]) { order.push(await next) }
    /// assert(order == [0.1, 0.2, 0.3]);
    /// ```
    ///
    /// asyncio: `asyncio.as_completed`; JavaScript: no counterpart; tokio: `FuturesUnordered`
    "as_completed([xs])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("as_completed", move |xs: Dynamic| -> Fallible<Array> {
            let members = list("as_completed", xs)?;
            let count = members.len();
            let arrivals = Rc::new(RefCell::new(Arrivals::New(members)));
            Ok((0..count).map(|n| future(&kernel, Arrival { n, arrivals: arrivals.clone() })).collect())
        });
    };
}

/// The members of an `as_completed`, shared by its futures.
enum Arrivals {
    New(Array),
    Started(Rc<Group>),
    Failed(Dynamic),
}

/// The n-th result to arrive.
struct Arrival {
    n: usize,
    arrivals: Rc<RefCell<Arrivals>>,
}

impl Arrival {
    /// The members as tasks; the first of the futures to be awaited starts them.
    fn group(&self, cx: &Cx) -> Result<Rc<Group>, Raise> {
        let mut arrivals = self.arrivals.borrow_mut();
        if let Arrivals::New(members) = &*arrivals {
            *arrivals = match start_all(cx, "as_completed", members) {
                Ok(tasks) => Arrivals::Started(Group::new(tasks, Wake::At(1))),
                Err(Raise::Error(failure)) => Arrivals::Failed(failure.thrown().cloned().unwrap_or_default()),
                Err(_) => Arrivals::Failed(Dynamic::UNIT),
            };
        }
        match &*arrivals {
            Arrivals::Started(group) => Ok(group.clone()),
            Arrivals::Failed(value) => Err(Raise::error(value.clone())),
            Arrivals::New(_) => Err(Raise::error(Dynamic::UNIT)),
        }
    }
}

impl Op for Arrival {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let group = match self.group(cx) {
            Ok(group) => group,
            Err(raise) => return Step::Done(Err(raise)),
        };
        match group.ended(self.n) {
            Some(task) => Step::Done(ended(cx.kernel, &task)),
            None => {
                group.watch(cx.task);
                Step::Pending
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if let Arrivals::Started(group) = &*self.arrivals.borrow() {
            group.unwatch(cx.task);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        format!("as_completed, result {}", self.n + 1).into()
    }
}
