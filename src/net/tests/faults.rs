//! Servers that misbehave: each fault is its own error, and part of a body never passes for the whole.

use std::sync::mpsc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn seconds_of<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

#[test]
fn a_server_that_never_answers() {
    let url = raw(|_, _| thread::sleep(Duration::from_secs(5)));
    let (outcome, took) = seconds_of(|| read(quick(url)));
    expect_error(outcome, "timeout", &["after 0.2 s", "sent no answer"]);
    assert!((0.15..2.0).contains(&took), "{took}");
}

#[test]
fn a_byte_now_and_then() {
    let drip = |start: &'static str| {
        raw(move |_, socket| {
            let _ = socket.write_all(start.as_bytes());
            while socket.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(50));
            }
        })
    };
    expect_error(read(quick(drip("HTTP/1.1 200 "))), "timeout", &["0.2 s", "sent no answer"]);
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    let (outcome, took) = seconds_of(|| read(quick(drip(head))));
    expect_error(outcome, "timeout", &["0.2 s", "in the body", "bytes had come"]);
    assert!((0.15..2.0).contains(&took), "{took}");
}

#[test]
fn answers_that_are_not_http() {
    for (answer, says) in [
        ("hello, world\r\n\r\n", "invalid HTTP version"),
        ("\x15\x03\x01\x00\x02\x02F", "and not https"),
        ("HTTP/1.1 9999 What\r\n\r\n", "invalid HTTP status-code"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "invalid HTTP header"),
        ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "invalid content-length"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "content-length"),
    ] {
        expect_error(read(Request::new(answers(answer))), "http", &["not a valid HTTP answer", says]);
    }
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    expect_error(read(Request::new(answers(long))), "http", &["head is too large"]);
}

#[test]
fn bodies_that_break_off_or_are_malformed() {
    const LENGTH: &str = "content-length: 100\r\n\r\nab";
    const CHUNKED: &str = "transfer-encoding: chunked\r\n\r\n";
    let truncated = ("network", "truncated");
    let malformed = ("http", "bad chunk size");
    for (rest, (kind, says)) in [
        (LENGTH.to_owned(), truncated),
        (format!("{CHUNKED}5\r\nab"), truncated),
        (format!("{CHUNKED}2\r\nab\r\n"), truncated),
        (format!("{CHUNKED}2\r\nab\r\n0\r\n"), truncated),
        (format!("{CHUNKED}zz\r\nab\r\n0\r\n\r\n"), malformed),
        (format!("{CHUNKED}2\r\nab\r\n-2\r\nab\r\n0\r\n\r\n"), malformed),
        (format!("{CHUNKED}1\r\nabcd\r\n0\r\n\r\n"), malformed),
        (format!("{CHUNKED}fffffffffffffffff\r\nab\r\n0\r\n\r\n"), malformed),
        ("content-encoding: gzip\r\ncontent-length: 12\r\n\r\nhello world!".to_owned(), ("http", "decompress")),
        ("content-encoding: br\r\ncontent-length: 12\r\n\r\nhello world!".to_owned(), ("http", "decompress")),
    ] {
        let outcome = read(Request::new(answers(format!("HTTP/1.1 200 OK\r\n{rest}"))));
        expect_error(outcome, kind, &[says, "http://127.0.0.1:"]);
    }
}

#[test]
fn a_compressed_body_that_ends_too_early() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"hello, hello, hello").unwrap();
    let whole = encoder.finish().unwrap();
    for cut in [5, whole.len() - 9, whole.len() - 1] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {cut}\r\n\r\n");
        let outcome = read(Request::new(answers([head.as_bytes(), &whole[..cut]].concat())));
        expect_error(outcome, "http", &["compressed body", "truncated"]);
    }
}

#[test]
fn connections_that_are_cut() {
    let cut = |answer: &'static str| {
        raw(move |_, socket| {
            let _ = socket.write_all(answer.as_bytes());
            thread::sleep(Duration::from_millis(50));
            // Closing with unsent data and no time to linger sends a reset.
            socket2::SockRef::from(&*socket).set_linger(Some(Duration::ZERO)).unwrap();
            let _ = socket.set_nonblocking(true);
        })
    };
    expect_error(read(Request::new(cut(""))), "network", &["reset", "before it had answered"]);
    let started = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nab";
    expect_error(read(Request::new(cut(started))), "network", &["reset", "in the body", "2 bytes"]);
    let closes = accepting(drop);
    let error = read(Request::new(closes)).unwrap_err();
    assert_eq!(error.kind(), "network");
    expect_error(read(Request::new(answers("HTTP/1.1 200"))), "network", &["closed the connection"]);
}

#[test]
fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = read(Request::new(format!("http://{address}/")));
    expect_error(refused, "network", &["connection refused", &address.to_string(), "server running"]);
    // A name with an empty part fails in the resolver itself, without asking anybody.
    let unknown = read(Request::new("http://no..such.host/"));
    expect_error(unknown, "network", &["cannot find the host \"no..such.host\""]);
}

/// A socket whose queue of connections is full: connecting to it hangs.
fn full_queue() -> (std::net::SocketAddr, Vec<TcpStream>, socket2::Socket) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
    let fillers = (0..4).map_while(connect).collect();
    (address, fillers, socket)
}

#[test]
fn a_connection_that_is_never_made() {
    let (address, _fillers, _socket) = full_queue();
    let url = format!("http://{address}/");
    let by_deadline = read(quick(&url));
    expect_error(by_deadline, "timeout", &["after 0.2 s while connecting to", &address.to_string()]);
    let connect_timeout = Duration::from_millis(200);
    let options = crate::net::Options { connect_timeout, ..Default::default() };
    let outcome = run(async { Client::new(options).fetch(Request::new(&url)).await });
    expect_error(outcome, "timeout", &["no connection to", "within 0.2 s"]);
}

/// What a body gives before it fails: how many bytes, the largest chunk, and the error.
fn drain(request: Request) -> (u64, usize, Error) {
    run(async {
        let mut body = Client::default().fetch(request).await.unwrap().take_body().unwrap();
        let (mut total, mut largest) = (0, 0);
        loop {
            match body.chunk().await {
                Ok(Some(chunk)) => {
                    total += chunk.len() as u64;
                    largest = largest.max(chunk.len());
                }
                Ok(None) => panic!("the body ended"),
                Err(error) => {
                    assert_eq!(body.chunk().await.unwrap_err(), error, "an error is final");
                    return (total, largest, error);
                }
            }
        }
    })
}

#[test]
fn a_bomb_and_an_endless_body_stop_at_the_limit() {
    let bomb = raw(|_, socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
        let mut encoder = GzEncoder::new(socket.try_clone().unwrap(), Compression::fast());
        while encoder.write_all(&[0; 1 << 16]).is_ok() {}
        let _ = socket.shutdown(Shutdown::Both);
        // Finishing would be one more attempt to write.
        std::mem::forget(encoder);
    });
    let endless = raw(|_, socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while socket.write_all(&[b'x'; 1 << 14]).is_ok() {}
        let _ = socket.shutdown(Shutdown::Both);
    });
    for url in [bomb, endless] {
        let (total, largest, error) = drain(Request { max_body: 3 << 20, ..Request::new(url) });
        assert_eq!(error.kind(), "limit");
        assert!(error.message().contains("larger than 3 MiB"), "{error}");
        assert!(total <= 3 << 20 && total > 2 << 20, "{total}");
        assert!(largest <= 1 << 20, "memory would not be bounded: {largest}");
    }
}

#[test]
fn an_announced_length_over_the_limit_is_refused_before_reading() {
    let url = answers("HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\nabc");
    let (total, _, error) = drain(Request::new(url));
    assert_eq!((total, error.kind()), (0, "limit"));
    assert!(error.message().contains("it has 1024 GiB"), "{error}");
    let exact = answers("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
    assert_eq!(read(Request { max_body: 3, ..Request::new(exact) }).unwrap(), b"abc");
}

#[test]
fn nothing_is_read_before_it_is_asked_for_and_dropping_closes() {
    let (sender, written) = mpsc::channel();
    let url = raw(move |_, socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
        let chunk = [0; 1 << 16];
        let mut total = 0;
        while socket.write_all(&chunk).is_ok() {
            total += chunk.len();
        }
        let _ = sender.send(total);
    });
    run(async {
        let request = Request { max_body: u64::MAX, ..Request::new(url) };
        let response = Client::default().fetch(request).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(response);
        tokio::time::sleep(Duration::from_millis(50)).await;
    });
    let written = written.recv_timeout(Duration::from_secs(5)).expect("the connection is closed");
    assert!(written < 50_000_000, "what is not read stays in buffers of the system: {written}");
}

#[test]
fn dropping_the_request_closes_the_connection() {
    let (sender, closed) = mpsc::channel();
    let url = raw(move |_, socket| {
        // Blocks until the client sends more, or goes.
        let _ = sender.send(socket.read(&mut [0; 10]).unwrap_or(0));
    });
    run(async {
        let client = Client::default();
        let request = client.fetch(Request::new(url));
        let abandoned = tokio::time::timeout(Duration::from_millis(100), request).await;
        assert!(abandoned.is_err());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(closed.recv_timeout(Duration::from_secs(5)), Ok(0));
    });
}

#[test]
fn a_body_that_comes_faster_than_it_is_read_times_out_too() {
    let url = raw(|_, socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while socket.write_all(&[b'x'; 1 << 14]).is_ok() {}
        let _ = socket.shutdown(Shutdown::Both);
    });
    let request = Request { max_body: u64::MAX, ..quick(url) };
    let ((total, _, error), took) = seconds_of(|| drain(request));
    assert_eq!(error.kind(), "timeout");
    assert!(total > 0 && took < 15.0, "{total} bytes in {took} s");
}
