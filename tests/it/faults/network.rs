//! Servers and clients that misbehave, as scripts meet them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::Script;

/// A server that does this with each connection, when a request has come. Gives its port.
fn server(serve: impl Fn(TcpStream) + Send + Copy + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            thread::spawn(move || {
                let _ = socket.read(&mut [0; 4096]);
                serve(socket);
            });
        }
    });
    port
}

const ATTEMPT: &str = "async fn attempt(f) { try { await f.call(); } catch (e) { return e.error } `none` }\n";

#[test]
fn slow_servers_end_at_the_timeout() {
    let silent = server(|_socket| thread::sleep(Duration::from_secs(60)));
    let drip = server(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n");
        while socket.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let text = format!(
        "{ATTEMPT}let start = now();
         print(await attempt(async || await fetch(`http://127.0.0.1:{silent}/`, #{{timeout: 0.3}})));
         print(await attempt(async || await (await fetch(`http://127.0.0.1:{drip}/`, #{{timeout: 0.5}})).text()));
         print(now() - start < 20.0);"
    );
    Script::new(&text).real().run().exits(0).prints("timeout\ntimeout\ntrue");
}

#[test]
fn a_bomb_takes_no_memory() {
    let bomb = server(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n");
        let mut encoder = GzEncoder::new(socket, Compression::best());
        let zeros = vec![0; 1 << 20];
        for _ in 0..10_000 {
            if encoder.write_all(&zeros).is_err() {
                break;
            }
        }
        std::mem::forget(encoder); // to finish it would be one more write
    });
    let endless = server(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while socket.write_all(&[b'x'; 1 << 16]).is_ok() {}
    });
    let text = format!(
        "{ATTEMPT}for port in [{bomb}, {endless}] {{
             print(await attempt(async || await (await fetch(`http://127.0.0.1:${{port}}/`)).text()));
             let n = 0;
             print(await attempt(async || {{
                 let r = await fetch(`http://127.0.0.1:${{port}}/`, #{{max_body: 50_000_000}});
                 await r.chunks().for_each(async |c| n += c.len());
             }}));
             print(n <= 50_000_000);
         }}
         let status = await read_file(`/proc/self/status`);
         let peak = status.split(`VmHWM:`)[1].split(`kB`)[0];
         peak.trim();
         print(parse_int(peak) < 300_000);"
    );
    let ran = Script::new(&text).real().flag("--allow-read=/proc").run();
    ran.exits(0).prints("limit\nlimit\ntrue\nlimit\nlimit\ntrue\ntrue");
}

#[test]
fn denied_addresses_are_denied_in_any_spelling() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a listener that does not wait");
    let port = listener.local_addr().expect("an address").port();
    let text = format!(
        "{ATTEMPT}for host in [`127.0.0.1`, `2130706433`, `0x7f000001`, `0177.0.0.1`, `127.1`, `[::ffff:127.0.0.1]`, `localhost`,
                      `0.0.0.0`, `0`, `[::ffff:0.0.0.0]`] {{
             let url = `http://${{host}}:{port}/`;
             print(await attempt(async || await fetch(url)));
         }}
         print(await attempt(async || await tcp_connect(`127.1`, {port})));
         print(await attempt(async || await tcp_connect(`0`, {port})));
         print(await attempt(async || await tcp_connect(`[::ffff:0.0.0.0]`, {port})));
         print(await attempt(async || await ws_connect(`ws://2130706433:{port}/`)));
         print(await attempt(async || await ws_connect(`ws://0.0.0.0:{port}/`)));"
    );
    let ran = Script::new(&text).real().flag("--deny-net=127.0.0.1").run().exits(0);
    // `localhost` may mean ::1, where nobody listens
    let kinds: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(kinds.len(), 15, "{ran:#}");
    for (at, kind) in kinds.iter().enumerate() {
        assert!(*kind == "permission" || (at == 6 && *kind == "network"), "{ran:#}");
    }
    assert!(listener.accept().is_err(), "nobody connected");
    // a redirect to it from a server elsewhere on this machine, by another name for that
    let script = format!(
        "{ATTEMPT}let front = serve(async |req| response(302, ``, #{{location: `http://127.0.0.1:{port}/`}}));
         print(await attempt(async || await fetch(front.url)));"
    );
    Script::new(&script).real().flag(format!("--deny-net=127.0.0.1:{port}")).run().exits(0).prints("permission");
    assert!(listener.accept().is_err(), "nobody connected");
}

#[test]
fn idle_clients_keep_nobody_waiting() {
    let text = "
        let server = serve(async |req| { if req.path == `/bad` { throw `oh` } `fine` });
        let port = parse_int(server.url.split(`:`)[2].split(`/`)[0]);
        let idle = [];
        for i in 0..300 { idle.push(await tcp_connect(`127.0.0.1`, port)) }
        let half = await tcp_connect(`127.0.0.1`, port);
        await half.write(`GET / HT`);
        let garbage = await tcp_connect(`127.0.0.1`, port);
        await garbage.write(`\\x00\\x01 nonsense\\r\\n\\r\\n`);
        print((await fetch(server.url + `/bad`)).status);
        print(await (await fetch(server.url)).text());
    ";
    Script::new(text).real().run().exits(1).prints("500\nfine").says("\"GET /bad\" failed: oh");
}
