//! An array of maps as a table.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};
use unicode_width::UnicodeWidthStr as _;

use super::line::{key, line, scalar};
use super::{Line, MOST, cut};
use crate::lang::touch::is_held;
use crate::term::{self, colour};

/// Columns of a cell at most, where others need the room.
const CELL: usize = 40;

/// Blanks between two columns of the table.
const GAP: usize = 2;

struct Cell {
    code: &'static str,
    text: String,
    /// Numbers are flush right.
    right: bool,
}

struct Column {
    name: String,
    cells: Vec<Cell>,
    width: usize,
}

/// The table of a list of two maps or more that are alike; none of anything else.
pub fn table(list: &Array, room: usize) -> Option<Vec<Line>> {
    let shown = &list[..list.len().min(MOST)];
    let names = names_of(shown)?;
    let columns: Vec<Column> = names.into_iter().map(|name| column(name, shown)).collect();
    let (columns, hidden) = fitted(columns, room);
    let mut lines = vec![row(&columns, |column| (colour::STRONG_NAME, key(&column.name), false))];
    for n in 0..shown.len() {
        lines.push(row(&columns, |column| {
            let cell = &column.cells[n];
            (cell.code, cell.text.clone(), cell.right)
        }));
    }
    let more_rows = (list.len() > shown.len()).then(|| format!("… {} more rows", list.len() - shown.len()));
    let more_columns = (!hidden.is_empty()).then(|| format!("… not shown: {}", hidden.join(", ")));
    lines.extend(more_rows.into_iter().chain(more_columns).map(|text| Line::of(colour::DIM, cut(&text, room))));
    Some(lines)
}

/// The keys of maps that are alike: each map has at least half of them all.
fn names_of(list: &[Dynamic]) -> Option<Vec<String>> {
    if list.len() < 2 {
        return None;
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut smallest = usize::MAX;
    for item in list {
        let map = if is_held(item) { None } else { item.read_lock::<Map>() }?;
        smallest = smallest.min(map.len());
        for name in map.keys() {
            *names.entry(name.to_string()).or_default() += 1;
        }
    }
    (smallest > 0 && smallest * 2 >= names.len()).then(|| names.into_keys().collect())
}

fn column(name: String, list: &[Dynamic]) -> Column {
    let cell = |item: &Dynamic| match item.read_lock::<Map>().as_ref().and_then(|map| map.get(name.as_str())) {
        Some(value) => cell(value),
        None => Cell { code: "", text: String::new(), right: false },
    };
    let cells: Vec<Cell> = list.iter().map(cell).collect();
    let widest = cells.iter().map(|c| c.text.width()).max().unwrap_or(0);
    Column { width: widest.max(key(&name).width()), name, cells }
}

fn cell(value: &Dynamic) -> Cell {
    let (code, text) = if is_held(value) {
        (colour::DIM, "…".to_string())
    } else if let Ok(text) = value.as_immutable_string_ref() {
        // without quotes, but with what would not stay in its cell escaped
        let quoted = term::quoted(&text.chars().take(4 * CELL).collect::<String>());
        (colour::TEXT, quoted[1..quoted.len() - 1].replace("\\\"", "\""))
    } else if let Some(line) = line(value, 2 * CELL) {
        match line.pieces.as_slice() {
            [piece] => (piece.code, piece.text.clone()),
            pieces => ("", pieces.iter().map(|p| p.text.as_str()).collect()),
        }
    } else {
        super::line::folded(value).pieces.into_iter().next().map_or(scalar(value), |piece| (piece.code, piece.text))
    };
    Cell { code, text, right: value.is_int() || value.is_float() }
}

/// Makes the widest columns narrower until all fit; if they cannot, the last ones are left out. Gives the names of
/// those.
fn fitted(mut columns: Vec<Column>, room: usize) -> (Vec<Column>, Vec<String>) {
    const LEAST: usize = 10;
    let total = |columns: &[Column]| columns.iter().map(|c| c.width + GAP).sum::<usize>().saturating_sub(GAP);
    let mut hidden = Vec::new();
    while total(&columns) > room {
        let is_only = columns.len() == 1;
        match columns.iter_mut().max_by_key(|c| c.width) {
            Some(widest) if widest.width > CELL => widest.width = CELL.max(widest.width / 2),
            Some(widest) if widest.width > LEAST => widest.width -= 1,
            Some(_) if !is_only => hidden.extend(columns.pop().map(|c| key(&c.name))),
            _ => break,
        }
    }
    hidden.reverse();
    (columns, hidden)
}

fn row<'a>(columns: &'a [Column], cell: impl Fn(&'a Column) -> (&'static str, String, bool)) -> Line {
    let mut line = Line::default();
    for (n, column) in columns.iter().enumerate() {
        let (code, text, right) = cell(column);
        let text = cut(&text, column.width);
        let pad = " ".repeat(column.width - text.width());
        let gap = " ".repeat(if n == 0 { 0 } else { GAP });
        if right {
            line.push("", format!("{gap}{pad}"));
            line.push(code, text);
        } else {
            line.push("", gap);
            line.push(code, text);
            let is_last = n + 1 == columns.len();
            line.push("", if is_last { String::new() } else { pad });
        }
    }
    line
}
