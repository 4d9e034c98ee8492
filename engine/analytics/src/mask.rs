//! What is true of many values, as bits: so that a loop which asks goes on whatever the answer is, and only what was found is
//! walked to.

/// Answers in a word.
pub const WORD: usize = 64;
/// Moves the lowest bit of each byte of a number into its highest byte, in their order.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// A bit for each answer, which is 0 or 1; the first is the lowest.
#[must_use]
#[inline]
pub fn packed(answers: &[u8; WORD]) -> u64 {
    let (words, _) = answers.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| bits << 8 | u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56)
}

/// Where bits are set, from the lowest on.
#[inline]
pub fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_a_bit_in_its_place() {
        let mut state = 7_u64;
        for _ in 0..1_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let answers: [u8; WORD] = std::array::from_fn(|at| (state >> at & 1) as u8);
            assert_eq!(packed(&answers), state);
            let slow: Vec<usize> = (0..WORD).filter(|at| answers[*at] == 1).collect();
            assert_eq!(places(state).collect::<Vec<_>>(), slow);
        }
        assert_eq!((packed(&[1; WORD]), places(0).count()), (u64::MAX, 0));
    }
}
