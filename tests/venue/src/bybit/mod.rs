//! Bybit v5 as it speaks: spot, linear and inverse, each on a socket of its own, all on one host.

pub(crate) mod rest;
pub(crate) mod session;
mod ticker;
mod view;
pub(crate) mod wire;

use crate::listing::Listing;
use crate::market::Book;
use ticker::Ticker;
use view::View;

/// What was told of one instrument so far: what a snapshot repeats, and a change is measured against.
pub(crate) struct Sheet {
    pub(crate) view: View,
    pub(crate) ticker: Ticker,
}

impl Sheet {
    pub(crate) fn new(listing: &Listing, book: &Book, update_id: u64, at_ms: u64) -> Self {
        Self { view: View::new(book, update_id, at_ms), ticker: Ticker::new(listing, at_ms) }
    }
}
