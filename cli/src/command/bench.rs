//! `bench`: our own side of a bench. Other people's code is in a program of its own, which this one only names.

use crate::args::{Bench as Args, BenchName};
use crate::command::replay::unknown_venue;
use crate::exit::Exit;
use crate::output;
use benches::{Bench, BenchError, Call};
use engine_model::venue::VenueId;
use serde_json::json;

/// Measures, and prints a table or the report.
pub(crate) fn run(args: &Args) -> Result<(), Exit> {
    let bench = question(args.name);
    if let Some(rival) = &args.rival {
        let again = format!("cargo run --profile bench -p rival -- {} --rival {rival}", bench.name());
        return Err(Exit::Usage(format!("--rival {rival}: no rival is built into this binary; run `{again}`")));
    }
    let venue = args.venue.as_deref().map(|name| VenueId::from_name(name).ok_or_else(|| unknown_venue(name)));
    let call = Call {
        captures: args.capture.clone(),
        venue: venue.transpose()?,
        seed: args.seed,
        rounds: args.rounds,
        ..Call::default()
    };
    if let Some(passes) = args.steady {
        let samples = benches::call::steady(bench, &call, passes).map_err(exit)?;
        return output::print_json(&json!({"bench": bench.name(), "steady": passes, "samples": samples}));
    }
    let report = benches::run(bench, &call).map_err(exit)?;
    if let Some(file) = &args.hgrm {
        report.write_hgrm(file).map_err(exit)?;
    }
    if args.json { output::print_json(&report.json()) } else { output::print(&benches::table::table(&report)) }
}

fn question(name: BenchName) -> Bench {
    match name {
        BenchName::Hop => Bench::Hop,
        BenchName::Decode => Bench::Decode,
        BenchName::Book => Bench::Book,
        BenchName::TickToOrder => Bench::TickToOrder,
        BenchName::Wire => Bench::Wire,
        BenchName::Instruments => Bench::Instruments,
        BenchName::Risk => Bench::Risk,
        BenchName::Matching => Bench::Matching,
        BenchName::Journal => Bench::Journal,
        BenchName::Indicators => Bench::Indicators,
        BenchName::Backtest => Bench::Backtest,
        BenchName::Sweep => Bench::Sweep,
        BenchName::Rest => Bench::Rest,
    }
}

/// A file that cannot be read, or holds nothing, is a wrong call; anything else failed.
fn exit(error: BenchError) -> Exit {
    match error {
        BenchError::Capture(_) | BenchError::Empty(_) => {
            Exit::Usage(format!("--capture: {:#}", anyhow::Error::from(error)))
        }
        BenchError::NotSteady(_) => Exit::Usage(error.to_string()),
        BenchError::Unrecorded(_) => Exit::Usage(format!("--venue: {error}")),
        other => Exit::Failed(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::{Parser as _, ValueEnum as _};

    fn bench(words: &[&str]) -> Result<(), Exit> {
        let call = ["ringside", "bench"].iter().chain(words);
        match Cli::try_parse_from(call).expect("a call").command {
            Command::Bench(args) => run(&args),
            other => panic!("not a bench: {other:?}"),
        }
    }

    #[test]
    fn a_rival_is_a_wrong_call_that_names_the_right_one() {
        let exit = bench(&["book", "--rival", "btreemap"]).expect_err("no rival here");
        assert_eq!(exit.code(), 2);
        let message = exit.message().expect("a message");
        assert!(message.contains("cargo run --profile bench -p rival -- book --rival btreemap"), "{message}");
    }

    #[test]
    fn each_question_there_is_can_be_asked_here() {
        let names: Vec<_> = BenchName::value_variants().iter().map(|name| question(*name).name()).collect();
        assert_eq!(names, Bench::ALL.map(Bench::name));
    }

    #[test]
    fn a_venue_that_is_none_is_a_wrong_call_that_names_all_there_are() {
        let exit = bench(&["decode", "--venue", "bybti"]).expect_err("no such venue");
        assert_eq!(exit.code(), 2);
        let message = exit.message().expect("a message");
        assert!(message.contains("`bybti`") && message.contains("bybit"), "{message}");
    }

    #[test]
    fn a_capture_that_is_not_there_is_a_wrong_call_that_names_it() {
        let exit = bench(&["decode", "--capture", "nowhere.ndjson"]).expect_err("no such file");
        assert_eq!(exit.code(), 2);
        assert!(exit.message().expect("a message").contains("nowhere.ndjson"));
    }

    #[test]
    fn work_in_time_alone_has_no_instructions_to_count() {
        let exit = bench(&["wire", "--steady", "3"]).expect_err("no fixed work");
        assert_eq!(exit.code(), 2);
        let message = exit.message().expect("a message");
        assert!(message.contains("`wire`") && message.contains("every bench but wire and rest"), "{message}");
    }

    #[test]
    fn no_rounds_are_a_wrong_call() {
        let call = Cli::try_parse_from(["ringside", "bench", "wire", "--rounds", "0"]);
        assert!(call.expect_err("nothing to measure").to_string().contains("--rounds"));
    }
}
