//! The targets of `tests/fuzz`, with mutated examples, on any toolchain: a moment each in every run of the tests, and as
//! long as `FUZZ_SECONDS` says, from the seed `FUZZ_SEED`. `cargo fuzz` finds more; see `tests/fuzz/Cargo.toml`.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::with_stack;

/// Inputs of a run of the tests that says nothing else.
const INPUTS: usize = 300;

/// xorshift64*
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % below.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.next(length + 1);
        let most = if self.next(4) == 0 { length } else { 16 };
        start..(start + self.next(most + 1)).min(length)
    }
}

/// An example with some changes: pieces removed, repeated, taken from another, words put in, bytes changed.
fn mutated(dice: &mut Dice, examples: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = examples[dice.next(examples.len())].clone();
    if dice.next(3) > 0 {
        let piece = dice.range(input.len()).start;
        input = input[piece..].iter().copied().take(1 + dice.next(200)).collect();
    }
    for _ in 0..=dice.next(6) {
        let range = dice.range(input.len());
        match dice.next(6) {
            0 => drop(input.drain(range)),
            1 => {
                let piece = input[range.clone()].to_vec();
                input.splice(range.end..range.end, piece);
            }
            2 => {
                let other = &examples[dice.next(examples.len())];
                let piece = other[dice.range(other.len())].to_vec();
                input.splice(range, piece);
            }
            3 if !input.is_empty() => {
                let at = dice.next(input.len());
                input[at] = dice.next(256) as u8;
            }
            _ => {
                let word = words[dice.next(words.len())].bytes();
                input.splice(range.start..range.start, word);
            }
        }
    }
    input.truncate(20_000);
    input
}

/// Gives the target inputs for as long as it is to be; a failure shows the input.
fn fuzz(name: &str, examples: &[Vec<u8>], words: &[&str], mut target: impl FnMut(&[u8])) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let end = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut count = 0;
    while end.map_or(count < INPUTS, |end| Instant::now() < end) {
        let input = mutated(&mut dice, examples, words);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&input))) {
            eprintln!("{name}: input {count} of seed {seed} fails:\n{}\n", String::from_utf8_lossy(&input));
            std::panic::resume_unwind(panic);
        }
        count += 1;
    }
    println!("{name}: {count} inputs of seed {seed}");
}

fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = folder.read_dir().expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let fits = |path: &&std::path::PathBuf| path.extension().is_some_and(|e| e == ending);
    paths.iter().filter(fits).map(|path| std::fs::read(path).expect("a file")).collect()
}

/// Plain Rhai, which is compared with Rhai itself.
const PLAIN: &[&str] = &[
    "let a = [1, 2, 3]; for x in a { print(x); if x == 2 { break; } } a[0] += 4; a",
    "fn f(n) { if n < 2 { n } else { f(n - 1) + f(n - 2) } } let m = #{a: f(7), b: \"x\"}; m.a += 1; m",
    "let s = \"abc\"; let t = `${s} and ${1 + 2 * 3}`; switch t { \"a\" => 1, _ if s.contains(\"b\") => 2, _ => 3 }",
    "let n = 0; do { n += 1; if n % 2 == 0 { continue } } until n > 9; let f = |x| x + n; f.call(2) ?? 1",
    "const K = 3; let x = loop { break K ** 2 }; let y = if x > 4 && !false || true { -x } else { 0x1f }; y << 2 ^ 1 | 6",
    "let v = []; for (x, i) in 10..=13 { v.insert(0, x * i) } v.map(|x| x / 2).filter(|x| x > 1).reduce(|a, b| a + b)",
    "let o = #{f: || this.n + 1, n: 1}; let r = o.f(); while r < 5 { r = r + 1.5 } r.to_string() + 'c' + r.type_of()",
    "throw #{a: 1}; return 5; /* c */ // d\nlet t = (); t?.a ?? [][0]",
];

#[test]
fn sources() {
    with_stack(|| {
        let mut examples = files("scripts/examples", "rhai");
        examples.extend(PLAIN.iter().cycle().take(examples.len()).map(|text| text.as_bytes().to_vec()));
        let words = [
            "await ",
            "async ",
            "spawn(",
            "async { ",
            "async || ",
            "async fn g(x) { ",
            "with",
            "${",
            "`",
            "\"",
            "(",
            ")",
            "{",
            "}",
            "[",
            "]",
            "|",
            "||",
            "#{",
            "let ",
            "fn ",
            "if ",
            "else ",
            "loop ",
            "for x in ",
            "while ",
            "do ",
            "switch ",
            "return ",
            "throw ",
            "try { ",
            "catch (e) { ",
            "this",
            ".",
            "?.",
            "??",
            "..=",
            "=>",
            "::",
            ";",
            ",",
            "+",
            "-",
            "*",
            "**",
            "!",
            "==",
            "0",
            "1.5",
            "'x'",
            "\n",
            "\r\n",
            "/*",
            "*/",
            "//",
            "é",
            "\u{feff}",
            "#!",
            "import \"a\" as b;",
            "$expr$",
            "$0",
        ];
        let mut source = targets::Source::new();
        fuzz("sources", &examples, &words, |input| source.try_text(input));
    });
}

#[test]
fn escapes() {
    let examples: Vec<Vec<u8>> =
        ["plain \u{1b}[1;31mred\u{1b}[0m", "\u{1b}]0;title\u{7}", "\u{9b}2J é 日本 \u{202e}", "a\tb\r\n"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
    let words = [
        "\u{1b}",
        "\u{1b}[",
        "\u{1b}[m",
        "\u{1b}[0m",
        "\u{1b}[31m",
        "\u{1b}]8;;http://a\u{1b}\\",
        "\u{9b}",
        "\u{7f}",
        "\u{85}",
        "\u{200e}",
        "\u{2066}",
        "\u{61c}",
        "m",
        ";",
        "0",
        "38;5;1",
        "\n",
        "\t",
        "\u{10ffff}",
    ];
    fuzz("escapes", &examples, &words, targets::try_escape);
}

#[test]
fn recordings() {
    let examples = files("tests/it/views", "jsonl");
    let words = [
        "\"task\":",
        "\"time\":",
        "0",
        "1",
        "4294967295",
        "18446744073709551615",
        "-1",
        "1e300",
        "null",
        "true",
        "[]",
        "{}",
        "{",
        "}",
        "\"",
        ",",
        ":",
        "\n",
        "\\u0000",
        "\\ud800",
        "\u{1b}[2J",
        "</script>",
        "\"kind\":\"started\"",
        "resumed",
        "finished",
        "waiting",
        "999999999999",
        "é",
    ];
    fuzz("recordings", &examples, &words, targets::try_recording);
}
