//! What numbers of order flow are called: thresholds in one place, names that say what is seen and advise nothing.

use super::flow::Window;

/// Whose market it is, by what takers bought of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Buyers,
    Sellers,
    Balanced,
}

/// How the last part of a window goes against all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Momentum {
    /// The other way.
    Reversing,
    Accelerating,
    Decelerating,
    Steady,
}

/// How much is traded against what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Extreme,
    High,
    AboveAverage,
    Normal,
    Low,
}

/// Much is taken from one side and the price does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absorption {
    /// Sold into bids that hold.
    Support,
    /// Bought into asks that hold.
    Resistance,
    /// Sold nearly alone.
    SellersExhausted,
    /// Bought nearly alone.
    BuyersExhausted,
}

/// How far volume is above its baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spike {
    Extreme,
    High,
    Moderate,
    Low,
    Normal,
}

impl Control {
    pub(crate) fn of(buy_share: f64) -> Self {
        match buy_share {
            share if share >= 0.65 => Self::Buyers,
            share if share <= 0.35 => Self::Sellers,
            _ => Self::Balanced,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Buyers => "BUYERS",
            Self::Sellers => "SELLERS",
            Self::Balanced => "BALANCED",
        }
    }
}

impl Momentum {
    /// Of `part` of `all`; `None` where one of them has no trade, or all of it no delta.
    pub(crate) fn of(part: &Window, all: &Window) -> Option<Self> {
        let share = |window: &Window| {
            let volume = window.volume().0;
            (volume > 0).then(|| window.delta().0 as f64 / volume as f64)
        };
        let (part, all) = (share(part)?, share(all)?);
        if all == 0.0 {
            return None;
        }
        Some(match part / all {
            ratio if ratio < 0.0 => Self::Reversing,
            ratio if ratio > 1.5 => Self::Accelerating,
            ratio if ratio < 0.5 => Self::Decelerating,
            _ => Self::Steady,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reversing => "REVERSING",
            Self::Accelerating => "ACCELERATING",
            Self::Decelerating => "DECELERATING",
            Self::Steady => "STEADY",
        }
    }
}

impl Activity {
    /// How many times the usual volume, and what that is called; `None` unless all of the longer window was heard.
    pub(crate) fn of(part: &Window, all: &Window) -> Option<(f64, Self)> {
        let usual = all.volume().0 as f64 * part.asked_ns as f64 / all.asked_ns as f64;
        if !all.is_whole() || usual <= 0.0 {
            return None;
        }
        let times = part.volume().0 as f64 / usual;
        let name = match times {
            times if times > 3.0 => Self::Extreme,
            times if times > 2.0 => Self::High,
            times if times > 1.5 => Self::AboveAverage,
            times if times < 0.5 => Self::Low,
            _ => Self::Normal,
        };
        Some((times, name))
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Extreme => "EXTREME",
            Self::High => "HIGH",
            Self::AboveAverage => "ABOVE AVERAGE",
            Self::Normal => "NORMAL",
            Self::Low => "LOW",
        }
    }
}

impl Absorption {
    /// From seven tenths of the volume on one side, while the price moved less than a thousandth.
    pub(crate) fn of(window: &Window) -> Option<Self> {
        let volume = window.volume().0;
        let still = window.change().is_some_and(|change| change.abs() < 0.001);
        if volume == 0 || !still {
            return None;
        }
        let share = window.delta().0 as f64 / volume as f64;
        match share {
            share if share > 0.8 => Some(Self::BuyersExhausted),
            share if share < -0.8 => Some(Self::SellersExhausted),
            share if share > 0.7 => Some(Self::Resistance),
            share if share < -0.7 => Some(Self::Support),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Support => "SUPPORT",
            Self::Resistance => "RESISTANCE",
            Self::SellersExhausted => "SELLERS EXHAUSTED",
            Self::BuyersExhausted => "BUYERS EXHAUSTED",
        }
    }
}

impl Spike {
    /// Of volume above its baseline, in percent of that.
    pub(crate) fn of(percent: f64) -> Self {
        match percent {
            percent if percent >= 500.0 => Self::Extreme,
            percent if percent >= 300.0 => Self::High,
            percent if percent >= 150.0 => Self::Moderate,
            percent if percent >= 50.0 => Self::Low,
            _ => Self::Normal,
        }
    }

    /// From 150 % on.
    pub(crate) const fn is_significant(self) -> bool {
        matches!(self, Self::Extreme | Self::High | Self::Moderate)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Extreme => "EXTREME",
            Self::High => "HIGH",
            Self::Moderate => "MODERATE",
            Self::Low => "LOW",
            Self::Normal => "NORMAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::{Lots, Ticks};

    fn window(asked_ns: u64, buy: i64, sell: i64, px: [i64; 2]) -> Window {
        Window {
            asked_ns,
            heard_ns: asked_ns,
            holes: 0,
            from_px: Ticks(px[0]),
            is_from_before: true,
            last_px: Ticks(px[1]),
            range: None,
            buy: Lots(buy),
            sell: Lots(sell),
            vwap_ticks: None,
            trades: 1,
        }
    }

    #[test]
    fn a_reversal_is_not_an_acceleration() {
        let day = window(96, 600, 400, [10_000, 10_000]);
        for (buy, sell, expected) in [
            (80, 20, Momentum::Accelerating),
            (10, 90, Momentum::Reversing),
            (52, 48, Momentum::Decelerating),
            (60, 40, Momentum::Steady),
        ] {
            assert_eq!(Momentum::of(&window(1, buy, sell, [1, 1]), &day), Some(expected));
        }
        assert_eq!(Momentum::of(&window(1, 0, 0, [1, 1]), &day), None);
        assert_eq!(Momentum::of(&day, &window(96, 5, 5, [1, 1])), None);
    }

    #[test]
    fn activity_is_known_only_against_a_whole_day() {
        let mut day = window(96, 500, 460, [1, 1]);
        assert_eq!(Activity::of(&window(1, 25, 0, [1, 1]), &day), Some((2.5, Activity::High)));
        day.heard_ns = 95;
        assert_eq!(Activity::of(&window(1, 25, 0, [1, 1]), &day), None);
    }

    #[test]
    fn absorption_takes_a_price_that_does_not_move() {
        let one = |buy, sell, to| Absorption::of(&window(1, buy, sell, [10_000, to]));
        assert_eq!(one(12, 88, 10_005), Some(Absorption::Support));
        assert_eq!(one(5, 95, 9_995), Some(Absorption::SellersExhausted));
        assert_eq!(one(88, 12, 10_000), Some(Absorption::Resistance));
        assert_eq!(one(95, 5, 10_010), None, "a tenth of a percent is a move");
        assert_eq!(one(60, 40, 10_000), None);
    }
}
