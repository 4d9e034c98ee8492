//! `/ws/portfolio`

use super::{RECENT, Topic, Upgrade, lapped, open};
use crate::desk::portfolio::{OpenOrders, PortfolioCursor};
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::{Door, dto};
use crate::role::Stream;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use dto::PortfolioMessage;
use engine_model::image::PortfolioImage;
use std::sync::Arc;

pub(crate) async fn portfolio(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
    upgrade: Upgrade,
) -> Result<Response, ApiError> {
    Query::of_stream(Stream::Portfolio, raw.as_deref())?;
    // Before the first look, so that no change falls between the two.
    let changed = door.desk.watch_portfolio();
    open(door, upgrade, PortfolioTopic { cursor: PortfolioCursor::default() }, changed)
}

struct PortfolioTopic {
    cursor: PortfolioCursor,
}

impl Topic for PortfolioTopic {
    type Message = PortfolioMessage;

    fn first(&mut self, door: &Door) -> PortfolioMessage {
        let (cursor, start) = door.desk.portfolio_start(RECENT);
        self.cursor = cursor;
        PortfolioMessage::Snapshot {
            positions: dto::Positions::new(&door.desk, start.portfolio.as_ref()),
            performance: Box::new(performance(door, start.portfolio.as_ref())),
            orders: orders(door, &start.orders),
            fills: dto::Fills::new(door.desk.instruments(), &start.fills),
        }
    }

    fn news(&mut self, door: &Door) -> Vec<PortfolioMessage> {
        let instruments = door.desk.instruments();
        let news = door.desk.portfolio_news(&mut self.cursor);
        let fills = dto::Fills::new(instruments, &news.fills.values);
        let messages = [
            lapped(news.lapped).map(PortfolioMessage::Lapped),
            news.portfolio.map(|portfolio| PortfolioMessage::Portfolio {
                positions: dto::Positions::new(&door.desk, Some(&portfolio)),
                performance: Box::new(performance(door, Some(&portfolio))),
            }),
            news.orders.map(|open| PortfolioMessage::Orders(orders(door, &open))),
            (!fills.fills.is_empty()).then_some(PortfolioMessage::Fills(fills)),
        ];
        messages.into_iter().flatten().collect()
    }
}

fn performance(door: &Door, portfolio: Option<&PortfolioImage>) -> dto::Performance {
    dto::Performance::new(portfolio, door.desk.latency().as_ref())
}

fn orders(door: &Door, open: &OpenOrders) -> dto::Orders {
    let open_orders = dto::OpenOrder::list(door.desk.instruments(), &open.open);
    dto::Orders { open: open_orders, complete: open.complete }
}
