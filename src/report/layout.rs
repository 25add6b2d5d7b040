//! A report put together: what `annotate-snippets` draws, made as compact as our sketches.
//!
//! The library's title, places, source lines and notes are kept; its spacer lines are dropped,
//! and everything below the title moves one column to the right.

use std::borrow::Cow;

use annotate_snippets::renderer::{Ansi256Color, Effects, Style};
use annotate_snippets::{self as snippets, AnnotationKind, Group, Origin, Renderer, Snippet};
use unicode_width::UnicodeWidthStr as _;

use super::excerpt::{Excerpt, excerpts};
use super::{Level, Report};
use crate::term::{self, colour, wrap};
use crate::units::count;

/// Of a long list, so many lines are kept at each end.
const KEPT: usize = 5;

/// The length at which a message is cut. A script can throw 64 MiB.
const LONGEST_MESSAGE: usize = 10_000;

/// Between help and lesson.
const LESSON_GAP: usize = 6;

/// The excerpts are cut to the width already, each around its own marks. The library would cut all
/// of them at the same columns.
const NO_FURTHER_CUTS: usize = u32::MAX as usize;

/// In the place of the library's own yellow.
const WARNING: Style = Ansi256Color(colour::number(colour::WARN)).on_default().effects(Effects::BOLD);

pub(super) fn render(report: &Report, width: usize, colour: bool) -> String {
    let (excerpts, cut_off) = excerpts(report, width);
    let title = message(&report.title);
    let notes = messages(report, cut_off, width, colour);
    let groups = groups(report.level, &title, &excerpts, &notes);
    let renderer = if colour { Renderer::styled().warning(WARNING) } else { Renderer::plain() };
    let drawn = renderer.term_width(NO_FURTHER_CUTS).render(&groups);
    let gutter = excerpts.iter().map(Excerpt::number_width).max();
    compact(&drawn, title.split('\n').count(), gutter.unwrap_or(0), &report.body)
}

/// The report in the library's terms. Each excerpt gets a group of its own below its origin: only
/// so can the origin's column differ from that of the caret in the escaped text.
fn groups<'a>(
    level: Level,
    title: &'a str,
    excerpts: &'a [Excerpt],
    notes: &'a [(snippets::Level<'static>, String)],
) -> Vec<Group<'a>> {
    let level = match level {
        Level::Error => snippets::Level::ERROR,
        Level::Warning => snippets::Level::WARNING,
        Level::Deadlock => snippets::Level::ERROR.with_name("deadlock"),
    };
    let mut groups = vec![Group::with_title(level.clone().primary_title(title))];
    for (index, excerpt) in excerpts.iter().enumerate() {
        let origin = origin(excerpt);
        if index == 0 {
            let head = groups.remove(0);
            groups.push(head.element(origin));
        } else {
            groups.push(Group::with_level(level.clone()).element(origin));
        }
        if !excerpt.text.is_empty() {
            groups.push(Group::with_level(level.clone()).element(snippet(excerpt)));
        }
    }
    if !notes.is_empty() {
        let messages = notes.iter().map(|(level, text)| level.clone().message(text));
        groups.push(Group::with_level(level).elements(messages));
    }
    groups
}

fn origin(excerpt: &Excerpt) -> Origin<'_> {
    let mut origin = Origin::path(excerpt.name.as_str());
    if let Some(line) = excerpt.line {
        origin = origin.line(line);
    }
    if let Some(column) = excerpt.column {
        origin = origin.char_column(column);
    }
    origin
}

fn snippet(excerpt: &Excerpt) -> Snippet<'_, snippets::Annotation<'_>> {
    let annotations = excerpt.marks.iter().map(|mark| {
        let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = (!mark.label.is_empty()).then_some(mark.label.as_str());
        kind.span(mark.span.clone()).label(label)
    });
    Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line).annotations(annotations)
}

/// The `= ...` lines: labels whose place was cut off, notes, and the help with the lesson.
fn messages(
    report: &Report,
    cut_off: Vec<String>,
    width: usize,
    colour: bool,
) -> Vec<(snippets::Level<'static>, String)> {
    let note = |text: Cow<'_, str>| (snippets::Level::NOTE.no_name(), message(&text));
    let mut messages: Vec<_> = cut_off.into_iter().map(|text| note(text.into())).collect();
    messages.extend(abridged(&report.notes).map(note));
    if report.help.is_some() || report.lesson.is_some() {
        let text = help_text(report, width, colour);
        messages.push((snippets::Level::HELP, text));
    }
    messages
}

/// How a line of help begins.
const HELP: &str = "    = help: ";

/// Help with the lesson at its right, or below where the width does not allow that.
fn help_text(report: &Report, width: usize, colour: bool) -> String {
    let room = width.saturating_sub(HELP.len());
    let mut text = wrap::wrapped(&message(report.help.as_deref().unwrap_or_default()), room);
    let Some(lesson) = &report.lesson else {
        return text;
    };
    let lesson = message(lesson);
    if !text.is_empty() {
        let last_line = text.rsplit('\n').next().unwrap_or_default();
        let needed = HELP.len() + last_line.width() + LESSON_GAP + lesson.width();
        if needed <= width {
            text.push_str(&" ".repeat(LESSON_GAP));
        } else {
            text.push('\n');
        }
    }
    if colour {
        text.push_str(&colour::sgr(colour::ACCENT, &lesson));
    } else {
        text.push_str(&lesson);
    }
    text
}

/// The lines, or those at both ends with the number of the others between them.
fn abridged(lines: &[String]) -> impl Iterator<Item = Cow<'_, str>> {
    let (head, tail) =
        if lines.len() <= 2 * KEPT + 1 { (lines, &[][..]) } else { (&lines[..KEPT], &lines[lines.len() - KEPT..]) };
    let left_out = lines.len() - head.len() - tail.len();
    let gap = (left_out > 0).then(|| format!("... {} more ...", count(left_out as u64)));
    let head = head.iter().map(|line| Cow::Borrowed(line.as_str()));
    let tail = tail.iter().map(|line| Cow::Borrowed(line.as_str()));
    head.chain(gap.map(Cow::Owned)).chain(tail)
}

/// Text from outside, made harmless and bounded.
fn message(text: &str) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        None => term::escape(text).replace('\t', "    "),
        Some((end, _)) => {
            let more = count(text[end..].chars().count() as u64);
            let start = term::escape(&text[..end]).replace('\t', "    ");
            format!("{start}... ({more} more characters)")
        }
    }
}

/// The drawn text without spacer lines and indented below the title, with the body under that.
/// `gutter` is the width of the line numbers.
fn compact(drawn: &str, title_lines: usize, gutter: usize, body: &[String]) -> String {
    let spacer = format!("{}|", " ".repeat(gutter + 1));
    let mut text = String::with_capacity(drawn.len());
    let mut lines = drawn.split('\n');
    for line in lines.by_ref().take(title_lines) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for line in abridged(body) {
        for part in message(&line).split('\n') {
            text.push_str(format!("  {part}").trim_end());
            text.push('\n');
        }
    }
    for line in lines.filter(|line| without_sgr(line).trim_end() != spacer) {
        text.push_str(format!(" {line}").trim_end());
        text.push('\n');
    }
    text
}

/// The line as it looks without its colours.
fn without_sgr(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let skipped = term::sgr_length(rest);
        if skipped.is_none() {
            plain.push(c);
        }
        rest = &rest[skipped.unwrap_or(c.len_utf8())..];
    }
    plain
}
