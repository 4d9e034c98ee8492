//! `ringside`: the one binary. Parse, match once, run one command, turn its end into an exit code.

mod args;
mod command;
mod config;
mod exit;
mod output;

use args::{Cli, Command};
use clap::Parser as _;
use exit::Exit;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
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
        Command::Doctor(args) => command::doctor::run(&args),
        Command::Monitor(args) => command::monitor::run(&args),
        other => Err(Exit::Refused(format!("this build has no part that does {other:?}"))),
    }
}
