//! What is asked of the queue of jobs of a running engine.

use super::{Asked, period};
use crate::time;
use clap::{Args, Subcommand};

/// `jobs`.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, made once, from the words of the call")]
pub(crate) enum Jobs {
    /// Jobs, newest first: one's own; of an admin, everybody's.
    #[command(after_help = "Examples:\n  ringside jobs list\n  ringside jobs list --kind optimize --json")]
    List(JobsList),
    /// Where one stands.
    Show(JobsOf),
    /// What one came to, in its command's own words.
    Result(JobsOf),
    /// Ends one that waits or runs.
    Cancel(JobsOf),
    /// What is begun by the clock.
    Schedules(JobsAt),
    /// Puts one into the queue.
    #[command(
        subcommand,
        after_help = "Examples:\n  ringside jobs start backtest --strategy sma_cross --data binance-usdm:BTCUSDT --tf 1h --fee 0.001\n  \
            ringside jobs start optimize --strategy sma_cross --space '{\"fast\": [5, 10], \"slow\": {\"min\": 20, \"max\": 200, \"step\": 20}}' \
            --method grid --data binance-usdm:BTCUSDT\n  \
            ringside jobs start backfill --venue binance-usdm --symbol BTCUSDT --interval 1h --days 30"
    )]
    Start(JobsStart),
}

/// Which engine is asked, and who asks.
#[derive(Args, Debug)]
pub(crate) struct JobsAt {
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// `jobs list`.
#[derive(Args, Debug)]
pub(crate) struct JobsList {
    /// Only these: backtest, optimize, backfill, report, snapshot, backup.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
    /// Only those with a smaller number.
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<u64>,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// A job by its number.
#[derive(Args, Debug)]
pub(crate) struct JobsOf {
    /// Its number.
    #[arg(value_name = "ID")]
    pub(crate) id: u64,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// `jobs start`.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsStart {
    /// A strategy over candles of the engine's store of history.
    Backtest(JobBacktest),
    /// Its parameters over them.
    Optimize(JobOptimize),
    /// What a venue tells of the past, into that store.
    Backfill(JobBackfill),
    /// How the account stands and what it has made.
    Report(JobsAt),
    /// How every market stands.
    Snapshot(JobsAt),
    /// A copy of the database of users, audit and jobs.
    Backup(JobsAt),
}

/// `jobs start backtest`.
#[derive(Args, Debug)]
pub(crate) struct JobBacktest {
    /// Which strategy: sma_cross, rsi_macd, bollinger_reversion, donchian by their rule over bars, or another one of the
    /// engine that lives on prices of one instrument, through every stage.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: String,
    /// Its parameters, as a JSON object; those that are not named have their defaults.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) params: String,
    #[command(flatten)]
    pub(crate) past: JobPast,
    #[command(flatten)]
    pub(crate) terms: JobTerms,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// `jobs start optimize`.
#[derive(Args, Debug)]
pub(crate) struct JobOptimize {
    /// Which strategy: sma_cross, rsi_macd, bollinger_reversion, donchian by their rule over bars, or another one of the
    /// engine that lives on prices of one instrument, through every stage.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: String,
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
    /// The measure that is looked for; with `-` before it the less the better.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) objective: Option<String>,
    /// How many points are tried; of a grid all.
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<u64>,
    /// Where chance begins.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Picks a winner of each stretch and measures it on the next, in bars: {"train": 4000, "test": 1000}.
    #[arg(long, value_name = "JSON")]
    pub(crate) walk_forward: Option<String>,
    #[command(flatten)]
    pub(crate) past: JobPast,
    #[command(flatten)]
    pub(crate) terms: JobTerms,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// Candles of the engine's store of history.
#[derive(Args, Debug)]
pub(crate) struct JobPast {
    /// Which.
    #[arg(long, value_name = "VENUE:SYMBOL")]
    pub(crate) data: String,
    /// Length of a candle.
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub(crate) tf: String,
    /// Where they begin, UTC: 2026-01-31 or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) from: Option<u64>,
    /// Where they end, itself left out.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) to: Option<u64>,
    /// So many days back, from where they end or from when it is begun.
    #[arg(long, value_name = "N", conflicts_with = "from")]
    pub(crate) days: Option<u32>,
}

/// On which terms a strategy trades. Shares of one, not percent: 0.001 is a tenth of a percent.
#[derive(Args, Debug)]
pub(crate) struct JobTerms {
    /// Cash at the start.
    #[arg(long, value_name = "X")]
    pub(crate) cash: Option<f64>,
    /// Fee of each fill, as a share of its value.
    #[arg(long, value_name = "SHARE")]
    pub(crate) fee: Option<f64>,
    /// By how much each fill is worse than the open, as a share of it.
    #[arg(long, value_name = "SHARE")]
    pub(crate) slippage: Option<f64>,
    /// Loss at which a position is left, as a share.
    #[arg(long, value_name = "SHARE")]
    pub(crate) stop: Option<f64>,
    /// Gain at which it is left.
    #[arg(long, value_name = "SHARE")]
    pub(crate) target: Option<f64>,
    /// So many are bought; without it, all that the cash is good for.
    #[arg(long, value_name = "N")]
    pub(crate) units: Option<f64>,
}

/// `jobs start backfill`.
#[derive(Args, Debug)]
pub(crate) struct JobBackfill {
    /// Which venue: binance-spot, bybit, …
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: String,
    /// The venue's own spelling.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: String,
    /// Length of a candle; without it, trades.
    #[arg(long, value_name = "TIME", value_parser = period)]
    pub(crate) interval: Option<feeds::poll::question::Period>,
    /// Where it begins, UTC; or --days.
    #[arg(long, value_name = "TIME", value_parser = time::parse, required_unless_present = "days", conflicts_with = "days")]
    pub(crate) from: Option<u64>,
    /// Where it ends; without it, now.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) to: Option<u64>,
    /// So many days back.
    #[arg(long, value_name = "N")]
    pub(crate) days: Option<u32>,
    #[command(flatten)]
    pub(crate) asked: Asked,
}
