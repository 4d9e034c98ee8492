//! Starting and stopping: one thread, named `bridge`, with one runtime for everything slow.

use crate::desk::Desk;
use crate::desk::engine::{Gauges, Run};
use crate::door::bounds::Bounds;
use crate::door::{self, Door, listen};
use crate::error::BridgeError;
use crate::hub::Hub;
use crate::hub::command::{CommandSender, CommandWriter, commands};
use crate::hub::polled::PolledSource;
use crate::hub::pump::{Pump, Snapshots, Taps};
use crate::hub::venues::VenueSource;
use crate::operator::Line;
use engine_model::command::Command;
use engine_model::instrument::Instruments;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_ring::clock::Clock;
use engine_ring::ring::Writer;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

/// Everything the bridge is given of the engine. None of it can hold the engine back.
pub struct BridgeParts {
    /// Lossy ends of rings.
    pub taps: Taps,
    /// Latest values.
    pub snapshots: Snapshots,
    /// The writing end of `command`.
    pub command: Writer<Command>,
    /// The run's instruments.
    pub instruments: Arc<Instruments>,
    /// The limits in force.
    pub limits: Limits,
    /// Trading states that the run begins with.
    pub begun: Vec<(Scope, TradingState)>,
    /// What the engine shows of itself.
    pub gauges: Gauges,
    /// How each venue is doing.
    pub venues: VenueSource,
    /// What no stream tells.
    pub polled: PolledSource,
    /// What run this is.
    pub run: Run,
    /// The engine's clock.
    pub clock: Clock,
}

/// What is ours before anything runs behind it: an address, where there is to be a door, and the operator's line. Clients
/// that come early wait for the start.
pub struct Bound {
    runtime: Runtime,
    door: Option<(TcpListener, SocketAddr)>,
    bounds: Bounds,
    line: Option<Line>,
}

impl Bound {
    /// Takes the address, so that a taken port is known before the engine starts.
    pub fn bind(address: SocketAddr, bounds: Bounds) -> Result<Self, BridgeError> {
        let bound = Self::without_door()?;
        let listener = bound.runtime.block_on(async { listen::listen(address, &bounds) })?;
        let address = listener.local_addr().map_err(|source| BridgeError::Listen { address, source })?;
        Ok(Self { door: Some((listener, address)), bounds, ..bound })
    }

    /// No address: for an operator's line alone.
    pub fn without_door() -> Result<Self, BridgeError> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| BridgeError::Thread { source })?;
        Ok(Self { runtime, door: None, bounds: Bounds::default(), line: None })
    }

    /// The same with a line for the operator, at that path.
    pub fn with_line(self, path: &Path) -> Result<Self, BridgeError> {
        let line = self.runtime.block_on(async { Line::open(path) })?;
        Ok(Self { line: Some(line), ..self })
    }

    /// Starts the bridge thread.
    pub fn start(self, parts: BridgeParts) -> Result<BridgeHandle, BridgeError> {
        let (stop, stopped) = watch::channel(false);
        let (sender, writer) = commands(parts.command, parts.clock.clone());
        let hub = Arc::new(Hub::new(&parts.instruments, &parts.begun));
        let pump = Pump::new(parts.taps, parts.snapshots, parts.instruments.clone(), hub.clone());
        let desk = Desk {
            hub,
            instruments: parts.instruments,
            limits: parts.limits,
            gauges: parts.gauges,
            venues: parts.venues,
            polled: parts.polled,
            run: parts.run,
            clock: parts.clock,
            machine: Clock::machine(),
        };
        let door = Arc::new(Door::new(desk, self.bounds, stopped));
        let Self { runtime, door: listening, line, .. } = self;
        let (listener, address) = listening.unzip();
        let line = line.map(|line| line.serve(door.clone(), sender.clone()));
        let thread = std::thread::Builder::new()
            .name("bridge".to_owned())
            .spawn(move || runtime.block_on(run(pump, writer, listener, door, line)))
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
    listener: Option<TcpListener>,
    door: Arc<Door>,
    line: Option<impl Future<Output = ()> + Send + 'static>,
) {
    tokio::spawn(pump.run(door.stop.clone()));
    line.map(tokio::spawn);
    let writer = tokio::spawn(writer.run(door.stop.clone()));
    match listener {
        Some(listener) => listen::serve(listener, door::router(door.clone()), door).await,
        None => {
            // Whoever holds the other end says so, or is gone: the end either way.
            let _told = door.stop.clone().changed().await;
        }
    }
    // What was asked before the stop is still handed on.
    let _ended = writer.await;
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
