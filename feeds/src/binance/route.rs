//! Where Binance says what: which stream on which URL, what to send to get it, and what a snapshot costs.
//!
//! Since 2026-04-23 USD-M has three routes instead of one path, and a stream asked for on the wrong route is accepted and
//! stays silent. So nobody spells a route by hand: it follows from venue and channel, here and nowhere else. Hosts and
//! paths are configuration; these are their defaults.

use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;

/// A path of a WebSocket host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The one path of spot and COIN-M.
    Stream,
    /// USD-M: books.
    Public,
    /// USD-M: everything else that is not private.
    Market,
    /// USD-M: the account.
    Private,
}

impl Route {
    /// The name used in configuration and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Public => "public",
            Self::Market => "market",
            Self::Private => "private",
        }
    }
}

/// A market of Binance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Market {
    Spot,
    Usdm,
    Coinm,
}

impl Market {
    /// # Panics
    /// Of another venue: configuration is checked before.
    const fn of(venue: VenueId) -> Self {
        match venue {
            VenueId::BinanceSpot => Self::Spot,
            VenueId::BinanceUsdm => Self::Usdm,
            VenueId::BinanceCoinm => Self::Coinm,
            _ => panic!("not a market of Binance"),
        }
    }
}

/// A kind of stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Changes of the book.
    Depth,
    /// Best bid and ask.
    BookTicker,
    /// Each match. Futures aggregate, see [`Channel::AggTrade`].
    Trade,
    /// Matches of one taker order at one price.
    AggTrade,
    /// Mark, index, funding. Futures.
    MarkPrice,
    /// One-minute candles.
    Kline,
    /// Liquidations. Futures.
    ForceOrder,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Depth, Self::BookTicker, Self::Trade, Self::AggTrade, Self::MarkPrice, Self::Kline, Self::ForceOrder];

    /// What a feed subscribes to unless told otherwise: books, trades, and for futures mark and liquidations.
    #[must_use]
    pub const fn defaults(venue: VenueId) -> &'static [Self] {
        match Market::of(venue) {
            Market::Spot => &[Self::Depth, Self::BookTicker, Self::Trade],
            Market::Usdm | Market::Coinm => {
                &[Self::Depth, Self::BookTicker, Self::AggTrade, Self::MarkPrice, Self::ForceOrder]
            }
        }
    }

    /// The name used in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::BookTicker => "bookTicker",
            Self::Trade => "trade",
            Self::AggTrade => "aggTrade",
            Self::MarkPrice => "markPrice",
            Self::Kline => "kline",
            Self::ForceOrder => "forceOrder",
        }
    }
}

/// The route on which that venue talks about that channel; `None` where it does not at all.
#[must_use]
pub const fn route_of(venue: VenueId, channel: Channel) -> Option<Route> {
    match (Market::of(venue), channel) {
        (Market::Spot, Channel::MarkPrice | Channel::ForceOrder) => None,
        (Market::Spot, _) => Some(Route::Stream),
        (Market::Usdm | Market::Coinm, Channel::Trade) => None,
        (Market::Coinm, _) => Some(Route::Stream),
        (Market::Usdm, Channel::Depth | Channel::BookTicker) => Some(Route::Public),
        (Market::Usdm, Channel::AggTrade | Channel::MarkPrice | Channel::Kline | Channel::ForceOrder) => {
            Some(Route::Market)
        }
    }
}

/// Hosts and paths of one venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Of the REST server, without path.
    pub rest: String,
    /// Of each route, with the path for combined streams.
    pub routes: Vec<(Route, String)>,
}

impl Urls {
    /// The production hosts.
    #[must_use]
    pub fn defaults(venue: VenueId) -> Self {
        match Market::of(venue) {
            Market::Spot => Self::of(venue, "https://api.binance.com", "wss://stream.binance.com:9443"),
            Market::Usdm => Self::of(venue, "https://fapi.binance.com", "wss://fstream.binance.com"),
            Market::Coinm => Self::of(venue, "https://dapi.binance.com", "wss://dstream.binance.com"),
        }
    }

    /// The venue's paths on other hosts: a test network, a simulated exchange.
    #[must_use]
    pub fn of(venue: VenueId, rest: &str, websocket: &str) -> Self {
        let paths: &[(Route, &str)] = match Market::of(venue) {
            Market::Spot | Market::Coinm => &[(Route::Stream, "/stream")],
            Market::Usdm => &[
                (Route::Public, "/public/stream"),
                (Route::Market, "/market/stream"),
                (Route::Private, "/private/stream"),
            ],
        };
        let routes = paths.iter().map(|(route, path)| (*route, format!("{websocket}{path}"))).collect();
        Self { rest: rest.to_owned(), routes }
    }

    /// The URL of that route, checked.
    pub fn endpoint(&self, route: Route) -> Result<Endpoint, NetError> {
        match self.routes.iter().find(|(known, _)| *known == route) {
            Some((_, url)) => Endpoint::websocket(url),
            None => Err(NetError::Url { url: route.name().to_owned(), problem: "no URL is configured for this route" }),
        }
    }
}

/// What is wanted from a venue.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The venue.
    pub venue: VenueId,
    /// Symbols in the venue's spelling.
    pub symbols: Vec<Name>,
    /// Channels of each symbol.
    pub channels: Vec<Channel>,
    /// Milliseconds between changes of a book: 100 or 1000 on spot, 0 (real time), 100, 250 or 500 on futures.
    pub depth_ms: u32,
    /// Most streams on a connection; the venue closes a line with more.
    pub streams_max: usize,
}

/// The venue's limit of streams on a connection.
pub const STREAMS_MAX: usize = 1024;

/// Most messages that we send on a connection in any second. The venue counts pongs too and closes above 5 (spot) or 10
/// (futures): one is kept for a pong.
pub const MESSAGES_PER_SECOND: usize = 4;

/// Most streams asked for in one message: keeps it below 8 KiB.
const STREAMS_A_MESSAGE: usize = 200;

/// A connection to make: where to, and what to send once it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePlan {
    /// Which route.
    pub route: Route,
    /// Its URL.
    pub endpoint: Endpoint,
    /// Names of streams.
    pub streams: Vec<String>,
    /// Symbols whose book changes come on this line: when it is lost, so are they.
    pub books: Vec<Name>,
    /// The texts that ask for them.
    pub messages: Vec<String>,
}

/// The connections that `wanted` needs: as few as the venue's limit of streams allows, each on the right route.
pub fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let mut routes: Vec<(Route, Vec<(Channel, Name)>)> = Vec::new();
    for channel in &wanted.channels {
        let unknown = NetError::Channel { venue: wanted.venue.name(), channel: channel.name() };
        let route = route_of(wanted.venue, *channel).ok_or(unknown)?;
        let streams = wanted.symbols.iter().map(|symbol| (*channel, *symbol));
        match routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, known)) => known.extend(streams),
            None => routes.push((route, streams.collect())),
        }
    }
    let mut lines = Vec::new();
    for (route, streams) in routes {
        let endpoint = urls.endpoint(route)?;
        let chunks = streams.chunks(wanted.streams_max.clamp(1, STREAMS_MAX));
        lines.extend(chunks.map(|chunk| line(wanted, route, endpoint.clone(), chunk)));
    }
    Ok(lines)
}

fn line(wanted: &Wanted, route: Route, endpoint: Endpoint, chunk: &[(Channel, Name)]) -> LinePlan {
    let streams: Vec<String> = chunk.iter().map(|(channel, symbol)| stream_name(wanted, symbol, *channel)).collect();
    let books = chunk.iter().filter(|(channel, _)| *channel == Channel::Depth).map(|(_, symbol)| *symbol).collect();
    LinePlan { route, endpoint, messages: subscribe(&streams), streams, books }
}

fn stream_name(wanted: &Wanted, symbol: &Name, channel: Channel) -> String {
    let symbol = symbol.as_str().to_ascii_lowercase();
    match channel {
        // Spot's slow stream is the one without a period.
        Channel::Depth if wanted.depth_ms == 1_000 => format!("{symbol}@depth"),
        Channel::Depth => format!("{symbol}@depth@{}ms", wanted.depth_ms),
        Channel::MarkPrice => format!("{symbol}@markPrice@1s"),
        Channel::Kline => format!("{symbol}@kline_1m"),
        Channel::BookTicker | Channel::Trade | Channel::AggTrade | Channel::ForceOrder => {
            format!("{symbol}@{}", channel.name())
        }
    }
}

/// The messages that ask for these streams, numbered from 1.
fn subscribe(streams: &[String]) -> Vec<String> {
    let text = |(index, names): (usize, &[String])| {
        format!(r#"{{"method":"SUBSCRIBE","params":["{}"],"id":{}}}"#, names.join("\",\""), index + 1)
    };
    streams.chunks(STREAMS_A_MESSAGE).enumerate().map(text).collect()
}

/// Levels a side in a snapshot: the most that the venue gives.
#[must_use]
pub const fn depth_limit_max(venue: VenueId) -> u32 {
    match Market::of(venue) {
        Market::Spot => 5_000,
        Market::Usdm | Market::Coinm => 1_000,
    }
}

/// The venue's limit of request weight a minute and address.
#[must_use]
pub const fn weight_limit(venue: VenueId) -> u32 {
    match Market::of(venue) {
        Market::Spot => 6_000,
        Market::Usdm | Market::Coinm => 2_400,
    }
}

/// What a snapshot with that many levels costs of [`weight_limit`].
#[must_use]
pub const fn depth_weight(venue: VenueId, limit: u32) -> u32 {
    match (Market::of(venue), limit) {
        (Market::Spot, 0..=100) => 5,
        (Market::Spot, 101..=500) => 25,
        (Market::Spot, 501..=1_000) => 50,
        (Market::Spot, _) => 250,
        (_, 0..=50) => 2,
        (_, 51..=100) => 5,
        (_, 101..=500) => 10,
        (_, _) => 20,
    }
}

/// Where the venue lists its instruments.
#[must_use]
pub const fn exchange_info_path(venue: VenueId) -> &'static str {
    match Market::of(venue) {
        Market::Spot => "/api/v3/exchangeInfo",
        Market::Usdm => "/fapi/v1/exchangeInfo",
        Market::Coinm => "/dapi/v1/exchangeInfo",
    }
}

/// Path and query of a snapshot.
#[must_use]
pub fn depth_path(venue: VenueId, symbol: &Name, limit: u32) -> String {
    let api = match Market::of(venue) {
        Market::Spot => "/api/v3",
        Market::Usdm => "/fapi/v1",
        Market::Coinm => "/dapi/v1",
    };
    format!("{api}/depth?symbol={symbol}&limit={limit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(venue: VenueId, symbols: usize, channels: &[Channel]) -> Wanted {
        let symbol = |n| Name::new(&format!("S{n}USDT")).expect("short");
        let symbols = (0..symbols).map(symbol).collect();
        Wanted { venue, symbols, channels: channels.to_vec(), depth_ms: 100, streams_max: STREAMS_MAX }
    }

    fn lines(venue: VenueId, symbols: usize, channels: &[Channel]) -> Vec<LinePlan> {
        plan(&wanted(venue, symbols, channels), &Urls::defaults(venue)).expect("a plan")
    }

    /// The routes as the venue documents them. A stream asked for elsewhere is accepted and stays silent, so nothing but
    /// this table would notice a mistake.
    #[test]
    fn every_stream_is_asked_for_where_the_venue_sends_it() {
        use Channel::{AggTrade, BookTicker, Depth, ForceOrder, Kline, MarkPrice, Trade};
        let urls = |venue, channel| {
            let line = plan(&wanted(venue, 1, &[channel]), &Urls::defaults(venue)).ok()?.pop()?;
            Some((format!("{}{}", line.endpoint, line.endpoint.path), line.streams[0].clone()))
        };
        let check = |venue, channel, url: &str, stream: &str| {
            assert_eq!(urls(venue, channel), Some((url.to_owned(), stream.to_owned())), "{venue:?} {channel:?}");
        };
        let usdm = VenueId::BinanceUsdm;
        check(usdm, Depth, "fstream.binance.com:443/public/stream", "s0usdt@depth@100ms");
        check(usdm, BookTicker, "fstream.binance.com:443/public/stream", "s0usdt@bookTicker");
        check(usdm, AggTrade, "fstream.binance.com:443/market/stream", "s0usdt@aggTrade");
        check(usdm, MarkPrice, "fstream.binance.com:443/market/stream", "s0usdt@markPrice@1s");
        check(usdm, Kline, "fstream.binance.com:443/market/stream", "s0usdt@kline_1m");
        check(usdm, ForceOrder, "fstream.binance.com:443/market/stream", "s0usdt@forceOrder");
        assert_eq!(urls(usdm, Trade), None);
        let spot = VenueId::BinanceSpot;
        for channel in [Depth, BookTicker, Trade, AggTrade, Kline] {
            assert_eq!(urls(spot, channel).expect("told").0, "stream.binance.com:9443/stream");
        }
        assert_eq!((urls(spot, MarkPrice), urls(spot, ForceOrder)), (None, None));
        for channel in [Depth, BookTicker, AggTrade, MarkPrice, Kline, ForceOrder] {
            assert_eq!(urls(VenueId::BinanceCoinm, channel).expect("told").0, "dstream.binance.com:443/stream");
        }
        let private = Urls::defaults(usdm).endpoint(Route::Private).expect("configured");
        assert_eq!(private.path, "/private/stream");
    }

    #[test]
    fn defaults_ask_only_for_what_the_venue_tells() {
        for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm] {
            assert!(Channel::defaults(venue).iter().all(|channel| route_of(venue, *channel).is_some()));
        }
        assert_eq!(lines(VenueId::BinanceUsdm, 3, Channel::defaults(VenueId::BinanceUsdm)).len(), 2);
        assert_eq!(lines(VenueId::BinanceSpot, 3, Channel::defaults(VenueId::BinanceSpot)).len(), 1);
    }

    #[test]
    fn a_channel_that_the_venue_lacks_is_refused_by_name() {
        let spot = VenueId::BinanceSpot;
        let error = plan(&wanted(spot, 1, &[Channel::MarkPrice]), &Urls::defaults(spot)).expect_err("refused");
        assert!(error.to_string().contains("binance-spot has no markPrice"), "{error}");
    }

    #[test]
    fn no_line_carries_more_streams_than_allowed_and_none_is_lost() {
        let lines = lines(VenueId::BinanceSpot, 700, &[Channel::Depth, Channel::Trade]);
        assert_eq!(lines.iter().map(|line| line.streams.len()).collect::<Vec<_>>(), [1024, 376]);
        assert_eq!(lines.iter().map(|line| line.books.len()).collect::<Vec<_>>(), [700, 0]);
        for line in &lines {
            let asked: usize =
                line.messages.iter().map(|text| text.matches('@').count() - text.matches("@100ms").count()).sum();
            assert_eq!(asked, line.streams.len());
            assert!(line.messages.iter().all(|text| text.len() < 8 << 10));
        }
    }

    #[test]
    fn the_text_sent_is_the_one_documented() {
        let lines = lines(VenueId::BinanceSpot, 2, &[Channel::Trade]);
        assert_eq!(lines[0].messages, [r#"{"method":"SUBSCRIBE","params":["s0usdt@trade","s1usdt@trade"],"id":1}"#]);
    }

    #[test]
    fn snapshots_cost_what_the_venue_says() {
        let symbol = Name::new("BTCUSDT").expect("short");
        assert_eq!(depth_path(VenueId::BinanceSpot, &symbol, 5_000), "/api/v3/depth?symbol=BTCUSDT&limit=5000");
        assert_eq!(depth_path(VenueId::BinanceUsdm, &symbol, 1_000), "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
        assert_eq!(depth_path(VenueId::BinanceCoinm, &symbol, 1_000), "/dapi/v1/depth?symbol=BTCUSDT&limit=1000");
        assert_eq!(depth_weight(VenueId::BinanceSpot, 5_000), 250);
        assert_eq!(depth_weight(VenueId::BinanceUsdm, 1_000), 20);
        assert_eq!(depth_weight(VenueId::BinanceSpot, 100), 5);
    }
}
