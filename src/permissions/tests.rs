use std::net::IpAddr;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn flag(text: &str) -> Flag {
    let (verb, rest) = text.trim_start_matches("--").split_once('-').unwrap();
    let (name, what) = rest.split_once('=').map_or((rest, None), |(name, what)| (name, Some(what.into())));
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
    Flag { deny: verb == "deny", kind, what }
}

fn rules(flags: &[&str]) -> Rules {
    let all = flags.contains(&"-A");
    let list = flags.iter().filter(|text| **text != "-A").map(|text| flag(text)).collect();
    Rules::new(&Flags { all, list }, Some(Path::new("/home/me")))
}

fn judge(rules: &Rules, thing: Thing) -> &'static str {
    match rules.verdict(&Access { thing, typed: false }) {
        Verdict::Allowed => "allowed",
        Verdict::Denied(_) => "denied",
        Verdict::Unasked(_) => "unasked",
    }
}

fn read(flags: &[&str], path: &str) -> &'static str {
    judge(&rules(flags), Thing::Read(Path::new(path)))
}

fn target(host: &str, port: u16) -> Target<'_> {
    Target { host, port, address: host.parse::<IpAddr>().ok(), listens: false }
}

fn connect(flags: &[&str], target: Target) -> &'static str {
    judge(&rules(flags), Thing::Net(target))
}

#[test]
fn without_flags_scripts_read_below_the_current_folder_and_use_the_network() {
    assert_eq!(read(&[], "/home/me/a/b"), "allowed");
    assert_eq!(read(&[], "/home/me"), "allowed");
    assert_eq!(read(&[], "/home/meandyou/a"), "unasked");
    assert_eq!(read(&[], "/etc/passwd"), "unasked");
    let none = rules(&[]);
    assert_eq!(judge(&none, Thing::Write(Path::new("/home/me/a"))), "unasked");
    assert_eq!(judge(&none, Thing::Env("HOME")), "unasked");
    assert_eq!(connect(&[], target("example.com", 443)), "allowed");
}

#[test]
fn an_unknown_current_folder_allows_nothing() {
    let rules = |texts: &[&str]| {
        let list = texts.iter().map(|text| flag(text)).collect();
        Rules::new(&Flags { all: false, list }, None)
    };
    for path in ["/etc/passwd", "/", "/home/me/a"] {
        assert_eq!(judge(&rules(&[]), Thing::Read(Path::new(path))), "unasked", "{path}");
        assert_eq!(judge(&rules(&["--allow-read=."]), Thing::Read(Path::new(path))), "unasked", "{path}");
        assert_eq!(judge(&rules(&["--allow-read", "--deny-read=secret"]), Thing::Read(Path::new(path))), "denied");
        assert_eq!(judge(&rules(&["--allow-read=/"]), Thing::Read(Path::new(path))), "allowed", "{path}");
    }
}

#[test]
fn what_is_typed_may_read_and_write_but_not_more() {
    let typed = |flags: &[&str], thing| rules(flags).verdict(&Access { thing, typed: true });
    assert_eq!(typed(&[], Thing::Write(Path::new("/etc/x"))), Verdict::Allowed);
    assert_eq!(typed(&[], Thing::Read(Path::new("/etc/x"))), Verdict::Allowed);
    assert!(matches!(typed(&["--deny-write"], Thing::Write(Path::new("/etc/x"))), Verdict::Denied(_)));
    assert!(matches!(typed(&[], Thing::Env("HOME")), Verdict::Unasked(_)));
}

#[test]
fn a_folder_of_the_session_may_be_written_unless_that_is_denied() {
    let mut own = rules(&[]);
    own.add_own("/tmp/x".into());
    assert_eq!(judge(&own, Thing::Write(Path::new("/tmp/x/a"))), "allowed");
    assert_eq!(judge(&own, Thing::Read(Path::new("/tmp/x/a"))), "allowed");
    assert_eq!(judge(&own, Thing::Write(Path::new("/tmp/xy"))), "unasked");
    let mut denied = rules(&["--deny-write"]);
    denied.add_own("/tmp/x".into());
    assert_eq!(judge(&denied, Thing::Write(Path::new("/tmp/x/a"))), "denied");
}

#[test]
fn denied_wins() {
    assert_eq!(read(&["--allow-read", "--deny-read=/etc"], "/etc/passwd"), "denied");
    assert_eq!(read(&["-A", "--deny-read=/etc"], "/etc/passwd"), "denied");
    assert_eq!(read(&["-A", "--deny-read=/etc"], "/usr/bin/env"), "allowed");
    assert_eq!(read(&["--deny-read=secret"], "/home/me/secret/key"), "denied");
    assert_eq!(read(&["--deny-read"], "/home/me/a"), "denied");
}

#[test]
fn files_that_show_the_environment_need_leave_for_it_too() {
    for path in ["/proc/12/environ", "/proc/12/task/13/environ"] {
        assert_eq!(read(&["--allow-read"], path), "unasked");
        assert_eq!(read(&["--allow-read", "--allow-env=HOME"], path), "unasked", "one is not all");
        assert_eq!(read(&["--allow-env"], path), "unasked");
        assert_eq!(read(&["--allow-read", "--allow-env"], path), "allowed");
        assert_eq!(read(&["-A"], path), "allowed");
        assert_eq!(read(&["-A", "--deny-env"], path), "denied");
        assert_eq!(read(&["-A", "--deny-env=SECRET"], path), "denied", "it is among them");
    }
    assert_eq!(read(&["--allow-read", "--deny-env"], "/proc/12/status"), "allowed");
    assert_eq!(read(&["--allow-read", "--deny-env"], "/home/me/environ"), "allowed");
    let typed = Access { thing: Thing::Read(Path::new("/proc/12/environ")), typed: true };
    assert!(matches!(rules(&["--deny-env"]).verdict(&typed), Verdict::Denied(_)));
}

#[test]
fn messages_name_the_flag() {
    let told = |flags: &[&str], thing| match rules(flags).verdict(&Access { thing, typed: false }) {
        Verdict::Denied(denied) | Verdict::Unasked(denied) => (denied.message, denied.flag),
        Verdict::Allowed => unreachable!("it is not allowed"),
    };
    let (message, flag) = told(&[], Thing::Write(Path::new("/a b/it's")));
    assert_eq!(flag.unwrap(), r"--allow-write='/a b/it'\''s'");
    assert!(message.contains(r#"writing "/a b/it's" is not allowed"#), "{message}");
    let (message, flag) = told(&["--deny-env=HOME"], Thing::Env("HOME"));
    assert_eq!(
        (flag, message.as_str()),
        (None, r#"reading the environment variable "HOME" is forbidden by --deny-env=HOME"#)
    );
    let (message, flag) = told(&["--allow-net=b"], Thing::Net(target("a", 80)));
    assert_eq!(flag.unwrap(), "--allow-net=a:80");
    assert!(message.starts_with("connecting to a:80 is not allowed"), "{message}");
    let listening = Target { listens: true, ..target("127.0.0.1", 40_123) };
    let (message, flag) = told(&["--allow-net=b"], Thing::Net(listening));
    assert_eq!(flag.unwrap(), "--allow-net=127.0.0.1");
    assert!(message.starts_with("listening on 127.0.0.1 is not allowed"), "{message}");
    let (_, flag) = told(&["--allow-net=b"], Thing::Net(target("::1", 80)));
    assert_eq!(flag.unwrap(), "--allow-net=[::1]:80");
}

#[test]
fn naming_hosts_narrows_the_network() {
    let flags = ["--allow-net=example.com", "--allow-net=127.0.0.1:8080"];
    assert_eq!(connect(&flags, target("example.com", 443)), "allowed");
    assert_eq!(connect(&flags, target("EXAMPLE.com.", 443)), "allowed");
    assert_eq!(connect(&flags, target("www.example.com", 443)), "unasked");
    assert_eq!(connect(&flags, target("127.0.0.1", 8080)), "allowed");
    assert_eq!(connect(&flags, target("127.0.0.1", 80)), "unasked");
    assert_eq!(connect(&["--allow-net=localhost"], target("127.0.0.1", 80)), "allowed");
    assert_eq!(connect(&["--allow-net"], target("example.com", 443)), "allowed");
}

#[test]
fn a_name_is_denied_by_the_address_that_it_stands_for() {
    let inside =
        Target { host: "harmless.example", port: 80, address: Some("10.0.0.1".parse().unwrap()), listens: false };
    assert_eq!(connect(&["--deny-net=10.0.0.1"], inside), "denied");
    assert_eq!(connect(&["--allow-net", "--deny-net=10.0.0.1:81"], inside), "allowed");
    let own = Target { host: "evil.example", port: 80, address: Some("127.0.0.1".parse().unwrap()), listens: false };
    assert_eq!(connect(&["--deny-net=localhost"], own), "denied");
    assert_eq!(connect(&["--allow-net=localhost"], own), "unasked");
    assert_eq!(connect(&["--deny-net=[::ffff:10.0.0.1]"], inside), "denied");
    assert_eq!(connect(&["--deny-net"], target("example.com", 443)), "denied");
}

#[test]
fn unspecified_addresses_are_this_machine() {
    for (flag, hosts) in [("127.0.0.1", &["0.0.0.0", "::ffff:0.0.0.0", "::ffff:127.0.0.1"][..]), ("[::1]", &["::"])] {
        for host in hosts {
            assert_eq!(connect(&["-A", &format!("--deny-net={flag}")], target(host, 80)), "denied", "{host}");
            assert_eq!(connect(&["--allow-net", "--deny-net=localhost"], target(host, 80)), "denied", "{host}");
            assert_eq!(connect(&[&format!("--allow-net={flag}")], target(host, 80)), "allowed", "{host}");
            assert_eq!(connect(&["--allow-net=localhost"], target(host, 80)), "allowed", "{host}");
        }
    }
    assert_eq!(connect(&["--deny-net=0.0.0.0"], target("127.0.0.1", 80)), "denied");
    assert_eq!(connect(&["--deny-net=[::]:80"], target("::1", 80)), "denied");
    assert_eq!(connect(&["--deny-net=127.0.0.1"], target("0.0.0.1", 80)), "allowed");
}

#[test]
fn addresses_are_understood_or_refused() {
    for text in ["example.com", "example.com:443", "127.0.0.1", "0x7f.1:80", "::1", "[::1]", "[::1]:80"] {
        assert!(Address::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "http://example.com",
        "example.com:",
        "example.com:99999",
        "a b",
        ":80",
        "[::1",
        "*",
        "*:80",
        "*.example.com",
    ] {
        assert!(Address::parse(text).is_err(), "{text}");
    }
}

/// A folder with links in it.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("loopscope-test-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("in/deep")).unwrap();
        std::fs::create_dir_all(root.join("out")).unwrap();
        Self(root.canonicalize().unwrap())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
#[test]
fn paths_are_followed_to_what_they_mean() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new("resolve");
    let (root, inside) = (&tree.0, tree.0.join("in"));
    symlink("../out", inside.join("away")).unwrap();
    symlink("../out/new", inside.join("dangling")).unwrap();
    symlink("turning", inside.join("turning")).unwrap();
    let seen = |path: &str| path::followed(&inside.join(path)).strip_prefix(root).unwrap().display().to_string();
    for (path, means) in [
        ("a", "in/a"),
        ("./deep/../a", "in/a"),
        ("../out/x", "out/x"),
        ("away/x", "out/x"),
        ("away/../x", "x"),
        ("dangling", "out/new"),
        ("dangling/y", "out/new/y"),
        ("nothing/here/../x", "in/nothing/x"),
        ("turning", "in/turning"),
    ] {
        assert_eq!(seen(path), means, "{path}");
    }
    assert_eq!(path::entry(&inside.join("dangling")), inside.join("dangling"));
    assert_eq!(path::entry(&inside.join("away/x")), root.join("out/x"));
}

#[cfg(unix)]
#[test]
fn a_program_is_the_file_that_is_started() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let tree = Tree::new("program");
    let (real, plain) = (tree.0.join("in/tool"), tree.0.join("in/text"));
    for (file, mode) in [(&real, 0o755), (&plain, 0o644)] {
        std::fs::write(file, "").unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink(&real, tree.0.join("out/other")).unwrap();
    let search = std::env::join_paths([tree.0.join("out"), tree.0.join("in")]).unwrap();
    let find = |name: &str| Program::find(name, Some(&tree.0), Some(&search));
    let other = find("other").unwrap();
    assert_eq!((&other.file, &other.target), (&tree.0.join("out/other"), &real));
    assert_eq!(find("tool").unwrap().file, real);
    assert_eq!(find("in/tool").unwrap().file, real);
    assert_eq!(find("text").unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
    assert_eq!(find("none").unwrap_err().kind(), std::io::ErrorKind::NotFound);

    let by = |verb: &str| rules(&[&format!("--{verb}-run={}", real.display())]);
    assert_eq!(judge(&by("allow"), Thing::Run(&find("tool").unwrap(), &[])), "allowed");
    assert_eq!(judge(&by("allow"), Thing::Run(&other, &[])), "unasked", "another name may do another thing");
    assert_eq!(judge(&by("deny"), Thing::Run(&other, &[])), "denied", "a link is no way around it");
}

fn part() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "ab", "c"])
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(part(), 0..4).prop_map(|parts| Path::new("/nowhere").join(parts.join("/")))
}

fn flags() -> impl Strategy<Value = Vec<(bool, Option<PathBuf>)>> {
    prop::collection::vec((any::<bool>(), prop::option::of(path())), 0..5)
}

proptest! {
    #[test]
    fn verdicts_are_those_of_the_definition(list in flags(), all in any::<bool>(), path in path()) {
        let to_flag = |(deny, what): &(bool, Option<PathBuf>)| {
            Flag { deny: *deny, kind: Kind::Write, what: what.clone().map(Into::into) }
        };
        let flags = Flags { all, list: list.iter().map(to_flag).collect() };
        let parts = |path: &Path| path.to_str().unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
        let covers = |what: &Option<PathBuf>| what.as_ref().is_none_or(|what| {
            parts(&path).starts_with(&parts(Path::new(what.to_str().unwrap().trim_end_matches('/'))))
        });
        let any = |denies: bool| list.iter().any(|(deny, what)| *deny == denies && covers(what));
        let expected = if any(true) { "denied" } else if all || any(false) { "allowed" } else { "unasked" };
        let rules = Rules::new(&flags, Some(Path::new("/elsewhere")));
        prop_assert_eq!(judge(&rules, Thing::Write(&path)), expected);
        // the flag that is named would have allowed it
        if let Verdict::Unasked(denied) = rules.verdict(&Access { thing: Thing::Write(&path), typed: false }) {
            let mut more = rules.clone();
            more.add(&flag(&denied.flag.unwrap()), None);
            prop_assert_eq!(judge(&more, Thing::Write(&path)), "allowed");
        }
    }

    #[test]
    fn resolved_paths_stay_as_they_are(path in path(), dots in prop::collection::vec(prop::sample::select(vec![".", "..", "x"]), 0..6)) {
        let messy = path.join(dots.join("/"));
        let once = resolve(&messy).unwrap();
        prop_assert!(once.is_absolute() && once.components().all(|c| c.as_os_str() != "." && c.as_os_str() != ".."));
        prop_assert_eq!(resolve(&once).unwrap(), once);
    }
}
