//! Orders, executions, positions and money as Deribit writes them, the same in answers and on channels.
//!
//! Owns: texts. Never: when or to whom they are sent.

use super::super::wire::{number, side, trade_id};
use super::clerk::currency;
use crate::account::{Balance, Fill, Order, Position, Stands, State};
use crate::listing::Listing;
use crate::object::Object;
use engine_model::instrument::Name;
use engine_model::market::Side;

fn e8(amount: i128) -> String {
    number(amount, 8)
}

fn price(listing: &Listing, ticks: i64) -> String {
    let grid = listing.instrument.grid;
    number(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
}

fn amount(listing: &Listing, lots: i64) -> String {
    let grid = listing.instrument.grid;
    number(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
}

/// One that waited, as it ended: what it became is another order.
pub(super) fn pulled(was: &Order, listing: &Listing) -> String {
    let waiting = Order { waits: true, state: State::Open, filled: 0, ..was.clone() };
    order(&waiting, listing).replace("untriggered", "triggered")
}

fn kind(order: &Order) -> &'static str {
    let is_stop = order.trigger.is_some_and(|trigger| trigger.rises == (order.side == Side::Buy));
    match (order.waits, is_stop, order.px) {
        (true, true, Some(_)) => "stop_limit",
        (true, true, None) => "stop_market",
        (true, false, Some(_)) => "take_limit",
        (true, false, None) => "take_market",
        (false, _, Some(_)) => "limit",
        (false, _, None) => "market",
    }
}

/// Ids of orders of bitcoin are bare, others have their currency in front.
pub(super) fn order_id(listing: &Listing, id: u64) -> String {
    trade_id(listing.name(), id)
}

fn time_in_force(order: &Order) -> &'static str {
    match order.stands {
        Stands::Immediate => "immediate_or_cancel",
        Stands::AllOrNothing => "fill_or_kill",
        Stands::UntilCanceled | Stands::Until(_) => "good_til_cancelled",
    }
}

fn state(order: &Order) -> &'static str {
    match order.state {
        State::Open if order.waits => "untriggered",
        State::Open => "open",
        State::Filled => "filled",
        State::Canceled | State::Expired => "cancelled",
    }
}

pub(super) fn order(order: &Order, listing: &Listing) -> String {
    let row = Object::new()
        .text("time_in_force", time_in_force(order))
        .raw("reduce_only", order.reduce_only)
        .raw("post_only", order.post_only)
        .text("order_type", kind(order))
        .text("order_state", state(order))
        .text("order_id", &if order.waits { format!("SLTS-{}", order.id) } else { order_id(listing, order.id) })
        .text("label", &order.client_id)
        .text("instrument_name", listing.name())
        .text("direction", side(order.side))
        .raw("creation_timestamp", order.entered_at_ns / 1_000_000)
        .raw("last_update_timestamp", order.changed_at_ns / 1_000_000)
        .raw("filled_amount", amount(listing, order.filled))
        .raw("amount", amount(listing, order.qty))
        .raw("api", true)
        .with(|row| match order.waiting() {
            Some(trigger) => row.raw("trigger_price", price(listing, trigger.px)).raw("triggered", false),
            None => row,
        });
    match order.px {
        Some(px) => row.raw("price", price(listing, px)).end(),
        None => row.text("price", "market_price").end(),
    }
}

pub(super) fn fill(fill: &Fill, listing: &Listing) -> String {
    Object::new()
        .text("trade_id", &trade_id(listing.name(), fill.trade_id))
        .raw("trade_seq", fill.trade_id)
        .raw("timestamp", fill.at_ns / 1_000_000)
        .text("order_id", &order_id(listing, fill.order_id))
        .text("label", &fill.client_id)
        .text("instrument_name", listing.name())
        .text("direction", side(fill.side))
        .raw("price", price(listing, fill.px))
        .raw("amount", amount(listing, fill.qty))
        .raw("fee", e8(fill.fee_e8))
        .text("fee_currency", fill.fee_asset.as_str())
        .text("liquidity", if fill.maker { "M" } else { "T" })
        .end()
}

pub(super) fn position(position: &Position, listing: &Listing) -> String {
    let direction = match position.qty {
        0 => "zero",
        1.. => "buy",
        _ => "sell",
    };
    Object::new()
        .text("instrument_name", listing.name())
        .text("kind", "future")
        .text("direction", direction)
        .raw("size", amount(listing, position.qty))
        .raw("average_price", e8(position.entry_px_e8(&listing.instrument)))
        .end()
}

pub(super) fn balance((asset, balance): (Name, Balance)) -> String {
    Object::new()
        .text("currency", asset.as_str())
        .raw("balance", e8(balance.total_e8))
        .raw("equity", e8(balance.total_e8))
        .raw("available_funds", e8(balance.free_e8()))
        .end()
}

/// Whether something is of that currency; `any` is all.
pub(super) fn is_of(listing: &Listing, asked: &str) -> bool {
    asked == "any" || asked == currency(listing)
}
