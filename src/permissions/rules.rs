//! The pure matcher: flags and folders in, verdicts out.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::address::{Address, text_of};
use super::path::{Program, absolute, followed};
use super::{Access, Denied, Flag, Flags, Kind, Thing};

/// What is to be said to something that is about to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// A flag forbids it: nobody is to be asked.
    Denied(Denied),
    /// No flag speaks of it, and it is not allowed by itself: on a terminal, the user may be asked.
    Unasked(Denied),
}

/// The rules of a session.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    all: bool,
    list: Vec<Rule>,
    /// May be read: the current folder, and those of scripts.
    roots: Vec<PathBuf>,
    /// May be read and written: made by the session for the script.
    own: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
struct Rule {
    deny: bool,
    kind: Kind,
    pattern: Pattern,
    /// As on the command line.
    text: String,
}

#[derive(Clone, Debug)]
enum Pattern {
    Any,
    /// It, and all that lies below it.
    Path(PathBuf),
    Program(Program),
    Variable(String),
    Address(Address),
    /// Nothing that exists can be meant.
    Nothing,
}

impl Rules {
    /// What the command line says; relative paths start at `current`, which may be read. Where that is not known, the
    /// flags that name one allow nothing, and deny all.
    pub fn new(flags: &Flags, current: Option<&Path>) -> Self {
        let mut rules = Self { all: flags.all, ..Self::default() };
        if let Some(current) = current {
            rules.add_root(followed(current));
        }
        flags.list.iter().for_each(|flag| rules.add(flag, current));
        rules
    }

    /// Adds a flag.
    pub fn add(&mut self, flag: &Flag, current: Option<&Path>) {
        let unknown = || if flag.deny { Pattern::Any } else { Pattern::Nothing };
        let pattern = match (&flag.what, flag.kind) {
            (None, _) => Pattern::Any,
            (Some(what), Kind::Read | Kind::Write) => {
                absolute(current, Path::new(what)).map_or_else(unknown, |path| Pattern::Path(followed(&path)))
            }
            (Some(what), Kind::Run) => {
                Program::of_rule(&what.to_string_lossy(), current).map_or_else(unknown, Pattern::Program)
            }
            (Some(what), Kind::Env) => Pattern::Variable(what.to_string_lossy().into_owned()),
            // the command line refuses what makes no sense
            (Some(what), Kind::Net) => {
                Address::parse(&what.to_string_lossy()).map_or(Pattern::Nothing, Pattern::Address)
            }
        };
        let verb = if flag.deny { "deny" } else { "allow" };
        let text = spell(verb, flag.kind, flag.what.as_deref());
        self.list.push(Rule { deny: flag.deny, kind: flag.kind, pattern, text });
    }

    /// Allows all that is not denied.
    pub fn allow_all(&mut self, all: bool) {
        self.all |= all;
    }

    /// The flags, as they are typed in a shell.
    pub fn flags(&self) -> Vec<String> {
        let all = self.all.then(|| "-A".to_string());
        all.into_iter().chain(self.list.iter().map(|rule| rule.text.clone())).collect()
    }

    /// A resolved folder that may be read.
    pub fn add_root(&mut self, folder: PathBuf) {
        if !self.roots.contains(&folder) {
            self.roots.push(folder);
        }
    }

    /// A resolved folder that may be read and written.
    pub fn add_own(&mut self, folder: PathBuf) {
        self.own.push(folder);
    }

    /// What is to be said to this, and to what is touched together with it.
    pub fn verdict(&self, access: &Access) -> Verdict {
        match (self.verdict_on(access), access.thing.also()) {
            (Verdict::Allowed, Some(thing)) => self.verdict_on(&Access { thing, ..*access }),
            (verdict, _) => verdict,
        }
    }

    /// What is to be said to this alone. What is denied is denied, whatever else is allowed.
    pub(super) fn verdict_on(&self, access: &Access) -> Verdict {
        let thing = &access.thing;
        if let Some(rule) = self.list.iter().find(|rule| rule.deny && rule.matches(thing)) {
            let message = format!("{} is forbidden by {}", describe(thing), rule.text);
            return Verdict::Denied(Denied { message, flag: None });
        }
        if self.all || self.is_free(access) || self.list.iter().any(|rule| !rule.deny && rule.matches(thing)) {
            return Verdict::Allowed;
        }
        let flag = flag_for(thing);
        let message = format!("{} is not allowed{}: {flag} would allow it", describe(thing), rule_of_thumb(thing));
        Verdict::Unasked(Denied { message, flag: Some(flag) })
    }

    /// Whether it needs no flag.
    fn is_free(&self, access: &Access) -> bool {
        let below = |list: &[PathBuf], path: &Path| list.iter().any(|folder| path.starts_with(folder));
        match access.thing {
            Thing::Read(path) => access.typed || below(&self.roots, path) || below(&self.own, path),
            Thing::Write(path) => access.typed || below(&self.own, path),
            Thing::Run(..) | Thing::RunLoading(..) | Thing::Env(_) | Thing::AllEnv(_) => false,
            // naming some narrows the network to them
            Thing::Net(_) => !self.list.iter().any(|rule| !rule.deny && rule.kind == Kind::Net),
        }
    }
}

impl Rule {
    fn matches(&self, thing: &Thing) -> bool {
        if self.kind != kind_of(thing) {
            return false;
        }
        match (&self.pattern, thing) {
            (Pattern::Any, _) => true,
            (Pattern::Path(rule), Thing::Read(path) | Thing::Write(path)) => path.starts_with(rule),
            // a link of another name to the same file is no way around what is denied, and none into what is allowed
            (Pattern::Program(rule), Thing::Run(program, _)) if self.deny => {
                program.file == rule.file || program.target == rule.target
            }
            (Pattern::Program(rule), Thing::Run(program, _)) => program.file == rule.file,
            (Pattern::Variable(rule), Thing::Env(name)) => rule == name,
            // one that is denied is among them; and one that is allowed is not all
            (Pattern::Variable(_), Thing::AllEnv(_)) => self.deny,
            (Pattern::Address(rule), Thing::Net(target)) if self.deny => rule.reaches(target),
            (Pattern::Address(rule), Thing::Net(target)) => rule.names(target),
            _ => false,
        }
    }
}

fn kind_of(thing: &Thing) -> Kind {
    match thing {
        Thing::Read(_) => Kind::Read,
        Thing::Write(_) => Kind::Write,
        Thing::Run(..) | Thing::RunLoading(..) => Kind::Run,
        Thing::Env(_) | Thing::AllEnv(_) => Kind::Env,
        Thing::Net(_) => Kind::Net,
    }
}

pub(super) fn describe(thing: &Thing) -> String {
    match thing {
        Thing::Read(path) => format!("reading {:?}", path.display().to_string()),
        Thing::Write(path) => format!("writing {:?}", path.display().to_string()),
        Thing::Run(program, _) => format!("running {:?}", program.name),
        Thing::RunLoading(program, variable) => {
            format!("running {:?} with {variable:?} in its environment", program.name)
        }
        Thing::Env(name) => format!("reading the environment variable {name:?}"),
        Thing::AllEnv(path) => format!("reading all environment variables in {:?}", path.display().to_string()),
        Thing::Net(target) if target.listens => format!("listening on {}", target.host),
        Thing::Net(target) => match target.address {
            Some(address) if target.host.parse() != Ok(address) => {
                format!("connecting to {} at {address}", text_of(target))
            }
            _ => format!("connecting to {}", text_of(target)),
        },
    }
}

/// What is allowed of that kind without a flag.
fn rule_of_thumb(thing: &Thing) -> &'static str {
    match thing {
        Thing::Read(_) => " (scripts may read below their own folder and the current one)",
        Thing::Write(_) => " (scripts may write below what temp_dir() gives)",
        Thing::Net(_) => " (--allow-net narrows the network to what it names)",
        Thing::RunLoading(..) => " (a program loads any code by it)",
        Thing::Run(..) | Thing::Env(_) | Thing::AllEnv(_) => "",
    }
}

/// The narrowest flag that would allow it: all programs, or all variables, where it comes to that.
pub(super) fn narrowest(thing: &Thing) -> Flag {
    let what = match thing {
        Thing::Read(path) | Thing::Write(path) => path.as_os_str().to_owned(),
        Thing::Run(program, _) => program.name.clone().into(),
        Thing::Env(name) => (*name).into(),
        Thing::RunLoading(..) | Thing::AllEnv(_) => return Flag { deny: false, kind: kind_of(thing), what: None },
        // the system may choose the port, another one each time
        Thing::Net(target) if target.listens => target.host.into(),
        Thing::Net(target) => text_of(target).into(),
    };
    Flag { deny: false, kind: kind_of(thing), what: Some(what) }
}

fn flag_for(thing: &Thing) -> String {
    let Flag { kind, what, .. } = narrowest(thing);
    spell("allow", kind, what.as_deref())
}

/// A flag as it is typed in a shell.
fn spell(verb: &str, kind: Kind, what: Option<&OsStr>) -> String {
    let name = kind.name();
    let Some(what) = what else {
        return format!("--{verb}-{name}");
    };
    let what = crate::term::escape(&what.to_string_lossy()).replace('\n', "\\n");
    let plain = |c: char| c.is_alphanumeric() || "/._-:@+,=[]".contains(c);
    match what.chars().all(plain) {
        true => format!("--{verb}-{name}={what}"),
        false => format!("--{verb}-{name}='{}'", what.replace('\'', "'\\''")),
    }
}
