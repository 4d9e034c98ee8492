//! What OKX says of orders and of the account, on its line and in REST answers.
//!
//! Owns: the names and places of private fields. Never: what becomes of an order, what a code means.

use super::{BETWEEN, algo, codes};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{
    Answer, FillNews, FundingNews, Heard, OrderNews, OrderState, Rights, Unwelcome, Whose, trade_id,
};
use crate::gateway::page::Page;
use crate::gateway::read::{
    Listed, amount_e8, each_row, entry_price, is_anothers, leverage, name, price, quantity, whose,
};
use crate::grid::{buy_or_sell, needed, not_empty, text, time_ms};
use crate::json::{Text, TextBuffer, Value};
use engine_model::closeout::Cause;
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::report::Liquidity;
use engine_model::setup::MarginMode;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// A message on the line.
pub(super) fn line(listed: &Listed, said: &[u8], heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    if said == b"pong" {
        return Ok(());
    }
    let outer = Value::parse(said)?;
    let [event, argument, data, op, id] = outer.pick(["event", "arg", "data", "op", "id"]);
    if let Some(event) = event.and_then(Value::string) {
        return told(event, outer.member("code"), heard);
    }
    if op.is_some() {
        // What is not numbered by us was asked by nobody here.
        let Some(id) = id.and_then(Value::unsigned) else { return Ok(()) };
        let verdict = verdict(outer, heard)?;
        heard.push(Heard::Answer(AskId(id), verdict));
        return Ok(());
    }
    let Some(channel) = argument.and_then(|argument| argument.member("channel")) else { return Ok(()) };
    let mut rows = needed(data, Field::Id)?.elements();
    match text(Some(channel), Field::Action)? {
        channel if channel.is("orders") => rows.try_for_each(|row| {
            fill_of_order(listed, row, heard)?;
            order(listed, row, heard)
        }),
        channel if channel.is("orders-algo") => rows.try_for_each(|row| algo::row(listed, row, heard).map(|_| ())),
        channel if channel.is("account") => rows.try_for_each(|row| account(row, heard)),
        channel if channel.is("positions") => rows.try_for_each(|row| position(listed, row, heard)),
        _ => Ok(()),
    }
}

/// What the venue says of the line itself.
fn told(event: Text<'_>, code: Option<Value<'_>>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let code = not_empty(code).map(|code| code.unsigned().ok_or(FrameError::Unreadable(Field::Code))).transpose()?;
    match event {
        event if event.is("login") && code.is_none_or(|code| code == 0) => heard.push(Heard::Welcome),
        event if event.is("subscribe") => heard.push(Heard::Welcome),
        // An error names no question. In a greeting the line is opened once more; behind it what was under way finds out by
        // its time-out, and is asked for.
        event if event.is("login") || event.is("error") => {
            heard.push(Heard::Unwelcome(codes::unwelcome(code.unwrap_or(0))));
        }
        // 64008: the server is about to be exchanged.
        event if event.is("notice") && code == Some(64008) => heard.push(Heard::Leave),
        _ => {}
    }
    Ok(())
}

fn code_of(value: Option<Value<'_>>) -> Result<u64, FrameError> {
    needed(value, Field::Code)?.unsigned().ok_or(FrameError::Unreadable(Field::Code))
}

/// What an answer says of what was asked: the code of its only row, else its own. (1: all rows failed.)
fn verdict(outer: Value<'_>, heard: &mut Vec<Heard>) -> Result<Answer, FrameError> {
    let [code, data] = outer.pick(["code", "data"]);
    let row = data.and_then(|data| data.elements().next());
    let [own, words] = row.map_or([None; 2], |row| row.pick(["sCode", "sMsg"]));
    let code = match own {
        Some(own) => code_of(Some(own))?,
        None => code_of(code)?,
    };
    if code == codes::IN_WORDS {
        let names = |word: &str| words.and_then(Value::string).is_some_and(|words| words.contains(word));
        let would_take = names("post") || names("Post") || names("maker");
        let reason = if would_take { RejectReason::PostOnlyWouldTake } else { RejectReason::Other };
        return Ok(Answer::Refused(reason));
    }
    if codes::CLOCK.contains(&code) {
        heard.push(Heard::Unwelcome(Unwelcome::Clock));
    }
    Ok(codes::answer(code))
}

/// The same of a question about many orders: with rows it was taken in, and their news tell what came of each.
fn verdict_of_many(outer: Value<'_>) -> Result<Answer, FrameError> {
    let [code, data] = outer.pick(["code", "data"]);
    let has_rows = data.is_some_and(|data| data.elements().next().is_some());
    if has_rows { Ok(Answer::Done) } else { Ok(codes::answer(code_of(code)?)) }
}

/// What a status of HTTP says before the answer is read.
fn refused_by_status(status: u16, said: &[u8]) -> Option<Answer> {
    match status {
        500.. => Some(Answer::Unknown),
        // What stands before the service answers with pages.
        429 if Value::parse(said).is_err() => Some(Answer::Later { wait_ms: codes::WINDOW_MS }),
        _ => None,
    }
}

/// The answer to a question by REST.
pub(super) fn answer(
    listed: &Listed,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match refused_by_status(status, said) {
        Some(answer) => answer,
        None => {
            let outer = Value::parse(said)?;
            let verdict = match ask {
                Ask::CancelAll(_) => verdict_of_many(outer)?,
                _ => verdict(outer, heard)?,
            };
            match (verdict, outer.member("data")) {
                (Answer::Done, data) => rows(listed, ask, needed(data, Field::Code)?, page, heard)?,
                (verdict, _) => verdict,
            }
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

fn rows(
    listed: &Listed,
    ask: &Ask,
    data: Value<'_>,
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let mut rows = data.elements();
    match ask {
        Ask::Order(known) if known.is_among_waiting() => {
            return rows.try_fold(Answer::NoSuchOrder, |_, row| algo::row(listed, row, heard));
        }
        Ask::OpenOrders(_) => rows.try_for_each(|row| match row.says("ordType", &[algo::KIND]) {
            true => algo::row(listed, row, heard).map(|_| ()),
            false => order(listed, row, heard),
        }),
        Ask::Order(_) => rows.try_for_each(|row| order(listed, row, heard)),
        Ask::Fills(..) | Ask::FillsOf(..) => {
            each_row(rows, heard, |row| is_others(listed, row), |row, heard| fill(listed, row, heard))
        }
        Ask::Balances => rows.try_for_each(|row| account(row, heard)),
        Ask::Positions => rows.try_for_each(|row| position(listed, row, heard)),
        Ask::Mode(_) => rows.try_for_each(|row| {
            heard.push(Heard::TwoWay(!text(row.member("posMode"), Field::State)?.is("net_mode")));
            Ok(())
        }),
        // Which margin stands behind it each order says by itself: ours say cross.
        Ask::Setup(_) => rows.try_for_each(|row| {
            heard.extend(leverage(row.member("lever"))?);
            heard.push(Heard::Margin(MarginMode::Cross));
            Ok(())
        }),
        Ask::Prepare(Prepare::Time) => rows.try_for_each(|row| {
            let ms = needed(row.member("ts"), Field::Time)?.unsigned().ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(Nanos(ms.saturating_mul(Nanos::MILLI))));
            Ok(())
        }),
        Ask::Prepare(Prepare::Rights) => rows.try_for_each(|row| {
            heard.push(Heard::Rights(rights(row)?));
            Ok(())
        }),
        _ => Ok(()),
    }?;
    // A list goes on behind the id of its last row.
    let key = match ask {
        Ask::OpenOrders(_) if data.elements().any(|row| row.says("ordType", &[algo::KIND])) => "algoId",
        Ask::OpenOrders(_) => "ordId",
        Ask::Fills(..) | Ask::FillsOf(..) => "billId",
        _ => return Ok(Answer::Done),
    };
    if data.elements().count() < super::PAGE_MAX {
        page.ends(ask);
        return Ok(Answer::Done);
    }
    let last = needed(data.elements().last().and_then(|row| row.member(key)), Field::Id)?;
    Ok(page.goes_on(ask, name(last, Field::Id)?.as_str()))
}

/// The numbers of instruments. One of which the venue tells none keeps its name on the line.
pub(super) fn instruments(
    listed: &Listed,
    known: &mut [Option<u64>],
    id: AskId,
    status: u16,
    said: &[u8],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match refused_by_status(status, said) {
        Some(answer) => answer,
        None => {
            let outer = Value::parse(said)?;
            for row in outer.member("data").into_iter().flat_map(Value::elements) {
                let [symbol, code] = row.pick(["instId", "instIdCode"]);
                if let Some(of) = instrument(listed, symbol)? {
                    known[of.id.index()] = not_empty(code).and_then(Value::unsigned);
                }
            }
            verdict(outer, heard)?
        }
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

/// Rights are a list in one text: `read_only,withdraw,trade`; so are addresses.
fn rights(row: Value<'_>) -> Result<Rights, FrameError> {
    let [rights, addresses] = row.pick(["perm", "ip"]);
    let mut buffer = TextBuffer::default();
    let plain = text(rights, Field::Right)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Right))?;
    let may = |what: &[u8]| plain.split(|byte| *byte == b',').any(|word| word == what);
    Ok(Rights {
        trade: may(b"trade"),
        withdraw: Some(may(b"withdraw")),
        bound_to_addresses: Some(not_empty(Some(needed(addresses, Field::Right)?)).is_some()),
    })
}

fn instrument<'a>(listed: &'a Listed, symbol: Option<Value<'_>>) -> Result<Option<&'a Instrument>, FrameError> {
    let mut buffer = TextBuffer::default();
    let symbol = text(symbol, Field::Symbol)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
    Ok(listed.find(symbol))
}

/// What every row of an order or an execution begins with.
pub(super) struct Head<'a> {
    pub(super) whose: Whose,
    pub(super) of: Option<&'a Instrument>,
    pub(super) side: Side,
}

impl<'a> Head<'a> {
    /// One that came from another, which waited, names that one's id of ours where its own would be.
    fn read(listed: &'a Listed, row: Value<'_>) -> Result<Self, FrameError> {
        let [ours, came_from, theirs] = row.pick(["clOrdId", "algoClOrdId", "ordId"]);
        Self::of(listed, row, [not_empty(ours).or(came_from), theirs])
    }

    pub(super) fn of_waiting(listed: &'a Listed, row: Value<'_>) -> Result<Self, FrameError> {
        Self::of(listed, row, row.pick(["algoClOrdId", "algoId"]))
    }

    fn of(listed: &'a Listed, row: Value<'_>, [ours, theirs]: [Option<Value<'_>>; 2]) -> Result<Self, FrameError> {
        let [symbol, side] = row.pick(["instId", "side"]);
        Ok(Self {
            whose: whose(ours, BETWEEN.as_bytes()[0], theirs)?,
            of: instrument(listed, symbol)?,
            side: buy_or_sell(text(side, Field::Side)?)?,
        })
    }

    pub(super) fn is_ours(&self) -> bool {
        self.whose.ours.is_some()
    }
}

fn order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let head = Head::read(listed, row)?;
    let [px, qty, filled, kind, at] = row.pick(["px", "sz", "accFillSz", "ordType", "uTime"]);
    let [state, source] = row.pick(["state", "cancelSource"]);
    let is_market = kind.and_then(Value::string).is_some_and(|kind| kind.is("market"));
    let filled = quantity(head.of, filled, head.is_ours())?;
    heard.push(Heard::Order(OrderNews {
        whose: head.whose,
        instrument: head.of.map(|of| of.id),
        side: head.side,
        px: if is_market { Ticks(0) } else { price(head.of, px, head.is_ours())? },
        qty: quantity(head.of, qty, head.is_ours())?,
        filled,
        state: order_state(text(state, Field::State)?, source.and_then(Value::string), filled)?,
        waits: false,
        at_ns: time_ms(at),
    }));
    Ok(())
}

/// Why a post-only order was withdrawn as soon as it came: it would have taken.
const WOULD_TAKE: &str = "31";

fn order_state(state: Text<'_>, source: Option<Text<'_>>, filled: Lots) -> Result<OrderState, FrameError> {
    let would_take = filled == Lots(0) && source.is_some_and(|source| source.is(WOULD_TAKE));
    match state {
        state if state.is("live") || state.is("partially_filled") => Ok(OrderState::Open),
        state if state.is("filled") => Ok(OrderState::Filled),
        state if state.is("canceled") && would_take => Ok(OrderState::Rejected(RejectReason::PostOnlyWouldTake)),
        state if state.is("canceled") || state.is("mmp_canceled") => Ok(OrderState::Canceled),
        _ => Err(FrameError::Unreadable(Field::State)),
    }
}

/// The execution that a push of an order tells of, if it does: what else happens to an order is told without one.
fn fill_of_order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, px, qty, fee, fee_asset, liquidity, at] =
        row.pick(["tradeId", "fillPx", "fillSz", "fillFee", "fillFeeCcy", "execType", "fillTime"]);
    match not_empty(id) {
        Some(id) => execution(listed, row, [Some(id), px, qty, fee, fee_asset, liquidity, at], heard),
        None => Ok(()),
    }
}

/// Whether an execution is surely of no order of ours, nor one that the venue placed on a position of ours.
fn is_others(listed: &Listed, row: Value<'_>) -> bool {
    let [ours, came_from, kind, symbol] = row.pick(["clOrdId", "algoClOrdId", "subType", "instId"]);
    let is_placed = not_empty(kind).and_then(cause_of_kind).is_some();
    let is_anothers = !is_placed && is_anothers(not_empty(ours).or(came_from), BETWEEN.as_bytes()[0]);
    is_anothers || matches!(instrument(listed, symbol), Ok(None))
}

/// A row of executions.
fn fill(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [id, px, qty, fee, fee_asset, liquidity, filled_at, at] =
        row.pick(["tradeId", "fillPx", "fillSz", "fee", "feeCcy", "execType", "fillTime", "ts"]);
    execution(listed, row, [id, px, qty, fee, fee_asset, liquidity, not_empty(filled_at).or(at)], heard)
}

fn execution(
    listed: &Listed,
    row: Value<'_>,
    [id, px, qty, fee, fee_asset, liquidity, at]: [Option<Value<'_>>; 7],
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let head = Head::read(listed, row)?;
    // Pushes say what an order is in a word, rows of executions what each of them was in a number.
    let [category, kind] = row.pick(["category", "subType"]);
    let cause = category.and_then(Value::string).and_then(cause).or_else(|| not_empty(kind).and_then(cause_of_kind));
    let cause = cause.filter(|_| !head.is_ours());
    let mut buffer = TextBuffer::default();
    let id = needed(id, Field::Id)?.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let fee_asset = not_empty(fee_asset).map(|asset| name(asset, Field::Fee)).transpose()?;
    let mut fill = FillNews {
        whose: head.whose,
        instrument: head.of.map(|of| of.id),
        side: head.side,
        trade_id: trade_id(id),
        // What the venue closes it closes off the grid, if it likes: to the nearest, or this row would hide all others.
        px: price(head.of, px, head.is_ours())?,
        qty: quantity(head.of, qty, head.is_ours())?,
        // What is charged is negative here, what is given back positive.
        fee_e8: amount_e8(fee, Field::Fee)?.saturating_neg(),
        fee_asset: fee_asset.unwrap_or_default(),
        liquidity: match liquidity.and_then(Value::string) {
            Some(liquidity) if liquidity.is("M") => Liquidity::Maker,
            Some(liquidity) if liquidity.is("T") => Liquidity::Taker,
            // Of orders that it places itself the venue tells neither.
            _ if cause.is_some() => Liquidity::Taker,
            None => return Err(FrameError::Missing(Field::Liquidity)),
            Some(_) => return Err(FrameError::Unreadable(Field::Liquidity)),
        },
        at_ns: time_ms(at),
    };
    // Nor, in some of its words, a number of their own: then when, at what and how much tells one from the other.
    if cause.is_some() && fill.trade_id == 0 {
        let at_ms = fill.at_ns.0 / Nanos::MILLI;
        fill.trade_id = (1 << 63) | (at_ms ^ (fill.px.0.unsigned_abs() << 42) ^ (fill.qty.0.unsigned_abs() << 24));
    }
    heard.push(cause.map_or(Heard::Fill(fill), |cause| Heard::ClosedOut(cause, fill)));
    Ok(())
}

/// Why the venue placed an order itself, if it did.
fn cause(category: Text<'_>) -> Option<Cause> {
    match category {
        category if category.is("full_liquidation") || category.is("partial_liquidation") => Some(Cause::Liquidation),
        category if category.is("adl") => Some(Cause::Deleveraging),
        _ => None,
    }
}

/// The same by the number of an execution's kind
/// (<https://www.okx.com/docs-v5/en/#order-book-trading-trade-get-transaction-details-last-3-days>).
fn cause_of_kind(kind: Value<'_>) -> Option<Cause> {
    match kind.unsigned()? {
        100..=107 => Some(Cause::Liquidation),
        110..=111 => Some(Cause::Takeover),
        125..=128 => Some(Cause::Deleveraging),
        _ => None,
    }
}

/// An account that does not net its positions names the side of each.
fn position(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, side, held, px, funding, opened, at] =
        row.pick(["instId", "posSide", "pos", "avgPx", "fundingFee", "cTime", "uTime"]);
    let Some(of) = instrument(listed, symbol)? else { return Ok(()) };
    let held = quantity(Some(of), held, true)?;
    // What the position has got so far, not each payment: what a cut line missed is told by the next word.
    if let Some(funding) = not_empty(funding) {
        heard.push(Heard::FundingSoFar(FundingNews {
            instrument: of.id,
            opened: time_ms(opened).0,
            asset: of.settlement(),
            total_e8: amount_e8(Some(funding), Field::Balance)?,
            at_ns: time_ms(at),
        }));
    }
    let is_short = side.and_then(Value::string).is_some_and(|side| side.is("short"));
    heard.push(Heard::Position { instrument: of.id, qty: if is_short { Lots(held.0.saturating_neg()) } else { held } });
    entry_price(of, px, heard)
}

fn account(row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    for detail in needed(row.member("details"), Field::Balance)?.elements() {
        let [asset, free, cash, locked] = detail.pick(["ccy", "availBal", "cashBal", "ordFrozen"]);
        heard.push(Heard::Balance {
            asset: name(needed(asset, Field::Balance)?, Field::Balance)?,
            // Some modes of an account have no free balance, only cash.
            free_e8: amount_e8(not_empty(free).or(Some(needed(cash, Field::Balance)?)), Field::Balance)?,
            locked_e8: amount_e8(locked, Field::Balance)?,
        });
    }
    Ok(())
}
