//! Running what lessons hold: programs by themselves, and checks after what the learner has typed. Always on the
//! virtual clock, so that it is quick and comes out the same everywhere.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::Dynamic;

use super::{Exercise, Program};
use crate::engine::errors::message_of;
use crate::host::Host;
use crate::limits::Limits;
use crate::report::Report;
use crate::session::{End, Session, Settings, Speaker, Stop, value_text};
use crate::trace::render::{Options, View as _, lanes::Lanes};

/// How a session of a lesson differs from others.
pub fn settings() -> Settings {
    Settings { virtual_time: true, ..Settings::default() }
}

/// What came of a program.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Ran {
    /// What it printed; its value, as at the prompt, is the last line.
    pub output: String,
    /// What loopscope said.
    pub says: String,
    /// The lanes; empty if it had one task only.
    pub lanes: String,
    /// What stopped its tasks at the end, if anything did.
    pub stop: Option<Stop>,
}

/// Runs a program as `loopscope run --virtual-time` does. Must be called on a tokio runtime, with the stack that
/// sessions need.
pub async fn program(program: &Program, limits: Limits, options: &Options) -> Ran {
    let ears = Rc::new(Ears::new(options));
    let mut session = Session::new(ears.clone(), Settings { limits, ..settings() });
    let end = session.run(&program.name, &program.code).await;
    if let End::Value(value) = &end
        && !value.is_unit()
        && !program.code.trim_end().ends_with(';')
    {
        ears.print(0, "main", &format!("=> {}", value_text(value)));
    }
    drop(end); // a value that was never awaited is spoken about
    let (_, stop) = session.finish().await;
    let recording = session.kernel.recording.borrow();
    let has_several = recording.events().any(|event| event.task != 0);
    let lanes = if has_several { Lanes.render(&recording, options) } else { String::new() };
    Ran { output: ears.printed.take(), says: ears.said.take(), lanes, stop }
}

/// What a check finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Passed,
    /// What is missing.
    Missing(String),
    /// The learner's code itself fails: the report.
    Broken(String),
    /// Ctrl-C.
    Stopped,
}

/// Checks what a learner has typed, in a session that `new` makes for the speaker that it is given.
pub async fn check(
    exercise: &Exercise,
    inputs: &[String],
    options: &Options,
    new: impl FnOnce(Rc<dyn Speaker>) -> Session,
) -> Verdict {
    let ears = Rc::new(Ears::new(options));
    let mut session = new(ears.clone());
    let verdict = checked(&mut session, &ears, exercise, inputs).await;
    session.finish().await;
    verdict
}

async fn checked(session: &mut Session, ears: &Ears, exercise: &Exercise, inputs: &[String]) -> Verdict {
    let mut took = 0.0;
    let asks = session.control.asks();
    if session.control.is_asked() {
        return Verdict::Stopped;
    }
    for input in inputs {
        ears.printed.take();
        ears.said.take();
        match session.run("your code", input).await {
            End::Value(_) | End::Exited(_) => {}
            End::Stopped(_) => return Verdict::Stopped,
            End::Failed(_) | End::NotCompiled(_) | End::Deadlock | End::Cancelled => {
                return Verdict::Broken(ears.said.take());
            }
        }
        if session.control.asks() != asks {
            return Verdict::Stopped; // it came when this input had just ended
        }
        took = session.elapsed();
    }
    let printed: rhai::Array = ears.printed.take().lines().map(|line| Dynamic::from(line.to_owned())).collect();
    session.set_variable("printed", printed.into());
    session.set_variable("took", took.into());
    match session.run("check", &exercise.check).await {
        End::Value(_) | End::Exited(_) => Verdict::Passed,
        End::Failed(failure) => Verdict::Missing(message_of(&failure)),
        End::Deadlock => Verdict::Missing("your code waits for ever: no task can ever run again".to_owned()),
        End::Cancelled => Verdict::Missing("your code cancelled the check".to_owned()),
        End::NotCompiled(error) => Verdict::Missing(error.title.clone()),
        End::Stopped(_) => Verdict::Stopped,
    }
}

/// Hears what a session prints and says.
struct Ears {
    printed: RefCell<String>,
    said: RefCell<String>,
    width: usize,
    colour: bool,
}

impl Ears {
    fn new(options: &Options) -> Self {
        Self { printed: RefCell::default(), said: RefCell::default(), width: options.width, colour: options.colour }
    }
}

impl Host for Ears {
    fn print(&self, _: u32, _: &str, text: &str) {
        let mut printed = self.printed.borrow_mut();
        printed.push_str(text);
        printed.push('\n');
    }

    fn colour(&self) -> bool {
        self.colour
    }
}

impl Speaker for Ears {
    fn report(&self, report: &Report) {
        self.said.borrow_mut().push_str(&report.render_within(self.width, self.colour));
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}
