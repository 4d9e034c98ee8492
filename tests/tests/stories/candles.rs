//! A researcher has candles and nothing else: a strategy of the engine and a script go over them through every stage.

use crate::process::ringside;
use crate::recordings::shared;
use crate::scratch::Scratch;
use std::path::Path;

#[test]
fn who_has_only_candles_backtests_a_strategy_of_the_engine_and_a_script() {
    let Some(shared) = shared() else { return };
    let candles = shared.join("data/ohlcv/coinbase_ETH-USD_1d.csv.zst");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/scripts/sma_cross.rhai");
    let scratch = Scratch::new();
    let over = |strategy: &Path, more: &[&str]| {
        // An account beside which a position that grew from 12 to 4,000 dollars a coin halts nobody.
        let call = ringside(["backtest", "--instrument", "ETHUSDT", "--cash", "10000000", "--strategy"]).arg(strategy);
        let call = more.iter().fold(call.arg("--input").arg(&candles), |call, word| call.arg(word));
        call.within(scratch.path()).run()
    };
    for strategy in [Path::new("momentum"), &script] {
        let told = over(strategy, &["--report", "run.html", "--trades-out", "trades.csv", "--json"]).json();
        assert_eq!((told["by"].as_str(), told["bars"].as_u64()), (Some("stages"), Some(3_582)), "{strategy:?}");
        assert_eq!(told["instrument"], "ETHUSDT (Linear), tick 0.01, lot 0.00001");
        assert_eq!(told["params"]["candle_ms"], 86_400_000, "a bar is a candle: nobody had to say so");
        let trades = told["trades"].as_array().expect("trades");
        assert!(trades.len() > 10 && told["fills"].as_u64() >= Some(2 * trades.len() as u64), "{strategy:?}: {told}");
        let written = std::fs::read_to_string(scratch.path().join("trades.csv")).expect("written");
        assert_eq!(written.lines().count(), 1 + trades.len());
        let page = std::fs::read_to_string(scratch.path().join("run.html")).expect("written");
        assert!(page.contains("Trades on the price of ETHUSDT") && page.contains("</svg>"), "{strategy:?}");
        let denied: Vec<u64> = told["refused"]["checks"]
            .as_array()
            .map(|rows| rows.iter().filter_map(|row| row["count"].as_u64()).collect())
            .expect("who was denied");
        assert_eq!(Some(denied.iter().sum()), told["denied"].as_u64(), "{strategy:?}: {}", told["refused"]);
        let again = over(strategy, &["--json"]).json();
        assert_eq!(again["state_hash"], told["state_hash"], "the same run");
    }
    // What the rule over bars knows stays with it, unless somebody asks; and what candles do not tell is said by name.
    over(Path::new("sma_cross"), &[])
        .refused(2, &["--instrument: found beside the rule over bars", "--through-stages"]);
    over(Path::new("sma_cross"), &["--through-stages", "--json"]).json();
    over(Path::new("imbalance_maker"), &[]).refused(2, &["imbalance_maker", "how much stands", "--capture"]);
}

/// Minutes of two days that swing: enough traded that no order is a large part of it.
fn minutes() -> String {
    let price = |n: f64| 100.0 + 10.0 * (n / 41.0).sin() + 3.0 * (n / 9.7).cos();
    let row = |n: u32| {
        let (open, close) = (price(f64::from(n)), price(f64::from(n) + 1.0));
        let (high, low, at) = (open.max(close) + 0.01, open.min(close) - 0.01, u64::from(n) * 60_000);
        format!("{at},{open:.2},{high:.2},{low:.2},{close:.2},9000\n")
    };
    "time_ms,open,high,low,close,volume\n".to_owned() + &(0..2_880).map(row).collect::<String>()
}

#[test]
fn candles_of_the_store_go_through_every_stage_as_those_of_a_file_do() {
    let scratch = Scratch::new();
    let file = scratch.file("btc.csv", minutes());
    let run = |words: &[&[&str]]| ringside(words.concat()).within(scratch.path());
    let imported = run(&[&["data", "import", "--venue", "binance-usdm", "--symbol", "BTCUSDT", "--tf", "1m"]]);
    imported.arg(&file).arg("--store").arg("past").arg("--json").run().json();

    let strategy = ["backtest", "--strategy", "momentum", "--params", r#"{"lookback": 5, "enter_bps": 20}"#, "--json"];
    let stored = ["--data", "binance-usdm:BTCUSDT", "--store", "past", "--tf"];
    let told = run(&[&strategy, &stored, &["1m"]]).run().json();
    let of_file = run(&[&strategy, &["--venue", "binance-usdm", "--instrument", "BTCUSDT", "--input"]]).arg(&file);
    let of_file = of_file.run().json();
    for key in ["state_hash", "instrument", "bars", "bar_ms", "orders", "fills", "trades", "equity_final", "refused"] {
        assert_eq!(told[key], of_file[key], "{key}");
    }
    assert_eq!((told["by"].as_str(), told["candles"].as_str()), (Some("stages"), Some("binance-usdm:BTCUSDT")));
    assert!(told["trades"].as_array().is_some_and(|trades| trades.len() > 5), "too few trades to try it: {told}");

    // Longer ones are made of them, and a stretch is cut out; a bar of the strategy is a candle of what was asked for.
    let hours = run(&[&strategy, &stored, &["1h", "--from", "1970-01-01T12:00:00Z", "--to", "1970-01-02T12:00:00Z"]]);
    let hours = hours.run().json();
    assert_eq!((hours["bars"].as_u64(), hours["bar_ms"].as_u64()), (Some(24), Some(3_600_000)));
    assert_eq!(hours["params"]["candle_ms"], 3_600_000);
    assert!(hours["from"].as_str().is_some_and(|from| from.starts_with("1970-01-01T12:00")), "{hours}");

    // What the store does not have is refused by name, and so is a stretch of it beside a file.
    run(&[&strategy, &["--data", "binance-usdm:ETHUSDT", "--store", "past", "--tf", "1m"]])
        .run()
        .refused(2, &["ETHUSDT", "did you mean", "BTCUSDT"]);
    run(&[&strategy, &stored, &["1s"]]).run().refused(2, &["found no candles-1s", "the store has candles-1m"]);
    run(&[&strategy, &["--from", "1970-01-02", "--input"]]).arg(&file).run().refused(2, &["--from"]);
}
