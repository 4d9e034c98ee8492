//! Every route's answer, as text that does not change unless somebody means it to (`UPDATE_GOLDEN=1` rewrites).

use crate::client::{Answer, get, get_until, get_with};
use crate::rig::{NOW, Rig, SPOT, USDM, denial, fill, instruments, loss_of_the_day, report, sold};
use bridges::VenueState;
use engine_model::instrument::Name;
use engine_model::market::{BookState, Level, MarketChange, Side};
use engine_model::order::{ClientOrderId, OrderEvent, OrderStatus};
use engine_model::payment::{Payment, PaymentKind};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use serde_json::{Value, json};
use std::path::Path;

/// Compares with the golden file of that name.
pub(crate) fn check(name: &str, mut found: Value) {
    // Machine time: the one thing the test cannot set.
    if let Some(stages) = found.get_mut("stages").and_then(Value::as_array_mut) {
        for stage in stages {
            assert!(stage["heartbeat_age_ns"].as_u64().is_some_and(|age| age > 0), "{stage}");
            stage["heartbeat_age_ns"] = json!(0);
        }
    }
    if let Some(door) = found.get_mut("door") {
        door["requests"] = json!(0);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/door/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = serde_json::to_string_pretty(&found).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let expected: Value = serde_json::from_str(&text).expect("golden JSON");
    assert_eq!(found, expected, "{name}: if this is meant, run again with UPDATE_GOLDEN=1");
}

/// A rig in the middle of a run, seen by the door.
pub(crate) fn busy_rig() -> Rig {
    busy(Rig::new())
}

/// The same of a rig that was made otherwise.
pub(crate) fn busy(mut rig: Rig) -> Rig {
    rig.book(SPOT, 42);
    rig.publish(USDM, MarketChange::Mark { px: Ticks(618_340) });
    rig.publish(
        USDM,
        MarketChange::Funding { rate_e8: -12_345, next_at_ns: Nanos(NOW.0 + Nanos::SECOND), interval_s: 28_800 },
    );
    for trade_id in 1..=3 {
        rig.trade(SPOT, trade_id);
    }
    rig.decide(denial(4));
    rig.decide(loss_of_the_day());
    rig.portfolio(99_955);
    rig.latency();
    get_until(rig.address, "/api/v1/market/orderbook/BTCUSDT", |a| a.json()["update_id"] == 42);
    get_until(rig.address, "/api/v1/market/trades/BTCUSDT", |a| a.json()["trades"][2]["trade_id"] == 3);
    get_until(rig.address, "/api/v1/portfolio/performance", |a| a.json()["tick_to_order_ns"]["samples"] == 12);
    get_until(rig.address, "/api/v1/risk/limits", |a| a.json()["trading_state_set_by"] == "DAILY_LOSS");
    rig
}

fn check_route(rig: &Rig, path: &str, name: &str) -> Answer {
    let answer = get(rig.address, path);
    assert_eq!(answer.status, 200, "{}", answer.body);
    check(name, answer.json());
    answer
}

#[test]
fn each_route_answers_what_its_golden_file_says() {
    let rig = busy_rig();
    check_route(&rig, "/api/v1/market/orderbook/BTCUSDT", "orderbook.json");
    check_route(&rig, "/api/v1/market/trades/BTCUSDT.binance-spot?limit=2", "trades.json");
    check_route(&rig, "/api/v1/portfolio/positions", "positions.json");
    check_route(&rig, "/api/v1/portfolio/performance", "performance.json");
    check_route(&rig, "/api/v1/portfolio/attribution", "attribution_flat.json");
    check_route(&rig, "/api/v1/risk/limits", "limits.json");
    check_route(&rig, "/api/v1/engine", "engine.json");
    check_route(&rig, "/health", "health.json");
}

#[test]
fn a_position_says_what_stands_behind_it_or_why_that_is_not_known() {
    let mut rig = busy_rig();
    let path = "/api/v1/portfolio/positions";
    let untold = get(rig.address, path).json()["positions"][0].clone();
    let why = "the books hold another quantity: not all reports are in";
    assert_eq!([&untold["liquidation_reason"], &untold["margin_reason"]], [why, why]);
    assert_eq!([&untold["liquidation_px"], &untold["initial_margin"], &untold["stop_px"]], [&Value::Null; 3]);
    let asked = get(rig.address, path);
    rig.report(sold(2, 9));
    let told = get_until(rig.address, path, |answer| answer.json()["positions"][0]["liquidation_px"].is_string());
    let tag = |answer: &Answer| answer.head.lines().find(|line| line.starts_with("etag:")).map(str::to_owned);
    assert!(tag(&asked).is_some() && tag(&asked) != tag(&told), "an order changed, so the answer is another");
    let position = told.json()["positions"][0].clone();
    // 0.05 at 61834: 3091.70, by the first step of the table 1/125 and 4/1000 of that.
    assert_eq!([&position["initial_margin"], &position["maintenance_margin"]], ["24.7336", "12.3668"]);
    // At the second step, where it is by then: 100000 less the fee, the 3091.70 that it was sold for and the step's 50 less,
    // over 0.05 and 5/1000 more.
    assert_eq!(position["liquidation_px"], "2052571.2");
    assert!(position["stop_px"].is_null());
    assert_eq!(position["stop_reason"], "no stop order of this run stands");
    assert_eq!([&position["strategies"], &position["stops"]], [&json!(["sma_cross"]), &json!([])]);
    assert_eq!(position["opened_at_ns"], NOW.0);
}

#[test]
fn what_is_unknown_is_null_before_the_engine_has_spoken() {
    let rig = Rig::new();
    check_route(&rig, "/api/v1/market/orderbook/BTCUSD_PERP", "orderbook_unknown.json");
    check_route(&rig, "/api/v1/portfolio/performance", "performance_unknown.json");
    check_route(&rig, "/api/v1/risk/limits", "limits_unknown.json");
    let positions = get(rig.address, "/api/v1/portfolio/positions").json();
    assert_eq!(positions, json!({"at_ns": null, "complete": true, "positions": []}));
}

/// A purchase two ticks below the best ask; reports that came later say that the market went on, for a minute.
#[test]
fn what_executions_have_cost_is_told_once_the_market_went_on() {
    let mut rig = Rig::new();
    let path = "/api/v1/portfolio/costs";
    let top = |bid| {
        let level = |px| Level { px: Ticks(px), qty: Lots(1) };
        MarketChange::Top { bid: level(bid), ask: level(bid + 2), imbalance_bps: 0 }
    };
    rig.publish(USDM, MarketChange::Book(BookState::Synced));
    rig.publish(USDM, top(618_338));
    rig.trade(USDM, 1);
    get_until(rig.address, "/api/v1/market/trades/BTCUSDT.binance-usdm", |a| a.json()["trades"][0]["trade_id"] == 1);
    rig.report(fill(1, 9));
    for seconds in [2, 62] {
        rig.report(Report { received_at_ns: NOW.plus(seconds * Nanos::SECOND), ..report(2, OrderStatus::Accepted) });
    }
    get_until(rig.address, path, |a| !a.json()["by_venue"][0]["markout_1s"].is_null());
    check_route(&rig, path, "costs.json");
}

/// A short of 0.05 at 61,834 in a market that falls by 100, with a fee and funding.
#[test]
fn the_profit_is_told_in_parts_that_add_up() {
    let mut rig = Rig::new();
    rig.portfolio(99_955);
    rig.report(Report { side: Side::Sell, ..fill(1, 9) });
    let asset = instruments().asset(Name::new("USDT").expect("short")).expect("of the run");
    let funding = Payment { kind: PaymentKind::Funding, asset, amount: Quote(30_000_000) };
    rig.report(Report { client_order_id: ClientOrderId(0), event: OrderEvent::Paid(funding), ..fill(1, 9) });
    get_until(rig.address, "/api/v1/portfolio/attribution", |a| a.json()["parts"]["funding"] == "0.30");
    rig.publish(USDM, MarketChange::Mark { px: Ticks(617_340) });
    get_until(rig.address, "/api/v1/portfolio/attribution", |a| a.json()["parts"]["price"] == "5.00");
    check_route(&rig, "/api/v1/portfolio/attribution", "attribution.json");
}

#[test]
fn the_book_is_cut_at_the_depth_asked_for() {
    let rig = busy_rig();
    let book = get(rig.address, "/api/v1/market/orderbook/BTCUSDT?depth=1").json();
    assert_eq!(book["bids"], json!([["61837.63", "1.00000"]]));
    assert_eq!(book["asks"], json!([["61837.64", "2.00000"]]));
}

#[test]
fn a_lost_book_shows_no_price_even_while_its_last_snapshot_is_older() {
    let mut rig = busy_rig();
    rig.publish(SPOT, MarketChange::Book(BookState::Lost));
    let lost = get_until(rig.address, "/api/v1/market/orderbook/BTCUSDT", |a| a.json()["state"] == "lost").json();
    assert_eq!((&lost["bids"], &lost["update_id"], &lost["top"]), (&json!([]), &Value::Null, &Value::Null));
    // A snapshot from before the loss arrives late: its time is 4 ms earlier.
    rig.book(SPOT, 43);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(get(rig.address, "/api/v1/market/orderbook/BTCUSDT").json()["state"], "lost");
}

#[test]
fn the_top_is_newer_than_the_levels() {
    let mut rig = busy_rig();
    let (bid, ask) = (Level { px: Ticks(6_183_000), qty: Lots(7) }, Level::default());
    rig.publish(SPOT, MarketChange::Top { bid, ask, imbalance_bps: 10_000 });
    let book =
        get_until(rig.address, "/api/v1/market/orderbook/BTCUSDT", |a| a.json()["top"]["imbalance_bps"] == 10_000);
    assert_eq!(book.json()["top"]["bid_px"], "61830.00");
    assert_eq!(book.json()["top"]["ask_px"], Value::Null, "nobody sells");
}

#[test]
fn who_shows_the_tag_that_he_has_is_told_when_something_is_new() {
    let mut rig = busy_rig();
    let tag = |answer: &Answer| {
        let line = answer.head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
        format!("If-None-Match: {}\r\n", line.replace("w/", "W/"))
    };
    let path = "/api/v1/market/orderbook/BTCUSDT";
    let had = tag(&get(rig.address, path));
    let again = get_with(rig.address, path, &had);
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(get_with(rig.address, &format!("{path}?depth=1"), &had).status, 200, "another question");
    assert_eq!(get_with(rig.address, "/api/v1/market/orderbook/BTCUSDT.binance-usdm", &had).status, 200);
    rig.book(SPOT, 43);
    get_until(rig.address, path, |answer| answer.json()["update_id"] == 43);
    assert_eq!(get_with(rig.address, path, &had).status, 200);

    let path = "/api/v1/portfolio/positions";
    let had = tag(&get(rig.address, path));
    assert_eq!(get_with(rig.address, path, &had).status, 304);
    rig.portfolio(99_000);
    get_until(rig.address, path, |answer| tag(answer) != had);
}

#[test]
fn a_symbol_is_found_by_itself_with_its_venue_or_with_a_query() {
    let rig = busy_rig();
    let venue = |path: &str| get(rig.address, &format!("/api/v1/market/orderbook/{path}")).json()["venue"].clone();
    assert_eq!(venue("BTCUSDT"), "binance-spot", "the first that has it");
    assert_eq!(venue("BTCUSDT?venue=binance-usdm"), "binance-usdm");
    assert_eq!(venue("BTCUSDT.binance-usdm"), "binance-usdm");
    assert_eq!(venue("BTCUSDT.binance-usdm?venue=binance-usdm"), "binance-usdm");
}

#[test]
fn wrong_questions_are_refused_with_what_was_found_and_what_would_do() {
    let rig = Rig::new();
    let cases = [
        ("/api/v1/market/orderbook/DOGEUSDT", 404, "unknown_symbol", "DOGEUSDT"),
        ("/api/v1/market/trades/BTCUSDT.binance-coinm", 404, "unknown_symbol", "BTCUSDT.binance-coinm"),
        ("/api/v1/market/orderbook/BTCUSDT?venue=nasdaq", 400, "bad_query", "nasdaq"),
        ("/api/v1/market/orderbook/BTCUSDT.binance-usdm?venue=binance-spot", 400, "bad_query", "binance-spot"),
        ("/api/v1/market/orderbook/BTCUSDT?depth=21", 400, "bad_query", "depth=21"),
        ("/api/v1/market/trades/BTCUSDT?limit=0", 400, "bad_query", "limit=0"),
        ("/api/v1/market/trades/BTCUSDT?limits=5", 400, "bad_query", "limits"),
        ("/api/v1/portfolio/positions?x=1", 400, "bad_query", "x"),
        ("/api/v2/nothing", 404, "no_such_route", "/api/v2/nothing"),
        ("/api/v1/market/orderbook/", 404, "no_such_route", "/api/v1/market/orderbook/"),
        ("/ws/market-data/DOGEUSDT", 404, "unknown_symbol", "DOGEUSDT"),
    ];
    for (path, status, code, found) in cases {
        let answer = get(rig.address, path);
        let error = answer.error();
        assert_eq!((answer.status, &error["code"], &error["found"]), (status, &json!(code), &json!(found)), "{path}");
    }
    let known = get(rig.address, "/api/v1/market/orderbook/DOGEUSDT").error()["expected"].clone();
    assert_eq!(known, json!(["BTCUSDT.binance-spot", "BTCUSDT.binance-usdm", "BTCUSD_PERP.binance-coinm"]));
    let bad_text = get(rig.address, "/api/v1/market/orderbook/%ff");
    assert_eq!((bad_text.status, &bad_text.error()["code"]), (400, &json!("bad_path")));
}

#[test]
fn streams_that_do_not_come_are_named_by_instrument() {
    let rig = Rig::new();
    let told = get(rig.address, "/api/v1/market/venues").json()["venues"][1]["instruments"][0].clone();
    let streams = ["silent_streams", "quiet_streams", "rejected_streams"].map(|field| told[field].clone());
    assert_eq!(
        (told["symbol"].as_str(), streams),
        (Some("BTCUSDT"), [json!(["mark"]), json!(["trade"]), json!(["book"])])
    );
    let health = ["score", "message_rate", "clock_offset_us"].map(|field| told[field].clone());
    assert_eq!(health, [json!(80), json!(12), json!(-1_500)]);
    let venue = get(rig.address, "/api/v1/engine").json()["venues"][1].clone();
    let health = ["score_min", "message_rate", "clock_offset_us"].map(|field| venue[field].clone());
    assert_eq!(health, [json!(80), json!(34), json!(-1_500)]);
    let metrics = get(rig.address, "/metrics").body;
    for sample in [
        "ringside_book_score{venue=\"binance-usdm\",symbol=\"BTCUSDT\"} 80\n",
        "ringside_instrument_messages_per_second{venue=\"binance-usdm\",symbol=\"BTCUSDT\"} 12\n",
        "ringside_clock_offset_seconds{venue=\"binance-usdm\",symbol=\"BTCUSDT\"} -0.0015\n",
        "ringside_stream_missing{venue=\"binance-usdm\",symbol=\"BTCUSDT\",stream=\"mark\",state=\"silent\"} 1\n",
    ] {
        assert!(metrics.contains(sample), "{sample} is missing in {metrics}");
    }
}

#[test]
fn health_is_503_with_reasons_when_a_venue_is_not_synced() {
    let rig = Rig::new();
    assert_eq!(get(rig.address, "/health").status, 200);
    rig.venues.lock().expect("whole")[1].state = VenueState::Stale;
    let answer = get(rig.address, "/health");
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["status"], "degraded");
    assert_eq!(answer.json()["reasons"], json!(["venue binance-usdm is stale"]));
}

#[test]
fn health_is_503_when_a_stage_stands_still() {
    let mut rig = Rig::new();
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let reasons = get(rig.address, "/health").json()["reasons"].to_string();
    assert!(reasons.contains("stage strategy was last alive"), "{reasons}");
    // One turn in some is timed, and beats.
    for _ in 0..100_000 {
        rig.crank.turn();
    }
    assert_eq!(get(rig.address, "/health").status, 200);
}

#[test]
fn ages_follow_the_engines_clock() {
    let mut rig = busy_rig();
    let age = |rig: &Rig| get(rig.address, "/api/v1/market/orderbook/BTCUSDT").json()["age_ns"].clone();
    assert_eq!(age(&rig), json!(5_000_000));
    rig.clock.set(NOW.0 + 1_000_000);
    assert_eq!(age(&rig), json!(6_000_000));
}

#[test]
fn the_front_page_names_every_instrument_and_runs_nothing() {
    let rig = Rig::new();
    let page = get(rig.address, "/");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-type: text/html"), "{}", page.head);
    assert!(page.body.contains("/api/v1/market/orderbook/BTCUSD_PERP.binance-coinm"));
    assert!(!page.body.contains("<script"));
}

#[test]
fn every_answer_carries_the_headers_that_keep_browsers_out() {
    let rig = Rig::new();
    for answer in
        [get(rig.address, "/"), get(rig.address, "/nothing"), get_with(rig.address, "/", "Origin: http://x\r\n")]
    {
        for line in [
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "default-src 'none'",
            "cache-control: no-store",
        ] {
            assert!(answer.head.contains(line), "{line} is missing in {}", answer.head);
        }
        assert!(!answer.head.contains("access-control"), "{}", answer.head);
    }
}

#[test]
fn decisions_that_the_pump_missed_are_told_and_their_checks_are_counted_all_the_same() {
    let mut rig = Rig::new();
    let mut wished = 0;
    let missed = loop {
        for _ in 0..1_000 {
            wished += 1;
            rig.decide(denial(wished));
        }
        let missed = get(rig.address, "/api/v1/risk/limits").json()["missed"].as_u64().expect("a number");
        if missed > 0 {
            break missed;
        }
        assert!(wished < 1_000_000, "the pump is never lapped");
    };
    let all_read = |a: &Answer| a.json()["rings"][3]["taps"][0]["lag"] == 0;
    let tap = get_until(rig.address, "/api/v1/engine", all_read).json()["rings"][3].clone();
    assert_eq!((&tap["name"], tap["taps"][0]["missed"].as_u64() >= Some(missed)), (&json!("order"), true));
    let limits = get(rig.address, "/api/v1/risk/limits").json();
    assert_eq!(limits["missed"], tap["taps"][0]["missed"], "what `denied` may lack");
    assert_eq!(limits["broken"][0]["orders"], wished, "risk itself has counted them");
}
