//! Questions about the market.

use super::Desk;
use super::symbol::{self, Unfound};
use crate::hub::Since;
use crate::hub::image::{Funding, InstrumentImage, OpenInterest, Told, Top, Trade};
use engine_model::image::BookImage;
use engine_model::instrument::{Instrument, InstrumentId};

/// The upper part of a book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Book {
    pub(crate) levels: BookImage,
    pub(crate) top: Option<Top>,
}

/// What else has a price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prices {
    pub(crate) mark: Option<Told>,
    pub(crate) index: Option<Told>,
    pub(crate) funding: Option<Funding>,
    pub(crate) open_interest: Option<OpenInterest>,
}

/// How far a listener has been told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MarketCursor {
    book: u64,
    prices: u64,
    trades: u64,
    missed: u64,
}

/// What is new since.
#[derive(Clone, Debug)]
pub(crate) struct MarketNews {
    /// Events of the venue that are gone for good: the listener starts again from the book in this same answer.
    pub(crate) lapped: u64,
    pub(crate) book: Option<Book>,
    pub(crate) prices: Option<Prices>,
    pub(crate) trades: Since<Trade>,
}

impl Desk {
    /// The instrument that a text means: see [`symbol`](super::symbol).
    pub(crate) fn find(&self, text: &str, venue: Option<&str>) -> Result<&Instrument, Unfound> {
        symbol::find(&self.instruments, text, venue)
    }

    pub(crate) fn book(&self, id: InstrumentId) -> Book {
        book(self.hub.image().instrument(id))
    }

    /// Rises when the book or its top changes.
    pub(crate) fn book_version(&self, id: InstrumentId) -> u64 {
        self.hub.image().instrument(id).book_version
    }

    /// The last `limit` trades, oldest first, and the events of the venue that were missed so far.
    pub(crate) fn trades(&self, id: InstrumentId, limit: usize) -> (Vec<Trade>, u64) {
        let image = self.hub.image();
        let instrument = image.instrument(id);
        (instrument.trades.last(limit), instrument.missed)
    }

    /// Where a listener starts: the whole picture, with the last `trades` trades.
    pub(crate) fn market_start(&self, id: InstrumentId, trades: usize) -> (MarketCursor, Book, Prices, Vec<Trade>) {
        let image = self.hub.image();
        let instrument = image.instrument(id);
        (MarketCursor::of(instrument), book(instrument), prices(instrument), instrument.trades.last(trades))
    }

    /// What is new since the listener's last look. However long ago that was, the answer is bounded: one book, one set
    /// of prices, the trades still kept.
    pub(crate) fn market_news(&self, id: InstrumentId, cursor: &mut MarketCursor) -> MarketNews {
        let image = self.hub.image();
        let instrument = image.instrument(id);
        let trades = instrument.trades.since(cursor.trades);
        let lapped = instrument.missed - cursor.missed + trades.missed;
        let news = MarketNews {
            lapped,
            book: (lapped > 0 || instrument.book_version != cursor.book).then(|| book(instrument)),
            prices: (lapped > 0 || instrument.prices_version != cursor.prices).then(|| prices(instrument)),
            trades,
        };
        *cursor = MarketCursor::of(instrument);
        news
    }
}

impl MarketCursor {
    fn of(instrument: &InstrumentImage) -> Self {
        Self {
            book: instrument.book_version,
            prices: instrument.prices_version,
            trades: instrument.trades.pushed(),
            missed: instrument.missed,
        }
    }
}

fn book(instrument: &InstrumentImage) -> Book {
    Book { levels: instrument.book, top: instrument.top }
}

fn prices(instrument: &InstrumentImage) -> Prices {
    let InstrumentImage { mark, index, funding, open_interest, .. } = *instrument;
    Prices { mark, index, funding, open_interest }
}
