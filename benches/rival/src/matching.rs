//! `hftbacktest` as a simulated venue: its exchange without partial fills over its depth of a region of interest and over
//! its depth of hash maps; in the test its exchange with partial fills, too.
//!
//! Only its exchange side runs: what its users' second book, that of the local side, costs is left out, in its favour.

use benches::matching::feed::{Feed, Step, What, Wish};
use benches::matching::{Fill, Maker, Simulator, contender};
use engine_core::config::{Chance, Hundredths, QueueModel};
use engine_model::instrument::Instrument;
use engine_model::market::{Level, Side};
use engine_model::units::{Lots, Ticks};
use hftbacktest::backtest::assettype::LinearAsset;
use hftbacktest::backtest::models::{
    CommonFees, ConstantLatency, PowerProbQueueFunc3, ProbQueueModel, QueueModel as PeerModel, TradingValueFeeModel,
};
use hftbacktest::backtest::order::{LocalToExch, order_bus};
use hftbacktest::backtest::proc::{NoPartialFillExchange, Processor};
use hftbacktest::backtest::state::State;
use hftbacktest::depth::{HashMapMarketDepth, L2MarketDepth, MarketDepth, ROIVectorMarketDepth};
use hftbacktest::types::{
    EXCH_ASK_DEPTH_EVENT, EXCH_BID_DEPTH_EVENT, EXCH_BUY_TRADE_EVENT, EXCH_SELL_TRADE_EVENT, Event, OrdType, Order,
    Side as PeerSide, Status, TimeInForce,
};

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Maker)> {
    vec![(Roi::NAME, Maker(contender::<Roi>)), (Hashed::NAME, Maker(contender::<Hashed>))]
}

/// Half of the region of interest, in ticks: as wide in all as a side of our window.
const REGION: i64 = 16_384;

/// Prices and quantities as the peer reads them from text: the float nearest to the decimals.
fn px(instrument: &Instrument, ticks: i64) -> f64 {
    (ticks * instrument.grid.tick_step) as f64 / 10f64.powi(i32::from(instrument.grid.price_decimals))
}

fn qty(instrument: &Instrument, lots: i64) -> f64 {
    (lots * instrument.grid.lot_step) as f64 / 10f64.powi(i32::from(instrument.grid.qty_decimals))
}

/// A step in its form.
pub(crate) enum Prepared {
    Events(Vec<Event>),
    Order(Order),
}

fn prepare(feed: &Feed, step: &Step) -> Prepared {
    let (instrument, at) = (&feed.instrument, step.at_ns as i64);
    let event = |ev, ticks: Ticks, lots: Lots| Event {
        ev,
        exch_ts: at,
        local_ts: at,
        px: px(instrument, ticks.0),
        qty: qty(instrument, lots.0),
        order_id: 0,
        ival: 0,
        fval: 0.0,
    };
    let order = |wish: &Wish, req| {
        let side = if wish.side == Side::Buy { PeerSide::Buy } else { PeerSide::Sell };
        let time_in_force = if wish.takes { TimeInForce::IOC } else { TimeInForce::GTX };
        let (id, amount, tick) = (u64::from(wish.id), qty(instrument, wish.qty.0), px(instrument, 1));
        let mut order = Order::new(id, wish.px.0, tick, amount, side, OrdType::Limit, time_in_force);
        (order.req, order.local_timestamp) = (req, at);
        Prepared::Order(order)
    };
    match &step.what {
        What::Book { bids, asks } => {
            let side = |ev, levels: &[Level]| levels.iter().map(|l| event(ev, l.px, l.qty)).collect::<Vec<_>>();
            Prepared::Events([side(EXCH_BID_DEPTH_EVENT, bids), side(EXCH_ASK_DEPTH_EVENT, asks)].concat())
        }
        What::Trade { px, qty, aggressor: Side::Buy } => Prepared::Events(vec![event(EXCH_BUY_TRADE_EVENT, *px, *qty)]),
        What::Trade { px, qty, .. } => Prepared::Events(vec![event(EXCH_SELL_TRADE_EVENT, *px, *qty)]),
        What::Place(wish) => order(wish, Status::New),
        What::Cancel(wish) => order(wish, Status::Canceled),
    }
}

/// An exchange of it with the local end of its order bus.
struct Peer<P: ?Sized> {
    exchange: Box<P>,
    orders: LocalToExch<ConstantLatency>,
    lot: f64,
    fills: Vec<Fill>,
}

impl<P: Processor + ?Sized> Peer<P> {
    #[inline]
    fn step(&mut self, step: &Prepared) {
        self.put(step);
        self.hear(|_| {});
    }

    #[inline]
    #[expect(clippy::expect_used, reason = "an error of the rival leaves nothing to compare")]
    fn put(&mut self, step: &Prepared) {
        match step {
            Prepared::Events(events) => {
                for event in events {
                    self.exchange.process(event).expect("the rival takes the event");
                }
            }
            Prepared::Order(order) => self.ask(order.clone()),
        }
    }

    /// Takes in what the exchange answered.
    #[inline]
    fn hear(&mut self, mut each: impl FnMut(&Order)) {
        while let Some(at) = self.orders.earliest_recv_order_timestamp() {
            let Some(order) = self.orders.receive(at) else { continue };
            if matches!(order.status, Status::Filled | Status::PartiallyFilled) {
                let (id, lots) = (order.order_id as u32, (order.exec_qty / self.lot).round() as i64);
                let fill = Fill { id, px: Ticks(order.exec_price_tick), qty: Lots(lots), is_maker: order.maker };
                self.fills.push(fill);
            }
            each(&order);
        }
    }

    #[expect(clippy::expect_used, reason = "an error of the rival leaves nothing to compare")]
    fn ask(&mut self, order: Order) {
        let at = order.local_timestamp;
        self.orders.request(order, |_| {});
        self.exchange.process_recv_order(at, None).expect("the rival takes the order");
    }
}

type Money = State<LinearAsset, TradingValueFeeModel<CommonFees>>;

fn money() -> Money {
    State::new(LinearAsset::new(1.0), TradingValueFeeModel::new(CommonFees::new(0.0, 0.0)))
}

/// What they make of each model of ours.
type Whole<MD, QM> = NoPartialFillExchange<LinearAsset, ConstantLatency, QM, MD, TradingValueFeeModel<CommonFees>>;

fn whole<MD: MarketDepth + L2MarketDepth, QM: PeerModel<MD>>(feed: &Feed, depth: MD, model: QM) -> Peer<Whole<MD, QM>> {
    let (bus, orders) = order_bus(ConstantLatency::new(0, 0));
    let exchange = Box::new(NoPartialFillExchange::new(depth, money(), model, bus));
    Peer { exchange, orders, lot: qty(&feed.instrument, 1), fills: Vec::with_capacity(1 << 12) }
}

fn hashed(feed: &Feed) -> HashMapMarketDepth {
    HashMapMarketDepth::new(px(&feed.instrument, 1), qty(&feed.instrument, 1))
}

fn region(feed: &Feed) -> ROIVectorMarketDepth {
    let middle = feed.steps.iter().find_map(|step| match &step.what {
        What::Book { bids, .. } => bids.iter().map(|level| level.px.0).max(),
        _ => None,
    });
    let middle = middle.unwrap_or_default();
    let [low, high] = [middle - REGION, middle + REGION].map(|ticks| px(&feed.instrument, ticks));
    ROIVectorMarketDepth::new(px(&feed.instrument, 1), qty(&feed.instrument, 1), low, high)
}

/// The model of the timed runs.
type Cubed<MD> = ProbQueueModel<PowerProbQueueFunc3, MD>;

fn cubed<MD: MarketDepth>(model: QueueModel) -> Cubed<MD> {
    let QueueModel::Probable(Chance::PowerOfFront(Hundredths(n))) = model else {
        panic!("the timed runs have one model: {model:?}")
    };
    ProbQueueModel::new(PowerProbQueueFunc3::new(n as f64 / 100.0))
}

/// Over a vector of a region.
struct Roi(Peer<Whole<ROIVectorMarketDepth, Cubed<ROIVectorMarketDepth>>>);

impl Simulator for Roi {
    const NAME: &'static str = "hftbacktest-roi";
    type Prepared = Prepared;

    fn new(feed: &Feed, model: QueueModel) -> Self {
        Self(whole(feed, region(feed), cubed(model)))
    }

    fn prepare(feed: &Feed, step: &Step) -> Prepared {
        prepare(feed, step)
    }

    #[inline]
    fn step(&mut self, step: &Prepared) {
        self.0.step(step);
    }

    fn fills(&mut self) -> &mut Vec<Fill> {
        &mut self.0.fills
    }
}

/// Over hash maps.
struct Hashed(Peer<Whole<HashMapMarketDepth, Cubed<HashMapMarketDepth>>>);

impl Simulator for Hashed {
    const NAME: &'static str = "hftbacktest-hashmap";
    type Prepared = Prepared;

    fn new(feed: &Feed, model: QueueModel) -> Self {
        Self(whole(feed, hashed(feed), cubed(model)))
    }

    fn prepare(feed: &Feed, step: &Step) -> Prepared {
        prepare(feed, step)
    }

    #[inline]
    fn step(&mut self, step: &Prepared) {
        self.0.step(step);
    }

    fn fills(&mut self) -> &mut Vec<Fill> {
        &mut self.0.fills
    }
}

#[cfg(test)]
mod tests;
