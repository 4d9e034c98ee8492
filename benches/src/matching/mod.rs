//! `matching`: one event (a changed level or a trade) through a simulated venue with our orders in it.
//!
//! Owns: the feed with orders among it ([`feed`]), our paper venue as a contender ([`ours`]), and the demand that every
//! contender fills the same orders at the same events, at the same prices and quantities.
//! Never: decoding; messages are in the form that a contender wants before the clock starts.

pub mod feed;
pub mod ours;

use crate::call::Call;
use crate::error::BenchError;
use crate::machine;
use crate::report::Report;
use crate::rounds::{Contender, Parts, Round, interleave};
use crate::stream::Stream;
use engine_core::config::{Chance, Hundredths, QueueModel};
use engine_model::units::{Lots, Ticks};
use engine_ring::clock::Clock;
use feed::{Feed, Sizes, Step};
use ours::Paper;
use serde_json::{Map, json};

/// A venue made of software.
pub trait Simulator: Sized + 'static {
    /// Its name in the report.
    const NAME: &'static str;
    /// A step in the form that it takes.
    type Prepared: 'static;

    /// Ready for that feed, with that model of the queue.
    fn new(feed: &Feed, model: QueueModel) -> Self;

    /// A step in the form that it takes.
    fn prepare(feed: &Feed, step: &Step) -> Self::Prepared;

    /// Lets it happen, and hears what came of it.
    fn step(&mut self, step: &Self::Prepared);

    /// What was filled and not yet taken from here.
    fn fills(&mut self) -> &mut Vec<Fill>;
}

/// An execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fill {
    /// Whose.
    pub id: u32,
    /// Price.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Whether the order rested.
    pub is_maker: bool,
}

const ROUNDS: usize = 9;
/// Steps in a part.
const PART: usize = 64;
/// The model of the timed runs: the dearest in arithmetic, and the one in the rival's own examples.
const MODEL: QueueModel = QueueModel::Probable(Chance::PowerOfFront(Hundredths(300)));

/// How a contender is made, and what it fills.
#[derive(Clone, Copy)]
pub struct Maker(pub for<'a> fn(&'a Feed) -> (Contender<'a>, Fills));

/// Fills by the step that made them.
pub type Fills = Vec<(usize, Fill)>;

/// Ours and the rivals given.
pub fn run(call: &Call, rivals: Vec<Maker>) -> Result<Report, BenchError> {
    let streams = Stream::all(call)?;
    let stream = streams.last().ok_or_else(|| BenchError::Empty("the call".to_owned()))?;
    let feed = Feed::new(stream, Sizes::One, call.seed)?;
    let rounds = call.rounds.unwrap_or(ROUNDS);
    let before = machine::before();
    let mut contenders = Vec::new();
    let mut ours: Option<Fills> = None;
    for Maker(make) in std::iter::once(Maker(contender::<Paper>)).chain(rivals) {
        let (contender, fills) = make(&feed);
        equal(contender.name, &fills, ours.as_ref().unwrap_or(&fills))?;
        ours.get_or_insert(fills);
        contenders.push(contender);
    }
    let series = interleave(&mut contenders, rounds)?;
    drop(contenders);
    let config = json!({
        "stream": stream.name, "steps": feed.steps.len(), "events": feed.events,
        "fills": ours.map_or(0, |fills| fills.len()), "seed": call.seed, "rounds": rounds,
    });
    Ok(Report {
        bench: "matching",
        question: "what does one event cost a simulated venue with our orders in it?",
        sample: "no single events: they come in messages",
        headline: "mean of one event (a changed level or a trade), timed in parts of 64 steps, orders among them",
        config: config.as_object().cloned().unwrap_or_default(),
        machine: before.after(),
        overhead_ns: None,
        series,
        ours: 1,
        per_second_of: Some("-"),
        more: Map::new(),
    })
}

/// A simulator as a contender, and what it fills.
#[must_use]
pub fn contender<S: Simulator>(feed: &Feed) -> (Contender<'_>, Fills) {
    let fills = fills::<S>(feed, MODEL);
    let prepared: Vec<S::Prepared> = feed.steps.iter().map(|step| S::prepare(feed, step)).collect();
    let clock = Clock::machine();
    let round = move || {
        let mut simulator = S::new(feed, MODEL);
        let parts = prepared.chunks(PART).map(|part| {
            let start_ns = clock.now();
            pass(&mut simulator, part);
            clock.now() - start_ns
        });
        let parts = Parts { ns: parts.collect(), work: feed.events, groups: Vec::new() };
        Ok(Round { parts, ..Round::default() })
    };
    (Contender::new(S::NAME, round), fills)
}

/// What a simulator fills of a feed's orders, step by step; within a step by order.
#[must_use]
pub fn fills<S: Simulator>(feed: &Feed, model: QueueModel) -> Fills {
    let mut simulator = S::new(feed, model);
    let mut all = Vec::new();
    for (index, step) in feed.steps.iter().enumerate() {
        simulator.step(&S::prepare(feed, step));
        let mut fills = std::mem::take(simulator.fills());
        fills.sort_unstable();
        all.extend(fills.into_iter().map(|fill| (index, fill)));
    }
    all
}

/// Passes of our venue over the stream, nothing timed.
pub fn steady(call: &Call, passes: usize) -> Result<u64, BenchError> {
    let stream = Stream::made_up(call.seed)?;
    let feed = Feed::new(&stream, Sizes::One, call.seed)?;
    for _ in 0..passes {
        pass(&mut Paper::new(&feed, MODEL), &feed.steps);
    }
    Ok((passes * feed.events) as u64)
}

#[inline(never)]
fn pass<S: Simulator>(simulator: &mut S, steps: &[S::Prepared]) {
    steps.iter().for_each(|step| simulator.step(step));
}

/// Whether both filled the same; the first difference.
pub fn equal(rival: &str, theirs: &Fills, ours: &Fills) -> Result<(), BenchError> {
    let differs = |what: String| BenchError::Differ { rival: rival.to_owned(), what };
    if let Some((own, their)) = ours.iter().zip(theirs).find(|(own, their)| own != their) {
        return Err(differs(format!("step {} has {:?}, there step {} has {:?}", own.0, own.1, their.0, their.1)));
    }
    if ours.len() == theirs.len() {
        Ok(())
    } else {
        Err(differs(format!("{} fills, {} there", ours.len(), theirs.len())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feed_has_orders_that_are_filled_and_a_difference_is_named() {
        let stream = Stream::made_up(1).expect("a recording");
        let feed = Feed::new(&stream, Sizes::Many, 1).expect("a feed");
        let ours = fills::<Paper>(&feed, MODEL);
        assert!(ours.len() > 20, "{} fills", ours.len());
        assert!(equal("r", &ours, &ours).is_ok());
        let mut theirs = ours.clone();
        theirs[3].1.qty.0 += 1;
        assert!(
            equal("r", &theirs, &ours).expect_err("differs").to_string().contains("r and ringside end differently")
        );
    }
}
