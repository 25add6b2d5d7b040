//! Tasks: making them, asking them, cancelling them.

use rhai::{Array, Dynamic, FnPtr, NativeCallContext};

use super::functions;
use super::values::Fallible;
use crate::engine::awaitable::note_spawned;
use crate::engine::errors::{error, kind};
use crate::engine::join::result_of;
use crate::engine::{Kernel, TaskRef};
use crate::lang::Raise;
use std::rc::Rc;

functions! {
    /// Makes a task of a coroutine, a future or a closure without parameters, and returns at once. The task first
    /// runs when the task that spawned it next waits.
    ///
    /// ```
    /// async fn worker(n) { await sleep(0.1); n * 2 }
    /// let task = spawn(worker(21), "doubler");
    /// print(task.state);           // ready
    /// assert(await task == 42);
    /// ```
    ///
    /// asyncio: `asyncio.create_task`; JavaScript: calling an async function; tokio: `tokio::spawn`
    "spawn(x[, name])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("spawn", move |context: NativeCallContext, x: Dynamic| {
            kernel.shared.in_env_of(&context, || spawn(&kernel, x, None))
        });
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("spawn", move |context: NativeCallContext, x: Dynamic, name: &str| {
            kernel.shared.in_env_of(&context, || spawn(&kernel, x, Some(name)))
        });
    };

    /// Cancels the task: it ends at the await where it waits, or at its next one that must wait, or else at its end. Its
    /// `defer`s run. What it awaits is cancelled first, and an error that comes of that takes the place of the
    /// cancellation. False if it had ended already.
    ///
    /// ```
    /// let task = spawn(sleep(3600));
    /// await sleep(0);
    /// assert(task.cancel());
    /// try { await task } catch (e) { assert(e.error == "cancelled") }
    /// ```
    ///
    /// asyncio: `Task.cancel`; JavaScript: `AbortController.abort`; tokio: `JoinHandle::abort`
    "task.cancel()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("cancel", move |task: &mut TaskRef| {
            let can = kernel.cancel(task);
            kernel.run_cancels();
            can
        });
    };

    /// Whether the task has ended: with a value, an error, or cancelled.
    ///
    /// ```
    /// let task = spawn(sleep(0.1));
    /// assert(!task.done());
    /// await task;
    /// assert(task.done());
    /// ```
    ///
    /// asyncio: `Task.done`; JavaScript: no counterpart; tokio: `JoinHandle::is_finished`
    "task.done()" => |lib| {
        lib.engine.register_fn("done", |task: &mut TaskRef| task.is_done());
    };

    /// The value of a task that has ended; throws what it threw. Throws "value" if it has not ended.
    ///
    /// ```
    /// let task = spawn(async { 6 * 7 });
    /// await sleep(0);
    /// assert(task.result() == 42);
    /// ```
    ///
    /// asyncio: `Task.result`; JavaScript: no counterpart; tokio: `JoinHandle` polled once
    "task.result()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("result", move |task: &mut TaskRef| result(&kernel, task));
    };

    /// Whether the task was cancelled, and has ended because of it.
    ///
    /// ```
    /// let task = spawn(sleep(1));
    /// task.cancel();
    /// assert(task.cancelled());    // it had not run at all
    /// ```
    ///
    /// asyncio: `Task.cancelled`; JavaScript: `signal.aborted`; tokio: `JoinError::is_cancelled`
    "task.cancelled()" => |lib| {
        lib.engine.register_fn("cancelled", |task: &mut TaskRef| task.state_name() == "cancelled");
    };

    /// The task's number. Main is 0, and others are numbered as they are made.
    ///
    /// ```
    /// let task = spawn(sleep(0.1));
    /// assert(task.id > 0);
    /// await task;
    /// ```
    ///
    /// asyncio: no counterpart; JavaScript: no counterpart; tokio: `JoinHandle::id`
    "task.id" => |lib| {
        lib.engine.register_get("id", |task: &mut TaskRef| i64::from(task.id));
    };

    /// The task's name: what `spawn` was given, else that of its function.
    ///
    /// ```
    /// let task = spawn(sleep(0.1), "nap");
    /// assert(task.name == "nap");
    /// await task;
    /// ```
    ///
    /// asyncio: `Task.get_name`; JavaScript: no counterpart; tokio: `task::Builder::name`
    "task.name" => |lib| {
        lib.engine.register_get("name", |task: &mut TaskRef| task.name.to_string());
    };

    /// Where the task is in its life: "ready", "running", "waiting", "done", "failed" or "cancelled".
    ///
    /// ```
    /// let task = spawn(sleep(0.1));
    /// assert(task.state == "ready");
    /// await task;
    /// assert(task.state == "done");
    /// ```
    ///
    /// asyncio: `Task.done`, `Task.cancelled`; JavaScript: no counterpart; tokio: `JoinHandle::is_finished`
    "task.state" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_get("state", move |task: &mut TaskRef| {
            kernel.shared.touches.touch_all();
            task.state_name()
        });
    };

    /// The task that runs this.
    ///
    /// ```
    /// print(current_task().name);  // main
    /// ```
    ///
    /// asyncio: `asyncio.current_task`; JavaScript: no counterpart; tokio: `tokio::task::id`
    "current_task()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("current_task", move || kernel.current().map_or(Dynamic::UNIT, Dynamic::from));
    };

    /// All tasks that have not ended, in the order of their numbers.
    ///
    /// ```
    /// spawn(sleep(0.1), "nap");
    /// for task in tasks() { print(task) }
    /// ```
    ///
    /// asyncio: `asyncio.all_tasks`; JavaScript: no counterpart; tokio: the tokio console
    "tasks()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("tasks", move || -> Array {
            kernel.shared.touches.touch_all();
            kernel.tasks().into_iter().map(Dynamic::from).collect()
        });
    };

    /// Runs a function when the current coroutine ends, however it ends: the one registered last runs first. An
    /// async closure is awaited.
    ///
    /// ```
    /// async fn job() {
    ///     defer(|| print("cleaned up"));
    ///     throw "no luck";
    /// }
    /// try { await job() } catch (e) { print(e) }
    /// ```
    ///
    /// asyncio: `try/finally`, `async with`; JavaScript: `finally`; tokio: `Drop`
    "defer(f)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("defer", move |f: FnPtr| -> Fallible<()> {
            kernel.expect_parameters(&f, 0, "defer", "`|| ...`")?;
            kernel.defer(f.into());
            Ok(())
        });
    };
}

fn spawn(kernel: &Rc<Kernel>, x: Dynamic, name: Option<&str>) -> Fallible {
    if x.is::<TaskRef>() {
        return Err(error(kind::VALUE, "this is a task already: it runs without being spawned"));
    }
    let task = kernel.adopt(&x, name)?;
    note_spawned(&x, task.id);
    Ok(Dynamic::from(task))
}

fn result(kernel: &Kernel, task: &TaskRef) -> Fallible {
    let Some(outcome) = task.outcome() else {
        return Err(error(kind::VALUE, format!("{} has not ended: `await` it first", task.who())));
    };
    task.flag(|f| f.seen = true);
    result_of(kernel, task, outcome).map_err(|raise| match raise {
        Raise::Error(failure) => failure.error,
        _ => error(kind::CANCELLED, "the task was cancelled"),
    })
}
