//! What Kraken says of orders and of the account on its line.
//!
//! Owns: the names and places of its fields. Never: what becomes of an order, what a text of refusal means.

use super::told::{Head, Stream, Told};
use super::{codes, names};
use crate::error::{Field, FrameError};
use crate::gateway::ask::AskId;
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Whose, trade_id};
use crate::gateway::read::{Listed, amount_e8, name, price, quantity};
use crate::grid::{buy_or_sell, needed, sequence, text, time_iso};
use crate::json::{Text, TextBuffer, Value};
use engine_model::instrument::Instrument;
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Ticks};

/// A message on the line.
pub(super) fn line(listed: &Listed, told: &mut Told, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let outer = Value::parse(said)?;
    let [channel, method, data, number] = outer.pick(["channel", "method", "data", "sequence"]);
    if let Some(method) = method.and_then(Value::string) {
        return answered(method, outer, heard);
    }
    let stream = match channel.and_then(Value::string) {
        Some(channel) if channel.is("executions") => Stream::Executions,
        Some(channel) if channel.is("balances") => Stream::Balances,
        _ => return Ok(()),
    };
    for row in needed(data, Field::Id)?.elements() {
        match stream {
            Stream::Executions => execution(listed, told, row, heard)?,
            Stream::Balances => balance(told, row, heard)?,
        }
    }
    // What is missing is asked for after the line was opened anew.
    if !told.is_next(stream, sequence(needed(number, Field::Sequence)?)?) {
        heard.push(Heard::Leave);
    }
    Ok(())
}

/// The answer to a message: to a subscription, or to what we numbered.
fn answered(method: Text<'_>, outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [success, id, error] = outer.pick(["success", "req_id", "error"]);
    let (is_greeting, id) = (method.is("subscribe"), id.and_then(Value::unsigned));
    if !is_greeting && id.is_none() {
        // What is not numbered by us was asked by nobody here; a pong is no answer.
        return Ok(());
    }
    let is_yes = needed(success, Field::Code)?.boolean().ok_or(FrameError::Unreadable(Field::Code))?;
    let error = if is_yes { None } else { Some(text(error, Field::Code)?) };
    match (error, id) {
        (None, _) if is_greeting => heard.push(Heard::Welcome),
        (Some(error), _) if is_greeting => heard.push(Heard::Unwelcome(codes::unwelcome(error))),
        (error, Some(id)) => {
            if error.is_some_and(|error| error.contains(codes::SESSION)) {
                heard.push(Heard::Leave);
            }
            heard.push(Heard::Answer(AskId(id), error.map_or(Answer::Done, codes::answer)));
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn our_id(value: Option<Value<'_>>) -> Option<ClientOrderId> {
    let mut buffer = TextBuffer::default();
    names::our_id(value.and_then(Value::string)?.plain(&mut buffer)?)
}

fn instrument<'a>(listed: &'a Listed, symbol: Value<'_>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let symbol = symbol.string().and_then(|symbol| symbol.plain(&mut buffer));
    Ok(listed.find(symbol.ok_or(FrameError::Unreadable(Field::Symbol))?))
}

/// A row of the stream. What it leaves out is as it was told before.
fn execution(listed: &Listed, told: &mut Told, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, ours, symbol, side, px, qty, filled, kind, status, at] = row.pick([
        "order_id",
        "cl_ord_id",
        "symbol",
        "side",
        "limit_price",
        "order_qty",
        "cum_qty",
        "exec_type",
        "order_status",
        "timestamp",
    ]);
    let id = name(needed(id, Field::Id)?, Field::Id)?;
    let before = told.head(id).copied();
    let ours = our_id(ours).or_else(|| before.and_then(|before| before.ours));
    let of = match (symbol, before) {
        (Some(symbol), _) => instrument(listed, symbol)?,
        (None, Some(before)) => before.instrument.map(|id| listed.get(id)),
        (None, None) => return Err(FrameError::Missing(Field::Symbol)),
    };
    let side = match (side, before) {
        (None, Some(before)) => before.side,
        (side, _) => buy_or_sell(text(side, Field::Side)?)?,
    };
    let is_ours = ours.is_some();
    let lots = |value: Option<Value<'_>>, known: fn(Head) -> Lots| match value {
        Some(_) => quantity(of, value, is_ours),
        None => Ok(before.map_or(Lots(0), known)),
    };
    let head = Head {
        ours,
        instrument: of.map(|of| of.id),
        side,
        px: if px.is_some() { price(of, px, is_ours)? } else { before.map_or(Ticks(0), |before| before.px) },
        qty: lots(qty, |before| before.qty)?,
        filled: lots(filled, |before| before.filled)?,
    };
    let (whose, at_ns) = (Whose { ours, venue_order_id: id }, time_iso(at));
    if text(kind, Field::Action)?.is("trade") {
        told.note(id, head, false)?;
        heard.push(Heard::Fill(fill(of, row, whose, head, at_ns)?));
        return Ok(());
    }
    let state = state(text(status, Field::State)?)?;
    told.note(id, head, state != OrderState::Open)?;
    let Head { instrument, side, px, qty, filled, .. } = head;
    heard.push(Heard::Order(OrderNews { whose, instrument, side, px, qty, filled, state, waits: false, at_ns }));
    Ok(())
}

fn state(status: Text<'_>) -> Result<OrderState, FrameError> {
    match status {
        status if ["pending_new", "new", "partially_filled"].iter().any(|open| status.is(open)) => Ok(OrderState::Open),
        status if status.is("filled") => Ok(OrderState::Filled),
        status if status.is("canceled") => Ok(OrderState::Canceled),
        status if status.is("expired") => Ok(OrderState::Expired),
        _ => Err(FrameError::Unreadable(Field::State)),
    }
}

fn fill(
    of: Option<&Instrument>,
    row: Value<'_>,
    whose: Whose,
    head: Head,
    at_ns: Nanos,
) -> Result<FillNews, FrameError> {
    let [id, px, qty, liquidity, fees] = row.pick(["exec_id", "last_price", "last_qty", "liquidity_ind", "fees"]);
    let mut buffer = TextBuffer::default();
    let id = text(id, Field::Id)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let liquidity = match text(liquidity, Field::Liquidity)? {
        liquidity if liquidity.is("m") => Liquidity::Maker,
        liquidity if liquidity.is("t") => Liquidity::Taker,
        _ => return Err(FrameError::Unreadable(Field::Liquidity)),
    };
    // We ask for it in one asset.
    let fee = needed(fees, Field::Fee)?.elements().next();
    let [asset, amount] = fee.map_or([None; 2], |fee| fee.pick(["asset", "qty"]));
    Ok(FillNews {
        whose,
        instrument: head.instrument,
        side: head.side,
        trade_id: trade_id(id),
        px: price(of, px, whose.ours.is_some())?,
        qty: quantity(of, qty, whose.ours.is_some())?,
        fee_e8: amount_e8(amount, Field::Fee)?,
        fee_asset: asset.map(|asset| name(asset, Field::Fee)).transpose()?.unwrap_or_default(),
        liquidity,
        at_ns,
    })
}

/// A snapshot lists the wallets of an asset, a change names its own; only that for trading counts. The stream tells the
/// whole of it: what is bound by orders is what the last answer by REST said.
fn balance(told: &Told, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [asset, whole, wallets, wallet] = row.pick(["asset", "balance", "wallets", "wallet_type"]);
    if wallet.is_some() && !row.says("wallet_type", &["spot"]) {
        return Ok(());
    }
    let asset = name(needed(asset, Field::Balance)?, Field::Balance)?;
    let of_trading = wallets.and_then(|wallets| wallets.elements().find(|wallet| wallet.says("type", &["spot"])));
    let whole = match of_trading {
        Some(wallet) => wallet.member("balance"),
        None => whole,
    };
    let locked_e8 = told.bound(asset);
    let free_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?.saturating_sub(locked_e8);
    heard.push(Heard::Balance { asset, free_e8, locked_e8 });
    Ok(())
}
