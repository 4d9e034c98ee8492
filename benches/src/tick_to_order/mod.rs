//! `tick-to-order`: from a depth frame's bytes to an order's bytes, in process, open loop.
//!
//! Owns: the plan (a frame of five bids and five asks due every 100 µs, then every 10 µs), and what is reported of it. Our
//! side is the real stages in the inline layout at real rings and real clocks ([`rig`]): frame → session → books → `market`
//! → strategy → `intent` → risk → `order` → execution → `request` → order text. Latency is completion minus due time.
//! Never: sockets. What the kernel and the wire add is theirs, not ours to hide or to claim.
//!
//! The harness spins on the clock in place of a socket and turns the crank when the frame is due, so the turn that a live
//! loop may be in at that moment is not in the latency; `idle_turn_ns` says how long such a turn is.

mod order_text;
mod rig;
mod timed;
mod venue;

pub use order_text::OrderText;

use crate::call::Call;
use crate::error::BenchError;
use crate::hop;
use crate::machine;
use crate::pace::{self, Pacer, Window, Windows};
use crate::report::{Report, number};
use crate::rounds::{Contender, Round, interleave, percentile};
use crate::synthetic::DepthFrames;
use rig::Rig;
use serde_json::{Map, json};

/// Frames to orders, in somebody's way. Each frame leads to one order.
pub trait Trader: Sized {
    /// Its name in the report.
    const NAME: &'static str;

    /// Ready for the frames of that seed.
    fn new(seed: u64) -> Result<Self, BenchError>;

    /// Answers every frame of a window.
    fn window(&mut self, pacer: Pacer) -> Result<Window, BenchError>;

    /// Answers so many frames, one right after the other.
    fn back_to_back(&mut self, frames: u64) -> Result<(), BenchError>;

    /// Other figures since it was last asked.
    fn metrics(&mut self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

const ROUNDS: usize = 15;
/// The headline's rate, and the faster one.
const RATES_PER_S: [u64; 2] = [10_000, 100_000];
/// Windows of each rate in a round: 80 and 40 ms.
const WINDOWS: [usize; 2] = [40, 20];
/// Frames in a round without a plan.
const BACK_TO_BACK: u64 = 10_000;
/// Frames before anything is measured.
const WARM_UP: u64 = 20_000;
/// Rings that an order passes until it stands on the `request` ring, the last one included.
const RINGS: u32 = 4;

/// Ours and the rivals given; rivals come from [`contender`].
pub fn run(call: &Call, rivals: Vec<Contender<'_>>) -> Result<Report, BenchError> {
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let overhead_ns = pace::overhead_ns(RATES_PER_S[0]);
    let mut contenders = vec![contender::<Rig>(call.seed)?];
    contenders.extend(rivals);
    let series = interleave(&mut contenders, rounds)?;
    let ours = &series[0];
    let mut more = hops(ours.headline_ns())?;
    let stages =
        Rig::stage_times(call.seed, WARM_UP)?.into_iter().map(|(name, ns)| (name.to_owned(), number(Some(ns))));
    more.insert("stages_mean_ns".to_owned(), Map::from_iter(stages).into());
    let config = json!({
        "layout": "inline", "rates_per_s": RATES_PER_S, "levels": 10, "seed": call.seed, "rounds": rounds,
        "frame_bytes": DepthFrames::new(call.seed).bytes_mean(), "rings": RINGS, "strategy": "imbalance_maker",
    });
    Ok(Report {
        bench: "tick-to-order",
        question: "how long from a depth frame's bytes to an order's bytes, in process?",
        sample: "10,000 frames a second, open loop, completion minus due time, clean windows",
        headline: "p50 of a round at 10,000 a second",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns,
        series,
        ours: 1,
        per_second_of: Some("back_to_back_ns"),
        more,
    })
}

/// A trader as a contender.
pub fn contender<'a, T: Trader + 'a>(seed: u64) -> Result<Contender<'a>, BenchError> {
    let mut trader = T::new(seed)?;
    trader.back_to_back(WARM_UP)?;
    trader.metrics();
    let clock = engine_ring::clock::Clock::machine();
    Ok(Contender::new(T::NAME, move || {
        let mut round = Round::default();
        let [slow, fast] = [0, 1].map(|at| {
            let mut windows = Windows::default();
            for _ in 0..WINDOWS[at] {
                windows.add(trader.window(Pacer::window(RATES_PER_S[at]))?);
            }
            Ok::<_, BenchError>(windows)
        });
        let (slow, fast) = (slow?, fast?);
        let start_ns = clock.now();
        trader.back_to_back(BACK_TO_BACK)?;
        round.metrics.push(("back_to_back_ns", (clock.now() - start_ns) as f64 / BACK_TO_BACK as f64));
        let figures = [
            ("p99_ns", percentile(&slow.clean_ns, 0.99)),
            ("all_windows_p50_ns", percentile(&slow.all_ns, 0.5)),
            ("at_100k_p50_ns", percentile(&fast.clean_ns, 0.5)),
            ("at_100k_p99_ns", percentile(&fast.clean_ns, 0.99)),
        ];
        round.metrics.extend(figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))));
        round.metrics.extend(trader.metrics());
        round.headline_ns = percentile(&slow.clean_ns, 0.5);
        round.dropped = (slow.all_ns.len() - slow.clean_ns.len()) as u64;
        round.samples_ns = slow.clean_ns;
        Ok(round)
    }))
}

/// What the same rings cost when each stage has a thread of its own: one hop measured between two threads, and an estimate
/// for all of them, because two cores do not hold four spinning threads.
fn hops(fused_ns: Option<f64>) -> Result<Map<String, serde_json::Value>, BenchError> {
    let mut hop = [hop::contender::<hop::Ours>()];
    let series = interleave(&mut hop, 3)?;
    let one_way_ns = series[0].headline_ns();
    let extra_ns = one_way_ns.zip(series[0].metric("same_thread_ns")).map(|(way, here)| (way - here).max(0.0));
    let estimate_ns = fused_ns.zip(extra_ns).map(|(fused, extra)| fused + f64::from(RINGS) * extra);
    let dedicated = json!({
        "hops": RINGS, "hop_ns": number(one_way_ns), "hop_over_same_thread_ns": number(extra_ns),
        "estimate_p50_ns": number(estimate_ns), "is_estimate": true,
    });
    Ok(Map::from_iter([("dedicated".to_owned(), dedicated)]))
}

/// Frames one right after the other, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let mut rig = Rig::new(call.seed)?;
    let frames = passes as u64 * WARM_UP;
    rig.back_to_back(frames)?;
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_leads_to_one_order_and_one_text() {
        let mut rig = Rig::new(1).expect("a rig");
        let before = rig.orders();
        rig.back_to_back(2_000).expect("an order for each");
        assert_eq!(rig.orders(), before + 2_000);
    }

    #[test]
    fn a_window_has_a_sample_for_each_frame() {
        let mut rig = Rig::new(1).expect("a rig");
        let window = rig.window(Pacer::window(10_000)).expect("answers");
        assert_eq!(window.latencies_ns.len(), 20);
    }
}
