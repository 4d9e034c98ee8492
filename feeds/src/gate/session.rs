//! How Gate is talked to: streams by channel and name, each asked for alone, whole books by REST with their number.
//!
//! Owns: addresses and channels. Never: what a frame means, nor what a list tells ([`super::listing`]).

use super::listing;
use crate::live::dialect::{Beat, Dialect, Heartbeat, List, RestSnapshots, Resync};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Route, Urls, Wanted};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;

/// The only path of spot.
const SPOT_ROUTE: Route = "spot";

/// What contracts are settled in, as paths have it.
pub(super) const SETTLES: [Route; 2] = ["usdt", "btc"];

/// Streams on a line. The venue names no limit; 200 contracts on a line were seen to work.
const STREAMS_MAX: usize = 200;

/// Levels a side: what a snapshot with its number gives, and how deep the changes of contracts go.
const LEVELS_MAX: u32 = 100;

/// How Gate is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (rest_host, websocket_host),
    // Without it sizes of contracts come cut to whole numbers.
    headers: |venue| if is_spot(venue) { &[] } else { &[("x-gate-size-decimal", "1")] },
    routes,
    channels,
    plan,
    streams_max: STREAMS_MAX,
    // The venue names no limit for public channels.
    messages_per_second: 50,
    // The venue pings by itself now and then; ours is answered, so that a quiet line is told from a dead one.
    heartbeat: Some(Heartbeat { every_ns: 5_000_000_000, beat: Beat::Ping }),
    resync: Resync::Rest(RestSnapshots { path: book_path, weight: |_, _| 1, levels_max: |_| LEVELS_MAX }),
    has_relief: false,
    // 200 questions of a kind in 10 s.
    weight_limit: |_| 1_200,
    list: List { requests: list_requests, read: listing::read },
};

const fn is_spot(venue: VenueId) -> bool {
    matches!(venue, VenueId::GateSpot)
}

fn rest_host(venue: VenueId) -> &'static str {
    if is_spot(venue) { "https://api.gateio.ws" } else { "https://fx-api.gateio.ws" }
}

fn websocket_host(venue: VenueId) -> &'static str {
    if is_spot(venue) { "wss://api.gateio.ws" } else { "wss://fx-ws.gateio.ws" }
}

fn routes(venue: VenueId) -> &'static [(Route, &'static str)] {
    if is_spot(venue) { &[(SPOT_ROUTE, "/ws/v4/")] } else { &[(SETTLES[0], "/v4/ws/usdt"), (SETTLES[1], "/v4/ws/btc")] }
}

fn channels(venue: VenueId) -> &'static [Channel] {
    if is_spot(venue) {
        &[Channel::Book, Channel::Quote, Channel::Trade]
    } else {
        &[Channel::Book, Channel::Quote, Channel::Trade, Channel::Mark, Channel::Liquidation]
    }
}

/// What a contract is settled in, by its name: `BTC_USDT` in USDT, `BTC_USD` in bitcoin.
pub(super) fn settle(symbol: &str) -> Route {
    if symbol.ends_with("_USD") { SETTLES[1] } else { SETTLES[0] }
}

/// Channel and payload, words apart; `None` where the market does not have it.
fn words(venue: VenueId, channel: Channel, symbol: &Name) -> Option<String> {
    let is_spot = is_spot(venue);
    let market = if is_spot { "spot" } else { "futures" };
    let name = match channel {
        Channel::Book => "order_book_update",
        Channel::Quote => "book_ticker",
        Channel::Trade => "trades",
        Channel::Candle => "candlesticks",
        // Mark, index, funding with its interval, and open interest.
        Channel::Mark if !is_spot => "tickers",
        Channel::Liquidation if !is_spot => "public_liquidates",
        Channel::AggregateTrade | Channel::Mark | Channel::Liquidation => return None,
    };
    let payload = match channel {
        Channel::Book if is_spot => format!("{symbol} 100ms"),
        Channel::Book => format!("{symbol} 100ms {LEVELS_MAX}"),
        Channel::Candle => format!("1m {symbol}"),
        _ => symbol.to_string(),
    };
    Some(format!("{market}.{name} {payload}"))
}

/// One stream a message: the venue refuses all names of a message for a single one that it does not know.
fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: 1, message };
    let routes: &[Route] = if is_spot(wanted.venue) { &[SPOT_ROUTE] } else { &SETTLES };
    let mut lines = Vec::new();
    for route in routes {
        let is_here = |symbol: &&Name| is_spot(wanted.venue) || settle(symbol.as_str()) == *route;
        let symbols = wanted.symbols.iter().filter(is_here);
        let asked: Result<Vec<_>, _> = symbols.map(|symbol| asked(wanted, symbol)).collect();
        lines.extend(asking.lines(route, urls, &asked?.concat())?);
    }
    Ok(lines)
}

/// Streams of a symbol.
fn asked(wanted: &Wanted, symbol: &Name) -> Result<Vec<Asked>, NetError> {
    let asked = |channel: &Channel| {
        let unknown = NetError::Channel { venue: wanted.venue.name(), channel: channel.name() };
        let book = (*channel == Channel::Book).then_some(*symbol);
        words(wanted.venue, *channel, symbol).map(|words| Asked { words, book }).ok_or(unknown)
    };
    wanted.channels.iter().map(asked).collect()
}

/// The documented `time` of sending is left out: only signed requests are held against it.
fn message(ask: Ask, streams: &[&str]) -> String {
    let event = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    let ask = |stream: &&str| {
        let (channel, payload) = stream.split_once(' ').unwrap_or((stream, ""));
        let payload = payload.replace(' ', "\",\"");
        format!(r#"{{"channel":"{channel}","event":"{event}","payload":["{payload}"]}}"#)
    };
    streams.iter().map(ask).collect()
}

/// Path and query of a whole book with its number.
fn book_path(venue: VenueId, symbol: &Name, limit: u32) -> String {
    if is_spot(venue) {
        return format!("/api/v4/spot/order_book?currency_pair={symbol}&limit={limit}&with_id=true");
    }
    let settle = settle(symbol.as_str());
    format!("/api/v4/futures/{settle}/order_book?contract={symbol}&limit={limit}&with_id=true")
}

/// All pairs, or all contracts of each settlement that is wanted.
fn list_requests(venue: VenueId, wanted: &[&str]) -> Vec<Request> {
    if is_spot(venue) {
        return vec![Request::get("/api/v4/spot/currency_pairs")];
    }
    let is_wanted = |of: &Route| wanted.iter().any(|symbol| settle(symbol) == *of);
    let request = |settle| Request::get(format!("/api/v4/futures/{settle}/contracts"));
    SETTLES.into_iter().filter(is_wanted).map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(venue: VenueId, symbols: &[&str], channels: &[Channel]) -> Result<Vec<LinePlan>, NetError> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let wanted =
            Wanted { venue, symbols, channels: channels.to_vec(), depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue))
    }

    #[test]
    fn each_stream_of_a_pair_is_asked_for_alone() {
        let channels = [(DIALECT.channels)(VenueId::GateSpot), &[Channel::Candle]].concat();
        let lines = lines(VenueId::GateSpot, &["BTC_USDT"], &channels).expect("a plan");
        assert_eq!(lines.len(), 1);
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "api.gateio.ws:443/ws/v4/");
        let asked = [
            r#"{"channel":"spot.order_book_update","event":"subscribe","payload":["BTC_USDT","100ms"]}"#,
            r#"{"channel":"spot.book_ticker","event":"subscribe","payload":["BTC_USDT"]}"#,
            r#"{"channel":"spot.trades","event":"subscribe","payload":["BTC_USDT"]}"#,
            r#"{"channel":"spot.candlesticks","event":"subscribe","payload":["1m","BTC_USDT"]}"#,
        ];
        assert_eq!(lines[0].messages, asked);
        assert_eq!(lines[0].books[0].symbol.as_str(), "BTC_USDT");
    }

    #[test]
    fn contracts_have_a_socket_for_each_settlement() {
        let channels = (DIALECT.channels)(VenueId::GateFutures);
        let lines = lines(VenueId::GateFutures, &["BTC_USDT", "BTC_USD", "ETH_USDT"], channels).expect("a plan");
        let told: Vec<_> =
            lines.iter().map(|line| (line.route, line.endpoint.path.as_str(), line.streams.len())).collect();
        assert_eq!(told, [("usdt", "/v4/ws/usdt", 10), ("btc", "/v4/ws/btc", 5)]);
        let asked = [
            r#"{"channel":"futures.order_book_update","event":"subscribe","payload":["BTC_USD","100ms","100"]}"#,
            r#"{"channel":"futures.book_ticker","event":"subscribe","payload":["BTC_USD"]}"#,
            r#"{"channel":"futures.trades","event":"subscribe","payload":["BTC_USD"]}"#,
            r#"{"channel":"futures.tickers","event":"subscribe","payload":["BTC_USD"]}"#,
            r#"{"channel":"futures.public_liquidates","event":"subscribe","payload":["BTC_USD"]}"#,
        ];
        assert_eq!(lines[1].messages, asked);
    }

    #[test]
    fn a_channel_that_a_market_does_not_have_is_refused() {
        let refused = |venue, channel| lines(venue, &["BTC_USDT"], &[channel]).expect_err("refused").to_string();
        for channel in [Channel::Mark, Channel::Liquidation, Channel::AggregateTrade] {
            assert!(refused(VenueId::GateSpot, channel).contains(channel.name()));
        }
        assert!(refused(VenueId::GateFutures, Channel::AggregateTrade).contains("aggregate-trade"));
    }

    #[test]
    fn sizes_with_decimals_are_asked_for_where_they_would_be_cut() {
        assert_eq!((DIALECT.headers)(VenueId::GateFutures), [("x-gate-size-decimal", "1")]);
        assert!((DIALECT.headers)(VenueId::GateSpot).is_empty());
    }

    #[test]
    fn books_and_lists_are_asked_for_by_market_and_settlement() {
        let path = |venue, symbol| book_path(venue, &Name::new(symbol).expect("short"), 100);
        assert_eq!(
            path(VenueId::GateSpot, "BTC_USDT"),
            "/api/v4/spot/order_book?currency_pair=BTC_USDT&limit=100&with_id=true"
        );
        assert_eq!(
            path(VenueId::GateFutures, "BTC_USD"),
            "/api/v4/futures/btc/order_book?contract=BTC_USD&limit=100&with_id=true"
        );
        let list = |venue, wanted: &[&str]| {
            list_requests(venue, wanted).iter().map(|request| request.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(list(VenueId::GateSpot, &["BTC_USDT", "ETH_USDT"]), ["/api/v4/spot/currency_pairs"]);
        assert_eq!(list(VenueId::GateFutures, &["ETH_USDT", "BTC_USDT"]), ["/api/v4/futures/usdt/contracts"]);
        let both = ["/api/v4/futures/usdt/contracts", "/api/v4/futures/btc/contracts"];
        assert_eq!(list(VenueId::GateFutures, &["BTC_USD", "BTC_USDT"]), both);
    }
}
