//! OKX v5: spot, swaps, futures and options on one socket, each instrument by a name that says what it is. Today's books
//! are numbered; recordings of 2021 and 2022 have a checksum in place of numbers.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `fast` does both for the frames
//! of the usual shape. Orders: `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::json::{TextBuffer, Value};
use crate::metadata::{Description, step};
use engine_model::instrument::ContractKind;
use std::collections::BTreeMap;

/// What an instrument is, by its name: `BTC-USDT`, `BTC-USDT-SWAP`, `BTC-USD-260925`, `BTC-USD-260925-50000-C`.
/// Quantities of all but spot are contracts; what a linear one holds stands in no name, only in the venue's list: without
/// one it is taken for one coin.
pub(crate) fn describe(listed: Option<&[u8]>) -> impl Fn(&str) -> Description + use<> {
    let sizes = listed.map(sizes).unwrap_or_default();
    move |symbol| {
        let by_name = by_name(symbol);
        match sizes.get(symbol) {
            Some((contract_decimals, contract_size)) if by_name.kind != ContractKind::Spot => {
                Description { contract_size: *contract_size, contract_decimals: *contract_decimals, ..by_name }
            }
            _ => by_name,
        }
    }
}

/// Face value of a contract, `ctVal` times `ctMult` where that is 1, as it is for all that trade: decimals, and units of the
/// last one.
fn sizes(body: &[u8]) -> BTreeMap<String, (u8, i64)> {
    let list = Value::parse(body).ok().and_then(|list| list.member("data"));
    list.into_iter().flat_map(Value::elements).filter_map(size).collect()
}

fn size(contract: Value<'_>) -> Option<(String, (u8, i64))> {
    let [name, value, multiplier] = contract.pick(["instId", "ctVal", "ctMult"]);
    let buffers = &mut [(); 3].map(|()| TextBuffer::default());
    let [name_room, value_room, multiplier_room] = buffers;
    let name = name.and_then(Value::string).and_then(|name| name.plain(name_room))?;
    let value = std::str::from_utf8(value?.number_text(value_room)?).ok()?;
    let multiplier = multiplier?.number_text(multiplier_room)?;
    (multiplier == b"1").then_some(())?;
    Some((std::str::from_utf8(name).ok()?.to_owned(), step(value)?))
}

fn by_name(symbol: &str) -> Description {
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
            assert_eq!(describe(None)(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn the_list_says_what_a_contract_holds() {
        let list = br#"{"code":"0","data":[{"instId":"BTC-USDT-SWAP","ctVal":"0.01","ctMult":"1","ctValCcy":"BTC"},
            {"instId":"BTC-USDT","ctVal":"","ctMult":""},{"instId":"X-USDT-SWAP","ctVal":"10","ctMult":"5"}]}"#;
        let describe = describe(Some(list));
        let size = |symbol: &str| (describe(symbol).contract_size, describe(symbol).contract_decimals);
        assert_eq!(["BTC-USDT-SWAP", "BTC-USDT", "X-USDT-SWAP"].map(size), [(1, 2), (1, 0), (1, 0)]);
    }
}
