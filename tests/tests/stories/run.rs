//! `ringside run` against an exchange on loopback: how a run begins, and what it leaves behind at its end.

use crate::client::get;
use crate::doors::metric;
use crate::process::{Call, Ran, ringside};
use crate::scratch::Scratch;
use engine_core::journal::reader::{Entry, Reader};
use engine_core::journal::record::{Record, Verdict};
use engine_core::journal::replay::replay;
use engine_model::command::CommandKind;
use engine_model::venue::VenueId;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tests_venue::{Config, SimulatedVenue};

/// An exchange, and a folder that a run may start in.
pub(crate) struct Ground {
    pub(crate) exchange: SimulatedVenue,
    pub(crate) scratch: Scratch,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let exchange = SimulatedVenue::start(Config::new(VenueId::BinanceUsdm, 7)).expect("a free port");
        Self { exchange, scratch: Scratch::new() }
    }

    /// A file of settings: these lines, two instruments of the exchange, and a maker on them unless one is named.
    pub(crate) fn settings(&self, sections: &str) -> PathBuf {
        let (ws, rest) = (self.exchange.ws_url(), self.exchange.rest_url());
        let venue = format!(
            "[[venue]]\nname = \"binance-usdm\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n"
        );
        let maker = if sections.contains("[[strategy]]") { "" } else { MAKER };
        // The lines may end within the table of a strategy; a venue is a table of its own.
        self.scratch.file("settings.toml", [&venue, maker, sections].concat())
    }

    /// A run with these settings; its journal comes to lie in the folder.
    pub(crate) fn call(&self, sections: &str, words: &[&str]) -> Call {
        let call = ringside(["run", "--json", "--config"]).arg(self.settings(sections)).within(self.scratch.path());
        words.iter().fold(call, |call, word| call.arg(word))
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.scratch.journal()
    }
}

/// A maker that risk does not slow down.
const MAKER: &str =
    "[[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"binance-usdm:BTCUSDT\", \"binance-usdm:ETHUSDT\"]\n";

/// What a journal says of the end of its run.
#[derive(Debug)]
struct End {
    submitted: usize,
    /// After the withdrawal of all.
    submitted_late: usize,
    withdrawn: bool,
    open: usize,
}

fn end_of(journal: &Path) -> End {
    let bytes = std::fs::read(journal).expect("readable");
    let reader = || Reader::new(&bytes).expect("a journal");
    let mut end = End { submitted: 0, submitted_late: 0, withdrawn: false, open: 0 };
    for entry in reader() {
        let Entry { record: Record::Decision(judgement), .. } = entry.expect("whole") else { continue };
        match judgement.verdict {
            Verdict::Submit(_) => {
                end.submitted += 1;
                end.submitted_late += usize::from(end.withdrawn);
            }
            Verdict::Command { what: CommandKind::CancelAll | CommandKind::End, .. } => end.withdrawn = true,
            _ => {}
        }
    }
    let entries = reader();
    let epoch = entries.prologue().epoch;
    end.open = replay(entries, epoch).expect("judged the same").orders.open_count();
    end
}

/// Runs for some seconds, and then nothing works any more.
fn check_end(sections: &str, requote_ms: u32) -> Ran {
    let ground = Ground::new();
    let busy = "[risk]\nmessage_rate_per_s = 1000\nmessage_burst = 2000\n";
    let sections =
        format!("{sections}{busy}{MAKER}[strategy.params]\nrequote_ms = {requote_ms}\nhysteresis_ticks = 0\n");
    let ran = ground.call(&sections, &["--for", "4s"]).run();
    let end = end_of(&ground.journal());
    assert!(end.submitted > 0, "nothing was traded: {ran}");
    assert!(end.withdrawn && end.submitted_late == 0 && end.open == 0, "{end:?} at the end of {ran}");
    assert_eq!(ran.json()["open_orders"], 0, "{ran}");
    ran
}

#[test]
fn a_run_without_a_door_withdraws_its_orders_at_the_end() {
    check_end("[bridge]\nenabled = false\n", 250);
}

#[test]
fn a_strategy_that_wishes_each_millisecond_gets_no_order_after_the_withdrawal() {
    check_end("[bridge]\naddress = \"127.0.0.1:0\"\n", 1);
}

#[test]
fn orders_far_away_are_waited_for() {
    let far = "[bridge]\naddress = \"127.0.0.1:0\"\n[paper]\norder_latency_us = 300000\nreply_latency_us = 300000\n";
    check_end(far, 250);
}

/// A free port, whatever else listens here.
pub(crate) const ANY_PORT: &str = "[bridge]\naddress = \"127.0.0.1:0\"\n";

#[test]
fn a_person_need_not_wait_for_a_venue_that_does_not_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("bound");
    let scratch = Scratch::new();
    let text = format!(
        "{ANY_PORT}[[venue]]\nname = \"binance-spot\"\nrest_url = \"http://{address}\"\n\
        [[strategy]]\nname = \"imbalance_maker\"\n"
    );
    let file = scratch.file("settings.toml", text);
    let going = ringside(["run", "--config"]).arg(file).within(scratch.path()).start();
    let _asking = silent.accept().expect("the venue is asked");
    let asked_at = Instant::now();
    going.signal("-INT");
    let ran = going.end();
    assert_eq!(ran.code, Some(130), "{ran}");
    assert!(asked_at.elapsed() < Duration::from_secs(5), "{:?}: {ran}", asked_at.elapsed());
    assert!(!scratch.path().join("journal").exists() || scratch.journals().is_empty(), "a journal was begun");
}

#[test]
fn strategies_by_candles_begin_with_what_the_venue_tells_of_the_past() {
    let ground = Ground::new();
    let cross = |run: &str, params: &str| {
        let cross = "[[strategy]]\nname = \"sma_cross\"\ninstruments = [\"binance-usdm:BTCUSDT\"]\n[strategy.params]\n";
        let ran = ground.call(&["[bridge]\nenabled = false\n", run, cross, params].concat(), &["--for", "500ms"]).run();
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stderr
    };
    let told = cross("", "candle_ms = 60000\n");
    assert!(told.contains("sma_cross: knows 1024 candles of 60s of BTCUSDT"), "{told}");
    let told = cross("[run]\npast_candles = 20\n", "candle_ms = 120000\n");
    assert!(told.contains("sma_cross: knows 20 candles of 120s of BTCUSDT"), "{told}");
    let told = cross("", "candle_ms = 1000\n");
    assert!(told.contains("sma_cross: begins without a past of BTCUSDT, candles of 1s"), "{told}");
    let told = cross("[run]\npast_candles = 0\n", "candle_ms = 60000\n");
    assert!(!told.contains("candles of"), "nobody asked: {told}");
}

#[test]
fn a_start_that_fails_leaves_no_journal() {
    let ground = Ground::new();
    ground.call(ANY_PORT, &["--for", "1s"]).run().json();
    let first = ground.journal();
    let settings = ground.settings(&[ANY_PORT, MAKER].concat());
    let text = std::fs::read_to_string(&settings).expect("readable");
    let broken = text.replace(&ground.exchange.ws_url(), "ws://me@127.0.0.1");
    let file = ground.scratch.file("broken.toml", broken);
    let ran = ringside(["run", "--for", "1s", "--config"]).arg(file).within(ground.scratch.path()).run();
    assert!(ran.code == Some(1) && ran.stderr.contains("user name"), "{ran}");
    assert_eq!(ground.journal(), first, "the newest is that of a run");
    ringside(["journal", "replay", "--json", "journal"]).within(ground.scratch.path()).run().json();
}

#[test]
fn the_numbers_of_runs_end_with_a_word() {
    let ground = Ground::new();
    let folder = ground.scratch.path().join("journal");
    std::fs::create_dir(&folder).expect("made");
    // No run ever has such a number: it is no journal of ours.
    ground.scratch.file("journal/ringside-4294967295.journal", "");
    ground.call(ANY_PORT, &["--for", "1s"]).run().json();
    ground.scratch.file("journal/ringside-16777215.journal", "");
    ground.call(ANY_PORT, &["--for", "1s"]).run().refused(1, &["ringside-16777215.journal", "last number"]);
}

#[test]
fn a_number_that_a_run_had_is_refused_with_its_journal() {
    let ground = Ground::new();
    let sections = [ANY_PORT, "[run]\nepoch = 5\n"].concat();
    ground.call(&sections, &["--for", "1s"]).run().json();
    let words = ["run.epoch 5", "ringside-00000005.journal", "another number"];
    ground.call(&sections, &["--for", "1s"]).run().refused(1, &words);
}

#[test]
fn a_core_that_is_not_there_is_told() {
    let ground = Ground::new();
    let ran = ground
        .call(
            &[ANY_PORT, "[[layout.group]]\nname = \"hot\"\ncore = 1023\n[[layout.group]]\nname = \"cold\"\n"].concat(),
            &["--for", "1s"],
        )
        .run();
    ran.json();
    assert!(ran.stderr.contains("WARN") && ran.stderr.contains("hot on core 1023"), "{ran}");
}

#[test]
fn a_journal_without_room_for_its_first_file_ends_the_start() {
    let ran = Ground::new().call(ANY_PORT, &["--for", "2s"]).with_files_up_to(64).run();
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("journal.directory journal: the journal cannot be begun: File too large"), "{ran}");
}

#[test]
fn a_journal_that_cannot_be_written_is_told_at_the_door_and_at_the_end() {
    let ground = Ground::new();
    let busy = "[risk]\nmessage_rate_per_s = 1000\nmessage_burst = 2000\n[journal]\nsegment_mib = 1\n";
    let sections = format!("{ANY_PORT}{busy}{MAKER}[strategy.params]\nrequote_ms = 1\nhysteresis_ticks = 0\n");
    let mut going = ground.call(&sections, &[]).start();
    going.until_said("http://");
    // Its folder goes: the file that is written to stays, but there can be no next one.
    let folder = ground.scratch.path().join("journal");
    std::fs::rename(&folder, ground.scratch.path().join("elsewhere")).expect("renamed");
    let said = going.until_said("the journal cannot be written").to_owned();
    let address = said.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a door");
    let address = address.trim_end_matches('/').parse().expect("an address");
    let health = get(address, "/health");
    assert_eq!(health.status, 503);
    assert!(health.body.contains("the journal cannot be written"), "{}", health.body);
    assert!(metric(address, "ringside_journal_failed") > 0.0);
    assert!(metric(address, "ringside_journal_encoded_records_total") > 0.0);
    going.terminate();
    let ran = going.end();
    assert_eq!(ran.code, Some(1), "{ran}");
    let summary: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the summary, all the same");
    assert!(summary["messages"].as_u64() > Some(0), "{ran}");
    assert!(ran.stderr.contains("journal"), "{ran}");
}

/// Binance lists everything in one answer, Bybit answers for one symbol at a time: an unknown one costs a second question.
#[test]
fn a_symbol_that_the_venue_does_not_list_ends_the_start_with_the_nearest_one() {
    for (venue, written, meant) in
        [(VenueId::BinanceUsdm, "BTCUSTD", "BTCUSDT"), (VenueId::Bybit, "linear:ETHUSTD", "linear:ETHUSDT")]
    {
        let exchange = SimulatedVenue::start(Config::new(venue, 7)).expect("a free port");
        let scratch = Scratch::new();
        let (name, ws, rest) = (venue.name(), exchange.ws_url(), exchange.rest_url());
        let settings = format!(
            "[[venue]]\nname = \"{name}\"\nsymbols = [\"{written}\"]\nws_url = \"{ws}\"\nrest_url = \"{rest}\"\n\
             [[strategy]]\nname = \"imbalance_maker\"\ninstruments = [\"{name}:{written}\"]\n[bridge]\nenabled = false\n"
        );
        let file = scratch.file("settings.toml", settings);
        let ran = ringside(["run", "--for", "1s", "--config"]).arg(file).within(scratch.path()).run();
        assert_eq!(ran.code, Some(2), "{ran}");
        let said = format!(
            "venue.{name}.symbols: found \"{written}\", accepted: a symbol that {name} lists; did you mean `{meant}`?"
        );
        assert!(ran.stderr.contains(&said), "{ran}");
    }
}
