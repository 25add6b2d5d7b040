//! Temporaries of a frame, and the private words by which lowered expressions use them.

use std::rc::Rc;

use rhai::{CustomExpr, Dynamic, Engine, EvalContext, Expr, Position};

use super::syntax::Shared;

/// Moves a temporary's value out.
const TAKE: &str = "$take";
const PEEK: &str = "$peek";
const REFUSE: &str = "$refuse";
const NOT_REFUSED: &str = "$not refused";

/// A word's state holds the temporary in these bits, the case of a `switch` above.
const TEMP: i64 = 0xffff_ffff;

/// Teaches the engine the private words.
pub(super) fn install(engine: &mut Engine, shared: &Rc<Shared>) {
    type Use = fn(&mut Vec<Dynamic>, usize, i64) -> Dynamic;
    let uses: [(&str, Use); 4] = [
        (TAKE, |temps, at, _| temps.get_mut(at).map(std::mem::take).unwrap_or_default()),
        (PEEK, |temps, at, _| temps.get(at).cloned().unwrap_or_default()),
        (REFUSE, |temps, at, case| {
            if let Some(mut list) = temps.get_mut(at).and_then(|t| t.write_lock::<rhai::Array>()) {
                list.push(case.into());
            }
            Dynamic::UNIT
        }),
        (NOT_REFUSED, |temps, at, case| {
            let refused = temps.get(at).and_then(|t| t.read_lock::<rhai::Array>());
            (!refused.is_some_and(|list| list.iter().any(|c| c.as_int() == Ok(case)))).into()
        }),
    ];
    for (key, work) in uses {
        let shared = shared.clone();
        let run = move |_: &mut EvalContext, _: &[rhai::Expression], state: &Dynamic| {
            let state = state.as_int().unwrap_or(0);
            let temp = (state & TEMP) as usize;
            Ok(work(&mut shared.temps.borrow_mut(), temp, state >> 32))
        };
        // fails only under rhai's feature `no_ast`
        let _ = engine.register_custom_syntax_handler(key, false, run);
    }
}

fn temp_use(key: &'static str, temp: u32, case: usize, pos: Position) -> Expr {
    let state = i64::from(temp) | (case as i64) << 32;
    let custom = CustomExpr {
        inputs: Default::default(),
        tokens: [key.into()].into_iter().collect(),
        state: state.into(),
        scope_may_be_changed: false,
        self_terminated: false,
    };
    Expr::Custom(Box::new(custom), pos)
}

/// The temporary that an expression of ours uses, if it is one.
pub fn used(custom: &CustomExpr) -> Option<u32> {
    let is_ours = matches!(custom.tokens.first().map(|t| t.as_str()), Some(TAKE | PEEK | REFUSE | NOT_REFUSED));
    let state = custom.state.as_int().ok().filter(|_| is_ours)?;
    u32::try_from(state & TEMP).ok()
}

/// The temporary that an expression moves the value out of, if it does.
pub fn taken(expr: &Expr) -> Option<u32> {
    match expr {
        Expr::Custom(custom, _) if custom.tokens[0] == TAKE => used(custom),
        _ => None,
    }
}

/// The expression that moves the value out of a temporary.
pub fn take(temp: u32, pos: Position) -> Expr {
    temp_use(TAKE, temp, 0, pos)
}

/// The expression that copies the value of a temporary.
pub fn peek(temp: u32, pos: Position) -> Expr {
    temp_use(PEEK, temp, 0, pos)
}

/// The expression that notes the refusal of a case in the list in a temporary.
pub fn refuse(temp: u32, case: usize, pos: Position) -> Expr {
    temp_use(REFUSE, temp, case, pos)
}

/// The condition that a case is not in the list in a temporary.
pub fn not_refused(temp: u32, case: usize, pos: Position) -> Expr {
    temp_use(NOT_REFUSED, temp, case, pos)
}
