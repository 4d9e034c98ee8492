//! Coinbase Advanced Trade: all channels on one socket, whose messages of every kind are numbered together.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for what comes
//! most often. Orders: `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
mod listing;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a product is, by its spelling: `BTC-USD` is spot, `BTC-PERP-INTX` a perpetual of one coin that settles in USDC,
/// `BIT-28AUG26-CDE` a contract whose size the name does not tell: its quote stays empty, so that nothing in it is taken
/// for dollars.
pub(crate) fn describe(symbol: &str) -> Description {
    let mut parts = symbol.split('-');
    let base = parts.next().unwrap_or_default();
    match (parts.next().unwrap_or_default(), parts.next()) {
        (quote, None) => Description::of(base, quote, ContractKind::Spot),
        ("PERP", Some("INTX")) => Description::of(base, "USDC", ContractKind::Linear),
        _ => Description::of(base, "", ContractKind::Linear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_tell_by_their_spelling_what_they_are() {
        for (symbol, base, quote, kind) in [
            ("BTC-USD", "BTC", "USD", ContractKind::Spot),
            ("ETH-BTC", "ETH", "BTC", ContractKind::Spot),
            ("BTC-PERP-INTX", "BTC", "USDC", ContractKind::Linear),
            ("BIT-28AUG26-CDE", "BIT", "", ContractKind::Linear),
            ("BTC", "BTC", "", ContractKind::Spot),
        ] {
            assert_eq!(describe(symbol), Description::of(base, quote, kind), "{symbol}");
        }
    }
}
