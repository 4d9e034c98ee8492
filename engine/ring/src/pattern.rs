//! Two numbers at once: what each must look like, and what it then is, sixteen bytes at a time.
//!
//! Owns: [`Pattern`], and the reading of a pair by it: with the vector instructions that every x86-64 has, and elsewhere by
//! a plain loop, which is also what tests hold the vectors against. It is in this room because such instructions are unsafe
//! to call where the compiler has not been told of them. Never: where numbers begin, grids.
//!
//! A byte is compared by `^` with what is expected and must then be at most so much: nine for a digit, nothing for a point
//! or for a zero that must be one, anything for what is behind the number. So one subtraction checks all of them. Each of
//! the first eight bytes has its weight, a power of ten: the point has none, so that nothing is moved to take it out, and a
//! scale with more decimals than were sent needs no zeros. As a weight has sixteen bits, there are two rows of them, for the
//! digits from ten thousand on and for those below.

/// What the sixteen bytes from the front of a number on look like.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub struct Pattern {
    /// What each byte is compared with.
    like: [u64; 2],
    /// How far it may be from that.
    spread: [u64; 2],
    /// Weights of the first eight bytes in tens of thousands, and in ones.
    weights: [[u64; 2]; 2],
}

/// Sixteen bytes of text, the first the lowest.
pub type Text = [u64; 2];

impl Pattern {
    /// Fits no text that begins with a digit.
    pub const NONE: Self = Self { like: [!0; 2], spread: [0; 2], weights: [[0; 2]; 2] };

    /// `whole` digits, and where `tail` is not 0, a point and `tail - 1` more, as units of `10^-decimals`. All that the
    /// scale holds must be in the first eight bytes, and be eight digits at most; finer ones must be zeros.
    #[must_use]
    pub const fn new(whole: usize, tail: usize, decimals: usize) -> Self {
        let mut like = [0; 16];
        let mut spread = [u8::MAX; 16];
        let mut weights = [[0; 8]; 2];
        let mut at = 0;
        while at < whole + tail {
            let is_point = at == whole;
            like[at] = if is_point { b'.' } else { b'0' };
            // Digits behind this one that the scale holds; below zero for one that it does not hold.
            let finer = if at < whole { decimals + whole - 1 - at } else { (decimals + whole).wrapping_sub(at) };
            spread[at] = 0;
            if !is_point && finer < 8 {
                spread[at] = 9;
                weights[if finer >= 4 { 0 } else { 1 }][at] = 10i16.pow(finer as u32 % 4);
            }
            at += 1;
        }
        Self { like: words(like), spread: words(spread), weights: [lanes(weights[0]), lanes(weights[1])] }
    }
}

const fn words(bytes: [u8; 16]) -> [u64; 2] {
    let (mut words, mut at) = ([0; 2], 16);
    while at > 0 {
        at -= 1;
        words[at / 8] = words[at / 8] << 8 | bytes[at] as u64;
    }
    words
}

const fn lanes(weights: [i16; 8]) -> [u64; 2] {
    let (mut words, mut at) = ([0; 2], 8);
    while at > 0 {
        at -= 1;
        words[at / 4] = words[at / 4] << 16 | weights[at] as u64;
    }
    words
}

/// Both numbers, and whether either text is not like its pattern: then they are anything.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[must_use]
pub fn pair(texts: [Text; 2], patterns: [&Pattern; 2]) -> ([u32; 2], bool) {
    // SAFETY: the function needs SSE2, which every processor of this architecture has: it is part of x86-64. It touches
    // nothing but its arguments.
    unsafe { vectors::pair(texts, patterns) }
}

/// Both numbers, and whether either text is not like its pattern: then they are anything.
#[cfg(not(target_arch = "x86_64"))]
#[must_use]
pub fn pair(texts: [Text; 2], patterns: [&Pattern; 2]) -> ([u32; 2], bool) {
    plain(texts, patterns)
}

/// Byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn plain(texts: [Text; 2], patterns: [&Pattern; 2]) -> ([u32; 2], bool) {
    let (mut numbers, mut is_wrong) = ([0u32; 2], false);
    for ((number, text), pattern) in numbers.iter_mut().zip(texts).zip(patterns) {
        for at in 0..16 {
            let of = |words: [u64; 2]| (words[at / 8] >> (8 * (at % 8))) as u8;
            let away = of(text) ^ of(pattern.like);
            is_wrong |= away > of(pattern.spread);
            for (weights, unit) in pattern.weights.iter().zip([10_000, 1]) {
                let weight = if at < 8 { (weights[at / 4] >> (16 * (at % 4))) as u16 } else { 0 };
                *number = number.wrapping_add(u32::from(away) * u32::from(weight) * unit);
            }
        }
    }
    (numbers, is_wrong)
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    //! The same with SSE2, which is part of the architecture: nothing is asked of the processor.

    use super::{Pattern, Text};
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_madd_epi16, _mm_movemask_epi8, _mm_or_si128,
        _mm_packs_epi32, _mm_set_epi16, _mm_set_epi64x, _mm_setzero_si128, _mm_shuffle_epi32, _mm_subs_epu8,
        _mm_unpackhi_epi32, _mm_unpacklo_epi8, _mm_unpacklo_epi32, _mm_xor_si128,
    };

    #[inline]
    #[target_feature(enable = "sse2")]
    fn vector(words: [u64; 2]) -> __m128i {
        _mm_set_epi64x(words[1].cast_signed(), words[0].cast_signed())
    }

    /// Four parts of the number, and marks where the text is not like the pattern.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn parts(text: Text, pattern: &Pattern) -> (__m128i, __m128i) {
        let away = _mm_xor_si128(vector(text), vector(pattern.like));
        let wrong = _mm_subs_epu8(away, vector(pattern.spread));
        let digits = _mm_unpacklo_epi8(away, _mm_setzero_si128());
        let [high, low] = pattern.weights;
        let (high, low) = (_mm_madd_epi16(digits, vector(high)), _mm_madd_epi16(digits, vector(low)));
        let units = _mm_set_epi16(10_000, 10_000, 10_000, 10_000, 1, 1, 1, 1);
        (_mm_madd_epi16(_mm_packs_epi32(low, high), units), wrong)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn pair(texts: [Text; 2], patterns: [&Pattern; 2]) -> ([u32; 2], bool) {
        let (first, first_wrong) = parts(texts[0], patterns[0]);
        let (second, second_wrong) = parts(texts[1], patterns[1]);
        let halves = _mm_add_epi32(_mm_unpacklo_epi32(first, second), _mm_unpackhi_epi32(first, second));
        let both = _mm_add_epi32(halves, _mm_shuffle_epi32::<0b11_10>(halves));
        let both = _mm_cvtsi128_si64(both).cast_unsigned();
        let right = _mm_cmpeq_epi8(_mm_or_si128(first_wrong, second_wrong), _mm_setzero_si128());
        ([both as u32, (both >> 32) as u32], _mm_movemask_epi8(right) != 0xFFFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(bytes: &[u8]) -> Text {
        let mut all = [0xF5; 16];
        all[..bytes.len()].copy_from_slice(bytes);
        words(all)
    }

    #[test]
    fn a_number_is_weighed_with_its_point_where_it_is() {
        for (number, whole, tail, decimals, units) in [
            ("61837.60", 5, 3, 2, 6_183_760),
            ("61741.24000000", 5, 9, 2, 6_174_124),
            ("0.123", 1, 4, 3, 123),
            ("7", 1, 0, 3, 7_000),
            ("12345.67", 5, 3, 3, 12_345_670),
            ("1234567", 7, 0, 1, 12_345_670),
        ] {
            let pattern = Pattern::new(whole, tail, decimals);
            let read = pair([text(number.as_bytes()); 2], [&pattern; 2]);
            assert_eq!(read, ([units; 2], false), "{number}");
        }
    }

    #[test]
    fn each_byte_value_at_each_place_is_judged_as_a_decimal() {
        let (pattern, number) = (Pattern::new(5, 5, 2), *b"61837.6000");
        for place in 0..number.len() {
            for byte in 0..=u8::MAX {
                let mut changed = number;
                changed[place] = byte;
                let is_right = match place {
                    5 => byte == b'.',
                    8.. => byte == b'0',
                    _ => byte.is_ascii_digit(),
                };
                let (_, is_wrong) = pair([text(&number), text(&changed)], [&pattern; 2]);
                assert_eq!(is_wrong, !is_right, "{byte} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn vectors_say_what_the_plain_loop_says(
            texts in prop::array::uniform2(prop::array::uniform16(
                prop_oneof![4 => b'0'..=b'9', 1 => Just(b'.'), 1 => any::<u8>()],
            )),
            (whole, tail, decimals) in (1..=7usize, 0..=9usize, 0..=7usize),
        ) {
            let (texts, decimals) = (texts.map(words), decimals.min(7 - whole));
            let pattern = Pattern::new(whole, tail, decimals);
            let (numbers, is_wrong) = pair(texts, [&pattern, &Pattern::NONE]);
            prop_assert_eq!(is_wrong, plain(texts, [&pattern, &Pattern::NONE]).1);
            let (same, is_wrong) = pair([texts[0]; 2], [&pattern; 2]);
            let (expected, is_wrong_too) = plain([texts[0]; 2], [&pattern; 2]);
            prop_assert_eq!(is_wrong, is_wrong_too);
            if !is_wrong {
                prop_assert_eq!(same, expected);
                prop_assert_eq!(numbers[0], expected[0]);
            }
        }
    }
}
