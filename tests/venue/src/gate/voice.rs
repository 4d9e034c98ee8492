//! What Gate tells when: changes of books by the clock, quotes and trades as they happen, tickers each second.

use super::session::{self, Kind};
use super::wire::{self, Day};
use super::{is_spot, private, rest};
use crate::account::Teller;
use crate::candle::Candle;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use engine_model::market::Side;

/// Levels a side in view, so that a snapshot has them all: what lies deeper is told by nobody here.
const LEVELS: usize = 100;

/// What was told of one instrument so far.
struct Sheet {
    view: View,
    /// Since the market began.
    day: Candle,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
}

impl Voice {
    pub(super) fn new(floor: &Floor) -> Self {
        let sheet = |instrument| {
            let (id, at_ms) = (floor.update_id(instrument), floor.starts_at_ms);
            let px = floor.listings[instrument].start_px.0;
            // A day that has a price: the first trade does not open it.
            let day = Candle { trades: 1, ..Candle::starting(at_ms, px) };
            Sheet { view: View::new(LEVELS, floor.book(instrument), id, at_ms), day }
        };
        Self { sheets: (0..floor.listings.len()).map(sheet).collect() }
    }
}

impl protocol::Voice for Voice {
    /// With a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let timers = |instrument: usize| {
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            let timer = |kind: Kind, at_ns, every_ns| Timer { at_ns, every_ns, stream: kind.of(instrument) };
            let book = timer(Kind::Book, phase_ns, 100 * MILLI);
            let candle = timer(Kind::Candle, SECOND, SECOND);
            let ticker = timer(Kind::Ticker, 50 * MILLI + phase_ns, SECOND);
            [Some(book), Some(candle), (!is_spot(floor.venue)).then_some(ticker)].into_iter().flatten()
        };
        (0..floor.listings.len()).flat_map(timers).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let instrument = outcome.instrument;
        let from = floor.from(instrument, at_ms);
        let [quote, trade, forced] = [Kind::Quote, Kind::Trade, Kind::Liquidation].map(|kind| kind.of(instrument));
        outcome.fills.iter().for_each(|fill| self.sheets[instrument].day.add(fill));
        if !outcome.fills.is_empty() && out.wants(trade) {
            wire::trades(from, outcome).into_iter().for_each(|text| out.tell(trade, text));
        }
        for fill in outcome.fills.iter().filter(|fill| fill.liquidation) {
            if out.wants(forced) {
                out.tell(forced, wire::liquidation(from, fill));
            }
        }
        if outcome.top_changed && out.wants(quote) {
            let book = floor.book(instrument);
            let [bid, ask] = [Side::Buy, Side::Sell].map(|side| book.best(side));
            out.tell(quote, wire::quote(from, floor.update_id(instrument), bid, ask));
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        let sheet = &mut self.sheets[instrument];
        match Kind::of_topic(stream.topic) {
            Kind::Ticker => {
                let mark = floor.mark(instrument, at_ms);
                if out.wants(stream) {
                    let day = Day { candle: &sheet.day, interest_lots: floor.open_interest_lots(instrument) };
                    out.tell(stream, wire::ticker(floor.from(instrument, at_ms), &mark, &day));
                }
            }
            Kind::Candle => {
                let candle = floor.take_candle(instrument, at_ms).filter(|_| out.wants(stream));
                if let Some((candle, closed)) = candle {
                    out.tell(stream, wire::candle(floor.from(instrument, at_ms), &candle, closed));
                }
            }
            _ => {
                let first = sheet.view.sequence + 1;
                let last = floor.update_id(instrument);
                let changes = sheet.view.turn(floor.book(instrument), last, at_ms);
                if let Some(changes) = changes.filter(|_| out.wants(stream)) {
                    let text = wire::book_change(floor.from(instrument, at_ms), (first, last), &changes);
                    out.tell_change(stream, text);
                }
            }
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let view = &self.sheets[stream.instrument].view;
        let sides = [Side::Buy, Side::Sell].map(|side| view.levels(side));
        vec![wire::whole_book(floor.from(stream.instrument, at_ms), view.sequence, &sides)]
    }

    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let view = &self.sheets[instrument].view;
        view.truth(view.sequence)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked, |instrument| {
            let view = &self.sheets[instrument].view;
            let sides = [Side::Buy, Side::Sell].map(|side| view.levels(side));
            rest::Told { update_id: view.sequence, made_at_ms: view.made_at_ms, sides }
        })
    }

    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn protocol::Session>> {
        Some(Box::new(session::Session::of(floor.venue, request, &floor.listings, number)?))
    }
}
