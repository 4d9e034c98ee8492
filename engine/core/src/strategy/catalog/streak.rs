//! `streak`: long once `run` candles in a row have closed higher than the one before, out at the first that does not.

use super::follow::{Follow, Opinion};
use crate::market::candle::Candle;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Entry, Play};
use engine_analytics::signal::Wanted;
use engine_model::units::Ticks;

pub(super) const ENTRY: Entry = Entry {
    name: "streak",
    idea: "buyers who took every candle for a while are not done",
    risks: "it buys high by its nature: one candle back and the run is paid for",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &new,
};

const PARAMS: [Param; 3] = [
    Param::candle_ms(60_000),
    Param::new("run", 3, (1, 100), "candles in a row that rose; four in a row are one in sixteen by chance"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

#[derive(Debug)]
struct Streak {
    run: i64,
    /// Candles in a row that rose.
    rose: i64,
    close: Ticks,
}

impl Opinion for Streak {
    fn update(&mut self, candle: &Candle) -> Wanted {
        let is_first = self.close == Ticks(0);
        let has_risen = candle.close > self.close && !is_first;
        self.rose = if has_risen { self.rose + 1 } else { 0 };
        self.close = candle.close;
        Wanted::long_if(self.rose >= self.run)
    }
}

fn new(given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    let [candle_ms, run, order_quote] = given.values();
    Ok(Follow::boxed(given, [candle_ms, order_quote, run + 1], || Streak { run, rose: 0, close: Ticks(0) }))
}
