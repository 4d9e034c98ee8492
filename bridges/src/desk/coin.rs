//! Coins: which one a contract is on, and how many of them its base is.

use engine_model::instrument::{ContractKind, Instrument, Instruments};
use engine_model::venue::VenueId;
use std::collections::BTreeSet;

/// The coin of a base, and how many of it one base is: `1000PEPE` is a thousand `PEPE`, and so is `kPEPE`. `1INCH` is a name.
pub(crate) fn coin(base: &str) -> (&str, i64) {
    if let Some(name) = base.strip_prefix('k').filter(|name| is_coin(name)) {
        return (name, 1_000);
    }
    if let Some(name) = base.strip_prefix("1M").filter(|name| name.len() > 2 && is_coin(name)) {
        return (name, 1_000_000);
    }
    let zeros = base.strip_prefix('1').map_or(0, |rest| rest.bytes().take_while(|byte| *byte == b'0').count());
    match base.get(1 + zeros..) {
        Some(name) if (3..=9).contains(&zeros) && is_coin(name) => (name, 10i64.pow(zeros as u32)),
        _ => (base, 1),
    }
}

fn is_coin(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
}

/// The coins that the run has contracts on.
pub(crate) fn coins(instruments: &Instruments) -> BTreeSet<&str> {
    contracts(instruments).map(|instrument| coin(instrument.base.as_str()).0).collect()
}

/// The contracts of the run.
pub(crate) fn contracts(instruments: &Instruments) -> impl Iterator<Item = &Instrument> {
    instruments.iter().filter(|instrument| instrument.kind != ContractKind::Spot)
}

/// What a contract is settled in: `linear-usdt`, `linear-usdc`, `inverse`. Bitget's inverse ones are counted in coins, but
/// their type says what they are.
pub(crate) fn margin(instrument: &Instrument) -> String {
    let is_coin = instrument.venue == VenueId::Bitget && instrument.symbol.as_str().starts_with("COIN-FUTURES:");
    if is_coin || instrument.kind == ContractKind::Inverse {
        return "inverse".to_owned();
    }
    format!("linear-{}", instrument.quote.as_str().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_by_the_thousand_are_counted_one_by_one() {
        for (base, expected) in [
            ("BTC", ("BTC", 1)),
            ("1000PEPE", ("PEPE", 1_000)),
            ("kPEPE", ("PEPE", 1_000)),
            ("10000SATS", ("SATS", 10_000)),
            ("1000000MOG", ("MOG", 1_000_000)),
            ("1MBABYDOGE", ("BABYDOGE", 1_000_000)),
            ("1INCH", ("1INCH", 1)),
            ("KAS", ("KAS", 1)),
            ("100X", ("100X", 1)),
            ("1000", ("1000", 1)),
            ("", ("", 1)),
        ] {
            assert_eq!(coin(base), expected, "{base}");
        }
    }
}
