//! The oracle: remembers every event and counts everything anew for each order. Slow, and obviously right.

use super::test_desk::{Entry, US};
use super::*;
use crate::test_instruments::{CROSS, INVERSE, LINEAR, SPOT};
use engine_analytics::tail::{Estimate, Tail};
use engine_model::command::CommandKind;
use engine_model::instrument::{ContractKind, Instrument};
use engine_model::market::{BookState, MarketChange, MarketEvent, Side};
use engine_model::order::{Order, OrderEvent, OrderStatus, OrderType, TimeInForce};
use engine_model::refusal::Check;
use engine_model::steer::Mode;
use engine_model::units::Lots;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const IDS: [InstrumentId; 4] = [LINEAR, SPOT, INVERSE, CROSS];
const CENT8: i128 = 100_000_000;
const S: u64 = 1_000_000_000;

/// What the oracle remembers: everything, in lists.
pub(super) struct Oracle<'a> {
    pub(super) instruments: &'a Instruments,
    pub(super) rules: &'a Rules,
    pub(super) entries: &'a [Entry],
    pub(super) now: u64,
    pub(super) outside: Outside,
    pub(super) equity_start: i128,
    pub(super) rows: usize,
}

/// A working order.
#[derive(Clone, Copy, Debug)]
struct Alive {
    instrument: InstrumentId,
    side: Side,
    px: i64,
    left: i64,
}

/// One instrument's prices as its events tell them.
#[derive(Default)]
pub(super) struct Prices {
    synced: bool,
    bid: Option<i64>,
    ask: Option<i64>,
    top_at: u64,
    mark: Option<i64>,
    mark_at: u64,
    last_known: Option<i64>,
    /// Every change of the price that it could be valued at, and when.
    moves: Vec<(u64, i64)>,
    /// When events came while there was a price.
    seen: Vec<(u64, i64)>,
}

/// Looks at equity: when a wish or a command was judged.
struct Past {
    day_open: i128,
    peak: i128,
    high: i128,
    warm_at: u64,
    oldest_model: Option<u64>,
    /// Of the strategy by itself, looked at every ten seconds: peak, and high of five minutes.
    own: (i128, i128),
}

impl Oracle<'_> {
    fn instrument(&self, id: InstrumentId) -> &Instrument {
        self.instruments.get(id)
    }

    /// The same at an earlier moment.
    fn before(&self, entries: usize, now: u64) -> Self {
        Self { entries: &self.entries[..entries], now, ..*self }
    }

    fn events(&self, id: InstrumentId) -> impl Iterator<Item = &MarketEvent> {
        self.entries.iter().filter_map(move |entry| match entry {
            Entry::Market(event) if event.at.instrument == id => Some(event),
            _ => None,
        })
    }

    pub(super) fn prices(&self, id: InstrumentId) -> Prices {
        let mut prices = Prices::default();
        for event in self.events(id) {
            let at = event.at.received_at_ns.0;
            match event.change {
                MarketChange::Book(state) => {
                    prices.synced = state == BookState::Synced;
                    if !prices.synced {
                        (prices.bid, prices.ask) = (None, None);
                    }
                }
                MarketChange::Top { bid, ask, .. } => {
                    prices.bid = (bid.qty.0 > 0).then_some(bid.px.0);
                    prices.ask = (ask.qty.0 > 0).then_some(ask.px.0);
                    prices.top_at = at;
                }
                MarketChange::Mark { px } => (prices.mark, prices.mark_at) = (Some(px.0), at),
                _ => {}
            }
            let known = prices.value().or(prices.last_known);
            if let Some(px) = known {
                if known != prices.last_known {
                    prices.moves.push((at, px));
                }
                prices.seen.push((at, px));
            }
            prices.last_known = known;
        }
        prices
    }

    /// Every fill of the instrument: when, signed lots, price, fee.
    fn fills(&self, id: InstrumentId) -> Vec<(u64, i64, i64, i64)> {
        let mut fills = Vec::new();
        for entry in self.entries {
            if let Entry::Report(report) = entry
                && report.instrument == id
                && let OrderEvent::Filled { last_px, last_qty, fee, .. } = report.event
            {
                fills.push((report.received_at_ns.0, report.side.sign() * last_qty.0, last_px.0, fee.0));
            }
        }
        fills
    }

    fn position(&self, id: InstrumentId) -> i64 {
        self.fills(id).iter().map(|fill| fill.1).sum()
    }

    /// Approved orders that are not known to be over.
    fn working(&self) -> Vec<Alive> {
        let mut orders = BTreeMap::new();
        for entry in self.entries {
            match entry {
                Entry::Decision(Decision { what: DecisionKind::Submit(order), .. }) => {
                    let Order { instrument, side, px, qty, .. } = **order;
                    orders.insert(order.client_order_id, Alive { instrument, side, px: px.0, left: qty.0 });
                }
                Entry::Report(report) => {
                    if let Some(alive) = orders.get_mut(&report.client_order_id) {
                        use OrderStatus::{Canceled, Denied, Expired, Filled, Rejected};
                        let is_over = [Denied, Rejected, Filled, Canceled, Expired].contains(&report.status);
                        alive.left = if is_over { 0 } else { report.qty.0 - report.filled_qty.0 };
                    }
                }
                Entry::Market(_) | Entry::Decision(_) => {}
            }
        }
        orders.into_values().filter(|alive| alive.left > 0).collect()
    }

    fn working_lots(&self, id: InstrumentId, side: Side) -> i64 {
        let of = |alive: &&Alive| alive.instrument == id && alive.side == side;
        self.working().iter().filter(of).map(|alive| alive.left).sum()
    }

    /// Dollars of a quantity in 1e-8, rounded away from zero (all test instruments but CROSS come out even).
    fn dollars(&self, id: InstrumentId, px: i64, lots: i64) -> i128 {
        let instrument = self.instrument(id);
        let (px, lots) = (i128::from(px), i128::from(lots));
        match instrument.kind {
            ContractKind::Inverse => lots * 100 * CENT8,
            _ => {
                let places = u32::from(instrument.grid.price_decimals + instrument.grid.qty_decimals);
                let (value, unit) = (px * lots * CENT8, 10i128.pow(places));
                if value % unit == 0 { value / unit } else { value / unit + value.signum() }
            }
        }
    }

    /// Profit after fees in 1e-8 dollars. Contracts that settle in dollars: what was paid, plus what it is worth. Those
    /// that settle in coins: average cost at 1e-16 coins, as the house rule is.
    fn profit(&self, id: InstrumentId) -> i128 {
        let fills = self.fills(id);
        let Some(last) = fills.last() else { return 0 };
        let px = self.prices(id).last_known.unwrap_or(last.2);
        match id {
            CROSS => 0,
            INVERSE => inverse_profit(&fills, px),
            _ => fills.iter().map(|(_, lots, at, fee)| self.dollars(id, px - at, *lots) - i128::from(*fee)).sum(),
        }
    }

    pub(super) fn equity(&self) -> i128 {
        self.equity_start + IDS.iter().map(|id| self.profit(*id)).sum::<i128>()
    }

    /// The larger of the two positions that working orders could make, in dollars.
    fn worst(&self, id: InstrumentId, more: Option<(Side, i64)>) -> i128 {
        let lots = |side| self.working_lots(id, side) + more.filter(|m| m.0 == side).map_or(0, |m| m.1);
        let position = self.position(id);
        let worst = (position + lots(Side::Buy)).abs().max((position - lots(Side::Sell)).abs());
        if id == CROSS || worst == 0 { 0 } else { self.dollars(id, self.prices(id).last_known.unwrap(), worst) }
    }

    /// Whole tokens of a bucket that the decisions chosen have taken from.
    fn tokens(&self, rate: u32, burst: u32, takes: impl Fn(&Decision) -> bool) -> i128 {
        let (rate, depth) = (i128::from(rate), i128::from(burst) * i128::from(S));
        let (mut parts, mut then) = (depth, 0i128);
        let refill = |parts: i128, ns: i128| (parts + ns * rate).min(depth);
        for entry in self.entries {
            if let Entry::Decision(decision) = entry
                && matches!(decision.what, DecisionKind::Submit(_) | DecisionKind::Cancel(_))
                && takes(decision)
            {
                let at = i128::from(decision.at_ns.0);
                parts = (refill(parts, at - then) - i128::from(S)).max(0);
                then = at;
            }
        }
        refill(parts, i128::from(self.now) - then) / i128::from(S)
    }

    /// Where the order of a decision is, for the two kinds that cost a message.
    fn instrument_of(&self, decision: &Decision) -> Option<InstrumentId> {
        match decision.what {
            DecisionKind::Submit(order) => Some(order.instrument),
            DecisionKind::Cancel(id) => self.entries.iter().find_map(|entry| match entry {
                Entry::Decision(Decision { what: DecisionKind::Submit(order), .. }) => {
                    (order.client_order_id == id).then_some(order.instrument)
                }
                _ => None,
            }),
            _ => None,
        }
    }

    /// Approved orders of ours, oldest first, and when.
    fn approved(&self) -> Vec<(u64, Order)> {
        let approved = self.entries.iter().filter_map(|entry| match entry {
            Entry::Decision(Decision { at_ns, what: DecisionKind::Submit(order), .. }) => Some((at_ns.0, **order)),
            _ => None,
        });
        approved.collect()
    }

    /// What an order is worth at its limit or the mid, whichever is more.
    fn value_max(&self, order: &Order) -> i128 {
        let is_limit = order.order_type == OrderType::Limit;
        let mid_up = self.prices(order.instrument).mid2().map(|mid2| (mid2 + 1) / 2);
        let dearest = mid_up.max(is_limit.then_some(order.px.0)).filter(|px| *px > 0);
        dearest.map_or(0, |px| self.dollars(order.instrument, px, order.qty.0))
    }

    /// Dollars of the orders approved within the last second, each as it was worth then, and of what changes added to others.
    fn batch(&self) -> i128 {
        let mut sum = 0;
        for (index, entry) in self.entries.iter().enumerate() {
            let Entry::Decision(Decision { at_ns, what, .. }) = entry else { continue };
            if self.now - at_ns.0 >= S {
                continue;
            }
            let then = self.before(index, at_ns.0);
            sum += match what {
                DecisionKind::Submit(order) => then.value_max(order),
                DecisionKind::Modify(to) => {
                    let (old, filled) = then.terms(to.client_order_id);
                    let left = |px, qty: Lots| then.value_max(&Order { px, qty: Lots(qty.0 - filled.0), ..old });
                    (left(to.px, to.qty) - left(old.px, old.qty)).max(0)
                }
                _ => 0,
            };
        }
        sum
    }

    /// An approved order as it is now, and what was filled of it.
    fn terms(&self, id: ClientOrderId) -> (Order, Lots) {
        let approved = self.approved().into_iter().map(|(_, order)| order).find(|order| order.client_order_id == id);
        let mut known = (approved.unwrap_or_default(), Lots(0));
        let reports =
            self.entries.iter().filter_map(|entry| if let Entry::Report(it) = entry { Some(it) } else { None });
        for report in reports.filter(|report| report.client_order_id == id) {
            known.1 = report.filled_qty;
            if report.event == OrderEvent::Updated {
                (known.0.px, known.0.qty) = (report.px, report.qty);
            }
        }
        known
    }

    /// The strictest state of what an order is in, but for the whole.
    fn scoped(&self, id: InstrumentId) -> TradingState {
        let venue = self.instrument(id).venue;
        let scopes = [Scope::Strategy(US), Scope::Venue(venue), Scope::Instrument(id)];
        scopes.into_iter().map(|scope| self.state_of(scope)).max().unwrap()
    }

    /// What was last said of a scope.
    pub(super) fn state_of(&self, of: Scope) -> TradingState {
        let said = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Decision(Decision { what: DecisionKind::State { scope, state, .. }, .. }) if *scope == of => {
                Some(*state)
            }
            Entry::Decision(Decision {
                what: DecisionKind::CommandTaken { what: CommandKind::SetTradingState { scope, state }, .. },
                ..
            }) if *scope == of => Some(*state),
            _ => None,
        });
        said.unwrap_or_default()
    }

    /// What a person last asked of the strategy.
    fn mode(&self) -> Mode {
        let said = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Decision(Decision {
                what: DecisionKind::CommandTaken { what: CommandKind::Steer { strategy: US, what }, .. },
                ..
            }) => what.mode(),
            _ => None,
        });
        said.unwrap_or_default()
    }

    fn gate_is_open(&self, id: InstrumentId) -> bool {
        let said = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Decision(Decision {
                what: DecisionKind::CommandTaken { what: CommandKind::SetGate { venue, is_open }, .. },
                ..
            }) if *venue == self.instrument(id).venue => Some(*is_open),
            _ => None,
        });
        said.unwrap_or(true)
    }

    /// The venue's clock against ours: the least delay of this window of ten seconds and the one before.
    fn skew(&self, id: InstrumentId) -> u64 {
        let venue = self.instrument(id).venue;
        let of_venue = self.entries.iter().filter_map(|entry| match entry {
            Entry::Market(event) if event.at.venue == venue => {
                let received = event.at.received_at_ns.0;
                Some((received / (10 * S), received as i64 - event.at.venue_at_ns.0 as i64))
            }
            _ => None,
        });
        let delays: Vec<(u64, i64)> = of_venue.collect();
        let Some((last, _)) = delays.last() else { return 0 };
        let lately = delays.iter().filter(|(window, _)| window + 1 >= *last);
        lately.map(|(_, delay)| *delay).min().unwrap_or(0).unsigned_abs()
    }

    /// Until when too large a move within a minute pauses the instrument.
    fn paused_until(&self, prices: &Prices) -> u64 {
        let (limits, mut until) = (&self.rules.limits, 0);
        for (index, (at, px)) in prices.moves.iter().enumerate() {
            let window = at / (30 * S);
            let earlier = &prices.moves[..index];
            // A window holds what was told in it, and the price that stood when it began.
            let in_window = |window: u64| {
                let told = earlier.iter().filter(move |(at, _)| at / (30 * S) == window);
                let stood = earlier.iter().rev().find(move |(at, _)| at / (30 * S) < window);
                told.chain(stood).map(|(_, px)| *px)
            };
            let mut within: Vec<i64> = in_window(window).chain([*px]).collect();
            if earlier.iter().any(|(at, _)| at / (30 * S) + 1 == window) {
                within.extend(in_window(window - 1));
            }
            let (low, high) = (*within.iter().min().unwrap(), *within.iter().max().unwrap());
            if i128::from(high - low) * 10_000 > i128::from(limits.volatility_pause_bps) * i128::from(low) {
                until = until.max(at + limits.volatility_pause_ns);
            }
        }
        until
    }

    /// What a day may lose of an instrument, and when its history was last added to.
    fn tail(&self, id: InstrumentId) -> (Estimate, Option<u64>) {
        let prior = self.rules.limits.var_prior_bps;
        let prior = Estimate { var_bps: prior, cvar_bps: prior };
        let (mut tail, mut sampled, mut minute) = (Tail::default(), None::<(u64, i64)>, None);
        for (at, px) in self.prices(id).seen {
            if minute.is_some_and(|minute| at / (60 * S) <= minute) {
                continue;
            }
            if let Some((_, then)) = sampled {
                tail.push((px - then) * 1_000_000 / then);
            }
            (sampled, minute) = (Some((at, px)), Some(at / (60 * S)));
        }
        let estimate = if sampled.is_none() { prior } else { tail.estimate().max(prior) };
        assert!(tail.count() < 240, "a world is over before its history is long");
        (estimate, sampled.map(|(at, _)| at))
    }

    /// What was looked at when wishes and commands were judged, in their order.
    fn past(&self) -> Past {
        let limits = &self.rules.limits;
        let mut looks: Vec<(u64, i128)> = Vec::new();
        let mut past = Past {
            day_open: self.equity_start,
            peak: self.equity_start,
            high: 0,
            warm_at: 0,
            oldest_model: None,
            own: (self.equity_start, 0),
        };
        let (mut base, mut day, mut due) = (self.equity_start, None, 0);
        // All worlds have one strategy only, so what it made is what the account made.
        let (mut own_base, mut own_looks, mut own_window) = (self.equity_start, Vec::new(), None);
        let now = std::iter::once((self.entries.len(), self.now, None));
        let judged = self.entries.iter().enumerate().filter_map(|(index, entry)| match entry {
            Entry::Decision(decision) => Some((index, decision.at_ns.0, Some(decision.what))),
            _ => None,
        });
        for (index, at, what) in judged.chain(now) {
            let then = self.before(index, at);
            let equity = then.equity();
            if day.is_none() {
                past.warm_at = at + limits.warm_up_ns;
            }
            if day != Some(at / (86_400 * S)) {
                (day, past.day_open) = (Some(at / (86_400 * S)), equity);
            }
            looks.push((at, equity));
            past.peak = past.peak.max(equity);
            if own_window.is_none_or(|window| at / (10 * S) > window) {
                own_window = Some(at / (10 * S));
                own_looks.push((at, equity));
                past.own.0 = past.own.0.max(equity);
            }
            if at >= due {
                due = at + 10 * S;
                let held = IDS.into_iter().filter(|id| then.worst(*id, None) != 0);
                past.oldest_model = held.filter_map(|id| then.tail(id).1).min();
            }
            if let Some(DecisionKind::CommandTaken { what: CommandKind::SetTradingState { scope, state }, .. }) = what
                && state < then.state_of(scope)
            {
                past.warm_at = at + limits.warm_up_ns;
                if scope == Scope::Whole {
                    (base, past.peak) = (equity, equity);
                    looks.clear();
                }
                if scope == Scope::Strategy(US) {
                    (own_base, past.own.0) = (equity, equity);
                    own_looks.clear();
                }
            }
        }
        // Five minutes are thirty windows of ten seconds; in a window without a look, equity stood where it was.
        let last = self.now / (10 * S);
        let in_window = |looks: &[(u64, i128)], base: i128, window: u64| {
            let within = looks.iter().filter(|(at, _)| at / (10 * S) == window).map(|(_, equity)| *equity);
            let standing = looks.iter().rev().find(|(at, _)| at / (10 * S) < window).map_or(base, |(_, e)| *e);
            within.max().unwrap_or(standing)
        };
        past.high = (last - 30..=last).map(|window| in_window(&looks, base, window)).max().unwrap();
        past.own.1 = (last - 30..=last).map(|window| in_window(&own_looks, own_base, window)).max().unwrap();
        past
    }

    /// Everything held at worst, in dollars: with one order more, if there is one.
    fn all_worst(&self, more: Option<&Order>) -> Vec<(InstrumentId, i128)> {
        let with = |id| more.filter(|order| order.instrument == id).map(|order| (order.side, order.qty.0));
        IDS.into_iter().map(|id| (id, self.worst(id, with(id)))).collect()
    }

    /// The whole's state after risk's own review.
    pub(super) fn reviewed(&self, state: TradingState) -> TradingState {
        let (limits, past, equity) = (&self.rules.limits, self.past(), self.equity());
        let beyond = |loss: i128, base: i128, bps: i64| loss * 10_000 > i128::from(bps) * base.max(0);
        let day = |bps| beyond(past.day_open - equity, past.day_open, bps);
        let halts = self.outside.killed
            || day(limits.daily_loss_flatten_bps)
            || day(limits.daily_loss_halt_bps)
            || beyond(past.peak - equity, past.peak, limits.drawdown_max_bps)
            || self.liquidation_bps(None).is_some_and(|found| found < limits.liquidation_flatten_bps);
        let reduces =
            day(limits.daily_loss_reduce_bps) || beyond(past.high - equity, past.day_open, limits.loss_speed_max_bps);
        let own = if halts {
            TradingState::Halted
        } else if reduces {
            TradingState::Reducing
        } else {
            TradingState::Active
        };
        state.max(own)
    }

    /// What opening takes (all of it at the leverage of the step it is in) and what must stay (each part at its own step's
    /// rate), both rounded up.
    fn margins(&self, id: InstrumentId, worth: i128) -> (i128, i128) {
        let (mut begins, mut leverage, mut stays) = (0, 1, 0);
        for (step, _) in self.instruments.margin_tiers(id).steps() {
            let ends = i128::from(step.up_to.0);
            if worth > begins || begins == 0 {
                leverage = i128::from(step.leverage_max);
                stays += (worth.min(ends) - begins) * i128::from(step.maintenance_ppm);
            }
            begins = ends;
        }
        ((worth + leverage - 1) / leverage, (stays + 999_999) / 1_000_000)
    }

    /// The move of all contracts at once that leaves no more than maintenance, in 1/10000, rounded down.
    fn liquidation_bps(&self, more: Option<&Order>) -> Option<i64> {
        let contracts = self.all_worst(more).into_iter().filter(|(id, _)| [LINEAR, INVERSE].contains(id));
        let (mut worth, mut maintenance) = (0, 0);
        for (id, worst) in contracts {
            worth += worst;
            maintenance += self.margins(id, worst).1;
        }
        (worth > 0).then(|| ((self.equity() - maintenance) * 10_000).div_euclid(worth) as i64)
    }

    /// Every check that the order breaks, the whole being in `state`. `order` is priced already.
    pub(super) fn judge(&self, order: &Order, expected: ClientOrderId, state: TradingState) -> BTreeSet<Check> {
        let (id, past) = (order.instrument, self.past());
        let mandate = self.rules.mandates.iter().find(|mandate| mandate.strategy == US).unwrap();
        let is_warming = self.now < past.warm_at;
        let full = &mandate.limits;
        let warm = if is_warming { full.warming_up() } else { *full };
        let (instrument, prices) = (self.instrument(id), self.prices(id));
        let kin = self.rules.kin_of(id);
        let sign = order.side.sign();
        let (qty, px) = (order.qty.0, order.px.0);
        let dollars_known = id != CROSS;
        let limit_order = order.order_type == OrderType::Limit;
        let mut broken = BTreeSet::new();
        let mut check = |check: Check, ok: bool| {
            if !ok {
                broken.insert(check);
            }
        };
        let before = self.position(id) + sign * self.working_lots(id, order.side);
        let after = before + sign * qty;
        let reduces = before * sign < 0 && after * sign <= 0;
        let equity = self.equity();
        let loss = past.day_open - equity;
        let is_full = |ring: Option<(u64, u64)>| ring.is_some_and(|(used, slots)| used > slots);
        let state = state.max(self.scoped(id));

        check(Check::Killed, !self.outside.killed);
        check(Check::TradingState, state != TradingState::Halted);
        check(Check::Reconciling, self.gate_is_open(id));
        check(Check::Unwatched, !self.outside.unwatched || reduces);
        check(Check::DiskScarce, !self.outside.scarce || reduces);
        check(Check::StrategyPaused, self.mode() != Mode::Paused || reduces);
        check(Check::StrategyStopped, self.mode() != Mode::Stopped);
        check(Check::JournalHealth, !is_full(self.outside.journal));
        check(Check::Reducing, state != TradingState::Reducing || reduces);
        let run = &self.rules.limits;
        let lost = |loss: i128, base: i128, bps: i64| loss * 10_000 > i128::from(bps) * base.max(0);
        check(Check::EmergencyFlatten, !lost(loss, past.day_open, run.daily_loss_flatten_bps));
        check(Check::CircuitBreaker, !lost(loss, past.day_open, run.daily_loss_halt_bps));
        check(Check::Drawdown, !lost(past.peak - equity, past.peak, run.drawdown_max_bps));
        check(Check::DailyLoss, reduces || !lost(loss, past.day_open, run.daily_loss_reduce_bps));
        check(Check::LossSpeed, reduces || !lost(past.high - equity, past.day_open, run.loss_speed_max_bps));
        let (own_peak, own_high) = past.own;
        check(Check::StrategyHalt, !lost(loss, past.day_open, full.strategy_loss_halt_bps));
        check(Check::StrategyDrawdown, !lost(own_peak - equity, own_peak, full.strategy_drawdown_max_bps));
        check(Check::StrategyLoss, reduces || !lost(loss, past.day_open, full.strategy_loss_reduce_bps));
        let speed = full.strategy_loss_speed_max_bps;
        check(Check::StrategyLossSpeed, reduces || !lost(own_high - equity, past.day_open, speed));
        check(Check::NotAllowed, mandate.instruments.contains(&id));
        check(Check::ClientOrderId, order.client_order_id == expected);
        check(Check::OrderTerms, matches!(order.order_type, OrderType::Limit | OrderType::Market));

        check(Check::BookNotSynced, prices.synced);
        let mid2 = prices.mid2();
        let age = self.now - prices.top_at;
        check(Check::StalePrice, mid2.is_some() && age <= full.price_age_max_ns);
        check(Check::ClockSkew, self.skew(id) <= run.clock_skew_max_ns);
        check(Check::VolatilityPause, reduces || self.paused_until(&prices) <= self.now);
        let meets = |alive: &Alive| {
            alive.instrument == id && alive.side != order.side && (px - alive.px) * sign >= 0 && limit_order
        };
        let takes = matches!(order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok);
        check(Check::SelfMatch, reduces && takes || !self.working().iter().any(meets));
        if let Some(mid2) = mid2 {
            check(Check::BookCrossed, prices.bid < prices.ask);
            let beyond = |reference: i64| i128::from((2 * px - reference) * sign) * 10_000;
            let within = |reference: i64, bps: i64| beyond(reference) <= i128::from(bps) * i128::from(reference);
            let bps = if kin.is_major { full.price_collar_bps } else { full.price_collar_others_bps };
            check(Check::PriceCollar, within(mid2, bps));
            let mark2 = prices.value().map_or(mid2, |px| 2 * px);
            check(Check::PriceCollarHard, within(mark2, full.price_collar_hard_bps));
        }

        check(Check::NoConversion, dollars_known);
        check(Check::OrderQtyMin, qty >= instrument.min_qty.0.max(1));
        check(Check::OrderQtyMax, qty <= instrument.max_qty.0 && (reduces || qty <= warm.order_qty_max_lots));
        if limit_order {
            let value = if px > 0 { self.dollars(id, px, qty) } else { 0 };
            check(Check::OrderNotionalMin, value >= i128::from(instrument.min_notional.0.max(1)));
        }
        if dollars_known {
            let value = self.value_max(order);
            check(Check::OrderNotionalMax, reduces || value <= i128::from(warm.order_notional_max.0));
            let of_second = self.batch() + value;
            check(Check::BatchNotional, reduces || of_second <= i128::from(warm.batch_notional_max.0));
        }
        check(Check::ReduceOnly, !order.reduce_only || reduces);
        check(Check::ShortSpot, !(instrument.kind == ContractKind::Spot && order.side == Side::Sell && after < 0));

        if let (true, Some(at)) = (dollars_known, prices.value()) {
            let share = |part: i128, unit: i128, limit: i64| part * unit <= i128::from(limit) * equity.max(0);
            if !reduces {
                let position = self.dollars(id, at, after.abs());
                check(Check::PositionNotional, position <= i128::from(warm.position_notional_max.0));
                check(Check::PositionShare, share(position, 10_000, warm.position_share_max_bps));
            }
            let (now, then) = (self.all_worst(None), self.all_worst(Some(order)));
            let of = |worst: &[(InstrumentId, i128)], is_in: &dyn Fn(InstrumentId) -> bool| -> i128 {
                worst.iter().filter(|(id, _)| is_in(*id)).map(|(_, worst)| *worst).sum()
            };
            if of(&then, &|_| true) > of(&now, &|_| true) {
                let like = |same: &dyn Fn(Kin, &Instrument) -> bool| {
                    of(&then, &|other| same(self.rules.kin_of(other), self.instrument(other)))
                };
                check(
                    Check::SectorShare,
                    share(like(&|k, _| k.sector == kin.sector), 10_000, warm.sector_share_max_bps),
                );
                let cluster = like(&|k, _| k.cluster == kin.cluster);
                check(Check::ClusterShare, share(cluster, 10_000, warm.cluster_share_max_bps));
                let venue = like(&|_, i| i.venue == instrument.venue);
                check(Check::VenueShare, share(venue, 10_000, warm.venue_share_max_bps));
                check(Check::Leverage, share(of(&then, &|_| true), 100, warm.leverage_max_pct));
                let is_contract = |id: InstrumentId| [LINEAR, INVERSE].contains(&id);
                let margin = |(id, worst): &(InstrumentId, i128)| self.margins(*id, *worst).0;
                let initial: i128 = then.iter().filter(|(id, _)| is_contract(*id)).map(margin).sum();
                check(Check::MarginUse, share(initial, 10_000, warm.margin_use_max_bps));
                if is_contract(id) {
                    let found = self.liquidation_bps(Some(order)).unwrap();
                    check(Check::LiquidationDistance, found >= warm.liquidation_distance_min_bps);
                }
                let tails: Vec<(i128, Estimate)> = then.iter().map(|(id, worst)| (*worst, self.tail(*id).0)).collect();
                let sum = |of: fn(&Estimate) -> i64| tails.iter().map(|(w, e)| w * i128::from(of(e))).sum::<i128>();
                check(Check::ValueAtRisk, share(sum(|e| e.var_bps), 1, warm.var_max_bps));
                check(Check::ExpectedShortfall, share(sum(|e| e.cvar_bps), 1, warm.cvar_max_bps));
                let oldest = [self.tail(id).1, past.oldest_model].into_iter().flatten().min();
                check(Check::ModelStale, oldest.is_none_or(|at| self.now - at <= warm.model_age_max_ns));
            }
        }

        let (rate, burst) = (full.message_rate_per_s, full.message_burst);
        check(Check::MessageRate, self.tokens(rate, burst, |decision| decision.strategy == US) >= 1);
        let at_venue = |decision: &Decision| {
            self.instrument_of(decision).is_some_and(|id| self.instrument(id).venue == instrument.venue)
        };
        let tokens = self.tokens(run.venue_rate_per_s, run.venue_burst, at_venue);
        let kept = i128::from(run.venue_burst) * i128::from(run.cancel_reserve_pct) / 100;
        check(Check::VenueRate, tokens > kept);
        let approved = self.approved();
        let same = |(_, then): &&(u64, Order)| (then.side, then.px, then.qty) == (order.side, order.px, order.qty);
        let last_four = approved.iter().rev().filter(|(_, then)| then.instrument == id).take(4);
        let again = last_four.filter(same).map(|(at, _)| self.now - at).min();
        check(Check::DuplicateOrder, again.is_none_or(|since| since >= full.duplicate_window_ns));
        let this_minute = |at: u64| at / (60 * S) == self.now / (60 * S);
        let orders = approved.iter().filter(|(at, _)| this_minute(*at)).count() + 1;
        let fills = IDS.iter().flat_map(|id| self.fills(*id)).filter(|fill| this_minute(fill.0)).count().max(1);
        check(Check::OrderToTrade, orders <= fills * full.orders_per_fill_max as usize);
        let working = self.working();
        let of_venue = |alive: &&Alive| self.instrument(alive.instrument).venue == instrument.venue;
        let of_instrument = working.iter().filter(|alive| alive.instrument == id).count();
        check(Check::OpenOrdersInstrument, of_instrument < full.open_orders_instrument_max as usize);
        check(Check::OpenOrdersVenue, working.iter().filter(of_venue).count() < full.open_orders_venue_max as usize);
        check(Check::OpenOrders, working.len() < self.rows.min(full.open_orders_max as usize));
        check(Check::Backpressure, !is_full(self.outside.full));
        broken
    }
}

impl Prices {
    pub(super) fn mid2(&self) -> Option<i64> {
        if self.synced { Some(self.bid? + self.ask?) } else { None }
    }

    fn value(&self) -> Option<i64> {
        self.mark.filter(|_| !self.mark_is_old()).or(self.mid2().map(|mid2| mid2 / 2))
    }

    pub(super) fn mark_is_old(&self) -> bool {
        self.mark.is_some() && self.mark_at + 10 * S < self.top_at
    }
}

fn inverse_profit(fills: &[(u64, i64, i64, i64)], px: i64) -> i128 {
    // A contract is 100 dollars; a price of n tenths buys 100 * 10 / n coins, here in 1e-16.
    let coins = |lots: i64, at: i64| i128::from(lots.abs()) * 100 * 10 * 10i128.pow(16) / i128::from(at);
    let (mut position, mut cost, mut realised, mut fees) = (0i64, 0i128, 0i128, 0i128);
    for (_, lots, at, fee) in fills {
        let got = coins(*lots, *at) * i128::from(lots.signum());
        let closing = if position.signum() * lots.signum() < 0 { lots.abs().min(position.abs()) } else { 0 };
        let got_closing = got * i128::from(closing) / i128::from(lots.abs());
        let cost_closed = if closing == 0 { 0 } else { cost * i128::from(closing) / i128::from(position.abs()) };
        realised += got_closing - cost_closed;
        cost = cost - cost_closed - (got - got_closing);
        position += lots;
        fees += i128::from(*fee);
    }
    let open = -coins(position, px) * i128::from(position.signum()) - cost;
    let dollars = |coins: i128, places: u32| (coins * i128::from(px)).div_euclid(10i128.pow(places));
    dollars(realised, 9) + dollars(open, 9) - -dollars(-fees, 1)
}
