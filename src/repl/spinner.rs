//! What is shown while a run takes long: a sign of life, the time, and the number of tasks.

use std::time::{Duration, Instant};

use super::printer::Sink;

/// A run that is shorter has none.
const BEFORE: Duration = Duration::from_millis(600);

/// From one turn to the next.
const TURN: Duration = Duration::from_millis(100);

const SIGNS: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The spinner of one run.
pub struct Spinner {
    on: bool,
    begun: Instant,
    turns: usize,
    /// The run was told to stop.
    stopping: bool,
}

/// What a run does, as far as who waits for it may know.
#[derive(Clone, Copy, Default)]
pub struct Doing {
    pub tasks: usize,
    /// Some of them run their `defer`s.
    pub defers: bool,
}

impl Spinner {
    pub fn new(on: bool) -> Self {
        Self { on, begun: Instant::now(), turns: 0, stopping: false }
    }

    /// How long to wait for the next turn.
    pub fn pause(&self) -> Duration {
        match self.on {
            true => BEFORE.saturating_sub(self.begun.elapsed()).max(TURN),
            false => Duration::from_secs(3600),
        }
    }

    /// Ctrl-C has told the run to stop: what takes long now is a `defer`, or a call that can't be broken off.
    pub fn stops(&mut self) {
        self.stopping = true;
    }

    /// Draws it, if it is time to; `behind` one that was stopped and has not ended, the run has not begun.
    pub fn turn(&mut self, sink: &Sink, doing: Doing, behind: bool) {
        let time = self.begun.elapsed();
        if self.on && time >= BEFORE {
            self.turns += 1;
            let sign = SIGNS[self.turns % SIGNS.len()];
            let waits = if behind { "  waits for what was cancelled to end" } else { "" };
            sink.status(&format!("{sign} {}{waits}", text(time, doing, self.stopping)));
        }
    }
}

fn text(time: Duration, doing: Doing, stopping: bool) -> String {
    let seconds = time.as_secs();
    let time = match seconds {
        0..=59 => format!("{:.1} s", time.as_secs_f64()),
        60..=3599 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02} h", seconds / 3600, seconds / 60 % 60, seconds % 60),
    };
    let tasks = match doing.tasks {
        0 => String::new(),
        1 => "  1 task".to_owned(),
        n => format!("  {n} tasks"),
    };
    let keys = match (stopping, doing.defers) {
        (false, _) => "Ctrl-C stops",
        (true, true) => "stopping; a `defer` still runs: Ctrl-C again ends it",
        (true, false) => "stopping, as soon as a call is over that can't be broken off",
    };
    format!("{time}{tasks}  {keys}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_and_the_tasks() {
        let doing = |tasks| Doing { tasks, defers: false };
        let shown = |seconds: u64, tasks| text(Duration::from_millis(seconds * 1000 + 250), doing(tasks), false);
        assert_eq!(shown(3, 0), "3.2 s  Ctrl-C stops");
        assert_eq!(shown(61, 1), "1:01 min  1 task  Ctrl-C stops");
        assert_eq!(shown(3725, 200), "1:02:05 h  200 tasks  Ctrl-C stops");
        let stopping = |defers| text(Duration::from_millis(3_250), Doing { tasks: 0, defers }, true);
        assert_eq!(stopping(true), "3.2 s  stopping; a `defer` still runs: Ctrl-C again ends it");
        assert_eq!(stopping(false), "3.2 s  stopping, as soon as a call is over that can't be broken off");
    }
}
