//! `indicator compute`: one indicator over a file.

use crate::args::Compute;
use crate::exit::Exit;
use crate::series::{self, Series, Source};
use crate::{output, typed};
use anyhow::anyhow;
use engine_analytics::indicator::catalogue::{self, Entry, Running};
use serde_json::Value;
use std::fmt::Write as _;

/// Significant digits of a value: as many as tell every float from its neighbours.
const DIGITS: usize = 17;

/// Runs the command.
pub(super) fn run(args: &Compute) -> Result<(), Exit> {
    let entry = catalogue::find(&args.name).map_err(|fault| Exit::Usage(format!("--name: {fault}")))?;
    let running = make(entry, &args.params)?;
    let source = Source::typed(args.input.as_ref(), &args.of)?;
    let series = series::open(source, &columns(entry, &args.inputs)?)?;
    let lookback = running.lookback();
    let values = if args.streaming { stream(entry, running, &series) } else { batch(entry, running, &series) };
    enough(entry, lookback, &values, source, still(entry, &series))?;
    let text = text(entry, &values, series.rows);
    match &args.output {
        Some(path) => typed::write("--output", path, &text),
        None => output::print(&text),
    }
}

/// An indicator with the parameters that were typed.
pub(super) fn make(entry: &Entry, params: &str) -> Result<Running, Exit> {
    let params = typed::numbers("--params", params)?;
    let named: Vec<_> = params.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    entry.make(&named).map_err(|fault| Exit::Usage(format!("--params: {fault}")))
}

/// The columns of the file that it takes, in its order: by nature, or as was typed for an input or for a column.
pub(super) fn columns(entry: &Entry, inputs: &str) -> Result<Vec<String>, Exit> {
    let mut typed = typed::object("--inputs", inputs)?;
    let mut columns = Vec::new();
    for input in entry.inputs {
        match typed.remove(input.name) {
            Some(value) => columns.extend(listed(input.name, &value, input.columns.len())?),
            None => columns.extend(input.columns.iter().map(|column| (*column).to_owned())),
        }
    }
    for column in &mut columns {
        if let Some(value) = typed.remove(column.as_str()) {
            let mut other = listed(column, &value, 1)?;
            column.clear();
            column.extend(other.drain(..));
        }
    }
    let Some(name) = typed.keys().next() else { return Ok(columns) };
    let mut known: Vec<_> = entry.inputs.iter().map(|input| input.name).chain(entry.columns()).collect();
    known.dedup();
    Err(Exit::Usage(format!("--inputs: {} has no input {name}, accepted: {}", entry.name, known.join(", "))))
}

/// Names of columns: a text, or a list of texts.
fn listed(name: &str, value: &Value, count: usize) -> Result<Vec<String>, Exit> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let names: Option<Vec<_>> = list.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    names.filter(|names| names.len() == count).ok_or_else(|| {
        let wanted = if count == 1 { "the name of a column".to_owned() } else { format!("a list of {count} columns") };
        Exit::Usage(format!("--inputs {name}: found {value}, accepted: {wanted}"))
    })
}

/// Too few rows are those that no value comes of: the rest of a warming indicator is empty cells, as the contract has it.
pub(super) fn enough<'a>(
    entry: &Entry,
    lookback: usize,
    values: &[Vec<f64>],
    source: impl Into<Source<'a>>,
    still: Option<String>,
) -> Result<(), Exit> {
    if values.iter().flatten().any(|value| !value.is_nan()) {
        return Ok(());
    }
    let (name, needed, source) = (entry.name, lookback + 1, source.into());
    let rows = values.first().map_or(0, Vec::len);
    let told = format!("{source}: found {rows} rows, of which no value comes: {name} with these parameters");
    if rows > lookback {
        let why = still.map_or_else(
            || "divides by what is 0 in all of them, or does not move".to_owned(),
            |column| format!("divides by what is 0 where {column} is, and that is 0 in all rows"),
        );
        return Err(Exit::Failed(anyhow!("{told} {why}")));
    }
    Err(Exit::Failed(anyhow!("{told} has all of them from row {needed} on")))
}

/// The first column that it takes which is 0 in all rows.
fn still(entry: &Entry, series: &Series) -> Option<String> {
    let columns = entry.columns().zip(&series.columns);
    let mut still = columns.filter(|(_, values)| values.iter().all(|value| *value == 0.0));
    still.next().map(|(name, _)| name.to_owned())
}

pub(super) fn batch(entry: &Entry, mut running: Running, series: &Series) -> Vec<Vec<f64>> {
    let mut values = vec![vec![0.0; series.rows]; entry.outputs.len()];
    let inputs: Vec<_> = series.columns.iter().map(Vec::as_slice).collect();
    running.run(&inputs, &mut values.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    values
}

pub(super) fn stream(entry: &Entry, mut running: Running, series: &Series) -> Vec<Vec<f64>> {
    let mut values = vec![vec![0.0; series.rows]; entry.outputs.len()];
    let (mut input, mut output) = (vec![0.0; series.columns.len()], vec![0.0; entry.outputs.len()]);
    for row in 0..series.rows {
        for (value, column) in input.iter_mut().zip(&series.columns) {
            *value = column[row];
        }
        running.update(&input, &mut output);
        for (at, column) in values.iter_mut().enumerate() {
            catalogue::place(column, row, running.back(at), output[at]);
        }
    }
    values
}

pub(super) fn text(entry: &Entry, values: &[Vec<f64>], rows: usize) -> String {
    let mut text = entry.outputs.join(",") + "\n";
    for row in 0..rows {
        for (at, column) in values.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            // A line with nothing on it is no row to many readers.
            if column[row].is_nan() && values.len() == 1 {
                text.push_str("\"\"");
            }
            digits(&mut text, column[row]);
        }
        text.push('\n');
    }
    text
}

/// A number with 17 significant digits, without the zeros that say nothing; nothing for no value.
pub(super) fn digits(text: &mut String, value: f64) {
    if value.is_nan() {
        return;
    }
    let exact = format!("{value:.*e}", DIGITS - 1);
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-5..DIGITS as i32).contains(&exponent) {
        let after = (DIGITS as i32 - 1 - exponent) as usize;
        let plain = format!("{value:.after$}");
        text.push_str(if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { &plain });
    } else {
        _ = write!(text, "{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'));
    }
}
