//! `cargo xtask test`: everything that has to hold, in the order in which it fails fastest.
//!
//! Owns: the list of steps. A step prints its name, runs, prints how long it took; the first that fails ends the run.
//! Never: knows what a test does.

use crate::shell::{self, cargo, say};
use crate::{faults, tidy};
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The workspace without other people's queues and books, which only benches want.
const OURS: [&str; 3] = ["--workspace", "--exclude", "rival"];

/// All that is built and tested but what documents say.
const ALL: [&str; 4] = ["--lib", "--bins", "--tests", "--examples"];

type Step = (&'static str, fn(&Path, &mut Totals) -> Result<()>);

const STEPS: [Step; 8] = [
    ("tools", |root, _| tools(root)),
    ("format", |root, _| shell::run(&mut cargo(root, &["fmt", "--all", "--check"]))),
    ("tidy", |root, _| tidy::run(root)),
    ("clippy and build", |root, _| shell::run(linted(root)?.arg("--no-run").args(OURS).args(ALL))),
    ("tests", |root, totals| counted(linted(root)?.args(OURS).args(ALL), totals)),
    ("doc tests", |root, totals| counted(linted(root)?.args(OURS).arg("--doc"), totals)),
    ("models", models),
    // Another build of three rooms, about a minute on two cores; the faults themselves take seconds.
    ("faults", |root, _| faults::run(root, "")),
];

/// Runs all steps. The last line is the sum of all tests, in the form in which `cargo test` says it.
pub(crate) fn run(root: &Path) -> Result<()> {
    let began = Instant::now();
    let mut totals = Totals::default();
    let mut times = Vec::new();
    for (at, (name, step)) in STEPS.iter().enumerate() {
        say(&format!("\n== {}/{} {name}", at + 1, STEPS.len()))?;
        let step_began = Instant::now();
        step(root, &mut totals).with_context(|| format!("step `{name}` failed"))?;
        times.push(format!("{name} {}", seconds(step_began.elapsed())));
        say(&format!("== {name}: {}", seconds(step_began.elapsed())))?;
    }
    say(&format!("\nall that has to hold, holds: {}", times.join(", ")))?;
    say(&totals.line(began.elapsed()))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// What a fresh machine may lack: the program, and the Debian package it comes in.
const TOOLS: [(&str, &str); 2] = [("cc", "build-essential"), ("git", "git")];

/// Installs what is missing where a machine builds for nobody in particular (`CI`); elsewhere names it, because a
/// person's machine is his own.
fn tools(root: &Path) -> Result<()> {
    programs(root)?;
    faulty_captures(root)
}

/// Python's `zstandard`, with which faulty variants of the recordings are made, where there are recordings. The stories
/// that need it say so and pass without: a machine that cannot get it is no reason to fail.
fn faulty_captures(root: &Path) -> Result<()> {
    const ABLE: [&str; 2] = ["-c", "import zstandard"];
    let python = |words: &[&str]| {
        let mut command = Command::new("python3");
        // Debian keeps its own Python from pip; a machine in CI is nobody's.
        command.args(words).env("PIP_BREAK_SYSTEM_PACKAGES", "1").current_dir(root);
        command.stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if python(&ABLE) {
        return Ok(());
    }
    let in_ci = std::env::var_os("CI").is_some();
    if in_ci && python(&["-m", "pip", "install", "--quiet", "zstandard"]) && python(&ABLE) {
        return say("zstandard was installed");
    }
    say("python3 has no zstandard here (`pip install zstandard`): stories about faulty captures are skipped")
}

fn programs(root: &Path) -> Result<()> {
    let missing: Vec<&str> =
        TOOLS.iter().filter(|(program, _)| !shell::has(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return say("nothing is missing");
    }
    if std::env::var_os("CI").is_none() {
        bail!("missing here: {}; install with `apt-get install {0}`", missing.join(" "));
    }
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive").current_dir(root);
        command
    };
    shell::run(&mut apt(&["update", "--quiet"]))?;
    shell::run(apt(&["install", "--yes", "--quiet", "--no-install-recommends"]).args(&missing))
}

/// Plain `cargo test`, also where nextest is installed: the same everywhere, and its output is what is summed.
/// All of them run, also behind one that fails: a long run names everything at once.
///
/// With clippy as the compiler of our own crates, and every warning an error. `cargo clippy` would read all that others wrote
/// once more, without making anything of it: five minutes on two cores. What it makes is the same program; MIR is left as
/// it was written, which a build without optimisation does anyway.
fn linted(root: &Path) -> Result<Command> {
    let mut command = cargo(root, &["test", "--no-fail-fast"]);
    let folder = shell::read(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root))?;
    let driver = Path::new(folder.trim()).join("bin/clippy-driver");
    if !driver.is_file() {
        bail!("{}: not found; `rustup component add clippy` brings it", driver.display());
    }
    // Tests of whole runs wait for a third of their time, for processes, sockets and clocks: three for every two cores.
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        command.env("RUST_TEST_THREADS", (cores + cores.div_ceil(2)).to_string());
    }
    // How `cargo clippy` hands words on to it.
    command.env("RUSTC_WORKSPACE_WRAPPER", driver).env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings");
    Ok(command)
}

/// Interleavings of the lock-free parts, and of each of them with one ordering weakened, which must be found out.
fn models(root: &Path, totals: &mut Totals) -> Result<()> {
    let mut command = cargo(root, &["test", "--package", "engine-ring", "--test", "loom", "--release"]);
    // A folder of their own: other flags in the same one would build everything anew, twice.
    command.env("RUSTFLAGS", "--cfg loom").env("CARGO_TARGET_DIR", shell::target(root).join("loom"));
    counted(&mut command, totals)
}

/// Longer than any test, and than what is still built between two of them: who says nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_mins(15);

/// Runs a `cargo test`, passes its output on, and adds up what it says.
fn counted(command: &mut Command, totals: &mut Totals) -> Result<()> {
    let shown = shell::line_of(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let out = child.stdout.take().context("the output of a child")?;
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || BufReader::new(out).lines().try_for_each(|line| tell.send(line).ok()));
    let mut slow = Slow::default();
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(line) => {
                let line = line?;
                totals.add(&line);
                slow.add(&line);
                say(&line)?;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                shell::kill_with_children(child.id());
                child.wait()?;
                bail!("`{shown}` said nothing for {} min; not over: {slow}", PATIENCE.as_secs() / 60);
            }
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Tests that `cargo test` called long, and that are not over.
#[derive(Debug, Default)]
struct Slow(Vec<String>);

impl Slow {
    /// Takes a line like `test NAME has been running for over 60 seconds` or `test NAME ... ok`; any other is not for us.
    fn add(&mut self, line: &str) {
        let Some((name, said)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(' ')) else { return };
        match said.split(' ').next() {
            Some("has") => self.0.push(name.to_owned()),
            Some("...") => self.0.retain(|slow| slow != name),
            _ => {}
        }
    }
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &*self.0 {
            [] => f.write_str("no test that has a name yet"),
            names => f.write_str(&names.join(", ")),
        }
    }
}

/// Sums over all test binaries.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Totals {
    /// Takes a line like `test result: ok. 12 passed; 0 failed; 1 ignored; …`; any other is not for us.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". ")) else {
            return;
        };
        for part in counts.split("; ") {
            let Some((number, word)) = part.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    fn line(&self, time: Duration) -> String {
        let Self { passed, failed, ignored } = self;
        let time = time.as_secs_f64();
        format!(
            "test result: ok. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out; \
             finished in {time:.2}s"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_binaries_are_added_up() {
        let mut totals = Totals::default();
        totals.add("running 3 tests");
        totals.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        totals.add("test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        assert_eq!(totals, Totals { passed: 7, failed: 2, ignored: 1 });
        let line = totals.line(Duration::from_millis(1_500));
        assert!(
            line.starts_with("test result: ok. 7 passed; 2 failed; 1 ignored;") && line.ends_with("1.50s"),
            "{line}"
        );
    }

    #[test]
    fn a_run_that_hangs_is_told_by_the_tests_that_are_not_over() {
        let mut slow = Slow::default();
        for line in [
            "running 3 tests",
            "test one ... ok",
            "test two has been running for over 60 seconds",
            "test three has been running for over 60 seconds",
            "test two ... FAILED",
            "test result: ok. 1 passed; 0 failed",
        ] {
            slow.add(line);
        }
        assert_eq!(slow.to_string(), "three");
    }

    #[test]
    fn a_program_that_does_not_exist_is_missing() {
        assert!(shell::has("cargo"));
        assert!(!shell::has("a-program-that-does-not-exist"));
    }
}
