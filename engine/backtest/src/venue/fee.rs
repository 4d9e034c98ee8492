//! Fees: exact, in integers, rounded against us.
//!
//! Owns: what an execution costs by one pair of shares. Never: which pair counts (`schedule`); discounts paid in a venue's
//! own coin.

use engine_model::instrument::{ContractKind, Instrument};
use engine_model::report::Liquidity;
use engine_model::units::{Lots, Quote, Ticks};
use engine_model::venue::VenueId;

/// Shares of the notional, in 1e-6 (10 bps = 1000). Negative is a rebate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// For an execution that rested.
    pub maker_ppm: i64,
    /// For one that crossed.
    pub taker_ppm: i64,
}

/// Parts in the whole of a share.
const PPM: i128 = 1_000_000;

impl Fees {
    /// What an account without volume pays, as far as known to us: venues change their lists, and a run's configuration says
    /// what it really pays. Where a venue has spot and contracts, the contracts'.
    #[must_use]
    pub const fn of(venue: VenueId) -> Self {
        match venue {
            VenueId::BinanceSpot => Self { maker_ppm: 1_000, taker_ppm: 1_000 },
            VenueId::BinanceUsdm | VenueId::BinanceCoinm => Self { maker_ppm: 200, taker_ppm: 500 },
            VenueId::Bybit => Self { maker_ppm: 200, taker_ppm: 550 },
            VenueId::Okx | VenueId::GateFutures | VenueId::KrakenFutures => Self { maker_ppm: 200, taker_ppm: 500 },
            VenueId::GateSpot => Self { maker_ppm: 2_000, taker_ppm: 2_000 },
            VenueId::Bitget => Self { maker_ppm: 200, taker_ppm: 600 },
            VenueId::Hyperliquid => Self { maker_ppm: 150, taker_ppm: 450 },
            VenueId::Coinbase | VenueId::CoinbaseExchange => Self { maker_ppm: 6_000, taker_ppm: 12_000 },
            VenueId::Kraken | VenueId::KrakenV1 => Self { maker_ppm: 2_500, taker_ppm: 4_000 },
            VenueId::Deribit => Self { maker_ppm: 0, taker_ppm: 500 },
            VenueId::Kucoin => Self { maker_ppm: 1_000, taker_ppm: 1_000 },
            VenueId::Bitmex => Self { maker_ppm: 200, taker_ppm: 750 },
        }
    }

    /// The fee of an execution in the settlement currency: quote; of an inverse contract base coins. A fraction of 1e-8
    /// is paid whole, of a rebate it is lost. `None` when it does not fit.
    ///
    /// (On spot the venue takes a buyer's fee in base coins; here it is always told in quote, at the price of the
    /// execution.)
    #[must_use]
    pub fn fee(&self, instrument: &Instrument, px: Ticks, qty: Lots, liquidity: Liquidity) -> Option<Quote> {
        let share = match liquidity {
            Liquidity::Maker => self.maker_ppm,
            Liquidity::Taker => self.taker_ppm,
        };
        let grid = &instrument.grid;
        let size = i128::from(qty.0)
            .checked_mul(i128::from(grid.lot_step))?
            .checked_mul(i128::from(instrument.contract_size))?;
        let size = size.checked_mul(i128::from(share))?;
        let px_units = i128::from(px.0).checked_mul(i128::from(grid.tick_step))?;
        let (pd, qd) = (u32::from(grid.price_decimals), u32::from(instrument.size_decimals()));
        let (over, under) = match instrument.kind {
            // size * px * 10^8 / 10^(pd + qd)
            ContractKind::Spot | ContractKind::Linear => (size.checked_mul(px_units)?, 10i128.checked_pow(pd + qd)?),
            // size / px: the price's decimals change sides.
            ContractKind::Inverse => (size.checked_mul(10i128.pow(pd))?, 10i128.pow(qd).checked_mul(px_units)?),
        };
        let over = over.checked_mul(i128::from(Quote::ONE))?;
        Quote::from_wide(div_up(over, under.checked_mul(PPM)?)?)
    }
}

/// Division rounded up, towards the larger cost; `None` without a price.
fn div_up(over: i128, under: i128) -> Option<i128> {
    if under <= 0 {
        return None;
    }
    Some(over.div_euclid(under) + i128::from(over.rem_euclid(under) != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::fixture;

    fn fee(venue: VenueId, px: i64, qty: i64, liquidity: Liquidity) -> Option<i64> {
        Fees::of(venue).fee(&fixture::instrument(0, venue), Ticks(px), Lots(qty), liquidity).map(|fee| fee.0)
    }

    #[test]
    fn fees_are_exact_and_a_fraction_is_ours_to_pay() {
        use Liquidity::{Maker, Taker};
        use VenueId::{BinanceCoinm, BinanceSpot, BinanceUsdm};
        // 0.5 coins at 60,000.00 = 30,000; 10 bps of it 30.
        assert_eq!(fee(BinanceSpot, 6_000_000, 50_000, Maker), Some(30 * Quote::ONE));
        assert_eq!(fee(BinanceSpot, 6_000_000, 50_000, Taker), Some(30 * Quote::ONE));
        // One lot (0.00001) at one tick (0.01): 1e-10 of quote at 10 bps is far less than 1e-8, and costs 1e-8.
        assert_eq!(fee(BinanceSpot, 1, 1, Taker), Some(1));
        // 1 coin at 60,000.0: 2 bps 12, 5 bps 30.
        assert_eq!(fee(BinanceUsdm, 600_000, 1_000, Maker), Some(12 * Quote::ONE));
        assert_eq!(fee(BinanceUsdm, 600_000, 1_000, Taker), Some(30 * Quote::ONE));
        // 600 contracts of 100 USD at 60,000.0 = 1 coin: 2 bps 0.0002, 5 bps 0.0005 coins.
        assert_eq!(fee(BinanceCoinm, 600_000, 600, Maker), Some(20_000));
        assert_eq!(fee(BinanceCoinm, 600_000, 600, Taker), Some(50_000));
        // 7 contracts at 61,804.7: 700 / 61804.7 * 0.0005 = 0.00000566303…
        assert_eq!(fee(BinanceCoinm, 618_047, 7, Taker), Some(567));
        assert_eq!(fee(BinanceCoinm, 0, 7, Taker), None);
        assert_eq!(fee(BinanceSpot, i64::MAX, i64::MAX, Taker), None);
    }

    #[test]
    fn a_fraction_of_a_rebate_is_lost() {
        let rebate = Fees { maker_ppm: -25, taker_ppm: 0 };
        let instrument = fixture::instrument(0, VenueId::BinanceSpot);
        let fee = |px, qty| rebate.fee(&instrument, Ticks(px), Lots(qty), Liquidity::Maker);
        assert_eq!(fee(6_000_000, 100_000), Some(Quote(-150_000_000)));
        assert_eq!(fee(1, 1), Some(Quote(0)));
    }
}
