//! What is fuzzed: each target takes bytes and panics where a promise is broken. `cargo fuzz` calls them from
//! `fuzz_targets`; the test `fuzz` calls them with mutated examples.

use std::cell::RefCell;
use std::rc::Rc;

use loopscope::host::Host;
use loopscope::lang::lint::Before;
use loopscope::limits::{Limits, Setting};
use loopscope::report::Report;
use loopscope::session::{End, Session, Settings, Speaker};
use loopscope::term;
use loopscope::trace::render::{FORMATS, Options, jsonl};
use rhai::packages::{CorePackage, Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel};
use tokio::runtime::LocalRuntime;

/// So many operations a program may take, and so many bytes its texts.
const OPERATIONS: u64 = 5_000;
const SIZE: usize = 100_000;

/// The token pass and the lowering: no text makes them panic, and one without the three words means what it means in
/// Rhai.
pub struct Source {
    runtime: LocalRuntime,
    session: Session,
    printed: Rc<Printed>,
    plain: Engine,
    printed_plain: Rc<RefCell<Vec<String>>>,
}

#[derive(Default)]
struct Printed(RefCell<Vec<String>>);

impl Host for Printed {
    fn print(&self, _: u32, _: &str, text: &str) {
        self.0.borrow_mut().push(text.to_string());
    }
}

impl Speaker for Printed {
    fn report(&self, report: &Report) {
        assert!(!report.render(false).is_empty());
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}

impl Source {
    /// To be made on a thread with the stack that sessions need.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default());
        let runtime = runtime.expect("a runtime");
        let printed = Rc::new(Printed::default());
        let set = |text: &str| text.parse::<Setting>().expect("a limit");
        let limits = Limits::with(&[set("string=100000"), set("array=100000"), set("nesting=100"), set("calls=100")]);
        let settings = Settings { virtual_time: true, limits, ..Settings::default() };
        let mut session = runtime.block_on(async { Session::new(printed.clone(), settings) });
        session.interp.engine.set_max_operations(OPERATIONS);
        let (plain, printed_plain) = plain();
        Self { runtime, session, printed, plain, printed_plain }
    }

    pub fn try_text(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let compiled = self.session.compile("fuzz.rhai", &text);
        if let Ok(program) = &compiled {
            self.session.lint(program, Before::Check);
        }
        if !is_plain_rhai(&text) {
            return;
        }
        match (compiled, self.plain.compile(&*text)) {
            (Ok(_), Ok(_)) => self.compare(&text),
            (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) => panic!("accepted what Rhai refuses: {error}"),
            (Err(error), Ok(_)) => panic!("refused what Rhai accepts: {}", error.title),
        }
    }

    /// Runs it both ways. What ends by a limit, or calls what only one of them has, can't be compared.
    fn compare(&mut self, text: &str) {
        self.printed_plain.borrow_mut().clear();
        let expected = self.plain.eval::<Dynamic>(text);
        if expected.as_ref().is_err_and(|error| is_apart(error)) {
            return;
        }
        self.printed.0.borrow_mut().clear();
        self.session.interp.global.num_operations = 0;
        let end = self.runtime.block_on(self.session.run_apart("fuzz.rhai", text));
        match (expected, end) {
            (_, End::Failed(failure)) if is_apart(&failure.error) => return,
            (Ok(expected), End::Value(value)) => {
                let (expected, value) = (expected.to_string(), value.to_string());
                assert!(expected == value || expected.contains("anon$"), "Rhai: {expected}\nhere: {value}");
            }
            (Ok(_), End::Exited(_)) | (Err(_), End::Failed(_)) => {}
            (expected, end) => panic!("Rhai: {expected:?}\nhere: {end:?}"),
        }
        let (expected, printed) = (self.printed_plain.borrow(), self.printed.0.borrow());
        assert!(
            *expected == *printed || expected.iter().any(|line| line.contains("anon$")),
            "{expected:?}\n{printed:?}"
        );
    }
}

fn plain() -> (Engine, Rc<RefCell<Vec<String>>>) {
    let mut engine = Engine::new_raw();
    CorePackage::new().register_into_engine(&mut engine);
    StandardPackage::new().register_into_engine(&mut engine);
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_call_levels(100);
    engine.set_max_expr_depths(300, 300);
    engine.set_max_operations(OPERATIONS);
    engine.set_max_string_size(SIZE);
    engine.set_max_array_size(SIZE);
    engine.set_max_map_size(SIZE);
    let printed: Rc<RefCell<Vec<String>>> = Rc::default();
    let to = printed.clone();
    engine.on_print(move |text| to.borrow_mut().push(text.to_string()));
    engine.on_debug(|_, _, _| {});
    (engine, printed)
}

/// Whether a text has nothing in it that is not plain Rhai, or that differs from run to run and on purpose.
fn is_plain_rhai(text: &str) -> bool {
    const OTHER: &[&str] = &[
        "await",
        "async",
        "spawn",
        "with",
        "import",
        "export",
        "timestamp",
        "sleep",
        "rand",
        "debug",
        "exit",
        "eval",
        "sort",
        "order",
        "pad",
        "try",
        "loopscope",
        "is_def",
        "\u{feff}",
        "\u{200d}",
        "#!",
        "$",
        "\r",
    ];
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = text.split(|c| !is_name(c));
    let is_ours = |word: &str| loopscope::stdlib::all().any(|(_, function)| function.name() == word);
    !OTHER.iter().any(|other| text.contains(other)) && !words.any(is_ours)
}

fn is_apart(error: &EvalAltResult) -> bool {
    use EvalAltResult as E;
    let inner = error.unwrap_inner();
    !error.is_catchable()
        || matches!(inner, E::ErrorFunctionNotFound(..) | E::ErrorVariableNotFound(..) | E::ErrorTerminated(..))
        || !inner.is_catchable()
}

/// The escape filter: nothing that a terminal would obey comes through, but colours where they may.
pub fn try_escape(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let safe = term::escape(&text);
    assert!(!safe.contains(term::is_live), "{safe:?}");
    assert_eq!(term::escape(&safe), safe, "what is safe stays as it is");
    assert_eq!(safe.len() == text.len(), !text.contains(term::is_live));
    let styled = term::escape_keep_sgr(&text);
    let mut rest = &*styled;
    while let Some(at) = rest.find(term::is_live) {
        let parameters = rest[at..].strip_prefix("\u{1b}[").unwrap_or_else(|| panic!("{styled:?}"));
        let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(parameters.len());
        assert!(parameters[end..].starts_with('m'), "{styled:?}");
        rest = &parameters[end + 1..];
    }
    let resets = |text: &str| text.rfind("\u{1b}[0m").max(text.rfind("\u{1b}[m"));
    if let Some(last) = styled.rfind("\u{1b}[") {
        assert_eq!(resets(&styled), Some(last), "no style outlives the text: {styled:?}");
    }
}

/// The reader of recordings: no text makes it panic; what it takes, every view can show, and what is saved of it is read
/// as the same.
pub fn try_recording(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(recording) = jsonl::read(&text) else {
        return;
    };
    for format in FORMATS {
        format.view.render(&recording, &Options::default());
    }
    let saved = FORMATS[0].view.render(&recording, &Options::default());
    let again = jsonl::read(&saved).unwrap_or_else(|error| panic!("what was saved is not read: {error}"));
    assert_eq!(FORMATS[0].view.render(&again, &Options::default()), saved);
}
