//! The kill that works: `ringside kill` and the sentinel against a live engine on the simulated Binance, while its maker
//! trades. What counts is the venue's own book of orders.
//!
//! Each way to end is gone [`times`] times, each time with a new engine: thrice, or 25 times with `RINGSIDE_THOROUGH=1`. How
//! long it took is printed; a busy machine is slow, so nothing is judged by it but that it comes to an end.

use crate::gateway_binance::Desk;
use crate::process::{Going, binary};
use engine_core::journal::reader::{Entry, Reader};
use engine_core::journal::record::Record;
use engine_model::order::OrderEvent;
use engine_model::refusal::Check;
use engine_model::report::Report;
use engine_model::venue::VenueId;
use engine_ring::pulse::{Fact, Pulse};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A maker that trades, its pages in a folder of the story's own.
struct Scene {
    desk: Desk,
    going: Going,
}

impl Scene {
    fn new() -> Self {
        let desk = Desk::new(VenueId::BinanceUsdm);
        let pages = desk.scratch.path().join("pages");
        std::fs::create_dir(&pages).expect("a folder");
        let text = format!("[sentinel]\nfolder = \"{}\"\n", pages.display());
        let going = desk.call_with("60s", &text).start();
        desk.trades(10);
        Self { desk, going }
    }

    fn pages(&self) -> std::path::PathBuf {
        self.desk.scratch.path().join("pages")
    }

    fn kill(&self, more: &[&str]) -> Output {
        kill(&self.pages(), more)
    }

    /// Orders that ever reached the venue, and those that stand.
    fn orders(&self) -> (usize, usize) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(truth) = self.desk.exchange.account_truth() {
                return (truth.orders.len(), truth.open().count());
            }
            assert!(Instant::now() < until, "the venue does not answer");
        }
    }

    /// Until nothing stands at the venue: how long that took.
    fn withdrawn(&self, since: Instant, within: Duration) -> Duration {
        loop {
            let took = since.elapsed();
            if self.orders().1 == 0 {
                return took;
            }
            assert!(took < within, "{} orders stand after {took:?}", self.orders().1);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Orders that were denied because no sentinel watched, by the journal.
    fn unwatched_denials(&self) -> usize {
        let is_it = |entry: &Entry| match entry.record {
            Record::Report(Report { event: OrderEvent::Denied(refusal), .. }) => refusal.check == Check::Unwatched,
            _ => false,
        };
        // Its last record may be half written.
        let bytes = self.desk.journal();
        Reader::new(&bytes).expect("a journal").map_while(Result::ok).filter(is_it).count()
    }

    /// Kills it, and looks at the venue meanwhile: until nothing stands, and what the command told.
    fn kill_and_watch(&self) -> (Duration, serde_json::Value) {
        let since = Instant::now();
        std::thread::scope(|scope| {
            let command = scope.spawn(|| self.kill(&["--json"]));
            let took = self.withdrawn(since, PATIENCE);
            let output = command.join().expect("it runs");
            (took, serde_json::from_slice(&output.stdout).expect("JSON"))
        })
    }

    /// From now on no order reaches the venue, and none stands.
    fn stays_off(&self) {
        let (entered, _) = self.orders();
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(self.orders(), (entered, 0), "an order left behind the kill");
    }
}

fn kill(pages: &Path, more: &[&str]) -> Output {
    let mut call = Command::new(binary());
    call.arg("kill").arg("--folder").arg(pages).args(more).output().expect("it runs")
}

/// The promise is 250 ms, and 2 s with the engine frozen.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often each way to end is gone.
fn times() -> usize {
    if std::env::var_os("RINGSIDE_THOROUGH").is_some() { 25 } else { 3 }
}

/// Goes one way as often as it is asked for; says how long it took until nothing stood any more.
fn each_time(what: &str, way: impl Fn() -> Duration) -> String {
    let mut took: Vec<Duration> = (0..times()).map(|_| way()).collect();
    took.sort_unstable();
    let (least, middle, most) = (took[0], took[took.len() / 2], took[took.len() - 1]);
    format!("{what}, {} times: withdrawn after {least:.1?}, {middle:.1?} (median), {most:.1?}", took.len())
}

/// An engine that stands still while orders of it stand at the venue.
fn frozen() -> Scene {
    let scene = Scene::new();
    // Quotes stand nearly always; wait for a moment when one does.
    let until = Instant::now() + PATIENCE;
    loop {
        // Seldom stopped in vain: a sentinel takes a stop of a second for the last.
        while scene.orders().1 == 0 {
            assert!(Instant::now() < until, "its maker never has an order standing");
            std::thread::sleep(Duration::from_millis(1));
        }
        scene.going.signal("-STOP");
        if scene.orders().1 > 0 {
            return scene;
        }
        scene.going.signal("-CONT");
        std::thread::sleep(Duration::from_millis(150));
    }
}

/// It wakes up with orders in its mind.
fn wakes_and_sends_nothing(scene: Scene) {
    // The two rounds of withdrawals are over.
    std::thread::sleep(Duration::from_millis(1_500));
    scene.going.signal("-CONT");
    scene.stays_off();
    scene.going.terminate();
    scene.going.end();
}

#[test]
fn a_kill_stops_a_live_engine_at_once_and_for_good() {
    let told = each_time("killed, the command included", || {
        let scene = Scene::new();
        let (took, told) = scene.kill_and_watch();
        assert_eq!(told["killed"][0]["mode"], "live");
        assert_eq!(told["killed"][0]["open_orders"], 0, "{told}");
        scene.stays_off();
        // Once more changes nothing.
        assert!(scene.kill(&[]).status.success());
        scene.going.terminate();
        let ran = scene.going.end();
        assert!(ran.stderr.contains("KILLED") || ran.stderr.contains("killed"), "{ran}");
        took
    });
    println!("{told}");
}

#[test]
fn a_frozen_engine_is_withdrawn_by_its_sentinel_and_sends_nothing_when_it_wakes() {
    let told = each_time("frozen", || {
        let scene = frozen();
        // What stands may be filled meanwhile: the sentinel's word is what is waited for.
        let since = Instant::now();
        let page = Pulse::open(&Pulse::list(&scene.pages()).expect("a folder")[0]).expect("a page");
        while !page.is_killed() {
            assert!(since.elapsed() < PATIENCE, "the sentinel does not see that the engine is frozen");
            std::thread::sleep(Duration::from_millis(2));
        }
        let took = scene.withdrawn(since, PATIENCE);
        wakes_and_sends_nothing(scene);
        took
    });
    println!("{told}");
}

#[test]
fn a_kill_reaches_an_engine_that_is_frozen() {
    let told = each_time("killed while it is frozen, the command included", || {
        let scene = frozen();
        let (took, told) = scene.kill_and_watch();
        assert_eq!(told["killed"][0]["mode"], "live", "{told}");
        wakes_and_sends_nothing(scene);
        took
    });
    println!("{told}");
}

#[test]
fn a_new_sentinel_watches_by_the_settings_that_the_engine_read() {
    let scene = Scene::new();
    let page = Pulse::list(&scene.pages()).expect("a folder").pop().expect("a page");
    let page = Pulse::open(&page).expect("a page");
    // Of another venue and account altogether, or of none: the engine trades on as it began.
    scene.desk.scratch.file("settings.toml", "[run]\nmode = \"paper\"\n[[venue]]\nname = \"nowhere\"\n");
    let first = page.get(Fact::Watcher);
    let signal = |flag: &str| {
        let sent = Command::new("kill").arg(flag).arg(first.to_string()).status().expect("it runs");
        assert!(sent.success());
    };
    // One that hangs watches nothing: what would not reduce waits.
    signal("-STOP");
    let until = Instant::now() + Duration::from_secs(60);
    while scene.unwatched_denials() == 0 {
        assert!(Instant::now() < until, "orders leave as if somebody watched");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(page.get(Fact::Watcher), 0);
    signal("-KILL");
    let until = Instant::now() + Duration::from_secs(60);
    while [0, first].contains(&page.get(Fact::Watcher)) {
        assert!(Instant::now() < until, "no other sentinel watches");
        std::thread::sleep(Duration::from_millis(20));
    }
    // With the new one it trades on.
    scene.desk.trades(scene.orders().0 + 5);
    scene.going.signal("-KILL");
    scene.withdrawn(Instant::now(), PATIENCE);
    scene.stays_off();
}

#[test]
fn an_engine_that_is_gone_leaves_no_order_behind() {
    let told = each_time("gone", || {
        let scene = Scene::new();
        let until = Instant::now() + PATIENCE;
        while scene.orders().1 == 0 {
            assert!(Instant::now() < until, "its maker never has an order standing");
            std::thread::sleep(Duration::from_millis(1));
        }
        scene.going.signal("-KILL");
        let took = scene.withdrawn(Instant::now(), PATIENCE);
        scene.stays_off();
        assert_eq!(scene.kill(&[]).status.code(), Some(4), "nobody is left to kill");
        took
    });
    println!("{told}");
}

#[test]
fn who_is_not_there_cannot_be_killed() {
    let scratch = crate::scratch::Scratch::new();
    let output = kill(scratch.path(), &["--pid", "1"]);
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("no engine runs as process 1"), "{told}");
}
