//! WebSocket streams.

use crate::client::{PATIENCE, Stream, get, get_until};
use crate::rig::{Rig, SPOT, USDM, fill, report};
use bridges::Bounds;
use engine_model::market::MarketChange;
use engine_model::order::OrderStatus;
use engine_model::units::Ticks;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[test]
fn a_market_stream_starts_with_the_picture_and_goes_on_with_what_changes() {
    let mut rig = Rig::new();
    rig.book(SPOT, 42);
    rig.trade(SPOT, 1);
    get_until(rig.address, "/api/v1/market/trades/BTCUSDT", |a| a.json()["trades"][0]["trade_id"] == 1);
    get_until(rig.address, "/api/v1/market/orderbook/BTCUSDT", |a| a.json()["update_id"] == 42);
    let mut stream = Stream::open(rig.address, "/ws/market-data/BTCUSDT?depth=1");
    let first = stream.next().expect("a message");
    assert_eq!(first["type"], "snapshot");
    assert_eq!(first["book"]["bids"], json!([["61837.63", "1.00000"]]));
    assert_eq!(first["trades"][0]["trade_id"], 1);
    assert_eq!(first["prices"]["mark_px"], Value::Null);

    rig.trade(SPOT, 2);
    let trades = stream.next().expect("a message");
    assert_eq!((&trades["type"], &trades["trades"][0]["trade_id"]), (&json!("trades"), &json!(2)), "only the new one");
    rig.book(SPOT, 43);
    assert_eq!(stream.next_of("book")["update_id"], 43);
    rig.publish(SPOT, MarketChange::Mark { px: Ticks(6_183_000) });
    assert_eq!(stream.next_of("prices")["mark_px"], "61830.00");
}

#[test]
fn updates_are_conflated_to_the_interval_and_the_latest_wins() {
    let interval = Duration::from_millis(200);
    let mut rig = Rig::with(Bounds { update_interval: interval, ..Bounds::default() });
    let mut stream = Stream::open(rig.address, "/ws/market-data/BTCUSDT");
    stream.next_of("snapshot");
    let start = Instant::now();
    let mut update_id = 0;
    let mut seen = Vec::new();
    while start.elapsed() < Duration::from_secs(1) {
        update_id += 1;
        rig.book(SPOT, update_id);
        std::thread::sleep(Duration::from_millis(2));
    }
    while seen.last() != Some(&update_id) {
        seen.push(stream.next_of("book")["update_id"].as_u64().expect("an id"));
    }
    let allowed = start.elapsed().as_millis() / interval.as_millis() + 1;
    assert!(seen.len() as u128 <= allowed, "{} messages in {:?}", seen.len(), start.elapsed());
    assert!(seen.is_sorted(), "{seen:?}");
}

#[test]
fn a_portfolio_stream_tells_orders_fills_and_money() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    let first = stream.next().expect("a message");
    assert_eq!((&first["type"], &first["performance"]["equity_usd"]), (&json!("snapshot"), &Value::Null));
    assert_eq!(first["orders"], json!({"open": [], "complete": true}));

    rig.report(report(1, OrderStatus::Accepted));
    let orders = stream.next_of("orders");
    assert_eq!(
        orders["open"],
        json!([{"client_order_id": "R1-7-1", "strategy": 1, "symbol": "BTCUSDT", "venue": "binance-usdm", "side": "BUY",
            "status": "ACCEPTED", "px": "61834.0", "qty": "0.050", "filled_qty": "0.000",
            "changed_at_ns": 1_772_366_400_000_000_000_u64, "terms": null}])
    );
    rig.report(fill(1, 9));
    assert_eq!(stream.next_of("orders")["open"], json!([]));
    let fills = stream.next_of("fills");
    assert_eq!(
        fills["fills"],
        json!([{"client_order_id": "R1-7-1", "symbol": "BTCUSDT", "venue": "binance-usdm", "side": "BUY", "trade_id": 9,
            "px": "61834.0", "qty": "0.050", "fee": "0.00061834", "currency": "USDT", "liquidity": "MAKER",
            "venue_at_ns": 1_772_366_400_000_000_000_u64, "received_at_ns": 1_772_366_400_000_000_000_u64}])
    );
    rig.portfolio(100_010);
    let portfolio = stream.next_of("portfolio");
    assert_eq!(portfolio["performance"]["pnl_usd"], "10.00");
    assert_eq!(portfolio["positions"]["positions"][0]["qty"], "-0.050");
}

#[test]
fn every_message_has_a_number_and_orders_are_told_without_money() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/orders");
    let first = stream.next().expect("a message");
    assert_eq!((&first["type"], &first["seq"]), (&json!("snapshot"), &json!(1)));
    assert!(first.get("performance").is_none() && first.get("positions").is_none());
    rig.portfolio(100_010);
    for counter in 1..=3 {
        rig.report(report(counter, OrderStatus::Accepted));
        let orders = stream.next().expect("a message");
        assert_eq!(
            (&orders["type"], &orders["seq"]),
            (&json!("orders"), &json!(counter + 1)),
            "money says nothing here"
        );
        assert_eq!(orders["open"].as_array().map(Vec::len), Some(counter as usize));
    }
    rig.report(fill(1, 9));
    let told = [stream.next().expect("a message"), stream.next().expect("a message")];
    assert_eq!(
        told.map(|told| (told["type"].clone(), told["seq"].clone())),
        [(json!("orders"), json!(5)), (json!("fills"), json!(6))]
    );
}

#[test]
fn an_analysis_is_told_anew_when_its_market_moved() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/analysis/BTC?timeframe=5m");
    let first = stream.next().expect("a message");
    assert_eq!((&first["type"], &first["timeframe"]), (&json!("snapshot"), &json!("5m")));
    assert_eq!(first["last_px"]["reason"], "no trade was heard yet");
    rig.trade(SPOT, 1);
    assert_eq!(stream.next_of("analysis")["last_px"]["value"], "61837.63");
}

/// Most of them never read. What they do not take is nobody's: the others get everything, in order.
#[test]
fn clients_that_read_nothing_hold_up_nobody() {
    let mut rig = Rig::with(Bounds {
        sockets_max: 250,
        own_sockets_max: 250,
        update_interval: Duration::from_millis(5),
        ..Bounds::default()
    });
    let path = "/ws/market-data/BTCUSDT";
    let idle: Vec<Stream> = (0..200).map(|_| Stream::open(rig.address, path)).collect();
    let mut reading: Vec<Stream> = (0..20).map(|_| Stream::open(rig.address, path)).collect();
    reading.iter_mut().for_each(|stream| drop(stream.next_of("snapshot")));
    let mut seen = vec![0_u64; reading.len()];
    for trade_id in 1..=60 {
        rig.trade(SPOT, trade_id);
        for (stream, last) in reading.iter_mut().zip(&mut seen) {
            while *last < trade_id {
                let told = stream.next_of("trades");
                for trade in told["trades"].as_array().expect("a list") {
                    assert_eq!(trade["trade_id"], *last + 1);
                    *last += 1;
                }
            }
        }
    }
    assert_eq!(idle.len(), 200);
}

#[test]
fn a_lapped_pump_tells_its_clients_how_much_is_lost_and_starts_afresh_from_the_snapshot() {
    let mut rig = Rig::new();
    let mut spot = Stream::open(rig.address, "/ws/market-data/BTCUSDT.binance-spot");
    let mut usdm = Stream::open(rig.address, "/ws/market-data/BTCUSDT.binance-usdm");
    spot.next_of("snapshot");
    usdm.next_of("snapshot");
    rig.book(SPOT, 42);
    spot.next_of("book");
    // 8 slots, and the pump looks once in a millisecond.
    let mut published = 0;
    while get(rig.address, "/api/v1/market/trades/BTCUSDT").json()["missed"] == 0 {
        for _ in 0..1_000 {
            published += 1;
            rig.trade(SPOT, published);
        }
        assert!(published < 10_000_000, "the pump is never lapped");
    }
    let lapped = spot.next_of("lapped");
    let missed = lapped["missed"].as_u64().expect("a number");
    assert!(missed > 0 && missed < published, "{missed} of {published}");
    assert_eq!(spot.next().expect("a message")["type"], "book", "the book follows at once");

    // Counted per venue, by ring and door alike; the other venue's stream hears nothing of it.
    let engine = get_until(rig.address, "/api/v1/engine", |a| a.json()["rings"][0]["taps"][0]["lag"] == 0).json();
    assert_eq!(engine["rings"][0]["taps"][0]["missed"], engine["books"][0]["missed"]);
    assert_eq!(engine["books"][1]["missed"], 0);
    rig.trade(USDM, 1);
    assert_eq!(usdm.next().expect("a message")["type"], "trades");
}

#[test]
fn after_lost_reports_no_order_is_shown_that_may_be_gone() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    stream.next_of("snapshot");
    rig.report(report(1, OrderStatus::Accepted));
    assert_eq!(stream.next_of("orders")["complete"], true);
    let start = Instant::now();
    let mut counter = 2;
    let lapped = loop {
        for _ in 0..1_000 {
            rig.report(report(counter, OrderStatus::Canceled));
            counter += 1;
        }
        let message = stream.next().expect("a message");
        if message["type"] == "lapped" {
            break message;
        }
        assert!(start.elapsed() < PATIENCE, "the pump is never lapped");
    };
    assert!(lapped["missed"].as_u64().is_some_and(|missed| missed > 0));
    let orders = stream.next_of("orders");
    assert_eq!((&orders["open"], &orders["complete"]), (&json!([]), &json!(false)));
    rig.report(report(1, OrderStatus::PartiallyFilled));
    loop {
        let orders = stream.next_of("orders");
        if orders["open"][0]["client_order_id"] == "R1-7-1" {
            break;
        }
    }
}

#[test]
fn a_stream_takes_no_wishes() {
    let rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    stream.next_of("snapshot");
    stream.say("{\"subscribe\":\"everything\"}");
    assert_eq!(stream.close_code(), Some(1008), "policy");
    let mut stream = Stream::open(rig.address, "/ws/portfolio");
    stream.say(&"x".repeat(100_000));
    stream.close_code();
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 0);
}

#[test]
fn a_client_that_never_answers_a_ping_is_cut() {
    let rig = Rig::with(Bounds { ping_interval: Duration::from_millis(200), ..Bounds::default() });
    let _mute = Stream::open(rig.address, "/ws/portfolio");
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 1);
    let mut alive = Stream::open(rig.address, "/ws/portfolio");
    std::thread::spawn(move || while alive.next().is_some() {});
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 2);
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 1);
    std::thread::sleep(Duration::from_millis(1_200));
    let engine = get(rig.address, "/api/v1/engine").json();
    assert_eq!(engine["door"]["clients"], 1, "the one that answers stays");
}

#[test]
fn a_client_that_reads_nothing_is_bounded_cut_and_delays_nobody() {
    let bounds = Bounds {
        update_interval: Duration::from_millis(1),
        take_timeout: Duration::from_secs(2),
        send_buffer_bytes: 4_096,
        ..Bounds::default()
    };
    let mut rig = Rig::with(bounds);
    let unread = Stream::open(rig.address, "/ws/market-data/BTCUSDT");
    let mut reading = Stream::open(rig.address, "/ws/market-data/BTCUSDT");
    reading.next_of("snapshot");
    let start = Instant::now();
    let mut trade_id = 0;
    let mut slowest = Duration::ZERO;
    let mut stuck = Value::Null;
    while stuck != json!(1) {
        // At most what the ring holds, so that the pump gets most of it and the messages are long.
        for _ in 0..200 {
            for _ in 0..6 {
                trade_id += 1;
                rig.trade(SPOT, trade_id);
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        rig.book(SPOT, trade_id);
        let asked = Instant::now();
        while reading.next_of("book")["update_id"] != json!(trade_id) {}
        let engine = get(rig.address, "/api/v1/engine").json();
        slowest = slowest.max(asked.elapsed());
        stuck = engine["door"]["stuck"].clone();
        assert!(start.elapsed() < Duration::from_secs(60), "never cut");
    }
    assert!(slowest < bounds.take_timeout, "the reading client and a request waited {slowest:?}");
    get_until(rig.address, "/api/v1/engine", |a| a.json()["door"]["clients"] == 1);
    drop(unread);
}

#[test]
fn a_bridge_that_stands_still_holds_nobody_back_and_knows_afterwards_what_it_missed() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/market-data/BTCUSDT");
    stream.next_of("snapshot");
    let asked = rig.venues_asked.load(Ordering::Acquire);
    let health = {
        let venues = rig.venues.clone();
        let _held = venues.lock().expect("whole");
        // The bridge thread asks for the venues, and waits for this test.
        let address = rig.address;
        let health = std::thread::spawn(move || get(address, "/health").status);
        let start = Instant::now();
        while rig.venues_asked.load(Ordering::Acquire) == asked {
            assert!(start.elapsed() < PATIENCE, "nobody asks for the venues");
            std::thread::yield_now();
        }
        for trade_id in 1..=100_000 {
            rig.trade(SPOT, trade_id);
            rig.report(report(1, OrderStatus::Accepted));
        }
        assert_eq!(rig.published(SPOT), (100_000, 0), "published, and never refused");
        health
    };
    assert_eq!(health.join().expect("answered"), 200);
    let missed = stream.next_of("lapped")["missed"].as_u64().expect("a number");
    assert!((99_000..100_000).contains(&missed), "{missed}: all but what the ring still held");
    let trades = stream.next_of("trades");
    assert_eq!(trades["trades"].as_array().and_then(|t| t.last()).map(|t| &t["trade_id"]), Some(&json!(100_000)));
}
