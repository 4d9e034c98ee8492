//! Names and numbers of private messages: a venue's symbols and texts to our instruments, ticks and lots.
//!
//! Owns: the instruments of one venue's gateway and the reading of single values. Never: field names, what a message means.

use super::heard::{Heard, Whose};
use super::text;
use crate::decimal::{Scale, without_exponent};
use crate::error::{Field, FrameError};
use crate::grid::{JOINED_MAX, joined, needed, not_empty};
use crate::json::{TextBuffer, Value};
use crate::symbol::SymbolTable;
use engine_model::instrument::{DecimalError, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Ticks};
use engine_model::venue::VenueId;

/// The instruments of a run, by their place and by one venue's spelling.
#[derive(Debug)]
pub(crate) struct Listed {
    venue: VenueId,
    instruments: Instruments,
    symbols: SymbolTable,
}

impl Listed {
    pub(crate) fn new(venue: VenueId, instruments: &Instruments) -> Self {
        Self { venue, instruments: instruments.clone(), symbols: SymbolTable::new(venue, instruments) }
    }

    /// The instrument of that place.
    pub(crate) fn get(&self, id: InstrumentId) -> &Instrument {
        self.instruments.get(id)
    }

    /// Those of the venue.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.iter().filter(|instrument| instrument.venue == self.venue)
    }

    /// The instrument of that spelling; `None` of one that is not ours.
    pub(crate) fn find(&self, symbol: &[u8]) -> Option<&Instrument> {
        self.symbols.find(symbol).map(|id| self.get(id))
    }

    /// The same for `prefix:symbol`.
    pub(crate) fn find_in(&self, prefix: &[u8], symbol: &[u8]) -> Option<&Instrument> {
        self.find(joined(prefix, symbol, &mut [0; JOINED_MAX])?)
    }
}

/// Whose order it is: our text of it, with `between` between its parts, and the venue's own.
pub(crate) fn whose(
    ours: Option<Value<'_>>,
    between: u8,
    venue_order_id: Option<Value<'_>>,
) -> Result<Whose, FrameError> {
    let mut buffer = TextBuffer::default();
    let ours = ours.and_then(Value::string).and_then(|text| text.plain(&mut buffer));
    whose_is(ours.and_then(|plain| text::order_id(plain, between)), venue_order_id)
}

/// The same where our id is read already.
pub(crate) fn whose_is(ours: Option<ClientOrderId>, venue_order_id: Option<Value<'_>>) -> Result<Whose, FrameError> {
    let venue_order_id = venue_order_id.map(|id| name(id, Field::Id)).transpose()?.unwrap_or_default();
    if ours.is_none() && venue_order_id.as_bytes().is_empty() {
        return Err(FrameError::Missing(Field::Id));
    }
    Ok(Whose { ours, venue_order_id })
}

/// Reads each row of an answer about executions. One that cannot be read fails the whole answer, which is asked for again: it
/// may be ours, and must not be lost; one that `is_others` surely is told as skipped, for it would fail every answer to come.
pub(crate) fn each_row<R: Copy>(
    rows: impl Iterator<Item = R>,
    heard: &mut Vec<Heard>,
    is_others: impl Fn(R) -> bool,
    mut read: impl FnMut(R, &mut Vec<Heard>) -> Result<(), FrameError>,
) -> Result<(), FrameError> {
    for row in rows {
        let before = heard.len();
        if let Err(error) = read(row, heard) {
            heard.truncate(before);
            if !is_others(row) {
                return Err(error);
            }
            heard.push(Heard::Skipped(error));
        }
    }
    Ok(())
}

/// Whether a text is an id that somebody else gave: there is one, and it is none of our form. Not of what cannot be read.
pub(crate) fn is_anothers(id: Option<Value<'_>>, between: u8) -> bool {
    let mut buffer = TextBuffer::default();
    let plain = not_empty(id).and_then(Value::string).and_then(|text| text.plain(&mut buffer));
    plain.is_some_and(|plain| text::order_id(plain, between).is_none())
}

/// A name sent as a text or as a number.
pub(crate) fn name(value: Value<'_>, field: Field) -> Result<Name, FrameError> {
    let mut buffer = TextBuffer::default();
    let plain = value.number_text(&mut buffer).and_then(|plain| std::str::from_utf8(plain).ok());
    plain.and_then(Name::new).ok_or(FrameError::Unreadable(field))
}

/// A price; 0 where there is none, as of a market order, and where the instrument is not ours.
///
/// Exactly on the grid if `is_ours`: what we did not send may lie anywhere.
pub(crate) fn price(of: Option<&Instrument>, value: Option<Value<'_>>, is_ours: bool) -> Result<Ticks, FrameError> {
    let scale = of.map(|instrument| Scale::of_price(&instrument.grid));
    steps(scale, needed(value, Field::Price)?, is_ours, Field::Price).map(Ticks)
}

/// A quantity. As [`price`]: a market order from elsewhere may be counted in quote.
pub(crate) fn quantity(of: Option<&Instrument>, value: Option<Value<'_>>, is_ours: bool) -> Result<Lots, FrameError> {
    let scale = of.map(|instrument| Scale::of_qty(&instrument.grid));
    steps(scale, needed(value, Field::Quantity)?, is_ours, Field::Quantity).map(Lots)
}

fn steps(scale: Option<Scale>, value: Value<'_>, is_exact: bool, field: Field) -> Result<i64, FrameError> {
    let (Some(scale), Some(value)) = (scale, not_empty(Some(value))) else { return Ok(0) };
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(field))?;
    let text = without_exponent(text, &mut room);
    let steps = if is_exact { scale.parse(text) } else { scale.nearest(text) };
    steps.map_err(|error| FrameError::of_number(field, error))
}

/// What a position was entered at on average, where the venue tells one.
pub(crate) fn entry_price(of: &Instrument, value: Option<Value<'_>>, heard: &mut Vec<Heard>) -> Result<(), FrameError> {
    let Some(value) = value else { return Ok(()) };
    let finer = Grid { price_decimals: of.grid.price_decimals + 3, ..of.grid };
    let avg_px_milliticks = steps(Some(Scale::of_price(&finer)), value, false, Field::Price)?;
    if avg_px_milliticks != 0 {
        heard.push(Heard::Entered { instrument: of.id, avg_px_milliticks });
    }
    Ok(())
}

/// An amount of an asset in 1e-8, to the nearest; nothing where the venue has none to tell. One beyond 92 billion is told as
/// that: no limit of ours is so high, and the other assets of the account must not be lost with it.
pub(crate) fn amount_e8(value: Option<Value<'_>>, field: Field) -> Result<i64, FrameError> {
    let Some(value) = not_empty(value) else { return Ok(0) };
    let (mut buffer, mut room) = (TextBuffer::default(), [0; 64]);
    let text = value.number_text(&mut buffer).ok_or(FrameError::Unreadable(field))?;
    match Scale::E8.nearest(without_exponent(text, &mut room)) {
        Err(DecimalError::OutOfRange) => Ok(if text.starts_with(b"-") { i64::MIN } else { i64::MAX }),
        amount => amount.map_err(|error| FrameError::of_number(field, error)),
    }
}

/// The leverage of a contract; nothing where the venue tells none, as without a choice of one.
pub(crate) fn leverage(value: Option<Value<'_>>) -> Result<Option<Heard>, FrameError> {
    let e2 = amount_e8(value, Field::Leverage)? / 1_000_000;
    Ok(u32::try_from(e2).ok().filter(|e2| *e2 > 0).map(Heard::Leverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Result<i64, FrameError> {
        amount_e8(Some(Value::parse(text.as_bytes()).expect("json")), Field::Balance)
    }

    #[test]
    fn amounts_are_read_to_the_nearest_and_never_wrap() {
        for (text, expected) in [
            ("\"1.5\"", 150_000_000),
            ("\"0.000000015\"", 2),
            ("-0.0000455", -4_550),
            ("\"\"", 0),
            ("null", 0),
            ("\"123456789012345\"", i64::MAX),
            ("\"-123456789012345\"", i64::MIN),
        ] {
            assert_eq!(amount(text), Ok(expected), "{text}");
        }
        assert_eq!(amount("\"much\""), Err(FrameError::Unreadable(Field::Balance)));
    }

    #[test]
    fn an_unreadable_row_is_skipped_where_it_is_surely_anothers_and_fails_the_answer_where_it_may_be_ours() {
        let read = |rows: &str| {
            let mut heard = vec![Heard::Leave];
            let list = Value::parse(rows.as_bytes()).expect("json");
            let is_others = |row: Value<'_>| is_anothers(row.member("id"), b'-');
            let done = each_row(list.elements(), &mut heard, is_others, |row, heard| {
                heard.push(Heard::Welcome); // of half a row nothing stays
                name(needed(row.member("px"), Field::Price)?, Field::Price).map(drop)
            });
            (done, heard)
        };
        let missing = FrameError::Missing(Field::Price);
        let (done, heard) = read(r#"[{"id":"R1-2-3","px":1},{"id":"bot"},{"id":"R1-2-4","px":2}]"#);
        assert_eq!(done, Ok(()));
        assert_eq!(heard, [Heard::Leave, Heard::Welcome, Heard::Skipped(missing), Heard::Welcome]);
        for ours in [r#""R1-2-3""#, r#""""#, "7", "null"] {
            let (done, heard) = read(&format!(r#"[{{"id":"R1-2-3","px":1}},{{"id":{ours}}}]"#));
            assert_eq!((done, heard.len()), (Err(missing), 2), "{ours}");
        }
    }

    #[test]
    fn an_order_without_any_id_is_nobodys() {
        let empty = Value::parse(b"\"\"").expect("json");
        assert_eq!(whose(Some(empty), b'-', Some(empty)), Err(FrameError::Missing(Field::Id)));
        let named = Value::parse(b"\"R1-2-3\"").expect("json");
        assert_eq!(whose(Some(named), b'-', None).map(|whose| whose.ours.map(|id| id.counter())), Ok(Some(3)));
    }
}
