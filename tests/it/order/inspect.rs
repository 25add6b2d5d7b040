//! `why` and the tree, on a virtual clock: who waits for whom, since when.

use super::Saved;

#[test]
fn why_a_task_waits_for_a_lock() {
    let script = Saved::new(
        "
        let db = lock(\"db\");
        async fn load(db) { await db.acquire(); await sleep(5); db.release() }
        async fn write(db, row) {
            await db.acquire();
            db.release();
        }
        async fn outer(db) { await write(db, 4) }
        let all = [spawn(load(db), \"loader\"), spawn(write(db, 3), \"writer\"), spawn(outer(db), \"second\")];
        await gather(all);
        ",
    );
    let ran = script.run(&["--step"], "\n\n\n\nw 2\nw 3\nt\nc\n");
    ran.says(
        "task 2 \"writer\", spawned by main at s.rhai:8, waits for lock \"db\" (first in line), 5.00 s so far, at",
    );
    ran.says(
        "\n   4 |     await db.acquire();\nheld by task 1 \"loader\" for 5.00 s, taken at s.rhai:2, which is ready\n",
    );
    ran.says("variables: db = <lock \"db\", held by task 1 \"loader\">, row = 3\n");
    ran.says("(second in line)").says("\nawaited in outer, s.rhai:7\n");
    ran.says("main  waiting  gather  -> 1, 2, 3  s.rhai:9\n├─ 1 \"loader\"  ready  s.rhai:2\n");
    ran.says("├─ 2 \"writer\"  waiting  lock \"db\", held by 1  -> 1  s.rhai:4\n└─ 3 \"second\"").exits(0);
}

#[test]
fn why_names_the_circle_of_a_deadlock() {
    let script = Saved::new(
        "
        let a = lock(\"A\"); let b = lock(\"B\");
        async fn both(x, y) { await x.acquire(); await sleep(1); await y.acquire() }
        let watch = spawn(sleep(9), \"watch\");
        await gather(spawn(both(a, b), \"alice\"), spawn(both(b, a), \"bob\"));
        ",
    );
    let ran = script.run(&["--step"], "\n\n\n\n\n\nw 2\nc\n");
    ran.says("task 2 \"alice\", spawned by main at s.rhai:4, waits for lock \"B\" (first in line)");
    ran.says("held by task 3 \"bob\" for 9.00 s, taken at s.rhai:2, which waits for lock \"A\" (first in line)\n");
    ran.says("held by task 2 \"alice\" for 9.00 s").says("a deadlock: each of them waits for another\n").exits(3);
}

#[test]
fn the_tree_keeps_those_whose_parent_has_ended() {
    let script = Saved::new(
        "
        let hold = [];
        async fn parent(hold) {
            hold.push(spawn(async { await sleep(5) }, \"child\"));
            spawn(async { let inner = spawn(sleep(6), \"inner\"); await inner }, \"middle\");
        }
        await parent(hold);
        let t = spawn(parent(hold), \"parent\");
        await t;
        await sleep(9);
        ",
    );
    let ran = script.run(&["--step"], "\n\n\n\n\n\n\n\nt\nc\n");
    ran.says("\"child\"  waiting  sleep(5), 5.00 s left  s.rhai:3  (spawned by 3, which has ended)");
    ran.says("   └─ ").says("\"inner\"  waiting  sleep(6)");
}
