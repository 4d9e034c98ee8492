//! Kraken Futures: dated and perpetual contracts, settled in coins (`PI_`, `FI_`) or in dollars (`PF_`, `FF_`). One level of
//! a book a frame, numbered by product.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids. Orders: `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::kraken::asset;
use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a product is, by its spelling: `PI_XBTUSD`, `FI_ETHUSD_211231`; a quote has three letters. An inverse contract is one
/// dollar.
pub(crate) fn describe(product: &str) -> Description {
    let mut parts = product.splitn(3, '_');
    let (family, pair) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let kind = if family.ends_with('I') { ContractKind::Inverse } else { ContractKind::Linear };
    let (base, quote) = pair.split_at_checked(pair.len().saturating_sub(3)).unwrap_or((pair, ""));
    Description::of(asset(base), asset(quote), kind)
}

/// Perpetuals pay each hour, by rule; nothing that the venue sends says so.
const FUNDING_S: u32 = 3_600;

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
            ("PV_XRPXBT", "XRP", "BTC", ContractKind::Linear),
            ("PF", "", "", ContractKind::Linear),
        ] {
            assert_eq!(describe(product), Description::of(base, quote, kind), "{product}");
        }
    }
}
