//! What executions have cost: of each order, and of instruments, strategies and venues. A fold of the same events as the
//! [`Books`](crate::portfolio::books::Books), made by the bridge or out of a journal, so it costs the engine nothing.
//!
//! | figure | an execution's price against | a cost is |
//! |---|---|---|
//! | arrival | the middle when the order was decided (of a slice: when the whole order was) | positive |
//! | shortfall | the same, with fees: the implementation shortfall of what was executed | positive |
//! | touch | the best opposite price when this order was decided: beyond it is depth and delay | positive |
//! | spread | twice the way to the middle as the execution was told: the effective spread | positive |
//! | markout | the middle 1 s, 10 s and 60 s after the execution was told | negative |
//!
//! All are sums over executions of atoms (1e-18 of the settlement currency) and of the value that they are told against,
//! so totals are the sums of their orders, and a basis point is divided once, when it is told. A middle is the mean of what
//! a lot is worth at the best bid and at the best ask. What was left undone has no cost here: of quotes that are withdrawn
//! all day it would tell nothing.
//!
//! **Time.** News may come apart by [`APART_NS`]: a journal's thread and a bridge read one ring after the other. So it is
//! kept back that long and folded by the time at which it was received: at the same time the market first, then decisions,
//! then reports. A markout is known once anything was received at its time or later: the middle that stood as that time came.
//!
//! **Never** guesses: a figure without a price (no decision in the journal, a book out of sync, a market that did not go on
//! long enough) has fewer executions than the order, or none, and what does not fit is counted ([`Costs::skipped`]).

mod measure;
mod order;
mod report;
mod tally;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twin;

pub use measure::{Lag, Measure};
pub use order::{Arrival, OrderCost};
pub use report::Family;
pub use tally::Tally;

use crate::journal::record::{Judgement, Verdict};
use crate::market_state::MarketState;
use crate::portfolio::books::{ATOMS_PER_E8, Atoms, BooksFault};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::market::{MarketEvent, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent};
use engine_model::payment::{AssetId, Payment, PaymentKind};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tally::{Against, Executed};

/// Markouts are taken so many seconds after an execution.
pub const HORIZONS: [u64; 3] = [1, 10, 60];
/// Nothing comes that was received earlier than the newest by more than that.
pub const APART_NS: u64 = Nanos::SECOND;
/// Larger amounts are not taken in: 2^25 of them, doubled, still sum within 128 bits. A trillion.
const AMOUNT_MAX: u128 = 1 << 100;

/// One thing that happened.
#[derive(Clone, Debug)]
enum News {
    Market(MarketEvent),
    Decided(Decided),
    Report(Report),
}

/// An order was decided, or let go.
#[derive(Clone, Debug)]
struct Decided {
    at_ns: Nanos,
    caused_at_ns: Nanos,
    order: Order,
    is_release: bool,
}

/// A markout that is to come.
#[derive(Clone, Copy, Debug)]
struct Due {
    order: ClientOrderId,
    strategy: StrategyId,
    instrument: InstrumentId,
    horizon: usize,
    done: Executed,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Costs {
    instruments: Arc<Instruments>,
    /// By instrument: its factors, what it settles in, its market.
    atoms: Vec<Atoms>,
    settlements: Vec<AssetId>,
    markets: Vec<MarketState>,
    /// By time, by what it is of, by how it came.
    waiting: BTreeMap<(Nanos, u8, u64), News>,
    taken: u64,
    newest: Nanos,
    /// By time, and by how they came.
    dues: BTreeMap<(Nanos, u64), Due>,
    orders: BTreeMap<ClientOrderId, OrderCost>,
    /// Orders that ended without an execution, and those with one, by when they ended; the oldest are left out first.
    over: [VecDeque<ClientOrderId>; 2],
    orders_kept: usize,
    left_out: u64,
    totals: BTreeMap<(InstrumentId, StrategyId), Tally>,
    skipped: u64,
}

impl Costs {
    /// Nothing yet. Of orders that are over, the newest `orders_kept` with an execution are kept one by one, and as many
    /// without, which may come late; totals are of all.
    ///
    /// # Errors
    /// Names an instrument whose amounts are not whole atoms.
    pub fn new(instruments: Arc<Instruments>, orders_kept: usize) -> Result<Self, BooksFault> {
        let atoms = instruments.iter().map(|i| Atoms::new(i).ok_or(BooksFault::TooFine(i.id)));
        Ok(Self {
            atoms: atoms.collect::<Result<_, _>>()?,
            settlements: instruments.iter().map(|i| instruments.asset(i.settlement()).unwrap_or_default()).collect(),
            markets: vec![MarketState::default(); instruments.len()],
            instruments,
            waiting: BTreeMap::new(),
            taken: 0,
            newest: Nanos(0),
            dues: BTreeMap::new(),
            orders: BTreeMap::new(),
            over: Default::default(),
            orders_kept,
            left_out: 0,
            totals: BTreeMap::new(),
            skipped: 0,
        })
    }

    /// Takes in what a market tells.
    pub fn on_market(&mut self, event: &MarketEvent) {
        self.take(event.at.received_at_ns, 0, News::Market(*event));
    }

    /// Takes in what risk decided.
    pub fn on_decision(&mut self, judgement: &Judgement) {
        let (order, is_release) = match judgement.verdict {
            Verdict::Submit(order) | Verdict::Hold(order) => (order, false),
            Verdict::Release(order) => (order, true),
            _ => return,
        };
        let Judgement { at_ns, caused_at_ns, .. } = *judgement;
        self.take(at_ns, 1, News::Decided(Decided { at_ns, caused_at_ns, order, is_release }));
    }

    /// Takes in what became of an order, and fees.
    pub fn on_report(&mut self, report: &Report) {
        self.take(report.received_at_ns, 2, News::Report(*report));
    }

    /// Nothing more will come: folds what was kept back.
    pub fn finish(&mut self) {
        while let Some((place, news)) = self.waiting.pop_first() {
            self.fold(place.0, news);
        }
    }

    fn take(&mut self, at: Nanos, rank: u8, news: News) {
        self.newest = self.newest.max(at);
        self.waiting.insert((at, rank, self.taken), news);
        self.taken += 1;
        while let Some(first) = self.waiting.first_entry()
            && self.newest.since(first.key().0) > APART_NS
        {
            let (place, news) = first.remove_entry();
            self.fold(place.0, news);
        }
    }

    fn fold(&mut self, at: Nanos, news: News) {
        while let Some(first) = self.dues.first_entry()
            && first.key().0 <= at
        {
            let due = first.remove();
            self.mark(&due);
        }
        match news {
            News::Market(event) => self.markets[event.at.instrument.index()].apply(&event),
            News::Decided(decided) => self.decided(&decided),
            News::Report(report) => self.reported(&report),
        }
    }

    fn mark(&mut self, due: &Due) {
        let Some(lot) = self.middle(due.instrument) else { return };
        if !due.done.fits(lot) {
            self.skipped += 1;
            return;
        }
        let of_order = self.orders.get_mut(&due.order).map(|order| &mut order.tally);
        let total = self.totals.entry((due.instrument, due.strategy)).or_default();
        let sums = of_order.into_iter().chain([total]);
        let fits = sums.map(|tally| tally.marked(due.horizon, &due.done, lot)).all(|added| added.is_some());
        self.skipped += u64::from(!fits);
    }

    fn decided(&mut self, decided: &Decided) {
        let Decided { at_ns, caused_at_ns, order, is_release } = decided;
        let id = order.client_order_id;
        let now = self.touch(order.instrument);
        let whole = (order.contingency == Contingency::Spawned).then(|| OrderCost::wished(order).part_of).flatten();
        let of_whole = whole.and_then(|whole| self.orders.get(&whole));
        // A part that is routed to another venue has that venue's market.
        let of_whole = of_whole.filter(|whole| whole.instrument == order.instrument).and_then(|whole| whole.arrival);
        let row = self.orders.entry(id).or_insert_with(|| OrderCost::wished(order));
        if *is_release && !row.waits && row.decided_at_ns.is_some() {
            return;
        }
        row.waits = order.order_type.has_trigger() || order.parent != 0;
        (row.arrival, row.touch) = (of_whole.or(now), now);
        row.caused_at_ns = (caused_at_ns.0 != 0).then_some(*caused_at_ns);
        row.decided_at_ns = Some(*at_ns);
    }

    fn reported(&mut self, report: &Report) {
        if let OrderEvent::Paid(payment) = report.event {
            return self.paid(report, &payment);
        }
        if report.event.is_of_account() {
            return;
        }
        let at = report.received_at_ns;
        let total = self.totals.entry((report.instrument, report.strategy)).or_default();
        let row = self.orders.entry(report.client_order_id).or_insert_with(|| OrderCost::reported(report));
        let was_over = row.is_over();
        (row.status, row.qty) = (Some(report.status), report.qty);
        match report.event {
            OrderEvent::Submitted if row.sent_at_ns.is_none() => {
                row.sent_at_ns = Some(at);
                for tally in [&mut row.tally, &mut *total] {
                    tally.decide.add(row.caused_at_ns, row.decided_at_ns);
                    tally.send.add(row.decided_at_ns, row.sent_at_ns);
                }
            }
            OrderEvent::Accepted if row.acked_at_ns.is_none() => {
                row.acked_at_ns = Some(at);
                for tally in [&mut row.tally, &mut *total] {
                    tally.ack.add(row.sent_at_ns, row.acked_at_ns);
                }
            }
            OrderEvent::Filled { last_px, last_qty, fee, .. } => self.filled(report, last_px, last_qty, fee),
            _ => {}
        }
        self.retire(report.client_order_id, was_over);
    }

    fn filled(&mut self, report: &Report, px: Ticks, qty: Lots, fee: Quote) {
        let (id, strategy) = (report.instrument, report.strategy);
        let atoms = &self.atoms[id.index()];
        let middle = self.middle(id);
        let Some(row) = self.orders.get_mut(&report.client_order_id) else { return };
        let against = Against {
            arrival: row.arrival.and_then(|arrival| middle_of(atoms, arrival)),
            touch: row.touch.and_then(|touch| touch_of(atoms, touch, report.side)),
            middle,
        };
        let done = executed(atoms, report.side, px, qty, fee).filter(|done| against.fits(done));
        let Some(done) = done else {
            self.skipped += 1;
            return;
        };
        let total = self.totals.entry((id, strategy)).or_default();
        let is_first = row.first_fill_at_ns.is_none();
        row.first_fill_at_ns = row.first_fill_at_ns.or(Some(report.received_at_ns));
        for tally in [&mut row.tally, total] {
            if is_first {
                tally.orders += 1;
                tally.first_fill.add(row.sent_at_ns, row.first_fill_at_ns);
            }
            self.skipped += u64::from(tally.filled(&done, &against).is_none());
        }
        for (horizon, seconds) in HORIZONS.into_iter().enumerate() {
            let due = Due { order: report.client_order_id, strategy, instrument: id, horizon, done };
            self.dues.insert((report.received_at_ns.plus(seconds * Nanos::SECOND), self.taken), due);
            self.taken += 1;
        }
    }

    /// Fees are of orders; funding and interest are positions'.
    fn paid(&mut self, report: &Report, payment: &Payment) {
        let id = report.instrument;
        if payment.kind != PaymentKind::Fee {
            return;
        }
        let fee = -i128::from(payment.amount.0) * ATOMS_PER_E8;
        let row = self.orders.get_mut(&report.client_order_id);
        let has_arrival = row.as_ref().is_some_and(|row| row.arrival.is_some());
        let total = self.totals.entry((id, report.strategy)).or_default();
        for tally in row.map(|row| &mut row.tally).into_iter().chain([total]) {
            let added = match payment.asset == self.settlements[id.index()] {
                true => tally.charged(fee, has_arrival),
                false => tally.charged_in(payment.asset, fee),
            };
            self.skipped += u64::from(added.is_none());
        }
    }

    /// Orders that are over are kept until there are too many of them.
    fn retire(&mut self, id: ClientOrderId, was_over: bool) {
        let Some(order) = self.orders.get(&id).filter(|order| !was_over && order.is_over()) else { return };
        let over = &mut self.over[usize::from(order.tally.fills > 0)];
        over.push_back(id);
        if over.len() > self.orders_kept {
            let oldest = over.pop_front().and_then(|oldest| self.orders.remove(&oldest));
            self.left_out += u64::from(oldest.is_some_and(|order| order.tally.fills > 0));
        }
    }

    /// Best bid and ask, where they tell a middle.
    fn touch(&self, id: InstrumentId) -> Option<Arrival> {
        let market = &self.markets[id.index()];
        market.mid_doubled().map(|_| Arrival { bid: market.bid.px, ask: market.ask.px })
    }

    /// Twice what a lot is worth at the middle of now.
    fn middle(&self, id: InstrumentId) -> Option<i128> {
        middle_of(&self.atoms[id.index()], self.touch(id)?)
    }
}

fn middle_of(atoms: &Atoms, at: Arrival) -> Option<i128> {
    atoms.lot(at.bid)?.checked_add(atoms.lot(at.ask)?)
}

/// Twice what a lot is worth at the best price that an order of `side` could have taken.
fn touch_of(atoms: &Atoms, at: Arrival, side: Side) -> Option<i128> {
    atoms.lot(if side == Side::Buy { at.ask } else { at.bid })?.checked_mul(2)
}

fn executed(atoms: &Atoms, side: Side, px: Ticks, qty: Lots, fee: Quote) -> Option<Executed> {
    let cash = atoms.cash(side, px, qty).filter(|cash| cash.unsigned_abs() <= AMOUNT_MAX)?;
    let lots = side.sign().checked_mul(qty.0).filter(|lots| *lots != 0)?;
    Some(Executed { lots, cash_doubled: cash * 2, fee: i128::from(fee.0) * ATOMS_PER_E8 })
}
