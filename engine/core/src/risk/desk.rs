//! What is kept of one instrument and of one venue, beside market, position and exposure.

use crate::risk::pace::Bucket;
use crate::risk::pulse::{Pulse, Skew};
use crate::risk::rules::Rules;
use crate::risk::volume::Volume;
use crate::tape::carry;
use engine_model::instrument::{ContractKind, Instrument, InstrumentId, Instruments};
use engine_model::intent::StrategyId;
use engine_model::limit::TradingState;
use engine_model::market::Side;
use engine_model::position::Opening;
use engine_model::units::{Lots, Nanos, Ticks};

/// Decimals of the unit in which prices of several venues are compared.
const DECIMALS: u32 = 11;
/// Fewer say nothing against one of them.
pub(super) const PEERS_MIN: usize = 3;

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) state: TradingState,
    pub(super) slot: usize,
    pub(super) is_major: bool,
    pub(super) is_spot: bool,
    pub(super) min_qty: Lots,
    pub(super) max_qty: Lots,
    pub(super) min_notional: i64,
    /// The same coin in dollars, itself included, where there is another one; else none.
    pub(super) peers: Box<[InstrumentId]>,
    /// Whether these are enough to hold its price against them.
    pub(super) is_compared: bool,
    /// Units of 1e-11 dollars in a tick; `None`: more than can be told.
    pub(super) tick: Option<i64>,
    pub(super) open_orders: u32,
    pub(super) own: OwnBook,
    /// Highest price of an order of ours that was told before any price was known: one of a run before, adopted early.
    pub(super) early_px: Option<Ticks>,
    /// What an earlier run valued it at last: counts until a price is known.
    pub(super) left_px: Option<Ticks>,
    /// The first price that was known.
    pub(super) first_px: Option<Ticks>,
    /// What the account held when the run began, until there is a price.
    pub(super) adopted: Option<Adopted>,
    pub(super) pulse: Pulse,
    /// What it trades in a day.
    pub(super) volume: Volume,
    /// When positions here were last closed by risk; later than now while what is left is too small to be an order.
    pub(super) closed_at: Nanos,
    /// How long that is asked for no more.
    pub(super) dust_ns: u64,
    /// Ways out that were priced beside the book and refused by the venue, since closing began.
    pub(super) refused_beside: u8,
}

carry!(Desk {
    state, open_orders, own, early_px, left_px, first_px, adopted, pulse, volume, closed_at, dust_ns, refused_beside
} fixed { slot, is_major, is_spot, min_qty, max_qty, min_notional, peers, is_compared, tick });

/// A position that was there before the run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Adopted {
    pub(super) opening: Opening,
    /// Who trades it.
    pub(super) strategy: StrategyId,
    /// When it was told: its age counts from there.
    pub(super) at: Nanos,
}

carry!(Adopted { opening, strategy, at });

/// Prices of our own working orders, ascending, one for each order.
#[derive(Clone, Debug)]
pub(super) struct OwnBook {
    buys: Vec<Ticks>,
    sells: Vec<Ticks>,
}

carry!(OwnBook { buys, sells });

impl OwnBook {
    fn new(orders: usize) -> Self {
        Self { buys: Vec::with_capacity(orders), sells: Vec::with_capacity(orders) }
    }

    fn side(&mut self, side: Side) -> &mut Vec<Ticks> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, side: Side, px: Ticks) {
        let prices = self.side(side);
        let place = prices.partition_point(|known| *known < px);
        prices.insert(place, px);
    }

    /// # Panics
    /// When there is no order at that price: the fold lost count.
    #[inline]
    pub(super) fn remove(&mut self, side: Side, px: Ticks) {
        let prices = self.side(side);
        let place = prices.partition_point(|known| *known < px);
        assert!(prices.get(place) == Some(&px), "no order of ours stands at {px:?}");
        prices.remove(place);
    }

    /// The price of ours that an order of `side` would meet first.
    #[inline]
    pub(super) fn nearest(&self, side: Side) -> Option<Ticks> {
        match side {
            Side::Buy => self.sells.first().copied(),
            Side::Sell => self.buys.last().copied(),
        }
    }
}

/// One venue.
#[derive(Clone, Debug, Default)]
pub(super) struct VenueDesk {
    pub(super) state: TradingState,
    pub(super) is_closed: bool,
    pub(super) bucket: Bucket,
    pub(super) skew: Skew,
    pub(super) open_orders: u32,
}

carry!(VenueDesk { state, is_closed, bucket, skew, open_orders });

impl Desk {
    /// Of every instrument, by index. `orders`: rows of the order table.
    pub(super) fn all(rules: &Rules, instruments: &Instruments, orders: usize) -> Box<[Self]> {
        let desk = |instrument: &Instrument, peers: Box<[InstrumentId]>| Self {
            state: TradingState::Active,
            slot: instruments.slot(instrument.venue),
            is_major: rules.kin_of(instrument.id).is_major,
            is_spot: instrument.kind == ContractKind::Spot,
            min_qty: Lots(instrument.min_qty.0.max(1)),
            max_qty: instrument.max_qty,
            min_notional: instrument.min_notional.0.max(1),
            is_compared: peers.len() >= PEERS_MIN,
            peers,
            tick: tick(instrument),
            open_orders: 0,
            own: OwnBook::new(orders),
            early_px: None,
            left_px: None,
            first_px: None,
            adopted: None,
            pulse: Pulse::default(),
            volume: Volume::default(),
            closed_at: Nanos(0),
            dust_ns: 0,
            refused_beside: 0,
        };
        instruments.iter().map(|instrument| desk(instrument, peers(instrument, instruments))).collect()
    }
}

fn peers(of: &Instrument, instruments: &Instruments) -> Box<[InstrumentId]> {
    let is_peer = |other: &&Instrument| {
        other.base == of.base && other.is_dollar_quoted() && of.is_dollar_quoted() && tick(other).is_some()
    };
    let peers: Box<[InstrumentId]> = instruments.iter().filter(is_peer).map(|other| other.id).collect();
    if peers.len() >= 2 { peers } else { Box::default() }
}

fn tick(instrument: &Instrument) -> Option<i64> {
    let decimals = DECIMALS.checked_sub(u32::from(instrument.grid.price_decimals))?;
    10i64.checked_pow(decimals)?.checked_mul(instrument.grid.tick_step)
}
