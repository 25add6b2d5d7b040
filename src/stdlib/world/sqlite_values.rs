//! Values of scripts as SQLite's, and back.

use rhai::{Array, Blob, Dynamic, Map};

use super::super::values::{Fallible, article};
use crate::engine::errors::{error, kind};
use crate::system::sqlite::{Params, Rows, Value};

/// The parameters of a statement.
///
/// # Errors
/// Kind "value" for what is neither an array nor a map, and for values that SQLite can't hold.
pub(super) fn params(value: &Dynamic) -> Fallible<Params> {
    if let Some(list) = value.read_lock::<Array>() {
        let values = list.iter().enumerate().map(|(i, v)| to_sql(v, || format!("parameter {}", i + 1)));
        return values.collect::<Fallible<_>>().map(Params::List);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let values = map.iter().map(|(name, v)| Ok((name.to_string(), to_sql(v, || format!("parameter :{name}"))?)));
        return values.collect::<Fallible<_>>().map(Params::Named);
    }
    let given = article(value.type_name());
    Err(error(
        kind::VALUE,
        format!("the parameters of a statement are an array, or a map for :names, and this is {given}"),
    ))
}

fn to_sql(value: &Dynamic, what: impl Fn() -> String) -> Fallible<Value> {
    if let Some(blob) = value.read_lock::<Blob>() {
        return Ok(Value::Blob(blob.clone()));
    }
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(n) = value.as_int() {
        return Ok(Value::Integer(n));
    }
    if let Ok(x) = value.as_float() {
        return Ok(Value::Real(x));
    }
    if let Ok(b) = value.as_bool() {
        return Ok(Value::Integer(b.into()));
    }
    match value.is_string() || value.is_char() {
        true => Ok(Value::Text(value.to_string())),
        false => {
            let given = article(value.type_name());
            let message = format!("{} is {given}, which SQLite can't hold: to_json makes a string of it", what());
            Err(error(kind::VALUE, message))
        }
    }
}

/// An array of maps.
pub(super) fn rows(found: Rows) -> Dynamic {
    let Rows { columns, rows } = found;
    let map_of = |values: Vec<Value>| -> Dynamic {
        columns.iter().zip(values).map(|(name, value)| (name.as_str().into(), from_sql(value))).collect::<Map>().into()
    };
    rows.into_iter().map(map_of).collect::<Array>().into()
}

fn from_sql(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Integer(n) => n.into(),
        Value::Real(x) => x.into(),
        Value::Text(text) => text.into(),
        Value::Blob(blob) => Dynamic::from_blob(blob),
    }
}
