//! Lessons on a terminal: prose wrapped to its width, code in colours.

use textwrap::core::Fragment;
use textwrap::wrap_algorithms::wrap_first_fit;
use unicode_width::UnicodeWidthStr as _;

use super::progress::{Mark, Progress};
use super::{Item, Lesson};
use crate::repl::code_in_colour;
use crate::term::wrap::hung;
use crate::term::{Paint, colour};

/// What goes on where a line cannot go on beside its beginning.
const LITTLE: &str = "    ";

/// Prose is not wider than this, however wide the terminal: long lines are hard to read.
const WIDEST: usize = 84;

/// The pieces, with an empty line between them.
pub fn items(items: &[Item], paint: Paint, width: usize) -> String {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        let in_list = matches!(item, Item::Bullet(..)) && i > 0 && matches!(items[i - 1], Item::Bullet(..));
        if i > 0 && !in_list {
            text.push('\n');
        }
        text.push_str(&one(item, paint, width));
    }
    text
}

fn one(item: &Item, paint: Paint, width: usize) -> String {
    match item {
        Item::Heading(title) => format!("{}\n", paint.sgr(colour::HEADING, title)),
        Item::Paragraph(text) => wrapped(text, "", "", paint, width),
        Item::Bullet(marker, text) => {
            let indent = " ".repeat(marker.len() + 1);
            wrapped(text, &format!("{marker} "), &indent, paint, width)
        }
        Item::Code { language, text } => code(text, language, paint, width),
    }
}

/// A program, indented.
pub fn code(text: &str, language: &str, paint: Paint, width: usize) -> String {
    let text = if language.starts_with("rhai") { code_in_colour(text, paint) } else { text.to_owned() };
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    hung(&text.lines().map(line).collect::<String>(), width) + "\n"
}

/// How a part of a word is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Code,
    Strong,
    Stressed,
}

impl Style {
    /// The same, or plain where it ends.
    fn or_end(self, now: Self) -> Self {
        if now == self { Self::Plain } else { self }
    }

    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Code => colour::ACCENT,
            Self::Strong => "1",
            Self::Stressed => "3",
        }
    }
}

/// The style of a word's part, and its text.
type Part = (Style, String);

/// A word, and how its parts are set.
#[derive(Debug)]
struct Word(Vec<Part>);

impl Fragment for Word {
    fn width(&self) -> f64 {
        self.0.iter().map(|(_, text)| text.width()).sum::<usize>() as f64
    }

    fn whitespace_width(&self) -> f64 {
        1.0
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

/// Text in lines of at most `width` columns, the first after `first`, the others after `rest`.
pub fn wrapped(text: &str, first: &str, rest: &str, paint: Paint, width: usize) -> String {
    let limit = width.clamp(20, WIDEST) - 1;
    let mut out = first.to_owned();
    let (mut first, mut rest) = (first, rest);
    if rest.width() > limit / 2 {
        (first, rest) = (LITTLE, LITTLE); // there is no room beside it
        out.truncate(out.trim_end().len());
        out = format!("{out}\n{LITTLE}");
    }
    let rooms = [first, rest].map(|indent| limit.saturating_sub(indent.width()) as f64);
    let words: Vec<Word> = words(text, paint.on).into_iter().map(Word).collect();
    for (index, line) in wrap_first_fit(&words, &rooms).into_iter().enumerate() {
        if index > 0 {
            out.push('\n');
            out.push_str(rest);
        }
        for (index, Word(parts)) in line.iter().enumerate() {
            out.push_str(if index > 0 { " " } else { "" });
            parts.iter().for_each(|(style, text)| out.push_str(&paint.sgr(style.sgr(), text)));
        }
    }
    out.push('\n');
    out
}

/// The words of a text with their styles. Without colours code keeps its backticks.
fn words(text: &str, colour: bool) -> Vec<Vec<Part>> {
    let mut words: Vec<Vec<Part>> = vec![Vec::new()];
    let mut style = Style::Plain;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, style) {
            ('`', _) => {
                if !colour {
                    push(&mut words, Style::Plain, c);
                }
                style = Style::Code.or_end(style);
            }
            (' ', _) => words.push(Vec::new()),
            ('*', Style::Code) => push(&mut words, style, c),
            ('*', _) => {
                let mark = if chars.next_if_eq(&'*').is_some() { Style::Strong } else { Style::Stressed };
                style = mark.or_end(style);
            }
            _ => push(&mut words, style, c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn push(words: &mut [Vec<Part>], style: Style, c: char) {
    let Some(word) = words.last_mut() else { return };
    match word.last_mut() {
        Some((last, text)) if *last == style => text.push(c),
        _ => word.push((style, c.to_string())),
    }
}

/// What a lesson begins with: its number, title and summary.
pub fn head(lesson: &Lesson, paint: Paint, width: usize) -> String {
    let title = paint.bold(&format!("Lesson {}: {}", lesson.number, lesson.title));
    format!("{title}\n{}", wrapped(&lesson.summary, "", "", paint, width))
}

/// All lessons with how far the learner has come: `✔` the exercise was passed, `·` read to the end, `3/8` at this step;
/// and what of these marks there is means.
pub fn list(progress: &Progress, paint: Paint, width: usize) -> String {
    let names = super::all().iter().map(|l| l.slug.len()).max().unwrap_or(0);
    let mut text = String::new();
    for lesson in super::all() {
        let mark = progress.of(lesson.slug);
        let sign = match mark {
            Mark { passed: true, .. } => paint.sgr(colour::TEXT, "   ✔ "),
            Mark { read: true, .. } => "   · ".to_owned(),
            Mark { step: 0, .. } => "     ".to_owned(),
            Mark { step, .. } => format!("{:>4} ", format!("{step}/{}", lesson.steps.len())),
        };
        let name = paint.bold(&format!("{:names$}", lesson.slug));
        let room = width.saturating_sub(names + 12);
        let title: String = lesson.title.chars().take(room).collect();
        text.push_str(&format!("{:>3}  {name} {sign} {title}\n", lesson.number));
    }
    if let Some(legend) = legend(progress) {
        text.push_str(&format!("     {}\n", paint.dim(&legend)));
    }
    text
}

/// What the marks of [`list`] mean, if it has any.
fn legend(progress: &Progress) -> Option<String> {
    let marks: Vec<Mark> = super::all().iter().map(|lesson| progress.of(lesson.slug)).collect();
    let there = [
        (marks.iter().any(|m| m.passed), "✔ exercise solved"),
        (marks.iter().any(|m| m.read && !m.passed), "· read to the end, exercise open"),
        (marks.iter().any(|m| m.step > 0 && !m.read && !m.passed), "3/8 at step 3 of 8"),
    ];
    let shown: Vec<&str> = there.iter().filter(|(is, _)| *is).map(|(_, words)| *words).collect();
    (!shown.is_empty()).then(|| shown.join("   "))
}
