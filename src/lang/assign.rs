//! Statements that put what an await has given into a variable, without Rhai: `let v = await …`, `v = await …`,
//! `n += await …`.
//!
//! They are the most frequent statements of asynchronous code, and for Rhai each is a block to enter, two lookups and a
//! block to leave. Whatever is not the plain case (captured or constant variables, operators on other things than
//! integers, overflow, …) is Rhai's, errors included: whether it is plain is known before anything has been changed.

use rhai::{Dynamic, Engine, Expr, ImmutableString, Scope, Stmt, Token};

use super::temps;

/// Such a statement.
#[derive(Debug)]
pub struct Assign {
    /// As Rhai evaluates it.
    pub full: Expr,
    name: ImmutableString,
    how: How,
    /// The temporary that holds the value.
    from: u32,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// Declares the variable.
    Let,
    Set,
    /// Changes the integer that it holds; none if the result is none.
    Change(fn(i64, i64) -> Option<i64>),
}

impl Assign {
    /// The statement, if it is of that kind; `full` is what evaluates it.
    pub fn of(stmt: &Stmt, full: &Expr) -> Option<Self> {
        let (name, how, value) = match stmt {
            // the number is that of the variable which it declares anew
            Stmt::Var(x, flags, _) if flags.is_empty() && x.2.is_none() => (&x.0.name, How::Let, &x.1),
            Stmt::Assignment(x) => {
                let (op, sides) = &**x;
                let Expr::Variable(var, ..) = &sides.lhs else { return None };
                let how = op.get_op_assignment_info().map_or(Some(How::Set), |info| change(info.2).map(How::Change))?;
                if !var.2.is_empty() {
                    return None;
                }
                (&var.1, how, &sides.rhs)
            }
            _ => return None,
        };
        Some(Self { full: full.clone(), name: name.clone(), how, from: temps::taken(value)? })
    }

    /// Does it, if it is plain.
    #[inline]
    pub(super) fn try_run(&self, engine: &Engine, scope: &mut Scope<'static>, temps: &mut [Dynamic]) -> bool {
        let value = &mut temps[self.from as usize];
        if value.is_read_only() {
            return false;
        }
        match self.how {
            How::Let => {
                if scope.len() >= engine.max_variables() {
                    return false;
                }
                scope.push_dynamic(self.name.as_str(), std::mem::take(value).flatten());
            }
            How::Set => match variable(scope, &self.name) {
                Some(slot) => *slot = std::mem::take(value).flatten(),
                None => return false,
            },
            How::Change(change) => {
                let slot = variable(scope, &self.name);
                let result = slot.as_ref().and_then(|slot| change(slot.as_int().ok()?, value.as_int().ok()?));
                match (slot, result) {
                    (Some(slot), Some(result)) => *slot = result.into(),
                    _ => return false,
                }
                *value = Dynamic::UNIT;
            }
        }
        true
    }
}

/// The variable, to be changed, if it is neither constant nor captured.
#[inline]
fn variable<'s>(scope: &'s mut Scope<'static>, name: &str) -> Option<&'s mut Dynamic> {
    scope.get_mut(name).filter(|value| !value.is_shared())
}

fn change(op: &Token) -> Option<fn(i64, i64) -> Option<i64>> {
    match op {
        Token::PlusAssign => Some(i64::checked_add),
        Token::MinusAssign => Some(i64::checked_sub),
        Token::MultiplyAssign => Some(i64::checked_mul),
        _ => None,
    }
}
