//! Tells the binary which commit it was built from, so that a report of a fault names its code.

use std::process::Command;

fn main() {
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok();
    let commit = commit.filter(|output| output.status.success());
    let commit = commit.and_then(|output| String::from_utf8(output.stdout).ok());
    let build = commit.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("no commit");
    set("RINGSIDE_BUILD", build);
    watch();
}

/// Cargo reads these lines from standard output: the one place where a print is the interface.
fn set(name: &str, value: &str) {
    println!("cargo::rustc-env={name}={value}");
}

/// Built again when the commit changes; outside a repository the paths do not exist and nothing is watched.
fn watch() {
    println!("cargo::rerun-if-changed=build.rs");
    for path in ["../.git/HEAD", "../.git/logs/HEAD"] {
        if std::path::Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}
