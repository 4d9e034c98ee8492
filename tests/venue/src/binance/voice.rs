//! What Binance tells when: the depth streams' chains, and the order in which frames of one moment go out.

use super::depth::DepthStream;
use super::names::Kind;
use super::{private, rest, session};
use crate::account::Teller;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::market::Outcome;
use crate::moment::From;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use engine_model::market::{Level, Side};
use engine_model::venue::VenueId;

/// `@depth@0ms` gathers for a moment too: about 25 frames a second and instrument in captures.
const DEPTH_0_NS: u64 = 20 * MILLI;
/// How often a candle that changed is told.
const KLINE_NS: u64 = SECOND;
/// Of a thousand trades, those whose `bookTicker` goes out first. 44 % of prints in captures lie beyond the last seen
/// best price.
const TICKER_FIRST_PER_MILLE: u64 = 440;

pub(super) struct Voice {
    /// By instrument.
    depths: Vec<[DepthStream; 4]>,
}

impl Voice {
    pub(super) fn new(floor: &Floor) -> Self {
        let streams = |instrument| Kind::DEPTHS.map(|_| DepthStream::after(floor.update_id(instrument)));
        Self { depths: (0..floor.listings.len()).map(streams).collect() }
    }

    fn tell_depth(&mut self, floor: &Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let slot = Kind::DEPTHS.iter().position(|k| k.of(stream.instrument) == stream).unwrap_or(0);
        let content = self.depths[stream.instrument][slot].flush(floor.venue == VenueId::BinanceSpot);
        if let Some((ids, bids, asks)) = content.filter(|_| out.wants(stream)) {
            out.tell_change(stream, floor.from(stream.instrument, at_ms).depth(ids, &bids, &asks));
        }
    }
}

impl protocol::Voice for Voice {
    /// Books tick with a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let plain_ns = if floor.venue == VenueId::BinanceSpot { SECOND } else { 250 * MILLI };
        let depths = Kind::DEPTHS.into_iter().zip([DEPTH_0_NS, 100 * MILLI, 500 * MILLI, plain_ns]);
        let mut timers = Vec::new();
        for instrument in 0..floor.listings.len() {
            let at_ns = 7 * MILLI * (instrument as u64 + 1);
            let timer = |(kind, every_ns): (Kind, u64)| Timer { at_ns, every_ns, stream: kind.of(instrument) };
            timers.extend(depths.clone().map(timer));
        }
        let slow =
            [(Kind::MarkPrice1s, 0, SECOND), (Kind::MarkPrice3s, 0, 3 * SECOND), (Kind::Kline1m, KLINE_NS, KLINE_NS)];
        for (kind, at_ns, every_ns) in slow {
            let timer = |instrument| Timer { at_ns, every_ns, stream: kind.of(instrument) };
            timers.extend((0..floor.listings.len()).map(timer));
        }
        timers
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let ticker_first = floor.random.chance(TICKER_FIRST_PER_MILLE);
        let outcome = floor.market.outcome();
        let instrument = outcome.instrument;
        for depth in &mut self.depths[instrument] {
            outcome.changes.iter().for_each(|change| depth.add(change));
        }
        let from = floor.from(instrument, at_ms);
        let stream = Kind::BookTicker.of(instrument);
        let ticker = (outcome.top_changed && out.wants(stream)).then(|| {
            let book = floor.book(instrument);
            from.book_ticker(floor.update_id(instrument), book.best(Side::Buy), book.best(Side::Sell))
        });
        let (first, last) = if ticker_first { (ticker, None) } else { (None, ticker) };
        first.into_iter().for_each(|text| out.tell(stream, text));
        tell_fills(outcome, from, out);
        last.into_iter().for_each(|text| out.tell(stream, text));
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        match Kind::of_topic(stream.topic) {
            Kind::MarkPrice1s | Kind::MarkPrice3s => {
                let mark = floor.mark(instrument, at_ms);
                if out.wants(stream) {
                    out.tell(stream, floor.from(instrument, at_ms).mark_price(&mark));
                }
            }
            Kind::Kline1m => {
                let candle = floor.take_candle(instrument, at_ms);
                if let Some((candle, closed)) = candle.filter(|_| out.wants(stream)) {
                    out.tell(stream, floor.from(instrument, at_ms).kline(&candle, closed));
                }
            }
            _ => self.tell_depth(floor, stream, at_ms, out),
        }
    }

    /// Books are told at several speeds at once: the true one is the book as it is now.
    fn truth(&self, floor: &Floor, instrument: usize) -> Truth {
        floor.truth(instrument)
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(floor, asked, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, _: usize) -> Option<Box<dyn protocol::Session>> {
        if let Some(session) = private::socket::Session::of_path(&request.path, floor.venue) {
            return Some(Box::new(session));
        }
        let session = session::Session::of_path(&request.path, &request.query, floor.venue, &floor.listings)?;
        Some(Box::new(session))
    }
}

/// Trades, aggregates and liquidations of an event, in the order in which they go out.
fn tell_fills(outcome: &Outcome, from: From<'_>, out: &mut Outbox<'_>) {
    let [trade, aggregate, forced] =
        [Kind::Trade, Kind::AggTrade, Kind::ForceOrder].map(|kind| kind.of(outcome.instrument));
    for fill in &outcome.fills {
        if out.wants(trade) {
            for (id, qty) in fill.trades() {
                out.tell(trade, from.trade(fill, id, Level { px: fill.level.px, qty }));
            }
        }
        if out.wants(aggregate) {
            out.tell(aggregate, from.agg_trade(fill));
        }
    }
    // Only the largest of a second is told at the venue; here the first fill of the order stands for it.
    if let Some(fill) = outcome.fills.first().filter(|f| f.liquidation && out.wants(forced)) {
        out.tell(forced, from.force_order(fill));
    }
}
