//! `wire`: from a depth frame that leaves a venue's socket to the order that comes back to it, over loopback, open loop.
//!
//! Owns: the plan (a frame of five bids and five asks due every 100 µs), the simulated venue that sends and stamps
//! ([`peer`], [`front`]), and two contenders on the other core: our whole live path ([`ours`]: socket → decode → book →
//! strategy → risk → execution → gateway → socket), and a bare echo over the same sockets ([`echo`]). Rivals are handed in.
//! Latency is receipt of the order minus the frame's due time, both by the venue's clock. Never: more than two spinning
//! threads, more than half a minute, anything but 127.0.0.1.
//!
//! Each round begins anew: connections, books, log-on; then frames until each is answered, and only then the windows.

mod echo;
mod framing;
mod front;
mod ours;
mod peer;

use crate::call::Call;
use crate::error::BenchError;
use crate::machine::{self, ThreadWatch, two_cores};
use crate::pace::{self, Windows};
use crate::report::{Report, number};
use crate::rounds::{Contender, Round, Series, interleave, percentile, ratio};
use crate::synthetic::DepthFrames;
use echo::Echo;
use engine_ring::affinity::pin;
use engine_ring::flag::StopFlag;
use front::Front;
use ours::Ours;
use peer::Peer;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::sync::OnceLock;

/// Where the venue is.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub SocketAddr);

impl Address {
    /// Of its WebSockets, without a path.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.0)
    }

    /// Of its REST, without a path.
    #[must_use]
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Path of the connection that brings frames; what follows it is the client's choice.
pub const MARKET_PATH: &str = "/public/stream";
/// Path of the connection that takes orders, and acknowledges them.
pub const ORDERS_PATH: &str = "/ws-fapi/v1";
/// Path of the connection that tells what became of orders.
pub const USER_PATH: &str = "/private/ws/";

/// Frames to orders, in somebody's way, over sockets.
pub trait Answerer: Sized {
    /// Its name in the report.
    const NAME: &'static str;

    /// Made on the thread that will answer, before that is pinned: threads of its own stay free to run elsewhere.
    fn open(venue: &Address) -> Result<Self, BenchError>;

    /// Connects to the three paths, and answers each frame with one order, until it is over.
    fn answer(self, is_over: &StopFlag) -> Result<(), BenchError>;
}

/// How a round goes.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Frames due in a second.
    rate_per_s: u64,
    /// Frames that must be answered before anything is measured.
    warm_up: u64,
    /// Windows, of two milliseconds or one frame.
    windows: usize,
    /// From an answer to the next frame at least: longer than the contender takes to hear that its order is over, for
    /// else it has nothing to send when it sees the frame.
    settle_ns: u64,
    /// An order that did not come by then will not: the frame is counted, with this as its latency.
    patience_ns: u64,
}

const ROUNDS: usize = 5;
/// A round measures for 0.6 s.
const PLAN: Plan =
    Plan { rate_per_s: 10_000, warm_up: 2_000, windows: 300, settle_ns: 20_000, patience_ns: 20_000_000 };

/// Ours, the echo, and the rivals given; rivals come from [`contender`].
pub fn run(call: &Call, rivals: Vec<Contender<'_>>) -> Result<Report, BenchError> {
    run_plan(call, rivals, PLAN)
}

fn run_plan(call: &Call, rivals: Vec<Contender<'_>>, plan: Plan) -> Result<Report, BenchError> {
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let overhead_ns = pace::overhead_ns(plan.rate_per_s);
    let mut contenders = vec![of::<Ours>(call.seed, plan), of::<Echo>(call.seed, plan)];
    contenders.extend(rivals);
    let series = interleave(&mut contenders, rounds)?;
    let config = json!({
        "layout": "inline", "rate_per_s": plan.rate_per_s, "levels": 10, "seed": call.seed, "rounds": rounds,
        "venue": "binance-usdm", "strategy": "imbalance_maker", "order_entry": "websocket, logged on",
    });
    Ok(Report {
        bench: "wire",
        question: "how long from a frame on the venue's socket to our order on it, over loopback, and what of it is ours?",
        sample: "10,000 frames a second, open loop, receipt of the order minus due time of the frame, clean windows",
        headline: "p50 of a round",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns,
        more: to_echo(&series[0], &series[1]),
        series,
        ours: 1,
        per_second_of: None,
    })
}

/// How many times as long as the echo ours takes: other ratios are a rival's time over ours.
fn to_echo(ours: &Series, echo: &Series) -> Map<String, Value> {
    let share = |name: &str| number(ours.metric_ratio_to(echo, name));
    let figures = json!({
        "p50": number(ratio(&echo.headlines_ns, &ours.headlines_ns)), "p99": share("p99_ns"), "p999": share("p999_ns"),
        "p50_at_most": 1.10,
    });
    Map::from_iter([("ours_over_echo".to_owned(), figures)])
}

/// An answerer as a contender.
#[must_use]
pub fn contender<'a, A: Answerer + 'a>(seed: u64) -> Contender<'a> {
    of::<A>(seed, PLAN)
}

fn of<'a, A: Answerer + 'a>(seed: u64, plan: Plan) -> Contender<'a> {
    Contender::new(A::NAME, move || round::<A>(seed, plan))
}

fn round<A: Answerer>(seed: u64, plan: Plan) -> Result<Round, BenchError> {
    let frames = DepthFrames::new(seed);
    let front = Front::open(&frames)?;
    let (is_over, watch) = (StopFlag::new(), OnceLock::new());
    let (venue, cores) = (Address(front.address()), two_cores());
    std::thread::scope(|scope| {
        let answerer = scope.spawn(|| {
            let opened = A::open(&venue)?;
            if let Some((_, far)) = cores {
                // A machine that does not let us pin still gives figures; the report says what it is like.
                let _ = pin(far);
            }
            let _ = watch.set(ThreadWatch::here());
            opened.answer(&is_over)
        });
        let (over, watch) = (&is_over, &watch);
        let venue_side = scope.spawn(move || {
            if let Some((near, _)) = cores {
                let _ = pin(near);
            }
            let (peer, round) = match Peer::meet(&front, frames, plan) {
                Ok(mut peer) => {
                    let is_alive = || !answerer.is_finished();
                    let round = peer.warm_up(is_alive).and_then(|()| measure(&mut peer, watch.get()));
                    (Some(peer), round)
                }
                Err(error) => (None, Err(error)),
            };
            over.raise();
            // What went wrong on the other side is why this one got no answer.
            answerer.join().map_err(|_| BenchError::Thread)??;
            // Only now: a connection that goes away is an error of who still reads it.
            drop(peer);
            round
        });
        venue_side.join().map_err(|_| BenchError::Thread)?
    })
}

fn measure(peer: &mut Peer, watch: Option<&Option<ThreadWatch>>) -> Result<Round, BenchError> {
    let watch = watch.and_then(Option::as_ref);
    let mut windows = Windows::default();
    for _ in 0..peer.plan.windows {
        let switches = watch.and_then(ThreadWatch::switches);
        let mut window = peer.window()?;
        window.clean &= switches == watch.and_then(ThreadWatch::switches);
        windows.add(window);
    }
    let figures = [
        ("p99_ns", percentile(&windows.clean_ns, 0.99)),
        ("p999_ns", percentile(&windows.clean_ns, 0.999)),
        ("all_windows_p50_ns", percentile(&windows.all_ns, 0.5)),
        ("all_windows_p99_ns", percentile(&windows.all_ns, 0.99)),
        ("from_send_p50_ns", percentile(&peer.trips_ns, 0.5)),
        ("frame_bytes", Some(peer.bytes[0] as f64)),
        ("order_bytes", Some(peer.bytes[1] as f64)),
        ("unanswered", Some(peer.unanswered as f64)),
    ];
    Ok(Round {
        headline_ns: percentile(&windows.clean_ns, 0.5),
        dropped: (windows.all_ns.len() - windows.clean_ns.len()) as u64,
        samples_ns: windows.clean_ns,
        metrics: figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect(),
        ..Round::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slow enough for a build that is not optimised, on cores that others use.
    const SLOW: Plan =
        Plan { rate_per_s: 20, warm_up: 3, windows: 10, settle_ns: 30_000_000, patience_ns: 1_000_000_000 };

    #[test]
    fn every_frame_leads_to_one_order_of_ours_as_long_as_the_echos() {
        let call = Call { rounds: Some(1), ..Call::default() };
        let report = run_plan(&call, Vec::new(), SLOW).expect("answers");
        let [ours, echo] = &report.series[..] else { panic!("ours and the echo") };
        for series in [ours, echo] {
            assert_eq!(series.samples.len() + series.dropped, 10, "{}", series.name);
            // A core that was away for longer than an order's end takes to be heard costs a frame.
            assert!(series.metric("unanswered") <= Some(3.0), "{}", series.name);
        }
        let [own, bare] = [ours, echo].map(|series| series.metric("order_bytes").expect("an order"));
        assert!((own - bare).abs() <= 8.0, "an order of ours has {own} bytes, the echo's {bare}");
        let answer = report.json();
        for field in ["p50", "p99", "p999", "overhead_ns", "question", "machine", "ratios", "ours_over_echo"] {
            assert!(answer.get(field).is_some(), "{field}: {answer}");
        }
        assert!(answer["rivals"]["echo"]["p50"] != Value::Null || echo.dropped == 10, "{answer}");
    }
}
