//! Work on another thread, so that the loop goes on meanwhile.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Position};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::functions;
use super::plain::Plain;
use super::random::Generator;
use super::values::{Fallible, article, list};
use crate::engine::clock::Pace;
use crate::engine::errors::{error, kind, raise};
use crate::engine::inbox::Busy;
use crate::engine::script::{self, Script, Waits};
use crate::engine::{Future, Kernel};
use crate::host::Host;
use crate::lang::{Failure, Raise, is_closure_name};
use crate::limits::Limits;
use crate::permissions::Permissions;
use crate::source::Place;

functions! {
    /// Runs a plain function on a worker thread, with an engine of its own, so that heavy work does not block the loop.
    /// It is given as `Fn("name")`, by its name, or as a closure that captures nothing; the arguments and the result
    /// are copied, so they must be plain data. Cancelling stops it. `random()` in it gives the same numbers in each run
    /// with the same `--seed`, or after `:seed N` at the prompt.
    ///
    /// ```
    /// fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
    /// let beside = spawn(sleep(0.001));
    /// assert(await to_thread(fib, [15]) == 610);
    /// assert(await to_thread(|a, b| a + b, [1, 2]) == 3);
    /// ```
    ///
    /// asyncio: `asyncio.to_thread`; JavaScript: `new Worker(...)`; tokio: `tokio::task::spawn_blocking`
    "to_thread(f[, args])" => |lib| {
        let pool = Rc::new(Pool {
            start: lib.start_worker,
            places: Semaphore::new(std::thread::available_parallelism().map_or(4, |n| n.get() + 4)),
        });
        for with_args in [false, true] {
            let (kernel, host, pool) = (lib.kernel.clone(), lib.host.clone(), pool.clone());
            let run = move |f: Dynamic, args: Array| to_thread(&kernel, &host, &pool, &f, &args);
            match with_args {
                true => lib.engine.register_fn("to_thread", move |f: Dynamic, args: Dynamic| run(f, list("to_thread", "arguments", args)?)),
                false => lib.engine.register_fn("to_thread", move |f: Dynamic| run(f, Array::new())),
            };
        }
    };
}

/// Work for another thread.
pub struct Job {
    /// The texts of the functions that can be called: each with its name and those of its functions.
    pub texts: Vec<(String, String, Vec<String>)>,
    pub function: String,
    pub args: Vec<Plain>,
    /// How the clock passes there.
    pub pace: Pace,
    /// What it may use up.
    pub limits: Limits,
    /// Where its random numbers begin.
    pub seed: u64,
    /// Dropped when the answer has been given.
    pub busy: Busy,
    pub permissions: Arc<Permissions>,
    pub prints: mpsc::UnboundedSender<String>,
    pub done: oneshot::Sender<Done>,
}

/// What a worker answers.
pub struct Done {
    pub result: Result<Plain, Thrown>,
    /// How much of a virtual clock's time it took.
    pub took: Duration,
}

/// An error that has come from another thread.
pub struct Thrown {
    pub value: Plain,
    /// What it says if it is one of depth or size, which `catch` does not see.
    pub limit: Option<String>,
    /// Where it was raised: the text's name, line and column.
    pub origin: Option<(String, usize, usize)>,
}

/// Starts a thread for a job, and gives what stops it; the error says why that could not be.
pub type StartWorker = fn(Job) -> std::io::Result<Box<dyn Fn()>>;

/// The threads that may run at once.
struct Pool {
    start: StartWorker,
    places: Semaphore,
}

/// Tells the worker to stop when nobody waits for it any more.
struct StopOnDrop(Box<dyn Fn()>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn to_thread(
    kernel: &Rc<Kernel>,
    host: &Rc<dyn Host>,
    pool: &Rc<Pool>,
    f: &Dynamic,
    args: &[Dynamic],
) -> Fallible<Future> {
    let function = function_of(f)?;
    let args: Result<Vec<Plain>, String> = args.iter().map(Plain::copy).collect();
    let args = args.map_err(|what| {
        error(kind::VALUE, format!("only plain data goes to another thread, and {what} is among the arguments"))
    })?;
    let shown = if is_closure_name(&function) { "closure" } else { &function };
    let label = format!("to_thread({shown})");
    let (host, pool) = (host.clone(), pool.clone());
    let seed = Generator::next_seed(kernel);
    Ok(script::io(kernel, "to_thread", label, Waits::Outside, move |script| async move {
        // never closed
        let _place = pool.places.acquire().await;
        work(&script, &host, pool.start, Call { function, args, seed }).await
    }))
}

/// The name of the function to run.
fn function_of(f: &Dynamic) -> Fallible<String> {
    if let Some(f) = f.read_lock::<FnPtr>() {
        return match f.is_curried() {
            false => Ok(f.fn_name().to_string()),
            true => Err(error(
                kind::VALUE,
                "the function of to_thread runs on another thread, so it can't capture variables: pass them as arguments, \
                 `to_thread(|x| ..., [x])`",
            )),
        };
    }
    f.clone().into_string().map_err(|name| {
        error(kind::VALUE, format!("to_thread needs a function, and this is {}: `to_thread(f, [1, 2])`", article(name)))
    })
}

/// What is to be run.
struct Call {
    function: String,
    args: Vec<Plain>,
    seed: u64,
}

/// Starts the worker, and hands on what it prints until it is done.
async fn work(script: &Script, host: &Rc<dyn Host>, start: StartWorker, call: Call) -> script::Result {
    let (prints, mut printed) = mpsc::unbounded_channel();
    let (done, mut answer) = oneshot::channel();
    let pace = script.kernel.clock.pace();
    let texts = script.kernel.shared.texts();
    let permissions = host.permissions();
    let limits = script.kernel.limits;
    let Call { function, args, seed } = call;
    let busy = script.kernel.busy();
    let job = Job { texts, function, args, pace, limits, seed, busy, permissions, prints, done };
    let stop = start(job).map_err(|e| raise(kind::LIMIT, format!("no thread could be started: {e}")))?;
    let _stop = StopOnDrop(stop);
    let answer = loop {
        tokio::select! {
            biased;
            Some(text) = printed.recv() => super::print(&script.kernel, &**host, &text),
            answer = &mut answer => break answer,
        }
    };
    while let Ok(text) = printed.try_recv() {
        super::print(&script.kernel, &**host, &text);
    }
    let Ok(Done { result, took }) = answer else {
        return Err(raise(kind::VALUE, "the worker thread ended without an answer"));
    };
    if pace == Pace::Virtual && !took.is_zero() {
        script.now_waits(Waits::Loop);
        let _ = script.wait(Dynamic::from(super::time::pause(&script.kernel, took))).await?;
    }
    result.map(Plain::into_value).map_err(|thrown| failure(&script.kernel, thrown))
}

/// The error as it would be if it had been thrown here.
fn failure(kernel: &Kernel, thrown: Thrown) -> Raise {
    let mut raise = match thrown.limit {
        Some(message) => Raise::from(Box::new(EvalAltResult::ErrorTerminated(message.into(), Position::NONE))),
        None => Raise::error(thrown.value.into_value()),
    };
    if let (Raise::Error(failure), Some((name, line, column))) = (&mut raise, thrown.origin) {
        let failure: &mut Failure = failure;
        failure.origin = kernel.shared.source_of(&name).map(|source| Place::at(&source, line, column));
    }
    raise
}
