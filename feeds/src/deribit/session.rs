//! How Deribit is talked to: JSON-RPC on one path, channels named by instrument, heartbeats that we ask for and whose
//! question we answer, books that come whole when their channel is asked for.
//!
//! Owns: addresses, channels, and the list of instruments. Never: what a frame means.
//!
//! Books each 100 ms: the raw ones want a login. Amounts are told in what the contract counts, dollars of an inverse one and
//! coins of the others, never in contracts.

use super::describe;
use crate::json::Value;
use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules, written_out};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::venue::VenueId;

/// The only path.
const ROUTE: &str = "v2";

/// Channels on a line; the venue takes 500 in a message.
const STREAMS_MAX: usize = 300;

/// The answer to the venue's question whether we are there; said before it asks, it does no harm.
pub(super) const TEST: Beat =
    Beat::Asked(r#"{"jsonrpc":"2.0","id":"test","method":"public/test","params":{}}"#, r#""test_request""#);

/// What a line begins with: who we are, and that the venue shall ask for us each ten seconds, its shortest.
const HELLO: [&str; 2] = [
    r#"{"jsonrpc":"2.0","id":1,"method":"public/hello","params":{"client_name":"ringside","client_version":"1"}}"#,
    r#"{"jsonrpc":"2.0","id":2,"method":"public/set_heartbeat","params":{"interval":10}}"#,
];

/// How Deribit is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://www.deribit.com", |_| "wss://www.deribit.com"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/ws/api/v2")],
    channels: |_| &[Channel::Book, Channel::Trade, Channel::Mark],
    plan,
    streams_max: STREAMS_MAX,
    // Ten subscriptions at once, then three in a second.
    messages_per_second: 5,
    heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: TEST }),
    // A hole in the numbers of a book.
    resync: Resync::Again,
    has_relief: false,
    // 20 questions in a second.
    weight_limit: |_| 600,
    list: List { requests: list_requests, read: read_list },
};

/// The venue's channel of a symbol; `None` where it has none. A liquidation is a mark on a trade.
fn words(symbol: &str, channel: Channel) -> Option<String> {
    match channel {
        Channel::Book => Some(format!("book.{symbol}.100ms")),
        Channel::Trade | Channel::Liquidation => Some(format!("trades.{symbol}.100ms")),
        Channel::Mark => Some(format!("ticker.{symbol}.100ms")),
        Channel::Quote => Some(format!("quote.{symbol}")),
        Channel::Candle => Some(format!("chart.trades.{symbol}.1")),
        Channel::AggregateTrade => None,
    }
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let mut asked: Vec<Asked> = Vec::new();
    for symbol in &wanted.symbols {
        for channel in &wanted.channels {
            let book = (*channel == Channel::Book).then_some(*symbol);
            let words = words(symbol.as_str(), *channel);
            if let Some(words) = words.filter(|words| asked.iter().all(|known| known.words != *words)) {
                asked.push(Asked { words, book });
            }
        }
    }
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: 100, message };
    let mut lines = asking.lines(ROUTE, urls, &asked)?;
    for line in &mut lines {
        line.messages.splice(0..0, HELLO.map(str::to_owned));
    }
    Ok(lines)
}

fn message(ask: Ask, channels: &[&str]) -> String {
    let (id, method) = match ask {
        Ask::Subscribe => (3, "subscribe"),
        Ask::Unsubscribe => (4, "unsubscribe"),
    };
    let channels = channels.join("\",\"");
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"public/{method}","params":{{"channels":["{channels}"]}}}}"#)
}

/// What kind of instrument the venue lists a symbol under.
fn kind(symbol: &str) -> &'static str {
    let parts: Vec<&str> = symbol.split('-').collect();
    match parts[..] {
        [_] => "spot",
        [_, "FS", ..] => "future_combo",
        [_, _] => "future",
        [_, _, _, "C" | "P"] => "option",
        _ => "option_combo",
    }
}

/// A list of each kind that is wanted, of all currencies.
fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let mut kinds: Vec<&str> = wanted.iter().map(|symbol| kind(symbol)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let path = |kind: &str| format!("/api/v2/public/get_instruments?currency=any&kind={kind}");
    kinds.into_iter().map(|kind| Request::get(path(kind))).collect()
}

/// Bytes of an answer that is no list which an error repeats.
const SAID_MAX: usize = 200;

/// Read in place: numbers come as JSON numbers, and a float would not keep them.
fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let mut lists = Vec::new();
    for answer in answers {
        let refused = || {
            let said = String::from_utf8_lossy(&answer[..answer.len().min(SAID_MAX)]).into_owned();
            MetadataError::Refused { venue, said }
        };
        let list = Value::parse(answer).ok().and_then(|answer| answer.member("result"));
        lists.push(list.filter(|list| list.is_array()).ok_or_else(refused)?);
    }
    let instrument = |(index, symbol): (usize, &&str)| {
        let rows = lists.iter().flat_map(|list| list.elements());
        let is_it = |row: &Value<'_>| row.says("instrument_name", &[symbol]);
        let is_traded = |row: &Value<'_>| row.member("is_active").and_then(Value::boolean) == Some(true);
        let found = rows.filter(is_traded).find(is_it);
        let row = found.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        let [tick, step, least, is] = row.pick(["tick_size", "contract_size", "min_trade_amount", "instrument_type"]);
        let [tick, step, least] = [tick, step, least].map(|value| value.and_then(written_out));
        let named = describe(symbol);
        // A future whose amounts were counted in something else than its name says would be a hundred thousand times off.
        let is_linear = is.and_then(Value::string).map(|is| is.is("linear"));
        if kind(symbol) == "future" && is_linear.is_some_and(|is| is != (named.kind == ContractKind::Linear)) {
            return Err(MetadataError::Rule { symbol: (*symbol).to_owned(), rule: "type of contract" });
        }
        Rules {
            symbol,
            base: named.base.as_str(),
            quote: named.quote.as_str(),
            kind: named.kind,
            // What is counted is dollars or coins, in steps of a contract.
            contract: "1",
            tick: tick.as_deref(),
            lot: step.as_deref(),
            min_qty: least.as_deref(),
            max_qty: Some(""),
            // The venue has no such rule.
            min_notional: Some("0"),
        }
        .instrument(venue, InstrumentId(index as u32))
    };
    Ok(Instruments::new(wanted.iter().enumerate().map(instrument).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::instrument::{Grid, Name};
    use engine_model::units::{Lots, Quote};

    fn lines(symbols: &[&str], channels: &[Channel]) -> Vec<LinePlan> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let (channels, venue) = (channels.to_vec(), VenueId::Deribit);
        let wanted = Wanted { venue, symbols, channels, depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(venue)).expect("a plan")
    }

    #[test]
    fn a_line_says_hello_asks_for_heartbeats_and_then_for_channels() {
        let lines = lines(&["BTC-PERPETUAL", "ETH_USDC-PERPETUAL"], (DIALECT.channels)(VenueId::Deribit));
        let subscribe = r#"{"jsonrpc":"2.0","id":3,"method":"public/subscribe","params":{"channels":["book.BTC-PERPETUAL.100ms","trades.BTC-PERPETUAL.100ms","ticker.BTC-PERPETUAL.100ms","book.ETH_USDC-PERPETUAL.100ms","trades.ETH_USDC-PERPETUAL.100ms","ticker.ETH_USDC-PERPETUAL.100ms"]}}"#;
        assert_eq!((lines.len(), &lines[0].messages[..]), (1, &[HELLO[0], HELLO[1], subscribe].map(str::to_owned)[..]));
        let again = ["\"id\":4,\"method\":\"public/unsubscribe\"", "\"id\":3,\"method\":\"public/subscribe\""];
        for (said, method) in lines[0].books[1].again.iter().zip(again) {
            let words = r#""params":{"channels":["book.ETH_USDC-PERPETUAL.100ms"]}}"#;
            assert_eq!(*said, format!(r#"{{"jsonrpc":"2.0",{method},{words}"#));
        }
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "www.deribit.com:443/ws/api/v2");
    }

    #[test]
    fn liquidations_are_trades_and_no_channel_is_asked_for_twice() {
        let told = |channels: &[Channel]| lines(&["BTC-PERPETUAL"], channels)[0].streams.clone();
        let trades = "trades.BTC-PERPETUAL.100ms";
        assert_eq!(told(&[Channel::Trade, Channel::Liquidation, Channel::AggregateTrade]), [trades]);
        assert_eq!(told(&[Channel::Quote, Channel::Candle]), ["quote.BTC-PERPETUAL", "chart.trades.BTC-PERPETUAL.1"]);
    }

    #[test]
    fn a_list_of_each_kind_is_asked_for_once() {
        let symbols = ["BTC-PERPETUAL", "ETH-25DEC26", "BTC_USDC", "BTC-25DEC26-90000-C", "BTC-FS-25DEC26_PERP"];
        let paths: Vec<String> =
            list_requests(VenueId::Deribit, &symbols).into_iter().map(|request| request.path.to_string()).collect();
        let path = |kind: &str| format!("/api/v2/public/get_instruments?currency=any&kind={kind}");
        assert_eq!(paths, ["future", "future_combo", "option", "spot"].map(path));
        assert_eq!(kind("BTC-CS-19MAY26-70000_75000"), "option_combo");
    }

    const LIST: &str = r#"{"jsonrpc":"2.0","result":[
        {"instrument_name":"BTC-PERPETUAL","kind":"future","tick_size":0.5,"contract_size":10.0,"min_trade_amount":10.0,
            "is_active":true,"instrument_type":"reversed"},
        {"instrument_name":"ETH-PERPETUAL","kind":"future","tick_size":0.05,"contract_size":1,"min_trade_amount":1,
            "is_active":true},
        {"instrument_name":"BTC_USDC-PERPETUAL","tick_size":1,"contract_size":1.0E-4,"min_trade_amount":0.001,
            "is_active":true},
        {"instrument_name":"SOL_USDC-PERPETUAL","tick_size":0.01,"contract_size":0.1,"min_trade_amount":0.1,
            "is_active":true},
        {"instrument_name":"BTC-OLD","tick_size":0.5,"contract_size":10,"min_trade_amount":10,"is_active":false},
        {"instrument_name":"BTC-LIN","tick_size":0.5,"contract_size":10,"min_trade_amount":10,"is_active":true,
            "instrument_type":"linear"},
        {"instrument_name":"BTC-ODD","tick_size":0.5,"min_trade_amount":10,"is_active":true}]}"#;

    fn list(wanted: &[&str]) -> Result<Instruments, MetadataError> {
        read_list(VenueId::Deribit, &[LIST.into()], wanted)
    }

    #[test]
    fn sizes_are_dollars_of_an_inverse_contract_and_coins_of_a_linear_one() {
        let symbols = ["BTC-PERPETUAL", "ETH-PERPETUAL", "BTC_USDC-PERPETUAL", "SOL_USDC-PERPETUAL"];
        let list = list(&symbols).expect("listed");
        let told = |id| {
            let Grid { price_decimals, tick_step, qty_decimals, lot_step } = list.get(InstrumentId(id)).grid;
            (price_decimals, tick_step, qty_decimals, lot_step)
        };
        let grids = [(1, 5, 0, 10), (2, 5, 0, 1), (0, 1, 4, 1), (2, 1, 1, 1)];
        assert_eq!((0..4).map(told).collect::<Vec<_>>(), grids);
        let worth = |id, px: &str, lots| {
            let of = list.get(InstrumentId(id));
            of.notional(of.grid.ticks(px.as_bytes()).expect("on the grid"), Lots(lots))
        };
        assert_eq!(list.get(InstrumentId(0)).kind, ContractKind::Inverse);
        assert_eq!(worth(0, "60000.5", 7), Some(Quote::whole(70)));
        assert_eq!(worth(1, "3000.05", 7), Some(Quote::whole(7)));
        assert_eq!(worth(2, "60000", 1), Some(Quote::whole(6)));
        assert_eq!(worth(3, "150.00", 2), Some(Quote::whole(30)));
        assert_eq!(list.get(InstrumentId(2)).min_qty, Lots(10));
    }

    #[test]
    fn what_is_not_listed_not_traded_or_not_told_is_named() {
        for (symbol, said) in [
            ("BTC-OLD", "deribit does not list BTC-OLD"),
            ("BTC", "deribit does not list BTC"),
            ("BTC-ODD", "BTC-ODD: step size is missing or cannot be read"),
            ("BTC-LIN", "BTC-LIN: type of contract is missing or cannot be read"),
        ] {
            assert_eq!(list(&[symbol]).expect_err("refused").to_string(), said);
        }
        let busy = br#"{"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"}}"#;
        let said = read_list(VenueId::Deribit, &[busy.to_vec()], &["BTC-PERPETUAL"]).expect_err("refused").to_string();
        assert!(said.contains("gives no list of instruments") && said.contains("10028"), "{said}");
    }
}
