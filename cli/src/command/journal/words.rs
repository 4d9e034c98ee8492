//! Words for records: what happened, to what, and its numbers in the instrument's own decimals.
//!
//! One list of named values serves both forms: a line for people and an object for programs.

use crate::decimal::wide;
use engine_core::journal::record::{Judgement, Record, Run, Verdict};
use engine_core::risk::{Cause, Wish};
use engine_model::closeout::Closeout;
use engine_model::command::CommandKind;
use engine_model::instrument::{Instrument, InstrumentId, Name, assets_of};
use engine_model::limit::Limits;
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, OrderType, Progress};
use engine_model::payment::{AssetId, Payment};
use engine_model::refusal::Refusal;
use engine_model::report::{Liquidity, Report};
use engine_model::steer::Steer;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::RejectReason;
use serde_json::{Value, json};
use std::fmt;

/// What a record says.
pub(crate) struct Words {
    /// What happened.
    what: String,
    /// The rest, in the order of reading.
    values: Vec<(&'static str, Value)>,
}

impl Words {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// Without the values of these names, for whoever has said them before.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.values.retain(|(name, _)| !names.contains(name));
        self
    }

    /// As fields of an object.
    pub(crate) fn into_json(self) -> impl Iterator<Item = (String, Value)> {
        let what = ("what".to_owned(), Value::from(self.what));
        std::iter::once(what).chain(self.values.into_iter().map(|(name, value)| (name.to_owned(), value)))
    }
}

impl fmt::Display for Words {
    /// `what  name value, name value`; a flag is its name, and what is not so is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worded = self.values.iter().filter_map(|(name, value)| match value {
            Value::Bool(is_so) => is_so.then(|| (*name).to_owned()),
            Value::Null => None,
            Value::String(text) => Some(format!("{name} {text}")),
            Value::Array(list) => Some(format!("{name} {}", listed(list))),
            other => Some(format!("{name} {other}")),
        });
        let worded: Vec<String> = worded.collect();
        write!(f, "{:<14}  {}", self.what, worded.join(", "))
    }
}

fn listed(list: &[Value]) -> String {
    list.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect::<Vec<_>>().join(" ")
}

/// The words of any record. `instruments`: those of the run record.
pub(crate) fn words(record: &Record, instruments: &[Instrument]) -> Words {
    let names = Names(instruments);
    match record {
        Record::Run(run) => run_words(run, names),
        Record::Market(event) => market(event, names),
        Record::Decision(judgement) => decision(judgement, instruments),
        Record::Report(report) => report_words(report, names),
    }
}

/// The instruments of the run. A file may name one that it never listed: then there is a number and no decimals.
#[derive(Clone, Copy)]
struct Names<'a>(&'a [Instrument]);

impl Names<'_> {
    fn instrument(self, id: InstrumentId) -> Value {
        match self.0.get(id.index()) {
            Some(instrument) => json!(format!("{}:{}", instrument.venue.name(), instrument.symbol)),
            None => json!(format!("#{}", id.0)),
        }
    }

    fn px(self, id: InstrumentId, px: Ticks) -> Value {
        self.0.get(id.index()).map_or(Value::Null, |instrument| json!(instrument.grid.price_text(px)))
    }

    fn asset(self, asset: AssetId) -> Value {
        let named = assets_of(self.0).get(usize::from(asset.0)).map(Name::to_string);
        json!(named.unwrap_or_else(|| format!("#{}", asset.0)))
    }

    fn qty(self, id: InstrumentId, qty: Lots) -> Value {
        self.0.get(id.index()).map_or(Value::Null, |instrument| json!(instrument.grid.qty_text(qty)))
    }
}

fn run_words(run: &Run, names: Names<'_>) -> Words {
    let instruments: Vec<Value> = run.instruments.iter().map(|instrument| names.instrument(instrument.id)).collect();
    let Limits { order_notional_max, price_collar_bps, position_notional_max, leverage_max_pct, .. } = run.rules.limits;
    Words::new("begin")
        .with("instruments", instruments)
        .with("equity_usd", run.equity_start.to_string())
        .with("order_notional_max_usd", order_notional_max.to_string())
        .with("position_notional_max_usd", position_notional_max.to_string())
        .with("leverage_max_pct", leverage_max_pct)
        .with("price_collar_bps", price_collar_bps)
        .with("open_orders_max", run.open_orders_max)
}

fn market(event: &MarketEvent, names: Names<'_>) -> Words {
    let id = event.at.instrument;
    let of = |what: &str| Words::new(what).with("instrument", names.instrument(id));
    let (px, qty) = (|px| names.px(id, px), |qty| names.qty(id, qty));
    let touch = |words: Words, bid: Level, ask: Level| {
        let words = words.with("bid_px", px(bid.px)).with("bid_qty", qty(bid.qty));
        words.with("ask_px", px(ask.px)).with("ask_qty", qty(ask.qty))
    };
    match event.change {
        MarketChange::Book(state) => of("book").with("state", book_state(state)),
        MarketChange::Top { bid, ask, imbalance_bps } => {
            touch(of("top"), bid, ask).with("imbalance_bps", imbalance_bps)
        }
        MarketChange::Quote { bid, ask } => touch(of("quote"), bid, ask),
        MarketChange::Trade { px: at, qty: lots, aggressor, trade_id } => of("trade")
            .with("taker", side(aggressor))
            .with("qty", qty(lots))
            .with("px", px(at))
            .with("trade_id", trade_id),
        MarketChange::Mark { px: at } => of("mark").with("px", px(at)),
        MarketChange::Index { px: at } => of("index").with("px", px(at)),
        MarketChange::Funding { rate_e8, next_at_ns, interval_s } => of("funding")
            .with("rate", wide(i128::from(rate_e8), 8))
            .with("next_at_ns", next_at_ns.0)
            .with("interval_s", interval_s),
        MarketChange::OpenInterest { qty: lots } => of("open_interest").with("qty", qty(lots)),
        MarketChange::Liquidation { px: at, qty: lots, closed } => {
            let position = if closed == Side::Buy { "LONG" } else { "SHORT" };
            of("liquidation").with("closed", position).with("qty", qty(lots)).with("px", px(at))
        }
        MarketChange::Depth { side: on, qty: within, px: best } => {
            let words = of("depth").with("side", side(on)).with("px", px(best));
            let last = within.last().copied().unwrap_or_default();
            words.with("qty_within_64_bps", qty(Lots(i64::from(last))))
        }
        MarketChange::BookDigest { digest, bid_levels, ask_levels, update_id } => of("book_digest")
            .with("digest", format!("{digest:016x}"))
            .with("bid_levels", bid_levels)
            .with("ask_levels", ask_levels)
            .with("update_id", update_id),
    }
}

/// The words of a decision, for whoever has no record around it.
pub(super) fn decision(judgement: &Judgement, instruments: &[Instrument]) -> Words {
    let names = Names(instruments);
    let words = match judgement.verdict {
        Verdict::Submit(order) => order_words("submit", &order, names),
        Verdict::Hold(order) => order_words("hold", &order, names),
        Verdict::Release(order) => order_words("release", &order, names),
        Verdict::Modify(change) => of_order("modify", change.client_order_id)
            .with("new_px_ticks", change.px.0)
            .with("new_qty_lots", change.qty.0),
        Verdict::Denied { order, wish, breaches, refusal } => {
            let also: Vec<&str> = breaches.iter().filter(|check| *check != refusal.check).map(|c| c.code()).collect();
            let words = refused(order_words(denied_name(wish), &order, names), refusal);
            if also.is_empty() { words } else { words.with("also", json!(also)) }
        }
        Verdict::Cancel(id) => of_order("cancel", id),
        Verdict::Expire(id) => of_order("expire", id),
        Verdict::CancelDenied(id) => of_order("cancel_denied", id),
        Verdict::Command { id, what } => command_words(Words::new("command").with("command_id", id), what, names),
        Verdict::DayOpened { equity } => Words::new("day").with("equity_usd", equity.to_string()),
        Verdict::Stop { instrument, cause, best, px } => Words::new("stop")
            .with("instrument", names.instrument(instrument))
            .with("what", cause.map_or("FOLLOWED", Cause::name))
            .with("best_px", names.px(instrument, best))
            .with("px", names.px(instrument, px)),
        Verdict::Marked { equity, loss, fall } => Words::new("mark")
            .with("equity_usd", equity.to_string())
            .with("day_loss_usd", loss.to_string())
            .with("below_peak_usd", fall.to_string()),
        Verdict::State { scope, state, cause } => Words::new("state")
            .with("scope", scope.name(instruments))
            .with("trading_state", state.name())
            .with("cause", cause.name()),
    };
    let words = match judgement.strategy.0 {
        0 => words,
        strategy => words.with("strategy", strategy),
    };
    words.with("caused_at_ns", judgement.caused_at_ns.0)
}

const fn denied_name(wish: Wish) -> &'static str {
    match wish {
        Wish::Submit => "denied",
        Wish::Hold => "hold_denied",
        Wish::Release => "release_denied",
        Wish::Modify => "modify_denied",
    }
}

fn of_order(what: &str, id: ClientOrderId) -> Words {
    Words::new(what).with("order", id.to_string())
}

fn order_words(what: &str, order: &Order, names: Names<'_>) -> Words {
    let id = order.instrument;
    let words = of_order(what, order.client_order_id)
        .with("instrument", names.instrument(id))
        .with("side", side(order.side))
        .with("qty", names.qty(id, order.qty));
    let words = words.with("type", order.order_type.name());
    let with_px = |words: Words, name, px: Ticks| if px.0 > 0 { words.with(name, names.px(id, px)) } else { words };
    let words = match order.order_type {
        OrderType::Limit => words.with("px", names.px(id, order.px)),
        OrderType::Market => words, // its price, if it has one, is read by nobody
        _ => with_px(words, "px", order.px),
    };
    let words = match order.contingency {
        Contingency::Primary(algorithm) => words.with("algorithm", algorithm.name()),
        Contingency::Spawned => words.with("parent", order.parent),
        _ => words,
    };
    with_px(words, "trigger_px", order.trigger_px)
        .with("tif", order.time_in_force.name())
        .with("post_only", order.post_only)
        .with("reduce_only", order.reduce_only)
}

fn refused(words: Words, Refusal { check, value, limit, headroom, passes }: Refusal) -> Words {
    let words = words.with("refusal", check.code()).with("found", value).with("allowed", limit);
    if passes == 0 { words } else { words.with("headroom", headroom).with("would_pass", passes) }
}

fn report_words(report: &Report, names: Names<'_>) -> Words {
    let id = report.instrument;
    if let OrderEvent::Paid(payment) = report.event {
        return paid_words(report, payment, names);
    }
    if let OrderEvent::Opened(opening) = report.event {
        return of_order(report.event.name(), report.client_order_id)
            .with("instrument", names.instrument(id))
            .with("qty", names.qty(id, opening.qty))
            .with("strategy", report.strategy.0);
    }
    if let OrderEvent::ClosedOut(closeout) = report.event {
        return closed_words(report, closeout, names);
    }
    if let OrderEvent::Steered(what) = report.event {
        return steered_words(Words::new(report.event.name()).with("strategy", report.strategy.0), what);
    }
    let words = of_order(report.event.name(), report.client_order_id)
        .with("instrument", names.instrument(id))
        .with("side", side(report.side));
    let words = match report.event {
        OrderEvent::Denied(refusal) | OrderEvent::ModifyDenied { refusal, .. } => refused(words, refusal),
        OrderEvent::Rejected(reason) | OrderEvent::ModifyRejected(reason) | OrderEvent::CancelRejected(reason) => {
            words.with("reason", reject(reason))
        }
        OrderEvent::Filled { trade_id, last_px, last_qty, fee, liquidity } => words
            .with("last_qty", names.qty(id, last_qty))
            .with("last_px", names.px(id, last_px))
            .with("fee", fee.to_string())
            .with("liquidity", if liquidity == Liquidity::Maker { "MAKER" } else { "TAKER" })
            .with("trade_id", trade_id),
        OrderEvent::Worked(progress) => worked_words(words, progress, id, names),
        _ => words,
    };
    words
        .with("status", report.status.name())
        .with("filled_qty", names.qty(id, report.filled_qty))
        .with("qty", names.qty(id, report.qty))
        .with("px", names.px(id, report.px))
}

/// How far an order is that is worked in parts.
fn worked_words(words: Words, progress: Progress, id: InstrumentId, names: Names<'_>) -> Words {
    let Progress { slice, slices, last_px, last_qty, average_milliticks } = progress;
    words
        .with("last_qty", names.qty(id, last_qty))
        .with("last_px", names.px(id, last_px))
        .with("slice", slice)
        .with("slices", slices)
        .with("average_px", names.px(id, Ticks(average_milliticks / 1_000)))
        .with("average_milliticks", average_milliticks)
}

fn paid_words(report: &Report, payment: Payment, names: Names<'_>) -> Words {
    of_order(report.event.name(), report.client_order_id)
        .with("instrument", names.instrument(report.instrument))
        .with("for", payment.kind.name())
        .with("amount", payment.amount.to_string())
        .with("asset", names.asset(payment.asset))
}

fn closed_words(report: &Report, closeout: Closeout, names: Names<'_>) -> Words {
    let id = report.instrument;
    Words::new(report.event.name())
        .with("instrument", names.instrument(id))
        .with("side", side(report.side))
        .with("cause", closeout.cause.name())
        .with("last_qty", names.qty(id, closeout.qty))
        .with("last_px", names.px(id, closeout.px))
        .with("fee", closeout.fee.to_string())
        .with("trade_id", closeout.trade_id)
}

pub(super) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

pub(super) const fn book_state(state: BookState) -> &'static str {
    match state {
        BookState::Waiting => "waiting",
        BookState::Synced => "synced",
        BookState::Lost => "lost",
    }
}

fn command_words(words: Words, what: CommandKind, names: Names<'_>) -> Words {
    match what {
        CommandKind::CancelAll => words.with("asked", "CANCEL_ALL"),
        CommandKind::End => words.with("asked", "END"),
        CommandKind::Flatten => words.with("asked", "FLATTEN"),
        CommandKind::SetTradingState { scope, state } => {
            words.with("asked", state.name()).with("scope", scope.name(names.0))
        }
        CommandKind::SetGate { venue, is_open } => {
            words.with("asked", if is_open { "OPEN_GATE" } else { "CLOSE_GATE" }).with("venue", venue.name())
        }
        CommandKind::SetLimit { limit, value } => {
            let key = Limits::TABLE.get(usize::from(limit)).map_or("?", |row| row.key);
            words.with("asked", "SET_LIMIT").with("limit", key).with("value", value)
        }
        CommandKind::Steer { strategy, what } => steered_words(words.with("of", strategy.0), what),
    }
}

/// What was asked of a strategy.
fn steered_words(words: Words, what: Steer) -> Words {
    match what {
        Steer::Start => words.with("asked", "START"),
        Steer::Pause => words.with("asked", "PAUSE"),
        Steer::Stop => words.with("asked", "STOP"),
        Steer::Withdraw => words.with("asked", "WITHDRAW"),
        Steer::Set { param, value, is_last } => {
            words.with("asked", "SET").with("param", param).with("value", value).with("in_force", is_last)
        }
    }
}

const fn reject(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::UnknownOrder => "UNKNOWN_ORDER",
        RejectReason::PostOnlyWouldTake => "POST_ONLY_WOULD_TAKE",
        RejectReason::CannotFillWhole => "CANNOT_FILL_WHOLE",
        RejectReason::NoMarket => "NO_MARKET",
        RejectReason::Filter => "FILTER",
        RejectReason::DuplicateId => "DUPLICATE_ID",
        RejectReason::TooManyOrders => "TOO_MANY_ORDERS",
        RejectReason::InsufficientFunds => "INSUFFICIENT_FUNDS",
        RejectReason::ReduceOnly => "REDUCE_ONLY",
        RejectReason::RateLimited => "RATE_LIMITED",
        RejectReason::NotAllowed => "NOT_ALLOWED",
        RejectReason::Unavailable => "UNAVAILABLE",
        RejectReason::Other => "OTHER",
        RejectReason::NotReconciled => "NOT_RECONCILED",
    }
}
