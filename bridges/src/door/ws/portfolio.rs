//! `/ws/portfolio`

use super::{RECENT, Topic, Upgrade, lapped, open};
use crate::desk::portfolio::{OpenOrders, PortfolioCursor};
use crate::desk::sight::Sight;
use crate::door::auth::Sees;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::role::Stream;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use dto::PortfolioMessage;
use std::sync::Arc;

pub(crate) async fn portfolio(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    Query::of_stream(Stream::Portfolio, raw.as_deref())?;
    // Before the first look, so that no change falls between the two.
    let changed = door.desk.watch_portfolio();
    open(door, upgrade, PortfolioTopic { sight, cursor: PortfolioCursor::default() }, changed)
}

struct PortfolioTopic {
    sight: Sight,
    cursor: PortfolioCursor,
}

impl Topic for PortfolioTopic {
    type Message = PortfolioMessage;

    fn first(&mut self, door: &Door) -> PortfolioMessage {
        let (cursor, start) = door.desk.portfolio_start(&self.sight, RECENT);
        self.cursor = cursor;
        PortfolioMessage::Snapshot {
            positions: dto::Positions::new(&door.desk, &self.sight),
            performance: Box::new(dto::Performance::new(&door.desk, &self.sight)),
            orders: orders(door, &start.orders),
            fills: dto::Fills::new(door.desk.instruments(), &start.fills),
        }
    }

    fn news(&mut self, door: &Door) -> Vec<PortfolioMessage> {
        let instruments = door.desk.instruments();
        let news = door.desk.portfolio_news(&self.sight, &mut self.cursor);
        let fills = dto::Fills::new(instruments, &news.fills.values);
        let messages = [
            lapped(news.lapped).map(PortfolioMessage::Lapped),
            news.is_new.then(|| PortfolioMessage::Portfolio {
                positions: dto::Positions::new(&door.desk, &self.sight),
                performance: Box::new(dto::Performance::new(&door.desk, &self.sight)),
            }),
            news.orders.map(|open| PortfolioMessage::Orders(orders(door, &open))),
            (!fills.fills.is_empty()).then_some(PortfolioMessage::Fills(fills)),
        ];
        messages.into_iter().flatten().collect()
    }
}

fn orders(door: &Door, open: &OpenOrders) -> dto::Orders {
    let open_orders = dto::OpenOrder::list(door.desk.instruments(), &open.open);
    dto::Orders { open: open_orders, complete: open.complete }
}
