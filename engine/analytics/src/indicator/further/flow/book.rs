//! Measures of the best bid and ask.

use super::Known;
use crate::flow::book::{Ofi, Quote};
use crate::flow::depth::{Depth, Resting, wall};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { OrderBook, FURTHER;
    "SPREAD" "Quoted spread", QUOTE -> ["spread", "spread_bps"] Input, (), 0 =>
        Known(|row| [Some(quote(row).spread()), quote(row).spread_bps()]);
    "BOOK_IMB" "Queue imbalance", QUOTE -> ["imbalance"] Ratio, (), 0 => Known(|row| [quote(row).imbalance()]);
    "MICROPRICE" "Size-weighted mid", QUOTE -> ["microprice"] Input, (), 0 => Known(|row| [quote(row).microprice()]);
    "OFI" "Order flow imbalance", QUOTE -> ["ofi", "ofi_sum"] Volume,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => {
        let mut ofi = Ofi::new(length);
        Known(move |row| {
            let event = ofi.update(&quote(row));
            [Some(event.flow), event.sum]
        })
    };
    "BOOK_IMB_N" "Imbalance over 5, 10 and 20 levels", BOOK -> ["imbalance_5", "imbalance_10", "imbalance_20"] Ratio, (), 0 =>
        Known(|row| depth(&sides(row), |depth| [5, 10, 20].map(|levels| depth.imbalance(levels))));
    "BOOK_SLOPE" "Slope of the cumulative depth", BOOK -> ["bid_slope", "ask_slope"] Volume, (), 0 =>
        Known(|row| depth(&sides(row), |depth| depth.slopes().into()));
    "DEPTH_BPS" "Depth within 10, 25 and 50 basis points of the mid", BOOK -> ["bid_10", "ask_10", "imbalance_10", "bid_25",
        "ask_25", "imbalance_25", "bid_50", "ask_50", "imbalance_50"] Volume, (), 0 => Known(|row| {
        depth(&sides(row), |depth| {
            let mut told = [None; 9];
            for (told, points) in told.chunks_exact_mut(3).zip([10.0, 25.0, 50.0]) {
                let near = depth.within(points);
                let imbalance = near.and_then(|(bid, ask)| crate::flow::ratio(bid - ask, bid + ask));
                told.copy_from_slice(&[near.map(|near| near.0), near.map(|near| near.1), imbalance]);
            }
            told
        })
    });
    "WALLS" "Resting size outliers", BOOK -> ["bid_wall", "bid_wall_size", "ask_wall", "ask_wall_size"] Input,
        (k: f64 = 5.0 in 1.0..=1e6), 0 => Known(move |row| {
        let ([bids, asks], mut scratch) = (sides(row), [0.0; LEVELS]);
        let [bid, ask] = [bids, asks].map(|side| wall(&side, k, &mut scratch));
        let of = |wall: Option<Resting>| [wall.map(|wall| wall.price), wall.map(|wall| wall.size)];
        let ([bid, bid_size], [ask, ask_size]) = (of(bid), of(ask));
        [bid, bid_size, ask, ask_size]
    });
};

/// Levels of a side.
const LEVELS: usize = 20;

/// Bids and asks of a row.
fn sides(row: [f64; 4 * LEVELS]) -> [[Resting; LEVELS]; 2] {
    let level = |at: usize| Resting { price: row[2 * at], size: row[2 * at + 1] };
    [std::array::from_fn(level), std::array::from_fn(|at| level(LEVELS + at))]
}

fn depth<T>([bids, asks]: &[[Resting; LEVELS]; 2], of: impl FnOnce(Depth<'_>) -> T) -> T {
    of(Depth { bids, asks })
}

fn quote([bid, bid_size, ask, ask_size]: [f64; 4]) -> Quote {
    Quote { bid, bid_size, ask, ask_size }
}
