//! `cargo xtask fuzz`: every fuzz target of `feeds/fuzz` built with coverage and address checks, and run for a while. No step
//! of `cargo xtask test`: it builds for six minutes to run for one; there the same targets bear damaged texts
//! (`feeds/tests/venues/damaged.rs`).
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
/// Which target the program is, or `?` for their names (feeds/fuzz/fuzz.rs).
const CHOICE: &str = "RINGSIDE_FUZZ";
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
    let folder = shell::target(root).join("fuzz");
    let mut build = Command::new("rustup");
    build.args(["run", "nightly", "cargo", "build", "--quiet", "--release", "--manifest-path", MANIFEST]);
    build.args(["--target", TRIPLE]).current_dir(root);
    build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &folder);
    shell::run(&mut build)?;
    let program = folder.join(TRIPLE).join("release/feeds-fuzz");
    let named = shell::read(Command::new(&program).env(CHOICE, "?"))?;
    let targets: Vec<&str> = named.lines().collect();
    for target in &targets {
        let found = folder.join("found").join(target);
        std::fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
        let mut fuzz = Command::new(&program);
        fuzz.env(CHOICE, target).arg(format!("-max_total_time={seconds}")).arg(format!("-rss_limit_mb={MEMORY_MB}"));
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
