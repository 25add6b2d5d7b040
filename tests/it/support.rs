//! How tests run scripts: the built program, or, for thousands of them, sessions in this process.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::thread;

use loopscope::engine::Kernel;
use loopscope::host::Host;
use loopscope::permissions::{Flags, Permissions};
use loopscope::report::Report;
use loopscope::session::engine::STACK;
use loopscope::session::{End, Session, Settings, Speaker};
use rhai::Dynamic;

/// A script given to the program's stdin, with what it is expected to do.
#[derive(Clone, Debug)]
pub struct Script {
    text: String,
    real: bool,
    log: bool,
    flags: Vec<String>,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    text: String,
}

impl Script {
    /// A script on the virtual clock.
    pub fn new(text: &str) -> Self {
        Self::raw(&unindented(text))
    }

    /// A script whose text is taken as it is.
    pub fn raw(text: &str) -> Self {
        Self { text: text.to_string(), real: false, log: false, flags: Vec::new() }
    }

    /// The same on the real clock.
    pub fn real(mut self) -> Self {
        self.real = true;
        self
    }

    /// The same with a line an event.
    pub fn logged(mut self) -> Self {
        self.log = true;
        self
    }

    /// With one more option of the command line.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Runs it as it is saved in a file.
    pub fn run(&self) -> Ran {
        let virtual_time = (!self.real).then_some("--virtual-time");
        let log = self.log.then_some("--log");
        let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .arg("run")
            .args(virtual_time.iter().chain(&log))
            .args(&self.flags)
            .arg("-")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(self.text.as_bytes()).expect("the script is read");
        drop(stdin);
        let output = child.wait_with_output().expect("the program ends");
        Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
            text: self.text.clone(),
        }
    }

    /// Runs it: it must print just these lines.
    pub fn prints(&self, expected: &str) -> Ran {
        self.run().prints(expected)
    }

    /// Runs it: it must end well, without a word.
    pub fn passes(&self) -> Ran {
        self.run().exits(0).says_nothing()
    }

    /// Runs it: it must fail, with this on stderr.
    pub fn fails(&self, said: &str) -> Ran {
        self.run().exits(1).says(said)
    }
}

impl Ran {
    /// The lines of stdout; the indentation of the expected ones does not count.
    pub fn prints(self, expected: &str) -> Self {
        let expected = if expected.contains("\n    ") { unindented(expected) } else { expected.to_string() };
        assert_eq!(self.stdout.trim_end(), expected.trim_end(), "{self:#}");
        self
    }

    /// Something of stderr.
    pub fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "expected on stderr: {part}\n{self:#}");
        self
    }

    pub fn says_nothing(self) -> Self {
        assert!(self.stderr.is_empty(), "expected nothing on stderr\n{self:#}");
        self
    }

    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self:#}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { stdout, stderr, code, text } = self;
        write!(f, "--- script\n{text}\n--- stdout\n{stdout}--- stderr\n{stderr}--- exit code {code}")
    }
}

/// The text without the blank first line, and without the indentation that all its lines share.
pub fn unindented(text: &str) -> String {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    let indent = lines.map(|l| l.len() - l.trim_start_matches(' ').len()).min().unwrap_or(0);
    text.lines().map(|l| l.get(indent..).unwrap_or("").to_string() + "\n").collect()
}

/// Collects what a session prints and says.
#[derive(Default)]
pub struct Collector {
    printed: RefCell<Vec<String>>,
    said: RefCell<Vec<String>>,
    between: RefCell<Option<Between>>,
}

/// What is done between turns of the loop.
type Between = Box<dyn FnMut(&Kernel)>;

impl Collector {
    /// Takes the printed lines.
    pub fn printed(&self) -> Vec<String> {
        self.printed.take()
    }

    /// Does something between turns from now on.
    pub fn between_turns(&self, act: impl FnMut(&Kernel) + 'static) {
        *self.between.borrow_mut() = Some(Box::new(act));
    }

    /// Takes the reports.
    pub fn said(&self) -> Vec<String> {
        self.said.take()
    }
}

impl Host for Collector {
    fn permissions(&self) -> Arc<Permissions> {
        static ALL: LazyLock<Arc<Permissions>> =
            LazyLock::new(|| Permissions::new(&Flags { all: true, ..Flags::default() }, Some(Path::new("/"))));
        ALL.clone()
    }

    fn print(&self, _: u32, _: &str, text: &str) {
        self.printed.borrow_mut().push(text.to_string());
    }
}

impl Speaker for Collector {
    fn report(&self, report: &Report) {
        self.said.borrow_mut().push(report.render(false));
    }

    fn follow(&self, kernel: &Kernel) {
        if let Some(act) = &mut *self.between.borrow_mut() {
            act(kernel);
        }
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}

/// A session on the virtual clock, with the runtime that it needs. To be made [`with_stack`].
pub struct Inside {
    pub session: Session,
    pub collector: Rc<Collector>,
    runtime: tokio::runtime::LocalRuntime,
}

impl Inside {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(Default::default())
            .expect("a runtime");
        let collector = Rc::new(Collector::default());
        let settings = Settings { virtual_time: true, ..Settings::default() };
        let session = runtime.block_on(async { Session::new(collector.clone(), settings) });
        Self { session, collector, runtime }
    }

    /// Runs a line as at the prompt: its variables, functions and tasks last.
    pub fn go(&mut self, text: &str) -> End {
        self.runtime.block_on(self.session.run("line", text))
    }

    /// Runs `setup`, whose variables and functions stay, and explores a text with them; gives the outcomes with their
    /// counts, or why it can't be explored.
    pub fn explores(&mut self, setup: &str, text: &str) -> Result<Vec<String>, String> {
        let session = &mut self.session;
        self.runtime.block_on(session.run("setup.rhai", setup));
        let options = loopscope::explore::Options::default();
        let found = self.runtime.block_on(session.explore("test.rhai", text, &options));
        let found = found.map_err(|report| report.render(false))?;
        Ok(found.outcomes.iter().map(|o| format!("{}: {}", o.outcome, o.count)).collect())
    }

    /// The value of a variable, as text.
    pub fn value(&self, name: &str) -> String {
        let variables = self.session.variables();
        variables
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("none".to_string(), |(_, value)| value.flatten_clone().to_string())
    }

    /// Runs a text as a program of its own; gives its end, and how many tasks failed unseen.
    pub fn run(&mut self, text: &str) -> (End, usize) {
        let (end, unseen, _) = self.run_and_look(text);
        (end, unseen)
    }

    /// The same, with the variables that there were at its end.
    pub fn run_and_look(&mut self, text: &str) -> (End, usize, Vec<(String, Dynamic)>) {
        let session = &mut self.session;
        let end = self.runtime.block_on(session.run("test.rhai", text));
        let variables = session.variables().into_iter().map(|(n, value)| (n.to_string(), value.clone())).collect();
        let (unseen, _) = self.runtime.block_on(session.finish());
        (end, unseen, variables)
    }

    /// Runs a text as the prompt runs a line: what it defines and spawns lives on.
    pub fn line(&mut self, text: &str) -> End {
        self.runtime.block_on(self.session.run("test.rhai", text))
    }

    /// Runs a text by itself, as the prompt runs a file.
    pub fn apart(&mut self, text: &str) -> End {
        self.runtime.block_on(self.session.run_apart("apart.rhai", text))
    }
}

/// Runs `work` on a thread with the stack that sessions need.
pub fn with_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    match thread.join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
