//! JSON.

use rhai::{Array, Dynamic, EvalAltResult, Map, NativeCallContext};
use serde_json::Value;

use super::functions;
use super::json::{self, Unread};
use super::values::{Fallible, article};
use crate::engine::errors::{error, kind};

functions! {
    /// The JSON of a value: maps, arrays, strings, numbers, bools and `()` (null). Throws "value" for anything else.
    ///
    /// ```
    /// assert(to_json(#{a: [1, 2.5, ()]}) == `{"a":[1,2.5,null]}`);
    /// ```
    ///
    /// asyncio: `json.dumps`; JavaScript: `JSON.stringify`; tokio: `serde_json::to_string`
    "to_json(value)" => |lib| {
        lib.engine.register_fn("to_json", |value: Dynamic| to_json(&value));
        lib.engine.register_fn("to_json", |value: Map| to_json(&value.into()));
    };

    /// The value of a JSON text. Integers that do not fit into 64 bits become floats. Throws "value" where it is not
    /// JSON, and says where.
    ///
    /// ```
    /// assert(from_json(`{"a": [1, null]}`) == #{a: [1, ()]});
    /// ```
    ///
    /// asyncio: `json.loads`; JavaScript: `JSON.parse`; tokio: `serde_json::from_str`
    "from_json(text)" => |lib| {
        lib.engine.register_fn("from_json", |context: NativeCallContext, text: &str| {
            json::read(text, &|| json::may_go_on(&context)).map_err(|why| match why {
                Unread::Wrong(why) => not_json(&why),
                Unread::Stopped(stop) => stop,
            })
        });
        // Rhai's own, which nothing could stop
        lib.engine.register_fn("parse_json", |context: NativeCallContext, text: &str| -> Fallible {
            json::read(text, &|| json::may_go_on(&context)).map_err(|why| match why {
                Unread::Wrong(why) => why.into(),
                Unread::Stopped(stop) => stop,
            })
        });
    };
}

/// How deep values may be nested.
const DEPTH: usize = 128;

fn to_json(value: &Dynamic) -> Fallible<String> {
    let value = json_of(value, 0)?;
    serde_json::to_string(&value).map_err(|e| error(kind::VALUE, e.to_string()))
}

/// A value as JSON.
///
/// # Errors
/// Kind "value" for what JSON can't hold, "limit" for nesting that is too deep.
pub(super) fn json_of(value: &Dynamic, depth: usize) -> Fallible<Value> {
    if depth > DEPTH {
        return Err(error(kind::LIMIT, format!("this value is nested more than {DEPTH} deep")));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(|v| json_of(v, depth + 1)).collect::<Result<Vec<_>, _>>().map(Value::Array);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let entries = map.iter().map(|(k, v)| Ok((k.to_string(), json_of(v, depth + 1)?)));
        return entries.collect::<Result<serde_json::Map<_, _>, _>>().map(Value::Object);
    }
    let value = value.flatten_clone();
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(b) = value.as_bool() {
        return Ok(b.into());
    }
    if let Ok(n) = value.as_int() {
        return Ok(n.into());
    }
    if let Ok(x) = value.as_float() {
        return serde_json::Number::from_f64(x)
            .map(Value::Number)
            .ok_or_else(|| error(kind::VALUE, format!("JSON has no number {x}")));
    }
    match value.is_string() || value.is_char() {
        true => Ok(value.to_string().into()),
        false => Err(error(kind::VALUE, format!("JSON can't hold {}", article(value.type_name())))),
    }
}

/// The value of a JSON text.
///
/// # Errors
/// Kind "value" where it is not JSON.
pub(super) fn from_json(text: &str) -> Fallible {
    json::read(text, &|| Ok(())).map_err(|why| match why {
        Unread::Wrong(why) => not_json(&why),
        Unread::Stopped(stop) => stop,
    })
}

fn not_json(why: &str) -> Box<EvalAltResult> {
    error(kind::VALUE, format!("this is not JSON: {why}"))
}

/// A JSON value as one of Rhai's.
pub(super) fn dynamic_of(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(b) => b.into(),
        Value::Number(n) => n.as_i64().map_or_else(|| n.as_f64().unwrap_or(f64::NAN).into(), Into::into),
        Value::String(s) => s.into(),
        Value::Array(list) => list.into_iter().map(dynamic_of).collect::<Array>().into(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k.into(), dynamic_of(v))).collect::<Map>().into(),
    }
}
