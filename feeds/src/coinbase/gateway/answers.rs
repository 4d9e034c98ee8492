//! What Coinbase says in answers by REST.
//!
//! Owns: the names and places of their fields. Never: what becomes of an order, what a word of refusal means.

use super::codes;
use super::hears::{instrument, side, state};
use crate::error::{Field, FrameError};
use crate::gateway::ask::{Ask, AskId, Prepare};
use crate::gateway::heard::{Answer, FillNews, Heard, OrderNews, Rights, Whose, trade_id};
use crate::gateway::page::Page;
use crate::gateway::read::{Listed, amount_e8, each_row, name, price, quantity, whose};
use crate::grid::{needed, not_empty, text, time_iso};
use crate::json::{Text, TextBuffer, Value};
use engine_model::order::ClientOrderId;
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::RejectReason;

/// The answer to a question. Orders are refused with status 200.
pub(super) fn rest(
    listed: &Listed,
    (id, ask, status): (AskId, &Ask, u16),
    said: &[u8],
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<(), FrameError> {
    let answer = match (status, ask) {
        (500.., _) => Answer::Unknown,
        (429, _) => Answer::Later { wait_ms: 0 },
        // In plain text: token, key, address.
        (401 | 403, _) => Answer::Refused(RejectReason::NotAllowed),
        (404, Ask::Order(_)) => Answer::NoSuchOrder,
        (400.., _) => {
            let word = Value::parse(said)?.member("error").and_then(Value::string);
            word.map_or(Answer::Refused(RejectReason::Other), codes::answer)
        }
        _ => told(listed, ask, Value::parse(said)?, page, heard)?,
    };
    heard.push(Heard::Answer(id, answer));
    Ok(())
}

fn told(
    listed: &Listed,
    ask: &Ask,
    outer: Value<'_>,
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    match ask {
        Ask::Place(_) => return verdict(outer, outer.member("error_response")),
        Ask::Modify(..) => {
            let first = outer.member("errors").and_then(|errors| errors.elements().next());
            return verdict(outer, first.or_else(|| outer.member("error_response")));
        }
        Ask::Cancel(_) => {
            let result = outer.member("results").and_then(|results| results.elements().next());
            let result = needed(result, Field::Code)?;
            return verdict(result, Some(result));
        }
        // What came of each is told as news.
        Ask::CancelAll(_) => _ = needed(outer.member("results"), Field::Code)?,
        Ask::Order(known) => return looked_up(listed, ask, known.id(), outer, page, heard),
        Ask::OpenOrders(_) => {
            for row in needed(outer.member("orders"), Field::Id)?.elements() {
                order(listed, row, heard)?;
            }
            return paged(ask, outer, page);
        }
        Ask::Fills(..) | Ask::FillsOf(..) => {
            let rows = needed(outer.member("fills"), Field::Id)?.elements();
            // They name the venue's ids alone.
            let is_others = |row: Value<'_>| matches!(instrument(listed, row.member("product_id")), Ok(None));
            each_row(rows, heard, is_others, |row, heard| fill(listed, row, heard))?;
            return paged(ask, outer, page);
        }
        Ask::Balances => {
            for row in needed(outer.member("accounts"), Field::Balance)?.elements() {
                balance(row, heard)?;
            }
            return paged(ask, outer, page);
        }
        Ask::Prepare(Prepare::Time) => {
            let ms = needed(outer.member("epochMillis"), Field::Time)?.unsigned();
            let ns = ms.and_then(|ms| ms.checked_mul(Nanos::MILLI)).ok_or(FrameError::Unreadable(Field::Time))?;
            heard.push(Heard::Time(Nanos(ns)));
        }
        Ask::Prepare(_) => heard.push(Heard::Rights(rights(outer)?)),
        Ask::Positions | Ask::Mode(_) | Ask::Setup(_) | Ask::CancelByRest(_) | Ask::DeadMan(..) => {}
    }
    Ok(Answer::Done)
}

/// Where a refusal has its word. One that says nothing stands beside another that does.
const REASONS: [&str; 5] =
    ["failure_reason", "edit_failure_reason", "error", "new_order_failure_reason", "preview_failure_reason"];

/// Yes, or the first word that says why not.
fn verdict(of: Value<'_>, error: Option<Value<'_>>) -> Result<Answer, FrameError> {
    if needed(of.member("success"), Field::Code)?.boolean().ok_or(FrameError::Unreadable(Field::Code))? {
        return Ok(Answer::Done);
    }
    let words = error.map_or([None; 5], |error| error.pick(REASONS));
    let mut words = words.into_iter().filter_map(|word| not_empty(word).and_then(Value::string));
    let says = |word: &Text<'_>| {
        !["UNKNOWN_FAILURE_REASON", "UNKNOWN_EDIT_ORDER_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON"]
            .iter()
            .any(|nothing| word.is(nothing))
    };
    Ok(words.find(says).map_or(Answer::Refused(RejectReason::Other), codes::answer))
}

/// One order, or the one that is ours in a list.
fn looked_up(
    listed: &Listed,
    ask: &Ask,
    id: ClientOrderId,
    outer: Value<'_>,
    page: &mut Page,
    heard: &mut Vec<Heard>,
) -> Result<Answer, FrameError> {
    let row = match outer.member("order") {
        Some(row) => Some(row),
        None => {
            let mut rows = needed(outer.member("orders"), Field::Id)?.elements();
            rows.find(|row| whose(row.member("client_order_id"), b'-', None).is_ok_and(|whose| whose.ours == Some(id)))
        }
    };
    match row {
        Some(row) => {
            page.ends(ask);
            // Taken in, and standing nowhere yet: it is asked for again.
            Ok(if order(listed, row, heard)? { Answer::Done } else { Answer::Unknown })
        }
        None => match paged(ask, outer, page)? {
            Answer::Done => Ok(Answer::NoSuchOrder),
            goes_on => Ok(goes_on),
        },
    }
}

/// Whether that was all.
fn paged(ask: &Ask, outer: Value<'_>, page: &mut Page) -> Result<Answer, FrameError> {
    let [has_next, cursor] = outer.pick(["has_next", "cursor"]);
    // Executions have a cursor alone.
    let has_next = has_next.and_then(Value::boolean).unwrap_or(true);
    match not_empty(cursor).filter(|_| has_next) {
        Some(cursor) => {
            let cursor = cursor.string().and_then(Text::unescaped).ok_or(FrameError::Unreadable(Field::Id))?;
            Ok(page.goes_on(ask, cursor))
        }
        None => {
            page.ends(ask);
            Ok(Answer::Done)
        }
    }
}

/// Whether it stands or stood anywhere. Price and quantity are in the configuration, of which there is one.
fn order(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<bool, FrameError> {
    let [symbol, theirs, ours, buys, filled, status, reason, configuration, entered, executed] = row.pick([
        "product_id",
        "order_id",
        "client_order_id",
        "side",
        "filled_size",
        "status",
        "reject_reason",
        "order_configuration",
        "created_time",
        "last_fill_time",
    ]);
    let (whose, of) = (whose(ours, b'-', theirs)?, instrument(listed, symbol)?);
    let is_ours = whose.ours.is_some();
    let configuration = needed(configuration, Field::Price)?.members().next().map(|(_, configuration)| configuration);
    let [px, qty] = configuration.map_or([None; 2], |it| it.pick(["limit_price", "base_size"]));
    let Some(state) = state(status, reason)? else { return Ok(false) };
    heard.push(Heard::Order(OrderNews {
        whose,
        instrument: of.map(|of| of.id),
        side: side(buys)?,
        px: px.map_or(Ok(Ticks(0)), |px| price(of, Some(px), is_ours))?,
        qty: qty.map_or(Ok(Lots(0)), |qty| quantity(of, Some(qty), is_ours))?,
        filled: quantity(of, filled, is_ours)?,
        state,
        waits: false,
        at_ns: time_iso(not_empty(executed).or(entered)),
    }));
    Ok(true)
}

/// Corrections and reversals are no executions. One counted in quote is of no order of ours, and how much it is of the base
/// does not stand there.
fn fill(listed: &Listed, row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [symbol, order, id, buys, px, qty, in_quote, fee, liquidity, at] = row.pick([
        "product_id",
        "order_id",
        "trade_id",
        "side",
        "price",
        "size",
        "size_in_quote",
        "commission",
        "liquidity_indicator",
        "trade_time",
    ]);
    if !row.says("trade_type", &["FILL"]) {
        return Ok(());
    }
    let of = instrument(listed, symbol)?;
    let mut buffer = TextBuffer::default();
    let id = text(id, Field::Id)?.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Id))?;
    let in_quote = in_quote.and_then(Value::boolean).unwrap_or(false);
    heard.push(Heard::Fill(FillNews {
        whose: Whose { ours: None, venue_order_id: name(needed(order, Field::Id)?, Field::Id)? },
        instrument: of.map(|of| of.id),
        side: side(buys)?,
        trade_id: trade_id(id),
        px: price(of, px, false)?,
        qty: if in_quote { Lots(0) } else { quantity(of, qty, false)? },
        fee_e8: amount_e8(fee, Field::Fee)?,
        // Always in the quote currency.
        fee_asset: of.map(|of| of.quote).unwrap_or_default(),
        liquidity: match text(liquidity, Field::Liquidity)? {
            liquidity if liquidity.is("MAKER") => Liquidity::Maker,
            liquidity if liquidity.is("TAKER") => Liquidity::Taker,
            _ => return Err(FrameError::Unreadable(Field::Liquidity)),
        },
        at_ns: time_iso(at),
    }));
    Ok(())
}

fn balance(row: Value<'_>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let [asset, free, bound] = row.pick(["currency", "available_balance", "hold"]);
    let free = needed(free, Field::Balance)?.member("value");
    let locked = bound.and_then(|bound| bound.member("value"));
    heard.push(Heard::Balance {
        asset: name(needed(asset, Field::Balance)?, Field::Balance)?,
        free_e8: amount_e8(Some(needed(free, Field::Balance)?), Field::Balance)?,
        locked_e8: amount_e8(locked, Field::Balance)?,
    });
    Ok(())
}

/// To transfer is to move money away.
fn rights(outer: Value<'_>) -> Result<Rights, FrameError> {
    let may =
        |value: Option<Value<'_>>| needed(value, Field::Right)?.boolean().ok_or(FrameError::Unreadable(Field::Right));
    let [trade, transfer] = outer.pick(["can_trade", "can_transfer"]);
    Ok(Rights { trade: may(trade)?, withdraw: Some(may(transfer)?), bound_to_addresses: None })
}
