//! What a tape of trades says, trade by trade.

use super::{Known, trade};
use crate::flow::book::Quote;
use crate::flow::cost::Costs;
use crate::flow::delta::Delta;
use crate::flow::footprint::{Footprint, Footprints};
use crate::flow::informed::Vpin;
use crate::flow::{Trade, period};
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::{FURTHER, Indicator, PERIOD_MAX};

/// Price levels that are kept of a bar; one with more is unknown.
const LEVELS_MAX: usize = 4_096;
/// Trades that wait for their quotes.
const WAITING_MAX: usize = 4_096;

pub(in crate::indicator) const ROWS: &[Entry] = rows! { OrderFlow, FURTHER;
    "DELTA_MINMAX" "Largest and smallest running delta of the bar", TIME_SIGNED -> ["max_delta", "min_delta"] Volume,
        (bar_ms: usize = 300_000 in 1..=31_536_000_000_usize), 0 => {
        let (mut bar, mut delta) = (i64::MIN, Delta::default());
        Known(move |[time_ms, signed]: [f64; 2]| {
            let start_ms = period(time_ms as i64, bar_ms as i64);
            if start_ms != bar {
                (bar, delta) = (start_ms, Delta::default());
            }
            delta.update(&trade(signed));
            [Some(delta.max), Some(delta.min)]
        })
    };
    "VPIN" "Volume-synchronised probability of informed trading", SIGNED -> ["vpin"] Ratio,
        (bucket: f64 = 1000.0 in 1e-6..=1e15, length: usize = 20 in 1..=PERIOD_MAX), 0 => {
        let mut vpin = Vpin::new(bucket, length);
        Known(move |[signed]: [f64; 1]| {
            vpin.update(&trade(signed), |_, _| ());
            [vpin.value()]
        })
    };
    "EFF_SPREAD" "Effective spread, realised spread and impact", TRADE_AND_QUOTE -> ["effective", "realised", "impact"] Input,
        (horizon: usize = 10 in 1..=PERIOD_MAX), 0 => Spreads {
        costs: Costs::new(horizon as u64, WAITING_MAX),
        quote: [f64::NAN; 2],
    };
    "FOOTPRINT" "Volume at price by side, of the bar", TRADE -> ["level", "buy", "sell", "poc", "levels"] Input,
        (height: f64 = 1.0 in 1e-12..=1e12, bar_ms: usize = 300_000 in 1..=31_536_000_000_usize), 0 => {
        let mut footprints = Footprints::new(bar_ms as i64, height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            let trade = at_price(row);
            footprints.update(&trade);
            let Some(Footprint { levels, .. }) = footprints.running() else { return [None; 5] };
            let index = levels.index(trade.price);
            let (Some(level), Some(poc)) = (levels.at(index), levels.poc()) else { return [None; 5] };
            let count = levels.all().len() as f64;
            [index as f64 * height, level.buy, level.sell, poc.index as f64 * height, count].map(Some)
        })
    };
    "FP_IMBALANCE" "Levels of the bar at which one side overran the other", TRADE -> ["buy_imb", "sell_imb"] Sign,
        (height: f64 = 1.0 in 1e-12..=1e12, bar_ms: usize = 300_000 in 1..=31_536_000_000_usize,
         ratio: f64 = 3.0 in 0.0..=1e6), 0 => {
        let mut footprints = Footprints::new(bar_ms as i64, height, LEVELS_MAX);
        Known(move |row: [f64; 3]| {
            footprints.update(&at_price(row));
            let Some(running) = footprints.running() else { return [None; 2] };
            let buys = running.buy_imbalances(ratio).map(|levels| levels.count() as f64);
            [buys, running.sell_imbalances(ratio).map(|levels| levels.count() as f64)]
        })
    };
};

/// A trade of a row.
pub(super) fn at_price([time_ms, price, signed]: [f64; 3]) -> Trade {
    Trade { time_ms: time_ms as i64, price, ..trade(signed) }
}

/// What each trade paid, and the mean of what those paid that a quote settles. A row whose amount is 0 is a quote; one with
/// an amount is a trade, after a quote if its prices are others than those before.
#[derive(Debug)]
struct Spreads {
    costs: Costs,
    quote: [f64; 2],
}

impl Indicator<4, 3> for Spreads {
    fn update(&mut self, [price, signed, bid, ask]: [f64; 4]) -> [f64; 3] {
        if (price + signed + bid + ask).is_nan() {
            return [f64::NAN; 3];
        }
        let (mut realised, mut impact, mut count) = (0.0, 0.0, 0.0);
        let before = std::mem::replace(&mut self.quote, [bid, ask]);
        if signed == 0.0 || before.map(f64::to_bits) != self.quote.map(f64::to_bits) {
            self.costs.quote(&Quote { bid, ask, bid_size: 0.0, ask_size: 0.0 }, |cost| {
                realised += cost.realised;
                impact += cost.impact();
                count += 1.0;
            });
        }
        let effective = if signed == 0.0 { None } else { self.costs.trade(&at_price([0.0, price, signed])) };
        // Of none it is no number.
        [effective.unwrap_or(f64::NAN), realised / count, impact / count]
    }
}
