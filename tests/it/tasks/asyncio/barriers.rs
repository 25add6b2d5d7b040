//! test_locks.py: barriers

use super::{Case, all_print};

#[test]
fn barriers() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "barrier_parties",
        r#"
        try { barrier(0) } catch (e) { print(e.error) }
        try { barrier(-4) } catch (e) { print(e.error) }
        print(barrier(5, "b"));
        "#,
        r#"value|value|<barrier "b", 0 of 5 there>"#,
    ),
    (
        "context_manager",
        r#"
        let b = barrier(3);
        let results = [];
        let coro = async || results.push(await b.wait());
        await gather(coro.call(), coro.call(), coro.call());
        results.sort();
        print(`${results} ${b}`);
        "#,
        "[0, 1, 2] <barrier, 0 of 3 there>",
    ),
    (
        "filling_one_task, twice",
        "let b = barrier(1); print(`${await b.wait()} ${await b.wait()} ${b}`)",
        "0 0 <barrier, 0 of 1 there>",
    ),
    (
        "filling_task_by_task",
        r#"
        let b = barrier(3);
        let t1 = spawn(b.wait());
        await sleep(0);
        print(b);
        let t2 = spawn(b.wait());
        await sleep(0);
        print(b);
        let t3 = spawn(b.wait());
        await sleep(0);
        print(`${await gather(t1, t2, t3)} ${b}`);
        "#,
        "<barrier, 1 of 3 there>|<barrier, 2 of 3 there>|[0, 1, 2] <barrier, 0 of 3 there>",
    ),
    (
        "filling_tasks_wait_twice, check_return_value",
        r#"
        let b = barrier(5);
        let results = [];
        let coro = async || { await b.wait(); results.push(true); let i = await b.wait(); results.push(false); i };
        let res = await gather([1, 2, 3, 4, 5].map(|n| coro.call()));
        res.sort();
        print(`${results.filter(|r| r).len()} ${results.len()} ${results[4]} ${results[5]} ${res} ${b}`);
        "#,
        "5 10 true false [0, 1, 2, 3, 4] <barrier, 0 of 5 there>",
    ),
    (
        "blocking_tasks_while_draining",
        r#"
        let b = barrier(5);
        let others = barrier(3);
        let again = 2;
        let coro = async || {
            await b.wait();
            if again > 0 {
                again -= 1;
                await b.wait();
            } else {
                await others.wait();
                await b.wait();
            }
        };
        await gather([1, 2, 3, 4, 5].map(|n| coro.call()));
        print(`${b} ${others}`);
        "#,
        "<barrier, 0 of 5 there> <barrier, 0 of 3 there>",
    ),
    (
        "filling_tasks_cancel_one",
        r#"
        let b = barrier(3);
        let results = [];
        let coro = async || { await b.wait(); results.push(true) };
        let t1 = spawn(coro.call());
        await sleep(0);
        let t2 = spawn(coro.call());
        await sleep(0);
        print(b);
        t1.cancel();
        await sleep(0);
        print(b);
        try { await t1 } catch (e) { print(e.error) }
        let t3 = spawn(coro.call());
        await sleep(0);
        print(b);
        let t4 = spawn(coro.call());
        await gather(t2, t3, t4);
        print(`${results} ${b}`);
        "#,
        "<barrier, 2 of 3 there>|<barrier, 1 of 3 there>|cancelled|<barrier, 2 of 3 there>|[true, true, true] <barrier, 0 of 3 there>",
    ),
];
