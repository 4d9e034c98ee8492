//! What the falls from the highest value so far come to.

/// Sums over a curve's falls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Falls {
    /// As a share of the peak; 0 or negative.
    pub(super) deepest: f64,
    /// In bars.
    pub(super) longest: usize,
    pub(super) spells: usize,
    pub(super) sum_of_deepest: f64,
    /// Root of the mean square.
    pub(super) ulcer: f64,
    pub(super) in_money: f64,
}

impl Falls {
    // By itself it has registers for all; in its caller the sum would wait for memory at each bar.
    #[inline(never)]
    pub(super) fn of(equity: &[f64]) -> Self {
        let mut falls = Self::default();
        let (mut peak, mut share, mut bars, mut lowest, mut squares) = (f64::MIN, 0.0, 0, f64::MAX, 0.0);
        for value in equity {
            if *value >= peak {
                if bars > 0 {
                    falls.end(bars, peak, lowest);
                    bars = 0;
                }
                (peak, share, lowest) = (*value, 1.0 / value, f64::MAX);
            } else {
                let depth = (value - peak) * share;
                bars += 1;
                lowest = if *value < lowest { *value } else { lowest };
                squares += depth * depth;
            }
        }
        if bars > 0 {
            falls.end(bars, peak, lowest);
        }
        falls.ulcer = (squares / equity.len() as f64).sqrt();
        falls
    }

    fn end(&mut self, bars: usize, peak: f64, lowest: f64) {
        let deepest = lowest / peak - 1.0;
        self.spells += 1;
        self.sum_of_deepest += deepest;
        self.in_money = self.in_money.max(peak - lowest);
        (self.longest, self.deepest) = (self.longest.max(bars), self.deepest.min(deepest));
    }
}
