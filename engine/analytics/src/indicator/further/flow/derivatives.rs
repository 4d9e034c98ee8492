//! Measures of what a derivatives venue says beside its prices.

use super::Known;
use crate::flow::derivatives::funding::{Funding, annualised};
use crate::flow::derivatives::liquidation::Liquidations;
use crate::flow::derivatives::open_interest::{Changes, PriceCorrelation, Regimes, leverage, to_volume};
use crate::flow::derivatives::position::{LongShort, taker_ratio};
use crate::flow::derivatives::premium::{Premium, SpotPerpCvd, basis, basis_bps};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, PERIOD_MAX};

const HOUR_MS: usize = 3_600_000;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { CryptoDerivatives, FURTHER;
    "BASIS" "Perp-spot basis", PERP_SPOT -> ["basis", "basis_bps"] Input, (), 0 =>
        Known(|[perp, spot]: [f64; 2]| [Some(basis(perp, spot)), basis_bps(perp, spot)]);
    "PREMIUM" "Smoothed premium", PERP_SPOT -> ["premium_ema"] BasisPoints,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => {
        let mut premium = Premium::new(length);
        Known(move |[perp, spot]: [f64; 2]| [premium.update(perp, spot)])
    };
    "ELR" "Estimated leverage ratio", OI_RESERVE -> ["elr"] Ratio, (), 0 =>
        Known(|[oi, reserve]: [f64; 2]| [leverage(oi, reserve)]);
    "FUNDING_APR" "Annualised funding", FUNDING -> ["funding_apr"] Percent,
        (hours: usize = 8 in 1..=168), 0 =>
        Known(move |[rate]: [f64; 1]| [annualised(rate, (hours * HOUR_MS) as i64)]);
    "FUNDING_CUM" "Cumulative funding", FUNDING -> ["funding_cum"] Input, (), 0 => {
        let mut funding = Funding::new(1);
        Known(move |[rate]: [f64; 1]| [Some(funding.update(rate).cumulative)])
    };
    "FUNDING_Z" "Funding z-score", FUNDING -> ["funding_z"] Ratio,
        (length: usize = 30 in 2..=PERIOD_MAX), length - 1 => {
        let mut funding = Funding::new(length);
        Known(move |[rate]: [f64; 1]| [funding.update(rate).score])
    };
    "LIQ" "Liquidations: net, cumulative, spike", LIQUIDATIONS -> ["liq_net", "liq_cum", "liq_spike"] Input,
        (length: usize = 30 in 1..=PERIOD_MAX, times: f64 = 3.0 in 0.0..=1000.0), length => {
        let mut liquidations = Liquidations::new(length, times);
        Known(move |[longs, shorts]: [f64; 2]| {
            let told = liquidations.update(longs, shorts);
            let spike = told.is_spike.map(|is| f64::from(u8::from(is)));
            [Some(told.net), Some(told.cumulative), spike]
        })
    };
    "LS_RATIO" "Long/short ratio and z-score", LONG_SHARE -> ["ls_ratio", "ls_z"] Ratio,
        (length: usize = 30 in 2..=PERIOD_MAX), length - 1 => {
        let mut positions = LongShort::new(length);
        Known(move |[share]: [f64; 1]| {
            let told = positions.update(share);
            [told.ratio, told.score]
        })
    };
    "OI_DELTA" "Open interest change", OI -> ["oi_delta", "oi_pct"] Input, (), 1 => {
        let mut changes = Changes::default();
        Known(move |[oi]: [f64; 1]| {
            let change = changes.update(oi);
            [change.map(|change| change.delta), change.and_then(|change| change.percent)]
        })
    };
    "OI_VOL" "Open interest to volume", OI_VOLUME -> ["oi_vol"] Ratio, (), 0 =>
        Known(|[oi, volume]: [f64; 2]| [to_volume(oi, volume)]);
    "OI_REGIME" "Price and open interest quadrant", PERP_OI -> ["regime"] Sign, (), 1 => {
        let mut regimes = Regimes::default();
        Known(move |[perp, oi]: [f64; 2]| [regimes.update(perp, oi).map(|regime| f64::from(regime as u8))])
    };
    "OI_PRICE_CORR" "Open interest and price divergence", PERP_OI -> ["oi_price_corr"] Ratio,
        (length: usize = 20 in 2..=PERIOD_MAX), length => {
        let mut correlation = PriceCorrelation::new(length);
        Known(move |[perp, oi]: [f64; 2]| [correlation.update(perp, oi)])
    };
    "SPOT_PERP_CVD" "Spot minus perp CVD", SPOT_PERP_DELTA -> ["spot_perp_cvd"] Volume, (), 0 => {
        let mut cvd = SpotPerpCvd::default();
        Known(move |[spot, bought, sold]: [f64; 3]| [Some(cvd.update(spot, bought - sold))])
    };
    "TAKER_RATIO" "Taker buy/sell ratio", TAKERS -> ["taker_ratio"] Ratio, (), 0 =>
        Known(|[bought, sold]: [f64; 2]| [taker_ratio(bought, sold)]);
};
