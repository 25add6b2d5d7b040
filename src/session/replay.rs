//! Running one schedule of what was explored, to be seen: with prints, views and steps, as any run.

use super::{Aftermath, End, Session};
use crate::engine::TaskRef;
use crate::engine::explorations::Part;
use crate::engine::token::Token;
use crate::explore::Explored;
use crate::trace::recording::Recording;

/// So many explorations can be run again as they were.
pub const KEPT: usize = 32;

impl Session {
    /// Keeps what was explored, to be run again.
    pub fn keep_explored(&mut self, explored: Explored) {
        if self.explored.len() == KEPT {
            self.explored.pop_front();
        }
        self.explored.push_back(explored);
    }

    /// Runs what was explored under the schedule of a token, with the variables as they were then; they are left as they
    /// are now. Tasks in the background stand still meanwhile. None if nothing that was explored here has the token.
    pub async fn replay(&mut self, token: &Token) -> Option<End> {
        let index = self.explored.iter().rposition(|explored| explored.has(token))?;
        let part = self.explored[index].part();
        self.forget_order();
        self.kernel.begin_run();
        self.teller.begin();
        self.aftermath = Aftermath::default();
        let end = self.run_part(part, token).await;
        if let Some(steered) = self.token() {
            self.explored[index].add(steered);
        }
        Some(end)
    }

    /// The run of `main` has come to what is to be run in its place.
    pub(super) async fn run_instead(&mut self, part: Part, main: &TaskRef) -> End {
        let first = self.control.first();
        let Some(token) = self.kernel.explorations.wanted() else {
            return End::Cancelled; // it would not have stopped
        };
        let end = self.run_part(part, &token).await;
        let explored = self.aftermath.explored.take();
        // what is left of the run that explores is no part of what is seen
        let recorded = self.kernel.recording.borrow().is_enabled();
        self.kernel.set_recorded(false);
        let of_run = |task: &TaskRef| task.id == main.id || task.id >= first;
        let left: Vec<TaskRef> = self.kernel.tasks().into_iter().filter(of_run).collect();
        left.iter().for_each(|task| {
            self.kernel.cancel(task);
        });
        self.settle(&left).await;
        self.kernel.begin_run();
        self.kernel.set_recorded(recorded);
        self.scope = self.kernel.take_retired().unwrap_or_default();
        self.aftermath.explored = explored;
        end
    }

    async fn run_part(&mut self, part: Part, token: &Token) -> End {
        let Part { call, namespace, mut exchange } = part;
        let scope = std::mem::take(&mut self.scope);
        self.interp.enter_namespace(&namespace);
        let policy = self.begin_part(token);
        let world = self.kernel.set_aside(policy);
        self.kernel.show_aside();
        exchange();
        self.control.begin(self.kernel.next_task_id());
        let main = self.kernel.start_main(call);
        let end = self.see_through(main).await;
        self.speak_notices();
        self.report_failed(true);
        let recording = self.kernel.recording.take();
        self.kernel.recording.replace(recording.like());
        self.kernel.put_back(world);
        exchange();
        self.scope = scope;
        self.began = self.kernel.clock.read();
        self.aftermath.explored = Some(recording);
        end
    }

    /// Looks at the recording that views show: of the last run, or of one of what was explored.
    pub fn with_shown<T>(&self, look: impl FnOnce(&Recording) -> T) -> T {
        match &self.aftermath.explored {
            Some(recording) => look(recording),
            None => look(&self.kernel.recording.borrow()),
        }
    }
}
