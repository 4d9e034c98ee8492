//! The tale as a trader reads it.

use super::gather::{Known, Step, Story};
use crate::command::journal::file::damage_text;
use crate::command::journal::words::words;
use crate::decimal::wide;
use crate::time::utc;
use engine_core::journal::record::{Record, Verdict};
use engine_model::instrument::Instrument;
use engine_model::market::{Level, Side};
use engine_model::units::Nanos;
use std::path::Path;

/// What the heading says once, and no line again.
const SAID_ABOVE: [&str; 4] = ["order", "strategy", "status", "caused_at_ns"];

/// The whole tale.
pub(super) fn text(story: &Story, path: &Path, epoch: u32) -> String {
    let mut out = format!("Order      {}, number {}\n", story.id, story.id.0);
    let mut line = |name: &str, value: String| out += &format!("{name:<10} {value}\n");
    line("What", what(&story.known, story.instrument()));
    line("Wished by", wisher(story));
    line("Status", story.known.status().unwrap_or("unknown: nothing is reported of it").to_owned());
    line("Journal", format!("{}, run {epoch}", path.display()));
    line("Book then", book(story));
    out += "\nWhat happened; time since the cause in µs\n";
    out += &story.steps.iter().map(|step| step_text(story, step)).collect::<String>();
    out += &kin(story);
    out += &fills(story);
    out += &profit(story);
    if let Some((fault, whole)) = &story.damage {
        out += &format!("\n{}\n", damage_text(path, fault, *whole));
    }
    out
}

fn what(known: &Known, instrument: Option<&Instrument>) -> String {
    let Some(instrument) = instrument else { return "unknown: of no instrument of the run".to_owned() };
    let name = format!("{}:{}", instrument.venue.name(), instrument.symbol);
    let grid = &instrument.grid;
    let told = |side, qty, px, kind: &str| {
        let side = if side == Side::Buy { "BUY" } else { "SELL" };
        format!("{side} {} {name}, {kind} {}", grid.qty_text(qty), grid.price_text(px))
    };
    match (known.order, known.last) {
        (Some(order), _) => told(order.side, order.qty, order.px, order.order_type.name()),
        (None, Some(last)) => told(last.side, last.qty, last.px, "type unknown,"),
        (None, None) => name,
    }
}

fn wisher(story: &Story) -> String {
    let decided = story.steps.iter().any(|step| matches!(step.record, Some((_, Record::Decision(_)))));
    match (decided, story.id.strategy()) {
        (false, _) => "unknown: the journal has no decision on it".to_owned(),
        (true, 0) => "the operator".to_owned(),
        (true, strategy) => format!("strategy {strategy}"),
    }
}

fn book(story: &Story) -> String {
    let (Some(arrival), Some(instrument)) = (story.arrival, story.instrument()) else {
        return "unknown: the journal has no top of the book before it".to_owned();
    };
    let grid = &instrument.grid;
    let level = |level: Level| format!("{} x {}", grid.price_text(level.px), grid.qty_text(level.qty));
    format!("bid {}, ask {}, mid {}", level(arrival.bid), level(arrival.ask), mid(arrival.mid_twice(), instrument))
}

/// Half a tick takes one more decimal.
pub(super) fn mid(twice: i64, instrument: &Instrument) -> String {
    let grid = &instrument.grid;
    wide(i128::from(twice) * i128::from(grid.tick_step) * 5, grid.price_decimals + 1)
}

/// Nanoseconds from the cause; negative before it.
pub(super) fn since(story: &Story, at: Nanos) -> Option<i64> {
    story.caused_at.map(|cause| at.0.wrapping_sub(cause.0) as i64)
}

fn micros(story: &Story, at: Nanos) -> String {
    since(story, at).map_or_else(|| "unknown".to_owned(), |ns| format!("{:.3}", ns as f64 / 1e3))
}

fn step_text(story: &Story, step: &Step) -> String {
    let begin = format!("  {:<30}  {:>14}  {:<8}", utc(step.at.0), micros(story, step.at), step.kind.name());
    let Some((_, record)) = &step.record else {
        return format!("{begin}  unknown: the journal has no event of that time\n");
    };
    let words = words(record, &story.instruments).without(&SAID_ABOVE);
    let mut out = format!("{begin}  {words}\n");
    if let Record::Decision(judgement) = record {
        out += &verdict(&judgement.verdict);
    }
    out
}

/// What the checks said.
fn verdict(verdict: &Verdict) -> String {
    let indented = |text: String| format!("{:60}{text}\n", "");
    match verdict {
        Verdict::Submit(_) | Verdict::Release(_) | Verdict::Hold(_) | Verdict::Modify(_) => {
            indented("every check passed".to_owned())
        }
        Verdict::Denied { breaches, refusal, .. } => {
            let also = breaches.iter().filter(|check| *check != refusal.check);
            let also = also.map(|check| indented(format!("{}: figures unknown, not in the journal", check.code())));
            indented(refusal.to_string()) + also.collect::<String>().as_str()
        }
        _ => String::new(),
    }
}

fn kin(story: &Story) -> String {
    if story.kin.is_empty() {
        return String::new();
    }
    let told = story.kin.iter().map(|kin| {
        let instrument = kin.known.instrument().and_then(|id| story.instruments.get(id.index()));
        let status = kin.known.status().unwrap_or("unknown");
        format!("  {:<10}  {:<16}  {}, {status}\n", kin.relation, kin.id.to_string(), what(&kin.known, instrument))
    });
    format!("\nTied to\n{}", told.collect::<String>())
}

fn fills(story: &Story) -> String {
    let Some(instrument) = story.instrument().filter(|_| !story.fills.is_empty()) else { return String::new() };
    let asset = instrument.settlement();
    let told = story.fills.iter().map(|fill| {
        let slippage = fill.slippage.map_or_else(|| "unknown".to_owned(), |bps| wide(i128::from(bps), 2) + " bps");
        let (qty, px) = (instrument.grid.qty_text(fill.qty), instrument.grid.price_text(fill.px));
        let after = micros(story, fill.at);
        format!("  {after:>14}  {qty} at {px}, worse than the mid then by {slippage}, fee {} {asset}\n", fill.fee)
    });
    format!("\nFills\n{}", told.collect::<String>())
}

fn profit(story: &Story) -> String {
    let told = &story.profit;
    if story.fills.is_empty() {
        return "\nProfit     0: nothing of it was filled\n".to_owned();
    }
    let parts = told.parts.columns().map(|(name, amount)| format!("{name} {amount}"));
    let mut out = format!(
        "\nProfit     {} dollars at the end of the journal: {}\n           \
         of its fills alone, at the last price; funding is a position's, and not in it\n",
        told.profit_usd,
        parts.join(", ")
    );
    if !told.unpriced.is_empty() {
        out += &format!("           without {}: nothing of the run prices it\n", told.unpriced.join(", "));
    }
    if !told.complete || !told.adds_up {
        out += "           something is missing or does not add up: not to be relied on\n";
    }
    out
}
