//! Decimal text to whole steps of a grid, fast: exact, or the model's own error.
//!
//! Owns: [`Scale`], a step prepared for parsing, and [`Reader`], which remembers what the last number looked like.
//! Never: floats, rounding without being asked, allocation.
//!
//! Numbers of one kind on a venue's wire look alike: `61837.60` follows `61837.50`. A reader keeps the shape of the last
//! one (where the point is, how long it is), converts the next under that assumption eight bytes at a time, and checks
//! the assumption in the same words. So where the next number starts follows from a predicted branch instead of from the
//! bytes, and neighbouring levels are converted in parallel.

use crate::word::{ZEROS, digits_value, first_bytes, non_digits, word};
use engine_model::instrument::{DecimalError, Grid};

/// Powers of ten up to what a fraction of one word can be scaled by.
const POW10: [i64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Longest number text that is looked for the end of: 19 digits, 18 more behind the point, and some zeros.
const TEXT_MAX: usize = 48;

/// One step of a grid: `step * 10^-decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    decimals: u8,
    step: i64,
}

impl Scale {
    /// Parts in 10^8, the scale of rates.
    pub const E8: Self = Self { decimals: 8, step: 1 };

    /// Whole numbers.
    pub const WHOLE: Self = Self { decimals: 0, step: 1 };

    /// The price scale of a grid.
    #[must_use]
    pub fn of_price(grid: &Grid) -> Self {
        Self { decimals: grid.price_decimals, step: grid.tick_step }
    }

    /// The quantity scale of a grid.
    #[must_use]
    pub fn of_qty(grid: &Grid) -> Self {
        Self { decimals: grid.qty_decimals, step: grid.lot_step }
    }

    /// Steps in a whole text; exact or an error.
    pub fn parse(&self, text: &[u8]) -> Result<i64, DecimalError> {
        let grid = Grid { price_decimals: self.decimals, tick_step: self.step, qty_decimals: 0, lot_step: 1 };
        grid.ticks(text).map(|ticks| ticks.0)
    }

    /// Steps in a text, to the nearest one, halves away from zero. Only for figures that lie between the steps by their
    /// nature: mark and index prices are averages, funding rates are quotients.
    pub fn nearest(&self, text: &[u8]) -> Result<i64, DecimalError> {
        let (kept, below) = self.split(text);
        if !below.iter().all(u8::is_ascii_digit) {
            return Err(DecimalError::Malformed);
        }
        let units = Self { step: 1, ..*self }.parse(kept)?;
        let away = if text.starts_with(b"-") { -1 } else { 1 };
        let step = self.step;
        let (steps, rest) = (units / step, (units % step).abs());
        // Twice the distance to the lower step, in units; digits below the last unit decide only where that is even.
        let above_half = match (2 * i128::from(rest)).cmp(&i128::from(step - 1)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => below.first().is_some_and(|digit| *digit >= b'5'),
            std::cmp::Ordering::Less => false,
        };
        if above_half { steps.checked_add(away).ok_or(DecimalError::OutOfRange) } else { Ok(steps) }
    }

    /// The part of a text that this scale can hold, and the digits below it.
    fn split<'a>(&self, text: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let Some(point) = text.iter().position(|&b| b == b'.') else { return (text, b"") };
        let end = point + 1 + usize::from(self.decimals);
        match text.get(end..) {
            Some(below) if !below.is_empty() => (&text[..if self.decimals == 0 { point } else { end }], below),
            _ => (text, b""),
        }
    }
}

/// What a number looked like, prepared as masks over its first word and, where it is longer, over the word behind its
/// point.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Bytes of the number.
    length: u32,
    /// Where the second word starts; 0 when one word holds the number.
    second_at: u32,
    /// Bytes of the first word that belong to it.
    inside: u64,
    /// Bytes before the point.
    before: u64,
    /// The byte of the point, and the point itself after `^ ZEROS`; 0 without one.
    point_byte: u64,
    point: u64,
    /// Bytes of the second word that belong to it.
    second_inside: u64,
    /// Digits that must be zero: finer than the scale. One word: of all its digits; two: of the second.
    finer: u64,
    /// Moves the last digit that the scale holds to the top byte. One word: of all its digits; two: of the second.
    shift: u32,
    /// Two words: moves the last digit before the point to the top byte.
    before_shift: u32,
    /// Two words: units in one whole.
    whole_units: i64,
}

impl Shape {
    /// Matches nothing: its end is behind every frame.
    const NONE: Self = Self {
        length: u32::MAX,
        second_at: 0,
        inside: 0,
        before: 0,
        point_byte: 0,
        point: 0,
        second_inside: 0,
        finer: 0,
        shift: 0,
        before_shift: 0,
        whole_units: 0,
    };

    /// The shape of the number at `at`; `None` when it is none that the words can convert.
    fn find(bytes: &[u8], at: usize, decimals: u32) -> Option<Self> {
        let text = word(bytes, at) ^ ZEROS;
        let marks = non_digits(text);
        let whole = marks.trailing_zeros() / 8;
        if whole == 0 || decimals > 8 {
            return None;
        }
        if whole == 8 || (text >> (8 * whole)) as u8 != b'.' ^ b'0' {
            return Self::one_word(whole, whole, decimals);
        }
        let length = (marks & (marks - 1)).trailing_zeros() / 8;
        let short = if length == 8 { bytes.get(at + 8) == Some(&b'"') } else { length >= whole + 2 };
        if short && let Some(shape) = Self::one_word(whole, length, decimals) {
            return Some(shape);
        }
        let second_at = whole + 1;
        let fraction = non_digits(word(bytes, at + second_at as usize) ^ ZEROS).trailing_zeros() / 8;
        (fraction >= 1).then(|| Self {
            length: second_at + fraction,
            second_at,
            inside: first_bytes(second_at),
            before: first_bytes(whole),
            point_byte: 0xFF << (8 * whole),
            point: u64::from(b'.' ^ b'0') << (8 * whole),
            second_inside: first_bytes(fraction),
            finer: !first_bytes(decimals),
            shift: 8 * (8 - decimals.max(1)),
            before_shift: 8 * (8 - whole),
            whole_units: POW10[decimals as usize],
        })
    }

    /// `whole` digits; where `length` is more, a point behind them and the rest of the digits.
    fn one_word(whole: u32, length: u32, decimals: u32) -> Option<Self> {
        let held = whole + decimals;
        let point_shift = 8 * (whole & 7);
        let has_point = length > whole;
        (held <= 8).then(|| Self {
            length,
            inside: first_bytes(length),
            before: first_bytes(whole),
            point_byte: if has_point { 0xFF << point_shift } else { 0 },
            point: if has_point { u64::from(b'.' ^ b'0') << point_shift } else { 0 },
            finer: !first_bytes(held),
            shift: 8 * (8 - held),
            ..Self::NONE
        })
    }
}

/// Reads numbers of one kind: the prices, or the quantities, of one instrument.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    scale: Scale,
    shape: Shape,
}

impl Reader {
    /// A reader that has seen nothing yet.
    #[must_use]
    pub fn new(scale: Scale) -> Self {
        Self { scale, shape: Shape::NONE }
    }

    /// Its scale.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The number that starts at `at` and ends before a quote: its steps, and where the quote is. `None` when it is
    /// anything but a number on the grid, zero or above: the general way says what.
    #[inline(always)]
    pub fn read(&mut self, bytes: &[u8], at: usize) -> Option<(i64, usize)> {
        let end = at + self.shape.length as usize;
        if bytes.get(end) == Some(&b'"')
            && let Some(units) = self.as_the_last(bytes, at)
        {
            return Some((self.steps(units)?, end));
        }
        self.unlike_the_last(bytes, at)
    }

    /// Units of the number at `at` if it has the shape of the last one.
    #[inline(always)]
    fn as_the_last(&self, bytes: &[u8], at: usize) -> Option<i64> {
        let shape = &self.shape;
        let digits = (word(bytes, at) ^ ZEROS ^ shape.point) & shape.inside;
        let wrong = non_digits(digits) | digits & shape.point_byte;
        if shape.second_at == 0 {
            let value = digits & shape.before | digits >> 8 & !shape.before;
            return (wrong | value & shape.finer == 0).then(|| digits_value(value << shape.shift) as i64);
        }
        let fraction = (word(bytes, at + shape.second_at as usize) ^ ZEROS) & shape.second_inside;
        let wrong = wrong | non_digits(fraction) | fraction & shape.finer;
        (wrong == 0).then(|| {
            let whole = digits_value((digits & shape.before) << shape.before_shift) as i64;
            whole * shape.whole_units + digits_value(fraction << shape.shift) as i64
        })
    }

    #[inline(always)]
    fn steps(&self, units: i64) -> Option<i64> {
        let step = self.scale.step;
        if step == 1 { Some(units) } else { (units % step == 0).then(|| units / step) }
    }

    /// Learns the shape of this number, or reads it slowly.
    #[cold]
    #[inline(never)]
    fn unlike_the_last(&mut self, bytes: &[u8], at: usize) -> Option<(i64, usize)> {
        if let Some(shape) = Shape::find(bytes, at, u32::from(self.scale.decimals)) {
            self.shape = shape;
            let end = at + shape.length as usize;
            if bytes.get(end) == Some(&b'"')
                && let Some(units) = self.as_the_last(bytes, at)
            {
                return Some((self.steps(units)?, end));
            }
        }
        let rest = bytes.get(at..)?;
        let length = rest.iter().take(TEXT_MAX).position(|&b| b == b'"')?;
        let steps = self.scale.parse(&rest[..length]).ok().filter(|steps| *steps >= 0)?;
        Some((steps, at + length))
    }
}
