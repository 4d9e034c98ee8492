//! Orders, executions, positions and money as Gate writes them; sizes of contracts as texts with their sign.
//!
//! Owns: texts. Never: when or to whom they are sent.

use crate::account::{Balance, Fill, Order, Position, Stands, State};
use crate::listing::Listing;
use crate::object::Object;
use crate::text::{Text, trimmed};
use engine_model::instrument::{ContractKind, Name};
use engine_model::market::Side;

pub(super) fn e8(amount: i128) -> String {
    trimmed(&Text::new().decimal(amount, 8).take()).to_owned()
}

pub(super) fn price(listing: &Listing, ticks: i64) -> String {
    Text::new().price(&listing.instrument.grid, ticks).take()
}

fn qty(listing: &Listing, lots: i64) -> String {
    Text::new().qty(&listing.instrument.grid, lots).take()
}

/// Lots with the sign of the side.
pub(super) fn signed(listing: &Listing, side: Side, lots: i64) -> String {
    let sign = if side == Side::Sell && lots > 0 { "-" } else { "" };
    format!("{sign}{}", qty(listing, lots))
}

fn side(side: Side) -> &'static str {
    if side == Side::Buy { "buy" } else { "sell" }
}

pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn time_in_force(order: &Order) -> &'static str {
    match order.stands {
        _ if order.post_only => "poc",
        Stands::Immediate => "ioc",
        Stands::AllOrNothing => "fok",
        Stands::UntilCanceled | Stands::Until(_) => "gtc",
    }
}

fn finish_as(order: &Order) -> &'static str {
    match (order.state, order.stands) {
        (State::Open, _) => "open",
        (State::Filled, _) => "filled",
        (_, Stands::Immediate) => "ioc",
        (_, Stands::AllOrNothing) => "fok",
        _ => "cancelled",
    }
}

/// Where a text goes: pushes of spot say what happened, answers how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Answer,
    /// Whether it is the first of the order.
    Push(bool),
}

pub(super) fn order(order: &Order, listing: &Listing, to: To) -> String {
    if listing.instrument.kind == ContractKind::Spot { spot(order, listing, to) } else { contract(order, listing, to) }
}

fn spot(order: &Order, listing: &Listing, to: To) -> String {
    let (entered_ms, changed_ms) = (order.entered_at_ns / 1_000_000, order.changed_at_ns / 1_000_000);
    let (field, word) = match (to, order.state) {
        (To::Answer, State::Open) => ("status", "open"),
        (To::Answer, State::Filled) => ("status", "closed"),
        (To::Answer, _) => ("status", "cancelled"),
        (To::Push(true), State::Open) => ("event", "put"),
        (To::Push(false), State::Open) => ("event", "update"),
        (To::Push(_), _) => ("event", "finish"),
    };
    let whole = Object::new()
        .text("id", &order.id.to_string())
        .text("text", &format!("t-{}", order.client_id))
        .text("create_time", &(entered_ms / 1_000).to_string())
        .text("update_time", &(changed_ms / 1_000).to_string())
        .text("currency_pair", listing.name())
        .text("type", if order.px.is_some() { "limit" } else { "market" })
        .text("account", "spot")
        .text("side", side(order.side))
        .text("amount", &qty(listing, order.qty))
        .text("price", &order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px)))
        .text("time_in_force", time_in_force(order))
        .text("left", &qty(listing, order.left()))
        .text("filled_total", &e8(order.filled_value_e8))
        .text("fee", "0")
        .text(field, word)
        .text("finish_as", finish_as(order));
    // Numbers in answers, texts in pushes.
    let whole = match to {
        To::Answer => whole.raw("create_time_ms", entered_ms).raw("update_time_ms", changed_ms),
        To::Push(_) => {
            whole.text("create_time_ms", &entered_ms.to_string()).text("update_time_ms", &changed_ms.to_string())
        }
    };
    whole.end()
}

/// What became of one that waited bears no id of the client's.
fn source(order: &Order) -> String {
    if order.trigger.is_some() { "api".to_owned() } else { format!("t-{}", order.client_id) }
}

fn contract(order: &Order, listing: &Listing, to: To) -> String {
    let (entered_ms, changed_ms) = (order.entered_at_ns / 1_000_000, order.changed_at_ns / 1_000_000);
    let is_push = to != To::Answer;
    let mut whole = Object::new()
        .raw("id", order.id)
        .text("contract", listing.name())
        .text("size", &signed(listing, order.side, order.qty))
        .text("left", &signed(listing, order.side, order.left()))
        .text("price", &order.px.map_or_else(|| "0".to_owned(), |px| price(listing, px)))
        .text("tif", time_in_force(order))
        .text("text", &source(order))
        .raw("is_reduce_only", order.reduce_only)
        .text("status", if order.is_open() { "open" } else { "finished" });
    if !order.is_open() {
        whole = whole.text("finish_as", finish_as(order));
    } else if is_push {
        whole = whole.text("finish_as", if to == To::Push(true) { "_new" } else { "_update" });
    }
    let whole = if is_push {
        whole.raw("create_time_ms", entered_ms).raw("update_time", changed_ms)
    } else {
        whole.raw("create_time", seconds(entered_ms)).raw("update_time", seconds(changed_ms))
    };
    whole.end()
}

/// `is_push`: else one of an answer, where contracts name some things otherwise. `is_named`: its order bears an id of the
/// client's.
pub(super) fn fill(fill: &Fill, listing: &Listing, is_push: bool, is_named: bool) -> String {
    let (at_ms, id) = (fill.at_ns / 1_000_000, fill.trade_id);
    let role = if fill.maker { "maker" } else { "taker" };
    let source = if is_named { format!("t-{}", fill.client_id) } else { "api".to_owned() };
    let head = Object::new().text("order_id", &fill.order_id.to_string()).text("text", &source);
    let head = head.text("price", &price(listing, fill.px)).text("role", role).text("fee", &e8(fill.fee_e8));
    if listing.instrument.kind == ContractKind::Spot {
        return head
            .with(|row| if is_push { row.raw("id", id) } else { row.text("id", &id.to_string()) })
            .text("currency_pair", listing.name())
            .raw("create_time", at_ms / 1_000)
            .text("create_time_ms", &format!("{at_ms}.000"))
            .text("side", side(fill.side))
            .text("amount", &qty(listing, fill.qty))
            .text("fee_currency", fill.fee_asset.as_str())
            .text("point_fee", "0")
            .text("gt_fee", "0")
            .end();
    }
    head.with(|row| match is_push {
        true => row.text("id", &id.to_string()).raw("create_time", at_ms / 1_000).raw("create_time_ms", at_ms),
        false => row.text("trade_id", &id.to_string()).raw("create_time", seconds(at_ms)),
    })
    .text("contract", listing.name())
    .text("size", &signed(listing, fill.side, fill.qty))
    .text("point_fee", "0")
    .end()
}

pub(super) fn position(position: &Position, listing: &Listing) -> String {
    let side = if position.qty < 0 { Side::Sell } else { Side::Buy };
    Object::new()
        .text("contract", listing.name())
        .text("size", &signed(listing, side, position.qty.abs()))
        .text("entry_price", &e8(position.entry_px_e8(&listing.instrument)))
        .text("mode", "single")
        .end()
}

/// `bound`: what the bound part is called.
/// What an account of contracts holds, and how it keeps positions.
pub(super) fn account(held: (Name, Balance), is_two_way: bool) -> String {
    let row = balance(held, "order_margin");
    format!(r#"{},"in_dual_mode":{is_two_way}}}"#, row.trim_end_matches('}'))
}

pub(super) fn balance((asset, balance): (Name, Balance), bound: &str) -> String {
    Object::new()
        .text("currency", asset.as_str())
        .text("total", &e8(balance.total_e8))
        .text("available", &e8(balance.free_e8()))
        .text(bound, &e8(balance.locked_e8))
        .end()
}
