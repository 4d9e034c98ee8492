//! Plain decimals as `replay` prints them: no exponent, no trailing zeros, no trailing point.

/// `text` without trailing zeros of its fraction.
pub(crate) fn trimmed(mut text: String) -> String {
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text
}

/// `units * 10^-decimals`, trimmed. Wide: the volume of a day passes 64 bits.
pub(crate) fn wide(units: i128, decimals: u8) -> String {
    let (sign, digits) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let scale = 10u128.pow(u32::from(decimals));
    let width = usize::from(decimals);
    match decimals {
        0 => format!("{sign}{digits}"),
        _ => trimmed(format!("{sign}{}.{:0width$}", digits / scale, digits % scale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_of_a_fraction_are_cut() {
        assert_eq!(trimmed("100".into()), "100");
        assert_eq!(trimmed("100.500".into()), "100.5");
        assert_eq!(trimmed("100.000".into()), "100");
        assert_eq!(wide(0, 8), "0");
        assert_eq!(wide(-1_050_000_000, 8), "-10.5");
        assert_eq!(wide(i128::from(i64::MAX) * 100, 0), "922337203685477580700");
    }
}
