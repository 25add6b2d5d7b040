//! How long loopscope's own work takes: `cargo bench`, or `cargo bench -- NAME` for one.
//!
//! Every row is bounded in count and time. `benches/peers/run.py` runs the same work beside other event loops.

use std::process::{Command, Stdio};
use std::rc::Rc;

use divan::Bencher;
use divan::counter::ItemsCount;
use loopscope::explore;
use loopscope::host::Host;
use loopscope::report::Report;
use loopscope::session::engine::STACK;
use loopscope::session::{End, Session, Settings, Speaker};
use loopscope::trace::render::{FORMATS, Options, View, lanes::Lanes, steps::Steps};
use tokio::runtime::{Builder, LocalRuntime};

// as in the program
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // sessions rely on the stack that the program gives to its loop
    let benches = std::thread::Builder::new().stack_size(STACK).spawn(divan::main);
    benches.expect("a thread can be started").join().expect("no bench panics");
}

/// A speaker that keeps to itself, but for reports: a bench that goes wrong measures nothing.
struct Silent;

impl Host for Silent {
    fn print(&self, _: u32, _: &str, _: &str) {}
}

impl Speaker for Silent {
    fn report(&self, report: &Report) {
        panic!("{}", report.render(false));
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}

/// A session and the runtime that it lives on, in the order in which they are dropped.
struct Stage {
    session: Session,
    runtime: LocalRuntime,
}

impl Stage {
    fn new(settings: Settings) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build_local(Default::default()).expect("a runtime");
        let session = runtime.block_on(async { Session::new(Rc::new(Silent), settings) });
        Self { session, runtime }
    }

    fn run(&mut self, script: &str) {
        let end = self.runtime.block_on(self.session.run("bench.rhai", script));
        assert!(matches!(end, End::Value(_)), "{end:?}");
    }
}

/// Measures a script that does `items` things, each time in a fresh session.
fn script(bencher: Bencher, items: usize, settings: Settings, text: &str) {
    bencher.counter(ItemsCount::new(items)).with_inputs(|| Stage::new(settings)).bench_local_values(|mut stage| {
        stage.run(text);
        stage // dropped when the time has been taken
    });
}

/// Whether the run is recorded, for those benches where it matters.
#[derive(Debug)]
enum Recording {
    On,
    Off,
}

const RECORDING: [Recording; 2] = [Recording::On, Recording::Off];

impl Recording {
    fn settings(&self) -> Settings {
        Settings { unrecorded: matches!(self, Self::Off), ..Settings::default() }
    }
}

#[divan::bench(args = RECORDING, sample_count = 10, max_time = 5)]
fn spawn_and_join(bencher: Bencher, recording: &Recording) {
    let text = "
        async fn work(i) { await sleep(0); i }
        let tasks = [];
        for i in 0..20_000 { tasks.push(work(i)); }
        await gather(tasks);";
    script(bencher, 20_000, recording.settings(), text);
}

#[divan::bench(args = RECORDING, sample_count = 10, max_time = 5)]
fn switch(bencher: Bencher, recording: &Recording) {
    let text = "
        async fn side() { for i in 0..100_000 { await sleep(0); } }
        await gather(side(), side());";
    script(bencher, 200_000, recording.settings(), text);
}

#[divan::bench(args = RECORDING, sample_count = 10, max_time = 5)]
fn queue_of_100(bencher: Bencher, recording: &Recording) {
    let text = "
        async fn produce(q) { for i in 0..100_000 { await q.put(i); } q.close(); }
        async fn consume(q) { while await q.next() != () {} }
        let q = queue(100);
        await gather(produce(q), consume(q));";
    script(bencher, 100_000, recording.settings(), text);
}

/// 20,000 tasks with a timer each. On the virtual clock, so that only the work is measured and no sleep.
#[divan::bench(sample_count = 10, max_time = 5)]
fn sleepers(bencher: Bencher) {
    let text = "
        let tasks = [];
        for i in 0..20_000 { tasks.push(sleep(1 + i % 100)); }
        await gather(tasks);";
    script(bencher, 20_000, Settings { virtual_time: true, ..Settings::default() }, text);
}

/// A hundred sleeps of 1 ms, one after another: what goes beyond 100 ms is a hundred times the lateness of a timer.
#[divan::bench(sample_count = 10, max_time = 5)]
fn hundred_timers_of_1_ms(bencher: Bencher) {
    script(bencher, 100, Settings::default(), "for i in 0..100 { await sleep(0.001); }");
}

/// GET requests to the demo server in the same process, ten at a time.
#[divan::bench(sample_count = 10, max_time = 5)]
fn fetch(bencher: Bencher) {
    let text = "
        async fn client(url) { for i in 0..50 { let r = await fetch(url); await r.text(); } }
        let server = demo_server();
        let clients = [];
        for i in 0..10 { clients.push(client(server.url + \"/json\")); }
        await gather(clients);";
    script(bencher, 500, Settings::default(), text);
}

/// Rows inserted in a transaction, each by a statement that is awaited.
#[divan::bench(sample_count = 10, max_time = 10)]
fn sqlite_insert(bencher: Bencher) {
    let text = "
        let db = sqlite(\":memory:\");
        await db.execute(\"CREATE TABLE t (n INTEGER, name TEXT)\");
        await db.transaction(async |tx| {
            for i in 0..100_000 { await tx.execute(\"INSERT INTO t VALUES (?, ?)\", [i, \"name\"]); }
        });";
    script(bencher, 100_000, Settings::default(), text);
}

/// Writing a recording of 1,000,000 events in each of the formats, and as what the terminal shows.
#[divan::bench(args = FORMATS.iter().map(|format| format.ending).chain(["lanes", "steps"]), sample_count = 5, max_time = 8)]
fn render(bencher: Bencher, ending: &str) {
    let mut stage = Stage::new(Settings::default());
    stage.run(
        "
        async fn side(n) { for i in 0..33_333 { await sleep(0); } n }
        let sides = [];
        for n in 0..10 { sides.push(side(n)); }
        await gather(sides);",
    );
    let recording = stage.session.kernel.recording.borrow();
    assert!(recording.len() > 990_000, "{}", recording.len());
    let view: &dyn View = match ending {
        "lanes" => &Lanes,
        "steps" => &Steps,
        _ => FORMATS.iter().find(|format| format.ending == ending).expect("a format").view,
    };
    let write = || view.write(&recording, &Options::default(), &mut std::io::sink());
    bencher.counter(ItemsCount::new(recording.len())).bench_local(|| write().expect("a sink takes all"));
}

/// Runs of a script under different schedules: three tasks, each of which loses the updates of the others.
#[divan::bench(max_time = 5)]
fn explore_lost_update(bencher: Bencher) {
    explored(
        bencher,
        90,
        "let n = 0;
        let add = async || { let v = n; await sleep(0); n = v + 1; };
        await gather(add.call(), add.call(), add.call());
        n",
    );
}

/// All interleavings of two tasks with eight steps each.
#[divan::bench(max_time = 5)]
fn explore_two_of_eight(bencher: Bencher) {
    explored(
        bencher,
        12_870,
        "let steps = async || { for i in 0..7 { await sleep(0); } };
        await gather(steps.call(), steps.call());",
    );
}

/// Explores a script, which has so many schedules, again and again on one engine.
fn explored(bencher: Bencher, schedules: u64, text: &str) {
    let settings = Settings { virtual_time: true, unrecorded: true, ..Settings::default() };
    let Stage { mut session, runtime } = Stage::new(settings);
    bencher.counter(ItemsCount::new(schedules)).bench_local(|| {
        let found = runtime.block_on(session.explore("bench.rhai", text, &explore::Options::default()));
        let found = found.unwrap_or_else(|report| panic!("{}", report.render(false)));
        assert_eq!((found.covered, found.schedules), (true, schedules));
    });
}

/// From a text to steps: the longest of the bundled examples.
#[divan::bench(max_time = 2)]
fn compile(bencher: Bencher) {
    let text = include_str!("../scripts/examples/producer_consumer.rhai");
    let stage = Stage::new(Settings::default());
    bencher.bench_local(|| stage.session.compile("bench.rhai", text).expect("it compiles"));
}

/// Making a session: the engine with all functions, and the loop.
#[divan::bench(max_time = 2)]
fn session(bencher: Bencher) {
    bencher.bench_local(|| Stage::new(Settings::default()));
}

/// The whole process, from its start to its end.
#[divan::bench(sample_count = 20, max_time = 5)]
fn hello(bencher: Bencher) {
    bencher.bench_local(|| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        let run = program.args(["eval", "await sleep(0); print(\"hello\")"]).stdout(Stdio::null());
        assert!(run.status().expect("the program starts").success());
    });
}
