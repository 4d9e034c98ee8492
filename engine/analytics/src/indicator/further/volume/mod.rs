//! Volume.

mod flow;
mod price;

pub use flow::{ArcherBalance, Ease, Intensity, Klinger, Twiggs, UpDown, VolumeFlow, VolumeZone};
pub use price::{Anchored, Elastic, Rolling, Session};

use crate::indicator::block::Lag;
use crate::indicator::catalogue::{Entry, rows};
use crate::indicator::momentum::Oscillator;
use crate::indicator::overlap::Kind;
use crate::indicator::{FURTHER, Filter, PERIOD_MAX};

pub(in crate::indicator) const ROWS: &[Entry] = rows! { Volume, FURTHER;
    "AOBV" "Archer on-balance volume", CV -> ["obv", "fast", "slow"] Volume,
        (fast: usize = 4 in 1..=PERIOD_MAX, slow: usize = 12 in 1..=PERIOD_MAX),
        fast.max(slow) - 1 => ArcherBalance::new(fast, slow);
    "EMV" "Ease of movement", HLV -> ["emv", "smoothed"] Ratio,
        (length: usize = 14 in 1..=PERIOD_MAX, scale: f64 = 10000.0 in 0.0..=1e15), length => Ease::new(length, scale);
    "EVWMA" "Elastic volume weighted moving average", CV -> ["evwma"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => Elastic::new(length);
    "III" "Intraday intensity index", HLCV -> ["iii", "percent"] Volume,
        (length: usize = 21 in 1..=PERIOD_MAX), length - 1 => Intensity::new(length);
    "KVO" "Klinger volume oscillator", HLCV -> ["kvo", "signal"] Volume,
        (fast: usize = 34 in 1..=PERIOD_MAX, slow: usize = 55 in 1..=PERIOD_MAX, signal: usize = 13 in 1..=PERIOD_MAX),
        fast.max(slow) + signal - 1 => Klinger::new(fast, slow, signal);
    "TWIGGS" "Twiggs money flow", HLCV -> ["tmf"] Ratio,
        (length: usize = 21 in 1..=PERIOD_MAX), length => Twiggs::new(length);
    "UPDOWN_VOL" "Up volume by down volume", CV -> ["ratio"] Ratio,
        (length: usize = 20 in 1..=PERIOD_MAX), length => UpDown::new(length);
    "VFI" "Volume flow indicator", HLCV -> ["vfi"] Ratio,
        (length: usize = 130 in 1..=PERIOD_MAX, coef: f64 = 0.2 in 0.0..=1e6, vcoef: f64 = 2.5 in 0.0..=1e6),
        length.max(30) + length + 1 => VolumeFlow::new(length, coef, vcoef);
    "VOSC" "Volume oscillator", VOLUME -> ["vosc"] Percent,
        (fast: usize = 14 in 1..=PERIOD_MAX, slow: usize = 28 in 1..=PERIOD_MAX),
        fast.max(slow) - 1 => Oscillator::percent(fast, slow, Kind::Sma);
    "VROC" "Volume rate of change", VOLUME -> ["vroc"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX), length => Growth(Lag::new(length));
    "VWAP_ANCHORED" "Volume weighted average price from a bar on", HLCV -> ["vwap"] Input,
        (anchor: usize = 500 in 0..=1_000_000_000), anchor => Anchored::new(anchor);
    "VWAP_ROLLING" "Volume weighted average price of the last bars", HLCV -> ["vwap"] Input,
        (length: usize = 20 in 1..=PERIOD_MAX), length - 1 => Rolling::new(length);
    "VWAP_SESSION" "Volume weighted average price of the UTC day, with bands", HLCVT -> ["vwap", "upper1", "lower1", "upper2",
        "lower2"] Input, (), 0 => Session::new();
    "VZO" "Volume zone oscillator", CV -> ["vzo"] Percent,
        (length: usize = 14 in 1..=PERIOD_MAX), length => VolumeZone::new(length);
};

/// Growth over some bars in percent; no value over nothing.
#[derive(Debug)]
struct Growth(Lag);

impl Filter for Growth {
    #[inline]
    fn next(&mut self, input: f64) -> f64 {
        let before = self.0.next(input);
        if before == 0.0 { f64::NAN } else { 100.0 * (input / before - 1.0) }
    }
}
