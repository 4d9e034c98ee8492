//! Volume by what the price did with it.

use crate::indicator::block::{Ema, Moments, Rma, Sma, Sum};
use crate::indicator::volume::OnBalance;
use crate::indicator::{Filter, Indicator};

/// Volume on balance, and a fast and a slow exponential average of it.
#[derive(Clone, Copy, Debug)]
pub struct ArcherBalance {
    balance: OnBalance,
    fast: Ema,
    slow: Ema,
}

impl ArcherBalance {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize) -> Self {
        Self { balance: OnBalance::default(), fast: Ema::new(fast), slow: Ema::new(slow) }
    }
}

impl Indicator<2, 3> for ArcherBalance {
    #[inline]
    fn update(&mut self, bar: [f64; 2]) -> [f64; 3] {
        let [balance] = self.balance.update(bar);
        [balance, self.fast.next(balance), self.slow.next(balance)]
    }
}

/// Ease of movement: change of the middle times range times `scale` by volume (0 without volume), and its plain average.
#[derive(Clone, Debug)]
pub struct Ease {
    middle: f64,
    scale: f64,
    smooth: Sma,
}

impl Ease {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, scale: f64) -> Self {
        Self { middle: f64::NAN, scale, smooth: Sma::new(length) }
    }
}

impl Indicator<3, 2> for Ease {
    #[inline]
    fn update(&mut self, [high, low, volume]: [f64; 3]) -> [f64; 2] {
        let middle = (high + low) / 2.0;
        let change = middle - std::mem::replace(&mut self.middle, middle);
        let ease = change * (high - low) * self.scale;
        let ease = if volume == 0.0 { 0.0 * ease } else { ease / volume };
        [ease, self.smooth.next(ease)]
    }
}

/// Intraday intensity, `v (2C - H - L) / (H - L)` (0 without a range), and 100 times its sum by the volume's.
#[derive(Clone, Debug)]
pub struct Intensity {
    flow: Sum,
    volume: Sum,
}

impl Intensity {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { flow: Sum::new(length), volume: Sum::new(length) }
    }
}

impl Indicator<4, 2> for Intensity {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 2] {
        let flow = between(close, high, low) * volume;
        [flow, 100.0 * self.flow.next(flow) / self.volume.next(volume)]
    }
}

/// 1 for a close at the high, -1 at the low, 0 without a range.
#[inline]
fn between(close: f64, high: f64, low: f64) -> f64 {
    if high > low { (2.0 * close - high - low) / (high - low) } else { 0.0 * (high - low) }
}

/// Twiggs' money flow: as intensity, of the true high and low, by Wilder's averages.
#[derive(Clone, Copy, Debug)]
pub struct Twiggs {
    close: f64,
    flow: Rma,
    volume: Rma,
}

impl Twiggs {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, flow: Rma::new(length), volume: Rma::new(length) }
    }
}

impl Indicator<4, 1> for Twiggs {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.close, close);
        if before.is_nan() {
            return [f64::NAN];
        }
        let flow = between(close, high.max(before), low.min(before)) * volume;
        [self.flow.next(flow) / self.volume.next(volume)]
    }
}

/// Klinger's oscillator: a fast less a slow exponential average of the volume with the sign of the typical price's
/// change, and its signal.
#[derive(Clone, Copy, Debug)]
pub struct Klinger {
    typical: f64,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Klinger {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        Self { typical: f64::NAN, fast: Ema::new(fast), slow: Ema::new(slow), signal: Ema::new(signal) }
    }
}

impl Indicator<4, 2> for Klinger {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 2] {
        let typical = (high + low + close) / 3.0;
        let signed = sign(typical - std::mem::replace(&mut self.typical, typical)) * volume;
        let oscillator = self.fast.next(signed) - self.slow.next(signed);
        [oscillator, self.signal.next(oscillator)]
    }
}

/// 1, -1, or 0; NaN of NaN.
#[inline]
fn sign(change: f64) -> f64 {
    if change == 0.0 { 0.0 } else { change.signum() }
}

/// Volume zone: 100 times an exponential average of the volume with the sign of the close's change (unchanged counts as
/// falling), by that of the volume.
#[derive(Clone, Copy, Debug)]
pub struct VolumeZone {
    close: f64,
    signed: Ema,
    whole: Ema,
}

impl VolumeZone {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, signed: Ema::new(length), whole: Ema::new(length) }
    }
}

impl Indicator<2, 1> for VolumeZone {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.close, close);
        if before.is_nan() {
            return [f64::NAN];
        }
        let signed = if close > before { volume } else { -volume };
        [100.0 * self.signed.next(signed) / self.whole.next(volume)]
    }
}

/// Volume on rising closes by that on falling ones; no value without any of these.
#[derive(Clone, Debug)]
pub struct UpDown {
    close: f64,
    up: Sum,
    down: Sum,
}

impl UpDown {
    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize) -> Self {
        Self { close: f64::NAN, up: Sum::new(length), down: Sum::new(length) }
    }
}

impl Indicator<2, 1> for UpDown {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        let before = std::mem::replace(&mut self.close, close);
        if before.is_nan() {
            return [f64::NAN];
        }
        let up = self.up.next(if close > before { volume } else { 0.0 });
        let down = self.down.next(if close < before { volume } else { 0.0 });
        [if down == 0.0 { f64::NAN } else { up / down }]
    }
}

/// Katsanos' volume flow. With `tp` the typical price, a bar counts when `tp - tp1` is beyond `coef` times the
/// sample deviation of 30 log changes times the close; its volume counts up to `vcoef` times the average of those
/// before. The exponential average, over three, of the sum of what counts by that average.
#[derive(Clone, Debug)]
pub struct VolumeFlow {
    typical: f64,
    changes: Moments,
    average: Sma,
    average_before: f64,
    sum: Sum,
    smooth: Ema,
    coef: f64,
    vcoef: f64,
}

impl VolumeFlow {
    /// Log changes whose deviation is taken.
    const CHANGES: usize = 30;

    /// Panics on a length of 0.
    #[must_use]
    pub fn new(length: usize, coef: f64, vcoef: f64) -> Self {
        Self {
            typical: f64::NAN,
            changes: Moments::new(Self::CHANGES),
            average: Sma::new(length),
            average_before: f64::NAN,
            sum: Sum::new(length),
            smooth: Ema::new(3),
            coef,
            vcoef,
        }
    }
}

impl Indicator<4, 1> for VolumeFlow {
    #[inline]
    fn update(&mut self, [high, low, close, volume]: [f64; 4]) -> [f64; 1] {
        let typical = (high + low + close) / 3.0;
        let before = std::mem::replace(&mut self.typical, typical);
        let n = Self::CHANGES as f64;
        let deviation = (self.changes.next(typical.ln() - before.ln()).1 * n / (n - 1.0)).sqrt();
        let cutoff = self.coef * deviation * close;
        let average = std::mem::replace(&mut self.average_before, self.average.next(volume));
        let counted = volume.min(average * self.vcoef);
        let change = typical - before;
        let signed = if (cutoff + average).is_nan() {
            f64::NAN
        } else if change > cutoff {
            counted
        } else if change < -cutoff {
            -counted
        } else {
            0.0
        };
        [self.smooth.next(self.sum.next(signed) / average)]
    }
}
