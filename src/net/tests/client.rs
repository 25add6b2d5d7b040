//! What a script sees of requests and responses.

use super::*;
use crate::net::{Content, Options};

#[test]
fn a_request_arrives_as_it_was_meant() {
    with_demo(async |client, server| {
        let request = Request {
            method: Some("put".into()),
            headers: vec![pair("X-One", "1"), pair("x-one", "2"), pair("X-Name", "grün")],
            query: vec![pair("q", "a b&c"), pair("q", "ü")],
            content: Content::Json("{\"a\": 1}".into()),
            basic_auth: Some(pair("me", "secret")),
            ..Request::new(format!("{}/echo/x?n=1", server.url()))
        };
        let mut response = client.fetch(request).await.unwrap();
        let seen = json(&response.json_text().await.unwrap());
        assert_eq!((&seen["method"], &seen["path"]), (&"PUT".into(), &"/echo/x".into()));
        assert_eq!(seen["query"], serde_json::json!({"n": "1", "q": ["a b&c", "ü"]}));
        assert_eq!(seen["body"], "{\"a\": 1}");
        let headers = &seen["headers"];
        assert_eq!((&headers["x-one"], &headers["x-name"]), (&"1, 2".into(), &"grün".into()));
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["authorization"], "Basic bWU6c2VjcmV0");
        assert!(headers["user-agent"].as_str().unwrap().starts_with("loopscope/"));
    });
}

#[test]
fn any_status_is_a_success() {
    with_demo(async |client, server| {
        for (status, ok, reason) in [(204, true, "No Content"), (404, false, "Not Found"), (599, false, "Unnamed")] {
            let response = get(&client, format!("{}/status/{status}", server.url())).await;
            assert_eq!((response.status(), response.ok(), response.reason()), (status, ok, reason));
        }
    });
    let own = answers("HTTP/1.1 200 Sure Thing\r\ncontent-length: 0\r\n\r\n");
    run(async { assert_eq!(get(&Client::default(), own).await.reason(), "Sure Thing") });
}

#[test]
fn headers_are_lower_case_and_repeats_are_joined() {
    let url = answers("HTTP/1.1 200 OK\r\nX-A: 1\r\nSet-Cookie: a=1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n");
    run(async {
        let response = get(&Client::default(), url).await;
        let headers = response.headers();
        let expected = [pair("x-a", "1, 2"), pair("set-cookie", "a=1"), pair("content-length", "0")];
        assert_eq!(headers, expected);
        assert_eq!(response.header("X-A").as_deref(), Some("1, 2"));
    });
}

#[test]
fn a_body_is_read_once() {
    with_demo(async |client, server| {
        let mut response = get(&client, format!("{}/json", server.url())).await;
        assert!(response.text().await.is_ok());
        expect_error(response.text().await, "value", &["read already", "keep it in a variable"]);
        assert_eq!(response.status(), 200);
    });
}

#[test]
fn a_chunk_of_a_body_is_there_before_the_next_is_made() {
    let (go_on, wait) = std::sync::mpsc::channel();
    let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
    let url = raw(move |_, socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
        let _ = wait.lock().unwrap().recv();
        let _ = socket.write_all(b"3\r\ntwo\r\n0\r\n\r\n");
    });
    run(async {
        let mut body = get(&Client::default(), url).await.take_body().unwrap();
        assert_eq!(body.chunk().await.unwrap().as_deref(), Some(&b"one"[..]));
        go_on.send(()).unwrap();
        assert_eq!(body.chunk().await.unwrap().as_deref(), Some(&b"two"[..]));
        assert!(body.chunk().await.unwrap().is_none());
    });
}

#[test]
fn bodies_come_in_chunks() {
    with_demo(async |client, server| {
        let url = format!("{}/stream/4?interval=60", server.url());
        let mut body = get(&client, url).await.take_body().unwrap();
        let (mut chunks, mut all) = (0, Vec::new());
        while let Some(chunk) = body.chunk().await.unwrap() {
            chunks += 1;
            all.extend_from_slice(&chunk);
        }
        assert!(body.chunk().await.unwrap().is_none(), "the end stays the end");
        assert_eq!(chunks, 4);
        let lines: Vec<_> = std::str::from_utf8(&all).unwrap().lines().map(json).collect();
        assert_eq!(lines[3], serde_json::json!({"line": 4, "of": 4}));
    });
}

#[test]
fn a_large_body_comes_whole() {
    with_demo(async |client, server| {
        let bytes = get(&client, format!("{}/bytes/5000001", server.url())).await.bytes().await.unwrap();
        assert_eq!(bytes.len(), 5_000_001);
        assert!(bytes.iter().enumerate().all(|(i, &byte)| byte == (i % 251) as u8));
    });
}

#[test]
fn text_is_decoded_by_its_charset() {
    let answer = |kind: &str, body: &[u8]| {
        // the server closes after each answer, and says so, lest the client use the connection again
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        answers([head.as_bytes(), body].concat())
    };
    run(async {
        let client = Client::default();
        let latin = answer("text/html; charset=iso-8859-1", b"gr\xfcn");
        assert_eq!(text(&client, latin).await.unwrap(), "grün");
        let utf8 = answer("text/html", "\u{feff}grün".as_bytes());
        assert_eq!(text(&client, utf8).await.unwrap(), "grün");
        let broken = answer("text/html", b"gr\xfcn");
        assert_eq!(text(&client, broken.clone()).await.unwrap(), "gr\u{fffd}n");
        let outcome = get(&client, broken).await.json_text().await;
        expect_error(outcome, "value", &["not JSON", "not valid UTF-8"]);
    });
}

#[test]
fn compressed_bodies_are_unpacked() {
    with_demo(async |client, server| {
        let mut response = get(&client, format!("{}/gzip", server.url())).await;
        let document = json(&response.json_text().await.unwrap());
        assert_eq!(document["rows"][199], serde_json::json!({"row": 200, "square": 40000}));
        assert_eq!(response.header("content-encoding"), None);
    });
}

#[test]
fn head_and_empty_answers_have_no_body() {
    with_demo(async |client, server| {
        for path in ["/json", "/gzip", "/bytes/1073741824", "/stream/3?interval=0"] {
            let url = format!("{}{path}", server.url());
            let request = Request { method: Some("HEAD".into()), ..Request::new(url) };
            let mut response = client.fetch(request).await.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.bytes().await.unwrap().len(), 0, "{path}");
        }
    });
}

#[test]
fn connections_are_used_again() {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = count.clone();
    let url = accepting(move |mut socket| {
        seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        while read_head(&mut socket).is_some() {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    run(async {
        let client = Client::default();
        for _ in 0..5 {
            assert_eq!(text(&client, url.clone()).await.unwrap(), "ok");
        }
        assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 1);
    });
}

#[test]
fn timeouts_and_elapsed_follow_the_scripts_clock() {
    run(async {
        let clock = FastClock::new();
        let server = DemoServer::start(clock.clone(), Rc::new(|| ())).unwrap();
        let client = Client::new(Options { clock: Some(clock), ..Options::default() });
        let start = Instant::now();
        let patient = Request {
            timeout: Some(Duration::from_secs(600)),
            ..Request::new(format!("{}/delay/60000", server.url()))
        };
        let response = client.fetch(patient).await.unwrap();
        assert!(response.elapsed() >= Duration::from_secs(60));
        let hasty = Request::new(format!("{}/delay/3000000", server.url()));
        expect_error(client.fetch(hasty).await, "timeout", &["after 30 s"]);
        assert!(start.elapsed() < Duration::from_secs(15));
    });
}

#[test]
fn a_hundred_at_once() {
    with_demo(async |client, server| {
        let client = Rc::new(client);
        let start = Instant::now();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (client, url) = (client.clone(), format!("{}/delay/100", server.url()));
                tokio::task::spawn_local(async move { text(&client, url).await.unwrap() })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), "ok");
        }
        assert!(start.elapsed() < Duration::from_secs(8), "one by one it takes 10 s");
    });
}
