//! What is asked of the past.

use super::{OfStore, duration};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// `backtest`.
#[derive(Args, Debug)]
pub(crate) struct Backtest {
    #[command(flatten)]
    pub(crate) past: Past,
    /// Candles, oldest first: time_ms, open, high, low, close; .gz and .zst are read as such, `-` is standard input. Of
    /// several instruments once for each, with an --instrument of its own, in the order in which the strategy takes them.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["capture", "data"], conflicts_with = "data")]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfStore,
    #[command(flatten)]
    pub(crate) ticks: Ticks,
    #[command(flatten)]
    pub(crate) staged: Staged,
    /// Its parameters, as a JSON object; those that are not named have their defaults.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) params: String,
    /// Instead of a run: whether the strategy sees bars before they come, and whether its indicators have settled when it
    /// begins to believe them.
    #[arg(long, conflicts_with_all = ["capture", "through_stages", "equity_out", "trades_out", "report"])]
    pub(crate) lint: bool,
    /// The account's value after each bar, as CSV.
    #[arg(long, value_name = "CSV")]
    pub(crate) equity_out: Option<PathBuf>,
    /// The closed positions, as CSV.
    #[arg(long, value_name = "CSV")]
    pub(crate) trades_out: Option<PathBuf>,
    /// The whole run as one HTML page: equity, falls, rolling Sharpe, trades on the price, months.
    #[arg(long, value_name = "HTML")]
    pub(crate) report: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Instead of candles, recorded bytes through every stage as live: strategies of the engine, a simulated venue.
#[derive(Args, Debug)]
pub(crate) struct Ticks {
    /// Capture files in order, or folders of them, as one stream that a strategy of the engine trades on.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "venue", conflicts_with_all = ["input", "data", "cash", "fee",
        "slippage", "sizing", "stop", "target", "periods_per_year", "through_stages", "instrument", "tick", "lot", "candle",
        "path", "steps"])]
    pub(crate) capture: Vec<PathBuf>,
    /// Which of the instruments of the captures the strategy trades, in the venue's spelling; without it, all that are priced
    /// in dollars.
    #[arg(long, value_name = "SYMBOL", num_args = 1.., requires = "capture")]
    pub(crate) symbol: Vec<String>,
}

/// Candles through every stage as live, in place of the fast rule over bars; and how every stage is set, whatever it hears.
#[derive(Args, Debug)]
pub(crate) struct Staged {
    /// Candles as a market: a strategy of the engine or a script trades on them through risk, execution and a simulated
    /// venue, as live. What only the engine has (a script, `momentum`, `grid` …) does so by itself.
    #[arg(long)]
    pub(crate) through_stages: bool,
    /// Whose fees and contracts, or whose captures: a venue's name as in a file of settings, such as binance-spot or okx.
    /// Candles without it are of binance-usdm, or of the venue of --data.
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: Option<String>,
    /// Settings: equity, fees, latency, queue and limits of a paper run. Without it, those of the product.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// So long, in the past's own time, the strategy hears the market and none of its orders passes.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) warm_up: Option<Duration>,
    /// Between two samples of the account, in the past's own time; without it the length of a candle, of a recording 1s.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) sample: Option<Duration>,
    /// What the candles are of, as the venue spells it; without it COINUSDT, or that of --data. Of several series of candles
    /// this and the two below stand once for each, in their order.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) instrument: Vec<String>,
    /// Step of its prices, such as 0.1; without it, the last decimal that the candles use.
    #[arg(long, value_name = "STEP")]
    pub(crate) tick: Vec<String>,
    /// Step of its quantities; without it, the last decimal that volumes use, and fine enough to be worth a cent at most.
    #[arg(long, value_name = "STEP")]
    pub(crate) lot: Vec<String>,
    /// Length of a candle; without it, the distance that most of them have.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) candle: Option<Duration>,
    /// Which extreme of a candle its price goes to first; without it, near.
    #[arg(long, value_name = "NAME")]
    pub(crate) path: Option<PathName>,
    /// Steps on the way to each extreme and to the close, 1 to 1000; without it, 1. (A stop on the way is pulled where it
    /// stands, whatever the steps.)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) steps: Option<u32>,
}

/// Which extreme comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathName {
    /// The one nearer to the open.
    Near,
    /// The one farther from it.
    Far,
    /// The high.
    High,
    /// The low.
    Low,
}

/// `optimize`.
#[derive(Args, Debug)]
pub(crate) struct Optimize {
    #[command(flatten)]
    pub(crate) past: Past,
    /// Candles, oldest first: time_ms, open, high, low, close; .gz and .zst are read as such, `-` is standard input.
    #[arg(long, value_name = "FILE", required_unless_present = "data", conflicts_with = "data")]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfStore,
    #[command(flatten)]
    pub(crate) staged: Staged,
    /// What is tried: {"fast": [5, 10], "slow": {"min": 20, "max": 200, "step": 20}}; the rest has its defaults.
    #[arg(long, value_name = "JSON")]
    pub(crate) space: String,
    /// Tries only points that hold this: two parameters, or one and a number, with < <= > >= == or != between them. Said
    /// several times, all must hold.
    #[arg(long = "where", value_name = "A < B")]
    pub(crate) where_: Vec<String>,
    /// In which order: grid (every point), random, tpe, cmaes, nsga2.
    #[arg(long, value_name = "NAME")]
    pub(crate) method: String,
    /// The measure of `backtest` that is looked for, or final_equity; with `-` before it the less the better. Several with
    /// commas (grid, random, nsga2): then the front is told, too, those that no other one is better than in everything.
    #[arg(long, value_name = "NAME", default_value = "sharpe", allow_hyphen_values = true)]
    pub(crate) objective: String,
    /// How many points are tried; without it 100, of a grid all.
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<u64>,
    /// Where chance begins: the same seed has the same trials.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only part I of N, from 1, of a grid or of random: all parts together are the whole, to the last digit.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,
    /// Picks a winner of each stretch and measures it on the next, in bars: {"train": 4000, "test": 1000}.
    #[arg(long, value_name = "JSON")]
    pub(crate) walk_forward: Option<String>,
    /// Picks a winner of all bars but a test, once for each test, and measures it on that. {"groups": 6, "test": 2,
    /// "purge": 50, "embargo": 50} cuts six groups of which each two are a test, and leaves out bars around it; without test
    /// it is 1, without the others a hundredth of all bars.
    #[arg(long, value_name = "JSON")]
    pub(crate) cross_validate: Option<String>,
    /// The whole sweep as one HTML page: the best, how what is looked for depends on each two parameters, all tests.
    #[arg(long, value_name = "HTML")]
    pub(crate) report: Option<PathBuf>,
    /// Keeps what was found in this file as it goes, and goes on from it: a sweep that was broken off ends with the same
    /// bits.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Takes what other parts of the same sweep have found, from their --state files, instead of running it.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) merge: Vec<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who trades over which candles, and how that is counted: what one run and many have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverCandles<'a> {
    pub(crate) past: &'a Past,
    pub(crate) input: &'a [PathBuf],
    pub(crate) of: &'a OfStore,
    pub(crate) staged: &'a Staged,
}

impl Backtest {
    pub(crate) fn over(&self) -> OverCandles<'_> {
        let Self { past, input, of, staged, .. } = self;
        OverCandles { past, input, of, staged }
    }
}

impl Optimize {
    pub(crate) fn over(&self) -> OverCandles<'_> {
        let Self { past, input, of, staged, .. } = self;
        OverCandles { past, input: input.as_slice(), of, staged }
    }
}

/// Who trades, and how it is counted.
#[derive(Args, Debug)]
pub(crate) struct Past {
    /// Which strategy: sma_cross, rsi_macd, bollinger_reversion, donchian by their rule over bars; or one of the engine's, or
    /// FILE.rhai, through every stage.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: String,
    #[command(flatten)]
    pub(crate) terms: Terms,
    /// Bars in a year, for what is annual; without it, from the usual distance of the bars.
    #[arg(long, value_name = "P")]
    pub(crate) periods_per_year: Option<f64>,
}

/// On which terms a strategy trades. Shares of one, not percent: 0.001 is a tenth of a percent.
#[derive(Args, Debug)]
pub(crate) struct Terms {
    /// Cash at the start; without it, 100000. Through every stage: without it, the equity of the settings.
    #[arg(long, value_name = "X")]
    pub(crate) cash: Option<f64>,
    /// Fee of each fill, as a share of its value; without it, none. Through every stage: without it, those of the settings.
    #[arg(long, value_name = "SHARE")]
    pub(crate) fee: Option<f64>,
    /// By how much each fill is worse than the open, as a share of it; without it, 0. Through every stage: how far bid and
    /// ask stand from the price, a tick at least.
    #[arg(long, value_name = "SHARE")]
    pub(crate) slippage: Option<f64>,
    /// How much is bought: ["units", 1] or ["allin"]; without it, one unit. Strategies of the engine know it themselves.
    #[arg(long, value_name = "JSON")]
    pub(crate) sizing: Option<String>,
    /// Loss at which a position is left, as a share of the close that it was wanted at.
    #[arg(long, value_name = "SHARE")]
    pub(crate) stop: Option<f64>,
    /// Gain at which it is left.
    #[arg(long, value_name = "SHARE")]
    pub(crate) target: Option<f64>,
}
