//! `standby`, as typed.

use super::{ModeName, duration};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// `standby`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Standby {
    /// What is asked of a standby that runs.
    #[command(subcommand)]
    pub(crate) asked: Option<StandbyAsked>,
    /// Whom to follow: a folder of journals on this host, or tcp://HOST:PORT of another's standby.listen.
    #[arg(long, value_name = "PATH|tcp://HOST:PORT", required = true)]
    pub(crate) follow: Option<String>,
    /// The settings that it takes over with, laid over the defaults of config/base.toml. By TCP the copy comes to lie in
    /// their journal.directory.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) config: Option<PathBuf>,
    /// Whose money, whatever the file says.
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<ModeName>,
    /// Says that real money is meant; `live` refuses without it.
    #[arg(long)]
    pub(crate) arm: bool,
    /// Ends after that time, e.g. 30s, 5m, 1h; without it, at Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) for_: Option<Duration>,
    /// One JSON object at the end instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum StandbyAsked {
    /// How far standbys of this host are, and whether what they hold is what the primary holds.
    Status(Standbys),
    /// Proves the state, then goes on in the primary's place. Refuses while the primary lives, unless it is fenced first.
    #[command(after_help = "Examples:\n  ringside standby takeover\n  ringside standby takeover --fence --json")]
    Takeover(Takeover),
    /// Serves the journal of one run to followers; `run` starts it where standby.listen is an address.
    #[command(hide = true)]
    Serve(Serve),
}

/// Which standbys.
#[derive(Args, Debug)]
pub(crate) struct Standbys {
    /// The one with that process number.
    #[arg(long, value_name = "PID")]
    pub(crate) pid: Option<u32>,
    /// The folder of their sockets: sentinel.folder of their settings.
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `standby takeover`.
#[derive(Args, Debug)]
pub(crate) struct Takeover {
    /// Of which standby.
    #[command(flatten)]
    pub(crate) of: Standbys,
    /// Throws a primary that lives, or hangs, off first: no order leaves it any more.
    #[arg(long)]
    pub(crate) fence: bool,
    /// Takes over although nobody could tell the primary that it is over. Only where its host is known to be off: two that
    /// trade on one account take each other's orders for strangers'.
    #[arg(long)]
    pub(crate) unfenced: bool,
}

/// `standby serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The settings of the engine; `-` reads them from standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Its page.
    #[arg(long, value_name = "FILE")]
    pub(crate) page: PathBuf,
    /// The first file of its journal.
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: PathBuf,
}
