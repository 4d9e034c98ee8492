//! What a client asks of its orders: read, done, and refused in Deribit's codes.
//!
//! Owns: the parameters of a request, the codes. Never: who asks.

use super::super::rpc::{INVALID, No, no, word};
use crate::account::{Amount, By, Entry, Holder, Order, Refusal, Stands, Teller, Trigger, Which};
use crate::listing::Listing;
use engine_model::instrument::ContractKind;
use engine_model::market::Side;
use serde_json::Value;

const NOT_FOUND: No = no(10_004, "order_not_found");

pub(super) fn needed(params: &Value, name: &str) -> Result<String, No> {
    word(params, name).ok_or(INVALID)
}

pub(super) fn instrument(params: &Value, listings: &[Listing]) -> Result<usize, No> {
    let name = needed(params, "instrument_name")?;
    listings.iter().position(|listing| listing.name() == name).ok_or(no(10_020, "invalid_or_unsupported_instrument"))
}

/// The coin or the dollar that a contract is settled in.
pub(super) fn currency(listing: &Listing) -> &str {
    let of = &listing.instrument;
    if of.kind == ContractKind::Inverse { of.base.as_str() } else { listing.instrument.quote.as_str() }
}

/// The number in a venue's id: `BTC-28000000001`.
pub(super) fn number(id: &str) -> Option<u64> {
    id.rsplit('-').next()?.parse().ok()
}

/// By the venue's id.
fn by_id(params: &Value) -> Result<Which<'static>, No> {
    number(&needed(params, "order_id")?).map(Which::Venue).ok_or(INVALID)
}

fn is(params: &Value, name: &str) -> bool {
    params.get(name) == Some(&Value::Bool(true))
}

/// A number as grids read it: the shortest text of a float has no zeros at its end.
fn steps(params: &Value, name: &str, read: impl FnOnce(&[u8]) -> Option<i64>, or: No) -> Result<i64, No> {
    let text = needed(params, name)?;
    read(text.strip_suffix(".0").unwrap_or(&text).as_bytes()).ok_or(or)
}

fn px(params: &Value, listing: &Listing) -> Result<i64, No> {
    let grid = &listing.instrument.grid;
    steps(params, "price", |text| grid.ticks(text).ok().map(|px| px.0), no(10_043, "price_wrong_tick"))
}

fn trigger_px(params: &Value, listing: &Listing) -> Result<i64, No> {
    let grid = &listing.instrument.grid;
    steps(params, "trigger_price", |text| grid.ticks(text).ok().map(|px| px.0), no(10_043, "price_wrong_tick"))
}

fn by(params: &Value) -> Result<By, No> {
    match word(params, "trigger").as_deref() {
        Some("last_price") => Ok(By::Last),
        Some("mark_price") => Ok(By::Mark),
        Some("index_price") => Ok(By::Index),
        _ => Err(INVALID),
    }
}

fn qty(params: &Value, listing: &Listing) -> Result<i64, No> {
    let grid = &listing.instrument.grid;
    steps(params, "amount", |text| grid.lots(text).ok().map(|qty| qty.0), no(10_021, "invalid_amount"))
}

/// Enters an order.
pub(super) fn place(
    side: Side,
    params: &Value,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<Order, No> {
    let instrument = instrument(params, listings)?;
    let listing = &listings[instrument];
    let kind = word(params, "type").unwrap_or_else(|| "limit".to_owned());
    let (waits, is_market) = match kind.as_str() {
        "limit" => (None, false),
        "market" => (None, true),
        "stop_limit" => (Some(side == Side::Buy), false),
        "stop_market" => (Some(side == Side::Buy), true),
        "take_limit" => (Some(side == Side::Sell), false),
        "take_market" => (Some(side == Side::Sell), true),
        _ => return Err(INVALID),
    };
    let stands = match word(params, "time_in_force").as_deref() {
        _ if is_market => Stands::Immediate,
        None | Some("good_til_cancelled") => Stands::UntilCanceled,
        Some("immediate_or_cancel") => Stands::Immediate,
        Some("fill_or_kill") => Stands::AllOrNothing,
        Some(_) => return Err(INVALID),
    };
    // Without the second its price would be moved, which is not simulated.
    if is(params, "post_only") != is(params, "reject_post_only") {
        return Err(INVALID);
    }
    let entry = Entry {
        client_id: word(params, "label").unwrap_or_default(),
        instrument,
        side,
        px: if is_market { None } else { Some(px(params, listing)?) },
        amount: Amount::Lots(qty(params, listing)?),
        stands,
        post_only: is(params, "post_only"),
        reduce_only: is(params, "reduce_only"),
    };
    match waits {
        Some(rises) => {
            let trigger = Trigger { px: trigger_px(params, listing)?, rises, by: by(params)? };
            teller.wait(holder, entry, trigger).map_err(refused)
        }
        None => teller.place(holder, entry).map_err(refused),
    }
}

/// Changes one, to a whole amount.
pub(super) fn edit(
    by_label: bool,
    params: &Value,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<Order, No> {
    let label = if by_label { needed(params, "label")? } else { String::new() };
    let which = if by_label { Which::Client(&label) } else { by_id(params)? };
    let order = teller.order(holder, which).ok_or(NOT_FOUND)?;
    let listing = &listings[order.instrument];
    let waits = order.waits && order.px.is_none();
    let px = if waits { trigger_px(params, listing)? } else { px(params, listing)? };
    let qty = qty(params, listing)?;
    teller.modify(holder, which, px, qty).map_err(refused)
}

/// Withdraws one.
pub(super) fn cancel(params: &Value, holder: Holder, teller: &mut Teller<'_>) -> Result<Order, No> {
    teller.cancel(holder, by_id(params)?).map_err(refused)
}

/// Withdraws those of a label: how many. A label need not be there.
pub(super) fn cancel_by_label(params: &Value, holder: Holder, teller: &mut Teller<'_>) -> Result<usize, No> {
    let label = needed(params, "label")?;
    match teller.cancel(holder, Which::Client(&label)) {
        Ok(_) => Ok(1),
        Err(Refusal::NoSuchOrder | Refusal::Done(_)) => Ok(0),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// Whether the id is that of an order that waited, and does not any more.
pub(super) fn is_of_before(params: &Value, order: &Order) -> bool {
    word(params, "order_id").is_some_and(|id| id.starts_with("SLT")) && !order.waits
}

pub(super) fn find<'a>(params: &Value, holder: Holder, teller: &'a Teller<'_>) -> Result<&'a Order, No> {
    teller.order(holder, by_id(params)?).ok_or(NOT_FOUND)
}

/// A status of HTTP has a code where there is no HTTP.
pub(super) fn refused(refusal: Refusal) -> No {
    match refusal {
        Refusal::Status(429 | 418) | Refusal::TooMany(_) => no(10_028, "too_many_requests"),
        Refusal::Status(_) => no(13_888, "timed_out"),
        Refusal::NoTradeRight => no(13_021, "forbidden"),
        Refusal::TooManyOpen => no(10_013, "pme_max_total_open_orders"),
        Refusal::Price => no(10_007, "price_too_high"),
        Refusal::TooSmall | Refusal::NotionalTooSmall => no(10_002, "qty_too_low"),
        Refusal::TooLarge => no(10_021, "invalid_amount"),
        Refusal::Balance => no(10_009, "not_enough_funds"),
        Refusal::WouldTake => no(11_054, "post_only_reject"),
        Refusal::NothingToReduce => no(11_030, "other_reject reduce_only"),
        // It is entered and withdrawn at once.
        Refusal::CannotFill => no(11_030, "other_reject"),
        Refusal::NoSuchOrder => NOT_FOUND,
        Refusal::Done(_) => no(11_044, "not_open_order"),
        Refusal::NoChange | Refusal::Unchangeable | Refusal::WouldTrigger | Refusal::DuplicateClientId => {
            no(11_049, "bad_arguments")
        }
    }
}
