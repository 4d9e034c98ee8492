//! What is asked of history.

use crate::command::data::bars::{self, Way};
use crate::exit::Exit;
use crate::time;
use bridges::store::history::kind::{Kind, Period as Length, PriceOf};
use clap::{Args, Subcommand, ValueEnum};
use feeds::poll::question::Period;
use std::path::PathBuf;

/// `data`.
#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Files of rows or of recorded messages into the store.
    #[command(
        after_help = "Examples:\n  ringside data import btc-1h.csv --venue binance-usdm --symbol BTCUSDT --tf 1h\n  \
            ringside data import binance_usdm_BTCUSDT_1h.csv.zst recordings/\n\n\
            What a file's name says (VENUE_SYMBOL_TF.csv, VENUE_SYMBOL_trades.csv, VENUE-….ndjson.zst) need not be typed;\n\
            another word in it goes with the symbol. Each file is read and checked before any of it is written; rows that\n\
            are there already are not added again. A folder is taken with all in it; what is neither .csv nor .ndjson is\n\
            left out, and told. Of recorded messages trades, quotes and open interest are kept."
    )]
    Import(Import),
    /// What the store has: from, to, rows, gaps, bytes.
    #[command(
        after_help = "Examples:\n  ringside data list\n  ringside data list --data binance-usdm:BTCUSDT --gaps --json"
    )]
    List(List),
    /// Rows of the store as CSV, JSON or Parquet.
    #[command(
        after_help = "Examples:\n  ringside data export --data binance-usdm:BTCUSDT --tf 4h --out btc-4h.csv\n  \
            ringside data export --data bybit:linear:BTCUSDT --kind trades --from 2026-01-31 --to 2026-02-01 --out day.parquet\n\n\
            ringside data export --data binance-usdm:BTCUSDT --bars volume:100 --out bars.csv\n  \
            ringside data export --capture recording/ --venue okx --symbol BTC-USDT --bars imbalance:1000 --out bars.csv\n\n\
            Candles of a length that the store does not have are made of shorter ones; one that is not over is left out.\n\
            Bars are cut by what has traded: tick:N, volume:X, dollar:X, range:X, renko:X, and imbalance:N and run:N, which\n\
            learn their threshold from the bars before, the first of N trades (imbalance:volume:N counts volume)."
    )]
    Export(Export),
    /// What a venue tells of the past, into the store or a CSV file: called again, it goes on behind the file's last row.
    #[command(after_help = "Examples:\n  ringside data backfill --venue binance-usdm --symbol BTCUSDT --kind candles \
            --interval 1h --from 2026-01-01 --out btc-1h.csv\n  \
            ringside data backfill --venue bybit --symbol linear:BTCUSDT --kind trades --from 2026-01-01 --out trades.csv\n\n\
            candles: ts_ms,open,high,low,close,volume, those that are over. trades: ts_ns,id,side,price,qty, as far back as\n\
            the venue gives them. Quantities are in lots: coins, or contracts where the venue counts contracts. What it\n\
            does not have is named as a gap.")]
    Backfill(Backfill),
}

/// `data import`.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// Files, or folders of them.
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The store's folder; it is made.
    #[arg(long, value_name = "DIR", default_value = "history")]
    pub(crate) store: PathBuf,
    /// Which venue, by any name; without it, what the name of the file or its folder says.
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: Option<String>,
    /// The venue's own spelling; without it, what the name of the file says. Recorded messages say it themselves.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: Option<String>,
    /// What the rows are; without it, what the name and the columns say.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<RowsOf>,
    /// Length of a candle: 1m, 4h, 1d, …; without it, what the name of the file says.
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub(crate) tf: Option<Length>,
    /// How far the times are ahead of UTC: 03:00, -05:00.
    #[arg(long, value_name = "HH:MM", value_parser = ahead, default_value = "00:00", allow_hyphen_values = true)]
    pub(crate) utc_offset: i64,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `data list`.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// The store's folder.
    #[arg(long, value_name = "DIR", default_value = "history")]
    pub(crate) store: PathBuf,
    /// Only this.
    #[arg(long, value_name = "VENUE:SYMBOL")]
    pub(crate) data: Option<String>,
    /// Each gap, not only how many there are.
    #[arg(long)]
    pub(crate) gaps: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Rows of the store.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfStore {
    /// Which rows of the store.
    #[arg(long, value_name = "VENUE:SYMBOL")]
    pub(crate) data: Option<String>,
    /// Length of a candle; of one that the store does not have, they are made of shorter ones.
    #[arg(long, value_name = "TIME", value_parser = length, requires = "data")]
    pub(crate) tf: Option<Length>,
    /// Where they begin, UTC: 2026-01-31 or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time::parse, requires = "data")]
    pub(crate) from: Option<u64>,
    /// Where they end, itself left out.
    #[arg(long, value_name = "TIME", value_parser = time::parse, requires = "data")]
    pub(crate) to: Option<u64>,
    /// The store's folder.
    #[arg(long, value_name = "DIR", default_value = "history")]
    pub(crate) store: PathBuf,
}

impl OfStore {
    /// Refuses a choice of the store's rows beside what is not read from the store. (Clap's `requires` says nothing where the
    /// argument that is required is excluded by another.)
    pub(crate) fn belongs(&self, beside: &str) -> Result<(), Exit> {
        let typed = [("--tf", self.tf.is_some()), ("--from", self.from.is_some()), ("--to", self.to.is_some())];
        match typed.iter().find(|(_, is_typed)| *is_typed) {
            Some((key, _)) => Err(Exit::Usage(format!(
                "{key}: found beside {beside}, accepted: with --data, of whose rows it chooses (`ringside data import` takes files)"
            ))),
            None => Ok(()),
        }
    }
}

/// `data export`.
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) of: OfStore,
    /// What; without it, candles.
    #[arg(long, value_name = "KIND", default_value = "candles")]
    pub(crate) kind: RowsOf,
    /// Bars of trades instead, cut by what has traded: tick:1000, volume:100, dollar:1000000, range:25, renko:25,
    /// imbalance:1000, run:1000.
    #[arg(long, value_name = "WAY", value_parser = bars::parse, conflicts_with_all = ["kind", "tf"])]
    pub(crate) bars: Option<Way>,
    /// Capture files in order, or folders of them, whose trades the bars are made of instead of the store's.
    #[arg(long, value_name = "FILE", num_args = 1.., requires_all = ["venue", "bars"], conflicts_with = "data")]
    pub(crate) capture: Vec<PathBuf>,
    /// Whose captures: a venue's name as in a file of settings, such as binance-spot or okx.
    #[arg(long, value_name = "VENUE", requires = "capture")]
    pub(crate) venue: Option<String>,
    /// Which of the instruments of a capture, in the venue's spelling; without it, the only one that traded.
    #[arg(long, value_name = "SYMBOL", requires = "capture")]
    pub(crate) symbol: Option<String>,
    /// The file, by whose ending it is CSV, JSON or Parquet; `-` is standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// What it is written as; without it, by the ending of the name, CSV on standard output.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// One JSON object about it instead of text; the rows need a file then.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What rows are, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsOf {
    /// Candles of trades.
    Candles,
    /// Candles of the mark price.
    MarkCandles,
    /// Candles of the index.
    IndexCandles,
    /// Trades.
    Trades,
    /// Best bid and ask.
    Quotes,
    /// Funding rates.
    Funding,
    /// Open interest.
    OpenInterest,
}

impl RowsOf {
    /// As the store has it; candles of no length are none.
    pub(crate) fn kind(self, length: Option<Length>) -> Option<Kind> {
        Some(match self {
            Self::Candles => Kind::Candles(PriceOf::Trades, length?),
            Self::MarkCandles => Kind::Candles(PriceOf::Mark, length?),
            Self::IndexCandles => Kind::Candles(PriceOf::Index, length?),
            Self::Trades => Kind::Trades,
            Self::Quotes => Kind::Quotes,
            Self::Funding => Kind::Funding,
            Self::OpenInterest => Kind::OpenInterest,
        })
    }
}

/// What rows are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A line of names, then a line a row.
    Csv,
    /// An array of objects.
    Json,
    /// A file of columns, as the store has it.
    Parquet,
}

/// `data backfill`.
#[derive(Args, Debug)]
pub(crate) struct Backfill {
    /// Which venue: binance-spot, bybit, …
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: String,
    /// The venue's own spelling.
    #[arg(long, value_name = "SYMBOL")]
    pub(crate) symbol: String,
    /// What.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: HistoryKind,
    /// Length of a candle: 1m, 5m, 15m, 1h, 4h, 1d; without it, 1m.
    #[arg(long, value_name = "TIME", value_parser = period)]
    pub(crate) interval: Option<Period>,
    /// Where it begins, UTC: 2026-01-31 or 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) from: u64,
    /// Where it ends; without it, now.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub(crate) to: Option<u64>,
    /// A CSV file instead of the store. Until all is there, what has come is in one of the same name and `.part`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The store's folder.
    #[arg(long, value_name = "DIR", default_value = "history")]
    pub(crate) store: PathBuf,
    /// Settings that say where the venue is, laid over the defaults of config/base.toml.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A kind of history as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HistoryKind {
    /// Candles of trades.
    Candles,
    /// Trades.
    Trades,
}

/// Reads the length of a candle.
pub(super) fn period(text: &str) -> Result<Period, String> {
    let accepted = || format!("found `{text}`, accepted: {}", Period::ALL.map(Period::name).join(", "));
    Period::from_name(text).ok_or_else(accepted)
}

/// Reads the length of a candle of the store.
fn length(text: &str) -> Result<Length, String> {
    let accepted = || format!("found `{text}`, accepted: a whole number above 0 and s, m, h, d or w, like 15m");
    Length::parse(text).ok_or_else(accepted)
}

/// Reads `03:00` or `-05:00`, in ns.
fn ahead(text: &str) -> Result<i64, String> {
    let accepted = || format!("found `{text}`, accepted: hours and minutes from -23:59 to 23:59, like 03:00 or -05:00");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.trim_start_matches('+')), |digits| (-1, digits));
    let (hours, minutes) = digits.split_once(':').ok_or_else(accepted)?;
    let part =
        |text: &str, below: i64| text.parse::<i64>().ok().filter(|part| (0..below).contains(part) && text.len() == 2);
    let (hours, minutes) = (part(hours, 24).ok_or_else(accepted)?, part(minutes, 60).ok_or_else(accepted)?);
    Ok(sign * (hours * 60 + minutes) * 60_000_000_000)
}
