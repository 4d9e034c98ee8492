//! Golden texts: what tests expect word by word. A test that finds `UPDATE_GOLDEN` writes its text instead of comparing.

use crate::shell::{self, cargo};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// Writes all golden texts anew, and shows which changed.
pub(crate) fn run(root: &Path) -> Result<()> {
    shell::run(cargo(root, &["test", "--workspace", "--exclude", "rival", "--quiet"]).env("UPDATE_GOLDEN", "1"))?;
    let changed = shell::read(Command::new("git").args(["status", "--short", "--", "*golden*"]).current_dir(root))?;
    if changed.trim().is_empty() {
        return shell::say("no golden text changed");
    }
    shell::say(&format!("changed; read the difference (git diff) before you commit it:\n{}", changed.trim_end()))
}
