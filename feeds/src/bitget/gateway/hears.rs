//! What Bitget says of orders and of the account, on its line and in REST answers.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a code means.

use super::{Bitget, PAGE_MAX, TYPES, codes, plan};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::halves::Half;
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, trade_id};
use crate::gateway::read::{Listed, amount_e8, entry_price, leverage, name, price, quantity, whose};
use crate::grid::{buy_or_sell, needed, not_empty, text, time_ms};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// A message on the line.
pub(super) fn line(
    listed: &Listed,
    kinds: &mut plan::Kinds,
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    if said == b"pong" {
        return Ok(());
    }
    let [event, code, argument, data] = Value::parse(said)?.pick(["event", "code", "arg", "data"]);
    if let Some(event) = event.and_then(Value::string) {
        return told(event, code, heard);
    }
    let Some(argument) = argument else { return Ok(()) };
    let [kind, channel] = argument.pick(["instType", "channel"]);
    let (kind, channel) = (text(kind, Field::Symbol)?, text(channel, Field::Action)?);
    let mut rows = needed(data, Field::Id)?.elements();
    let of = |row: Value<'_>, symbol: &str| find(listed, kind, row.member(symbol));
    match channel {
        channel if channel.is("orders") => rows.try_for_each(|row| order(of(row, "instId")?, true, row, heard)),
        channel if channel.is("orders-algo") => {
            rows.try_for_each(|row| plan::row(of(row, "instId")?, row, kinds, heard).map(|_| ()))
        }
        channel if channel.is("fill") => rows.try_for_each(|row| fill(of(row, "symbol")?, row, heard)),
        channel if channel.is("account") => rows.try_for_each(|row| account(row, heard)),
        channel if channel.is("positions") => rows.try_for_each(|row| position(of(row, "instId")?, row, heard)),
        _ => Ok(()),
    }
}

/// What the venue says of the line itself.
fn told(event: Text<'_>, code: Option<Value<'_>>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let code = not_empty(code).map(|code| code.unsigned().ok_or(FrameError::Unreadable(Field::Code))).transpose()?;
    match event {
        event if event.is("login") && code.is_none_or(|code| code == 0) => heard.push(Heard::Welcome),
        event if event.is("subscribe") => heard.push(Heard::Welcome),
        // An error names no question: behind the greeting too the line is opened once more.
        event if event.is("login") || event.is("error") => {
            heard.push(Heard::Unwelcome(codes::unwelcome(code.unwrap_or(0))));
        }
        _ => {}
    }
    Ok(())
}

/// The answer to a question by REST.
pub(super) fn answer(
    bitget: &mut Bitget,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let half = match ask {
        Ask::OpenOrders(of) | Ask::CancelAll(of) if !bitget.is_spot(*of) => Some(bitget.halves.answered(ask, id)),
        _ => None,
    };
    if half == Some(None) {
        // Of another time: it says nothing any more.
        heard.push(Heard::Answer(id, Answer::Unknown));
        return Ok(());
    }
    let answer = match status {
        500.. => Answer::Unknown,
        // What stands before the service answers with pages.
        403 | 429 if Value::parse(said).is_err() => Answer::Later { wait_ms: codes::MOMENT_MS },
        _ => {
            let [code, data] = Value::parse(said)?.pick(["code", "data"]);
            match needed(code, Field::Code)?.unsigned().ok_or(FrameError::Unreadable(Field::Code))? {
                0 => rows(bitget, ask, data, heard)?,
                code => refused(code, heard),
            }
        }
    };
    let answer = match half.flatten() {
        Some(half) => halved(bitget, ask, half, answer),
        None => answer,
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// The answer to half of a question. That there is nothing to withdraw here says nothing of what waits elsewhere.
fn halved(bitget: &mut Bitget, ask: &Ask, half: Half, answer: Answer) -> Answer {
    let is_nothing = matches!(answer, Answer::NoSuchOrder | Answer::Refused(RejectReason::UnknownOrder));
    let withdraws = matches!(ask, Ask::CancelAll(_));
    if answer != Answer::Done && !(withdraws && is_nothing) {
        return answer;
    }
    match half {
        Half::Waiting if withdraws && bitget.withdrew_waiting(ask) != Answer::Done => Answer::More,
        half => bitget.halves.done(ask, half),
    }
}

/// A refusal; one of our time is told as well.
fn refused(code: u64, heard: &mut Vec<Heard>) -> Answer {
    if codes::is_clock(code) {
        heard.push(Heard::Unwelcome(Unwelcome::Clock));
    }
    codes::answer(code)
}

/// What an answer tells besides yes. Lists of contracts lie in an object, and are `null` where they are empty; those of spot
/// are the whole answer. What was asked of an instrument is told of that one.
fn rows(bitget: &mut Bitget, ask: &Ask, data: Option<Value<'_>>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    if let Ask::Order(known) = ask
        && known.is_among_waiting()
    {
        return bitget.hear_waiting(ask, known, data, heard);
    }
    let listed = &bitget.listed;
    let of = |id: InstrumentId| Some(listed.get(id));
    let list = |name: &str| data.map(|data| data.member(name).unwrap_or(data)).into_iter().flat_map(Value::elements);
    let before = heard.len();
    match ask {
        Ask::Order(known) => {
            let of = of(known.order.instrument);
            match needed(data, Field::Id)? {
                row if row.is_object() => order(of, false, row, heard)?,
                rows => rows.elements().try_for_each(|row| order(of, false, row, heard))?,
            }
            return Ok(if heard.len() > before { Answer::Done } else { Answer::NoSuchOrder });
        }
        Ask::OpenOrders(id) => list("entrustedList").try_for_each(|row| match row.member("planType") {
            Some(_) => plan::row(of(*id), row, &mut bitget.kinds, heard).map(|_| ()),
            None => order(of(*id), false, row, heard),
        })?,
        Ask::Cancel(known) if known.waits() && plan::has_failures(data) => {
            return Ok(Answer::NoSuchOrder);
        }
        Ask::Fills(id, _) => list("fillList").try_for_each(|row| fill(of(*id), row, heard))?,
        Ask::FillsOf(known, _) => {
            list("fillList").try_for_each(|row| fill(of(known.order.instrument), row, heard))?;
        }
        Ask::Balances | Ask::Positions => {
            let Some(kind) = bitget.kind_of(ask) else { return Ok(Answer::Done) };
            list("").try_for_each(|row| match ask {
                Ask::Balances => account(row, heard),
                _ => position(find_in(&bitget.listed, kind.as_bytes(), row.member("symbol"))?, row, heard),
            })?;
            return Ok(bitget.kind_told(ask, kind));
        }
        Ask::Mode(_) | Ask::Setup(_) => {
            let data = needed(data, Field::State)?;
            heard.push(Heard::TwoWay(!text(data.member("posMode"), Field::State)?.is("one_way_mode")));
            if matches!(ask, Ask::Setup(_)) {
                setup(data, heard)?;
            }
        }
        Ask::Prepare(Prepare::Time) => {
            let ms = data.and_then(|data| data.member("serverTime")).and_then(Value::unsigned);
            let ms = ms.ok_or(FrameError::Missing(Field::Time))?;
            heard.push(Heard::Time(Nanos(ms.saturating_mul(Nanos::MILLI))));
        }
        Ask::Prepare(_) => heard.push(Heard::Rights(rights(bitget, needed(data, Field::Right)?)?)),
        Ask::Place(_)
        | Ask::Cancel(_)
        | Ask::CancelByRest(_)
        | Ask::Modify(..)
        | Ask::CancelAll(_)
        | Ask::DeadMan(..) => {}
    }
    let (name, key) = match ask {
        Ask::OpenOrders(_) => ("entrustedList", "orderId"),
        Ask::Fills(..) | Ask::FillsOf(..) => ("fillList", "tradeId"),
        _ => return Ok(Answer::Done),
    };
    // A list goes on behind the id of its last row.
    let (count, last) = list(name).fold((0, None), |(count, _), row| (count + 1, row.member(key)));
    if count < PAGE_MAX {
        bitget.page.ends(ask);
        return Ok(Answer::Done);
    }
    let last = crate::gateway::read::name(needed(last, Field::Id)?, Field::Id)?;
    Ok(bitget.page.goes_on(ask, last.as_str()))
}

/// The leverage of cross margin: which margin stands behind it each order says by itself, and ours say crossed.
fn setup(data: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    heard.extend(leverage(data.member("crossedMarginLeverage"))?);
    heard.push(Heard::Margin(MarginMode::Cross));
    Ok(())
}

/// Rights are words of four letters: what of, and whether they only read. Enough to trade is what the types of the run need.
fn rights(bitget: &Bitget, data: Value<'_>) -> Result<Rights, FrameError> {
    let [authorities, addresses] = data.pick(["authorities", "ips"]);
    let authorities = needed(authorities, Field::Right)?;
    let may = |what: &str| authorities.elements().filter_map(Value::string).any(|word| word.is(what));
    let is_allowed = |kind: &&str| may("trade") || may(if *kind == TYPES[0] { "stow" } else { "coow" });
    Ok(Rights {
        trade: bitget.types.iter().all(is_allowed),
        withdraw: Some(may("wwow")),
        bound_to_addresses: Some(not_empty(addresses).is_some()),
    })
}

/// The instrument of a row.
fn find<'a>(
    listed: &'a Listed,
    kind: Text<'_>,
    symbol: Option<Value<'_>>,
) -> Result<Option<&'a Instrument>, FrameError> {
    let mut room = TextBuffer::default();
    let kind = kind.plain(&mut room).ok_or(FrameError::Unreadable(Field::Symbol))?;
    find_in(listed, kind, symbol)
}

fn find_in<'a>(
    listed: &'a Listed,
    kind: &[u8],
    symbol: Option<Value<'_>>,
) -> Result<Option<&'a Instrument>, FrameError> {
    let mut room = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut room).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(listed.find_in(kind, symbol))
}

/// An order, pushed or asked for. A push says in `baseVolume` only what was executed last, and of a buy on spot in `size`
/// what it is worth.
fn order(of: Option<&Instrument>, is_push: bool, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [theirs, ours, side, kind, px, average, qty, base_qty, executed, all_executed] = row.pick([
        "orderId",
        "clientOid",
        "side",
        "orderType",
        "price",
        "priceAvg",
        "size",
        "newSize",
        "baseVolume",
        "accBaseVolume",
    ]);
    let [status, other_status, at, created_at] = row.pick(["status", "state", "uTime", "cTime"]);
    let whose = whose(ours, b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let is_market = kind.and_then(Value::string).is_some_and(|kind| kind.is("market"));
    // The list of open orders on spot has the limit in the place of the average.
    let px = not_empty(px).or(if is_push { None } else { average });
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: if is_market { Ticks(0) } else { price(of, px, is_ours)? },
        qty: quantity(of, not_empty(base_qty).or(qty), is_ours)?,
        filled: quantity(of, if is_push { all_executed } else { executed }, is_ours)?,
        state: state(text(not_empty(status).or(other_status), Field::State)?)?,
        waits: false,
        at_ns: time_ms(not_empty(at).or(created_at)),
    }));
    Ok(())
}

pub(super) fn state(status: Text<'_>) -> Result<OrderState, FrameError> {
    let is = |words: &[&str]| words.iter().any(|word| status.is(word));
    match () {
        () if is(&["live", "new", "init", "partially_filled"]) => Ok(OrderState::Open),
        () if is(&["filled"]) => Ok(OrderState::Filled),
        // One word, spelled in two ways.
        () if is(&["canceled", "cancelled"]) => Ok(OrderState::Canceled),
        () => Err(FrameError::Unreadable(Field::State)),
    }
}

/// An execution. Contracts name price and quantity by other words than spot.
fn fill(of: Option<&Instrument>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [theirs, ours, id, side, kind, px, average, qty, base_qty, scope, fees, at, created_at] = row.pick([
        "orderId",
        "clientOid",
        "tradeId",
        "side",
        "tradeSide",
        "price",
        "priceAvg",
        "size",
        "baseVolume",
        "tradeScope",
        "feeDetail",
        "uTime",
        "cTime",
    ]);
    let whose = whose(ours, b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let cause = kind.and_then(Value::string).and_then(cause).filter(|_| !is_ours);
    let mut buffer = TextBuffer::default();
    let id = needed(id, Field::Id)?.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let fees = needed(fees, Field::Fee)?;
    let [fee, fee_asset] = fees.elements().next().unwrap_or(fees).pick(["totalFee", "feeCoin"]);
    let fill = FillNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        trade_id: trade_id(id),
        px: price(of, not_empty(px).or(average), is_ours)?,
        qty: quantity(of, not_empty(base_qty).or(qty), is_ours)?,
        // What is charged is negative here.
        fee_e8: amount_e8(fee, Field::Fee)?.saturating_neg(),
        fee_asset: not_empty(fee_asset).map(|asset| name(asset, Field::Fee)).transpose()?.unwrap_or_default(),
        liquidity: liquidity(text(scope, Field::Liquidity)?)?,
        at_ns: time_ms(not_empty(at).or(created_at)),
    };
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

/// Why the venue made an order itself, if it did: contracts say of each execution what it was to the position
/// (<https://www.bitget.com/api-doc/contract/websocket/private/Fill-Channel>), and so does the list of them. What is delivered
/// when a contract ends has no cause.
fn cause(kind: Text<'_>) -> Option<Cause> {
    let kind = kind.unescaped()?;
    let begins = |words: &[&str]| words.iter().any(|word| kind.starts_with(word));
    match () {
        // In part, and of longs against shorts.
        () if begins(&["burst_", "reduce_", "offset_"]) => Some(Cause::Liquidation),
        () if begins(&["dte_sys_adl_"]) => Some(Cause::Deleveraging),
        () => None,
    }
}

/// Some of its messages call who rested a marker.
fn liquidity(scope: Text<'_>) -> Result<Liquidity, FrameError> {
    match scope {
        scope if scope.is("taker") => Ok(Liquidity::Taker),
        scope if scope.is("maker") || scope.is("marker") => Ok(Liquidity::Maker),
        _ => Err(FrameError::Unreadable(Field::Liquidity)),
    }
}

fn position(of: Option<&Instrument>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let Some(of) = of else { return Ok(()) };
    let [side, held, px] = row.pick(["holdSide", "total", "openPriceAvg"]);
    let held = quantity(Some(of), held, true)?;
    let is_short = text(side, Field::Side)?.is("short");
    heard.push(Heard::Position { instrument: of.id, qty: if is_short { Lots(held.0.saturating_neg()) } else { held } });
    entry_price(of, px, heard)
}

/// What is bound stands in one or both of two places.
fn account(row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [coin, margin_coin, free, frozen, locked] = row.pick(["coin", "marginCoin", "available", "frozen", "locked"]);
    let bound_e8 = amount_e8(frozen, Field::Balance)?.saturating_add(amount_e8(locked, Field::Balance)?);
    heard.push(Heard::Balance {
        asset: name(needed(coin.or(margin_coin), Field::Balance)?, Field::Balance)?,
        free_e8: amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?,
        locked_e8: bound_e8,
    });
    Ok(())
}
