//! The commands that have time and order under control, and the questions of a stopped run.

use std::fmt;
use std::sync::Arc;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Behavior, Config, Editor};

use super::backend::RunKind;
use super::handlers::answer;
use super::session::{Flow, Session};
use crate::engine::token::Token;

/// Runs that `:replay` can find again.
const KEPT: usize = 1_000;

/// A question of a stopped run.
pub struct Question {
    /// What it looks like.
    pub text: String,
    /// What stands before the answer.
    pub prompt: String,
    /// Whether keys pressed before it was shown are no answer.
    pub fresh: bool,
    /// Takes the line that was typed; `None` at the end of the input.
    pub answer: Box<dyn FnOnce(Option<String>) + Send>,
}

/// Where the questions of a stopped run go.
#[derive(Clone)]
pub struct Asker(pub Arc<dyn Fn(Question) + Send + Sync>);

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}

/// What was run, for `:replay`.
#[derive(Default)]
pub struct Past {
    runs: Vec<(String, RunKind)>,
    /// The token that was told last.
    pub token: Option<String>,
    /// Those of the outcomes of the last exploration.
    pub explored: Vec<String>,
}

impl Past {
    /// Notes what is run.
    pub fn note(&mut self, source: &str, kind: &RunKind) {
        // what was explored is replayed by running it, as it was explored: by itself, or in the session
        let kind = match kind {
            RunKind::Explore => RunKind::Input,
            RunKind::ExploreApart { path } => RunKind::Script { path: path.clone(), args: Vec::new() },
            other => other.clone(),
        };
        let is_told = !matches!(kind, RunKind::TypeOf | RunKind::Check { .. });
        if !is_told || self.runs.iter().any(|(s, k)| s == source && *k == kind) {
            return;
        }
        if self.runs.len() == KEPT {
            self.runs.remove(0);
        }
        self.runs.push((source.to_owned(), kind));
    }

    /// What was explored has these outcomes, the first of which is replayed if nothing is said.
    pub fn note_explored(&mut self, tokens: &[String]) {
        if let Some(first) = tokens.first() {
            self.token = Some(first.clone());
            self.explored = tokens.to_vec();
        }
    }

    /// The token that somebody means: none is the last that was told, a number an outcome of the last exploration.
    ///
    /// # Errors
    /// In words, if there is none.
    fn named(&self, which: &str) -> Result<String, String> {
        if which.is_empty() {
            let none = "this needs more: :replay TOKEN; no token has been told yet";
            return self.token.clone().ok_or_else(|| none.to_owned());
        }
        match which.parse::<usize>() {
            Ok(number) if which.len() < 4 => {
                let token = number.checked_sub(1).and_then(|index| self.explored.get(index));
                let count = self.explored.len();
                token.cloned().ok_or_else(|| match count {
                    0 => format!("there is no outcome {number}: nothing has been explored yet, see :help :explore"),
                    _ => format!("there is no outcome {number}: the last exploration has listed {count}"),
                })
            }
            _ => Ok(which.to_owned()),
        }
    }

    /// The newest run that a token is for.
    fn find(&self, token: &Token) -> Option<(String, RunKind)> {
        self.runs.iter().rev().find(|(source, _)| token.is_for(source)).cloned()
    }
}

/// Reads the answers to questions of a stopped run.
pub struct Answers(Editor<(), MemHistory>);

impl Answers {
    fn new(out_is_terminal: bool) -> rustyline::Result<Self> {
        let behavior = if out_is_terminal { Behavior::Stdio } else { Behavior::PreferTerm };
        let config = Config::builder().behavior(behavior).build();
        let history = MemHistory::with_config(&config);
        Ok(Self(Editor::with_history(config, history)?))
    }
}

impl Session {
    /// A run is stopped: shows it and reads what to do. If Ctrl-C was pressed the question comes back: the run goes on
    /// when that is dropped, and must have been told by then that it is to stop.
    pub(super) fn ask(&mut self, question: Question) -> Option<Question> {
        if question.fresh {
            crate::term::ask::forget_keys();
        }
        self.sink.notice(&question.text);
        let mut answers = match self.answers.take() {
            Some(answers) => answers,
            None => match Answers::new(self.sink.out_is_terminal()) {
                Ok(answers) => answers,
                Err(_) => {
                    (question.answer)(None);
                    return None;
                }
            },
        };
        let read = answers.0.readline(&question.prompt);
        self.answers = Some(answers);
        match read {
            Ok(line) => (question.answer)(Some(line)),
            Err(ReadlineError::Interrupted) => return Some(question),
            Err(_) => (question.answer)(None),
        }
        None
    }
}

pub fn step(session: &mut Session, argument: &str) -> Flow {
    match argument.trim() {
        "on" => session.step = true,
        "off" => session.step = false,
        "" => {}
        _ => {
            session.complain(":step takes on or off");
            return Flow::Continue;
        }
    }
    let text = match session.step {
        true => "runs stop before each step: you are the event loop; `?` helps there",
        false => "runs are not stopped",
    };
    session.remark(text);
    Flow::Continue
}

pub fn seed(session: &mut Session, argument: &str) -> Flow {
    let seed = match argument.trim() {
        "off" => Ok(None),
        "" => {
            if let Some(seed) = answer(session, session.backend.seeded()) {
                session.remark(&seed_in_words(seed));
            }
            return Flow::Continue;
        }
        text => text.parse().map(Some),
    };
    match seed {
        Ok(seed) => {
            if let Some(text) = answer(session, session.backend.seed(seed)) {
                session.remark(&text);
            }
        }
        Err(_) => session.complain(":seed takes a whole number from 0 on, or off"),
    }
    Flow::Continue
}

fn seed_in_words(seed: Option<u64>) -> String {
    match seed {
        None => "no seed: tasks run first in, first out; `:seed 1` draws who is next".to_owned(),
        Some(seed) => format!("each run draws who is next from the seed {seed}; `:seed off` ends that"),
    }
}

pub fn clock(session: &mut Session, argument: &str) -> Flow {
    if let Some(text) = answer(session, session.backend.clock(argument.trim())) {
        session.remark(&text);
    }
    Flow::Continue
}

pub fn replay(session: &mut Session, argument: &str) -> Flow {
    let words: Vec<&str> = argument.split_whitespace().collect();
    let (which, step) = match words[..] {
        [] => ("", false),
        ["step"] => ("", true),
        [which] => (which, false),
        [which, "step"] => (which, true),
        [_, other, ..] => {
            session.complain(&format!(":replay takes a token or a number, then `step` or nothing, and not {other:?}"));
            return Flow::Continue;
        }
    };
    let text = match session.past.named(which) {
        Ok(text) => text,
        Err(why) => {
            session.complain(&why);
            return Flow::Continue;
        }
    };
    let token: Token = match text.parse() {
        Ok(token) => token,
        Err(why) => {
            session.complain(&why.to_string());
            return Flow::Continue;
        }
    };
    let Some((source, kind)) = session.past.find(&token) else {
        session.complain(&format!(
            "nothing that was run in this session has the token {token}: it belongs to a text that has changed since, \
             or that was not run here. Run that text once, as it was, then :replay"
        ));
        return Flow::Continue;
    };
    session.remark(&shown(&source, &kind, &token));
    session.past.token = Some(text);
    let before = session.step;
    session.step |= step;
    let outcome = session.execute_in_order(source, kind, Some(token));
    session.step = before;
    session.show(&outcome);
    Flow::Continue
}

/// What is replayed, in a line.
fn shown(source: &str, kind: &RunKind, token: &Token) -> String {
    let part = token.within.as_ref().map_or(String::new(), |within| format!("call {} of `explore` in ", within.number));
    match kind {
        RunKind::Load { path }
        | RunKind::Script { path, .. }
        | RunKind::ExploreApart { path }
        | RunKind::Apart { name: path } => {
            format!("replaying {part}{path}")
        }
        RunKind::Input | RunKind::TypeOf | RunKind::Explore | RunKind::Check { .. } => {
            let first = source.lines().next().unwrap_or_default();
            let more = if source.lines().count() > 1 { " ..." } else { "" };
            format!("replaying {part}{first}{more}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_outcome_of_the_last_exploration() {
        let mut past = Past::default();
        assert!(past.named("").is_err_and(|why| why.contains("no token has been told")));
        assert!(past.named("1").is_err_and(|why| why.contains("nothing has been explored")));
        past.note_explored(&["41c7x1".to_owned(), "41c7x".to_owned()]);
        assert_eq!(["", "1", "2", "1234x1"].map(|which| past.named(which)), {
            ["41c7x1", "41c7x1", "41c7x", "1234x1"].map(|token| Ok(token.to_owned()))
        });
        assert!(past.named("3").is_err_and(|why| why.contains("has listed 2")) && past.named("0").is_err());
    }

    #[test]
    fn a_token_finds_the_newest_run_of_its_text() {
        let mut past = Past::default();
        past.note("f()", &RunKind::Input);
        past.note("f()", &RunKind::Load { path: "f.rhai".to_owned() });
        past.note("g()", &RunKind::TypeOf);
        let of = |text| Token::of_seed(text, 1);
        assert_eq!(past.find(&of("f()")).map(|(_, kind)| kind), Some(RunKind::Load { path: "f.rhai".to_owned() }));
        assert_eq!(past.find(&of("g()")), None);
        for n in 0..2 * KEPT {
            past.note(&format!("h({n})"), &RunKind::Input);
        }
        assert_eq!(past.runs.len(), KEPT);
        assert!(past.find(&of("f()")).is_none() && past.find(&of("h(1999)")).is_some());
    }
}
