//! What a derivatives venue says beside its prices.

use super::{equal, sets};
use crate::flow::derivatives::funding::{Funding, annualised};
use crate::flow::derivatives::liquidation::Liquidations;
use crate::flow::derivatives::open_interest::{Change, Changes, PriceCorrelation, Regimes, leverage, to_volume};
use crate::flow::derivatives::position::{LongShort, taker_ratio};
use crate::flow::derivatives::premium::{Premium, SpotPerpCvd, basis, basis_bps};
use crate::oracle::columns;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn derivatives_measure_as_elsewhere() {
    let Some(sets) = sets() else { return };
    for (folder, ..) in sets {
        let input = columns(&folder.join("derivatives_input.csv.gz"));
        let wanted = columns(&folder.join("derivatives_expected.csv.gz"));
        let mut found: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
        let (mut changes, mut regimes, mut correlation) =
            (Changes::default(), Regimes::default(), PriceCorrelation::new(20));
        let (mut funding, mut premium, mut positions) = (Funding::new(30), Premium::new(20), LongShort::new(30));
        let (mut liquidations, mut cvd) = (Liquidations::new(30, 3.0), SpotPerpCvd::default());
        for row in 0..input["oi"].len() {
            let at = |name: &str| input[name].get(row).copied().expect("a cell");
            let (perp, spot, oi) = (at("perp"), at("spot"), at("oi"));
            let change = changes.update(oi);
            let paid = funding.update(at("funding"));
            let position = positions.update(at("long_share"));
            let liquidated = liquidations.update(at("long_liq"), at("short_liq"));
            let perp_delta = at("taker_buy") - at("taker_sell");
            for (name, value) in [
                ("oi_delta", change.map(|change| change.delta)),
                ("oi_pct", change.and_then(|change| change.percent)),
                ("oi_vol", to_volume(oi, at("volume"))),
                ("regime", regimes.update(perp, oi).map(|regime| f64::from(regime as u8))),
                ("funding_apr", annualised(at("funding"), 8 * HOUR_MS)),
                ("funding_z", paid.score),
                ("funding_cum", Some(paid.cumulative)),
                ("basis", Some(basis(perp, spot))),
                ("basis_bps", basis_bps(perp, spot)),
                ("premium_ema", premium.update(perp, spot)),
                ("ls_ratio", position.ratio),
                ("ls_z", position.score),
                ("liq_net", Some(liquidated.net)),
                ("liq_cum", Some(liquidated.cumulative)),
                ("liq_spike", liquidated.is_spike.map(|is| f64::from(u8::from(is)))),
                ("taker_ratio", taker_ratio(at("taker_buy"), at("taker_sell"))),
                ("elr", leverage(oi, at("reserve"))),
                ("spot_perp_cvd", Some(cvd.update(at("spot_delta"), perp_delta))),
                ("oi_price_corr", correlation.update(perp, oi)),
            ] {
                found.entry(name).or_default().push(value);
            }
        }
        for (name, wanted) in &wanted {
            equal(&format!("{} {name}", folder.display()), &found[name.as_str()], wanted);
        }
        assert_eq!((found.len(), wanted.len()), (19, 19));
    }
}

#[test]
fn a_rate_is_annualised_by_its_real_interval() {
    assert!((annualised(0.0001, HOUR_MS).unwrap() - 87.6).abs() < 1e-9);
    assert!((annualised(0.0001, 4 * HOUR_MS).unwrap() - 21.9).abs() < 1e-9);
    assert_eq!(annualised(0.0001, 0), None);
}

#[test]
fn a_market_that_came_or_went_is_no_change_of_open_interest() {
    let markets = [(Some(100.0), Some(110.0)), (None, Some(1_000.0)), (Some(500.0), None), (Some(100.0), Some(100.0))];
    assert_eq!(Change::of_markets(markets), Some((Change { delta: 10.0, percent: Some(5.0) }, 2)));
    assert_eq!(Change::of_markets([(None, Some(1.0))]), None);
}

#[test]
fn what_has_no_divisor_is_unknown() {
    assert_eq!([to_volume(1.0, 0.0), taker_ratio(1.0, 0.0), leverage(1.0, 0.0), basis_bps(1.0, 0.0)], [None; 4]);
    assert_eq!(Change::between(0.0, 5.0), Change { delta: 5.0, percent: None });
    assert_eq!(LongShort::new(30).update(1.0).ratio, None);
}
