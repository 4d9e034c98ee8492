//! Any bytes as a frame of a venue whose book is in sync: the fast way and the general way (the same bytes behind a space)
//! say the same, an error changes nothing, nothing panics.

use super::calls::{Calls, session};
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use feeds::session::Session;

/// A venue, and what brings its book into sync.
pub(crate) struct Stream {
    /// With more than one the first byte chooses.
    pub(crate) markets: &'static [VenueId],
    symbol: &'static str,
    start: Start,
}

/// The first word of a book.
enum Start {
    /// A frame, on a line of that address.
    Line(&'static str, &'static str),
    /// A frame.
    Frame(&'static str),
    /// The answer to that question.
    Answer(Option<&'static str>, &'static str),
}

impl Stream {
    pub(crate) fn choices(&self) -> &'static [u8] {
        match self.markets.len() {
            0 | 1 => &[],
            2 => &[0, 1],
            _ => &[0, 1, 2],
        }
    }

    /// One case.
    pub(crate) fn run(&self, bytes: &[u8]) {
        let (venue, frame) = match (self.markets, bytes) {
            ([only], frame) => (*only, frame),
            (several, [choice, frame @ ..]) => (several[usize::from(*choice) % several.len()], frame),
            (_, []) => return,
        };
        // The bare words are no JSON, so white space makes a difference there.
        if !matches!(frame, b"ping" | b"pong") {
            assert_eq!(self.outcome(venue, frame), self.outcome(venue, &[b" ", frame].concat()));
        }
    }

    /// What becomes of a frame that comes twice: the readers know its form by then.
    fn outcome(&self, venue: VenueId, frame: &[u8]) -> impl PartialEq + std::fmt::Debug + use<> {
        let (mut session, mut calls) = self.synced(venue);
        for _ in 0..2 {
            let (errors, before) = (session.counts().errors, calls.0.len());
            session.on_frame(0, frame, Nanos(2), &mut calls);
            assert!(session.counts().errors == errors || calls.0.len() == before);
        }
        (*session.counts(), calls)
    }

    /// A session whose one book has heard its first word.
    pub(crate) fn synced(&self, venue: VenueId) -> (Session, Calls) {
        let (mut session, mut calls) = (session(venue, self.symbol), Calls::default());
        match self.start {
            Start::Line(url, frame) => {
                session.on_open(0, url);
                session.on_frame(0, frame.as_bytes(), Nanos(1), &mut calls);
            }
            Start::Frame(frame) => session.on_frame(0, frame.as_bytes(), Nanos(1), &mut calls),
            Start::Answer(url, body) => session.on_rest(url, body.as_bytes(), Nanos(1), &mut calls),
        }
        assert_eq!(calls.0.len(), 1, "{}", self.symbol);
        (session, calls)
    }
}

pub(crate) const BINANCE: Stream = Stream {
    markets: &[VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm],
    symbol: "BTCUSDT",
    start: Start::Answer(None, r#"{"symbol":"BTCUSDT","lastUpdateId":100,"bids":[["1.00","1"]],"asks":[]}"#),
};

pub(crate) const BITGET: Stream = Stream {
    markets: &[VenueId::Bitget],
    symbol: "SPOT:BTCUSDT",
    start: Start::Frame(
        r#"{"action":"snapshot","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[],"bids":[["1.00","1"]],"checksum":0,"seq":100,"ts":"4"}],"ts":5}"#,
    ),
};

pub(crate) const BITMEX: Stream = Stream {
    markets: &[VenueId::Bitmex],
    symbol: "XBTUSD",
    start: Start::Frame(
        r#"{"table":"orderBookL2","action":"partial","data":[{"symbol":"XBTUSD","id":8800,"side":"Buy","size":1,"price":1}]}"#,
    ),
};

pub(crate) const BYBIT: Stream = Stream {
    markets: &[VenueId::Bybit],
    symbol: "linear:BTCUSDT",
    start: Start::Line(
        "/v5/public/linear",
        r#"{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":5,"data":{"s":"BTCUSDT","b":[["1.00","1"]],"a":[],"u":10,"seq":7},"cts":4}"#,
    ),
};

pub(crate) const COINBASE: Stream = Stream {
    markets: &[VenueId::Coinbase],
    symbol: "BTC-USD",
    start: Start::Frame(
        r#"{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.1Z","sequence_num":1,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-08-09T21:05:48Z","price_level":"1","new_quantity":"1"}]}]}"#,
    ),
};

pub(crate) const COINBASE_EXCHANGE: Stream = Stream {
    markets: &[VenueId::CoinbaseExchange],
    symbol: "BTC-USD",
    start: Start::Frame(r#"{"type":"snapshot","product_id":"BTC-USD","bids":[["1.00","1"]],"asks":[]}"#),
};

pub(crate) const DERIBIT: Stream = Stream {
    markets: &[VenueId::Deribit],
    symbol: "BTC-PERPETUAL",
    start: Start::Frame(
        r#"{"method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{"type":"snapshot","instrument_name":"BTC-PERPETUAL","change_id":100,"bids":[["new",1.0,1.0]],"asks":[]}}}"#,
    ),
};

pub(crate) const GATE: Stream = Stream {
    markets: &[VenueId::GateSpot, VenueId::GateFutures],
    symbol: "BTC_USDT",
    start: Start::Answer(
        Some("https://a/order_book?currency_pair=BTC_USDT"),
        r#"{"id":100,"bids":[["1.00","1"]],"asks":[]}"#,
    ),
};

pub(crate) const HYPERLIQUID: Stream = Stream {
    markets: &[VenueId::Hyperliquid],
    symbol: "BTC",
    start: Start::Frame(
        r#"{"channel":"l2Book","data":{"coin":"BTC","time":1,"levels":[[{"px":"1.0","sz":"1","n":1}],[]]}}"#,
    ),
};

pub(crate) const KRAKEN: Stream = Stream {
    markets: &[VenueId::Kraken],
    symbol: "BTC/USD",
    start: Start::Frame(
        r#"{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":1.0}],"asks":[],"checksum":1,"timestamp":"2026-08-24T22:21:58.343688Z"}]}"#,
    ),
};

pub(crate) const KRAKEN_V1: Stream = Stream {
    markets: &[VenueId::KrakenV1],
    symbol: "XBT/USD",
    start: Start::Frame(r#"[320,{"as":[],"bs":[["1.0","1.0","1617666423.606671"]]},"book-10","XBT/USD"]"#),
};

pub(crate) const KRAKEN_FUTURES: Stream = Stream {
    markets: &[VenueId::KrakenFutures],
    symbol: "PI_XBTUSD",
    start: Start::Frame(
        r#"{"feed":"book_snapshot","product_id":"PI_XBTUSD","timestamp":1612269825817,"seq":100,"bids":[{"price":1.0,"qty":1}],"asks":[]}"#,
    ),
};

pub(crate) const KUCOIN: Stream = Stream {
    markets: &[VenueId::Kucoin],
    symbol: "BTC-USDT",
    start: Start::Answer(
        Some("https://a/orderbook/level2?symbol=BTC-USDT"),
        r#"{"code":"200000","data":{"sequence":"100","bids":[["1.00","1"]],"asks":[]}}"#,
    ),
};

pub(crate) const OKX: Stream = Stream {
    markets: &[VenueId::Okx],
    symbol: "BTC-USDT",
    start: Start::Frame(
        r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[],"bids":[["1","1","0","1"]],"ts":"4","checksum":0,"seqId":100,"prevSeqId":-1}]}"#,
    ),
};
