//! What Kraken Futures tells when: every change of a book and every trade as it happens, a ticker each second.

use super::session::{self, Kind};
use super::wire::{self, Ticked};
use super::{private, rest};
use crate::account::Teller;
use crate::candle::Candle;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::moment::Mark;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use std::collections::VecDeque;

/// Numbers stay below this at first, as at the venue.
const SEQUENCES: u64 = 100_000_000;

/// Trades that are told again.
const HISTORY: usize = 100;

/// What was told of one instrument so far.
struct Sheet {
    /// `seq` of the book: rises by one a changed level.
    sequence: u64,
    /// `seq` of the trades.
    trades: u64,
    /// The last of them, as told: whoever asks for trades hears them again, the newest first.
    history: VecDeque<String>,
    mark: Mark,
    /// Since the market began: the simulated venue has no yesterday.
    day: Candle,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let (at_ms, count) = (floor.starts_at_ms, floor.listings.len());
        let sheet = |instrument| Sheet {
            sequence: 1 + floor.update_id(instrument) % SEQUENCES,
            trades: 0,
            history: VecDeque::new(),
            mark: floor.mark(instrument, at_ms),
            // A day that has a price: the first trade does not open it.
            day: Candle { trades: 1, ..Candle::starting(at_ms, floor.listings[instrument].start_px.0) },
        };
        Self { sheets: (0..count).map(sheet).collect() }
    }

    fn ticker(&self, floor: &Floor, instrument: usize, at_ms: u64) -> String {
        let Sheet { mark, day, .. } = &self.sheets[instrument];
        let (book, interest_lots) = (floor.book(instrument), floor.open_interest_lots(instrument));
        wire::ticker(floor.from(instrument, at_ms), &Ticked { mark: *mark, day, book, interest_lots })
    }
}

impl protocol::Voice for Voice {
    /// With a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let ticker = |instrument: usize| {
            let at_ns = SECOND / 2 + 7 * MILLI * (instrument as u64 + 1);
            Timer { at_ns, every_ns: SECOND, stream: Kind::Ticker.of(instrument) }
        };
        let heartbeat = Timer { at_ns: SECOND, every_ns: 5 * SECOND, stream: Kind::Heartbeat.of(0) };
        (0..floor.listings.len()).map(ticker).chain([heartbeat]).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let (instrument, from) = (outcome.instrument, floor.from(outcome.instrument, at_ms));
        let sheet = &mut self.sheets[instrument];
        let [book, trade] = [Kind::Book, Kind::Trade].map(|kind| kind.of(instrument));
        for change in &outcome.changes {
            sheet.sequence += 1;
            if out.wants(book) {
                out.tell_change(book, wire::change(from, change, sheet.sequence));
            }
        }
        for fill in &outcome.fills {
            sheet.day.add(fill);
            for (_, lots) in fill.trades() {
                sheet.trades += 1;
                let text = wire::trade(from, fill, lots.0, sheet.trades);
                if out.wants(trade) {
                    out.tell(trade, text.clone());
                }
                sheet.history.push_front(text);
                sheet.history.truncate(HISTORY);
            }
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let is_wanted = out.wants(stream);
        match Kind::of_topic(stream.topic) {
            Kind::Ticker => {
                self.sheets[stream.instrument].mark = floor.mark(stream.instrument, at_ms);
                if is_wanted {
                    out.tell(stream, self.ticker(floor, stream.instrument, at_ms));
                }
            }
            Kind::Heartbeat if is_wanted => out.tell(stream, format!(r#"{{"feed":"heartbeat","time":{at_ms}}}"#)),
            Kind::Book | Kind::Trade | Kind::Heartbeat => {}
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let instrument = stream.instrument;
        let from = floor.from(instrument, at_ms);
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![wire::snapshot(from, floor.book(instrument), self.sheets[instrument].sequence)],
            Kind::Trade => vec![wire::history(from, &self.sheets[instrument].history)],
            Kind::Ticker => vec![self.ticker(floor, instrument, at_ms)],
            Kind::Heartbeat => Vec::new(),
        }
    }

    fn truth(&self, floor: &Floor, instrument: usize) -> Truth {
        Truth { update_id: self.sheets[instrument].sequence, ..floor.truth(instrument) }
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn protocol::Session>> {
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings, number)?))
    }
}
