//! Who is asked in step mode: without a prompt, the lines of stdin, with questions on stderr; else the prompt.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::console::Console;
use super::views;
use crate::repl::{Asker, Question};
use crate::session::Stop;
use crate::session::step::{Answer, Conductor, Said};
use crate::trace::render::Options;

/// Asks at the console.
pub struct Lines {
    console: Rc<Console>,
    /// To the thread that reads lines, once there is one.
    asks: RefCell<Option<Sender<Answer>>>,
}

impl Lines {
    pub fn new(console: Rc<Console>) -> Rc<Self> {
        Rc::new(Self { console, asks: RefCell::default() })
    }
}

impl Conductor for Lines {
    fn ask(&self, text: &str, question: &str, answer: Answer) {
        self.console.say(&format!("{}\n{question}", text.trim_end_matches('\n')));
        let _ = self.console.err.flush();
        let mut asks = self.asks.borrow_mut();
        let sender = asks.get_or_insert_with(|| {
            let (sender, receiver) = channel();
            // reading blocks, and must not block the loop: it has to hear of Ctrl-C
            let thread = std::thread::Builder::new().name("steps".into()).spawn(move || read(&receiver));
            drop(thread);
            sender
        });
        if let Err(unread) = sender.send(answer) {
            unread.0.give(Said::End);
        }
    }

    fn options(&self) -> Options {
        views::options(self.console.err.colour())
    }

    fn quits(&self) -> Stop {
        Stop::All
    }
}

/// Reads a line for each question. What is no terminal does not show what was typed: it is repeated.
fn read(asks: &Receiver<Answer>) {
    let echo = !std::io::stdin().is_terminal();
    for answer in asks {
        let mut bytes = Vec::new();
        let read = std::io::BufRead::read_until(&mut std::io::stdin().lock(), b'\n', &mut bytes);
        let line = String::from_utf8_lossy(&bytes).trim_end().to_string();
        let said = match read {
            Ok(count) if count > 0 => Said::Line(line),
            Ok(_) | Err(_) => Said::End,
        };
        if echo || said == Said::End {
            let shown = if let Said::Line(line) = &said { line.as_str() } else { "c" };
            let _ = writeln!(std::io::stderr(), "{}", crate::term::escape(shown));
        }
        answer.give(said);
    }
}

/// Asks at the prompt.
pub struct AtPrompt {
    asker: Asker,
    options: Options,
}

impl AtPrompt {
    pub fn new(asker: Asker, options: Options) -> Rc<Self> {
        Rc::new(Self { asker, options })
    }
}

impl Conductor for AtPrompt {
    fn ask(&self, text: &str, question: &str, answer: Answer) {
        let answer = Box::new(move |line: Option<String>| answer.give(line.map_or(Said::End, Said::Line)));
        (self.asker.0)(Question { text: text.to_string(), prompt: question.to_string(), fresh: false, answer });
    }

    fn options(&self) -> Options {
        self.options
    }

    fn quits(&self) -> Stop {
        Stop::Foreground
    }
}
