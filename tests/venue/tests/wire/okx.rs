//! OKX's side of the wire: frames have the fields of captured ones, and the list of instruments tells what contracts hold.

use crate::client::{Client, get, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;
use tests_venue::Fault;

const PUBLIC: &str = "/ws/v5/public";

#[test]
fn books_have_the_fields_of_captured_ones() {
    check_outlines(
        VenueId::Okx,
        PUBLIC,
        &[r#"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#],
        &[
            r#"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"32f4414f"}"#,
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["78722.3","0.38699412","0","10"]],"bids":[["78722.2","0.48865651","0","19"]],"ts":"1787612486107","checksum":0,"seqId":80274874800,"prevSeqId":-1}]}"#,
            r#"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["78722.3","0.33039492","0","10"],["78729.9","0","0","0"]],"bids":[["78721.5","0.03229","0","1"]],"ts":"1787612486207","checksum":0,"seqId":80274874876,"prevSeqId":80274874800}]}"#,
        ],
    );
}

/// Those of 2022 were captured before `seqId` came to quotes and `count` to trades.
#[test]
fn everything_else_has_the_fields_of_captured_or_documented_ones() {
    check_outlines(
        VenueId::Okx,
        PUBLIC,
        &[
            r#"{"op":"subscribe","args":[{"channel":"bbo-tbt","instId":"BTC-USD-SWAP"},{"channel":"trades","instId":"BTC-USD-SWAP"},{"channel":"mark-price","instId":"BTC-USD-SWAP"},{"channel":"index-tickers","instId":"BTC-USD"},{"channel":"open-interest","instId":"BTC-USD-SWAP"},{"channel":"liquidation-orders","instType":"SWAP"}]}"#,
            "ping",
        ],
        &[
            r#"{"arg":{"channel":"bbo-tbt","instId":"BTC-USD-SWAP"},"data":[{"asks":[["19920","3","0","1"]],"bids":[["19918.9","34","0","1"]],"ts":"1656633600013","seqId":363996337}]}"#,
            r#"{"arg":{"channel":"trades","instId":"BTC-USD-SWAP"},"data":[{"instId":"BTC-USD-SWAP","tradeId":"18928717","px":"43568.7","sz":"1","side":"sell","ts":"1646312543604","count":"1"}]}"#,
            r#"{"arg":{"channel":"mark-price","instId":"FIL-USDT-220325"},"data":[{"instId":"FIL-USDT-220325","instType":"FUTURES","markPx":"36.232","ts":"1640131204676"}]}"#,
            r#"{"arg":{"channel":"index-tickers","instId":"FIL-USDT"},"data":[{"instId":"FIL-USDT","idxPx":"35.583","open24h":"34.558","high24h":"35.862","low24h":"34.529","sodUtc0":"35.309","sodUtc8":"34.83","ts":"1640140200581"}]}"#,
            r#"{"arg":{"channel":"open-interest","instId":"FIL-USDT-220325"},"data":[{"instId":"FIL-USDT-220325","instType":"FUTURES","oi":"236870","oiCcy":"23687","oiUsd":"858211","ts":"1640131202886"}]}"#,
            r#"{"arg":{"channel":"liquidation-orders","instType":"FUTURES"},"data":[{"details":[{"bkLoss":"0","bkPx":"0.55205","ccy":"","posSide":"short","side":"buy","sz":"39","ts":"1680173247614"}],"instFamily":"XRP-USD","instId":"XRP-USD-230929","instType":"FUTURES","uly":"XRP-USD"}]}"#,
        ],
    );
}

#[test]
fn candles_come_on_their_own_path_and_a_ping_is_answered() {
    let message = r#"{"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}"#;
    let real = r#"{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["1597026383085","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","5529.5858061","1"]]}"#;
    check_outlines(VenueId::Okx, "/ws/v5/business", &[message], &[real]);
    let venue = start(VenueId::Okx);
    let mut client = Client::open(&venue, PUBLIC);
    client.say(message);
    assert!(client.next().contains(r#""code":"60018""#), "no candles here");
    client.say("ping");
    assert_eq!(client.next(), "pong");
}

#[test]
fn the_list_of_instruments_tells_what_a_contract_holds_and_what_is_not_listed() {
    let venue = start(VenueId::Okx);
    let ask = |query: &str| get_json(&venue, &format!("/api/v5/public/instruments?{query}"));
    let row = |query: &str, names: [&str; 5]| {
        let rows = ask(query)["data"].take();
        names.map(|name| rows[0][name].as_str().unwrap_or_default().to_owned())
    };
    let names = ["ctVal", "ctMult", "tickSz", "lotSz", "settleCcy"];
    assert_eq!(row("instType=SWAP&instId=BTC-USDT-SWAP", names), ["0.01", "1", "0.1", "0.01", "USDT"]);
    assert_eq!(row("instType=SWAP&instId=PEPE-USDT-SWAP", names), ["10000000", "1", "0.000000001", "0.1", "USDT"]);
    assert_eq!(row("instType=SWAP&instId=BTC-USD-SWAP", names), ["100", "1", "0.1", "1", "BTC"]);
    assert_eq!(row("instType=SPOT&instId=BTC-USDT", names), ["", "", "0.1", "0.00000001", ""]);
    assert_eq!(ask("instType=SPOT")["data"].as_array().map(Vec::len), Some(4));
    assert_eq!(ask("instType=SPOT&instId=NO-PE")["code"], Value::from("51001"));
    assert_eq!(get(&venue, "/api/v5/public/instruments").0, 400);
    assert!(get_json(&venue, "/api/v5/public/time")["data"][0]["ts"].is_string());
    assert!(Client::try_open(&venue, "/ws/v5/nowhere").is_err());
    venue.inject(Fault::RestStatus { status: 429, count: 1 });
    assert_eq!(get(&venue, "/api/v5/public/time").0, 429);
}
