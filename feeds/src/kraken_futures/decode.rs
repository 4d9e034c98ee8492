//! Kraken Futures' frames on the instruments' grids: text becomes ticks and lots, or a typed error.
//!
//! Owns: the way from [`super::wire`]'s fields to [`Decoded`]. Never: books, sequence rules, counts.

use super::fast;
use super::wire::{self, Frame};
use crate::decoded::{BookKind, Decoded, Derivative, Funding, Ids, Scratch, Trade};
use crate::error::FrameError;
use crate::grid::{Grids, buy_or_sell, rate_e8, sequence, time_ms};
use crate::json::{Elements, Value};
use engine_model::market::{Level, Side};

/// A frame of a socket.
pub(crate) fn frame(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    out.clear();
    if let Grids::Run(run) = grids
        && let Some(decoded) = fast::frame(run, bytes, out)
    {
        return Ok(decoded);
    }
    any_frame(grids, bytes, out)
}

/// The general way.
#[inline(never)]
fn any_frame(grids: &mut Grids, bytes: &[u8], out: &mut Scratch) -> Result<Decoded, FrameError> {
    out.clear();
    match wire::frame(bytes)? {
        Frame::Change(found) => change(&found, grids, out),
        Frame::Snapshot(found) => snapshot(&found, grids, out),
        Frame::Trade(row) => trade(&row, grids, out).map(|()| Decoded::Many),
        Frame::Trades(rows, product) => trades(rows, product, grids, out),
        Frame::Ticker(found) => ticker(&found, grids),
        Frame::Control => Ok(Decoded::Control),
        Frame::Unknown => Ok(Decoded::Unknown),
    }
}

/// A REST answer.
pub(crate) fn answer(url: Option<&str>, body: &[u8]) -> Result<Decoded, FrameError> {
    Value::parse(body)?;
    let path = url.and_then(|url| url.split(['?', '#']).next()).unwrap_or_default();
    Ok(if path.ends_with("/instruments") { Decoded::Instruments } else { Decoded::Unknown })
}

fn change(change: &wire::Change<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(change.product)?;
    let level = grids.level(instrument, change.price, change.quantity)?;
    match buy_or_sell(change.side)? {
        Side::Buy => out.bids.push(level)?,
        Side::Sell => out.asks.push(level)?,
    }
    let ids = Ids::one(sequence(change.sequence)?);
    Ok(out.whole_book(BookKind::Delta, instrument, time_ms(change.venue_time), ids))
}

fn snapshot(found: &wire::Snapshot<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(found.product)?;
    grids.levels(instrument, found.bids, wire::level, &mut out.bids)?;
    grids.levels(instrument, found.asks, wire::level, &mut out.asks)?;
    let ids = Ids::one(sequence(found.sequence)?);
    Ok(out.whole_book(BookKind::Snapshot, instrument, time_ms(found.venue_time), ids))
}

/// The history that comes with a subscription stands newest first.
fn trades(
    rows: Elements<'_>,
    product: Option<Value<'_>>,
    grids: &mut Grids,
    out: &mut Scratch,
) -> Result<Decoded, FrameError> {
    for row in rows {
        trade(&wire::trade(row, product)?, grids, out)?;
    }
    out.turn_round(0);
    Ok(Decoded::Many)
}

/// A trade, and the liquidation that it was part of: the taker's order closed the position.
fn trade(row: &wire::Trade<'_>, grids: &mut Grids, out: &mut Scratch) -> Result<(), FrameError> {
    let instrument = grids.instrument(row.product)?;
    let level = grids.level(instrument, row.price, row.quantity)?;
    let (aggressor, venue_at_ns) = (buy_or_sell(row.side)?, time_ms(row.venue_time));
    let trade_id = row.sequence.and_then(Value::unsigned).unwrap_or(0);
    let Level { px, qty } = level;
    out.push(Decoded::Trade(Trade { instrument, venue_at_ns, px, qty, aggressor, trade_id }))?;
    if row.kind.and_then(Value::string).is_some_and(|kind| kind.is("liquidation")) {
        let order = Some((level, aggressor.opposite()));
        out.push(Decoded::Liquidation { instrument, venue_at_ns, order })?;
    }
    Ok(())
}

/// The frame does not tell for how long its rate holds: it was four hours once, and is one now.
fn ticker(ticker: &wire::Ticker<'_>, grids: &mut Grids) -> Result<Decoded, FrameError> {
    let instrument = grids.instrument(ticker.product)?;
    let mut price = |value: Option<Value<'_>>| value.map(|v| grids.average(instrument, v)).transpose();
    let (mark, index) = (price(ticker.mark)?, price(ticker.index)?);
    let [rate, next] = ticker.funding;
    let funding = rate.map(rate_e8).transpose()?;
    let funding = funding.map(|rate_e8| Funding { rate_e8, next_at_ns: time_ms(next), interval_s: super::FUNDING_S });
    let open_interest = ticker.open_interest.map(|qty| grids.sum(instrument, qty)).transpose()?;
    let venue_at_ns = time_ms(ticker.venue_time);
    Ok(Decoded::Ticker(Derivative { instrument, venue_at_ns, mark, index, funding, open_interest }))
}
