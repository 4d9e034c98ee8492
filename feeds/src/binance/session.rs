//! Where Binance says what: which stream on which URL, what to send to get it, and what a snapshot costs.
//!
//! Since 2026-04-23 USD-M has three routes instead of one path, and a stream asked for on the wrong route is accepted and
//! stays silent. So nobody spells a route by hand: it follows from venue and channel, here and nowhere else. Hosts and
//! paths are configuration; these are their defaults.

use crate::live::dialect::{Dialect, List, RestSnapshots, Resync};
use crate::live::plan::{BookPlan, Channel, LinePlan, Route, Urls, Wanted};
use crate::metadata::MetadataError;
use crate::net::endpoint::Endpoint;
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{Instruments, Name};
use engine_model::venue::VenueId;

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

/// What a feed subscribes to unless told otherwise: books, trades, and for futures mark and liquidations.
fn channels(venue: VenueId) -> &'static [Channel] {
    match Market::of(venue) {
        Market::Spot => &[Channel::Book, Channel::Quote, Channel::Trade],
        Market::Usdm | Market::Coinm => {
            &[Channel::Book, Channel::Quote, Channel::AggregateTrade, Channel::Mark, Channel::Liquidation]
        }
    }
}

/// The word in the name of a stream.
const fn word(channel: Channel) -> &'static str {
    match channel {
        Channel::Book => "depth",
        Channel::Quote => "bookTicker",
        Channel::Trade => "trade",
        Channel::AggregateTrade => "aggTrade",
        Channel::Mark => "markPrice@1s",
        Channel::Candle => "kline_1m",
        Channel::Liquidation => "forceOrder",
    }
}

/// The route on which that venue talks about that channel; `None` where it does not at all.
const fn route_of(venue: VenueId, channel: Channel) -> Option<Route> {
    match (Market::of(venue), channel) {
        (Market::Spot, Channel::Mark | Channel::Liquidation) => None,
        (Market::Spot, _) => Some("stream"),
        (Market::Usdm | Market::Coinm, Channel::Trade) => None,
        (Market::Coinm, _) => Some("stream"),
        (Market::Usdm, Channel::Book | Channel::Quote) => Some("public"),
        (Market::Usdm, Channel::AggregateTrade | Channel::Mark | Channel::Candle | Channel::Liquidation) => {
            Some("market")
        }
    }
}

/// The REST host.
fn rest_host(venue: VenueId) -> &'static str {
    match Market::of(venue) {
        Market::Spot => "https://api.binance.com",
        Market::Usdm => "https://fapi.binance.com",
        Market::Coinm => "https://dapi.binance.com",
    }
}

/// The WebSocket host.
fn websocket_host(venue: VenueId) -> &'static str {
    match Market::of(venue) {
        Market::Spot => "wss://stream.binance.com:9443",
        Market::Usdm => "wss://fstream.binance.com",
        Market::Coinm => "wss://dstream.binance.com",
    }
}

/// The paths of combined streams. USD-M's private one is for the account.
fn routes(venue: VenueId) -> &'static [(Route, &'static str)] {
    match Market::of(venue) {
        Market::Spot | Market::Coinm => &[("stream", "/stream")],
        Market::Usdm => &[("public", "/public/stream"), ("market", "/market/stream"), ("private", "/private/stream")],
    }
}

/// How Binance is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (rest_host, websocket_host),
    headers: |_| &[],
    routes,
    channels,
    plan,
    streams_max: STREAMS_MAX,
    messages_per_second: MESSAGES_PER_SECOND,
    // The venue pings, and the client's pongs are enough.
    heartbeat: None,
    resync: Resync::Rest(RestSnapshots { path: depth_path, weight: depth_weight, levels_max: depth_limit_max }),
    has_relief: true,
    weight_limit,
    list: List { requests: list_requests, read: read_list },
};

/// One answer lists everything; of contracts another names those that do not pay funding each eight hours.
fn list_requests(venue: VenueId, _: &[&str]) -> Vec<Request> {
    let mut requests = vec![Request::get(exchange_info_path(venue))];
    requests.extend(funding_info_path(venue).map(Request::get));
    requests
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let [list, funding] = [0, 1].map(|at| answers.get(at).map_or(&[][..], Vec::as_slice));
    let listed = super::from_exchange_info(venue, list, wanted)?;
    if funding_info_path(venue).is_some() { super::listing::with_funding(listed, funding) } else { Ok(listed) }
}

/// The venue's limit of streams on a connection.
const STREAMS_MAX: usize = 1024;

/// Most messages that we send on a connection in any second. The venue counts pongs too and closes above 5 (spot) or 10
/// (futures): one is kept for a pong.
const MESSAGES_PER_SECOND: usize = 4;

/// Most streams asked for in one message: keeps it below 8 KiB.
const STREAMS_A_MESSAGE: usize = 200;

/// The connections that `wanted` needs: as few as the venue's limit of streams allows, each on the right route.
fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
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
    let books = chunk
        .iter()
        .filter(|(channel, _)| *channel == Channel::Book)
        .map(|(_, symbol)| BookPlan { symbol: *symbol, again: Vec::new() });
    LinePlan { route, endpoint, messages: subscribe(&streams), streams, books: books.collect() }
}

fn stream_name(wanted: &Wanted, symbol: &Name, channel: Channel) -> String {
    let symbol = symbol.as_str().to_ascii_lowercase();
    match channel {
        // Spot's slow stream is the one without a period.
        Channel::Book if wanted.depth_ms == 1_000 => format!("{symbol}@depth"),
        Channel::Book => format!("{symbol}@depth@{}ms", wanted.depth_ms),
        _ => format!("{symbol}@{}", word(channel)),
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
const fn depth_limit_max(venue: VenueId) -> u32 {
    match Market::of(venue) {
        Market::Spot => 5_000,
        Market::Usdm | Market::Coinm => 1_000,
    }
}

/// The venue's limit of request weight a minute and address.
const fn weight_limit(venue: VenueId) -> u32 {
    match Market::of(venue) {
        Market::Spot => 6_000,
        Market::Usdm | Market::Coinm => 2_400,
    }
}

/// What a snapshot with that many levels costs of [`weight_limit`].
const fn depth_weight(venue: VenueId, limit: u32) -> u32 {
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
const fn exchange_info_path(venue: VenueId) -> &'static str {
    match Market::of(venue) {
        Market::Spot => "/api/v3/exchangeInfo",
        Market::Usdm => "/fapi/v1/exchangeInfo",
        Market::Coinm => "/dapi/v1/exchangeInfo",
    }
}

/// Where it names the contracts whose funding is not paid each eight hours; spot has none.
const fn funding_info_path(venue: VenueId) -> Option<&'static str> {
    match Market::of(venue) {
        Market::Spot => None,
        Market::Usdm => Some("/fapi/v1/fundingInfo"),
        Market::Coinm => Some("/dapi/v1/fundingInfo"),
    }
}

/// Path and query of a snapshot.
fn depth_path(venue: VenueId, symbol: &Name, limit: u32) -> String {
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
        Wanted { venue, symbols, channels: channels.to_vec(), depth_ms: 100, levels: 5, streams_max: STREAMS_MAX }
    }

    fn lines(venue: VenueId, symbols: usize, channels: &[Channel]) -> Vec<LinePlan> {
        plan(&wanted(venue, symbols, channels), &Urls::defaults(venue)).expect("a plan")
    }

    /// The routes as the venue documents them. A stream asked for elsewhere is accepted and stays silent, so nothing but
    /// this table would notice a mistake.
    #[test]
    fn every_stream_is_asked_for_where_the_venue_sends_it() {
        use Channel::{AggregateTrade, Book, Candle, Liquidation, Mark, Quote, Trade};
        let urls = |venue, channel| {
            let line = plan(&wanted(venue, 1, &[channel]), &Urls::defaults(venue)).ok()?.pop()?;
            Some((format!("{}{}", line.endpoint, line.endpoint.path), line.streams[0].clone()))
        };
        let check = |venue, channel, url: &str, stream: &str| {
            assert_eq!(urls(venue, channel), Some((url.to_owned(), stream.to_owned())), "{venue:?} {channel:?}");
        };
        let usdm = VenueId::BinanceUsdm;
        check(usdm, Book, "fstream.binance.com:443/public/stream", "s0usdt@depth@100ms");
        check(usdm, Quote, "fstream.binance.com:443/public/stream", "s0usdt@bookTicker");
        check(usdm, AggregateTrade, "fstream.binance.com:443/market/stream", "s0usdt@aggTrade");
        check(usdm, Mark, "fstream.binance.com:443/market/stream", "s0usdt@markPrice@1s");
        check(usdm, Candle, "fstream.binance.com:443/market/stream", "s0usdt@kline_1m");
        check(usdm, Liquidation, "fstream.binance.com:443/market/stream", "s0usdt@forceOrder");
        assert_eq!(urls(usdm, Trade), None);
        let spot = VenueId::BinanceSpot;
        for channel in [Book, Quote, Trade, AggregateTrade, Candle] {
            assert_eq!(urls(spot, channel).expect("told").0, "stream.binance.com:9443/stream");
        }
        assert_eq!((urls(spot, Mark), urls(spot, Liquidation)), (None, None));
        for channel in [Book, Quote, AggregateTrade, Mark, Candle, Liquidation] {
            assert_eq!(urls(VenueId::BinanceCoinm, channel).expect("told").0, "dstream.binance.com:443/stream");
        }
        let private = Urls::defaults(usdm).endpoint("private").expect("configured");
        assert_eq!(private.path, "/private/stream");
    }

    #[test]
    fn defaults_ask_only_for_what_the_venue_tells() {
        for venue in [VenueId::BinanceSpot, VenueId::BinanceUsdm, VenueId::BinanceCoinm] {
            assert!(channels(venue).iter().all(|channel| route_of(venue, *channel).is_some()));
        }
        assert_eq!(lines(VenueId::BinanceUsdm, 3, channels(VenueId::BinanceUsdm)).len(), 2);
        assert_eq!(lines(VenueId::BinanceSpot, 3, channels(VenueId::BinanceSpot)).len(), 1);
    }

    #[test]
    fn a_channel_that_the_venue_lacks_is_refused_by_name() {
        let spot = VenueId::BinanceSpot;
        let error = plan(&wanted(spot, 1, &[Channel::Mark]), &Urls::defaults(spot)).expect_err("refused");
        assert!(error.to_string().contains("binance-spot has no mark"), "{error}");
    }

    #[test]
    fn no_line_carries_more_streams_than_allowed_and_none_is_lost() {
        let lines = lines(VenueId::BinanceSpot, 700, &[Channel::Book, Channel::Trade]);
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
