//! Snapshots and deltas chain by the venue's own rules; books, tickers and trades agree.

use crate::client::{Book, Client, get, get_json, start, start_with, unwrap};
use engine_model::venue::VenueId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tests_venue::{Config, Listing};

fn id(delta: &Value, name: &str) -> u64 {
    delta[name].as_u64().unwrap_or_else(|| panic!("{name} in {delta}"))
}

/// Path of the socket for books, path of a snapshot, first symbol.
fn paths(venue: VenueId, speed: &str) -> (String, &'static str, &'static str) {
    let (prefix, rest, symbol) = match venue {
        VenueId::BinanceSpot => ("", "/api/v3/depth?limit=1000&symbol=", "BTCUSDT"),
        VenueId::BinanceCoinm => ("", "/dapi/v1/depth?limit=1000&symbol=", "BTCUSD_PERP"),
        _ => ("/public", "/fapi/v1/depth?limit=1000&symbol=", "BTCUSDT"),
    };
    let lower = symbol.to_lowercase();
    (format!("{prefix}/stream?streams={lower}@depth{speed}/{lower}@bookTicker/{lower}@trade"), rest, symbol)
}

/// Keeps a book by the rules for that venue and checks, after each delta, the chain, the sides, and the ticker.
fn follow(venue: VenueId, speed: &str, deltas: usize) {
    let simulated = start(venue);
    let listing = Listing::defaults(venue)[0];
    let (path, rest, symbol) = paths(venue, speed);
    let depth_name = format!("{}@depth{speed}", symbol.to_lowercase());
    let mut client = Client::open(&simulated, &path);
    let mut waiting = vec![client.next_of(&depth_name)];
    let mut book = Book::of_snapshot(&listing, &get_json(&simulated, &format!("{rest}{symbol}")));
    assert!(book.depth() >= 20);
    let spot = venue == VenueId::BinanceSpot;
    let mut synced: Option<u64> = None;
    let (mut applied, mut trades, mut tickers) = (0, 0, BTreeMap::new());
    let mut range = (i64::MAX, i64::MIN);
    let mut outside = 0;
    while applied < deltas {
        let (name, data) = unwrap(&client.next());
        if name == depth_name {
            waiting.push(data);
        } else if name.ends_with("@bookTicker") {
            let top = [book.ticks(&data["b"]), book.lots(&data["B"]), book.ticks(&data["a"]), book.lots(&data["A"])];
            range = (range.0.min(top[0]), range.1.max(top[2]));
            tickers.insert(id(&data, "u"), top);
        } else {
            let px = book.ticks(&data["p"]);
            outside += i32::from(synced.is_some() && !(range.0..=range.1).contains(&px));
            trades += 1;
        }
        for delta in waiting.drain(..) {
            match synced {
                None if id(&delta, "u") < book.update_id + u64::from(spot) => continue,
                None => assert!(id(&delta, "U") <= book.update_id + u64::from(spot), "the snapshot fits the stream"),
                Some(last) if spot => assert_eq!(id(&delta, "U"), last + 1),
                Some(last) => assert_eq!(id(&delta, "pu"), last),
            }
            book.apply(&delta);
            synced = Some(book.update_id);
            applied += 1;
            let top = book.top();
            assert!(top[0] < top[2], "crossed: {top:?}");
            if let Some((_, ticker)) = tickers.range(..=book.update_id).next_back() {
                assert_eq!(*ticker, top, "ticker and book agree at {}", book.update_id);
            }
        }
    }
    assert!(trades > 10 && tickers.len() > 100, "{trades} trades, {} tickers", tickers.len());
    // A trade may print before the ticker that shows its level; it is never far outside what was seen.
    assert!(outside * 4 < trades, "{outside} of {trades} trades outside every top seen");
}

#[test]
fn spot_chains_and_the_book_agrees_with_the_ticker() {
    follow(VenueId::BinanceSpot, "@100ms", 20);
}

#[test]
fn usdm_chains_in_real_time() {
    follow(VenueId::BinanceUsdm, "@0ms", 80);
}

#[test]
fn coinm_chains_at_both_speeds() {
    follow(VenueId::BinanceCoinm, "@100ms", 20);
    follow(VenueId::BinanceCoinm, "@0ms", 80);
}

#[test]
fn bare_and_combined_frames_and_acks_are_the_venues() {
    let venue = start(VenueId::BinanceSpot);
    let mut bare = Client::open(&venue, "/ws");
    bare.say(r#"{"method":"SUBSCRIBE","params":["ethusdt@bookTicker"],"id":312}"#);
    assert_eq!(bare.next(), r#"{"result":null,"id":312}"#);
    assert!(bare.next().starts_with(r#"{"u":"#));
    bare.say(r#"{"method":"UNSUBSCRIBE","params":["ethusdt@bookTicker"],"id":313}"#);
    while bare.next() != r#"{"result":null,"id":313}"# {}
    assert_eq!(bare.hear(Duration::from_millis(300)).expect("open"), None);
    let mut one = Client::open(&venue, "/ws/btcusdt@bookTicker");
    assert!(one.next().starts_with(r#"{"u":"#));
    let mut combined = Client::open(&venue, "/stream");
    combined.say(r#"{"method":"SUBSCRIBE","params":["solusdt@bookTicker"],"id":1}"#);
    assert_eq!(combined.next(), r#"{"result":null,"id":1}"#);
    assert!(combined.next().starts_with(r#"{"stream":"solusdt@bookTicker","data":{"u":"#));
}

#[test]
fn usdm_serves_books_and_the_rest_on_different_routes() {
    let venue = start(VenueId::BinanceUsdm);
    let mut wrong = Client::open(&venue, "/public/stream?streams=btcusdt@markPrice@1s/btcusdt@aggTrade");
    let mut right = Client::open(&venue, "/market/stream?streams=btcusdt@markPrice@1s");
    assert_eq!(right.next_of("btcusdt@markPrice@1s")["e"], "markPriceUpdate");
    assert_eq!(wrong.hear(Duration::from_millis(300)).expect("open"), None);
    for old in ["/ws", "/stream?streams=btcusdt@trade"] {
        assert!(Client::try_open(&venue, old).err().is_some_and(|e| e.contains("404")), "{old} is switched off");
    }
    let mut private = Client::open(&venue, "/private/ws/anyKeyIsAccepted");
    assert_eq!(private.hear(Duration::from_millis(200)).expect("open"), None);
}

#[test]
fn rest_answers_as_the_venue_does() {
    let spot = start(VenueId::BinanceSpot);
    let now_ms = get_json(&spot, "/api/v3/time")["serverTime"].as_u64().expect("a time");
    assert!(now_ms > 1_600_000_000_000);
    let info = get_json(&spot, "/api/v3/exchangeInfo");
    assert_eq!(info["symbols"][0]["filters"][0]["tickSize"], "0.01000000");
    assert_eq!(info["symbols"][0]["filters"][1]["stepSize"], "0.00001000");
    assert_eq!(get_json(&spot, "/api/v3/depth?symbol=SOLUSDT&limit=5")["bids"].as_array().map(Vec::len), Some(5));
    let (status, head, body) = get(&spot, "/api/v3/depth?symbol=NOPE");
    assert_eq!((status, body.as_str()), (400, r#"{"code":-1121,"msg":"Invalid symbol."}"#));
    assert!(head.contains("X-MBX-USED-WEIGHT-1M: "), "{head}");
    assert_eq!(get(&spot, "/api/v3/depth").0, 400);
    assert_eq!(get(&spot, "/fapi/v1/depth?symbol=BTCUSDT").0, 404);
    let usdm = start(VenueId::BinanceUsdm);
    let interest = get_json(&usdm, "/fapi/v1/openInterest?symbol=BTCUSDT");
    assert!(interest["openInterest"].as_str().is_some_and(|t| t.contains('.')), "{interest}");
    assert_eq!(get(&usdm, "/fapi/v1/depth?symbol=BTCUSDT&limit=7").0, 400);
    let coinm = start(VenueId::BinanceCoinm);
    assert_eq!(get_json(&coinm, "/dapi/v1/openInterest?symbol=BTCUSD_PERP")["contractType"], "PERPETUAL");
    assert_eq!(get_json(&coinm, "/dapi/v1/depth?symbol=BTCUSD_PERP&limit=20")["pair"], "BTCUSD");
}

#[test]
fn who_spends_the_minutes_weight_is_told_to_wait() {
    let venue = start(VenueId::BinanceUsdm);
    let refused =
        (0..200).map(|_| get(&venue, "/fapi/v1/depth?symbol=BTCUSDT&limit=1000")).find(|(status, ..)| *status != 200);
    let (status, head, body) = refused.expect("2400 / 20 = 120 snapshots a minute");
    assert_eq!(status, 429);
    assert!(head.contains("Retry-After: ") && body.contains("-1003"), "{head} {body}");
}

/// The next ticker: its id and text.
fn ticker(client: &mut Client) -> (u64, String) {
    let ticker: Value = serde_json::from_str(&client.next()).expect("JSON");
    (id(&ticker, "u"), ticker.to_string())
}

#[test]
fn one_seed_gives_the_same_books_on_the_wire_at_any_pace() {
    let start = |speed_percent| start_with(Config { speed_percent, ..Config::new(VenueId::BinanceSpot, 9) });
    let (fast_venue, slow_venue) = (start(300), start(100));
    let mut fast = Client::open(&fast_venue, "/ws/btcusdt@bookTicker");
    let fast: BTreeMap<_, _> = (0..2_000).map(|_| ticker(&mut fast)).collect();
    let mut slow = Client::open(&slow_venue, "/ws/btcusdt@bookTicker");
    let last = *fast.keys().next_back().expect("tickers");
    let mut common = 0;
    while common < 200 {
        let (update_id, text) = ticker(&mut slow);
        assert!(update_id <= last, "only {common} updates in common");
        if let Some(same) = fast.get(&update_id) {
            assert_eq!(*same, text);
            common += 1;
        }
    }
}
