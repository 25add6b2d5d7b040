//! What a script asks for, and the checks that need no network.
//!
//! A [`Request`] is plain data as the script gave it. [`Request::prepare`] turns it into what goes on the wire, so that
//! every mistake in a URL, a header or an option is reported before a connection is opened.

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::{ParseError, Url};

use super::error::{Error, quoted};

/// A request as the script describes it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to: an absolute `http://` or `https://` URL. A user and password in it become basic authentication.
    pub url: String,
    /// The method; `None` is GET, or POST when there is a body. Upper case is not needed for the usual ones.
    pub method: Option<String>,
    /// Names and values, in order; a repeated name is sent repeatedly.
    pub headers: Vec<(String, String)>,
    /// Pairs to be added to the query of the URL, encoded here.
    pub query: Vec<(String, String)>,
    /// The body.
    pub content: Content,
    /// For everything, from name lookup to the last byte of the body; `None` is no limit. See [`timeout_from_seconds`].
    pub timeout: Option<Duration>,
    /// How many redirects to follow; 0 returns the 3xx response itself.
    pub redirects: usize,
    /// The most bytes that the body may have after decompression.
    pub max_body: u64,
    /// User and password.
    pub basic_auth: Option<(String, String)>,
    /// A token for `Authorization: Bearer`.
    pub bearer: Option<String>,
}

/// The body of a request; all but `None` and `Bytes` set the content type, unless the headers do.
#[derive(Clone, Debug, Default)]
pub enum Content {
    /// No body.
    #[default]
    None,
    /// As it is, without a content type.
    Bytes(Vec<u8>),
    /// `text/plain; charset=utf-8`.
    Text(String),
    /// Text that is JSON already: `application/json`.
    Json(String),
    /// Fields, encoded here: `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
}

/// A checked request: what one hop sends.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request that makes sense, with what is to be heeded while it is under way.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(crate) prepared: Prepared,
    pub(crate) timeout: Option<Duration>,
    pub(crate) redirects: usize,
    pub(crate) max_body: u64,
}

impl Checked {
    /// The method, such as GET.
    pub fn method(&self) -> &str {
        self.prepared.method.as_str()
    }

    /// Where to, with the query.
    pub fn url(&self) -> &Url {
        &self.prepared.url
    }
}

impl Request {
    /// A GET with the defaults: 30 s in all, 10 redirects, 10 MiB of body.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: None,
            headers: Vec::new(),
            query: Vec::new(),
            content: Content::None,
            timeout: Some(Duration::from_secs(30)),
            redirects: 10,
            max_body: 10 << 20,
            basic_auth: None,
            bearer: None,
        }
    }

    /// Checks everything that can be checked without the network. Errors have the kind "value".
    pub fn check(self) -> Result<Checked, Error> {
        let (timeout, redirects, max_body) = (self.timeout, self.redirects, self.max_body);
        Ok(Checked { prepared: self.prepare()?, timeout, redirects, max_body })
    }

    /// What the first hop sends.
    pub(crate) fn prepare(self) -> Result<Prepared, Error> {
        let mut url = parse_url(&self.url)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let method = parse_method(self.method.as_deref(), &self.content)?;
        let mut headers = parse_headers(&self.headers)?;
        if let Some(value) = authorization(&self.basic_auth, &self.bearer)? {
            headers.insert(header::AUTHORIZATION, value);
        }
        move_userinfo(&mut url, &mut headers);
        let body = encode(self.content, &mut headers);
        Ok(Prepared { method, url, headers, body })
    }
}

/// A timeout from a script's number of seconds: negative ones count as 0, infinity is no limit.
/// Not a number is an error of the kind "value".
pub fn timeout_from_seconds(seconds: f64) -> Result<Option<Duration>, Error> {
    if seconds.is_nan() {
        return Err(Error::value("timeout must be a number of seconds, but it is NaN"));
    }
    Ok(Duration::try_from_secs_f64(seconds.max(0.0)).ok())
}

/// Parses an absolute URL with a scheme that can be fetched.
fn parse_url(text: &str) -> Result<Url, Error> {
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        outcome => Err(Error::value(url_problem(&quoted(text, 200), outcome))),
    }
}

fn url_problem(shown: &str, outcome: Result<Url, ParseError>) -> String {
    let url = match outcome {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => {
            return format!(
                "{shown} is not a complete URL: write the scheme and the host too, as in \"http://127.0.0.1:8000/json\""
            );
        }
        Err(error) => return format!("{shown} is not a valid URL: {error}"),
    };
    match url.scheme() {
        "ws" | "wss" => {
            format!("fetch cannot open {shown}: that is a WebSocket; use ws_connect(url)")
        }
        "file" => format!("fetch cannot open {shown}: for a file use read_file(path)"),
        scheme => format!(
            "fetch cannot open {shown}: the scheme must be http or https, not \"{scheme}\" \
             (is \"http://\" missing at the beginning?)"
        ),
    }
}

fn parse_method(method: Option<&str>, content: &Content) -> Result<Method, Error> {
    const USUAL: [Method; 7] =
        [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD, Method::OPTIONS];
    let Some(text) = method else {
        return Ok(if matches!(content, Content::None) { Method::GET } else { Method::POST });
    };
    if let Some(method) = USUAL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(text)) {
        return Ok(method);
    }
    match Method::from_bytes(text.as_bytes()) {
        Ok(method) if method.as_str().eq_ignore_ascii_case("CONNECT") => {
            Err(Error::value("the method CONNECT is for proxies; fetch cannot send it"))
        }
        Ok(method) => Ok(method),
        Err(_) => Err(Error::value(format!(
            "{} is not an HTTP method: expected a word like GET, POST, PUT or DELETE",
            quoted(text, 40)
        ))),
    }
}

/// Checks names and values. Errors have the kind "value".
pub(crate) fn parse_headers(pairs: &[(String, String)]) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Error::value(format!(
                "{} is not a header name: only letters, digits and -_.!#$%&'*+^`|~ may stand in one",
                quoted(name, 60)
            ))
        })?;
        if parsed == header::CONTENT_LENGTH || parsed == header::TRANSFER_ENCODING {
            return Err(Error::value(format!("the header {parsed} is set for you, from the body: leave it out")));
        }
        headers.append(parsed, header_value(name, value)?);
    }
    Ok(headers)
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| {
        Error::value(format!(
            "the value of the header {} has a line break or another control character in it: {}",
            quoted(name, 60),
            quoted(value, 60)
        ))
    })
}

fn authorization(basic: &Option<(String, String)>, bearer: &Option<String>) -> Result<Option<HeaderValue>, Error> {
    match (basic, bearer) {
        (Some(_), Some(_)) => {
            Err(Error::value("basic_auth and bearer exclude each other: both set the header authorization"))
        }
        (Some((user, _)), None) if user.contains(':') => {
            Err(Error::value(format!("the user of basic_auth must not contain a colon: {}", quoted(user, 60))))
        }
        (Some((user, password)), None) => Ok(Some(basic_value(user, password))),
        (None, Some(token)) => {
            let mut value = header_value("authorization", &format!("Bearer {token}"))?;
            value.set_sensitive(true);
            Ok(Some(value))
        }
        (None, None) => Ok(None),
    }
}

fn basic_value(user: &str, password: &str) -> HeaderValue {
    let code = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {code}")).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    value
}

/// Moves `user:password@` from the URL into a header, unless there is one: it must not be sent as part of the URL.
pub(crate) fn move_userinfo(url: &mut Url, headers: &mut HeaderMap) {
    if url.username().is_empty() && url.password().is_none() {
        return;
    }
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = decode(url.username());
    let password = decode(url.password().unwrap_or_default());
    if !headers.contains_key(header::AUTHORIZATION) {
        headers.insert(header::AUTHORIZATION, basic_value(&user, &password));
    }
    // Both only fail for URLs without a host, which http and https always have.
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn encode(content: Content, headers: &mut HeaderMap) -> Bytes {
    let (kind, body) = match content {
        Content::None => return Bytes::new(),
        Content::Bytes(bytes) => return bytes.into(),
        Content::Text(text) => ("text/plain; charset=utf-8", text),
        Content::Json(text) => ("application/json", text),
        Content::Form(pairs) => (
            "application/x-www-form-urlencoded",
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish(),
        ),
    };
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
    body.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(request: Request) -> String {
        let error = request.prepare().expect_err("this request makes no sense");
        assert_eq!(error.kind(), "value");
        error.message().to_owned()
    }

    fn with_header(name: &str, value: &str) -> Request {
        let mut request = Request::new("http://h/");
        request.headers.push((name.into(), value.into()));
        request
    }

    #[test]
    fn bad_urls_say_what_is_missing() {
        assert!(refused(Request::new("/json")).contains("not a complete URL"));
        assert!(refused(Request::new("localhost:8000/x")).contains("\"http://\" missing"));
        assert!(refused(Request::new("file:///etc/passwd")).contains("read_file"));
        assert!(refused(Request::new("ws://h/")).contains("ws_connect"));
        assert!(refused(Request::new("http://h:99999/")).contains("port"));
        assert!(refused(Request::new("http://")).contains("host"));
    }

    #[test]
    fn bad_headers_and_methods_are_named() {
        assert!(refused(with_header("a b", "x")).contains("\"a b\" is not a header name"));
        assert!(refused(with_header("x", "a\r\nset-cookie: y")).contains("line break"));
        assert!(refused(with_header("Content-Length", "3")).contains("leave it out"));
        let method = |m: &str| Request { method: Some(m.into()), ..Request::new("http://h/") };
        assert!(refused(method("GE T")).contains("\"GE T\" is not an HTTP method"));
        assert!(refused(method("connect")).contains("proxies"));
    }

    #[test]
    fn a_body_sets_method_and_content_type() {
        let form = Content::Form(vec![("a".into(), "1 2".into()), ("b".into(), "ü".into())]);
        let sent = Request { content: form, ..Request::new("http://h/") }.prepare().unwrap();
        assert_eq!(sent.method, Method::POST);
        assert_eq!(sent.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(sent.body, "a=1+2&b=%C3%BC");
        let mut request = with_header("content-type", "application/vnd.api+json");
        request.content = Content::Json("{}".into());
        request.method = Some("put".into());
        let sent = request.prepare().unwrap();
        assert_eq!((sent.method, sent.body), (Method::PUT, Bytes::from("{}")));
        assert_eq!(sent.headers["content-type"], "application/vnd.api+json");
    }

    #[test]
    fn query_pairs_are_encoded_and_appended() {
        let query = vec![("q".into(), "a&b".into()), ("n".into(), "1".into())];
        let sent = Request { query, ..Request::new("http://h/p?x=y") }.prepare().unwrap();
        assert_eq!(sent.url.as_str(), "http://h/p?x=y&q=a%26b&n=1");
    }

    #[test]
    fn credentials_become_a_header() {
        let sent = Request::new("http://us%40er:p%C3%A4ss@h/").prepare().unwrap();
        assert_eq!(sent.url.as_str(), "http://h/");
        assert_eq!(sent.headers["authorization"], "Basic dXNAZXI6cMOkc3M=");
        let bearer = Request { bearer: Some("t0k".into()), ..Request::new("http://h/") };
        assert_eq!(bearer.prepare().unwrap().headers["authorization"], "Bearer t0k");
        let basic_auth = Some(("a:b".into(), "c".into()));
        assert!(refused(Request { basic_auth, ..Request::new("http://h/") }).contains("colon"));
    }

    #[test]
    fn timeouts_are_checked() {
        assert!(timeout_from_seconds(f64::NAN).is_err());
        assert_eq!(timeout_from_seconds(-1.0).unwrap(), Some(Duration::ZERO));
        assert_eq!(timeout_from_seconds(f64::INFINITY).unwrap(), None);
        assert_eq!(timeout_from_seconds(0.25).unwrap(), Some(Duration::from_millis(250)));
    }
}
