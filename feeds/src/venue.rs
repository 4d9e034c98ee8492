//! Which venue decodes how: the one place that knows them all.
//!
//! Owns: the closed list of decoders, and each venue's rules of sequence, snapshot and checksum. Never: anything that a
//! venue says; that is in its own folder.

use crate::chain::{Chain, SnapshotSource};
use crate::checksum::Recipe;
use crate::decoded::{Decoded, Scratch};
use crate::error::FrameError;
use crate::grid::Grids;
use crate::metadata::Description;
use crate::{binance, bitmex, bybit, deribit};
use engine_model::instrument::InstrumentId;
use engine_model::venue::VenueId;

/// Venues that a run can be connected to; the others are read from recordings.
pub const LIVE: [VenueId; 3] = [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm];

/// Venues whose recordings are read.
pub const REPLAYED: &[VenueId] = &[
    VenueId::BinanceSpot,
    VenueId::BinanceUsdm,
    VenueId::BinanceCoinm,
    VenueId::Bybit,
    VenueId::Deribit,
    VenueId::Bitmex,
];

/// One venue's decoder.
#[derive(Debug)]
pub(crate) enum Decoder {
    Binance(binance::decode::Decoder),
    Bybit(bybit::decode::Decoder),
    Deribit(deribit::decode::Decoder),
    Bitmex(bitmex::decode::Decoder),
}

impl Decoder {
    pub(crate) fn new(venue: VenueId) -> Self {
        match venue {
            VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => {
                Self::Binance(binance::decode::Decoder::new(venue))
            }
            VenueId::Bybit => Self::Bybit(bybit::decode::Decoder::new()),
            VenueId::Deribit => Self::Deribit(deribit::decode::Decoder::new()),
            VenueId::Bitmex => Self::Bitmex(bitmex::decode::Decoder::new()),
            _ => panic!("recordings of {} are not read: it is not in REPLAYED", venue.name()),
        }
    }

    /// A socket was opened: some venues say only in its address which market it is.
    pub(crate) fn opened(&mut self, channel: u32, url: &str) {
        match self {
            Self::Bybit(bybit) => bybit.opened(channel, url),
            Self::Binance(_) | Self::Deribit(_) | Self::Bitmex(_) => {}
        }
    }

    /// A frame of a socket.
    #[inline(always)]
    pub(crate) fn frame(
        &mut self,
        grids: &mut Grids,
        channel: u32,
        bytes: &[u8],
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        match self {
            Self::Binance(binance) => binance.frame(grids, bytes, out),
            Self::Bybit(bybit) => bybit.frame(grids, channel, bytes, out),
            Self::Deribit(deribit) => deribit.frame(grids, bytes, out),
            Self::Bitmex(bitmex) => bitmex.frame(grids, bytes, out),
        }
    }

    /// A REST answer. `known` is the instrument that the caller knows it to be of, where URL and answer do not say.
    pub(crate) fn answer(
        &mut self,
        grids: &mut Grids,
        url: Option<&str>,
        body: &[u8],
        known: Option<InstrumentId>,
        out: &mut Scratch,
    ) -> Result<Decoded, FrameError> {
        match self {
            Self::Binance(binance) => binance.answer(grids, url, body, known, out),
            Self::Bybit(bybit) => bybit.answer(grids, url, body, out),
            Self::Deribit(deribit) => deribit.answer(url, body),
            Self::Bitmex(bitmex) => bitmex.answer(url, body),
        }
    }
}

/// The sequence rule of a venue's books.
pub(crate) const fn chain(venue: VenueId) -> Chain {
    match venue {
        VenueId::BinanceSpot | VenueId::GateSpot | VenueId::GateFutures | VenueId::Kucoin => Chain::Range,
        VenueId::BinanceUsdm | VenueId::BinanceCoinm => Chain::RangeThenLink,
        VenueId::Bybit | VenueId::KrakenFutures => Chain::Counted,
        VenueId::Okx | VenueId::Bitget | VenueId::Deribit => Chain::Link,
        VenueId::Coinbase
        | VenueId::CoinbaseExchange
        | VenueId::Kraken
        | VenueId::KrakenV1
        | VenueId::Hyperliquid
        | VenueId::Bitmex => Chain::None,
    }
}

/// Where a venue's books start.
pub(crate) const fn snapshot_source(venue: VenueId) -> SnapshotSource {
    match venue {
        VenueId::BinanceSpot
        | VenueId::BinanceUsdm
        | VenueId::BinanceCoinm
        | VenueId::GateSpot
        | VenueId::GateFutures
        | VenueId::Kucoin => SnapshotSource::Rest,
        _ => SnapshotSource::Stream,
    }
}

/// How a venue's books are summed up.
pub(crate) const fn recipe(venue: VenueId) -> Recipe {
    match venue {
        VenueId::Okx => Recipe::PairsTrimmed,
        VenueId::Bitget => Recipe::PairsFixed,
        VenueId::Kraken | VenueId::KrakenV1 => Recipe::Digits,
        _ => Recipe::None,
    }
}

/// What each symbol of a venue is, from its list where a recording has one.
pub(crate) fn describe(venue: VenueId, listed: Option<&[u8]>) -> Box<dyn Fn(&str) -> Description> {
    match venue {
        VenueId::Bybit => Box::new(bybit::describe),
        VenueId::Deribit => Box::new(deribit::describe),
        VenueId::Bitmex => Box::new(bitmex::describe(listed)),
        _ => Box::new(binance::describe(venue, listed)),
    }
}
