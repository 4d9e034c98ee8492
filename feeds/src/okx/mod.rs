//! OKX v5: spot, swaps, futures and options on one socket, each instrument by a name that says what it is. Today's books
//! are numbered; recordings of 2021 and 2022 have a checksum in place of numbers.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for the frames
//! of the usual shape.

pub(crate) mod decode;
mod fast;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What an instrument is, by its name: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USD-260925`, `BTC-USD-260925-50000-C`.
/// Quantities of all but spot are contracts; what a linear one holds stands in no name and is taken for one coin.
pub(crate) fn describe(symbol: &str) -> Description {
    let mut parts = symbol.split('-');
    let (base, quote) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let contract_size = if base == "BTC" { 100 } else { 10 };
    match parts.count() {
        0 => Description::of(base, quote, ContractKind::Spot),
        // Coin-margined: 100 dollars of bitcoin, 10 of anything else.
        1 if quote == "USD" => Description { contract_size, ..Description::of(base, quote, ContractKind::Inverse) },
        1 => Description::of(base, quote, ContractKind::Linear),
        // An option is priced in the coin that it is on.
        _ => Description::of(base, base, ContractKind::Linear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_an_instrument_is() {
        for (symbol, base, quote, kind, contract_size) in [
            ("BTC-USDT", "BTC", "USDT", ContractKind::Spot, 1),
            ("XMR-USDT-SWAP", "XMR", "USDT", ContractKind::Linear, 1),
            ("TRX-USDT-210924", "TRX", "USDT", ContractKind::Linear, 1),
            ("BTC-USD-SWAP", "BTC", "USD", ContractKind::Inverse, 100),
            ("UNI-USD-SWAP", "UNI", "USD", ContractKind::Inverse, 10),
            ("BTC-USD-210924-66000-C", "BTC", "BTC", ContractKind::Linear, 1),
            ("", "", "", ContractKind::Spot, 1),
        ] {
            let expected = Description { contract_size, ..Description::of(base, quote, kind) };
            assert_eq!(describe(symbol), expected, "{symbol}");
        }
    }
}
