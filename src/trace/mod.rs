//! What happened: the recording that the event loop writes, and the views that show it.
//!
//! There is one recording and many views. The loop pushes plain 24-byte events and knows nothing of who
//! reads them; a view ([`render`]) reads a finished recording and knows nothing of the loop. So recording can
//! be always on, and a new view touches neither.

pub mod event;
mod events;
mod numbers;
pub mod recording;
pub mod render;
mod tasks;
mod texts;

#[cfg(test)]
mod testing;

pub use event::{Event, Kind, NO_TASK, SiteId, TextId, WaitClass};
pub(crate) use numbers::NumberMap;
pub use recording::{Recording, Site, Source};
pub use tasks::TaskInfo;
pub use texts::without_ports;
