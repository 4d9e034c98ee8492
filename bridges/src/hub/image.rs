//! What the slow side knows of the engine: one value, folded from taps and snapshots by the pump, read by the desk.
//!
//! Owns: the last book, trades and prices of each instrument; open orders and fills as folded from reports; positions
//! and latency as the engine's snapshots have them. Everything in it is bounded.
//! Never: asks the engine for anything, or holds it back.

use super::flow::{Flow, Liquidation};
use super::terms::OpenTerms;
use super::trail::Trail;
use super::verdicts::Verdicts;
use super::whose::{Authors, Shared, Whose};
use engine_core::journal::record::Judgement;
use engine_core::portfolio::books::{Books, BooksFault, Terms};
use engine_core::portfolio::costs::Costs;
use engine_core::risk::decision::Decision;
use engine_model::image::{BookImage, LatencyImage, PortfolioImage};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::{Limits, Scope, TradingState};
use engine_model::market::{BookState, Level, MarketChange, MarketEvent, Side, Stamp};
use engine_model::order::{ClientOrderId, OrderEvent};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::VenueId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Trades kept of each instrument: about a second of a busy market, a page for a reader.
pub(crate) const TRADES_KEPT: usize = 200;
/// Fills kept.
pub(crate) const FILLS_KEPT: usize = 200;
/// Reports of orders kept, for whoever waits for a word about one: some seconds of a busy run.
const SAID_KEPT: usize = 2_048;
/// Orders that are over and have executed, of which the cost is told one by one: a page for a reader.
pub(crate) const COSTS_KEPT: usize = 500;
/// Open orders kept. Risk admits far fewer; the bound is for a run in which it does not.
pub(crate) const ORDERS_KEPT: usize = 4_096;

/// Points of the equity curve kept: 31 days of minutes.
pub(crate) const EQUITY_KEPT: usize = 31 * 1_440;
/// Between two of them.
pub(crate) const EQUITY_EVERY_NS: u64 = 60 * Nanos::SECOND;

/// One trade of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) at: Stamp,
    pub(crate) px: Ticks,
    pub(crate) qty: Lots,
    pub(crate) aggressor: Side,
    pub(crate) trade_id: u64,
}

/// The best bid and ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Top {
    pub(crate) at_ns: Nanos,
    pub(crate) bid: Level,
    pub(crate) ask: Level,
    /// Unknown when the top was read from a snapshot.
    pub(crate) imbalance_bps: Option<i16>,
}

/// A price, and when it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) px: Ticks,
    pub(crate) at_ns: Nanos,
}

/// A funding rate, and when it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Funding {
    pub(crate) rate_e8: i64,
    pub(crate) next_at_ns: Nanos,
    /// Seconds between two payments; 0 unknown.
    pub(crate) interval_s: u32,
    pub(crate) at_ns: Nanos,
}

/// Open interest, and when it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenInterest {
    pub(crate) qty: Lots,
    pub(crate) at_ns: Nanos,
}

/// What is known of one instrument.
#[derive(Debug)]
pub(crate) struct InstrumentImage {
    /// Levels are meaningful only while `book.state` is synced.
    pub(crate) book: BookImage,
    pub(crate) top: Option<Top>,
    pub(crate) trades: Trail<Trade>,
    pub(crate) mark: Option<Told>,
    pub(crate) index: Option<Told>,
    pub(crate) funding: Option<Funding>,
    pub(crate) open_interest: Option<OpenInterest>,
    pub(crate) flow: Flow,
    /// Events taken from the tap.
    pub(crate) events: u64,
    /// Events of this instrument's venue that the pump was too late for.
    pub(crate) missed: u64,
    /// Rises when `book` or `top` changes.
    pub(crate) book_version: u64,
    /// Rises when `mark`, `index`, `funding` or `open_interest` changes.
    pub(crate) prices_version: u64,
    /// No snapshot older than this counts: the book was lost then.
    lost_at_ns: Nanos,
    /// Time of the newest event, as bars count it.
    last_at: Nanos,
}

impl InstrumentImage {
    fn new(instrument: InstrumentId) -> Self {
        Self {
            book: BookImage { instrument, ..BookImage::default() },
            top: None,
            trades: Trail::new(TRADES_KEPT),
            mark: None,
            index: None,
            funding: None,
            open_interest: None,
            flow: Flow::new(),
            events: 0,
            missed: 0,
            book_version: 0,
            prices_version: 0,
            lost_at_ns: Nanos(0),
            last_at: Nanos(0),
        }
    }

    fn take(&mut self, event: &MarketEvent) {
        self.events += 1;
        let at_ns = event.at.received_at_ns;
        // Bars are the venue's where it tells its time.
        let at = if event.at.venue_at_ns == Nanos(0) { at_ns } else { event.at.venue_at_ns };
        self.last_at = self.last_at.max(at);
        self.flow.heard(at);
        match event.change {
            MarketChange::Book(state) => {
                if state != BookState::Synced {
                    self.flow.hole(at);
                }
                self.book_state(state, at_ns);
            }
            MarketChange::Top { bid, ask, imbalance_bps } => {
                self.take_top(Top { at_ns, bid, ask, imbalance_bps: Some(imbalance_bps) });
            }
            MarketChange::Trade { px, qty, aggressor, trade_id } => {
                self.trades.push(Trade { at: event.at, px, qty, aggressor, trade_id });
                self.flow.trade(at, px, qty, aggressor);
            }
            MarketChange::Mark { px } => {
                self.mark = Some(Told { px, at_ns });
                self.prices_version += 1;
            }
            MarketChange::Index { px } => {
                self.index = Some(Told { px, at_ns });
                self.prices_version += 1;
            }
            MarketChange::Funding { rate_e8, next_at_ns, interval_s } => {
                self.funding = Some(Funding { rate_e8, next_at_ns, interval_s, at_ns });
                self.prices_version += 1;
            }
            MarketChange::OpenInterest { qty } => {
                self.open_interest = Some(OpenInterest { qty, at_ns });
                self.prices_version += 1;
            }
            MarketChange::Liquidation { px, qty, closed } => {
                self.flow.liquidations.push(Liquidation { at, px, qty, closed });
            }
            // Counted above; nothing at the door shows them.
            MarketChange::Quote { .. } | MarketChange::Depth { .. } | MarketChange::BookDigest { .. } => {}
        }
    }

    /// Bad news counts from the tap at once: a lost book must not be shown until a snapshot says otherwise. Good news
    /// comes from the snapshot alone, which brings the levels along; and one that is already newer than the loss stands.
    fn book_state(&mut self, state: BookState, at_ns: Nanos) {
        if state == BookState::Synced || at_ns < self.book.received_at_ns {
            return;
        }
        self.lost_at_ns = at_ns;
        self.top = None;
        self.book = BookImage { instrument: self.book.instrument, state, ..BookImage::default() };
        self.book_version += 1;
    }

    /// A snapshot read after this event was published may be newer than it.
    fn take_top(&mut self, top: Top) {
        if self.top.is_none_or(|known| known.at_ns <= top.at_ns) {
            self.top = Some(top);
            self.book_version += 1;
        }
    }

    fn take_book(&mut self, book: &BookImage) {
        if book.received_at_ns < self.lost_at_ns {
            return;
        }
        self.book = *book;
        self.book_version += 1;
        if book.state != BookState::Synced {
            self.top = None;
        } else if self.top.is_none_or(|top| top.at_ns < book.received_at_ns) {
            self.top =
                Some(Top { at_ns: book.received_at_ns, bid: book.bids[0], ask: book.asks[0], imbalance_bps: None });
        }
    }
}

/// Orders as the reports tell of them.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    /// The last report of each order that is not final.
    pub(crate) open: BTreeMap<ClientOrderId, Report>,
    /// Reports of executions.
    pub(crate) fills: Shared<Report>,
    /// The last reports of any order, its end included.
    pub(crate) said: Trail<Report>,
    /// Reports that the pump was too late for. Once that happened, `open` may lack orders.
    pub(crate) missed: u64,
    /// Reports on the ring up to the last one that was taken, with those that were missed.
    pub(crate) heard: u64,
    /// Rises when `open` changes.
    pub(crate) version: u64,
    /// The same of each one's orders, and of all that were forgotten together.
    versions: BTreeMap<Whose, u64>,
    lapses: u64,
}

impl Orders {
    fn new() -> Self {
        Self {
            open: BTreeMap::new(),
            fills: Shared::new(FILLS_KEPT),
            said: Trail::new(SAID_KEPT),
            missed: 0,
            heard: 0,
            version: 0,
            versions: BTreeMap::new(),
            lapses: 0,
        }
    }

    /// Whether `open` is all there is.
    pub(crate) fn complete(&self) -> bool {
        self.is_whole_since(0)
    }

    /// Whether `open` has all that became of orders since so many reports had been missed.
    pub(crate) fn is_whole_since(&self, missed: u64) -> bool {
        self.missed == missed && self.open.len() < ORDERS_KEPT
    }

    /// Rises when what is open of those changes.
    pub(crate) fn version_of(&self, is_seen: impl Fn(&Whose) -> bool) -> u64 {
        let own: u64 = self.versions.iter().filter(|(whose, _)| is_seen(whose)).map(|(_, version)| version).sum();
        own + self.lapses
    }

    fn changed(&mut self, whose: Whose) {
        self.version += 1;
        *self.versions.entry(whose).or_default() += 1;
    }

    fn take(&mut self, report: &Report, authors: &Authors) {
        let is_execution = matches!(report.event, OrderEvent::Filled { .. } | OrderEvent::ClosedOut(_));
        if report.event.is_of_account() && !is_execution {
            return; // no order stands or ends by it
        }
        self.changed(authors.of_report(report));
        if is_execution {
            self.fills.push(*report, |gone| authors.of_report(gone));
        }
        if report.event.is_of_account() {
            return;
        }
        self.said.push(*report);
        if report.status.is_terminal() {
            self.open.remove(&report.client_order_id);
        } else if self.open.len() < ORDERS_KEPT || self.open.contains_key(&report.client_order_id) {
            self.open.insert(report.client_order_id, *report);
        }
    }

    /// An order whose end was among the missed reports would stand here for ever; so all go, and those that live come
    /// back with their next report. Fewer than there are is said (`complete`); more than there are would be a lie.
    fn lapped(&mut self, missed: u64) {
        self.missed += missed;
        self.version += 1;
        self.lapses += 1;
        self.open.clear();
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) instruments: Vec<InstrumentImage>,
    pub(crate) orders: Orders,
    pub(crate) authors: Authors,
    pub(crate) terms: OpenTerms,
    pub(crate) verdicts: Verdicts,
    /// Who earned what, and what it was made of, by average cost; or why this run's cannot be kept.
    pub(crate) books: Result<Books, BooksFault>,
    /// What executions have cost; or why this run's cannot be told.
    pub(crate) costs: Result<Costs, BooksFault>,
    /// `None` until the engine has written the first.
    pub(crate) portfolio: Option<PortfolioImage>,
    pub(crate) portfolio_version: u64,
    /// Equity from minute to minute.
    pub(crate) equity: Trail<(Nanos, Quote)>,
    /// The equity of before this run was counted from another start: it is moved when the engine tells its first.
    is_equity_elsewhere: bool,
    /// `None` until an order was measured.
    pub(crate) latency: Option<LatencyImage>,
}

impl Image {
    pub(crate) fn new(instruments: &Arc<Instruments>, begun: &[(Scope, TradingState)]) -> Self {
        Self {
            books: Books::new(Arc::clone(instruments), Terms::default()),
            costs: Costs::new(Arc::clone(instruments), COSTS_KEPT),
            instruments: instruments.iter().map(|i| InstrumentImage::new(i.id)).collect(),
            orders: Orders::new(),
            authors: Authors::default(),
            terms: OpenTerms::default(),
            verdicts: Verdicts::new(begun),
            portfolio: None,
            portfolio_version: 0,
            equity: Trail::new(EQUITY_KEPT),
            is_equity_elsewhere: false,
            latency: None,
        }
    }

    pub(crate) fn instrument(&self, id: InstrumentId) -> &InstrumentImage {
        &self.instruments[id.index()]
    }

    pub(crate) fn flow_mut(&mut self, id: InstrumentId) -> &mut Flow {
        &mut self.instruments[id.index()].flow
    }

    pub(crate) fn take_market(&mut self, event: &MarketEvent) {
        self.instruments[event.at.instrument.index()].take(event);
        if let Ok(books) = &mut self.books {
            books.on_market(event);
        }
        if let Ok(costs) = &mut self.costs {
            costs.on_market(event);
        }
    }

    pub(crate) fn take_report(&mut self, report: &Report) {
        self.orders.take(report, &self.authors);
        self.terms.take_report(report);
        if let Ok(books) = &mut self.books {
            books.on_report(report);
        }
        if let Ok(costs) = &mut self.costs {
            costs.on_report(report);
        }
    }

    /// The desk of people has said which order is whose.
    pub(crate) fn learn_author(&mut self, order: ClientOrderId, author: Arc<str>) {
        self.authors.learn(order, author);
        let strategy = StrategyId(order.strategy());
        self.orders.changed(self.authors.whose(order, strategy, 0));
    }

    pub(crate) fn take_decision(&mut self, decision: &Decision) {
        self.verdicts.take(decision, &self.authors);
        self.terms.take_decision(decision);
        if let Ok(costs) = &mut self.costs {
            costs.on_decision(&Judgement::from(decision));
        }
    }

    pub(crate) fn take_book(&mut self, id: InstrumentId, book: &BookImage) {
        self.instruments[id.index()].take_book(book);
    }

    pub(crate) fn take_portfolio(&mut self, portfolio: &PortfolioImage) {
        if self.portfolio.is_none()
            && let Ok(books) = &mut self.books
        {
            books.start_from(portfolio.equity_start);
        }
        if std::mem::take(&mut self.is_equity_elsewhere)
            && let Some((_, last)) = self.equity.newest()
        {
            let by = portfolio.equity.0.saturating_sub(last.0);
            self.equity.change_all(|(_, equity)| equity.0 = equity.0.saturating_add(by));
            // A share of less than nothing is none: what lies before such a point is of another account, as it were.
            if let Some(last) = self.equity.last(usize::MAX).iter().rposition(|(_, equity)| equity.0 <= 0) {
                self.equity.forget(last + 1);
            }
        }
        if self.equity.newest().is_none_or(|(at, _)| portfolio.at_ns.since(at) >= EQUITY_EVERY_NS) {
            self.equity.push((portfolio.at_ns, portfolio.equity));
        }
        self.portfolio = Some(*portfolio);
        self.portfolio_version += 1;
    }

    /// What equity was before this run, oldest first. `is_elsewhere`: counted from another start, so that only its changes
    /// are right.
    pub(crate) fn inherit_equity(&mut self, rows: impl Iterator<Item = (Nanos, Quote)>, is_elsewhere: bool) {
        rows.for_each(|row| self.equity.push(row));
        self.is_equity_elsewhere = is_elsewhere;
    }

    /// Whether risk counts just the open orders that are known here, by the same reports, and no earlier than that.
    pub(crate) fn knows_all_open(&self, at: Nanos) -> bool {
        let place = Limits::TABLE.iter().position(|row| row.key == "open_orders_max");
        let counted = |portfolio: &PortfolioImage| place.and_then(|place| portfolio.limit_uses[place]);
        let told = self.portfolio.as_ref().filter(|told| told.at_ns >= at && told.reports == self.orders.heard);
        told.and_then(counted) == i64::try_from(self.orders.open.len()).ok()
    }

    /// Whether no event of any ring was missed.
    pub(crate) fn is_whole(&self) -> bool {
        self.orders.missed == 0 && self.verdicts.missed == 0 && self.instruments.iter().all(|one| one.missed == 0)
    }

    pub(crate) fn take_latency(&mut self, latency: &LatencyImage) {
        self.latency = (latency.samples > 0).then_some(*latency);
    }

    pub(crate) fn market_lapped(&mut self, instruments: &Instruments, venue: VenueId, missed: u64) {
        for instrument in instruments.iter().filter(|i| i.venue == venue) {
            let image = &mut self.instruments[instrument.id.index()];
            image.missed += missed;
            image.flow.hole(image.last_at);
        }
    }

    pub(crate) fn reports_lapped(&mut self, missed: u64) {
        self.orders.lapped(missed);
        self.terms.reports_lapped();
    }

    pub(crate) fn decisions_lapped(&mut self, missed: u64) {
        self.verdicts.missed += missed;
        self.terms.decisions_lapped();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: InstrumentId = InstrumentId(0);

    fn level(px: i64) -> Level {
        Level { px: Ticks(px), qty: Lots(1) }
    }

    fn event(at: u64, change: MarketChange) -> MarketEvent {
        MarketEvent { at: Stamp { received_at_ns: Nanos(at), ..Stamp::default() }, change }
    }

    fn top(at: u64, px: i64) -> MarketEvent {
        event(at, MarketChange::Top { bid: level(px), ask: level(px + 1), imbalance_bps: 0 })
    }

    fn snapshot(at: u64, px: i64) -> BookImage {
        let mut book = BookImage { state: BookState::Synced, received_at_ns: Nanos(at), ..BookImage::default() };
        (book.bids[0], book.asks[0]) = (level(px), level(px + 1));
        book
    }

    fn bid(image: &InstrumentImage) -> Option<i64> {
        image.top.map(|top| top.bid.px.0)
    }

    #[test]
    fn the_newer_of_event_and_snapshot_is_the_top_whichever_is_read_first() {
        let mut image = InstrumentImage::new(ID);
        image.take_book(&snapshot(10, 100));
        image.take(&top(11, 101));
        assert_eq!(bid(&image), Some(101));
        image.take_book(&snapshot(11, 101));
        assert_eq!(image.top.and_then(|top| top.imbalance_bps), Some(0), "the same top: the event knows more");
        image.take_book(&snapshot(20, 200));
        image.take(&top(15, 150));
        assert_eq!(bid(&image), Some(200), "an event from before the snapshot");
    }

    #[test]
    fn a_payment_opens_no_order() {
        let mut orders = Orders::new();
        let event = OrderEvent::Paid(engine_model::payment::Payment::default());
        orders.take(&Report { client_order_id: ClientOrderId(7), event, ..Report::default() }, &Authors::default());
        assert_eq!((orders.open.len(), orders.version), (0, 0));
    }

    #[test]
    fn a_lost_book_has_no_price_until_a_newer_snapshot() {
        let mut image = InstrumentImage::new(ID);
        image.take_book(&snapshot(10, 100));
        image.take(&event(12, MarketChange::Book(BookState::Lost)));
        image.take_book(&snapshot(11, 100));
        image.take(&event(13, MarketChange::Book(BookState::Synced)));
        assert_eq!((image.book.state, bid(&image)), (BookState::Lost, None), "the levels are not there yet");
        image.take_book(&snapshot(13, 130));
        assert_eq!((image.book.state, bid(&image)), (BookState::Synced, Some(130)));
    }

    #[test]
    fn news_of_a_loss_that_a_snapshot_has_overtaken_changes_nothing() {
        let mut image = InstrumentImage::new(ID);
        image.take_book(&snapshot(20, 200));
        image.take(&event(12, MarketChange::Book(BookState::Lost)));
        assert_eq!((image.book.state, bid(&image)), (BookState::Synced, Some(200)));
    }
}
