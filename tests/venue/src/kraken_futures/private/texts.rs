//! Orders, executions, positions and money as Kraken Futures writes them: answers and feeds name most things otherwise.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Balance, By, Fill, Order, Position, Stands};
use crate::kraken_futures::wire::number;
use crate::listing::Listing;
use crate::object::Object;
use crate::text::iso;
use engine_model::instrument::{ContractKind, Name};
use engine_model::market::Side;

pub(super) fn time(at_ns: u64) -> String {
    iso(at_ns / 1_000_000, 3)
}

fn e8(amount: i128) -> String {
    number(amount, 8)
}

fn price(listing: &Listing, ticks: i64) -> String {
    let grid = listing.instrument.grid;
    number(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

fn qty(listing: &Listing, lots: i64) -> String {
    let grid = listing.instrument.grid;
    number(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

/// The id of an order.
fn order_id(id: u64) -> String {
    format!("0de50000-0000-4000-8000-{id:012x}")
}

/// The same as long as it waits for a price: what it becomes bears another.
pub(super) fn id_of(order: &Order) -> String {
    if order.waits { format!("57090000-0000-4000-8000-{:012x}", order.id) } else { order_id(order.id) }
}

/// It is a stop where the market would go against its owner.
fn is_stop(order: &Order) -> bool {
    order.trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy))
}

/// Price and signal.
fn trigger(order: &Order, listing: &Listing) -> Option<(String, &'static str)> {
    let trigger = order.trigger.filter(|_| order.waits)?;
    let signal = match trigger.by {
        By::Last => "last",
        By::Mark => "mark",
        By::Index => "spot",
    };
    Some((price(listing, trigger.px), signal))
}

fn fill_id(id: u64) -> String {
    format!("f1110000-0000-4000-8000-{id:012x}")
}

/// Whether it takes what there is and goes.
pub(super) fn is_immediate(order: &Order) -> bool {
    !order.waits && (order.px.is_none() || matches!(order.stands, Stands::Immediate | Stands::AllOrNothing))
}

/// One that waits, in the events of an answer.
pub(super) fn waiting(order: &Order, listing: &Listing) -> String {
    let (trigger, signal) = trigger(order, listing).unwrap_or_default();
    let rises = order.trigger.is_some_and(|trigger| trigger.rises);
    Object::new()
        .text("uid", &id_of(order))
        .text("clientId", &order.client_id)
        .text("type", if order.px.is_some() { "lmt" } else { "ioc" })
        .text("symbol", listing.name())
        .text("side", side(order.side))
        .raw("quantity", qty(listing, order.qty))
        .raw("limitPrice", order.px.map_or("null".to_owned(), |px| price(listing, px)))
        .raw("triggerPrice", trigger)
        .text("triggerSide", if rises { "trigger_above" } else { "trigger_below" })
        .text("triggerSignal", signal)
        .raw("reduceOnly", order.reduce_only)
        .text("timestamp", &time(order.entered_at_ns))
        .text("lastUpdateTimestamp", &time(order.changed_at_ns))
        .end()
}

/// An order in the events of an answer, and where one was asked for.
pub(super) fn order(order: &Order, listing: &Listing) -> String {
    let options = trigger(order, listing).map(|(px, signal)| {
        Object::new().raw("triggerPrice", px).text("triggerSignal", &format!("{}_PRICE", signal.to_uppercase())).end()
    });
    let kind = match () {
        () if order.waits => "TRIGGER_ORDER",
        () if is_immediate(order) => "ioc",
        () => "lmt",
    };
    Object::new()
        .text("type", kind)
        .text("orderId", &id_of(order))
        .text("cliOrdId", &order.client_id)
        .text("symbol", listing.name())
        .text("side", side(order.side))
        .raw("quantity", qty(listing, order.qty))
        .raw("filled", qty(listing, order.filled))
        .raw("limitPrice", price(listing, order.px.unwrap_or(0)))
        .raw("reduceOnly", order.reduce_only)
        .text("timestamp", &time(order.entered_at_ns))
        .text("lastUpdateTimestamp", &time(order.changed_at_ns))
        .raw("priceTriggerOptions", options.as_deref().unwrap_or("null"))
        .end()
}

/// An execution in the events of an answer.
pub(super) fn executed(fill: &Fill, listing: &Listing) -> String {
    Object::new()
        .text("type", "EXECUTION")
        .text("executionId", &fill_id(fill.trade_id))
        .raw("price", price(listing, fill.px))
        .raw("amount", qty(listing, fill.qty))
        .end()
}

/// An order in the list of open ones.
pub(super) fn open(order: &Order, listing: &Listing) -> String {
    let object = Object::new()
        .text("order_id", &id_of(order))
        .text("cliOrdId", &order.client_id)
        .text("symbol", listing.name())
        .text("side", side(order.side));
    let object = match trigger(order, listing) {
        Some((px, signal)) => {
            let kind = if is_stop(order) { "stp" } else { "take_profit" };
            object.text("orderType", kind).raw("stopPrice", px).text("triggerSignal", signal)
        }
        None => object.text("orderType", "lmt"),
    };
    let object = match order.px {
        Some(px) => object.raw("limitPrice", price(listing, px)),
        None => object,
    };
    object
        .raw("unfilledSize", qty(listing, order.left()))
        .text("receivedTime", &time(order.entered_at_ns))
        .text("status", if order.filled > 0 { "partiallyFilled" } else { "untouched" })
        .raw("filledSize", qty(listing, order.filled))
        .raw("reduceOnly", order.reduce_only)
        .text("lastUpdateTime", &time(order.changed_at_ns))
        .end()
}

/// An order in the feed: its quantity is what is left of it.
pub(super) fn told(order: &Order, listing: &Listing) -> String {
    Object::new()
        .text("instrument", listing.name())
        .raw("time", order.entered_at_ns / 1_000_000)
        .raw("last_update_time", order.changed_at_ns / 1_000_000)
        .raw("qty", qty(listing, order.left()))
        .raw("filled", qty(listing, order.filled))
        .with(|object| match order.px {
            Some(px) => object.raw("limit_price", price(listing, px)),
            None => object,
        })
        .with(|object| match trigger(order, listing) {
            Some((px, signal)) => {
                let kind = if is_stop(order) { "stop" } else { "take_profit" };
                object.raw("stop_price", px).text("type", kind).text("triggerSignal", signal)
            }
            None => object.raw("stop_price", "0.0").text("type", "limit"),
        })
        .text("order_id", &id_of(order))
        .text("cli_ord_id", &order.client_id)
        .raw("direction", u8::from(order.side == Side::Sell))
        .raw("reduce_only", order.reduce_only)
        .end()
}

fn currency(asset: Name) -> &'static str {
    match asset.as_str() {
        "BTC" => "XBT",
        "ETH" => "ETH",
        _ => "USD",
    }
}

fn kind(fill: &Fill) -> &'static str {
    if fill.maker { "maker" } else { "taker" }
}

/// An execution in the feed.
pub(super) fn fill(fill: &Fill, left: i64, listing: &Listing) -> String {
    Object::new()
        .text("instrument", listing.name())
        .raw("time", fill.at_ns / 1_000_000)
        .raw("price", price(listing, fill.px))
        .raw("seq", fill.trade_id)
        .raw("buy", fill.side == Side::Buy)
        .raw("qty", qty(listing, fill.qty))
        .raw("remaining_order_qty", qty(listing, left))
        .text("order_id", &order_id(fill.order_id))
        .text("cli_ord_id", &fill.client_id)
        .text("fill_id", &fill_id(fill.trade_id))
        .text("fill_type", kind(fill))
        .raw("fee_paid", e8(fill.fee_e8))
        .text("fee_currency", currency(fill.fee_asset))
        .end()
}

/// The same in an answer, which does not tell the fee.
pub(super) fn filled(fill: &Fill, listing: &Listing) -> String {
    Object::new()
        .text("fill_id", &fill_id(fill.trade_id))
        .text("symbol", listing.name())
        .text("side", side(fill.side))
        .text("order_id", &order_id(fill.order_id))
        .text("cliOrdId", &fill.client_id)
        .raw("size", qty(listing, fill.qty))
        .raw("price", price(listing, fill.px))
        .text("fillTime", &time(fill.at_ns))
        .text("fillType", kind(fill))
        .end()
}

/// A position in the feed: what is held, with its sign.
pub(super) fn position(position: &Position, listing: &Listing) -> String {
    let entry = e8(position.entry_px_e8(&listing.instrument));
    Object::new()
        .text("instrument", listing.name())
        .raw("balance", qty(listing, position.qty))
        .raw("entry_price", entry)
        .end()
}

/// A position in an answer.
pub(super) fn held(position: &Position, listing: &Listing) -> String {
    Object::new()
        .text("side", if position.qty < 0 { "short" } else { "long" })
        .text("symbol", listing.name())
        .raw("price", e8(position.entry_px_e8(&listing.instrument)))
        .raw("size", qty(listing, position.qty.abs()))
        .end()
}

/// The pairs whose inverse contracts are settled in that asset, of which one wallet each is told.
fn wallets(asset: Name, listings: &[Listing]) -> bool {
    listings.iter().any(|listing| listing.instrument.kind == ContractKind::Inverse && listing.instrument.base == asset)
}

/// What is held, as the feed tells it: coins of the shared wallet, and wallets of inverse contracts.
pub(super) fn balances(held: &[(Name, Balance)], listings: &[Listing]) -> String {
    let (own, shared): (Vec<_>, Vec<_>) = held.iter().partition(|(asset, _)| wallets(*asset, listings));
    let coins = shared.into_iter().map(|(asset, balance)| {
        let row = Object::new()
            .raw("quantity", e8(balance.total_e8))
            .raw("value", e8(balance.total_e8))
            .raw("collateral_value", e8(balance.total_e8))
            .raw("available", e8(balance.free_e8()));
        format!(r#""{}":{}"#, currency(asset), row.end())
    });
    let coins = coins.collect::<Vec<_>>().join(",");
    let pairs = own.into_iter().map(|(asset, balance)| {
        let unit = currency(asset);
        let name = format!("F-{unit}:USD");
        let row = Object::new()
            .text("name", &name)
            .text("pair", &format!("{unit}/USD"))
            .text("unit", unit)
            .raw("portfolio_value", e8(balance.total_e8))
            .raw("balance", e8(balance.total_e8))
            .raw("available", e8(balance.free_e8()));
        format!(r#""{name}":{}"#, row.end())
    });
    let pairs = pairs.collect::<Vec<_>>().join(",");
    format!(r#""holding":{{}},"futures":{{{pairs}}},"flex_futures":{{"currencies":{{{coins}}}}}"#)
}

/// The same in an answer.
pub(super) fn accounts(held: &[(Name, Balance)], listings: &[Listing]) -> String {
    let (own, shared): (Vec<_>, Vec<_>) = held.iter().partition(|(asset, _)| wallets(*asset, listings));
    let coins = shared.into_iter().map(|(asset, balance)| {
        let (whole, free) = (e8(balance.total_e8), e8(balance.free_e8()));
        format!(r#""{}":{{"quantity":{whole},"value":{whole},"available":{free}}}"#, currency(asset))
    });
    let coins = coins.collect::<Vec<_>>().join(",");
    let margins = own.into_iter().map(|(asset, balance)| {
        let (unit, whole, free) = (currency(asset).to_lowercase(), e8(balance.total_e8), e8(balance.free_e8()));
        format!(
            r#","fi_{unit}usd":{{"type":"marginAccount","currency":"{unit}","balances":{{"{unit}":{whole}}},"auxiliary":{{"usd":0.0,"pv":{whole},"pnl":0.0,"af":{free},"funding":0.0}}}}"#
        )
    });
    let margins: String = margins.collect();
    format!(
        r#""accounts":{{"cash":{{"type":"cashAccount","balances":{{}}}},"flex":{{"type":"multiCollateralMarginAccount","currencies":{{{coins}}}}}{margins}}}"#
    )
}
