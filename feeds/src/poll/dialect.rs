//! How a venue is asked, as data: each venue's `poll` file gives one.

use super::answer::Rows;
use super::error::PollError;
use super::pages::Turns;
use super::question::{Question, Span};
use super::read::Read;
use crate::net::request::Request;
use crate::{binance, bitget, bybit, coinbase, deribit, gate, hyperliquid, kraken, kraken_futures, okx};
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;

/// A question in the venue's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Path, query, and what else it needs.
    pub(crate) request: Request,
    /// What it costs of the request weight.
    pub(crate) weight: u32,
}

impl Ask {
    /// Of weight 1, as most are.
    pub(crate) fn get(path: String) -> Option<Self> {
        Some(Self { request: Request::get(path), weight: 1 })
    }
}

/// Which paths, which weight, and how an answer becomes values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polls {
    /// The question, or `None` where the venue has no answer to it.
    pub(crate) ask: fn(&Instrument, Question, Span) -> Option<Ask>,
    /// The rows of its answer, in any order.
    pub(crate) read: fn(&Instrument, Question, &[u8]) -> Read<Rows>,
    /// Most rows that one answer has.
    pub(crate) rows_max: fn(Question) -> u64,
    /// How the pages of trades follow each other.
    pub(crate) trades: Turns,
    /// Request weight that may be spent a minute: an eighth of what the venue allows, the feed has the rest.
    pub(crate) weight_per_minute: fn(VenueId) -> u32,
}

/// A venue's; `None` of one that nobody polls.
pub(crate) fn of(venue: VenueId) -> Option<&'static Polls> {
    match venue {
        VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => Some(&binance::poll::POLLS),
        VenueId::Bybit => Some(&bybit::poll::POLLS),
        VenueId::Okx => Some(&okx::poll::POLLS),
        VenueId::GateSpot | VenueId::GateFutures => Some(&gate::poll::POLLS),
        VenueId::Bitget => Some(&bitget::poll::POLLS),
        VenueId::Hyperliquid => Some(&hyperliquid::poll::POLLS),
        VenueId::Kraken => Some(&kraken::poll::POLLS),
        VenueId::KrakenFutures => Some(&kraken_futures::poll::POLLS),
        VenueId::Deribit => Some(&deribit::poll::POLLS),
        VenueId::Coinbase => Some(&coinbase::poll::POLLS),
        _ => None,
    }
}

/// Whether the instrument's venue has an answer to the question.
#[must_use]
pub fn offers(instrument: &Instrument, question: Question) -> bool {
    let span = Span { from: Nanos(0), to: Nanos(0) };
    of(instrument.venue).is_some_and(|polls| (polls.ask)(instrument, question, span).is_some())
}

/// The rows of an answer, oldest first; at least one.
pub(crate) fn read(polls: &Polls, of: &Instrument, question: Question, body: &[u8]) -> Result<Rows, PollError> {
    let rows = (polls.read)(of, question, body)?.sorted();
    if rows.is_empty() { Err(PollError::Empty) } else { Ok(rows) }
}
