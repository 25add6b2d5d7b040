//! Going through the statements of a body, from one place to another.

use super::Piece;
use super::lex::{Kind, Loop, Tokens};

/// What a block that was passed by is shown as.
const PASSED: &str = "{…}";

/// How far to go.
#[derive(Clone, Copy)]
struct Goal {
    /// The await to reach.
    to: Option<usize>,
    /// Where to stop if it is not met.
    stop: usize,
}

impl Goal {
    fn is_within(self, open: usize, close: usize) -> bool {
        self.to.is_some_and(|to| open < to && to < close)
    }
}

/// Goes through a source.
pub(super) struct Walk<'a, 's> {
    tokens: &'s Tokens<'a>,
}

impl<'a, 's> Walk<'a, 's> {
    pub(super) fn new(tokens: &'s Tokens<'a>) -> Walk<'a, 's> {
        Walk { tokens }
    }

    /// Nothing but the await.
    pub(super) fn only(&self) -> Vec<Piece> {
        vec![Piece::Await(String::new())]
    }

    /// From the beginning of the code in which `begin` lies; if the await lies elsewhere, from the beginning there.
    pub(super) fn first(&self, begin: usize, to: usize) -> Vec<Piece> {
        let tokens = self.tokens;
        let (body, other) = (tokens.body_of(begin), tokens.body_of(to));
        let mut out = Vec::new();
        if let (true, Some(call)) = (body != other, self.call(body, other)) {
            let start = tokens.bodies[body].inner.start;
            self.statements(start, Goal { to: Some(call), stop: call + 1 }, &mut out);
            self.called(call, &mut out);
        }
        self.entered(to, &mut out);
        out
    }

    /// From the beginning of the body of `to`.
    fn entered(&self, to: usize, out: &mut Vec<Piece>) {
        let inner = &self.tokens.bodies[self.tokens.body_of(to)].inner;
        self.statements(inner.start, Goal { to: Some(to), stop: inner.end }, out);
    }

    /// The await that was reached is a call, and the step goes on in the function.
    fn called(&self, call: usize, out: &mut Vec<Piece>) {
        if let Some(Piece::Await(before)) = out.pop() {
            let end = self.tokens.list.get(call + 2).map_or(call + 2, |open| open.mate + 1);
            out.push(Piece::Code(format!("{before} {}", self.text(call, end)).trim_start().to_string()));
        }
    }

    /// From one await to the next.
    pub(super) fn between(&self, from: usize, to: usize) -> Vec<Piece> {
        let tokens = self.tokens;
        let (before, body) = (tokens.body_of(from), tokens.body_of(to));
        if before != body {
            return self.across(from, to);
        }
        let inner = tokens.bodies[body].inner.clone();
        let mut out = Vec::new();
        if to > from {
            let goal = Goal { to: Some(to), stop: inner.end };
            let start = self.after(from, goal);
            if start > to {
                return self.only();
            }
            self.statements(start, goal, &mut out);
            if matches!(out.last(), Some(Piece::Await(_))) {
                return out;
            }
            out.clear(); // it lies in a branch that was not passed on the straight way
        }
        let Some(around) = self.loop_around(from, to, inner.start) else {
            return self.only();
        };
        let tail = Goal { to: None, stop: around.close };
        self.statements(self.after(from, tail), tail, &mut out);
        out.push(Piece::Again);
        let start = if to < around.open { around.keyword } else { around.open + 1 };
        self.statements(start, Goal { to: Some(to), stop: around.close }, &mut out);
        out
    }

    /// From an await to one in another body: into one that was called, or back to the one that had called.
    fn across(&self, from: usize, to: usize) -> Vec<Piece> {
        let tokens = self.tokens;
        let (before, body) = (tokens.body_of(from), tokens.body_of(to));
        let mut out = Vec::new();
        let next = self.calls(before, body).find(|at| *at > from);
        if let Some(call) = next.or_else(|| self.call(before, body)) {
            out = self.between(from, call);
            self.called(call, &mut out);
            self.entered(to, &mut out);
        } else if tokens.bodies[before].inner.contains(&tokens.bodies[body].whole.start) {
            self.entered(to, &mut out);
        } else {
            out = self.rest(from, false);
            match self.last_call(body, before, to) {
                Some(call) => out.extend(self.between(call, to)),
                None => out.extend(self.only()),
            }
        }
        out
    }

    /// From the beginning or an await to where an error was thrown, if that is in the same body.
    pub(super) fn thrown(&self, begin: usize, is_start: bool, to: usize) -> Vec<Piece> {
        if self.tokens.body_of(begin) != self.tokens.body_of(to) {
            return Vec::new();
        }
        let mut out = if is_start { self.first(begin, to) } else { self.between(begin, to) };
        if matches!(out.last(), Some(Piece::Await(_))) {
            out.pop();
        }
        out
    }

    /// From an await, or from the beginning, to the end of the body.
    pub(super) fn rest(&self, begin: usize, is_start: bool) -> Vec<Piece> {
        let inner = self.tokens.bodies[self.tokens.body_of(begin)].inner.clone();
        let goal = Goal { to: None, stop: inner.end };
        let start = if is_start { inner.start } else { self.after(begin, goal) };
        let mut out = Vec::new();
        self.statements(start, goal, &mut out);
        out
    }

    /// Of code that lies in another body than the one in which its task began: what that one does after it.
    pub(super) fn back(&self, from: usize, root: usize) -> Vec<Piece> {
        let (before, body) = (self.tokens.body_of(from), self.tokens.body_of(root));
        let call = if before == body { None } else { self.last_call(body, before, usize::MAX) };
        call.map_or_else(Vec::new, |call| self.rest(call, false))
    }

    /// The first await in one body of a function that is the other one.
    fn call(&self, body: usize, function: usize) -> Option<usize> {
        self.calls(body, function).next()
    }

    /// The last one before a place, or the first where there is none before it.
    fn last_call(&self, body: usize, function: usize, to: usize) -> Option<usize> {
        self.calls(body, function).take_while(|at| *at < to).last().or_else(|| self.call(body, function))
    }

    fn calls(&self, body: usize, function: usize) -> impl Iterator<Item = usize> {
        let tokens = self.tokens;
        let word = tokens.bodies[function].whole.start;
        let name = if tokens.word(word + 1) == "fn" { tokens.word(word + 2) } else { "" };
        let calls = move |at: &usize| {
            !name.is_empty()
                && tokens.word(*at) == "await"
                && tokens.word(at + 1) == name
                && tokens.body_of(*at) == body
        };
        tokens.bodies[body].inner.clone().filter(calls)
    }

    /// The innermost loop, within a body, whose next turn leads from one place to the other.
    fn loop_around(&self, from: usize, to: usize, begin: usize) -> Option<Loop> {
        let leads = |l: &&Loop| {
            // the head of a `for` is gone through once, but for the await of `for await`
            let once = self.tokens.word(l.keyword) == "for" && self.tokens.word(l.keyword + 1) != "await";
            let first = if once { l.open } else { l.keyword };
            let has = |token: usize| first < token && token < l.close;
            l.keyword >= begin && has(from) && has(to)
        };
        self.tokens.loops.iter().rfind(leads).copied()
    }

    /// Where it goes on after the statement of an await; or into the block whose head the await stands in.
    fn after(&self, from: usize, goal: Goal) -> usize {
        let list = &self.tokens.list;
        let mut at = from;
        while let Some(parent) = list[at].parent.filter(|parent| !self.tokens.is_block(*parent)) {
            at = list[parent].mate;
            if at >= goal.stop || at >= list.len() {
                return goal.stop;
            }
        }
        at += 1;
        while at < goal.stop {
            let token = &list[at];
            match token.kind {
                Kind::Semi => return at + 1,
                Kind::Close => return at,
                Kind::Open if self.tokens.is_block(at) => {
                    if goal.is_within(at, token.mate) || goal.stop == token.mate {
                        return at + 1;
                    }
                    at = token.mate + 1;
                    if !matches!(self.tokens.word(at), "else" | "catch" | "." | ";" | ")" | "??") {
                        return at;
                    }
                    continue;
                }
                Kind::Open => at = token.mate,
                _ => {}
            }
            at += 1;
        }
        goal.stop
    }

    /// The statements from here on.
    fn statements(&self, mut at: usize, goal: Goal, out: &mut Vec<Piece>) {
        let list = &self.tokens.list;
        while at < goal.stop.min(list.len()) {
            at = match list[at].kind {
                Kind::Semi | Kind::Comma => at + 1,
                Kind::Close => self.leave(at, goal),
                _ => match self.statement(at, goal, out) {
                    Some(next) => next.max(at + 1),
                    None => return,
                },
            };
        }
    }

    /// A block ends here: goes past what would have come instead of it.
    fn leave(&self, close: usize, goal: Goal) -> usize {
        let tokens = self.tokens;
        let mut at = close + 1;
        while matches!(tokens.word(at), "else" | "catch") {
            match tokens.block_after(at + 1) {
                Some(open) if tokens.list[open].mate < goal.stop => at = tokens.list[open].mate + 1,
                _ => return at + 1,
            }
        }
        let is_do = tokens.loops.iter().any(|l| l.close == close && tokens.word(l.keyword) == "do");
        match tokens.list[at..].iter().position(|token| token.kind == Kind::Semi) {
            Some(semi) if is_do => at + semi,
            _ => at,
        }
    }

    /// One statement; gives where the next one is, or nothing if the await was reached.
    fn statement(&self, start: usize, goal: Goal, out: &mut Vec<Piece>) -> Option<usize> {
        let tokens = self.tokens;
        let first = tokens.word(start);
        let is_async = first == "async" && tokens.word(start + 1) == "fn";
        if is_async || matches!(first, "fn" | "private") {
            return Some(tokens.block_after(start).map_or(start, |open| tokens.list[open].mate + 1));
        }
        let is_block = matches!(first, "if" | "while" | "for" | "loop" | "do" | "try" | "switch" | "{");
        let mut at = start;
        while at < goal.stop.min(tokens.list.len()) {
            if goal.to == Some(at) {
                out.push(Piece::Await(self.text(start, at)));
                return None;
            }
            let token = &tokens.list[at];
            match token.kind {
                Kind::Open if goal.is_within(at, token.mate) => {
                    if !tokens.is_block(at) {
                        out.push(Piece::Await(self.prefix(start, at)));
                        return None;
                    }
                    let head = self.text(start, at);
                    out.extend((!head.is_empty()).then_some(Piece::Head(format!("{head} {{"))));
                    let is_switch = (start..at).any(|index| tokens.word(index) == "switch");
                    return Some(if is_switch { self.arm(at, goal) } else { at + 1 });
                }
                Kind::Open => {
                    let was_block = tokens.is_block(at);
                    at = token.mate;
                    let goes_on = matches!(tokens.word(at + 1), "else" | "catch") || first == "do";
                    if was_block && is_block && !goes_on {
                        at += 1;
                        break;
                    }
                }
                Kind::Semi | Kind::Close => break,
                _ => {}
            }
            at += 1;
        }
        let end = at.min(goal.stop);
        let text = || self.text(start, end);
        match first {
            "import" | "export" => {}
            "print" | "debug" => out.push(Piece::Print(text())),
            _ => out.push(Piece::Code(text())),
        }
        Some(end)
    }

    /// What stands before an await that is inside brackets: as much as makes sense without them.
    fn prefix(&self, start: usize, open: usize) -> String {
        let equals = (start..open).find(|index| self.tokens.word(*index) == "=");
        match equals {
            Some(equals) => self.text(start, equals + 1),
            None => String::new(),
        }
    }

    /// The beginning of the arm of a `switch` in which the await lies.
    fn arm(&self, open: usize, goal: Goal) -> usize {
        let to = goal.to.unwrap_or(open);
        let mut at = open + 1;
        let mut start = at;
        while at < to {
            let token = &self.tokens.list[at];
            match token.kind {
                Kind::Open if token.mate < to => at = token.mate,
                Kind::Open => break,
                Kind::Comma => start = at + 1,
                _ => {}
            }
            at += 1;
        }
        start
    }

    /// The tokens as text: blanks and comments as one blank, blocks only hinted at.
    fn text(&self, from: usize, to: usize) -> String {
        let list = &self.tokens.list;
        let mut out = String::new();
        let mut last = None;
        let mut at = from;
        while at < to.min(list.len()) {
            let word = self.tokens.word(at);
            if matches!(word, "let" | "const" | "await") {
                at += 1;
                continue;
            }
            if last.is_some_and(|end| end < list[at].at.start) {
                out.push(' ');
            }
            let is_passed = self.tokens.is_block(at) && list[at].mate < list.len() && list[at].mate > at + 1;
            if is_passed {
                at = list[at].mate;
                out.push_str(PASSED);
            } else {
                out.push_str(word);
            }
            last = Some(list[at].at.end);
            at += 1;
        }
        out
    }
}
