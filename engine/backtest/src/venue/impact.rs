//! What our taking does to the price that we get, beyond the levels that it eats.
//!
//! Eaten levels are gone until the venue shows them anew ([`account`](super::account)); that is all the impact there is by
//! default. A real taker also moves what is behind them: makers step back, others follow. That part is modelled as a
//! temporary shift against us: with `P` dollars taken on that side so far, halved every half-life, a fill is told
//! `impact * P / reference` (linear) or `impact * sqrt(P / reference)` (square root) of its price worse, a tick at least when
//! above none. The limit is held against the level's own price, and no fill is told beyond it: at the limit the cost of the
//! impact is not seen, rather than the order refused what is displayed to it.
//!
//! It never helps: buying does not raise what we sell for. It is not in the book that strategies see, nor in others' trades;
//! there is no permanent part. Whole numbers, so that the same orders get the same prices everywhere.
//!
//! Owns: the pressure of one instrument. Never: what is displayed.

use engine_core::config::{Impact, ImpactShape};
use engine_model::instrument::Instrument;
use engine_model::market::{Level, Side};
use engine_model::units::{Nanos, Ticks};

/// Parts in the whole of a price.
const PPM: i128 = 1_000_000;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pressure {
    impact: Impact,
    /// By side of our orders, in 1e-8 of the quote currency, as of `at_ns`.
    taken: [i128; 2],
    at_ns: Nanos,
}

impl Pressure {
    pub(super) const fn new(impact: Impact) -> Self {
        Self { impact, taken: [0; 2], at_ns: Nanos(0) }
    }

    /// Lets it fade until then.
    pub(super) fn fade(&mut self, now: Nanos) {
        if self.impact.shape == ImpactShape::None {
            return;
        }
        let elapsed = now.0.saturating_sub(self.at_ns.0);
        self.at_ns = self.at_ns.max(now);
        let half = u64::try_from(self.impact.half_life.as_nanos()).unwrap_or(u64::MAX).max(1);
        let (halvings, rest) = (elapsed / half, elapsed % half);
        for taken in &mut self.taken {
            let halved = if halvings < 127 { *taken >> halvings } else { 0 };
            // Between two halvings a line.
            *taken = halved - halved * i128::from(rest) / (2 * i128::from(half));
        }
    }

    /// The price of `lots` more of a level, these counted in; not beyond the limit, which the level itself is within.
    pub(super) fn shifted(&self, instrument: &Instrument, side: Side, level: Level, limit: Ticks) -> Ticks {
        if self.impact.shape == ImpactShape::None {
            return level.px;
        }
        let share_ppm = self.share_ppm(self.taken[side as usize].saturating_add(value(instrument, level)));
        let shift = i128::from(level.px.0).saturating_mul(share_ppm);
        let ticks = shift / PPM + i128::from(shift % PPM > 0);
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        let px = Ticks(level.px.0.saturating_add(side.sign().saturating_mul(ticks)).max(1));
        match side {
            Side::Buy => px.min(limit),
            Side::Sell => px.max(limit),
        }
    }

    /// Notes what was taken.
    pub(super) fn take(&mut self, instrument: &Instrument, side: Side, level: Level) {
        let value = value(instrument, level);
        self.taken[side as usize] = self.taken[side as usize].saturating_add(value);
    }

    /// By how many millionths of its price a fill is worse; at most all of it.
    fn share_ppm(&self, taken: i128) -> i128 {
        let (ppm, reference) = (i128::from(self.impact.share_e6), i128::from(self.impact.reference.0.max(1)));
        let share = match self.impact.shape {
            ImpactShape::None => 0,
            ImpactShape::Linear => ppm.saturating_mul(taken) / reference,
            ImpactShape::SquareRoot => ((ppm * ppm).saturating_mul(taken) / reference).max(0).isqrt(),
        };
        share.min(PPM)
    }
}

fn value(instrument: &Instrument, level: Level) -> i128 {
    instrument.notional(level.px, level.qty).map_or(0, |value| i128::from(value.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::fixture::{level, plain};
    use engine_model::units::Quote;
    use std::time::Duration;

    fn pressure(shape: ImpactShape) -> Pressure {
        let half_life = Duration::from_secs(10);
        Pressure::new(Impact { shape, share_e6: 10_000, reference: Quote::whole(1_000_000), half_life })
    }

    /// What a fill of so many dollars at 1,000 is told, with so much taken before.
    fn told(pressure: &Pressure, side: Side, lots: i64) -> i64 {
        let no_limit = Ticks(if side == Side::Buy { i64::MAX } else { 1 });
        pressure.shifted(&plain(), side, level(1_000, lots), no_limit).0
    }

    #[test]
    fn a_share_of_the_price_by_what_was_taken_against_whoever_takes() {
        use Side::{Buy, Sell};
        let none = pressure(ImpactShape::None);
        assert_eq!(told(&none, Buy, 1_000_000), 1_000);
        // A million dollars: 1 %. Linear: a quarter of them a quarter of it, rounded to a tick against us.
        let linear = pressure(ImpactShape::Linear);
        assert_eq!([1_000, 250, 1].map(|lots| told(&linear, Buy, lots)), [1_010, 1_003, 1_001]);
        assert_eq!([1_000, 250, 1].map(|lots| told(&linear, Sell, lots)), [990, 997, 999]);
        let root = pressure(ImpactShape::SquareRoot);
        assert_eq!([4_000, 1_000, 250].map(|lots| told(&root, Buy, lots)), [1_020, 1_010, 1_005]);
        assert_eq!(told(&linear, Sell, i64::MAX / 1_000_000_000_000), 1, "a price is never below a tick");
        let limited = |side, limit| linear.shifted(&plain(), side, level(1_000, 1_000), Ticks(limit)).0;
        assert_eq!([limited(Buy, 1_004), limited(Buy, 1_000), limited(Sell, 997)], [1_004, 1_000, 997]);
    }

    #[test]
    fn pressure_adds_up_and_halves_and_never_helps_the_other_side() {
        let mut linear = pressure(ImpactShape::Linear);
        linear.take(&plain(), Side::Buy, level(1_000, 1_000));
        assert_eq!(told(&linear, Side::Buy, 1_000), 1_020);
        assert_eq!(told(&linear, Side::Sell, 1_000), 990);
        linear.fade(Nanos(10 * Nanos::SECOND));
        assert_eq!(told(&linear, Side::Buy, 1_000), 1_015);
        linear.fade(Nanos(15 * Nanos::SECOND));
        assert_eq!(linear.taken[0], i128::from(Quote::whole(375_000).0), "a line between half and a quarter");
        linear.fade(Nanos(u64::MAX));
        assert_eq!(linear.taken, [0, 0]);
    }
}
