//! The protocols that a venue may speak: a closed list, each with its texts in a folder of its own.
//!
//! Owns: which venue speaks which, and what every protocol must be able to do. Never: a text of any of them.

use crate::exchange::Exchange;
use crate::fault::Armed;
use crate::http::{Answer, Request};
use crate::listing::Listing;
use crate::stream::Stream;
use crate::weights::Weights;
use crate::{binance, bybit};
use engine_model::venue::VenueId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Binance,
    Bybit,
}

/// The answer to a message of a client.
pub(crate) struct Reply {
    pub(crate) text: String,
    /// What was asked for just now: it is told whole, where the protocol does that.
    pub(crate) fresh: Vec<Stream>,
}

/// What one socket has asked for.
pub(crate) enum Session {
    Binance(binance::session::Session),
    Bybit(bybit::session::Session),
}

impl Protocol {
    pub(crate) fn of(venue: VenueId) -> Self {
        match venue {
            VenueId::Bybit => Self::Bybit,
            _ => Self::Binance,
        }
    }

    /// The session that an upgrade asks for; `None` where the venue has no such path. `number`: of the connection.
    pub(crate) fn session(
        self,
        request: &Request,
        venue: VenueId,
        listings: &[Listing],
        number: usize,
    ) -> Option<Session> {
        match self {
            Self::Binance => {
                binance::session::Session::of_path(&request.path, &request.query, venue, listings).map(Session::Binance)
            }
            Self::Bybit => bybit::session::Session::of_path(&request.path, listings, number).map(Session::Bybit),
        }
    }

    /// Answers a REST request.
    pub(crate) fn answer(
        self,
        exchange: &Exchange,
        request: &Request,
        now_ns: u64,
        armed: &mut Armed,
        weights: &mut Weights,
    ) -> Answer {
        match self {
            Self::Binance => binance::rest::answer(exchange.venue(), exchange, request, now_ns, armed, weights),
            Self::Bybit => bybit::rest::answer(exchange, request, now_ns, armed, weights),
        }
    }

    /// The frame for clients that want its stream's name around it; `None` where nobody can.
    pub(crate) fn wrapped(self, stream: Stream, text: &str, listings: &[Listing]) -> Option<String> {
        match self {
            Self::Binance => {
                let name = binance::names::name(stream, listings);
                Some(format!("{{\"stream\":\"{name}\",\"data\":{text}}}"))
            }
            Self::Bybit => None,
        }
    }
}

impl Session {
    /// By [`Stream::index`]: those that are known and that this socket serves.
    pub(crate) fn wanted(&self) -> &[bool] {
        match self {
            Self::Binance(session) => &session.wanted,
            Self::Bybit(session) => &session.wanted,
        }
    }

    /// Whether frames are to be wrapped.
    pub(crate) fn is_combined(&self) -> bool {
        matches!(self, Self::Binance(session) if session.combined)
    }

    /// Obeys a message and gives the answer.
    pub(crate) fn control(&mut self, text: &str, listings: &[Listing]) -> Reply {
        match self {
            Self::Binance(session) => Reply { text: session.control(text, listings), fresh: Vec::new() },
            Self::Bybit(session) => session.control(text, listings),
        }
    }
}
