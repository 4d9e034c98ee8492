//! `donchian`: follows a close beyond the extremes of the `entry` candles before it, long above and short below (a spot
//! market long only), and leaves beyond the opposite extreme of `exit` candles. One IOC limit order at the touch, worth
//! `order_quote`; from long to short takes two candles. The rule is [`engine_analytics::signal::Donchian`].

use super::follow::{Follow, Opinion};
use crate::market::candle::Candle;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Entry, Play};
use engine_analytics::signal::{Donchian, Wanted};

pub(super) const ENTRY: Entry = Entry {
    name: "donchian",
    idea: "a price that nobody has paid for long is paid because something is new, and news spread slowly",
    risks: "most breakouts fail: many small losses wait for one large gain, and without it there is none",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &new,
};

const PARAMS: [Param; 4] = [
    Param::candle_ms(60_000),
    Param::new("entry", 20, (1, 1_000), "candles whose extremes are left to enter; the turtles' choice"),
    Param::new("exit", 10, (1, 1_000), "candles whose extremes are left to leave; half of it, as theirs"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

impl Opinion for Donchian {
    fn update(&mut self, candle: &Candle) -> Wanted {
        Donchian::update(self, candle.high.0 as f64, candle.low.0 as f64, candle.close.0 as f64)
    }
}

fn new(given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    let [candle_ms, entry, exit, order_quote] = given.values();
    Ok(Follow::boxed(given, [candle_ms, order_quote, entry.max(exit) + 1], || {
        Donchian::new(entry as usize, exit as usize)
    }))
}
