//! The real binary on a disk that fails: the kernel's answer to one of its syncs is an error.

use crate::process::{Call, Ran};
use crate::run::Ground;
use engine_core::journal::stored::Stored;
use serde_json::Value;
use std::process::Command;

/// A maker that risk does not slow down and that quotes anew all the time.
const BUSY: &str = "[bridge]\nenabled = false\n[risk]\nmessage_rate_per_s = 1000\nmessage_burst = 2000\n[[strategy]]\n\
    name = \"imbalance_maker\"\ninstruments = [\"binance-usdm:BTCUSDT\", \"binance-usdm:ETHUSDT\"]\n\
    [strategy.params]\nrequote_ms = 10\nhysteresis_ticks = 0\n";

/// Whether system calls can be answered for the kernel here. Where not, says what is not shown.
fn can_answer(what: &str) -> bool {
    let mut trace = Command::new("strace");
    trace.args(["-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=fdatasync", "true"]);
    let is_done = trace.output().is_ok_and(|output| output.status.success());
    if !is_done {
        eprintln!("skipped: no system call can be answered here (`strace --seccomp-bpf`, 5.3 or later): {what}");
    }
    is_done
}

fn call(ground: &Ground, words: &[&str]) -> Call {
    ground.call(BUSY, words)
}

/// A run whose sync of that number, from 1, answers with an input/output error.
fn failed_at(number: u32) -> (Ground, Ran) {
    let ground = Ground::new();
    let ran = call(&ground, &["--for", "4s"]).with_syncs(&format!("error=EIO:when={number}")).run();
    assert_eq!(ran.code, Some(1), "sync {number}: {ran}");
    assert!(ran.stderr.contains("Input/output error"), "sync {number}: {ran}");
    (ground, ran)
}

#[test]
fn after_the_first_sync_that_fails_nothing_is_called_safe_and_nothing_is_sent() {
    if !can_answer("a run whose sync fails, at its beginning and in its middle") {
        return;
    }
    let (_, ran) = failed_at(1);
    assert!(ran.stderr.contains("the journal cannot be begun") && ran.stdout.is_empty(), "{ran}");
    for number in [2, 9] {
        let (ground, ran) = failed_at(number);
        assert!(ran.stderr.contains("the journal cannot be written"), "sync {number}: {ran}");
        let summary: Value = serde_json::from_str(&ran.stdout).expect("the summary, all the same");
        assert_eq!(summary["open_orders"], 0, "sync {number}: {ran}");
        // What it called safe is there.
        let safe = summary["journal"]["events"].as_u64().expect("a number");
        let stored = Stored::read(&ground.journal()).expect("readable");
        let whole = stored.reader().expect("a journal").map_while(Result::ok).count();
        assert!(whole as u64 >= safe, "sync {number}: {whole} records of {safe}: {ran}");
    }
}
