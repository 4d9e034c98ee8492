//! How OKX is talked to: one public path, streams named by channel and instrument, a ping of our own in plain text, books
//! that come whole when their stream is asked for.
//!
//! Owns: addresses, channels, and the list of instruments. Never: what a frame means.

use crate::live::dialect::{Beat, Dialect, Heartbeat, List, Resync};
use crate::live::plan::{Ask, Asked, Asking, Channel, LinePlan, Urls, Wanted};
use crate::metadata::{MetadataError, Rules};
use crate::net::error::NetError;
use crate::net::request::Request;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments, Name};
use engine_model::venue::VenueId;
use serde::Deserialize;

/// The only path that needs no key. (Candles have one of their own.)
const ROUTE: &str = "public";

/// Streams on a line: a message of all of them stays below the venue's 64 KB, and 480 requests an hour are far away.
const STREAMS_MAX: usize = 300;

/// How OKX is talked to.
pub(crate) static DIALECT: Dialect = Dialect {
    hosts: (|_| "https://www.okx.com", |_| "wss://ws.okx.com:8443"),
    headers: |_| &[],
    routes: |_| &[(ROUTE, "/ws/v5/public")],
    channels: |_| &[Channel::Book, Channel::Trade, Channel::Mark],
    plan,
    streams_max: STREAMS_MAX,
    messages_per_second: 3,
    // 30 s of silence close a connection.
    heartbeat: Some(Heartbeat { every_ns: 20_000_000_000, beat: Beat::Text("ping") }),
    resync: Resync::Again,
    has_relief: false,
    // 20 questions for instruments in 2 s.
    weight_limit: |_| 600,
    list: List { requests: list_requests, read: read_list },
};

/// What kind of instrument a name is of.
pub(super) fn kind(symbol: &str) -> &'static str {
    match symbol.rsplit_once('-') {
        Some((_, "SWAP")) => "SWAP",
        Some((pair, _)) if pair.contains('-') => "FUTURES",
        _ => "SPOT",
    }
}

/// The venue's channels for one of ours.
fn channels(symbol: &str, channel: Channel) -> &'static [&'static str] {
    match (channel, kind(symbol)) {
        (Channel::Book, _) => &["books"],
        (Channel::Quote, _) => &["bbo-tbt"],
        (Channel::Trade, _) => &["trades"],
        (Channel::Mark, "SWAP") => &["mark-price", "funding-rate", "open-interest"],
        (Channel::Mark, "FUTURES") => &["mark-price", "open-interest"],
        // Liquidations are asked for by kind of instrument, not by instrument; candles on another path.
        (Channel::Mark | Channel::AggregateTrade | Channel::Candle | Channel::Liquidation, _) => &[],
    }
}

fn plan(wanted: &Wanted, urls: &Urls) -> Result<Vec<LinePlan>, NetError> {
    let asking = Asking { a_line: wanted.streams_max.min(STREAMS_MAX), a_message: 100, message };
    let asked: Vec<Asked> = wanted.symbols.iter().flat_map(|symbol| asked(wanted, symbol)).collect();
    asking.lines(ROUTE, urls, &asked)
}

fn asked(wanted: &Wanted, symbol: &Name) -> Vec<Asked> {
    let of = |channel: &Channel| {
        let book = (*channel == Channel::Book).then_some(*symbol);
        let words = |name: &&str| format!(r#"{{"channel":"{name}","instId":"{symbol}"}}"#);
        channels(symbol.as_str(), *channel).iter().map(move |name| Asked { words: words(name), book })
    };
    wanted.channels.iter().flat_map(of).collect()
}

fn message(ask: Ask, args: &[&str]) -> String {
    let op = match ask {
        Ask::Subscribe => "subscribe",
        Ask::Unsubscribe => "unsubscribe",
    };
    format!(r#"{{"op":"{op}","args":[{}]}}"#, args.join(","))
}

fn list_requests(_: VenueId, wanted: &[&str]) -> Vec<Request> {
    let path = |symbol: &&str| format!("/api/v5/public/instruments?instType={}&instId={symbol}", kind(symbol));
    wanted.iter().map(|symbol| Request::get(path(symbol))).collect()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Vec<Listed>,
}

/// Spot has `baseCcy` and `quoteCcy`; a contract has them in its name, and a face value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    inst_id: String,
    #[serde(default)]
    ct_val: String,
    #[serde(default)]
    ct_mult: String,
    tick_sz: Option<String>,
    lot_sz: Option<String>,
    min_sz: Option<String>,
    #[serde(default)]
    max_lmt_sz: String,
}

fn read_list(venue: VenueId, answers: &[Vec<u8>], wanted: &[&str]) -> Result<Instruments, MetadataError> {
    let instrument = |(index, (symbol, answer)): (usize, (&&str, &Vec<u8>))| {
        let answer: Answer = serde_json::from_slice(answer).map_err(MetadataError::List)?;
        let listed = answer.data.iter().find(|listed| listed.inst_id == *symbol);
        let listed = listed.ok_or_else(|| MetadataError::Absent { venue, symbol: (*symbol).to_owned() })?;
        let named = super::by_name(symbol);
        let is_spot = named.kind == ContractKind::Spot;
        // Every contract that trades has a multiplier of 1; another one would change what a lot is.
        if !is_spot && listed.ct_mult != "1" {
            return Err(MetadataError::Rule { symbol: (*symbol).to_owned(), rule: "contract multiplier of 1" });
        }
        Rules {
            symbol,
            base: named.base.as_str(),
            quote: named.quote.as_str(),
            kind: named.kind,
            contract: if is_spot { "1" } else { &listed.ct_val },
            tick: listed.tick_sz.as_deref(),
            lot: listed.lot_sz.as_deref(),
            min_qty: listed.min_sz.as_deref(),
            max_qty: Some(&listed.max_lmt_sz),
            // The venue has no such rule.
            min_notional: Some("0"),
        }
        .instrument(venue, InstrumentId(index as u32))
    };
    let listed = wanted.iter().zip(answers).enumerate().map(instrument);
    Ok(Instruments::new(listed.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::units::Lots;

    fn lines(symbols: &[&str]) -> Vec<LinePlan> {
        let symbols = symbols.iter().map(|symbol| Name::new(symbol).expect("short")).collect();
        let channels = (DIALECT.channels)(VenueId::Okx).to_vec();
        let wanted =
            Wanted { venue: VenueId::Okx, symbols, channels, depth_ms: 100, levels: 5, streams_max: STREAMS_MAX };
        plan(&wanted, &Urls::defaults(VenueId::Okx)).expect("a plan")
    }

    #[test]
    fn spot_has_books_and_trades_and_a_swap_its_mark_funding_and_interest_too() {
        let lines = lines(&["BTC-USDT", "BTC-USDT-SWAP"]);
        assert_eq!((lines.len(), lines[0].streams.len(), lines[0].books.len()), (1, 7, 2));
        assert!(
            lines[0].messages[0].starts_with(r#"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},"#)
        );
        let again = r#"{"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT-SWAP"}]}"#;
        assert_eq!(lines[0].books[1].again[0], again);
        assert_eq!(format!("{}{}", lines[0].endpoint, lines[0].endpoint.path), "ws.okx.com:8443/ws/v5/public");
    }

    #[test]
    fn the_rules_of_a_swap_are_in_contracts_of_a_hundredth_of_a_coin() {
        let answer = br#"{"code":"0","data":[{"instId":"BTC-USDT-SWAP","ctVal":"0.01","ctMult":"1","tickSz":"0.1",
            "lotSz":"0.01","minSz":"0.01","maxLmtSz":"100000000"}]}"#;
        let list = read_list(VenueId::Okx, &[answer.to_vec()], &["BTC-USDT-SWAP"]).expect("listed");
        let swap = list.get(InstrumentId(0));
        assert_eq!((swap.contract_size, swap.contract_decimals, swap.grid.qty_decimals), (1, 2, 2));
        // 60,000.0 dollars a coin, a lot is 0.01 contracts of 0.01 coins: 6 dollars.
        let px = swap.grid.ticks(b"60000.0").expect("on the grid");
        assert_eq!(swap.notional(px, Lots(1)).expect("fits"), engine_model::units::Quote::whole(6));
        let multiplied = String::from_utf8_lossy(answer).replace(r#""ctMult":"1""#, r#""ctMult":"5""#);
        let error = read_list(VenueId::Okx, &[multiplied.into_bytes()], &["BTC-USDT-SWAP"]).expect_err("refused");
        assert!(error.to_string().contains("contract multiplier of 1"), "{error}");
    }

    #[test]
    fn each_instrument_is_asked_for_by_its_kind() {
        let requests = list_requests(VenueId::Okx, &["BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-260925"]);
        let kinds: Vec<_> =
            requests.iter().map(|request| request.path.split(['=', '&']).nth(1).unwrap_or_default()).collect();
        assert_eq!(kinds, ["SPOT", "SWAP", "FUTURES"]);
    }
}
