//! How Kraken Futures is talked to: one path, a feed a message, pings of the protocol; books that come whole when their feed
//! is asked for.
//!
//! Owns: addresses, feeds, and the list of instruments. Never: what a frame means.

use super::describe;
use crate::json::Value;
use crate::live::channels::ByChannel;
use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules, step_of, written_out};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::venue::VenueId;

/// The only path.
const ROUTE: &str = "v1";

/// Streams on a line. The venue names no limit; a line that is lost takes so many with it.
const STREAMS_MAX: usize = 200;

/// How Kraken Futures is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://futures.kraken.com", |_| "wss://futures.kraken.com"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/ws/v1")],
    channels: |_| &[Channel::Book, Channel::Trade, Channel::Mark],
    plan,
    streams_max: STREAMS_MAX,
    // 100 a second, requests of all kinds.
    messages_per_second: 50,
    // The venue wants a ping each 60 s at least.
    heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Ping }),
    // A hole in the numbers of a product.
    resync: Resync::Again,
    has_relief: false,
    weight_limit: |_| 600,
    list: List { requests: |_, _| vec![Request::get("/derivatives/api/v3/instruments")], read: read_list },
};

/// The venue's name of a channel; `None` where it has none. A liquidation is a trade of another type, and the ticker tells a
/// best bid and ask only once a second, which the book does at once.
const fn name(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Book => Some("book"),
        Channel::Trade | Channel::Liquidation => Some("trade"),
        Channel::Mark => Some("ticker"),
        Channel::Quote | Channel::Candle | Channel::AggregateTrade => None,
    }
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let mut feeds: Vec<&str> = Vec::new();
    for feed in wanted.channels.iter().filter_map(|channel| name(*channel)) {
        if !feeds.contains(&feed) {
            feeds.push(feed);
        }
    }
    let a_line = wanted.streams_max.min(STREAMS_MAX);
    let asking = ByChannel { route: ROUTE, a_line, a_message: 50, book: "book", message };
    asking.lines(urls, &wanted.symbols, &feeds)
}

fn message(ask: Ask, feed: &str, products: &[&str]) -> String {
    let event = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    format!(r#"{{"event":"{event}","feed":"{feed}","product_ids":["{}"]}}"#, products.join("\",\""))
}

/// Read in place: numbers come as JSON numbers, and a float would not keep them.
fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let refused = |said: &[u8]| MetadataError::Refused { venue, said: String::from_utf8_lossy(said).into_owned() };
    let answer = answers.first().map_or(&[][..], Vec::as_slice);
    let list = Value::parse(answer).ok().and_then(|answer| answer.member("instruments"));
    let list = list.ok_or_else(|| refused(&answer[..answer.len().min(SAID_MAX)]))?;
    let instrument = |(index, symbol): (usize, &&str)| {
        let found = list.elements().filter_map(Contract::read).find(|contract| contract.is(symbol));
        let contract = found.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        contract.instrument(venue, InstrumentId(index as u32), symbol)
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

/// Bytes of an answer that is no list which an error repeats.
const SAID_MAX: usize = 200;

/// What a list says of a contract, as texts.
struct Contract {
    symbol: String,
    kind: ContractKind,
    size: Option<String>,
    tick: Option<String>,
    /// Decimals of a quantity; below zero, zeros at its end.
    precision: Option<i32>,
}

impl Contract {
    /// `None` for an index, and for what is not traded.
    fn read(row: Value<'_>) -> Option<Self> {
        let [symbol, kind, tradeable, size, tick, precision] =
            row.pick(["symbol", "type", "tradeable", "contractSize", "tickSize", "contractValueTradePrecision"]);
        let kind = match written_out(kind?)?.as_str() {
            "futures_inverse" => ContractKind::Inverse,
            "flexible_futures" | "futures_vanilla" => ContractKind::Linear,
            _ => return None,
        };
        (tradeable?.boolean()?).then_some(())?;
        Some(Self {
            symbol: written_out(symbol?)?,
            kind,
            size: size.and_then(written_out),
            tick: tick.and_then(written_out),
            precision: precision.and_then(written_out).and_then(|text| text.parse().ok()),
        })
    }

    /// Lists of 2021 have the names of products in lower case.
    fn is(&self, symbol: &str) -> bool {
        self.symbol.eq_ignore_ascii_case(symbol)
    }

    fn instrument(&self, venue: VenueId, id: InstrumentId, symbol: &str) -> Result<Instrument, MetadataError> {
        let broken = |rule| MetadataError::Rule { symbol: symbol.to_owned(), rule };
        let precision = self.precision.filter(|precision| precision.unsigned_abs() <= 18);
        let lot = step_of(precision.ok_or_else(|| broken("trade precision"))?);
        let named = describe(symbol);
        Rules {
            symbol,
            base: named.base.as_str(),
            quote: named.quote.as_str(),
            kind: self.kind,
            contract: self.size.as_deref().ok_or_else(|| broken("contract size"))?,
            tick: self.tick.as_deref(),
            lot: Some(&lot),
            min_qty: Some(&lot),
            max_qty: Some(""),
            // The venue has no such rule.
            min_notional: Some("0"),
        }
        .instrument(venue, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{Grid, Name};
    use engine_model::units::{Lots, Quote};

    fn lines(symbols: &[&str], channels: &[Channel]) -> Vec<LinePlan> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let (channels, venue) = (channels.to_vec(), VenueId::KrakenFutures);
        let wanted = Wanted { venue, symbols, channels, depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue)).expect("a plan")
    }

    #[test]
    fn each_feed_is_asked_for_by_a_message_for_all_products() {
        let lines = lines(&["PF_XBTUSD", "PI_XBTUSD"], (DIALECT.channels)(VenueId::KrakenFutures));
        let messages = ["book", "trade", "ticker"]
            .map(|feed| format!(r#"{{"event":"subscribe","feed":"{feed}","product_ids":["PF_XBTUSD","PI_XBTUSD"]}}"#));
        assert_eq!((lines.len(), &lines[0].messages[..]), (1, &messages[..]));
        let again = [
            r#"{"event":"unsubscribe","feed":"book","product_ids":["PI_XBTUSD"]}"#,
            r#"{"event":"subscribe","feed":"book","product_ids":["PI_XBTUSD"]}"#,
        ];
        assert_eq!(lines[0].books[1].again, again);
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "futures.kraken.com:443/ws/v1");
    }

    #[test]
    fn liquidations_are_trades_and_no_feed_is_asked_for_twice() {
        let told = |channels: &[Channel]| lines(&["PF_XBTUSD"], channels)[0].streams.clone();
        assert_eq!(told(&[Channel::Trade, Channel::Liquidation, Channel::Candle]), ["trade:PF_XBTUSD"]);
        assert_eq!(told(&[Channel::Liquidation]), ["trade:PF_XBTUSD"]);
    }

    const LIST: &str = r#"{"result":"success","instruments":[
        {"symbol":"in_xbtusd","type":"spot index","tradeable":false},
        {"symbol":"pi_xbtusd","type":"futures_inverse","tickSize":0.5,"contractSize":1,"tradeable":true,
            "contractValueTradePrecision":0},
        {"symbol":"PF_XBTUSD","type":"flexible_futures","tickSize":1,"contractSize":1,"tradeable":true,
            "contractValueTradePrecision":4},
        {"symbol":"PF_ETHUSD","type":"flexible_futures","tickSize":0.1,"contractSize":1.0,"tradeable":true,
            "contractValueTradePrecision":3},
        {"symbol":"PF_SOLUSD","type":"flexible_futures","tickSize":0.01,"contractSize":1,"tradeable":true,
            "contractValueTradePrecision":2},
        {"symbol":"PF_PEPEUSD","type":"flexible_futures","tickSize":1E-9,"contractSize":1,"tradeable":true,
            "contractValueTradePrecision":-3},
        {"symbol":"PF_OLDUSD","type":"flexible_futures","tickSize":0.1,"contractSize":1,"tradeable":false,
            "contractValueTradePrecision":1},
        {"symbol":"PF_ODDUSD","type":"flexible_futures","tickSize":0.1,"contractSize":1,"tradeable":true}]}"#;

    fn list(wanted: &[&str]) -> Result<Instruments, MetadataError> {
        read_list(VenueId::KrakenFutures, &[LIST.into()], wanted)
    }

    #[test]
    fn sizes_are_dollars_of_an_inverse_contract_and_coins_of_a_linear_one() {
        let products = ["PI_XBTUSD", "PF_XBTUSD", "PF_ETHUSD", "PF_SOLUSD", "PF_PEPEUSD"];
        let list = list(&products).expect("listed");
        let told = |id| {
            let Grid { price_decimals, tick_step, qty_decimals, lot_step } = list.get(InstrumentId(id)).grid;
            (price_decimals, tick_step, qty_decimals, lot_step)
        };
        let grids = [(1, 5, 0, 1), (0, 1, 4, 1), (1, 1, 3, 1), (2, 1, 2, 1), (9, 1, 0, 1_000)];
        assert_eq!((0..5).map(told).collect::<Vec<_>>(), grids);
        let worth = |id, px: &str, lots| {
            let of = list.get(InstrumentId(id));
            of.notional(of.grid.ticks(px.as_bytes()).expect("on the grid"), Lots(lots))
        };
        assert_eq!(list.get(InstrumentId(0)).kind, ContractKind::Inverse);
        assert_eq!(worth(0, "60000.5", 7), Some(Quote::whole(7)));
        assert_eq!(worth(1, "60000", 1), Some(Quote::whole(6)));
        assert_eq!(worth(2, "3000.0", 1), Some(Quote::whole(3)));
        assert_eq!(worth(3, "150.00", 2), Some(Quote::whole(3)));
        assert_eq!(worth(4, "0.000012000", 250), Some(Quote::whole(3)));
    }

    #[test]
    fn what_is_not_listed_not_traded_or_not_told_is_named() {
        for (product, said) in [
            ("PF_OLDUSD", "kraken-futures does not list PF_OLDUSD"),
            ("IN_XBTUSD", "kraken-futures does not list IN_XBTUSD"),
            ("BTC", "kraken-futures does not list BTC"),
            ("PF_ODDUSD", "PF_ODDUSD: trade precision is missing or cannot be read"),
        ] {
            assert_eq!(list(&[product]).expect_err("refused").to_string(), said);
        }
        let busy = br#"{"result":"error","error":"apiLimitExceeded"}"#;
        let said =
            read_list(VenueId::KrakenFutures, &[busy.to_vec()], &["PF_XBTUSD"]).expect_err("refused").to_string();
        assert!(said.contains("gives no list of instruments") && said.contains("apiLimitExceeded"), "{said}");
    }
}
