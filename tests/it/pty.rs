//! A program on a pseudo-terminal of its own, for tests that read like a session:
//!
//! ```ignore
//! let mut t = Terminal::start(program());
//! t.sees_prompt();
//! t.runs("let a = 1");
//! t.sends("a + 1").sees("=> 2").sees_prompt();
//! t.types(CTRL_D).exits_with(0);
//! ```
//!
//! `sees` waits for text to arrive after what was seen before; `screen` is what a person would see,
//! worked out by a terminal emulator. All waiting has a limit, and a failure shows both.

use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};

pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_R: &str = "\x12";
pub const CTRL_S: &str = "\x13";
pub const CTRL_Z: &str = "\x1a";
pub const TAB: &str = "\t";
pub const UP: &str = "\x1b[A";
pub const LEFT: &str = "\x1b[D";
pub const RIGHT: &str = "\x1b[C";

/// How long anything may take: far longer than it does, for machines that are busy.
const LIMIT: Duration = Duration::from_secs(30);

/// The prompt at the beginning of a row. (While a line is typed it is drawn again and again, but in place.)
const PROMPT: &str = "\nloop> ";

/// A terminal with a program on it.
pub struct Terminal {
    pty: Option<Arc<Pty>>,
    child: Child,
    output: Arc<(Mutex<Output>, Condvar)>,
    /// What was seen up to here does not count again.
    seen: usize,
}

struct Output {
    raw: Vec<u8>,
    plain: Plain,
    screen: vt100::Parser,
    ended: bool,
}

impl Terminal {
    /// Starts `command` on a terminal of 80 columns and 24 rows.
    pub fn start(command: Command) -> Self {
        Self::start_sized(command, 80, 24)
    }

    /// Starts `command` on a terminal of this size.
    pub fn start_sized(command: Command, columns: u16, rows: u16) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, columns)).expect("the size is set");
        let child = command.spawn(pts).expect("the program starts");
        let size = |n| NonZeroU16::new(n).expect("not empty");
        let screen = vt100::Parser::new(size(rows), size(columns), 10_000);
        let output = Output { raw: Vec::new(), plain: Plain::default(), screen, ended: false };
        let output = Arc::new((Mutex::new(output), Condvar::new()));
        let pty = Arc::new(pty);
        let (reader, sink) = (Arc::downgrade(&pty), Arc::clone(&output));
        thread::spawn(move || collect(&reader, &sink));
        Self { pty: Some(pty), child, output, seen: 0 }
    }

    /// Types keys, all in one write.
    pub fn types(&mut self, keys: impl AsRef<[u8]>) -> &mut Self {
        self.pty().write_all(keys.as_ref()).expect("the terminal takes keys");
        self
    }

    /// Types keys as a person does, one by one.
    pub fn types_slowly(&mut self, keys: &str, pause: Duration) -> &mut Self {
        for key in keys.chars() {
            self.types(key.to_string());
            thread::sleep(pause);
        }
        self
    }

    /// Pastes text as terminals with bracketed paste do.
    pub fn pastes(&mut self, text: &str) -> &mut Self {
        self.types(format!("\x1b[200~{text}\x1b[201~"))
    }

    /// Types a line and Enter.
    pub fn sends(&mut self, line: &str) -> &mut Self {
        self.types(format!("{line}\r"))
    }

    /// Types a line and Enter, and waits until the prompt is back.
    #[track_caller]
    pub fn runs(&mut self, line: &str) -> &mut Self {
        self.sends(line).sees_prompt()
    }

    /// Waits until the prompt is back.
    #[track_caller]
    pub fn sees_prompt(&mut self) -> &mut Self {
        self.sees(PROMPT)
    }

    /// Waits for `text` to arrive, after what was waited for before. Colours do not count.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let (needle, mut from) = (text.as_bytes(), self.seen);
        let found = self.wait(|o| {
            let fresh = &o.plain.text[from..];
            let at = fresh.windows(needle.len()).position(|window| window == needle);
            let end = at.map(|n| from + n + needle.len());
            from = (from + fresh.len()).saturating_sub(needle.len()).max(from);
            end
        });
        match found {
            Some(end) => self.seen = end,
            None => panic!("{text:?} did not arrive\n{}", self.describe()),
        }
        self
    }

    /// Waits until the screen satisfies `test`.
    #[track_caller]
    pub fn shows(&mut self, what: &str, test: impl Fn(&str) -> bool) -> &mut Self {
        if self.wait(|o| test(&o.screen.screen().contents()).then_some(())).is_none() {
            panic!("the screen does not show {what}\n{}", self.describe());
        }
        self
    }

    /// Waits until the last line that has `text` shows it in this colour.
    #[track_caller]
    pub fn shows_in(&mut self, colour: vt100::Color, text: &str) -> &mut Self {
        if self.wait(|o| (colour_of(o.screen.screen(), text) == Some(colour)).then_some(())).is_none() {
            panic!("{text:?} is not shown in {colour:?}\n{}", self.describe());
        }
        self
    }

    /// Waits until a row of the screen is exactly `line`, blanks at its end aside.
    #[track_caller]
    pub fn shows_line(&mut self, line: &str) -> &mut Self {
        self.shows(&format!("the line {line:?}"), |s| s.lines().any(|l| l.trim_end() == line))
    }

    /// What a person sees.
    pub fn screen(&self) -> String {
        self.with(|o| o.screen.screen().contents())
    }

    /// Whether anything that has arrived had a colour.
    pub fn has_colours(&self) -> bool {
        self.with(|o| o.plain.styled)
    }

    /// Everything that has arrived, as it is.
    pub fn raw(&self) -> Vec<u8> {
        self.with(|o| o.raw.clone())
    }

    /// Waits until nothing more can arrive: the program has ended.
    #[track_caller]
    pub fn ends(&mut self) -> &mut Self {
        let start = Instant::now();
        while !self.with(|o| o.ended) {
            assert!(start.elapsed() < LIMIT, "the output does not end\n{}", self.describe());
            thread::sleep(Duration::from_millis(5));
        }
        self
    }

    /// Everything that has arrived, without colours and other escapes.
    pub fn transcript(&self) -> String {
        self.with(|o| String::from_utf8_lossy(&o.plain.text).into_owned())
    }

    /// Whether the terminal is in its ordinary mode: lines are edited and echoed by the system.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.pty()).expect("the terminal has modes").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Sends a signal to the program.
    pub fn signals(&mut self, signal: Signal) -> &mut Self {
        kill_process(self.pid(), signal).expect("the program is there");
        self
    }

    /// The program's process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for the end. By a signal counts as 128 and its number.
    #[track_caller]
    pub fn exits(&mut self) -> i32 {
        let start = Instant::now();
        while start.elapsed() < LIMIT {
            if let Some(status) = self.child.try_wait().expect("the program can be waited for") {
                return status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the program does not end\n{}", self.describe());
    }

    /// Waits for the end, with that code.
    #[track_caller]
    pub fn exits_with(&mut self, code: i32) -> &mut Self {
        let found = self.exits();
        assert_eq!(found, code, "exit code\n{}", self.describe());
        self
    }

    /// Reads no more, and sends a signal when the program has had time to fill the terminal. The exit code, unless the
    /// program does not end.
    pub fn ends_unread(&mut self, fill: Duration, signal: Signal) -> Option<i32> {
        let output = Arc::clone(&self.output);
        let unread = output.0.lock().expect("no panic while reading"); // who collects needs it
        thread::sleep(fill);
        self.signals(signal);
        let start = Instant::now();
        let mut code = None;
        while code.is_none() && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(5));
            code = self.child.try_wait().expect("the program can be waited for").and_then(|status| status.code());
        }
        drop(unread);
        code
    }

    /// Changes the size, as dragging a corner of the window does.
    pub fn resizes(&mut self, columns: u16, rows: u16) -> &mut Self {
        let size = |n| NonZeroU16::new(n).expect("not empty");
        self.output.0.lock().expect("no panic while reading").screen.screen_mut().set_size(size(rows), size(columns));
        self.pty().resize(Size::new(rows, columns)).expect("the size is set");
        self
    }

    /// Takes the terminal away, as closing its window does.
    pub fn hangs_up(&mut self) -> &mut Self {
        self.pty = None;
        self
    }

    fn pty(&self) -> &Pty {
        self.pty.as_ref().expect("the terminal was taken away")
    }

    fn with<T>(&self, look: impl FnOnce(&Output) -> T) -> T {
        look(&self.output.0.lock().expect("no panic while reading"))
    }

    fn wait<T>(&self, mut test: impl FnMut(&Output) -> Option<T>) -> Option<T> {
        let end = Instant::now() + LIMIT;
        let (lock, changed) = &*self.output;
        let mut output = lock.lock().expect("no panic while reading");
        loop {
            if let Some(found) = test(&output) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || output.ended {
                return None;
            }
            output = changed.wait_timeout(output, left).expect("no panic while reading").0;
        }
    }

    fn describe(&self) -> String {
        let all = self.transcript();
        let tail: String = all.chars().skip(all.chars().count().saturating_sub(2_000)).collect();
        format!("--- screen ---\n{}\n--- arrived ---\n{tail}\n---", self.screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The colour of the beginning of `text` where it stands last.
fn colour_of(screen: &vt100::Screen, text: &str) -> Option<vt100::Color> {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let found = (0..rows).rev().flat_map(|row| (0..columns).rev().map(move |column| (row, column)));
    let starts = |&(row, column): &(u16, u16)| screen.contents_between(row, column, row, columns).starts_with(text);
    found.filter(starts).find_map(|(row, column)| screen.cell(row, column).map(vt100::Cell::fgcolor))
}

fn collect(pty: &Weak<Pty>, output: &(Mutex<Output>, Condvar)) {
    let moment = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let mut buffer = vec![0; 1 << 16];
    // Not held while nothing arrives, so that dropping the terminal closes it.
    while let Some(pty) = pty.upgrade() {
        let mut fds = [PollFd::new(&*pty, PollFlags::IN)];
        if poll(&mut fds, Some(&moment)) == Ok(0) {
            continue;
        }
        let mut reader: &Pty = &pty;
        let read = reader.read(&mut buffer);
        let mut o = output.0.lock().expect("no panic while waiting");
        match read {
            Ok(n) if n > 0 => {
                o.raw.extend_from_slice(&buffer[..n]);
                o.plain.take(&buffer[..n]);
                o.screen.process(&buffer[..n]);
            }
            _ => o.ended = true,
        }
        output.1.notify_all();
        if o.ended {
            return;
        }
    }
}

/// Takes the escape sequences and carriage returns out of what arrives.
#[derive(Default)]
struct Plain {
    text: Vec<u8>,
    /// A colour, or another style, was asked for.
    styled: bool,
    state: Escape,
}

#[derive(Default, Clone, Copy)]
enum Escape {
    #[default]
    None,
    Begun,
    /// `ESC [ ...`, up to a letter.
    Control,
    /// `ESC ] ...`, up to BEL or ESC.
    Title,
}

impl Plain {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.styled |= matches!((self.state, byte), (Escape::Control, b'm'));
            self.state = match (self.state, byte) {
                (Escape::None | Escape::Title, 0x1b) => Escape::Begun,
                (Escape::None, b'\r') => Escape::None,
                (Escape::None, _) => {
                    self.text.push(*byte);
                    Escape::None
                }
                (Escape::Begun, b'[') => Escape::Control,
                (Escape::Begun, b']') => Escape::Title,
                (Escape::Control, 0x40..=0x7e) | (Escape::Begun, _) | (Escape::Title, 0x07) => Escape::None,
                (state, _) => state,
            };
        }
    }
}

/// A folder that is removed when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("loopscope-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
