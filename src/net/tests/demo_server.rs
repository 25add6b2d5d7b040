//! The demo server, by our own client where that can, else by raw bytes.

use super::*;
use crate::net::Content;

/// What the server answers to these bytes, up to the end of the connection.
async fn raw_request(server: &DemoServer, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_index_lists_routes_that_work() {
    with_demo(async |client, server| {
        let index = text(&client, server.url()).await.unwrap();
        let examples: Vec<_> =
            index.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect();
        assert_eq!(examples.len(), 12);
        for example in examples {
            let response = get(&client, format!("{}{example}", server.url())).await;
            let expected: &[u16] = match example.split('/').nth(1) {
                Some("status") => &[404],
                Some("ws") => &[426],
                Some(flaky) if flaky.starts_with("flaky") => &[200, 500],
                _ => &[200],
            };
            assert!(expected.contains(&response.status()), "{example}: {}", response.status());
        }
    });
}

#[test]
fn mistakes_are_answered_with_help() {
    with_demo(async |client, server| {
        for (path, status, says) in [
            ("/nothing", 404, "no route \"/nothing\"; there are / /json"),
            ("/delay/soon", 400, "/delay/MS: expected a whole number from 0 to 3600000, not \"soon\""),
            ("/status/99", 400, "from 200 to 599"),
            ("/bytes/9999999999", 400, "from 0 to 1073741824"),
            ("/flaky?fail=2", 400, "fail must be a probability from 0 to 1, not \"2\""),
            ("/stream/3?interval=-1", 400, "interval: expected a whole number"),
            ("/site/lost.html", 404, "the pages begin at /site/"),
        ] {
            let mut response = get(&client, format!("{}{path}", server.url())).await;
            assert_eq!(response.status(), status, "{path}");
            let body = response.text().await.unwrap();
            assert!(body.contains(says), "{body}");
        }
        let post = Request { content: Content::Text("x".into()), ..Request::new(format!("{}/json", server.url())) };
        let mut response = client.fetch(post).await.unwrap();
        assert_eq!((response.status(), response.header("allow").unwrap()), (405, "GET, HEAD".into()));
        assert!(response.text().await.unwrap().contains("POST is not allowed"));
        let odd = Request { method: Some("BREW".into()), ..Request::new(format!("{}/echo", server.url())) };
        assert_eq!(client.fetch(odd).await.unwrap().status(), 405);
    });
}

#[test]
fn delays_follow_the_given_clock_and_traffic_is_told() {
    run(async {
        let clock = FastClock::new();
        let told = Rc::new(Cell::new(0));
        let count = told.clone();
        let server = DemoServer::start(clock.clone(), Rc::new(move || count.set(count.get() + 1))).unwrap();
        let client = Client::default();
        let start = Instant::now();
        assert_eq!(text(&client, format!("{}/delay/60000", server.url())).await.unwrap(), "ok");
        assert!(start.elapsed() < Duration::from_secs(15));
        assert_eq!((clock.sleeps.get(), told.get()), (1, 4), "connection, request, answer, its body");
        let lines = text(&client, format!("{}/stream/5?interval=1000", server.url())).await.unwrap();
        assert_eq!(lines.lines().count(), 5);
        assert_eq!(clock.sleeps.get(), 5);
        assert_eq!(told.get(), 4 + 2 + 5);
    });
}

#[test]
fn server_sent_events_have_id_event_and_data() {
    with_demo(async |client, server| {
        let mut response = get(&client, format!("{}/events/2?interval=0", server.url())).await;
        assert_eq!(response.header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!(
            response.text().await.unwrap(),
            "id: 1\nevent: tick\ndata: {\"of\":2,\"tick\":1}\n\nid: 2\nevent: tick\ndata: {\"of\":2,\"tick\":2}\n\n"
        );
    });
}

#[test]
fn flaky_is_the_same_for_every_server() {
    let statuses = |query: &'static str| {
        with_demo(async move |client, server| {
            let mut statuses = Vec::new();
            for _ in 0..40 {
                statuses.push(get(&client, format!("{}/flaky?{query}", server.url())).await.status());
            }
            statuses
        })
    };
    let first = statuses("fail=0.5&seed=1");
    assert_eq!(first, statuses("fail=0.5&seed=1"));
    assert_ne!(first, statuses("fail=0.5&seed=2"));
    let failures = first.iter().filter(|status| **status == 500).count();
    assert!((10..=30).contains(&failures), "{failures}");
    assert!(statuses("fail=0").iter().all(|status| *status == 200));
    assert!(statuses("fail=1").iter().all(|status| *status == 500));
}

#[test]
fn odd_clients_do_not_disturb_others() {
    with_demo(async |client, server| {
        let mut idle = Vec::new();
        for _ in 0..200 {
            idle.push(tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.unwrap());
        }
        for malformed in
            ["\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"]
        {
            let answer = raw_request(&server, malformed).await;
            assert!(
                answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 505"),
                "{malformed:?}: {answer}"
            );
        }
        let too_long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
        let answer = raw_request(&server, &too_long).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        let large = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 17000000\r\nconnection: close\r\n\r\n";
        assert!(raw_request(&server, large).await.starts_with("HTTP/1.1 413"));
        assert!(text(&client, format!("{}/json", server.url())).await.is_ok());
        drop(idle);
    });
}

#[test]
fn stopping_lets_answers_finish_and_refuses_new_connections() {
    with_demo(async |client, server| {
        let client = Rc::new(client);
        let (other, url) = (client.clone(), server.url());
        let slow = tokio::task::spawn_local(async move { text(&other, format!("{url}/delay/150")).await });
        assert!(text(&client, format!("{}/json", server.url())).await.is_ok());
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.stop().await;
        assert_eq!(slow.await.unwrap().unwrap(), "ok");
        server.stop().await;
        let outcome = text(&client, format!("{}/json", server.url())).await;
        expect_error(outcome, "network", &["refused"]);
    });
}

#[test]
fn stopping_does_not_wait_forever() {
    with_demo(async |client, server| {
        let url = format!("{}/delay/3600000", server.url());
        let slow = tokio::task::spawn_local(async move { text(&client, url).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let start = Instant::now();
        server.stop().await;
        assert!(start.elapsed() < Duration::from_secs(15));
        expect_error(slow.await.unwrap(), "network", &["closed the connection"]);
    });
}

#[test]
fn dropping_ends_it_and_a_port_can_be_chosen() {
    run(async {
        let start = |port| DemoServer::start_on(port, Rc::new(RealClock::new()), Rc::new(|| ()));
        let server = start(0).unwrap();
        let (port, client) = (server.port(), Client::default());
        assert!(start(port).is_err(), "the port is taken");
        let stopped = server.stop();
        drop(server);
        stopped.await;
        let url = format!("http://127.0.0.1:{port}/json");
        tokio::time::sleep(Duration::from_millis(20)).await;
        expect_error(text(&client, url.clone()).await, "network", &["refused"]);
        let again = start(port).unwrap();
        assert!(text(&client, url).await.is_ok());
        drop(again);
    });
}
