//! Every recording of every venue, through the real binary, against an independent decoder; and one state hash whatever the
//! layout of threads.

use crate::recordings::{LAYOUTS, Replay, beginning, compare, expected, hash, shared, venue};
use engine_model::venue::VenueId;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A replay is paced: each message waits until its consequences are complete. Between threads that costs a hand-over a
/// message: measured in an unoptimised build on two cores 8 µs inline, 9 shared, 33 dedicated; with other work on both cores
/// (load 12) still 0.1 ms a message shared, but 3 to 20 ms dedicated. So every recording is replayed inline; with threads
/// those up to these lengths, and the longer ones by their beginning. `RINGSIDE_THOROUGH=1` replays all of them everywhere.
fn is_affordable(layout: &str, messages: u64) -> bool {
    let longest = match layout {
        "inline" => u64::MAX,
        "shared" => 20_000,
        _ => 700,
    };
    messages <= longest || std::env::var_os("RINGSIDE_THOROUGH").is_some()
}

const STRATEGIES: [Option<&str>; 2] = [None, Some("imbalance_maker")];

/// Venues whose recordings have no instrument that is quoted in dollars: a strategy has nothing to trade there.
const WITHOUT_DOLLARS: [&str; 2] = ["deribit", "kucoin"];

/// Replays every recording of a venue; returns how many there were.
fn check(of: &str) -> Option<usize> {
    let root = shared()?;
    let mut seen = 0;
    for (name, expected) in expected(&root, "expected.json") {
        if venue(&expected) == of {
            seen += 1;
            check_one(&root, &name, &expected);
        }
    }
    Some(seen)
}

/// Replays one recording, with and without a strategy, in every layout that can be afforded.
fn check_one(root: &Path, name: &str, expected: &Value) {
    let files: Vec<PathBuf> = name.split('+').map(|file| root.join("data").join(file)).collect();
    let messages = expected["messages"].as_u64().expect("a count");
    if WITHOUT_DOLLARS.contains(&venue(expected)) {
        let replay = Replay { venue: venue(expected), files: &files, layout: "inline", strategy: STRATEGIES[1] };
        replay.run().refused(2, &["a strategy needs at least one instrument"]);
    }
    let strategies = if WITHOUT_DOLLARS.contains(&venue(expected)) { &STRATEGIES[..1] } else { &STRATEGIES };
    for &strategy in strategies {
        let mut first: Option<String> = None;
        for layout in LAYOUTS.into_iter().filter(|layout| is_affordable(layout, messages)) {
            let found = Replay { venue: venue(expected), files: &files, layout, strategy }.run().json();
            let told = format!("{name} ({layout}, {strategy:?})");
            compare(&told, &found, expected);
            assert_eq!(found["layout"], layout, "{told}");
            // Recordings of one instrument over minutes give the maker something to quote, if their book has a start.
            let is_long = name.contains("hft_") && messages > 1_000;
            let is_quoted = strategy.is_some() && is_long && found["resyncs"] == 0;
            let has_book = !found["instruments"].to_string().contains(r#""synced":false"#);
            let orders = found["orders"].as_u64().expect("a count");
            assert!(orders > 0 || !(is_quoted && has_book), "{told}: no order");
            assert!(orders == 0 || strategy.is_some(), "{told}: an order of nobody");
            let hash = hash(&found).to_owned();
            assert_eq!(first.get_or_insert_with(|| hash.clone()), &hash, "{told}: another state");
        }
    }
}

/// The venues that have no test of their own below: their recordings are short. How many recordings each has at least.
const OTHERS: [(&str, usize); 14] = [
    ("bybit", 1),
    ("okx", 4),
    ("gate-spot", 1),
    ("gate-futures", 1),
    ("bitget", 1),
    ("hyperliquid", 1),
    ("coinbase", 1),
    ("kraken", 1),
    ("kraken-futures", 1),
    ("deribit", 2),
    ("kraken-v1", 1),
    ("coinbase-exchange", 1),
    ("kucoin", 1),
    ("bitmex", 2),
];

#[test]
fn every_spot_recording_gives_what_an_independent_program_gave_and_one_state_in_every_layout() {
    assert!(check("binance-spot").is_none_or(|seen| seen >= 11));
}

#[test]
fn every_usdm_recording_gives_what_an_independent_program_gave_and_one_state_in_every_layout() {
    assert!(check("binance-usdm").is_none_or(|seen| seen >= 6));
}

#[test]
fn every_coinm_recording_gives_what_an_independent_program_gave_and_one_state_in_every_layout() {
    assert!(check("binance-coinm").is_none_or(|seen| seen >= 4));
}

#[test]
fn every_recording_of_the_other_venues_gives_what_an_independent_program_gave_and_one_state_in_every_layout() {
    for (venue, least) in OTHERS {
        assert!(check(venue).is_none_or(|seen| seen >= least), "{venue}");
    }
}

#[test]
fn every_venue_is_in_one_of_these_tests_and_every_recording_is_of_a_venue() {
    let tested = ["binance-spot", "binance-usdm", "binance-coinm"].into_iter().chain(OTHERS.map(|(venue, _)| venue));
    let (mut tested, mut all): (Vec<&str>, _) = (tested.collect(), VenueId::ALL.map(VenueId::name));
    tested.sort_unstable();
    all.sort_unstable();
    assert_eq!(tested, all);
    let Some(root) = shared() else { return };
    for (name, expected) in expected(&root, "expected.json") {
        assert!(tested.contains(&venue(&expected)), "{name} is of {}", venue(&expected));
    }
}

#[test]
fn a_recording_that_names_no_instrument_replays_to_nothing() {
    for (venue, frame) in [
        ("binance-spot", r#"{"result":null,"id":1}"#),
        ("bybit", r#"{"success":true,"ret_msg":"","conn_id":"1","op":"subscribe"}"#),
        ("okx", r#"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"1"}"#),
        ("coinbase", r#"{"channel":"subscriptions","timestamp":"2026-08-09T00:00:00Z","sequence_num":0,"events":[]}"#),
        ("kraken", r#"{"channel":"heartbeat"}"#),
        ("hyperliquid", r#"{"channel":"pong"}"#),
    ] {
        let line = json!({"ts": 1, "ch": "a", "dir": "in", "raw": frame});
        let files = [PathBuf::from("-")];
        for layout in LAYOUTS {
            let replay = Replay { venue, files: &files, layout, strategy: None };
            let found = replay.run_with(&[], format!("{line}\n").into_bytes()).json();
            let told = ["messages", "control", "instruments"].map(|field| &found[field]);
            assert_eq!(told, [&json!(1), &json!(1), &json!({})], "{venue} ({layout})");
        }
    }
}

/// Frames of one venue after another, without a strategy: what the long recordings leave out above.
#[test]
fn the_beginning_of_every_recording_that_is_not_replayed_dedicated_ends_in_one_state_in_every_layout() {
    const LINES: usize = 300;
    let Some(root) = shared() else { return };
    for (name, expected) in expected(&root, "expected.json") {
        let messages = expected["messages"].as_u64().expect("a count");
        if name.contains('+') || venue(&expected).starts_with("binance") || is_affordable("dedicated", messages) {
            continue;
        }
        let text = beginning(&root.join("data").join(&name), LINES);
        let hashes = LAYOUTS.map(|layout| {
            let files = [PathBuf::from("-")];
            let replay = Replay { venue: venue(&expected), files: &files, layout, strategy: None };
            hash(&replay.run_with(&[], text.clone()).json()).to_owned()
        });
        assert!(hashes.iter().all(|hash| *hash == hashes[0]), "{name}: {hashes:?}");
    }
}

#[test]
fn the_beginning_of_a_long_recording_read_from_a_pipe_ends_in_one_state_in_every_layout() {
    const LINES: usize = 8_000;
    let Some(root) = shared() else { return };
    for (venue, file) in [
        ("binance-spot", "binance/hft_btcusdt_20240808.ndjson.zst"),
        ("binance-usdm", "binance_usdm/hft_btcusdt_20240808.ndjson.zst"),
        ("binance-coinm", "binance_coinm/hft_btcusd_perp_20240808.ndjson.zst"),
    ] {
        let text = beginning(&root.join("data").join(file), LINES);
        let mut first = None;
        for layout in LAYOUTS {
            let files = [PathBuf::from("-")];
            let replay = Replay { venue, files: &files, layout, strategy: Some("imbalance_maker") };
            let found = replay.run_with(&[], text.clone()).json();
            assert!(found["orders"].as_u64() > Some(0) && found["fills"].as_u64() > Some(0), "{file}: no trading");
            let told = ["messages", "orders", "fills", "denied", "state_hash"].map(|field| found[field].to_string());
            assert_eq!(first.get_or_insert_with(|| told.clone()), &told, "{file} ({layout})");
        }
    }
}
