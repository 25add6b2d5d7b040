//! Names of other languages, and what they are here.

/// Names that nothing has here, alone or called, and what there is instead.
const NAMES: &[(&str, &str)] = &[
    ("null nil None undefined", "`()` is what Rhai has for nothing"),
    ("True", "Rhai writes `true`"),
    ("False", "Rhai writes `false`"),
    ("console println printf puts echo", "`print(x)` prints; a text with values in it is `` `a is ${a}` ``"),
    ("print", "`print(x)` prints one value; a text with several in it is `` `${a} ${b}` ``"),
    ("asyncio", "its functions are here without a prefix: `await sleep(1)`, `await gather([...])`"),
    ("Promise", "`await gather([...])` is Promise.all, `await race([...])` Promise.race"),
    ("tokio", "its functions are here without a prefix: `spawn(f())`, `await sleep(1)`"),
    ("gather_all join_all all_settled", "`await gather([...])` runs all of them; `gather_settled` never throws"),
    ("select", "`await race([...])` gives the first to finish, and cancels the others"),
    ("create_task ensure_future go", "`spawn(f())` makes a task of it"),
    ("wait_for", "`await timeout(s, x)` throws when s seconds have gone"),
    ("setTimeout", "`spawn(async { await sleep(1); ... })`"),
    ("setInterval", "`for await tick in interval(1) { ... }`"),
    ("time", "`now()` is the time, `await sleep(s)` waits"),
    ("self", "Rhai has no classes: `this` is the map that a method was called on"),
    ("range", "`0..3` is 0, 1, 2, and `0..=3` has 3, too; `range(from, to, step)` skips"),
    ("str String", "`x.to_string()` is the text of x"),
    ("int Int parseInt Number", "`parse_int(\"1\")` reads an integer, `x.to_int()` cuts a float"),
    ("float Float parseFloat", "`parse_float(\"1.5\")` reads a float, `x.to_float()` makes one of an integer"),
    ("sum", "`list.reduce(|sum, x| sum + x, 0)` adds up"),
    ("sorted", "`list.order()` gives it sorted, `list.sort()` sorts it where it is"),
    ("typeof type", "`type_of(x)` is the type of x"),
    ("help", "at the prompt `:help NAME` explains a function"),
];

const LENGTH: &str = "`x.len()` is how many there are";
const NOT_A_PROMISE: &str =
    "`let x = await f();` and `try`/`catch` take the place of `.then(...)`, `.catch(...)` and `.finally(...)`";

/// Methods and properties that types have elsewhere, by the types here, and what there is instead.
const MEMBERS: &[(&str, &str, &str)] = &[
    ("future coroutine task", "then catch finally", NOT_A_PROMISE),
    ("string array map blob queue", "length size count", LENGTH),
    ("array", "append add push_back", "`list.push(x)` adds one at the end, `list += other` those of another one"),
    ("array", "forEach foreach each", "`for x in list { ... }` goes over it"),
    ("array", "join", "`list.reduce(|all, x| if all == () { x } else { all + \",\" + x })` joins texts"),
    ("array", "sorted toSorted", "`list.order()` gives it sorted, `list.sort()` sorts it where it is"),
    ("array string", "includes has", "`x.contains(y)` tells, as does `y in x`"),
    ("map", "has has_key containsKey", "`map.contains(\"key\")` tells, `map.key` or `map[\"key\"]` gives it, or ()"),
    ("string", "upper toUpperCase uppercase", "`text.to_upper()` is it in capitals"),
    ("string", "lower toLowerCase lowercase", "`text.to_lower()` is it in small letters"),
    ("string", "strip", "`text.trim()` cuts the blanks off"),
    ("string", "format", "a text with values in it is `` `a is ${a}` ``"),
    ("queue", "push append add send offer", "`await q.put(x)` waits for room, `q.try_put(x)` does not"),
    ("queue", "put_nowait", "`q.try_put(x)` does not wait: it gives false where there is no room"),
    ("queue", "pop shift take recv receive poll", "`await q.get()` waits for an item, `q.try_get()` does not"),
    ("queue", "get_nowait", "`q.try_get()` does not wait: it gives () where there is nothing"),
    ("task", "join wait", "`await t` waits for the task, and gives its value"),
    ("task", "abort kill stop", "`t.cancel()` cancels the task"),
    ("lock semaphore", "lock", "`await l.acquire()` takes it, `await l.with(async || { ... })` holds it for a block"),
    ("lock semaphore", "unlock", "`l.release()` gives it back"),
    ("response", "status_code", "`r.status` is the status"),
];

/// What there is instead of a name that stands alone, or is called.
pub fn of_name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(names, _)| has(names, name)).map(|(_, here)| *here)
}

/// What there is instead of a member of this name of a value of this type.
pub fn of_member(kind: &str, name: &str) -> Option<&'static str> {
    MEMBERS.iter().find(|(kinds, names, _)| has(kinds, kind) && has(names, name)).map(|(.., here)| *here)
}

fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word)
}
