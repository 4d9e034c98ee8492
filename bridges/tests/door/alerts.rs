//! Alerts: made, hit, told, snoozed, taken away; and kept.

use crate::client::{Stream, ask, get, get_until, get_with};
use crate::people::{Folder, bearer, claimed, joined, post};
use crate::rig::{NOW, Rig, SPOT};
use bridges::Locks;
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

const RULE: &str = r#"{"id": ID, "owner": 4711, "measure": "profit", "of": "", "window": "15m", "above": 1.0, "below": null,
    "cooldown_s": 900, "snoozed_until_ns": 0, "hits": 0, "last_hit_ns": null, "holds": false}"#;

/// As many rules as there may be, of a user whom no table knows.
fn full() -> String {
    let rules: Vec<String> = (1..=256).map(|id| RULE.replace("ID", &id.to_string())).collect();
    format!("{{\"next_id\": 257, \"rules\": [{}]}}", rules.join(", "))
}

#[test]
fn what_is_said_of_an_alert_is_in_the_file_by_then_or_is_not_said() {
    let folder = Folder::new("alerts-kept");
    let file = folder.0.join("beside/alerts.json");
    let rig = Rig::with_alerts(Locks::default(), &file);
    let ids = || {
        let kept: Value = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
        kept["rules"].as_array().expect("a list").iter().map(|rule| rule["id"].clone()).collect::<Vec<_>>()
    };
    let snooze = || ask(rig.address, "POST", "/api/v1/alerts/1/snooze", "", Some("{\"seconds\": 60}"));
    let remove = || ask(rig.address, "DELETE", "/api/v1/alerts/1", "", None);
    let body = json!({ "measure": "profit", "above": 5.0 });
    for n in 1..=8 {
        assert_eq!(add(&rig, &body).0, 201);
        assert_eq!(ids().len(), n, "after its answer");
    }
    assert_eq!(snooze().status, 200);
    assert!(std::fs::read_to_string(&file).expect("a file").contains(&(NOW.0 + 60 * Nanos::SECOND).to_string()));
    assert_eq!(remove().status, 204);
    assert_eq!(ids(), (2..=8).collect::<Vec<_>>());
    // A disk that takes nothing: there is no such folder any more.
    std::fs::remove_dir_all(folder.0.join("beside")).expect("removed");
    let (status, answer) = add(&rig, &body);
    assert_eq!((status, &answer["error"]["code"]), (500, &json!("alerts_not_kept")), "{answer}");
    assert_eq!(get(rig.address, "/api/v1/alerts").json()["alerts"].as_array().map(Vec::len), Some(7), "it is not made");
    assert_eq!(ask(rig.address, "DELETE", "/api/v1/alerts/2", "", None).status, 500, "it may be there again");
}

#[test]
fn an_admin_sees_everybodys_alerts_and_makes_room() {
    let folder = Folder::new("alerts-all");
    let mut rig = folder.rig();
    let admin = claimed(&rig, &folder.0);
    let tom = joined(&mut rig, &admin, "tom", "risk", 30);
    let body = json!({ "measure": "price", "of": "btc-usdt", "above": 70_000.0 });
    assert_eq!(post(rig.address, "/api/v1/alerts", &tom, &body).status, 201);
    let all = |token: &str| get_with(rig.address, "/api/v1/alerts/all", &bearer(token));
    let remove =
        |token: &str, id| ask(rig.address, "DELETE", &format!("/api/v1/alerts/all/{id}"), &bearer(token), None);
    assert_eq!((all(&tom).status, remove(&tom, 1).status), (403, 403));
    let seen = all(&admin).json();
    let first = &seen["alerts"][0];
    assert_eq!((&seen["most"], &first["owner"], &first["shut_out"]), (&json!(256), &json!("user tom"), &json!(false)));
    assert_eq!((&first["alert"]["id"], &first["alert"]["above"]), (&json!(1), &json!(70_000.0)));
    let shut_out = ask(rig.address, "PUT", "/api/v1/users/tom", &bearer(&admin), Some("{\"enabled\": false}"));
    assert_eq!(shut_out.status, 204, "{}", shut_out.body);
    assert_eq!(all(&admin).json()["alerts"][0]["shut_out"], true, "and its place is taken");
    assert_eq!((remove(&admin, 1).status, remove(&admin, 1).status), (204, 404));
    assert_eq!(all(&admin).json()["alerts"], json!([]));
    let rows = get_with(rig.address, "/api/v1/audit?limit=500", &bearer(&admin)).json();
    let rows = rows["rows"].as_array().expect("rows");
    let written = rows.iter().find(|row| row["action"] == "alert remove" && row["outcome"] == "asked").expect("a row");
    assert_eq!((&written["actor"], &written["what"]), (&json!("user:ada"), &json!("alert 1")));
    assert_eq!(written["before"], "of user tom: price BTCUSDT.binance-spot");
}

#[test]
fn rules_of_users_whom_nobody_knows_any_more_make_room_where_there_is_none() {
    let folder = Folder::new("alerts-gone");
    let file = folder.0.join("alerts.json");
    std::fs::write(&file, full()).expect("written");
    let rig = Rig::with_alerts(Locks { people: Some(folder.config()), ..Locks::default() }, &file);
    let admin = claimed(&rig, &folder.0);
    let all = || get_with(rig.address, "/api/v1/alerts/all", &bearer(&admin)).json()["alerts"].clone();
    assert_eq!(all().as_array().map(Vec::len), Some(256));
    assert_eq!((&all()[255]["owner"], &all()[255]["shut_out"]), (&json!("nobody: user 4711"), &json!(true)));
    let made = post(rig.address, "/api/v1/alerts", &admin, &json!({ "measure": "profit", "above": 5.0 }));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((all().as_array().map(Vec::len), &all()[0]["owner"]), (Some(1), &json!("user ada")));
    drop(rig);
    // Without users nobody knows whether they come back.
    std::fs::write(&file, full()).expect("written");
    let rig = Rig::with_alerts(Locks::default(), &file);
    let (status, answer) = add(&rig, &json!({ "measure": "profit", "above": 5.0 }));
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("too_many_alerts")), "{answer}");
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

#[test]
fn a_window_that_was_not_heard_whole_hits_nothing() {
    let mut rig = Rig::new();
    // A single sale: all of what was heard since the start, and a hundred percent of it.
    rig.trade(SPOT, 1);
    for (measure, below) in [("delta", -50.0), ("change", 1e9)] {
        let (status, rule) = add(&rig, &json!({ "measure": measure, "of": "BTC", "below": below }));
        assert_eq!(status, 201, "{rule}");
    }
    let is_blind = |rule: &Value, why: &str| rule["blind"].as_str().is_some_and(|told| told.contains(why));
    let looked = get_until(rig.address, "/api/v1/alerts", |answer| {
        let rules = &answer.json()["alerts"];
        is_blind(&rules[0], "not all of that time was heard") && is_blind(&rules[1], "was not heard")
    });
    let rules = &looked.json()["alerts"];
    assert_eq!((&rules[0]["hits"], &rules[1]["hits"]), (&json!(0), &json!(0)), "{rules}");
}
