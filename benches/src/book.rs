//! `book`: one update of an order book, best bid and ask read after it.
//!
//! Owns: a stream of updates from a seed (a third are deletions, half lie within five ticks of the top, the middle
//! wanders, nothing ever crosses), applied one by one, and in messages of ten for percentiles. All contenders must see the
//! same best prices after every update.
//! Never: a contender's preparation in the time: updates are in the form it wants before the clock starts.

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::random::Random;
use crate::report::Report;
use crate::rounds::{Contender, Parts, Round, interleave};
use engine_core::market::Book;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use engine_ring::clock::Clock;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::hint::black_box;

/// One update: an absolute quantity at a price; zero deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Which side.
    pub side: Side,
    /// In ticks.
    pub px: i64,
    /// In lots.
    pub qty: i64,
}

/// A book to be measured.
pub trait DepthBook: Sized + 'static {
    /// Its name in the report.
    const NAME: &'static str;
    /// An update in the form that it takes.
    type Prepared: 'static;

    /// An empty book for prices around `middle`.
    fn new(middle: i64) -> Self;

    /// An update in the form that it takes.
    fn prepare(update: &Update) -> Self::Prepared;

    /// Applies an update.
    fn apply(&mut self, update: &Self::Prepared);

    /// Best bid and best ask in ticks; what there is when a side is empty does not matter.
    fn best(&self) -> (i64, i64);
}

const UPDATES: usize = 600_000;
const MIDDLE: i64 = 600_000;
/// Updates in a message.
const MESSAGE: usize = 10;
/// How far from the top an update lies that is not near it.
const FAR_TICKS: u64 = 800;
const ROUNDS: usize = 11;
/// Updates in a part: some 10 µs, so that two readings of the clock are nothing to it.
const PART: usize = 1_000;

/// The updates of a seed, and the levels that stand in the end.
#[must_use]
pub fn updates(seed: u64) -> (Vec<Update>, usize) {
    let mut random = Random::new(seed);
    let mut sides: [BTreeMap<i64, i64>; 2] = [BTreeMap::new(), BTreeMap::new()];
    sides[0].insert(MIDDLE - 1, 1);
    sides[1].insert(MIDDLE + 1, 1);
    let mut updates =
        vec![Update { side: Side::Buy, px: MIDDLE - 1, qty: 1 }, Update { side: Side::Sell, px: MIDDLE + 1, qty: 1 }];
    while updates.len() < UPDATES {
        let side = if random.happens(50) { Side::Buy } else { Side::Sell };
        let near = random.happens(50);
        let own = &sides[side as usize];
        // Distance from the best, counted away from the other side.
        let (px, qty) = if random.happens(33) && own.len() > 20 {
            let place = if near { random.below(5) } else { random.below(own.len() as u64) } as usize;
            let px = match side {
                Side::Buy => own.keys().nth_back(place),
                Side::Sell => own.keys().nth(place),
            };
            (px.copied().unwrap_or(MIDDLE), 0)
        } else {
            let distance = 1 + random.below(if near { 5 } else { FAR_TICKS }) as i64;
            let other = match side {
                Side::Buy => sides[1].keys().next(),
                Side::Sell => sides[0].keys().next_back(),
            };
            (other.copied().unwrap_or(MIDDLE) - side.sign() * distance, 1 + random.below(1_000_000) as i64)
        };
        match qty {
            0 => sides[side as usize].remove(&px),
            _ => sides[side as usize].insert(px, qty),
        };
        updates.push(Update { side, px, qty });
    }
    (updates, sides.iter().map(BTreeMap::len).sum())
}

/// How a contender is made.
#[derive(Clone, Copy)]
pub struct Maker(pub for<'a> fn(&'a [Update]) -> (Contender<'a>, i64));

/// Ours and the rivals given.
pub fn run(call: &Call, rivals: Vec<Maker>) -> Result<Report, BenchError> {
    let (updates, levels) = updates(call.seed);
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let mut contenders = Vec::new();
    let mut seen = None;
    for Maker(make) in std::iter::once(Maker(contender::<Book>)).chain(rivals) {
        let (contender, sum) = make(&updates);
        if *seen.get_or_insert(sum) != sum {
            let what = "the best prices after some update".to_owned();
            return Err(BenchError::Differ { rival: contender.name.to_owned(), what });
        }
        contenders.push(contender);
    }
    let series = interleave(&mut contenders, rounds)?;
    let config = json!({"updates": updates.len(), "levels": levels, "seed": call.seed, "rounds": rounds});
    Ok(Report {
        bench: "book",
        question: "what does one update of a book cost, best bid and ask read after it?",
        sample: "a message of ten updates, timed alone",
        headline: "mean of one update, timed in parts of 1,000",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: overhead_ns(&updates),
        series,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// A book as a contender, and the sum of all best prices that it showed.
#[must_use]
pub fn contender<B: DepthBook>(updates: &[Update]) -> (Contender<'_>, i64) {
    let prepared: Vec<B::Prepared> = updates.iter().map(B::prepare).collect();
    let sum = one_by_one(&mut B::new(MIDDLE), &prepared);
    let clock = Clock::machine();
    let round = move || {
        let mut book = B::new(MIDDLE);
        let parts = prepared.chunks(PART).map(|part| {
            let start_ns = clock.now();
            black_box(one_by_one(&mut book, part));
            clock.now() - start_ns
        });
        let parts = Parts { ns: parts.collect(), work: prepared.len(), groups: Vec::new() };
        let mut book = B::new(MIDDLE);
        let samples_ns = prepared.chunks(MESSAGE).map(|message| {
            let start_ns = clock.now();
            black_box(one_by_one(&mut book, message));
            clock.now() - start_ns
        });
        Ok(Round { parts, samples_ns: samples_ns.collect(), ..Round::default() })
    };
    (Contender::new(B::NAME, round), sum)
}

/// Passes of our book over the updates, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let (updates, _) = updates(call.seed);
    let prepared: Vec<_> = updates.iter().map(<Book as DepthBook>::prepare).collect();
    for _ in 0..passes {
        black_box(one_by_one(&mut <Book as DepthBook>::new(MIDDLE), &prepared));
    }
    Ok((passes * prepared.len()) as u64)
}

#[inline(never)]
fn one_by_one<B: DepthBook>(book: &mut B, updates: &[B::Prepared]) -> i64 {
    let mut sum = 0_i64;
    for update in updates {
        book.apply(update);
        let (bid, ask) = book.best();
        sum = sum.wrapping_mul(31).wrapping_add(bid).wrapping_mul(31).wrapping_add(ask);
    }
    sum
}

/// The loop and the sum alone.
fn overhead_ns(updates: &[Update]) -> Option<f64> {
    struct Nothing(i64);
    impl DepthBook for Nothing {
        const NAME: &'static str = "nothing";
        type Prepared = Update;
        fn new(middle: i64) -> Self {
            Self(middle)
        }
        fn prepare(update: &Update) -> Update {
            *update
        }
        #[inline]
        fn apply(&mut self, update: &Update) {
            self.0 = black_box(update.px);
        }
        fn best(&self) -> (i64, i64) {
            (self.0, self.0)
        }
    }
    let (mut contender, _) = contender::<Nothing>(updates);
    let series = interleave(std::slice::from_mut(&mut contender), 3).ok()?;
    series[0].headline_ns()
}

impl DepthBook for Book {
    const NAME: &'static str = "ringside";
    type Prepared = (Side, Level);

    fn new(_: i64) -> Self {
        Self::default()
    }

    fn prepare(update: &Update) -> Self::Prepared {
        (update.side, Level { px: Ticks(update.px), qty: Lots(update.qty) })
    }

    #[inline]
    fn apply(&mut self, (side, level): &Self::Prepared) {
        let level = std::slice::from_ref(level);
        let (bids, asks) = match side {
            Side::Buy => (level, &[][..]),
            Side::Sell => (&[][..], level),
        };
        let _ = Self::apply(self, bids, asks);
    }

    #[inline]
    fn best(&self) -> (i64, i64) {
        (self.best_bid().map_or(0, |level| level.px.0), self.best_ask().map_or(0, |level| level.px.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_as_they_are_said_to_be() {
        let (updates, levels) = updates(1);
        let deleted = updates.iter().filter(|update| update.qty == 0).count() as f64 / updates.len() as f64;
        assert!((0.30..0.36).contains(&deleted), "{deleted}");
        assert!((300..900).contains(&levels), "{levels}");
        let wandered = updates.iter().map(|update| update.px);
        let (low, high) = (wandered.clone().min().unwrap_or(0), wandered.max().unwrap_or(0));
        assert!(high - low > 1_000, "the middle wanders: {low} to {high}");
        let mut book = Book::default();
        for update in &updates {
            DepthBook::apply(&mut book, &<Book as DepthBook>::prepare(update));
            let (bid, ask) = DepthBook::best(&book);
            assert!(bid < ask || ask == 0, "{update:?} crosses");
        }
        assert_eq!(levels, book.len(Side::Buy) + book.len(Side::Sell));
    }
}
