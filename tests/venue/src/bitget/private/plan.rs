//! Orders that wait for a price: *TP/SL orders*, which close what there is; entered, changed, withdrawn and asked for by REST
//! at places of their own, under ids of their own. What one becomes bears another id and none of the client's: only the past
//! of the one that waited names it.
//!
//! Owns: their texts, what is asked of them. Never: when one is pulled.

use super::clerk::{BAD, No, instrument, no, refused, word};
use super::texts::{price, qty, side};
use crate::account::{Amount, By, Cause, Entry, Event, Holder, Order, Refusal, Stands, State, Teller, Trigger, Which};
use crate::listing::Listing;
use crate::object::{Object, array};
use engine_model::market::Side;
use serde_json::Value;

/// They are counted for themselves.
const FIRST: u64 = 800_000_000;

const LOSS: &str = "loss_plan";
const PROFIT: &str = "profit_plan";

/// The id of one.
pub(super) fn id(order: &Order) -> u64 {
    order.id + FIRST
}

/// Whether it is a stop, else its mirror image: by where it waits.
fn kind(order: &Order) -> &'static str {
    let is_stop = order.trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy));
    if is_stop { LOSS } else { PROFIT }
}

fn state(order: &Order) -> &'static str {
    match (order.waits, order.state) {
        (true, State::Open) => "live",
        (true, _) => "cancelled",
        (false, _) => "executed",
    }
}

fn row(order: &Order, kind: &str, listing: &Listing) -> Object {
    let by_mark = order.trigger.is_some_and(|trigger| trigger.by == By::Mark);
    Object::new()
        .text("planType", kind)
        .text("orderId", &id(order).to_string())
        .text("clientOid", &order.client_id)
        .text("size", &qty(listing, order.qty))
        .text("executePrice", &order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px)))
        .text("orderType", if order.px.is_some() { "limit" } else { "market" })
        .text("triggerPrice", &order.trigger.map(|trigger| price(listing, trigger.px)).unwrap_or_default())
        .text("triggerType", if by_mark { "mark_price" } else { "fill_price" })
        .text("side", side(order.side))
        .text("posSide", "net")
        .text("posMode", "one_way_mode")
        .text("marginMode", "crossed")
        .text("cTime", &(order.entered_at_ns / 1_000_000).to_string())
        .text("uTime", &(order.changed_at_ns / 1_000_000).to_string())
}

/// As its lists tell it. What it became is told by the past alone.
pub(super) fn listed(order: &Order, listing: &Listing) -> String {
    let became = if order.waits { String::new() } else { order.id.to_string() };
    row(order, kind(order), listing)
        .text("symbol", listing.name())
        .text("planStatus", state(order))
        .text("executeOrderId", &became)
        .end()
}

/// What the line tells of an event: nothing of what became of one since.
pub(super) fn news(event: &Event, listing: &Listing) -> Option<String> {
    let order = &event.order;
    let is_told = order.trigger.is_some() && (order.waits || event.cause == Cause::Triggered);
    // Pushes have words of their own.
    let kind = if kind(order) == LOSS { "sl" } else { "tp" };
    is_told.then(|| row(order, kind, listing).text("instId", listing.name()).text("status", state(order)).end())
}

fn trigger_type(asked: &Value) -> Result<By, No> {
    match word(asked, "triggerType") {
        None | Some("fill_price") => Ok(By::Last),
        Some("mark_price") => Ok(By::Mark),
        Some(_) => Err(BAD),
    }
}

fn ticks(listing: &Listing, text: &str) -> Result<i64, No> {
    listing.instrument.grid.ticks(text.as_bytes()).map(|px| px.0).map_err(|_| no(45_035, "Price step mismatch"))
}

fn lots(listing: &Listing, asked: &Value) -> Result<i64, No> {
    let size = word(asked, "size").ok_or(no(40_019, "Parameter size cannot be empty"))?;
    listing.instrument.grid.lots(size.as_bytes()).map(|qty| qty.0).map_err(|_| BAD)
}

/// Nothing and 0: at the market.
fn execute_price(listing: &Listing, asked: &Value) -> Result<Option<i64>, No> {
    match word(asked, "executePrice") {
        None | Some("0") => Ok(None),
        Some(px) => ticks(listing, px).map(Some),
    }
}

/// Enters one: there must be something to close.
pub(super) fn place(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let instrument = instrument(listings, word(asked, "productType"), word(asked, "symbol"))?;
    let listing = &listings[instrument];
    if word(asked, "marginCoin").is_none() {
        return Err(no(40_019, "Parameter marginCoin cannot be empty"));
    }
    // Whose position it closes: a buyer's by selling.
    let side = match word(asked, "holdSide") {
        Some("buy") => Side::Sell,
        Some("sell") => Side::Buy,
        _ => return Err(BAD),
    };
    let is_stop = match word(asked, "planType") {
        Some(LOSS) => true,
        Some(PROFIT) => false,
        _ => return Err(BAD),
    };
    let held = teller.positions(holder)[instrument].qty;
    if (side == Side::Sell && held <= 0) || (side == Side::Buy && held >= 0) {
        return Err(refused(Refusal::NothingToReduce));
    }
    let px = execute_price(listing, asked)?;
    let at = ticks(listing, word(asked, "triggerPrice").ok_or(BAD)?)?;
    let trigger = Trigger { px: at, rises: is_stop == (side == Side::Buy), by: trigger_type(asked)? };
    let entry = Entry {
        client_id: word(asked, "clientOid").unwrap_or_default().to_owned(),
        instrument,
        side,
        px,
        amount: Amount::Lots(lots(listing, asked)?),
        stands: if px.is_some() { Stands::UntilCanceled } else { Stands::Immediate },
        post_only: false,
        reduce_only: true,
    };
    teller.wait(holder, entry, trigger).map_err(refused)
}

/// One of them by either id, waiting or not.
fn find<'t>(
    teller: &'t Teller<'_>,
    holder: Holder,
    instrument: usize,
    [theirs, ours]: [Option<&str>; 2],
) -> Option<&'t Order> {
    let which = match theirs {
        Some(id) => Which::Venue(id.parse::<u64>().ok()?.checked_sub(FIRST)?),
        None => Which::Client(ours?),
    };
    teller.order(holder, which).filter(|order| order.trigger.is_some() && order.instrument == instrument)
}

fn ids(asked: &Value) -> [Option<&str>; 2] {
    ["orderId", "clientOid"].map(|name| word(asked, name))
}

/// Changes one: its trigger, its price and its size.
pub(super) fn change(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    asked: &Value,
) -> Result<Order, No> {
    let instrument = instrument(listings, word(asked, "productType"), word(asked, "symbol"))?;
    let listing = &listings[instrument];
    let found = find(teller, holder, instrument, ids(asked)).filter(|order| order.waiting().is_some());
    let order = found.cloned().ok_or(refused(Refusal::NoSuchOrder))?;
    let at = ticks(listing, word(asked, "triggerPrice").ok_or(BAD)?)?;
    let px = match (order.px, execute_price(listing, asked)?) {
        (Some(_), Some(px)) if order.trigger.is_some_and(|trigger| trigger.px == at) => px,
        (None, None) => at,
        // More than one thing at once, or a market order into a limited one: it is not played.
        _ => return Err(BAD),
    };
    let qty = lots(listing, asked)?;
    teller.modify(holder, Which::Venue(order.id), px, qty).map_err(refused)
}

/// Withdraws those that are named, or all of the kind: which were, and which could not be.
pub(super) fn cancel(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    asked: &Value,
) -> Result<String, No> {
    let instrument = instrument(listings, word(asked, "productType"), word(asked, "symbol"))?;
    // Without a kind it would be trigger orders: those are not played.
    let Some(wanted) = word(asked, "planType").filter(|kind| [LOSS, PROFIT].contains(kind)) else { return Err(BAD) };
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    match asked.get("orderIdList").and_then(Value::as_array) {
        None => {
            let is_it = |order: &Order| order.waiting().is_some() && kind(order) == wanted;
            done = teller.cancel_those(holder, Some(instrument), is_it).map_err(refused)?;
            if done.is_empty() {
                return Err(no(22_001, "No order to cancel"));
            }
        }
        Some(named) => {
            for one in named {
                let found = find(teller, holder, instrument, ids(one));
                let found = found.filter(|order| order.waiting().is_some() && kind(order) == wanted).cloned();
                match found.map(|order| teller.cancel(holder, Which::Venue(order.id))) {
                    Some(Ok(order)) => done.push(order),
                    Some(Err(refusal @ (Refusal::Status(_) | Refusal::TooMany(_) | Refusal::NoTradeRight))) => {
                        return Err(refused(refusal));
                    }
                    Some(Err(_)) | None => failed.push(ids(one).map(|id| id.unwrap_or_default().to_owned())),
                }
            }
        }
    }
    let done = done.iter().map(named);
    let failed = failed.iter().map(|[theirs, ours]| {
        Object::new().text("orderId", theirs).text("clientOid", ours).text("errorMsg", "The order does not exist").end()
    });
    Ok(Object::new().raw("successList", array(done)).raw("failureList", array(failed)).end())
}

/// The ids of one.
pub(super) fn named(order: &Order) -> String {
    Object::new().text("orderId", &id(order).to_string()).text("clientOid", &order.client_id).end()
}

/// Rows of a list by id: of those that wait, or of those of the past; of one that is asked for, or of all.
pub(super) fn rows(
    teller: &Teller<'_>,
    holder: Holder,
    (instrument, listing): (usize, &Listing),
    is_past: bool,
    asked: [Option<&str>; 2],
) -> Vec<(u64, String)> {
    let all = teller.all_orders(holder).iter().filter(|order| {
        order.instrument == instrument && order.trigger.is_some() && order.waiting().is_some() != is_past
    });
    let one = (asked != [None; 2]).then(|| find(teller, holder, instrument, asked).map(id));
    let wanted = all.filter(|order| one.is_none_or(|one| one == Some(id(order))));
    wanted.map(|order| (id(order), listed(order, listing))).collect()
}
