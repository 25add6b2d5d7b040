//! A program with marks where awaits may stand, and its two readings.

/// `⟦e⟧` is `id(e)`, with brackets around where it awaits; `⟨e⟩` is the same without brackets.
pub const OPEN: char = '⟦';
pub const CLOSE: char = '⟧';
pub const BARE: char = '⟨';
pub const BARE_CLOSE: char = '⟩';
/// `⟪f(x)⟫` calls a function that is async where the program awaits.
pub const CALL: char = '⟪';
pub const CALL_CLOSE: char = '⟫';
/// Stands before `fn` and `|` of what is async where the program awaits.
pub const ASYNC: char = '§';
/// Stands behind the `for` of a loop that awaits its items, which are none to be awaited.
pub const AWAITING: char = '¶';

/// A random program.
#[derive(Clone, Debug)]
pub struct Program {
    pub functions: String,
    pub body: String,
}

/// Functions that all programs have. They keep values small and errors comparable.
const COMMON: &str = r#"
fn num(x) { if type_of(x) == "i64" { x } else { 7 } }
fn cut(x) {
    if x.to_string().len() < 60 { return x }
    switch type_of(x) { "string" => x.sub_string(0, 9), "array" => [], "map" => #{}, _ => x }
}
fn bump(n) { this += n; this }
"#;

/// Shows what was caught. An error of Rhai's own that leaves a function is wrapped by Rhai, and not by `await`.
const SHOW: &str = r#"fn show(e) {
    if type_of(e) == "map" { e.remove("line"); e.remove("position"); e.remove("source"); e.remove("function") }
    e.to_string()
}
"#;
const SHOW_MESSAGE: &str = r#"fn show(e) { if type_of(e) == "map" && "message" in e { e.message } else { e.to_string() } }
"#;

/// Where the awaits of a program run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Top,
    Function,
    Block,
}

impl Program {
    fn show(&self) -> &str {
        let calls = self.body.contains(CALL) || self.functions.contains(CALL);
        if calls { SHOW_MESSAGE } else { SHOW }
    }

    /// Without awaits.
    pub fn plain(&self) -> String {
        let text = format!("{COMMON}{}fn id(x) {{ x }}\n{}\n{}", self.show(), self.functions, self.body);
        text.chars()
            .map(|c| match c {
                OPEN | BARE => "id(".to_string(),
                CLOSE | BARE_CLOSE => ")".to_string(),
                CALL | CALL_CLOSE | ASYNC | AWAITING => String::new(),
                c => c.to_string(),
            })
            .collect()
    }

    /// With awaits; what they wait for suspends if `suspends`.
    pub fn awaiting(&self, place: Place, suspends: bool) -> String {
        let id = if suspends { "await sleep(0); x" } else { "x" };
        let body = match place {
            Place::Top => self.body.clone(),
            Place::Function => format!("async fn start() {{\n{}\n}}\nawait start()", self.body),
            Place::Block => format!("let it = async {{\n{}\n}};\nawait it", self.body),
        };
        let text = format!("{COMMON}{}async fn id(x) {{ {id} }}\n{}\n{body}", self.show(), self.functions);
        text.chars()
            .map(|c| match c {
                OPEN => "(await id(".to_string(),
                CLOSE => "))".to_string(),
                BARE => "await id(".to_string(),
                BARE_CLOSE | CALL_CLOSE => ")".to_string(),
                CALL => "(await ".to_string(),
                ASYNC => "async ".to_string(),
                AWAITING => " await".to_string(),
                c => c.to_string(),
            })
            .collect()
    }
}
