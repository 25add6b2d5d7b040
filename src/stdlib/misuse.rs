//! Calls of functions of the library with arguments that they do not take: an error that tells what they do take.
//!
//! Rhai finds a function by the types of all its arguments, and says of a call that fits none that there is no such
//! function; a `catch` could not tell that from a name misspelt. So each name has functions that take anything, which
//! are found only where no other is.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::rc::Rc;

use rhai::{Dynamic, Engine, EvalAltResult, FuncRegistration, Module, NativeCallContext, Position, RhaiFunc};

use super::{Function, all};
use crate::engine::errors::{article, error, kind};
use crate::lang::natives::UNLISTED;

/// So many arguments more than a function takes are told of.
const TOO_MANY: usize = 2;

/// Registers them. To be done before anything else is registered: modules are searched from the newest on, and what
/// Rhai has of these names, for any type, comes first.
pub fn install(engine: &mut Engine) {
    let mut most: BTreeMap<&str, usize> = BTreeMap::new();
    for function in all().map(|(_, f)| f).filter(|f| f.parameters().is_some()) {
        let count = function.parameters().unwrap_or_default() + usize::from(function.object().is_some());
        let known = most.entry(function.name()).or_default();
        *known = count.max(*known);
    }
    let refuse = RhaiFunc::Method {
        func: Rc::new(|context, args| match context {
            Some(context) => Err(refusal(&context, args)),
            None => Ok(Dynamic::UNIT), // it is always given
        }),
        has_context: true,
        is_pure: true,
        is_volatile: false,
    };
    let mut module = Module::new();
    for (name, most) in most {
        for count in 0..=most + TOO_MANY {
            let types = vec![TypeId::of::<Dynamic>(); count];
            FuncRegistration::new(name).with_comments([UNLISTED]).set_into_module_raw(
                &mut module,
                types,
                refuse.clone(),
            );
        }
    }
    engine.register_global_module(module.into());
}

/// The error of a call that fits nothing. If the name is that of a method of something else, or the script has a
/// function of this name, there just is no such function.
fn refusal(context: &NativeCallContext, args: &[&mut Dynamic]) -> Box<EvalAltResult> {
    let name = context.fn_name();
    let type_of = |value: &Dynamic| context.engine().map_type_name(value.type_name()).to_string();
    let types: Vec<String> = args.iter().map(|value| type_of(value)).collect();
    let is_of = |f: &Function| match f.object() {
        None => true,
        object => object == types.first().map(String::as_str),
    };
    let meant: Vec<&Function> = all().map(|(_, f)| f).filter(|f| f.name() == name && is_of(f)).collect();
    let is_own =
        || context.iter_namespaces().any(|module| module.iter_script_fn_info().any(|(.., own)| own.name == name));
    let Some(first) = meant.first().filter(|_| !is_own()) else {
        let call = format!("{name} ({})", types.join(", "));
        return Box::new(EvalAltResult::ErrorFunctionNotFound(call, Position::NONE));
    };
    let given: Vec<String> = types.iter().skip(usize::from(first.object().is_some())).map(|t| article(t)).collect();
    let given = match given.is_empty() {
        true => "without arguments".to_string(),
        false => format!("with {}", given.join(" and ")),
    };
    let takes: Vec<String> = meant.iter().map(|f| format!("`{}`", f.signature)).collect();
    error(kind::VALUE, format!("{} can't be called {given}", takes.join(" or ")))
}

impl Function {
    /// How many arguments it takes at most; none if it is a property.
    fn parameters(&self) -> Option<usize> {
        let list = self.signature.split_once('(')?.1.strip_suffix(')')?;
        Some(if list.is_empty() { 0 } else { list.matches(',').count() + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Engine {
        let mut engine = Engine::new_raw();
        install(&mut engine);
        engine.register_fn("sleep", |seconds: i64| seconds);
        engine
    }

    fn error_of(script: &str) -> String {
        engine().run(script).map_or_else(|e| e.to_string(), |()| String::new())
    }

    #[test]
    fn what_a_function_takes_is_said() {
        let given = error_of("sleep(true, 1)");
        assert!(given.contains("`sleep(s)` can't be called with a bool and an integer"), "{given}");
        assert!(given.contains("\"error\": \"value\""), "{given}");
        assert!(error_of("timeout()").contains("`timeout(s, x)` can't be called without arguments"));
    }

    #[test]
    fn what_fits_is_called_and_what_is_another_s_is_not_there() {
        assert_eq!(error_of("sleep(1)"), "");
        assert!(error_of("1.put(2)").starts_with("Function not found: put (i64, i64)"));
        assert!(error_of("fn sleep(a, b) { a } sleep()").starts_with("Function not found: sleep ()"));
    }

    #[test]
    fn it_is_not_listed() {
        assert!(crate::lang::natives::all(&engine()).iter().all(|f| f.name != "timeout"));
    }
}
