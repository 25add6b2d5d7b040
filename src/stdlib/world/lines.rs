//! Streams of lines: of files, and of what processes write.

use std::any::Any;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use rhai::Dynamic;
use tokio::io::AsyncRead;
use tokio::sync::Mutex;

use super::super::{Library, functions, stream};
use super::{Asker, Use, World, give_back};
use crate::engine::script::{self, Result, Waits};
use crate::engine::{Future, Kernel};
use crate::system::Error;
use crate::system::error::quoted;
use crate::system::lines::{Lines, Malformed};
use crate::trace::event::WaitClass;

functions! {
    /// The lines of a text file as a stream, without their ends. It is opened when the first line is asked for, and
    /// read as far as lines are. Throws "value" for text that is not UTF-8, "io", and "permission".
    ///
    /// ```
    /// let path = await temp_dir() + "/a.txt";
    /// await write_file(path, "one\r\ntwo\n");
    /// let lines = file_lines(path);
    /// assert(await lines.next() == "one");
    /// await lines.for_each(|line| print(line));
    /// ```
    ///
    /// asyncio: `async for line in aiofiles.open(path)`; JavaScript: `readline.createInterface`; tokio: `AsyncBufReadExt::lines`
    "file_lines(path)" => |lib| {
        install(lib);
        let world = World::of(lib);
        lib.engine.register_fn("file_lines", move |path: &str| {
            TextLines::new(State::File(world.asker(), path.to_string()), format!("lines of {}", quoted(path, super::SHOWN)))
        });
    };
}

/// Where the bytes come from.
pub(super) type Source = Pin<Box<dyn AsyncRead>>;

/// A stream of lines, as scripts hold it. What it reads from is closed at its end, or when nobody holds it.
#[derive(Clone)]
pub(super) struct TextLines {
    inner: Rc<Inner>,
    /// What has to live as long as somebody reads.
    owner: Option<Rc<dyn Any>>,
}

struct Inner {
    state: RefCell<State>,
    /// One waits at a time, first come, first served.
    turn: Mutex<()>,
    /// `lines of "a.txt"`.
    title: String,
}

enum State {
    /// A file that has not been opened.
    File(Asker, String),
    /// The second is the path of a file.
    Open(Box<Lines<Source>>, String),
    /// There is no more, or somebody waits for the next line.
    Ended,
}

impl TextLines {
    fn new(state: State, title: String) -> Self {
        Self { inner: Rc::new(Inner { state: RefCell::new(state), turn: Mutex::default(), title }), owner: None }
    }

    /// What a process writes; malformed text is replaced.
    pub fn of_process(source: Option<Source>, title: String) -> Self {
        let open =
            |source| State::Open(Box::new(Lines::new(source, title.clone(), Malformed::Replaced)), String::new());
        Self::new(source.map_or(State::Ended, open), title)
    }

    fn show(&self) -> String {
        format!("<{}>", self.inner.title)
    }

    /// The same stream, which keeps its owner alive.
    pub fn kept_by(&self, owner: Rc<dyn Any>) -> Self {
        Self { inner: self.inner.clone(), owner: Some(owner) }
    }
}

/// The state while somebody waits for the next line; it goes back to the stream however that ends.
struct Lease<'a>(&'a Inner, State);

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        *self.0.state.borrow_mut() = std::mem::replace(&mut self.1, State::Ended);
    }
}

impl stream::Stream for TextLines {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        let stream = self.clone();
        let label = format!("next of {}", stream.inner.title);
        script::future(kernel, label, WaitClass::Io, Waits::Outside, move |_| next(stream))
    }
}

async fn next(stream: TextLines) -> Result {
    let TextLines { inner, owner: _owner } = stream;
    let _turn = inner.turn.lock().await;
    let mut lease = Lease(&inner, inner.state.replace(State::Ended));
    if let State::File(asker, path) = &lease.1 {
        lease.1 = open(asker, path).await?;
    }
    let State::Open(lines, path) = &mut lease.1 else {
        return Ok(Dynamic::UNIT);
    };
    let next = give_back(path, lines.next().await);
    match next {
        Ok(Some(line)) => Ok(line.into()),
        ended => {
            lease.1 = State::Ended;
            ended.map(|_| Dynamic::UNIT)
        }
    }
}

async fn open(asker: &Asker, path: &str) -> Result<State> {
    let shown = quoted(path, usize::MAX);
    let resolved = asker.path(Use::Read, path).await?;
    let opened = tokio::fs::File::open(resolved).await.map_err(|e| Error::of(&format!("read {shown}"), &e));
    let source: Source = Box::pin(give_back(path, opened)?);
    Ok(State::Open(Box::new(Lines::new(source, shown, Malformed::Fails)), path.to_string()))
}

fn install(lib: &mut Library) {
    lib.engine.register_type_with_name::<TextLines>("lines");
    for name in ["to_string", "to_debug"] {
        lib.engine.register_fn(name, |s: &mut TextLines| s.show());
    }
    stream::install::<TextLines>(lib);
}

/// How such a stream prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.read_lock::<TextLines>().map(|s| s.show())
}
