//! `cargo xtask fuzz`: every fuzz target of `feeds/fuzz` built with coverage and address checks, and run for a while.
//!
//! Owns: how they are built, where what they find is kept. Never: a target's own words; a failure for lack of the nightly
//! compiler, which the checks need: it then says so and runs nothing.

use crate::shell::{self, say};
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::process::{Command, Stdio};

const MANIFEST: &str = "feeds/fuzz/Cargo.toml";
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// What `cargo fuzz` gives the compiler: coverage that libFuzzer reads, address checks, and assertions.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Zsanitizer=address -Cdebug-assertions";
/// Beyond this a target that eats memory is stopped.
const MEMORY_MB: u32 = 1_024;

/// Runs every target for so many seconds, and says how many there were.
pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    let mut nightly = Command::new("rustup");
    let has_nightly = nightly.args(["run", "nightly", "cargo", "--version"]);
    let has_nightly = has_nightly.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
    if !has_nightly {
        return say("skipped: no nightly compiler here (`rustup toolchain install nightly`): no target was fuzzed");
    }
    let targets = targets(root)?;
    let folder = shell::target(root).join("fuzz");
    let mut build = Command::new("rustup");
    build.args(["run", "nightly", "cargo", "build", "--quiet", "--release", "--manifest-path", MANIFEST]);
    build.args(["--target", TRIPLE]).current_dir(root);
    build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &folder);
    shell::run(&mut build)?;
    for target in &targets {
        let found = folder.join("found").join(target);
        std::fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
        let mut fuzz = Command::new(folder.join(TRIPLE).join("release").join(target));
        fuzz.arg(format!("-max_total_time={seconds}")).arg(format!("-rss_limit_mb={MEMORY_MB}"));
        fuzz.arg(format!("-artifact_prefix={}/", found.display())).current_dir(root);
        let output = fuzz.output().with_context(|| format!("cannot start `{}`", shell::line_of(&fuzz)))?;
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            let last: Vec<&str> = told.lines().rev().take(40).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            bail!("`{target}` found something, kept in {}:\n{}", found.display(), last.join("\n"));
        }
        // The last line: `Done 81234 runs in 3 second(s)`.
        say(&format!("{target}: {}", told.lines().last().unwrap_or("said nothing")))?;
    }
    say(&format!("{} targets, nothing found", targets.len()))
}

/// The names in the manifest, each of which has a file.
fn targets(root: &Path) -> Result<Vec<String>> {
    let manifest = std::fs::read_to_string(root.join(MANIFEST)).context(MANIFEST)?;
    let bins = manifest.split("[[bin]]").skip(1);
    let name = |bin: &str| {
        let line = bin.lines().find_map(|line| line.strip_prefix("name = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    bins.map(|bin| name(bin).with_context(|| format!("{MANIFEST}: a [[bin]] without a name"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_target_is_built_and_every_live_venue_has_one() {
        let root = shell::root().expect("a root");
        let targets = targets(root).expect("targets");
        let folder = root.join("feeds/fuzz/fuzz_targets");
        for file in std::fs::read_dir(folder).expect("a folder") {
            let file = file.expect("an entry").path();
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            assert!(name == "shared" || targets.contains(&name), "{name} stands in no [[bin]]");
        }
        let venues = ["frame", "bybit", "okx", "gate", "bitget", "hyperliquid", "coinbase", "kraken", "kraken_futures"];
        for venue in venues.into_iter().chain(["private"]) {
            assert!(targets.iter().any(|target| target == venue), "{venue} has no target");
        }
    }
}
