//! `momentum`: follows the move of the last `lookback` candles, in the direction of longer candles alone.
//!
//! Two lengths of candles: one of `candle_ms`, and one of `slow_factor` times that. Long where the close is at least
//! `enter_bps` above the one `lookback` candles before and the last two long candles that are over rose; short the other way
//! round (a spot market is only bought). It leaves when the move is below `exit_bps`, or the long candles turned.

use super::towards::towards;
use crate::strategy::bars::Bar;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Play, ns};
use engine_analytics::indicator::Filter as _;
use engine_analytics::indicator::block::Lag;
use engine_analytics::signal::Wanted;
use engine_model::instrument::InstrumentId;
use engine_model::units::Quote;

pub(super) const ENTRY: Entry = Entry {
    name: "momentum",
    idea: "what rose goes on rising for a while, where the longer trend agrees",
    risks: "the last who follow pay for the turn: it enters late and leaves late by its nature",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| Momentum::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 6] = [
    Param::candle_ms(60_000),
    Param::new("slow_factor", 15, (2, 1_000), "candles in a long one; a quarter of an hour of minutes"),
    Param::new("lookback", 30, (1, 1_000), "candles of the move; two long ones"),
    Param::new("enter_bps", 50, (1, 10_000), "move that is followed; five times a taker's fee"),
    Param::new("exit_bps", 0, (-10_000, 10_000), "move that is no longer followed, on the side of the position"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

#[derive(Debug)]
struct Momentum {
    frames_ns: [u64; 2],
    enter_bps: f64,
    exit_bps: f64,
    worth: Quote,
    tracks: Box<[Track]>,
}

#[derive(Debug)]
struct Track {
    instrument: InstrumentId,
    before: Lag,
    /// Close of the last long candle, and how far it was above the one before.
    slow: (f64, f64),
    wanted: Wanted,
    /// The move and the trend have been seen: what is held is not left before.
    is_warm: bool,
}

impl Momentum {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [candle_ms, slow_factor, lookback, enter_bps, exit_bps, order_quote] = given.values();
        if exit_bps >= enter_bps {
            return Err(ParamFault::Relation("`exit_bps` must be below `enter_bps`"));
        }
        let track = |&instrument: &InstrumentId| Track {
            instrument,
            before: Lag::new(lookback as usize),
            slow: (f64::NAN, f64::NAN),
            wanted: Wanted::Flat,
            is_warm: false,
        };
        Ok(Self {
            frames_ns: [ns(candle_ms), ns(candle_ms).saturating_mul(slow_factor as u64)],
            enter_bps: enter_bps as f64,
            exit_bps: exit_bps as f64,
            worth: Quote::whole(order_quote),
            tracks: given.instruments.iter().map(track).collect(),
        })
    }
}

impl Track {
    fn wanted(&self, moved_bps: f64, enter_bps: f64, exit_bps: f64) -> Wanted {
        // Nothing compares with the NaN of a window that is not full.
        let stays = |side: f64| side * moved_bps >= exit_bps && side * self.slow.1 > 0.0;
        match self.wanted {
            held @ (Wanted::Long | Wanted::Short) if stays(held.sign()) => held,
            _ if moved_bps >= enter_bps && self.slow.1 > 0.0 => Wanted::Long,
            _ if moved_bps <= -enter_bps && self.slow.1 < 0.0 => Wanted::Short,
            _ => Wanted::Flat,
        }
    }
}

impl Play for Momentum {
    fn frames_ns(&self) -> &[u64] {
        &self.frames_ns
    }

    fn learn(&mut self, bar: &Bar) {
        let Some(track) = self.tracks.iter_mut().find(|track| track.instrument == bar.instrument) else { return };
        let close = bar.candle.close.0 as f64;
        if bar.frame == 1 {
            track.slow = (close, close - track.slow.0);
            return;
        }
        let moved_bps = (close / track.before.next(close) - 1.0) * 1e4;
        track.wanted = track.wanted(moved_bps, self.enter_bps, self.exit_bps);
        track.is_warm = !moved_bps.is_nan() && !track.slow.1.is_nan();
    }

    fn on_bar(&mut self, call: &mut Call<'_, '_>, bar: &Bar) {
        let track = self.tracks.iter().find(|track| track.instrument == bar.instrument && bar.frame == 0);
        if let Some(track) = track.filter(|track| track.is_warm) {
            towards(call, track.instrument, track.wanted, self.worth);
        }
    }
}
