//! The private methods, whichever way they came.
//!
//! Owns: which method does what. Never: who asks, and whether that is proven.

use super::super::rpc::{NO_METHOD, No, word};
use super::{clerk, texts};
use crate::account::{Holder, Order, Teller, Which};
use crate::listing::Listing;
use crate::object::array;
use engine_model::market::Side;
use serde_json::Value;

/// The most executions in an answer.
const PAGE_MAX: usize = 1_000;

/// Does it: the result.
pub(super) fn act(
    method: &str,
    params: &Value,
    holder: Holder,
    listings: &[Listing],
    teller: &mut Teller<'_>,
) -> Result<String, No> {
    let text = |order: &Order| texts::order(order, &listings[order.instrument]);
    let with_trades = |order: Order, teller: &Teller<'_>| {
        let fills = teller.fills(holder, 0).filter(|fill| fill.order_id == order.id);
        let trades = array(fills.map(|fill| texts::fill(fill, &listings[fill.instrument])));
        format!(r#"{{"trades":{trades},"order":{}}}"#, text(&order))
    };
    Ok(match method {
        "buy" | "sell" => {
            let side = if method == "buy" { Side::Buy } else { Side::Sell };
            let order = clerk::place(side, params, holder, listings, teller)?;
            with_trades(order, teller)
        }
        "edit" | "edit_by_label" => {
            let order = clerk::edit(method == "edit_by_label", params, holder, listings, teller)?;
            with_trades(order, teller)
        }
        "cancel" => text(&clerk::cancel(params, holder, teller)?),
        "cancel_by_label" => clerk::cancel_by_label(params, holder, teller)?.to_string(),
        "cancel_all_by_instrument" => {
            let of = clerk::instrument(params, listings)?;
            teller.cancel_all(holder, Some(of)).map_err(clerk::refused)?.len().to_string()
        }
        "get_order_state" => {
            let order = clerk::find(params, holder, teller)?;
            match clerk::is_of_before(params, order) {
                true => texts::pulled(order, &listings[order.instrument]),
                false => text(order),
            }
        }
        "get_order_state_by_label" => {
            let (label, asked) = (clerk::needed(params, "label")?, clerk::needed(params, "currency")?);
            let found = teller.order(holder, Which::Client(&label));
            array(found.filter(|order| texts::is_of(&listings[order.instrument], &asked)).map(text))
        }
        "get_open_orders_by_instrument" => {
            let of = clerk::instrument(params, listings)?;
            array(teller.open_orders(holder, Some(of)).into_iter().map(text))
        }
        "get_user_trades_by_order" => {
            let id = clerk::find(params, holder, teller)?.id;
            let fills = teller.fills(holder, 0).filter(|fill| fill.order_id == id);
            array(fills.map(|fill| texts::fill(fill, &listings[fill.instrument])))
        }
        "get_user_trades_by_instrument_and_time" => trades(params, holder, listings, teller)?,
        "get_positions" => {
            let asked = clerk::needed(params, "currency")?;
            let held = teller.positions(holder).iter().zip(listings);
            let held = held.filter(|(held, listing)| held.qty != 0 && texts::is_of(listing, &asked));
            array(held.map(|(held, listing)| texts::position(held, listing)))
        }
        "get_account_summaries" => {
            format!(r#"{{"id":1,"summaries":{}}}"#, array(teller.balances(holder).map(texts::balance)))
        }
        _ => return Err(NO_METHOD),
    })
}

/// Executions of a span, oldest first.
fn trades(params: &Value, holder: Holder, listings: &[Listing], teller: &Teller<'_>) -> Result<String, No> {
    let of = clerk::instrument(params, listings)?;
    let number = |name: &str| word(params, name).and_then(|text| text.parse::<u64>().ok());
    let from_ns = number("start_timestamp").unwrap_or(0).saturating_mul(1_000_000);
    let to_ns = number("end_timestamp").unwrap_or(u64::MAX).saturating_mul(1_000_000);
    let most = number("count").map_or(PAGE_MAX, |count| usize::try_from(count).unwrap_or(PAGE_MAX).min(PAGE_MAX));
    let all: Vec<_> =
        teller.fills(holder, from_ns).filter(|fill| fill.instrument == of && fill.at_ns <= to_ns).collect();
    let rows = array(all.iter().take(most).map(|fill| texts::fill(fill, &listings[of])));
    Ok(format!(r#"{{"trades":{rows},"has_more":{}}}"#, all.len() > most))
}
