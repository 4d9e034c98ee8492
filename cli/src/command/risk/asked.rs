//! What was typed, the returns it is asked of, and every reason why they are none.

use crate::args::Risk;
use crate::exit::Exit;
use crate::series::{self, Series, Source};
use crate::typed;
use anyhow::{Context as _, anyhow};
use engine_analytics::indicator::catalogue::nearest;
use serde_json::Value;
use std::io::BufRead;

/// Weights may miss 1 by so much: what rounding to six decimals leaves.
const SUM_OFF: f64 = 1e-6;

/// What is measured.
#[derive(Debug)]
pub(super) struct Asked {
    /// What was read.
    pub(super) input: String,
    pub(super) blake3: String,
    pub(super) rows: usize,
    /// The first and last time of it, as written.
    pub(super) times: Option<[String; 2]>,
    /// One an asset.
    pub(super) names: Vec<String>,
    /// In the order of the names, all of one length.
    pub(super) returns: Vec<Vec<f64>>,
    /// In the order of the names.
    pub(super) weights: Option<Vec<f64>>,
    /// What others promised: of which asset, and for each return.
    pub(super) promised: Vec<(usize, Vec<f64>)>,
    pub(super) confidences: Vec<f64>,
    pub(super) horizons: Vec<u32>,
    pub(super) window: usize,
}

/// Reads what was typed, and the file.
pub(super) fn read(args: &Risk) -> Result<Asked, Exit> {
    let source = Source::Returns(&args.returns);
    read_lines(args, feeds::capture::open(&args.returns).with_context(|| source.to_string())?)
}

/// Reads what was typed, and lines.
pub(super) fn read_lines(args: &Risk, lines: impl BufRead) -> Result<Asked, Exit> {
    check(args)?;
    let source = Source::Returns(&args.returns);
    let promises = promises(args.promised.as_deref())?;
    let mut names = Vec::new();
    let table = series::read_those(lines, source, |head| {
        names = assets(head, &args.assets, &promises, source)?;
        let columns = names.iter().chain(promises.iter().map(|(_, column)| column));
        columns.map(|column| place(head, column, source).map(Some)).collect()
    })?;
    asked(args, names, &promises, table)
}

/// What a table comes to.
fn asked(args: &Risk, names: Vec<String>, promises: &[(String, String)], mut table: Series) -> Result<Asked, Exit> {
    let source = Source::Returns(&args.returns);
    let mut promised_columns = table.columns.split_off(names.len());
    let returns = if args.equity { made(&table.columns, &names, source)? } else { table.columns };
    let count = returns.first().map_or(0, Vec::len);
    if count < 2 {
        let kind = if args.equity { "values" } else { "returns" };
        let needed = if args.equity { 3 } else { 2 };
        return Err(Exit::Failed(anyhow!("{source}: found {} {kind}, expected at least {needed}", table.rows)));
    }
    if !args.equity {
        are_returns(&returns, &names, source)?;
    }
    let weights = args.weights.as_deref().map(|text| weights(text, &names)).transpose()?;
    let mut promised = Vec::new();
    for ((asset, column), losses) in promises.iter().zip(&mut promised_columns) {
        // What was promised for the period before the first return has nothing to be held against.
        let losses: Vec<f64> = losses.drain(usize::from(args.equity)..).collect();
        if losses.iter().all(|loss| *loss <= 0.0) {
            let told = format!("{source}: {column}: found no value above 0, expected losses as positive shares");
            return Err(Exit::Failed(anyhow!("{told} (0.02 is two percent)")));
        }
        promised.push((find(asset, &names, "--promised")?, losses));
    }
    Ok(Asked {
        input: source.name(),
        blake3: table.blake3,
        rows: table.rows,
        times: table.times,
        names,
        returns,
        weights,
        promised,
        confidences: args.confidence.clone(),
        horizons: args.horizon.clone(),
        window: args.window,
    })
}

fn check(args: &Risk) -> Result<(), Exit> {
    for found in &args.confidence {
        if !(0.5 < *found && *found < 1.0) {
            let told = format!("--confidence: found {found}, accepted: a share above 0.5 and below 1");
            return Err(Exit::Usage(format!("{told} (0.99: one period in a hundred loses more)")));
        }
    }
    let twice =
        |at: usize| args.confidence[..at].iter().any(|before| before.to_bits() == args.confidence[at].to_bits());
    if let Some(at) = (0..args.confidence.len()).find(|at| twice(*at)) {
        return Err(Exit::Usage(format!("--confidence: found {} twice, accepted: each once", args.confidence[at])));
    }
    if args.horizon.contains(&0) {
        return Err(Exit::Usage("--horizon: found 0, accepted: a whole number above 0".to_owned()));
    }
    if args.window < 2 {
        return Err(Exit::Usage(format!("--window: found {}, accepted: a whole number above 1", args.window)));
    }
    if args.promised.is_some() && args.confidence.len() != 1 {
        let told = format!("--promised: found {} of --confidence, accepted: one", args.confidence.len());
        return Err(Exit::Usage(format!("{told}, that of the promise")));
    }
    Ok(())
}

/// Of which asset, in which column.
fn promises(text: Option<&str>) -> Result<Vec<(String, String)>, Exit> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let one = |(asset, column): (String, Value)| match column.as_str() {
        Some(column) => Ok((asset, column.to_owned())),
        None => Err(Exit::Usage(format!("--promised {asset}: found {column}, accepted: the name of a column"))),
    };
    typed::object("--promised", text)?.into_iter().map(one).collect()
}

/// The columns that are assets: as typed, or all that can be.
fn assets(
    head: &[&str],
    typed: &[String],
    promises: &[(String, String)],
    source: Source<'_>,
) -> Result<Vec<String>, Exit> {
    if let Some(at) = (0..typed.len()).find(|at| typed[..*at].contains(&typed[*at])) {
        return Err(Exit::Usage(format!("--assets: found {} twice, accepted: each once", typed[at])));
    }
    if !typed.is_empty() {
        return Ok(typed.to_vec());
    }
    let is_promise = |name: &str| promises.iter().any(|(_, column)| column == name);
    let names: Vec<String> =
        head.iter().filter(|name| !series::is_time(name) && !is_promise(name)).map(|name| (*name).to_owned()).collect();
    if names.is_empty() {
        let found = head.join(", ");
        return Err(Exit::Usage(format!("{source}: found the columns {found}, expected one an asset under its name")));
    }
    Ok(names)
}

fn place(head: &[&str], column: &str, source: Source<'_>) -> Result<usize, Exit> {
    head.iter().position(|name| *name == column).ok_or_else(|| {
        let near = nearest(column, head.iter().copied()).join(", ");
        Exit::Usage(format!("{source}: no column is called `{column}`; nearest: {near}"))
    })
}

fn find(asset: &str, names: &[String], key: &str) -> Result<usize, Exit> {
    names.iter().position(|name| name == asset).ok_or_else(|| {
        let near = nearest(asset, names.iter().map(String::as_str)).join(", ");
        Exit::Usage(format!("{key}: no asset is called {asset}; nearest: {near}"))
    })
}

/// A share for each asset, in their order.
fn weights(text: &str, names: &[String]) -> Result<Vec<f64>, Exit> {
    let mut weights = vec![None; names.len()];
    for (name, share) in typed::numbers("--weights", text)? {
        weights[find(&name, names, "--weights")?] = Some(share);
    }
    let missing: Vec<&str> =
        names.iter().zip(&weights).filter(|(_, share)| share.is_none()).map(|(name, _)| name.as_str()).collect();
    if !missing.is_empty() {
        let told = format!("--weights: found none of {}, accepted: one of each asset", missing.join(", "));
        return Err(Exit::Usage(format!("{told} (0 for none, or leave it out of --assets)")));
    }
    let weights: Vec<f64> = weights.into_iter().flatten().collect();
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > SUM_OFF {
        let told = format!("--weights: found a sum of {sum}, accepted: 1");
        return Err(Exit::Usage(format!("{told} (cash is an asset whose returns are 0)")));
    }
    Ok(weights)
}

/// Returns of values, which are above 0 all along.
fn made(columns: &[Vec<f64>], names: &[String], source: Source<'_>) -> Result<Vec<Vec<f64>>, Exit> {
    for (name, values) in names.iter().zip(columns) {
        if let Some(row) = values.iter().position(|value| *value <= 0.0) {
            let told = format!("{source}: row {} (below the names): {name}: found {}", row + 1, values[row]);
            return Err(Exit::Failed(anyhow!(
                "{told}, expected a value above 0: what is lost has no returns any more"
            )));
        }
    }
    Ok(columns.iter().map(|values| engine_analytics::performance::curve::returns(values)).collect())
}

/// Nothing loses more than it is; who meant percent, or values, finds out here.
fn are_returns(returns: &[Vec<f64>], names: &[String], source: Source<'_>) -> Result<(), Exit> {
    for (name, values) in names.iter().zip(returns) {
        if let Some(row) = values.iter().position(|value| *value < -1.0) {
            let told = format!("{source}: row {} (below the names): {name}: found {}", row + 1, values[row]);
            return Err(Exit::Failed(anyhow!(
                "{told}, expected a return from -1 (all is lost), as a share: 0.01 is a percent"
            )));
        }
        if values.iter().all(|value| *value > 0.0) && values.iter().sum::<f64>() > values.len() as f64 {
            let told = format!("{source}: {name}: found returns that double it in each period");
            return Err(Exit::Usage(format!("{told}; with --equity the columns are values")));
        }
    }
    Ok(())
}
