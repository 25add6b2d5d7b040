//! Drawing a stopped run. Pure: from a [`Look`] to text.

use super::look::{Happened, Look, Row, Variable, title};
use crate::trace::render::Options;
use crate::trace::render::escape::{escaped, fitted, width};
use crate::trace::render::paint::{Line, Style};
use crate::units;

/// Rows of ready and of waiting tasks that are shown, each.
const MOST: usize = 12;
/// Columns of a value.
const VALUE: usize = 40;
/// Where the tasks begin.
const INDENT: usize = 11;
/// Columns that the text of a line needs.
const ROOM: usize = 24;

/// A stopped run as text: rows of the ready queue, of the waiting tasks, and the timers.
pub(super) fn look(look: &Look, options: &Options) -> String {
    let mut out = String::from("\n");
    let mut head = Line::new(options.colour);
    head.push(Style::Plain, &format!("step {:<5} {:>9}", look.number, units::duration(look.now)));
    if !look.happened.lead.is_empty() {
        head.push(Style::Plain, "   ");
        head.push(Style::Dim, &happened(&look.happened, room(options, head.columns()), options.ascii));
    }
    out += &head.finish();
    let names =
        look.ready.iter().chain(&look.waiting).map(|row| width(&shown(row, options))).max().unwrap_or(0).min(20);
    let places = look.ready.iter().chain(&look.waiting).map(|row| width(&row.at)).max().unwrap_or(0).min(24);
    for (word, rows) in [("ready", &look.ready), ("waiting", &look.waiting)] {
        for (index, row) in rows.iter().take(MOST).enumerate() {
            out += &task(row, if index == 0 { word } else { "" }, names, places, options);
        }
        if rows.len() > MOST {
            out += &format!("{:INDENT$}... and {} more {word}\n", "", rows.len() - MOST);
        }
    }
    out.push_str(&timers(look, options));
    out
}

/// What happened in so many columns. Of a long list the middle is left out: the end says what the task waits for.
fn happened(happened: &Happened, room: usize, ascii: bool) -> String {
    let Happened { lead, parts } = happened;
    let whole = format!("{lead}{}", parts.join(", "));
    let (Some((last, first)), true) = (parts.split_last(), width(&escaped(&whole, ascii)) > room) else {
        return fitted(&whole, room, ascii);
    };
    let dots = if ascii { "..." } else { "…" };
    let abridged = |kept: usize| {
        let before: String = first[..kept].iter().map(|part| format!("{part}, ")).collect();
        let (before, last) = (escaped(&format!("{lead}{before}"), ascii).into_owned(), escaped(last, ascii));
        format!("{before}{dots} {} more, {last}", first.len() - kept)
    };
    let shorter = (0..first.len()).rev().map(abridged).find(|text| width(text) <= room);
    shorter.unwrap_or_else(|| fitted(&format!("{lead}{last}"), room, ascii))
}

/// Columns that are left, when so many are taken.
fn room(options: &Options, taken: usize) -> usize {
    options.columns().saturating_sub(taken + 1).max(10)
}

fn shown(row: &Row, options: &Options) -> String {
    fitted(&title(row.id, &row.name), 20, options.ascii)
}

/// `  ready    1 "a"   line 3   let v = n; await sleep(0);   sleep(0)`, and the variables below.
fn task(row: &Row, word: &str, names: usize, places: usize, options: &Options) -> String {
    let mut line = Line::new(options.colour);
    line.push(Style::Plain, "  ");
    line.push(Style::Dim, word);
    line.pad(INDENT);
    line.push(Style::Task(row.id), &shown(row, options));
    line.pad(INDENT + names + 2);
    line.push(Style::Dim, &fitted(&row.at, 24, options.ascii));
    let wide = INDENT + names + 2 + places + 2;
    let fits = options.columns() >= wide + ROOM;
    // on a narrow terminal the text has a line of its own
    let text = if fits { wide } else { INDENT + 2 };
    let mut out = String::new();
    if !fits {
        out = std::mem::replace(&mut line, Line::new(options.colour)).finish();
    }
    line.pad(text);
    let on = if row.on.is_empty() { String::new() } else { format!("   for {}", escaped(&row.on, options.ascii)) };
    let space = room(options, text);
    let on_width = width(&on).min(space / 2);
    line.push(Style::Plain, &fitted(&row.text, space - on_width, options.ascii));
    line.push(Style::Dim, &fitted(&on, on_width, options.ascii));
    out.push_str(&line.finish());
    out.push_str(&variables(&row.variables, row.id, text, options));
    out
}

/// `v = 0   n = 1 (was 0)`: those that have changed first, on as many lines as it takes, and not more than four.
fn variables(list: &[Variable], id: u32, indent: usize, options: &Options) -> String {
    let mut order: Vec<&Variable> = list.iter().collect();
    order.sort_by_key(|v| v.was.is_none() && !v.new);
    let mut lines = vec![Line::new(options.colour)];
    let mut left = order.len();
    for variable in order {
        let (text, style) = variable_text(variable, id, options);
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.columns() > 0 && line.columns() + 3 + width(&text) > options.columns() {
            if lines.len() == 4 {
                break;
            }
            lines.push(Line::new(options.colour));
        }
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.columns() == 0 {
            line.pad(indent)
        } else {
            line.push(Style::Plain, "   ")
        }
        let text = fitted(&text, options.columns().saturating_sub(line.columns()), options.ascii);
        line.push(style, &text);
        left -= 1;
    }
    if list.is_empty() {
        return String::new();
    }
    let mut text: String = lines.into_iter().map(Line::finish).collect();
    if left > 0 {
        text += &format!("{:indent$}... and {left} more\n", "");
    }
    text
}

fn variable_text(variable: &Variable, id: u32, options: &Options) -> (String, Style) {
    let value = fitted(&variable.value, VALUE, options.ascii);
    let name = escaped(&variable.name, options.ascii);
    match (&variable.was, variable.new) {
        (Some(was), _) => (format!("{name} = {value} (was {})", fitted(was, VALUE, options.ascii)), Style::Task(id)),
        (None, true) => (format!("{name} = {value} (new)"), Style::Task(id)),
        (None, false) => (format!("{name} = {value}"), Style::Dim),
    }
}

fn timers(look: &Look, options: &Options) -> String {
    if look.timers.is_empty() {
        return String::new();
    }
    let mut parts: Vec<String> =
        look.timers.iter().take(MOST).map(|t| format!("{} in {}", t.task, units::duration(t.left))).collect();
    if look.timers.len() > MOST {
        parts.push(format!("and {} more", look.timers.len() - MOST));
    }
    let mut line = Line::new(options.colour);
    line.push(Style::Plain, "  ");
    line.push(Style::Dim, "timers");
    line.pad(INDENT);
    line.push(Style::Plain, &fitted(&parts.join(", "), room(options, INDENT), options.ascii));
    line.finish()
}

/// What is asked below it. `next` is who runs if nothing is said.
pub(super) fn question(next: &str, options: &Options) -> String {
    format!("next? [Enter = {} | number | b ID | c | q | ?] ", escaped(next, options.ascii))
}

#[cfg(test)]
mod tests {
    use super::super::look::Timer;
    use super::*;

    fn stopped() -> Look {
        let variable = |name: &str, value: &str, was: Option<&str>| Variable {
            name: name.to_string(),
            value: value.to_string(),
            was: was.map(str::to_owned),
            new: false,
        };
        let row = |id, at: &str, on: &str, variables| Row {
            id,
            name: if id == 0 { "main".to_string() } else { "a\u{1b}[2J".to_string() },
            at: at.to_string(),
            text: "await größe()".to_string(),
            on: on.to_string(),
            variables,
        };
        Look {
            number: 7,
            now: 1_500_000_000,
            happened: Happened { lead: "main ran: ".to_string(), parts: vec!["printed \"x\\n\"".to_string()] },
            ready: vec![row(1, "line 3", "", vec![variable("v", "0", None), variable("n", "2", Some("1"))])],
            waiting: vec![row(0, "mod.rhai:12", "sleep(1), 0.40 s left", Vec::new())],
            timers: vec![Timer { task: "main".to_string(), left: 400_000_000 }],
        }
    }

    #[test]
    fn a_stopped_run() {
        let expected = r#"
step 7        1.50 s   main ran: printed "x\n"
  ready    1 "a\x1b[2J"  line 3       await größe()
                                      n = 2 (was 1)   v = 0
  waiting  main          mod.rhai:12  await größe()   for sleep(1), 0.40 s left
  timers   main in 0.40 s
"#;
        assert_eq!(look(&stopped(), &Options::default()), expected);
    }

    #[test]
    fn colour_marks_the_task_and_what_has_changed_and_adds_nothing_else() {
        let text = look(&stopped(), &Options { colour: true, ..Options::default() });
        assert!(text.contains("\x1b[38;5;33mn = 2 (was 1)\x1b[0m") && text.contains("\x1b[2mv = 0"), "{text:?}");
        let plain: String = text
            .split("\x1b[")
            .enumerate()
            .map(|(index, part)| if index == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) })
            .collect();
        assert_eq!(plain, look(&stopped(), &Options::default()));
    }

    #[test]
    fn of_a_long_list_the_middle_is_left_out() {
        let made = |n: usize| format!("made {n} \"task\"");
        let parts = (1..=9).map(made).chain(["waits for gather of 9".to_string()]).collect();
        let happens = Happened { lead: "main ran: ".to_string(), parts };
        let text = |room, ascii| happened(&happens, room, ascii);
        assert_eq!(text(80, false), "main ran: made 1 \"task\", made 2 \"task\", … 7 more, waits for gather of 9");
        assert_eq!(text(50, true), "main ran: ... 9 more, waits for gather of 9");
        assert_eq!(text(30, false), "main ran: waits for gather of…");
        assert!(text(250, false).contains("made 9 \"task\", waits for"));
    }

    #[test]
    fn in_ascii_and_on_narrow_terminals_it_fits() {
        for width in [40, 60, 250] {
            let text = look(&stopped(), &Options { ascii: true, width, ..Options::default() });
            assert!(text.is_ascii(), "{text}");
            assert!(text.lines().all(|line| line.len() <= width), "{width}\n{text}");
        }
    }
}
