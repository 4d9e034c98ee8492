//! What is said to engines that run: which ones, what of them, and whether it is meant.

use super::Door;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which engines of this machine: of `kill`, and of the commands below.
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

/// Whom a command is told: engines of this machine over the line of each, or with a URL the one behind that.
#[derive(Args, Debug)]
pub(crate) struct Whom {
    #[command(flatten)]
    pub(crate) here: Engines,
    #[command(flatten)]
    pub(crate) door: Door,
}

/// `halt` and `reduce`.
#[derive(Args, Debug)]
pub(crate) struct Scoped {
    /// `whole`, `strategy:1`, `venue:bybit` or `instrument:BTCUSDT.binance-spot`.
    #[arg(default_value = "whole", value_name = "SCOPE")]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) whom: Whom,
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

/// `strategy list|start|pause|stop|set`.
#[derive(Subcommand, Debug)]
pub(crate) enum StrategyAsked {
    /// The strategies of running engines: mode, and each parameter with its range and unit.
    List(Whom),
    /// Its wishes pass again; one that gave up is made anew.
    Start(Steered),
    /// It goes on looking and may only make positions smaller.
    Pause(Named),
    /// It goes on looking and may do nothing; what it has standing is withdrawn.
    Stop(Named),
    /// Other parameters, in force together.
    #[command(after_help = "Example:\n  ringside strategy set sma_cross fast=10 slow=40 --yes")]
    Set(Set),
}

/// One strategy of one engine.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// Its name, or `strategy:2` where several have it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) whom: Whom,
}

/// The same, for what must be meant.
#[derive(Args, Debug)]
pub(crate) struct Steered {
    #[command(flatten)]
    pub(crate) of: Named,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `strategy set`.
#[derive(Args, Debug)]
pub(crate) struct Set {
    #[command(flatten)]
    pub(crate) of: Steered,
    /// As in the configuration: whole numbers in the parameter's unit.
    #[arg(required = true, value_name = "PARAM=VALUE", value_parser = param)]
    pub(crate) params: Vec<(String, i64)>,
}

fn param(text: &str) -> Result<(String, i64), String> {
    let (name, value) = text.split_once('=').ok_or("must be PARAM=VALUE")?;
    let value = value.parse().map_err(|_| format!("{name}: found `{value}`, must be a whole number"))?;
    Ok((name.to_owned(), value))
}

/// `flatten`.
#[derive(Args, Debug)]
pub(crate) struct Flatten {
    #[command(flatten)]
    pub(crate) whom: Whom,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}
