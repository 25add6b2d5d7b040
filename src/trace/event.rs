//! One event of a run, small enough to be always recorded.
//!
//! A task is `Created`, `Started` (its first turn begins), then `Suspended`, `Woken` and `Resumed` in turn,
//! and ends `Finished`, `Failed` or `Cancelled`. Between `Woken` and `Resumed`, as between `Created` and
//! `Started`, it is ready, but the one thread is busy. A task cancelled before its first turn has no `Started`.

/// What happened.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The task exists and is ready for its first turn.
    Created,
    /// Its first turn begins.
    Started,
    /// A later turn begins; the time is that at which it really runs.
    Resumed,
    /// It waits, for what `detail` and `class` say.
    Suspended,
    /// What it waited for has come; the time is that at which it became ready. For a timer that is when it was
    /// due, even if the loop was blocked then and sees it only later; so this time, and only this, may lie before
    /// that of the event before it.
    Woken,
    /// It ended with a value.
    Finished,
    /// It ended with an error.
    Failed,
    /// It was cancelled and has ended.
    Cancelled,
    /// It wrote a line of output.
    Printed,
    /// It kept the thread for so long that the loop complains; told at the end of that turn.
    Blocked,
}

impl Kind {
    /// All kinds, in the order of the enum.
    pub const ALL: [Kind; 10] = [
        Kind::Created,
        Kind::Started,
        Kind::Resumed,
        Kind::Suspended,
        Kind::Woken,
        Kind::Finished,
        Kind::Failed,
        Kind::Cancelled,
        Kind::Printed,
        Kind::Blocked,
    ];

    /// The word for it in logs and saved traces.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Created => "created",
            Kind::Started => "started",
            Kind::Resumed => "resumed",
            Kind::Suspended => "suspended",
            Kind::Woken => "woken",
            Kind::Finished => "finished",
            Kind::Failed => "failed",
            Kind::Cancelled => "cancelled",
            Kind::Printed => "printed",
            Kind::Blocked => "blocked",
        }
    }

    /// Whether the task is over after it.
    #[inline]
    pub fn is_end(self) -> bool {
        matches!(self, Kind::Finished | Kind::Failed | Kind::Cancelled)
    }
}

/// What sort of thing a suspended task waits for; decides what counts as waiting time.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitClass {
    /// Not a wait.
    None,
    /// `sleep(0)`: one turn of the loop.
    Yield,
    /// A clock.
    Timer,
    /// The world outside: sockets, files, processes.
    Io,
    /// Another task: a task, `gather` and its kin.
    Task,
    /// Other tasks' cooperation: a lock, a queue, an event.
    Sync,
}

impl WaitClass {
    /// All classes, in the order of the enum.
    pub const ALL: [WaitClass; 6] =
        [WaitClass::None, WaitClass::Yield, WaitClass::Timer, WaitClass::Io, WaitClass::Task, WaitClass::Sync];

    /// The word for it in saved traces.
    pub fn name(self) -> &'static str {
        match self {
            WaitClass::None => "none",
            WaitClass::Yield => "yield",
            WaitClass::Timer => "timer",
            WaitClass::Io => "io",
            WaitClass::Task => "task",
            WaitClass::Sync => "sync",
        }
    }

    /// Whether a task that were alone would have to wait for it just as long.
    pub fn is_own_time(self) -> bool {
        matches!(self, WaitClass::Timer | WaitClass::Io)
    }
}

/// Names a text of a recording, see [`Recording::text`](super::Recording::text).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TextId(pub u32);

impl TextId {
    /// No text.
    pub const NONE: TextId = TextId(u32::MAX);
}

/// Names a place in the source, see [`Recording::site`](super::Recording::site).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SiteId(pub u32);

impl SiteId {
    /// No known place.
    pub const NONE: SiteId = SiteId(u32::MAX);
}

/// In place of a task's number: the loop itself. Also what `detail` holds when it means nothing.
pub const NO_TASK: u32 = u32::MAX;

/// One event: 24 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// Nanoseconds on the loop's clock since the recording began.
    pub time: u64,
    /// The task's number; 0 is main.
    pub task: u32,
    /// Suspended: the await. Blocked: the statement. Created: where it was spawned. Started: where its code begins.
    /// Failed: where the error was thrown.
    pub site: SiteId,
    /// Created: the spawning task's number. Suspended: `TextId` of what is waited for. Printed: `TextId` of the
    /// text. Failed: `TextId` of the message. Resumed and Finished: `TextId` of the value that the await brought
    /// and of that of the task, `NONE` for `()`. Woken: the number of the task that woke it, [`NO_TASK`] for the
    /// loop itself (timer, I/O). Blocked: milliseconds. Else [`NO_TASK`].
    pub detail: u32,
    /// What happened.
    pub kind: Kind,
    /// Of `Suspended`; `None` otherwise.
    pub class: WaitClass,
    /// Of `Resumed`: the await threw, and `detail` is the error's message.
    pub threw: bool,
}

impl Event {
    /// An event without site, detail or class.
    #[inline]
    pub fn new(time: u64, task: u32, kind: Kind) -> Event {
        Event { time, task, site: SiteId::NONE, detail: NO_TASK, kind, class: WaitClass::None, threw: false }
    }

    /// What is waited for, the text printed, the error's message or the value; `NONE` for the other kinds.
    #[inline]
    pub fn text(&self) -> TextId {
        match self.kind {
            Kind::Suspended | Kind::Printed | Kind::Failed | Kind::Resumed | Kind::Finished => TextId(self.detail),
            _ => TextId::NONE,
        }
    }

    /// The task that caused it (it spawned or woke this one), or `None`.
    #[inline]
    pub fn cause(&self) -> Option<u32> {
        let by_task = matches!(self.kind, Kind::Created | Kind::Woken) && self.detail != NO_TASK;
        by_task.then_some(self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_24_bytes() {
        assert_eq!(std::mem::size_of::<Event>(), 24);
    }

    #[test]
    fn the_lists_of_all_follow_the_enums() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
        for (index, class) in WaitClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
        }
    }
}
