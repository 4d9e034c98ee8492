//! `order_flow`: goes with what is added to and taken from the best prices (order flow imbalance, Cont, Kukanov and Stoikov
//! 2014; [`engine_analytics::flow`]).
//!
//! The imbalance of the last `quotes` tops, in mean sizes of the touch over the same tops. At least `enter_centi` hundredths
//! of that on one side is followed with one IOC limit order at the touch, worth `order_quote` (a spot market is only
//! bought). It leaves after `hold_ms`, or when the imbalance stands against it by as much; then it waits for `rest_ms`.

use super::towards::towards;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{ANY, Call, Entry, Need, Play, ns};
use engine_analytics::flow::book::{Ofi, Quote as Touch};
use engine_analytics::indicator::Filter as _;
use engine_analytics::indicator::block::Sma;
use engine_analytics::signal::Wanted;
use engine_model::instrument::InstrumentId;
use engine_model::market::{MarketChange, MarketEvent};
use engine_model::units::{Lots, Nanos, Quote};

pub(super) const ENTRY: Entry = Entry {
    name: "order_flow",
    idea: "prices move by what comes to the book, and what comes in one direction goes on for some seconds",
    risks: "the move is smaller than spread and fees on most days; whoever is faster has taken it",
    params: &PARAMS,
    instruments: ANY,
    is_fixed: false,
    make: &|given| OrderFlow::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 5] = [
    Param::new("quotes", 100, (2, 10_000), "tops that are looked at; some seconds of a busy book"),
    Param::new(
        "enter_centi",
        500,
        (1, 1_000_000),
        "imbalance that is followed, in mean sizes of the touch; five of them",
    ),
    Param::new("hold_ms", 10_000, (100, 86_400_000), "longest time that it is followed; what it says is old then"),
    Param::new("rest_ms", 5_000, (0, 86_400_000), "time out behind a position, so that one burst is entered once"),
    Param::order_quote("worth of a position; a hundred times a venue's usual minimum"),
];

/// How often it looks whether a position is old.
const LOOK_NS: u64 = 100 * Nanos::MILLI;

#[derive(Debug)]
struct OrderFlow {
    enter: f64,
    hold_ns: u64,
    rest_ns: u64,
    worth: Quote,
    tracks: Box<[Track]>,
}

#[derive(Debug)]
struct Track {
    instrument: InstrumentId,
    flow: Ofi,
    sizes: Sma,
    wanted: Wanted,
    /// What is wanted now is not looked at anew before, unless the flow turns against it.
    until_ns: Nanos,
}

impl OrderFlow {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [quotes, enter_centi, hold_ms, rest_ms, order_quote] = given.values();
        let track = |&instrument: &InstrumentId| Track {
            instrument,
            flow: Ofi::new(quotes as usize),
            sizes: Sma::new(quotes as usize),
            wanted: Wanted::Flat,
            until_ns: Nanos(0),
        };
        Ok(Self {
            enter: enter_centi as f64 / 100.0,
            hold_ns: ns(hold_ms),
            rest_ns: ns(rest_ms),
            worth: Quote::whole(order_quote),
            tracks: given.instruments.iter().map(track).collect(),
        })
    }
}

impl Track {
    /// The imbalance in mean sizes, once the window is full.
    fn imbalance(&mut self, touch: &Touch) -> Option<f64> {
        let (sum, size) = (self.flow.update(touch).sum, self.sizes.next((touch.bid_size + touch.ask_size) / 2.0));
        Some(sum? / size).filter(|imbalance| imbalance.is_finite())
    }

    fn decide(&mut self, now: Nanos, imbalance: f64, enter: f64, (hold_ns, rest_ns): (u64, u64)) {
        let says = match imbalance {
            _ if imbalance >= enter => Wanted::Long,
            _ if imbalance <= -enter => Wanted::Short,
            _ => Wanted::Flat,
        };
        let is_against = says != Wanted::Flat && says != self.wanted;
        match self.wanted {
            Wanted::Flat if now >= self.until_ns && says != Wanted::Flat => self.turn(says, now.plus(hold_ns)),
            Wanted::Long | Wanted::Short if is_against => self.turn(Wanted::Flat, now.plus(rest_ns)),
            _ => {}
        }
    }

    fn turn(&mut self, wanted: Wanted, until_ns: Nanos) {
        (self.wanted, self.until_ns) = (wanted, until_ns);
    }
}

impl Play for OrderFlow {
    fn needs(&self) -> &[Need] {
        &[Need::Depth]
    }

    fn every_ns(&self) -> Option<u64> {
        Some(LOOK_NS)
    }

    fn on_market(&mut self, call: &mut Call<'_, '_>, event: &MarketEvent) {
        let MarketChange::Top { bid, ask, .. } = event.change else { return };
        let Some(track) = self.tracks.iter_mut().find(|track| track.instrument == event.at.instrument) else { return };
        if bid.qty == Lots(0) || ask.qty == Lots(0) {
            return;
        }
        let [bid, bid_size, ask, ask_size] = [bid.px.0, bid.qty.0, ask.px.0, ask.qty.0].map(|number| number as f64);
        let Some(imbalance) = track.imbalance(&Touch { bid, bid_size, ask, ask_size }) else { return };
        let before = track.wanted;
        track.decide(call.now(), imbalance, self.enter, (self.hold_ns, self.rest_ns));
        if track.wanted != before {
            towards(call, track.instrument, track.wanted, self.worth);
        }
    }

    fn on_timer(&mut self, call: &mut Call<'_, '_>) {
        let now = call.now();
        for track in &mut self.tracks {
            if track.wanted != Wanted::Flat && now >= track.until_ns {
                track.turn(Wanted::Flat, now.plus(self.rest_ns));
            }
            if track.wanted == Wanted::Flat {
                // What did not go out yet goes out now; an entry that did not fill is not run after.
                towards(call, track.instrument, Wanted::Flat, self.worth);
            }
        }
    }
}
