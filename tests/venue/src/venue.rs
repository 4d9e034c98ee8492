//! The handle of a running simulated venue.

use crate::account::{AccountConfig, AccountTruth};
use crate::exchange::Truth;
use crate::fault::Fault;
use crate::figures::{Counters, Figures};
use crate::listing::Listing;
use crate::protocol;
use crate::server::{Command, Server};
use engine_model::venue::VenueId;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How a venue is simulated.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which venue's protocol it speaks.
    pub venue: VenueId,
    /// One seed, one market.
    pub seed: u64,
    /// What it lists. Each instrument's venue is `venue`, its id its position.
    pub listings: Vec<Listing>,
    /// How fast the market runs: 100 is the rates of the listings.
    pub speed_percent: u32,
    /// Where it listens. Port 0: any free port.
    pub bind: SocketAddr,
    /// Venue time at the start, in ms since the epoch; it is what frames are stamped with.
    pub starts_at_ms: u64,
    /// How often the server pings. Binance: 20 s on spot, 3 min on futures; most others never.
    pub ping_every: Duration,
    /// How long it waits for a pong. Binance: 60 s on spot, 10 min on futures.
    pub pong_within: Duration,
    /// How long a WebSocket may live. Binance: 24 h.
    pub lifetime: Duration,
    /// Client messages in a second, pongs included. Binance: 5 on spot, 10 on futures; not every venue names one.
    pub client_messages_a_second_max: u32,
    /// Bytes that wait for a client that does not read, beyond the kernel's own buffers, before it is cut.
    pub out_bytes_max: usize,
    /// Who may trade.
    pub accounts: Vec<AccountConfig>,
}

impl Config {
    /// The default listings at their own rates, on any free port of the loopback, stamped with the time of day.
    #[must_use]
    pub fn new(venue: VenueId, seed: u64) -> Self {
        let manners = protocol::of(venue).map(|protocol| (protocol.manners)(venue));
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            venue,
            seed,
            listings: Listing::defaults(venue),
            speed_percent: 100,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            starts_at_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(0),
            ping_every: manners.map_or(Duration::MAX, |manners| manners.ping_every),
            pong_within: manners.map_or(Duration::MAX, |manners| manners.pong_within),
            lifetime: Duration::from_secs(24 * 3_600),
            client_messages_a_second_max: manners.map_or(u32::MAX, |manners| manners.client_messages_a_second_max),
            out_bytes_max: 4 << 20,
            accounts: vec![AccountConfig::default()],
        }
    }
}

/// A running venue. Dropping it stops it.
pub struct SimulatedVenue {
    address: SocketAddr,
    commands: Sender<Command>,
    waker: mio::Waker,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl SimulatedVenue {
    /// Listens, then serves from a thread of its own.
    ///
    /// # Errors
    /// When the venue is not simulated, the address cannot be bound or the thread cannot be made.
    pub fn start(config: Config) -> io::Result<Self> {
        let (commands, receiver) = channel();
        let counters = Arc::new(Counters::default());
        let name = format!("sim-{}", config.venue.name());
        let (server, waker, address) = Server::new(config, receiver, Arc::clone(&counters))?;
        let thread = std::thread::Builder::new().name(name).spawn(move || server.run())?;
        Ok(Self { address, commands, waker, counters, thread: Some(thread) })
    }

    /// `ws://127.0.0.1:port`, to which the venue's own paths are added: `/stream`, `/v5/public/linear` …
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// `http://127.0.0.1:port`, to which the venue's own paths are added: `/api/v3/depth` …
    #[must_use]
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets something go wrong.
    pub fn inject(&self, fault: Fault) {
        self.command(Command::Fault(fault));
    }

    /// An instrument's true book as it was last told; `None` of a symbol that is not listed, or when the venue does not
    /// answer within a second.
    #[must_use]
    pub fn truth(&self, symbol: &str) -> Option<Truth> {
        let (to, from) = channel();
        self.command(Command::Truth(symbol.to_owned(), to));
        from.recv_timeout(Duration::from_secs(1)).ok()
    }

    /// The first account as it truly is; `None` when the venue does not answer within a second. Panics when it does not
    /// add up ([`AccountTruth::check`]).
    #[must_use]
    pub fn account_truth(&self) -> Option<AccountTruth> {
        let (to, from) = channel();
        self.command(Command::Account(to));
        let truth = from.recv_timeout(Duration::from_secs(1)).ok();
        truth.inspect(AccountTruth::check)
    }

    /// The counts so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.counters.figures()
    }

    /// Stops the thread and waits for it: milliseconds, whatever the clients do.
    pub fn stop(mut self) -> Figures {
        self.join();
        self.counters.figures()
    }

    fn command(&self, command: Command) {
        // Without a thread to hear it there is nothing to do: the venue is stopped.
        if self.commands.send(command).is_ok() {
            let _ = self.waker.wake();
        }
    }

    fn join(&mut self) {
        self.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic of the server shows as sockets that end; the test's own thread goes on.
            let _ = thread.join();
        }
    }
}

impl Drop for SimulatedVenue {
    fn drop(&mut self) {
        self.join();
    }
}
