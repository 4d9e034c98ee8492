//! One wish on its way over venues.
//!
//! What is left of it goes out as IOC limit orders, shared out by [`allocate`] over the venues that may be asked. What a
//! venue rejects or does not fill is left again, and routed again with the next event.
//!
//! **Owns** the wish, its children, and which venues are left out until when and why ([`Router::left_out`]).
//!
//! **Never** sends so much that fills could exceed the wish: what is on its way counts as filled until the venue has said
//! what became of it, also for as long as nobody knows, and for [`DOUBT_NS`] after it was said to be over. Asks no venue
//! twice on the same news: one that did not fill what it showed is asked again once it tells another top or depth.

use super::{Offer, allocate};
use crate::strategy::context::Context;
use crate::strategy::view::VIEW_LEVELS;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Name};
use engine_model::market::{BookState, Level, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderEvent, OrderStatus, TimeInForce};
use engine_model::refusal::Check;
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::{RejectReason, VENUES_MAX};
use std::fmt;

/// Children that one wish may have: bounds what it can send.
pub const CHILDREN_MAX: usize = 64;
/// A venue that refused is left out for so long.
const PENANCE_NS: u64 = Nanos::SECOND;
/// What a venue did not fill is routed again so long after it said so: fills are told late.
pub(super) const DOUBT_NS: u64 = 2 * Nanos::SECOND;
/// A top older than that prices nothing: venues' tops are told again every 200 ms while messages come.
const STALE_NS: u64 = Nanos::SECOND;

/// What is wished for, in the grid of one of the venues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Buy or sell.
    pub side: Side,
    /// Whose grid the next two are in.
    pub like: InstrumentId,
    /// How much.
    pub qty: Lots,
    /// The worst price before fees; 0 for any.
    pub worst: Ticks,
    /// Until when it is routed.
    pub until: Nanos,
}

/// Why a venue is not asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// Its book is not in sync: the feed is down, or catches up.
    NotSynced(BookState),
    /// Nothing was told of it for so many ns.
    Stale(u64),
    /// Nothing stands there, or nothing within the worst price.
    NoDepth,
    /// We denied its last order: halted, stale, a limit.
    Denied(Check),
    /// It rejected its last order.
    Rejected(RejectReason),
    /// It has an order of this wish.
    Asked,
    /// It did not fill what it showed, and has told nothing since.
    NoNews,
}

/// Why instruments are not one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteFault {
    /// None, or more than a run has venues.
    Count(usize),
    /// It is of another base, quote or kind than the first.
    Other(InstrumentId),
    /// An inverse contract: its quantity is money.
    Inverse(InstrumentId),
    /// Its prices or quantities are too fine to be told with those of the others in 64 bits.
    TooFine(InstrumentId),
}

impl fmt::Display for RouteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count} instruments to route over, must be 1 to {VENUES_MAX}"),
            Self::Other(id) => write!(f, "instrument {}: not the pair and kind of the first", id.0),
            Self::Inverse(id) => write!(f, "instrument {}: an inverse contract cannot be routed", id.0),
            Self::TooFine(id) => write!(f, "instrument {}: too fine a grid to share with the others", id.0),
        }
    }
}

impl std::error::Error for RouteFault {}

/// One venue of the pair.
#[derive(Debug)]
struct Place {
    instrument: InstrumentId,
    lot: i64,
    tick: i64,
    /// Refused, and left out until then.
    penance: Option<(LeftOut, Nanos)>,
    /// What it showed when it was asked for more than it filled: until that changes it is not asked again.
    asked_on: Option<([Level; VIEW_LEVELS], usize)>,
}

/// One order that was sent.
#[derive(Clone, Copy, Debug)]
struct Child {
    id: ClientOrderId,
    place: usize,
    /// Lots that it may still fill.
    left: Lots,
    is_over: bool,
    /// Said to be over, and may still be told to have filled until then.
    doubted_until: Option<Nanos>,
}

/// See the module.
#[derive(Debug)]
pub struct Router {
    places: Box<[Place]>,
    wish: Option<Wish>,
    /// Of the wish, in common units.
    qty: i64,
    filled: i64,
    children: Vec<Child>,
}

impl Router {
    /// Over instruments of one pair, at different venues.
    ///
    /// # Errors
    /// Names what is not of the pair.
    pub fn new<'i>(instruments: impl IntoIterator<Item = &'i Instrument>) -> Result<Self, RouteFault> {
        let list: Vec<&Instrument> = instruments.into_iter().collect();
        let first = list.first().filter(|_| list.len() <= VENUES_MAX).ok_or(RouteFault::Count(list.len()))?;
        let pair = |i: &Instrument| -> (Name, Name, ContractKind) { (i.base, i.quote, i.kind) };
        if let Some(inverse) = list.iter().find(|i| i.kind == ContractKind::Inverse) {
            return Err(RouteFault::Inverse(inverse.id));
        }
        if let Some(other) = list.iter().find(|i| pair(i) != pair(first)) {
            return Err(RouteFault::Other(other.id));
        }
        let decimals = |of: &dyn Fn(&Instrument) -> u8| list.iter().map(|i| of(i)).max().unwrap_or_default();
        let px_decimals = decimals(&|i| i.grid.price_decimals);
        let size_decimals = decimals(&Instrument::size_decimals);
        let place = |i: &&Instrument| {
            let lot = i.grid.lot_step.checked_mul(i.contract_size);
            let lot =
                lot.and_then(|lot| lot.checked_mul(10_i64.checked_pow(u32::from(size_decimals - i.size_decimals()))?));
            let tick =
                i.grid.tick_step.checked_mul(10_i64.checked_pow(u32::from(px_decimals - i.grid.price_decimals))?);
            Some(Place { instrument: i.id, lot: lot?, tick: tick?, penance: None, asked_on: None })
        };
        let places = list.iter().map(|i| place(i).ok_or(RouteFault::TooFine(i.id))).collect::<Result<_, _>>()?;
        Ok(Self { places, wish: None, qty: 0, filled: 0, children: Vec::with_capacity(CHILDREN_MAX) })
    }

    /// Takes a wish and routes it; one that is on its way is not replaced, and an instrument of another pair has none.
    /// Says whether it was taken.
    pub fn take(&mut self, context: &mut Context<'_>, wish: Wish) -> bool {
        let like = self.places.iter().find(|place| place.instrument == wish.like);
        let units = like.and_then(|place| place.lot.checked_mul(wish.qty.0)).filter(|units| *units > 0);
        let Some(units) = units.filter(|_| self.is_over(context.now())) else { return false };
        (self.wish, self.qty, self.filled) = (Some(wish), units, 0);
        self.children.clear();
        self.route(context);
        true
    }

    /// Something became of an order.
    pub fn on_report(&mut self, context: &mut Context<'_>, report: &Report) {
        let Some(child) = self.children.iter_mut().find(|child| child.id == report.client_order_id) else { return };
        let place = &mut self.places[child.place];
        let now = context.now();
        match report.event {
            OrderEvent::Filled { last_qty, .. } => {
                child.left = Lots((child.left.0 - last_qty.0).max(0));
                self.filled = self.filled.saturating_add(last_qty.0.saturating_mul(place.lot));
            }
            OrderEvent::Denied(refusal) => place.penance = Some((LeftOut::Denied(refusal.check), now.plus(PENANCE_NS))),
            OrderEvent::Rejected(reason) => place.penance = Some((LeftOut::Rejected(reason), now.plus(PENANCE_NS))),
            _ => {}
        }
        if child.left == Lots(0) {
            place.asked_on = None;
        }
        child.is_over |= report.status.is_terminal();
        match report.status {
            OrderStatus::Canceled | OrderStatus::Expired => {
                child.doubted_until = child.doubted_until.or(Some(now.plus(DOUBT_NS)));
            }
            status if status.is_terminal() => child.left = Lots(0),
            _ => {}
        }
        self.route(context);
    }

    /// Sends what is left to whoever may be asked. To be called with every market event and timer.
    pub fn route(&mut self, context: &mut Context<'_>) {
        let Some(wish) = self.wish.filter(|wish| context.now() < wish.until) else { return };
        self.believe(context.now());
        let left = self.left();
        if left <= 0 || self.children.len() + self.places.len() > CHILDREN_MAX {
            return;
        }
        let mut shown = [([Level::default(); VIEW_LEVELS], 0); VENUES_MAX];
        for (shown, at) in shown.iter_mut().zip(0..self.places.len()) {
            if self.reason(context, at).is_none() {
                *shown = self.levels(context, &wish, at);
            }
        }
        let mut offers = [Offer { lot: 1, tick: 1, fee_ppm: 0, min: Lots(1), max: Lots(0), levels: &[] }; VENUES_MAX];
        for ((offer, place), (levels, count)) in offers.iter_mut().zip(&self.places).zip(&shown) {
            *offer = offer_of(context, place, wish.side, &levels[..*count]);
        }
        let plan = allocate(wish.side, left, &offers[..self.places.len()]);
        for (at, part) in plan.parts.into_iter().enumerate().filter(|(_, part)| part.qty.0 > 0) {
            self.send(context, wish.side, at, part.qty, part.px);
        }
    }

    /// What was said to be over for long enough fills no more.
    fn believe(&mut self, now: Nanos) {
        let is_past = |child: &&mut Child| child.doubted_until.is_some_and(|until| now >= until);
        self.children.iter_mut().filter(is_past).for_each(|child| child.left = Lots(0));
    }

    fn send(&mut self, context: &mut Context<'_>, side: Side, at: usize, qty: Lots, px: Ticks) {
        let parent = self.children.first().map_or(0, |first| first.id.counter());
        let contingency = if parent == 0 { Contingency::None } else { Contingency::Spawned };
        let instrument = self.places[at].instrument;
        let (time_in_force, now) = (TimeInForce::Ioc, context.now());
        let order = Order { instrument, side, time_in_force, px, qty, parent, contingency, ..Order::default() };
        let shown = context.view(instrument).levels(side.opposite());
        match context.submit(order) {
            Ok(id) => {
                self.children.push(Child { id, place: at, left: qty, is_over: false, doubted_until: None });
                self.places[at].asked_on = Some(shown);
            }
            Err(refusal) => self.places[at].penance = Some((LeftOut::Denied(refusal.check), now.plus(PENANCE_NS))),
        }
    }

    /// What a venue shows within the worst price of the wish.
    fn levels(&self, context: &Context<'_>, wish: &Wish, at: usize) -> ([Level; VIEW_LEVELS], usize) {
        let (levels, count) = context.view(self.places[at].instrument).levels(wish.side.opposite());
        let price = |px: Ticks, place: &Place| i128::from(px.0) * i128::from(place.tick);
        let like = self.places.iter().find(|place| place.instrument == wish.like);
        let worst = like.map(|like| price(wish.worst, like)).filter(|worst| *worst > 0);
        let is_within = |level: &&Level| {
            let sign = i128::from(wish.side.sign());
            worst.is_none_or(|worst| price(level.px, &self.places[at]) * sign <= worst * sign)
        };
        (levels, levels[..count].iter().take_while(is_within).count())
    }

    /// Why a venue is not asked now, if it is not.
    fn reason(&self, context: &Context<'_>, at: usize) -> Option<LeftOut> {
        let place = &self.places[at];
        let view = context.view(place.instrument);
        let age = context.now().since(view.top_at_ns);
        let penance = place.penance.filter(|(_, until)| context.now() < *until);
        let wish = self.wish.as_ref()?;
        let shown = || view.levels(wish.side.opposite());
        match () {
            () if self.children.iter().any(|child| child.place == at && !child.is_over) => Some(LeftOut::Asked),
            () if view.book != BookState::Synced => Some(LeftOut::NotSynced(view.book)),
            () if age > STALE_NS => Some(LeftOut::Stale(age)),
            () if penance.is_some() => penance.map(|(why, _)| why),
            () if self.levels(context, wish, at).1 == 0 => Some(LeftOut::NoDepth),
            () if place.asked_on == Some(shown()) => Some(LeftOut::NoNews),
            () => None,
        }
    }

    /// Venues that are not asked now, and why.
    pub fn left_out<'r>(&'r self, context: &'r Context<'_>) -> impl Iterator<Item = (InstrumentId, LeftOut)> + 'r {
        let places = self.places.iter().enumerate();
        places.filter_map(|(at, place)| Some((place.instrument, self.reason(context, at)?)))
    }

    /// Common units that are neither filled nor on their way.
    fn left(&self) -> i64 {
        let asked = self.children.iter().map(|child| child.left.0.saturating_mul(self.places[child.place].lot));
        asked.fold(self.qty.saturating_sub(self.filled), i64::saturating_sub)
    }

    /// What was filled, in lots of an instrument of the pair, rounded down.
    #[must_use]
    pub fn filled(&self, like: InstrumentId) -> Lots {
        let place = self.places.iter().find(|place| place.instrument == like);
        Lots(place.map_or(0, |place| self.filled / place.lot))
    }

    /// Whether nothing of a wish is on its way and nothing more will be sent: filled, out of time, out of children, or none
    /// was taken.
    #[must_use]
    pub fn is_over(&self, now: Nanos) -> bool {
        let is_open = self.children.iter().any(|child| !child.is_over);
        let may_go_on = self.wish.is_some_and(|wish| now < wish.until)
            && self.filled < self.qty
            && self.children.len() + self.places.len() <= CHILDREN_MAX;
        !is_open && !may_go_on
    }
}

/// What a venue offers to a taker.
fn offer_of<'l>(context: &Context<'_>, place: &Place, side: Side, levels: &'l [Level]) -> Offer<'l> {
    let instrument = context.instrument(place.instrument);
    // What is not held on spot cannot be sold there.
    let is_held = instrument.kind == ContractKind::Spot && side == Side::Sell;
    let held = if is_held { context.position(place.instrument).0.max(0) } else { i64::MAX };
    // The order's worth is that of its limit: of a sale at the worst level, of a purchase no less than at the best.
    let px = if side == Side::Buy { levels.first() } else { levels.last() }.map_or(Ticks(0), |level| level.px);
    Offer {
        lot: place.lot,
        tick: place.tick,
        fee_ppm: context.taker_fee_ppm(place.instrument),
        min: least(instrument, px),
        max: Lots(instrument.max_qty.0.min(held)),
        levels,
    }
}

/// The smallest order that the venue takes at a price: by its quantity and by its worth.
fn least(instrument: &Instrument, px: Ticks) -> Lots {
    let is_worth_it =
        |lots: i64| instrument.notional(px, Lots(lots)).is_none_or(|worth| worth >= instrument.min_notional);
    let (mut small, mut large) = (instrument.min_qty.0.max(1), instrument.max_qty.0.max(1));
    while small < large {
        let middle = small + (large - small) / 2;
        if is_worth_it(middle) { large = middle } else { small = middle + 1 }
    }
    Lots(small)
}
