//! How Hyperliquid is talked to: one path, a stream a message, a ping of our own; every book is whole, so that nothing is
//! ever repaired.
//!
//! Owns: addresses, subscriptions, and the list of instruments. Never: what a frame means.

use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync, stream_levels};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules, step_of};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;
use serde::Deserialize;

/// The only path.
const ROUTE: &str = "ws";

/// Streams on a line: of 1,000 an address, over 10 connections.
const STREAMS_MAX: usize = 300;

/// The market's own rule for every order, in USDC.
const NOTIONAL_MIN: &str = "10";

/// How Hyperliquid is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://api.hyperliquid.xyz", |_| "wss://api.hyperliquid.xyz"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/ws")],
    // A book comes each half second or 5 s: the best bid and ask come with every block.
    channels: |_| &[Channel::Book, Channel::Quote, Channel::Trade, Channel::Mark],
    plan,
    streams_max: STREAMS_MAX,
    // 2,000 a minute and address.
    messages_per_second: 30,
    // What the venue has not spoken on for 60 s it closes; it answers a ping.
    heartbeat: Some(Heartbeat { every_ns: 30_000_000_000, beat: Beat::Text(r#"{"method":"ping"}"#) }),
    resync: Resync::Again,
    has_relief: false,
    weight_limit: |_| 1_200,
    list: List { requests: list_requests, read: read_list },
};

/// Spot is `PURR/USDC` or, by its number, `@107`.
fn is_spot(coin: &str) -> bool {
    coin.contains('/') || coin.starts_with('@')
}

/// The subscription for one of our channels, books of so many levels a side; `None` where the venue does not have it.
fn subscription(coin: &str, channel: Channel, levels: u32) -> Option<String> {
    let (kind, more) = match channel {
        // Unless more are wanted, 5 levels a side each half second, not 20 each 5 s: an older price is none.
        Channel::Book if levels <= stream_levels(VenueId::Hyperliquid).0 => ("l2Book", r#","fast":true"#),
        Channel::Book => ("l2Book", ""),
        Channel::Quote => ("bbo", ""),
        Channel::Trade => ("trades", ""),
        Channel::Mark if !is_spot(coin) => ("activeAssetCtx", ""),
        Channel::Candle => ("candle", r#","interval":"1m""#),
        Channel::Mark | Channel::AggregateTrade | Channel::Liquidation => return None,
    };
    Some(format!(r#"{{"type":"{kind}","coin":"{coin}"{more}}}"#))
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: 1, message };
    let asked: Vec<Asked> = wanted.symbols.iter().flat_map(|symbol| asked(wanted, symbol)).collect();
    asking.lines(ROUTE, urls, &asked)
}

fn asked(wanted: &Wanted, symbol: &Name) -> Vec<Asked> {
    let of = |channel: &Channel| {
        let book = (*channel == Channel::Book).then_some(*symbol);
        subscription(symbol.as_str(), *channel, wanted.levels).map(|words| Asked { words, book })
    };
    wanted.channels.iter().filter_map(of).collect()
}

/// About one stream: the venue takes no more in a message.
fn message(ask: Ask, subscription: &[&str]) -> String {
    let method = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    format!(r#"{{"method":"{method}","subscription":{}}}"#, subscription.join(","))
}

/// Perpetuals and spot are two lists, each asked for by a POST.
fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let ask = |kind| Request::post_json("/info", format!(r#"{{"type":"{kind}"}}"#));
    let perpetuals = wanted.iter().any(|coin| !is_spot(coin)).then(|| ask("meta"));
    let spot = wanted.iter().any(|coin| is_spot(coin)).then(|| ask("spotMeta"));
    perpetuals.into_iter().chain(spot).collect()
}

/// Either list: the one of spot has tokens.
#[derive(Deserialize)]
struct Market {
    universe: Vec<Listed>,
    #[serde(default)]
    tokens: Vec<Token>,
}

/// A perpetual has decimals of its own; a pair of spot has two tokens.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    sz_decimals: Option<u8>,
    tokens: Option<[u32; 2]>,
    is_delisted: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    name: String,
    index: u32,
    sz_decimals: u8,
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let market = |answer: &Vec<u8>| serde_json::from_slice(answer).map_err(MetadataError::List);
    let markets = answers.iter().map(market).collect::<Result<Vec<Market>, _>>()?;
    let instrument = |(index, coin): (usize, &&str)| {
        let of = markets.iter().filter(|market| is_spot(coin) != market.tokens.is_empty());
        let mut listed = of.flat_map(|market| market.universe.iter().map(move |listed| (market, listed)));
        let found = listed.find(|(_, listed)| listed.name == **coin && listed.is_delisted != Some(true));
        let (market, listed) = found.ok_or_else(|| MetadataError::Absent { venue, symbol: (*coin).to_owned() })?;
        market.instrument(venue, InstrumentId(index as u32), listed)
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

impl Market {
    fn instrument(&self, venue: VenueId, id: InstrumentId, listed: &Listed) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: listed.name.clone(), rule };
        let token = |index| self.tokens.iter().find(|token| token.index == index).ok_or_else(|| broken("token"));
        let (base, quote, kind, size_decimals, decimals) = match listed.tokens {
            Some([base, quote]) => {
                let base = token(base)?;
                (base.name.as_str(), token(quote)?.name.as_str(), ContractKind::Spot, Some(base.sz_decimals), 8)
            }
            None => (listed.name.as_str(), "USDC", ContractKind::Linear, listed.sz_decimals, 6),
        };
        let size_decimals = size_decimals.ok_or_else(|| broken("size decimals"))?;
        // The finest price that there may be. Of these only those of at most five significant figures are accepted in an
        // order, and whole numbers: no grid says that, for it depends on the price.
        let price_decimals = u8::checked_sub(decimals, size_decimals).ok_or_else(|| broken("size decimals"))?;
        let lot = step_of(size_decimals.into());
        Rules {
            symbol: &listed.name,
            base,
            quote,
            kind,
            contract: "1",
            tick: Some(&step_of(price_decimals.into())),
            lot: Some(&lot),
            min_qty: Some(&lot),
            max_qty: Some(""),
            min_notional: Some(NOTIONAL_MIN),
        }
        .instrument(venue, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::Grid;
    use engine_model::units::{Lots, Quote};

    fn lines(symbols: &[&str], channels: &[Channel]) -> Vec<LinePlan> {
        lines_of(symbols, channels, 5)
    }

    fn lines_of(symbols: &[&str], channels: &[Channel], levels: u32) -> Vec<LinePlan> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let (channels, venue) = (channels.to_vec(), VenueId::Hyperliquid);
        let wanted = Wanted { venue, symbols, channels, depth_ms: 100, levels, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue)).expect("a plan")
    }

    #[test]
    fn each_stream_is_asked_for_by_a_message_of_its_own() {
        let lines = lines(&["kPEPE", "@107"], (DIALECT.channels)(VenueId::Hyperliquid));
        assert_eq!((lines.len(), lines[0].streams.len(), lines[0].messages.len(), lines[0].books.len()), (1, 7, 7, 2));
        let messages = [
            r#"{"method":"subscribe","subscription":{"type":"l2Book","coin":"kPEPE","fast":true}}"#,
            r#"{"method":"subscribe","subscription":{"type":"bbo","coin":"kPEPE"}}"#,
            r#"{"method":"subscribe","subscription":{"type":"trades","coin":"kPEPE"}}"#,
            r#"{"method":"subscribe","subscription":{"type":"activeAssetCtx","coin":"kPEPE"}}"#,
        ];
        assert_eq!(lines[0].messages[..4], messages);
        let again = r#"{"method":"unsubscribe","subscription":{"type":"l2Book","coin":"@107","fast":true}}"#;
        assert_eq!((lines[0].books[1].symbol.as_str(), lines[0].books[1].again[0].as_str()), ("@107", again));
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "api.hyperliquid.xyz:443/ws");
    }

    /// The deep book has no word for its kind, and one line never asks for both.
    #[test]
    fn more_than_five_levels_are_the_slow_deep_book() {
        let lines = lines_of(&["BTC"], &[Channel::Book], 6);
        assert_eq!(lines[0].messages, [r#"{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#]);
        let again = [
            r#"{"method":"unsubscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#,
            r#"{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC"}}"#,
        ];
        assert_eq!(lines[0].books[0].again[..], again);
    }

    #[test]
    fn candles_are_there_and_liquidations_are_not() {
        let lines = lines(&["BTC"], &[Channel::Candle, Channel::Liquidation]);
        assert_eq!(lines[0].streams, [r#"{"type":"candle","coin":"BTC","interval":"1m"}"#]);
    }

    const META: &str = r#"{"universe":[{"maxLeverage":40,"name":"BTC","szDecimals":5},
        {"maxLeverage":25,"name":"ETH","szDecimals":4},{"maxLeverage":20,"name":"SOL","szDecimals":2},
        {"maxLeverage":10,"name":"kPEPE","szDecimals":0},{"name":"MATIC","szDecimals":1,"isDelisted":true}]}"#;
    const SPOT_META: &str = r#"{"universe":[{"tokens":[1,0],"name":"PURR/USDC","index":0,"isCanonical":true},
        {"tokens":[150,0],"name":"@107","index":107,"isCanonical":false},
        {"tokens":[9,0],"name":"@9","index":9,"isCanonical":false}],
        "tokens":[{"name":"USDC","szDecimals":8,"weiDecimals":8,"index":0},
        {"name":"PURR","szDecimals":0,"weiDecimals":5,"index":1},
        {"name":"HYPE","szDecimals":2,"weiDecimals":8,"index":150}]}"#;

    fn list(wanted: &[&str]) -> Result<Instruments, MetadataError> {
        let answer = |request: &Request| match request.body.as_slice() {
            br#"{"type":"meta"}"# => META.into(),
            br#"{"type":"spotMeta"}"# => SPOT_META.into(),
            other => panic!("{other:?}"),
        };
        let answers: Vec<Vec<u8>> = list_requests(VenueId::Hyperliquid, wanted).iter().map(answer).collect();
        read_list(VenueId::Hyperliquid, &answers, wanted)
    }

    #[test]
    fn a_perpetual_has_six_decimals_less_those_of_its_size_and_spot_eight() {
        let coins = ["BTC", "ETH", "SOL", "kPEPE", "PURR/USDC", "@107"];
        let list = list(&coins).expect("listed");
        let decimals = [(1, 5), (2, 4), (4, 2), (6, 0), (8, 0), (6, 2)];
        let expected =
            decimals.map(|(px, qty)| Grid { price_decimals: px, tick_step: 1, qty_decimals: qty, lot_step: 1 });
        assert_eq!(list.iter().map(|instrument| instrument.grid).collect::<Vec<_>>(), expected);
        let hype = list.get(InstrumentId(5));
        assert_eq!((hype.base.as_str(), hype.quote.as_str(), hype.kind), ("HYPE", "USDC", ContractKind::Spot));
        // 100,000.0 dollars a coin, a lot is 0.00001 coins: 1 dollar. Of PEPE a lot is a thousand.
        let (btc, pepe) = (list.get(InstrumentId(0)), list.get(InstrumentId(3)));
        let px = btc.grid.ticks(b"100000.0").expect("on the grid");
        assert_eq!((btc.notional(px, Lots(1)), btc.min_notional), (Some(Quote::whole(1)), Quote::whole(10)));
        let px = pepe.grid.ticks(b"0.012").expect("on the grid");
        assert_eq!((pepe.notional(px, Lots(1_000)), pepe.kind), (Some(Quote::whole(12)), ContractKind::Linear));
    }

    #[test]
    fn what_is_not_listed_or_listed_no_more_is_named() {
        for (coin, said) in [
            ("BTCUSDT", "hyperliquid does not list BTCUSDT"),
            ("MATIC", "hyperliquid does not list MATIC"),
            ("@108", "hyperliquid does not list @108"),
            ("BTC/USDC", "hyperliquid does not list BTC/USDC"),
            ("@9", "@9: token is missing or cannot be read"),
        ] {
            assert_eq!(list(&[coin]).expect_err("absent").to_string(), said);
        }
    }
}
