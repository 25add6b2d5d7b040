//! `serve` in scripts: by our own client on the virtual clock, and by clients that are not ours.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::programs::{Running, has, python};
use crate::support::{Script, unindented};

/// A handler that answers by path.
const HANDLER: &str = "
    let handler = async |req| {
        await sleep(0.1);
        switch req.path {
            `/text` => `grün`,
            `/map` => #{a: [1, ()]},
            `/array` => [1, 2],
            `/blob` => blob(2, 65),
            `/nothing` => (),
            `/number` => 7,
            `/boom` => throw `boom`,
            `/made` => response(201, `made`, #{location: `/x`, `set-cookie`: [`a=1`, `b=2`]}),
            _ => [req.method, req.path, req.query, req.body],
        }
    };
    let server = serve(handler);
";

fn with_handler(text: &str) -> Script {
    Script::new(&format!("{}{}", unindented(HANDLER), unindented(text)))
}

#[test]
fn each_value_of_a_handler_is_an_answer() {
    with_handler(
        "
        for path in [`/text`, `/map`, `/array`, `/blob`, `/nothing`, `/made`] {
            let r = await fetch(server.url + path);
            print(`${r.status} ${r.headers[\"content-type\"] ?? ()} ${await r.text()}`);
        }
        print((await fetch(server.url + `/made`)).headers);
        print(now());
        ",
    )
    .passes()
    .prints(
        r#"
        200 text/plain; charset=utf-8 grün
        200 application/json {"a":[1,null]}
        200 application/json [1,2]
        200 application/octet-stream AA
        204  
        201 text/plain; charset=utf-8 made
        #{"content-length": "4", "content-type": "text/plain; charset=utf-8", "location": "/x", "set-cookie": "a=1, b=2"}
        0.7
        "#,
    );
}

#[test]
fn requests_arrive_decoded() {
    with_handler(
        "
        let r = await fetch(server.url + `/a%20b/%C3%BC+c?x=1+2&x=%26&y`, #{method: `PUT`, body: `grün`});
        print(await r.text());
        let r = await fetch(server.url + `/`, #{body: blob(2, 255)});
        print(await r.text());
        let r = await fetch(server.url + `/text`, #{method: `HEAD`});
        print(`${r.status} ${r.headers[\"content-length\"]} \"${await r.text()}\"`);
        ",
    )
    .fails("JSON can't hold a blob")
    .prints(
        r#"
        ["PUT","/a b/ü+c",{"x":["1 2","&"],"y":""},"grün"]
        500 Internal Server Error

        200 5 ""
        "#,
    );
}

#[test]
fn handlers_run_at_once_each_in_its_task() {
    with_handler(
        "
        let rs = await gather(fetch(server.url + `/text`), fetch(server.url + `/map`), fetch(server.url + `/array`));
        print(`${now()} ${rs}`);
        let asked = spawn(fetch(server.url + `/text`));
        await sleep(0.05);
        print(tasks().map(|t| t.name));
        await asked;
        ",
    )
    .passes()
    .prints(
        r#"
        0.1 [<response 200 OK, 5 B, 100 ms>, <response 200 OK, 14 B, 100 ms>, <response 200 OK, 5 B, 100 ms>]
        ["main", "fetch", "GET /text"]
        "#,
    );
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    with_handler(
        r#"
        for port in [server.port, demo_server().port] {
            for head in ["GET /json HTTP/1.1\r\n\r\n", "GET /json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                         "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "GET /json HTTP/1.0\r\n\r\n"] {
                let c = await tcp_connect("127.0.0.1", port);
                await c.write(head);
                print(await c.read_line());
            }
        }
        "#,
    )
    .passes()
    .prints(
        "
        HTTP/1.1 400 Bad Request
        HTTP/1.1 400 Bad Request
        HTTP/1.1 405 Method Not Allowed
        HTTP/1.0 200 OK
        HTTP/1.1 400 Bad Request
        HTTP/1.1 400 Bad Request
        HTTP/1.1 405 Method Not Allowed
        HTTP/1.0 200 OK
        ",
    );
}

#[test]
fn a_handler_that_throws_answers_500_and_is_reported() {
    with_handler("print((await fetch(server.url + `/boom`)).status);")
        .fails("\"GET /boom\" failed: boom")
        .says("throw `boom`")
        .prints("500");
    with_handler("print((await fetch(server.url + `/number`)).status);")
        .fails("a handler answers with a string, a map or an array (JSON)")
        .says("and this is an integer")
        .prints("500");
}

#[test]
fn stopping_lets_requests_end_and_cancels_those_that_do_not() {
    Script::new(
        "
        let server = serve(async |req| {
            defer(|| print(`${req.path} over at ${now()}`));
            await sleep(if req.path == `/short` { 1 } else { 100 });
            `done`
        });
        let short = spawn(fetch(server.url + `/short`));
        let long = spawn(fetch(server.url + `/long`, #{timeout: 1000}));
        await sleep(0.1);
        let waits = spawn(async { await server; print(`stopped at ${now()}`) });
        let stopping = spawn(server.stop(5));
        await sleep(0.1);
        try { await fetch(server.url) } catch (e) { print(e.error) }
        let again = serve(#{port: server.port, handler: async |r| `again`});
        print(await (await fetch(again.url)).text());
        await stopping;
        await waits;
        print(await (await short).text());
        try { await long } catch (e) { print(e.error) }
        ",
    )
    .passes()
    .prints(
        "
        network
        again
        /short over at 1.0
        stopped at 5.1
        /long over at 5.1
        done
        network
        ",
    );
}

#[test]
fn a_server_that_comes_to_its_end_leaves_its_port_to_the_one_that_came_after_it() {
    Script::new(
        "
        let old = serve(async |req| { await sleep(2); `old` });
        let asked = spawn(fetch(old.url));
        await sleep(0.1);
        let stopping = spawn(old.stop(5));
        await sleep(0.1);
        let next = serve(#{port: old.port, handler: async |req| { await sleep(3); `next` }});
        await stopping;
        print(await (await asked).text());
        print(await (await fetch(next.url)).text());
        print(now());
        ",
    )
    .flag("--timeout=30")
    .passes()
    .prints("old\nnext\n5.0");
}

#[test]
fn memory_is_not_taken_for_what_a_client_only_says() {
    Script::new(
        "
        let server = serve(#{max_body: 1 << 50, handler: async |req| `taken`});
        let c = await tcp_connect(`127.0.0.1`, server.port);
        await c.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000000\r\n\r\nsome`);
        await sleep(0.05);
        await c.write(`more`);
        await sleep(0.05);
        await c.close();
        print(await (await fetch(server.url)).text());
        ",
    )
    .real()
    .prints("taken");
}

#[test]
fn a_client_that_goes_away_cancels_the_handler() {
    Script::new(
        "
        let gone = event();
        let server = serve(async |req| { defer(|| gone.set()); await sleep(100); `late` });
        try { await timeout(1, fetch(server.url)) } catch (e) { print(e.error) }
        await gone.wait();
        print(now());
        ",
    )
    .passes()
    .prints("timeout\n1.0");
}

#[test]
fn handlers_may_ask_other_servers_of_the_same_process() {
    Script::new(
        "
        let back = serve(async |req| { await sleep(0.2); `back` });
        let front = serve(async |req| `front of ` + await (await fetch(back.url)).text());
        print(await (await fetch(front.url)).text() + ` ${now()}`);
        ",
    )
    .passes()
    .prints("front of back 0.2");
}

#[test]
fn what_is_wrong_with_the_options_is_said() {
    Script::new("serve(#{port: 70000, handler: async |r| ``})").fails("a port is a number from 0 to 65535");
    Script::new("serve(#{prot: 1})").fails("serve has no option prot; did you mean port?");
    Script::new("serve(#{port: 0})").fails("serve needs a handler");
    Script::new("serve(async || ``)").fails("serve needs a function with 1 parameter");
    Script::new("let s = demo_server(); serve(#{port: s.port, handler: async |r| ``})").fails("is taken");
    Script::new("response(99)").fails("a number from 200 to 599");
    Script::new("response(200, ``, #{`a b`: 1})").fails("not a header name");
}

/// A server that listens until the test ends it, on the real clock; the first line that it prints is its port.
fn serving(options: &str) -> (Running, u16) {
    let mut running = Running::script(&format!(
        "let server = serve(#{{handler: async |req| `${{req.method}} ${{req.path}} ${{req.body.len()}}`{options}}});\n\
         print(server.port);\nawait server;"
    ));
    let port = running.line().parse().expect("a port");
    (running, port)
}

/// What a server sends for these bytes, until it closes the connection.
fn raw(port: u16, sent: &[u8]) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    socket.write_all(sent).expect("sent");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).expect("an answer and the end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn odd_clients_are_told_what_is_wrong() {
    let (_running, port) = serving(", max_body: 10, timeout: 0.3");
    let status = |answer: String| answer.lines().next().unwrap_or_default().to_owned();
    let post =
        |length: usize| format!("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    assert!(raw(port, (post(3) + "abc").as_bytes()).ends_with("POST / 3"));
    assert_eq!(status(raw(port, (post(11) + "hello world").as_bytes())), "HTTP/1.1 413 Payload Too Large");
    let large = format!("{}{}", post(3_000_000), "x".repeat(3_000_000));
    assert_eq!(status(raw(port, large.as_bytes())), "HTTP/1.1 413 Payload Too Large");
    assert_eq!(status(raw(port, (post(9) + "slow").as_bytes())), "HTTP/1.1 408 Request Timeout");
    assert_eq!(status(raw(port, b"GET / HTTP/1.1\r\nhos")), "HTTP/1.1 408 Request Timeout");
    assert_eq!(status(raw(port, b"nonsense\r\n\r\n")), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw(port, b""), "", "an idle connection ends without a word");
    // two requests in one piece, on one connection
    let two = "GET /1 HTTP/1.1\r\nhost: h\r\n\r\nGET /2 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let answers = raw(port, two.as_bytes());
    assert!(answers.contains("GET /1 0HTTP/1.1 200 OK") && answers.ends_with("GET /2 0"), "{answers}");
}

#[test]
fn curl_is_served() {
    if !has("curl") {
        return;
    }
    let (_running, port) = serving("");
    let curl = |args: &[&str]| {
        let url = format!("http://127.0.0.1:{port}/a%20b");
        let output = std::process::Command::new("curl").args(["-s", "-S"]).args(args).arg(url).output().expect("curl");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    assert_eq!(curl(&[]), "GET /a b 0");
    assert_eq!(curl(&["-d", "xyz"]), "POST /a b 3");
    // large enough to be announced by `expect: 100-continue`
    let file = std::env::temp_dir().join(format!("loopscope-curl-{}", std::process::id()));
    std::fs::write(&file, vec![b'x'; 2_000_000]).expect("a file");
    assert_eq!(
        curl(&["-H", "expect: 100-continue", "--data-binary", &format!("@{}", file.display())]),
        "POST /a b 2000000"
    );
    let _ = std::fs::remove_file(file);
    let head = curl(&["-I"]);
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("content-length: 11"), "{head}");
}

#[test]
fn python_keeps_its_connection() {
    let (_running, port) = serving("");
    let Some(said) = python(&format!(
        "
        import http.client
        c = http.client.HTTPConnection('127.0.0.1', {port})
        for method, path, body in [('GET', '/x', None), ('POST', '/y', b'abc'), ('HEAD', '/z', None)]:
            c.request(method, path, body)
            r = c.getresponse()
            print(r.status, r.read().decode(), r.getheader('date') is not None, c.sock.getsockname()[1] == c.sock.getsockname()[1])
            first = c.sock
        c.request('POST', '/chunks', iter([b'ab', b'cde']), encode_chunked=True, headers={{'transfer-encoding': 'chunked'}})
        print(c.getresponse().read().decode(), c.sock is first)
        "
    )) else {
        return;
    };
    assert_eq!(said, "200 GET /x 0 True True\n200 POST /y 3 True True\n200  True True\nPOST /chunks 5 True\n");
}

/// Runs a script with room for many connections.
fn with_files(text: &str) -> Command {
    let mut command = Command::new("sh");
    let line = format!("ulimit -n {FILES}; exec \"$0\" --timeout 60 eval \"$1\"");
    command.args(["-c", &line, env!("CARGO_BIN_EXE_loopscope"), &unindented(text)]).env("NO_COLOR", "1");
    command
}

/// So many files a process may have open then: a thousand connections, and what it has anyway.
const FILES: u64 = 1_200;

/// Whether a process may have so many.
fn may_have_files() -> bool {
    let asked = Command::new("sh").args(["-c", "ulimit -H -n"]).output().expect("sh runs");
    let most = String::from_utf8_lossy(&asked.stdout).trim().to_string();
    let enough = most == "unlimited" || most.parse().is_ok_and(|most: u64| most >= FILES);
    if !enough {
        println!("skipped: a process may have {most} files open here, and this needs {FILES}");
    }
    enough
}

#[test]
fn a_thousand_idle_connections_are_in_nobodys_way() {
    if !may_have_files() {
        return;
    }
    let mut server = Running::start(&mut with_files(
        "
        let over = event();
        let server = serve(async |req| { if req.path == `/stop` { over.set() } `hi` });
        print(server.port);
        await over.wait();
        await server.stop();
        print(`stopped`);
        ",
    ));
    let port = server.line();
    let client = with_files(&format!(
        "
        let host = `127.0.0.1`;
        let port = {port};
        let idle = [];
        for i in 0..1000 {{ idle.push(await tcp_connect(host, port)) }}
        print(await (await fetch(`http://${{host}}:${{port}}/`)).text());
        await fetch(`http://${{host}}:${{port}}/stop`);
        let ended = 0;
        for c in idle {{ if await c.read() == () {{ ended += 1 }} }}
        print(ended);
        "
    ))
    .output()
    .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&client.stdout), "hi\n1000\n", "{}", String::from_utf8_lossy(&client.stderr));
    assert_eq!(server.line(), "stopped");
}

#[test]
fn who_has_sent_half_a_request_does_not_hold_up_the_stop() {
    Script::new(
        "
        let server = serve(async |request| `hello`);
        let c = await tcp_connect(`127.0.0.1`, server.port);
        await c.write(`GET / HTTP/1.1\r\nHost: x\r\n`);
        await sleep(0.05);
        let begun = now();
        await server.stop();
        print(now() - begun < 5.0);
        ",
    )
    .real()
    .prints("true");
}
