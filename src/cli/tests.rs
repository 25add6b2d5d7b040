use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{Cli, Command, Exit, Options, Order, Script, Surroundings, exit, parse_in};
use crate::limits::Limits;
use crate::permissions::{Flag, Flags, Kind};
use crate::term::{ColorChoice, Stream};

const EXAMPLES: &[&str] = &["lost_update", "ticker"];

/// A file that exists, and the folder that it is in.
const FOLDER: &str = env!("CARGO_MANIFEST_DIR");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

fn try_line(words: &[&str]) -> Result<Cli, Exit> {
    let words = ["loopscope"].iter().chain(words).map(OsString::from);
    let surroundings = Surroundings { examples: EXAMPLES, stdin_is_terminal: true };
    parse_in(words, surroundings)
}

#[track_caller]
fn line(words: &[&str]) -> Cli {
    try_line(words).unwrap_or_else(|exit| panic!("{words:?}\n{}", exit.text))
}

fn run(file: &str, args: &[&str]) -> Command {
    Command::Run { script: Script::File(file.into()), args: args.iter().map(ToString::to_string).collect() }
}

fn eval(code: &str) -> Command {
    Command::Eval { code: code.into() }
}

fn examples(name: Option<&str>, show: bool) -> Command {
    Command::Examples { name: name.map(str::to_owned), show }
}

#[test]
fn commands() {
    let stdin =
        |args: &[&str]| Command::Run { script: Script::Stdin, args: args.iter().map(ToString::to_string).collect() };
    let check = vec![Script::File("a".into()), Script::Stdin];
    let rows: Vec<(&[&str], Command)> = vec![
        (&[], Command::Prompt),
        (&["--lanes"], Command::Prompt),
        (&["-"], stdin(&[])),
        (&["-", "-a", "b"], stdin(&["-a", "b"])),
        (&["run", "-", "--x"], stdin(&["--x"])),
        (&["run", "no such file"], run("no such file", &[])),
        (&["run", "--", "-x.rhai", "-y"], run("-x.rhai", &["-y"])),
        (&[FILE], run(FILE, &[])),
        (&["eval", "1 + 2"], eval("1 + 2")),
        (&["eval", "-1"], eval("-1")),
        (&["eval", "-x"], eval("-x")),
        (&["eval", "--lanes", "-x"], eval("-x")),
        (&["eval", "1", "--lanes"], eval("1")),
        (&["eval", " --x"], eval(" --x")),
        (&["eval", ""], eval("")),
        (&["check", "a", "-"], Command::Check { files: check }),
        (&["examples"], examples(None, false)),
        (&["examples", "ticker"], examples(Some("ticker"), false)),
        (&["examples", "ticker", "--show"], examples(Some("ticker"), true)),
        (&["demo-server"], Command::DemoServer { port: 0 }),
        (&["demo-server", "--port", "80"], Command::DemoServer { port: 80 }),
    ];
    for (words, expected) in rows {
        assert_eq!(line(words).command, expected, "{words:?}");
    }
}

#[test]
fn what_follows_the_file_belongs_to_the_script() {
    let rows: &[&[&str]] = &[
        &["--foo", "-v", "3"],
        &["--lanes"],
        &["--lanes", "--trace", "x.svg"],
        &["--timeout", "never"],
        &["--color", "red"],
        &["--help"],
        &["--version"],
        &["--", "-a"],
        &["a", "--", "b"],
        &["run", "eval"],
        &["", " ", "-", "é\u{1b}\n"],
    ];
    for args in rows {
        for start in [&[FILE][..], &["run", FILE]] {
            let cli = line(&[start, args].concat());
            assert_eq!(cli.command, run(FILE, args), "{start:?}");
            assert_eq!(cli.options, Options::default(), "{start:?}");
        }
    }
}

#[test]
fn options_stand_before_or_after_the_command() {
    let all = [
        "--lanes",
        "--steps",
        "--trace",
        "a.svg",
        "--log",
        "--virtual-time",
        "--seed",
        "7",
        "--step",
        "--timeout",
        "2.5",
        "--trace",
        "b.txt",
        "--color",
        "never",
        "-A",
        "--deny-read",
        "--allow-net=a:80",
        "--limit",
        "tasks=9",
    ];
    let expected = Options {
        lanes: true,
        steps: true,
        trace: vec![PathBuf::from("a.svg"), PathBuf::from("b.txt")],
        log: true,
        virtual_time: true,
        order: Order { seed: Some(7), step: true, ..Order::default() },
        timeout: Some(Duration::from_millis(2500)),
        color: ColorChoice::Never,
        permissions: Flags {
            all: true,
            list: vec![
                Flag { deny: true, kind: Kind::Read, what: None },
                Flag { deny: false, kind: Kind::Net, what: Some("a:80".into()) },
            ],
        },
        limits: Limits { tasks: 9, ..Limits::default() },
    };
    for rest in [&["run", FILE][..], &["eval", "1"], &["examples", "ticker"]] {
        let before = [&all[..], rest].concat();
        let between = [&rest[..1], &all[..], &rest[1..]].concat();
        assert_eq!(line(&before).options, expected, "{before:?}");
        assert_eq!(line(&between).options, expected, "{between:?}");
    }
    assert_eq!(line(&[&all[..], &[FILE]].concat()).options, expected);
    let twice = ["--timeout", "1", "--trace", "a", "run", "--timeout", "2", "--trace", "b", FILE];
    let options = line(&twice).options;
    assert_eq!(options.timeout, Some(Duration::from_secs(2)));
    assert_eq!(options.trace, [PathBuf::from("a"), PathBuf::from("b")]);
}

#[test]
fn time_and_order() {
    let order = |words: &[&str]| line(&[words, &["run", FILE]].concat()).options;
    assert_eq!(order(&["--speed", "2.5"]).order.speed, Some(2.5));
    let token = "41c7x011".parse().ok();
    assert!(token.is_some());
    assert_eq!(order(&["--replay", "41c7x011"]).order.replay, token);
    for (words, is_virtual) in [
        (&["--step"][..], true),
        (&["--replay", "41c7s3"], true),
        (&["--step", "--speed", "1"], false),
        (&["--seed", "3"], false),
        (&["--seed", "3", "--virtual-time"], true),
    ] {
        assert_eq!(order(words).is_virtual(), is_virtual, "{words:?}");
    }
    let options = line(&["--seed", "1", "run", "--seed", "2", FILE]).options;
    assert_eq!(options.order.seed, Some(2));
}

#[test]
fn what_makes_no_sense_of_time_and_order_is_refused() {
    let rows: &[(&[&str], &str)] = &[
        (&["--speed", "0", FILE], "a speed is a number from 0.001"),
        (&["--speed", "fast", FILE], "a speed is a number"),
        (&["--speed", "2", "--virtual-time", FILE], "--speed is for the real clock"),
        (&["--virtual-time", "run", "--speed", "2", FILE], "--speed is for the real clock"),
        (&["--seed", "1", "--replay", "41c7x", FILE], "--replay has an order of its own"),
        (&["--seed", "-1", FILE], "a seed is a whole number from 0 on"),
        (&["--replay", "xyz", FILE], "\"xyz\" is no replay token"),
        (&["--replay", "41c7x"], "--replay needs the script"),
        (&["--step", "run", "-"], "--step reads its keys from standard input"),
        (&["--seed", "1", "check", FILE], "those of time and order do not apply"),
    ];
    for (words, said) in rows {
        let exit = try_line(words).expect_err("refused");
        assert!(exit.text.contains(said), "{words:?}: {}", exit.text);
    }
}

#[test]
fn a_saved_recording_is_viewed_with_options_of_its_own() {
    let view = Command::View { file: "run.jsonl".into() };
    assert_eq!(line(&["view", "run.jsonl"]).command, view);
    let cli = line(&["--lanes", "--trace", "a.svg", "view", "--steps", "run.jsonl", "--log", "--trace", "b.txt"]);
    let trace = vec![PathBuf::from("a.svg"), PathBuf::from("b.txt")];
    assert_eq!(cli.options, Options { lanes: true, steps: true, log: true, trace, ..Options::default() });
    let exit = try_line(&["--virtual-time", "view", "run.jsonl"]).expect_err("nothing is run");
    assert!(exit.text.contains("`view` runs no script"), "{}", exit.text);
}

#[test]
fn steps_need_a_script() {
    let exit = try_line(&["--steps"]).expect_err("there is a prompt");
    assert!(exit.text.contains(":steps shows the last run"), "{}", exit.text);
}

#[test]
fn colour_counts_everywhere() {
    for rest in [&["check", "x"][..], &["demo-server"], &["examples"], &[]] {
        let words = [&["--color", "always"], rest].concat();
        assert_eq!(line(&words).options.color, ColorChoice::Always, "{words:?}");
    }
    let words = ["check", "--color=never", "x"];
    assert_eq!(line(&words).options.color, ColorChoice::Never);
}

#[test]
fn timeouts_are_positive_and_finite() {
    let rows = [
        ("1", Some(1.0)),
        ("0.25", Some(0.25)),
        ("1e-300", Some(1e-9)),
        ("1e9", Some(1e9)),
        ("0", None),
        ("-0", None),
        ("-1", None),
        ("1e300", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        ("2s", None),
    ];
    for (text, expected) in rows {
        let result = try_line(&["eval", "--timeout", text, "1"]);
        let seconds = result.map(|cli| cli.options.timeout.map(|d| d.as_secs_f64()));
        match expected {
            Some(_) => assert_eq!(seconds, Ok(expected), "{text}"),
            None => {
                let exit = seconds.unwrap_err();
                assert!(exit.text.contains("a finite number of seconds above 0"));
                assert_eq!(exit.code, exit::USAGE);
            }
        }
    }
}

#[test]
fn wrong_usage_says_what_is_wrong() {
    let rows: &[(&[&str], &str)] = &[
        (&["--lane"], "a similar argument exists: '--lanes'"),
        (&["run"], "<FILE>"),
        (&["run", "--lane", "x"], "a similar argument exists: '--lanes'"),
        (&["run", "--colours", "x"], "unexpected argument '--colours'"),
        (&["eval"], "<CODE>"),
        (&["eval", "--lane"], "there is no such option"),
        (&["eval", "--lane", "1"], "there is no such option"),
        (&["eval", "1", "2"], "unexpected argument '2'"),
        (&["check"], "<FILE>"),
        (&["--lanes", "check", "x"], "`check` runs no script"),
        (&["--timeout", "1", "demo-server"], "`demo-server` runs no script"),
        (&["check", "--lanes", "x"], "unexpected argument '--lanes'"),
        (&["examples", "--show"], "<NAME>"),
        (&["demo-server", "--port", "70000"], "not in 0..=65535"),
        (&["completions", "bsh"], "a similar value exists: 'bash'"),
        (&["--color", "red"], "[possible values: auto, always, never]"),
        (&["rnu", "x"], "did you mean `loopscope run`?"),
        (&["exampels"], "did you mean `loopscope examples`?"),
        (&["comp"], "did you mean `loopscope completions`?"),
        (&["lost_update"], "did you mean `loopscope examples lost_update`?"),
        (&["tikcer"], "did you mean `loopscope examples ticker`?"),
        (&["print(1)"], "`loopscope eval 'CODE'`"),
        (&[FOLDER], "is a directory"),
        (&[""], "no command and no file is called ''"),
        (&["\u{1b}]0;x\u{7}"], r"is called '\u{1b}]0;x\u{7}'"),
    ];
    for (words, expected) in rows {
        let exit = try_line(words).expect_err("wrong usage");
        assert!(exit.text.contains(expected), "{words:?}\n{}", exit.text);
        assert!(exit.text.starts_with("error: "), "{words:?}");
        assert!(exit.text.ends_with('\n'), "{words:?}");
        assert_eq!((exit.code, exit.stream), (exit::USAGE, Stream::Stderr));
        assert!(!exit.text.contains('\u{1b}'), "{words:?}");
        assert!(exit.styled.contains("\u{1b}["), "{words:?}");
    }
    let far = try_line(&["zzzzzz"]).unwrap_err();
    assert!(!far.text.contains("tip"), "{}", far.text);
}

#[test]
fn files_nearby_are_suggested() {
    let folder = std::env::temp_dir().join(format!("loopscope-cli-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("clock.rhai"), "").unwrap();
    for name in ["clok.rhai", "clock", "clock.rhia", "clo"] {
        let word = folder.join(name).to_str().unwrap().to_owned();
        let exit = try_line(&[&word]).unwrap_err();
        let tip = format!("{}`?", folder.join("clock.rhai").display());
        assert!(exit.text.contains(&tip), "{name}\n{}", exit.text);
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn help_version_and_completions_are_output() {
    let rows: &[(&[&str], &str)] = &[
        (&["--help"], "Exit codes: 0 done"),
        (&["-h"], "demo-server"),
        (&["help"], "completions"),
        (&["help", "run"], "--virtual-time"),
        (&["run", "--help"], "<FILE> [ARG]..."),
        (&["--version"], concat!("loopscope ", env!("CARGO_PKG_VERSION"))),
        (&["completions", "bash"], "complete -F _loopscope"),
        (&["completions", "bash"], "lost_update"),
        (&["completions", "zsh"], "event-loop"),
        (&["completions", "zsh"], "#compdef loopscope"),
        (&["completions", "fish"], "complete -c loopscope"),
        (&["completions", "powershell"], "Register-ArgumentCompleter"),
        (&["completions", "elvish"], "edit:completion"),
    ];
    for (words, expected) in rows {
        let exit = try_line(words).expect_err("nothing to run");
        assert!(exit.text.contains(expected), "{words:?}\n{}", exit.text);
        assert_eq!((exit.code, exit.stream), (exit::DONE, Stream::Stdout));
        assert!(!exit.text.contains('\u{1b}'), "{words:?}");
    }
}

#[test]
fn without_a_terminal_the_script_comes_from_stdin() {
    let surroundings = Surroundings { examples: &[], stdin_is_terminal: false };
    let words = ["loopscope", "--log"].map(OsString::from);
    let cli = parse_in(words.into_iter(), surroundings).unwrap();
    assert!(cli.options.log);
    assert!(matches!(
        cli.command,
        Command::Run { script: Script::Stdin, args } if args.is_empty()
    ));
}

#[cfg(unix)]
#[test]
fn file_names_need_not_be_text_but_arguments_must() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = OsString::from_vec(b"\xff.rhai".to_vec());
    let parse = |words: Vec<OsString>| {
        let surroundings = Surroundings { examples: &[], stdin_is_terminal: true };
        parse_in(words.into_iter(), surroundings)
    };
    let run = vec!["loopscope".into(), "run".into(), odd.clone()];
    let Command::Run { script, .. } = parse(run.clone()).unwrap().command else {
        panic!("expected a run");
    };
    assert_eq!(script, Script::File(odd.clone().into()));
    let exit = parse([run, vec!["a".into(), odd.clone()]].concat()).unwrap_err();
    assert!(exit.text.contains("argument 2 of the script"), "{}", exit.text);
    let exit = parse(vec!["loopscope".into(), "eval".into(), odd]).unwrap_err();
    assert_eq!(exit.code, exit::USAGE);
}

#[test]
fn parsing_is_no_part_of_the_start_up_time() {
    let started = Instant::now();
    for _ in 0..20 {
        line(&["run", "--lanes", "--timeout", "3", FILE, "a", "-b"]);
    }
    let each = started.elapsed() / 20;
    // 0.2 ms in release; a debug build on a busy machine takes some more.
    assert!(each < Duration::from_millis(20), "{each:?}");
}
