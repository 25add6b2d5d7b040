//! An answer: its head at once, its body when it is asked for.
//!
//! Nothing of the body is read before that, so a script can look at the status of a large download and drop it. The
//! body is read once, chunk by chunk, and counted after decompression: whatever a server sends, no more than the
//! limit is ever held. A body that breaks off is an error, never a shorter body.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use encoding_rs::{Encoding, UTF_8};
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::deadline::{Deadline, Elapsed};
use super::diagnose::{self, Situation, Stage};
use super::error::Error;
use crate::units;

/// The answer to a request.
pub struct Response {
    status: u16,
    reason: Cow<'static, str>,
    url: Rc<Url>,
    headers: HeaderMap,
    elapsed: Duration,
    body: Option<Body>,
}

impl Response {
    pub(crate) fn new(mut answer: reqwest::Response, url: Url, elapsed: Duration, mut body: Body) -> Self {
        let status = answer.status();
        let sent = answer.extensions().get::<hyper::ext::ReasonPhrase>();
        let reason = match sent {
            Some(phrase) => latin1(phrase.as_bytes()).into(),
            None => status.canonical_reason().unwrap_or_default().into(),
        };
        let headers = std::mem::take(answer.headers_mut());
        body.charset = charset(&headers);
        let url = Rc::new(url);
        body.source = Some((answer, Rc::clone(&url)));
        Self { status: status.as_u16(), reason, url, headers, elapsed, body: Some(body) }
    }

    /// The status, such as 200.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 200 to 299.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The reason that the server gave, or else the usual one: "Not Found".
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The same, parsed.
    pub fn parsed_url(&self) -> &Url {
        &self.url
    }

    /// From the call of fetch to the end of the head, on the script's clock.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// All headers in the order of arrival: names in lower case and each once, repeats joined by ", ".
    pub fn headers(&self) -> Vec<(String, String)> {
        let names = self.headers.keys();
        names.map(|name| (name.to_string(), self.header(name.as_str()).unwrap_or_default())).collect()
    }

    /// One header, by a name in any case; repeats joined by ", ".
    pub fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter().map(|value| latin1_or_utf8(value.as_bytes()));
        let first = values.next()?;
        Some(values.fold(first, |joined, value| joined + ", " + value.as_str()))
    }

    /// How many bytes the body has, if the server says so and does not compress it.
    pub fn content_length(&self) -> Option<u64> {
        let value = self.headers.get(header::CONTENT_LENGTH)?;
        value.to_str().ok()?.trim().parse().ok()
    }

    /// The body, to be read as one likes, once: the second call is an error of the kind "value".
    pub fn take_body(&mut self) -> Result<Body, Error> {
        self.body.take().ok_or_else(|| {
            Error::value(format!(
                "the body of {} was read already: it can be read once, so keep it in a variable",
                self.url
            ))
        })
    }

    /// [`Response::take_body`] and [`Body::bytes`].
    pub async fn bytes(&mut self) -> Result<Bytes, Error> {
        self.take_body()?.bytes().await
    }

    /// [`Response::take_body`] and [`Body::text`].
    pub async fn text(&mut self) -> Result<String, Error> {
        self.take_body()?.text().await
    }

    /// [`Response::take_body`] and [`Body::json_text`].
    pub async fn json_text(&mut self) -> Result<String, Error> {
        self.take_body()?.json_text().await
    }
}

/// A body on its way. Dropping it before its end closes the connection.
pub struct Body {
    /// `None` after the end and after an error.
    source: Option<(reqwest::Response, Rc<Url>)>,
    failed: Option<Error>,
    deadline: Deadline,
    limit: u64,
    received: u64,
    charset: &'static Encoding,
}

impl Body {
    pub(crate) fn new(deadline: Deadline, limit: u64) -> Self {
        Self { source: None, failed: None, deadline, limit, received: 0, charset: UTF_8 }
    }

    /// The next piece, decompressed and not empty, or `None` at the end.
    ///
    /// Errors, by kind: "timeout", "limit" for more bytes than allowed, "network" for a body that breaks off, "http"
    /// for one that is malformed. After an error every call gives that error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let outcome = self.advance().await;
        if !matches!(outcome, Ok(Some(_))) {
            self.source = None;
            self.failed = outcome.as_ref().err().cloned();
        }
        outcome
    }

    async fn advance(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((answer, url)) = &mut self.source else {
            return Ok(None);
        };
        // Known before the first byte, unless the body is compressed or chunked.
        let total = self.received + answer.content_length().unwrap_or(0);
        if total > self.limit {
            return Err(too_large(url, &format!("has {}", units::bytes(total)), self.limit));
        }
        loop {
            let situation = |timeout| Situation { url, stage: Stage::Body(self.received), timeout };
            let chunk = match self.deadline.race(answer.chunk()).await {
                Err(Elapsed) => return Err(diagnose::elapsed(situation(self.deadline.limit()))),
                Ok(Err(error)) => return Err(diagnose::failure(&error, situation(Duration::MAX))),
                Ok(Ok(None)) => return Ok(None),
                Ok(Ok(Some(chunk))) => chunk,
            };
            self.received += chunk.len() as u64;
            if self.received > self.limit {
                return Err(too_large(url, "goes on", self.limit));
            }
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    /// The charset of the content type; UTF-8 if it names none.
    pub fn charset(&self) -> &'static Encoding {
        self.charset
    }

    /// All of it. Errors: see [`Body::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let mut all = BytesMut::with_capacity((first.len() + second.len()) * 2);
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// All of it as text, by its byte-order mark, else the charset of the content type, else UTF-8; what is malformed
    /// becomes U+FFFD. Errors: see [`Body::chunk`].
    pub async fn text(self) -> Result<String, Error> {
        let charset = self.charset;
        let bytes = self.bytes().await?;
        Ok(decode(charset, bytes).0)
    }

    /// All of it as text that is to be parsed as JSON: malformed text is an error of the kind "value".
    /// Other errors: see [`Body::chunk`].
    pub async fn json_text(self) -> Result<String, Error> {
        let charset = self.charset;
        let url = self.source.as_ref().map(|(_, url)| url.to_string()).unwrap_or_default();
        let (text, malformed) = decode(charset, self.bytes().await?);
        if malformed {
            let name = charset.name();
            return Err(Error::value(format!("the body of {url} is not JSON: it is not valid {name}")));
        }
        Ok(text)
    }
}

fn too_large(url: &Url, what: &str, limit: u64) -> Error {
    Error::limit(format!(
        "the body of {url} is larger than {}: it {what}; raise the limit with the option max_body, \
         or do not read it",
        units::bytes(limit)
    ))
}

fn charset(headers: &HeaderMap) -> &'static Encoding {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(charset_of).unwrap_or(UTF_8)
}

/// The encoding that a content type names.
fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1).filter_map(|part| part.split_once('='));
    let (_, label) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Encoding::for_label(label.trim().trim_matches('"').as_bytes())
}

/// The text, and whether some of it was malformed.
fn decode(charset: &'static Encoding, bytes: Bytes) -> (String, bool) {
    let (text, _, malformed) = charset.decode(&bytes);
    (text.into_owned(), malformed)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Headers are Latin-1 by the old standard, and UTF-8 by habit.
fn latin1_or_utf8(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_are_found_in_content_types() {
        let name = |text| charset_of(text).map(Encoding::name);
        assert_eq!(name("text/html; charset=ISO-8859-1"), Some("windows-1252"));
        assert_eq!(name("text/html; x=y; Charset=\"shift_jis\""), Some("Shift_JIS"));
        assert_eq!(name("text/html"), None);
        assert_eq!(name("text/html; charset=klingon"), None);
    }

    #[test]
    fn headers_in_either_encoding_are_readable() {
        assert_eq!(latin1_or_utf8("grün".as_bytes()), "grün");
        assert_eq!(latin1_or_utf8(b"gr\xfcn"), "grün");
    }
}
