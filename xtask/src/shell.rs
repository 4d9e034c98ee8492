//! Running other programs, and saying what was run.

use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the repository: the folder above this crate.
pub(crate) fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in a folder of the repository")
}

/// Where cargo builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// A line on standard output.
pub(crate) fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// `cargo` with the toolchain that runs this. Without what `cargo run` tells of this package: a build script that listens
/// to it would run anew, and half of the tree with it (ring's does).
pub(crate) fn cargo(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let is_of_a_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_a_package)) {
        command.env_remove(name);
    }
    if std::env::var_os("CI").is_some() {
        // What is built once and thrown away is never built again by parts: keeping track of them is a tenth of the time.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command.args(words).current_dir(root);
    command
}

/// Runs with our output; an error names what was run.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line_of(command));
    }
    Ok(())
}

/// Runs, and keeps standard output. An error shows what was said on standard error.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } =
        command.output().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("`{}` failed ({status}): {}", line_of(command), said.trim());
    }
    String::from_utf8(stdout).with_context(|| format!("`{}` printed no text", line_of(command)))
}

/// Ends a process and all that it started, at once.
pub(crate) fn kill_with_children(pid: u32) {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    // The parent first: it would start others, or tell of those that end.
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    children.split_whitespace().filter_map(|child| child.parse().ok()).for_each(kill_with_children);
}

/// Whether a program is there.
pub(crate) fn has(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// As one would type it, with the variables that matter.
pub(crate) fn line_of(command: &Command) -> String {
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some(format!("{}='{}'", name.to_string_lossy(), value?.to_string_lossy())));
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy().into_owned());
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ended_with_what_it_started() {
        let mut shell = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("a shell");
        let children = format!("/proc/{0}/task/{0}/children", shell.id());
        let sleeping = loop {
            match std::fs::read_to_string(&children).expect("it lives").trim() {
                "" => std::thread::yield_now(),
                pid => break pid.to_owned(),
            }
        };
        kill_with_children(shell.id());
        assert!(!shell.wait().expect("ours").success());
        let stat = || std::fs::read_to_string(format!("/proc/{sleeping}/stat")).unwrap_or_default();
        // Nobody may have taken notice of its end yet.
        while !stat().is_empty() && !stat().contains(") Z ") {
            std::thread::yield_now();
        }
    }
}
