//! What is measured.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `bench`.
#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Which question.
    #[arg(value_name = "NAME")]
    pub(crate) name: BenchName,
    /// Beside this rival; none is built into this binary, and the message says what to run instead.
    #[arg(long, value_name = "NAME")]
    pub(crate) rival: Option<String>,
    /// Writes an HDR histogram there.
    #[arg(long, value_name = "FILE")]
    pub(crate) hgrm: Option<PathBuf>,
    /// Real bytes to decode, as one stream; default the recorded BTC streams beside the repository, else made-up frames.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) capture: Vec<PathBuf>,
    /// Whose captures those are; without `--capture` every recording of that venue beside the repository.
    #[arg(long, value_name = "VENUE")]
    pub(crate) venue: Option<String>,
    /// Seed of everything made up.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Rounds, if not the bench's own number.
    #[arg(long, value_name = "N", value_parser = count)]
    pub(crate) rounds: Option<usize>,
    /// Only so many passes of fixed work, nothing timed: for counting instructions.
    #[arg(long, value_name = "N", conflicts_with_all = ["hgrm", "rival"])]
    pub(crate) steady: Option<usize>,
    /// One JSON object instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which question a bench answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchName {
    /// One event over one ring.
    Hop,
    /// One message from bytes to a book event.
    Decode,
    /// One update of a book.
    Book,
    /// From a frame's bytes to an order's bytes, open loop.
    TickToOrder,
    /// From a frame on the venue's socket to an order on it, over loopback, open loop.
    Wire,
    /// A thousand instruments of eight venues at 200,000 messages a second on one thread, open loop.
    Instruments,
    /// One judgement of the risk gate with every check on, back to back.
    Risk,
    /// One event (a changed level or a trade) through a simulated venue with our orders in it.
    Matching,
    /// One event from its ring to the disk, and back.
    Journal,
    /// One bar of an indicator, over a million bars at once.
    Indicators,
    /// One bar of a whole backtest over a million bars, trades and all measures counted.
    Backtest,
    /// One run of a sweep of a thousand points over a hundred thousand bars, on one thread.
    Sweep,
    /// A read at the door of a running demo, over 64 connections, and what reads do to its orders.
    Rest,
}

/// A number of rounds: none measure nothing.
fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number from 1".to_owned()),
        Ok(count) => Ok(count),
    }
}
