//! A live engine from start to end: journal, feeds, stages, bridge; then watching; then an orderly close.
//!
//! The end has an order, too: trading is halted and working orders are withdrawn, the feeds stop reading and tell their
//! books' digests, what is under way arrives, and only then do the threads stop. So the state hash of the run is that of its
//! journal.

use crate::anomalies::Anomalies;
use crate::boot::{Booted, BridgeEnds, Made, Plan, Sink, boot, venue_stage_name};
use crate::closings::Closings;
use crate::command::standby::followers_of;
use crate::ending::{SETTLE_WITHIN, Trading, Voice};
use crate::exit::Exit;
use crate::gates::Gates;
use crate::layout::{lacking, layout};
use crate::number::{Numbered, number};
use crate::outcome::{self, Ended};
use crate::page::{Page, Watcher};
use crate::recover::{Recovered, Takes, recover};
use crate::room::Room;
use crate::rules::with_margin;
use crate::server::Server;
use crate::signals::signals;
use crate::snapshots::Snapshots;
use crate::states::states;
use crate::{crashes, gateways, jobs, log, past, people, polling, telegram, venues};
use anyhow::{Context as _, anyhow};
use bridges::{
    Bound, Bounds, BridgeError, BridgeHandle, BridgeParts, GatewaySource, GatewayTold, Gauges, WebhookSettings,
};
use engine_backtest::venue::PaperMarket;
use engine_core::config::{Config, Foreign, Paper, Standing, Venue};
use engine_core::execution::stage::ExecutionCounters;
use engine_core::journal::disk::JournalGauges;
use engine_core::journal::fence::{Fence, taken_over};
use engine_core::journal::states::StatesFile;
use engine_core::risk::stage::RiskCounters;
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::stage::Time;
use engine_model::command::{Command, CommandKind};
use engine_model::instrument::Instruments;
use engine_model::limit::{Scope, TradingState};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use engine_ring::affinity::cores;
use engine_ring::clock::Clock;
use engine_ring::counter::CachePadded;
use engine_ring::driver::{Reins, Running, launch_held};
use engine_ring::flag::StopFlag;
use engine_ring::pulse::Life;
use engine_ring::ring::Writer;
use engine_ring::ring_gauges::{RingGauges, settled};
use feeds::capture::recorder::Tap;
use feeds::gateway::desk::Phase;
use feeds::gateway::desk::gauges::GatewayGauges;
use feeds::live::feed::VenueFeed;
use feeds::live::gauges::{FeedGauges, FeedState};
use feeds::poll::poller::Poller;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Beside the journals: what is not active, over runs.
pub(crate) const STATES: &str = "trading-states";

/// Between two looks of the watching thread.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// After every venue is in sync: what allocates on a first time has had its first time.
const WARM_UP: Duration = Duration::from_secs(2);

/// A venue's stage in a live run.
pub(crate) type LiveFeed = VenueFeed<PaperMarket>;

/// A run that ended.
pub(crate) struct Served {
    pub(crate) ended: Ended,
    pub(crate) feeds: Vec<Arc<FeedGauges>>,
    pub(crate) instruments: Arc<Instruments>,
    /// Each ring, and the most slots that were in use in samples 20 ms apart.
    pub(crate) rings: Vec<(Arc<RingGauges>, u64)>,
    pub(crate) journal: Option<(Arc<JournalGauges>, PathBuf)>,
    /// What it went on from.
    pub(crate) recovered: Option<Recovered>,
    pub(crate) elapsed: Duration,
    /// Whether a person ended it.
    pub(crate) interrupted: bool,
}

impl Served {
    /// How the call ends, once its summary has been told.
    pub(crate) fn exit(&self, is_interruption: bool) -> Result<(), Exit> {
        if let Some(fault) = &self.ended.journal_fault {
            return Err(Exit::Failed(anyhow!("{fault}")));
        }
        match self.ended.open_orders {
            0 if self.interrupted && is_interruption => Err(Exit::Interrupted),
            0 => Ok(()),
            left => {
                Err(Exit::Failed(anyhow!("{left} orders are left open: their venues have not said that they are over")))
            }
        }
    }
}

/// What is told while it runs.
pub(crate) struct Hooks<'a> {
    /// Ends it after that time.
    pub(crate) for_: Option<Duration>,
    /// Called once, when the door is open.
    pub(crate) started: &'a mut dyn FnMut(&Started<'_>),
    /// Called about each second; whether to go on.
    pub(crate) tick: &'a mut dyn FnMut(Duration, &[Arc<FeedGauges>]) -> bool,
    /// Called once a venue of the configuration: where a copy of what comes from it goes, if anywhere.
    pub(crate) tap: &'a mut dyn FnMut(&Venue) -> anyhow::Result<Option<Tap>>,
    /// What it takes over, of a standby.
    pub(crate) takes: Option<&'a Takes>,
    /// The text of the settings, for the sentinel of a live run: what it watches by is what the engine trades by.
    pub(crate) settings: Option<&'a str>,
}

/// What there is to tell when it has begun.
pub(crate) struct Started<'a> {
    pub(crate) door: Option<SocketAddr>,
    pub(crate) instruments: &'a Instruments,
    pub(crate) journal: Option<&'a Path>,
    /// What it goes on from.
    pub(crate) recovered: Option<&'a Recovered>,
}

/// Runs an engine on the venues of the configuration.
pub(crate) fn serve(config: &Config, hooks: Hooks<'_>) -> Result<Served, Exit> {
    log::start(&config.log);
    let interrupted = signals()?;
    // First of all: a taken port is known before anything has begun.
    let bound = bound(config)?;
    let clock = Clock::machine();
    let listed = venues::instruments(&config.venues, &clock, &interrupted);
    if interrupted.load(Ordering::Relaxed) {
        return Err(Exit::Interrupted);
    }
    let instruments = Arc::new(with_margin(config, listed?));
    let ids: Vec<VenueId> = config.venues.iter().map(|venue| venue.id).collect();
    let mut strategies = strategies(config, &instruments)?;
    past::learn((config, &instruments), &mut strategies, &clock, &interrupted, hooks.takes.is_some());
    if interrupted.load(Ordering::Relaxed) {
        return Err(Exit::Interrupted);
    }
    let owners = owners(config, &strategies, &instruments);
    let mut keys = gateways::keys(config, &instruments, &clock)?;
    let page = Page::open(config, &clock)?;
    let kill = page.kill();
    let bound = bound.map(|bound| with_line(bound, &page)).transpose()?;
    let is_after_crashes = crashes::is_loop(config);
    let recovered = recover(config, &instruments, &strategies, hooks.takes)?;
    let fence = hooks.takes.map(|takes| takes.fence);
    let Numbered { epoch, journal, file, claim: _claim } = number(config, &clock, &kill, keys.least_epoch()?, fence)?;
    keys.are_before(epoch)?;
    keys.are_of(epoch)?;

    let (mut feeds, mut closing, mut gateways) = (Vec::new(), Vec::new(), Vec::new());
    let mut states = journal.is_some().then(|| states(&config.journal.directory.join(STATES), config, &instruments));
    states.iter_mut().filter(|_| is_after_crashes).try_for_each(crashes::halt)?;
    let before: Vec<CommandKind> = states.iter().flat_map(|states| states.limits().chain(states.flattens())).collect();
    let begun = states.as_ref().map(StatesFile::states).unwrap_or_default();
    // An adopted order that closes a position is waited for, and may never come: what is being closed keeps no orders.
    let adopts = config.run.standing == Standing::Adopt && !before.contains(&CommandKind::Flatten);
    let plan = Plan {
        config,
        instruments: Arc::clone(&instruments),
        venues: &ids,
        strategies,
        clock: clock.clone(),
        time: Time::Clock(clock.clone()),
        kill: kill.clone(),
        page: page.pulse(),
        watched: page.watched(config),
        epoch,
        journal,
        is_paced: false,
        mode: config.run.mode,
        states,
        estate: recovered.as_ref().map(|recovered| &recovered.estate),
    };
    let Booted { stages, rings, mut bridge, journal, execution, risk } = boot(plan, &mut |venue, sink, _| {
        let listed = config.venues.iter().find(|v| v.id == venue).context("a venue of the configuration")?;
        let settings = venues::feed_settings(listed, config.feeds, venue_stage_name(venue), config.run.seed);
        let tap = (hooks.tap)(listed)?;
        match sink {
            Sink::Paper(sink) => {
                let mut feed: LiveFeed = VenueFeed::new(settings, &instruments, *sink, clock.clone())?;
                tap.into_iter().for_each(|tap| feed.record_into(tap));
                feeds.push(feed.gauges());
                closing.push(feed.closing());
                Ok(Made { stage: Box::new(feed), gateway: None })
            }
            Sink::Live(market, requests, replies) => {
                let mut feed = VenueFeed::new(settings.beside_orders(), &instruments, *market, clock.clone())?;
                tap.into_iter().for_each(|tap| feed.record_into(tap));
                let key = keys.of(venue)?;
                let mut settings = gateways::settings(listed, epoch, config.run.seed).killed_by(&kill);
                settings.adopts = adopts;
                settings.withdraws_foreign = config.run.foreign == Foreign::Withdraw;
                settings.owners = config.run.takes_over.then(|| owners.clone());
                let gauges = feed.trade(&settings, key, &instruments, (requests, replies))?;
                feeds.push(feed.gauges());
                closing.push(feed.closing());
                gateways.push(Arc::clone(&gauges));
                let source: GatewaySource = Arc::new(move || GatewayTold {
                    readings: gauges.readings().to_vec(),
                    is_ready: gauges.phase() == Phase::Ready,
                });
                Ok(Made { stage: Box::new(feed), gateway: Some(source) })
            }
        }
    })?;
    let commands_before = put_before(&mut bridge.command, &before, &clock);
    let layout = layout(config, &ids, journal.is_some(), false);
    // Before the first order can leave.
    let is_interrupted = || interrupted.load(Ordering::Relaxed);
    let watcher = match hooks.settings {
        Some(settings) => Watcher::start(&page, settings, config.run.mode, &config.sentinel, &is_interrupted)?,
        None => None,
    };
    let stop = StopFlag::new();
    let started = Instant::now();
    let reins = Reins { stop: stop.clone(), pulse: page.pulse(), ..Reins::default() };
    let running = match launch_held(stages, &layout, reins) {
        Ok(running) => running,
        Err(error) => {
            ended_clean(&page, watcher);
            return Err(Exit::Usage(format!("layout: {:#}", anyhow!(error))));
        }
    };
    page.set_life(Life::Running);
    let path = file.begun();
    path.iter().for_each(|first| owns(&page, first));
    let server = path.as_ref().zip(hooks.settings).and_then(|(first, text)| Server::start(config, text, &page, first));
    let every = config.journal.snapshot_every;
    let follows = |first: PathBuf| Snapshots::start(first, every).map_err(|error| Exit::Failed(error.into()));
    let is_followed = every.is_some() || config.standby.listen.is_some();
    let snapshots = path.clone().filter(|_| is_followed).map(follows).transpose()?;
    tell_placement(&running, config, &ids);
    let engine = Engine {
        running,
        rings,
        feeds,
        execution,
        risk,
        journal,
        closing,
        gateways,
        page,
        stop,
        clock,
        started,
        instruments: Arc::clone(&instruments),
    };
    // Asked for as long as somebody may look.
    let (mut voice, poller) =
        match engine.open(bound, (bridge, commands_before), config, (begun, is_after_crashes), recovered.as_ref()) {
            Ok(opened) => opened,
            Err(error) => {
                engine.running.stop();
                // Its journal says its last words; whether a stage panicked meanwhile is the lesser trouble.
                let _ = engine.running.join();
                if engine.execution.open.get() == 0 {
                    ended_clean(&engine.page, watcher);
                }
                return Err(error);
            }
        };
    (hooks.started)(&Started {
        door: voice.bridge().and_then(BridgeHandle::address),
        instruments: &instruments,
        journal: path.as_deref(),
        recovered: recovered.as_ref(),
    });
    let mut depth_used_max = vec![0; engine.rings.len()];
    let fence = path.as_ref().map(|_| Fence::of(&config.journal.directory));
    let mut watched = Watched {
        for_: hooks.for_,
        interrupted: &interrupted,
        watcher,
        server,
        fence,
        epoch,
        is_over: None,
        fault: None,
    };
    let interrupted = engine.watch(&mut watched, &mut voice, &mut depth_used_max, hooks.tick);
    if let Some(by) = watched.is_over {
        // Another run is in its place: it waits for nobody. It goes without a word, so that its sentinel withdraws what it
        // left: the other one takes that for withdrawn, and does not trade on less than it knows.
        return Err(Exit::Failed(anyhow!("{}: this run is over", taken_over(epoch, by))));
    }
    drop(poller);
    engine.close(&mut voice, &config.paper);
    let elapsed = started.elapsed();
    drop(snapshots);
    let Engine { running, rings, feeds, journal, clock, page, .. } = engine;
    page.set_life(Life::Stopping);
    running.stop();
    let finished = running.join().map_err(|panicked| Exit::Failed(anyhow!(panicked)))?;
    if let Voice::Bridge(bridge) = voice {
        bridge.join().map_err(|error| Exit::Failed(error.into()))?;
    }
    let mut ended = outcome::ended(finished, Nanos(clock.now()))?;
    ended.journal_fault = ended.journal_fault.or(watched.fault);
    if ended.open_orders == 0 {
        // Else it goes without a word, and the sentinel withdraws what is left.
        ended_clean(&page, watched.watcher);
    }
    let rings = rings.into_iter().zip(depth_used_max).collect();
    Ok(Served { ended, feeds, instruments, rings, journal: journal.zip(path), recovered, elapsed, interrupted })
}

/// Nothing is open: who watches has nothing to withdraw, and goes.
fn ended_clean(page: &Page, watcher: Option<Watcher>) {
    page.set_life(Life::Ended);
    watcher.into_iter().for_each(Watcher::dismiss);
}

/// What may end a run.
struct Watched<'a> {
    for_: Option<Duration>,
    interrupted: &'a AtomicBool,
    watcher: Option<Watcher>,
    server: Option<Server>,
    /// Behind which this run is over.
    fence: Option<Fence>,
    epoch: u32,
    /// It is, and by which.
    is_over: Option<u32>,
    /// Whether it is could not be told.
    fault: Option<String>,
}

/// Says whose the journal is. Without it a takeover cannot throw this process off while it hangs, and refuses.
fn owns(page: &Page, first: &Path) {
    if let Err(error) = page.owns(first) {
        tracing::warn!("a standby could not fence this run while it hangs: {error:#}");
    }
}

/// An engine that runs.
struct Engine {
    running: Running,
    rings: Vec<Arc<RingGauges>>,
    feeds: Vec<Arc<FeedGauges>>,
    execution: Arc<CachePadded<ExecutionCounters>>,
    risk: Arc<CachePadded<RiskCounters>>,
    journal: Option<Arc<JournalGauges>>,
    closing: Vec<StopFlag>,
    gateways: Vec<Arc<GatewayGauges>>,
    page: Page,
    stop: StopFlag,
    clock: Clock,
    started: Instant,
    instruments: Arc<Instruments>,
}

impl Engine {
    /// Opens the door and the operator's line; or drops the slow side's ends but the voice: taps that nobody reads hold
    /// nobody back.
    fn open(
        &self,
        bound: Option<Bound>,
        (ends, commands_before): (BridgeEnds, u64),
        config: &Config,
        (begun, is_after_crashes): (Vec<(Scope, TradingState)>, bool),
        recovered: Option<&Recovered>,
    ) -> Result<(Voice, Option<Poller>), Exit> {
        let Some(bound) = bound else {
            return Ok((
                Voice::Own { command: ends.command, clock: self.clock.clone(), before: commands_before },
                None,
            ));
        };
        let instruments = &self.instruments;
        let poller = config.bridge.enabled.then(|| polling::start(config, instruments, &self.clock));
        let poller = poller.transpose().map_err(|error| Exit::Failed(error.into()))?;
        let parts = BridgeParts {
            taps: ends.taps,
            snapshots: ends.snapshots,
            command: ends.command,
            commands_before,
            instruments: Arc::clone(instruments),
            limits: config.limits,
            begun,
            legacy: recovered.map(|recovered| recovered.books(instruments)),
            gauges: Gauges {
                rings: self.rings.clone(),
                stages: self.running.stages().to_vec(),
                threads: self.running.threads().cloned().collect(),
                counters: ends.counters,
                journal: self.journal.clone(),
                followers: config.standby.listen.and(self.page.pulse()).map(|pulse| followers_of(pulse.path())),
            },
            venues: venues::health(self.feeds.clone()),
            polled: polling::known(poller.as_ref().map(Poller::board)),
            told: polling::candles(poller.as_ref().map(Poller::board)),
            run: bridges::Run {
                strategies: config.strategies.iter().map(people::listed).collect(),
                mode: config.run.mode.name().to_owned(),
                layout: config.layout.kind.name().to_owned(),
                version: concat!(env!("CARGO_PKG_VERSION"), " ", env!("RINGSIDE_BUILD")).to_owned(),
                started_at_ns: Nanos(self.clock.now()),
                is_after_crashes,
            },
            clock: self.clock.clone(),
        };
        let bridge = bound.start(parts).map_err(|error| Exit::Failed(error.into()))?;
        Ok((Voice::Bridge(bridge), poller))
    }

    /// Until the time is over, a person interrupts, or a stage stops the run. Whether a person did.
    fn watch(
        &self,
        watched: &mut Watched<'_>,
        voice: &mut Voice,
        depth_used_max: &mut [u64],
        tick: &mut dyn FnMut(Duration, &[Arc<FeedGauges>]) -> bool,
    ) -> bool {
        let Watched { for_, interrupted, watcher, server, fence, epoch, is_over, fault: fence_fault } = watched;
        let (mut anomalies, mut closings) = (Anomalies::new(&self.execution), Closings::new(&self.risk));
        let (mut synced_at, mut second, mut has_told_fault) = (None, 0, false);
        let (mut room, mut gates) = (Room::default(), Gates::closed(&self.gateways));
        loop {
            match fence.as_ref().map_or(Ok(None), |fence| fence.over(*epoch)) {
                Ok(None) => {}
                Ok(Some(by)) => {
                    // What waits is nobody's any more: nothing but the end is left to this run.
                    self.page.kill().set(true);
                    *is_over = Some(by);
                    return false;
                }
                Err(error) => {
                    // Whether another is in its place nobody can tell: no order leaves, and what stands is withdrawn in
                    // order.
                    self.page.kill().set(true);
                    let told = format!("whether another run took over from this one cannot be told: {error}");
                    tracing::error!("{told}: the kill switch is pulled, and this run ends");
                    *fence_fault = Some(told);
                    return false;
                }
            }
            if interrupted.load(Ordering::Relaxed) {
                return true;
            }
            let elapsed = self.started.elapsed();
            if self.stop.is_raised() || for_.is_some_and(|limit| elapsed >= limit) {
                return false;
            }
            // Before all that may take its time: a closed gate holds up every way out, too.
            gates.keep(self.gateways.iter().map(|gauges| gauges.phase()), |what| voice.say(what));
            if synced_at.is_none() && self.feeds.iter().all(|feed| feed.state.get() == FeedState::Synced) {
                synced_at = Some(elapsed);
                tracing::info!(?elapsed, "every venue is in sync");
            }
            if synced_at.is_some_and(|at| elapsed >= at + WARM_UP) {
                self.running.arm();
            }
            if let Some(fault) = self.journal.as_ref().and_then(|journal| journal.fault()).filter(|_| !has_told_fault) {
                has_told_fault = true;
                tracing::error!(fault, "the journal cannot be written: the kill switch is pulled, no order passes");
            }
            if let Some(journal) = &self.journal {
                room.tell(journal);
            }
            for (ring, most) in self.rings.iter().zip(depth_used_max.iter_mut()) {
                *most = ring.depth_used().max(*most);
            }
            self.tell_troubles();
            watcher.iter_mut().for_each(|watcher| watcher.keep(Instant::now()));
            server.iter_mut().for_each(|server| server.keep(Instant::now()));
            if elapsed.as_secs() > second {
                second = elapsed.as_secs();
                if let Some(set_by_ns) = self.clock.recalibrate() {
                    tell_clock_set(set_by_ns);
                }
                anomalies.tell();
                closings.tell();
                if !tick(elapsed, &self.feeds) {
                    return false;
                }
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn tell_troubles(&self) {
        gateways::tell(&self.gateways);
        for feed in &self.feeds {
            let venue = feed.venue.name();
            while let Some(trouble) = feed.take_trouble() {
                tracing::warn!(venue, "{:#}", anyhow!(trouble));
            }
            while let Some(trouble) = feed.take_stream_trouble() {
                tracing::warn!(venue, "{}", trouble.text(&self.instruments));
            }
            while let Some(refusal) = feed.take_refusal() {
                tracing::warn!(venue, "{refusal}");
            }
        }
    }

    /// Ends trading, then lets the feeds end and what is under way arrive.
    fn close(&self, voice: &mut Voice, paper: &Paper) {
        self.page.set_life(Life::Closing);
        let trading = Trading { rings: &self.rings, execution: &self.execution, stop: &self.stop };
        let within = if self.gateways.is_empty() { paper.way_max() } else { gateways::ANSWER_WITHIN };
        trading.end(voice, SETTLE_WITHIN + within);
        self.closing.iter().for_each(StopFlag::raise);
        std::thread::sleep(LOOK_EVERY);
        gateways::wait_for_end(&self.gateways, &self.stop);
        self.tell_troubles();
        let until = Instant::now() + SETTLE_WITHIN;
        while !settled(&self.rings) && Instant::now() < until && !self.stop.is_raised() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Limits that people set in a run before, and that it was closing everything, hold before anything is wished: they stand on
/// the ring before a stage turns, and risk takes commands before wishes. How many there are.
fn put_before(commands: &mut Writer<Command>, before: &[CommandKind], clock: &Clock) -> u64 {
    let mut taken = 0;
    for what in before {
        let command = Command { id: taken + 1, asked_at_ns: Nanos(clock.now()), what: *what };
        match commands.try_publish(command) {
            Ok(_) => taken += 1,
            Err(_) => tracing::error!(?what, "is not in force: the command ring is full"),
        }
    }
    taken
}

/// The slow side's place: behind the door's address, or without one for the operator's line alone. `None`: of a run that
/// has no door, no Telegram and cannot trade.
fn bound(config: &Config) -> Result<Option<Bound>, Exit> {
    let telegram = telegram::settings(config.telegram.as_ref())?;
    let needed = !config.strategies.is_empty() || telegram.is_some();
    let Some(bound) = place(config, needed)? else { return Ok(None) };
    let database = people::database(config)?;
    let bound = match jobs::settings(config, database.as_ref(), telegram.is_some())? {
        Some(settings) => bound.with_jobs(settings).map_err(|error| Exit::Usage(format!("{:#}", anyhow!(error))))?,
        None => bound,
    };
    let bound = match webhooks(config)? {
        Some(settings) => bound.with_webhooks(settings),
        None => bound,
    };
    Ok(Some(match telegram {
        Some(settings) => bound.with_telegram(settings),
        None => bound,
    }))
}

fn webhooks(config: &Config) -> Result<Option<WebhookSettings>, Exit> {
    let Some(name) = &config.bridge.webhook_key_variable else { return Ok(None) };
    let refused = |why: String| Exit::Usage(format!("bridge.webhook_key_variable: {name}: {why}"));
    let key = std::env::var(name).map_err(|_| refused("the environment has no text in it".to_owned()))?;
    WebhookSettings::new(&key, config.bridge.webhook_private).map(Some).map_err(refused)
}

fn place(config: &Config, needed: bool) -> Result<Option<Bound>, Exit> {
    if config.bridge.enabled {
        let (locks, clock) = (people::locks(config)?, Clock::machine());
        let bound = Bound::bind_behind(locks, config.bridge.address, bounds(config), &clock);
        let bound =
            bound.and_then(|bound| bound.with_files(config.bridge.alerts.as_deref(), config.bridge.past.as_deref()));
        return bound.map(Some).map_err(|error| {
            let key = match error {
                BridgeError::NotLoopback { .. } | BridgeError::AddressTaken { .. } | BridgeError::Listen { .. } => {
                    "bridge.address"
                }
                BridgeError::Alerts { .. } => "bridge.alerts",
                _ => "bridge",
            };
            Exit::Usage(format!("{key}: {:#}", anyhow!(error)))
        });
    }
    needed.then(Bound::without_door).transpose().map_err(|error| Exit::Failed(error.into()))
}

/// What the settings say of the door's places. So many files have to be open then, and some more for everything else.
fn bounds(config: &Config) -> Bounds {
    const OTHERS: u64 = 256;
    let (connections_max, sockets_max) = (config.bridge.connections_max, config.bridge.streams_max);
    let wanted = (connections_max + sockets_max) as u64 + OTHERS;
    match engine_ring::descriptors::raise(wanted) {
        Ok(may) if may < wanted => tracing::warn!(
            "bridge.connections_max and bridge.streams_max may take {wanted} open files, this process may have {may}: \
             raise its limit, or lower them"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "how many files may be open is not known"),
    }
    let house_connections_max = config.bridge.address_connections_max;
    let (own_sockets_max, take_timeout) = (config.bridge.own_streams_max, config.bridge.take_timeout);
    Bounds { connections_max, house_connections_max, sockets_max, own_sockets_max, take_timeout, ..Bounds::default() }
}

/// By instrument: whose a position is that is taken over.
fn owners(config: &Config, strategies: &[Strategy], instruments: &Instruments) -> Box<[u8]> {
    let of = usize::from(config.run.owner).checked_sub(1).map(|place| strategies[place].instruments());
    let own = |id| if of.iter().flatten().any(|own| *own == id) { config.run.owner } else { 0 };
    instruments.iter().map(|instrument| own(instrument.id)).collect()
}

/// A run with a page has a line beside it.
fn with_line(bound: Bound, page: &Page) -> Result<Bound, Exit> {
    let Some(path) = page.line() else { return Ok(bound) };
    bound.with_line(&path).map_err(|error| Exit::Failed(error.into()))
}

fn strategies(config: &Config, instruments: &Instruments) -> Result<Vec<Strategy>, Exit> {
    let mut all = Vec::new();
    for listed in &config.strategies {
        let mut ids = Vec::new();
        for (venue, symbol) in &listed.instruments {
            let found = instruments.find(*venue, symbol).map(|instrument| instrument.id);
            ids.push(found.with_context(|| format!("{} does not list {symbol}", venue.name()))?);
        }
        let refused = |fault: &dyn Display| Exit::Usage(format!("strategy {}: {fault}", listed.name));
        let made = match &listed.script {
            Some(path) => {
                let row = scripts::load(Path::new(path)).map_err(|fault| refused(&fault))?;
                Strategy::of(row, &ids, &listed.params)
            }
            None => Strategy::new(&listed.name, &ids, &listed.params),
        };
        let mut strategy = made.map_err(|fault| refused(&fault))?;
        strategy.sit(instruments).map_err(|fault| refused(&fault))?;
        all.push(strategy);
    }
    Ok(all)
}

/// The engine's own time goes on as if nothing had happened, and is wrong for a while: a person should know.
fn tell_clock_set(set_by_ns: i64) {
    let by = Duration::from_nanos(set_by_ns.unsigned_abs());
    let direction = if set_by_ns < 0 { "back" } else { "forward" };
    tracing::warn!(
        "the wall clock was set {direction} by {by:?}: the engine's time follows by 1 ms a second, no faster"
    );
}

fn tell_placement(running: &Running, config: &Config, venues: &[VenueId]) {
    if let Some(lack) = lacking(config, venues, cores()) {
        tracing::warn!("latency will vary: {lack}");
    }
    for line in running.placement().lines() {
        tracing::info!("{line}");
    }
    for (thread, refusal) in running.refused() {
        tracing::warn!(thread, "runs where the system likes, latency will vary: {refusal}");
    }
}
