//! Questions about orders, positions and money.

use super::Desk;
use super::answer::Unknown;
use super::sight::{self, Seen, Sight};
use crate::hub::Since;
use crate::hub::image::Image;
use crate::hub::terms::Terms;
use engine_core::portfolio::books::{Books, BooksFault};
use engine_core::portfolio::costs::Costs;
use engine_model::image::{LatencyImage, PortfolioImage};
use engine_model::report::Report;
use engine_model::units::{Nanos, Quote, Ticks};

/// How far a listener has been told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PortfolioCursor {
    portfolio: u64,
    orders: u64,
    fills: u64,
    missed: u64,
}

/// An order that is not final.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenOrder {
    /// The last one of it.
    pub(crate) report: Report,
    /// `None`: it is from before this run, or news of it were missed.
    pub(crate) terms: Option<Terms>,
}

/// Orders that are not final.
#[derive(Clone, Debug)]
pub(crate) struct OpenOrders {
    /// In the order of their ids.
    pub(crate) open: Vec<OpenOrder>,
    /// Whether these are all.
    pub(crate) complete: bool,
}

/// Open orders, a part of them.
#[derive(Clone, Debug)]
pub(crate) struct OrdersPage {
    pub(crate) open: Vec<OpenOrder>,
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

impl OpenOrder {
    /// Its limit. The price that stands for an order without one, which waits for a price, is that price.
    pub(crate) fn limit(&self) -> Option<Ticks> {
        let px = self.report.px;
        let is_trigger = |terms: &Terms| {
            let order = &terms.order;
            // One that waited at its venue goes on under its trigger when that has pulled it.
            order.order_type.has_trigger() && order.px.0 == 0 && (!terms.is_pulled || order.trigger_px == px)
        };
        (px.0 != 0 && !self.terms.as_ref().is_some_and(is_trigger)).then_some(px)
    }
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
        let open: Vec<_> = open(&image, sight).skip(skip).take(limit).collect();
        let (total, end) = (sight::open(&image, sight).count(), skip.saturating_add(open.len()));
        OrdersPage { open, total, next_skip: (end < total).then_some(end), complete: image.orders.complete() }
    }

    /// The last `limit` executions before number `before`.
    pub(crate) fn executions(&self, sight: &Sight, before: Option<u64>, limit: usize) -> ExecutionsPage {
        let image = self.hub.image();
        let fills = sight::fills(&image, sight);
        let (first, reports) = fills.page(before, limit);
        let older = (first > fills.oldest() && !reports.is_empty()).then_some(first);
        ExecutionsPage { reports, total: fills.pushed(), older, missed: image.orders.missed }
    }

    /// Equity from minute to minute, oldest first: the last 31 days of this run and of those that it goes on from. Minutes in
    /// which none was up are missing. Nothing of it for whoever does not see the whole account.
    pub(crate) fn equity(&self, sight: &Sight) -> Vec<(Nanos, Quote)> {
        if sight.is_whole() { self.hub.image().equity.last(usize::MAX) } else { Vec::new() }
    }

    /// What equity was so long ago.
    pub(crate) fn equity_ago(&self, sight: &Sight, ago_ns: u64) -> Result<Quote, Unknown> {
        equity_at(&self.equity(sight), Nanos(self.now().0.saturating_sub(ago_ns)), self.now())
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

/// Between two points of a curve without a hole: a minute, and room for an engine that had nothing to tell for another.
pub(super) const MINUTES_RUNNING_NS: u64 = 150 * Nanos::SECOND;

fn equity_at(curve: &[(Nanos, Quote)], at: Nanos, now: Nanos) -> Result<Quote, Unknown> {
    let Some((first, equity)) = curve.first() else {
        return Err(Unknown::because("the engine has told no equity yet"));
    };
    if *first > at {
        // The first minute of a curve is told within a minute.
        let is_near = first.since(at) <= MINUTES_RUNNING_NS;
        let known = now.since(*first) / Nanos::SECOND;
        return if is_near { Ok(*equity) } else { Err(Unknown(format!("equity is known for {known} s"))) };
    }
    let (told, equity) = curve[curve.partition_point(|(told, _)| *told <= at) - 1];
    let is_near = at.since(told) <= MINUTES_RUNNING_NS;
    if is_near { Ok(equity) } else { Err(Unknown::because("no run was up then")) }
}

fn open_orders(image: &Image, sight: &Sight) -> OpenOrders {
    OpenOrders { open: open(image, sight).collect(), complete: image.orders.complete() }
}

fn open<'i>(image: &'i Image, sight: &'i Sight) -> impl Iterator<Item = OpenOrder> + 'i {
    let terms = |report: &Report| image.terms.of(report.client_order_id).copied();
    sight::open(image, sight).map(move |report| OpenOrder { report: *report, terms: terms(report) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_model::order::{Order, OrderType};

    #[test]
    fn equity_of_then_is_that_of_the_minute_or_unknown_with_the_reason() {
        let minute = |n: u64| Nanos((29_000_000 + n) * 60 * Nanos::SECOND);
        let curve: Vec<_> = (0..60).chain(120..180).map(|n| (minute(n), Quote::whole(n as i64))).collect();
        let at = |n: u64| equity_at(&curve, minute(n), minute(180)).map_err(|unknown| unknown.0);
        assert_eq!(at(130), Ok(Quote::whole(130)));
        assert_eq!(equity_at(&curve, Nanos(minute(130).0 + 9), minute(180)), Ok(Quote::whole(130)));
        assert_eq!(at(90), Err("no run was up then".to_owned()), "and not what it was half an hour before or after");
        assert_eq!(equity_at(&curve, Nanos(minute(0).0 - Nanos::SECOND), minute(180)), Ok(Quote::whole(0)));
        let early = equity_at(&curve, Nanos(minute(0).0 - Nanos::DAY), minute(180)).map_err(|unknown| unknown.0);
        assert_eq!(early, Err("equity is known for 10800 s".to_owned()));
        assert!(equity_at(&[], minute(1), minute(2)).is_err());
    }

    #[test]
    fn the_trigger_of_an_order_is_never_its_limit() {
        let order = Order { order_type: OrderType::StopMarket, trigger_px: Ticks(600), ..Order::default() };
        let limit = |px, is_pulled| {
            let terms = Some(Terms { order, passed_at: Nanos(1), is_pulled });
            OpenOrder { report: Report { px: Ticks(px), ..Report::default() }, terms }.limit()
        };
        assert_eq!(limit(600, false), None);
        assert_eq!(limit(600, true), None, "pulled at its venue, where it is a market order now");
        assert_eq!(limit(595, true), Some(Ticks(595)), "let go by us, at the collar");
    }
}
