//! Orders that wait for a price: entered, changed, withdrawn and asked for by REST at places of their own, under ids of their
//! own; what one becomes names it by them.
//!
//! Owns: their texts, what is asked of them. Never: when one is pulled.

use super::clerk::{BAD, Deed, Named, No, instrument, refused, word};
use super::texts::{price, qty, side};
use crate::account::{Amount, By, Cause, Entry, Event, Holder, Order, Refusal, Stands, State, Teller, Trigger, Which};
use crate::listing::Listing;
use crate::okx::is_swap;
use engine_model::market::Side;
use serde_json::Value;

/// They are counted for themselves.
const FIRST: u64 = 700_000_000;

/// The id of one.
pub(super) fn id(order: &Order) -> u64 {
    order.id + FIRST
}

/// Whether it is a stop, else its mirror image: by where it waits.
fn is_stop(order: &Order) -> bool {
    order.trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy))
}

fn state(order: &Order) -> &'static str {
    match (order.waits, order.state) {
        (true, State::Open) => "live",
        (true, _) => "canceled",
        (false, _) => "effective",
    }
}

/// As its line, its list and its answer tell it.
pub(super) fn row(order: &Order, listing: &Listing) -> String {
    let became = if order.waits { String::new() } else { order.id.to_string() };
    let by = match order.trigger.map(|trigger| trigger.by) {
        Some(By::Mark) => "mark",
        Some(By::Index) => "index",
        _ => "last",
    };
    let trigger = order.trigger.map(|trigger| price(listing, trigger.px)).unwrap_or_default();
    let px = order.px.map_or("-1".to_owned(), |px| price(listing, px));
    let none = || [String::new(), String::new(), String::new()];
    let some = || [trigger.clone(), by.to_owned(), px.clone()];
    let (stop, touched) = if is_stop(order) { (some(), none()) } else { (none(), some()) };
    let list = if became.is_empty() { String::new() } else { format!(r#""{became}""#) };
    format!(
        r#"{{"instType":"SWAP","instId":"{}","ccy":"","ordId":"{became}","ordIdList":[{list}],"algoId":"{}","clOrdId":"","algoClOrdId":{},"sz":"{}","ordType":"conditional","side":"{}","posSide":"net","tdMode":"cross","tgtCcy":"","state":"{}","slTriggerPx":"{}","slTriggerPxType":"{}","slOrdPx":"{}","tpTriggerPx":"{}","tpTriggerPxType":"{}","tpOrdPx":"{}","triggerPx":"","triggerPxType":"","ordPx":"","actualSz":"","actualPx":"","actualSide":"","reduceOnly":"{}","failCode":"","triggerTime":"","cTime":"{}","uTime":"{}"}}"#,
        listing.name(),
        id(order),
        Value::from(order.client_id.as_str()),
        qty(listing, order.qty),
        side(order.side),
        state(order),
        stop[0],
        stop[1],
        stop[2],
        touched[0],
        touched[1],
        touched[2],
        order.reduce_only,
        order.entered_at_ns / 1_000_000,
        order.changed_at_ns / 1_000_000,
    )
}

/// What their line tells of an event: nothing of what became of one since.
pub(super) fn news(event: &Event, listing: &Listing) -> Option<String> {
    let order = &event.order;
    (order.trigger.is_some() && (order.waits || event.cause == Cause::Triggered)).then(|| row(order, listing))
}

/// Enters one.
pub(super) fn place(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let instrument = instrument(listings, Named::ByName, asked)?;
    let (listing, grid) = (&listings[instrument], &listings[instrument].instrument.grid);
    // On spot, and for what is not conditional, it is not played.
    if !is_swap(listing) || word(asked, "ordType") != Some("conditional") || word(asked, "tdMode") != Some("cross") {
        return Err(BAD);
    }
    let side = match word(asked, "side") {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err(BAD),
    };
    let (is_stop, names) = match (word(asked, "slTriggerPx"), word(asked, "tpTriggerPx")) {
        (Some(_), None) => (true, ["slTriggerPx", "slTriggerPxType", "slOrdPx"]),
        (None, Some(_)) => (false, ["tpTriggerPx", "tpTriggerPxType", "tpOrdPx"]),
        _ => return Err(BAD),
    };
    let [trigger, by, px] = names.map(|name| word(asked, name));
    let ticks = |text: &str| grid.ticks(text.as_bytes()).map(|px| px.0).map_err(|_| BAD);
    let by = match by {
        None | Some("last") => By::Last,
        Some("mark") => By::Mark,
        Some("index") => By::Index,
        Some(_) => return Err(BAD),
    };
    let px = match px {
        Some("-1") => None,
        Some(px) => Some(ticks(px)?),
        None => return Err(BAD),
    };
    let trigger = Trigger { px: ticks(trigger.ok_or(BAD)?)?, rises: is_stop == (side == Side::Buy), by };
    let entry = Entry {
        client_id: word(asked, "algoClOrdId").unwrap_or_default().to_owned(),
        instrument,
        side,
        px,
        amount: Amount::Lots(grid.lots(word(asked, "sz").ok_or(BAD)?.as_bytes()).map_err(|_| BAD)?.0),
        stands: if px.is_some() { Stands::UntilCanceled } else { Stands::Immediate },
        post_only: false,
        reduce_only: asked.get("reduceOnly").is_some_and(|flag| flag == &Value::Bool(true) || flag == "true"),
    };
    teller.wait(holder, entry, trigger).map_err(|refusal| refused(refusal, Deed::Place))
}

fn find<'t>(teller: &'t Teller<'_>, holder: Holder, asked: &Value, deed: Deed) -> Result<&'t Order, No> {
    let which = match word(asked, "algoId") {
        Some(id) => Which::Venue(id.parse::<u64>().ok().and_then(|id| id.checked_sub(FIRST)).ok_or(BAD)?),
        None => word(asked, "algoClOrdId").map(Which::Client).ok_or(BAD)?,
    };
    let found = teller.order(holder, which).filter(|order| order.trigger.is_some());
    found.ok_or_else(|| refused(Refusal::NoSuchOrder, deed))
}

/// One of them by either id; what was pulled is none of them any more.
fn waiting(teller: &Teller<'_>, holder: Holder, asked: &Value, deed: Deed) -> Result<Order, No> {
    let order = find(teller, holder, asked, deed)?;
    if order.waits { Ok(order.clone()) } else { Err(refused(Refusal::NoSuchOrder, deed)) }
}

/// Withdraws one.
pub(super) fn cancel(teller: &mut Teller<'_>, holder: Holder, asked: &Value) -> Result<Order, No> {
    let order = waiting(teller, holder, asked, Deed::Cancel)?;
    teller.cancel(holder, Which::Venue(order.id)).map_err(|refusal| refused(refusal, Deed::Cancel))
}

/// Changes one: of a market order its trigger, else its limit.
pub(super) fn amend(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let order = waiting(teller, holder, asked, Deed::Amend)?;
    let grid = &listings[order.instrument].instrument.grid;
    let name = match (is_stop(&order), order.px) {
        (true, None) => "newSlTriggerPx",
        (true, Some(_)) => "newSlOrdPx",
        (false, None) => "newTpTriggerPx",
        (false, Some(_)) => "newTpOrdPx",
    };
    let now = order.px.or(order.trigger.map(|trigger| trigger.px)).ok_or(BAD)?;
    let px = word(asked, name).map_or(Ok(now), |px| grid.ticks(px.as_bytes()).map(|px| px.0).map_err(|_| BAD))?;
    let qty =
        word(asked, "newSz").map_or(Ok(order.qty), |qty| grid.lots(qty.as_bytes()).map(|q| q.0).map_err(|_| BAD))?;
    teller.modify(holder, Which::Venue(order.id), px, qty).map_err(|refusal| refused(refusal, Deed::Amend))
}

/// The row of one that is asked for.
pub(super) fn one(teller: &Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<String, No> {
    let order = find(teller, holder, asked, Deed::Cancel).map_err(|_| No::Row(51_603, "Order does not exist"))?;
    Ok(row(order, &listings[order.instrument]))
}

/// What came of one of a request.
pub(super) fn outcome(done: Result<&Order, (u32, &str)>, asked: &Value) -> String {
    let (id, code, words) = match done {
        Ok(order) => (id(order).to_string(), 0, ""),
        Err((code, words)) => (String::new(), code, words),
    };
    let client_id = Value::from(word(asked, "algoClOrdId").unwrap_or_default());
    format!(r#"{{"algoId":"{id}","algoClOrdId":{client_id},"clOrdId":"","tag":"","sCode":"{code}","sMsg":"{words}"}}"#)
}
