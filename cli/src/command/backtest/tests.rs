//! Every run of the oracles again, trade for trade, and every refusal.

use super::asked::Bars;
use super::{asked, page, tell, view};
use crate::args::Backtest;
use crate::exit::Exit;
use clap::{Args as _, FromArgMatches as _};
use engine_backtest::bars::run::run as run_over;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn args(typed: &[&str]) -> Backtest {
    let command = Backtest::augment_args(clap::Command::new("backtest").no_binary_name(true));
    Backtest::from_arg_matches(&command.get_matches_from(typed)).expect("arguments")
}

fn told(args: &Backtest) -> Result<(Value, String, String), Exit> {
    let (rule, terms) = (asked::rule(&args.past.strategy, &args.params)?, asked::terms(&args.past.terms)?);
    let Bars { series, input } = asked::bars(args.input[0].as_path(), &rule)?;
    let periods = asked::periods_per_year(args.past.periods_per_year, &series)?;
    let mut report = run_over(&series, &rule, &terms, periods).map_err(|fault| Exit::Failed(fault.into()))?;
    if asked::is_short(&series) {
        report.curve = report.curve.without_annual();
    }
    let elapsed = Duration::from_micros(1);
    let all =
        tell::Told { input: &input, rule: &rule, terms: &terms, series: &series, report: &report, periods, elapsed };
    Ok((all.json(), all.text(), tell::equity(&series, &report) + tell::trades(&report).as_str()))
}

/// Where recordings and other engines' runs lie, or `None`, said aloud, where they do not.
pub(crate) fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    if !shared.is_dir() {
        println!("skipped: {} not found", shared.display());
        return None;
    }
    Some(shared)
}

/// Where other engines' runs lie.
pub(crate) fn oracles() -> Option<PathBuf> {
    Some(shared()?.join("oracles"))
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let lines = std::io::BufRead::lines(feeds::capture::open(path).expect("a file"));
    lines.skip(1).map(|line| line.expect("a line").split(',').map(str::to_owned).collect()).collect()
}

#[track_caller]
fn near(what: &str, got: &Value, wanted: f64, scale: f64) {
    let got = got.as_f64().unwrap_or(f64::NAN);
    assert!((got - wanted).abs() <= 1e-9 * scale.max(wanted.abs()), "{what}: found {got}, expected {wanted}");
}

/// Settings whose limits let everything pass: what the product's deny is no matter of how candles are told. By them an order
/// is a thousandth of a day's trading at most, and a strategy that lost too much is halted until a person resumes it.
pub(crate) fn unlimited() -> String {
    let bps = [
        "order_volume_share_max_bps",
        "volatility_pause_bps",
        "position_share_max_bps",
        "sector_share_max_bps",
        "cluster_share_max_bps",
        "venue_share_max_bps",
        "var_max_bps",
        "cvar_max_bps",
        "daily_loss_reduce_bps",
        "daily_loss_halt_bps",
        "daily_loss_flatten_bps",
        "loss_speed_max_bps",
        "drawdown_max_bps",
        "strategy_loss_reduce_bps",
        "strategy_loss_halt_bps",
        "strategy_loss_speed_max_bps",
        "strategy_drawdown_max_bps",
    ];
    let bps: String = bps.iter().map(|key| format!("{key} = 10000\n")).collect();
    let usd =
        "order_notional_max_usd = 10000000\nbatch_notional_max_usd = 10000000\nposition_notional_max_usd = 10000000\n";
    let path = file("unlimited.toml", &format!("[risk]\n{bps}{usd}"));
    path.to_str().expect("a path").to_owned()
}

#[test]
fn the_runs_of_other_engines_come_out_trade_for_trade() {
    let Some(oracles) = oracles() else { return };
    let mut runs = 0;
    for name in ["sma_cross_units", "sma_cross_allin", "sma_cross_1m", "rsi_macd_stops"] {
        let folder = oracles.join("backtests").join(name);
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).expect("a file"))
                .expect("JSON");
        let config = &expected["config"];
        let input = oracles.join(format!("series/{}.csv.gz", config["series"].as_str().expect("a series")));
        let number = |key: &str| config[key].as_f64().unwrap_or(0.0).to_string();
        let (cash, fee, slip, periods) = (number("cash"), number("fee"), number("slip"), number("P"));
        let (params, sizing) = (config["params"].to_string(), config["sizing"].to_string());
        let (stop, target) =
            (config["sl"].as_f64().map(|x| x.to_string()), config["tp"].as_f64().map(|x| x.to_string()));
        let mut typed = vec!["--strategy", config["strategy"].as_str().expect("a strategy"), "--params", &params];
        typed.extend(["--input", input.to_str().expect("a path"), "--cash", &cash, "--fee", &fee, "--slippage", &slip]);
        typed.extend(["--sizing", &sizing, "--periods-per-year", &periods, "--json"]);
        typed.extend(stop.iter().flat_map(|stop| ["--stop", stop.as_str()]));
        typed.extend(target.iter().flat_map(|target| ["--target", target.as_str()]));
        let (found, text, csv) = told(&args(&typed)).expect("a run");

        let trades = found["trades"].as_array().expect("trades");
        let wanted = rows(&folder.join("trades.csv.gz"));
        assert_eq!(trades.len(), wanted.len(), "{name}");
        for (n, (trade, row)) in trades.iter().zip(&wanted).enumerate() {
            let what = |key| format!("{name}, trade {n}, {key}");
            for (key, at) in [("side", 0), ("entry_bar", 2), ("exit_bar", 4)] {
                assert_eq!(trade[key].to_string(), row[at], "{}", what(key));
            }
            for (key, at) in [("qty", 1), ("entry_px", 3), ("exit_px", 5), ("fees", 6), ("pnl", 7), ("return", 8)] {
                let wanted: f64 = row[at].parse().expect("a number");
                // A profit is what is left of two large sums.
                let scale = if key == "pnl" { trade["qty"].as_f64().unwrap_or(0.0) * 1e3 } else { 0.0 };
                near(&what(key), &trade[key], wanted, scale);
            }
            assert_eq!(trade["reason"], row[9], "{}", what("reason"));
        }
        let cash: f64 = cash.parse().expect("a number");
        for (n, (row, wanted)) in csv.lines().skip(1).zip(rows(&folder.join("equity.csv.gz"))).enumerate() {
            let row: Vec<&str> = row.split(',').collect();
            assert_eq!((row[0], row[1]), (wanted[0].as_str(), wanted[1].as_str()), "{name}, bar {n}");
            let equity: f64 = row[2].parse().expect("a number");
            near(&format!("{name}, bar {n}"), &equity.into(), wanted[2].parse().expect("a number"), cash);
        }
        for (key, wanted) in expected["metrics"].as_object().expect("metrics") {
            near(&format!("{name}, {key}"), &found["metrics"][key], wanted.as_f64().expect("a number"), 0.0);
        }
        let open = &expected["open_trade"];
        assert_eq!(found["open_trade"].is_null(), open.is_null(), "{name}");
        if !open.is_null() {
            near(name, &found["open_trade"]["entry_px"], open["entry_price"].as_f64().expect("a number"), 0.0);
            near(name, &found["open_trade"]["fees"], open["entry_fee"].as_f64().expect("a number"), 0.0);
        }
        assert!(text.contains("The deepest falls") && !text.contains("NaN"), "{text}");
        runs += 1;
    }
    assert_eq!(runs, 4);
}

#[test]
fn the_page_stands_by_itself_and_shows_each_trade() {
    let rows: String = (0..400_u64)
        .map(|n| {
            let close = 100 + (n * 7 % 60).abs_diff(30);
            format!("{},{close},{},{},{close}\n", n * 86_400_000, close + 1, close - 1)
        })
        .collect();
    let path = file("page.csv", &format!("time_ms,open,high,low,close\n{rows}"));
    let args = args(&[
        "--strategy",
        "sma_cross",
        "--params",
        r#"{"fast": 2, "slow": 5}"#,
        "--input",
        path.to_str().expect("a path"),
    ]);
    let (rule, terms) = (
        asked::rule(&args.past.strategy, &args.params).expect("a rule"),
        asked::terms(&args.past.terms).expect("terms"),
    );
    let Bars { series, input } = asked::bars(args.input[0].as_path(), &rule).expect("bars");
    let report = run_over(&series, &rule, &terms, 365.0).expect("a run");
    let elapsed = Duration::from_micros(1);
    let told = tell::Told {
        input: &input,
        rule: &rule,
        terms: &terms,
        series: &series,
        report: &report,
        periods: 365.0,
        elapsed,
    };
    let html = page::page(&view::view(&told, "<b>&\""));
    assert!(html.contains("&lt;b&gt;&amp;&quot;"), "what was typed is text");
    let trades = report.outcome.trades.len();
    assert!(trades > 10, "{trades} trades do not try it");
    assert_eq!(html.matches("<path class=\"long\"").count(), trades);
    assert_eq!(html.matches("<svg").count(), 5, "equity, falls, Sharpe, price, position");
    assert!(!html.contains("NaN") && !html.contains("http"), "nothing unknown is drawn, nothing is fetched");
    for tag in ["svg", "table", "dl", "div", "g", "tr", "td"] {
        let (opened, closed) = (
            html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count(),
            html.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(opened, closed, "{tag}");
    }
}

/// Bars that go up and down, in a file of this test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ringside-backtest-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn refusal(path: &Path, more: &[&str]) -> (u8, String) {
    let mut typed = vec!["--strategy", "sma_cross", "--params", r#"{"fast": 1, "slow": 2}"#];
    typed.extend(["--input", path.to_str().expect("a path")]);
    typed.extend(more);
    let exit = told(&args(&typed)).expect_err("a refusal");
    (exit.code(), exit.message().expect("a message"))
}

#[test]
fn what_cannot_be_is_refused_by_name_with_its_row() {
    let head = "time_ms,open,high,low,close\n";
    let good = file("good.csv", &format!("{head}1,10,12,9,11\n2,11,13,10,12\n3,12,14,11,13\n"));
    for (key, value, wanted) in [
        ("--fee", "0.6", "--fee: found 0.6, accepted: a share from 0 to 0.5 (0.001 is a tenth of a percent)"),
        ("--fee", "NaN", "--fee: found NaN, accepted: a share from 0 to 0.5 (0.001 is a tenth of a percent)"),
        ("--stop", "0", "--stop: found 0, accepted: a share above 0, or leave it out for none"),
        ("--cash", "0", "--cash: found 0, accepted: a number above 0"),
        (
            "--sizing",
            "[\"units\", 0]",
            "--sizing: found [\"units\", 0], accepted: [\"units\", U] with U above 0, or [\"allin\"]",
        ),
        ("--periods-per-year", "0", "--periods-per-year: found 0, accepted: a number above 0"),
    ] {
        assert_eq!(refusal(&good, &[key, value]), (2, wanted.to_owned()));
    }
    for (name, rows, wanted) in [
        ("equal.csv", "1,10,12,9,11\n1,11,13,10,12\n", "row 2 (below the names): time_ms: found 1 again"),
        (
            "text.csv",
            "1,10,12,9,11\n2,11,x,10,12\n",
            "row 2 (below the names): high: found x, expected a finite number",
        ),
        ("zero.csv", "1,10,12,9,11\n2,11,13,0,12\n", "row 2 (below the names): low is 0, expected a price above 0"),
        (
            "range.csv",
            "1,10,12,9,13\n",
            "row 1 (below the names): open 10 and close 13 do not lie between low 9 and high 12",
        ),
        (
            "short.csv",
            "1,10,12,9,11\n",
            "found 1 bars, expected at least 2: sma_cross with these parameters has no opinion",
        ),
    ] {
        let (code, message) = refusal(&file(name, &format!("{head}{rows}")), &[]);
        assert!(code == 1 && message.contains(wanted), "{name}: {message}");
    }
    let (code, message) = refusal(&file("columns.csv", "time_ms,open,close\n1,2,3\n"), &[]);
    assert!(code == 2 && message.contains("none is `high`"), "{message}");
}

#[test]
fn the_year_is_told_by_the_usual_distance_of_the_bars() {
    let rows: String = (0..30).map(|n| format!("{},10,12,9,11\n", n * 14_400_000 + (n / 20) * 86_400_000)).collect();
    let path = file("four-hours.csv", &format!("time_ms,open,high,low,close\n{rows}"));
    let (found, text, _) =
        told(&args(&["--strategy", "donchian", "--input", path.to_str().expect("a path")])).expect("a run");
    assert_eq!(found["terms"]["periods_per_year"], 2190.0);
    assert!(found["metrics"]["sharpe"].is_null() && text.contains("n/a"), "nothing moved: {text}");
}

#[test]
fn what_chooses_rows_of_the_store_or_of_a_capture_is_refused_beside_a_file() {
    let refused = |typed: &[&str]| match super::run(&args(&[&["--strategy", "sma_cross"], typed].concat())) {
        Err(Exit::Usage(told)) => told,
        other => panic!("{typed:?}: {other:?}"),
    };
    let chosen = [["--tf", "1d"], ["--from", "2025-01-01"], ["--to", "2025-01-01"]];
    for [key, value] in chosen {
        let told = refused(&["--input", "no-such-file.csv", key, value]);
        assert!(told.starts_with(&format!("{key}: found beside --input")), "{told}");
        let told = refused(&["--capture", "no-such-file", "--venue", "okx", key, value]);
        assert!(told.starts_with(&format!("{key}: found beside --capture")), "{told}");
    }
    for [key, value] in
        [["--venue", "okx"], ["--sample", "5s"], ["--tick", "0.1"], ["--path", "far"], ["--warm-up", "1m"]]
    {
        let told = refused(&["--input", "no-such-file.csv", key, value]);
        assert_eq!(told, format!("{key}: found beside the rule over bars, accepted: with --through-stages"));
    }
}

#[test]
fn a_result_says_what_it_is_of_and_why_something_is_not_told() {
    let row = |n: u32| {
        let close = 100 + (n * 7 % 60).abs_diff(30);
        format!("{},{close},{},{},{close}\n", u64::from(n) * 60_000, close + 1, close - 1)
    };
    let text: String = ["time_ms,open,high,low,close\n".to_owned()].into_iter().chain((0..200).map(row)).collect();
    let path = file("minutes.csv", &text);
    let typed = ["--strategy", "sma_cross", "--params", r#"{"fast": 2, "slow": 5}"#, "--fee", "0.001", "--input"];
    let asked = |path: &Path| told(&args(&[&typed[..], &[path.to_str().expect("a path")]].concat())).expect("a run");
    let (found, shown, _) = asked(&path);
    let input = &found["input"];
    let hash = engine_core::state::hex(&engine_core::state::text_hash(text.as_bytes()));
    assert_eq!((input["blake3"].as_str(), &input["last_ms"]), (Some(hash.as_str()), &(199 * 60_000).into()));
    assert_eq!(input["name"], path.display().to_string());
    // Of a few hours nothing is told that is annual; with a gap of a day in it all of it is.
    assert!(found["metrics"]["sharpe"].is_null() && found["metrics"]["skew"].is_number(), "{found}");
    assert_eq!(found["unknown"]["sharpe"], super::unknown::SHORT);
    assert!(shown.contains("what is annual is n/a"), "{shown}");
    let nulls = found["metrics"].as_object().expect("measures").iter().filter(|(_, value)| value.is_null());
    let unknown = found["unknown"].as_object().expect("reasons");
    assert_eq!(nulls.map(|(name, _)| name).collect::<Vec<_>>(), unknown.keys().collect::<Vec<_>>());
    // The fee of what is open is in the equity, so it is told.
    assert!(!found["open_trade"].is_null(), "the last trade is open, else this tries nothing: {shown}");
    let fees = |key: &str| found["fees"][key].as_f64().expect("a number");
    assert_eq!(found["fees"]["open"], found["open_trade"]["fees"]);
    assert!((fees("closed") + fees("open") - fees("total")).abs() < 1e-9 && fees("open") > 0.0, "{}", found["fees"]);
    assert_eq!(found["fees"]["closed"], found["metrics"]["total_fees"]);
    let later = text.replace("11940000,", "100000000,");
    assert!(later != text && asked(&file("days.csv", &later)).0["metrics"]["sharpe"].is_number());
}

#[test]
fn the_usual_distance_is_the_one_that_most_bars_have_not_the_one_in_the_middle() {
    // Six hours four times, a day three times, two days twice: the middle one is a day.
    let hours = [0, 6, 12, 18, 24, 48, 72, 96, 144, 192];
    let rows: String = hours.iter().map(|hour| format!("{},10,12,9,11\n", hour * 3_600_000_u64)).collect();
    let path = file("uneven.csv", &format!("time_ms,open,high,low,close\n{rows}"));
    let typed = ["--strategy", "sma_cross", "--params", r#"{"fast": 1, "slow": 2}"#, "--input"];
    let found = told(&args(&[&typed[..], &[path.to_str().expect("a path")]].concat())).expect("a run").0;
    assert_eq!(found["terms"]["periods_per_year"], 4.0 * 365.0);
}
