//! What a running engine is asked.

use super::Whom;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which engine is asked by its API, and who asks.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Door {
    /// Where the engine's API is: https://HOST:PORT, or http://127.0.0.1:PORT on its own machine. Default what the
    /// environment has as RINGSIDE_URL.
    #[arg(long, value_name = "URL", alias = "address")]
    pub(crate) url: Option<String>,
    /// File with the API key to ask with, mode 0600; default what the environment has as RINGSIDE_KEY, else none.
    #[arg(long, value_name = "FILE", alias = "key")]
    pub(crate) key_file: Option<PathBuf>,
    /// PEM file of the certificates that are believed behind https, and no others; default what the environment has as
    /// RINGSIDE_CA, else the public authorities.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// `positions` and the others that ask a running engine.
#[derive(Args, Debug)]
pub(crate) struct Asked {
    #[command(flatten)]
    pub(crate) door: Door,
    /// The engine's own words, one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Every column of a table, however wide; without it as many as the terminal has room for, else 120 letters.
    #[arg(long, conflicts_with = "json")]
    pub(crate) wide: bool,
}

/// `limits`, and `limits set`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct LimitsAsked {
    #[command(subcommand)]
    pub(crate) set: Option<LimitsDone>,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// What is done to limits.
#[derive(Subcommand, Debug)]
pub(crate) enum LimitsDone {
    /// Sets one: tighter at once; looser when it is said twice, five seconds to ten minutes apart, and never looser than the
    /// configuration. Holds over restarts.
    #[command(after_help = "Examples:\n  ringside limits set order_notional_max_usd 500\n  \
        ringside limits set order_notional_max_usd 1000 --token 7f3a9c01")]
    Set(SetLimit),
}

/// `limits set`.
#[derive(Args, Debug)]
pub(crate) struct SetLimit {
    /// As in the configuration.
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// In the unit that the key ends with.
    #[arg(value_name = "VALUE")]
    pub(crate) value: String,
    /// What the first time gave, of a looser one.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// `alerts`.
#[derive(Args, Debug)]
pub(crate) struct AlertsAsked {
    /// Everybody's, and whose each is: an admin's to see.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// What a running engine is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// What is held.
    Positions,
    /// What works.
    Orders,
    /// What was executed.
    Trades,
    /// What lies where.
    Balances,
    /// Equity and profit.
    Portfolio,
    /// Limits and their use.
    Limits,
    /// Strategies.
    Strategies,
    /// One's own alerts.
    Alerts,
    /// Everybody's.
    AllAlerts,
}
