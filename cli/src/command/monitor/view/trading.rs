//! What trades: open orders, how much of each limit is used, what alerts found. Each section is there where the engine tells
//! of it.

use super::super::answer::{Engine, Hit, Limit, OpenOrder, OrderTerms};
use super::{BAD, BAR, FAINT, GOOD, WATCH, block, head, right, table};
use crate::command::monitor::text;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row, Widget as _};

/// Hits shown.
const HITS: usize = 12;

/// Rows of the orders' section; one even without an order.
pub(super) fn orders_height(engine: &Engine) -> u16 {
    engine.orders.as_ref().map_or(0, |orders| rows(orders.open.len().max(1)))
}

/// Rows of the limits that something is known of the use of.
pub(super) fn limits_height(engine: &Engine) -> u16 {
    match gauges(engine).count() {
        0 => 0,
        count => rows(count),
    }
}

/// Rows of the last hits.
pub(super) fn hits_height(engine: &Engine) -> u16 {
    engine.hits.as_ref().map_or(0, |hits| 1 + rows(hits.hits.len().clamp(1, HITS)) - 3)
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX / 8) + 3
}

pub(super) fn draw_orders(area: Rect, buffer: &mut Buffer, engine: &Engine) {
    let Some(orders) = &engine.orders else { return };
    let title = match orders.total {
        Some(total) if total > orders.open.len() => format!(" Open orders   {} of {total} ", orders.open.len()),
        _ => " Open orders ".to_owned(),
    };
    let widths = [26, 10, 4, 16, 11, 10, 10, 9].map(Constraint::Length);
    let widths: [Constraint; 9] = std::array::from_fn(|at| widths.get(at).copied().unwrap_or(Constraint::Fill(1)));
    let head = head(["order of", "number", "side", "type"], ["price", "quantity", "filled", "changed"], ["status"]);
    let one = |order: &OpenOrder| {
        let style = if order.side == "BUY" { GOOD } else { WATCH };
        Row::new([
            Cell::from(format!("{} {}", order.venue, order.symbol)),
            Cell::from(order.client_order_id.clone()),
            Cell::from(order.side.clone()).style(style),
            Cell::from(order.terms.as_ref().map_or_else(String::new, kind)),
            right(price(order)),
            right(order.qty.clone()),
            right(order.filled_qty.clone()),
            right(text::time(engine.at_ns.saturating_sub(order.changed_at_ns))),
            Cell::from(order.status.clone()),
        ])
    };
    table(&title, head, widths, orders.open.iter().map(one)).render(area, buffer);
}

/// `STOP_MARKET` as people read it.
fn kind(terms: &OrderTerms) -> String {
    terms.kind.to_ascii_lowercase().replace('_', " ")
}

/// What it waits for; its limit; or the market.
fn price(order: &OpenOrder) -> String {
    let waiting = order.terms.as_ref().filter(|terms| !terms.is_triggered);
    let trigger = waiting.and_then(|terms| terms.trigger_px.clone());
    trigger.or_else(|| order.px.clone()).unwrap_or_else(|| "market".to_owned())
}

/// Limits whose use is known, the nearest first.
fn gauges(engine: &Engine) -> impl Iterator<Item = (&Limit, f64)> {
    let mut all: Vec<(&Limit, f64)> =
        engine.limits.iter().filter_map(|limit| Some((limit, limit.used_ratio?))).collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    all.into_iter()
}

pub(super) fn draw_limits(area: Rect, buffer: &mut Buffer, engine: &Engine) {
    let widths = [30, BAR as u16, 9, 14, 14, 8].map(Constraint::Length);
    let widths: [Constraint; 7] = std::array::from_fn(|at| widths.get(at).copied().unwrap_or(Constraint::Fill(1)));
    let head = head(["limit", "used"], ["", "use", "limit"], ["state", "by"]);
    let rows = gauges(engine).map(|(limit, ratio)| {
        let style = match limit.state.as_deref() {
            Some("BROKEN") => BAD,
            Some("NEAR") => WATCH,
            _ => GOOD,
        };
        let filled = text::cells(ratio.clamp(0.0, 1.0), BAR);
        let bar =
            Line::from(vec![Span::styled("█".repeat(filled), style), Span::styled("·".repeat(BAR - filled), FAINT)]);
        Row::new([
            Cell::from(limit.name.clone()),
            Cell::from(bar),
            right(super::percent(ratio)),
            right(told(limit.used.as_ref())),
            right(told(limit.limit.as_ref())),
            Cell::from(limit.state.clone().unwrap_or_else(|| "-".to_owned())).style(style),
            Cell::from(limit.by.clone().unwrap_or_default()),
        ])
    });
    table(" Risk   how much of each limit is used ", head, widths, rows).render(area, buffer);
}

/// Money is a text, the others are whole numbers.
fn told(value: Option<&serde_json::Value>) -> String {
    match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => "-".to_owned(),
    }
}

pub(super) fn draw_hits(area: Rect, buffer: &mut Buffer, engine: &Engine) {
    let Some(hits) = &engine.hits else { return };
    let line = |hit: &Hit| {
        let ago = text::time(engine.at_ns.saturating_sub(hit.at_ns));
        let style = if hit.alert.is_none() { BAD } else { Style::new() };
        Line::from(vec![Span::styled(format!(" {ago:>9} ago  "), FAINT), Span::styled(hit.text.clone(), style)])
    };
    // The newest first.
    let lines: Vec<Line<'_>> = match &hits.hits[..] {
        [] => vec![Line::styled(" none", FAINT)],
        all => all.iter().rev().take(HITS).map(line).collect(),
    };
    Paragraph::new(lines).block(block(" Alerts ")).render(area, buffer);
}
