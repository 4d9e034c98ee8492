//! What people read: one small table, a line a contender.

use crate::report::{Report, number};
use crate::rounds::Series;
use serde_json::Value;
use std::fmt::Write as _;

/// The report as text.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut text = format!("{}: {}\n", report.bench, report.question);
    // A string takes whatever is written to it; the results below say nothing.
    let _ = writeln!(text, "samples: {} · ratios: {}", report.sample, report.headline);
    let machine = &report.machine;
    let _ = writeln!(
        text,
        "machine: {} cores, {}, governor {}, isolated {}, steal {}, load {}",
        machine.cores,
        machine.placement,
        machine.governor.as_deref().unwrap_or("none"),
        machine.isolated.as_deref().unwrap_or("none"),
        machine.steal.map_or_else(|| "unknown".to_owned(), |share| format!("{:.1} %", share * 100.0)),
        machine.load.map_or_else(|| "unknown".to_owned(), |load| format!("{load:.1}")),
    );
    let overhead = report.overhead_ns.map_or_else(|| "unknown".to_owned(), |ns| format!("{ns:.1} ns"));
    let _ = writeln!(text, "empty harness: {overhead}\n");
    let mut rows = vec![["", "headline", "p50", "p99", "p99.9", "samples", "ratio"].map(str::to_owned).to_vec()];
    let ratios = report.ratios();
    for (at, series) in report.series.iter().enumerate() {
        let percentile = |share: f64| match series.samples.is_empty() {
            true => "-".to_owned(),
            false => series.samples.value_at_quantile(share).to_string(),
        };
        let ratio = if at < report.ours { None } else { ratios.get(series.name).and_then(Value::as_f64) };
        rows.push(vec![
            series.name.to_owned(),
            series.headline_ns().map_or_else(|| "-".to_owned(), |ns| format!("{ns:.1}")),
            percentile(0.5),
            percentile(0.99),
            percentile(0.999),
            series.samples.len().to_string(),
            ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}x")),
        ]);
    }
    text.push_str(&aligned(&rows));
    metrics(&mut text, report);
    for (name, value) in &report.more {
        let _ = writeln!(text, "{name}: {value}");
    }
    text
}

/// The other figures: a line a metric, a column a contender.
fn metrics(text: &mut String, report: &Report) {
    let mut names: Vec<&str> = Vec::new();
    for name in report.series.iter().flat_map(Series::metric_names) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(report.series.iter().map(|series| series.name.to_owned()));
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(report.series.iter().map(|series| match number(series.metric(name)) {
            Value::Null => "-".to_owned(),
            value => value.to_string(),
        }));
        rows.push(row);
    }
    text.push('\n');
    text.push_str(&aligned(&rows));
}

/// The first column to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, "{cell:<width$}"),
                _ => write!(text, "  {cell:>width$}"),
            };
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}
