//! JSON.

use rhai::{Array, Dynamic, EvalAltResult, Map, NativeCallContext};
use serde_json::Value;

use super::functions;
use super::json::{self, Unread};
use super::patience::may_go_on;
use super::values::Fallible;
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
        lib.engine.register_fn("to_json", |context: NativeCallContext, value: Dynamic| {
            json::write(&value, &|| may_go_on(&context))
        });
        lib.engine.register_fn("to_json", |context: NativeCallContext, value: Map| {
            json::write(&value.into(), &|| may_go_on(&context))
        });
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
            json::read(text, &|| may_go_on(&context)).map_err(|why| match why {
                Unread::Wrong(why) => not_json(&why),
                Unread::Stopped(stop) => stop,
            })
        });
        // Rhai's own, which nothing could stop
        lib.engine.register_fn("parse_json", |context: NativeCallContext, text: &str| -> Fallible {
            json::read(text, &|| may_go_on(&context)).map_err(|why| match why {
                Unread::Wrong(why) => why.into(),
                Unread::Stopped(stop) => stop,
            })
        });
    };
}

/// The JSON of a value.
///
/// # Errors
/// Kind "value" for what JSON can't hold, "limit" for nesting that is too deep.
pub(super) fn to_json(value: &Dynamic) -> Fallible<String> {
    json::write(value, &|| Ok(()))
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
