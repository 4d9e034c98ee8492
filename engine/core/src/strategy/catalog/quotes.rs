//! Two quotes of one instrument, a bid and an ask, brought to where their strategy wants them one message at a time.
//!
//! - *Message rate*: after something was sent, the instrument is not looked at for `requote_ns`; one look sends at most one
//!   message a side. A quote that has to move is withdrawn at one look and placed anew at a later one.
//! - *Hysteresis*: a quote within `hysteresis_ticks` of its aim stays and keeps its place in the queue.
//! - *A no*: after a denial that side rests for `backoff_ns`; after the venue's rejection for `requote_ns`.
//! - *No price*: when the book is not in sync, or a side of it is empty, both are withdrawn at once.

use crate::strategy::context::Context;
use crate::strategy::sizing::Sizing;
use engine_model::instrument::InstrumentId;
use engine_model::market::Side;
use engine_model::order::{ClientOrderId, Order, OrderEvent, OrderType, TimeInForce};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};

/// A cancel that nobody answered for so many times `requote_ns` is asked for again.
const ASK_AGAIN_AFTER: u64 = 8;

/// How often and how far quotes move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) hysteresis_ticks: u64,
    pub(super) requote_ns: u64,
    pub(super) backoff_ns: u64,
}

/// Where a side's quote should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    pub(super) px: Ticks,
    pub(super) qty: Lots,
}

/// The quotes of one instrument.
#[derive(Debug)]
pub(super) struct Quotes {
    instrument: InstrumentId,
    /// Not to be looked at before.
    rest_until_ns: Nanos,
    bid: Quoted,
    ask: Quoted,
}

/// One side's quote.
#[derive(Clone, Copy, Debug, Default)]
struct Quoted {
    order: Option<Standing>,
    /// No new order before.
    rest_until_ns: Nanos,
}

/// An order of ours that has not ended.
#[derive(Clone, Copy, Debug)]
struct Standing {
    id: ClientOrderId,
    px: Ticks,
    /// When it was last asked to be withdrawn.
    leaving_since_ns: Option<Nanos>,
}

impl Quotes {
    pub(super) fn new(instrument: InstrumentId) -> Self {
        Self { instrument, rest_until_ns: Nanos(0), bid: Quoted::default(), ask: Quoted::default() }
    }

    pub(super) fn instrument(&self) -> InstrumentId {
        self.instrument
    }

    fn quoted(&mut self, side: Side) -> &mut Quoted {
        match side {
            Side::Buy => &mut self.bid,
            Side::Sell => &mut self.ask,
        }
    }

    /// Brings each side one message closer to its aim, if it is time. Aims of bid and ask; `None`: nothing may stand.
    pub(super) fn look(
        &mut self,
        context: &mut Context<'_>,
        pace: &Pace,
        aims: impl FnOnce(&Context<'_>, &Sizing<'_>) -> [Option<Aim>; 2],
    ) {
        if context.view(self.instrument).touch().is_none() {
            return self.withdraw_all(context);
        }
        let now = context.now();
        if now < self.rest_until_ns {
            return;
        }
        let sizing = Sizing::new(context.instrument(self.instrument));
        for (side, aim) in [Side::Buy, Side::Sell].into_iter().zip(aims(context, &sizing)) {
            let instrument = self.instrument;
            let quoted = self.quoted(side);
            match (&quoted.order, aim) {
                (None, Some(aim)) if now >= quoted.rest_until_ns => {
                    quoted.place(context, aim.order(instrument, side), pace);
                }
                (Some(standing), aim) if standing.must_leave(aim, now, pace) => quoted.withdraw(context),
                _ => continue,
            }
            self.rest_until_ns = now.plus(pace.requote_ns);
        }
    }

    /// Something happened to an order of the instrument.
    pub(super) fn on_report(&mut self, now: Nanos, report: &Report, pace: &Pace) {
        self.quoted(report.side).take_in(now, report, pace);
    }

    /// There is no price: nothing may stand.
    fn withdraw_all(&mut self, context: &mut Context<'_>) {
        for side in [Side::Buy, Side::Sell] {
            let quoted = self.quoted(side);
            if quoted.order.is_some_and(|standing| standing.leaving_since_ns.is_none()) {
                quoted.withdraw(context);
            }
        }
    }
}

impl Standing {
    fn must_leave(&self, aim: Option<Aim>, now: Nanos, pace: &Pace) -> bool {
        if let Some(since) = self.leaving_since_ns {
            return now.since(since) >= ASK_AGAIN_AFTER * pace.requote_ns;
        }
        aim.is_none_or(|aim| aim.px.0.abs_diff(self.px.0) > pace.hysteresis_ticks)
    }
}

impl Quoted {
    fn place(&mut self, context: &mut Context<'_>, order: Order, pace: &Pace) {
        match context.submit(order) {
            Ok(id) => self.order = Some(Standing { id, px: order.px, leaving_since_ns: None }),
            Err(_) => self.rest_until_ns = context.now().plus(pace.backoff_ns),
        }
    }

    /// A cancel that finds no room is asked for again at the next look: the quote is not marked as leaving.
    fn withdraw(&mut self, context: &mut Context<'_>) {
        if let Some(standing) = &mut self.order
            && context.cancel(standing.id).is_ok()
        {
            standing.leaving_since_ns = Some(context.now());
        }
    }

    fn take_in(&mut self, now: Nanos, report: &Report, pace: &Pace) {
        let Some(standing) = self.order.as_mut().filter(|standing| standing.id == report.client_order_id) else {
            return;
        };
        match report.event {
            OrderEvent::Denied(_) => self.rest_until_ns = now.plus(pace.backoff_ns),
            OrderEvent::Rejected(_) => self.rest_until_ns = now.plus(pace.requote_ns),
            OrderEvent::CancelRejected(_) => standing.leaving_since_ns = None,
            _ => {}
        }
        if report.status.is_terminal() {
            self.order = None;
        }
    }
}

impl Aim {
    fn order(self, instrument: InstrumentId, side: Side) -> Order {
        let Self { px, qty } = self;
        let (order_type, time_in_force, post_only) = (OrderType::Limit, TimeInForce::Gtc, true);
        Order { instrument, side, order_type, time_in_force, post_only, px, qty, ..Order::default() }
    }
}
