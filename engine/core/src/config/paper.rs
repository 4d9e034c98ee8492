//! How a venue of ours behaves: values, as a configuration gives them.
//!
//! Owns: nothing but names and units; what they do is the paper venue's.

use engine_model::units::Quote;
use std::path::PathBuf;
use std::time::Duration;

/// How the paper venue behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Equity at the start, in dollars.
    pub equity: Quote,
    /// From the venue's matching to our decoder.
    pub feed_latency: Duration,
    /// From our gateway to the venue's matching.
    pub order_latency: Duration,
    /// From the venue's matching back to our gateway.
    pub reply_latency: Duration,
    /// How the three spread: around those values, as a shape.
    pub latency_shape: LatencyShape,
    /// The far end of each, in the same order: feed, order, reply.
    pub latency_high: [Duration; 3],
    /// Times of orders that were measured, for the shapes that need them.
    pub latency_file: Option<PathBuf>,
    /// Where an order stands in the real queue.
    pub queue: QueueModel,
    /// What taking does to the price, beyond eating what is displayed.
    pub impact: Impact,
    /// How a venue closes what too little stands behind; `None`: it never does.
    pub liquidation: Option<Liquidation>,
}

impl Paper {
    /// The longest that a request and its answer are under way; where times come from a file it is not known here.
    #[must_use]
    pub fn way_max(&self) -> Duration {
        let constant = self.feed_latency + self.order_latency + self.reply_latency;
        match self.latency_shape {
            LatencyShape::Constant | LatencyShape::Empirical | LatencyShape::Recorded => constant,
            LatencyShape::Uniform => self.latency_high.iter().sum(),
            // A log-normal way is cut at ten times its 99th percentile.
            LatencyShape::LogNormal => self.latency_high.iter().sum::<Duration>() * 10,
        }
    }
}

/// How the ways to and from a paper venue spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LatencyShape {
    /// Not at all.
    #[default]
    Constant,
    /// Any time up to the far end alike.
    Uniform,
    /// Log-normal; the far end is the 99th percentile.
    LogNormal,
    /// Drawn from measured times.
    Empirical,
    /// Measured times by when they were measured, interpolated.
    Recorded,
}

/// What a venue takes when it closes a position, and what its fund can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// In millionths of the value that is closed.
    pub fee_e6: i64,
    /// In dollars; `None`: anything.
    pub fund: Option<Quote>,
}

/// A temporary shift of the price against whoever takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// How it grows.
    pub shape: ImpactShape,
    /// In millionths of the price, when `reference` has been taken.
    pub share_e6: i64,
    /// In dollars.
    pub reference: Quote,
    /// After so long half of what was taken is forgotten.
    pub half_life: Duration,
}

/// How an impact grows with what was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImpactShape {
    /// Not at all.
    #[default]
    None,
    /// With the amount.
    Linear,
    /// With its square root.
    SquareRoot,
}

/// Other fees from a traded volume on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTier {
    /// Traded in thirty days, in dollars.
    pub from: Quote,
    /// In millionths of the notional.
    pub maker_fee_e6: i64,
    /// In millionths of the notional.
    pub taker_fee_e6: i64,
}

/// Fees of one instrument, whatever the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeesOf {
    /// The venue's spelling.
    pub symbol: String,
    /// In millionths of the notional.
    pub maker_fee_e6: i64,
    /// In millionths of the notional.
    pub taker_fee_e6: i64,
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
