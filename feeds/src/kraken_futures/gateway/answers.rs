//! What Kraken Futures says in answers by REST.
//!
//! Owns: the names and places of their fields. Never: what becomes of an order, what a word means.

use super::hears::{coin, currencies, fill_id, find, held, liquidity, rows};
use super::{KrakenFutures, PAGE_MAX, codes, order_type};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, Rights, Whose};
use crate::gateway::read::{Listed, amount_e8, each_row, entry_price, is_anothers, name, price, quantity, whose};
use crate::grid::{buy_or_sell, needed, not_empty, text, time_iso};
use crate::json::{TextBuffer, Value};
use engine_model::instrument::{Instrument, Name};
use engine_model::order::{Order, TimeInForce};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// What orders that wait for a price are called in the list of open ones.
const WAITING: [&str; 4] = ["stp", "stop", "take_profit", "trailing_stop"];

/// The answer to a question by REST. A refusal of an order is a success that names another status.
pub(super) fn rest(
    kraken: &mut KrakenFutures,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match status {
        500.. => Answer::Unknown,
        429 => Answer::Later { wait_ms: 0 },
        // Who asks what a key may do is told so in other words than everywhere.
        401 | 403 => Answer::Refused(RejectReason::NotAllowed),
        _ => {
            let outer = Value::parse(said)?;
            let [error, errors] = outer.pick(["error", "errors"]);
            let error = not_empty(error).or_else(|| errors.and_then(|errors| errors.elements().next()));
            match error {
                Some(error) => codes::answer(text(Some(error), Field::Code)?),
                None => told(kraken, ask, outer, heard)?,
            }
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// What an answer tells besides yes.
fn told(kraken: &mut KrakenFutures, ask: &Ask, outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let rows = |name| rows(outer, name);
    let listed = &kraken.listed;
    match ask {
        Ask::Place(order) => return placed(listed, order, needed(outer.member("sendStatus"), Field::Code)?, heard),
        Ask::Cancel(known) | Ask::CancelByRest(known) => {
            return canceled(listed, known, needed(outer.member("cancelStatus"), Field::Code)?, heard);
        }
        Ask::Modify(..) => return word(outer.member("editStatus")),
        Ask::CancelAll(_) => return word(outer.member("cancelStatus")),
        Ask::DeadMan(..) => {
            needed(outer.member("status"), Field::Code)?;
        }
        Ask::Order(known) => {
            let before = heard.len();
            rows("orders")?.try_for_each(|row| looked_up(listed, known, row, heard))?;
            return Ok(if heard.len() > before { Answer::Done } else { Answer::NoSuchOrder });
        }
        Ask::OpenOrders(_) => rows("openOrders")?.try_for_each(|row| open(listed, row, heard))?,
        Ask::Fills(_, since) | Ask::FillsOf(_, since) => return fills(kraken, ask, *since, outer, heard),
        Ask::Mode(_) | Ask::Setup(_) => {}
        Ask::Positions => rows("openPositions")?.try_for_each(|row| position(listed, row, heard))?,
        Ask::Balances => accounts(listed, needed(outer.member("accounts"), Field::Balance)?, heard)?,
        Ask::Prepare(Prepare::Rights) => heard.push(Heard::Rights(rights(outer)?)),
        Ask::Prepare(_) => {
            let at = time_iso(outer.member("serverTime"));
            let at = Some(at).filter(|at| at.0 > 0).ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(at));
        }
    }
    Ok(Answer::Done)
}

/// What became of it.
fn word(status: Option<Value<'_>>) -> Result<Answer, FrameError> {
    text(needed(status, Field::Code)?.member("status"), Field::Code).map(codes::answer)
}

/// Of an order that must not rest the answer lists all executions: what they leave of it is gone.
fn placed(listed: &Listed, order: &Order, status: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [said, theirs, events] = status.pick(["status", "order_id", "orderEvents"]);
    let said = text(said, Field::Code)?;
    let may_rest = matches!(order_type(order), "lmt" | "post" | "stp" | "take_profit");
    let takes_nothing = said.is(codes::TAKES_NOTHING);
    let answer = match codes::answer(said) {
        // No refusal: it took what there was, and that was nothing.
        _ if takes_nothing && order.time_in_force != TimeInForce::Fok => Answer::Done,
        Answer::Done if !may_rest => Answer::Done,
        answer => return Ok(answer),
    };
    let of = listed.get(order.instrument);
    let Some(events) = events else { return Ok(answer) };
    let mut filled = Lots(0);
    for event in events.elements().filter(|event| event.says("type", &["EXECUTION"])) {
        filled.0 = filled.0.saturating_add(quantity(Some(of), event.member("amount"), true)?.0);
    }
    let state = if filled >= order.qty { OrderState::Filled } else { OrderState::Canceled };
    let venue_order_id = name(needed(theirs, Field::Id)?, Field::Id)?;
    heard.push(news_of(order, venue_order_id, filled, state));
    Ok(answer)
}

/// The answer shows the order as it was when it left the book.
fn canceled(listed: &Listed, known: &Known, status: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [said, events] = status.pick(["status", "orderEvents"]);
    let said = text(said, Field::Code)?;
    if said.is(codes::FILLED) {
        return Ok(Answer::Refused(RejectReason::UnknownOrder));
    }
    let answer = codes::answer(said);
    let mut events = events.into_iter().flat_map(Value::elements);
    if let Some(event) = events.find(|event| event.says("type", &["CANCEL"])).filter(|_| answer == Answer::Done) {
        // One that waited is shown under another name, and nothing of it was executed.
        let filled = match needed(event.member("order").or(event.member("orderTrigger")), Field::Id)?.member("filled") {
            filled @ Some(_) => quantity(Some(listed.get(known.order.instrument)), filled, true)?,
            None if known.order.order_type.has_trigger() => Lots(0),
            None => return Err(FrameError::Missing(Field::Quantity)),
        };
        heard.push(news_of(&known.order, known.venue_order_id, filled, OrderState::Canceled));
    }
    Ok(answer)
}

/// The news of an order that we named ourselves.
fn news_of(order: &Order, venue_order_id: Name, filled: Lots, state: OrderState) -> Heard {
    Heard::Order(OrderNews {
        whose: Whose { ours: Some(order.client_order_id), venue_order_id },
        instrument: Some(order.instrument),
        side: order.side,
        px: order.px,
        qty: order.qty,
        filled,
        state,
        waits: false,
        at_ns: Nanos(0),
    })
}

/// An order that was asked for by our id, with what became of it.
fn looked_up(listed: &Listed, known: &Known, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [order, said] = row.pick(["order", "status"]);
    let [theirs, ours, symbol, side, qty, filled, px, trigger, at] = needed(order, Field::Id)?.pick([
        "orderId",
        "cliOrdId",
        "symbol",
        "side",
        "quantity",
        "filled",
        "limitPrice",
        "priceTriggerOptions",
        "lastUpdateTimestamp",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(ours), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let (waits, at_ns) = (text(said, Field::State)?.is("TRIGGER_PLACED"), time_iso(at));
    let (qty, filled) = (quantity(of, qty, is_ours)?, quantity(of, filled, is_ours)?);
    let state = match text(said, Field::State)? {
        said if said.is("ENTERED_BOOK") || said.is("TRIGGER_PLACED") => OrderState::Open,
        said if said.is("FULLY_EXECUTED") => OrderState::Filled,
        said if said.is("CANCELLED") => OrderState::Canceled,
        said if said.is("REJECTED") || said.is("TRIGGER_ACTIVATION_FAILURE") => {
            OrderState::Rejected(RejectReason::Other)
        }
        _ => return Err(FrameError::Unreadable(Field::State)),
    };
    // In the book, and waited as far as we know: the line that told of its pull was down.
    if state == OrderState::Open && !waits && known.order.order_type.has_trigger() {
        heard.push(Heard::Triggered { whose, at_ns });
    }
    let trigger = not_empty(trigger).and_then(|trigger| trigger.member("triggerPrice"));
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: limit(of, px, trigger.filter(|_| waits), is_ours)?,
        qty,
        filled,
        state,
        waits,
        at_ns,
    }));
    Ok(())
}

/// The price of an order that has one: its limit, else the price that it waits for.
pub(super) fn limit(
    of: Option<&Instrument>,
    px: Option<Value<'_>>,
    trigger: Option<Value<'_>>,
    is_ours: bool,
) -> Result<Ticks, FrameError> {
    let read = |px: Option<Value<'_>>| if not_empty(px).is_some() { price(of, px, is_ours) } else { Ok(Ticks(0)) };
    let px = read(px)?;
    if px > Ticks(0) { Ok(px) } else { read(trigger) }
}

/// An open order. The venue spells our id in two ways.
fn open(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let waits = row.says("orderType", &WAITING);
    let [theirs, ours, ours_too, symbol, side, px, trigger, left, filled, at] = row.pick([
        "order_id",
        "cliOrdId",
        "cli_ord_id",
        "symbol",
        "side",
        "limitPrice",
        "stopPrice",
        "unfilledSize",
        "filledSize",
        "lastUpdateTime",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(ours).or(not_empty(ours_too)), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let filled = quantity(of, filled, is_ours)?;
    // A stop that takes a whole position has no size.
    let left = if not_empty(left).is_some() { quantity(of, left, is_ours)? } else { Lots(0) };
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        px: limit(of, px, trigger.filter(|_| waits), is_ours)?,
        qty: Lots(left.0.saturating_add(filled.0)),
        filled,
        state: OrderState::Open,
        waits,
        at_ns: time_iso(at),
    }));
    Ok(())
}

/// A page of executions, newest first. A full one goes on before its oldest row, until the time that was asked for.
fn fills(
    kraken: &mut KrakenFutures,
    ask: &Ask,
    since: Nanos,
    outer: Value<'_>,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let rows = rows(outer, "fills")?;
    let listed = &kraken.listed;
    each_row(rows.clone(), heard, |row| is_others(listed, row), |row, heard| fill(listed, row, heard))?;
    let times = rows.clone().filter_map(|row| row.member("fillTime"));
    let oldest = times.min_by_key(|at| time_iso(Some(*at)));
    let Some(oldest) = oldest.filter(|at| time_iso(Some(*at)) >= since) else {
        kraken.page.ends(ask);
        return Ok(Answer::Done);
    };
    if rows.count() < PAGE_MAX {
        kraken.page.ends(ask);
        return Ok(Answer::Done);
    }
    let mut buffer = TextBuffer::default();
    let before =
        text(Some(oldest), Field::Time)?.plain(&mut buffer).and_then(|before| std::str::from_utf8(before).ok());
    Ok(kraken.page.goes_on(ask, before.ok_or(FrameError::Unreadable(Field::Time))?))
}

/// Whether an execution is surely of no order of ours, nor one that the venue placed on a position of ours.
fn is_others(listed: &Listed, row: Value<'_>) -> bool {
    let [symbol, ours, ours_too, kind] = row.pick(["symbol", "cliOrdId", "cli_ord_id", "fillType"]);
    let is_plain = kind.and_then(Value::string).is_some_and(|kind| codes::cause(kind).is_none());
    is_plain && is_anothers(not_empty(ours).or(ours_too), b'-') || matches!(find(listed, symbol), Ok(None))
}

fn fill(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, symbol, side, theirs, ours, ours_too, qty, px, at, kind, fee, fee_asset] = row.pick([
        "fill_id",
        "symbol",
        "side",
        "order_id",
        "cliOrdId",
        "cli_ord_id",
        "size",
        "price",
        "fillTime",
        "fillType",
        "fee_paid",
        "fee_currency",
    ]);
    let of = find(listed, symbol)?;
    let whose = whose(not_empty(ours).or(not_empty(ours_too)), b'-', theirs)?;
    let is_ours = whose.ours.is_some();
    let kind = text(kind, Field::Liquidity)?;
    let cause = codes::cause(kind).filter(|_| !is_ours);
    let fill = FillNews {
        whose,
        instrument: of.map(|of| of.id),
        side: buy_or_sell(text(side, Field::Side)?)?,
        trade_id: fill_id(id)?,
        px: price(of, px, is_ours)?,
        qty: quantity(of, qty, is_ours)?,
        // Not in every answer; the line tells it of each that it tells.
        fee_e8: amount_e8(fee, Field::Fee)?,
        fee_asset: if not_empty(fee).is_some() { coin(fee_asset, Field::Fee)? } else { FillNews::untold_fee() },
        liquidity: liquidity(kind),
        at_ns: time_iso(at),
    };
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

fn position(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, side, held, px] = row.pick(["symbol", "side", "size", "price"]);
    let Some(of) = find(listed, symbol)? else { return Ok(()) };
    let held = quantity(Some(of), held, true)?;
    let qty = match text(side, Field::Side)? {
        side if side.is("long") => held,
        side if side.is("short") => Lots(held.0.saturating_neg()),
        _ => return Err(FrameError::Unreadable(Field::Side)),
    };
    heard.push(Heard::Position { instrument: of.id, qty });
    entry_price(of, px, heard)
}

/// Accounts by their names: one is shared by linear contracts, those of inverse ones hold a coin each; cash pays for nothing.
fn accounts(listed: &Listed, accounts: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    for (_, account) in accounts.members() {
        let [kind, currency, balances, auxiliary] = account.pick(["type", "currency", "balances", "auxiliary"]);
        match text(kind, Field::Balance)? {
            kind if kind.is("multiCollateralMarginAccount") => currencies(listed, account, heard)?,
            kind if kind.is("marginAccount") => {
                let unit = needed(currency, Field::Balance)?;
                let free = needed(auxiliary, Field::Balance)?.member("af");
                let whole = needed(balances, Field::Balance)?.member(name(unit, Field::Balance)?.as_str());
                held(listed, true, coin(Some(unit), Field::Balance)?, [whole, free], heard)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// To trade is full access to what is general; who may transfer may withdraw.
fn rights(outer: Value<'_>) -> Result<Rights, FrameError> {
    let [permissions, addresses] = outer.pick(["permissions", "allowedCidrBlocks"]);
    let [general, transfer] = needed(permissions, Field::Right)?.pick(["general", "transfer"]);
    Ok(Rights {
        trade: text(general, Field::Right)?.is("FULL_ACCESS"),
        withdraw: Some(text(transfer, Field::Right)?.is("FULL_ACCESS")),
        bound_to_addresses: addresses.map(|addresses| addresses.elements().next().is_some()),
    })
}
