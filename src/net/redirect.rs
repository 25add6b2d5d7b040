//! What may follow a 3xx answer.
//!
//! reqwest's own policy belongs to a client, not to a request. Here each request has its own limit, every hop passes
//! the permission check, and a refusal says where the chain was going. The rules are those of the fetch standard.

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Method, StatusCode};
use url::Url;

use super::error::{Error, quoted};
use super::request::{Prepared, move_userinfo};

/// The hops of one request so far.
pub(crate) struct Chain {
    limit: usize,
    seen: Vec<(Method, Url)>,
}

impl Chain {
    /// A chain that follows at most `limit` redirects; with 0 it follows none and lets the 3xx through.
    pub fn new(limit: usize) -> Self {
        Self { limit, seen: Vec::new() }
    }

    /// The request that this answer asks for, or `None` if the answer is the end.
    ///
    /// Errors have the kind "http": one redirect too many, a circle, a target that cannot be fetched.
    pub fn next(
        &mut self,
        sent: &Prepared,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Option<Prepared>, Error> {
        let Some(location) = location(status, headers).filter(|_| self.limit > 0) else {
            return Ok(None);
        };
        let url = target(&sent.url, status, &location)?;
        self.seen.push((sent.method.clone(), sent.url.clone()));
        let next = follow(sent, status, url);
        // who is given a cookie on the way may be let in the next time
        let is_given = headers.contains_key(header::SET_COOKIE);
        if !is_given && self.seen.contains(&(next.method.clone(), next.url.clone())) {
            return Err(Error::http(format!(
                "redirect circle: {} sends back to {}, which was visited before ({} redirects followed)",
                sent.url,
                next.url,
                self.seen.len() - 1
            )));
        }
        if self.seen.len() > self.limit {
            return Err(Error::http(format!(
                "too many redirects: {} were followed, and {} sends on to {}; \
                 raise the limit with the option redirects",
                self.limit, sent.url, next.url
            )));
        }
        Ok(Some(next))
    }
}

fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let value = headers.get(header::LOCATION)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn target(base: &Url, status: StatusCode, location: &str) -> Result<Url, Error> {
    let shown = quoted(location, 200);
    let mut url = base.join(location).map_err(|error| {
        Error::http(format!("{base} answered {} with a location that is not a URL: {shown} ({error})", status.as_u16()))
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::http(format!(
            "{base} redirects to {shown}, which fetch refuses: a redirect may only lead to http or https"
        )));
    }
    if url.fragment().is_none() {
        url.set_fragment(base.fragment());
    }
    Ok(url)
}

fn follow(sent: &Prepared, status: StatusCode, url: Url) -> Prepared {
    let mut next = Prepared { url, ..sent.clone() };
    let becomes_get = match status.as_u16() {
        301 | 302 => sent.method == Method::POST,
        303 => sent.method != Method::HEAD,
        _ => false,
    };
    if becomes_get {
        next.method = Method::GET;
        next.body = bytes::Bytes::new();
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION]
        {
            next.headers.remove(name);
        }
    }
    if next.url.origin() != sent.url.origin() {
        for name in [
            header::AUTHORIZATION,
            header::COOKIE,
            HeaderName::from_static("cookie2"),
            header::PROXY_AUTHORIZATION,
            header::HOST,
        ] {
            next.headers.remove(name);
        }
    }
    move_userinfo(&mut next.url, &mut next.headers);
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::request::{Content, Request};

    fn after(request: Request, status: u16, location: &str) -> Result<Option<Prepared>, Error> {
        let mut chain = Chain::new(request.redirects);
        let mut headers = HeaderMap::new();
        headers.insert("location", location.parse().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        chain.next(&request.prepare().unwrap(), status, &headers)
    }

    fn post() -> Request {
        let content = Content::Json("{}".into());
        Request { content, bearer: Some("secret".into()), ..Request::new("http://a/dir/x?q#frag") }
    }

    #[test]
    fn post_becomes_get_where_the_standard_says_so() {
        for (status, method) in [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
            let next = after(post(), status, "y").unwrap().unwrap();
            assert_eq!(next.method.as_str(), method, "after {status}");
            assert_eq!(next.body.is_empty(), method == "GET");
            assert_eq!(next.headers.contains_key("content-type"), method == "POST");
            assert_eq!(next.url.as_str(), "http://a/dir/y#frag");
        }
        assert!(after(post(), 304, "y").unwrap().is_none());
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        let same = after(post(), 307, "/other").unwrap().unwrap();
        assert_eq!(same.headers["authorization"], "Bearer secret");
        for elsewhere in ["http://b/", "https://a/", "http://a:8080/"] {
            let next = after(post(), 307, elsewhere).unwrap().unwrap();
            assert!(!next.headers.contains_key("authorization"), "{elsewhere}");
        }
    }

    #[test]
    fn targets_that_cannot_be_fetched_are_refused() {
        for location in ["file:///etc/passwd", "ftp://h/", "javascript:alert(1)", "http://[::"] {
            let error = after(Request::new("http://a/"), 302, location).unwrap_err();
            assert_eq!(error.kind(), "http");
            assert!(error.message().contains(location), "{error}");
        }
    }

    #[test]
    fn zero_lets_the_redirect_through() {
        let request = Request { redirects: 0, ..Request::new("http://a/") };
        assert!(after(request, 302, "/b").unwrap().is_none());
    }
}
