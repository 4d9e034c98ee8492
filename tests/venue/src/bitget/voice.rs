//! What Bitget tells when: views of books and tickers by the clock, trades as they happen.

use super::session::{self, Kind};
use super::wire::{self, Chain, Moment};
use super::{TYPES, private, rest, type_of};
use crate::account::Teller;
use crate::candle::Candle;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::moment::Mark;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use std::collections::VecDeque;

/// Levels a side in view.
const LEVELS: usize = 200;
/// Trades that a client hears of which were before it asked.
const PAST_TRADES: usize = 20;

/// What was told of one instrument so far.
struct Sheet {
    view: View,
    /// Since the market began.
    day: Candle,
    mark: Mark,
    /// Rows, newest first.
    past: VecDeque<String>,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let instruments = 0..floor.listings.len();
        let sheet = |instrument| {
            let at_ms = floor.starts_at_ms;
            let mark = floor.mark(instrument, at_ms);
            let view = View::new(LEVELS, floor.book(instrument), floor.update_id(instrument), at_ms);
            // A day that has a price: the first trade does not open it.
            let day = Candle { trades: 1, ..Candle::starting(at_ms, floor.listings[instrument].start_px.0) };
            Sheet { view, day, mark, past: VecDeque::new() }
        };
        Self { sheets: instruments.map(sheet).collect() }
    }

    fn ticker(&self, floor: &Floor, instrument: usize, at_ms: u64) -> String {
        let sheet = &self.sheets[instrument];
        let (book, interest_lots) = (floor.book(instrument), floor.open_interest_lots(instrument));
        wire::ticker(floor.from(instrument, at_ms), &sheet.day, &Moment { book, mark: sheet.mark, interest_lots })
    }
}

impl protocol::Voice for Voice {
    /// As documented: books each 150 ms, tickers each 300. With a phase by instrument, so that frames do not all come at
    /// once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let timers = |instrument: usize| {
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            let timer = |kind: Kind, at_ns, every_ns| Timer { at_ns, every_ns, stream: kind.of(instrument) };
            [
                timer(Kind::Book, phase_ns, 150 * MILLI),
                timer(Kind::Ticker, 50 * MILLI + phase_ns, 300 * MILLI),
                timer(Kind::Candle, SECOND, SECOND),
            ]
        };
        (0..floor.listings.len()).flat_map(timers).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        if outcome.fills.is_empty() {
            return;
        }
        let from = floor.from(outcome.instrument, at_ms);
        let sheet = &mut self.sheets[outcome.instrument];
        outcome.fills.iter().for_each(|fill| sheet.day.add(fill));
        let rows = wire::trade_rows(from, outcome);
        let stream = Kind::Trade.of(outcome.instrument);
        if out.wants(stream) {
            out.tell(stream, wire::trades(from, "update", &rows));
        }
        rows.into_iter().rev().for_each(|row| sheet.past.push_front(row));
        sheet.past.truncate(PAST_TRADES);
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        match Kind::of_topic(stream.topic) {
            Kind::Ticker => {
                if type_of(&floor.listings[instrument]) != TYPES[0] {
                    self.sheets[instrument].mark = floor.mark(instrument, at_ms);
                }
                if out.wants(stream) {
                    out.tell(stream, self.ticker(floor, instrument, at_ms));
                }
            }
            Kind::Candle => {
                if let Some((candle, _)) = floor.take_candle(instrument, at_ms).filter(|_| out.wants(stream)) {
                    out.tell(stream, wire::candle(floor.from(instrument, at_ms), &candle));
                }
            }
            Kind::Book | Kind::Trade => {
                let view = &mut self.sheets[instrument].view;
                let chain = Chain { sequence: floor.update_id(instrument), previous: view.sequence };
                let changes = view.turn(floor.book(instrument), chain.sequence, at_ms);
                if let Some(changes) = changes.filter(|_| out.wants(stream)) {
                    out.tell_change(stream, wire::book_change(floor.from(instrument, at_ms), chain, view, &changes));
                }
            }
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let sheet = &self.sheets[stream.instrument];
        let from = floor.from(stream.instrument, at_ms);
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![wire::whole_book(from, &sheet.view)],
            Kind::Ticker => vec![self.ticker(floor, stream.instrument, at_ms)],
            Kind::Trade if !sheet.past.is_empty() => {
                let rows: Vec<String> = sheet.past.iter().cloned().collect();
                vec![wire::trades(from, "snapshot", &rows)]
            }
            Kind::Trade | Kind::Candle => Vec::new(),
        }
    }

    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let view = &self.sheets[instrument].view;
        view.truth(view.sequence)
    }

    fn with_wrong_checksum(&self, text: &str) -> Option<String> {
        wire::with_wrong_checksum(text)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, _: usize) -> Option<Box<dyn protocol::Session>> {
        if let Some(line) = private::socket::Private::of_path(&request.path, &floor.listings) {
            return Some(Box::new(line));
        }
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings)?))
    }
}
