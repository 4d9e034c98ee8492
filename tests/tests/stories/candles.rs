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
        let again = over(strategy, &["--json"]).json();
        assert_eq!(again["state_hash"], told["state_hash"], "the same run");
    }
    // What the rule over bars knows stays with it, unless somebody asks; and what candles do not tell is said by name.
    over(Path::new("sma_cross"), &[])
        .refused(2, &["--instrument: found beside the rule over bars", "--through-stages"]);
    over(Path::new("sma_cross"), &["--through-stages", "--json"]).json();
    over(Path::new("imbalance_maker"), &[]).refused(2, &["imbalance_maker", "how much stands", "--capture"]);
}
