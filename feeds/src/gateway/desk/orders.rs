//! Every order that the gateway sent, and what the engine was told of it: the venue's news in the order of the law.
//!
//! News may come in any order, twice, or by two ways. What is told does not depend on that: an acceptance is told once and
//! never behind a fill, an end only when every fill that the venue counts was told, a fill once for each id. So nothing is
//! buffered while a snapshot is under way: what the stream brings is applied as it comes, and what a snapshot says of an
//! order counts only if nothing newer was heard of it since the snapshot was asked for.
//!
//! Owns: the table, the ids of fills, the replies that wait for the ring. Never: a message to the venue, a clock; an end that
//! the venue did not state.

mod before;
mod closeouts;
mod doubts;
mod late;
mod payments;
mod pulls;

use super::Now;
use super::verdict::{Here, Step, There, step};
use crate::gateway::ask::Known;
use crate::gateway::heard::{FillNews, OrderNews, OrderState, Whose, hash};
use engine_model::fixed_map::{FixedMap, Key};
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments, Name};
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderStatus};
use engine_model::planted::planted;
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use engine_model::venue::{RejectReason, Reply, ReplyKind};
use std::collections::VecDeque;

/// Orders that may be open at once, and as many that are over and may still get a late fill: those of the engine's tables.
pub(super) const OPEN_MAX: usize = if cfg!(fuzzing) { 16 } else { 1_024 };
/// Executions remembered to find a duplicate.
const TRADES_KEPT: usize = if cfg!(fuzzing) { 64 } else { 4_096 };
/// How far apart a venue's parts may tell the same, its coarsest times (whole seconds) among them.
const LAG: u64 = 5 * Nanos::SECOND;
/// Looks for missing fills behind the last moment in which all were told, before they are looked for from the beginning.
const NEAR_LOOKS: u32 = 3;
/// How long a fill that the venue counts may be under way before it is asked for.
const FILL_WITHIN_NS: u64 = 300_000_000;
/// Never.
pub(super) const NEVER: u64 = u64::MAX;

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Sent, and nothing heard.
    Sent,
    /// The venue has it.
    Standing,
    /// Over: the engine was told how.
    Over,
}

/// Where the wish to withdraw it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    /// Nobody wishes it.
    None,
    /// It waits for a budget, a line, or an id.
    Wanted,
    /// Asked, not answered.
    Asked,
    /// The answer was lost, or the venue does not know the order: the order is asked for first.
    Doubted,
}

/// An order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) known: Known,
    pub(super) life: Life,
    /// Sum of the fills told.
    pub(super) filled: Lots,
    /// What the fills come to by the venue's word.
    stated: Lots,
    /// How it ended by the venue's word, while fills are missing.
    end: Option<OrderState>,
    pub(super) sent_ns: u64,
    sent_at: Nanos,
    /// Of what the venue counted by then, by its own time, every fill was told.
    whole_at: Nanos,
    /// When the venue last said anything of it.
    pub(super) heard_ns: u64,
    /// When it is to be asked for; [`NEVER`] while nothing is unknown.
    pub(super) ask_at_ns: u64,
    /// How often it was asked for in a row.
    pub(super) asked: u32,
    /// When missing fills are to be asked for.
    pub(super) fills_at_ns: u64,
    /// How often they were asked for in a row.
    pub(super) fills_asked: u32,
    pub(super) cancel: Cancel,
    pub(super) cancels: u8,
    /// Not sent again before.
    pub(super) cancel_at_ns: u64,
    /// Since when the venue knows no such order; [`NEVER`] while it has not said so.
    pub(super) missing_ns: u64,
    /// Its instrument's fills were told whole since then.
    pub(super) is_searched: bool,
    /// The engine was told that it never stood: the law admits no fill behind that.
    is_rejected: bool,
    /// The change that was asked for and is not answered.
    pub(super) change: Option<Change>,
    /// When a fill beyond its quantity first came, and when what the venue last said of that quantity was asked for.
    excess_ns: u64,
    sized_ns: u64,
    /// Of one that was adopted: executions until then, by the venue's time, are of the run before.
    adopted_at: Nanos,
}

/// A change under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) px: Ticks,
    pub(super) qty: Lots,
    pub(super) sent_ns: u64,
}

impl Entry {
    /// Whether the venue has not said what became of the last thing that was asked about it.
    pub(super) fn is_unknown(&self) -> bool {
        self.ask_at_ns != NEVER || self.fills_at_ns != NEVER
    }

    /// Where it is by the law, as it was told and asked.
    pub(super) fn status(&self) -> OrderStatus {
        match self.life {
            Life::Over if self.is_rejected => OrderStatus::Rejected,
            Life::Over if self.filled >= self.known.order.qty => OrderStatus::Filled,
            Life::Over if self.end == Some(OrderState::Expired) => OrderStatus::Expired,
            Life::Over => OrderStatus::Canceled,
            Life::Sent | Life::Standing if self.cancel != Cancel::None => OrderStatus::PendingCancel,
            Life::Sent | Life::Standing if self.change.is_some() => OrderStatus::PendingUpdate,
            Life::Sent => OrderStatus::Submitted,
            Life::Standing if self.filled.0 > 0 => OrderStatus::PartiallyFilled,
            Life::Standing => OrderStatus::Accepted,
        }
    }

    /// Whether time may bring something: of one that is over only fills that are missing.
    pub(super) fn has_due(&self) -> bool {
        self.life != Life::Over || self.fills_at_ns != NEVER
    }

    /// When that is: a cancel that waits, a state or fills that are not known.
    pub(super) fn due_ns(&self) -> u64 {
        if !self.has_due() {
            return NEVER;
        }
        let cancel_ns = if self.cancel == Cancel::Wanted { self.cancel_at_ns } else { NEVER };
        self.ask_at_ns.min(self.fills_at_ns).min(cancel_ns)
    }

    /// To be asked for, at once.
    pub(super) fn doubt(&mut self, now: Now) {
        if self.ask_at_ns == NEVER {
            (self.ask_at_ns, self.asked) = (now.timer_ns, 0);
        }
    }

    /// The venue said how it is. What became of a change is not told by that: it is still asked for in its time.
    fn settle_doubt(&mut self) {
        if self.change.is_none() {
            self.ask_at_ns = NEVER;
        }
        self.asked = 0;
    }

    /// Whether so much is more than it can have been executed, as far as it is known.
    fn exceeds(&self, filled: Lots) -> bool {
        let asked = self.change.map_or(Lots(0), |change| change.qty);
        filled > self.known.order.qty.max(asked)
    }

    /// Since when fills of it may be missing, by the venue's time: a short while back, so that the page that a venue gives of
    /// an old order's executions is not the oldest one for ever.
    pub(super) fn missing_since(&self) -> Nanos {
        let near = if self.fills_asked < NEAR_LOOKS { self.whole_at } else { self.sent_at };
        Nanos(near.0.saturating_sub(LAG))
    }

    /// Whether news may be of it: an id of ours that another process uses too, or one of the venue's that it uses twice, does
    /// not make somebody else's order ours.
    fn agrees(&self, whose: &Whose, instrument: Option<InstrumentId>, side: Side) -> bool {
        let (order, id) = (&self.known.order, self.known.venue_order_id);
        let is_unnamed = [id, whose.venue_order_id].contains(&Name::default());
        // What waits for a price may bear another id at the venue once it is pulled, and that may be told later.
        let may_be_renamed = whose.ours.is_some() && order.order_type.has_trigger();
        (instrument, side) == (Some(order.instrument), order.side)
            && (is_unnamed || may_be_renamed || id == whose.venue_order_id)
    }
}

/// Whose news it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An order of the table.
    Ours(ClientOrderId),
    /// One that the engine believes dead stands at the venue.
    Risen(ClientOrderId),
    /// An execution of one that was told rejected.
    Rejected,
    /// Nobody's here.
    Stranger,
    /// It bears an id of ours, and cannot be it: another instrument, side or id of the venue's, or an amount that cannot be.
    Contradicted,
}

/// What the venue calls an order: its ids may be of one instrument only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Theirs(InstrumentId, Name);

impl Key for Theirs {
    fn bits(self) -> u64 {
        hash(self.1.as_bytes()).rotate_left(32) ^ u64::from(self.0.0)
    }
}

/// The orders.
#[derive(Debug)]
pub(super) struct Orders {
    pub(super) entries: FixedMap<ClientOrderId, Entry>,
    by_theirs: FixedMap<Theirs, ClientOrderId>,
    instruments: Instruments,
    open: usize,
    /// Orders of runs before that were taken over.
    pub(super) adopted: u64,
    over: VecDeque<ClientOrderId>,
    trades: FixedMap<(ClientOrderId, u64), ()>,
    trades_by_age: VecDeque<(ClientOrderId, u64)>,
    pub(super) replies: VecDeque<Reply>,
    /// When something of an order is next to be looked at.
    pub(super) due_ns: u64,
    /// Fees in an asset that cannot be told in the quote currency: told as nothing.
    pub(super) foreign_fees: u64,
    /// From sending to the first word, of orders that got one; drained by whoever counts them.
    pub(super) answered_in_ns: Vec<u64>,
    /// By instrument: lots bought less lots sold, by the fills told.
    pub(super) net: Box<[i64]>,
    /// By asset of the run: what executions of spot, fees and payments have moved of it, in 1e-8.
    pub(super) moved_e8: Box<[i64]>,
    /// By instrument: when its position was opened, and what that has got for being held as far as it is told.
    funding: Box<[(u64, i64)]>,
    /// By instrument of spot: of fees in its coin, what no lot was taken off for, in 1e-8 of the coin. Never more than
    /// nothing: what is held in lots is never more than the account has.
    coin_fees_e8: Box<[i64]>,
    /// Maker's and taker's fee in parts of a million, where an execution is told without one; and the last that was so
    /// estimated, until it is said.
    pub(super) fees_ppm: [i64; 2],
    pub(super) estimated: Option<Quote>,
    /// When the desk began to listen, by the venue's time: money that moved by then was moved before the run.
    begun_at: Option<Nanos>,
}

impl Orders {
    pub(super) fn new(instruments: &Instruments) -> Self {
        Self {
            entries: FixedMap::new(2 * OPEN_MAX),
            by_theirs: FixedMap::new(2 * OPEN_MAX),
            net: vec![0; instruments.len()].into(),
            moved_e8: vec![0; instruments.assets()].into(),
            funding: vec![(0, 0); instruments.len()].into(),
            coin_fees_e8: vec![0; instruments.len()].into(),
            fees_ppm: [0; 2],
            estimated: None,
            begun_at: None,
            instruments: instruments.clone(),
            open: 0,
            adopted: 0,
            over: VecDeque::with_capacity(OPEN_MAX),
            trades: FixedMap::new(TRADES_KEPT),
            trades_by_age: VecDeque::with_capacity(TRADES_KEPT),
            replies: VecDeque::with_capacity(4 * OPEN_MAX),
            due_ns: NEVER,
            foreign_fees: 0,
            answered_in_ns: Vec::with_capacity(OPEN_MAX),
        }
    }

    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// The instrument of that place.
    pub(super) fn instrument(&self, id: InstrumentId) -> &Instrument {
        self.instruments.get(id)
    }

    /// Whether another order has room.
    pub(super) fn has_room(&self) -> bool {
        self.open < OPEN_MAX
    }

    pub(super) fn is_used(&self, id: ClientOrderId) -> bool {
        self.entries.get(id).is_some()
    }

    /// An order that is not over.
    pub(super) fn living(&mut self, id: ClientOrderId) -> Option<&mut Entry> {
        self.entries.get_mut(id).filter(|entry| entry.life != Life::Over)
    }

    /// An order that was sent.
    pub(super) fn begin(&mut self, order: Order, now: Now) {
        let known = Known { order, venue_order_id: Name::default() };
        let entry = Entry {
            known,
            life: Life::Sent,
            filled: Lots(0),
            stated: Lots(0),
            end: None,
            sent_ns: now.timer_ns,
            sent_at: now.venue,
            whole_at: now.venue,
            heard_ns: 0,
            ask_at_ns: NEVER,
            asked: 0,
            fills_at_ns: NEVER,
            fills_asked: 0,
            cancel: Cancel::None,
            cancels: 0,
            cancel_at_ns: 0,
            missing_ns: NEVER,
            is_searched: false,
            is_rejected: false,
            change: None,
            excess_ns: NEVER,
            sized_ns: 0,
            adopted_at: Nanos(0),
        };
        self.entries.insert(known.id(), entry);
        self.open += 1;
    }

    /// Says something of an order to the engine.
    pub(super) fn tell(
        &mut self,
        id: ClientOrderId,
        instrument: InstrumentId,
        what: ReplyKind,
        venue_at_ns: Nanos,
        now: Now,
    ) {
        let received_at_ns = now.clock;
        self.replies.push_back(Reply { client_order_id: id, instrument, venue_at_ns, received_at_ns, what });
    }

    /// The venue has it. Told once, and never behind a fill.
    pub(super) fn accept(&mut self, id: ClientOrderId, at: Nanos, now: Now) {
        let Some(entry) = self.living(id).filter(|entry| entry.life == Life::Sent) else { return };
        entry.life = Life::Standing;
        entry.heard_ns = now.timer_ns;
        entry.settle_doubt();
        let (instrument, sent_ns) = (entry.known.order.instrument, entry.sent_ns);
        self.answered_in_ns.push(now.timer_ns.saturating_sub(sent_ns));
        self.tell(id, instrument, ReplyKind::Accepted, at, now);
    }

    /// It does not stand and never will.
    pub(super) fn reject(&mut self, id: ClientOrderId, reason: RejectReason, at: Nanos, now: Now) {
        let Some(entry) = self.living(id) else { return };
        let (instrument, sent_ns) = (entry.known.order.instrument, entry.sent_ns);
        let is_first_word = entry.life == Life::Sent;
        // Of one that was filled in part the law has no refusal: what is left of it is withdrawn.
        let what = if entry.filled.0 > 0 { ReplyKind::Canceled } else { ReplyKind::Rejected(reason) };
        entry.is_rejected = entry.filled.0 == 0;
        if is_first_word {
            self.answered_in_ns.push(now.timer_ns.saturating_sub(sent_ns));
        }
        self.tell(id, instrument, what, at, now);
        self.close(id);
    }

    /// The cancel was refused, and the order is as it was.
    pub(super) fn refuse_cancel(&mut self, id: ClientOrderId, reason: RejectReason, now: Now) {
        let Some(entry) = self.living(id) else { return };
        (entry.cancel, entry.cancels) = (Cancel::None, 0);
        let instrument = entry.known.order.instrument;
        self.tell(id, instrument, ReplyKind::CancelRejected(reason), Nanos(0), now);
    }

    /// The change was refused, and the order is as it was.
    pub(super) fn refuse_change(&mut self, id: ClientOrderId, reason: RejectReason, now: Now) {
        let Some(entry) = self.living(id).filter(|entry| entry.change.is_some()) else { return };
        entry.change = None;
        let instrument = entry.known.order.instrument;
        self.tell(id, instrument, ReplyKind::ModifyRejected(reason), Nanos(0), now);
        // It may be whole as it was.
        self.settle(id, Nanos(0), now);
    }

    /// The order stands changed.
    pub(super) fn change(&mut self, id: ClientOrderId, px: Ticks, qty: Lots, at: Nanos, now: Now) {
        let Some(entry) = self.living(id) else { return };
        let asked = entry.change.take();
        let is_awaited = asked.is_some_and(|change| (change.px, change.qty) == (px, qty));
        let is_as_it_was = (entry.known.order.price(), entry.known.order.qty) == (px, qty);
        if qty <= entry.filled {
            // Whole with that: the venue is asked how it ended.
            if asked.is_some() {
                self.doubt(id, now);
            }
            return;
        }
        if is_as_it_was && !is_awaited {
            return;
        }
        entry.known.stands_at(px, qty);
        let instrument = entry.known.order.instrument;
        self.tell(id, instrument, ReplyKind::Updated { px, qty }, at, now);
    }

    /// News of an order that the venue names by its ids alone, with what we know of it; `None`: not known here.
    pub(super) fn whole(&self, whose: Whose, state: OrderState, at_ns: Nanos) -> Option<OrderNews> {
        let id = whose.ours.or_else(|| self.only_of(whose.venue_order_id))?;
        let order = &self.entries.get(id)?.known.order;
        let whose = Whose { ours: Some(id), ..whose };
        let (instrument, side, px) = (Some(order.instrument), order.side, order.price());
        Some(OrderNews { whose, instrument, side, px, qty: Lots(0), filled: Lots(0), state, waits: false, at_ns })
    }

    /// The one order that the venue calls that, of whatever instrument.
    fn only_of(&self, theirs: Name) -> Option<ClientOrderId> {
        let mut all = self.instruments.iter().filter_map(|of| self.by_theirs.get(Theirs(of.id, theirs)).copied());
        all.next().filter(|_| all.next().is_none())
    }

    /// How an order is by the venue's word. `asked_ns`: when it was asked for; `None` of what came unasked.
    pub(super) fn news(&mut self, news: &OrderNews, asked_ns: Option<u64>, now: Now) -> Found {
        let found = self.find(&news.whose, news.instrument, news.side);
        let Found::Ours(id) = found else { return found };
        let is_plain = |entry: &Entry| !entry.known.order.order_type.has_trigger();
        if news.waits && self.entries.get(id).is_some_and(is_plain) {
            // Older than its pull: what waited is no name of what it became.
            return found;
        }
        self.learn(id, news.whose.venue_order_id);
        self.notice(id, &news.whose, news.at_ns, now);
        let Some(entry) = self.entries.get_mut(id) else { return Found::Stranger };
        if news.filled.0 < 0 || news.qty.0 < 0 {
            return Found::Contradicted;
        }
        if asked_ns.is_some_and(|asked_ns| entry.heard_ns > asked_ns) {
            return Found::Ours(id);
        }
        let step = step(Here::Known(entry.status()), There::of(news));
        if entry.life == Life::Over {
            self.count(id, news.filled, now);
            return if step == Step::Withdraw { Found::Risen(id) } else { Found::Ours(id) };
        }
        entry.heard_ns = now.timer_ns;
        entry.sized_ns = asked_ns.map_or(entry.sized_ns, |asked_ns| entry.sized_ns.max(asked_ns));
        entry.settle_doubt();
        (entry.missing_ns, entry.is_searched) = (NEVER, false);
        entry.stated = entry.stated.max(news.filled);
        if news.filled == entry.filled {
            let at = asked_ns.map_or(news.at_ns, |asked_ns| {
                Nanos(now.venue.0.saturating_sub(now.timer_ns.saturating_sub(asked_ns)))
            });
            (entry.whole_at, entry.fills_asked) = (entry.whole_at.max(at.min(now.venue)), 0);
        }
        let doubted = entry.cancel == Cancel::Doubted;
        match (step, news.state) {
            (Step::End, OrderState::Rejected(reason)) if news.filled.0 == 0 => {
                return self.rejected(id, reason, news.at_ns, now);
            }
            (Step::End, OrderState::Rejected(_)) => entry.end = Some(OrderState::Canceled),
            (Step::End, OrderState::Filled) => self.is_whole(id, news, now),
            (Step::End, _) => {
                entry.end = Some(news.state);
                // A change that was given up came about, and more was executed than the engine knows of.
                if entry.exceeds(news.filled) && news.filled <= news.qty && news.px.0 > 0 {
                    self.accept(id, news.at_ns, now);
                    self.change(id, news.px, news.qty, news.at_ns, now);
                }
            }
            // Stands, or is to be withdrawn again where what became of that is not known.
            _ => self.stands(id, news, doubted, now),
        }
        self.settle(id, news.at_ns, now);
        Found::Ours(id)
    }

    /// It was executed whole: as it was sent, or as it was changed, should the answer to that be lost or late.
    fn is_whole(&mut self, id: ClientOrderId, news: &OrderNews, now: Now) {
        let Some(entry) = self.living(id) else { return };
        // One that was given up may have arrived after all.
        let is_changed = (entry.change.is_some() || news.filled == news.qty) && news.qty.0 > 0 && news.px.0 > 0;
        let whole = if is_changed { news.qty } else { entry.known.order.qty };
        entry.stated = entry.stated.max(whole);
        entry.end = Some(news.state);
        if is_changed
            && (news.px, news.qty) != (entry.known.order.price(), entry.known.order.qty)
            && whole > entry.filled
        {
            self.accept(id, news.at_ns, now);
            self.change(id, news.px, news.qty, news.at_ns, now);
        }
    }

    fn rejected(&mut self, id: ClientOrderId, reason: RejectReason, at: Nanos, now: Now) -> Found {
        self.reject(id, reason, at, now);
        Found::Ours(id)
    }

    fn stands(&mut self, id: ClientOrderId, news: &OrderNews, doubted: bool, now: Now) {
        self.accept(id, news.at_ns, now);
        let Some(entry) = self.living(id) else { return };
        if doubted {
            entry.cancel = Cancel::Wanted;
        }
        let order = entry.known.order;
        let is_other = news.qty.0 > 0 && news.px.0 > 0 && (news.px, news.qty) != (order.price(), order.qty);
        if is_other {
            self.change(id, news.px, news.qty, news.at_ns, now);
        }
        self.look_by(now.timer_ns);
    }

    /// An execution. Told once. `is_past`: found among those of before, not told when it happened.
    pub(super) fn fill(&mut self, fill: &FillNews, is_past: bool, now: Now) -> Found {
        let found = self.find(&fill.whose, fill.instrument, fill.side);
        let Found::Ours(id) = found else { return found };
        if self.trades.get((id, fill.trade_id)).is_some() && !planted("gateway/fill-told-twice") {
            return Found::Ours(id);
        }
        self.learn(id, fill.whose.venue_order_id);
        self.notice(id, &fill.whose, fill.at_ns, now);
        let Some(entry) = self.entries.get_mut(id) else { return Found::Stranger };
        if fill.at_ns <= entry.adopted_at && entry.adopted_at != Nanos(0) {
            return Found::Ours(id);
        }
        let Some(filled) = entry.filled.0.checked_add(fill.qty.0).filter(|_| fill.qty.0 > 0) else {
            return Found::Contradicted;
        };
        // The ids of executions are not kept for ever. An old one counts only if the venue counts more than was told.
        let is_old = is_past && fill.at_ns != Nanos(0) && fill.at_ns.plus(LAG) < entry.whole_at;
        if is_old && filled > entry.stated.0 {
            return Found::Ours(id);
        }
        if self.is_held_back(id, Lots(filled), now) {
            return Found::Ours(id);
        }
        self.remember((id, fill.trade_id));
        let Some(entry) = self.entries.get_mut(id) else { return Found::Stranger };
        if entry.is_rejected {
            // Nobody counts it: positions must differ, so that a person is told until it is mended.
            return Found::Rejected;
        }
        let (instrument, side) = (entry.known.order.instrument, entry.known.order.side);
        entry.known.pull();
        let is_first_word = entry.life == Life::Sent;
        let waited_ns = now.timer_ns.saturating_sub(entry.sent_ns);
        entry.filled = Lots(filled);
        entry.stated = entry.stated.max(entry.filled);
        entry.heard_ns = now.timer_ns;
        (entry.missing_ns, entry.is_searched) = (NEVER, false);
        if is_first_word {
            // The acknowledgement is behind it, if it comes at all, and has nothing to add.
            entry.life = Life::Standing;
            self.answered_in_ns.push(waited_ns);
        }
        let net = &mut self.net[instrument.index()];
        *net = net.saturating_add(fill.qty.0 * side.sign());
        let fill = &self.with_fee(instrument, fill);
        self.moves(instrument, side, fill);
        let settled = fee(self.instruments.get(instrument), fill);
        let (last_px, last_qty, fee) = (fill.px, fill.qty, settled.unwrap_or(Quote::ZERO));
        let what = ReplyKind::Filled { trade_id: fill.trade_id, last_px, last_qty, fee, liquidity: fill.liquidity };
        self.tell(id, instrument, what, fill.at_ns, now);
        if settled.is_none() {
            self.tell_foreign_fee(id, instrument, fill, now);
        }
        self.take_coin_fee(id, instrument, fill, now);
        self.settle(id, fill.at_ns, now);
        Found::Ours(id)
    }

    /// Tells an end that was stated as soon as all fills were told; asks for those that are missing.
    pub(super) fn settle(&mut self, id: ClientOrderId, at: Nanos, now: Now) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.filled < entry.stated && !planted("gateway/end-without-its-fills") {
            if entry.fills_at_ns == NEVER {
                entry.fills_at_ns = now.timer_ns + FILL_WITHIN_NS;
            }
            let due = entry.fills_at_ns;
            return self.look_by(due);
        }
        entry.fills_at_ns = NEVER;
        entry.fills_asked = 0;
        if entry.life == Life::Over {
            return;
        }
        let is_whole = entry.filled >= entry.known.order.qty;
        let (instrument, is_new) = (entry.known.order.instrument, entry.life == Life::Sent);
        match entry.end {
            // A change that makes it larger may be under way.
            None if !is_whole || entry.change.is_some() => return,
            None => {}
            // The law has no expiry of an order that was never accepted.
            Some(OrderState::Expired) if is_new => {
                self.accept(id, at, now);
                self.tell(id, instrument, ReplyKind::Expired, at, now);
            }
            Some(OrderState::Expired) if !is_whole => self.tell(id, instrument, ReplyKind::Expired, at, now),
            // Whole with less than the engine knows of, too: it was made smaller when that was executed already.
            Some(_) if !is_whole => self.tell(id, instrument, ReplyKind::Canceled, at, now),
            // The engine keeps an order open that may have become larger: it did not.
            Some(_) if entry.change.is_some_and(|change| change.qty > entry.filled) => {
                self.tell(id, instrument, ReplyKind::ModifyRejected(RejectReason::UnknownOrder), at, now);
            }
            Some(_) => {}
        }
        self.close(id);
    }

    fn close(&mut self, id: ClientOrderId) {
        let Some(entry) = self.living(id) else { return };
        entry.life = Life::Over;
        (entry.ask_at_ns, entry.fills_at_ns, entry.cancel, entry.change) = (NEVER, NEVER, Cancel::None, None);
        self.open -= 1;
        if self.over.len() == OPEN_MAX
            && let Some(oldest) = self.over.pop_front()
        {
            self.forget(oldest);
        }
        self.over.push_back(id);
    }

    fn forget(&mut self, id: ClientOrderId) {
        let Some(known) = self.entries.get(id).map(|entry| entry.known) else { return };
        let theirs = Theirs(known.order.instrument, known.venue_order_id);
        if self.by_theirs.get(theirs) == Some(&id) {
            self.by_theirs.remove(theirs);
        }
        self.entries.remove(id);
    }

    /// What the venue calls it, once that is told.
    fn learn(&mut self, id: ClientOrderId, theirs: Name) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if theirs == Name::default() || entry.known.venue_order_id != Name::default() {
            return;
        }
        entry.known.venue_order_id = theirs;
        let theirs = Theirs(entry.known.order.instrument, theirs);
        if self.by_theirs.get(theirs).is_none() {
            self.by_theirs.insert(theirs, id);
        }
    }

    /// By our id; by the venue's where it names only that.
    fn find(&self, whose: &Whose, instrument: Option<InstrumentId>, side: Side) -> Found {
        let entry = |id| self.entries.get(id);
        let agrees = |entry: &Entry| entry.agrees(whose, instrument, side);
        match (whose.ours, instrument) {
            (Some(id), _) => match entry(id) {
                None => Found::Stranger,
                Some(entry) if agrees(entry) => Found::Ours(id),
                Some(_) => Found::Contradicted,
            },
            (None, Some(instrument)) if whose.venue_order_id != Name::default() => {
                let id = self.by_theirs.get(Theirs(instrument, whose.venue_order_id)).copied();
                id.filter(|id| entry(*id).is_some_and(agrees)).map_or(Found::Stranger, Found::Ours)
            }
            (None, _) => Found::Stranger,
        }
    }

    fn remember(&mut self, trade: (ClientOrderId, u64)) {
        if self.trades_by_age.len() == TRADES_KEPT
            && let Some(oldest) = self.trades_by_age.pop_front()
        {
            self.trades.remove(oldest);
        }
        self.trades.insert(trade, ());
        self.trades_by_age.push_back(trade);
    }
}

/// A fee in the currency that the engine counts in: the quote's, of an inverse contract the base's. `None` of another.
fn fee(instrument: &Instrument, fill: &FillNews) -> Option<Quote> {
    let is = |name: Name| fill.fee_asset == name;
    let settles_in_base = instrument.kind == ContractKind::Inverse;
    if fill.fee_e8 == 0 || is(if settles_in_base { instrument.base } else { instrument.quote }) {
        return Some(Quote(fill.fee_e8));
    }
    if settles_in_base || !is(instrument.base) {
        return None;
    }
    // What a buyer of spot pays in coins, at the price of the execution; against us where it is no whole unit.
    let units = i128::from(fill.fee_e8) * i128::from(fill.px.0);
    let units = units.checked_mul(i128::from(instrument.grid.tick_step))?;
    let one = 10_i128.pow(u32::from(instrument.grid.price_decimals));
    Quote::from_wide(units.div_euclid(one) + i128::from(units.rem_euclid(one) != 0))
}
