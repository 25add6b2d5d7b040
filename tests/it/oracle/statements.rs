//! Random statements and programs.

use super::dice::Dice;
use super::expressions::{DEPTH, any, closure, expr};
use super::program::{ASYNC, AWAITING, Program};
use super::scope::{Closure, Scope, TYPES, Type};

/// A whole program.
pub fn program(rolls: &[u32]) -> Program {
    let d = &mut Dice::new(rolls);
    let mut functions = String::new();
    let mut arities = Vec::new();
    for number in 0..d.roll(3) {
        let arity = d.roll(3);
        let mut scope = Scope::with_functions(&arities);
        let params = &["a", "b"][..arity];
        params.iter().for_each(|p| scope.declare(p, Type::Int, false));
        let body = block(d, &scope, 2, Some(Type::Int));
        functions += &format!("{ASYNC}fn f{number}({}) {{ {body} }}\n", params.join(", "));
        arities.push(arity);
    }
    let scope = Scope::with_functions(&arities);
    Program { functions, body: block(d, &scope, DEPTH, None) }
}

/// Statements in a scope of their own; ends with a value of this type, if one is given.
pub fn block(d: &mut Dice, outer: &Scope, depth: usize, value: Option<Type>) -> String {
    let mut scope = outer.clone();
    let mut text = String::new();
    let most = if depth >= DEPTH { 8 } else { 3 };
    for _ in 0..d.roll(most + 1) {
        let statement = statement(d, &mut scope, depth);
        if !statement.is_empty() {
            text += &(statement + "\n");
        }
    }
    match value {
        Some(ty) => text + expr(d, &scope, ty, depth.saturating_sub(1)).as_str(),
        None if depth >= DEPTH => text + any(d, &scope, depth - 1).as_str(),
        None => text,
    }
}

fn statement(d: &mut Dice, s: &mut Scope, depth: usize) -> String {
    let n = depth.saturating_sub(1);
    if d.is_over() {
        return String::new();
    }
    if depth == 0 {
        return format!("print({});", any(d, s, 1));
    }
    match d.roll(20) {
        0 | 1 => format!("print({});", any(d, s, n)),
        2..=4 => declaration(d, s, n),
        5 | 6 => assignment(d, s, n),
        7 | 8 => change(d, s, n),
        9 => format!("{};", if_statement(d, s, n)),
        10 => counted_loop(d, s, n),
        11 | 12 => for_loop(d, s, n),
        13 | 14 => try_catch(d, s, n),
        15 => leave(d, s, n),
        16 => closure_declaration(d, s, n),
        17 => switch_statement(d, s, n),
        18 => method_on_this(d, s, n),
        _ => format!("{{ {} }}", block(d, s, n, None)),
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "e", "x", "y"];

fn declaration(d: &mut Dice, s: &mut Scope, n: usize) -> String {
    let (name, ty, constant) = (*d.pick(&NAMES), *d.pick(&TYPES), d.once_in(6));
    let text = format!("{} {name} = {};", if constant { "const" } else { "let" }, expr(d, s, ty, n));
    s.declare(name, ty, constant);
    text
}

fn assignment(d: &mut Dice, s: &Scope, n: usize) -> String {
    let ty = *d.pick(&TYPES);
    let Some(name) = s.any(d, ty, true) else {
        return format!("print({});", any(d, s, n));
    };
    let operator = match ty {
        Type::Int => *d.pick(&["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", "**="]),
        Type::Str | Type::Array | Type::Map => *d.pick(&["=", "+="]),
        Type::Bool => *d.pick(&["=", "&=", "|="]),
    };
    format!("{name} {operator} cut({});", expr(d, s, ty, n))
}

/// A change inside an array or a map.
fn change(d: &mut Dice, s: &Scope, n: usize) -> String {
    let value = if d.roll(2) == 0 { expr(d, s, Type::Int, n) } else { expr(d, s, Type::Str, n) };
    let operator = *d.pick(&["=", "+=", "-="]);
    let (array, map) = (s.any(d, Type::Array, true), s.any(d, Type::Map, true));
    let index = expr(d, s, Type::Int, n);
    match (d.roll(9), array, map) {
        (0 | 1, Some(a), _) => format!("{a}[{index}] {operator} cut({value});"),
        (2, Some(a), _) => format!("{a}.push(cut({value}));"),
        (3, Some(a), _) => format!("{a}.insert({index}, cut({value}));"),
        (4, _, Some(m)) => format!("{m}.k {operator} cut({value});"),
        (5, _, Some(m)) => format!("{m}[{}] {operator} cut({value});", expr(d, s, Type::Str, n)),
        (6, _, Some(m)) => format!("{m}.n.k {operator} cut({value});"),
        (7, _, Some(m)) => format!("{m}.l[{index}] {operator} cut({value});"),
        (_, _, Some(m)) => format!("{m}.remove({});", expr(d, s, Type::Str, n)),
        _ => format!("print({value});"),
    }
}

fn if_statement(d: &mut Dice, s: &Scope, n: usize) -> String {
    let text = format!("if {} {{ {} }}", expr(d, s, Type::Bool, n), block(d, s, n, None));
    match d.roll(3) {
        0 => text,
        1 => format!("{text} else {{ {} }}", block(d, s, n, None)),
        _ => format!("{text} else {}", if_statement(d, s, n.saturating_sub(1))),
    }
}

/// `while`, `loop`, `do`: with a counter of their own, so that they end.
fn counted_loop(d: &mut Dice, s: &Scope, n: usize) -> String {
    let mut inner = s.clone();
    inner.in_loop = true;
    let (turns, counter) = (d.roll(4), format!("n{n}"));
    let count = format!("{counter} += 1;");
    let kind = d.roll(4);
    let extra = expr(d, s, Type::Bool, n);
    let body = block(d, &inner, n, None);
    let text = match kind {
        0 => format!("while {counter} < {turns} && {extra} {{ {count} {body} }}"),
        1 => format!("loop {{ {count} if {counter} > {turns} {{ break; }} {body} }}"),
        2 => format!("do {{ {count} if {counter} > 4 {{ break }} {body} }} while {counter} < {turns} && {extra};"),
        _ => format!("do {{ {count} if {counter} > 4 {{ break }} {body} }} until {counter} >= {turns} || {extra};"),
    };
    format!("{{ let {counter} = 0; {text} }}")
}

fn for_loop(d: &mut Dice, s: &Scope, n: usize) -> String {
    let mut inner = s.clone();
    inner.in_loop = true;
    let kind = d.roll(8);
    let (list, ty) = match kind {
        0 | 1 => (format!("0..{} % 4", expr(d, s, Type::Int, n)), Type::Int),
        2 => (format!("{}..=3", d.roll(5)), Type::Int),
        3 => (format!("range({}, {}, {})", d.roll(9), d.roll(9), d.pick(&["2", "-2", "3"])), Type::Int),
        4 => (expr(d, s, Type::Array, n), Type::Array), // of whatever
        5 => (expr(d, s, Type::Str, n), Type::Map),
        6 => (format!("{}.keys()", s.any(d, Type::Map, false).unwrap_or("#{k: 1}".into())), Type::Str),
        _ => (any(d, s, n), Type::Bool),
    };
    let name = *d.pick(&NAMES);
    inner.declare(name, ty, false);
    let head = if d.roll(3) == 1 {
        inner.declare("i", Type::Int, false);
        format!("({name}, i)")
    } else {
        name.to_string()
    };
    // what nothing goes over has another error there
    let awaiting = if !s.plain && kind < 7 && d.once_in(3) { AWAITING.to_string() } else { String::new() };
    format!("for{awaiting} {head} in {list} {{ {} }}", block(d, &inner, n, None))
}

fn try_catch(d: &mut Dice, s: &Scope, n: usize) -> String {
    let body = block(d, s, n, None);
    let mut inner = s.clone();
    inner.in_catch = true;
    let handler = block(d, &inner, n, None);
    match d.roll(4) {
        0..=2 => format!("try {{ {body} }} catch (err) {{ print(show(err)); {handler} }}"),
        _ => format!("try {{ {body} }} catch {{ {handler} }}"),
    }
}

/// `throw`, `break`, `continue`, `return`: often under a condition, so that something comes after them.
fn leave(d: &mut Dice, s: &Scope, n: usize) -> String {
    let way = match d.roll(6) {
        0 | 1 if s.in_catch => "throw;".to_string(),
        0 | 1 => format!("throw {};", any(d, s, n)),
        2 if s.in_loop => "break;".to_string(),
        3 if s.in_loop => "continue;".to_string(),
        4 if s.in_loop => format!("break {};", any(d, s, n)),
        _ => format!("return {};", expr(d, s, Type::Int, n)),
    };
    match d.roll(4) {
        0 => way,
        _ => format!("if {} {{ {way} }}", expr(d, s, Type::Bool, n)),
    }
}

fn closure_declaration(d: &mut Dice, s: &mut Scope, n: usize) -> String {
    let name = format!("g{}", s.closures.len());
    let marked = !s.plain && d.roll(2) == 1;
    let text = format!("let {name} = {};", closure(d, s, marked, n));
    s.closures.push(Closure { name, marked });
    text
}

fn switch_statement(d: &mut Dice, s: &Scope, n: usize) -> String {
    let (subject, guard) = (expr(d, s, Type::Int, n), expr(d, s, Type::Bool, n));
    let (one, two, rest) = (block(d, s, n, None), block(d, s, n, None), block(d, s, n, None));
    format!("switch {subject} {{ 1 => {{ {one} }} 0..5 if {guard} => {{ {two} }} _ => {{ {rest} }} }}")
}

fn method_on_this(d: &mut Dice, s: &Scope, n: usize) -> String {
    let (start, step) = (expr(d, s, Type::Int, n), expr(d, s, Type::Int, n));
    format!("let o = #{{v: {start}, add: |n| {{ this.v += n; this.v }}}}; print(o.add({step}) + {start}); print(o.v);")
}
