//! Fields of an answer to values: what every venue's `poll` file reads with. A value is there and right, or the error says
//! which is not.

use super::answer::{Candle, OpenInterest, Trade};
use super::error::PollError;
use crate::decimal::{Scale, without_exponent};
use crate::error::{Field, FrameError};
use crate::grid::{self, needed};
use crate::json::{Elements, TextBuffer, Value};
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// What reading gives.
pub(crate) type Read<T> = Result<T, PollError>;

/// One.
pub(crate) const E8: i64 = 100_000_000;
/// 2010 and 2100: seconds taken for milliseconds, or the other way round, lie outside.
const TIMES: std::ops::Range<u64> = 1_262_304_000..4_102_444_800;
/// Shares of long and short come rounded to four decimals each.
const SHARES_APART_E8: i64 = E8 / 1_000;
/// The widest ratio of long to short that is not a mistake of units.
const RATIO_MAX_E8: i64 = 10_000 * E8;

/// The rows of a list.
pub(crate) fn rows(list: Option<Value<'_>>) -> Read<Elements<'_>> {
    let list = needed(list, Field::Rows)?;
    if list.is_array() { Ok(list.elements()) } else { Err(FrameError::Unreadable(Field::Rows).into()) }
}

/// The first elements of a row that is a list.
pub(crate) fn columns<const N: usize>(row: Value<'_>) -> Read<[Value<'_>; N]> {
    let mut columns = [row; N];
    let mut elements = row.elements();
    for column in &mut columns {
        *column = needed(elements.next(), Field::Columns)?;
    }
    Ok(columns)
}

/// A text that must be there.
pub(crate) fn word<'a>(value: Option<Value<'a>>, field: Field, room: &'a mut TextBuffer) -> Read<&'a str> {
    let text = grid::text(value, field)?.plain(room);
    let text = text.and_then(|text| std::str::from_utf8(text).ok());
    Ok(text.ok_or(FrameError::Unreadable(field))?)
}

/// That the answer is about what was asked for.
pub(crate) fn same_symbol(found: Option<Value<'_>>, expected: &str) -> Read<()> {
    let mut room = TextBuffer::default();
    let found = word(found, Field::Symbol, &mut room)?;
    if found == expected {
        return Ok(());
    }
    Err(PollError::OtherSymbol { found: found.to_owned(), expected: expected.to_owned() })
}

/// Steps of a scale, to the nearest or exactly.
fn steps(value: Value<'_>, field: Field, parse: impl Fn(&[u8]) -> Parsed) -> Read<i64> {
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(field))?;
    Ok(parse(without_exponent(text, &mut room)).map_err(|error| FrameError::of_number(field, error))?)
}

type Parsed = Result<i64, engine_model::instrument::DecimalError>;

fn not_negative(steps: i64, field: Field) -> Read<i64> {
    if steps < 0 { Err(FrameError::Unreadable(field).into()) } else { Ok(steps) }
}

/// A sum of quantities, to the nearest lot: venues add floats.
pub(crate) fn sum(of: &Instrument, value: Option<Value<'_>>) -> Read<Lots> {
    let scale = Scale::of_qty(&of.grid);
    let lots = steps(needed(value, Field::Quantity)?, Field::Quantity, |text| scale.nearest(text))?;
    not_negative(lots, Field::Quantity).map(Lots)
}

/// The quantity of a trade, exactly; below zero where `signed`.
pub(crate) fn quantity(of: &Instrument, value: Option<Value<'_>>, signed: bool) -> Read<Lots> {
    let scale = Scale::of_qty(&of.grid);
    let lots = steps(needed(value, Field::Quantity)?, Field::Quantity, |text| scale.parse(text))?;
    if signed { Ok(Lots(lots)) } else { not_negative(lots, Field::Quantity).map(Lots) }
}

/// The price of a trade, exactly.
pub(crate) fn price(of: &Instrument, value: Option<Value<'_>>) -> Read<Ticks> {
    let scale = Scale::of_price(&of.grid);
    let ticks = steps(needed(value, Field::Price)?, Field::Price, |text| scale.parse(text))?;
    not_negative(ticks, Field::Price).map(Ticks)
}

/// A rate of funding. Above 100 % it is an amount of money, which one venue sends beside the rate.
pub(crate) fn rate(value: Option<Value<'_>>) -> Read<i64> {
    let value = needed(value, Field::Rate)?;
    let rate = grid::rate_e8(value)?;
    if rate.abs() > E8 { Err(absurd(Field::Rate, value, "a part of the position, from -1 to 1")) } else { Ok(rate) }
}

/// The share that is long, by both shares.
pub(crate) fn share(long: Option<Value<'_>>, short: Option<Value<'_>>) -> Read<i64> {
    let (long, short) = (needed(long, Field::Share)?, needed(short, Field::Share)?);
    let part = |value| steps(value, Field::Share, |text| Scale::E8.nearest(text));
    let (long_e8, short_e8) = (part(long)?, part(short)?);
    let is_whole = (long_e8.saturating_add(short_e8).saturating_sub(E8)).saturating_abs() <= SHARES_APART_E8;
    if long_e8 < 0 || short_e8 < 0 || !is_whole {
        return Err(absurd(Field::Share, long, "a share that makes 1 with its other half"));
    }
    Ok(long_e8.min(E8))
}

/// The same by the ratio of long to short.
pub(crate) fn share_of_ratio(ratio: Option<Value<'_>>) -> Read<i64> {
    let ratio = needed(ratio, Field::Share)?;
    let ratio_e8 = steps(ratio, Field::Share, |text| Scale::E8.nearest(text))?;
    if !(0..=RATIO_MAX_E8).contains(&ratio_e8) {
        return Err(absurd(Field::Share, ratio, "a ratio of long to short from 0 to 10000"));
    }
    let (ratio_e8, one) = (i128::from(ratio_e8), i128::from(E8));
    Ok(((ratio_e8 * one + (ratio_e8 + one) / 2) / (ratio_e8 + one)) as i64)
}

/// A time in milliseconds.
pub(crate) fn time_ms(value: Option<Value<'_>>) -> Read<Nanos> {
    time(value, Scale { decimals: 6, step: 1 })
}

/// A time in seconds, with decimals or without.
pub(crate) fn time_s(value: Option<Value<'_>>) -> Read<Nanos> {
    time(value, Scale { decimals: 9, step: 1 })
}

/// A time as `2026-08-24T22:21:56.724795Z`.
pub(crate) fn time_iso(value: Option<Value<'_>>) -> Read<Nanos> {
    let mut room = TextBuffer::default();
    let text = word(value, Field::Time, &mut room)?;
    Ok(grid::iso_ns(text.as_bytes()).ok_or(FrameError::Unreadable(Field::Time))?)
}

fn time(value: Option<Value<'_>>, unit: Scale) -> Read<Nanos> {
    let value = needed(value, Field::Time)?;
    let ns = steps(value, Field::Time, |text| unit.nearest(text))?;
    let ns = u64::try_from(ns).map_err(|_| FrameError::Unreadable(Field::Time))?;
    if TIMES.contains(&(ns / Nanos::SECOND)) {
        Ok(Nanos(ns))
    } else {
        Err(absurd(Field::Time, value, "a time from 2010 to 2100"))
    }
}

/// A candle by open, high, low, close and volume. Its prices are rounded to the tick of today: it may be of a time when that
/// was finer.
pub(crate) fn candle(
    of: &Instrument,
    opened_at: Nanos,
    prices: [Option<Value<'_>>; 4],
    volume: Option<Value<'_>>,
) -> Read<Candle> {
    let scale = Scale::of_price(&of.grid);
    let mut ticks = [0; 4];
    for (ticks, value) in ticks.iter_mut().zip(prices) {
        let px = steps(needed(value, Field::Price)?, Field::Price, |text| scale.nearest(text))?;
        *ticks = not_negative(px, Field::Price)?;
    }
    let [open, high, low, close] = ticks;
    if low > open.min(close) || high < open.max(close) {
        let high = needed(prices[1], Field::Price)?;
        return Err(absurd(Field::Price, high, "a high above and a low below all prices of its candle"));
    }
    let [open, high, low, close] = ticks.map(Ticks);
    Ok(Candle { opened_at, open, high, low, close, volume: sum(of, volume)? })
}

/// A trade by its number, price and quantity. A number that is none is left out.
pub(crate) fn trade(of: &Instrument, at: Nanos, aggressor: Side, [id, px, qty]: [Option<Value<'_>>; 3]) -> Read<Trade> {
    let id = id.and_then(Value::unsigned);
    Ok(Trade { at, id, px: price(of, px)?, qty: quantity(of, qty, false)?, aggressor })
}

/// One row of open interest.
pub(crate) fn open_interest(of: &Instrument, at: Nanos, qty: Option<Value<'_>>) -> Read<OpenInterest> {
    Ok(OpenInterest { at, qty: sum(of, qty)? })
}

/// A number that can be read and cannot be.
pub(crate) fn absurd(field: Field, found: Value<'_>, expected: &'static str) -> PollError {
    PollError::Absurd { field, found: excerpt(found), expected }
}

/// The beginning of a value, for people.
pub(crate) fn excerpt(value: Value<'_>) -> String {
    String::from_utf8_lossy(value.bytes()).trim_matches('"').chars().take(EXCERPT_CHARS).collect()
}

/// Of what a venue says so much is repeated.
const EXCERPT_CHARS: usize = 96;
