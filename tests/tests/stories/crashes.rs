//! Runs of one folder that are killed one behind the other: the next start trades nothing until a person says so.

use crate::client::get;
use crate::demo::Demo;
use crate::operate::token;
use crate::scratch::Scratch;
use std::time::{Duration, Instant};

/// So many ends in so long are a loop.
const CRASHES: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_run_behind_three_that_were_killed_soon_behind_each_other_begins_halted_until_it_is_resumed() {
    let (mut scratch, mut ends) = (Scratch::new(), Vec::<Instant>::new());
    // Of a machine so busy that three take longer the last three are looked at, as the product does.
    let is_loop = |ends: &[Instant]| match ends.len().checked_sub(CRASHES) {
        Some(first) => ends[ends.len() - 1] - ends[first] < WITHIN - Duration::from_secs(5),
        None => false,
    };
    while !is_loop(&ends) {
        assert!(ends.len() < 12, "each start takes too long for three in {WITHIN:?}");
        let demo = Demo::start_in(scratch, &[], &[]);
        if ends.len() < CRASHES {
            assert_eq!(demo.status()["trading_state"], "ACTIVE", "{} of {CRASHES}", ends.len());
        }
        scratch = demo.kill();
        ends.push(Instant::now());
    }
    let mut demo = Demo::start_in(scratch, &[], &[]);
    assert_eq!(demo.status()["trading_state"], "HALTED");
    demo.until_said("this one begins HALTED");
    let reason = "crashed one behind the other";
    let health = |is_there: bool| {
        demo.until("its reason", |_| get(demo.door, "/health").body.contains(reason) == is_there);
    };
    health(true);
    let first = token(&demo.asked(&["resume"]));
    std::thread::sleep(Duration::from_millis(5_100));
    let resumed = demo.asked(&["resume", "whole", "--token", &first]).json();
    assert_eq!(resumed["engines"][0]["trading_state"], "ACTIVE", "{resumed}");
    demo.until("trading", |status| status["open_orders"] != 0);
    health(false);
    // Who ended in order is behind no crash any more.
    demo.terminate();
    let demo = Demo::start_in(demo.end().scratch, &[], &[]);
    assert_eq!(demo.status()["trading_state"], "ACTIVE");
    demo.terminate();
}
