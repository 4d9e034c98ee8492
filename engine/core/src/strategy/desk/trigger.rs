//! The trigger of one held order: which prices pull it, where it lies, and how it follows the market.
//!
//! A pure value: prices are handed in, one market event at a time. Prices are compared doubled, because a mid may lie on
//! half a tick. Never looks at the clock.

use engine_model::market::{BookState, MarketChange, Side};
use engine_model::order::{OffsetUnit, Order, TriggerType};
use engine_model::planted::planted;
use engine_model::units::Ticks;

/// What one market event tells of prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of a trade.
    pub last: Option<Ticks>,
    /// The mark.
    pub mark: Option<Ticks>,
    /// The index.
    pub index: Option<Ticks>,
    /// Best bid and ask of a book in sync that has both.
    pub touch: Option<(Ticks, Ticks)>,
}

impl Prices {
    /// Of an event, on a book of that trust.
    #[must_use]
    pub fn of(change: &MarketChange, book: BookState) -> Self {
        let none = Self::default();
        match *change {
            MarketChange::Trade { px, .. } => Self { last: Some(px), ..none },
            MarketChange::Mark { px } => Self { mark: Some(px), ..none },
            MarketChange::Index { px } => Self { index: Some(px), ..none },
            MarketChange::Top { bid, ask, .. } if book == BookState::Synced && bid.qty.0 > 0 && ask.qty.0 > 0 => {
                Self { touch: Some((bid.px, ask.px)), ..none }
            }
            _ => none,
        }
    }

    /// The lowest and the highest of them; none of an event without a price.
    #[must_use]
    pub fn range(&self) -> Option<(Ticks, Ticks)> {
        let one = self.last.or(self.mark).or(self.index);
        one.map(|px| (px, px)).or(self.touch)
    }
}

/// Outside of these the trigger has something to do; between them it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// At this price or below.
    pub low: Ticks,
    /// At this price or above.
    pub high: Ticks,
}

impl Near {
    /// Nothing to do at any price.
    pub const NEVER: Self = Self { low: Ticks(i64::MIN), high: Ticks(i64::MAX) };
    /// Something to do at every price.
    pub const ALWAYS: Self = Self { low: Ticks(i64::MAX), high: Ticks(i64::MIN) };

    /// Where either has something to do.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    /// Whether there is something to do at prices of that range.
    #[must_use]
    #[inline]
    pub fn meets(&self, (lowest, highest): (Ticks, Ticks)) -> bool {
        lowest <= self.low && self.low.0 != i64::MIN || highest >= self.high && self.high.0 != i64::MAX
    }
}

/// The trigger of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    side: Side,
    which: TriggerType,
    /// Pulled by a price at or above it, not at or below.
    rises: bool,
    /// Where it lies; `None` for one that trails and has seen no price.
    px: Option<Ticks>,
    /// How far behind it trails; 0 for one that stays.
    offset: u32,
    unit: OffsetUnit,
    /// The best price so far of one that trails.
    best: Ticks,
    /// Prices running that would pull it: two of them are needed for the double ones.
    hits: u8,
}

impl Trigger {
    /// Of an order that has one.
    #[must_use]
    pub fn new(order: &Order) -> Self {
        let kind = order.order_type;
        let trails = kind.trails();
        let px = Some(order.trigger_px).filter(|px| px.0 > 0);
        Self {
            side: order.side,
            which: order.trigger_type,
            rises: order.rises(),
            px,
            offset: if trails { order.trailing_offset } else { 0 },
            unit: order.offset_unit,
            best: px.unwrap_or_default(),
            hits: 0,
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn px(&self) -> Option<Ticks> {
        self.px
    }

    /// Puts it elsewhere.
    pub fn place(&mut self, px: Ticks) {
        (self.px, self.best, self.hits) = (Some(px), px, 0);
    }

    /// Takes an event's prices in; whether they pull it.
    pub fn watch(&mut self, prices: &Prices) -> bool {
        let Some(doubled) = self.reference(prices) else { return false };
        self.follow(doubled);
        let Some(Ticks(px)) = self.px else { return false };
        let at = 2 * i128::from(px);
        let rises = self.rises != planted("desk/stop-pulled-from-the-wrong-side");
        let is_hit = if rises { doubled >= at } else { doubled <= at };
        self.hits = if is_hit { self.hits.saturating_add(1) } else { 0 };
        let needed = if matches!(self.which, TriggerType::DoubleLast | TriggerType::DoubleBidAsk) { 2 } else { 1 };
        self.hits >= needed
    }

    /// Where it has something to do.
    #[must_use]
    pub fn near(&self) -> Near {
        let Some(px) = self.px.filter(|_| self.hits == 0) else { return Near::ALWAYS };
        // One that trails has also to follow where the price is better than it ever was.
        let better = |by: i64| Ticks(self.best.0.saturating_add(by));
        match (self.rises, self.offset > 0) {
            (true, false) => Near { high: px, ..Near::NEVER },
            (false, false) => Near { low: px, ..Near::NEVER },
            (true, true) => Near { low: better(-1), high: px },
            (false, true) => Near { low: px, high: better(1) },
        }
    }

    /// The price that it looks at, doubled.
    fn reference(&self, prices: &Prices) -> Option<i128> {
        let whole = |px: Option<Ticks>| px.map(|Ticks(px)| 2 * i128::from(px));
        let own = prices.touch.map(|(bid, ask)| if self.side == Side::Buy { ask } else { bid });
        match self.which {
            TriggerType::LastPrice | TriggerType::DoubleLast => whole(prices.last),
            TriggerType::MarkPrice => whole(prices.mark),
            TriggerType::IndexPrice => whole(prices.index),
            TriggerType::BidAsk | TriggerType::DoubleBidAsk => whole(own),
            TriggerType::MidPoint => prices.touch.map(|(bid, ask)| i128::from(bid.0) + i128::from(ask.0)),
            TriggerType::LastOrBidAsk => whole(prices.last.or(own)),
        }
    }

    /// Moves one that trails: only ever nearer to the market.
    fn follow(&mut self, doubled: i128) {
        if self.offset == 0 {
            return;
        }
        let away = if self.rises { 1 } else { -1 };
        // Half a tick is rounded away from the market: never nearer than the offset says.
        let (down, odd) = (doubled.div_euclid(2), doubled.rem_euclid(2));
        let reference = if self.rises { down + odd } else { down };
        let offset = i128::from(self.offset);
        let distance = match self.unit {
            OffsetUnit::Ticks => offset,
            OffsetUnit::Bps => (reference * offset + 9_999).div_euclid(10_000),
        };
        let Ok(px) = i64::try_from(reference + away * distance) else { return };
        let is_nearer = self.px.is_none_or(|old| if self.rises { px < old.0 } else { px > old.0 });
        if px > 0 && (is_nearer || planted("desk/trailing-stop-goes-back")) {
            self.px = Some(Ticks(px));
            self.best = Ticks(i64::try_from(reference).unwrap_or(px));
        }
    }
}
