//! What Bybit tells when: views of books, tickers, trades and liquidations.

use super::private::socket::Private;
use super::private::switch::Switches;
use super::session::{self, Kind};
use super::ticker::Ticker;
use super::{private, rest, wire};
use crate::account::Teller;
use crate::exchange::{MILLI, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use std::sync::Arc;

/// Levels a side in view.
const LEVELS: usize = 200;
/// Ids of frames stay below this, as at the venue, where each topic counts for itself.
const IDS: u64 = 100_000_000;

/// What was told of one instrument so far: what a snapshot repeats, and a change is measured against.
struct Sheet {
    view: View,
    /// `u`: rises by one a frame.
    update_id: u64,
    ticker: Ticker,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
    switches: Arc<Switches>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let sheet = |instrument| {
            let (id, at_ms) = (floor.update_id(instrument), floor.starts_at_ms);
            let view = View::new(LEVELS, floor.book(instrument), id, at_ms);
            Sheet { view, update_id: 2 + id % IDS, ticker: Ticker::new(&floor.listings[instrument], at_ms) }
        };
        let sheets = (0..floor.listings.len()).map(sheet).collect();
        let mut voice = Self { sheets, switches: Arc::default() };
        // So that whoever asks before anything was due is told of something.
        for instrument in 0..floor.listings.len() {
            voice.turn_ticker(floor, instrument, floor.starts_at_ms);
        }
        voice
    }

    fn turn_ticker(&mut self, floor: &mut Floor, instrument: usize, at_ms: u64) -> Option<String> {
        let ticker = &mut self.sheets[instrument].ticker;
        if ticker.wants_mark(at_ms) {
            ticker.set_mark(floor.mark(instrument, at_ms), at_ms);
        }
        let interest_lots = floor.open_interest_lots(instrument);
        ticker.turn(floor.from(instrument, at_ms), floor.book(instrument), interest_lots, floor.update_id(instrument))
    }
}

impl protocol::Voice for Voice {
    /// As in captures: books of contracts each 100 ms, of spot each 200; tickers each 100. With a phase by instrument, so
    /// that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let timers = |(instrument, listing): (usize, &crate::Listing)| {
            let every_ns = if listing.category() == "spot" { 200 * MILLI } else { 100 * MILLI };
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            [
                Timer { at_ns: phase_ns, every_ns, stream: Kind::Book.of(instrument) },
                Timer { at_ns: 50 * MILLI + phase_ns, every_ns: 100 * MILLI, stream: Kind::Ticker.of(instrument) },
            ]
        };
        floor.listings.iter().enumerate().flat_map(timers).collect()
    }

    /// All trades of an event in one frame, then its liquidations.
    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let from = floor.from(outcome.instrument, at_ms);
        let ticker = &mut self.sheets[outcome.instrument].ticker;
        let [trade, forced] = [Kind::Trade, Kind::Liquidation].map(|kind| kind.of(outcome.instrument));
        if !outcome.fills.is_empty() && out.wants(trade) {
            let sequence = outcome.changes.last().map_or(0, |change| change.update_id);
            out.tell(trade, wire::trades(from, outcome, sequence, ticker.walk()));
        }
        for fill in outcome.fills.iter().filter(|fill| fill.liquidation) {
            if out.wants(forced) {
                out.tell(forced, wire::liquidation(from, fill));
            }
        }
        ticker.add(outcome);
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        if stream == Kind::Ticker.of(instrument) {
            let text = self.turn_ticker(floor, instrument, at_ms);
            text.filter(|_| out.wants(stream)).into_iter().for_each(|text| out.tell(stream, text));
            return;
        }
        let sheet = &mut self.sheets[instrument];
        let changes = sheet.view.turn(floor.book(instrument), floor.update_id(instrument), at_ms);
        let Some(changes) = changes else { return };
        sheet.update_id += 1;
        if out.wants(stream) {
            let text = wire::book_delta(floor.from(instrument, at_ms), sheet.update_id, &sheet.view, &changes);
            out.tell_change(stream, text);
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let sheet = &self.sheets[stream.instrument];
        let from = floor.from(stream.instrument, at_ms);
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![wire::book_snapshot(from, sheet.update_id, &sheet.view)],
            Kind::Ticker => vec![sheet.ticker.snapshot(from, floor.update_id(stream.instrument))],
            Kind::Trade | Kind::Liquidation => Vec::new(),
        }
    }

    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let Sheet { view, update_id, .. } = &self.sheets[instrument];
        view.truth(*update_id)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller, &self.switches)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn protocol::Session>> {
        if let Some(line) = Private::of_path(&request.path, &floor.listings, number, &self.switches) {
            return Some(Box::new(line));
        }
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings, number)?))
    }
}
