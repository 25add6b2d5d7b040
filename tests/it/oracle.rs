//! The identity oracle: awaiting a ready value is the identity, so a program sprinkled with awaits must do just what
//! plain Rhai does with the same program without them.
//!
//! Programs are random ([`statements`]) or written for a purpose ([`cases`]). `PROPTEST_CASES=10000` tries more.

mod cases;
mod dice;
mod expressions;
mod program;
mod scope;
mod statements;

use std::cell::RefCell;
use std::rc::Rc;

use loopscope::session::End;

use proptest::test_runner::{Config, TestCaseError, TestError, TestRng, TestRunner};
use rhai::packages::{CorePackage, Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel, Scope};

use crate::support::{Inside, with_stack};
use program::{Place, Program};

/// What can be observed of a run.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    printed: Vec<String>,
    end: String,
    variables: Vec<String>,
}

/// Plain Rhai.
struct Plain {
    engine: Engine,
    printed: Rc<RefCell<Vec<String>>>,
}

impl Plain {
    fn new() -> Self {
        let mut engine = Engine::new_raw();
        CorePackage::new().register_into_engine(&mut engine);
        StandardPackage::new().register_into_engine(&mut engine);
        engine.set_optimization_level(OptimizationLevel::None);
        engine.set_max_call_levels(10_000);
        engine.set_max_expr_depths(200, 200);
        engine.set_max_operations(100_000);
        engine.set_max_string_size(10_000);
        engine.set_max_array_size(10_000);
        let printed: Rc<RefCell<Vec<String>>> = Rc::default();
        let to = printed.clone();
        engine.on_print(move |text| to.borrow_mut().push(text.to_string()));
        Self { engine, printed }
    }

    /// None if Rhai's parser refuses the program, or if it does not come to an end.
    fn run(&self, text: &str) -> Option<Seen> {
        let mut ast = self.engine.compile(text).ok()?;
        ast.set_source("test.rhai");
        let mut scope = Scope::new();
        let end = match self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &ast) {
            Ok(value) => value_text(&value),
            Err(error) if !error.is_catchable() => {
                self.printed.take();
                return None;
            }
            Err(error) => error_text(&error),
        };
        Some(Seen { printed: normal(self.printed.take()), end: placeless(&end), variables: variables(&scope) })
    }
}

fn value_text(value: &Dynamic) -> String {
    format!("value {}", value.flatten_clone())
}

fn error_text(error: &EvalAltResult) -> String {
    format!("error {}", error.unwrap_inner())
}

fn variables(scope: &Scope) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let newest = scope.iter_raw().filter(|(name, ..)| seen.insert(name.to_string()));
    let mut list: Vec<String> = newest.map(|(name, _, value)| variable(name, value)).collect();
    list.sort();
    list
}

fn variable(name: &str, value: &Dynamic) -> String {
    let value = value.flatten_clone();
    match value.type_name() {
        "Fn" => format!("{name} is a function"),
        _ => format!("{name} = {}", placeless(&value.to_string())),
    }
}

fn normal(printed: Vec<String>) -> Vec<String> {
    printed.iter().map(|line| placeless(line)).collect()
}

/// Without the places that Rhai names in messages, and the numbers of closures.
fn placeless(text: &str) -> String {
    let mut out = without(text, "(line ", |rest| rest.find(')').map_or(rest.len(), |n| n + 1));
    for source in [" @ 'test.rhai'", " (from 'test.rhai')"] {
        out = without(&out, source, |_| source.len());
    }
    for wrapping in ["\nin call to function", "\nin closure call"] {
        out = without(&out, wrapping, |rest| rest[1..].find('\n').map_or(rest.len(), |n| n + 1));
    }
    out = without(&out, "anon$", |rest| 5 + rest[5..].find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len() - 5));
    out
}

/// Cuts out what starts with `start`, and is as long as `len` says.
fn without(text: &str, start: &str, len: impl Fn(&str) -> usize) -> String {
    let (mut rest, mut out) = (text, String::new());
    while let Some(at) = rest.find(start) {
        out += rest[..at].trim_end();
        rest = &rest[at + len(&rest[at..])..];
    }
    out + rest
}

/// Runs programs as loopscope does. A session is used for many of them, because making one takes time.
struct Lowered {
    inside: Inside,
    runs: usize,
}

impl Lowered {
    fn new() -> Self {
        Self { inside: Inside::new(), runs: 0 }
    }

    fn run(&mut self, text: &str) -> Seen {
        self.runs += 1;
        if self.runs.is_multiple_of(100) {
            self.inside = Inside::new();
        }
        let (end, unseen, variables) = self.inside.run_and_look(text);
        let mut end = match &end {
            End::Value(value) => value_text(value),
            End::Failed(failure) => error_text(&failure.error),
            other => format!("{other:?}"),
        };
        if unseen > 0 {
            end += " with tasks that failed";
        }
        let mut variables: Vec<String> = variables.iter().map(|(name, value)| variable(name, value)).collect();
        variables.sort();
        self.inside.collector.said();
        Seen { printed: normal(self.inside.collector.printed()), end: placeless(&end), variables }
    }
}

const PLACES: [(Place, bool); 6] = [
    (Place::Top, false),
    (Place::Function, true),
    (Place::Block, false),
    (Place::Top, true),
    (Place::Function, false),
    (Place::Block, true),
];

/// Compares a program in these places; says what differs.
fn compare(plain: &Plain, lowered: &mut Lowered, program: &Program, places: &[(Place, bool)]) -> Result<bool, String> {
    let text = program.plain();
    let Some(expected) = plain.run(&text) else {
        return Ok(false);
    };
    for &(place, suspends) in places {
        let awaiting = program.awaiting(place, suspends);
        let actual = lowered.run(&awaiting);
        let same_variables = place != Place::Top || actual.variables == expected.variables;
        if actual.printed != expected.printed || actual.end != expected.end || !same_variables {
            return Err(format!(
                "{place:?}, suspends: {suspends}\n--- plain\n{text}\n--- awaiting\n{awaiting}\n--- Rhai {expected:#?}\n--- loopscope {actual:#?}"
            ));
        }
    }
    Ok(true)
}

/// How many random programs are tried.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
}

#[test]
fn random_programs_do_what_plain_rhai_does() {
    with_stack(|| {
        let config = Config { cases: cases(), max_shrink_iters: 4_000, failure_persistence: None, ..Config::default() };
        let seed: u8 = std::env::var("ORACLE_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(7);
        let rng = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &[seed; 32]);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let plain = Plain::new();
        let lowered = RefCell::new(Lowered::new());
        let (tried, taken) = (std::cell::Cell::new(0usize), std::cell::Cell::new(0usize));
        let rolls = proptest::collection::vec(proptest::num::u32::ANY, 10..600);
        let result = runner.run(&rolls, |rolls| {
            let program = statements::program(&rolls);
            let first = tried.replace(tried.get() + 1) * 2 % PLACES.len();
            let places = [PLACES[first], PLACES[first + 1]];
            let same = compare(&plain, &mut lowered.borrow_mut(), &program, &places).map_err(TestCaseError::fail)?;
            taken.set(taken.get() + usize::from(same));
            Ok(())
        });
        if let Err(TestError::Fail(reason, _)) = result {
            panic!("{reason}");
        }
        assert!(taken.get() * 10 > tried.get() * 8, "too many programs do not parse: {taken:?} of {tried:?}");
    });
}
