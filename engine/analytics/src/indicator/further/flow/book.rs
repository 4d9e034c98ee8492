//! Measures of the best bid and ask.

use super::Known;
use crate::flow::book::{Ofi, Quote};
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
};

fn quote([bid, bid_size, ask, ask_size]: [f64; 4]) -> Quote {
    Quote { bid, bid_size, ask, ask_size }
}
