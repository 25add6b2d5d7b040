//! WebSockets and TCP in scripts: among scripts on the virtual clock, and with programs that are not ours.

use crate::programs::{Running, node, python};
use crate::support::{Script, unindented};

/// A script with `attempt`, which gives the error of an async closure.
fn script(text: &str) -> Script {
    const ATTEMPT: &str = "async fn attempt(f) { try { await f.call(); } catch (e) { return e } #{error: \"none\"} }\n";
    Script::new(&format!("{ATTEMPT}{}", unindented(text)))
}

#[test]
fn a_websocket_echoes_on_the_virtual_clock() {
    script(
        "
        let ws = await ws_connect(demo_server().url + `/ws?x=1`);
        print(ws.to_string().starts_with(`<websocket ws://127.0.0.1:`));
        let sender = spawn(async { for i in 1..=3 { await sleep(1); await ws.send(`n ${i}`) } await ws.close() });
        await ws.for_each(async |m| print(`${m} at ${now()}`));
        await sender;
        print(`${await ws.next() == ()} ${(await attempt(async || await ws.send(`late`))).error}`);
        ",
    )
    .passes()
    .prints(
        "
        true
        n 1 at 1.0
        n 2 at 2.0
        n 3 at 3.0
        true closed
        ",
    );
}

#[test]
fn a_client_that_vanishes_ends_the_messages_of_its_websocket() {
    script(
        "
        let server = serve(#{ws: async |socket| {
            for await m in socket { print(m) }
            print(`gone: ${socket.closed.code}`);
        }});
        let c = await tcp_connect(`127.0.0.1`, server.port);
        await c.write(`GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`);
        await c.write(`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
        print(await c.read_line());
        while await c.read_line() != `` { }
        await c.close();
        await sleep(1);
        await server.stop();
        print(`stopped`);
        ",
    )
    .passes()
    .prints(
        "
        HTTP/1.1 101 Switching Protocols
        gone: 1006
        stopped
        ",
    );
}

#[test]
fn a_chat_among_websockets_of_ones_own_server() {
    script(
        "
        let members = [];
        let server = serve(#{
            handler: async |req| `pages too`,
            ws: async |socket| {
                members.push(socket);
                await socket.for_each(async |text| for m in members { await m.send(text) });
                print(`left at ${now()}`);
            },
        });
        print(await (await fetch(server.url)).text());
        async fn member(url, name, delay) {
            let ws = await ws_connect(url);
            await sleep(delay);
            await ws.send(`${name} is here`);
            for i in 0..2 { print(`${name}: ${await ws.next()}`) }
            await sleep(1);
            await ws.close();
        }
        await gather(member(server.url, `ann`, 0.1), member(server.url, `bob`, 0.2));
        await server.stop();
        ",
    )
    .passes()
    .prints(
        "
        pages too
        ann: ann is here
        bob: ann is here
        ann: bob is here
        bob: bob is here
        left at 1.2
        left at 1.2
        ",
    );
}

#[test]
fn what_goes_wrong_with_websockets_is_said() {
    script(
        "
        let s = demo_server();
        let say = |e| print(`${e.error}: ${e.message}`);
        for url in [`ftp://h/`, `nowhere`, s.url + `/json`] {
            let e = await attempt(async || await ws_connect(url));
            e.message.replace(s.url.sub_string(4), `HERE`);
            say.call(e);
        }
        let ws = await ws_connect(s.url + `/ws`, #{max_message: 10});
        await ws.send(`12345678901`);
        say.call(await attempt(async || await ws.next()));
        say.call(await attempt(async || await ws.send(7)));
        let r = await fetch(s.url + `/ws`);
        print(`${r.status} ${await r.text()}`);
        ",
    )
    .passes()
    .prints(
        r#"
        value: ws_connect cannot open "ftp://h/": the scheme must be ws or wss, not "ftp"
        value: "nowhere" is not a complete URL (relative URL without a base): write it as in "ws://127.0.0.1:8000/ws"
        http: wsHERE/json answered 200 OK instead of opening a WebSocket: is the path right?
        limit: a message of 11 bytes came, and 10 bytes are allowed: raise the limit with the option max_message
        value: a message is a string or a blob, and this is an integer (for a map: to_json)
        426 this path is a WebSocket: open it with ws_connect(url)

        "#,
    );
}

#[test]
fn a_server_that_stops_closes_its_websockets() {
    script(
        "
        let server = serve(#{ws: async |socket| { await socket.for_each(async |m| ()); print(`handler done`) }});
        let ws = await ws_connect(server.url);
        let reader = spawn(async { print(`end: ${await ws.next() == ()} ${ws.closed.code}`) });
        await sleep(1);
        await server.stop();
        await reader;
        print(now());
        ",
    )
    .passes()
    .prints("end: true 1001\nhandler done\n1.0");
}

#[test]
fn a_websocket_is_closed_with_a_reason() {
    script(
        "
        let seen = [];
        let server = serve(#{ws: async |socket| {
            let text = await socket.next();
            if text == `go away` { await socket.close(4001, `as you like`); }
            if text == `break` { throw `boom`; }
            if text == `stay` { await socket.next(); }
            seen.push(`${text} ${socket.closed}`);
        }});
        for text in [`go away`, `end`, `break`] {
            let ws = await ws_connect(server.url);
            print(ws.closed);
            await ws.send(text);
            // two wait: each gets the end
            print(await gather(ws.next(), ws.next()));
            print(`client: ${ws.closed}`);
        }
        let ws = await ws_connect(server.url);
        await ws.send(`stay`);
        await ws.close(3000, `grün`);
        print(`client: ${ws.closed}`);
        let long = `x`;
        long.pad(124, `x`);
        for f in [|| ws.close(1005), || ws.close(70000), || ws.close(1000, long)] {
            try { f.call() } catch (e) { print(`${e.error}: ${e.message}`) }
        }
        await server.stop();
        for one in seen { print(one) }
        ",
    )
    .fails("boom")
    .prints(
        r#"

        [(), ()]
        client: #{"code": 4001, "reason": "as you like"}

        [(), ()]
        client: #{"code": 1000, "reason": ""}

        [(), ()]
        client: #{"code": 1011, "reason": ""}
        client: #{"code": 3000, "reason": "grün"}
        value: 1005 can't be sent as the code of close: 1000 is a normal end, 1001 going away, 1008 against the rules, 1011 a failure, and 3000 to 4999 are your own
        value: 70000 can't be sent as the code of close: 1000 is a normal end, 1001 going away, 1008 against the rules, 1011 a failure, and 3000 to 4999 are your own
        value: the reason of close has 124 bytes, and at most 123 are allowed
        go away #{"code": 4001, "reason": "as you like"}
        end 
        stay #{"code": 3000, "reason": "grün"}
        "#,
    );
}

#[test]
fn who_goes_without_a_goodbye_is_told_apart() {
    script(
        "
        let server = serve(#{ws: async |socket| {
            let e = await attempt(async || await socket.next());
            print(`${e.error} ${socket.closed}`);
        }});
        let client = spawn(async { let ws = await ws_connect(server.url); await ws.next() });
        await sleep(1);
        client.cancel();
        await sleep(1);
        await server.stop();
        ",
    )
    .passes()
    .prints("none #{\"code\": 1006, \"reason\": \"\"}");
}

#[test]
fn browsers_way_of_websockets() {
    let mut running = Running::script(
        "let server = serve(#{ws: async |s| await s.for_each(async |m| await s.send(m))});\n\
         print(server.port);\nawait server;",
    );
    let port = running.line();
    let Some(said) = node(&format!(
        "
        if (typeof WebSocket === 'undefined') {{ console.log('no WebSocket'); process.exit(0) }}
        const ws = new WebSocket('ws://127.0.0.1:{port}/');
        ws.binaryType = 'arraybuffer';
        ws.onopen = () => {{ ws.send('grün'); ws.send(new Uint8Array([1, 2, 3])); ws.send('x'.repeat(200000)) }};
        let seen = 0;
        ws.onmessage = e => {{
            const d = e.data;
            console.log(typeof d === 'string' ? d.slice(0, 10) + ' ' + d.length : 'bytes ' + new Uint8Array(d));
            if (++seen === 3) ws.close(1000);
        }};
        ws.onclose = e => console.log('closed', e.code, e.wasClean);
        "
    )) else {
        return;
    };
    if said == "no WebSocket\n" {
        println!("skipped: this node has no WebSocket");
        return;
    }
    assert_eq!(said, "grün 4\nbytes 1,2,3\nxxxxxxxxxx 200000\nclosed 1000 true\n");
}

#[test]
fn tcp_by_pieces_lines_and_lengths() {
    script(
        "
        let server = tcp_listen(0);
        spawn(server.for_each(async |c| {
            await sleep(1);
            await c.write(\"one\\r\\ntwo\\n\");
            await c.write(blob(4, 255));
            await c.write(`rest`);
            await c.close();
        }));
        let c = await tcp_connect(`localhost`, server.port);
        print(`${await c.read_line()} ${now()}`);
        print(await c.read_line());
        print((await attempt(async || await c.read_line())).error);
        print(await c.read_exact(4));
        print((await attempt(async || await c.read_exact(9))).message);
        print((await c.read(3)).as_string());
        print(`${await c.read_line()} ${await c.read_line() == ()} ${await c.read() == ()} ${await c.next() == ()}`);
        await server.close();
        print(await server.next() == ());
        print((await attempt(async || await tcp_connect(`localhost`, server.port))).error);
        let again = tcp_listen(server.port);
        print(again.port == server.port);
        ",
    )
    .passes()
    .prints(
        r#"
        one 1.0
        two
        value
        [ffffffff]
        the connection ended after 4 of 9 bytes
        res
        t true true true
        true
        network
        true
        "#,
    );
}

#[test]
fn closing_ends_who_reads_and_who_accepts() {
    script(
        "
        let server = tcp_listen(0);
        let accepter = spawn(async { let first = await server.next(); print(`second: ${await server.next() == ()}`) });
        let c = await tcp_connect(`127.0.0.1`, server.port);
        let reader = spawn(async { print(`read: ${await c.read() == ()}`) });
        await sleep(1);
        let next = spawn(async { print(`and: ${await c.read() == ()}`) });
        await sleep(1);
        await c.close();
        await c.close();
        await gather(reader, next);
        await server.stop();
        await accepter;
        print((await attempt(async || await c.read())).error);
        ",
    )
    .passes()
    .prints(
        "
        read: true
        and: true
        second: true
        closed
        ",
    );
}

#[test]
fn what_goes_wrong_with_tcp_is_said() {
    script(
        "
        for f in [
            async || await tcp_connect(`http://h/`, 80),
            async || await tcp_connect(`127.0.0.1`, 99999),
            async || tcp_listen(-1),
            async || tcp_listen(demo_server().port),
        ] {
            print((await attempt(f)).error);
        }
        ",
    )
    .passes()
    .prints(
        "
        value
        value
        value
        io
        ",
    );
}

#[test]
fn cancelling_closes_a_socket() {
    script(
        "
        let server = tcp_listen(0);
        let client = spawn(async { let c = await tcp_connect(`127.0.0.1`, server.port); await c.read() });
        let c = await server.next();
        await sleep(1);
        client.cancel();
        print(`${await c.read() == ()} ${now()}`);
        ",
    )
    .passes()
    .prints("true 1.0");
}

#[test]
fn python_talks_to_our_listener_and_we_to_its() {
    let Some(mut echo) = Running::python(
        "
        import socket
        s = socket.create_server(('127.0.0.1', 0))
        print(s.getsockname()[1])
        c, _ = s.accept()
        while data := c.recv(1000): c.sendall(data.upper())
        ",
    ) else {
        return;
    };
    let port = echo.line();
    // the virtual clock stands still meanwhile
    script(&format!(
        "
        let c = await timeout(5, tcp_connect(`127.0.0.1`, {port}));
        await c.write(\"hello\\nyou\");
        print(await timeout(5, c.read_line()));
        print((await timeout(5, c.read_exact(3))).as_string());
        print(now());
        "
    ))
    .passes()
    .prints("HELLO\nYOU\n0.0");

    let mut ours = Running::script(
        "let l = tcp_listen(0);\nprint(l.port);\n\
         await l.for_each(async |c| { await c.write((await c.read_line()).to_upper() + \"\\n\"); await c.close() });",
    );
    let port = ours.line();
    let said = python(&format!(
        "
        import socket
        for word in ['a', 'b']:
            c = socket.create_connection(('127.0.0.1', {port}))
            c.sendall((word + '\\n').encode())
            print(c.makefile().read().strip())
        "
    ));
    assert_eq!(said.as_deref(), Some("A\nB\n"));
}
