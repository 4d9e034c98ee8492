//! The report as a person reads it: figures in columns, rows that add up to the last line.

use crate::args::SliceName;
use bridges::dto::{Attribution, LotPosition, PartsUsd, Slice};

/// The whole report.
pub(super) fn text(told: &Attribution, by: SliceName) -> String {
    let mut out = head(told);
    let (what, slices) = match by {
        SliceName::Strategy => ("strategy", &told.by_strategy),
        SliceName::Venue => ("venue", &told.by_venue),
        SliceName::Instrument => ("instrument", &told.by_instrument),
        SliceName::Tag => ("tag", &told.by_tag),
    };
    out += "\nProfit in dollars, and what it is made of\n";
    out += &rows(&parts(told, what, slices));
    out += "\nProfit by lots, and what is held, in dollars\n";
    out += &rows(&held(what, slices));
    let open: Vec<&LotPosition> = told.positions.iter().filter(|position| !position.lots.is_empty()).collect();
    if !open.is_empty() {
        out += "\nOpen positions, in what they settle in\n";
        out += &rows(&positions(&open));
    }
    if !told.ledger.is_empty() {
        out += "\nWhat the venues' ledgers must show for the run\n";
        out += &rows(
            &told.ledger.iter().map(|c| vec![c.venue.clone(), c.asset.clone(), c.change.clone()]).collect::<Vec<_>>(),
        );
    }
    out + tail(told).as_str()
}

fn head(told: &Attribution) -> String {
    let known = |of: &Option<String>| of.clone().unwrap_or_else(|| "n/a".to_owned());
    let [start, now, today] = [&told.equity_start_usd, &told.equity_usd, &told.day_profit_usd].map(known);
    let [fall, peak, most] = [&told.drawdown_usd, &told.peak_usd, &told.drawdown_max_usd].map(known);
    let lines = [
        ("Equity", format!("{now} from {start}")),
        ("Profit", format!("{}, today {today}", told.profit_usd)),
        ("Drawdown", format!("{fall} from the peak of {peak}, at most {most}")),
    ];
    lines.iter().map(|(name, value)| format!("{name:<10}{value}\n")).collect()
}

fn tail(told: &Attribution) -> String {
    let mut out = String::from("\n");
    out += match (told.adds_up, told.complete) {
        (true, true) => "The parts add up to what the accounts have earned, to the last unit.\n",
        (true, false) => "The parts add up, but something of the run is missing: it was missed, or does not fit.\n",
        (false, _) => "The parts do NOT add up to what the accounts have earned: a fault of this program.\n",
    };
    if !told.unpriced.is_empty() {
        out += &format!("Nothing of the run prices {}: their dollars are missing.\n", told.unpriced.join(", "));
    }
    out
}

fn cells(name: &str, parts: &PartsUsd, profit: &str) -> Vec<String> {
    let columns = parts.columns().map(|(_, amount)| amount.to_owned());
    [name.to_owned()].into_iter().chain(columns).chain([profit.to_owned()]).collect()
}

fn parts(told: &Attribution, what: &str, slices: &[Slice]) -> Vec<Vec<String>> {
    let names = told.parts.columns().map(|(name, _)| name.to_owned());
    let header = [what.to_owned()].into_iter().chain(names).chain(["profit".to_owned()]).collect();
    let each = slices.iter().map(|slice| cells(&slice.name, &slice.parts, &slice.profit_usd));
    [header].into_iter().chain(each).chain([cells("all", &told.parts, &told.profit_usd)]).collect()
}

fn held(what: &str, slices: &[Slice]) -> Vec<Vec<String>> {
    let header = [what, "realised", "unrealised", "gross", "net", "fills"].map(str::to_owned).to_vec();
    let each = slices.iter().map(|slice| {
        let Slice { name, realised_usd, unrealised_usd, gross_usd, net_usd, fills, .. } = slice;
        [name, realised_usd, unrealised_usd, gross_usd, net_usd, &fills.to_string()].map(String::clone).to_vec()
    });
    [header].into_iter().chain(each).collect()
}

fn positions(open: &[&LotPosition]) -> Vec<Vec<String>> {
    let header = ["position", "side", "qty", "mark", "unrealised", "liquidation", "margin", "lots"];
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let each = open.iter().map(|position| {
        vec![
            format!("{}:{}", position.venue, position.symbol),
            position.side.clone(),
            position.qty.clone(),
            known(&position.mark_px),
            format!("{} {}", position.unrealised, position.currency),
            known(&position.liquidation_px),
            known(&position.maintenance_margin),
            position.lots.len().to_string(),
        ]
    });
    [header.map(str::to_owned).to_vec()].into_iter().chain(each).collect()
}

/// Columns as wide as their widest cell: the first to the left, figures to the right.
pub(crate) fn rows(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|at| width(at).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
            0 => format!("  {cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
