//! Bitget's side of the wire: frames have the fields of captured ones, checksums are over the texts of both sides, and lists
//! tell all decimals.

use crate::client::{Client, get, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use tests_venue::proof::crc32;

const PUBLIC: &str = "/v2/ws/public";

fn subscribe(kind: &str, channel: &str, symbol: &str) -> String {
    format!(r#"{{"op":"subscribe","args":[{{"instType":"{kind}","channel":"{channel}","instId":"{symbol}"}}]}}"#)
}

#[test]
fn frames_have_the_fields_of_captured_ones() {
    let asked = ["books", "trade", "ticker"].map(|channel| subscribe("COIN-FUTURES", channel, "BTCUSD"));
    check_outlines(
        VenueId::Bitget,
        PUBLIC,
        &asked.each_ref().map(String::as_str),
        &[
            r#"{"event":"subscribe","arg":{"instType":"USDC-FUTURES","channel":"trade","instId":"BTCPERP"}}"#,
            r#"{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"books","instId":"BELUSDT"},"data":[{"asks":[["0.5426","51"]],"bids":[["0.5420","468"],["0.5419","1576"]],"checksum":0,"seq":451275591390,"pseq":0,"ts":"1730332800303"}],"ts":1730332800315}"#,
            r#"{"action":"update","arg":{"instType":"USDT-FUTURES","channel":"books","instId":"AXSUSDT"},"data":[{"asks":[["5.085","144.6"]],"bids":[["5.081","536.2"]],"checksum":1258619028,"seq":483415085712,"pseq":483415077719,"ts":"1730332859988"}],"ts":1730332859991}"#,
            r#"{"action":"update","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"data":[{"ts":"1730332858796","price":"72389.99","size":"0.001373","side":"buy","tradeId":"1235671058980749319"}],"ts":1730332858805}"#,
            r#"{"action":"snapshot","arg":{"instType":"COIN-FUTURES","channel":"ticker","instId":"BTCUSDZ24"},"data":[{"instId":"BTCUSDZ24","lastPr":"73733.7","bidPr":"73737.6","askPr":"73742.1","bidSz":"0.246","askSz":"0.094","open24h":"73465.6","high24h":"74358.2","low24h":"72872.2","change24h":"-0.00612","fundingRate":"0","nextFundingTime":"0","markPrice":"73731.8","indexPrice":"72327.926666","holdingAmount":"57.714","baseVolume":"21.427","quoteVolume":"1579692.8012","openUtc":"73731.0","symbolType":"2","symbol":"BTCUSDZ24","ts":"1730332823217"}],"ts":1730332823221}"#,
        ],
    );
}

/// A book by the texts of the wire, its prices in the order of the best.
#[derive(Default)]
struct Book([BTreeMap<i64, (String, String)>; 2]);

impl Book {
    fn hear(&mut self, data: &Value) {
        for (side, (name, sign)) in self.0.iter_mut().zip([("bids", -1), ("asks", 1)]) {
            for level in data[name].as_array().expect("levels") {
                let [px, qty] = [0, 1].map(|at| level[at].as_str().expect("a text").to_owned());
                let rank: i64 = px.replace('.', "").parse().expect("a number");
                match qty.as_str() {
                    "0" => drop(side.remove(&(sign * rank))),
                    _ => drop(side.insert(sign * rank, (px, qty))),
                }
            }
        }
    }

    fn checksum(&self) -> i64 {
        let [bids, asks] = [0, 1].map(|side: usize| self.0[side].values().take(25).collect::<Vec<_>>());
        let pairs = (0..25).flat_map(|at| [bids.get(at), asks.get(at)]).flatten();
        let texts: Vec<String> = pairs.map(|(px, qty)| format!("{px}:{qty}")).collect();
        i64::from(crc32(texts.join(":").as_bytes()).cast_signed())
    }
}

#[test]
fn each_change_names_the_one_before_and_proves_the_book() {
    let venue = start(VenueId::Bitget);
    let mut client = Client::open(&venue, PUBLIC);
    client.say(&subscribe("USDT-FUTURES", "books", "1000BONKUSDT"));
    assert!(client.next().starts_with(r#"{"event":"subscribe","#));
    let mut next = || serde_json::from_str::<Value>(&client.next()).expect("JSON")["data"][0].take();
    let (whole, mut book) = (next(), Book::default());
    book.hear(&whole);
    let mut last = whole["seq"].clone();
    for _ in 0..15 {
        let change = next();
        assert_eq!(change["pseq"], last);
        last = change["seq"].clone();
        book.hear(&change);
        assert_eq!(change["checksum"].as_i64(), Some(book.checksum()), "{change}");
    }
}

#[test]
fn a_ping_is_answered_and_a_name_that_is_not_listed_is_told() {
    let venue = start(VenueId::Bitget);
    let mut client = Client::open(&venue, PUBLIC);
    client.say("ping");
    assert_eq!(client.next(), "pong");
    client.say(&subscribe("SPOT", "books", "NOPE"));
    let no = client.next();
    assert!(no.starts_with(r#"{"event":"error","arg":{"instType":"SPOT","#) && no.contains(r#""code":30001"#), "{no}");
}

#[test]
fn lists_tell_the_rules_by_type() {
    let venue = start(VenueId::Bitget);
    let row = |path: &str| get_json(&venue, path)["data"][0].take();
    let told = |row: &Value, names: [&str; 4]| names.map(|name| row[name].as_str().unwrap_or_default().to_owned());
    let contract = row("/api/v2/mix/market/contracts?productType=USDT-FUTURES&symbol=1000BONKUSDT");
    let names = ["pricePlace", "priceEndStep", "volumePlace", "sizeMultiplier"];
    assert_eq!(told(&contract, names), ["5", "1", "0", "10"]);
    let spot = row("/api/v2/spot/public/symbols?symbol=BTCUSDT");
    let names = ["pricePrecision", "quantityPrecision", "baseCoin", "quoteCoin"];
    assert_eq!(told(&spot, names), ["2", "6", "BTC", "USDT"]);
    let (status, _, body) = get(&venue, "/api/v2/mix/market/contracts");
    assert_eq!((status, body.contains(r#""code":"40034""#)), (400, true), "{body}");
}
