//! Questions about Rhai's syntax trees that the lowering asks.

use std::collections::HashSet;
use std::rc::Rc;

use rhai::{AST, ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::receiver::calls_method;
use super::rewrite::{Loops, Spot};
use super::syntax;

/// Where the awaits of the text being lowered stand. In the tree they are calls of `+` with one argument.
#[derive(Debug, Default)]
pub struct Awaits {
    pub spots: HashSet<Spot>,
    /// Those of `for await`, which are not in the tree.
    pub loops: Loops,
    /// The async methods that use `this`.
    pub methods: HashSet<String>,
    /// The async functions.
    pub functions: HashSet<String>,
    pub closure_methods: ClosureMethods,
}

/// The methods of the library that take a closure, and are called on handles.
pub type ClosureMethods = Rc<HashSet<&'static str>>;

/// A position as line and column, from 1.
pub fn spot(pos: Position) -> Spot {
    (pos.line().unwrap_or(0), pos.position().unwrap_or(0))
}

impl Awaits {
    /// Whether this call is an await.
    pub fn is_await(&self, call: &FnCallExpr, pos: Position) -> bool {
        call.args.len() == 1 && call.name == "+" && self.spots.contains(&spot(pos))
    }

    /// The operand and the position, if this expression is an await.
    pub fn operand<'e>(&self, expr: &'e Expr) -> Option<(&'e Expr, Position)> {
        match expr {
            Expr::FnCall(call, pos) if self.is_await(call, *pos) => Some((&call.args[0], *pos)),
            _ => None,
        }
    }

    /// Whether the statement must be lowered: it awaits, or it catches errors, or it has a loop whose turns need variables of their own, or it
    /// calls an async method on a variable that has to be the frame's, or it makes coroutines in a loop, or gives a
    /// closure to a method of a handle.
    pub fn needs_lowering(&self, stmt: &Stmt) -> bool {
        let mut found = false;
        walk_stmt(stmt, &mut |path| {
            found |= self.is_own_step(path);
            !found
        });
        found
    }

    /// The same for an expression.
    pub fn expr_needs_lowering(&self, expr: &Expr) -> bool {
        let mut found = false;
        walk_expr(expr, &mut |path| {
            found |= self.is_own_step(path);
            !found
        });
        found
    }

    fn is_own_step(&self, path: &[ASTNode]) -> bool {
        self.node_awaits(path)
            || tries(path)
            || captures_in_loop(path)
            || calls_method(path, &self.methods)
            || self.starts_in_loop(path)
            || self.gives_closure(path)
    }

    /// Whether the last node calls a method of a handle with a closure. Rhai locks a captured variable while it calls a
    /// method of what is in it, and refuses a closure that has captured the same one; a frame finds first what the
    /// method is called on.
    fn gives_closure(&self, path: &[ASTNode]) -> bool {
        match path.last() {
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
                self.closure_methods.contains(call.name.as_str()) && !inside_async(path)
            }
            _ => false,
        }
    }

    /// Whether the last node makes a coroutine or a task in a loop of the path. Frames are quicker at that than Rhai.
    fn starts_in_loop(&self, path: &[ASTNode]) -> bool {
        match path.last() {
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) => {
                (call.name == "spawn" || self.functions.contains(call.name.as_str()))
                    && !inside_async(path)
                    && is_in_loop(path)
            }
            _ => false,
        }
    }

    fn node_awaits(&self, path: &[ASTNode]) -> bool {
        self.await_at(path.last()).is_some() && !inside_async(path)
    }

    /// The position of the await of a loop, by that of the loop.
    pub fn of_loop(&self, pos: Position) -> Option<Position> {
        let (line, column) = self.loops.get(&spot(pos))?;
        Some(Position::new(*line as u16, *column as u16))
    }

    /// The position, if this node is an await.
    pub fn await_at(&self, node: Option<&ASTNode>) -> Option<Position> {
        match node? {
            ASTNode::Expr(Expr::FnCall(call, pos)) | ASTNode::Stmt(Stmt::FnCall(call, pos))
                if self.is_await(call, *pos) =>
            {
                Some(*pos)
            }
            ASTNode::Stmt(Stmt::For(_, pos)) => self.of_loop(*pos),
            _ => None,
        }
    }
}

/// What looks at a node, at the end of its path; false stops the walk.
type OnNode<'f> = dyn FnMut(&[ASTNode]) -> bool + 'f;

/// Walks over an expression and all in it.
pub fn walk_expr(expr: &Expr, on_node: &mut OnNode) {
    expr.walk(&mut Vec::new(), &mut |path: &[ASTNode]| see(path, on_node));
}

/// Walks over a statement and all in it.
pub fn walk_stmt(stmt: &Stmt, on_node: &mut OnNode) {
    stmt.walk(&mut Vec::new(), &mut |path: &[ASTNode]| see(path, on_node));
}

/// Looks at a node, and into the value of a `break`, which Rhai's own walk passes by.
pub fn see(path: &[ASTNode], on_node: &mut OnNode) -> bool {
    on_node(path)
        && match path.last() {
            Some(ASTNode::Stmt(Stmt::BreakLoop(Some(value), ..))) => {
                value.walk(&mut path.to_vec(), &mut |path: &[ASTNode]| see(path, on_node))
            }
            _ => true,
        }
}

/// Whether the last node of the path stands in an async block, closure or function of the path.
pub fn inside_async(path: &[ASTNode]) -> bool {
    path[..path.len() - 1].iter().any(is_async)
}

/// Whether the node is an async block or the body of an async function or closure.
pub fn is_async(node: &ASTNode) -> bool {
    matches!(node, ASTNode::Expr(expr) if is_async_form(expr))
}

/// The same for an expression.
pub fn is_async_form(expr: &Expr) -> bool {
    matches!(expr, Expr::Custom(x, _) if syntax::is_async_key(&x.tokens[0]))
}

/// Whether a function does nothing but to make a coroutine of an async form.
pub fn is_async_function(functions: &AST) -> bool {
    let mut first = None;
    functions.walk(&mut |path: &[ASTNode]| {
        let is_form = path.last().is_some_and(is_async);
        first = first.or_else(|| (is_form || path.len() > 2).then_some(is_form && path.len() <= 2));
        first.is_none()
    });
    first == Some(true)
}

/// The closure of this text that Rhai has given this name. A pointer made from such a name would not find it.
pub fn closure_named(ast: &AST, name: &str) -> Option<FnPtr> {
    let mut found = None;
    ast.walk(&mut |path: &[ASTNode]| {
        if let Some(ASTNode::Expr(Expr::DynamicConstant(value, _))) = path.last() {
            found =
                found.take().or_else(|| value.read_lock::<FnPtr>().filter(|f| f.fn_name() == name).map(|f| f.clone()));
        }
        found.is_none()
    });
    found
}

/// Whether the last node is a `try`. A frame knows where what is thrown again was thrown first, and what has gone with
/// a call that threw. A loop is not taken apart for it: Rhai is quicker at one that does not wait.
fn tries(path: &[ASTNode]) -> bool {
    matches!(path.last(), Some(ASTNode::Stmt(Stmt::TryCatch(..)))) && !inside_async(path) && !is_in_loop(path)
}

/// Whether the last node captures variables, by a closure or an async block, in a loop of the path.
fn captures_in_loop(path: &[ASTNode]) -> bool {
    let captures = match path.last() {
        Some(ASTNode::Stmt(Stmt::Share(_))) => true,
        Some(node) => is_async(node),
        None => false,
    };
    captures && !inside_async(path) && is_in_loop(path)
}

fn is_in_loop(path: &[ASTNode]) -> bool {
    path.iter().any(|n| matches!(n, ASTNode::Stmt(Stmt::For(..) | Stmt::While(..) | Stmt::Do(..))))
}
