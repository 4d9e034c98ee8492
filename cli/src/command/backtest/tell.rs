//! How a run is told: as JSON, as text, as files.

use super::asked::{Input, is_short};
use super::unknown::{Run, SHORT, unknown};
use engine_analytics::performance::calendar;
use engine_analytics::performance::drawdown;
use engine_backtest::bars::account::{Left, Position, Sizing, Terms};
use engine_backtest::bars::rule::Rule;
use engine_backtest::bars::run::Report;
use engine_backtest::bars::series::Series;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Drawdowns that are shown.
const WORST: usize = 5;

/// A run, and on which terms.
pub(super) struct Told<'a> {
    pub(super) input: &'a Input,
    pub(super) rule: &'a Rule,
    pub(super) terms: &'a Terms,
    pub(super) series: &'a Series,
    pub(super) report: &'a Report,
    pub(super) periods: f64,
    pub(super) elapsed: Duration,
}

impl Told<'_> {
    /// The contract of `--json`.
    pub(super) fn json(&self) -> Value {
        let outcome = &self.report.outcome;
        let trades: Vec<Value> = outcome
            .trades
            .iter()
            .map(|closed| {
                let (position, trade) = (&closed.position, &closed.trade);
                json!({
                    "entry_bar": trade.entry_bar, "exit_bar": trade.exit_bar, "side": position.side as i8,
                    "qty": position.units, "entry_px": position.entry_px, "exit_px": closed.exit_px,
                    "fees": trade.fees, "pnl": trade.pnl, "return": trade.share, "reason": reason(closed.left),
                })
            })
            .collect();
        let mut metrics: Map<String, Value> =
            self.report.named().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        metrics.insert("final_equity".to_owned(), json!(self.report.equity_final(self.terms)));
        let (bars, fees) = (self.series.len(), self.fees());
        json!({
            "input": self.input.json(),
            "strategy": self.rule.name().name(),
            "by": "bars",
            "params": self.rule.values().map(|(name, value)| (name.to_owned(), number(value))).collect::<Map<_, _>>(),
            "terms": terms(self.terms, self.periods),
            "bars": bars,
            "trades": trades,
            "open_trade": outcome.open.as_ref().map(|open| self.open_trade(open)),
            "equity_final": self.report.equity_final(self.terms),
            "metrics": metrics,
            "unknown": self.unknown(),
            "fees": { "closed": fees[0], "open": fees[1], "total": fees[0] + fees[1] },
            "drawdowns": drawdown::worst(&outcome.equity, WORST).iter().map(|spell| json!({
                "depth": spell.depth, "bars": spell.bars, "peak_bar": spell.peak_bar,
                "bottom_bar": spell.bottom_bar, "recovered_bar": spell.recovered_bar,
            })).collect::<Vec<_>>(),
            "months": self.months().iter().map(|month| json!({
                "year": month.year, "month": month.month, "return": month.total,
            })).collect::<Vec<_>>(),
            "elapsed_ns": self.elapsed.as_nanos() as u64,
            "bars_per_s": bars as f64 / self.elapsed.as_secs_f64(),
        })
    }

    /// The terms in a line.
    pub(super) fn terms_text(&self) -> String {
        let sizing = match self.terms.sizing {
            Sizing::Units(units) => format!("{units} units"),
            Sizing::AllIn => "all in".to_owned(),
        };
        let percent = |name: &str, share: f64| format!("{name} {} %", (share * 1e6).round() / 1e4);
        let mut text = vec![format!("cash {}", self.terms.cash), sizing, percent("fee", self.terms.fee)];
        text.push(percent("slippage", self.terms.slippage));
        text.extend(self.terms.stop.map(|share| percent("stop", share)));
        text.extend(self.terms.target.map(|share| percent("target", share)));
        text.join(", ")
    }

    fn open_trade(&self, open: &Position) -> Value {
        let last = self.series.close().last().copied().unwrap_or(open.entry_px);
        json!({
            "entry_bar": open.entry_bar, "side": open.side as i8, "qty": open.units, "entry_px": open.entry_px,
            "entry_fee": open.entry_fee, "fees": open.entry_fee,
            "unrealized_pnl": (last - open.entry_px) * open.units * open.side.sign() - open.entry_fee,
        })
    }

    /// Fees of closed positions, which is what the measure counts, and of the one that is open.
    pub(super) fn fees(&self) -> [f64; 2] {
        let open = self.report.outcome.open.as_ref().map_or(0.0, |open| open.entry_fee);
        [self.report.trades.total_fees.unwrap_or(0.0), open]
    }

    /// Why a measure is not known, by its name.
    fn unknown(&self) -> Map<String, Value> {
        let (curve, trades, is_short) = (&self.report.curve, &self.report.trades, is_short(self.series));
        unknown(Run { curve, trades, bars: self.series.len(), is_short, has_price: true }, self.report.named())
    }

    fn months(&self) -> Vec<calendar::Month> {
        calendar::months(self.series.time_ms(), &self.report.outcome.equity)
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let (curve, trades) = (&self.report.curve, &self.report.trades);
        let params: Vec<_> = self.rule.values().map(|(name, value)| format!("{name} {value}")).collect();
        let mut text = format!(
            "{} ({}) over {} bars, by its rule\n\n",
            self.rule.name().name(),
            params.join(", "),
            self.series.len()
        );
        let mut line = |name: &str, value: String, more: String| {
            _ = writeln!(text, "  {name:<16}{value:>14}   {more}");
        };
        let share = |value: Option<f64>| value.map_or_else(na, |value| format!("{:.2} %", value * 100.0));
        let plain = |value: Option<f64>| value.map_or_else(na, |value| format!("{value:.2}"));
        let count = |value: Option<f64>| value.map_or_else(na, |value| format!("{value:.0}"));
        line("equity", format!("{:.2}", self.report.equity_final(self.terms)), format!("from {:.2}", self.terms.cash));
        line("return", share(curve.total_return), format!("{} a year", share(curve.cagr)));
        line("volatility", share(curve.ann_vol), "a year".to_owned());
        line(
            "sharpe",
            plain(curve.sharpe),
            format!("sortino {}, above 0 for {}", plain(curve.sortino), share(curve.psr)),
        );
        line("drawdown", share(curve.max_drawdown), format!("below its peak for {} bars", count(curve.max_dd_bars)));
        line(
            "trades",
            count(trades.trades),
            format!("{} won, {} of bars in the market", share(trades.win_rate), share(trades.exposure)),
        );
        line("profit factor", plain(trades.profit_factor), format!("{} a trade", plain(trades.expectancy)));
        let [closed, open] = self.fees();
        let of_open = if open > 0.0 { format!("{open:.2} of them for what is open") } else { String::new() };
        line("fees", plain(Some(closed + open)), of_open);
        if let Some(open) = &self.report.outcome.open {
            line(
                "open",
                format!("{}", open.units),
                format!("{:?} since bar {} at {}", open.side, open.entry_bar, open.entry_px),
            );
        }
        if is_short(self.series) {
            _ = writeln!(text, "\n  what is annual is n/a: {SHORT}");
        }
        text.push_str("\nThe deepest falls\n");
        for spell in drawdown::worst(&self.report.outcome.equity, WORST) {
            let until = spell.recovered_bar.map_or_else(|| "still below".to_owned(), |bar| format!("until bar {bar}"));
            _ = writeln!(
                text,
                "  {:>8.2} %   from bar {}, {} bars, {until}",
                spell.depth * 100.0,
                spell.peak_bar,
                spell.bars
            );
        }
        text.push_str(&self.years());
        text
    }

    /// Returns by month in percent, a year a line.
    fn years(&self) -> String {
        let mut text = "\nBy month, in percent\n        ".to_owned();
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        names.iter().for_each(|name| _ = write!(text, "{name:>7}"));
        text.push_str("    year\n");
        for year in self.months().chunk_by(|a, b| a.year == b.year) {
            _ = write!(text, "  {:<6}", year[0].year);
            for month in 1..=12 {
                match year.iter().find(|at| at.month == month) {
                    // Rounded first, then freed from the sign that a zero would keep.
                    Some(at) => _ = write!(text, "{:>7.1}", (at.total * 1_000.0).round() / 10.0 + 0.0),
                    None => _ = write!(text, "{:>7}", ""),
                }
            }
            let whole = year.iter().fold(1.0, |grown, at| grown * (1.0 + at.total)) - 1.0;
            _ = writeln!(text, "{:>8.1}", whole * 100.0);
        }
        text
    }
}

fn na() -> String {
    "n/a".to_owned()
}

fn reason(left: Left) -> &'static str {
    match left {
        Left::Signal => "signal",
        Left::Stop => "stop",
        Left::Target => "target",
    }
}

/// The terms as they were typed.
pub(crate) fn terms(terms: &Terms, periods: f64) -> Value {
    let sizing = match terms.sizing {
        Sizing::Units(units) => json!(["units", units]),
        Sizing::AllIn => json!(["allin"]),
    };
    json!({
        "cash": terms.cash, "fee": terms.fee, "slippage": terms.slippage, "sizing": sizing,
        "stop": terms.stop, "target": terms.target, "periods_per_year": periods,
    })
}

/// A whole number as one.
pub(crate) fn number(value: f64) -> Value {
    if value.fract().total_cmp(&0.0).is_eq() && value.abs() < 1e15 { json!(value as i64) } else { json!(value) }
}

/// The account's value after each bar.
pub(super) fn equity(series: &Series, report: &Report) -> String {
    let mut text = "time_ms,target,equity\n".to_owned();
    let rows = series.time_ms().iter().zip(&report.wanted).zip(&report.outcome.equity);
    rows.for_each(|((ms, wanted), equity)| _ = writeln!(text, "{ms},{},{equity}", *wanted as i8));
    text
}

/// The closed positions.
pub(super) fn trades(report: &Report) -> String {
    let mut text = "side,units,entry_bar,entry_price,exit_bar,exit_price,fees,pnl,ret,reason\n".to_owned();
    for closed in &report.outcome.trades {
        let (at, trade) = (&closed.position, &closed.trade);
        _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{}",
            at.side as i8,
            at.units,
            trade.entry_bar,
            at.entry_px,
            trade.exit_bar,
            closed.exit_px,
            trade.fees,
            trade.pnl,
            trade.share,
            reason(closed.left)
        );
    }
    text
}
