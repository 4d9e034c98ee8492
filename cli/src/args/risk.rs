//! What is asked of past returns.

use clap::Args;
use std::path::PathBuf;

/// `risk`.
#[derive(Args, Debug)]
pub(crate) struct Risk {
    /// Returns of periods, oldest first, as shares (0.01 is a percent): a column an asset, under a line with their names; .gz
    /// and .zst are read as such, `-` is standard input.
    #[arg(long, value_name = "CSV")]
    pub(crate) returns: PathBuf,
    /// The columns are the value of accounts, or prices: returns are made of them first.
    #[arg(long)]
    pub(crate) equity: bool,
    /// Which columns, in this order; without it, all that are no times and no --promised.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) assets: Vec<String>,
    /// What share of the whole each asset is: {"btc": 0.6, "eth": 0.4}. They sum to 1; one below 0 is short.
    #[arg(long, value_name = "JSON")]
    pub(crate) weights: Option<String>,
    /// How sure: the share of periods that lose less.
    #[arg(long, value_name = "SHARE", value_delimiter = ',', default_values_t = [0.95, 0.99])]
    pub(crate) confidence: Vec<f64>,
    /// Value at risk over so many periods, too, of a normal curve.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(crate) horizon: Vec<u32>,
    /// The value at risk that is tested is that of so many returns before each.
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub(crate) window: usize,
    /// Tests the value at risk that others promised: for an asset the column that has it, row by row, as a positive share
    /// of one --confidence: {"btc": "btc_var"}.
    #[arg(long, value_name = "JSON")]
    pub(crate) promised: Option<String>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}
