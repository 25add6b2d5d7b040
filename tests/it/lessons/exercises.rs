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
