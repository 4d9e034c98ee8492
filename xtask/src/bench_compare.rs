//! `cargo xtask bench-compare`: user instructions per message, against `benches/instructions.json`.
//!
//! Owns: the change detector. Instructions are steady on a noisy machine where nanoseconds are not; claims about time
//! are the benches' own.
//! Never: fails for lack of counters; it then says so and compares nothing.

use crate::shell::{self, cargo, say};
use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

const RECORD: &str = "benches/instructions.json";
/// The benches whose work per message is fixed.
const BENCHES: [&str; 3] = ["decode", "book", "tick-to-order"];
/// A rise above this share is told, and fails.
const RISE_MAX: f64 = 0.02;
/// Two runs of the same binary that differ by more say nothing about a change.
const SPREAD_MAX: f64 = 0.01;

/// Measures every bench, and compares or records.
pub(crate) fn run(root: &Path, is_update: bool) -> Result<()> {
    if let Err(reason) = count(&mut Command::new("true"))? {
        return say(&format!("skipped: no instruction counts on this machine: {reason}"));
    }
    shell::run(&mut cargo(root, &["build", "--quiet", "--release", "--package", "ringside"]))?;
    let record = read(root)?;
    let mut measured = Map::new();
    let mut risen = Vec::new();
    for bench in BENCHES {
        let (first, second) = (per_message(root, bench)?, per_message(root, bench)?);
        let least = first.min(second);
        let spread = first.max(second) / least - 1.0;
        if spread > SPREAD_MAX {
            say(&format!("{bench}: skipped: two runs of one binary differ by {:.1} %", spread * 100.0))?;
            // What was recorded stays.
            measured.extend(record.get(bench).map(|known| (bench.to_owned(), known.clone())));
            continue;
        }
        measured.insert(bench.into(), Value::from((least * 10.0).round() / 10.0));
        let verdict = verdict(record.get(bench).and_then(Value::as_f64), least);
        say(&format!("{bench}: {least:.1} instructions a message, {}", verdict.text()))?;
        if matches!(verdict, Verdict::Risen(_)) {
            risen.push(bench);
        }
    }
    if is_update {
        std::fs::write(root.join(RECORD), serde_json::to_string_pretty(&measured)? + "\n").context(RECORD)?;
        return say(&format!("{RECORD} written"));
    }
    if !risen.is_empty() {
        bail!("more than {} % above {RECORD}: {}; --update if it is meant", RISE_MAX * 100.0, risen.join(", "));
    }
    Ok(())
}

fn read(root: &Path) -> Result<Map<String, Value>> {
    match std::fs::read_to_string(root.join(RECORD)) {
        Ok(text) => serde_json::from_str(&text).context(RECORD),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Map::new()),
        Err(error) => Err(error).context(RECORD),
    }
}

/// Passes of fixed work in the two runs that are compared: what they have in common (starting, reading captures) falls
/// out of the difference.
const PASSES: [u64; 2] = [2, 12];

/// Instructions of a message: those that ten passes more took, over the messages in them.
fn per_message(root: &Path, bench: &str) -> Result<f64> {
    let [few, many] = PASSES.map(|passes| steady(root, bench, passes));
    let ((few, fewer), (many, more)) = (few?, many?);
    anyhow::ensure!(more > fewer, "bench {bench} did no more work in more passes");
    Ok(many.saturating_sub(few) as f64 / (more - fewer) as f64)
}

/// Instructions and messages of one run.
fn steady(root: &Path, bench: &str, passes: u64) -> Result<(u64, u64)> {
    let mut command = Command::new(shell::target(root).join("release/ringside"));
    command.args(["bench", bench, "--json", "--steady", &passes.to_string()]).current_dir(root);
    let counted = count(&mut command)?;
    let Ok((instructions, output)) = counted else { bail!("the counter failed in `{}`", shell::line_of(&command)) };
    let answer: Value = serde_json::from_str(&output).context("what the bench printed")?;
    let samples = answer.get("samples").and_then(Value::as_u64);
    Ok((instructions, samples.with_context(|| format!("bench {bench} measured nothing"))?))
}

/// Runs under `perf stat`: the count and standard output, or why there is no count.
fn count(command: &mut Command) -> Result<Result<(u64, String), String>> {
    if !shell::has("perf") {
        return Ok(Err("perf is not installed".into()));
    }
    let mut perf = Command::new("perf");
    perf.args(["stat", "-x,", "-e", "instructions:u", "--"]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        perf.current_dir(folder);
    }
    let output = perf.output().context("perf cannot be started")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let Some(instructions) = counted(&said) else { return Ok(Err(said.trim().to_owned())) };
    if !output.status.success() {
        bail!("`{}` failed: {}", shell::line_of(command), said.trim());
    }
    Ok(Ok((instructions, String::from_utf8_lossy(&output.stdout).into_owned())))
}

/// The count in perf's comma-separated words; `<not supported>` is none.
fn counted(said: &str) -> Option<u64> {
    said.lines().find(|line| line.contains("instructions"))?.split(',').next()?.parse().ok()
}

#[derive(Debug, PartialEq)]
enum Verdict {
    New,
    Same(f64),
    Risen(f64),
}

impl Verdict {
    fn text(&self) -> String {
        match self {
            Self::New => "not recorded yet".into(),
            Self::Same(change) => format!("{:+.1} %", change * 100.0),
            Self::Risen(change) => format!("{:+.1} %: RISEN", change * 100.0),
        }
    }
}

fn verdict(recorded: Option<f64>, measured: f64) -> Verdict {
    let Some(recorded) = recorded.filter(|recorded| *recorded > 0.0) else { return Verdict::New };
    let change = measured / recorded - 1.0;
    if change > RISE_MAX { Verdict::Risen(change) } else { Verdict::Same(change) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_read_and_a_missing_counter_is_none() {
        assert_eq!(counted("1234,,instructions:u,5678,100.00,,\n"), Some(1234));
        assert_eq!(counted("<not supported>,,instructions:u,0,100.00,,\n"), None);
        assert_eq!(counted("event syntax error"), None);
    }

    #[test]
    fn only_a_rise_of_more_than_two_percent_is_told() {
        assert_eq!(verdict(None, 100.0), Verdict::New);
        assert!(matches!(verdict(Some(100.0), 101.9), Verdict::Same(_)));
        assert!(matches!(verdict(Some(100.0), 102.1), Verdict::Risen(_)));
        assert!(matches!(verdict(Some(100.0), 50.0), Verdict::Same(_)));
    }
}
