//! Who runs when: first in, first out, and nobody without an await.

use crate::support::Script;

#[test]
fn a_spawned_task_runs_when_the_spawner_next_waits() {
    Script::new(
        r#"
        let t = spawn(async { print("task"); 7 });
        print("spawned " + t.state);
        print(await t);
        print(t.state);
        "#,
    )
    .prints("spawned ready\ntask\n7\ndone")
    .exits(0)
    .says_nothing();
}

#[test]
fn ready_tasks_take_turns_in_order() {
    Script::new(
        r#"
        async fn worker(name) { for i in 0..3 { print(`${name}${i}`); await sleep(0) } }
        await gather(["a", "b", "c"].map(|n| worker(n)));
        "#,
    )
    .prints("a0\nb0\nc0\na1\nb1\nc1\na2\nb2\nc2");
}

#[test]
fn sleep_0_yields_one_turn() {
    Script::new(
        r#"
        spawn(async { print("one"); await sleep(0); print("three") });
        await sleep(0);
        print("two");
        await sleep(0);
        print("four");
        "#,
    )
    .prints("one\ntwo\nthree\nfour");
}

#[test]
fn awaiting_what_is_done_does_not_yield() {
    Script::new(
        r#"
        let done = spawn(async { 1 });
        await done;
        spawn(async { print("other") });
        for i in 0..3 { await done }
        await async { 2 };
        let q = queue(); q.try_put(1); await q.get();
        let l = lock(); await l.acquire(); l.release();
        let e = event(); e.set(); await e.wait();
        await gather([]);
        await gather_settled([]);
        print("main");
        await sleep(0);
        "#,
    )
    .prints("main\nother");
}

#[test]
fn timers_due_together_fire_in_the_order_of_starting() {
    Script::new(
        r#"
        async fn nap(n, s) { await sleep(s); print(n) }
        await gather(nap("a", 0.2), nap("b", 0.1), nap("c", 0.2), nap("d", 0.1), nap("e", 0.2));
        print(now());
        "#,
    )
    .prints("b\nd\na\nc\ne\n0.2");
}

#[test]
fn a_sleep_starts_when_it_is_awaited() {
    Script::new(
        r#"
        let nap = sleep(1);
        await sleep(2);
        await nap;
        print(now());
        "#,
    )
    .prints("3.0");
}

#[test]
fn durations() {
    Script::new(
        r#"
        await sleep(-5);
        await sleep(-0.5);
        print(now());
        for bad in [0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0, "1", ()] {
            try { await sleep(bad); print("slept") } catch (e) { print(e.error) }
        }
        try { await timeout("x", sleep(1)) } catch (e) { print(e.error) }
        "#,
    )
    .prints("0.0\nvalue\nvalue\nvalue\nvalue\nvalue\nvalue");
}

#[test]
fn who_waits_longer_is_served_first_after_a_blocking_sleep() {
    Script::new(
        r#"
        spawn(async { await sleep(0.2); print("second") });
        spawn(async { await sleep(0.1); print("first") });
        await sleep(0);
        blocking_sleep(0.5);
        await sleep(0.3);
        "#,
    )
    .prints("first\nsecond");
}

#[test]
fn a_task_knows_itself() {
    Script::new(
        r#"
        print(current_task().id);
        print(current_task().name);
        async fn who() { current_task() }
        let t = spawn(who(), "me");
        assert_same(await t, t);
        fn assert_same(a, b) { print(a == b) }
        print((await who()) == current_task());
        let nap = spawn(sleep(1));
        print(tasks().map(|t| t.name));
        await nap;
        "#,
    )
    .prints("0\nmain\ntrue\ntrue\n[\"main\", \"sleep\"]");
}

#[test]
fn ten_runs_are_equal() {
    let script = Script::new(
        r#"
        let q = queue(2);
        let out = [];
        async fn producer(q, id) { for i in 0..4 { await q.put(`${id}.${i}`); await sleep(0.01 * id) } }
        async fn consumer(q, id) { loop { let x = await q.get(); print(`${id} got ${x} at ${now()}`); await sleep(0.015) } }
        let workers = [spawn(consumer(q, 1)), spawn(consumer(q, 2))];
        await gather(producer(q, 1), producer(q, 2), producer(q, 3));
        await sleep(1);
        for w in workers { w.cancel() }
        await gather_settled(workers);
        "#,
    );
    let first = script.run().exits(0);
    for _ in 0..9 {
        assert_eq!(script.run(), first);
    }
}

#[test]
fn intervals_tick_and_skip_what_was_missed() {
    Script::new(
        r#"
        let ticks = interval(1);
        print(`${await ticks.next()} at ${now()}`);
        print(`${await ticks.next()} at ${now()}`);
        await sleep(2.5);
        print(`${await ticks.next()} at ${now()}`);
        print(`${await ticks.next()} at ${now()}`);
        try { interval(0) } catch (e) { print(e.error) }
        "#,
    )
    .prints("1 at 1.0\n2 at 2.0\n5 at 5.0\n6 at 6.0\nvalue");
}

#[test]
fn a_hundred_thousand_tasks() {
    Script::new(
        r#"
        async fn one(i) { await sleep(0); i }
        let list = [];
        for i in 0..100000 { list.push(spawn(one(i))) }
        let sum = 0;
        for t in list { sum += await t }
        print(sum);
        "#,
    )
    .prints("4999950000");
}
