//! Which slots of a circular window are taken: two levels of bits, so that the next taken slot is found in a few
//! instructions however far it lies.
//!
//! Owns: bits. Never: prices or quantities; who asks knows what a slot means.

/// Slots in one word of the lower level.
const WORD_SLOTS: usize = 64;
/// Slots under one word of the upper level.
pub(super) const BLOCK_SLOTS: usize = WORD_SLOTS * WORD_SLOTS;

/// `BLOCKS` times [`BLOCK_SLOTS`] slots in a circle, each taken or free. A constant and a power of two: then the compiler
/// knows that what the circle is bounded by bounds the memory, too.
#[derive(Debug)]
pub(super) struct Bitmap<const BLOCKS: usize> {
    /// One bit a slot.
    words: Box<[[u64; WORD_SLOTS]; BLOCKS]>,
    /// One bit a word of `words`: set while that word is not zero.
    blocks: [u64; BLOCKS],
}

impl<const BLOCKS: usize> Bitmap<BLOCKS> {
    /// All free.
    pub(super) fn new() -> Self {
        const { assert!(BLOCKS.is_power_of_two(), "a circle is bounded by a mask") }
        Self { words: touched(), blocks: [0; BLOCKS] }
    }

    #[inline]
    fn word(&self, word: usize) -> u64 {
        self.words[word / WORD_SLOTS][word % WORD_SLOTS]
    }

    /// Takes a slot or frees it, whatever it was. Without a branch: which of the two it is cannot be predicted.
    #[inline]
    pub(super) fn put(&mut self, slot: usize, taken: bool) {
        let (block, word) = (slot / BLOCK_SLOTS, slot / WORD_SLOTS % WORD_SLOTS);
        let cell = &mut self.words[block][word];
        *cell = with_bit(*cell, slot, taken);
        let any = *cell != 0;
        let block = &mut self.blocks[block];
        *block = with_bit(*block, word, any);
    }

    /// Taken slots from `slot` on, which is the first if it is taken, downwards and around the circle. Does not end by
    /// itself after a whole turn: who asks knows how many there are.
    #[inline]
    pub(super) fn descend(&self, slot: usize) -> Descent<'_, BLOCKS> {
        let word = slot / WORD_SLOTS;
        Descent { bitmap: self, word, bits: self.word(word) & (bit(slot) | lower(slot)) }
    }

    /// The first taken slot met when walking down from `slot`, which itself is not looked at, around the circle.
    /// `None` when there is no other.
    #[inline]
    pub(super) fn below(&self, slot: usize) -> Option<usize> {
        let word = slot / WORD_SLOTS;
        let inside = self.word(word) & lower(slot);
        if inside != 0 {
            return Some(word * WORD_SLOTS + highest(inside));
        }
        let block = word / WORD_SLOTS;
        let inside = self.blocks[block] & lower(word);
        if inside != 0 {
            return Some(self.top_of(block, inside));
        }
        self.around(block, slot)
    }

    /// The part of the walk that leaves the block: bounded by the number of blocks (16 for 65,536 slots).
    #[cold]
    fn around(&self, block: usize, slot: usize) -> Option<usize> {
        for step in 1..=BLOCKS {
            let at = block.wrapping_sub(step) % BLOCKS;
            if self.blocks[at] != 0 {
                // After a whole turn this is the block of the start, of which only what lies at or above the start is
                // left: the start itself, when nothing else is taken.
                let found = self.top_of(at, self.blocks[at]);
                return (found != slot).then_some(found);
            }
        }
        None
    }

    /// Highest taken slot under the highest of `words` of that block.
    fn top_of(&self, block: usize, words: u64) -> usize {
        let word = block * WORD_SLOTS + highest(words);
        word * WORD_SLOTS + highest(self.word(word))
    }
}

/// A walk down the circle: inside a word a slot costs two instructions, so that the best few levels, which mostly share
/// one, are read in parallel.
#[derive(Clone, Debug)]
pub(super) struct Descent<'a, const BLOCKS: usize> {
    bitmap: &'a Bitmap<BLOCKS>,
    word: usize,
    /// Slots of that word still to come.
    bits: u64,
}

impl<const BLOCKS: usize> Iterator for Descent<'_, BLOCKS> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.bits == 0 {
            self.word = self.bitmap.below(self.word * WORD_SLOTS)? / WORD_SLOTS;
            self.bits = self.bitmap.word(self.word);
        }
        let at = highest(self.bits);
        self.bits &= !bit(at);
        Some(self.word * WORD_SLOTS + at)
    }
}

/// Zeros whose pages are there: `vec![0; n]` alone leaves them to be faulted in by the first message.
pub(super) fn touched<T: Copy + Default, const CELLS: usize, const ROWS: usize>() -> Box<[[T; CELLS]; ROWS]> {
    let mut rows = Vec::with_capacity(ROWS);
    rows.resize_with(ROWS, || std::hint::black_box([T::default(); CELLS]));
    match rows.try_into() {
        Ok(rows) => rows,
        Err(_) => unreachable!("so many rows were made"),
    }
}

const fn bit(index: usize) -> u64 {
    1 << (index % WORD_SLOTS)
}

const fn with_bit(word: u64, index: usize, set: bool) -> u64 {
    word & !bit(index) | (set as u64) << (index % WORD_SLOTS)
}

/// The bits below `index` in its word.
const fn lower(index: usize) -> u64 {
    bit(index) - 1
}

/// Index of the highest bit of a word that is not zero.
const fn highest(word: u64) -> usize {
    63 - word.leading_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SLOTS: usize = 2 * BLOCK_SLOTS;

    fn slow_below(taken: &BTreeSet<usize>, slot: usize) -> Option<usize> {
        taken.range(..slot).next_back().or_else(|| taken.range(slot + 1..).next_back()).copied()
    }

    proptest! {
        #[test]
        fn walks_down_around_the_circle_like_a_sorted_set(
            slots in prop::collection::vec(prop_oneof![0..SLOTS, 0..70usize, SLOTS - 70..SLOTS], 1..40),
            asked in 0..SLOTS,
        ) {
            let mut bitmap = Bitmap::<2>::new();
            let mut taken = BTreeSet::new();
            for slot in slots {
                let there = taken.remove(&slot);
                if !there {
                    taken.insert(slot);
                }
                bitmap.put(slot, !there);
                for from in [asked, slot, 0, SLOTS - 1] {
                    prop_assert_eq!(bitmap.below(from), slow_below(&taken, from));
                    let walk: Vec<usize> = bitmap.descend(from).take(taken.len()).collect();
                    let slow = taken.range(..=from).rev().chain(taken.range(from + 1..).rev()).copied();
                    prop_assert_eq!(walk, slow.collect::<Vec<_>>());
                }
            }
        }
    }
}
