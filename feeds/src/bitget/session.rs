//! How Bitget is talked to (v2): one public path, streams by type, channel and symbol, a ping of our own in plain text,
//! books that come whole when their stream is asked for.
//!
//! Owns: addresses and channels. Never: what a frame means, nor what a list tells ([`super::listing`]).

use super::listing::{self, TYPES, parts};
use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Urls, Wanted};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;

/// The only path that needs no key.
const ROUTE: &str = "public";

/// Streams on a line: the venue takes 1,000 and advises 50.
const STREAMS_MAX: usize = 50;

/// Streams in a message: the venue takes 4,096 bytes, and the longest of ours has 100.
const STREAMS_A_MESSAGE: usize = 40;

/// How Bitget is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://api.bitget.com", |_| "wss://ws.bitget.com"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/v2/ws/public")],
    channels: |_| &[Channel::Book, Channel::Trade, Channel::Mark],
    plan,
    streams_max: STREAMS_MAX,
    // 10 close the connection.
    messages_per_second: 9,
    // 2 minutes of silence close a connection. Often, so that a quiet line is told from a dead one.
    heartbeat: Some(Heartbeat { every_ns: 5_000_000_000, beat: Beat::Text("ping") }),
    resync: Resync::Again,
    has_relief: false,
    // 20 questions of a kind in a second.
    weight_limit: |_| 1_200,
    list: List { requests: list_requests, read: listing::read },
};

/// The venue's channel; `None` where that instrument does not have it.
///
/// Its best bid and ask alone come as a book of one level (`books1`), which would replace the whole one; liquidations it
/// streams to nobody.
fn channel_of(venue: VenueId, channel: Channel, is_spot: bool) -> Result<Option<&'static str>, NetError> {
    match channel {
        Channel::Book => Ok(Some("books")),
        Channel::Trade => Ok(Some("trade")),
        Channel::Candle => Ok(Some("candle1m")),
        // Of spot a ticker tells no price that the book does not.
        Channel::Mark => Ok((!is_spot).then_some("ticker")),
        Channel::Quote | Channel::AggregateTrade | Channel::Liquidation => {
            Err(NetError::Channel { venue: venue.name(), channel: channel.name() })
        }
    }
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: STREAMS_A_MESSAGE, message };
    let asked: Result<Vec<_>, _> = wanted.symbols.iter().map(|symbol| asked(wanted, symbol)).collect();
    asking.lines(ROUTE, urls, &asked?.concat())
}

/// Streams of a symbol.
fn asked(wanted: &Wanted, symbol: &Name) -> Result<Vec<Asked>, NetError> {
    let (kind, of) = parts(symbol.as_str());
    let mut all = Vec::new();
    for channel in &wanted.channels {
        let book = (*channel == Channel::Book).then_some(*symbol);
        if let Some(name) = channel_of(wanted.venue, *channel, kind == TYPES[0])? {
            let words = format!(r#"{{"instType":"{kind}","channel":"{name}","instId":"{of}"}}"#);
            all.push(Asked { words, book });
        }
    }
    Ok(all)
}

fn message(ask: Ask, args: &[&str]) -> String {
    let op = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    format!(r#"{{"op":"{op}","args":[{}]}}"#, args.join(","))
}

/// All instruments of each type that is wanted.
fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let request = |kind| match kind {
        "SPOT" => Request::get("/api/v2/spot/public/symbols"),
        _ => Request::get(format!("/api/v2/mix/market/contracts?productType={kind}")),
    };
    listing::types(wanted).map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(symbols: &[&str], channels: &[Channel]) -> Result<Vec<LinePlan>, NetError> {
        let venue = VenueId::Bitget;
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let wanted =
            Wanted { venue, symbols, channels: channels.to_vec(), depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue))
    }

    #[test]
    fn spot_has_books_and_trades_and_a_contract_its_ticker_too() {
        let channels = (DIALECT.channels)(VenueId::Bitget);
        let lines = lines(&["SPOT:BTCUSDT", "COIN-FUTURES:BTCUSD"], channels).expect("a plan");
        assert_eq!((lines.len(), lines[0].streams.len(), lines[0].books.len()), (1, 5, 2));
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "ws.bitget.com:443/v2/ws/public");
        let of = |kind: &str, channel: &str, symbol: &str| {
            format!(r#"{{"instType":"{kind}","channel":"{channel}","instId":"{symbol}"}}"#)
        };
        let asked = [
            of("SPOT", "books", "BTCUSDT"),
            of("SPOT", "trade", "BTCUSDT"),
            of("COIN-FUTURES", "books", "BTCUSD"),
            of("COIN-FUTURES", "trade", "BTCUSD"),
            of("COIN-FUTURES", "ticker", "BTCUSD"),
        ];
        assert_eq!(lines[0].messages, [format!(r#"{{"op":"subscribe","args":[{}]}}"#, asked.join(","))]);
        let again = ["unsubscribe", "subscribe"].map(|op| format!(r#"{{"op":"{op}","args":[{}]}}"#, asked[2]));
        assert_eq!(
            (lines[0].books[1].symbol.as_str(), &lines[0].books[1].again[..]),
            ("COIN-FUTURES:BTCUSD", &again[..])
        );
    }

    #[test]
    fn no_line_and_no_message_has_more_than_the_venue_takes() {
        let symbols: Vec<String> = (0..30).map(|n| format!("USDT-FUTURES:1000000S{n:04}USDT")).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        let lines = lines(&symbols, &[Channel::Book, Channel::Trade, Channel::Mark, Channel::Candle]).expect("a plan");
        assert_eq!(lines.iter().map(|line| line.streams.len()).collect::<Vec<_>>(), [50, 50, 20]);
        assert_eq!(lines[0].messages.len(), 2);
        assert!(lines.iter().flat_map(|line| &line.messages).all(|message| message.len() <= 4_096));
    }

    #[test]
    fn a_channel_that_the_venue_does_not_have_is_refused() {
        for channel in [Channel::Quote, Channel::AggregateTrade, Channel::Liquidation] {
            let refusal = lines(&["SPOT:BTCUSDT"], &[channel]).expect_err("refused").to_string();
            assert!(refusal.contains(channel.name()), "{refusal}");
        }
    }

    #[test]
    fn each_type_has_a_list_of_its_own() {
        let wanted = ["USDC-FUTURES:BTCPERP", "SPOT:BTCUSDT", "USDC-FUTURES:ETHPERP"];
        let paths = ["/api/v2/spot/public/symbols", "/api/v2/mix/market/contracts?productType=USDC-FUTURES"];
        let requests = list_requests(VenueId::Bitget, &wanted);
        assert_eq!(requests.iter().map(|request| &*request.path).collect::<Vec<_>>(), paths);
    }
}
