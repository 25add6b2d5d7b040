//! From places in a source to the text between them: what a task did in a step, as its author wrote it.
//!
//! The recording knows where a step began and at which await it ended, no more. So this is a reading of the source,
//! not of the run: of a block between the two places that the step passed by it shows `{…}`, and where the way leads
//! back it shows the rest of the loop and its beginning. `let` and `await` are left out, comments too.

mod lex;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::rc::Rc;

use self::lex::Tokens;
use self::walk::Walk;
use crate::trace::event::SiteId;
use crate::trace::recording::Recording;

/// A statement of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A statement.
    Code(String),
    /// The head of a block that the step went into.
    Head(String),
    /// A `print`; what it printed is known better.
    Print(String),
    /// The loop's next turn begins.
    Again,
    /// What stands before the await that ends the step: `r =`, `while`, or nothing.
    Await(String),
}

/// Where a step begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum From {
    /// With the code in which this place lies.
    Start(SiteId),
    /// After this await.
    Await(SiteId),
}

/// Where a step begins, and at which await it ends.
type Step = (Option<From>, Option<SiteId>);

/// The sources of a recording, read as far as needed.
pub struct Code<'a> {
    recording: &'a Recording,
    sources: HashMap<&'a str, Option<Tokens<'a>>>,
    known: HashMap<Step, Rc<[Piece]>>,
}

impl<'a> Code<'a> {
    /// The sources of this recording.
    pub fn new(recording: &'a Recording) -> Code<'a> {
        Code { recording, sources: HashMap::new(), known: HashMap::new() }
    }

    /// What a step did from its beginning, if that is known, to the await at `to`, or to the end of its code.
    pub fn between(&mut self, from: Option<From>, to: Option<SiteId>) -> Rc<[Piece]> {
        if let Some(pieces) = self.known.get(&(from, to)) {
            return pieces.clone();
        }
        let pieces: Rc<[Piece]> = self.read(from, to).unwrap_or_default().into();
        self.known.insert((from, to), pieces.clone());
        pieces
    }

    /// What a step did until its task ended, which had begun at `root`: the rest of the code that waited, and of that which
    /// had called it.
    pub fn to_end(&mut self, from: From, root: Option<SiteId>) -> Rc<[Piece]> {
        let pieces = self.between(Some(from), None);
        let (From::Await(at), Some(root)) = (from, root) else {
            return pieces;
        };
        let more = match (self.token(at), self.token(root)) {
            (Some((source, at)), Some((other, root))) if source == other => {
                self.tokens(source).map_or_else(Vec::new, |tokens| Walk::new(tokens).back(at, root))
            }
            _ => Vec::new(),
        };
        if more.is_empty() { pieces } else { pieces.iter().cloned().chain(more).collect() }
    }

    /// What a step did until it threw an error at `to`; nothing if that was in another function.
    pub fn thrown(&mut self, from: From, to: SiteId) -> Vec<Piece> {
        let (From::Start(begin) | From::Await(begin)) = from;
        let (Some(begin), Some(end)) = (self.token(begin), self.token(to)) else {
            return Vec::new();
        };
        let is_start = matches!(from, From::Start(_));
        match self.tokens(end.0) {
            Some(tokens) if begin.0 == end.0 => Walk::new(tokens).thrown(begin.1, is_start, end.1),
            _ => Vec::new(),
        }
    }

    fn read(&mut self, from: Option<From>, to: Option<SiteId>) -> Option<Vec<Piece>> {
        let end = match to {
            Some(site) => Some(self.token(site)?),
            None => None,
        };
        let begin = match from {
            Some(From::Start(site) | From::Await(site)) => Some(self.token(site)?),
            None => None,
        };
        let is_start = matches!(from, Some(From::Start(_)));
        let source = end.or(begin)?.0;
        let begin = begin.filter(|(name, _)| *name == source).map(|(_, token)| token);
        let walk = Walk::new(self.tokens(source)?);
        Some(match (begin, end.map(|(_, token)| token)) {
            (None, Some(_)) => walk.only(),
            (Some(begin), Some(end)) if is_start => walk.first(begin, end),
            (Some(begin), Some(end)) => walk.between(begin, end),
            (Some(begin), None) => walk.rest(begin, is_start),
            (None, None) => Vec::new(),
        })
    }

    /// The source and the number of the token at a place.
    fn token(&mut self, site: SiteId) -> Option<(&'a str, usize)> {
        let site = self.recording.get_site(site)?;
        let (line, column) = (site.line, site.column);
        let tokens = self.tokens(&site.source)?;
        Some((&*site.source, tokens.at(line, column)?))
    }

    fn tokens(&mut self, source: &'a str) -> Option<&Tokens<'a>> {
        let recording = self.recording;
        let tokens = self.sources.entry(source).or_insert_with(|| recording.source(source).map(Tokens::new));
        tokens.as_ref()
    }
}
