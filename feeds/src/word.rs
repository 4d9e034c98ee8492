//! Eight bytes at a time in an ordinary register: what the fast scanners are made of.
//!
//! Owns: loads that never pass the end of the bytes, and tests and conversions of all eight bytes at once. The first
//! byte of the text is the lowest of the word on every machine. Never: unsafe, instructions of one processor.

/// Eight times `b'0'`: `word ^ ZEROS` turns digits into their values.
pub(crate) const ZEROS: u64 = repeated(b'0');
const HIGH_BITS: u64 = repeated(0x80);
const LOW_BITS: u64 = repeated(0x01);

const fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The first eight bytes; zeros behind the end.
#[inline(always)]
pub(crate) fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => short_word(bytes),
    }
}

/// Near the end of a frame, where the last number usually is: from both ends of what is left.
#[inline(never)]
fn short_word(bytes: &[u8]) -> u64 {
    let high = 8 * (bytes.len() as u32 & 7);
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (high - 32);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        return u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << (high - 16);
    }
    bytes.first().map_or(0, |byte| u64::from(*byte))
}

/// The eight bytes at `at` of a window. Where the compiler sees that `at` is small enough, without a check.
#[inline(always)]
pub(crate) fn word_in<const N: usize>(window: &[u8; N], at: usize) -> u64 {
    word(&window[at..])
}

/// A literal of at most eight bytes as the word that [`word`] would give; known while compiling.
#[inline(always)]
pub(crate) const fn literal_word(literal: &[u8]) -> u64 {
    let mut word = 0;
    let mut at = literal.len();
    while at > 0 {
        at -= 1;
        word = word << 8 | literal[at] as u64;
    }
    word
}

/// The eight digits of a number below 10^8, zeros in front, as text: the inverse of [`digits_value`]. Each half is divided by
/// multiplying with a reciprocal that is exact for numbers of its size.
#[inline(always)]
pub(crate) const fn eight_digits(value: u32) -> u64 {
    let fours = (value / 10_000) as u64 | ((value % 10_000) as u64) << 32;
    let hundreds = ((fours * 5_243) >> 19) & 0x0000_007F_0000_007F;
    let pairs = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
    (tens | (pairs - tens * 10) << 8) | ZEROS
}

/// A word with its first `count` bytes set.
#[inline(always)]
pub(crate) const fn first_bytes(count: u32) -> u64 {
    if count >= 8 { u64::MAX } else { (1 << (8 * count)) - 1 }
}

/// The high bit of each byte that is not a digit, in a word already `^ ZEROS`. 0x76 carries 10 and above into the high
/// bit; the high bits are taken out first, so no byte carries into the next.
#[inline(always)]
pub(crate) const fn non_digits(values: u64) -> u64 {
    (((values & !HIGH_BITS) + repeated(0x76)) | values) & HIGH_BITS
}

/// The high bit of each byte that is `byte`, exact up to and including the first such byte.
#[inline(always)]
pub(crate) const fn equal_to(word: u64, byte: u8) -> u64 {
    let away = word ^ repeated(byte);
    away.wrapping_sub(LOW_BITS) & !away & HIGH_BITS
}

/// The number of eight digit values, the first byte the most significant. Of other values some number, which the caller
/// throws away: the branch on what is wrong comes after the conversion, not before it.
#[inline(always)]
pub(crate) const fn digits_value(values: u64) -> u64 {
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    // Two multiplications side by side put the four pairs where they belong: the first and third into the upper half, and
    // on it the second and fourth.
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    const ODD: u64 = 100 + (1_000_000 << 32);
    const EVEN: u64 = 1 + (10_000 << 32);
    let odd = (pairs & PAIRS).wrapping_mul(ODD);
    (odd.wrapping_add(((pairs >> 16) & PAIRS).wrapping_mul(EVEN))) >> 32
}

/// The high bit of each byte that no name has: names are letters, digits and what stands between or behind them in
/// ASCII, but no backslash. A quote ends a name; anything else found here spoils it. Exact up to and including the first
/// such byte, which is all that a scan needs.
#[inline(always)]
pub(crate) const fn not_name(word: u64) -> u64 {
    let slash = word ^ repeated(b'\\');
    let is_slash = slash.wrapping_sub(LOW_BITS) & !slash;
    (is_slash | word.wrapping_sub(ZEROS) | word) & HIGH_BITS
}

/// The high bit of each byte that ends a plain text or spoils it: a quote, a backslash, what is no printable ASCII. Exact
/// up to and including the first such byte.
#[inline(always)]
pub(crate) const fn not_plain(word: u64) -> u64 {
    let (quote, slash) = (word ^ repeated(b'"'), word ^ repeated(b'\\'));
    let is_quote = quote.wrapping_sub(LOW_BITS) & !quote;
    let is_slash = slash.wrapping_sub(LOW_BITS) & !slash;
    (is_quote | is_slash | word.wrapping_sub(repeated(b' ')) | word) & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*text)
    }

    #[test]
    fn each_byte_value_at_each_place_is_judged_as_a_loop_would() {
        for place in 0..8 {
            for byte in 0..=255u8 {
                let mut text = *b"13579024";
                text[place] = byte;
                let marks = non_digits(of(&text) ^ ZEROS);
                assert_eq!(marks, if byte.is_ascii_digit() { 0 } else { 0x80 << (8 * place) }, "{byte} at {place}");
                let first = equal_to(of(&text), byte).trailing_zeros() / 8;
                let slow = text.iter().position(|other| *other == byte);
                assert_eq!(Some(first as usize), slow, "{byte} at {place}");
                let in_name = (b'0'..=0x7f).contains(&byte) && byte != b'\\';
                let first = not_name(of(&text)).trailing_zeros() / 8;
                assert_eq!(first, if in_name { 8 } else { place as u32 }, "{byte} at {place}");
                let is_plain = (b' '..=0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\');
                let first = not_plain(of(&text)).trailing_zeros() / 8;
                assert_eq!(first, if is_plain { 8 } else { place as u32 }, "{byte} at {place}");
            }
        }
    }

    #[test]
    fn eight_digits_are_one_number() {
        assert_eq!(digits_value(of(b"12345678") ^ ZEROS), 12_345_678);
        assert_eq!(digits_value(of(b"99999999") ^ ZEROS), 99_999_999);
        assert_eq!(digits_value(0), 0);
    }

    #[test]
    fn a_number_and_its_digits_are_each_others_inverse() {
        let few = (0..10_000u32).flat_map(|n| [n, n * 9_999, n * 10_000, 99_999_999 - n]);
        let spread = (0..50_000u32).map(|n| n * 1_999);
        for value in few.chain(spread) {
            let text = format!("{value:08}");
            assert_eq!(eight_digits(value), of(text.as_bytes().first_chunk().expect("eight digits")), "{value}");
            assert_eq!(digits_value(eight_digits(value) ^ ZEROS), u64::from(value));
        }
    }

    /// Found by the fuzzer: a debug build stopped at the carry.
    #[test]
    fn what_is_no_digit_is_converted_to_anything_without_a_stop() {
        for byte in 0..=255 {
            let _ = digits_value(repeated(byte));
        }
        let _ = digits_value(u64::MAX << 8);
    }

    #[test]
    fn loads_stop_at_the_end() {
        assert_eq!(word(b"abc"), u64::from_le_bytes(*b"abc\0\0\0\0\0"));
        assert_eq!((word(b""), literal_word(b"abc")), (0, word(b"abc")));
        for length in 0..=9 {
            let text = &b"abcdefghi"[..length];
            let slow = text.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            assert_eq!(word(text), slow, "{length}");
        }
    }
}
