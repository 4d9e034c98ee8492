//! `router`: buys (or sells) one pair over all venues that list it, in equal orders, each where it is cheapest after fees.
//!
//! Every `every_ms`, until `orders` of them were wished: one wish worth `order_quote`, for no worse than `worst_bps` beyond
//! the best price of the first venue that has one. It is on its way for at most `live_ms`; what it did not fill by then is
//! not made up for. How a wish goes out is the [`Router`]'s.

use crate::strategy::context::Context;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Play, Unfit, ns};
use crate::strategy::route::router::{Router, Wish};
use crate::strategy::sizing::Sizing;
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::market::{MarketEvent, Side};
use engine_model::report::Report;
use engine_model::units::{Quote, Ticks};

pub(super) const ENTRY: Entry = Entry {
    name: "router",
    idea: "the same coin costs less when every venue that lists it is asked at once",
    risks: "prices that are gone when the order arrives; what one venue fills does not wait for the others",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: true,
    make: &|given| RoutedOrders::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

/// Order of the values: as `new` takes them apart.
const PARAMS: [Param; 6] = [
    Param {
        name: "sell",
        default: 0,
        min: 0,
        max: 1,
        why: "0 buys, 1 sells: what is held on spot, contracts also short",
    },
    Param { name: "every_ms", default: 10_000, min: 10, max: 86_400_000, why: "time between two wishes" },
    Param { name: "live_ms", default: 5_000, min: 1, max: 86_400_000, why: "how long one is routed" },
    Param {
        name: "worst_bps",
        default: 20,
        min: 0,
        max: 5_000,
        why: "beyond the best price that is taken; twice a taker's fee",
    },
    Param { name: "orders", default: 10, min: 1, max: 1_000_000, why: "wishes before it is done" },
    Param {
        name: "order_quote",
        default: 500,
        min: 1,
        max: 10_000_000,
        why: "worth of a wish in whole units of quote; a hundred times a venue's usual minimum",
    },
];

/// The strategy.
#[derive(Debug)]
struct RoutedOrders {
    side: Side,
    every_ns: u64,
    live_ns: u64,
    worst_bps: i64,
    orders_left: i64,
    order_quote: Quote,
    instruments: Box<[InstrumentId]>,
    /// `None` until it sits.
    router: Option<Router>,
}

impl RoutedOrders {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [sell, every_ms, live_ms, worst_bps, orders, order_quote] = given.values();
        Ok(Self {
            side: if sell == 1 { Side::Sell } else { Side::Buy },
            every_ns: ns(every_ms),
            live_ns: ns(live_ms),
            worst_bps,
            orders_left: orders,
            order_quote: Quote::whole(order_quote),
            instruments: given.instruments.into(),
            router: None,
        })
    }

    fn wish(&self, context: &Context<'_>) -> Option<Wish> {
        let touch = |id: &InstrumentId| Some((*id, context.view(*id).touch()?));
        let (like, (bid, ask)) = self.instruments.iter().find_map(touch)?;
        let px = if self.side == Side::Buy { ask } else { bid };
        let qty = Sizing::new(context.instrument(like)).order_size(px, self.order_quote).ok()?;
        let beyond = (i128::from(px.0) * i128::from(self.worst_bps) / 10_000) as i64;
        let worst = Ticks(px.0.saturating_add(self.side.sign() * beyond).max(1));
        Some(Wish { side: self.side, like, qty, worst, until: context.now().plus(self.live_ns) })
    }
}

impl Play for RoutedOrders {
    fn every_ns(&self) -> Option<u64> {
        Some(self.every_ns)
    }

    fn deep(&self) -> &[InstrumentId] {
        &self.instruments
    }

    fn sit(&mut self, instruments: &Instruments) -> Result<(), Unfit> {
        let router = Router::new(self.instruments.iter().map(|id| instruments.get(*id)));
        self.router = Some(router.map_err(|fault| Unfit(fault.to_string()))?);
        Ok(())
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, _: &MarketEvent) {
        if let Some(router) = &mut self.router {
            router.route(call);
        }
    }

    fn on_report(&mut self, call: &mut Call<'_, '_>, report: &Report) {
        if let Some(router) = &mut self.router {
            router.on_report(call, report);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        if self.orders_left > 0
            && let Some(wish) = self.wish(call)
            && let Some(router) = &mut self.router
        {
            self.orders_left -= i64::from(router.take(call, wish));
        }
    }
}
