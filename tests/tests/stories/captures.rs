//! Every recording of a venue that we speak to, through the real binary, against an independent decoder; and one state
//! hash whatever the layout of threads.

use crate::recordings::{LAYOUTS, Replay, beginning, compare, expected, hash, shared, venue};
use std::path::PathBuf;

/// A replay is paced: each message waits until its consequences are complete. Between threads that costs a hand-over a
/// message: measured in an unoptimised build on two cores 8 µs inline, 9 shared, 33 dedicated, and several times as much
/// with threads while something else runs. So every recording is replayed inline; with threads those up to this length,
/// and the long ones by their beginning. `RINGSIDE_THOROUGH=1` replays all of them everywhere: four minutes.
fn is_affordable(layout: &str, messages: u64) -> bool {
    layout == "inline" || messages <= 20_000 || std::env::var_os("RINGSIDE_THOROUGH").is_some()
}

/// Replays every recording of a venue; returns how many there were.
fn check(of: &str) -> Option<usize> {
    let root = shared()?;
    let mut seen = 0;
    for (name, expected) in expected(&root, "expected.json") {
        if venue(&expected) != of {
            continue;
        }
        seen += 1;
        let files: Vec<PathBuf> = name.split('+').map(|file| root.join("data").join(file)).collect();
        let messages = expected["messages"].as_u64().expect("a count");
        for strategy in [None, Some("imbalance_maker")] {
            let mut first: Option<String> = None;
            for layout in LAYOUTS.into_iter().filter(|layout| is_affordable(layout, messages)) {
                let found = Replay { venue: of, files: &files, layout, strategy }.run().json();
                let told = format!("{name} ({layout}, {strategy:?})");
                compare(&told, &found, &expected);
                assert_eq!(found["layout"], layout, "{told}");
                // Recordings of one instrument over minutes give the maker something to quote, if their book has a start.
                let is_quoted = strategy.is_some() && name.contains("hft_") && found["resyncs"] == 0;
                let has_book = !found["instruments"].to_string().contains(r#""synced":false"#);
                let orders = found["orders"].as_u64().expect("a count");
                assert!(orders > 0 || !(is_quoted && has_book), "{told}: no order");
                assert!(orders == 0 || strategy.is_some(), "{told}: an order of nobody");
                let hash = hash(&found).to_owned();
                assert_eq!(first.get_or_insert_with(|| hash.clone()), &hash, "{told}: another state");
            }
        }
    }
    Some(seen)
}

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
fn every_bybit_recording_gives_what_an_independent_program_gave_and_one_state_in_every_layout() {
    assert!(check("bybit").is_none_or(|seen| seen >= 1));
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
