//! What Deribit says of orders and of the account, on its line and in REST answers: both use the same rows.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a code means.

use super::{Deribit, codes};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Whose, trade_id};
use crate::gateway::read::{Listed, amount_e8, each_row, entry_price, is_anothers, name, price, quantity, whose};
use crate::grid::{buy_or_sell, needed, not_empty, text, time_ms};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{Instrument, Name};
use engine_model::report::Liquidity;
use engine_model::units::{Nanos, Ticks};
use engine_model::venue::RejectReason;

/// A message on the line: an answer, or what a subscription brought.
pub(super) fn line(listed: &Listed, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [method, params, id, result, error] = Value::parse(said)?.pick(["method", "params", "id", "result", "error"]);
    if let Some(method) = method.and_then(Value::string) {
        return if method.is("subscription") { pushed(listed, params, heard) } else { Ok(()) };
    }
    let Some(id) = id else { return Ok(()) };
    let code = error.map(code).transpose()?;
    if id.string().is_some_and(|id| id.is("greeting")) {
        heard.push(code.map_or(Heard::Welcome, |code| Heard::Unwelcome(codes::unwelcome(code))));
        return Ok(());
    }
    // The answer to what keeps the line open has a name, too.
    let Some(id) = id.unsigned().map(AskId) else { return Ok(()) };
    if code == Some(codes::UNAUTHORIZED) {
        heard.push(Heard::Leave);
    }
    let answer = match code {
        Some(code) => codes::answer(code, error.and_then(words)),
        None => done(listed, needed(result, Field::Code)?, heard)?,
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// What came of an order, a change or a withdrawal: the order, with the executions that it caused; by label the number of
/// those withdrawn. A login that was renewed tells nothing of that.
fn done(listed: &Listed, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [row, trades, own_id] = result.pick(["order", "trades", "order_id"]);
    if own_id.is_some() {
        order(listed, result, heard)?;
    }
    if let Some(row) = row {
        trades.into_iter().flat_map(Value::elements).try_for_each(|row| fill(listed, row, heard))?;
        order(listed, row, heard)?;
    }
    Ok(if result.unsigned() == Some(0) { Answer::NoSuchOrder } else { Answer::Done })
}

fn code(error: Value<'_>) -> Result<i64, FrameError> {
    let mut buffer = TextBuffer::default();
    let digits = needed(error.member("code"), Field::Code)?.number_text(&mut buffer);
    let code = digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| digits.parse().ok());
    code.ok_or(FrameError::Unreadable(Field::Code))
}

/// What a refusal says besides its code.
fn words(error: Value<'_>) -> Option<Text<'_>> {
    error.member("message").and_then(Value::string)
}

fn pushed(listed: &Listed, params: Option<Value<'_>>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [channel, data] = needed(params, Field::Rows)?.pick(["channel", "data"]);
    let (channel, data) = (text(channel, Field::Action)?, needed(data, Field::Rows)?);
    let begins = |words: &str| channel.unescaped().is_some_and(|channel| channel.starts_with(words));
    match () {
        // Raw ones come one by one.
        () if begins("user.orders.") && data.is_array() => {
            data.elements().try_for_each(|row| order(listed, row, heard))
        }
        () if begins("user.orders.") => order(listed, data, heard),
        () if begins("user.trades.") => data.elements().try_for_each(|row| fill(listed, row, heard)),
        () if begins("user.portfolio.") => balance(data, heard),
        () => Ok(()),
    }
}

/// The answer to a question by REST.
pub(super) fn answer(
    deribit: &mut Deribit,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match status {
        500.. => Answer::Unknown,
        429 => Answer::Later { wait_ms: 0 },
        _ => {
            let [result, error] = Value::parse(said)?.pick(["result", "error"]);
            match error {
                Some(error) => codes::answer(code(error)?, words(error)),
                None => told(deribit, ask, needed(result, Field::Code)?, heard)?,
            }
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// What an answer tells besides yes.
fn told(deribit: &mut Deribit, ask: &Ask, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let listed = &deribit.listed;
    match ask {
        Ask::Order(_) => {
            let before = heard.len();
            if result.is_array() {
                result.elements().try_for_each(|row| order(listed, row, heard))?;
            } else {
                order(listed, result, heard)?;
            }
            return Ok(match heard[before..] {
                [] => Answer::NoSuchOrder,
                // Asked again, for what it became.
                [Heard::Triggered { .. }] => Answer::Unknown,
                _ => Answer::Done,
            });
        }
        Ask::OpenOrders(_) => rows(result)?.try_for_each(|row| order(listed, row, heard))?,
        Ask::Fills(..) => return fills(deribit, ask, result, heard),
        // All of one order stand in one answer.
        Ask::FillsOf(..) => {
            each_row(rows(result)?, heard, |row| is_others(listed, row), |row, heard| fill(listed, row, heard))?;
        }
        Ask::CancelByRest(_) => return done(listed, result, heard),
        Ask::Positions => rows(result)?.try_for_each(|row| position(listed, row, heard))?,
        Ask::Balances => {
            rows(needed(result.member("summaries"), Field::Rows)?)?.try_for_each(|row| balance(row, heard))?;
        }
        Ask::Prepare(Prepare::Time) => {
            let ms = result.unsigned().ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(Nanos(ms.saturating_mul(Nanos::MILLI))));
        }
        Ask::Prepare(Prepare::Rights) => heard.push(Heard::Rights(rights(result)?)),
        _ => {}
    }
    Ok(Answer::Done)
}

fn rows(list: Value<'_>) -> Result<crate::json::Elements<'_>, FrameError> {
    if list.is_array() { Ok(list.elements()) } else { Err(FrameError::Unreadable(Field::Rows)) }
}

/// A page of executions, oldest first.
fn fills(deribit: &mut Deribit, ask: &Ask, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [trades, more] = result.pick(["trades", "has_more"]);
    let trades = rows(needed(trades, Field::Rows)?)?;
    let listed = &deribit.listed;
    each_row(trades.clone(), heard, |row| is_others(listed, row), |row, heard| fill(listed, row, heard))?;
    let is_full = needed(more, Field::Rows)?.boolean().ok_or(FrameError::Unreadable(Field::Rows))?;
    match trades.last().filter(|_| is_full) {
        Some(newest) => {
            let at = needed(newest.member("timestamp"), Field::Time)?;
            let at = at.unsigned().ok_or(FrameError::Unreadable(Field::Time))?;
            Ok(deribit.page.goes_on(ask, &at.to_string()))
        }
        None => {
            deribit.page.ends(ask);
            Ok(Answer::Done)
        }
    }
}

fn find<'a>(listed: &'a Listed, symbol: Option<Value<'_>>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut room = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut room).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(listed.find(symbol))
}

fn order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [theirs, label, symbol, side, kind, px, trigger, qty, filled, state, at] = row.pick([
        "order_id",
        "label",
        "instrument_name",
        "direction",
        "order_type",
        "price",
        "trigger_price",
        "amount",
        "filled_amount",
        "order_state",
        "last_update_timestamp",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(label), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let (state, at_ns) = (text(state, Field::State)?, time_ms(at));
    // What it became tells the rest, under an id of its own.
    if state.is("triggered") {
        heard.push(Heard::Triggered { whose: Whose { venue_order_id: Name::default(), ..whose }, at_ns });
        return Ok(());
    }
    // Of a market order a word stands there.
    let is = |words: [&str; 3]| kind.and_then(Value::string).is_some_and(|kind| words.iter().any(|word| kind.is(word)));
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: match state.is("untriggered") {
            _ if is(["limit", "stop_limit", "take_limit"]) => price(of, px, is_ours)?,
            true => price(of, not_empty(trigger), is_ours)?,
            false => Ticks(0),
        },
        qty: quantity(of, qty, is_ours)?,
        filled: quantity(of, filled, is_ours)?,
        state: state_of(state)?,
        waits: state.is("untriggered"),
        at_ns,
    }));
    Ok(())
}

fn state_of(state: Text<'_>) -> Result<OrderState, FrameError> {
    match state {
        state if ["open", "untriggered"].iter().any(|open| state.is(open)) => Ok(OrderState::Open),
        state if state.is("filled") => Ok(OrderState::Filled),
        state if state.is("cancelled") => Ok(OrderState::Canceled),
        state if state.is("rejected") => Ok(OrderState::Rejected(RejectReason::Other)),
        _ => Err(FrameError::Unreadable(Field::State)),
    }
}

/// Whether an execution is surely of no order of ours, nor one that the venue placed on a position of ours.
fn is_others(listed: &Listed, row: Value<'_>) -> bool {
    let [label, liquidated, symbol] = row.pick(["label", "liquidation", "instrument_name"]);
    let is_anothers = liquidated.is_none() && is_anothers(label, b'-');
    is_anothers || matches!(find(listed, symbol), Ok(None))
}

fn fill(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, theirs, label, symbol, side, px, qty, fee, fee_asset, liquidity, liquidated, at] = row.pick([
        "trade_id",
        "order_id",
        "label",
        "instrument_name",
        "direction",
        "price",
        "amount",
        "fee",
        "fee_currency",
        "liquidity",
        "liquidation",
        "timestamp",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(label), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let (liquidity, letter) = match text(liquidity, Field::Liquidity)? {
        // Of a trade inside a combination both words are one letter, too.
        liquidity if liquidity.is("M") => (Liquidity::Maker, "M"),
        liquidity if liquidity.is("T") => (Liquidity::Taker, "T"),
        _ => return Err(FrameError::Unreadable(Field::Liquidity)),
    };
    // Whose side was liquidated: the maker's, the taker's, or both (`MT`).
    let is_closed = liquidated.and_then(Value::string).is_some_and(|sides| sides.contains(letter)) && !is_ours;
    let mut buffer = TextBuffer::default();
    let id = needed(id, Field::Id)?.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let fill = FillNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        trade_id: trade_id(id),
        px: price(of, px, is_ours)?,
        qty: quantity(of, qty, is_ours)?,
        fee_e8: amount_e8(fee, Field::Fee)?,
        fee_asset: not_empty(fee_asset).map(|asset| name(asset, Field::Fee)).transpose()?.unwrap_or_default(),
        liquidity,
        at_ns: time_ms(at),
    };
    heard.push(if is_closed { Heard::ClosedOut(Cause::Liquidation, fill) } else { Heard::Fill(fill) });
    Ok(())
}

/// What is held, with its sign, in what amounts are counted in.
fn position(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, held, px] = row.pick(["instrument_name", "size", "average_price"]);
    if let Some(of) = find(listed, symbol)? {
        heard.push(Heard::Position { instrument: of.id, qty: quantity(Some(of), held, true)? });
        entry_price(of, px, heard)?;
    }
    Ok(())
}

fn balance(row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [currency, whole, free] = row.pick(["currency", "balance", "available_funds"]);
    let whole_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?;
    let free_e8 = amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?;
    heard.push(Heard::Balance {
        asset: name(needed(currency, Field::Balance)?, Field::Balance)?,
        free_e8,
        // Profit that is not booked yet may be free as well.
        locked_e8: whole_e8.saturating_sub(free_e8).max(0),
    });
    Ok(())
}

/// The scope of a login, words of a thing and what may be done with it.
fn rights(result: Value<'_>) -> Result<Rights, FrameError> {
    let scope = text(result.member("scope"), Field::Right)?;
    let scope = scope.unescaped().ok_or(FrameError::Unreadable(Field::Right))?;
    let may = |what: &str| scope.split(' ').any(|word| word == what);
    Ok(Rights {
        trade: may("trade:read_write"),
        withdraw: Some(may("wallet:read_write")),
        // The venue does not tell.
        bound_to_addresses: None,
    })
}
