//! Questions about the machine: is it well, where does its time go, what waits where.

use super::Desk;
use super::sight::Sight;
use crate::hub::image::InstrumentImage;
use crate::hub::venues::{VenueHealth, VenueState};
use crate::hub::verdicts::StateSetBy;
use crate::standby::{FollowerLag, followers_in};
use engine_backtest::venue::PaperCounters;
use engine_core::execution::stage::ExecutionCounters;
use engine_core::journal::disk::JournalGauges;
use engine_core::market::MarketCounters;
use engine_core::risk::decision::Cause;
use engine_core::risk::stage::RiskCounters;
use engine_core::strategy::board::Board;
use engine_core::strategy::stage::StrategyCounters;
use engine_model::instrument::Instrument;
use engine_model::limit::TradingState;
use engine_model::market::BookState;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::counter::{CachePadded, Reading};
use engine_ring::ring_gauges::RingGauges;
use engine_ring::stage_gauges::{StageGauges, ThreadGauges};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A stage that has not been polled for this long stands still: parked threads wake many times a second.
const HEARTBEAT_AGE_MAX: Duration = Duration::from_secs(2);

/// What the engine shows of itself.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    /// Of each ring, in the order of the topology.
    pub rings: Vec<Arc<RingGauges>>,
    /// Of each stage, in the order of the topology.
    pub stages: Vec<Arc<StageGauges>>,
    /// Of each engine thread.
    pub threads: Vec<Arc<ThreadGauges>>,
    /// What the stages count.
    pub counters: Counters,
    /// Of the journal; `None` in a run that keeps none.
    pub journal: Option<Arc<JournalGauges>>,
    /// Where the process that serves the journal says how far its followers are behind; `None`: it is not served.
    pub followers: Option<PathBuf>,
}

/// What the stages count: the engine writes, the bridge reads.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Of the strategies.
    pub strategy: Arc<CachePadded<StrategyCounters>>,
    /// What may be read of the strategies themselves.
    pub strategies: Arc<Board>,
    /// Of risk.
    pub risk: Arc<CachePadded<RiskCounters>>,
    /// Of execution.
    pub execution: Arc<CachePadded<ExecutionCounters>>,
    /// Of each venue.
    pub venues: Vec<VenueCounters>,
}

/// What one venue's stage counts.
#[derive(Clone, Debug)]
pub struct VenueCounters {
    /// Which.
    pub venue: VenueId,
    /// Of its books.
    pub market: Arc<CachePadded<MarketCounters>>,
    /// Who takes its orders.
    pub orders: OrderCounters,
}

/// What is counted of a venue's orders.
#[derive(Clone)]
pub enum OrderCounters {
    /// By the paper venue around its books.
    Paper(Arc<CachePadded<PaperCounters>>),
    /// By the gateway to the venue itself; asked for what it tells now.
    Gateway(GatewaySource),
}

/// Where what a gateway tells comes from.
pub type GatewaySource = Arc<dyn Fn() -> GatewayTold + Send + Sync>;

/// What a gateway tells of itself.
#[derive(Clone, Debug)]
pub struct GatewayTold {
    /// What it counts.
    pub readings: Vec<Reading>,
    /// Whether it knows how orders and positions stand at the venue: else no order passes.
    pub is_ready: bool,
}

impl OrderCounters {
    /// Those of the paper venue; none of another.
    pub(crate) fn paper(&self) -> Vec<Reading> {
        match self {
            Self::Paper(paper) => paper.readings().to_vec(),
            Self::Gateway(_) => Vec::new(),
        }
    }

    /// Those of the gateway; none of another.
    pub(crate) fn gateway(&self) -> Vec<Reading> {
        match self {
            Self::Paper(_) => Vec::new(),
            Self::Gateway(source) => source().readings,
        }
    }

    /// Whether orders pass, as far as that is known of who takes them: a paper venue always does.
    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Paper(_) => true,
            Self::Gateway(source) => source().is_ready,
        }
    }
}

impl std::fmt::Debug for OrderCounters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Paper(_) => "the paper venue's counters",
            Self::Gateway(_) => "a gateway's counters",
        })
    }
}

/// What run this is.
#[derive(Clone, Debug)]
pub struct Run {
    /// The strategies, numbered from 1.
    pub strategies: Vec<RunStrategy>,
    /// `paper`, `live` or `replay`.
    pub mode: String,
    /// The layout in force, as a person reads it.
    pub layout: String,
    /// Of the program.
    pub version: String,
    /// When it started.
    pub started_at_ns: Nanos,
    /// Whether it began halted, since the runs before it crashed one behind the other.
    pub is_after_crashes: bool,
}

/// A strategy of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStrategy {
    /// As in configuration.
    pub name: String,
    /// The name of whom it belongs to; `None`: the house.
    pub owner: Option<String>,
}

/// Whether all is well, and if not, what is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    /// One fact each; empty when all is well.
    pub(crate) reasons: Vec<String>,
}

/// One instrument's feed, as the image has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Feed<'d> {
    pub(crate) instrument: &'d Instrument,
    pub(crate) state: BookState,
    /// Since the last message applied to the book; `None` while there is no book.
    pub(crate) age_ns: Option<u64>,
    pub(crate) events: u64,
    pub(crate) missed: u64,
}

impl Desk {
    /// Well means: every venue synced, every stage alive, and nobody has pulled the kill switch. A journal that
    /// cannot be written pulls it, too, and is named as well: risk says that it was killed with the next wish, not before.
    pub(crate) fn health(&self) -> Health {
        let venues = self.venues();
        let not_synced = venues.iter().filter(|v| v.state != VenueState::Synced);
        let mut reasons: Vec<String> =
            not_synced.map(|v| format!("venue {} is {}", v.venue.name(), v.state.name())).collect();
        let now_ns = self.machine.now();
        for stage in &self.gauges.stages {
            match stage.heartbeat().age_ns(now_ns) {
                None => reasons.push(format!("stage {} has not started", stage.name)),
                Some(age_ns) if u128::from(age_ns) > HEARTBEAT_AGE_MAX.as_nanos() => {
                    reasons.push(format!("stage {} was last alive {} ms ago", stage.name, age_ns / Nanos::MILLI));
                }
                Some(_) => {}
            }
        }
        if let Some(fault) = self.gauges.journal.as_ref().and_then(|journal| journal.fault()) {
            reasons.push(format!("the journal cannot be written: {fault}"));
        }
        if self.gauges.journal.as_ref().is_some_and(|journal| journal.is_full.get() > 0) {
            reasons.push("the journal's disk is full: no new order passes".to_owned());
        }
        if self.verdicts(&Sight::WHOLE).whole.is_some_and(|(_, by)| by == StateSetBy::Risk(Cause::Killed)) {
            reasons.push("the kill switch is on: no order passes".to_owned());
        }
        let is_as_begun = self.verdicts(&Sight::WHOLE).whole == Some((TradingState::Halted, StateSetBy::RunBefore));
        if self.run.is_after_crashes && is_as_begun {
            reasons.push("the runs before it crashed one behind the other: halted until somebody resumes".to_owned());
        }
        Health { reasons }
    }

    /// Who follows the journal by TCP, and how far each is behind; `None`: it is not served, or who serves it is silent.
    pub(crate) fn followers(&self) -> Option<Vec<FollowerLag>> {
        followers_in(self.gauges.followers.as_ref()?)
    }

    pub(crate) fn venues(&self) -> Vec<VenueHealth> {
        (self.venues)()
    }

    /// Now, as stages' heartbeats know it.
    pub(crate) fn machine_now(&self) -> Nanos {
        Nanos(self.machine.now())
    }

    pub(crate) fn feeds(&self) -> Vec<Feed<'_>> {
        let now = self.now();
        let image = self.hub.image();
        self.instruments.iter().map(|i| Feed::new(i, image.instrument(i.id), now)).collect()
    }
}

impl<'d> Feed<'d> {
    fn new(instrument: &'d Instrument, known: &InstrumentImage, now: Nanos) -> Self {
        let at = known.top.map_or(known.book.received_at_ns, |top| top.at_ns);
        let age_ns = (known.book.state == BookState::Synced).then(|| now.since(at));
        Self { instrument, state: known.book.state, age_ns, events: known.events, missed: known.missed }
    }
}
