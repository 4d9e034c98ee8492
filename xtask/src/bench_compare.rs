//! `cargo xtask bench-compare`: user instructions per message, against `benches/instructions.json`.
//!
//! Owns: the change detector. Instructions are steady on a noisy machine where nanoseconds are not; claims about time
//! are the benches' own.
//! Never: fails for lack of counters; it then says so and compares nothing. Where the processor's counters are not to be
//! had (most virtual machines), Valgrind counts; the two differ by a few per cent, so a record says whose it is and is held
//! against its own kind only.

use crate::shell::{self, cargo, say};
use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;

const RECORD: &str = "benches/instructions.json";
/// The key under which it says who counted.
const COUNTER: &str = "counter";
/// The benches whose work per message is fixed.
const BENCHES: [&str; 3] = ["decode", "book", "tick-to-order"];
/// A rise above this share is told, and fails.
const RISE_MAX: f64 = 0.02;
/// Two runs of the same binary that differ by more say nothing about a change.
const SPREAD_MAX: f64 = 0.01;

/// Measures every bench, and compares or records.
pub(crate) fn run(root: &Path, is_update: bool) -> Result<()> {
    let Some(counter) = Counter::found()? else {
        return say("skipped: no instruction counts on this machine: neither `perf stat` nor `valgrind` works");
    };
    shell::run(&mut cargo(root, &["build", "--quiet", "--release", "--package", "ringside"]))?;
    let record = read(root)?;
    let whose = record.get(COUNTER).and_then(Value::as_str);
    if !is_update && whose.is_some_and(|whose| whose != counter.name()) {
        let whose = whose.unwrap_or_default();
        return say(&format!("skipped: {RECORD} was counted by {whose}, here is only {}", counter.name()));
    }
    let mut measured = Map::from_iter([(COUNTER.to_owned(), Value::from(counter.name()))]);
    let mut risen = Vec::new();
    for bench in BENCHES {
        let (first, second) = (per_message(counter, root, bench)?, per_message(counter, root, bench)?);
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
const PASSES: [u64; 2] = [1, 3];

/// Instructions of a message: those that two passes more took, over the messages in them.
fn per_message(counter: Counter, root: &Path, bench: &str) -> Result<f64> {
    let [few, many] = PASSES.map(|passes| steady(counter, root, bench, passes));
    let ((few, fewer), (many, more)) = (few?, many?);
    anyhow::ensure!(more > fewer, "bench {bench} did no more work in more passes");
    Ok(many.saturating_sub(few) as f64 / (more - fewer) as f64)
}

/// Instructions and messages of one run.
fn steady(counter: Counter, root: &Path, bench: &str, passes: u64) -> Result<(u64, u64)> {
    let mut command = Command::new(shell::target(root).join("release/ringside"));
    command.args(["bench", bench, "--json", "--steady", &passes.to_string()]).current_dir(root);
    let counted = counter.count(&command)?;
    let Some((instructions, output)) = counted else { bail!("the counter failed in `{}`", shell::line_of(&command)) };
    let answer: Value = serde_json::from_str(&output).context("what the bench printed")?;
    let samples = answer.get("samples").and_then(Value::as_u64);
    Ok((instructions, samples.with_context(|| format!("bench {bench} measured nothing"))?))
}

/// Who counts.
#[derive(Clone, Copy)]
enum Counter {
    /// The processor.
    Perf,
    /// Valgrind, fifty times slower and exact.
    Callgrind,
}

impl Counter {
    /// The first that works here.
    fn found() -> Result<Option<Self>> {
        for counter in [Self::Perf, Self::Callgrind] {
            if shell::has(counter.words()[0]) && counter.count(&Command::new("true"))?.is_some() {
                return Ok(Some(counter));
            }
        }
        Ok(None)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Perf => "perf",
            Self::Callgrind => "callgrind",
        }
    }

    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Perf => &["perf", "stat", "-x,", "-e", "instructions:u", "--"],
            Self::Callgrind => &["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--"],
        }
    }

    /// Runs a command: its count and its standard output, or `None` where there is no count.
    fn count(self, command: &Command) -> Result<Option<(u64, String)>> {
        let words = self.words();
        let mut counting = Command::new(words[0]);
        counting.args(&words[1..]).arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            counting.current_dir(folder);
        }
        let output = counting.output().with_context(|| format!("{} cannot be started", words[0]))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let Some(instructions) = counted(&said) else { return Ok(None) };
        if !output.status.success() {
            bail!("`{}` failed: {}", shell::line_of(command), said.trim());
        }
        Ok(Some((instructions, String::from_utf8_lossy(&output.stdout).into_owned())))
    }
}

/// The count in what the counter said: the first of perf's comma-separated words, or Valgrind's `Collected : N`.
fn counted(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("instructions") || line.contains("Collected : "))?;
    let number = match line.split_once("Collected : ") {
        Some((_, number)) => number,
        None => line.split(',').next()?,
    };
    number.trim().parse().ok()
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
        assert_eq!(counted("==7== Events    : Ir\n==7== Collected : 98765\n"), Some(98_765));
    }

    #[test]
    fn only_a_rise_of_more_than_two_percent_is_told() {
        assert_eq!(verdict(None, 100.0), Verdict::New);
        assert!(matches!(verdict(Some(100.0), 101.9), Verdict::Same(_)));
        assert!(matches!(verdict(Some(100.0), 102.1), Verdict::Risen(_)));
        assert!(matches!(verdict(Some(100.0), 50.0), Verdict::Same(_)));
    }
}
