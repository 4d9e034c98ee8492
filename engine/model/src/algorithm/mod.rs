//! How a parent order is worked in parts: the closed list of execution algorithms, and their parameters, held against
//! their ranges once. The order itself says what is to be bought or sold, at which limit, and until when; this says how.
//!
//! Owns: names, units and bounds of the parameters, and the [`schedule`] of those that follow one. Never: a market, a
//! clock, an order of its own; the desk of a strategy works them (`engine/core/src/strategy/desk/work`).

pub mod schedule;

use crate::units::Lots;
use std::fmt;

/// Most parts of a schedule.
pub const SLICES_MAX: usize = 64;
/// Shortest time from one part of a schedule to the next, in ms: half a second, within which risk takes the same order again
/// for a mistake.
pub const SLICE_MS_MIN: u64 = 500;
/// Longest time that an algorithm works, in ms: a week.
pub const DURATION_MS_MAX: u64 = 7 * 86_400_000;
/// Largest urgency of an implementation shortfall, in hundredths: at 20, half of the order is in the first thirtieth of the
/// time.
pub const URGENCY_CENTI_MAX: u32 = 2_000;
/// Furthest that a peg stays from what it is pegged to, in ticks.
pub const PEG_TICKS_MAX: i64 = 1_000_000;

/// One whole, in parts of 10,000.
pub const WHOLE_BPS: u32 = 10_000;

/// Which algorithm works an order; what an order itself carries of it (FIX TargetStrategy 847).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum AlgorithmKind {
    /// Equal parts over a time.
    Twap = 1,
    /// Parts over a time, as large as the market's volume usually is.
    Vwap = 2,
    /// A part of what the market trades.
    Pov = 3,
    /// One displayed part after the other.
    Iceberg = 4,
    /// Parts over a time, the earlier the larger.
    Shortfall = 5,
    /// Takes when the other side comes.
    Sniper = 6,
    /// Rests where the touch is.
    Peg = 7,
}

impl AlgorithmKind {
    /// Every one, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Twap, Self::Vwap, Self::Pov, Self::Iceberg, Self::Shortfall, Self::Sniper, Self::Peg];

    /// The name used in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twap => "TWAP",
            Self::Vwap => "VWAP",
            Self::Pov => "POV",
            Self::Iceberg => "ICEBERG",
            Self::Shortfall => "IMPLEMENTATION_SHORTFALL",
            Self::Sniper => "SNIPER",
            Self::Peg => "PEG",
        }
    }
}

/// The usual volume of a time, by equal parts of it, in bps of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    parts_bps: [u16; SLICES_MAX],
    count: u8,
}

impl Profile {
    /// Of those parts: at most [`SLICES_MAX`], together the whole.
    pub fn new(parts_bps: &[u16]) -> Result<Self, WorkFault> {
        within("profile_parts", parts_bps.len() as i64, 1, SLICES_MAX as i64)?;
        let sum: i64 = parts_bps.iter().map(|part| i64::from(*part)).sum();
        within("profile_bps", sum, WHOLE_BPS.into(), WHOLE_BPS.into())?;
        let mut all = [0; SLICES_MAX];
        all[..parts_bps.len()].copy_from_slice(parts_bps);
        Ok(Self { parts_bps: all, count: parts_bps.len() as u8 })
    }

    /// The parts, in bps of the whole.
    #[must_use]
    pub fn parts_bps(&self) -> &[u16] {
        &self.parts_bps[..usize::from(self.count)]
    }
}

/// What a peg is pegged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PegTo {
    /// The best price of its own side: best bid for a buy.
    #[default]
    Own,
    /// The best price of the other side: best ask for a buy.
    Opposite,
    /// The middle of both, half a tick rounded away from the other side.
    Mid,
}

/// How an order is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Equal parts at equal distances; what one did not get, the next one catches up.
    Twap {
        /// From the first part's time to one distance behind the last one's: then it ends.
        duration_ms: u64,
        /// Parts.
        slices: u32,
    },
    /// Parts at equal distances, each as large as the profile says of its time.
    Vwap {
        /// As of a TWAP.
        duration_ms: u64,
        /// Parts.
        slices: u32,
        /// The usual volume over the duration.
        profile: Profile,
    },
    /// Never more than a part of what was traded since it began, its own trades included where the venue tells them.
    Pov {
        /// The part.
        participation_bps: u32,
        /// Then it ends; 0 = when it is withdrawn or filled.
        duration_ms: u64,
    },
    /// One resting order of at most that quantity after the other.
    Iceberg {
        /// What is shown at once.
        display: Lots,
    },
    /// Parts at equal distances, larger first: see [`schedule`].
    Shortfall {
        /// As of a TWAP.
        duration_ms: u64,
        /// Parts.
        slices: u32,
        /// How much risk is feared over impact, in hundredths: 0 = a TWAP. See [`schedule::shortfall_parts`].
        urgency_centi: u32,
    },
    /// Takes what the other side shows, when it is at the order's limit or better. Never rests.
    Sniper {
        /// Only when so much is shown.
        shown_min: Lots,
    },
    /// Rests at a distance from the touch and follows it.
    Peg {
        /// To what.
        to: PegTo,
        /// How far behind, in ticks, away from the other side; negative = towards it.
        offset_ticks: i64,
        /// Follows only when it is so far off, in ticks: each change costs the place in the queue.
        reprice_ticks: i64,
    },
}

impl Algorithm {
    /// Which.
    #[must_use]
    pub const fn kind(&self) -> AlgorithmKind {
        match self {
            Self::Twap { .. } => AlgorithmKind::Twap,
            Self::Vwap { .. } => AlgorithmKind::Vwap,
            Self::Pov { .. } => AlgorithmKind::Pov,
            Self::Iceberg { .. } => AlgorithmKind::Iceberg,
            Self::Shortfall { .. } => AlgorithmKind::Shortfall,
            Self::Sniper { .. } => AlgorithmKind::Sniper,
            Self::Peg { .. } => AlgorithmKind::Peg,
        }
    }

    /// How long it works, in ms; 0 = without an end of its own.
    #[must_use]
    pub const fn duration_ms(&self) -> u64 {
        match *self {
            Self::Twap { duration_ms, .. }
            | Self::Vwap { duration_ms, .. }
            | Self::Pov { duration_ms, .. }
            | Self::Shortfall { duration_ms, .. } => duration_ms,
            Self::Iceberg { .. } | Self::Sniper { .. } | Self::Peg { .. } => 0,
        }
    }

    /// Parts of its schedule; 0 = it has none.
    #[must_use]
    pub const fn slices(&self) -> u32 {
        match *self {
            Self::Twap { slices, .. } | Self::Vwap { slices, .. } | Self::Shortfall { slices, .. } => slices,
            _ => 0,
        }
    }

    /// Its children stand in the book; those of the others take or vanish.
    #[must_use]
    pub const fn rests(&self) -> bool {
        matches!(self, Self::Iceberg { .. } | Self::Peg { .. })
    }

    fn check(&self) -> Result<(), WorkFault> {
        let scheduled =
            self.slices() > 0 || matches!(self, Self::Twap { .. } | Self::Vwap { .. } | Self::Shortfall { .. });
        if scheduled {
            within("slices", self.slices().into(), 1, SLICES_MAX as i64)?;
            let shortest = u64::from(self.slices()) * SLICE_MS_MIN;
            within("duration_ms", signed(self.duration_ms()), signed(shortest), signed(DURATION_MS_MAX))?;
        }
        match *self {
            Self::Pov { participation_bps, duration_ms } => {
                within("participation_bps", participation_bps.into(), 1, WHOLE_BPS.into())?;
                within("duration_ms", signed(duration_ms), 0, signed(DURATION_MS_MAX))
            }
            Self::Shortfall { urgency_centi, .. } => {
                within("urgency_centi", urgency_centi.into(), 0, URGENCY_CENTI_MAX.into())
            }
            Self::Iceberg { display } => within("display_lots", display.0, 1, i64::MAX),
            Self::Sniper { shown_min } => within("shown_min_lots", shown_min.0, 1, i64::MAX),
            Self::Peg { offset_ticks, reprice_ticks, .. } => {
                within("offset_ticks", offset_ticks, -PEG_TICKS_MAX, PEG_TICKS_MAX)?;
                within("reprice_ticks", reprice_ticks, 1, PEG_TICKS_MAX)
            }
            Self::Twap { .. } | Self::Vwap { .. } => Ok(()),
        }
    }
}

/// What all algorithms may be told besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Largest child; 0 = the venue's largest order.
    pub child_max: Lots,
    /// A part is larger or smaller by at most so much of itself, so that nobody knows it by its size.
    pub size_jitter_bps: u32,
    /// A part is later by at most so much of the distance to the next one.
    pub time_jitter_bps: u32,
    /// Where the randomness comes from: the same seed, the same parts.
    pub seed: u64,
}

/// Largest jitter: half a part, so that neighbours keep their order.
pub const JITTER_BPS_MAX: u32 = 5_000;

/// An algorithm whose parameters were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    algorithm: Algorithm,
    manner: Manner,
}

impl Work {
    /// Held against every range; the first parameter out of its own is named.
    pub fn new(algorithm: Algorithm, manner: Manner) -> Result<Self, WorkFault> {
        algorithm.check()?;
        within("child_max_lots", manner.child_max.0, 0, i64::MAX)?;
        within("size_jitter_bps", manner.size_jitter_bps.into(), 0, JITTER_BPS_MAX.into())?;
        within("time_jitter_bps", manner.time_jitter_bps.into(), 0, JITTER_BPS_MAX.into())?;
        Ok(Self { algorithm, manner })
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> &Algorithm {
        &self.algorithm
    }

    /// What it was told besides.
    #[must_use]
    pub const fn manner(&self) -> &Manner {
        &self.manner
    }
}

/// SplitMix64 (public domain, Vigna 2015): unpredictable to a reader of the tape, and a pure function of its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// From that seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number of 0 ..= most.
    pub fn upto(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % (u64::from(most) + 1)) as u32
    }
}

/// A parameter out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkFault {
    /// Which; the last word is the unit.
    pub param: &'static str,
    /// What was given.
    pub value: i64,
    /// Least, inclusive.
    pub min: i64,
    /// Largest, inclusive.
    pub max: i64,
}

impl fmt::Display for WorkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { param, value, min, max } = self;
        write!(f, "parameter `{param}` is {value}, must be {min} to {max}")
    }
}

impl std::error::Error for WorkFault {}

fn within(param: &'static str, value: i64, min: i64, max: i64) -> Result<(), WorkFault> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(WorkFault { param, value, min, max }) }
}

/// For the message: what is beyond is out of every range.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
