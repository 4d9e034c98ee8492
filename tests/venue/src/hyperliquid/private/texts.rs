//! Orders, executions and accounts as Hyperliquid writes them.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Fill, Holder, Order, Stands, State, Teller, Trigger};
use crate::hyperliquid::wire;
use crate::listing::Listing;
use crate::moment::From;
use crate::object::{Object, array};
use crate::text::{Text, pointed};
use engine_model::instrument::ContractKind;
use engine_model::market::Side;

fn from(listing: &Listing) -> From<'_> {
    From { listing, at_ms: 0 }
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "B" } else { "A" }
}

/// Money, in 1e-8.
fn money(units_e8: i128) -> String {
    pointed(&Text::new().decimal(units_e8, 8).take())
}

/// What is answered to its entry.
pub(super) fn entered(order: &Order, listing: &Listing) -> String {
    let ids = |object: Object| object.raw("oid", order.id).with(|object| cloid(object, &order.client_id)).end();
    if order.is_open() {
        return Object::new().raw("resting", ids(Object::new())).end();
    }
    let size = wire::size(from(listing), order.filled);
    let px = wire::price(from(listing), order.px.unwrap_or(0));
    Object::new().raw("filled", ids(Object::new().text("totalSz", &size).text("avgPx", &px))).end()
}

fn cloid(object: Object, client_id: &str) -> Object {
    if client_id.is_empty() { object } else { object.text("cloid", client_id) }
}

/// An order as it is. The venue makes an id of its own, but tells only those of clients.
pub(super) fn order(order: &Order, listing: &Listing) -> String {
    cloid(told(order, listing), &order.client_id).end()
}

/// The same where it is asked for: with what it waits for.
pub(super) fn whole(order: &Order, listing: &Listing) -> String {
    let trigger = order.trigger.filter(|_| order.waits);
    let is_stop = trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy));
    let kind = match (trigger, order.px) {
        (None, _) => "Limit",
        (Some(_), None) if is_stop => "Stop Market",
        (Some(_), Some(_)) if is_stop => "Stop Limit",
        (Some(_), None) => "Take Profit Market",
        (Some(_), Some(_)) => "Take Profit Limit",
    };
    let object = told(order, listing)
        .text("orderType", kind)
        .raw("isTrigger", trigger.is_some())
        .text("triggerPx", &trigger.map_or("0.0".to_owned(), |trigger| wire::price(from(listing), trigger.px)))
        .raw("reduceOnly", order.reduce_only);
    cloid(object, &order.client_id).end()
}

/// Of a market order that waits the worst price is told as its limit.
fn told(order: &Order, listing: &Listing) -> Object {
    let from = from(listing);
    let worst = |trigger: Trigger| trigger.px * if order.side == Side::Buy { 11 } else { 9 } / 10;
    let px = order.px.or(order.trigger.map(worst)).unwrap_or(0);
    Object::new()
        .text("coin", listing.name())
        .text("side", side(order.side))
        .text("limitPx", &wire::price(from, px))
        .text("sz", &wire::size(from, order.left()))
        .raw("oid", order.id)
        .raw("timestamp", order.entered_at_ns / 1_000_000)
        .text("origSz", &wire::size(from, order.qty))
}

/// One whose price has come.
pub(super) fn pulled(order: &Order, listing: &Listing) -> String {
    in_envelope(self::order(order, listing), "triggered", order)
}

/// The same with its state.
pub(super) fn news(order: &Order, listing: &Listing) -> String {
    in_envelope(self::order(order, listing), status(order), order)
}

/// What is answered where it is asked for.
pub(super) fn answer(order: &Order, listing: &Listing) -> String {
    in_envelope(whole(order, listing), status(order), order)
}

fn in_envelope(text: String, status: &str, order: &Order) -> String {
    let at_ms = order.changed_at_ns / 1_000_000;
    Object::new().raw("order", text).text("status", status).raw("statusTimestamp", at_ms).end()
}

fn status(order: &Order) -> &'static str {
    match order.state {
        State::Open => "open",
        State::Filled => "filled",
        State::Canceled if order.stands == Stands::Immediate && order.filled == 0 && !order.waits => {
            if order.trigger.is_some() { "marketOrderNoLiquidityRejected" } else { "iocCancelRejected" }
        }
        State::Canceled => "canceled",
        State::Expired => "scheduledCancel",
    }
}

pub(super) fn fill(fill: &Fill, listing: &Listing) -> String {
    let from = from(listing);
    let object = Object::new()
        .text("coin", listing.name())
        .text("px", &wire::price(from, fill.px))
        .text("sz", &wire::size(from, fill.qty))
        .text("side", side(fill.side))
        .raw("time", fill.at_ns / 1_000_000)
        .text("startPosition", "0.0")
        .text("dir", if fill.side == Side::Buy { "Buy" } else { "Sell" })
        .text("closedPnl", &money(fill.realised_e8))
        .text("hash", &format!("0x{:064x}", fill.trade_id))
        .raw("oid", fill.order_id)
        .raw("crossed", !fill.maker)
        .text("fee", &money(fill.fee_e8))
        .raw("tid", fill.trade_id)
        .text("feeToken", fill.fee_asset.as_str());
    cloid(object, &fill.client_id).end()
}

/// Executions, as followers are told; `is_first`: those of before.
pub(super) fn fills<'a>(
    user: &str,
    all: impl Iterator<Item = &'a Fill>,
    listings: &[Listing],
    is_first: bool,
) -> String {
    let rows = array(all.map(|of| fill(of, &listings[of.instrument])));
    let first = if is_first { r#""isSnapshot":true,"# } else { "" };
    format!(r#"{{"channel":"userFills","data":{{{first}"user":"{user}","fills":{rows}}}}}"#)
}

/// Perpetuals and their margin.
pub(super) fn perpetuals(teller: &Teller<'_>, holder: Holder, listings: &[Listing]) -> String {
    let held = teller.positions(holder).iter().zip(listings);
    let held = held.filter(|(held, listing)| held.qty != 0 && listing.instrument.kind != ContractKind::Spot);
    let position = |(held, listing): (&crate::account::Position, &Listing)| {
        let entry = money(held.entry_px_e8(&listing.instrument));
        let size = wire::size(from(listing), held.qty);
        let told = Object::new().text("coin", listing.name()).text("szi", &size).text("entryPx", &entry);
        Object::new()
            .raw("position", told.text("marginUsed", &money(held.margin_e8)).end())
            .text("type", "oneWay")
            .end()
    };
    let (mut total_e8, mut locked_e8) = (0, 0);
    for (_, balance) in teller.balances(holder).filter(|(asset, _)| asset.as_str() == "USDC") {
        (total_e8, locked_e8) = (balance.total_e8, balance.locked_e8);
    }
    let (whole, used) = (money(total_e8), money(locked_e8));
    let summary = || Object::new().text("accountValue", &whole).text("totalMarginUsed", &used).end();
    Object::new()
        .raw("marginSummary", summary())
        .raw("crossMarginSummary", summary())
        .text("crossMaintenanceMarginUsed", "0.0")
        .text("withdrawable", &money(total_e8 - locked_e8))
        .raw("assetPositions", array(held.map(position)))
        .raw("time", teller.at_ms())
        .end()
}

/// Coins.
pub(super) fn spot(teller: &Teller<'_>, holder: Holder) -> String {
    let coin = |(token, (asset, balance)): (usize, (engine_model::instrument::Name, crate::account::Balance))| {
        let object = Object::new().text("coin", asset.as_str()).raw("token", token);
        object.text("hold", &money(balance.locked_e8)).text("total", &money(balance.total_e8)).end()
    };
    Object::new().raw("balances", array(teller.balances(holder).enumerate().map(coin))).end()
}
