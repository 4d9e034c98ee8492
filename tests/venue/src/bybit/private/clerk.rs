//! What a client asks of its orders, by line or by REST alike: read, done, and refused in Bybit's codes.
//!
//! Owns: the fields of a request, the codes. Never: who asks, and whether that is proven.

use super::texts::{self, entry_id, venue_id};
use crate::account::{Amount, By, Entry, Holder, Order, Refusal, Stands, Teller, Trigger, Which};
use crate::listing::Listing;
use engine_model::market::Side;
use serde_json::Value;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Create,
    Amend,
    Cancel,
}

impl Deed {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "create" => Some(Self::Create),
            "amend" => Some(Self::Amend),
            "cancel" => Some(Self::Cancel),
            _ => None,
        }
    }
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum No {
    Code(u32, &'static str),
    /// Too often: the window opens again at that time, in ms.
    TooOften(u64),
    /// By a status of HTTP.
    Status(u16),
}

impl No {
    /// Its code and words where there is no HTTP to say a status.
    pub(super) fn in_words(&self) -> (u32, &'static str) {
        match self {
            Self::Code(code, words) => (*code, words),
            Self::TooOften(_) | Self::Status(429 | 418) => (10_006, "Too many visits!"),
            Self::Status(_) => (10_016, "Internal server error"),
        }
    }
}

const BAD: No = No::Code(10_001, "params error");

/// Does it: the order as it is after it.
pub(super) fn act(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    deed: Deed,
    asked: &Value,
) -> Result<Order, No> {
    let instrument = instrument(listings, asked)?;
    let listing = &listings[instrument];
    let said = |refusal| refused(refusal, listing.category() == "spot");
    if deed == Deed::Create {
        let entry = entry(asked, instrument, listing)?;
        return match trigger(asked, listing)? {
            Some(trigger) => teller.wait(holder, entry, trigger).map_err(said),
            None => teller.place(holder, entry).map_err(said),
        };
    }
    let client_id = word(asked, "orderLinkId");
    let which = match word(asked, "orderId") {
        Some(id) => Which::Venue(entry_id(id).ok_or(BAD)?),
        None => Which::Client(client_id.ok_or(BAD)?),
    };
    if deed == Deed::Cancel {
        return teller.cancel(holder, which).map_err(said);
    }
    let known = teller.order(holder, which).ok_or(Refusal::NoSuchOrder).map_err(said)?;
    let waits = known.waiting().filter(|_| known.px.is_none());
    let (px, qty) = (waits.map(|trigger| trigger.px).or(known.px).ok_or(BAD)?, known.qty);
    let grid = &listing.instrument.grid;
    let px = word(asked, if waits.is_some() { "triggerPrice" } else { "price" })
        .map_or(Ok(px), |text| grid.ticks(text.as_bytes()).map(|px| px.0).map_err(|_| BAD))?;
    let qty =
        word(asked, "qty").map_or(Ok(qty), |text| grid.lots(text.as_bytes()).map(|qty| qty.0).map_err(|_| BAD))?;
    teller.modify(holder, which, px, qty).map_err(said)
}

/// A text that is there and not empty.
pub(super) fn word<'a>(asked: &'a Value, name: &str) -> Option<&'a str> {
    asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The instrument of a request, by category and symbol.
pub(super) fn instrument(listings: &[Listing], asked: &Value) -> Result<usize, No> {
    let (category, symbol) = word(asked, "category").zip(word(asked, "symbol")).ok_or(BAD)?;
    let place = listings.iter().position(|l| l.category() == category && l.name() == symbol);
    place.ok_or(No::Code(10_001, "params error: symbol invalid"))
}

/// The price that an order waits for; `None` of another. On spot such an order is of another filter, which is not played.
fn trigger(asked: &Value, listing: &Listing) -> Result<Option<Trigger>, No> {
    let Some(px) = word(asked, "triggerPrice") else { return Ok(None) };
    let px = listing.instrument.grid.ticks(px.as_bytes()).map_err(|_| BAD)?.0;
    let rises = match asked.get("triggerDirection").and_then(Value::as_u64) {
        Some(1) => true,
        Some(2) => false,
        _ => return Err(No::Code(10_001, "TriggerDirection invalid")),
    };
    let by = match word(asked, "triggerBy") {
        None | Some("LastPrice") => By::Last,
        Some("MarkPrice") => By::Mark,
        Some("IndexPrice") => By::Index,
        Some(_) => return Err(BAD),
    };
    let is_played = texts::is_contract(listing);
    is_played.then_some(Some(Trigger { px, rises, by })).ok_or(BAD)
}

fn entry(asked: &Value, instrument: usize, listing: &Listing) -> Result<Entry, No> {
    let grid = &listing.instrument.grid;
    let is_spot = listing.category() == "spot";
    let side = match word(asked, "side") {
        Some("Buy") => Side::Buy,
        Some("Sell") => Side::Sell,
        _ => return Err(BAD),
    };
    let is_market = match word(asked, "orderType") {
        Some("Market") => true,
        Some("Limit") => false,
        _ => return Err(BAD),
    };
    let qty = word(asked, "qty").ok_or(No::Code(10_001, "Qty invalid"))?.as_bytes();
    let px = word(asked, "price").map(|text| grid.ticks(text.as_bytes()));
    let px = match (is_market, px) {
        (true, _) => None,
        (false, Some(Ok(px))) => Some(px.0),
        (false, _) => return Err(No::Code(10_001, "Price invalid")),
    };
    let (stands, post_only) = match word(asked, "timeInForce") {
        _ if is_market => (Stands::Immediate, false),
        None | Some("GTC") => (Stands::UntilCanceled, false),
        Some("PostOnly") => (Stands::UntilCanceled, true),
        Some("IOC") => (Stands::Immediate, false),
        Some("FOK") => (Stands::AllOrNothing, false),
        Some(_) => return Err(BAD),
    };
    // A market buy of spot is counted in quote unless it says otherwise.
    let in_quote = is_spot && is_market && side == Side::Buy && word(asked, "marketUnit") != Some("baseCoin");
    let amount = if in_quote {
        let e8 = engine_model::instrument::Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        Amount::Quote(e8.ticks(qty).map(|px| i128::from(px.0)).map_err(|_| BAD)?)
    } else {
        Amount::Lots(grid.lots(qty).map(|qty| qty.0).map_err(|_| No::Code(10_001, "Qty invalid"))?)
    };
    let client_id = word(asked, "orderLinkId").unwrap_or_default();
    if client_id.len() > 36 {
        return Err(No::Code(10_001, "OrderLinkId invalid"));
    }
    Ok(Entry {
        client_id: client_id.to_owned(),
        instrument,
        side,
        px,
        amount,
        stands,
        post_only,
        reduce_only: asked.get("reduceOnly").and_then(Value::as_bool).unwrap_or(false),
    })
}

/// A refusal in the codes of contracts, or in those of spot.
pub(super) fn refused(refusal: Refusal, is_spot: bool) -> No {
    let (contracts, spot, words) = match refusal {
        Refusal::Status(status) => return No::Status(status),
        Refusal::TooMany(until_ns) => return No::TooOften(until_ns / 1_000_000),
        Refusal::NoTradeRight => (10_005, 10_005, "Permission denied, please check your API key permissions."),
        Refusal::TooManyOpen => (110_020, 170_810, "Too many active orders"),
        Refusal::DuplicateClientId => (110_072, 170_141, "OrderLinkedID is duplicate"),
        Refusal::Price => (110_003, 170_193, "Order price exceeds the allowable range"),
        Refusal::TooSmall => (10_001, 170_136, "Order quantity exceeded lower limit"),
        Refusal::TooLarge => (10_001, 170_135, "Order quantity exceeded upper limit"),
        Refusal::NotionalTooSmall => (110_094, 170_140, "Order value exceeded lower limit"),
        Refusal::Balance => (110_007, 170_131, "Insufficient balance"),
        Refusal::WouldTake => (170_218, 170_218, "The LIMIT-MAKER order is rejected due to invalid price."),
        Refusal::WouldTrigger => (110_092, 110_092, "expect Rising or Falling, but trigger_price is beyond current"),
        Refusal::NothingToReduce => (110_017, 110_017, "Reduce-only rule not satisfied"),
        Refusal::NoSuchOrder | Refusal::Done(_) => (110_001, 170_213, "order not exists or too late to cancel"),
        Refusal::CannotFill | Refusal::NoChange | Refusal::Unchangeable => (10_001, 10_001, "params error"),
    };
    No::Code(if is_spot { spot } else { contracts }, words)
}

/// The two ids of an order, as an answer names them.
pub(super) fn ids(order: &Order, listings: &[Listing]) -> String {
    let id = venue_id(order.id, &listings[order.instrument]);
    format!(r#"{{"orderId":"{id}","orderLinkId":{}}}"#, Value::from(order.client_id.as_str()))
}
