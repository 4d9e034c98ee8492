//! Which bytes of a text end or spoil it, sixteen at a time.
//!
//! Owns: [`not_plain`], with the vector instructions that every x86-64 has, and elsewhere by a plain loop, which is also
//! what tests hold the vectors against. It is in this room because such instructions are unsafe to call where the compiler
//! has not been told of them. Never: what a text means, or where it begins.

/// A bit for each byte, the first the lowest, that is a quote, a backslash, or no printable ASCII.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[must_use]
pub fn not_plain(text: &[u8; 16]) -> u16 {
    // SAFETY: the function needs SSE2, which every processor of this architecture has: it is part of x86-64. It touches
    // nothing but its argument.
    unsafe { vectors::not_plain(text) }
}

/// A bit for each byte, the first the lowest, that is a quote, a backslash, or no printable ASCII.
#[cfg(not(target_arch = "x86_64"))]
#[must_use]
pub fn not_plain(text: &[u8; 16]) -> u16 {
    one_by_one(text)
}

/// Byte by byte. What is below a space is a control character, what is above 0x7F no ASCII.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn one_by_one(text: &[u8; 16]) -> u16 {
    let is_plain = |byte: u8| matches!(byte, b' '..=0x7F) && !matches!(byte, b'"' | b'\\');
    text.iter().rev().fold(0, |marks, byte| marks << 1 | u16::from(!is_plain(*byte)))
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    //! The same with SSE2, which is part of the architecture: nothing is asked of the processor.

    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };

    /// Compared with a sign, what is no ASCII is below a space, too.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn not_plain(text: &[u8; 16]) -> u16 {
        let whole = u128::from_le_bytes(*text);
        let text = _mm_set_epi64x(((whole >> 64) as u64).cast_signed(), (whole as u64).cast_signed());
        let outside = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
        let quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x22));
        let slashes = _mm_cmpeq_epi8(text, _mm_set1_epi8(0x5C));
        _mm_movemask_epi8(_mm_or_si128(outside, _mm_or_si128(quotes, slashes))) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_byte_value_at_each_place_is_judged_as_a_loop_would() {
        for place in 0..16 {
            for byte in 0..=u8::MAX {
                let mut text = *b"1-S/a:_24.5 {~\x7F#";
                text[place] = byte;
                assert_eq!(not_plain(&text), one_by_one(&text), "{byte} at {place}");
            }
        }
        assert_eq!(not_plain(b"\"0123456789abcde"), 1);
    }

    proptest! {
        #[test]
        fn vectors_say_what_the_plain_loop_says(
            text in prop::array::uniform16(prop_oneof![3 => b' '..=b'~', 1 => any::<u8>()]),
        ) {
            prop_assert_eq!(not_plain(&text), one_by_one(&text));
        }
    }
}
