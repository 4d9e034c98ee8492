//! A strategy that wishes anything, at the real seat and the real desk: plain orders, orders that take, stops and trailing
//! stops, pairs, icebergs, changes and withdrawals.

use crate::dice::Dice;
use engine_core::strategy::seat::{Floor, Seat};
use engine_core::topology::Stage as Place;
use engine_core::wiring::Wiring;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::intent::{Change, StrategyId};
use engine_model::market::{MarketEvent, Side};
use engine_model::order::{ClientOrderId, Contingency, Order, OrderType, TimeInForce, TriggerType};
use engine_model::report::Report;
use engine_model::units::{Lots, Nanos, Ticks};
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use engine_ring::ring::Reader;
use std::sync::Arc;

/// Whose wishes they are.
pub(crate) const STRATEGY: StrategyId = StrategyId(1);

pub(crate) struct Trader {
    seat: Seat,
    floor: Floor,
    markets: Vec<(VenueId, Reader<MarketEvent>)>,
    reports: Reader<Report>,
    instruments: Arc<Instruments>,
    clock: Clock,
    /// What the desk took.
    pub(crate) wishes: u64,
}

impl Trader {
    pub(crate) fn new(instruments: &Arc<Instruments>, epoch: u32, clock: Clock, wiring: &mut Wiring) -> Self {
        Self {
            seat: Seat::new(STRATEGY, epoch, instruments.len()),
            floor: Floor::new(Arc::clone(instruments), wiring.intent().writer(Place::Strategy.name()).expect("free")),
            markets: wiring.market_readers(Place::Strategy).expect("free"),
            reports: wiring.report().reader(Place::Strategy.name()).expect("free"),
            instruments: Arc::clone(instruments),
            clock,
            wishes: 0,
        }
    }

    /// Reads as the strategy stage would, and lets the desk have its turns. Whether there was anything.
    pub(crate) fn turn(&mut self) -> bool {
        let Self { seat, floor, markets, reports, instruments, clock, .. } = self;
        let due = seat.desk().due_at_ns();
        floor.now = Nanos(clock.now());
        seat.on_time(floor);
        let mut taken = usize::from(seat.desk().due_at_ns() != due);
        taken += reports.take(usize::MAX, |sequence, report| {
            floor.seen.report = (sequence + 1) as u32;
            seat.on_report(floor, report);
        });
        for (venue, market) in markets {
            let slot = instruments.slot(*venue);
            taken += market.take(usize::MAX, |sequence, event| {
                floor.seen.market[slot] = (sequence + 1) as u32;
                floor.fold(event);
                let prices = floor.prices(event);
                seat.on_market(floor, &prices, event);
            });
        }
        taken > 0
    }

    /// Wishes something for an instrument whose best bid and ask are these. What the desk does not take is no wish.
    pub(crate) fn wish(&mut self, of: InstrumentId, touch: (i64, i64), now: Nanos, dice: &mut Dice) {
        let order = self.order(of, touch, dice);
        let one = self.one(of, dice);
        self.floor.now = now;
        let mut context = self.seat.context(&mut self.floor, now);
        let is_taken = match (dice.below(20), one) {
            (0..4, Some((id, _))) => context.cancel(id).is_ok(),
            (4..7, Some((id, qty))) => {
                let change = Change { client_order_id: id, px: order.px, qty: Lots(qty.0 + 1 + dice.below(9) as i64) };
                context.modify(change).is_ok()
            }
            (7..9, _) => {
                let (px, trigger_px) = (Ticks(0), Ticks(order.px.0 + order.side.sign() * (touch.1 / 500)));
                let trigger_type = TriggerType::BidAsk;
                let stop = Order { order_type: OrderType::StopMarket, px, trigger_px, trigger_type, ..order };
                context.submit(stop).is_ok()
            }
            (9, _) => {
                let away = (touch.1 / 400).max(1) as u32;
                let (order_type, trigger_type) = (OrderType::TrailingStopMarket, TriggerType::BidAsk);
                let (px, trailing_offset) = (Ticks(0), away);
                context.submit(Order { order_type, trigger_type, px, trailing_offset, ..order }).is_ok()
            }
            (10, _) => {
                let other = Order { px: Ticks(order.px.0 - order.side.sign() * (touch.1 / 1_000).max(1)), ..order };
                context.submit_list(Contingency::Oco, &[order, other]).is_ok()
            }
            (11, _) => context.submit(Order { display_qty: Lots(order.qty.0 / 3 + 1), ..order }).is_ok(),
            (12..14, _) => {
                let px = Ticks(if order.side == Side::Buy { touch.1 } else { touch.0 });
                context.submit(Order { time_in_force: TimeInForce::Ioc, px, ..order }).is_ok()
            }
            _ => context.submit(order).is_ok(),
        };
        self.wishes += u64::from(is_taken);
    }

    /// A plain order that rests near the touch.
    fn order(&self, of: InstrumentId, (bid, ask): (i64, i64), dice: &mut Dice) -> Order {
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let away = dice.below((bid as u64 / 500).max(2)) as i64;
        let px = Ticks(if side == Side::Buy { bid - away } else { ask + away });
        let unit = crate::engine::lots_of(self.instruments.get(of));
        let qty = Lots(unit + dice.below(2 * unit as u64) as i64);
        Order { instrument: of, side, px, qty, ..Order::default() }
    }

    /// One of its orders of that instrument, if any works.
    fn one(&self, of: InstrumentId, dice: &mut Dice) -> Option<(ClientOrderId, Lots)> {
        let own: Vec<&Order> = self.seat.account().working().iter().map(|working| &working.order).collect();
        let own: Vec<&Order> = own.into_iter().filter(|order| order.instrument == of).collect();
        let at = dice.below(own.len().max(1) as u64) as usize;
        own.get(at).map(|order| (order.client_order_id, order.qty))
    }
}
