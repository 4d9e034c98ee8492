//! Which venue decodes how: the one place that knows them all.
//!
//! Owns: the closed list of decoders, and each venue's rules of sequence, snapshot and checksum. Never: anything that a
//! venue says; that is in its own folder.

use crate::chain::{Chain, SnapshotSource};
use crate::checksum::Recipe;
use crate::decoded::{Decoded, Scratch};
use crate::error::FrameError;
use crate::grid::Grids;
use crate::json::Value;
use crate::metadata::Description;
use crate::{binance, bitget, bitmex, bybit, coinbase, coinbase_exchange, deribit, gate, hyperliquid};
use crate::{kraken, kraken_futures, kraken_v1, kucoin, okx};
use engine_model::instrument::InstrumentId;
use engine_model::venue::VenueId;

/// Venues that a run can be connected to; of the others recordings are read.
pub const LIVE: [VenueId; 13] = [
    VenueId::BinanceSpot,
    VenueId::BinanceUsdm,
    VenueId::BinanceCoinm,
    VenueId::Bybit,
    VenueId::Okx,
    VenueId::Coinbase,
    VenueId::Hyperliquid,
    VenueId::Kraken,
    VenueId::KrakenFutures,
    VenueId::GateSpot,
    VenueId::GateFutures,
    VenueId::Bitget,
    VenueId::Deribit,
];

/// One venue's decoder.
#[derive(Debug)]
pub(crate) enum Decoder {
    Binance(binance::decode::Decoder),
    Bybit(bybit::decode::Decoder),
    Okx(okx::decode::Decoder),
    Bitget(bitget::decode::Decoder),
    Coinbase(coinbase::decode::Decoder),
    CoinbaseExchange(coinbase_exchange::decode::Decoder),
    Hyperliquid(hyperliquid::decode::Decoder),
    Gate(gate::decode::Decoder),
    Kucoin(kucoin::decode::Decoder),
    Kraken(kraken::decode::Decoder),
    KrakenV1,
    KrakenFutures,
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
            VenueId::Okx => Self::Okx(okx::decode::Decoder::new()),
            VenueId::Bitget => Self::Bitget(bitget::decode::Decoder::new()),
            VenueId::Coinbase => Self::Coinbase(coinbase::decode::Decoder),
            VenueId::CoinbaseExchange => Self::CoinbaseExchange(coinbase_exchange::decode::Decoder),
            VenueId::Hyperliquid => Self::Hyperliquid(hyperliquid::decode::Decoder),
            VenueId::GateSpot | VenueId::GateFutures => Self::Gate(gate::decode::Decoder::new(venue)),
            VenueId::Kucoin => Self::Kucoin(kucoin::decode::Decoder::new()),
            VenueId::Kraken => Self::Kraken(kraken::decode::Decoder::new()),
            VenueId::KrakenV1 => Self::KrakenV1,
            VenueId::KrakenFutures => Self::KrakenFutures,
            VenueId::Deribit => Self::Deribit(deribit::decode::Decoder::new()),
            VenueId::Bitmex => Self::Bitmex(bitmex::decode::Decoder::new()),
        }
    }

    /// A socket was opened: some venues say only in its address which market it is.
    pub(crate) fn opened(&mut self, channel: u32, url: &str) {
        // Of the others every frame says what it is of.
        if let Self::Bybit(bybit) = self {
            bybit.opened(channel, url);
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
            Self::Okx(okx) => okx.frame(grids, bytes, out),
            Self::Bitget(bitget) => bitget.frame(grids, bytes, out),
            Self::Coinbase(coinbase) => coinbase.frame(grids, bytes, out),
            Self::CoinbaseExchange(coinbase) => coinbase.frame(grids, bytes, out),
            Self::Hyperliquid(hyperliquid) => hyperliquid.frame(grids, bytes, out),
            Self::Gate(gate) => gate.frame(grids, bytes, out),
            Self::Kucoin(kucoin) => kucoin.frame(grids, bytes, out),
            Self::Kraken(kraken) => kraken.frame(grids, bytes, out),
            Self::KrakenV1 => kraken_v1::decode::frame(grids, bytes, out),
            Self::KrakenFutures => kraken_futures::decode::frame(grids, bytes, out),
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
            Self::Okx(okx) => okx.answer(url, body),
            Self::Bitget(bitget) => bitget.answer(url, body),
            Self::Coinbase(coinbase) => coinbase.answer(url, body),
            Self::CoinbaseExchange(coinbase) => coinbase.answer(url, body),
            Self::Hyperliquid(hyperliquid) => hyperliquid.answer(body),
            Self::Gate(gate) => gate.answer(grids, url, body, known, out),
            Self::Kucoin(kucoin) => kucoin.answer(grids, url, body, known, out),
            Self::Kraken(_) | Self::KrakenV1 => kraken::decode::answer(url, body),
            Self::KrakenFutures => kraken_futures::decode::answer(url, body),
            Self::Deribit(deribit) => deribit.answer(url, body),
            Self::Bitmex(bitmex) => bitmex.answer(url, body),
        }
    }
}

/// Whether an answer to something we sent says no to it. Asked of what decoders call control only.
pub(crate) fn is_rejection(venue: VenueId, answer: &[u8]) -> bool {
    let is_rejection = match venue {
        VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm => binance::wire::is_rejection,
        VenueId::Bybit => bybit::wire::is_rejection,
        VenueId::Okx => okx::wire::is_rejection,
        VenueId::Bitget => bitget::wire::is_rejection,
        VenueId::Coinbase => coinbase::wire::is_rejection,
        VenueId::CoinbaseExchange => coinbase_exchange::wire::is_rejection,
        VenueId::Hyperliquid => hyperliquid::wire::is_rejection,
        VenueId::GateSpot | VenueId::GateFutures => gate::wire::is_rejection,
        VenueId::Kraken => kraken::wire::is_rejection,
        VenueId::KrakenFutures => kraken_futures::wire::is_rejection,
        VenueId::Deribit => deribit::wire::is_rejection,
        // Read from recordings only, where nobody is left to be told.
        VenueId::Kucoin | VenueId::KrakenV1 | VenueId::Bitmex => return false,
    };
    // Kraken's no is a `false`, and has no other spelling; without one the answer is not gone through once more.
    if venue == VenueId::Kraken && std::str::from_utf8(answer).is_ok_and(|text| !text.contains("false")) {
        return false;
    }
    Value::parse(answer).is_ok_and(is_rejection)
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

/// Whether a venue tells its last trades to whoever subscribes, and numbers an instrument's trades one above the other.
pub(crate) const fn has_rising_trades(venue: VenueId) -> bool {
    matches!(venue, VenueId::Bitget | VenueId::Coinbase | VenueId::Kraken | VenueId::KrakenFutures | VenueId::Okx)
}

/// Whether each level of a venue's deltas has a number of its own.
pub(crate) const fn has_row_ids(venue: VenueId) -> bool {
    matches!(venue, VenueId::Kucoin)
}

/// What each symbol of a venue is, from its list where a recording has one.
pub(crate) fn describe(venue: VenueId, listed: Option<&[u8]>) -> Box<dyn Fn(&str) -> Description> {
    match venue {
        VenueId::Bybit => Box::new(bybit::describe),
        VenueId::Okx => Box::new(okx::describe(listed)),
        VenueId::Bitget => Box::new(bitget::describe),
        VenueId::Coinbase => Box::new(coinbase::describe),
        VenueId::CoinbaseExchange => Box::new(coinbase_exchange::describe),
        VenueId::Hyperliquid => Box::new(hyperliquid::describe),
        VenueId::GateSpot => Box::new(gate::describe_spot),
        VenueId::GateFutures => Box::new(gate::describe_futures(listed)),
        VenueId::Kucoin => Box::new(kucoin::describe),
        VenueId::Kraken | VenueId::KrakenV1 => Box::new(kraken::describe),
        VenueId::KrakenFutures => Box::new(kraken_futures::describe),
        VenueId::Deribit => Box::new(deribit::describe),
        VenueId::Bitmex => Box::new(bitmex::describe(listed)),
        _ => Box::new(binance::describe(venue, listed)),
    }
}
