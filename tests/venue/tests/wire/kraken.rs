//! Kraken's side of the wire: books that a client must cut to be right, whose checksums hold; frames with the fields of
//! captured ones.

use crate::client::{Client, get_json, start, start_with};
use crate::outline::check_outlines_at;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use tests_venue::{Config, Fault, SimulatedVenue};

/// A book by the digits of the wire, cut to ten levels a side; quantities as they stand there.
#[derive(Default)]
struct Book([BTreeMap<u64, String>; 2]);

const DEPTH: usize = 10;

/// A number of JSON text, as it stands there: `(before, value, behind)` of the first one behind a name.
fn number<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let end = rest.find([',', '}']).unwrap_or(rest.len());
    Some((&rest[..end], &rest[end..]))
}

impl Book {
    /// Takes in a frame; whether the checksum holds then. JSON numbers would lose their zeros: read as text.
    fn hear(&mut self, frame: &str) -> bool {
        if frame.contains(r#""type":"snapshot""#) {
            *self = Self::default();
        }
        let (bids, asks) = frame.split_once(r#""asks":"#).expect("asks");
        for (side, rows) in self.0.iter_mut().zip([bids, asks]) {
            let mut rest = rows;
            while let Some((price, behind)) = number(rest, "price") {
                let (qty, behind) = number(behind, "qty").expect("a quantity");
                let px = digits(price).parse().expect("a price");
                match digits(qty).as_str() {
                    "" => side.remove(&px),
                    _ => side.insert(px, qty.to_owned()),
                };
                rest = behind;
            }
        }
        while self.0[0].len() > DEPTH {
            self.0[0].pop_first();
        }
        while self.0[1].len() > DEPTH {
            self.0[1].pop_last();
        }
        let told: u32 = number(frame, "checksum").expect("a checksum").0.parse().expect("a number");
        self.checksum() == told
    }

    fn checksum(&self) -> u32 {
        let [bids, asks] = &self.0;
        let text = |(px, qty): (&u64, &String)| format!("{px}{}", digits(qty));
        let text: String = asks.iter().map(text).chain(bids.iter().rev().map(text)).collect();
        let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        !text.bytes().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
    }
}

/// Without point, and without zeros in front.
fn digits(number: &str) -> String {
    number.replace('.', "").trim_start_matches('0').to_owned()
}

/// A client that has asked for a book of ten levels.
fn asking(venue: &SimulatedVenue, pair: &str) -> Client {
    let mut client = Client::open(venue, "/v2");
    assert!(client.next().starts_with(r#"{"channel":"status","type":"update""#));
    client.say(&format!(r#"{{"method":"subscribe","params":{{"channel":"book","symbol":["{pair}"],"depth":10}}}}"#));
    assert!(
        client.next().starts_with(r#"{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true"#)
    );
    client
}

fn next_book(client: &mut Client) -> String {
    loop {
        let frame = client.next();
        if frame.starts_with(r#"{"channel":"book""#) {
            return frame;
        }
    }
}

#[test]
fn a_book_that_is_cut_to_its_depth_has_the_checksum_of_every_message() {
    let venue = start_with(Config { speed_percent: 400, ..Config::new(VenueId::Kraken, 42) });
    for pair in ["BTC/USD", "PEPE/USD"] {
        let (mut client, mut book, mut kept_beyond) = (asking(&venue, pair), Book::default(), false);
        for count in 0..60 {
            let frame = next_book(&mut client);
            assert_eq!(frame.contains(r#""type":"snapshot""#), count == 0, "{frame}");
            kept_beyond |= book.0.iter().any(|side| side.len() == DEPTH) && frame.contains(r#""qty":0.0"#);
            assert!(book.hear(&frame), "{pair}, message {count}: {frame}");
        }
        assert!(kept_beyond && book.0.iter().all(|side| side.len() == DEPTH));
    }
}

#[test]
fn a_wrong_checksum_is_one_message_and_the_next_one_holds_again() {
    let venue = start(VenueId::Kraken);
    let (mut client, mut book) = (asking(&venue, "ETH/USD"), Book::default());
    assert!(book.hear(&next_book(&mut client)));
    venue.inject(Fault::WrongChecksum("ETH/USD".to_owned()));
    let holds: Vec<bool> = (0..20).map(|_| book.hear(&next_book(&mut client))).collect();
    assert_eq!(holds.iter().filter(|holds| !**holds).count(), 1, "{holds:?}");
}

#[test]
fn the_list_of_pairs_has_their_first_names_and_errors_are_status_200() {
    let venue = start(VenueId::Kraken);
    let all = get_json(&venue, "/0/public/AssetPairs");
    let btc = &all["result"]["XXBTZUSD"];
    let told = (&btc["wsname"], &btc["pair_decimals"], &btc["lot_decimals"], &btc["tick_size"]);
    assert_eq!(told, (&Value::from("XBT/USD"), &Value::from(1), &Value::from(8), &Value::from("0.1")));
    assert_eq!(all["result"]["XDGUSD"]["tick_size"], "0.0000010");
    assert_eq!(get_json(&venue, "/0/public/AssetPairs?pair=NOPE/USD")["error"][0], "EQuery:Unknown asset pair");
    assert_eq!(get_json(&venue, "/api/v3/time")["error"][0], "EGeneral:Unknown method");
    assert!(Client::try_open(&venue, "/stream").is_err());
}

#[test]
fn frames_have_the_fields_of_captured_ones() {
    let ask =
        |channel: &str| format!(r#"{{"method":"subscribe","params":{{"channel":"{channel}","symbol":["DOGE/USD"]}}}}"#);
    check_outlines_at(
        // Slow, so that now and then one side of a book alone has changed.
        50,
        VenueId::Kraken,
        "/v2",
        &["book", "trade", "ohlc"].map(ask).each_ref().map(String::as_str),
        &[
            r#"{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":806193442143087786}]}"#,
            r#"{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":"2026-08-24T22:21:56.724795Z","time_out":"2026-08-24T22:21:56.724853Z"}"#,
            r#"{"channel":"heartbeat"}"#,
            r#"{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":78871.5,"qty":0.01266503},{"price":78868.4,"qty":0.00005100}],"asks":[{"price":78871.6,"qty":4.21103066},{"price":78872.2,"qty":0.41892437}],"checksum":1406471562,"timestamp":"2026-08-24T22:21:57.110183Z"}]}"#,
            r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":78859.2,"qty":0.01378631}],"asks":[],"checksum":2136263304,"timestamp":"2026-08-24T22:21:58.344941Z"}]}"#,
            r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":68466.9,"qty":0.01919415,"ord_type":"market","trade_id":70635251,"timestamp":"2024-05-27T12:33:10.826003Z"}]}"#,
            r#"{"channel":"ohlc","type":"update","timestamp":"2024-05-17T11:21:16.318303Z","data":[{"symbol":"ETH/USD","open":3027.8,"high":3027.8,"low":3026.13,"close":3026.13,"trades":9,"volume":13.31603062,"vwap":3027.01,"interval_begin":"2024-05-17T11:12:00.000000000Z","interval":1,"timestamp":"2024-05-17T11:13:00.000000Z"}]}"#,
        ],
    );
}
