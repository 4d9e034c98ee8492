//! How Coinbase Advanced is talked to: one channel a message, a heartbeat channel that keeps quiet sockets open, and
//! messages numbered over the whole socket, so that a hole costs the connection.
//!
//! Owns: addresses, channels, and the list of instruments. Never: what a frame means.

use crate::live::dialect::{Dialect, List, Resync};
use crate::live::plan::{BookPlan, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;
use serde::Deserialize;

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
    list: List { requests: list_requests, read: read_list },
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

#[derive(Deserialize)]
struct Product {
    product_id: String,
    base_currency_id: String,
    quote_currency_id: String,
    price_increment: Option<String>,
    quote_increment: Option<String>,
    base_increment: Option<String>,
    base_min_size: Option<String>,
    base_max_size: Option<String>,
    quote_min_size: Option<String>,
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let instrument = |(index, (symbol, answer)): (usize, (&&str, &Vec<u8>))| {
        let product: Product = serde_json::from_slice(answer).map_err(MetadataError::List)?;
        if product.product_id != *symbol {
            return Err(MetadataError::Absent { venue, symbol: (*symbol).to_owned() });
        }
        Rules {
            symbol,
            base: &product.base_currency_id,
            quote: &product.quote_currency_id,
            kind: ContractKind::Spot,
            contract: "1",
            tick: product.price_increment.as_deref().or(product.quote_increment.as_deref()),
            lot: product.base_increment.as_deref(),
            min_qty: product.base_min_size.as_deref(),
            max_qty: product.base_max_size.as_deref(),
            min_notional: product.quote_min_size.as_deref(),
        }
        .instrument(venue, InstrumentId(index as u32))
    };
    let listed = wanted.iter().zip(answers).enumerate().map(instrument);
    Ok(Instruments::new(listed.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_few_products_and_every_channel_of_them() {
        let symbols: Vec<Name> = (0..7).map(|n| Name::new(&format!("C{n}-USD")).expect("short")).collect();
        let channels = (DIALECT.channels)(VenueId::Coinbase).to_vec();
        let wanted = Wanted { venue: VenueId::Coinbase, symbols, channels, depth_ms: 100, streams_max: 10 };
        let lines = plan(&wanted, &Urls::defaults(VenueId::Coinbase)).expect("a plan");
        assert_eq!(lines.iter().map(|line| line.books.len()).collect::<Vec<_>>(), [5, 2]);
        let text = r#"{"type":"subscribe","product_ids":["C5-USD","C6-USD"],"channel":"level2"}"#;
        assert_eq!((lines[1].messages.len(), lines[1].messages[1].as_str()), (3, text));
        assert_eq!(lines[1].endpoint.to_string(), "advanced-trade-ws.coinbase.com:443");
    }

    #[test]
    fn the_rules_of_a_product_are_read() {
        let answer = br#"{"product_id":"BTC-USD","price_increment":"0.01","base_increment":"0.00000001",
            "quote_increment":"0.01","base_min_size":"0.00000001","base_max_size":"3400","quote_min_size":"1",
            "base_currency_id":"BTC","quote_currency_id":"USD"}"#;
        let list = read_list(VenueId::Coinbase, &[answer.to_vec()], &["BTC-USD"]).expect("listed");
        let btc = list.get(InstrumentId(0));
        assert_eq!((btc.grid.price_decimals, btc.grid.qty_decimals, btc.quote.as_str()), (2, 8, "USD"));
        let quotient = String::from_utf8_lossy(answer).replace(r#":"3400""#, r#":"3400.0000000049""#);
        let list = read_list(VenueId::Coinbase, &[quotient.into_bytes()], &["BTC-USD"]).expect("within the grid");
        assert_eq!(list.get(InstrumentId(0)).max_qty, engine_model::units::Lots(340_000_000_000));
        let other = read_list(VenueId::Coinbase, &[answer.to_vec()], &["ETH-USD"]);
        assert_eq!(other.expect_err("absent").to_string(), "coinbase does not list ETH-USD");
    }
}
