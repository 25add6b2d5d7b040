//! What a session has names for: variables, functions, and what modules bring.

use std::collections::HashSet;

use rhai::Dynamic;

use super::Session;

impl Session {
    /// The functions defined in the session, as `name(a, b)`.
    pub fn functions(&self) -> Vec<String> {
        self.namespace.functions()
    }

    /// Whether a function of this name is async.
    pub fn is_async(&self, name: &str) -> bool {
        self.interp.shared.has_async(name)
    }

    /// What the imported modules have: the module's name, and `name(a, b)` or the name of a variable.
    pub fn imported(&self) -> Vec<(String, String)> {
        self.interp.imported_by(&self.namespace)
    }

    /// The variables, from the oldest to the newest. Their values are not copied, as they may be large.
    pub fn variables(&self) -> Vec<(&str, &Dynamic)> {
        let mut seen = HashSet::new();
        let newest = self.scope.iter_raw().filter(|(name, ..)| seen.insert(*name));
        let mut list: Vec<(&str, &Dynamic)> = newest.map(|(name, _, value)| (name, value)).collect();
        list.reverse();
        list
    }

    /// The names of the variables.
    pub(super) fn variable_names(&self) -> Vec<String> {
        self.variables().into_iter().map(|(name, _)| name.to_string()).collect()
    }

    /// Sets a variable, as `it` is set by the prompt.
    pub fn set_variable(&mut self, name: &str, value: Dynamic) {
        self.scope.set_or_push(name, value);
    }
}
