//! `:fns`: the functions, by where they come from and what they are for.

use super::backend::{Function, Home, Names};
use super::session::{Flow, Session};
use super::shape::table;
use super::terminal;

pub fn functions(session: &mut Session, argument: &str) -> Flow {
    let text = list(&session.backend.names(), argument.trim(), terminal::width());
    if text.is_empty() {
        session.complain("no such functions; :fns alone lists them all");
    } else {
        session.say(&text);
    }
    Flow::Continue
}

/// The functions that have to do with `part`, under the names of their groups. Of Rhai's own, which are many, only
/// the names are listed unless some are asked for.
fn list(names: &Names, part: &str, width: u16) -> String {
    let contains = |text: &str| text.to_lowercase().contains(&part.to_lowercase());
    let fits = |f: &&Function| contains(&f.name) || contains(heading(f.home)) || contains(&f.summary);
    let mut fitting: Vec<&Function> = names.functions.iter().filter(fits).collect();
    // sorted by group only where that is not the order of the library
    fitting.sort_by_key(|f| match f.home {
        Home::Session => (0, f.name.as_str()),
        Home::Library(_) => (1, ""),
        Home::Rhai => (2, f.name.as_str()),
    });
    let mut text = String::new();
    for group in fitting.chunk_by(|a, b| heading(a.home) == heading(b.home)) {
        text.push_str(&format!("{}\n", heading(group[0].home)));
        if group[0].home == Home::Rhai && part.is_empty() {
            text.push_str(&in_lines(group.iter().map(|f| f.name.as_str()), width));
            continue;
        }
        let cells: Vec<[String; 2]> = group.iter().map(|f| [f.signature.clone(), f.summary.clone()]).collect();
        text.push_str(&table(&cells, &[], width));
    }
    text
}

fn heading(home: Home) -> &'static str {
    match home {
        Home::Session => "defined in this session",
        Home::Library(group) => group,
        Home::Rhai => "Rhai's own",
    }
}

/// Words with blanks between them, in lines of that width.
fn in_lines<'a>(words: impl Iterator<Item = &'a str>, width: u16) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in words {
        if column > 0 && column + 1 + word.len() >= usize::from(width) {
            text.push('\n');
            column = 0;
        }
        text.push(' ');
        text.push_str(word);
        column += 1 + word.len();
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(signature: &str, home: Home, summary: &str) -> Function {
        Function {
            name: signature.split('(').next().unwrap_or_default().to_owned(),
            signature: signature.to_owned(),
            summary: summary.to_owned(),
            help: String::new(),
            receiver: None,
            gives: String::new(),
            home,
        }
    }

    fn listed(part: &str) -> String {
        let functions = vec![
            function("sleep(s)", Home::Library("time"), "Waits."),
            function("now()", Home::Library("time"), "The time."),
            function("lock()", Home::Library("synchronising"), "A lock."),
            function("zip(a, b)", Home::Rhai, ""),
            function("abs(x)", Home::Rhai, ""),
            function("worker(n)", Home::Session, ""),
        ];
        list(&Names { functions, ..Names::default() }, part, 80)
    }

    #[test]
    fn ones_own_come_first_and_the_librarys_by_group() {
        let text = "defined in this session\n worker(n)\ntime\n sleep(s)  Waits.\n now()     The time.\n\
                    synchronising\n lock()  A lock.\nRhai's own\n abs zip\n";
        assert_eq!(listed(""), text);
    }

    #[test]
    fn those_that_have_to_do_with_a_word() {
        assert_eq!(listed("WAIT"), "time\n sleep(s)  Waits.\n");
        assert_eq!(listed("time"), "time\n sleep(s)  Waits.\n now()     The time.\n");
        assert_eq!(listed("zi"), "Rhai's own\n zip(a, b)\n");
        assert_eq!(listed("nothing"), "");
    }
}
