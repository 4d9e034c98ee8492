//! The trades of a span, page by page: a venue has more of them than fit one answer, and each turns its pages in its own way.
//!
//! Owns: which page is next, when there is none, from when on the venue has any, what cannot be had. Never: a socket, a word
//! of a venue, a row twice, a row from outside the span.

use super::answer::{Rows, Trade};
use super::backfill::Part;
use super::error::PollError;
use super::question::{Mark, Page, Span};
use engine_model::units::Nanos;
use std::collections::HashSet;

/// How a venue's pages follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// There is one page: the newest trades.
    NewestOnly,
    /// From the oldest: each page begins behind the last row of the one before.
    Forwards,
    /// From the newest: each page ends in front of the oldest row of the one before.
    Backwards,
    /// By number, in whatever order, until one is empty.
    Numbered,
}

/// How the trades of a span come, page by page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    pub(crate) order: Order,
    /// Rows of a page that is full.
    pub(crate) rows: usize,
    /// How finely the venue is asked by time. Where more trades than a page fall into one such moment, some cannot be had.
    pub(crate) unit_ns: u64,
    /// The longest span that a first page may be asked of.
    pub(crate) span_ns: u64,
}

impl Turns {
    /// Of a venue that takes milliseconds and spans of any length.
    pub(crate) const fn by_ms(order: Order, rows: usize) -> Self {
        Self { order, rows, unit_ns: Nanos::MILLI, span_ns: u64::MAX }
    }

    /// The start of the moment that a time is in.
    const fn moment(&self, at: Nanos) -> Nanos {
        Nanos(at.0 - at.0 % self.unit_ns)
    }
}

/// What is asked in one go where pages come from the newest: all of it is held until it is whole.
const FIRST_WINDOW_NS: u64 = 60 * Nanos::SECOND;
const WINDOW_NS: std::ops::RangeInclusive<u64> = Nanos::SECOND..=86_400 * Nanos::SECOND;
/// Fewer pages than the first: the next window is twice as long; more than the second: half.
const PAGES_WANTED: std::ops::RangeInclusive<u64> = 4..=20;
/// A window that has not ended after so many pages is asked for again, shorter.
const PAGES_MAX: u64 = 100;
/// How exactly the beginning of what a venue keeps is found, and how much of it is let go.
const BEGIN_WITHIN_NS: u64 = 60 * Nanos::SECOND;

/// Asks for a page of a span; `None` when it was interrupted.
pub(super) type Turn<'a> = dyn FnMut(Page, Span) -> Result<Option<Vec<Trade>>, PollError> + 'a;
/// Takes what came.
pub(super) type Each<'a, E> = dyn FnMut(Part) -> Result<(), E> + 'a;

/// All trades of the span that the venue has, oldest first, to `each`. `false` when it was interrupted.
pub(super) fn fetch<E: From<PollError>>(
    turns: &Turns,
    span: Span,
    turn: &mut Turn<'_>,
    each: &mut Each<'_, E>,
) -> Result<bool, E> {
    if turns.order == Order::NewestOnly {
        return newest(span, turn, each);
    }
    let Some(begin) = begin(span, turn)? else { return Ok(false) };
    if span.from < begin {
        each(Part::Missing(Span { from: span.from, to: Nanos(begin.0 - 1) }))?;
    }
    let span = Span { from: begin, ..span };
    if turns.order == Order::Forwards { forwards(turns, span, turn, each) } else { backwards(turns, span, turn, each) }
}

/// The newest ones are all there is: what was before them is missing.
fn newest<E: From<PollError>>(span: Span, turn: &mut Turn<'_>, each: &mut Each<'_, E>) -> Result<bool, E> {
    let Some(rows) = turn(Page::default(), span)? else { return Ok(false) };
    let oldest = rows.first().map_or(span.to.plus(1), |row| row.at.min(span.to.plus(1)));
    if span.from < oldest {
        each(Part::Missing(Span { from: span.from, to: Nanos(oldest.0 - 1) }))?;
    }
    each(Part::Rows(Rows::Trades(rows).within(span)))?;
    Ok(true)
}

/// From when on the venue answers: some refuse what is older than they keep.
fn begin(span: Span, turn: &mut Turn<'_>) -> Result<Option<Nanos>, PollError> {
    let mut refusal = |at: Nanos| -> Result<Option<Option<PollError>>, PollError> {
        match turn(Page::default(), Span { from: at, to: at.plus(*WINDOW_NS.start()) }) {
            Ok(rows) => Ok(rows.map(|_| None)),
            Err(error) if error.is_refusal() => Ok(Some(Some(error))),
            Err(error) => Err(error),
        }
    };
    let (mut refused, mut answered) = (span.from, span.to);
    match refusal(refused)? {
        None => return Ok(None),
        Some(None) => return Ok(Some(span.from)),
        Some(Some(_)) => {}
    }
    match refusal(answered)? {
        None => return Ok(None),
        Some(None) => {}
        // Not the time is wrong, but the question.
        Some(Some(error)) => return Err(error),
    }
    while answered.since(refused) > BEGIN_WITHIN_NS {
        let middle = refused.plus(answered.since(refused) / 2);
        match refusal(middle)? {
            None => return Ok(None),
            Some(None) => answered = middle,
            Some(Some(_)) => refused = middle,
        }
    }
    // What is kept ends later with every second that passes: a step further it is still kept when it is asked for.
    Ok(Some(answered.plus(BEGIN_WITHIN_NS).min(span.to)))
}

/// Each page is passed on at once.
fn forwards<E: From<PollError>>(
    turns: &Turns,
    span: Span,
    turn: &mut Turn<'_>,
    each: &mut Each<'_, E>,
) -> Result<bool, E> {
    let (mut from, mut page) = (span.from, Page::default());
    // Where pages overlap, the rows of the one before come again.
    let mut before: HashSet<Trade> = HashSet::new();
    while from <= span.to {
        let window = Span { from, to: from.plus(turns.span_ns).min(span.to) };
        let Some(rows) = turn(page, window)? else { return Ok(false) };
        let fresh: Vec<Trade> = rows.iter().filter(|row| !before.contains(row)).copied().collect();
        match (fresh.last(), rows.last()) {
            (Some(last), _) => {
                page = Page { behind: Some(last.mark()), rows: page.rows + rows.len() as u64 };
                let is_over = last.at > span.to;
                each(Part::Rows(Rows::Trades(fresh).within(span)))?;
                if is_over {
                    return Ok(true);
                }
            }
            (None, Some(last)) if rows.len() >= turns.rows => {
                let next = turns.moment(last.at.max(page.behind.map_or(last.at, |mark| mark.at))).plus(turns.unit_ns);
                each(Part::Missing(Span { from: last.at, to: Nanos(next.0 - 1) }))?;
                page.behind = Some(Mark { at: next, id: None });
            }
            _ if page.behind.is_some() || window.to == span.to => return Ok(true),
            // Nothing was traded in so long a time.
            _ => from = window.to.plus(1),
        }
        before = rows.into_iter().collect();
    }
    Ok(true)
}

/// A window of the span after the other, each whole before it is passed on.
fn backwards<E: From<PollError>>(
    turns: &Turns,
    span: Span,
    turn: &mut Turn<'_>,
    each: &mut Each<'_, E>,
) -> Result<bool, E> {
    let (mut from, mut length_ns) = (span.from, FIRST_WINDOW_NS);
    while from <= span.to {
        let window = Span { from, to: from.plus(length_ns - 1).min(span.to) };
        let pages = match collect(turns, window, turn)? {
            Collected::Interrupted => return Ok(false),
            Collected::TooMany => {
                length_ns = (length_ns / 4).max(*WINDOW_NS.start());
                continue;
            }
            Collected::Whole { rows, missing, pages } => {
                missing.into_iter().rev().try_for_each(|missing| each(Part::Missing(missing)))?;
                let rows = Rows::Trades(rows).within(window).sorted();
                if !rows.is_empty() {
                    each(Part::Rows(rows))?;
                }
                pages
            }
        };
        from = window.to.plus(1);
        length_ns = match pages {
            few if few < *PAGES_WANTED.start() => (length_ns * 2).min(*WINDOW_NS.end()),
            many if many > *PAGES_WANTED.end() => (length_ns / 2).max(*WINDOW_NS.start()),
            _ => length_ns,
        };
    }
    Ok(true)
}

enum Collected {
    Whole { rows: Vec<Trade>, missing: Vec<Span>, pages: u64 },
    TooMany,
    Interrupted,
}

/// All pages of a window.
fn collect(turns: &Turns, window: Span, turn: &mut Turn<'_>) -> Result<Collected, PollError> {
    let (mut page, mut all, mut missing, mut pages) = (Page::default(), HashSet::new(), Vec::new(), 0);
    loop {
        if pages >= PAGES_MAX && window.to.since(window.from) >= *WINDOW_NS.start() {
            return Ok(Collected::TooMany);
        }
        let Some(rows) = turn(page, window)? else { return Ok(Collected::Interrupted) };
        pages += 1;
        page.rows += rows.len() as u64;
        let known = all.len();
        all.extend(rows.iter().copied());
        let (is_fresh, is_full) = (all.len() > known, rows.len() >= turns.rows);
        let Some(oldest) = rows.first().filter(|_| is_fresh || is_full) else { break };
        match turns.order {
            Order::Numbered if is_fresh => {}
            Order::Numbered => return Err(PollError::SamePage),
            _ if oldest.at < window.from => break,
            _ if is_fresh => page.behind = Some(oldest.mark()),
            _ => {
                let moment = turns.moment(oldest.at.min(page.behind.map_or(oldest.at, |mark| mark.at)));
                missing.push(Span { from: moment, to: oldest.at });
                page.behind = Some(Mark { at: Nanos(moment.0.saturating_sub(1)), id: None });
            }
        }
    }
    Ok(Collected::Whole { rows: all.into_iter().collect(), missing, pages })
}
