//! Spot's texts: answers about orders, the account, and what the user stream tells.

use super::words::{cancel_id, ms, order_type, side, status, time_in_force};
use crate::account::{Balance, Cause, Event, Fill, Holder, Order, State, Teller};
use crate::listing::Listing;
use crate::object::{Object, array};
use engine_model::instrument::{Grid, Name};
use engine_model::market::Side;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;

const SPOT: VenueId = VenueId::BinanceSpot;

fn grid(listings: &[Listing], order: &Order) -> Grid {
    listings[order.instrument].instrument.grid
}

fn symbol(listings: &[Listing], instrument: usize) -> &str {
    listings[instrument].instrument.symbol.as_str()
}

/// Price, quantities, state, kind: what every answer about an order has in its middle.
fn standing(object: Object, order: &Order, grid: &Grid) -> Object {
    object
        .decimal("price", i128::from(order.px.unwrap_or(0)) * i128::from(grid.tick_step), grid.price_decimals)
        .text("origQty", &grid.qty_text(Lots(order.qty)))
        .text("executedQty", &grid.qty_text(Lots(order.filled)))
        .text("origQuoteOrderQty", "0.00000000")
        .decimal("cummulativeQuoteQty", order.filled_value_e8, 8)
        .text("status", status(order))
        .text("timeInForce", time_in_force(order, SPOT))
        .text("type", order_type(order, SPOT))
        .text("side", side(order.side))
}

/// The answer to a new order. `detail`: ACK, RESULT or FULL.
pub(super) fn placed(order: &Order, detail: &str, fills: &[Fill], listings: &[Listing]) -> String {
    let grid = grid(listings, order);
    let head = Object::new()
        .text("symbol", symbol(listings, order.instrument))
        .raw("orderId", order.id)
        .raw("orderListId", -1)
        .text("clientOrderId", &order.client_id)
        .raw("transactTime", ms(order.entered_at_ns));
    if detail == "ACK" {
        return head.end();
    }
    let whole = standing(head, order, &grid)
        .raw("workingTime", ms(order.entered_at_ns))
        .text("selfTradePreventionMode", "NONE");
    if detail == "RESULT" {
        return whole.end();
    }
    let fill = |fill: &Fill| {
        Object::new()
            .text("price", &grid.price_text(Ticks(fill.px)))
            .text("qty", &grid.qty_text(Lots(fill.qty)))
            .decimal("commission", fill.fee_e8, 8)
            .text("commissionAsset", fill.fee_asset.as_str())
            .raw("tradeId", fill.trade_id)
            .end()
    };
    whole.raw("fills", array(fills.iter().map(fill))).end()
}

/// The answer to a withdrawal; `client_id`: of the withdrawal itself.
pub(super) fn canceled(order: &Order, client_id: &str, listings: &[Listing]) -> String {
    let head = Object::new()
        .text("symbol", symbol(listings, order.instrument))
        .text("origClientOrderId", &order.client_id)
        .raw("orderId", order.id)
        .raw("orderListId", -1)
        .text("clientOrderId", client_id)
        .raw("transactTime", ms(order.changed_at_ns));
    standing(head, order, &grid(listings, order)).text("selfTradePreventionMode", "NONE").end()
}

/// The answer to a change that keeps the order's place; `original`: the client id before it.
pub(super) fn amended(order: &Order, original: &str, listings: &[Listing]) -> String {
    let grid = grid(listings, order);
    let amended = Object::new()
        .text("symbol", symbol(listings, order.instrument))
        .raw("orderId", order.id)
        .raw("orderListId", -1)
        .text("origClientOrderId", original)
        .text("clientOrderId", &order.client_id)
        .decimal("price", i128::from(order.px.unwrap_or(0)) * i128::from(grid.tick_step), grid.price_decimals)
        .text("qty", &grid.qty_text(Lots(order.qty)))
        .text("executedQty", &grid.qty_text(Lots(order.filled)))
        .text("preventedQty", "0.00000000")
        .text("quoteOrderQty", "0.00000000")
        .decimal("cumulativeQuoteQty", order.filled_value_e8, 8)
        .text("status", status(order))
        .text("timeInForce", time_in_force(order, SPOT))
        .text("type", order_type(order, SPOT))
        .text("side", side(order.side))
        .raw("workingTime", ms(order.entered_at_ns))
        .text("selfTradePreventionMode", "NONE")
        .end();
    let at_ms = ms(order.changed_at_ns);
    Object::new().raw("transactTime", at_ms).raw("executionId", order.id).raw("amendedOrder", amended).end()
}

/// How an order is.
pub(super) fn told(order: &Order, listings: &[Listing]) -> String {
    let head = Object::new()
        .text("symbol", symbol(listings, order.instrument))
        .raw("orderId", order.id)
        .raw("orderListId", -1)
        .text("clientOrderId", &order.client_id);
    standing(head, order, &grid(listings, order))
        .text("stopPrice", "0.00000000")
        .text("icebergQty", "0.00000000")
        .raw("time", ms(order.entered_at_ns))
        .raw("updateTime", ms(order.changed_at_ns))
        .raw("isWorking", true)
        .raw("workingTime", ms(order.entered_at_ns))
        .text("selfTradePreventionMode", "NONE")
        .end()
}

pub(super) fn trade(fill: &Fill, listings: &[Listing]) -> String {
    let grid = listings[fill.instrument].instrument.grid;
    Object::new()
        .text("symbol", symbol(listings, fill.instrument))
        .raw("id", fill.trade_id)
        .raw("orderId", fill.order_id)
        .raw("orderListId", -1)
        .text("price", &grid.price_text(Ticks(fill.px)))
        .text("qty", &grid.qty_text(Lots(fill.qty)))
        .decimal("quoteQty", fill.value_e8, 8)
        .decimal("commission", fill.fee_e8, 8)
        .text("commissionAsset", fill.fee_asset.as_str())
        .raw("time", ms(fill.at_ns))
        .raw("isBuyer", fill.side == Side::Buy)
        .raw("isMaker", fill.maker)
        .raw("isBestMatch", true)
        .end()
}

/// The account.
pub(super) fn account(holder: Holder, teller: &Teller<'_>) -> String {
    let balance = |(asset, balance): (Name, Balance)| {
        Object::new()
            .text("asset", asset.as_str())
            .decimal("free", balance.free_e8(), 8)
            .decimal("locked", balance.locked_e8, 8)
            .end()
    };
    Object::new()
        .raw("makerCommission", 10)
        .raw("takerCommission", 10)
        .raw("buyerCommission", 0)
        .raw("sellerCommission", 0)
        .raw("canTrade", holder.key.rights.trade)
        .raw("canWithdraw", holder.key.rights.withdraw)
        .raw("canDeposit", true)
        .raw("brokered", false)
        .raw("requireSelfTradePrevention", false)
        .raw("preventSor", false)
        .raw("updateTime", teller.at_ms())
        .text("accountType", "SPOT")
        .raw("balances", array(teller.balances(holder).map(balance)))
        .raw("permissions", "[\"SPOT\"]")
        .raw("uid", 354_937_868 + holder.account)
        .end()
}

/// What the user stream tells of it.
pub(super) fn events(event: &Event, listings: &[Listing]) -> Vec<String> {
    let mut texts = vec![execution_report(event, listings)];
    if !event.balances.is_empty() {
        let balance = |(asset, balance, _): &(Name, Balance, i128)| {
            Object::new()
                .text("a", asset.as_str())
                .decimal("f", balance.free_e8(), 8)
                .decimal("l", balance.locked_e8, 8)
                .end()
        };
        let position = Object::new()
            .text("e", "outboundAccountPosition")
            .raw("E", ms(event.at_ns))
            .raw("u", ms(event.at_ns))
            .raw("B", array(event.balances.iter().map(balance)));
        texts.push(position.end());
    }
    texts
}

fn execution_report(event: &Event, listings: &[Listing]) -> String {
    let order = &event.order;
    let grid = grid(listings, order);
    let lots = |lots| grid.qty_text(Lots(lots));
    let ticks = |ticks| grid.price_text(Ticks(ticks));
    let canceled = event.cause == Cause::Ended && order.state == State::Canceled;
    // A withdrawal is a request with a client id of its own; the order's is the original one then.
    let (client_id, original) = match (canceled, event.cause) {
        (true, _) => (cancel_id(order), order.client_id.as_str()),
        (_, Cause::Changed) => (order.client_id.clone(), order.former_client_id.as_deref().unwrap_or(&order.client_id)),
        _ => (order.client_id.clone(), ""),
    };
    let execution = match event.cause {
        Cause::Entered | Cause::Triggered => "NEW",
        Cause::Filled => "TRADE",
        Cause::Changed => "REPLACED",
        Cause::Ended if canceled => "CANCELED",
        Cause::Ended => "EXPIRED",
    };
    let fill = event.fill.as_ref();
    Object::new()
        .text("e", "executionReport")
        .raw("E", ms(event.at_ns))
        .text("s", symbol(listings, order.instrument))
        .text("c", &client_id)
        .text("S", side(order.side))
        .text("o", order_type(order, SPOT))
        .text("f", time_in_force(order, SPOT))
        .text("q", &lots(order.qty))
        .text("p", &ticks(order.px.unwrap_or(0)))
        .text("P", "0.00000000")
        .text("F", "0.00000000")
        .raw("g", -1)
        .text("C", original)
        .text("x", execution)
        .text("X", status(order))
        .text("r", "NONE")
        .raw("i", order.id)
        .text("l", &lots(fill.map_or(0, |fill| fill.qty)))
        .text("z", &lots(order.filled))
        .text("L", &ticks(fill.map_or(0, |fill| fill.px)))
        .with(|report| match fill {
            Some(fill) => report.decimal("n", fill.fee_e8, 8).text("N", fill.fee_asset.as_str()),
            None => report.text("n", "0").raw("N", "null"),
        })
        .raw("T", ms(event.at_ns))
        .with(|report| match fill {
            Some(fill) => report.raw("t", fill.trade_id),
            None => report.raw("t", -1),
        })
        .raw("I", event.number)
        .raw("w", order.is_open())
        .raw("m", fill.is_some_and(|fill| fill.maker))
        .raw("M", fill.is_some())
        .raw("O", ms(order.entered_at_ns))
        .decimal("Z", order.filled_value_e8, 8)
        .decimal("Y", fill.map_or(0, |fill| fill.value_e8), 8)
        .text("Q", "0.00000000")
        .raw("W", ms(order.entered_at_ns))
        .text("V", "NONE")
        .end()
}
