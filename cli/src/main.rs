//! `ringside`: the one binary. Parse, match once, run one command, turn its end into an exit code.

mod account;
mod anomalies;
mod args;
mod boot;
mod closings;
mod command;
mod config;
mod crashes;
mod decimal;
mod ending;
mod exit;
mod gates;
mod gateways;
mod holdings;
mod http;
mod jobs;
mod layout;
mod log;
mod market;
mod number;
mod outcome;
mod output;
mod page;
mod paper;
mod past;
mod people;
mod polling;
mod recover;
mod room;
mod rules;
mod series;
mod serve;
mod server;
mod setups;
mod signals;
mod snapshots;
mod states;
mod store;
mod summary;
mod telegram;
mod terms;
mod typed;
mod venues;

use args::{AlertsAsked, Cli, Command, Data, LimitsAsked, LimitsDone, Question};
use bridges::time;
use clap::Parser as _;
use exit::Exit;
use std::io::Write as _;
use std::process::ExitCode;

/// Counts allocations per thread, so that a run can say that its hot threads made none.
#[global_allocator]
static ALLOCATOR: engine_ring::alloc_guard::CountingAllocator = engine_ring::alloc_guard::CountingAllocator;

fn main() -> ExitCode {
    let Cli { job, job_off, command } = Cli::parse();
    match job.map_or(Ok(()), |memory_mib| jobs::begin(memory_mib, &job_off)).and_then(|()| run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if let Some(message) = exit.message() {
                // Standard error may be closed; there is nobody left to tell.
                let _ = writeln!(std::io::stderr(), "ringside: {message}");
            }
            exit.into()
        }
    }
}

fn run(command: Command) -> Result<(), Exit> {
    match command {
        Command::Positions(args) => command::ask::run(Question::Positions, &args),
        Command::Orders(args) => command::ask::run(Question::Orders, &args),
        Command::Trades(args) => command::ask::run(Question::Trades, &args),
        Command::Balances(args) => command::ask::run(Question::Balances, &args),
        Command::Portfolio(args) => command::ask::run(Question::Portfolio, &args),
        Command::Limits(LimitsAsked { set: Some(LimitsDone::Set(args)), .. }) => command::operate::set_limit(&args),
        Command::Limits(LimitsAsked { asked, .. }) => command::ask::run(Question::Limits, &asked),
        Command::Strategies(args) => command::ask::run(Question::Strategies, &args),
        Command::Alerts(AlertsAsked { all, asked }) => {
            command::ask::run(if all { Question::AllAlerts } else { Question::Alerts }, &asked)
        }
        Command::Completions(args) => output::completions(args.shell),
        Command::Demo(args) => command::demo::run(&args),
        Command::Run(args) => command::run::run(&args),
        Command::Backtest(args) => command::backtest::run(&args),
        Command::Optimize(args) => command::optimize::run(&args),
        Command::Bench(args) => command::bench::run(&args),
        Command::Data(Data::Import(args)) => command::data::import::run(&args),
        Command::Data(Data::List(args)) => command::data::list::run(&args),
        Command::Data(Data::Export(args)) => command::data::export::run(&args),
        Command::Data(Data::Backfill(args)) => command::data::backfill::run(&args),
        Command::Doctor(args) => command::doctor::run(&args),
        Command::Indicator(args) => command::indicator::run(&args),
        Command::Journal(args) => command::journal::run(&args),
        Command::Kill(args) => command::kill::run(&args),
        Command::Monitor(args) => command::monitor::run(&args),
        Command::Patterns(args) => command::patterns::run(&args),
        Command::Pnl(args) => command::pnl::run(&args),
        Command::Status(args) => command::operate::status(&args),
        Command::Halt(args) => command::operate::halt(&args),
        Command::Reduce(args) => command::operate::reduce(&args),
        Command::Resume(args) => command::operate::resume(&args),
        Command::Flatten(args) => command::operate::flatten(&args),
        Command::Order(args) => command::order::run(&args),
        Command::Strategy(args) => command::strategy::run(&args),
        Command::Cost(args) => command::cost::run(&args),
        Command::Risk(args) => command::risk::run(&args),
        Command::Record(args) => command::record::run(&args),
        Command::Replay(args) => command::replay::run(&args),
        Command::Sentinel(args) => command::sentinel::run(&args),
        Command::Standby(args) => command::standby::run(&args),
        Command::Topology(args) => command::topology::run(&args),
        Command::User(args) => command::user::run(&args),
        Command::Key(args) => command::key::run(&args),
        Command::Jobs(args) => command::jobs::run(&args),
        Command::Audit(args) => command::audit::run(&args),
        Command::Why(args) => command::why::run(&args),
    }
}
