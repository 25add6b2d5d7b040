//! Running one statement.

use std::collections::HashSet;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Error, ErrorCode, Statement};

use super::{Fault, Params, Rows, Value};
use crate::{limits, units};

/// The most that a query gives.
const MOST_ROWS: usize = 1_000_000;
pub(super) const MOST_BYTES: usize = 64 << 20;
/// After so many bytes it is asked whether there is memory for more.
const LARGE: usize = 4 << 20;

/// Runs a statement, or several without parameters; gives the number of rows inserted, changed and deleted.
pub(super) fn execute(connection: &Connection, sql: &str, params: &Params) -> Result<u64, Fault> {
    let may_be_several = sql.trim_end_matches([';', ' ', '\n', '\r', '\t']).contains(';');
    if params.is_empty() && may_be_several {
        // one after another, as each may need what the one before has made
        let mut batch = Batch::new(connection, sql);
        let mut changed = 0;
        while let Some(mut statement) = batch.next().map_err(|e| fault(&e))? {
            changed += run(connection, &mut statement, params)?;
        }
        return Ok(changed);
    }
    match connection.prepare_cached(sql) {
        Ok(mut statement) => run(connection, &mut statement, params),
        Err(Error::MultipleStatement) => Err(Fault::new("value", "several statements at once can't have parameters")),
        Err(e) => Err(fault(&e)),
    }
}

fn run(connection: &Connection, statement: &mut Statement, params: &Params) -> Result<u64, Fault> {
    bind(statement, params)?;
    let before = connection.total_changes();
    let mut rows = statement.raw_query();
    while rows.next().map_err(|e| fault(&e))?.is_some() {}
    drop(rows);
    // the number of the statement before remains where this one changes no rows
    Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
}

/// Runs a statement and gives its rows, while the process uses no more than so many bytes of memory.
pub(super) fn query(connection: &Connection, sql: &str, params: &Params, memory: usize) -> Result<Rows, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| match e {
        Error::MultipleStatement => Fault::new("value", "query runs one statement; execute runs several"),
        e => fault(&e),
    })?;
    bind(&mut statement, params)?;
    let mut found = Rows { columns: told_apart(statement.column_names()), rows: Vec::new() };
    let (mut bytes, mut asked) = (0, 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|e| fault(&e))? {
        let mut values = Vec::with_capacity(found.columns.len());
        for (i, column) in found.columns.iter().enumerate() {
            let value = owned(row.get_ref(i).map_err(|e| fault(&e))?, column)?;
            bytes += size(&value);
            values.push(value);
        }
        found.rows.push(values);
        if bytes > MOST_BYTES || found.rows.len() > MOST_ROWS {
            let message = format!(
                "the result has more than {MOST_ROWS} rows or {} MiB: take parts of it by WHERE or LIMIT",
                MOST_BYTES >> 20
            );
            return Err(Fault::new("limit", message));
        }
        if bytes - asked > LARGE {
            asked = bytes;
            check(memory)?;
        }
    }
    Ok(found)
}

/// Many results may be awaited at once, with no evaluation between that would notice.
fn check(memory: usize) -> Result<(), Fault> {
    match limits::used() {
        Some(used) if used > memory => {
            let (used, memory) = (units::bytes(used), units::bytes(memory));
            let message = format!(
                "no memory for the result of this query: {used} are used, and {memory} are allowed: take parts of it by \
                 WHERE or LIMIT, or fewer results at once, or raise the limit (--limit memory=N)"
            );
            Err(Fault::new("limit", message))
        }
        _ => Ok(()),
    }
}

/// The names of columns; a name that came before gets a number, as a join of tables with `id` has it twice.
fn told_apart<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut taken: HashSet<String> = HashSet::with_capacity(names.len());
    let tell = |name: &&str| {
        let numbered = (2..).map(|n| format!("{name}_{n}")).filter(|other| !names.contains(&other.as_str()));
        let name = std::iter::once(name.to_string()).chain(numbered).find(|name| !taken.contains(name));
        let name = name.unwrap_or_default();
        taken.insert(name.clone());
        name
    };
    names.iter().map(tell).collect()
}

fn owned(value: ValueRef, column: &str) -> Result<Value, Fault> {
    Value::try_from(value)
        .map_err(|_| Fault::new("value", format!("the column {column} holds text that is not UTF-8: CAST it AS BLOB")))
}

/// About what a value takes in memory.
fn size(value: &Value) -> usize {
    let text = match value {
        Value::Text(text) => text.len(),
        Value::Blob(blob) => blob.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    };
    text + size_of::<Value>()
}

impl Params {
    fn is_empty(&self) -> bool {
        matches!(self, Self::List(list) if list.is_empty())
    }
}

fn bind(statement: &mut Statement, params: &Params) -> Result<(), Fault> {
    let count = statement.parameter_count();
    match params {
        Params::List(list) if list.len() != count => {
            let (s, values) = (plural(count), list.len());
            let message = format!("the statement has {count} parameter{s}, and {values} value{} given", were(values));
            Err(Fault::new("value", message))
        }
        Params::List(list) => {
            (1..).zip(list).try_for_each(|(i, value)| statement.raw_bind_parameter(i, value)).map_err(|e| fault(&e))
        }
        Params::Named(list) => (1..=count).try_for_each(|i| {
            let value = named(statement, i, list)?;
            statement.raw_bind_parameter(i, value).map_err(|e| fault(&e))
        }),
    }
}

fn named<'a>(statement: &Statement, index: usize, list: &'a [(String, Value)]) -> Result<&'a Value, Fault> {
    let Some(name) = statement.parameter_name(index) else {
        let message = "a map gives values by name, and the statement has a parameter without one: write :name";
        return Err(Fault::new("value", message));
    };
    let value = list.iter().find(|(key, _)| *key == name[1..]).map(|(_, value)| value);
    value.ok_or_else(|| Fault::new("value", format!("the map has no value for the parameter {name}")))
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn were(n: usize) -> &'static str {
    if n == 1 { " was" } else { "s were" }
}

/// SQLite's own words.
pub(super) fn fault(error: &Error) -> Fault {
    match error {
        Error::SqliteFailure(e, _) if e.code == ErrorCode::TooBig => {
            Fault::new("limit", format!("a text, a blob or a row is larger than {}", units::bytes(MOST_BYTES)))
        }
        // what else would be a misuse of it is ours to avoid
        Error::SqliteFailure(e, _) if e.code == ErrorCode::ApiMisuse => {
            Fault::new("value", "there is no statement in it")
        }
        Error::SqliteFailure(e, _) if e.code == ErrorCode::OutOfMemory => {
            let message = "SQLite needs more memory than it may have, which is half of the limit (--limit memory=N)";
            Fault::new("limit", message)
        }
        Error::SqliteFailure(e, message) => {
            let message = message.clone().unwrap_or_else(|| e.to_string());
            Fault { kind: "sqlite", message, code: Some(e.extended_code) }
        }
        Error::SqlInputError { error, msg, .. } => {
            Fault { kind: "sqlite", message: msg.clone(), code: Some(error.extended_code) }
        }
        other => Fault::new("sqlite", other.to_string()),
    }
}
