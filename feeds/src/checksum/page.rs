//! The text of a book's best levels, written with what the text before already has.
//!
//! Owns: how a venue writes a level, and where each level stands in a text. Never: which levels, or in which order.

use super::Recipe;
use crate::word::{ZEROS, eight_digits, first_bytes};
use engine_model::instrument::Grid;
use engine_model::market::{Level, PROOF_LEVELS_MAX};
use engine_model::units::{Lots, Ticks};

/// Most decimals of a number: more than any grid has.
const DECIMALS_MAX: usize = 20;
/// Longest text of a number: 20 decimals, a point and a zero before it.
const NUMBER_MAX: usize = DECIMALS_MAX + 2;
/// Room for a level: two numbers and what stands behind each of them. A multiple of 16, which is copied in few steps.
const PIECE: usize = 48;
/// Room for a text: all levels as long as can be, and the last one is still written as a whole piece.
const ROOM: usize = 2 * PROOF_LEVELS_MAX * PIECE;

const _: () = assert!(2 * (NUMBER_MAX + 1) <= PIECE, "two numbers are one piece");

/// The text of a level, and how long it is.
#[derive(Clone, Copy)]
struct Piece {
    bytes: [u8; PIECE],
    length: usize,
}

/// Levels of one side, and where each stands in the text.
#[derive(Clone, Debug)]
struct Row {
    levels: [Level; PROOF_LEVELS_MAX],
    places: [Place; PROOF_LEVELS_MAX],
    count: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    start: u16,
    length: u16,
}

/// A text.
#[derive(Debug)]
pub(super) struct Page {
    bytes: [u8; ROOM],
    length: usize,
    /// What stands behind each level, and not behind the last: the text ends without it.
    separator: usize,
    bids: Row,
    asks: Row,
}

impl Default for Row {
    fn default() -> Self {
        let (levels, places) = ([Level::default(); PROOF_LEVELS_MAX], [Place::default(); PROOF_LEVELS_MAX]);
        Self { levels, places, count: 0 }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { bytes: [0; ROOM], length: 0, separator: 0, bids: Row::default(), asks: Row::default() }
    }
}

impl Row {
    fn levels(&self) -> &[Level] {
        &self.levels[..self.count]
    }
}

impl Page {
    /// Whether it is the text of these levels.
    pub(super) fn is_of(&self, bids: &[Level], asks: &[Level]) -> bool {
        self.bids.levels() == bids && self.asks.levels() == asks
    }

    /// The text.
    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length.saturating_sub(self.separator)]
    }

    /// The piece that begins there; what lies behind its length belongs to the levels after it.
    fn piece(&self, place: Place) -> Option<Piece> {
        let bytes = self.bytes.get(usize::from(place.start)..)?.first_chunk()?;
        Some(Piece { bytes: *bytes, length: usize::from(place.length) })
    }

    /// Puts a piece behind what is there; where it stands. Whole, because that is a few wide stores: the next one begins
    /// where it ends.
    fn put(&mut self, piece: &Piece) -> Place {
        let start = self.length;
        if let Some(room) = self.bytes.get_mut(start..).and_then(|behind| behind.first_chunk_mut()) {
            *room = piece.bytes;
            self.length += piece.length;
        }
        Place { start: start as u16, length: piece.length as u16 }
    }
}

/// Writes a page, best levels first.
pub(super) struct Writing<'a> {
    grid: &'a Grid,
    recipe: Recipe,
    last: &'a Page,
    page: &'a mut Page,
    /// How far each side of the last page was looked through.
    bids_at: usize,
    asks_at: usize,
}

impl<'a> Writing<'a> {
    pub(super) fn new(grid: &'a Grid, recipe: Recipe, last: &'a Page, page: &'a mut Page) -> Self {
        page.length = 0;
        page.separator = usize::from(recipe != Recipe::Digits);
        (page.bids.count, page.asks.count) = (0, 0);
        Self { grid, recipe, last, page, bids_at: 0, asks_at: 0 }
    }

    /// The next bid.
    #[inline]
    pub(super) fn bid(&mut self, level: Level) {
        let known = known(&self.last.bids, &mut self.bids_at, level, |old| old > level.px);
        let place = self.level(level, known);
        note(&mut self.page.bids, level, place);
    }

    /// The next ask.
    #[inline]
    pub(super) fn ask(&mut self, level: Level) {
        let known = known(&self.last.asks, &mut self.asks_at, level, |old| old < level.px);
        let place = self.level(level, known);
        note(&mut self.page.asks, level, place);
    }

    #[inline]
    fn level(&mut self, level: Level, known: Option<Place>) -> Place {
        let piece =
            known.and_then(|place| self.last.piece(place)).unwrap_or_else(|| piece(self.grid, self.recipe, level));
        self.page.put(&piece)
    }
}

/// Where that level stood, if it did.
#[inline]
fn known(row: &Row, at: &mut usize, level: Level, is_better: impl Fn(Ticks) -> bool) -> Option<Place> {
    while row.levels().get(*at).is_some_and(|old| is_better(old.px)) {
        *at += 1;
    }
    (*row.levels().get(*at)? == level).then(|| row.places[*at])
}

#[inline]
fn note(row: &mut Row, level: Level, place: Place) {
    if let (Some(to), Some(at)) = (row.levels.get_mut(row.count), row.places.get_mut(row.count)) {
        (*to, *at) = (level, place);
        row.count += 1;
    }
}

/// A level as the venue writes it. A number that has no text here makes another checksum, and that makes a lost book: there
/// is no silent case, and no grid has such numbers.
#[inline(never)]
fn piece(grid: &Grid, recipe: Recipe, Level { px: Ticks(px), qty: Lots(qty) }: Level) -> Piece {
    let mut piece = Piece { bytes: [0; PIECE], length: 0 };
    for (steps, step, decimals) in [(px, grid.tick_step, grid.price_decimals), (qty, grid.lot_step, grid.qty_decimals)]
    {
        if let Some(units) = steps.checked_mul(step).and_then(|units| u64::try_from(units).ok()) {
            piece.number(units, usize::from(decimals), recipe);
        }
    }
    piece
}

/// A number of at most eight digits as text of at most eight bytes, and how long it is: what nearly all numbers are. A
/// message of Bitget changes most of the fifty levels that its checksum covers.
fn short_text(units: u64, decimals: usize, is_trimmed: bool) -> Option<(u64, usize)> {
    let decimals = decimals as u32;
    let units = u32::try_from(units).ok().filter(|units| *units < 100_000_000 && decimals <= 6)?;
    let digits = eight_digits(units);
    let zeros = ((digits ^ ZEROS).trailing_zeros() / 8).min(7 - decimals);
    let whole = 8 - decimals - zeros;
    let cut = if is_trimmed { ((digits ^ ZEROS).leading_zeros() / 8).min(decimals) } else { 0 };
    let front = digits << (8 * decimals) >> (8 * (decimals + zeros));
    if decimals == cut {
        return Some((front, whole as usize));
    }
    let (behind, length) = (decimals - cut, whole + 1 + decimals - cut);
    let fraction = (digits >> (8 * (8 - decimals))) & first_bytes(behind);
    let text = front | u64::from(b'.') << (8 * whole) | fraction << (8 * (whole & 7)) << 8;
    (length <= 8).then_some((text, length as usize))
}

/// The same of at most sixteen digits and sixteen bytes: quantities of spot markets have up to eight decimals. Digit by
/// digit such a number takes as long as five short ones.
fn middle_text(units: u64, decimals: usize, is_trimmed: bool) -> Option<(u128, usize)> {
    let decimals = decimals as u32;
    if units >= 10_000_000_000_000_000 || decimals > 14 {
        return None;
    }
    let (high, low) = ((units / 100_000_000) as u32, (units % 100_000_000) as u32);
    let digits = u128::from(eight_digits(high)) | u128::from(eight_digits(low)) << 64;
    let values = digits ^ (u128::from(ZEROS) << 64 | u128::from(ZEROS));
    let zeros = (values.trailing_zeros() / 8).min(15 - decimals);
    let whole = 16 - decimals - zeros;
    let cut = if is_trimmed { (values.leading_zeros() / 8).min(decimals) } else { 0 };
    let front = digits << (8 * decimals) >> (8 * (decimals + zeros));
    if decimals == cut {
        return Some((front, whole as usize));
    }
    let (behind, length) = (decimals - cut, whole + 1 + decimals - cut);
    let fraction = (digits >> (8 * (16 - decimals))) & ((1 << (8 * behind)) - 1);
    let text = front | u128::from(b'.') << (8 * (whole & 15)) | fraction << (8 * (whole & 15)) << 8;
    (length <= 16).then_some((text, length as usize))
}

impl Piece {
    fn number(&mut self, units: u64, decimals: usize, recipe: Recipe) {
        let is_digits = recipe == Recipe::Digits;
        let decimals = if is_digits { 0 } else { decimals };
        let is_trimmed = recipe == Recipe::PairsTrimmed;
        if let Some((text, length)) = short_text(units, decimals, is_trimmed) {
            self.put_first(text.to_le_bytes(), length);
        } else if let Some((text, length)) = middle_text(units, decimals, is_trimmed) {
            self.put_first(text.to_le_bytes(), length);
        } else {
            self.long_number(units, decimals, recipe);
        }
        if !is_digits {
            self.put(b":");
        }
    }

    fn long_number(&mut self, mut units: u64, decimals: usize, recipe: Recipe) {
        let mut digits = [b'0'; NUMBER_MAX];
        let mut start = NUMBER_MAX;
        let least = decimals.min(DECIMALS_MAX) + 1;
        while units > 0 || NUMBER_MAX - start < least {
            start -= 1;
            digits[start] = b'0' + (units % 10) as u8;
            units /= 10;
        }
        let (whole, fraction) = digits[start..].split_at(NUMBER_MAX - start + 1 - least);
        let kept = match recipe {
            Recipe::PairsTrimmed => fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1),
            _ => fraction.len(),
        };
        self.put(whole);
        if kept > 0 {
            self.put(b".");
            self.put(&fraction[..kept]);
        }
    }

    /// The first of these bytes.
    #[inline(always)]
    fn put_first<const N: usize>(&mut self, text: [u8; N], length: usize) {
        if let Some(room) = self.bytes.get_mut(self.length..).and_then(|behind| behind.first_chunk_mut()) {
            *room = text;
            self.length += length;
        }
    }

    fn put(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(text);
            self.length = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_number_is_written_like_a_long_one() {
        let spread = (0..4_000u64).map(|n| n * 25_013);
        let tens = (0..9).flat_map(|power| (0..=1_000).map(move |n| n * 10u64.pow(power)));
        for units in spread.chain(tens) {
            for (decimals, recipe) in (0..9).flat_map(|d| [(d, Recipe::PairsTrimmed), (d, Recipe::PairsFixed)]) {
                let mut long = Piece { bytes: [0; PIECE], length: 0 };
                long.long_number(units, decimals, recipe);
                if let Some((text, length)) = short_text(units, decimals, recipe == Recipe::PairsTrimmed) {
                    assert_eq!(
                        text.to_le_bytes()[..length],
                        long.bytes[..long.length],
                        "{units} {decimals} {recipe:?}"
                    );
                }
            }
        }
        assert_eq!(short_text(1_234_500, 4, true), Some((u64::from_le_bytes(*b"123.45\0\0"), 6)));
        assert_eq!(short_text(1_234_567, 2, false), Some((u64::from_le_bytes(*b"12345.67"), 8)));
        assert_eq!((short_text(12_345_678, 2, false), short_text(100_000_000, 0, false)), (None, None));
    }

    #[test]
    fn a_middling_number_is_written_like_a_long_one() {
        let spread = (0..4_000u64).map(|n| n * 2_501_300_000_013);
        let tens = (0..17).flat_map(|power| (0..=300).map(move |n| n * 10u64.pow(power)));
        for units in spread.chain(tens).chain([9_999_999_999_999_999, 10_000_000_000_000_000]) {
            for (decimals, recipe) in (0..20).flat_map(|d| [(d, Recipe::PairsTrimmed), (d, Recipe::PairsFixed)]) {
                let mut long = Piece { bytes: [0; PIECE], length: 0 };
                long.long_number(units, decimals, recipe);
                let expected = (units < 10_000_000_000_000_000 && decimals <= 14 && long.length <= 16).then_some(&long);
                let text = middle_text(units, decimals, recipe == Recipe::PairsTrimmed);
                let text = text.map(|(text, length)| text.to_le_bytes()[..length].to_vec());
                let expected = expected.map(|long| long.bytes[..long.length].to_vec());
                assert_eq!(text, expected, "{units} {decimals} {recipe:?}");
            }
        }
    }
}
