//! The engine as it runs, in the inline layout, around a venue that answers every order.
//!
//! Owns: the wiring of all stages and rings of the topology with one venue, bridge taps included, and the turning of the
//! crank. Never: a stage made for the bench where the engine has one.

use super::order_text::OrderText;
use super::timed::{Spent, Timed};
use super::venue::{Told, VenueStage};
use super::{Pacer, RATES_PER_S, Trader, Window};
use crate::engine::{self, HEAD_START_NS, Slow, VENUE, instrument};
use crate::error::BenchError;
use crate::pace::Windows;
use crate::rounds::percentile;
use crate::synthetic::DepthFrames;
use engine_core::config::Rings;
use engine_core::market::Market;
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::Instruments;
use engine_model::units::Nanos;
use engine_ring::Crank;
use engine_ring::clock::Clock;
use engine_ring::counter::CachePadded;
use engine_ring::stage::{Poll, Stage};
use feeds::session::{KEEP_BYTES, Session};
use std::sync::Arc;

/// Turns in which every answer has come home.
const TURNS_MAX: usize = 16;

/// All stages at their rings.
pub(super) struct Rig {
    crank: Crank,
    told: Arc<CachePadded<Told>>,
    clock: Clock,
    slow: Slow,
    /// Due time to the moment when the request stood on its ring, by rate.
    requests: [Windows; RATES_PER_S.len()],
    idle_turns_ns: Vec<u64>,
}

impl Rig {
    fn turn_until_idle(&mut self) {
        self.crank.until_idle(TURNS_MAX);
        self.slow.drain();
    }

    /// The turn in which a frame becomes a request. Apart, so that a profiler can be told to look at nothing else.
    #[inline(never)]
    fn deliver(&mut self) {
        self.told.due.add(1);
        self.crank.turn();
    }

    /// One frame: when the request stood on its ring, and when the text was written.
    #[inline]
    fn answer_frame(&mut self) -> Result<(u64, u64), BenchError> {
        let before = self.told.orders.get();
        self.deliver();
        let requested_at_ns = self.clock.now();
        self.crank.turn();
        if self.told.orders.get() != before + 1 {
            return Err(BenchError::NoOrder(self.told.due.get()));
        }
        Ok((requested_at_ns, self.told.written_at_ns.get()))
    }

    /// The rig, its stages changed before they are put on the crank.
    fn with_stages(
        seed: u64,
        change: impl FnOnce(Vec<Box<dyn Stage>>) -> Vec<Box<dyn Stage>>,
    ) -> Result<Self, BenchError> {
        let instruments = Arc::new(Instruments::new(vec![instrument()]));
        let clock = Clock::machine();
        let mut wiring = Wiring::new(&[VENUE], &Rings::default(), &[]);
        let told = Arc::new(CachePadded::new(Told::default()));
        let stages: Vec<Box<dyn Stage>> = vec![
            Box::new(venue(seed, &instruments, &mut wiring, &told)?),
            Box::new(engine::strategy(&instruments, &mut wiring, &clock)?),
            Box::new(engine::risk(&instruments, &mut wiring, &clock)?),
            Box::new(engine::execution(&instruments, &mut wiring, &clock)?),
        ];
        let slow = Slow::claim(&mut wiring)?;
        let mut crank = Crank::new(change(stages));
        crank.start();
        let (requests, idle_turns_ns) = (Default::default(), Vec::new());
        let mut rig = Self { crank, told, clock, slow, requests, idle_turns_ns };
        rig.turn_until_idle();
        Ok(rig)
    }

    /// Where the time of a frame goes: name and mean of each stage's poll, the clock's own reading taken off.
    pub(super) fn stage_times(seed: u64, frames: u64) -> Result<Vec<(&'static str, f64)>, BenchError> {
        let spent = Arc::new(Spent::default());
        let timed = |(place, stage)| -> Box<dyn Stage> {
            Box::new(Timed { stage, clock: Clock::machine(), spent: spent.clone(), place })
        };
        let mut rig = Self::with_stages(seed, |stages| stages.into_iter().enumerate().map(timed).collect())?;
        let reading_ns = reading_ns(&rig.clock);
        for _ in 0..frames {
            spent.is_on.set(1);
            rig.told.due.add(1);
            rig.crank.turn();
            spent.is_on.set(0);
            rig.turn_until_idle();
        }
        let mean = |place: usize| spent.ns[place].get() as f64 / frames as f64 - reading_ns;
        let places = [Place::Venue, Place::Strategy, Place::Risk, Place::Execution];
        Ok(places.into_iter().enumerate().map(|(at, place)| (place.name(), mean(at))).collect())
    }

    /// Orders whose text was written so far.
    #[cfg(test)]
    pub(super) fn orders(&self) -> u64 {
        self.told.orders.get()
    }
}

impl Trader for Rig {
    const NAME: &'static str = "ringside";

    fn new(seed: u64) -> Result<Self, BenchError> {
        Self::with_stages(seed, |stages| stages)
    }

    fn window(&mut self, mut pacer: Pacer) -> Result<Window, BenchError> {
        let mut requests_ns = Vec::with_capacity(256);
        while let Some(due_ns) = pacer.wait() {
            let (requested_at_ns, written_at_ns) = self.answer_frame()?;
            pacer.done_at(due_ns, written_at_ns);
            requests_ns.push(requested_at_ns - due_ns);
            self.turn_until_idle();
        }
        let start_ns = self.clock.now();
        if self.crank.turn() == Poll::Idle {
            self.idle_turns_ns.push(self.clock.now() - start_ns);
        }
        let rate = RATES_PER_S.iter().position(|rate| *rate == pacer.rate_per_s()).unwrap_or(0);
        let window = pacer.end();
        self.requests[rate].add(Window { latencies_ns: requests_ns, clean: window.clean });
        Ok(window)
    }

    fn back_to_back(&mut self, frames: u64) -> Result<(), BenchError> {
        for _ in 0..frames {
            self.answer_frame()?;
            self.turn_until_idle();
        }
        Ok(())
    }

    fn metrics(&mut self) -> Vec<(&'static str, f64)> {
        let requests = std::mem::take(&mut self.requests);
        let idle_turns_ns = std::mem::take(&mut self.idle_turns_ns);
        let figures = [
            ("request_p50_ns", percentile(&requests[0].clean_ns, 0.5)),
            ("request_p99_ns", percentile(&requests[0].clean_ns, 0.99)),
            ("request_at_100k_p50_ns", percentile(&requests[1].clean_ns, 0.5)),
            ("idle_turn_ns", percentile(&idle_turns_ns, 0.5)),
        ];
        figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect()
    }
}

/// What reading the clock costs, and so what an empty poll would be timed at.
fn reading_ns(clock: &Clock) -> f64 {
    const READINGS: u64 = 10_000;
    let start_ns = clock.now();
    (0..READINGS).for_each(|_| {
        std::hint::black_box(clock.now());
    });
    (clock.now() - start_ns) as f64 / READINGS as f64
}

fn venue(
    seed: u64,
    instruments: &Arc<Instruments>,
    wiring: &mut Wiring,
    told: &Arc<CachePadded<Told>>,
) -> Result<VenueStage, BenchError> {
    let frames = DepthFrames::new(seed);
    let clock = Clock::machine();
    let at = Nanos(clock.now()).plus(HEAD_START_NS);
    let (mut market, _images) = Market::new(VENUE, instruments, wiring.market_writer(VENUE)?);
    let mut session = Session::new(VENUE, instruments, KEEP_BYTES);
    session.on_rest(Some(&DepthFrames::snapshot_url()), frames.snapshot().as_bytes(), at, &mut market);
    let mut stage = VenueStage {
        frames,
        session,
        market,
        instrument: instrument(),
        requests: wiring.request_reader(VENUE)?,
        replies: wiring.reply_writer(VENUE)?,
        told: told.clone(),
        clock,
        at,
        taken: 0,
        prepared: 0,
        frame: Vec::with_capacity(4_096),
        text: OrderText::default(),
        answers: Vec::with_capacity(16),
    };
    stage.prepare();
    Ok(stage)
}
