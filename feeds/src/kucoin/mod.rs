//! KuCoin spot, the classic API: recordings only, for its whole books need a signed request.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids.

pub(crate) mod decode;
mod fast;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a symbol is, by its spelling: `BTC-USDT`.
pub(crate) fn describe(symbol: &str) -> Description {
    let (base, quote) = symbol.split_once('-').unwrap_or((symbol, ""));
    Description::of(base, quote, ContractKind::Spot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_what_its_spelling_says() {
        assert_eq!(describe("ANKR-BTC"), Description::of("ANKR", "BTC", ContractKind::Spot));
        assert_eq!(describe("BTC"), Description::of("BTC", "", ContractKind::Spot));
    }
}
