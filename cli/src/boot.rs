//! How the engine is put together: rings from the table, one match from each declared stage to its constructor, and a
//! refusal to start while an end is unclaimed.
//!
//! Owns nothing once it has returned. Which venue is behind a sink (sockets, a recording) is the caller's business.

use crate::paper;
use crate::rules::rules;
use anyhow::{Context as _, bail};
use bridges::{Counters, GatewaySource, OrderCounters, Snapshots, Taps, VenueCounters};
use engine_backtest::venue::PaperMarket;
use engine_core::config::{Config, JournalMode, Mode};
use engine_core::execution::Execution;
use engine_core::execution::stage::{ExecutionCounters, ExecutionEnds, ExecutionStage};
use engine_core::journal::disk::{Disk, JournalGauges};
use engine_core::journal::format::Prologue;
use engine_core::journal::record::Run;
use engine_core::journal::recovery::Estate;
use engine_core::journal::stage::{JournalInputs, JournalStage};
use engine_core::journal::states::StatesFile;
use engine_core::market::Market;
use engine_core::risk::stage::{RiskCounters, RiskEnds, RiskStage};
use engine_core::risk::{Risk, Rules, Terms};
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::stage::{StrategyStage, Time};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::command::Command;
use engine_model::image::{BookImage, LatencyImage, PortfolioImage};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::native::StopsAt;
use engine_model::venue::{Reply, Request, VenueId};
use engine_ring::clock::Clock;
use engine_ring::counter::CachePadded;
use engine_ring::flag::Switch;
use engine_ring::pulse::Pulse;
use engine_ring::ring::{Reader, Writer};
use engine_ring::ring_gauges::RingGauges;
use engine_ring::snapshot::{SnapshotReader, snapshot};
use engine_ring::stage::Stage;
use std::sync::Arc;

/// Orders that may be open at once; risk denies the next one. Both order tables are this large from the start.
const OPEN_ORDERS_MAX: usize = 1_024;

/// What an engine is made of.
pub(crate) struct Plan<'a> {
    pub(crate) config: &'a Config,
    pub(crate) instruments: Arc<Instruments>,
    pub(crate) venues: &'a [VenueId],
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) clock: Clock,
    pub(crate) time: Time,
    pub(crate) kill: Switch,
    /// The page that the run shares with other processes.
    pub(crate) page: Option<Arc<Pulse>>,
    /// The same, if somebody must stand on it who watches.
    pub(crate) watched: Option<Arc<Pulse>>,
    pub(crate) epoch: u32,
    /// Where the journal goes; `None`: none is kept.
    pub(crate) journal: Option<(Disk, Prologue)>,
    /// Whether each event waits for the consequences of the one before: a replay.
    pub(crate) is_paced: bool,
    /// Whose money.
    pub(crate) mode: Mode,
    /// Where trading states outlive a run; `None`: this one begins active.
    pub(crate) states: Option<StatesFile>,
    /// What it goes on from; `None`: it begins flat.
    pub(crate) estate: Option<&'a Estate>,
}

/// An engine, ready to be launched.
pub(crate) struct Booted {
    /// In the order of the topology.
    pub(crate) stages: Vec<Box<dyn Stage>>,
    /// Of every ring, in the order of the topology.
    pub(crate) rings: Vec<Arc<RingGauges>>,
    /// What the bridge holds.
    pub(crate) bridge: BridgeEnds,
    pub(crate) journal: Option<Arc<JournalGauges>>,
    pub(crate) execution: Arc<CachePadded<ExecutionCounters>>,
    pub(crate) risk: Arc<CachePadded<RiskCounters>>,
}

/// The slow side's ends. A run without a bridge drops them: a lossy tap that nobody reads holds nobody back.
pub(crate) struct BridgeEnds {
    pub(crate) taps: Taps,
    pub(crate) snapshots: Snapshots,
    pub(crate) command: Writer<Command>,
    pub(crate) counters: Counters,
}

/// Where a venue's feed puts what it reads, and who takes its orders.
pub(crate) enum Sink {
    /// The venue of software around the books does.
    Paper(Box<PaperMarket>),
    /// The venue itself does: whoever makes the stage gives these ends to a gateway.
    Live(Box<Market>, Reader<Request>, Writer<Reply>),
}

impl Sink {
    /// Of a run that never has real money.
    pub(crate) fn paper(self) -> anyhow::Result<PaperMarket> {
        match self {
            Self::Paper(paper) => Ok(*paper),
            Self::Live(..) => bail!("a recording takes no real orders"),
        }
    }
}

/// A venue's stage.
pub(crate) struct Made {
    pub(crate) stage: Box<dyn Stage>,
    /// Of a live run: what its gateway counts.
    pub(crate) gateway: Option<GatewaySource>,
}

/// Makes a venue's stage around its sink. Is given the positions of every ring, to pace by.
pub(crate) type VenueMaker<'a> = &'a mut dyn FnMut(VenueId, Sink, &[Arc<RingGauges>]) -> anyhow::Result<Made>;

/// The stage name of a venue: one stage each.
pub(crate) fn venue_stage_name(venue: VenueId) -> String {
    format!("{}.{}", Place::Venue, venue.name())
}

/// Puts an engine together.
pub(crate) fn boot(plan: Plan<'_>, make_venue: VenueMaker<'_>) -> anyhow::Result<Booted> {
    let absent: &[Place] = if plan.journal.is_some() { &[] } else { &[Place::Journal] };
    let wiring = Wiring::new(plan.venues, &plan.config.rings, absent);
    let rings = wiring.gauges();
    let equity_start = match plan.mode {
        Mode::Live => plan.config.run.equity.context("a live run knows what its account is worth: run.equity_usd")?,
        Mode::Paper => plan.estate.map_or(plan.config.paper.equity, |estate| estate.equity_start),
    };
    let terms = Terms { epoch: plan.epoch, equity_start, open_orders_max: OPEN_ORDERS_MAX };
    let counters = Counters::default();
    let mut kept = plan.states.as_ref().map(|file| (file.states(), file.losses().to_vec())).unwrap_or_default();
    if let Some(estate) = plan.estate {
        // To the last event; the file is ten seconds old.
        kept.1.clone_from(&estate.losses);
    }
    let mut rules = rules(plan.config, &plan.instruments, &plan.strategies, kept);
    if plan.mode == Mode::Live {
        rules.closed_gates = plan.venues.to_vec(); // each is opened by its gateway, see `gates`
    }
    rules.legacy = plan.estate.map(|estate| Box::new(estate.legacy.clone()));
    let strategies = plan.strategies.iter().map(|strategy| strategy.name().to_owned()).collect();
    let (stages, books) = (Vec::new(), Vec::new());
    let mut site = Site { plan, rules, wiring, rings, terms, strategies, stages, books, counters };
    let (mut portfolio, mut latency, mut journal, mut slow) = (None, None, None, None);
    for place in Place::ALL {
        match place {
            Place::Venue => site.venues(make_venue)?,
            Place::Strategy => site.strategy(place)?,
            Place::Risk => portfolio = Some(site.risk(place)?),
            Place::Execution => latency = Some(site.execution(place)?),
            Place::Journal => journal = site.journal(place)?,
            // Not in any layout: it has a thread and a runtime of its own.
            Place::Bridge => slow = Some(site.bridge(place)?),
        }
    }
    let left = site.wiring.unclaimed();
    if !left.is_empty() {
        bail!("ends of rings that nobody claimed: {}", left.join(", "));
    }
    let portfolio = portfolio.context("the topology declares a risk stage")?;
    let latency = latency.context("the topology declares an execution stage")?;
    let (taps, command) = slow.context("the topology declares a bridge")?;
    let Site { rings, stages, books, counters, .. } = site;
    let (execution, risk) = (Arc::clone(&counters.execution), Arc::clone(&counters.risk));
    let bridge = BridgeEnds { taps, snapshots: Snapshots { books, portfolio, latency }, command, counters };
    Ok(Booted { stages, rings, bridge, journal, execution, risk })
}

/// An engine while it is put together: each stage claims its ends.
struct Site<'a> {
    plan: Plan<'a>,
    rules: Rules,
    wiring: Wiring,
    rings: Vec<Arc<RingGauges>>,
    terms: Terms,
    /// Names, by number from 1.
    strategies: Vec<String>,
    stages: Vec<Box<dyn Stage>>,
    books: Vec<(InstrumentId, SnapshotReader<BookImage>)>,
    counters: Counters,
}

impl Site<'_> {
    fn venues(&mut self, make_venue: VenueMaker<'_>) -> anyhow::Result<()> {
        let Self { plan, wiring, rings, stages, books, counters, .. } = self;
        for &venue in plan.venues {
            let (mut market, images) = Market::new(venue, &plan.instruments, wiring.market_writer(venue)?);
            let deep = plan.strategies.iter().flat_map(Strategy::deep);
            deep.filter(|id| plan.instruments.get(*id).venue == venue).for_each(|id| market.tell_depth(id));
            let (requests, replies) = (wiring.request_reader(venue)?, wiring.reply_writer(venue)?);
            books.extend(images);
            let counted = market.counters();
            let (sink, paper) = match plan.mode {
                Mode::Live => (Sink::Live(Box::new(market), requests, replies), None),
                Mode::Paper => {
                    let paper = paper::config(plan.config, venue, &plan.instruments)?;
                    let mut sink = PaperMarket::new(market, &plan.instruments, requests, replies, &paper);
                    if let Some(estate) = plan.estate {
                        sink = sink.with_legacy(&estate.legacy.holdings);
                    }
                    if plan.is_paced {
                        sink.pace(rings.clone());
                    }
                    let paper = sink.counters();
                    (Sink::Paper(Box::new(sink)), Some(OrderCounters::Paper(paper)))
                }
            };
            let made = make_venue(venue, sink, rings)?;
            let orders = paper.or(made.gateway.map(OrderCounters::Gateway));
            let orders = orders.with_context(|| format!("nobody takes the orders of {}", venue.name()))?;
            counters.venues.push(VenueCounters { venue, market: counted, orders });
            stages.push(made.stage);
        }
        Ok(())
    }

    fn strategy(&mut self, place: Place) -> anyhow::Result<()> {
        let Self { plan, wiring, stages, counters, .. } = self;
        let stage = StrategyStage::new(
            std::mem::take(&mut plan.strategies),
            plan.epoch,
            Arc::clone(&plan.instruments),
            wiring.market_readers(place)?,
            wiring.report().reader(place.name())?,
            wiring.intent().writer(place.name())?,
            plan.time.clone(),
        )
        .with_taker_fees(|of| paper::fees(plan.config, of.venue, &plan.instruments).at_start(of.id).taker_ppm);
        let stops = if plan.mode == Mode::Live { plan.config.run.stops } else { StopsAt::Ours };
        let stage = stage.with_stops(stops);
        let stage = stage.with_legacy(plan.estate.map_or(&[], |estate| &estate.legacy.shares));
        counters.strategy = stage.counters();
        counters.strategies = stage.board();
        stages.push(Box::new(stage));
        Ok(())
    }

    fn risk(&mut self, place: Place) -> anyhow::Result<SnapshotReader<PortfolioImage>> {
        let Self { plan, rules, wiring, rings, terms, stages, counters, .. } = self;
        let (images, portfolio) = snapshot();
        let ends = RiskEnds {
            commands: wiring.command().reader(place.name())?,
            intents: wiring.intent().reader(place.name())?,
            markets: wiring.market_readers(place)?,
            reports: wiring.report().reader(place.name())?,
            orders: wiring.order().writer(place.name())?,
            images,
            kill: plan.kill.clone(),
            clock: plan.clock.clone(),
        };
        let risk = Risk::new(Arc::clone(&plan.instruments), rules, *terms);
        // A replay's time is its recording's, and its disk holds nobody back.
        let journal = plan.journal.as_ref().filter(|_| !plan.is_paced).map(|(disk, _)| disk.gauges());
        let stage = RiskStage::new(risk, ends, rings).watched_on(plan.watched.clone()).written_down_by(journal);
        counters.risk = stage.counters();
        stages.push(Box::new(stage));
        Ok(portfolio)
    }

    fn execution(&mut self, place: Place) -> anyhow::Result<SnapshotReader<LatencyImage>> {
        let Self { plan, rules, wiring, stages, counters, .. } = self;
        let (images, latency) = snapshot();
        let ends = ExecutionEnds {
            orders: wiring.order().reader(place.name())?,
            replies: wiring.reply_readers()?,
            requests: wiring.request_writers()?,
            reports: wiring.report().writer(place.name())?,
            images,
            kill: plan.kill.clone(),
            clock: plan.clock.clone(),
        };
        let execution = Execution::new(Arc::clone(&plan.instruments), OPEN_ORDERS_MAX).beginning_in(&rules.states);
        let waits = !plan.is_paced && plan.config.journal.mode == JournalMode::SyncBeforeSend;
        let journal = plan.journal.as_ref().filter(|_| waits).map(|(disk, _)| disk.gauges());
        let stage = ExecutionStage::new(execution, ends).on_page(plan.page.clone()).waiting_for(journal);
        counters.execution = stage.counters();
        stages.push(Box::new(stage));
        Ok(latency)
    }

    fn journal(&mut self, place: Place) -> anyhow::Result<Option<Arc<JournalGauges>>> {
        let Self { plan, rules, wiring, terms, stages, strategies, .. } = self;
        let Some((disk, prologue)) = plan.journal.take() else { return Ok(None) };
        let inputs = JournalInputs {
            market: wiring.market_readers(place)?,
            order: wiring.order().reader(place.name())?,
            report: wiring.report().reader(place.name())?,
        };
        let run = Run {
            instruments: plan.instruments.iter().copied().collect(),
            margin_tiers: plan.instruments.all_margin_tiers(),
            rules: Box::new(rules.clone()),
            equity_start: terms.equity_start,
            open_orders_max: OPEN_ORDERS_MAX as u32,
            is_live: plan.mode == Mode::Live,
            strategies: std::mem::take(strategies),
        };
        let stage = JournalStage::new(inputs, disk, &prologue, &run).keeping(plan.states.take());
        let gauges = stage.gauges();
        stages.push(Box::new(stage));
        Ok(Some(gauges))
    }

    fn bridge(&mut self, place: Place) -> anyhow::Result<(Taps, Writer<Command>)> {
        let wiring = &mut self.wiring;
        let taps = Taps {
            market: wiring.market_taps(place)?,
            order: wiring.order().tap(place.name())?,
            report: wiring.report().tap(place.name())?,
        };
        Ok((taps, wiring.command().writer(place.name())?))
    }
}
