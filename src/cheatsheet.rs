//! The cheat sheet: the same things in asyncio, JavaScript, tokio and loopscope. `:help cheatsheet` and the README are
//! drawn from this table.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::term::{Paint, wrap};

/// What `:help` calls it.
pub const TOPIC: &str = "cheatsheet";

/// The columns.
pub const HEADS: [&str; 4] = ["loopscope", "asyncio", "JavaScript", "tokio"];

/// What is wanted, and how it is written, in the order of [`HEADS`]; `-` where there is no such thing, and in
/// parentheses where it is not code.
pub struct Row {
    pub wanted: &'static str,
    pub cells: [&'static str; 4],
}

const fn row(wanted: &'static str, cells: [&'static str; 4]) -> Row {
    Row { wanted, cells }
}

/// The table.
pub const TABLE: &[Row] = &[
    row(
        "a function that may wait",
        ["async fn f(x) { }", "async def f(x):", "async function f(x) { }", "async fn f(x: T) { }"],
    ),
    row("calling it", ["(runs nothing yet)", "(runs nothing yet)", "(runs to its first await)", "(runs nothing yet)"]),
    row("wait for it", ["await f(1)", "await f(1)", "await f(1)", "f(1).await"]),
    row("start the loop", ["(at the top level)", "asyncio.run(main())", "(always running)", "#[tokio::main]"]),
    row(
        "pause",
        [
            "await sleep(1)",
            "await asyncio.sleep(1)",
            "await timers.setTimeout(1000)",
            "sleep(Duration::from_secs(1)).await",
        ],
    ),
    row(
        "let others run",
        ["await sleep(0)", "await asyncio.sleep(0)", "await timers.setImmediate()", "task::yield_now().await"],
    ),
    row(
        "run beside the others",
        ["let t = spawn(f(1))", "t = asyncio.create_task(f(1))", "const t = f(1)", "let t = tokio::spawn(f(1))"],
    ),
    row(
        "all of them",
        ["await gather([a, b])", "await asyncio.gather(a, b)", "await Promise.all([a, b])", "tokio::try_join!(a, b)"],
    ),
    row(
        "all, errors included",
        [
            "await gather_settled([a, b])",
            "await asyncio.gather(a, b, return_exceptions=True)",
            "await Promise.allSettled([a, b])",
            "tokio::join!(a, b)",
        ],
    ),
    row(
        "the first to end",
        [
            "await race([a, b])",
            "await asyncio.wait(ts, return_when=FIRST_COMPLETED)",
            "await Promise.race([a, b])",
            "tokio::select! { }",
        ],
    ),
    row("the first that works", ["await any([a, b])", "-", "await Promise.any([a, b])", "futures::future::select_ok"]),
    row(
        "as they arrive",
        ["as_completed([a, b])", "asyncio.as_completed([a, b])", "-", "JoinSet::join_next, FuturesUnordered"],
    ),
    row(
        "not longer than",
        [
            "await timeout(1, x)",
            "async with asyncio.timeout(1):",
            "AbortSignal.timeout(1000)",
            "time::timeout(d, x).await",
        ],
    ),
    row("stop a task", ["t.cancel()", "t.cancel()", "controller.abort()", "t.abort()"]),
    row("clean up", ["defer(|| close())", "try: ... finally: close()", "try { } finally { close() }", "impl Drop"]),
    row(
        "keep from cancellation",
        ["await shield(x)", "await asyncio.shield(x)", "(do not pass the signal)", "tokio::spawn(x).await"],
    ),
    row(
        "tasks that end together",
        ["await task_group(async |g| ...)", "async with asyncio.TaskGroup() as g:", "-", "JoinSet"],
    ),
    row(
        "catch an error",
        [
            "try { } catch (e) { }",
            "try: ... except E as e:",
            "try { } catch (e) { }",
            "match x.await { Err(e) => ... }",
        ],
    ),
    row(
        "one at a time",
        [
            "await lock.with(async || ...)",
            "async with lock:",
            "navigator.locks.request(name, f) (browsers)",
            "let g = mutex.lock().await",
        ],
    ),
    row(
        "so many at a time",
        ["await semaphore.with(async || ...)", "async with semaphore:", "-", "let p = semaphore.acquire().await"],
    ),
    row("wait for a signal", ["await event.wait()", "await event.wait()", "await promise", "notify.notified().await"]),
    row(
        "wait for a state",
        ["await c.wait_for(|| x > 3)", "await c.wait_for(lambda: x > 3)", "-", "watch.wait_for(|x| *x > 3).await"],
    ),
    row("wait until all are there", ["await barrier.wait()", "await barrier.wait()", "-", "barrier.wait().await"]),
    row(
        "a value that will come",
        ["let o = oneshot()", "loop.create_future()", "Promise.withResolvers()", "oneshot::channel()"],
    ),
    row("hand over items", ["queue(8)", "asyncio.Queue(8)", "-", "mpsc::channel(8)"]),
    row(
        "put and get",
        ["await q.put(x), await q.get()", "await q.put(x), await q.get()", "-", "tx.send(x).await, rx.recv().await"],
    ),
    row("the most urgent first", ["priority_queue()", "asyncio.PriorityQueue()", "-", "(a BinaryHeap and a Notify)"]),
    row("each gets every item", ["broadcast(8)", "(a queue for each)", "new EventTarget()", "broadcast::channel(8)"]),
    row("the newest value", ["watch(v)", "(a value and a Condition)", "new EventTarget()", "watch::channel(v)"]),
    row(
        "each item of a stream",
        [
            "for await x in s { }",
            "async for x in s:",
            "for await (const x of s) { }",
            "while let Some(x) = s.next().await { }",
        ],
    ),
    row("each second", ["interval(1)", "(a loop with sleep)", "setInterval(f, 1000)", "time::interval(d)"]),
    row(
        "work that blocks",
        [
            "await to_thread(f, [x])",
            "await asyncio.to_thread(f, x)",
            "new Worker(file)",
            "task::spawn_blocking(f).await",
        ],
    ),
    row(
        "the wrong pause",
        ["blocking_sleep(1)", "time.sleep(1)", "while (Date.now() < end);", "std::thread::sleep(d)"],
    ),
    row("a web page", ["await fetch(url)", "await session.get(url)", "await fetch(url)", "reqwest::get(url).await"]),
    row("a session", ["http_client(#{base_url: u})", "aiohttp.ClientSession(u)", "-", "reqwest::Client::builder()"]),
    row(
        "a web server",
        ["serve(async |r| ...)", "web.Application() (aiohttp)", "http.createServer(f)", "axum::serve(l, app).await"],
    ),
    row(
        "a WebSocket",
        ["await ws_connect(url)", "await session.ws_connect(url)", "new WebSocket(url)", "connect_async(url).await"],
    ),
    row(
        "a connection",
        [
            "await tcp_connect(host, port)",
            "await asyncio.open_connection(host, port)",
            "net.connect(port, host)",
            "TcpStream::connect(addr).await",
        ],
    ),
    row(
        "a file",
        [
            "await read_file(path)",
            "await aiofiles.open(path)",
            "await fs.readFile(path)",
            "fs::read_to_string(path).await",
        ],
    ),
    row(
        "a program",
        [
            "await run_process(name, args)",
            "await asyncio.create_subprocess_exec(name, *args)",
            "child_process.spawn(name, args)",
            "Command::new(name).output().await",
        ],
    ),
    row(
        "a database",
        [
            "sqlite(path)",
            "aiosqlite.connect(path)",
            "new DatabaseSync(path)",
            "tokio_rusqlite::Connection::open(path).await",
        ],
    ),
];

/// Below this width, each row becomes a paragraph.
const SIDE_BY_SIDE: usize = 120;

/// The table for a terminal of `width` columns.
pub fn text(paint: Paint, width: usize) -> String {
    if width >= SIDE_BY_SIDE { side_by_side(paint, width) } else { stacked(paint) }
}

fn stacked(paint: Paint) -> String {
    let column = HEADS.iter().map(|head| head.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in TABLE {
        let _ = writeln!(text, "{}", paint.bold(row.wanted));
        for (head, cell) in HEADS.iter().zip(row.cells).filter(|(_, cell)| *cell != "-") {
            let _ = writeln!(text, "  {}  {cell}", paint.dim(&format!("{head:column$}")));
        }
    }
    text
}

fn side_by_side(paint: Paint, width: usize) -> String {
    let first = TABLE.iter().map(|row| row.wanted.width()).max().unwrap_or(0);
    let column = width.saturating_sub(first + 1) / HEADS.len() - 2;
    let widths = [first, column, column, column, column];
    let mut text = lines(["", HEADS[0], HEADS[1], HEADS[2], HEADS[3]], &widths, |_, cell| paint.bold(cell));
    for row in TABLE {
        let [a, b, c, d] = row.cells;
        let style = |i, cell: &str| if i == 0 { paint.dim(cell) } else { cell.to_owned() };
        text.push_str(&lines([row.wanted, a, b, c, d], &widths, style));
    }
    text
}

/// A row, in as many lines as its highest cell needs.
fn lines(cells: [&str; 5], widths: &[usize; 5], style: impl Fn(usize, &str) -> String) -> String {
    let wrapped: Vec<Vec<String>> = cells.iter().zip(widths).map(|(cell, width)| wrap::cut(cell, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for n in 0..height {
        for (i, (cell, width)) in wrapped.iter().zip(widths).enumerate() {
            let part = cell.get(n).map_or("", String::as_str);
            let gap = if i + 1 == cells.len() { 0 } else { width + 2 - part.width() };
            text.push_str(&style(i, part));
            text.push_str(&" ".repeat(gap));
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// The table in Markdown.
pub fn markdown() -> String {
    let mut text = format!("| | {} |\n| --- | --- | --- | --- | --- |\n", HEADS.join(" | "));
    for row in TABLE {
        let cells = row.cells.map(|cell| match cell {
            "-" => String::new(),
            words if words.starts_with('(') => words.to_owned(),
            code => format!("`{}`", code.replace('|', "\\|")),
        });
        let _ = writeln!(text, "| {} | {} |", row.wanted, cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { on: false };

    #[test]
    fn it_fits_terminals() {
        for width in [80, 100, 120, 160, 220] {
            let text = text(PLAIN, width);
            assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            for row in TABLE {
                assert!(text.contains(row.wanted), "{}", row.wanted);
            }
        }
    }

    #[test]
    fn cells_are_wrapped_side_by_side() {
        let text = lines(["what", "one two", "a", "abcdefg", "-"], &[4, 3, 3, 3, 3], |_, cell| cell.to_owned());
        assert_eq!(text, "what  one  a    abc  -\n      two       def\n                g\n");
    }

    #[test]
    fn markdown_has_code_in_backticks() {
        let text = markdown();
        assert!(text.starts_with("| | loopscope | asyncio | JavaScript | tokio |\n| --- |"));
        assert!(text.contains("| pause | `await sleep(1)` |"), "{text}");
        assert!(text.contains("| (runs nothing yet) |"), "{text}");
        assert_eq!(text.lines().count(), TABLE.len() + 2);
    }
}
