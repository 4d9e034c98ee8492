//! Order flow of one instrument, folded off the hot threads: bars, the session's VWAP and profile, liquidations, snapshots of
//! open interest.
//!
//! Bounded: an instrument that trades in every second of half a year holds about 1.5 MB; one that never trades, nothing.
//! Never: a number for a time in which nothing was heard. What was heard since when, and where there are holes, is kept
//! beside.

pub(crate) mod series;

use super::trail::Trail;
use engine_analytics::flow::profile::{DayProfile, ValueArea};
use engine_analytics::flow::session::Baseline;
use engine_analytics::flow::vwap::AnchoredVwap;
use engine_analytics::flow::{DAY_MS, Trade};
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};
use series::{Bar, Series};
use std::collections::VecDeque;

/// Liquidations kept.
pub(crate) const LIQUIDATIONS_KEPT: usize = 200;
/// Times kept at which something was missed.
const HOLES_KEPT: usize = 64;
/// Snapshots of open interest kept: a day of minutes, and room for the one before.
pub(crate) const SNAPSHOTS_KEPT: usize = 1_445;
/// Between two snapshots of open interest.
pub(crate) const SNAPSHOT_EVERY_NS: u64 = 60 * Nanos::SECOND;
/// Price levels of a profile. At one basis point each they reach over 40 % of the price.
pub(crate) const LEVELS_MAX: usize = 4_096;

/// Volume by time of day is kept in slots of so many milliseconds, which each session and day begins with one of.
pub(crate) const USUAL_SLOT_MS: i64 = 900_000;
/// Days before the running one that what is usual is taken of.
const USUAL_DAYS: usize = 7;

const SECOND: u64 = Nanos::SECOND;

/// See the module.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Of 1 s: a quarter of an hour.
    seconds: Series,
    /// Of 10 s: a day.
    tens: Series,
    /// Of 1 min: two days.
    minutes: Series,
    /// Of 1 h: half a year.
    hours: Series,
    vwap: AnchoredVwap,
    /// The session's VWAP in ticks, and when the session began.
    session_vwap: Option<(f64, Nanos)>,
    profile: Option<DayProfile>,
    /// Ticks in a level of `profile`.
    level_ticks: i64,
    /// Volume in lots by time of day. `None` before the first slot that was heard from its beginning.
    usual: Option<Baseline>,
    /// Everything that was traded from here on was heard, but for `holes`.
    heard_since: Option<Nanos>,
    /// When trades may have been missed: the pump was too late, or the venue was away.
    holes: Trail<Nanos>,
    pub(crate) liquidations: Trail<Liquidation>,
    /// When, and coins in 1e-8.
    open_interest: VecDeque<(Nanos, i128)>,
}

/// What a venue closed by force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Liquidation {
    pub(crate) at: Nanos,
    pub(crate) px: Ticks,
    pub(crate) qty: Lots,
    /// The position that was closed: `Buy` = a long.
    pub(crate) closed: Side,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self {
            seconds: Series::new(SECOND, 902),
            tens: Series::new(10 * SECOND, 8_642),
            minutes: Series::new(60 * SECOND, 2_882),
            hours: Series::new(3_600 * SECOND, 4_322),
            vwap: AnchoredVwap::daily(),
            session_vwap: None,
            profile: None,
            level_ticks: 1,
            usual: None,
            heard_since: None,
            holes: Trail::new(HOLES_KEPT),
            liquidations: Trail::new(LIQUIDATIONS_KEPT),
            open_interest: VecDeque::new(),
        }
    }

    /// The venue has spoken of the instrument.
    pub(crate) fn heard(&mut self, at: Nanos) {
        self.heard_since.get_or_insert(at);
    }

    /// Trades may have been missed.
    pub(crate) fn hole(&mut self, at: Nanos) {
        if self.heard_since.is_some() {
            self.holes.push(at);
            self.usual.iter_mut().for_each(|usual| usual.deafened((at.0 / Nanos::MILLI) as i64));
        }
    }

    pub(crate) fn trade(&mut self, at: Nanos, px: Ticks, qty: Lots, aggressor: Side) {
        for series in [&mut self.seconds, &mut self.tens, &mut self.minutes, &mut self.hours] {
            series.take(at, px, qty, aggressor);
        }
        let time_ms = (at.0 / Nanos::MILLI) as i64;
        let slot = Nanos(engine_analytics::flow::period(time_ms, USUAL_SLOT_MS) as u64 * Nanos::MILLI);
        if self.usual.is_some() || self.heard_since.is_some_and(|since| since <= slot) {
            self.usual.get_or_insert_with(|| Baseline::new(USUAL_SLOT_MS, USUAL_DAYS)).update(time_ms, qty.0 as f64);
        }
        let trade = Trade { time_ms, aggressor, price: px.0 as f64, amount: qty.0 as f64 };
        // A trade from before midnight that comes after it would begin the day anew.
        let session_ms = engine_analytics::flow::period(time_ms, DAY_MS);
        let session = Nanos(session_ms as u64 * Nanos::MILLI);
        if self.session_vwap.is_some_and(|(_, begun)| session < begun) {
            return;
        }
        self.session_vwap = self.vwap.update(&trade).map(|vwap| (vwap, session));
        if self.profile.is_none() {
            self.level_ticks = level_ticks(px);
        }
        let height = self.level_ticks as f64;
        self.profile.get_or_insert_with(|| DayProfile::new(height, LEVELS_MAX)).update(&trade);
    }

    /// Takes a snapshot of open interest, at most one in each minute.
    pub(crate) fn open_interest(&mut self, at: Nanos, coins_e8: i128) {
        if self.open_interest.back().is_some_and(|(last, _)| at.since(*last) < SNAPSHOT_EVERY_NS) {
            return;
        }
        if self.open_interest.len() == SNAPSHOTS_KEPT {
            self.open_interest.pop_front();
        }
        self.open_interest.push_back((at, coins_e8));
    }

    /// Coins in 1e-8 at `at`: the last snapshot that was not later, if it was within two minutes before.
    pub(crate) fn open_interest_at(&self, at: Nanos) -> Option<i128> {
        let place = self.open_interest.partition_point(|(taken, _)| *taken <= at).checked_sub(1)?;
        let (taken, coins_e8) = self.open_interest[place];
        (at.since(taken) <= 2 * SNAPSHOT_EVERY_NS).then_some(coins_e8)
    }

    /// Snapshots of open interest, oldest first.
    pub(crate) fn open_interest_snapshots(&self) -> &VecDeque<(Nanos, i128)> {
        &self.open_interest
    }

    /// The shortest bars that reach so far back; the longest if none do.
    pub(crate) fn reaching(&self, length_ns: u64) -> &Series {
        let all = [&self.seconds, &self.tens, &self.minutes];
        all.into_iter().find(|series| series.reach_ns() >= length_ns).unwrap_or(&self.hours)
    }

    /// Bars of that length, oldest first; the last one may still run.
    pub(crate) fn bars(&self, step_ns: u64) -> Vec<Bar> {
        if step_ns.is_multiple_of(self.hours.step_ns()) { &self.hours } else { &self.minutes }.folded(step_ns)
    }

    /// When the first was heard.
    pub(crate) fn heard_since(&self) -> Option<Nanos> {
        self.heard_since
    }

    /// Times since `from` at which trades may have been missed.
    pub(crate) fn holes_since(&self, from: Nanos) -> u64 {
        self.holes.last(HOLES_KEPT).iter().filter(|at| **at >= from).count() as u64
    }

    /// The last trade's price and second.
    pub(crate) fn last(&self) -> Option<&Bar> {
        self.seconds.bars().back()
    }

    /// Mean price by amount since 00:00 UTC in ticks, and when that was.
    pub(crate) fn session_vwap(&self) -> Option<(f64, Nanos)> {
        self.session_vwap
    }

    /// Volume in lots by time of day, of this day and the last seven.
    pub(crate) fn usual(&self) -> Option<&Baseline> {
        self.usual.as_ref()
    }

    /// The session's value area by its trades, in levels of so many ticks.
    pub(crate) fn session_area(&self) -> Option<(ValueArea, i64)> {
        Some((self.profile.as_ref()?.value_area()?, self.level_ticks))
    }

    /// Ticks in a level of a profile.
    pub(crate) fn level_ticks(&self) -> i64 {
        self.level_ticks
    }
}

/// Ticks in a level of a profile: about a basis point of the price, as 1, 2 or 5 times a power of ten.
fn level_ticks(px: Ticks) -> i64 {
    let point = (px.0 / 10_000).max(1);
    let ten = 10_i64.pow(point.ilog10());
    match point / ten {
        1 => ten,
        2..=4 => 2 * ten,
        _ => 5 * ten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_analytics::flow::delta::RollingDelta;

    #[test]
    fn the_windows_of_a_day_and_a_quarter_are_those_of_the_trades() {
        let mut flow = Flow::new();
        let (day_ms, quarter_ms) = (86_400_000, 900_000);
        let mut twins = [RollingDelta::new(quarter_ms, 10_000), RollingDelta::new(day_ms, 10_000)];
        let mut seed = 7_u64;
        let mut at_ms = 1_772_323_200_000;
        for _ in 0..6_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // On the borders of 10 s, where a window to the bar and one to the trade are one.
            at_ms += 10_000 * (seed >> 60) as i64;
            let side = if seed & (1 << 40) == 0 { Side::Buy } else { Side::Sell };
            let lots = (seed >> 33) as i64 % 50 + 1;
            flow.trade(Nanos(at_ms as u64 * Nanos::MILLI), Ticks(100), Lots(lots), side);
            let trade = Trade { time_ms: at_ms, aggressor: side, price: 100.0, amount: lots as f64 };
            for (twin, length_ms) in twins.iter_mut().zip([quarter_ms, day_ms]) {
                twin.update(&trade);
                let Some(exact) = twin.at(at_ms) else { continue };
                // The twin's window leaves its start out.
                let from = Nanos((at_ms - length_ms + 1) as u64 * Nanos::MILLI);
                let series = flow.reaching(length_ms as u64 * Nanos::MILLI);
                let sum: i64 = series.since(from).map(|bar| bar.delta().0).sum();
                assert_eq!(sum, exact as i64, "{length_ms} ms up to {at_ms}");
            }
        }
    }

    #[test]
    fn a_trade_from_yesterday_does_not_begin_the_day_anew() {
        let mut flow = Flow::new();
        let midnight = Nanos(20_000 * Nanos::DAY);
        flow.trade(midnight.plus(5), Ticks(200), Lots(1), Side::Buy);
        flow.trade(Nanos(midnight.0 - 5), Ticks(900), Lots(50), Side::Buy);
        flow.trade(midnight.plus(9), Ticks(400), Lots(1), Side::Buy);
        assert_eq!(flow.session_vwap(), Some((300.0, midnight)));
    }

    #[test]
    fn open_interest_then_is_a_snapshot_of_then_or_unknown() {
        let mut flow = Flow::new();
        let minute = |n: u64| Nanos(1_000_000 * SECOND + n * 60 * SECOND);
        for n in (0..20).filter(|n| !(5..10).contains(n)) {
            flow.open_interest(minute(n), i128::from(n));
            flow.open_interest(minute(n).plus(SECOND), 999);
        }
        assert_eq!(flow.open_interest_at(minute(4)), Some(4));
        assert_eq!(flow.open_interest_at(minute(6)), Some(4), "two minutes old");
        assert_eq!(flow.open_interest_at(minute(7)), None, "nothing was told then");
        assert_eq!(flow.open_interest_at(Nanos(minute(0).0 - 1)), None);
        assert_eq!(flow.open_interest_snapshots().len(), 15);
    }

    #[test]
    fn levels_are_about_a_basis_point() {
        let levels = [1, 9_999, 61_000, 130_000, 618_340, 6_183_400, 99_990_000].map(|px| level_ticks(Ticks(px)));
        assert_eq!(levels, [1, 1, 5, 10, 50, 500, 5_000]);
    }
}
