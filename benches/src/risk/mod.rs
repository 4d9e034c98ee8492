//! `risk`: one judgement of the risk gate with every check on, of an order that passes and of one that is denied.
//!
//! Owns: the method. Judgements come one after another in a world of fifty instruments ([`world`]) whose prices move in
//! between; each is timed alone, from the wish to the decision, what became old by the moves valued anew in it. They are
//! taken in short batches; one in which the system took the core is dropped whole. No allocation is let pass where
//! allocations are counted. Never: the rings around the gate, which `hop` measures.

mod world;

use crate::call::Call;
use crate::error::BenchError;
use crate::machine::{self, ThreadWatch, two_cores};
use crate::report::Report;
use crate::rounds::{Contender, Round, interleave, percentile};
use engine_core::risk::{Decision, DecisionKind};
use engine_model::intent::Intent;
use engine_model::limit::LIMITS;
use engine_model::refusal::Check;
use engine_ring::affinity::pin;
use engine_ring::alloc_guard::{AllocGuard, is_counting};
use engine_ring::clock::Clock;
use serde_json::{Map, json};
use std::hint::black_box;
use world::{INSTRUMENTS, MOVES, OPEN_ORDERS, World};

const ROUNDS: usize = 11;
/// Batches of a round, and judgements in a batch: a batch lasts less than a millisecond.
const BATCHES: usize = 100;
const BATCH: usize = 200;
/// Judgements in a pass of `steady`.
const PASS: usize = 10_000;

/// What is asked of the gate, and what it must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Good,
    TooLarge,
}

/// Ours; there is no rival with this gate.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    run_rounds(call, call.rounds.unwrap_or(ROUNDS), BATCHES)
}

/// Judgements of orders that pass, with the world's steps and the way back, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let mut world = World::new(call.seed)?;
    for _ in 0..passes * PASS {
        let intent = Wish::Good.next(&mut world);
        let judged = world.judge(&intent);
        Wish::Good.hold(&judged)?;
        world.undo(&judged.1);
    }
    Ok((passes * PASS) as u64)
}

fn run_rounds(call: &Call, rounds: usize, batches: usize) -> Result<Report, BenchError> {
    let before = machine::before();
    let (series, overhead_ns, more) = std::thread::scope(|scope| {
        let judging = scope.spawn(|| {
            if let Some((_, far)) = two_cores() {
                // A machine that does not let us pin still gives figures; the report says what it is like.
                let _ = pin(far);
            }
            let world = &std::cell::RefCell::new(World::new(call.seed)?);
            let contender = |name, wish| Contender::new(name, move || round(&mut world.borrow_mut(), wish, batches));
            let mut contenders = [contender("passes", Wish::Good), contender("denied", Wish::TooLarge)];
            let series = interleave(&mut contenders, rounds)?;
            let world = world.borrow();
            let more = json!({
                "open_orders": world.open_orders(), "positions": world.positions(),
                // More than none has ended the run.
                "allocations": is_counting().then_some(0),
                "denied_by": Check::OrderNotionalMax.code(),
            });
            Ok::<_, BenchError>((series, overhead_ns(&Clock::machine()), more))
        });
        judging.join().map_err(|_| BenchError::Thread)?
    })?;
    let config = json!({
        "instruments": INSTRUMENTS, "venues": INSTRUMENTS / 10, "open_orders": OPEN_ORDERS, "limits": LIMITS,
        "moves_between": MOVES, "judgements_a_round": batches * BATCH, "rounds": rounds, "seed": call.seed,
    });
    Ok(Report {
        bench: "risk",
        question: "what does one judgement of the risk gate cost, every check on?",
        sample: "a judgement, wish to decision, back to back; the clock's own reading (`overhead_ns`) is in it",
        headline: "p50 of a round",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns,
        series,
        ours: 2,
        per_second_of: Some("-"),
        more: more.as_object().cloned().unwrap_or_else(Map::new),
    })
}

fn round(world: &mut World, wish: Wish, batches: usize) -> Result<Round, BenchError> {
    let (clock, watch) = (Clock::machine(), ThreadWatch::here());
    let lost = || watch.as_ref().and_then(ThreadWatch::switches);
    let (mut clean_ns, mut all_ns) = (Vec::new(), Vec::new());
    let mut batch_ns = Vec::with_capacity(BATCH);
    for _ in 0..batches {
        batch_ns.clear();
        let lost_before = lost();
        let guard = AllocGuard::arm();
        batch(world, wish, &clock, &mut batch_ns)?;
        let allocations = guard.map_or(0, AllocGuard::disarm);
        if allocations > 0 {
            return Err(BenchError::Allocated(allocations));
        }
        all_ns.extend(&batch_ns);
        if lost() == lost_before {
            clean_ns.extend(&batch_ns);
        }
    }
    let figures = [
        ("p99_ns", percentile(&clean_ns, 0.99)),
        ("all_batches_p50_ns", percentile(&all_ns, 0.5)),
        ("all_batches_p99_ns", percentile(&all_ns, 0.99)),
        ("all_batches_max_ns", percentile(&all_ns, 1.0)),
    ];
    Ok(Round {
        headline_ns: percentile(&clean_ns, 0.5),
        dropped: (all_ns.len() - clean_ns.len()) as u64,
        metrics: figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect(),
        samples_ns: clean_ns,
        ..Round::default()
    })
}

fn batch(world: &mut World, wish: Wish, clock: &Clock, samples_ns: &mut Vec<u64>) -> Result<(), BenchError> {
    for _ in 0..BATCH {
        let intent = wish.next(world);
        let start_ns = clock.now();
        let judged = black_box(world.judge(black_box(&intent)));
        samples_ns.push(clock.now() - start_ns);
        wish.hold(&judged)?;
        world.undo(&judged.1);
    }
    Ok(())
}

/// Two readings of the clock with nothing between.
fn overhead_ns(clock: &Clock) -> Option<f64> {
    let reading = |_| {
        let start_ns = clock.now();
        clock.now() - start_ns
    };
    let readings: Vec<u64> = (0..PASS).map(reading).collect();
    percentile(&readings, 0.5)
}

impl Wish {
    /// The world goes on, and somebody wishes.
    fn next(self, world: &mut World) -> Intent {
        world.step();
        match self {
            Self::Good => world.good(),
            Self::TooLarge => world.too_large(),
        }
    }

    /// Holds the answer against what it must be: trading goes on, and the wish passed or broke that one limit.
    fn hold(self, (review, decision): &(Option<Decision>, Decision)) -> Result<(), BenchError> {
        let is_right = match decision.what {
            DecisionKind::Submit(_) => self == Self::Good,
            DecisionKind::Denied(denial) => {
                self == Self::TooLarge && denial.breaches.iter().eq([Check::OrderNotionalMax])
            }
            _ => false,
        };
        if is_right && review.is_none() {
            return Ok(());
        }
        Err(BenchError::Judged(format!("{review:?}, {:?}", decision.what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_ring::alloc_guard::CountingAllocator;

    #[global_allocator]
    static ALLOCATOR: CountingAllocator = CountingAllocator;

    #[test]
    fn the_world_is_as_it_is_said_to_be_and_stays_so() {
        let mut world = World::new(1).expect("every position and every resting order passes");
        assert_eq!((world.open_orders(), world.positions()), (200, 30));
        let (passed, denied) = world.counts();
        assert_eq!((passed, denied), (230, 0));
        for wish in [Wish::Good, Wish::TooLarge].repeat(5_000) {
            let intent = wish.next(&mut world);
            let judged = world.judge(&intent);
            wish.hold(&judged).expect("as wished");
            world.undo(&judged.1);
        }
        assert_eq!((world.open_orders(), world.positions()), (200, 30));
        assert_eq!(world.counts(), (5_230, 5_000));
    }

    #[test]
    fn an_answer_that_is_not_the_wished_one_has_no_figure() {
        let mut world = World::new(2).expect("a world");
        let intent = Wish::TooLarge.next(&mut world);
        let judged = world.judge(&intent);
        let error = Wish::Good.hold(&judged).expect_err("it was denied").to_string();
        assert!(error.contains("OrderNotionalMax"), "{error}");
    }

    #[test]
    fn a_short_run_tells_both_figures_and_no_allocation() {
        let report = run_rounds(&Call::default(), 2, 3).expect("figures");
        let answer = report.json();
        for field in ["overhead_ns", "question", "machine", "variants"] {
            assert!(!answer[field].is_null(), "{field}: {answer}");
        }
        // On a machine that is never free for a moment every sample is dropped, each of them counted; else there are figures.
        let is_never_free = answer["samples"] == 0 && answer["dropped"] == 1_200;
        for field in ["p50", "p99", "max"] {
            assert!(!answer[field].is_null() || is_never_free, "{field}: {answer}");
        }
        assert_eq!(answer["allocations"], 0, "counted, and none");
        assert!(!answer["variants"]["denied"]["p99"].is_null() || answer["variants"]["denied"]["dropped"] != 0);
        assert_eq!((&answer["open_orders"], &answer["positions"]), (&200.into(), &30.into()));
    }
}
