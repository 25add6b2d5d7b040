//! Which names of an input mean nothing, as far as a look at its text can tell: shown in red while it is typed.

use std::collections::HashSet;

use super::backend::Names;
use super::scan::{Kind, Scan};

/// Names that Rhai treats by itself, and `print` and its like, which are no functions of a package.
const BUILT_IN: &[&str] = &["debug", "eval", "is_def_fn", "is_def_var", "it", "print", "type_of", "exit", "_"];

/// The indices of the tokens that name nothing that is known. A name that is still being typed at `cursor` counts
/// as known as long as one that is known begins like it.
pub fn unknown(source: &str, scan: &Scan, cursor: Option<usize>, names: &Names) -> HashSet<usize> {
    if names.functions.is_empty() {
        return HashSet::new(); // nothing is known at all
    }
    let look = Look { source, scan };
    let own = look.declared();
    let functions = names.functions.iter().map(|f| f.name.as_str());
    let variables = names.variables.iter().map(|v| v.name.as_str());
    let known: HashSet<&str> = functions.chain(variables).chain(BUILT_IN.iter().copied()).chain(own).collect();
    let is_unknown = |at: &usize| {
        let name = look.text(*at);
        let is_typed = cursor == Some(scan.tokens[*at].span.end);
        !(known.contains(name) || is_typed && known.iter().any(|n| n.starts_with(name)))
    };
    (0..scan.tokens.len()).filter(|at| look.stands_for_itself(*at)).filter(is_unknown).collect()
}

struct Look<'a> {
    source: &'a str,
    scan: &'a Scan,
}

impl<'a> Look<'a> {
    fn text(&self, token: usize) -> &'a str {
        self.scan.tokens.get(token).map_or("", |t| &self.source[t.span.clone()])
    }

    fn before(&self, token: usize) -> &'a str {
        token.checked_sub(1).map_or("", |at| self.text(at))
    }

    fn is_name(&self, token: usize) -> bool {
        self.scan.tokens.get(token).is_some_and(|t| t.kind == Kind::Name)
    }

    /// A name that is neither a property nor a key nor in a module.
    fn stands_for_itself(&self, at: usize) -> bool {
        self.is_name(at) && !matches!(self.before(at), "." | "?." | "::") && !matches!(self.text(at + 1), ":" | "::")
    }

    /// The names that the input itself declares, wherever.
    fn declared(&self) -> HashSet<&'a str> {
        let mut found = HashSet::new();
        for at in 0..self.scan.tokens.len() {
            match self.text(at) {
                "let" | "const" | "fn" | "as" | "for" if self.is_name(at + 1) => {
                    found.insert(self.text(at + 1));
                }
                "(" if self.declares(at) => found.extend(self.names_until(at, ")")),
                "|" if self.begins(at) => found.extend(self.parameters(at)),
                _ => {}
            }
        }
        found
    }

    /// Whether the parenthesis holds what a function, a loop or a `catch` declares.
    fn declares(&self, at: usize) -> bool {
        matches!(self.before(at), "for" | "catch") || (at >= 2 && self.text(at - 2) == "fn")
    }

    /// Whether an expression begins here, so that a `|` is no operator.
    fn begins(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|i| self.scan.tokens[i].kind);
        !matches!(before, Some(Kind::Name | Kind::Number | Kind::Text | Kind::Close))
    }

    fn names_until(&self, at: usize, end: &str) -> Vec<&'a str> {
        let inside = (at + 1..self.scan.tokens.len()).take_while(|i| self.text(*i) != end);
        inside.filter(|i| self.is_name(*i)).map(|i| self.text(i)).collect()
    }

    /// The parameters of a closure that begins at a `|`; none if it is another one.
    fn parameters(&self, at: usize) -> Vec<&'a str> {
        let names = self.names_until(at, "|");
        let tokens = 2 * names.len(); // names with commas between them, and the end
        let is_list = (at + 1..at + tokens).all(|i| self.is_name(i) || self.text(i) == ",");
        let is_open = self.text(at + tokens) == "|" || at + tokens >= self.scan.tokens.len();
        if is_list && is_open { names } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::{Function, Home, Shape, Variable};
    use super::super::scan::scan;
    use super::*;

    fn red(source: &str, cursor: Option<usize>) -> Vec<String> {
        let function = |name: &str| Function {
            name: name.to_owned(),
            signature: format!("{name}()"),
            summary: String::new(),
            help: String::new(),
            receiver: None,
            gives: String::new(),
            home: Home::Rhai,
        };
        let names = Names {
            functions: vec![function("sleep"), function("gather")],
            variables: vec![Variable { name: "total".to_owned(), shape: Shape::default() }],
            ..Names::default()
        };
        let scan = scan(source);
        let mut found: Vec<usize> = unknown(source, &scan, cursor, &names).into_iter().collect();
        found.sort_unstable();
        found.into_iter().map(|at| source[scan.tokens[at].span.clone()].to_owned()).collect()
    }

    #[test]
    fn names_that_mean_nothing() {
        assert_eq!(red("await slep(1) + totl", None), ["slep", "totl"]);
        assert_eq!(red("`${totl} and ${total}`", None), ["totl"]);
        assert!(red("await sleep(total.first).x?.y; #{key: total}; a::b(1)", None).is_empty());
    }

    #[test]
    fn an_input_may_declare_its_own() {
        let own = "async fn work(a, b) { a + b } let x = 1; for i in 0..3 { work(i, x) } for (v, n) in [1] { v + n } \
                   [1].map(|p, q| p + q); try { 1 } catch (e) { e } import \"m\" as m; print(x | i)";
        assert_eq!(red(own, None), [""; 0]);
        assert_eq!(red("total | other | total", None), ["other"]);
    }

    #[test]
    fn what_is_being_typed_may_still_become_a_name() {
        assert!(red("await sle", Some(9)).is_empty());
        assert_eq!(red("await slx", Some(9)), ["slx"]);
        assert_eq!(red("sle + total", Some(11)), ["sle"]);
    }
}
