//! `instruments`: a thousand instruments of eight venues at 200,000 messages a second in all, on one hot thread.
//!
//! Owns: the plan (a message due every 5 µs, venues and instruments in turn, which is the hardest order for a cache), the
//! figures (backlog ten times a second, memory, completion minus due time) and the verdict whether this machine holds the
//! rate. Our side is the inline layout: eight venues' stages with their sessions and books ([`stage`]), strategy, risk and
//! execution on one spinning thread; frames have each venue's own shape ([`words`]), and continue their books. Never:
//! sockets, and no frame that is not due.
//!
//! The plan is never shifted: what is late stays due, over all rounds.

mod frame;
mod stage;
mod words;

use crate::call::Call;
use crate::engine::{self, Slow};
use crate::error::BenchError;
use crate::machine::{self, ThreadWatch, two_cores};
use crate::pace;
use crate::report::{Report, number};
use crate::rounds::{Contender, Round, interleave, median, percentile};
use engine_core::config::Rings;
use engine_core::wiring::Wiring;
use engine_model::instrument::{Instrument, InstrumentId, Instruments, Name};
use engine_ring::Crank;
use engine_ring::affinity::pin;
use engine_ring::clock::Clock;
use engine_ring::counter::CachePadded;
use engine_ring::stage::Stage;
use serde_json::{Map, Value, json};
use stage::{Told, Venue};
use std::sync::Arc;
use words::{VENUES, symbol};

/// How a run goes.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Instruments of each of the eight venues.
    a_venue: usize,
    /// Messages of all venues in a second.
    rate_per_s: u64,
    /// How long a round lasts.
    round_ns: u64,
    /// Messages without a plan, before and for the price of one.
    back_to_back: u64,
}

const ROUNDS: usize = 6;
const PLAN: Plan = Plan { a_venue: 125, rate_per_s: 200_000, round_ns: 2_000_000_000, back_to_back: 400_000 };
/// Between two looks at the backlog.
const LOOK_NS: u64 = 100_000_000;
/// One message in this many is a sample.
const SAMPLED: u64 = 16;
/// Turns between two readings of the journal's ends: eight messages each at most, a fraction of its rings.
const DRAIN_EVERY: u64 = 16;
/// Backlogs of a plan that is kept differ by what a core that is away for a moment leaves: 10 ms of messages.
const AWAY_MS: u64 = 10;

/// Ours; there is no rival that reads eight venues.
pub fn run(call: &Call) -> Result<Report, BenchError> {
    run_plan(call, PLAN)
}

/// Messages one right after the other, nothing timed.
pub fn steady(passes: usize) -> Result<u64, BenchError> {
    let mut hot = Hot::new(Plan { back_to_back: PLAN.back_to_back * passes as u64, ..PLAN })?;
    hot.back_to_back();
    hot.end()?;
    Ok(hot.plan.back_to_back)
}

fn run_plan(call: &Call, plan: Plan) -> Result<Report, BenchError> {
    let before = machine::before();
    let overhead_ns = pace::overhead_ns(10_000);
    let answered = std::thread::scope(|scope| {
        let hot = scope.spawn(|| {
            if let Some((_, far)) = two_cores() {
                // A machine that does not let us pin still gives figures; the report says what it is like.
                let _ = pin(far);
            }
            measure(call.rounds.unwrap_or(ROUNDS), plan)
        });
        hot.join().map_err(|_| BenchError::Thread)?
    });
    let (series, more) = answered?;
    let config = json!({
        "layout": "inline", "venues": VENUES.map(|venue| venue.name()), "instruments": plan.a_venue * VENUES.len(),
        "rate_per_s": plan.rate_per_s, "rounds": call.rounds.unwrap_or(ROUNDS),
        "seconds_a_round": plan.round_ns as f64 / 1e9,
    });
    Ok(Report {
        bench: "instruments",
        question: "does one hot thread hold 1,000 instruments of eight venues at 200,000 messages a second, in bounded memory?",
        sample: "every 16th message, open loop, books done and event on its ring minus due time, no window left out",
        headline: "p50 of a round",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns,
        series,
        ours: 1,
        per_second_of: Some("back_to_back_ns"),
        more,
    })
}

fn measure(rounds: usize, plan: Plan) -> Result<(Vec<crate::rounds::Series>, Map<String, Value>), BenchError> {
    let empty = resident_bytes();
    let mut hot = Hot::new(plan)?;
    let back_to_back_ns = hot.back_to_back();
    let start = resident_bytes();
    hot.begin();
    let series = interleave(&mut [Contender::new("ringside", || hot.round(back_to_back_ns))], rounds)?;
    let end = resident_bytes();
    hot.end()?;
    let holds = !grows(&hot.backlogs, plan.rate_per_s);
    let busy = back_to_back_ns * plan.rate_per_s as f64 / 1e9;
    let verdict = if holds {
        format!("the rate is held; messages alone take {:.0} % of the thread", busy * 100.0)
    } else {
        let reason = if busy < 1.0 { "others took its core" } else { "the thread is too slow" };
        format!(
            "this machine does not hold the rate: the backlog grows ({reason}; messages alone take {:.0} %)",
            busy * 100.0
        )
    };
    let taken = VENUES.iter().zip(&hot.told);
    let taken = taken.map(|(venue, told)| (venue.name().to_owned(), told.taken.get().into()));
    let more = json!({
        "holds": holds, "verdict": verdict, "backlog_messages": hot.backlogs, "backlog_every_ms": LOOK_NS / 1_000_000,
        "resident_bytes": {"empty": empty, "start": start, "end": end}, "busy_share": number(Some(busy)),
        "taken": Map::from_iter(taken),
    });
    Ok((series, more.as_object().cloned().unwrap_or_default()))
}

/// Whether a backlog grows: the last third of the looks against the first.
fn grows(backlogs: &[u64], rate_per_s: u64) -> bool {
    let third = (backlogs.len() / 3).max(1).min(backlogs.len());
    let middle = |part: &[u64]| median(part.iter().map(|backlog| *backlog as f64)).unwrap_or(0.0);
    let (first, last) = (middle(&backlogs[..third]), middle(&backlogs[backlogs.len() - third..]));
    last > first + (rate_per_s * AWAY_MS / 1_000) as f64
}

/// The thread and everything on it.
struct Hot {
    plan: Plan,
    crank: Crank,
    slow: Slow,
    told: Vec<Arc<CachePadded<Told>>>,
    clock: Clock,
    turns: u64,
    taken: Vec<u64>,
    until_ns: u64,
    backlogs: Vec<u64>,
}

impl Hot {
    fn new(plan: Plan) -> Result<Self, BenchError> {
        let instruments = Arc::new(Instruments::new(instruments(plan.a_venue)));
        let clock = Clock::machine();
        let mut wiring = Wiring::new(&VENUES, &Rings::default(), &[]);
        let mut stages: Vec<Box<dyn Stage>> = Vec::new();
        let mut told = Vec::new();
        for venue in VENUES {
            let of_venue = Arc::new(CachePadded::new(Told::default()));
            stages.push(Box::new(Venue::new(venue, &instruments, &mut wiring, Arc::clone(&of_venue))?));
            told.push(of_venue);
        }
        stages.push(Box::new(engine::strategy(&instruments, &mut wiring, &clock)?));
        stages.push(Box::new(engine::risk(&instruments, &mut wiring, &clock)?));
        stages.push(Box::new(engine::execution(&instruments, &mut wiring, &clock)?));
        let slow = Slow::claim(&mut wiring)?;
        let mut crank = Crank::new(stages);
        crank.start();
        let taken = vec![0; told.len()];
        let backlogs = Vec::with_capacity(1_024);
        Ok(Self { plan, crank, slow, told, clock, turns: 0, taken, until_ns: 0, backlogs })
    }

    #[inline]
    fn turn(&mut self) {
        self.crank.turn();
        self.turns += 1;
        if self.turns.is_multiple_of(DRAIN_EVERY) {
            self.slow.drain();
        }
    }

    fn all_taken(&self) -> u64 {
        self.told.iter().map(|told| told.taken.get()).sum()
    }

    /// Messages that are all due: the price of one.
    fn back_to_back(&mut self) -> f64 {
        let (start_ns, until) = (self.clock.now(), self.all_taken() + self.plan.back_to_back);
        while self.all_taken() < until {
            self.turn();
        }
        (self.clock.now() - start_ns) as f64 / self.plan.back_to_back as f64
    }

    /// From now on messages are due by the plan.
    fn begin(&mut self) {
        let apart_ns = 1_000_000_000 / self.plan.rate_per_s;
        self.until_ns = self.clock.now();
        for (place, told) in self.told.iter().enumerate() {
            told.next_due_ns.set(self.until_ns + place as u64 * apart_ns);
            told.every_ns.set(self.told.len() as u64 * apart_ns);
        }
        self.taken = self.told.iter().map(|told| told.taken.get()).collect();
    }

    fn round(&mut self, back_to_back_ns: f64) -> Result<Round, BenchError> {
        let watch = ThreadWatch::here();
        let lost = || watch.as_ref().and_then(ThreadWatch::switches);
        let (lost_before, taken_before) = (lost(), self.all_taken());
        let mut samples_ns = Vec::with_capacity((self.plan.rate_per_s * self.plan.round_ns / 1_000_000_000) as usize);
        let mut look_at_ns = self.until_ns;
        self.until_ns += self.plan.round_ns;
        let mut now_ns = self.clock.now();
        while now_ns < self.until_ns {
            self.turn();
            self.sample(&mut samples_ns);
            now_ns = self.clock.now();
            if now_ns >= look_at_ns {
                look_at_ns += LOOK_NS;
                self.backlogs.push(self.told.iter().map(|told| told.backlog(now_ns)).sum());
            }
        }
        let share = |of: f64| percentile(&samples_ns, of);
        let taken = (self.all_taken() - taken_before) as f64;
        let figures = [
            ("p99_ns", share(0.99)),
            ("p999_ns", share(0.999)),
            ("back_to_back_ns", Some(back_to_back_ns)),
            ("taken_per_s", Some(taken * 1e9 / self.plan.round_ns as f64)),
            ("core_lost", lost().zip(lost_before).map(|(after, before)| (after - before) as f64)),
        ];
        Ok(Round {
            headline_ns: share(0.5),
            metrics: figures.into_iter().filter_map(|(name, figure)| Some((name, figure?))).collect(),
            samples_ns,
            ..Round::default()
        })
    }

    /// What the venues took in the last turn.
    #[inline]
    fn sample(&mut self, samples_ns: &mut Vec<u64>) {
        for (told, known) in self.told.iter().zip(&mut self.taken) {
            let taken = told.taken.get();
            if taken != *known {
                *known = taken;
                if taken.is_multiple_of(SAMPLED) {
                    samples_ns.push(told.wait_ns.get());
                }
            }
        }
    }

    /// Holds what the sessions say against what was sent: all of it good.
    fn end(&mut self) -> Result<(), BenchError> {
        self.crank.finish();
        let wrong = VENUES.iter().zip(&self.told).find(|(_, told)| told.wrong.get() > 0);
        wrong.map_or(Ok(()), |(venue, told)| Err(BenchError::Misread { venue: venue.name(), count: told.wrong.get() }))
    }
}

/// The same number of each venue, each as the one that the other benches trade.
fn instruments(a_venue: usize) -> Vec<Instrument> {
    let all = VENUES.into_iter().flat_map(|venue| (0..a_venue).map(move |number| (venue, number)));
    let instrument = |(id, (venue, number)): (usize, (_, usize))| Instrument {
        id: InstrumentId(id as u32),
        venue,
        symbol: Name::new(&symbol(venue, number).0).unwrap_or_default(),
        ..engine::instrument()
    };
    all.enumerate().map(instrument).collect()
}

/// Memory of this process that is in the machine's; `None` where the system does not tell.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB"))?;
    kib.trim().parse::<u64>().ok().map(|kib| kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_eight_venues_is_understood_and_leaves_its_book_in_sync() {
        let plan = Plan { a_venue: 3, rate_per_s: 4_000, round_ns: 250_000_000, back_to_back: 2_000 };
        let call = Call { rounds: Some(2), ..Call::default() };
        let report = run_plan(&call, plan).expect("nothing is misread");
        let answer = report.json();
        // Not `overhead_ns`: on a machine so busy that no window was whole it is unknown.
        for field in ["p50", "p99", "question", "machine", "holds", "verdict", "backlog_messages"] {
            assert!(!answer[field].is_null(), "{field}: {answer}");
        }
        assert!(answer["resident_bytes"]["end"].as_u64() > Some(1 << 20), "{answer}");
        let taken: Vec<u64> = VENUES.iter().filter_map(|venue| answer["taken"][venue.name()].as_u64()).collect();
        assert!(taken.len() == VENUES.len() && taken.iter().all(|taken| *taken > 200), "{answer}");
    }

    #[test]
    fn a_backlog_that_comes_and_goes_does_not_grow() {
        assert!(!grows(&[0, 0, 3, 9_000, 40, 0, 1, 0, 2], 200_000));
        assert!(!grows(&[], 200_000));
        assert!(grows(&[0, 1_000, 2_000, 3_000, 4_000, 5_000], 200_000));
    }
}
