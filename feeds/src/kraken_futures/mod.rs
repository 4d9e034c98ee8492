//! Kraken Futures: dated and perpetual contracts, settled in coins (`PI_`, `FI_`) or in dollars (`PF_`, `FF_`). One level of
//! a book a frame, numbered by product.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids.

pub(crate) mod decode;
pub mod wire;

use crate::kraken::asset;
use crate::metadata::{Description, split_symbol};
use engine_model::instrument::ContractKind;

/// What a product is, by its spelling: `PI_XBTUSD`, `FI_ETHUSD_211231`. An inverse contract is one dollar.
pub(crate) fn describe(product: &str) -> Description {
    let (family, pair) = product.split_once('_').unwrap_or(("", product));
    let kind = if family.ends_with('I') { ContractKind::Inverse } else { ContractKind::Linear };
    let (base, quote) = split_symbol(pair);
    Description::of(asset(base.as_str()), asset(quote.as_str()), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_say_what_they_are() {
        for (product, base, quote, kind) in [
            ("PI_XBTUSD", "BTC", "USD", ContractKind::Inverse),
            ("FI_ETHUSD_211231", "ETH", "USD", ContractKind::Inverse),
            ("PF_XBTUSD", "BTC", "USD", ContractKind::Linear),
            ("FF_SOLUSD_261231", "SOL", "USD", ContractKind::Linear),
        ] {
            assert_eq!(describe(product), Description::of(base, quote, kind), "{product}");
        }
    }
}
