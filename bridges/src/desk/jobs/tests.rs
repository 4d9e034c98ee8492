//! What may be asked, and the words that our program is called with.

use super::past::Stock;
use super::work::{TRIALS_MAX, fault, usual_search};
use super::*;
use crate::door::dto::{JobPast, JobTerms, NewBackfill, NewBacktest};
use crate::store::history::Series;
use crate::store::history::kind::Kind;
use serde_json::{Value, json};

const DATA: &str = "bybit:linear:BTCUSDT";

fn stock() -> Stock {
    let series = |kind| Series {
        venue: "bybit".to_owned(),
        symbol: "linear:BTCUSDT".to_owned(),
        kind: Kind::parse(kind).expect("a kind"),
    };
    Stock::of(&["candles-15m", "candles-1d", "trades"].map(series))
}

fn work(value: Value) -> JobWork {
    serde_json::from_value(value).expect("a job")
}

fn backtest(set: Value) -> JobWork {
    let mut asked = json!({ "kind": "backtest", "strategy": "sma_cross", "past": { "data": DATA } });
    for (key, value) in set.as_object().expect("an object") {
        asked[key] = value.clone();
    }
    work(asked)
}

fn search(set: Value) -> JobWork {
    let mut asked = json!({ "kind": "optimize", "strategy": "sma_cross", "method": "grid", "past": { "data": DATA },
        "space": { "fast": [5, 10], "slow": { "min": 20, "max": 40, "step": 10 } } });
    for (key, value) in set.as_object().expect("an object") {
        asked[key] = value.clone();
    }
    work(asked)
}

fn backfill(set: Value) -> JobWork {
    let mut asked =
        json!({ "kind": "backfill", "venue": "bybit", "symbol": "linear:BTCUSDT", "candles": "1h", "days": 3 });
    for (key, value) in set.as_object().expect("an object") {
        asked[key] = value.clone();
    }
    work(asked)
}

#[track_caller]
fn refused(work: &JobWork, what: &str, accepted: &str) {
    let error = work.check(&stock()).expect_err("refused").to_string();
    assert!(error.starts_with(&format!("{what}: found ")) && error.contains(accepted), "{error}");
}

#[test]
fn what_cannot_be_done_is_refused_by_name_before_it_waits() {
    for good in [
        backtest(json!({})),
        search(json!({})),
        backfill(json!({})),
        JobWork::Report,
        JobWork::Snapshot,
        JobWork::Backup,
    ] {
        good.check(&stock()).expect("it can be done");
    }
    refused(&backtest(json!({ "strategy": "sma_corss" })), "strategy", "nearest: sma_cross, ");
    refused(&backtest(json!({ "params": { "fats": 5 } })), "params", "fats");
    refused(&backtest(json!({ "past": { "data": "okx:BTC-USDT" } })), "past.data", DATA);
    refused(&backtest(json!({ "past": { "data": "../../etc/passwd" } })), "past.data", DATA);
    refused(&backtest(json!({ "past": { "data": DATA, "timeframe": "5m" } })), "past.timeframe", "15m, 1d");
    refused(&backtest(json!({ "past": { "data": DATA, "timeframe": "--json" } })), "past.timeframe", "15m, 1d");
    refused(&backtest(json!({ "past": { "data": DATA, "from_ns": 9, "to_ns": 9 } })), "past.from_ns", "before to_ns");
    refused(&backtest(json!({ "terms": { "fee": 0.6 } })), "fee", "0 to 0.5");
    refused(&backtest(json!({ "terms": { "cash": 0 } })), "cash", "above 0");
    refused(&search(json!({ "space": {} })), "space", "at least one");
    refused(&search(json!({ "method": "gird" })), "method", "grid, random");
    refused(&search(json!({ "objective": "sharp" })), "objective", "sharpe");
    refused(&search(json!({ "trials": 5 })), "trials", "a grid tries every point");
    refused(&search(json!({ "method": "tpe", "trials": TRIALS_MAX + 1 })), "trials", "1 to 10000");
    let large = json!({ "fast": { "min": 1, "max": 101, "step": 1 }, "slow": { "min": 1, "max": 100, "step": 1 } });
    refused(&search(json!({ "space": large.clone() })), "points of the space", "1 to 10000");
    search(json!({ "space": large, "where": ["fast < slow"] })).check(&stock()).expect("half of them");
    refused(&search(json!({ "where": ["fast << slow"] })), "where", "`fast < slow`");
    refused(&search(json!({ "where": ["fast < slo"] })), "where", "nearest: slow");
    refused(&search(json!({ "where": ["fast < slow", "fast > 100"] })), "where", "at least one");
    refused(&search(json!({ "where": vec!["fast < slow"; 17] })), "where", "at most 16 conditions");
    let momentum = |set: Value| {
        let mut asked = json!({ "strategy": "momentum", "space": { "lookback": [5, 10], "enter_bps": [20, 50] } });
        asked.as_object_mut().expect("an object").extend(set.as_object().expect("an object").clone());
        search(asked)
    };
    momentum(json!({})).check(&stock()).expect("through every stage");
    backtest(json!({ "strategy": "grid", "params": { "levels": 3 } })).check(&stock()).expect("through every stage");
    let lives_on = |name: &str, what: &str| refused(&backtest(json!({ "strategy": name })), "strategy", what);
    lives_on("pairs", "what candles tell, and not on several instruments");
    lives_on("imbalance_maker", "what candles tell, and not on how much stands");
    lives_on("momentun", "nearest: momentum, ");
    lives_on("config/scripts/sma_cross.rhai", "a job names no file");
    refused(&momentum(json!({ "space": { "lokback": [5] } })), "space", "nearest: lookback");
    refused(&momentum(json!({ "space": { "lookback": [5.5] } })), "space", "a whole number from 1 to 1000");
    refused(&momentum(json!({ "where": ["lookbak > 5"] })), "where", "nearest: lookback");
    let exits = json!({ "enter_bps": [20, 50], "exit_bps": [10, 30] });
    refused(&momentum(json!({ "space": exits.clone() })), "space", "`exit_bps` must be below `enter_bps`");
    momentum(json!({ "space": exits, "where": ["exit_bps < enter_bps"] })).check(&stock()).expect("three of four");
    refused(&momentum(json!({ "terms": { "units": 2 } })), "units", "sizes itself by its parameters");
    let wrong = json!({ "strategy": "momentum", "params": { "enter_bps": 0 } });
    refused(&backtest(wrong), "params", "a whole number from 1 to 10000");
    refused(&backfill(json!({ "venue": "bibyt" })), "venue", "bybit");
    refused(&backfill(json!({ "symbol": "BTC USDT;rm" })), "symbol", "own spelling");
    refused(&backfill(json!({ "candles": "1x" })), "candles", "1h");
    refused(&backfill(json!({ "from_ns": 5 })), "from_ns, days", "one of them");
    refused(&backfill(json!({ "days": null })), "from_ns, days", "one of them");
    refused(&backfill(json!({ "days": 0 })), "days", "1 to 3660");
    for unknown in [json!({ "out": "/etc/passwd" }), json!({ "input": "/etc/passwd" }), json!({ "json": true })] {
        let mut asked = json!({ "kind": "backtest", "strategy": "sma_cross", "past": { "data": DATA } });
        asked.as_object_mut().expect("an object").extend(unknown.as_object().expect("an object").clone());
        assert!(serde_json::from_value::<JobWork>(asked).is_err(), "{unknown}");
    }
}

#[test]
fn our_program_is_called_with_one_word_for_each_thing_and_no_other() {
    let (history, venues) = (Path::new("history"), Path::new("jobs/venues.toml"));
    let now = Nanos(1_769_817_600_000_000_000);
    let args = |work: &JobWork| work.args(history, venues, now).expect("a call");
    let of = backtest(json!({ "params": { "fast": 5 }, "terms": { "fee": 0.001, "units": 2 },
        "past": { "data": DATA, "timeframe": "4h", "from_ns": 1_769_817_600_000_000_000_u64 } }));
    assert_eq!(
        args(&of),
        [
            "backtest",
            "--strategy=sma_cross",
            "--store=history",
            "--params={\"fast\":5.0}",
            "--data=bybit:linear:BTCUSDT",
            "--tf=4h",
            "--from=2026-01-31T00:00:00.000000000Z",
            "--fee=0.001",
            "--sizing=[\"units\", 2]",
            "--json",
        ]
    );
    let of = search(json!({
        "walk_forward": { "train": 60, "test": 20 }, "seed": 9, "objective": "-max_drawdown", "where": ["fast < slow", "slow != 30"],
    }));
    assert_eq!(
        args(&of),
        [
            "optimize",
            "--strategy=sma_cross",
            "--store=history",
            "--space={\"fast\":[5.0,10.0],\"slow\":{\"min\":20.0,\"max\":40.0,\"step\":10.0}}",
            "--where=fast < slow",
            "--where=slow != 30",
            "--method=grid",
            "--objective=-max_drawdown",
            "--seed=9",
            "--walk-forward={\"train\": 60, \"test\": 20}",
            "--data=bybit:linear:BTCUSDT",
            "--tf=1h",
            "--sizing=[\"allin\"]",
            "--json",
        ]
    );
    let staged = args(&backtest(json!({ "strategy": "grid", "terms": { "cash": 1000, "fee": 0.001 } })));
    let wanted = ["backtest", "--strategy=grid", "--store=history", "--params={}", "--data=bybit:linear:BTCUSDT"];
    assert_eq!(staged, [&wanted[..], &["--tf=1h", "--cash=1000", "--fee=0.001", "--json"]].concat());
    assert!(args(&search(json!({ "method": "tpe" }))).contains(&"--trials=100".to_owned()));
    assert_eq!(
        args(&backfill(json!({}))),
        [
            "data",
            "backfill",
            "--store=history",
            "--venue=bybit",
            "--symbol=linear:BTCUSDT",
            "--kind=candles",
            "--interval=1h",
            "--from=2026-01-28T00:00:00.000000000Z",
            "--config=jobs/venues.toml",
            "--json",
        ]
    );
    assert_eq!((JobWork::Report.args(history, venues, now), JobWork::Backup.args(history, venues, now)), (None, None));
}

#[test]
fn days_back_are_counted_from_when_it_is_begun_or_from_where_it_ends() {
    let now = Nanos(1_769_904_000_000_000_000);
    let (history, venues) = (Path::new("history"), Path::new("jobs/venues.toml"));
    let work = |past: serde_json::Value| {
        let mut past = past;
        past["data"] = json!(DATA);
        let of = json!({ "strategy": "sma_cross", "past": past });
        JobWork::Backtest(serde_json::from_value(of).expect("a body"))
    };
    let from = |work: &JobWork| {
        let args = work.args(history, venues, now).expect("a process");
        args.into_iter().find(|word| word.starts_with("--from="))
    };
    let thirty = work(json!({ "days": 30 }));
    thirty.check(&stock()).expect("it can be done");
    assert_eq!(from(&thirty).as_deref(), Some("--from=2026-01-02T00:00:00.000000000Z"));
    let ended = work(json!({ "days": 1, "to_ns": 1_769_817_600_000_000_000_u64 }));
    assert_eq!(from(&ended).as_deref(), Some("--from=2026-01-30T00:00:00.000000000Z"));
    assert_eq!(from(&work(json!({}))), None, "all there is");
    for wrong in [json!({ "days": 0 }), json!({ "days": 3_661 }), json!({ "days": 3, "from_ns": 7 })] {
        let why = fault(&work(wrong.clone())).unwrap_or_else(|| panic!("{wrong}"));
        assert!(why.contains("past.days"), "{why}");
    }
}

#[test]
fn a_usual_search_stays_around_the_defaults_and_can_be_done() {
    let past = || JobPast { data: DATA.to_owned(), timeframe: "1h".to_owned(), from_ns: None, to_ns: None, days: None };
    for strategy in ["sma_cross", "rsi_macd", "bollinger_reversion", "donchian", "momentum", "grid", "streak"] {
        let search = usual_search(strategy, past()).expect("a strategy");
        search.check(&stock()).expect("it can be done");
        let JobWork::Optimize(of) = search else { panic!("another job") };
        assert_eq!(of.method == "grid", of.trials.is_none(), "{strategy}");
    }
    assert!(usual_search("maker", past()).is_err());
    let JobWork::Optimize(of) = usual_search("momentum", past()).expect("a strategy") else { panic!("another job") };
    assert_eq!(of.space.keys().collect::<Vec<_>>(), ["enter_bps", "exit_bps", "lookback", "slow_factor"]);
}

#[test]
fn what_is_kept_is_read_again() {
    let terms = JobTerms { fee: Some(0.001), ..JobTerms::default() };
    let past = JobPast { data: DATA.to_owned(), timeframe: "1h".to_owned(), from_ns: Some(7), to_ns: None, days: None };
    let params = [("fast".to_owned(), 5.5)].into();
    let all = [
        JobWork::Backtest(NewBacktest { strategy: "sma_cross".to_owned(), params, past, terms }),
        search(json!({ "walk_forward": { "train": 60, "test": 20 } })),
        JobWork::Backfill(NewBackfill {
            venue: "bybit".to_owned(),
            symbol: "linear:BTCUSDT".to_owned(),
            candles: None,
            from_ns: Some(1),
            to_ns: None,
            days: None,
        }),
        JobWork::Report,
        JobWork::Snapshot,
        JobWork::Backup,
    ];
    for work in all {
        let text = serde_json::to_string(&work).expect("JSON");
        assert_eq!(serde_json::from_str::<JobWork>(&text).expect("as it was written"), work, "{text}");
    }
}

#[test]
fn figures_are_those_that_people_ask_for_first() {
    let found = json!({ "metrics": { "sharpe": 1.5, "trades": 7, "sortino": null }, "equity_final": 1001.5 });
    let figures = backtest(json!({})).figures(&found);
    let of = |name: &str| figures.iter().find(|figure| figure.name == name).expect("a figure").value;
    assert_eq!((of("sharpe"), of("trades"), of("sortino")), (Some(1.5), Some(7.0), None));
    assert_eq!(of("final_equity"), Some(1001.5), "of either way");
    let found = json!({ "best": { "objective": 1.2, "params": { "fast": 5 } }, "pbo": 0.25 });
    let figures = search(json!({})).figures(&found);
    let of = |name: &str| figures.iter().find(|figure| figure.name == name).expect("a figure").value;
    assert_eq!(
        (of("objective"), of("fast"), of("pbo"), of("deflated_sharpe")),
        (Some(1.2), Some(5.0), Some(0.25), None)
    );
}
