//! Alerts: made, hit, told, snoozed, taken away; and kept.

use crate::client::{Stream, ask, get, get_until};
use crate::rig::{NOW, Rig, SPOT};
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Nanos, Ticks};
use serde_json::{Value, json};

fn sold(rig: &mut Rig, px: i64, trade_id: u64) {
    let at = Nanos(NOW.0 - Nanos::SECOND);
    let (px, qty, aggressor) = (Ticks(px), Lots(1_000), Side::Sell);
    rig.publish_at(at, SPOT, MarketChange::Trade { px, qty, aggressor, trade_id });
}

fn add(rig: &Rig, body: &Value) -> (u16, Value) {
    let answer = ask(rig.address, "POST", "/api/v1/alerts", "", Some(&body.to_string()));
    (answer.status, answer.json())
}

#[test]
fn an_alert_is_told_when_its_condition_begins_and_can_be_snoozed_and_taken_away() {
    let mut rig = Rig::new();
    let mut stream = Stream::open(rig.address, "/ws/alerts");
    let first = stream.next().expect("a message");
    assert_eq!((&first["type"], &first["seq"], &first["hits"]), (&json!("snapshot"), &json!(1), &json!([])));

    let (status, rule) =
        add(&rig, &json!({ "measure": "price", "of": "btc-usdt", "below": 61_000.0, "cooldown_s": 1 }));
    assert_eq!((status, &rule["of"], &rule["id"]), (201, &json!("BTCUSDT.binance-spot"), &json!(1)), "{rule}");
    get_until(rig.address, "/api/v1/alerts", |answer| answer.json()["alerts"][0]["blind"].is_string());
    sold(&mut rig, 6_100_001, 1);
    get_until(rig.address, "/api/v1/alerts", |answer| answer.json()["alerts"][0]["blind"].is_null());
    assert_eq!(get(rig.address, "/api/v1/alerts").json()["alerts"][0]["hits"], 0);

    sold(&mut rig, 6_100_000, 2);
    let told = stream.next_of("hits");
    assert_eq!((&told["hits"][0]["alert"], &told["seq"]), (&json!(1), &json!(2)), "{told}");
    assert_eq!(told["hits"][0]["text"], "price of BTCUSDT.binance-spot (15m) is 61000.0000 quote, at or below 61000");
    let hits = get(rig.address, "/api/v1/alerts/hits?limit=5").json();
    assert_eq!(hits["hits"].as_array().map(Vec::len), Some(1));

    let snoozed = ask(rig.address, "POST", "/api/v1/alerts/1/snooze", "", Some("{\"seconds\": 60}")).json();
    assert_eq!(snoozed["snoozed_until_ns"], NOW.0 + 60 * Nanos::SECOND);
    assert_eq!(ask(rig.address, "DELETE", "/api/v1/alerts/1", "", None).status, 204);
    assert_eq!(ask(rig.address, "DELETE", "/api/v1/alerts/1", "", None).status, 404);
    assert_eq!(get(rig.address, "/api/v1/alerts").json(), json!({ "alerts": [] }));
}

#[test]
fn an_alert_that_could_never_hit_is_refused_with_what_would_do() {
    let rig = Rig::new();
    for (body, found) in [
        (json!({ "measure": "weather", "above": 1 }), json!("weather")),
        (json!({ "measure": "price", "above": 1 }), json!("")),
        (json!({ "measure": "price", "of": "DOGE", "above": 1 }), json!("DOGE")),
        (json!({ "measure": "price", "of": "BTC" }), Value::Null),
        (json!({ "measure": "price", "of": "BTC", "above": 1, "below": 2 }), Value::Null),
        (json!({ "measure": "profit", "of": "BTC", "below": 0 }), json!("BTC")),
        (json!({ "measure": "feed", "of": "mtgox", "above": 5 }), json!("mtgox")),
        (json!({ "measure": "change", "of": "BTC", "above": 1, "window": "2h" }), json!("2h")),
        (json!({ "measure": "price", "of": "BTC", "above": 1, "cooldown_s": 0 }), json!("0")),
        (json!({ "measure": "price", "of": "BTC", "above": 1, "colour": "red" }), json!("line 1, column 19")),
    ] {
        let (status, answer) = add(&rig, &body);
        let error = &answer["error"];
        assert_eq!((status, &error["found"]), (400, &found), "{body}: {answer}");
        assert!(
            found.is_null() || error["expected"].as_array().is_some_and(|all| !all.is_empty() || found == "BTC"),
            "{answer}"
        );
    }
    assert_eq!(get(rig.address, "/api/v1/alerts").json(), json!({ "alerts": [] }));
}

#[test]
fn without_users_no_answer_is_kept_for_an_idempotency_key_and_that_is_said() {
    let rig = Rig::new();
    let body = json!({ "measure": "profit", "above": 5.0 }).to_string();
    let answer = ask(rig.address, "POST", "/api/v1/alerts", "Idempotency-Key: one\r\n", Some(&body));
    assert_eq!((answer.status, answer.error()["code"].clone()), (404, json!("users_off")), "{}", answer.body);
    assert_eq!(get(rig.address, "/api/v1/alerts").json()["alerts"], json!([]), "nothing is made");
}

#[test]
fn every_measure_is_looked_at_and_says_why_where_it_cannot() {
    let rig = Rig::new();
    for (measure, of) in [
        ("change", "BTC"),
        ("volume", "BTC"),
        ("delta", "BTC"),
        ("open-interest", "BTC"),
        ("funding", "BTC-PERP"),
        ("liquidations", "BTC"),
        ("limit", "leverage_max_pct"),
        ("feed", "binance-usdm"),
        ("strategy", "imbalance_maker"),
        ("profit", ""),
        ("drawdown", ""),
    ] {
        let (status, rule) = add(&rig, &json!({ "measure": measure, "of": of, "above": 1e9 }));
        assert_eq!(status, 201, "{rule}");
    }
    let looked =
        get_until(rig.address, "/api/v1/alerts", |answer| answer.json()["alerts"][10]["blind"].is_string()).json();
    let blind: Vec<String> = looked["alerts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|rule| {
            format!("{}: {}", rule["measure"].as_str().unwrap_or_default(), rule["blind"].as_str().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        blind,
        [
            "change: no trade was heard yet",
            "volume: a baseline of volume takes 25 closed bars, 0 are known",
            "delta: no trade was heard yet",
            "open-interest: no market has a snapshot of then",
            "funding: the venue has told no funding rate yet",
            "liquidations: -",
            "limit: its use is not known",
            "feed: -",
            "strategy: -",
            "profit: the engine has told no positions yet",
            "drawdown: the engine has told no positions yet",
        ]
    );
}
