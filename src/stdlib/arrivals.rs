//! `as_completed`: results in the order in which they arrive.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Array, Dynamic};

use super::combine::{ended, future};
use super::functions;
use super::members::{check_all, distinct, refuse_own, start_all};
use super::values::{Fallible, list};
use crate::engine::awaitable::forgive;
use crate::engine::join::{Observer, observe};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::waiters::Since;
use crate::engine::{Kernel, TaskRef};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

functions! {
    /// An array of futures: the first gives the first result to arrive, and so on, each task once. The members start when the first
    /// of these futures is awaited; what can't be one throws "value" at once. A member that fails, and whose result nobody awaits, is told of at the end.
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
            let members = list(NAME, "coroutines, futures or tasks", xs)?;
            check_all(&kernel, NAME, &members)?;
            let members = distinct(members);
            let count = members.len();
            let arrivals = Rc::new(Arrivals(RefCell::new(State::New(members))));
            Ok((0..count).map(|n| future(&kernel, Arrival { n, arrivals: arrivals.clone() })).collect())
        });
    };
}

const NAME: &str = "as_completed";

/// The members of an `as_completed`, shared by its futures.
struct Arrivals(RefCell<State>);

enum State {
    New(Array),
    Started {
        /// In the order of their ends.
        ended: Vec<TaskRef>,
        /// Who waits for the n-th to end.
        watchers: Vec<Option<TaskRef>>,
    },
    /// A member was nothing that could be started; what each of the futures throws.
    Failed(Dynamic),
}

impl Arrivals {
    /// Makes tasks of the members.
    fn start(self: &Rc<Self>, cx: &Cx) {
        let members = match &mut *self.0.borrow_mut() {
            State::New(members) => std::mem::take(members),
            _ => return,
        };
        let started = refuse_own(cx, NAME, &members).and_then(|()| start_all(cx, NAME, &members));
        let (state, tasks) = match started {
            Ok(tasks) => (State::Started { ended: Vec::new(), watchers: vec![None; tasks.len()] }, tasks),
            Err(Raise::Error(failure)) => (State::Failed(failure.thrown().cloned().unwrap_or_default()), Vec::new()),
            Err(_) => (State::Failed(Dynamic::UNIT), Vec::new()),
        };
        *self.0.borrow_mut() = state;
        let since = Since::now();
        for (number, task) in tasks.iter().enumerate() {
            observe(self, cx.kernel, number as u32, task, since);
        }
    }

    /// Says who waits for the n-th to end, if anybody does.
    fn watch(&self, n: usize, task: Option<&TaskRef>) {
        if let State::Started { watchers, .. } = &mut *self.0.borrow_mut() {
            watchers[n] = task.cloned();
        }
    }
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        if let State::New(members) = self.0.get_mut() {
            members.iter().for_each(forgive); // they would have started with the first result
        }
    }
}

impl Observer for Arrivals {
    fn member_ended(&self, kernel: &Kernel, _: u32, task: &TaskRef) {
        let State::Started { ended, watchers } = &mut *self.0.borrow_mut() else {
            return;
        };
        ended.push(task.clone());
        if let Some(watcher) = watchers[ended.len() - 1].take() {
            task.flag(|f| f.seen = true);
            kernel.wake(&watcher);
        }
    }

    /// Only who awaits a result sees it.
    fn sees(&self) -> bool {
        false
    }
}

/// The n-th result to arrive.
struct Arrival {
    n: usize,
    arrivals: Rc<Arrivals>,
}

impl Op for Arrival {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        self.arrivals.start(cx);
        let first = match &*self.arrivals.0.borrow() {
            State::Started { ended, .. } => ended.get(self.n).cloned(),
            State::Failed(value) => return Step::Done(Err(Raise::error(value.clone()))),
            State::New(_) => None,
        };
        match first {
            Some(task) => {
                task.flag(|f| f.seen = true);
                Step::Done(ended(cx.kernel, &task))
            }
            None => {
                self.arrivals.watch(self.n, Some(cx.task));
                Step::Pending
            }
        }
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        self.arrivals.watch(self.n, None);
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        format!("as_completed, result {}", self.n + 1).into()
    }

    fn name(&self) -> String {
        NAME.to_string()
    }

    /// Who has seen enough may leave the others; where none of them was awaited, one says it for all.
    fn is_missed(&self) -> bool {
        self.n == 0 && matches!(*self.arrivals.0.borrow(), State::New(_))
    }
}
