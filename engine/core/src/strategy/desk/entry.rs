//! One order that the desk follows.

use super::trigger::{Near, Trigger};
use engine_model::market::Side;
use engine_model::order::{Contingency, OffsetUnit, Order, OrderStatus, OrderType};
use engine_model::units::{Lots, Nanos, Ticks};

/// What an order waits for, as far as the desk is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Word that all of its children are held.
    Children,
    /// The first fill of its parent.
    Parent,
    /// Its trigger.
    Trigger,
    /// Nothing: it is to be let go.
    Due,
    /// The venue.
    Venue,
    /// Nothing any more, but what follows it is to be entered.
    Next,
    /// More to exit, or the end of a refusal that passes: it is entered anew then, under another number.
    Again,
    /// Nothing any more.
    Over,
}

/// What a change changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    qty: Lots,
    px: Ticks,
    trigger_px: Ticks,
    trigger: Trigger,
}

/// One order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// As it was wished, later changes of a held one included.
    pub(super) order: Order,
    pub(super) stage: Stage,
    pub(super) trigger: Trigger,
    pub(super) status: OrderStatus,
    pub(super) filled: Lots,
    /// What the venue kept of that as its fee: nobody has it to sell.
    pub(super) charged: Lots,
    /// What the venue closed of the position that it is to exit, where that has left less than it would exit.
    pub(super) closed: Lots,
    /// Price of its last fill.
    pub(super) last_px: Ticks,
    /// The quantity that the venue has, or is asked for.
    pub(super) sent: Lots,
    /// What of a market-to-limit order is to stand behind it.
    pub(super) rest: Lots,
    /// Counter of the first order of its family: a list, or an order and what was spawned from it.
    pub(super) family: u32,
    /// Counter of the order that it was wished as.
    pub(super) root: u32,
    /// Its trigger is the venue's to watch.
    pub(super) at_venue: bool,
    /// Its trigger was pulled, here or there.
    pub(super) is_pulled: bool,
    /// It is withdrawn to be entered anew: of another size or trigger at a venue that does not change it, or when there is
    /// more to exit.
    pub(super) renews: bool,
    /// It was refused for its size: it is entered anew when it may be larger than it was sent.
    pub(super) is_too_small: bool,
    /// What the venue has, while another with terms that a person or a strategy changed is to come in its place.
    pub(super) before: Option<Terms>,
    /// When it is looked at again after a no, if it is.
    pub(super) again_at_ns: Nanos,
    /// Noes in a row.
    pub(super) refused: u8,
    pub(super) expire_at_ns: Nanos,
    /// Its withdrawal was wished for.
    pub(super) is_ending: bool,
    /// A person withdrew everything while nothing was heard of it: if that is a no, nothing comes of it any more.
    pub(super) is_given_up: bool,
}

impl Entry {
    pub(super) fn counter(&self) -> u32 {
        self.order.client_order_id.counter()
    }

    /// It has no number of its own any more.
    pub(super) fn has_ended(&self) -> bool {
        self.is_over() || self.stage == Stage::Again
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over | Stage::Next)
    }

    /// The venue does not have it.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Children | Stage::Parent | Stage::Trigger | Stage::Due)
    }

    /// Stands at the venue, and nothing is under way.
    pub(super) fn is_settled(&self) -> bool {
        let settled =
            matches!(self.status, OrderStatus::Accepted | OrderStatus::Triggered | OrderStatus::PartiallyFilled);
        self.stage == Stage::Venue && settled && !self.is_ending
    }

    /// On its way to the venue, which has said nothing yet.
    pub(super) fn is_unanswered(&self) -> bool {
        use OrderStatus::{Emulated, Initialized, Released, Submitted};
        self.stage == Stage::Venue && matches!(self.status, Initialized | Emulated | Released | Submitted)
    }

    /// Immediate: it does not rest at the venue, or not any more.
    pub(super) fn takes(&self) -> bool {
        self.order.order_type.plain() == OrderType::Market && !self.waits_there()
    }

    /// It waits for its price at the venue, or is to.
    pub(super) fn waits_there(&self) -> bool {
        self.at_venue && !self.is_pulled
    }

    /// It waits for its price on our side, or is to.
    pub(super) fn waits_here(&self) -> bool {
        self.order.order_type.has_trigger() && !self.at_venue && !self.is_pulled
    }

    /// As what leaves, or is held, in its place under another number, spawned from it: a plain order once its trigger was
    /// pulled.
    pub(super) fn anew(&self, qty: Lots) -> Order {
        let (parent, contingency, list) = (self.root, Contingency::Spawned, 0);
        let whole = Order { trigger_px: self.trigger.px().unwrap_or_default(), qty, ..self.order };
        let order = if self.waits_here() { whole } else { self.sent_for(qty) };
        let order = Order { list, parent, contingency, ..order };
        match order.order_type.has_trigger() {
            true => order,
            false => Order { trigger_px: Ticks(0), trailing_offset: 0, limit_offset: 0, ..order },
        }
    }

    /// As what leaves: with its trigger where the venue watches it, else as the plain order that it is by then.
    pub(super) fn sent_for(&self, qty: Lots) -> Order {
        match self.waits_there() {
            true => Order { qty, ..self.order },
            false => self.plain(qty),
        }
    }

    /// The price that stands for it at the venue.
    pub(super) fn price(&self) -> Ticks {
        if self.waits_there() { self.order.price() } else { self.order.px }
    }

    /// It stands at that price: its limit, or the trigger of a market order that waits there.
    pub(super) fn stands_at(&mut self, px: Ticks) {
        if self.order.order_type.plain() == OrderType::Limit {
            self.order.px = px;
        } else if self.waits_there() {
            self.place_trigger(px);
        }
    }

    /// Another is to come in its place: what it is until then is kept, of several changes before the first.
    pub(super) fn keep_terms(&mut self) {
        let Order { qty, px, trigger_px, .. } = self.order;
        self.before.get_or_insert(Terms { qty, px, trigger_px, trigger: self.trigger });
    }

    /// None came in its place: it is what it was.
    pub(super) fn restore_terms(&mut self) {
        if let Some(Terms { qty, px, trigger_px, trigger }) = self.before.take() {
            (self.order.qty, self.order.px, self.order.trigger_px, self.trigger) = (qty, px, trigger_px, trigger);
        }
    }

    pub(super) fn place_trigger(&mut self, px: Ticks) {
        self.trigger.place(px);
        self.order.trigger_px = px;
    }

    /// To a parent, or to others of a list: how large it may be follows from them.
    pub(super) fn is_tied(&self) -> bool {
        self.order.parent != 0 || self.order.list != 0
    }

    pub(super) fn is_slice(&self) -> bool {
        self.order.contingency == Contingency::Spawned
    }

    /// Exits what a parent fills.
    pub(super) fn is_child(&self) -> bool {
        self.order.parent != 0 && !self.is_slice()
    }

    /// Whether it can only make a position of its strategy smaller, as that is now.
    pub(super) fn exits(&self, position: Lots) -> bool {
        let is_bounded = self.order.reduce_only || self.is_child();
        let left = i128::from(self.sent.0 - self.filled.0);
        position.0.signum() * self.order.side.sign() < 0 && (is_bounded || left <= i128::from(position.0).abs())
    }

    /// As large as that it was refused for its size.
    pub(super) fn is_too_small_for(&self, qty: Lots) -> bool {
        self.stage == Stage::Again && self.is_too_small && qty.0 - self.filled.0 <= self.sent.0
    }

    /// Where its trigger has something to do.
    pub(super) fn near(&self) -> Near {
        if self.stage == Stage::Trigger && !self.is_ending { self.trigger.near() } else { Near::NEVER }
    }

    /// As the plain order that leaves.
    pub(super) fn plain(&self, qty: Lots) -> Order {
        let order = self.order;
        let trigger_px = self.trigger.px().filter(|_| order.order_type.has_trigger()).unwrap_or_default();
        let px = match order.order_type {
            OrderType::TrailingStopLimit => limit_beyond(&order, trigger_px),
            _ => order.px,
        };
        Order { order_type: order.order_type.plain(), qty, px, trigger_px, ..order }
    }
}

/// The limit of a trailing stop limit: beyond its trigger, on the side that lets it fill.
fn limit_beyond(order: &Order, Ticks(trigger): Ticks) -> Ticks {
    let offset = i128::from(order.limit_offset);
    let distance = match order.offset_unit {
        OffsetUnit::Ticks => offset,
        OffsetUnit::Bps => i128::from(trigger) * offset / 10_000,
    };
    let away = if order.side == Side::Buy { distance } else { -distance };
    Ticks(i64::try_from(i128::from(trigger) + away).unwrap_or(trigger).max(1))
}
