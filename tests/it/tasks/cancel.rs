//! Cancellation, as in asyncio.

use crate::support::Script;

#[test]
fn before_the_first_run_it_never_runs() {
    Script::new(
        r#"
        let t = spawn(async { print("never") });
        print(t.cancel());
        print(t.state);
        print(t.cancelled());
        print(t.cancel());
        await sleep(0.1);
        try { await t } catch (e) { print(e.error) }
        "#,
    )
    .prints("true\ncancelled\ntrue\nfalse\ncancelled")
    .exits(0)
    .says_nothing();
}

#[test]
fn it_arrives_where_the_task_waits() {
    Script::new(
        r#"
        let t = spawn(async { try { print("in"); await sleep(10); print("no") } catch (e) { print("caught") } print("nor this") });
        await sleep(0.5);
        print(t.cancel());
        print(t.done());
        await sleep(0);
        print(t.state);
        print(now());
        "#,
    )
    .prints("in\ntrue\nfalse\ncancelled\n0.5")
    .says_nothing();
}

#[test]
fn a_task_that_cancels_itself_goes_on_to_its_next_wait() {
    Script::new(
        r#"
        let t = spawn(async {
            current_task().cancel();
            print("still here");
            await async { 1 };
            print("and here");
            await sleep(0);
            print("not here");
        });
        await sleep(1);
        print(t.state);
        "#,
    )
    .prints("still here\nand here\ncancelled");
}

#[test]
fn a_task_that_cancels_itself_and_ends_without_waiting_again_is_cancelled() {
    Script::new(
        r#"
        let t = spawn(async { defer(|| print("defer")); current_task().cancel(); 5 });
        try { print(await t) } catch (e) { print(e.error) }
        print(t.cancelled());
        // what it throws takes the place of the cancellation
        let u = spawn(async { current_task().cancel(); throw "oh" });
        try { await u } catch (e) { print(e) }
        print(u.state);
        "#,
    )
    .prints("defer\ncancelled\ntrue\noh\nfailed")
    .exits(0)
    .says_nothing();
}

#[test]
fn what_fails_on_its_way_out_takes_the_place_of_the_cancellation() {
    Script::new(
        r#"
        async fn bad(n) { defer(|| { throw n }); await sleep(9) }
        let waits = [
            |b| async { await b },
            |b| gather(sleep(9), b),
            |b| race([sleep(9), b]),
            |b| timeout(5, b),
            |b| task_group(async |g| { g.spawn(sleep(9)); g.spawn(async { await b }); }),
            // these make values of errors, or pass them over
            |b| gather_settled([sleep(9), b]),
            |b| any([sleep(9), b]),
        ];
        for wait in waits {
            let t = spawn(wait.call(spawn(bad("oh"))));
            await sleep(0.1);
            t.cancel();
            try { await t } catch (e) { print(`${t.state} ${if type_of(e) == "map" { e.error } else { e }}`) }
        }
        "#,
    )
    .prints("failed oh\nfailed oh\nfailed oh\nfailed oh\nfailed group\ncancelled cancelled\ncancelled cancelled")
    .exits(0)
    .says_nothing();
}

#[test]
fn what_has_completed_is_cancelled_all_the_same_if_the_task_has_not_resumed() {
    Script::new(
        r#"
        let e = event();
        let t = spawn(async { await e.wait(); print("no") });
        await sleep(0.1);
        e.set();
        t.cancel();
        await sleep(0.1);
        print(t.state);
        "#,
    )
    .prints("cancelled");
}

#[test]
fn it_passes_on_to_the_task_that_is_awaited() {
    Script::new(
        r#"
        let inner = spawn(async { defer(|| print("inner ends")); await sleep(10) }, "inner");
        let outer = spawn(async { defer(|| print("outer ends")); await inner }, "outer");
        await sleep(0.1);
        outer.cancel();
        try { await outer } catch (e) { print(e.error) }
        print(inner.state + " " + outer.state);
        "#,
    )
    .prints("inner ends\nouter ends\ncancelled\ncancelled cancelled");
}

#[test]
fn a_coroutine_in_line_is_left_too() {
    Script::new(
        r#"
        async fn deep(n) { defer(|| print(n)); if n > 0 { await deep(n - 1) } else { await sleep(9) } }
        let t = spawn(deep(3));
        await sleep(0.1);
        t.cancel();
        await gather_settled([t]);
        "#,
    )
    .prints("0\n1\n2\n3");
}

#[test]
fn shield_keeps_it_off() {
    Script::new(
        r#"
        let inner = spawn(async { await sleep(1); print("saved"); "v" });
        let outer = spawn(async { await shield(inner) });
        await sleep(0.1);
        outer.cancel();
        await sleep(0);
        print(outer.state);
        print(inner.state);
        print(await inner);
        "#,
    )
    .prints("cancelled\nwaiting\nsaved\nv");
}

#[test]
fn shield_makes_a_task_of_a_coroutine() {
    Script::new(
        r#"
        async fn save() { await sleep(1); print("saved") }
        try { await timeout(0.5, shield(save())) } catch (e) { print(`${e.error} at ${now()}`) }
        await sleep(1);
        "#,
    )
    .prints("timeout at 0.5\nsaved");
}

#[test]
fn who_awaits_a_cancelled_task_can_catch_it_or_end_as_cancelled() {
    Script::new(
        r#"
        let t = spawn(sleep(10), "nap");
        let catcher = spawn(async { try { await t } catch (e) { print(e) } "caught" });
        let other = spawn(async { await t; print("no") });
        await sleep(0.1);
        t.cancel();
        print(await catcher);
        print(other.state);
        "#,
    )
    .prints("#{\"error\": \"cancelled\", \"message\": \"task 1 \\\"nap\\\" was cancelled\"}\ncaught\ncancelled")
    .exits(0)
    .says_nothing();
}

#[test]
fn a_grant_to_a_cancelled_waiter_passes_on_in_order() {
    Script::new(
        r#"
        let l = lock();
        let use_it = async |n| { await l.acquire(); print(n); await sleep(0); l.release() };
        await l.acquire();
        let a = spawn(use_it.call("a")); let b = spawn(use_it.call("b")); let c = spawn(use_it.call("c"));
        await sleep(0.1);
        l.release();              // it is a's now, who has not resumed
        a.cancel();
        print(l.try_acquire());   // it is b's
        await gather_settled([a, b, c]);
        print(a.state);
        print(l.try_acquire());
        "#,
    )
    .prints("false\nb\nc\ncancelled\ntrue");
}

#[test]
fn an_item_for_a_cancelled_getter_passes_on_in_order() {
    Script::new(
        r#"
        let q = queue();
        let take = async |n| print(`${n} ${await q.get()}`);
        let a = spawn(take.call("a")); let b = spawn(take.call("b"));
        await sleep(0.1);
        q.try_put(1); q.try_put(2);   // 1 is for a, 2 for b
        a.cancel();
        await gather_settled([a, b]);
        print(q.try_get());
        "#,
    )
    .prints("b 1\n2");
}

#[test]
fn an_item_of_a_cancelled_putter_never_arrives() {
    Script::new(
        r#"
        let q = queue(1);
        await q.put(1);
        let p = spawn(q.put(2)); let r = spawn(q.put(3));
        await sleep(0.1);
        p.cancel();
        print(await q.get());
        print(await q.get());
        print(q.empty());
        await r;
        "#,
    )
    .prints("1\n3\ntrue");
}

#[test]
fn a_cancelled_putter_that_was_granted_room_leaves_nothing() {
    Script::new(
        r#"
        let q = queue(1);
        await q.put(1);
        let p = spawn(async { await q.put(2); print("no") });
        let r = spawn(q.put(3));
        await sleep(0.1);
        print(q.try_get());      // the room is p's, who has not resumed
        print(q.try_put(4));
        p.cancel();
        await gather_settled([p]);
        print(p.state);
        await r;
        print(`${q.len()} ${q.try_get()} ${q.try_put(5)}`);
        "#,
    )
    .prints("1\nfalse\ncancelled\n1 3 true")
    .says_nothing();
}

#[test]
fn with_gives_the_lock_back() {
    Script::new(
        r#"
        let l = lock();
        let t = spawn(l.with(async || await sleep(10)));
        let u = spawn(l.with(async || { print("mine"); 5 }));
        await sleep(0.1);
        t.cancel();
        print(await u);
        print(l.try_acquire());
        "#,
    )
    .prints("mine\n5\ntrue");
}

#[test]
fn a_chain_of_tasks_that_await_each_other() {
    Script::new(
        r#"
        let last = spawn(sleep(100));
        for i in 0..10000 { let t = last; last = spawn(async { await t }) }
        await sleep(0.1);
        last.cancel();
        try { await last } catch (e) { print(e.error) }
        print(tasks().len());
        "#,
    )
    .prints("cancelled\n1");
}

#[test]
fn cancelling_a_done_task_does_nothing() {
    Script::new(
        r#"
        let t = spawn(async { 3 });
        await t;
        print(t.cancel());
        print(await t);
        "#,
    )
    .prints("false\n3");
}

#[test]
fn main_can_be_cancelled() {
    Script::new(
        r#"
        defer(|| print("bye"));
        let main = current_task();
        spawn(async { main.cancel() });
        await sleep(1);
        print("no");
        "#,
    )
    .prints("bye")
    .exits(1);
}

#[test]
fn what_a_script_throws_of_kind_cancelled_arrives_as_it_is() {
    Script::new(
        r#"
        let t = spawn(async { throw #{error: "cancelled", message: "mine", code: 7} });
        try { await t } catch (e) { print(`${e} ${t.state}`) }
        let bare = spawn(async { throw #{error: "cancelled"} });
        try { await bare } catch (e) { print(e) }
        // also in place of a cancellation
        let u = spawn(async { defer(|| { throw #{error: "cancelled", message: "mine"} }); await sleep(9) });
        await sleep(0);
        let v = spawn(async { await u });
        await sleep(0);
        v.cancel();
        try { await v } catch (e) { print(e.message) }
        // what says that a task was cancelled stays that, thrown again or not
        let nap = spawn(sleep(9), "nap");
        nap.cancel();
        let again = spawn(async { try { await nap } catch (e) { throw e } });
        try { await again } catch (e) { print(`${e.error} ${again.state}`) }
        "#,
    )
    .prints(
        r#"
        #{"code": 7, "error": "cancelled", "message": "mine"} failed
        #{"error": "cancelled"}
        mine
        cancelled cancelled
        "#,
    )
    .exits(0)
    .says_nothing();
}
