//! What was typed. Nothing here knows what a command does; `main` matches on [`Command`] once.

mod ask;
mod backtest;
mod bench;
mod data;
mod engines;
mod indicator;
mod jobs;
mod journal;
mod order;
mod people;
mod risk;
mod standby;
#[cfg(test)]
mod tests;

pub(crate) use ask::{AlertsAsked, Asked, Door, LimitsAsked, LimitsDone, Question, SetLimit};
pub(crate) use backtest::{Backtest, Optimize, OverCandles, PathName, Staged, Terms, Ticks};
pub(crate) use bench::{Bench, BenchName};
use data::period;
pub(crate) use data::{Backfill, Data, Export, Format, HistoryKind, Import, List, OfStore, RowsOf};
pub(crate) use engines::{Engines, Flatten, Named, Resume, Scoped, Set, Steered, StrategyAsked, Whom};
pub(crate) use indicator::{Compute, Indicator, IndicatorList, Patterns};
pub(crate) use jobs::{JobBackfill, JobBacktest, JobOptimize, JobPast, JobTerms, Jobs, JobsList, JobsStart};
pub(crate) use journal::{Journal, JournalInspect, JournalReplay, JournalStateAt};
#[cfg(test)]
pub(crate) use journal::{JournalPath, KindName};
pub(crate) use order::{Cancel, Modify, OrderAsked, Place};
pub(crate) use people::{Audit, AuditList, Key, KeyCreate, Settings, User, UserAdd, UserPassword};
pub(crate) use risk::Risk;
pub(crate) use standby::{Serve, Standby, StandbyAsked, Standbys, Takeover};

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine_model::order::ClientOrderId;
use std::path::PathBuf;
use std::time::Duration;

/// Version and build, e.g. `0.1.0 (1a2b3c4d5e6f)`.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("RINGSIDE_BUILD"), ")");

/// A trading engine: pinned threads linked by rings, from an exchange's bytes to a fill.
#[derive(Debug, Parser)]
#[command(name = "ringside", version = VERSION, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 done · 1 failed or a check did not hold · 2 wrong call or configuration · \
    3 refused · 4 engine not reached · 130 interrupted.\nStart with: ringside demo --for 30s")]
pub(crate) struct Cli {
    /// Called by a running engine as a job: at the lowest priority, within so much memory, until standard input ends.
    #[arg(long, value_name = "MIB", hide = true)]
    pub(crate) job: Option<u64>,
    /// Cores of that engine's hot threads, which its jobs stay off.
    #[arg(long, value_name = "CORES", hide = true, value_delimiter = ',', requires = "job")]
    pub(crate) job_off: Vec<usize>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Everything at once, with no network and no account: simulated venues, real clients, paper trading, the web API.
    #[command(after_help = "Examples:\n  ringside demo --for 30s\n  ringside demo --seed 7 --port 0 --for 5s --json")]
    Demo(Demo),
    /// The engine on real streams.
    #[command(after_help = "Example:\n  ringside run --config config/paper.toml --for 1m")]
    Run(Run),
    /// What is held, at which price, and what it has made, of a running engine.
    #[command(after_help = "Example:\n  ringside positions --json")]
    Positions(Asked),
    /// Orders that work, newest first, of a running engine.
    #[command(after_help = "Example:\n  ringside orders --json")]
    Orders(Asked),
    /// Executions, newest first, of a running engine.
    #[command(after_help = "Example:\n  ringside trades --json")]
    Trades(Asked),
    /// What lies at each venue, of a running engine.
    #[command(after_help = "Example:\n  ringside balances --json")]
    Balances(Asked),
    /// Equity, profit, drawdown, of a running engine.
    #[command(after_help = "Example:\n  ringside portfolio --json")]
    Portfolio(Asked),
    /// Every limit, what it stands at, and what is left of it, of a running engine.
    #[command(after_help = "Examples:\n  ringside limits --json\n  ringside limits set order_notional_max_usd 500")]
    Limits(LimitsAsked),
    /// Strategies: state, orders, positions, profit, of a running engine.
    #[command(after_help = "Example:\n  ringside strategies --json")]
    Strategies(Asked),
    /// Alerts of one's own: which are set, which hold now, how often each hit, of a running engine.
    #[command(after_help = "Examples:\n  ringside alerts --json\n  ringside alerts --all --key-file ada.key")]
    Alerts(AlertsAsked),
    /// Throws running engines off: no order leaves any more, what is open is withdrawn. Works when nothing of the engine
    /// answers, and holds until it is started anew.
    #[command(after_help = "Examples:\n  ringside kill\n  ringside kill --pid 4242 --json")]
    Kill(Engines),
    /// How trading stands in the engines that run here.
    #[command(
        after_help = "Examples:\n  ringside status --json\n  ringside status --url https://desk.example:8420 --key-file tom.key"
    )]
    Status(Whom),
    /// Lets no order of a scope pass any more and withdraws those that work; holds over restarts until it is resumed.
    #[command(
        after_help = "Examples:\n  ringside halt\n  ringside halt venue:bybit\n  ringside halt strategy:1 --json"
    )]
    Halt(Scoped),
    /// Lets only orders of a scope pass that make a position smaller.
    #[command(after_help = "Example:\n  ringside reduce instrument:BTCUSDT.binance-spot")]
    Reduce(Scoped),
    /// Lets a scope trade again. It is said twice, five seconds to ten minutes apart: the first time gives a token.
    #[command(after_help = "Examples:\n  ringside resume\n  ringside resume whole --token 7f3a9c01")]
    Resume(Resume),
    /// Halts everything and closes every position by reduce-only orders.
    #[command(after_help = "Example:\n  ringside flatten --yes")]
    Flatten(Flatten),
    /// A person's order: entered, withdrawn, changed. It goes through risk as any strategy's, under the name `manual`.
    #[command(
        subcommand,
        after_help = "Examples:\n  ringside order place buy 0.01 BTCUSDT.binance-spot --price 61000\n  \
            ringside order cancel R6-1-3\n  ringside order modify R6-1-3 --price 60900"
    )]
    Order(OrderAsked),
    /// Lists the strategies of running engines; starts, pauses, stops one, or gives it other parameters.
    #[command(
        subcommand,
        after_help = "Examples:\n  ringside strategy list\n  ringside strategy pause grid\n  ringside strategy set grid step_bps=30 --yes"
    )]
    Strategy(StrategyAsked),
    /// Watches a live engine from another process and withdraws everything when it hangs, dies or is killed; `run` starts it.
    #[command(after_help = "Example:\n  ringside sentinel --config live.toml --page /dev/shm/ringside-4242.pulse")]
    Sentinel(Sentinel),
    /// Follows the journal of a run, here or on another host, and can go on in its place.
    #[command(after_help = "Examples:\n  ringside standby --follow journal --config config/paper.toml\n  \
            ringside standby --follow tcp://127.0.0.1:8430 --config standby.toml\n  ringside standby status\n  \
            ringside standby takeover --fence")]
    Standby(Standby),
    /// Real streams into capture files, byte for byte, which `replay` reads. Nothing is traded.
    #[command(after_help = "Examples:\n  ringside record --config config/paper.toml --for 30s\n  \
            ringside record --for 1h --out recording --json\n  \
            ringside replay --venue binance-spot --capture recording/binance-spot-20260131T120000.000000000Z-0000.ndjson.zst")]
    Record(Record),
    /// Recorded bytes through the same decoders, books, strategies, risk and paper execution.
    #[command(
        after_help = "Example:\n  ringside replay --venue binance-spot --capture FILE.jsonl.gz --layout inline --json"
    )]
    Replay(Replay),
    /// The journal of a run.
    #[command(subcommand)]
    Journal(Journal),
    /// History.
    #[command(subcommand)]
    Data(Data),
    /// Indicators: which there are, and one of them over a file.
    #[command(subcommand)]
    Indicator(Indicator),
    /// The 61 shapes of candles that TA-Lib knows, all in one pass: which bar each speaks at, and which way.
    #[command(after_help = "Examples:\n  ringside patterns --input btc-1h.csv\n  \
            ringside patterns --input btc-1d.csv.gz --only CDLENGULFING,CDLHAMMER --json\n  \
            ringside patterns --data binance-usdm:BTCUSDT --tf 4h --output found.csv")]
    Patterns(Patterns),
    /// What a strategy would have come to over candles of the past: by a fast rule, or as candles or recorded ticks through
    /// every stage.
    #[command(after_help = "Examples:\n  ringside backtest --strategy sma_cross --input btc-1h.csv --fee 0.001\n  \
            ringside backtest --strategy donchian --params '{\"entry\": 55, \"exit\": 20}' --input btc-1d.csv.gz --json\n  \
            ringside backtest --strategy sma_cross --sizing '[\"allin\"]' --input btc-1h.csv --equity-out equity.csv\n  \
            ringside backtest --strategy momentum --input btc-1h.csv --venue binance-usdm --instrument BTCUSDT\n  \
            ringside backtest --strategy config/scripts/sma_cross.rhai --input btc-1h.csv --report run.html\n  \
            ringside backtest --strategy sma_cross --through-stages --data binance-usdm:BTCUSDT --tf 1h --json\n  \
            ringside backtest --strategy pairs --input eth.csv --instrument ETHUSDT --input btc.csv --instrument BTCUSDT\n  \
            ringside backtest --strategy imbalance_maker --capture captures/ --venue binance-usdm --report run.html")]
    Backtest(Backtest),
    /// Which parameters of a strategy would have done best over candles of the past, and how much of that is luck.
    #[command(
        after_help = "Examples:\n  ringside optimize --strategy sma_cross --space '{\"fast\": {\"min\": 5, \"max\": 50, \"step\": 5}, \
            \"slow\": [20, 50, 100]}' --where 'slow > fast' --method grid --input btc-1h.csv --fee 0.001\n  \
            ringside optimize --strategy donchian --space '{\"entry\": {\"min\": 5, \"max\": 200, \"step\": 1}}' --method tpe \
            --trials 60 --objective calmar --walk-forward '{\"train\": 4000, \"test\": 1000}' --input btc-1h.csv --json\n  \
            ringside optimize --strategy rsi_macd --space '{\"rsi\": {\"min\": 5, \"max\": 30, \"step\": 1}, \"low\": [20, 30, 40]}' \
            --method nsga2 --objective sharpe,max_drawdown --trials 1000 --state sweep.state --report sweep.html --input btc-1h.csv\n  \
            ringside optimize --strategy momentum --space '{\"lookback\": [10, 20, 40], \"enter_bps\": [20, 50]}' --method grid \
            --input btc-1h.csv --venue binance-usdm --instrument BTCUSDT\n  \
            ringside optimize --strategy config/scripts/sma_cross.rhai --space '{\"fast\": [5, 10], \"slow\": [20, 50]}' \
            --method grid --input btc-1h.csv"
    )]
    Optimize(Optimize),
    /// How much may be lost: value at risk of past returns, whether it kept its promise, and what each asset adds to it.
    #[command(after_help = "Examples:\n  ringside risk --returns daily.csv\n  \
            ringside risk --returns daily.csv --weights '{\"btc\": 0.5, \"eth\": 0.3, \"alt\": 0.2}' --confidence 0.95,0.99 --json\n  \
            ringside risk --returns equity.csv --equity --assets equity --window 500\n  \
            ringside risk --returns daily.csv --promised '{\"btc\": \"btc_var\"}' --confidence 0.99")]
    Risk(Risk),
    /// Rings, writers, readers, depth, and what full means.
    #[command(after_help = "Examples:\n  ringside topology --mermaid\n  ringside topology --config config/paper.toml")]
    Topology(Topology),
    /// Live view of a running engine: stages, rings, latency, feeds, positions, orders, risk, alerts. Keys: q, p, 0-6, ?.
    #[command(after_help = "Examples:\n  ringside monitor\n  ringside monitor --once | less")]
    Monitor(Monitor),
    /// What the profit is made of, and whose it is: price, spread, fee, funding, interest, basis, currency.
    #[command(after_help = "Examples:\n  ringside pnl\n  ringside pnl --by strategy --json\n  \
            ringside pnl --journal journal --lots fifo")]
    Pnl(Pnl),
    /// What executions have cost, and what the market did after them: shortfall, slippage, spread, markouts, times.
    #[command(after_help = "Examples:\n  ringside cost\n  ringside cost --by strategy --json\n  \
            ringside cost --journal journal --by order\n  ringside cost --journal journal --order R1-5-12")]
    Cost(Cost),
    /// Why an order is what it is: cause, wish, checks, requests, answers, fills and profit, out of a journal.
    #[command(after_help = "Examples:\n  ringside why R1-5-12\n  ringside why R1-5-12 --journal journal --json")]
    Why(Why),
    /// Words for the shell that complete commands and flags.
    #[command(after_help = "Example:\n  ringside completions bash | sudo tee /etc/bash_completion.d/ringside")]
    Completions(Completions),
    /// Who may come to the door: users and their roles. Whoever may open the database is an admin here.
    #[command(subcommand)]
    User(User),
    /// Keys of users, for programs.
    #[command(subcommand)]
    Key(Key),
    /// Work in the background of a running engine: backtests, searches for parameters, back-fills, reports, backups.
    #[command(subcommand)]
    Jobs(Jobs),
    /// What was asked of the engine and of users, by whom, and what came of it.
    #[command(subcommand)]
    Audit(Audit),
    /// What this machine and this configuration lack, and what to do about it.
    #[command(after_help = "Example:\n  ringside doctor --config config/paper.toml")]
    Doctor(Doctor),
    /// Latency and throughput of this machine: a hop, decoding, a book, tick to order.
    #[command(after_help = "Example:\n  ringside bench hop --json")]
    Bench(Bench),
}

/// `demo`.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Ends after that time, e.g. 30s, 5m, 1h; without it, at Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_: Option<Duration>,
    /// Seed of the simulated market: the same seed, the same market.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Settings, laid over the demo's own: users, Telegram, alerts.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Port of the web API on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8420)]
    pub(crate) port: u16,
    /// How stages are spread over threads.
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<LayoutName>,
    /// Which earlier paper run of the journal's folder to go on from: journal.recover, whatever the file says.
    #[arg(long, value_name = "WHICH")]
    pub(crate) recover: Option<RecoverName>,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `run`.
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Settings, laid over the defaults of config/base.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Whose money, whatever the file says.
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<ModeName>,
    /// Says that real money is meant; `live` refuses without it.
    #[arg(long)]
    pub(crate) arm: bool,
    /// Which earlier paper run of the journal's folder to go on from: journal.recover, whatever the file says.
    #[arg(long, value_name = "WHICH")]
    pub(crate) recover: Option<RecoverName>,
    /// Ends after that time, e.g. 30s, 5m, 1h; without it, at Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_: Option<Duration>,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `sentinel`.
#[derive(Args, Debug)]
pub(crate) struct Sentinel {
    /// The settings of the engine that is watched: its venues and keys; `-` reads them from standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The page of the engine that is watched.
    #[arg(long, value_name = "FILE")]
    pub(crate) page: PathBuf,
}

/// `record`.
#[derive(Args, Debug)]
pub(crate) struct Record {
    /// Settings whose venues and symbols are recorded, laid over the defaults of config/base.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Ends after that time, e.g. 30s, 5m, 1h; without it, at Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_: Option<Duration>,
    /// The folder, made if it is not there. A venue begins a new file each hour, and after 256 MiB of it.
    #[arg(long, value_name = "DIR", default_value = "recording")]
    pub(crate) out: PathBuf,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `replay`.
#[derive(Args, Debug)]
pub(crate) struct Replay {
    /// Whose bytes: a venue's name as in a file of settings, such as binance-spot or okx.
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: String,
    /// Capture files, in order, as one stream; .gz and .zst are read as such, `-` is standard input.
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) capture: Vec<PathBuf>,
    /// How stages are spread over threads.
    #[arg(long, value_name = "LAYOUT", default_value = "inline")]
    pub(crate) layout: LayoutName,
    /// How fast the records follow each other.
    #[arg(long, value_name = "PACE", default_value = "maximal")]
    pub(crate) pace: PaceName,
    /// A strategy of the catalogue to run on it; without one, nothing trades.
    #[arg(long, value_name = "NAME")]
    pub(crate) strategy: Option<String>,
    /// Writes the whole final books there.
    #[arg(long, value_name = "FILE")]
    pub(crate) book_out: Option<PathBuf>,
    /// Writes a journal there.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal_out: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A pace as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaceName {
    /// As when they came.
    Original,
    /// As fast as the consequences of each are complete.
    Maximal,
}

/// `topology`.
#[derive(Args, Debug)]
pub(crate) struct Topology {
    /// Settings whose layout and depths are shown, laid over the defaults.
    #[arg(long, value_name = "FILE", conflicts_with = "markdown")]
    pub(crate) config: Option<PathBuf>,
    /// As a Mermaid flow chart.
    #[arg(long, conflicts_with_all = ["markdown", "json"])]
    pub(crate) mermaid: bool,
    /// As the page docs/TOPOLOGY.md, which tells of the defaults.
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,
    /// One JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `monitor`.
#[derive(Args, Debug)]
pub(crate) struct Monitor {
    #[command(flatten)]
    pub(crate) door: Door,
    /// Prints one frame and ends.
    #[arg(long)]
    pub(crate) once: bool,
    /// Prints what the engine answers, once, as JSON.
    #[arg(long, conflicts_with = "once")]
    pub(crate) json: bool,
}

/// `pnl`.
#[derive(Args, Debug)]
pub(crate) struct Pnl {
    /// A journal, or a folder of them (the newest): tells of that run, without an engine.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["url", "key_file", "ca"])]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) door: Door,
    /// Whose profit each row is.
    #[arg(long, value_name = "WHAT", default_value = "instrument")]
    pub(crate) by: SliceName,
    /// Which lots are closed first. Of no effect on the parts; a running engine's are kept by average cost.
    #[arg(long, value_name = "METHOD", default_value = "average", requires = "journal")]
    pub(crate) lots: LotsName,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `cost`.
#[derive(Args, Debug)]
pub(crate) struct Cost {
    /// A journal, or a folder of them (the newest): tells of that run, without an engine.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["url", "key_file", "ca"])]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) door: Door,
    /// Only this order and what is part of it: R<strategy>-<run>-<count>, or the number of it.
    #[arg(long, value_name = "ORDER", value_parser = order_id, conflicts_with = "by")]
    pub(crate) order: Option<ClientOrderId>,
    /// What each row is of.
    #[arg(long, value_name = "WHAT", default_value = "instrument")]
    pub(crate) by: CostSliceName,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `why`.
#[derive(Args, Debug)]
pub(crate) struct Why {
    /// Its id: R<strategy>-<run>-<count>, or the number of it.
    #[arg(value_name = "ORDER", value_parser = order_id)]
    pub(crate) order: ClientOrderId,
    /// A journal, or a folder of them (the newest); without it, the folder `journal`.
    #[arg(long, value_name = "PATH")]
    pub(crate) journal: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What rows of a profit are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SliceName {
    /// Strategies.
    Strategy,
    /// Venues.
    Venue,
    /// Instruments.
    Instrument,
    /// Tags.
    Tag,
}

/// What rows of a cost are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CostSliceName {
    /// Orders, one by one.
    Order,
    /// Instruments.
    Instrument,
    /// Strategies.
    Strategy,
    /// Venues.
    Venue,
}

/// A method of lots as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LotsName {
    /// One lot at the average cost.
    Average,
    /// The oldest first.
    Fifo,
    /// The newest first.
    Lifo,
}

impl From<LotsName> for engine_core::portfolio::books::LotMethod {
    fn from(name: LotsName) -> Self {
        match name {
            LotsName::Average => Self::Average,
            LotsName::Fifo => Self::Fifo,
            LotsName::Lifo => Self::Lifo,
        }
    }
}

/// `doctor`.
#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Settings to check, laid over the defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Ask the venues of live settings, with their keys, how contracts are set up on the accounts.
    #[arg(long, requires = "config")]
    pub(crate) accounts: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `completions`.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Whose words.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// A layout as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutName {
    /// One thread for all stages, in turns.
    Inline,
    /// Groups of stages, a thread each.
    Shared,
    /// A thread and a core for each stage.
    Dedicated,
}

impl From<LayoutName> for engine_core::config::LayoutKind {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Inline => Self::Inline,
            LayoutName::Shared => Self::Shared,
            LayoutName::Dedicated => Self::Dedicated,
        }
    }
}

/// Which run to go on from, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecoverName {
    /// The last one, if it was cut off.
    Crashed,
    /// The last one, however it ended.
    Always,
    /// None: begin flat.
    Never,
}

impl From<RecoverName> for engine_core::config::Recover {
    fn from(name: RecoverName) -> Self {
        match name {
            RecoverName::Crashed => Self::Crashed,
            RecoverName::Always => Self::Always,
            RecoverName::Never => Self::Never,
        }
    }
}

/// A mode as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// Software fills.
    Paper,
    /// Real money.
    Live,
}

impl From<ModeName> for engine_core::config::Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Paper => Self::Paper,
            ModeName::Live => Self::Live,
        }
    }
}

/// Reads `250ms`, `30s`, `5m`, `2h`: a whole number and its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let accepted = || format!("found `{text}`, accepted: a whole number above 0 and a unit, ms, s, m or h, like 30s");
    let unit_at = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(accepted)?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().map_err(|_| accepted())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(accepted()),
    };
    number.checked_mul(unit_ms).filter(|ms| *ms > 0).map(Duration::from_millis).ok_or_else(accepted)
}

fn order_id(text: &str) -> Result<ClientOrderId, String> {
    let accepted = || format!("found `{text}`, accepted: an id like R1-5-12, or its number");
    let number = text.parse().map(ClientOrderId).ok();
    number.or_else(|| id_of_parts(text)).filter(|id| id.counter() != 0).ok_or_else(accepted)
}

fn id_of_parts(text: &str) -> Option<ClientOrderId> {
    let mut parts = text.strip_prefix('R')?.split('-');
    let (strategy, epoch, counter) = (parts.next()?, parts.next()?, parts.next()?);
    let epoch = epoch.parse().ok().filter(|epoch| *epoch < 1 << 24)?;
    let id = ClientOrderId::new(strategy.parse().ok()?, epoch, counter.parse().ok()?);
    parts.next().is_none().then_some(id)
}
