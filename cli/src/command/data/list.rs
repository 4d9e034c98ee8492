//! `data list`: what the store has, and what it lacks.

use crate::args::List as Args;
use crate::exit::Exit;
use crate::{output, store, time};
use bridges::store::history::Stock;
use bridges::store::history::gaps::Gap;
use serde_json::{Value, json};

/// Gaps that are told one by one.
const GAPS_TOLD: usize = 1_000;

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let history = store::open(&args.store)?;
    let mut series = store::failed(history.series())?;
    if let Some(data) = &args.data {
        let of = store::find(&series, data)?;
        series.retain(|series| (&series.venue, &series.symbol) == (&of.0, &of.1));
    }
    let mut stocks = Vec::new();
    for series in &series {
        stocks.extend(store::failed(history.stock(series))?);
    }
    if args.json {
        let told: Vec<Value> = stocks.iter().map(|stock| told(stock, args.gaps)).collect();
        return output::print_json(&json!({ "store": args.store, "series": told }));
    }
    output::print(&text(args, &stocks))
}

fn told(stock: &Stock, with_gaps: bool) -> Value {
    let Stock { series, gaps, .. } = stock;
    let missing: Option<u64> = gaps.iter().map(|gap| gap.rows).sum();
    let mut line = json!({
        "venue": series.venue,
        "symbol": series.symbol,
        "kind": series.kind.to_string(),
        "from_ns": stock.first_ns,
        "to_ns": stock.last_ns,
        "rows": stock.rows,
        "gaps": gaps.len(),
        "missing": missing,
        "files": stock.files,
        "bytes": stock.bytes,
    });
    if with_gaps {
        let gap = |gap: &Gap| json!({ "from_ns": gap.from_ns, "to_ns": gap.to_ns, "rows": gap.rows });
        line["gaps_told"] = gaps.iter().take(GAPS_TOLD).map(gap).collect();
    }
    line
}

fn text(args: &Args, stocks: &[Stock]) -> String {
    let at = |at_ns: i64| time::utc(at_ns.max(0) as u64);
    let mut out = String::new();
    for stock in stocks {
        let Stock { series, gaps, rows, bytes, .. } = stock;
        let kib = bytes.div_ceil(1024);
        out += &format!(
            "{series}: {} to {}, {rows} rows, {} gaps, {kib} KiB\n",
            at(stock.first_ns),
            at(stock.last_ns),
            gaps.len()
        );
        for gap in gaps.iter().take(if args.gaps { GAPS_TOLD } else { 0 }) {
            let rows = gap.rows.map_or_else(String::new, |rows| format!(", {rows} rows"));
            out += &format!("  nothing from {} to {}{rows}\n", at(gap.from_ns), at(gap.to_ns));
        }
        let more = gaps.len().saturating_sub(GAPS_TOLD);
        if args.gaps && more > 0 {
            out += &format!("  and {more} gaps more\n");
        }
    }
    if stocks.is_empty() {
        out += &format!("{}: nothing yet; `ringside data import` fills it\n", args.store.display());
    }
    out
}
