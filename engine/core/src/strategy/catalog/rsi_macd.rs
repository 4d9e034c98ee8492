//! `rsi_macd`: buys a fall that has turned, on candles made of trades, and sells when it turns again.
//!
//! When a candle closes, [`engine_analytics::signal::RsiMacd`] says whether a long position is wanted:
//! - from flat to long when the MACD histogram turns above 0 within ten candles of an RSI below `low`;
//! - from long to flat when the histogram turns below 0, or the RSI is above `high`.
//!
//! Wanted and not held: one IOC limit order at the best ask, worth `order_quote`. Held and not wanted: one at the best
//! bid for all of it. What did not fill, was denied or found no room is wished for again when the next candle closes, as
//! long as it is wanted; never while an order is working. A position too small for the venue to take counts as flat.
//!
//! Candles run on the receive time. One second, the default, is for demonstrations; for money take a minute (60000).

use super::follow::{Follow, Opinion};
use crate::market::candle::Candle;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Entry, Play};
use engine_analytics::signal::{RsiMacd, RsiMacdPeriods, Wanted};

pub(super) const ENTRY: Entry = Entry {
    name: "rsi_macd",
    idea: "a fall that was overdone is bought when its momentum has turned",
    risks: "a slide with many turns: each is bought, and fees are paid for all of them",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &new,
};

/// Order of the values: as `new` takes them apart.
const PARAMS: [Param; 8] = [
    Param {
        name: "candle_ms",
        default: 1_000,
        min: 100,
        max: 86_400_000,
        why: "length of a candle; one second shows something within a demonstration",
    },
    Param { name: "rsi", default: 14, min: 1, max: 1_000, why: "candles of the RSI; Wilder's own choice" },
    Param {
        name: "low",
        default: 40,
        min: 0,
        max: 100,
        why: "an RSI below it is oversold; 30 hardly occurs on short candles",
    },
    Param { name: "high", default: 70, min: 0, max: 100, why: "an RSI above it is overbought" },
    Param { name: "fast", default: 12, min: 1, max: 1_000, why: "candles of MACD's fast average; the usual choice" },
    Param { name: "slow", default: 26, min: 2, max: 1_000, why: "candles of MACD's slow average; the usual choice" },
    Param { name: "signal", default: 9, min: 1, max: 1_000, why: "candles of MACD's signal average; the usual choice" },
    Param {
        name: "order_quote",
        default: 500,
        min: 1,
        max: 10_000_000,
        why: "worth of a position in whole units of quote; a hundred times a venue's usual minimum",
    },
];

impl Opinion for RsiMacd {
    fn update(&mut self, candle: &Candle) -> Wanted {
        Wanted::long_if(RsiMacd::update(self, candle.close.0 as f64))
    }
}

fn new(given: &Given<'_>) -> Result<Box<dyn Play>, ParamFault> {
    let [candle_ms, rsi, low, high, fast, slow, signal, order_quote] = given.values();
    if low >= high {
        return Err(ParamFault::Relation("`low` must be below `high`"));
    }
    if fast >= slow {
        return Err(ParamFault::Relation("`fast` must be below `slow`"));
    }
    // In range, hence exact.
    let (low, high) = (low as f64, high as f64);
    let periods =
        RsiMacdPeriods { rsi: rsi as u32, low, high, fast: fast as u32, slow: slow as u32, signal: signal as u32 };
    Ok(Follow::boxed(given, [candle_ms, order_quote, (slow + signal - 1).max(rsi + 1)], || RsiMacd::new(periods)))
}

#[cfg(test)]
#[path = "rsi_macd_tests.rs"]
mod tests;
