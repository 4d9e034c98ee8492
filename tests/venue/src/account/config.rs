//! With what an account begins.

use super::key::{
    ApiKey, READER, READER_P256, READER_WALLET, TRADER, TRADER_ED25519, TRADER_P256, TRADER_WALLET, WITHDRAWER,
    WITHDRAWER_P256, WITHDRAWER_WALLET,
};
use super::money::{Round, base_e8};
use super::rules::LEVERAGE;
use crate::listing::Listing;
use engine_model::instrument::{ContractKind, Name};
use engine_model::setup::{MarginMode, Setup};
use engine_model::units::Quote;

/// A million of what prices are in, in 1e-8.
const MILLION_E8: i128 = 1_000_000 * 100_000_000;

/// An account: its keys, and what it holds at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountConfig {
    /// Keys that speak for it.
    pub keys: Vec<ApiKey>,
    /// Assets in 1e-8. `None`: a million of each quote, and coins for about a million of each base.
    pub opening: Option<Vec<(Name, i128)>>,
    /// How it says that every contract is set up. Another leverage, margin or mode than these at first is told, not played.
    pub setup: Setup,
}

/// What is played.
const SETUP: Setup =
    Setup { leverage_e2: Some(LEVERAGE as u32 * 100), margin: Some(MarginMode::Cross), is_two_way: Some(false) };

impl Default for AccountConfig {
    /// With the published keys.
    fn default() -> Self {
        let secrets = [TRADER, TRADER_ED25519, READER, WITHDRAWER];
        let curves = [TRADER_P256, READER_P256, WITHDRAWER_P256];
        let wallets = [TRADER_WALLET, READER_WALLET, WITHDRAWER_WALLET];
        Self { keys: [&secrets[..], &curves, &wallets].concat(), opening: None, setup: SETUP }
    }
}

impl AccountConfig {
    pub(crate) fn opening(&self, listings: &[Listing]) -> Vec<(Name, i128)> {
        if let Some(opening) = &self.opening {
            return opening.clone();
        }
        let mut opening: Vec<(Name, i128)> = Vec::new();
        for listing in listings {
            let coins_e8 = million_in_coins_e8(listing);
            for (asset, amount_e8) in [(listing.instrument.quote, MILLION_E8), (listing.instrument.base, coins_e8)] {
                if amount_e8 > 0 && !opening.iter().any(|(held, _)| *held == asset) {
                    opening.push((asset, amount_e8));
                }
            }
        }
        opening
    }
}

/// Coins for a million at the starting price; none of what is only the name of a contract's underlying.
fn million_in_coins_e8(listing: &Listing) -> i128 {
    let instrument = &listing.instrument;
    match instrument.kind {
        ContractKind::Linear => 0,
        ContractKind::Spot => {
            let lot = engine_model::units::Lots(1);
            let Some(Quote(lot_e8)) = instrument.notional(listing.start_px, lot) else { return 0 };
            let lots = MILLION_E8 / i128::from(lot_e8.max(1));
            base_e8(instrument, i64::try_from(lots).unwrap_or(i64::MAX), Round::Down)
        }
        ContractKind::Inverse => {
            let price = i128::from(listing.start_px.0) * i128::from(instrument.grid.tick_step);
            MILLION_E8 * 10i128.pow(u32::from(instrument.grid.price_decimals)) / price.max(1)
        }
    }
}
