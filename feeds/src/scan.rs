//! Frames of a known shape, by literal matching: what all fast ways are made of.
//!
//! Owns: [`Rest`], a cursor whose every step takes exactly what is expected from the front of a frame or says that the frame
//! is not of this shape. Never: errors. What differs anywhere goes the general way ([`crate::json`]), which alone decides
//! what is wrong; so a new field costs microseconds, not data.

use crate::decoded::SideScratch;
use crate::marks::Marks;
use crate::reader::{LevelReader, Span};
use crate::word::{ZEROS, digits_value, literal_word, non_digits, not_name, not_plain, word, word_in};
use engine_model::market::Level;
use engine_model::units::Nanos;

/// Powers of ten up to the digits of one word.
const POW10: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// Digits of a whole number: the words that hold them, as values, and how many they are, 1 to 15.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    first: u64,
    second: u64,
    pub(crate) count: u32,
}

impl Digits {
    #[inline(always)]
    pub(crate) fn value(self) -> u64 {
        if self.count <= 8 {
            return digits_value(self.first << (8 * (8 - self.count)));
        }
        let more = self.count - 8;
        digits_value(self.first) * POW10[more as usize & 7] + digits_value(self.second << (8 * (8 - more)))
    }
}

/// What is left of a frame. Each step takes from its front, or says that the frame is not of this shape.
pub(crate) struct Rest<'a>(pub(crate) &'a [u8]);

impl<'a> Rest<'a> {
    /// Past exactly these bytes.
    #[inline(always)]
    pub(crate) fn skip<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        // Three, five, six or seven bytes cost two loads and their joining; eight cost one, less a shift.
        if N < 8 && !N.is_power_of_two() && self.0.len() >= 8 {
            if (word(self.0) ^ literal_word(literal)) << (64 - 8 * N as u32) != 0 {
                return None;
            }
            self.0 = &self.0[N..];
            return Some(());
        }
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    /// Past these bytes but the first, which is behind us.
    #[inline(always)]
    pub(crate) fn skip_behind<const N: usize>(&mut self, literal: &[u8; N]) -> Option<()> {
        if (2..=8).contains(&N) && self.0.len() >= 8 {
            if (word(self.0) ^ literal_word(literal) >> 8) << (72 - 8 * N as u32) != 0 {
                return None;
            }
            self.0 = &self.0[N - 1..];
            return Some(());
        }
        self.0 = self.0.strip_prefix(&literal[1..])?;
        Some(())
    }

    /// Past the bytes of a name, up to what ends it; how many they were.
    #[inline(always)]
    pub(crate) fn name(&mut self) -> Option<usize> {
        let all = self.0.len();
        loop {
            let stop = not_name(word(self.0)).trailing_zeros() as usize / 8;
            self.0 = self.0.get(stop..)?;
            if stop < 8 {
                return Some(all - self.0.len());
            }
        }
    }

    /// Past a plain text and the quote behind it: ASCII without escapes. The text.
    #[inline(always)]
    pub(crate) fn text(&mut self) -> Option<&'a [u8]> {
        let all = self.0;
        let mut length = 0;
        loop {
            let stop = not_plain(word(all.get(length..)?)).trailing_zeros() as usize / 8;
            length += stop;
            if stop < 8 {
                self.0 = all.get(length..)?.strip_prefix(b"\"")?;
                return Some(&all[..length]);
            }
        }
    }

    /// Past a time in milliseconds.
    #[inline(always)]
    pub(crate) fn ms(&mut self) -> Option<Nanos> {
        self.unsigned().map(|ms| Nanos(ms.saturating_mul(1_000_000)))
    }

    /// Past `key` (which ends in a quote), a time in milliseconds, and its quote.
    #[inline(always)]
    pub(crate) fn quoted_ms<const N: usize>(&mut self, key: &[u8; N]) -> Option<Nanos> {
        self.skip(key)?;
        let time = self.ms()?;
        self.skip(b"\"")?;
        Some(time)
    }

    /// Past a signed checksum; 0 stands for none.
    #[inline(always)]
    pub(crate) fn checksum(&mut self) -> Option<Option<u32>> {
        let is_negative = self.skip(b"-").is_some();
        let size = i64::try_from(self.unsigned()?).ok()?;
        let signed = i32::try_from(if is_negative { -size } else { size }).ok()?;
        Some((signed != 0).then_some(signed.cast_unsigned()))
    }

    /// Past a whole number of at most 15 digits.
    #[inline(always)]
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        self.digits().map(Digits::value)
    }

    /// Past 1 to 15 digits, without a needless zero in front as JSON wants it.
    #[inline(always)]
    pub(crate) fn digits(&mut self) -> Option<Digits> {
        let first = word(self.0) ^ ZEROS;
        let marks = non_digits(first);
        let (second, count) = if marks == 0 {
            let second = word(self.0.get(8..)?) ^ ZEROS;
            (second, 8 + non_digits(second).trailing_zeros() / 8)
        } else {
            (0, marks.trailing_zeros() / 8)
        };
        if count == 0 || count == 16 || (first as u8 == 0 && count > 1) {
            return None;
        }
        self.0 = self.0.get(count as usize..)?;
        Some(Digits { first, second, count })
    }

    /// The same, most likely so many: where they end is then known before they are read.
    #[inline(always)]
    pub(crate) fn digits_like(&mut self, count: u32) -> Option<Digits> {
        if let (9..=15, Some(window)) = (count, self.0.first_chunk::<16>()) {
            let (first, second) = (word_in(window, 0) ^ ZEROS, word_in(window, 8) ^ ZEROS);
            let end = 0x80u64 << (8 * (count - 8));
            let wrong = non_digits(first) | (non_digits(second) ^ end) & (end << 1).wrapping_sub(1);
            if wrong == 0 && first as u8 != 0 {
                self.0 = self.0.get(count as usize..)?;
                return Some(Digits { first, second, count });
            }
        }
        self.digits()
    }

    /// Past a price, `between` and a quantity, with the quote behind it.
    #[inline(always)]
    pub(crate) fn level<const N: usize>(&mut self, between: &[u8; N], reader: &mut LevelReader) -> Option<Level> {
        let mut level = Level::default();
        self.0 = reader.read(self.0, between, &mut level)?;
        Some(level)
    }

    /// The same with more than seven bytes between, or of numbers that each have another look.
    #[inline]
    pub(crate) fn level_apart<const N: usize>(&mut self, between: &[u8; N], reader: &LevelReader) -> Option<Level> {
        let mut level = Level::default();
        self.0 = reader.read_apart(self.0, between, &mut level)?;
        Some(level)
    }

    /// The same of a venue whose numbers do not look alike.
    #[inline(always)]
    pub(crate) fn unlike_level<const N: usize>(&mut self, between: &[u8; N], reader: &LevelReader) -> Option<Level> {
        let px = reader.price(self)?;
        self.skip(between)?;
        Some(Level { px, qty: reader.quantity(self)? })
    }

    /// Past a time, `between` and another.
    #[inline(always)]
    pub(crate) fn two_times(&mut self, between: &[u8; 5]) -> Option<(u64, u64)> {
        if let Some(times) = self.two_times_of_13_digits(between) {
            return Some(times);
        }
        let first = self.unsigned()?;
        self.skip(between)?;
        Some((first, self.unsigned()?))
    }

    /// The same for times in ms, which have 13 digits from 2001 to 2286: every byte is where it is.
    #[inline(always)]
    pub(crate) fn two_times_of_13_digits(&mut self, between: &[u8; 5]) -> Option<(u64, u64)> {
        const LENGTH: usize = 13 + 5 + 13;
        let window = self.0.first_chunk::<{ LENGTH + 1 }>()?;
        let (a, b) = (word_in(window, 0) ^ ZEROS, word_in(window, 5) ^ ZEROS);
        let (c, d) = (word_in(window, 18) ^ ZEROS, word_in(window, 23) ^ ZEROS);
        let link = (word_in(window, 13) ^ literal_word(between)) << 24;
        let wrong = non_digits(a) | non_digits(b) | non_digits(c) | non_digits(d) | link;
        if wrong != 0 || a as u8 == 0 || c as u8 == 0 || window[LENGTH].is_ascii_digit() {
            return None;
        }
        self.0 = self.0.get(LENGTH..)?;
        Some((value_of_13_digits(a, b), value_of_13_digits(c, d)))
    }

    /// Past the rows of a side and their closing bracket, `["price","quantity"],…]`, of a venue that cuts zeros off.
    /// Its quotes are looked for before any number is read, so that no number waits for the one before it.
    #[inline(never)]
    pub(crate) fn unlike_levels(&mut self, reader: &LevelReader, side: &mut SideScratch) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        let bytes = self.0;
        if !bytes.starts_with(b"[\"") {
            return None;
        }
        let mut marks = Marks::new(bytes);
        let mut start = marks.take() + 1;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            let px = Span { start, end: marks.take() };
            let qty = Span { start: marks.take() + 1, end: marks.take() };
            reader.read_between(bytes, px, qty, slot)?;
            if qty.start != px.end + 3 || !bytes.get(px.end..)?.starts_with(b"\",\"") {
                return None;
            }
            let behind = bytes.get(qty.end..)?;
            if !behind.starts_with(b"\"],[\"") {
                side.count = index + 1;
                self.0 = behind.strip_prefix(b"\"]]")?;
                return Some(());
            }
            start = marks.take() + 1;
            if start != qty.end + 5 {
                return None;
            }
        }
        None
    }

    /// Past `before`, one to eight digits, and `behind`, all at once.
    #[inline(always)]
    pub(crate) fn skip_digits_between(&mut self, before: &[u8; 6], behind: &[u8; 2]) -> Option<()> {
        let window = self.0.first_chunk::<16>()?;
        let head = (word_in(window, 0) ^ literal_word(before)) << 16;
        let count = (non_digits(word_in(window, 6) ^ ZEROS).trailing_zeros() / 8) as usize;
        let end = 6 + count;
        if head != 0 || count == 0 || window[end] != behind[0] || window[end + 1] != behind[1] {
            return None;
        }
        self.0 = self.0.get(end + 2..)?;
        Some(())
    }

    /// Past the rows of a side and their closing bracket: `["price","quantity"],…]`. Out of line: both sides of a message
    /// then run through the same code, and its registers are its own.
    #[inline(never)]
    pub(crate) fn levels(&mut self, reader: &mut LevelReader, side: &mut SideScratch) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        let mut rest = self.0.strip_prefix(b"[\"")?;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            let behind = reader.read(rest, b"\",\"", slot)?;
            match behind.strip_prefix(b"],[\"") {
                Some(next) => rest = next,
                None => {
                    self.0 = behind.strip_prefix(b"]]")?;
                    side.count = index + 1;
                    return Some(());
                }
            }
        }
        None
    }

    /// The same where more stands in a row: `tail` goes past what is behind the quantity's quote, the bracket of the row
    /// included. Numbers may be cut short where only zeros would follow: each has another look than the last, so that
    /// nothing is learnt from it.
    #[inline(always)]
    pub(crate) fn levels_with_tails(
        &mut self,
        reader: &LevelReader,
        side: &mut SideScratch,
        tail: impl Fn(&mut Self) -> Option<()>,
    ) -> Option<()> {
        side.count = 0;
        if self.skip(b"]").is_some() {
            return Some(());
        }
        self.skip(b"[\"")?;
        for (index, slot) in side.levels.iter_mut().enumerate() {
            self.0 = reader.read_apart(self.0, b"\",\"", slot)?;
            tail(self)?;
            if self.skip(b",[\"").is_none() {
                side.count = index + 1;
                return self.skip(b"]");
            }
        }
        None
    }
}

/// From the word of the first eight and the word of the last eight.
#[inline(always)]
const fn value_of_13_digits(first: u64, last: u64) -> u64 {
    digits_value(first << 24) * 100_000_000 + digits_value(last)
}
