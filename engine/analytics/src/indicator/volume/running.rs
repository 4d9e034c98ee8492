//! Running totals of volume.

use crate::indicator::Indicator;

/// Volume of rising bars less that of falling ones. The first bar counts as rising.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnBalance {
    last: Option<f64>,
    sum: f64,
}

impl Indicator<2, 1> for OnBalance {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        if close.is_nan() || volume.is_nan() {
            return [f64::NAN];
        }
        let last = self.last.replace(close);
        if last.is_none_or(|last| close > last) {
            self.sum += volume;
        } else if last.is_some_and(|last| close < last) {
            self.sum -= volume;
        }
        [self.sum]
    }
}

/// Volume times the price's return, summed.
#[derive(Clone, Copy, Debug, Default)]
pub struct PriceVolumeTrend {
    last: Option<f64>,
    sum: f64,
}

impl Indicator<2, 1> for PriceVolumeTrend {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        if close.is_nan() || volume.is_nan() {
            return [f64::NAN];
        }
        if let Some(last) = self.last.replace(close)
            && last != 0.0
        {
            self.sum += volume * (close - last) / last;
        }
        [self.sum]
    }
}

/// Which bars count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeSide {
    /// Those with more volume than the one before.
    Rising,
    /// Those with less.
    Falling,
}

/// An index that moves by the price's return on bars of one side only.
#[derive(Clone, Copy, Debug)]
pub struct VolumeIndex {
    side: VolumeSide,
    last: Option<[f64; 2]>,
    index: f64,
}

impl VolumeIndex {
    /// What it starts at.
    const START: f64 = 1_000.0;

    /// Before the first bar.
    #[must_use]
    pub fn new(side: VolumeSide) -> Self {
        Self { side, last: None, index: Self::START }
    }
}

impl Indicator<2, 1> for VolumeIndex {
    #[inline]
    fn update(&mut self, [close, volume]: [f64; 2]) -> [f64; 1] {
        if close.is_nan() || volume.is_nan() {
            return [f64::NAN];
        }
        if let Some([last_close, last_volume]) = self.last.replace([close, volume]) {
            let counts = match self.side {
                VolumeSide::Rising => volume > last_volume,
                VolumeSide::Falling => volume < last_volume,
            };
            if counts && last_close != 0.0 {
                self.index += self.index * (close - last_close) / last_close;
            }
        }
        [self.index]
    }
}
