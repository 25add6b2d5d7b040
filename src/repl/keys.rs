//! Keys that mean something else here than rustyline's defaults.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};

use super::pace::Pace;
use super::{gutter, terminal, validate};

/// Most bytes of an input that come key by key. rustyline measures the whole input at the end of each row, so that a
/// megabyte typed (or pasted by a terminal without bracketed paste) would take minutes. A bracketed paste comes at once
/// and may be longer.
pub const TYPED_LIMIT: usize = 128 << 10;

/// So long no further key comes when a paste is over.
const PASTED: Duration = Duration::from_millis(20);

/// Looks at each key before rustyline does.
#[derive(Clone, Default)]
pub struct Keys {
    /// The input has outgrown [`TYPED_LIMIT`], and is to be refused.
    pub too_long: Arc<AtomicBool>,
    /// Ctrl-C was pressed. rustyline's own way to say so drops what was typed after it.
    pub interrupted: Arc<AtomicBool>,
    pub pace: Arc<Pace>,
}

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        let Event::KeySeq(keys) = event else {
            return None;
        };
        self.pace.key(context.line().len());
        let [KeyEvent(code, modifiers)] = keys.as_slice() else {
            return None;
        };
        match (code, *modifiers) {
            (KeyCode::Char(_) | KeyCode::Tab, Modifiers::NONE) if context.line().len() >= TYPED_LIMIT => {
                self.too_long.store(true, Ordering::Relaxed);
                Some(Cmd::Noop)
            }
            (KeyCode::Char('C'), Modifiers::CTRL) => {
                self.interrupted.store(true, Ordering::Relaxed);
                Some(Cmd::AcceptLine)
            }
            (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('J' | 'M'), Modifiers::CTRL) => self.enter(context),
            (KeyCode::Enter, Modifiers::ALT) => Some(Cmd::Insert(1, gutter::new_line())),
            (KeyCode::Backspace, Modifiers::NONE) if gutter::is_all_before(context.line(), context.pos()) => {
                Some(Cmd::Kill(Movement::BeginningOfLine))
            }
            _ => None,
        }
    }
}

impl Keys {
    /// A new input begins.
    pub fn clear(&self) {
        self.too_long.store(false, Ordering::Relaxed);
        self.interrupted.store(false, Ordering::Relaxed);
        self.pace.clear();
    }

    fn enter(&self, context: &EventContext) -> Option<Cmd> {
        if self.too_long.load(Ordering::Relaxed) {
            // Its other lines must not be run by themselves: wait for the last of them.
            return Some(if terminal::input_is_pending(PASTED) { Cmd::Noop } else { Cmd::AcceptLine });
        }
        validate::is_incomplete(&gutter::strip(context.line())).then(|| Cmd::Insert(1, gutter::new_line()))
    }
}
