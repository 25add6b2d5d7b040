//! From a lesson's Markdown to its steps.
//!
//! A lesson has the Markdown that it needs and no more: headings, paragraphs, lists of one level, fenced blocks, and
//! within a line `code`, **strong** and *emphasis*. Its first line is the title, its first paragraph the summary. A step
//! ends after a program that runs, and where a heading begins. Fenced blocks:
//!
//! - `rhai` runs in the learner's session, `rhai virtual` by itself on the virtual clock; `output`, `says` and `lanes`
//!   after it are what comes of it (on the virtual clock; `lanes` in 80 columns), and are not shown where it is run;
//! - `rhai start`, `rhai check` and `rhai solution` belong to the exercise;
//! - all others are shown.
//!
//! The section `Answer` is shown when asked for, and so are the items of `Hints`, one after another.

/// A lesson.
#[derive(Debug)]
pub struct Lesson {
    /// Counted from 1.
    pub number: usize,
    /// Its name, as reports and `:learn` have it.
    pub slug: &'static str,
    pub title: String,
    /// What it is about, in a line.
    pub summary: String,
    pub steps: Vec<Step>,
    /// The answer to its question.
    pub answer: Vec<Item>,
    pub exercise: Exercise,
}

/// What is shown at once, before the learner goes on.
#[derive(Clone, Default, Debug)]
pub struct Step {
    pub items: Vec<Item>,
    /// Run at its end.
    pub program: Option<Program>,
    pub kind: Kind,
}

/// What the learner does at a step besides reading.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Kind {
    #[default]
    Read,
    Question,
    Exercise,
}

/// A piece of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    Heading(String),
    Paragraph(String),
    /// The marker, and the text.
    Bullet(String, String),
    Code {
        language: String,
        text: String,
    },
}

/// A program that runs, and what comes of it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Program {
    /// How reports name it: `coroutines-1.rhai`.
    pub name: String,
    pub code: String,
    /// It runs by itself, on the virtual clock.
    pub apart: bool,
    pub output: String,
    /// What loopscope says.
    pub says: String,
    /// The lanes, if the file shows them.
    pub lanes: Option<String>,
}

/// What the learner is to write.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Exercise {
    /// Where to start from.
    pub start: String,
    /// Throws what is missing. Sees what the learner's inputs defined, what the last one printed (`printed`, an array
    /// of lines) and how many seconds it took (`took`).
    pub check: String,
    pub solution: String,
    pub hints: Vec<String>,
}

/// Reads a lesson from the file called `NN-slug`.
pub fn lesson(name: &'static str, text: &str) -> Lesson {
    let (number, slug) = name.split_once('-').unwrap_or(("0", name));
    let mut lesson = Lesson {
        number: number.parse().unwrap_or(0),
        slug,
        title: String::new(),
        summary: String::new(),
        steps: Vec::new(),
        answer: Vec::new(),
        exercise: Exercise::default(),
    };
    let mut reader = Reader { lesson: &mut lesson, step: Step::default(), section: String::new() };
    items(text).into_iter().for_each(|item| reader.take(item));
    reader.end_step();
    lesson
}

struct Reader<'a> {
    lesson: &'a mut Lesson,
    step: Step,
    section: String,
}

impl Reader<'_> {
    fn take(&mut self, item: Item) {
        match item {
            Item::Heading(title) if self.lesson.title.is_empty() => self.lesson.title = title,
            Item::Paragraph(text) if self.lesson.summary.is_empty() => self.lesson.summary = text,
            Item::Heading(title) => {
                self.end_step();
                self.section.clone_from(&title);
                self.step.kind = match title.as_str() {
                    "Question" => Kind::Question,
                    "Exercise" => Kind::Exercise,
                    _ => Kind::Read,
                };
                if !self.is_hidden() {
                    self.step.items.push(Item::Heading(title));
                }
            }
            Item::Code { language, text } => self.code(&language, text),
            Item::Bullet(_, text) if self.section == "Hints" => self.lesson.exercise.hints.push(text),
            item if self.section == "Answer" => self.lesson.answer.push(item),
            item => {
                self.end_program();
                self.step.items.push(item);
            }
        }
    }

    fn code(&mut self, language: &str, text: String) {
        let exercise = &mut self.lesson.exercise;
        match (language, &mut self.step.program) {
            ("rhai" | "rhai virtual", _) => {
                self.end_program();
                let count = self.lesson.steps.iter().filter(|s| s.program.is_some()).count();
                let name = format!("{}-{}.rhai", self.lesson.slug, count + 1);
                let apart = language == "rhai virtual";
                self.step.program = Some(Program { name, code: text, apart, ..Program::default() });
            }
            ("output", Some(program)) => program.output = text,
            ("says", Some(program)) => program.says = text,
            ("lanes", Some(program)) => program.lanes = Some(text),
            ("rhai start", _) => exercise.start = text,
            ("rhai check", _) => exercise.check = text,
            ("rhai solution", _) => exercise.solution = text,
            (_, _) if self.section == "Answer" => {
                self.lesson.answer.push(Item::Code { language: language.to_owned(), text });
            }
            (_, _) => {
                self.end_program();
                self.step.items.push(Item::Code { language: language.to_owned(), text });
            }
        }
    }

    fn is_hidden(&self) -> bool {
        matches!(self.section.as_str(), "Answer" | "Hints")
    }

    fn end_program(&mut self) {
        if self.step.program.is_some() {
            self.end_step();
        }
    }

    fn end_step(&mut self) {
        let step = std::mem::take(&mut self.step);
        if !step.items.is_empty() || step.program.is_some() {
            self.lesson.steps.push(step);
        }
    }
}

/// The pieces of a text.
pub fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut lines = text.lines();
    let mut open = false; // whether the next line goes on with the last item
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = body.iter().map(|line| format!("{line}\n")).collect();
            items.push(Item::Code { language: language.to_owned(), text });
            open = false;
            continue;
        }
        let words = line.trim();
        match (open, items.last_mut()) {
            _ if words.is_empty() => open = false,
            _ if line.starts_with('#') => {
                items.push(Item::Heading(words.trim_start_matches('#').trim().to_owned()));
                open = false;
            }
            _ if bullet(line).is_some() => {
                items.extend(bullet(line));
                open = true;
            }
            (true, Some(Item::Paragraph(text) | Item::Bullet(_, text))) => {
                text.push(' ');
                text.push_str(words);
            }
            _ => {
                items.push(Item::Paragraph(words.to_owned()));
                open = true;
            }
        }
    }
    items
}

/// The item of a list that begins on this line.
fn bullet(line: &str) -> Option<Item> {
    let (marker, text) = line.split_once(' ')?;
    let is_number = marker.strip_suffix('.').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (marker == "-" || is_number).then(|| Item::Bullet(marker.to_owned(), text.trim().to_owned()))
}
