//! The permission check: before every hop and every connection, on the address that is meant.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::net::{Gate, Options, Target};

fn client(gate: impl Fn(&Target<'_>) -> Result<(), String> + Send + Sync + 'static) -> Client {
    Client::new(Options { gate: Some(Gate::new(gate, Arc::default())), ..Options::default() })
}

fn no_loopback(target: &Target<'_>) -> Result<(), String> {
    match target.address {
        Some(address) if address.is_loopback() => Err(format!("--deny-net={address}")),
        _ => Ok(()),
    }
}

#[test]
fn every_spelling_of_an_address_is_the_same_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    run(async {
        let client = client(no_loopback);
        for host in ["127.0.0.1", "2130706433", "0x7f000001", "0177.1", "[::ffff:127.0.0.1]", "[::1]", "localhost"] {
            let outcome = client.fetch(Request::new(format!("http://{host}:{port}/"))).await;
            expect_error(outcome, "permission", &["--deny-net="]);
        }
    });
    assert!(listener.accept().is_err(), "denied before connecting");
}

#[test]
fn redirects_are_checked_too() {
    with_demo(async |_, server| {
        let location = format!("http://localhost:{}/json", server.port());
        let url = answers(format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"));
        let client = client(|target| match target.host {
            "localhost" => Err("localhost is off limits".into()),
            _ => Ok(()),
        });
        let outcome = client.fetch(Request::new(url)).await;
        expect_error(outcome, "permission", &["localhost is off limits"]);
    });
}

#[test]
fn it_sees_host_port_and_then_each_address() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    with_demo(async |_, server| {
        let client = client(move |target| {
            log.lock().unwrap().push((target.host.to_owned(), target.port, target.address));
            Ok(())
        });
        let url = format!("http://LOCALHOST:{}/json", server.port());
        assert!(text(&client, url).await.is_ok());
        let seen = seen.lock().unwrap();
        assert_eq!(seen[0], ("localhost".to_owned(), server.port(), None));
        let local = Some(IpAddr::from([127, 0, 0, 1]));
        assert!(seen.contains(&("localhost".to_owned(), server.port(), local)), "{seen:?}");
    });
}

#[test]
fn another_gate_is_asked_about_connections_that_are_open_already() {
    with_demo(async |_, server| {
        let (is_shut, edition) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let shut = is_shut.clone();
        let ask = move |target: &Target<'_>| if shut.load(Ordering::SeqCst) { no_loopback(target) } else { Ok(()) };
        let client = Client::new(Options { gate: Some(Gate::new(ask, edition.clone())), ..Options::default() });
        let url = format!("http://localhost:{}/json", server.port());
        assert!(text(&client, url.clone()).await.is_ok());
        is_shut.store(true, Ordering::SeqCst);
        edition.fetch_add(1, Ordering::SeqCst);
        expect_error(client.fetch(Request::new(url)).await, "permission", &["--deny-net="]);
    });
}
