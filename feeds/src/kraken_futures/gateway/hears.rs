//! What Kraken Futures says of orders and of the account on its line.
//!
//! Owns: the names and places of its fields. Never: what becomes of an order, what a word means.

use super::answers::limit;
use super::{FEEDS, codes};
use crate::error::{Field, FrameError};
use crate::gateway::heard::{FillNews, Heard, OrderNews, OrderState, Unwelcome, Whose, trade_id};
use crate::gateway::read::{Listed, amount_e8, entry_price, name, price, quantity, whose};
use crate::gateway::text::Text;
use crate::grid::{needed, not_empty, text, time_ms};
use crate::json::{self, Elements, TextBuffer, Value};
use crate::kraken::asset;
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use engine_model::report::Liquidity;
use engine_model::units::Lots;

/// What orders that wait for a price are called in the feed.
const WAITING: [&str; 3] = ["stop", "take_profit", "trailing_stop"];

/// A message on the line. What it is challenged with is kept for its later words.
pub(super) fn line(
    listed: &Listed,
    challenge: &mut Text,
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let outer = Value::parse(said)?;
    let [event, feed, message] = outer.pick(["event", "feed", "message"]);
    if let Some(event) = event.and_then(Value::string) {
        return told(challenge, event, feed, message, heard);
    }
    let rows = |name| rows(outer, name);
    match feed.and_then(Value::string) {
        Some(feed) if feed.is("open_orders_snapshot") => {
            rows("orders")?.try_for_each(|row| order(listed, row, OrderState::Open, heard))
        }
        Some(feed) if feed.is("open_orders") => changed(listed, outer, heard),
        // Those of a snapshot would be of other runs; what was missed is asked for.
        Some(feed) if feed.is("fills") => rows("fills")?.try_for_each(|row| fill(listed, row, heard)),
        Some(feed) if feed.is("open_positions") => rows("positions")?.try_for_each(|row| position(listed, row, heard)),
        Some(feed) if feed.is("balances") || feed.is("balances_snapshot") => balances(listed, outer, heard),
        _ => Ok(()),
    }
}

/// The rows of a list.
pub(super) fn rows<'a>(outer: Value<'a>, name: &str) -> Result<Elements<'a>, FrameError> {
    needed(outer.member(name), Field::Rows).map(Value::elements)
}

/// What the venue says of the line itself.
fn told(
    challenge: &mut Text,
    event: json::Text<'_>,
    feed: Option<Value<'_>>,
    message: Option<Value<'_>>,
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    match event {
        event if event.is("challenge") => {
            let mut buffer = TextBuffer::default();
            let words = text(message, Field::Token)?.plain(&mut buffer).filter(|words| !words.is_empty());
            challenge.clear();
            challenge.put_bytes(words.ok_or(FrameError::Unreadable(Field::Token))?);
            heard.push(Heard::Welcome);
        }
        event if event.is("subscribed") => {
            let feed = text(feed, Field::Action)?;
            heard.extend(FEEDS.iter().any(|known| feed.is(known)).then_some(Heard::Welcome));
        }
        // It does not take our signature. Of a key that is wrong REST has told before.
        event if event.is("subscribed_failed") => heard.push(Heard::Unwelcome(Unwelcome::Key)),
        event if event.is("error") || event.is("alert") => heard.push(Heard::Unwelcome(Unwelcome::Other)),
        _ => {}
    }
    Ok(())
}

/// The instrument of a symbol, which some messages spell in small letters; `None` of one that is not ours.
pub(super) fn find<'a>(listed: &'a Listed, symbol: Option<Value<'_>>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
    let mut room = [0; 64];
    let large = room.get_mut(..symbol.len()).ok_or(FrameError::Unreadable(Field::Symbol))?;
    large.copy_from_slice(symbol);
    large.make_ascii_uppercase();
    Ok(listed.find(large))
}

/// An order that entered, was executed in part, or left the book. One that was withdrawn may name itself alone.
fn changed(listed: &Listed, outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [row, theirs, ours, is_over, reason] = outer.pick(["order", "order_id", "cli_ord_id", "is_cancel", "reason"]);
    let is_over = needed(is_over, Field::State)?.boolean().ok_or(FrameError::Unreadable(Field::State))?;
    let reason = reason.and_then(Value::string).ok_or(FrameError::Missing(Field::State));
    let is_pulled = |word: &str| reason.is_ok_and(|reason| reason.is(word));
    if is_over && is_pulled(codes::PULLED) {
        // The id of what it became is told with that.
        let named = row.unwrap_or(outer).pick(["cli_ord_id", "order_id"]);
        let whose = whose(not_empty(named[0]), b'-', named[1])?;
        let renamed = Whose {
            venue_order_id: if whose.ours.is_some() { Name::default() } else { whose.venue_order_id },
            ..whose
        };
        heard.push(Heard::Triggered { whose: renamed, at_ns: time_ms(None) });
        return Ok(());
    }
    let state = if is_over { codes::end(reason?) } else { OrderState::Open };
    if let Some(row) = row {
        if !is_over && is_pulled(codes::FROM_PULLED) {
            let named = row.pick(["cli_ord_id", "order_id", "last_update_time"]);
            let whose = whose(not_empty(named[0]), b'-', named[1])?;
            heard.push(Heard::Triggered { whose, at_ns: time_ms(named[2]) });
        }
        return order(listed, row, state, heard);
    }
    heard.push(Heard::State { whose: whose(not_empty(ours), b'-', theirs)?, state, at_ns: time_ms(None) });
    Ok(())
}

/// An order. Its quantity is what is left of it.
fn order(listed: &Listed, row: Value<'_>, state: OrderState, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let waits = state == OrderState::Open && row.says("type", &WAITING);
    let [symbol, at, changed_at, left, filled, px, trigger, theirs, ours, direction] = row.pick([
        "instrument",
        "time",
        "last_update_time",
        "qty",
        "filled",
        "limit_price",
        "stop_price",
        "order_id",
        "cli_ord_id",
        "direction",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(ours), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let (left, filled) = (quantity(of, left, is_ours)?, quantity(of, filled, is_ours)?);
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: match needed(direction, Field::Side)?.unsigned() {
            Some(0) => Side::Buy,
            Some(1) => Side::Sell,
            _ => return Err(FrameError::Unreadable(Field::Side)),
        },
        px: limit(of, px, trigger.filter(|_| waits), is_ours)?,
        qty: Lots(left.0.saturating_add(filled.0)),
        filled,
        state,
        waits,
        at_ns: time_ms(changed_at.or(at)),
    }));
    Ok(())
}

fn fill(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, at, px, is_buy, qty, theirs, ours, id, kind, fee, fee_asset] = row.pick([
        "instrument",
        "time",
        "price",
        "buy",
        "qty",
        "order_id",
        "cli_ord_id",
        "fill_id",
        "fill_type",
        "fee_paid",
        "fee_currency",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(ours), b'-', theirs)?;
    let is_buy = needed(is_buy, Field::Side)?.boolean().ok_or(FrameError::Unreadable(Field::Side))?;
    let is_ours = whose.ours.is_some();
    let kind = text(kind, Field::Liquidity)?;
    let cause = codes::cause(kind).filter(|_| !is_ours);
    let fill = FillNews {
        whose,
        instrument: of.map(|of| of.id),
        side: if is_buy { Side::Buy } else { Side::Sell },
        trade_id: fill_id(id)?,
        px: price(of, px, is_ours)?,
        qty: quantity(of, qty, is_ours)?,
        fee_e8: amount_e8(fee, Field::Fee)?,
        fee_asset: coin(fee_asset, Field::Fee)?,
        liquidity: liquidity(kind),
        at_ns: time_ms(at),
    };
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

pub(super) fn fill_id(id: Option<Value<'_>>) -> Result<u64, FrameError> {
    let mut buffer = TextBuffer::default();
    text(id, Field::Id)?.plain(&mut buffer).map(trade_id).ok_or(FrameError::Unreadable(Field::Id))
}

/// Who did not rest took: a taker, after a change of the order too, or whose position was closed or handed over.
pub(super) fn liquidity(kind: json::Text<'_>) -> Liquidity {
    if kind.is("maker") { Liquidity::Maker } else { Liquidity::Taker }
}

/// The name that everyone else has for an asset; nothing where none is told.
pub(super) fn coin(value: Option<Value<'_>>, field: Field) -> Result<Name, FrameError> {
    let Some(value) = not_empty(value) else { return Ok(Name::default()) };
    called(name(value, field)?.as_str(), field)
}

fn called(theirs: &str, field: Field) -> Result<Name, FrameError> {
    let mut room = [0; 64];
    let large = room.get_mut(..theirs.len()).ok_or(FrameError::Unreadable(field))?;
    large.copy_from_slice(theirs.as_bytes());
    large.make_ascii_uppercase();
    let large = std::str::from_utf8(large).ok();
    large.and_then(|large| Name::new(asset(large))).ok_or(FrameError::Unreadable(field))
}

/// The stream signs what is held, and calls it a balance.
fn position(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, held, px] = row.pick(["instrument", "balance", "entry_price"]);
    if let Some(of) = find(listed, symbol)? {
        heard.push(Heard::Position { instrument: of.id, qty: quantity(Some(of), held, true)? });
        entry_price(of, px, heard)?;
    }
    Ok(())
}

/// Linear contracts share the coins of one wallet, each pair of inverse ones has a wallet of its own.
fn balances(listed: &Listed, outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [shared, wallets] = outer.pick(["flex_futures", "futures"]);
    if let Some(shared) = not_empty(shared) {
        currencies(listed, shared, heard)?;
    }
    let wallets = not_empty(wallets).into_iter().flat_map(Value::members);
    for (_, wallet) in wallets {
        let [unit, whole, free] = wallet.pick(["unit", "balance", "available"]);
        held(listed, true, coin(Some(needed(unit, Field::Balance)?), Field::Balance)?, [whole, free], heard)?;
    }
    Ok(())
}

/// The coins of the shared wallet, by their names.
pub(super) fn currencies(listed: &Listed, shared: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    for (coin, row) in needed(shared.member("currencies"), Field::Balance)?.members() {
        let [whole, free] = row.pick(["quantity", "available"]);
        let coin = coin.unescaped().ok_or(FrameError::Unreadable(Field::Balance))?;
        held(listed, false, called(coin, Field::Balance)?, [whole, free], heard)?;
    }
    Ok(())
}

/// What is held of an asset. The same may be in both kinds of wallet: it counts where the run trades what it pays for.
pub(super) fn held(
    listed: &Listed,
    is_of_inverse: bool,
    asset: Name,
    [whole, free]: [Option<Value<'_>>; 2],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let pays_inverse = listed.iter().any(|of| of.kind == ContractKind::Inverse && of.base == asset);
    let whole_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?;
    let free_e8 = amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?;
    if pays_inverse == is_of_inverse {
        heard.push(Heard::Balance { asset, free_e8, locked_e8: whole_e8.saturating_sub(free_e8).max(0) });
    }
    Ok(())
}
