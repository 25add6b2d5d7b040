//! The exercises: a solution passes, the code to start from does not, and what a learner gets to read of it.

use std::rc::Rc;

use loopscope::lessons::run::{Verdict, check, settings};
use loopscope::lessons::{Exercise, Lesson};
use loopscope::session::Session;

use super::{lessons, on_loop, options};

/// What the check of a lesson says of these inputs.
fn verdict(exercise: &Exercise, inputs: &[&str]) -> Verdict {
    let exercise = exercise.clone();
    let inputs: Vec<String> = inputs.iter().map(|&input| input.to_owned()).collect();
    on_loop(async move || {
        check(&exercise, &inputs, &options(), |speaker| Session::new(Rc::clone(&speaker), settings())).await
    })
}

fn named(name: &str) -> Lesson {
    lessons().into_iter().find(|l| l.slug == name).expect("a lesson")
}

#[test]
fn solutions_pass_and_starts_do_not() {
    for lesson in lessons() {
        let Exercise { start, solution, .. } = &lesson.exercise;
        assert_eq!(verdict(&lesson.exercise, &[solution]), Verdict::Passed, "{}", lesson.slug);
        let of_start = verdict(&lesson.exercise, &[start]);
        assert!(matches!(of_start, Verdict::Missing(_) | Verdict::Broken(_)), "{}: {of_start:?}", lesson.slug);
        let of_nothing = verdict(&lesson.exercise, &["1"]);
        assert!(matches!(of_nothing, Verdict::Missing(_)), "{}: {of_nothing:?}", lesson.slug);
    }
}

#[test]
fn inputs_are_run_as_at_the_prompt_and_the_last_one_counts() {
    let Exercise { start, solution, .. } = named("event-loop").exercise;
    let exercise = named("event-loop").exercise;
    assert_eq!(verdict(&exercise, &[&start, &solution]), Verdict::Passed);
    let Verdict::Missing(what) = verdict(&exercise, &[&solution, &start]) else { panic!("it passes") };
    assert_eq!(what, "it took 6.0 s, and should take 3");
    let (functions, line) = solution.trim_end().rsplit_once('\n').expect("lines");
    assert_eq!(verdict(&exercise, &[functions, line]), Verdict::Passed);
}

#[test]
fn code_that_stops_is_reported_as_it_is() {
    let exercise = named("event-loop").exercise;
    let Verdict::Broken(report) = verdict(&exercise, &["let a = 1;\nb"]) else { panic!("it is not broken") };
    assert!(report.contains("Variable not found: b") && report.contains("your code:2:1"), "{report}");
    let Verdict::Broken(report) = verdict(&exercise, &["let l = lock(); await l.acquire(); await l.acquire();"]) else {
        panic!("it is not broken")
    };
    assert!(report.contains("deadlock"), "{report}");
}

/// What learners may well type that does not solve the exercise, and what they are told.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "streams",
        "async fn take(s, n) { let a = []; for await x in s { a.push(x); if a.len() > n { a.pop(); break; } } a }",
        "no more than n out of it",
    ),
    (
        "streams",
        "async fn take(s, n) { let a = []; for await x in s { a.push(x); if a.len() == n { break; } } a }",
        "take(stream, 0) should give an empty array",
    ),
    (
        "streams",
        "async fn take(s, n) { let a = []; for i in 0..n { a.push(await s.next()); } a }",
        "the stream ended after two items",
    ),
    (
        "streams",
        "async fn take(s, n) { let a = []; for i in 0..n { let x = await s.next(); \
         if x == () || x == false || x == 0 { break; } a.push(x); } a }",
        "only () is the end",
    ),
    (
        "servers",
        "fn counter() { let total = 0; serve(async |req| { if req.path != \"/add\" { return response(404, \"\"); } \
         let turn = lock(); await turn.with(async || { let b = total; await sleep(0.1); \
         total = b + parse_int(req.query.n); #{total: total} }) }) }",
        "some are lost",
    ),
    (
        "servers",
        "fn counter() { let total = 0; serve(async |req| { if req.path != \"/add\" { return response(404, \"\"); } \
         total += parse_int(req.query.n); #{total: total} }) }",
        "should still take 0.1 s",
    ),
    (
        "servers",
        "fn counter() { let total = 0; serve(async |req| { if req.path != \"/add\" { return response(404, \"\"); } \
         total += parse_int(req.query.n); await sleep(0.1); #{total: total} }) }",
        "each should get the total that it has made",
    ),
    (
        "servers",
        "fn counter() { let total = 0; let l = lock(); serve(async |req| await l.with(async || { let b = total; \
         await sleep(0.1); total = b + parse_int(req.query.n ?? \"0\"); #{total: total} })) }",
        "answered 200, and 404 is wanted",
    ),
    (
        "servers",
        "fn counter() { let total = 0; let l = lock(); serve(async |req| await l.with(async || { let b = total; \
         await sleep(0.1); total = b + parse_int(req.query.n ?? \"0\"); \
         if req.path == \"/add\" { #{total: total} } else { response(404, \"\") } })) }",
        "other paths than /add have changed the total",
    ),
    (
        "queues",
        "let q = queue(2); let p = async || { for n in 1..=5 { await q.put(n); } q.close(); }; \
         let c = async || { let sum = 0; for await n in q { sum += n; print(sum); } }; await gather(p.call(), c.call());",
        "and should print 15",
    ),
];

#[test]
fn what_does_not_solve_an_exercise_does_not_pass() {
    for (slug, code, expected) in WRONG {
        let got = verdict(&named(slug).exercise, &[code]);
        let Verdict::Missing(what) = got else { panic!("{slug}: {code}: {got:?}") };
        assert!(what.contains(expected), "{slug}: {code}: {what}");
    }
}
