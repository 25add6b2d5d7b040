//! Leave that is asked for at a terminal, and what is typed to give it.

use std::ffi::OsString;
use std::sync::PoisonError;

use super::rules::{describe, narrowest};
use super::{Access, Address, Denied, Flag, Flags, Kind, Permissions, Thing, Verdict};
use crate::term::escape;
use crate::words::words;

/// How much of a question may come from the script, in characters: more could push the question off the screen.
const MOST: usize = 300;
/// So often an answer that makes no sense is asked for again.
const TRIES: usize = 3;

/// A question for a person, free of live escape sequences and line breaks of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub text: String,
    /// What stands before the answer.
    pub prompt: String,
}

/// What a person has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Once,
    No,
    Always,
}

impl Permissions {
    /// Whether this may be done. Where no flag speaks of it, a person is asked: `ask` gives the line that was typed, or
    /// none if there is nobody. What is refused once is not asked for again in the same run.
    ///
    /// # Errors
    /// Why not.
    pub fn check_or_ask(
        &self,
        access: &Access,
        mut ask: impl FnMut(&Question) -> Option<String>,
    ) -> Result<(), Denied> {
        self.check_or_ask_alone(access, &mut ask)?;
        access.thing.also().map_or(Ok(()), |thing| self.check_or_ask_alone(&Access { thing, ..*access }, &mut ask))
    }

    /// The same without what is touched together with it.
    fn check_or_ask_alone(
        &self,
        access: &Access,
        ask: &mut impl FnMut(&Question) -> Option<String>,
    ) -> Result<(), Denied> {
        let verdict = || self.rules.read().unwrap_or_else(PoisonError::into_inner).verdict_on(access);
        let denied = match verdict() {
            Verdict::Allowed => return Ok(()),
            Verdict::Denied(denied) => return Err(denied),
            Verdict::Unasked(denied) => denied,
        };
        let flag = denied.flag.clone().unwrap_or_default();
        let with = match access.thing {
            Thing::Run(_, args) if !args.is_empty() => format!(" with {args:?}"),
            _ => String::new(),
        };
        let what = format!("{}{with}", describe(&access.thing));
        let text = format!("permission: the script asks for {}", shortened(&what, MOST));
        let mut question = Question {
            text,
            prompt: format!("y: this time, n: no, a: always, as {} does? ", shortened(&flag, MOST / 4)),
        };
        for _ in 0..TRIES {
            if self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&flag) {
                break;
            }
            let Some(line) = ask(&question) else {
                return Err(denied);
            };
            match reply(&line) {
                Some(Reply::Once) => return Ok(()),
                Some(Reply::Always) => {
                    self.grant(&Flags { all: false, list: vec![narrowest(&access.thing)] });
                    return match verdict() {
                        Verdict::Allowed => Ok(()),
                        Verdict::Denied(denied) | Verdict::Unasked(denied) => Err(denied),
                    };
                }
                Some(Reply::No) => self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(flag.clone()),
                None => question.text = "please answer y, n or a".to_string(),
            }
        }
        let message = format!("{} was refused at the terminal", describe(&access.thing));
        Err(Denied { message, ..denied })
    }

    /// A run begins: it may ask for what another was refused.
    pub fn forget_refused(&self) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Allows what these words say; without any, says what is allowed.
    ///
    /// # Errors
    /// What was expected.
    pub fn allow(&self, words: &str) -> Result<String, String> {
        if !words.trim().is_empty() {
            self.grant(&words.parse()?);
        }
        let flags = self.flags();
        let held =
            if flags.iter().any(|flag| flag.starts_with("--deny")) { "; what is denied stays denied" } else { "" };
        Ok(match flags.is_empty() {
            true => "no flags: scripts may use the network, and read below their own folder and the current one; what \
                     you type may write"
                .to_string(),
            false => format!("in force: {}{held}", flags.join(" ")),
        })
    }
}

fn reply(line: &str) -> Option<Reply> {
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(Reply::Once),
        "n" | "no" | "" => Some(Reply::No),
        "a" | "always" => Some(Reply::Always),
        _ => None,
    }
}

/// A text of others within a question: its beginning and its end, `most` characters together.
fn shortened(text: &str, most: usize) -> String {
    let text = escape(text).replace('\n', "\\n");
    let count = text.chars().count();
    if count <= most {
        return text;
    }
    let begin: String = text.chars().take(most / 2).collect();
    let end: String = text.chars().skip(count - most / 2).collect();
    format!("{begin} … {} characters … {end}", count - most / 2 * 2)
}

impl std::str::FromStr for Flags {
    type Err = String;

    /// As after `:allow`: `read=/etc`, `read /etc`, `--allow-read=/etc`, `--deny-net`, `all`; several if need be.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut words = words(text)?.into_iter().peekable();
        while let Some(word) = words.next() {
            if matches!(word.as_str(), "all" | "-A" | "--allow-all") {
                flags.all = true;
                continue;
            }
            let Some(mut flag) = parse_flag(&word)? else {
                return Err(format!("expected {}, and this is `{}`", forms(), escape(&word)));
            };
            let is_flag = |word: &String| matches!(parse_flag(word), Ok(Some(_)));
            if flag.what.is_none() && !word.starts_with('-') {
                flag.what = words.next_if(|next| !is_flag(next) && next != "all" && next != "-A").map(OsString::from);
            }
            if let (Kind::Net, Some(what)) = (flag.kind, &flag.what) {
                Address::parse(&what.to_string_lossy())?;
            }
            flags.list.push(flag);
        }
        Ok(flags)
    }
}

fn forms() -> String {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    format!("{} (each perhaps with =WHAT) or all", names.join(", "))
}

/// `read=/etc`, `--deny-read=/etc`; none for what is no flag.
fn parse_flag(word: &str) -> Result<Option<Flag>, String> {
    let (name, what) = word.split_once('=').map_or((word, None), |(name, what)| (name, Some(what)));
    let (deny, name) = match name.strip_prefix("--deny-") {
        Some(name) => (true, name),
        None => (false, name.strip_prefix("--allow-").unwrap_or(name)),
    };
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
        return Ok(None);
    };
    match what {
        Some("") => Err(format!("expected a name after `{name}=`; without `=` it means all")),
        what => Ok(Some(Flag { deny, kind, what: what.map(Into::into) })),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::permissions::Program;

    fn permissions(words: &str) -> std::sync::Arc<Permissions> {
        Permissions::new(&words.parse().expect("flags"), Some(Path::new("/home/me")))
    }

    /// Asks for writing a file, with these answers; gives the result and the questions.
    fn write(permissions: &Permissions, path: &str, answers: &[&str]) -> (Result<(), Denied>, Vec<Question>) {
        let (mut answers, mut asked) = (answers.iter(), Vec::new());
        let access = Access { thing: Thing::Write(Path::new(path)), typed: false };
        let result = permissions.check_or_ask(&access, |question| {
            asked.push(question.clone());
            answers.next().map(|answer| (*answer).to_string())
        });
        (result, asked)
    }

    #[test]
    fn each_answer_does_what_it_says() {
        let p = permissions("");
        assert!(write(&p, "/x/a", &["y"]).0.is_ok());
        let (again, asked) = write(&p, "/x/a", &["n"]);
        assert!(asked.len() == 1 && again.unwrap_err().message.contains("refused at the terminal"));
        assert_eq!(write(&p, "/x/a", &["y"]).1.len(), 0, "what was refused is not asked for again");
        p.forget_refused();
        assert!(write(&p, "/x/a", &["what", " Always "]).0.is_ok());
        assert_eq!(write(&p, "/x/a", &[]), (Ok(()), vec![]));
        assert_eq!(p.flags(), ["--allow-write=/x/a"]);
        let (other, asked) = write(&p, "/x/b", &["what", "is", "that", "y"]);
        assert!(other.is_err() && asked.len() == TRIES);
    }

    #[test]
    fn a_file_that_shows_the_environment_is_asked_about_twice() {
        let read = |p: &Permissions, answers: &[&str]| {
            let (mut answers, mut asked) = (answers.iter(), Vec::new());
            let access = Access { thing: Thing::Read(Path::new("/proc/1/environ")), typed: false };
            let result = p.check_or_ask(&access, |question| {
                asked.push(question.text.clone());
                answers.next().map(|answer| (*answer).to_string())
            });
            (result.is_ok(), asked)
        };
        let p = permissions("");
        let (is_ok, asked) = read(&p, &["y", "n"]);
        assert!(!is_ok && asked.len() == 2 && asked[1].contains("all environment variables"), "{asked:?}");
        p.forget_refused();
        assert_eq!(read(&p, &["a", "a"]), (true, asked));
        assert_eq!(p.flags(), ["--allow-read=/proc/1/environ", "--allow-env"]);
        assert_eq!(read(&p, &[]), (true, vec![]));
    }

    #[test]
    fn what_a_program_is_given_is_in_the_question() {
        let program = Program { name: "rm".into(), file: "/bin/rm".into(), target: "/bin/rm".into() };
        let args = ["-rf".to_string(), "/home/me/\u{1b}[2Jx".to_string()];
        let access = Access { thing: Thing::Run(&program, &args), typed: false };
        let mut asked = String::new();
        let refused = permissions("").check_or_ask(&access, |question| {
            asked.clone_from(&question.text);
            Some("n".to_string())
        });
        assert!(asked.contains(r#"running "rm" with ["-rf", "/home/me/"#) && asked.ends_with(r#"[2Jx"]"#), "{asked}");
        assert!(!asked.contains('\u{1b}'), "{asked:?}");
        assert_eq!(refused.unwrap_err().flag.as_deref(), Some("--allow-run=rm"));
    }

    #[test]
    fn nobody_is_asked_about_what_flags_decide() {
        let (denied, asked) = write(&permissions("--deny-write=/x all"), "/x/a", &["y"]);
        assert!(asked.is_empty() && denied.unwrap_err().flag.is_none());
        assert_eq!(write(&permissions("write=/x"), "/x/a", &[]), (Ok(()), vec![]));
    }

    #[test]
    fn where_there_is_nobody_the_flag_is_named() {
        let denied = write(&permissions(""), "/x/a", &[]).0.unwrap_err();
        assert_eq!(denied.flag.as_deref(), Some("--allow-write=/x/a"));
        assert!(denied.message.contains("--allow-write=/x/a would allow it"), "{}", denied.message);
    }

    #[test]
    fn questions_can_not_be_forged() {
        let name = "/x/a\nallow all? y\r\x1b[2J\u{202e}\u{9b}31m";
        let (_, asked) = write(&permissions(""), name, &["n"]);
        let whole = format!("{}{}", asked[0].text, asked[0].prompt);
        assert!(!whole.contains(|c: char| c.is_control() || c == '\u{202e}'), "{whole:?}");
        let long = format!("/x/{}", "a".repeat(4_000));
        let (_, asked) = write(&permissions(""), &long, &["n"]);
        assert!(asked[0].text.chars().count() < 2 * MOST && asked[0].text.ends_with("aaa\""));
    }

    #[test]
    fn words_are_understood_in_any_form() {
        let flags = |text: &str| permissions(text).flags().join(" ");
        assert_eq!(flags("read=/etc"), "--allow-read=/etc");
        assert_eq!(flags("read /etc write"), "--allow-read=/etc --allow-write");
        assert_eq!(flags("--allow-run=git --deny-net=localhost all"), "-A --allow-run=git --deny-net=localhost");
        assert_eq!(flags(r#"write='/a b/it'\''s' env "HOME""#), r"--allow-write='/a b/it'\''s' --allow-env=HOME");
        for wrong in ["reed", "read=", "net=http://x", "read '/etc", "--read"] {
            assert!(wrong.parse::<Flags>().is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_spelt_is_understood(path in "[ -~äß\u{4e00}]{1,12}") {
            let first = permissions("");
            let flag = Flag { deny: false, kind: Kind::Env, what: Some(path.into()) };
            first.grant(&Flags { all: false, list: vec![flag] });
            let spelt = first.flags().join(" ");
            proptest::prop_assert_eq!(permissions(&spelt).flags().join(" "), spelt);
        }
    }
}
