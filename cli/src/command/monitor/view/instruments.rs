//! How each instrument of each venue is doing: a row each, below all else, for there may be many. Streams are missing that
//! say nothing, or that the venue refused.

use super::super::answer::{Instrument, Venue};
use super::{BAD, GOOD, WATCH, head, right, table};
use crate::command::monitor::text;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::widgets::{Cell, Row, Widget as _};

/// Columns but the last, which has what is left.
const WIDTHS: [u16; 10] = [34, 10, 5, 7, 7, 8, 9, 8, 8, 5];

/// Rows of the section; none where no instrument is told of.
pub(super) fn height(venues: &[Venue]) -> u16 {
    match venues.iter().map(|venue| venue.instruments.len()).sum() {
        0 => 0,
        count => u16::try_from(count).unwrap_or(u16::MAX / 8) + 3,
    }
}

pub(super) fn draw(area: Rect, buffer: &mut Buffer, venues: &[Venue]) {
    let width = |column: usize| WIDTHS.get(column).map_or(Constraint::Fill(1), |width| Constraint::Length(*width));
    let widths: [Constraint; 11] = std::array::from_fn(width);
    let names = ["gaps", "resyncs", "crossed", "checksum", "last", "a second", "clock ms", "score"];
    let head = head(["instrument", "state"], names, ["missing"]);
    let rows = venues.iter().flat_map(|venue| venue.instruments.iter().map(|of| row(&venue.name, of)));
    table(" Instruments ", head, widths, rows).render(area, buffer);
}

fn row(venue: &str, of: &Instrument) -> Row<'static> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let style = match of.state.as_str() {
        "synced" => GOOD,
        "stale" | "dead" => BAD,
        _ => WATCH,
    };
    Row::new([
        Cell::from(format!("{venue} {}", of.symbol)),
        Cell::from(of.state.clone()).style(style),
        right(text::count(of.gaps)),
        right(text::count(of.resyncs)),
        right(text::count(of.crossed)),
        right(text::count(of.checksum_failed)),
        right(text::time_or_dash(of.age_ns)),
        right(or_dash(of.message_rate.map(text::count))),
        right(or_dash(of.clock_offset_us.map(|us| format!("{:.1}", us as f64 / 1e3)))),
        right(or_dash(of.score.map(|score| score.to_string()))),
        Cell::from([&of.silent_streams[..], &of.rejected_streams[..]].concat().join(" ")).style(BAD),
    ])
}
