//! Numbers as people read them.

/// A time in ns with three figures and its unit.
pub(super) fn time(ns: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")];
    let Some((unit_ns, unit)) = UNITS.into_iter().find(|(unit_ns, _)| ns >= *unit_ns) else {
        return format!("{ns} ns");
    };
    let (whole, tenths) = (ns / unit_ns, ns % unit_ns * 10 / unit_ns);
    if whole < 100 { format!("{whole}.{tenths} {unit}") } else { format!("{whole} {unit}") }
}

/// A time that may be unknown.
pub(super) fn time_or_dash(ns: Option<u64>) -> String {
    ns.map_or_else(|| "-".into(), time)
}

/// `1:02:03`.
pub(super) fn clock(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many of `cells` a share fills; any share above nothing shows.
pub(super) fn cells(share: f64, cells: usize) -> usize {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let filled = (share * cells as f64).round() as usize;
    if share > 0.0 { filled.max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_are_readable() {
        assert_eq!(
            [0, 999, 1_000, 12_345, 123_456_789, 61_000_000_000].map(time),
            ["0 ns", "999 ns", "1.0 µs", "12.3 µs", "123 ms", "61.0 s"]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(clock(3_723_000_000_000), "1:02:03");
    }

    #[test]
    fn a_share_above_nothing_shows_and_nonsense_does_not() {
        assert_eq!([0.0, 0.001, 0.5, 1.0, 7.0, -1.0, f64::NAN].map(|share| cells(share, 10)), [0, 1, 5, 10, 10, 0, 0]);
    }
}
