//! Orders, executions, positions and money as Bybit writes them.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Balance, Fill, Order, Position, Stands, State};
use crate::listing::Listing;
use crate::text::{Text, trimmed};
use engine_model::instrument::{ContractKind, Name};
use engine_model::market::Side;
use serde_json::Value;

/// The id of an order or an execution: a number on spot, a UUID of contracts.
pub(super) fn venue_id(id: u64, listing: &Listing) -> String {
    if listing.category() == "spot" { id.to_string() } else { format!("5cf98598-39a7-459e-97bf-{id:012x}") }
}

/// The number in it.
pub(super) fn entry_id(text: &str) -> Option<u64> {
    match text.rsplit_once('-') {
        Some((_, digits)) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

pub(super) fn e8(amount: i128) -> String {
    trimmed(&Text::new().decimal(amount, 8).take()).to_owned()
}

fn price(listing: &Listing, ticks: i64) -> String {
    Text::new().price(&listing.instrument.grid, ticks).take()
}

fn qty(listing: &Listing, lots: i64) -> String {
    Text::new().qty(&listing.instrument.grid, lots).take()
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "Buy" } else { "Sell" }
}

fn time_in_force(order: &Order) -> &'static str {
    match order.stands {
        _ if order.post_only => "PostOnly",
        Stands::Immediate => "IOC",
        Stands::AllOrNothing => "FOK",
        Stands::UntilCanceled | Stands::Until(_) => "GTC",
    }
}

/// Status and reason. One that must not take, rest or be filled in part was withdrawn as it came.
fn status(order: &Order, listing: &Listing) -> (&'static str, &'static str) {
    let at_once = order.changed_at_ns == order.entered_at_ns;
    let why = match order.stands {
        _ if order.post_only && at_once && order.filled == 0 => "EC_PostOnlyWillTakeLiquidity",
        Stands::AllOrNothing => "EC_NoEnoughQtyToFill",
        Stands::Immediate => "EC_NoImmediateQtyToFill",
        Stands::UntilCanceled | Stands::Until(_) => "EC_PerCancelRequest",
    };
    match order.state {
        State::Open if order.waits => ("Untriggered", "EC_NoError"),
        State::Open if order.filled == 0 && order.trigger.is_some() && order.px.is_none() => {
            ("Triggered", "EC_NoError")
        }
        State::Canceled if order.waits => ("Deactivated", "EC_PerCancelRequest"),
        State::Open if order.filled > 0 => ("PartiallyFilled", "EC_NoError"),
        State::Open => ("New", "EC_NoError"),
        State::Filled => ("Filled", "EC_NoError"),
        State::Canceled | State::Expired if order.filled > 0 && listing.category() == "spot" => {
            ("PartiallyFilledCanceled", why)
        }
        State::Canceled | State::Expired => ("Cancelled", why),
    }
}

pub(super) fn order(order: &Order, listing: &Listing) -> String {
    let (category, symbol, id) = (listing.category(), listing.name(), venue_id(order.id, listing));
    let (status, reason) = status(order, listing);
    let px = order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px));
    let kind = if order.px.is_some() { "Limit" } else { "Market" };
    let trigger = order.trigger.map_or_else(String::new, |trigger| price(listing, trigger.px));
    let stop = if order.trigger.is_some() { "Stop" } else { "" };
    let [whole, left, filled] = [order.qty, order.left(), order.filled].map(|lots| qty(listing, lots));
    let value = e8(order.filled_value_e8);
    let (entered_ms, changed_ms) = (order.entered_at_ns / 1_000_000, order.changed_at_ns / 1_000_000);
    format!(
        r#"{{"category":"{category}","symbol":"{symbol}","orderId":"{id}","orderLinkId":{},"blockTradeId":"","side":"{}","positionIdx":0,"orderStatus":"{status}","cancelType":"UNKNOWN","rejectReason":"{reason}","timeInForce":"{}","isLeverage":"","price":"{px}","qty":"{whole}","avgPrice":"","leavesQty":"{left}","leavesValue":"","cumExecQty":"{filled}","cumExecValue":"{value}","cumExecFee":"","orderType":"{kind}","stopOrderType":"{stop}","orderIv":"","triggerPrice":"{trigger}","reduceOnly":{},"closeOnTrigger":false,"placeType":"","smpType":"None","createdTime":"{entered_ms}","updatedTime":"{changed_ms}","feeCurrency":""}}"#,
        Value::from(order.client_id.as_str()),
        side(order.side),
        time_in_force(order),
        order.reduce_only
    )
}

pub(super) fn fill(fill: &Fill, listing: &Listing) -> String {
    let (category, symbol) = (listing.category(), listing.name());
    let [order_id, id] = [fill.order_id, fill.trade_id].map(|id| venue_id(id, listing));
    let (px, qty, value, fee) = (price(listing, fill.px), qty(listing, fill.qty), e8(fill.value_e8), e8(fill.fee_e8));
    let (at_ms, asset) = (fill.at_ns / 1_000_000, fill.fee_asset);
    format!(
        r#"{{"category":"{category}","symbol":"{symbol}","closedSize":"","execFee":"{fee}","execId":"{id}","execPrice":"{px}","execQty":"{qty}","execType":"Trade","execValue":"{value}","feeRate":"","tradeIv":"","markIv":"","blockTradeId":"","markPrice":"","indexPrice":"","underlyingPrice":"","leavesQty":"","orderId":"{order_id}","orderLinkId":{},"orderPrice":"","orderQty":"","orderType":"","stopOrderType":"","side":"{}","execTime":"{at_ms}","isLeverage":"0","isMaker":{},"seq":{},"feeCurrency":"{asset}"}}"#,
        Value::from(fill.client_id.as_str()),
        side(fill.side),
        fill.maker,
        fill.trade_id
    )
}

/// `is_of_a_side`: of an account that keeps them apart, that of buyers.
pub(super) fn position(position: &Position, listing: &Listing, is_of_a_side: bool, leverage: &str) -> String {
    let index = u8::from(is_of_a_side);
    let (category, symbol) = (listing.category(), listing.name());
    let side = match position.qty {
        0 => "",
        long if long > 0 => "Buy",
        _ => "Sell",
    };
    let (size, entry) = (qty(listing, position.qty.abs()), e8(position.entry_px_e8(&listing.instrument)));
    format!(
        r#"{{"positionIdx":{index},"tradeMode":0,"riskId":1,"riskLimitValue":"2000000","category":"{category}","symbol":"{symbol}","side":"{side}","size":"{size}","entryPrice":"{entry}","leverage":"{leverage}","positionStatus":"Normal","autoAddMargin":0}}"#
    )
}

/// What is bound for orders of contracts stands in a field of its own at the venue; here all of it is in the first.
pub(super) fn wallet(balances: impl Iterator<Item = (Name, Balance)>) -> String {
    let coin = |(asset, balance): (Name, Balance)| {
        let [whole, locked] = [balance.total_e8, balance.locked_e8].map(e8);
        format!(
            r#"{{"coin":"{asset}","equity":"{whole}","usdValue":"","walletBalance":"{whole}","availableToWithdraw":"","borrowAmount":"0","locked":"{locked}","totalOrderIM":"0","totalPositionIM":"0","unrealisedPnl":"0","cumRealisedPnl":"0","bonus":"0"}}"#
        )
    };
    let coins = balances.map(coin).collect::<Vec<_>>().join(",");
    format!(r#"{{"accountType":"UNIFIED","accountIMRate":"","totalEquity":"","coin":[{coins}]}}"#)
}

pub(super) fn is_contract(listing: &Listing) -> bool {
    listing.instrument.kind != ContractKind::Spot
}
