//! `docs/TOPOLOGY.md`: written from the binary, so that the page cannot differ from the code.

use crate::shell::{self, cargo};
use anyhow::{Context as _, Result, bail};
use std::path::Path;

const PAGE: &str = "docs/TOPOLOGY.md";

/// Writes the page.
pub(crate) fn write(root: &Path) -> Result<()> {
    std::fs::write(root.join(PAGE), printed(root)?).with_context(|| PAGE.to_owned())?;
    shell::say(&format!("{PAGE} written"))
}

/// Compares the page with what the binary prints.
pub(crate) fn check(root: &Path) -> Result<()> {
    let page =
        std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("{PAGE}: cargo xtask diagram makes it"))?;
    match first_difference(&page, &printed(root)?) {
        None => shell::say(&format!("{PAGE} is what the binary prints")),
        Some((line, expected)) => {
            bail!("{PAGE}:{line}: the binary prints `{expected}` there; `cargo xtask diagram` writes the page anew")
        }
    }
}

fn printed(root: &Path) -> Result<String> {
    shell::read(&mut cargo(root, &["run", "--quiet", "--package", "ringside", "--", "topology", "--markdown"]))
}

/// The first line that differs, counted from 1, as it should be.
fn first_difference(page: &str, printed: &str) -> Option<(usize, String)> {
    if page == printed {
        return None;
    }
    let (mut have, mut want) = (page.split('\n'), printed.split('\n'));
    let mut line = 0;
    loop {
        line += 1;
        let (found, expected) = (have.next(), want.next());
        if found != expected {
            return Some((line, expected.unwrap_or("nothing more").to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_is_told_by_its_first_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "c".into())));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some((2, String::new())));
        assert_eq!(first_difference("a", "a\n"), Some((2, String::new())));
    }
}
