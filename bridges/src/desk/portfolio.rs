//! Questions about orders, positions and money.

use super::Desk;
use super::sight::{self, Seen, Sight};
use crate::hub::Since;
use crate::hub::image::Image;
use engine_core::portfolio::books::{Books, BooksFault};
use engine_core::portfolio::costs::Costs;
use engine_model::image::{LatencyImage, PortfolioImage};
use engine_model::report::Report;
use engine_model::units::{Nanos, Quote};

/// How far a listener has been told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PortfolioCursor {
    portfolio: u64,
    orders: u64,
    fills: u64,
    missed: u64,
}

/// Orders that are not final.
#[derive(Clone, Debug)]
pub(crate) struct OpenOrders {
    /// The last report of each.
    pub(crate) reports: Vec<Report>,
    /// Whether these are all.
    pub(crate) complete: bool,
}

/// Open orders, a part of them.
#[derive(Clone, Debug)]
pub(crate) struct OrdersPage {
    pub(crate) reports: Vec<Report>,
    pub(crate) total: usize,
    /// How many to leave out for the next part; `None`: there is none.
    pub(crate) next_skip: Option<usize>,
    pub(crate) complete: bool,
}

/// Executions, a part of them.
#[derive(Clone, Debug)]
pub(crate) struct ExecutionsPage {
    /// Oldest first.
    pub(crate) reports: Vec<Report>,
    /// Executions of the run.
    pub(crate) total: u64,
    /// Number of the first of these; `None`: none older is kept.
    pub(crate) older: Option<u64>,
    pub(crate) missed: u64,
}

/// The whole picture.
#[derive(Clone, Debug)]
pub(crate) struct PortfolioStart {
    pub(crate) orders: OpenOrders,
    /// Reports of executions, oldest first.
    pub(crate) fills: Vec<Report>,
}

/// What is new since.
#[derive(Clone, Debug)]
pub(crate) struct PortfolioNews {
    /// Reports that are gone for good.
    pub(crate) lapped: u64,
    /// Whether the engine has told positions and money anew.
    pub(crate) is_new: bool,
    pub(crate) orders: Option<OpenOrders>,
    pub(crate) fills: Since<Report>,
}

impl Desk {
    /// The whole account's: `None` for whoever does not see it, and until the engine has told its first.
    pub(crate) fn portfolio(&self, sight: &Sight) -> Option<PortfolioImage> {
        self.hub.image().portfolio.filter(|_| sight.is_whole())
    }

    /// Reports of the engine that were heard here.
    pub(super) fn reports_heard(&self) -> u64 {
        self.hub.image().orders.heard
    }

    /// Whether the portfolio is known as it was behind so many reports, or later.
    pub(super) fn holds_reports(&self, reports: u64) -> bool {
        self.hub.image().portfolio.as_ref().is_some_and(|portfolio| portfolio.reports >= reports)
    }

    /// `limit` open orders after the first `skip`, in the order of their ids.
    pub(crate) fn open_orders(&self, sight: &Sight, skip: usize, limit: usize) -> OrdersPage {
        let image = self.hub.image();
        let reports: Vec<_> = sight::open(&image, sight).skip(skip).take(limit).copied().collect();
        let (total, end) = (sight::open(&image, sight).count(), skip.saturating_add(reports.len()));
        OrdersPage { reports, total, next_skip: (end < total).then_some(end), complete: image.orders.complete() }
    }

    /// The last `limit` executions before number `before`.
    pub(crate) fn executions(&self, sight: &Sight, before: Option<u64>, limit: usize) -> ExecutionsPage {
        let image = self.hub.image();
        let fills = sight::fills(&image, sight);
        let (first, reports) = fills.page(before, limit);
        let older = (first > fills.oldest() && !reports.is_empty()).then_some(first);
        ExecutionsPage { reports, total: fills.pushed(), older, missed: image.orders.missed }
    }

    /// Equity from minute to minute, oldest first: the last 31 days of this run. Nothing of it for whoever does not see the
    /// whole account.
    pub(crate) fn equity(&self, sight: &Sight) -> Vec<(Nanos, Quote)> {
        if sight.is_whole() { self.hub.image().equity.last(usize::MAX) } else { Vec::new() }
    }

    /// Another one when the engine has told another portfolio, or an order has changed: a stop may stand behind a position.
    pub(crate) fn positions_version(&self) -> (usize, u64) {
        let image = self.hub.image();
        (image.orders.version as usize, image.portfolio_version)
    }

    /// Of everybody's orders, and how many they were: for whoever sees them all.
    pub(crate) fn latency(&self, sight: &Sight) -> Option<LatencyImage> {
        self.hub.image().latency.filter(|_| sight.is_whole())
    }

    /// What `ask` makes of what is seen of the books, and of whether they were told everything; or why there are none.
    pub(crate) fn books<T>(
        &self,
        sight: &Sight,
        ask: impl FnOnce(&Books, Seen<'_>, bool) -> T,
    ) -> Result<T, BooksFault> {
        let image = self.hub.image();
        let is_whole = image.orders.missed == 0 && image.portfolio.is_some();
        image.books.as_ref().map(|books| ask(books, Seen::of(sight, &image), is_whole)).map_err(|fault| *fault)
    }

    /// What `ask` makes of what is seen of what executions have cost, and of whether that was told whole; or why it is not
    /// known.
    pub(crate) fn costs<T>(
        &self,
        sight: &Sight,
        ask: impl FnOnce(&Costs, Seen<'_>, bool) -> T,
    ) -> Result<T, BooksFault> {
        let image = self.hub.image();
        let is_whole = image.is_whole();
        image.costs.as_ref().map(|costs| ask(costs, Seen::of(sight, &image), is_whole)).map_err(|fault| *fault)
    }

    /// Where a listener starts: money, all open orders, the last `fills` fills.
    pub(crate) fn portfolio_start(&self, sight: &Sight, fills: usize) -> (PortfolioCursor, PortfolioStart) {
        let image = self.hub.image();
        let orders = open_orders(&image, sight);
        let start = PortfolioStart { orders, fills: sight::fills(&image, sight).last(fills) };
        (PortfolioCursor::of(&image, sight), start)
    }

    /// What is new since the listener's last look, bounded like [`Desk::market_news`].
    pub(crate) fn portfolio_news(&self, sight: &Sight, cursor: &mut PortfolioCursor) -> PortfolioNews {
        let image = self.hub.image();
        let fills = sight::fills(&image, sight).since(cursor.fills);
        let now = PortfolioCursor::of(&image, sight);
        let news = PortfolioNews {
            lapped: now.missed - cursor.missed + fills.missed,
            is_new: image.portfolio.is_some() && now.portfolio != cursor.portfolio,
            orders: (now.orders != cursor.orders).then(|| open_orders(&image, sight)),
            fills,
        };
        *cursor = now;
        news
    }
}

impl PortfolioCursor {
    fn of(image: &Image, sight: &Sight) -> Self {
        Self {
            portfolio: image.portfolio_version,
            orders: sight::orders_version(image, sight),
            fills: sight::fills(image, sight).pushed(),
            missed: image.orders.missed,
        }
    }
}

fn open_orders(image: &Image, sight: &Sight) -> OpenOrders {
    OpenOrders { reports: sight::open(image, sight).copied().collect(), complete: image.orders.complete() }
}
