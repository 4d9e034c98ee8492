//! What Kraken tells when: books at each depth that somebody wants, trades as they happen, candles, a heartbeat.

use super::private::rest::Nonces;
use super::session::{self, DEPTHS, Kind};
use super::{private, rest, wire};
use crate::account::Teller;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use engine_model::market::{Level, Side};

/// How often books are looked at.
const BOOK_EVERY_NS: u64 = 50 * MILLI;

/// The books of one instrument as they were last told.
struct Sheet {
    /// In the order of [`DEPTHS`]. One that nobody wants stands still: who asks for it hears it as it was, and what changed
    /// since with the next look.
    views: [View; DEPTHS.len()],
    /// Which of them was told last.
    told: usize,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
    nonces: Nonces,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let sheet = |instrument| {
            let (book, id) = (floor.book(instrument), floor.update_id(instrument));
            Sheet { views: DEPTHS.map(|depth| View::new(depth, book, id, floor.starts_at_ms)), told: 0 }
        };
        Self { sheets: (0..floor.listings.len()).map(sheet).collect(), nonces: Nonces::default() }
    }

    fn turn_book(&mut self, floor: &Floor, stream: Stream, place: usize, at_ms: u64, out: &mut Outbox<'_>) {
        let (instrument, sheet) = (stream.instrument, &mut self.sheets[stream.instrument]);
        let book = floor.book(instrument);
        let Some(changes) = sheet.views[place].turn(book, floor.update_id(instrument), at_ms) else { return };
        sheet.told = place;
        // What still stands was pushed out of the depth by something better: every client cuts that off by itself.
        let is_told = |side: Side, level: &Level| level.qty.0 != 0 || book.qty_at(side, level.px.0) == 0;
        let [bids, asks] = changes;
        let told = [(Side::Buy, bids), (Side::Sell, asks)]
            .map(|(side, levels)| levels.into_iter().filter(|level| is_told(side, level)).collect());
        out.tell_change(stream, wire::book_update(floor.from(instrument, at_ms), &sheet.views[place], &told));
    }
}

impl protocol::Voice for Voice {
    /// With a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let of_instrument = |instrument: usize| {
            let phase_ns = 7 * MILLI * (instrument as u64 + 1);
            let book = move |place| Timer {
                at_ns: phase_ns,
                every_ns: BOOK_EVERY_NS,
                stream: Kind::Book(place).of(instrument),
            };
            let candle = Timer { at_ns: SECOND + phase_ns, every_ns: SECOND, stream: Kind::Candle.of(instrument) };
            (0..DEPTHS.len()).map(book).chain([candle])
        };
        let heartbeat = Timer { at_ns: SECOND, every_ns: SECOND, stream: Kind::Heartbeat.of(0) };
        (0..floor.listings.len()).flat_map(of_instrument).chain([heartbeat]).collect()
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let stream = Kind::Trade.of(outcome.instrument);
        if !outcome.fills.is_empty() && out.wants(stream) {
            out.tell(stream, wire::trades(floor.from(outcome.instrument, at_ms), outcome));
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let is_wanted = out.wants(stream);
        match Kind::of_topic(stream.topic) {
            Kind::Book(place) if is_wanted => self.turn_book(floor, stream, place, at_ms, out),
            Kind::Candle => {
                let candle = floor.take_candle(stream.instrument, at_ms).filter(|_| is_wanted);
                let from = floor.from(stream.instrument, at_ms);
                candle.into_iter().for_each(|(candle, _)| out.tell(stream, wire::candle(from, &candle)));
            }
            Kind::Heartbeat if is_wanted => out.tell(stream, r#"{"channel":"heartbeat"}"#.to_owned()),
            Kind::Book(_) | Kind::Trade | Kind::Heartbeat => {}
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        match Kind::of_topic(stream.topic) {
            Kind::Book(place) => {
                let view = &self.sheets[stream.instrument].views[place];
                vec![wire::book_snapshot(floor.from(stream.instrument, at_ms), view)]
            }
            Kind::Trade | Kind::Candle | Kind::Heartbeat => Vec::new(),
        }
    }

    /// At the depth that was told last; its id is the time of that frame, in milliseconds.
    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let Sheet { views, told } = &self.sheets[instrument];
        views[*told].truth(views[*told].made_at_ms)
    }

    fn with_wrong_checksum(&self, text: &str) -> Option<String> {
        wire::with_wrong_checksum(text)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller, &mut self.nonces)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn protocol::Session>> {
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings, number)?))
    }
}
