//! Exploring an expression with the functions and variables of a session.

use super::{Session, speak};
use crate::engine::errors::article;
use crate::engine::schedule::Fifo;
use crate::engine::token::Token;
use crate::explore::findings::{Findings, explore};
use crate::explore::run::{Stage, Start};
use crate::explore::snapshot::Snapshot;
use crate::explore::{Explored, Options, report};
use crate::lang::{Program, variables_taken};
use crate::report::Report;

impl Session {
    /// Runs an expression under many schedules, each time with the variables as they are now; they are left so. Tasks in
    /// the background stand still meanwhile.
    ///
    /// # Errors
    /// What is wrong with it, or why it can't be explored, to be shown.
    pub async fn explore(&mut self, name: &str, text: &str, options: &Options) -> Result<Findings, Box<Report>> {
        let program = self.compile(name, text).map_err(|error| speak::compile_report(&error))?;
        let snapshot = self.snapshot(&program, text)?;
        self.interp.enter_namespace(&self.namespace);
        self.interp.add_functions(&program.ast);
        self.interp.shared.forget_modules();
        self.kernel.begin_run();
        self.kernel.recording.borrow_mut().add_source(&program.source.name, &program.source.text);
        self.control.begin(self.kernel.next_task_id());
        let world = self.kernel.set_aside(Box::new(Fifo));
        let control = self.control.clone();
        let interrupted = || control.is_asked();
        let heeded = || control.end();
        let stage = Stage {
            kernel: &self.kernel,
            interp: &mut self.interp,
            alarm: &mut self.alarm,
            interrupted: &interrupted,
            heeded: &heeded,
        };
        let start = Start::Expression(program.body.clone(), Box::new(self.scope.clone()));
        let base = Token::of_choices(text, &[]);
        let findings = explore(stage, start.clone(), snapshot.clone(), options, &base, &|_| {}).await;
        self.kernel.put_back(world);
        self.control.end();
        self.keep_explored(Explored::new(base, start, snapshot, self.namespace.clone(), &findings));
        self.aftermath.explored = findings.first_shown().cloned();
        match report::early(&findings) {
            Some(report) if findings.outcomes.is_empty() => Err(Box::new(report)),
            _ => Ok(findings),
        }
    }

    /// The same by itself: with no variables and functions of the session, and leaving none.
    ///
    /// # Errors
    /// What is wrong with it, or why it can't be explored, to be shown.
    pub async fn explore_apart(&mut self, name: &str, text: &str, options: &Options) -> Result<Findings, Box<Report>> {
        let scope = std::mem::take(&mut self.scope);
        let namespace = std::mem::take(&mut self.namespace);
        let found = self.explore(name, text, options).await;
        self.namespace = namespace;
        self.scope = scope;
        found
    }

    /// The variables that the text names, as they are. What it names may be variables of its own.
    fn snapshot(&self, program: &Program, text: &str) -> Result<Snapshot, Box<Report>> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = text.split(|c: char| !is_word(c)).collect();
        let taken = variables_taken(program);
        let mut values = Vec::new();
        for (name, value) in self.variables().into_iter().filter(|(name, _)| words.contains(name)) {
            match Snapshot::of([value]) {
                Ok(_) => values.push(value),
                Err(what) if taken.iter().any(|taken| taken == name) => {
                    let title = format!("this can't be explored with `{name}`, which is or holds {}", article(&what));
                    let note =
                        "explore runs it many times from the same start, and that can't be put back to what it was";
                    return Err(Box::new(Report::error(title).note(note).help("make it inside of what is explored")));
                }
                Err(_) => {}
            }
        }
        Snapshot::of(values).map_err(|what| Box::new(Report::error(what)))
    }
}
