//! Findings for people.

use std::fmt::Write as _;
use std::time::Duration;

use super::findings::{Findings, MANY, OutcomeFound};
use super::outcome::Kind;
use super::search::Early;
use crate::report::Report;
use crate::trace::recording::Recording;
use crate::trace::render::escape::{self, fitted};
use crate::trace::render::steps::Steps;
use crate::trace::render::{Options, View as _};
use crate::units;

/// The most columns that an outcome's text gets, and a schedule.
const TEXT: usize = 50;
const SCHEDULE: usize = 60;

/// The most columns of a text in the heading of its steps, which is to be seen as a whole.
const WHOLE: usize = 2_000;

/// So many steps are shown of a run that does not end.
const ENDLESS: usize = 24;

/// The most outcomes that are listed.
pub const LINES: usize = 20;

/// The lines: how many schedules, then each outcome with its count, the shortest way to it, and how to have that again;
/// then what goes wrong, step by step. `again` is what is typed before a token.
pub fn text(findings: &Findings, again: &str, view: &Options) -> String {
    let mut text = headline(findings);
    let listed = &findings.outcomes[..findings.outcomes.len().min(LINES)];
    let texts: Vec<String> = listed.iter().map(|o| o.outcome.to_string().replace('\n', " ")).collect();
    let texts = told_apart(&texts, TEXT);
    let counts: Vec<String> = listed.iter().map(|o| plural(o.count, "schedule")).collect();
    let width = |list: &[String]| list.iter().map(|t| escape::width(t)).max().unwrap_or(0);
    let (of_texts, of_counts) = (width(&texts), width(&counts));
    let mut known = String::new(); // what letters stand for
    for ((found, shown), count) in listed.iter().zip(&texts).zip(&counts) {
        let (way, legend) = way(found);
        let gap = " ".repeat(of_texts - escape::width(shown)); // of what is wide a character is not a column
        let _ = writeln!(text, "  {shown}{gap}   {count:of_counts$}   shortest: {way}   {again} {}", found.token);
        if legend != known && !legend.is_empty() {
            let _ = writeln!(text, "  {:of_texts$}   {:of_counts$}   {legend}", "", "");
            known = legend;
        }
    }
    let more = findings.outcomes.len() - listed.len();
    if more > 0 {
        let _ = writeln!(text, "  and {} more outcomes", number(more as f64));
    }
    text.push_str(&steps(findings, again, view));
    text
}

/// The outcomes that are shown step by step, the worst and the rarest first.
fn steps(findings: &Findings, again: &str, view: &Options) -> String {
    if findings.is_one_value() {
        return String::new();
    }
    let mut shown: Vec<(&OutcomeFound, &Recording)> =
        findings.outcomes.iter().filter_map(|o| Some((o, o.recording.as_ref()?))).collect();
    shown.sort_by_key(|(found, _)| found.rank());
    let mut text = String::new();
    for (found, recording) in shown {
        let outcome = match found.deadlock.first() {
            Some(title) => title.clone(),
            None => cut(&found.outcome.to_string(), WHOLE),
        };
        let _ = writeln!(text, "\n{outcome}   ({again} {})", found.token);
        for line in found.deadlock.iter().skip(1) {
            let _ = writeln!(text, "  {line}");
        }
        let few = Options { steps: ENDLESS, ..*view }; // the rest is more of the same
        text.push_str(&Steps.render(recording, if found.outcome.kind == Kind::Livelock { &few } else { view }));
    }
    text
}

fn headline(findings: &Findings) -> String {
    let time = duration(findings.elapsed);
    let count = findings.outcomes.len();
    let outcomes = if count == 1 { "1 outcome".to_string() } else { format!("{count} outcomes") };
    let shard = if findings.shard.is_part() { format!(" of shard {}", findings.shard) } else { String::new() };
    let estimate = findings.estimate.map(about);
    if findings.covered {
        let schedules = match findings.schedules {
            1 => "the only schedule".to_string(),
            n => format!("all {}", plural(n, "schedule")),
        };
        let differ = if findings.schedules == 1 { "differs" } else { "differ" };
        let which = match estimate.filter(|_| findings.reduced) {
            Some(all) => format!(" that {differ} in more than the order of independent steps, of {all},"),
            None => String::new(),
        };
        return format!("{schedules}{shard}{which} in {time}, {outcomes}\n");
    }
    let of = estimate.map_or(String::new(), |n| format!(" of {n}"));
    let reduced =
        if findings.reduced { ", each for all that differ only in the order of independent steps" } else { "" };
    let drawn = match findings.drawn {
        0 => format!("depth first{reduced}"),
        n if n == findings.schedules => "drawn".to_string(),
        n => format!("{} depth first{reduced}; {} drawn", number((findings.schedules - n) as f64), number(n as f64)),
    };
    let stopped = if findings.ended.is_some() { ", stopped" } else { "" };
    let ran = plural(findings.schedules, "schedule");
    let proviso = match findings.drawn == findings.schedules && findings.drawn > 0 {
        true => "drawing never shows that there are no others",
        false => "not all, so there may be others",
    };
    format!("{ran}{of}{shard} in {time} ({drawn}{stopped}), {outcomes}; {proviso}\n")
}

/// The steps of the shortest schedule, and what its letters stand for if names would not do.
fn way(found: &OutcomeFound) -> (String, String) {
    let tasks = &found.schedule.tasks;
    // main sets things up, and gathers them in the end: what is between is the schedule
    let from = tasks.iter().position(|&t| t != 0).unwrap_or(0);
    let to = tasks.iter().rposition(|&t| t != 0).map_or(tasks.len(), |last| last + 1);
    let others: Vec<&(u32, String)> = found.names.iter().filter(|(t, _)| *t != 0).collect();
    let is_short = |name: &str| name.chars().count() <= 8 && !name.contains(' ');
    let distinct = others.iter().all(|(t, name)| is_short(name) && others.iter().all(|(u, n)| t == u || name != n));
    let short = |task: u32| match others.iter().position(|(t, _)| *t == task) {
        None => "main".to_string(),
        Some(index) if distinct => others[index].1.clone(),
        Some(index) => letter(index),
    };
    let steps: Vec<String> = tasks[from..to].iter().map(|&t| short(t)).collect();
    let legend = match distinct {
        true => String::new(),
        false => {
            let entries = others.iter().enumerate().take(26);
            let entries: Vec<String> =
                entries.map(|(i, (t, name))| format!("{} is task {t} \"{name}\"", letter(i))).collect();
            cut(&entries.join(", "), 2 * SCHEDULE)
        }
    };
    (shortened(&steps), legend)
}

/// The beginning and the end of a long list of steps.
fn shortened(steps: &[String]) -> String {
    let whole = steps.join(" ");
    if whole.chars().count() <= SCHEDULE {
        return whole;
    }
    let width = whole.chars().count() / steps.len();
    let side = (SCHEDULE / 2 / width.max(1)).max(2);
    match steps.len() > 2 * side {
        true => {
            let left = steps.len() - 2 * side;
            format!("{} … {left} more … {}", steps[..side].join(" "), steps[steps.len() - side..].join(" "))
        }
        false => whole,
    }
}

fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(n) if n < 26 => char::from(b'a' + n).to_string(),
        _ => format!("t{index}"),
    }
}

fn plural(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", number(count as f64))
}

/// An estimate: `about 12,870`.
fn about(estimate: f64) -> String {
    if estimate >= MANY { "more than 1e300".to_string() } else { format!("about {}", number(estimate)) }
}

/// A count, with commas; if it is large, to two digits.
pub fn number(count: f64) -> String {
    if count >= 1e12 {
        return format!("{count:.1e}");
    }
    units::count(count.round() as u64)
}

fn duration(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s < 0.01 => format!("{:.1} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s => format!("{s:.1} s"),
    }
}

/// A text on one line of at most so many columns.
fn cut(text: &str, most: usize) -> String {
    fitted(&text.replace('\n', " "), most, false)
}

/// The texts in at most so many columns each: of those that begin alike for longer, what they differ in is shown.
fn told_apart(texts: &[String], most: usize) -> Vec<String> {
    let short: Vec<String> = texts.iter().map(|text| fitted(text, most, false)).collect();
    let one = |(index, text): (usize, &String)| {
        let alike =
            texts.iter().zip(&short).enumerate().filter(|(other, (_, s))| *other != index && **s == short[index]);
        let common = alike.map(|(_, (other, _))| common(text, other)).max();
        match common {
            None => short[index].clone(),
            Some(common) => {
                let begin: String = text.chars().take(BEGINNING).collect();
                let rest: String = text.chars().skip(common.saturating_sub(BEFORE)).collect();
                fitted(&format!("{begin}…{rest}"), most, false)
            }
        }
    };
    texts.iter().enumerate().map(one).collect()
}

/// So many characters are shown of the beginning of a text whose midst is left out, and before what differs.
const BEGINNING: usize = 12;
const BEFORE: usize = 12;

/// How many characters two texts have in common at their beginning.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count()
}

/// Why an exploration ended before its time; none if somebody wanted that.
pub fn early(findings: &Findings) -> Option<Report> {
    Some(match findings.ended.as_ref()? {
        Early::Interrupted => return None,
        Early::Outside(what) => {
            Report::error(format!("this can't be explored, because it waits for the world: {what}"))
                .note(
                    "explore re-runs it many times on the virtual clock, and the world would not be the same each time",
                )
                .help("use `demo_server()` for HTTP, and `sleep` for what takes time")
        }
        Early::Diverged => Report::error(
            "this can't be explored: under the same schedule it did not do the same again",
        )
        .note("explore re-runs it many times, and goes through the schedules by doing the same up to where they part")
        .help("does it depend on the real time, on random numbers without a seed, or on what earlier runs left?"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_late_are_told_apart() {
        let texts = ["short", "twenty letters, and xA then", "twenty letters, and xB then", "other that is too long"];
        let shown = told_apart(&texts.map(String::from), 20);
        assert_eq!(shown[0], "short");
        assert_eq!(shown[3], "other that is too l…");
        assert_eq!(told_apart(&texts.map(String::from), 40), texts);
        let long = |end: &str| format!("{}{end}", "word ".repeat(30));
        let shown = told_apart(&[long("1 and more to come"), long("2")], 50);
        assert_eq!(shown, ["word word wo…d word word 1 and more to come", "word word wo…d word word 2"]);
    }
}
