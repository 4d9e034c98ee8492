//! Tables of a page.

use super::escaped;
use std::fmt::Write as _;

/// A month's return at which its cell has its full colour.
const FULL: f64 = 0.15;

/// A table.
pub(crate) struct Table {
    /// Above it.
    pub(crate) title: String,
    /// Names of its columns.
    pub(crate) head: Vec<String>,
    /// As long as the head, each.
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// One cell.
pub(crate) struct Cell {
    text: String,
    class: &'static str,
}

impl Cell {
    /// In the colour of text.
    pub(crate) fn plain(text: String) -> Self {
        Self { text, class: "" }
    }

    /// In that of a profit or a loss.
    pub(crate) fn toned(text: String, amount: f64) -> Self {
        let class = if amount > 0.0 { "good" } else { "bad" };
        Self { text, class }
    }

    /// What stands in it.
    pub(crate) fn text(&self) -> String {
        self.text.clone()
    }
}

/// Writes one; of no rows, nothing.
pub(crate) fn write(html: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    _ = write!(html, "<h2>{}</h2><div class=\"wide\"><table><tr>", escaped(&table.title));
    table.head.iter().for_each(|name| _ = write!(html, "<th>{}</th>", escaped(name)));
    html.push_str("</tr>");
    for row in &table.rows {
        html.push_str("<tr>");
        row.iter().for_each(|cell| one(html, cell));
        html.push_str("</tr>");
    }
    html.push_str("</table></div>");
}

fn one(html: &mut String, cell: &Cell) {
    let text = escaped(&cell.text);
    _ = match cell.class {
        "" => write!(html, "<td>{text}</td>"),
        class => write!(html, "<td class=\"{class}\">{text}</td>"),
    };
}

/// A month's return in percent; the stronger the colour, the further from nothing.
pub(super) fn month(html: &mut String, share: f64) {
    let colour = if share >= 0.0 { "22,128,60" } else { "192,50,43" };
    let strength = (share.abs() / FULL).min(1.0) * 0.7;
    // Rounded first, then freed from the sign that a zero would keep.
    let percent = (share * 1_000.0).round() / 10.0 + 0.0;
    _ = write!(html, "<td style=\"background:rgba({colour},{strength:.2})\">{percent:.1}</td>");
}
