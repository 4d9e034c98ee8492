//! Bitget: the classic sockets of today (v2) and those of 2022 (v1), which differ in how a trade and a ticker are written.
//! The same symbol means another instrument in each type, so ours carry it as sent: `USDT-FUTURES:BTCUSDT`, `sp:BTCUSDT`.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for the frames
//! of the usual shape, `session` talks to it. Orders (v2): `gateway`, signed
//! by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
mod listing;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::metadata::{Description, split_symbol};
use engine_model::instrument::ContractKind;

/// What a symbol is, by its spelling. Quantities are coins on all contracts, those settled in coins included, so that
/// all of them are worth price times quantity.
pub(crate) fn describe(symbol: &str) -> Description {
    let (kind, symbol) = symbol.split_once(':').unwrap_or(("", symbol));
    let is_spot = kind.is_empty() || kind.eq_ignore_ascii_case("sp") || kind.eq_ignore_ascii_case("spot");
    let kind = if is_spot { ContractKind::Spot } else { ContractKind::Linear };
    // `BTCPERP` is settled in USDC.
    if let Some(base) = symbol.strip_suffix("PERP") {
        return Description::of(base, "USDC", kind);
    }
    let (base, quote) = split_symbol(symbol);
    Description { base, quote, kind, contract_size: 1, contract_decimals: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_says_what_an_instrument_is() {
        for (symbol, base, quote, kind) in [
            ("sp:BTCUSDT", "BTC", "USDT", ContractKind::Spot),
            ("SPOT:BTCUSDC", "BTC", "USDC", ContractKind::Spot),
            ("mc:DASHUSDT", "DASH", "USDT", ContractKind::Linear),
            ("USDC-FUTURES:BTCPERP", "BTC", "USDC", ContractKind::Linear),
            ("COIN-FUTURES:BTCUSD", "BTC", "USD", ContractKind::Linear),
        ] {
            assert_eq!(describe(symbol), Description::of(base, quote, kind), "{symbol}");
        }
    }
}
