//! Kraken Futures' side of the wire: numbers of a product without holes, frames with the fields of captured ones.

use crate::client::{Client, get_json, start};
use crate::outline::check_outlines;
use engine_model::venue::VenueId;
use serde_json::Value;
use tests_venue::{Fault, SimulatedVenue};

const ETH: &str = r#"{"event":"subscribe","feed":"book","product_ids":["PF_ETHUSD"]}"#;

fn next(client: &mut Client) -> Value {
    serde_json::from_str(&client.next()).expect("JSON")
}

/// A client that has asked for a book, and the snapshot's number.
fn asking(venue: &SimulatedVenue) -> (Client, u64) {
    let mut client = Client::open(venue, "/ws/v1");
    assert_eq!(client.next(), r#"{"event":"info","version":1}"#);
    client.say(ETH);
    assert_eq!(client.next(), r#"{"event":"subscribed","feed":"book","product_ids":["PF_ETHUSD"]}"#);
    let snapshot = next(&mut client);
    assert_eq!(snapshot["feed"], "book_snapshot");
    let sequence = snapshot["seq"].as_u64().expect("a number");
    (client, sequence)
}

fn steps(client: &mut Client, before: u64, count: usize) -> Vec<u64> {
    let sequence = |_| next(client)["seq"].as_u64().expect("a number");
    let all: Vec<u64> = std::iter::once(before).chain((0..count).map(sequence)).collect();
    all.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn each_change_has_the_next_number_and_a_dropped_one_leaves_a_hole() {
    let venue = start(VenueId::KrakenFutures);
    let (mut client, sequence) = asking(&venue);
    assert_eq!(steps(&mut client, sequence, 50), [1; 50]);
    let (mut client, sequence) = asking(&venue);
    venue.inject(Fault::DropNextDelta("PF_ETHUSD".to_owned()));
    let steps = steps(&mut client, sequence, 60);
    assert_eq!((steps.iter().filter(|step| **step == 2).count(), steps.iter().sum()), (1, 61), "{steps:?}");
}

#[test]
fn a_book_that_is_asked_for_again_comes_whole_again() {
    let venue = start(VenueId::KrakenFutures);
    let (mut client, _) = asking(&venue);
    client.say(&ETH.replace("subscribe", "unsubscribe"));
    client.say(ETH);
    let mut feeds = Vec::new();
    while feeds.last().is_none_or(|feed| feed != "book_snapshot") {
        let frame = next(&mut client);
        feeds.push(frame["event"].as_str().or(frame["feed"].as_str()).unwrap_or_default().to_owned());
    }
    assert_eq!(feeds.iter().filter(|feed| feed.ends_with("subscribed")).count(), 2, "{feeds:?}");
    assert_eq!(next(&mut client)["feed"], "book");
}

#[test]
fn the_list_has_contracts_and_what_is_not_traded() {
    let venue = start(VenueId::KrakenFutures);
    let list = get_json(&venue, "/derivatives/api/v3/instruments");
    let listed = list["instruments"].as_array().expect("contracts");
    let of = |symbol: &str| listed.iter().find(|listed| listed["symbol"] == symbol).expect("listed");
    assert_eq!((&of("PI_XBTUSD")["type"], &of("PI_XBTUSD")["tickSize"]), (&"futures_inverse".into(), &0.5.into()));
    assert_eq!(of("PF_PEPEUSD")["contractValueTradePrecision"], -3);
    assert_eq!(of("in_xbtusd")["tradeable"], false);
    assert!(Client::try_open(&venue, "/v2").is_err());
}

#[test]
fn frames_have_the_fields_of_captured_ones() {
    let ask = |feed: &str| format!(r#"{{"event":"subscribe","feed":"{feed}","product_ids":["PI_XBTUSD"]}}"#);
    check_outlines(
        VenueId::KrakenFutures,
        "/ws/v1",
        &["book", "trade", "ticker"].map(ask).each_ref().map(String::as_str),
        &[
            r#"{"event":"info","version":1}"#,
            r#"{"event":"subscribed","feed":"trade","product_ids":["PI_XRPUSD"]}"#,
            r#"{"feed":"book_snapshot","product_id":"FI_XBTUSD_210730","timestamp":1626994927654,"seq":5159966,"tickSize":null,"bids":[{"price":32170.5,"qty":1200.0},{"price":32170.0,"qty":130775.0}],"asks":[{"price":439.6,"qty":50.0},{"price":439.9,"qty":21692.0}]}"#,
            r#"{"feed":"book","product_id":"PI_ETHUSD","side":"buy","seq":26660862,"price":2002.4,"qty":4787.0,"timestamp":1626994927766}"#,
            r#"{"feed":"trade","product_id":"PI_XBTUSD","uid":"05af78ac-a774-478c-a50c-8b9c234e071e","side":"sell","type":"fill","seq":653355,"time":1612266317519,"qty":15000,"price":34969.5}"#,
            r#"{"feed":"trade","product_id":"PI_XRPUSD","uid":"3ee209b8-bc9f-4ed5-965b-8c6208b26411","side":"sell","type":"liquidation","seq":41799,"time":1593561965283,"qty":12000,"price":0.1736}"#,
            r#"{"time":1676393235406,"product_id":"PI_XBTUSD","funding_rate":-6.2604214e-11,"funding_rate_prediction":-3.65989977e-10,"relative_funding_rate":-1.380384722222e-6,"relative_funding_rate_prediction":-8.047629166667e-6,"next_funding_rate_time":1676394000000,"feed":"ticker","bid":21978.5,"ask":21987.0,"bid_size":2536.0,"ask_size":13948.0,"volume":31403908.0,"dtm":0,"leverage":"50x","index":21984.54,"premium":-0.0,"last":21983.5,"change":1.9974017538161748,"suspended":false,"tag":"perpetual","pair":"XBT:USD","openInterest":30072580.0,"markPrice":21979.68641534714,"maturityTime":0,"post_only":false,"volumeQuote":31403908.0,"open":21968.5,"high":22123.0,"low":21456.0}"#,
        ],
    );
}
