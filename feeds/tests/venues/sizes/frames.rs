//! A best bid and a trade at one price, as each venue writes them.

use super::Row;
use super::golden::Market;
use engine_model::instrument::InstrumentId;
use engine_model::venue::VenueId;

/// What a venue sends of one instrument.
pub(super) struct Frames {
    /// Address and body of an empty book, where books begin by REST.
    pub(super) snapshot: Option<(String, String)>,
    /// One bid.
    pub(super) book: String,
    /// One trade, sold to that bid.
    pub(super) trade: String,
}

/// The frames of a row. `id` is the instrument's place in its session.
pub(super) fn of(market: &Market, row: &Row, id: InstrumentId) -> Frames {
    match market.venue {
        VenueId::BinanceSpot => binance(row, "https://api.binance.com/api/v3/depth"),
        VenueId::BinanceUsdm => binance(row, "https://fapi.binance.com/fapi/v1/depth"),
        VenueId::BinanceCoinm => binance(row, "https://dapi.binance.com/dapi/v1/depth"),
        VenueId::Bybit => bybit(row),
        VenueId::Okx => okx(row),
        VenueId::GateSpot => gate_spot(row),
        VenueId::GateFutures => gate_futures(row, market.url),
        VenueId::Bitget => bitget(row, market.prefix.trim_end_matches(':')),
        VenueId::Hyperliquid => hyperliquid(row),
        VenueId::Coinbase => coinbase(row, id),
        VenueId::Kraken => kraken(row),
        VenueId::KrakenFutures => kraken_futures(row),
        VenueId::Deribit => deribit(row),
        other => panic!("no frames of {}", other.name()),
    }
}

fn binance(row: &Row, depth: &str) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let stream = symbol.to_lowercase();
    Frames {
        snapshot: Some((
            format!("{depth}?symbol={symbol}&limit=1000"),
            r#"{"lastUpdateId":10,"bids":[],"asks":[]}"#.to_owned(),
        )),
        book: format!(
            r#"{{"stream":"{stream}@depth@100ms","data":{{"e":"depthUpdate","E":5,"T":4,"s":"{symbol}","U":10,"u":12,"pu":10,"b":[["{price}","{best}"]],"a":[]}}}}"#
        ),
        trade: format!(
            r#"{{"stream":"{stream}@trade","data":{{"e":"trade","E":5,"T":4,"s":"{symbol}","t":7,"p":"{price}","q":"{qty}","m":true}}}}"#
        ),
    }
}

fn bybit(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"topic":"orderbook.200.{symbol}","type":"snapshot","ts":5,"data":{{"s":"{symbol}","b":[["{price}","{best}"]],"a":[],"u":10,"seq":7}},"cts":4}}"#
        ),
        trade: format!(
            r#"{{"topic":"publicTrade.{symbol}","type":"snapshot","ts":9,"data":[{{"T":8,"s":"{symbol}","S":"Sell","v":"{qty}","p":"{price}","i":"7"}}]}}"#
        ),
    }
}

fn okx(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"arg":{{"channel":"books","instId":"{symbol}"}},"action":"snapshot","data":[{{"asks":[],"bids":[["{price}","{best}","0","1"]],"ts":"4","checksum":0,"seqId":10,"prevSeqId":-1}}]}}"#
        ),
        trade: format!(
            r#"{{"arg":{{"channel":"trades","instId":"{symbol}"}},"data":[{{"instId":"{symbol}","tradeId":"7","px":"{price}","sz":"{qty}","side":"sell","ts":"5","count":"1"}}]}}"#
        ),
    }
}

fn gate_update(channel: &str, result: &str) -> String {
    format!(r#"{{"time":7,"time_ms":7001,"channel":"{channel}","event":"update","result":{result}}}"#)
}

fn gate_spot(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let book =
        format!(r#"{{"t":5,"e":"depthUpdate","E":1,"s":"{symbol}","U":11,"u":12,"b":[["{price}","{best}"]],"a":[]}}"#);
    let trade = format!(
        r#"{{"id":7,"create_time":5,"create_time_ms":"5000.1","side":"sell","currency_pair":"{symbol}","amount":"{qty}","price":"{price}"}}"#
    );
    let url = format!("https://api.gateio.ws/api/v4/spot/order_book?currency_pair={symbol}&limit=100&with_id=true");
    Frames {
        snapshot: Some((url, r#"{"id":10,"current":5,"update":4,"asks":[],"bids":[]}"#.to_owned())),
        book: gate_update("spot.order_book_update", &book),
        trade: gate_update("spot.trades", &trade),
    }
}

/// Who sold has a size below zero.
fn gate_futures(row: &Row, url: &str) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let settle = url.rsplit('/').next().unwrap_or_default();
    let book = format!(r#"{{"t":5,"s":"{symbol}","U":11,"u":12,"b":[{{"p":"{price}","s":"{best}"}}],"a":[]}}"#);
    let trade = format!(
        r#"[{{"size":"-{qty}","id":7,"create_time":5,"create_time_ms":5000,"price":"{price}","contract":"{symbol}"}}]"#
    );
    let url =
        format!("https://fx-api.gateio.ws/api/v4/futures/{settle}/order_book?contract={symbol}&limit=100&with_id=true");
    Frames {
        snapshot: Some((url, r#"{"id":10,"current":5.1,"update":4.25,"asks":[],"bids":[]}"#.to_owned())),
        book: gate_update("futures.order_book_update", &book),
        trade: gate_update("futures.trades", &trade),
    }
}

fn bitget(row: &Row, kind: &str) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"action":"snapshot","arg":{{"instType":"{kind}","channel":"books","instId":"{symbol}"}},"data":[{{"asks":[],"bids":[["{price}","{best}"]],"checksum":0,"seq":10,"ts":"4"}}],"ts":5}}"#
        ),
        trade: format!(
            r#"{{"action":"update","arg":{{"instType":"{kind}","channel":"trade","instId":"{symbol}"}},"data":[{{"ts":"5","price":"{price}","size":"{qty}","side":"sell","tradeId":"7"}}],"ts":6}}"#
        ),
    }
}

fn hyperliquid(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"channel":"l2Book","data":{{"coin":"{symbol}","time":5,"levels":[[{{"px":"{price}","sz":"{best}","n":1}}],[]]}}}}"#
        ),
        trade: format!(
            r#"{{"channel":"trades","data":[{{"coin":"{symbol}","side":"A","px":"{price}","sz":"{qty}","time":5,"hash":"0x0","tid":7,"users":["0xe9","0x68"]}}]}}"#
        ),
    }
}

/// All messages of a socket are numbered together.
fn coinbase(row: &Row, id: InstrumentId) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let frame = |channel: &str, sequence: u32, event: &str| {
        format!(
            r#"{{"channel":"{channel}","timestamp":"2026-08-09T21:05:48.483587501Z","sequence_num":{sequence},"events":[{event}]}}"#
        )
    };
    let book = format!(
        r#"{{"type":"snapshot","product_id":"{symbol}","updates":[{{"side":"bid","event_time":"2026-08-09T21:05:48.170326Z","price_level":"{price}","new_quantity":"{best}"}}]}}"#
    );
    let trade = format!(
        r#"{{"type":"update","trades":[{{"product_id":"{symbol}","trade_id":"7","price":"{price}","size":"{qty}","time":"2026-08-09T21:05:42.514318Z","side":"SELL"}}]}}"#
    );
    let first = 2 * id.0;
    Frames { snapshot: None, book: frame("l2_data", first, &book), trade: frame("market_trades", first + 1, &trade) }
}

/// The checksum is over the digits of price and quantity.
fn kraken(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let digits = |text: &str| text.replace('.', "").trim_start_matches('0').to_owned();
    let checksum = crc32fast::hash([digits(price), digits(best)].concat().as_bytes());
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"channel":"book","type":"snapshot","data":[{{"symbol":"{symbol}","bids":[{{"price":{price},"qty":{best}}}],"asks":[],"checksum":{checksum},"timestamp":"2026-08-24T22:21:58.343688Z"}}]}}"#
        ),
        trade: format!(
            r#"{{"channel":"trade","type":"update","data":[{{"symbol":"{symbol}","side":"sell","price":{price},"qty":{qty},"ord_type":"limit","trade_id":7,"timestamp":"2026-08-24T22:21:58.343688Z"}}]}}"#
        ),
    }
}

fn kraken_futures(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    Frames {
        snapshot: None,
        book: format!(
            r#"{{"feed":"book_snapshot","product_id":"{symbol}","timestamp":5,"seq":10,"tickSize":null,"bids":[{{"price":{price},"qty":{best}}}],"asks":[]}}"#
        ),
        trade: format!(
            r#"{{"feed":"trade","product_id":"{symbol}","uid":"7","side":"sell","type":"fill","seq":7,"time":5,"qty":{qty},"price":{price}}}"#
        ),
    }
}

fn deribit(row: &Row) -> Frames {
    let Row { symbol, price, qty, best, .. } = row;
    let told = |channel: &str, data: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"{channel}.{symbol}.100ms","data":{data}}}}}"#
        )
    };
    let book = format!(
        r#"{{"type":"snapshot","timestamp":5,"instrument_name":"{symbol}","change_id":10,"bids":[["new",{price},{best}]],"asks":[]}}"#
    );
    let trade = format!(
        r#"[{{"trade_seq":7,"trade_id":"7","timestamp":5,"price":{price},"instrument_name":"{symbol}","direction":"sell","amount":{qty}}}]"#
    );
    Frames { snapshot: None, book: told("book", &book), trade: told("trades", &trade) }
}
