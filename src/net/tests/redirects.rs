//! Redirects over the wire; the rules themselves are tested beside them.

use super::*;

fn redirecting(location: &'static str) -> String {
    answers(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
}

#[test]
fn a_chain_is_followed_to_its_end() {
    with_demo(async |client, server| {
        let mut response = get(&client, format!("{}/redirect/10", server.url())).await;
        assert_eq!((response.status(), response.ok()), (200, true));
        assert_eq!(response.url(), format!("{}/json", server.url()));
        assert_eq!(json(&response.json_text().await.unwrap())["threads"], 1);
    });
}

#[test]
fn the_eleventh_hop_is_one_too_many() {
    with_demo(async |client, server| {
        let url = format!("{}/redirect/11", server.url());
        let outcome = client.fetch(Request::new(&url)).await;
        expect_error(outcome, "http", &["too many redirects: 10 were followed", "/json", "redirects"]);
        let outcome = client.fetch(Request { redirects: 11, ..Request::new(&url) }).await;
        assert!(outcome.is_ok());
    });
}

#[test]
fn zero_returns_the_redirect_itself() {
    with_demo(async |client, server| {
        let request = Request::new(format!("{}/redirect/2", server.url()));
        let response = client.fetch(Request { redirects: 0, ..request }).await.unwrap();
        assert_eq!((response.status(), response.ok(), response.reason()), (302, false, "Found"));
        assert_eq!(response.header("location").as_deref(), Some("/redirect/1"));
    });
}

#[test]
fn circles_and_other_schemes_are_refused() {
    expect_error(read(Request::new(redirecting("/"))), "http", &["redirect circle", "visited before"]);
    let two = raw(|head, socket| {
        let to = if head.starts_with("GET /a ") { "/b" } else { "/a" };
        let answer = format!("HTTP/1.1 301 Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let _ = socket.write_all(answer.as_bytes());
    });
    expect_error(read(Request::new(two)), "http", &["redirect circle", "/a", "2 redirects"]);
    for location in ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"] {
        expect_error(read(Request::new(redirecting(location))), "http", &[location, "refuses"]);
    }
}

#[test]
fn who_gives_a_cookie_may_send_back_to_itself() {
    let gate = raw(|head, socket| {
        let answer = match head.contains("seen=1") {
            true => "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwelcome".to_owned(),
            false => "HTTP/1.1 302 Found\r\nlocation: /\r\nset-cookie: seen=1\r\ncontent-length: 0\r\n\r\n".to_owned(),
        };
        let _ = socket.write_all(answer.as_bytes());
    });
    expect_error(read(Request::new(&gate)), "http", &["too many redirects: 10"]);
}

#[test]
fn credentials_do_not_follow_to_another_host() {
    with_demo(async |client, server| {
        let elsewhere = format!("http://localhost:{}/echo", server.port());
        for (location, kept) in [(elsewhere, false), ("/same".to_owned(), true)] {
            // Sends its visitors on, and echoes the head of those who come back.
            let url = raw(move |head, socket| {
                let answer = if head.starts_with("GET /same ") {
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{head}", head.len())
                } else {
                    format!("HTTP/1.1 307 Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
                };
                let _ = socket.write_all(answer.as_bytes());
            });
            let request = Request { bearer: Some("t0k".into()), ..Request::new(url) };
            let body = client.fetch(request).await.unwrap().text().await.unwrap();
            assert_eq!(body.contains("t0k"), kept, "{body}");
        }
    });
}
