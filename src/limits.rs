//! What scripts may use up: depths, sizes, numbers. Each limit is a row of a table, which `--limit NAME=N` and its help
//! read.

use std::path::Path;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::units;

/// How much of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls of plain functions in one another.
    pub calls: usize,
    /// Async calls that await one another.
    pub awaits: usize,
    /// Arrays, maps and blocks in one another.
    pub nesting: usize,
    /// Arrays and maps in one another.
    pub depth: usize,
    /// Bytes of a string or a blob.
    pub string: usize,
    /// Entries of an array or a map.
    pub array: usize,
    /// Tasks that have not ended.
    pub tasks: usize,
    /// Bytes of the recording.
    pub recording: usize,
    /// Bytes of memory that the process uses.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 10_000,
            awaits: 1_000_000,
            nesting: 200,
            depth: 10_000,
            string: 64 << 20,
            array: 4_000_000,
            tasks: 4_000_000,
            recording: crate::trace::recording::Recording::DEFAULT_LIMIT,
            memory: *MEMORY,
        }
    }
}

impl Limits {
    /// The levels of Rhai's parser that come to that nesting: an array, a map, an `if` or a closure takes three, a pair of
    /// parentheses or a call two.
    pub fn levels(&self) -> usize {
        3 * self.nesting
    }
}

/// Three quarters of what the machine has, or a control group that the process is in, or the addresses that it may use.
static MEMORY: LazyLock<usize> = LazyLock::new(|| {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
    });
    let of_groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let files = group_files(&of_groups);
    let groups = files.iter().filter_map(|file| std::fs::read_to_string(file).ok()?.trim().parse::<usize>().ok());
    let all = machine.into_iter().chain(groups).chain(addresses()).min();
    all.map_or(usize::MAX, |all| all / 4 * 3)
});

/// The bytes of memory that the process uses, where the system tells it.
#[cfg(target_os = "linux")]
pub fn used() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

#[cfg(not(target_os = "linux"))]
pub fn used() -> Option<usize> {
    None
}

/// The files that tell the limits of the control groups of a process, each with all that it is in, from the text that
/// names those groups.
fn group_files(text: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(kinds), Some(path)) = (fields.next(), fields.next()) else { continue };
        let (folder, file) = match kinds {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if kinds.split(',').any(|kind| kind == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let inside = Path::new(path.trim_start_matches('/'));
        files.extend(inside.ancestors().map(|group| Path::new(folder).join(group).join(file).display().to_string()));
    }
    files
}

/// The bytes of addresses, or of memory of its own, that the process may use (`ulimit -v`, `ulimit -d`), if they are
/// limited.
#[cfg(unix)]
pub fn addresses() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};
    let limits = [Resource::As, Resource::Data].map(|resource| getrlimit(resource).current);
    limits.into_iter().flatten().min().and_then(|bytes| usize::try_from(bytes).ok())
}

#[cfg(not(unix))]
pub fn addresses() -> Option<usize> {
    None
}

/// Whether so many bytes are to be had at once.
pub fn can_have(bytes: usize) -> bool {
    let mut spare: Vec<u8> = Vec::new();
    let is_there = spare.try_reserve_exact(bytes).is_ok();
    drop(std::hint::black_box(spare)); // memory that nobody looks at the compiler need not ask for
    is_there
}

/// A limit by its name.
pub struct Limit {
    pub name: &'static str,
    /// What it counts, in a few words.
    pub about: &'static str,
    /// Whether it counts bytes.
    pub bytes: bool,
    /// The least and the most that it can be set to.
    range: (usize, usize),
    field: fn(&mut Limits) -> &mut usize,
}

const fn counted(
    name: &'static str,
    about: &'static str,
    range: (usize, usize),
    field: fn(&mut Limits) -> &mut usize,
) -> Limit {
    Limit { name, about, bytes: false, range, field }
}

const fn in_bytes(
    name: &'static str,
    about: &'static str,
    range: (usize, usize),
    field: fn(&mut Limits) -> &mut usize,
) -> Limit {
    Limit { name, about, bytes: true, range, field }
}

/// All limits.
pub const TABLE: &[Limit] = &[
    counted("calls", "calls of plain functions in one another", (10, 1_000_000), |l| &mut l.calls),
    counted("awaits", "async calls that await one another", (10, usize::MAX), |l| &mut l.awaits),
    counted(
        "nesting",
        "arrays, maps and blocks in one another, in the source; an async block counts for two",
        (10, 1_000),
        |l| &mut l.nesting,
    ),
    counted("depth", "arrays and maps in one another", (10, 20_000), |l| &mut l.depth),
    in_bytes("string", "size of a string or a blob", (1 << 10, isize::MAX as usize), |l| &mut l.string),
    counted("array", "entries of an array or a map", (100, isize::MAX as usize / 16), |l| &mut l.array),
    counted("tasks", "tasks at once", (1, u32::MAX as usize / 2), |l| &mut l.tasks),
    in_bytes("recording", "memory of the recording; then the oldest events go", (0, isize::MAX as usize), |l| {
        &mut l.recording
    }),
    in_bytes("memory", "memory of the whole process", (32 << 20, usize::MAX), |l| &mut l.memory),
];

impl Limit {
    /// The usual one, as it would be written.
    pub fn usual(&self) -> String {
        shown(*(self.field)(&mut Limits::default()), self.bytes)
    }
}

/// `NAME=N` of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    row: usize,
    value: usize,
}

impl Limits {
    /// The usual ones, but for these settings; the last of a name counts.
    pub fn with(settings: &[Setting]) -> Self {
        let mut limits = Self::default();
        for setting in settings {
            *(TABLE[setting.row].field)(&mut limits) = setting.value;
        }
        limits
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || TABLE.iter().map(|limit| limit.name).collect::<Vec<_>>().join(", ");
        let (name, number) =
            text.split_once('=').ok_or_else(|| format!("expected NAME=N; the names are {}", names()))?;
        let row = TABLE.iter().position(|limit| limit.name == name);
        let row = row.ok_or_else(|| format!("there is no limit of that name; there are {}", names()))?;
        let Limit { bytes: as_bytes, range: (least, most), .. } = TABLE[row];
        let value = amount(number).ok_or_else(|| match as_bytes {
            true => "expected a number of bytes, such as 500000, 64M or 2G".to_string(),
            false => "expected a number, such as 500000 or 2M".to_string(),
        })?;
        match value {
            _ if value < least => Err(format!("{name} can't be less than {}", shown(least, as_bytes))),
            _ if value > most => Err(format!("{name} can't be more than {}", shown(most, as_bytes))),
            _ => Ok(Self { row, value }),
        }
    }
}

/// A whole number, perhaps in thousands or so: `k`, `M` and `G` are powers of 1024.
fn amount(text: &str) -> Option<usize> {
    let (digits, power) = match text.strip_suffix(|c: char| c.is_ascii_alphabetic()) {
        Some(digits) => (digits, "kmg".find(text[digits.len()..].to_ascii_lowercase().as_str())? + 1),
        None => (text, 0),
    };
    let number: usize = digits.replace('_', "").parse().ok()?;
    number.checked_mul(1 << (10 * power))
}

fn shown(value: usize, as_bytes: bool) -> String {
    if as_bytes { units::bytes(value) } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_understood() {
        let set = |text: &str| text.parse::<Setting>().map(|setting| Limits::with(&[setting]));
        assert_eq!(set("tasks=5").map(|l| l.tasks), Ok(5));
        assert_eq!(set("string=2M").map(|l| l.string), Ok(2 << 20));
        assert_eq!(set("memory=1g").map(|l| l.memory), Ok(1 << 30));
        assert_eq!(set("array=100_000").map(|l| l.array), Ok(100_000));
        assert_eq!(set("calls=20").map(|l| Limits { calls: 10_000, ..l }), Ok(Limits::default()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| text.parse::<Setting>().expect_err(text);
        assert!(wrong("tasks").contains("NAME=N") && wrong("tasks").contains("recording"));
        assert!(wrong("task=1").contains("no limit of that name"));
        for text in ["tasks=", "tasks=-1", "tasks=x", "tasks=1T", "tasks=99999999999G", "tasks=1.5"] {
            assert!(wrong(text).contains("expected a number"), "{text}");
        }
        assert!(wrong("tasks=0").contains("less than 1"));
        assert!(wrong("nesting=1M").contains("more than 1000"));
        assert!(wrong("string=1").contains("less than 1 KiB"));
    }

    #[test]
    fn each_limit_is_in_the_table_once() {
        for (row, limit) in TABLE.iter().enumerate() {
            let mut limits = Limits::default();
            *(limit.field)(&mut limits) = 12_345;
            assert_eq!(Limits::with(&[Setting { row, value: 12_345 }]), limits, "{}", limit.name);
            assert_ne!(limits, Limits::default(), "{}", limit.name);
            assert!(TABLE[..row].iter().all(|other| other.name != limit.name));
        }
    }

    #[test]
    fn the_groups_of_a_process_and_all_that_these_are_in() {
        assert_eq!(
            group_files("0::/user.slice/run\n"),
            ["user.slice/run/", "user.slice/", ""].map(|group| format!("/sys/fs/cgroup/{group}memory.max"))
        );
        let old = "4:cpu,cpuacct:/a\n3:memory:/docker/x:y\n1:name=systemd:/b";
        let expected = ["docker/x:y/", "docker/", ""];
        assert_eq!(
            group_files(old),
            expected.map(|group| format!("/sys/fs/cgroup/memory/{group}memory.limit_in_bytes"))
        );
        assert_eq!(group_files("0::/"), ["/sys/fs/cgroup/memory.max"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_seen() {
        assert!(used().is_some_and(|bytes| bytes > 1 << 20));
    }
}
