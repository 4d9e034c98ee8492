//! What a frame of any protocol is made from, besides the event itself.

use crate::listing::Listing;

/// Where a frame comes from: the instrument and the venue's time.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) at_ms: u64,
}

/// What a mark price frame tells: prices in 1e-12 (a coin may cost less than a hundred-thousandth), the rate in 1e-8.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) mark_e12: i128,
    pub(crate) index_e12: i128,
    pub(crate) rate_e8: i128,
    pub(crate) next_at_ms: u64,
}
