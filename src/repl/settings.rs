//! What the user likes: a table of settings, and the file that keeps them.
//!
//! The file: UTF-8, one `name = value` a line, `#` begins a comment; values may stand in quotes. `:set` changes the
//! line of its setting and leaves the others as they are. A line that makes no sense is told at the start, and
//! passed over.
//!
//! The place: `$LOOPSCOPE_CONFIG`, or `loopscope/config` below the platform's folder for configuration
//! (`$XDG_CONFIG_HOME` or `~/.config`; `~/Library/Application Support` on macOS, `%APPDATA%` on Windows). An empty
//! `LOOPSCOPE_CONFIG` means no file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::history;
use super::place::{self, Usual};
use super::save;
use crate::near::nearest;
use crate::source::file;

/// A setting: a row of the table.
pub struct Setting {
    pub name: &'static str,
    /// The values it can have; empty if it takes any text.
    pub words: &'static [&'static str],
    pub default: &'static str,
    pub summary: &'static str,
}

const ON_OFF: &[&str] = &["on", "off"];

/// All settings, in the order of `:set`.
pub const TABLE: &[Setting] = &[
    setting("lanes", &["auto", "on", "off"], "auto", "when the lanes are drawn after a run"),
    setting("color", &["auto", "always", "never"], "auto", "colours, from the next start on"),
    setting("banner", ON_OFF, "on", "the two lines at the start"),
    setting("hints", ON_OFF, "on", "signatures and old inputs, dim, behind the cursor"),
    setting("spinner", ON_OFF, "on", "elapsed time and number of tasks while a run takes long"),
    setting("completion", &["list", "circular"], "list", "Tab lists what fits, or goes through it one by one"),
    setting("keys", &["emacs", "vi"], "emacs", "how the line is edited"),
    setting("editor", &[], "", "what `:edit` opens; if empty, $VISUAL, $EDITOR, or vi"),
];

const fn setting(
    name: &'static str,
    words: &'static [&'static str],
    default: &'static str,
    summary: &'static str,
) -> Setting {
    Setting { name, words, default, summary }
}

/// The settings as they are now.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    path: Option<PathBuf>,
    chosen: Vec<(&'static str, String)>,
}

impl Settings {
    /// Reads the file of `path`; also gives what could not be understood in it.
    pub fn load(path: Option<PathBuf>) -> (Self, Vec<String>) {
        let mut settings = Self { path, chosen: Vec::new() };
        let mut troubles = Vec::new();
        let Some(path) = settings.path.clone() else { return (settings, troubles) };
        let text = match file::read(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                    let line = good.iter().filter(|b| **b == b'\n').count() + 1;
                    troubles.push(format!(
                        "{}:{line}: this is not UTF-8 text; no setting is taken from it",
                        path.display()
                    ));
                    return (settings, troubles);
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (settings, troubles),
            Err(error) => {
                troubles.push(format!("{}: {error}", path.display()));
                return (settings, troubles);
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (n, line) in text.lines().enumerate() {
            let taken = match parsed(line) {
                Ok(None) => Ok(()),
                Ok(Some((name, value))) => settings.set(name, value).map(drop),
                Err(why) => Err(why),
            };
            if let Err(why) = taken {
                troubles.push(format!("{}:{}: {why}", path.display(), n + 1));
            }
        }
        (settings, troubles)
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> &str {
        let chosen = self.chosen.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        chosen.or_else(|| TABLE.iter().find(|s| s.name == name).map(|s| s.default)).unwrap_or_default()
    }

    /// Whether one of the settings that can be on or off is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name) == "on"
    }

    /// The file, if there may be one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Sets one for this session.
    ///
    /// # Errors
    /// A line for the user: what there is instead.
    pub fn set(&mut self, name: &str, value: &str) -> Result<&'static Setting, String> {
        let Some(setting) = TABLE.iter().find(|s| s.name == name) else {
            return Err(match nearest(name, TABLE.iter().map(|s| s.name)) {
                Some(near) => format!("there is no setting {name}; did you mean {near}?"),
                None => format!("there is no setting {name}; `:set` lists them"),
            });
        };
        if !setting.words.is_empty() && !setting.words.contains(&value) {
            return Err(format!("{name} can be {}, and not {value:?}", setting.words.join(", ")));
        }
        self.chosen.retain(|(n, _)| *n != name);
        self.chosen.push((setting.name, value.to_owned()));
        Ok(setting)
    }

    /// Writes one into the file, where the rest stays as it is.
    ///
    /// # Errors
    /// A line for the user.
    pub fn keep(&self, name: &str) -> Result<(), String> {
        let Some(path) = &self.path else { return Ok(()) };
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        // of the folder: the file is replaced. Where that can't be locked, the last of two who write at once wins
        let folder = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let _locked = folder.inspect(|folder| history::lock(folder, Duration::from_secs(2)));
        let old = match file::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(error.to_string()),
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_string()),
        };
        let old = old.map_err(|why| format!("{} stays as it is: {why}", path.display()))?;
        let value = self.get(name);
        let is_plain = !value.is_empty() && !value.contains([' ', '\t', '"', '\'']);
        let new = if is_plain { format!("{name} = {value}") } else { format!("{name} = \"{value}\"") };
        let is_its_line = |line: &str| parsed(line).is_ok_and(|found| found.is_some_and(|(n, _)| n == name));
        let mut lines: Vec<&str> = old.lines().collect();
        match lines.iter().rposition(|line| is_its_line(line)) {
            Some(at) => lines[at] = &new,
            None => lines.push(&new),
        }
        save::write(path, &format!("{}\n", lines.join("\n")), true)
    }
}

/// The name and the value of a line; none if it has only a comment.
fn parsed(line: &str) -> Result<Option<(&str, &str)>, String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("expected `name = value`")?;
    Ok(Some((name.trim(), bare(value.trim()))))
}

/// A value without the quotes that it may stand in.
pub fn bare(value: &str) -> &str {
    let without = |quote: char| value.strip_prefix(quote).and_then(|v| v.strip_suffix(quote));
    without('"').or_else(|| without('\'')).unwrap_or(value)
}

/// Where the settings are kept.
pub fn default_path() -> Option<PathBuf> {
    let usual = Usual { windows: "APPDATA", xdg: "XDG_CONFIG_HOME", home: ".config" };
    place::of("LOOPSCOPE_CONFIG", &usual, "config")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("loopscope-settings-{}-{name}", std::process::id()));
        fs::write(&path, text).expect("writable");
        path
    }

    #[test]
    fn a_file_is_read_and_what_is_wrong_in_it_told() {
        let path =
            temporary("read", "# mine\nlanes = off # never\n\nlane = on\nkeys = vim\neditor = \"hx -v\"\nwhat\n");
        let (settings, troubles) = Settings::load(Some(path.clone()));
        assert_eq!((settings.get("lanes"), settings.get("keys"), settings.get("editor")), ("off", "emacs", "hx -v"));
        let name = path.display();
        let told = [
            format!("{name}:4: there is no setting lane; did you mean lanes?"),
            format!("{name}:5: keys can be emacs, vi, and not \"vim\""),
            format!("{name}:7: expected `name = value`"),
        ];
        assert_eq!(troubles, told);
        let _ = fs::remove_file(path);
    }

    #[test]
    fn one_is_kept_and_the_rest_stays() {
        let path = temporary("keep", "# mine\nlanes = off\nodd\n");
        let (mut settings, _) = Settings::load(Some(path.clone()));
        settings.set("lanes", "on").expect("a setting");
        settings.keep("lanes").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("there"), "# mine\nlanes = on\nodd\n");
        let _ = fs::remove_file(path);
    }

    #[cfg(unix)]
    #[test]
    fn what_several_keep_at_once_is_all_kept() {
        let folder = std::env::temp_dir().join(format!("loopscope-settings-{}", std::process::id()));
        let path = folder.join("config");
        let kept = [("lanes", "off"), ("banner", "off"), ("keys", "vi"), ("completion", "circular")];
        for _ in 0..5 {
            let _ = fs::remove_file(&path);
            std::thread::scope(|scope| {
                for (name, value) in kept {
                    let (mut settings, _) = Settings::load(Some(path.clone()));
                    settings.set(name, value).expect("a setting");
                    scope.spawn(move || settings.keep(name).expect("written"));
                }
            });
            let (settings, _) = Settings::load(Some(path.clone()));
            assert!(kept.iter().all(|(name, value)| settings.get(name) == *value), "{:?}", fs::read_to_string(&path));
        }
        let _ = fs::remove_dir_all(folder);
    }

    #[test]
    fn a_file_that_is_no_text_is_left_as_it_is() {
        let path = temporary("bytes", "");
        let bytes = b"# mine\nlanes = off\n\xff\n";
        fs::write(&path, bytes).expect("writable");
        let (mut settings, _) = Settings::load(Some(path.clone()));
        settings.set("banner", "on").expect("a setting");
        assert!(settings.keep("banner").is_err_and(|why| why.contains("stays as it is")));
        assert_eq!(fs::read(&path).expect("there"), bytes);
        let _ = fs::remove_file(path);
    }

    #[test]
    fn values_with_blanks_or_quotes_come_back_as_they_were() {
        let path = temporary("quotes", "");
        for value in ["vim -n", "", "code \"a b\"", "\"my editor\" -w \"x\"", "hx"] {
            let (mut settings, _) = Settings::load(Some(path.clone()));
            settings.set("editor", value).expect("a setting");
            settings.keep("editor").expect("written");
            assert_eq!(Settings::load(Some(path.clone())).0.get("editor"), value);
        }
        assert_eq!(
            [bare("\"vim -n\""), bare("'vim -n'"), bare("''"), bare("vim"), bare("\"")],
            ["vim -n", "vim -n", "", "vim", "\""]
        );
        let _ = fs::remove_file(path);
    }

    #[test]
    fn defaults_are_values() {
        for setting in TABLE {
            assert!(setting.words.is_empty() || setting.words.contains(&setting.default), "{}", setting.name);
        }
    }
}
