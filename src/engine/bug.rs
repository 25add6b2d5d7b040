//! Panics: bugs of loopscope, which fail the task in whose turn they are, and nobody else.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::rc::Rc;
use std::sync::Once;

use thin_vec::ThinVec;

use super::kernel::Kernel;
use super::task::{Call, TaskRef};
use super::turn::{Input, Next};
use super::wait::Cx;
use crate::lang::{Failure, Interp, Raise};

thread_local! {
    /// Whether somebody on this thread catches what panics.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic was that was caught.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Lets the places of panics be noted. Those that nobody here catches are printed as ever.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |info| match CATCHING.try_with(Cell::get) {
            Ok(true) => note(info),
            _ => others(info),
        }));
    });
}

fn note(info: &PanicHookInfo) {
    let place = info.location().map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
    // the thread may be about to end, and then nobody asks
    let _ = PLACE.try_with(|last| *last.borrow_mut() = place);
}

/// Does some work; a panic in it becomes a failure that says so.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Box<Failure>> {
    let outer = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|panic| {
        let place = PLACE.take().unwrap_or_else(|| "an unknown place".to_string());
        Failure::bug(format!("a bug in loopscope, not in the script: {} (at {place}); please report it", text(&*panic)))
    })
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("a panic without a text")
}

impl Kernel {
    /// Runs the calls until the task must wait (none) or has ended. This is where a panic in a task's turn is caught.
    pub(super) fn run_safely(
        self: &Rc<Self>,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
    ) -> Option<Input> {
        let mut next = None;
        loop {
            match catch(|| self.run_calls(interp, task, calls, next.take())) {
                Ok(end) => return end,
                Err(failure) => next = self.recover(interp, task, calls, failure),
            }
        }
    }

    /// A panic came from the call on top: ends that with an error, so that the task's `defer`s run, and leaves nothing
    /// half done.
    fn recover(
        self: &Rc<Self>,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        mut failure: Box<Failure>,
    ) -> Next {
        self.cancelling.set(false);
        match calls.last_mut() {
            Some(Call::Frame(frame)) => {
                frame.abandon(interp);
                self.after_run(interp, frame);
                failure.origin = Some(frame.place());
                self.end_frame(calls, Err(Raise::Error(failure)))
            }
            Some(Call::Op(future)) => {
                interp.recover();
                self.defers.borrow_mut().clear(); // those of what it called
                // it is not to be polled again, nor to hold on to what it waited for
                let _ = catch(|| future.cancel(&mut Cx { kernel: self, task }));
                calls.pop();
                task.flag(|f| (f.cancel, f.cancelling) = (f.cancel && !f.cancelling, false));
                Some(Err(Raise::Error(failure)))
            }
            Some(Call::Ending(..)) | None => {
                interp.recover();
                self.defers.borrow_mut().clear();
                Some(Err(Raise::Error(failure)))
            }
        }
    }
}
