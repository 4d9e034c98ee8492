//! What every protocol must be able to do, and the closed list of them: each has its texts and its state in a folder of
//! its own.
//!
//! Owns: which venue speaks which. Never: a text of any of them.
//!
//! A protocol is a [`Protocol`] record: its manners, its listings, and how to make its [`Voice`], which knows what was told
//! so far, and makes a [`Session`] for each connection.

use crate::account::{Event, Teller};
use crate::exchange::{Timer, Truth};
use crate::fault::Armed;
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::stream::{Outbox, Stream};
use crate::weights::Weights;
use crate::{binance, bitget, bybit, coinbase, deribit, gate, hyperliquid, kraken, kraken_futures, okx};
use engine_model::venue::VenueId;
use std::time::Duration;
use tungstenite::Utf8Bytes;

/// One protocol, as data.
pub(crate) struct Protocol {
    pub(crate) manners: fn(VenueId) -> Manners,
    /// What is listed unless told otherwise.
    pub(crate) listings: fn(VenueId) -> Vec<Listing>,
    pub(crate) voice: fn(&mut Floor) -> Box<dyn Voice>,
}

/// How a venue treats its connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Whether update ids of books have no holes.
    pub(crate) dense_ids: bool,
    /// How often it pings by WebSocket frame.
    pub(crate) ping_every: Duration,
    /// How long it waits for the pong.
    pub(crate) pong_within: Duration,
    /// Client messages in a second, pongs included.
    pub(crate) client_messages_a_second_max: u32,
}

/// The protocol that a venue speaks; `None` of a venue that is not simulated.
pub(crate) fn of(venue: VenueId) -> Option<&'static Protocol> {
    match venue {
        VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => Some(&binance::PROTOCOL),
        VenueId::Bitget => Some(&bitget::PROTOCOL),
        VenueId::Bybit => Some(&bybit::PROTOCOL),
        VenueId::Coinbase => Some(&coinbase::PROTOCOL),
        VenueId::Deribit => Some(&deribit::PROTOCOL),
        VenueId::GateSpot | VenueId::GateFutures => Some(&gate::PROTOCOL),
        VenueId::Hyperliquid => Some(&hyperliquid::PROTOCOL),
        VenueId::Kraken => Some(&kraken::PROTOCOL),
        VenueId::KrakenFutures => Some(&kraken_futures::PROTOCOL),
        VenueId::Okx => Some(&okx::PROTOCOL),
        _ => None,
    }
}

/// What a venue says: what it has told of each instrument so far, and what comes next.
pub(crate) trait Voice: Send {
    /// What is told by the clock.
    fn timers(&self, floor: &Floor) -> Vec<Timer>;

    /// An event of the market, which is the floor's last outcome.
    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>);

    /// A timer is due.
    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>);

    /// What a client hears of a stream as soon as it has asked for it.
    fn whole(&self, _floor: &Floor, _stream: Stream, _at_ms: u64) -> Vec<String> {
        Vec::new()
    }

    /// What a client's book must be like once it has heard everything that was told.
    fn truth(&self, floor: &Floor, instrument: usize) -> Truth;

    /// A change of a book with a checksum that does not hold; `None` where the protocol has none.
    fn with_wrong_checksum(&self, _text: &str) -> Option<String> {
        None
    }

    /// Answers a REST request that is an account's, whether its signature holds or not; `None`: it is everyone's.
    fn private_answer(&mut self, _floor: &Floor, _asked: &mut Asked<'_>, _teller: &mut Teller<'_>) -> Option<Answer> {
        None
    }

    /// Answers a REST request that is everyone's.
    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer;

    /// The session that an upgrade asks for; `None` where the venue has no such path. `number`: of the connection.
    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn Session>>;
}

/// A REST request, and what its answer depends on.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    /// Venue time.
    pub(crate) now_ns: u64,
    pub(crate) armed: &'a mut Armed,
    pub(crate) weights: &'a mut Weights,
}

/// What a connection is told because of itself, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Text(String),
    /// [`Voice::whole`] of it.
    Whole(Stream),
}

/// What one connection has asked for.
pub(crate) trait Session: Send {
    /// What is said as soon as it is open.
    fn greeting(&self, _at_ms: u64) -> Option<String> {
        None
    }

    /// Whether it is for what is an account's.
    fn is_private(&self) -> bool {
        false
    }

    /// The connection opens: whose it is may be in its path.
    fn opens(&mut self, _teller: &mut Teller<'_>) {}

    /// Obeys a message that is an account's and answers it; `None`: it is [`Self::control`]'s.
    fn private(&mut self, _text: &str, _listings: &[Listing], _teller: &mut Teller<'_>) -> Option<Vec<Said>> {
        None
    }

    /// What this connection hears of what happened to an account.
    fn tell(&mut self, _event: &Event, _listings: &[Listing]) -> Vec<String> {
        Vec::new()
    }

    /// The connection is lost.
    fn closes(&mut self, _listings: &[Listing], _teller: &mut Teller<'_>) {}

    /// By [`Stream::index`]: those that this connection gets.
    fn wanted(&self) -> &[bool];

    /// Obeys a message of the client and answers it.
    fn control(&mut self, text: &str, listings: &[Listing], at_ms: u64) -> Vec<Said>;

    /// A text as this connection gets it: some want the stream's name around it, some number what they send. It is asked
    /// once for each text, in the order in which they leave, those included that get lost on the way. No stream: an answer.
    fn dress(&mut self, _stream: Option<Stream>, text: Utf8Bytes, _listings: &[Listing]) -> Utf8Bytes {
        text
    }
}
