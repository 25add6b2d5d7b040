//! Tasks (SPEC 3 and 4), in the spirit of the tests that CPython has for asyncio.

mod asyncio;
mod audit;
mod blocked;
mod bounds;
mod cancel;
mod combine;
mod defer;
mod endings;
mod groups;
mod members;
mod messages;
mod nested;
mod no_time;
mod order;
mod own;
mod panics;
mod primitives;
mod seen;
mod sync;
mod threads;
