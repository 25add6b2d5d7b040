use std::fs;
use std::path::PathBuf;

use super::parse::{self, Item, Kind};
use super::progress::{Mark, Note, Progress};
use super::{all, show};
use crate::term::Paint;

const TEXT: &str = "\
# A title

A summary
on two lines.

Prose with `code *as it is*`.

```rhai virtual
print(1);
```

```output
1
```

More prose.

## Question

Why?

## Answer

Because.

## Exercise

Do it.

```rhai start
a
```

```rhai check
b
```

## Hints

- one
- two,
  and more

```rhai solution
c
```
";

#[test]
fn a_lesson_is_read_in_steps() {
    let lesson = parse::lesson("03-name", TEXT);
    assert_eq!((lesson.number, lesson.slug), (3, "name"));
    assert_eq!((lesson.title.as_str(), lesson.summary.as_str()), ("A title", "A summary on two lines."));
    let kinds: Vec<Kind> = lesson.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, [Kind::Read, Kind::Read, Kind::Question, Kind::Exercise]);
    let program = lesson.steps[0].program.as_ref().expect("a program");
    assert_eq!((program.name.as_str(), program.code.as_str()), ("name-1.rhai", "print(1);\n"));
    assert_eq!((program.output.as_str(), program.apart), ("1\n", true));
    assert_eq!(lesson.answer, [Item::Paragraph("Because.".to_owned())]);
    let exercise = &lesson.exercise;
    assert_eq!([&exercise.start, &exercise.check, &exercise.solution], ["a\n", "b\n", "c\n"]);
    assert_eq!(exercise.hints, ["one", "two, and more"]);
}

#[test]
fn prose_is_wrapped_and_code_is_not() {
    let items = parse::items("Some `code` and *words* in a **line**.\n\n1. one\n2. two words\n\n```text\na  b\n```\n");
    let plain = show::items(&items, Paint { on: false }, 24);
    assert_eq!(plain, "Some `code` and words\nin a line.\n\n1. one\n2. two words\n\n    a  b\n");
    let coloured = show::items(&items, Paint { on: true }, 80);
    let first = "Some \x1b[38;5;31mcode\x1b[0m and \x1b[3mwords\x1b[0m in a \x1b[1mline\x1b[0m.\n";
    assert!(coloured.starts_with(first), "{coloured:?}");
}

fn temporary(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("loopscope-lessons-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn progress_survives_and_is_shared() {
    let folder = temporary("progress");
    let history = folder.join("history");
    let (mut a, mut b) = (Progress::beside(Some(&history)), Progress::beside(Some(&history)));
    a.add("await", Note::Step(2)).expect("written");
    b.add("tasks", Note::Read).expect("written");
    a.add("await", Note::Passed).expect("written");
    let both = Progress::beside(Some(&history));
    assert_eq!(both.of("await"), Mark { step: 2, read: false, passed: true });
    assert_eq!(both.of("tasks"), Mark { step: 0, read: true, passed: false });
    assert_eq!(both.last(), Some("await"));
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn a_damaged_file_spoils_its_own_lines_only() {
    let folder = temporary("damage");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("history.lessons");
    fs::write(
        &file,
        b"await 2\n\xff\xfe\0tasks\nnowhere read\ntasks -1\nawait\nawait 9999999999999999999999\ntasks pas",
    )
    .expect("writable");
    let mut progress = Progress::beside(Some(&folder.join("history")));
    assert_eq!(progress.of("await"), Mark { step: 2, ..Mark::default() });
    assert_eq!(progress.of("tasks"), Mark::default());
    progress.add("tasks", Note::Passed).expect("written");
    assert!(Progress::beside(Some(&folder.join("history"))).of("tasks").passed);
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn progress_that_can_not_be_kept_counts_until_the_end() {
    let mut progress = Progress::beside(Some(&PathBuf::from("/dev/null/history")));
    assert!(progress.add("await", Note::Read).is_err());
    assert!(progress.of("await").read);
    let mut forgetful = Progress::beside(None);
    forgetful.add("await", Note::Read).expect("nothing is written");
    assert!(forgetful.of("await").read);
}

#[test]
fn the_list_shows_the_progress() {
    let mut progress = Progress::beside(None);
    progress.add("event-loop", Note::Passed).expect("kept");
    progress.add("coroutines", Note::Read).expect("kept");
    progress.add("await", Note::Step(3)).expect("kept");
    let list = show::list(&progress, Paint { on: false }, 80);
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), all().len() + 1);
    assert_eq!(lines[all().len()].trim(), "✔ exercise solved   · read to the end, exercise open   3/8 at step 3 of 8");
    assert_eq!(show::list(&Progress::beside(None), Paint { on: false }, 80).lines().count(), all().len());
    let starts = [["1", "event-loop", "✔"], ["2", "coroutines", "·"]];
    for (line, start) in lines.iter().zip(starts) {
        assert_eq!(line.split_whitespace().take(3).collect::<Vec<_>>(), start, "{line}");
    }
    assert!(lines[2].starts_with("  3  await") && lines[2].contains(" 3/"), "{}", lines[2]);
}
