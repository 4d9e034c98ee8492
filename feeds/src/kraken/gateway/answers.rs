//! What Kraken says in answers by REST.
//!
//! Owns: the names and places of their fields. Never: what becomes of an order, what a text of refusal means.

use super::hears::our_id;
use super::told::Told;
use super::{ABSENT_MAX, Kraken, PAGE_MAX, codes, names};
use crate::decimal::{Scale, without_exponent};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Whose, trade_id};
use crate::gateway::read::{Listed, amount_e8, each_row, name, price, quantity};
use crate::grid::{buy_or_sell, needed, not_empty, text};
use crate::json::{Text, TextBuffer, Value};
use engine_model::instrument::{Instrument, Name};
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::units::{Nanos, Ticks};

/// The answer to a question by REST. A refusal comes with status 200.
pub(super) fn rest(
    kraken: &mut Kraken,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match status {
        500.. => Answer::Unknown,
        429 => Answer::Later { wait_ms: 0 },
        _ => {
            let [errors, result] = Value::parse(said)?.pick(["error", "result"]);
            let errors = needed(errors, Field::Code)?.elements().filter_map(Value::string);
            match errors.filter(|error| !is_warning(*error)).map(codes::answer).next() {
                Some(refused) => refused,
                None => told(kraken, ask, needed(result, Field::Code)?, heard)?,
            }
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// Warnings begin with another letter than errors.
fn is_warning(text: Text<'_>) -> bool {
    text.unescaped().is_some_and(|text| text.starts_with('W'))
}

/// What an answer tells besides yes.
fn told(kraken: &mut Kraken, ask: &Ask, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    match ask {
        Ask::Order(known) if known.venue_order_id != Name::default() => {
            return looked_up(&kraken.listed, result, heard);
        }
        Ask::Order(known) => return looked_for(kraken, known.id(), result, heard),
        Ask::OpenOrders(_) => {
            orders(&kraken.listed, needed(result.member("open"), Field::Id)?, heard)?;
        }
        Ask::Fills(..) => return fills(kraken, ask, result, heard),
        Ask::Balances => {
            for (asset, row) in result.members() {
                held(&mut kraken.told, asset, row, heard)?;
            }
        }
        Ask::Prepare(Prepare::Time) => {
            // Whole seconds: on average half of one more.
            let s = needed(result.member("unixtime"), Field::Time)?.unsigned();
            let s = s.and_then(|s| s.checked_mul(Nanos::SECOND)).ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(Nanos(s.saturating_add(Nanos::SECOND / 2))));
        }
        Ask::Prepare(Prepare::Rights) => heard.push(Heard::Rights(rights(result)?)),
        Ask::Prepare(_) => {
            let mut buffer = TextBuffer::default();
            let token = text(result.member("token"), Field::Token)?.plain(&mut buffer);
            let token = token.filter(|token| !token.is_empty()).ok_or(FrameError::Unreadable(Field::Token))?;
            kraken.token.clear();
            kraken.token.put_bytes(token);
        }
        _ => {}
    }
    Ok(Answer::Done)
}

fn looked_up(listed: &Listed, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let is_there = orders(listed, result, heard)?;
    Ok(if is_there { Answer::Done } else { Answer::NoSuchOrder })
}

/// By our id: first among the open, then among the closed. One that ends in between is among the closed by then.
fn looked_for(
    kraken: &mut Kraken,
    id: ClientOrderId,
    result: Value<'_>,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    if let Some(closed) = result.member("closed") {
        let answer = looked_up(&kraken.listed, closed, heard)?;
        kraken.absent.retain(|absent| *absent != id);
        return Ok(answer);
    }
    if orders(&kraken.listed, needed(result.member("open"), Field::Id)?, heard)? {
        return Ok(Answer::Done);
    }
    if kraken.absent.len() == ABSENT_MAX {
        kraken.absent.clear();
    }
    kraken.absent.push(id);
    Ok(Answer::Unknown)
}

/// Orders by their ids. Whether there were any.
fn orders(listed: &Listed, rows: Value<'_>, heard: &mut Vec<Heard>) -> Result<bool, FrameError> {
    let before = heard.len();
    rows.members().try_for_each(|(id, row)| order(listed, id, row, heard))?;
    Ok(heard.len() > before)
}

fn name_of(text: Text<'_>) -> Result<Name, FrameError> {
    let mut buffer = TextBuffer::default();
    let plain = text.plain(&mut buffer).and_then(|plain| std::str::from_utf8(plain).ok());
    plain.and_then(Name::new).ok_or(FrameError::Unreadable(Field::Id))
}

fn pair<'a>(listed: &'a Listed, value: Option<Value<'_>>) -> Result<Option<&'a Instrument>, FrameError> {
    Ok(names::pair(listed, text(value, Field::Symbol)?.unescaped().ok_or(FrameError::Unreadable(Field::Symbol))?))
}

fn order(listed: &Listed, id: Text<'_>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [ours, status, described, qty, filled, opened, closed] =
        row.pick(["cl_ord_id", "status", "descr", "vol", "vol_exec", "opentm", "closetm"]);
    let [of, side, kind, px] = needed(described, Field::Symbol)?.pick(["pair", "type", "ordertype", "price"]);
    let (of, ours) = (pair(listed, of)?, our_id(ours));
    let is_ours = ours.is_some();
    let is_limit = kind.and_then(Value::string).is_some_and(|kind| kind.is("limit"));
    let (qty, filled) = (quantity(of, qty, is_ours)?, quantity(of, filled, is_ours)?);
    let state = match text(status, Field::State)? {
        status if status.is("pending") || status.is("open") => OrderState::Open,
        status if status.is("closed") && filled >= qty => OrderState::Filled,
        status if status.is("closed") || status.is("canceled") => OrderState::Canceled,
        status if status.is("expired") => OrderState::Expired,
        _ => return Err(FrameError::Unreadable(Field::State)),
    };
    heard.push(Heard::Order(OrderNews {
        whose: Whose { ours, venue_order_id: name_of(id)? },
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: if is_limit { price(of, px, is_ours)? } else { Ticks(0) },
        qty,
        filled,
        state,
        waits: false,
        at_ns: time_s(closed.or(opened)),
    }));
    Ok(())
}

/// A page of executions, newest first. All of the account are counted.
fn fills(kraken: &mut Kraken, ask: &Ask, result: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [trades, count] = result.pick(["trades", "count"]);
    let trades = needed(trades, Field::Id)?;
    let listed = &kraken.listed;
    // They name the venue's ids alone.
    let is_others = |(_, row): (Text<'_>, Value<'_>)| matches!(pair(listed, row.member("pair")), Ok(None));
    each_row(trades.members(), heard, is_others, |(id, row), heard| traded(listed, id, row, heard))?;
    let offset = kraken.page.cursor(ask).and_then(|cursor| cursor.parse::<usize>().ok()).unwrap_or(0);
    let there = offset + trades.members().count();
    let count = count.and_then(Value::unsigned).unwrap_or(0);
    if trades.members().count() >= PAGE_MAX && there < usize::try_from(count).unwrap_or(usize::MAX) {
        return Ok(kraken.page.goes_on(ask, &there.to_string()));
    }
    kraken.page.ends(ask);
    Ok(Answer::Done)
}

/// The fee is told in the quote currency.
fn traded(listed: &Listed, id: Text<'_>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [order, of, at, side, px, qty, fee, is_maker] =
        row.pick(["ordertxid", "pair", "time", "type", "price", "vol", "fee", "maker"]);
    let of = pair(listed, of)?;
    let is_maker = needed(is_maker, Field::Liquidity)?.boolean().ok_or(FrameError::Unreadable(Field::Liquidity))?;
    heard.push(Heard::Fill(FillNews {
        whose: Whose { ours: None, venue_order_id: name(needed(order, Field::Id)?, Field::Id)? },
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        trade_id: trade_id(name_of(id)?.as_bytes()),
        px: price(of, px, false)?,
        qty: quantity(of, qty, false)?,
        fee_e8: amount_e8(fee, Field::Fee)?,
        fee_asset: of.map(|of| of.quote).unwrap_or_default(),
        liquidity: if is_maker { Liquidity::Maker } else { Liquidity::Taker },
        at_ns: time_s(at),
    }));
    Ok(())
}

/// A time in seconds with decimals, as `1688667796.8802`; 0 for what is none.
fn time_s(value: Option<Value<'_>>) -> Nanos {
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = value.and_then(|value| value.number_text(&mut buffer));
    let e8 = text.and_then(|text| Scale::E8.nearest(without_exponent(text, &mut room)).ok());
    Nanos(e8.and_then(|e8| u64::try_from(e8).ok()).unwrap_or(0).saturating_mul(10))
}

fn held(told: &mut Told, asset: Text<'_>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let asset = asset.unescaped().map(names::asset).and_then(Name::new);
    let asset = asset.ok_or(FrameError::Unreadable(Field::Balance))?;
    let [whole, bound] = row.pick(["balance", "hold_trade"]);
    let locked_e8 = amount_e8(bound, Field::Balance)?;
    let free_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?.saturating_sub(locked_e8);
    told.binds(asset, locked_e8);
    heard.push(Heard::Balance { asset, free_e8, locked_e8 });
    Ok(())
}

/// Enough to trade is to enter, change and withdraw orders, and the token of the line. Who may add an address to withdraw to
/// is half way there.
fn rights(result: Value<'_>) -> Result<Rights, FrameError> {
    let [permissions, addresses] = result.pick(["permissions", "ipAllowlist"]);
    let permissions = needed(permissions, Field::Right)?;
    if !permissions.is_array() {
        return Err(FrameError::Unreadable(Field::Right));
    }
    let may = |what: &str| permissions.elements().filter_map(Value::string).any(|word| word.contains(what));
    let bound = not_empty(addresses).map(|addresses| addresses.elements().next().is_some());
    Ok(Rights {
        trade: ["modify-trades", "close-trades", "create-ws-token"].iter().all(|what| may(what)),
        withdraw: Some(may("withdraw")),
        bound_to_addresses: bound,
    })
}
