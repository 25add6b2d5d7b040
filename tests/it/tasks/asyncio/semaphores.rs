//! test_locks.py: semaphores

use super::{Case, all_print};

#[test]
fn semaphores() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "initial_value_zero, semaphore_value",
        r#"
        print(semaphore(0).try_acquire());
        try { semaphore(-1) } catch (e) { print(e.error) }
        "#,
        "false|value",
    ),
    (
        "acquire",
        r#"
        let sem = semaphore(3);
        let result = [];
        print(`${sem.try_acquire()} ${sem.try_acquire()}`);
        let c = async |n| { await sem.acquire(); result.push(n); true };
        let t1 = spawn(c.call(1)); let t2 = spawn(c.call(2)); let t3 = spawn(c.call(3));
        await sleep(0);
        print(`${result} ${sem}`);
        let t4 = spawn(c.call(4));
        sem.release();
        sem.release();
        print(sem);
        await sleep(0);
        print(`${result} ${sem} ${t4.done()}`);
        sem.release();
        await gather(t2, t3, t4);
        print(result);
        "#,
        "true true|[1] <semaphore, 0 of 3 free>|<semaphore, 0 of 3 free>|[1, 2, 3] <semaphore, 0 of 3 free> false|[1, 2, 3, 4]",
    ),
    (
        "acquire_cancel",
        r#"
        let sem = semaphore(1);
        sem.try_acquire();
        let t = spawn(sem.acquire());
        spawn(|| t.cancel());
        try { await t } catch (e) { print(e.error) }
        sem.release();
        print(sem.try_acquire());
        "#,
        "cancelled|true",
    ),
    (
        "acquire_cancel_before_awoken",
        r#"
        let sem = semaphore(0);
        let t1 = spawn(sem.acquire()); let t2 = spawn(sem.acquire());
        let t3 = spawn(sem.acquire()); let t4 = spawn(sem.acquire());
        await sleep(0);
        t1.cancel();
        t2.cancel();
        sem.release();
        await sleep(0);
        await sleep(0);
        print(`${t3.done()} ${t4.done()}`);
        t3.cancel();
        t4.cancel();
        await sleep(0);
        "#,
        "true false",
    ),
    (
        "acquire_hang",
        r#"
        let sem = semaphore(0);
        let t1 = spawn(sem.acquire()); let t2 = spawn(sem.acquire());
        await sleep(0);
        t1.cancel();
        sem.release();
        await sleep(0);
        await sleep(0);
        print(`${sem.try_acquire()} ${t2.done()}`);
        "#,
        "false true",
    ),
    (
        "acquire_no_hang",
        r#"
        let sem = semaphore(1);
        let t2 = ();
        let t1 = spawn(async { await sem.with(async || await sleep(0)); t2.cancel() });
        t2 = spawn(sem.with(|| print("never")));
        let r = await gather_settled([t1, t2]);
        print(`${r[0].ok} ${r[1].error.error}`);
        await timeout(1, sem.acquire());
        print(now());
        "#,
        "true cancelled|0.0",
    ),
    (
        "release_not_acquired, release_no_waiters",
        r#"
        let sem = semaphore(1);
        try { sem.release() } catch (e) { print(e.error) }
        await sem.acquire();
        sem.release();
        print(sem.try_acquire());
        "#,
        "value|true",
    ),
    (
        "acquire_fifo_order",
        r#"
        let sem = semaphore(1);
        let result = [];
        let coro = async |tag| {
            for n in 1..=2 {
                await sem.acquire();
                result.push(`${tag}_${n}`);
                await sleep(0.01);
                sem.release();
            }
        };
        await task_group(async |g| { for tag in ["c1", "c2", "c3"] { g.spawn(coro.call(tag)) } });
        print(result);
        "#,
        r#"["c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"]"#,
    ),
    (
        "acquire_fifo_order_2",
        r#"
        let sem = semaphore(1);
        let result = [];
        let c = async |n| { await sem.acquire(); result.push(n) };
        let t1 = spawn(c.call(1));
        let t2 = spawn(async { await sem.acquire(); result.push(2); sem.release(); await sem.acquire(); result.push(4) });
        let t3 = spawn(c.call(3));
        await sleep(0);
        sem.release();
        await sleep(0);
        sem.release();
        await gather(t1, t2, t3);
        print(result);
        "#,
        "[1, 2, 3, 4]",
    ),
    (
        "acquire_fifo_order_3",
        r#"
        let sem = semaphore(0);
        let result = [];
        let c = async |n| { await sem.acquire(); result.push(n) };
        let all = [spawn(c.call(1)), spawn(c.call(2)), spawn(c.call(3))];
        await sleep(0);
        all[0].cancel();
        await sleep(0);
        sem.release();
        sem.release();
        await gather_settled(all);
        print(result);
        "#,
        "[2, 3]",
    ),
    (
        "acquire_fifo_order_4: who comes while others are woken does not overtake them",
        r#"
        let sem = semaphore(0);
        let result = [];
        let t4 = ();
        let t1 = spawn(async { await sem.acquire(); t4 = spawn(|| result.push(4)); result.push(1) });
        let t2 = spawn(async { for i in 0..3 { sem.release() } print(sem.try_acquire()); await sem.acquire(); result.push(2) });
        let t3 = spawn(async { await sem.acquire(); result.push(3) });
        await sleep(0);
        await sleep(0);
        await gather(t1, t2, t3, t4);
        print(result);
        "#,
        "false|[1, 2, 3, 4]",
    ),
];
