//! What Coinbase says of orders on its line.
//!
//! Owns: the names and places of its fields. Never: what becomes of an order, what a word of refusal means.

use super::codes;
use crate::error::{Field, FrameError};
use crate::gateway::heard::{Heard, OrderNews, OrderState, Unwelcome};
use crate::gateway::read::{Listed, price, quantity, whose};
use crate::grid::{needed, sequence, text, time_iso};
use crate::json::{Text, TextBuffer, Value};
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// A message on the line. All messages of all channels are numbered together.
pub(super) fn line(
    listed: &Listed,
    last: &mut Option<u64>,
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let outer = Value::parse(said)?;
    let [channel, number, events, at] = outer.pick(["channel", "sequence_num", "events", "timestamp"]);
    if outer.says("type", &["error"]) {
        heard.push(Heard::Unwelcome(unwelcome(outer.member("message").and_then(Value::string))));
        return Ok(());
    }
    let Some(channel) = channel.and_then(Value::string) else { return Ok(()) };
    if channel.is("subscriptions") {
        heard.push(Heard::Welcome);
    } else if channel.is("user") {
        let at_ns = time_iso(at);
        for event in needed(events, Field::Id)?.elements() {
            for row in needed(event.member("orders"), Field::Id)?.elements() {
                order(listed, row, at_ns, heard)?;
            }
        }
    }
    // What is missing is asked for after the line was opened anew. What comes again, or late, is no loss.
    let number = sequence(needed(number, Field::Sequence)?)?;
    if last.is_some_and(|last| number.saturating_sub(last) > 1) {
        heard.push(Heard::Leave);
    }
    *last = Some(last.map_or(number, |last| last.max(number)));
    Ok(())
}

fn unwelcome(words: Option<Text<'_>>) -> Unwelcome {
    let is_of_key = words.is_some_and(|words| words.contains("auth") || words.contains("jwt") || words.contains("JWT"));
    if is_of_key { Unwelcome::Key } else { Unwelcome::Other }
}

pub(super) fn instrument<'a>(
    listed: &'a Listed,
    symbol: Option<Value<'_>>,
) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(listed.find(symbol))
}

pub(super) fn side(value: Option<Value<'_>>) -> Result<Side, FrameError> {
    match text(value, Field::Side)? {
        side if side.is("BUY") => Ok(Side::Buy),
        side if side.is("SELL") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

/// Where an order is; `None` of one that was taken in and stands nowhere yet.
pub(super) fn state(status: Option<Value<'_>>, reason: Option<Value<'_>>) -> Result<Option<OrderState>, FrameError> {
    let reason = codes::reason(reason.and_then(Value::string));
    match text(status, Field::State)? {
        status if ["PENDING", "QUEUED"].iter().any(|early| status.is(early)) => Ok(None),
        status if ["OPEN", "CANCEL_QUEUED", "EDIT_QUEUED"].iter().any(|open| status.is(open)) => {
            Ok(Some(OrderState::Open))
        }
        status if status.is("FILLED") => Ok(Some(OrderState::Filled)),
        status if status.is("CANCELLED") => Ok(Some(OrderState::Canceled)),
        status if status.is("EXPIRED") => Ok(Some(OrderState::Expired)),
        status if status.is("FAILED") => Ok(Some(OrderState::Rejected(reason))),
        _ => Err(FrameError::Unreadable(Field::State)),
    }
}

/// The whole quantity is what is executed and what is left; of an order that is over nothing is left, whatever it was.
fn order(listed: &Listed, row: Value<'_>, at_ns: Nanos, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, theirs, ours, buys, px, filled, left, status, reason] = row.pick([
        "product_id",
        "order_id",
        "client_order_id",
        "order_side",
        "limit_price",
        "cumulative_quantity",
        "leaves_quantity",
        "status",
        "reject_reason",
    ]);
    let (whose, of) = (whose(ours, b'-', theirs)?, instrument(listed, symbol)?);
    let is_ours = whose.ours.is_some();
    let (filled, left) = (quantity(of, filled, is_ours)?, quantity(of, left, is_ours)?);
    let side = side(buys)?;
    let Some(state) = state(status, reason)? else { return Ok(()) };
    let is_open = state == OrderState::Open;
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side,
        // Not told of each: then it is as it was.
        px: px.map_or(Ok(Ticks(0)), |px| price(of, Some(px), is_ours))?,
        qty: if is_open { Lots(filled.0.saturating_add(left.0)) } else { Lots(0) },
        filled,
        state,
        waits: false,
        at_ns,
    }));
    Ok(())
}
