//! The order table: what became of every order that is not over, as a fold of reports and of nothing else. Whoever folds
//! the same reports has the same table: execution, risk, a replay of the journal.
//!
//! Owns a fixed number of rows, allocated at start. An order that is over leaves; one that was canceled or expired is kept
//! for a while, because the law admits a late fill. Ids of orders that left stay used: each strategy's counter only rises.
//!
//! Never invents a report, never asks a clock.

use crate::execution::anomaly::Anomaly;
use crate::tape::carry;
use engine_model::fixed_map::FixedMap;
use engine_model::instrument::InstrumentId;
use engine_model::intent::StrategyId;
use engine_model::market::Side;
use engine_model::order::{
    ClientOrderId, Contingency, Order, OrderEvent, OrderStatus, OrderType, Progress, transition,
};
use engine_model::planted::planted;
use engine_model::report::Report;
use engine_model::units::{Lots, Ticks};
use std::collections::VecDeque;

/// Executions remembered to find a duplicate. A venue repeats after a reconnect, which overlaps by seconds; 4,096 are an
/// hour of an order a second.
const TRADES_KEPT: usize = 4_096;

/// Largest price times quantity of one execution, in ticks times lots: 2^31 such executions still sum within an i128.
const FILL_SIZE_MAX: i128 = engine_model::closeout::Closeout::SIZE_MAX;

/// One order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderRow {
    /// Our id.
    pub client_order_id: ClientOrderId,
    /// Whose.
    pub strategy: StrategyId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// What a refused cancel would give back.
    pub former: OrderStatus,
    /// Limit price; of a stop market order that waits at the venue its trigger.
    pub px: Ticks,
    /// Quantity.
    pub qty: Lots,
    /// Filled so far.
    pub filled_qty: Lots,
    /// The quantity that a change asks for, until it is answered; 0 = none.
    pub asked_qty: Lots,
    /// The quantity of a change that risk granted and execution has not told of yet; 0 = none. In risk's own table only, and
    /// no part of the law: execution may meet the end of the order first.
    pub granted_qty: Lots,
    /// Held on our side: nothing of it can fill.
    pub is_held: bool,
    /// Its withdrawal was decided while it was held (it is not let go any more), or by risk or the operator (risk does not
    /// ask for it once more). In risk's own table only.
    pub is_withdrawn: bool,
    /// Risk or the operator asked for less of it, and it did not become less since. In risk's own table only.
    pub is_cut: bool,
    /// Counter of the order that it is a slice of; 0 = none.
    pub parent: u32,
    /// Slices of it that left, if it is worked in parts.
    pub slices: u32,
    /// What its slices did and may still do, if it is worked in parts.
    pub committed: Lots,
    /// Price times quantity of all that was filled, in ticks times lots.
    pub worth: i128,
    /// Waits for a price at the venue: it is not in the book. Known only where the order itself was seen.
    pub waits: bool,
    /// That price ends a loss: it is no target. Known as `waits` is.
    pub is_stop: bool,
    /// Was sent as a stop that may only reduce: it opens nothing, so it weighs nothing. Known as `waits` is.
    pub is_weightless: bool,
    /// Listed among the closed ones that wait for a late fill.
    pub(super) kept: bool,
}

carry!(OrderRow {
    client_order_id,
    strategy,
    instrument,
    side,
    status,
    former,
    px,
    qty,
    filled_qty,
    asked_qty,
    granted_qty,
    is_held,
    is_withdrawn,
    is_cut,
    parent,
    slices,
    committed,
    worth,
    waits,
    is_stop,
    is_weightless,
    kept,
});

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The order before it.
    pub before: OrderRow,
    /// The order after it.
    pub row: OrderRow,
    /// Whether the table has a row of it.
    is_known: bool,
}

impl OrderRow {
    /// An approved order that nothing is known of yet.
    #[must_use]
    pub fn new(order: &Order, strategy: StrategyId) -> Self {
        Self {
            client_order_id: order.client_order_id,
            strategy,
            instrument: order.instrument,
            side: order.side,
            status: OrderStatus::Initialized,
            former: OrderStatus::Initialized,
            px: order.price(),
            qty: order.qty,
            filled_qty: Lots(0),
            asked_qty: Lots(0),
            granted_qty: Lots(0),
            is_held: false,
            is_withdrawn: false,
            is_cut: false,
            parent: if order.contingency == Contingency::Spawned { order.parent } else { 0 },
            slices: 0,
            committed: Lots(0),
            worth: 0,
            waits: false,
            is_stop: false,
            is_weightless: false,
            kept: false,
        }
    }

    /// The order as it is when it is sent like that.
    #[must_use]
    pub fn sent_as(self, order: &Order) -> Self {
        let waits = order.order_type.has_trigger();
        let is_stop = waits && !order.order_type.is_if_touched();
        Self { waits, is_stop, is_weightless: order.is_weightless(), ..self }
    }

    /// An order that is held on our side.
    #[must_use]
    pub fn held(order: &Order, strategy: StrategyId) -> Self {
        Self { is_held: true, ..Self::new(order, strategy) }
    }

    /// What can still fill: at worst all of the rest, until the order is known to be over; while a change is under way, of
    /// the larger quantity.
    #[must_use]
    pub fn leaves(&self) -> Lots {
        let over = (self.status.is_terminal() | self.is_held) && !planted("life/what-is-over-still-weighs");
        if over { Lots(0) } else { Lots(self.largest().max(self.granted_qty).0 - self.filled_qty.0) }
    }

    /// The order that it is a slice of.
    #[must_use]
    pub fn primary(&self) -> Option<ClientOrderId> {
        let id = self.client_order_id;
        (self.parent != 0).then(|| ClientOrderId::new(id.strategy(), id.epoch(), self.parent))
    }

    /// How far it is with that execution of a slice, if it is worked in parts.
    #[must_use]
    pub fn progress(&self, slice: ClientOrderId, last_px: Ticks, last_qty: Lots) -> Progress {
        let worth = self.worth + i128::from(last_px.0) * i128::from(last_qty.0);
        let filled = i128::from(self.filled_qty.0) + i128::from(last_qty.0);
        let average = worth.saturating_mul(1_000) / filled.max(1);
        let average_milliticks = i64::try_from(average).unwrap_or(i64::MAX);
        Progress { slice: slice.counter(), slices: self.slices, last_px, last_qty, average_milliticks }
    }

    /// What of it can make a position larger.
    #[must_use]
    pub fn weight(&self) -> Lots {
        if self.is_weightless { Lots(0) } else { self.leaves() }
    }

    /// Whether it can be met in the book.
    #[must_use]
    pub fn is_in_book(&self) -> bool {
        self.leaves().0 > 0 && !self.waits
    }

    /// What the order has at the venue at most: while a change is under way, the larger of what it was and what is asked.
    fn largest(&self) -> Lots {
        if planted("life/larger-change-not-counted") { self.qty } else { self.qty.max(self.asked_qty) }
    }

    /// The order with another price and quantity, as a change at the venue makes it, or at the desk that holds it (which may
    /// know no price of it yet); `None` for less than was filled.
    #[must_use]
    pub fn changed(self, px: Ticks, qty: Lots) -> Option<Self> {
        let is_cut = self.is_cut && qty >= self.qty;
        ((px.0 > 0 || self.is_held) && qty.0 > self.filled_qty.0).then_some(Self {
            px,
            qty,
            asked_qty: Lots(0),
            is_cut,
            ..self
        })
    }

    /// The order with that change under way; `None` for less than was filled.
    #[must_use]
    pub fn asked(self, px: Ticks, qty: Lots) -> Option<Self> {
        let asked_qty = self.asked_qty.max(qty);
        (px.0 > 0 && qty.0 > self.filled_qty.0).then_some(Self { asked_qty, granted_qty: Lots(0), ..self })
    }

    /// The order with that change granted; `None` for less than was filled.
    #[must_use]
    pub fn granted(self, px: Ticks, qty: Lots) -> Option<Self> {
        (px.0 > 0 && qty.0 > self.filled_qty.0).then_some(Self { granted_qty: qty, ..self })
    }

    /// What that change would make of it, as an order: one that waits is judged as one that waits.
    #[must_use]
    pub fn changed_to(&self, px: Ticks, qty: Lots) -> Order {
        let Self { client_order_id, instrument, side, .. } = *self;
        let plain = Order { client_order_id, instrument, side, px, qty, ..Order::default() };
        match self.waits {
            true => {
                Order { order_type: OrderType::StopLimit, trigger_px: px, reduce_only: self.is_weightless, ..plain }
            }
            false => plain,
        }
    }

    /// The order as it is once its withdrawal was decided.
    #[must_use]
    pub fn withdrawn(self) -> Self {
        Self { is_withdrawn: true, ..self }
    }

    /// The order as it is once risk or the operator asked for so much of it.
    #[must_use]
    pub fn cut_to(self, qty: Lots) -> Self {
        Self { is_cut: self.is_cut || qty < self.qty, ..self }
    }

    /// Whether a change of it is on its way, or not answered yet.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.asked_qty != Lots(0) || self.granted_qty != Lots(0)
    }

    /// The held order as it is let go; `None` for more than was held.
    #[must_use]
    pub fn let_go(self, px: Ticks, qty: Lots) -> Option<Self> {
        let fits = self.is_held && qty.0 > 0 && qty <= self.qty;
        fits.then_some(Self { px, qty, is_held: false, ..self })
    }

    /// Takes in the price and quantity that come with an event, or says why they cannot; then the row is as it was. Out of
    /// line: what most events do not bring would have the whole row picked apart for each of them.
    #[inline(never)]
    fn take_terms(&mut self, event: &OrderEvent, px: Ticks, qty: Lots) -> Result<(), Anomaly> {
        let with = match event {
            // Risk let it go in its own table before it hears how it was changed while it was held.
            OrderEvent::Updated if self.status == OrderStatus::Emulated && !self.is_held => Some(*self),
            OrderEvent::Updated => self.changed(px, qty),
            OrderEvent::PendingUpdate => self.asked(px, qty),
            // Risk let it go in its own table when it approved, and hears of it here; a denied one is held until now.
            OrderEvent::Released if !self.is_held => ((self.px, self.qty) == (px, qty)).then_some(*self),
            OrderEvent::Released => self.let_go(px, qty),
            _ => Some(*self),
        };
        *self = with.ok_or(Anomaly::InvalidTransition)?;
        Ok(())
    }

    /// The order after `event`, or why that cannot be.
    pub fn after(mut self, event: &OrderEvent) -> Result<Self, Anomaly> {
        self.step(event)?;
        Ok(self)
    }

    /// Takes in `event` where it stands; a row that it cannot happen to is of no use afterwards.
    fn step(&mut self, event: &OrderEvent) -> Result<(), Anomaly> {
        if planted("life/late-fill-refused") && self.status.is_terminal() {
            return Err(Anomaly::InvalidTransition);
        }
        let executed = match *event {
            OrderEvent::Filled { last_px, last_qty, .. } => Some((last_px, last_qty)),
            OrderEvent::Worked(Progress { last_px, last_qty, .. }) => Some((last_px, last_qty)),
            _ => None,
        };
        if let Some((last_px, last_qty)) = executed {
            let size = i128::from(last_px.0) * i128::from(last_qty.0);
            if last_qty.0 <= 0 || last_px.0 <= 0 || size > FILL_SIZE_MAX {
                return Err(Anomaly::ImpossibleFill);
            }
            if last_qty.0 > self.largest().0 - self.filled_qty.0 && !planted("life/overfill-booked") {
                return Err(Anomaly::Overfill);
            }
            self.filled_qty.0 += last_qty.0;
            self.worth += size;
            if self.filled_qty > self.qty {
                self.qty = self.asked_qty; // told before the change that made it larger; the price is in its answer
            }
        }
        match event {
            OrderEvent::Triggered | OrderEvent::Filled { .. } => self.waits = false,
            OrderEvent::ModifyRejected(reason) => {
                (self.asked_qty, self.is_cut) = (Lots(0), self.is_cut && !reason.passes());
            }
            // The ring to the venue was full: that passes, too.
            OrderEvent::ModifyDenied { was_granted: true, .. } => (self.granted_qty, self.is_cut) = (Lots(0), false),
            _ => {}
        }
        let leaves = Lots(self.largest().0 - self.filled_qty.0);
        let (status, former) =
            transition(self.status, self.former, event, leaves).map_err(|_| Anomaly::InvalidTransition)?;
        self.status = status;
        self.former = former;
        Ok(())
    }
}

/// The table.
#[derive(Clone, Debug)]
pub struct OrderTable {
    rows: FixedMap<ClientOrderId, OrderRow>,
    open_count: usize,
    open_max: usize,
    /// Canceled and expired orders among `rows`, oldest first.
    closed: VecDeque<ClientOrderId>,
    trades: FixedMap<(ClientOrderId, u64), ()>,
    /// Keys of `trades`, oldest first.
    trades_by_age: VecDeque<(ClientOrderId, u64)>,
    /// The last id of each strategy.
    last_ids: Box<[ClientOrderId; 256]>,
}

carry!(OrderTable { rows, open_count, closed, trades, trades_by_age, last_ids } fixed { open_max });

impl OrderTable {
    /// Room for `open_max` orders that are not over, and as many that wait for a late fill.
    #[must_use]
    pub fn new(open_max: usize) -> Self {
        Self {
            rows: FixedMap::new(open_max * 2),
            open_count: 0,
            open_max,
            closed: VecDeque::with_capacity(open_max),
            trades: FixedMap::new(TRADES_KEPT),
            trades_by_age: VecDeque::with_capacity(TRADES_KEPT),
            last_ids: Box::new([ClientOrderId::default(); 256]),
        }
    }

    /// Orders that are not over.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open_count
    }

    /// How many may be open.
    #[must_use]
    pub fn open_max(&self) -> usize {
        self.open_max
    }

    /// The row of an order that is not over, or waits for a late fill.
    #[must_use]
    pub fn get(&self, client_order_id: ClientOrderId) -> Option<&OrderRow> {
        self.rows.get(client_order_id)
    }

    /// The row of an order that is not over.
    #[must_use]
    pub fn get_open(&self, client_order_id: ClientOrderId) -> Option<&OrderRow> {
        self.get(client_order_id).filter(|row| !row.status.is_terminal())
    }

    /// Why nothing is known of this id: it was never ours, or its order is over and forgotten.
    #[must_use]
    pub fn absence(&self, client_order_id: ClientOrderId) -> Anomaly {
        if self.is_fresh(client_order_id) { Anomaly::UnknownOrder } else { Anomaly::AfterEnd }
    }

    /// Whether this execution was booked before, as far as is remembered.
    #[must_use]
    pub fn has_trade(&self, client_order_id: ClientOrderId, trade_id: u64) -> bool {
        self.trades.get((client_order_id, trade_id)).is_some() && !planted("life/trade-booked-twice")
    }

    /// Enters an order at the moment of its approval; for risk, which must count it before any report tells of it.
    ///
    /// # Panics
    /// When the id was used, or the table is full: risk refuses both.
    pub fn begin(&mut self, order: &Order, strategy: StrategyId) {
        self.enter(order.client_order_id, OrderRow::new(order, strategy).sent_as(order));
    }

    /// Enters an order that is held on our side.
    ///
    /// # Panics
    /// As [`OrderTable::begin`].
    pub fn hold(&mut self, order: &Order, strategy: StrategyId) {
        self.enter(order.client_order_id, OrderRow::held(order, strategy));
    }

    /// What was approved of a row that is known: let go, or asked to change. Counted before any report tells of it.
    pub fn amend(&mut self, row: OrderRow) {
        let before = self.get(row.client_order_id).copied();
        self.store(before.as_ref(), &row);
    }

    /// Marks the held ones of the orders that are withdrawn: none of them is let go any more.
    pub fn withdraw_held(&mut self, is_within: impl Fn(&OrderRow) -> bool) {
        self.rows.values_mut().filter(|row| row.is_held && is_within(row)).for_each(|row| *row = row.withdrawn());
    }

    /// What was asked of a venue may be asked of it again. What is held stays withdrawn.
    pub fn forget_withdrawn(&mut self) {
        let at_venues = self.rows.values_mut().filter(|row| !row.is_held);
        at_venues.for_each(|row| (row.is_withdrawn, row.is_cut) = (false, false));
    }

    fn enter(&mut self, id: ClientOrderId, row: OrderRow) {
        assert!(self.is_fresh(id), "client order id {id} is used twice");
        self.use_id(id);
        self.store(None, &row);
    }

    /// What a report would do, or why it cannot be.
    #[inline]
    pub fn look(&self, report: &Report) -> Result<Change, Anomaly> {
        let known = self.rows.get(report.client_order_id);
        let mut before = match known {
            Some(row) => *row,
            None => self.unseen(report)?,
        };
        if let OrderEvent::Filled { trade_id, .. } = report.event
            && self.has_trade(report.client_order_id, trade_id)
        {
            return Err(Anomaly::DuplicateTrade);
        }
        let mut row = before;
        if matches!(report.event, OrderEvent::Updated | OrderEvent::PendingUpdate | OrderEvent::Released) {
            row.take_terms(&report.event, report.px, report.qty)?;
        }
        row.step(&report.event)?;
        if row.status != report.status || row.filled_qty != report.filled_qty {
            return Err(Anomaly::InvalidTransition); // the report belies itself
        }
        let is_known = known.is_some();
        if !is_known && matches!(report.event, OrderEvent::Accepted) {
            before.status = OrderStatus::Canceled; // what is adopted counts from now on: it is as if it had been over
        }
        Ok(Change { before, row, is_known })
    }

    /// Folds one report in.
    pub fn apply(&mut self, report: &Report) -> Result<(), Anomaly> {
        let change = self.look(report)?;
        self.make(&change, report);
        Ok(())
    }

    /// Makes the change that a look at this report found.
    pub fn make(&mut self, change: &Change, report: &Report) {
        let Change { before, row, is_known } = change;
        if let OrderEvent::Filled { trade_id, .. } = report.event {
            self.remember_trade((report.client_order_id, trade_id));
        }
        if !is_known && !matches!(report.event, OrderEvent::Accepted) {
            self.use_id(report.client_order_id);
        }
        self.store(is_known.then_some(before), row);
        if let OrderEvent::Submitted = report.event {
            self.amend_primary(row, |primary| primary.slices += 1);
        }
    }

    /// The orders that are not over, in no order.
    pub fn open(&self) -> impl Iterator<Item = &OrderRow> {
        self.rows.iter().map(|(_, row)| row).filter(|row| !row.status.is_terminal())
    }

    /// Ids of the orders that are not over, ascending, into `ids` (emptied before).
    pub fn open_ids(&self, ids: &mut Vec<ClientOrderId>) {
        ids.clear();
        ids.extend(self.rows.iter().filter(|(_, row)| !row.status.is_terminal()).map(|(id, _)| *id));
        ids.sort_unstable();
    }

    /// Writes the rows in the order of their ids, then the last id of each strategy. Allocates: not for the hot path.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        let mut rows: Vec<&OrderRow> = self.rows.iter().map(|(_, row)| row).collect();
        rows.sort_unstable_by_key(|row| row.client_order_id);
        hasher.update(&(rows.len() as u64).to_le_bytes());
        for row in rows {
            hasher.update(&row.client_order_id.0.to_le_bytes());
            hasher.update(&[row.strategy.0]);
            hasher.update(&row.instrument.0.to_le_bytes());
            hasher.update(&[row.side as u8, row.status as u8, row.former as u8]);
            hasher.update(&row.px.0.to_le_bytes());
            hasher.update(&row.qty.0.to_le_bytes());
            hasher.update(&row.filled_qty.0.to_le_bytes());
            hasher.update(&row.asked_qty.0.to_le_bytes());
            hasher.update(&row.granted_qty.0.to_le_bytes());
            hasher.update(&[u8::from(row.is_held)]);
            hasher.update(&row.parent.to_le_bytes());
            hasher.update(&row.slices.to_le_bytes());
            hasher.update(&row.committed.0.to_le_bytes());
            hasher.update(&row.worth.to_le_bytes());
        }
        for id in self.last_ids.iter() {
            hasher.update(&id.0.to_le_bytes());
        }
    }

    /// The order of a first report. Only a submission, a denial or that it is held can be one; of an order that is adopted,
    /// that it stands.
    fn unseen(&self, report: &Report) -> Result<OrderRow, Anomaly> {
        let is_first = match report.event {
            OrderEvent::Submitted | OrderEvent::Emulated | OrderEvent::Denied(_) => {
                self.is_fresh(report.client_order_id)
            }
            OrderEvent::Accepted => self.admits(report.client_order_id) && report.filled_qty < report.qty,
            _ => false,
        };
        if !is_first {
            return Err(self.absence(report.client_order_id));
        }
        let order = Order {
            client_order_id: report.client_order_id,
            instrument: report.instrument,
            side: report.side,
            px: report.px,
            qty: report.qty,
            parent: report.parent,
            contingency: if report.parent == 0 { Contingency::None } else { Contingency::Spawned },
            ..Order::default()
        };
        let is_held = matches!(report.event, OrderEvent::Emulated);
        let is_adopted = matches!(report.event, OrderEvent::Accepted);
        let filled_qty = if is_adopted { report.filled_qty } else { Lots(0) };
        Ok(OrderRow { is_held, filled_qty, ..OrderRow::new(&order, report.strategy) })
    }

    /// Changes the row of the order that another one is a slice of: one that is worked in parts is held.
    fn amend_primary(&mut self, slice: &OrderRow, amend: impl FnOnce(&mut OrderRow)) {
        let Some(id) = slice.primary() else { return };
        if let Some(primary) = self.rows.get_mut(id).filter(|row| row.is_held) {
            amend(primary);
        }
    }

    /// `before`: the row that is known, if there is one.
    fn store(&mut self, before: Option<&OrderRow>, row: &OrderRow) {
        let done_or_may_be = |row: &OrderRow| row.filled_qty.0 + row.leaves().0;
        let more = done_or_may_be(row) - before.map_or(0, done_or_may_be);
        self.amend_primary(row, |primary| primary.committed.0 += more);
        let was_open = before.is_some_and(|row| !row.status.is_terminal());
        let is_open = !row.status.is_terminal();
        if before.is_none() {
            assert!(self.open_count < self.open_max || !is_open, "the order table of {} is full", self.open_max);
        }
        if is_open && !was_open {
            self.open_count += 1; // one that a late fill revives may be one more than `open_max`: it has a row already
        }
        if was_open && !is_open {
            self.open_count -= 1;
        }
        let closes = matches!(row.status, OrderStatus::Canceled | OrderStatus::Expired) && !row.kept;
        if closes {
            self.keep_closed(row.client_order_id);
        }
        let kept = row.kept || closes;
        if is_open || kept && row.status != OrderStatus::Filled {
            self.rows.insert(row.client_order_id, *row).kept = kept;
        } else {
            self.rows.remove(row.client_order_id);
        }
    }

    /// Lists a closed order; the oldest one makes room.
    fn keep_closed(&mut self, id: ClientOrderId) {
        if self.closed.len() == self.open_max
            && let Some(oldest) = self.closed.pop_front()
            && let Some(row) = self.rows.get(oldest).copied()
        {
            if row.status.is_terminal() {
                self.rows.remove(oldest);
            } else {
                self.rows.insert(oldest, OrderRow { kept: false, ..row }); // a late fill revived it: it will close again
            }
        }
        self.closed.push_back(id);
    }

    fn remember_trade(&mut self, trade: (ClientOrderId, u64)) {
        if self.trades_by_age.len() == TRADES_KEPT
            && let Some(oldest) = self.trades_by_age.pop_front()
        {
            self.trades.remove(oldest);
        }
        self.trades.insert(trade, ());
        self.trades_by_age.push_back(trade);
    }

    /// Whether an order of that id may be adopted: of a run before the one whose orders are here, and not known; and
    /// there is room for it. Its number is remembered as long as its row is.
    #[must_use]
    pub fn admits(&self, id: ClientOrderId) -> bool {
        let last = self.last_ids[usize::from(id.strategy())];
        let is_unknown = self.rows.get(id).is_none() && (last == ClientOrderId(0) || id.epoch() < last.epoch());
        is_unknown && self.open_count < self.open_max
    }

    /// Within one run (epoch) a strategy's ids only rise, so the last one tells which were used.
    fn is_fresh(&self, id: ClientOrderId) -> bool {
        id > self.last_ids[usize::from(id.strategy())] || planted("life/id-used-again")
    }

    fn use_id(&mut self, id: ClientOrderId) {
        let last = &mut self.last_ids[usize::from(id.strategy())];
        *last = id.max(*last);
    }
}
