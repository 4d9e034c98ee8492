//! Recorded ticks through every stage, and every refusal. Skipped, said aloud, without recordings.

use super::{Ran, ran};
use crate::args::Backtest;
use crate::command::backtest::page::page;
use crate::command::backtest::tests::shared;
use crate::command::replay::{Passage, forgive_clocks, recorded, strategy};
use crate::exit::Exit;
use clap::{Args as _, FromArgMatches as _};
use engine_core::config::LayoutKind;
use engine_model::venue::VenueId;
use feeds::capture::Recording;
use feeds::metadata;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn args(typed: &[&str]) -> Backtest {
    let command = Backtest::augment_args(clap::Command::new("backtest").no_binary_name(true));
    Backtest::from_arg_matches(&command.get_matches_from(typed)).expect("arguments")
}

fn over(capture: &Path, more: &[&str]) -> Result<Ran, Exit> {
    let capture = capture.to_str().expect("a path");
    let mut typed = vec!["--strategy", "imbalance_maker", "--venue", "binance-usdm", "--capture", capture];
    typed.extend(more);
    ran(&args(&typed))
}

fn capture() -> Option<PathBuf> {
    Some(shared()?.join("data/binance_usdm/cf_20210405.ndjson.zst"))
}

/// Without what the machine's clock says.
fn told(ran: &Ran) -> Value {
    let mut told = ran.json();
    for key in ["elapsed_ns", "events_per_s", "times_real_time"] {
        told.as_object_mut().and_then(|told| told.remove(key)).expect("it is told");
    }
    told
}

#[test]
fn a_run_is_the_replay_itself_and_its_money_is_the_books() {
    let Some(capture) = capture() else { return };
    let ran = over(&capture, &[]).expect("a run");
    let json = told(&ran);
    assert_eq!(json, told(&over(&capture, &[]).expect("a run")), "the same again");

    let mut config = crate::config::read(None).expect("the defaults");
    config.layout.kind = LayoutKind::Inline;
    forgive_clocks(&mut config);
    let venue = VenueId::BinanceUsdm;
    let recording = &Arc::new(Recording::read(&[&capture]).expect("a recording"));
    let instruments = &Arc::new(metadata::infer(recording, venue));
    let strategies = vec![strategy("imbalance_maker", &[], instruments).expect("a strategy")];
    let plain = Passage { config: &config, venue, instruments, strategies, journal_out: None };
    let plain = plain.run(recorded(recording, instruments, venue, false), None).expect("a replay");
    assert_eq!(json["state_hash"], plain.ended.state_hash, "nobody notices who watches");
    assert_eq!((json["fills"].as_u64(), json["orders"].as_u64()), (Some(plain.ended.fills), Some(plain.ended.orders)));

    let money = |key: &str| json["profit"][key].as_str().and_then(|text| text.parse::<f64>().ok()).expect("money");
    let profit = json["equity_final"].as_f64().expect("a number") - json["equity_start"].as_f64().expect("a number");
    assert!((profit - money("profit_usd")).abs() < 1e-6, "{profit}");
    let rounds = ["trades", "open_trades"].iter().flat_map(|key| json[*key].as_array().expect("a list"));
    let earned: f64 = rounds.map(|round| round["pnl"].as_f64().expect("a number")).sum();
    assert!((earned - profit).abs() < 1e-6, "{earned} of {profit}");
    assert!(json["trades"].as_array().expect("a list").len() > 5, "too few round trips to try it");
    assert_eq!(
        json["fills_maker"].as_u64().zip(json["fills_taker"].as_u64()).map(|(a, b)| a + b),
        json["fills"].as_u64()
    );
    assert!(
        json["metrics"]["sharpe"].is_null() && !json["metrics"]["total_return"].is_null(),
        "two minutes are no year"
    );

    for (name, value) in json["metrics"].as_object().expect("measures") {
        assert_eq!(value.is_null(), json["unknown"][name].is_string(), "{name}: {value}, {}", json["unknown"][name]);
    }
    assert_eq!(json["unknown"]["sharpe"], crate::command::backtest::unknown::SHORT);
    assert_eq!(json["unknown"]["beta"], "an account that went through the stages is held against no price");

    let (html, text) = (page(&ran.view()), ran.text());
    assert!(html.contains("Trades on the price of") && !html.contains("NaN") && !html.contains("http"), "{html}");
    assert!(text.contains("annual figures need a day") && !text.contains("NaN"), "{text}");
    assert_eq!(ran.trades().lines().count(), 1 + ran.outcome.rounds.len());
    assert_eq!(ran.equity().lines().count(), 1 + ran.outcome.time_ms.len());
}

#[test]
fn while_it_warms_up_nothing_is_filled_and_then_it_is() {
    let Some(capture) = capture() else { return };
    let (cold, warm) = (over(&capture, &[]).expect("a run"), over(&capture, &["--warm-up", "1m"]).expect("a run"));
    let begun = warm.outcome.span.expect("events").0;
    let first = |ran: &Ran| ran.outcome.rounds.iter().map(|round| round.entry_at.since(begun)).min().expect("one");
    let minute = 60 * 1_000_000_000;
    assert!(first(&cold) < minute && first(&warm) >= minute);
    assert!(warm.outcome.time_ms[0] >= ((begun.0 + minute) / 1_000_000) as i64);
    assert!(warm.ended.denied > cold.ended.denied, "it was told no");
}

#[test]
fn who_chooses_among_what_was_recorded_trades_that_and_nothing_else() {
    let Some(capture) = capture() else { return };
    let all = told(&over(&capture, &[]).expect("a run"));
    let symbols: Vec<&str> = all["symbols"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let traded = |run: &Value| -> BTreeSet<String> {
        let rounds = ["trades", "open_trades"].iter().flat_map(|key| run[*key].as_array().expect("a list"));
        rounds.map(|round| round["instrument"].as_str().expect("a name").to_owned()).collect()
    };
    let both = traded(&all);
    assert!(symbols.len() > 1 && both.len() > 1, "{symbols:?} do not try it: {both:?}");
    let one = both.first().expect("one");
    let run = told(&over(&capture, &["--symbol", one, one]).expect("a run"));
    assert_eq!((traded(&run), &run["symbols"]), (BTreeSet::from([one.clone()]), &serde_json::json!([one])));
    assert!(run["fills"].as_u64() < all["fills"].as_u64() && run["fills"].as_u64() > Some(0), "{run}");
    let exit = over(&capture, &["--symbol", "NOSUCH"]).err().expect("a refusal");
    let message = exit.message().expect("a message");
    let wanted = format!("--symbol: found NOSUCH, accepted: what the captures have in dollars: {}", symbols.join(", "));
    assert_eq!((exit.code(), message), (2, wanted));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let folder = std::env::temp_dir().join(format!("ringside-ticks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let refusal = |capture: &Path, more: &[&str]| {
        let exit = over(capture, more).err().expect("a refusal");
        (exit.code(), exit.message().expect("a message"))
    };
    let (code, message) = refusal(&folder, &[]);
    assert!(code == 2 && message.contains("found no capture in that folder, accepted: .ndjson files"), "{message}");
    let file = folder.join("a.ndjson");
    std::fs::write(&file, "").expect("a file");
    for (more, wanted) in [
        (["--params", "{\"x\": 0.5}"], "--params x: found 0.5, accepted: a whole number"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
    ] {
        let (code, message) = refusal(&file, &more);
        assert!(code == 2 && message.contains(wanted), "{code} {message}");
    }
    let (code, message) = refusal(&folder.join("b.ndjson"), &[]);
    assert!(code == 2 && message.contains("--capture: ") && message.contains("b.ndjson"), "{code} {message}");
}

#[test]
fn the_money_of_a_run_over_ticks_is_that_of_its_settings() {
    let command = Backtest::augment_args(clap::Command::new("backtest").no_binary_name(true));
    for wrong in [["--fee", "0.1"], ["--cash", "5"], ["--stop", "0.1"]] {
        let typed = ["--strategy", "x", "--venue", "okx", "--capture", "a"].iter().chain(&wrong);
        let told = command.clone().try_get_matches_from(typed).expect_err("refused").to_string();
        assert!(told.contains(wrong[0]), "{told}");
    }
    command.try_get_matches_from(["--strategy", "x", "--capture", "a"]).expect_err("whose captures?");
}
