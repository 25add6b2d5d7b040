//! The events of a recording, in little memory.
//!
//! The newest lie as they came, since one of them may still be amended; older ones lie in chunks, packed: the time as
//! the difference to that of the event before, whatever is usually absent not at all, and every number in as many bytes
//! as it needs. An event of 24 bytes so takes about six, and what is written least costs least: fresh memory
//! is what recording spends most time on.

use std::collections::VecDeque;

use super::event::{Event, Kind, NO_TASK, SiteId, WaitClass};

/// Events in a chunk.
const CHUNK: usize = 1024;
/// So many of the newest events can be amended.
const RECENT: usize = 64;
/// Of the first byte of a packed event: the kind, and what follows it.
const KIND: u8 = 0x0f;
const HAS_SITE: u8 = 0x10;
const HAS_DETAIL: u8 = 0x20;
/// A byte for class and whether it threw.
const HAS_CLASS: u8 = 0x40;
/// Its time lies before that of the event before it.
const IS_EARLIER: u8 = 0x80;

/// The events that are kept, oldest first.
#[derive(Clone, Default)]
pub(super) struct Events {
    chunks: VecDeque<Chunk>,
    /// Bytes of all chunks.
    packed: usize,
    /// Where a chunk is packed, before its length is known.
    scratch: Vec<u8>,
    /// Those after the chunks; never over its capacity.
    newest: Vec<Event>,
}

impl Events {
    /// Whether [`make_room`](Events::make_room) must come before the next event.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.newest.len() == self.newest.capacity()
    }

    #[inline]
    pub(super) fn push(&mut self, event: Event) {
        self.newest.push(event);
    }

    /// Packs the oldest of the newest.
    pub(super) fn make_room(&mut self) {
        if self.newest.len() < CHUNK + RECENT {
            self.newest.reserve_exact(CHUNK + RECENT - self.newest.len());
            return;
        }
        let chunk = Chunk::pack(&self.newest[..CHUNK], &mut self.scratch);
        self.packed += chunk.size();
        self.chunks.push_back(chunk);
        self.newest.drain(..CHUNK);
    }

    /// Takes away the oldest chunk, but never the newest.
    pub(super) fn drop_oldest(&mut self) -> Option<Chunk> {
        if self.chunks.len() < 2 {
            return None;
        }
        let oldest = self.chunks.pop_front()?;
        self.packed -= oldest.size();
        Some(oldest)
    }

    /// Bytes of the chunks.
    pub(super) fn size(&self) -> usize {
        self.packed
    }

    pub(super) fn len(&self) -> usize {
        self.chunks.len() * CHUNK + self.newest.len()
    }

    /// The newest event that can be amended and for which this is true.
    pub(super) fn find_recent(&mut self, is_it: impl Fn(&Event) -> bool) -> Option<&mut Event> {
        self.newest.iter_mut().rev().take(RECENT).find(|event| is_it(event))
    }

    /// From the n-th of those that are kept.
    pub(super) fn from(&self, n: usize) -> impl Iterator<Item = Event> {
        let chunks = (n / CHUNK).min(self.chunks.len());
        let packed = self.chunks.iter().skip(chunks).flat_map(Chunk::events);
        packed.chain(self.newest.iter().copied()).skip(n - chunks * CHUNK)
    }
}

/// As many events as a chunk has, packed.
#[derive(Clone)]
pub(super) struct Chunk(Box<[u8]>);

impl Chunk {
    fn pack(events: &[Event], scratch: &mut Vec<u8>) -> Chunk {
        scratch.clear();
        let mut time = 0;
        for event in events {
            pack(event, time, scratch);
            time = event.time;
        }
        Chunk(scratch.as_slice().into())
    }

    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        let (mut rest, mut time) = (&*self.0, 0);
        std::iter::from_fn(move || {
            let event = unpack(&mut rest, time)?;
            time = event.time;
            Some(event)
        })
    }

    /// Bytes in memory.
    fn size(&self) -> usize {
        self.0.len() + size_of::<Chunk>()
    }
}

/// Appends an event to those before it, the last of which was at this time.
fn pack(event: &Event, before: u64, out: &mut Vec<u8>) {
    let class = event.class as u8 * 2 + u8::from(event.threw);
    let has = |present: bool, bit: u8| if present { bit } else { 0 };
    let head = event.kind as u8
        | has(event.site != SiteId::NONE, HAS_SITE)
        | has(event.detail != NO_TASK, HAS_DETAIL)
        | has(class != 0, HAS_CLASS)
        | has(event.time < before, IS_EARLIER);
    out.push(head);
    if head & HAS_CLASS != 0 {
        out.push(class);
    }
    pack_number(event.time.abs_diff(before), out);
    pack_number(event.task.into(), out);
    if head & HAS_SITE != 0 {
        pack_number(event.site.0.into(), out);
    }
    if head & HAS_DETAIL != 0 {
        pack_number(event.detail.into(), out);
    }
}

/// Takes the first event away from what [`pack`] has written; none at the end.
fn unpack(rest: &mut &[u8], before: u64) -> Option<Event> {
    let head = take(rest)?;
    let class = if head & HAS_CLASS != 0 { take(rest)? } else { 0 };
    let apart = unpack_number(rest)?;
    let time = if head & IS_EARLIER != 0 { before.wrapping_sub(apart) } else { before.wrapping_add(apart) };
    let mut event = Event::new(time, unpack_number(rest)? as u32, *Kind::ALL.get(usize::from(head & KIND))?);
    event.class = *WaitClass::ALL.get(usize::from(class / 2))?;
    event.threw = class % 2 == 1;
    if head & HAS_SITE != 0 {
        event.site = SiteId(unpack_number(rest)? as u32);
    }
    if head & HAS_DETAIL != 0 {
        event.detail = unpack_number(rest)? as u32;
    }
    Some(event)
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
#[inline]
fn pack_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[inline]
fn unpack_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    Some(number)
}

#[inline]
fn take(rest: &mut &[u8]) -> Option<u8> {
    let (first, others) = rest.split_first()?;
    *rest = others;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = Event> {
        let number = || prop_oneof![0..300u32, any::<u32>(), Just(u32::MAX)];
        let time = prop_oneof![0..1_000_000u64, any::<u64>()];
        let kinds = (0..Kind::ALL.len(), 0..WaitClass::ALL.len(), any::<bool>());
        (time, number(), number(), number(), kinds).prop_map(|(time, task, site, detail, (kind, class, threw))| {
            let (kind, class) = (Kind::ALL[kind], WaitClass::ALL[class]);
            Event { time, task, site: SiteId(site), detail, kind, class, threw }
        })
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(events in prop::collection::vec(any_event(), 1..100)) {
            let chunk = Chunk::pack(&events, &mut Vec::new());
            prop_assert_eq!(chunk.events().collect::<Vec<Event>>(), events);
        }
    }

    fn numbered(count: u64) -> Events {
        let mut events = Events::default();
        for time in 0..count {
            if events.is_full() {
                events.make_room();
            }
            events.push(Event::new(time, 1, Kind::Resumed));
        }
        events
    }

    #[test]
    fn events_are_found_by_number_in_chunks_and_after_them() {
        let events = numbered(5000);
        assert_eq!(events.len(), 5000);
        for n in [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 7, 4999, 5000, 6000] {
            let times = events.from(n).map(|event| event.time);
            assert!(times.eq(n as u64..5000), "from {n}");
        }
    }

    #[test]
    fn the_last_ones_can_be_amended_wherever_a_chunk_ends() {
        for count in [1, 64, 1024, 1088, 1089, 2112, 2113] {
            let mut events = numbered(count);
            let oldest = count.saturating_sub(RECENT as u64);
            let event = events.find_recent(|event| event.time == oldest).expect("a recent event");
            event.threw = true;
            let threw: Vec<u64> = events.from(0).filter(|event| event.threw).map(|event| event.time).collect();
            assert_eq!(threw, [oldest], "of {count}");
        }
    }

    #[test]
    fn an_event_of_a_busy_loop_takes_few_bytes() {
        let events = numbered(100_000);
        assert!(events.size() < 400_000, "{}", events.size());
    }
}
