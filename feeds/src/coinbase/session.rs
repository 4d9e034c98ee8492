//! How Coinbase Advanced is talked to: one channel a message, a heartbeat channel that keeps quiet sockets open, and
//! messages numbered over the whole socket, so that a hole costs the connection.
//!
//! Owns: addresses and channels. Never: what a frame means, nor what a list tells ([`super::listing`]).

use super::listing;
use crate::live::dialect::{Dialect, List, Resync};
use crate::live::plan::{BookPlan, Channel, LinePlan, Urls, Wanted};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::Name;
use engine_model::venue::VenueId;

/// The only path.
const ROUTE: &str = "market";

/// How Coinbase is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://api.coinbase.com", |_| "wss://advanced-trade-ws.coinbase.com"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "")],
    channels: |_| &[Channel::Book, Channel::Trade],
    plan,
    // One book of bitcoin begins with 5 MB: few on a connection, for a hole in one message costs all of them.
    streams_max: 10,
    // 8 a second without a key.
    messages_per_second: 7,
    // The `heartbeats` channel speaks each second, and so keeps the socket open.
    heartbeat: None,
    resync: Resync::Reconnect,
    has_relief: false,
    // 10 requests a second.
    weight_limit: |_| 600,
    list: List { requests: list_requests, read: listing::read },
};

/// The venue's name of a channel; `None` where it has none.
const fn name(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Book => Some("level2"),
        Channel::Trade => Some("market_trades"),
        Channel::Quote => Some("ticker"),
        Channel::Candle => Some("candles"),
        Channel::AggregateTrade | Channel::Mark | Channel::Liquidation => None,
    }
}

/// Lines of a few products each, every channel of a product on the same one.
fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let channels: Vec<Channel> = wanted.channels.iter().copied().filter(|channel| name(*channel).is_some()).collect();
    let a_line = (wanted.streams_max.clamp(1, DIALECT.streams_max) / channels.len().max(1)).max(1);
    wanted.symbols.chunks(a_line).map(|symbols| line(urls, symbols, &channels)).collect()
}

fn line(urls: &Urls, symbols: &[Name], channels: &[Channel]) -> Result<LinePlan, NetError> {
    let products = symbols.iter().map(Name::as_str).collect::<Vec<_>>().join("\",\"");
    let subscribe =
        |channel: &str| format!(r#"{{"type":"subscribe","product_ids":["{products}"],"channel":"{channel}"}}"#);
    let named = channels.iter().filter_map(|channel| name(*channel));
    let book = |symbol: &Name| BookPlan { symbol: *symbol, again: Vec::new() };
    Ok(LinePlan {
        route: ROUTE,
        endpoint: urls.endpoint(ROUTE)?,
        streams: symbols.iter().flat_map(|symbol| named.clone().map(move |name| format!("{name} {symbol}"))).collect(),
        books: if channels.contains(&Channel::Book) { symbols.iter().map(book).collect() } else { Vec::new() },
        messages: std::iter::once("heartbeats").chain(named).map(subscribe).collect(),
    })
}

fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let path = |symbol: &&str| format!("/api/v3/brokerage/market/products/{symbol}");
    wanted.iter().map(|symbol| Request::get(path(symbol))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_few_products_and_every_channel_of_them() {
        let symbols: Vec<Name> = (0..7).map(|n| Name::new(&format!("C{n}-USD")).expect("short")).collect();
        let channels = (DIALECT.channels)(VenueId::Coinbase).to_vec();
        let wanted = Wanted { venue: VenueId::Coinbase, symbols, channels, depth_ms: 100, levels: 5, streams_max: 10 };
        let lines = plan(&wanted, &Urls::defaults(VenueId::Coinbase)).expect("a plan");
        assert_eq!(lines.iter().map(|line| line.books.len()).collect::<Vec<_>>(), [5, 2]);
        let text = r#"{"type":"subscribe","product_ids":["C5-USD","C6-USD"],"channel":"level2"}"#;
        assert_eq!((lines[1].messages.len(), lines[1].messages[1].as_str()), (3, text));
        assert_eq!(lines[1].endpoint.to_string(), "advanced-trade-ws.coinbase.com:443");
    }
}
