//! A paper run that is killed in the middle and started again.

use crate::process::{Ran, ringside};
use crate::run::Ground;
use engine_core::journal::disk::epoch_of;
use engine_core::journal::reader::Entry;
use engine_core::journal::record::{Record, Run, Verdict};
use engine_core::journal::stored::Stored;
use engine_model::order::OrderEvent;
use engine_model::report::Report;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// With a snapshot each second: what is gone on from is one of them and what came behind it.
const QUIET: &str = "[bridge]\nenabled = false\n[journal]\nsnapshot_s = 1\n";

/// What can be read of a journal.
fn records(file: &Path) -> Vec<Record> {
    let stored = Stored::read(file).expect("readable");
    let Ok(reader) = stored.reader() else { return Vec::new() };
    reader.map_while(Result::ok).map(|Entry { record, .. }| record).collect()
}

fn begun_with(records: &[Record]) -> &Run {
    let Some(Record::Run(run)) = records.first() else { panic!("no run") };
    run
}

/// Every execution, added up by hand: lots of each instrument.
fn executed(records: &[Record]) -> BTreeMap<u32, i64> {
    let mut lots = BTreeMap::new();
    for record in records {
        let Record::Report(Report { instrument, side, event: OrderEvent::Filled { last_qty, .. }, .. }) = record else {
            continue;
        };
        *lots.entry(instrument.0).or_default() += side.sign() * last_qty.0;
    }
    lots.retain(|_, lots| *lots != 0);
    lots
}

/// What it went on from, in lots.
fn inherited(records: &[Record]) -> BTreeMap<u32, i64> {
    let held = begun_with(records).rules.legacy.iter().flat_map(|legacy| &legacy.holdings);
    held.filter(|held| held.ledger.qty != 0).map(|held| (held.instrument.0, held.ledger.qty)).collect()
}

fn ids(records: &[Record]) -> BTreeSet<u64> {
    let sent = |record: &Record| match record {
        Record::Decision(judgement) => match judgement.verdict {
            Verdict::Submit(order) => Some(order.client_order_id.0),
            _ => None,
        },
        _ => None,
    };
    records.iter().filter_map(sent).collect()
}

fn newest(ground: &Ground) -> PathBuf {
    ground.scratch.journals().pop().expect("one")
}

/// How many lie beside the journals.
fn snapshots(ground: &Ground) -> usize {
    let folder = std::fs::read_dir(ground.scratch.path().join("journal")).expect("a folder");
    folder
        .filter(|entry| entry.as_ref().expect("an entry").path().extension().is_some_and(|end| end == "snapshot"))
        .count()
}

fn replay(file: &Path) -> Value {
    ringside(["journal", "replay", "--json"]).arg(file).run().json()
}

#[test]
fn a_run_that_is_killed_in_the_middle_and_started_again_goes_on() {
    let ground = Ground::new();
    let going = ground.call(QUIET, &[]).start();
    let until = Instant::now() + Duration::from_secs(90);
    let is_there = || ground.scratch.path().join("journal").exists() && !ground.scratch.journals().is_empty();
    // It holds something, and something of it stands at the venue.
    while !is_there() || executed(&records(&newest(&ground))).is_empty() {
        assert!(Instant::now() < until, "nothing was ever held");
        std::thread::sleep(Duration::from_millis(50));
    }
    while snapshots(&ground) == 0 {
        assert!(Instant::now() < until, "no snapshot was ever taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    going.signal("-KILL");
    let ran: Ran = going.end();
    assert_eq!(ran.code, None, "{ran}");
    let killed = newest(&ground);
    let before = records(&killed);
    let held = executed(&before);
    let first = replay(&killed);

    let ran = ground.call(QUIET, &["--for", "3s"]).run();
    let (summary, second) = (ran.json(), newest(&ground));
    let after = records(&second);
    let number = |file: &Path| epoch_of(file.file_name().expect("named")).expect("of a run");
    assert_eq!(summary["recovered"]["run"], number(&killed), "{ran}");
    assert_eq!(summary["recovered"]["state_hash"], first["state_hash"], "{ran}");
    if first["left_out"] == serde_json::json!({"decision": 0, "report": 0}) {
        assert_eq!(inherited(&after), held, "{ran}");
    }
    // Average price, realised profit and fees, as the killed run's own journal tells them.
    let told = |summary: &Value| {
        let told =
            |position: &Value| ["instrument", "qty", "avg_px", "realised", "fees"].map(|key| position[key].clone());
        summary["positions"].as_array().expect("a list").iter().map(told).collect::<Vec<_>>()
    };
    let begun = ringside(["journal", "replay", "--json", "--until", "2020-01-01"]).arg(&second).run().json();
    assert_eq!(told(&begun), told(&first), "{ran}");
    // What stood at the venue ended with it, and each is said; nothing of it is believed to stand.
    let ended = summary["recovered"]["orders_ended"].as_array().expect("a list");
    assert!(ended.iter().all(|id| ran.stderr.contains(id.as_str().expect("text"))), "{ran}");
    // No number is given twice.
    assert!(ids(&before).intersection(&ids(&after)).next().is_none() && !ids(&before).is_empty());
    // The second run's own journal leads to its own end, positions of before and all.
    assert_eq!(replay(&second)["state_hash"], summary["state_hash"], "{ran}");
    let books = ringside(["pnl", "--json", "--journal"]).arg(&second).run().json();
    assert_eq!(books["adds_up"], true, "{books}");

    // It ended in order, so the next one begins flat; unless it is asked for.
    let third = ground.call(QUIET, &["--for", "500ms"]).run().json();
    assert_eq!(third["recovered"], Value::Null);
    assert!(inherited(&records(&newest(&ground))).is_empty());
    let left = executed(&records(&newest(&ground)));
    let fourth = ground.call(QUIET, &["--for", "500ms", "--recover", "always"]).run().json();
    assert!(fourth["recovered"]["run"].as_u64() > Some(u64::from(number(&second))), "{fourth}");
    assert_eq!(inherited(&records(&newest(&ground))), left);
}
