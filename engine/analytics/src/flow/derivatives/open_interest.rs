//! Open interest: how much is held, how that changes, and with which price.

use super::{known, ratio};
use crate::indicator::block::CoMoments;

/// A change of open interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// In the unit of the open interest.
    pub delta: f64,
    /// In percent of what it was; `None` if that was 0.
    pub percent: Option<f64>,
}

impl Change {
    /// From one snapshot to another.
    #[must_use]
    pub fn between(before: f64, after: f64) -> Self {
        Self { delta: after - before, percent: ratio(100.0 * (after - before), before) }
    }

    /// Of several markets together, from one snapshot of each to another: only those that are there at both ends count, so a
    /// market that came or went is no change. Gives how many counted too; `None` if none did.
    #[must_use]
    pub fn of_markets(markets: impl IntoIterator<Item = (Option<f64>, Option<f64>)>) -> Option<(Self, usize)> {
        let both = markets.into_iter().filter_map(|(before, after)| Some((before?, after?)));
        let add = |sum: (f64, f64, usize), (before, after)| (sum.0 + before, sum.1 + after, sum.2 + 1);
        let (before, after, count) = both.fold((0.0, 0.0, 0), add);
        (count > 0).then(|| (Self::between(before, after), count))
    }
}

/// Changes of one market, snapshot by snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes {
    last: Option<f64>,
}

impl Changes {
    /// Takes the next snapshot; `None` at the first.
    #[inline]
    pub fn update(&mut self, open_interest: f64) -> Option<Change> {
        self.last.replace(open_interest).map(|last| Change::between(last, open_interest))
    }
}

/// Open interest by volume: how many times what was traded is held. `None` where nothing was traded.
#[must_use]
pub fn to_volume(open_interest: f64, volume: f64) -> Option<f64> {
    ratio(open_interest, volume)
}

/// Estimated leverage: open interest by what exchanges hold in reserve.
#[must_use]
pub fn leverage(open_interest: f64, reserve: f64) -> Option<f64> {
    ratio(open_interest, reserve)
}

/// What holders do, by how price and open interest went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// One of them did not move.
    Unchanged = 0,
    /// Price up, interest up: longs are opened.
    LongBuildUp = 1,
    /// Price down, interest up: shorts are opened.
    ShortBuildUp = 2,
    /// Price up, interest down: shorts are closed.
    ShortCovering = 3,
    /// Price down, interest down: longs are closed.
    LongLiquidation = 4,
}

/// Tells the regime, snapshot by snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub struct Regimes {
    last: Option<(f64, f64)>,
}

impl Regimes {
    /// Takes the next price and open interest; `None` at the first.
    pub fn update(&mut self, price: f64, open_interest: f64) -> Option<Regime> {
        let (last_price, last_interest) = self.last.replace((price, open_interest))?;
        let (moved, held) = (price - last_price, open_interest - last_interest);
        Some(match (moved > 0.0, moved < 0.0, held > 0.0, held < 0.0) {
            (true, _, true, _) => Regime::LongBuildUp,
            (_, true, true, _) => Regime::ShortBuildUp,
            (true, _, _, true) => Regime::ShortCovering,
            (_, true, _, true) => Regime::LongLiquidation,
            _ => Regime::Unchanged,
        })
    }
}

/// Pearson correlation of the changes of price with those of open interest, over the last so many: below 0 they diverge.
#[derive(Clone, Debug)]
pub struct PriceCorrelation {
    last: Option<(f64, f64)>,
    both: CoMoments,
}

impl PriceCorrelation {
    /// Over `length` changes. Panics on 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { last: None, both: CoMoments::new(length) }
    }

    /// Takes the next price and open interest; `None` before there were `length` changes, or where one of both never moved.
    pub fn update(&mut self, price: f64, open_interest: f64) -> Option<f64> {
        let (last_price, last_interest) = self.last.replace((price, open_interest))?;
        let both = self.both.next(open_interest - last_interest, price - last_price)?;
        known(both.cov / (both.var_x * both.var_y).sqrt())
    }
}
