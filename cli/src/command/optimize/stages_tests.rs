//! Trials through every stage, each held against `backtest` of the same parameters.

use super::super::page;
use super::super::tests::{fresh, said, told};
use crate::args::Backtest;
use crate::command::backtest::run_told;
use crate::command::backtest::tests::unlimited;
use clap::{Args as _, FromArgMatches as _};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/sma_cross.rhai");
const SPACE: &str = r#"{"fast": [2, 3, 5], "slow": [7, 9]}"#;

/// Swings of 120 hours, with volumes.
fn file() -> PathBuf {
    let price = |n: f64| ((100.0 + 10.0 * (n / 9.0).sin() + 3.0 * (n / 2.3).cos()) * 100.0).round() / 100.0;
    let row = |n: u32| {
        let (open, close) = (price(f64::from(n)), price(f64::from(n) + 1.0));
        let (high, low) = (open.max(close) + 0.25, open.min(close) - 0.5);
        format!("{},{open},{high},{low},{close},{}\n", u64::from(n) * 3_600_000, 100_000 + n % 7)
    };
    // Tests write it at once; each reads a whole one.
    static FILE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let write = || {
        let path = fresh("waves.csv");
        let rows: String = (0..120).map(row).collect();
        std::fs::write(&path, format!("time_ms,open,high,low,close,volume\n{rows}")).expect("written");
        path
    };
    FILE.get_or_init(write).clone()
}

/// What `backtest` says.
fn alone(input: &Path, strategy: &str, params: &Value, more: &[&str]) -> Value {
    let (params, input) = (params.to_string(), input.to_str().expect("a path"));
    let typed = ["--strategy", strategy, "--through-stages", "--params", &params, "--input", input];
    let command = Backtest::augment_args(clap::Command::new("backtest").no_binary_name(true));
    let matches = command.get_matches_from([&typed[..], more].concat());
    run_told(&Backtest::from_arg_matches(&matches).expect("arguments")).expect("a run")
}

fn swept<'a>(strategy: &'a str, space: &'a str, input: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let typed = ["--strategy", strategy, "--through-stages", "--space", space, "--method", "grid"];
    [&typed[..], &["--input", input.to_str().expect("a path")], more].concat()
}

#[test]
fn a_trial_through_every_stage_is_what_backtest_says_of_the_same_parameters() {
    let (input, unlimited) = (file(), unlimited());
    let mut traded = 0;
    for (strategy, space, more) in [
        ("sma_cross", SPACE, &["--fee", "0.001", "--path", "far", "--steps", "2"][..]),
        (SCRIPT, SPACE, &["--tick", "0.01", "--slippage", "0.0005"][..]),
        ("momentum", r#"{"lookback": [3, 5], "enter_bps": [10, 50]}"#, &[][..]),
    ] {
        let more = [more, &["--config", &unlimited]].concat();
        let objectives = ["--objective", "sharpe,profit_factor,ulcer,-total_fees"];
        let found = told(&swept(strategy, space, &input, &[&more[..], &objectives].concat())).expect("a sweep").json();
        assert_eq!((&found["by"], &found["strategy"]), (&"stages".into(), &strategy.into()));
        for trial in found["trials"].as_array().expect("trials") {
            let alone = alone(&input, strategy, &trial["params"], &more);
            let metrics = &alone["metrics"];
            assert_eq!(trial["final_equity"], alone["equity_final"], "{strategy}: {trial} {alone}");
            assert_eq!(trial["max_drawdown"], metrics["max_drawdown"], "{strategy}: {trial}");
            assert_eq!(trial["trades"].as_f64(), metrics["trades"].as_f64(), "{strategy}: {trial}");
            for name in ["sharpe", "profit_factor", "ulcer"] {
                assert_eq!(trial["objectives"][name], metrics[name], "{strategy} {name}: {trial}");
            }
            assert_eq!(trial["closed_fees"], metrics["total_fees"], "{strategy}: {trial}");
            traded += trial["trades"].as_u64().expect("a number");
        }
        assert!(found["deflated_sharpe"].is_number() && found["pbo"].is_number(), "{found}");
    }
    assert!(traded > 40, "{traded} trades do not try it");
}

#[test]
fn what_went_through_the_stages_goes_on_from_its_file_and_in_parts_to_the_same_bits() {
    let (input, state, unlimited) = (file(), fresh("stages.state"), unlimited());
    let more = ["--config", unlimited.as_str(), "--walk-forward", r#"{"train": 60, "test": 30}"#];
    let typed = swept("sma_cross", SPACE, &input, &more);
    let expected = said(&told(&typed).expect("a sweep"));
    let kept = [&typed[..], &["--state", state.to_str().expect("a path")]].concat();
    assert_eq!(said(&told(&kept).expect("a sweep")), expected);
    let whole = std::fs::read(&state).expect("a file");
    std::fs::write(&state, &whole[..whole.len() / 2]).expect("written");
    assert_eq!(said(&told(&kept).expect("a sweep")), expected, "as a kill leaves it");
    // Other settings are another sweep, and the same candles by the rule over bars, too.
    let refused = |typed: &[&str]| {
        let typed = [typed, &["--state", state.to_str().expect("a path")]].concat();
        told(&typed).err().expect("refused").message().expect("a message")
    };
    let without = [&typed[..9], &typed[11..]].concat();
    assert!(refused(&without).contains("is of another sweep: its prices"), "{}", refused(&without));
    let by_bars: Vec<&str> = without.iter().copied().filter(|word| *word != "--through-stages").collect();
    assert!(refused(&by_bars).contains("its by is \"stages\", expected \"bars\""), "{}", refused(&by_bars));
    let part = |part| told(&[&typed[..11], &["--shard", part]].concat()).expect("a part").json()["trials"].clone();
    let parts = [part("1/2"), part("2/2")];
    let mut parts: Vec<&Value> = parts.iter().flat_map(|part| part.as_array().expect("trials")).collect();
    parts.sort_by_key(|trial| trial["trial"].as_u64());
    assert_eq!(json!(parts), expected["trials"]);
}

/// A test is the run over what was trained on and the test, of which nothing is traded before.
#[test]
fn a_window_through_the_stages_is_backtest_warmed_up_by_what_was_trained_on() {
    let (input, unlimited) = (file(), unlimited());
    let more = ["--config", unlimited.as_str(), "--tick", "0.01"];
    let walk = ["--walk-forward", r#"{"train": 60, "test": 30}"#, "--cross-validate", r#"{"groups": 3, "purge": 2}"#];
    let found = told(&swept("sma_cross", SPACE, &input, &[&more[..], &walk].concat())).expect("a sweep").json();
    let rows = std::fs::read_to_string(&input).expect("a file");
    let rows: Vec<&str> = rows.lines().collect();
    let windows = found["walk_forward"]["windows"].as_array().expect("windows");
    assert_eq!(windows.len(), 2);
    for window in windows {
        let at = |of: &str, end: usize| window[of][end].as_u64().expect("a bar") as usize;
        let part = |name: &str, bars: std::ops::Range<usize>| {
            let path = fresh(name);
            std::fs::write(&path, format!("{}\n{}\n", rows[0], rows[1..][bars].join("\n"))).expect("written");
            path
        };
        let train = part("train.csv", at("train", 0)..at("train", 1));
        let trained = told(&swept("sma_cross", SPACE, &train, &more)).expect("a sweep").json();
        assert_eq!(trained["best"]["params"], window["params"], "the winner knows no bar of the test");
        // 59 candles and the first three of four points of the last one.
        let known = part("known.csv", at("train", 0)..at("test", 1));
        let warm = [&more[..], &["--warm-up", "3585m"]].concat();
        let tested = alone(&known, "sma_cross", &window["params"], &warm);
        assert_eq!(tested["metrics"]["total_return"], window["tested"]["return"], "{window}");
        assert_eq!(tested["samples"], 31, "the close before, and each of the test");
    }
    let crossed = &found["cross_validation"];
    assert_eq!(
        (crossed["splits"].as_array().map(Vec::len), crossed["paths"].as_array().map(Vec::len)),
        (Some(3), Some(1))
    );
    assert!(crossed["splits"][1]["tested"]["return"].is_number(), "{crossed}");
}

/// Buys, and gives up at its nth bar: line 12.
fn throws() -> PathBuf {
    let path = fresh("throws.rhai");
    let text = r#"fn about() {
        #{
            idea: "an idea of some kind", risks: "some risk or other", bars: ["candle_ms"],
            params: [
                #{ name: "candle_ms", value: 60000, min: 100, max: 86400000, why: "length of a candle" },
                #{ name: "last", value: 50, min: 1, max: 1000, why: "bars" },
            ],
        }
    }
    fn start(params) { #{ seen: 0 } }
    fn learn(bar) { this.seen += 1; }
    fn on_bar(bar) { aim(bar.i, 1, 500); if this.seen == this.params.last { throw "enough"; } }
    "#;
    std::fs::write(&path, text).expect("written");
    path
}

#[test]
fn who_gives_up_on_the_way_has_no_value_and_it_is_told_why() {
    let (input, unlimited, script, state) = (file(), unlimited(), throws(), fresh("throws.state"));
    let script = script.to_str().expect("a path");
    let more = ["--config", unlimited.as_str(), "--tick", "0.01", "--objective", "-max_drawdown"];
    let typed = swept(script, r#"{"last": [40, 70, 500]}"#, &input, &more);
    let walk = ["--walk-forward", r#"{"train": 60, "test": 30}"#, "--state", state.to_str().expect("a path")];
    let typed = [&typed[..], &walk].concat();
    let found = told(&typed).expect("a sweep");
    let (json, text) = (found.json(), found.text(false));
    assert_eq!((&json["failed"], &json["best"]["params"]["last"]), (&2.into(), &500.into()), "{json}");
    let trial = &json["trials"][0];
    assert_eq!(
        ["objective", "final_equity", "sharpe_per_bar", "max_drawdown", "trades"].map(|key| &trial[key]),
        [&Value::Null; 5]
    );
    let why = trial["fault"].as_str().expect("a text");
    assert!(why.starts_with("the strategy failed: ") && why.contains("enough"), "{why}");
    assert_eq!(trial["unknown"], trial["fault"]);
    let note = format!("2 of 3 trials failed and have no value (first: last 40: {why})");
    assert!(text.contains(&note) && page::page(&found).contains("2 of 3 trials failed"), "{text}");
    // Not in what it learned from (60 bars), but in the test behind it: then all tests together have no value, either.
    let walk = &json["walk_forward"];
    assert_eq!(
        (&walk["windows"][0]["params"]["last"], &walk["windows"][0]["tested"]["return"]),
        (&70.into(), &Value::Null)
    );
    assert!(walk["windows"][0]["unknown"].as_str().is_some_and(|why| why.contains("enough")), "{walk}");
    assert_eq!(walk["tested"]["return"], Value::Null, "{walk}");
    assert!(text.contains("windows in which the winner failed: 1, 2 (first: the strategy failed: "), "{text}");
    let again = told(&typed).expect("a sweep");
    assert_eq!((again.json()["reused"].as_u64(), said(&again)), (Some(3), said(&found)), "kept with its text");
}

#[test]
fn what_cannot_go_through_the_stages_is_refused_by_name_before_the_first_run() {
    let input = file();
    let refused = |strategy: &str, space: &str, more: &[&str]| {
        let exit = told(&swept(strategy, space, &input, more)).err().expect("refused");
        (exit.code(), exit.message().expect("a message"))
    };
    let one = r#"{"lookback": [5]}"#;
    for (strategy, space, more, wanted) in [
        ("momentun", one, &[][..], "--strategy: no strategy is called momentun; nearest: momentum"),
        ("momentum", r#"{"lokback": [5]}"#, &[][..], "--space: momentum has no parameter lokback; nearest: lookback"),
        (
            "momentum",
            r#"{"lookback": [5.5]}"#,
            &[][..],
            "--space: momentum lookback: found 5.5, accepted: a whole number",
        ),
        (
            "momentum",
            r#"{"lookback": [0]}"#,
            &[][..],
            "--space: momentum lookback: found 0, accepted: a whole number from",
        ),
        (
            "momentum",
            one,
            &["--where", "lookbak > 3"][..],
            "--where: momentum has no parameter lookbak; nearest: lookback",
        ),
        (
            "pairs",
            one,
            &[][..],
            "--strategy pairs: it lives on several instruments at once: found 1 series of candles, accepted: 2, by",
        ),
        (
            "order_flow",
            r#"{"order_quote": [500]}"#,
            &[][..],
            "--space: order_quote 500: --strategy order_flow: it lives",
        ),
        (
            "sma_cross",
            r#"{"fast": [3, 9], "slow": [7]}"#,
            &[][..],
            "--space: fast 9, slow 7: --strategy sma_cross: `fast` must be below `slow`; leave such points out with --where",
        ),
        (
            "momentum",
            r#"{"candle_ms": [5400000]}"#,
            &[][..],
            "--space: candle_ms 5400000: --params: found bars of 5400s for momentum, accepted: whole numbers of candles",
        ),
        ("momentum", one, &["--stop", "0.1"][..], "--stop: found with momentum through every stage, accepted:"),
        (
            "momentum",
            one,
            &["--warm-up", "1h", "--walk-forward", r#"{"train": 60, "test": 30}"#][..],
            "--warm-up: found with --walk-forward, accepted: one of them",
        ),
    ] {
        let (code, message) = refused(strategy, space, more);
        assert!(code == 2 && message.starts_with(wanted), "{strategy} {more:?}: {code} {message}");
    }
    // What is left out is not tried.
    let held = swept("sma_cross", r#"{"fast": [3, 9], "slow": [7]}"#, &input, &["--where", "fast < slow"]);
    assert_eq!(told(&held).expect("a sweep").json()["trials"].as_array().map(Vec::len), Some(1));
}
