//! BitMEX's books and quotes of the usual shape, by literal matching: the keys in the order in which the venue sent them, no
//! white space, no escapes, no time stamps of rows (those are of later years).
//!
//! Owns: that shape, to the last byte. Never: errors, the tables that rows are found in. What differs anywhere is "not mine"
//! and goes the general way, which alone decides what is wrong.

use super::wire::Action;
use crate::decoded::{Decoded, Scratch};
use crate::grid::{RunGrids, time_iso_of};
use crate::reader::LevelReader;
use crate::scan::Rest;
use engine_model::instrument::InstrumentId;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};

/// A row of a book.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookRow<'a> {
    pub(super) symbol: &'a [u8],
    pub(super) instrument: InstrumentId,
    pub(super) id: u64,
    pub(super) side: Side,
    pub(super) px: Option<Ticks>,
    pub(super) qty: Option<Lots>,
}

/// The rows of a frame of books, one by one to `row`, and what they do; `None` where it is not of the usual shape or an
/// instrument is not ours: rows that were told then count for nothing.
#[inline]
pub(super) fn book<'a>(
    run: &RunGrids,
    bytes: &'a [u8],
    mut row: impl FnMut(BookRow<'a>) -> Option<()>,
) -> Option<Action> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"table\":\"orderBookL2\",\"action\":\"")?;
    let action = match rest.text()? {
        b"insert" => Action::Insert,
        b"update" => Action::Update,
        b"delete" => Action::Delete,
        b"partial" => {
            head_of_partial(&mut rest)?;
            Action::Partial
        }
        _ => return None,
    };
    rest.skip(b",\"data\":[")?;
    let mut last: Option<(&[u8], InstrumentId)> = None;
    loop {
        rest.skip(b"{\"symbol\":\"")?;
        let symbol = rest.text()?;
        let instrument = match last {
            Some((name, instrument)) if name == symbol => instrument,
            _ => run.symbols.find(symbol)?,
        };
        last = Some((symbol, instrument));
        let told = book_row(action, run.readers.get(instrument.index())?, &mut rest)?;
        row(BookRow { symbol, instrument, ..told })?;
        if rest.skip(b",").is_none() {
            return (rest.0 == b"]}").then_some(action);
        }
    }
}

/// What the venue says of a table when it tells it whole.
fn head_of_partial(rest: &mut Rest<'_>) -> Option<()> {
    rest.skip(
        b",\"keys\":[\"symbol\",\"id\",\"side\"],\"types\":{\"symbol\":\"symbol\",\"id\":\"long\",\"side\":\"symbol\",",
    )?;
    rest.skip(
        b"\"size\":\"long\",\"price\":\"float\"},\"foreignKeys\":{\"symbol\":\"instrument\",\"side\":\"side\"},",
    )?;
    rest.skip(b"\"attributes\":{\"symbol\":\"parted\",\"id\":\"sorted\"},\"filter\":{\"symbol\":\"")?;
    rest.text()?;
    rest.skip(b"}")
}

/// Behind the symbol: `id side`, of what has changed `size` too, of what is new `size price`.
#[inline(always)]
fn book_row<'a>(action: Action, reader: &LevelReader, rest: &mut Rest<'a>) -> Option<BookRow<'a>> {
    rest.skip(b",\"id\":")?;
    let id = rest.unsigned()?;
    rest.skip(b",\"side\":\"")?;
    let side = if rest.skip(b"Buy\"").is_some() {
        Side::Buy
    } else {
        rest.skip(b"Sell\"")?;
        Side::Sell
    };
    let (mut px, mut qty) = (None, None);
    match action {
        Action::Delete => rest.skip(b"}")?,
        Action::Update => {
            rest.skip(b",\"size\":")?;
            qty = Some(reader.bare_quantity::<b'}'>(rest)?);
        }
        Action::Partial | Action::Insert => {
            rest.skip(b",\"size\":")?;
            qty = Some(reader.bare_quantity::<b','>(rest)?);
            rest.skip(b"\"price\":")?;
            px = Some(reader.bare_price::<b'}'>(rest)?);
        }
    }
    Some(BookRow { symbol: b"", instrument: InstrumentId(0), id, side, px, qty })
}

/// New quotes: `timestamp symbol bidSize bidPrice askPrice askSize`.
#[inline]
pub(super) fn quotes(run: &RunGrids, bytes: &[u8], out: &mut Scratch) -> Option<Decoded> {
    let mut rest = Rest(bytes);
    rest.skip(b"{\"table\":\"quote\",\"action\":\"insert\",\"data\":[")?;
    loop {
        rest.skip(b"{\"timestamp\":\"")?;
        let venue_at_ns = time_iso_of(rest.text()?);
        rest.skip(b",\"symbol\":\"")?;
        let instrument = run.symbols.find(rest.text()?)?;
        let reader = run.readers.get(instrument.index())?;
        let [mut bid, mut ask] = [Level::default(); 2];
        rest.skip(b",\"bidSize\":")?;
        bid.qty = reader.bare_quantity::<b','>(&mut rest)?;
        rest.skip(b"\"bidPrice\":")?;
        bid.px = reader.bare_price::<b','>(&mut rest)?;
        rest.skip(b"\"askPrice\":")?;
        ask.px = reader.bare_price::<b','>(&mut rest)?;
        rest.skip(b"\"askSize\":")?;
        ask.qty = reader.bare_quantity::<b'}'>(&mut rest)?;
        out.push(Decoded::Quote { instrument: Some(instrument), venue_at_ns, sides: Some([bid, ask]) }).ok()?;
        if rest.skip(b",").is_none() {
            return (rest.0 == b"]}").then_some(Decoded::Many);
        }
    }
}
