//! Periods and phases of a price that swings.

mod hilbert;
mod mode;
mod phase;

pub use hilbert::{Hilbert, Swing};
pub use mode::TrendMode;
pub use phase::{Period, Phase, Phases};

use super::catalogue::{Entry, rows};
use super::{Filter, Indicator, TALIB};

/// Bar at which the transform begins where its period alone is asked for.
pub(super) const BEGIN: usize = 12;
/// Bars until it has settled.
pub(super) const SETTLE: usize = 20;

pub(super) const ROWS: &[Entry] = rows! { Cycle, TALIB;
    "HT_DCPERIOD" "Hilbert Transform - Dominant Cycle Period", CLOSE -> ["real"] Bars, (),
        BEGIN + SETTLE => Period::default();
    "HT_DCPHASE" "Hilbert Transform - Dominant Cycle Phase", CLOSE -> ["real"] Degrees, (),
        phase::LOOKBACK => DominantPhase(Phases::default());
    "HT_PHASOR" "Hilbert Transform - Phasor Components", CLOSE -> ["inphase", "quadrature"] Input, (),
        BEGIN + SETTLE => Phasor(Period::default());
    "HT_SINE" "Hilbert Transform - SineWave", CLOSE -> ["sine", "leadsine"] Ratio, (),
        phase::LOOKBACK => Sine(Phases::default());
    "HT_TRENDMODE" "Hilbert Transform - Trend vs Cycle Mode", CLOSE -> ["integer"] Sign, (),
        phase::LOOKBACK => TrendMode::default();
};

/// The row of a price without its swing is a curve over the price.
pub(super) const OVERLAP_ROWS: &[Entry] = rows! { Overlap, TALIB;
    "HT_TRENDLINE" "Hilbert Transform - Instantaneous Trendline", CLOSE -> ["real"] Input, (),
        phase::LOOKBACK => TrendLine(Phases::default());
};

impl Phases {
    fn told(&mut self, price: f64) -> Option<Phase> {
        self.next(price).filter(|_| self.is_settled())
    }
}

#[derive(Debug)]
struct DominantPhase(Phases);

impl Filter for DominantPhase {
    fn next(&mut self, input: f64) -> f64 {
        self.0.told(input).map_or(f64::NAN, |now| now.phase)
    }
}

#[derive(Debug)]
struct TrendLine(Phases);

impl Filter for TrendLine {
    fn next(&mut self, input: f64) -> f64 {
        self.0.told(input).map_or(f64::NAN, |now| now.trend)
    }
}

#[derive(Debug)]
struct Sine(Phases);

impl Indicator<1, 2> for Sine {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        self.0.told(input).map_or([f64::NAN; 2], |now| [now.sine.0, now.sine.1])
    }
}

#[derive(Debug)]
struct Phasor(Period);

impl Indicator<1, 2> for Phasor {
    fn update(&mut self, [input]: [f64; 1]) -> [f64; 2] {
        self.0.next(input).map_or([f64::NAN; 2], |now| [now.in_phase, now.quadrature])
    }
}
