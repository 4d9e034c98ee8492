//! How a venue is talked to, as data: each venue's `session` file gives one.

use super::plan::{Channel, LinePlan, Route, Urls, Wanted};
use crate::metadata::MetadataError;
use crate::net::Headers;
use crate::net::error::NetError;
use crate::net::request::Request;
use crate::{binance, bitget, bybit, coinbase, deribit, gate, hyperliquid, kraken, kraken_futures, okx};
use engine_model::instrument::{Instruments, Name};
use engine_model::venue::VenueId;
use std::time::Duration;

/// A host of a venue.
pub(crate) type Host = fn(VenueId) -> &'static str;

/// Instruments out of answers.
pub(crate) type ReadList = fn(VenueId, &[Vec<u8>], &[&str]) -> Result<Instruments, MetadataError>;

/// Addresses, subscriptions, heartbeats, and where books come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// Production hosts: REST, WebSocket.
    pub(crate) hosts: (Host, Host),
    /// What each request says besides, of REST and of the upgrade to a WebSocket.
    pub(crate) headers: fn(VenueId) -> Headers,
    /// Paths of the WebSocket host.
    pub(crate) routes: fn(VenueId) -> &'static [(Route, &'static str)],
    /// What is subscribed to unless told otherwise.
    pub(crate) channels: fn(VenueId) -> &'static [Channel],
    /// The connections that something takes.
    pub(crate) plan: fn(&Wanted, &Urls) -> Result<Vec<LinePlan>, NetError>,
    /// Most streams on a connection.
    pub(crate) streams_max: usize,
    /// Most messages that we send on a connection in any second, one kept for a pong.
    pub(crate) messages_per_second: usize,
    /// What must be said now and then.
    pub(crate) heartbeat: Option<Heartbeat>,
    /// How a book comes back.
    pub(crate) resync: Resync,
    /// Whether the venue ends connections of a certain age, so that they are relieved before, and sends ids by which
    /// doubles of two connections are told apart.
    pub(crate) has_relief: bool,
    /// Request weight that the venue allows a minute and address.
    pub(crate) weight_limit: fn(VenueId) -> u32,
    /// The venue's list of instruments.
    pub(crate) list: List,
}

/// What keeps a connection alive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    /// Longest time between two.
    pub(crate) every_ns: u64,
    /// What is said.
    pub(crate) beat: Beat,
}

/// What is said to keep a connection alive.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beat {
    /// A message.
    Text(&'static str),
    /// A message, said also as soon as the venue's own words for a question stand in one of its messages.
    Asked(&'static str, &'static str),
    /// A ping of the protocol itself (RFC 6455).
    Ping,
}

/// Bytes of the longest message that is searched for a question: news of orders are longer, and must not wait.
const QUESTION_MAX: usize = 200;

impl Beat {
    /// Whether that message asks for it.
    pub(crate) fn is_asked_by(self, message: &[u8]) -> bool {
        match self {
            Self::Asked(_, words) if message.len() <= QUESTION_MAX => {
                message.windows(words.len()).any(|window| window == words.as_bytes())
            }
            Self::Asked(..) | Self::Text(_) | Self::Ping => false,
        }
    }
}

/// How a book comes back after a loss.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resync {
    /// By a REST snapshot.
    Rest(RestSnapshots),
    /// By asking for its stream once more.
    Again,
    /// By opening the connection once more: a hole cannot be given to one book.
    Reconnect,
}

/// Whole books by REST.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RestSnapshots {
    /// Path and query for so many levels a side.
    pub(crate) path: fn(VenueId, &Name, u32) -> String,
    /// What that costs of the request weight.
    pub(crate) weight: fn(VenueId, u32) -> u32,
    /// Most levels a side.
    pub(crate) levels_max: fn(VenueId) -> u32,
}

/// Which instruments there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// The questions that it takes, for these symbols.
    pub(crate) requests: fn(VenueId, &[&str]) -> Vec<Request>,
    /// The wanted instruments in the order wanted, ids from 0.
    pub(crate) read: ReadList,
}

/// A venue's dialect.
///
/// # Panics
/// Of a venue that a run cannot be connected to: configuration is checked before.
pub(crate) fn of(venue: VenueId) -> &'static Dialect {
    match venue {
        VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => &binance::session::DIALECT,
        VenueId::Bitget => &bitget::session::DIALECT,
        VenueId::Bybit => &bybit::session::DIALECT,
        VenueId::Coinbase => &coinbase::session::DIALECT,
        VenueId::Deribit => &deribit::session::DIALECT,
        VenueId::GateSpot | VenueId::GateFutures => &gate::session::DIALECT,
        VenueId::Hyperliquid => &hyperliquid::session::DIALECT,
        VenueId::Kraken => &kraken::session::DIALECT,
        VenueId::KrakenFutures => &kraken_futures::session::DIALECT,
        VenueId::Okx => &okx::session::DIALECT,
        _ => panic!("{} is read from recordings only", venue.name()),
    }
}

/// How long a book of that many levels may be silent and yet be believed, whatever the settings say. OKX gives a sign of
/// life each minute, and takes 480 subscriptions an hour; Coinbase numbers all that a socket gets, so that nothing is missing
/// while anything is heard, and asking again costs the whole connection. Bitget takes 240 subscriptions an hour and
/// connection, on which stand 16 books with their trades and tickers. Deribit takes three in a second, and its small markets
/// rest for long. Hyperliquid's deep books come each 5 s: two of them, and some time under way.
pub(crate) const fn quiet_ns(venue: VenueId, levels: u32) -> u64 {
    match venue {
        VenueId::Hyperliquid if levels > stream_levels(venue).0 => 12_000_000_000,
        VenueId::Okx => 75_000_000_000,
        VenueId::Bitget => 300_000_000_000,
        VenueId::Deribit => 60_000_000_000,
        VenueId::Coinbase => u64::MAX,
        _ => 0,
    }
}

/// How long a venue is asked nothing by REST once it said that a limit is passed, and not for how long: the window in which
/// it counts. Bitget counts each kind of question by the second, Coinbase too; OKX in two, Gate and Kraken Futures in ten;
/// the others by the minute, or nobody knows.
#[must_use]
pub const fn limited_for(venue: VenueId) -> Duration {
    Duration::from_secs(match venue {
        VenueId::Bitget | VenueId::Coinbase => 1,
        VenueId::Okx => 2,
        VenueId::GateSpot | VenueId::GateFutures | VenueId::KrakenFutures => 10,
        _ => 60,
    })
}

/// Levels a side of a book that comes whole in the stream: usually, and at most. Hyperliquid sends 5 each half second or 20
/// each 5 s; elsewhere there is nothing to choose.
pub(crate) const fn stream_levels(venue: VenueId) -> (u32, u32) {
    match venue {
        VenueId::Hyperliquid => (5, 20),
        _ => (0, 0),
    }
}

/// The questions whose answers tell a venue's instruments, for these symbols.
#[must_use]
pub fn list_requests(venue: VenueId, wanted: &[&str]) -> Vec<Request> {
    (of(venue).list.requests)(venue, wanted)
}

/// The wanted instruments in the order wanted, out of the answers to [`list_requests`]; ids from 0.
pub fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    (of(venue).list.read)(venue, answers, wanted)
}

/// Header lines that a venue wants in each request.
#[must_use]
pub fn headers(venue: VenueId) -> Headers {
    (of(venue).headers)(venue)
}

/// Request weight that a venue allows a minute and address.
#[must_use]
pub fn weight_limit(venue: VenueId) -> u32 {
    (of(venue).weight_limit)(venue)
}
