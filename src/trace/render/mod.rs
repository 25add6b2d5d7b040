//! Views: what a recording looks like.
//!
//! A view is a pure function of a recording and [`Options`]; it neither knows the terminal nor opens files. A
//! new format is one file with a [`View`] in it and one row in [`FORMATS`].

pub mod chrome;
pub mod code;
pub mod escape;
pub mod html;
pub mod jsonl;
pub mod lanes;
pub mod log;
pub mod paint;
pub mod steps;
pub mod summary;
pub mod svg;
pub mod text;
pub mod timeline;

use std::io;
use std::path::Path;

use super::recording::Recording;

/// How a view shall look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Columns of the terminal; what lies outside 40 to 250 is taken as the nearer of these.
    pub width: usize,
    /// With escape sequences for colour.
    pub colour: bool,
    /// With characters of ASCII only.
    pub ascii: bool,
    /// With a line that explains the signs.
    pub legend: bool,
    /// When there are more tasks than this, lanes fold those that are alike.
    pub rows: usize,
    /// When there are more steps than this, those in the middle are left out.
    pub steps: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { width: 100, colour: false, ascii: false, legend: false, rows: 24, steps: 200 }
    }
}

impl Options {
    /// The columns that there are to fill.
    pub(crate) fn columns(&self) -> usize {
        self.width.clamp(40, 250)
    }
}

/// What a task is called in every view: its number and its name, made safe; main has no number.
pub(crate) fn title(recording: &Recording, task: u32, ascii: bool) -> String {
    let name = escape::escaped(recording.task_name(task), ascii);
    match task {
        0 => name.into_owned(),
        _ => format!("{task} {name}"),
    }
}

/// A way to show a recording.
pub trait View {
    /// Writes the recording as this view shows it. Errors are those of `out`.
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()>;

    /// The same, as one text.
    fn render(&self, recording: &Recording, options: &Options) -> String {
        let mut out = Vec::new();
        // Writing to memory does not fail, and a view writes only UTF-8.
        let _ = self.write(recording, options, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// A format in which a recording can be saved.
pub struct Format {
    /// The ending of the file's name, without the dot.
    pub ending: &'static str,
    /// What it is good for, in a few words.
    pub about: &'static str,
    /// What writes it.
    pub view: &'static (dyn View + Sync),
}

/// All formats.
pub static FORMATS: &[Format] = &[
    Format { ending: "jsonl", about: "every event, a JSON object a line", view: &jsonl::Jsonl },
    Format { ending: "html", about: "a page that replays the run, in any browser", view: &html::Html },
    Format { ending: "svg", about: "a picture of the lanes", view: &svg::Svg },
    Format { ending: "json", about: "Chrome trace events, for Perfetto", view: &chrome::Chrome },
    Format { ending: "txt", about: "lanes, steps and log, to read", view: &text::Text },
];

/// The format that a file's name asks for by its ending; the error names all endings.
pub fn format_of(path: &Path) -> Result<&'static Format, String> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let found = ending.and_then(|ending| {
        let fits = |format: &&Format| format.ending.eq_ignore_ascii_case(ending);
        FORMATS.iter().find(fits)
    });
    found.ok_or_else(|| {
        let name = escape::escaped(&path.to_string_lossy(), false).into_owned();
        let known: Vec<String> =
            FORMATS.iter().map(|format| format!(".{} ({})", format.ending, format.about)).collect();
        format!("cannot tell the format of the trace from the name {name:?}: it must end in {}", known.join(" or "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::recording;

    #[test]
    fn endings_are_unique_and_each_format_has_a_few_words_about_it() {
        for (index, format) in FORMATS.iter().enumerate() {
            assert!(!format.about.is_empty() && format.about.len() < 60);
            let same = |other: &Format| other.ending == format.ending;
            assert!(!FORMATS[..index].iter().any(same), "{} twice", format.ending);
        }
    }

    #[test]
    fn each_format_writes_something_even_of_an_empty_recording() {
        for format in FORMATS {
            for script in ["", "0 0 started\n1 0 finished"] {
                let out = format.view.render(&recording(script), &Options::default());
                assert!(out.ends_with('\n'), "{}: {out:?}", format.ending);
            }
        }
    }

    #[test]
    fn a_name_without_a_known_ending_is_told_which_there_are() {
        assert_eq!(format_of(Path::new("a/run.JSONL")).map(|f| f.ending), Ok("jsonl"));
        for name in ["run", "run.gif", ".txt"] {
            let error = format_of(Path::new(name)).err().unwrap_or_default();
            assert!(error.contains(name) && error.contains(".txt (lanes"), "{error}");
        }
    }
}
