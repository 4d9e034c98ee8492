//! What Gate says of orders and of the account, on its lines and in REST answers.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a label means.

use super::{FILLS_MAX, Gate, OPEN_ORDERS_MAX, PREFIX, auto, codes};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose, trade_id};
use crate::gateway::read::{amount_e8, each_row, entry_price, leverage, name, price, quantity, whose_is};
use crate::gateway::text;
use crate::grid::{buy_or_sell, needed, not_empty, text, time_ms_with_decimals};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// A message on the line.
pub(super) fn line(gate: &mut Gate, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let outer = Value::parse(said)?;
    let [header, channel, event, result] = outer.pick(["header", "channel", "event", "result"]);
    if let Some(header) = header {
        return answered(gate, outer, header, heard);
    }
    let (Some(channel), Some(event)) = (channel.and_then(Value::string), event.and_then(Value::string)) else {
        return Ok(());
    };
    if event.is("subscribe") {
        let error = outer.member("error").filter(|error| error.is_object());
        heard.push(error.map_or(Heard::Welcome, |error| Heard::Unwelcome(unsubscribed(error))));
        return Ok(());
    }
    let name = name_of(channel, gate.market());
    let rows = || needed(result, Field::Id).map(Value::elements);
    match () {
        // Anything else there is no news: a contract told of its end, a channel that ended.
        () if !event.is("update") => Ok(()),
        () if name == "orders" => rows()?.try_for_each(|row| order(gate, row, heard)),
        () if name == auto::CHANNEL => {
            rows()?.try_for_each(|row| auto::row(&gate.listed, &mut gate.ids, row, heard).map(|_| ()))
        }
        () if name == "usertrades" => rows()?.try_for_each(|row| fill(gate, row, heard)),
        () if name == "positions" => rows()?.try_for_each(|row| position(gate, row, heard)),
        () if name == "balances" => rows()?.try_for_each(|row| balance(row, "freeze", heard)),
        // The server is about to be exchanged.
        () if name == "system" && result.is_some_and(|result| result.says("type", &["upgrade"])) => {
            heard.push(Heard::Leave);
            Ok(())
        }
        () => Ok(()),
    }
}

/// What a channel is called on its market: `orders` of `spot.orders`.
fn name_of<'a>(channel: Text<'a>, market: &str) -> &'a str {
    let plain = channel.unescaped().unwrap_or_default();
    plain.strip_prefix(market).and_then(|name| name.strip_prefix('.')).unwrap_or_default()
}

/// Refusals of subscriptions have a number for the kind of error; what it was about stands in the words.
fn unsubscribed(error: Value<'_>) -> Unwelcome {
    let words = error.member("message").map_or(&b""[..], Value::bytes);
    let has = |word: &[u8]| words.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    match () {
        () if has(b"expired") || has(b"timestamp") => Unwelcome::Clock,
        () if has(b"auth") || has(b"sign") || has(b"key") || has(b"permission") => Unwelcome::Key,
        () => Unwelcome::Other,
    }
}

/// An answer to a login or to an order.
fn answered(gate: &mut Gate, outer: Value<'_>, header: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, ack, data] = outer.pick(["request_id", "ack", "data"]);
    let [result, errors] = needed(data, Field::Code)?.pick(["result", "errs"]);
    let channel = text(header.member("channel"), Field::Action)?;
    if name_of(channel, gate.market()) == "login" {
        return greeted(gate, result, errors, heard);
    }
    // What is not numbered by us was asked by nobody here.
    let Some(id) = id.and_then(Value::unsigned) else { return Ok(()) };
    let [status, limit, left, reset, told_at] = header.pick([
        "status",
        "x_gate_ratelimit_limit",
        "x_gate_ratelimit_requests_remain",
        "x_gate_ratelimit_reset_timestamp",
        "response_time",
    ]);
    let number = |value: Option<Value<'_>>| value.and_then(Value::unsigned);
    let answer = match errors {
        None if ack.and_then(Value::boolean) == Some(true) => return Ok(()),
        None => Answer::Done,
        Some(_) if number(status).is_some_and(|status| status >= 500) => Answer::Unknown,
        Some(errors) => refused(errors, heard)?,
    };
    // Nothing left is not told, but left out.
    if let Some(limit) = number(limit).and_then(|limit| u32::try_from(limit).ok()) {
        let left = u32::try_from(number(left).unwrap_or(0)).unwrap_or(limit);
        heard.push(Heard::Used(limit.saturating_sub(left), limit));
    }
    let answer = match (answer, number(reset), number(told_at)) {
        (Answer::Later { wait_ms: 0 }, Some(reset), Some(told_at)) => {
            Answer::Later { wait_ms: u32::try_from(reset.saturating_sub(told_at)).unwrap_or(0) }
        }
        (answer, ..) => answer,
    };
    heard.push(Heard::Answer(AskId(id), answer));
    Ok(())
}

/// A login tells the user id, without which nothing of contracts can be subscribed to.
fn greeted(
    gate: &mut Gate,
    result: Option<Value<'_>>,
    errors: Option<Value<'_>>,
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let Some(errors) = errors else {
        gate.user = name(needed(result.and_then(|result| result.member("uid")), Field::Token)?, Field::Token)?;
        heard.push(Heard::Welcome);
        return Ok(());
    };
    let label = text(errors.member("label"), Field::Code)?;
    heard.push(Heard::Unwelcome(match codes::answer(label) {
        _ if label.is(codes::CLOCK) => Unwelcome::Clock,
        Answer::Refused(RejectReason::NotAllowed) => Unwelcome::Key,
        _ => Unwelcome::Other,
    }));
    Ok(())
}

/// A refusal; one of our time is told as well.
fn refused(error: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let label = text(error.member("label"), Field::Code)?;
    if label.is(codes::CLOCK) {
        heard.push(Heard::Unwelcome(Unwelcome::Clock));
    }
    Ok(codes::answer(label))
}

/// The answer to a question by REST.
pub(super) fn answer(
    gate: &mut Gate,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let half = match ask {
        Ask::OpenOrders(_) | Ask::CancelAll(_) if !gate.is_spot => Some(gate.halves.answered(ask, id)),
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
        429 if Value::parse(said).is_err() => Answer::Later { wait_ms: 0 },
        200..300 => told(gate, ask, Value::parse(said)?, heard)?,
        _ => match (refused(Value::parse(said)?, heard)?, ask) {
            (Answer::NoSuchOrder, Ask::Order(known)) if !known.is_among_waiting() => no_longer_stands(gate, known),
            (refused, _) => refused,
        },
    };
    // That there is nothing to withdraw here says nothing of what waits elsewhere.
    let is_nothing = matches!(answer, Answer::NoSuchOrder | Answer::Refused(RejectReason::UnknownOrder));
    let is_done = answer == Answer::Done || (is_nothing && matches!(ask, Ask::CancelAll(_)));
    let answer = match half.flatten() {
        Some(half) if is_done => gate.halves.done(ask, half),
        _ => answer,
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// By the venue's id that is its last word; by ours it may have been executed meanwhile.
fn no_longer_stands(gate: &mut Gate, known: &Known) -> Answer {
    if known.venue_order_id != Name::default() {
        return Answer::NoSuchOrder;
    }
    if !gate.finished.contains(&known.id()) {
        gate.finished.push(known.id());
    }
    Answer::Unknown
}

/// What an answer tells besides yes.
fn told(gate: &mut Gate, ask: &Ask, said: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let mut rows = said.elements();
    match ask {
        Ask::Order(known) if known.is_among_waiting() => return gate.hear_waiting(ask, known, said, heard),
        Ask::Order(known) if said.is_array() => return finished(gate, known, said, heard),
        Ask::Order(_) => order(gate, said, heard)?,
        Ask::OpenOrders(_) => rows.try_for_each(|row| match row.member("trigger") {
            Some(_) => auto::row(&gate.listed, &mut gate.ids, row, heard).map(|_| ()),
            None => order(gate, row, heard),
        })?,
        Ask::Place(order) if order.order_type.has_trigger() => gate.learn_waiting(order, said)?,
        // What it was when it was withdrawn.
        Ask::Cancel(known) | Ask::CancelByRest(known) if known.waits() && said.is_object() => {
            auto::row(&gate.listed, &mut gate.ids, said, heard)?;
        }
        Ask::Fills(..) | Ask::FillsOf(..) => {
            let is_others = |row| matches!(instrument(gate, row), Ok(None));
            each_row(rows, heard, is_others, |row, heard| fill(gate, row, heard))?;
        }
        Ask::Balances if gate.is_spot => rows.try_for_each(|row| balance(row, "locked", heard))?,
        Ask::Balances => balance(said, "order_margin", heard)?,
        Ask::Mode(_) => {
            let is_so = needed(said.member("in_dual_mode"), Field::State)?.boolean();
            heard.push(Heard::TwoWay(is_so.ok_or(FrameError::Unreadable(Field::State))?));
        }
        // Without a leverage of its own a position stands on the whole wallet, with the one for those.
        Ask::Setup(_) => {
            let [own, cross] = said.pick(["leverage", "cross_leverage_limit"]);
            match leverage(Some(needed(own, Field::Leverage)?))? {
                Some(own) => heard.extend([own, Heard::Margin(MarginMode::Isolated)]),
                None => heard.extend(leverage(cross)?.into_iter().chain([Heard::Margin(MarginMode::Cross)])),
            }
        }
        Ask::Positions => rows.try_for_each(|row| position(gate, row, heard))?,
        Ask::Prepare(Prepare::Time) => {
            let ms = needed(said.member("server_time"), Field::Time)?.unsigned();
            heard.push(Heard::Time(Nanos(ms.ok_or(FrameError::Unreadable(Field::Time))?.saturating_mul(Nanos::MILLI))));
        }
        Ask::Prepare(_) => heard.push(Heard::Rights(rights(gate, said)?)),
        Ask::Place(_)
        | Ask::Cancel(_)
        | Ask::CancelByRest(_)
        | Ask::Modify(..)
        | Ask::CancelAll(_)
        | Ask::DeadMan(..) => {}
    }
    let most = match ask {
        Ask::OpenOrders(_) => OPEN_ORDERS_MAX,
        Ask::Fills(..) | Ask::FillsOf(..) => FILLS_MAX,
        _ => return Ok(Answer::Done),
    };
    if said.elements().count() < most {
        gate.page.ends(ask);
        return Ok(Answer::Done);
    }
    // Pages are counted from 1, rows from 0.
    let (first, step) = if gate.is_spot { (1, 1) } else { (0, most) };
    let before = gate.page.cursor(ask).and_then(|cursor| cursor.parse().ok()).unwrap_or(first);
    Ok(gate.page.goes_on(ask, &(before + step).to_string()))
}

/// The order among those that are over.
fn finished(gate: &mut Gate, known: &Known, rows: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let before = heard.len();
    for row in rows.elements() {
        if ours(row.member("text")) == Some(known.id()) {
            order(gate, row, heard)?;
        }
    }
    gate.finished.retain(|id| *id != known.id());
    Ok(if heard.len() > before { Answer::Done } else { Answer::NoSuchOrder })
}

/// The row of our key among those of the account, or the only one.
fn rights(gate: &Gate, said: Value<'_>) -> Result<Rights, FrameError> {
    let is_ours = |row: &Value<'_>| {
        let mut buffer = TextBuffer::default();
        let key = row.member("key").and_then(Value::string);
        key.and_then(|key| key.plain(&mut buffer)).is_some_and(|key| key == gate.signer.id())
    };
    let only = || said.elements().next().filter(|_| said.elements().count() == 1);
    let row = if said.is_object() { Some(said) } else { said.elements().find(is_ours).or_else(only) };
    let [permissions, addresses] = needed(row, Field::Right)?.pick(["perms", "ip_whitelist"]);
    let permissions = needed(permissions, Field::Right)?;
    let may = |what: &[&str]| {
        let mut writable =
            permissions.elements().filter(|row| row.member("read_only").and_then(Value::boolean) != Some(true));
        writable.any(|row| row.says("name", what))
    };
    Ok(Rights {
        trade: may(&[gate.market()]),
        // The right to withdraw is one by itself, and not in the venue's list of those it tells.
        withdraw: may(&["withdraw", "withdrawal", "withdrawals"]).then_some(true),
        bound_to_addresses: Some(needed(addresses, Field::Right)?.elements().next().is_some()),
    })
}

/// Our id out of the text of an order.
pub(super) fn ours(value: Option<Value<'_>>) -> Option<ClientOrderId> {
    let mut buffer = TextBuffer::default();
    let plain = value.and_then(Value::string).and_then(|text| text.plain(&mut buffer))?;
    text::order_id(plain.strip_prefix(PREFIX.as_bytes())?, b'-')
}

/// What every row of an order or an execution begins with.
struct Head<'a> {
    whose: Whose,
    of: Option<&'a Instrument>,
    side: Side,
    /// Of contracts without its sign.
    qty: Lots,
    /// Why the venue made it, if it did.
    cause: Option<Cause>,
}

impl<'a> Head<'a> {
    fn read(gate: &'a Gate, row: Value<'_>, theirs: Option<Value<'_>>) -> Result<Self, FrameError> {
        let [amount, size, side, ours_text] = row.pick(["amount", "size", "side", "text"]);
        let whose = whose_is(ours(ours_text), theirs)?;
        let (of, cause) = (instrument(gate, row)?, cause(ours_text));
        let qty = quantity(of, if gate.is_spot { amount } else { size }, whose.ours.is_some())?;
        let side = match gate.is_spot {
            true => buy_or_sell(text(side, Field::Side)?)?,
            false if size.is_some_and(is_below_nothing) => Side::Sell,
            false => Side::Buy,
        };
        Ok(Self { whose, of, side, qty: magnitude(qty), cause })
    }

    fn is_ours(&self) -> bool {
        self.whose.ours.is_some()
    }
}

/// Told of the text: on a grid that is not ours the number is nothing.
pub(super) fn is_below_nothing(value: Value<'_>) -> bool {
    let mut buffer = TextBuffer::default();
    value.number_text(&mut buffer).is_some_and(|text| text.starts_with(b"-"))
}

pub(super) fn magnitude(lots: Lots) -> Lots {
    Lots(lots.0.saturating_abs())
}

fn instrument<'a>(gate: &'a Gate, row: Value<'_>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let symbol = text(row.member(gate.named()), Field::Symbol)?;
    Ok(gate.listed.find(symbol.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?))
}

fn order(gate: &Gate, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let head = Head::read(gate, row, row.member("id"))?;
    let [left, px, kind, status, event, how] = row.pick(["left", "price", "type", "status", "event", "finish_as"]);
    let is_market = kind.and_then(Value::string).is_some_and(|kind| kind.is("market"));
    let left = magnitude(quantity(head.of, left, head.is_ours())?);
    let filled = Lots(head.qty.0.saturating_sub(left.0).max(0));
    let state = state(text(status.or(event), Field::State)?, how.and_then(Value::string), filled, left)?;
    heard.push(Heard::Order(OrderNews {
        whose: head.whose,
        instrument: head.of.map(|of| of.id),
        side: head.side,
        px: if is_market { Ticks(0) } else { price(head.of, px, head.is_ours())? },
        qty: head.qty,
        filled,
        state,
        waits: false,
        at_ns: time_of(row, ["update_time_ms", "finish_time_ms", "update_time", "create_time"]),
    }));
    Ok(())
}

/// Where it is, in the words of REST (`status`) or of spot's pushes (`event`), and how it ended.
fn state(word: Text<'_>, how: Option<Text<'_>>, filled: Lots, left: Lots) -> Result<OrderState, FrameError> {
    let is = |words: &[&str]| words.iter().any(|known| word.is(known));
    let ended = |words: &str| how.is_some_and(|how| how.is(words));
    match () {
        () if is(&["open", "put", "update"]) => Ok(OrderState::Open),
        () if !is(&["closed", "cancelled", "finish", "finished"]) => Err(FrameError::Unreadable(Field::State)),
        () if ended("filled") || (how.is_none() && left == Lots(0)) => Ok(OrderState::Filled),
        () if ended("poc") && filled == Lots(0) => Ok(OrderState::Rejected(RejectReason::PostOnlyWouldTake)),
        () => Ok(OrderState::Canceled),
    }
}

fn fill(gate: &Gate, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, other_id, theirs, px, role] = row.pick(["id", "trade_id", "order_id", "price", "role"]);
    let head = Head::read(gate, row, theirs)?;
    let mut buffer = TextBuffer::default();
    let id = needed(id.or(other_id), Field::Id)?.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let (fee_e8, fee_asset) = fee(row, head.of, head.side)?;
    let fill = FillNews {
        whose: head.whose,
        instrument: head.of.map(|of| of.id),
        side: head.side,
        trade_id: trade_id(id),
        px: price(head.of, px, head.is_ours())?,
        qty: head.qty,
        fee_e8,
        fee_asset,
        liquidity: match text(role, Field::Liquidity)? {
            role if role.is("maker") => Liquidity::Maker,
            role if role.is("taker") => Liquidity::Taker,
            _ => return Err(FrameError::Unreadable(Field::Liquidity)),
        },
        at_ns: time_of(row, ["create_time_ms", "create_time", "", ""]),
    };
    heard.push(head.cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

/// Why the venue made an order itself, if it did: by the text that it gives to its own, in the place of ours
/// (<https://www.gate.com/docs/developers/futures/ws/en/#user-trades-notification>). Its channels of liquidations and of
/// deleveragings name no execution, so they are not listened to. What is cleared away when a contract ends has no cause.
fn cause(text: Option<Value<'_>>) -> Option<Cause> {
    match text.and_then(Value::string)?.unescaped()? {
        "auto_deleveraging" => Some(Cause::Deleveraging),
        "insurance" => Some(Cause::Takeover),
        "liquidation" | "liquidate" | "pm_liquidate" | "comb_margin_liquidate" | "scm_liquidate" => {
            Some(Cause::Liquidation)
        }
        text if text.starts_with("liq-") || text.starts_with("hedge-liq-") => Some(Cause::Liquidation),
        _ => None,
    }
}

/// A fee is paid in what the row names, in the venue's own coin where that was used, else in what is usual: on spot what is
/// received, of contracts what they settle in.
fn fee(row: Value<'_>, of: Option<&Instrument>, side: Side) -> Result<(i64, Name), FrameError> {
    let [fee, asset, in_gt] = row.pick(["fee", "fee_currency", "gt_fee"]);
    let (fee_e8, gt_e8) = (amount_e8(fee, Field::Fee)?, amount_e8(in_gt, Field::Fee)?);
    if fee_e8 == 0 && gt_e8 != 0 {
        return Ok((gt_e8, Name::new("GT").unwrap_or_default()));
    }
    if let Some(asset) = not_empty(asset) {
        return Ok((fee_e8, name(asset, Field::Fee)?));
    }
    let usual = of.map(|of| match (of.kind, side) {
        (ContractKind::Spot, Side::Buy) | (ContractKind::Inverse, _) => of.base,
        (ContractKind::Spot, Side::Sell) | (ContractKind::Linear, _) => of.quote,
    });
    Ok((fee_e8, usual.unwrap_or_default()))
}

/// A row without our instrument is not told.
fn position(gate: &Gate, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let Some(of) = instrument(gate, row)? else { return Ok(()) };
    let qty = quantity(Some(of), row.member("size"), true)?;
    heard.push(Heard::Position { instrument: of.id, qty });
    entry_price(of, row.member("entry_price"), heard)
}

fn balance(row: Value<'_>, bound: &str, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [asset, free, locked] = row.pick(["currency", "available", bound]);
    heard.push(Heard::Balance {
        asset: name(needed(asset, Field::Balance)?, Field::Balance)?,
        free_e8: amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?,
        locked_e8: amount_e8(locked, Field::Balance)?,
    });
    Ok(())
}

/// The first of these that is a time: in milliseconds, or in seconds where it is too small for those; both with decimals.
pub(super) fn time_of(row: Value<'_>, names: [&str; 4]) -> Nanos {
    const MILLISECONDS_FROM: u64 = 100_000_000_000 * Nanos::MILLI;
    let at = row.pick(names).into_iter().map(time_ms_with_decimals).find(|at| at.0 > 0).unwrap_or_default();
    Nanos(if at.0 < MILLISECONDS_FROM { at.0.saturating_mul(1_000) } else { at.0 })
}
