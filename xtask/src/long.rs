//! `cargo xtask long`: what is too long for every change, one chunk of each after the other, until all is done or time is up.
//!
//! Owns: what there is to do, and how far it is, in a file beside what cargo builds: a run that is cut short goes on where it
//! was. Each chunk is a test that takes its seeds from the environment; what one prints when it fails is kept.
//! Never: knows what a seed does.

use crate::shell::{self, cargo, say};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Something to do.
struct Work {
    name: &'static str,
    /// What one of them is.
    unit: &'static str,
    total: u64,
    /// Done at once: about a minute.
    chunk: u64,
    /// The package, and which of its tests.
    tests: &'static [&'static str],
    filter: &'static str,
    /// The variable that says how many.
    count: &'static str,
    /// What cargo does before: a build that a test looks for and does not make.
    before: &'static [&'static str],
}

const SEEDS: &str = "RINGSIDE_SEEDS";
const CORE: &[&str] = &["--package", "engine-core", "--lib"];

const WORKS: [Work; 9] = [
    Work {
        name: "kills",
        unit: "processes killed while they write a journal",
        total: 10_000,
        chunk: 200,
        tests: CORE,
        filter: "journal::kill_tests::",
        count: "RINGSIDE_KILLS",
        before: &[],
    },
    Work {
        name: "power",
        unit: "power cuts under such a process, on a file system of its own",
        total: 5_000,
        chunk: 200,
        tests: CORE,
        filter: "journal::power_tests::after_power_cuts",
        count: "RINGSIDE_CUTS",
        before: &[],
    },
    Work {
        name: "storage",
        unit: "lives of a journal on a disk that fails, tears and loses power",
        total: 100_000,
        chunk: 10_000,
        tests: CORE,
        filter: "journal::fault_tests::what_the_disk_said",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "simulation",
        unit: "stories of the whole system, ten minutes each",
        total: 20_000,
        chunk: 200,
        tests: &["--package", "tests", "--test", "simulation"],
        filter: "nothing_is_lost",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "order-truth",
        unit: "stories of one gateway and one venue",
        total: 10_000,
        chunk: 500,
        tests: &["--package", "feeds", "--lib"],
        filter: "gateway::desk::tests::truth::",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "damaged",
        unit: "damaged texts for each fuzz target",
        total: 1_000_000,
        chunk: 20_000,
        tests: &["--package", "feeds", "--test", "venues"],
        filter: "damaged::",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "risk-oracle",
        unit: "worlds of twenty orders, judged twice",
        total: 50_000,
        chunk: 5_000,
        tests: CORE,
        filter: "risk::oracle_tests::the_judge_and_the_slow_oracle",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "drift",
        unit: "times 100,000 accounts, held against plain decimals to the last atom",
        total: 10,
        chunk: 1,
        tests: CORE,
        filter: "portfolio::books::tests::a_hundred_thousand_runs",
        count: SEEDS,
        before: &[],
    },
    Work {
        name: "environments",
        unit: "journal replayed in six environments, one of them an optimised build",
        total: 1,
        chunk: 1,
        tests: &["--package", "tests", "--test", "stories"],
        filter: "environments::a_journal_leads_to_one_state",
        count: SEEDS,
        before: &["build", "--quiet", "--profile", "demo", "--bin", "ringside"],
    },
];

/// How far one is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    done: u64,
    /// Chunks that failed.
    found: u64,
    seconds: u64,
}

/// Works until time is up, if there is an end to it, or all is done; prints a table, and fails if anything was ever found.
/// `anew`: what was done before counts no more.
pub(crate) fn run(root: &Path, for_: Option<Duration>, anew: bool) -> Result<()> {
    let folder = shell::target(root).join("long");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let state = folder.join("state");
    let mut all = if anew { BTreeMap::new() } else { read(&state)? };
    let (began, mut passed_over) = (Instant::now(), BTreeMap::new());
    while for_.is_none_or(|limit| began.elapsed() < limit) {
        let Some(work) = next(&all, &passed_over) else { break };
        let progress = all.entry(work.name.to_owned()).or_default();
        let count = work.chunk.min(work.total - progress.done);
        say(&format!("{}: {} to {} of {}", work.name, progress.done, progress.done + count, work.total))?;
        let chunk_began = Instant::now();
        match played(root, work, progress.done, count, &folder)? {
            Played::Held => progress.done += count,
            Played::Failed(log) => {
                progress.done += count;
                progress.found += 1;
                say(&format!("{}: FAILED, see {}", work.name, log.display()))?;
            }
            Played::Skipped(why) => {
                say(&format!("{}: {why}", work.name))?;
                passed_over.insert(work.name, why);
            }
        }
        progress.seconds += chunk_began.elapsed().as_secs();
        std::fs::write(&state, text(&all)).with_context(|| state.display().to_string())?;
    }
    say(&table(&all, &passed_over))?;
    let found: u64 = all.values().map(|progress| progress.found).sum();
    if found > 0 { bail!("{found} chunks failed; what they printed is in {}", folder.display()) } else { Ok(()) }
}

/// What this machine cannot do, by name, and why.
type PassedOver = BTreeMap<&'static str, String>;

/// The one that is furthest from its end, of those that can be done here.
fn next(all: &BTreeMap<String, Progress>, passed_over: &PassedOver) -> Option<&'static Work> {
    let done = |work: &Work| all.get(work.name).map_or(0, |progress| progress.done);
    let left = WORKS.iter().filter(|work| done(work) < work.total && !passed_over.contains_key(work.name));
    left.min_by_key(|work| done(work) * 1_000_000 / work.total)
}

/// What became of a chunk.
enum Played {
    Held,
    /// What it printed lies there.
    Failed(PathBuf),
    /// It says that this machine cannot do it, and why.
    Skipped(String),
}

fn played(root: &Path, work: &Work, from: u64, count: u64, folder: &Path) -> Result<Played> {
    if !work.before.is_empty() {
        shell::run(&mut cargo(root, work.before))?;
    }
    let mut command = cargo(root, &["test", "--quiet"]);
    command.args(work.tests).args(["--", work.filter, "--nocapture"]).stderr(Stdio::piped()).stdout(Stdio::piped());
    command.env(work.count, count.to_string()).env("RINGSIDE_SEEDS_FROM", from.to_string());
    let output = command.output().with_context(|| format!("cannot start `{}`", shell::line_of(&command)))?;
    let told = String::from_utf8_lossy(&output.stdout);
    if told.contains("ok. 0 passed; 0 failed") && !told.contains("test result: ok. 1 passed") {
        bail!("{}: there is no test `{}`", work.name, work.filter);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        let skipped = told.lines().chain(errors.lines()).find(|line| line.starts_with("skipped: "));
        return Ok(skipped.map_or(Played::Held, |why| Played::Skipped(why.to_owned())));
    }
    let log = folder.join(format!("{}-{from}.log", work.name));
    let line = shell::line_of(&command);
    std::fs::write(&log, format!("{line}\n{told}\n{errors}")).with_context(|| log.display().to_string())?;
    Ok(Played::Failed(log))
}

fn read(state: &Path) -> Result<BTreeMap<String, Progress>> {
    match std::fs::read_to_string(state) {
        Ok(text) => {
            parse(&text).with_context(|| format!("{}: not as it was written; --anew begins again", state.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| state.display().to_string()),
    }
}

/// A line for each: its name, what is done, what was found, and seconds.
fn text(all: &BTreeMap<String, Progress>) -> String {
    let line = |(name, of): (&String, &Progress)| format!("{name} {} {} {}\n", of.done, of.found, of.seconds);
    all.iter().map(line).collect()
}

fn parse(text: &str) -> Result<BTreeMap<String, Progress>> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, done, found, seconds] = words.as_slice() else { bail!("`{line}`: four words") };
        let progress = Progress { done: done.parse()?, found: found.parse()?, seconds: seconds.parse()? };
        Ok(((*name).to_owned(), progress))
    };
    text.lines().map(row).collect()
}

fn table(all: &BTreeMap<String, Progress>, passed_over: &PassedOver) -> String {
    let mut text = format!("{:12} {:>7} {:>8} {:>6} {:>8}  what\n", "", "done", "of", "found", "seconds");
    for work in &WORKS {
        let Progress { done, found, seconds } = all.get(work.name).copied().unwrap_or_default();
        let (name, total, unit) = (work.name, work.total, work.unit);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:12} {done:7} {total:8} {found:6} {seconds:8}  {unit}");
    }
    for (name, why) in passed_over {
        let _ = writeln!(text, "{name}: not done here: {}", why.trim_start_matches("skipped: "));
    }
    text
}

/// `90s`, `10m` or `2h`.
pub(crate) fn duration(text: &str) -> Result<Duration> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => bail!("`{text}`: a number and s, m or h"),
    };
    let number: u64 = number.parse().with_context(|| format!("`{text}`: a number and s, m or h"))?;
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_known_again_and_the_least_done_comes_next() {
        let (mut all, none) = (BTreeMap::new(), BTreeMap::new());
        assert_eq!(next(&all, &none).map(|work| work.name), Some("kills"));
        all.insert("kills".to_owned(), Progress { done: 200, found: 1, seconds: 7 });
        assert_eq!(next(&all, &none).map(|work| work.name), Some("power"));
        let unable = BTreeMap::from([("power", "skipped: no loop devices here".to_owned())]);
        assert_eq!(next(&all, &unable).map(|work| work.name), Some("storage"));
        assert!(table(&all, &unable).contains("power: not done here: no loop devices here\n"));
        assert_eq!(parse(&text(&all)).expect("as written"), all);
        assert!(parse("kills 200 many 7").is_err() && parse("kills 200").is_err());
        for work in &WORKS {
            all.insert(work.name.to_owned(), Progress { done: work.total, ..Progress::default() });
        }
        let table = table(&all, &none);
        assert!(next(&all, &none).is_none() && table.contains("10000    10000      0"), "{table}");
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(duration("10m").expect("ten minutes"), Duration::from_secs(600));
        assert_eq!(duration("90s").expect("a minute and a half"), Duration::from_secs(90));
        assert!(["", "m", "10", "-1m", "10d"].iter().all(|text| duration(text).is_err()));
    }
}
