//! The values of other libraries again, through the command; and every refusal.

use super::{asked, measure, tell};
use crate::args::Risk;
use crate::command::backtest::tests::oracles;
use crate::exit::Exit;
use clap::{Args as _, FromArgMatches as _};
use serde_json::Value;
use std::io::Cursor;

fn args(typed: &[&str]) -> Risk {
    let command = Risk::augment_args(clap::Command::new("risk").no_binary_name(true));
    Risk::from_arg_matches(&command.get_matches_from([&["--returns", "r.csv"], typed].concat())).expect("arguments")
}

fn told(text: &str, typed: &[&str]) -> Result<(Value, String), Exit> {
    let asked = asked::read_lines(&args(typed), Cursor::new(text))?;
    let answer = measure::measure(&asked);
    Ok((tell::json(&asked, &answer), tell::text(&asked, &answer)))
}

fn refusal(text: &str, typed: &[&str]) -> (u8, String) {
    let exit = told(text, typed).expect_err("a refusal");
    (exit.code(), exit.message().expect("a message"))
}

/// Every number of `wanted` stands in `got` under the same name.
#[track_caller]
fn same(place: &str, got: &Value, wanted: &Value, tolerance: f64) -> usize {
    match wanted {
        Value::Object(fields) => {
            fields.iter().map(|(name, wanted)| same(&format!("{place}.{name}"), &got[name], wanted, tolerance)).sum()
        }
        _ => {
            let (got, wanted) = (got.as_f64().unwrap_or(f64::NAN), wanted.as_f64().expect("a number"));
            let tolerance = if place.contains(".t_") { 1e-3 } else { tolerance };
            assert!((got - wanted).abs() <= tolerance * wanted.abs().max(1e-9), "{place}: {got}, expected {wanted}");
            1
        }
    }
}

#[test]
fn the_values_of_other_libraries_come_out_of_the_command() {
    let Some(oracles) = oracles() else { return };
    let read = std::fs::read_to_string(oracles.join("metrics/var_expected.json")).expect("a file");
    let expected: Value = serde_json::from_str(&read).expect("JSON");
    let file = oracles.join("metrics/returns.csv.gz");
    let mut args = args(&[
        "--weights",
        r#"{"btc": 0.5, "eth": 0.3, "alt": 0.2}"#,
        "--confidence",
        "0.95,0.975,0.99",
        "--horizon",
        "5,10",
    ]);
    args.returns = file;
    let asked = asked::read(&args).expect("returns");
    let answer = measure::measure(&asked);
    let (found, text) = (tell::json(&asked, &answer), tell::text(&asked, &answer));
    let mut compared = same("single", &found["single"], &expected["single"], 1e-9);
    compared += same("coverage", &found["coverage"], &expected["coverage"], 1e-9);
    let names = ["btc", "eth", "alt"];
    for (level, wanted) in expected["portfolio"].as_object().expect("levels") {
        let (parts, single) = (&found["portfolio"]["parts"][level], &found["portfolio"]["single"][level]);
        for key in ["normal_var", "diversification"] {
            compared += same(key, &parts[key], &wanted[key], 1e-9);
        }
        for key in ["hist_var", "hist_cvar", "normal_var"] {
            compared += same(key, &single[key], &wanted[key], 1e-9);
        }
        for key in ["marginal", "component", "standalone", "incremental"] {
            for (at, name) in names.iter().enumerate() {
                compared += same(&format!("{key}.{name}"), &parts[key][name], &wanted[key][at], 1e-9);
            }
        }
    }
    for (ours, theirs) in
        [("covariance", "covariance"), ("correlation", "correlation"), ("rank_correlation", "spearman")]
    {
        for (a, name) in names.iter().enumerate() {
            for (b, other) in names.iter().enumerate() {
                compared += same(ours, &found[ours][name][other], &expected[theirs][a][b], 1e-9);
            }
        }
    }
    for (ours, theirs, tolerance) in [
        ("least_variance", "min_variance_unconstrained", 1e-9),
        ("inverse_volatility", "inverse_volatility", 1e-9),
        ("risk_parity", "risk_parity_long_only", 1e-3),
    ] {
        for (at, name) in names.iter().enumerate() {
            compared += same(ours, &found["allocation"][ours][name], &expected["allocation"][theirs][at], tolerance);
        }
    }
    assert_eq!(compared, 3 * 3 * 12 + 3 * 2 * 11 + 2 * (5 + 12) + 3 * 9 + 3 * 3);
    assert_eq!(found["unknown"], serde_json::json!({}), "all is known");
    assert_eq!((&found["input"]["rows"], &found["input"]["returns"]), (&1999.into(), &1999.into()));
    assert!(text.contains("1.459 %") && text.contains("91 of 1749") && !text.contains("NaN"), "{text}");
}

const TABLE: &str = "time_ms,btc,eth\n1,0.01,0.02\n2,-0.02,0.01\n3,0.03,-0.01\n4,0.00,0.02\n";

#[test]
fn what_is_not_known_is_null_and_says_why() {
    let (found, text) = told(TABLE, &[]).expect("an answer");
    assert_eq!(found["assets"], serde_json::json!(["btc", "eth"]), "a time is no asset");
    assert_eq!((&found["input"]["first_time"], &found["input"]["last_time"]), (&"1".into(), &"4".into()));
    assert!(found["portfolio"].is_null() && found["coverage"]["btc"]["0.99"].is_null());
    assert_eq!(found["unknown"]["portfolio"], "no --weights");
    let why = "4 returns, expected more than the --window of 250";
    assert_eq!(found["unknown"]["coverage.btc.0.99"], why);
    assert!(text.contains(why) && text.contains("not one lies beyond"), "{text}");
    let still = "time_ms,btc,cash\n1,0.01,0\n2,-0.02,0\n3,0.03,0\n";
    let (found, _) = told(still, &["--weights", r#"{"btc": 0, "cash": 1}"#, "--window", "2"]).expect("an answer");
    for place in ["single.cash.0.95.cf_var", "single.cash.0.95.t_var", "portfolio.single.0.95.cf_var"] {
        assert_eq!(found["unknown"][place], "the returns do not differ", "{place}: {found}");
    }
    assert_eq!(found["unknown"]["portfolio.parts.0.95"], "the portfolio's returns do not differ");
    assert_eq!(found["unknown"]["correlation.btc.cash"], "cash does not move");
    assert_eq!(found["unknown"]["allocation.risk_parity"], "cash does not move");
    let copies = "a,b\n0.01,0.01\n-0.02,-0.02\n0.03,0.03\n";
    let (found, _) = told(copies, &["--window", "2"]).expect("an answer");
    let why = "an asset moves exactly as others do: there are many";
    assert_eq!(found["unknown"]["allocation.least_variance"], why);
    assert!((found["allocation"]["risk_parity"]["a"].as_f64().expect("a share") - 0.5).abs() < 1e-9);
}

#[test]
fn returns_are_made_of_values_and_are_the_same() {
    let values = "time_ms,account\n1,100\n2,110\n3,99\n4,108.9\n";
    let of_values = told(values, &["--equity", "--window", "2"]).expect("an answer").0;
    let of_returns = told("account\n0.1\n-0.1\n0.1\n", &["--window", "2"]).expect("an answer").0;
    let both = |found: &Value, key: &str| found["single"]["account"]["0.95"][key].as_f64().expect("a number");
    for key in ["hist_var", "normal_cvar", "cf_var", "ewma_var", "dar"] {
        assert!((both(&of_values, key) - both(&of_returns, key)).abs() < 1e-12, "{key}");
    }
    assert_eq!((&of_values["input"]["rows"], &of_values["input"]["returns"]), (&4.into(), &3.into()));
}

#[test]
fn a_promise_of_others_is_held_against_its_own_period() {
    let table = "btc,btc_var\n-0.02,0.01\n0.01,0.01\n-0.03,0.04\n-0.01,0.005\n";
    let typed = ["--promised", r#"{"btc": "btc_var"}"#, "--confidence", "0.9", "--window", "2"];
    let (found, text) = told(table, &typed).expect("an answer");
    assert_eq!(found["assets"], serde_json::json!(["btc"]), "a promise is no asset");
    assert_eq!((&found["promised"]["btc"]["n"], &found["promised"]["btc"]["exceedances"]), (&4.into(), &2.into()));
    assert!(text.contains("2 of 4"), "{text}");
    let values = "btc,btc_var\n100,9\n98,0.01\n98.98,0.01\n";
    let found = told(values, &[&typed[..], &["--equity"]].concat()).expect("an answer").0;
    assert_eq!(found["promised"]["btc"]["exceedances"], 1, "the row's own return, made of the value before");
}

#[test]
fn what_is_wrong_is_named_with_its_row_and_the_nearest() {
    let row = |told: &str| (1, format!("--returns r.csv: {told}"));
    let usage = |told: &str| (2, told.to_owned());
    let bad = |from: &str, to: &str| refusal(&TABLE.replace(from, to), &[]);
    assert_eq!(bad("0.03", "NaN"), row("row 3 (below the names): btc: found NaN, expected a finite number"));
    assert_eq!(bad("0.03", ""), row("row 3 (below the names): btc: found nothing, expected a finite number"));
    assert_eq!(
        bad("-0.02", "-2"),
        row(
            "row 2 (below the names): btc: found -2, expected a return from -1 (all is lost), as a share: 0.01 is a percent"
        )
    );
    assert_eq!(
        bad("eth", "btc").1,
        "--returns r.csv: found two columns called `btc`, expected each name once: which is meant?"
    );
    assert_eq!(refusal("a\n0.1\n", &[]), row("found 1 returns, expected at least 2"));
    assert_eq!(refusal("a\n1\n2\n", &["--equity"]), row("found 2 values, expected at least 3"));
    assert_eq!(
        refusal("a\n1\n0\n2\n", &["--equity"]),
        row("row 2 (below the names): a: found 0, expected a value above 0: what is lost has no returns any more")
    );
    assert_eq!(
        refusal("a\n100\n101\n99\n", &[]),
        usage("--returns r.csv: a: found returns that double it in each period; with --equity the columns are values")
    );
    assert_eq!(
        refusal("time_ms\n1\n2\n", &[]),
        usage("--returns r.csv: found the columns time_ms, expected one an asset under its name")
    );
    for (typed, wanted) in [
        (["--assets", "bct"], "--returns r.csv: no column is called `bct`; nearest: btc, eth, time_ms"),
        (["--assets", "btc,btc"], "--assets: found btc twice, accepted: each once"),
        (["--weights", r#"{"btc": 0.5, "eht": 0.5}"#], "--weights: no asset is called eht; nearest: eth, btc"),
        (
            ["--weights", r#"{"btc": 0.5}"#],
            "--weights: found none of eth, accepted: one of each asset (0 for none, or leave it out of --assets)",
        ),
        (
            ["--weights", r#"{"btc": 0.5, "eth": 0.25}"#],
            "--weights: found a sum of 0.75, accepted: 1 (cash is an asset whose returns are 0)",
        ),
        (["--weights", r#"{"btc": "x"}"#], "--weights btc: found \"x\", accepted: a number"),
        (
            ["--confidence", "99"],
            "--confidence: found 99, accepted: a share above 0.5 and below 1 (0.99: one period in a hundred loses more)",
        ),
        (["--confidence", "0.9,0.9"], "--confidence: found 0.9 twice, accepted: each once"),
        (["--window", "1"], "--window: found 1, accepted: a whole number above 1"),
        (["--horizon", "0"], "--horizon: found 0, accepted: a whole number above 0"),
        (
            ["--promised", r#"{"btc": "eth"}"#],
            "--promised: found 2 of --confidence, accepted: one, that of the promise",
        ),
    ] {
        assert_eq!(refusal(TABLE, &typed), usage(wanted));
    }
    let typed = ["--promised", r#"{"btc": "var"}"#, "--confidence", "0.9"];
    let table = "btc,var\n0.1,-0.2\n-0.1,-0.2\n";
    let told = "var: found no value above 0, expected losses as positive shares (0.02 is two percent)";
    assert_eq!(refusal(table, &typed), row(told));
}
