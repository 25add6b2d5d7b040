//! Reading one input: rustyline, set up, and its failures turned into plain answers.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustyline::config::Configurer as _;
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{Behavior, ColorMode, CompletionType, Config, EditMode, Event, EventHandler};

use super::backend::Backend;
use super::helper::PromptHelper;
use super::history::{self, History};
use super::keys::{Keys, TYPED_LIMIT};
use super::printer::Sink;
use super::settings::Settings;
use super::{PROMPT, gutter};
use crate::term::Paint;

/// What came of reading an input.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    Input(String),
    /// Ctrl-C; whether the line was empty.
    Interrupted {
        empty: bool,
    },
    /// The input was dropped, for the reason given.
    Refused(String),
    /// Ctrl-D, or the end of the input.
    End,
    /// The terminal is gone.
    Failed(String),
}

/// The line editor.
pub struct Editor {
    rustyline: rustyline::Editor<PromptHelper, MemHistory>,
    keys: Keys,
    sink: Sink,
}

impl Editor {
    pub fn new(backend: Arc<dyn Backend>, sink: Sink, paint: Paint) -> rustyline::Result<Self> {
        // With stdout sent elsewhere, the line is edited on the terminal all the same.
        let behavior = if sink.out_is_terminal() { Behavior::Stdio } else { Behavior::PreferTerm };
        let config = Config::builder()
            .behavior(behavior)
            // Colours are the helper's to decide; without this it would not be asked at all.
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .completion_prompt_limit(usize::MAX) // none is longer than the screen
            .max_history_size(2 * history::KEEP)?
            .history_ignore_dups(true)?
            .tab_stop(4)
            .build();
        let history = MemHistory::with_config(&config);
        let mut rustyline = rustyline::Editor::with_history(config, history)?;
        let names = backend.names();
        let keys = Keys::default();
        rustyline.set_helper(Some(PromptHelper {
            backend,
            pace: keys.pace.clone(),
            sink: sink.clone(),
            paint,
            hints: true,
            names,
            seen: RefCell::default(),
            sent: Cell::default(),
            lists: true,
            listed: RefCell::default(),
        }));
        rustyline.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys.clone())));
        if let Ok(printer) = rustyline.create_external_printer() {
            sink.wake_through(printer);
        }
        Ok(Self { rustyline, keys, sink })
    }

    /// Does as the settings say.
    pub fn follow(&mut self, settings: &Settings) {
        let keys = if settings.get("keys") == "vi" { EditMode::Vi } else { EditMode::Emacs };
        let circular = settings.get("completion") == "circular";
        let completion = if circular { CompletionType::Circular } else { CompletionType::List };
        self.rustyline.set_edit_mode(keys);
        self.rustyline.set_completion_type(completion);
        if let Some(helper) = self.rustyline.helper_mut() {
            helper.hints = settings.is_on("hints");
            helper.lists = !circular;
        }
    }

    /// Reads one input, which may have several lines.
    pub fn read(&mut self, history: &mut History) -> Read {
        history.sync(self.rustyline.history_mut());
        self.keys.clear();
        if let Some(helper) = self.rustyline.helper_mut() {
            helper.names = helper.backend.names();
            helper.seen.borrow_mut().clear();
            helper.listed.take();
        }
        self.sink.begin_editing();
        // rustyline counts rows and columns in 16 bits and panics on some pastes that are longer.
        let read = catch_unwind(AssertUnwindSafe(|| self.rustyline.readline(PROMPT)));
        self.sink.end_editing();
        match read {
            Ok(result) => self.answer(result),
            Err(_) => Read::Refused("this input is too long to be edited".to_owned()),
        }
    }

    fn answer(&mut self, result: rustyline::Result<String>) -> Read {
        match result {
            Ok(_) if self.keys.too_long.load(Ordering::Relaxed) => Read::Refused(format!(
                "refused: more than {} KiB typed in one go; put it in a file and :load it",
                TYPED_LIMIT >> 10
            )),
            Ok(line) if self.keys.interrupted.load(Ordering::Relaxed) => Read::Interrupted { empty: line.is_empty() },
            Ok(line) => Read::Input(gutter::strip(&line)),
            Err(ReadlineError::Interrupted) => Read::Interrupted { empty: self.seen().is_empty() },
            Err(ReadlineError::Eof) => Read::End,
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                let line = self.seen();
                let _ = self.rustyline.history_mut().add_owned(line);
                Read::Refused("that key sent a byte that is not UTF-8; Up brings the line back".to_owned())
            }
            Err(error) => Read::Failed(error.to_string()),
        }
    }

    fn seen(&self) -> String {
        self.rustyline.helper().map(|h| h.seen.borrow().clone()).unwrap_or_default()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.sink.close();
    }
}
