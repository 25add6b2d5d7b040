//! What a generated program can name at a point of it.

use super::dice::Dice;

/// The types of generated variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Int,
    Bool,
    Str,
    Array,
    Map,
}

pub const TYPES: [Type; 5] = [Type::Int, Type::Bool, Type::Str, Type::Array, Type::Map];

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    ty: Type,
    constant: bool,
}

/// A closure of one parameter.
#[derive(Clone, Debug)]
pub struct Closure {
    pub name: String,
    /// Whether it is async where the program awaits.
    pub marked: bool,
}

/// The names in force, and what may stand here.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    variables: Vec<Variable>,
    pub closures: Vec<Closure>,
    /// How many of the functions `f0`, `f1` ... may be called, and with how many arguments.
    pub functions: Vec<usize>,
    pub in_loop: bool,
    pub in_catch: bool,
    /// In plain code: no awaits.
    pub plain: bool,
}

impl Scope {
    /// A scope that knows nothing but functions, of so many parameters each.
    pub fn with_functions(arities: &[usize]) -> Self {
        Self { functions: arities.to_vec(), ..Self::default() }
    }

    pub fn declare(&mut self, name: &str, ty: Type, constant: bool) {
        self.variables.push(Variable { name: name.to_string(), ty, constant });
    }

    /// The variables of a type, the newest of each name.
    fn visible(&self, ty: Type, writable: bool) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        let newest = self.variables.iter().rev().filter(|v| seen.insert(v.name.as_str()));
        newest.filter(|v| v.ty == ty && !(writable && v.constant)).map(|v| v.name.as_str()).collect()
    }

    /// A variable of this type, to be read or (`writable`) changed.
    pub fn any(&self, dice: &mut Dice, ty: Type, writable: bool) -> Option<String> {
        let names = self.visible(ty, writable);
        (!names.is_empty()).then(|| dice.pick(&names).to_string())
    }

    /// A scope for a plain function or closure in this one.
    pub fn for_closure(&self, marked: bool) -> Self {
        Self { in_loop: false, in_catch: false, plain: !marked, ..self.clone() }
    }
}
