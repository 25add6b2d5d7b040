//! Handles that hold one another in long chains: they are let go without using up the stack.

use std::thread;

use loopscope::session::End;

use crate::support::Inside;

/// Runs a text on a stack that would not do for the links of a chain. What it says is not looked at: futures that are
/// never awaited.
fn runs_on_a_small_stack(text: &'static str) {
    let work = move || {
        let mut inside = Inside::new();
        let (end, _) = inside.run(text);
        assert!(matches!(end, End::Value(_)), "{:?}", inside.collector.said());
    };
    let thread = thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn futures_of_futures() {
    runs_on_a_small_stack("let f = sleep(0); for i in 0..20000 { f = shield(f) } f = ();");
    runs_on_a_small_stack("let f = sleep(0); for i in 0..20000 { f = gather([f, sleep(0)]) } f = ();");
    runs_on_a_small_stack("let l = lock(); let f = 0; for i in 0..20000 { let g = f; f = l.with(async || g) } f = ();");
}

#[test]
fn tasks_that_ended_with_tasks() {
    runs_on_a_small_stack(
        "let t = spawn(async { 0 }); for i in 0..5000 { let u = t; t = spawn(async { u }); await sleep(0) } t = ();",
    );
    runs_on_a_small_stack(
        "let t = 0; for i in 0..5000 { let u = t; t = spawn(async { throw u }); try { await t } catch { } } t = ();",
    );
}

#[test]
fn queues_in_queues() {
    runs_on_a_small_stack(
        r"
        for make in [|| queue(), || lifo_queue(), || queue(1)] {
            let q = queue();
            for i in 0..10000 { let p = make.call(); p.try_put(q); q = p }
        }
        let q = queue();
        for i in 0..10000 { let p = priority_queue(); p.try_put([1, #{ q: q }]); q = p }
        ",
    );
    runs_on_a_small_stack("let f = 0; for i in 0..10000 { f = queue(1).put(f) } f = ();");
}

#[test]
fn closures_in_queues() {
    runs_on_a_small_stack("let q = queue(); for i in 0..10000 { let p = queue(); let c = q; p.try_put(|| c); q = p }");
}

#[test]
fn values_that_are_handed_on_in_one_another() {
    runs_on_a_small_stack("let o = 0; for i in 0..20000 { let p = oneshot(); p.send(o); o = p } o = ();");
    runs_on_a_small_stack("let o = 0; for i in 0..20000 { o = watch(o) } o = ();");
    runs_on_a_small_stack(
        "let o = 0; for i in 0..10000 { let b = broadcast(1); let s = b.subscribe(); b.send(o); o = s } o = ();",
    );
}

#[test]
fn different_handles_in_one_another() {
    runs_on_a_small_stack(
        r"
        let o = 0;
        for i in 0..5000 {
            let p = oneshot();
            p.send([o]);
            let q = queue();
            q.try_put(watch(p));
            o = shield(q);
        }
        ",
    );
}
