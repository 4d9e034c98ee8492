//! `/ws/market-data/{symbol}`

use super::{RECENT, Topic, Upgrade, lapped, open};
use crate::desk::market::MarketCursor;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::rest::market::{Symbol, find};
use crate::door::shape::DEPTH;
use crate::door::{Door, dto};
use crate::role::Stream;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use dto::MarketMessage;
use engine_model::instrument::{Instrument, InstrumentId};
use std::sync::Arc;

pub(crate) async fn market_data(
    State(door): State<Arc<Door>>,
    symbol: Symbol,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    let query = Query::of_stream(Stream::MarketData, raw.as_deref())?;
    let depth = query.count(&DEPTH)?;
    let instrument = find(&door, symbol, &query)?.id;
    // Before the first look, so that no change falls between the two.
    let changed = door.desk.watch_market(instrument);
    let topic = MarketTopic { instrument, depth, cursor: MarketCursor::default() };
    open(door, upgrade, topic, changed)
}

struct MarketTopic {
    instrument: InstrumentId,
    depth: usize,
    cursor: MarketCursor,
}

impl MarketTopic {
    fn instrument<'d>(&self, door: &'d Door) -> &'d Instrument {
        door.desk.instruments().get(self.instrument)
    }
}

impl Topic for MarketTopic {
    type Message = MarketMessage;

    fn first(&mut self, door: &Door) -> MarketMessage {
        let instrument = self.instrument(door);
        let (cursor, book, prices, trades) = door.desk.market_start(self.instrument, RECENT);
        self.cursor = cursor;
        MarketMessage::Snapshot {
            book: dto::OrderBook::new(instrument, &book, self.depth, door.desk.now()),
            prices: dto::Prices::new(&instrument.grid, &prices),
            trades: dto::Trade::list(&instrument.grid, &trades),
        }
    }

    fn news(&mut self, door: &Door) -> Vec<MarketMessage> {
        let instrument = self.instrument(door);
        let grid = &instrument.grid;
        let news = door.desk.market_news(self.instrument, &mut self.cursor);
        let now = door.desk.now();
        let trades = dto::Trade::list(grid, &news.trades.values);
        let messages = [
            lapped(news.lapped).map(MarketMessage::Lapped),
            news.book.map(|book| MarketMessage::Book(dto::OrderBook::new(instrument, &book, self.depth, now))),
            news.prices.map(|prices| MarketMessage::Prices(dto::Prices::new(grid, &prices))),
            (!trades.is_empty()).then_some(MarketMessage::Trades { trades }),
        ];
        messages.into_iter().flatten().collect()
    }
}
