//! Kraken spot, WebSocket v2. Books are cut to the depth that was subscribed, and every message of a book carries a checksum
//! over the texts of its numbers; there are no sequence numbers.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids.

pub(crate) mod decode;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a pair is: `BTC/USD`. The older API writes bitcoin and dogecoin in its own way.
pub(crate) fn describe(pair: &str) -> Description {
    let (base, quote) = pair.split_once('/').unwrap_or((pair, ""));
    Description::of(asset(base), asset(quote), ContractKind::Spot)
}

/// The name that everyone else has for an asset.
pub(crate) fn asset(name: &str) -> &str {
    match name {
        "XBT" => "BTC",
        "XDG" => "DOGE",
        other => other,
    }
}
