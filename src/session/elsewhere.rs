//! Names of other languages, and what they are here.

use crate::words::has;

/// Names that nothing has here, alone or called, and what there is instead.
const NAMES: &[(&str, &str)] = &[
    ("null nil None undefined", "`()` is what Rhai has for nothing"),
    ("True", "Rhai writes `true`"),
    ("False", "Rhai writes `false`"),
    ("pass", "an empty block is `{ }`"),
    (
        "console println printf puts echo format logging",
        "`print(x)` prints; a text with values in it is `` `a is ${a}` ``",
    ),
    ("print", "`print(x)` prints one value; a text with several in it is `` `${a} ${b}` ``"),
    (
        "main",
        "`async fn main() { ... }` makes it, and `await main()` runs it; the top level may await by itself, without it",
    ),
    (
        "asyncio trio",
        "its functions are here without a prefix: `await sleep(1)`, `await gather([...])`, `queue()`; the top level may await, as in `await main()`",
    ),
    (
        "Promise",
        "`await gather([...])` is Promise.all, `await race([...])` Promise.race, `any` and `gather_settled` the others; `oneshot()` is a value that will come",
    ),
    ("tokio std futures", "its functions are here without a prefix: `spawn(f())`, `await sleep(1)`, `queue(8)`"),
    ("Duration timedelta", "a time is a number of seconds, as in `await sleep(1.5)`"),
    ("gather_all join_all all_settled", "`await gather([...])` runs all of them; `gather_settled` never throws"),
    ("select", "`await race([...])` gives the first to finish, and cancels the others"),
    ("create_task ensure_future go Thread", "`spawn(f())` makes a task of it"),
    ("threading multiprocessing thread", "`spawn(f())` makes a task; `await to_thread(f, [args])` is for long work"),
    ("wait_for", "`await timeout(s, x)` throws when s seconds have gone"),
    ("setTimeout setImmediate", "`spawn(async { await sleep(1); ... })` does something later"),
    ("clearTimeout clearInterval AbortController", "`let t = spawn(f());` makes a task, `t.cancel()` stops it"),
    ("setInterval", "`for await tick in interval(1) { ... }`"),
    (
        "time Date datetime performance",
        "`now()` is the time of the loop in seconds, `utc_now()` the date, `await sleep(s)` waits",
    ),
    ("self", "Rhai has no classes: `this` is the map that a method was called on"),
    ("range xrange", "`0..3` is 0, 1, 2, and `0..=3` has 3, too; `range(from, to, step)` skips"),
    ("str String repr", "`x.to_string()` is the text of x"),
    ("int Int parseInt Number", "`parse_int(\"1\")` reads an integer, `x.to_int()` cuts a float"),
    ("float Float parseFloat", "`parse_float(\"1.5\")` reads a float, `x.to_float()` makes one of an integer"),
    ("JSON json", "`from_json(text)` reads JSON, `to_json(value)` writes it"),
    ("Math math", "its functions are here without a prefix: `max(a, b)`, `floor(x)`, `sqrt(x)`, `PI()`, `random()`"),
    (
        "random",
        "`random()` is a number from 0 to 1; `let r = random(7);` has `r.int(1, 6)`, `r.choice(list)` and `r.shuffle(list)`",
    ),
    ("Object", "`map.keys()` and `map.values()` are arrays; `for k in map.keys() { map[k] }` goes over both"),
    ("Array", "`[1, 2]` is an array, and `type_of(x) == \"array\"` tells whether x is one"),
    ("list tuple", "`[1, 2]` is an array; `s.to_chars()` makes one of a text, `map.keys()` of a map"),
    ("dict Map HashMap", "`#{a: 1, b: 2}` is a map"),
    ("set Set", "a set is a map with `true` for each: `let s = #{}; s[\"a\"] = true; \"a\" in s`"),
    ("vec Vec", "`[1, 2]` is an array"),
    (
        "Some Ok Err",
        "there is no Option and no Result: a value stands for itself, `()` is nothing, `throw` tells of an error",
    ),
    ("Error Exception ValueError TypeError", "`throw` takes any value, as in `throw \"what is wrong\"`"),
    ("isinstance instanceof", "`type_of(x) == \"string\"` tells"),
    ("enumerate", "`for (x, i) in list { ... }` counts along"),
    ("map", "`list.map(|x| x * 2)` makes an array of another"),
    ("filter", "`list.filter(|x| x > 1)` keeps those that fit"),
    ("sum", "`list.reduce(|sum, x| sum + x, 0)` adds up"),
    ("sorted", "`list.order()` gives it sorted, `list.sort()` sorts it where it is"),
    ("reversed", "`list.reverse()` turns it round where it is"),
    ("ord", "`c.to_int()` is the number of a character"),
    ("typeof type", "`type_of(x)` is the type of x"),
    (
        "open fs aiofiles",
        "`await read_file(path)` and `await write_file(path, text)`; `file_lines(path)` are its lines",
    ),
    (
        "os sys process Deno argv environ",
        "`args()` are the script's arguments, `env(name)` is of the environment, `exit()` ends the script",
    ),
    ("subprocess child_process", "`await run_process(program, [args])` runs a program"),
    (
        "requests axios aiohttp httpx urllib reqwest XMLHttpRequest",
        "`await fetch(url)` gets it; `http_client(#{...})` is a session",
    ),
    ("sqlite3 aiosqlite", "`let db = sqlite(path);`, then `await db.query(sql)`"),
    ("require", "loopscope's functions need no import; `import \"file\" as name;` loads a file, for `name::f()`"),
    (
        "input prompt readline",
        "a script reads no keys: `args()` are its arguments, `await read_file(path)` reads a file",
    ),
    ("help", "at the prompt `:help NAME` explains a function"),
];

const LENGTH: &str = "`x.len()` is how many there are";
const NOT_A_PROMISE: &str =
    "`let x = await f();` and `try`/`catch` take the place of `.then(...)`, `.catch(...)` and `.finally(...)`";

const PART: &str = "`list.extract(1..3)` is a part of an array, `text.sub_string(1..3)` of a text";
const REPEATED: &str = "`let line = \"\"; line.pad(10, \"-\");` fills a text up to ten characters";
const JOINED: &str = "`list.reduce(|all, x| if all == () { x } else { all + \",\" + x })` joins texts";
const BODY: &str = "`await r.text()`, `await r.json()` and `await r.bytes()` read what came";
const EACH_ENTRY: &str = "`for k in map.keys() { map[k] }` goes over a map; `map.values()` are its values";

/// Methods and properties that types have elsewhere, by the types here (`*` is any), and what there is instead.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("future coroutine task", "then catch finally", NOT_A_PROMISE),
    ("array", "count", "`list.len()` is how many there are, `list.filter(|x| x == 1).len()` how many are 1"),
    ("string array map blob queue", "length size count qsize", LENGTH),
    (
        "string i64 f64 bool",
        "message error stack",
        "what is caught is what was thrown: here no map, but the value itself",
    ),
    ("*", "toString toStr str", "`x.to_string()` is the text of x"),
    ("*", "copy clone deepcopy", "`let b = a;` copies arrays and maps; queues, locks and tasks are shared"),
    ("*", "unwrap expect", "a value stands for itself: an error is thrown, and `catch` catches it"),
    ("f64 i64", "toFixed", "`(x * 100.0).round() / 100.0` has two decimals"),
    ("array", "append add push_back", "`list.push(x)` adds one at the end, `list += other` those of another one"),
    ("array", "extend", "`list += other` adds those of another one"),
    ("array", "forEach foreach each", "`for x in list { ... }` goes over it"),
    ("array string", "join", JOINED),
    (
        "range",
        "map filter reduce collect to_array forEach for_each each len length",
        "`let list = []; for n in 0..3 { list.push(n * 2) }` makes an array; a range is only gone over",
    ),
    ("array", "sorted toSorted", "`list.order()` gives it sorted, `list.sort()` sorts it where it is"),
    ("array", "pop", "`list.pop()` takes the last, `list.shift()` the first, `list.remove(n)` another one"),
    ("array", "unshift prepend", "`list.insert(0, x)` adds one at the beginning"),
    ("array", "every", "`list.all(|x| x > 0)` tells"),
    ("array", "any", "`list.some(|x| x > 0)` tells"),
    ("array string", "at first last charAt", "`x[0]` is the first, `x[-1]` the last"),
    ("array", "index", "`list.index_of(x)` is where it is, or -1"),
    ("string", "index search", "`text.index_of(\"a\")` is where it is, or -1"),
    ("string", "find", "`text.index_of(\"a\")` is where it is, or -1"),
    ("array string", "slice substr", PART),
    ("array string", "concat", "`a + b` puts them together"),
    ("array", "flat flatten flatMap", "`list.reduce(|all, x| all + x, [])` puts arrays in an array together"),
    ("array", "sum", "`list.reduce(|sum, x| sum + x, 0)` adds up"),
    ("array", "max min", "`list.reduce(|m, x| max(m, x), list[0])` is the largest"),
    ("array string", "includes has", "`x.contains(y)` tells, as does `y in x`"),
    (
        "map",
        "has has_key containsKey includes",
        "`map.contains(\"key\")` tells, `map.key` or `map[\"key\"]` gives it, or ()",
    ),
    ("map", "items entries iteritems forEach", EACH_ENTRY),
    ("map", "update extend assign", "`map += #{b: 2}` adds the entries of another one"),
    ("map", "get setdefault", "`map.key ?? 0` is 0 where the key is missing"),
    ("map", "pop delete", "`map.remove(\"key\")` takes an entry out"),
    ("string", "upper toUpperCase uppercase", "`text.to_upper()` is it in capitals"),
    ("string", "lower toLowerCase lowercase", "`text.to_lower()` is it in small letters"),
    ("string", "strip", "`text.trim()` cuts the blanks off"),
    ("string", "format", "a text with values in it is `` `a is ${a}` ``"),
    ("string", "repeat", REPEATED),
    ("string", "encode", "`text.to_blob()` is it in bytes"),
    ("queue", "push append add send offer", "`await q.put(x)` waits for room, `q.try_put(x)` does not"),
    ("queue", "put_nowait", "`q.try_put(x)` does not wait: it gives false where there is no room"),
    ("queue", "pop shift take recv receive poll", "`await q.get()` waits for an item, `q.try_get()` does not"),
    ("queue", "get_nowait", "`q.try_get()` does not wait: it gives () where there is nothing"),
    ("task", "join wait", "`await t` waits for the task, and gives its value"),
    ("task", "abort kill stop", "`t.cancel()` cancels the task"),
    ("task", "is_done isDone finished is_finished", "`t.done()` tells"),
    ("task", "exception error", "`await t` throws the error of a task that failed; `t.state` tells whether it has"),
    ("lock semaphore", "lock", "`await l.acquire()` takes it, `await l.with(async || { ... })` holds it for a block"),
    ("lock semaphore", "unlock", "`l.release()` gives it back"),
    ("response", "status_code statusCode code statusText reason", "`r.status` is the status, `r.ok` whether it is 2xx"),
    ("response", "body data content", BODY),
    ("response", "raise_for_status error_for_status", "`r.raise()` makes an error of an HTTP error"),
];

/// Operators between values that have none here, by the types, and what there is instead.
const OPERATORS: &[(&str, &str, &str, &str)] = &[
    ("*", "string", "integer float", REPEATED),
    ("*", "array", "integer", "`let list = []; list.pad(10, 0);` fills an array up to ten items"),
    ("%", "string", "*", "a text with values in it is `` `a is ${a}` ``"),
    ("+", "array", "*", "`list.push(x)` adds one at the end, `list + [x]` is a longer one"),
    ("-", "array", "*", "`list.filter(|x| x != 1)` leaves some out"),
];

/// What there is instead of a name that stands alone, or is called.
pub fn of_name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(names, _)| has(names, name)).map(|(_, here)| *here)
}

/// What there is instead of a member of this name of a value of this type.
pub fn of_member(kind: &str, name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|(kinds, names, _)| fits(kinds, kind) && has(names, name)).map(|(.., here)| *here)
}

/// What there is instead of an operator between values of these types.
pub fn of_operator(operator: &str, left: &str, right: &str) -> Option<&'static str> {
    let found = OPERATORS.iter().find(|(sign, l, r, _)| *sign == operator && fits(l, left) && fits(r, right));
    found.map(|(.., here)| *here)
}

fn fits(kinds: &str, kind: &str) -> bool {
    kinds == "*" || has(kinds, kind)
}
