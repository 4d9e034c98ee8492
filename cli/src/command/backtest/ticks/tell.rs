//! How a run through every stage is told: as JSON, as text, as files, as a page.

use super::candles::OfCandles;
use super::{Of, Ran};
use crate::command::backtest::page::table::{Cell, Table};
use crate::command::backtest::page::{Chart, LISTED, Mark, View};
use crate::command::backtest::unknown::{Run, unknown};
use crate::command::pnl::table::rows;
use crate::time::utc;
use bridges::dto::{Attribution, Costs};
use engine_analytics::performance::curve::{self, ANNUAL, Curve, CurveMeasures};
use engine_analytics::performance::drawdown;
use engine_analytics::performance::trades::{self, Trade, TradeMeasures};
use engine_backtest::ticks::Outcome;
use engine_backtest::ticks::rounds::Round;
use engine_core::config::Config;
use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Drawdowns that are told.
const WORST: usize = 5;
/// A run must last so long before it is counted up to a year.
const DAY_NS: u64 = 86_400_000_000_000;
const YEAR_NS: f64 = 365.0 * DAY_NS as f64;
/// Instruments that a page draws: those with most round trips.
const DRAWN: usize = 4;

impl Ran {
    /// Why no figure here is the strategy's, if it gave up.
    pub(super) fn fault(&self) -> Option<String> {
        self.outcome.fault.as_deref().map(failed)
    }

    fn span_ns(&self) -> u64 {
        self.outcome.span.map_or(0, |(first, last)| last.since(first))
    }

    fn events_per_s(&self) -> f64 {
        self.events as f64 / (self.elapsed_ns.max(1) as f64 * 1e-9)
    }

    /// Samples in a year, where the run is long enough to be counted up to one.
    fn periods(&self) -> Option<f64> {
        (self.span_ns() >= DAY_NS).then(|| periods_per_year(self.sample))
    }

    fn measures(&self) -> (CurveMeasures, TradeMeasures) {
        let Outcome { equity, rounds, held, .. } = &self.outcome;
        measures(equity, rounds, *held, periods_per_year(self.sample))
    }

    fn named(&self) -> Vec<(&'static str, Option<f64>)> {
        let (curve, trades) = self.measures();
        let is_told = |name: &str| self.periods().is_some() || !ANNUAL.contains(&name);
        let curve = curve.named().into_iter().map(|(name, value)| (name, value.filter(|_| is_told(name))));
        curve.chain(trades.named()).collect()
    }

    /// Why a measure is not known, by its name.
    fn unknown(&self) -> Map<String, Value> {
        let (curve, trades) = self.measures();
        let (bars, is_short) = (self.outcome.equity.len(), self.periods().is_none());
        unknown(Run { curve: &curve, trades: &trades, bars, is_short, has_price: false }, self.named())
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> &Instrument {
        self.instruments.get(id)
    }

    pub(super) fn symbol(&self, id: InstrumentId) -> String {
        self.instrument(id).symbol.to_string()
    }

    fn attribution(&self) -> Attribution {
        Attribution::new(&self.outcome.books, self.outcome.span.map(|(_, last)| last.0), true)
    }

    fn equity_final(&self) -> f64 {
        self.outcome.equity.last().copied().unwrap_or_default()
    }

    fn equity_start(&self) -> f64 {
        self.config.paper.equity.0 as f64 * 1e-8
    }

    fn terms(&self) -> Vec<(&'static str, String)> {
        let of = if let Of::Candles { of, apart, .. } = &self.of { (&of[..], *apart) } else { (&[][..], 0) };
        terms((&self.config, self.venue), &self.instruments, [self.warm_up, self.sample], of)
    }

    /// What was traded on, for `--json`.
    fn of(&self) -> Map<String, Value> {
        let told = match &self.of {
            Of::Captures { files, messages, gaps, traded } => json!({
                "captures": files, "messages": messages, "gaps": gaps,
                "symbols": traded.iter().map(|id| self.symbol(*id)).collect::<Vec<_>>(),
            }),
            Of::Candles { of, apart, messages } => {
                let count: usize = of.iter().map(|of| of.count).sum();
                let mut told = match &of[..] {
                    [one] => one.json(),
                    all => json!({
                        "series": all.iter().map(OfCandles::json).collect::<Vec<_>>(), "bars": count, "bars_not_in_all": apart,
                    }),
                };
                told["instrument"] = json!(grid_text(&self.instruments));
                told["messages"] = json!(messages);
                told["bars_per_s"] = json!(count as f64 / (self.elapsed_ns.max(1) as f64 * 1e-9));
                told
            }
        };
        told.as_object().cloned().unwrap_or_default()
    }

    /// The contract of `--json`.
    pub(super) fn json(&self) -> Value {
        let (outcome, ended) = (&self.outcome, &self.ended);
        let (first, last) = outcome.span.unwrap_or_default();
        let metrics: Map<String, Value> =
            self.named().into_iter().map(|(name, of)| (name.to_owned(), json!(of))).collect();
        let rounds = |of: &[Round]| of.iter().map(|round| self.round(round)).collect::<Vec<_>>();
        let told = json!({
            "strategy": self.strategy,
            "by": "stages",
            "fault": self.fault(),
            "params": self.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>(),
            "venue": self.venue.name(),
            "terms": self.terms().into_iter().map(|(name, of)| (name.to_owned(), json!(of))).collect::<Map<_, _>>(),
            "from": utc(first.0), "to": utc(last.0),
            "events": self.events,
            "samples": outcome.equity.len(),
            "orders": ended.orders, "denied": ended.denied, "refused": self.refused(),
            "fills": ended.fills, "fills_maker": outcome.made, "fills_taker": outcome.taken,
            "trades": rounds(&outcome.rounds),
            "open_trades": rounds(&outcome.open),
            "equity_start": self.equity_start(),
            "equity_final": self.equity_final(),
            "metrics": metrics,
            "unknown": self.unknown(),
            "drawdowns": drawdown::worst(&outcome.equity, WORST).iter().map(|spell| json!({
                "depth": spell.depth, "bars": spell.bars, "peak_bar": spell.peak_bar,
                "bottom_bar": spell.bottom_bar, "recovered_bar": spell.recovered_bar,
            })).collect::<Vec<_>>(),
            "profit": self.attribution(),
            "costs": Costs::new(&outcome.costs, true).by_instrument,
            "state_hash": ended.state_hash,
            "elapsed_ns": self.elapsed_ns,
            "events_per_s": self.events_per_s(),
            "times_real_time": self.span_ns() as f64 / self.elapsed_ns.max(1) as f64,
        });
        let mut all = self.of();
        all.extend(told.as_object().cloned().unwrap_or_default());
        Value::Object(all)
    }

    fn round(&self, round: &Round) -> Value {
        json!({
            "instrument": self.symbol(round.instrument),
            "side": if round.side == Side::Buy { 1 } else { -1 },
            "qty": self.instrument(round.instrument).grid.qty_text(round.qty),
            "entry_at": utc(round.entry_at.0), "entry_px": round.entry_px,
            "exit_at": utc(round.exit_at.0), "exit_px": (!round.exit_px.is_nan()).then_some(round.exit_px),
            "fills": round.fills, "fees": round.fees, "pnl": round.pnl, "return": round.share,
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let (outcome, ended) = (&self.outcome, &self.ended);
        let mut text = format!("{} over {}\n\n", self.strategy, self.span_text());
        self.fault().iter().for_each(|fault| _ = writeln!(text, "  {fault}\n"));
        let all = self.named();
        let of = |name: &str| all.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
        let mut line = |name: &str, value: String, more: String| {
            _ = writeln!(text, "  {name:<16}{value:>16}   {more}");
        };
        line("equity", format!("{:.2}", self.equity_final()), format!("from {:.2}", self.equity_start()));
        line("return", percent(of("total_return")), format!("{} a year", percent(of("cagr"))));
        line("sharpe", plain(of("sharpe")), format!("sortino {}{}", plain(of("sortino")), self.why_not_annual()));
        line("deepest fall", percent(of("max_drawdown")), String::new());
        line("orders", ended.orders.to_string(), format!("{} denied", ended.denied));
        line("fills", ended.fills.to_string(), format!("{} maker, {} taker", outcome.made, outcome.taken));
        let open = outcome.open.len();
        line("round trips", outcome.rounds.len().to_string(), format!("{} won, {open} open", percent(of("win_rate"))));
        line("in the market", percent(of("exposure")), "of the samples".to_owned());
        text.push_str(&self.refused_text());
        text.push_str("\nWhat the profit is made of, in dollars\n");
        let parts = self.attribution();
        let columns = parts.parts.columns();
        let head = columns.iter().map(|(name, _)| (*name).to_owned()).chain(["profit".to_owned()]).collect();
        let amounts =
            columns.iter().map(|(_, amount)| (*amount).to_owned()).chain([parts.profit_usd.clone()]).collect();
        text.push_str(&rows(&[head, amounts]));
        text.push_str("\nOn these terms\n");
        text.push_str(&rows(&self.terms().into_iter().map(|(name, of)| vec![name.to_owned(), of]).collect::<Vec<_>>()));
        _ = writeln!(
            text,
            "\n  {} events in {:.2} s: {:.2} million a second, {:.0} times as fast as they came\n  state hash {}",
            self.events,
            self.elapsed_ns as f64 * 1e-9,
            self.events_per_s() * 1e-6,
            self.span_ns() as f64 / self.elapsed_ns.max(1) as f64,
            ended.state_hash
        );
        text
    }

    fn why_not_annual(&self) -> &'static str {
        if self.periods().is_some() { "" } else { "; annual figures need a day" }
    }

    fn span_text(&self) -> String {
        let (first, last) = self.outcome.span.unwrap_or_default();
        let of = match &self.of {
            Of::Captures { files, .. } => format!("{} captures", files.len()),
            Of::Candles { of, .. } => {
                let count: usize = of.iter().map(|of| of.count).sum();
                let of_many = if of.len() > 1 { format!(" in {} series", of.len()) } else { String::new() };
                format!("{count} candles of {:?}{of_many} through every stage", of[0].period)
            }
        };
        format!("{} from {} to {}, {of}", self.venue.name(), utc(first.0), utc(last.0))
    }

    /// The account's value at each sample.
    pub(super) fn equity(&self) -> String {
        let mut text = "time_ms,equity\n".to_owned();
        let rows = self.outcome.time_ms.iter().zip(&self.outcome.equity);
        rows.for_each(|(ms, equity)| _ = writeln!(text, "{ms},{equity}"));
        text
    }

    /// The round trips.
    pub(super) fn trades(&self) -> String {
        let mut text = "instrument,side,qty,entry_at,entry_price,exit_at,exit_price,fills,fees,pnl,ret\n".to_owned();
        for round in &self.outcome.rounds {
            let side = if round.side == Side::Buy { 1 } else { -1 };
            _ = writeln!(
                text,
                "{},{side},{},{},{},{},{},{},{},{},{}",
                self.symbol(round.instrument),
                self.instrument(round.instrument).grid.qty_text(round.qty),
                utc(round.entry_at.0),
                round.entry_px,
                utc(round.exit_at.0),
                round.exit_px,
                round.fills,
                round.fees,
                round.pnl,
                round.share
            );
        }
        text
    }

    /// For the page.
    pub(super) fn view(&self) -> View<'_> {
        let params: Vec<String> = self.params.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let params = if params.is_empty() { "parameters as by default".to_owned() } else { params.join(", ") };
        let hash = format!("state hash {}", self.ended.state_hash);
        View {
            title: self.strategy.clone(),
            lines: self.fault().into_iter().chain([params, self.span_text(), hash]).collect(),
            measures: self.shown(),
            time_ms: &self.outcome.time_ms,
            equity: &self.outcome.equity,
            charts: self.charts(),
            periods: self.periods(),
            tables: vec![
                self.made_of(),
                self.checks_table(),
                self.states_table(),
                self.terms_table(),
                self.trades_table(),
            ],
        }
    }

    fn shown(&self) -> Vec<(&'static str, String)> {
        let (all, ended) = (self.named(), &self.ended);
        let of = |name: &str| all.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
        vec![
            ("Equity", format!("{:.2}", self.equity_final())),
            ("Return", percent(of("total_return"))),
            ("Sharpe", plain(of("sharpe"))),
            ("Deepest fall", percent(of("max_drawdown"))),
            ("Orders", ended.orders.to_string()),
            ("Denied", ended.denied.to_string()),
            ("Fills", format!("{} ({} maker)", ended.fills, self.outcome.made)),
            ("Round trips", self.outcome.rounds.len().to_string()),
            ("Won", percent(of("win_rate"))),
            ("Profit factor", plain(of("profit_factor"))),
            ("In the market", percent(of("exposure"))),
            ("Events a second", format!("{:.2} M", self.events_per_s() * 1e-6)),
        ]
    }

    fn charts(&self) -> Vec<Chart<'_>> {
        let rounds = || self.outcome.rounds.iter().chain(&self.outcome.open);
        let count = |id: InstrumentId| rounds().filter(|round| round.instrument == id).count();
        let mut traded: Vec<_> =
            self.instruments.iter().map(|i| (count(i.id), i.id)).filter(|(count, _)| *count > 0).collect();
        traded.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let chart = |id: InstrumentId| {
            let closed = self.outcome.rounds.iter().map(|round| (round, true));
            let all = closed.chain(self.outcome.open.iter().map(|round| (round, false)));
            let marks =
                all.filter(|(round, _)| round.instrument == id).map(|(round, is_over)| self.mark(round, is_over));
            Chart { name: self.symbol(id), price: &self.outcome.middles[id.index()], marks: marks.collect() }
        };
        traded.into_iter().take(DRAWN).map(|(_, id)| chart(id)).collect()
    }

    fn mark(&self, round: &Round, is_over: bool) -> Mark {
        let is_long = round.side == Side::Buy;
        let qty = self.instrument(round.instrument).grid.qty_text(round.qty);
        let side = if is_long { "long" } else { "short" };
        let told = format!("{side} {qty} at {:.6}, {} fills: {:.4}", round.entry_px, round.fills, round.pnl);
        let exit = is_over.then_some((round.exit_sample, round.exit_px));
        Mark { is_long, entry: (round.entry_sample, round.entry_px), exit, told }
    }

    fn made_of(&self) -> Table {
        let attribution = self.attribution();
        let amounts = attribution.parts.columns().map(|(name, amount)| (name.to_owned(), amount.to_owned()));
        let all = amounts.into_iter().chain([("profit".to_owned(), attribution.profit_usd.clone())]);
        let (head, amounts): (Vec<String>, Vec<String>) = all.unzip();
        let toned = |text: String| {
            let amount: f64 = text.parse().unwrap_or_default();
            if amount == 0.0 { Cell::plain(text) } else { Cell::toned(text, amount) }
        };
        let title = "What the profit is made of, in dollars".to_owned();
        Table { title, head, rows: vec![amounts.into_iter().map(toned).collect()] }
    }

    fn terms_table(&self) -> Table {
        let (head, row): (Vec<&str>, Vec<String>) = self.terms().into_iter().unzip();
        let head = head.into_iter().map(str::to_owned).collect();
        Table { title: "Terms".to_owned(), head, rows: vec![row.into_iter().map(Cell::plain).collect()] }
    }

    fn trades_table(&self) -> Table {
        let all = &self.outcome.rounds;
        let listed = &all[all.len().saturating_sub(LISTED)..];
        let which =
            if listed.len() < all.len() { format!(", the last {LISTED} of {}", all.len()) } else { String::new() };
        let row = |round: &Round| {
            // One decimal more than the venue's: these are means.
            let digits = usize::from(self.instrument(round.instrument).grid.price_decimals) + 1;
            let price = |px: f64| format!("{px:.digits$}");
            let plain = [
                self.symbol(round.instrument),
                format!("{:?}", round.side),
                self.instrument(round.instrument).grid.qty_text(round.qty),
                clock(round.entry_at.0),
                price(round.entry_px),
                clock(round.exit_at.0),
                price(round.exit_px),
                round.fills.to_string(),
                format!("{:.4}", round.fees),
            ];
            let toned = [format!("{:.4}", round.pnl), format!("{:.4} %", round.share * 100.0)];
            let toned = toned.into_iter().map(|text| Cell::toned(text, round.pnl));
            plain.into_iter().map(Cell::plain).chain(toned).collect()
        };
        let head =
            ["instrument", "side", "most held", "from", "at", "until", "at", "fills", "fees", "profit", "return"];
        Table {
            title: format!("Round trips{which}"),
            head: head.map(str::to_owned).to_vec(),
            rows: listed.iter().rev().map(row).collect(),
        }
    }
}

/// A strategy that gave up, and what it said.
pub(crate) fn failed(fault: &str) -> String {
    format!("the strategy failed: {fault}; from there on it traded nothing, and no figure is what it would come to")
}

/// Samples in a year.
pub(crate) fn periods_per_year(sample: Duration) -> f64 {
    YEAR_NS / sample.as_nanos() as f64
}

/// Measures of an account along even samples, some of them with a position, and of its round trips.
pub(crate) fn measures(
    equity: &[f64],
    rounds: &[Round],
    held: usize,
    periods_per_year: f64,
) -> (CurveMeasures, TradeMeasures) {
    let curve = curve::measure(&Curve { equity, benchmark: None, periods_per_year });
    let trade = |round: &Round| Trade {
        entry_bar: round.entry_sample,
        exit_bar: round.exit_sample,
        fees: round.fees,
        pnl: round.pnl,
        share: round.share,
    };
    let trades: Vec<Trade> = rounds.iter().map(trade).collect();
    (curve, trades::measure(&trades, held, equity.len()))
}

/// On which terms, a line each.
pub(super) fn terms(
    (config, venue): (&Config, VenueId),
    instruments: &Instruments,
    [warm_up, sample]: [Duration; 2],
    (of, apart): (&[OfCandles], usize),
) -> Vec<(&'static str, String)> {
    let paper = &config.paper;
    let fees = crate::paper::fees(config, venue, instruments);
    let mut pairs: Vec<_> = instruments.iter().map(|i| fees.at_start(i.id)).collect();
    pairs.sort_unstable_by_key(|fees| (fees.maker_ppm, fees.taker_ppm));
    pairs.dedup_by_key(|fees| (fees.maker_ppm, fees.taker_ppm));
    let percent = |ppm: i64| format!("{} %", ppm as f64 / 1e4);
    let pair = |maker: i64, taker: i64| format!("maker {}, taker {}", percent(maker), percent(taker));
    let fees: Vec<String> = pairs.iter().map(|fees| pair(fees.maker_ppm, fees.taker_ppm)).collect();
    let ways = format!(
        "feed {:?}, order {:?}, reply {:?}, {:?}",
        paper.feed_latency, paper.order_latency, paper.reply_latency, paper.latency_shape
    );
    let mut terms = vec![
        ("fees", fees.join("; ")),
        ("latency", ways),
        ("queue", format!("{:?}", paper.queue)),
        ("warm-up", format!("{warm_up:?}")),
        ("sample", format!("{sample:?}")),
    ];
    if !of.is_empty() {
        let each = |told: fn(&OfCandles) -> String| each(of, instruments, told);
        terms.extend([
            ("candles", each(OfCandles::told)),
            ("grid", grid_text(instruments)),
            ("rounded", each(OfCandles::rounded)),
        ]);
    }
    if of.len() > 1 {
        terms.push(("gaps", format!("{apart} times at which some have a candle and others do not")));
    }
    terms
}

/// What is told of each series: of several, behind the symbol.
fn each(of: &[OfCandles], instruments: &Instruments, told: impl Fn(&OfCandles) -> String) -> String {
    if let [one] = of {
        return told(one);
    }
    let named = instruments.iter().zip(of).map(|(instrument, of)| format!("{}: {}", instrument.symbol, told(of)));
    named.collect::<Vec<_>>().join("; ")
}

/// Of candles: the instruments, and the grids that they were put on.
fn grid_text(instruments: &Instruments) -> String {
    let told = |of: &Instrument| {
        let (tick, lot) = (of.grid.price_text(Ticks(1)), of.grid.qty_text(Lots(1)));
        format!("{} ({:?}), tick {tick}, lot {lot}", of.symbol, of.kind)
    };
    instruments.iter().map(told).collect::<Vec<_>>().join("; ")
}

/// Day and time to the millisecond; the year stands above.
fn clock(at_ns: u64) -> String {
    utc(at_ns).get(5..23).unwrap_or_default().replace('T', " ")
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "n/a".to_owned(), |share| format!("{:.4} %", share * 100.0))
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.2}"))
}
