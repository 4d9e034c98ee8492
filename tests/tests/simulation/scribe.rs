//! The market of one instrument at its venue, and the words in which the venue tells it: a book that moves, numbered as its
//! venue numbers, in that venue's texts.
//!
//! Owns the true book. Never: whether a text arrives.

use crate::dice::Dice;
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Levels of a side.
const LEVELS: i64 = 5;

pub(crate) struct Scribe {
    instrument: Instrument,
    /// The middle, in half ticks.
    middle: i64,
    step: i64,
    update_id: u64,
    /// By price: lots.
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

impl Scribe {
    /// A market around that price.
    pub(crate) fn new(instrument: &Instrument, px: i64, dice: &mut Dice) -> Self {
        let (bids, asks) = (BTreeMap::new(), BTreeMap::new());
        let step = (px / 20_000).max(1);
        let mut scribe = Self { instrument: *instrument, middle: 2 * px, step, update_id: 1_000, bids, asks };
        scribe.walk(dice);
        scribe
    }

    /// Best bid and ask.
    pub(crate) fn touch(&self) -> (i64, i64) {
        let bid = self.bids.last_key_value().map_or(0, |(px, _)| *px);
        (bid, self.asks.first_key_value().map_or(0, |(px, _)| *px))
    }

    /// The market moves; how it tells that.
    pub(crate) fn move_on(&mut self, now: Nanos, dice: &mut Dice) -> String {
        let (bids, asks) = (self.bids.clone(), self.asks.clone());
        self.walk(dice);
        let (previous, last) = (self.update_id, self.update_id + if self.is_counted() { 1 } else { 7 });
        self.update_id = last;
        let changes = |before: &BTreeMap<i64, i64>, now: &BTreeMap<i64, i64>| -> Vec<(i64, i64)> {
            let gone = before.keys().filter(|px| !now.contains_key(px)).map(|px| (*px, 0));
            gone.chain(now.iter().map(|(px, qty)| (*px, *qty))).collect()
        };
        let [bids, asks] = [changes(&bids, &self.bids), changes(&asks, &self.asks)].map(|rows| self.rows(&rows));
        let (at, symbol) = (now.0 / Nanos::MILLI, self.symbol());
        match self.instrument.venue {
            VenueId::BinanceUsdm => format!(
                r#"{{"stream":"s","data":{{"e":"depthUpdate","E":{at},"T":{at},"s":"{symbol}","U":{},"u":{last},"pu":{previous},"b":[{bids}],"a":[{asks}]}}}}"#,
                previous + 1
            ),
            VenueId::Bybit => format!(
                r#"{{"topic":"orderbook.50.{symbol}","type":"delta","ts":{at},"data":{{"s":"{symbol}","b":[{bids}],"a":[{asks}],"u":{last},"seq":{last}}},"cts":{at}}}"#
            ),
            VenueId::Okx => format!(
                r#"{{"arg":{{"channel":"books","instId":"{symbol}"}},"action":"update","data":[{{"asks":[{asks}],"bids":[{bids}],"ts":"{at}","checksum":0,"seqId":{last},"prevSeqId":{previous}}}]}}"#
            ),
            VenueId::GateFutures => format!(
                r#"{{"time":{},"time_ms":{at},"channel":"futures.order_book_update","event":"update","result":{{"t":{at},"s":"{symbol}","U":{},"u":{last},"b":[{bids}],"a":[{asks}]}}}}"#,
                at / 1_000,
                previous + 1
            ),
            // Every message is a whole book.
            VenueId::Hyperliquid => self.whole(now),
            _ => format!(
                r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"book.{symbol}.raw","data":{{"type":"change","timestamp":{at},"prev_change_id":{previous},"instrument_name":"{symbol}","change_id":{last},"bids":[{bids}],"asks":[{asks}]}}}}}}"#
            ),
        }
    }

    /// The whole book, as an answer or a message.
    pub(crate) fn whole(&self, now: Nanos) -> String {
        let all = |side: &BTreeMap<i64, i64>| side.iter().map(|(px, qty)| (*px, *qty)).collect::<Vec<_>>();
        let mut bids = all(&self.bids);
        // The best one first, as venues write whole books.
        bids.reverse();
        let [bids, asks] = [bids, all(&self.asks)].map(|rows| self.rows(&rows));
        let (at, symbol, last) = (now.0 / Nanos::MILLI, self.symbol(), self.update_id);
        match self.instrument.venue {
            VenueId::BinanceUsdm => format!(r#"{{"lastUpdateId":{last},"E":{at},"bids":[{bids}],"asks":[{asks}]}}"#),
            VenueId::Bybit => format!(
                r#"{{"topic":"orderbook.50.{symbol}","type":"snapshot","ts":{at},"data":{{"s":"{symbol}","b":[{bids}],"a":[{asks}],"u":{last},"seq":{last}}},"cts":{at}}}"#
            ),
            VenueId::Okx => format!(
                r#"{{"arg":{{"channel":"books","instId":"{symbol}"}},"action":"snapshot","data":[{{"asks":[{asks}],"bids":[{bids}],"ts":"{at}","checksum":0,"seqId":{last},"prevSeqId":-1}}]}}"#
            ),
            VenueId::GateFutures => {
                let (s, ms) = (at / 1_000, at % 1_000);
                format!(r#"{{"id":{last},"current":{s}.{ms:03},"update":{s}.{ms:03},"asks":[{asks}],"bids":[{bids}]}}"#)
            }
            VenueId::Hyperliquid => format!(
                r#"{{"channel":"l2Book","data":{{"coin":"{symbol}","time":{at},"levels":[[{bids}],[{asks}]]}}}}"#
            ),
            _ => format!(
                r#"{{"jsonrpc":"2.0","method":"subscription","params":{{"channel":"book.{symbol}.raw","data":{{"type":"snapshot","timestamp":{at},"instrument_name":"{symbol}","change_id":{last},"bids":[{bids}],"asks":[{asks}]}}}}}}"#
            ),
        }
    }

    /// Where the whole book is asked for, if it does not come by itself.
    pub(crate) fn url(&self) -> Option<String> {
        let symbol = self.symbol();
        match self.instrument.venue {
            VenueId::BinanceUsdm => Some(format!("https://fapi.binance.com/fapi/v1/depth?symbol={symbol}&limit=1000")),
            VenueId::GateFutures => Some(format!(
                "https://api.gateio.ws/api/v4/futures/usdt/order_book?contract={symbol}&limit=100&with_id=true"
            )),
            _ => None,
        }
    }

    fn symbol(&self) -> String {
        self.instrument.symbol.as_str().trim_start_matches("linear:").to_owned()
    }

    fn is_counted(&self) -> bool {
        self.instrument.venue == VenueId::Bybit
    }

    fn walk(&mut self, dice: &mut Dice) {
        self.middle = (self.middle + dice.around(2 * self.step)).max(200 * self.step);
        let (below, above) = ((self.middle - 1).div_euclid(2), self.middle.div_euclid(2) + 1);
        let mut side = |of: &dyn Fn(i64) -> i64| (0..LEVELS).map(|at| (of(at), 100 + dice.below(900) as i64)).collect();
        self.bids = side(&|at| below - at);
        self.asks = side(&|at| above + at);
    }

    fn rows(&self, rows: &[(i64, i64)]) -> String {
        let grid = self.instrument.grid;
        let mut text = String::new();
        for (px, qty) in rows {
            let comma = if text.is_empty() { "" } else { "," };
            let (px, lots) = (decimal(*px, grid.price_decimals), decimal(*qty, grid.qty_decimals));
            // Writing to a string does not fail.
            let _ = match self.instrument.venue {
                VenueId::Deribit => {
                    let what = if *qty == 0 { "delete" } else { "change" };
                    write!(text, r#"{comma}["{what}",{px},{lots}]"#)
                }
                VenueId::Okx => write!(text, r#"{comma}["{px}","{lots}","0","1"]"#),
                VenueId::GateFutures => write!(text, r#"{comma}{{"p":"{px}","s":{lots}}}"#),
                VenueId::Hyperliquid => write!(text, r#"{comma}{{"px":"{px}","sz":"{lots}","n":1}}"#),
                _ => write!(text, r#"{comma}["{px}","{lots}"]"#),
            };
        }
        text
    }
}

fn decimal(number: i64, decimals: u8) -> String {
    let unit = 10_i64.pow(u32::from(decimals));
    match decimals {
        0 => number.to_string(),
        _ => format!("{}.{:0width$}", number / unit, number % unit, width = usize::from(decimals)),
    }
}
