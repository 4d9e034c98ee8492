//! What the door of a running engine answers, and that nobody who stands in it holds up the trading.

use crate::client::{PATIENCE, Stream, connect, get, get_until};
use crate::demo::{Demo, Ended};
use serde_json::Value;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Value of a sample of `/metrics`; panics where the text is not in the Prometheus format.
pub(crate) fn metric(address: SocketAddr, series: &str) -> f64 {
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    let mut found = None;
    for line in answer.body.lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        let value: f64 = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(value.is_finite(), "{line}");
        if name == series {
            found = Some(value);
        }
    }
    found.unwrap_or_else(|| panic!("{series} is missing in {}", answer.body))
}

fn number(value: &Value, pointer: &str) -> u64 {
    let found = value.pointer(pointer).and_then(Value::as_u64);
    found.unwrap_or_else(|| panic!("{pointer} is no number in {value}"))
}

/// Prices as text, so that no digit is lost on the way.
fn is_price(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<f64>().is_ok_and(|px| px > 0.0))
}

/// Money as printed, in units of 1e-8: a sum of texts must be exact.
fn units(money: &Value) -> i64 {
    let text = money.as_str().unwrap_or_else(|| panic!("no money: {money}"));
    let (whole, fraction) = text.split_once('.').unwrap_or_else(|| panic!("no decimals: {text}"));
    format!("{whole}{fraction:0<8}").parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn sum_of(parts: &Value) -> i64 {
    parts.as_object().into_iter().flat_map(|parts| parts.values()).map(units).sum()
}

#[test]
fn every_route_answers_with_what_is_true_now() {
    let demo = Demo::start(&[]);
    let door = demo.door;
    for symbol in ["BTCUSDT.binance-spot", "BTCUSDT.binance-usdm", "BTC-USD-SWAP.okx"] {
        let path = format!("/api/v1/market/orderbook/{symbol}");
        let book = get_until(door, &path, |book| book["state"] == "synced" && book["update_id"].is_u64());
        assert!(is_price(&book["bids"][0][0]) && is_price(&book["asks"][0][1]), "{book}");
        assert!(is_price(&book["top"]["bid_px"]) && is_price(&book["top"]["ask_px"]), "{book}");
        let before = number(&book, "/update_id");
        get_until(door, &path, |book| book["update_id"].as_u64() > Some(before));
        let path = format!("/api/v1/market/trades/{symbol}");
        let last = |trades: &Value| trades["trades"].as_array().and_then(|t| t.last()?["trade_id"].as_u64());
        let before = last(&get_until(door, &path, |trades| last(trades).is_some()));
        let trades = get_until(door, &path, |trades| last(trades) > before);
        assert!(is_price(&trades["trades"][0]["px"]) && is_price(&trades["trades"][0]["qty"]), "{trades}");
    }
    let health = get_until(door, "/health", |health| health["status"] == "ok");
    assert_eq!(health["reasons"], Value::Array(Vec::new()));

    let traded = |performance: &Value| performance["fills"].as_u64() > Some(0);
    let performance = get_until(door, "/api/v1/portfolio/performance", traded);
    assert!(is_price(&performance["equity_usd"]) && number(&performance, "/orders") > 0, "{performance}");
    let before = number(&performance, "/orders");
    get_until(door, "/api/v1/portfolio/performance", |now| now["orders"].as_u64() > Some(before));
    let held = |positions: &Value| positions["positions"].as_array().is_some_and(|list| !list.is_empty());
    let positions = get_until(door, "/api/v1/portfolio/positions", held);
    assert!(positions["positions"][0]["symbol"].is_string(), "{positions}");
    let earned = get_until(door, "/api/v1/portfolio/attribution", |told| !told["by_strategy"][0].is_null());
    assert!(earned["adds_up"] == true && earned["complete"] == true, "{earned}");
    assert_eq!(sum_of(&earned["parts"]), units(&earned["profit_usd"]), "{earned}");
    let rows = ["by_strategy", "by_venue", "by_instrument"].map(|by| earned[by].as_array().expect("rows"));
    for rows in rows {
        assert_eq!(rows.iter().map(|row| sum_of(&row["parts"])).sum::<i64>(), units(&earned["profit_usd"]), "{earned}");
    }
    let limits = get(door, "/api/v1/risk/limits").json();
    assert_eq!(limits["trading_state"], "ACTIVE", "{limits}");
    let names: Vec<&str> =
        limits["limits"].as_array().expect("a list").iter().filter_map(|l| l["name"].as_str()).collect();
    assert!(names.contains(&"order_notional_max_usd") && names.len() >= 40, "{names:?}");

    let series = "ringside_venue_messages_total{venue=\"binance-usdm\"}";
    let before = metric(door, series);
    std::thread::sleep(Duration::from_millis(300));
    assert!(before > 0.0 && metric(door, series) > before, "messages stand still at {before}");

    let unknown = get(door, "/api/v1/market/orderbook/DOGEUSDT");
    assert_eq!((unknown.status, &unknown.json()["error"]["found"]), (404, &Value::from("DOGEUSDT")));
    assert_eq!(get(door, "/api/v1/orders").status, 404, "there is no order entry");
    demo.terminate();
    demo.end().ran.json();
}

#[test]
fn streams_tell_the_whole_and_then_what_changes() {
    let demo = Demo::start(&[]);
    get_until(demo.door, "/health", |health| health["status"] == "ok");
    let mut market = Stream::open(demo.door, "/ws/market-data/BTCUSDT.binance-usdm");
    let first = market.next_of("snapshot");
    let mut before = number(&first, "/book/update_id");
    let mut grown = 0;
    while grown < 5 {
        let update_id = number(&market.next_of("book"), "/update_id");
        // The same one again has a newer top over it.
        assert!(update_id >= before, "{update_id} after {before}");
        grown += u32::from(update_id > before);
        before = update_id;
    }
    assert!(is_price(&market.next_of("trades")["trades"][0]["px"]));
    let mut portfolio = Stream::open(demo.door, "/ws/portfolio");
    let first = portfolio.next_of("snapshot");
    let orders = number(&first, "/performance/orders");
    let started = Instant::now();
    while number(&portfolio.next_of("portfolio"), "/performance/orders") <= orders {
        assert!(started.elapsed() < PATIENCE, "no order in all that time");
    }
    portfolio.next_of("fills");
    demo.terminate();
    demo.end().ran.json();
}

#[test]
fn clients_that_do_not_read_or_go_away_hold_up_nobody() {
    let demo = Demo::start(&[]);
    let door = demo.door;
    get_until(door, "/health", |health| health["status"] == "ok");
    // Streams that are never read, requests that are never finished, answers that nobody waits for.
    let paths = ["/ws/market-data/BTCUSDT.binance-usdm", "/ws/market-data/ETHUSDT.binance-spot", "/ws/portfolio"];
    let unread: Vec<Stream> = paths.iter().cycle().take(12).map(|path| Stream::open(door, path)).collect();
    let mut half = connect(door);
    half.write_all(b"GET /metrics HTTP/1.1\r\nHost: ").expect("sent");
    for _ in 0..50 {
        let mut gone = connect(door);
        let request = format!("GET /api/v1/engine HTTP/1.1\r\nHost: {door}\r\n\r\n");
        gone.write_all(request.as_bytes()).expect("sent");
    }
    let look = || {
        let engine = get(door, "/api/v1/engine").json();
        let messages: u64 = engine["venues"].as_array().expect("venues").iter().map(|v| number(v, "/messages")).sum();
        (messages, number(&get(door, "/api/v1/portfolio/performance").json(), "/orders"))
    };
    let mut before = look();
    for second in 0..4 {
        std::thread::sleep(Duration::from_secs(1));
        let now = look();
        // The simulated exchanges send some thousands a second.
        assert!(now.0 > before.0 + 200, "second {second}: {} messages after {}", now.0, before.0);
        before.0 = now.0;
    }
    let started = Instant::now();
    while look().1 <= before.1 {
        assert!(started.elapsed() < PATIENCE, "no order in all that time");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(unread);
    demo.terminate();
    let Ended { ran, .. } = demo.end();
    let summary = ran.json();
    for (name, ring) in summary["rings"].as_object().expect("rings") {
        // A refusal is a full ring: something behind it stood still.
        assert_eq!(number(ring, "/refusals"), 0, "{name}: {summary}");
    }
}
