//! One frame: header, stages, rings, latency, threads, feeds, positions, orders, limits, alerts, instruments, keys; or one
//! panel of these. A pure function of what is known.

mod instruments;
mod trading;

use super::answer::{Engine, Position, Positions, Ring, Stage, Venue};
use super::text;
use crate::http::Place;
use ratatui::Frame;
use ratatui::buffer::{self, Buffer};
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Cell, Clear, Paragraph, Row, Table, Widget as _};
use std::collections::BTreeMap;

/// Least width of a frame; a narrower terminal shows a part of it.
pub(super) const COLUMNS: u16 = 120;
/// What runs; and whether it still answers.
const HEADER_ROWS: u16 = 2;
/// Sections of a frame.
const SECTIONS: usize = 10;
/// Cells of a bar.
const BAR: usize = 20;
/// From that age on, a stage that should turn all the time does not.
const HEARTBEAT_LATE_NS: u64 = 1_000_000_000;

const GOOD: Style = Style::new().fg(Color::Green);
const WATCH: Style = Style::new().fg(Color::Yellow);
const BAD: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
const FAINT: Style = Style::new().fg(Color::DarkGray);
const HEAD: Style = Style::new().add_modifier(Modifier::BOLD);

/// All that a frame shows.
pub(super) struct Screen<'a> {
    /// The last answer.
    pub(super) engine: &'a Engine,
    /// Where it came from.
    pub(super) place: &'a Place,
    /// Whether new answers are held back.
    pub(super) is_paused: bool,
    /// Whether the keys are explained.
    pub(super) is_help: bool,
    /// Why there is no newer answer.
    pub(super) fault: Option<&'a str>,
    /// Which part is shown.
    pub(super) panel: Panel,
    /// The first row shown, where the terminal is too small for all.
    pub(super) from_row: u16,
    /// The first column shown.
    pub(super) from_column: u16,
}

/// What is shown: everything, or one part, for a terminal that is too small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Panel {
    /// One below the other.
    #[default]
    All,
    /// Stages, rings, latency, threads.
    Machine,
    /// Venues and their instruments.
    Feeds,
    /// What is held.
    Positions,
    /// What works.
    Orders,
    /// How much of each limit is used.
    Risk,
    /// What alerts found.
    Alerts,
}

impl Panel {
    /// In the order of their keys, from 0.
    pub(super) const ALL: [Self; 7] =
        [Self::All, Self::Machine, Self::Feeds, Self::Positions, Self::Orders, Self::Risk, Self::Alerts];

    /// Whether it has that section: of header, stages, rings, latency, feeds, positions, orders, limits, alerts, instruments.
    const fn has(self, section: usize) -> bool {
        match self {
            Self::All => true,
            Self::Machine => section <= 3,
            Self::Feeds => matches!(section, 0 | 4 | 9),
            Self::Positions => matches!(section, 0 | 5),
            Self::Orders => matches!(section, 0 | 6),
            Self::Risk => matches!(section, 0 | 7),
            Self::Alerts => matches!(section, 0 | 8),
        }
    }
}

/// One frame as text, at least as wide as asked, and as high as needed.
pub(super) fn plain(engine: &Engine, place: &Place, columns: u16) -> String {
    let panel = Panel::All;
    let screen =
        Screen { engine, place, is_paused: false, is_help: false, fault: None, panel, from_row: 0, from_column: 0 };
    let buffer = whole(&screen, columns);
    let rows = buffer.content().chunks(usize::from(buffer.area.width));
    let lines = rows.map(|cells| cells.iter().map(buffer::Cell::symbol).collect::<String>().trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned() + "\n"
}

/// The live frame: as much of the whole as fits, the keys below, help on top.
pub(super) fn draw(frame: &mut Frame<'_>, screen: &Screen<'_>) {
    let area = frame.area();
    let [window, foot] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    let whole = whole(screen, area.width);
    let buffer = frame.buffer_mut();
    // The header stays: it says whether the rest is true.
    let [header, below] = Layout::vertical([Constraint::Length(HEADER_ROWS), Constraint::Fill(1)]).areas(window);
    copy(&whole, (0, 0), buffer, header);
    let from_row = screen.from_row.min(whole.area.height.saturating_sub(window.height));
    let from_column = screen.from_column.min(whole.area.width.saturating_sub(window.width));
    copy(&whole, (from_column, from_row), buffer, below);
    let is_all = whole.area.height <= window.height && whole.area.width <= window.width;
    let more = if is_all { "" } else { "   arrows: more" };
    Paragraph::new(format!(" q quit   p pause   0-6 panels   ? help{more}")).style(FAINT).render(foot, buffer);
    if screen.is_help {
        draw_help(area, buffer);
    }
}

/// Shows a part of the whole. A number that is cut would read as another number: the place of a cut shows it.
fn copy(whole: &Buffer, (from_column, from_row): (u16, u16), to: &mut Buffer, window: Rect) {
    let is_text = |x: u16, y: u16| whole.cell((x, y)).is_some_and(|cell| !matches!(cell.symbol(), " " | "─"));
    for (to_x, to_y) in window.positions().map(|position| (position.x, position.y)) {
        let (x, y) = (to_x + from_column, to_y + from_row);
        let (Some(to), Some(from)) = (to.cell_mut((to_x, to_y)), whole.cell((x, y))) else { continue };
        *to = from.clone();
        let is_cut_left = to_x == window.left() && x > 0 && is_text(x - 1, y);
        let is_cut_right = to_x + 1 == window.right() && is_text(x + 1, y);
        if (is_cut_left || is_cut_right) && is_text(x, y) {
            to.set_symbol("…");
        }
    }
}

/// Everything there is to show, however small the terminal.
fn whole(screen: &Screen<'_>, columns: u16) -> Buffer {
    let heights = heights(screen.engine, screen.panel);
    let area = Rect::new(0, 0, columns.max(columns_needed(screen.engine)), heights.iter().sum());
    let mut buffer = Buffer::empty(area);
    let areas: [Rect; SECTIONS] = Layout::vertical(heights.map(Constraint::Length)).areas(area);
    let engine = screen.engine;
    draw_header(areas[0], &mut buffer, screen);
    draw_stages(areas[1], &mut buffer, engine);
    draw_rings(areas[2], &mut buffer, &engine.rings);
    draw_latency(areas[3], &mut buffer, engine);
    draw_venues(areas[4], &mut buffer, &engine.venues);
    draw_positions(areas[5], &mut buffer, &engine.positions);
    trading::draw_orders(areas[6], &mut buffer, engine);
    trading::draw_limits(areas[7], &mut buffer, engine);
    trading::draw_hits(areas[8], &mut buffer, engine);
    instruments::draw(areas[9], &mut buffer, &engine.venues);
    buffer
}

/// Rows of each section, in the order of the frame.
fn heights(engine: &Engine, panel: Panel) -> [u16; SECTIONS] {
    let rows = |count: usize, least: usize| u16::try_from(count.max(least)).unwrap_or(u16::MAX / 8) + 3;
    let mut heights = [
        HEADER_ROWS,
        rows(engine.stages.len(), 1),
        rows(engine.rings.len(), 1),
        5,
        rows(engine.venues.len(), 1),
        rows(engine.positions.positions.len(), 1),
        trading::orders_height(engine),
        trading::limits_height(engine),
        trading::hits_height(engine),
        instruments::height(&engine.venues),
    ];
    let hidden = heights.iter_mut().enumerate().filter(|(section, _)| !panel.has(*section));
    hidden.for_each(|(_, height)| *height = 0);
    heights
}

/// As wide as what must not be cut.
fn columns_needed(engine: &Engine) -> u16 {
    const BEFORE_LAGGARDS: usize = 22 + BAR + 13 + 14 + 8 + 5;
    let positions = position_widths(&engine.positions.positions);
    let positions = positions.iter().sum::<u16>() + positions.len() as u16;
    let rings = engine.rings.iter().map(|ring| BEFORE_LAGGARDS + laggards(ring).chars().count()).max().unwrap_or(0);
    COLUMNS.max(positions).max(u16::try_from(rings.min(400)).unwrap_or(COLUMNS))
}

fn draw_header(area: Rect, buffer: &mut Buffer, screen: &Screen<'_>) {
    let engine = screen.engine;
    let state = engine.trading_state.as_deref().unwrap_or("not told");
    let state_style = match state {
        "ACTIVE" => GOOD,
        "REDUCING" => WATCH,
        "HALTED" => BAD,
        _ => FAINT,
    };
    // Live and paper differ in the word, not in the colour alone.
    let mode_style = if engine.mode == "live" { BAD.add_modifier(Modifier::REVERSED) } else { HEAD };
    let mut spans = vec![
        Span::styled(format!(" ringside {} ", engine.version), HEAD),
        Span::styled(format!(" {} ", engine.mode.to_uppercase()), mode_style),
        Span::raw(format!(" layout {}   up {}   trading ", engine.layout, up(engine))),
        Span::styled(state.to_owned(), state_style),
        Span::styled(format!("   {}", screen.place), FAINT),
    ];
    if screen.is_paused {
        spans.push(Span::styled("   PAUSED", WATCH));
    }
    let fault = screen.fault.map_or_else(Line::default, |fault| Line::styled(format!(" NO ANSWER: {fault}"), BAD));
    Paragraph::new(vec![Line::from(spans), fault]).render(area, buffer);
}

fn up(engine: &Engine) -> String {
    text::clock(engine.at_ns.saturating_sub(engine.started_at_ns))
}

fn draw_stages(area: Rect, buffer: &mut Buffer, engine: &Engine) {
    let rows = engine.stages.iter().map(stage_row);
    let widths = [
        Constraint::Length(24),
        Constraint::Length(BAR as u16),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(11),
    ];
    let head = head(["stage", ""], ["busy", "blocked", "idle", "heartbeat"], []);
    table(" Stages   █ busy  ▒ blocked  · idle ", head, widths, rows).render(area, buffer);
}

fn stage_row(stage: &Stage) -> Row<'static> {
    let is_late = stage.heartbeat_age_ns.is_none_or(|age| age > HEARTBEAT_LATE_NS);
    let blocked_style = if stage.blocked_ratio > 0.01 { WATCH } else { Style::new() };
    Row::new([
        Cell::from(stage.name.clone()),
        Cell::from(stage_bar(stage)),
        right(percent(stage.busy_ratio)),
        right(percent(stage.blocked_ratio)).style(blocked_style),
        right(percent(stage.idle_ratio)),
        right(text::time_or_dash(stage.heartbeat_age_ns)).style(if is_late { BAD } else { Style::new() }),
    ])
}

/// Kinds differ in shape as well as in colour.
fn stage_bar(stage: &Stage) -> Line<'static> {
    let blocked = text::cells(stage.blocked_ratio, BAR);
    let busy = text::cells(stage.busy_ratio, BAR).min(BAR - blocked);
    Line::from(vec![
        Span::styled("█".repeat(busy), GOOD),
        Span::styled("▒".repeat(blocked), WATCH),
        Span::styled("·".repeat(BAR - busy - blocked), FAINT),
    ])
}

fn draw_rings(area: Rect, buffer: &mut Buffer, rings: &[Ring]) {
    let widths = [
        Constraint::Length(22),
        Constraint::Length(BAR as u16),
        Constraint::Length(13),
        Constraint::Length(14),
        Constraint::Length(8),
        Constraint::Fill(1),
    ];
    let head = head(["ring", "in use"], ["slots", "published", "refused"], ["who lags"]);
    table(" Rings ", head, widths, rings.iter().map(ring_row)).render(area, buffer);
}

fn ring_row(ring: &Ring) -> Row<'static> {
    let share = if ring.depth == 0 { 0.0 } else { ring.used as f64 / ring.depth as f64 };
    let filled = text::cells(share, BAR);
    let style = match share {
        share if share > 0.75 => BAD,
        share if share > 0.25 => WATCH,
        _ => GOOD,
    };
    let bar = Line::from(vec![Span::styled("█".repeat(filled), style), Span::styled("·".repeat(BAR - filled), FAINT)]);
    Row::new([
        Cell::from(ring.name.clone()),
        Cell::from(bar),
        right(format!("{} / {}", ring.used, ring.depth)),
        right(text::count(ring.published)),
        right(text::count(ring.refusals)).style(if ring.refusals > 0 { WATCH } else { Style::new() }),
        Cell::from(laggards(ring)),
    ])
}

/// Who lags, by how much. Readers that keep up are not news.
fn laggards(ring: &Ring) -> String {
    let readers = ring.readers.iter().filter(|reader| reader.lag > 0);
    let readers = readers.map(|reader| format!("{} {}", reader.name, reader.lag));
    let taps = ring.taps.iter().filter(|tap| tap.lag > 0 || tap.laps > 0);
    let taps = taps.map(|tap| match tap.laps {
        0 => format!("~{} {}", tap.name, tap.lag),
        laps => format!("~{} {} ({laps} laps)", tap.name, tap.lag),
    });
    readers.chain(taps).collect::<Vec<_>>().join("  ")
}

fn draw_latency(area: Rect, buffer: &mut Buffer, engine: &Engine) {
    let latency = match &engine.tick_to_order_ns {
        None => Line::styled(" no order yet", FAINT),
        Some(latency) => Line::from(format!(
            " p50 {}   p90 {}   p99 {}   p99.9 {}   max {}   of {} orders",
            text::time(latency.p50),
            text::time(latency.p90),
            text::time(latency.p99),
            text::time(latency.p999),
            text::time(latency.max),
            text::count(latency.samples)
        )),
    };
    let threads = engine.threads.iter().flat_map(|thread| {
        let style = if thread.allocations.is_some_and(|count| count > 0) { BAD } else { Style::new() };
        let allocations = thread.allocations.map_or_else(|| "not armed".into(), |count| format!("{count} allocations"));
        let parks = text::count(thread.parks);
        [
            Span::raw(format!(" {}: ", thread.name)),
            Span::styled(allocations, style),
            Span::raw(format!(", {parks} parks  ")),
        ]
    });
    let lines = vec![orders(engine), latency, Line::from_iter(threads)];
    Paragraph::new(lines).block(block(" Orders · tick to order · threads ")).render(area, buffer);
}

/// How orders went, and what execution met that does not fit them.
fn orders(engine: &Engine) -> Line<'static> {
    let Some(counters) = &engine.counters else { return Line::styled(" orders not told", FAINT) };
    let count = |of: &BTreeMap<String, u64>, name| text::count(of.get(name).copied().unwrap_or(0));
    let (risk, execution) = (&counters.risk, &counters.execution);
    let went = format!(
        " {} open   {} placed   {} cancels   {} denied   did not fit: ",
        count(execution, "open"),
        count(execution, "placed"),
        count(execution, "cancels"),
        count(risk, "denied"),
    );
    let met = counters.anomalies.iter().filter(|(_, count)| **count > 0);
    let met: Vec<String> = met.map(|(name, met)| format!("{name} {}", text::count(*met))).collect();
    let unfit = if met.is_empty() { Span::raw("nothing") } else { Span::styled(met.join("  "), WATCH) };
    Line::from(vec![Span::raw(went), unfit])
}

fn draw_venues(area: Rect, buffer: &mut Buffer, venues: &[Venue]) {
    let widths = [
        Constraint::Length(24),
        Constraint::Length(12),
        Constraint::Length(14),
        Constraint::Length(8),
        Constraint::Length(9),
        Constraint::Length(9),
        Constraint::Length(12),
        Constraint::Length(8),
        Constraint::Length(9),
        Constraint::Length(6),
    ];
    let names = ["messages", "gaps", "resyncs", "errors", "last", "a second", "clock ms", "score"];
    let head = head(["feed", "state"], names, []);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let rows = venues.iter().map(|venue| {
        let style = match venue.state.as_str() {
            "synced" => GOOD,
            "stale" | "ended" => BAD,
            _ => WATCH,
        };
        Row::new([
            Cell::from(venue.name.clone()),
            Cell::from(venue.state.clone()).style(style),
            right(text::count(venue.messages)),
            right(text::count(venue.gaps)),
            right(text::count(venue.resyncs)),
            right(text::count(venue.errors)),
            right(text::time_or_dash(venue.age_ns)),
            right(or_dash(venue.message_rate.map(text::count))),
            right(or_dash(venue.clock_offset_us.map(|us| format!("{:.1}", us as f64 / 1e3)))),
            right(or_dash(venue.score_min.map(|score| score.to_string()))),
        ])
    });
    table(" Feeds ", head, widths, rows).render(area, buffer);
}

fn draw_positions(area: Rect, buffer: &mut Buffer, all: &Positions) {
    let positions = &all.positions;
    let title =
        if all.complete == Some(false) { " Positions   more have traded than are shown " } else { " Positions " };
    let names = head(["position"], ["quantity", "average", "mark", "unrealised", "realised", "fees"], []);
    let widths = position_widths(positions).map(Constraint::Length);
    let rows = positions.iter().map(|position| {
        let [name, numbers @ ..] = position_cells(position);
        Row::new(std::iter::once(Cell::from(name)).chain(numbers.into_iter().map(right)))
    });
    table(title, names, widths, rows).render(area, buffer);
}

fn position_cells(position: &Position) -> [String; 7] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    [
        format!("{} {}", position.venue, position.symbol),
        position.qty.clone(),
        or_dash(&position.avg_px),
        or_dash(&position.mark_px),
        or_dash(&position.unrealised),
        format!("{} {}", position.realised, position.currency),
        position.fees.clone(),
    ]
}

/// As wide as the widest number: one that is cut would read as another number.
fn position_widths(positions: &[Position]) -> [u16; 7] {
    let mut widths = [26, 12, 12, 12, 12, 12, 10];
    for cells in positions.iter().map(position_cells) {
        for (width, cell) in widths.iter_mut().zip(&cells) {
            *width = (*width).max(u16::try_from(cell.chars().count()).unwrap_or(u16::MAX).min(60));
        }
    }
    widths
}

fn draw_help(area: Rect, buffer: &mut Buffer) {
    const LINES: [&str; 13] = [
        "q, Esc   leave the monitor; the engine goes on",
        "p        pause: keep this picture",
        "0        everything; 1 stages, rings, latency; 2 feeds",
        "         3 positions; 4 orders; 5 risk; 6 alerts",
        "arrows   what does not fit",
        "Home     back to the first row and column",
        "?        this text",
        "",
        "blocked  a stage has input, and its output is full",
        "in use   slots that the slowest reader still needs",
        "~        a reader that may be lapped, and knows it",
        "refused  how often a ring was full for its writer",
        "parks    how often a thread went to sleep",
    ];
    let (width, height) = (58.min(area.width), (LINES.len() as u16 + 2).min(area.height));
    let place = Rect::new((area.width - width) / 2, (area.height - height) / 2, width, height);
    let lines: Vec<Line<'_>> = LINES.iter().map(|line| Line::from(format!(" {line}"))).collect();
    Clear.render(place, buffer);
    Paragraph::new(lines).block(Block::new().borders(Borders::ALL).title(" Help ")).render(place, buffer);
}

fn table<'a, const N: usize>(
    title: &'a str,
    head: Row<'a>,
    widths: [Constraint; N],
    rows: impl Iterator<Item = Row<'a>>,
) -> Table<'a> {
    Table::new(rows, widths).header(head).block(block(title)).column_spacing(1)
}

/// Names of columns: words to the left, numbers to the right, words again.
fn head<const A: usize, const B: usize, const C: usize>(
    words: [&'static str; A],
    numbers: [&'static str; B],
    more: [&'static str; C],
) -> Row<'static> {
    let numbers = numbers.into_iter().map(|name| right(name.to_owned()));
    Row::new(words.into_iter().map(Cell::from).chain(numbers).chain(more.into_iter().map(Cell::from))).style(FAINT)
}

fn block(title: &str) -> Block<'_> {
    Block::new().borders(Borders::TOP).border_style(FAINT).title(Span::styled(title, HEAD))
}

fn right(text: String) -> Cell<'static> {
    Cell::from(Line::from(text).alignment(Alignment::Right))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
