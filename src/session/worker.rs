//! Worker threads of `to_thread`: an engine of its own, the functions of the script, one call.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rhai::{Dynamic, FnPtr};
use tokio::sync::mpsc::UnboundedSender;

use super::control::{Control, Stop};
use super::{Settings, Speaker, engine};
use crate::engine::errors::{error, kind, message_of};
use crate::engine::{Kernel, bug};
use crate::host::Host;
use crate::lang::query::closure_named;
use crate::lang::{Failure, Interp, Unit, compile};
use crate::permissions::Permissions;
use crate::report::Report;
use crate::stdlib::plain::Plain;
use crate::stdlib::thread::{Done, Job, Thrown};

/// Runs a job on a thread of its own.
///
/// # Errors
/// The system has no thread left.
pub fn start(job: Job) -> std::io::Result<Box<dyn Fn()>> {
    let control = Arc::new(Control::default());
    let of_thread = control.clone();
    thread::Builder::new().name("to_thread".into()).stack_size(engine::STACK).spawn(move || run(job, &of_thread))?;
    Ok(Box::new(move || control.ask(Stop::All)))
}

/// What the worker prints goes to the loop's thread.
struct Voice {
    prints: UnboundedSender<String>,
    control: Arc<Control>,
    permissions: Arc<Permissions>,
    seed: u64,
}

impl Host for Voice {
    fn print(&self, _: u32, _: &str, text: &str) {
        // nobody listens if the task that waits was cancelled
        let _ = self.prints.send(text.to_string());
    }

    fn permissions(&self) -> Arc<Permissions> {
        self.permissions.clone()
    }

    fn interrupted(&self) -> bool {
        self.control.is_asked()
    }

    fn seed(&self) -> Option<u64> {
        Some(self.seed)
    }
}

impl Speaker for Voice {
    fn report(&self, _: &Report) {}

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}

fn run(job: Job, control: &Arc<Control>) {
    let Job { texts, function, args, pace, limits, seed, busy, permissions, prints, done } = job;
    let took = Cell::new(Duration::ZERO);
    let work = || {
        let speaker: Rc<dyn Speaker> = Rc::new(Voice { prints, control: control.clone(), permissions, seed });
        let (kernel, mut interp) =
            engine::build(&speaker, control, Settings { unrecorded: true, ..Settings::at(pace, limits) });
        let began = kernel.clock.read();
        let result = call(&kernel, &mut interp, &texts, &function, args);
        took.set(Duration::from_nanos(kernel.clock.read().saturating_sub(began)));
        result
    };
    let result = bug::catch(work).unwrap_or_else(|failure| {
        let bug = failure.thrown().and_then(|value| Plain::copy(value).ok());
        Err(Thrown { value: bug.unwrap_or(Plain::Text(message_of(&failure))), limit: None, origin: None })
    });
    let _ = done.send(Done { result, took: took.get() });
    drop(busy);
}

/// Calls the function, with all functions of these texts at hand.
fn call(
    kernel: &Kernel,
    interp: &mut Interp,
    texts: &[(String, String, Vec<String>)],
    function: &str,
    args: Vec<Plain>,
) -> Result<Plain, Thrown> {
    let mut closure = None;
    let mut taken = Vec::new();
    for (name, text, functions) in texts {
        // each has been compiled before
        if let Ok(program) = compile(&interp.engine, &kernel.shared, name, text, Unit::Script) {
            if functions.iter().any(|f| f == function) {
                closure = closure_named(&program.ast, function);
            }
            let mut ast = program.ast.clone_functions_only(); // its filtering form keeps all
            ast.retain_functions(|_, _, name, _| functions.iter().any(|f| f == name));
            interp.add_functions(&ast);
            taken.extend(functions.iter().map(|f| (f, program.source.clone())));
        }
    }
    // compiling one text has claimed all its functions, those that come from another, too
    taken.iter().for_each(|(function, source)| kernel.shared.note_source(function, source));
    let args: Vec<Dynamic> = args.into_iter().map(Plain::into_value).collect();
    let result = closure.map_or_else(|| FnPtr::new(function), Ok).and_then(|f| interp.call(&f, args, None));
    let result = result.and_then(|value| {
        Plain::copy(&value).map_err(|what| {
            let message = format!(
                "only plain data comes back from another thread, and `{function}` gives {what}; a function for \
                 to_thread is plain, not async"
            );
            error(kind::VALUE, message)
        })
    });
    result.map_err(|error| {
        let mut failure = Failure::new(error);
        if let Some(source) = kernel.shared.source_of(function) {
            interp.locate(&mut failure, &source, None);
        }
        let is_stop = failure.is_stop();
        let limit = (!failure.is_catchable() && !is_stop).then(|| message_of(&failure));
        let value = match failure.thrown() {
            Some(value) => value.clone(),
            None => interp.caught_value(&mut failure),
        };
        let value = Plain::copy(&value).unwrap_or_else(|_| Plain::Text(value.to_string()));
        Thrown { value, limit, origin: failure.origin.map(|p| (p.source.name.clone(), p.line, p.column)) }
    })
}
