//! The 14 measures of closed trades.

use super::stats::{self, ratio};

/// A position from its opening to its closing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trade {
    /// The bar at whose open it began.
    pub entry_bar: usize,
    /// The bar that it ended in.
    pub exit_bar: usize,
    /// Of both fills.
    pub fees: f64,
    /// After fees.
    pub pnl: f64,
    /// `pnl` over what was paid for it at first.
    pub share: f64,
}

/// The measures, each with its formula.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TradeMeasures {
    /// How many were closed.
    pub trades: Option<f64>,
    /// Share of trades with a profit after fees.
    pub win_rate: Option<f64>,
    /// Sum of profits over sum of losses.
    pub profit_factor: Option<f64>,
    /// Mean profit, in money.
    pub expectancy: Option<f64>,
    /// Mean profit, in percent of what was paid.
    pub expectancy_pct: Option<f64>,
    /// Mean profit of winners over mean loss of losers.
    pub payoff: Option<f64>,
    /// `sqrt(trades) * mean / deviation` of the population (Tharp's system quality number).
    pub sqn: Option<f64>,
    /// The same with a sample's deviation.
    pub sqn_sample: Option<f64>,
    /// `win_rate - (1 - win_rate) / payoff`.
    pub kelly: Option<f64>,
    /// Most winners in a row.
    pub max_consec_wins: Option<f64>,
    /// Most losers in a row.
    pub max_consec_losses: Option<f64>,
    /// Mean bars from entry to exit.
    pub avg_bars: Option<f64>,
    /// Share of bars whose close is held with a position.
    pub exposure: Option<f64>,
    /// Of closed trades, both fills.
    pub total_fees: Option<f64>,
}

impl TradeMeasures {
    /// All with their names, in the order of the definition.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<f64>); 14] {
        [
            ("trades", self.trades),
            ("win_rate", self.win_rate),
            ("profit_factor", self.profit_factor),
            ("expectancy", self.expectancy),
            ("expectancy_pct", self.expectancy_pct),
            ("payoff", self.payoff),
            ("sqn", self.sqn),
            ("sqn_sample", self.sqn_sample),
            ("kelly", self.kelly),
            ("max_consec_wins", self.max_consec_wins),
            ("max_consec_losses", self.max_consec_losses),
            ("avg_bars", self.avg_bars),
            ("exposure", self.exposure),
            ("total_fees", self.total_fees),
        ]
    }
}

/// Measures closed trades; `held` of `bars` closes had a position.
#[must_use]
pub fn measure(trades: &[Trade], held: usize, bars: usize) -> TradeMeasures {
    let pnl: Vec<f64> = trades.iter().map(|trade| trade.pnl).collect();
    let (wins, losses): (Vec<f64>, Vec<f64>) = pnl.iter().partition(|pnl| **pnl > 0.0);
    let lost = losses.iter().map(|pnl| pnl.abs()).sum();
    let win_rate = ratio(wins.len() as f64, pnl.len() as f64);
    let payoff = stats::mean(&wins).zip(ratio(lost, losses.len() as f64)).and_then(|(won, lost)| ratio(won, lost));
    let expectancy = stats::mean(&pnl);
    let quality = |ddof| {
        let spread = stats::deviation(&pnl, ddof)?;
        ratio((pnl.len() as f64).sqrt() * expectancy?, spread)
    };
    TradeMeasures {
        trades: Some(pnl.len() as f64),
        win_rate,
        profit_factor: ratio(wins.iter().sum(), lost),
        expectancy,
        expectancy_pct: ratio(trades.iter().map(|trade| trade.share * 100.0).sum(), pnl.len() as f64),
        payoff,
        sqn: quality(0),
        sqn_sample: quality(1),
        kelly: win_rate.zip(payoff).and_then(|(rate, payoff)| ratio(1.0 - rate, payoff).map(|lost| rate - lost)),
        max_consec_wins: Some(longest(&pnl, |pnl| pnl > 0.0)),
        max_consec_losses: Some(longest(&pnl, |pnl| pnl <= 0.0)),
        avg_bars: ratio(trades.iter().map(|trade| (trade.exit_bar - trade.entry_bar) as f64).sum(), pnl.len() as f64),
        exposure: ratio(held as f64, bars as f64),
        total_fees: Some(trades.iter().map(|trade| trade.fees).sum()),
    }
}

fn longest(pnl: &[f64], is_counted: impl Fn(f64) -> bool) -> f64 {
    let runs = pnl.chunk_by(|a, b| is_counted(*a) == is_counted(*b));
    runs.filter(|run| is_counted(run[0])).map(<[f64]>::len).max().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(pnl: f64) -> Trade {
        Trade { entry_bar: 2, exit_bar: 5, fees: 1.0, pnl, share: pnl / 100.0 }
    }

    #[test]
    fn of_no_trade_only_the_counts_are_known() {
        let none = measure(&[], 0, 10);
        assert_eq!((none.trades, none.exposure, none.max_consec_wins), (Some(0.0), Some(0.0), Some(0.0)));
        assert_eq!((none.win_rate, none.expectancy, none.avg_bars, none.sqn), (None, None, None, None));
    }

    #[test]
    fn without_a_loser_there_is_no_factor_to_boast_of() {
        let all = measure(&[trade(1.0), trade(2.0)], 6, 10);
        assert_eq!((all.win_rate, all.profit_factor, all.payoff, all.kelly), (Some(1.0), None, None, None));
        assert_eq!((all.max_consec_wins, all.max_consec_losses, all.avg_bars), (Some(2.0), Some(0.0), Some(3.0)));
        let mixed = measure(&[trade(3.0), trade(-1.0), trade(0.0), trade(2.0)], 6, 10);
        assert_eq!((mixed.win_rate, mixed.profit_factor, mixed.max_consec_losses), (Some(0.5), Some(5.0), Some(2.0)));
        assert_eq!(mixed.payoff, Some(5.0), "a trade that came to nothing is a loser");
    }
}
