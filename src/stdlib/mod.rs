//! The functions that scripts can call.
//!
//! Each is a row in the table of its file: a doc comment, a signature, and the code that registers it. The doc comment
//! is what `:help` shows; the example in it is a test; its last line names the counterparts elsewhere. A new function
//! is a new row, and nothing else.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::LazyLock;

use rhai::Engine;

use crate::engine::Kernel;
use crate::host::Host;
use crate::trace::event::{Kind, SiteId, WaitClass};

mod arrivals;
mod combine;
mod data;
mod explore;
mod group;
mod html;
mod http;
mod json;
mod members;
pub mod misuse;
mod options;
pub mod patience;
pub mod plain;
mod progress;
mod random;
mod stream;
mod sync;
mod task;
mod tcp;
mod text;
pub mod thread;
mod time;
mod values;
mod websocket;
mod world;

pub use values::{details, inspect};
pub use world::may_import;

/// One function of the library, as help, completion and tests see it.
#[derive(Clone, Copy)]
pub struct Function {
    /// `sleep(s)`, `task.cancel()`.
    pub signature: &'static str,
    /// Markdown: what it does, an example, and a last line that names its counterparts.
    pub doc: &'static str,
    install: fn(&mut Library),
}

/// What the registering code has in hand.
pub struct Library<'a> {
    pub engine: &'a mut Engine,
    pub kernel: &'a Rc<Kernel>,
    pub host: &'a Rc<dyn Host>,
    /// Starts a thread for `to_thread`.
    pub start_worker: thread::StartWorker,
}

/// Makes a table of functions from rows of a doc comment, a signature, and a closure that registers it.
macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $signature:literal => $install:expr;)+) => {
        /// The functions of this file.
        pub(in crate::stdlib) const FUNCTIONS: &[$crate::stdlib::Function] = &[$(
            $crate::stdlib::Function {
                signature: $signature,
                doc: concat!($($doc, "\n"),+),
                install: $install,
            }
        ),+];
    };
}
use functions;

/// The tables, in the order in which help lists them.
const TABLES: &[(&str, &[Function])] = &[
    ("tasks", task::FUNCTIONS),
    ("tasks", thread::FUNCTIONS),
    ("time", time::FUNCTIONS),
    ("together", combine::FUNCTIONS),
    ("together", arrivals::FUNCTIONS),
    ("together", group::FUNCTIONS),
    ("order", explore::FUNCTIONS),
    ("streams", stream::FUNCTIONS),
    ("synchronising", sync::lock::FUNCTIONS),
    ("synchronising", sync::semaphore::FUNCTIONS),
    ("synchronising", sync::event::FUNCTIONS),
    ("synchronising", sync::condition::FUNCTIONS),
    ("synchronising", sync::barrier::FUNCTIONS),
    ("synchronising", sync::queue::FUNCTIONS),
    ("synchronising", sync::broadcast::FUNCTIONS),
    ("synchronising", sync::watch::FUNCTIONS),
    ("synchronising", sync::oneshot::FUNCTIONS),
    ("network", http::FUNCTIONS),
    ("network", http::response::FUNCTIONS),
    ("network", http::session::FUNCTIONS),
    ("network", http::server::FUNCTIONS),
    ("network", http::reply::FUNCTIONS),
    ("network", websocket::FUNCTIONS),
    ("network", tcp::FUNCTIONS),
    ("files", world::files::FUNCTIONS),
    ("files", world::lines::FUNCTIONS),
    ("processes", world::process::FUNCTIONS),
    ("SQLite", world::sqlite::FUNCTIONS),
    ("data", data::FUNCTIONS),
    ("data", html::FUNCTIONS),
    ("data", random::FUNCTIONS),
    ("text", text::FUNCTIONS),
    ("text", progress::FUNCTIONS),
    ("surroundings", world::environment::FUNCTIONS),
];

/// All functions with the name of their group.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Function)> {
    TABLES.iter().flat_map(|(group, table)| table.iter().map(move |f| (*group, f)))
}

/// The methods that take a closure, as their signatures show.
pub fn closure_methods() -> impl Iterator<Item = &'static str> {
    all().map(|(_, f)| f).filter(|f| f.object().is_some() && f.signature.contains('|')).map(Function::name)
}

/// A task prints: a line of output, and an event.
pub fn print(kernel: &Kernel, host: &dyn Host, text: &str) {
    let (id, name) = kernel.current().map_or((0, "main".into()), |t| (t.id, t.name.clone()));
    let detail = kernel.text(text).0;
    kernel.record(kernel.clock.last(), id, Kind::Printed, WaitClass::None, SiteId::NONE, detail);
    if !kernel.is_unheard() {
        host.print(id, &name, text); // else it is explored, and would be heard once for each schedule
    }
}

/// Registers all functions.
pub fn install(library: &mut Library) {
    values::install(library);
    for (_, function) in all() {
        (function.install)(library);
    }
    // a bug on demand, for tests of what a bug does; no row, so that nobody is offered it
    library.engine.register_fn("__panic", |text: &str| -> () { panic!("{text}") });
}

/// Whether a function of the library, or a method of something, gives what must be awaited: its example shows that.
/// Not so if one that shares its name does something at once: a queue's `close` does, that of a connection does not.
pub fn is_awaitable(name: &str, method: bool) -> bool {
    static AWAITED: LazyLock<HashSet<(&str, bool)>> = LazyLock::new(|| {
        let key = |f: &Function| (f.name(), f.object().is_some());
        let acts = |f: &Function| !f.is_awaited() && f.uses().any(|(before, ..)| before.is_empty());
        let at_once: HashSet<_> = all().filter(|(_, f)| acts(f)).map(|(_, f)| key(f)).collect();
        let awaited = all().filter(|(_, f)| f.is_awaited()).map(|(_, f)| key(f));
        awaited.filter(|key| !at_once.contains(key)).collect()
    });
    AWAITED.contains(&(name, method))
}

impl Function {
    /// Whether its example awaits it.
    fn is_awaited(&self) -> bool {
        self.uses().any(|(before, _)| before.ends_with("await"))
    }

    /// Where its examples call it: what stands before that in the statement, and the object.
    fn uses(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let (doc, name, is_method) = (self.doc, self.name(), self.object().is_some());
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        doc.match_indices(name).filter_map(move |(at, _)| {
            let start = doc[..at].rfind(|c| !is_path(c)).map_or(0, |i| i + 1);
            let statement = doc[..start].rfind(['\n', ';', '{', '}']).map_or(0, |i| i + 1);
            let (before, object) = (doc[statement..start].trim(), &doc[start..at]);
            let is_call = doc[at + name.len()..].starts_with('(');
            let fits = object.is_empty() != is_method && (object.is_empty() || object.ends_with('.'));
            (is_call && fits).then_some((before, object))
        })
    }

    /// The name without arguments: `sleep`; of a method without its object: `cancel`.
    pub fn name(&self) -> &'static str {
        let head = self.signature.split('(').next().unwrap_or_default();
        head.rsplit('.').next().unwrap_or(head)
    }

    /// What it is a method of, if it is one: `task`.
    pub fn object(&self) -> Option<&'static str> {
        let head = self.signature.split('(').next().unwrap_or_default();
        head.split_once('.').map(|(object, _)| object)
    }

    /// The first sentence.
    pub fn summary(&self) -> &'static str {
        let text = self.doc.trim_start();
        let end = text.find(". ").or_else(|| text.find(".\n")).map_or(text.len(), |i| i + 1);
        text[..end].trim()
    }

    /// The code of the examples.
    pub fn examples(&self) -> Vec<String> {
        let mut examples = Vec::new();
        let mut parts = self.doc.split("```");
        while let (Some(_), Some(code)) = (parts.next(), parts.next()) {
            let lines: Vec<&str> = code.lines().skip(1).map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
            examples.push(lines.join("\n"));
        }
        examples
    }

    /// The line that names its counterparts in asyncio, JavaScript and tokio.
    pub fn counterparts(&self) -> Option<&'static str> {
        self.doc.lines().map(str::trim).rfind(|line| line.starts_with("asyncio:"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_take_closures_are_known_from_the_signatures() {
        let mut methods: Vec<&str> = closure_methods().collect();
        methods.sort_unstable();
        assert_eq!(methods, ["for_each", "transaction", "wait_for", "with", "with"]);
    }

    #[test]
    fn what_must_be_awaited_is_known_from_the_examples() {
        for name in ["sleep", "gather", "race", "timeout", "fetch", "wait"] {
            assert!(is_awaitable(name, false), "{name}");
        }
        for name in ["get", "put", "acquire", "with", "next", "for_each", "json", "text"] {
            assert!(is_awaitable(name, true), "{name}");
        }
        for name in ["spawn", "now", "queue", "lock", "print", "defer", "blocking_sleep", "to_json"] {
            assert!(!is_awaitable(name, false), "{name}");
        }
        for name in ["release", "try_put", "cancel", "len", "set", "close"] {
            assert!(!is_awaitable(name, true), "{name}");
        }
    }
}
