//! `/ws/orders`: open orders and executions, without positions and money.

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
use dto::OrderMessage;
use std::sync::Arc;

pub(crate) async fn orders(
    State(door): State<Arc<Door>>,
    Sees(sight): Sees,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    Query::of_stream(Stream::Orders, raw.as_deref())?;
    // Before the first look, so that no change falls between the two.
    let changed = door.desk.watch_portfolio();
    open(door, upgrade, OrderTopic { sight, cursor: PortfolioCursor::default() }, changed)
}

struct OrderTopic {
    sight: Sight,
    cursor: PortfolioCursor,
}

impl Topic for OrderTopic {
    type Message = OrderMessage;

    fn first(&mut self, door: &Door) -> OrderMessage {
        let (cursor, start) = door.desk.portfolio_start(&self.sight, RECENT);
        self.cursor = cursor;
        OrderMessage::Snapshot {
            orders: told(door, &start.orders),
            fills: dto::Fills::new(door.desk.instruments(), &start.fills),
        }
    }

    fn news(&mut self, door: &Door) -> Vec<OrderMessage> {
        let news = door.desk.portfolio_news(&self.sight, &mut self.cursor);
        let fills = dto::Fills::new(door.desk.instruments(), &news.fills.values);
        let messages = [
            lapped(news.lapped).map(OrderMessage::Lapped),
            news.orders.map(|open| OrderMessage::Orders(told(door, &open))),
            (!fills.fills.is_empty()).then_some(OrderMessage::Fills(fills)),
        ];
        messages.into_iter().flatten().collect()
    }
}

fn told(door: &Door, open: &OpenOrders) -> dto::Orders {
    dto::Orders { open: dto::OpenOrder::list(door.desk.instruments(), &open.open), complete: open.complete }
}
