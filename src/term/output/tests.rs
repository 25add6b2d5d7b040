use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex};

use super::{Fault, LEFT, Out, PIECE, Stream, send};

/// A stream that remembers what reached it, and goes through `script`: at each write it takes so
/// many bytes or fails. After that it takes everything.
#[derive(Clone, Default)]
struct Fake {
    writes: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<Vec<io::Result<usize>>>>,
}

impl Fake {
    fn failing(script: impl IntoIterator<Item = io::Result<usize>>) -> Self {
        let mut steps: Vec<_> = script.into_iter().collect();
        steps.reverse();
        Self { script: Arc::new(Mutex::new(steps)), ..Self::default() }
    }

    fn out(&self, stream: Stream, is_terminal: bool) -> Out {
        Out::over(Box::new(self.clone()), stream, is_terminal, true)
    }

    fn writes(&self) -> Vec<String> {
        self.writes.lock().unwrap().clone()
    }
}

impl Write for Fake {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let step = self.script.lock().unwrap().pop();
        let count = step.unwrap_or(Ok(bytes.len()))?.min(bytes.len());
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        self.writes.lock().unwrap().push(text);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_terminal_gets_lines_and_a_pipe_gets_blocks() {
    // Stream, is a terminal, what has arrived after "a", "b\nc" and a flush.
    let rows: [(Stream, bool, [&[&str]; 3]); 3] = [
        (Stream::Stdout, true, [&[], &["ab\nc"], &["ab\nc"]]),
        (Stream::Stderr, false, [&[], &["ab\nc"], &["ab\nc"]]),
        (Stream::Stdout, false, [&[], &[], &["ab\nc"]]),
    ];
    for (stream, terminal, [first, second, third]) in rows {
        let fake = Fake::default();
        let out = fake.out(stream, terminal);
        out.print("a").unwrap();
        assert_eq!(fake.writes(), first, "{stream:?} {terminal}");
        out.print("b\nc").unwrap();
        assert_eq!(fake.writes(), second, "{stream:?} {terminal}");
        out.flush().unwrap();
        assert_eq!(fake.writes(), third, "{stream:?} {terminal}");
        out.print("d").unwrap();
        drop(out);
        assert_eq!(fake.writes().last().unwrap(), "d", "written when dropped");
    }
}

#[test]
fn a_long_output_to_a_pipe_is_written_in_blocks() {
    let fake = Fake::default();
    let out = fake.out(Stream::Stdout, false);
    for _ in 0..10_000 {
        out.print("twelve bytes").unwrap();
    }
    assert_eq!(fake.writes().len(), 1);
    out.flush().unwrap();
    assert_eq!(fake.writes().concat().len(), 120_000);
}

#[test]
fn only_a_terminal_gets_escaped_text() {
    for (terminal, colour, expected) in [
        (true, true, "\\u{1b}[2J\u{1b}[31mx\u{1b}[0m\n"),
        (true, false, "\\u{1b}[2J\\u{1b}[31mx\\u{1b}[0m\n"),
        (false, true, "\u{1b}[2J\u{1b}[31mx\u{1b}[0m\n"),
        (false, false, "\u{1b}[2J\u{1b}[31mx\u{1b}[0m\n"),
    ] {
        let fake = Fake::default();
        let out = Out::over(Box::new(fake.clone()), Stream::Stdout, terminal, colour);
        assert_eq!((out.is_terminal(), out.colour()), (terminal, colour));
        out.print("\u{1b}[2J\u{1b}[31mx\u{1b}[0m\n").unwrap();
        out.flush().unwrap();
        assert_eq!(fake.writes().concat(), expected);
    }
}

#[test]
fn a_fault_ends_the_stream() {
    let full = Fault::Failed("cannot write to standard output: no storage space".into());
    let rows = [(ErrorKind::BrokenPipe, Fault::Closed), (ErrorKind::StorageFull, full)];
    for (kind, fault) in rows {
        let fake = Fake::failing([Ok(1), Err(kind.into())]);
        let out = fake.out(Stream::Stdout, true);
        assert_eq!(out.fault(), None);
        assert_eq!(out.print("abc\n"), Err(fault.clone()));
        assert_eq!(out.print("more\n"), Err(fault.clone()));
        assert_eq!(out.flush(), Err(fault.clone()));
        assert_eq!(out.fault(), Some(fault));
        drop(out);
        assert_eq!(fake.writes(), ["a"], "nothing is tried again");
    }
}

#[test]
fn a_full_disk_shows_at_the_flush_of_a_block() {
    let fake = Fake::failing([Err(ErrorKind::StorageFull.into())]);
    let out = fake.out(Stream::Stdout, false);
    assert_eq!(out.print("abc\n"), Ok(()));
    assert!(matches!(out.flush(), Err(Fault::Failed(_))));
}

#[test]
fn a_slow_reader_and_signals_lose_nothing() {
    let fake = Fake::failing([Ok(2), Err(ErrorKind::WouldBlock.into()), Err(ErrorKind::Interrupted.into()), Ok(1)]);
    let out = fake.out(Stream::Stdout, true);
    out.print("abcdef\n").unwrap();
    assert_eq!(fake.writes(), ["ab", "c", "def\n"]);
}

#[test]
fn a_stream_that_takes_nothing_is_a_fault() {
    let out = Fake::failing([Ok(0)]).out(Stream::Stdout, true);
    assert!(matches!(out.print("a\n"), Err(Fault::Failed(_))));
}

#[test]
fn dev_full_is_reported() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return; // Only Linux has it.
    };
    let out = Out::over(Box::new(full), Stream::Stdout, false, false);
    out.print("x").unwrap();
    let Err(Fault::Failed(reason)) = out.flush() else {
        panic!("a full disk must be reported");
    };
    assert!(reason.starts_with("cannot write to standard output: No space left"));
}

#[test]
fn a_long_text_is_left_in_its_midst_where_that_is_wanted() {
    let text = "x".repeat(3 * PIECE);
    let sent = |is_stopped: Option<&dyn Fn() -> bool>, text: &str| {
        let mut fake = Fake::default();
        send(&mut fake, text.as_bytes(), is_stopped).expect("it takes everything");
        fake.writes().concat()
    };
    let left = format!("{}{}", &text[..PIECE], String::from_utf8_lossy(LEFT));
    assert_eq!(sent(Some(&|| true), &text), left);
    assert!(sent(Some(&|| false), &text) == text && sent(None, &text) == text);
    assert_eq!(sent(Some(&|| true), "short"), "short");
}
