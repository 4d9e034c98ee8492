//! The tale for programs. What is unknown is null.

use super::gather::{Fill, Kin, Step, Story};
use super::text::{mid, since};
use crate::command::journal::file::damage_json;
use crate::command::journal::words::words;
use engine_core::journal::record::{Record, Verdict};
use serde_json::{Map, Value, json};
use std::path::Path;

/// One object.
pub(super) fn json(story: &Story, path: &Path, epoch: u32) -> Value {
    let instrument = story.instrument();
    let arrival = story.arrival.zip(instrument).map(|(arrival, instrument)| {
        let (px, qty) = (|px| instrument.grid.price_text(px), |qty| instrument.grid.qty_text(qty));
        json!({
            "bid_px": px(arrival.bid.px), "bid_qty": qty(arrival.bid.qty),
            "ask_px": px(arrival.ask.px), "ask_qty": qty(arrival.ask.qty),
            "mid_px": mid(arrival.mid_twice(), instrument),
        })
    });
    let decided = story.steps.iter().any(|step| matches!(step.record, Some((_, Record::Decision(_)))));
    let profit = &story.profit;
    json!({
        "file": path.display().to_string(),
        "epoch": epoch,
        "order": story.id.to_string(),
        "number": story.id.0,
        "strategy": decided.then(|| story.id.strategy()),
        "instrument": instrument.map(|instrument| format!("{}:{}", instrument.venue.name(), instrument.symbol)),
        "status": story.known.status(),
        "caused_at_ns": story.caused_at.map(|at| at.0),
        "arrival": arrival,
        "timeline": story.steps.iter().map(|step| step_json(story, step)).collect::<Vec<_>>(),
        "tied": story.kin.iter().map(kin_json).collect::<Vec<_>>(),
        "fills": story.fills.iter().map(|fill| fill_json(story, fill)).collect::<Vec<_>>(),
        "profit_usd": profit.profit_usd,
        "parts_usd": profit.parts.columns().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "unpriced": profit.unpriced,
        "complete": profit.complete && profit.adds_up,
        "damage": story.damage.as_ref().map(|(fault, whole)| damage_json(fault, *whole)),
    })
}

fn step_json(story: &Story, step: &Step) -> Value {
    let mut object = Map::new();
    object.insert("at_ns".to_owned(), json!(step.at.0));
    object.insert("since_cause_ns".to_owned(), json!(since(story, step.at)));
    object.insert("kind".to_owned(), json!(step.kind.name()));
    object.insert("sequence".to_owned(), json!(step.record.as_ref().map(|(sequence, _)| sequence)));
    let Some((_, record)) = &step.record else {
        object.insert("what".to_owned(), Value::Null);
        return Value::Object(object);
    };
    object.extend(words(record, &story.instruments).into_json());
    if let Record::Decision(judgement) = record {
        object.insert("breaches".to_owned(), breaches(&judgement.verdict));
    }
    Value::Object(object)
}

/// The journal holds the figures of the worst one.
fn breaches(verdict: &Verdict) -> Value {
    let Verdict::Denied { breaches, refusal, .. } = verdict else { return json!([]) };
    let worst = json!({
        "check": refusal.check.code(), "value": refusal.value, "limit": refusal.limit,
        "headroom": refusal.headroom, "would_pass": (refusal.passes != 0).then_some(refusal.passes),
    });
    let others = breaches.iter().filter(|check| *check != refusal.check);
    let others = others.map(
        |check| json!({"check": check.code(), "value": null, "limit": null, "headroom": null, "would_pass": null}),
    );
    std::iter::once(worst).chain(others).collect()
}

fn kin_json(kin: &Kin) -> Value {
    json!({"relation": kin.relation, "order": kin.id.to_string(), "number": kin.id.0, "status": kin.known.status()})
}

fn fill_json(story: &Story, fill: &Fill) -> Value {
    let grid = story.instrument().map(|instrument| instrument.grid);
    json!({
        "at_ns": fill.at.0,
        "since_cause_ns": since(story, fill.at),
        "px": grid.map(|grid| grid.price_text(fill.px)),
        "qty": grid.map(|grid| grid.qty_text(fill.qty)),
        "fee": fill.fee.to_string(),
        "fee_asset": story.instrument().map(|instrument| instrument.settlement().to_string()),
        "slippage_bps": fill.slippage.map(|hundredths| hundredths as f64 / 100.0),
    })
}
