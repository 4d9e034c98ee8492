//! Frames in the shapes of eight venues: a whole book, two changes of it that undo each other, a trade.
//!
//! Owns the words, in the field order of real frames, and the checksums of those venues that send them. Never: numbers of
//! messages, which are written into the frames later.

use super::frame::{BEFORE, BEGIN, FIRST, LAST, SOCKET};
use engine_model::venue::VenueId;

/// Levels of each side of a book, and how many of them a change changes.
const DEPTH: usize = 9;
const CHANGED: usize = 5;
/// The middle, in tenths: no level of nine ends with a zero, so that a number has one way to be written.
const MIDDLE: usize = 600_010;
/// A time as frames have it.
const MS: u64 = 1_790_812_800_123;
const ISO: &str = "2026-10-01T00:00:00.123456Z";

/// The venues, in the order of their ids.
pub(super) const VENUES: [VenueId; 8] = [
    VenueId::BinanceSpot,
    VenueId::Bybit,
    VenueId::Okx,
    VenueId::GateSpot,
    VenueId::Bitget,
    VenueId::Hyperliquid,
    VenueId::Coinbase,
    VenueId::Kraken,
];

/// What is said of one instrument.
#[derive(Debug)]
pub(super) struct Words {
    /// The whole book: a frame, or the answer to that question.
    pub(super) book: (Option<String>, String),
    /// A change, a trade, the change back, a trade.
    pub(super) frames: [String; 4],
}

/// The symbol of a venue's `number`-th instrument, as in configuration, and as in frames.
pub(super) fn symbol(venue: VenueId, number: usize) -> (String, String) {
    let (head, tail) = match venue {
        VenueId::Bybit => ("linear:", "USDT"),
        VenueId::Bitget => ("USDT-FUTURES:", "USDT"),
        VenueId::Okx => ("", "-USDT"),
        VenueId::GateSpot => ("", "_USDT"),
        VenueId::Coinbase => ("", "-USD"),
        VenueId::Kraken => ("", "/USD"),
        VenueId::Hyperliquid => ("", ""),
        _ => ("", "USDT"),
    };
    let name = format!("C{number}{tail}");
    (format!("{head}{name}"), name)
}

/// The address of a venue's socket, where frames do not say which market they are of.
pub(super) fn url(venue: VenueId) -> &'static str {
    if venue == VenueId::Bybit { "wss://localhost/v5/public/linear" } else { "wss://localhost/" }
}

/// A level: price and quantity, in digits.
type Row = (String, String);

/// The sides of a book after the change of that number, best first; bids, then asks.
fn sides(change: usize, depth: usize) -> [Vec<Row>; 2] {
    let row = |px: usize, level: usize| {
        let thousandths = if change == 1 && level < CHANGED { 111 + level } else { 101 + level };
        (format!("{}.{}", px / 10, px % 10), format!("{}.{thousandths}", level + 1))
    };
    let bids = (0..depth).map(|level| row(MIDDLE - 1 - level, level));
    let asks = (0..depth).map(|level| row(MIDDLE + 1 + level, level));
    [bids.collect(), asks.collect()]
}

fn join(rows: &[Row], row: impl Fn(&str, &str) -> String) -> String {
    rows.iter().map(|(px, qty)| row(px, qty)).collect::<Vec<_>>().join(",")
}

fn pair(px: &str, qty: &str) -> String {
    format!(r#"["{px}","{qty}"]"#)
}

/// The book of an instrument, or a change of it, in a venue's words.
type SayBook = fn(&str, Option<usize>) -> String;
/// A trade of an instrument.
type SayTrade = fn(&str) -> String;

/// Everything that a venue says of the instrument of that name.
pub(super) fn words(venue: VenueId, name: &str) -> Words {
    let (say_book, say_trade): (SayBook, SayTrade) = match venue {
        VenueId::Bybit => (bybit, bybit_trade),
        VenueId::Okx => (okx, okx_trade),
        VenueId::GateSpot => (gate, gate_trade),
        VenueId::Bitget => (bitget, bitget_trade),
        VenueId::Hyperliquid => (hyperliquid, hyperliquid_trade),
        VenueId::Coinbase => (coinbase, coinbase_trade),
        VenueId::Kraken => (kraken, kraken_trade),
        _ => (binance, binance_trade),
    };
    let question = match venue {
        VenueId::BinanceSpot => Some(format!("/api/v3/depth?symbol={name}&limit=1000")),
        VenueId::GateSpot => Some(format!("/api/v4/spot/order_book?currency_pair={name}&limit=100&with_id=true")),
        _ => None,
    };
    let [there, back] = [1, 0].map(|change| say_book(name, Some(change)));
    Words { book: (question, say_book(name, None)), frames: [there, say_trade(name), back, say_trade(name)] }
}

/// The levels of a change, or of the whole book.
fn levels(change: Option<usize>) -> [Vec<Row>; 2] {
    change.map_or_else(|| sides(0, DEPTH), |change| sides(change, CHANGED))
}

fn binance(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, pair));
    match change {
        None => format!(r#"{{"lastUpdateId":{BEGIN},"bids":[{bids}],"asks":[{asks}]}}"#),
        Some(_) => {
            format!(r#"{{"e":"depthUpdate","E":{MS},"s":"{name}","U":{FIRST},"u":{LAST},"b":[{bids}],"a":[{asks}]}}"#)
        }
    }
}

fn binance_trade(name: &str) -> String {
    format!(
        r#"{{"e":"trade","E":{MS},"s":"{name}","t":3725000000,"p":"60001.1","q":"0.123","T":{MS},"m":false,"M":true}}"#
    )
}

fn bybit(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, pair));
    let (kind, id) = if change.is_some() { ("delta", LAST) } else { ("snapshot", "1000000000000") };
    format!(
        r#"{{"topic":"orderbook.200.{name}","type":"{kind}","ts":{MS},"data":{{"s":"{name}","b":[{bids}],"a":[{asks}],"u":{id},"seq":7961638724}},"cts":{MS}}}"#
    )
}

fn bybit_trade(name: &str) -> String {
    format!(
        r#"{{"topic":"publicTrade.{name}","type":"snapshot","ts":{MS},"data":[{{"T":{MS},"s":"{name}","S":"Buy","v":"0.123","p":"60001.1","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":7961638724}}]}}"#
    )
}

fn okx(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, |px, qty| format!(r#"["{px}","{qty}","0","3"]"#)));
    let (action, id, before) =
        if change.is_some() { ("update", LAST, BEFORE) } else { ("snapshot", "1000000000000", "-1") };
    format!(
        r#"{{"arg":{{"channel":"books","instId":"{name}"}},"action":"{action}","data":[{{"asks":[{asks}],"bids":[{bids}],"ts":"{MS}","checksum":0,"seqId":{id},"prevSeqId":{before}}}]}}"#
    )
}

fn okx_trade(name: &str) -> String {
    format!(
        r#"{{"arg":{{"channel":"trades","instId":"{name}"}},"data":[{{"instId":"{name}","tradeId":"734864333","px":"60001.1","sz":"0.123","side":"buy","ts":"{MS}","count":"1"}}]}}"#
    )
}

fn gate(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, pair));
    let s = MS / 1_000;
    match change {
        None => format!(r#"{{"id":{BEGIN},"current":{MS},"update":{MS},"asks":[{asks}],"bids":[{bids}]}}"#),
        Some(_) => format!(
            r#"{{"time":{s},"time_ms":{MS},"channel":"spot.order_book_update","event":"update","result":{{"t":{MS},"e":"depthUpdate","E":{s},"s":"{name}","U":{FIRST},"u":{LAST},"b":[{bids}],"a":[{asks}]}}}}"#
        ),
    }
}

fn gate_trade(name: &str) -> String {
    let s = MS / 1_000;
    format!(
        r#"{{"time":{s},"time_ms":{MS},"channel":"spot.trades","event":"update","result":{{"id":309143071,"create_time":{s},"create_time_ms":"{MS}.0","side":"buy","currency_pair":"{name}","amount":"0.123","price":"60001.1"}}}}"#
    )
}

fn bitget(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, pair));
    let (action, id, before) =
        if change.is_some() { ("update", LAST, BEFORE) } else { ("snapshot", "1000000000000", "0") };
    let whole = sides(change.unwrap_or(0), DEPTH);
    let pairs = whole[0].iter().zip(&whole[1]).flat_map(|(bid, ask)| [bid, ask]);
    let text: Vec<String> = pairs.map(|(px, qty)| format!("{px}:{qty}")).collect();
    let checksum = crc32fast::hash(text.join(":").as_bytes()).cast_signed();
    format!(
        r#"{{"action":"{action}","arg":{{"instType":"USDT-FUTURES","channel":"books","instId":"{name}"}},"data":[{{"asks":[{asks}],"bids":[{bids}],"checksum":{checksum},"seq":{id},"pseq":{before},"ts":"{MS}"}}],"ts":{MS}}}"#
    )
}

fn bitget_trade(name: &str) -> String {
    format!(
        r#"{{"action":"update","arg":{{"instType":"USDT-FUTURES","channel":"trade","instId":"{name}"}},"data":[{{"ts":"{MS}","price":"60001.1","size":"0.123","side":"buy","tradeId":"1235600000000000001"}}],"ts":{MS}}}"#
    )
}

/// Always whole.
fn hyperliquid(name: &str, change: Option<usize>) -> String {
    let row = |px: &str, qty: &str| format!(r#"{{"px":"{px}","sz":"{qty}","n":3}}"#);
    let [bids, asks] = sides(change.unwrap_or(0), DEPTH).map(|rows| join(&rows, row));
    format!(r#"{{"channel":"l2Book","data":{{"coin":"{name}","time":{MS},"levels":[[{bids}],[{asks}]]}}}}"#)
}

fn hyperliquid_trade(name: &str) -> String {
    let (hash, user) = ("0".repeat(64), "1".repeat(40));
    format!(
        r#"{{"channel":"trades","data":[{{"coin":"{name}","side":"B","px":"60001.1","sz":"0.123","time":{MS},"hash":"0x{hash}","tid":118906512037719,"users":["0x{user}","0x{user}"]}}]}}"#
    )
}

fn coinbase(name: &str, change: Option<usize>) -> String {
    let rows = |side: &str, rows: &[Row]| {
        join(rows, |px, qty| {
            format!(r#"{{"side":"{side}","event_time":"{ISO}","price_level":"{px}","new_quantity":"{qty}"}}"#)
        })
    };
    let [bids, asks] = levels(change);
    let (kind, bids, asks) =
        (if change.is_some() { "update" } else { "snapshot" }, rows("bid", &bids), rows("offer", &asks));
    format!(
        r#"{{"channel":"l2_data","timestamp":"{ISO}","sequence_num":{SOCKET},"events":[{{"type":"{kind}","product_id":"{name}","updates":[{bids},{asks}]}}]}}"#
    )
}

fn coinbase_trade(name: &str) -> String {
    format!(
        r#"{{"channel":"market_trades","timestamp":"{ISO}","sequence_num":{SOCKET},"events":[{{"type":"update","trades":[{{"product_id":"{name}","trade_id":"995098663","price":"60001.1","size":"0.123","time":"{ISO}","side":"SELL"}}]}}]}}"#
    )
}

fn kraken(name: &str, change: Option<usize>) -> String {
    let [bids, asks] = levels(change).map(|rows| join(&rows, |px, qty| format!(r#"{{"price":{px},"qty":{qty}}}"#)));
    let kind = if change.is_some() { "update" } else { "snapshot" };
    let [proven_bids, proven_asks] = sides(change.unwrap_or(0), DEPTH);
    let digits = |(px, qty): &Row| [px, qty].map(|number| number.replace('.', "")).concat();
    let text: String = proven_asks.iter().chain(&proven_bids).map(digits).collect();
    let checksum = crc32fast::hash(text.as_bytes());
    format!(
        r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"{name}","bids":[{bids}],"asks":[{asks}],"checksum":{checksum},"timestamp":"{ISO}"}}]}}"#
    )
}

fn kraken_trade(name: &str) -> String {
    format!(
        r#"{{"channel":"trade","type":"update","data":[{{"symbol":"{name}","side":"buy","price":60001.1,"qty":0.123,"ord_type":"market","trade_id":10218208,"timestamp":"{ISO}"}}]}}"#
    )
}
