//! Hyperliquid: perpetuals that settle in USDC, and spot. Books come whole or not at all.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for what comes
//! most often. `gateway` talks about orders, signed in `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a coin is, by its spelling: `BTC` is a perpetual in USDC, `PURR/USDC` spot. Of `@107` (spot by its number) and
/// `xyz:GOLD` (a perpetual of somebody else's market on this venue) the name does not tell what prices are in: the quote
/// stays empty, so that nothing in them is taken for dollars.
pub(crate) fn describe(symbol: &str) -> Description {
    if let Some((base, quote)) = symbol.split_once('/') {
        return Description::of(base, quote, ContractKind::Spot);
    }
    match symbol.split_once(':') {
        Some((_, base)) => Description::of(base, "", ContractKind::Linear),
        None if symbol.starts_with('@') => Description::of(symbol, "", ContractKind::Spot),
        None => Description::of(symbol, "USDC", ContractKind::Linear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_tell_by_their_spelling_what_they_are() {
        for (symbol, base, quote, kind) in [
            ("BTC", "BTC", "USDC", ContractKind::Linear),
            ("kPEPE", "kPEPE", "USDC", ContractKind::Linear),
            ("PURR/USDC", "PURR", "USDC", ContractKind::Spot),
            ("@107", "@107", "", ContractKind::Spot),
            ("xyz:GOLD", "GOLD", "", ContractKind::Linear),
        ] {
            assert_eq!(describe(symbol), Description::of(base, quote, kind), "{symbol}");
        }
    }
}
