//! What `:help` explains that is neither a function nor a command: the words, and how things hang together.

/// A topic: its name, other names for it, and the text.
pub struct Topic {
    pub name: &'static str,
    pub also: &'static [&'static str],
    pub text: &'static str,
}

/// All topics, in the order in which `:help` names them.
pub const TOPICS: &[Topic] = &[
    Topic {
        name: "await",
        also: &[],
        text: "await E
Suspends this task until E is done, and gives its value or throws its error.
Meanwhile others run. It binds like a minus sign: `await f() + 1` adds 1 to what
f gave; write `(await f()).json()` to go on with the result. Nothing starts
before it is awaited or spawned. `await` may stand at the prompt, at the top of a
script, and in async functions, blocks and closures.

    let n = await async { await sleep(0.1); 42 };",
    },
    Topic {
        name: "async",
        also: &["coroutine"],
        text: "async fn f(a) { ... }    async { ... }    async |x| ...
A function, block or closure that may wait. Calling it runs nothing yet: it gives
a coroutine, which `await` runs now and `spawn` beside the others; once only.

    async fn twice(n) { await sleep(0.1); n * 2 }
    await gather([twice(1), twice(2)])",
    },
    Topic {
        name: "for",
        also: &["for await", "streams"],
        text: "for await x in s { ... }
A turn for each item of a stream, until it ends: of a queue, a subscription, an
interval, lines, a socket, or a map with a function `next`. It waits before each
turn; `break`, `continue` and `return` are as in any loop. Of an array and the
like it awaits each item that can be awaited.

    let q = queue(); q.try_put(1); q.close();
    for await x in q { print(x) }
    for await r in as_completed([sleep(2), sleep(1)]) { print(now()) }",
    },
    Topic {
        name: "it",
        also: &[],
        text: "it
The value of the last input that gave one: type `fetch(url)`, then `await it`.",
    },
    Topic {
        name: "rhai",
        also: &["language"],
        text: "Rhai in ten lines; the whole is at https://rhai.rs/book
    let n = 1; const LIMIT = 10;        variables; `()` is nothing
    let list = [1, 2]; list.push(3);    arrays; list[0], list.len()
    let map = #{name: \"x\", n: 3};       maps; map.name
    if n > 1 { ... } else { ... }       also as a value: let x = if ...
    for i in 0..3 { ... }               also while, loop, break, continue
    fn add(a, b) { a + b }              the last value is what it gives
    |x| x + 1                           a closure, called by f.call(1)
    `${n} items`                        text with values in it
    try { ... } catch (e) { ... }       throw \"oh\"
    print(x)",
    },
    Topic {
        name: "legend",
        also: &[],
        text: "The lanes show a row for each task, against time:
    █ running    ▒ ready, but the thread is busy    ░ waiting
    ✔ ended      ✖ failed                           ⊘ cancelled
The words in a row say what it waits for. Below stand the time that all took, and
how long it would have taken one after another. `:lanes` draws them again.",
    },
];

/// The topic of that name.
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|t| t.name == name || t.also.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_fit_the_terminal_and_have_names_of_their_own() {
        let mut names: Vec<&str> = TOPICS.iter().flat_map(|t| t.also.iter().copied().chain([t.name])).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for line in TOPICS.iter().flat_map(|t| t.text.lines()) {
            assert!(line.chars().count() <= 81, "{line}");
        }
    }
}
