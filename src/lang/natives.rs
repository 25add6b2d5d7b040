//! The functions of Rhai's own packages, as help and completion know them.

use rhai::Engine;

/// The comment of a function that is not to be offered to anybody.
pub const UNLISTED: &str = "/// unlisted";

/// A function, method or property that is written in Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    pub name: String,
    /// It is read without parentheses.
    pub is_property: bool,
    /// Names and types of the parameters; a type that can be any is empty.
    pub parameters: Vec<(String, String)>,
    /// The type of its value; empty if it can be any.
    pub gives: String,
    /// Its doc comment, without the marks.
    pub doc: String,
}

impl Native {
    /// The type of its first parameter, and how it is called on a value of that, if it can be.
    pub fn as_member(&self) -> Option<(&str, String)> {
        let (_, receiver) = self.parameters.first().filter(|(_, kind)| !kind.is_empty())?;
        let names: Vec<&str> = self.parameters[1..].iter().map(|(name, _)| name.as_str()).collect();
        let signature = match self.is_property {
            true => format!("{receiver}.{}", self.name),
            false => format!("{receiver}.{}({})", self.name, names.join(", ")),
        };
        Some((receiver, signature))
    }
}

/// All that the engine has, sorted by name.
pub fn all(engine: &Engine) -> Vec<Native> {
    let mut found = engine.collect_fn_metadata(None, |info| native(info.metadata), true);
    found.sort_by(|a, b| (&a.name, &a.parameters).cmp(&(&b.name, &b.parameters)));
    found
}

/// The types that have a method of this name without arguments, as scripts call them.
pub fn types_with(engine: &Engine, method: &str) -> Vec<String> {
    let receiver = |meta: &rhai::FuncMetadata| {
        let [of] = meta.params_info.as_slice() else { return None };
        let rust = of.split_once(':').map_or(of.as_str(), |(_, kind)| kind).trim().trim_start_matches("&mut ");
        let is_it = meta.name == method && !is_unlisted(meta);
        is_it.then(|| engine.map_type_name(rust).to_string())
    };
    engine.collect_fn_metadata(None, |info| receiver(info.metadata), true)
}

fn is_unlisted(meta: &rhai::FuncMetadata) -> bool {
    meta.comments.iter().any(|text| text.as_str() == UNLISTED)
}

fn native(meta: &rhai::FuncMetadata) -> Option<Native> {
    let (name, is_property) = match meta.name.strip_prefix("get$") {
        Some(property) => (property, true),
        None => (meta.name.as_str(), false),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains('$');
    if !is_name || is_unlisted(meta) || name.starts_with("loopscope_") {
        return None;
    }
    let parameter = |text: &str| {
        let (name, kind) = text.split_once(':').unwrap_or((text, ""));
        (name.trim().trim_start_matches("mut ").to_string(), type_name(kind))
    };
    let mut parameters: Vec<(String, String)> = meta.params_info.iter().map(|text| parameter(text)).collect();
    parameters.resize(meta.num_params, ("_".to_string(), String::new()));
    let marks = |line: &str| line.trim_start().trim_start_matches('/').to_string();
    let doc: Vec<String> = meta.comments.iter().flat_map(|text| text.lines().map(marks)).collect();
    Some(Native {
        name: name.to_string(),
        is_property,
        parameters,
        gives: type_name(&meta.return_type),
        doc: doc.join("\n"),
    })
}

/// A type as scripts call it, from its name in Rust.
fn type_name(rust: &str) -> String {
    let bare = rust.trim().trim_start_matches("&mut ").trim_start_matches('&').trim();
    let bare = bare.strip_prefix("RhaiResultOf<").and_then(|t| t.strip_suffix('>')).unwrap_or(bare);
    let bare = bare.strip_prefix("Result<").and_then(|t| t.split(',').next()).unwrap_or(bare);
    match bare.rsplit("::").next().unwrap_or(bare) {
        "Array" => "array",
        "Map" => "map",
        "Blob" => "blob",
        "str" | "String" | "ImmutableString" | "SmartString" => "string",
        "INT" | "i64" => "i64",
        "FLOAT" | "f64" => "f64",
        "bool" => "bool",
        "char" => "char",
        "FnPtr" => "Fn",
        "ExclusiveRange" => "range",
        "InclusiveRange" => "range=",
        "Instant" => "timestamp",
        _ => "",
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_with_types_and_documentation() {
        let list = all(&Engine::new());
        let push = list.iter().find(|f| f.name == "push" && f.parameters[0].1 == "array").expect("push");
        assert!(push.doc.contains("Add") && !push.is_property, "{push:?}");
        let upper = list.iter().find(|f| f.name == "to_upper" && f.parameters[0].1 == "string").expect("to_upper");
        assert_eq!(upper.gives, "string");
        assert!(list.iter().any(|f| f.name == "len" && f.is_property && f.parameters[0].1 == "array"));
    }
}
