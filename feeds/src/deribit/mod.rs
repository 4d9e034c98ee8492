//! Deribit: futures, perpetuals and options, and what is spelled like them.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both at once for
//! changes of books of the usual shape. Orders: `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::json::{TextBuffer, Value};
use crate::metadata::Description;
use engine_model::instrument::ContractKind;

/// What a symbol is, by its spelling: the venue has a list for each currency, and a recording need not have them all.
/// `BTC-PERPETUAL` and `BTC-25JUN21` are settled in the coin and their amounts are dollars; with a quote in the name
/// (`BTC_USDC-PERPETUAL`) they are settled in that and their amounts are coins; an option of coins
/// (`BTC-24JUN22-15000-C`) has its price in coins; a name without anything behind the pair is that pair.
pub(crate) fn describe(symbol: &str) -> Description {
    let mut parts = symbol.split('-');
    let pair = parts.next().unwrap_or_default();
    let (first, more) = (parts.next(), parts.next().is_some());
    match (pair.split_once('_'), first) {
        (Some((base, quote)), None) => Description::of(base, quote, ContractKind::Spot),
        (Some((base, quote)), Some(_)) => Description::of(base, quote, ContractKind::Linear),
        // `FS` begins a spread of two futures.
        (None, Some(kind)) if !more || kind == "FS" => Description::of(pair, "USD", ContractKind::Inverse),
        (None, Some(_)) => Description::of(pair, pair, ContractKind::Linear),
        (None, None) => Description::of(pair, "", ContractKind::Spot),
    }
}

/// The number of a trade: its id, of most currencies behind their name (`ETH-34066694`).
pub(crate) fn trade_number(id: Value<'_>) -> Option<u64> {
    let mut buffer = TextBuffer::default();
    let id = id.number_text(&mut buffer)?;
    crate::json::unsigned(id.rsplit(|byte| *byte == b'-').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_tells_what_it_is() {
        use ContractKind::{Inverse, Linear, Spot};
        for (symbol, base, quote, kind) in [
            ("BTC-PERPETUAL", "BTC", "USD", Inverse),
            ("ETH-25JUN21", "ETH", "USD", Inverse),
            ("BTC-FS-25DEC26_PERP", "BTC", "USD", Inverse),
            ("BTC_USDC-PERPETUAL", "BTC", "USDC", Linear),
            ("MATIC_USDC-9MAR24-1d02-C", "MATIC", "USDC", Linear),
            ("BTC-24JUN22-15000-C", "BTC", "BTC", Linear),
            ("BTC-CS-19MAY26-70000_75000", "BTC", "BTC", Linear),
            ("ETH_BTC", "ETH", "BTC", Spot),
            ("", "", "", Spot),
        ] {
            assert_eq!(describe(symbol), Description::of(base, quote, kind), "{symbol}");
        }
    }
}
