//! Widths, ratios, cones, clusters.

use super::{Bars, atr, bars, ema, greatest, least, log_returns, mean, rows, run, same, variance, window};

#[test]
fn widths_are_those_of_the_channels() {
    let bars = bars();
    let got = run("DONCHIAN_W", &[], &[&bars.high, &bars.low]);
    let ends = |row: usize| {
        let (Some(high), Some(low)) = (window(&bars.high, row, 20), window(&bars.low, row, 20)) else {
            return (f64::NAN, f64::NAN);
        };
        (greatest(high), least(low))
    };
    same("DONCHIAN_W", &got[0], &rows(|row| ends(row).0 - ends(row).1));
    same("DONCHIAN_W", &got[1], &rows(|row| 200.0 * (ends(row).0 - ends(row).1) / (ends(row).0 + ends(row).1)));

    let typical = rows(|row| (bars.high[row] + bars.low[row] + bars.close[row]) / 3.0);
    let (middle, range) = (ema(&typical, 20, 2.0 / 21.0), atr(&bars, 10));
    // Both begin on the same bar: that of the average.
    let begins = middle.iter().position(|value| !value.is_nan()).expect("values");
    let late = |bars: &Bars| {
        let true_range = rows(|row| {
            if row < begins - 9 {
                return f64::NAN;
            }
            bars.high[row].max(bars.close[row - 1]) - bars.low[row].min(bars.close[row - 1])
        });
        ema(&true_range, 10, 0.1)
    };
    let late = late(&bars);
    assert!((range[30] - late[30]).abs() > 1e-9, "an average that began earlier is another one");
    let got = run("KELTNER_W", &[], &[&bars.high, &bars.low, &bars.close]);
    same("KELTNER_W", &got[0], &rows(|row| 4.0 * late[row] + 0.0 * middle[row]));
    same("KELTNER_W", &got[1], &rows(|row| 400.0 * late[row] / middle[row]));
}

#[test]
fn short_by_long_is_a_ratio_of_deviations() {
    let bars = bars();
    let returns = log_returns(&bars);
    let deviation =
        |row: usize, length: usize| window(&returns, row, length).map_or(f64::NAN, |r| variance(r, 1.0).sqrt());
    let got = run("VOL_RATIO", &[], &[&bars.close]);
    same("VOL_RATIO", &got[0], &rows(|row| deviation(row, 10) / deviation(row, 50)));
}

#[test]
fn jumps_are_what_neighbours_do_not_share() {
    let bars = bars();
    let returns = log_returns(&bars);
    let all: Vec<_> = (0..returns.len())
        .map(|row| {
            let Some(r) = window(&returns, row, 60) else { return [f64::NAN; 3] };
            let realised: f64 = r.iter().map(|r| r * r).sum();
            let products: f64 = r.windows(2).map(|pair| (pair[0] * pair[1]).abs()).sum();
            let bipower = std::f64::consts::PI / 2.0 * 60.0 / 59.0 * products;
            [realised, bipower, (realised - bipower).max(0.0)]
        })
        .collect();
    for (at, got) in run("REALISED_VOL", &[], &[&bars.close]).iter().enumerate() {
        same("REALISED_VOL", got, &rows(|row| all[row][at]));
    }
}

#[test]
fn a_cone_is_the_order_of_past_volatilities() {
    let bars = bars();
    let returns = log_returns(&bars);
    let got = run("VOL_CONE", &[], &[&bars.close]);
    for (got, horizon) in got.chunks(6).zip([10, 20, 60, 120]) {
        let volatility =
            rows(|row| window(&returns, row, horizon).map_or(f64::NAN, |r| 100.0 * (variance(r, 1.0) * 365.0).sqrt()));
        let sorted = |row: usize| {
            let mut past = window(&volatility, row, 253 - horizon)?.to_vec();
            past.sort_by(f64::total_cmp);
            Some(past)
        };
        let quantile = |past: &[f64], share: f64| {
            let place = share * (past.len() - 1) as f64;
            let (low, high) = (past[place.floor() as usize], past[place.ceil() as usize]);
            low + (high - low) * (place - place.floor())
        };
        for (got, share) in got.iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]) {
            same("VOL_CONE", got, &rows(|row| sorted(row).map_or(f64::NAN, |past| quantile(&past, share))));
        }
        same("VOL_CONE", &got[5], &rows(|row| sorted(row).map_or(f64::NAN, |_| volatility[row])));
    }
}

/// Logarithm of the likelihood of normal returns, without what is the same for all, and the next variance.
fn likelihood(r: &[f64], a: f64, b: f64) -> (f64, f64) {
    let target = mean(&r.iter().map(|r| r * r).collect::<Vec<_>>());
    let mut h = vec![target];
    for (at, r) in r.iter().enumerate() {
        h.push(target * (1.0 - a - b) + a * r * r + b * h[at]);
    }
    let likely = r.iter().zip(&h).map(|(r, h)| -0.5 * (h.ln() + r * r / h)).sum();
    (likely, h[r.len()])
}

#[test]
fn a_fit_is_as_likely_as_the_best_of_a_fine_grid() {
    let bars = bars();
    let returns = log_returns(&bars);
    let got = run("GARCH11", &[("refit", 1.0)], &[&bars.close]);
    for row in (100..returns.len()).step_by(23) {
        let r = window(&returns, row, 100).expect("returns");
        let (own, next) = likelihood(r, got[1][row], got[2][row]);
        assert!((got[0][row] / next.sqrt() - 1.0).abs() < 1e-9, "{row}: {} {}", got[0][row], next.sqrt());
        let mut best = f64::MIN;
        for a in 0..50 {
            for b in 0..50 - a {
                best = best.max(likelihood(r, f64::from(a) * 0.02, f64::from(b) * 0.02).0);
            }
        }
        assert!(own >= best - 0.05, "{row}: {own} at {} {}, a grid has {best}", got[1][row], got[2][row]);
    }
    // Between two fits the parameters stay, the forecast does not.
    let seldom = run("GARCH11", &[("refit", 50.0)], &[&bars.close]);
    assert_eq!(seldom[1][101].to_bits(), seldom[1][149].to_bits());
    assert_ne!(seldom[0][101].to_bits(), seldom[0][102].to_bits());
    assert_eq!(seldom[1][150].to_bits(), got[1][150].to_bits());
}
