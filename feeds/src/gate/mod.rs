//! Gate v4: spot and the perpetuals, each on a socket and a session of its own, for they spell their instruments alike.
//!
//! [`wire`] says what the venue sends, `decode` puts it on the instruments' grids, `session` talks to it. Orders:
//! `gateway`, signed by `sign`.

pub(crate) mod decode;
mod fast;
pub(crate) mod gateway;
mod listing;
pub(crate) mod poll;
pub(crate) mod session;
mod sign;
pub mod wire;

use crate::json::{Text, TextBuffer, Value};
use crate::metadata::{Description, step};
use engine_model::instrument::ContractKind;
use std::collections::BTreeMap;

/// What a pair is, by its spelling.
pub(crate) fn describe_spot(symbol: &str) -> Description {
    let (base, quote) = symbol.split_once('_').unwrap_or((symbol, ""));
    Description::of(base, quote, ContractKind::Spot)
}

/// What a contract is: its money by its spelling (`BTC_USDT`, `BTC_USDT_20230630`), its size by the venue's list where there
/// is one. One settled in the coin is one dollar.
pub(crate) fn describe_futures(listed: Option<&[u8]>) -> impl Fn(&str) -> Description + use<> {
    let sizes = listed.map(sizes).unwrap_or_default();
    move |symbol| {
        let mut parts = symbol.split('_');
        let (base, quote) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let kind = if quote == "USD" { ContractKind::Inverse } else { ContractKind::Linear };
        let (contract_decimals, contract_size) = sizes.get(symbol).copied().unwrap_or((0, 1));
        Description { contract_size, contract_decimals, ..Description::of(base, quote, kind) }
    }
}

/// Coins in a contract: decimals, and units of the last one. Nothing of a list that cannot be read.
fn sizes(body: &[u8]) -> BTreeMap<String, (u8, i64)> {
    let list = Value::parse(body).ok();
    list.into_iter().flat_map(Value::elements).filter_map(size).collect()
}

fn size(contract: Value<'_>) -> Option<(String, (u8, i64))> {
    let [name, size] = contract.pick(["name", "quanto_multiplier"]);
    let (mut buffer, mut digits) = (TextBuffer::default(), TextBuffer::default());
    let name = name.and_then(Value::string).and_then(|name: Text<'_>| name.plain(&mut buffer))?;
    let size = step(std::str::from_utf8(size?.number_text(&mut digits)?).ok()?)?;
    Some((std::str::from_utf8(name).ok()?.to_owned(), size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_is_what_its_name_and_the_list_say() {
        let list = br#"[{"name":"DIA_USDT","quanto_multiplier":"10"},{"name":"BTC_USDT","quanto_multiplier":"0.0001"},
            {"name":"BTC_USD","quanto_multiplier":"0"},{}]"#;
        let describe = describe_futures(Some(list));
        for (symbol, base, quote, kind, size) in [
            ("DIA_USDT", "DIA", "USDT", ContractKind::Linear, (0, 10)),
            ("BTC_USDT", "BTC", "USDT", ContractKind::Linear, (4, 1)),
            ("BTC_USDT_20230630", "BTC", "USDT", ContractKind::Linear, (0, 1)),
            ("BTC_USD", "BTC", "USD", ContractKind::Inverse, (0, 1)),
        ] {
            let (contract_decimals, contract_size) = size;
            let expected = Description { contract_size, contract_decimals, ..Description::of(base, quote, kind) };
            assert_eq!(describe(symbol), expected, "{symbol}");
        }
        assert_eq!(describe_futures(Some(b"[{"))("DIA_USDT").contract_size, 1);
        assert_eq!(describe_spot("NEO_BTC"), Description::of("NEO", "BTC", ContractKind::Spot));
    }
}
