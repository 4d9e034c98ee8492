//! Decimal text to whole steps of a grid: exact, or the model's own error.
//!
//! Owns: [`Scale`], a step of a grid prepared for parsing. Never: floats, rounding without being asked.
//! The fast way for what venues usually send is [`crate::reader`].

use engine_model::instrument::{DecimalError, Grid};

/// One step of a grid: `step * 10^-decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub(crate) decimals: u8,
    pub(crate) step: i64,
}

impl Scale {
    /// Whole numbers.
    pub const WHOLE: Self = Self { decimals: 0, step: 1 };

    /// Parts in 10^8, the scale of rates.
    pub const E8: Self = Self { decimals: 8, step: 1 };

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
        let (steps, rest) = (units / self.step, (units % self.step).abs());
        // With an odd step the middle lies between two units, so the digit below the last unit decides there.
        let above_half = match (2 * i128::from(rest)).cmp(&i128::from(self.step - 1)) {
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

/// Room for a number without its exponent: 18 digits before the point, and more behind it than any scale looks at.
pub(crate) type Room = [u8; 64];

/// `-6.26e-5` as `-0.0000626`: JSON numbers that were floats are sent so. What is no such number, or does not fit, stays as
/// it is, and is then no plain decimal.
pub(crate) fn without_exponent<'a>(text: &'a [u8], room: &'a mut Room) -> &'a [u8] {
    match written_out(text, room) {
        Some(length) => &room[..length],
        None => text,
    }
}

fn written_out(text: &[u8], room: &mut Room) -> Option<usize> {
    let at = text.iter().position(|b| matches!(b, b'e' | b'E'))?;
    let exponent: i32 = std::str::from_utf8(&text[at + 1..]).ok()?.parse().ok()?;
    let exponent = Some(exponent).filter(|exponent| exponent.unsigned_abs() < 64)?;
    let (sign, number) = text[..at].split_at(usize::from(text.starts_with(b"-")));
    let point = number.iter().position(|&b| b == b'.').unwrap_or(number.len());
    let digits = || number.iter().filter(|b| **b != b'.');
    if point == 0 || point + 1 == number.len() || !digits().all(u8::is_ascii_digit) {
        return None;
    }
    // Where the point goes, among the digits: before the first of them there are zeros, behind the last too.
    let count = digits().count() as i32;
    let point = i32::try_from(point).ok()?.checked_add(exponent)?;
    let zeros = |count: i32| std::iter::repeat_n(&b'0', usize::try_from(count).unwrap_or(0));
    let all = zeros(1 - point).chain(digits()).chain(zeros(point - count));
    let before = point.max(1) as usize;
    let mut length = 0;
    let mut put = |byte: u8| {
        *room.get_mut(length)? = byte;
        length += 1;
        Some(())
    };
    sign.iter().try_for_each(|byte| put(*byte))?;
    for (index, digit) in all.enumerate() {
        if index == before {
            put(b'.')?;
        }
        put(*digit)?;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_written_out() {
        for (text, expected) in [
            ("-6.2604214e-5", "-0.000062604214"),
            ("1e0", "1"),
            ("1.5E+3", "1500"),
            ("12.345e1", "123.45"),
            ("12.345e-2", "0.12345"),
            ("0.5e-1", "0.05"),
            ("7e-12", "0.000000000007"),
            ("1.5", "1.5"),
            ("1e99", "1e99"),
            ("1e-99", "1e-99"),
            ("1e", "1e"),
            ("e5", "e5"),
            (".e5", ".e5"),
            ("1.e5", "1.e5"),
            ("1.x5e5", "1.x5e5"),
            ("1e99999999999", "1e99999999999"),
            ("1e2147483647", "1e2147483647"),
            ("12e-2147483648", "12e-2147483648"),
        ] {
            let mut room = [0; 64];
            assert_eq!(String::from_utf8_lossy(without_exponent(text.as_bytes(), &mut room)), expected, "{text}");
        }
    }

    fn check(decimals: u8, step: i64, rows: &[(&str, Result<i64, DecimalError>)]) {
        for (text, expected) in rows {
            assert_eq!(Scale { decimals, step }.nearest(text.as_bytes()), *expected, "{text} at {decimals}/{step}");
        }
    }

    #[test]
    fn averages_go_to_the_nearest_step_and_halves_away_from_zero() {
        use DecimalError::{Malformed, OutOfRange};
        let rows = [
            ("28147.27373413", Ok(281_473)),
            ("28147.24999999", Ok(281_472)),
            ("28147.25", Ok(281_473)),
            ("-28147.25", Ok(-281_473)),
            ("-0.04", Ok(0)),
            ("7", Ok(70)),
            ("7.1x", Err(Malformed)),
            ("7.12x", Err(Malformed)),
            ("", Err(Malformed)),
            ("7.", Err(Malformed)),
            ("922337203685477580.79", Err(OutOfRange)),
        ];
        check(1, 1, &rows);
        check(0, 1, &[("1.5", Ok(2)), ("1.49", Ok(1)), ("0.5", Ok(1)), ("1.", Err(Malformed)), (".5", Err(Malformed))]);
    }

    #[test]
    fn a_step_of_several_units_has_its_middle_where_it_is() {
        check(1, 5, &[("1.24", Ok(2)), ("1.25", Ok(3)), ("1.2", Ok(2)), ("1.3", Ok(3)), ("-1.25", Ok(-3))]);
        check(1, 2, &[("1.09", Ok(5)), ("1.1", Ok(6)), ("-1.1", Ok(-6))]);
    }
}
