//! What Hyperliquid tells when: whole books by the clock, quotes with the blocks, trades as they happen.

use super::private::{self, socket::Private, wallet::Nonces};
use super::session::{self, Kind};
use super::{rest, wire};
use crate::account::Teller;
use crate::candle::Candle;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::moment::Mark;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use engine_model::market::{Level, Side};
use std::sync::Arc;

/// Levels a side of a book, and of a fast one.
pub(super) const LEVELS: usize = 20;
const FAST_LEVELS: usize = 5;

/// A book as it was last told, and when: there are no ids.
struct Told {
    sides: [Vec<Level>; 2],
    at_ms: u64,
}

impl Told {
    fn now(floor: &Floor, instrument: usize, levels: usize, at_ms: u64) -> Self {
        Self { sides: sides(floor, instrument, levels), at_ms }
    }

    fn text(&self, floor: &Floor, instrument: usize) -> String {
        let [bids, asks] = &self.sides;
        wire::book(floor.from(instrument, self.at_ms), [bids, asks])
    }
}

/// What was told of one instrument so far.
struct Sheet {
    book: Told,
    fast: Told,
    top: [Level; 2],
    mark: Mark,
    /// Since the market began: the simulated venue has no yesterday.
    day: Candle,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
    nonces: Arc<Nonces>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let (at_ms, count) = (floor.starts_at_ms, floor.listings.len());
        let sheet = |instrument| Sheet {
            book: Told::now(floor, instrument, LEVELS, at_ms),
            fast: Told::now(floor, instrument, FAST_LEVELS, at_ms),
            top: top(floor, instrument),
            mark: floor.mark(instrument, at_ms),
            // A day that has a price: the first trade does not open it.
            day: Candle { trades: 1, ..Candle::starting(at_ms, floor.listings[instrument].start_px.0) },
        };
        Self { sheets: (0..count).map(sheet).collect(), nonces: Arc::default() }
    }
}

/// The best levels of both sides.
pub(super) fn sides(floor: &Floor, instrument: usize, levels: usize) -> [Vec<Level>; 2] {
    [Side::Buy, Side::Sell].map(|side| floor.levels(instrument, side, levels).collect())
}

fn top(floor: &Floor, instrument: usize) -> [Level; 2] {
    [Side::Buy, Side::Sell].map(|side| floor.book(instrument).best(side))
}

impl protocol::Voice for Voice {
    /// A block each tenth of a second. With a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let every = |kind: Kind, every_ns: u64| {
            let timer = move |instrument: usize| {
                let at_ns = every_ns.min(SECOND) / 2 + 7 * MILLI * (instrument as u64 + 1);
                Timer { at_ns, every_ns, stream: kind.of(instrument) }
            };
            (0..floor.listings.len()).map(timer)
        };
        let books = every(Kind::Book, 5 * SECOND).chain(every(Kind::FastBook, SECOND / 2));
        let quotes = every(Kind::Quote, SECOND / 10);
        books.chain(quotes).chain(every(Kind::Context, SECOND)).chain(every(Kind::Candle, SECOND)).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let stream = Kind::Trade.of(outcome.instrument);
        outcome.fills.iter().for_each(|fill| self.sheets[outcome.instrument].day.add(fill));
        if !outcome.fills.is_empty() && out.wants(stream) {
            out.tell(stream, wire::trades(floor.from(outcome.instrument, at_ms), outcome));
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        let sheet = &mut self.sheets[instrument];
        let is_wanted = out.wants(stream);
        match Kind::of_topic(stream.topic) {
            Kind::Book => sheet.book = Told::now(floor, instrument, LEVELS, at_ms),
            Kind::FastBook => sheet.fast = Told::now(floor, instrument, FAST_LEVELS, at_ms),
            Kind::Quote if sheet.top == top(floor, instrument) => return,
            Kind::Quote => sheet.top = top(floor, instrument),
            Kind::Context => sheet.mark = floor.mark(instrument, at_ms),
            Kind::Candle => {
                let candle = floor.take_candle(instrument, at_ms).filter(|_| is_wanted);
                let from = floor.from(instrument, at_ms);
                candle.into_iter().for_each(|(candle, _)| out.tell(stream, wire::candle(from, &candle)));
                return;
            }
            Kind::Trade => return,
        }
        for text in self.whole(floor, stream, at_ms).into_iter().filter(|_| is_wanted) {
            match Kind::of_topic(stream.topic) {
                Kind::Book | Kind::FastBook => out.tell_change(stream, text),
                _ => out.tell(stream, text),
            }
        }
    }

    /// As it was last told.
    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let instrument = stream.instrument;
        let (sheet, from) = (&self.sheets[instrument], floor.from(instrument, at_ms));
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![sheet.book.text(floor, instrument)],
            Kind::FastBook => vec![sheet.fast.text(floor, instrument)],
            Kind::Quote => vec![wire::quote(from, floor.book(instrument))],
            Kind::Context => {
                let interest_lots = floor.open_interest_lots(instrument);
                vec![wire::context(from, sheet.mark, &sheet.day, floor.book(instrument), interest_lots)]
            }
            Kind::Trade | Kind::Candle => Vec::new(),
        }
    }

    /// Of the fast book; its id is the time at which it was told, in milliseconds.
    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let Told { sides: [bids, asks], at_ms } = &self.sheets[instrument].fast;
        Truth { update_id: *at_ms, bids: bids.clone(), asks: asks.clone() }
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller, &self.nonces)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, _: usize) -> Option<Box<dyn protocol::Session>> {
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings, Private::new(&self.nonces))?))
    }
}
