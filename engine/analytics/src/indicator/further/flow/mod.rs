//! The measures of [order flow](crate::flow) under their names, as columns of columns. What has rows of its own (buckets,
//! levels, trades that are settled later) says at each row how it stands there: a level is told at the trade that changed it,
//! so the last row of each level is the profile.

use crate::flow::Trade;
use crate::flow::delta::Delta;
use crate::flow::informed::Kyle;
use crate::flow::tape::{SignCorrelation, TradeFlow};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Indicator, PERIOD_MAX};
use engine_model::market::Side;
use std::fmt::{Debug, Formatter, Result};

pub mod book;
pub mod derivatives;
pub mod profile;
pub mod tape;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { OrderFlow, FURTHER;
    "DELTA" "Bar delta", BUY_SELL -> ["buy", "sell", "delta"] Volume, (), 0 => Known(|[buy, sell]: [f64; 2]| {
        [buy, sell, Delta { buy, sell, ..Delta::default() }.value()].map(Some)
    });
    "CVD" "Cumulative volume delta", DELTA -> ["cvd"] Volume, (), 0 => {
        let mut sum = 0.0;
        Known(move |[delta]: [f64; 1]| {
            sum += delta;
            [Some(sum)]
        })
    };
    "AVG_TRADE" "Mean trade size and count", VOLUME_TRADES -> ["avg_size", "trades"] Volume, (), 0 =>
        Known(|[volume, trades]: [f64; 2]| [crate::flow::ratio(volume, trades), Some(trades)]);
    "KYLE" "Kyle's lambda", CLOSE_DELTA -> ["kyle"] Ratio,
        (length: usize = 30 in 2..=PERIOD_MAX), length => {
        let mut kyle = Kyle::new(length);
        Known(move |[close, delta]: [f64; 2]| [kyle.next(close, delta)])
    };
    "TRADE_FLOW" "Signed share of the last trades", SIGNED -> ["trade_flow"] Ratio,
        (length: usize = 50 in 1..=PERIOD_MAX), length - 1 => {
        let mut flow = TradeFlow::new(length);
        Known(move |[signed]: [f64; 1]| [flow.update(&trade(signed))])
    };
    "SIGN_AC" "Trade sign autocorrelation", SIGNED -> ["corr"] Ratio, (), 2 => {
        let mut signs = SignCorrelation::default();
        Known(move |[signed]: [f64; 1]| {
            signs.update(&trade(signed));
            [signs.value()]
        })
    };
};

/// A trade of which only the amount is known, below 0 if the taker sold.
fn trade(signed: f64) -> Trade {
    let aggressor = if signed < 0.0 { Side::Sell } else { Side::Buy };
    Trade { time_ms: 0, aggressor, price: f64::NAN, amount: signed.abs() }
}

/// A measure in the shape of an indicator: unknown is NaN, and a row that lacks an input moves nothing.
pub struct Known<F>(pub F);

impl<F> Debug for Known<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Known")
    }
}

impl<F, const I: usize, const O: usize> Indicator<I, O> for Known<F>
where
    F: FnMut([f64; I]) -> [Option<f64>; O] + Send + 'static,
{
    #[inline]
    fn update(&mut self, input: [f64; I]) -> [f64; O] {
        if input.iter().any(|value| value.is_nan()) {
            return [f64::NAN; O];
        }
        (self.0)(input).map(|value| value.unwrap_or(f64::NAN))
    }
}
