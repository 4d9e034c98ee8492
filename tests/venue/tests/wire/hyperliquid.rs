//! Hyperliquid's side of the wire: every book whole, questions by POST, frames with the fields of captured ones.

use crate::client::{Client, post, start};
use crate::outline::check_outlines_at;
use engine_model::venue::VenueId;
use serde_json::Value;

fn ask(subscription: &str) -> String {
    format!(r#"{{"method":"subscribe","subscription":{{{subscription}}}}}"#)
}

#[test]
fn a_fast_book_has_five_levels_each_half_second_and_is_whole() {
    let venue = start(VenueId::Hyperliquid);
    let mut client = Client::open(&venue, "/ws");
    client.say(&ask(r#""type":"l2Book","coin":"kPEPE","fast":true"#));
    assert!(client.next().starts_with(r#"{"channel":"subscriptionResponse","data":{"method":"subscribe""#));
    let times: Vec<u64> = (0..4)
        .map(|_| {
            let frame: Value = serde_json::from_str(&client.next()).expect("JSON");
            let levels = |side: usize| frame["data"]["levels"][side].as_array().map(Vec::len);
            assert_eq!((levels(0), levels(1)), (Some(5), Some(5)), "{frame}");
            frame["data"]["time"].as_u64().expect("a time")
        })
        .collect();
    assert!(times[1..].windows(2).all(|pair| pair[1] - pair[0] == 500), "{times:?}");
}

#[test]
fn lists_and_a_book_are_answered_to_a_post_alone() {
    let venue = start(VenueId::Hyperliquid);
    let info = |body: &str| {
        let (status, answer) = post(&venue, "/info", body);
        (status, serde_json::from_str::<Value>(&answer).unwrap_or_default())
    };
    let (status, meta) = info(r#"{"type":"meta"}"#);
    let coins: Vec<&Value> = meta["universe"].as_array().expect("coins").iter().map(|coin| &coin["name"]).collect();
    assert_eq!((status, coins), (200, ["BTC", "ETH", "SOL", "kPEPE"].map(Value::from).iter().collect()));
    let (_, spot) = info(r#"{"type":"spotMeta"}"#);
    assert_eq!((&spot["universe"][0]["tokens"], &spot["tokens"][1]["name"]), (&[1, 0].into(), &"PURR".into()));
    let (_, book) = info(r#"{"type":"l2Book","coin":"SOL"}"#);
    assert_eq!(book["levels"][1].as_array().map(Vec::len), Some(20));
    for refused in [r#"{"type":"weather"}"#, r#"{"type":"l2Book","coin":"NOPE"}"#, "{", ""] {
        assert_eq!(info(refused).0, 422, "{refused}");
    }
    assert_eq!(crate::client::get(&venue, "/info").0, 405);
}

#[test]
fn frames_have_the_fields_of_captured_ones() {
    let asks = [
        r#""type":"l2Book","coin":"BTC""#,
        r#""type":"bbo","coin":"BTC""#,
        r#""type":"trades","coin":"BTC""#,
        r#""type":"activeAssetCtx","coin":"BTC""#,
        r#""type":"activeAssetCtx","coin":"PURR/USDC""#,
    ];
    check_outlines_at(
        100,
        VenueId::Hyperliquid,
        "/ws",
        &asks.map(ask).each_ref().map(String::as_str),
        &[
            r#"{"channel":"l2Book","data":{"coin":"BANANA","time":1730160007687,"levels":[[{"px":"59.8","sz":"3.4","n":1},{"px":"59.778","sz":"1.6","n":1}],[{"px":"59.811","sz":"2.9","n":1},{"px":"59.832","sz":"17.6","n":1}]]}}"#,
            r#"{"channel":"bbo","data":{"coin":"BTC","time":1750948919838,"bbo":[{"px":"107575.0","sz":"3.87947","n":17},{"px":"107576.0","sz":"3.1","n":2}]}}"#,
            r#"{"channel":"trades","data":[{"coin":"BTC","side":"B","px":"69998.0","sz":"0.00714","time":1730160007572,"hash":"0xb2628bf07a30ffa6","tid":696560709859024,"users":["0xe9ed","0x6802"]}]}"#,
            r#"{"channel":"activeAssetCtx","data":{"coin":"MOODENG","ctx":{"funding":"0.00004863","openInterest":"18617460.0","prevDayPx":"0.20296","dayNtlVlm":"7665220.55613","premium":"0.00008521","oraclePx":"0.1995","markPx":"0.19963","midPx":"0.19957","impactPxs":["0.199517","0.199725"]}}}"#,
            r#"{"channel":"activeSpotAssetCtx","data":{"coin":"@2","ctx":{"prevDayPx":"0.000031","dayNtlVlm":"24629.86429498","markPx":"0.00005299","midPx":"0.00005307","circulatingSupply":"6879553815.3455801","coin":"@2"}}}"#,
        ],
    );
}
