//! The project's own verbs: `cargo xtask tidy | test | golden | diagram | fuzz | api-fuzz | faults | long | mutants`, and
//! `bench-compare`.
//!
//! Owns: what has to hold before a change is taken, and the generated pages.
//! Never: uses a crate of the house, so that it cannot be broken by what it checks.

mod api_fuzz;
mod bench_compare;
mod diagram;
mod faults;
mod fuzz;
mod golden;
mod long;
mod mutants;
mod shell;
mod test;
mod tidy;

use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// What `cargo xtask` without a verb says. `tidy` holds the README's commands against [`VERBS`].
const USAGE: &str = "\
cargo xtask test             everything that has to hold: format, tidy, clippy and tests, doc tests, models, planted faults
cargo xtask tidy             the house's own rules
cargo xtask golden           writes the expected texts of the tests anew; read the difference before you commit it
cargo xtask diagram          writes docs/TOPOLOGY.md from the binary; a test compares
cargo xtask fuzz             every fuzz target for a minute each (or as many seconds as said); needs a nightly compiler
cargo xtask api-fuzz         asks a demo what its OpenAPI document allows and what it forbids; needs schemathesis
cargo xtask faults           plants each fault of xtask/src/faults/table.rs and demands that its test fails; or those of a name
cargo xtask long             what is too long for every change, a chunk of each in turn; [--for 10m] [--anew]
cargo xtask mutants          changes the code where money hangs on it and asks the tests; or that of order, risk or journal
cargo xtask bench-compare    instructions per message against benches/instructions.json; --update writes it anew
";

/// The verbs.
const VERBS: [&str; 10] =
    ["test", "tidy", "golden", "diagram", "fuzz", "api-fuzz", "faults", "long", "mutants", "bench-compare"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = shell::root()?;
    match words.as_slice() {
        ["test"] => test::run(root),
        ["tidy"] => tidy::run(root),
        ["golden"] => golden::run(root),
        ["diagram"] => diagram::write(root),
        ["fuzz"] => fuzz::run(root, 60),
        ["fuzz", seconds] => fuzz::run(root, seconds.parse().context("seconds for each target")?),
        ["api-fuzz"] => api_fuzz::run(root, 100),
        ["api-fuzz", cases] => api_fuzz::run(root, cases.parse().context("cases for each operation")?),
        ["faults"] => faults::run(root, ""),
        ["faults", of] => faults::run(root, of),
        ["long"] => long::run(root, None, false),
        ["long", "--anew"] => long::run(root, None, true),
        ["long", "--for", time] => long::run(root, Some(long::duration(time)?), false),
        ["long", "--for", time, "--anew"] => long::run(root, Some(long::duration(time)?), true),
        ["mutants"] => mutants::run(root, "", &[]),
        ["mutants", room, words @ ..] => mutants::run(root, room, words),
        ["bench-compare"] => bench_compare::run(root, false),
        ["bench-compare", "--update"] => bench_compare::run(root, true),
        _ => bail!("no such verb: `{}`\n\n{USAGE}", words.join(" ")),
    }
}

/// A path as people read it: from the root of the repository.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_is_explained() {
        for verb in VERBS {
            assert!(USAGE.contains(&format!("cargo xtask {verb} ")), "{verb}");
        }
    }
}
