//! What is said to engines that run: which ones, what of them, and whether it is meant.

use clap::Args;
use std::path::PathBuf;

/// Which engines: of `status`, of `kill`, and of the commands below.
#[derive(Args, Debug)]
pub(crate) struct Engines {
    /// Only the engine of this process; without it, every engine of this machine that this user may reach.
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// Where engines have their pages, if sentinel.folder of their configuration says so.
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `halt` and `reduce`.
#[derive(Args, Debug)]
pub(crate) struct Scoped {
    /// `whole`, `strategy:1`, `venue:bybit` or `instrument:BTCUSDT.binance-spot`.
    #[arg(default_value = "whole", value_name = "SCOPE")]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) engines: Engines,
}

/// `resume`.
#[derive(Args, Debug)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) of: Scoped,
    /// What the first time gave.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
}

/// `flatten`.
#[derive(Args, Debug)]
pub(crate) struct Flatten {
    #[command(flatten)]
    pub(crate) engines: Engines,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}
