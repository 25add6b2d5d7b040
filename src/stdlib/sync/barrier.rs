//! `barrier()`: wait until all are there.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use super::super::functions;
use super::super::values::Fallible;
use super::{Primitive, Spot, Turn, Waiters, call_of, title};
use crate::engine::Future;
use crate::engine::errors::{error, kind};
use crate::engine::wait::{Cx, Op, Step};
use crate::trace::event::WaitClass;

functions! {
    /// A barrier: whoever comes waits until `n` are there, and then all go on. It can be used again at once. An optional
    /// name is shown in the lanes and in reports.
    ///
    /// ```
    /// let start = barrier(3, "start");
    /// async fn runner(start, s) { await sleep(s); await start.wait(); now() }
    /// assert(await gather([0.1, 0.3, 0.2].map(|s| runner(start, s))) == [0.3, 0.3, 0.3]);
    /// ```
    ///
    /// asyncio: `asyncio.Barrier`; JavaScript: no counterpart; tokio: `tokio::sync::Barrier`
    "barrier(n[, name])" => |lib| {
        super::install::<Barrier>(lib);
        lib.engine.register_fn("barrier", |n: i64| Barrier::new(n, ""));
        lib.engine.register_fn("barrier", Barrier::new);
    };

    /// Waits until as many are there as the barrier counts, and gives the number of the arrival, from 0: so that one of
    /// them can do what is to be done once. One that is cancelled while it waits does not count.
    ///
    /// ```
    /// let b = barrier(2);
    /// assert(await gather(b.wait(), b.wait()) == [0, 1]);
    /// ```
    ///
    /// asyncio: `Barrier.wait`; JavaScript: no counterpart; tokio: `Barrier::wait`
    "barrier.wait()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("wait", move |b: &mut Barrier| {
            Future::new(Arrive { barrier: b.clone(), spot: Spot::default() }, kernel.here())
        });
    };
}

#[derive(Clone)]
pub(super) struct Barrier(Rc<Shared>);

struct Shared {
    name: String,
    /// How many have to be there.
    parties: usize,
    /// How many wait.
    there: Cell<usize>,
    /// With the number of their arrival, once all are there.
    waiters: Waiters<usize>,
}

impl Primitive for Barrier {
    const NAME: &'static str = "barrier";

    fn show(&self) -> String {
        format!("<{}, {} of {} there>", title(Self::NAME, &self.0.name), self.0.there.get(), self.0.parties)
    }
}

impl Barrier {
    pub fn new(n: i64, name: &str) -> Fallible<Self> {
        match usize::try_from(n) {
            Ok(parties) if parties > 0 => {
                let (there, waiters) = (Cell::new(0), Waiters::default());
                Ok(Self(Rc::new(Shared { name: name.to_string(), parties, there, waiters })))
            }
            _ => Err(error(kind::VALUE, format!("a barrier must be for at least 1 task, and this is for {n}"))),
        }
    }
}

/// Waits at a barrier.
pub(super) struct Arrive {
    pub barrier: Barrier,
    pub spot: Spot<usize>,
}

impl Op for Arrive {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let Shared { parties, there, waiters, .. } = &*self.barrier.0;
        match self.spot.look() {
            Turn::Come(ticket) => Step::value(ticket.item.take().unwrap_or_default() as i64),
            Turn::New if there.get() + 1 == *parties => {
                there.set(0);
                for number in 0..parties - 1 {
                    if let Some(ticket) = waiters.pop() {
                        ticket.item.replace(Some(number));
                        ticket.grant(cx.kernel);
                    }
                }
                Step::value((parties - 1) as i64)
            }
            Turn::New => {
                there.set(there.get() + 1);
                self.spot.wait_in(waiters, cx.task, None)
            }
            Turn::Waiting => Step::Pending,
        }
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        // if it has been let go, so have the others
        if let Turn::Waiting = self.spot.look() {
            self.spot.leave();
            let there = &self.barrier.0.there;
            there.set(there.get() - 1);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn so_far(&self) -> Option<String> {
        Some(format!("{} of {} have come", self.barrier.0.there.get(), self.barrier.0.parties))
    }

    fn label(&self) -> Cow<'static, str> {
        format!("{} of {}", title(Barrier::NAME, &self.barrier.0.name), self.barrier.0.parties).into()
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("wait", &self.label())
    }
}
