//! What a script sees of the run during one call, and what it wishes for: copied in before the call, carried out behind it.

use engine_analytics::signal::Wanted;
use engine_core::strategy::catalog::towards;
use engine_core::strategy::context::Context;
use engine_core::strategy::sizing::Sizing;
use engine_model::instrument::{Instrument, InstrumentId};
use engine_model::market::Side;
use engine_model::order::{Order, OrderStatus, OrderType, TimeInForce};
use engine_model::units::{Lots, Nanos, Quote, Ticks};
use rhai::{Dynamic, Engine, EvalAltResult, INT};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Wishes of one call: as many as the engine lets pass at once.
const WISHES_MAX: usize = 64;

/// One instrument, as it is at the beginning of a call.
#[derive(Clone, Debug)]
struct Seen {
    instrument: Instrument,
    touch: Option<(Ticks, Ticks)>,
    qty: (Lots, Lots),
    imbalance_bps: i16,
    position: Lots,
    working: usize,
}

/// What a script wants.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    Aim(InstrumentId, Wanted, Quote),
    Order(InstrumentId, Lots, Ticks, TimeInForce),
    Cancel(InstrumentId),
}

/// The desk of one script.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    now: Nanos,
    seen: Vec<Seen>,
    wishes: Vec<Wish>,
}

/// It is reached from the functions that a script calls, which own what they use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(Arc<Mutex<Desk>>);

type Answer<T> = Result<T, Box<EvalAltResult>>;

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before a call.
    pub(crate) fn see(&self, context: &Context<'_>, instruments: &[InstrumentId]) {
        let mut desk = self.lock();
        let one = |&id: &InstrumentId| {
            let view = context.view(id);
            Seen {
                instrument: *context.instrument(id),
                touch: view.touch(),
                qty: (view.bid.qty, view.ask.qty),
                imbalance_bps: view.imbalance_bps,
                position: context.position(id),
                working: context.working().iter().filter(|working| working.order.instrument == id).count(),
            }
        };
        desk.now = context.now();
        desk.wishes.clear();
        desk.seen.clear();
        desk.seen.extend(instruments.iter().map(one));
    }

    /// Behind a call that ended well. What is refused is remembered by nobody: the script sees what stands at its next call.
    pub(crate) fn carry_out(&self, context: &mut Context<'_>) {
        for at in 0..WISHES_MAX {
            let Some(wish) = self.lock().wishes.get(at).copied() else { return };
            match wish {
                Wish::Aim(id, wanted, worth) => towards(context, id, wanted, worth),
                Wish::Order(id, lots, px, time_in_force) => {
                    let _ = context.submit(order(id, lots, px, time_in_force));
                }
                Wish::Cancel(id) => withdraw(context, id),
            }
        }
    }

    fn wish(&self, wish: Wish) -> Answer<()> {
        let mut desk = self.lock();
        if desk.wishes.len() == WISHES_MAX {
            return Err(format!("more than {WISHES_MAX} wishes in one call").into());
        }
        desk.wishes.push(wish);
        Ok(())
    }

    fn with<T>(&self, place: INT, of: impl FnOnce(&Seen) -> T) -> Answer<T> {
        let desk = self.lock();
        let seen = usize::try_from(place).ok().and_then(|place| desk.seen.get(place));
        let known = desk.seen.len();
        seen.map(of).ok_or_else(|| format!("instrument {place}: it has {known}, from 0").into())
    }

    fn id(&self, place: INT) -> Answer<InstrumentId> {
        self.with(place, |seen| seen.instrument.id)
    }

    /// The functions of a script. Prices are ticks, quantities lots, money whole units of quote: whole numbers all of them,
    /// so a float in their place is an error of the script.
    pub(crate) fn register(&self, engine: &mut Engine) {
        let px = |side: fn((Ticks, Ticks)) -> Ticks| {
            let desk = self.clone();
            move |at: INT| {
                let touch = desk.with(at, |seen| seen.touch)?;
                Answer::Ok(touch.map_or(Dynamic::UNIT, |touch| Dynamic::from_int(side(touch).0)))
            }
        };
        engine.register_fn("bid", px(|(bid, _)| bid));
        engine.register_fn("ask", px(|(_, ask)| ask));
        let number = |of: fn(&Seen) -> INT| {
            let desk = self.clone();
            move |at: INT| desk.with(at, of)
        };
        engine.register_fn("bid_qty", number(|seen| seen.qty.0.0));
        engine.register_fn("ask_qty", number(|seen| seen.qty.1.0));
        engine.register_fn("imbalance_bps", number(|seen| INT::from(seen.imbalance_bps)));
        engine.register_fn("position", number(|seen| seen.position.0));
        engine.register_fn("working", number(|seen| seen.working as INT));
        let desk = self.clone();
        engine.register_fn("now_ms", move || (desk.lock().now.0 / Nanos::MILLI) as INT);
        let desk = self.clone();
        engine.register_fn("lots_for", move |at: INT, px: INT, worth: INT| {
            let worth = money(worth)?;
            desk.with(at, |seen| Sizing::new(&seen.instrument).order_size(Ticks(px), worth).map_or(0, |lots| lots.0))
        });
        let desk = self.clone();
        engine.register_fn("aim", move |at: INT, wanted: INT, worth: INT| {
            let wanted = match wanted {
                1 => Wanted::Long,
                0 => Wanted::Flat,
                -1 => Wanted::Short,
                other => return Err(format!("aim at {other}: must be 1, 0 or -1").into()),
            };
            desk.wish(Wish::Aim(desk.id(at)?, wanted, money(worth)?))
        });
        let order = |time_in_force| {
            let desk = self.clone();
            move |at: INT, lots: INT, px: INT| match lots {
                0 | INT::MIN => Answer::Err(format!("an order of {lots} lots").into()),
                _ => desk.wish(Wish::Order(desk.id(at)?, Lots(lots), Ticks(px), time_in_force)),
            }
        };
        engine.register_fn("rest", order(TimeInForce::Gtc));
        engine.register_fn("take", order(TimeInForce::Ioc));
        let desk = self.clone();
        engine.register_fn("cancel", move |at: INT| desk.wish(Wish::Cancel(desk.id(at)?)));
    }
}

fn money(worth: INT) -> Answer<Quote> {
    let in_range = (0..=10_000_000).contains(&worth);
    if in_range { Ok(Quote::whole(worth)) } else { Err(format!("worth {worth}: must be 0 to 10000000").into()) }
}

/// Positive lots are bought. What rests never takes. What makes the position smaller may not turn it round: the engine's own
/// rules see to that where the market is spot.
fn order(instrument: InstrumentId, lots: Lots, px: Ticks, time_in_force: TimeInForce) -> Order {
    let side = if lots.0 > 0 { Side::Buy } else { Side::Sell };
    Order {
        instrument,
        side,
        order_type: OrderType::Limit,
        time_in_force,
        post_only: time_in_force == TimeInForce::Gtc,
        px,
        qty: Lots(lots.0.abs()),
        ..Order::default()
    }
}

/// Every order of the instrument that is not on its way out.
fn withdraw(context: &mut Context<'_>, id: InstrumentId) {
    for at in 0..context.working().len() {
        let working = context.working().get(at).copied();
        let stands = working.filter(|w| w.order.instrument == id && w.status != OrderStatus::PendingCancel);
        if let Some(working) = stands
            && context.cancel(working.order.client_order_id).is_err()
        {
            return;
        }
    }
}
