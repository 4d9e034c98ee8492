//! A table that is written twice: aligned for a terminal, and as Markdown.

/// Cells of text, and which columns are numbers.
pub(super) struct Table {
    head: Vec<String>,
    numbers: Vec<usize>,
    lines: Vec<Vec<String>>,
}

impl Table {
    /// Each line has as many cells as the head; the columns `numbers` are set to the right.
    pub(super) fn new(head: &[&str], numbers: &[usize], lines: impl Iterator<Item = Vec<String>>) -> Self {
        let head = head.iter().map(|&cell| cell.to_owned()).collect();
        Self { head, numbers: numbers.to_vec(), lines: lines.collect() }
    }

    /// Columns two spaces apart, nothing behind the last letter of a line.
    pub(super) fn aligned(&self) -> String {
        let lines = || std::iter::once(&self.head).chain(&self.lines);
        let width = |column: usize| lines().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let mut text = String::new();
        for line in lines() {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                if self.numbers.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            text += cells.collect::<Vec<_>>().join("  ").trim_end();
            text.push('\n');
        }
        text
    }

    /// As Markdown reads it.
    pub(super) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = |column: usize| if self.numbers.contains(&column) { "---:" } else { "---" }.to_owned();
        let mut text = line(&self.head);
        text += &line(&(0..self.head.len()).map(rule).collect::<Vec<_>>());
        self.lines.iter().for_each(|cells| text += &line(cells));
        text
    }
}
