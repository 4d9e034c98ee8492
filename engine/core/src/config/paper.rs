//! How a venue of ours behaves: values, as a configuration gives them.
//!
//! Owns: nothing but names and units; what they do is the paper venue's.

use engine_model::units::Quote;
use std::time::Duration;

/// How the paper venue behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Equity at the start, in dollars.
    pub equity: Quote,
    /// From the venue's matching to our decoder.
    pub feed_latency: Duration,
    /// From our gateway to the venue's matching.
    pub order_latency: Duration,
    /// From the venue's matching back to our gateway.
    pub reply_latency: Duration,
    /// Where an order stands in the real queue.
    pub queue: QueueModel,
}

/// How the place in the real queue is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueModel {
    /// Ours: everybody who leaves without a trade stood behind us, and book and trade, whichever is told first, move the
    /// queue once.
    #[default]
    Counted,
    /// `hftbacktest`'s `RiskAdverseQueueModel`: a trade at our price takes its quantity off what is ahead; a book message
    /// lowers it to what the level shows.
    RiskAverse,
    /// Its `ProbQueueModel`: what leaves a level, less what traded since it was last shown, left in front of us or behind
    /// by a chance that depends on how much stands where. (Erik Rigtorp, "Estimating order queue position in the limit
    /// order book", 2013.)
    Probable(Chance),
}

/// A number of two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hundredths(pub i64);

/// The chance that what leaves a level stood behind us, with `f` in front and `b` behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// `PowerProbQueueFunc`: `b^n / (b^n + f^n)`.
    Power(Hundredths),
    /// `LogProbQueueFunc`: `ln(1 + b) / (ln(1 + b) + ln(1 + f))`.
    Log,
    /// `PowerProbQueueFunc2`: `b^n / (b + f)^n`.
    PowerOfAll(Hundredths),
    /// `LogProbQueueFunc2`: `ln(1 + b) / ln(1 + b + f)`.
    LogOfAll,
    /// `PowerProbQueueFunc3`: `1 - (f / (f + b))^n`.
    PowerOfFront(Hundredths),
}

impl QueueModel {
    /// All of them by name; `power` is the exponent `n` of those that have one.
    #[must_use]
    pub const fn all(power: Hundredths) -> [(&'static str, Self); 7] {
        [
            ("counted", Self::Counted),
            ("risk-averse", Self::RiskAverse),
            ("power", Self::Probable(Chance::Power(power))),
            ("log", Self::Probable(Chance::Log)),
            ("power-2", Self::Probable(Chance::PowerOfAll(power))),
            ("log-2", Self::Probable(Chance::LogOfAll)),
            ("power-3", Self::Probable(Chance::PowerOfFront(power))),
        ]
    }
}
