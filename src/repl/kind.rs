//! What the expression before a dot is, as far as its text tells: for completion.

use super::backend::{Function, Names, Shape};
use super::scan::{Kind, Scan, scan};

/// The shape of the value of the expression at the end of `source`; none if that cannot be told.
pub fn of_expression(source: &str, names: &Names) -> Option<Shape> {
    let scan = scan(source);
    let end = scan.tokens.len();
    Reader { source, scan: &scan, names }.before(end)
}

/// The methods and properties of a type, the library's before Rhai's.
pub fn members<'a>(type_name: &'a str, names: &'a Names) -> impl Iterator<Item = &'a Function> {
    let fits = move |f: &&Function| {
        let receiver = f.receiver.as_deref();
        receiver == Some(type_name) || (receiver == Some("stream") && names.streams.iter().any(|s| s == type_name))
    };
    names.functions.iter().chain(names.methods.iter()).filter(fits)
}

struct Reader<'a> {
    source: &'a str,
    scan: &'a Scan,
    names: &'a Names,
}

impl Reader<'_> {
    fn text(&self, token: usize) -> &str {
        self.scan.tokens.get(token).map_or("", |t| &self.source[t.span.clone()])
    }

    fn kind(&self, token: usize) -> Option<Kind> {
        self.scan.tokens.get(token).map(|t| t.kind)
    }

    fn opener(&self, close: usize) -> Option<usize> {
        self.scan.opener(close)
    }

    /// The shape of the expression that ends before token `end`.
    fn before(&self, end: usize) -> Option<Shape> {
        let last = end.checked_sub(1)?;
        match self.kind(last)? {
            Kind::Name => self.name(last),
            Kind::Text => Some(named("string")),
            Kind::Close => {
                let open = self.opener(last)?;
                let follows = open.checked_sub(1).and_then(|at| self.kind(at));
                let continues = matches!(follows, Some(Kind::Name | Kind::Close));
                match self.text(open) {
                    "(" if continues => self.call(open - 1),
                    // `(await f())` is what the call gives; without the word it is not there yet
                    "(" if self.text(open + 1) == "await" => self.awaited(last),
                    "(" => self.before(last),
                    "[" if continues => self.item(open, last),
                    "[" => Some(named("array")),
                    "#{" => Some(named("map")),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What stands in a map under the key in these brackets; else the item of an array.
    fn item(&self, open: usize, close: usize) -> Option<Shape> {
        let object = self.before(open)?;
        let key = (close == open + 2).then(|| self.text(open + 1).trim_matches('"'));
        let of_map = object.keys.iter().find(|(name, _)| Some(&**name) == key).map(|(_, shape)| shape.clone());
        of_map.or_else(|| object.item.map(|item| *item))
    }

    /// A variable, or what is read from the value before the dot.
    fn name(&self, at: usize) -> Option<Shape> {
        let name = self.text(at);
        let Some(object) = self.object(at) else {
            return self.names.variables.iter().find(|v| v.name == name).map(|v| v.shape.clone());
        };
        let object = object?;
        let of_map = object.keys.iter().find(|(key, _)| key == name).map(|(_, shape)| shape.clone());
        of_map.or_else(|| self.given(members(&object.type_name, self.names), name))
    }

    /// The shape of what the call that ends before token `end` gives when it is awaited.
    fn awaited(&self, end: usize) -> Option<Shape> {
        let last = end.checked_sub(1)?;
        let name = self.opener(last).filter(|open| self.text(*open) == "(")?.checked_sub(1)?;
        self.value(name)
    }

    /// What the call of the function or method whose name stands there is: a future, if it has to be awaited.
    fn call(&self, at: usize) -> Option<Shape> {
        let (name, object) = (self.text(at), self.object(at));
        let is_there = match &object {
            None => true,
            Some(Some(object)) => members(&object.type_name, self.names).any(|f| f.name == name),
            Some(None) => false,
        };
        match is_there && crate::stdlib::is_awaitable(name, object.is_some()) {
            true => Some(named("future")),
            false => self.value(at),
        }
    }

    /// What the function or method whose name stands there gives in the end.
    fn value(&self, at: usize) -> Option<Shape> {
        let name = self.text(at);
        match self.object(at) {
            Some(object) => self.given(members(&object?.type_name, self.names), name),
            None => self.given(self.names.functions.iter().filter(|f| f.receiver.is_none()), name),
        }
    }

    fn given<'f>(&self, mut functions: impl Iterator<Item = &'f Function>, name: &str) -> Option<Shape> {
        functions.find(|f| f.name == name && !f.gives.is_empty()).map(|f| named(&f.gives))
    }

    /// What stands before the dot before a name; the outer none: there is no dot.
    fn object(&self, at: usize) -> Option<Option<Shape>> {
        let dot = at.checked_sub(1)?;
        matches!(self.text(dot), "." | "?.").then(|| self.before(dot))
    }
}

fn named(type_name: &str) -> Shape {
    Shape { type_name: type_name.to_owned(), ..Shape::default() }
}
