//! How Kraken is talked to: one path, a channel a message, a ping of our own; books that come whole when their channel is
//! asked for, at one depth.
//!
//! Owns: addresses, channels, and the list of instruments. Never: what a frame means.

use super::{asset, describe};
use crate::live::channels::ByChannel;
use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules, step_of};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::venue::VenueId;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The only path.
const ROUTE: &str = "v2";

/// Streams on a line. The venue names no limit; a line that is lost takes so many with it.
const STREAMS_MAX: usize = 200;

/// How Kraken is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://api.kraken.com", |_| "wss://ws.kraken.com"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/v2")],
    channels: |_| &[Channel::Book, Channel::Trade],
    plan,
    streams_max: STREAMS_MAX,
    messages_per_second: 10,
    // 60 s of silence on our side close a connection.
    heartbeat: Some(Heartbeat { every_ns: 30_000_000_000, beat: Beat::Text(r#"{"method":"ping"}"#) }),
    // A book that its checksum refutes.
    resync: Resync::Again,
    has_relief: false,
    // A request a second, and the list is one.
    weight_limit: |_| 60,
    list: List { requests: |_, _| vec![Request::get("/0/public/AssetPairs")], read: read_list },
};

/// The venue's name of a channel; `None` where it has none. Best bid and ask come by a ticker, no sooner than by the book.
const fn name(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Book => Some("book"),
        Channel::Trade => Some("trade"),
        Channel::Candle => Some("ohlc"),
        Channel::Quote | Channel::AggregateTrade | Channel::Mark | Channel::Liquidation => None,
    }
}

/// What a channel must be told besides: how deep, of what, and no history of trades, which would look like news.
fn options(channel: &str) -> &'static str {
    match channel {
        "book" => r#","depth":100"#,
        "ohlc" => r#","interval":1,"snapshot":false"#,
        _ => r#","snapshot":false"#,
    }
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let channels: Vec<&str> = wanted.channels.iter().filter_map(|channel| name(*channel)).collect();
    let a_line = wanted.streams_max.min(STREAMS_MAX);
    let asking = ByChannel { route: ROUTE, a_line, a_message: 50, book: "book", message };
    asking.lines(urls, &wanted.symbols, &channels)
}

fn message(ask: Ask, channel: &str, pairs: &[&str]) -> String {
    let method = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    let (pairs, options) = (pairs.join("\",\""), options(channel));
    format!(r#"{{"method":"{method}","params":{{"channel":"{channel}","symbol":["{pairs}"]{options}}}}}"#)
}

/// Errors come with status 200.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Vec<String>,
    #[serde(default)]
    result: BTreeMap<String, Pair>,
}

/// `wsname` has the names of assets that this API had first: `XBT/USD`.
#[derive(Deserialize)]
struct Pair {
    wsname: Option<String>,
    pair_decimals: u8,
    lot_decimals: u8,
    tick_size: Option<String>,
    ordermin: Option<String>,
    costmin: Option<String>,
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let answer = answers.first().map_or(&[][..], Vec::as_slice);
    let answer: Answer = serde_json::from_slice(answer).map_err(MetadataError::List)?;
    if !answer.error.is_empty() {
        return Err(MetadataError::Refused { venue, said: answer.error.join(", ") });
    }
    let named = |pair: Pair| Some((symbol(pair.wsname.as_deref()?), pair));
    let pairs: BTreeMap<String, Pair> = answer.result.into_values().filter_map(named).collect();
    let instrument = |(index, symbol): (usize, &&str)| {
        let pair = pairs.get(*symbol).ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        pair.instrument(venue, InstrumentId(index as u32), symbol)
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

/// A pair as its streams call it.
fn symbol(wsname: &str) -> String {
    let (base, quote) = wsname.split_once('/').unwrap_or((wsname, ""));
    format!("{}/{}", asset(base), asset(quote))
}

impl Pair {
    fn instrument(&self, venue: VenueId, id: InstrumentId, symbol: &str) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: symbol.to_owned(), rule };
        let named = describe(symbol);
        let mut instrument = Rules {
            symbol,
            base: named.base.as_str(),
            quote: named.quote.as_str(),
            kind: ContractKind::Spot,
            contract: "1",
            tick: self.tick_size.as_deref(),
            lot: Some(&step_of(self.lot_decimals.into())),
            min_qty: self.ordermin.as_deref(),
            max_qty: Some(""),
            min_notional: self.costmin.as_deref(),
        }
        .instrument(venue, id)?;
        // A checksum is over the texts: the grid has as many decimals as they have, even where every tick ends in zeros.
        let grid = &mut instrument.grid;
        let zeros =
            self.pair_decimals.checked_sub(grid.price_decimals).and_then(|zeros| 10_i64.checked_pow(zeros.into()));
        let tick_step = zeros.and_then(|zeros| grid.tick_step.checked_mul(zeros));
        grid.tick_step = tick_step.ok_or_else(|| broken("tick size within the decimals of a price"))?;
        grid.price_decimals = self.pair_decimals;
        Ok(instrument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{Grid, Name};
    use engine_model::units::{Lots, Quote};

    fn lines(symbols: &[&str], channels: &[Channel]) -> Vec<LinePlan> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let (channels, venue) = (channels.to_vec(), VenueId::Kraken);
        let wanted = Wanted { venue, symbols, channels, depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue)).expect("a plan")
    }

    #[test]
    fn each_channel_is_asked_for_by_a_message_for_all_pairs() {
        let lines = lines(&["BTC/USD", "ETH/USD"], (DIALECT.channels)(VenueId::Kraken));
        let messages = [
            r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","ETH/USD"],"depth":100}}"#,
            r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","ETH/USD"],"snapshot":false}}"#,
        ];
        assert_eq!((lines.len(), &lines[0].messages[..]), (1, &messages.map(str::to_owned)[..]));
        assert_eq!(lines[0].streams, ["book:BTC/USD", "trade:BTC/USD", "book:ETH/USD", "trade:ETH/USD"]);
        let again = [
            r#"{"method":"unsubscribe","params":{"channel":"book","symbol":["ETH/USD"],"depth":100}}"#,
            r#"{"method":"subscribe","params":{"channel":"book","symbol":["ETH/USD"],"depth":100}}"#,
        ];
        assert_eq!(
            (lines[0].books[1].symbol.as_str(), &lines[0].books[1].again[..]),
            ("ETH/USD", &again.map(str::to_owned)[..])
        );
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "ws.kraken.com:443/v2");
    }

    #[test]
    fn a_spot_market_has_candles_and_no_mark() {
        let lines = lines(&["BTC/USD"], &[Channel::Quote, Channel::Candle, Channel::Mark, Channel::Liquidation]);
        let message =
            r#"{"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"interval":1,"snapshot":false}}"#;
        assert_eq!((&lines[0].messages[..], lines[0].books.len()), (&[message.to_owned()][..], 0));
    }

    #[test]
    fn no_line_has_more_streams_than_a_loss_may_take() {
        let symbols: Vec<String> = (0..150).map(|n| format!("C{n}/USD")).collect();
        let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
        let lines = lines(&symbols, &[Channel::Book, Channel::Trade]);
        let told: Vec<_> = lines.iter().map(|line| (line.books.len(), line.messages.len())).collect();
        assert_eq!(told, [(100, 4), (50, 2)]);
    }

    const PAIRS: &str = r#"{"error":[],"result":{
        "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005",
            "costmin":"0.5","tick_size":"0.1","status":"online"},
        "XETHZUSD":{"wsname":"ETH/USD","pair_decimals":2,"lot_decimals":8,"ordermin":"0.001","costmin":"0.5",
            "tick_size":"0.01"},
        "SOLUSD":{"wsname":"SOL/USD","pair_decimals":2,"lot_decimals":8,"ordermin":"0.02","costmin":"0.5",
            "tick_size":"0.05"},
        "PEPEUSD":{"wsname":"PEPE/USD","pair_decimals":9,"lot_decimals":5,"ordermin":"500000","costmin":"0.5",
            "tick_size":"0.000000001"},
        "XDGUSD":{"wsname":"XDG/USD","pair_decimals":7,"lot_decimals":8,"ordermin":"20","costmin":"0.5",
            "tick_size":"0.0000100"},
        "ODD":{"wsname":"ODD/USD","pair_decimals":1,"lot_decimals":0,"ordermin":"1","costmin":"0.5","tick_size":"0.01"}}}"#;

    fn list(wanted: &[&str]) -> Result<Instruments, MetadataError> {
        read_list(VenueId::Kraken, &[PAIRS.into()], wanted)
    }

    #[test]
    fn a_grid_has_as_many_decimals_as_the_texts_that_a_checksum_is_over() {
        let list = list(&["BTC/USD", "ETH/USD", "SOL/USD", "PEPE/USD", "DOGE/USD"]).expect("listed");
        let told = |id| {
            let Grid { price_decimals, tick_step, qty_decimals, lot_step } = list.get(InstrumentId(id)).grid;
            (price_decimals, tick_step, qty_decimals, lot_step)
        };
        assert_eq!(
            (0..5).map(told).collect::<Vec<_>>(),
            [(1, 1, 8, 1), (2, 1, 8, 1), (2, 5, 8, 1), (9, 1, 5, 1), (7, 100, 8, 1)]
        );
        let btc = list.get(InstrumentId(0));
        assert_eq!((btc.base.as_str(), btc.min_qty, btc.max_qty), ("BTC", Lots(5_000), Lots(i64::MAX)));
        // 80,000.0 dollars a coin: a hundred-millionth is 0.0008 dollars, the smallest order 4 dollars.
        let px = btc.grid.ticks(b"80000.0").expect("on the grid");
        assert_eq!(
            (btc.notional(px, Lots(1)), btc.notional(px, btc.min_qty)),
            (Some(Quote(80_000)), Some(Quote::whole(4)))
        );
        let pepe = list.get(InstrumentId(3));
        let px = pepe.grid.ticks(b"0.000008000").expect("on the grid");
        assert_eq!(pepe.notional(px, pepe.min_qty), Some(Quote::whole(4)));
    }

    #[test]
    fn what_the_venue_does_not_list_or_does_not_say_is_named() {
        for (wanted, said) in [
            ("XBT/USD", "kraken does not list XBT/USD"),
            ("ODD/USD", "ODD/USD: tick size within the decimals of a price is missing or cannot be read"),
        ] {
            assert_eq!(list(&[wanted]).expect_err("refused").to_string(), said);
        }
        let busy = br#"{"error":["EGeneral:Temporary lockout"]}"#;
        let said = read_list(VenueId::Kraken, &[busy.to_vec()], &["BTC/USD"]).expect_err("refused").to_string();
        assert_eq!(said, "kraken gives no list of instruments: EGeneral:Temporary lockout");
    }
}
