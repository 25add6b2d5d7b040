#![no_main]

#[allow(dead_code)]
#[path = "../targets.rs"]
mod targets;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;

thread_local! {
    static SOURCE: RefCell<targets::Source> = RefCell::new(targets::Source::new());
}

fuzz_target!(|data: &[u8]| SOURCE.with_borrow_mut(|source| source.try_text(data)));
