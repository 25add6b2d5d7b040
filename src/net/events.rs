//! A body as server-sent events (`text/event-stream`), by the HTML standard.

use super::error::Error;
use super::lines::Lines;
use super::response::Body;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its type; "message" if it has none.
    pub event: String,
    /// Its data lines, joined by LF.
    pub data: String,
    /// The last id that was sent, maybe with an earlier event; empty if there was none.
    pub id: String,
}

/// The events of a body, each as soon as it is complete.
pub struct Events {
    lines: Lines,
    reader: Reader,
}

impl Events {
    /// The events of this body.
    pub fn new(body: Body) -> Self {
        Self { lines: Lines::of_events(body), reader: Reader::default() }
    }

    /// The next event, or `None` at the end; one that is not complete then is left out, as the standard says.
    /// Errors: see [`Body::chunk`]. When the future is dropped nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        while let Some(line) = self.lines.next().await? {
            if let Some(event) = self.reader.read(&line) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// Puts an event together, line by line.
#[derive(Default)]
struct Reader {
    event: String,
    /// Each line with an LF.
    data: String,
    id: String,
}

impl Reader {
    fn read(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            return self.complete();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            _ => {} // a comment, `retry`, or something newer
        }
        None
    }

    fn complete(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?; // an event without data is none
        Some(Event { event: if event.is_empty() { "message".to_owned() } else { event }, data, id: self.id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<(String, String, String)> {
        let mut reader = Reader::default();
        let found = text.split('\n').filter_map(|line| reader.read(line));
        found.map(|e| (e.event, e.data, e.id)).collect()
    }

    fn event(event: &str, data: &str, id: &str) -> (String, String, String) {
        (event.into(), data.into(), id.into())
    }

    #[test]
    fn fields_are_read_as_the_standard_says() {
        let text = ": hello\nid: 7\nevent: tick\ndata: a\ndata:b\nretry: 5\n\ndata\n\nevent: none\n\ndata:  two\nid\n\ndata: cut off";
        let expected = [event("tick", "a\nb", "7"), event("message", "", "7"), event("message", " two", "")];
        assert_eq!(events(text), expected);
    }
}
