//! `fetch` and `demo_server` in scripts: over real sockets, mostly on the virtual clock.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Script, unindented};

/// A script that has a demo server in `s`, and `attempt`, which gives the kind of the error.
fn with_server(text: &str) -> Script {
    script("let s = demo_server();\n", text)
}

/// A script that has in `url` the address of a server of the test's own, which is not a server of that process.
fn with_url(url: &str, text: &str) -> Script {
    script(&format!("let url = \"{url}\";\n"), text)
}

fn script(first: &str, text: &str) -> Script {
    const ATTEMPT: &str = "async fn attempt(f) { try { await f.call(); } catch (e) { return e } #{error: \"none\"} }\n";
    Script::new(&format!("{first}{ATTEMPT}{}", unindented(text)))
}

/// A server that reads the head of a request and then does this with the socket. Gives its address.
fn raw(answer: impl Fn(TcpStream) + Send + Sync + Copy + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).is_ok_and(|n| n > 0) {
                    head.push(byte[0]);
                }
                answer(socket);
            });
        }
    });
    url
}

/// A server that answers these bytes and closes the connection.
fn answers(bytes: &'static str) -> String {
    raw(move |mut socket| {
        let _ = socket.write_all(bytes.as_bytes());
        let _ = socket.shutdown(Shutdown::Write);
    })
}

#[test]
fn delays_follow_the_virtual_clock() {
    let script = with_server(
        "
        let t = now();
        let rs = await gather(fetch(s.url + `/delay/300`), fetch(s.url + `/delay/200`), sleep(0.1));
        print(`${rs} ${now() - t}`);
        print([rs[0].elapsed, rs[1].elapsed]);
        let lines = (await fetch(s.url + `/stream/3?interval=100`)).lines();
        await lines.for_each(|line| print(`${line} ${now()}`));
        let events = (await fetch(s.url + `/events/2?interval=100`)).events();
        for i in 0..3 { let e = await events.next(); print(`${e} ${now()}`) }
        await fetch(s.url + `/delay/60000`, #{timeout: 100});
        ",
    );
    let began = Instant::now();
    for _ in 0..10 {
        script.passes().prints(
            r#"
            [<response 200 OK, 2 B, 300 ms>, <response 200 OK, 2 B, 200 ms>, ()] 0.3
            [0.3, 0.2]
            {"line":1,"of":3} 0.3
            {"line":2,"of":3} 0.4
            {"line":3,"of":3} 0.5
            #{"data": "{\"of\":2,\"tick\":1}", "event": "tick", "id": "1"} 0.5
            #{"data": "{\"of\":2,\"tick\":2}", "event": "tick", "id": "2"} 0.6
             0.6
            "#,
        );
    }
    assert!(began.elapsed() < Duration::from_secs(60), "ten runs of a virtual minute took {:?}", began.elapsed());
}

#[test]
fn many_at_once_take_as_long_as_the_longest() {
    with_server(
        "
        let fetches = [];
        for i in 0..50 { fetches.push(fetch(s.url + `/delay/${i * 10}`)) }
        let rs = await gather(fetches);
        for i in 0..50 { assert(rs[i].elapsed == (i * 10) / 1000.0) }
        print(now());
        ",
    )
    .passes()
    .prints("0.49");
}

#[test]
fn a_body_that_nobody_reads_yet_arrives_on_time_all_the_same() {
    with_server(
        "
        let lines = (await fetch(s.url + `/stream/3?interval=100`)).lines();
        await sleep(1);
        await lines.for_each(|line| print(`${line} ${now()}`));
        ",
    )
    .passes()
    .prints(
        r#"
        {"line":1,"of":3} 1.0
        {"line":2,"of":3} 1.0
        {"line":3,"of":3} 1.0
        "#,
    );
}

#[test]
fn every_option_arrives() {
    with_server(
        r#"
        let seen = async |options| await (await fetch(s.url + "/echo?n=1", options)).json();
        let e = await seen.call(#{method: "put", headers: #{"X-One": 1, accept: ["a/b", "c/d"]}, query: #{q: ["a b", "&"], z: true}});
        print(`${e.method} ${e.query} ${e.headers["x-one"]} ${e.headers.accept}`);
        let e = await seen.call(#{body: "grün"});
        print(`${e.method} ${e.headers["content-type"]} ${e.body}`);
        let e = await seen.call(#{body: "abc".to_blob(), method: "PATCH"});
        print(`${e.method} ${"content-type" in e.headers} ${e.body}`);
        let e = await seen.call(#{json: #{a: [1, ()]}, bearer: "token"});
        print(`${e.headers["content-type"]} ${e.headers.authorization} ${e.body}`);
        let e = await seen.call(#{form: #{a: "1 2", b: 3}, basic_auth: ["user", "pass"]});
        print(`${e.headers["content-type"]} ${e.headers.authorization} ${e.body}`);
        "#,
    )
    .passes()
    .prints(
        r#"
        PUT #{"n": "1", "q": ["a b", "&"], "z": "true"} 1 a/b, c/d
        POST text/plain; charset=utf-8 grün
        PATCH false abc
        application/json Bearer token {"a":[1,null]}
        application/x-www-form-urlencoded Basic dXNlcjpwYXNz a=1+2&b=3
        "#,
    );
}

#[test]
fn limits_are_options_too() {
    with_server(
        "
        let e = await attempt(async || await fetch(s.url + `/delay/5000`, #{timeout: 0.5}));
        print(`${e.error} ${now()} ${e.url == s.url + `/delay/5000`}`);
        let r = await fetch(s.url + `/redirect/2`, #{redirects: 0});
        print(`${r.status} ${r.headers.location}`);
        print((await attempt(async || await fetch(s.url + `/redirect/3`, #{redirects: 2}))).error);
        print((await fetch(s.url + `/redirect/3`, #{redirects: 3})).ok);
        print((await attempt(async || await (await fetch(s.url + `/bytes/11`, #{max_body: 10})).bytes())).error);
        print((await (await fetch(s.url + `/bytes/10`, #{max_body: 10})).bytes()).len());
        print((await attempt(async || await (await fetch(s.url + `/gzip`, #{max_body: 1000})).text())).error);
        print((await attempt(async || (await fetch(s.url + `/status/418`)).raise())).status);
        print((await fetch(s.url + `/status/204`)).raise().ok);
        ",
    )
    .passes()
    .prints(
        "
        timeout 0.5 true
        302 /redirect/1
        http
        true
        limit
        10
        limit
        418
        true
        ",
    );
}

#[test]
fn options_that_make_no_sense_are_named() {
    with_server(
        r#"
        for options in [#{metod: 1}, #{colour: 1}, #{timeout: "1"}, #{headers: 1}, #{body: #{}}, #{json: 1, body: ""},
                        #{redirects: -1}, #{basic_auth: "me"}, #{query: #{a: #{}}}, #{json: s}] {
            let e = await attempt(async || fetch(s.url, options));
            print(`${e.error}: ${e.message.sub_string(0, 42)}`);
        }
        for options in [#{method: "A B"}, #{headers: #{"a b": 1}}, #{bearer: "x", basic_auth: ["a", "b"]}] {
            print((await attempt(async || await fetch(s.url, options))).error);
        }
        "#,
    )
    .passes()
    .prints(
        "
        value: fetch has no option metod; did you mean me
        value: fetch has no option colour; there are meth
        value: the option timeout needs a number of secon
        value: the option headers needs a map, and this i
        value: the option body needs a string or a blob (
        value: the options body and json exclude each oth
        value: the option redirects must not be negative,
        value: the option basic_auth needs an array of tw
        value: the option query.a needs a string, a numbe
        value: JSON can't hold a server
        value
        value
        value
        ",
    );
}

#[test]
fn a_body_is_read_once() {
    with_server(
        r#"
        let r = await fetch(s.url + "/json");
        print((await r.json()).title);
        print((await attempt(async || await r.text())).error);
        print((await attempt(async || r.lines())).error);
        let e = await attempt(async || await (await fetch(s.url + "/site/")).json());
        print(`${e.error} ${e.message.contains("it begins with \"<!doctype html>")}`);
        "#,
    )
    .passes()
    .prints(
        "
        A day in the life of an event loop
        value
        value
        value true
        ",
    );
}

#[test]
fn streams_go_on_after_a_timeout() {
    with_server(
        r#"
        let lines = (await fetch(s.url + "/stream/3?interval=300")).lines();
        await lines.next();
        print((await attempt(async || await timeout(0.1, lines.next()))).error);
        print(`${await lines.next()} ${now()}`);
        // each item goes to one of those who wait, in the order in which they came
        print(await gather(lines.next(), lines.next(), lines.next()));
        "#,
    )
    .passes()
    .prints(
        r#"
        timeout
        {"line":2,"of":3} 0.3
        ["{\"line\":3,\"of\":3}", (), ()]
        "#,
    );
}

#[test]
fn misbehaving_servers_are_told_apart() {
    let silent = raw(|_socket| thread::sleep(Duration::from_secs(5)));
    let truncated = answers("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc");
    let chunked = answers("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
    let babble = answers("hello, this is not HTTP\r\n\r\n");
    let away = answers("HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n");
    let closed = answers("");
    let endless = raw(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while socket.write_all(&[b'x'; 65536]).is_ok() {}
    });
    for (url, kind, says) in [
        (silent, "timeout", "sent no answer"),
        (truncated, "network", "truncated"),
        (chunked, "http", "malformed"),
        (babble, "http", "not a valid HTTP answer"),
        (away, "http", "redirect may only lead to http"),
        (closed, "network", "before it had answered"),
        (endless, "limit", "larger than 10 MiB"),
    ] {
        // what is to come before the limit has time for it
        let limit = if kind == "timeout" { 2 } else { 60 };
        let text = format!(
            "
            let e = await attempt(async || await (await fetch(url, #{{timeout: {limit}}})).text());
            print(`${{e.error}} ${{e.url == url}}`);
            print(e.message);
            "
        );
        let ran = with_url(&url, &text).passes();
        let (first, message) = ran.stdout.split_once('\n').expect("two lines");
        assert_eq!(first, format!("{kind} true"), "{ran}");
        assert!(message.contains(says), "{ran}");
    }
}

#[test]
fn cancelling_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        let outcome = socket.read_to_end(&mut request); // to its end: EOF
        let _ = tell.send((Instant::now(), outcome.map_err(|e| e.kind()), request.starts_with(b"GET / HTTP/1.1\r\n")));
    });
    let text = "
        let t = spawn(fetch(url));
        print(t.name);
        let from = timestamp();
        while from.elapsed < 0.3 { await sleep(0) }
        t.cancel();
        let from = timestamp();
        while from.elapsed < 1 { await sleep(0) }
    ";
    with_url(&url, text).prints("fetch").exits(0);
    let (when, outcome, is_request) = told.recv_timeout(Duration::from_secs(5)).expect("the connection was closed");
    assert!(outcome.is_ok_and(|n| n > 0) && is_request);
    assert!(when.elapsed() > Duration::from_millis(500), "it was closed by the cancel, not by the end of the program");
}

#[test]
fn a_server_keeps_nothing_alive() {
    let began = Instant::now();
    with_server("let l = lock(); await l.acquire(); await l.acquire();").run().exits(3).says("deadlock");
    let stuck =
        "let t = spawn(fetch(s.url + `/delay/60000`)); await sleep(1); t.cancel(); let q = queue(); await q.get();";
    with_server(stuck).run().exits(3).says("deadlock");
    with_server("print(s.url.len() > 0)").passes().prints("true");
    let forgotten = "let url = demo_server().url; print((await fetch(url + `/json`)).ok);";
    with_server(forgotten).passes().prints("true");
    assert!(began.elapsed() < Duration::from_secs(50));
}

#[test]
fn a_server_can_be_stopped() {
    with_server(
        r#"
        print(`${s}`.starts_with("<demo server at http://127.0.0.1:"));
        let slow = spawn(fetch(s.url + "/delay/500"));
        await sleep(0.1);
        await s.stop();
        print(`${(await slow).status} ${now()} ${`${s}`.ends_with("stopped>")}`);
        print((await attempt(async || await fetch(s.url))).error);
        await s.stop();
        "#,
    )
    .passes()
    .prints(
        "
        true
        200 0.5 true
        network
        ",
    );
}

#[test]
fn wrong_options_and_selectors_are_told_by_name() {
    with_server(
        r#"
        let wrong = [
            || http_client(#{bogus: 1}),
            || http_client(#{bas_url: s.url}),
            || http_client().get(s.url, #{timout: 1}),
            || http_client().request("PUT", s.url, #{bogus: 1}),
            || fetch(s.url, #{bogus: 1}),
        ];
        for f in wrong {
            try { f.call() } catch (e) { print(e.message.split("; ")[0]) }
        }
        for css in ["", " ", "a[", "p:nope(", "p >"] {
            try { html_select("<p>", css) } catch (e) { print(`${e.error}: ${e.message}`) }
        }
        "#,
    )
    .passes()
    .prints(
        r#"
        http_client has no option bogus
        http_client has no option bas_url
        http_client.get has no option timout
        http_client.request has no option bogus
        fetch has no option bogus
        value: "" is no CSS selector, such as "a[href]": it is empty
        value: " " is no CSS selector, such as "a[href]": it is empty
        value: "a[" is no CSS selector, such as "a[href]": it ends too early
        value: "p:nope(" is no CSS selector, such as "a[href]": a part after ":" is unknown, or a bracket is not closed
        value: "p >" is no CSS selector, such as "a[href]": a part is missing, or unknown
        "#,
    );
}

#[test]
fn on_the_real_clock_too_a_request_is_one_wait() {
    let big = raw(|mut socket| {
        // in pieces, each of which wakes who reads
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n");
        for _ in 0..3 {
            let _ = socket.write_all(&[b'x'; 1000]);
            thread::sleep(Duration::from_millis(20));
        }
    });
    let script = with_url(&big, "let r = await fetch(url); print((await r.text()).len())").real().flag("--log");
    let ran = script.prints("3000");
    let waits = ran.stderr.lines().filter(|line| line.contains("suspended")).count();
    assert_eq!(waits, 2, "one for the head, one for the body:\n{}", ran.stderr);
}
