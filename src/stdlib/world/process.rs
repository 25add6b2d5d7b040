//! Processes: run to their end, or to talk with.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use rhai::{Array, Dynamic, Map, Variant};
use tokio::io::AsyncWriteExt as _;
use tokio::process::ChildStdin;
use tokio::sync::{Mutex, watch};

use super::super::http::LoopClock;
use super::super::values::{Fallible, bytes};
use super::super::{Library, functions};
use super::lines::TextLines;
use super::process_options::{Options, parse};
use super::{World, give_back, thrown};
use crate::engine::Future;
use crate::engine::errors::{error, error_value, kind, raise};
use crate::engine::local::Side;
use crate::engine::script::Result;
use crate::lang::Raise;
use crate::net::{Clock, Deadline};
use crate::system::Error;
use crate::system::process::{self, Finished, Killer};

functions! {
    /// Runs a program to its end: `#{status, stdout, stderr}`. There is no shell: arguments are given as an array, just
    /// as they are to arrive. Text that is not UTF-8 has U+FFFD in its place; `status` is negative where a signal ended
    /// it. Options are `cwd`, `env` (added to the environment), `stdin` (a string or a blob), `timeout` in seconds and
    /// `max_output` (10 MiB for each stream). Who is cancelled while it waits here kills the process, and what that has
    /// started; so does the end of loopscope, unless that is killed itself (SIGKILL). Needs `--allow-run`; for `LD_*` and
    /// `DYLD_*` in `env`, by which any code is loaded, `--allow-run=PROGRAM` is not enough. Throws "io", "timeout",
    /// "limit" and "permission"; a status other than 0 is no error.
    ///
    /// ```
    /// let r = await run_process("echo", ["hello", "world"]);
    /// assert(r == #{status: 0, stdout: "hello world\n", stderr: ""});
    /// let r = await run_process("cat", #{stdin: "as it came", timeout: 10});
    /// assert(r.stdout == "as it came");
    /// ```
    ///
    /// asyncio: `asyncio.create_subprocess_exec` and `communicate`; JavaScript: `child_process.execFile`; tokio: `Command::output`
    "run_process(program[, args][, options])" => |lib| {
        let world = World::of(lib);
        install(lib, "run_process", move |program, args, options| run(&world, program, args, options));
    };

    /// Starts a program and gives at once a process to talk with: `stdin`, `stdout`, `stderr`, `pid`, `wait`, `kill`.
    /// Read what it writes: a process waits when nobody reads its full pipes. Options are `cwd` and `env`. It is killed,
    /// with what it has started, when nobody holds it any more, and at the end of the session. Needs `--allow-run`.
    ///
    /// ```
    /// let p = spawn_process("cat");
    /// await p.stdin.write("one\n");
    /// assert(await p.stdout.next() == "one");
    /// await p.stdin.close();
    /// assert(await p.wait() == 0);
    /// ```
    ///
    /// asyncio: `asyncio.create_subprocess_exec`; JavaScript: `child_process.spawn`; tokio: `tokio::process::Command::spawn`
    "spawn_process(program[, args][, options])" => |lib| {
        lib.engine.register_type_with_name::<Process>("process");
        lib.engine.register_type_with_name::<Stdin>("stdin");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |p: &mut Process| p.show());
            lib.engine.register_fn(name, |s: &mut Stdin| s.show());
        }
        let (world, all) = (World::of(lib), Rc::new(All::default()));
        install(lib, "spawn_process", move |program, args, options| spawn(&world, &all, program, args, options));
    };

    /// What a process reads: `write` and `close`.
    ///
    /// ```
    /// let p = spawn_process("cat");
    /// print(p.stdin);
    /// ```
    ///
    /// asyncio: `Process.stdin`; JavaScript: `child.stdin`; tokio: `Child::stdin`
    "process.stdin" => |lib| {
        lib.engine.register_get("stdin", |p: &mut Process| Stdin(p.0.clone()));
    };

    /// What a process writes to its standard output, a stream of lines without their ends.
    ///
    /// ```
    /// await spawn_process("echo", ["a"]).stdout.for_each(|line| assert(line == "a"));
    /// ```
    ///
    /// asyncio: `Process.stdout`; JavaScript: `child.stdout`; tokio: `Child::stdout`
    "process.stdout" => |lib| {
        lib.engine.register_get("stdout", |p: &mut Process| p.output(0));
    };

    /// What a process writes to its standard error, a stream of lines without their ends.
    ///
    /// ```
    /// assert(await spawn_process("echo").stderr.next() == ());
    /// ```
    ///
    /// asyncio: `Process.stderr`; JavaScript: `child.stderr`; tokio: `Child::stderr`
    "process.stderr" => |lib| {
        lib.engine.register_get("stderr", |p: &mut Process| p.output(1));
    };

    /// The number that the system gave to the process.
    ///
    /// ```
    /// assert(spawn_process("echo").pid > 0);
    /// ```
    ///
    /// asyncio: `Process.pid`; JavaScript: `child.pid`; tokio: `Child::id`
    "process.pid" => |lib| {
        lib.engine.register_get("pid", |p: &mut Process| i64::from(p.0.pid));
    };

    /// Waits for the end of the process; gives its status: the exit code, or the number of the signal that ended it,
    /// negative. May be awaited often.
    ///
    /// ```
    /// let p = spawn_process("false");
    /// assert(await p.wait() == 1);
    /// ```
    ///
    /// asyncio: `Process.wait`; JavaScript: the event `exit`; tokio: `Child::wait`
    "process.wait()" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("wait", move |p: &mut Process| p.wait(&world));
    };

    /// Ends the process at once, with what it has started, and waits for that. One that has ended is left alone.
    ///
    /// ```
    /// let p = spawn_process("sleep", [60]);
    /// await p.kill();
    /// assert(await p.wait() == -9);
    /// ```
    ///
    /// asyncio: `Process.kill`; JavaScript: `child.kill("SIGKILL")`; tokio: `Child::kill`
    "process.kill()" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("kill", move |p: &mut Process| p.kill(&world));
    };

    /// Writes a string or a blob to the process; waits while its pipe is full. Throws "closed" after `close()`, "io" if
    /// the process reads no more.
    ///
    /// ```
    /// let p = spawn_process("cat");
    /// await p.stdin.write("a\nb\n");
    /// assert(await p.stdout.next() == "a");
    /// ```
    ///
    /// asyncio: `StreamWriter.write` and `drain`; JavaScript: `child.stdin.write`; tokio: `AsyncWriteExt::write_all`
    "stdin.write(data)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("write", move |s: &mut Stdin, data: Dynamic| s.write(&world, data));
    };

    /// Ends what the process can read.
    ///
    /// ```
    /// let p = spawn_process("cat");
    /// await p.stdin.close();
    /// assert(await p.wait() == 0);
    /// ```
    ///
    /// asyncio: `StreamWriter.close`; JavaScript: `child.stdin.end`; tokio: dropping `ChildStdin`
    "stdin.close()" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("close", move |s: &mut Stdin| s.close(&world));
    };
}

/// Registers a function of a program, its arguments and options; both may be left out.
fn install<T: Variant + Clone>(
    lib: &mut Library,
    name: &str,
    f: impl Fn(&str, Array, Map) -> Fallible<T> + Clone + 'static,
) {
    let (one, two, three) = (f.clone(), f.clone(), f.clone());
    lib.engine.register_fn(name, move |program: &str| one(program, Array::new(), Map::new()));
    lib.engine.register_fn(name, move |program: &str, args: Array| two(program, args, Map::new()));
    lib.engine.register_fn(name, move |program: &str, options: Map| three(program, Array::new(), options));
    lib.engine.register_fn(name, move |program: &str, args: Array, options: Map| f(program, args, options));
}

fn run(world: &World, program: &str, args: Array, options: Map) -> Fallible<Future> {
    let asker = world.asker();
    let Options { spec, stdin, timeout, max_output } = parse("run_process", &asker, program, &args, &options)?;
    let name = program.to_string();
    let clock: Rc<dyn Clock> = Rc::new(LoopClock { kernel: world.kernel.clone(), side: Side::Client });
    Ok(world.future("run_process", program, move |_| async move {
        let mut deadline = Deadline::new(timeout, Some(&clock));
        match deadline.race(process::run(&spec, stdin, max_output)).await {
            Ok(done) => give_back("", done).map(|finished| map_of(&finished).into()),
            Err(_) => Err(late(&name, deadline.limit())),
        }
    }))
}

fn late(name: &str, limit: Duration) -> Raise {
    raise(kind::TIMEOUT, format!("{name:?} did not end within {} s, and was killed", limit.as_secs_f64()))
}

fn map_of(finished: &Finished) -> Map {
    let text = |bytes: &[u8]| Dynamic::from(String::from_utf8_lossy(bytes).into_owned());
    let entries = [
        ("status", Dynamic::from(finished.status)),
        ("stdout", text(&finished.stdout)),
        ("stderr", text(&finished.stderr)),
    ];
    entries.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

/// A process, as scripts hold it.
#[derive(Clone)]
struct Process(Rc<Inner>);

/// What it reads.
#[derive(Clone)]
struct Stdin(Rc<Inner>);

struct Inner {
    name: String,
    pid: u32,
    killer: Killer,
    /// None while somebody writes, and after the end.
    stdin: RefCell<Option<ChildStdin>>,
    /// One writes at a time, first come, first served.
    writing: Mutex<()>,
    closed: Cell<bool>,
    /// stdout and stderr.
    outputs: [TextLines; 2],
    status: watch::Receiver<Option<std::result::Result<i64, Error>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.killer.kill(); // its keeper waits for it
    }
}

/// The processes of a session, to be ended with it, even those that hold themselves alive.
#[derive(Default)]
struct All(RefCell<Vec<Weak<Inner>>>);

impl Drop for All {
    fn drop(&mut self) {
        self.0.borrow().iter().filter_map(Weak::upgrade).for_each(|inner| inner.killer.kill());
    }
}

fn spawn(world: &World, all: &All, program: &str, args: Array, options: Map) -> Fallible<Process> {
    if tokio::runtime::Handle::try_current().is_err() {
        let message = "spawn_process needs the event loop, which is on another thread: call it outside of to_thread";
        return Err(error(kind::VALUE, message));
    }
    let options = parse("spawn_process", &world.asker(), program, &args, &options)?;
    let mut running = thrown(process::start(&options.spec, true).map_err(|e| error_value(e.kind, e.message).into()))?;
    let killer = running.killer();
    let child = &mut running.child;
    let pid = child.id().unwrap_or_default();
    let title = |which: &str| format!("{which} of {program:?}");
    let outputs = [
        TextLines::of_process(child.stdout.take().map(|s| Box::pin(s) as _), title("stdout")),
        TextLines::of_process(child.stderr.take().map(|s| Box::pin(s) as _), title("stderr")),
    ];
    let (told, status) = watch::channel(None);
    let inner = Inner {
        name: program.to_string(),
        pid,
        killer,
        stdin: RefCell::new(child.stdin.take()),
        writing: Mutex::default(),
        closed: Cell::new(false),
        outputs,
        status,
    };
    // its keeper, who sees that nothing is left of it in the system's table
    tokio::task::spawn_local(async move {
        let status = running.wait().await;
        let doing = || format!("wait for {}", options.spec.program.name);
        let _ = told.send(Some(status.map_err(|e| Error::of(&doing(), &e)))); // perhaps nobody asks
    });
    let process = Process(Rc::new(inner));
    let mut list = all.0.borrow_mut();
    list.retain(|other| other.strong_count() > 0);
    list.push(Rc::downgrade(&process.0));
    Ok(process)
}

impl Process {
    fn show(&self) -> String {
        let state = match &*self.0.status.borrow() {
            None => "running".to_string(),
            Some(Ok(status)) => format!("ended with {status}"),
            Some(Err(_)) => "lost".to_string(),
        };
        format!("<process {} {:?}, {state}>", self.0.pid, self.0.name)
    }

    fn output(&self, which: usize) -> TextLines {
        self.0.outputs[which].kept_by(self.0.clone())
    }

    fn wait(&self, world: &World) -> Future {
        let inner = self.0.clone();
        world.future("wait for", &self.0.name, move |_| async move { inner.ended().await.map(Dynamic::from) })
    }

    fn kill(&self, world: &World) -> Future {
        let inner = self.0.clone();
        world.future("kill", &self.0.name, move |_| async move {
            inner.killer.kill();
            inner.ended().await.map(|_| Dynamic::UNIT)
        })
    }
}

impl Inner {
    async fn ended(&self) -> Result<i64> {
        let mut status = self.status.clone();
        let ended = status.wait_for(Option::is_some).await.map(|status| status.clone());
        match ended {
            Ok(Some(status)) => give_back("", status),
            _ => Err(raise(kind::IO, format!("the process {:?} was lost", self.name))),
        }
    }
}

/// The pipe while somebody writes to it; it goes back however that ends.
struct Lease<'a>(&'a Inner, Option<ChildStdin>);

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if !self.0.closed.get() {
            *self.0.stdin.borrow_mut() = self.1.take();
        }
    }
}

impl Stdin {
    fn show(&self) -> String {
        format!("<stdin of {:?}{}>", self.0.name, if self.0.closed.get() { ", closed" } else { "" })
    }

    fn write(&self, world: &World, data: Dynamic) -> Fallible<Future> {
        let data = bytes("write", &data)?;
        let inner = self.0.clone();
        Ok(world.future("write to", &self.0.name, move |_| async move {
            let _turn = inner.writing.lock().await;
            let mut lease = Lease(&inner, inner.stdin.take());
            match &mut lease.1 {
                Some(pipe) => {
                    let written = pipe.write_all(&data).await;
                    let doing = || format!("write to {:?}", inner.name);
                    give_back("", written.map_err(|e| Error::of(&doing(), &e))).map(Dynamic::from)
                }
                None => {
                    Err(raise(kind::CLOSED, format!("stdin of {:?} was closed: nothing can be written", inner.name)))
                }
            }
        }))
    }

    fn close(&self, world: &World) -> Future {
        let inner = self.0.clone();
        world.future("close stdin of", &self.0.name, move |_| async move {
            inner.closed.set(true);
            inner.stdin.borrow_mut().take();
            Ok(Dynamic::UNIT)
        })
    }
}

/// How a value of this file prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let process = value.read_lock::<Process>().map(|p| p.show());
    process.or_else(|| value.read_lock::<Stdin>().map(|s| s.show()))
}
