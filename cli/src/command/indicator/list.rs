//! `indicator list`: what there is.

use crate::args::IndicatorList;
use crate::exit::Exit;
use crate::output;
use engine_analytics::indicator::catalogue::{Entry, Fault, Input, Param, entries};
use serde_json::{Map, Number, Value, json};
use std::fmt::Write as _;

/// Runs the command.
pub(super) fn run(args: &IndicatorList) -> Result<(), Exit> {
    if args.json {
        let entries: Result<Vec<_>, _> = entries().map(as_json).collect();
        return output::print_json(&entries.map_err(|fault| Exit::Failed(fault.into()))?);
    }
    output::print(&text())
}

fn text() -> String {
    let (mut text, mut group, mut count) = (String::new(), None, 0);
    for entry in entries() {
        if group.replace(entry.group) != Some(entry.group) {
            _ = writeln!(text, "{}", entry.group.name());
        }
        let params: Vec<_> = entry.params.iter().map(|param| format!("{}={}", param.name, param.default)).collect();
        let columns: Vec<_> = entry.columns().collect();
        let line = format!("  {:<20} {} ({})", entry.name, entry.title, columns.join(" "));
        _ = writeln!(text, "{}", [line, params.join(" ")].join(" ").trim_end());
        count += 1;
    }
    text + format!("{count} indicators\n").as_str()
}

pub(super) fn as_json(entry: &Entry) -> Result<Value, Fault> {
    let inputs: Map<_, _> = entry.inputs.iter().map(|input| (input.name.to_owned(), columns(input))).collect();
    let params: Map<_, _> = entry.params.iter().map(|param| (param.name.to_owned(), range(param))).collect();
    let lookback = entry.make(&[])?.lookback();
    Ok(json!({
        "name": entry.name,
        "title": entry.title,
        "group": entry.group.name(),
        "inputs": inputs,
        "params": params,
        "outputs": entry.outputs,
        "lookback": lookback,
        "unit": entry.unit.name(),
        "source": entry.source,
    }))
}

/// One column by its name, several as a list.
fn columns(input: &Input) -> Value {
    match input.columns {
        [column] if input.name != "prices" => json!(column),
        columns => json!(columns),
    }
}

fn range(param: &Param) -> Value {
    let number = |value: f64| if param.whole { Value::Number(Number::from(value as i64)) } else { json!(value) };
    json!({ "default": number(param.default), "min": number(param.min), "max": number(param.max), "whole": param.whole })
}
