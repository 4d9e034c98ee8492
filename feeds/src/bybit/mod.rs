//! Bybit v5: spot, linear and inverse, each on a socket of its own. The same symbol means another instrument in each, so
//! ours carry the category: `linear:BTCUSDT`.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both at once for books and
//! trades of the usual shape. Orders: `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::metadata::{Description, split_symbol};
use engine_model::instrument::ContractKind;

/// What a symbol is, by its spelling. An inverse contract is one dollar.
pub(crate) fn describe(symbol: &str) -> Description {
    let (category, symbol) = symbol.split_once(':').unwrap_or(("", symbol));
    let kind = match category {
        "linear" => ContractKind::Linear,
        "inverse" => ContractKind::Inverse,
        _ => ContractKind::Spot,
    };
    let (base, quote) = split_symbol(symbol);
    Description { base, quote, kind, contract_size: 1, contract_decimals: 0 }
}
