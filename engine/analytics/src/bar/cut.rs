//! Bars cut by what has traded.
//!
//! Sources: tick, volume, dollar, imbalance and run bars are those of M. López de Prado, *Advances in Financial Machine
//! Learning* (2018), 2.3.1 and 2.3.2; range bars are V. Nicolellis's (1995). The sign of a trade is its taker's side, which
//! crypto venues tell, so that the tick rule is not needed.
//!
//! A bar is closed by the trade that reaches its threshold. No trade is cut in two: what it brings beyond the threshold is in
//! the bar that it closes, and the next one begins with the next trade.

use super::candle::Candle;
use engine_model::market::Side;
use engine_model::units::{Lots, Nanos, Ticks};

/// How far the expected number of trades may go from the first one, up and down. The book's feedback has no bound: one long
/// bar makes the next one longer.
const DRIFT_MAX: f64 = 10.0;

/// What of a trade is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// That it was.
    Trades,
    /// Its lots.
    Volume,
    /// Its ticks times its lots.
    Value,
}

impl Measure {
    fn of(self, px: Ticks, qty: Lots) -> i128 {
        match self {
            Self::Trades => 1,
            Self::Volume => qty.0.into(),
            Self::Value => value(px, qty),
        }
    }
}

fn value(px: Ticks, qty: Lots) -> i128 {
    i128::from(px.0) * i128::from(qty.0)
}

/// What thresholds that learn begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learning {
    /// Trades of the first bar, which nothing is known before.
    pub first_trades: u32,
    /// Bars that the exponential means look back on: each new one has the weight `2 / (bars + 1)`.
    pub bars: u32,
}

/// When a bar is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// So many trades (tick bars).
    Trades(u32),
    /// So many lots (volume bars).
    Volume(Lots),
    /// So many ticks times lots (dollar bars).
    Value(i128),
    /// From the lowest price to the highest, in ticks (range bars).
    Range(i64),
    /// Buyers less sellers, either way, by a measure: as much as is expected of as many trades as are expected,
    /// `|theta| >= E[T] * |E[b * m]|` with both means over the bars before.
    Imbalance(Measure, Learning),
    /// The busier side alone: `theta >= E[T] * max(P[buy] * E[m | buy], P[sell] * E[m | sell])`.
    Runs(Measure, Learning),
}

/// A bar that is cut by what has traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Its prices and lots, from its first trade on.
    pub candle: Candle,
    /// When its last trade was.
    pub end_at_ns: Nanos,
    /// Ticks times lots of all its trades.
    pub value: i128,
}

/// Makes bars of one instrument by one rule.
#[derive(Clone, Copy, Debug)]
pub struct BarBuilder {
    rule: Rule,
    open: Option<Bar>,
    /// Of the running bar, by the measure of the rule.
    bought: i128,
    sold: i128,
    /// Buyers' trades.
    buys: u32,
    learnt: Option<Learnt>,
}

/// Exponential means over the bars so far.
#[derive(Clone, Copy, Debug)]
struct Learnt {
    /// Trades of a bar.
    trades: f64,
    /// Buyers less sellers, per trade.
    imbalance: f64,
    /// Share of the trades that were buyers'.
    buys: f64,
    /// Measure of a buyer's trade, and of a seller's.
    per_buy: f64,
    per_sell: f64,
}

impl BarBuilder {
    /// Panics on a threshold that is not above 0: configuration is checked before it gets here.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        let is_right = match rule {
            Rule::Trades(trades) => trades > 0,
            Rule::Volume(lots) => lots.0 > 0,
            Rule::Value(value) => value > 0,
            Rule::Range(ticks) => ticks > 0,
            Rule::Imbalance(_, learning) | Rule::Runs(_, learning) => learning.first_trades > 0 && learning.bars > 0,
        };
        assert!(is_right, "a bar has a threshold above 0");
        Self { rule, open: None, bought: 0, sold: 0, buys: 0, learnt: None }
    }

    /// The bar being made, if a trade has come since the last one.
    #[must_use]
    pub fn current(&self) -> Option<&Bar> {
        self.open.as_ref()
    }

    /// Takes a trade; gives the bar that it closes.
    #[inline]
    pub fn trade(&mut self, at: Nanos, px: Ticks, qty: Lots, aggressor: Side) -> Option<Bar> {
        let mut bar = self.open.unwrap_or_else(|| Bar { candle: Candle::first(at.0, px), end_at_ns: at, value: 0 });
        bar.candle.add(px, qty, aggressor);
        (bar.end_at_ns, bar.value) = (at, bar.value.saturating_add(value(px, qty)));
        if let Rule::Imbalance(measure, _) | Rule::Runs(measure, _) = self.rule {
            let counted = measure.of(px, qty);
            match aggressor {
                Side::Buy => (self.bought, self.buys) = (self.bought + counted, self.buys + 1),
                Side::Sell => self.sold += counted,
            }
        }
        if !self.is_over(&bar) {
            self.open = Some(bar);
            return None;
        }
        self.learn(&bar);
        (self.open, self.bought, self.sold, self.buys) = (None, 0, 0, 0);
        Some(bar)
    }

    fn is_over(&self, bar: &Bar) -> bool {
        let candle = &bar.candle;
        match (self.rule, self.learnt) {
            (Rule::Trades(trades), _) => candle.trades >= trades,
            (Rule::Volume(lots), _) => candle.volume >= lots,
            (Rule::Value(value), _) => bar.value >= value,
            (Rule::Range(ticks), _) => candle.high.0.saturating_sub(candle.low.0) >= ticks,
            (Rule::Imbalance(_, learning) | Rule::Runs(_, learning), None) => candle.trades >= learning.first_trades,
            (Rule::Imbalance(..), Some(learnt)) => {
                (self.bought - self.sold).abs() as f64 >= learnt.trades * learnt.imbalance.abs()
            }
            (Rule::Runs(..), Some(learnt)) => {
                let side = (learnt.buys * learnt.per_buy).max((1.0 - learnt.buys) * learnt.per_sell);
                self.bought.max(self.sold) as f64 >= learnt.trades * side
            }
        }
    }

    /// Takes a bar that is over into the means.
    fn learn(&mut self, bar: &Bar) {
        let (Rule::Imbalance(_, learning) | Rule::Runs(_, learning)) = self.rule else { return };
        let (trades, buys) = (f64::from(bar.candle.trades), f64::from(self.buys));
        let (sells, imbalance) = (trades - buys, (self.bought - self.sold) as f64 / trades);
        // A side that did not trade tells nothing of its trades.
        let per = |sum: i128, count: f64, before: f64| if count > 0.0 { sum as f64 / count } else { before };
        let Some(before) = self.learnt else {
            let (per_buy, per_sell) = (per(self.bought, buys, 0.0), per(self.sold, sells, 0.0));
            self.learnt = Some(Learnt { trades, imbalance, buys: buys / trades, per_buy, per_sell });
            return;
        };
        let weight = 2.0 / (f64::from(learning.bars) + 1.0);
        let mean = |before: f64, now: f64| before + weight * (now - before);
        let first = f64::from(learning.first_trades);
        self.learnt = Some(Learnt {
            trades: mean(before.trades, trades).clamp(first / DRIFT_MAX, first * DRIFT_MAX),
            imbalance: mean(before.imbalance, imbalance),
            buys: mean(before.buys, buys / trades),
            per_buy: mean(before.per_buy, per(self.bought, buys, before.per_buy)),
            per_sell: mean(before.per_sell, per(self.sold, sells, before.per_sell)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Trade = (u64, i64, i64, bool);

    fn side(is_buy: bool) -> Side {
        if is_buy { Side::Buy } else { Side::Sell }
    }

    fn run(rule: Rule, trades: &[Trade]) -> Vec<Bar> {
        let mut builder = BarBuilder::new(rule);
        let each = |&(at, px, qty, buy): &Trade| builder.trade(Nanos(at), Ticks(px), Lots(qty), side(buy));
        trades.iter().filter_map(each).collect()
    }

    /// A bar of all these trades, each field looked for by itself.
    fn whole(trades: &[Trade]) -> Bar {
        let sum = |of: &dyn Fn(&Trade) -> i64| Lots(trades.iter().map(of).sum());
        Bar {
            candle: Candle {
                start_at_ns: Nanos(trades[0].0),
                open: Ticks(trades[0].1),
                high: Ticks(trades.iter().map(|t| t.1).max().unwrap_or(0)),
                low: Ticks(trades.iter().map(|t| t.1).min().unwrap_or(0)),
                close: Ticks(trades[trades.len() - 1].1),
                volume: sum(&|t| t.2),
                buy_volume: sum(&|t| if t.3 { t.2 } else { 0 }),
                trades: trades.len() as u32,
            },
            end_at_ns: Nanos(trades[trades.len() - 1].0),
            value: trades.iter().map(|t| i128::from(t.1) * i128::from(t.2)).sum(),
        }
    }

    fn mean(values: &[f64], bars: u32) -> f64 {
        let weight = 2.0 / (f64::from(bars) + 1.0);
        values[1..].iter().fold(values[0], |mean, value| mean + weight * (value - mean))
    }

    /// What the book's formulas expect after these bars: all means made anew from the first bar on.
    fn expected(rule: Rule, bars: &[Vec<Trade>]) -> Option<f64> {
        let (Rule::Imbalance(measure, learning) | Rule::Runs(measure, learning)) = rule else { return None };
        if bars.is_empty() {
            return None;
        }
        let of = |bar: &[Trade], buys: bool| -> Vec<f64> {
            bar.iter().filter(|t| t.3 == buys).map(|t| measure.of(Ticks(t.1), Lots(t.2)) as f64).collect()
        };
        let first = f64::from(learning.first_trades);
        let weight = 2.0 / (f64::from(learning.bars) + 1.0);
        let mut trades = bars[0].len() as f64;
        for bar in &bars[1..] {
            trades = (trades + weight * (bar.len() as f64 - trades)).clamp(first / DRIFT_MAX, first * DRIFT_MAX);
        }
        let over = |each: &dyn Fn(&Vec<Trade>) -> f64| mean(&bars.iter().map(each).collect::<Vec<_>>(), learning.bars);
        if let Rule::Imbalance(..) = rule {
            let imbalance = |bar: &Vec<Trade>| {
                (of(bar, true).iter().sum::<f64>() - of(bar, false).iter().sum::<f64>()) / bar.len() as f64
            };
            return Some(trades * over(&imbalance).abs());
        }
        let per = |buys: bool| {
            let mut kept = None;
            for bar in bars {
                let cells = of(bar, buys);
                let now = cells.iter().sum::<f64>() / cells.len() as f64;
                kept = match (kept, cells.is_empty()) {
                    (None, true) => Some(0.0),
                    (None, false) => Some(now),
                    (Some(before), true) => Some(before),
                    (Some(before), false) => Some(before + weight * (now - before)),
                };
            }
            kept.unwrap_or(0.0)
        };
        let buys = over(&|bar: &Vec<Trade>| of(bar, true).len() as f64 / bar.len() as f64);
        Some(trades * (buys * per(true)).max((1.0 - buys) * per(false)))
    }

    /// The obvious way: after each trade the whole bar and all bars before are looked at.
    fn slow(rule: Rule, trades: &[Trade]) -> Vec<Bar> {
        let (mut made, mut open): (Vec<Vec<Trade>>, Vec<Trade>) = (Vec::new(), Vec::new());
        for trade in trades {
            open.push(*trade);
            let bar = whole(&open);
            let sided = |measure: Measure, buys: bool| -> i128 {
                open.iter().filter(|t| t.3 == buys).map(|t| measure.of(Ticks(t.1), Lots(t.2))).sum()
            };
            let is_over = match rule {
                Rule::Trades(trades) => open.len() as u32 >= trades,
                Rule::Volume(lots) => bar.candle.volume >= lots,
                Rule::Value(value) => bar.value >= value,
                Rule::Range(ticks) => bar.candle.high.0 - bar.candle.low.0 >= ticks,
                Rule::Imbalance(measure, learning) => match expected(rule, &made) {
                    None => open.len() as u32 >= learning.first_trades,
                    Some(expected) => (sided(measure, true) - sided(measure, false)).abs() as f64 >= expected,
                },
                Rule::Runs(measure, learning) => match expected(rule, &made) {
                    None => open.len() as u32 >= learning.first_trades,
                    Some(expected) => sided(measure, true).max(sided(measure, false)) as f64 >= expected,
                },
            };
            if is_over {
                made.push(std::mem::take(&mut open));
            }
        }
        made.iter().map(|bar| whole(bar)).collect()
    }

    fn rules() -> impl Strategy<Value = Rule> {
        let measure = prop::sample::select(vec![Measure::Trades, Measure::Volume, Measure::Value]);
        (0..6, 1..40_u32, 1..20_u32, measure).prop_map(|(rule, size, bars, measure)| {
            let learning = Learning { first_trades: size, bars };
            match rule {
                0 => Rule::Trades(size),
                1 => Rule::Volume(Lots(i64::from(size) * 10)),
                2 => Rule::Value(i128::from(size) * 1_000),
                3 => Rule::Range(i64::from(size)),
                4 => Rule::Imbalance(measure, learning),
                _ => Rule::Runs(measure, learning),
            }
        })
    }

    proptest! {
        #[test]
        fn equals_each_bar_looked_at_as_a_whole(
            rule in rules(),
            steps in prop::collection::vec((0..9_u64, -6..7_i64, 1..50_i64, any::<bool>()), 0..300),
        ) {
            let (mut at, mut px) = (1_000, 100);
            let trades: Vec<Trade> = steps.into_iter().map(|(step, move_, qty, buy)| {
                (at, px) = (at + step, (px + move_).max(1));
                (at, px, qty, buy)
            }).collect();
            prop_assert_eq!(run(rule, &trades), slow(rule, &trades));
        }
    }

    #[test]
    fn no_trade_is_lost_and_what_is_beyond_the_threshold_stays_in_its_bar() {
        let trades: Vec<Trade> = (0..7).map(|at| (at, 10, 4, at % 2 == 0)).collect();
        let bars = run(Rule::Volume(Lots(10)), &trades);
        assert_eq!(bars.iter().map(|bar| bar.candle.volume.0).collect::<Vec<_>>(), [12, 12]);
        assert_eq!(bars[1].candle.start_at_ns, Nanos(3));
        let range = run(Rule::Range(5), &[(0, 10, 1, true), (1, 13, 1, true), (2, 30, 1, true), (3, 31, 1, true)]);
        assert_eq!(range.len(), 1);
        assert_eq!((range[0].candle.low, range[0].candle.high), (Ticks(10), Ticks(30)), "a jump is one bar");
    }

    #[test]
    fn one_sided_flow_closes_imbalance_bars_at_what_they_learnt() {
        let learning = Learning { first_trades: 20, bars: 5 };
        let all_bought: Vec<Trade> = (0..200).map(|at| (at, 10, 1, true)).collect();
        for rule in [Rule::Imbalance(Measure::Trades, learning), Rule::Runs(Measure::Volume, learning)] {
            assert!(run(rule, &all_bought).iter().all(|bar| bar.candle.trades == 20), "{rule:?}");
        }
    }
}
