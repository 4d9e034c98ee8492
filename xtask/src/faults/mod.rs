//! `cargo xtask faults`: every planted fault, and the test that must catch it.
//!
//! A test counts only after it has caught something. So faults are planted in production code behind the feature `planted`
//! (`engine/model/src/planted.rs`), each has a row in the [`table`], and this builds the tests once with the feature, sees
//! the named tests pass with nothing planted, and then each fail with its fault: a process a fault, a test a process.
//! Orderings of the lock-free parts are weakened by the step `models` of `cargo xtask test`, which needs another build.
//!
//! Never: part of an ordinary build.

mod table;

use crate::shell::{self, cargo, say};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use table::{FAULTS, Fault, PACKAGES};

/// Longer than the slowest of them by far: a fault that hangs its test was not caught by it.
const PATIENCE: Duration = Duration::from_secs(120);
/// What production code asks.
const QUESTION: &str = "planted(\"";
/// Where production code is.
const ROOMS: [&str; 4] = ["engine", "feeds", "bridges", "cli"];

/// A binary of tests: its file, and the folder that `cargo test` would start it in.
struct Binary {
    file: PathBuf,
    folder: PathBuf,
}

/// Runs those whose name contains `of`, prints caught or missed for each, and fails if one was missed.
pub(crate) fn run(root: &Path, of: &str) -> Result<()> {
    let strangers = strangers(root)?;
    if !strangers.is_empty() {
        bail!("in the code or in xtask/src/faults/table.rs, but not in both: {}", strangers.join(", "));
    }
    let faults: Vec<&Fault> = FAULTS.iter().filter(|fault| fault.name.contains(of)).collect();
    let binaries = build(root)?;
    let began = Instant::now();
    innocent(&faults, &binaries)?;
    let mut missed = 0;
    for fault in &faults {
        let began = Instant::now();
        let is_caught = is_caught(fault, binary(&binaries, fault)?)?;
        missed += usize::from(!is_caught);
        let (verdict, seconds) = (if is_caught { "caught" } else { "MISSED" }, began.elapsed().as_secs_f64());
        say(&format!("{verdict} {seconds:5.1} s  {:40} {} ({})", fault.name, fault.what, fault.test))?;
    }
    let seconds = began.elapsed().as_secs_f64();
    say(&format!(
        "{} planted faults, {} caught, {missed} missed, {seconds:.0} s",
        faults.len(),
        faults.len() - missed
    ))?;
    if missed > 0 { bail!("{missed} planted faults were missed by the tests that must catch them") } else { Ok(()) }
}

/// Builds the tests with the feature.
fn build(root: &Path) -> Result<BTreeMap<String, Binary>> {
    let mut command = cargo(root, &["test", "--no-run", "--message-format=json", "--lib"]);
    command.args(["--test", "binance", "--test", "venues"]);
    PACKAGES.iter().for_each(|package| _ = command.args(["--package", package]));
    let told = shell::read(command.args(["--features", "engine-model/planted"]).stderr(Stdio::inherit()))?;
    let mut binaries = BTreeMap::new();
    for line in told.lines() {
        let message: Value = serde_json::from_str(line).context("what cargo prints")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let (Some(file), Some(name), Some(manifest)) =
            (text(&message["executable"]), text(&message["target"]["name"]), text(&message["manifest_path"]))
        {
            let folder = Path::new(&manifest).parent().context("a manifest lies in a folder")?.to_owned();
            binaries.insert(name, Binary { file: PathBuf::from(file), folder });
        }
    }
    Ok(binaries)
}

fn binary<'a>(binaries: &'a BTreeMap<String, Binary>, fault: &Fault) -> Result<&'a Binary> {
    binaries.get(fault.binary).with_context(|| format!("{}: no tests called {}", fault.name, fault.binary))
}

/// With nothing planted every named test is there and passes: else it would catch anything.
fn innocent(faults: &[&Fault], binaries: &BTreeMap<String, Binary>) -> Result<()> {
    for (name, binary) in binaries {
        let mut tests: Vec<&str> = faults.iter().filter(|fault| fault.binary == name).map(|fault| fault.test).collect();
        tests.sort_unstable();
        tests.dedup();
        if tests.is_empty() {
            continue;
        }
        let told = shell::read(Command::new(&binary.file).current_dir(&binary.folder).arg("--exact").args(&tests))?;
        let expected = format!("test result: ok. {} passed; 0 failed", tests.len());
        if !told.contains(&expected) {
            bail!("{name}: not each of these is the name of one test: {}", tests.join(", "));
        }
    }
    Ok(())
}

/// Whether its test fails. One that aborts the process does, too.
fn is_caught(fault: &Fault, binary: &Binary) -> Result<bool> {
    let mut command = Command::new(&binary.file);
    command.args(["--exact", fault.test]).current_dir(&binary.folder).env("RINGSIDE_PLANTED", fault.name);
    // What fails on purpose is no case to be kept.
    command.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context(fault.test)?;
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(!status.success());
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Names that stand in the code and not in the table, or the other way round.
fn strangers(root: &Path) -> Result<Vec<String>> {
    let mut asked = Vec::new();
    for room in ROOMS {
        names(&root.join(room), &mut asked)?;
    }
    let listed = FAULTS.iter().map(|fault| fault.name);
    let unasked = listed.filter(|name| !asked.iter().any(|asked| asked == name)).map(str::to_owned);
    let unlisted = asked.iter().filter(|name| !FAULTS.iter().any(|fault| fault.name == *name)).cloned();
    Ok(unasked.chain(unlisted).collect())
}

fn names(folder: &Path, names_found: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            names(&path, names_found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let rests = text.split(QUESTION).skip(1);
            names_found.extend(rests.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_in_the_code_has_a_row_and_there_are_forty_of_them_each_once() {
        let root = shell::root().expect("a repository");
        assert_eq!(strangers(root).expect("readable"), Vec::<String>::new());
        let mut names: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() == FAULTS.len() && names.len() >= 40, "{} of {}", names.len(), FAULTS.len());
    }
}
