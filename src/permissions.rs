//! What scripts may do to the world: a seat belt, not a sandbox.
//!
//! A script may use the network, and read below its own folder and the current one. All else needs a flag, or leave
//! given at the terminal. Whoever touches files, processes, variables of the environment or the network asks the host
//! (`Host::allow`) first, naming the thing itself: paths are resolved before ([`resolve()`]), programs looked up
//! ([`Program`]), addresses known. [`Rules`] is the pure matcher; [`Permissions`] shares it among threads.
//!
//! A host that has a terminal asks its user where the verdict is [`Verdict::Unasked`], and remembers what was allowed by
//! [`Permissions::grant`].

mod address;
mod ask;
mod path;
mod rules;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

pub use address::Address;
pub use ask::Question;
pub use path::{Program, current_folder, resolve, resolve_entry};
pub use rules::{Rules, Verdict};

use crate::net::{Gate, Target};

/// What sort of thing is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
    Run,
    Env,
    Net,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Run, Self::Env, Self::Net];

    /// As it is called in flags: `read` of `--allow-read`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Run => "run",
            Self::Env => "env",
            Self::Net => "net",
        }
    }
}

/// `--allow-KIND[=WHAT]` or `--deny-KIND[=WHAT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    pub deny: bool,
    pub kind: Kind,
    /// Without it: everything of that kind.
    pub what: Option<OsString>,
}

/// The permissions of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-A`: all that is not denied.
    pub all: bool,
    pub list: Vec<Flag>,
}

/// Something that is about to be done.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    pub thing: Thing<'a>,
    /// Whether the code that does it was typed at the prompt.
    pub typed: bool,
}

/// What it is done to.
#[derive(Clone, Copy, Debug)]
pub enum Thing<'a> {
    /// Of a path that was resolved.
    Read(&'a Path),
    Write(&'a Path),
    /// A program, and what it is given: shown to whoever is asked.
    Run(&'a Program, &'a [String]),
    /// A program with this variable in its environment, by which it loads code of others.
    RunLoading(&'a Program, &'a str),
    /// The name of a variable.
    Env(&'a str),
    /// All variables, by a file in which the system shows them.
    AllEnv(&'a Path),
    Net(Target<'a>),
}

impl Thing<'_> {
    /// What is touched together with it: whoever reads such a file reads the variables of a process.
    pub fn also(&self) -> Option<Self> {
        match *self {
            Self::Read(path) if path::shows_environment(path) => Some(Self::AllEnv(path)),
            _ => None,
        }
    }
}

/// Whether a program loads what a variable of this name says, whatever program it is.
pub fn loads_code(variable: &str) -> bool {
    variable.starts_with("LD_") || variable.starts_with("DYLD_")
}

/// Why something may not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// For the script's author; names the flag that would allow it.
    pub message: String,
    /// That flag; none if it was denied by one.
    pub flag: Option<String>,
}

/// The rules of a session, shared among threads.
#[derive(Debug)]
pub struct Permissions {
    rules: RwLock<Rules>,
    /// Of the rules for the network.
    edition: Arc<AtomicU32>,
    /// What was refused at the terminal in this run, by the flag that would have allowed it.
    refused: Mutex<Vec<String>>,
}

impl Permissions {
    /// What the command line says. Relative paths of flags, and what may be read, start at `current`, if that is known.
    pub fn new(flags: &Flags, current: Option<&Path>) -> Arc<Self> {
        let rules = RwLock::new(Rules::new(flags, current));
        Arc::new(Self { rules, edition: Arc::default(), refused: Mutex::default() })
    }

    /// Without any flag, as the process stands.
    pub fn standard() -> Arc<Self> {
        static STANDARD: LazyLock<Arc<Permissions>> =
            LazyLock::new(|| Permissions::new(&Flags::default(), current_folder().ok().as_deref()));
        STANDARD.clone()
    }

    /// What is to be said to this.
    pub fn verdict(&self, access: &Access) -> Verdict {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).verdict(access)
    }

    /// Whether this may be done; nobody is asked.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, access: &Access) -> Result<(), Denied> {
        match self.verdict(access) {
            Verdict::Allowed => Ok(()),
            Verdict::Denied(denied) | Verdict::Unasked(denied) => Err(denied),
        }
    }

    /// Adds flags.
    pub fn grant(&self, flags: &Flags) {
        self.change(|rules| {
            rules.allow_all(flags.all);
            let current = current_folder().ok();
            flags.list.iter().for_each(|flag| rules.add(flag, current.as_deref()));
        });
        if flags.list.iter().any(|flag| flag.kind == Kind::Net) {
            self.edition.fetch_add(1, Ordering::AcqRel);
        }
        self.forget_refused();
    }

    /// The flags in force, as they are typed in a shell.
    pub fn flags(&self) -> Vec<String> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).flags()
    }

    /// A script's folder: may be read.
    pub fn add_root(&self, folder: &Path) {
        // where it lies can't be told if that of relative paths can't: then there is nothing to be read below it
        if let Ok(folder) = resolve(folder) {
            self.change(|rules| rules.add_root(folder));
        }
    }

    /// A folder that the session made for the script: may be read and written.
    pub fn add_own(&self, folder: PathBuf) {
        self.change(|rules| rules.add_own(folder));
    }

    /// The same for the network layer.
    pub fn gate(self: &Arc<Self>) -> Gate {
        let permissions = self.clone();
        let ask = move |target: &Target<'_>| {
            let access = Access { thing: Thing::Net(*target), typed: false };
            permissions.check(&access).map_err(|denied| denied.message)
        };
        Gate::new(ask, self.edition.clone())
    }

    fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.write().unwrap_or_else(PoisonError::into_inner));
    }
}
