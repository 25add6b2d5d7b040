//! Semaphores, conditions, barriers, and the values that are handed on: what is said of them, and what they refuse.

use crate::support::Script;

#[test]
fn a_semaphore_lets_so_many_in() {
    Script::new(
        r#"
        let s = semaphore(2, "db");
        let most = 0; let here = 0;
        let visit = async |n| await s.with(async || {
            here += 1;
            if here > most { most = here }
            await sleep(1);
            here -= 1;
            n
        });
        print(await gather([1, 2, 3, 4, 5].map(|n| visit.call(n))));
        print(`${most} ${now()} ${s}`);
        try { await s.with(|| { throw "oh" }) } catch (e) { print(`${e} ${s}`) }
        "#,
    )
    .prints("[1, 2, 3, 4, 5]\n2 3.0 <semaphore \"db\", 2 of 2 free>\noh <semaphore \"db\", 2 of 2 free>")
    .says_nothing();
}

#[test]
fn a_semaphore_of_none_takes_signals() {
    Script::new(
        r#"
        let s = semaphore(0);
        s.release(); s.release();
        print(`${s} ${s.try_acquire()}`);
        await s.acquire();
        let t = spawn(s.acquire());
        await sleep(1);
        print(t.state);
        s.release();
        await t;
        await s.with(|| print("never"));
        "#,
    )
    .run()
    .prints("<semaphore, 2 free> true\nwaiting")
    .exits(3)
    .says("main at <stdin>:10 waits for semaphore\n");
}

#[test]
fn who_asked_holds_it_also_if_it_was_a_timeout_that_waited() {
    Script::new(
        r#"
        let l = lock("L");
        await timeout(1, l.acquire());
        print(l);
        await timeout(9, l.acquire());
        "#,
    )
    .run()
    .exits(1)
    .prints("<lock \"L\", held by main>")
    .says("timed out after 9 s");
}

#[test]
fn a_deadlock_names_all_who_hold_permits() {
    let script = r#"
        let s = semaphore(2, "pool");
        async fn twice(s) { await s.acquire(); await sleep(1); await s.acquire() }
        let all = [spawn(twice(s), "alice"), spawn(twice(s), "bob")];
        await gather(all);
    "#;
    Script::new(script)
        .run()
        .exits(3)
        .says("task 1 \"alice\" at <stdin>:2 waits for semaphore \"pool\", held by itself since <stdin>:2 and by task 2 \"bob\" since <stdin>:2")
        .says("= help: who holds a permit waits for one more");
}

#[test]
fn a_deadlock_says_how_many_have_come_and_whom_a_shield_waits_for() {
    Script::new("let b = barrier(3, \"start\"); await gather(b.wait(), b.wait());")
        .run()
        .exits(3)
        .says("main at <stdin>:1 waits for gather\n")
        .says("waits for barrier \"start\" of 3, and 2 of 3 have come\n");
    Script::new("let l = lock(); await l.acquire(); await shield(l.acquire());")
        .run()
        .exits(3)
        .says("main at <stdin>:1 waits for shield of task 1 \"lock\"\n");
}

#[test]
fn each_kind_is_given_its_advice() {
    let advises = |script: &str, names: &str, advice: &str| {
        Script::new(script).run().exits(3).says(names).says(&format!("= help: {advice}"));
    };
    advises("await barrier(2, \"start\").wait();", "waits for barrier \"start\" of 2", "fewer tasks than the barrier");
    advises("await oneshot(\"key\");", "waits for oneshot \"key\"", "nobody is left to `send()` the value");
    advises(
        "await broadcast(1, \"news\").subscribe().next();",
        "waits for broadcast \"news\"",
        "nobody is left to `send()`",
    );
    advises(
        "await watch(1, \"speed\").changed();",
        "waits for watch \"speed\"",
        "nobody is left to `send()` a new value",
    );
    advises("await semaphore(0).acquire();", "waits for semaphore", "each `acquire()` needs its `release()`");
    advises(
        "let l = lock(); let c = condition(l, \"filled\"); await l.with(async || await c.wait());",
        "waits for condition \"filled\"",
        "nobody is left to `notify()`",
    );
    advises(
        "await priority_queue(\"todo\").get();",
        "waits for priority_queue \"todo\" to have an item",
        "nobody is left to `put`",
    );
    advises(
        "let q = lifo_queue(1); q.try_put(1); await q.put(2);",
        "waits for lifo_queue to have room",
        "nobody is left to take an item out",
    );
    advises(
        "let q = queue(); for await x in q { }",
        "<stdin>:1 waits for queue to have an item",
        "nobody is left to `put`",
    );
}

#[test]
fn a_condition_that_comes_back_waits_for_its_lock() {
    Script::new(
        r#"
        let l = lock("L");
        let c = condition(l, "C");
        let t = spawn(async { await l.acquire(); await c.wait() }, "sleeper");
        await sleep(1);
        await l.acquire();
        print(t);
        c.notify();
        await sleep(1);
        print(t);
        await t;
        "#,
    )
    .run()
    .prints("<task 1 \"sleeper\" waiting on condition \"C\">\n<task 1 \"sleeper\" waiting on lock \"L\">")
    .exits(3)
    .says("waits for lock \"L\", held by main since <stdin>:5");
}

#[test]
fn a_queue_shows_what_is_on_its_way() {
    let script = "
        let q = queue(1, \"q\");
        let getter = spawn(async { await q.get() });
        await sleep(0);
        q.try_put(1);
        print(q);
        await getter;
        q.try_put(2);
        let putter = spawn(async { await q.put(3) });
        await sleep(0);
        q.try_get();
        print(q);
        await putter;
        print(q);
    ";
    Script::new(script).prints(
        "
        <queue \"q\", 0 of 1 items, 1 on its way out>
        <queue \"q\", 0 of 1 items, 1 on its way in>
        <queue \"q\", 1 of 1 items>
        ",
    );
}

#[test]
fn a_priority_queue_orders_and_says_what_it_cannot() {
    Script::new(
        r#"
        let q = priority_queue(3, "todo");
        for x in [[2, "b"], [1, "z"], [1, "a"]] { await q.put(x) }
        print(`${q} ${q.full()}`);
        let late = spawn(q.put([0, "now"]));
        await sleep(1);
        print(`${await q.get()} ${await q.get()}`);
        await late;
        print(`${await q.get()} ${await q.get()}`);
        for x in [2.5, 1, 2, -1e300] { q.try_put(x); if q.full() { print(q.try_get()) } }
        try { q.try_put("text") } catch (e) { print(`${e.error}: ${e.message}`) }
        try { await priority_queue().put(#{}) } catch (e) { print(`${e.error}: ${e.message}`) }
        for make in [|n| lifo_queue(n), |n| priority_queue(n), |n| broadcast(n)] {
            try { make.call(0) } catch (e) { print(e.message) }
        }
        "#,
    )
    .prints(
        r#"
        <priority_queue "todo", 3 of 3 items> true
        [1, "a"] [1, "z"]
        [0, "now"] [2, "b"]
        1
        -1e300
        value: this priority_queue "todo" can't take the item: priorities have to be of one type: the queue has an integer, and this is a string
        value: this priority_queue can't take the item: priorities are numbers or texts, and this is a map: put `[priority, item]`
        the capacity of a lifo_queue must be at least 1, and this is 0 (`lifo_queue()` has no bound)
        the capacity of a priority_queue must be at least 1, and this is 0 (`priority_queue()` has no bound)
        the capacity of a broadcast must be at least 1, and this is 0
        "#,
    );
}

#[test]
fn a_broadcast_reaches_all_who_listen() {
    Script::new(
        r#"
        let b = broadcast(2, "news");
        print(b.send("before"));
        let a = b.subscribe(); let c = b.subscribe();
        print(`${b.send(1)} ${b.send(2)} ${b}`);
        print(`${await a.next()} ${await a.next()}`);
        let both = [spawn(a.next()), spawn(a.next())];
        await sleep(1);
        print(`${b.send(3)} ${b.send(4)}`);
        print(await gather(both));
        try { await c.next() } catch (e) { print(`${e.error} ${e.missed}: ${e.message}`) }
        print(`${await c.next()} ${await c.next()} ${c}`);
        { let gone = b.subscribe(); }
        print(b.send(5));
        b.close();
        print(`${await a.next()} ${await a.next()} ${await b.subscribe().next()} ${b}`);
        try { b.send(6) } catch (e) { print(e.error) }
        "#,
    )
    .prints(
        r#"
        0
        2 2 <broadcast "news", 2 subscribers>
        1 2
        2 2
        [3, 4]
        limit 2: this subscriber was too slow, and has missed 2 items: give the broadcast more room
        3 4 <subscription, 0 items>
        2
        5   <broadcast "news", 2 subscribers, closed>
        closed
        "#,
    )
    .says_nothing();
}

#[test]
fn a_watch_tells_of_changes_and_loses_none_between_two_looks() {
    Script::new(
        r#"
        let w = watch("a", "mode");
        print(`${w.get()} ${w}`);
        let follower = spawn(async { let all = []; for await v in w { all.push(v); await sleep(2) } all });
        w.send("b");
        w.send("c");                      // the follower has not run yet: it sees the newest
        await sleep(1);
        w.send("d");                      // while it sleeps
        print(await w.changed());         // not seen by main, though main sent it
        let t = spawn(async { try { loop { await w.changed() } } catch (e) { return e.error } });
        await sleep(5);
        w.close();
        print(`${await follower} ${await t} ${await w.next()}`);
        try { w.send("e") } catch (e) { print(e.error) }
        "#,
    )
    .prints("a <watch \"mode\", \"a\">\nd\n[\"c\", \"d\"] closed \nclosed")
    .says_nothing();
}

#[test]
fn a_watch_under_a_timeout_is_that_of_who_asks() {
    Script::new(
        r#"
        let w = watch(0);
        w.send(1);
        print(await timeout(1, w.changed()));
        try { await timeout(1, w.changed()) } catch (e) { print(e.error) }
        "#,
    )
    .prints("1\ntimeout");
}

#[test]
fn a_oneshot_is_awaited_by_all_before_and_after() {
    Script::new(
        r#"
        let o = oneshot("key");
        print(`${o} ${type_of(o)}`);
        let all = [1, 2].map(|n| spawn(async { `${n} ${await o}` }));
        await sleep(1);
        o.send(5);
        print(await gather(all));
        print(`${await o} ${await o} ${o}`);
        print(await gather([o, o]));
        print(await lock().with(|| o));
        for await x in [o] { print(x) }
        try { o.send(6) } catch (e) { print(`${e.error}: ${e.message}`) }
        "#,
    )
    .prints(
        r#"
        <oneshot "key", not sent> oneshot
        ["1 5", "2 5"]
        5 5 <oneshot "key", 5>
        [5, 5]
        5
        5
        value: this oneshot "key" was sent already: a value can be sent once
        "#,
    )
    .says_nothing();
}

#[test]
fn wrong_numbers_are_refused() {
    Script::new(
        r#"
        for f in [|| semaphore(-1), || barrier(0), || barrier(-1), || broadcast(0)] {
            try { f.call() } catch (e) { print(`${e.error}: ${e.message}`) }
        }
        let l = lock();
        try { await l.with(|| condition(l).notify(-1)) } catch (e) { print(e.error) }
        try { condition(l, "C").notify() } catch (e) { print(e.message) }
        "#,
    )
    .prints(
        r#"
        value: a semaphore can't have fewer than 0 permits, and this is -1
        value: a barrier must be for at least 1 task, and this is for 0
        value: a barrier must be for at least 1 task, and this is for -1
        value: the capacity of a broadcast must be at least 1, and this is 0
        value
        the lock of this condition "C" is not held: take it before you notify
        "#,
    );
}

#[test]
fn what_holds_itself_can_be_shown() {
    Script::new(
        r#"
        let w = watch(0);
        w.send(w);
        print(w);
        let o = oneshot();
        let w = watch(o);
        o.send([w]);
        print(o);
        print([w, #{o: o}]);
        "#,
    )
    .prints(
        "<watch, <watch, <watch, …>>>\n<oneshot, [<watch, …>]>\n\
         [<watch, <oneshot, [… 1]>>, #{\"o\": <oneshot, [<watch, …>]>}]",
    )
    .says_nothing();
}

#[test]
fn what_blocks_for_ages_is_told_as_such() {
    Script::new("for i in 0..3 { blocking_sleep(1e300) }").run().exits(0).says("blocked the loop for ").says(" h ");
}

#[test]
fn a_condition_without_a_lock_can_have_a_name() {
    Script::new(
        r#"
        let c = condition("C");
        print(c);
        let l = c.lock;
        let t = spawn(l.with(async || { await c.wait(); "told" }));
        await sleep(0);
        await l.with(|| c.notify());
        print(await t);
        "#,
    )
    .prints("<condition \"C\" of lock>\ntold")
    .exits(0);
}
