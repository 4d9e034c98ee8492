//! Which of the streams asked for have spoken, which are silent, and which the venue said no to.
//!
//! Owns: by instrument and channel, on which line it was asked for and under what words. A stream that must speak and does
//! not within [`SILENT_AFTER_NS`] is told once: a venue that accepts and stays silent (a stream asked for on the wrong
//! route, say) looks well from everywhere else. Never: whether a book is believed; a silent stream changes no state.

use super::dialect::Dialect;
use super::gauges::{FeedGauges, StreamTrouble};
use super::plan::{Channel, ChannelSet, LinePlan, Urls, Wanted};
use super::watched::Seen;
use crate::net::error::NetError;
use crate::rejection::Rejection;
use std::collections::HashMap;

/// A stream that was asked for should be heard by then; the venue may have accepted and forgotten.
pub(super) const SILENT_AFTER_NS: u64 = 5_000_000_000;

/// Streams of one instrument.
#[derive(Debug, Default)]
struct Row {
    /// By channel: the plan of its line, and the venue's words for it.
    asked: [Option<(usize, Box<[String]>)>; Channel::ALL.len()],
    rejected: ChannelSet,
    /// Of the silent ones: those that were told.
    told: ChannelSet,
}

/// Streams of one venue.
#[derive(Debug)]
pub(super) struct Streams {
    /// By slot.
    rows: Box<[Row]>,
}

impl Streams {
    /// Which stream tells what: the words for one channel of one symbol are those of a plan for it alone.
    pub(super) fn new(dialect: &Dialect, wanted: &Wanted, urls: &Urls, plans: &[LinePlan]) -> Result<Self, NetError> {
        let stream = |(number, plan): (usize, &LinePlan)| {
            let named = move |words: &String| ((plan.route, words.clone()), number);
            plan.streams.iter().map(named).collect::<Vec<_>>()
        };
        let places: HashMap<_, _> = plans.iter().enumerate().flat_map(stream).collect();
        let mut rows = Vec::with_capacity(wanted.symbols.len());
        for symbol in &wanted.symbols {
            let mut row = Row::default();
            for channel in &wanted.channels {
                let alone = Wanted { symbols: vec![*symbol], channels: vec![*channel], ..wanted.clone() };
                let streams = (dialect.plan)(&alone, urls)?;
                let words =
                    streams.iter().flat_map(|plan| plan.streams.iter().map(|words| (plan.route, words.clone())));
                let words: Vec<_> = words.collect();
                let place = words.first().and_then(|named| places.get(named));
                let words = words.iter().map(|(_, words)| words.clone()).collect();
                row.asked[*channel as usize] = place.map(|place| (*place, words));
            }
            rows.push(row);
        }
        Ok(Self { rows: rows.into() })
    }

    /// Whether something asked for on that plan speaks however quiet the market is.
    pub(super) fn must_speak(&self, plan: usize) -> bool {
        self.rows.iter().any(|row| row.of_plan(plan).any(Channel::must_speak))
    }

    /// A line of that plan begins anew, and nothing else brings what it brought: nothing was heard of it yet.
    pub(super) fn begin_anew(&mut self, plan: usize, seen: &mut [Seen]) {
        for (row, seen) in self.rows.iter_mut().zip(seen) {
            for channel in row.of_plan(plan).collect::<ChannelSet>().iter() {
                seen.heard.remove(channel);
                row.rejected.remove(channel);
                row.told.remove(channel);
            }
        }
    }

    /// Says which streams of a slot are silent. `asked_at_ns`: when a plan was asked for in full, if it was.
    pub(super) fn check(
        &mut self,
        slot: usize,
        heard: ChannelSet,
        asked_at_ns: impl Fn(usize) -> Option<u64>,
        now_ns: u64,
        gauges: &FeedGauges,
    ) {
        let row = &mut self.rows[slot];
        let (mut silent, mut quiet) = (ChannelSet::default(), ChannelSet::default());
        for channel in Channel::ALL {
            let Some((plan, _)) = &row.asked[channel as usize] else { continue };
            if heard.contains(channel) {
                row.told.remove(channel);
                row.rejected.remove(channel);
            } else if asked_at_ns(*plan).is_some_and(|at| now_ns.saturating_sub(at) >= SILENT_AFTER_NS) {
                if channel.must_speak() { silent.insert(channel) } else { quiet.insert(channel) }
            }
        }
        let of = &gauges.instruments()[slot];
        for channel in silent.iter().filter(|channel| !row.told.contains(*channel) && !row.rejected.contains(*channel))
        {
            gauges.stream_trouble(StreamTrouble::Silent { instrument: of.instrument, channel });
        }
        row.told = silent;
        of.tell_streams(silent, quiet, row.rejected);
    }

    /// The venue said no on a line of that plan. Which streams it names is found by their words; where it names none, the
    /// words alone are told, and what stays silent tells itself.
    pub(super) fn rejected(&mut self, plan: usize, rejection: Rejection, gauges: &FeedGauges) {
        let mut named = false;
        for (row, of) in self.rows.iter_mut().zip(gauges.instruments()) {
            for channel in row.named_by(plan, &rejection).iter() {
                named = true;
                row.rejected.insert(channel);
                gauges.stream_trouble(StreamTrouble::Rejected {
                    stream: Some((of.instrument, channel)),
                    rejection: Box::new(rejection),
                });
            }
        }
        if !named {
            gauges.stream_trouble(StreamTrouble::Rejected { stream: None, rejection: Box::new(rejection) });
        }
    }
}

impl Row {
    fn of_plan(&self, plan: usize) -> impl Iterator<Item = Channel> {
        let is_asked =
            move |channel: &Channel| self.asked[*channel as usize].as_ref().is_some_and(|(of, _)| *of == plan);
        Channel::ALL.into_iter().filter(is_asked)
    }

    fn named_by(&self, plan: usize, rejection: &Rejection) -> ChannelSet {
        let words = |channel: &Channel| self.asked[*channel as usize].iter().flat_map(|(_, words)| words);
        self.of_plan(plan).filter(|channel| words(channel).any(|words| rejection.names(words))).collect()
    }
}
