//! The seeded market: instruments whose books change event by event, in one order for one seed.
//!
//! Owns: the books, the flow that moves them, and market time (nanoseconds since the start). Never: the wall clock,
//! sockets, text. Whoever calls [`Market::step`] decides how fast market time passes.

mod book;
mod burst;
mod flow;

pub use book::Book;
use burst::Bursts;
use flow::Flow;

use crate::listing::Listing;
use engine_model::market::{Level, Side};
use engine_model::units::Lots;

/// A level's new absolute quantity, and the id of that change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which side.
    pub side: Side,
    /// The level after it.
    pub level: Level,
    /// The venue's id: rising, without holes on spot, with holes on futures (ids are shared there).
    pub update_id: u64,
}

/// One level's part of a taker's execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Price and quantity.
    pub level: Level,
    /// Who crossed.
    pub aggressor: Side,
    /// The level held several makers' orders: the parts in which `level.qty` traded, zero-padded.
    pub parts: [Lots; FILL_PARTS],
    /// Id of the first part; the others follow.
    pub first_trade_id: u64,
    /// Id of the aggregate.
    pub aggregate_id: u64,
    /// The closing order of a liquidation.
    pub liquidation: bool,
}

/// Makers at one level that a fill is split among, at most.
pub const FILL_PARTS: usize = 3;

impl Fill {
    /// The parts that there are, with their trade ids.
    pub fn trades(&self) -> impl Iterator<Item = (u64, Lots)> + '_ {
        self.parts.iter().filter(|p| p.0 > 0).enumerate().map(|(i, &qty)| (self.first_trade_id + i as u64, qty))
    }
}

/// What one event did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Number of the event, from 0.
    pub number: u64,
    /// Market time.
    pub at_ns: u64,
    /// Position of the instrument.
    pub instrument: usize,
    /// Level changes, in order. Empty: nothing happened.
    pub changes: Vec<Change>,
    /// Executions, in order. Every lot of them is in `changes` as well, once.
    pub fills: Vec<Fill>,
    /// Whether a best level differs from before.
    pub top_changed: bool,
}

/// One instrument.
struct Instrument {
    flow: Flow,
    next_at_ns: u64,
}

/// All instruments of a venue.
pub struct Market {
    instruments: Vec<Instrument>,
    bursts: Bursts,
    outcome: Outcome,
    event_count: u64,
}

impl Market {
    /// The market of that seed. `dense_ids`: whether update ids have no holes (spot).
    #[must_use]
    pub fn new(seed: u64, listings: &[Listing], dense_ids: bool) -> Self {
        let instruments = listings
            .iter()
            .map(|listing| Instrument { flow: Flow::new(seed, listing, dense_ids), next_at_ns: 0 })
            .collect();
        Self { instruments, bursts: Bursts::new(seed), outcome: Outcome::default(), event_count: 0 }
    }

    /// Market time of the next event; `u64::MAX` when nothing is listed.
    #[must_use]
    pub fn next_at_ns(&self) -> u64 {
        self.instruments.iter().map(|i| i.next_at_ns).min().unwrap_or(u64::MAX)
    }

    /// Plays the next event.
    pub fn step(&mut self) -> &Outcome {
        let next = self.instruments.iter().enumerate().min_by_key(|(_, i)| i.next_at_ns).map(|(index, _)| index);
        self.outcome.changes.clear();
        self.outcome.fills.clear();
        self.outcome.top_changed = false;
        if let Some(index) = next {
            let instrument = &mut self.instruments[index];
            self.outcome.number = self.event_count;
            self.outcome.at_ns = instrument.next_at_ns;
            self.outcome.instrument = index;
            self.event_count += 1;
            let burst = self.bursts.at(instrument.next_at_ns);
            let before = instrument.flow.top();
            instrument.flow.step(burst, &mut self.outcome);
            self.outcome.top_changed = instrument.flow.top() != before;
            instrument.next_at_ns += instrument.flow.wait_ns(burst);
        }
        &self.outcome
    }

    /// What the last event did.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// An instrument's book.
    #[must_use]
    pub fn book(&self, instrument: usize) -> &Book {
        self.instruments[instrument].flow.book()
    }

    /// Id of the last change of an instrument's book.
    #[must_use]
    pub fn update_id(&self, instrument: usize) -> u64 {
        self.instruments[instrument].flow.update_id()
    }

    /// The price that the flow trades around, in [`SUBTICKS`]: what index and mark are made of.
    #[must_use]
    pub fn fair_subticks(&self, instrument: usize) -> i64 {
        self.instruments[instrument].flow.fair_subticks()
    }

    /// Events so far.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        self.event_count
    }
}

/// Subticks in a tick: a price that wanders by less than a tick an event must not lose the rest.
pub const SUBTICKS: i64 = 256;
