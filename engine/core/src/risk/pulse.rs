//! What a market's own past says: how far the price moved within a minute, how bad its days are, and how far a venue's clock
//! is from ours. Kept from events alone, so a replay knows the same.

use crate::tape::carry;
use engine_analytics::tail::{Estimate, Tail};
use engine_model::units::{Nanos, Ticks};

/// A move is measured over this window and what has passed of the next: 30 to 60 s.
const HALF_NS: u64 = 30 * Nanos::SECOND;
const MINUTE_NS: u64 = 60 * Nanos::SECOND;
/// Minutes of history from which it is believed by itself.
const HISTORY_MIN: usize = 240;
/// A venue's delay is the least within this window and what has passed of the next: what the network adds, only adds.
const DELAY_WINDOW_NS: u64 = 10 * Nanos::SECOND;

/// Lowest and highest price of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
}

carry!(Range { low, high });

impl Range {
    const NONE: Self = Self { low: i64::MAX, high: i64::MIN };

    fn with(self, px: i64) -> Self {
        Self { low: self.low.min(px), high: self.high.max(px) }
    }
}

/// One instrument's.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    last: Ticks,
    before: Range,
    now: Range,
    half_ends_at: Nanos,
    /// Until then nothing is added.
    paused_until: Nanos,
    tail: Tail,
    sampled: Ticks,
    /// The last return, in 1/1000000.
    returned: i64,
    /// When the next return is taken.
    sample_at: Nanos,
    /// When the last one was.
    sampled_at: Option<Nanos>,
}

carry!(Pulse { last, before, now, half_ends_at, paused_until, tail, sampled, returned, sample_at, sampled_at });

impl Default for Pulse {
    fn default() -> Self {
        Self {
            last: Ticks(0),
            before: Range::NONE,
            now: Range::NONE,
            half_ends_at: Nanos(0),
            paused_until: Nanos(0),
            tail: Tail::default(),
            sampled: Ticks(0),
            returned: 0,
            sample_at: Nanos(0),
            sampled_at: None,
        }
    }
}

impl Pulse {
    /// Whether a return is due.
    #[inline]
    pub(super) fn is_due(&self, now: Nanos) -> bool {
        now >= self.sample_at
    }

    /// The price became `px`: a move of more than `max_bps` pauses for `pause_ns`.
    #[inline]
    pub(super) fn moves(&mut self, px: Ticks, now: Nanos, max_bps: i64, pause_ns: u64) {
        if now >= self.half_ends_at {
            self.turn(now);
        }
        self.last = px;
        self.now = self.now.with(px.0);
        let (low, high) = (self.now.low.min(self.before.low), self.now.high.max(self.before.high));
        if (i128::from(high) - i128::from(low)) * 10_000 > i128::from(max_bps) * i128::from(low) {
            self.paused_until = self.paused_until.max(now.plus(pause_ns));
        }
    }

    /// The price of before still stands when a window begins.
    #[cold]
    fn turn(&mut self, now: Nanos) {
        let is_next = now < self.half_ends_at.plus(HALF_NS);
        let standing = if self.last.0 > 0 { Range::NONE.with(self.last.0) } else { Range::NONE };
        self.before = if is_next { self.now } else { standing };
        self.now = standing;
        self.half_ends_at = Nanos((now.0 / HALF_NS + 1).saturating_mul(HALF_NS));
    }

    /// Takes the return since the last one; what a day may lose now.
    #[cold]
    #[inline(never)]
    pub(super) fn sample(&mut self, px: Ticks, now: Nanos, prior_bps: i64) -> Estimate {
        if self.sampled.0 > 0 {
            let ppm = (i128::from(px.0) - i128::from(self.sampled.0)) * 1_000_000 / i128::from(self.sampled.0);
            self.returned = i64::try_from(ppm).unwrap_or(if ppm < 0 { i64::MIN } else { i64::MAX });
            self.tail.push(self.returned);
        }
        self.sampled = px;
        self.sampled_at = Some(now);
        self.sample_at = Nanos((now.0 / MINUTE_NS + 1).saturating_mul(MINUTE_NS));
        let prior = Estimate { var_bps: prior_bps, cvar_bps: prior_bps };
        let seen = self.tail.estimate();
        if self.tail.count() < HISTORY_MIN { seen.max(prior) } else { seen }
    }

    /// The last return, in 1/1000000.
    pub(super) fn returned(&self) -> i64 {
        self.returned
    }

    /// How much is left of a pause.
    #[inline]
    pub(super) fn pause_left(&self, now: Nanos) -> u64 {
        self.paused_until.since(now)
    }

    /// When the history was last added to.
    #[inline]
    pub(super) fn sampled_at(&self) -> Option<Nanos> {
        self.sampled_at
    }
}

/// One venue's clock against ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skew {
    /// Least of our time less the venue's.
    before: Option<i64>,
    now: Option<i64>,
    ends_at: Nanos,
}

carry!(Skew { before, now, ends_at });

impl Skew {
    /// An event came; a venue that does not tell its time has none.
    #[inline]
    pub(super) fn see(&mut self, venue_at: Nanos, received_at: Nanos) {
        if venue_at.0 == 0 {
            return;
        }
        if received_at >= self.ends_at {
            let is_next = received_at < self.ends_at.plus(DELAY_WINDOW_NS);
            self.before = if is_next { self.now } else { None };
            self.now = None;
            self.ends_at = Nanos((received_at.0 / DELAY_WINDOW_NS + 1).saturating_mul(DELAY_WINDOW_NS));
        }
        let delay = received_at.0.wrapping_sub(venue_at.0) as i64;
        self.now = Some(self.now.map_or(delay, |least| least.min(delay)));
    }

    /// How far the clocks are apart, whichever is ahead.
    #[inline]
    pub(super) fn ns(&self) -> u64 {
        let least = match (self.before, self.now) {
            (Some(before), Some(now)) => before.min(now),
            (before, now) => before.or(now).unwrap_or(0),
        };
        least.unsigned_abs()
    }
}
