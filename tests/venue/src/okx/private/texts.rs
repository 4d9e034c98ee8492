//! Orders, executions, positions and money as OKX writes them: texts without trailing zeros, sizes of swaps in contracts.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::algo;
use crate::account::{Balance, Fill, Order, Position, Stands, State};
use crate::listing::Listing;
use crate::okx::{instrument_type, is_swap};
use crate::text::{Text, trimmed};
use engine_model::instrument::Name;
use engine_model::market::Side;
use serde_json::Value;

pub(super) fn e8(amount: i128) -> String {
    trimmed(&Text::new().decimal(amount, 8).take()).to_owned()
}

pub(super) fn price(listing: &Listing, ticks: i64) -> String {
    trimmed(&Text::new().price(&listing.instrument.grid, ticks).take()).to_owned()
}

pub(super) fn qty(listing: &Listing, lots: i64) -> String {
    trimmed(&Text::new().qty(&listing.instrument.grid, lots).take()).to_owned()
}

pub(super) fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

/// The number by which the private line knows an instrument.
pub(in crate::okx) fn code(listing: &Listing) -> u32 {
    10_000 + listing.instrument.id.0
}

fn order_type(order: &Order) -> &'static str {
    match order.stands {
        _ if order.px.is_none() => "market",
        _ if order.post_only => "post_only",
        Stands::Immediate => "ioc",
        Stands::AllOrNothing => "fok",
        Stands::UntilCanceled | Stands::Until(_) => "limit",
    }
}

/// State, and by what it was withdrawn: as it came because it must not take, rest or be filled in part; else by its owner.
fn state(order: &Order) -> (&'static str, &'static str) {
    let at_once = order.changed_at_ns == order.entered_at_ns;
    let source = match order.stands {
        _ if order.post_only && at_once && order.filled == 0 => "31",
        Stands::AllOrNothing => "13",
        Stands::Immediate => "14",
        Stands::UntilCanceled | Stands::Until(_) => "1",
    };
    match order.state {
        State::Open if order.filled > 0 => ("partially_filled", ""),
        State::Open => ("live", ""),
        State::Filled => ("filled", ""),
        State::Canceled | State::Expired => ("canceled", source),
    }
}

/// What an execution and the order that it is of have in common. What became of one that waited bears no id of the client's.
fn head(listing: &Listing, order_id: u64, client_id: &str, of: Side) -> String {
    let (kind, name, side, client_id) = (instrument_type(listing), listing.name(), side(of), Value::from(client_id));
    let position_side = if is_swap(listing) { "net" } else { "" };
    format!(
        r#""instType":"{kind}","instId":"{name}","ordId":"{order_id}","clOrdId":{client_id},"tag":"","side":"{side}","posSide":"{position_side}""#
    )
}

fn liquidity(fill: &Fill) -> &'static str {
    if fill.maker { "M" } else { "T" }
}

/// An order, with the execution that it is told for.
pub(super) fn order(order: &Order, fill: Option<&Fill>, listing: &Listing) -> String {
    let came_from = order.trigger.is_some();
    let head = head(listing, order.id, if came_from { "" } else { &order.client_id }, order.side);
    let algo = if came_from {
        format!(r#""algoId":"{}","algoClOrdId":{}"#, algo::id(order), Value::from(order.client_id.as_str()))
    } else {
        r#""algoId":"","algoClOrdId":"""#.to_owned()
    };
    let (state, source) = state(order);
    let px = order.px.map(|px| price(listing, px)).unwrap_or_default();
    let [whole, filled] = [order.qty, order.filled].map(|lots| qty(listing, lots));
    let mode = if is_swap(listing) { "cross" } else { "cash" };
    let (entered_ms, changed_ms) = (order.entered_at_ns / 1_000_000, order.changed_at_ns / 1_000_000);
    let executed = match fill {
        Some(fill) => format!(
            r#""tradeId":"{}","fillPx":"{}","fillSz":"{}","fillTime":"{}","fillFee":"{}","fillFeeCcy":"{}","execType":"{}""#,
            fill.trade_id,
            price(listing, fill.px),
            qty(listing, fill.qty),
            fill.at_ns / 1_000_000,
            e8(-fill.fee_e8),
            fill.fee_asset,
            liquidity(fill)
        ),
        None => r#""tradeId":"","fillPx":"","fillSz":"0","fillTime":"","fillFee":"0","fillFeeCcy":"","execType":"""#
            .to_owned(),
    };
    format!(
        r#"{{{head},{algo},"ccy":"","px":"{px}","sz":"{whole}","notionalUsd":"","ordType":"{}","tdMode":"{mode}","tgtCcy":"","accFillSz":"{filled}",{executed},"fillPnl":"0","state":"{state}","avgPx":"","lever":"","feeCcy":"","fee":"","rebateCcy":"","rebate":"","pnl":"0","category":"normal","uTime":"{changed_ms}","cTime":"{entered_ms}","source":"","reduceOnly":"{}","cancelSource":"{source}","quickMgnType":"","stpId":"","stpMode":"cancel_maker","reqId":"","amendResult":"","code":"0","msg":""}}"#,
        order_type(order),
        order.reduce_only
    )
}

/// A fee is negative where it is charged. `is_named`: its order bears an id of the client's.
pub(super) fn fill(fill: &Fill, listing: &Listing, is_named: bool) -> String {
    let head = head(listing, fill.order_id, if is_named { &fill.client_id } else { "" }, fill.side);
    let (px, qty, fee, at_ms) =
        (price(listing, fill.px), qty(listing, fill.qty), e8(-fill.fee_e8), fill.at_ns / 1_000_000);
    format!(
        r#"{{{head},"tradeId":"{id}","billId":"{id}","subType":"1","fillPx":"{px}","fillSz":"{qty}","fillIdxPx":"","fillPnl":"{}","execType":"{}","feeCcy":"{}","fee":"{fee}","feeRate":"","ts":"{at_ms}","fillTime":"{at_ms}"}}"#,
        e8(fill.realised_e8),
        liquidity(fill),
        fill.fee_asset,
        id = fill.trade_id
    )
}

pub(super) fn position(position: &Position, listing: &Listing, at_ms: u64) -> String {
    let (name, held, entry) =
        (listing.name(), qty(listing, position.qty), e8(position.entry_px_e8(&listing.instrument)));
    format!(
        r#"{{"instType":"SWAP","mgnMode":"cross","posId":"1","posSide":"net","pos":"{held}","posCcy":"","availPos":"","avgPx":"{entry}","upl":"","instId":"{name}","lever":"10","liqPx":"","markPx":"","imr":"","margin":"","mgnRatio":"","cTime":"{at_ms}","uTime":"{at_ms}","pTime":"{at_ms}"}}"#
    )
}

/// All that is bound, for orders and positions, stands where orders' part does.
pub(super) fn account(balances: impl Iterator<Item = (Name, Balance)>, at_ms: u64) -> String {
    let detail = |(asset, balance): (Name, Balance)| {
        let [whole, bound, free] = [balance.total_e8, balance.locked_e8, balance.free_e8()].map(e8);
        format!(
            r#"{{"ccy":"{asset}","eq":"{whole}","cashBal":"{whole}","uTime":"{at_ms}","isoEq":"0","availEq":"{free}","disEq":"","availBal":"{free}","frozenBal":"{bound}","ordFrozen":"{bound}","liab":"","upl":"0","interest":""}}"#
        )
    };
    let details = balances.map(detail).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"uTime":"{at_ms}","totalEq":"","isoEq":"0","adjEq":"","ordFroz":"","imr":"","mmr":"","mgnRatio":"","details":[{details}]}}"#
    )
}
