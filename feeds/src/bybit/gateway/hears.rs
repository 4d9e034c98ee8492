//! What Bybit says of orders and of the account, on its lines and in REST answers.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a code means.

use super::codes;
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, OrderState, PaymentNews, Rights, Unwelcome, trade_id};
use crate::gateway::page::Page;
use crate::gateway::read::{
    Listed, amount_e8, each_row, entry_price, is_anothers, leverage, name, price, quantity, whose,
};
use crate::grid::{needed, not_empty, text, time_ms};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::{ContractKind, Instrument, Name};
use engine_model::market::Side;
use engine_model::payment::PaymentKind;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// A message on a line.
pub(super) fn line(listed: &Listed, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let outer = Value::parse(said)?;
    let [topic, op, data] = outer.pick(["topic", "op", "data"]);
    if let Some(topic) = topic.and_then(Value::string) {
        let rows = needed(data, Field::Id)?;
        return pushed(listed, topic, rows, heard);
    }
    match op.and_then(Value::string) {
        Some(op) if op.is("auth") || op.is("subscribe") => greeted(outer, heard),
        Some(op) if ["order.create", "order.amend", "order.cancel"].iter().any(|name| op.is(name)) => {
            entered(outer, heard)
        }
        _ => Ok(()),
    }
}

fn pushed(listed: &Listed, topic: Text<'_>, rows: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let mut rows = rows.elements();
    match topic {
        topic if topic.is("order") => rows.try_for_each(|row| order(listed, None, row, heard)),
        topic if topic.is("execution") => rows.try_for_each(|row| fill(listed, None, row, heard)),
        topic if topic.is("position") => rows.try_for_each(|row| position(listed, None, row, heard)),
        topic if topic.is("wallet") => rows.try_for_each(|row| wallet(row, heard)),
        _ => Ok(()),
    }
}

/// The private line says `success`, the trade line has a code.
fn greeted(outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [success, words, code, message] = outer.pick(["success", "ret_msg", "retCode", "retMsg"]);
    let is_welcome = match (success.and_then(Value::boolean), code.and_then(Value::unsigned)) {
        (Some(success), _) => success,
        (None, Some(code)) => code == 0,
        (None, None) => return Err(FrameError::Missing(Field::Code)),
    };
    let words = words.or(message).map_or(&b""[..], Value::bytes);
    heard.push(if is_welcome { Heard::Welcome } else { Heard::Unwelcome(unwelcome(words, code)) });
    Ok(())
}

/// The private line refuses in words only: `error:Your api key has expired`, `Params Error`, `Request timestamp expired`.
fn unwelcome(words: &[u8], code: Option<Value<'_>>) -> Unwelcome {
    let has = |word: &[u8]| words.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    match code.and_then(Value::unsigned).map(codes::answer) {
        Some(Answer::Refused(RejectReason::NotAllowed)) => Unwelcome::Key,
        _ if has(b"timestamp") || has(b"expires") => Unwelcome::Clock,
        _ if has(b"key") || has(b"sign") || has(b"permission") || has(b"user id") => Unwelcome::Key,
        _ => Unwelcome::Other,
    }
}

/// The answer to an order message. How much of the limit is used stands in its `header`.
fn entered(outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, code, header] = outer.pick(["reqId", "retCode", "header"]);
    // What is not numbered by us was asked by nobody here.
    let Some(id) = id.and_then(Value::unsigned) else { return Ok(()) };
    let code = needed(code, Field::Code)?.unsigned().ok_or(FrameError::Unreadable(Field::Code))?;
    let names = ["X-Bapi-Limit", "X-Bapi-Limit-Status", "X-Bapi-Limit-Reset-Timestamp", "Timenow"];
    let header = header.map_or([None; 4], |header| header.pick(names)).map(|value| value.and_then(Value::unsigned));
    let [limit, left, reset_ms, now_ms] = header;
    if let (Ok(limit), Ok(left)) = (u32::try_from(limit.unwrap_or(0)), u32::try_from(left.unwrap_or(0)))
        && limit > 0
    {
        heard.push(Heard::Used(limit.saturating_sub(left), limit));
    }
    let answer = match (code, reset_ms, now_ms) {
        (0, _, _) => Answer::Done,
        (10006, Some(reset_ms), Some(now_ms)) => {
            Answer::Later { wait_ms: u32::try_from(reset_ms.saturating_sub(now_ms)).unwrap_or(0) }
        }
        (code, _, _) => refused(code, heard),
    };
    heard.push(Heard::Answer(AskId(id), answer));
    Ok(())
}

/// The answer to a question by REST. `pages`: where lists went on, and how many lists positions stand in.
pub(super) fn answer(
    listed: &Listed,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    pages: (&mut Page, usize),
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match status {
        500.. => Answer::Unknown,
        // Too often from this address: the answer is a page, not a document.
        403 | 429 => Answer::Later { wait_ms: codes::ADDRESS_PAUSE_MS },
        _ => {
            let [code, result] = Value::parse(said)?.pick(["retCode", "result"]);
            match needed(code, Field::Code)?.unsigned().ok_or(FrameError::Unreadable(Field::Code))? {
                0 => told(listed, ask, needed(result, Field::Code)?, pages, heard)?,
                code => refused(code, heard),
            }
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// A refusal; one of our time is told as well.
fn refused(code: u64, heard: &mut Vec<Heard>) -> Answer {
    if code == codes::CLOCK {
        heard.push(Heard::Unwelcome(Unwelcome::Clock));
    }
    codes::answer(code)
}

/// What an answer tells besides yes.
fn told(
    listed: &Listed,
    ask: &Ask,
    result: Value<'_>,
    (page, lists): (&mut Page, usize),
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let [category, list] = result.pick(["category", "list"]);
    let rows = || needed(list, Field::Id).map(Value::elements);
    match ask {
        Ask::Order(_) => {
            let before = heard.len();
            rows()?.try_for_each(|row| order(listed, category, row, heard))?;
            return Ok(if heard.len() > before { Answer::Done } else { Answer::NoSuchOrder });
        }
        Ask::OpenOrders(_) => rows()?.try_for_each(|row| order(listed, category, row, heard))?,
        Ask::Fills(..) | Ask::FillsOf(..) => {
            let is_others = |row| is_others(listed, category, row);
            each_row(rows()?, heard, is_others, |row, heard| fill(listed, category, row, heard))?;
        }
        Ask::Positions => rows()?.try_for_each(|row| position(listed, category, row, heard))?,
        // 0: one position; 1 and 2: those of the two sides.
        Ask::Mode(_) => rows()?.try_for_each(|row| {
            let side = needed(row.member("positionIdx"), Field::State)?.unsigned();
            heard.push(Heard::TwoWay(side.ok_or(FrameError::Unreadable(Field::State))? != 0));
            Ok::<_, FrameError>(())
        })?,
        Ask::Setup(_) => return setup(ask, (list, result), page, heard),
        Ask::Balances => rows()?.try_for_each(|row| wallet(row, heard))?,
        Ask::Prepare(Prepare::Time) => {
            let ns = needed(result.member("timeNano"), Field::Time)?.unsigned();
            heard.push(Heard::Time(Nanos(ns.ok_or(FrameError::Unreadable(Field::Time))?)));
        }
        Ask::Prepare(_) => heard.push(Heard::Rights(rights(listed, result)?)),
        Ask::Place(_)
        | Ask::Cancel(_)
        | Ask::CancelByRest(_)
        | Ask::Modify(..)
        | Ask::CancelAll(_)
        | Ask::DeadMan(..) => {}
    }
    let most = match ask {
        Ask::OpenOrders(_) => super::OPEN_ORDERS_MAX,
        Ask::Fills(..) | Ask::FillsOf(..) => super::FILLS_MAX,
        Ask::Positions => super::POSITIONS_MAX,
        _ => return Ok(Answer::Done),
    };
    // The cursor comes percent-encoded, and empty where there is no more.
    let cursor = not_empty(result.member("nextPageCursor")).and_then(Value::string).and_then(Text::unescaped);
    let is_full = rows()?.count() >= most;
    let (list, _) = super::place(page.cursor(ask));
    match cursor.filter(|_| is_full) {
        Some(cursor) if *ask == Ask::Positions => Ok(page.goes_on(ask, &format!("{list} {cursor}"))),
        Some(cursor) => Ok(page.goes_on(ask, cursor)),
        None if *ask == Ask::Positions && list + 1 < lists => Ok(page.goes_on(ask, &format!("{} ", list + 1))),
        None => {
            page.ends(ask);
            Ok(Answer::Done)
        }
    }
}

/// First what the contract's own rows say, then what the account's says. With portfolio margin there is no leverage.
fn setup(
    ask: &Ask,
    (list, result): (Option<Value<'_>>, Value<'_>),
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let Some(list) = list else {
        page.ends(ask);
        let mode = text(result.member("marginMode"), Field::State)?;
        // A word that is new here is none of these.
        let known = [
            ("REGULAR_MARGIN", MarginMode::Cross),
            ("ISOLATED_MARGIN", MarginMode::Isolated),
            ("PORTFOLIO_MARGIN", MarginMode::Portfolio),
        ];
        heard.extend(known.into_iter().find(|(word, _)| mode.is(word)).map(|(_, margin)| Heard::Margin(margin)));
        return Ok(Answer::Done);
    };
    for row in list.elements() {
        let [side, told] = row.pick(["positionIdx", "leverage"]);
        let side = needed(side, Field::State)?.unsigned().ok_or(FrameError::Unreadable(Field::State))?;
        heard.push(Heard::TwoWay(side != 0));
        heard.extend(leverage(told)?);
    }
    Ok(page.goes_on(ask, "account"))
}

/// Enough to trade is what the categories of the run need.
fn rights(listed: &Listed, result: Value<'_>) -> Result<Rights, FrameError> {
    let [read_only, permissions, addresses] = result.pick(["readOnly", "permissions", "ips"]);
    let permissions = needed(permissions, Field::Right)?;
    let may = |of: &str, what: &str| {
        let list = permissions.member(of).into_iter().flat_map(Value::elements);
        list.filter_map(Value::string).any(|word| word.is(what))
    };
    let is_allowed = |instrument: &Instrument| match instrument.kind {
        ContractKind::Spot => may("Spot", "SpotTrade"),
        ContractKind::Linear | ContractKind::Inverse => may("ContractTrade", "Order"),
    };
    let is_anywhere = |word: Text<'_>| word.is("*");
    let addresses = needed(addresses, Field::Right)?;
    Ok(Rights {
        trade: read_only.and_then(Value::unsigned) == Some(0) && listed.iter().all(is_allowed),
        // What moves money to another account moves it away, too.
        withdraw: Some(["Withdraw", "AccountTransfer", "SubMemberTransfer"].iter().any(|what| may("Wallet", what))),
        bound_to_addresses: Some(!addresses.elements().filter_map(Value::string).any(is_anywhere)),
    })
}

/// The instrument of a row: pushes say the category in each, answers once for all. A spot symbol may be ours without it.
fn instrument<'a>(
    listed: &'a Listed,
    category: Option<Value<'_>>,
    symbol: Option<Value<'_>>,
) -> Result<Option<&'a Instrument>, FrameError> {
    let (mut category_room, mut symbol_room) = (TextBuffer::default(), TextBuffer::default());
    let category = text(category, Field::Symbol)?.plain(&mut category_room);
    let symbol = text(symbol, Field::Symbol)?.plain(&mut symbol_room);
    let (category, symbol) = category.zip(symbol).ok_or(FrameError::Unreadable(Field::Symbol))?;
    let bare = || if category == b"spot" { listed.find(symbol) } else { None };
    Ok(listed.find_in(category, symbol).or_else(bare))
}

fn side(value: Option<Value<'_>>) -> Result<Side, FrameError> {
    match text(value, Field::Side)? {
        side if side.is("Buy") => Ok(Side::Buy),
        side if side.is("Sell") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

fn order(listed: &Listed, of: Option<Value<'_>>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [category, symbol, theirs, ours, buys, kind, px, trigger, qty, filled, status, reason, at] = row.pick([
        "category",
        "symbol",
        "orderId",
        "orderLinkId",
        "side",
        "orderType",
        "price",
        "triggerPrice",
        "qty",
        "cumExecQty",
        "orderStatus",
        "rejectReason",
        "updatedTime",
    ]);
    let whose = whose(ours, b'-', theirs)?;
    let (of, is_ours) = (instrument(listed, category.or(of), symbol)?, whose.ours.is_some());
    let is_market = kind.and_then(Value::string).is_some_and(|kind| kind.is("Market"));
    let filled = quantity(of, filled, is_ours)?;
    let (trigger, status) = (
        not_empty(trigger).map_or(Ok(Ticks(0)), |trigger| price(of, Some(trigger), is_ours))?,
        text(status, Field::State)?,
    );
    let state = state(status, reason.and_then(Value::string), filled)?;
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|instrument| instrument.id),
        side: side(buys)?,
        // A market order shows the bound that the venue put to it.
        px: if is_market { trigger } else { price(of, px, is_ours)? },
        qty: quantity(of, qty, is_ours)?,
        filled,
        state,
        waits: status.is("Untriggered"),
        at_ns: time_ms(at),
    }));
    // One that waited stays the same order: it is in the book, or on its way there.
    if trigger != Ticks(0) && state == OrderState::Open && !status.is("Untriggered") {
        heard.push(Heard::Triggered { whose, at_ns: time_ms(at) });
    }
    Ok(())
}

fn state(status: Text<'_>, reason: Option<Text<'_>>, filled: Lots) -> Result<OrderState, FrameError> {
    let is = |words: &[&str]| words.iter().any(|word| status.is(word));
    if is(&["New", "PartiallyFilled", "Created", "Untriggered", "Triggered"]) {
        return Ok(OrderState::Open);
    }
    if is(&["Filled"]) {
        return Ok(OrderState::Filled);
    }
    let would_take = filled == Lots(0) && reason.is_some_and(|reason| reason.is(codes::WOULD_TAKE));
    if is(&["Rejected"]) || (is(&["Cancelled"]) && would_take) {
        return Ok(OrderState::Rejected(codes::reason(reason)));
    }
    let is_over = is(&["Cancelled", "PartiallyFilledCanceled", "Deactivated"]);
    if is_over { Ok(OrderState::Canceled) } else { Err(FrameError::Unreadable(Field::State)) }
}

/// Whether an execution is surely of no order of ours, nor one that the venue placed on a position of ours.
fn is_others(listed: &Listed, of: Option<Value<'_>>, row: Value<'_>) -> bool {
    let [category, symbol, ours, kind, made_by] =
        row.pick(["category", "symbol", "orderLinkId", "execType", "createType"]);
    let made_by = made_by.and_then(Value::string);
    let is_trade = |kind: Text<'_>| kind.is("Trade") && cause(kind, made_by).is_none();
    let is_anothers = kind.and_then(Value::string).is_some_and(is_trade) && is_anothers(ours, b'-');
    is_anothers || matches!(instrument(listed, category.or(of), symbol), Ok(None))
}

fn fill(listed: &Listed, of: Option<Value<'_>>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [category, symbol, theirs, ours, buys, id, px, qty, fee, fee_asset, rested, kind, made_by, at] = row.pick([
        "category",
        "symbol",
        "orderId",
        "orderLinkId",
        "side",
        "execId",
        "execPrice",
        "execQty",
        "execFee",
        "feeCurrency",
        "isMaker",
        "execType",
        "createType",
        "execTime",
    ]);
    // Funding, settlement and the like come in the same topic and are no executions.
    let kind = text(kind, Field::Action)?;
    if kind.is("Funding") {
        let Some(of) = instrument(listed, category.or(of), symbol)? else { return Ok(()) };
        let mut buffer = TextBuffer::default();
        let id = text(id, Field::Id)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
        heard.push(Heard::Paid(PaymentNews {
            instrument: Some(of.id),
            id: trade_id(id),
            kind: PaymentKind::Funding,
            asset: of.settlement(),
            // Told as a fee is: positive is paid.
            amount_e8: amount_e8(fee, Field::Fee)?.saturating_neg(),
            at_ns: time_ms(at),
        }));
        return Ok(());
    }
    if !["Trade", "AdlTrade", "BustTrade", "BlockTrade"].iter().any(|name| kind.is(name)) {
        return Ok(());
    }
    let (whose, made_by) = (whose(ours, b'-', theirs)?, made_by.and_then(Value::string));
    let is_ours = whose.ours.is_some();
    let cause = cause(kind, made_by).filter(|_| !is_ours);
    let (of, side) = (instrument(listed, category.or(of), symbol)?, side(buys)?);
    let mut buffer = TextBuffer::default();
    let id = text(id, Field::Id)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let fee_asset = not_empty(fee_asset).map(|asset| name(asset, Field::Fee)).transpose()?;
    let is_maker = needed(rested, Field::Liquidity)?.boolean().ok_or(FrameError::Unreadable(Field::Liquidity))?;
    let fill = FillNews {
        whose,
        instrument: of.map(|instrument| instrument.id),
        side,
        trade_id: trade_id(id),
        // What the venue closes has a price wherever it likes.
        px: price(of, px, is_ours)?,
        qty: quantity(of, qty, is_ours)?,
        fee_e8: amount_e8(fee, Field::Fee)?,
        fee_asset: fee_asset.or_else(|| of.map(|of| usual_fee_asset(of, side))).unwrap_or_default(),
        liquidity: if is_maker { Liquidity::Maker } else { Liquidity::Taker },
        at_ns: time_ms(at),
    };
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

/// Why the venue placed an execution itself, if it did: by what kind it is, or by what its order was made by.
fn cause(kind: Text<'_>, made_by: Option<Text<'_>>) -> Option<Cause> {
    let is_made_by = |word: &str| made_by.is_some_and(|made_by| made_by.contains(word));
    match kind {
        kind if kind.is("AdlTrade") || is_made_by("ByAdl") => Some(Cause::Deleveraging),
        kind if kind.is("BustTrade") || is_made_by("ByTakeOver") => Some(Cause::Takeover),
        _ if is_made_by("ByLiq") => Some(Cause::Liquidation),
        _ => None,
    }
}

/// What a fee is paid in where the venue does not say: on spot what is received, of contracts what they settle in.
fn usual_fee_asset(of: &Instrument, side: Side) -> Name {
    match (of.kind, side) {
        (ContractKind::Spot, Side::Buy) | (ContractKind::Inverse, _) => of.base,
        (ContractKind::Spot, Side::Sell) | (ContractKind::Linear, _) => of.quote,
    }
}

fn position(listed: &Listed, of: Option<Value<'_>>, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    // An answer calls its average one name, the stream another.
    let [category, symbol, side, size, px, px_too] =
        row.pick(["category", "symbol", "side", "size", "avgPrice", "entryPrice"]);
    let Some(of) = instrument(listed, category.or(of), symbol)? else { return Ok(()) };
    let size = quantity(Some(of), size, true)?;
    // Without a position there is no side.
    let is_short = text(side, Field::Side)?.is("Sell");
    heard.push(Heard::Position { instrument: of.id, qty: if is_short { Lots(size.0.saturating_neg()) } else { size } });
    entry_price(of, px.or(px_too), heard)
}

fn wallet(row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let coins = needed(row.member("coin"), Field::Balance)?;
    for coin in coins.elements() {
        let [asset, whole, spot, contracts] = coin.pick(["coin", "walletBalance", "locked", "totalOrderIM"]);
        let locked_e8 = amount_e8(spot, Field::Balance)?.saturating_add(amount_e8(contracts, Field::Balance)?);
        let free_e8 = amount_e8(Some(needed(whole, Field::Balance)?), Field::Balance)?.saturating_sub(locked_e8);
        heard.push(Heard::Balance { asset: name(needed(asset, Field::Id)?, Field::Id)?, free_e8, locked_e8 });
    }
    Ok(())
}
