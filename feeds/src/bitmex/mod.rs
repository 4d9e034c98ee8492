//! BitMEX, which closed in 2026: recordings only.
//!
//! [`wire`] says what the venue sent, `table` keeps what its books call by a number, `decode` puts all of it on the
//! instruments' grids, `fast` does both for the frames of the usual shape.

pub(crate) mod decode;
mod fast;
mod table;
pub mod wire;

use crate::metadata::Description;
use engine_model::instrument::ContractKind;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What the venue's list tells of an instrument.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    underlying: Cow<'a, str>,
    #[serde(borrow)]
    quote_currency: Cow<'a, str>,
    is_inverse: bool,
}

/// What each symbol is: by the venue's list where there is one, else by its spelling.
pub(crate) fn describe(listed: Option<&[u8]>) -> impl Fn(&str) -> Description + use<> {
    let list: Option<Vec<Listed<'_>>> = listed.and_then(|body| serde_json::from_slice(body).ok());
    let of = |listed: Listed<'_>| {
        let kind = if listed.is_inverse { ContractKind::Inverse } else { ContractKind::Linear };
        (listed.symbol.into_owned(), Description::of(&listed.underlying, &listed.quote_currency, kind))
    };
    let known: BTreeMap<_, _> = list.into_iter().flatten().map(of).collect();
    move |symbol| known.get(symbol).copied().unwrap_or_else(|| spelled(symbol))
}

/// What prices are in, longest first where one begins with another; bitcoin is not spelled out.
const QUOTES: [&str; 4] = ["USDT", "USDC", "USD", "EUR"];

/// `XBTUSD` and `XBTM21` are contracts of one dollar, settled in bitcoin; `ADAM21` has its price in bitcoin; `ETHUSD` has it
/// in dollars and is paid at a fixed rate in bitcoin, which is taken for linear.
fn spelled(symbol: &str) -> Description {
    let pair = without_month(symbol);
    let split = |quote: &&'static str| pair.strip_suffix(*quote).filter(|base| !base.is_empty()).zip(Some(*quote));
    match QUOTES.iter().find_map(split) {
        Some(("XBT", quote @ ("USD" | "EUR"))) => Description::of("XBT", quote, ContractKind::Inverse),
        Some((base, quote)) => Description::of(base, quote, ContractKind::Linear),
        None if pair == "XBT" => Description::of("XBT", "USD", ContractKind::Inverse),
        None => Description::of(pair, "XBT", ContractKind::Linear),
    }
}

/// Without the letter of a month and the two digits of a year.
fn without_month(symbol: &str) -> &str {
    match symbol.as_bytes() {
        [rest @ .., month, b'0'..=b'9', b'0'..=b'9'] if !rest.is_empty() && b"FGHJKMNQUVXZ".contains(month) => {
            &symbol[..rest.len()]
        }
        _ => symbol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_what_the_list_says_or_what_it_is_spelled_like() {
        use ContractKind::{Inverse, Linear};
        for (symbol, base, quote, kind) in [
            ("XBTUSD", "XBT", "USD", Inverse),
            ("XBTEUR", "XBT", "EUR", Inverse),
            ("XBTM21", "XBT", "USD", Inverse),
            ("XBTEURU21", "XBT", "EUR", Inverse),
            ("ADAM21", "ADA", "XBT", Linear),
            ("ETHUSDM21", "ETH", "USD", Linear),
            ("LINKUSDT", "LINK", "USDT", Linear),
            ("DOTUSD", "DOT", "USD", Linear),
            ("XBTUSDT", "XBT", "USDT", Linear),
            ("é21", "é21", "XBT", Linear),
        ] {
            assert_eq!(describe(None)(symbol), Description::of(base, quote, kind), "{symbol}");
        }
        let list =
            br#"[{"symbol":"ADAM21","underlying":"ADA","quoteCurrency":"USD","isInverse":true,"tickSize":1e-8}]"#;
        let describe = describe(Some(list));
        assert_eq!(describe("ADAM21"), Description::of("ADA", "USD", Inverse));
        assert_eq!(describe("XBTM21"), Description::of("XBT", "USD", Inverse));
    }
}
