//! Other people's ways from bytes to books: serde with owned strings, decimals and trees; serde and sonic with borrowed
//! text, integers and trees. The kind of a frame is told by its first bytes, which is faster than any tagged enum.

use crate::walk::Walk;
use benches::decode::{Decoder, Maker, contender, plain};
use benches::error::BenchError;
use benches::stream::Stream;
use engine_model::instrument::Instrument;
use engine_model::market::Side;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Record};
use rust_decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::marker::PhantomData;

/// Every rival by name. Those that are written for Binance read no other venue.
pub(crate) fn rivals(venue: Option<VenueId>) -> Vec<(&'static str, Maker)> {
    let walk = (Walk::NAME, Maker(contender::<Walk>));
    if !matches!(venue, None | Some(VenueId::BinanceSpot | VenueId::BinanceUsdm | VenueId::BinanceCoinm)) {
        return vec![walk];
    }
    vec![
        (Owned::NAME, Maker(contender::<Owned>)),
        (Borrowed::<Serde>::NAME, Maker(contender::<Borrowed<Serde>>)),
        (Borrowed::<Sonic>::NAME, Maker(contender::<Borrowed<Sonic>>)),
        walk,
    ]
}

/// What a frame is, and whether it comes wrapped in its stream's name.
enum Shape {
    Depth,
    Quote,
    Trade,
    Other,
}

fn shape(frame: &[u8]) -> (Shape, bool) {
    let head = &frame[..frame.len().min(48)];
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    let wrapped = head.starts_with(b"{\"stream\"");
    let shape = if has(b"@depth") || has(b"\"depthUpdate\"") {
        Shape::Depth
    } else if has(b"@bookTicker") || has(b"\"bookTicker\"") || head.starts_with(b"{\"u\"") {
        Shape::Quote
    } else if has(b"@trade") || has(b"@aggTrade") || has(b"\"trade\"") || has(b"\"aggTrade\"") {
        Shape::Trade
    } else {
        Shape::Other
    };
    (shape, wrapped)
}

/// A frame with its stream's name.
#[derive(Deserialize)]
struct Wrapped<T> {
    data: T,
}

/// A delta or a snapshot of levels of some kind.
#[derive(Deserialize)]
struct Depth<L> {
    #[serde(alias = "lastUpdateId")]
    u: u64,
    #[serde(alias = "bids")]
    b: Vec<L>,
    #[serde(alias = "asks")]
    a: Vec<L>,
}

/// A delta that came before the snapshot: its id, bids and asks.
type Kept<N> = (u64, Vec<(N, N)>, Vec<(N, N)>);

/// Levels by price, and what is kept until the snapshot comes.
struct Levels<N> {
    bids: BTreeMap<N, N>,
    asks: BTreeMap<N, N>,
    waiting: Vec<Kept<N>>,
    snapshot_id: Option<u64>,
}

impl<N: Ord + Copy + PartialEq> Levels<N> {
    fn new() -> Self {
        Self { bids: BTreeMap::new(), asks: BTreeMap::new(), waiting: Vec::new(), snapshot_id: None }
    }

    fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.waiting.clear();
        self.snapshot_id = None;
    }

    fn delta(&mut self, id: u64, bids: impl Iterator<Item = (N, N)>, asks: impl Iterator<Item = (N, N)>, zero: N) {
        match self.snapshot_id {
            None => self.waiting.push((id, bids.collect(), asks.collect())),
            Some(snapshot_id) if id <= snapshot_id => {}
            Some(_) => {
                bids.for_each(|(px, qty)| set(&mut self.bids, px, qty, zero));
                asks.for_each(|(px, qty)| set(&mut self.asks, px, qty, zero));
            }
        }
    }

    fn snapshot(&mut self, id: u64, bids: impl Iterator<Item = (N, N)>, asks: impl Iterator<Item = (N, N)>, zero: N) {
        self.bids.extend(bids);
        self.asks.extend(asks);
        self.snapshot_id = Some(id);
        for (id, bids, asks) in std::mem::take(&mut self.waiting) {
            self.delta(id, bids.into_iter(), asks.into_iter(), zero);
        }
    }

    fn text(&self, side: Side, text: impl Fn(N) -> String) -> Vec<String> {
        let level = |(px, qty): (&N, &N)| format!("{}:{}", plain(&text(*px)), plain(&text(*qty)));
        match side {
            Side::Buy => self.bids.iter().rev().map(level).collect(),
            Side::Sell => self.asks.iter().map(level).collect(),
        }
    }
}

pub(crate) fn set<N: Ord + PartialEq>(side: &mut BTreeMap<N, N>, px: N, qty: N, zero: N) {
    if qty == zero {
        side.remove(&px);
    } else {
        side.insert(px, qty);
    }
}

/// `serde_json` to owned strings, `rust_decimal`, `BTreeMap`: what a first bot looks like.
struct Owned(Levels<Decimal>);

#[derive(Deserialize)]
struct OwnedQuote {
    #[serde(rename = "s")]
    symbol: String,
    b: String,
    #[serde(rename = "B")]
    bid_qty: String,
    a: String,
    #[serde(rename = "A")]
    ask_qty: String,
}

#[derive(Deserialize)]
struct OwnedTrade {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "E")]
    at: u64,
    p: String,
    q: String,
    m: bool,
}

/// What is not a number is zero: the books would differ.
fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn owned<T: for<'a> Deserialize<'a>>(frame: &[u8], wrapped: bool) -> Option<T> {
    if wrapped {
        serde_json::from_slice::<Wrapped<T>>(frame).ok().map(|wrapped| wrapped.data)
    } else {
        serde_json::from_slice(frame).ok()
    }
}

impl Decoder for Owned {
    const NAME: &'static str = "serde-string-decimal-btreemap";

    fn new(_: &Stream) -> Result<Self, BenchError> {
        Ok(Self(Levels::new()))
    }

    fn begin(&mut self, _: &Stream) {
        self.0.clear();
    }

    fn message(&mut self, record: &Record<'_>) {
        let pairs = |levels: Vec<[String; 2]>| levels.into_iter().map(|[px, qty]| (decimal(&px), decimal(&qty)));
        if record.direction == Direction::Rest {
            if let Some(depth) = owned::<Depth<[String; 2]>>(record.payload, false) {
                self.0.snapshot(depth.u, pairs(depth.b), pairs(depth.a), Decimal::ZERO);
            }
            return;
        }
        let (shape, wrapped) = shape(record.payload);
        match shape {
            Shape::Depth => {
                if let Some(depth) = owned::<Depth<[String; 2]>>(record.payload, wrapped) {
                    self.0.delta(depth.u, pairs(depth.b), pairs(depth.a), Decimal::ZERO);
                }
            }
            Shape::Quote => {
                let quote = owned::<OwnedQuote>(record.payload, wrapped);
                black_box(quote.map(|q| (q.symbol, [q.b, q.bid_qty, q.a, q.ask_qty].map(|text| decimal(&text)))));
            }
            Shape::Trade => {
                let trade = owned::<OwnedTrade>(record.payload, wrapped);
                black_box(trade.map(|t| (t.symbol, t.at, decimal(&t.p), decimal(&t.q), t.m)));
            }
            Shape::Other => {}
        }
    }

    fn levels(&self, _: &Instrument, side: Side) -> Vec<String> {
        self.0.text(side, |number| number.to_string())
    }
}

/// A parser that borrows.
trait Parser: 'static {
    const NAME: &'static str;
    fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T>;
}

struct Serde;
struct Sonic;

impl Parser for Serde {
    const NAME: &'static str = "serde-borrowed-btreemap";
    fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Parser for Sonic {
    const NAME: &'static str = "sonic-borrowed-btreemap";
    fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
        sonic_rs::from_slice(bytes).ok()
    }
}

/// Borrowed text, integers of 1e-8, `BTreeMap`: what a careful bot looks like.
struct Borrowed<P> {
    levels: Levels<i64>,
    parser: PhantomData<P>,
}

#[derive(Deserialize)]
struct BorrowedQuote<'a> {
    s: &'a str,
    b: &'a str,
    #[serde(rename = "B")]
    bid_qty: &'a str,
    a: &'a str,
    #[serde(rename = "A")]
    ask_qty: &'a str,
}

#[derive(Deserialize)]
struct BorrowedTrade<'a> {
    s: &'a str,
    #[serde(rename = "E")]
    at: u64,
    p: &'a str,
    q: &'a str,
    m: bool,
}

/// Units of 1e-8.
fn fixed(text: &str) -> i64 {
    let (mut units, mut decimals, mut behind_point) = (0_i64, 0_u32, false);
    for byte in text.bytes() {
        match byte {
            b'.' => behind_point = true,
            digit => {
                units = units * 10 + i64::from(digit - b'0');
                decimals += u32::from(behind_point);
            }
        }
    }
    units * 10_i64.pow(8 - decimals.min(8))
}

fn borrowed<'a, P: Parser, T: Deserialize<'a>>(frame: &'a [u8], wrapped: bool) -> Option<T> {
    if wrapped { P::parse::<Wrapped<T>>(frame).map(|wrapped| wrapped.data) } else { P::parse(frame) }
}

impl<P: Parser> Decoder for Borrowed<P> {
    const NAME: &'static str = P::NAME;

    fn new(_: &Stream) -> Result<Self, BenchError> {
        Ok(Self { levels: Levels::new(), parser: PhantomData })
    }

    fn begin(&mut self, _: &Stream) {
        self.levels.clear();
    }

    fn message(&mut self, record: &Record<'_>) {
        fn pairs(levels: Vec<[&str; 2]>) -> impl Iterator<Item = (i64, i64)> {
            levels.into_iter().map(|[px, qty]| (fixed(px), fixed(qty)))
        }
        if record.direction == Direction::Rest {
            if let Some(depth) = P::parse::<Depth<[&str; 2]>>(record.payload) {
                self.levels.snapshot(depth.u, pairs(depth.b), pairs(depth.a), 0);
            }
            return;
        }
        let (shape, wrapped) = shape(record.payload);
        match shape {
            Shape::Depth => {
                if let Some(depth) = borrowed::<P, Depth<[&str; 2]>>(record.payload, wrapped) {
                    self.levels.delta(depth.u, pairs(depth.b), pairs(depth.a), 0);
                }
            }
            Shape::Quote => {
                let quote = borrowed::<P, BorrowedQuote<'_>>(record.payload, wrapped);
                black_box(quote.map(|q| (q.s, [q.b, q.bid_qty, q.a, q.ask_qty].map(fixed))));
            }
            Shape::Trade => {
                let trade = borrowed::<P, BorrowedTrade<'_>>(record.payload, wrapped);
                black_box(trade.map(|t| (t.s, t.at, fixed(t.p), fixed(t.q), t.m)));
            }
            Shape::Other => {}
        }
    }

    fn levels(&self, _: &Instrument, side: Side) -> Vec<String> {
        self.levels.text(side, |units| format!("{}.{:08}", units / 100_000_000, units % 100_000_000))
    }
}
