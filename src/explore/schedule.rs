//! How a run went: who was taken, step by step.

/// The order of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The index in the ready queue, for each step at which two tasks or more were ready.
    pub choices: Vec<u32>,
    /// The task that ran, for each step.
    pub tasks: Vec<u32>,
    /// How often another task went on than the one that had run.
    switches: usize,
}

impl Schedule {
    /// Forgets what is in it.
    pub fn clear(&mut self) {
        self.choices.clear();
        self.tasks.clear();
        self.switches = 0;
    }

    /// One more step: the task at this index of a queue of this length.
    pub fn push(&mut self, task: u32, index: usize, ready: usize) {
        if ready > 1 {
            self.choices.push(index as u32);
        }
        self.switches += usize::from(self.tasks.last().is_some_and(|last| *last != task));
        self.tasks.push(task);
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether nothing has run.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether it is nearer to first in, first out: has less to say until it only follows the queue.
    pub fn is_plainer(&self, other: &Self) -> bool {
        let said =
            |schedule: &Self| schedule.choices.iter().rposition(|&choice| choice != 0).map_or(0, |last| last + 1);
        said(self).cmp(&said(other)).then_with(|| self.choices.cmp(&other.choices)).is_lt()
    }

    /// Whether it is easier to follow than another: has fewer steps, then fewer changes of task. What is left decides so
    /// that there is one shortest, whoever finds it.
    pub fn is_shorter(&self, other: &Self) -> bool {
        let length = (self.len(), self.switches).cmp(&(other.len(), other.switches));
        length.then_with(|| self.choices.cmp(&other.choices)).is_lt()
    }
}
