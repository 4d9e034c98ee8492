//! Orders, executions, positions and money as Bitget writes them: spot and contracts name some things otherwise, and so do
//! pushes and answers.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::clerk::is_spot;
use crate::account::{Balance, Fill, Order, Position, Stands, State};
use crate::listing::Listing;
use crate::object::Object;
use crate::text::{Text, trimmed};
use engine_model::instrument::Name;
use engine_model::market::Side;

fn e8(amount: i128) -> String {
    trimmed(&Text::new().decimal(amount, 8).take()).to_owned()
}

pub(super) fn price(listing: &Listing, ticks: i64) -> String {
    Text::new().price(&listing.instrument.grid, ticks).take()
}

pub(super) fn qty(listing: &Listing, lots: i64) -> String {
    Text::new().qty(&listing.instrument.grid, lots).take()
}

pub(super) fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

fn force(order: &Order) -> &'static str {
    match order.stands {
        _ if order.post_only => "post_only",
        Stands::Immediate => "ioc",
        Stands::AllOrNothing => "fok",
        Stands::UntilCanceled | Stands::Until(_) => "gtc",
    }
}

/// Spot spells the last one with two letters.
fn status(order: &Order, listing: &Listing) -> &'static str {
    match order.state {
        State::Open if order.filled > 0 => "partially_filled",
        State::Open => "live",
        State::Filled => "filled",
        State::Canceled | State::Expired if is_spot(listing) => "cancelled",
        State::Canceled | State::Expired => "canceled",
    }
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Push,
    /// One order, or some.
    Detail,
    /// Those that are open.
    Open,
}

/// What became of one that waited bears no id of the client's.
fn client_id(order: &Order) -> &str {
    if order.trigger.is_some() { "" } else { &order.client_id }
}

pub(super) fn order(order: &Order, listing: &Listing, to: To) -> String {
    let is_spot = is_spot(listing);
    let px = order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px));
    let [whole, filled] = [order.qty, order.filled].map(|lots| qty(listing, lots));
    let row = Object::new()
        .text(if to == To::Push { "instId" } else { "symbol" }, listing.name())
        .text("orderId", &order.id.to_string())
        .text("clientOid", client_id(order))
        .text("side", side(order.side))
        .text("orderType", if order.px.is_some() { "limit" } else { "market" })
        .text("force", force(order))
        // Of contracts one order says its state, a list its status.
        .text(if to == To::Detail && !is_spot { "state" } else { "status" }, status(order, listing));
    let row = match (to, is_spot) {
        // A buy on spot says what it is worth.
        (To::Push, true) => {
            let worth = if order.side == Side::Buy { "8.0000" } else { whole.as_str() };
            row.text("size", worth).text("newSize", &whole).text("price", &px)
        }
        // The limit stands in the place of the average.
        (To::Open, true) => row.text("size", &whole).text("priceAvg", &px),
        _ => row.text("size", &whole).text("price", &px).text("priceAvg", ""),
    };
    row.text(if to == To::Push { "accBaseVolume" } else { "baseVolume" }, &filled)
        .text("cTime", &(order.entered_at_ns / 1_000_000).to_string())
        .text("uTime", &(order.changed_at_ns / 1_000_000).to_string())
        .end()
}

/// What is charged is negative. Spot does not name the client's id, and `is_named` says whether its order bears one.
pub(super) fn fill(fill: &Fill, listing: &Listing, is_push: bool, is_named: bool) -> String {
    let fee = Object::new()
        .text("deduction", "no")
        .text("feeCoin", fill.fee_asset.as_str())
        .text("totalDeductionFee", "0")
        .text("totalFee", &e8(-fill.fee_e8))
        .end();
    let row = Object::new()
        .text("orderId", &fill.order_id.to_string())
        .text("tradeId", &fill.trade_id.to_string())
        .text("symbol", listing.name())
        .text("side", side(fill.side))
        .text("tradeScope", if fill.maker { "maker" } else { "taker" });
    let (px, size) = (price(listing, fill.px), qty(listing, fill.qty));
    let row = if is_spot(listing) {
        let fee = if is_push { format!("[{fee}]") } else { fee };
        row.text("priceAvg", &px).text("size", &size).raw("feeDetail", fee)
    } else {
        let row = if is_push { row.text("clientOid", if is_named { &fill.client_id } else { "" }) } else { row };
        row.text("price", &px).text("baseVolume", &size).raw("feeDetail", format!("[{fee}]"))
    };
    row.text("cTime", &(fill.at_ns / 1_000_000).to_string()).text("uTime", &(fill.at_ns / 1_000_000).to_string()).end()
}

pub(super) fn position(position: &Position, listing: &Listing, is_push: bool) -> String {
    Object::new()
        .text(if is_push { "instId" } else { "symbol" }, listing.name())
        .text("holdSide", if position.qty < 0 { "short" } else { "long" })
        .text("posMode", "one_way_mode")
        .text("total", &qty(listing, position.qty.abs()))
        .text("openPriceAvg", &e8(position.entry_px_e8(&listing.instrument)))
        .end()
}

/// Contracts have a margin coin, and call what is bound locked in answers, frozen in pushes; spot has both.
pub(super) fn account((asset, balance): (Name, Balance), is_spot: bool, is_push: bool) -> String {
    let [free, bound] = [balance.free_e8(), balance.locked_e8].map(e8);
    let row = Object::new().text(if is_spot { "coin" } else { "marginCoin" }, asset.as_str()).text("available", &free);
    match (is_spot, is_push) {
        (true, _) => row.text("frozen", &bound).text("locked", "0").end(),
        (false, true) => row.text("frozen", &bound).end(),
        (false, false) => row.text("locked", &bound).end(),
    }
}
