//! What a quantity is worth, in units of 1e-8, exactly or rounded as asked.
//!
//! Owns: the arithmetic. Never: a balance.

use engine_model::instrument::{ContractKind, Instrument, Name};

/// Where a value that is no whole number of units goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Down,
    Up,
}

/// What an instrument is paid in: its quote, or the coin where that is what profits are in.
pub(crate) fn settled_in(instrument: &Instrument) -> Name {
    match instrument.kind {
        ContractKind::Spot | ContractKind::Linear => instrument.quote,
        ContractKind::Inverse => instrument.base,
    }
}

/// What `lots` at `px` ticks are worth in what the instrument is settled in. No value at no price.
pub(crate) fn value_e8(instrument: &Instrument, px: i64, lots: i64, round: Round) -> i128 {
    let grid = &instrument.grid;
    let price = i128::from(px) * i128::from(grid.tick_step);
    let size = i128::from(lots) * i128::from(grid.lot_step) * i128::from(instrument.contract_size);
    let size_decimals = u32::from(instrument.size_decimals());
    match instrument.kind {
        ContractKind::Spot | ContractKind::Linear => {
            rescale(size * price, size_decimals + u32::from(grid.price_decimals), round)
        }
        ContractKind::Inverse if price > 0 => {
            let units = size * 10i128.pow(8 + u32::from(grid.price_decimals));
            divide(units, price * 10i128.pow(size_decimals), round)
        }
        ContractKind::Inverse => 0,
    }
}

/// What `lots` of a spot instrument are in its base.
pub(crate) fn base_e8(instrument: &Instrument, lots: i64, round: Round) -> i128 {
    rescale(i128::from(lots) * i128::from(instrument.grid.lot_step), u32::from(instrument.grid.qty_decimals), round)
}

/// `parts_per_million` of an amount that is not negative; a rebate is negative, and never more than its part.
pub(crate) fn part(amount_e8: i128, parts_per_million: i64, round: Round) -> i128 {
    divide(amount_e8 * i128::from(parts_per_million), 1_000_000, round)
}

fn rescale(units: i128, decimals: u32, round: Round) -> i128 {
    match decimals.checked_sub(8) {
        None => units * 10i128.pow(8 - decimals),
        Some(excess) => divide(units, 10i128.pow(excess), round),
    }
}

/// Down is towards zero: what is paid out is never more than it is.
pub(crate) fn divide(units: i128, divisor: i128, round: Round) -> i128 {
    let towards_zero = units / divisor;
    match round {
        Round::Up if units % divisor > 0 => towards_zero + 1,
        _ => towards_zero,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Listing;
    use engine_model::venue::VenueId;

    #[test]
    fn values_are_exact_where_they_can_be_and_rounded_as_asked_where_not() {
        let spot = Listing::defaults(VenueId::BinanceSpot)[0].instrument;
        // 0.04 of a coin at 61837.63.
        assert_eq!(value_e8(&spot, 6_183_763, 4_000, Round::Down), 247_350_520_000);
        assert_eq!(base_e8(&spot, 4_000, Round::Up), 4_000_000);
        let usdm = Listing::defaults(VenueId::BinanceUsdm)[0].instrument;
        assert_eq!(value_e8(&usdm, 618_002, 120, Round::Down), 741_602_400_000);
        // 60 contracts of 100 dollars at 61804.7: 0.0970799955... coins.
        let coinm = Listing::defaults(VenueId::BinanceCoinm)[0].instrument;
        assert_eq!(value_e8(&coinm, 618_047, 60, Round::Down), 9_707_999);
        assert_eq!(value_e8(&coinm, 618_047, 60, Round::Up), 9_708_000);
        assert_eq!(settled_in(&coinm).as_str(), "BTC");
        assert_eq!(part(1_000_001, 1_000, Round::Up), 1_001);
        assert_eq!(part(1_000_001, -100, Round::Down), -100);
    }
}
