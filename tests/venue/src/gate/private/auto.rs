//! Orders that wait for a price, of contracts: *automatic orders*, entered, changed, withdrawn and asked for by REST at
//! places of their own, by the venue's id alone. What one becomes bears none of the client's ids; the one that waited names
//! it.
//!
//! Owns: their texts, what is asked of them. Never: when one is pulled.

use super::clerk::{BAD, No, refused, word};
use super::find;
use super::texts::{price, seconds, signed};
use crate::account::{Amount, By, Cause, Entry, Event, Holder, Order, Refusal, Stands, State, Teller, Trigger, Which};
use crate::listing::Listing;
use crate::object::Object;
use engine_model::market::Side;
use serde_json::Value;

/// They are counted for themselves.
const FIRST: u64 = 600_000_000;

/// The id of one.
pub(super) fn id(order: &Order) -> u64 {
    order.id + FIRST
}

fn price_type(by: By) -> u64 {
    match by {
        By::Last => 0,
        By::Mark => 1,
        By::Index => 2,
    }
}

/// The order that it is to become.
fn initial(order: &Order, listing: &Listing) -> String {
    Object::new()
        .text("contract", listing.name())
        .text("size", &signed(listing, order.side, order.qty))
        .text("price", &order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px)))
        .text("tif", if order.px.is_some() { "gtc" } else { "ioc" })
        .text("text", &format!("t-{}", order.client_id))
        .raw("iceberg", 0)
        .raw("is_close", false)
        .raw("is_reduce_only", order.reduce_only)
        .end()
}

fn trigger(trigger: Trigger, listing: &Listing) -> String {
    Object::new()
        .raw("strategy_type", 0)
        .raw("price_type", price_type(trigger.by))
        .text("price", &price(listing, trigger.px))
        .raw("rule", if trigger.rises { 1 } else { 2 })
        .raw("expiration", 0)
        .end()
}

fn row(order: &Order, waited_for: Trigger, listing: &Listing) -> Object {
    let waits = order.waiting().is_some();
    Object::new()
        .raw("user", 1)
        .raw("trigger", trigger(waited_for, listing))
        .raw("initial", initial(order, listing))
        .raw("id", id(order))
        .raw("trade_id", if order.waits { 0 } else { order.id })
        .text("status", if waits { "open" } else { "finished" })
        .text("reason", "")
        .raw("create_time", seconds(order.entered_at_ns / 1_000_000))
        .with(|row| if waits { row } else { row.raw("finish_time", seconds(order.changed_at_ns / 1_000_000)) })
}

/// As an answer and a list tell it, and of one that is over how it ended.
pub(super) fn told(order: &Order, listing: &Listing) -> Option<String> {
    let row = row(order, order.trigger?, listing);
    let row = match (order.waits, order.state) {
        (true, State::Open) => row,
        (true, State::Expired) => row.text("finish_as", "expired"),
        (true, _) => row.text("finish_as", "cancelled"),
        (false, _) => row.text("finish_as", "succeeded"),
    };
    Some(row.end())
}

/// What the channel tells of an event: not how it ended, and nothing of what became of it since.
pub(super) fn news(event: &Event, listing: &Listing) -> Option<String> {
    let order = &event.order;
    let is_told = order.waits || event.cause == Cause::Triggered;
    Some(row(order, order.trigger.filter(|_| is_told)?, listing).end())
}

fn bad() -> No {
    No::of(400, BAD)
}

fn ticks(listing: &Listing, text: Option<&str>) -> Result<i64, No> {
    listing.instrument.grid.ticks(text.ok_or_else(bad)?.as_bytes()).map(|px| px.0).map_err(|_| bad())
}

/// Contracts with their sign: as a whole number, or as a text.
fn size(listing: &Listing, asked: &Value) -> Result<(Side, i64), No> {
    let whole = asked.get("size").and_then(Value::as_i64).map(|size| size.to_string());
    let text = word(asked, "amount").map(str::to_owned).or(whole).ok_or_else(bad)?;
    let (side, digits) = text.strip_prefix('-').map_or((Side::Buy, text.as_str()), |digits| (Side::Sell, digits));
    Ok((side, listing.instrument.grid.lots(digits.as_bytes()).map_err(|_| bad())?.0))
}

/// Nothing: at the market.
fn limit(listing: &Listing, asked: &Value) -> Result<Option<i64>, No> {
    match word(asked, "price") {
        Some("0") => Ok(None),
        px => ticks(listing, px).map(Some),
    }
}

/// Enters one.
pub(super) fn place(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let [initial, trigger] = ["initial", "trigger"].map(|name| asked.get(name).unwrap_or(&Value::Null));
    let absent = No::of(400, "CONTRACT_NOT_FOUND");
    let instrument = find(listings, word(initial, "contract").unwrap_or_default()).ok_or(absent)?;
    let listing = &listings[instrument];
    let number = |name: &str| trigger.get(name).and_then(Value::as_u64);
    let by = match number("price_type") {
        None | Some(0) => By::Last,
        Some(1) => By::Mark,
        Some(2) => By::Index,
        Some(_) => return Err(bad()),
    };
    let rises = match number("rule") {
        Some(1) => true,
        Some(2) => false,
        _ => return Err(bad()),
    };
    let (side, qty) = size(listing, initial)?;
    let px = limit(listing, initial)?;
    let stands = match (word(initial, "tif").unwrap_or("gtc"), px) {
        ("gtc", Some(_)) => Stands::UntilCanceled,
        ("ioc", _) => Stands::Immediate,
        _ => return Err(bad()),
    };
    let text = word(initial, "text").unwrap_or("t-");
    let client_id = text.strip_prefix("t-").filter(|id| id.len() <= 28).ok_or_else(bad)?.to_owned();
    let reduce_only = initial.get("reduce_only").and_then(Value::as_bool).unwrap_or(false);
    let trigger = Trigger { px: ticks(listing, word(trigger, "price"))?, rises, by };
    let amount = Amount::Lots(qty);
    let entry = Entry { client_id, instrument, side, px, amount, stands, post_only: false, reduce_only };
    teller.wait(holder, entry, trigger).map_err(|refusal| match refusal {
        Refusal::WouldTrigger => No::of(400, has_come(rises, by)),
        refusal => refused(refusal, false),
    })
}

/// The price of a trigger must be above or below the last one.
fn has_come(rises: bool, by: By) -> &'static str {
    match (rises, by) {
        (true, By::Last) => "AUTO_TRIGGER_PRICE_GREATE_LAST",
        (false, By::Last) => "AUTO_TRIGGER_PRICE_LESS_LAST",
        (true, By::Mark) => "AUTO_TRIGGER_PRICE_GREATE_MARK",
        (false, By::Mark) => "AUTO_TRIGGER_PRICE_LESS_MARK",
        (true, By::Index) => "AUTO_TRIGGER_PRICE_GREATE_INDEX",
        (false, By::Index) => "AUTO_TRIGGER_PRICE_LESS_INDEX",
    }
}

/// By the venue's id, waiting or not.
pub(super) fn one<'t>(teller: &'t Teller<'_>, holder: Holder, id: u64) -> Result<&'t Order, No> {
    let which = id.checked_sub(FIRST).map(Which::Venue);
    let found = which.and_then(|which| teller.order(holder, which)).filter(|order| order.trigger.is_some());
    found.ok_or(No::of(400, "AUTO_ORDER_NOT_FOUND"))
}

fn waiting(teller: &Teller<'_>, holder: Holder, id: u64) -> Result<Order, No> {
    let found = one(teller, holder, id)?;
    if found.waiting().is_some() { Ok(found.clone()) } else { Err(No::of(400, "AUTO_ORDER_NOT_FOUND")) }
}

/// Withdraws one.
pub(super) fn cancel(teller: &mut Teller<'_>, holder: Holder, id: u64) -> Result<Order, No> {
    let order = waiting(teller, holder, id)?;
    teller.cancel(holder, Which::Venue(order.id)).map_err(|refusal| refused(refusal, false))
}

/// Changes one: its size, and its trigger or its price.
pub(super) fn amend(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let id = asked.get("order_id").and_then(Value::as_u64).ok_or_else(bad)?;
    let order = waiting(teller, holder, id)?;
    let listing = &listings[order.instrument];
    let (side, qty) = size(listing, asked)?;
    let at = ticks(listing, word(asked, "trigger_price"))?;
    let px = match (order.px, limit(listing, asked)?) {
        (Some(_), Some(px)) if order.trigger.is_some_and(|trigger| trigger.px == at) => px,
        (None, None) => at,
        // More than one thing at once is not played.
        _ => return Err(bad()),
    };
    if side != order.side {
        return Err(bad());
    }
    teller.modify(holder, Which::Venue(order.id), px, qty).map_err(|refusal| refused(refusal, false))
}
