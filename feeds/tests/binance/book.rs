//! The slow twin of the engine's books: a tree a side, and the text that the checksum is over.

use engine_model::instrument::{Instrument, InstrumentId, Instruments};
use engine_model::market::{Applied, Level, MarketEvent, MarketSink, Stamp, VerifiedMessage};
use engine_model::units::{Lots, Nanos, Ticks};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) bids: BTreeMap<Ticks, Lots>,
    pub(crate) asks: BTreeMap<Ticks, Lots>,
}

impl Book {
    fn apply(&mut self, bids: &[Level], asks: &[Level]) -> Applied {
        for (side, levels) in [(&mut self.bids, bids), (&mut self.asks, asks)] {
            for level in levels {
                if level.qty == Lots(0) {
                    side.remove(&level.px);
                } else {
                    side.insert(level.px, level.qty);
                }
            }
        }
        match (self.bids.keys().next_back(), self.asks.keys().next()) {
            (Some(bid), Some(ask)) if bid >= ask => Applied::Crossed,
            _ => Applied::Valid,
        }
    }

    fn cut(&mut self, depth: usize) {
        while self.bids.len() > depth {
            self.bids.pop_first();
        }
        while self.asks.len() > depth {
            self.asks.pop_last();
        }
    }

    /// CRC-32 over `price:qty|…`, bids then asks, best first.
    pub(crate) fn crc(&self, instrument: &Instrument) -> String {
        let level = |(px, qty): (&Ticks, &Lots)| {
            let grid = &instrument.grid;
            format!("{}:{}", plain(&grid.price_text(*px)), plain(&grid.qty_text(*qty)))
        };
        let levels: Vec<_> = self.bids.iter().rev().map(level).chain(self.asks.iter().map(level)).collect();
        format!("{:08x}", crc32fast::hash(levels.join("|").as_bytes()))
    }
}

/// Without trailing zeros or point.
pub(crate) fn plain(text: &str) -> String {
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    trimmed.to_owned()
}

/// Books of every instrument, and everything else that came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) books: Vec<Book>,
    pub(crate) events: Vec<MarketEvent>,
    pub(crate) calls: u64,
}

impl Books {
    pub(crate) fn new(instruments: &Instruments) -> Self {
        Self { books: vec![Book::default(); instruments.len()], ..Self::default() }
    }

    pub(crate) fn of(&self, id: InstrumentId) -> &Book {
        &self.books[id.index()]
    }
}

impl MarketSink for Books {
    fn book_snapshot(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.calls += 1;
        let book = &mut self.books[at.instrument.index()];
        *book = Book::default();
        book.apply(bids, asks)
    }

    fn book_delta(&mut self, at: Stamp, _: u64, bids: &[Level], asks: &[Level]) -> Applied {
        self.calls += 1;
        self.books[at.instrument.index()].apply(bids, asks)
    }

    fn book_verified(
        &mut self,
        at: Stamp,
        message: &VerifiedMessage<'_>,
        holds: &mut dyn FnMut(&[Level], &[Level]) -> bool,
    ) -> Applied {
        self.calls += 1;
        let book = &mut self.books[at.instrument.index()];
        if message.is_snapshot {
            *book = Book::default();
        }
        let _ = book.apply(message.bids, message.asks);
        book.cut(message.depth_max.unwrap_or(usize::MAX));
        let level = |(px, qty): (&Ticks, &Lots)| Level { px: *px, qty: *qty };
        let bids: Vec<_> = book.bids.iter().rev().take(message.proof_levels).map(level).collect();
        let asks: Vec<_> = book.asks.iter().take(message.proof_levels).map(level).collect();
        if message.proof_levels > 0 && !holds(&bids, &asks) { Applied::Mismatch } else { book.apply(&[], &[]) }
    }

    fn book_lost(&mut self, at: Stamp) {
        self.calls += 1;
        self.books[at.instrument.index()] = Book::default();
    }

    fn event(&mut self, event: MarketEvent) {
        self.events.push(event);
    }

    fn ready(&self) -> bool {
        true
    }

    fn turn(&mut self, _: Nanos) -> bool {
        false
    }
}
