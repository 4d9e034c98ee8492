//! What is asked of the catalogue of indicators.

use super::OfStore;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `indicator`.
#[expect(clippy::large_enum_variant, reason = "made once, of what was typed")]
#[derive(Debug, Subcommand)]
pub(crate) enum Indicator {
    /// Every indicator: name, group, inputs, parameters with their ranges, outputs.
    #[command(after_help = "Example:\n  ringside indicator list --json")]
    List(IndicatorList),
    /// One indicator over a CSV file: a row for a row, an empty cell where there is no value (`""` if it is alone).
    #[command(after_help = "Examples:\n  ringside indicator compute --name RSI --input btc-1h.csv\n  \
            ringside indicator compute --name BBANDS --params '{\"timeperiod\": 34, \"nbdevup\": 1.5}' --input btc-1h.csv.zst \
            --output bands.csv\n  \
            ringside indicator compute --name SMA --inputs '{\"price\": \"volume\"}' --input - < btc-1h.csv")]
    Compute(Compute),
}

/// `indicator list`.
#[derive(Args, Debug)]
pub(crate) struct IndicatorList {
    /// One JSON array instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `indicator compute`.
#[derive(Args, Debug)]
pub(crate) struct Compute {
    /// Which indicator, by its abbreviation.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Its parameters, as a JSON object; those that are not named have their defaults.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) params: String,
    /// Columns for its inputs, as a JSON object: {"price": "open"}, {"prices": ["high", "low"]} or {"close": "last"}.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) inputs: String,
    /// Bars, oldest first, under a line with the names of their columns; .gz and .zst are read as such, `-` is standard
    /// input.
    #[arg(long, value_name = "CSV", required_unless_present = "data", conflicts_with = "data")]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfStore,
    /// Where the values go; without it, to standard output.
    #[arg(long, value_name = "CSV")]
    pub(crate) output: Option<PathBuf>,
    /// Bar by bar, as a strategy sees them, instead of in one go. The same bytes.
    #[arg(long)]
    pub(crate) streaming: bool,
}

/// `patterns`.
#[derive(Args, Debug)]
pub(crate) struct Patterns {
    /// Candles, oldest first: open, high, low, close, and if it is there time_ms; .gz and .zst are read as such, `-` is
    /// standard input.
    #[arg(long, value_name = "CSV", required_unless_present = "data", conflicts_with = "data")]
    pub(crate) input: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: OfStore,
    /// Only these, by the names of `indicator list`; without it, all.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Each find as a row of CSV there: row, time_ms, pattern, value. Without it, they are told line by line.
    #[arg(long, value_name = "CSV")]
    pub(crate) output: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}
