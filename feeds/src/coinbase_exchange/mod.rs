//! Coinbase Exchange: recordings only. Spot, one object a frame, its `type` says what it is.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for what comes
//! most often.

pub(crate) mod decode;
mod fast;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a product is, by its spelling: `BTC-USD`.
pub(crate) fn describe(symbol: &str) -> Description {
    let (base, quote) = symbol.split_once('-').unwrap_or((symbol, ""));
    Description::of(base, quote, ContractKind::Spot)
}
