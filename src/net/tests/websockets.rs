//! WebSockets with others that do not keep to the rules of RFC 6455, or do not read.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::*;
use crate::net::ws::{self, MAX_MESSAGE, Message, Opening, WebSocket};

/// More than the system keeps for a connection, and far less than what a flood sends in the time of a test.
const MUCH: usize = 64 << 20;

/// A frame, as it is on the way; clients mask theirs, here with zeros.
fn frame(first: u8, by_client: bool, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).unwrap();
    let head = match (len < 126, by_client) {
        (true, false) => vec![first, len],
        (true, true) => vec![first, 0x80 | len, 0, 0, 0, 0],
        (false, false) => vec![first, 126, 0, len],
        (false, true) => vec![first, 0x80 | 126, 0, len, 0, 0, 0, 0],
    };
    [&head, payload].concat()
}

/// Sends pings without reading an answer, until the connection ends or much was sent. Gives how much.
fn flood(socket: &mut TcpStream, by_client: bool) -> usize {
    let pings = frame(0x89, by_client, &[b'p'; 125]).repeat(500);
    let mut sent = 0;
    while sent < MUCH && socket.write_all(&pings).is_ok() {
        sent += pings.len();
    }
    sent
}

/// What comes until the connection ends.
fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = socket.read_to_end(&mut bytes);
    bytes
}

/// A server that lets in everybody, and then does what the test says.
fn letting_in(then: impl Fn(&mut TcpStream) + Send + Sync + Clone + 'static) -> String {
    raw(move |head, socket| {
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(key.trim().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        socket.write_all(answer.as_bytes()).unwrap();
        then(socket);
    })
}

async fn opened(url: &str, max_message: usize) -> WebSocket {
    let url = ws::parse_url(url).unwrap();
    let opening = Opening { url, headers: Vec::new(), timeout: None, max_message, clock: None, gate: None };
    ws::open(opening).await.unwrap()
}

/// Someone who has opened the WebSocket of the demo server, and then does what the test says.
async fn let_in<T: Send + 'static>(server: &DemoServer, then: impl FnOnce(&mut TcpStream) -> T + Send + 'static) -> T {
    let port = server.port();
    let client = tokio::task::spawn_blocking(move || {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let request = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDAwMDAwMDAwMDAwMDAwMA==\r\n\r\n";
        socket.write_all(request.as_bytes()).unwrap();
        read_head(&mut socket).unwrap();
        then(&mut socket)
    });
    client.await.unwrap()
}

#[test]
fn a_server_that_floods_with_pings_ends_the_connection() {
    let (tell, told) = std::sync::mpsc::channel();
    let url = letting_in(move |socket| tell.send(flood(socket, false)).unwrap());
    let outcome = run(async { opened(&url, MAX_MESSAGE).await.next().await });
    expect_error(outcome, "http", &["1024 pings", "does not read the answers"]);
    assert!(told.recv().unwrap() < MUCH);
}

#[test]
fn a_client_that_floods_with_pings_ends_the_connection() {
    let sent = with_demo(async |_, server| let_in(&server, |socket| flood(socket, true)).await);
    assert!(sent < MUCH, "{sent}");
}

#[test]
fn pings_whose_answers_are_read_are_no_flood() {
    const PINGS: usize = 20_000;
    let url = letting_in(|socket| {
        let mut reader = socket.try_clone().unwrap();
        // an answer has a head of 2 bytes, a mask of 4, and what the ping had
        let reading = thread::spawn(move || reader.read_exact(&mut [0; PINGS * 7]).unwrap());
        socket.write_all(&frame(0x89, false, b"p").repeat(PINGS)).unwrap();
        reading.join().unwrap();
        socket.write_all(&frame(0x81, false, b"done")).unwrap();
    });
    let outcome = run(async { opened(&url, MAX_MESSAGE).await.next().await });
    assert_eq!(outcome.unwrap(), Some(Message::Text("done".into())));
}

#[test]
fn what_is_sent_to_one_who_does_not_read_waits() {
    const LEN: usize = 1 << 20;
    let url = letting_in(|_| thread::sleep(Duration::from_secs(20)));
    let sent = Cell::new(0);
    run(async {
        let socket = opened(&url, MAX_MESSAGE).await;
        let sending = async {
            while sent.get() < MUCH {
                socket.send(Message::Binary(vec![0; LEN])).await.unwrap();
                sent.set(sent.get() + LEN);
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), sending).await;
    });
    assert!(sent.get() < MUCH, "{}", sent.get());
}

/// What is wrong, and the code with which RFC 6455 has it answered.
fn faults(by_client: bool) -> Vec<(Vec<u8>, u16)> {
    let long = 17u64 << 20;
    let mut too_long = vec![0x82, if by_client { 0xff } else { 0x7f }];
    too_long.extend(long.to_be_bytes());
    too_long.extend([0; 100]);
    vec![
        (frame(0x81, !by_client, b"masked where it must not be, or not where it must"), 1002),
        (frame(0xa1, by_client, b"a reserved bit"), 1002),
        (frame(0x83, by_client, b"no such operation"), 1002),
        (frame(0x80, by_client, b"nothing to go on with"), 1002),
        (frame(0x89, by_client, &[b'p'; 200]), 1002),
        (frame(0x88, by_client, b"x"), 1002),
        (frame(0x81, by_client, b"\xff"), 1007),
        (too_long, 1009),
    ]
}

/// The code of a frame that closes; a client masks it.
#[track_caller]
fn code_of_close(bytes: &[u8], by_client: bool) -> u16 {
    assert_eq!(bytes.first(), Some(&0x88), "{bytes:?}");
    match by_client {
        true => u16::from_be_bytes([bytes[6] ^ bytes[2], bytes[7] ^ bytes[3]]),
        false => u16::from_be_bytes([bytes[2], bytes[3]]),
    }
}

#[test]
fn a_client_is_told_its_fault_with_a_code() {
    with_demo(async |_, server| {
        for (bytes, code) in faults(true) {
            let sent = bytes.clone();
            let heard = let_in(&server, move |socket| {
                socket.write_all(&sent).unwrap();
                rest(socket)
            });
            assert_eq!(code_of_close(&heard.await, false), code, "{bytes:?}");
        }
    });
}

#[test]
fn a_server_is_told_its_fault_with_a_code() {
    for (bytes, code) in faults(false) {
        let (tell, told) = std::sync::mpsc::channel();
        let sent = bytes.clone();
        let url = letting_in(move |socket| {
            socket.write_all(&sent).unwrap();
            tell.send(rest(socket)).unwrap();
        });
        let outcome = run(async {
            let socket = opened(&url, MAX_MESSAGE).await;
            let outcome = socket.next().await;
            assert!(socket.is_over());
            assert_eq!(socket.farewell().unwrap().code, 1006);
            outcome
        });
        expect_error(outcome, if code == 1009 { "limit" } else { "http" }, &[]);
        assert_eq!(code_of_close(&told.recv().unwrap(), true), code, "{bytes:?}");
    }
}
