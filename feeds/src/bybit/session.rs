//! How Bybit is talked to: a socket a category, topics by name, a ping of our own, books that come whole when their topic
//! is asked for.
//!
//! Owns: addresses, topics, and the list of instruments. Never: what a frame means.

use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Route, Urls, Wanted};
use crate::metadata::{MetadataError, Rules};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;
use serde::Deserialize;

/// Categories, and the paths of their sockets.
const ROUTES: [(Route, &str); 3] =
    [("spot", "/v5/public/spot"), ("linear", "/v5/public/linear"), ("inverse", "/v5/public/inverse")];

/// Topics in one message: the venue's limit on spot. (Contracts are limited by length, 21,000 characters.)
const TOPICS_A_MESSAGE: usize = 10;

/// Topics on a line: their names then take less than 10 KiB. The venue names no limit but that of characters.
const STREAMS_MAX: usize = 200;

/// How Bybit is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://api.bybit.com", |_| "wss://stream.bybit.com"),
    headers: |_| &[],
    routes: |_| &ROUTES,
    channels: |_| &[Channel::Book, Channel::Trade, Channel::Mark, Channel::Liquidation],
    plan,
    streams_max: STREAMS_MAX,
    messages_per_second: 10,
    heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text(r#"{"op":"ping"}"#) }),
    resync: Resync::Again,
    has_relief: false,
    // 600 requests in 5 s.
    weight_limit: |_| 7_200,
    list: List { requests: list_requests, read: read_list },
};

/// Category and the venue's own symbol of ours: `linear:BTCUSDT`. A symbol without category is spot.
pub(super) fn parts(symbol: &str) -> (&str, &str) {
    symbol.split_once(':').unwrap_or(("spot", symbol))
}

/// The topic; `None` where the category does not have it.
fn topic(category: &str, symbol: &str, channel: Channel) -> Option<String> {
    let is_contract = category != "spot";
    match channel {
        Channel::Book => Some(format!("orderbook.200.{symbol}")),
        Channel::Trade => Some(format!("publicTrade.{symbol}")),
        Channel::Candle => Some(format!("kline.1.{symbol}")),
        // Of spot a ticker tells no price that the book does not.
        Channel::Mark => is_contract.then(|| format!("tickers.{symbol}")),
        Channel::Liquidation => is_contract.then(|| format!("allLiquidation.{symbol}")),
        Channel::Quote | Channel::AggregateTrade => None,
    }
}

/// A line a category, as many as the limit of topics takes.
fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: TOPICS_A_MESSAGE, message };
    let mut lines = Vec::new();
    for (category, _) in ROUTES {
        let symbols = wanted.symbols.iter().filter(|symbol| parts(symbol.as_str()).0 == category);
        let topics: Vec<Asked> = symbols.flat_map(|symbol| topics(wanted, symbol)).collect();
        lines.extend(asking.lines(category, urls, &topics)?);
    }
    Ok(lines)
}

/// Topics of a symbol.
fn topics(wanted: &Wanted, symbol: &Name) -> Vec<Asked> {
    let (category, of) = parts(symbol.as_str());
    let asked = |channel: &Channel| {
        let book = (*channel == Channel::Book).then_some(*symbol);
        topic(category, of, *channel).map(|words| Asked { words, book })
    };
    wanted.channels.iter().filter_map(asked).collect()
}

fn message(ask: Ask, topics: &[&str]) -> String {
    let op = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    format!(r#"{{"op":"{op}","args":["{}"]}}"#, topics.join("\",\""))
}

/// One question an instrument: a whole category does not fit one answer.
fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let request = |symbol: &&str| {
        let (category, symbol) = parts(symbol);
        Request::get(format!("/v5/market/instruments-info?category={category}&symbol={symbol}"))
    };
    wanted.iter().map(request).collect()
}

#[derive(Deserialize)]
struct Answer {
    result: Listing,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    list: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    symbol: String,
    base_coin: String,
    quote_coin: String,
    price_filter: PriceFilter,
    lot_size_filter: LotFilter,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PriceFilter {
    tick_size: Option<String>,
}

/// Contracts have `qtyStep` and `minNotionalValue`, spot `basePrecision` and `minOrderAmt`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LotFilter {
    qty_step: Option<String>,
    base_precision: Option<String>,
    min_order_qty: Option<String>,
    max_order_qty: Option<String>,
    min_notional_value: Option<String>,
    min_order_amt: Option<String>,
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let instrument = |(index, (symbol, answer)): (usize, (&&str, &Vec<u8>))| {
        let answer: Answer = serde_json::from_slice(answer).map_err(MetadataError::List)?;
        let (category, of) = parts(symbol);
        let listed = answer.result.list.iter().find(|listed| listed.symbol == of);
        let listed = listed.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        let lot = &listed.lot_size_filter;
        Rules {
            symbol,
            base: &listed.base_coin,
            quote: &listed.quote_coin,
            kind: match category {
                "linear" => ContractKind::Linear,
                "inverse" => ContractKind::Inverse,
                _ => ContractKind::Spot,
            },
            contract: "1",
            tick: listed.price_filter.tick_size.as_deref(),
            lot: lot.qty_step.as_deref().or(lot.base_precision.as_deref()),
            min_qty: lot.min_order_qty.as_deref(),
            max_qty: lot.max_order_qty.as_deref(),
            // Inverse contracts have no such rule.
            min_notional: lot.min_notional_value.as_deref().or(lot.min_order_amt.as_deref()).or(Some("0")),
        }
        .instrument(venue, InstrumentId(index as u32))
    };
    let listed = wanted.iter().zip(answers).enumerate().map(instrument);
    Ok(Instruments::new(listed.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::Grid;
    use engine_model::units::{Lots, Quote};

    fn wanted(symbols: &[&str]) -> Wanted {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let channels = (DIALECT.channels)(VenueId::Bybit).to_vec();
        Wanted { venue: VenueId::Bybit, symbols, channels, depth_ms: 100, levels: 5, streams_max: 200 }
    }

    #[test]
    fn each_category_has_a_socket_and_its_own_topics() {
        let lines = plan(&wanted(&["linear:BTCUSDT", "BTCUSDT"]), &Urls::defaults(VenueId::Bybit)).expect("a plan");
        let told: Vec<_> =
            lines.iter().map(|line| (line.route, line.endpoint.path.as_str(), line.streams.len())).collect();
        assert_eq!(told, [("spot", "/v5/public/spot", 2), ("linear", "/v5/public/linear", 4)]);
        let topics = r#""orderbook.200.BTCUSDT","publicTrade.BTCUSDT","tickers.BTCUSDT","allLiquidation.BTCUSDT""#;
        assert_eq!(lines[1].messages, [format!(r#"{{"op":"subscribe","args":[{topics}]}}"#)]);
        assert_eq!(lines[1].books[0].symbol.as_str(), "linear:BTCUSDT");
        assert_eq!(lines[1].books[0].again[0], r#"{"op":"unsubscribe","args":["orderbook.200.BTCUSDT"]}"#);
    }

    #[test]
    fn no_message_has_more_topics_than_the_venue_takes() {
        let symbols: Vec<String> = (0..30).map(|n| format!("linear:S{n}USDT")).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        let lines = plan(&wanted(&symbols), &Urls::defaults(VenueId::Bybit)).expect("a plan");
        assert_eq!((lines.len(), lines[0].streams.len(), lines[0].messages.len()), (1, 120, 12));
    }

    #[test]
    fn the_rules_of_both_kinds_of_instrument_are_read() {
        let linear =
            br#"{"retCode":0,"result":{"list":[{"symbol":"1000PEPEUSDT","baseCoin":"1000PEPE","quoteCoin":"USDT",
            "priceFilter":{"tickSize":"0.0000010"},"lotSizeFilter":{"maxOrderQty":"110000000","minOrderQty":"100",
            "qtyStep":"100","minNotionalValue":"5"}}]}}"#;
        let spot = br#"{"retCode":0,"result":{"list":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT",
            "priceFilter":{"tickSize":"0.1"},"lotSizeFilter":{"basePrecision":"0.000001","minOrderQty":"0.000001",
            "maxOrderQty":"230","minOrderAmt":"5"}}]}}"#;
        let answers = [linear.to_vec(), spot.to_vec()];
        let list = read_list(VenueId::Bybit, &answers, &["linear:1000PEPEUSDT", "spot:BTCUSDT"]).expect("listed");
        let pepe = list.get(InstrumentId(0));
        assert_eq!(pepe.grid, Grid { price_decimals: 6, tick_step: 1, qty_decimals: 0, lot_step: 100 });
        assert_eq!((pepe.kind, pepe.min_qty, pepe.min_notional), (ContractKind::Linear, Lots(1), Quote::whole(5)));
        let btc = list.get(InstrumentId(1));
        assert_eq!((btc.kind, btc.grid.qty_decimals, btc.max_qty), (ContractKind::Spot, 6, Lots(230_000_000)));
        let absent = read_list(VenueId::Bybit, &[b"{\"result\":{\"list\":[]}}".to_vec()], &["linear:X"]);
        assert_eq!(absent.expect_err("absent").to_string(), "bybit does not list linear:X");
    }
}
