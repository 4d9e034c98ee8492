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
    tracks: Box<[(InstrumentId, O, Wanted)]>,
}

impl<O: Opinion> Follow<O> {
    /// One opinion for each instrument.
    pub(super) fn boxed(given: &Given<'_>, candle_ms: i64, order_quote: i64, opinion: impl Fn() -> O) -> Box<dyn Play> {
        let tracks = given.instruments.iter().map(|id| (*id, opinion(), Wanted::Flat)).collect();
        Box::new(Self { frame_ns: [ns(candle_ms)], worth: Quote::whole(order_quote), tracks })
    }
}

impl<O: Opinion> Play for Follow<O> {
    fn frames_ns(&self) -> &[u64] {
        &self.frame_ns
    }

    fn learn(&mut self, bar: &Bar) {
        if let Some((_, opinion, wanted)) = self.tracks.iter_mut().find(|track| track.0 == bar.instrument) {
            *wanted = opinion.update(&bar.candle);
        }
    }

    fn on_bar(&mut self, call: &mut Call<'_, '_>, bar: &Bar) {
        if let Some(&(id, _, wanted)) = self.tracks.iter().find(|track| track.0 == bar.instrument) {
            towards(call, id, wanted, self.worth);
        }
    }
}
