//! Views at the prompt: drawn beside the loop, so that a long run's do not hold up the tasks in the background.

use std::path::Path;

use super::views;
use crate::repl::backend::{Outcome, Reply};
use crate::term::{ColorChoice, Stream};
use crate::trace::recording::Recording;
use crate::trace::render::Options;
use crate::units;

/// So many events are drawn sooner than a thread is started.
const AT_ONCE: usize = 5_000;

/// A recording as it was when the run ended, and how it is to be drawn.
pub struct Drawing {
    recording: Recording,
    options: Options,
}

impl Drawing {
    pub fn new(recording: &Recording, width: u16, legend: bool) -> Self {
        let options = views::options(ColorChoice::Auto.enabled(Stream::Stdout));
        let options = Options { width: usize::from(width), legend, ..options };
        Self { recording: recording.clone(), options }
    }

    /// The lanes.
    pub fn draw(&self) -> String {
        views::lanes(&self.recording, &self.options)
    }

    /// The steps.
    pub fn steps(&self) -> String {
        views::steps(&self.recording, &self.options)
    }

    /// Saves the recording in the format of the file's ending; says what was saved.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub fn save(&self, file: &Path) -> Result<String, String> {
        views::save(&self.recording, file)?;
        let count = units::count(self.recording.len() as u64);
        Ok(format!("{count} events saved in {}", file.display()))
    }

    /// Draws the lanes into the outcome and sends that; on a thread of its own where it takes long.
    pub fn finish(self, mut outcome: Outcome, reply: Reply) {
        let is_short = self.recording.len() < AT_ONCE;
        let work = move || {
            outcome.lanes = Some(self.draw());
            reply.send(outcome);
        };
        if is_short {
            return work();
        }
        // without the thread the reply is dropped, and says so
        let _ = std::thread::Builder::new().name("drawing".into()).spawn(work);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::trace::event::{Event, Kind};

    /// The thread on which the lanes of so many events were drawn.
    fn drawn_by(events: u64) -> Option<String> {
        let mut recording = Recording::default();
        for time in 0..events {
            recording.push(Event::new(time, 0, Kind::Resumed));
        }
        let (send, outcome) = mpsc::channel();
        let reply = Reply::new(move |outcome| {
            let thread = std::thread::current().name().map(str::to_string);
            let _ = send.send((outcome, thread));
        });
        Drawing::new(&recording, 80, false).finish(Outcome::default(), reply);
        let (outcome, thread) = outcome.recv().expect("a reply");
        assert!(outcome.lanes.is_some_and(|lanes| lanes.contains("main")));
        thread
    }

    #[test]
    fn a_long_run_is_drawn_beside_the_loop() {
        assert_eq!(drawn_by(20_000).as_deref(), Some("drawing"));
        assert_ne!(drawn_by(10).as_deref(), Some("drawing"));
    }
}
