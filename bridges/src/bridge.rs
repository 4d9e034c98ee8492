//! Starting and stopping: one thread, named `bridge`, with one runtime for everything slow.

use crate::desk::Desk;
use crate::desk::engine::{Gauges, Run};
use crate::desk::jobs::{Jobs, JobsSettings};
use crate::desk::people::{self, People, PeopleConfig};
use crate::desk::teller::Teller;
use crate::door::bounds::Bounds;
use crate::door::guard::Names;
use crate::door::telegram::{Person, Telegram, TelegramSettings};
use crate::door::tls::{Tls, TlsFiles};
use crate::door::{self, Door, listen};
use crate::error::BridgeError;
use crate::hub::Hub;
use crate::hub::command::{CommandSender, CommandWriter, commands};
use crate::hub::polled::{CandleSource, PolledSource};
use crate::hub::pump::{Pump, Snapshots, Taps};
use crate::hub::venues::VenueSource;
use crate::operator::Line;
use crate::ops::alert::keep;
use crate::ops::alert::watch::watch as watch_alerts;
use crate::ops::alert::{Alerts, Kept};
use crate::ops::jobs;
use crate::ops::past::{Before, Past};
use crate::ops::place::Place;
use crate::ops::webhook::{WebhookSettings, send as send_webhooks};
use engine_core::portfolio::books::{Books, BooksFault};
use engine_model::command::Command;
use engine_model::instrument::Instruments;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use engine_ring::ring::Writer;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// Between two looks for what is to be kept of open interest. It is kept once a minute.
const SNAPSHOTS_LOOKED_FOR: Duration = Duration::from_secs(10);

/// Everything the bridge is given of the engine. None of it can hold the engine back.
pub struct BridgeParts {
    /// Lossy ends of rings.
    pub taps: Taps,
    /// Latest values.
    pub snapshots: Snapshots,
    /// The writing end of `command`.
    pub command: Writer<Command>,
    /// How many were put there before: the limits that people set in a run before.
    pub commands_before: u64,
    /// The run's instruments.
    pub instruments: Arc<Instruments>,
    /// The limits in force.
    pub limits: Limits,
    /// Trading states that the run begins with.
    pub begun: Vec<(Scope, TradingState)>,
    /// The books that it goes on from, or why they cannot be kept; `None`: it begins flat.
    pub legacy: Option<Result<Books, BooksFault>>,
    /// What the engine shows of itself.
    pub gauges: Gauges,
    /// How each venue is doing.
    pub venues: VenueSource,
    /// What no stream tells.
    pub polled: PolledSource,
    /// Candles of before, as venues told them.
    pub told: CandleSource,
    /// What run this is.
    pub run: Run,
    /// The engine's clock.
    pub clock: Clock,
}

/// What stands between the door and whoever knocks. The default is none: loopback only, and everybody there may look.
#[derive(Default)]
pub struct Locks {
    /// Users: everything needs a role.
    pub people: Option<PeopleConfig>,
    /// TLS.
    pub tls: Option<TlsFiles>,
    /// Names that the door answers to, besides those of the loopback.
    pub hosts: Vec<String>,
}

/// What is ours before anything runs behind it: an address, where there is to be a door, and the operator's line. Clients
/// that come early wait for the start.
pub struct Bound {
    runtime: Runtime,
    door: Option<(TcpListener, SocketAddr)>,
    bounds: Bounds,
    line: Option<Line>,
    people: Option<Arc<People>>,
    names: Names,
    tls: Option<Tls>,
    telegram: Option<TelegramSettings>,
    alerts: Alerts,
    past: Option<Past>,
    jobs: Option<Arc<Jobs>>,
    webhooks: Option<WebhookSettings>,
}

impl Bound {
    /// Takes the address, so that a taken port is known before the engine starts.
    pub fn bind(address: SocketAddr, bounds: Bounds) -> Result<Self, BridgeError> {
        Self::bind_behind(Locks::default(), address, bounds, &Clock::machine())
    }

    /// The same behind locks. Only what has users and TLS listens to other machines.
    pub fn bind_behind(locks: Locks, address: SocketAddr, bounds: Bounds, clock: &Clock) -> Result<Self, BridgeError> {
        let Locks { people, tls, hosts } = locks;
        if !address.ip().is_loopback() && (people.is_none() || tls.is_none()) {
            return Err(BridgeError::NotLoopback { address });
        }
        let bound = Self::without_door()?;
        let listener = bound.runtime.block_on(async { listen::listen(address, &bounds) })?;
        let address = listener.local_addr().map_err(|source| BridgeError::Listen { address, source })?;
        let names = Names { hosts, is_tls: tls.is_some() };
        let tls = tls.map(TlsFiles::open).transpose()?;
        let people = people.map(|config| bound.runtime.block_on(people::begin(&config, clock.clone()))).transpose()?;
        Ok(Self { door: Some((listener, address)), bounds, people, names, tls, ..bound })
    }

    /// No address: for an operator's line alone.
    pub fn without_door() -> Result<Self, BridgeError> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| BridgeError::Thread { source })?;
        let (names, alerts) = (Names::default(), Alerts::new(None, Kept::none()));
        let bounds = Bounds::default();
        let (line, people, tls, telegram, past, jobs) = (None, None, None, None, None, None);
        let (door, webhooks) = (None, None);
        Ok(Self { runtime, door, bounds, line, people, names, tls, telegram, alerts, past, jobs, webhooks })
    }

    /// The same with a line for the operator, at that path.
    pub fn with_line(self, path: &Path) -> Result<Self, BridgeError> {
        let line = self.runtime.block_on(async { Line::open(path) })?;
        Ok(Self { line: Some(line), ..self })
    }

    /// The same with a door to Telegram.
    #[must_use]
    pub fn with_telegram(self, settings: TelegramSettings) -> Self {
        Self { telegram: Some(settings), ..self }
    }

    /// The same with files that outlive the run, each made if it is not there: of alerts, and what they found; of open
    /// interest and equity. What has no file lasts as long as the run, as it does where another run has the file, which the
    /// log says.
    pub fn with_files(self, alerts: Option<&Path>, past: Option<&Path>) -> Result<Self, BridgeError> {
        let alerts = match alerts {
            Some(path) => {
                // First the place: what is read before it is ours may be changed by then.
                let place = Place::claim(path, "alerts");
                let kept = if place.is_some() { keep::read(path)? } else { Kept::none() };
                Alerts::new(place, kept)
            }
            None => self.alerts,
        };
        Ok(Self { alerts, past: past.and_then(Past::open), ..self })
    }

    /// The same with a queue of jobs.
    pub fn with_jobs(self, settings: JobsSettings) -> Result<Self, BridgeError> {
        let jobs = self.runtime.block_on(Jobs::open(settings, Clock::machine()))?;
        Ok(Self { jobs: Some(jobs), ..self })
    }

    /// The same, which sends what alerts find to URLs of whoever has them.
    #[must_use]
    pub fn with_webhooks(self, settings: WebhookSettings) -> Self {
        Self { webhooks: Some(settings), ..self }
    }

    /// Starts the bridge thread.
    pub fn start(self, parts: BridgeParts) -> Result<BridgeHandle, BridgeError> {
        let (stop, stopped) = watch::channel(false);
        let (sender, writer) = commands(parts.command, parts.commands_before, parts.clock.clone());
        let hub = Arc::new(Hub::new(&parts.instruments, &parts.begun));
        let before = match &parts.legacy {
            Some(_) => Before::GoesOn,
            None if parts.run.mode == "live" => Before::CountsAnew,
            None => Before::BeginsFlat,
        };
        if let Some(books) = parts.legacy {
            hub.image().books = books;
        }
        let past = self.past.map(|mut past| {
            past.teach(&mut hub.image(), &parts.instruments, &parts.run.mode, before, Nanos(parts.clock.now()));
            past
        });
        let people = self.telegram.iter().flat_map(|settings| &settings.people);
        let listed = people.map(Person::listed).collect();
        let pump = Pump::new(parts.taps, parts.snapshots, parts.instruments.clone(), hub.clone());
        let desk = Desk {
            hub,
            instruments: parts.instruments,
            limits: parts.limits,
            gauges: parts.gauges,
            venues: parts.venues,
            polled: parts.polled,
            told: parts.told,
            run: parts.run,
            clock: parts.clock,
            machine: Clock::machine(),
            teller: Teller::new(sender.clone()),
            people: self.people,
            listed,
            alerts: self.alerts,
            jobs: self.jobs,
        };
        desk.tell_unknown_owners();
        let door = Arc::new(Door::new(desk, self.bounds, self.names, self.webhooks, stopped));
        let Self { runtime, door: listening, line, tls, telegram, .. } = self;
        let (listener, address) = listening.unzip();
        let line = line.map(|line| line.serve(door.clone()));
        let telegram = telegram.map(|settings| Telegram::new(settings, door.clone(), sender.clone(), address));
        let telegram = telegram.transpose()?.map(Telegram::run);
        let listening = listener.map(|listener| (listener, tls));
        let thread = std::thread::Builder::new()
            .name("bridge".to_owned())
            .spawn(move || runtime.block_on(run(pump, writer, listening, door, line, telegram, past)))
            .map_err(|source| BridgeError::Thread { source })?;
        if let Some(address) = address {
            tracing::info!(%address, "the door is open");
        }
        Ok(BridgeHandle { address, stop, commands: sender, thread: Some(thread) })
    }
}

async fn run(
    pump: Pump,
    writer: CommandWriter,
    listener: Option<(TcpListener, Option<Tls>)>,
    door: Arc<Door>,
    line: Option<impl Future<Output = ()> + Send + 'static>,
    telegram: Option<impl Future<Output = ()> + Send + 'static>,
    past: Option<Past>,
) {
    tokio::spawn(pump.run(door.stop.clone()));
    let past = past.map(|past| tokio::spawn(past.keep(door.clone())));
    tokio::spawn(snapshots(door.clone()));
    let alerts = tokio::spawn(watch_alerts(door.clone()));
    let jobs = tokio::spawn(jobs::run(door.clone()));
    if let Some(settings) = door.webhooks.clone() {
        tokio::spawn(send_webhooks(door.clone(), settings));
    }
    line.map(tokio::spawn);
    let people = door.desk.people.clone().map(|people| tokio::spawn(people.run(door.stop.clone())));
    let telegram = telegram.map(tokio::spawn);
    let writer = tokio::spawn(writer.run(door.stop.clone()));
    match listener {
        Some((listener, tls)) => {
            let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
            tls.map(|tls| tokio::spawn(tls.renew(door.clone())));
            listen::serve(listener, acceptor, door::router(door.clone()), door).await;
        }
        None => {
            // Whoever holds the other end says so, or is gone: the end either way.
            let _told = door.stop.clone().changed().await;
        }
    }
    if let Some(telegram) = telegram {
        // It writes down what is left to send.
        let _ended = telegram.await;
    }
    // What was asked before the stop is still handed on.
    let _ended = writer.await;
    // The rules are kept.
    let _ended = alerts.await;
    if let Some(past) = past {
        // What was seen is kept.
        let _ended = past.await;
    }
    // What runs is ended, and says so.
    let _ended = jobs.await;
    if let Some(people) = people {
        // The audit's last head is kept, the database is closed.
        let _ended = people.await;
    }
}

/// Keeps what open interest was, minute by minute: no venue tells it of all markets and of every time.
async fn snapshots(door: Arc<Door>) {
    let mut stop = door.stop.clone();
    loop {
        door.desk.take_open_interest();
        tokio::select! {
            () = tokio::time::sleep(SNAPSHOTS_LOOKED_FOR) => {}
            _ = stop.changed() => return,
        }
    }
}

/// A running bridge. Dropping it stops it.
pub struct BridgeHandle {
    address: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    commands: CommandSender,
    thread: Option<JoinHandle<()>>,
}

impl BridgeHandle {
    /// Where the door is, if there is one.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The way to the engine for people's wishes.
    #[must_use]
    pub fn commands(&self) -> CommandSender {
        self.commands.clone()
    }

    /// Asks the bridge to end: no new connection, requests under way are answered, streams are closed.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops, and waits for the end: at most as long as the bound on draining says.
    pub fn join(mut self) -> Result<(), BridgeError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), BridgeError> {
        self.stop();
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| BridgeError::Panicked),
            None => Ok(()),
        }
    }
}

impl Drop for BridgeHandle {
    fn drop(&mut self) {
        if self.end().is_err() {
            tracing::error!("the bridge thread panicked");
        }
    }
}
