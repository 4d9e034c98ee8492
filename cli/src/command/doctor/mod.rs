//! `doctor`: what this machine and this configuration lack, each line with what to do about it.
//!
//! Owns: the list of checks and how they are told.
//! Never: changes anything; asks a venue, unless told to. Facts come from [`machine`], so that a test can make up a machine.

mod accounts;
mod checks;
mod machine;

use crate::args;
use crate::config::{self, ConfigError};
use crate::exit::Exit;
use crate::output;
use engine_core::config::Config;
use machine::Machine;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// As it should be.
    Ok,
    /// It runs, but slower or with less certainty.
    Warn,
    /// It does not run.
    Fail,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Line {
    name: &'static str,
    state: State,
    found: String,
    /// What to do; nothing where nothing is to be done.
    advice: Option<String>,
}

impl Line {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Fail, found: found.into(), advice: Some(advice.into()) }
    }
}

/// All lines, and how many of each state.
#[derive(Debug, Serialize)]
struct Diagnosis {
    ok: usize,
    warn: usize,
    fail: usize,
    checks: Vec<Line>,
}

impl Diagnosis {
    fn new(checks: Vec<Line>) -> Self {
        let count = |state| checks.iter().filter(|line| line.state == state).count();
        Self { ok: count(State::Ok), warn: count(State::Warn), fail: count(State::Fail), checks }
    }
}

/// Prints the diagnosis. A wrong configuration ends with 2, any other failed check with 1.
pub(crate) fn run(args: &args::Doctor) -> Result<(), Exit> {
    let read = config::read(args.config.as_deref());
    let (pinned, distance) = machine::try_threads();
    let mut diagnosis = diagnose(&Machine::this(), checks::threads(pinned, distance), &read);
    if let (true, Ok(config)) = (args.accounts, &read) {
        diagnosis.checks.extend(accounts::lines(config));
        diagnosis = Diagnosis::new(diagnosis.checks);
    }
    if args.json {
        output::print_json(&diagnosis)?;
    } else {
        output::print(&text(&diagnosis, output::is_coloured(std::io::stdout().is_terminal())))?;
    }
    match read {
        Err(error) => Err(error.into()),
        Ok(_) if diagnosis.fail > 0 => Err(Exit::NotHeld),
        Ok(_) => Ok(()),
    }
}

fn diagnose(machine: &Machine, threads: Vec<Line>, read: &Result<Config, ConfigError>) -> Diagnosis {
    let mut lines = checks::machine(machine);
    lines.extend(threads);
    match read {
        Ok(config) => {
            lines.push(Line::ok("configuration", summary(config)));
            lines.extend(checks::config(machine, config));
        }
        Err(error) => lines.push(Line::fail("configuration", error.to_string(), "correct the file")),
    }
    Diagnosis::new(lines)
}

fn summary(config: &Config) -> String {
    format!(
        "{} on {} venue(s), {} strategies, layout {}",
        config.run.mode.name(),
        config.venues.len(),
        config.strategies.len(),
        config.layout.kind.name()
    )
}

fn text(diagnosis: &Diagnosis, is_coloured: bool) -> String {
    let mut text = String::new();
    let width = diagnosis.checks.iter().map(|line| line.name.len()).max().unwrap_or(0);
    for line in &diagnosis.checks {
        let (word, colour) = match line.state {
            State::Ok => ("ok  ", "32"),
            State::Warn => ("warn", "33"),
            State::Fail => ("FAIL", "31;1"),
        };
        let word = if is_coloured { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{word}  {:width$}  {}", line.name, line.found);
        if let Some(advice) = &line.advice {
            let _ = writeln!(text, "      {:width$}  -> {advice}", "");
        }
    }
    let _ = writeln!(text, "\n{} ok, {} to improve, {} missing", diagnosis.ok, diagnosis.warn, diagnosis.fail);
    text
}

#[cfg(test)]
mod tests;
