//! The last lines of the log, kept in memory for people who are not at the machine.
//!
//! Owns: a bounded number of lines, each cut at a length, without a terminal's colours. Never: what is logged, or a file.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Lines kept.
pub(crate) const LINES_KEPT: usize = 500;
/// Of a line so much.
const LINE_BYTES_MAX: usize = 1_000;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Where the log goes, and a copy of each line for [`last`].
#[derive(Debug)]
pub struct Kept<W>(pub W);

impl<W: io::Write> io::Write for Kept<W> {
    /// One line a call, as the log writes it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(&String::from_utf8_lossy(bytes));
        self.0.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn keep(text: &str) {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if lines.len() == LINES_KEPT {
            lines.pop_front();
        }
        lines.push_back(plain(line));
    }
}

/// The last lines, oldest first.
pub(crate) fn last(count: usize) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().skip(lines.len().saturating_sub(count)).cloned().collect()
}

/// Without what colours a terminal: an escape, a bracket, and all up to a letter.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(one) = chars.next() {
        if one == '\u{1b}' {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else if text.len() < LINE_BYTES_MAX {
            text.push(one);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn the_last_lines_are_kept_without_colours_and_the_log_gets_them_as_they_are() {
        let mut kept = Kept(Vec::new());
        let coloured = "\u{1b}[2m12:00\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m a line\n";
        kept.write_all(coloured.as_bytes()).expect("memory");
        assert_eq!(kept.0, coloured.as_bytes());
        assert_eq!(last(1), ["12:00  WARN a line"]);
        for n in 0..LINES_KEPT + 7 {
            writeln!(Kept(io::sink()), "line {n} {}", "x".repeat(2_000)).expect("nowhere");
        }
        let all = last(usize::MAX);
        assert_eq!(all.len(), LINES_KEPT);
        assert!(all.iter().all(|line| line.len() <= LINE_BYTES_MAX));
    }
}
