//! What a client asks of its orders, by line or by REST alike: read, done, and refused in OKX's codes.
//!
//! Owns: the fields of a request, the codes. Never: who asks, and whether that is proven.

use super::texts::code;
use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, State, Teller, Which};
use crate::listing::Listing;
use crate::okx::is_swap;
use engine_model::instrument::Grid;
use engine_model::market::Side;
use serde_json::Value;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Place,
    Amend,
    Cancel,
}

impl Deed {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "order" => Some(Self::Place),
            "amend-order" => Some(Self::Amend),
            "cancel-order" => Some(Self::Cancel),
            _ => None,
        }
    }
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum No {
    /// Of the one order that was asked for.
    Row(u32, &'static str),
    /// Of the request as a whole.
    Whole(u32, &'static str),
    /// By a status of HTTP.
    Status(u16),
}

impl No {
    /// Code and words where there is no HTTP to say a status.
    pub(super) fn in_words(&self) -> (u32, &'static str) {
        match self {
            Self::Row(code, words) | Self::Whole(code, words) => (*code, words),
            Self::Status(429 | 418) => (50_011, "Rate limit reached. Please refer to API documentation"),
            Self::Status(_) => (50_026, "System error. Try again later"),
        }
    }
}

/// A parameter that is none.
pub(super) const BAD: No = No::Row(51_000, "Parameter error");

/// How an instrument is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By REST.
    ByName,
    /// On the line, since 2026.
    ByNumber,
}

/// Does it: the order as it is after it.
pub(super) fn act(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    (deed, named): (Deed, Named),
    asked: &Value,
) -> Result<Order, No> {
    let instrument = instrument(listings, named, asked)?;
    let listing = &listings[instrument];
    let said = |refusal| refused(refusal, deed);
    if deed == Deed::Place {
        return teller.place(holder, entry(asked, instrument, listing)?).map_err(said);
    }
    let which = which(asked)?;
    // One that waits stands elsewhere, and what became of it bears no id of the client's.
    let is_elsewhere = |order: &Order| order.waits || (order.trigger.is_some() && matches!(which, Which::Client(_)));
    if teller.order(holder, which).is_some_and(is_elsewhere) {
        return Err(said(Refusal::NoSuchOrder));
    }
    if deed == Deed::Cancel {
        return teller.cancel(holder, which).map_err(said);
    }
    let known = teller.order(holder, which).ok_or(Refusal::NoSuchOrder).map_err(said)?;
    let (px, qty) = (known.px.ok_or(BAD)?, known.qty);
    let grid = &listing.instrument.grid;
    let px = word(asked, "newPx").map_or(Ok(px), |text| grid.ticks(text.as_bytes()).map(|px| px.0).map_err(|_| BAD))?;
    let qty =
        word(asked, "newSz").map_or(Ok(qty), |text| grid.lots(text.as_bytes()).map(|qty| qty.0).map_err(|_| LOT))?;
    teller.modify(holder, which, px, qty).map_err(said)
}

/// A text that is there and not empty.
pub(super) fn word<'a>(asked: &'a Value, name: &str) -> Option<&'a str> {
    asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Which order is asked for.
pub(super) fn which(asked: &Value) -> Result<Which<'_>, No> {
    match word(asked, "ordId") {
        Some(id) => id.parse().map(Which::Venue).map_err(|_| BAD),
        None => word(asked, "clOrdId").map(Which::Client).ok_or(BAD),
    }
}

/// The instrument of a request.
pub(super) fn instrument(listings: &[Listing], named: Named, asked: &Value) -> Result<usize, No> {
    let is_it: &dyn Fn(&Listing) -> bool = match named {
        Named::ByName => {
            let name = word(asked, "instId").ok_or(No::Row(50_014, "Parameter instId can not be empty"))?;
            &move |listing| listing.name() == name
        }
        Named::ByNumber => {
            let number = asked.get("instIdCode").and_then(Value::as_u64);
            let number = number.ok_or(No::Row(50_014, "Parameter instIdCode can not be empty"))?;
            &move |listing| u64::from(code(listing)) == number
        }
    };
    listings
        .iter()
        .position(is_it)
        .ok_or(No::Row(51_001, "Instrument ID, Instrument ID code, or Spread ID doesn't exist."))
}

const LOT: No = No::Row(51_121, "Order quantity must be a multiple of the lot size.");

fn entry(asked: &Value, instrument: usize, listing: &Listing) -> Result<Entry, No> {
    let grid = &listing.instrument.grid;
    let side = match word(asked, "side") {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err(BAD),
    };
    let is_of_mode = match word(asked, "tdMode") {
        Some("cash") => !is_swap(listing),
        Some("cross" | "isolated") => true,
        _ => false,
    };
    let (stands, post_only, is_market) = match word(asked, "ordType") {
        Some("limit") => (Stands::UntilCanceled, false, false),
        Some("post_only") => (Stands::UntilCanceled, true, false),
        Some("ioc") => (Stands::Immediate, false, false),
        Some("fok") => (Stands::AllOrNothing, false, false),
        Some("market") => (Stands::Immediate, false, true),
        _ => return Err(BAD),
    };
    let px = word(asked, "px").map(|text| grid.ticks(text.as_bytes()));
    let px = match (is_market, px) {
        (true, _) => None,
        (false, Some(Ok(px))) => Some(px.0),
        (false, _) => return Err(No::Row(51_000, "Parameter px error")),
    };
    let size = word(asked, "sz").ok_or(No::Row(51_000, "Parameter sz error"))?.as_bytes();
    // A market buy of spot is counted in quote unless it says otherwise.
    let in_quote = is_market && side == Side::Buy && !is_swap(listing) && word(asked, "tgtCcy") != Some("base_ccy");
    let amount = if in_quote {
        let e8 = Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        Amount::Quote(e8.ticks(size).map(|px| i128::from(px.0)).map_err(|_| BAD)?)
    } else {
        Amount::Lots(grid.lots(size).map(|qty| qty.0).map_err(|_| LOT)?)
    };
    let client_id = word(asked, "clOrdId").unwrap_or_default();
    let is_named = client_id.len() <= 32 && client_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_of_mode || !is_named {
        return Err(No::Row(51_000, if is_named { "Parameter tdMode error" } else { "Parameter clOrdId error" }));
    }
    Ok(Entry {
        client_id: client_id.to_owned(),
        instrument,
        side,
        px,
        amount,
        stands,
        post_only,
        reduce_only: asked.get("reduceOnly").is_some_and(|flag| flag == &Value::Bool(true) || flag == "true"),
    })
}

pub(super) fn refused(refusal: Refusal, deed: Deed) -> No {
    let is_amend = deed == Deed::Amend;
    let (code, words) = match refusal {
        Refusal::Status(status) => return No::Status(status),
        Refusal::TooMany(_) => return No::Status(429),
        Refusal::NoTradeRight => return No::Whole(50_120, "This API key doesn't have permission to use this function"),
        Refusal::TooManyOpen => (51_103, "The number of pending orders exceeds the limit"),
        Refusal::DuplicateClientId => (51_016, "Duplicated client order ID"),
        Refusal::Price => (51_006, "Order price is not within the price limit"),
        Refusal::TooSmall | Refusal::NotionalTooSmall => {
            (51_020, "Your order should meet or exceed the minimum order amount")
        }
        Refusal::TooLarge => (51_202, "Order amount exceeds the maximum"),
        Refusal::Balance => (51_008, "Order failed. Insufficient balance in account"),
        Refusal::WouldTake => (51_019, "The post only order would take liquidity"),
        Refusal::NothingToReduce => (51_169, "Order failed because you don't have any positions in this direction"),
        Refusal::NoSuchOrder if is_amend => (51_503, "Modification failed as the order doesn't exist"),
        Refusal::NoSuchOrder => (51_400, "Cancellation failed as the order doesn't exist"),
        Refusal::Done(State::Filled) if is_amend => (51_510, "Modification failed as the order has been completed"),
        Refusal::Done(_) if is_amend => (51_509, "Modification failed as the order has been canceled"),
        Refusal::Done(State::Filled) => (51_402, "Cancellation failed as the order has been completed"),
        Refusal::Done(_) => (51_401, "Cancellation failed as the order has been canceled"),
        Refusal::WouldTrigger => (51_280, "SL trigger price must be less than the last price"),
        Refusal::CannotFill | Refusal::NoChange | Refusal::Unchangeable => (51_000, "Parameter error"),
    };
    No::Row(code, words)
}

/// What came of one order, as a row of an answer.
pub(super) fn row(done: Result<&Order, (u32, &str)>, asked: &Value, at_ms: u64) -> String {
    let (id, code, words) = match done {
        Ok(order) => (order.id.to_string(), 0, ""),
        Err((code, words)) => (String::new(), code, words),
    };
    let client_id = Value::from(word(asked, "clOrdId").unwrap_or_default());
    format!(r#"{{"clOrdId":{client_id},"ordId":"{id}","tag":"","ts":"{at_ms}","sCode":"{code}","sMsg":"{words}"}}"#)
}
