//! What OKX tells when: views of books with their chain of ids, quotes, trades, and what is told of swaps.

use super::private::socket::Private;
use super::session::{self, Kind};
use super::{is_swap, pair, private, rest, wire};
use crate::account::Teller;
use crate::exchange::{MILLI, SECOND, Timer, Truth};
use crate::floor::Floor;
use crate::http::{Answer, Request};
use crate::market::Fill;
use crate::moment::Mark;
use crate::protocol::{self, Asked};
use crate::stream::{Outbox, Stream};
use crate::view::View;
use engine_model::market::{Level, Side};

/// Levels a side in view.
const LEVELS: usize = 400;
const BOOK_NS: u64 = 100 * MILLI;
/// Looks that find a book as it was, until a sign of life is given: a minute.
const IDLE_LOOKS: u32 = 600;
/// Of an instrument at most one liquidation a second is told.
const LIQUIDATION_MS: u64 = 1_000;

/// What was told of one instrument so far.
struct Sheet {
    view: View,
    idle_looks: u32,
    top: [Level; 2],
    mark: Mark,
    /// And when it was.
    last_trade: Option<(Fill, u64)>,
    liquidated_at_ms: u64,
}

pub(super) struct Voice {
    /// By instrument.
    sheets: Vec<Sheet>,
}

impl Voice {
    pub(super) fn new(floor: &mut Floor) -> Self {
        let (instruments, at_ms) = (0..floor.listings.len(), floor.starts_at_ms);
        let sheet = |instrument| {
            let view = View::new(LEVELS, floor.book(instrument), floor.update_id(instrument), at_ms);
            let mark = floor.mark(instrument, at_ms);
            Sheet { view, idle_looks: 0, top: top(floor, instrument), mark, last_trade: None, liquidated_at_ms: 0 }
        };
        Self { sheets: instruments.map(sheet).collect() }
    }

    fn look_at_book(&mut self, floor: &Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let (instrument, sheet) = (stream.instrument, &mut self.sheets[stream.instrument]);
        let previous = sheet.view.sequence;
        let changes = sheet.view.turn(floor.book(instrument), floor.update_id(instrument), at_ms);
        sheet.idle_looks = if changes.is_none() { sheet.idle_looks + 1 } else { 0 };
        let changes = changes.or_else(|| sheet.idle_looks.is_multiple_of(IDLE_LOOKS).then(Default::default));
        if let Some(changes) = changes.filter(|_| out.wants(stream)) {
            let text = wire::book_update(floor.from(instrument, at_ms), &sheet.view, &changes, previous);
            out.tell_change(stream, text);
        }
    }

    /// What is told of a stream by the clock as it is now; `None` where that is nothing.
    fn now(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Option<String> {
        let (instrument, from) = (stream.instrument, floor.from(stream.instrument, at_ms));
        let Sheet { view, top, mark, last_trade, .. } = &self.sheets[instrument];
        match Kind::of_topic(stream.topic) {
            Kind::Book => Some(wire::book_snapshot(from, view)),
            Kind::Quote => Some(wire::quote(from, *top, floor.update_id(instrument))),
            Kind::Mark => Some(wire::mark(from, mark)),
            Kind::Index => Some(wire::index(from, mark)),
            Kind::Funding => Some(wire::funding(from, mark)),
            Kind::OpenInterest => Some(wire::open_interest(from, floor.open_interest_lots(instrument), mark)),
            // The last one, whenever that was.
            Kind::Trade => last_trade.map(|(fill, at_ms)| wire::trade(floor.from(instrument, at_ms), &fill)),
            Kind::Liquidation | Kind::Candle => None,
        }
    }
}

fn top(floor: &Floor, instrument: usize) -> [Level; 2] {
    [Side::Buy, Side::Sell].map(|side| floor.book(instrument).best(side))
}

impl protocol::Voice for Voice {
    /// With a phase by instrument, so that frames do not all come at once.
    fn timers(&self, floor: &Floor) -> Vec<Timer> {
        let every = [
            (Kind::Book, BOOK_NS),
            (Kind::Quote, 10 * MILLI),
            (Kind::Mark, 200 * MILLI),
            (Kind::Index, 100 * MILLI),
            (Kind::Funding, 30 * SECOND),
            (Kind::OpenInterest, 3 * SECOND),
            (Kind::Candle, SECOND),
        ];
        let mut timers = Vec::new();
        for (instrument, listing) in floor.listings.iter().enumerate() {
            // Of an index the first instrument on it speaks.
            let is_first = floor.listings[..instrument].iter().all(|other| pair(other) != pair(listing));
            let at_ns = 7 * MILLI * (instrument as u64 + 1);
            let is_told = |kind: Kind| match kind {
                Kind::Index => is_first,
                kind => !kind.is_of_swaps() || is_swap(listing),
            };
            let told = every.into_iter().filter(|(kind, _)| is_told(*kind));
            timers.extend(told.map(|(kind, every_ns)| Timer { at_ns, every_ns, stream: kind.of(instrument) }));
        }
        timers
    }

    fn play(&mut self, floor: &mut Floor, at_ms: u64, out: &mut Outbox<'_>) {
        let outcome = floor.market.outcome();
        let from = floor.from(outcome.instrument, at_ms);
        let sheet = &mut self.sheets[outcome.instrument];
        let [trade, forced] = [Kind::Trade, Kind::Liquidation].map(|kind| kind.of(outcome.instrument));
        for fill in &outcome.fills {
            sheet.last_trade = Some((*fill, at_ms));
            if out.wants(trade) {
                out.tell(trade, wire::trade(from, fill));
            }
        }
        let liquidation = outcome.fills.iter().find(|fill| fill.liquidation && is_swap(from.listing));
        if let Some(fill) = liquidation.filter(|_| at_ms >= sheet.liquidated_at_ms + LIQUIDATION_MS) {
            sheet.liquidated_at_ms = at_ms;
            if out.wants(forced) {
                out.tell(forced, wire::liquidation(from, fill));
            }
        }
    }

    fn tick(&mut self, floor: &mut Floor, stream: Stream, at_ms: u64, out: &mut Outbox<'_>) {
        let instrument = stream.instrument;
        let sheet = &mut self.sheets[instrument];
        match Kind::of_topic(stream.topic) {
            Kind::Book => return self.look_at_book(floor, stream, at_ms, out),
            Kind::Candle => {
                let candle = floor.take_candle(instrument, at_ms);
                if let Some((candle, closed)) = candle.filter(|_| out.wants(stream)) {
                    out.tell(stream, wire::candle(floor.from(instrument, at_ms), &candle, closed));
                }
                return;
            }
            Kind::Quote => {
                let before = std::mem::replace(&mut sheet.top, top(floor, instrument));
                if before == sheet.top {
                    return;
                }
            }
            // The rate is settled when it is told only.
            Kind::Mark | Kind::Index => {
                let rate_e8 = sheet.mark.rate_e8;
                sheet.mark = Mark { rate_e8, ..floor.mark(instrument, at_ms) };
            }
            Kind::Funding => sheet.mark = floor.mark(instrument, at_ms),
            Kind::OpenInterest | Kind::Trade | Kind::Liquidation => {}
        }
        if out.wants(stream) {
            self.now(floor, stream, at_ms).into_iter().for_each(|text| out.tell(stream, text));
        }
    }

    fn whole(&self, floor: &Floor, stream: Stream, at_ms: u64) -> Vec<String> {
        self.now(floor, stream, at_ms).into_iter().collect()
    }

    fn truth(&self, _: &Floor, instrument: usize) -> Truth {
        let view = &self.sheets[instrument].view;
        view.truth(view.sequence)
    }

    fn with_wrong_checksum(&self, text: &str) -> Option<String> {
        Some(wire::with_wrong_checksum(text))
    }

    fn private_answer(&mut self, floor: &Floor, asked: &mut Asked<'_>, teller: &mut Teller<'_>) -> Option<Answer> {
        private::rest::answer(asked, &floor.listings, teller)
    }

    fn answer(&mut self, floor: &Floor, asked: Asked<'_>) -> Answer {
        rest::answer(floor, asked)
    }

    fn session(&self, floor: &Floor, request: &Request, number: usize) -> Option<Box<dyn protocol::Session>> {
        if let Some(line) = Private::of_path(&request.path, &floor.listings, number) {
            return Some(Box::new(line));
        }
        Some(Box::new(session::Session::of_path(&request.path, &floor.listings, number)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Listing;
    use engine_model::venue::VenueId;
    use protocol::Voice as _;

    #[test]
    fn a_book_that_stands_still_gives_a_sign_of_life_each_minute() {
        let mut floor = Floor::new(VenueId::Okx, Listing::defaults(VenueId::Okx), 1, false, 0);
        let mut voice = Voice::new(&mut floor);
        let (wanted, mut frames) = (vec![true; Stream::count(floor.listings.len())], Vec::new());
        for look in 1..=u64::from(IDLE_LOOKS) {
            assert_eq!(frames.len(), 0, "{look}");
            let mut out = Outbox { wanted: &wanted, frames: &mut frames };
            voice.tick(&mut floor, Kind::Book.of(0), look * 100, &mut out);
        }
        let id = floor.update_id(0);
        let told = format!(
            r#"{{"arg":{{"channel":"books","instId":"BTC-USDT"}},"action":"update","data":[{{"asks":[],"bids":[],"ts":"60000","checksum":0,"seqId":{id},"prevSeqId":{id}}}]}}"#
        );
        assert_eq!(frames.first().map(|frame| frame.text.as_str()), Some(told.as_str()));
    }
}
