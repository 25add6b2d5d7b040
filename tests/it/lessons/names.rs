//! What all lessons have, and how they are found and named.

use std::path::Path;

use loopscope::lessons::parse::Kind;
use loopscope::lessons::{Item, all, find};

use super::{files, lessons};

#[test]
fn each_lesson_has_its_parts() {
    assert!(all().len() >= 14);
    for (number, lesson) in (1..).zip(all()) {
        let name = lesson.slug;
        assert_eq!(lesson.number, number, "{name}");
        assert!(lesson.title.len() <= 40 && lesson.summary.len() <= 90, "{name}: {}", lesson.summary);
        assert!(lesson.steps.iter().filter(|s| s.program.is_some()).count() >= 3, "{name}");
        for kind in [Kind::Question, Kind::Exercise] {
            assert_eq!(lesson.steps.iter().filter(|s| s.kind == kind).count(), 1, "{name}: {kind:?}");
        }
        let exercise = &lesson.exercise;
        assert!(!lesson.answer.is_empty() && exercise.hints.len() >= 2, "{name}");
        assert!([&exercise.start, &exercise.check, &exercise.solution].iter().all(|t| !t.is_empty()), "{name}");
        let headings: Vec<&str> = lesson.steps.iter().filter_map(|s| heading(s.items.first()?)).collect();
        assert!(headings.ends_with(&["Elsewhere", "Python", "JavaScript", "Rust"]), "{name}: {headings:?}");
    }
}

fn heading(item: &Item) -> Option<&str> {
    if let Item::Heading(title) = item { Some(title) } else { None }
}

#[test]
fn lines_fit() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a lesson can be read");
        let long = text.lines().find(|line| line.chars().count() > 150 && !line.starts_with(['-', 'i']));
        assert_eq!(long, None, "{}", file.display());
    }
}

#[test]
fn the_program_has_the_lessons_of_the_folder() {
    let here: Vec<(String, usize)> = lessons().iter().map(|l| (l.title.clone(), l.steps.len())).collect();
    let inside: Vec<(String, usize)> = all().iter().map(|l| (l.title.clone(), l.steps.len())).collect();
    assert_eq!(here, inside);
}

#[test]
fn a_lesson_is_found_by_number_name_and_unique_prefix() {
    let slug = |wanted| find(wanted).map(|l| l.slug);
    assert_eq!(slug("2"), Ok("coroutines"));
    assert_eq!(slug("coroutines"), Ok("coroutines"));
    assert_eq!(slug("cor"), Ok("coroutines"));
    assert_eq!(slug("ba"), Err("no lesson ba: there are 1 to 17, and each has a name".into()));
    assert_eq!(slug("e"), Err("e could be event-loop or errors or exploring".into()));
    assert_eq!(slug("corutines"), Err("no lesson corutines; did you mean coroutines?".into()));
}

/// The texts of the source, but for tests, and their names.
fn sources(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") {
            sources(&path, texts);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            texts.push(std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

#[test]
fn lessons_that_reports_name_exist() {
    let mut texts = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut texts);
    let mut names = Vec::new();
    for text in &texts {
        for (before, after) in [(".lesson(\"", '"'), ("lesson: \"", '"'), (":learn ", '`')] {
            let found = text.split(before).skip(1).filter_map(|rest| rest.split(after).next());
            names.extend(found.filter(|n| n.starts_with(|c: char| c.is_ascii_lowercase()) && !n.contains(['\n', ' '])));
        }
    }
    names.retain(|name| *name != "off");
    assert!(names.contains(&"coroutines") && names.contains(&"races"), "{names:?}");
    for name in names {
        assert!(all().iter().any(|l| l.slug == name), ":learn {name} leads nowhere");
    }
}
