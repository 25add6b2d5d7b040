//! Plain data: values that can go to another thread and come back.

use crate::lang::touch::is_held;
use rhai::{Array, Blob, Dynamic, Map};

/// A value without handles and functions.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(String),
    Blob(Vec<u8>),
    Array(Vec<Plain>),
    Map(Vec<(String, Plain)>),
}

impl Plain {
    /// A copy of a value.
    ///
    /// # Errors
    /// The name of the type that is not plain.
    pub fn copy(value: &Dynamic) -> Result<Self, String> {
        if is_held(value) {
            return Err("value in use".to_string());
        }
        if let Some(list) = value.read_lock::<Array>() {
            return list.iter().map(Self::copy).collect::<Result<_, _>>().map(Self::Array);
        }
        if let Some(map) = value.read_lock::<Map>() {
            let entries = map.iter().map(|(key, value)| Ok((key.to_string(), Self::copy(value)?)));
            return entries.collect::<Result<_, _>>().map(Self::Map);
        }
        if let Some(blob) = value.read_lock::<Blob>() {
            return Ok(Self::Blob(blob.to_vec()));
        }
        if let Ok(text) = value.clone().into_immutable_string() {
            return Ok(Self::Text(text.to_string()));
        }
        let simple = [
            value.is_unit().then_some(Self::Unit),
            value.as_bool().ok().map(Self::Bool),
            value.as_int().ok().map(Self::Int),
            value.as_float().ok().map(Self::Float),
            value.as_char().ok().map(Self::Char),
        ];
        simple.into_iter().flatten().next().ok_or_else(|| super::values::article(value.type_name()))
    }

    /// The value again.
    pub fn into_value(self) -> Dynamic {
        match self {
            Self::Unit => Dynamic::UNIT,
            Self::Bool(b) => b.into(),
            Self::Int(n) => n.into(),
            Self::Float(x) => x.into(),
            Self::Char(c) => c.into(),
            Self::Text(text) => text.into(),
            Self::Blob(bytes) => Dynamic::from_blob(bytes),
            Self::Array(list) => Dynamic::from_array(list.into_iter().map(Self::into_value).collect()),
            Self::Map(entries) => {
                let map: Map = entries.into_iter().map(|(key, value)| (key.into(), value.into_value())).collect();
                Dynamic::from_map(map)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_comes_back_as_it_was() {
        let engine = rhai::Engine::new();
        let value: Dynamic = engine
            .eval(r#"[(), true, -3, 2.5, 'x', "text", blob(2, 7), [1, [2]], #{a: 1, b: #{c: "d"}}]"#)
            .expect("it is a script");
        let plain = Plain::copy(&value).expect("it is plain");
        assert_eq!(format!("{:?}", plain.into_value()), format!("{value:?}"));
    }

    #[test]
    fn a_function_is_not_plain_wherever_it_is() {
        let engine = rhai::Engine::new();
        for script in ["Fn(\"f\")", "[1, |x| x]", "#{a: [|| 1]}"] {
            let value: Dynamic = engine.eval(script).expect("it is a script");
            assert_eq!(Plain::copy(&value), Err("a function".to_string()), "{script}");
        }
    }
}
