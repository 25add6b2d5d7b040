//! Random expressions. What is picked by 0 is a leaf, so that a die that has run out ends everything.

use super::dice::Dice;
use super::program::{ASYNC, BARE, BARE_CLOSE, CALL, CALL_CLOSE, CLOSE, OPEN};
use super::scope::{Scope, TYPES, Type};
use super::statements::block;

/// How deep expressions and statements are nested.
pub const DEPTH: usize = 4;

/// An expression of this type, nearly always.
pub fn expr(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    if d.is_over() || depth == 0 {
        return leaf(d, s, ty);
    }
    if d.once_in(60) {
        let other = *d.pick(&TYPES);
        return leaf(d, s, other); // a type error, likely
    }
    let plain = match d.roll(14) {
        0..=2 => leaf(d, s, ty),
        3 => conditional(d, s, ty, depth),
        4 => switch(d, s, ty, depth),
        5 => value_block(d, s, ty, depth),
        6 => loop_value(d, s, ty, depth),
        7 => coalesce(d, s, ty, depth),
        _ => match ty {
            Type::Int => int(d, s, depth),
            Type::Bool => boolean(d, s, depth),
            Type::Str => string(d, s, depth),
            Type::Array => array(d, s, depth),
            Type::Map => map(d, s, depth),
        },
    };
    wrap(d, s, plain)
}

/// Perhaps marks an expression to be awaited.
fn wrap(d: &mut Dice, s: &Scope, text: String) -> String {
    match d.roll(5) {
        _ if s.plain => format!("({text})"),
        0 | 1 => format!("{OPEN}{text}{CLOSE}"),
        2 => format!("{BARE}{text}{BARE_CLOSE}"),
        _ => format!("({text})"),
    }
}

/// Marks an expression in brackets, so that a method can be called on it.
fn root(d: &mut Dice, s: &Scope, text: &str) -> String {
    if s.plain || d.roll(2) == 0 { format!("({text})") } else { format!("{OPEN}{text}{CLOSE}") }
}

fn leaf(d: &mut Dice, s: &Scope, ty: Type) -> String {
    if d.roll(3) > 0
        && let Some(name) = s.any(d, ty, false)
    {
        return if d.roll(4) == 1 { wrap(d, s, name) } else { name };
    }
    match ty {
        Type::Int => d.roll(10).to_string(),
        Type::Bool => d.pick(&["true", "false"]).to_string(),
        Type::Str => d.pick(&[r#""s""#, r#""ab""#, r#""""#, "`x,y`", r#""{é}""#]).to_string(),
        Type::Array => d.pick(&["[1, 2]", "[]", r#"[3, "q", 4]"#, "[5, 6, 7]"]).to_string(),
        Type::Map => d.pick(&["#{k: 1}", "#{}", r#"#{k: 2, l: "v", n: #{k: 3}}"#, "#{l: [1, 2]}"]).to_string(),
    }
}

/// Any type.
pub fn any(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let ty = *d.pick(&TYPES);
    expr(d, s, ty, depth)
}

fn conditional(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    let n = depth - 1;
    let condition = expr(d, s, Type::Bool, n);
    let (yes, no) = (value_of(d, s, ty, n), value_of(d, s, ty, n));
    match d.roll(3) {
        0 => format!("if {condition} {{ {yes} }} else {{ {no} }}"),
        1 => {
            let (second, third) = (expr(d, s, Type::Bool, n), expr(d, s, ty, n));
            format!("if {condition} {{ {yes} }} else if {second} {{ {third} }} else {{ {no} }}")
        }
        _ => format!("(if {condition} {{ {yes} }}) ?? {{ {no} }}"),
    }
}

/// What stands in a block as its value, perhaps after other statements.
fn value_of(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    if d.roll(3) == 2 { block(d, s, depth.min(2), Some(ty)) } else { expr(d, s, ty, depth) }
}

fn switch(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    let n = depth - 1;
    let subject = match d.roll(3) {
        0 => expr(d, s, Type::Int, n),
        1 => format!("{} % 4", expr(d, s, Type::Int, n)),
        _ => any(d, s, n),
    };
    let mut arms = Vec::new();
    for _ in 0..=d.roll(3) {
        let case = *d.pick(&["0", "1", "2 | 3", "0..3", "2..=9", "true", r#""ab" | "s""#, "-5..0"]);
        let guard = if d.roll(3) == 1 { format!(" if {}", expr(d, s, Type::Bool, n)) } else { String::new() };
        arms.push(format!("{case}{guard} => {}", arm(d, s, ty, n)));
    }
    if d.roll(4) > 0 {
        arms.push(format!("_ => {}", arm(d, s, ty, n)));
    }
    // Rhai wants ranges after numbers, and the default last
    arms.sort_by_key(|arm| arm.split(' ').next().is_some_and(|case| case.contains("..") || case == "_"));
    format!("switch {subject} {{ {} }}", arms.join(", "))
}

fn arm(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    if d.roll(3) == 2 { format!("{{ {} }}", block(d, s, depth.min(2), Some(ty))) } else { expr(d, s, ty, depth) }
}

fn value_block(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    format!("{{ {} }}", block(d, s, depth - 1, Some(ty)))
}

fn loop_value(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    let mut inner = s.clone();
    inner.in_loop = true;
    let n = depth - 1;
    match d.roll(3) {
        0 => format!("loop {{ {}; break {} }}", block(d, &inner, n.min(2), None), expr(d, s, ty, n)),
        1 => {
            inner.declare("i", Type::Int, false);
            let condition = expr(d, &inner, Type::Bool, n);
            let (early, late) = (expr(d, &inner, ty, n), expr(d, s, ty, n));
            format!("(for i in 0..{} {{ if {condition} {{ break {early} }} }}) ?? {late}", d.roll(4))
        }
        _ => format!("while {} {{ break {} }}", expr(d, s, Type::Bool, n), expr(d, s, ty, n)),
    }
}

fn coalesce(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    let n = depth - 1;
    let first = match d.roll(3) {
        0 => "()".to_string(),
        1 => format!("{}.zzz", root_of(d, s, Type::Map, n)),
        _ => expr(d, s, ty, n),
    };
    format!("{} ?? {}", wrap(d, s, first), expr(d, s, ty, n))
}

fn int(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let n = depth - 1;
    match d.roll(15) {
        0..=2 => {
            let operator = *d.pick(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "**"]);
            format!("{} {operator} {}", expr(d, s, Type::Int, n), expr(d, s, Type::Int, n))
        }
        3 | 4 => call(d, s, n),
        5 => format!("{}.len()", root_of(d, s, Type::Array, n)),
        6 => format!("num({}[{}])", root_of(d, s, Type::Array, n), expr(d, s, Type::Int, n)),
        7 => closure_call(d, s, n),
        8 => format!("-{}", root_of(d, s, Type::Int, n)),
        9 => format!("num({}.{})", root_of(d, s, Type::Map, n), d.pick(&["k", "l", "n"])),
        10 => format!("num({}?.n?.k)", root_of(d, s, Type::Map, n)),
        11 => format!("num({}[{}])", root_of(d, s, Type::Map, n), key(d, s)),
        12 => match s.any(d, Type::Int, true) {
            Some(name) => format!("{name}.bump({})", expr(d, s, Type::Int, n)),
            None => "1".into(),
        },
        13 => match s.any(d, Type::Array, true) {
            Some(name) => format!("num({name}.{})", d.pick(&["pop()", "shift()", "remove(0)"])),
            None => "2".into(),
        },
        _ => format!("{}.len()", root_of(d, s, Type::Str, n)),
    }
}

fn key(d: &mut Dice, s: &Scope) -> String {
    let key = d.pick(&[r#""k""#, r#""l""#, r#""zzz""#]).to_string();
    wrap(d, s, key)
}

fn root_of(d: &mut Dice, s: &Scope, ty: Type, depth: usize) -> String {
    match d.roll(3) {
        0 => s.any(d, ty, false).unwrap_or_else(|| format!("({})", leaf(d, s, ty))),
        _ => {
            let text = expr(d, s, ty, depth);
            root(d, s, &text)
        }
    }
}

fn boolean(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let n = depth - 1;
    match d.roll(8) {
        0 | 1 => {
            let operator = *d.pick(&["<", "==", "!=", ">", "<=", ">="]);
            format!("{} {operator} {}", expr(d, s, Type::Int, n), expr(d, s, Type::Int, n))
        }
        2 => format!("{} && {}", expr(d, s, Type::Bool, n), expr(d, s, Type::Bool, n)),
        3 => format!("{} || {}", expr(d, s, Type::Bool, n), expr(d, s, Type::Bool, n)),
        4 => format!("!{}", root_of(d, s, Type::Bool, n)),
        5 => format!("{} in {}", expr(d, s, Type::Int, n), expr(d, s, Type::Array, n)),
        6 => format!("{} !in {}", expr(d, s, Type::Str, n), expr(d, s, Type::Map, n)),
        _ => format!("{} == {}", any(d, s, n), any(d, s, n)),
    }
}

fn string(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let n = depth - 1;
    match d.roll(7) {
        0 | 1 => format!("`a${{{}}}b${{{}}}`", any(d, s, n), any(d, s, n)),
        2 => format!("cut({} + {})", expr(d, s, Type::Str, n), any(d, s, n)),
        3 => format!("{}.to_upper()", root_of(d, s, Type::Str, n)),
        4 => format!(
            "{}.sub_string({}, {})",
            root_of(d, s, Type::Str, n),
            expr(d, s, Type::Int, n),
            expr(d, s, Type::Int, n)
        ),
        5 => format!("type_of({})", any(d, s, n)),
        _ => format!("{}.to_string()", root_of(d, s, Type::Array, n)),
    }
}

fn array(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let n = depth - 1;
    match d.roll(7) {
        0 | 1 => {
            let items: Vec<String> = (0..d.roll(4)).map(|_| any(d, s, n)).collect();
            format!("cut([{}])", items.join(", "))
        }
        2 => format!("cut({} + {})", expr(d, s, Type::Array, n), expr(d, s, Type::Array, n)),
        3 => format!("{}.map({})", root_of(d, s, Type::Array, n), plain_closure(d, s, n)),
        4 => format!("{}.keys()", root_of(d, s, Type::Map, n)),
        5 => format!(
            "{}.extract({}, {})",
            root_of(d, s, Type::Array, n),
            expr(d, s, Type::Int, n),
            expr(d, s, Type::Int, n)
        ),
        _ => format!("{}.split({})", root_of(d, s, Type::Str, n), r#"",""#),
    }
}

fn map(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let n = depth - 1;
    match d.roll(3) {
        0 | 1 => {
            let keys = ["k", "l", "\"n\""];
            let entries: Vec<String> = keys[..d.roll(4)].iter().map(|k| format!("{k}: {}", any(d, s, n))).collect();
            format!("cut(#{{{}}})", entries.join(", "))
        }
        _ => format!("{} + {}", expr(d, s, Type::Map, n), expr(d, s, Type::Map, n)),
    }
}

/// A closure that Rhai's own functions call.
fn plain_closure(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let mut inner = s.for_closure(false);
    inner.declare("p", Type::Int, false);
    format!("|p| {}", expr(d, &inner, Type::Int, depth))
}

/// A closure that captures, called by its name.
pub fn closure(d: &mut Dice, s: &Scope, marked: bool, depth: usize) -> String {
    let mut inner = s.for_closure(marked);
    inner.declare("p", Type::Int, false);
    let sign = if marked { ASYNC.to_string() } else { String::new() };
    match d.roll(2) {
        0 => format!("{sign}|p| {}", expr(d, &inner, Type::Int, depth)),
        _ => format!("{sign}|p| {{ {} }}", block(d, &inner, depth, Some(Type::Int))),
    }
}

fn closure_call(d: &mut Dice, s: &Scope, depth: usize) -> String {
    let callable: Vec<_> = s.closures.iter().filter(|c| !(c.marked && s.plain)).collect();
    if callable.is_empty() {
        return call(d, s, depth);
    }
    let closure = *d.pick(&callable);
    let argument = expr(d, s, Type::Int, depth);
    match (closure.marked, d.roll(2)) {
        (true, _) => format!("{CALL}{}.call({argument}){CALL_CLOSE}", closure.name),
        (false, 0) => format!("{}.call({argument})", closure.name),
        (false, _) => format!("call({}, {argument})", closure.name),
    }
}

fn call(d: &mut Dice, s: &Scope, depth: usize) -> String {
    if s.functions.is_empty() || s.plain {
        return format!("num({})", any(d, s, depth));
    }
    let number = d.roll(s.functions.len());
    let arguments: Vec<String> = (0..s.functions[number]).map(|_| expr(d, s, Type::Int, depth)).collect();
    format!("{CALL}f{number}({}){CALL_CLOSE}", arguments.join(", "))
}
