//! `ringside record` against an exchange on loopback: what the live session saw is what a replay of the recording sees.

use crate::process::{Call, ringside};
use crate::recordings::{Replay, hash};
use crate::scratch::Scratch;
use engine_model::venue::VenueId;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tests_venue::{Config, Fault, Listing, SimulatedVenue};

fn exchange(venue: VenueId) -> SimulatedVenue {
    SimulatedVenue::start(Config::new(venue, 7)).expect("a free port")
}

/// A recording of these exchanges into a folder that is not there yet; nobody says who would trade.
fn call(exchanges: &[(VenueId, &SimulatedVenue)], scratch: &Scratch, words: &[&str]) -> Call {
    let venue = |(id, at): &(VenueId, &SimulatedVenue)| {
        let (name, ws, rest) = (id.name(), at.ws_url(), at.rest_url());
        let listed = Listing::defaults(*id);
        let symbols: Vec<&str> = match id {
            VenueId::BinanceCoinm => vec!["BTCUSD_PERP"],
            VenueId::BinanceSpot | VenueId::BinanceUsdm => vec!["BTCUSDT", "ETHUSDT"],
            _ => listed.iter().map(|listing| listing.instrument.symbol.as_str()).collect(),
        };
        format!("[[venue]]\nname = \"{name}\"\nsymbols = {symbols:?}\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n")
    };
    let file = scratch.file("settings.toml", exchanges.iter().map(venue).collect::<String>());
    let call = ringside(["record", "--out", "there/recording", "--config"]).arg(file).within(scratch.path());
    words.iter().fold(call, |call, word| call.arg(word))
}

fn files(venue: &Value, scratch: &Scratch) -> Vec<PathBuf> {
    let files = venue["files"].as_array().expect("files");
    files.iter().map(|file| scratch.path().join(file.as_str().expect("a path"))).collect()
}

/// At its original pace a replay takes as long as the recording, and ends in the same state.
fn same_at_its_own_pace(name: &str, files: &[PathBuf], at_least: Duration) {
    let replay = Replay { venue: name, files, layout: "inline", strategy: None };
    let [slow, fast] = ["original", "maximal"].map(|pace| replay.run_with(&["--pace", pace], Vec::new()).json());
    assert_eq!(hash(&slow), hash(&fast));
    assert!(slow["elapsed_ns"].as_u64().map(Duration::from_nanos) >= Some(at_least), "{slow}");
}

/// Every field that a replay tells of the market is told of the live session, and is the same.
fn same_as_its_replay(name: &str, live: &Value, scratch: &Scratch) {
    let files = files(live, scratch);
    for layout in ["inline", "shared"] {
        let replayed = Replay { venue: name, files: &files, layout, strategy: None }.run().json();
        let fields =
            ["messages", "events", "control", "unknown", "errors", "gaps", "crossed", "resyncs", "instruments"];
        for field in fields.into_iter().chain(["checksum_ok", "checksum_failed"]) {
            assert!(!live[field].is_null(), "{name}: {field} is not told: {live}");
            assert_eq!(replayed[field], live[field], "{name} ({layout}): {field}");
        }
    }
}

fn whole(recorded: &Value) {
    for (name, venue) in recorded["venues"].as_object().expect("venues") {
        let told = (&venue["missing"], &venue["dropped"], &venue["replaced"]);
        assert_eq!(told, (&0.into(), &0.into(), &0.into()), "{name}: {venue}");
        assert!(venue["records"].as_u64() > venue["messages"].as_u64(), "{name}: lines open: {venue}");
    }
}

/// Their lists of instruments are read, every instrument is subscribed to, spot and contracts.
#[test]
fn okx_and_coinbase_are_recorded_as_they_list_themselves() {
    let scratch = Scratch::new();
    let (okx, coinbase) = (exchange(VenueId::Okx), exchange(VenueId::Coinbase));
    let exchanges = [(VenueId::Okx, &okx), (VenueId::Coinbase, &coinbase)];
    let recorded = call(&exchanges, &scratch, &["--json", "--for", "5s"]).run().json();
    whole(&recorded);
    for (venue, symbols) in [(VenueId::Okx, 10), (VenueId::Coinbase, 4)] {
        let live = &recorded["venues"][venue.name()];
        let instruments = live["instruments"].as_object().expect("instruments");
        assert_eq!(
            (instruments.len(), &live["state"], &live["unknown"]),
            (symbols, &"synced".into(), &0.into()),
            "{live}"
        );
        for (symbol, book) in instruments {
            assert!(book["synced"] == true && book["trades"].as_u64() > Some(0), "{symbol}: {book}");
        }
        same_as_its_replay(venue.name(), live, &scratch);
    }
}

#[test]
fn what_was_recorded_replays_to_the_counts_and_books_of_the_live_session() {
    let scratch = Scratch::new();
    let (usdm, coinm) = (exchange(VenueId::BinanceUsdm), exchange(VenueId::BinanceCoinm));
    let exchanges = [(VenueId::BinanceUsdm, &usdm), (VenueId::BinanceCoinm, &coinm)];
    let recorded = call(&exchanges, &scratch, &["--json", "--for", "5s"]).run().json();
    whole(&recorded);
    let venues = recorded["venues"].as_object().expect("venues");
    assert_eq!(venues.len(), 2);
    for (name, live) in venues {
        assert!(live["messages"].as_u64() > Some(500) && live["state"] == "synced", "{name}: {live}");
        for (symbol, book) in live["instruments"].as_object().expect("instruments") {
            assert!(book["synced"] == true && book["trades"].as_u64() > Some(0), "{symbol}: {book}");
            assert!(book["bid_levels"].as_u64() > Some(10), "{symbol}: {book}");
        }
        same_as_its_replay(name, live, &scratch);
    }
    same_at_its_own_pace("binance-coinm", &files(&venues["binance-coinm"], &scratch), Duration::from_secs(4));
    let allocations = &recorded["hot_allocations"];
    assert!(allocations.is_null() || allocations == 0, "the tap allocates: {recorded}");
}

#[test]
fn a_line_that_broke_and_a_change_that_was_missed_replay_as_they_were() {
    let scratch = Scratch::new();
    let spot = exchange(VenueId::BinanceSpot);
    let mut going = call(&[(VenueId::BinanceSpot, &spot)], &scratch, &["--json"]).start();
    going.until_said("every venue is in sync");
    spot.inject(Fault::DropNextDelta("BTCUSDT".into()));
    std::thread::sleep(Duration::from_secs(2));
    spot.inject(Fault::Disconnect);
    std::thread::sleep(Duration::from_secs(4));
    going.terminate();
    let ran = going.end();
    assert_eq!(ran.code, Some(130), "{ran}");
    let recorded: Value = serde_json::from_str(&ran.stdout).expect("one object, although interrupted");
    whole(&recorded);
    let live = &recorded["venues"]["binance-spot"];
    assert!(live["gaps"].as_u64() > Some(0) && live["state"] == "synced", "{live}");
    let files = files(live, &scratch);
    let replayed = Replay { venue: "binance-spot", files: &files, layout: "inline", strategy: None }.run().json();
    for field in ["messages", "events", "errors", "instruments"] {
        assert_eq!(replayed[field], live[field], "{field}");
    }
}

#[test]
fn a_process_that_is_killed_leaves_a_recording_that_replays() {
    let scratch = Scratch::new();
    let spot = exchange(VenueId::BinanceSpot);
    let mut going = call(&[(VenueId::BinanceSpot, &spot)], &scratch, &[]).start();
    going.until_said("every venue is in sync");
    std::thread::sleep(Duration::from_secs(4));
    going.signal("-KILL");
    assert_eq!(going.end().code, None);
    let folder = std::fs::read_dir(scratch.path().join("there/recording")).expect("a folder");
    let files: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    let replayed = Replay { venue: "binance-spot", files: &files, layout: "inline", strategy: None }.run().json();
    assert!(replayed["messages"].as_u64() > Some(100) && replayed["errors"] == 0, "{replayed}");
    assert_eq!(replayed["instruments"]["BTCUSDT"]["synced"], true, "{replayed}");
}

#[test]
fn a_person_reads_what_was_recorded_and_where_it_lies() {
    let scratch = Scratch::new();
    let spot = exchange(VenueId::BinanceSpot);
    let ran = call(&[(VenueId::BinanceSpot, &spot)], &scratch, &["--for", "2s"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    for words in ["binance-spot: ", " 0 missing, ", "  there/recording/binance-spot-2", "-0000.ndjson.zst\n"] {
        assert!(ran.stdout.contains(words), "`{words}` is not said: {ran}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_recorded() {
    let scratch = Scratch::new();
    let spot = exchange(VenueId::BinanceSpot);
    scratch.file("there", "a file");
    let ran = call(&[(VenueId::BinanceSpot, &spot)], &scratch, &["--for", "1s"]).run();
    ran.refused(1, &["--out there/recording"]);
}
