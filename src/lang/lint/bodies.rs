//! The bodies of a program, each with what it does in order, and what is known of all of them together.

use std::collections::{HashMap, HashSet};

use rhai::{AST, ASTNode, Expr, ImmutableString, Position, Stmt};

use crate::lang::Program;
use crate::lang::query::{Awaits, is_async, see, spot};
use crate::lang::rewrite::{Mark, Spot};
use crate::source::Place;

use super::flow::{Call, Closure, Event, Function, Walk};

/// Where a body stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The top level, an async function, closure or block: others may run at its awaits.
    Async,
    /// A plain function or closure.
    Plain,
}

/// A body, and what it does in order.
pub struct Body {
    pub kind: Kind,
    pub events: Vec<Event>,
    /// The variables that it shares with others: captured by it, or by what it makes.
    pub shared: HashSet<ImmutableString>,
    /// The receiver of the call that it is passed to, and its name: `db`, `with`.
    pub passed_to: Option<(String, ImmutableString)>,
    /// The plain function that it is the body of, or a statement of.
    pub function: Option<Function>,
    /// Whether it is the top level.
    pub is_top: bool,
}

/// All bodies of a program.
pub struct Bodies<'a> {
    pub list: Vec<Body>,
    /// The names of the program's async functions.
    asyncs: HashSet<String>,
    /// The variables that hold a `condition`.
    conditions: HashSet<ImmutableString>,
    /// Those that hold a `semaphore`.
    pub semaphores: HashSet<ImmutableString>,
    /// Those that hold a `lock`.
    locks: HashSet<ImmutableString>,
    /// The plain functions that call `blocking_sleep`, or others that do, and where that is.
    pub blocking: HashMap<Function, Position>,
    is_awaitable: &'a dyn Fn(&str, bool) -> bool,
    /// The variables that there are before the program runs.
    outer: &'a [String],
}

impl<'a> Bodies<'a> {
    /// Puts all bodies of a program in order.
    pub fn of(program: &Program, is_awaitable: &'a dyn Fn(&str, bool) -> bool, outer: &'a [String]) -> Self {
        let asyncs = program.marks.values().filter_map(|m| m.name.clone()).collect();
        let mut bodies = Self {
            list: Vec::new(),
            asyncs,
            conditions: HashSet::new(),
            semaphores: HashSet::new(),
            locks: HashSet::new(),
            blocking: HashMap::new(),
            is_awaitable,
            outer,
        };
        bodies.add_top(&program.ast, &program.awaits);
        bodies.add_plain(program);
        let found = bodies.add_async(program);
        bodies.connect(program, found);
        bodies.conditions = bodies.names_set_by("condition");
        bodies.semaphores = bodies.names_set_by("semaphore");
        bodies.locks = bodies.names_set_by("lock");
        bodies.find_blocking();
        bodies
    }

    /// Whether a call gives something that must be awaited; and whether it is the program's own function.
    pub fn awaitable(&self, name: &str, method: bool) -> Option<bool> {
        match self.asyncs.contains(name) {
            true => Some(true),
            false => (self.is_awaitable)(name, method).then_some(false),
        }
    }

    /// Whether a call waits for a condition, which gives its lock back meanwhile. What has its value from elsewhere, as a
    /// parameter, may be one.
    pub fn is_condition_wait(&self, call: &Call) -> bool {
        let Some(on) = call.receiver.as_deref() else { return false };
        let made_here = || self.events().any(|e| matches!(e, Event::Set { name, .. } if name == on));
        match call.name.as_str() {
            "wait_for" => true,
            "wait" => self.conditions.contains(on) || !made_here(),
            _ => false,
        }
    }

    /// Whether nothing in the program can release this lock or semaphore: it is made here, and nobody releases it, nor
    /// gets it by another name; or nobody releases any.
    pub fn is_never_released(&self, lock: &str) -> bool {
        let is_made = |name: &str| self.locks.contains(name) || self.semaphores.contains(name);
        let released = |e: &Event| matches!(e, Event::Call(call) if call.name == "release");
        let this_released =
            |e: &Event| released(e) && matches!(e, Event::Call(c) if c.receiver.as_deref() == Some(lock));
        match self.events().any(released) {
            true => is_made(lock) && !self.events().any(this_released) && !self.is_handed_on(lock),
            false => !(self.locks.is_empty() && self.semaphores.is_empty()),
        }
    }

    /// Whether a variable is read for anything but to call its methods, or to make a condition of it.
    fn is_handed_on(&self, name: &str) -> bool {
        self.list.iter().any(|body| {
            let is_read = |e: &&Event| matches!(e, Event::Read(n) if n == name);
            let is_called = |e: &&Event| matches!(e, Event::Call(c) if c.receiver.as_deref() == Some(name));
            let is_condition =
                |pair: &&[Event]| is_read(&&pair[0]) && matches!(&pair[1], Event::Call(c) if c.name == "condition");
            let of_methods = body.events.iter().filter(is_called).count();
            let of_conditions = body.events.windows(2).filter(is_condition).count();
            body.events.iter().filter(is_read).count() > of_methods + of_conditions
        })
    }

    /// Whether there is a variable of this name somewhere.
    pub fn is_variable(&self, name: &str) -> bool {
        let is_it = |e: &Event| match e {
            Event::Read(n) | Event::Set { name: n, .. } => n == name,
            Event::Loop(names) => names.iter().any(|n| n == name),
            _ => false,
        };
        self.outer.iter().any(|n| n == name) || self.events().any(is_it)
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.list.iter().flat_map(|body| &body.events)
    }

    fn add(&mut self, kind: Kind, events: Vec<Event>) {
        let captured = events.iter().filter_map(closure_of).flat_map(|c| c.captured.iter().cloned());
        let shared = captured.collect();
        self.list.push(Body { kind, events, shared, passed_to: None, function: None, is_top: false });
    }

    fn add_top(&mut self, ast: &AST, awaits: &Awaits) {
        let mut walk = Walk::new(awaits);
        walk.stmts(ast.statements(), false);
        self.add(Kind::Async, walk.events);
        self.list.last_mut().into_iter().for_each(|body| body.is_top = true);
    }

    /// The statements of plain functions; each is taken for a body of its own.
    fn add_plain(&mut self, program: &Program) {
        let functions: HashSet<Function> =
            program.ast.iter_functions().map(|f| (f.name.into(), f.params.len())).collect();
        let mut functions: Vec<Function> = functions.into_iter().collect();
        functions.sort_unstable();
        for function in functions {
            let mut alone = program.ast.clone_functions_only();
            alone.retain_functions(|_, _, name, parameters| name == function.0 && parameters == function.1);
            self.add_function(program, &alone, &function);
        }
    }

    fn add_function(&mut self, program: &Program, ast: &AST, function: &Function) {
        let mut statements: Vec<Stmt> = Vec::new();
        ast.walk(&mut |path: &[ASTNode]| {
            if let [ASTNode::Stmt(stmt)] = path {
                statements.push((*stmt).clone());
            }
            true
        });
        for stmt in statements {
            let async_body = matches!(&stmt, Stmt::Expr(e) if is_async(&ASTNode::Expr(e)) && is_marked(program, e));
            if !async_body {
                let mut walk = Walk::new(&program.awaits);
                walk.stmt(&stmt, !ends_with_semicolon(program, stmt.position()));
                self.add(Kind::Plain, walk.events);
                self.list.last_mut().into_iter().for_each(|body| body.function = Some(function.clone()));
            }
        }
    }

    /// Goes from those who call `blocking_sleep` to those who call them.
    fn find_blocking(&mut self) {
        loop {
            let found = self.list.iter().find_map(|body| {
                let function = body.function.as_ref().filter(|function| !self.blocking.contains_key(*function))?;
                Some((function.clone(), self.first_blocking(body)?))
            });
            let Some((function, pos)) = found else { return };
            self.blocking.insert(function, pos);
        }
    }

    /// Where a body blocks the loop.
    fn first_blocking(&self, body: &Body) -> Option<Position> {
        body.events.iter().find_map(|event| match event {
            Event::Call(call) if call.name == "blocking_sleep" => Some(call.pos),
            Event::Call(call) => self.blocking.get(&call.function()?).copied(),
            _ => None,
        })
    }

    /// The bodies of async functions, closures and blocks; gives where each stands, and what a block captures.
    fn add_async(&mut self, program: &Program) -> Vec<(usize, Position)> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let mut on_node = |path: &[ASTNode]| {
            if let Some(node @ ASTNode::Expr(Expr::Custom(custom, pos))) = path.last()
                && is_async(node)
                && seen.insert(spot(*pos))
            {
                let mut walk = Walk::new(&program.awaits);
                match &custom.inputs[0] {
                    Expr::Stmt(block) => {
                        let last = block.statements().last().map(Stmt::position);
                        let used = last.is_none_or(|pos| !ends_with_semicolon(program, pos));
                        walk.stmts(block.statements(), used);
                    }
                    expr => walk.expr(expr),
                }
                self.add(Kind::Async, walk.events);
                found.push((self.list.len() - 1, *pos));
            }
            true
        };
        program.ast.walk(&mut |path: &[ASTNode]| see(path, &mut on_node));
        found
    }

    /// Tells each async body what it captures, and to whom it is passed.
    fn connect(&mut self, program: &Program, found: Vec<(usize, Position)>) {
        let closures: Vec<Closure> =
            self.list.iter().flat_map(|b| b.events.iter().filter_map(closure_of).cloned()).collect();
        let at: HashMap<Spot, &Closure> = closures.iter().map(|c| (spot(c.pos), c)).collect();
        for (index, pos) in found {
            let here = spot(pos);
            let closure = match program.marks.get(&here) {
                Some(Mark { name: Some(_), .. }) => None,
                // the mark stands behind the closure's parameters
                Some(_) => closures.iter().filter(|c| spot(c.pos) < here).max_by_key(|c| spot(c.pos)),
                None => at.get(&here).copied(),
            };
            let Some(closure) = closure else { continue };
            let body = &mut self.list[index];
            body.shared.extend(closure.captured.iter().cloned());
            body.passed_to =
                closure.passed_to.as_ref().map(|c| (c.receiver.clone().unwrap_or_default(), c.name.clone()));
        }
    }

    /// The variables that are made by a call of this function.
    fn names_set_by(&self, function: &str) -> HashSet<ImmutableString> {
        let mut names = HashSet::new();
        for body in &self.list {
            for (i, event) in body.events.iter().enumerate() {
                if let Event::Set { name, from, .. } = event {
                    let calls = |e: &Event| matches!(e, Event::Call(c) if c.name == function);
                    if body.events[*from..i].iter().any(calls) {
                        names.insert(name.clone());
                    }
                }
            }
        }
        names
    }
}

fn closure_of(event: &Event) -> Option<&Closure> {
    match event {
        Event::Closure(closure) => Some(closure),
        _ => None,
    }
}

/// Whether it is the body of an async function or closure, not a block.
fn is_marked(program: &Program, expr: &Expr) -> bool {
    matches!(expr, Expr::Custom(_, pos) if program.marks.contains_key(&spot(*pos)))
}

/// Whether a `;` stands behind the call that begins here; Rhai's tree does not tell.
fn ends_with_semicolon(program: &Program, pos: Position) -> bool {
    let place = Place::of(&program.source, pos);
    let line = program.source.line(place.line);
    let rest: String = line.chars().skip(place.column.saturating_sub(1) + place.len).collect();
    rest.trim_start().starts_with(';')
}
