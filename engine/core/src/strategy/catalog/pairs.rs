//! `pairs`: two contracts that are tied together, one bought and one sold where they have come apart.
//!
//! Over the last `n` pairs of closes, candles of the same time: the line of the first's logarithm on the second's, and how
//! far the newest pair is from it, in deviations (z). Beyond `enter_centi` hundredths, where what is left of the line comes
//! home within `half_life_max` candles (its own lag-one correlation says so: the test that they are tied at all), the dear
//! one is sold and the cheap one bought, each worth `order_quote`. It leaves within `exit_centi`, and beyond `stop_centi`:
//! then what tied them is broken, and nothing is entered before z was within `exit_centi` once.

use super::towards::towards;
use crate::strategy::bars::Bar;
use crate::strategy::params::{Given, Param, ParamFault};
use crate::strategy::play::{Call, Entry, Play, Unfit, ns};
use engine_analytics::indicator::block::Ring;
use engine_analytics::signal::Wanted;
use engine_model::instrument::{ContractKind, InstrumentId, Instruments};
use engine_model::units::{Nanos, Quote};

pub(super) const ENTRY: Entry = Entry {
    name: "pairs",
    idea: "two coins that share their fate part for a moment, and whoever waits is paid when they meet again",
    risks: "they part for good; one leg fills and the other does not; both legs pay fees and funding",
    params: &PARAMS,
    instruments: (2, 2),
    is_fixed: false,
    make: &|given| Pairs::new(given).map(|made| Box::new(made) as Box<dyn Play>),
};

const PARAMS: [Param; 7] = [
    Param::candle_ms(60_000),
    Param::new("n", 120, (10, 1_000), "candles of the line; two hours of minutes"),
    Param::new("enter_centi", 200, (10, 1_000), "deviations apart that are entered; two"),
    Param::new("exit_centi", 50, (0, 999), "deviations apart that are left; the last half is not worth its fees"),
    Param::new("stop_centi", 400, (20, 10_000), "deviations apart that say they are no pair; four"),
    Param::new("half_life_max", 30, (1, 1_000), "candles in which half of the way home must be done; a quarter of n"),
    Param::order_quote("worth of each leg; a hundred times a venue's usual minimum"),
];

#[derive(Debug)]
struct Pairs {
    frame_ns: [u64; 1],
    legs: [InstrumentId; 2],
    enter: f64,
    exit: f64,
    stop: f64,
    half_life_max: f64,
    worth: Quote,
    /// The newest candle of each: its start and the logarithm of its close.
    newest: [(Nanos, f64); 2],
    logs: [Ring; 2],
    /// What is wanted of the first; of the second the opposite.
    wanted: Wanted,
    /// Stopped, until they meet once.
    is_broken: bool,
}

impl Pairs {
    fn new(given: &Given<'_>) -> Result<Self, ParamFault> {
        let [candle_ms, n, enter, exit, stop, half_life_max, order_quote] = given.values();
        if !(exit < enter && enter < stop) {
            return Err(ParamFault::Relation("`exit_centi` must be below `enter_centi`, and that below `stop_centi`"));
        }
        Ok(Self {
            frame_ns: [ns(candle_ms)],
            legs: std::array::from_fn(|at| given.instruments[at]),
            enter: enter as f64 / 100.0,
            exit: exit as f64 / 100.0,
            stop: stop as f64 / 100.0,
            half_life_max: half_life_max as f64,
            worth: Quote::whole(order_quote),
            newest: [(Nanos(0), f64::NAN); 2],
            logs: [Ring::new(n as usize), Ring::new(n as usize)],
            wanted: Wanted::Flat,
            is_broken: false,
        })
    }

    fn is_pair(&self) -> bool {
        self.newest[0].0 == self.newest[1].0 && !self.newest[0].1.is_nan() && !self.newest[1].1.is_nan()
    }

    fn decide(&mut self) {
        let Some((z, half_life)) = self.logs[0].is_full().then(|| apart(&self.logs[0], &self.logs[1])).flatten() else {
            return;
        };
        self.is_broken = (self.is_broken || z.abs() >= self.stop) && z.abs() > self.exit;
        let is_tied = half_life <= self.half_life_max;
        self.wanted = match self.wanted {
            _ if self.is_broken => Wanted::Flat,
            Wanted::Long if z < -self.exit => Wanted::Long,
            Wanted::Short if z > self.exit => Wanted::Short,
            _ if is_tied && z >= self.enter => Wanted::Short,
            _ if is_tied && z <= -self.enter => Wanted::Long,
            _ => Wanted::Flat,
        };
    }
}

/// How many deviations the newest pair is from the line of `y` on `x`, and in how many candles half of the way back is done
/// (infinite: it does not come back). `None` where there is no line.
fn apart(y: &Ring, x: &Ring) -> Option<(f64, f64)> {
    let n = y.length() as f64;
    let (mean_y, mean_x) = (y.iter().sum::<f64>() / n, x.iter().sum::<f64>() / n);
    let pairs = || y.iter().zip(x.iter()).map(|(y, x)| (y - mean_y, x - mean_x));
    let (xx, xy) = pairs().fold((0.0, 0.0), |(xx, xy), (y, x)| (xx + x * x, xy + x * y));
    let slope = xy / xx;
    let (mut squares, mut lagged, mut before, mut last) = (0.0, 0.0, f64::NAN, f64::NAN);
    for left in pairs().map(|(y, x)| y - slope * x) {
        squares += left * left;
        lagged += if before.is_nan() { 0.0 } else { left * before };
        before = left;
        last = left;
    }
    let (z, stays) = (last / (squares / n).sqrt(), lagged / squares);
    let half_life = match stays {
        _ if stays <= 0.0 => 0.0,
        _ if stays >= 1.0 => f64::INFINITY,
        _ => -std::f64::consts::LN_2 / stays.ln(),
    };
    z.is_finite().then_some((z, half_life))
}

impl Play for Pairs {
    fn frames_ns(&self) -> &[u64] {
        &self.frame_ns
    }

    fn sit(&mut self, instruments: &Instruments) -> Result<(), Unfit> {
        let both = self.legs.map(|id| instruments.get(id));
        match both.into_iter().find(|leg| leg.kind == ContractKind::Spot) {
            Some(spot) => {
                Err(Unfit(format!("{}: a spot market cannot be sold short, a pair needs contracts", spot.symbol)))
            }
            None => Ok(()),
        }
    }

    fn learn(&mut self, bar: &Bar) {
        let Some(leg) = self.legs.iter().position(|leg| *leg == bar.instrument) else { return };
        self.newest[leg] = (bar.candle.start_at_ns, (bar.candle.close.0 as f64).ln());
        if self.is_pair() {
            for (logs, (_, log)) in self.logs.iter_mut().zip(self.newest) {
                logs.push(log);
            }
            self.decide();
        }
    }

    fn on_bar(&mut self, call: &mut Call<'_, '_>, _: &Bar) {
        // Until the line is known what is held stays.
        if self.is_pair() && self.logs[0].is_full() {
            let opposite = match self.wanted {
                Wanted::Long => Wanted::Short,
                Wanted::Flat => Wanted::Flat,
                Wanted::Short => Wanted::Long,
            };
            towards(call, self.legs[0], self.wanted, self.worth);
            towards(call, self.legs[1], opposite, self.worth);
        }
    }
}
