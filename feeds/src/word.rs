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

/// The eight bytes at `at`; zeros behind the end.
#[inline(always)]
pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => word_at_the_end(bytes, at),
    }
}

#[cold]
fn word_at_the_end(bytes: &[u8], at: usize) -> u64 {
    let mut chunk = [0; 8];
    let rest = bytes.get(at..).unwrap_or_default();
    chunk[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(chunk)
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

/// The number of eight digit values, the first byte the most significant.
#[inline(always)]
pub(crate) const fn digits_value(values: u64) -> u64 {
    let pairs = (values.wrapping_mul(10) + (values >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours.wrapping_mul(10_000) + (fours >> 32)) & 0xFFFF_FFFF
}

/// The high bit of each byte that ends or spoils a plain JSON string: a quote, a backslash, a control character or
/// anything beyond ASCII. Exact up to and including the first such byte, which is all that a scan needs.
#[inline(always)]
pub(crate) const fn not_plain(word: u64) -> u64 {
    const fn zero(values: u64) -> u64 {
        values.wrapping_sub(LOW_BITS) & !values
    }
    (zero(word ^ repeated(b'"')) | zero(word ^ repeated(b'\\')) | word.wrapping_sub(repeated(0x20)) | word) & HIGH_BITS
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
                let plain = (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\' || byte == 0x7f;
                let first = not_plain(of(&text)).trailing_zeros() / 8;
                assert_eq!(first, if plain { 8 } else { place as u32 }, "{byte} at {place}");
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
    fn loads_stop_at_the_end() {
        assert_eq!(word(b"abc", 1), u64::from(b'b') | u64::from(b'c') << 8);
        assert_eq!(word(b"abc", 3), 0);
        assert_eq!(word(b"abc", 400), 0);
        assert_eq!(word(b"abcdefghi", 1), of(b"bcdefghi"));
    }
}
