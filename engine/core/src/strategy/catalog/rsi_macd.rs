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

use crate::market::candle::{CandleBuilder, Silence};
use crate::strategy::context::Context;
use crate::strategy::params::{Param, ParamFault, read};
use crate::strategy::sizing::Sizing;
use engine_analytics::signal::{RsiMacd as Signal, RsiMacdPeriods};
use engine_model::instrument::InstrumentId;
use engine_model::market::{MarketChange, MarketEvent, Side};
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Quote, Ticks};

pub(super) const NAME: &str = "rsi_macd";

/// Order of the values: as `new` takes them apart.
pub(super) const PARAMS: [Param; 8] = [
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

/// The strategy.
#[derive(Debug)]
pub struct RsiMacd {
    candle_ns: u64,
    order_quote: Quote,
    tracks: Box<[Track]>,
}

/// One instrument.
#[derive(Debug)]
struct Track {
    instrument: InstrumentId,
    candles: CandleBuilder,
    signal: Signal,
    /// Whether a long position is wanted.
    long: bool,
}

impl RsiMacd {
    pub(super) fn new(instruments: &[InstrumentId], params: &[(String, i64)]) -> Result<Self, ParamFault> {
        let [candle_ms, rsi, low, high, fast, slow, signal, order_quote] = read(&PARAMS, params)?;
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
        let candle_ns = candle_ms as u64 * Nanos::MILLI;
        let track = |&instrument: &InstrumentId| Track {
            instrument,
            candles: CandleBuilder::new(candle_ns, Silence::Skip),
            signal: Signal::new(periods),
            long: false,
        };
        Ok(Self { candle_ns, order_quote: Quote::whole(order_quote), tracks: instruments.iter().map(track).collect() })
    }

    pub(super) fn instruments(&self) -> impl Iterator<Item = InstrumentId> {
        self.tracks.iter().map(|track| track.instrument)
    }

    pub(super) fn timer_ns(&self) -> u64 {
        self.candle_ns
    }

    pub(super) fn on_market(&mut self, context: &mut Context<'_>, event: &MarketEvent) {
        let MarketChange::Trade { px, qty, aggressor, .. } = event.change else { return };
        let Some(track) = self.tracks.iter_mut().find(|track| track.instrument == event.at.instrument) else { return };
        let Track { candles, signal, long, .. } = &mut *track;
        let mut closed = false;
        candles.trade(event.at.received_at_ns, px, qty, aggressor, |candle| {
            *long = signal.update(candle.close.0 as f64);
            closed = true;
        });
        if closed {
            track.act(context, self.order_quote);
        }
    }

    pub(super) fn on_timer(&mut self, context: &mut Context<'_>) {
        for track in &mut self.tracks {
            let Track { candles, signal, long, .. } = &mut *track;
            let mut closed = false;
            candles.advance(context.now(), |candle| {
                *long = signal.update(candle.close.0 as f64);
                closed = true;
            });
            if closed {
                track.act(context, self.order_quote);
            }
        }
    }
}

impl Track {
    /// A candle closed: wishes for what is wanted and not so yet.
    fn act(&self, context: &mut Context<'_>, order_quote: Quote) {
        let id = self.instrument;
        if context.working().iter().any(|working| working.order.instrument == id) {
            return;
        }
        let Some((bid, ask)) = context.view(id).touch() else { return };
        let instrument = context.instrument(id);
        let sizing = Sizing::new(instrument);
        let held = sizing.check_size(bid, context.position(id));
        let wish = match (self.long, held) {
            (true, Err(_)) => sizing.order_size(ask, order_quote).map(|qty| self.order(Side::Buy, ask, qty)),
            (false, Ok(held)) => Ok(self.order(Side::Sell, bid, held.min(instrument.max_qty))),
            (true, Ok(_)) | (false, Err(_)) => return,
        };
        // A refusal is remembered by nobody: the next candle asks again if it is still wanted.
        let _ = wish.and_then(|order| context.submit(order));
    }

    fn order(&self, side: Side, px: Ticks, qty: Lots) -> Order {
        Order {
            instrument: self.instrument,
            side,
            order_type: OrderType::Limit,
            time_in_force: TimeInForce::Ioc,
            reduce_only: side == Side::Sell,
            px,
            qty,
            ..Order::default()
        }
    }
}

#[cfg(test)]
#[path = "rsi_macd_tests.rs"]
mod tests;
