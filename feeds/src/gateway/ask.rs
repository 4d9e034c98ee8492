//! What is wanted of a venue, in no venue's words.

use super::heard::{OrderNews, Whose};
use engine_model::instrument::{InstrumentId, Name};
use engine_model::order::{ClientOrderId, Order, OrderType};
use engine_model::units::{Lots, Nanos, Ticks};

/// The number of a question: its answer carries it. Rises by one with each; never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AskId(pub(crate) u64);

/// An order as the gateway knows it: what was asked for, and what the venue calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// As it stands: price and quantity of the last change that the venue took; a plain order once its trigger was pulled. A
    /// plain one that has a trigger still waited for it at the venue.
    pub(crate) order: Order,
    /// The venue's id; empty until it was told.
    pub(crate) venue_order_id: Name,
}

impl Known {
    /// An order of nobody here, by the venue's word alone: enough to withdraw it. `None`: it bears no id of ours, or is of an
    /// instrument that is not ours.
    pub(crate) fn of(news: &OrderNews) -> Option<Self> {
        let (client_order_id, instrument) = (news.whose.ours?, news.instrument?);
        let (side, px, qty) = (news.side, news.px, news.qty);
        let plain = Order { client_order_id, instrument, side, px, qty, ..Order::default() };
        // The venue may keep what waits elsewhere; of which type it is does not matter to a cancel.
        let waiting = Order { order_type: OrderType::StopMarket, px: Ticks(0), trigger_px: px, ..plain };
        let order = if news.waits { waiting } else { plain };
        Some(Self { order, venue_order_id: news.whose.venue_order_id })
    }

    /// An order that bears no id of ours, named by the venue's alone: enough to withdraw it. `None`: it bears one, or is of
    /// an instrument that is not ours.
    pub(crate) fn theirs(news: &OrderNews) -> Option<Self> {
        let is_named = news.whose.ours.is_none() && news.whose.venue_order_id != Name::default();
        let whose = Whose { ours: Some(ClientOrderId(0)), ..news.whose };
        is_named.then(|| Self::of(&OrderNews { whose, ..*news })).flatten()
    }

    /// Whether the venue's id alone names it.
    pub(crate) fn is_theirs(&self) -> bool {
        self.id() == ClientOrderId(0)
    }

    /// Our id of it.
    pub(crate) fn id(&self) -> ClientOrderId {
        self.order.client_order_id
    }

    /// It stands at that price: its limit, or the trigger of a market order that waits for it.
    pub(crate) fn stands_at(&mut self, px: Ticks, qty: Lots) {
        let order = &mut self.order;
        order.qty = qty;
        if order.order_type.has_trigger() && order.order_type.plain() == OrderType::Market {
            order.trigger_px = px;
        } else {
            order.px = px;
        }
    }

    /// Whether it waits for a price.
    pub(crate) fn waits(&self) -> bool {
        self.order.order_type.has_trigger()
    }

    /// Whether it waited for a price that came.
    fn was_pulled(&self) -> bool {
        !self.waits() && self.order.trigger_px > Ticks(0)
    }

    /// Whether it was pulled, and the venue has not told what it is called since.
    pub(crate) fn is_nameless(&self) -> bool {
        self.was_pulled() && self.venue_order_id == Name::default()
    }

    /// Whether it was pulled, and the venue's id names what it became.
    pub(crate) fn is_renamed(&self) -> bool {
        self.was_pulled() && self.venue_order_id != Name::default()
    }

    /// Whether it is to be asked for where orders wait: it does, or it did and has no other name yet.
    pub(crate) fn is_among_waiting(&self) -> bool {
        self.waits() || self.is_nameless()
    }

    /// Its trigger was pulled.
    pub(crate) fn pull(&mut self) {
        self.order.order_type = self.order.order_type.plain();
    }
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Something that must be had before a line is opened.
    Prepare(Prepare),
    /// Enter the order.
    Place(Order),
    /// Withdraw the order.
    Cancel(Known),
    /// The same by REST, of a venue whose [`Ask::Cancel`] goes by a line: the line is down.
    CancelByRest(Known),
    /// Change price and quantity (whole, not what is left). The price of a market order that waits for one is its trigger.
    Modify(Known, Ticks, Lots),
    /// Withdraw every order on the instrument.
    CancelAll(InstrumentId),
    /// How the order is, by our id. The answer is the order's news, or [`Answer::NoSuchOrder`](super::heard::Answer).
    Order(Known),
    /// Every open order on the instrument.
    OpenOrders(InstrumentId),
    /// Executions on the instrument since then, newest last or not.
    Fills(InstrumentId, Nanos),
    /// The same of one order, by the venue's id.
    FillsOf(Known, Nanos),
    /// What the account holds.
    Balances,
    /// The positions of the account.
    Positions,
    /// Whether the account keeps a long and a short of the contract side by side (*hedge mode*). Of a venue where none does
    /// it is not asked.
    Mode(InstrumentId),
    /// How the account is set up for the contract, as far as the venue tells: leverage, margin, and sides where each contract
    /// has its own.
    Setup(InstrumentId),
    /// Have the venue withdraw everything on the instrument unless told again within so many seconds; 0: no more.
    DeadMan(InstrumentId, u32),
}

impl Ask {
    /// Whether it changes what stands at the venue.
    pub(crate) const fn is_action(&self) -> bool {
        matches!(self, Self::Place(_) | Self::Modify(..) | Self::Cancel(_) | Self::CancelByRest(_) | Self::CancelAll(_))
    }
}

/// Things to be had before a line is opened, by REST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prepare {
    /// What the key may do: one that may withdraw is refused.
    Rights,
    /// A token, key or user id that opens the private line, or what else later words need. Asked again as often as the venue
    /// wants it.
    Token,
    /// Keeps the token alive.
    KeepToken,
    /// The venue's time.
    Time,
}
