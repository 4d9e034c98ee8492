//! Which bench, and how it is called.

use crate::error::BenchError;
use crate::report::Report;
use crate::{
    backtest, book, decode, hop, indicators, instruments, journal, matching, rest, risk, sweep, tick_to_order, wire,
};
use engine_model::venue::VenueId;
use std::path::PathBuf;

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    /// One event over one ring.
    Hop,
    /// One message from bytes to a book.
    Decode,
    /// One update of a book.
    Book,
    /// From a frame's bytes to an order's.
    TickToOrder,
    /// From a frame on the venue's socket to an order on it.
    Wire,
    /// A thousand instruments on one thread.
    Instruments,
    /// One judgement of the risk gate.
    Risk,
    /// One event through a simulated venue.
    Matching,
    /// One event from its ring to the disk.
    Journal,
    /// One bar of an indicator.
    Indicators,
    /// One bar of a whole backtest.
    Backtest,
    /// One run of a sweep.
    Sweep,
    /// A read at the door.
    Rest,
}

impl Bench {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Hop,
        Self::Decode,
        Self::Book,
        Self::TickToOrder,
        Self::Wire,
        Self::Instruments,
        Self::Risk,
        Self::Matching,
        Self::Journal,
        Self::Indicators,
        Self::Backtest,
        Self::Sweep,
        Self::Rest,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hop => "hop",
            Self::Decode => "decode",
            Self::Book => "book",
            Self::TickToOrder => "tick-to-order",
            Self::Wire => "wire",
            Self::Instruments => "instruments",
            Self::Risk => "risk",
            Self::Matching => "matching",
            Self::Journal => "journal",
            Self::Indicators => "indicators",
            Self::Backtest => "backtest",
            Self::Sweep => "sweep",
            Self::Rest => "rest",
        }
    }

    /// The bench of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bench| bench.name() == name)
    }
}

/// How a bench is called.
#[derive(Clone, Debug)]
pub struct Call {
    /// Captures to decode; none: the recorded BTC streams where they are, else frames from the seed.
    pub captures: Vec<PathBuf>,
    /// Whose captures those are; without captures: every recording of that venue.
    pub venue: Option<VenueId>,
    /// Seed of everything made up.
    pub seed: u64,
    /// Rounds, where not the bench's own number.
    pub rounds: Option<usize>,
    /// Only so many passes of fixed work of ours, nothing timed: for counting instructions.
    pub steady: Option<usize>,
}

impl Default for Call {
    fn default() -> Self {
        Self { captures: Vec::new(), venue: None, seed: 1, rounds: None, steady: None }
    }
}

/// Our own side of a bench. Rivals are handed in by who has them: see each bench's own `run`.
pub fn run(bench: Bench, call: &Call) -> Result<Report, BenchError> {
    match bench {
        Bench::Hop => hop::run(call, Vec::new()),
        Bench::Decode => decode::run(call, Vec::new()),
        Bench::Book => book::run(call, Vec::new()),
        Bench::TickToOrder => tick_to_order::run(call, Vec::new()),
        Bench::Wire => wire::run(call, Vec::new()),
        Bench::Instruments => instruments::run(call),
        Bench::Risk => risk::run(call),
        Bench::Matching => matching::run(call, Vec::new()),
        Bench::Journal => journal::run(call),
        Bench::Indicators => indicators::run(call, Vec::new()),
        Bench::Backtest => backtest::run(call),
        Bench::Sweep => sweep::run(call),
        Bench::Rest => rest::run(call),
    }
}

/// Runs only the fixed work of a bench, `passes` times over, and says how many messages that were.
pub fn steady(bench: Bench, call: &Call, passes: usize) -> Result<u64, BenchError> {
    match bench {
        Bench::Hop => hop::steady(passes),
        Bench::Decode => decode::steady(call, passes),
        Bench::Book => book::steady(call, passes),
        Bench::TickToOrder => tick_to_order::steady(call, passes),
        Bench::Wire | Bench::Rest => Err(BenchError::NotSteady(bench.name())),
        Bench::Instruments => instruments::steady(passes),
        Bench::Risk => risk::steady(call, passes),
        Bench::Matching => matching::steady(call, passes),
        Bench::Journal => journal::steady(passes),
        Bench::Indicators => indicators::steady(call, passes),
        Bench::Backtest => backtest::steady(call, passes),
        Bench::Sweep => sweep::steady(call, passes),
    }
}
