//! Building the engine of a session: limits, hooks, the three words, the functions.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rhai::packages::{CorePackage, Package, StandardPackage};
use rhai::{Dynamic, Engine, OptimizationLevel};

use super::control::{Control, Stop, token};
use super::{Settings, Speaker, memory, own, sizes, worker};
use crate::engine::{Coroutine, Kernel};
use crate::lang::failure::Exhausted;
use crate::lang::modules::Modules;
use crate::lang::syntax::{Shared, install};
use crate::lang::{Interp, iter};
use crate::limits::Limits;
use crate::stdlib::{self, Library};

/// The stack that the loop's thread must have, in bytes.
pub const STACK: usize = if cfg!(debug_assertions) { 512 << 20 } else { 256 << 20 };
/// Of this, what calls of scripts may use. As many calls as the limit allows fit in; the rest is for values nested
/// deeply, which are copied and dropped by recursion.
const USABLE: usize = STACK / 2;

/// The loop and the interpreter of a session.
pub fn build(speaker: &Rc<dyn Speaker>, control: &Arc<Control>, settings: Settings) -> (Rc<Kernel>, Interp) {
    let shared = Rc::new(Shared::default());
    let limits = settings.limits;
    let kernel = Kernel::new(shared.clone(), settings.pace(), limits);
    if settings.unrecorded {
        kernel.recording.borrow_mut().set_enabled(false);
    }
    let mut engine = Engine::new_raw();
    // first: it fits any call, and Rhai takes what was registered later before it
    stdlib::misuse::install(&mut engine);
    CorePackage::new().register_into_engine(&mut engine);
    StandardPackage::new().register_into_engine(&mut engine);
    set_limits(&mut engine, &limits);
    let guard = sizes::Guard { limits, shared: shared.clone() };
    sizes::install(&mut engine, &guard);
    own::install(&mut engine, &guard);
    memory::watch(limits.memory);
    set_hooks(&mut engine, &kernel, speaker, control);
    shared.set_closure_methods(stdlib::closure_methods());
    let maker = kernel.clone();
    install(&mut engine, &shared, Rc::new(move |frame| Dynamic::from(Coroutine::new(frame, maker.here()))));
    iter::install(&mut engine);
    let host = speaker.clone().host();
    engine.set_module_resolver(Modules::new(shared.clone(), stdlib::may_import(&kernel, &host)));
    stdlib::install(&mut Library { engine: &mut engine, kernel: &kernel, host: &host, start_worker: worker::start });
    let mut interp = Interp::new(engine, shared);
    interp.large = interp.large.min(limits.array).min(limits.string);
    (kernel, interp)
}

fn set_limits(engine: &mut Engine, limits: &Limits) {
    engine.set_optimization_level(OptimizationLevel::None);
    // sizes::Guard sees to it wherever a variable is read; this, and the stack, are for what is left
    engine.set_max_call_levels(limits.calls.saturating_mul(2));
    engine.set_max_expr_depths(limits.levels(), limits.levels());
    engine.set_max_operations(0);
    engine.set_max_modules(10_000);
    engine.set_max_functions(100_000);
    engine.set_max_variables(100_000);
}

fn set_hooks(engine: &mut Engine, kernel: &Rc<Kernel>, speaker: &Rc<dyn Speaker>, control: &Arc<Control>) {
    let (of_print, to) = (kernel.clone(), speaker.clone());
    engine.on_print(move |text| stdlib::print(&of_print, &*to, text));
    let (of_debug, to) = (kernel.clone(), speaker.clone());
    engine.on_debug(move |text, _, pos| {
        let line = pos.line().map_or(String::new(), |line| format!("line {line}: "));
        stdlib::print(&of_debug, &*to, &format!("{line}{text}"));
    });
    let (of_kernel, of_control) = (Rc::downgrade(kernel), control.clone());
    kernel.shared.set_stops(move || {
        of_control.is_asked() && of_kernel.upgrade().is_some_and(|kernel| heed(&kernel, &of_control).is_some())
    });
    let (of_kernel, of_control) = (Rc::downgrade(kernel), control.clone());
    kernel.shared.set_breaks(move || of_kernel.upgrade().and_then(|kernel| break_off(&kernel, &of_control)));
    let (kernel, control) = (kernel.clone(), control.clone());
    let base = stack_position();
    engine.on_progress(move |_| {
        if base.saturating_sub(stack_position()) > USABLE {
            drop(kernel.shared.exhaust(Exhausted::Calls.message().to_string()));
        }
        memory::beat();
        if memory::is_over() {
            drop(kernel.shared.exhaust(Exhausted::Memory.message().to_string()));
        }
        if !kernel.shared.count_operation() {
            drop(kernel.shared.exhaust(Exhausted::Operations.message().to_string()));
        }
        if let Some(message) = kernel.shared.exhausted() {
            return Some(message);
        }
        break_off(&kernel, &control)
    });
}

/// Breaks off an evaluation if somebody wants an end of it: what it is to end with.
#[inline]
fn break_off(kernel: &Kernel, control: &Control) -> Option<Dynamic> {
    if !control.is_asked() {
        return None;
    }
    let stop = heed(kernel, control)?;
    control.break_off(kernel.current_id(), kernel.here());
    Some(token(stop))
}

/// So long the plain `defer`s of a task may take in the turn in which it was stopped.
const DEFERS: Duration = Duration::from_millis(100);

/// About where the stack stands: the address of a variable on it.
#[inline(always)]
fn stack_position() -> usize {
    let here = 0u8;
    std::hint::black_box(&raw const here) as usize
}

/// A stop was asked for while something is evaluated: whether that is to be ended. A background task is let finish
/// its turn when only the foreground is to stop, unless it does not come to an end; and so are the `defer`s of a task
/// whose evaluation was ended already.
fn heed(kernel: &Kernel, control: &Control) -> Option<Stop> {
    let stop = control.peek()?;
    let id = kernel.current_id();
    if let Some(since) = control.since_broken_off(id) {
        return (since > DEFERS).then_some(stop);
    }
    if id == 0 || stop != Stop::Foreground {
        return Some(stop);
    }
    let patience = if control.is_foreground(id) { 20 } else { 2_000 };
    (control.asked_since().as_millis() > patience).then_some(stop)
}
