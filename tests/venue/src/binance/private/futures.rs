//! USD-M's and COIN-M's texts: answers about orders, the account, and what the user stream tells.

use super::algo;
use super::words::{ms, order_type, side, status, time_in_force};
use crate::account::{Balance, Cause, Event, Fill, Holder, Order, Position, Stands, State, Teller};
use crate::listing::Listing;
use crate::object::{Object, array};
use crate::text::Text;
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};

const ALIAS: &str = "sRfs";

fn symbol(object: Object, listing: &Listing) -> Object {
    let object = object.text("symbol", listing.instrument.symbol.as_str());
    if is_coinm(listing) { object.text("pair", listing.pair()) } else { object }
}

fn is_coinm(listing: &Listing) -> bool {
    listing.instrument.kind == ContractKind::Inverse
}

/// The mean price of what was executed, in 1e-8.
fn mean_px_e8(order: &Order, instrument: &Instrument) -> i128 {
    let executed = Position { qty: order.filled, cost_e8: order.filled_value_e8, margin_e8: 0 };
    executed.entry_px_e8(instrument)
}

fn lots(instrument: &Instrument, lots: i64) -> String {
    instrument.grid.qty_text(Lots(lots))
}

fn ticks(instrument: &Instrument, px: Option<i64>) -> String {
    px.map_or_else(|| "0".to_owned(), |px| instrument.grid.price_text(Ticks(px)))
}

fn money(units_e8: i128) -> String {
    Text::new().decimal(units_e8, 8).take()
}

fn good_till_ms(order: &Order) -> u64 {
    if let Stands::Until(at_ns) = order.stands { ms(at_ns) } else { 0 }
}

/// An order, in answers of all kinds. `time`: whether its entry's time is told as well.
pub(super) fn told(order: &Order, time: bool, listings: &[Listing]) -> String {
    let listing = &listings[order.instrument];
    let instrument = &listing.instrument;
    let head = Object::new()
        .raw("orderId", order.id)
        .with(|object| symbol(object, listing))
        .text("status", status(order))
        .text("clientOrderId", &order.client_id)
        .text("price", &ticks(instrument, order.px))
        .decimal("avgPrice", mean_px_e8(order, instrument), 8)
        .text("origQty", &lots(instrument, order.qty))
        .text("executedQty", &lots(instrument, order.filled));
    let cumulated = if is_coinm(listing) { "cumBase" } else { "cumQuote" };
    let head = head
        .decimal(cumulated, order.filled_value_e8, 8)
        .text("timeInForce", time_in_force(order, instrument.venue))
        .text("type", order_type(order, instrument.venue))
        .raw("reduceOnly", order.reduce_only)
        .raw("closePosition", false)
        .text("side", side(order.side))
        .text("positionSide", "BOTH")
        .text("stopPrice", "0")
        .text("workingType", "CONTRACT_PRICE")
        .raw("priceProtect", false)
        .text("origType", order_type(order, instrument.venue))
        .text("priceMatch", "NONE")
        .text("selfTradePreventionMode", "NONE")
        .raw("goodTillDate", good_till_ms(order));
    let head = if time { head.raw("time", ms(order.entered_at_ns)) } else { head };
    head.raw("updateTime", ms(order.changed_at_ns)).end()
}

/// The order as it was the moment it was entered: what an ACK tells, whatever happened since.
pub(super) fn acknowledged(order: &Order, listings: &[Listing]) -> String {
    let entered = Order {
        filled: 0,
        filled_value_e8: 0,
        state: State::Open,
        changed_at_ns: order.entered_at_ns,
        ..order.clone()
    };
    told(&entered, false, listings)
}

pub(super) fn trade(fill: &Fill, listings: &[Listing]) -> String {
    let listing = &listings[fill.instrument];
    let instrument = &listing.instrument;
    let worth = if is_coinm(listing) { "baseQty" } else { "quoteQty" };
    Object::new()
        .with(|object| symbol(object, listing))
        .raw("id", fill.trade_id)
        .raw("orderId", fill.order_id)
        .text("side", side(fill.side))
        .text("price", &ticks(instrument, Some(fill.px)))
        .text("qty", &lots(instrument, fill.qty))
        .decimal("realizedPnl", fill.realised_e8, 8)
        .decimal(worth, fill.value_e8, 8)
        .decimal("commission", fill.fee_e8, 8)
        .text("commissionAsset", fill.fee_asset.as_str())
        .raw("time", ms(fill.at_ns))
        .text("positionSide", "BOTH")
        .raw("maker", fill.maker)
        .raw("buyer", fill.side == Side::Buy)
        .end()
}

pub(super) fn balances(holder: Holder, teller: &Teller<'_>) -> String {
    let balance = |(asset, balance): (Name, Balance)| {
        Object::new()
            .text("accountAlias", ALIAS)
            .text("asset", asset.as_str())
            .decimal("balance", balance.total_e8, 8)
            .decimal("crossWalletBalance", balance.total_e8, 8)
            .text("crossUnPnl", "0.00000000")
            .decimal("availableBalance", balance.free_e8().max(0), 8)
            .decimal("maxWithdrawAmount", balance.free_e8().max(0), 8)
            .raw("marginAvailable", true)
            .raw("updateTime", teller.at_ms())
            .end()
    };
    array(teller.balances(holder).map(balance))
}

/// How contracts are set up.
pub(super) fn setups(holder: Holder, only: Option<usize>, teller: &Teller<'_>, listings: &[Listing]) -> String {
    let margin = if teller.is_isolated(holder) { "ISOLATED" } else { "CROSSED" };
    let asked = listings.iter().enumerate().filter(|(index, _)| only.is_none_or(|only| only == *index));
    array(asked.map(|(_, listing)| {
        Object::new()
            .text("symbol", listing.instrument.symbol.as_str())
            .text("marginType", margin)
            .raw("isAutoAddMargin", false)
            .raw("leverage", teller.leverage(holder))
            .text("maxNotionalValue", "1000000")
            .end()
    }))
}

/// Positions; USD-M tells none of symbols that are flat.
pub(super) fn positions(holder: Holder, only: Option<usize>, teller: &Teller<'_>, listings: &[Listing]) -> String {
    let position = |(index, (position, listing)): (usize, (&Position, &Listing))| {
        let instrument = &listing.instrument;
        if only.is_some_and(|only| only != index) || position.qty == 0 && !is_coinm(listing) {
            return None;
        }
        let mark = teller.px(index);
        let told = Object::new()
            .text("symbol", instrument.symbol.as_str())
            .text("positionSide", "BOTH")
            .text("positionAmt", &lots(instrument, position.qty))
            .decimal("entryPrice", position.entry_px_e8(instrument), 8)
            .decimal("breakEvenPrice", position.entry_px_e8(instrument), 8)
            .text("markPrice", &ticks(instrument, Some(mark)))
            .decimal("unRealizedProfit", position.unrealised_e8(instrument, mark), 8)
            .text("liquidationPrice", "0")
            .text("isolatedMargin", "0")
            .decimal("notional", position.cost_e8, 8)
            .text("marginAsset", settled(instrument))
            .decimal("initialMargin", position.margin_e8, 8)
            .raw("adl", 0)
            .raw("updateTime", teller.at_ms());
        Some(told.end())
    };
    array(teller.positions(holder).iter().zip(listings).enumerate().filter_map(position))
}

fn settled(instrument: &Instrument) -> &str {
    let name = if instrument.kind == ContractKind::Inverse { &instrument.base } else { &instrument.quote };
    name.as_str()
}

/// What the user stream tells of it.
pub(in crate::binance) fn events(event: &Event, listings: &[Listing]) -> Vec<String> {
    let listing = &listings[event.order.instrument];
    let mut texts = Vec::new();
    if event.order.waits {
        return algo::news(event, listing);
    }
    if let Some(fill) = event.fill.as_ref().filter(|_| !is_coinm(listing)) {
        texts.push(trade_lite(event, fill, &listing.instrument));
    }
    if event.fill.is_some() {
        texts.push(account_update(event, listing));
    }
    texts.push(order_trade_update(event, listing));
    texts.extend(algo::news(event, listing));
    texts
}

fn trade_lite(event: &Event, fill: &Fill, instrument: &Instrument) -> String {
    let order = &event.order;
    Object::new()
        .text("e", "TRADE_LITE")
        .raw("E", ms(event.at_ns))
        .raw("T", ms(event.at_ns))
        .text("s", instrument.symbol.as_str())
        .text("q", &lots(instrument, order.qty))
        .text("p", &ticks(instrument, order.px))
        .raw("m", fill.maker)
        .text("c", &order.client_id)
        .text("S", side(order.side))
        .text("L", &ticks(instrument, Some(fill.px)))
        .text("l", &lots(instrument, fill.qty))
        .raw("t", fill.trade_id)
        .raw("i", order.id)
        .end()
}

fn account_update(event: &Event, listing: &Listing) -> String {
    let instrument = &listing.instrument;
    let balance = |(asset, balance, _): &(Name, Balance, i128)| {
        Object::new()
            .text("a", asset.as_str())
            .decimal("wb", balance.total_e8, 8)
            .decimal("cw", balance.total_e8, 8)
            // What changed but for profit and fees: nothing.
            .text("bc", "0")
            .end()
    };
    let position = |position: &Position| {
        Object::new()
            .text("s", instrument.symbol.as_str())
            .text("pa", &lots(instrument, position.qty))
            .decimal("ep", position.entry_px_e8(instrument), 8)
            .decimal("bep", position.entry_px_e8(instrument), 8)
            .decimal("cr", event.fill.as_ref().map_or(0, |fill| fill.realised_e8), 8)
            .text("up", "0")
            .text("mt", "cross")
            .text("iw", "0")
            .text("ps", "BOTH")
            .end()
    };
    let change = Object::new()
        .text("m", "ORDER")
        .raw("B", array(event.balances.iter().map(balance)))
        .raw("P", array(event.position.iter().map(position)))
        .end();
    let head = Object::new().text("e", "ACCOUNT_UPDATE").raw("E", ms(event.at_ns)).raw("T", ms(event.at_ns));
    let head = if is_coinm(listing) { head.text("i", ALIAS) } else { head };
    head.raw("a", change).end()
}

fn order_trade_update(event: &Event, listing: &Listing) -> String {
    let (order, instrument) = (&event.order, &listing.instrument);
    let fill = event.fill.as_ref();
    let execution = match (event.cause, order.state) {
        (Cause::Entered | Cause::Triggered, _) => "NEW",
        (Cause::Filled, _) => "TRADE",
        (Cause::Changed, _) => "AMENDMENT",
        (Cause::Ended, State::Canceled) => "CANCELED",
        (Cause::Ended, _) => "EXPIRED",
    };
    let update = Object::new()
        .text("s", instrument.symbol.as_str())
        .text("c", &order.client_id)
        .text("S", side(order.side))
        .text("o", order_type(order, instrument.venue))
        .text("f", time_in_force(order, instrument.venue))
        .text("q", &lots(instrument, order.qty))
        .text("p", &ticks(instrument, order.px))
        .decimal("ap", mean_px_e8(order, instrument), 8)
        .text("sp", "0")
        .text("x", execution)
        .text("X", status(order))
        .raw("i", order.id)
        .text("l", &lots(instrument, fill.map_or(0, |fill| fill.qty)))
        .text("z", &lots(instrument, order.filled))
        .text("L", &ticks(instrument, fill.map(|fill| fill.px)))
        // Not told where there was none.
        .with(|update| match fill {
            Some(fill) => update.text("n", &money(fill.fee_e8)).text("N", fill.fee_asset.as_str()),
            None => update,
        })
        .with(|update| if is_coinm(listing) { update.text("ma", settled(instrument)) } else { update })
        .raw("T", ms(event.at_ns))
        .raw("t", fill.map_or(0, |fill| fill.trade_id))
        .text("b", "0")
        .text("a", "0")
        .raw("m", fill.is_some_and(|fill| fill.maker))
        .raw("R", order.reduce_only)
        .text("wt", "CONTRACT_PRICE")
        .text("ot", order_type(order, instrument.venue))
        .text("ps", "BOTH")
        .raw("cp", false)
        .text("rp", &fill.map_or_else(|| "0".to_owned(), |fill| money(fill.realised_e8)))
        .raw("pP", false)
        .raw("si", 0)
        .raw("ss", 0)
        .text("V", "NONE")
        .text("pm", "NONE")
        .raw("gtd", good_till_ms(order))
        .end();
    let head = Object::new().text("e", "ORDER_TRADE_UPDATE").raw("E", ms(event.at_ns)).raw("T", ms(event.at_ns));
    let head = if is_coinm(listing) { head.text("i", ALIAS) } else { head };
    head.raw("o", update).end()
}
