//! Locks, queues, events: first in, first out, and nobody overtakes.

use crate::support::Script;

#[test]
fn a_lock_serves_in_order_and_nobody_overtakes() {
    Script::new(
        r#"
        let l = lock();
        let use_it = async |n| { await l.acquire(); print(n); l.release() };
        await l.acquire();
        let all = [1, 2, 3].map(|n| spawn(use_it.call(n)));
        await sleep(0);
        l.release();
        print(l.try_acquire());
        all.push(spawn(use_it.call(4)));
        await l.acquire();
        print("main");
        l.release();
        await gather(all);
        "#,
    )
    .prints("false\n1\n2\n3\nmain\n4")
    .says_nothing();
}

#[test]
fn releasing_too_often() {
    Script::new(
        r#"
        let l = lock();
        try { l.release() } catch (e) { print(e.error) }
        print(l.try_acquire());
        print(l.try_acquire());
        l.release();
        try { l.release() } catch (e) { print(e.error) }
        "#,
    )
    .prints("value\ntrue\nfalse\nvalue");
}

#[test]
fn with_runs_under_the_lock_and_gives_the_value() {
    Script::new(
        r#"
        let l = lock();
        let n = 0;
        let add = async || await l.with(async || { let old = n; await sleep(0.1); n = old + 1; n });
        print(await gather(add.call(), add.call(), add.call()));
        try { await l.with(async || { throw "oh" }) } catch (e) { print(e) }
        print(await l.with(|| 5));
        print(l.try_acquire());
        "#,
    )
    .prints("[1, 2, 3]\noh\n5\ntrue");
}

#[test]
fn a_queue_is_first_in_first_out() {
    Script::new(
        r#"
        let q = queue(2);
        spawn(async { for i in 0..5 { await q.put(i); print(`put ${i}`) } q.close() });
        await sleep(1);
        loop {
            let x = await q.next();
            if x == () { break }
            print(`got ${x}`);
        }
        "#,
    )
    .prints("put 0\nput 1\ngot 0\ngot 1\nput 2\nput 3\ngot 2\ngot 3\nput 4\ngot 4")
    .says_nothing();
}

#[test]
fn getters_and_putters_are_served_in_order() {
    Script::new(
        r#"
        let q = queue();
        let all = [1, 2, 3].map(|n| spawn(async { print(`${n}: ${await q.get()}`) }));
        await sleep(0);
        for x in ["a", "b", "c"] { q.try_put(x) }
        print(q.len());
        await gather(all);
        let r = queue(1);
        r.try_put(0);
        let all = [1, 2, 3].map(|n| spawn(r.put(n)));
        await sleep(0);
        print(r.try_put(9));
        for i in 0..4 { print(await r.get()) }
        await gather(all);
        "#,
    )
    .prints("0\n1: a\n2: b\n3: c\nfalse\n0\n1\n2\n3")
    .says_nothing();
}

#[test]
fn a_newcomer_does_not_overtake_a_getter_that_was_granted() {
    Script::new(
        r#"
        let q = queue();
        let t = spawn(async { print(`first ${await q.get()}`) });
        await sleep(0);
        q.try_put(1);
        print(q.try_get());
        spawn(async { await sleep(0); q.try_put(2) });
        print(`second ${await q.get()}`);
        await t;
        "#,
    )
    .prints("\nfirst 1\nsecond 2");
}

#[test]
fn an_item_needs_its_room_until_a_task_has_it() {
    Script::new(
        r#"
        let q = queue(1);
        let g = spawn(q.get());
        await sleep(0);
        print(q.try_put("a"));                  // it is g's, who has not resumed
        print(`${q.full()} ${q.len()} ${q.empty()} ${q.try_put("b")}`);
        print(await g);
        print(`${q.full()} ${q.try_put("b")}`);
        "#,
    )
    .prints("true\ntrue 0 true false\na\nfalse true")
    .says_nothing();
}

#[test]
fn a_newcomer_does_not_overtake_a_putter_that_was_granted() {
    Script::new(
        r#"
        let q = queue(2);
        q.try_put(1); q.try_put(2);
        let p = spawn(q.put(3));
        await sleep(0);
        print(`${q.try_get()} ${q.try_get()}`);
        print(q.try_put(4));                    // there is room, but 3 comes first
        let late = spawn(q.put(5));
        await gather(p, late);
        print(`${q.try_get()} ${q.try_get()}`);
        // a queue that is closed meanwhile takes nothing
        q.try_put(6); q.try_put(7);
        let r = spawn(async { try { await q.put(8) } catch (e) { print(e.error) } });
        await sleep(0);
        q.try_get();
        q.close();
        await r;
        print(`${q.try_get()} ${q.len()}`);
        "#,
    )
    .prints("1 2\nfalse\n3 5\nclosed\n7 0")
    .says_nothing();
}

#[test]
fn closing() {
    Script::new(
        r#"
        let q = queue(1);
        q.try_put(1);
        let p = spawn(async { try { await q.put(2) } catch (e) { print(`put ${e.error}`) } });
        let empty = queue();
        let g = spawn(async { try { await empty.get() } catch (e) { print(`get ${e.error}`) } });
        let n = spawn(async { print(`next ${await empty.next()}`) });
        await sleep(0);
        q.close(); empty.close();
        await gather(p, g, n);
        print(await q.get());
        print(await q.next());
        for f in [|| q.try_put(5), || q.put(5)] {
            try { let x = f.call(); await x } catch (e) { print(e.error) }
        }
        try { await q.get() } catch (e) { print(e.error) }
        print(q.try_get());
        q.close();
        "#,
    )
    .prints("put closed\nget closed\nnext \n1\n\nclosed\nclosed\nclosed\n")
    .says_nothing();
}

#[test]
fn task_done_and_join() {
    Script::new(
        r#"
        let q = queue();
        try { q.task_done() } catch (e) { print(e.error) }
        await q.join();
        for i in 0..3 { await q.put(i) }
        let worker = spawn(async { loop { await q.get(); await sleep(1); q.task_done() } });
        await q.join();
        print(now());
        worker.cancel();
        try { q.task_done() } catch (e) { print(e.error) }
        await sleep(0);
        "#,
    )
    .prints("value\n3.0\nvalue")
    .says_nothing();
}

#[test]
fn capacities() {
    Script::new(
        r#"
        for n in [0, -1] { try { queue(n) } catch (e) { print(e.error) } }
        let q = queue(1);
        print(`${q.empty()} ${q.full()} ${q.len()}`);
        print(q.try_put(()));
        print(`${q.empty()} ${q.full()} ${q.len()}`);
        print(queue().full());
        "#,
    )
    .prints("value\nvalue\ntrue false 0\ntrue\nfalse true 1\nfalse");
}

#[test]
fn for_each_takes_one_after_another() {
    Script::new(
        r#"
        let q = queue();
        for i in 1..=3 { q.try_put(i) }
        q.close();
        await q.for_each(async |x| { await sleep(1); print(`${x} at ${now()}`) });
        let r = queue();
        r.try_put(1); r.try_put(2);
        try { await r.for_each(|x| { throw x }) } catch (e) { print(`threw ${e}`) }
        print(r.len());
        "#,
    )
    .prints("1 at 1.0\n2 at 2.0\n3 at 3.0\nthrew 1\n1");
}

#[test]
fn an_event_lets_all_go() {
    Script::new(
        r#"
        let e = event();
        let all = [1, 2, 3].map(|n| spawn(async { await e.wait(); print(n) }));
        await sleep(0.1);
        e.set();
        e.clear();
        print(e.is_set());
        await gather(all);
        let late = spawn(async { await e.wait(); print("late") });
        await sleep(0.1);
        print(late.state);
        e.set();
        await late;
        await e.wait();
        "#,
    )
    .prints("false\n1\n2\n3\nwaiting\nlate")
    .says_nothing();
}

#[test]
fn a_broadcast_hands_over_before_it_tells_what_was_missed() {
    Script::new(
        r#"
        let b = broadcast(1);
        let s = b.subscribe();
        let t = spawn(async { for i in 0..4 { try { print(await s.next()) } catch (e) { print(`missed ${e.missed}`) } } });
        await sleep(0);
        b.send(1); b.send(2); b.send(3); b.close();
        await t;
        "#,
    )
    .prints("1\nmissed 1\n3\n");
}

#[test]
fn the_item_of_a_cancelled_getter_is_for_the_next_also_when_the_queue_was_closed() {
    Script::new(
        r#"
        let q = queue();
        let a = spawn(async { await q.get() });
        let b = spawn(async { for await x in q { print(x) } print(q.len()) });
        await sleep(0);
        q.try_put(1);
        q.close();
        a.cancel();
        await b;
        "#,
    )
    .prints("1\n0");
}
