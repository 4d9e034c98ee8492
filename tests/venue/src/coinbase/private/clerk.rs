//! What a client asks of its orders: read, done, and refused in Coinbase's words.
//!
//! Owns: the fields of a request, the words. Never: who asks.

use super::texts::{entry_id, venue_id};
use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, Teller, Which};
use crate::listing::Listing;
use engine_model::market::Side;
use serde_json::Value;

/// Why not: a status of HTTP, or a word in an answer of status 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum No {
    Status(u16),
    Word(&'static str),
}

fn word<'a>(asked: &'a Value, name: &str) -> &'a str {
    asked.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Enters an order. An id that is in use gives the order that has it.
pub(super) fn place(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    asked: &Value,
) -> Result<String, No> {
    let entry = entry(asked, listings).map_err(No::Word)?;
    let id = entry.client_id.clone();
    let order = match teller.place(holder, entry) {
        Err(Refusal::DuplicateClientId) => teller.order(holder, Which::Client(&id)).cloned().ok_or(No::Status(500))?,
        done => done.map_err(|refusal| refused(refusal, place_word))?,
    };
    let (theirs, name, ours) = (venue_id(order.id), listings[order.instrument].name(), Value::from(id));
    let side = if order.side == Side::Buy { "BUY" } else { "SELL" };
    let configuration = asked.get("order_configuration").unwrap_or(&Value::Null);
    Ok(format!(
        r#"{{"success":true,"success_response":{{"order_id":"{theirs}","product_id":"{name}","side":"{side}","client_order_id":{ours}}},"order_configuration":{configuration}}}"#
    ))
}

/// The answer that refuses to enter one.
pub(super) fn not_placed(word: &str) -> String {
    // What an order is judged by before it is entered stands in a field of its own.
    let preview = word.strip_prefix("PREVIEW_").map_or("UNKNOWN_PREVIEW_FAILURE_REASON", |_| word);
    let error = if preview == word { "UNKNOWN_FAILURE_REASON" } else { word };
    format!(
        r#"{{"success":false,"error_response":{{"error":"{error}","message":"simulated","error_details":"","preview_failure_reason":"{preview}","new_order_failure_reason":"{error}"}}}}"#
    )
}

fn entry(asked: &Value, listings: &[Listing]) -> Result<Entry, &'static str> {
    let instrument = listings.iter().position(|listing| listing.name() == word(asked, "product_id"));
    let instrument = instrument.ok_or("INVALID_PRODUCT_ID")?;
    let grid = &listings[instrument].instrument.grid;
    let side = match word(asked, "side") {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        _ => return Err("INVALID_SIDE"),
    };
    let configuration = asked.get("order_configuration").and_then(Value::as_object).and_then(|all| all.iter().next());
    let (kind, of) = configuration.ok_or("UNSUPPORTED_ORDER_CONFIGURATION")?;
    let (stands, is_limit) = match kind.as_str() {
        "limit_limit_gtc" => (Stands::UntilCanceled, true),
        "sor_limit_ioc" => (Stands::Immediate, true),
        "limit_limit_fok" => (Stands::AllOrNothing, true),
        "market_market_ioc" => (Stands::Immediate, false),
        _ => return Err("UNSUPPORTED_ORDER_CONFIGURATION"),
    };
    let px = match is_limit {
        true => Some(grid.ticks(word(of, "limit_price").as_bytes()).map_err(|_| "INVALID_PRICE_PRECISION")?.0),
        false => None,
    };
    Ok(Entry {
        client_id: word(asked, "client_order_id").to_owned(),
        instrument,
        side,
        px,
        amount: Amount::Lots(grid.lots(word(of, "base_size").as_bytes()).map_err(|_| "INVALID_SIZE_PRECISION")?.0),
        stands,
        post_only: of.get("post_only") == Some(&Value::Bool(true)),
        reduce_only: false,
    })
}

/// Changes an order's price and whole size.
pub(super) fn edit(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let which = entry_id(word(asked, "order_id")).map(Which::Venue).ok_or(No::Word("ORDER_NOT_FOUND"))?;
    let instrument = teller.order(holder, which).ok_or(No::Word("ORDER_NOT_FOUND"))?.instrument;
    let grid = &listings[instrument].instrument.grid;
    let px = grid.ticks(word(asked, "price").as_bytes()).map_err(|_| No::Word("INVALID_EDITED_PRICE"))?;
    let qty = grid.lots(word(asked, "size").as_bytes()).map_err(|_| No::Word("INVALID_EDITED_SIZE"))?;
    teller.modify(holder, which, px.0, qty.0).map_err(|refusal| refused(refusal, edit_word))
}

/// Withdraws orders by the venue's ids: a row for each.
pub(super) fn cancel(teller: &mut Teller<'_>, holder: Holder, asked: &Value) -> Result<String, No> {
    let ids = asked.get("order_ids").and_then(Value::as_array).ok_or(No::Status(400))?;
    let mut rows = Vec::new();
    for id in ids {
        let number = id.as_str().and_then(entry_id);
        let done = match number {
            Some(number) => teller.cancel(holder, Which::Venue(number)),
            None => Err(Refusal::NoSuchOrder),
        };
        let (success, why) = match done.map_err(|refusal| refused(refusal, cancel_word)) {
            Ok(_) => (true, "UNKNOWN_CANCEL_FAILURE_REASON"),
            Err(No::Word(why)) => (false, why),
            Err(no) => return Err(no),
        };
        rows.push(format!(r#"{{"success":{success},"failure_reason":"{why}","order_id":{id}}}"#));
    }
    Ok(format!(r#"{{"results":[{}]}}"#, rows.join(",")))
}

fn refused(refusal: Refusal, word: fn(Refusal) -> &'static str) -> No {
    match refusal {
        Refusal::Status(status) => No::Status(status),
        Refusal::TooMany(_) => No::Status(429),
        Refusal::NoTradeRight => No::Status(403),
        refusal => No::Word(word(refusal)),
    }
}

fn place_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Price => "INVALID_LIMIT_PRICE",
        Refusal::TooSmall => "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL",
        Refusal::NotionalTooSmall => "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
        Refusal::TooLarge => "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE",
        Refusal::Balance => "INSUFFICIENT_FUND",
        Refusal::WouldTake => "INVALID_LIMIT_PRICE_POST_ONLY",
        Refusal::CannotFill => "INVALID_NO_LIQUIDITY",
        _ => "COMMANDER_REJECTED_NEW_ORDER",
    }
}

fn edit_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchOrder => "ORDER_NOT_FOUND",
        Refusal::Done(_) => "ONLY_OPEN_ORDERS_CAN_BE_EDITED",
        Refusal::Price => "INVALID_EDITED_PRICE",
        Refusal::TooSmall | Refusal::NotionalTooSmall | Refusal::TooLarge => "INVALID_EDITED_SIZE",
        Refusal::Balance => "INSUFFICIENT_FUND",
        Refusal::WouldTake => "INVALID_LIMIT_PRICE_POST_ONLY",
        _ => "COMMANDER_REJECTED_ORDER_EDIT",
    }
}

fn cancel_word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Done(crate::account::State::Filled) => "ORDER_IS_FULLY_FILLED",
        Refusal::Done(_) => "DUPLICATE_CANCEL_REQUEST",
        _ => "UNKNOWN_CANCEL_ORDER",
    }
}
