//! A strategy that is nothing but an opinion on each closed bar of each of its instruments.

use super::towards::towards;
use crate::market::candle::Candle;
use crate::strategy::bars::Bar;
use crate::strategy::params::Given;
use crate::strategy::play::{Call, Play, ns};
use engine_analytics::signal::Wanted;
use engine_model::instrument::InstrumentId;
use engine_model::units::Quote;
use std::fmt::Debug;

/// What a bar says.
pub(super) trait Opinion: Debug + Send + 'static {
    /// What is wanted behind the bar. Prices are in ticks: the rule must not depend on the scale.
    fn update(&mut self, candle: &Candle) -> Wanted;
}

/// The strategy around it: at the end of each bar, one step [`towards`] what is wanted.
#[derive(Debug)]
pub(super) struct Follow<O> {
    frame_ns: [u64; 1],
    worth: Quote,
    /// Bars that an opinion is made of: what it says before is none, and what is held stays.
    look_back: usize,
    tracks: Box<[Track<O>]>,
}

#[derive(Debug)]
struct Track<O> {
    instrument: InstrumentId,
    opinion: O,
    learned: usize,
    /// `None`: it has seen too little.
    wanted: Option<Wanted>,
}

impl<O: Opinion> Follow<O> {
    /// One opinion for each instrument, which it has after `look_back` bars.
    pub(super) fn boxed(
        given: &Given<'_>,
        [candle_ms, order_quote, look_back]: [i64; 3],
        opinion: impl Fn() -> O,
    ) -> Box<dyn Play> {
        let track = |&instrument: &InstrumentId| Track { instrument, opinion: opinion(), learned: 0, wanted: None };
        let tracks = given.instruments.iter().map(track).collect();
        let (frame_ns, worth) = ([ns(candle_ms)], Quote::whole(order_quote));
        Box::new(Self { frame_ns, worth, look_back: look_back as usize, tracks })
    }
}

impl<O: Opinion> Play for Follow<O> {
    fn frames_ns(&self) -> &[u64] {
        &self.frame_ns
    }

    fn learn(&mut self, bar: &Bar) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.instrument == bar.instrument) {
            let wanted = track.opinion.update(&bar.candle);
            track.learned = track.learned.saturating_add(1);
            track.wanted = (track.learned >= self.look_back).then_some(wanted);
        }
    }

    fn on_bar(&mut self, call: &mut Call<'_, '_>, bar: &Bar) {
        let track = self.tracks.iter().find(|track| track.instrument == bar.instrument);
        if let Some(Track { instrument, wanted: Some(wanted), .. }) = track {
            towards(call, *instrument, *wanted, self.worth);
        }
    }
}
