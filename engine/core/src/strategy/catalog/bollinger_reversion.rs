//! `bollinger_reversion`: buys a close below the lower band, sells one above the upper band (a spot market is only bought),
//! and leaves at the middle. The middle is the mean of the last `n` closes, the bands `k_deci` tenths of their deviation
//! from it. One IOC limit order at the touch, worth `order_quote`. The rule is
//! [`engine_analytics::signal::BollingerReversion`].

use super::follow::{Follow, Opinion};
use crate::market::candle::Candle;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Entry, Play};
use engine_analytics::signal::{BollingerReversion, Wanted};

pub(super) const ENTRY: Entry = Entry {
    name: "bollinger_reversion",
    idea: "a price far from its mean has been pushed there by somebody in a hurry, and comes home when he is done",
    risks: "a real move looks the same at its beginning: the loss grows until the mean has come to the price",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &new,
};

const PARAMS: [Param; 4] = [
    Param::candle_ms(60_000),
    Param::new("n", 20, (2, 1_000), "candles of the mean; Bollinger's choice"),
    Param::new("k_deci", 20, (1, 100), "deviations from the mean to the band; two, his choice"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

impl Opinion for BollingerReversion {
    fn update(&mut self, candle: &Candle) -> Wanted {
        BollingerReversion::update(self, candle.close.0 as f64)
    }
}

fn new(given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    let [candle_ms, n, k_deci, order_quote] = given.values();
    let k = k_deci as f64 / 10.0;
    Ok(Follow::boxed(given, [candle_ms, order_quote, n], || BollingerReversion::new(n as usize, k)))
}
