//! What venues were asked for where no stream tells it. Feeds ask, but bridges must not see feeds: the binary hands in a
//! function.

use engine_model::instrument::InstrumentId;
use engine_model::units::{Lots, Nanos, Ticks};
use std::sync::Arc;
use std::time::Duration;

/// A question that a venue is asked again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolledQuestion {
    /// Contracts that are open.
    OpenInterest,
    /// How many are long and how many short.
    LongShort(Crowd),
    /// Funding that was paid.
    Funding,
}

/// Whose positions a long/short ratio is of, and how they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// Top traders, by size.
    TopPositions,
    /// Top traders, by head.
    TopAccounts,
    /// Everybody, by head.
    AllAccounts,
}

impl Crowd {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::TopPositions, Self::TopAccounts, Self::AllAccounts];

    /// The name used in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TopPositions => "top-positions",
            Self::TopAccounts => "top-accounts",
            Self::AllAccounts => "all-accounts",
        }
    }
}

/// What is known of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    /// Of what.
    pub instrument: InstrumentId,
    /// What.
    pub question: PolledQuestion,
    /// From an answer to the next asking.
    pub every: Duration,
    /// The newest answer; `None` when there has been none.
    pub answer: Option<PolledAnswer>,
    /// Why the last asking gave none; `None` where it did.
    pub trouble: Option<String>,
    /// Whether the venue as a whole does not answer.
    pub silent: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolledAnswer {
    /// What it says.
    pub value: PolledValue,
    /// When it reached us.
    pub received_at: Nanos,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolledValue {
    /// To [`PolledQuestion::OpenInterest`].
    OpenInterest {
        /// Venue time; 0 where it tells none.
        at: Nanos,
        /// In lots of the instrument.
        qty: Lots,
    },
    /// To [`PolledQuestion::LongShort`].
    LongShort {
        /// Venue time.
        at: Nanos,
        /// The share that is long, in 1e-8.
        long_e8: i64,
        /// Over which it was summed up, in seconds.
        period_s: u64,
    },
    /// To [`PolledQuestion::Funding`]: when, and the rate in 1e-8, oldest first.
    Funding(Vec<(Nanos, i64)>),
}

/// A candle that was over when a venue told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldCandle {
    /// When it began.
    pub start: Nanos,
    /// First price.
    pub open: Ticks,
    /// Highest price.
    pub high: Ticks,
    /// Lowest price.
    pub low: Ticks,
    /// Last price.
    pub close: Ticks,
    /// Traded.
    pub volume: Lots,
}

/// Tells the candles of an instrument that are so many nanoseconds long, oldest first; none where nobody is asked for them.
/// Called on the bridge thread, so it must not wait.
pub type CandleSource = Arc<dyn Fn(InstrumentId, u64) -> Vec<ToldCandle> + Send + Sync>;

/// Tells what is known of every question. Called on the bridge thread, so it must not wait.
pub type PolledSource = Arc<dyn Fn() -> Vec<Polled> + Send + Sync>;
