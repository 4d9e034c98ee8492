//! The venue's symbols and numbers to our instruments and steps: what every decoder asks while it reads a frame.
//!
//! Owns: [`Grids`]. In a run the instruments are known and a number is whole steps or a typed error; in a survey
//! (`crate::metadata`) each symbol is new and numbers are only looked at. One decoder serves both, so a survey understands
//! exactly what a run will. Never: field names, books.

use crate::decimal::{Scale, without_exponent};
use crate::decoded::{Ids, SideScratch};
use crate::error::{Field, FrameError};
use crate::json::{Text, TextBuffer, Value};
use crate::metadata::survey::Survey;
use crate::reader::LevelReader;
use crate::symbol::SymbolTable;
use crate::word::{ZEROS, digits_value, first_bytes, literal_word, non_digits, word, word_in};
use engine_model::instrument::{DecimalError, InstrumentId, Instruments};
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;

/// Symbols and grids of one venue.
#[derive(Debug)]
pub(crate) enum Grids {
    /// Those of a run.
    Run(RunGrids),
    /// Those that a recording names.
    Survey(Survey),
}

/// Symbols and grids of a run. Fixed, so that the path allocates nothing.
#[derive(Debug)]
pub(crate) struct RunGrids {
    pub(crate) symbols: SymbolTable,
    /// By instrument index.
    pub(crate) readers: Box<[LevelReader]>,
}

/// What a number is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// A price at which something stands or was traded.
    Price,
    /// A quantity.
    Quantity,
    /// A quantity that the venue keeps finer than it takes orders: to the nearest lot, and never to nothing.
    Rest,
    /// A price between the steps by its nature: mark, index.
    Average,
    /// A quantity that the venue sums up, with what its floats leave behind: open interest.
    Sum,
}

impl Number {
    pub(crate) const fn field(self) -> Field {
        match self {
            Self::Price | Self::Average => Field::Price,
            Self::Quantity | Self::Rest | Self::Sum => Field::Quantity,
        }
    }
}

/// Longest symbol that is put together from parts.
pub(crate) const JOINED_MAX: usize = 64;

/// `prefix:symbol`; `None` where it is longer than any symbol of ours.
#[inline]
pub(crate) fn joined<'a>(prefix: &[u8], symbol: &[u8], room: &'a mut [u8; JOINED_MAX]) -> Option<&'a [u8]> {
    let slots = room.get_mut(..prefix.len() + 1 + symbol.len())?;
    let (front, behind) = slots.split_at_mut(prefix.len());
    let (colon, back) = behind.split_first_mut()?;
    front.copy_from_slice(prefix);
    *colon = b':';
    back.copy_from_slice(symbol);
    Some(slots)
}

impl RunGrids {
    /// The instrument of `prefix:symbol`.
    pub(crate) fn find_in(&self, prefix: &[u8], symbol: &[u8]) -> Option<InstrumentId> {
        self.symbols.find(joined(prefix, symbol, &mut [0; JOINED_MAX])?)
    }
}

impl Grids {
    pub(crate) fn of_run(venue: VenueId, instruments: &Instruments) -> Self {
        let reader = |grid| LevelReader::new(Scale::of_price(grid), Scale::of_qty(grid));
        Self::Run(RunGrids {
            symbols: SymbolTable::new(venue, instruments),
            readers: instruments.iter().map(|instrument| reader(&instrument.grid)).collect(),
        })
    }

    /// The instrument of that symbol; `None` for one that this run does not have.
    pub(crate) fn find(&mut self, symbol: &[u8]) -> Option<InstrumentId> {
        match self {
            Self::Run(run) => run.symbols.find(symbol),
            Self::Survey(survey) => survey.find(symbol),
        }
    }

    /// The same for `prefix:symbol`: venues that use one symbol for several markets.
    pub(crate) fn find_in(&mut self, prefix: &[u8], symbol: &[u8]) -> Option<InstrumentId> {
        self.find(joined(prefix, symbol, &mut [0; JOINED_MAX])?)
    }

    /// The same for a text of a document.
    pub(crate) fn instrument(&mut self, symbol: Text<'_>) -> Result<Option<InstrumentId>, FrameError> {
        let mut buffer = TextBuffer::default();
        let symbol = symbol.plain(&mut buffer).ok_or(FrameError::Unreadable(Field::Symbol))?;
        Ok(self.find(symbol))
    }

    /// The instrument of a REST answer, by its URL, by itself, or known to the caller; `None` where nobody names it.
    pub(crate) fn named(
        &mut self,
        asked_for: Option<&str>,
        symbol: Option<Text<'_>>,
        known: Option<InstrumentId>,
    ) -> Result<Option<Option<InstrumentId>>, FrameError> {
        Ok(match (asked_for, symbol) {
            (Some(symbol), _) => Some(self.find(symbol.as_bytes())),
            (None, Some(symbol)) => Some(self.instrument(symbol)?),
            (None, None) => known.map(Some),
        })
    }

    /// Scales of price and quantity; `None` for an instrument that this run does not have, and in a survey.
    fn scales(&self, instrument: Option<InstrumentId>) -> Option<(Scale, Scale)> {
        match self {
            Self::Run(run) => Some(run.readers.get(instrument?.index())?.scales()),
            Self::Survey(_) => None,
        }
    }

    /// A price and a quantity; zero or above, exactly on the grid.
    pub(crate) fn level(
        &mut self,
        instrument: Option<InstrumentId>,
        px: Value<'_>,
        qty: Value<'_>,
    ) -> Result<Level, FrameError> {
        Ok(Level { px: self.price(instrument, px)?, qty: self.quantity(instrument, qty)? })
    }

    /// The rows of a book's side, behind what the scratch has; `level` finds price and quantity in a row.
    pub(crate) fn levels<'a>(
        &mut self,
        instrument: Option<InstrumentId>,
        rows: Value<'a>,
        level: impl Fn(Value<'a>) -> Result<[Value<'a>; 2], FrameError>,
        side: &mut SideScratch,
    ) -> Result<(), FrameError> {
        if !rows.is_array() {
            return Err(FrameError::Unreadable(Field::Levels));
        }
        for row in rows.elements() {
            let [px, qty] = level(row)?;
            side.push(self.level(instrument, px, qty)?)?;
        }
        Ok(())
    }

    /// A price; zero or above, exactly on the grid.
    pub(crate) fn price(&mut self, instrument: Option<InstrumentId>, px: Value<'_>) -> Result<Ticks, FrameError> {
        self.number(instrument, Number::Price, px).map(Ticks)
    }

    /// A quantity; zero or above, exactly on the grid.
    pub(crate) fn quantity(&mut self, instrument: Option<InstrumentId>, qty: Value<'_>) -> Result<Lots, FrameError> {
        self.number(instrument, Number::Quantity, qty).map(Lots)
    }

    /// A quantity that the venue keeps finer than it takes orders; to the nearest lot, and never to nothing.
    pub(crate) fn rest(&mut self, instrument: Option<InstrumentId>, qty: Value<'_>) -> Result<Lots, FrameError> {
        self.number(instrument, Number::Rest, qty).map(Lots)
    }

    /// A mark or index price, to the nearest tick.
    pub(crate) fn average(&mut self, instrument: Option<InstrumentId>, px: Value<'_>) -> Result<Ticks, FrameError> {
        self.number(instrument, Number::Average, px).map(Ticks)
    }

    /// Open interest, to the nearest lot: OKX sends `2216113.01000000309`.
    pub(crate) fn sum(&mut self, instrument: Option<InstrumentId>, qty: Value<'_>) -> Result<Lots, FrameError> {
        self.number(instrument, Number::Sum, qty).map(Lots)
    }

    fn number(&mut self, instrument: Option<InstrumentId>, what: Number, value: Value<'_>) -> Result<i64, FrameError> {
        let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
        let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(what.field()))?;
        // A number that is sent as a text has never had an exponent; one that is sent as a number may.
        let is_text = value.string().is_some();
        self.number_of_text(instrument, what, if is_text { text } else { without_exponent(text, &mut room) })
    }

    /// The same for a number without its quotes.
    pub(crate) fn number_of_text(
        &mut self,
        instrument: Option<InstrumentId>,
        what: Number,
        text: &[u8],
    ) -> Result<i64, FrameError> {
        let scales = self.scales(instrument);
        let steps = match (&mut *self, scales, what) {
            (Self::Survey(survey), _, _) => return survey.note(instrument, what, text).map(|()| 0),
            (Self::Run(_), Some((px, _)), Number::Price) => px.parse(text),
            (Self::Run(_), Some((_, qty)), Number::Quantity) => qty.parse(text),
            (Self::Run(_), Some((_, qty)), Number::Rest) => at_least_one(qty, text),
            (Self::Run(_), Some((px, _)), Number::Average) => px.nearest(text),
            (Self::Run(_), Some((_, qty)), Number::Sum) => qty.nearest(text),
            // Not ours: only the form is checked.
            (Self::Run(_), None, _) => Scale::WHOLE.nearest(text),
        };
        let steps = steps.map_err(|error| FrameError::of_number(what.field(), error))?;
        // A book has no negative price or quantity, and a trade neither; an average may be anything.
        if steps < 0 && what != Number::Average { Err(FrameError::Unreadable(what.field())) } else { Ok(steps) }
    }
}

/// To the nearest step, but what is something stays something: a level of nothing would be one that is gone.
fn at_least_one(scale: Scale, text: &[u8]) -> Result<i64, DecimalError> {
    let steps = scale.nearest(text)?;
    let is_something = text.iter().any(|byte| (b'1'..=b'9').contains(byte));
    let one = if text.starts_with(b"-") { -1 } else { 1 };
    Ok(if steps == 0 && is_something { one } else { steps })
}

/// Price and quantity at the head of a row `[price, quantity, …]`.
pub(crate) fn price_quantity(row: Value<'_>) -> Result<[Value<'_>; 2], FrameError> {
    let mut parts = row.elements();
    Ok([needed(parts.next(), Field::Price)?, needed(parts.next(), Field::Quantity)?])
}

/// `buy` or `sell`.
pub(crate) fn buy_or_sell(text: Text<'_>) -> Result<Side, FrameError> {
    match text {
        text if text.is("buy") => Ok(Side::Buy),
        text if text.is("sell") => Ok(Side::Sell),
        _ => Err(FrameError::Unreadable(Field::Side)),
    }
}

/// A rate in 1e-8, to the nearest.
pub(crate) fn rate_e8(value: Value<'_>) -> Result<i64, FrameError> {
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(Field::Rate))?;
    Scale::E8.nearest(without_exponent(text, &mut room)).map_err(|error| FrameError::of_number(Field::Rate, error))
}

/// A sequence number.
pub(crate) fn sequence(value: Value<'_>) -> Result<u64, FrameError> {
    value.unsigned().ok_or(FrameError::Unreadable(Field::Sequence))
}

/// The number of a message that names the one before it, where it does. Old recordings have neither.
pub(crate) fn linked(previous: Option<Value<'_>>, last: Option<Value<'_>>) -> Result<Ids, FrameError> {
    match (previous, last) {
        (None, None) => Ok(Ids::NONE),
        (previous, last) => {
            Ok(Ids::after(previous.map(sequence).transpose()?, sequence(needed(last, Field::Sequence)?)?))
        }
    }
}

/// A CRC-32 as a signed number; 0 is sent where there is none.
pub(crate) fn checksum(value: Option<Value<'_>>) -> Result<Option<u32>, FrameError> {
    let Some(value) = not_empty(value) else { return Ok(None) };
    let mut buffer = TextBuffer::default();
    let text = value.number_text(&mut buffer).and_then(|text| std::str::from_utf8(text).ok());
    let signed = text.and_then(|text| text.parse::<i32>().ok()).ok_or(FrameError::Unreadable(Field::Checksum))?;
    Ok((signed != 0).then_some(signed.cast_unsigned()))
}

/// A value that must be there.
pub(crate) fn needed(value: Option<Value<'_>>, field: Field) -> Result<Value<'_>, FrameError> {
    value.ok_or(FrameError::Missing(field))
}

/// A text that must be there.
pub(crate) fn text(value: Option<Value<'_>>, field: Field) -> Result<Text<'_>, FrameError> {
    needed(value, field)?.string().ok_or(FrameError::Unreadable(field))
}

/// What holds something: venues send `""` or `null` for what they do not have.
pub(crate) fn not_empty(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| !matches!(value.bytes(), b"\"\"" | b"null"))
}

/// A time in milliseconds. A time is informative: one that is absent or unreadable is 0.
pub(crate) fn time_ms(value: Option<Value<'_>>) -> Nanos {
    Nanos(value.and_then(Value::unsigned).unwrap_or(0).saturating_mul(1_000_000))
}

/// A time in milliseconds with decimals, as `1606292218213.4578`; 0 for what is none.
pub(crate) fn time_ms_with_decimals(value: Option<Value<'_>>) -> Nanos {
    let mut buffer = TextBuffer::default();
    let text = value.and_then(|value| value.number_text(&mut buffer));
    let ns = text.and_then(|text| Scale::E6.nearest(text).ok()).and_then(|ns| u64::try_from(ns).ok());
    Nanos(ns.unwrap_or(0))
}

/// A time in seconds; 0 for what is none.
pub(crate) fn time_s(value: Option<Value<'_>>) -> Nanos {
    Nanos(value.and_then(Value::unsigned).unwrap_or(0).saturating_mul(Nanos::SECOND))
}

/// A time as `2026-08-24T22:21:56.724795Z` with up to nine decimals, in UTC; 0 for what is none.
pub(crate) fn time_iso(value: Option<Value<'_>>) -> Nanos {
    let mut buffer = TextBuffer::default();
    let text = value.and_then(Value::string).and_then(|text| text.plain(&mut buffer));
    text.map_or(Nanos(0), time_iso_of)
}

/// The same for a text without its quotes.
pub(crate) fn time_iso_of(text: &[u8]) -> Nanos {
    iso_ns(text).unwrap_or(Nanos(0))
}

/// Days before each month of a year that is no leap year.
const DAYS_BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// The same for the text itself. Every byte of `2026-08-24T22:21:56` is where it is: compared with the same text of zeros,
/// digits are their values and all others nothing.
pub(crate) fn iso_ns(text: &[u8]) -> Option<Nanos> {
    let whole = text.first_chunk::<19>()?;
    let date = word_in(whole, 0) ^ literal_word(b"0000-00-");
    let day = (word_in(whole, 8) ^ literal_word(b"00T")) & first_bytes(3);
    let time = word_in(whole, 11) ^ literal_word(b"00:00:00");
    let others = date & 0xFF00_00FF_0000_0000 | day & 0x00FF_0000 | time & 0x0000_FF00_00FF_0000;
    if others | non_digits(date) | non_digits(day) | non_digits(time) != 0 {
        return None;
    }
    let two = |digits: u64, at: u32| (digits.wrapping_mul(10).wrapping_add(digits >> 8) >> (8 * at)) & 0xFF;
    let (year, month, day) = (two(date, 0) * 100 + two(date, 2), two(date, 5), two(day, 0));
    if !(1970..2500).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let days = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969)
        + DAYS_BEFORE[month as usize - 1]
        + u64::from(month > 2 && is_leap(year))
        + day
        - 1;
    let seconds = days * 86_400 + two(time, 0) * 3_600 + two(time, 3) * 60 + two(time, 6);
    Some(Nanos(seconds * Nanos::SECOND + fraction_ns(&text[19..])?))
}

/// What stands behind the seconds: nothing but the zone, or up to nine decimals and the zone.
fn fraction_ns(rest: &[u8]) -> Option<u64> {
    if matches!(rest, b"Z" | b"+00:00") {
        return Some(0);
    }
    let digits = rest.strip_prefix(b".")?.strip_suffix(b"Z")?;
    let count = digits.len() as u32;
    if !(1..=9).contains(&count) {
        return None;
    }
    let last = match digits.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last) ^ ZEROS,
        None => (word(digits) ^ ZEROS) << (64 - 8 * count),
    };
    let first = if count == 9 { digits[0].wrapping_sub(b'0') } else { 0 };
    let ns = (digits_value(last) + u64::from(first) * 100_000_000) * 10u64.pow(9 - count);
    (non_digits(last) == 0 && first <= 9).then_some(ns)
}

/// The path of a URL.
pub(crate) fn path_of(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// What the query of a URL says of that name: the instrument that was asked for.
pub(crate) fn asked_for<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let query = url.split_once('?')?.1.split('#').next()?;
    let value = |pair: &'a str| pair.strip_prefix(name)?.strip_prefix('=');
    query.split('&').find_map(value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_milliseconds_may_have_decimals() {
        for (text, expected) in [
            ("\"1606292218213.4578\"", 1_606_292_218_213_457_800),
            ("1545136464123", 1_545_136_464_123_000_000),
            ("\"1691620568789.0\"", 1_691_620_568_789_000_000),
            ("\"\"", 0),
            ("-5", 0),
            ("null", 0),
            ("99999999999999999999", 0),
        ] {
            let value = Value::parse(text.as_bytes()).expect("json");
            assert_eq!(time_ms_with_decimals(Some(value)), Nanos(expected), "{text}");
        }
    }

    #[test]
    fn a_url_is_asked_for_its_instrument() {
        let url = "https://a/b/order_book?x=1&contract=BTC_USDT&limit=9#contract=no";
        assert_eq!((path_of(url), asked_for(url, "contract")), ("https://a/b/order_book", Some("BTC_USDT")));
        for url in ["https://a/b", "https://a/b?contract=", "https://a/b?contracts=X", "https://a/b?#contract=X"] {
            assert_eq!(asked_for(url, "contract"), None, "{url}");
        }
    }

    #[test]
    fn times_are_read_to_the_nanosecond() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-08-24T22:21:56.724795Z", 1_787_610_116_724_795_000),
            ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999_999_999),
            ("2024-03-01T00:00:00Z", 1_709_251_200_000_000_000),
            ("2021-04-17T16:43:30.244075Z", 1_618_677_810_244_075_000),
        ] {
            assert_eq!(iso_ns(text.as_bytes()), Some(Nanos(expected)), "{text}");
        }
        let text = b"2026-08-24T22:21:56.724795123Z";
        for decimals in 1..=9usize {
            let text = [&text[..20 + decimals], b"Z"].concat();
            let cut = 10u64.pow(9 - decimals as u32);
            assert_eq!(iso_ns(&text), Some(Nanos(1_787_610_116_724_795_123 / cut * cut)));
            for at in 0..text.len() {
                for byte in [b'/', b':', b'-', b'T', b'Z', b'.', b' ', b',', b';', b'U', 0, 0x80, 0xff] {
                    let mut wrong = text.clone();
                    wrong[at] = byte;
                    let expected = if wrong == text { iso_ns(&text) } else { None };
                    assert_eq!(iso_ns(&wrong), expected, "{}", String::from_utf8_lossy(&wrong));
                }
            }
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00.1234567890Z"]
        {
            assert_eq!(iso_ns(text.as_bytes()), None, "{text}");
        }
    }
}
