//! The same market twice is the same run twice, through the binary and through the stages by hand.

use crate::engine::{EPOCH, Parts, Plan, put_together, state_of};
use crate::recordings::{Replay, beginning, hash, shared};
use crate::scratch::Scratch;
use engine_backtest::venue::{Latency, PaperMarket};
use engine_core::config::Rings;
use engine_core::execution::stage::ExecutionStage;
use engine_core::risk::Rules;
use engine_core::risk::stage::RiskStage;
use engine_core::strategy::catalog::Strategy;
use engine_core::strategy::{StrategyStage, Time};
use engine_core::topology::Stage as Place;
use engine_model::limit::Limits;
use engine_model::units::{Nanos, Quote};
use engine_model::venue::VenueId;
use engine_ring::Crank;
use engine_ring::clock::Clock;
use engine_ring::flag::StopFlag;
use engine_ring::ring_gauges::settled;
use engine_ring::stage::{Stage, StageExt as _};
use feeds::capture::Recording;
use feeds::capture::feed::{CaptureFeed, Pace, Warm};
use feeds::metadata;
use feeds::session::Session;
use std::path::PathBuf;
use std::sync::Arc;

const LINES: usize = 6_000;
const OPEN_ORDERS_MAX: usize = 1_024;

/// The beginning of a recording that trades.
fn recording(scratch: &Scratch) -> Option<PathBuf> {
    let file = shared()?.join("data/binance_usdm/hft_btcusdt_20240808.ndjson.zst");
    Some(scratch.file("beginning.ndjson", beginning(&file, LINES)))
}

#[test]
fn the_same_recording_twice_prints_the_same_but_for_the_time_it_took() {
    let scratch = Scratch::new();
    let Some(file) = recording(&scratch) else { return };
    for layout in ["inline", "shared"] {
        let files = [file.clone()];
        let replay = Replay { venue: "binance-usdm", files: &files, layout, strategy: Some("imbalance_maker") };
        let [first, second] = [(); 2].map(|()| {
            let mut found = replay.run().json();
            let fields = found.as_object_mut().expect("an object");
            assert!(fields.remove("elapsed_ns").is_some() && fields.remove("ns_per_message").is_some());
            found.to_string()
        });
        assert!(first.contains("\"orders\"") && first == second, "{layout}: {first}\n{second}");
    }
}

/// The stages by hand, turned by this thread, with the numbers of `config/base.toml`.
fn by_hand(file: &PathBuf) -> String {
    let recording = Arc::new(Recording::read(&[file]).expect("readable"));
    let venue = VenueId::BinanceUsdm;
    let instruments = Arc::new(metadata::infer(&recording, venue));
    let (clock, hand) = Clock::manual();
    let ways = 5 * Nanos::MILLI;
    // As a replay has them.
    let limits = Limits { clock_skew_max_ns: u64::MAX, ..Limits::default() };
    let mut rules = Rules::open(limits, &instruments);
    rules.mandates.truncate(1); // there is one strategy
    let plan = Plan {
        instruments: &instruments,
        venues: &[venue],
        spoken: &[],
        rules: &rules,
        equity: Quote::whole(1_000_000),
        open_orders_max: OPEN_ORDERS_MAX,
        rings: Rings::default(),
        latency: Latency { feed_ns: 0, order_ns: ways, reply_ns: ways },
        collateral: None,
        clock,
        journal: None,
    };
    let Parts { mut wiring, mut papers, risk, execution, .. } = put_together(&plan);
    let gauges = wiring.gauges();
    let mut sink: PaperMarket = papers.pop().expect("one venue");
    sink.pace(gauges.clone());
    let ids: Vec<_> = instruments.iter().map(|instrument| instrument.id).collect();
    let strategy = StrategyStage::new(
        vec![Strategy::new("imbalance_maker", &ids, &[]).expect("known")],
        EPOCH,
        Arc::clone(&instruments),
        wiring.market_readers(Place::Strategy).expect("free"),
        wiring.report().reader(Place::Strategy.name()).expect("free"),
        wiring.intent().writer(Place::Strategy.name()).expect("free"),
        Time::Events,
    );
    let done = StopFlag::new();
    let session = Session::new(venue, &instruments, 256 << 20);
    let is_settled = move || settled(&gauges);
    let (pace, warm) = (Pace::Settled, Warm::default());
    let name = "venue".to_owned();
    let feed = CaptureFeed::new(name, recording, session, sink, pace, is_settled, hand, done.clone(), warm);
    let stages: Vec<Box<dyn Stage>> = vec![Box::new(feed), Box::new(strategy), Box::new(risk), Box::new(execution)];
    let mut crank = Crank::new(stages);
    crank.start();
    while !done.is_raised() {
        crank.turn();
    }
    let mut stages = crank.into_stages();
    let execution = stages.pop().expect("execution").into_stage::<ExecutionStage>().unwrap_or_else(|_| panic!("last"));
    let risk = stages.pop().expect("risk").into_stage::<RiskStage>().unwrap_or_else(|_| panic!("before"));
    assert!(risk.risk().counts().0 > 0, "nothing was traded");
    state_of(&risk, &execution)
}

#[test]
fn a_strategy_meets_the_same_paper_venue_by_hand_and_in_the_binary() {
    let scratch = Scratch::new();
    let Some(file) = recording(&scratch) else { return };
    let by_hand = by_hand(&file);
    let files = [file];
    let replay = Replay { venue: "binance-usdm", files: &files, layout: "shared", strategy: Some("imbalance_maker") };
    assert_eq!(hash(&replay.run().json()), by_hand);
}
