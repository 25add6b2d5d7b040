//! From text to a program: rewriting, Rhai's parser, the checks that can be made now, and lowering.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use rhai::{AST, ASTNode, CustomExpr, Engine, Expr, Module, ParseError, Position};

use super::body::{Body, BodyKind};
use super::capture::capture;
use super::habits;
use super::lower::{Origin, lower_block};
use super::query::{Awaits, inside_async, is_async, see, spot, walk_stmt};
use super::rewrite::{Header, Mark, Rewritten, Spot, rewrite};
use super::syntax::{self, Shared};
use crate::source::{Place, Source};

/// A script that is ready to run.
pub struct Program {
    /// The functions; the statements are in `body`.
    pub ast: AST,
    pub body: Rc<Body>,
    pub source: Rc<Source>,
    /// What the lints need to tell the three words in the tree.
    pub awaits: Awaits,
    pub marks: HashMap<Spot, Mark>,
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug)]
pub struct CompileError {
    pub title: String,
    pub place: Place,
    /// Said at the place.
    pub label: String,
    /// Other places that matter, and what is said there.
    pub others: Vec<(Place, String)>,
    pub help: Option<String>,
    /// Whether the text just ends too early, so that more of it may mend it.
    pub incomplete: bool,
}

/// What a text is compiled as: where its top level runs decides whether it may await.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Script,
    Module,
}

/// Compiles a text. `name` is what messages call it.
pub fn compile(
    engine: &Engine,
    shared: &Shared,
    name: &str,
    text: &str,
    unit: Unit,
) -> Result<Program, Box<CompileError>> {
    let Rewritten { source, text, marks, loops, headers } = rewrite(name, text, &|| shared.is_stopped());
    let source = Rc::new(source);
    let parsed = parse(engine, shared, &text, &marks);
    let (ast, awaits) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return Err(Box::new(parse_error(&error, &source))),
    };
    let go_on = || if shared.is_stopped() { Err(Box::new(stopped(&source))) } else { Ok(()) };
    go_on()?;
    let mut context = Context { source: source.clone(), marks, headers, awaits: Awaits { loops, ..awaits } };
    context.check_awaits(&ast, unit)?;
    go_on()?;
    shared.methods.borrow_mut().extend(context.methods(&ast));
    context.awaits.methods.clone_from(&shared.methods.borrow());
    let asyncs = context.marks.values().filter_map(|mark| mark.name.clone());
    shared.functions.borrow_mut().extend(asyncs);
    context.awaits.functions.clone_from(&shared.functions.borrow());
    context.awaits.closure_methods.clone_from(&shared.closure_methods.borrow());
    context.lower_bodies(&ast, shared);
    go_on()?;
    for function in ast.iter_functions() {
        shared.note_source(function.name, &source);
    }
    shared.note_source(name, &source);
    let body =
        lower_block(ast.statements(), context.origin("main", BodyKind::Program, Position::new(1, 1)), &context.awaits);
    let Context { awaits, marks, .. } = context;
    Ok(Program { ast, body: Rc::new(body), source, awaits, marks })
}

fn parse(
    engine: &Engine,
    shared: &Shared,
    text: &str,
    marks: &HashMap<Spot, Mark>,
) -> Result<(AST, Awaits), ParseError> {
    {
        let mut notes = shared.notes.borrow_mut();
        notes.parsing = true;
        notes.marks.clone_from(marks);
        notes.awaits.clear();
    }
    let ast = engine.compile(text);
    let mut notes = shared.notes.borrow_mut();
    notes.parsing = false;
    notes.marks.clear();
    let spots = std::mem::take(&mut notes.awaits);
    Ok((own_names(ast?), Awaits { spots, ..Awaits::default() }))
}

/// Gives the functions that have a stand-in for a name which Rhai reserves the name that the user wrote.
fn own_names(ast: AST) -> AST {
    if !ast.iter_functions().any(|f| f.name == syntax::WITH) {
        return ast;
    }
    let mut functions = Module::new();
    for (.., function) in ast.shared_lib().iter_script_fn_info() {
        let mut function = (**function).clone();
        if function.name == syntax::WITH {
            function.name = "with".into();
        }
        functions.set_script_fn(function);
    }
    AST::new(ast.statements().to_vec(), functions)
}

struct Context {
    source: Rc<Source>,
    marks: HashMap<Spot, Mark>,
    headers: Vec<Header>,
    awaits: Awaits,
}

impl Context {
    fn origin(&self, name: &str, kind: BodyKind, position: Position) -> Origin {
        Origin { name: name.into(), kind, source: self.source.clone(), position }
    }

    /// The names of the async functions and closures that use `this`.
    fn methods(&self, ast: &AST) -> HashSet<String> {
        let mut methods = HashSet::new();
        let mut note = |path: &[ASTNode]| {
            if let Some(ASTNode::Expr(Expr::ThisPtr(_))) = path.last() {
                let bodies = path.iter().filter_map(|node| match node {
                    ASTNode::Expr(Expr::Custom(_, pos)) => self.marks.get(&spot(*pos)),
                    _ => None,
                });
                methods.extend(bodies.filter_map(|mark| mark.name.clone().or_else(|| mark.property.clone())));
            }
            true
        };
        ast.walk(&mut |path: &[ASTNode]| see(path, &mut note));
        methods
    }

    /// Lowers every async function, closure and block of the text.
    fn lower_bodies(&self, ast: &AST, shared: &Shared) {
        let mut lower = |path: &[ASTNode]| {
            if let Some(node @ ASTNode::Expr(Expr::Custom(custom, pos))) = path.last()
                && is_async(node)
            {
                let body = self.lower_body(custom, *pos);
                let number = custom.state.as_int().unwrap_or(0);
                shared.add_body(number, Rc::new(body));
            }
            true
        };
        ast.walk(&mut |path: &[ASTNode]| see(path, &mut lower));
    }

    fn lower_body(&self, custom: &CustomExpr, pos: Position) -> Body {
        let mut content = custom.inputs[0].clone();
        let origin = match self.marks.get(&spot(pos)) {
            Some(Mark { name: Some(name), params, .. }) => self.origin(name, BodyKind::Function(Some(*params)), pos),
            Some(mark) => {
                let name = mark.property.as_deref().unwrap_or("async closure");
                self.origin(name, BodyKind::Function(None), pos)
            }
            None => {
                let captured = capture(&mut content);
                self.origin("async block", BodyKind::Block(captured), pos)
            }
        };
        let block = match &content {
            Expr::Stmt(block) => block.statements(),
            _ => &[], // the syntax has nothing but blocks
        };
        lower_block(block, origin, &self.awaits)
    }

    /// An await is legal at the top level of a script, and in async code.
    fn check_awaits(&self, ast: &AST, unit: Unit) -> Result<(), Box<CompileError>> {
        let mut seen = HashSet::new();
        let mut wrong: Option<(Position, bool)> = None;
        for stmt in ast.statements() {
            walk_stmt(stmt, &mut |path| self.see_await(path, unit == Unit::Script, true, &mut seen, &mut wrong));
        }
        ast.clone_functions_only().walk(&mut |path: &[ASTNode]| {
            see(path, &mut |path| self.see_await(path, false, false, &mut seen, &mut wrong))
        });
        if let Some((pos, top)) = wrong {
            return Err(Box::new(if top { self.await_in_module(pos) } else { self.await_in_plain(pos) }));
        }
        // Rhai's parser folds `await 5` to 5, so that no node is left
        let folded = self.awaits.spots.iter().find(|spot| !seen.contains(*spot));
        folded.map_or(Ok(()), |&(line, column)| {
            Err(Box::new(self.error(
                "`await` needs something to wait for",
                Position::new(line as u16, column as u16),
                "this is a number",
                "await a coroutine, a future or a task: `await sleep(1)`, `await worker()`",
            )))
        })
    }

    fn see_await(
        &self,
        path: &[ASTNode],
        allowed: bool,
        top: bool,
        seen: &mut HashSet<Spot>,
        wrong: &mut Option<(Position, bool)>,
    ) -> bool {
        if let Some(pos) = self.awaits.await_at(path.last()) {
            seen.insert(spot(pos));
            let earlier = wrong.is_none_or(|(p, _)| spot(pos) < spot(p));
            if !allowed && !inside_async(path) && earlier {
                *wrong = Some((pos, top));
            }
        }
        true
    }

    fn error(&self, title: &str, pos: Position, label: &str, help: &str) -> CompileError {
        CompileError {
            title: title.to_string(),
            place: Place::of(&self.source, pos),
            label: label.to_string(),
            others: Vec::new(),
            help: Some(help.to_string()),
            incomplete: false,
        }
    }

    fn await_in_module(&self, pos: Position) -> CompileError {
        self.error(
            "`await` at the top level of a module",
            pos,
            "a module is loaded in one go, while nothing else runs",
            "put it into an `async fn` of the module, and await that where you import it",
        )
    }

    /// The error of an await in a function or closure that is not async: says which word to add, and where.
    fn await_in_plain(&self, pos: Position) -> CompileError {
        let at = self.source.locate(pos);
        let mut around = self.headers.iter().rev().filter(|h| h.at < at && h.end.is_none_or(|end| at < end));
        let mut error = self.error("`await` in a function that is not async", pos, "", "");
        error.help = None;
        if let Some(header) = around.find(|h| !h.is_async) {
            let what = match &header.name {
                Some(name) => format!("write `async fn {name}`"),
                None => {
                    error.title = "`await` in a closure that is not async".to_string();
                    "write `async` before this `|`".to_string()
                }
            };
            let (line, column) = header.at;
            error
                .others
                .push((Place::new(&self.source, line, column, if header.name.is_some() { 2 } else { 1 }), what));
        }
        error
    }
}

/// Somebody wanted an end between two passes over a text.
fn stopped(source: &Rc<Source>) -> CompileError {
    let place = Place::new(source, 1, 1, 1);
    let title = syntax::STOPPED.to_string();
    CompileError { title, place, label: String::new(), others: Vec::new(), help: None, incomplete: false }
}

/// What helps where the `;` that is missing would stand at the end of a line before.
fn missing_before(error: &str, place: &Place) -> Option<String> {
    let line = place.source.line(place.line);
    if !error.starts_with("Expecting ';'") || !line.chars().take(place.column - 1).all(char::is_whitespace) {
        return None;
    }
    let before: Vec<&str> = (1..place.line).map(|line| place.source.line(line)).collect();
    habits::advice_before(&before)
}

fn parse_error(error: &ParseError, source: &Rc<Source>) -> CompileError {
    let text = error.0.to_string().replace(syntax::WITH, "with");
    let place = Place::of(source, error.1);
    let lines = source.text.lines().count().max(1);
    let last = source.text.trim_end().lines().count().max(1);
    let at_end = place.line >= last && {
        let rest: String = source.line(place.line).chars().skip(place.column.saturating_sub(1)).collect();
        place.line > last || rest.trim().is_empty() || error.1.is_none()
    };
    let help = match &*error.0 {
        rhai::ParseErrorType::ExprTooDeep => {
            Some("fewer in one another, or more allowed: `--limit nesting=N`".to_string())
        }
        _ => habits::advice(&text, source.line(place.line), place.column)
            .or_else(|| missing_before(&text, &place))
            .or_else(|| habits::advice_on(&text).map(str::to_string)),
    };
    let incomplete = match &*error.0 {
        rhai::ParseErrorType::UnexpectedEOF => true,
        rhai::ParseErrorType::BadInput(rhai::LexError::UnterminatedString) => true,
        _ => at_end,
    };
    CompileError {
        title: text,
        place: if error.1.is_none() {
            Place::new(source, lines, source.line(lines).chars().count() + 1, 1)
        } else {
            place
        },
        label: String::new(),
        others: Vec::new(),
        help,
        incomplete,
    }
}
