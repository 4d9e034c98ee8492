//! `docs/TOPOLOGY.md`: written from the binary. A story holds the page against what it prints.

use crate::shell::{self, cargo};
use anyhow::{Context as _, Result};
use std::path::Path;

const PAGE: &str = "docs/TOPOLOGY.md";

/// Writes the page.
pub(crate) fn write(root: &Path) -> Result<()> {
    std::fs::write(root.join(PAGE), printed(root)?).with_context(|| PAGE.to_owned())?;
    shell::say(&format!("{PAGE} written"))
}

fn printed(root: &Path) -> Result<String> {
    shell::read(&mut cargo(root, &["run", "--quiet", "--package", "ringside", "--", "topology", "--markdown"]))
}
