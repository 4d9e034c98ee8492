//! Every measure against what other engines got: see the oracles' README.

use super::curve::{self, Curve};
use super::student::Student;
use super::trades::{self, Trade};
use super::{coverage, loss, portfolio, stats};
use crate::oracle::{column, json, oracles};
use serde_json::Value;
use std::path::Path;

#[track_caller]
fn near(name: &str, got: Option<f64>, wanted: &Value, tolerance: f64) {
    let (Some(got), Some(wanted)) = (got, wanted.as_f64()) else { panic!("{name}: found {got:?}, expected {wanted}") };
    assert!((got - wanted).abs() <= tolerance * wanted.abs(), "{name}: found {got}, expected {wanted}");
}

fn floats(path: &Path, name: &str) -> Vec<f64> {
    column(path, name).into_iter().map(|cell| cell.expect("a number")).collect()
}

#[test]
fn curves_and_trades_measure_as_elsewhere() {
    let Some(oracles) = oracles() else { return };
    let expected = json(&oracles.join("metrics/performance_expected.json"));
    let cases = expected["cases"].as_object().unwrap();
    assert!(cases.len() >= 4, "{} cases", cases.len());
    let mut looked_at = 0;
    for (name, case) in cases {
        let series = case["benchmark"].as_str().unwrap().split(' ').next().unwrap();
        let prices = floats(&oracles.join(series), "close");
        let equity = floats(&oracles.join(case["equity"].as_str().unwrap()), "equity");
        let curve = Curve { equity: &equity, benchmark: Some(&prices), periods_per_year: case["P"].as_f64().unwrap() };
        let measured = curve::measure(&curve).named();
        for (measure, wanted) in case["expected"].as_object().unwrap() {
            let got = measured.iter().find(|(name, _)| name == measure).expect("a measure of that name").1;
            near(&format!("{name} {measure}"), got, wanted, 1e-9);
            looked_at += 1;
        }
        looked_at += of_trades(&oracles.join("backtests").join(name), name, &case["trade_metrics"]);
    }
    assert_eq!(looked_at, cases.len() * (25 + 13));
}

/// All but exposure, which the list of closed trades does not have: it is the backtest's to prove.
fn of_trades(folder: &Path, name: &str, wanted: &Value) -> usize {
    let file = folder.join("trades.csv.gz");
    let [entry, exit, fees, pnl, share] =
        ["entry_bar", "exit_bar", "fees", "pnl", "ret"].map(|column| floats(&file, column));
    let all: Vec<Trade> = (0..pnl.len())
        .map(|n| Trade {
            entry_bar: entry[n] as usize,
            exit_bar: exit[n] as usize,
            fees: fees[n],
            pnl: pnl[n],
            share: share[n],
        })
        .collect();
    let measured = trades::measure(&all, 0, 1).named();
    let mine = measured.iter().filter(|(measure, _)| *measure != "exposure");
    mine.map(|(measure, got)| near(&format!("{name} {measure}"), *got, &wanted[measure], 1e-9)).count()
}

#[test]
fn losses_measure_as_elsewhere() {
    let Some(oracles) = oracles() else { return };
    let (file, expected) = (oracles.join("metrics/returns.csv.gz"), json(&oracles.join("metrics/var_expected.json")));
    for (asset, levels) in expected["single"].as_object().unwrap() {
        let returns = floats(&file, asset);
        // Their curve has a value for each return; the one that it starts from is not among them.
        let grown = returns.iter().scan(1.0, |value, r| {
            *value *= 1.0 + r;
            Some(*value)
        });
        let equity: Vec<f64> = grown.collect();
        let fitted = Student::fit(&returns).unwrap();
        for (level, wanted) in levels.as_object().unwrap() {
            let confidence = level.parse().unwrap();
            let (seen, curve) = (loss::historical(&returns, confidence), loss::normal(&returns, confidence));
            let depth = loss::drawdown(&equity, confidence);
            let exact = [
                ("hist_var", seen.map(|tail| tail.var)),
                ("hist_cvar", seen.map(|tail| tail.cvar)),
                ("normal_var", curve.map(|tail| tail.var)),
                ("normal_cvar", curve.map(|tail| tail.cvar)),
                ("cf_var", loss::cornish_fisher(&returns, confidence)),
                ("ewma_var", loss::weighted(&returns, confidence)),
                ("normal_var_h5", loss::normal_over(&returns, confidence, 5.0)),
                ("normal_var_h10", loss::normal_over(&returns, confidence, 10.0)),
                ("dar", depth.map(|tail| tail.var)),
                ("cdar", depth.map(|tail| tail.cvar)),
            ];
            exact.iter().for_each(|(name, got)| near(&format!("{asset} {level} {name}"), *got, &wanted[name], 1e-9));
            near(&format!("{asset} {level} t_var"), Some(fitted.var(confidence)), &wanted["t_var"], 1e-3);
            near(&format!("{asset} t_df"), Some(fitted.degrees), &wanted["t_df"], 1e-3);
        }
    }
    for (asset, levels) in expected["coverage"].as_object().unwrap() {
        let returns = floats(&file, asset);
        for (level, wanted) in levels.as_object().unwrap() {
            let found = coverage::of_historical(&returns, 250, level.parse().unwrap()).unwrap();
            let [n00, n01, n10, n11] = found.transitions;
            let counts = [found.periods, found.exceedances, n00, n01, n10, n11];
            let names = ["n", "exceedances", "n00", "n01", "n10", "n11"];
            names.iter().zip(counts).for_each(|(name, got)| assert_eq!(wanted[name], got, "{asset} {level} {name}"));
            near("kupiec_lr", Some(found.kupiec.0), &wanted["kupiec_lr"], 1e-9);
            near("kupiec_p", Some(found.kupiec.1), &wanted["kupiec_p"], 1e-9);
            near("christoffersen_lr", Some(found.independence.0), &wanted["christoffersen_lr"], 1e-9);
            near("christoffersen_p", Some(found.independence.1), &wanted["christoffersen_p"], 1e-9);
            near("cc_p", Some(found.conditional_p), &wanted["cc_p"], 1e-9);
        }
    }
}

#[test]
fn portfolios_measure_as_elsewhere() {
    let Some(oracles) = oracles() else { return };
    let (file, expected) = (oracles.join("metrics/returns.csv.gz"), json(&oracles.join("metrics/var_expected.json")));
    let returns = ["btc", "eth", "alt"].map(|asset| floats(&file, asset));
    let list = |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    let weights = list(&expected["weights"]);
    for (level, wanted) in expected["portfolio"].as_object().unwrap() {
        let confidence = level.parse().unwrap();
        let found = portfolio::parts(&returns, &weights, confidence).unwrap();
        near("normal_var", Some(found.var), &wanted["normal_var"], 1e-9);
        near("diversification", Some(found.diversification), &wanted["diversification"], 1e-9);
        let lists = [
            ("marginal", &found.marginal),
            ("component", &found.component),
            ("standalone", &found.standalone),
            ("incremental", &found.incremental),
        ];
        for (name, got) in lists {
            got.iter().enumerate().for_each(|(n, got)| near(name, Some(*got), &wanted[name][n], 1e-9));
        }
        let seen = portfolio::historical(&returns, &weights, confidence).unwrap();
        near("hist_var", Some(seen.var), &wanted["hist_var"], 1e-9);
        near("hist_cvar", Some(seen.cvar), &wanted["hist_cvar"], 1e-9);
        assert!((found.component.iter().sum::<f64>() - found.var).abs() < 1e-15, "the parts add up: {found:?}");
    }
    let covariance = portfolio::covariance(&returns).unwrap();
    for (a, row) in returns.iter().enumerate() {
        for (b, other) in returns.iter().enumerate() {
            near("covariance", Some(covariance[a][b]), &expected["covariance"][a][b], 1e-9);
            near("correlation", stats::correlation(row, other), &expected["correlation"][a][b], 1e-9);
            near("spearman", stats::rank_correlation(row, other), &expected["spearman"][a][b], 1e-9);
        }
    }
    let allocation = &expected["allocation"];
    let all = [
        ("min_variance_unconstrained", portfolio::least_variance(&covariance), 1e-9),
        ("inverse_volatility", portfolio::inverse_volatility(&covariance), 1e-9),
        ("risk_parity_long_only", portfolio::risk_parity(&covariance), 1e-4),
    ];
    for (name, got, tolerance) in all {
        got.unwrap().iter().enumerate().for_each(|(n, got)| near(name, Some(*got), &allocation[name][n], tolerance));
    }
}
