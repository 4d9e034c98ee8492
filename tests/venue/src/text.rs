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

/// `2026-08-09T21:05:48.228000Z`: a time of the epoch with that many decimals of a second, 3..=9.
pub(crate) fn iso(at_ms: u64, decimals: usize) -> String {
    let (days, ms) = (at_ms / 86_400_000, at_ms % 86_400_000);
    // Days since March of the year 0, in eras of 400 years: leap days then end years, eras and centuries.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let (day, month) =
        (day - (153 * from_march + 2) / 5 + 1, if from_march < 10 { from_march + 3 } else { from_march - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let zeros = "0".repeat(decimals.saturating_sub(3));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}{zeros}Z", ms % 1_000)
}

/// The milliseconds of a time written as `2026-10-01T00:30:00.500Z`.
pub(crate) fn iso_ms(text: &str) -> Option<u64> {
    let (seconds, ms) = text.strip_suffix('Z')?.split_once('.')?;
    let parts = seconds.split(['-', 'T', ':']).map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    let [year, month, day, hour, minute, second] = *parts.as_slice() else { return None };
    // The year begins in March: a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms.parse::<u64>().ok()?)
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
    fn a_written_time_is_read_again() {
        for at_ms in [951_782_400_000, 951_868_800_001, 1_790_814_600_500, 1_798_761_599_999, 1_803_859_200_000] {
            assert_eq!(iso_ms(&iso(at_ms, 3)), Some(at_ms));
        }
        assert_eq!((iso_ms("2026-10-01"), iso_ms("2026-10-01T00:00Z")), (None, None));
    }

    #[test]
    fn times_are_written_as_dates() {
        assert_eq!(iso(0, 3), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_786_309_548_228, 6), "2026-08-09T21:05:48.228000Z");
        assert_eq!(iso(1_709_251_199_999, 9), "2024-02-29T23:59:59.999000000Z");
        assert_eq!(iso(951_868_800_000, 3), "2000-03-01T00:00:00.000Z");
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
