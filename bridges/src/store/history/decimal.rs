//! A decimal number exactly as it was written, whatever grid it is on: history comes from venues whose grids nobody has any
//! more.

use std::cmp::Ordering;
use std::fmt;

/// Most digits that a number of the store has: what a 128-bit decimal column holds.
pub const DIGITS_MAX: u32 = 38;

/// `units * 10^-decimals`. Made without zeros at its end, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// Whole number.
    pub units: i128,
    /// Places behind the point, at most [`DIGITS_MAX`].
    pub decimals: u8,
}

impl Decimal {
    /// Zeros at the end are cut.
    #[must_use]
    pub fn new(mut units: i128, mut decimals: u8) -> Self {
        while decimals > 0 && units % 10 == 0 {
            (units, decimals) = (units / 10, decimals - 1);
        }
        Self { units, decimals }
    }

    /// Reads `-12.50`, `12`, `1.5e-08`. What is no number, not finite, or longer than [`DIGITS_MAX`] is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = match number.as_bytes().first()? {
            b'-' => (-1, &number[1..]),
            b'+' => (1, &number[1..]),
            _ => (1, number),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut units: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
            units = units.checked_mul(10)?.checked_add(digit)?;
        }
        // Zeros of a fraction first, so that a long tail of them is no reason to refuse a number.
        let (mut units, mut decimals) = (sign * units, i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?);
        while units % 10 == 0 && decimals > 0 {
            (units, decimals) = if units == 0 { (0, 0) } else { (units / 10, decimals - 1) };
        }
        if decimals < 0 {
            let zeros = 10_i128.checked_pow(if units == 0 { 0 } else { decimals.unsigned_abs() })?;
            (units, decimals) = (units.checked_mul(zeros)?, 0);
        }
        let is_short = units.unsigned_abs() < 10_u128.pow(DIGITS_MAX) && decimals.unsigned_abs() <= DIGITS_MAX;
        is_short.then(|| Self::new(units, decimals as u8))
    }

    /// Of so many places; `None` where it has more, or more digits than fit.
    #[must_use]
    pub fn at(self, decimals: u8) -> Option<i128> {
        let more = decimals.checked_sub(self.decimals)?;
        self.units.checked_mul(10_i128.checked_pow(u32::from(more))?)
    }

    /// The sum, exactly; `None` where it is too long.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let decimals = self.decimals.max(other.decimals);
        self.at(decimals)?.checked_add(other.at(decimals)?).map(|units| Self::new(units, decimals))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let decimals = self.decimals.max(other.decimals);
        Some(self.at(decimals)?.cmp(&other.at(decimals)?))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.units < 0 { "-" } else { "" }, self.units.unsigned_abs());
        let width = usize::from(self.decimals);
        if width == 0 {
            return write!(f, "{sign}{digits}");
        }
        let text = format!("{digits:0>width$}", width = width + 1);
        let (whole, fraction) = text.split_at(text.len() - width);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_files_write_them() {
        let read = |text: &str| Decimal::parse(text).map(|number| number.to_string());
        for (text, same) in [
            ("42314.0", "42314"),
            ("6.5340", "6.534"),
            ("-3.431e-05", "-0.00003431"),
            ("1e-08", "0.00000001"),
            ("1.5E3", "1500"),
            ("0.00000000", "0"),
            ("-0", "0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+7", "7"),
            ("0.000658153991747989", "0.000658153991747989"),
            ("0e400", "0"),
        ] {
            assert_eq!(read(text).as_deref(), Some(same), "{text}");
        }
        for text in ["", "-", ".", "nan", "NaN", "inf", "1,5", "1.2.3", "1e", "1e99", "1e-99", " 1", "0x1", "1_0"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("1e2147483647"), None);
        assert_eq!(read("1.5e-2147483648"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(units in -(10_i128.pow(38) - 1)..10_i128.pow(38), decimals in 0..=38_u8) {
            let number = Decimal::new(units, decimals);
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }
    }
}
