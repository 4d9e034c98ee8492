//! `cargo xtask mutants`: changes the code where money hangs on it, one small change at a time, and asks the tests.
//!
//! Owns: which files, and the tests that must notice. A change that none notices is a hole in the tests, or a line that says
//! nothing. It takes `cargo-mutants` (`cargo install --locked cargo-mutants`), some seconds to minutes a change, and a copy
//! of the tree.
//! Never: is part of a usual run; counts a change that does not compile.

use crate::shell::{self, cargo, say};
use anyhow::{Result, bail};
use std::path::Path;

/// Files, and who must notice when one of them is wrong.
struct Room {
    name: &'static str,
    package: &'static str,
    files: &'static [&'static str],
    tests: &'static [&'static str],
}

const ROOMS: [Room; 3] = [
    Room {
        name: "order",
        package: "engine-model",
        files: &["engine/model/src/order/*.rs"],
        tests: &["--lib", "order::"],
    },
    Room {
        name: "risk",
        package: "engine-core",
        files: &["engine/core/src/risk/*.rs", "engine/core/src/risk/check/*.rs", "engine/core/src/risk/pace/*.rs"],
        tests: &["--lib", "risk::"],
    },
    Room {
        name: "journal",
        package: "engine-core",
        files: &["engine/core/src/journal/*.rs", "engine/core/src/journal/row/*.rs"],
        // Killed processes and power cuts take most of a minute, and tell of little that the others do not.
        tests: &["--lib", "journal::", "--", "--skip", "kill_tests", "--skip", "power_tests"],
    },
];

/// Tries the changes of a room, or of all; `words` go to `cargo mutants`: `--shard 1/20` tries every twentieth.
pub(crate) fn run(root: &Path, room: &str, words: &[&str]) -> Result<()> {
    if !ROOMS.iter().any(|of| room.is_empty() || of.name == room) {
        let names: Vec<&str> = ROOMS.iter().map(|of| of.name).collect();
        bail!("`{room}`: found no such room, expected one of {}", names.join(", "));
    }
    if shell::read(&mut cargo(root, &["mutants", "--version"])).is_err() {
        bail!("cargo-mutants is not installed: `cargo install --locked cargo-mutants`");
    }
    let out = shell::target(root).join("mutants");
    for of in ROOMS.iter().filter(|of| room.is_empty() || of.name == room) {
        say(&format!("\n== {}", of.name))?;
        let mut command = cargo(root, &["mutants", "--package", of.package, "--no-shuffle", "--jobs", "1"]);
        of.files.iter().for_each(|file| _ = command.args(["--file", file]));
        // What is tests' own is not to be changed.
        command.args(["--exclude", "**/*tests.rs", "--exclude", "**/test_*.rs", "--exclude", "**/oracle.rs"]);
        command.arg("--output").arg(out.join(of.name)).args(words).arg("--").args(of.tests);
        shell::run(&mut command)?;
    }
    Ok(())
}
