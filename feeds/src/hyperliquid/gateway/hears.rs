//! What Hyperliquid says of orders and of the account, on its line and in REST answers.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a text of refusal means.

use super::{Hyperliquid, OURS, OURS_WAITING, codes};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose};
use crate::gateway::page::Page;
use crate::gateway::read::{Listed, amount_e8, each_row, entry_price, leverage, name, price, quantity};
use crate::grid::{needed, text, time_ms};
use crate::hyperliquid::sign::Address;
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{Instrument, Name};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

impl Hyperliquid {
    /// The venue's list of perpetuals: a coin's number is its place.
    pub(super) fn numbers(&mut self, id: AskId, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let universe = needed(Value::parse(said)?.member("universe"), Field::Rows)?;
        for (number, row) in (0..).zip(universe.elements()) {
            let mut buffer = TextBuffer::default();
            let coin = text(row.member("name"), Field::Symbol)?.plain(&mut buffer);
            if let Some(instrument) = coin.and_then(|coin| self.listed.find(coin)) {
                self.assets[instrument.id.index()] = Some(number);
            }
        }
        self.are_told = true;
        heard.push(Heard::Answer(id, Answer::Done));
        Ok(())
    }

    /// The answer about the venue's switch: an account that does not have it is not asked for it again.
    pub(super) fn switch(&mut self, id: AskId, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
        let outer = Value::parse(said)?;
        self.has_switch &= !refusal(outer).is_some_and(|said| said.contains(codes::NO_SWITCH));
        heard.push(Heard::Answer(id, acted(outer)?));
        Ok(())
    }
}

/// A message on the line.
pub(super) fn line(listed: &Listed, account: &Address, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [channel, data] = Value::parse(said)?.pick(["channel", "data"]);
    let channel = text(channel, Field::Action)?;
    match channel {
        channel if channel.is("orderUpdates") => {
            needed(data, Field::Rows)?.elements().try_for_each(|row| order(listed, row, heard))
        }
        channel if channel.is("userFills") => fills(listed, account, needed(data, Field::Rows)?, heard),
        channel if channel.is("post") => posted(needed(data, Field::Rows)?, heard),
        channel if channel.is("subscriptionResponse") => {
            heard.push(Heard::Welcome);
            Ok(())
        }
        // Its text repeats what was wrong with it; a subscription is all that can be refused here.
        channel if channel.is("error") => {
            heard.push(Heard::Unwelcome(Unwelcome::Other));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a line tells when it is opened are executions of long ago: those of a gap are asked for by their time.
fn fills(listed: &Listed, account: &Address, data: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [is_snapshot, rows] = data.pick(["isSnapshot", "fills"]);
    let rows = needed(rows, Field::Rows)?;
    if is_snapshot.and_then(Value::boolean) == Some(true) {
        return Ok(());
    }
    rows.elements().try_for_each(|row| fill(listed, account, row, heard))
}

/// The answer to an action on the line.
fn posted(data: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, response] = data.pick(["id", "response"]);
    let id = needed(id, Field::Id)?.unsigned().ok_or(FrameError::Unreadable(Field::Id))?;
    let [kind, payload] = needed(response, Field::Code)?.pick(["type", "payload"]);
    let payload = needed(payload, Field::Code)?;
    let answer = if text(kind, Field::Code)?.is("error") { failed(payload)? } else { acted(payload)? };
    heard.push(Heard::Answer(AskId(id), answer));
    Ok(())
}

/// A text that begins with the status of HTTP that it would have been.
fn failed(payload: Value<'_>) -> Result<Answer, FrameError> {
    let said = text(Some(payload), Field::Code)?;
    let is_theirs = payload.bytes().get(1) == Some(&b'5');
    Ok(if is_theirs { Answer::Unknown } else { codes::answer(said) })
}

/// Why an action as a whole was refused.
fn refusal(outer: Value<'_>) -> Option<crate::json::Text<'_>> {
    outer.member("response").and_then(Value::string)
}

/// What came of an action: `err` with a text refuses it as a whole, an `error` in a status that part. Of several parts it is
/// a no where all are: which of them were taken, the next list tells.
fn acted(outer: Value<'_>) -> Result<Answer, FrameError> {
    let [status, response] = outer.pick(["status", "response"]);
    if let Some(said) = refusal(outer) {
        return Ok(codes::answer(said));
    }
    if !text(status, Field::Code)?.is("ok") {
        return Err(FrameError::Unreadable(Field::Code));
    }
    // Some actions have nothing to say but yes.
    let statuses = needed(response, Field::Code)?.member("data").and_then(|data| data.member("statuses"));
    let is_no = |all: &Value<'_>| all.elements().all(|part| part.member("error").is_some());
    let first = statuses.filter(is_no).and_then(|all| all.elements().next());
    match first.and_then(|first| first.member("error")) {
        Some(error) => Ok(codes::answer(text(Some(error), Field::Code)?)),
        None => Ok(Answer::Done),
    }
}

/// The answer to a question by REST. `wallet`: the account, and whose the key is.
pub(super) fn answer(
    (listed, page): (&Listed, &mut Page),
    wallet: (Address, Address),
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match status {
        200 => told((listed, page), wallet, ask, Value::parse(said)?, heard)?,
        500.. => Answer::Unknown,
        429 => Answer::Later { wait_ms: codes::ADDRESS_PAUSE_MS },
        _ if ask.is_action() => Answer::Unknown,
        _ => Answer::Refused(RejectReason::Other),
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// What an answer tells besides yes.
fn told(
    (listed, page): (&Listed, &mut Page),
    wallet: (Address, Address),
    ask: &Ask,
    said: Value<'_>,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let is_list = said.is_array();
    let rows = || if is_list { Ok(said.elements()) } else { Err(FrameError::Missing(Field::Rows)) };
    match ask {
        Ask::Order(_) => {
            let [status, order] = said.pick(["status", "order"]);
            if text(status, Field::State)?.is("unknownOid") {
                return Ok(Answer::NoSuchOrder);
            }
            self::order(listed, needed(order, Field::Id)?, heard)?;
        }
        Ask::OpenOrders(_) => rows()?.try_for_each(|row| open_order(listed, row, heard))?,
        Ask::Fills(..) => {
            let is_others = |row| is_others(listed, &wallet.0, row);
            each_row(rows()?, heard, is_others, |row, heard| fill(listed, &wallet.0, row, heard))?;
            return told_fills(page, ask, said);
        }
        Ask::Positions => positions(listed, said, heard)?,
        Ask::Balances => balances(said, heard)?,
        Ask::Setup(_) => {
            let [kind, value] = needed(said.member("leverage"), Field::Leverage)?.pick(["type", "value"]);
            let kind = text(kind, Field::Leverage)?;
            let known = [("cross", MarginMode::Cross), ("isolated", MarginMode::Isolated)];
            heard.extend(leverage(Some(needed(value, Field::Leverage)?))?);
            heard.extend(known.into_iter().find(|(word, _)| kind.is(word)).map(|(_, margin)| Heard::Margin(margin)));
        }
        Ask::Prepare(Prepare::Time) => {
            let at = needed(said.member("time"), Field::Time)?;
            at.unsigned().ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(time_ms(Some(at))));
        }
        Ask::Prepare(Prepare::Rights) => heard.push(Heard::Rights(rights(wallet, said)?)),
        Ask::CancelByRest(_) => return acted(said),
        Ask::Prepare(_)
        | Ask::Place(_)
        | Ask::Cancel(_)
        | Ask::Modify(..)
        | Ask::CancelAll(_)
        | Ask::FillsOf(..)
        | Ask::Mode(_)
        | Ask::DeadMan(..) => {}
    }
    Ok(Answer::Done)
}

/// Whether that were all executions.
fn told_fills(page: &mut Page, ask: &Ask, said: Value<'_>) -> Result<Answer, FrameError> {
    let last = said.elements().last().filter(|_| said.elements().count() >= super::FILLS_MAX);
    let Some(last) = last else {
        page.ends(ask);
        return Ok(Answer::Done);
    };
    let at_ms = needed(last.member("time"), Field::Time)?.unsigned().ok_or(FrameError::Unreadable(Field::Time))?;
    Ok(page.goes_on(ask, &at_ms.to_string()))
}

/// A wallet that the account approved trades and cannot withdraw; the account's own key can.
fn rights((account, wallet): (Address, Address), said: Value<'_>) -> Result<Rights, FrameError> {
    let [role, data] = said.pick(["role", "data"]);
    let role = text(role, Field::Right)?;
    let of = data.and_then(|data| data.member("user")).and_then(Value::string);
    let is_agent = role.is("agent") && of.is_some_and(|of| names(of, &account));
    let is_account = account == wallet;
    Ok(Rights { trade: is_agent || is_account, withdraw: Some(is_account), bound_to_addresses: None })
}

/// Whether a text is that address, which is spelled in large and in small letters.
fn names(text: Text<'_>, address: &Address) -> bool {
    let digits = text.unescaped().and_then(|text| text.strip_prefix("0x")).unwrap_or_default().as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let is = |(pair, byte): (&[u8], &u8)| match *pair {
        [high, low] => digit(high).zip(digit(low)).is_some_and(|(high, low)| high * 16 + low == u32::from(*byte)),
        _ => false,
    };
    digits.len() == 2 * address.len() && digits.chunks(2).zip(address).all(is)
}

/// Our id out of the venue's text of it, and whether that was given to wait for a price; `None` of what is not ours.
fn our_id(text: &[u8]) -> Option<(ClientOrderId, bool)> {
    let digits = text.strip_prefix(b"0x").filter(|digits| digits.len() == 32)?;
    let whole = u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?.to_be_bytes();
    let (head, id) = whole.split_at(OURS.len());
    let id = <[u8; 8]>::try_from(id).ok().filter(|_| head == OURS || head == OURS_WAITING)?;
    Some((ClientOrderId(u64::from_be_bytes(id)), head == OURS_WAITING))
}

fn whose(cloid: Option<Value<'_>>, oid: Option<Value<'_>>) -> Result<(Whose, bool), FrameError> {
    let mut buffer = TextBuffer::default();
    let ours = cloid.and_then(Value::string).and_then(|text| text.plain(&mut buffer)).and_then(our_id);
    let whose = Whose { ours: ours.map(|(id, _)| id), venue_order_id: name(needed(oid, Field::Id)?, Field::Id)? };
    Ok((whose, ours.is_some_and(|(_, waits)| waits)))
}

fn instrument<'a>(listed: &'a Listed, coin: Option<Value<'_>>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let coin = text(coin, Field::Symbol)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(listed.find(coin))
}

fn side(value: Option<Value<'_>>) -> Result<Side, FrameError> {
    match text(value, Field::Side)? {
        side if side.is("B") => Ok(Side::Buy),
        side if side.is("A") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

/// An order in its envelope of status and time.
fn order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [order, status, at] = row.pick(["order", "status", "statusTimestamp"]);
    let status = text(status, Field::State)?;
    let state = codes::state(status).ok_or(FrameError::Unreadable(Field::State))?;
    let news = news(listed, needed(order, Field::Id)?, state, time_ms(at))?;
    if !status.is(codes::PULLED) {
        heard.push(Heard::Order(news));
        return Ok(());
    }
    // At which price it stands from now on was never told otherwise.
    heard.push(Heard::Order(OrderNews { px: Ticks(0), ..news }));
    heard.push(Heard::Triggered { whose: news.whose, at_ns: news.at_ns });
    Ok(())
}

/// An order in a list of open ones, without that.
fn open_order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    heard.push(Heard::Order(news(listed, row, OrderState::Open, time_ms(row.member("timestamp")))?));
    Ok(())
}

fn news(listed: &Listed, row: Value<'_>, state: OrderState, at_ns: Nanos) -> Result<OrderNews, FrameError> {
    let [coin, oid, cloid, buys, px, whole, left, kind, trigger] =
        row.pick(["coin", "oid", "cloid", "side", "limitPx", "origSz", "sz", "orderType", "triggerPx"]);
    let (whose, waits) = whose(cloid, oid)?;
    let (of, is_ours) = (instrument(listed, coin)?, whose.ours.is_some());
    let (qty, left) = (quantity(of, whole, is_ours)?, quantity(of, left, is_ours)?);
    let filled = Lots(qty.0 - left.0);
    // What is left of an immediate order ends without a word of its own.
    let state = if state == OrderState::Filled && left.0 > 0 { OrderState::Expired } else { state };
    // Of an order that never stood nothing was executed, whatever is said to be left of it.
    let filled = if matches!(state, OrderState::Rejected(_)) { Lots(0) } else { filled };
    let instrument = of.map(|instrument| instrument.id);
    let is_market = kind.and_then(Value::string).is_some_and(|kind| kind.contains("Market"));
    let px = match (waits, kind.is_some()) {
        // The line does not tell what the price is: a limit, or the worst one of a market order.
        (true, false) => Ticks(0),
        (true, true) if is_market => price(of, trigger, is_ours)?,
        _ => price(of, px, is_ours)?,
    };
    let waits = waits && state == OrderState::Open;
    Ok(OrderNews { whose, instrument, side: side(buys)?, px, qty, filled, state, waits, at_ns })
}

/// Whether an execution is surely of no order of ours, nor one that the venue placed on a position of ours.
fn is_others(listed: &Listed, account: &Address, row: Value<'_>) -> bool {
    let mut buffer = TextBuffer::default();
    let cloid = row.member("cloid").and_then(Value::string).and_then(|text| text.plain(&mut buffer));
    let is_anothers = cloid.is_some_and(|cloid| our_id(cloid).is_none()) && cause(account, row).is_none();
    is_anothers || matches!(instrument(listed, row.member("coin")), Ok(None))
}

fn fill(listed: &Listed, account: &Address, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [coin, oid, cloid, buys, id, px, qty, crossed, fee, fee_asset, at] =
        row.pick(["coin", "oid", "cloid", "side", "tid", "px", "sz", "crossed", "fee", "feeToken", "time"]);
    let (whose, _) = whose(cloid, oid)?;
    let of = instrument(listed, coin)?;
    // Not every execution tells our id, so what is off our grid may be another's.
    let is_ours = whose.ours.is_some();
    let cause = cause(account, row).filter(|_| !is_ours);
    let took = needed(crossed, Field::Liquidity)?.boolean().ok_or(FrameError::Unreadable(Field::Liquidity))?;
    let fill = FillNews {
        whose,
        instrument: of.map(|instrument| instrument.id),
        side: side(buys)?,
        trade_id: needed(id, Field::Id)?.unsigned().ok_or(FrameError::Unreadable(Field::Id))?,
        px: price(of, px, is_ours)?,
        qty: quantity(of, qty, is_ours)?,
        fee_e8: amount_e8(Some(needed(fee, Field::Fee)?), Field::Fee)?,
        fee_asset: name(needed(fee_asset, Field::Fee)?, Field::Fee)?,
        liquidity: if took { Liquidity::Taker } else { Liquidity::Maker },
        at_ns: time_ms(at),
    };
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

/// Why the venue executed on our account, if it did. An execution of a liquidation says so to both sides, and names whose it
/// was: the other one is of an order like any. How the market took it (`market`), or the vault that stands behind it
/// (`backstop`); whose profit paid for one that nobody took is told in words alone
/// (<https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions#data-type-definitions>).
fn cause(account: &Address, row: Value<'_>) -> Option<Cause> {
    let [liquidation, words] = row.pick(["liquidation", "dir"]);
    let of = |name| liquidation.filter(|it| it.is_object())?.member(name)?.string();
    let words = words.and_then(Value::string);
    let is_told = words.and_then(Text::unescaped).is_some_and(|words| words.starts_with("Liquidated"));
    let is_ours = of("liquidatedUser").map_or(is_told, |whose| names(whose, account));
    match () {
        () if is_ours && of("method").is_some_and(|method| method.is("backstop")) => Some(Cause::Takeover),
        () if is_ours => Some(Cause::Liquidation),
        () if words.is_some_and(|words| words.is("Auto-Deleveraging")) => Some(Cause::Deleveraging),
        () => None,
    }
}

fn positions(listed: &Listed, said: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    for row in needed(said.member("assetPositions"), Field::Rows)?.elements() {
        let [coin, size, px] = needed(row.member("position"), Field::Rows)?.pick(["coin", "szi", "entryPx"]);
        if let Some(of) = instrument(listed, coin)? {
            heard.push(Heard::Position { instrument: of.id, qty: quantity(Some(of), size, true)? });
            entry_price(of, px, heard)?;
        }
    }
    Ok(())
}

/// Of spot by coin; the margin of perpetuals is dollars.
fn balances(said: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [rows, free, summary] = said.pick(["balances", "withdrawable", "marginSummary"]);
    let Some(rows) = rows else {
        let locked = needed(summary, Field::Balance)?.member("totalMarginUsed");
        let amount = |value| amount_e8(Some(needed(value, Field::Balance)?), Field::Balance);
        let asset = Name::new("USDC").unwrap_or_default();
        heard.push(Heard::Balance { asset, free_e8: amount(free)?, locked_e8: amount(locked)? });
        return Ok(());
    };
    for row in rows.elements() {
        let [asset, whole, held] = row.pick(["coin", "total", "hold"]);
        let locked_e8 = amount_e8(Some(needed(held, Field::Balance)?), Field::Balance)?;
        let free_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?.saturating_sub(locked_e8);
        heard.push(Heard::Balance { asset: name(needed(asset, Field::Id)?, Field::Id)?, free_e8, locked_e8 });
    }
    Ok(())
}
