//! Real candles through every stage, held against the rule over bars and against themselves. Skipped, said aloud, without
//! candles; what is refused needs none.

use super::super::{Of, Ran};
use super::ran;
use crate::args::Backtest;
use crate::command::backtest::page::page;
use crate::command::backtest::tests::{shared, unlimited};
use crate::command::backtest::{Way, asked, way};
use crate::exit::Exit;
use clap::{Args as _, FromArgMatches as _};
use engine_analytics::signal::Wanted;
use engine_backtest::bars::run::run as run_over;
use engine_backtest::ticks::refused::{SetBy, StateChange};
use engine_core::risk::Cause;
use engine_model::units::Nanos;
use serde_json::Value;
use std::path::{Path, PathBuf};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/scripts/sma_cross.rhai");

fn args(typed: &[&str]) -> Backtest {
    let command = Backtest::augment_args(clap::Command::new("backtest").no_binary_name(true));
    Backtest::from_arg_matches(&command.get_matches_from(typed)).expect("arguments")
}

fn over(input: &Path, strategy: &str, more: &[&str]) -> Result<Ran, Exit> {
    let input = input.to_str().expect("a path");
    let mut typed = vec!["--strategy", strategy, "--through-stages", "--input", input];
    typed.extend(more);
    ran(&args(&typed))
}

fn candles(name: &str) -> Option<PathBuf> {
    Some(shared()?.join("data/ohlcv").join(name))
}

/// Without what the machine's clock says.
fn told(ran: &Ran) -> Value {
    let mut told = ran.json();
    for key in ["elapsed_ns", "events_per_s", "times_real_time", "bars_per_s", "candles"] {
        told.as_object_mut().and_then(|told| told.remove(key)).expect("it is told");
    }
    told
}

/// A file of this test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringside-candles-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// Rows of a file, with their names.
fn rows(path: &Path) -> Vec<String> {
    let lines = std::io::BufRead::lines(feeds::capture::open(path).expect("a file"));
    lines.map(|line| line.expect("a line")).collect()
}

/// Direction, bar of the entry, bar of the exit.
type Trade = (i8, usize, Option<usize>);

fn by_rule(input: &Path, params: &str) -> Vec<Trade> {
    let typed = ["--strategy", "sma_cross", "--params", params, "--input", input.to_str().expect("a path")];
    let args = args(&typed);
    assert!(matches!(way(&args.over()), Ok(Way::Bars(_))), "a name that both know stays with the rule");
    let rule = asked::rule(&args.past.strategy, &args.params).expect("a rule");
    let series = asked::bars(args.input[0].as_path(), &rule).expect("bars").series;
    let report = run_over(&series, &rule, &asked::terms(&args.past.terms).expect("terms"), 365.0).expect("a run");
    let sign = |wanted: Wanted| wanted as i8;
    let closed = report.outcome.trades.iter();
    let closed = closed.map(|t| (sign(t.position.side), t.trade.entry_bar, Some(t.trade.exit_bar)));
    closed.chain(report.outcome.open.iter().map(|at| (sign(at.side), at.entry_bar, None))).collect()
}

fn by_stages(ran: &Ran, input: &Path) -> Vec<Trade> {
    let begun: Vec<u64> = rows(input)[1..]
        .iter()
        .map(|row| row.split(',').next().and_then(|ms| ms.parse::<u64>().ok()).expect("a time") * Nanos::MILLI)
        .collect();
    let bar = |at: Nanos| begun.partition_point(|begin| *begin <= at.0) - 1;
    let rounds = ran.outcome.rounds.iter().map(|round| (round, Some(bar(round.exit_at))));
    let all = rounds.chain(ran.outcome.open.iter().map(|round| (round, None)));
    all.map(|(round, exit)| (round.side.sign() as i8, bar(round.entry_at), exit)).collect()
}

#[test]
fn the_stages_take_the_trades_of_the_rule_bar_for_bar() {
    let (fast_slow, script) = (r#"{"fast": 20, "slow": 50}"#, SCRIPT);
    let (mut seen, unlimited) = (0, unlimited());
    for name in ["data/ohlcv/coinbase_ETH-USD_1d.csv.zst", "oracles/series/btc_usd_4h.csv.gz"] {
        let Some(input) = shared().map(|shared| shared.join(name)) else { return };
        let wanted = by_rule(&input, fast_slow);
        for (strategy, more) in [
            ("sma_cross", &[][..]),
            // Orders of a bar that is over leave at the open: what the price does behind it is nothing to them.
            ("sma_cross", &["--path", "far", "--steps", "3"][..]),
            ("sma_cross", &["--slippage", "0.001", "--fee", "0.002"][..]),
            (script, &[][..]),
        ] {
            let ran = over(&input, strategy, &[&["--params", fast_slow, "--config", &unlimited][..], more].concat())
                .expect("a run");
            assert_eq!(by_stages(&ran, &input), wanted, "{name} {strategy} {more:?}");
        }
        seen += wanted.len();
    }
    assert!(seen > 40, "{seen} trades do not try it");
}

#[test]
fn what_comes_later_changes_nothing_that_was_done_before() {
    let Some(input) = candles("binance_usdm_BTCUSDT_1h.csv.zst") else { return };
    let all = rows(&input);
    // The first candles of that market hardly trade; from here on they do. (Steps are typed: those that are not are the last
    // decimals of all candles.)
    let (head, body) = (&all[0], &all[2_000..3_200]);
    let write = |name: &str, rows: &[String]| file(name, &format!("{head}\n{}\n", rows.join("\n")));
    let cut = 700;
    let whole = write("whole.csv", body);
    let short = write("short.csv", &body[..cut]);
    // The same until then, and from then on the other way round, three coins a candle at twice the price.
    let turned = body[cut..].iter().map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        let px = |at: usize| 30_000.0 - cells[at].parse::<f64>().expect("a price");
        format!("{},{},{},{},{},{}", cells[0], px(1), px(3), px(2), px(4), 3)
    });
    let other: Vec<String> = body[..cut].iter().cloned().chain(turned).collect();
    let other = write("other.csv", &other);
    let until = |row: &String| row.split(',').next().and_then(|ms| ms.parse::<i64>().ok()).expect("a time");
    let until = until(&body[cut - 1]);
    let mut orders = 0;
    for (strategy, params) in [
        ("momentum", r#"{"lookback": 5, "slow_factor": 4, "enter_bps": 30}"#),
        ("grid", r#"{"step_bps": 100}"#),
        (SCRIPT, r#"{"fast": 3, "slow": 8}"#),
    ] {
        let of = |input: &Path| {
            over(input, strategy, &["--params", params, "--tick", "0.01", "--lot", "0.001"]).expect("a run")
        };
        let before = |ran: &Ran| {
            let samples = ran.outcome.time_ms.iter().zip(&ran.outcome.equity).filter(|(ms, _)| **ms <= until);
            let samples: Vec<(i64, u64)> = samples.map(|(ms, equity)| (*ms, equity.to_bits())).collect();
            let ended = ran.outcome.rounds.iter().filter(|round| round.exit_at.0 <= until as u64 * Nanos::MILLI);
            (samples, ended.map(|round| format!("{round:?}")).collect::<Vec<_>>())
        };
        let whole = of(&whole);
        let (samples, rounds) = before(&whole);
        assert!(samples.len() >= cut && rounds.len() > 1, "{strategy}: {} rounds do not try it", rounds.len());
        for (name, ran) in [("short", of(&short)), ("other", of(&other))] {
            assert!(before(&ran) == (samples.clone(), rounds.clone()), "{strategy}: {name} saw what was to come");
            assert_ne!(ran.ended.state_hash, whole.ended.state_hash, "{strategy}: {name} is another run");
        }
        orders += whole.ended.orders;
    }
    assert!(orders > 50, "{orders} orders do not try it");
}

#[test]
fn the_same_candles_are_the_same_run_and_the_outcome_adds_up() {
    let Some(input) = candles("coinbase_ETH-USD_1d.csv.zst") else { return };
    let unlimited = unlimited();
    let of = || over(&input, "donchian", &["--cash", "250000", "--config", &unlimited]).expect("a run");
    let (ran, again) = (of(), of());
    let json = told(&ran);
    assert_eq!(json, told(&again), "the same again, to the state hash");
    assert_eq!((json["by"].as_str(), json["bars"].as_u64()), (Some("stages"), Some(3_582)));
    assert_eq!((json["prices_rounded"].as_u64(), json["equity_start"].as_f64()), (Some(0), Some(250_000.0)));
    assert_eq!(json["params"]["candle_ms"], 86_400_000, "a bar of the strategy is a candle");
    let rounds = ["trades", "open_trades"].iter().flat_map(|key| json[*key].as_array().expect("a list"));
    let earned: f64 = rounds.map(|round| round["pnl"].as_f64().expect("a number")).sum();
    let profit = json["equity_final"].as_f64().expect("a number") - 250_000.0;
    assert!((earned - profit).abs() < 1e-6, "{earned} of {profit}");
    assert!(json["metrics"]["sharpe"].is_number() && json["trades"].as_array().expect("a list").len() > 20);
    let (html, text) = (page(&ran.view()), ran.text());
    assert!(html.contains("Trades on the price of COINUSDT") && !html.contains("NaN"), "{html}");
    assert!(
        text.contains("3582 candles of 86400s through every stage") && text.contains("0 prices by up to"),
        "{text}"
    );
    assert_eq!(ran.equity().lines().count(), 1 + ran.outcome.time_ms.len());
}

#[test]
fn prices_that_lie_on_no_tick_are_moved_to_one_and_counted() {
    let rows = "0,10,10.06,9.97,10\n60000,10,10,10,10\n";
    let input = file("off.csv", &format!("time_ms,open,high,low,close,volume\n{rows}"));
    let ran = over(&input, "streak", &["--tick", "0.05", "--lot", "0.5"]).err();
    // Two candles without volume: what nobody told is unknown, not nothing; but a cell too few is a mistake.
    assert!(
        ran.and_then(|exit| exit.message()).is_some_and(|told| told.contains("row 1 (below the names): found 5 cells"))
    );
    let input = file("off.csv", &format!("time_ms,open,high,low,close\n{rows}"));
    let ran = over(&input, "streak", &["--tick", "0.05", "--lot", "0.5"]).expect("a run");
    let Of::Candles { of, .. } = &ran.of else { panic!("candles") };
    let [of] = &of[..] else { panic!("one series") };
    assert_eq!((of.rounded.prices, of.rounded.volumes, of.has_volumes, of.silent), (2, 0, false, 0));
    assert!(ran.text().contains("tick 0.05, lot 0.5") && ran.text().contains("2 prices by up to"), "{}", ran.text());
}

#[test]
fn what_candles_do_not_tell_is_refused_by_name_and_what_they_do_is_run() {
    let rows: String = (0..200_u64)
        .map(|n| {
            let close = 1_000 + (n * 7 % 60).abs_diff(30);
            format!("{},{close},{},{},{close},50\n", n * 60_000, close + 1, close - 1)
        })
        .collect();
    let input = file("some.csv", &format!("time_ms,open,high,low,close,volume\n{rows}"));
    let refusal = |strategy: &str, more: &[&str]| {
        let exit = over(&input, strategy, more).err().expect("a refusal");
        (exit.code(), exit.message().expect("a message"))
    };
    for (strategy, wanted) in [
        ("imbalance_maker", "how much stands at the best prices and behind them"),
        ("bracket", "how much stands"),
        ("router", "how much stands"),
        ("sniper", "how much stands"),
        ("order_flow", "how much stands"),
        ("liquidation_fade", "liquidations"),
        ("avellaneda_stoikov", "a price in every second"),
        ("pairs", "several instruments at once"),
        ("basis", "several instruments at once"),
        ("funding_carry", "several instruments at once"),
    ] {
        let (code, message) = refusal(strategy, &[]);
        let wanted = format!("--strategy {strategy}: it lives on {wanted}");
        assert!(code == 2 && message.starts_with(&wanted), "{message}");
    }
    for strategy in
        "rsi_macd twap vwap pov iceberg shortfall peg sma_cross donchian bollinger_reversion momentum grid streak"
            .split(' ')
    {
        let ran = over(&input, strategy, &[]).unwrap_or_else(|exit| panic!("{strategy}: {:?}", exit.message()));
        assert_eq!(ran.outcome.missed, 0, "{strategy}");
    }
    for (more, wanted) in [
        (
            &["--params", "{\"candle_ms\": 90000}"][..],
            "found bars of 90s for sma_cross, accepted: whole numbers of candles of 60s",
        ),
        (
            &["--sizing", "[\"allin\"]"][..],
            "--sizing: found with sma_cross through every stage, accepted: the strategy's own",
        ),
        (&["--stop", "0.1"][..], "--stop: found with sma_cross"),
        (&["--cash", "0.5"][..], "--cash: found 0.5, accepted: 1 to 1000000000 dollars"),
        (&["--tick", "x"][..], "--tick: found x, accepted: a step such as 0.01 or 5"),
        (&["--venue", "nowhere"][..], "--venue: found `nowhere`, accepted: binance-spot"),
        (&["--instrument", "ETHBTC"][..], "--instrument: found `ETHBTC`"),
        (&["--fee", "2"][..], "--fee: found 2, accepted: a share from 0 to 0.5"),
    ] {
        let (code, message) = refusal("sma_cross", more);
        assert!(code == 2 && message.contains(wanted), "{code} {message}");
    }
    let needy = file(
        "needy.rhai",
        "fn about() { #{ idea: \"an idea of some kind\", risks: \"some risk or other\", every_ms: 1000 } }\n\
         fn on_timer() { if imbalance_bps(0) > 5000 { aim(0, 1, 500); } }",
    );
    let (code, message) = refusal(needy.to_str().expect("a path"), &[]);
    assert!(code == 2 && message.contains("it lives on how much stands"), "{message}");
    let one = file("one.csv", "time_ms,open,high,low,close\n60000,10,12,9,11\n");
    let message = over(&one, "sma_cross", &[]).err().and_then(|exit| exit.message()).expect("a refusal");
    assert!(message.starts_with("--candle: found nothing; --input"), "{message}");
    over(&one, "sma_cross", &["--candle", "1m"]).expect("one candle of a minute is a market of four points");
    let nan = file("nan.csv", "time_ms,open,high,low,close\n60000,10,12,9,11\n120000,10,NaN,9,11\n");
    let message = over(&nan, "sma_cross", &[]).err().and_then(|exit| exit.message()).expect("a refusal");
    assert!(message.contains("row 2 (below the names): high: found NaN, expected a finite number"), "{message}");
}

#[test]
fn who_was_denied_is_told_by_which_check_when_first_and_which_limit_to_change() {
    // A market that trades a twentieth of a coin a minute: a thousandth of a day of it is less than what the strategy wants.
    let rows: String = (0..400_u64)
        .map(|n| {
            let close = 1_000 + (n * 7 % 60).abs_diff(30);
            format!("{},{close},{},{},{close},0.05\n", n * 60_000, close + 1, close - 1)
        })
        .collect();
    let input = file("thin.csv", &format!("time_ms,open,high,low,close,volume\n{rows}"));
    let ran = over(&input, "sma_cross", &["--params", r#"{"fast": 2, "slow": 5}"#]).expect("a run");
    let json = told(&ran);
    let (refused, denied) = (&json["refused"], json["denied"].as_u64().expect("a count"));
    let checks = refused["checks"].as_array().expect("a list");
    let sum: u64 = checks.iter().map(|row| row["count"].as_u64().expect("a count")).sum();
    assert!(denied > 10 && sum == denied, "{denied} denied, told {refused:#}");
    let row = &checks[0];
    assert_eq!(
        (&row["check"], &row["unit"], &row["limit_key"]),
        (&"VOLUME_SHARE_EXCEEDED".into(), &"bps".into(), &"order_volume_share_max_bps".into())
    );
    let (first, minute) = (&row["first"], 60_000_000_000);
    assert_eq!((first["limit"].as_i64(), first["instrument"].as_str()), (Some(10), Some("COINUSDT")));
    assert!(first["value"].as_i64() > Some(10) && first["at_ns"].as_u64() >= Some(60 * minute), "{first}");
    let wanted = "to let them pass, widen order_volume_share_max_bps (now 10)";
    let what_to_do = refused["what_to_do"].as_str().expect("a sentence");
    assert!(what_to_do.starts_with(wanted) && what_to_do.contains("[risk] of a --config FILE"), "{what_to_do}");
    let text = ran.text();
    for part in ["What risk refused: ", "VOLUME_SHARE_EXCEEDED", "10 bps", "1970-01-01T01:", wanted] {
        assert!(text.contains(part) && page(&ran.view()).contains("What risk refused: "), "{part}: {text}");
    }
    // Let pass, it loses until it is halted: that is told, too, and what for.
    let wide = file("wide.toml", "[risk]\norder_volume_share_max_bps = 10000\nstrategy_loss_reduce_bps = 1\n");
    let params = r#"{"fast": 2, "slow": 5, "order_quote": 40}"#;
    let more = ["--params", params, "--cash", "1000", "--fee", "0.01", "--config", wide.to_str().expect("a path")];
    let ran = over(&input, "sma_cross", &more).expect("a run");
    let refused = &told(&ran)["refused"];
    let state = &refused["states"][0];
    assert_eq!((&state["scope"], &state["state"]), (&"strategy:1".into(), &"REDUCING".into()), "{refused:#}");
    assert_eq!((&state["cause"], &state["limit_key"]), (&"DAILY_LOSS".into(), &"strategy_loss_reduce_bps".into()));
    assert!(refused["what_to_do"].as_str().is_some_and(|told| told.contains("strategy_loss_reduce_bps (now 1)")));
    assert!(ran.text().contains("What was halted, and why"), "{}", ran.text());
}

#[test]
fn a_script_that_gives_up_on_the_way_is_told_and_fails_the_command() {
    let rows: String = (0..60_u64).map(|n| format!("{},100,101,99,100,1000000\n", n * 60_000)).collect();
    let input = file("flat.csv", &format!("time_ms,open,high,low,close,volume\n{rows}"));
    let script = |limit: u32| {
        let text = format!(
            "fn about() {{ #{{ idea: \"an idea of some kind\", risks: \"some risk or other\", every_ms: 60000 }} }}\n\
             fn start(params) {{ #{{ seen: 0 }} }}\n\
             fn on_timer() {{\n this.seen += 1;\n if this.seen == {limit} {{ throw \"enough <of> it\"; }} }}"
        );
        file(&format!("gives-up-{limit}.rhai"), &text)
    };
    let ran_until = |limit: u32| over(&input, script(limit).to_str().expect("a path"), &[]).expect("a run");
    let ran = ran_until(20);
    let json = told(&ran);
    let fault = json["fault"].as_str().expect("a text");
    assert!(fault.starts_with("the strategy failed: ") && fault.contains("enough <of> it"), "{fault}");
    assert!(ran.text().contains(fault), "{}", ran.text());
    assert!(page(&ran.view()).contains("enough &lt;of&gt; it"));
    let exit = ran.verdict().expect_err("it failed");
    assert_eq!((exit.code(), exit.message().as_deref()), (1, Some(fault)));
    let ran = ran_until(10_000);
    assert!(told(&ran)["fault"].is_null() && ran.verdict().is_ok(), "{}", ran.text());
}

#[test]
fn a_stop_within_a_candle_is_filled_at_its_own_price_and_one_in_a_gap_at_the_open() {
    let stop = file(
        "stop.toml",
        "[risk]\nstop_trailing_bps = 500\norder_volume_share_max_bps = 10000\n\
        volatility_pause_bps = 10000\nposition_share_max_bps = 10000\nstrategy_drawdown_max_bps = 10000\n",
    );
    let stop = stop.to_str().expect("a path");
    // Up for ten days, so that it is bought and the best is the close of the tenth, 1100; then one candle more.
    let rising: String = (0..10_u64)
        .map(|n| {
            format!(
                "{},{},{},{},{},1000000\n",
                n * 86_400_000,
                1_000 + 10 * n,
                1_010 + 10 * n,
                1_000 + 10 * n,
                1_010 + 10 * n
            )
        })
        .collect();
    let exit = |name: &str, last: &str, more: &[&str]| {
        let rows = format!(
            "time_ms,open,high,low,close,volume\n{rising}864000000,{last},1000000\n950400000,900,900,900,900,1\n"
        );
        let more =
            [&["--params", r#"{"fast": 1, "slow": 3}"#, "--config", stop, "--tick", "0.1", "--cash", "1000000"], more]
                .concat();
        let ran = over(&file(name, &rows), "sma_cross", &more).expect("a run");
        let [round] = &ran.outcome.rounds[..] else {
            panic!("one trade: {:?} {:?}", ran.outcome.rounds, ran.outcome.refused)
        };
        let (states, _) = ran.outcome.refused.states();
        assert!(matches!(states, [StateChange { by: SetBy::Risk(Cause::StopTrailing), .. }]), "{states:?}");
        (round.exit_px, round.exit_at)
    };
    // 5 % of 1100 are 55: the first price that is further behind is 1044.9, and it is sold a tick below that.
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "found {found}, expected {wanted}");
    let (px, at) = exit("falls.csv", "1100,1100,800,900", &[]);
    near(px, 1_044.8);
    // The second of four even ways goes down 300: 55.1 of them are gone so far into it.
    let quarter = 21_600_000.0 * 1e6;
    let wanted = 864_000_000.0 * 1e6 + quarter * (1.0 + 55.1 / 300.0);
    assert!((at.0 as f64 - wanted).abs() < 1e9, "found {at:?}, expected {wanted}");
    near(exit("falls.csv", "1100,1100,800,900", &["--steps", "7"]).0, 1_044.8);
    near(exit("gap.csv", "950,1000,800,900", &[]).0, 949.9);
    near(exit("turns.csv", "1100,1200,800,900", &["--path", "high"]).0, 1_139.8);
}

#[test]
fn what_only_the_engine_has_goes_through_the_stages_by_itself() {
    let way = |typed: &[&str]| way(&args(&[typed, &["--input", "a.csv"][..]].concat()).over());
    let is = |typed: &[&str]| way(typed).is_ok_and(|way| way == Way::Stages);
    assert!(is(&["--strategy", "momentum"]) && is(&["--strategy", "some/where.rhai"]));
    assert!(is(&["--strategy", "sma_cross", "--through-stages"]));
    assert!(!is(&["--strategy", "sma_cross"]));
    let told = way(&["--strategy", "momentun"]).expect_err("nobody").message().expect("a message");
    assert!(told.starts_with("--strategy: no strategy is called momentun; nearest: momentum, "), "{told}");
    assert!(told.ends_with("; or FILE.rhai"), "{told}");
}

/// Two that swing, the second twice as dear and now and then away from the first; and which of its candles it lacks.
fn pair(lacks: &[u64]) -> [PathBuf; 2] {
    let first = |n: f64| 100.0 + 8.0 * (n / 23.0).sin() + 3.0 * (n / 5.1).cos();
    let second = |n: f64| 2.0 * first(n) + 3.0 * (n / 3.7).sin();
    let rows = |px: &dyn Fn(f64) -> f64, lacks: &[u64]| -> String {
        let cents = |n: u64| (px(n as f64) * 100.0).round() / 100.0;
        let row = |n: u64| {
            let (open, close) = (cents(n), cents(n + 1));
            let (high, low) = (open.max(close) + 0.2, open.min(close) - 0.1);
            format!("{},{open},{high:.2},{low:.2},{close},1000000\n", n * 3_600_000)
        };
        let rows: String = (0..400).filter(|n| !lacks.contains(n)).map(row).collect();
        format!("time_ms,open,high,low,close,volume\n{rows}")
    };
    let name = |which: &str| format!("pair-{which}-{}.csv", lacks.len());
    [file(&name("a"), &rows(&first, &[])), file(&name("b"), &rows(&second, lacks))]
}

fn over_both([a, b]: &[PathBuf; 2], strategy: &str, more: &[&str]) -> Result<Ran, Exit> {
    let [a, b] = [a, b].map(|path| path.to_str().expect("a path"));
    let typed = ["--strategy", strategy, "--through-stages", "--input", a, "--input", b];
    ran(&args(&[&typed[..], more].concat()))
}

#[test]
fn several_instruments_each_go_their_own_way_and_a_pair_trades_both() {
    let (both, unlimited) = (pair(&[]), unlimited());
    let named = ["--instrument", "AUSDT", "--instrument", "BUSDT", "--config", unlimited.as_str()];
    let found = over_both(&both, "pairs", &[&named[..], &["--params", r#"{"n": 40, "enter_centi": 120}"#]].concat())
        .expect("a run");
    let of = |n: u32| found.outcome.rounds.iter().filter(move |round| round.instrument.0 == n);
    assert!(of(0).count() > 3 && of(1).count() > 3, "{:?} {:?}", found.outcome.rounds, found.outcome.refused);
    for (a, b) in of(0).zip(of(1)) {
        assert_eq!(a.side, b.side.opposite(), "one against the other");
    }
    let json = found.json();
    assert_eq!((json["series"].as_array().map(Vec::len), &json["bars_not_in_all"]), (Some(2), &0.into()), "{json}");
    assert_eq!(json["profit"].as_object().map(|of| !of.is_empty()), Some(true));
    // Somebody who looks at each by itself does with both what he does with each alone.
    let set = ["--params", r#"{"fast": 3, "slow": 8}"#];
    let twice = over_both(&both, "sma_cross", &[&named[..], &set].concat()).expect("a run");
    for (n, input) in both.iter().enumerate() {
        let alone = over(input, "sma_cross", &[&["--config", &unlimited][..], &set].concat()).expect("a run");
        let rounds = |ran: &Ran, n: usize| -> Vec<String> {
            let rounds = ran.outcome.rounds.iter().filter(|round| round.instrument.index() == n);
            rounds
                .map(|of| {
                    format!(
                        "{:?} {:?} {:?} {} {} {}",
                        of.side, of.entry_at, of.exit_at, of.entry_px, of.exit_px, of.fills
                    )
                })
                .collect()
        };
        assert!(rounds(&alone, 0).len() > 5, "it tries it");
        assert_eq!(rounds(&twice, n), rounds(&alone, 0), "instrument {n}");
    }
}

#[test]
fn a_bar_that_one_of_several_lacks_is_a_gap_that_is_told_and_no_bar() {
    let lacks = [57, 58, 200];
    let (both, unlimited) = (pair(&lacks), unlimited());
    let named = ["--instrument", "AUSDT", "--instrument", "BUSDT", "--config", unlimited.as_str()];
    let found = over_both(&both, "pairs", &[&named[..], &["--params", r#"{"n": 40, "enter_centi": 120}"#]].concat())
        .expect("a run");
    let (json, text) = (found.json(), found.text());
    assert_eq!((&json["bars_not_in_all"], &json["bars"]), (&3.into(), &797.into()), "{json}");
    assert_eq!((&json["series"][0]["bars_missing"], &json["series"][1]["bars_missing"]), (&0.into(), &3.into()));
    assert!(text.contains("3 times at which some have a candle and others do not"), "{text}");
    assert!(text.contains("797 candles of 3600s in 2 series through every stage"), "{text}");
}

#[test]
fn series_that_do_not_go_together_are_refused_by_name() {
    let both = pair(&[]);
    let minutes = file("minutes-of-b.csv", "time_ms,open,high,low,close\n0,9,9,9,9\n60000,9,9,9,9\n120000,9,9,9,9\n");
    let uneven = [both[0].clone(), minutes];
    let refused = |both: &[PathBuf; 2], strategy: &str, more: &[&str]| {
        let exit = over_both(both, strategy, more).err().expect("refused");
        (exit.code(), exit.message().expect("a message"))
    };
    let named = ["--instrument", "AUSDT", "--instrument", "BUSDT"];
    for (both, more, wanted) in [
        (&both, &[][..], "--instrument: found COINUSDT for two series of candles, accepted: another one for each"),
        (&both, &["--instrument", "AUSDT"][..], "--instrument: found 1, accepted: one for each of 2 series of candles"),
        (&both, &["--instrument", "AUSDT", "--instrument", "AUSDT"][..], "--instrument: found AUSDT for two series"),
        (&both, &[&named[..], &["--tick", "0.1"]].concat()[..], "--tick: found 1, accepted: one for each of 2 series"),
    ] {
        let (code, message) = refused(both, "pairs", more);
        assert!(code == 2 && message.starts_with(wanted), "{more:?}: {message}");
    }
    let (code, message) = refused(&uneven, "pairs", &named);
    assert!(code == 2 && message.contains("found candles of 60s, accepted: of 3600s, as the first ones"), "{message}");
    let coin = ["--venue", "okx", "--instrument", "BTC-USDT", "--instrument", "BTC-USDT-SWAP"];
    over_both(&both, "basis", &coin).expect("a coin and its contract are a run");
    let (code, message) = refused(&both, "basis", &named);
    assert!(code == 2 && message.contains("must be a spot market and then a linear contract"), "{message}");
    let (code, message) = refused(&both, "funding_carry", &coin);
    assert!(code == 2 && message.contains("it lives on rates of funding"), "{message}");
    let script = file(
        "lonely.rhai",
        "fn about() { #{ idea: \"an idea of some kind\", risks: \"some risk or other\", instruments: 1 } }",
    );
    let (code, message) = refused(&both, script.to_str().expect("a path"), &named);
    assert!(code == 2 && message.contains("it trades one: found 2 series of candles, accepted: 1"), "{message}");
    let bars = ["--strategy", "sma_cross", "--input", "a.csv", "--input", "b.csv"];
    let told = crate::command::backtest::run(&args(&bars)).expect_err("refused").message().expect("a message");
    assert!(told.starts_with("--input: found 2 files beside the rule over bars, accepted: one"), "{told}");
}
