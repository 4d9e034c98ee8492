//! Figures as a phone shows them: short, signed where a sign matters, and never a zero for what is not known.

use engine_model::market::Side;
use engine_model::units::Nanos;

/// What 1 is in units of 1e-8.
pub(super) const ONE_E8: i128 = 100_000_000;
const SUFFIXES: [(i128, char); 4] = [(1_000_000_000_000, 'T'), (1_000_000_000, 'B'), (1_000_000, 'M'), (1_000, 'K')];
const DAY_S: u64 = 86_400;

/// `1.23M`, `-45.60K`, `7.89`: two decimals, rounded half away from zero. Units of 1e-8.
pub(super) fn short_e8(units: i128) -> String {
    let size = units.unsigned_abs();
    // 999,995 is 1.00M, not 1000.00K.
    let scale = SUFFIXES.iter().rev().find(|(scale, _)| {
        let hundredths = rounded(size, (scale * ONE_E8 / 100).unsigned_abs());
        (100..100_000).contains(&hundredths)
    });
    let largest = SUFFIXES.first().filter(|(scale, _)| size >= (scale * ONE_E8).unsigned_abs());
    let sign = if units < 0 { "-" } else { "" };
    let (hundredths, suffix) = match scale.or(largest) {
        Some((scale, suffix)) => (rounded(size, (scale * ONE_E8 / 100).unsigned_abs()), suffix.to_string()),
        None => (rounded(size, (ONE_E8 / 100).unsigned_abs()), String::new()),
    };
    let sign = if hundredths == 0 { "" } else { sign };
    format!("{sign}{}.{:02}{suffix}", hundredths / 100, hundredths % 100)
}

/// The same in dollars.
pub(super) fn usd(units: i128) -> String {
    match short_e8(units).strip_prefix('-') {
        Some(size) => format!("-${size}"),
        None => format!("${}", short_e8(units)),
    }
}

/// Dollars with a sign before them, for what was won or lost.
pub(super) fn usd_signed(units: i128) -> String {
    let text = usd(units);
    if text.starts_with('-') || units == 0 || text == "$0.00" { text } else { format!("+{text}") }
}

/// A share in per cent, with so many decimals: `54.32%`. Units of 1e-8 of the whole.
pub(super) fn percent_e8(share: i128, decimals: u32) -> String {
    let scale = 10_i128.pow(decimals);
    let units = rounded((share * 100 * scale).unsigned_abs(), ONE_E8.unsigned_abs());
    let sign = if share < 0 && units != 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{units}%");
    }
    let (whole, part) = (units / scale.unsigned_abs(), units % scale.unsigned_abs());
    format!("{sign}{whole}.{part:0width$}%", width = decimals as usize)
}

/// How much of the whole, without a sign; `n/a` of nothing.
pub(super) fn share(part: i128, all: i128, decimals: u32) -> String {
    if all <= 0 { "n/a".to_owned() } else { percent_e8(part * ONE_E8 / all, decimals) }
}

/// By how much that changed it, with a sign; `n/a` of nothing.
pub(super) fn change_of(by: i128, before: i128) -> String {
    if before == 0 { "n/a".to_owned() } else { change_e8(by * ONE_E8 / before, 2) }
}

/// The same with a `+` before what rose.
pub(super) fn change_e8(share: i128, decimals: u32) -> String {
    let text = percent_e8(share, decimals);
    let is_nothing = text.bytes().all(|byte| !(b'1'..=b'9').contains(&byte));
    if share > 0 && !is_nothing { format!("+{text}") } else { text }
}

/// Green, red or white.
pub(super) const fn dot(sign: i128) -> &'static str {
    match sign {
        0 => "⚪",
        1.. => "🟢",
        _ => "🔴",
    }
}

/// `BUY` or `SELL`.
pub(super) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// How old something is: `120 ms`, `12 s`, `5 min`, `3 h 05 min`, `4 d`.
pub(super) fn age(ns: u64) -> String {
    let s = ns / Nanos::SECOND;
    match s {
        0 => format!("{} ms", ns / Nanos::MILLI),
        1..120 => format!("{s} s"),
        120..7_200 => format!("{} min", s / 60),
        7_200..172_800 => format!("{} h {:02} min", s / 3_600, s / 60 % 60),
        _ => format!("{} d", s / DAY_S),
    }
}

/// `2026-03-01 12:00:00`, in a zone that is so many minutes before UTC.
pub(super) fn clock(at: Nanos, offset_min: i32) -> String {
    let s = (i128::from(at.0 / Nanos::SECOND) + i128::from(offset_min) * 60).max(0).unsigned_abs();
    let s = u64::try_from(s).unwrap_or(0);
    let (year, month, day) = date(s / DAY_S);
    let of_day = s % DAY_S;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

/// `UTC`, `UTC+8`, `UTC-3:30`.
pub(super) fn zone(offset_min: i32) -> String {
    let sign = if offset_min < 0 { '-' } else { '+' };
    match (offset_min.unsigned_abs() / 60, offset_min.unsigned_abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// Day 0 is 1970-01-01. (The civil calendar in 400-year cycles that begin in March.)
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (cycle, of_cycle) = (day / 146_097, day % 146_097);
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + u64::from(month <= 2), month, day)
}

fn rounded(size: u128, by: u128) -> u128 {
    (size + by / 2) / by
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short_and_round_to_the_next_suffix() {
        for (units, expected) in [
            (0, "0.00"),
            (ONE_E8 * 7 + 89_000_000, "7.89"),
            (-ONE_E8 * 45_600, "-45.60K"),
            (ONE_E8 * 999_994, "999.99K"),
            (ONE_E8 * 999_995, "1.00M"),
            (ONE_E8 * 12_340_000_000, "12.34B"),
            (ONE_E8 * 5_000_000_000_000_000, "5000.00T"),
            (-400_000, "0.00"),
            (ONE_E8 * 999 + 99_500_000, "1.00K"),
        ] {
            assert_eq!(short_e8(units), expected, "{units}");
        }
        assert_eq!((usd(-ONE_E8 * 1_500), usd_signed(ONE_E8 * 3)), ("-$1.50K".to_owned(), "+$3.00".to_owned()));
        assert_eq!(usd_signed(0), "$0.00");
    }

    #[test]
    fn shares_keep_their_sign_and_nothing_has_none() {
        assert_eq!(percent_e8(54_320_000, 2), "54.32%");
        assert_eq!(change_e8(-1_000, 4), "-0.0010%");
        assert_eq!(change_e8(12_345_678, 2), "+12.35%");
        assert_eq!(change_e8(10, 2), "0.00%");
        assert_eq!(change_e8(-10, 2), "0.00%");
        assert_eq!(percent_e8(5_000_000, 0), "5%");
    }

    #[test]
    fn time_is_told_in_the_zone_that_was_asked_for() {
        let noon = Nanos(1_772_366_400 * Nanos::SECOND);
        assert_eq!(clock(noon, 0), "2026-03-01 12:00:00");
        assert_eq!(clock(noon, 8 * 60), "2026-03-01 20:00:00");
        assert_eq!(clock(noon, -13 * 60), "2026-02-28 23:00:00");
        assert_eq!(clock(Nanos(951_782_400 * Nanos::SECOND), 0), "2000-02-29 00:00:00");
        assert_eq!((zone(0), zone(480), zone(-210)), ("UTC".into(), "UTC+8".into(), "UTC-3:30".into()));
        assert_eq!((age(120_000_000), age(61 * Nanos::SECOND)), ("120 ms".into(), "61 s".into()));
        assert_eq!(age(11_100 * Nanos::SECOND), "3 h 05 min");
    }
}
