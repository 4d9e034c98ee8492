//! Which names a mistyped one may have meant.

/// Names offered.
const OFFERED: usize = 3;

/// The names most like `found`, the nearest first; case does not count.
pub fn nearest<'a>(found: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let found = found.to_ascii_uppercase();
    let mut all: Vec<_> = names.map(|name| (distance(&found, &name.to_ascii_uppercase()), name)).collect();
    all.sort();
    all.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// Letters to put in, take out, change or exchange with their neighbour, to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<_> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_costs_one() {
        for (a, b, steps) in
            [("RSI", "RSI", 0), ("RIS", "RSI", 1), ("RS", "RSI", 1), ("RSII", "RSI", 1), ("", "RSI", 3)]
        {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
        assert_eq!(nearest("mcad", ["SMA", "MACD", "AD", "EMA"].into_iter())[0], "MACD");
    }
}
