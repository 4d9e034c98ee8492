//! What Deribit tells when: views of books and tickers each 100 ms, trades and best prices as they happen, a heartbeat.

use super::session::{self, Kind};
use super::wire;
use super::{private, rest};
use crate::account::Teller;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::moment::Mark;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;

/// Every level: no book here is so deep.
const LEVELS: usize = 10_000;
/// Numbers of trades begin here, as long as the real ones.
const FIRST_TRADE: u64 = 300_000_000;

/// What was told of one instrument so far.
struct Sheet {
    view: View,
    mark: Mark,
    /// Of the next one.
    trade: u64,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let (at_ms, count) = (floor.starts_at_ms, floor.listings.len());
        let sheet = |instrument| {
            let mark = floor.mark(instrument, at_ms);
            let view = View::new(LEVELS, floor.book(instrument), floor.update_id(instrument), at_ms);
            Sheet { view, mark, trade: FIRST_TRADE }
        };
        Self { sheets: (0..count).map(sheet).collect() }
    }

    fn ticker(&self, floor: &Floor, instrument: usize, at_ms: u64) -> String {
        let (book, interest) = (floor.book(instrument), floor.open_interest_lots(instrument));
        wire::ticker(floor.from(instrument, at_ms), self.sheets[instrument].mark, book, interest)
    }
}

impl protocol::Voice for Voice {
    /// With a phase by instrument, so that frames do not all come at once. Heartbeats come ten times as often as the shortest
    /// that can be asked for, so that no test need wait for one.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let of = |instrument: usize| {
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            let timer = |kind: Kind, at_ns| Timer { at_ns, every_ns: 100 * MILLI, stream: kind.of(instrument) };
            [timer(Kind::Book, phase_ns), timer(Kind::Ticker, 50 * MILLI + phase_ns)]
        };
        let heartbeat = Timer { at_ns: SECOND, every_ns: SECOND, stream: Kind::Heartbeat.of(0) };
        (0..floor.listings.len()).flat_map(of).chain([heartbeat]).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let (instrument, from) = (outcome.instrument, floor.from(outcome.instrument, at_ms));
        let [trade, quote] = [Kind::Trade, Kind::Quote].map(|kind| kind.of(instrument));
        if !outcome.fills.is_empty() {
            let first = self.sheets[instrument].trade;
            self.sheets[instrument].trade += outcome.fills.iter().map(|fill| fill.trades().count() as u64).sum::<u64>();
            if out.wants(trade) {
                out.tell(trade, wire::trades(from, outcome, first));
            }
        }
        if out.wants(quote) {
            out.tell(quote, wire::quote(from, floor.book(instrument)));
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        match Kind::of_topic(stream.topic) {
            Kind::Book => {
                let view = &mut self.sheets[instrument].view;
                let previous = view.sequence;
                let changes = view.turn(floor.book(instrument), floor.update_id(instrument), at_ms);
                if let Some(changes) = changes.filter(|_| out.wants(stream)) {
                    out.tell_change(stream, wire::book_change(floor.from(instrument, at_ms), previous, view, &changes));
                }
            }
            Kind::Ticker => {
                self.sheets[instrument].mark = floor.mark(instrument, at_ms);
                if out.wants(stream) {
                    out.tell(stream, self.ticker(floor, instrument, at_ms));
                }
            }
            // What it says is the socket's.
            Kind::Heartbeat if out.wants(stream) => out.tell(stream, String::new()),
            Kind::Trade | Kind::Quote | Kind::Heartbeat => {}
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let instrument = stream.instrument;
        let from = floor.from(instrument, at_ms);
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![wire::whole_book(from, &self.sheets[instrument].view)],
            Kind::Ticker => vec![self.ticker(floor, instrument, at_ms)],
            Kind::Quote => vec![wire::quote(from, floor.book(instrument))],
            Kind::Trade | Kind::Heartbeat => Vec::new(),
        }
    }

    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let view = &self.sheets[instrument].view;
        view.truth(view.sequence)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, _: usize) -> Option<Box<dyn protocol::Session>> {
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings)?))
    }
}
