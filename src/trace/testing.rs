//! Recordings for tests, written as one reads them: a line is `TIME TASK KIND WHAT [@ SOURCE:LINE:COLUMN]`.
//!
//! TIME is in milliseconds. WHAT is the name and, after `by`, the spawning task for `created`; class and label
//! for `suspended`; text for `printed` and `failed`; the value for `resumed` and `finished`, or after `!` the error for
//! `resumed`; the waking task for `woken`; milliseconds for `blocked`.

use super::event::{Event, Kind, NO_TASK, SiteId, WaitClass};
use super::recording::Recording;

/// Two requests and a sleep at once, from the prompt.
pub(crate) const GATHER: &str = "
    0 0 started
    0 1 created fetch @ demo.rhai:2:14
    0 2 created fetch @ demo.rhai:2:43
    0 3 created sleep @ demo.rhai:2:72
    0 0 suspended task gather @ demo.rhai:2:1
    0 1 started
    0 1 suspended io GET /delay/300 @ demo.rhai:2:14
    0 2 started
    0 2 suspended io GET /delay/200 @ demo.rhai:2:43
    0 3 started
    0 3 suspended timer sleep(0.1) @ demo.rhai:2:72
    100 3 woken
    100 3 resumed
    100 3 finished
    200 2 woken
    200 2 resumed
    200 2 finished
    300 1 woken
    300 1 resumed
    300 1 finished
    300 0 woken 1
    300 0 resumed
    300 0 finished";

/// A ticker that cannot tick while another task computes.
pub(crate) const BLOCKED: &str = "
    0 0 started
    0 1 created tick
    0 2 created crunch
    0 0 suspended task gather
    0 1 started
    0 1 suspended timer sleep(0.04)
    0 2 started
    0 2 suspended timer sleep(0.1)
    40 1 woken
    40 1 resumed
    40 1 suspended timer sleep(0.04)
    80 1 woken
    80 1 resumed
    80 1 suspended timer sleep(0.04)
    100 2 woken
    100 2 resumed
    300 2 blocked 200 @ clock.rhai:7:5
    300 2 finished
    120 1 woken
    300 1 resumed
    300 1 suspended timer sleep(0.04)
    340 1 woken
    340 1 resumed
    340 1 suspended timer sleep(0.04)
    380 1 woken
    380 1 resumed
    380 1 finished
    380 0 woken 1
    380 0 resumed
    380 0 finished";

/// The recording of such a text.
pub(crate) fn recording(script: &str) -> Recording {
    let mut recording = Recording::default();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        push_line(&mut recording, line);
    }
    recording
}

fn push_line(recording: &mut Recording, line: &str) {
    let (line, site) = match line.rsplit_once(" @ ") {
        Some((line, site)) => (line, parse_site(recording, site)),
        None => (line, SiteId::NONE),
    };
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (time, task, kind, what) = (next(), next(), next(), next());
    let milliseconds: f64 = time.parse().expect(line);
    let kind = Kind::ALL.into_iter().find(|k| k.name() == kind).expect(line);
    let mut event = Event::new((milliseconds * 1e6) as u64, task.parse().expect(line), kind);
    event.site = site;
    event.detail = match kind {
        Kind::Created => {
            let (name, parent) = what.split_once(" by ").unwrap_or((what, "0"));
            let parent = parent.parse().expect(line);
            recording.name_task(event.task, name, parent, site);
            parent
        }
        Kind::Suspended => {
            let (class, label) = what.split_once(' ').unwrap_or((what, ""));
            event.class = parse_class(class);
            recording.text(label).0
        }
        Kind::Printed | Kind::Failed => recording.text(what).0,
        Kind::Resumed | Kind::Finished if !what.is_empty() => {
            let error = what.strip_prefix('!');
            event.threw = error.is_some();
            recording.text(error.unwrap_or(what)).0
        }
        Kind::Woken => what.parse().unwrap_or(NO_TASK),
        Kind::Blocked => what.parse().expect(line),
        _ => NO_TASK,
    };
    recording.push(event);
}

fn parse_class(word: &str) -> WaitClass {
    WaitClass::ALL.into_iter().find(|class| class.name() == word).expect(word)
}

fn parse_site(recording: &mut Recording, site: &str) -> SiteId {
    let mut parts = site.rsplitn(3, ':');
    let mut next = || parts.next().expect(site);
    let column = next().parse().expect(site);
    let line = next().parse().expect(site);
    recording.site(next(), line, column)
}
