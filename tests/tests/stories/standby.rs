//! A standby follows a run, here and by TCP, and goes on in its place: when it was killed, and when it hangs and wakes.
//!
//! Two folders are two hosts. Each has pages and a state folder of its own.

use crate::gateway_binance::Desk;
use crate::process::{Going, Ran, ringside};
use crate::run::Ground;
use crate::scratch::Scratch;
use engine_core::journal::reader::Entry;
use engine_core::journal::record::{Record, Verdict};
use engine_core::journal::stored::Stored;
use engine_model::venue::VenueId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const QUIET: &str = "[bridge]\nenabled = false\n[journal]\nsnapshot_s = 2\n";
const PATIENCE: Duration = Duration::from_secs(120);

fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What can be read of a journal.
fn records(file: &Path) -> Vec<Record> {
    let stored = Stored::read(file).expect("readable");
    let Ok(reader) = stored.reader() else { return Vec::new() };
    reader.map_while(Result::ok).map(|Entry { record, .. }| record).collect()
}

/// Numbers of orders that were let pass.
fn ids(file: &Path) -> BTreeSet<u64> {
    let sent = |record: &Record| match record {
        Record::Decision(judgement) => match judgement.verdict {
            Verdict::Submit(order) => Some(order.client_order_id.0),
            _ => None,
        },
        _ => None,
    };
    records(file).iter().filter_map(sent).collect()
}

fn first_journal(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder.join("journal")).ok()?;
    let journals = entries.map(|entry| entry.expect("an entry").path());
    let mut all: Vec<PathBuf> = journals.filter(|path| path.extension().is_some_and(|end| end == "journal")).collect();
    all.sort();
    all.into_iter().next()
}

/// A host: a folder with pages of its own.
struct Host {
    scratch: Scratch,
}

impl Host {
    fn new() -> Self {
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path().join("pages")).expect("a folder");
        Self { scratch }
    }

    fn pages(&self) -> PathBuf {
        self.scratch.path().join("pages")
    }

    fn sections(&self, more: &str) -> String {
        format!("{QUIET}[sentinel]\nfolder = \"{}\"\n{more}", self.pages().display())
    }

    fn asked(&self, words: &[&str]) -> Ran {
        let call = words.iter().fold(ringside(["standby"]), |call, word| call.arg(word));
        call.arg("--folder").arg(self.pages()).arg("--json").run()
    }

    /// How far those are behind who follow its run by TCP, as the process that serves them says; `None`: it says nothing.
    fn followers(&self) -> Option<Vec<Value>> {
        let entries = std::fs::read_dir(self.pages()).expect("a folder").map(|entry| entry.expect("an entry").path());
        let file = entries.into_iter().find(|path| path.extension().is_some_and(|end| end == "followers"))?;
        let told: Value = serde_json::from_slice(&std::fs::read(file).ok()?).expect("JSON, and whole");
        told["followers"].as_array().cloned()
    }

    /// As far as its standby is; `None`: there is none yet.
    fn status(&self) -> Option<Value> {
        let ran = self.asked(&["status"]);
        (ran.code == Some(0)).then(|| ran.json()["standbys"][0].clone())
    }
}

/// The run of a ground, on a host: one that trades, and holds something.
fn primary(ground: &Ground, host: &Host, more: &str) -> (Going, PathBuf) {
    let settings = ground.settings(&host.sections(more));
    let going = ringside(["run", "--json", "--config"]).arg(settings).within(host.scratch.path()).start();
    wait("it never traded", || first_journal(host.scratch.path()).is_some_and(|journal| ids(&journal).len() > 3));
    let journal = first_journal(host.scratch.path()).expect("it is there");
    (going, journal)
}

fn standby(ground: &Ground, host: &Host, follows: &str, more: &str) -> Going {
    let settings = ground.settings(&host.sections(more));
    let standby = ringside(["standby", "--json", "--follow", follows, "--config"]).arg(settings);
    standby.within(host.scratch.path()).start()
}

fn replay(file: &Path) -> Value {
    ringside(["journal", "replay", "--json"]).arg(file).run().json()
}

/// Positions, average prices, profit and fees.
fn held(replayed: &Value) -> Vec<Value> {
    let of =
        |position: &Value| json!(["instrument", "qty", "avg_px", "realised", "fees"].map(|key| position[key].clone()));
    replayed["positions"].as_array().expect("a list").iter().map(of).collect()
}

/// Of what the new run began with.
fn begun_with(journal: &Path) -> Vec<Value> {
    held(&ringside(["journal", "replay", "--json", "--until", "2020-01-01"]).arg(journal).run().json())
}

/// Ends whoever took the place, as soon as it has traded there.
fn of_standby(standby: Going, old: &Path, host: &Host) -> Ran {
    let before = ids(old);
    // On another host the newest one is the copy of the old, until the new run has begun its own.
    let trades = |journal: &PathBuf| Some(ids(journal)).is_some_and(|ids| !ids.is_empty() && ids.is_disjoint(&before));
    wait("who took over never traded", || host.scratch.journals().last().is_some_and(trades));
    standby.terminate();
    standby.end()
}

/// What holds wherever the place was taken: the same state, positions and money, and no number used again.
fn has_gone_on(taken: &Value, old: &Path, host: &Host, ran: &Ran) {
    let left = replay(old);
    assert_eq!(taken["state_hash"], left["state_hash"], "{ran}");
    let summary = ran.json();
    assert_eq!(summary["recovered"]["state_hash"], left["state_hash"], "{ran}");
    assert_eq!(summary["recovered"]["run"], taken["taken_over"], "{ran}");
    let new = host.scratch.journals().pop().expect("one");
    assert_ne!(new, old);
    assert_eq!(begun_with(&new), held(&left), "{ran}");
    let (before, after) = (ids(old), ids(&new));
    assert!(!before.is_empty() && !after.is_empty(), "{} and {} orders: {ran}", before.len(), after.len());
    assert!(before.is_disjoint(&after), "a number was given twice");
    assert!(before.last() < after.first(), "the new run's are above every one of the old");
    assert_eq!(replay(&new)["state_hash"], summary["state_hash"], "{ran}");
}

#[test]
fn a_standby_in_the_same_folder_goes_on_when_the_run_is_killed_and_not_while_it_lives() {
    let (ground, host) = (Ground::new(), Host::new());
    let (run, old) = primary(&ground, &host, "");
    let standby = standby(&ground, &host, "journal", "");
    wait("no hash was held against the run's own", || {
        host.status().is_some_and(|told| told["hashes_equal"].as_u64() > Some(0) && told["primary"] == "lives")
    });
    host.asked(&["takeover"]).refused(3, &["lives", "--fence"]);
    run.signal("-KILL");
    assert_eq!(run.end().code, None);
    let taken = host.asked(&["takeover"]).json();
    assert_eq!(taken["pid"], standby.pid());
    has_gone_on(&taken, &old, &host, &of_standby(standby, &old, &host));
}

/// Settings of both sides of a line, and where it is.
fn line(hosts: [&Host; 2]) -> (String, String, String) {
    let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
    let secret = |host: &Host| {
        let path = host.scratch.file("secret", "a secret that both sides know, of 32 bytes and more");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
        format!("[standby]\nsecret = \"file:{}\"\n", path.display())
    };
    let listens = format!("{}listen = \"127.0.0.1:{port}\"\n", secret(hosts[0]));
    (listens, secret(hosts[1]), format!("tcp://127.0.0.1:{port}"))
}

#[test]
fn a_standby_on_another_host_goes_on_from_its_copy_when_the_run_is_killed() {
    let (ground, here, there) = (Ground::new(), Host::new(), Host::new());
    let (listens, follows, address) = line([&here, &there]);
    let (run, old) = primary(&ground, &here, &listens);
    wait("that nobody follows is told", || here.followers().is_some_and(|all| all.is_empty()));
    let standby = standby(&ground, &there, &address, &follows);
    wait("that somebody follows and keeps up is told", || {
        let near =
            |of: &Value| of["seat"] == 1 && of["bytes"].as_u64() < Some(1 << 20) && of["ms"].as_u64() < Some(2_000);
        here.followers().is_some_and(|all| all.len() == 1 && near(&all[0]))
    });
    wait("no hash was held against the run's own", || {
        there.status().is_some_and(|told| told["hashes_equal"].as_u64() > Some(0) && told["primary"] == "lives")
    });
    there.asked(&["takeover"]).refused(3, &["lives", "--fence"]);
    run.signal("-KILL");
    assert_eq!(run.gone(), None);
    // The process that serves the line tells it by the next of its words: until then the run lives, for all the standby
    // knows.
    wait("that it is gone is not told", || there.status().is_some_and(|told| told["primary"] != "lives"));
    // What was written and not synced by then comes over, too: the process beside the run outlives it.
    let taken = there.asked(&["takeover"]).json();
    has_gone_on(&taken, &old, &there, &of_standby(standby, &old, &there));
    // Who starts the old host again is told that it was taken over.
    let settings = ground.settings(&here.sections(&listens));
    let again = ringside(["run", "--for", "1s", "--config"]).arg(settings).within(here.scratch.path()).run();
    again.refused(3, &["FENCED", "took over"]);
}

#[test]
fn a_run_that_hangs_is_fenced_and_when_it_wakes_it_sends_no_order_and_ends() {
    let (ground, here, there) = (Ground::new(), Host::new(), Host::new());
    let (listens, follows, address) = line([&here, &there]);
    let (run, old) = primary(&ground, &here, &listens);
    let standby = standby(&ground, &there, &address, &follows);
    wait("it never followed", || there.status().is_some_and(|told| told["records"].as_u64() > Some(100)));
    run.signal("-STOP");
    there.asked(&["takeover"]).refused(3, &["lives", "--fence"]);
    let taken = there.asked(&["takeover", "--fence"]).json();
    let frozen = ids(&old);
    run.signal("-CONT");
    let ended = run.end();
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("FENCED: run"), "{ended}");
    // The group that it was writing when it froze may be written when it wakes: of the market, and told to nobody.
    assert_eq!(ids(&old), frozen, "it decided on, so it may have sent: {ended}");
    has_gone_on(&taken, &old, &there, &of_standby(standby, &old, &there));
}

/// Orders that ever reached the venue.
fn reached(desk: &Desk) -> usize {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(truth) = desk.exchange.account_truth() {
            return truth.orders.len();
        }
        assert!(Instant::now() < until, "the venue does not answer");
    }
}

#[test]
fn a_live_run_that_hangs_while_it_trades_is_fenced_and_when_it_wakes_no_order_reaches_the_venue() {
    let (desk, here, there, ground) = (Desk::new(VenueId::BinanceUsdm), Host::new(), Host::new(), Ground::new());
    let (listens, follows, address) = line([&here, &there]);
    // Without a sentinel: what stops it is the fence alone.
    let watched = format!("[sentinel]\nenabled = false\nfolder = \"{}\"\n{listens}", here.pages().display());
    let run = desk.call_with("120s", &watched).start();
    desk.trades(10);
    let _standby = standby(&ground, &there, &address, &follows);
    wait("it never followed", || there.status().is_some_and(|told| told["records"].as_u64() > Some(100)));
    let before = reached(&desk);
    run.signal("-STOP");
    let taken = there.asked(&["takeover", "--fence"]).json();
    assert!(taken["run"].as_u64() > taken["taken_over"].as_u64(), "{taken}");
    // What the frozen process had handed to its sockets may still be read by the venue.
    std::thread::sleep(Duration::from_millis(500));
    let frozen = reached(&desk);
    assert!(frozen >= before && before >= 10);
    run.signal("-CONT");
    let ended = run.end();
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("FENCED: run"), "{ended}");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(reached(&desk), frozen, "an order left behind the fence: {ended}");
}
