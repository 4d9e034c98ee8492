//! The checked form of a run's configuration: what the rest of the house sees. Every number carries its unit in its type
//! or its name, and every relation between two numbers has been checked once ([`Config::fault`]).
//!
//! Owns: the meaning of each setting, and the relations between them.
//! Never: reads a file, knows a file format, or keeps a half-meant value. The raw form is `cli/src/config/raw.rs`; defaults
//! and their reasons stand in `config/base.toml`.

mod jobs;
mod paper;
mod people;

pub use jobs::{Jobs, Schedule, ScheduledWork};
pub use paper::{
    Chance, FeeTier, FeesOf, Hundredths, Impact, ImpactShape, LatencyShape, Liquidation, Paper, QueueModel,
};
pub use people::{Bridge, Users};

use crate::topology::{RINGS, Ring, Stage};
use engine_model::limit::Limits;
use engine_model::margin::MarginTiers;
use engine_model::native::StopsAt;
use engine_model::setup::Setup;
use engine_model::units::Quote;
use engine_model::venue::{VENUES_MAX, VenueId};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// All of a run's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What kind of run.
    pub run: Run,
    /// Which stage turns on which thread.
    pub layout: Layout,
    /// How deep the rings are.
    pub rings: Rings,
    /// Which venues, and what of them. In the order of the configuration.
    pub venues: Vec<Venue>,
    /// When a book is believed.
    pub feeds: Feeds,
    /// How the paper venue behaves.
    pub paper: Paper,
    /// What risk holds orders against.
    pub limits: Limits,
    /// Which coins belong together.
    pub coins: Coins,
    /// Margin tables that count in place of what venues tell.
    pub margin: Vec<MarginTable>,
    /// Who wishes.
    pub strategies: Vec<Strategy>,
    /// Where events are kept.
    pub journal: Journal,
    /// Where people and programs ask.
    pub bridge: Bridge,
    /// Who is known there.
    pub users: Users,
    /// Work in the background.
    pub jobs: Jobs,
    /// Who withdraws what an engine that hangs or dies leaves behind.
    pub sentinel: Sentinel,
    /// Who may follow its journal from another host.
    pub standby: Standby,
    /// The door to Telegram; `None`: of who only listens.
    pub telegram: Option<Telegram>,
    /// What is told on standard error.
    pub log: Log,
}

/// What kind of run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose money.
    pub mode: Mode,
    /// Number of the run, part of every client order id; below [`EPOCHS`]. `None`: taken from the clock at start.
    pub epoch: Option<u32>,
    /// Seed of everything random.
    pub seed: u64,
    /// What a live run counts its limits from. A paper run has its own: [`Paper::equity`].
    pub equity: Option<Quote>,
    /// What becomes of orders that stand on the run's instruments before a live run begins.
    pub standing: Standing,
    /// What becomes of orders that are neither of this run nor of one before.
    pub foreign: Foreign,
    /// Whether what the account holds before a live run begins is the run's from then on; else it does not begin beside a
    /// position.
    pub takes_over: bool,
    /// Whose that is: place of a strategy among those of the run, from 1, of what it trades; of all else the operator, 0.
    pub owner: u8,
    /// Who holds what waits for a price in a live run; a paper run's is held on our side.
    pub stops: StopsAt,
    /// Candles of the past that strategies begin with, of each length and instrument.
    pub past_candles: usize,
}

/// Orders that stand before a run begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Then it does not begin.
    #[default]
    Refuse,
    /// They are withdrawn, whose ever they are.
    Withdraw,
    /// Those of runs before are this one's from now on, each under its own number; with others it does not begin.
    Adopt,
}

impl Standing {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Adopt => "adopt",
        }
    }
}

/// Orders of somebody else: of a person, of another program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreign {
    /// A run does not begin beside one; one that comes later is told, and left alone.
    #[default]
    Refuse,
    /// Withdrawn, whenever one is seen.
    Withdraw,
    /// Told, and left alone.
    Leave,
}

impl Foreign {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Leave => "leave",
        }
    }
}

/// Epochs that fit a client order id: 24 bits.
pub const EPOCHS: u32 = 1 << 24;

/// Whose money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Real prices, software fills.
    Paper,
    /// Real prices, real fills.
    Live,
}

impl Mode {
    /// The name on the command line and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }
}

/// Which stage turns on which thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How stages are spread.
    pub kind: LayoutKind,
    /// The threads of `shared`. Kept, though unused, in the other layouts, so that a command line may switch.
    pub groups: Vec<Group>,
    /// The core of the first stage in `dedicated`; the others follow.
    pub first_core: usize,
}

/// How stages are spread over threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutKind {
    /// One thread turns the crank of all stages; in a replay the caller's.
    Inline,
    /// Named groups of stages, a thread each.
    Shared,
    /// A thread for each stage.
    Dedicated,
}

impl LayoutKind {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Inline, Self::Shared, Self::Dedicated];

    /// The name on the command line, in files and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Shared => "shared",
            Self::Dedicated => "dedicated",
        }
    }
}

/// Stages that share a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name of the thread.
    pub name: String,
    /// The core it is pinned to; `None`: wherever the system likes.
    pub core: Option<usize>,
    /// What it does when no stage has work.
    pub idle: Idle,
    /// Its stages, in the order of their turns.
    pub stages: Vec<Stage>,
}

/// What a thread does when no stage has work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Spins that long after the last work, then blocks in the sockets' poller.
    SpinThenBlock(Duration),
    /// Sleeps that long between rounds.
    Sleep(Duration),
}

/// Slots of each ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rings([usize; RINGS.len()]);

impl Default for Rings {
    /// As the topology table has them.
    fn default() -> Self {
        Self(RINGS.map(|row| row.depth))
    }
}

impl Rings {
    /// Slots of one ring.
    #[must_use]
    pub const fn depth(&self, ring: Ring) -> usize {
        self.0[ring as usize]
    }

    /// The same with another depth for one ring.
    #[must_use]
    pub const fn with(mut self, ring: Ring, depth: usize) -> Self {
        self.0[ring as usize] = depth;
        self
    }
}

/// One venue of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Which.
    pub id: VenueId,
    /// The venue's own spellings.
    pub symbols: Vec<String>,
    /// What is asked for of each symbol, by the names of channels; `None`: what the venue's feed usually asks for.
    pub channels: Option<Vec<&'static str>>,
    /// Where its streams are; `None`: the venue's public address.
    pub ws_url: Option<String>,
    /// Where the second line is, on which every stream is taken once more; `None`: one line, `Some(None)`: where the first
    /// is.
    pub second_ws_url: Option<Option<String>>,
    /// Where its snapshots are; `None`: the venue's public address.
    pub rest_url: Option<String>,
    /// Levels a side asked for in a snapshot.
    pub snapshot_depth: u32,
    /// A stream that is silent for so long is lost.
    pub stale_after: Duration,
    /// A connection is replaced, with overlap, at that age.
    pub reconnect_after: Duration,
    /// What is charged for resting, in millionths of the notional (1 bps = 100); negative is a rebate.
    pub maker_fee_e6: i64,
    /// What is charged for crossing, in millionths of the notional.
    pub taker_fee_e6: i64,
    /// What is charged with volume, smallest first.
    pub fee_tiers: Vec<FeeTier>,
    /// Instruments with fees of their own.
    pub fees_of: Vec<FeesOf>,
    /// Traded there in the thirty days before the run, in dollars.
    pub volume_30d: Quote,
    /// The account there, for a live run.
    pub account: Account,
}

/// An account at a venue. Where its key is, never the key itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Where orders and questions go by REST; `None`: the venue's own host.
    pub rest_url: Option<String>,
    /// Where its streams are; `None`: the venue's own hosts.
    pub ws_url: Option<String>,
    /// How contracts must be set up there for orders to pass.
    pub expected: Setup,
    /// The places of the key's parts; `None`: there is no key.
    pub key: Option<KeyPlaces>,
}

/// Where the parts of a key are: `file:/path` or `env:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlaces {
    /// Of the public half.
    pub id: String,
    /// Of the private half.
    pub secret: String,
    /// Of the pass phrase, where the venue has one.
    pub passphrase: Option<String>,
}

/// When a book is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feeds {
    /// A lost book that scores less is not taken in again, so that nothing prices an order by it: 0 to 100.
    pub book_score_min: u64,
    /// A venue that is dialled in vain for so long is dead.
    pub dead_after: Duration,
}

/// One strategy of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// Its name in the catalogue, or of its script.
    pub name: String,
    /// Where its script stands, if it is one.
    pub script: Option<String>,
    /// The name of whom it belongs to; `None`: the house.
    pub owner: Option<String>,
    /// What it trades: venue and the venue's spelling.
    pub instruments: Vec<(VenueId, String)>,
    /// What risk holds its orders against: never looser than those of the run.
    pub limits: Limits,
    /// Its parameters as given; the catalogue knows their names and ranges.
    pub params: Vec<(String, i64)>,
}

/// What venues want to see behind positions of some contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginTable {
    /// Venue and the venue's spelling.
    pub instruments: Vec<(VenueId, String)>,
    /// The steps.
    pub tiers: MarginTiers,
}

/// Which coins belong together, as venues spell them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coins {
    /// Those with the tighter collars.
    pub majors: Vec<String>,
    /// Each list is a sector. What is in none counts in one sector of its own: the unknown.
    pub sectors: Vec<Vec<String>>,
    /// Each list moves together. What is in none moves by itself, on whichever venue.
    pub clusters: Vec<Vec<String>>,
}

/// Where events are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Whether a run keeps a journal.
    pub enabled: bool,
    /// The folder of journals; each run makes files of its own in it.
    pub directory: PathBuf,
    /// Bytes set aside at a time.
    pub segment_bytes: u64,
    /// When an order may leave.
    pub mode: JournalMode,
    /// Which paper run a paper run goes on from.
    pub recover: Recover,
    /// Between two snapshots; `None`: none are taken.
    pub snapshot_every: Option<Duration>,
}

/// Which paper run the next one of the same folder goes on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recover {
    /// The last one, if it was cut off.
    #[default]
    Crashed,
    /// The last one, however it ended.
    Always,
    /// None.
    Never,
}

impl Recover {
    /// In order.
    pub const ALL: [Self; 3] = [Self::Crashed, Self::Always, Self::Never];

    /// As it is written in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crashed => "crashed",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// When an order may leave, by what the disk has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalMode {
    /// At once.
    SendThenSync,
    /// When its decision is on the disk.
    SyncBeforeSend,
}

impl JournalMode {
    /// As it is written in a file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendThenSync => "send-then-sync",
            Self::SyncBeforeSend => "sync-before-send",
        }
    }
}

/// The door to Telegram. It is there where a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telegram {
    /// Where the bot's token is: `env:NAME` or `file:/path`.
    pub token: String,
    /// Of another server than Telegram's own.
    pub api_url: Option<String>,
    /// The file of what outlives a restart.
    pub memory: PathBuf,
    /// How long a yes to what is asked twice counts, in seconds.
    pub confirm_s: u32,
    /// How Telegram calls; `None`: it is asked.
    pub webhook: Option<TelegramWebhook>,
    /// Who may ask.
    pub users: Vec<TelegramUser>,
}

/// How Telegram calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramWebhook {
    /// What it calls.
    pub url: String,
    /// Where we listen; loopback only.
    pub address: SocketAddr,
    /// Where the secret is that each call bears: `env:NAME` or `file:/path`.
    pub secret: String,
}

/// Who may ask over Telegram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramUser {
    /// As it stands in messages.
    pub name: String,
    /// Telegram's number.
    pub id: u64,
    /// `viewer`, `trader`, `risk`, `admin`.
    pub role: String,
}

/// The process that watches a live run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentinel {
    /// Whether a live run has one.
    pub enabled: bool,
    /// Whether a live run without one may only reduce.
    pub required: bool,
    /// Where the page lies that the engine shares with it, and with who kills it: a file system of memory.
    pub folder: PathBuf,
    /// A thread that has not beaten for so long hangs.
    pub still_after: Duration,
}

/// How a journal is served to a standby on another host, and how such a one follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standby {
    /// Where a run serves its journal; `None`: nowhere.
    pub listen: Option<SocketAddr>,
    /// Where the secret is that both sides know: `env:NAME` or `file:/path`.
    pub secret: Option<String>,
    /// PEM files of the listener's certificate and key; `None`: plain TCP, on loopback only.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// PEM file of the certificates that a follower believes; `None`: plain TCP, to loopback only.
    pub tls_ca: Option<PathBuf>,
}

/// What is told on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// How much.
    pub level: LogLevel,
    /// In which form.
    pub format: LogFormat,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what is degraded.
    Warn,
    /// And what began and ended.
    Info,
    /// And each decision of the slow side.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Every level, least first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The name in files and filters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    Plain,
    /// One JSON object a line.
    Json,
}

/// Two settings that do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key to change, `section.key`.
    pub key: &'static str,
    /// What would be accepted, and why.
    pub accepted: &'static str,
}

impl Config {
    /// The first relation that does not hold, if any. Ranges of single values are the reader's business.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.relations().into_iter().find(|(holds, _)| !holds).map(|(_, fault)| fault)
    }

    fn relations(&self) -> [(bool, Fault); 12] {
        let fault = |key, accepted| Fault { key, accepted };
        [
            (!self.venues.is_empty(), fault("venue", "at least one [[venue]]: without one nothing is heard")),
            (self.venues.len() <= VENUES_MAX, fault("venue", "at most 8 [[venue]] in a run")),
            (
                self.limits.daily_loss_reduce_bps <= self.limits.daily_loss_halt_bps,
                fault(
                    "risk.daily_loss_halt_bps",
                    "at least risk.daily_loss_reduce_bps: the ladder is reduce first, halt later",
                ),
            ),
            (
                self.limits.order_notional_max <= self.limits.position_notional_max,
                fault(
                    "risk.order_notional_max_usd",
                    "at most risk.position_notional_max_usd: a larger order could never pass",
                ),
            ),
            (
                self.limits.daily_loss_halt_bps <= self.limits.daily_loss_flatten_bps,
                fault("risk.daily_loss_flatten_bps", "at least risk.daily_loss_halt_bps: halt first, close later"),
            ),
            (
                self.limits.liquidation_flatten_bps <= self.limits.liquidation_distance_min_bps,
                fault(
                    "risk.liquidation_flatten_bps",
                    "at most risk.liquidation_distance_min_bps: stop growing first, close later",
                ),
            ),
            (
                self.limits.venue_burst >= self.limits.venue_rate_per_s,
                fault("risk.venue_burst", "at least risk.venue_rate_per_s: a smaller bucket never reaches the rate"),
            ),
            (
                self.limits.message_burst >= self.limits.message_rate_per_s,
                fault(
                    "risk.message_burst",
                    "at least risk.message_rate_per_s: a smaller bucket never reaches the rate",
                ),
            ),
            (
                RINGS.iter().all(|row| self.rings.depth(row.ring) > row.reserve),
                fault("rings", "each depth above the slots reserved for cancels (see `ringside topology`)"),
            ),
            (
                self.bridge.address.ip().is_loopback() || (self.users.enabled && self.bridge.tls.is_some()),
                fault(
                    "bridge.address",
                    "a loopback address and a port, like 127.0.0.1:8420; another one only with users.mode = \"database\" \
                     and bridge.tls_certificates",
                ),
            ),
            (
                self.every_placed_stage_has_one_group(),
                fault("layout.group", "each of venue, strategy, risk, execution, journal in exactly one group"),
            ),
            (
                self.cores_differ(),
                fault(
                    "layout.group",
                    "a core of its own for each spinning group: two spinners on a core starve each other",
                ),
            ),
        ]
    }

    /// And the bridge, which is nobody's to place, has none.
    fn every_placed_stage_has_one_group(&self) -> bool {
        let groups_of =
            |stage| self.layout.groups.iter().flat_map(|group| &group.stages).filter(|s| **s == stage).count();
        Stage::ALL.into_iter().all(|stage| groups_of(stage) == usize::from(Stage::PLACED.contains(&stage)))
    }

    fn cores_differ(&self) -> bool {
        let mut spinning: Vec<usize> = self
            .layout
            .groups
            .iter()
            .filter(|group| matches!(group.idle, Idle::SpinThenBlock(_)))
            .filter_map(|group| group.core)
            .collect();
        let all = spinning.len();
        spinning.sort_unstable();
        spinning.dedup();
        spinning.len() == all
    }
}
