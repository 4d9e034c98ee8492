//! The past, fetched whole: a span is asked for window by window, each as long as one answer can be; trades by their pages.
//!
//! Owns: the windows, and trying again. Blocks its caller; the REST thread keeps the venue's limits. Never: a row twice, a
//! row from outside the span, a row made up for one that the venue does not have any more.

use super::answer::{Rows, Trade};
use super::dialect::{self, Ask, Polls};
use super::error::PollError;
use super::pages;
use super::poller::{BODY_BYTES_MAX, Source};
use super::question::{Page, Question, Span};
use crate::net::endpoint::Endpoint;
use crate::net::rest::{Job, Outcome, RestClient, RestSettings};
use crate::net::tls::Tls;
use engine_model::instrument::Instrument;
use engine_model::units::Nanos;
use engine_ring::clock::Clock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Askings of one window before it is given up.
const TRIES: u32 = 5;
/// Between two looks for an answer.
const NAP: Duration = Duration::from_millis(5);
/// The shortest interval between two payments of funding.
const FUNDING_NS: u64 = 3_600 * Nanos::SECOND;

/// A part of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rows, oldest first.
    Rows(Rows),
    /// Of this span the venue has nothing any more, or nothing that it would give.
    Missing(Span),
}

/// A client that fetches the past of one instrument.
#[derive(Debug)]
pub struct Backfill<'a> {
    polls: &'static Polls,
    rest: RestClient,
    instrument: &'a Instrument,
    question: Question,
    /// Askings so far: the answer to one that was interrupted is nobody's.
    asked: u64,
    /// Before that the venue has nothing: some answer with what is newer than what was asked for.
    begins: Nanos,
}

impl<'a> Backfill<'a> {
    /// `None` where the venue has no answer to the question.
    pub fn new(
        source: &Source,
        instrument: &'a Instrument,
        question: Question,
        clock: &Clock,
    ) -> Result<Option<Self>, PollError> {
        let polls = dialect::of(source.venue).filter(|_| dialect::offers(instrument, question));
        let Some(polls) = polls else { return Ok(None) };
        let endpoint = Endpoint::rest(&source.rest_url)?;
        let tls = if endpoint.tls { Some(Tls::public()?) } else { None };
        let weight = (polls.weight_per_minute)(source.venue);
        let settings = RestSettings {
            body_bytes_max: BODY_BYTES_MAX,
            queue: 2,
            headers: crate::headers(instrument.venue),
            limited_for: crate::limited_for(instrument.venue),
            ..RestSettings::new(endpoint, tls, weight, 0)
        };
        let rest = RestClient::start(settings, clock.clone(), None)?;
        Ok(Some(Self { polls, rest, instrument, question, asked: 0, begins: Nanos(0) }))
    }

    /// The rows, oldest first, to `each`, a part at a time. Whether the end was reached: `false` when it was interrupted.
    pub fn fetch<E: From<PollError>>(
        &mut self,
        span: Span,
        interrupted: &AtomicBool,
        each: &mut dyn FnMut(Part) -> Result<(), E>,
    ) -> Result<bool, E> {
        if let Question::Trades(_) = self.question {
            let polls = self.polls;
            return pages::fetch(&polls.trades, span, &mut |page, span| self.page(page, span, interrupted), each);
        }
        for window in windows(span, self.window_ns()) {
            if window.to < self.begins {
                continue;
            }
            let Some(rows) = self.window(window, interrupted)? else { return Ok(false) };
            if !rows.is_empty() {
                each(Part::Rows(rows))?;
            }
        }
        Ok(true)
    }

    /// How long a span fits one answer; `None` for what is of now.
    fn window_ns(&self) -> Option<u64> {
        let row_ns = match self.question {
            Question::OpenInterest | Question::Trades(_) => return None,
            Question::FundingHistory => FUNDING_NS,
            Question::OpenInterestHistory(period) | Question::LongShort(_, period) | Question::Candles(period) => {
                period.ns()
            }
        };
        // Both ends are included, so that one row more would fit.
        Some(row_ns * ((self.polls.rows_max)(self.question) - 1).max(1))
    }

    fn window(&mut self, window: Span, interrupted: &AtomicBool) -> Result<Option<Rows>, PollError> {
        let Some(rows) = self.rows(self.question, window, interrupted)? else { return Ok(None) };
        if self.window_ns().is_none() {
            return Ok(Some(rows));
        }
        self.begins = rows.oldest().filter(|oldest| *oldest > window.to).unwrap_or(self.begins);
        Ok(Some(rows.within(window)))
    }

    fn page(&mut self, page: Page, span: Span, interrupted: &AtomicBool) -> Result<Option<Vec<Trade>>, PollError> {
        let rows = self.rows(Question::Trades(page), span, interrupted)?;
        Ok(rows.map(|rows| if let Rows::Trades(rows) = rows { rows } else { Vec::new() }))
    }

    /// Asks until there is an answer, or too often; `None` when it was interrupted.
    fn rows(&mut self, question: Question, span: Span, interrupted: &AtomicBool) -> Result<Option<Rows>, PollError> {
        let Some(ask) = (self.polls.ask)(self.instrument, question, span) else { return Ok(None) };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.answer(ask.clone(), interrupted) {
                None => return Ok(None),
                Some(Ok(rows)) => return Ok(Some(rows)),
                Some(Err(error)) if tries < TRIES && error.is_silence() => {}
                Some(Err(error)) => return Err(error),
            }
        }
    }

    /// `None` when it was interrupted.
    fn answer(&mut self, ask: Ask, interrupted: &AtomicBool) -> Option<Result<Rows, PollError>> {
        self.asked += 1;
        let job = Job::Send { id: self.asked, request: ask.request, weight: ask.weight, body: Vec::new() };
        self.rest.try_ask(job).ok()?;
        while !interrupted.load(Ordering::Relaxed) {
            let answer = self.rest.try_take().filter(|answer| answer.id == self.asked);
            match answer.map(|answer| answer.outcome) {
                Some(Outcome::Body(body)) => {
                    return Some((self.polls.read)(self.instrument, self.question, &body).map(Rows::sorted));
                }
                Some(Outcome::Failed(error, _)) => return Some(Err(error.into())),
                // Nobody asked for an address.
                Some(Outcome::Address(_) | Outcome::NoAddress(_)) | None => thread::sleep(NAP),
            }
        }
        None
    }
}

/// A span cut into windows that do not overlap: the venue's finest time is a millisecond.
fn windows(span: Span, window_ns: Option<u64>) -> impl Iterator<Item = Span> {
    let length = window_ns.unwrap_or(u64::MAX);
    let mut from = Some(span.from).filter(|from| *from <= span.to);
    std::iter::from_fn(move || {
        let start = from?;
        let to = start.plus(length).min(span.to);
        // The next whole millisecond: none lies between the windows.
        from = Some(Nanos((to.0 / Nanos::MILLI).saturating_add(1).saturating_mul(Nanos::MILLI)));
        from = from.filter(|next| *next <= span.to);
        Some(Span { from: start, to })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_a_span_once() {
        let ms = |ms: u64| Nanos(ms * Nanos::MILLI);
        let cut = |from, to, length: u64| -> Vec<(u64, u64)> {
            let span = Span { from: ms(from), to: ms(to) };
            windows(span, Some(length * Nanos::MILLI)).map(Span::ms).collect()
        };
        assert_eq!(cut(0, 25, 10), [(0, 10), (11, 21), (22, 25)]);
        assert_eq!(cut(0, 10, 10), [(0, 10)]);
        assert_eq!(cut(0, 11, 10), [(0, 10), (11, 11)]);
        assert_eq!(cut(5, 5, 10), [(5, 5)]);
        assert!(cut(6, 5, 10).is_empty(), "a span that ends before it begins");
        let between = Span { from: Nanos(400_000), to: ms(3) };
        let cut: Vec<_> = windows(between, Some(Nanos::MILLI)).map(|window| (window.from.0, window.to.0)).collect();
        assert_eq!(cut, [(400_000, 1_400_000), (2_000_000, 3_000_000)], "no millisecond is lost");
        let of_now = Span { from: ms(7), to: ms(9) };
        assert_eq!(windows(of_now, None).collect::<Vec<_>>(), [of_now]);
    }
}
