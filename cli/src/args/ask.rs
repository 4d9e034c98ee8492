//! What a running engine is asked.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `positions` and the others that ask a running engine.
#[derive(Args, Debug)]
pub(crate) struct Asked {
    /// Where the engine's API listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420")]
    pub(crate) address: SocketAddr,
    /// File with the API key to ask with, mode 0600; default what the environment has as RINGSIDE_KEY, else none.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The engine's own words, one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
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
    /// Alerts.
    Alerts,
}
