//! The world outside: files, processes, SQLite, the environment. Each function asks the host before it acts.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use rhai::{Dynamic, Map};

use super::Library;
use super::values::Fallible;
use crate::engine::errors::{error_value, kind};
use crate::engine::script::{self, Result, Waits};
use crate::engine::{Future, Kernel};
use crate::host::Host;
use crate::lang::modules::MayRead;
use crate::lang::{self, Raise};
use crate::permissions::{Access, Denied, Thing, Verdict, resolve, resolve_entry};
use crate::source::is_typed;
use crate::system::Error;
use crate::system::error::quoted;
use crate::trace::event::WaitClass;

pub(super) mod environment;
pub(super) mod files;
pub(super) mod lines;
pub(super) mod process;
pub(super) mod process_options;
pub(super) mod sqlite;
mod sqlite_values;

/// The longest that a path may be in the views, in characters.
const SHOWN: usize = 36;

/// What the functions of this folder have in hand.
#[derive(Clone)]
pub(super) struct World {
    pub kernel: Rc<Kernel>,
    pub host: Rc<dyn Host>,
}

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Write,
    /// Of a link at its end, the link itself is meant.
    Remove,
}

/// Who asks: code that stands in a file, or that was typed.
#[derive(Clone)]
pub(super) struct Asker {
    /// Whose clock stands still while somebody is asked.
    kernel: Rc<Kernel>,
    host: Rc<dyn Host>,
    typed: bool,
}

impl World {
    pub fn of(lib: &Library) -> Self {
        Self { kernel: lib.kernel.clone(), host: lib.host.clone() }
    }

    /// The code that runs now, as one who asks.
    pub fn asker(&self) -> Asker {
        let running = self.kernel.shared.running.borrow();
        let typed = running.as_ref().is_some_and(|body| is_typed(&body.source.name));
        Asker { kernel: self.kernel.clone(), host: self.host.clone(), typed }
    }

    /// A future that asks whether it may use a path, and then does something with it on another thread.
    pub fn on_path<T: Send + 'static>(
        &self,
        name: &str,
        path: &str,
        usage: Use,
        work: impl FnOnce(&Path, &str) -> std::result::Result<T, Error> + Send + 'static,
        give: impl FnOnce(T) -> Dynamic + 'static,
    ) -> Future {
        let (asker, path) = (self.asker(), path.to_string());
        self.future(name, &path.clone(), move |_| async move {
            let resolved = asker.path(usage, &path).await?;
            let shown = quoted(&path, usize::MAX);
            give_back(&path, blocking(move || work(&resolved, &shown)).await).map(give)
        })
    }

    /// A future for the world, which the views show as `name "of"`.
    pub fn future<F>(&self, name: &str, of: &str, start: impl FnOnce(script::Script) -> F + 'static) -> Future
    where
        F: std::future::Future<Output = Result> + 'static,
    {
        let label = format!("{name} {}", quoted(of, SHOWN));
        script::future(&self.kernel, label, WaitClass::Io, Waits::Outside, start)
    }
}

impl Asker {
    /// Whether the code that asks was typed at the prompt.
    pub fn is_typed(&self) -> bool {
        self.typed
    }

    /// Asks the host. Whoever answers with Ctrl-C says neither yes nor no: it ends what goes on.
    ///
    /// # Errors
    /// Kind "permission".
    pub fn allow(&self, thing: Thing) -> std::result::Result<(), Dynamic> {
        let access = Access { thing, typed: self.typed };
        if !matches!(self.host.permissions().verdict(&access), Verdict::Unasked(_)) {
            return self.host.allow(&access).map_err(denied);
        }
        if let Some(stop) = self.kernel.shared.break_off() {
            return Err(stop);
        }
        self.kernel.clock.hold();
        let answer = self.host.allow(&access);
        self.kernel.clock.release();
        answer.map_err(|refused| self.kernel.shared.break_off().unwrap_or_else(|| denied(refused)))
    }

    /// Asks for a path; gives the one to use, without links.
    ///
    /// # Errors
    /// Kind "permission"; "io" for a relative path where the current folder is gone.
    pub async fn path(&self, usage: Use, path: &str) -> Result<PathBuf> {
        let written = PathBuf::from(path);
        let resolved = blocking(move || resolved(usage, &written)).await;
        let path = give_back(path, resolved)?;
        self.allow_path(usage, &path).map_err(Raise::error)?;
        Ok(path)
    }

    /// Asks for a path that was resolved.
    ///
    /// # Errors
    /// Kind "permission".
    pub fn allow_path(&self, usage: Use, path: &Path) -> std::result::Result<(), Dynamic> {
        match usage {
            Use::Read => self.allow(Thing::Read(path)),
            Use::Write | Use::Remove => self.allow(Thing::Write(path)),
        }
    }
}

/// The path that is meant by one that a script wrote.
///
/// # Errors
/// The current folder is gone at which it starts.
pub(super) fn resolved(usage: Use, path: &Path) -> std::result::Result<PathBuf, Error> {
    let (verb, resolved) = match usage {
        Use::Read => ("read", resolve(path)),
        Use::Write => ("write", resolve(path)),
        Use::Remove => ("remove", resolve_entry(path)),
    };
    let shown = || quoted(&path.to_string_lossy(), usize::MAX);
    resolved.map_err(|e| Error::io(format!("can't {verb} {}: {e}", shown())))
}

/// Runs what blocks on a thread of tokio's.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, Error> + Send + 'static,
) -> std::result::Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::io("the thread that did it has ended early")),
    }
}

/// A result as the script gets it; errors are `#{error, message, path}`.
pub(super) fn give_back<T>(path: &str, result: std::result::Result<T, Error>) -> Result<T> {
    result.map_err(|e| Raise::error(failure(&e, path).into()))
}

fn failure(error: &Error, path: &str) -> Map {
    let mut map = error_value(error.kind, error.message.as_str());
    if !path.is_empty() {
        map.insert("path".into(), path.into());
    }
    map
}

/// An error as a function that does not wait throws it.
pub(super) fn thrown<T>(result: std::result::Result<T, Dynamic>) -> Fallible<T> {
    result.map_err(|value| lang::failure::thrown(value, rhai::Position::NONE))
}

/// `#{error: "permission", message, flag}`.
fn denied(denied: Denied) -> Dynamic {
    let mut map = error_value(kind::PERMISSION, denied.message);
    if let Some(flag) = denied.flag {
        map.insert("flag".into(), flag.into());
    }
    map.into()
}

/// The permission that `import` asks for.
pub fn may_import(kernel: &Rc<Kernel>, host: &Rc<dyn Host>) -> MayRead {
    let (kernel, host) = (kernel.clone(), host.clone());
    Rc::new(move |file, source| {
        let asker = Asker { kernel: kernel.clone(), host: host.clone(), typed: source.is_some_and(is_typed) };
        let path = resolved(Use::Read, file).map_err(|e| Dynamic::from(failure(&e, "")))?;
        asker.allow(Thing::Read(&path))
    })
}

/// How a value of this folder prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    lines::show(value).or_else(|| process::show(value)).or_else(|| sqlite::show(value))
}
