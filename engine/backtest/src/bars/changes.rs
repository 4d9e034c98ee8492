//! Where something else is wanted than before.
//!
//! Changes are rare, and where the next one is cannot be foreseen. So neighbours are compared a block at once, whatever comes
//! out, and only the bars that differ are walked to.

use engine_analytics::mask::{WORD, packed};
use engine_analytics::signal::Wanted;

/// The bars at which something else is wanted than at the one before, in their order.
#[derive(Clone, Debug)]
pub(super) struct Changes<'a> {
    /// From the last bar that was compared on.
    rest: &'a [Wanted],
    /// Bar of the next block's first bit.
    next: usize,
    /// A bit a bar of this block that is not told yet.
    bits: u64,
}

impl<'a> Changes<'a> {
    pub(super) fn of(wanted: &'a [Wanted]) -> Self {
        Self { rest: wanted, next: 1, bits: 0 }
    }

    /// Compares the next block; whether there is one.
    fn load(&mut self) -> bool {
        let Some((_, later)) = self.rest.split_first().filter(|(_, later)| !later.is_empty()) else { return false };
        self.bits = match (self.rest.first_chunk::<WORD>(), later.first_chunk::<WORD>()) {
            // As many as are known beforehand are compared together.
            (Some(before), Some(now)) => packed(&std::array::from_fn(|at| u8::from(before[at] != now[at]))),
            _ => {
                let pairs = self.rest.iter().zip(later).enumerate();
                pairs.fold(0, |bits, (at, (before, now))| bits | u64::from(before != now) << at)
            }
        };
        self.next += WORD;
        self.rest = &self.rest[later.len().min(WORD)..];
        true
    }
}

impl Iterator for Changes<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            if !self.load() {
                return None;
            }
        }
        let bit = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(self.next - WORD + bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;

    #[test]
    fn the_bars_that_differ_from_the_one_before_are_told_in_order() {
        for seed in 0..300 {
            let mut dice = Dice(seed);
            let (length, rarity) = (dice.below(400), 1 + dice.below(70));
            let mut now = Wanted::Flat;
            let any = [Wanted::Short, Wanted::Flat, Wanted::Long];
            let wanted: Vec<Wanted> = (0..length)
                .map(|_| {
                    now = if dice.below(rarity) == 0 { any[dice.below(3) as usize] } else { now };
                    now
                })
                .collect();
            let slow: Vec<usize> = (1..wanted.len()).filter(|bar| wanted[*bar] != wanted[bar - 1]).collect();
            assert_eq!(Changes::of(&wanted).collect::<Vec<_>>(), slow, "seed {seed}");
        }
    }
}
