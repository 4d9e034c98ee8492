//! A run over candles, as its page shows it.

use super::page::table::{Cell, Table};
use super::page::{Chart, LISTED, Mark, View, stamp};
use super::tell::Told;
use engine_analytics::signal::Wanted;
use engine_backtest::bars::account::{Closed, Position};

/// The view.
pub(super) fn view<'a>(told: &Told<'a>, source: &str) -> View<'a> {
    let params: Vec<_> = told.rule.values().map(|(name, value)| format!("{name} {value}")).collect();
    let outcome = &told.report.outcome;
    let closed = outcome.trades.iter().map(mark);
    let marks = closed.chain(outcome.open.iter().map(open_mark)).collect();
    View {
        title: told.rule.name().name().to_owned(),
        lines: vec![
            params.join(", "),
            format!("{} bars of {source}, BLAKE3 {}", told.series.len(), told.input.blake3),
            told.terms_text(),
        ],
        measures: measures(told),
        time_ms: told.series.time_ms(),
        equity: &outcome.equity,
        charts: vec![Chart { name: source.to_owned(), price: told.series.close(), marks }],
        periods: Some(told.periods),
        tables: vec![trades(&outcome.trades, told.series.time_ms())],
    }
}

fn measures(told: &Told<'_>) -> Vec<(&'static str, String)> {
    let (curve, trades) = (&told.report.curve, &told.report.trades);
    let share = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{:.2} %", value * 100.0));
    let plain = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.2}"));
    vec![
        ("Equity", format!("{:.2}", told.report.equity_final(told.terms))),
        ("Return", share(curve.total_return)),
        ("A year", share(curve.cagr)),
        ("Volatility", share(curve.ann_vol)),
        ("Sharpe", plain(curve.sharpe)),
        ("Sortino", plain(curve.sortino)),
        ("Deepest fall", share(curve.max_drawdown)),
        ("Calmar", plain(curve.calmar)),
        ("Trades", trades.trades.map_or_else(|| "n/a".to_owned(), |count| format!("{count:.0}"))),
        ("Won", share(trades.win_rate)),
        ("Profit factor", plain(trades.profit_factor)),
        ("In the market", share(trades.exposure)),
        ("Fees", plain(Some(told.fees().iter().sum()))),
    ]
}

fn mark(closed: &Closed) -> Mark {
    let (at, trade) = (&closed.position, &closed.trade);
    let is_long = at.side == Wanted::Long;
    let side = if is_long { "long" } else { "short" };
    Mark {
        is_long,
        entry: (trade.entry_bar, at.entry_px),
        exit: Some((trade.exit_bar, closed.exit_px)),
        told: format!("{side} {} at {}, left at {}: {:.2}", at.units, at.entry_px, closed.exit_px, trade.pnl),
    }
}

fn open_mark(open: &Position) -> Mark {
    let is_long = open.side == Wanted::Long;
    let told = format!("open since bar {}: {} at {}", open.entry_bar, open.units, open.entry_px);
    Mark { is_long, entry: (open.entry_bar, open.entry_px), exit: None, told }
}

fn trades(all: &[Closed], time_ms: &[i64]) -> Table {
    let listed = &all[all.len().saturating_sub(LISTED)..];
    let which = if listed.len() < all.len() { format!(", the last {LISTED} of {}", all.len()) } else { String::new() };
    let when = |bar: usize| time_ms.get(bar).map_or_else(|| bar.to_string(), |ms| stamp(*ms));
    let row = |closed: &Closed| {
        let (at, trade) = (&closed.position, &closed.trade);
        let plain = [
            format!("{:?}", at.side),
            format!("{:.6}", at.units),
            when(trade.entry_bar),
            at.entry_px.to_string(),
            when(trade.exit_bar),
            closed.exit_px.to_string(),
            format!("{:.2}", trade.fees),
        ];
        let toned = [format!("{:.2}", trade.pnl), format!("{:.2} %", trade.share * 100.0)];
        let toned = toned.into_iter().map(|text| Cell::toned(text, trade.pnl));
        plain.into_iter().map(Cell::plain).chain(toned).collect()
    };
    let head = ["side", "units", "from", "at", "to", "at", "fees", "profit", "return"];
    Table {
        title: format!("Trades{which}"),
        head: head.map(str::to_owned).to_vec(),
        rows: listed.iter().rev().map(row).collect(),
    }
}
