//! Other people's queues, decoders, books and bots beside ours: the same process, the same run, round after round in turn.
//!
//! `cargo run --profile bench -p rival -- NAME [--rival NAME] [--json]`
//!
//! **Owns** the rivals, each written as its users would write it, and given every doubt: what a contender has to prepare,
//! it prepares before the clock starts. **Never** a measurement: that is the `benches` crate's, the same for all.

mod book;
mod decode;
mod hop;
mod indicators;
mod matching;
mod tick_to_order;
mod walk;
mod wire;

use benches::rounds::Contender;
use benches::{Bench, BenchError, Call};
use clap::Parser;
use engine_model::venue::VenueId;
use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

/// Ours beside other people's queues, decoders, books and bots.
#[derive(Debug, Parser)]
#[command(name = "rival")]
struct Args {
    /// Which question.
    #[arg(value_parser = |name: &str| {
        Bench::from_name(name).ok_or_else(|| format!("accepted: {}", Bench::ALL.map(Bench::name).join(", ")))
    })]
    bench: Bench,
    /// Only this rival.
    #[arg(long, value_name = "NAME")]
    rival: Option<String>,
    /// Captures to decode; default the recorded BTC streams, else made-up frames.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    capture: Vec<PathBuf>,
    /// Whose captures those are; without captures every recording of these venues, one report each.
    #[arg(long, value_name = "VENUE", num_args = 1.., value_parser = |name: &str| {
        VenueId::from_name(name).ok_or_else(|| format!("accepted: {}", VenueId::ALL.map(VenueId::name).join(", ")))
    })]
    venue: Vec<VenueId>,
    /// Seed of everything made up.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Rounds, if not the bench's own number.
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Writes an HDR histogram of ours there.
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let venues: Vec<Option<VenueId>> = args.venue.iter().copied().map(Some).collect();
    if venues.is_empty() { run(&args, None) } else { venues.into_iter().try_for_each(|venue| run(&args, venue)) }
}

fn run(args: &Args, venue: Option<VenueId>) -> Result<(), Box<dyn Error>> {
    let call = Call { captures: args.capture.clone(), venue, seed: args.seed, rounds: args.rounds, ..Call::default() };
    let only = args.rival.as_deref();
    let report = match args.bench {
        Bench::Hop => benches::hop::run(&call, chosen(hop::rivals(), only)?),
        Bench::Decode => benches::decode::run(&call, chosen(decode::rivals(venue), only)?),
        Bench::Book => benches::book::run(&call, chosen(book::rivals(), only)?),
        Bench::TickToOrder => {
            let rivals = chosen(tick_to_order::rivals(), only)?;
            let made: Result<Vec<Contender<'_>>, BenchError> = rivals.into_iter().map(|make| make(call.seed)).collect();
            benches::tick_to_order::run(&call, made?)
        }
        Bench::Instruments => benches::instruments::run(&call),
        Bench::Risk => benches::risk::run(&call),
        Bench::Journal => benches::journal::run(&call),
        Bench::Backtest => benches::backtest::run(&call),
        Bench::Sweep => benches::sweep::run(&call),
        Bench::Rest => return Err("`rest` asks at the product's own door: `ringside bench rest`".into()),
        Bench::Indicators => benches::indicators::run(&call, chosen(indicators::rivals(), only)?),
        Bench::Matching => benches::matching::run(&call, chosen(matching::rivals(), only)?),
        Bench::Wire => {
            let rivals = chosen(wire::rivals(), only)?.into_iter().map(|make| make(call.seed));
            benches::wire::run(&call, rivals.collect())
        }
    }?;
    if let Some(file) = &args.hgrm {
        report.write_hgrm(file)?;
    }
    let text = if args.json { report.json().to_string() + "\n" } else { benches::table::table(&report) };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// All rivals, or the one asked for.
fn chosen<R>(rivals: Vec<(&'static str, R)>, only: Option<&str>) -> Result<Vec<R>, BenchError> {
    let names: Vec<&str> = rivals.iter().map(|(name, _)| *name).collect();
    match only {
        Some(found) if !names.contains(&found) => {
            Err(BenchError::UnknownRival { found: found.to_owned(), accepted: names.join(", ") })
        }
        _ => Ok(rivals.into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).map(|(_, r)| r).collect()),
    }
}
