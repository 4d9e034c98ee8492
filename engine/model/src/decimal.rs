//! Decimal text to a scaled integer and back: exact, or an error that says why. The slow, obvious way; the decoders'
//! fast scanners are compared with it.

/// Why a text is not a number on a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not a plain decimal: empty, an exponent, a stray character.
    Malformed,
    /// A plain decimal that does not fit 64 bits at this scale.
    OutOfRange,
    /// A plain decimal between two steps of the grid.
    OffGrid,
}

/// `text` in units of `step * 10^-decimals`.
pub(crate) fn parse(text: &[u8], decimals: u8, step: i64) -> Result<i64, DecimalError> {
    debug_assert!(step > 0);
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut value: i64 = 0;
    let mut seen = 0usize;
    let mut fraction: Option<u8> = None;
    for &byte in digits {
        match (byte, fraction) {
            (b'.', None) => fraction = Some(0),
            (b'0'..=b'9', Some(places)) if places == decimals => {
                seen += 1;
                if byte != b'0' {
                    return Err(DecimalError::OffGrid);
                }
            }
            (b'0'..=b'9', places) => {
                seen += 1;
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(i64::from(byte - b'0')))
                    .ok_or(DecimalError::OutOfRange)?;
                fraction = places.map(|p| p + 1);
            }
            _ => return Err(DecimalError::Malformed),
        }
    }
    if seen == 0 || digits.last() == Some(&b'.') || digits.first() == Some(&b'.') {
        return Err(DecimalError::Malformed);
    }
    for _ in fraction.unwrap_or(0)..decimals {
        value = value.checked_mul(10).ok_or(DecimalError::OutOfRange)?;
    }
    if value % step != 0 {
        return Err(DecimalError::OffGrid);
    }
    let value = value / step;
    Ok(if negative { -value } else { value })
}

/// `units` of `step * 10^-decimals` with exactly `decimals` decimals.
pub(crate) fn format(units: i64, decimals: u8, step: i64) -> String {
    let value = i128::from(units) * i128::from(step);
    let sign = if value < 0 { "-" } else { "" };
    let digits = value.unsigned_abs();
    if decimals == 0 {
        return format!("{sign}{digits}");
    }
    let scale = 10u128.pow(u32::from(decimals));
    format!("{sign}{}.{:0width$}", digits / scale, digits % scale, width = usize::from(decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote_and_refuses_what_lies_between() {
        assert_eq!(parse(b"61837.63000000", 2, 1), Ok(6_183_763));
        assert_eq!(parse(b"0.00000074408", 11, 1), Ok(74_408));
        assert_eq!(parse(b"61837.5", 1, 5), Ok(123_675));
        assert_eq!(parse(b"61837.6", 1, 5), Err(DecimalError::OffGrid));
        assert_eq!(parse(b"61837.631", 2, 1), Err(DecimalError::OffGrid));
        assert_eq!(parse(b"-1.5", 1, 1), Ok(-15));
        for bad in [&b""[..], b"-", b".", b"1.", b".5", b"1e5", b"1.2.3", b" 1", b"+1", b"NaN"] {
            assert_eq!(parse(bad, 2, 1), Err(DecimalError::Malformed), "{bad:?}");
        }
        assert_eq!(parse(b"92233720368547758.08", 2, 1), Err(DecimalError::OutOfRange));
        assert_eq!(format(6_183_763, 2, 1), "61837.63");
        assert_eq!(format(-5, 3, 5), "-0.025");
        assert_eq!(format(7, 0, 1), "7");
    }
}
