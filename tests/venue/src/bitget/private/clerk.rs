//! What a client asks of its orders: read, done, and refused in Bitget's codes.
//!
//! Owns: the fields of a request, the codes. Never: who asks, and whether that is proven.

use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, Teller, Which};
use crate::bitget::{TYPES, type_of};
use crate::listing::Listing;
use engine_model::market::Side;
use serde_json::Value;

/// Why not: a status of HTTP, a code and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct No {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) words: &'static str,
}

pub(super) const fn no(code: u32, words: &'static str) -> No {
    No { status: 400, code, words }
}

pub(super) const BAD: No = no(40_017, "Parameter verification failed");

/// A text that is there and not empty.
pub(super) fn word<'a>(asked: &'a Value, name: &str) -> Option<&'a str> {
    asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub(super) fn is_spot(listing: &Listing) -> bool {
    type_of(listing) == TYPES[0]
}

/// The instrument of a request, by type and symbol; without a type it is spot's.
pub(super) fn instrument(listings: &[Listing], kind: Option<&str>, symbol: Option<&str>) -> Result<usize, No> {
    let kind = kind.unwrap_or(TYPES[0]);
    let is_asked = |listing: &Listing| type_of(listing) == kind && Some(listing.name()) == symbol;
    listings.iter().position(is_asked).ok_or(no(40_034, "Parameter symbol does not exist"))
}

/// Enters an order.
pub(super) fn place(teller: &mut Teller<'_>, holder: Holder, listings: &[Listing], asked: &Value) -> Result<Order, No> {
    let instrument = instrument(listings, word(asked, "productType"), word(asked, "symbol"))?;
    teller.place(holder, entry(asked, instrument, &listings[instrument])?).map_err(refused)
}

/// Withdraws one.
pub(super) fn cancel(teller: &mut Teller<'_>, holder: Holder, asked: &Value) -> Result<Order, No> {
    let which = which(word(asked, "orderId"), word(asked, "clientOid"))?;
    if teller.order(holder, which).is_some_and(|order| is_elsewhere(order, which)) {
        return Err(refused(Refusal::NoSuchOrder));
    }
    teller.cancel(holder, which).map_err(refused)
}

/// One that waits stands elsewhere, and what became of it bears no id of the client's.
pub(super) fn is_elsewhere(order: &Order, which: Which<'_>) -> bool {
    order.waits || (order.trigger.is_some() && matches!(which, Which::Client(_)))
}

/// By the venue's id, else by the client's.
pub(super) fn which<'a>(id: Option<&'a str>, client_id: Option<&'a str>) -> Result<Which<'a>, No> {
    match (id, client_id) {
        (Some(id), _) => id.parse().map(Which::Venue).map_err(|_| no(40_402, "orderId or clientOId format error")),
        (None, Some(client_id)) => Ok(Which::Client(client_id)),
        (None, None) => Err(no(40_924, "orderId and clientOid must have one")),
    }
}

fn entry(asked: &Value, instrument: usize, listing: &Listing) -> Result<Entry, No> {
    let (grid, is_spot) = (&listing.instrument.grid, is_spot(listing));
    let side = match word(asked, "side") {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err(BAD),
    };
    if !is_spot && (word(asked, "marginMode").is_none() || word(asked, "marginCoin").is_none()) {
        return Err(no(40_019, "Parameter marginCoin cannot be empty"));
    }
    let is_market = match word(asked, "orderType") {
        Some("market") => true,
        Some("limit") => false,
        _ => return Err(BAD),
    };
    let px = word(asked, "price").map(|text| grid.ticks(text.as_bytes()));
    let px = match (is_market, px) {
        (true, _) => None,
        (false, Some(Ok(px))) => Some(px.0),
        (false, _) => return Err(no(45_035, "Price step mismatch")),
    };
    let (stands, post_only) = match word(asked, "force") {
        _ if is_market => (Stands::Immediate, false),
        None | Some("gtc") => (Stands::UntilCanceled, false),
        Some("post_only") => (Stands::UntilCanceled, true),
        Some("ioc") => (Stands::Immediate, false),
        Some("fok") => (Stands::AllOrNothing, false),
        Some(_) => return Err(BAD),
    };
    let size = word(asked, "size").ok_or(BAD)?.as_bytes();
    // A market buy of spot is counted in quote.
    let amount = if is_spot && is_market && side == Side::Buy {
        let e8 = engine_model::instrument::Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        Amount::Quote(e8.ticks(size).map(|px| i128::from(px.0)).map_err(|_| BAD)?)
    } else {
        Amount::Lots(grid.lots(size).map_err(|_| BAD)?.0)
    };
    Ok(Entry {
        client_id: word(asked, "clientOid").unwrap_or_default().to_owned(),
        instrument,
        side,
        px,
        amount,
        stands,
        post_only,
        reduce_only: word(asked, "reduceOnly") == Some("YES"),
    })
}

pub(super) fn refused(refusal: Refusal) -> No {
    match refusal {
        Refusal::Status(status) => No { status, code: 40_015, words: "System is abnormal, please try again later" },
        Refusal::TooMany(_) => No { status: 429, code: 429, words: "Too Many Requests" },
        Refusal::NoTradeRight => no(40_014, "Incorrect permissions"),
        Refusal::TooManyOpen => no(40_723, "The total number of unexecuted orders is too high"),
        Refusal::DuplicateClientId => no(40_786, "Duplicate clientOid"),
        Refusal::Price => no(43_009, "The current order price exceeds the limit"),
        Refusal::TooSmall => no(43_006, "The order quantity is less than the minimum transaction quantity"),
        Refusal::TooLarge => no(43_051, "Maximum limit exceeded"),
        Refusal::NotionalTooSmall => no(45_110, "less than the minimum amount"),
        Refusal::Balance => no(43_012, "Insufficient balance"),
        Refusal::NothingToReduce => no(22_002, "No position to close"),
        Refusal::NoSuchOrder | Refusal::Done(_) => no(43_001, "The order does not exist"),
        Refusal::WouldTrigger => no(40_917, "Stop price for long positions please < mark price"),
        Refusal::WouldTake | Refusal::CannotFill | Refusal::NoChange | Refusal::Unchangeable => BAD,
    }
}
