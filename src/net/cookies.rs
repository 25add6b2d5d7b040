//! The cookies of a session: kept from answers, sent with the requests that they are meant for (RFC 6265).

use std::cell::RefCell;
use std::cmp::Reverse;

use cookie_store::{CookieStore, RawCookie};
use reqwest::header::{self, HeaderMap, HeaderValue};
use url::Url;

/// A jar. Cookies in it last as long as it does, unless the server says less.
#[derive(Default)]
pub struct Cookies(RefCell<CookieStore>);

impl Cookies {
    /// Adds the cookies for this URL to the headers of a request, after those that are there.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap, url: &Url) {
        let store = self.0.borrow();
        let own = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut kept = store.matches(url);
        // the longest path first (RFC 6265, 5.4); the store itself has no order
        kept.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.name().to_owned()));
        let kept = kept.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        let all: Vec<String> = own.into_iter().chain(kept).collect();
        if let Ok(value) = HeaderValue::from_str(&all.join("; "))
            && !all.is_empty()
        {
            headers.insert(header::COOKIE, value);
        }
    }

    /// Keeps what an answer of this URL sets; what is malformed or not its to set is left out.
    pub(crate) fn take_from(&self, headers: &HeaderMap, url: &Url) {
        let values = headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = values.filter_map(|value| RawCookie::parse(value).ok().map(RawCookie::into_owned));
        self.0.borrow_mut().store_response_cookies(cookies, url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(jar: &Cookies, url: &str) -> String {
        let mut headers = HeaderMap::new();
        jar.put_into(&mut headers, &Url::parse(url).unwrap());
        headers.get(header::COOKIE).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_cookie_goes_where_it_is_meant_to_go() {
        let jar = Cookies::default();
        let mut headers = HeaderMap::new();
        for value in [
            "a=1; Path=/",
            "z=2; Path=/deep",
            "b=3; Path=/deep",
            "c=3; Secure",
            "d=4; Domain=other.test",
            "e=5; Max-Age=0",
            "; x",
        ] {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(value));
        }
        jar.take_from(&headers, &Url::parse("http://h.test/deep/page").unwrap());
        assert_eq!(sent(&jar, "http://h.test/deep/page"), "b=3; z=2; a=1");
        assert_eq!(sent(&jar, "http://h.test/else"), "a=1");
        assert_eq!(sent(&jar, "http://other.test/deep/page"), "");
    }
}
