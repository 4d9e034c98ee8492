//! Seeded randomness: integers only, so that one seed gives one market on every machine.
//!
//! Owns: the generator. Never: the operating system's randomness, floats.

/// xoshiro256** by Blackman and Vigna, seeded through splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The generator of that seed. Any seed is good: splitmix64 never yields four zeros in a row.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        let mut mix = seed;
        Self { state: [(); 4].map(|()| splitmix(&mut mix)) }
    }

    /// A generator of its own for a named part, so that adding a part leaves the others' sequences as they were.
    #[must_use]
    pub(crate) fn branch(seed: u64, name: &str) -> Self {
        // FNV-1a: any fixed hash would do, the standard one is keyed by the process.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        Self::new(seed ^ hash)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [_, b, ..] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = b << 17;
        self.state[2] ^= self.state[0];
        self.state[3] ^= self.state[1];
        self.state[1] ^= self.state[2];
        self.state[0] ^= self.state[3];
        self.state[2] ^= shifted;
        self.state[3] = self.state[3].rotate_left(45);
        result
    }

    /// Uniform in `0..bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // Lemire's multiply: the bias, below 2^-40 for our bounds, does not matter in a market.
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `-half_width..=half_width`.
    pub(crate) fn around_zero(&mut self, half_width: u64) -> i64 {
        self.below(2 * half_width + 1) as i64 - half_width as i64
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// Uniform in its logarithm over `0..2^bits`: small numbers are as likely as large ones, as in a real book's depth.
    pub(crate) fn log_uniform(&mut self, bits: u32) -> u64 {
        let width = 1 << self.below(u64::from(bits) + 1);
        self.below(width)
    }

    /// Exponential with that mean: the wait for the next of independent arrivals.
    pub(crate) fn exponential(&mut self, mean: u64) -> u64 {
        // -ln(u) = ln 2 * -log2(u); the fraction of log2 by a straight line (error at most 0.09), ln 2 as 45426 / 65536.
        let draw = self.bits() | 1;
        let zeros = u64::from(draw.leading_zeros());
        let fraction = ((draw << zeros) << 1) >> 48;
        let neg_log2_e16 = ((zeros + 1) << 16) - fraction;
        ((u128::from(mean) * u128::from(neg_log2_e16) * 45_426) >> 32) as u64
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_branches_differ() {
        let draws = |mut r: Random| (0..4).map(|_| r.bits()).collect::<Vec<_>>();
        assert_eq!(draws(Random::new(1)), draws(Random::new(1)));
        assert_ne!(draws(Random::new(1)), draws(Random::new(2)));
        assert_ne!(draws(Random::branch(1, "BTCUSDT")), draws(Random::branch(1, "ETHUSDT")));
    }

    #[test]
    fn splitmix_gives_the_published_sequence() {
        // First outputs for seed 1234567, from the author's reference program.
        let mut state = 1_234_567;
        assert_eq!(splitmix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(splitmix(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_exponential_has_its_mean_and_bounds_hold() {
        let mut r = Random::new(3);
        let n = 100_000;
        let mean = (0..n).map(|_| r.exponential(1_000_000)).sum::<u64>() / n;
        assert!((950_000..1_050_000).contains(&mean), "{mean}");
        for _ in 0..10_000 {
            assert!(r.below(7) < 7);
            assert!(r.around_zero(3).abs() <= 3);
            assert!(r.log_uniform(5) < 32);
        }
        assert_eq!(r.below(0), 0);
    }
}
