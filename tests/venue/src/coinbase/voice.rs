//! What Coinbase tells when: books, trades, tickers, and a heartbeat.

use super::session::{self, Kind};
use super::{private, rest, wire};
use crate::account::Teller;
use crate::candle::Candle;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use engine_model::market::{Level, Side};
use std::collections::VecDeque;

/// Captures have some twenty a second of a busy product.
const BOOK_NS: u64 = 50 * MILLI;
const TICKER_NS: u64 = 100 * MILLI;
/// Trades that whoever asks is told of at first.
const TRADES_TOLD_AT_FIRST: usize = 50;

/// What was told of one product so far.
struct Sheet {
    view: View,
    /// Rows, the newest first.
    trades: VecDeque<String>,
    /// Since the market began.
    day: Candle,
    ticked: ([Level; 2], u64),
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
    started_at_ms: u64,
}

impl Voice {
    pub(super) fn new(floor: &Floor) -> Self {
        let at_ms = floor.starts_at_ms;
        let sheet = |instrument| Sheet {
            view: View::new(usize::MAX, floor.book(instrument), floor.update_id(instrument), at_ms),
            trades: VecDeque::with_capacity(TRADES_TOLD_AT_FIRST),
            // A day that has a price: the first trade does not open it.
            day: Candle { trades: 1, ..Candle::starting(at_ms, floor.listings[instrument].start_px.0) },
            ticked: (top(floor, instrument), 1),
        };
        Self { sheets: (0..floor.listings.len()).map(sheet).collect(), started_at_ms: at_ms }
    }
}

fn top(floor: &Floor, instrument: usize) -> [Level; 2] {
    [Side::Buy, Side::Sell].map(|side| floor.book(instrument).best(side))
}

impl protocol::Voice for Voice {
    /// With a phase by product, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let timers = |instrument| {
            let at_ns = 7 * MILLI * (instrument as u64 + 1);
            [(Kind::Book, BOOK_NS), (Kind::Ticker, TICKER_NS)].map(|(kind, every_ns)| Timer {
                at_ns,
                every_ns,
                stream: kind.of(instrument),
            })
        };
        let heartbeat = Timer { at_ns: SECOND, every_ns: SECOND, stream: Kind::Heartbeat.of(0) };
        (0..floor.listings.len()).flat_map(timers).chain([heartbeat]).collect()
    }

    /// All trades of an event in one frame.
    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let from = floor.from(outcome.instrument, at_ms);
        let (sheet, stream) = (&mut self.sheets[outcome.instrument], Kind::Trade.of(outcome.instrument));
        let mut rows = Vec::new();
        for fill in &outcome.fills {
            sheet.day.add(fill);
            rows.extend(fill.trades().map(|part| wire::trade(from, fill, part)));
        }
        rows.reverse();
        rows.iter().rev().for_each(|row| sheet.trades.push_front(row.clone()));
        sheet.trades.truncate(TRADES_TOLD_AT_FIRST);
        if !rows.is_empty() && out.wants(stream) {
            out.tell(stream, wire::trades(from, false, &rows));
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let (instrument, from) = (stream.instrument, floor.from(stream.instrument, at_ms));
        let Sheet { view, day, ticked, .. } = &mut self.sheets[instrument];
        match Kind::of_topic(stream.topic) {
            Kind::Book => {
                let changes = view.turn(floor.book(instrument), floor.update_id(instrument), at_ms);
                if let Some(changes) = changes.filter(|_| out.wants(stream)) {
                    out.tell_change(stream, wire::book(from, false, &changes));
                }
            }
            Kind::Ticker => {
                let now = (top(floor, instrument), day.trades);
                if std::mem::replace(ticked, now) != now && out.wants(stream) {
                    out.tell(stream, wire::ticker(from, false, day, now.0));
                }
            }
            Kind::Heartbeat if out.wants(stream) => {
                out.tell(stream, wire::heartbeat(at_ms, (at_ms - self.started_at_ms) / 1_000));
            }
            Kind::Heartbeat | Kind::Trade => {}
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        let from = floor.from(stream.instrument, at_ms);
        let Sheet { view, trades, day, ticked } = &self.sheets[stream.instrument];
        match Kind::of_topic(stream.topic) {
            Kind::Book => vec![wire::book(from, true, &[view.levels(Side::Buy), view.levels(Side::Sell)])],
            Kind::Trade => {
                let rows: Vec<String> = trades.iter().cloned().collect();
                vec![wire::trades(from, true, &rows)]
            }
            Kind::Ticker => vec![wire::ticker(from, true, day, ticked.0)],
            Kind::Heartbeat => Vec::new(),
        }
    }

    /// Messages have no ids of their book: the market's own stands for one.
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
