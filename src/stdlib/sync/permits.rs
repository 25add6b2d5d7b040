//! What a lock and a semaphore are: so many tasks may hold it at once.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::super::Library;
use super::super::values::Fallible;
use super::{Primitive, Spot, Turn, Waiters, call_of, title};
use crate::engine::errors::{error, kind};
use crate::engine::script::{self, Script};
use crate::engine::wait::{Cx, Holder, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::trace::event::{SiteId, WaitClass};

/// A type of scripts that is made of permits.
pub(super) trait Guarding: Primitive {
    fn permits(&self) -> &Permits;
}

/// So many permits, those who hold them, and those who wait for one.
#[derive(Clone)]
pub(in crate::stdlib) struct Permits(Rc<Shared>);

struct Shared {
    what: &'static str,
    name: String,
    number: u32,
    free: Cell<usize>,
    /// How many there are. None: they are signals, which nobody holds, and which do not come back.
    most: Option<usize>,
    /// Who holds permits, in the order of taking them.
    held: RefCell<VecDeque<Holder>>,
    waiters: Waiters<Claim>,
    /// How many were granted one and have not resumed: nobody overtakes them.
    granted: Cell<usize>,
}

/// In whose name a permit is taken, and where in the script.
///
/// That is the task that asked, also where `timeout` and its kin have a task of their own wait for it: who asked is to
/// release it.
#[derive(Clone)]
pub(in crate::stdlib) struct Claim {
    pub task: TaskRef,
    pub site: SiteId,
}

impl Permits {
    /// So many permits that are taken and given back. For the number see `Thing::Sync`.
    pub fn new(what: &'static str, name: &str, number: u32, count: usize) -> Self {
        Self::with(what, name, number, count, Some(count))
    }

    /// Permits that are signals: there is none at first, and each release brings one.
    pub fn signals(what: &'static str, name: &str, number: u32) -> Self {
        Self::with(what, name, number, 0, None)
    }

    fn with(what: &'static str, name: &str, number: u32, free: usize, most: Option<usize>) -> Self {
        Self(Rc::new(Shared {
            what,
            name: name.to_string(),
            number,
            free: Cell::new(free),
            most,
            held: RefCell::default(),
            waiters: Waiters::default(),
            granted: Cell::default(),
        }))
    }

    pub fn number(&self) -> u32 {
        self.0.number
    }

    pub fn title(&self) -> String {
        title(self.0.what, &self.0.name)
    }

    pub fn free(&self) -> usize {
        self.0.free.get()
    }

    /// How many there are in all, where that is known.
    pub fn most(&self) -> Option<usize> {
        self.0.most
    }

    /// Who has held one for the longest time.
    pub fn first_holder(&self) -> Option<TaskRef> {
        self.0.held.borrow().front().map(|holder| holder.task.clone())
    }

    /// Whether this task holds one.
    pub fn is_held_by(&self, task: &TaskRef) -> bool {
        self.0.held.borrow().iter().any(|holder| Rc::ptr_eq(&holder.task, task))
    }

    pub fn try_take(&self, kernel: &Kernel, claim: Option<&Claim>) -> bool {
        let free = self.0.free.get();
        let takes = free > 0 && self.0.granted.get() == 0 && self.0.waiters.is_empty();
        if takes {
            self.0.free.set(free - 1);
            self.note(kernel, claim);
        }
        takes
    }

    /// Notes who has a permit from now on.
    fn note(&self, kernel: &Kernel, claim: Option<&Claim>) {
        if let Some(Claim { task, site }) = claim.filter(|_| self.0.most.is_some()) {
            let holder = Holder { task: task.clone(), site: *site, since: kernel.clock.last() };
            self.0.held.borrow_mut().push_back(holder);
        }
    }

    /// Whether none is taken.
    fn is_whole(&self) -> bool {
        self.0.most == Some(self.0.free.get())
    }

    /// Gives back a permit: one of this task if it has any, else the one that was taken first. The first who waits has
    /// it then. Tells in whose name it was held.
    ///
    /// # Errors
    /// Kind "value" if none is taken.
    pub(super) fn release(&self, kernel: &Kernel, by: Option<&TaskRef>) -> Fallible<Option<Claim>> {
        if self.is_whole() {
            let message = format!("this {} is not held: release it once for each acquire", self.title());
            return Err(error(kind::VALUE, message));
        }
        let is_own = |holder: &Holder| by.is_some_and(|task| Rc::ptr_eq(task, &holder.task));
        let mut held = self.0.held.borrow_mut();
        // from the front: most often who took one first gives one back first
        let at = held.iter().position(is_own).unwrap_or(0);
        let claim = held.remove(at).map(|h| Claim { task: h.task, site: h.site });
        drop(held);
        self.pass_on(kernel);
        Ok(claim)
    }

    /// Gives back the permit that was taken by this claim, if it is still held.
    fn withdraw(&self, kernel: &Kernel, claim: &Claim) {
        let is_it = |holder: &Holder| Rc::ptr_eq(&holder.task, &claim.task) && holder.site == claim.site;
        let mut held = self.0.held.borrow_mut();
        let at = held.iter().position(is_it);
        let was_held = at.and_then(|at| held.remove(at)).is_some();
        drop(held);
        if was_held || self.0.most.is_none() {
            self.pass_on(kernel);
        }
    }

    /// A permit is free: the first who waits has it.
    fn pass_on(&self, kernel: &Kernel) {
        self.0.free.set(self.0.free.get() + 1);
        self.grant(kernel);
    }

    /// Grants the free permits to those who wait, in their order.
    fn grant(&self, kernel: &Kernel) {
        while self.0.free.get() > 0
            && let Some(ticket) = self.0.waiters.pop()
        {
            self.0.free.set(self.0.free.get() - 1);
            self.0.granted.set(self.0.granted.get() + 1);
            self.note(kernel, ticket.item.borrow().as_ref());
            ticket.grant(kernel);
        }
    }

    /// One who was granted a permit has resumed, or has gone: those who could not overtake it have their turn.
    fn resumed(&self, kernel: &Kernel) {
        self.0.granted.set(self.0.granted.get() - 1);
        self.grant(kernel);
    }

    /// Waits until there is a permit, and takes it, as at `made`; it is given back when what this gives is dropped.
    pub async fn hold(&self, script: &Script, made: SiteId) -> script::Result<Guard> {
        let claim = Claim { task: script.task.clone(), site: made };
        if !self.try_take(&script.kernel, Some(&claim)) {
            let acquire = Future::new(Acquire::new(self, Some(claim.clone())), made);
            let _ = script.wait(Dynamic::from(acquire)).await?;
        }
        Ok(Guard(self.clone(), script.kernel.clone(), claim))
    }
}

/// Gives the permit back when it goes out of scope, unless what it guards has done so itself.
pub(in crate::stdlib) struct Guard(Permits, Rc<Kernel>, Claim);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.withdraw(&self.1, &self.2);
    }
}

/// Waits for a permit.
pub(super) struct Acquire {
    permits: Permits,
    claim: Option<Claim>,
    spot: Spot<Claim>,
}

impl Acquire {
    /// For who has made this claim; without one, for the task that waits.
    pub fn new(permits: &Permits, claim: Option<Claim>) -> Self {
        Self { permits: permits.clone(), claim, spot: Spot::default() }
    }
}

impl Op for Acquire {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match self.spot.look() {
            Turn::Come(_) => {
                self.permits.resumed(cx.kernel);
                Step::value(())
            }
            Turn::New => {
                let claim = self.claim.get_or_insert_with(|| Claim { task: cx.task.clone(), site: SiteId::NONE });
                match self.permits.try_take(cx.kernel, Some(claim)) {
                    true => Step::value(()),
                    false => self.spot.wait_in(&self.permits.0.waiters, cx.task, Some(claim.clone())),
                }
            }
            Turn::Waiting => Step::Pending,
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if let (Some(_), Some(claim)) = (self.spot.leave(), &self.claim) {
            self.permits.withdraw(cx.kernel, claim);
            self.permits.resumed(cx.kernel);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn sync(&self) -> u32 {
        self.permits.number()
    }

    fn label(&self) -> Cow<'static, str> {
        self.permits.title().into()
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("acquire", &self.permits.title())
    }

    fn on(&self) -> Vec<u32> {
        let mut list: Vec<u32> = self.permits.0.held.borrow().iter().map(|holder| holder.task.id).collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    fn one_is_enough(&self) -> bool {
        true
    }

    fn holders(&self) -> Vec<Holder> {
        self.permits.0.held.borrow().iter().cloned().collect()
    }

    fn place_in_line(&self) -> Option<usize> {
        self.spot.place_in(&self.permits.0.waiters)
    }
}

/// Who asks for a permit now, and where.
fn claim_here(kernel: &Kernel) -> Option<Claim> {
    Some(Claim { task: kernel.current()?, site: kernel.here() })
}

/// Registers `acquire`.
pub(super) fn install_acquire<T: Guarding>(lib: &mut Library) {
    let kernel = lib.kernel.clone();
    lib.engine.register_fn("acquire", move |of: &mut T| {
        Future::new(Acquire::new(of.permits(), claim_here(&kernel)), kernel.here())
    });
}

/// Registers `release`.
pub(super) fn install_release<T: Guarding>(lib: &mut Library) {
    let kernel = lib.kernel.clone();
    lib.engine.register_fn("release", move |of: &mut T| -> Fallible<()> {
        of.permits().release(&kernel, kernel.current().as_ref()).map(|_| ())
    });
}

/// Registers `try_acquire`.
pub(super) fn install_try_acquire<T: Guarding>(lib: &mut Library) {
    let kernel = lib.kernel.clone();
    lib.engine
        .register_fn("try_acquire", move |of: &mut T| of.permits().try_take(&kernel, claim_here(&kernel).as_ref()));
}

/// Registers `with`.
pub(super) fn install_with<T: Guarding>(lib: &mut Library) {
    let kernel = lib.kernel.clone();
    lib.engine.register_fn("with", move |of: &mut T, f: FnPtr| -> Fallible<Future> {
        kernel.expect_parameters(&f, 0, &format!("{}.with", T::NAME), "`async || ...`")?;
        Ok(with(&kernel, of.permits().clone(), f))
    });
}

fn with(kernel: &Rc<Kernel>, permits: Permits, f: FnPtr) -> Future {
    let label = call_of("with", &permits.title());
    let made = kernel.here();
    script::holding(kernel, label, permits.number(), move |script| async move {
        let _guard = permits.hold(&script, made).await?;
        script.call(&f, Vec::new()).await
    })
}
