//! Bodies as streams: lines, chunks, server-sent events.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, Map};
use tokio::sync::Mutex;

use super::super::{Library, stream};
use super::raise;
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::net::{Body, Error, Events, Lines};

/// What gives the items of a body, one after another.
pub(super) trait Items: 'static {
    /// The name of the stream's type.
    const NAME: &'static str;

    /// The next item, `None` at the end. When the future is dropped nothing is lost.
    async fn item(&mut self) -> Result<Option<Dynamic>, Error>;
}

impl Items for Lines {
    const NAME: &'static str = "lines";

    async fn item(&mut self) -> Result<Option<Dynamic>, Error> {
        Ok(self.next().await?.map(Dynamic::from))
    }
}

/// Chunks as they arrive.
pub(super) struct Chunks(Body);

impl Chunks {
    pub fn new(body: Body) -> Self {
        Self(body)
    }
}

impl Items for Chunks {
    const NAME: &'static str = "chunks";

    async fn item(&mut self) -> Result<Option<Dynamic>, Error> {
        Ok(self.0.chunk().await?.map(|chunk| Dynamic::from_blob(chunk.into())))
    }
}

impl Items for Events {
    const NAME: &'static str = "events";

    async fn item(&mut self) -> Result<Option<Dynamic>, Error> {
        Ok(self.next().await?.map(|event| {
            let fields = [("event", event.event), ("data", event.data), ("id", event.id)];
            fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect::<Map>().into()
        }))
    }
}

/// A stream of a body's items, as scripts hold it.
pub(super) struct Stream<S>(Rc<Inner<S>>);

struct Inner<S> {
    /// None while somebody waits for the next item.
    items: RefCell<Option<S>>,
    /// One waits at a time, first come, first served.
    turn: Mutex<()>,
    url: String,
    /// `lines of /stream/5`.
    title: String,
    waits: Waits,
}

impl<S> Clone for Stream<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Items> Stream<S> {
    pub fn new(items: S, url: String, path: &str, waits: Waits) -> Self {
        let title = format!("{} of {path}", S::NAME);
        Self(Rc::new(Inner { items: RefCell::new(Some(items)), turn: Mutex::default(), url, title, waits }))
    }
}

/// The items while somebody waits for the next one; they go back to the stream however that ends.
struct Lease<'a, S> {
    inner: &'a Inner<S>,
    items: Option<S>,
}

impl<S> Drop for Lease<'_, S> {
    fn drop(&mut self) {
        *self.inner.items.borrow_mut() = self.items.take();
    }
}

impl<S: Items> stream::Stream for Stream<S> {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        let inner = self.0.clone();
        script::io(kernel, "next", inner.title.clone(), inner.waits, move |_| async move {
            let _turn = inner.turn.lock().await;
            let items = inner.items.borrow_mut().take();
            let mut lease = Lease { inner: &inner, items };
            match &mut lease.items {
                Some(items) => match items.item().await {
                    Ok(item) => Ok(item.unwrap_or_default()),
                    Err(error) => Err(raise(&error, &lease.inner.url)),
                },
                None => Ok(Dynamic::UNIT),
            }
        })
    }
}

/// Registers the type of a stream.
pub(super) fn install<S: Items>(lib: &mut Library) {
    lib.engine.register_type_with_name::<Stream<S>>(S::NAME);
    for name in ["to_string", "to_debug"] {
        lib.engine.register_fn(name, |s: &mut Stream<S>| format!("<{}>", s.0.title));
    }
    stream::install::<Stream<S>>(lib);
}

/// How such a stream prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    fn title<S: Items>(value: &Dynamic) -> Option<String> {
        value.read_lock::<Stream<S>>().map(|s| format!("<{}>", s.0.title))
    }
    title::<Lines>(value).or_else(|| title::<Chunks>(value)).or_else(|| title::<Events>(value))
}
