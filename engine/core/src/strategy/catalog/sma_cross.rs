//! `sma_cross`: long while the mean of the last `fast` closes is above that of the last `slow`, else out. At the end of each
//! candle one IOC limit order at the touch, worth `order_quote`. The rule is [`engine_analytics::signal::SmaCross`].

use super::follow::{Follow, Opinion};
use crate::market::candle::Candle;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Entry, Play};
use engine_analytics::signal::{SmaCross, Wanted};

pub(super) const ENTRY: Entry = Entry {
    name: "sma_cross",
    idea: "a price above its longer mean has been rising, and trends go on more often than not",
    risks: "a market that swings without a direction: each swing is bought high and sold low",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &new,
};

const PARAMS: [Param; 4] = [
    Param::candle_ms(60_000),
    Param::new("fast", 20, (1, 999), "candles of the short mean; a third of an hour of minutes"),
    Param::new("slow", 50, (2, 1_000), "candles of the long mean; more than twice the short one, so that they part"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

impl Opinion for SmaCross {
    fn update(&mut self, candle: &Candle) -> Wanted {
        SmaCross::update(self, candle.close.0 as f64)
    }
}

fn new(given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    let [candle_ms, fast, slow, order_quote] = given.values();
    if fast >= slow {
        return Err(ParamFault::Relation("`fast` must be below `slow`"));
    }
    Ok(Follow::boxed(given, [candle_ms, order_quote, slow], || SmaCross::new(fast as usize, slow as usize)))
}
