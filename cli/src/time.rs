//! Times as people write them.

/// `2026-01-31T12:00:00.000000001Z` of nanoseconds since the epoch; `-` for no time.
pub(crate) fn utc(at_ns: u64) -> String {
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
const fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + 719_468;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let is_next_year = month >= 10;
    let month = if is_next_year { month - 9 } else { month + 3 };
    (era * 400 + year + is_next_year as u64, month, day_of_month)
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
    }
}
