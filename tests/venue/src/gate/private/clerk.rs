//! What a client asks of its orders: read, done, and refused in Gate's labels.
//!
//! Owns: the fields of a request, the labels. Never: who asks, and whether that is proven.

use super::find;
use crate::account::{Amount, Entry, Holder, Order, Refusal, Stands, State, Teller, Which};
use crate::listing::Listing;
use engine_model::instrument::ContractKind;
use engine_model::market::Side;
use serde_json::Value;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Place,
    Amend,
    Cancel,
}

/// Why not: a status of HTTP and a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct No {
    pub(super) status: u16,
    pub(super) label: &'static str,
    /// When the window of the limit opens again, in ms.
    pub(super) reset_ms: Option<u64>,
}

impl No {
    pub(super) fn of(status: u16, label: &'static str) -> Self {
        Self { status, label, reset_ms: None }
    }

    pub(super) fn body(self) -> String {
        format!(r#"{{"label":"{}","message":"{}"}}"#, self.label, self.label.to_lowercase())
    }
}

pub(super) const BAD: &str = "INVALID_PARAM_VALUE";

/// How long after its end contracts know an order by the client's id.
const KNOWN_FOR_NS: u64 = 60_000_000_000;

/// A text that is there and not empty.
pub(super) fn word<'a>(asked: &'a Value, name: &str) -> Option<&'a str> {
    asked.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_spot(listing: &Listing) -> bool {
    listing.instrument.kind == ContractKind::Spot
}

/// Does it: the order as it is after it.
pub(super) fn act(
    teller: &mut Teller<'_>,
    holder: Holder,
    listings: &[Listing],
    deed: Deed,
    asked: &Value,
) -> Result<Order, No> {
    let name = word(asked, "currency_pair").or(word(asked, "contract")).unwrap_or_default();
    let absent =
        No::of(400, if listings.first().is_some_and(is_spot) { "INVALID_CURRENCY_PAIR" } else { "CONTRACT_NOT_FOUND" });
    let instrument = find(listings, name).ok_or(absent)?;
    let listing = &listings[instrument];
    let said = |refusal| refused(refusal, is_spot(listing));
    if deed == Deed::Place {
        return teller.place(holder, entry(asked, instrument, listing)?).map_err(said);
    }
    let id = word(asked, "order_id").ok_or(No::of(400, "MISSING_REQUIRED_PARAM"))?;
    let known = order(teller, holder, id, listing).ok_or(No::of(404, "ORDER_NOT_FOUND"))?;
    let (which, px, qty) = (Which::Venue(known.id), known.px, known.qty);
    if deed == Deed::Cancel {
        return teller.cancel(holder, which).map_err(said);
    }
    let grid = &listing.instrument.grid;
    let bad = No::of(400, BAD);
    let px = word(asked, "price")
        .map_or(px.ok_or(bad), |text| grid.ticks(text.as_bytes()).map(|px| px.0).map_err(|_| bad))?;
    let size = word(asked, "amount").or(word(asked, "size")).map(|text| text.trim_start_matches('-'));
    let qty = size.map_or(Ok(qty), |text| grid.lots(text.as_bytes()).map(|qty| qty.0).map_err(|_| bad))?;
    teller.modify(holder, which, px, qty).map_err(said)
}

/// By the venue's id, or by the client's while it stands; of contracts a little longer.
pub(super) fn order<'a>(teller: &'a Teller<'_>, holder: Holder, id: &str, listing: &Listing) -> Option<&'a Order> {
    let Some(ours) = id.strip_prefix("t-") else {
        // One that waits stands elsewhere.
        return teller.order(holder, Which::Venue(id.parse().ok()?)).filter(|order| !order.waits);
    };
    // What became of one that waited bears no id of the client's.
    let found = teller.order(holder, Which::Client(ours)).filter(|order| order.trigger.is_none())?;
    let is_fresh = !is_spot(listing) && teller.at_ns().saturating_sub(found.changed_at_ns) <= KNOWN_FOR_NS;
    Some(found).filter(|order| order.is_open() || is_fresh)
}

fn entry(asked: &Value, instrument: usize, listing: &Listing) -> Result<Entry, No> {
    let (grid, is_spot) = (&listing.instrument.grid, is_spot(listing));
    let bad = No::of(400, BAD);
    let text = word(asked, "text").unwrap_or_default();
    let client_id = text.strip_prefix("t-").ok_or(bad)?;
    if client_id.len() > 28 {
        return Err(bad);
    }
    let size = word(asked, if is_spot { "amount" } else { "size" }).ok_or(bad)?;
    let (side, size) = match (is_spot, word(asked, "side")) {
        (true, Some("buy")) => (Side::Buy, size),
        (true, Some("sell")) => (Side::Sell, size),
        (true, _) => return Err(bad),
        (false, _) => size.strip_prefix('-').map_or((Side::Buy, size), |size| (Side::Sell, size)),
    };
    let is_market = if is_spot { word(asked, "type") == Some("market") } else { word(asked, "price") == Some("0") };
    let px = if is_market {
        None
    } else {
        Some(grid.ticks(word(asked, "price").ok_or(bad)?.as_bytes()).map_err(|_| bad)?.0)
    };
    let (stands, post_only) = match word(asked, if is_spot { "time_in_force" } else { "tif" }).unwrap_or("gtc") {
        "gtc" if !is_market => (Stands::UntilCanceled, false),
        "poc" if !is_market => (Stands::UntilCanceled, true),
        "ioc" => (Stands::Immediate, false),
        "fok" => (Stands::AllOrNothing, false),
        _ => return Err(bad),
    };
    // A market buy of spot is counted in quote.
    let amount = if is_spot && is_market && side == Side::Buy {
        let e8 = engine_model::instrument::Grid { price_decimals: 8, tick_step: 1, qty_decimals: 0, lot_step: 1 };
        Amount::Quote(e8.ticks(size.as_bytes()).map(|px| i128::from(px.0)).map_err(|_| bad)?)
    } else {
        let off_grid = No::of(400, if is_spot { "INVALID_PRECISION" } else { BAD });
        Amount::Lots(grid.lots(size.as_bytes()).map_err(|_| off_grid)?.0)
    };
    let reduce_only = asked.get("reduce_only").and_then(Value::as_bool).unwrap_or(false);
    Ok(Entry { client_id: client_id.to_owned(), instrument, side, px, amount, stands, post_only, reduce_only })
}

/// A refusal in the labels of spot, or in those of contracts.
pub(super) fn refused(refusal: Refusal, is_spot: bool) -> No {
    let (spot, contracts) = match refusal {
        Refusal::Status(429) => return No::of(429, "TOO_MANY_REQUESTS"),
        Refusal::Status(status) => return No::of(status, "SERVER_ERROR"),
        Refusal::TooMany(until_ns) => {
            return No { reset_ms: Some(until_ns / 1_000_000), ..No::of(429, "TOO_MANY_REQUESTS") };
        }
        Refusal::NoTradeRight => return No::of(403, "READ_ONLY"),
        Refusal::NoSuchOrder => return No::of(404, "ORDER_NOT_FOUND"),
        Refusal::TooManyOpen => ("TOO_MANY_ORDERS", "TOO_MANY_ORDERS"),
        Refusal::DuplicateClientId => ("REPEATED_CREATION", "REPEATED_CREATION"),
        Refusal::Price => (BAD, "PRICE_TOO_DEVIATED"),
        Refusal::TooSmall | Refusal::NotionalTooSmall => ("AMOUNT_TOO_LITTLE", "SIZE_TOO_SMALL"),
        Refusal::TooLarge => ("AMOUNT_TOO_MUCH", "SIZE_TOO_LARGE"),
        Refusal::Balance => ("BALANCE_NOT_ENOUGH", "INSUFFICIENT_AVAILABLE"),
        Refusal::WouldTake => ("POC_FILL_IMMEDIATELY", "ORDER_POC_IMMEDIATE"),
        Refusal::CannotFill => ("FOK_NOT_FILL", "ORDER_FOK"),
        Refusal::NothingToReduce => (BAD, "POSITION_EMPTY"),
        Refusal::Done(State::Filled) => ("ORDER_CLOSED", "ORDER_FINISHED"),
        Refusal::Done(_) => ("ORDER_CANCELLED", "ORDER_FINISHED"),
        Refusal::NoChange => ("NO_CHANGE", "NO_CHANGE"),
        Refusal::Unchangeable | Refusal::WouldTrigger => (BAD, BAD),
    };
    No::of(400, if is_spot { spot } else { contracts })
}
