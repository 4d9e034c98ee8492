//! `data export`: rows of the store, or bars made of trades, as CSV, JSON or Parquet.

use super::bars;
use crate::args::{Export as Args, Format};
use crate::exit::Exit;
use crate::{output, store, typed};
use anyhow::Context as _;
use bridges::store::history::csv;
use bridges::store::history::table::Table;
use serde_json::json;
use std::path::Path;

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let is_standard = args.out == Path::new("-");
    if args.json && is_standard {
        return Err(Exit::Usage("--json: found no --out, accepted: with a file for the rows".to_owned()));
    }
    let format = format(args)?;
    let made = args.bars.as_ref().map(|way| bars::made(args, way)).transpose()?;
    let of_trades = made.as_ref().map(|made| (made.trades, made.left));
    let (series, table) = match made {
        Some(bars::Made { series, table, .. }) => (series, table),
        None => store::rows(&args.of, args.kind)?,
    };
    let bytes = bytes(&table, format).context("the rows cannot be written")?;
    if is_standard {
        return output::print_bytes(&bytes);
    }
    typed::write_bytes("--out", &args.out, &bytes)?;
    let (from_ns, to_ns) = (table.times_ns().first(), table.times_ns().last());
    let kind = args.bars.map_or_else(|| series.kind.to_string(), |way| format!("bars {way}"));
    if args.json {
        return output::print_json(&json!({
            "venue": series.venue, "symbol": series.symbol, "kind": kind, "rows": table.len(),
            "from_ns": from_ns, "to_ns": to_ns, "out": args.out, "bytes": bytes.len(),
            "trades": of_trades.map(|(trades, _)| trades), "trades_left": of_trades.map(|(_, left)| left),
        }));
    }
    let (out, rows) = (args.out.display(), table.len());
    output::print(&match of_trades {
        None => format!("{out}: {rows} rows of {series}\n"),
        Some((trades, left)) => {
            let of = format!("{}:{} {kind}, of {trades} trades", series.venue, series.symbol);
            format!("{out}: {rows} rows of {of}; the last {left} make no bar that is over\n")
        }
    })
}

fn format(args: &Args) -> Result<Format, Exit> {
    let ending = args.out.extension().and_then(|ending| ending.to_str());
    match (args.format, ending) {
        (Some(format), _) => Ok(format),
        (None, Some("csv") | None) => Ok(Format::Csv),
        (None, Some("json")) => Ok(Format::Json),
        (None, Some("parquet")) => Ok(Format::Parquet),
        (None, Some(_)) => {
            let found = args.out.display();
            Err(Exit::Usage(format!(
                "--out: found {found}, accepted: a name that ends in .csv, .json or .parquet, or --format"
            )))
        }
    }
}

fn bytes(table: &Table, format: Format) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    match format {
        Format::Csv => csv::write(table, &mut out)?,
        Format::Json => csv::write_json(table, &mut out)?,
        Format::Parquet => out = bridges::store::history::parquet(table)?,
    }
    Ok(out)
}
