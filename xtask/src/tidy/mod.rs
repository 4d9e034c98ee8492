//! The house's own rules: what neither the compiler nor clippy holds. Each rule names the line and what to do instead.
//!
//! Owns: the walls between the rooms, banned words with their replacement, the shape of files, what documents promise.
//! Never: changes a file.

mod docs;
mod source;
mod text;
mod tree;
mod walls;

use crate::shell;
use anyhow::{Result, bail};
use std::fmt;
use std::path::Path;

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq)]
struct Complaint {
    path: String,
    line: usize,
    rule: &'static str,
    message: String,
}

impl Complaint {
    fn new(path: &str, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, message: message.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.message)
    }
}

/// Checks the repository; prints every complaint, and fails if there is one.
pub(crate) fn run(root: &Path) -> Result<()> {
    let (files, complaints) = check(root)?;
    for complaint in &complaints {
        shell::say(&complaint.to_string())?;
    }
    if !complaints.is_empty() {
        bail!("tidy: {} place(s) to put in order", complaints.len());
    }
    shell::say(&format!("tidy: {files} files in order"))
}

/// All rules over all files.
fn check(root: &Path) -> Result<(usize, Vec<Complaint>)> {
    let files = tree::files(root)?;
    let mut complaints = walls::check(root)?;
    let rust = files.iter().filter(|file| file.path.ends_with(".rs"));
    let tests: Vec<String> = rust.flat_map(|file| text::test_modules(&file.path, &file.text)).collect();
    for file in &files {
        let is_test = text::lies_among_tests(&file.path) || tests.contains(&file.path);
        complaints.extend(text::check(&file.path, &file.text, is_test));
    }
    complaints.extend(docs::check(root, &files)?);
    complaints.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    Ok((files.len(), complaints))
}

#[cfg(test)]
mod tests;
