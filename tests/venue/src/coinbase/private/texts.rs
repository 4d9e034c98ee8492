//! Orders, executions and money as Coinbase writes them.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Balance, Fill, Order, Stands, State};
use crate::listing::Listing;
use crate::text::{Text, iso, trimmed};
use engine_model::instrument::Name;
use engine_model::market::Side;
use serde_json::Value;

/// The id of an order or an execution.
pub(super) fn venue_id(id: u64) -> String {
    format!("5e1d0000-0000-4000-8000-{id:012x}")
}

/// The number in it.
pub(super) fn entry_id(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("5e1d0000-0000-4000-8000-")?, 16).ok()
}

fn short(text: String) -> String {
    trimmed(&text).to_owned()
}

fn e8(amount: i128) -> String {
    short(Text::new().decimal(amount, 8).take())
}

fn price(listing: &Listing, ticks: i64) -> String {
    short(Text::new().price(&listing.instrument.grid, ticks).take())
}

fn qty(listing: &Listing, lots: i64) -> String {
    short(Text::new().qty(&listing.instrument.grid, lots).take())
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "BUY" } else { "SELL" }
}

pub(super) fn status(order: &Order) -> &'static str {
    match order.state {
        State::Open => "OPEN",
        State::Filled => "FILLED",
        State::Canceled => "CANCELLED",
        State::Expired => "EXPIRED",
    }
}

/// A row of the channel. What is over leaves nothing.
pub(super) fn told(order: &Order, status: &str, listing: &Listing) -> String {
    let (id, name, at) = (venue_id(order.id), listing.name(), iso(order.entered_at_ns / 1_000_000, 6));
    let left = qty(listing, if order.is_open() { order.left() } else { 0 });
    let (kind, limit) = match order.px {
        Some(px) => ("Limit", price(listing, px)),
        None => ("Market", String::new()),
    };
    let limit = if limit.is_empty() { limit } else { format!(r#""limit_price":"{limit}","#) };
    format!(
        r#"{{"order_id":"{id}","client_order_id":{},"cumulative_quantity":"{}","leaves_quantity":"{left}","avg_price":"0","total_fees":"0","status":"{status}","product_id":"{name}","creation_time":"{at}","order_side":"{}","order_type":"{kind}",{limit}"cancel_reason":"","reject_reason":"","filled_value":"{}","contract_expiry_type":"UNKNOWN_CONTRACT_EXPIRY_TYPE","product_type":"SPOT","risk_managed_by":"UNKNOWN_RISK_MANAGEMENT_TYPE","time_in_force":"GOOD_UNTIL_CANCELLED","trigger_status":"INVALID_ORDER_TYPE"}}"#,
        Value::from(order.client_id.as_str()),
        qty(listing, order.filled),
        side(order.side),
        e8(order.filled_value_e8)
    )
}

/// A row by REST.
pub(super) fn row(order: &Order, listing: &Listing) -> String {
    let (id, name, at) = (venue_id(order.id), listing.name(), iso(order.entered_at_ns / 1_000_000, 6));
    let whole = qty(listing, order.qty);
    let configuration = match (order.px, order.stands) {
        (None, _) => format!(r#""market_market_ioc":{{"base_size":"{whole}"}}"#),
        (Some(px), stands) => {
            let px = price(listing, px);
            let both = format!(r#""base_size":"{whole}","limit_price":"{px}""#);
            match stands {
                Stands::Immediate => format!(r#""sor_limit_ioc":{{{both}}}"#),
                Stands::AllOrNothing => format!(r#""limit_limit_fok":{{{both}}}"#),
                Stands::UntilCanceled | Stands::Until(_) => {
                    format!(r#""limit_limit_gtc":{{{both},"post_only":{}}}"#, order.post_only)
                }
            }
        }
    };
    let last = match order.filled {
        0 => "null".to_owned(),
        _ => format!("\"{}\"", iso(order.changed_at_ns / 1_000_000, 6)),
    };
    format!(
        r#"{{"order_id":"{id}","product_id":"{name}","user_id":"simulated","order_configuration":{{{configuration}}},"side":"{}","client_order_id":{},"status":"{}","time_in_force":"GOOD_UNTIL_CANCELLED","created_time":"{at}","completion_percentage":"0","filled_size":"{}","average_filled_price":"0","fee":"","number_of_fills":"0","filled_value":"{}","pending_cancel":false,"size_in_quote":false,"total_fees":"0","size_inclusive_of_fees":false,"order_type":"{}","reject_reason":"REJECT_REASON_UNSPECIFIED","settled":false,"product_type":"SPOT","last_fill_time":{last}}}"#,
        side(order.side),
        Value::from(order.client_id.as_str()),
        status(order),
        qty(listing, order.filled),
        e8(order.filled_value_e8),
        if order.px.is_some() { "LIMIT" } else { "MARKET" }
    )
}

pub(super) fn fill(fill: &Fill, listing: &Listing) -> String {
    let (trade, order, name) = (venue_id(fill.trade_id), venue_id(fill.order_id), listing.name());
    let at = iso(fill.at_ns / 1_000_000, 6);
    format!(
        r#"{{"entry_id":"{trade}","trade_id":"{trade}","order_id":"{order}","trade_time":"{at}","trade_type":"FILL","price":"{}","size":"{}","commission":"{}","product_id":"{name}","sequence_timestamp":"{at}","liquidity_indicator":"{}","size_in_quote":false,"user_id":"simulated","side":"{}","retail_portfolio_id":""}}"#,
        price(listing, fill.px),
        qty(listing, fill.qty),
        e8(fill.fee_e8),
        if fill.maker { "MAKER" } else { "TAKER" },
        side(fill.side)
    )
}

pub(super) fn account(asset: Name, balance: Balance) -> String {
    let (free, held) = (e8(balance.free_e8()), e8(balance.locked_e8));
    format!(
        r#"{{"uuid":"{asset}","name":"{asset} Wallet","currency":"{asset}","available_balance":{{"value":"{free}","currency":"{asset}"}},"default":true,"active":true,"created_at":"2021-05-31T09:59:59Z","updated_at":"2021-05-31T09:59:59Z","deleted_at":null,"type":"ACCOUNT_TYPE_CRYPTO","ready":true,"hold":{{"value":"{held}","currency":"{asset}"}},"retail_portfolio_id":""}}"#
    )
}
