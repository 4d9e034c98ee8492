//! The log: standard error, off every hot thread; its last lines are kept for who asks from elsewhere.

use crate::output::is_coloured;
use bridges::KeptLog;
use engine_core::config::{Log, LogFormat};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Starts it. `RINGSIDE_LOG` overrules the level, for one module or all.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::try_from_env("RINGSIDE_LOG").unwrap_or_else(|_| EnvFilter::new(log.level.name()));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| KeptLog(std::io::stderr()));
    // A second start in one process (tests) keeps the first.
    let _ = match log.format {
        LogFormat::Plain => builder.with_ansi(is_coloured(std::io::stderr().is_terminal())).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
