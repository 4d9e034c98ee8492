//! Writing JSON text by hand: the venue's own field order and number formats, which a serializer would not keep.
//!
//! Owns: how numbers become text. Never: which fields a message has (that is each protocol's).

use engine_model::instrument::Grid;
use engine_model::market::Level;

/// A growing JSON text.
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new() -> Self {
        Self(String::with_capacity(256))
    }

    pub(crate) fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    pub(crate) fn number(&mut self, value: u64) -> &mut Self {
        self.decimal(i128::from(value), 0)
    }

    /// `units * 10^-decimals` with exactly that many decimals.
    pub(crate) fn decimal(&mut self, units: i128, decimals: u8) -> &mut Self {
        // 39 digits of u128, and leading zeros of a small fraction: decimals are at most 18.
        let mut digits = [b'0'; 48];
        let mut at = digits.len();
        let mut rest = units.unsigned_abs();
        let mut written = 0;
        while rest > 0 || written <= decimals {
            if written == decimals && decimals > 0 {
                at -= 1;
                digits[at] = b'.';
            }
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            written += 1;
        }
        if units < 0 {
            self.0.push('-');
        }
        self.0.extend(digits[at..].iter().map(|&b| char::from(b)));
        self
    }

    pub(crate) fn price(&mut self, grid: &Grid, ticks: i64) -> &mut Self {
        self.decimal(i128::from(ticks) * i128::from(grid.tick_step), grid.price_decimals)
    }

    pub(crate) fn qty(&mut self, grid: &Grid, lots: i64) -> &mut Self {
        self.decimal(i128::from(lots) * i128::from(grid.lot_step), grid.qty_decimals)
    }

    /// `[["price","qty"],…]`
    pub(crate) fn levels(&mut self, grid: &Grid, levels: impl Iterator<Item = Level>) -> &mut Self {
        self.raw("[");
        for (index, level) in levels.enumerate() {
            self.raw(if index == 0 { "[\"" } else { ",[\"" });
            self.price(grid, level.px.0).raw("\",\"").qty(grid, level.qty.0).raw("\"]");
        }
        self.raw("]")
    }

    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// Without zeros behind the point.
pub(crate) fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A time as ISO 8601 writes it, with microseconds: `2026-08-24T22:21:58.343000Z`.
pub(crate) fn iso_us(at_ms: u64) -> String {
    let (days, of_day) = (at_ms / 86_400_000, at_ms % 86_400_000);
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60);
    // Years begin in March here, so that the odd day is the last: 400 of them have 146,097 days.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}000Z", at_ms % 1_000)
}

/// Without zeros behind the point, but the first: `105055.0`.
pub(crate) fn pointed(text: &str) -> String {
    let short = trimmed(text);
    if short.contains('.') { short.to_owned() } else { format!("{short}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_out_on_odd_days_too() {
        assert_eq!(iso_us(1_787_610_118_343), "2026-08-24T22:21:58.343000Z");
        assert_eq!(iso_us(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(iso_us(951_782_400_000), "2000-02-29T00:00:00.000000Z");
        assert_eq!(iso_us(1_735_689_599_999), "2024-12-31T23:59:59.999000Z");
    }

    #[test]
    fn numbers_keep_one_decimal_where_the_venue_does() {
        assert_eq!([pointed("105055.000"), pointed("0.1428"), pointed("60")], ["105055.0", "0.1428", "60.0"]);
    }

    #[test]
    fn decimals_are_always_all_written() {
        let text = |units, decimals| Text::new().decimal(units, decimals).take();
        assert_eq!(text(6_183_763_000_000, 8), "61837.63000000");
        assert_eq!(text(2_754, 8), "0.00002754");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(0, 8), "0.00000000");
        assert_eq!(text(0, 0), "0");
        assert_eq!(text(60, 0), "60");
        assert_eq!(text(123, 2), "1.23");
    }
}
