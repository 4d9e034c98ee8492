//! The real stages put together on the test's own thread, with the strategy's and the bridge's ends left to the story.

use engine_backtest::venue::{Collateral, Latency, PaperConfig, PaperMarket};
use engine_core::config::Rings;
use engine_core::execution::Execution;
use engine_core::execution::stage::{ExecutionEnds, ExecutionStage};
use engine_core::journal::disk::{self, Disk, Epoch};
use engine_core::journal::format::Prologue;
use engine_core::journal::reader::Reader;
use engine_core::journal::record::Run;
use engine_core::journal::replay::replay;
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::market::Market;
use engine_core::risk::stage::{RiskEnds, RiskStage};
use engine_core::risk::{Risk, Rules, Terms};
use engine_core::state::{hex, state_hash};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::Instruments;
use engine_model::units::Quote;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::snapshot::snapshot;
use std::path::Path;
use std::sync::Arc;

/// The run's number.
pub(crate) const EPOCH: u32 = 1;

/// What an engine is made of.
pub(crate) struct Plan<'a> {
    pub(crate) instruments: &'a Arc<Instruments>,
    /// Played by paper venues.
    pub(crate) venues: &'a [VenueId],
    /// Played by the story itself, which claims their ends.
    pub(crate) spoken: &'a [VenueId],
    pub(crate) rules: &'a Rules,
    pub(crate) equity: Quote,
    pub(crate) open_orders_max: usize,
    pub(crate) rings: Rings,
    pub(crate) latency: Latency,
    /// What lies at each paper venue, if it asks what stands behind positions.
    pub(crate) collateral: Option<Collateral>,
    pub(crate) clock: Clock,
    /// Where the journal goes, if one is kept.
    pub(crate) journal: Option<&'a Path>,
}

/// The stages, and the rings whose other ends are still to be claimed.
pub(crate) struct Parts {
    pub(crate) wiring: Wiring,
    pub(crate) papers: Vec<PaperMarket>,
    pub(crate) risk: RiskStage,
    pub(crate) execution: ExecutionStage,
    pub(crate) journal: Option<JournalStage>,
    pub(crate) kill: Switch,
}

/// Puts an engine together.
pub(crate) fn put_together(plan: &Plan<'_>) -> Parts {
    let Plan { instruments, venues, spoken, rules, equity, open_orders_max, rings, .. } = plan;
    let Plan { latency, collateral, clock, journal, .. } = plan;
    let absent: &[Place] = if journal.is_some() { &[] } else { &[Place::Journal] };
    let mut wiring = Wiring::new(&[*venues, *spoken].concat(), rings, absent);
    let paper = |venue: &VenueId| {
        let (market, _) = Market::new(*venue, instruments, wiring.market_writer(*venue).expect("free"));
        let config = PaperConfig { latency: *latency, collateral: *collateral, ..PaperConfig::of(*venue) };
        let requests = wiring.request_reader(*venue).expect("free");
        let replies = wiring.reply_writer(*venue).expect("free");
        PaperMarket::new(market, instruments, requests, replies, &config)
    };
    let papers = venues.iter().map(paper).collect();
    let kill = Switch::new();
    let ends = RiskEnds {
        commands: wiring.command().reader(Place::Risk.name()).expect("free"),
        intents: wiring.intent().reader(Place::Risk.name()).expect("free"),
        markets: wiring.market_readers(Place::Risk).expect("free"),
        reports: wiring.report().reader(Place::Risk.name()).expect("free"),
        orders: wiring.order().writer(Place::Risk.name()).expect("free"),
        images: snapshot().0,
        kill: kill.clone(),
        clock: clock.clone(),
    };
    let terms = Terms { epoch: EPOCH, equity_start: *equity, open_orders_max: *open_orders_max };
    let risk = RiskStage::new(Risk::new(Arc::clone(instruments), rules, terms), ends, &wiring.gauges());
    let ends = ExecutionEnds {
        orders: wiring.order().reader(Place::Execution.name()).expect("free"),
        replies: wiring.reply_readers().expect("free"),
        requests: wiring.request_writers().expect("free"),
        reports: wiring.report().writer(Place::Execution.name()).expect("free"),
        images: snapshot().0,
        kill: kill.clone(),
        clock: clock.clone(),
    };
    let execution = Execution::new(Arc::clone(instruments), *open_orders_max).beginning_in(&rules.states);
    let execution = ExecutionStage::new(execution, ends);
    let journal = journal.map(|folder| journal_in(folder, plan, &mut wiring, &kill));
    Parts { wiring, papers, risk, execution, journal, kill }
}

fn journal_in(folder: &Path, plan: &Plan<'_>, wiring: &mut Wiring, kill: &Switch) -> JournalStage {
    let prologue = Prologue { epoch: EPOCH, ..Prologue::default() };
    let file = disk::create(folder, Epoch::Exactly(EPOCH)).expect("a new file");
    let disk = Disk::start(file, &prologue, plan.clock.clone(), kill.clone()).expect("a disk");
    let inputs = JournalInputs {
        market: wiring.market_readers(Place::Journal).expect("free"),
        order: wiring.order().reader(Place::Journal.name()).expect("free"),
        report: wiring.report().reader(Place::Journal.name()).expect("free"),
    };
    let run = Run {
        instruments: plan.instruments.iter().copied().collect(),
        margin_tiers: plan.instruments.all_margin_tiers(),
        rules: Box::new(plan.rules.clone()),
        equity_start: plan.equity,
        open_orders_max: u32::try_from(plan.open_orders_max).expect("small"),
        is_live: false,
        strategies: Vec::new(),
    };
    JournalStage::new(inputs, disk, &prologue, &run)
}

/// The state that risk and execution are in.
pub(crate) fn state_of(risk: &RiskStage, execution: &ExecutionStage) -> String {
    hex(&state_hash(risk.risk(), execution.execution().orders()))
}

/// The state that a journal leads to; or what is wrong with it.
pub(crate) fn state_of_journal(file: &Path) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let reader = Reader::new(&bytes).map_err(|fault| fault.to_string())?;
    let epoch = reader.prologue().epoch;
    replay(reader, epoch).map(|replayed| hex(&replayed.state_hash())).map_err(|error| error.to_string())
}
