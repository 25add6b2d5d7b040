//! A terminal that nobody waits for without an end.
//!
//! Ctrl-C has the system throw away what a terminal has not shown yet, and then a `write` that waits for room may never
//! be told that there is some. So the terminal is opened once more, for this program alone, in a way that does not wait;
//! what waits looks again now and then.

use std::io::{self, Write};

use super::super::Stream;

/// Where the output of a stream goes.
pub(super) fn sink(stream: Stream) -> Box<dyn Write + Send> {
    own::tty(stream).unwrap_or_else(|| match stream {
        Stream::Stdout => Box::new(io::stdout()),
        Stream::Stderr => Box::new(io::stderr()),
    })
}

#[cfg(target_os = "linux")]
mod own {
    use std::fs::File;
    use std::io::{self, ErrorKind};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{Mode, OFlags, open};

    use super::{Stream, Write};

    /// So long one waits for room before one looks whether it is still wanted.
    const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

    struct Tty(File);

    /// None where the stream is no terminal, or one that belongs to somebody else.
    pub fn tty(stream: Stream) -> Option<Box<dyn Write + Send>> {
        let path = match stream {
            Stream::Stdout => "/proc/self/fd/1",
            Stream::Stderr => "/proc/self/fd/2",
        };
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = stream.is_terminal().then(|| open(path, flags, Mode::empty()));
        Some(Box::new(Tty(opened?.ok()?.into())))
    }

    impl Write for Tty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // whatever it says, the next try shows
                    let _ = poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], Some(&PAUSE));
                    self.0.write(bytes)
                }
                written => written,
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod own {
    use super::{Stream, Write};

    /// Elsewhere a terminal can't be opened again like that.
    pub fn tty(_: Stream) -> Option<Box<dyn Write + Send>> {
        None
    }
}
