//! Text as lines, each as soon as it is there.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, BufReader};

use super::Error;
use super::files::MOST;

/// What is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Is an error of the kind "value".
    Fails,
    /// Becomes U+FFFD.
    Replaced,
}

/// The lines of a text, without LF and CR LF at their ends; what follows the last end is a line, too.
pub struct Lines<R> {
    reader: BufReader<R>,
    /// What has come of the next line.
    line: Vec<u8>,
    /// How many lines have been given.
    count: usize,
    malformed: Malformed,
    /// `"a.txt"`, for messages.
    shown: String,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub fn new(reader: R, shown: String, malformed: Malformed) -> Self {
        Self { reader: BufReader::with_capacity(64 << 10, reader), line: Vec::new(), count: 0, malformed, shown }
    }

    /// The next line, or `None` at the end. When the future is dropped nothing is lost.
    ///
    /// # Errors
    /// "io"; "limit" for a line of more than [`MOST`] bytes; "value" for malformed text.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let complete = read_line(&mut self.reader, &mut self.line).await;
        if !complete.map_err(|e| Error::of(&format!("read {}", self.shown), &e))? {
            let message = format!("line {} of {} is longer than {} MiB", self.count + 1, self.shown, MOST >> 20);
            return Err(Error::limit(message));
        }
        if self.line.is_empty() {
            return Ok(None);
        }
        self.count += 1;
        let mut line = std::mem::take(&mut self.line);
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        match (String::from_utf8(line), self.malformed) {
            (Ok(line), _) => Ok(Some(line)),
            (Err(e), Malformed::Replaced) => Ok(Some(String::from_utf8_lossy(e.as_bytes()).into_owned())),
            (Err(_), Malformed::Fails) => {
                Err(Error::value(format!("{}, line {}: this is not UTF-8 text", self.shown, self.count)))
            }
        }
    }
}

/// Adds to the line until it ends; false if it is too long. tokio's `read_until` knows no limit.
async fn read_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let buffer = reader.fill_buf().await?;
        let end = buffer.iter().position(|b| *b == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(buffer.len());
        line.extend_from_slice(&buffer[..taken]);
        let over = end.is_some() || buffer.is_empty();
        reader.consume(taken);
        if line.len() as u64 > MOST {
            return Ok(false);
        }
        if over {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], malformed: Malformed) -> (Vec<String>, Option<&'static str>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut lines = Lines::new(text, "\"a\"".into(), malformed);
            let mut found = Vec::new();
            loop {
                match lines.next().await {
                    Ok(Some(line)) => found.push(line),
                    Ok(None) => return (found, None),
                    Err(error) => return (found, Some(error.kind)),
                }
            }
        })
    }

    #[test]
    fn lines_lose_their_ends() {
        let plain = |text: &[u8]| lines(text, Malformed::Fails).0;
        assert_eq!(plain(b"a\r\n\nb\rc\nlast"), ["a", "", "b\rc", "last"]);
        assert_eq!(plain(b"a\n"), ["a"]);
        assert_eq!(plain(b"\n"), [""]);
        assert!(plain(b"").is_empty());
    }

    #[test]
    fn malformed_text_fails_or_is_replaced() {
        assert_eq!(lines(b"a\n\xff\n", Malformed::Fails), (vec!["a".to_string()], Some("value")));
        assert_eq!(lines(b"a\xff\n", Malformed::Replaced), (vec!["a\u{fffd}".to_string()], None));
    }
}
