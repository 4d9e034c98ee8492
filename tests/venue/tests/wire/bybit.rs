//! Bybit's side of the wire: books chain by its own rule and end as the true book, tickers and trades have their fields,
//! faults do what they say.

use crate::client::{Client, get, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tests_venue::{Fault, SimulatedVenue};

const BTC: &str = r#"{"op":"subscribe","args":["orderbook.200.BTCUSDT"]}"#;

/// A client that has asked for something on a category's socket and was answered.
fn asking(venue: &SimulatedVenue, category: &str, message: &str) -> Client {
    let mut client = Client::open(venue, &format!("/v5/public/{category}"));
    client.say(message);
    let answer = client.next();
    assert!(answer.starts_with(r#"{"success":true,"#), "{answer}");
    client
}

fn next(client: &mut Client) -> Value {
    serde_json::from_str(&client.next()).expect("JSON")
}

fn id(frame: &Value) -> u64 {
    frame["data"]["u"].as_u64().unwrap_or_else(|| panic!("an id in {frame}"))
}

/// A book by the texts of the wire: prices in hundredths, quantities as they stand there.
#[derive(Default)]
struct Book([BTreeMap<i64, String>; 2]);

impl Book {
    fn hear(&mut self, frame: &Value) {
        if frame["type"] == "snapshot" {
            self.0 = Default::default();
        }
        for (side, name) in ["b", "a"].into_iter().enumerate() {
            for level in frame["data"][name].as_array().expect("levels") {
                let px: String = level[0].as_str().expect("a price").chars().filter(|c| *c != '.').collect();
                let (px, qty) = (px.parse().expect("a number"), level[1].as_str().expect("a quantity"));
                match qty {
                    "0" => assert!(self.0[side].remove(&px).is_some(), "{px} was never there"),
                    _ => drop(self.0[side].insert(px, qty.to_owned())),
                }
            }
        }
    }
}

#[test]
fn a_book_comes_whole_then_in_changes_and_is_the_true_one() {
    let venue = start(VenueId::Bybit);
    let mut client = asking(&venue, "linear", BTC);
    let mut book = Book::default();
    let first = next(&mut client);
    assert_eq!((&first["type"], &first["data"]["s"]), (&Value::from("snapshot"), &Value::from("BTCUSDT")));
    book.hear(&first);
    let (mut last, mut compared) = (id(&first), 0);
    let until = Instant::now() + Duration::from_secs(20);
    while compared < 10 && Instant::now() < until {
        let truth = venue.truth("linear:BTCUSDT").expect("listed");
        while last < truth.update_id {
            let frame = next(&mut client);
            assert_eq!((&frame["type"], id(&frame)), (&Value::from("delta"), last + 1));
            assert!(frame["cts"].as_u64() <= frame["ts"].as_u64());
            last += 1;
            book.hear(&frame);
        }
        if last == truth.update_id {
            compared += 1;
            for (levels, side) in [&truth.bids, &truth.asks].into_iter().zip(&book.0) {
                // One tick is ten hundredths, one lot a thousandth.
                let levels: BTreeMap<i64, String> = levels
                    .iter()
                    .map(|l| (l.px.0 * 10, format!("{}.{:03}", l.qty.0 / 1_000, l.qty.0 % 1_000)))
                    .collect();
                assert_eq!(levels, *side);
            }
        }
    }
    assert_eq!(compared, 10);
}

#[test]
fn a_dropped_change_is_a_gap_and_asking_again_brings_the_book_whole() {
    let venue = start(VenueId::Bybit);
    let mut client = asking(&venue, "linear", BTC);
    let last = id(&next(&mut client));
    venue.inject(Fault::DropNextDelta("linear:BTCUSDT".to_owned()));
    venue.inject(Fault::DropNextDelta("linear:ETHUSDT".to_owned()));
    let ids: Vec<u64> = std::iter::once(last).chain((0..10).map(|_| id(&next(&mut client)))).collect();
    let steps: Vec<u64> = ids.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!((steps.iter().filter(|step| **step == 2).count(), steps.iter().sum()), (1, 11), "{steps:?}");
    client.say(r#"{"op":"unsubscribe","args":["orderbook.200.BTCUSDT"]}"#);
    client.say(BTC);
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "snapshot") {
        let frame = next(&mut client);
        kinds.push(frame["type"].as_str().unwrap_or("answer").to_owned());
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "answer").count(), 2, "{kinds:?}");
    assert_eq!(next(&mut client)["type"], "delta");
}

#[test]
fn silence_owes_the_book_until_it_ends() {
    let venue = start(VenueId::Bybit);
    venue.inject(Fault::Silence(Duration::from_millis(800)));
    let mut client = asking(&venue, "linear", BTC);
    assert_eq!(client.hear(Duration::from_millis(300)).expect("open"), None);
    let first = next(&mut client);
    assert_eq!(first["type"], "snapshot");
    assert_eq!(id(&next(&mut client)), id(&first) + 1);
}

#[test]
fn a_ticker_is_told_whole_at_first_and_then_only_what_changed() {
    let venue = start(VenueId::Bybit);
    let message = r#"{"op":"subscribe","args":["tickers.BTCUSDT"]}"#;
    let mut client = asking(&venue, "linear", message);
    let first = next(&mut client);
    let all = first["data"].as_object().expect("fields").len();
    assert_eq!((&first["data"]["fundingIntervalHour"], all), (&Value::from("8"), 27));
    let mut told = first["data"].clone();
    for _ in 0..20 {
        let frame = next(&mut client);
        let fields = frame["data"].as_object().expect("fields").clone();
        assert!(frame["type"] == "delta" && fields.len() < all, "{frame}");
        let differs = |name: &str| fields.get(name).is_some_and(|value| told[name] != *value);
        let pair = |name: &str| differs(&name.replace("Size", "Price")) || differs(&name.replace("Price", "Size"));
        for name in fields.keys().filter(|name| *name != "symbol") {
            assert!(differs(name) || pair(name), "{name} did not change: {frame}");
        }
        fields.into_iter().for_each(|(name, value)| told[&name] = value);
    }
    let spot = next(&mut asking(&venue, "spot", message));
    assert_eq!((&spot["type"], spot["data"].get("markPrice")), (&Value::from("snapshot"), None));
}

#[test]
fn the_list_of_instruments_tells_their_steps_and_what_is_not_listed() {
    let venue = start(VenueId::Bybit);
    let ask = |query: &str| get_json(&venue, &format!("/v5/market/instruments-info?{query}"));
    let linear = ask("category=linear&symbol=SOLUSDT");
    let listed = &linear["result"]["list"][0];
    let steps = (&listed["priceFilter"]["tickSize"], &listed["lotSizeFilter"]["qtyStep"], &listed["fundingInterval"]);
    assert_eq!(steps, (&Value::from("0.010"), &Value::from("0.1"), &Value::from(480)));
    assert_eq!(ask("category=inverse")["result"]["list"].as_array().map(Vec::len), Some(1));
    assert_eq!(ask("category=spot&symbol=BTCUSDT")["result"]["list"][0]["lotSizeFilter"]["basePrecision"], "0.000001");
    for refused in ["category=linear&symbol=NOPE", "category=option", ""] {
        assert_eq!(ask(refused)["retCode"], 10_001, "{refused}");
    }
    assert_eq!(get(&venue, "/api/v3/time").0, 404);
    assert!(Client::try_open(&venue, "/stream").is_err());
    venue.inject(Fault::RestStatus { status: 503, count: 1 });
    assert_eq!(get(&venue, "/v5/market/time").0, 503);
    assert_eq!(get(&venue, "/v5/market/time").0, 200);
}

#[test]
fn contracts_frames_have_the_fields_of_captured_ones() {
    check_outlines(
        VenueId::Bybit,
        "/v5/public/linear",
        &[
            r#"{"op":"subscribe","args":["orderbook.200.BTCUSDT","publicTrade.BTCUSDT","tickers.BTCUSDT","allLiquidation.BTCUSDT"]}"#,
        ],
        &[
            r#"{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1786310818129,"data":{"s":"BTCUSDT","b":[["65114.20","6.054"],["65114.10","0.002"]],"a":[["65146.20","0.047"],["65146.30","0.360"]],"u":15076952,"seq":753843911359},"cts":1786310818027}"#,
            r#"{"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818130,"data":{"s":"BTCUSDT","b":[["65095.30","0.005"],["65094.60","0.076"]],"a":[["65116.60","0.760"],["65116.80","0.002"]],"u":15076953,"seq":753843913870},"cts":1786310818129}"#,
            r#"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310819681,"data":[{"T":1786310819680,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","L":"MinusTick","i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","BT":false,"RPI":false,"seq":753843954913}]}"#,
            r#"{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":"ZeroPlusTick","price24hPcnt":"0.001624","lastPrice":"65114.30","prevPrice24h":"65008.70","highPrice24h":"65282.30","lowPrice24h":"64694.40","prevPrice1h":"65083.80","markPrice":"65117.44","indexPrice":"65137.76","openInterest":"59891.732","openInterestValue":"3899996265.01","turnover24h":"1142118412.9021","volume24h":"17573.9120","fundingIntervalHour":"8","fundingCap":"0.005","singleOpenInterest":"29945.866","singleOpenInterestValue":"1949998132.50","nextFundingTime":"1786320000000","fundingRate":"0.0001","bid1Price":"65114.20","bid1Size":"5.954","ask1Price":"65114.30","ask1Size":"10.470","preOpenPrice":"","preQty":"","curPreListingPhase":""},"cs":753843900397,"ts":1786310817583}"#,
            r#"{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"0.003","p":"43511.70"}]}"#,
        ],
    );
}

#[test]
fn spot_frames_have_the_fields_of_captured_ones() {
    check_outlines(
        VenueId::Bybit,
        "/v5/public/spot",
        &[r#"{"op":"subscribe","args":["orderbook.200.BTCUSDT","publicTrade.BTCUSDT","tickers.BTCUSDT"]}"#],
        &[
            r#"{"topic":"publicTrade.BTCUSDT","ts":1786310822606,"type":"snapshot","data":[{"i":"2290000001189048101","T":1786310822605,"p":"65140.5","v":"0.002705","S":"Buy","seq":112488547164,"s":"BTCUSDT","BT":false,"RPI":false}]}"#,
            r#"{"topic":"tickers.BTCUSDT","ts":1786310819126,"type":"snapshot","cs":112488546160,"data":{"symbol":"BTCUSDT","lastPrice":"65140.5","highPrice24h":"65305.6","lowPrice24h":"64727.9","prevPrice24h":"65045.3","volume24h":"2953.835931","turnover24h":"191907024.69597728","price24hPcnt":"0.0015","usdIndexPrice":"65091.459221"}}"#,
            r#"{"topic":"orderbook.200.BTCUSDT","ts":1786310816618,"type":"delta","data":{"s":"BTCUSDT","b":[["65140.4","0.875077"]],"a":[["65154.6","0.099481"],["65154.7","0.123013"]],"u":62505425,"seq":112488545865},"cts":1786310816585}"#,
        ],
    );
}
