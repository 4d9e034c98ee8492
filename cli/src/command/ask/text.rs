//! Any answer as a person reads it: what stands alone first, a line each; then each list as a table, a line an entry.

use super::tree::Tree;
use crate::time::utc;
use std::fmt::Write as _;

/// Between two columns.
const GAP: usize = 2;
/// From here on a number of nanoseconds is a time since the epoch, not a span: the year 2001.
const EPOCH_FROM_NS: u64 = 1_000_000_000_000_000_000;

/// How wide a table may be, and what of it is shown first.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Letters; `None`: as wide as it is.
    pub(super) columns: Option<usize>,
    /// Names of columns; the others follow as the engine tells them.
    pub(super) first: &'static [&'static str],
}

/// The whole answer.
pub(super) fn text(answer: &Tree, room: Room) -> String {
    let mut out = String::new();
    match answer {
        Tree::Named(parts) => section("", parts, room, &mut out),
        Tree::List(rows) => out += &table(rows, room),
        one => out = format!("{}\n", leaf("", one)),
    }
    out
}

/// Leaves of a part, what is named in it, then its lists.
fn section(title: &str, parts: &[(String, Tree)], room: Room, out: &mut String) {
    let lines: Vec<Vec<String>> = parts
        .iter()
        .filter(|(_, part)| is_leaf(part))
        .map(|(name, part)| vec![words(name), leaf(name, part)])
        .collect();
    if !title.is_empty() && !lines.is_empty() {
        // A string takes whatever is written to it.
        let _ = write!(out, "\n{}\n", words(title));
    }
    *out += &aligned(&lines, false);
    for (name, part) in parts {
        match part {
            Tree::Named(parts) => section(name, parts, room, out),
            Tree::List(rows) if rows.is_empty() => {
                let _ = write!(out, "\n{}: none\n", words(name));
            }
            Tree::List(rows) => {
                let _ = write!(out, "\n{}\n{}", words(name), table(rows, room));
            }
            Tree::Leaf(_) | Tree::Unknown => {}
        }
    }
}

fn is_leaf(part: &Tree) -> bool {
    matches!(part, Tree::Leaf(_) | Tree::Unknown)
}

/// A line an entry; the columns are all that any entry has, in the order of their first appearance, as far as there is room.
fn table(rows: &[Tree], room: Room) -> String {
    let mut columns: Vec<String> = Vec::new();
    let rows: Vec<Vec<(String, String)>> = rows.iter().map(|row| cells("", row)).collect();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let value = |row: &[(String, String)], column: &String| {
        let found = row.iter().find(|(name, _)| name == column);
        found.map_or_else(|| "-".to_owned(), |(_, value)| value.clone())
    };
    let width = |column: &String| {
        let values = rows.iter().map(|row| value(row, column).chars().count());
        values.chain([words(column).chars().count()]).max().unwrap_or(0)
    };
    let all = columns.len();
    let shown = fitting(&columns.iter().map(|column| (column.as_str(), width(column))).collect::<Vec<_>>(), room);
    columns.retain(|column| shown.contains(column));
    let mut lines = vec![columns.iter().map(|name| words(name)).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|row| columns.iter().map(|column| value(row, column)).collect()));
    let more =
        if columns.len() < all { format!("({} columns more: --wide)\n", all - columns.len()) } else { String::new() };
    aligned(&lines, true) + more.as_str()
}

/// Which columns there is room for: those that come first by name, then by their place; one that is too wide makes room for
/// the next. `columns`: names and widths.
fn fitting(columns: &[(&str, usize)], room: Room) -> Vec<String> {
    let Some(most) = room.columns else { return columns.iter().map(|(name, _)| (*name).to_owned()).collect() };
    let place = |name: &str| room.first.iter().position(|first| *first == name).unwrap_or(room.first.len());
    let mut by_rank = columns.to_vec();
    by_rank.sort_by_key(|(name, _)| place(name));
    let (mut used, mut shown) = (0, Vec::new());
    for (name, width) in by_rank {
        let with = if shown.is_empty() { width } else { used + GAP + width };
        // A table of nothing would help nobody.
        if shown.is_empty() || with <= most {
            used = with;
            shown.push(name.to_owned());
        }
    }
    shown
}

/// What an entry says, by column; what is named in it has a column of its own, lists are counted.
fn cells(prefix: &str, entry: &Tree) -> Vec<(String, String)> {
    match entry {
        Tree::Named(parts) => {
            let inner = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}_{name}") };
            parts.iter().flat_map(|(name, part)| cells(&inner(name), part)).collect()
        }
        Tree::List(all) if all.iter().all(is_leaf) => {
            let all: Vec<String> = all.iter().map(|one| leaf(prefix, one)).collect();
            vec![(prefix.to_owned(), if all.is_empty() { "-".to_owned() } else { all.join(",") })]
        }
        Tree::List(all) => vec![(prefix.to_owned(), all.len().to_string())],
        one => vec![(prefix.to_owned(), leaf(prefix, one))],
    }
}

/// A value; a time in nanoseconds as people write it, what is unknown as `n/a`.
fn leaf(name: &str, one: &Tree) -> String {
    match one {
        Tree::Leaf(value) if name.ends_with("_ns") => match value.parse::<u64>() {
            Ok(ns) if ns >= EPOCH_FROM_NS => utc(ns),
            Ok(ns) => span(ns),
            Err(_) => value.clone(),
        },
        Tree::Leaf(value) => value.clone(),
        _ => "n/a".to_owned(),
    }
}

/// In the greatest unit of which there is one.
fn span(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} us", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns as f64 / 1e6),
        _ => format!("{:.1} s", ns as f64 / 1e9),
    }
}

/// A name without its unit, where the value has it, and with blanks.
fn words(name: &str) -> String {
    name.strip_suffix("_ns").unwrap_or(name).replace('_', " ")
}

/// Columns as wide as they must be; under a head, what begins with a digit stands to the right.
fn aligned(lines: &[Vec<String>], has_head: bool) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|it| it.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let is_number = |column: usize| {
        let mut values =
            lines.iter().skip(1).filter_map(|line| line.get(column)).filter(|it| *it != "-" && *it != "n/a");
        has_head && column > 0 && values.all(|it| it.starts_with(|first: char| first.is_ascii_digit() || first == '-'))
    };
    let numbers: Vec<bool> = (0..columns).map(is_number).collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (column, value) in line.iter().enumerate() {
            let fill = " ".repeat(widths[column] - value.chars().count());
            let cell = if numbers[column] { fill + value.as_str() } else { format!("{value}{fill}") };
            if column > 0 {
                text += &" ".repeat(GAP);
            }
            text += &cell;
        }
        out += text.trim_end();
        out.push('\n');
    }
    out
}
