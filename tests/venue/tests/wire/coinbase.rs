//! Coinbase's side of the wire: frames have the fields of captured ones, and every text of a socket has its number.

use crate::client::{Client, get, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;
use tests_venue::{Fault, SimulatedVenue};

const LEVEL2: &str = r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channel":"level2"}"#;
const HEARTBEATS: &str = r#"{"type":"subscribe","channel":"heartbeats"}"#;

#[test]
fn frames_have_the_fields_of_captured_ones() {
    let [trades, ticker] = ["market_trades", "ticker"].map(|name| LEVEL2.replace("level2", name));
    check_outlines(
        VenueId::Coinbase,
        "/",
        &[&trades, &ticker, LEVEL2, HEARTBEATS],
        &[
            r#"{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}"#,
            r#"{"channel":"ticker","timestamp":"2026-08-09T21:05:48.229198328Z","sequence_num":6,"events":[{"type":"snapshot","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"65086.18","volume_24_h":"2867.54532609","low_24_h":"64675.22","high_24_h":"65252.99","low_52_w":"57717.55","high_52_w":"126296","price_percent_chg_24_h":"0.09601107287722","best_bid":"65083.66","best_ask":"65083.67","best_bid_quantity":"0.20371215","best_ask_quantity":"0.24290402"}]}]}"#,
            r#"{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.483587501Z","sequence_num":13,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-08-09T21:05:48.170326Z","price_level":"65083.66","new_quantity":"0.20371215"}]}]}"#,
            r#"{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.507227366Z","sequence_num":16,"events":[{"type":"update","product_id":"BTC-USD","updates":[{"side":"offer","event_time":"2026-08-09T21:05:48.27841Z","price_level":"65083.71","new_quantity":"0.06"}]}]}"#,
            r#"{"channel":"heartbeats","timestamp":"2026-08-09T21:05:48.856364007Z","sequence_num":35,"events":[{"current_time":"2026-08-09 21:05:48.854840045 +0000 UTC m=+41691.260485341","heartbeat_counter":41691}]}"#,
            r#"{"channel":"subscriptions","timestamp":"2026-08-09T21:05:48.228846629Z","sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}"#,
        ],
    );
}

/// How the numbers of the next texts go on behind the last one heard, and which channels they are of.
fn steps(client: &mut Client, last: &mut i64, texts: usize) -> Vec<(i64, String)> {
    let mut step = |_| {
        let frame: Value = serde_json::from_str(&client.next()).expect("JSON");
        let number = frame["sequence_num"].as_i64().expect("a number");
        (number - std::mem::replace(last, number), frame["channel"].as_str().unwrap_or_default().to_owned())
    };
    (0..texts).map(&mut step).collect()
}

fn asking(venue: &SimulatedVenue) -> Client {
    let mut client = Client::open(venue, "/");
    client.say(LEVEL2);
    client.say(HEARTBEATS);
    client
}

#[test]
fn every_text_of_a_socket_is_numbered_whatever_others_hear() {
    let venue = start(VenueId::Coinbase);
    let mut other = asking(&venue);
    steps(&mut other, &mut -1, 10);
    let steps = steps(&mut asking(&venue), &mut -1, 60);
    assert!(steps.iter().all(|(step, _)| *step == 1), "{steps:?}");
    let channels: Vec<&str> = steps.iter().map(|(_, channel)| channel.as_str()).collect();
    assert_eq!(channels[..3], ["l2_data", "l2_data", "subscriptions"], "both books whole, then the answer");
    assert!(channels.contains(&"heartbeats"), "{channels:?}");
}

#[test]
fn a_dropped_change_is_a_hole_in_the_numbers_and_so_is_silence() {
    let venue = start(VenueId::Coinbase);
    let (mut client, mut last) = (asking(&venue), -1);
    steps(&mut client, &mut last, 6);
    venue.inject(Fault::DropNextDelta("ETH-USD".to_owned()));
    let dropped = steps(&mut client, &mut last, 20);
    assert_eq!(dropped.iter().map(|(step, _)| *step).sum::<i64>(), 21, "{dropped:?}");
    venue.inject(Fault::Silence(std::time::Duration::from_millis(400)));
    let silent = steps(&mut client, &mut last, 30);
    assert!(silent.iter().any(|(step, _)| *step > 4), "{silent:?}");
}

#[test]
fn products_tell_their_steps_and_what_is_not_listed() {
    let venue = start(VenueId::Coinbase);
    let products = get_json(&venue, "/api/v3/brokerage/market/products");
    assert_eq!(products["num_products"], 4);
    let doge = get_json(&venue, "/api/v3/brokerage/market/products/DOGE-USD");
    let told = ["price_increment", "base_increment", "base_max_size", "quote_min_size"].map(|name| &doge[name]);
    assert_eq!(told, ["0.00001", "0.1", "141834300", "1"]);
    assert_eq!(get(&venue, "/api/v3/brokerage/market/products/NO-PE").0, 404);
    assert!(get_json(&venue, "/api/v3/brokerage/time")["epochMillis"].is_string());
    assert!(Client::try_open(&venue, "/stream").is_err());
}
