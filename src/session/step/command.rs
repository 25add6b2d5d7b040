//! What can be typed before a step.

/// What somebody wants who looks at a stopped run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// The next step, of the task that would be next anyway.
    Go,
    /// The next step, of this task.
    Pick(u32),
    /// All steps until this task has had its turn.
    Until(u32),
    Continue,
    Quit,
    Why(u32),
    Tree,
    Steps,
    Help,
}

/// What `?` shows.
pub(super) const HELP: &str = "\
Enter   the next step: of the task named first, which is next in the queue
NUMBER  that task runs next, if it is ready; `main` or 0 is main
b ID    run on until that task has had a turn; if there is none yet, until it
        has come to be
c       run on to the end
q       end the run: its tasks are cancelled, their `defer`s run
w ID    why that task waits
t       the tree of tasks: who spawned and who awaits whom
s       the steps so far
A step is what a task does from one await that waits to the next. While a run
is stopped its clock stands still.
";

const AT_THE_PROMPT: &str = "\
commands are for the prompt, and this is a run that is stopped: `c` runs it
on to its end, `q` ends it; at the prompt then, `:step off` is for later runs";

/// Understands what was typed.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn parse(text: &str) -> Result<Command, String> {
    let mut words = text.split_whitespace();
    let Some(word) = words.next() else {
        return Ok(Command::Go);
    };
    let (letter, id) = match word.split_at_checked(1) {
        Some((letter @ ("b" | "w"), digits)) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            (letter, Some(digits))
        }
        _ => (word, words.next()),
    };
    let with_id = |make: fn(u32) -> Command, what: &str| match id.map(number) {
        Some(Some(id)) => Ok(make(id)),
        _ => Err(format!("`{letter}` takes the number of a task: {what}")),
    };
    let command = match letter {
        "b" => with_id(Command::Until, "`b 2` runs on until task 2 has had a turn"),
        "w" => with_id(Command::Why, "`w 2` says why task 2 waits"),
        "c" => Ok(Command::Continue),
        "q" => Ok(Command::Quit),
        "t" => Ok(Command::Tree),
        "s" => Ok(Command::Steps),
        "?" | "h" | "help" => Ok(Command::Help),
        other if other.starts_with(':') => Err(AT_THE_PROMPT.to_string()),
        other => match number(other) {
            Some(id) => Ok(Command::Pick(id)),
            None => Err(format!("`{}` means nothing here: `?` lists what does", other.escape_debug())),
        },
    }?;
    let takes_id = matches!(command, Command::Until(_) | Command::Why(_));
    let more = if takes_id { words.next().filter(|_| id != Some(&word[1..])) } else { id };
    match more {
        Some(more) => Err(format!("`{}` is too much: one command a line", more.escape_debug())),
        None => Ok(command),
    }
}

/// The number of a task; main is 0.
fn number(word: &str) -> Option<u32> {
    if word == "main" { Some(0) } else { word.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_understood() {
        let rows = [
            ("", Command::Go),
            ("  ", Command::Go),
            (" 12 ", Command::Pick(12)),
            ("main", Command::Pick(0)),
            ("b 3", Command::Until(3)),
            ("b3", Command::Until(3)),
            ("b main", Command::Until(0)),
            ("c", Command::Continue),
            ("q", Command::Quit),
            ("w 0", Command::Why(0)),
            ("t", Command::Tree),
            ("s", Command::Steps),
            ("?", Command::Help),
        ];
        for (text, command) in rows {
            assert_eq!(parse(text), Ok(command), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text| parse(text).expect_err(text);
        assert!(error("b").contains("`b 2` runs on"));
        assert!(error(":step off").contains("`c` runs it"));
        assert!(error("b x").contains("takes the number of a task"));
        assert!(error("next").contains("`next` means nothing here"));
        assert!(error("-1").contains("`-1` means nothing here"));
        assert!(error("1 2").contains("`2` is too much"));
        assert!(error("b 1 2").contains("`2` is too much"));
        assert!(error("c now").contains("`now` is too much"));
        assert!(error("\u{1b}[2J").contains("\\u{1b}[2J"));
    }
}
