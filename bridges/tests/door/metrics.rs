//! `/metrics` as Prometheus reads it.

use crate::client::{get, get_until};
use crate::rig::{Rig, SPOT, denial};
use bridges::Counters;
use bridges::OrderCounters;
use engine_core::execution::Anomaly;
use engine_model::refusal::Check;
use engine_ring::clock::Clock;
use std::collections::BTreeSet;

/// Name and labels of every sample; panics where the text is not in the format.
fn parse(text: &str) -> BTreeSet<String> {
    let mut families = BTreeSet::new();
    let mut samples = BTreeSet::new();
    let mut current: Option<(String, String)> = None;
    let mut help = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').expect("help text");
            assert!(words.ends_with('.'), "{line}");
            help = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(help.take().as_deref(), Some(name), "help stands before type");
            assert!(families.insert(name.to_owned()), "family {name} comes twice");
            current = Some((name.to_owned(), kind.to_owned()));
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let (name, kind) = current.as_ref().expect("help and type before the first sample");
            assert_eq!(series.split('{').next(), Some(name.as_str()), "a sample stands in its family");
            assert_eq!(kind == "counter", name.ends_with("_total"), "counters and only they end in _total: {name}");
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
            assert!(samples.insert(series.to_owned()), "sample {series} comes twice");
        }
    }
    samples
}

#[test]
fn what_the_stages_count_can_be_seen() {
    let rig = Rig::new();
    let Counters { strategy, risk, execution, venues, .. } = &rig.counters;
    strategy.intents.add(11);
    risk.cancels.add(12);
    risk.breaches[Check::Leverage as usize].add(13);
    execution.open.set(14);
    execution.anomalies[Anomaly::InvalidTransition as usize].add(15);
    venues[1].market.crossed.add(16);
    let OrderCounters::Paper(paper) = &venues[2].orders else { panic!("a paper run") };
    paper.maker_fills.add(17);
    let text = get(rig.address, "/metrics").body;
    let samples = parse(&text);
    for (series, value) in [
        ("ringside_strategy_intents_total", 11),
        ("ringside_strategy_timers_total", 0),
        ("ringside_risk_cancels_total", 12),
        ("ringside_risk_check_broken_total{check=\"LEVERAGE_EXCEEDED\"}", 13),
        ("ringside_execution_open", 14),
        ("ringside_execution_anomalies_total{anomaly=\"invalid_transition\"}", 15),
        ("ringside_execution_anomalies_total{anomaly=\"overfill\"}", 0),
        ("ringside_market_crossed_total{venue=\"binance-usdm\"}", 16),
        ("ringside_market_crossed_total{venue=\"binance-spot\"}", 0),
        ("ringside_paper_maker_fills_total{venue=\"binance-coinm\"}", 17),
    ] {
        assert!(samples.contains(series), "{series} is missing in {text}");
        assert!(text.contains(&format!("{series} {value}\n")), "{series} is not {value} in {text}");
    }
    let counters = &get(rig.address, "/api/v1/engine").json()["counters"];
    assert_eq!(counters["execution"]["open"], 14, "{counters}");
    assert_eq!(counters["anomalies"]["invalid_transition"], 15, "{counters}");
    assert_eq!(counters["venues"][1]["market"]["crossed"], 16, "{counters}");
    assert_eq!(counters["venues"][2]["paper"]["maker_fills"], 17, "{counters}");
}

#[test]
fn every_sample_stands_once_below_its_help_and_type() {
    let mut rig = Rig::new();
    parse(&get(rig.address, "/metrics").body);
    rig.book(SPOT, 42);
    rig.trade(SPOT, 1);
    rig.decide(denial(1));
    rig.portfolio(99_955);
    rig.latency();
    let answer = get_until(rig.address, "/metrics", |a| {
        a.body.contains("ringside_risk_check_broken_total{check=\"PRICE_OUTSIDE_COLLAR\"} 1\n")
            && a.body.contains("ringside_tick_to_order_samples_total 12\n")
            && a.body.contains("ringside_orders_total 12\n")
    });
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    let samples = parse(&answer.body);
    for series in [
        "ringside_book_events_total{venue=\"binance-spot\",symbol=\"BTCUSDT\"}",
        "ringside_equity_dollars",
        "ringside_ring_reader_lag_events{ring=\"report\",reader=\"strategy\"}",
        "ringside_stage_heartbeat_age_seconds{stage=\"strategy\"}",
        "ringside_stage_time_ratio{stage=\"strategy\",share=\"blocked\"}",
        "ringside_tap_missed_events_total{ring=\"market.binance-spot\",tap=\"bridge\"}",
        "ringside_tick_to_order_seconds{quantile=\"0.99\"}",
        "ringside_venue_messages_total{venue=\"binance-usdm\"}",
        "ringside_websocket_clients",
    ] {
        assert!(samples.contains(series), "{series} is missing in {}", answer.body);
    }
    assert!(answer.body.contains("ringside_tick_to_order_seconds{quantile=\"0.5\"} 0.00000024\n"), "{}", answer.body);
    assert!(answer.body.contains("ringside_fees_dollars -0.12345678\n"), "{}", answer.body);
}

#[test]
fn how_far_those_are_behind_who_follow_the_journal_is_told_by_seat_while_somebody_serves_it() {
    let rig = Rig::new();
    assert!(!get(rig.address, "/metrics").body.contains("ringside_standby_"), "nobody serves");
    assert!(get(rig.address, "/api/v1/engine").json()["followers"].is_null());
    let says = |at_ns: u64| {
        let level = r#"{"seat":1,"address":"10.0.0.2:4001","records":0,"bytes":0,"ms":0}"#;
        let late = r#"{"seat":3,"address":"10.0.0.3:4002","records":1200,"bytes":98304,"ms":250}"#;
        std::fs::write(&rig.followers, format!(r#"{{"at_ns":{at_ns},"followers":[{level},{late}]}}"#))
            .expect("written");
    };
    says(Clock::machine().now());
    let text = get(rig.address, "/metrics").body;
    let samples = parse(&text);
    for (series, value) in [
        ("ringside_standby_followers", "2"),
        ("ringside_standby_lag_records{seat=\"1\"}", "0"),
        ("ringside_standby_lag_records{seat=\"3\"}", "1200"),
        ("ringside_standby_lag_bytes{seat=\"3\"}", "98304"),
        ("ringside_standby_lag_seconds{seat=\"1\"}", "0"),
        ("ringside_standby_lag_seconds{seat=\"3\"}", "0.25"),
    ] {
        assert!(samples.contains(series), "{series} is missing in {text}");
        assert!(text.contains(&format!("{series} {value}\n")), "{series} is not {value} in {text}");
    }
    let engine = get(rig.address, "/api/v1/engine").json();
    let late = serde_json::json!(
        {"seat": 3, "address": "10.0.0.3:4002", "lag_records": 1200, "lag_bytes": 98304, "lag_ms": 250}
    );
    assert_eq!(engine["followers"][1], late);
    // Who was silent for longer tells nothing any more, rather than what was.
    says(Clock::machine().now() - 4_000_000_000);
    assert!(!get(rig.address, "/metrics").body.contains("ringside_standby_"));
    assert!(get(rig.address, "/api/v1/engine").json()["followers"].is_null());
    std::fs::remove_file(&rig.followers).expect("there");
}
