//! Where an order stands in the real queue of its level. Level books do not say; a model does, and a run chooses it.
//!
//! [`QueueModel::Counted`] is ours and works in lots: its argument is at the top of [`super`]. The others are those that
//! `hftbacktest` (MIT) made customary, taken over formula by formula (`backtest/models/queue.rs` of its 0.9.4), so that
//! results can be held against results. They estimate in floating point, in units of the book's quantity and not in lots,
//! because `ln(1 + x)` depends on the unit, and in the same order of operations, so that halves of a lot are rounded alike.
//! The power is the platform's `powf`: a run repeats bit by bit on one platform, and to the last place on another.
//!
//! Owns: one order's place. Never: other orders, fills, money; what a place gives is whole lots.

use engine_core::config::{Chance, Hundredths, QueueModel};
use engine_model::instrument::Grid;
use engine_model::units::Nanos;

/// The chance that what leaves a level stood behind us.
fn chance_of_behind(chance: Chance, front: f64, behind: f64) -> f64 {
    let ln = |x: f64| (1.0 + x).ln();
    let exponent = |Hundredths(n)| n as f64 / 100.0;
    let chance = match chance {
        Chance::Power(n) => behind.powf(exponent(n)) / (behind.powf(exponent(n)) + front.powf(exponent(n))),
        Chance::Log => ln(behind) / (ln(behind) + ln(front)),
        Chance::PowerOfAll(n) => behind.powf(exponent(n)) / (behind + front).powf(exponent(n)),
        Chance::LogOfAll => ln(behind) / ln(behind + front),
        Chance::PowerOfFront(n) => 1.0 - (front / (front + behind)).powf(exponent(n)),
    };
    if chance.is_infinite() { 1.0 } else { chance }
}

/// How many of the book's units a lot is: both are needed, since the quotient of two whole numbers is the nearest float to
/// the text that a feed sent, and a product of floats is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    step: i64,
    parts: f64,
}

impl Unit {
    pub(super) fn new(grid: &Grid) -> Self {
        Self { step: grid.lot_step, parts: 10f64.powi(i32::from(grid.qty_decimals)) }
    }

    fn of(self, lots: i64) -> f64 {
        lots.saturating_mul(self.step) as f64 / self.parts
    }
}

/// A level as a book message changed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// Lots it showed before.
    pub(super) before: i64,
    /// Lots it shows.
    pub(super) now: i64,
    /// Venue time.
    pub(super) at_ns: Nanos,
}

/// One order's place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In lots.
    Counted {
        /// Real quantity before us.
        ahead: i64,
        /// Taken off `ahead` by book messages up to `credit_at_ns`, and not yet seen as trades.
        credit: i64,
        /// Venue time.
        credit_at_ns: Nanos,
    },
    /// In units of the book.
    Estimated {
        /// Quantity before us; below zero what has traded past us.
        front: f64,
        /// Traded since the level was last shown.
        traded: f64,
    },
}

impl Place {
    /// At the end of a level that shows so many lots.
    pub(super) fn last(model: QueueModel, unit: Unit, level_lots: i64) -> Self {
        match model {
            QueueModel::Counted => Self::Counted { ahead: level_lots, credit: 0, credit_at_ns: Nanos(0) },
            _ => Self::Estimated { front: unit.of(level_lots), traded: 0.0 },
        }
    }

    /// What of `lots` traded at our price gets past everybody ahead.
    pub(super) fn pass(&mut self, unit: Unit, lots: i64, trade_at_ns: Nanos) -> i64 {
        match self {
            Self::Counted { ahead, credit, credit_at_ns } => {
                let known = if trade_at_ns <= *credit_at_ns { (*credit).min(lots) } else { 0 };
                *credit -= known;
                let moved = (*ahead).min(lots - known);
                *ahead -= moved;
                lots - known - moved
            }
            Self::Estimated { front, traded } => {
                *front -= unit.of(lots);
                *traded += unit.of(lots);
                let past = (-*front / unit.of(1)).round() as i64;
                if past > 0 {
                    *front = 0.0;
                }
                past.max(0)
            }
        }
    }

    /// The level was shown anew.
    pub(super) fn show(&mut self, model: QueueModel, unit: Unit, level: Shown) {
        match (self, model) {
            (Self::Counted { ahead, credit, credit_at_ns }, _) => {
                if level.now < *ahead {
                    *credit += *ahead - level.now;
                    *credit_at_ns = level.at_ns;
                    *ahead = level.now;
                }
            }
            (Self::Estimated { front, traded }, QueueModel::Probable(chance)) => {
                let (before, now) = (unit.of(level.before), unit.of(level.now));
                let left = before - now - std::mem::take(traded);
                // A level that grew did so behind us.
                if left >= 0.0 {
                    let behind = before - *front;
                    let chance = chance_of_behind(chance, *front, behind);
                    *front = *front - (1.0 - chance) * left + (behind - chance * left).min(0.0);
                }
                *front = front.min(now);
            }
            (Self::Estimated { front, .. }, _) => *front = front.min(unit.of(level.now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { price_decimals: 1, tick_step: 1, qty_decimals: 3, lot_step: 1 };

    fn front(place: Place) -> f64 {
        let Place::Estimated { front, .. } = place else { panic!("{place:?}") };
        front
    }

    /// 3 in front and 1 behind; 2 leave.
    fn after_two_left(chance: Chance) -> f64 {
        let (model, unit) = (QueueModel::Probable(chance), Unit::new(&GRID));
        let mut place = Place::Estimated { front: 3.0, traded: 0.0 };
        place.show(model, unit, Shown { before: 4_000, now: 2_000, at_ns: Nanos(1) });
        front(place)
    }

    #[test]
    fn chances_are_as_their_formulas_say() {
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        let of = |chance| chance_of_behind(chance, 3.0, 1.0);
        near(of(Chance::Power(Hundredths(200))), 1.0 / 10.0);
        near(of(Chance::Log), 2f64.ln() / (2f64.ln() + 4f64.ln()));
        near(of(Chance::PowerOfAll(Hundredths(200))), 1.0 / 16.0);
        near(of(Chance::LogOfAll), 2f64.ln() / 5f64.ln());
        near(of(Chance::PowerOfFront(Hundredths(200))), 1.0 - 9.0 / 16.0);
        // A quarter of what leaves stood behind: 1.5 of 2 in front.
        near(after_two_left(Chance::Power(Hundredths(100))), 1.5);
        // All of it behind would be more than stands there: what is over left in front.
        near(after_two_left(Chance::PowerOfAll(Hundredths(0))), 2.0);
    }

    #[test]
    fn what_traded_is_not_taken_off_twice_when_the_level_shows_it() {
        let (model, unit) = (QueueModel::Probable(Chance::Power(Hundredths(100))), Unit::new(&GRID));
        let mut place = Place::last(model, unit, 4_000);
        assert_eq!(place.pass(unit, 1_000, Nanos(1)), 0);
        place.show(model, unit, Shown { before: 4_000, now: 3_000, at_ns: Nanos(2) });
        assert!((front(place) - 3.0).abs() < f64::EPSILON);
        place.show(model, unit, Shown { before: 3_000, now: 9_000, at_ns: Nanos(3) });
        assert!((front(place) - 3.0).abs() < f64::EPSILON, "who comes stands behind");
        assert_eq!(place.pass(unit, 3_400, Nanos(4)), 400);
        assert!(front(place).abs() < f64::EPSILON);
    }

    #[test]
    fn the_risk_averse_place_moves_by_trades_and_as_far_as_the_level_says() {
        let unit = Unit::new(&GRID);
        let mut place = Place::last(QueueModel::RiskAverse, unit, 4_000);
        place.show(QueueModel::RiskAverse, unit, Shown { before: 4_000, now: 2_500, at_ns: Nanos(2) });
        assert_eq!(place.pass(unit, 2_500, Nanos(1)), 0);
        assert_eq!(place.pass(unit, 7, Nanos(1)), 7);
    }
}
