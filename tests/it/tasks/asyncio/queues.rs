//! test_queues.py

use super::{Case, all_print};

#[test]
fn queues() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "empty, full, order",
        r#"
        let q = queue();
        print(`${q.empty()} ${q.full()}`);
        for i in [1, 3, 2] { await q.put(i) }
        print(`${q.empty()} ${await q.get()} ${await q.get()} ${await q.get()} ${q.empty()}`);
        let q = queue(1);
        await q.put(1);
        print(q.full());
        "#,
        "true false|false 1 3 2 true|true",
    ),
    (
        "maxsize: the putter goes on at the next turn after a get",
        r#"
        let q = queue(2);
        let put = [];
        let t = spawn(async { for i in 0..3 { await q.put(i); put.push(i) } true });
        await sleep(0);
        print(`${put} ${await q.get()} ${put}`);
        await sleep(0);
        print(`${put} ${await q.get()} ${await q.get()}`);
        print(`${t.done()} ${t.result()}`);
        "#,
        "[0, 1] 0 [0, 1]|[0, 1, 2] 1 2|true true",
    ),
    (
        "blocking_get_wait",
        r#"
        let q = queue();
        let started = event();
        let t = spawn(async { started.set(); let got = await q.get(); `${got} at ${now()}` });
        await started.wait();
        print(t.done());
        spawn(async { await sleep(0.01); q.try_put(1) });
        print(await t);
        "#,
        "false|1 at 0.01",
    ),
    (
        "get_cancelled_race",
        r#"
        let q = queue();
        let t1 = spawn(q.get()); let t2 = spawn(q.get());
        await sleep(0);
        t1.cancel();
        await sleep(0);
        print(t1.done());
        await q.put("a");
        print(await t2);
        "#,
        "true|a",
    ),
    (
        "get_with_waiting_putters",
        r#"
        let q = queue(1);
        spawn(q.put("a")); spawn(q.put("b"));
        print(await q.get() + await q.get());
        "#,
        "ab",
    ),
    (
        "why_are_getters_waiting",
        r#"
        let q = queue(1);
        await task_group(async |g| {
            g.spawn(async { for i in 0..5 { await q.put(i) } });
            g.spawn(async { for i in 0..5 { print(await q.get()) } });
        });
        "#,
        "0|1|2|3|4",
    ),
    (
        "why_are_putters_waiting",
        r#"
        let q = queue(2);
        await task_group(async |g| {
            g.spawn(async { await sleep(0); for i in 0..q.len() { print(q.try_get()) } });
            for i in 0..4 { g.spawn(q.put(i)) }
        });
        print(`${q.try_get()} ${q.try_get()} ${q.empty()}`);
        "#,
        "0|1|2 3 true",
    ),
    (
        "cancelled_getters_not_being_held_in_self_getters",
        r#"
        let q = queue(5);
        try { await timeout(0.1, q.get()) } catch (e) { print(e.error) }
        q.try_put(1);
        print(q.try_get());
        "#,
        "timeout|1",
    ),
    (
        "blocking_put_wait",
        r#"
        let q = queue(1);
        let finished = false;
        spawn(async { await sleep(0.01); q.try_get() });
        let t = spawn(async { await q.put(1); await q.put(2); finished = true });
        await sleep(0);
        print(finished);
        await t;
        print(`${finished} ${now()}`);
        "#,
        "false|true 0.01",
    ),
    (
        "get_cancel_drop_one_pending_reader",
        r#"
        let q = queue();
        let reader = spawn(q.get());
        await sleep(0);
        q.try_put(1); q.try_put(2);
        reader.cancel();
        try { await reader } catch (e) { print(`${e.error} ${await q.get()} ${await q.get()}`) }
        "#,
        "cancelled 1 2",
    ),
    (
        "get_cancel_drop_many_pending_readers",
        r#"
        let q = queue();
        let r1 = spawn(q.get()); let r2 = spawn(q.get()); let r3 = spawn(q.get());
        await sleep(0);
        q.try_put(1); q.try_put(2);
        r1.cancel();
        try { await r1 } catch (e) { print(e.error) }
        print(await gather(r2, r3));
        "#,
        "cancelled|[1, 2]",
    ),
    (
        "put_cancel_drop",
        r#"
        let q = queue(1);
        q.try_put(1);
        let writer = spawn(q.put(2));
        await sleep(0);
        print(q.try_get());
        writer.cancel();
        try { await writer } catch { await q.put(2) }
        print(`${q.try_get()} ${q.len()}`);
        "#,
        "1|2 0",
    ),
    (
        "put_cancelled: one that had put before is done",
        r#"
        let q = queue();
        let t = spawn(async { await q.put(1); true });
        await sleep(0);
        print(`${t.cancel()} ${t.result()} ${await q.get()}`);
        "#,
        "false true 1",
    ),
    (
        "put_cancelled_race",
        r#"
        let q = queue(1);
        let put_a = spawn(q.put("a")); let put_b = spawn(q.put("b")); let put_c = spawn(q.put("X"));
        await sleep(0);
        print(`${put_a.done()} ${put_b.done()}`);
        put_c.cancel();
        await sleep(0);
        print(put_c.done());
        print(await q.get());
        await sleep(0);
        print(await q.get());
        await put_b;
        print(q.empty());
        "#,
        "true false|true|a|b|true",
    ),
    (
        "put_with_waiting_getters",
        r#"
        let q = queue();
        let t = spawn(q.get());
        await sleep(0);
        await q.put("a");
        print(await t);
        "#,
        "a",
    ),
    (
        "cancelled_puts_not_being_held_in_self_putters",
        r#"
        let q = queue(1);
        await q.put(1);
        try { await timeout(0.1, q.put(2)) } catch (e) { print(e.error) }
        print(`${await q.get()} ${q.try_put(3)}`);
        "#,
        "timeout|1 true",
    ),
    (
        "cancelled_put_silence_value_error_exception",
        r#"
        let q = queue(1);
        q.try_put(1);
        let t = spawn(q.put(1));
        await sleep(0);
        q.try_get();
        t.cancel();
        await gather_settled([t]);
        print(`${t.cancelled()} ${q.try_put(2)}`);
        "#,
        "true true",
    ),
    (
        "task_done_underflow, task_done",
        r#"
        let q = queue();
        try { q.task_done() } catch (e) { print(e.error) }
        for i in 0..100 { q.try_put(i) }
        let sum = 0;
        let running = true;
        let worker = async || { while running { sum += await q.get(); await sleep(0); q.task_done() } };
        await task_group(async |g| {
            let workers = [g.spawn(worker.call()), g.spawn(worker.call())];
            await q.join();
            print(sum);
            running = false;
            for w in workers { q.try_put(0) }
        });
        "#,
        "value|4950",
    ),
    ("join_empty_queue", "let q = queue(); await q.join(); await q.join(); print(now())", "0.0"),
    (
        "format: an item that was taken is unfinished until task_done",
        r#"
        let q = queue();
        q.try_put(1);
        let j = spawn(q.join());
        q.try_get();
        await sleep(0.1);
        print(j.done());
        q.task_done();
        await j;
        print(j.done());
        "#,
        "false|true",
    ),
    (
        "LifoQueue order",
        "let q = lifo_queue(); for i in [1, 3, 2] { await q.put(i) } for i in 0..3 { print(await q.get()) }",
        "2|3|1",
    ),
    (
        "PriorityQueue order",
        "let q = priority_queue(); for i in [1, 3, 2] { await q.put(i) } for i in 0..3 { print(await q.get()) }",
        "1|2|3",
    ),
    (
        "LifoQueue, PriorityQueue: one that waits gets what leaves next when it resumes",
        r#"
        for q in [lifo_queue(), priority_queue()] {
            let all = [spawn(q.get()), spawn(q.get())];
            await sleep(0);
            for i in [2, 3, 1, 4] { q.try_put(i) }
            print(`${await gather(all)} ${q.try_get()} ${q.try_get()} ${q.len()}`);
        }
        "#,
        "[4, 1] 3 2 0|[1, 2] 3 4 0",
    ),
    (
        "LifoQueue, PriorityQueue: task_done, get_cancel_drop_many_pending_readers",
        r#"
        for q in [lifo_queue(), priority_queue()] {
            let r1 = spawn(q.get()); let r2 = spawn(q.get()); let r3 = spawn(q.get());
            await sleep(0);
            q.try_put(2); q.try_put(1);
            r1.cancel();
            await gather_settled([r1]);
            print(await gather(r2, r3));
            q.task_done(); q.task_done();
            await q.join();
        }
        "#,
        "[1, 2]|[1, 2]",
    ),
];
