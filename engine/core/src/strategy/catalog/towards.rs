//! From an opinion to a position: the way that all strategies go who want to be long, short or out.

use crate::strategy::context::Context;
use crate::strategy::sizing::Sizing;
use engine_analytics::signal::Wanted;
use engine_model::instrument::{ContractKind, InstrumentId};
use engine_model::market::Side;
use engine_model::order::{Order, OrderType, TimeInForce};
use engine_model::units::{Lots, Quote, Ticks};

/// One step towards what is wanted: an IOC limit order at the touch. What is held against it is closed first, all of it and
/// reduce-only; the other side is entered at the next call. Nothing while an order works on the instrument, or without a
/// price. What did not fill, was denied or found no room is wished for again at the next call, as long as it is wanted. A
/// position too small for the venue to take counts as none; a spot market is never sold short.
pub fn towards(context: &mut Context<'_>, id: InstrumentId, wanted: Wanted, worth: Quote) {
    if context.working().iter().any(|working| working.order.instrument == id) {
        return;
    }
    let Some(touch) = context.view(id).touch() else { return };
    let instrument = context.instrument(id);
    let sizing = Sizing::new(instrument);
    let is_short_impossible = instrument.kind == ContractKind::Spot && wanted == Wanted::Short;
    let wanted = if is_short_impossible { Wanted::Flat } else { wanted };
    let position = context.position(id);
    let out = if position.0 > 0 { Side::Sell } else { Side::Buy };
    let held = sizing.check_size(at(out, touch), Lots(position.0.saturating_abs()));
    let wish = match held {
        Ok(_) if position.0.signum() == i64::from(wanted as i8) => return,
        Ok(held) => Ok(ioc(id, out, touch, held.min(instrument.max_qty), true)),
        Err(_) => {
            let side = match wanted {
                Wanted::Flat => return,
                Wanted::Long => Side::Buy,
                Wanted::Short => Side::Sell,
            };
            sizing.order_size(at(side, touch), worth).map(|qty| ioc(id, side, touch, qty, false))
        }
    };
    // A refusal is remembered by nobody: the next call asks again if it is still wanted.
    let _ = wish.and_then(|order| context.submit(order));
}

/// The price at which an order of that side trades at once.
pub(super) fn at(side: Side, (bid, ask): (Ticks, Ticks)) -> Ticks {
    if side == Side::Buy { ask } else { bid }
}

/// An order for what is there now, and no worse.
pub(super) fn ioc(instrument: InstrumentId, side: Side, touch: (Ticks, Ticks), qty: Lots, reduce_only: bool) -> Order {
    let (order_type, time_in_force, px) = (OrderType::Limit, TimeInForce::Ioc, at(side, touch));
    Order { instrument, side, order_type, time_in_force, reduce_only, px, qty, ..Order::default() }
}
