//! Losses, of the account or of one strategy: since the day's start, since the peak, and within five minutes.
//!
//! The account's are looked at when a wish or a command is judged, and every ten seconds between; a strategy's every ten
//! seconds. All these moments are written down, so a replay finds the same peaks.

use crate::portfolio::saturated;
use crate::risk::Losses;
use crate::tape::carry;
use engine_model::limit::{Limits, TradingState};
use engine_model::units::Nanos;

/// Between two marks.
const MARK_NS: u64 = 10 * Nanos::SECOND;
/// Marks of five minutes.
const MARKS: usize = 30;

/// How far equity may fall before something follows, in 1/10000: of the day's start or of the peak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// The nearest step of the day's loss.
    day_bps: i64,
    /// From the peak.
    fall_bps: i64,
    /// Within five minutes.
    speed_bps: i64,
}

impl Steps {
    /// Nothing follows from any loss.
    pub(super) const NONE: Self = Self { day_bps: i64::MAX, fall_bps: i64::MAX, speed_bps: i64::MAX };

    /// Of the account.
    #[inline]
    pub(super) fn of_whole(limits: &Limits) -> Self {
        let day_bps = limits.daily_loss_reduce_bps.min(limits.daily_loss_halt_bps).min(limits.daily_loss_flatten_bps);
        Self { day_bps, fall_bps: limits.drawdown_max_bps, speed_bps: limits.loss_speed_max_bps }
    }

    /// Of a strategy with these limits: the steps that would still make its state stricter.
    pub(super) fn of_strategy(limits: &Limits, state: TradingState) -> Self {
        let halts = limits.strategy_loss_halt_bps;
        let reduces = limits.strategy_loss_reduce_bps.min(halts);
        let (fall_bps, speed_bps) = (limits.strategy_drawdown_max_bps, limits.strategy_loss_speed_max_bps);
        match state {
            TradingState::Active => Self { day_bps: reduces, fall_bps, speed_bps },
            TradingState::Reducing => Self { day_bps: halts, fall_bps, speed_bps: i64::MAX },
            TradingState::Halted => Self::NONE,
        }
    }
}

/// Equity's past, 1e-8 dollars.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    /// Day of `day_open`, counted from the epoch; `None` before the first judgement.
    day: Option<u64>,
    /// At the day's start.
    pub(super) day_open: i128,
    /// Highest that was looked at.
    pub(super) peak: i128,
    /// Highest of the last five minutes.
    pub(super) high: i128,
    /// Highest between two marks, oldest next.
    marks: [i128; MARKS],
    /// Highest since the last mark.
    since_mark: i128,
    /// When it was looked at last.
    last: i128,
    next: usize,
    mark_at: Nanos,
    /// At or above it no step of the ladder is reached.
    floor: i128,
    /// What the run before had lost.
    before: Option<Losses>,
}

carry!(Ladder { day, day_open, peak, high, marks, since_mark, last, next, mark_at, floor, before });

impl Ladder {
    /// With what the run before had lost: its fall from the peak goes on, and what it lost of the day while that day does.
    pub(super) fn new(equity: i128, before: Option<Losses>) -> Self {
        let marks = [equity; MARKS];
        let (day, next, mark_at) = (None, 0, Nanos(0));
        let (day_open, high, since_mark, last) = (equity, equity, equity, equity);
        let peak = equity + before.map_or(0, |losses| i128::from(losses.fall.0.max(0)));
        Self { day, day_open, peak, high, marks, since_mark, last, next, mark_at, floor: i128::MAX, before }
    }

    /// Where a ladder stood that had told such losses, at an equity that is counted on from there.
    pub(super) fn going_on(equity: i128, before: Option<Losses>) -> Self {
        let Some(Losses { day, loss, fall }) = before else { return Self::new(equity, None) };
        let day_open = equity + i128::from(loss.0);
        Self { day: Some(day), day_open, before: None, ..Self::new(equity, Some(Losses { day, loss, fall })) }
    }

    /// What was lost, as a run after this one is told; `None` before anything was looked at.
    pub(super) fn told(&self, equity: i128) -> Option<Losses> {
        let (loss, fall) = self.lost(equity);
        // A peak is looked for when something is judged; a rise since then is one.
        Some(Losses { day: self.day?, loss: saturated(loss), fall: saturated(fall.max(0)) })
    }

    /// Whether a day or a mark is due.
    #[inline]
    pub(super) fn is_due(&self, now: Nanos) -> bool {
        now >= self.mark_at
    }

    /// Takes in equity at `now`; whether a day began. A time before the day does not open the old one again.
    #[inline]
    pub(super) fn look(&mut self, equity: i128, now: Nanos, steps: &Steps) -> bool {
        let turns = self.is_due(now) && self.turn(equity, now);
        if turns || equity > self.high || self.floor == i128::MAX {
            self.high = self.high.max(equity);
            self.peak = self.peak.max(equity);
            self.set_floor(steps);
        }
        self.last = equity;
        self.since_mark = self.since_mark.max(equity);
        turns
    }

    /// Between two looks nothing moved: where it was last, it stayed.
    #[cold]
    fn turn(&mut self, equity: i128, now: Nanos) -> bool {
        let passed = (now.since(self.mark_at) / MARK_NS + 1).min(MARKS as u64);
        for mark in 0..passed {
            self.marks[self.next] = if mark == 0 { self.since_mark } else { self.last };
            self.next = (self.next + 1) % MARKS;
        }
        self.since_mark = equity;
        self.mark_at = Nanos((now.0 / MARK_NS + 1).saturating_mul(MARK_NS));
        self.high = self.marks.iter().copied().fold(equity, i128::max);
        self.floor = i128::MAX;
        let today = now.0 / Nanos::DAY;
        let turns = self.day.is_none_or(|day| today > day);
        if turns {
            let goes_on = self.before.take().filter(|losses| self.day.is_none() && losses.day == today);
            self.day = Some(today);
            self.day_open = equity + goes_on.map_or(0, |losses| i128::from(losses.loss.0));
        }
        turns
    }

    /// What the steps are counted from, forgotten: whoever resumes has seen the losses of before.
    pub(super) fn resume(&mut self, equity: i128) {
        (self.peak, self.high, self.floor) = (equity, equity, i128::MAX);
        (self.marks, self.since_mark, self.last) = ([equity; MARKS], equity, equity);
    }

    /// The day that it is in, from the epoch.
    pub(super) fn day(&self) -> u64 {
        self.day.unwrap_or(0)
    }

    /// What equity had lost of the day when it was last looked at, if it then stood at `equity`, and how far it was below
    /// its peak.
    pub(super) fn lost(&self, equity: i128) -> (i128, i128) {
        (self.day_open - equity, self.peak - equity)
    }

    /// Forgets the floor: limits changed.
    #[cfg(test)]
    pub(super) fn forget_floor(&mut self) {
        self.floor = i128::MAX;
    }

    /// From which equity on these steps are reached.
    pub(super) fn set_floor(&mut self, steps: &Steps) {
        let after = |from: i128, base: i128, bps: i64| {
            let allowed = (base / 10_000).checked_mul(i128::from(bps)).unwrap_or(i128::MAX);
            from.saturating_sub(allowed)
        };
        self.floor = if self.day_open <= 0 || self.peak <= 0 {
            i128::MAX
        } else {
            after(self.day_open, self.day_open, steps.day_bps)
                .max(after(self.peak, self.peak, steps.fall_bps))
                .max(after(self.high, self.day_open, steps.speed_bps))
        };
    }

    /// Whether equity is surely above every step.
    #[inline]
    pub(super) fn is_calm(&self, equity: i128) -> bool {
        equity >= self.floor && self.floor != i128::MAX
    }

    pub(super) fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&self.day.unwrap_or(u64::MAX).to_le_bytes());
        for amount in [self.day_open, self.peak, self.high] {
            hasher.update(&amount.to_le_bytes());
        }
    }
}
