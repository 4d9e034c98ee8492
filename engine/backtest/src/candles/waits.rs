//! Prices at which somebody waits: the way from one of a candle's prices to the next stops there.
//!
//! Owns: the list, from who hears what is held ([`crate::ticks`]) to who tells the path ([`super::feed`]). A price too many
//! is a point too many, and nothing else; what finds no room is met at the next point.

use engine_model::units::Ticks;

/// Prices that are told at once.
pub const WAITS_MAX: usize = 64;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    prices: [Ticks; WAITS_MAX],
    count: usize,
}

impl Waits {
    /// Nobody waits.
    pub const NONE: Self = Self { prices: [Ticks(0); WAITS_MAX], count: 0 };

    /// At those prices.
    #[must_use]
    pub fn at(prices: impl IntoIterator<Item = Ticks>) -> Self {
        let mut waits = Self::NONE;
        for (place, px) in waits.prices.iter_mut().zip(prices) {
            *place = px;
            waits.count += 1;
        }
        waits
    }

    /// The first of them on the way from one price to another; neither of these two is on it.
    #[must_use]
    pub fn between(&self, from: Ticks, to: Ticks) -> Option<Ticks> {
        let is_on_it = |px: &Ticks| from.min(to) < *px && *px < from.max(to);
        self.prices[..self.count].iter().copied().filter(is_on_it).min_by_key(|px| px.0.abs_diff(from.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_on_the_way_is_met_whichever_way_it_goes() {
        let waits = Waits::at([30, 10, 20].map(Ticks));
        let between = |from, to| waits.between(Ticks(from), Ticks(to)).map(|px| px.0);
        assert_eq!((between(5, 40), between(40, 5)), (Some(10), Some(30)));
        assert_eq!((between(10, 30), between(30, 10)), (Some(20), Some(20)), "who stands there is not on the way");
        assert_eq!((between(10, 20), between(31, 40), Waits::NONE.between(Ticks(1), Ticks(9))), (None, None, None));
        let many = Waits::at((0..1_000).map(Ticks));
        assert_eq!(many.between(Ticks(-5), Ticks(5)), Some(Ticks(0)), "of very many the first are told");
    }
}
