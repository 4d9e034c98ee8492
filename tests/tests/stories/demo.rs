//! A running `ringside demo`, and the stories of its end.

use crate::process::{Going, Ran, ringside};
use crate::recordings::hash;
use crate::scratch::Scratch;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A demo in a folder of its own, on a free port. Dropping it kills it.
pub(crate) struct Demo {
    going: Going,
    pub(crate) door: SocketAddr,
    pub(crate) scratch: Scratch,
    /// One demo at a time: each is a whole exchange and a whole engine, and this machine may have two cores.
    _alone: MutexGuard<'static, ()>,
}

impl Demo {
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::start_in(Scratch::new(), words, &[])
    }

    /// The same in a folder that is there, where others may have run before, with that in its environment.
    pub(crate) fn start_in(scratch: Scratch, words: &[&str], variables: &[(&str, &str)]) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let call = ringside(["demo", "--port", "0", "--json"]).within(scratch.path());
        let call = variables.iter().fold(call, |call, (variable, value)| call.knowing(variable, value));
        let mut going = words.iter().fold(call, |call, word| call.arg(word)).start();
        let said = going.until_said("  watch ");
        let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
        let door = address.parse().unwrap_or_else(|e| panic!("{address}: {e}"));
        Self { going, door, scratch, _alone: alone }
    }

    /// Waits until it has said that.
    pub(crate) fn until_said(&mut self, words: &str) {
        self.going.until_said(words);
    }

    /// Of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.going.pid()
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.going.terminate();
    }

    /// Ends it without a word, and gives back the folder that it leaves.
    pub(crate) fn kill(self) -> Scratch {
        let Self { going, scratch, .. } = self;
        going.signal("-KILL");
        assert_eq!(going.gone(), None, "a signal ended it");
        scratch
    }

    /// Closes the terminal that it was started from.
    fn hang_up(&self) {
        self.going.signal("-HUP");
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Ended {
        let Self { going, scratch, .. } = self;
        Ended { ran: going.end(), scratch }
    }
}

/// Twenty days of a swinging market in the folder's store of history, up to now.
pub(crate) fn with_candles(scratch: Scratch) -> Scratch {
    const HOUR_MS: u64 = 3_600_000;
    let now = engine_ring::clock::Clock::machine().now() / 1_000_000 / HOUR_MS;
    let row = |n: u32| {
        let price = |n: u32| 60_000.0 + 900.0 * (f64::from(n) / 9.0).sin();
        let (open, close) = (price(n), price(n + 1));
        let (high, low, at) = (open.max(close), open.min(close), (now - 480 + u64::from(n)) * HOUR_MS);
        format!("{at},{open:.1},{high:.1},{low:.1},{close:.1},1\n")
    };
    let text = "time_ms,open,high,low,close,volume\n".to_owned() + &(0..480).map(row).collect::<String>();
    let file = scratch.file("candles.csv", text);
    let words = ["data", "import", "--venue", "binance-usdm", "--symbol", "BTCUSDT", "--tf", "1h", "--json"];
    ringside(words).arg(file).within(scratch.path()).run().json();
    scratch
}

/// A demo that is over, and what it left in its folder.
pub(crate) struct Ended {
    pub(crate) ran: Ran,
    pub(crate) scratch: Scratch,
}

/// The journal that a run tells of.
pub(crate) fn journal_of(summary: &Value, scratch: &Scratch) -> PathBuf {
    scratch.path().join(summary["journal"]["path"].as_str().expect("a journal"))
}

/// Whoever ignores the signal hands that on to what he starts, and a demo keeps to it.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("it runs");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask");
    u64::from_str_radix(mask.trim(), 16).expect("bits") & 1 == 1
}

fn count(summary: &Value, name: &str) -> u64 {
    summary[name].as_u64().unwrap_or_else(|| panic!("{name}: {}", summary[name]))
}

/// What every demo of some seconds comes to.
fn check(words: &[&str]) {
    let Ended { ran, scratch } = Demo::start(words).end();
    let summary = ran.json();
    assert!(count(&summary, "messages") > 1_000, "{summary}");
    assert!(count(&summary, "orders") > 0 && count(&summary, "fills") > 0, "{summary}");
    // Unknown on a machine so busy that the venues were in sync too late to be warm; never more than none.
    assert!(summary["hot_allocations"].is_null() || count(&summary, "hot_allocations") == 0, "{summary}");
    let venues = ["binance-spot", "binance-usdm", "bybit", "okx", "gate-futures", "bitget", "hyperliquid", "kraken"];
    for venue in venues {
        let venue = &summary["venues"][venue];
        assert_eq!((&venue["state"], count(venue, "errors")), (&Value::from("synced"), 0), "{summary}");
        assert!(count(venue, "messages") > 100, "{summary}");
    }
    assert_eq!(count(&summary["tick_to_order_ns"], "samples"), count(&summary, "orders"), "{summary}");
    let replayed = ringside(["journal", "replay", "--json"]).arg(journal_of(&summary, &scratch)).run().json();
    assert_eq!(hash(&replayed), hash(&summary), "its journal leads elsewhere: {replayed}");
}

#[test]
fn a_demo_trades_allocates_nothing_once_warm_and_its_journal_leads_to_the_same_state() {
    check(&["--for", "6s"]);
}

#[test]
fn a_demo_with_a_thread_for_each_stage_does_the_same() {
    check(&["--for", "6s", "--layout", "dedicated"]);
}

#[test]
fn a_demo_whose_stages_take_turns_on_one_thread_does_the_same() {
    check(&["--for", "6s", "--layout", "inline"]);
}

#[test]
fn a_demo_whose_terminal_is_closed_ends_in_order() {
    if ignores_hang_up() {
        eprintln!("skipped: these tests were started to outlive their terminal (nohup), and so is what they start");
        return;
    }
    let demo = Demo::start(&[]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    demo.hang_up();
    let Ended { ran, scratch } = demo.end();
    let summary = ran.json();
    let verified = ringside(["journal", "verify", "--json"]).arg(journal_of(&summary, &scratch)).run();
    assert_eq!(verified.code, Some(0), "{verified}");
}

#[test]
fn a_demo_without_an_end_ends_in_order_when_it_is_asked_to() {
    let demo = Demo::start(&[]);
    std::thread::sleep(std::time::Duration::from_secs(2));
    demo.terminate();
    let Ended { ran, scratch } = demo.end();
    let summary = ran.json();
    let verified = ringside(["journal", "verify", "--json"]).arg(journal_of(&summary, &scratch)).run();
    assert_eq!(verified.code, Some(0), "{verified}");
}

#[test]
fn a_demo_that_was_to_last_longer_says_that_it_was_interrupted() {
    let demo = Demo::start(&["--for", "1h"]);
    demo.terminate();
    let Ended { ran, .. } = demo.end();
    assert_eq!(ran.code, Some(130), "{ran}");
    assert!(serde_json::from_str::<Value>(&ran.stdout).is_ok_and(|summary| summary.is_object()), "{ran}");
}
