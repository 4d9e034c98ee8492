//! What is said of a setting that cannot be used: where it stands, what was found, what is accepted.

use std::fmt;

/// A setting, or a file of settings, that cannot be used. The call ends with exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// The file as it was named, or `config/base.toml`.
    pub(crate) file: String,
    /// Counted from 1; `None` when the fault is not on one line.
    pub(crate) line: Option<usize>,
    /// `section.key`; `None` when the fault is the file itself.
    pub(crate) key: Option<Box<str>>,
    /// As it stands in the file, or what is missing.
    pub(crate) found: String,
    /// What would do.
    pub(crate) accepted: String,
    /// What was probably meant.
    pub(crate) meant: Option<Box<str>>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        write!(f, ": found {}, accepted: {}", self.found, self.accepted)?;
        match &self.meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The candidate nearest to what was written, when it is near enough to be a slip of the hand: at most a third of the
/// letters differ.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(written, candidate), candidate))
        .min()
        .filter(|(edits, candidate)| edits * 3 <= written.len().max(candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// Edits from one to the other, two neighbours exchanged counting as one (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut edits = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            edits[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = edits[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let least = replaced.min(edits[i - 1][j] + 1).min(edits[i][j - 1] + 1);
                let exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if exchanged { least.min(edits[i - 2][j - 2] + 1) } else { least }
            };
        }
    }
    edits[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let keys = ["price_age_max_ms", "price_collar_bps", "message_burst"];
        assert_eq!(nearest("price_age_max_us", keys), Some("price_age_max_ms"));
        assert_eq!(nearest("mesage_burst", keys), Some("message_burst"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(nearest("riks", ["rings", "risk"]), Some("risk"), "exchanged letters are one slip");
    }
}
