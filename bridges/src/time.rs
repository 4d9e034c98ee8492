//! Times as people write them.

const DAYS_OF_400_YEARS: u64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;
const NS: u64 = 1_000_000_000;

/// `2026-01-31T12:00:00.000000001Z` of nanoseconds since the epoch; `-` for no time.
pub fn utc(at_ns: u64) -> String {
    if at_ns == 0 {
        return "-".to_owned();
    }
    let (seconds, nanos) = (at_ns / 1_000_000_000, at_ns % 1_000_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
}

/// Year, month and day, `days` after 1970-01-01. Counted from 0000-03-01, so that the day that comes and goes stands last in
/// its year, and months have lengths that one line computes.
pub(crate) const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_BEFORE_1970;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let is_next_year = month >= 10;
    let month = if is_next_year { month - 9 } else { month + 3 };
    (era * 400 + year + is_next_year as u64, month, day_of_month)
}

/// Nanoseconds since the epoch of `2026-01-31`, `2026-01-31T12:00:00Z`, with decimals of a second or without.
pub fn parse(text: &str) -> Result<u64, String> {
    let accepted = || {
        format!("found `{text}`, accepted: a time of UTC from 1970 to 2554, like 2026-01-31 or 2026-01-31T12:00:00Z")
    };
    read(text).ok_or_else(accepted)
}

fn read(text: &str) -> Option<u64> {
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time.strip_suffix('Z')?)),
        None => (text, None),
    };
    let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
    let days = days(year, month, day)?;
    // What is no day of the calendar comes back as another.
    (date(days) == (year, month, day)).then_some(())?;
    let (clock, fraction) = time.map_or(("00:00:00", ""), |time| time.split_once('.').unwrap_or((time, "0")));
    let [hour, minute, second] = numbers(clock, ':', [2; 3])?;
    (hour < 24 && minute < 60 && second < 60 && fraction.len() <= 9).then_some(())?;
    let nanos = if fraction.is_empty() { 0 } else { digits(fraction)? * 10_u64.pow(9 - fraction.len() as u32) };
    (time.is_none() || !fraction.is_empty()).then_some(())?;
    ((days * 24 + hour) * 3_600 + minute * 60 + second).checked_mul(NS)?.checked_add(nanos)
}

/// Three numbers of so many digits.
fn numbers(text: &str, between: char, lengths: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(between);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(parts.next().filter(|part| part.len() == length)?)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Days after 1970-01-01; the other way round than [`date`].
const fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if month == 0 || month > 12 || day == 0 || day > 31 {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    let (era, year) = (year / 400, year % 400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    (era * DAYS_OF_400_YEARS + year * 365 + year / 4 - year / 100 + day_of_year).checked_sub(DAYS_BEFORE_1970)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_calendars_get_wrong_are_right() {
        let at = |seconds: u64| utc(seconds * 1_000_000_000);
        assert_eq!(utc(1), "1970-01-01T00:00:00.000000001Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000000Z");
        assert_eq!(at(951_868_799), "2000-02-29T23:59:59.000000000Z");
        assert_eq!(at(951_868_800), "2000-03-01T00:00:00.000000000Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59.000000000Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000000000Z", "2100 has no 29 February");
        assert_eq!(utc(1_617_580_800_123_456_789), "2021-04-05T00:00:00.123456789Z");
        assert_eq!(utc(0), "-");
    }

    #[test]
    fn each_day_of_eight_centuries_follows_the_one_before() {
        let mut before = (1970, 1, 0);
        for days in 0..292_194 {
            let (year, month, day) = date(days);
            let is_next = (year, month) == (before.0, before.1) && day == before.2 + 1;
            let is_first = day == 1 && (year * 12 + month) == before.0 * 12 + before.1 + 1 && before.2 >= 28;
            assert!(is_next || is_first, "{before:?} is followed by {:?}", (year, month, day));
            before = (year, month, day);
        }
        assert_eq!(before, (2769, 12, 31), "two whole turns of the calendar");
        assert!((0..292_194).all(|at| date(at).0 > 0 && days(date(at).0, date(at).1, date(at).2) == Some(at)));
    }

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let of_day = |seconds: u64| Ok(seconds * NS);
        assert_eq!(parse("2026-01-31"), of_day(1_769_817_600));
        assert_eq!(parse("2026-01-31T12:00:00Z"), of_day(1_769_860_800));
        assert_eq!(parse("2026-01-31T12:00:00.5Z"), Ok(1_769_860_800_500_000_000));
        assert_eq!(parse("1970-01-01"), Ok(0));
        for at_ns in [1, 951_782_400 * NS, 1_735_689_599 * NS + 7, 4_107_542_400 * NS] {
            assert_eq!(parse(&utc(at_ns)), Ok(at_ns));
        }
        for bad in [
            "",
            "now",
            "2026",
            "2026-1-31",
            "2026-01-32",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "1969-12-31",
            "2026-01-31T12:00:00",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:60:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00.1234567890Z",
            "2026-01-31 12:00:00",
            "2600-01-01",
            "2026-01-31-1",
            "-026-01-31",
            "20260131",
            "1769817600",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
